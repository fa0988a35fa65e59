# SPDX-License-Identifier: MIT
"""regex_compile: the library's regular expression compiler, pure Python."""
import re
import sys

PATTERNS = [r"^(\w+)\s*=\s*([^#\n]*)(?:#.*)?$", r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", r"[a-zA-Z_][a-zA-Z0-9_]*|\d+(?:\.\d*)?|[-+*/()=<>!]=?",
            r"(?i)\b(?:https?|ftp)://[^\s/$.?#].[^\s]*", r"((?:[^,\"']|\"(?:\\.|[^\"])*\"|'(?:\\.|[^'])*')+)", r"(?<!\\)(?:\\\\)*[*_]{1,2}(?=\S)(.+?)(?<=\S)[*_]{1,2}",
            r"(a|b|c|d|e|foo|bar|baz)+?(x{2,5}|y*z?)$", r"\b(?:25[0-5]|2[0-4]\d|[01]?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|[01]?\d?\d)){3}\b",
            r"[\u0400-\u04ff]+|[^\W\d_]+", r"(?x) ( [+-]? ) # sign \n ( \d+ ) ( e [+-]? \d+ )?"]


def main(loops=1000):
    for _ in range(loops):
        re.purge()
        compiled = [re.compile(p) for p in PATTERNS]
    print("regex_compile", sum(c.groups for c in compiled), bool(compiled[1].match("2024-02-29")))


main(*map(int, sys.argv[1:2]))
