#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what a translator looks at: reads an answer of 'cadena predict --output jsonl', writes a picture in SVG.

    echo 'ein hund rennt durch den schnee .' | cadena predict german.cadena --output jsonl |
      python3 examples/attention.py > dog.svg

Each row is a token of the answer, each column one of the source; the darker, the more of the row's attention. Several lines
become one picture each, one below the other."""
import json
import sys
from xml.sax.saxutils import escape

CELL, FONT, GAP = 26, 14, 8


def text(x, y, label, more=""):
    return f'<text x="{x}" y="{y}" {more}>{escape(label)}</text>'


def width(labels):
    """Of the widest, about: letters differ."""
    return GAP + round(0.62 * FONT * max(map(len, labels), default=0))


def plain(tokens):
    """Without the mark of a blank before a subword."""
    return [token.lstrip("▁") or token for token in tokens]


def matrix(columns, rows, weights, top):
    """The matrix with its labels, and how wide and high it is."""
    left, head = width(rows), top + width(columns)
    drawn = []
    for j, label in enumerate(columns):
        x = left + CELL * j + CELL // 2 + FONT // 3
        drawn.append(text(x, head - GAP, label, f'transform="rotate(-90 {x} {head - GAP})"'))
    for i, (label, row) in enumerate(zip(rows, weights)):
        y = head + CELL * i
        drawn.append(text(left - GAP, y + CELL // 2 + FONT // 3, label, 'text-anchor="end"'))
        drawn += [f'<rect x="{left + CELL * j}" y="{y}" width="{CELL}" height="{CELL}" fill="#08306b" '
                  f'fill-opacity="{weight:.3f}" stroke="#ccc"><title>{escape(label)} looks at {escape(columns[j])}: '
                  f'{weight:.1%}</title></rect>' for j, weight in enumerate(row)]
    return drawn, left + CELL * len(columns) + GAP, head + CELL * len(rows) + GAP


def main():
    drawn, wide, high = [], 0, 0
    for line in sys.stdin:
        said = json.loads(line)
        for answer in said["answers"][:1]:
            if "attention" not in answer:
                sys.exit("attention.py: the model has no attention")
            columns, rows = plain(said["tokens"]), plain(answer["tokens"])
            more, right, high = matrix(columns, rows, answer["attention"], high + GAP)
            drawn, wide = drawn + more, max(wide, right)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
          f'font-family="sans-serif" font-size="{FONT}"><rect width="100%" height="100%" fill="#fff"/>')
    print("\n".join(drawn + ["</svg>"]))


main()
