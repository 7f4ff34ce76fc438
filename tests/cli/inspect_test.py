#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Looks inside a model with `cadena inspect MODEL INPUT`: inspect_test.py PROGRAM"""
import json
import re
import sys
import unittest
from support import CliTest, conll, environment


class Inspect(CliTest):
    def test_an_input(self):
        arguments, line = ["inspect", self.model, "-"], "Ana Ruiz vive en Lugo.\n"
        text = self.run_program(*arguments, stdin=line).stdout
        self.assertRegex(text, r"\nvive +O +0\.\d{3}\n")
        self.assertIn("encoder, layer 1, backward: lstm of 4 units\n", text)
        self.assertNotIn("\x1b", text)
        self.assertIn("\x1b[34m", self.in_terminal(*arguments, stdin=line))
        self.assertNotIn("\x1b[3", self.in_terminal(*arguments, stdin=line, env=environment(NO_COLOR="1")))
        found = json.loads(self.run_program(*arguments, "--json", "--line", "2", stdin="nada\n" + line).stdout)
        self.assertEqual([answer["text"][:1] for answer in found["answers"]], list("BIOOBO"))
        self.assertEqual([layer["layer"] for layer in found["layers"]], [1, 1])
        self.assertEqual([gate["name"] for gate in found["layers"][1]["gates"]], ["i", "f", "g", "o", "tanh(c)"])
        tokens = self.run_program(*arguments, "--input", "conll", "--line", "5", stdin=conll(5)).stdout
        self.assertIn("\nEva ", tokens)

    def test_as_a_page(self):
        arguments = ["inspect", self.model, self.train_file, "--input", "conll", "--html", "page.html"]
        self.assertEqual(self.run_program(*arguments).stdout, "")
        page = (self.here / "page.html").read_text(encoding="utf-8")
        self.assertIn("Marginal probabilities", page)
        self.assertEqual(set(re.findall(r"https?://[\w./]*", page)), {"http://www.w3.org/2000/svg"})
        self.assertIn("exists", self.fails(*arguments))
        self.run_program(*arguments, "--overwrite")

    def test_refuses_what_it_cannot_look_at(self):
        self.assertIn("about an INPUT", self.fails("inspect", self.model, "--html", "page.html"))
        self.assertIn("there is no number 2", self.fails("inspect", self.model, "-", "--line", "2", stdin="a\n"))
        self.assertIn("is empty", self.fails("inspect", self.model, "-", "--html", "page.html", stdin="\n"))
        self.assertIn("expects one of text, conll", self.fails("inspect", self.model, "-", "--input", "csv"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
