# SPDX-License-Identifier: MIT
"""spectral_norm: matrix products without matrices; calls and generator sums."""
import sys


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(u):
    size = range(len(u))
    return [sum(element(i, j) * u[j] for j in size) for i in size]


def times_transposed(u):
    size = range(len(u))
    return [sum(element(j, i) * u[j] for j in size) for i in size]


def main(loops=14):
    for _ in range(loops):
        u = [1.0] * 100
        for _ in range(8):
            v = times_transposed(times(u))
            u = times_transposed(times(v))
    numerator = sum(a * b for a, b in zip(u, v))
    denominator = sum(b * b for b in v)
    print(f"spectral_norm {(numerator / denominator) ** 0.5:.9f}")


main(*map(int, sys.argv[1:2]))
