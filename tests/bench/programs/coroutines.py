# SPDX-License-Identifier: MIT
"""coroutines: recursive awaits driven by hand."""
import sys


async def fibonacci(n):
    if n <= 1:
        return n
    return await fibonacci(n - 1) + await fibonacci(n - 2)


class Step:
    def __await__(self):
        return (yield 1)


async def stepping(n):
    total = 0
    for _ in range(n):
        total += await Step()
    return total


def drive(coroutine):
    value = None
    while True:
        try:
            value = coroutine.send(value)
        except StopIteration as stop:
            return stop.value


def main(loops=45):
    for _ in range(loops):
        result = drive(fibonacci(20)), drive(stepping(60000))
    print("coroutines", *result)


main(*map(int, sys.argv[1:2]))
