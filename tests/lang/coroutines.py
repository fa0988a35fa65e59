# SPDX-License-Identifier: MIT
"""Coroutines without an event loop: await, async with/for, comprehension, errors, protocols."""
import types
import warnings
from _check import raises


class Suspend:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got


def run(coroutine, answers=None):
    """Drive a coroutine; returns (what it awaited, what it returned)."""
    seen, reply = [], None
    answers = iter(answers or [])
    while True:
        try:
            seen.append(coroutine.send(reply))
        except StopIteration as stop:
            return seen, stop.value
        reply = next(answers, None)


async def add(a, b):
    x = await Suspend(a)
    y = await Suspend(b)
    return x + y


async def twice():
    return await add(1, 2) + await add(3, 4)


assert run(twice(), [10, 20, 30, 40]) == ([1, 2, 3, 4], 100)
c = add(1, 2)
assert c.send(None) == 1 and c.cr_await is not None and c.cr_running is False and c.__name__ == "add"
raises(ValueError, c.throw, ValueError("in"))
raises(RuntimeError, c.send, None, text="cannot reuse already awaited coroutine")


class Manager:
    def __init__(self, log, swallow=False):
        self.log, self.swallow = log, swallow

    async def __aenter__(self):
        self.log.append("enter")
        await Suspend("entering")
        return self

    async def __aexit__(self, kind, value, traceback):
        self.log.append(("exit", kind and kind.__name__))
        await Suspend("exiting")
        return self.swallow


class Range:
    def __init__(self, n):
        self.n, self.i = n, 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.i >= self.n:
            raise StopAsyncIteration
        self.i += 1
        await Suspend(("step", self.i))
        return self.i


async def uses(log):
    async with Manager(log), Manager(log, True) as m:
        assert isinstance(m, Manager)
        raise KeyError("x")
    total = 0
    async for i in Range(3):
        if i == 2:
            continue
        total += i
    else:
        log.append("else")
    listed = [i async for i in Range(2)] + [await add(1, 1)]
    doubled = {i: i * 2 async for i in Range(2) if i > 1}
    nested = [[j async for j in Range(i)] for i in range(3)]
    return total, listed, doubled, nested


log = []
seen, value = run(uses(log), [5] * 100)
assert log == ["enter", "enter", ("exit", "KeyError"), ("exit", None), "else"], log
assert value[0] == 4 and value[2] == {2: 4} and value[3] == [[], [1], [1, 2]]


async def wrong_await():
    await 5


raises(TypeError, run, wrong_await(), text="object int can't be used in 'await' expression")


async def wrong_with():
    async with 5:
        pass


raises(TypeError, run, wrong_with(), text="'int' object does not support the asynchronous context manager protocol")


async def wrong_for():
    async for x in [1]:
        pass


raises(TypeError, run, wrong_for(), text="'async for' requires an object with __aiter__ method, got list")


async def stops():
    raise StopIteration


raises(RuntimeError, run, stops(), text="coroutine raised StopIteration")


@types.coroutine
def old_style(n):
    got = yield n
    return got


async def mix():
    return await old_style(7)


assert run(mix(), ["x"]) == ([7], "x")


async def cleanup(log):
    try:
        await Suspend(1)
    finally:
        log.append("cleaned")


log = []
c = cleanup(log)
c.send(None)
c.close()
assert log == ["cleaned"]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    never = add(1, 2)
    del never
    import gc
    gc.collect()
assert caught and "coroutine 'add' was never awaited" in str(caught[0].message)


async def reuse():
    c = add(1, 1)
    await c
    await c


raises(RuntimeError, run, reuse(), [1, 1], text="cannot reuse already awaited coroutine")
assert isinstance(uses, types.FunctionType) and uses.__code__.co_flags & 0x80
c = mix()
assert repr(c).startswith("<coroutine object mix at 0x") and c.close() is None


async def deep(n):
    return n and 1 + await deep(n - 1)


assert run(deep(150)) == ([], 150)
w = add(1, 2).__await__()
assert next(w) == 1
w.close()


async def lam():
    f = lambda: [x for x in range(2)]
    return f(), [await Suspend(i) for i in range(2)]


assert run(lam(), "ab") == ([0, 1], ([0, 1], ["a", "b"]))
