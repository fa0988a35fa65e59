# SPDX-License-Identifier: MIT
"""unpack_sequence: tuples and lists into locals."""
import sys


def unpack(n, pair, triple, ten, items):
    total = 0
    for _ in range(n):
        a, b = pair
        b, a = a, b
        c, d, e = triple
        f, g, h, i, j, k, l, m, o, p = ten
        q, r, s, t = items
        (u, v), w = pair, triple
        first, *rest = items
        total += a + e + p + t + v + first
    return total


def main(loops=35):
    for _ in range(loops):
        total = unpack(100000, (1, 2), (3, 4, 5), tuple(range(10)), [1, 2, 3, 4])
    print("unpack_sequence", total)


main(*map(int, sys.argv[1:2]))
