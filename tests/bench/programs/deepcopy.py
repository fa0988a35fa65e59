# SPDX-License-Identifier: MIT
"""deepcopy: the copy module on dicts, lists, dataclasses and objects that reduce themselves."""
import copy
import dataclasses
import sys


@dataclasses.dataclass
class Record:
    name: str
    tags: list
    parent: object = None

    def __hash__(self):
        return hash(self.name)


class Reduced:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return Reduced, (self.value,)


def main(loops=10000):
    base = {"list": [1, 2, 3, 43], "t": (1, 2, 3), "str": "hello", "subdict": {"a": True}, "nested": [[i, str(i)] for i in range(10)]}
    root = Record("root", ["a", "b"])
    records = [Record(f"r{i}", [i, [i]], root) for i in range(5)]
    total = 0
    for _ in range(loops):
        d = copy.deepcopy(base)
        r = copy.deepcopy(records)
        assert r[0].parent is r[4].parent is not root
        s = copy.deepcopy([Reduced(i) for i in range(3)])
        total += len(d) + len(r[1].tags) + s[2].value + len(copy.copy(base))
    print("deepcopy", total)


main(*map(int, sys.argv[1:2]))
