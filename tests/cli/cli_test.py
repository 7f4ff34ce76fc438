#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program as its users meet it: cli_test.py PROGRAM."""
import hashlib
import json
import re
import signal
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import (PROGRAM, QUICK, CliTest, conll, environment, help_page, long_options, read_line, rows, sentences,
                     slips, verbs)


class Help(CliTest):
    def test_a_bare_command_prints_help(self):
        page = self.run_program().stdout
        self.assertEqual(page, help_page())
        self.assertEqual(self.run_program("-h").stdout, page)
        self.assertLess(page.index("examples:\n"), page.index("usage:"))
        self.assertEqual(self.run_program("data").stdout, help_page("data"))

    def test_pages_are_uniform(self):
        for verb in verbs():
            name, page = " ".join(["cadena", *verb]), help_page(*verb)
            with self.subTest(name):
                self.assertEqual(self.run_program(*verb, "-h").stdout, page)
                self.assertRegex(page, rf"\A{name}: [a-z][^\n]+[^.\n]\n\nusage: {name} ")
                self.assertRegex(page, r"\noptions:\n  -h, --help +show this page\n")
                self.assertRegex(page, rf"\n\nexample:\n  .*{name}.*\n\Z")
                self.assertLessEqual(max(map(len, page.splitlines())), 100)

    def test_train_lists_the_tasks(self):
        self.assertIn("tag", rows(help_page("train"), "tasks"))

    def test_version(self):
        version = self.run_program("--version").stdout
        self.assertRegex(version, r"\Acadena \d+\.\d+\.\d+\n\Z")
        self.assertTrue(self.run_program("version").stdout.startswith(version))
        told = json.loads(self.run_program("version", "--json").stdout)
        self.assertEqual(told["version"], version.split()[1])
        self.assertIn(f"vector instructions: {told['vectors']}", self.run_program("version").stdout)


class CommandLine(CliTest):
    def test_slips_in_commands(self):
        for *group, verb in [["data"], *verbs()]:
            for slip in set(slips(verb)) - {verb}:
                self.assertIn(f"hint: did you mean '{verb}'?", self.fails(*group, slip, "x"))

    def test_slips_in_options(self):
        def check(verb, slip, near):
            said = self.fails(*verb, f"--{slip}=x")
            self.assertTrue(any(f"hint: did you mean '--{other}'?" in said for other in near), said)

        cases = []
        for verb in [[], *verbs()]:
            known = long_options(*verb)
            self.assertIn("help", known)
            for slip in {slip for option in known for slip in slips(option)} - set(known):
                near = [other for other in known if slip in slips(other)]  # of "top-": top-k and top-p
                cases.append((verb, slip, near))
        with ThreadPoolExecutor() as pool:
            for case in [pool.submit(check, *case) for case in cases]:
                case.result()

    def test_one_dash_for_two(self):
        for verb in verbs():
            for option in long_options(*verb):
                self.assertIn(f"hint: did you mean '--{option}'?", self.fails(*verb, f"-{option}", "x"))

    def test_what_is_missing_or_too_much(self):
        self.assertIn("--output is required\n  hint: usage: cadena train TASK", self.fails("train", "tag", "x"))
        self.assertIn("--output needs a value", self.fails("train", "tag", "x", "-o"))
        self.assertIn("FILE is required", self.fails("eval", "x"))
        self.assertIn("unexpected argument 'z'", self.fails("eval", "x", "y", "z"))
        self.assertIn("--json takes no value", self.fails("eval", "x", "y", "--json=z"))
        self.assertIn("commands: ", self.fails("sing"))
        self.assertIn("unknown command 'trian'", self.fails("trian", "--help"))

    def test_values(self):
        for threads in ("0", "-1", "two", "1.5", "1025", ""):
            error = self.fails("eval", "x", "y", "-j", threads)
            self.assertIn("--threads expects a whole number from 1 to 1024, found", error)
        self.assertIn("did you mean 'never'?", self.fails("predict", "x", "--color", "nevr"))
        self.assertIn("did you mean 'plain'?", self.fails("train", "tag", "x", "-o", "y", "--progress", "plian"))
        self.assertIn("did you mean 'tag'?", self.fails("config", "tga"))

    def test_a_file_may_be_called_like_a_command(self):
        (self.here / "eval").write_bytes(self.model.read_bytes())
        self.run_program("eval", "eval", self.dev_file)

    def test_messages_are_one_visible_line(self):
        error = self.fails("eval", "no\x1b[31m\nsuch\r", "x")
        self.assertIn("cadena: no\\x1b[31m\\nsuch\\r: error: no such file", error)

    def test_a_full_disk(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = self.start("config", "tag", stdout=full, stderr=subprocess.PIPE)
        self.assertIn("cadena: stdout: error: cannot be written", process.stderr.read())
        self.assertEqual(process.wait(), 3)


class Config(CliTest):
    def test_round_trip(self):
        text = self.run_program("config", "tag", "--set", "model.hidden=17", "--set", "train.rate=0.003").stdout
        self.assertIn("hidden = 17\n", text)
        (self.here / "t.toml").write_text(text, encoding="utf-8")
        self.assertEqual(self.run_program("config", "tag", "-c", "t.toml").stdout, text)
        self.assertEqual(self.run_program("config", "tag", "-c", "-", stdin=text).stdout, text)
        changed = self.run_program("config", "tag", "-c", "t.toml", "--set=model.hidden=18").stdout
        self.assertEqual(changed, text.replace("hidden = 17\n", "hidden = 18\n"))

    def test_errors(self):
        (self.here / "t.toml").write_text("[model]\nhidden = 3\nlayrs = 2\n", encoding="utf-8")
        expected = "cadena: t.toml:3: error: unknown setting 'model.layrs'\n  hint: did you mean 'model.layers'?\n"
        self.assertEqual(self.fails("config", "tag", "-c", "t.toml"), expected)
        self.assertIn("did you mean 'model.hidden'?", self.fails("config", "tag", "--set", "model.hiden=3"))
        self.assertIn("expected KEY=VALUE", self.fails("config", "tag", "--set", "model.hidden"))
        self.assertIn("no such file", self.fails("config", "tag", "-c", "none.toml"))


class Data(CliTest):
    def test_check(self):
        self.assertIn("problems: 0", self.run_program("data", "check", self.train_file).stdout)
        (self.here / "bad").write_text("Ana B-PER\nvive\nen O\nLugo B-LOC\n\n", encoding="utf-8")
        self.assertIn("bad:2: ", self.run_program("data", "check", "bad", code=2).stdout)
        arguments = ["data", "check", "bad", "--json", "--against", self.dev_file]
        found = json.loads(self.run_program(*arguments, code=2).stdout)
        self.assertEqual([problem["line"] for problem in found["problems"]], [2])
        self.assertEqual(found["overlap"]["sentences"], 20)
        self.assertNotIn("bad:2: ", self.run_program("data", "check", "bad", "--most", "0", code=2).stdout)
        self.assertIn("no such file", self.fails("data", "check", "none"))

    def test_check_of_every_task(self):
        (self.here / "t.csv").write_text("x,1,2\ny,1,zwei\n", encoding="utf-8")
        (self.here / "t.tsv").write_text("good\ta fine day\nbad\train again\n", encoding="utf-8")
        table = self.run_program("data", "check", "t.csv", "--set=data.label_column=1", "--json", code=2).stdout
        self.assertEqual(json.loads(table)["classes"], {"x": 1})  # a .csv file is for classify
        texts = self.run_program("data", "check", "--task", "classify", "t.tsv").stdout
        self.assertIn("classes         bad 1, good 1\n", texts)
        text = self.run_program("data", "check", "--task", "generate", "t.tsv", "--against", "t.tsv").stdout
        self.assertIn("words           7 of 7 (100.00%)\n", text)
        self.assertIn("did you mean 'tag'?", self.fails("data", "check", "--task", "tga", "t.tsv"))
        self.assertIn("there is no column 0", self.fails("data", "check", "t.tsv", "--set", "data.tag_column=0"))


class Train(CliTest):
    def train(self, *more, code=0):
        return self.run_program("train", "tag", self.train_file, "-o", "m", *QUICK, *more, code=code)

    def test_plain_progress(self):
        done = self.train("--dev", self.dev_file)
        self.assertEqual(done.stdout, "")
        self.assertNotRegex(done.stderr, "[\r\x1b]")
        self.assertRegex(done.stderr, r"(?m)^epoch 2/2  loss [\d.]+  F1 [\d.]+ .* tokens/s  ")
        self.assertRegex(done.stderr, r"best F1 [\d.]+ in epoch \d of 2; [\d.]+ s, \d+ tokens/s\n")
        self.assertIn(f"  cadena eval m {self.dev_file}\n", done.stderr)

    def test_live_progress(self):
        arguments = ["train", "tag", self.train_file, *QUICK]
        self.assertIn("\r\x1b[Kepoch 1/2 ", self.in_terminal(*arguments, "-o", "m"))
        self.assertNotIn("\x1b", self.in_terminal(*arguments, "-o", "n", "--progress", "plain"))
        self.assertNotIn("epoch 1/2", self.in_terminal(*arguments, "-o", "o", "--progress", "none"))

    def test_quiet_and_json(self):
        done = self.train("-q", "--json")
        self.assertEqual(done.stderr, "")
        result = json.loads(done.stdout)
        self.assertEqual((result["model"], result["epochs"], result["interrupted"]), ("m", 2, False))

    def test_an_existing_model_stays(self):
        (self.here / "m").write_text("mine", encoding="utf-8")
        error = self.fails("train", "tag", "no-such-data", "-o", "m")
        self.assertIn("cadena: m: error: already exists\n  hint: give --overwrite", error)
        self.assertEqual((self.here / "m").read_text(encoding="utf-8"), "mine")
        self.train("--overwrite")
        self.assertNotEqual((self.here / "m").read_bytes(), b"mine")

    def test_a_run_folder_is_not_the_model(self):
        self.run_program("train", "tag", self.train_file, "-o", "m.run", "-q", *QUICK)
        self.assertTrue((self.here / "m.run").is_file() and (self.here / "m.run.run").is_dir())
        for run in ("./n", "n/"):
            err = self.fails("train", "tag", self.train_file, "-o", "n", "--run", run, *QUICK)
            self.assertIn("cannot have one name", err)

    def test_data_are_not_overwritten(self):
        data = self.here / "data.conll"
        data.write_text(conll(20), encoding="utf-8")
        (self.here / "link").symlink_to(data)
        for output in ("data.conll", "./data.conll", "link"):
            err = self.fails("train", "tag", "data.conll", "-o", output, "--overwrite", *QUICK)
            self.assertIn("is read by this training", err)
        self.assertEqual(data.read_text(encoding="utf-8"), conll(20))

    def test_errors_before_training(self):
        self.assertIn("no such file", self.fails("train", "tag", "none", "-o", "m"))
        self.assertIn("did you mean 'tag'?", self.fails("train", "tga", self.train_file, "-o", "m"))
        self.assertIn("does not exist", self.fails("train", "tag", self.train_file, "-o", "none/m"))
        (self.here / "bad").write_text("Ana B-PER\nvive\n", encoding="utf-8")
        self.assertIn("cadena: bad:2: error: ", self.fails("train", "tag", "bad", "-o", "m"))

    def test_divergence(self):
        wild = ["model.cell=elman_relu", "train.optimiser=sgd", "train.rate=1000", "train.clip=0", "data.rows=32"]
        changes = [word for setting in wild for word in ("--set", setting)]
        arguments = ["train", "tag", self.train_file, "-q", "-o", "m"]
        self.assertRegex(self.fails(*arguments, *changes, "--no-run", code=5),
                         r"training diverged .* first in step \d+, epoch 1, lines \d+ to \d+")
        self.run_program(*arguments, *changes, code=5)
        told = [json.loads(line) for line in (self.here / "m.run/metrics.jsonl").read_text().splitlines()]
        self.assertEqual([line["kind"] for line in told if line["kind"] != "step"], ["start", "warning", "end"])
        self.assertIn("What went wrong", (self.here / "m.run/report.html").read_text())

    def test_out_of_memory(self):
        self.skip_if_sanitized()
        done = self.with_little_memory("train", "tag", self.train_file, "-q", "-o", "m", "--set=model.hidden=20000")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertRegex(done.stderr, r"\Acadena: error: out of memory\n  hint: .*\n\Z")

    def test_a_limit_of_memory(self):
        """Refused before training; the bits are those of a training without a limit."""
        self.skip_if_sanitized()
        self.train("--no-run", "-q")
        unlimited = (self.here / "m").read_bytes()
        said = self.train("--no-run", "--overwrite").stderr
        expected = int(re.search(r"(?m)^memory: about (\d+) MiB$", said)[1])
        self.train("--no-run", "--overwrite", "-q", "--max-memory", f"{expected + 1}M")
        self.assertEqual((self.here / "m").read_bytes(), unlimited)
        arguments = ["train", "tag", self.train_file, "-q", "-o", "n", *QUICK, "--max-memory"]
        for limit, hidden, reason in (("1K", 4, "train.conll has 0 MiB, more than the 0 MiB of --max-memory"),
                                      ("200M", 20000, "the weights alone take more memory, more than the 200 MiB"),
                                      ("45", 600, "a step of the largest batch takes more memory, more than the 45"),
                                      (expected - 1, 4, f"about [0-9]+ MiB, more than the {expected - 1} MiB")):
            error = self.fails(*arguments, limit, f"--set=model.hidden={hidden}", code=4)
            self.assertRegex(error, rf"error: [^\n]*{reason}[^\n]*\n  hint: a ")
        for size in ("", "2X", "-1", "0", "1.5G", "99999999T"):
            self.assertIn("--max-memory expects a size", self.fails(*arguments, size))

    def test_the_same_bits_whatever_the_threads(self):
        sums = set()
        for threads in (1, 2, 3, 4, 4):
            self.train("--overwrite", "-j", threads)
            sums.add(hashlib.sha256((self.here / "m").read_bytes()).hexdigest())
        self.assertEqual(len(sums), 1)
        self.train("--overwrite", "--set", "train.seed=2")
        self.assertNotIn(hashlib.sha256((self.here / "m").read_bytes()).hexdigest(), sums)


class Interrupted(CliTest):
    """Training is stopped by a signal once a line of stderr was seen."""

    def interrupt(self, line, *signals, settings):
        changes = [word for setting in settings for word in ("--set", setting)]
        process = self.start("train", "tag", self.train_file, "-o", "m", "--no-run", *QUICK, *changes,
                             stderr=subprocess.PIPE)
        while line not in (seen := read_line(process.stderr)):
            self.assertNotEqual(seen, "", f"no line with {line!r}")
        for number in signals:
            process.send_signal(number)
        rest = process.stderr.read()
        return process.wait(), rest

    def test_the_best_epoch_is_saved(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            endless = ["train.epochs=100000", "train.patience=0"]
            found, text = self.interrupt("epoch      1/", number, settings=endless)
            self.assertEqual(found, code, text)
            self.assertRegex(text, r"cadena: interrupted: the model of epoch \d+ is saved\n")
            self.run_program("eval", "m", self.dev_file)
            (self.here / "m").unlink()

    def test_nothing_is_saved_before_the_first_epoch(self):
        slow = ["data.rows=1", "model.hidden=400"]
        found, text = self.interrupt("memory: ", signal.SIGINT, settings=slow)
        self.assertEqual(found, 130)
        self.assertEqual(text, "cadena: interrupted before the first epoch was done: nothing was saved\n")
        self.assertEqual(list(self.here.iterdir()), [])

    def test_a_second_signal_ends_at_once(self):
        slow = ["data.rows=1", "model.hidden=400"]
        found, _ = self.interrupt("memory: ", signal.SIGINT, signal.SIGTERM, settings=slow)
        self.assertIn(found, (130, 143))
        self.assertEqual(list(self.here.iterdir()), [])


class Model(CliTest):
    def test_eval(self):
        text = self.run_program("eval", self.model, self.dev_file).stdout
        self.assertTrue(text.startswith("processed 112 tokens with 40 phrases; "), text)
        found = json.loads(self.run_program("eval", self.model, self.dev_file, "--json").stdout)
        self.assertEqual(found["tokens"], 112)

    def test_inspect(self):
        text = self.run_program("inspect", self.model).stdout
        self.assertIn("  model.hidden = 4  (default: 200)\n", text)
        found = json.loads(self.run_program("inspect", self.model, "--json").stdout)
        self.assertEqual((found["task"], found["settings"]["model.hidden"]), ("tag", 4))
        self.assertIn(str(found["values"]), text)
        self.assertIn("emit.weight", [parameter["name"] for parameter in found["parameters"]])

    def test_what_is_no_model(self):
        for arguments in (["inspect", "m"], ["eval", "m", self.dev_file], ["predict", "m"]):
            (self.here / "m").write_text("text", encoding="utf-8")
            self.assertIn("is not a model of cadena", self.fails(*arguments))
            damaged = bytearray(self.model.read_bytes())
            damaged[-1] ^= 1
            (self.here / "m").write_bytes(damaged)
            self.assertIn("is damaged", self.fails(*arguments))


class Predict(CliTest):
    TEXT = "".join(f"{name} vive en {place}.\n" for name, place in sentences(50))

    def test_forms(self):
        arguments = ["predict", self.model]
        self.assertRegex(self.run_program(*arguments, stdin=self.TEXT).stdout, r"\AAna [OBI-]\S*\n")
        tagged = self.run_program(*arguments, "--input", "conll", "-", stdin=conll(5)).stdout
        self.assertEqual(len(tagged.split("\n\n")), 6)
        lines = self.run_program(*arguments, "--output=jsonl", stdin=self.TEXT).stdout.splitlines()
        self.assertEqual([json.loads(line)["text"] for line in lines], self.TEXT.splitlines())
        self.assertIn("did you mean 'jsonl'?", self.fails(*arguments, "--output", "json"))
        self.assertIn("--input expects one of text, conll, found 'html'", self.fails(*arguments, "--input", "html"))
        self.assertIn("no such file", self.fails(*arguments, "none"))
        self.assertIn("is a directory", self.fails(*arguments, self.here))

    def test_a_file_answers_like_a_pipe(self):
        (self.here / "text").write_text(self.TEXT, encoding="utf-8")
        self.assertEqual(self.run_program("predict", self.model, "text").stdout,
                         self.run_program("predict", self.model, stdin=self.TEXT).stdout)

    def test_bad_bytes_are_told_by_line(self):
        (self.here / "text").write_bytes(b"Ana\nEva \xff\n")
        done = self.run_program("predict", self.model, "text", code=2)
        self.assertIn("cadena: text:2: error: ", done.stderr)

    def test_every_line_is_answered_while_the_pipe_is_open(self):
        process = self.start("predict", self.model, "--output", "jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for text in ("Ana vive en Lugo.", "Eva"):
            process.stdin.write(text + "\nhalf a li")  # the rest of that line must not be waited for
            process.stdin.flush()
            self.assertTrue(json.loads(read_line(process.stdout))["text"].endswith(text))
            process.stdin.write("ne ")
        process.stdin.close()
        self.assertEqual(json.loads(read_line(process.stdout))["text"], "half a line ")
        self.assertEqual(process.wait(), 0)

    def test_a_reader_that_leaves(self):
        (self.here / "text").write_text(self.TEXT * 200, encoding="utf-8")
        process = self.start("predict", self.model, "text", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        read_line(process.stdout)
        process.stdout.close()
        self.assertEqual((process.wait(), process.stderr.read()), (0, ""))

    def test_colours(self):
        always = self.run_program("predict", self.model, "--output=text", "--color=always", stdin=self.TEXT).stdout
        self.assertIn("\x1b[", always)
        piped = self.run_program("predict", self.model, "--output=text", stdin=self.TEXT).stdout
        self.assertEqual(re.sub(r"\x1b\[[\d;]*m", "", always).count("\n"), piped.count("\n"))
        self.assertNotIn("\x1b", piped)
        self.assertIn("\x1b[", self.in_terminal("predict", self.model, stdin=self.TEXT))
        for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
            quiet = self.in_terminal("predict", self.model, stdin=self.TEXT, env=environment(**{name: value}))
            self.assertNotIn("\x1b", quiet)
            self.assertIn(" vive en ", quiet)  # a person reads text, not columns
        forced = self.run_program("predict", self.model, "--output=text", stdin=self.TEXT,
                                  env=environment(FORCE_COLOR="1"))
        self.assertIn("\x1b[", forced.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
