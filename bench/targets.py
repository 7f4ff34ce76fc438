#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times cadena's recurrent layers on each vector target that this processor has, in turn (A B C A B C ...), on one
thread, and prints a Markdown table: median milliseconds of a step and how many times as long as on the best target.

    bench/targets.py --shapes 64,32,256 --rounds 5

A shape is steps, sequences, units, as of compare.py. Only times of one run, on a quiet machine, can be compared."""
import argparse
import pathlib
import statistics
import sys

import compare

TARGETS = "AVX3_ZEN4 AVX3_DL AVX3 AVX2 SSE4 SSSE3 NEON".split()  # as Highway names them, the best first


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=compare.HERE.parent / "build/release/bench",
                        help="folder of peer_cadena")
    parser.add_argument("--shapes", nargs="+", type=compare.shape, default=["32,16,128", "64,32,256", "8,512,50"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--min-time", default="0.2", help="seconds that the driver measures at least")
    parser.set_defaults(cells=["lstm", "gru", "rnn"], modes=["infer", "train"], threads=[1], json=None)
    return parser.parse_args()


def find_targets(driver):
    """By target, the command that runs on it; the driver refuses targets that are not there."""
    commands = {target: ["env", f"BENCH_TARGET={target}", str(driver)] for target in TARGETS}
    probe = ["--min-time", "0", "--min-reps", "1", "-T", "1", "-B", "1", "-H", "1"]
    return {target: command for target, command in commands.items() if compare.run([*command, *probe], 1)}


def main():
    a = arguments()
    driver = a.build / "peer_cadena"
    if not driver.exists():
        sys.exit(f"targets.py: no {driver}: run 'make bench', or name another folder with --build")
    targets = find_targets(driver)
    print("| cell | mode | shape | " + " | ".join(targets) + " |\n" + "| --- " * (3 + len(targets)) + "|")
    every = {target: [] for target in targets}
    for (_, mode, cell, shape), runs in compare.measure(targets, a).items():
        times = {target: statistics.median(line["ms"] for line in runs[target]) for target in targets}
        best = next(iter(times.values()))
        for target, time in times.items():
            every[target].append(time / best)
        print(f"| {cell} | {mode} | {shape} | " +
              " | ".join(f"{time:.2f} ({time / best:.2f})" for time in times.values()) + " |")
    print("| geometric mean | | | " + " | ".join(f"({compare.mean(ratios)})" for ratios in every.values()) + " |")


if __name__ == "__main__":
    main()
