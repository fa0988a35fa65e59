# SPDX-License-Identifier: MIT
"""attributes: reading and writing instance, class, slot and inherited attributes."""
import sys


class Plain:
    shared = 1

    def __init__(self):
        self.a, self.b, self.c, self.d = 1, 2, 3, 4


class Child(Plain):
    extra = 5


class Slots:
    __slots__ = ("x", "y")

    def __init__(self):
        self.x, self.y = 1, 2


class Linked:
    def __init__(self, value, link):
        self.value, self.link = value, link


def main(loops=58):
    chain = None
    for i in range(1000):
        chain = Linked(i, chain)
    for _ in range(loops):
        p, c, s, total = Plain(), Child(), Slots(), 0
        for i in range(60000):
            p.a = p.b + p.c
            c.d = c.a + c.shared + c.extra
            s.x = s.y + i
            p.d += 1
            total += p.a + c.d + s.x + p.d + Plain.shared
        for _ in range(30):
            node = chain
            while node is not None:
                total += node.value
                node = node.link
    print("attributes", total)


main(*map(int, sys.argv[1:2]))
