#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""spanish.py ARCHIVE OUTPUT: the pairs of spa-eng.zip as lists ENGLISH<tab>SPANISH, train.tsv and test.tsv.

A hash of the English sentence says where it is, with all its translations: a twentieth in test.tsv. What has a Spanish
sentence of test.tsv too is in neither."""
import hashlib
import pathlib
import sys
import zipfile


def is_test(english):
    return int(hashlib.sha256(english.encode()).hexdigest(), 16) % 20 == 0


def main(archive, output):
    with zipfile.ZipFile(archive) as files:
        text = files.read("spa-eng/spa.txt").decode("utf-8")
    pairs = [line.split("\t")[:2] for line in text.rstrip("\n").split("\n")]
    test = [pair for pair in pairs if is_test(pair[0])]
    known = {spanish for _, spanish in test}
    train = [pair for pair in pairs if not is_test(pair[0]) and pair[1] not in known]
    for name, part in (("train", train), ("test", test)):
        (output / f"{name}.tsv").write_text("".join("\t".join(pair) + "\n" for pair in part), encoding="utf-8")


main(sys.argv[1], pathlib.Path(sys.argv[2]))
