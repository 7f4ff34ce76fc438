# SPDX-License-Identifier: MIT
"""Files of settings and options that cannot be meant."""
from cases import Case, train
from samples import SOUND, TASKS, sound_files

# A file of settings for `tag`, and the line at fault; 0: none.
FILES = {
    "no TOML": ("hidden 3\n", 1),
    "a value that is missing": ("[model]\nhidden =\n", 2),
    "a bracket that is not closed": ("[model\nhidden = 3\n", 1),
    "a text that is not closed": ("[model]\ncell = \"lstm\n", 2),
    "a key twice": ("[model]\nhidden = 3\nhidden = 4\n", 3),
    "a table twice": ("[model]\nhidden = 3\n[model]\nlayers = 1\n", 3),
    "an unknown key": ("[model]\nhiden = 3\n", 2),
    "an unknown table": ("[modle]\nhidden = 3\n", 1),
    "a dotted key that is unknown": ("\nmodel.hid = 3\n", 2),
    "a table in a table": ("[model.hidden]\nx = 1\n", 1),
    "too small a number": ("[model]\nhidden = 0\n", 2),
    "too large a number": ("[model]\nhidden = 99999999999\n", 2),
    "a number beyond 64 bits": ("[model]\nhidden = 99999999999999999999999\n", 2),
    "a fraction": ("[model]\nhidden = 2.5\n", 2),
    "a text for a number": ("[model]\nhidden = \"3\"\n", 2),
    "a truth for a number": ("[model]\nhidden = true\n", 2),
    "a date": ("[model]\nhidden = 2026-01-01\n", 2),
    "no number": ("[train]\nrate = nan\n", 2),
    "an infinite number": ("[train]\nrate = inf\n", 2),
    "a negative rate": ("[train]\nrate = -1\n", 2),
    "a choice that there is not": ("[model]\ncell = \"lstn\"\n", 2),
    "a choice like none": ("[model]\ncell = \"qqqqqqqqqq\"\n", 2),
    "a list for a number": ("[model]\nhidden = [3, 4]\n", 2),
    "an empty list": ("[data]\ntag_column = []\n", 2),
    "a list of texts": ("[data]\ntag_column = [\"a\"]\n", 2),
    "Latin-1": (b"# ma\xf1ana\n", 1),
    "a NUL byte": (b"[model]\n\0 = 3\n", 2),
    "a NUL byte in the name of a table": (b"\n[\0nt\n", 2),
    "no name of a table": ("[!model]\nhidden = 3\n", 1),
    "a letter for a number": ("[model]\nhidden = ñ\n", 2),
    "a control character": ("[model]\nhidden = 3 # \x07\n", 2),
    "a line of 9000 bytes": ("\n#" + "x" * 9000 + "\n", 2),
    "two MiB": ("# x\n" * (1 << 19), 0),
    "lists in lists": ("[model]\nhidden = " + "[" * 2000 + "]" * 2000 + "\n", 2),
    "tables in tables": ("a." * 3000 + "a = 1\n", 1),
    "a table in a line": ("model = {hidden = 0}\n", 1),
    "an escape that there is not": ("[model]\ncell = \"\\q\"\n", 2),
}


def settings_cases():
    for what, (content, line) in FILES.items():
        place = f"bad.toml:{line}" if line else "bad.toml"
        yield Case(f"config: {what}", ["config", "tag", "-c", "bad.toml"], place, {"bad.toml": content})
    for task in TASKS:
        files = sound_files(task) | {"bad.toml": "[model]\nhidden = 0\n"}
        yield Case(f"train {task}: settings out of range", train(task, SOUND[task][0], options=["-c", "bad.toml"]),
                   "bad.toml:2", files)
        yield Case(f"config {task}: a key of no task", ["config", task, "--set", "model.wheels=4"], "--set", {})
    yield Case("config: a file that is not there", ["config", "tag", "-c", "none.toml"], "none.toml")
    yield Case("config: a folder", ["config", "tag", "-c", "folder"], "folder", {"folder/x": ""})


OPTIONS = {
    "no value": (["--set", "model.hidden"], "--set"),
    "no key": (["--set", "=3"], "--set"),
    "an unknown key": (["--set", "model.hiden=3"], "--set"),
    "too small a number": (["--set", "model.hidden=0"], "--set"),
    "too large a number": (["--set", "model.hidden=9999999999"], "--set"),
    "no number": (["--set", "model.hidden=three"], "--set"),
    "half a number": (["--set", "model.hidden=3x"], "--set"),
    "a rate that is no number": (["--set", "train.rate=nan"], "--set"),
    "no truth": (["--set", "data.lowercase=maybe"], "--set"),
    "a choice that there is not": (["--set", "model.cell=lstn"], "--set"),
    "a list with a gap": (["--set", "data.tag_column=2,,3"], "--set"),
    "bytes that are no UTF-8": (["--set", b"model.cell=\xff\xfe"], "--set"),
    "no threads": (["--threads", "0"], ""),
    "half a thread": (["--threads", "1.5"], ""),
    "too many threads": (["--threads", "1025"], ""),
    "an unknown option": (["--ouptut", "x"], ""),
    "a precision that there is not": (["--set", "train.precision=double"], "--set"),
}


def option_cases():
    sound = sound_files("tag")
    for what, (options, place) in OPTIONS.items():
        yield Case(f"train tag: option: {what}", train("tag", "good.conll", options=options), place, sound)
    predict = {"tag": ["--output", "jsnl"], "generate": ["--temperature", "-1"], "translate": ["--beam", "0"],
               "describe": ["--beam", "1.5"], "forecast": ["--input", "conll"], "classify": ["--top-k", "3"]}
    for task, options in predict.items():
        yield Case(f"predict {task}: option: {options[0]}", ["predict", f"@{task}", *options], None)
    yield Case("train: a task that there is not", ["train", "tga", "good.conll", "-o", "m"], "", sound)
    yield Case("train tag: no output", ["train", "tag", "good.conll"], "", sound)
    yield Case("train tag: a folder that is not there", ["train", "tag", "good.conll", "-o", "no/m"], "no/m", sound)
    yield Case("train tag: output that is there", ["train", "tag", "good.conll", "-o", "good.conll"], "good.conll", sound)
    yield Case("train tag: a folder for output", ["train", "tag", "good.conll", "-o", "d", "--overwrite"], "d",
               sound | {"d/x": ""})
    yield Case("eval: no file", ["eval", "@tag"], "")
    yield Case("data check: a task that there is not", ["data", "check", "--task", "tga", "good.conll"], "", sound)
    yield Case("inspect: line 0", ["inspect", "@tag", "good.conll", "--line", "0"], "", sound)
    yield Case("inspect: a line that is not there", ["inspect", "@tag", "good.conll", "--input", "conll", "--line", "99"],
               "good.conll", sound)
