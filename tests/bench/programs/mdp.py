# SPDX-License-Identifier: MIT
"""mdp: value iteration over a small game with exact fractions."""
import sys
from fractions import Fraction


def main(loops=120):
    for _ in range(loops):
        values = {(a, b): Fraction(0) for a in range(8) for b in range(8)}
        half = Fraction(1, 2)
        for _ in range(5):
            new = {}
            for a, b in values:
                if a == 0 or b == 0:
                    new[a, b] = Fraction(1) if a and not b else Fraction(0)
                    continue
                options = []
                for bet in range(1, min(a, b) + 1):
                    win = values[min(a + bet, 7), max(b - bet, 0)]
                    lose = values[max(a - bet, 0), min(b + bet, 7)]
                    options.append(half * win + (1 - half) * lose * Fraction(9, 10) + Fraction(1, 97 + bet))
                new[a, b] = max(options)
            values = new
    print("mdp", float(sum(values.values())), values[3, 4].denominator % 1000007)


main(*map(int, sys.argv[1:2]))
