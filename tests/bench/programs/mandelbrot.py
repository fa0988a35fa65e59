# SPDX-License-Identifier: MIT
"""mandelbrot: complex numbers in an inner loop."""
import sys


def escape(c, limit):
    z = 0j
    for n in range(limit):
        z = z * z + c
        if abs(z) > 2.0:
            return n
    return limit


def main(loops=20):
    for _ in range(loops):
        total = 0
        for y in range(120):
            for x in range(160):
                total += escape(complex(x / 60 - 2.0, y / 60 - 1.0), 50)
    print("mandelbrot", total)


main(*map(int, sys.argv[1:2]))
