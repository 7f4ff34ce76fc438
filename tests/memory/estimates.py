#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The memory that a training says it will take, against what it took: estimates.py PROGRAM [all].

The peak is the largest resident set of the process (ru_maxrss of wait4). Without "all" only a part
of the configurations is tried. Fails if an estimate is not within 25 % of the peak."""
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

TOLERANCE = 0.25
WORDS = [a + b + c for a in ("ca", "lo", "mi", "so", "tu", "pe") for b in ("na", "ri", "ta", "lu") for c in ("", "s", "do")]
CONFIGURATIONS = [  # in the short list?, task, settings
    (True, "tag", []),
    (False, "tag", ["data.rows=2048", "model.layers=2"]),
    (False, "tag", ["model.hidden=500", "train.optimiser=sgd", "train.average=0"]),
    (False, "classify", []),
    (True, "classify", ["model.hidden=300", "data.batch=128"]),
    (True, "generate", []),
    (False, "generate", ["data.unit=word", "model.hidden=400", "data.lanes=64"]),
    (False, "translate", ["data.tokenizer=none"]),
    (False, "translate", ["data.tokenizer=none", "data.unit=word", "model.hidden=128", "data.batch=128"]),
    (False, "describe", []),
    (False, "describe", ["model.filters=32,64", "data.batch=64"]),
    (False, "forecast", ["data.horizon=24", "data.draws=1024", "model.hidden=256"]),
]


def sentence(draw, least=3, most=30):
    return [draw.choice(WORDS) for _ in range(draw.randint(least, most))]


def write_data(folder):
    draw = random.Random(1)
    lines = {"tag": [], "classify": [], "generate": [], "translate": [], "forecast": ["time,x,y"]}
    for _ in range(1500):
        words = sentence(draw)
        lines["tag"] += [f"{word} {'B-X' if word.endswith('s') else 'O'}" for word in words] + [""]
        lines["classify"].append(f"{words[0][0]}\t{' '.join(words)}")
        lines["generate"].append(" ".join(words))
        lines["translate"].append(f"{' '.join(words)}\t{' '.join(reversed(words))}")
    lines["forecast"] += [f"{i},{i % 24 + draw.random()},{i % 7 + draw.random()}" for i in range(3000)]
    for task, text in lines.items():
        suffix = {"tag": "conll", "forecast": "csv", "generate": "txt"}.get(task, "tsv")
        (folder / f"{task}.{suffix}").write_text("\n".join(text) + "\n", encoding="utf-8")
    return {path.stem: path for path in folder.iterdir()}


def train(program, folder, task, path, settings):
    """What it expected and what it took, in MiB."""
    changes = [f"--set={setting}" for setting in ["train.epochs=2", *settings]]
    command = [program, "train", task, path, "-o", folder / "model", "--overwrite", *changes]
    with open(folder / "said", "w+", encoding="utf-8") as said:
        process = subprocess.Popen(list(map(str, command)), stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if process.returncode != 0:
        sys.exit(f"{command}: {text}")
    return float(re.search(r"^memory: about (\d+) MiB$", text, re.M)[1]), used.ru_maxrss / 1024


def main():
    program, wrong = os.path.abspath(sys.argv[1]), 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = write_data(folder)
        print("| task and settings | expected, MiB | peak, MiB | expected / peak |\n| --- | --- | --- | --- |")
        for short, task, settings in CONFIGURATIONS:
            if not short and "all" not in sys.argv:
                continue
            if task == "describe" and task not in files:
                subprocess.run([program, "data", "scenes", folder / "scenes", "--train=300", "--dev=30", "--test=1"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
                files[task] = folder / "scenes/train.tsv"
            expected, peak = train(program, folder, task, files[task], settings)
            wrong += abs(expected / peak - 1) > TOLERANCE
            print(f"| {' '.join([task, *settings])} | {expected:.0f} | {peak:.0f} | {expected / peak:.2f} |", flush=True)
    sys.exit(f"{wrong} estimates are wrong by more than {TOLERANCE:.0%}" if wrong else 0)


main()
