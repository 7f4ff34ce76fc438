#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the documentation names is there: companion_test.py PROGRAM.

Links, pictures, headings, files and tests; figures of the lecture and their options; and both languages of the companion
to the lecture have the same pages, pictures and commands."""
import functools
import pathlib
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("README*.md")])
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release/cadena"


@functools.cache
def text(path):
    return path.read_text(encoding="utf-8")


def prose(path):
    return FENCE.sub("", text(path))


def links(path):
    """Targets within the repository, with their headings."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(path))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def pictures(path):
    return re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", prose(path))


def anchors(path):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", prose(path), re.M)}


def spans(path):
    """What stands in backticks within a line's text."""
    return re.findall(r"`([^`]+)`", prose(path))


def commands(path):
    """Shell commands, without what is said about them."""
    return [re.sub(r" +# .*", "", block) for _, language, block in FENCE.findall(text(path)) if language == "sh"]


def tests_of(folder):
    """Suite -> names of tests."""
    suites = {}
    for source in (ROOT / folder).rglob("*_test.cc"):
        for suite, name in re.findall(r"\bTEST(?:_[PF])?\((\w+), (\w+)\)", text(source)):
            suites.setdefault(suite, set()).add(name)
    return suites


@functools.cache
def help_of(*verbs):
    return subprocess.run([PROGRAM, *verbs, "--help"], check=True, capture_output=True, text=True).stdout


class Documentation(unittest.TestCase):
    def each(self, find, check):
        for path in PAGES:
            for found in find(path):
                with self.subTest(page=str(path.relative_to(ROOT)), found=found):
                    check(path, found)

    def test_links_lead_somewhere(self):
        def check(path, link):
            target, _, heading = link.partition("#")
            there = (path.parent / target).resolve() if target else path
            self.assertTrue(there.exists(), "no such file")
            if heading:
                self.assertIn(heading, anchors(there))

        self.each(links, check)

    def test_files_exist(self):
        def check(path, span):
            if re.fullmatch(r"(cadena|tests|examples|tools|apps)/[\w./*-]*\w", span) and path.parent.name != "howto":
                self.assertTrue(any(ROOT.glob(span)), "no such file")

        self.each(spans, check)

    def test_tests_exist(self):
        everywhere, lecture = tests_of("tests"), tests_of("tests/lecture")["Lecture"]

        def check(_, span):
            suite, dot, name = span.partition(".")
            if dot and suite in everywhere and re.fullmatch(r"\w+\*?", name):
                names = lecture if suite == "Lecture" else everywhere[suite]
                self.assertTrue(any(re.fullmatch(name.replace("*", ".*"), known) for known in names), "no such test")

        self.each(spans, check)

    def test_figures_of_the_lecture_can_be_drawn(self):
        known = set(re.findall(r"^  (\w+) +\S", help_of("lecture").partition("commands:")[2].partition("options:")[0], re.M))
        self.assertIn("vanishing", known)

        def check(_, command):
            verb, options = command
            self.assertIn(verb, known)
            for option in re.findall(r"(?<= )--[a-z-]+", options):
                self.assertIn(option, help_of("lecture", verb).split())

        self.each(lambda path: re.findall(r"cadena\s+lecture\s+(\w+)([^`|;\n]*)", text(path)), check)


class Companion(unittest.TestCase):
    english = sorted((DOCS / "lecture").glob("*.md"))
    spanish = sorted((DOCS / "leccion").glob("*.md"))

    def test_both_languages_have_the_same(self):
        self.assertEqual([path.name[0] for path in self.english], [path.name[0] for path in self.spanish])
        self.assertEqual(len(self.english), 9)
        for english, spanish in zip(self.english, self.spanish):
            with self.subTest(page=english.name):
                self.assertEqual(pictures(english), pictures(spanish))
                self.assertEqual(commands(english), commands(spanish))
                self.assertEqual(set(re.findall(r"FIGURE-\w+", text(english))), set(re.findall(r"FIGURE-\w+", text(spanish))))
                for one, other in ((english, spanish), (spanish, english)):
                    self.assertIn(f"../{other.parent.name}/{other.name}", links(one))

    def test_every_page_has_a_picture_and_every_picture_a_page_and_a_command(self):
        used = set()
        for page in self.english:
            drawn = {pathlib.Path(picture).name for picture in pictures(page)}
            self.assertEqual(bool(drawn), page.name != "README.md", page.name)
            for name in drawn:
                self.assertIn(f"docs/figures/{name}", "".join(commands(page)))
            used |= drawn
        self.assertEqual(used, {path.name for path in (DOCS / "figures").glob("*.svg")})

    def test_pictures_are_small_and_sound(self):
        for path in (DOCS / "figures").glob("*.svg"):
            with self.subTest(picture=path.name):
                self.assertLess(path.stat().st_size, 60_000)
                xml.etree.ElementTree.parse(path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
