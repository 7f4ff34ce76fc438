# SPDX-License-Identifier: MIT
"""What the tests of the program share: running it, a tiny corpus, a model trained on it."""
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "cadena"
LIMIT = 120  # seconds that anything here may take
QUICK = ["--set", "model.hidden=4", "--set", "model.character_hidden=4", "--set", "train.epochs=2"]


def environment(**changes):
    """Ours, without what the program listens to, and with `changes`."""
    heard = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CADENA_THREADS", "OMP_NUM_THREADS"}
    kept = {name: value for name, value in os.environ.items() if name not in heard}
    return kept | {"TERM": "xterm"} | changes


def help_page(*verb):
    return subprocess.check_output([PROGRAM, *verb, "--help"], text=True, timeout=LIMIT)


def rows(page, title):
    """First words of the rows of one section."""
    section = re.search(rf"^{title}:\n((?:  .*\n)+)", page, re.M)
    return [line.split()[0] for line in section[1].splitlines()] if section else []


def verbs():
    """Every verb as a list of words: ["train"], ["data", "check"]."""
    for verb in rows(help_page(), "commands"):
        inner = rows(help_page(verb), "commands")
        yield from ([verb, word] for word in inner) if inner else [[verb]]


def long_options(*verb):
    return re.findall(r"^  (?:-\w,|   ) --([\w-]+)", help_page(*verb), re.M)


def slips(word):
    """Single edits: a letter left out, doubled, or swapped with the next."""
    for i in range(len(word)):
        yield word[:i] + word[i + 1:]
        yield word[:i] + word[i] + word[i:]
        yield word[:i] + word[i + 1:i + 2] + word[i] + word[i + 2:]


def sentences(count):
    names = ["Ana Ruiz", "Luis", "Marta Gil", "Pedro Sanz", "Eva"]
    places = ["Madrid", "Sevilla", "Lugo", "Vigo"]
    for i in range(count):
        yield names[i % 5], places[7 * i % 4]


def conll(count):
    lines = []
    for name, place in sentences(count):
        first, *rest = name.split()
        lines += [f"{first} B-PER", *(f"{word} I-PER" for word in rest)]
        lines += ["vive O", "en O", f"{place} B-LOC", ". O", ""]
    return "\n".join(lines) + "\n"


class CliTest(unittest.TestCase):
    """Each test has an empty directory; a trained model is shared."""

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.shared.name)
        cls.train_file, cls.dev_file, cls.model = (cls.root / name for name in ("train.conll", "dev.conll", "model"))
        cls.train_file.write_text(conll(100), encoding="utf-8")
        cls.dev_file.write_text(conll(20), encoding="utf-8")
        subprocess.run([PROGRAM, "train", "tag", cls.train_file, "--dev", cls.dev_file, "-q", "-o", cls.model, *QUICK,
                        "--set=train.epochs=20", "--set=train.rate=0.02"], timeout=LIMIT, check=True)

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.here = pathlib.Path(directory.name)

    def run_program(self, *arguments, code=0, stdin="", env=None):
        done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                              cwd=self.here, env=env or environment(), timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stderr}")
        return done

    def in_shell(self, script, *arguments):
        """`script` ends as 'exec "$@"' with a limit or a redirection."""
        return subprocess.run(["bash", "-c", script, "-", PROGRAM, *map(str, arguments)], cwd=self.here, text=True,
                              capture_output=True, env=environment(), timeout=LIMIT, check=False)

    def with_little_memory(self, *arguments):
        return self.in_shell('ulimit -v 1000000; exec "$@"', *arguments)

    def skip_if_sanitized(self):
        if self.with_little_memory("--version").returncode != 0:
            self.skipTest("built with a sanitizer, which needs more")

    def start(self, *arguments, **streams):
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.here, env=environment(), text=True,
                                   **streams)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                self.addCleanup(stream.close)
        return process

    def fails(self, *arguments, code=2, stdin=""):
        """One line of error and at most one hint, nothing on stdout, nothing written."""
        before = sorted(self.here.iterdir())
        done = self.run_program(*arguments, code=code, stdin=stdin)
        self.assertEqual(done.stdout, "", arguments)
        self.assertRegex(done.stderr, r"\Acadena: ([^\n]*: )?error: [^\n]+\n(  hint: [^\n]+\n)?\Z", arguments)
        self.assertEqual(sorted(self.here.iterdir()), before, arguments)
        return done.stderr

    def in_terminal(self, *arguments, stdin="", env=None):
        """What the program writes when stdout and stderr are a terminal."""
        ours, its = pty.openpty()
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE, stdout=its, stderr=its,
                                   cwd=self.here, env=env or environment())
        os.close(its)
        with process:
            process.stdin.write(stdin.encode())
            process.stdin.close()
            written = b""
            while chunk := read_or_end(ours):
                written += chunk
        os.close(ours)
        self.assertEqual(process.returncode, 0, written)
        return written.decode()


def read_or_end(descriptor):
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # Linux tells the end of a terminal so
        return b""


def read_line(stream):
    """A line that is there within the limit, without waiting for more than that."""
    line, until = b"", time.monotonic() + LIMIT
    while not line.endswith(b"\n"):
        if not select.select([stream], [], [], max(0, until - time.monotonic()))[0]:
            raise TimeoutError(f"no line, only {line!r}")
        byte = os.read(stream.fileno(), 1)
        if not byte:
            break
        line += byte
    return line.decode()
