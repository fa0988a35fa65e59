# SPDX-License-Identifier: MIT
"""calls: functions, methods, keywords, defaults, closures, recursion, bound methods, super."""
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def keywords(a, b=2, *args, c=3, **rest):
    return a + b + c + len(args) + len(rest)


class Base:
    def __init__(self, k):
        self.k = k

    def method(self, x):
        return x + self.k

    @staticmethod
    def static(x):
        return x + 1

    @classmethod
    def klass(cls, x):
        return x + 2

    @property
    def prop(self):
        return self.k

    def __call__(self, x):
        return x - 1


class Derived(Base):
    def method(self, x):
        return super().method(x) + 1


def adder(n):
    def add(x):
        return x + n
    return add


def main(loops=16):
    for _ in range(loops):
        total = fib(21)
        d, add = Derived(3), adder(5)
        bound = d.method
        for i in range(30000):
            total += keywords(i, c=1) + keywords(1, 2, 3, d=4) + d.method(i) + d.static(i) + d.klass(i) + d.prop + d(i) + add(i) + bound(1)
        total += sum(map(lambda x: x * 2, range(30000)))
    print("calls", total)


main(*map(int, sys.argv[1:2]))
