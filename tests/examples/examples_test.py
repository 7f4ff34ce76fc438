#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each script of examples/ on a few made-up data in the format that it wants: examples_test.py PROGRAM."""
import datetime
import gzip
import io
import itertools
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
import wave
import xml.etree.ElementTree
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))
from support import LIMIT, PROGRAM, environment

EXAMPLES = ROOT / "examples"
QUICK = ["--set=train.epochs=1", "--set=train.steps=0", "--set=model.hidden=4", "--threads=1"]
QUICK_TEXT = ["--set=model.character_hidden=4", "--set=model.word_size=4"]
FASTA = {  # two proteins, and one of the test part of FLIP, which nothing here may use
    "sequences": ">1abc-A\nMKV\nLA\n>2abc-B\nGGS\n>3abc-C\nWWW\n",
    "sampled": ">1abc-A SET=train VALIDATION=False\nCHH\nEC\n>2abc-B SET=train VALIDATION=True\nCEE\n"
               ">3abc-C SET=test VALIDATION=False\nCCC\n",
    "mask": ">1abc-A\n011\n11\n>2abc-B\n110\n>3abc-C\n111\n",
}
HHBLITS = ("input, dssp3, dssp8, disorder, cb513_mask\n"
           "M K V L,C H H E,C G H B,0.0 1.0 1.0 1.0,1.0 1.0 1.0 1.0\nG S,C C,T S,1.0 0.0,1.0 1.0\n")


def tone(digit, number):
    """A WAV file of 0.1 s."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(struct.pack("<800h", *((1 + digit) * 997 * (i + number) % 8000 for i in range(800))))
    return file.getvalue()


class Examples(unittest.TestCase):
    """Each test has an empty directory; the blanks in its names are for the quoting of the scripts."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="the examples ")
        self.addCleanup(directory.cleanup)
        self.here = pathlib.Path(directory.name)
        self.data, self.work = self.here / "my data", self.here / "my work"
        self.data.mkdir()
        (self.here / "bin").mkdir()
        (self.here / "bin" / "cadena").symlink_to(PROGRAM)

    def write(self, name, text, encoding="utf-8"):
        (self.data / name).write_text(text, encoding=encoding)

    def outside(self):
        """What lies in our directory and beside the scripts, but not in WORK."""
        files = [*self.here.rglob("*"), *EXAMPLES.rglob("*")]
        return sorted((path, path.stat().st_mtime_ns) for path in files if self.work not in (path, *path.parents))

    def run_script(self, name, *arguments, code=0):
        env = environment(PATH=f"{self.here / 'bin'}:{os.environ['PATH']}", WORK=str(self.work), TMPDIR=str(self.here))
        done = subprocess.run(["bash", EXAMPLES / name, *arguments], cwd=self.here, env=env,
                              capture_output=True, encoding="utf-8", timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, code, f"{name}: {done.stderr}")
        return done.stdout

    def example(self, name, *arguments):
        """What a script says, twice the same; it ends at its first error even where there is an older model."""
        before = self.outside()
        said = self.run_script(name, *arguments, *QUICK)
        self.assertEqual(self.run_script(name, *arguments, *QUICK), said)
        self.assertEqual(self.run_script(name, *arguments, "--set=no.such=1", code=2), "")
        self.assertEqual(self.outside(), before)
        return said

    def made(self, name):
        return (self.work / name).read_text(encoding="utf-8")

    def test_iris(self):
        flowers = (f"{4 + i % 3}.{i % 10},3.5,1.{i % 7},0.{i % 3},Iris-{'abc'[i % 3]}\n" for i in range(60))
        self.write("iris.csv", "\n" + "".join(flowers).rstrip("\n"))
        said = self.example("iris.sh", self.data / "iris.csv")
        self.assertRegex(said, r"\Aaccuracy \d+\.\d\d % of 60 flowers\n\Z")

    def test_slots(self):
        lines = ["BOS fly to new york EOS\tO O O B-toloc.city_name I-toloc.city_name atis_flight\n",
                 "BOS fly to denver EOS\tO O O B-toloc.city_name atis_flight\n"]
        self.write("atis-2.train.w-intent.iob", "".join(lines * 10))
        self.write("atis-2.dev.w-intent.iob", "".join(lines))
        said = self.example("slots.sh", self.data, *QUICK_TEXT)
        self.assertEqual(self.made("dev.conll"), "fly O\nto O\nnew B-toloc.city_name\nyork I-toloc.city_name\n\n"
                                                 "fly O\nto O\ndenver B-toloc.city_name\n\n")
        self.assertRegex(said, r"\Aprocessed 7 tokens with 2 phrases; found: \d+ phrases; correct: \d+\.\n"
                               r"accuracy: +\d+\.\d\d%; precision: .*; FB1: +\d+\.\d\d\n")
        self.assertEqual(re.sub(r"\[\S+ |\]", "", said.splitlines()[-1]),
                         "show me the cheapest flight from boston to new york on monday morning")

    def test_cells(self):
        lines = ["BOS fly to new york EOS\tO O O B-toloc.city_name I-toloc.city_name atis_flight\n",
                 "BOS fly to denver EOS\tO O O B-toloc.city_name atis_flight\n"]
        for part in ("train", "dev"):
            self.write(f"atis-2.{part}.w-intent.iob", "".join(lines * 10))
        for part in ("train", "valid"):
            (self.data / f"ptb.{part}.txt.gz").write_bytes(gzip.compress(b"the <unk> rose N\nit fell\n" * 40))
        said = self.run_script("cells.sh", self.data, self.data, "--cells", "lstm,gru", "--seeds", "1",
                            "--set", "train.epochs=1", "--set", "model.hidden=4")
        self.assertEqual(len(re.findall(r"^[* ] (?:lstm|gru) ", said, re.M)), 4, said)
        for figure in ("slots.svg", "words.svg"):
            self.assertIn("<svg", self.made(figure))

    def test_questions(self):
        lines = [f"{i % 6} What is {word} number {i} ?\n" for i, word in enumerate(["a", "the", "that", "piñata"] * 10)]
        self.write("TREC.train.all", "".join(lines), "iso-8859-1")
        said = self.example("questions.sh", self.data, *QUICK_TEXT)
        self.assertEqual(self.made("dev.txt"), "".join(lines[9::10]))
        self.assertEqual(self.made("train.txt"), "".join(line for i, line in enumerate(lines) if i % 10 != 9))
        self.assertRegex(said, r"\Aaccuracy +\d+\.\d\d %  \(\d of 4\)\n")
        answer = json.loads(said.splitlines()[-1])
        self.assertEqual(answer["text"], "Who wrote the Quijote ?")
        self.assertEqual(list(answer["probabilities"]), list("012345"))

    def test_reviews(self):
        for part in ("pos", "neg"):
            sentences = (f"a {part} \\ film & number {i} . \n" for i in range(20))
            self.write(f"rt-polarity.{part}", "".join(sentences).rstrip("\n"))
        said = self.example("reviews.sh", self.data, *QUICK_TEXT)
        self.assertEqual(self.made("dev.tsv").splitlines()[1:3],
                         ["pos\ta pos \\ film & number 19 . ", "neg\ta neg \\ film & number 9 . "])
        self.assertRegex(said, r"\Aaccuracy +\d+\.\d\d %  \(\d of 4\)\n(.*\n)+(pos|neg)\t[01]\.\d{4}\n\Z")

    def test_speakers(self):
        header = ("#made up\n@problemName JapaneseVowels\n@timeStamps false\n@missing false\n@univariate false\n"
                  "@dimensions 2\n@equalLength false\n@classLabel true 1 2\n@data\n")
        cases = [f"{i % 5},{i % 2}.5,2:0.{i},1,-{i % 2}:{1 + i % 2}\n" for i in range(24)]
        self.write("JapaneseVowels_TRAIN.ts", header + "".join(cases))
        self.write("JapaneseVowels_TEST.ts", header + "".join(cases[:6]))
        self.assertRegex(self.example("speakers.sh", self.data), r"\Aaccuracy +\d+\.\d\d %  \(\d of 6\)\n")

    def test_spoken_digits(self):
        with tarfile.open(self.data / "recordings.tar.xz", "w:xz") as archive:
            for digit, number in itertools.product(range(2), range(16)):
                sound = tone(digit, number)
                entry = tarfile.TarInfo(f"recordings/{digit}_ana_{number}.wav")
                entry.size = len(sound)
                archive.addfile(entry, io.BytesIO(sound))
        said = self.example("spoken_digits.sh", self.data)
        for part, numbers in (("test", range(5)), ("dev", range(5, 10)), ("train", range(10, 16))):
            expected = sorted(f"{digit}\trecordings/{digit}_ana_{n}.wav" for digit in range(2) for n in numbers)
            self.assertEqual(self.made(part + ".tsv").splitlines(), expected)
        self.assertRegex(said, r"\Aaccuracy +\d+\.\d\d %  \(\d+ of 10\)\n")

    def test_digits(self):
        self.write_images("train", 40)
        self.assertEqual(self.example("digits.sh", self.data), "")
        self.write_images("t10k", 10)
        self.assertRegex(self.example("digits.sh", self.data), r"\Aaccuracy +\d+\.\d\d %  \(\d+ of 10\)\n")

    def write_images(self, part, count):
        """MNIST's two files, with images of 4x4."""
        images = struct.pack(">4i", 0x803, count, 4, 4) + bytes(97 * i % 251 for i in range(16 * count))
        labels = struct.pack(">2i", 0x801, count) + bytes(i % 2 for i in range(count))
        for name, content in (("images-idx3", images), ("labels-idx1", labels)):
            (self.data / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))

    def test_proteins(self):
        with zipfile.ZipFile(self.data / "netsurfp2_flip_splits.zip", "w") as archive:
            for name, text in FASTA.items():
                archive.writestr(f"splits/{name}.fasta", text)
        self.write("TS115_HHblits.csv", HHBLITS)
        said = self.example("proteins.sh", self.data)
        self.assertEqual(self.made("train.conll"), "M - -\nK H -\nV H -\nL E -\nA C -\n\n")
        self.assertEqual(self.made("validation.conll"), "G C -\nG E -\nS - -\n\n")
        self.assertEqual(self.made("ts115.conll"), "M - -\nK H G\nV H H\nL E B\n\nG C T\nS - -\n\n")
        self.assertRegex(said, r"\Aaccuracy +\d+\.\d\d %  \(\d of 4\)\n")

    def test_proteins_in_eight_classes(self):
        self.write("train.conll", "M - -\nK H -\nL E -\nA C -\n\n")
        self.write("validation.conll", "G C -\nG E -\n\n")
        self.write("ts115.conll", "K H G\nV H H\n\nG C T\nS E B\n\n")
        said = self.example("proteins_eight.sh", self.data)
        self.assertEqual(said.count("column 3\naccuracy"), 2)
        self.assertEqual(self.made("asked.conll"), "K H G\nV H H\n\n")

    def test_proteins_of_uneven_files(self):
        for name, text in (FASTA | {"mask": FASTA["mask"].replace("011", "01")}).items():
            self.write(name + ".fasta", text)
        done = subprocess.run([sys.executable, EXAMPLES / "proteins.py", "fasta", self.data, "train"],
                              capture_output=True, timeout=LIMIT, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, b""))

    def test_letters(self):
        lines = [f"En un lugar de la Mancha, año {i}.\n" for i in range(100)]
        self.write("book.txt", "".join(lines))
        said = self.example("letters.sh", self.data / "book.txt", "En un lugar", "--set=model.size=4")
        for part, part_lines in (("train", lines[:90]), ("dev", lines[90:95]), ("test", lines[95:])):
            self.assertEqual(self.made(part + ".txt"), "".join(part_lines))
        self.assertRegex(said, r"\Aperplexity +\d+\.\d\d per character\nbits per character +\d+\.\d+\n.*\nEn un lugar")

    def test_scenes(self):
        said = self.example("scenes.sh", "12")
        self.assertGreaterEqual(len(self.made("train.tsv").splitlines()), 12)
        self.assertRegex(said, r"\Aexact +\d+\.\d\d %  \(\d+ of 500\)\nBLEU\|")
        answers = [line.split("\t")[0] for line in said.splitlines()[-3:]]
        self.assertEqual(answers, [f"test/0000{i}.ppm" for i in (1, 2, 3)])

    def test_emoji(self):
        codes = [f"1f{600 + i}" for i in range(30)]
        names = [{"hexcode": code.upper(), "label": f"cara {i}"} for i, code in enumerate(codes)]
        pixels = b"P6 8 8 255\n"  # told by how it begins, whatever its name
        pictures = {f"img/twitter/64/{code}.png": pixels + bytes(97 * i % 251 for i in range(k, k + 192))
                    for k, code in enumerate(codes)}
        self.write_package("emojibase-data-17.0.0", {"es/data.json": json.dumps(names).encode()})
        self.write_package("emoji-datasource-twitter-16.0.0", pictures)
        said = self.example("emoji.sh", self.data)
        made = [line for part in ("train", "dev", "test") for line in self.made(part + ".tsv").splitlines()]
        self.assertEqual(sorted(made), sorted(f"pictures/{c}.png\tcara {i}" for i, c in enumerate(codes)))
        self.assertRegex(said, r"\Aexact +\d+\.\d\d %  \(\d+ of \d+\)\nBLEU\|")

    def write_package(self, name, files):
        with tarfile.open(self.data / f"{name}.tgz", "w:gz") as archive:
            for path, content in files.items():
                entry = tarfile.TarInfo("package/" + path)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))

    def test_forecast(self):
        for group, horizon in (("Hourly", 48), ("Weekly", 13)):
            values = [f"{100 + t % 24 + t % 7}" for t in range(200 + horizon)]
            header = '"V1","V2"\n'
            rows = [f'"{name}",' + ",".join(f'"{v}"' for v in values[:200]) + padding + "\n"
                    for name, padding in (("A", ""), ("B", ",,,"))]
            self.data.joinpath(f"{group}-train.csv.gz").write_bytes(gzip.compress((header + "".join(rows)).encode(), mtime=0))
            self.write(f"{group}-test.csv", header + "".join(f'"{name}",' + ",".join(values[200:]) + "\n" for name in "AB"))
        said = self.example("forecast.sh", self.data)
        lines = self.made("Weekly.csv").splitlines()
        self.assertEqual([line.count(",") for line in lines[1:]], [213, 213])
        self.assertEqual(len(re.findall(r"(?m)^network +\d", said)), 2)
        self.assertEqual(len(self.made("answers.csv").splitlines()), 1 + 2 * 48)

    def test_temperature(self):
        day = datetime.date(1988, 1, 1)
        lines = (f'"{day + datetime.timedelta(t)}",{10 + t % 9}.{t % 10}\n' for t in range(1000))
        self.write("daily.csv", '"Date","Temp"\n' + "".join(lines).rstrip("\n"))
        said = self.example("temperature.sh", self.data / "daily.csv")
        self.assertRegex(said, r"(?m)^climatology +\d")
        self.assertEqual(len(re.findall(r"(?m)^Temp,1990-", said)), 7)

    def test_translate(self):
        numbers = ["eins one", "zwei two", "drei three", "vier four"]
        pairs = [[" ".join(words) for words in zip(*(pair.split() for pair in chosen))]
                 for chosen in itertools.product(numbers, repeat=4)]
        for part, some in (("train", pairs), ("val", pairs[:20])):
            for side, language in enumerate(("de", "en")):
                self.write(f"{part}.lc.norm.tok.{language}", "".join(pair[side] + "\n" for pair in some))
        said = self.example("translate.sh", self.data)
        self.assertRegex(said, r"\ABLEU\|nrefs:1\|case:mixed\|eff:no\|tok:none.* = \d+\.\d\d .*\nchrF2.*\nROUGE-1.*\n"
                               r"20 pairs; beam 5, length power 1\n.*\n\Z")
        self.draws_attention()

    def draws_attention(self):
        source = "eins zwei <&>\n"
        answer = subprocess.run([PROGRAM, "predict", self.work / "german.cadena", "--output", "jsonl"],
                                input=source, capture_output=True, encoding="utf-8", timeout=LIMIT, check=True).stdout
        picture = subprocess.run([sys.executable, EXAMPLES / "attention.py"], input=answer + answer,
                                 capture_output=True, encoding="utf-8", timeout=LIMIT, check=True).stdout
        root = xml.etree.ElementTree.fromstring(picture)
        svg = "{http://www.w3.org/2000/svg}"
        tokens = json.loads(answer)["tokens"]
        rows = json.loads(answer)["answers"][0]["tokens"]
        cells = [float(cell.get("fill-opacity")) for cell in root.iter(svg + "rect") if cell.get("fill-opacity")]
        self.assertEqual(len(cells), 2 * len(tokens) * len(rows))
        self.assertAlmostEqual(sum(cells), 2 * len(rows), delta=0.01 * max(1, len(cells)))
        self.assertEqual(len(list(root.iter(svg + "text"))), 2 * (len(tokens) + len(rows)))

    def test_copy_reverse(self):
        said = self.example("copy_reverse.sh", "40")
        self.assertRegex(said, r"\Acopy: \d+ of 2000 exact\nreverse: \d+ of 2000 exact\n\Z")
        for task, step in (("copy", 1), ("reverse", -1)):
            pairs = [line.split("\t") for line in self.made(f"{task}-train.tsv").splitlines()]
            self.assertEqual(len(pairs), 40)
            for source, target in pairs:
                self.assertEqual((len(source.split()), target.split()), (20, source.split()[::step]))

    def test_spanish(self):
        lines = [f"Word {i // 2} here.\tPalabra {i // 2} {'aquí' if i % 2 else 'acá'}.\n" for i in range(400)]
        lines += [f"Number {i}.\tPalabra {i} aquí.\n" for i in range(200)]
        with zipfile.ZipFile(self.data / "spa-eng.zip", "w") as archive:
            archive.writestr("spa-eng/spa.txt", "".join(lines))
        said = self.example("spanish.sh", self.data)
        train, test = ([line.split("\t") for line in self.made(f"{part}.tsv").splitlines()] for part in ("train", "test"))
        self.assertGreater(len(test), 10)
        self.assertGreater(len(train), 400)
        for side in range(2):
            self.assertFalse({pair[side] for pair in train} & {pair[side] for pair in test})
        texts = len({english for english, _ in test})
        self.assertLess(texts, len(test))
        self.assertRegex(said, rf"\ABLEU\|nrefs:var\|.*\n.*\n.*\n{len(test)} pairs of {texts} texts; beam 5")

    def test_summarise(self):
        with tarfile.open(self.data / "enron_subject_line.tar.xz", "w:xz") as archive:
            for part, number in itertools.product(("train", "dev", "test"), range(12)):
                mail = f"Dear Ana,\nit is\tmeeting {number}.\n\n@subject\nmeeting {number}\n"
                mail += "\n@ann0\nanother\n" if part == "dev" else ""
                entry = tarfile.TarInfo(f"enron_subject_line/{part}/ana_{number}.subject")
                entry.size = len(mail)
                archive.addfile(entry, io.BytesIO(mail.encode()))
        said = self.example("summarise.sh", self.data)
        for part in ("train", "dev"):
            expected = sorted(f"Dear Ana, it is meeting {i}.\tmeeting {i}" for i in range(12))
            self.assertEqual(sorted(self.made(part + ".tsv").splitlines()), expected)
        self.assertRegex(said, r"\nROUGE-1 .*\n12 pairs; beam 5, length power 1\n\Z")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
