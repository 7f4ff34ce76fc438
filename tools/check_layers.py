#!/usr/bin/env python3
"""Fails if a folder includes from above itself, a third-party header stands outside its home, a file of the project
has more than 400 lines, or a C++ function has more than 50."""
import pathlib
import re
import sys

MAY_SEE = {  # folder of cadena/: what it may include, besides itself
    "base": "",
    "cells": "",
    "tensor": "base",
    "kernels": "base cells",
    "autograd": "base cells tensor kernels",
    "nn": "base cells tensor kernels autograd",
    "data": "base tensor",
    "io": "base tensor autograd nn",
    "train": "base tensor kernels autograd nn data io",
    "tasks": "base tensor autograd nn data io train",
}
HOME = {  # third-party header: the only files that may name it
    r"^hwy/": r"^(cadena/kernels/.*(-inl\.h|\.cc)|tests/kernels/.*)$",
    r"^fmt/": r".*\.cc$",
    r"^nlohmann/": r"^cadena/base/json\.cc$",
    r"^toml": r"^cadena/base/settings(_toml)?\.cc$",
    r"^xxh": r"^cadena/base/hash\.cc$",
    r"^utf8proc": r"^cadena/base/utf8\.cc$",
    r"^CLI/": r"^apps/cadena/.*$",
    r"^gtest/": r"^tests/.*$",
    r"^benchmark/": r"^bench/.*$",
}
MAX_LINES, MAX_FUNCTION_LINES = 400, 50
SOURCES = {".h", ".cc", ".inl", ".py", ".cmake"}


def functions(lines):
    """(first line, length) of every function body that starts at the left margin or inside a class."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^( {0,2})[A-Za-z_~].*\)[^;]*\{$", line) and not re.match(r"^\s*(namespace|struct|class|enum|if|for|while|switch)\b", line):
            start, indent = number, len(line) - len(line.lstrip())
        elif start is not None and re.match(rf"^ {{{indent}}}\}}", line):
            yield start, number - start + 1
            start = None


def faults(root):
    for path in sorted(p for p in root.rglob("*") if p.suffix in SOURCES):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] in {"build", ".git"} or "/node_modules/" in name:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_LINES:
            yield f"{name}: {len(lines)} lines, at most {MAX_LINES}"
        if path.suffix in {".h", ".cc"}:
            for start, length in functions(lines):
                if length > MAX_FUNCTION_LINES:
                    yield f"{name}:{start}: a function of {length} lines, at most {MAX_FUNCTION_LINES}"
        for header in re.findall(r'^\s*#\s*include\s*[<"]([^">]+)', "\n".join(lines), re.M):
            yield from include_faults(name, header)


def include_faults(name, header):
    inside = re.match(r"cadena/(\w+)/", name)
    if inside and (other := re.match(r"cadena/(\w+)/", header)):
        folder = inside[1]
        if folder not in MAY_SEE or (other[1] != folder and other[1] not in MAY_SEE[folder].split()):
            yield f"{name}: may not include {header}"
    for pattern, home in HOME.items():
        if re.search(pattern, header) and not re.search(home, name):
            yield f"{name}: {header} belongs elsewhere ({home})"


def cycle_faults():
    order = list(MAY_SEE)
    for folder, seen in MAY_SEE.items():
        for other in seen.split():
            if order.index(other) >= order.index(folder):
                yield f"the table itself has a cycle: {folder} sees {other}"


found = list(cycle_faults()) + list(faults(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
print("\n".join(found) or "layers: ok")
sys.exit(bool(found))
