# SPDX-License-Identifier: MIT
"""dataclasses: creating classes, instances, comparing, hashing, replacing."""
import dataclasses
import sys


@dataclasses.dataclass(order=True)
class Point:
    x: float
    y: float = 0.0
    label: str = dataclasses.field(default="", compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    a: int
    b: str


def main(loops=17):
    for _ in range(loops):
        points = [Point(i * 37 % 1000, i % 7, "p") for i in range(12000)]
        points.sort()
        equal = sum(a == b for a, b in zip(points, points[1:]))
        keys = {Key(i % 100, str(i % 13)): i for i in range(12000)}
        total = sum(keys[Key(i, str(i % 13))] for i in range(100))
        moved = [dataclasses.replace(p, x=p.x + 1) for p in points[:2000]]
        rows = [dataclasses.asdict(p) for p in points[:800]]
        classes = [dataclasses.make_dataclass(f"C{i}", ["a", ("b", int, 3)]) for i in range(10)]
    print("dataclasses", equal, total, len(keys), sum(p.x for p in moved), len(rows), classes[3](1).b, repr(points[0]))


main(*map(int, sys.argv[1:2]))
