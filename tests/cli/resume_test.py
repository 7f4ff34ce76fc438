#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What becomes of a training that is cut off: killed at random times, asked to stop at any step, its data, settings or
checkpoints changed.

  tests/cli/resume_test.py PROGRAM            a few kills
  KILLS=300 tests/cli/resume_test.py PROGRAM  many
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from support import PROGRAM, environment

SOURCE = pathlib.Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("KILLS", "8"))
TAGS = (SOURCE / "data/ner-es/train.conll").read_text(encoding="utf-8")
TEXT = "".join(line.split()[0] + " " if line.split() else "\n" for line in TAGS.splitlines(True))[:60_000]

SMALL = ["--set", "model.hidden=12", "--set", "train.epochs=3"]
KINDS = {
    "tag": ["train.conll", "--dev", "dev.conll", "--set", "model.word_size=12", *SMALL],
    "generate": ["text.txt", "--set", "model.size=12", "--set", "data.lanes=8", "--set", "data.steps=16", *SMALL],
}


class Resume(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        (self.folder / "train.conll").write_text(TAGS[:60_000].rsplit("\n\n", 1)[0] + "\n\n", encoding="utf-8")
        dev = (SOURCE / "data/ner-es/dev.conll").read_text(encoding="utf-8")
        (self.folder / "dev.conll").write_text(dev[:15_000].rsplit("\n\n", 1)[0] + "\n\n", encoding="utf-8")
        (self.folder / "text.txt").write_text(TEXT, encoding="utf-8")

    def tearDown(self):
        self.scratch.cleanup()

    def start(self, *words):
        return subprocess.Popen([PROGRAM, *words], cwd=self.folder, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def call(self, *words):
        process = self.start(*words)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def train(self, kind, model, *more):
        return ["train", kind, *KINDS[kind], "-o", model, *more]

    def bytes_of(self, model):
        return (self.folder / model).read_bytes()

    def uninterrupted(self, kind):
        begin = time.monotonic()
        code, _, err = self.call(*self.train(kind, f"{kind}.cadena", "-q", "-j", "1"))
        self.assertEqual(code, 0, err)
        return self.bytes_of(f"{kind}.cadena"), time.monotonic() - begin

    def checkpoints(self, run="cut.run"):
        return sorted((self.folder / run / "checkpoints").glob("step-*.checkpoint"), key=lambda p: int(p.stem[5:]))

    def begin(self, kind, *more):
        """A training that has left two checkpoints."""
        process = self.start(*self.train(kind, "cut.cadena", "--checkpoint", "4", *more))
        deadline = time.monotonic() + 60
        while len(self.checkpoints()) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        return process

    def interrupt(self):
        """One that was asked to stop then."""
        process = self.begin("tag", "-j", "1")
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=60)[1]
        return process.returncode, err

    def test_killed_at_random_times_it_ends_with_the_same_bytes(self):
        chance = random.Random(7)
        for kind in KINDS:
            whole, seconds = self.uninterrupted(kind)
            killed = rounds = 0
            while killed < KILLS / len(KINDS):
                words = self.train(kind, "cut.cadena", "--overwrite")
                for _ in range(200):
                    threads = chance.choice(["1", "2", "4"])
                    process = self.start(*words, "-q", "-j", threads, "--checkpoint", chance.choice(["1", "3", "5"]))
                    try:
                        err = process.communicate(timeout=chance.uniform(0, 2.5 * seconds))[1]
                        self.assertEqual(process.returncode, 0, err)
                        break
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.communicate()
                        killed += 1
                    if self.checkpoints():
                        words = ["resume", "cut.run"]
                    elif words[0] == "resume":
                        break  # it was done and about to leave
                else:
                    self.fail("never came to its end")
                rounds += 1
                self.assertEqual(self.bytes_of("cut.cadena"), whole, f"{kind}, after {killed} kills")
                left = {path.name for path in self.folder.rglob(".*.tmp-*")}
                self.assertFalse([name for name in left if "checkpoint" in name], left)
            print(f"{kind}: {killed} kills, {rounds} trainings with the same bytes at their end")

    def test_an_interrupt_saves_and_tells_how_to_go_on(self):
        whole, _ = self.uninterrupted("tag")
        code, err = self.interrupt()
        self.assertEqual(code, 130, err)
        self.assertIn("cadena resume cut.run", err)
        code, _, err = self.call("resume", "cut.run", "-j", "2")
        self.assertEqual(code, 0, err)
        self.assertIn("going on after step", err)
        self.assertEqual(self.bytes_of("cut.cadena"), whole)
        self.assertFalse((self.folder / "cut.run/checkpoints").exists(), "a training that is done leaves none")
        self.assertEqual(self.call("resume", "cut.run")[0], 2)

    def test_the_record_goes_on_where_it_was(self):
        self.interrupt()
        self.call("resume", "cut.run", "-q")
        lines = [json.loads(line) for line in (self.folder / "cut.run/metrics.jsonl").read_text().splitlines()]
        self.assertEqual([line["kind"] for line in lines].count("start"), 1)
        self.assertEqual([line["kind"] for line in lines].count("end"), 1)
        steps = [line["step"] for line in lines if line["kind"] == "step"]
        self.assertEqual(steps, sorted(set(steps)))
        self.assertEqual([line["epoch"] for line in lines if line["kind"] == "epoch"], [1, 2, 3])
        seconds = [line["seconds"] for line in lines if "seconds" in line]
        self.assertEqual(seconds[:-1], sorted(seconds[:-1]))

    def test_a_damaged_record_is_put_aside(self):
        whole, _ = self.uninterrupted("tag")
        for damage in (lambda path: path.write_text("no JSON\n" + path.read_text()), lambda path: path.unlink()):
            self.interrupt()
            metrics = self.folder / "cut.run/metrics.jsonl"
            damage(metrics)
            code, _, err = self.call("resume", "cut.run")
            self.assertEqual(code, 0, err)
            self.assertRegex(err, "warning: .*metrics.jsonl.*; another record begins\n")
            self.assertEqual(self.bytes_of("cut.cadena"), whole)
            kinds = [json.loads(line)["kind"] for line in metrics.read_text().splitlines()]
            self.assertEqual((kinds[0], kinds[-1]), ("start", "end"))
            shutil.rmtree(self.folder / "cut.run")
            (self.folder / "cut.cadena").unlink()

    def test_it_goes_on_from_another_folder(self):
        whole, _ = self.uninterrupted("tag")
        self.interrupt()
        process = subprocess.run([PROGRAM, "resume", str(self.folder / "cut.run"), "-q"], cwd="/", capture_output=True,
                                 text=True, timeout=300)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(self.bytes_of("cut.cadena"), whole)

    def test_a_damaged_checkpoint_is_told_and_the_one_before_taken(self):
        whole, _ = self.uninterrupted("tag")
        self.interrupt()
        newest = self.checkpoints()[-1]
        newest.write_bytes(newest.read_bytes()[:-100])
        code, _, err = self.call("resume", "cut.run")
        self.assertEqual(code, 0, err)
        self.assertRegex(err, r"warning: .*step-\d+\.checkpoint: .*damaged.*going on from the checkpoint before")
        self.assertEqual(self.bytes_of("cut.cadena"), whole)

    def refused(self, *expected):
        before = {path.name: path.read_bytes() for path in self.checkpoints()}
        code, out, err = self.call("resume", "cut.run")
        self.assertEqual((code, out), (2, ""), err)
        for text in expected:
            self.assertIn(text, err)
        self.assertEqual({path.name: path.read_bytes() for path in self.checkpoints()}, before)

    def test_other_data_or_settings_are_refused(self):
        self.interrupt()
        config = self.folder / "cut.run/config.toml"
        sound = config.read_text()
        config.write_text(sound.replace("hidden = 12", "hidden = 13", 1))
        self.refused("config.toml", "model.hidden is 13 here, the training began with 12")
        config.write_text(sound)
        data = self.folder / "dev.conll"
        held_out = data.read_bytes()
        data.write_bytes(held_out + b"\nAna NP B-PER\n")
        self.refused("dev.conll has changed")
        data.write_bytes(held_out)
        for path in self.checkpoints():
            path.write_bytes(path.read_bytes()[:1000])
        self.refused("no checkpoint can be read")

    def test_a_second_training_is_told_of_resume(self):
        self.interrupt()
        (self.folder / "cut.cadena").unlink(missing_ok=True)
        code, _, err = self.call(*self.train("tag", "cut.cadena"))
        self.assertEqual(code, 2)
        self.assertIn("hint: 'cadena resume' goes on with it; --overwrite replaces it", err)

    def test_two_trainings_do_not_share_a_folder(self):
        process = self.begin("tag", "--set", "train.epochs=500", "--set", "train.patience=0")
        code, _, err = self.call("resume", "cut.run")
        process.kill()
        process.communicate()
        self.assertEqual(code, 2)
        self.assertIn("cut.run: error: another training writes there", err)

    def test_another_file_in_the_place_of_the_model_stays(self):
        whole, _ = self.uninterrupted("tag")
        self.interrupt()
        model = self.folder / "cut.cadena"
        model.write_text("precious")
        self.refused("cut.cadena: error: exists already and is not of this training", "--overwrite")
        self.assertEqual(model.read_text(), "precious")
        code, _, err = self.call("resume", "cut.run", "--overwrite", "-q")
        self.assertEqual((code, model.read_bytes()), (0, whole), err)

    def test_what_training_was_to_replace_is_replaced(self):
        whole, _ = self.uninterrupted("tag")
        model = self.folder / "cut.cadena"
        model.write_text("old")
        process = self.begin("tag", "-j", "1", "--overwrite")
        process.kill()
        process.communicate()
        self.assertEqual(model.read_text(), "old")
        self.assertEqual(self.call("resume", "cut.run", "-q")[0], 0)
        self.assertEqual(model.read_bytes(), whole)

    def test_a_terminal_that_goes_is_an_interrupt(self):
        process = self.begin("tag", "--set", "train.epochs=500", "--set", "train.patience=0")
        process.send_signal(signal.SIGHUP)
        err = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 129, err)
        self.assertIn("cadena resume cut.run", err)

    def test_a_checkpoint_that_fails_stops_the_training_and_its_model_is_saved(self):
        process = self.begin("tag", "--set", "train.epochs=500", "--set", "train.patience=0")
        deadline = time.monotonic() + 60
        metrics = self.folder / "cut.run/metrics.jsonl"
        while '"kind":"epoch"' not in metrics.read_text().replace(" ", "") and time.monotonic() < deadline:
            time.sleep(0.01)
        folder = self.folder / "cut.run/checkpoints"
        folder.rename(self.folder / "away")
        folder.write_text("no folder")
        err = process.communicate(timeout=60)[1]
        self.assertIn(process.returncode, (2, 3), err)
        self.assertIn("hint: the best model so far is saved", err)
        self.assertTrue((self.folder / "cut.cadena").exists())

    def test_a_model_whose_folder_has_gone_is_in_the_run_folder(self):
        (self.folder / "out").mkdir()
        whole, _ = self.uninterrupted("tag")
        process = self.start(*self.train("tag", "out/cut.cadena", "--run", "cut.run"))
        deadline = time.monotonic() + 60
        while not (self.folder / "cut.run/metrics.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        (self.folder / "out").rmdir()
        err = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 2, err)
        self.assertIn("hint: the model is in cut.run/model.cadena", err)
        self.assertEqual(self.bytes_of("cut.run/model.cadena"), whole)

    def test_data_that_can_be_read_only_once_leave_no_checkpoint(self):
        os.mkfifo(self.folder / "pipe")
        words = ["train", "tag", "pipe", "--dev", "dev.conll", "-o", "piped.cadena", *KINDS["tag"][3:]]
        process = self.start(*words, "--checkpoint", "1")
        (self.folder / "pipe").write_bytes((self.folder / "train.conll").read_bytes())
        err = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(self.checkpoints("piped.run"), [])

    def test_a_second_signal_ends_at_once(self):
        process = self.begin("tag", "--set", "train.epochs=500", "--set", "train.patience=0")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        self.assertIn(process.returncode, (130, 143))
        code, _, err = self.call("resume", "cut.run", "--checkpoint", "often")
        self.assertEqual(code, 2)
        self.assertIn("found 'often'", err)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
