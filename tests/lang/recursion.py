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


# Natives that call one another along a chain as long as the program made it end in RecursionError, also on a small
# stack. python3.11 crashes on most of these: there it is not asked.
def nested(wrap, value, n=100000):
    for _ in range(n):
        value = wrap(value)
    return value


def small_stack():
    import itertools
    import types
    chains = {wrap: nested(wrap, iter([1])) for wrap in (
        lambda x: map(int, x), lambda x: filter(None, x), zip, enumerate, itertools.chain, itertools.cycle, itertools.accumulate,
        lambda x: itertools.islice(x, 5), lambda x: itertools.takewhile(bool, x), itertools.groupby, itertools.zip_longest)}
    for chain in chains.values():
        raises(RecursionError, next, chain)
    raises(RecursionError, hash, nested(lambda x: (x,), ()))
    raises(RecursionError, hash, nested(lambda x: list[x], int))
    raises(RecursionError, nested(lambda f: types.MethodType(f, 1), int))
    raises(RecursionError, nested(staticmethod, int))
    raises(RecursionError, nested(lambda x: types.GenericAlias(x, int), int))
    raises(RecursionError, getattr, nested(lambda x: types.GenericAlias(x, int), int), "name")
    raises(RecursionError, nested(classmethod, int).__get__, 1, int)
    for source in ("(" * 150 + "1 1" + ")" * 150, "[" * 150, "-" * 20000 + "1", "a = " * 5000):
        for thing in (compile, __import__("ast").parse):
            try:
                thing(source, "t", "exec")
            except (SyntaxError, MemoryError, RecursionError):
                pass


if sys.implementation.name != "cpython":
    old_size = threading.stack_size(64 << 10)
    thread_error = []

    def in_small_thread():
        try:
            small_stack()
        except BaseException as error:
            thread_error.append(error)

    t = threading.Thread(target=in_small_thread)
    t.start()
    t.join()
    threading.stack_size(old_size)
    if thread_error:
        raise thread_error[0]
