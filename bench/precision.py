#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times layers in bfloat16 beside oneDNN in bfloat16 and in float32, and steps of a stream in every precision, in turn, and
prints Markdown tables of medians.

    bench/precision.py --rounds 3

Only times of one run, on a quiet machine, can be compared."""
import argparse
import collections
import json
import os
import pathlib
import statistics

import compare

LAYERS = ["50,64,512", "35,20,650", "64,32,256"]
UNITS = [16, 32, 64, 128, 256, 512, 1024]
COLUMNS = [("cadena", "bf16"), ("cadena", ""), ("onednn", "bf16"), ("onednn", "")]
STREAMS = [("cadena", ""), ("cadena", "bf16"), ("cadena", "int8"), ("onednn", "")]
TITLES = {"": "float32", "bf16": "bfloat16", "int8": "int8"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=compare.HERE.parent / "build/release/bench",
                        help="folder of the compiled drivers")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--min-time", default="0.2", help="seconds that a driver measures at least")
    return parser.parse_args()


def medians(a, drivers, columns, options, threads, unit):
    """By column the medians of all rounds: time and 99th percentile."""
    found = collections.defaultdict(list)
    for _ in range(a.rounds):
        for name, variant in columns:
            if name in drivers:
                line = compare.run([*drivers[name], *options, *(["--variant", variant] if variant else []),
                                    "--threads", str(threads), "--min-time", a.min_time, "--min-reps", "5"], threads)
                if line:
                    found[name, variant].append(json.loads(line))
    return {column: [statistics.median(line[key] for line in lines) for key in (unit, unit + "_p99")]
            for column, lines in found.items()}


def header(first, columns):
    titles = [f"{compare.NAMES[name]} {TITLES[variant]}" for name, variant in columns]
    print("| " + " | ".join([*first, *titles]) + " |\n" + "| --- " * (len(first) + len(titles)) + "|")


def layers(a, drivers):
    for mode in ("infer", "train"):
        print(f"\n### {mode}, milliseconds (times as fast as float32 of oneDNN)\n")
        header(["cell", "shape", "threads"], COLUMNS)
        for cell in ("lstm", "gru"):
            for shape in LAYERS:
                for threads in a.threads:
                    steps, sequences, units = shape.split(",")
                    options = ["--cell", cell, "--mode", mode, "-T", steps, "-B", sequences, "-H", units]
                    times = medians(a, drivers, COLUMNS, options, threads, "ms")
                    base = times.get(("onednn", ""), [0])[0]
                    cells = [f"{times[c][0]:.2f} ({base / times[c][0]:.2f})" if c in times else "" for c in COLUMNS]
                    print("| " + " | ".join([cell, shape, str(threads), *cells]) + " |", flush=True)


def streams(a, drivers):
    print("\n### stream, LSTM, one thread, microseconds of a step (99th percentile)\n")
    header(["units"], STREAMS)
    for units in UNITS:
        times = medians(a, drivers, STREAMS, ["--mode", "stream", "-H", str(units)], 1, "us")
        cells = [f"{times[c][0]:.2f} ({times[c][1]:.2f})" if c in times else "" for c in STREAMS]
        print("| " + " | ".join([str(units), *cells]) + " |", flush=True)


def main():
    a = arguments()
    drivers = compare.find_drivers(a.build, ["onednn"])
    if os.getloadavg()[0] > 0.5:
        compare.say(f"the machine is not quiet (load {os.getloadavg()[0]:.1f}): these times will say little")
    layers(a, drivers)
    streams(a, drivers)


if __name__ == "__main__":
    main()
