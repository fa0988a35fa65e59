# SPDX-License-Identifier: MIT
"""hexiom: place tiles on a hexagonal board so that each sees its number; backtracking on dicts."""
import sys


def cells(size):
    return [(q, r) for q in range(-size, size + 1) for r in range(-size, size + 1) if abs(q + r) <= size]


def links(board):
    return {c: [(c[0] + dq, c[1] + dr) for dq, dr in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)) if (c[0] + dq, c[1] + dr) in board] for c in board}


class Solver:
    def __init__(self, size, counts):
        self.order = cells(size)
        self.links = links(set(self.order))
        self.counts = dict(counts)
        self.placed = {}
        self.steps = 0

    def consistent(self, cell):
        for c in (cell, *self.links[cell]):
            number = self.placed.get(c)
            if number is None or number < 0:
                continue
            tiles = free = 0
            for n in self.links[c]:
                other = self.placed.get(n)
                if other is None:
                    free += 1
                elif other >= 0:
                    tiles += 1
            if tiles > number or tiles + free < number:
                return False
        return True

    def solve(self, index=0):
        self.steps += 1
        if index == len(self.order):
            return True
        cell = self.order[index]
        for number in sorted(self.counts):
            if self.counts[number]:
                self.counts[number] -= 1
                self.placed[cell] = number
                if self.consistent(cell) and self.solve(index + 1):
                    return True
                self.counts[number] += 1
                del self.placed[cell]
        return False


def main(loops=1):
    for _ in range(loops):
        solver = Solver(2, {-1: 6, 1: 2, 2: 4, 3: 4, 4: 2, 5: 1})
        done = solver.solve()
    print("hexiom", done, solver.steps, sorted(solver.placed.items())[:4] if done else "")


main(*map(int, sys.argv[1:2]))
