# SPDX-License-Identifier: MIT
"""chaos: points jumping along splines; object arithmetic and its own random numbers."""
import math
import sys


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def distance(self, other):
        return math.sqrt((self.x - other.x) ** 2 + (self.y - other.y) ** 2)

    def blend(self, other, k):
        return Point(self.x + (other.x - self.x) * k, self.y + (other.y - self.y) * k)


class Spline:
    """A B-spline evaluated by de Boor's scheme."""

    def __init__(self, points, degree=3):
        n = len(points)
        self.points, self.degree = points, degree
        self.knots = [0.0] * (degree + 1) + [float(i) for i in range(1, n - degree)] + [float(n - degree)] * (degree + 1)

    def domain(self):
        return self.knots[self.degree], self.knots[-self.degree - 1]

    def at(self, u):
        k = self.degree
        while k < len(self.points) - 1 and u >= self.knots[k + 1]:
            k += 1
        work = [self.points[j] for j in range(k - self.degree, k + 1)]
        for r in range(1, self.degree + 1):
            for j in range(self.degree, r - 1, -1):
                low = self.knots[j + k - self.degree]
                high = self.knots[j + 1 + k - r]
                work[j] = work[j - 1].blend(work[j], (u - low) / (high - low))
        return work[self.degree]


class Random:
    state = 1234

    def next(self, limit):
        self.state = (self.state * 1103515245 + 12345) % 2147483648
        return self.state % limit


def main(loops=6, count=22000):
    splines = [Spline([Point(math.cos(i * s), math.sin(i * s + s)) for i in range(8)]) for s in (0.7, 1.1, 1.9)]
    for _ in range(loops):
        rng, point, grid = Random(), Point(0.3, 0.4), [[0] * 80 for _ in range(60)]
        length = 0.0
        for _ in range(count):
            spline = splines[rng.next(3)]
            low, high = spline.domain()
            target = spline.at(low + (high - low) * (rng.next(1000) / 1000.0))
            new = point.blend(target, 0.6)
            length += new.distance(point)
            point = new
            column, row = int((point.x + 1.2) / 2.4 * 79), int((point.y + 1.2) / 2.4 * 59)
            if 0 <= column < 80 and 0 <= row < 60:
                grid[row][column] += 1
    print(f"chaos {length:.6f} {sum(map(bool, (c for r in grid for c in r)))}")


main(*map(int, sys.argv[1:2]))
