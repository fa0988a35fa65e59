# SPDX-License-Identifier: MIT
"""nqueens: permutations from a generator, sets from generator expressions."""
import sys


def permutations(items):
    n = len(items)
    indices = list(range(n))
    cycles = list(range(n, 0, -1))
    yield tuple(items)
    while n:
        for i in reversed(range(n)):
            cycles[i] -= 1
            if cycles[i] == 0:
                indices[i:] = indices[i + 1:] + indices[i:i + 1]
                cycles[i] = n - i
            else:
                j = cycles[i]
                indices[i], indices[-j] = indices[-j], indices[i]
                yield tuple(items[k] for k in indices)
                break
        else:
            return


def solve(count):
    columns = range(count)
    for vector in permutations(columns):
        if count == len({vector[i] + i for i in columns}) == len({vector[i] - i for i in columns}):
            yield vector


def main(loops=8):
    for _ in range(loops):
        found = list(solve(8))
    print("nqueens", len(found), found[0], found[-1])


main(*map(int, sys.argv[1:2]))
