#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The figures of the lecture: lecture_test.py PROGRAM."""
import json
import sys
import unittest

from support import CliTest


class Lecture(CliTest):
    def test_figures(self):
        for verb in (["bptt", "--steps=3"], ["vanishing", "--steps=3"], ["memory", "--steps=3", "--cell=gru,lstm"],
                     ["gates", "--steps=5"], ["adding", "--steps=5", "--length=4", "--seeds=2"],
                     ["copy", "--steps=2", "--length=2", "--seeds=1"], ["timing", "--steps=3", "--seeds=1"],
                     ["spikes", "--steps=3", "--length=5", "--seeds=2"]):
            with self.subTest(verb):
                figure = f"{verb[0]}.svg"
                table = self.run_program("lecture", *verb, "--figure", figure).stdout
                self.assertIn("\n\n", table)
                self.assertTrue((self.here / figure).read_text(encoding="utf-8").startswith("<svg"))
                self.assertIsInstance(json.loads(self.run_program("lecture", *verb, "--json").stdout), dict)
                self.assertIn("already exists", self.fails("lecture", *verb, "--figure", figure))

    def test_errors(self):
        self.assertIn("did you mean 'elman'?", self.fails("lecture", "memory", "--cell", "lstm,elmann"))
        self.assertIn("a number from 0.01 to 10, found \"x\"", self.fails("lecture", "vanishing", "--rho", "0.5,x"))
        self.assertIn("from 2 to 100000", self.fails("lecture", "adding", "--length", "1"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
