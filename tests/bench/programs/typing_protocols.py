# SPDX-License-Identifier: MIT
"""typing_protocols: isinstance against runtime-checkable protocols."""
import sys
from typing import Protocol, runtime_checkable


@runtime_checkable
class HasX(Protocol):
    x: int


@runtime_checkable
class Runs(Protocol):
    def run(self): ...


@runtime_checkable
class Both(Protocol):
    x: int

    def run(self): ...


class Yes:
    def __init__(self):
        self.x = 1

    def run(self):
        return 1


class No:
    pass


class Nominal(Both):
    x = 2

    def run(self):
        return 2


def main(loops=5500):
    things = [Yes(), No(), Nominal(), 5, "text", []]
    total = 0
    for _ in range(loops):
        for protocol in (HasX, Runs, Both):
            for thing in things:
                total += isinstance(thing, protocol)
    print("typing_protocols", total)


main(*map(int, sys.argv[1:2]))
