# SPDX-License-Identifier: MIT
"""Generators: send, throw, close, yield from, return values, finalisation, state, reentrance."""
import inspect
import types
from _check import raises


def counter(n):
    received = []
    try:
        while n:
            got = yield n
            if got is not None:
                received.append(got)
            n -= 1
    except KeyError as error:
        yield ("caught", str(error))
    finally:
        log.append("finally")
    return received


log = []
assert list(counter(3)) == [3, 2, 1] and log == ["finally"]
g = counter(5)
assert next(g) == 5 and g.send("a") == 4 and g.send("b") == 3 and g.throw(KeyError("k")) == ("caught", "'k'")
raises(StopIteration, next, g)
g = counter(1)
next(g)
try:
    g.send("last")
except StopIteration as stop:
    assert stop.value == ["last"]
g = counter(2)
raises(TypeError, g.send, 1, text="can't send non-None value to a just-started generator")
assert inspect.getgeneratorstate(g) == "GEN_CREATED" and next(g) == 2
assert inspect.getgeneratorstate(g) == "GEN_SUSPENDED" and g.gi_frame.f_locals["n"] == 2 and g.gi_running is False
g.close()
assert inspect.getgeneratorstate(g) == "GEN_CLOSED" and g.gi_frame is None and g.close() is None
raises(StopIteration, next, g)
fresh = counter(1)
fresh.close()
raises(ValueError, counter(1).throw, ValueError)


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


g = stubborn()
next(g)
raises(RuntimeError, g.close, text="generator ignored GeneratorExit")


def inner():
    x = yield 1
    y = yield x
    return (x, y)


def outer():
    result = yield from inner()
    yield ("inner returned", result)
    result = yield from [10, 20]
    assert result is None
    return "done"


g = outer()
assert next(g) == 1 and g.gi_yieldfrom is not None and g.send("X") == "X" and g.send("Y") == ("inner returned", ("X", "Y"))
assert list(g) == [10, 20]


def delegate():
    try:
        yield from counter(3)
    except ZeroDivisionError:
        yield "outer caught"


g = delegate()
next(g)
log.clear()
assert g.throw(ZeroDivisionError) == "outer caught" and log == ["finally"]


def bad():
    yield 1
    raise StopIteration("inside")


g = bad()
next(g)
error = raises(RuntimeError, next, g, text="generator raised StopIteration")
assert isinstance(error.__cause__, StopIteration)


def reenter():
    yield next(me)


me = reenter()
raises(ValueError, next, me, text="generator already executing")


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


assert len(list(tree(10))) == 1023 and sum(tree(5)) == 57


def primes():
    found = []
    n = 2
    while True:
        if all(n % p for p in found):
            found.append(n)
            yield n
        n += 1


p = primes()
assert [next(p) for _ in range(10)] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
assert sum(x * x for x in range(10)) == 285 and list(x for x in "abc" if x != "b") == ["a", "c"]
squares = (i * i for i in range(3))
assert next(squares) == 0 and list(squares) == [1, 4] and list(squares) == []


def with_finally():
    try:
        yield 1
    finally:
        log.append("closed by drop")


log.clear()
g = with_finally()
next(g)
del g
import gc
gc.collect()
assert log == ["closed by drop"]


def context():
    try:
        yield 1
    except ValueError:
        try:
            yield 2
        finally:
            import sys
            log.append(sys.exc_info()[0])


g = context()
next(g)
g.throw(ValueError)
assert __import__("sys").exc_info() == (None, None, None)
g.close()
assert log[-1] is GeneratorExit


def keeps_exception():
    try:
        raise KeyError("own")
    except KeyError:
        yield 1
        try:
            raise
        except KeyError as again:
            yield str(again)


g = keeps_exception()
next(g)
try:
    raise ValueError("mine")
except ValueError:
    assert next(g) == "'own'"
assert g.__name__ == "keeps_exception" and g.__qualname__ == "keeps_exception" and isinstance(g, types.GeneratorType)
assert repr(g).startswith("<generator object keeps_exception at 0x")


def args(a, /, b, *c, d=4, **e):
    yield a, b, c, d, e


assert list(args(1, 2, 3, d=5, f=6)) == [(1, 2, (3,), 5, {"f": 6})]
gens = [counter(100) for _ in range(200)]
for _ in range(50):
    for g in gens:
        next(g)
assert all(next(g) == 50 for g in gens)
lazy = (f() for f in [lambda: 1, lambda: 1 / 0])
assert next(lazy) == 1
raises(ZeroDivisionError, next, lazy)
raises(StopIteration, next, lazy)


def swap():
    a = yield
    while True:
        a = yield a * 2


s = swap()
next(s)
assert [s.send(i) for i in range(5)] == [0, 2, 4, 6, 8]
unpack, = (i for i in [1])
assert unpack == 1 and max(i for i in range(5)) == 4 and dict((i, i) for i in range(2)) == {0: 0, 1: 1}


# A loop variable that is unpacked keeps the pair itself.
def pairs_kept(iterable):
    kept = []
    for x in iterable:
        a, b = x
        kept.append((x, a, b))
    return kept


assert pairs_kept({"k": 1}.items()) == [(("k", 1), "k", 1)]
assert pairs_kept(enumerate("ab")) == [((0, "a"), 0, "a"), ((1, "b"), 1, "b")]
assert pairs_kept(zip("ab", "cd")) == [(("a", "c"), "a", "c"), (("b", "d"), "b", "d")]
