#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes one picture out of a page that cadena wrote ('cadena inspect --html', report.html of a run).

    docs/figures/from_page.py PAGE.html 'Marginal probabilities' > picture.svg

The first picture whose title begins with the second argument; without one, all titles."""
import html
import re
import sys


def pictures(page):
    """Of a line chart the outer one: its curves stand in an svg of their own."""
    depth = start = 0
    for tag in re.finditer(r"<svg\b|</svg>", page):
        opens = tag[0] != "</svg>"
        if opens and depth == 0:
            start = tag.start()
        depth += 1 if opens else -1
        if depth == 0:
            yield page[start:tag.end()]


def title(picture):
    found = re.search(r"<title>(.*?)</title>", picture)
    return html.unescape(found[1]) if found else ""


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as page:
        found = list(pictures(page.read()))
    if len(sys.argv) == 2:
        print("\n".join(map(title, found)))
        return
    chosen = [picture for picture in found if title(picture).startswith(sys.argv[2])]
    if not chosen:
        sys.exit(f"from_page.py: no picture begins with '{sys.argv[2]}'")
    print(chosen[0])


if __name__ == "__main__":
    main()
