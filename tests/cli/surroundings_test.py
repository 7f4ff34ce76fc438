#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Limits of the shell and streams that are closed: surroundings_test.py PROGRAM."""
import json
import sys
import unittest

from support import QUICK, CliTest


class Surroundings(CliTest):
    def test_a_limit_on_files(self):
        done = self.in_shell('ulimit -f 8; exec "$@"', "train", "tag", self.train_file, "-o", "big", "--no-run", "-q",
                             *QUICK, "--set=model.hidden=64")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(list(self.here.iterdir()), [])

    def test_closed_streams_stay_closed(self):
        done = self.in_shell('exec "$@" >&- 2>&-', "train", "tag", self.train_file, "-o", "c", *QUICK)
        self.assertEqual(done.returncode, 0)
        for line in (self.here / "c.run/metrics.jsonl").read_text().splitlines():
            json.loads(line)
        self.assertEqual(self.in_shell('exec "$@" >&-', "version").returncode, 3)

    def test_fewer_threads_than_asked_for(self):
        self.skip_if_sanitized()
        for megabytes in (24, 32, 40, 56, 72):
            done = self.in_shell(f'ulimit -v {1000 * megabytes}; exec "$@"', "train", "tag", self.train_file, "-o", "m",
                                 "--no-run", "--overwrite", "-q", "-j", "16", *QUICK)
            self.assertIn(done.returncode, (0, 4), done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
