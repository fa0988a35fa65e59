# SPDX-License-Identifier: MIT
"""regex_effbot: many simple searches in strings of several lengths, mostly failing at the end."""
import re
import sys

PATTERNS = [re.compile(p) for p in ("Python|Perl", "(Python|Perl)", "[Pp]ython", "Pyt(?:hon)?", ".*Python", ".*?Python", "(.*)Python", "^P.*n$", "P[a-z]+n", r"\w+\s\w+Python", "P(y|e)t")]


def main(loops=2200):
    texts = [("-" * n) + "Python" + ("-" * n) for n in (0, 5, 50, 250, 1000, 4000)]
    for _ in range(loops):
        total = 0
        for pattern in PATTERNS:
            for text in texts:
                m = pattern.search(text)
                if m:
                    total += m.start() + m.end()
    print("regex_effbot", total)


main(*map(int, sys.argv[1:2]))
