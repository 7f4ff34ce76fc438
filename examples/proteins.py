#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proteins as CoNLL: a residue and its secondary structure in three and in eight classes a line; '-': not known.

    proteins.py fasta DIRECTORY train|validation|test    sequences.fasta, sampled.fasta and mask.fasta of FLIP
    proteins.py csv FILE.csv                             input, dssp3, dssp8, disorder (1.0: resolved), as of ps4
"""
import csv
import pathlib
import sys


def records(path):
    """Header and sequence of each record of a FASTA file."""
    for record in path.read_text(encoding="ascii").split(">")[1:]:
        header, _, sequence = record.partition("\n")
        yield header, sequence.replace("\n", "")


def from_fasta(folder, part):
    files = [records(pathlib.Path(folder, name + ".fasta")) for name in ("sequences", "sampled", "mask")]
    for (_, residues), (header, classes), (_, resolved) in zip(*files, strict=True):
        held_out = "VALIDATION=True" in header
        own = "test" if "SET=test" in header else "validation" if held_out else "train"
        if own == part:
            yield [(r, c if m == "1" else "-", "-") for r, c, m in zip(residues, classes, resolved, strict=True)]


def from_csv(path):
    with open(path, encoding="ascii", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for fields in rows:
            residues, three, eight, resolved = (field.split() for field in fields[:4])
            yield [(r, a, b) if float(m) == 1 else (r, "-", "-")
                   for r, a, b, m in zip(residues, three, eight, resolved, strict=True)]


if __name__ == "__main__":
    proteins = from_fasta(*sys.argv[2:]) if sys.argv[1] == "fasta" else from_csv(sys.argv[2])
    for protein in proteins:
        print("\n".join(" ".join(fields) for fields in protein), end="\n\n")
