#!/usr/bin/env python3
"""docs/howto/add-a-cell.md, followed to the letter in a copy of the tree, gives a cell whose backward step is the complex
step of its forward step.

    tests/docs/add_a_cell_test.py [COMPILER]
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = """
#include <type_traits>

#include "tests/cells/unit.h"
#define IS_OURS(Cell) || std::is_same_v<Cell, @CELL@>
namespace cadena::reference {
static_assert(false CADENA_CELLS(IS_OURS));
}
int main() { return cadena::worst_backward_error<cadena::reference::@CELL@>() <= 1e-13 ? 0 : 1; }
"""


def follow_guide(tree):
    """Returns the name of the new cell's struct."""
    guide = (ROOT / "docs/howto/add-a-cell.md").read_text(encoding="utf-8")
    cell, include, item = (textwrap.dedent(block) for block in re.findall(r"^ *```cpp\n(.*?)^ *```$", guide, re.M | re.S))
    path = re.search(r"^1\. `(cadena/cells/\w+\.inl)`:$", guide, re.M)[1]
    assert include == f'#include "{path}"\n', include
    assert not (ROOT / path).exists(), f"{path} is no example any more: the tree has it"
    (tree / path).write_text(cell, encoding="utf-8")
    every = tree / "cadena/cells/all.inl"
    text, lists = re.subn(r"(#define CADENA_CELLS\(X\))", rf"{include}\1 {item.strip()}", every.read_text(encoding="utf-8"))
    assert lists == 1, "no list of cells"
    every.write_text(text, encoding="utf-8")
    return re.fullmatch(r"X\((\w+)\)\n", item)[1]


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else "c++"
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        for part in ("cadena", "tests/cells"):
            shutil.copytree(ROOT / part, tree / part)
        name = follow_guide(tree)
        (tree / "check.cc").write_text(CHECK.replace("@CELL@", name), encoding="utf-8")
        subprocess.run([compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-ffp-contract=off", "-I.",
                        "check.cc", "cadena/base/rng.cc", "-o", "check"], cwd=tree, check=True)
        subprocess.run(["./check"], cwd=tree, check=True)
    print("add_a_cell: ok")


if __name__ == "__main__":
    main()
