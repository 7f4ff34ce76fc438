#!/usr/bin/env python3
"""Fails if a folder includes from above itself, a third-party header stands outside its home or in a public header,
cadena/cadena.h misses a public header, a file of the project has more than 400 lines, or a C++ function has more
than 50.

    tools/check_layers.py [ROOT]
"""
import os
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
    "report": "base",
    "data": "base tensor",
    "io": "base tensor autograd nn",
    "train": "base tensor kernels autograd nn data io",
    "lecture": "base tensor autograd nn train",
    "tasks": "base tensor autograd nn data io train",
}
HOME = {  # third-party header: the only files that may name it
    r"^hwy/": r"^(cadena/kernels/.*(-inl\.h|\.cc)|tests/kernels/.*|bench/target\.h)$",
    r"^fmt/": r".*\.cc$",
    r"^nlohmann/": r"^cadena/base/json\.cc$",
    r"^toml": r"^cadena/base/settings(_toml)?\.cc$",
    r"^xxh": r"^cadena/base/hash\.cc$",
    r"^utf8proc": r"^cadena/base/utf8\.cc$",
    r"^zlib": r"^cadena/base/input\.cc$",
    r"^png\.h": r"^cadena/data/png\.cc$",
    r"^CLI/": r"^apps/cadena/.*$",
    r"^gtest/": r"^tests/.*$",
    r"^benchmark/": r"^bench/.*$",
}
PUBLIC = re.compile(r"^cadena/((base|tensor|autograd|nn|report|data|io|train|tasks)/\w+|cells/cell)\.h$")  # as installed
UMBRELLA = "cadena/cadena.h"
MAX_LINES, MAX_FUNCTION_LINES = 400, 50
SOURCES = {".h", ".cc", ".inl", ".py", ".cmake"}
NOT_OURS = {"build", ".git", "node_modules"}

CONTAINER = re.compile(r"(template\s*<.*>\s*)?(inline\s+)?(namespace|struct|class|union|enum|extern\s*\")")


def without_raw_strings(text):
    return re.sub(r'R"(\w*)\(.*?\)\1"', lambda m: 'R""' + "\n" * m[0].count("\n"), text, flags=re.S)


def functions(text):
    """(first line, length) of every function at namespace or class scope. Relies on the layout that clang-format
    makes: a block ends with a brace in the column where the statement that opened it began."""
    lines = [re.sub(r"\s+//.*$", "", line) for line in without_raw_strings(text).splitlines()]
    at = 0
    while at < len(lines):
        first, line = at, lines[at]
        at += 1
        if line.startswith("#"):
            while lines[at - 1].endswith("\\") and at < len(lines):
                at += 1
            continue
        if re.match(r"\s*(//.*|\}.*|\w+:|[A-Z_]+\(.*\))?$", line):  # comment, brace, "private:", macro, nothing
            continue
        while lines[at - 1][-1:] not in ("{", "}", ";") and at < len(lines):
            at += 1
        head = " ".join(line.strip() for line in lines[first:at])
        if not head.endswith("{") or CONTAINER.match(head):
            continue
        indent = len(line) - len(line.lstrip())
        while at < len(lines) and not re.match(rf" {{{indent}}}\}}", lines[at]):
            at += 1
        at += 1
        if "(" in head and not head.endswith("= {"):
            yield first + 1, at - first


def project_files(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(set(folders) - NOT_OURS)
        yield from (pathlib.Path(folder, file) for file in sorted(files) if pathlib.Path(file).suffix in SOURCES)


def faults(root):
    public, offered = [], []
    for path in project_files(root):
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > MAX_LINES:
            yield f"{name}: {text.count(chr(10))} lines, at most {MAX_LINES}"
        if path.suffix in {".h", ".cc"}:
            for start, length in functions(text):
                if length > MAX_FUNCTION_LINES:
                    yield f"{name}:{start}: a function of {length} lines, at most {MAX_FUNCTION_LINES}"
        for header in re.findall(r'^\s*#\s*include\s*([<"][^">]+)', text, re.M):
            yield from include_faults(name, header)
            if name == UMBRELLA:
                offered.append(header[1:])
        if PUBLIC.match(name):
            public.append(name)
    yield from (f"{UMBRELLA}: does not include {name}" for name in public if name not in offered)


def include_faults(name, quoted):
    header = quoted[1:]
    inside = re.match(r"cadena/(\w+)/", name)
    if inside and (other := re.match(r"cadena/(\w+)/", header)):
        folder = inside[1]
        if folder not in MAY_SEE or (other[1] != folder and other[1] not in MAY_SEE[folder].split()):
            yield f"{name}: may not include {header}"
    if inside and header == UMBRELLA:
        yield f"{name}: may not include {header}, which is for users"
    if PUBLIC.match(name) and (not header.startswith("cadena/") if quoted[0] == '"' else re.search(r"[./]", header)):
        yield f"{name}: a public header may include the standard library and public headers only, not {header}"
    if PUBLIC.match(name) and header.startswith("cadena/") and not PUBLIC.match(header):
        yield f"{name}: a public header may not include {header}, which is not installed"
    for pattern, home in HOME.items():
        if re.search(pattern, header) and not re.search(home, name):
            yield f"{name}: {header} belongs elsewhere ({home})"


def cycle_faults():
    order = list(MAY_SEE)
    for folder, seen in MAY_SEE.items():
        for other in seen.split():
            if order.index(other) >= order.index(folder):
                yield f"the table itself has a cycle: {folder} sees {other}"


if __name__ == "__main__":
    found = list(cycle_faults()) + list(faults(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print("\n".join(found) or "layers: ok")
    sys.exit(bool(found))
