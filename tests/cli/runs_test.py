#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run folders and the verbs that read them: runs_test.py PROGRAM."""
import json
import unittest

from support import QUICK, CliTest


class RunFolder(CliTest):
    def train(self, model, *arguments, code=0):
        return self.run_program("train", "tag", self.train_file, "--dev", self.dev_file, "-o", model, *QUICK,
                                *arguments, code=code)

    def lines(self, folder):
        return [json.loads(line) for line in (self.here / folder / "metrics.jsonl").read_text().splitlines()]

    def test_holds_the_whole_story(self):
        said = self.train("names.cadena", "--set", "train.rate=0.01").stderr
        self.assertIn("how it went: names.run/report.html", said)
        names = sorted(path.name for path in (self.here / "names.run").iterdir())
        self.assertRegex(" ".join(names), r"^config.toml events.out.tfevents.\d+.\d+.cadena metrics.jsonl report.html$")
        self.assertIn("rate = 0.01\n", (self.here / "names.run/config.toml").read_text())
        lines = self.lines("names.run")
        self.assertEqual((lines[0]["kind"], lines[0]["task"], lines[-1]["kind"]), ("start", "tag", "end"))
        epochs = [line for line in lines if line["kind"] == "epoch"]
        self.assertEqual([line["epoch"] for line in epochs], [1, 2])
        self.assertEqual(max(line["dev/f1"] for line in epochs), lines[-1]["best"])
        self.assertIn("gate/1.1/f/mean", epochs[0])
        step = next(line for line in lines if line["kind"] == "step")
        self.assertLessEqual({"train/loss", "train/rate", "train/gradient_norm", "perf/tokens_per_s", "sys/rss_bytes",
                              "gradient_norm/encoder layer 1"}, step.keys())
        page = (self.here / "names.run/report.html").read_text()
        for part in ("train.rate", "most frequent label", "The training is done.", "Gates", "What to do next"):
            self.assertIn(part, page)

    def test_the_model_is_the_same_without(self):
        self.train("a", "-q")
        self.train("b", "-q", "--no-run")
        self.assertEqual((self.here / "a").read_bytes(), (self.here / "b").read_bytes())
        self.assertFalse((self.here / "b.run").exists())

    def test_is_not_replaced_unasked(self):
        self.train("m", "-q")
        (self.here / "m").unlink()
        arguments = ["train", "tag", self.train_file, "-o", "m", "-q", *QUICK]
        self.assertIn("m.run: error: exists already\n  hint: --overwrite", self.fails(*arguments))
        (self.here / "m.run/mine.txt").write_text("kept")
        self.train("m", "-q", "--overwrite")
        self.assertEqual((self.here / "m.run/mine.txt").read_text(), "kept")
        self.train("n", "-q", "--run", "elsewhere/deep")
        self.assertTrue((self.here / "elsewhere/deep/report.html").exists())
        self.assertIn("exclude each other", self.fails(*arguments, "--overwrite", "--run", "x", "--no-run"))
        self.assertIn("is no folder", self.fails(*arguments, "--overwrite", "--run", "n"))

    def test_none_for_what_is_no_file(self):
        self.train("/dev/null", "-q", "--overwrite")
        self.assertEqual(list(self.here.iterdir()), [])

    def test_list_and_compare(self):
        self.train("a", "-q")
        self.train("b", "-q", "--set", "model.cell=gru")
        listed = self.run_program("runs", "list").stdout.splitlines()
        self.assertEqual([line.split()[:2] for line in listed], [["run", "task"], ["a.run", "tag"], ["b.run", "tag"]])
        runs = json.loads(self.run_program("runs", "list", "a.run", ".", "--json").stdout)["runs"]
        self.assertEqual([run["run"] for run in runs], ["a.run", "a.run", "b.run"])
        self.assertEqual((runs[0]["epochs"], runs[0]["state"]), (2, "done"))
        compared = self.run_program("runs", "compare", "a.run", "b.run").stdout
        self.assertRegex(compared, r'\nmodel.cell +"lstm" +"gru"\n')
        self.assertNotIn("model.layers", compared)
        settings = json.loads(self.run_program("runs", "compare", "a.run", "b.run", "--json").stdout)["settings"]
        self.assertEqual(settings, {"model.cell": ["lstm", "gru"]})

    def test_a_run_that_was_cut_off(self):
        self.train("a", "-q")
        path = self.here / "a.run/metrics.jsonl"
        text = path.read_text()
        path.write_text(text[:text.rindex('{"kind":"end"')] + '{"kind":"ep')
        run, = json.loads(self.run_program("runs", "list", "--json").stdout)["runs"]
        self.assertEqual((run["state"], run["epochs"]), ("cut off", 2))

    def test_damaged_folders(self):
        (self.here / "x").mkdir()
        path = self.here / "x/metrics.jsonl"
        for text, said in (("", "tells of no run"), ("{\n", "metrics.jsonl:1: error"), ("[]\n", "error"),
                           ('{"kind":7}\n', "expected a text under"), ('{"kind":"epoch"}\n', "expected a number")):
            path.write_text(text)
            self.assertIn(said, self.fails("runs", "list"))
        self.assertIn("no such folder", self.fails("runs", "list", "nothing"))


if __name__ == "__main__":
    unittest.main(argv=["runs_test.py", "-v"])
