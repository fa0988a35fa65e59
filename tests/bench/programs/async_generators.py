# SPDX-License-Identifier: MIT
"""async_generators: a tree walked by async generators on an event loop."""
import asyncio
import sys


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    async def __aiter__(self):
        if self.left:
            async for value in self.left:
                yield value
        yield self.value
        if self.right:
            async for value in self.right:
                yield value


def build(values):
    if not values:
        return None
    middle = len(values) // 2
    return Tree(build(values[:middle]), values[middle], build(values[middle + 1:]))


async def walk(n):
    total = 0
    async for value in build(range(n)):
        total += value
    return total


def main(loops=36):
    for _ in range(loops):
        total = asyncio.run(walk(5000))
    print("async_generators", total)


main(*map(int, sys.argv[1:2]))
