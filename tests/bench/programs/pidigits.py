# SPDX-License-Identifier: MIT
"""pidigits: an unbounded spigot; big integers."""
import sys


def digits(count):
    out = []
    q, r, t, k, n, l = 1, 0, 1, 1, 3, 3
    while len(out) < count:
        if 4 * q + r - t < n * t:
            out.append(n)
            q, r, n = 10 * q, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, n, k, l = q * k, (2 * q + r) * l, t * l, (q * (7 * k + 2) + r * l) // (t * l), k + 1, l + 2
    return out


def main(loops=9):
    for _ in range(loops):
        result = digits(1300)
    print("pidigits", "".join(map(str, result[-20:])), sum(result), 3**20000 % 10**30, len(str(7**4000)))


main(*map(int, sys.argv[1:2]))
