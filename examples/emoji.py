#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pictures of emoji with their Spanish names, from two npm packages: emoji.py DIRECTORY OUTPUT

DIRECTORY holds emoji-datasource-twitter-*.tgz and emojibase-data-*.tgz. OUTPUT gets the pictures and the lists
train.tsv, dev.tsv and test.tsv; a hash of the code points says in which an emoji is, eight tenths in train. There are no
variants of skin, which would be nearly the same picture in two lists."""
import hashlib
import json
import pathlib
import sys
import tarfile

PICTURES, NAMES = "package/img/twitter/64/", "package/es/data.json"
PARTS = ["test", "dev"] + 8 * ["train"]


def package(directory, name):
    found = sorted(directory.glob(name + "-*.tgz"))
    if not found:
        sys.exit(f"emoji.py: no {name}-*.tgz in {directory}: 'npm pack {name}' there gets it")
    return tarfile.open(found[-1])


def plain(code):
    """Without the mark that asks for a picture, which the packages set in different places."""
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def main(directory, output):
    with package(directory, "emojibase-data") as archive:
        names = {plain(entry["hexcode"]): entry["label"] for entry in json.load(archive.extractfile(NAMES))}
    lists = {part: [] for part in PARTS}
    (output / "pictures").mkdir(parents=True, exist_ok=True)
    with package(directory, "emoji-datasource-twitter") as archive:
        for member in archive:
            if not (member.isfile() and member.name.startswith(PICTURES) and member.name.endswith(".png")):
                continue
            code = plain(member.name[len(PICTURES):-len(".png")])
            if code not in names or "/" in code:
                continue
            (output / "pictures" / f"{code}.png").write_bytes(archive.extractfile(member).read())
            part = PARTS[int(hashlib.sha256(code.encode()).hexdigest(), 16) % len(PARTS)]
            lists[part].append(f"pictures/{code}.png\t{names[code]}\n")
    for part, lines in lists.items():
        (output / f"{part}.tsv").write_text("".join(sorted(lines)), encoding="utf-8")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
