#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No vector instruction of a newer processor outside the functions that are chosen at run time: baseline_test.py PROGRAM"""
import platform
import re
import subprocess
import sys


def main():
    if platform.machine() != "x86_64":
        print("only for x86-64")
        return
    code = subprocess.Popen(["objdump", "-d", "--no-show-raw-insn", sys.argv[1]], stdout=subprocess.PIPE, text=True)
    function, chosen, wrong = "", 0, set()
    with code:
        for line in code.stdout:
            if head := re.match(r"[0-9a-f]+ <(.*)>:$", line):
                function = head[1]
            elif re.search(r"%[yz]mm|\tv[a-z0-9]+ ", line):  # AVX: wider registers, names with v
                if "N_AVX" in function:
                    chosen += 1
                else:
                    wrong.add(function)
    if code.returncode != 0 or chosen == 0:
        sys.exit("nothing was read, or there is nothing to choose")
    if wrong:
        sys.exit("built for newer processors only: " + ", ".join(sorted(wrong)[:20]))
    print(f"{chosen} instructions of newer processors, all in functions that are chosen at run time")


main()
