# SPDX-License-Identifier: MIT
"""Context variables: set, reset, contexts, copies, threads, async tasks."""
import asyncio
import contextvars
from _check import raises, run_threads

var = contextvars.ContextVar("var", default=0)
bare = contextvars.ContextVar("bare")
assert var.get() == 0 and var.name == "var" and bare.get("d") == "d"
raises(LookupError, bare.get)
token = var.set(1)
assert var.get() == 1 and token.var is var and token.old_value is contextvars.Token.MISSING
second = var.set(2)
assert second.old_value == 1
var.reset(second)
assert var.get() == 1
raises(RuntimeError, var.reset, second)
var.reset(token)
assert var.get() == 0
raises(ValueError, bare.reset, var.set(0))
context = contextvars.copy_context()


def change(value):
    var.set(value)
    return var.get(), bare.get(None)


assert context.run(change, 5) == (5, None) and var.get() == 0 and context[var] == 5 and context.get(bare) is None
assert var in context and len(context) >= 1 and dict(context.items())[var] == 5 and list(context.copy()) == list(context)
raises(RuntimeError, context.run, context.run, len, "")
raises(TypeError, contextvars.ContextVar, 5)
seen = []


def thread(n):
    assert var.get() == 0
    var.set(n)
    seen.append((n, var.get()))


run_threads(thread, count=4)
assert sorted(seen) == [(i, i) for i in range(4)] and var.get() == 0


async def task(n):
    var.set(n)
    await asyncio.sleep(0)
    assert var.get() == n
    return var.get()


async def main():
    var.set("main")
    assert await asyncio.gather(*(task(i) for i in range(5))) == list(range(5))
    assert var.get() == "main"
    loop = asyncio.get_running_loop()
    got = loop.create_future()
    loop.call_soon(lambda: got.set_result(var.get()))
    assert await got == "main"
    assert await asyncio.to_thread(var.get) == "main"


asyncio.run(main())
assert var.get() == 0


def gen():
    var.set("in generator")
    yield


next(gen())
assert var.get() == "in generator"
many = [contextvars.ContextVar(f"v{i}") for i in range(200)]
for i, v in enumerate(many):
    v.set(i)
snapshot = contextvars.copy_context()
for v in many:
    v.set(None)
assert snapshot.run(lambda: [v.get() for v in many]) == list(range(200)) and many[3].get() is None
