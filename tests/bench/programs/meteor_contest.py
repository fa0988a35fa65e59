# SPDX-License-Identifier: MIT
"""meteor_contest: tilings of a 4 x 10 board with tetrominoes; sets, frozensets and bit tricks."""
import sys

WIDTH, HEIGHT = 4, 10
SHAPES = {"I": [(0, 0), (1, 0), (2, 0), (3, 0)], "L": [(0, 0), (0, 1), (0, 2), (1, 2)], "T": [(0, 0), (1, 0), (2, 0), (1, 1)],
          "S": [(1, 0), (2, 0), (0, 1), (1, 1)], "O": [(0, 0), (1, 0), (0, 1), (1, 1)]}


def orientations(shape):
    seen = set()
    for flip in (1, -1):
        for turn in range(4):
            points = [(x * flip, y) for x, y in shape]
            for _ in range(turn):
                points = [(-y, x) for x, y in points]
            low_x, low_y = min(x for x, _ in points), min(y for _, y in points)
            seen.add(frozenset((x - low_x, y - low_y) for x, y in points))
    return seen


def placements():
    by_cell = [[] for _ in range(WIDTH * HEIGHT)]
    for name, shape in SHAPES.items():
        for form in orientations(shape):
            for y in range(HEIGHT):
                for x in range(WIDTH):
                    cells = frozenset((x + dx) + (y + dy) * WIDTH for dx, dy in form if x + dx < WIDTH and y + dy < HEIGHT)
                    if len(cells) == 4:
                        by_cell[min(cells)].append((name, cells))
    return by_cell


def solve(free, by_cell, counts, limit):
    if not free:
        return 1
    found = 0
    for name, cells in by_cell[min(free)]:
        if counts[name] and cells <= free:
            counts[name] -= 1
            found += solve(free - cells, by_cell, counts, limit)
            counts[name] += 1
            if found >= limit:
                break
    return found


def main(loops=33):
    for _ in range(loops):
        by_cell = placements()
        total = solve(frozenset(range(WIDTH * HEIGHT)), by_cell, {"I": 2, "L": 3, "T": 2, "S": 2, "O": 3}, 1200)
    print("meteor_contest", total, sum(map(len, by_cell)))


main(*map(int, sys.argv[1:2]))
