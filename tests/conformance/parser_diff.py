#!/usr/bin/python3.11
# SPDX-License-Identifier: MIT
"""Compares PyRT's parser with the one of the python3.11 that runs this script.

    parser_diff.py TOOL trees [FILE...]      trees of whole files (default: the standard library), byte for byte
    parser_diff.py TOOL errors [-n COUNT] [-s SEED]   broken snippets: exception, message and position

TOOL is the astdump program.  Exit status 1 if anything differs.
"""
import argparse
import ast
import glob
import os
import random
import re
import subprocess
import sys
import tokenize
import warnings

MODES = {"exec": 0, "single": 1, "eval": 2, "func_type": 3}
TYPE_COMMENTS, DONT_IMPLY_DEDENT, INCOMPLETE, IGNORE_COOKIE = 1, 2, 4, 8
LIBRARY = "/usr/lib/python3.11"


class Tool:
    def __init__(self, path):
        self.path = path
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.path, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def parse(self, source, mode="exec", flags=0, feature=11):
        """("ok", dump) or ("error", tuple)."""
        if isinstance(source, str):
            source = source.encode("utf-8", "surrogatepass")
            flags |= IGNORE_COOKIE
        p = self.process
        try:
            p.stdin.write(b"%d %d %d %d\n" % (MODES[mode], flags, feature, len(source)) + source)
            p.stdin.flush()
            kind, size = p.stdout.readline().split()
        except (ValueError, BrokenPipeError):
            self.start()
            return "crash", None
        data = p.stdout.read(int(size))
        if kind == b"ok":
            return "ok", data.decode("utf-8", "surrogatepass")
        head, text = data.split(b"\0", 1)
        name, located, line, offset, end_line, end_offset, has_text, msg = head.decode("utf-8", "replace").split("\t", 7)
        if not int(located):
            return "error", (name, msg)
        if line == "0" and offset == "-1":
            return "error", (name, msg, 0, -1, None, None, None)
        return "error", (name, msg, int(line), int(offset), int(end_line), int(end_offset),
                         text.decode("utf-8", "replace") if int(has_text) else None)


def reference(source, mode="exec", flags=0):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "ok", compile(source, "<snippet>", mode, ast.PyCF_ONLY_AST | flags, dont_inherit=True)
    except SyntaxError as e:
        return "error", (type(e).__name__, e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset, e.text)
    except Exception as e:
        return "error", (type(e).__name__, str(e))


def compare_trees(tool, files):
    wrong = 0
    for path in files:
        with open(path, "rb") as f:
            source = f.read()
        kind, got = tool.parse(source)
        expected_kind, expected = reference(source)
        if expected_kind == "ok":
            expected = ast.dump(expected, include_attributes=True)
        if (kind, got) == (expected_kind, expected):
            continue
        wrong += 1
        if kind == expected_kind == "ok":
            i = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
            print(f"{path}: differs at {i}\n  got      ...{got[max(0, i - 200):i + 100]}\n"
                  f"  expected ...{expected[max(0, i - 200):i + 100]}")
        else:
            print(f"{path}: got {kind} {str(got)[:200]}, expected {expected_kind} {str(expected)[:200]}")
    print(f"{len(files)} files, {wrong} differ")
    return wrong


def doctest_snippets(path):
    """The sources of `>>>` examples."""
    with tokenize.open(path) as f:
        text = f.read()
    lines = text.split("\n")
    i = 0
    while i < len(lines):
        m = re.match(r"(\s*)>>> ?(.*)", lines[i])
        i += 1
        if not m:
            continue
        code = [m.group(2)]
        while i < len(lines) and (n := re.match(re.escape(m.group(1)) + r"\.\.\. ?(.*)", lines[i])):
            code.append(n.group(1))
            i += 1
        yield "\n".join(code) + "\n"


def string_snippets(path):
    """String constants of a test that look like programs."""
    with open(path, "rb") as f:
        tree = ast.parse(f.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)) and len(node.value) < 3000:
            yield node.value
            if isinstance(node.value, str) and ">>>" in node.value:
                continue


SNIPPET_TESTS = """test_syntax test_exceptions test_fstring test_eof test_string_literals test_named_expressions
test_positional_only_arg test_grammar test_patma test_unpack_ex test_type_comments test_codeop test_generators test_genexps
test_listcomps test_dictcomps test_keywordonlyarg test_coroutines test_unparse test_ast test_compile test_source_encoding
test_except_star test_with test_contextlib test_global test_cmd_line_script test_flufl test_unicode_identifiers
test_exception_group test_future test_parser test_tokenize test_dataclasses test_lambda test_extcall test_call test_decorators
test_int test_complex test_float""".split()


def library_snippets(rng, count):
    """Pieces of library files with something wrong in them."""
    paths = sorted(glob.glob(LIBRARY + "/*.py") + glob.glob(LIBRARY + "/test/test_*.py"))
    while count > 0:
        path = rng.choice(paths)
        try:
            with tokenize.open(path) as f:
                lines = f.read().split("\n")
        except (UnicodeDecodeError, SyntaxError):
            continue
        for _ in range(5):
            start = rng.randrange(len(lines))
            while start > 0 and (not lines[start].strip() or lines[start][0] in " \t)]}#'\""):
                start -= 1
            piece = "\n".join(lines[start:start + rng.randint(1, 25)]) + "\n"
            yield mutate(rng, piece)
            count -= 1


JUNK = ["(", ")", "[", "]", "{", "}", ":", ",", ";", "=", "==", ":=", "->", "*", "**", ".", "...", "@", "!", "$", "?", "'", '"',
        "'''", "\\", "\n", "\n    ", "\t", " ", "#", "if", "else", "elif", "for", "in", "not", "is", "and", "or", "lambda", "def",
        "class", "return", "yield", "await", "async", "with", "as", "try", "except", "finally", "raise", "from", "import", "del",
        "pass", "global", "match", "case", "_", "print", "exec", "None", "True", "0x", "1_", "1e", "07", "x", "é", "f'{", "b'é'",
        "u''", "f'{a b}'", "f'{x!}'", "<>", "!=", "-", "+", "~", "|", "<<", "/", "//", "+=", "while", "break", "assert", "async for"]


def mutate(rng, text):
    pieces = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(rng.randint(1, 2)):
        if not pieces:
            break
        i, j = rng.randrange(len(pieces)), rng.randrange(len(pieces))
        match rng.randrange(7):
            case 0: del pieces[i]
            case 1: pieces.insert(i, pieces[i])
            case 2: pieces[i], pieces[j] = pieces[j], pieces[i]
            case 3: pieces[i] = rng.choice(JUNK)
            case 4: pieces.insert(i, rng.choice(JUNK))
            case 5: del pieces[i:]
            case 6: pieces.insert(i, " " + rng.choice(JUNK) + " ")
    return "".join(pieces)


def compare_snippet(tool, source, mode, flags, feature=11):
    if isinstance(source, str) and re.search("[\ud800-\udfff]", source):
        return None             # the caller has to encode
    expected_kind, expected = reference(source, mode, flags_for_python(flags))
    if expected_kind == "ok":
        expected = ast.dump(expected, include_attributes=True)
    kind, got = tool.parse(source, mode, flags)
    if (kind, got) == (expected_kind, expected):
        return None
    return kind, got, expected_kind, expected


def flags_for_python(flags):
    result = 0
    if flags & TYPE_COMMENTS:
        result |= ast.PyCF_TYPE_COMMENTS
    if flags & DONT_IMPLY_DEDENT:
        result |= 0x200
    if flags & INCOMPLETE:
        result |= 0x4000
    return result


def all_snippets(rng, count):
    if rng:
        for s in library_snippets(rng, count):
            yield s, rng.choice(["exec"] * 8 + ["single"]), rng.choice([0] * 8 + [TYPE_COMMENTS])
        return
    for name in SNIPPET_TESTS:
        path = f"{LIBRARY}/test/{name}.py"
        if not os.path.exists(path):
            continue
        for source in [*doctest_snippets(path), *string_snippets(path)]:
            for mode in "exec", "eval", "single":
                yield source, mode, 0
            yield source, "exec", TYPE_COMMENTS
            yield source, "single", DONT_IMPLY_DEDENT | INCOMPLETE
            yield source, "func_type", 0


def compare_errors(tool, rng, count, show):
    wrong = total = 0
    seen = set()
    for source, mode, flags in all_snippets(rng, count):
        if (source, mode, flags) in seen:
            continue
        seen.add((source, mode, flags))
        total += 1
        result = compare_snippet(tool, source, mode, flags)
        if result:
            wrong += 1
            if wrong <= show:
                kind, got, expected_kind, expected = result
                if kind == expected_kind == "ok":
                    i = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), 0)
                    got, expected = got[max(0, i - 80):i + 40], expected[max(0, i - 80):i + 40]
                print(f"{mode} {flags} {source!r:.600}\n  got      {kind} {str(got):.400}\n"
                      f"  expected {expected_kind} {str(expected):.400}")
    print(f"{total} snippets, {wrong} differ")
    return wrong


def main():
    args = argparse.ArgumentParser()
    args.add_argument("tool")
    args.add_argument("what", choices=["trees", "errors", "mutants"])
    args.add_argument("files", nargs="*")
    args.add_argument("-n", type=int, default=2000)
    args.add_argument("-s", type=int, default=1)
    args.add_argument("--show", type=int, default=20)
    o = args.parse_args()
    sys.setrecursionlimit(20000)
    tool = Tool(o.tool)
    if o.what == "trees":
        files = o.files or sorted(glob.glob(LIBRARY + "/**/*.py", recursive=True))
        wrong = compare_trees(tool, files)
    else:
        rng = random.Random(o.s) if o.what == "mutants" else None
        wrong = compare_errors(tool, rng, o.n, o.show)
    sys.exit(1 if wrong else 0)


main()
