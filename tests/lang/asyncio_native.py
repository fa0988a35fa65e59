# SPDX-License-Identifier: MIT
"""asyncio through _asyncio: futures, tasks, the tables of tasks, errors and reports."""
import asyncio
import contextvars
import gc
import os
import threading
import weakref

import _asyncio

print(asyncio.Future is _asyncio.Future, asyncio.Task is _asyncio.Task, asyncio.Future.__module__, asyncio.Task.__mro__[1] is asyncio.Future)


def attempt(f, *args, **kw):
    try:
        r = f(*args, **kw)
    except BaseException as e:
        print(type(e).__name__, str(e).split(" at 0x")[0])
    else:
        print("ok", r)
        return r


loop = asyncio.new_event_loop()
f = asyncio.Future(loop=loop)
print(f._state, f.done(), f.cancelled(), f._callbacks, f._result, f._exception, f._asyncio_future_blocking, f.get_loop() is loop)
attempt(f.result)
attempt(f.exception)
seen = []
var = contextvars.ContextVar("var", default=0)
ctx = contextvars.copy_context()
ctx.run(var.set, 5)
f.add_done_callback(lambda fut: seen.append((1, fut.result(), var.get())), context=ctx)
second = lambda fut: seen.append((2, var.get()))  # noqa: E731
f.add_done_callback(second)
f.add_done_callback(second)
print(len(f._callbacks), f.remove_done_callback(second), f.remove_done_callback(second), len(f._callbacks))
f.set_result(7)
attempt(f.set_result, 8)
attempt(f.set_exception, ValueError())
print(f.cancel(), f.result(), f.exception(), repr(f))
f.add_done_callback(second)
loop.run_until_complete(f)
print(seen)
f = loop.create_future()
attempt(f.set_exception, StopIteration())
attempt(f.set_exception, 5)
f.set_exception(KeyError)
print(f._log_traceback)
attempt(setattr, f, "_log_traceback", True)
attempt(f.result)
print(f._log_traceback, repr(f.exception()))
f = loop.create_future()
print(f.cancel(msg="why"), f.cancelled(), f._cancel_message, f.cancel())
attempt(f.result)
attempt(f.exception)
attempt(asyncio.Future, 1)
attempt(asyncio.Future.__new__(asyncio.Future).result)
attempt(iter, asyncio.Future.__new__(asyncio.Future))
attempt(asyncio.Task, 1, loop=loop)


async def sleeper(n, value):
    for _ in range(n):
        await asyncio.sleep(0)
    return value


async def failing():
    raise ZeroDivisionError("x")


async def stubborn():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError as e:
        print("cancelled", e.args, asyncio.current_task().cancelling(), asyncio.current_task().uncancel())
    return "anyway"


class BadYield:
    def __init__(self, v):
        self.v = v

    def __await__(self):
        yield self.v


class MyFuture(asyncio.Future):
    def add_done_callback(self, *args, **kw):
        print("added")
        return super().add_done_callback(*args, **kw)


async def main():
    me = asyncio.current_task()
    print(me.get_name().startswith("Task-"), asyncio.all_tasks() == {me}, asyncio.get_running_loop() is me.get_loop(), me in _asyncio._all_tasks)
    t = asyncio.create_task(sleeper(3, "v"), name="named")
    print(t.get_name(), t.done(), len(asyncio.all_tasks()), t.get_coro().__name__, t.get_stack()[0].f_code.co_name)
    t.set_name(12)
    print(t.get_name(), await t, t.result(), len(asyncio.all_tasks()), t.get_stack())
    attempt(t.set_result, 1)
    attempt(t.set_exception, ValueError())
    print(await asyncio.gather(*(sleeper(i % 3, i) for i in range(10))), await asyncio.gather(failing(), sleeper(1, 2), return_exceptions=True))
    try:
        await asyncio.create_task(failing())
    except ZeroDivisionError as e:
        print("caught", e)
    t = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    print(t.cancel("stop"), t.cancelling(), await t, t.cancelled())
    t = asyncio.create_task(sleeper(3, 1))
    t.cancel("early")
    try:
        await t
    except asyncio.CancelledError as e:
        print("early", e.args, t.cancelled(), repr(t).partition(", defined")[0])
    for bad in (5, (x for x in ()), asyncio.Future()):
        async def f():
            await BadYield(bad)
        try:
            await asyncio.create_task(f(), name="bad")
        except RuntimeError as e:
            print(str(e).split(" <")[0][:40])

    async def self_await():
        await asyncio.current_task()
    try:
        await asyncio.create_task(self_await())
    except RuntimeError as e:
        print(str(e)[:28])
    other = asyncio.new_event_loop()
    foreign = other.create_future()

    async def wrong_loop():
        await foreign
    try:
        await asyncio.create_task(wrong_loop())
    except RuntimeError as e:
        print("attached to a different loop" in str(e))
    other.close()
    fut = MyFuture()
    asyncio.get_running_loop().call_soon(fut.set_result, "mine")
    print(await fut)
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except TimeoutError:
        print("timeout")
    async with asyncio.TaskGroup() as g:
        a, b = g.create_task(sleeper(1, "a")), g.create_task(sleeper(2, "b"))
    print(a.result(), b.result())
    print([await x for x in asyncio.as_completed([sleeper(1, 1)])])
    q = asyncio.Queue()
    consumer = asyncio.create_task(q.get())
    await q.put("item")
    print(await consumer)
    attempt(_asyncio._enter_task, asyncio.get_running_loop(), me) if False else None
    attempt(_asyncio._leave_task, "loop", me.get_name()[:4])
    it = iter(fut)
    attempt(it.send, None)
    attempt(iter(asyncio.Future()).throw, ValueError("thrown"))
    w = weakref.ref(asyncio.create_task(sleeper(0, 0)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    print(w(), len(asyncio.all_tasks()))
    v = contextvars.ContextVar("v")
    v.set(1)

    async def change():
        v.set(v.get() + 1)
        return v.get()
    print(await asyncio.create_task(change()), v.get(), await asyncio.create_task(change(), context=contextvars.copy_context()))
    return "done"


print(asyncio.run(main()))
reports = []
loop.set_exception_handler(lambda loop, context: reports.append((context["message"], sorted(context))))
f = loop.create_future()
f.set_exception(ValueError("lost"))
del f
gc.collect()
t = loop.create_task(sleeper(1, 1))
loop.call_soon(loop.stop)
loop.run_forever()
loop._ready.clear()
del t
gc.collect()
print(reports)
attempt(asyncio.get_running_loop)
asyncio._set_running_loop(loop)
print(asyncio.get_event_loop() is loop, asyncio._get_running_loop() is loop)
pid = os.fork()
if pid == 0:
    os._exit(0 if asyncio._get_running_loop() is None else 1)
print("child", os.waitpid(pid, 0)[1])
other = []
thread = threading.Thread(target=lambda: other.append(asyncio._get_running_loop()))
thread.start()
thread.join()
print(other)
asyncio._set_running_loop(None)
loop.close()


class Like:
    _loop = None

    def done(self):
        return False


like = Like()
_asyncio._register_task(like)
print(like in _asyncio._all_tasks, len(_asyncio._all_tasks) >= 1)
_asyncio._unregister_task(like)
print(like in _asyncio._all_tasks)
_asyncio._enter_task("L", like)
attempt(_asyncio._enter_task, "L", 1)
print(asyncio.current_task("L") is like)
_asyncio._leave_task("L", like)


async def interrupt():
    raise KeyboardInterrupt


attempt(asyncio.run, interrupt())


async def many(n):
    return sum(await asyncio.gather(*(sleeper(i % 5, i) for i in range(n))))


totals = []
threads = [threading.Thread(target=lambda: totals.append(asyncio.run(many(300)))) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(totals)
