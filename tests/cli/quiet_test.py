#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nothing in a file is meant for a terminal: quiet_test.py PROGRAM."""
import subprocess
import sys
import unittest

from support import LIMIT, PROGRAM, QUICK, CliTest, environment, verbs

SURROUNDINGS = [{}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}, {"TERM": "dumb"}, {"TERM": ""}]
FORCED = [{name: "1"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")]


class Quiet(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.text = cls.root / "text"
        cls.text.write_text("Ana vive en Lugo.\nEva\n", encoding="utf-8")
        cls.wrong = cls.root / "wrong"
        cls.wrong.write_text("Ana B-PER\nvive\nEva \x1b[31m\rO\n", encoding="utf-8")
        for number in (1, 2):
            subprocess.run([PROGRAM, "train", "tag", cls.train_file, "-q", "-o", cls.root / f"{number}.cadena", *QUICK],
                           timeout=LIMIT, check=True)

    def command_lines(self):
        """Some of every verb, good ones and bad ones, each after its exit code."""
        train = ["train", "tag", self.train_file, *QUICK, "-o", "m", "--overwrite"]
        wild = ["model.cell=elman_relu", "train.optimiser=sgd", "train.rate=1000", "train.clip=0", "data.rows=32"]
        yield from ((0, [*train, option]) for option in ("--no-run", "--progress=plain", "--progress=none", "--json"))
        yield 5, [*train, *(f"--set={setting}" for setting in wild)]
        yield from ((0, ["eval", self.model, self.dev_file]), (2, ["eval", self.model, self.wrong]))
        yield from ((0, ["predict", self.model, self.text, f"--output={form}"]) for form in ("text", "conll", "jsonl"))
        yield from ((0, ["config", "tag"]), (2, ["config", "tga"]), (2, ["train", "tag", self.wrong, "-o", "n"]))
        yield from ((0, ["data", "check", self.train_file]), (2, ["data", "check", self.wrong]))
        yield 0, ["data", "scenes", "scenes", "--train=2", "--dev=1", "--test=1", "--overwrite"]
        yield from ((0, ["inspect", self.model]), (0, ["inspect", self.model, self.text]))
        yield from ((0, ["runs", "list", self.root]), (0, ["runs", "compare", *sorted(self.root.glob("?.run"))]))
        yield from ((0, ["lecture", figure, "--steps=3"]) for figure in ("bptt", "vanishing", "memory"))
        yield from ((0, ["lecture", figure, "--steps=3", "--seeds=1"]) for figure in ("adding", "copy", "timing", "spikes"))
        yield 2, ["resume", "none.run"]
        yield from ((0, ["lecture", "gates", "--steps=3"]), (0, ["version"]), (0, []), (0, ["--version"]))
        yield 0, ["compare", "tag", self.train_file, *QUICK, "--set=train.epochs=1", "--cells=gru,lstm", "--seeds=1"]
        yield from ((0, ["gradcheck", "tag", self.train_file, *QUICK]), (2, ["no\x1b[1m\rsuch"]))

    def written(self, code, arguments, changes):
        """What it writes into files, stdout and stderr one after the other."""
        written = b""
        with open(self.here / "out", "w+b") as out, open(self.here / "err", "w+b") as err:
            done = subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                  cwd=self.here, env=environment(**changes), timeout=LIMIT, check=False)
            for stream in (out, err):
                stream.seek(0)
                written += stream.read()
        self.assertEqual(done.returncode, code, (arguments, written))
        return written

    def test_every_verb(self):
        tried = list(self.command_lines())
        for verb in verbs():
            self.assertTrue([words for _, words in tried if words[:len(verb)] == verb], f"{verb} is not tried")
            tried.append((0, [*verb, "--help"]))
        for changes in SURROUNDINGS:
            for code, words in tried:
                written = self.written(code, words, changes)
                self.assertNotRegex(written, b"[\r\x1b]", (words, changes))
                self.assertTrue(written, words)

    def test_colours_that_are_asked_for(self):
        """They may stand in a file then, but nothing that moves a cursor."""
        for changes in FORCED:
            for code, words in self.command_lines():
                written = self.written(code, words, changes)
                self.assertNotRegex(written, b"\r|\x1b(?!\\[[0-9;]*m)", (words, changes))
            self.assertIn(b"\x1b[", self.written(0, ["predict", self.model, self.text, "--output=text"], changes))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
