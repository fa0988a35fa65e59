# SPDX-License-Identifier: MIT
"""generators: recursive traversal of a tree, pipelines, send."""
import sys


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def build(values):
    if not values:
        return None
    middle = len(values) // 2
    return Tree(build(values[:middle]), values[middle], build(values[middle + 1:]))


def numbers(n):
    yield from range(n)


def evens(source):
    for value in source:
        if value % 2 == 0:
            yield value


def squares(source):
    for value in source:
        yield value * value


def averager():
    total = count = 0
    average = None
    while True:
        value = yield average
        total += value
        count += 1
        average = total // count


def main(loops=89):
    tree = build(range(5000))
    for _ in range(loops):
        total = 0
        for value in tree:
            total += value
        piped = sum(squares(evens(numbers(60000))))
        a = averager()
        next(a)
        for value in range(30000):
            average = a.send(value)
    print("generators", total, piped, average)


main(*map(int, sys.argv[1:2]))
