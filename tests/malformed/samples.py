# SPDX-License-Identifier: MIT
"""Sound files of every kind, to be broken, and what trains a model of each task on them in a blink."""
import math
import struct
import zlib

TASKS = ("tag", "classify", "generate", "translate", "describe", "forecast")

CONLL = "".join(f"{name} B-PER\nvive O\nen O\n{place} B-LOC\n. O\n\n"
                for name in ("Ana", "Luis", "Eva") for place in ("Lugo", "Vigo", "Sevilla", "Madrid"))
TEXTS = "".join(f"{label}\t{thing} {word}\n" for thing in ("el libro", "la calle", "este pan", "Lima")
                for label, word in (("bien", "gusta"), ("mal", "aburre")))
TABLE = "width,age,class\n" + "".join(f"{i}.5,{7 - i},{'left' if i < 5 else 'right'}\n" for i in range(10))
SERIES = ("@problemName tiny\n@timeStamps false\n@dimensions 2\n@classLabel true rises falls\n@data\n" +
          "".join(f"1,{i},9:0,0.5,1:rises\n9,{i},1:1,0.5,0:falls\n" for i in range(2, 8)))
RUNNING = "".join(f"En un lugar de la Mancha vivía {who}.\n" for who in ("un hidalgo", "un galgo", "una moza") * 8)
PAIRS = "".join(f"{a} {b}\t{d} {c}\n" for a, c in (("uno", "one"), ("dos", "two"), ("tres", "three"))
                for b, d in (("rojo", "red"), ("azul", "blue"), ("verde", "green")))
FORECASTS = "".join(f"s{s}," + ",".join(f"{10 + s + 3 * math.sin(t / 2):.3f}" for t in range(40)) + "\n" for s in range(4))
DATED = "date,a,b\n" + "".join(f"2020-{1 + t // 28:02}-{1 + t % 28:02},{t % 7},{t % 5}\n" for t in range(56))


def as_bytes(content):
    return content if isinstance(content, bytes) else content.encode()


def ppm(red, size=8):
    return b"P6 %d %d 255\n" % (size, size) + bytes([red, 40, 90]) * (size * size)


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width=8, height=8, rows=None, header=None):
    """Grey, 8 bits."""
    rows = (b"\0" + bytes(width)) * height if rows is None else rows
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0) if header is None else header
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows)) +
            png_chunk(b"IEND", b""))


def npy(shape, values=b"", kind="<f4", header=None):
    """`shape` as Python writes it: (2, 3)."""
    if header is None:
        header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + values


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def wav(samples=bytes(1600), channels=1, rate=8000, bits=16, coding=1, size=None):
    frame = channels * bits // 8
    layout = struct.pack("<HHIIHH", coding, channels, rate, rate * frame, frame, bits)
    chunks = (b"fmt " + struct.pack("<I", len(layout)) + layout + b"data" +
              struct.pack("<I", len(samples) if size is None else size) + samples)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def idx(shape, values):
    return struct.pack(">HBB", 0, 8, len(shape)) + struct.pack(f">{len(shape)}I", *shape) + values


PICTURES = {f"p{i}.ppm": ppm(60 * i) for i in range(4)}
CAPTIONS = "".join(f"p{i % 4}.ppm\tun cuadrado {('negro', 'oscuro', 'claro', 'rojo')[i % 4]}\n" for i in range(8))

# The file that a task trains on, as its name tells, and its bytes.
SOUND = {"tag": ("good.conll", CONLL), "classify": ("good.tsv", TEXTS), "generate": ("good.txt", RUNNING),
         "translate": ("good.tsv", PAIRS), "describe": ("good.tsv", CAPTIONS), "forecast": ("good.csv", FORECASTS)}

SMALL = {
    "tag": "model.word_size=4 model.hidden=4 model.character_size=4 model.character_hidden=4",
    "classify": "model.word_size=4 model.hidden=4 model.character_size=4 model.character_hidden=4",
    "generate": "model.size=4 model.hidden=4 model.layers=1 data.lanes=2 data.steps=8",
    "translate": "model.hidden=4 data.unit=word data.tokenizer=none",
    "describe": "data.size=8,8,3 model.filters=4,4 model.size=4 model.hidden=4",
    "forecast": "data.horizon=4 data.period=5 data.past=10 data.draws=64 model.hidden=4",
}


def settings(task):
    """The arguments that make the training of a task short."""
    changes = SMALL[task].split() + ["train.epochs=1"]
    return [word for change in changes for word in ("--set", change)]


def sound_files(task):
    name, text = SOUND[task]
    return {name: text} | (PICTURES if task == "describe" else {})
