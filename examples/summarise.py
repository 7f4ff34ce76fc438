#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""summarise.py ARCHIVE PART: e-mails of AESLC as lines BODY<tab>SUBJECT, in the order of their names."""
import sys
import tarfile


def main(archive, part):
    mails = {}
    with tarfile.open(archive) as files:
        for entry in files:
            if entry.isfile() and f"/{part}/" in entry.name and entry.name.endswith(".subject"):
                mails[entry.name] = files.extractfile(entry).read().decode("utf-8")
    for _, mail in sorted(mails.items()):
        body, _, rest = mail.partition("\n@subject\n")
        sides = [" ".join(text.split()) for text in (body, rest.partition("\n@")[0])]
        if all(sides):
            print("\t".join(sides))


main(*sys.argv[1:])
