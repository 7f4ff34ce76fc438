#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""copy_reverse.py copy|reverse COUNT SEED: lines of 20 random letters, a tab, and the same letters again, in order or
backwards. Two seeds have no line in common: there are 26^20."""
import random
import sys

task, count, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
chance = random.Random(f"{task} {seed}")
for _ in range(count):
    letters = chance.choices("abcdefghijklmnopqrstuvwxyz", k=20)
    print(" ".join(letters), " ".join(letters if task == "copy" else letters[::-1]), sep="\t")
