#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What strangers send, through the program: malformed_test.py PROGRAM [SECONDS].

Each case gets one line of error with its place, a hint, the right exit code, within SECONDS of processor time (1), and
leaves nothing behind."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
import cases
import data_cases
import model_cases
import settings_cases
from samples import SOUND, TASKS, as_bytes, settings, sound_files
from support import LIMIT, PROGRAM, environment

SECONDS = float(sys.argv[2]) if sys.argv[2:] else 1
ERROR = re.compile(r"cadena: (?:(?P<place>.*?): )?error: .+\n  hint: .+\n")


def all_cases(models):
    sources = (cases.no_text_cases, cases.packed_cases, cases.nothing_cases, cases.no_file_cases, data_cases.text_cases,
               data_cases.series_cases, data_cases.array_cases, data_cases.caption_cases, data_cases.forecast_cases,
               settings_cases.settings_cases, settings_cases.option_cases)
    return [case for source in sources for case in source()] + list(model_cases.model_cases(models))


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_bytes(content))


def snapshot(folder):
    return {path: path.is_dir() or path.read_bytes() for path in folder.rglob("*")}


def run(arguments, folder, stdin):
    """Exit code, output, messages, seconds of processor time."""
    with tempfile.TemporaryFile() as taken, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        taken.write(stdin)
        taken.seek(0)
        process = subprocess.Popen(["timeout", str(LIMIT), PROGRAM, *arguments], cwd=folder, env=environment(),
                                   stdin=taken, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, err):
            stream.seek(0)
        return (process.returncode, out.read().decode(errors="replace"), err.read().decode(),
                usage.ru_utime + usage.ru_stime)


def faults(case, models):
    """What is wrong with how the program takes a case."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder, case.files)
        before = snapshot(folder)
        arguments = [str(models / word[1:]) if word[:1] == "@" else word for word in case.arguments]
        code, out, err, seconds = run(arguments, folder, case.stdin)
        if code != case.code:
            yield f"ended with {code}"
        if seconds > SECONDS:
            yield f"took {seconds:.2f} s"
        if snapshot(folder) != before:
            yield "left something behind"
    found = ERROR.fullmatch(err)
    if case.listed:
        if err or not re.search(rf"(?m)^ +{re.escape(case.place)}: ", out):
            yield f"does not list {case.place}: {out}{err}"
    elif not found:
        yield f"is no error with a hint: {err!r}"
    elif case.place is not None and (found["place"] or "") != case.place:
        yield f"is not at {case.place!r}: {err!r}"
    if out and not case.listed and case.arguments[0] != "predict":
        yield f"prints {out[:100]!r}"


class Malformed(unittest.TestCase):
    def test_every_case_is_refused(self):
        with tempfile.TemporaryDirectory() as name:
            models = pathlib.Path(name)
            for task in TASKS:
                write(models, sound_files(task))
                subprocess.run([PROGRAM, "train", task, SOUND[task][0], "-q", "-o", task, "--no-run", *settings(task)],
                               cwd=models, env=environment(), timeout=LIMIT, check=True)
            every = all_cases(models)
            names = [case.name for case in every]
            self.assertEqual([name for name, times in Counter(names).items() if times > 1], [])
            print(len(names), "cases", flush=True)
            with ThreadPoolExecutor(2) as pool:
                for case, found in zip(every, pool.map(lambda case: list(faults(case, models)), every)):
                    with self.subTest(case.name):
                        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
