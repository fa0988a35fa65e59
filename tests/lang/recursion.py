# SPDX-License-Identifier: MIT
"""Recursion limits: every way to recurse ends in RecursionError, never in a crash."""
import sys
import threading
from _check import raises


def plain(n):
    return plain(n + 1)


class Recursive:
    def __repr__(self): return repr(self)
    def __eq__(self, other): return self == other
    def __getattr__(self, name): return getattr(self, name + "x")
    def __add__(self, other): return self + other
    def __call__(self): return self()
    def __iter__(self): return iter(self)
    def __hash__(self): return hash(self)
    def __len__(self): return len(self)
    def __bool__(self): return bool(self)
    def __str__(self): return str(self)
    def __getitem__(self, key): return self[key]
    def __lt__(self, other): return self < other
    def __contains__(self, item): return item in self
    def __index__(self): return [1][self]


def check():
    r = Recursive()
    raises(RecursionError, plain, 0, text="maximum recursion depth exceeded")
    for attempt in (lambda: repr(r), lambda: r == r, lambda: r.x, lambda: r + 1, lambda: r(), lambda: iter(r), lambda: hash(r), lambda: len(r),
                    lambda: bool(r), lambda: str(r), lambda: r[0], lambda: r < 1, lambda: 1 in r, lambda: [1][r],
                    lambda: sorted([r, Recursive()]), lambda: max(r, Recursive()), lambda: {r: 1}, lambda: f"{r}", lambda: "%s" % r):
        try:
            attempt()
        except RecursionError:
            pass
        else:
            raise AssertionError("no RecursionError")
    a = []
    for _ in range(100_000):
        a = [a]
    raises(RecursionError, repr, a)
    b = []
    for _ in range(100_000):
        b = [b]
    raises(RecursionError, lambda: a == b)
    d = {}
    for _ in range(100_000):
        d = {1: d}
    raises(RecursionError, repr, d)
    t = ()
    for _ in range(20_000):
        t = (t,)
    try:
        hash(t)                 # either outcome will do, a crash will not
    except RecursionError:
        pass

    def gen(n):
        yield from gen(n + 1)
    raises(RecursionError, next, gen(0))

    def through_map(n):
        return list(map(through_map, [n]))
    raises(RecursionError, through_map, 0)

    def through_sorted(n):
        return sorted([1, 2], key=through_sorted)
    raises(RecursionError, through_sorted, 0)

    def handler(depth):
        try:
            handler(depth + 1)
        except RecursionError:
            return depth
        return None
    handler(0)

    def cleanup(n):
        try:
            cleanup(n + 1)
        finally:
            len("")
    raises(RecursionError, cleanup, 0)
    assert plain_depth(0) > 500


def plain_depth(n):
    try:
        return plain_depth(n + 1)
    except RecursionError:
        return n


check()
thread_error = []


def in_thread():
    try:
        check()
    except BaseException as error:
        thread_error.append(error)


t = threading.Thread(target=in_thread)
t.start()
t.join()
if thread_error:
    raise thread_error[0]
assert sys.getrecursionlimit() == 1000
sys.setrecursionlimit(5000)


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


assert deep(4000) == 4000
sys.setrecursionlimit(200)
raises(RecursionError, deep, 1000)
sys.setrecursionlimit(1000)
raises(ValueError, sys.setrecursionlimit, 0, text="recursion limit must be greater or equal than 1")
for source in ("(" * 250 + "1" + ")" * 250, "-" * 20000 + "1", "[" * 1000):
    try:
        compile(source, "t", "eval")
    except (SyntaxError, MemoryError, RecursionError):
        pass
assert eval("1" + "+1" * 800) == 801
