# SPDX-License-Identifier: MIT
"""float: many small objects holding floats, created, normalised, reduced."""
import sys
from math import cos, sin, sqrt


class Point:
    __slots__ = ("x", "y", "z")

    def __init__(self, i):
        self.x = x = sin(i)
        self.y = cos(i) * 3
        self.z = (x * x) / 2

    def normalize(self):
        x, y, z = self.x, self.y, self.z
        norm = sqrt(x * x + y * y + z * z)
        self.x /= norm
        self.y /= norm
        self.z /= norm

    def maximize(self, other):
        self.x = self.x if self.x > other.x else other.x
        self.y = self.y if self.y > other.y else other.y
        self.z = self.z if self.z > other.z else other.z
        return self


def main(loops=8):
    for _ in range(loops):
        points = [Point(i) for i in range(100000)]
        for p in points:
            p.normalize()
        best = points[0]
        for p in points[1:]:
            best = best.maximize(p)
    print(f"float {best.x:.9f} {best.y:.9f} {best.z:.9f}")


main(*map(int, sys.argv[1:2]))
