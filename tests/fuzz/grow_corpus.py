#!/usr/bin/python3.11
# SPDX-License-Identifier: MIT
"""Fills the corpus of a fuzz target from what is installed: grow_corpus.py TARGET FOLDER.

The seeds in seeds/ are what a person wrote; this adds breadth. Programs come from the standard library
and its tests, marshalled data from their code objects and from values of each kind, patterns from the
modules' own calls of re.compile and from the suite's list. libFuzzer keeps what covers something new.
"""
import ast
import glob
import hashlib
import marshal
import os
import random
import sys

LIBRARY = "/usr/lib/python3.11"


def sources(limit):
    for path in sorted(glob.glob(LIBRARY + "/**/*.py", recursive=True)):
        with open(path, "rb") as file:
            text = file.read()
        if len(text) <= limit:
            yield text


def programs():
    """The first byte chooses the mode and flags; see fuzz_parser.c and fuzz_compile.c."""
    for text in sources(8000):
        yield b"\x00" + text
    with open(LIBRARY + "/test/test_grammar.py", "rb") as file:
        for part in file.read().split(b"\n    def "):
            yield b"\x00def " + part
    for name in ("test_patma", "test_fstring", "test_syntax", "test_exceptions", "test_type_comments",
                 "test_positional_only_arg", "test_unpack_ex", "test_named_expressions", "test_string_literals"):
        with open(f"{LIBRARY}/test/{name}.py", "rb") as file:
            tree = ast.parse(file.read())
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 2000:
                yield b"\x00" + node.value.encode("utf-8", "replace")
                yield b"\x01" + node.value.encode("utf-8", "replace")


def marshalled():
    for text in sources(2500):
        try:
            yield marshal.dumps(compile(text, "f", "exec"))
        except (SyntaxError, ValueError):
            pass
    values = [None, True, ..., 0, -1, 1 << 40, -(1 << 100), 1.5, float("inf"), 2j, b"abc", "abc", "\u00e9\u20ac", "\U0001f600",
              "\ud800", (), (1, (2,)), [1, [2]], {1: {2: 3}}, {1, 2}, frozenset("ab"), StopIteration, b"x" * 300, tuple(range(300))]
    for value in values:
        for version in range(5):
            yield marshal.dumps(value, version)
    shared = ["x", ("y", 2.5)]
    yield marshal.dumps([shared, shared, {"k": shared}], 4)


def patterns():
    from test import re_tests
    texts = {entry[0] for entry in re_tests.tests}
    for text in sources(60000):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
                    and node.func.value.id in ("re", "sre") and node.args and isinstance(node.args[0], ast.Constant)):
                texts.add(node.args[0].value)
    rng = random.Random(1)
    for text in sorted(text.encode("latin-1", "replace") if isinstance(text, str) else text
                       for text in texts if isinstance(text, (str, bytes))):
        if len(text) < 250:
            yield b"\x00" + text + bytes(rng.choice(b"abc 01\n-x.") for _ in range(12))


KINDS = {"fuzz_parser": programs, "fuzz_compile": programs, "fuzz_marshal": marshalled, "fuzz_regex": patterns}


def main():
    target, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for data in KINDS[target]():
        with open(os.path.join(folder, hashlib.sha1(data).hexdigest()), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
