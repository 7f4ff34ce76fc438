# SPDX-License-Identifier: MIT
"""What a case is, and the files that no task can read."""
import gzip
import random
from dataclasses import dataclass, field

from samples import SOUND, TASKS, as_bytes, png, settings, sound_files


@dataclass
class Case:
    """A command and the files it finds; `place` is where it must say the fault is, "" nowhere, None anywhere."""
    name: str
    arguments: list  # "@tag": the sound model of the task
    place: str
    files: dict = field(default_factory=dict)
    code: int = 2
    listed: bool = False  # among the problems on stdout, not as an error
    stdin: bytes = b""


def train(task, *files, options=()):
    return ["train", task, *files, "-q", "-o", "m", "--no-run", *settings(task), *options]


def verbs(task, file):
    """Each verb that reads data, by its name."""
    return {"train": train(task, file), "eval": ["eval", f"@{task}", file], "predict": ["predict", f"@{task}", file],
            "check": ["data", "check", "--task", task, file],
            "inspect": ["inspect", f"@{task}", file]}


def no_text(good):
    """Bytes that are no text after a sound beginning, and how far behind it the bad line is."""
    noise = random.Random(6)
    return {
        "Latin-1": (good + "mañana\n".encode("latin-1"), 1),
        "a cut character": (good + b"Espa\xc3\n", 1),
        "an overlong character": (good + b"\nvi\xc0\xafve\n", 2),
        "a surrogate": (good + b"\xed\xa0\x80\n", 1),
        "beyond Unicode": (good + b"\xf4\x90\x80\x80\n", 1),
        "a NUL byte": (good + b"vi\0ve\n", 1),
        "a line of 2 MiB": (good + b"x" * (2 << 20), 1),
        "noise": (good + bytes([0]) + noise.randbytes(3000), 1),
        "UTF-16": ("\ufeffAna\n".encode("utf-16-le"), 1),
        "a picture": (png(), 1),
    }


def no_text_cases():
    for task in TASKS:
        name, good = SOUND[task]
        good, file = as_bytes(good), f"bad.{name.split('.')[1]}"
        for what, (content, behind) in no_text(good).items():
            line = good.count(b"\n") + behind if content.startswith(good) else 1
            files = sound_files(task) | {file: content}
            for verb, arguments in verbs(task, file).items():
                if verb != "inspect":
                    yield Case(f"{verb} {task}: {what}", arguments, f"{file}:{line}", files, listed=verb == "check")


def packed_cases():
    for task in TASKS:
        name, good = SOUND[task]
        file = f"bad.{name.split('.')[1]}"
        whole = gzip.compress(as_bytes(good), mtime=0)
        damaged = bytearray(whole)
        damaged[len(whole) // 2] ^= 0x55
        for what, content in {"cut gzip data": whole[:-9], "damaged gzip data": bytes(damaged),
                              "rubbish behind gzip data": whole + b"rubbish",
                              "only the start of gzip data": whole[:5]}.items():
            for verb, arguments in verbs(task, file).items():
                if verb in ("train", "eval", "check"):
                    yield Case(f"{verb} {task}: {what}", arguments, file, sound_files(task) | {file: content})
            place = file if task == "forecast" else f"{file}:1"  # the others answer as they read
            yield Case(f"predict {task}: {what}", ["predict", f"@{task}", file], place, {file: content})


def nothing_cases():
    """Files with nothing in them. What `generate` learns from may be blank; what is answered may be empty."""
    for task in TASKS:
        name = SOUND[task][0]
        file = f"bad.{name.split('.')[1]}"
        for what, content in {"nothing": b"", "a byte order mark": b"\xef\xbb\xbf", "blank lines": b"\n \n\t\n"}.items():
            if task == "generate" and content:
                continue
            yield Case(f"train {task}: {what}", train(task, file), file, {file: content})
            yield Case(f"eval {task}: {what}", ["eval", f"@{task}", file], file, {file: content})
        yield Case(f"check {task}: nothing", ["data", "check", "--task", task, file], file, {file: b""},
                   listed=task in ("tag", "generate"))
        if task not in ("describe", "forecast"):
            yield Case(f"inspect {task}: nothing", ["inspect", f"@{task}", file], file, {file: b""})
    yield Case("predict forecast: nothing", ["predict", "@forecast", "bad.csv"], "bad.csv", {"bad.csv": b""})


def no_file_cases():
    """What is no file."""
    for task in TASKS:
        sound = sound_files(task)
        good = SOUND[task][0]
        near, folder = f"godo.{good.split('.')[1]}", f"folder.{good.split('.')[1]}"
        for verb, arguments in verbs(task, near).items():
            yield Case(f"{verb} {task}: a name that is wrong", arguments, near, sound)
        for verb, arguments in verbs(task, folder).items():
            yield Case(f"{verb} {task}: a folder", arguments, folder, {f"{folder}/x": b""})
        yield Case(f"train {task}: held-out data that are not there", train(task, good, options=["--dev", near]), near, sound)
        yield Case(f"eval {task}: a model that is not there", ["eval", "none", good], "none", sound)
