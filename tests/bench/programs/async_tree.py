# SPDX-License-Identifier: MIT
"""async_tree: a tree of asyncio tasks: no work, sleeping, memoised, and computing leaves."""
import asyncio
import math
import sys

cache = {}


async def leaf(kind, number):
    if kind == "io":
        await asyncio.sleep(0)
    elif kind == "memo":
        if number % 100 not in cache:
            cache[number % 100] = math.factorial(number % 100)
        await asyncio.sleep(0)
    elif kind == "cpu":
        return math.factorial(200) % 1000003
    return 1


async def tree(kind, depth, number=1):
    if depth == 0:
        return await leaf(kind, number)
    return sum(await asyncio.gather(*(tree(kind, depth - 1, number * 6 + i) for i in range(6))))


def main(loops=12):
    for _ in range(loops):
        results = [asyncio.run(tree(kind, 4)) for kind in ("none", "io", "memo", "cpu")]
    print("async_tree", *results)


main(*map(int, sys.argv[1:2]))
