# SPDX-License-Identifier: MIT
"""Data that are text, or arrays, pictures, sound, and yet wrong."""
import struct

from cases import Case, train, verbs
from samples import (CAPTIONS, CONLL, DATED, FORECASTS, PAIRS, PICTURES, RUNNING, SERIES, TABLE, TEXTS, as_bytes, floats,
                     idx, npy, png, png_chunk, ppm, wav)

CONLL_LINES, TEXT_LINES, PAIR_LINES = CONLL.count("\n"), TEXTS.count("\n"), PAIRS.count("\n")


def cases(task, file, table, which=("train", "eval", "check"), more=None):
    """A case for each verb and each `what: (content, line)`; line 0: the file as a whole."""
    for what, (content, line) in table.items():
        place = f"{file}:{line}" if line else file
        for verb in which:
            yield Case(f"{verb} {task}: {file}: {what}", verbs(task, file)[verb], place, {file: content} | (more or {}),
                       listed=verb == "check")


def text_cases():
    yield from cases("tag", "bad.conll", {
        "one column": (CONLL + "Ana\n", CONLL_LINES + 1),
        "a tag is missing": (CONLL + "Ana B-PER\nRuiz\n", CONLL_LINES + 2),
        "an empty column": (CONLL + "Ana\t\tB-PER\n\t\tO\n", CONLL_LINES + 2),
        "commas": ("Ana,B-PER\nvive,O\n", 1),
    })
    yield from cases("tag", "tags.conll", {
        "a tag without a type": (CONLL + "Ana B-\n", CONLL_LINES + 1),
        "a tag of another form": (CONLL + "Ana PER\n", CONLL_LINES + 1),
        "an escape in a tag": (CONLL + "Ana B-\x1b[31m\n", CONLL_LINES + 1),
    }, which=("train", "check"))
    yield from cases("classify", "bad.tsv", {
        "no label": (TEXTS + "\tuna casa\n", TEXT_LINES + 1),
        "no text": (TEXTS + "bien\t \n", TEXT_LINES + 1),
        "another form": (TEXTS + "__label__bien una casa\n", TEXT_LINES + 1),
        "two tabs": (TEXTS + "bien\tuna\tcasa\n", TEXT_LINES + 1),
        "a control character in a label": (TEXTS + "b\x1b\tuna casa\n", TEXT_LINES + 1),
    })
    yield from cases("classify", "fast.txt", {
        "two labels": ("__label__a uno\n__label__b __label__c dos\n", 2),
        "no text": ("__label__a uno\n__label__b\n", 2),
    }, which=("train", "check"))
    yield Case("train classify: one class", train("classify", "bad.tsv"), "bad.tsv", {"bad.tsv": "a\tx\n" * 9})
    yield Case("train generate: too short", train("generate", "bad.txt"), "bad.txt", {"bad.txt": "a\n"})
    yield from cases("translate", "bad.tsv", {
        "no tab": (PAIRS + "uno dos\n", PAIR_LINES + 1),
        "no source": (PAIRS + "\tone\n", PAIR_LINES + 1),
        "no target": (PAIRS + "uno\t \n", PAIR_LINES + 1),
    })
    yield from pair_cases()


def pair_cases():
    """Of two files that belong together."""
    for what, (sources, targets, place) in {
            "a target is missing": ("uno\ndos\n" * 5, "one\ntwo\n" * 4 + "one\n", "b.txt:10"),
            "a source is missing": ("uno\ndos\n" * 4, "one\ntwo\n" * 5, "a.txt:9"),
            "an empty target": ("uno\ndos\n", "one\n\n", "b.txt:2"),
            "an empty source": ("uno\n\n", "one\ntwo\n", "a.txt:2"),
            "targets that are no UTF-8": ("uno\n", b"\xff\n", "b.txt:1")}.items():
        yield Case(f"train translate: {what}", train("translate", "a.txt,b.txt"), place, {"a.txt": sources, "b.txt": targets})
    yield Case("train translate: no file of targets", train("translate", "a.txt,c.txt"), "c.txt", {"a.txt": "uno\n"})


def series_cases():
    rows, steps = TABLE.count("\n"), SERIES.count("\n")
    yield from cases("classify", "bad.csv", {
        "a word for a number": (TABLE + "x,1,left\n", rows + 1),
        "a missing value": (TABLE + ",1,left\n", rows + 1),
        "a decimal comma": (TABLE.replace(",", ";") + "1,5;1;left\n", rows + 1),
        "not finite": (TABLE + "inf,1,left\n", rows + 1),
        "NaN": (TABLE + "nan,1,left\n", rows + 1),
        "beyond float": (TABLE + "1e39,1,left\n", rows + 1),
        "too few columns": (TABLE + "1,left\n", rows + 1),
        "too many columns": (TABLE + "1,2,3,left\n", rows + 1),
        "no label": (TABLE + "1,2,\n", rows + 1),
        "an open quote": (TABLE + "1,2,\"left\n", rows + 1),
        "text after a quote": (TABLE + "1,2,\"left\"x\n", rows + 1),
        "hexadecimal": (TABLE + "0x10,2,left\n", rows + 1),
        "one column": ("left\nright\n", 1),
    }, which=("train", "check"))
    yield from cases("classify", "bad.ts", {
        "a word for a number": (SERIES + "1,x:1,1:rises\n", steps + 1),
        "unequal dimensions": (SERIES + "1,2,3:1,2:rises\n", steps + 1),
        "too few dimensions": (SERIES + "1,2,3:rises\n", steps + 1),
        "an unknown class": (SERIES + "1,2:1,2:stands\n", steps + 1),
        "no class": (SERIES + "1,2:1,2:\n", steps + 1),
        "a missing value": (SERIES + "1,?:1,2:rises\n", steps + 1),
        "time stamps": ("@timeStamps true\n" + SERIES, 1),
        "no header": ("1,2:1,2:rises\n" * 9, 1),
        "no classes": ("@classLabel false\n@data\n1,2:3,4\n", 2),
        "dimensions that are no number": ("@dimensions many\n" + SERIES, 1),
        "dimensions without end": ("@dimensions 99999999999999\n" + SERIES, 1),
        "dimensions that contradict": ("@univariate true\n@dimensions 2\n" + SERIES, 2),
        "two billion dimensions": ("@dimensions 2147483647\n@classLabel true a\n@data\n1:a\n", 4),
    }, which=("train", "check"))
    yield from list_cases()


def list_cases():
    """Sequences in files of their own, which the error names; it tells the line of the list too."""
    sound = {"a.csv": "1,2\n3,4\n", "b.csv": "3,4\n1,2\n"}
    for what, (name, content, place) in {
            "a word in CSV": ("x.csv", "1,2\n1,zwei\n", "x.csv:2"),
            "ragged CSV": ("x.csv", "1,2\n1\n", "x.csv:2"),
            "empty CSV": ("x.csv", "", "x.csv"),
            "other dimensions": ("x.csv", "1,2,3\n", "bad.tsv:3"),
            "no file": ("y.csv", "", "x.csv"),
            "a cut array": ("x.npy", npy("(2, 2)", floats(1, 2, 3)), "x.npy"),
            "an array of three dimensions": ("x.npy", npy("(1, 1, 2)", floats(1, 2)), "x.npy"),
            "an array with NaN": ("x.npy", npy("(1, 2)", floats(1, float("nan"))), "x.npy"),
            "no sound": ("x.wav", b"OggS" + bytes(100), "x.wav"),
            "sound cut short": ("x.wav", wav()[:-9], "x.wav"),
            "sound without samples": ("x.wav", wav(b""), "x.wav"),
            "sound of 0 channels": ("x.wav", wav(channels=0), "x.wav"),
            "sound of 1 Hz": ("x.wav", wav(rate=1), "x.wav"),
            "sound of 12 bits": ("x.wav", wav(bits=12), "x.wav"),
            "sound in another coding": ("x.wav", wav(coding=85), "x.wav"),
            "4 GiB of sound": ("x.wav", wav(size=0xffffffff), "x.wav"),
            "half a frame of sound": ("x.wav", wav(bytes(7)), "x.wav"),
            "sound that is not finite": ("x.wav", wav(floats(1, float("inf")), bits=32, coding=3), "x.wav")}.items():
        file = f"x{name[1:]}"
        yield Case(f"train classify: list: {what}", train("classify", "bad.tsv"), place,
                   sound | {name: content, "bad.tsv": f"up\ta.csv\ndown\tb.csv\nup\t{file}\n"})


def array_cases():
    values = floats(*range(12))
    labels = {"y.npy": npy("(3,)", struct.pack("<3q", 0, 1, 0), "<i8")}
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }\n"
    for what, content in {
            "nothing": b"", "only the magic": b"\x93NUMPY", "text": b"1,2,3\n",
            "version 9": npy("(3, 4)", values).replace(b"NUMPY\1", b"NUMPY\x09"),
            "a header cut short": npy("(3, 4)", values)[:30],
            "a header of 64 KiB that is not there": b"\x93NUMPY\1\0\xff\xff{'descr'",
            "a header without shape": npy("", values, header="{'descr': '<f4', 'fortran_order': False, }\n"),
            "a header with a key twice": npy("", values, header=header.replace("'fortran_order': False", "'descr': '<f4'")),
            "Python code": npy("", values, header="__import__('os').system('true')\n"),
            "an open quote": npy("", values, header="{'descr': '<f4\n"),
            "values cut short": npy("(3, 4)", values[:-1]), "values left over": npy("(3, 4)", values + b"x"),
            "a dimension of 0": npy("(3, 0)"), "a negative dimension": npy("(-3, -4)", values),
            "dimensions whose product is 0 in 64 bits": npy("(4294967296, 4294967296)"),
            "dimensions beyond 64 bits": npy("(99999999999999999999, 4)", values),
            "two to the 62": npy("(4611686018427387904, 4)", values),
            "Fortran order": npy("", values, header=header.replace("False", "True")),
            "objects": npy("(3, 4)", values, "|O"), "big-endian numbers": npy("(3, 4)", values, ">f4"),
            "complex numbers": npy("(3, 4)", values * 2, "<c8"), "texts": npy("(3, 4)", values, "<U1"),
            "records": npy("", values, header="{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (12,), }\n"),
            "four dimensions": npy("(3, 2, 2, 1)", values), "one number": npy("()", floats(1))}.items():
        yield Case(f"train classify: array: {what}", train("classify", "X.npy"), "X.npy", {"X.npy": content} | labels)
    yield Case("train classify: array: not finite", train("classify", "X.npy"), "X.npy",
               {"X.npy": npy("(3, 4)", floats(*range(11), float("inf")))} | labels)
    for what, content in {"too few": npy("(2,)", bytes(16), "<i8"), "fractions": npy("(3,)", values[:12]),
                          "two dimensions": npy("(3, 1)", bytes(24), "<i8")}.items():
        yield Case(f"train classify: labels: {what}", train("classify", "X.npy"), "y.npy",
                   {"X.npy": npy("(3, 4)", values), "y.npy": content})
    yield Case("train classify: labels: none", train("classify", "X.npy"), "X.npy", {"X.npy": npy("(3, 4)", values)})
    yield from image_array_cases()


def image_array_cases():
    images, labels = "a-images-idx3-ubyte", "a-labels-idx1-ubyte"
    sound = {labels: idx([2], b"\0\1")}
    for what, content in {
            "nothing": b"", "another type": b"\0\0\x0d\3" + bytes(20), "a header cut short": idx([2, 2], b""),
            "pixels cut short": idx([2, 2, 2], bytes(7)), "pixels left over": idx([2, 2, 2], bytes(9)),
            "an empty dimension": idx([2, 0, 2], b""), "two to the 96 pixels": idx([0xffffffff] * 3, bytes(8)),
            "two dimensions": idx([2, 4], bytes(8))}.items():
        yield Case(f"train classify: images: {what}", train("classify", images), images, {images: content} | sound)
    yield Case("train classify: images: labels of another number", train("classify", images), labels,
               {images: idx([3, 1, 1], bytes(3))} | sound)


def caption_cases():
    line = CAPTIONS.count("\n") + 1
    pictures = {
        "nothing": b"", "text": b"no picture\n", "a cut PPM": ppm(1)[:-1], "a PPM with more": ppm(1) + b"x",
        "a huge PPM": b"P6 2000000000 2000000000 255\n", "a PPM without pixels": b"P6 0 0 255\n",
        "a bitmap": b"P1 1 1\n0\n", "a PPM whose largest value is 0": b"P6 1 1 0\nabc",
        "a plain PGM that ends": b"P2 2 2 9\n1 2 3", "a plain PGM with a word": b"P2 2 1 9\n1 x", "a negative PGM": b"P5 -1 1 9\n",
        "a value above the largest": b"P2 1 1 9\n10\n",
        "a cut PNG": png()[:-20], "a PNG without an end": png()[:50], "only the start of a PNG": png()[:8],
        "a PNG with a wrong checksum": png()[:-14] + b"xx" + png()[-12:],
        "a PNG with too few rows": png(rows=bytes(9)), "a PNG of 0 pixels": png(0, 0, b""),
        "a PNG of two to the 62 pixels": png(0x7fffffff, 0x7fffffff, b"\0"),
        "a PNG that claims a GiB": png(8192, 8192, b"\0"),
        "a PNG that is too wide": png(1 << 20, 1), "a large interlaced PNG":
            png(header=struct.pack(">IIBBBBB", 6000, 6000, 1, 0, 0, 0, 1), rows=bytes(4600000)),
        "a PNG of 3 bits": png(header=struct.pack(">IIBBBBB", 8, 8, 3, 0, 0, 0, 0)),
        "a PNG of no colour": png(header=struct.pack(">IIBBBBB", 8, 8, 8, 5, 0, 0, 0)),
        "a PNG without a palette": png(header=struct.pack(">IIBBBBB", 8, 8, 8, 3, 0, 0, 0)),
        "a PNG with two headers": png()[:33] + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 0, 0, 0, 0)) + png()[33:]}
    for what, content in pictures.items():
        name = "x.png" if "PNG" in what else "x.ppm"
        files = PICTURES | {name: content, "bad.tsv": CAPTIONS + f"{name}\tuno\n"}
        yield Case(f"train describe: picture: {what}", train("describe", "bad.tsv"), f"bad.tsv:{line}", files)
        yield Case(f"predict describe: picture: {what}", ["predict", "@describe", "bad.tsv"], "bad.tsv:1",
                   {name: content, "bad.tsv": f"{name}\n"})
    yield from cases("describe", "bad.tsv", {
        "no tab": (CAPTIONS + "p0.ppm\n", line), "no sentence": (CAPTIONS + "p0.ppm\t\n", line),
        "no path": (CAPTIONS + "\tuno\n", line), "two tabs": (CAPTIONS + "p0.ppm\tuno\tdos\n", line),
        "a picture that is not there": (CAPTIONS + "gone.ppm\tuno\n", line),
        "a path that leads out": (CAPTIONS + "../../../etc/passwd\tuno\n", line),
        "a folder": (CAPTIONS + "/\tuno\n", line), "a device": (CAPTIONS + "/dev/zero\tuno\n", line),
        "a vector among pictures": (CAPTIONS + "v.npy\tuno\n", line),
    }, more=PICTURES | {"v.npy": npy("(2,)", floats(1, 2))})


def forecast_cases():
    rows, days = FORECASTS.count("\n") + 1, DATED.count("\n") + 1
    yield from cases("forecast", "bad.csv", {
        "a word for a number": (FORECASTS + "x,1,zwei,3\n", rows), "not finite": (FORECASTS + "x,1,inf,3\n", rows),
        "no id": (FORECASTS + ",1,2,3\n", rows), "an id twice": (FORECASTS + FORECASTS.splitlines()[0] + "\n", rows),
        "an open quote": (FORECASTS + "\"x,1,2\n", rows), "a series without values": (FORECASTS + "x,NA,NA\n", rows),
    })
    yield from cases("forecast", "dates.csv", {
        "no date": (DATED + "yesterday,1,2\n", days), "a day that there is not": (DATED + "2021-02-30,1,2\n", days),
        "a time that falls": (DATED + "1999-01-01,1,2\n", days), "a date twice": (DATED + "2020-02-28,1,2\n", days),
        "eight thousand years later": (DATED + "9999-01-01,1,2\n", days), "too few columns": (DATED + "2020-03-01,1\n", days),
        "a decimal comma": (DATED + "2020-03-01,\"1,5\",2\n", days),
    }, which=("train", "check"))
    yield from cases("forecast", "layout.csv", {
        "two columns of texts": ("a,b,c\nx,y,1\nz,w,2\n", 2), "two columns of a name": ("date,a,a\n2020-01-01,1,2\n", 2),
    }, which=("train",))
    yield Case("train forecast: no values", train("forecast", "bad.csv"), "bad.csv", {"bad.csv": "id,date,value\n"})
    yield Case("train forecast: too short", train("forecast", "bad.csv"), "bad.csv", {"bad.csv": "x,1,2\ny,3,4\n"})
