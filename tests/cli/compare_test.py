#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The verbs that try networks out: compare_test.py PROGRAM."""
import json
import signal
import subprocess
import sys
import unittest
import xml.etree.ElementTree

from support import QUICK, CliTest, read_line

SMALL = [*QUICK, "--set=train.epochs=1"]


class Compare(CliTest):
    def compare(self, *arguments, **other):
        return self.run_program("compare", "tag", self.train_file, "--dev", self.dev_file, *SMALL, *arguments, **other)

    def test_cells_of_equal_size_best_first(self):
        done = self.compare("--cells=gru,elman,lstm", "--seeds=2", "--json", "--figure=f.svg")
        found = json.loads(done.stdout)
        self.assertEqual((found["task"], found["measure"], found["interrupted"]), ("tag", "F1", False))
        cells = {cell["cell"]: cell for cell in found["cells"]}
        self.assertEqual(set(cells), {"gru", "elman", "lstm"})
        self.assertEqual(cells["gru"]["hidden"], 4)
        for cell in cells.values():
            self.assertLess(abs(cell["parameters"] / cells["gru"]["parameters"] - 1), 0.03)
            scores = [run["score"] for run in cell["runs"]]
            self.assertEqual([run["seed"] for run in cell["runs"]], [1, 2])
            self.assertAlmostEqual(cell["mean"], sum(scores) / 2)
            self.assertAlmostEqual(cell["half_interval"], 12.7062 / 2 * abs(scores[0] - scores[1]), places=3)
        means = [cell["mean"] for cell in found["cells"]]
        self.assertEqual(means, sorted(means, reverse=True))
        self.assertIn("6/6  lstm, hidden ", done.stderr)
        xml.etree.ElementTree.parse(self.here / "f.svg")
        self.assertIn("exists", self.fails("compare", "tag", self.train_file, "--figure=f.svg"))

    def test_a_table_for_a_person(self):
        lines = self.compare("--cells=lstm,gru", "--seeds=1").stdout.splitlines()
        self.assertRegex(lines[0], r"^ +cell +hidden +parameters +mean")
        self.assertEqual({line.split()[-10] for line in lines[1:3]}, {"lstm", "gru"})
        self.assertIn("* cannot be told from the best", lines[-1])  # of one run each

    def test_what_is_refused(self):
        self.assertIn("did you mean 'gru'?", self.fails("compare", "tag", self.train_file, "--cells=lstm,gruu"))
        self.assertIn("'gru' is given twice", self.fails("compare", "tag", self.train_file, "--cells=gru,gru"))
        self.assertIn("from 1 to 1000", self.fails("compare", "tag", self.train_file, "--seeds=0"))
        self.assertIn("did you mean 'tag'?", self.fails("compare", "tga", self.train_file))

    def test_every_training_diverges(self):
        wild = ["--set=train.optimiser=sgd", "--set=train.rate=1000", "--set=train.clip=0", "--set=data.rows=5"]
        done = self.compare("--cells=elman_relu", "--seeds=2", *wild, code=5)
        self.assertIn("2 diverged", done.stdout)
        self.assertIn("every training diverged", done.stderr)

    def test_an_interrupt_leaves_the_table_of_what_is_done(self):
        process = self.start("compare", "tag", self.train_file, *SMALL, "--seeds=1000", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        while "1/3000" not in read_line(process.stderr):
            pass
        process.send_signal(signal.SIGINT)
        self.assertRegex(process.stdout.read(), r"lstm +4 ")
        self.assertIn("interrupted", process.stderr.read())
        self.assertEqual(process.wait(), 130)


class GradCheck(CliTest):
    def test_finds_no_fault(self):
        done = self.run_program("gradcheck", "tag", self.train_file, *SMALL, "--set=model.cell=gru")
        self.assertRegex(done.stdout, r"encoder l0 reverse +gru +4 .* ok\n")
        self.assertRegex(done.stdout, r"spelling l0 +lstm +4 .* ok\n")
        self.assertRegex(done.stdout, r"crf\.transitions +\[\d+, \d+\] .* ok \(")
        self.assertTrue(done.stdout.endswith("\nno fault found\n"))

    def test_json(self):
        found = json.loads(self.run_program("gradcheck", "tag", self.train_file, *SMALL, "--json").stdout)
        self.assertTrue(found["right"])
        self.assertEqual([layer["layer"] for layer in found["layers"]],
                         ["spelling l0", "spelling l0 reverse", "encoder l0", "encoder l0 reverse"])
        for layer in found["layers"]:
            self.assertEqual(layer["probed"], layer["values"])
            self.assertLess(layer["equation_error"], 1e-12)
            self.assertLess(layer["float_error"], 1e-4)
        for parameter in found["parameters"]:
            for probe in parameter["probes"]:
                self.assertLessEqual(abs(probe["error"]), probe["allowed"], parameter["name"])

    def test_what_is_refused(self):
        self.assertIn("did you mean 'model.cell'?", self.fails("gradcheck", "tag", self.train_file, "--set=cel=gru"))
        self.assertIn("error: ", self.fails("gradcheck", "tag", "nowhere"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
