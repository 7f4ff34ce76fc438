#!/usr/bin/env python3
"""tools/check_layers.py finds what it should in small projects that are broken on purpose."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers.py"
GOOD = {
    "cadena/cadena.h": '#include "cadena/base/a.h"\n#include "cadena/nn/b.h"\n',
    "cadena/base/a.h": "#include <vector>\n",
    "cadena/nn/b.h": '#include "cadena/base/a.h"\n',
    "cadena/base/json.cc": '#include <nlohmann/json.hpp>\n#include "cadena/base/a.h"\n',
}


def body(lines, indent=""):
    return "".join(f"{indent}  int x{i} = {i};\n" for i in range(lines))


def function(head, lines, indent=""):
    """A function whose last line of `head` opens it; `lines` counts all of it."""
    return f"{indent}{head}\n{body(lines - head.count(chr(10)) - 2, indent)}{indent}}}\n"


class CheckLayers(unittest.TestCase):
    def run_on(self, **changes):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**GOOD, **changes.get("files", {})}.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            done = subprocess.run([sys.executable, TOOL, root], capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            self.assertEqual(done.returncode, 0 if done.stdout == "layers: ok\n" else 1)
            return done.stdout.splitlines()

    def finds(self, name, text, *parts):
        found = self.run_on(files={name: text})
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def accepts(self, name, text):
        self.assertEqual(self.run_on(files={name: text}), ["layers: ok"])

    def test_good_project(self):
        self.assertEqual(self.run_on(), ["layers: ok"])

    def test_include_from_above(self):
        self.finds("cadena/base/c.cc", '#include "cadena/nn/b.h"\n', "cadena/base/c.cc: may not include cadena/nn/b.h")
        self.finds("cadena/data/c.cc", '#  include "cadena/nn/b.h"\n', "may not include cadena/nn/b.h")

    def test_folder_that_is_not_in_the_table(self):
        self.finds("cadena/more/c.cc", '#include "cadena/base/a.h"\n', "may not include")

    def test_third_party_header_away_from_home(self):
        self.finds("cadena/data/c.cc", "#include <nlohmann/json.hpp>\n", "belongs elsewhere")
        self.finds("apps/cadena/c.cc", '#include "hwy/highway.h"\n', "belongs elsewhere")
        self.accepts("apps/cadena/c.cc", "#include <CLI/CLI.hpp>\n")

    def test_public_header(self):
        self.finds("cadena/nn/b.h", "#include <zstd.h>\n", "a public header")
        self.finds("cadena/nn/b.h", '#include "b.h"\n', "a public header")
        self.finds("cadena/nn/b.h", '#include "cadena/kernels/k.h"\n', "not installed")

    def test_umbrella(self):
        self.finds("cadena/nn/c.h", "#include <vector>\n", "cadena/cadena.h: does not include cadena/nn/c.h")
        self.finds("cadena/nn/c.cc", '#include "cadena/cadena.h"\n', "which is for users")

    def test_long_file(self):
        self.accepts("tests/c.cc", "int a;\n" * 400)
        self.finds("tests/c.cc", "int a;\n" * 401, "401 lines")

    def test_long_functions(self):
        heads = {
            "plain": "int f(int a) {",
            "const member": "int C::f(int a) const noexcept {",
            "trailing return": "auto f(int a) -> int {",
            "wrapped parameters": "int f(int a,\n      int b) {",
            "template": "template <class A, int n>\nint f(A a) {",
            "constrained template": "template <class A>\nrequires Number<A>\nint f(A a) {",
            "constructor": "C::C(int a) : a_(a) {",
            "initialisers on their own lines": "C::C(int a)\n    : a_(a),\n      b_{a},\n      c_(std::move(a)) {",
            "operator": "bool operator()(int a) {",
            "destructor": "C::~C() {",
            "struct as result": "const struct C* f(int a) {",
            "test": "TEST(Case, name) {",
            "lambda": "const auto f = [](int a) {",
            "comment after the brace": "int f(int a) {  // why",
        }
        for what, head in heads.items():
            with self.subTest(what):
                self.accepts("tests/c.cc", "namespace {\n\n" + function(head, 50) + "\n}  // namespace\n")
                self.finds("tests/c.cc", "namespace {\n\n" + function(head, 51) + "\n}\n", "tests/c.cc:3:", "of 51 lines")

    def test_long_functions_inside_classes(self):
        for outer in ("class C {\n public:", "struct C : D<int> {", "template <class A>\nclass C final {",
                      "class C {\n  struct E {\n    int e;\n  };\n\n private:"):
            for head in ("int f(int a) const {", "explicit C(int a)\n      : a_(a),\n        b_(a) {"):
                with self.subTest(outer=outer, head=head):
                    self.accepts("tests/c.h", outer + "\n" + function(head, 50, "  ") + "};\n")
                    self.finds("tests/c.h", outer + "\n" + function(head, 51, "  ") + "};\n", "of 51 lines")

    def test_long_things_that_are_no_functions(self):
        self.accepts("tests/c.cc", "struct C {\n" + body(60) + "};\n")
        self.accepts("tests/c.cc", "const int table[] = {\n" + body(60) + "};\n")
        self.accepts("tests/c.cc", "#define F(a) {  \\\n" + "  a;  \\\n" * 60 + "  }\nint g() {\n  return 1;\n}\n")

    def test_short_function_after_a_raw_string(self):
        text = 'const char* s = R"(\nint f() {\n' + body(60) + ')";\n' + function("int g() {", 51)
        self.finds("tests/c.cc", text, "of 51 lines")


if __name__ == "__main__":
    unittest.main()
