#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times the recurrent layers of cadena and of other libraries in turn (A B A B ...) and prints Markdown tables: median
milliseconds of a step, how many times as fast as the best peer cadena is, and its share of the float32 peak.

    make bench
    bench/compare.py --cells lstm --modes train --threads 1 --shapes 64,32,256 ragged,32,256 --json results.jsonl

A shape is steps, sequences, units; the input has as many values as units. 'ragged' are 5 to 64 steps. Peers that are
not there are left out. Only times of one run, on a quiet machine, can be compared."""
import argparse
import array
import collections
import glob
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SHAPES = """32,16,128 64,32,256 50,64,512 100,32,512 35,20,650 35,20,1500 128,1,256
            8,512,25 8,512,50 32,16,100 40,32,200 ragged,32,256""".split()
NAMES = {"cadena": "cadena", "onednn": "oneDNN", "torch": "PyTorch"}
# Two pools of threads fight for the processors unless PyTorch and its BLAS share OpenMP's.
OPENMP_BLAS = glob.glob("/usr/lib/*/openblas-openmp")


def say(text):
    print(text, file=sys.stderr, flush=True)


def shape(text):
    steps, sequences, units = text.split(",")
    if steps != "ragged":
        int(steps)
    int(sequences), int(units)
    return text


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    many = {"nargs": "+"}
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent / "build/release/bench",
                        help="folder of the compiled drivers")
    parser.add_argument("--cells", **many, default=["lstm", "gru", "rnn"])
    parser.add_argument("--modes", **many, default=["infer", "train"])
    parser.add_argument("--threads", **many, type=int, default=[1, 2])
    parser.add_argument("--shapes", **many, type=shape, default=SHAPES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="+", default=["onednn", "torch"], choices=["onednn", "torch"])
    parser.add_argument("--min-time", default="0.3", help="seconds that a driver measures at least")
    parser.add_argument("--peak", type=float, help="GFLOP/s of one thread, instead of measuring them")
    parser.add_argument("--json", metavar="FILE", help="also add the line of each measurement to FILE")
    parser.add_argument("--check", action="store_true", help="compare what the drivers compute, not how fast")
    return parser.parse_args()


def find_drivers(build, peers):
    drivers = {}
    for name in ("cadena", *(peer for peer in peers if peer != "torch")):
        if (build / f"peer_{name}").exists():
            drivers[name] = [str(build / f"peer_{name}")]
    for python in (sys.executable, "/usr/bin/python3"):
        if "torch" in peers and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            drivers["torch"] = [python, str(HERE / "peers/torch_layer.py")]
            break
    if "cadena" not in drivers:
        sys.exit(f"compare.py: no peer_cadena in {build}: run 'make bench', or name another folder with --build")
    for name, packages in {"onednn": "libdnnl-dev", "torch": "python3-torch libopenblas0-openmp"}.items():
        if name in peers and name not in drivers:
            say(f"without {NAMES[name]}, which is not installed (Debian: {packages})")
    return drivers


def run(command, threads):
    """Standard output, or None where the driver cannot do the case. One thread stays on one processor."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    if OPENMP_BLAS:
        environment["LD_LIBRARY_PATH"] = ":".join([*OPENMP_BLAS, *filter(None, [os.getenv("LD_LIBRARY_PATH")])])
    if threads == 1 and shutil.which("taskset"):
        command = ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode == 3:
        return None
    if done.returncode:
        sys.exit(f"compare.py: {' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def cases(a):
    for threads in a.threads:
        if threads > (os.cpu_count() or 1):
            say(f"without {threads} threads: this machine has {os.cpu_count()}")
            continue
        yield from ((threads, mode, cell, shape) for mode in a.modes for cell in a.cells for shape in a.shapes)


def options(case):
    threads, mode, cell, shape = case
    steps, sequences, units = shape.split(",")
    variant = ["--variant", "ragged"] if steps == "ragged" else ["-T", steps]
    return ["--threads", str(threads), "--mode", mode, "--cell", cell, *variant, "-B", sequences, "-H", units]


def differences(drivers, case):
    """Of each peer: the largest difference to cadena of any output and gradient, by the largest value of it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, command in drivers.items():
            run([*command, *options(case), "--dump", f"{folder}/{name}"], case[0])
        for name in [name for name in drivers if name != "cadena" and os.path.isdir(f"{folder}/{name}")]:
            worst = 0
            for file in pathlib.Path(folder, "cadena").iterdir():
                other = pathlib.Path(folder, name, file.name)
                if not other.exists() and file.name.startswith("dbh"):
                    continue  # oneDNN has one bias where one is enough
                ours, theirs = array.array("f", file.read_bytes()), array.array("f", other.read_bytes())
                if len(ours) != len(theirs):
                    sys.exit(f"compare.py: {name}, {case}: {other.name} has {len(theirs)} values, not {len(ours)}")
                worst = max(worst, max(abs(x - y) for x, y in zip(ours, theirs)) / max(map(abs, ours)))
            yield name, worst


def check(drivers, a):
    good = True
    for case in cases(a):
        for name, worst in differences(drivers, case):
            good &= worst < 1e-4
            print(f"{'ok ' if worst < 1e-4 else 'BAD'} {name} {case}: {worst:.1e}", flush=True)
    return 0 if good else 1


def measure(drivers, a):
    """By case and driver, the JSON objects of all rounds."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    all_cases = list(cases(a))
    with open(a.json or os.devnull, "a") as lines:
        for number, case in enumerate(all_cases, 1):
            for _ in range(a.rounds):
                for name, command in drivers.items():
                    line = run([*command, *options(case), "--min-time", a.min_time, "--min-reps", "5"], case[0])
                    if line:
                        found[case][name].append(json.loads(line))
                        lines.write(line)
            lines.flush()
            say(f"{number}/{len(all_cases)} {case}")
    return found


def table(found, drivers, peak):
    """One table; the ratios of its rows."""
    peers, ratios = [name for name in drivers if name != "cadena"], []
    columns = ["cell", "shape", *(f"{NAMES[name]} ms" for name in drivers), "as fast as the best peer", "of the peak"]
    print("| " + " | ".join(columns) + " |\n" + "| --- " * len(columns) + "|")
    for (_, _, cell, shape), runs in found.items():
        medians = {name: statistics.median(line["ms"] for line in runs[name]) for name in drivers if runs[name]}
        times = [f"{medians[name]:.3f}" if name in medians else "" for name in drivers]
        ratio = ""
        if others := [medians[name] for name in peers if name in medians]:
            ratios.append(min(others) / medians["cadena"])
            ratio = f"{ratios[-1]:.2f}"
        share = statistics.median(line["gflops"] for line in runs["cadena"]) / peak
        print("| " + " | ".join([cell, shape, *times, ratio, f"{share:.0%}"]) + " |")
    return ratios


def mean(ratios):
    return f"{math.exp(statistics.fmean(map(math.log, ratios))):.2f}"


def main():
    a = arguments()
    drivers = find_drivers(a.build, a.peers)
    if a.check:
        sys.exit(check(drivers, a))
    if os.getloadavg()[0] > 0.5:
        say(f"the machine is not quiet (load {os.getloadavg()[0]:.1f}): these times will say little")
    found, every = measure(drivers, a), []
    lines = [line for runs in found.values() for of_driver in runs.values() for line in of_driver]
    versions = {line["peer"]: line["version"] for line in lines}
    print("Versions: " + ", ".join(f"{NAMES[name]} {version}" for name, version in versions.items()))
    for threads in a.threads:
        peak = a.peak * threads if a.peak else float(run([str(a.build / "bench_peak"), str(threads)], threads))
        for mode in a.modes:
            part = {case: runs for case, runs in found.items() if case[:2] == (threads, mode)}
            if not part:
                continue
            print(f"\n### {mode}, {threads} thread{'s' * (threads > 1)}; peak {peak:.0f} GFLOP/s\n")
            if ratios := table(part, drivers, peak):
                print(f"\nGeometric mean: {mean(ratios)} times as fast as the best peer.")
                every += ratios
    if every:
        print(f"\nGeometric mean of all {len(every)}: {mean(every)} times as fast as the best peer.")


if __name__ == "__main__":
    main()
