#!/usr/bin/env python3
"""Make data/ner-es/train.conll and dev.conll from the bracketed sentences in data/ner-es/source.

    tools/corpus.py            write the two files and print the table of counts
    tools/corpus.py --check    write nothing; exit 1 if the files on disk differ from the sources

A source line is one sentence, its entities in brackets: `[PER Rosa Ibarra] vive en [LOC Zamora].`
"""
import itertools
import pathlib
import re
import sys
import unicodedata

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "ner-es"
TRAIN = ["spain", "south", "world", "mexico"]  # the order of the round robin
TYPES = ["PER", "LOC", "ORG", "MISC"]
ENTITY = re.compile(r"\[(%s) ([^\[\]]+)\]" % "|".join(TYPES))
MARKS = "«»\"()¿?¡!,;:.…—%€$"
TOKEN = re.compile(
    r"\d+(?:[.,:/]\d+)+(?![^\W_])"  # 15,67  3.000  5:40
    r"|[^\W_]+(?:[-'’][^\W_]+)*"  # words and plain numbers; Behobia-San, d'Hebron
    r"|[%s]" % re.escape(MARKS)
)


class SourceError(Exception):
    pass


def parse(line):
    """The plain text of one source line and its entities as (start, end, type)."""
    plain, spans, last = "", [], 0
    for match in ENTITY.finditer(line):
        plain += line[last : match.start()]
        spans.append((len(plain), len(plain) + len(match[2]), match[1]))
        plain += match[2]
        last = match.end()
    plain += line[last:]
    if "[" in plain or "]" in plain:
        raise SourceError("bad bracket")
    if unicodedata.normalize("NFC", line) != line:
        raise SourceError("not in NFC")
    if "  " in plain or plain != plain.strip() or re.search(r"[^\S ]", plain):
        raise SourceError("bad space")
    if not re.search(r'[.?!»"]$', plain):
        raise SourceError("the sentence does not end with . ? ! or a closing quote")
    return plain, spans


def tag(plain, spans):
    """The sentence as (token, IOB2 tag) pairs."""
    matches = list(TOKEN.finditer(plain))
    if "".join(m[0] for m in matches) != plain.replace(" ", ""):
        raise SourceError("a character that belongs to no token")
    tags = ["O"] * len(matches)
    for start, end, kind in spans:
        inside = [i for i, m in enumerate(matches) if start <= m.start() and m.end() <= end]
        if not inside or matches[inside[0]].start() != start or matches[inside[-1]].end() != end:
            raise SourceError("an entity breaks a token: " + plain[start:end])
        for i in inside:
            tags[i] = ("B-" if i == inside[0] else "I-") + kind
    return [(m[0], t) for m, t in zip(matches, tags)]


def read(name, seen):
    """The tagged sentences and the entity names (name, type) of one source file."""
    sentences = []
    for number, line in enumerate((DATA / "source" / name).read_text("utf-8").splitlines(), 1):
        try:
            plain, spans = parse(line)
            if plain in seen:
                raise SourceError("the same sentence as " + seen[plain])
            seen[plain] = f"{name}:{number}"
            sentences.append((tag(plain, spans), [(plain[s:e], kind) for s, e, kind in spans]))
        except SourceError as error:
            sys.exit(f"{name}:{number}: {error}")
    return sentences


def conll(sentences):
    return "".join("".join(f"{w} {t}\n" for w, t in tokens) + "\n" for tokens, _ in sentences)


def table(parts):
    rows = ["| | sentences | tokens | " + " | ".join(TYPES) + " | entities |", "| --- |" + " ---: |" * 7]
    for name, sentences in parts.items():
        kinds = [kind for _, entities in sentences for _, kind in entities]
        counts = [len(sentences), sum(len(tokens) for tokens, _ in sentences)]
        counts += [kinds.count(kind) for kind in TYPES] + [len(kinds)]
        rows.append(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    names = {p: {name for _, entities in s for name, _ in entities} for p, s in parts.items()}
    words = {p: {w for tokens, _ in s for w, _ in tokens if any(map(str.isalpha, w))} for p, s in parts.items()}
    for what, sets in (("dev entity names not in train", names), ("dev word types not in train", words)):
        new, total = len(sets["dev"] - sets["train"]), len(sets["dev"])
        rows.append(f"\n{what}: {new} of {total} ({100 * new / total:.1f} %)")
    return "\n".join(rows)


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    seen = {}
    files = [read(f"train-{name}.txt", seen) for name in TRAIN]
    train = [s for turn in itertools.zip_longest(*files) for s in turn if s is not None]
    parts = {"train": train, "dev": read("dev.txt", seen)}
    for name, sentences in parts.items():
        path, text = DATA / f"{name}.conll", conll(sentences).encode("utf-8")
        if sys.argv[1:] == []:
            path.write_bytes(text)
        elif not path.exists() or path.read_bytes() != text:
            sys.exit(f"{path.name} differs from the sources")
    print(table(parts))


if __name__ == "__main__":
    main()
