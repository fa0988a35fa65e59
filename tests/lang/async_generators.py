# SPDX-License-Identifier: MIT
"""Async generators and asyncio: asend, athrow, aclose, tasks, gather, queues, time-outs."""
import asyncio
import contextlib
from _check import raises

log = []


async def ticker(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                log.append(got)
            await asyncio.sleep(0)
    except ValueError as error:
        yield f"caught {error}"
    finally:
        log.append("finally")


async def generators():
    assert [i async for i in ticker(3)] == [0, 1, 2] and log.pop() == "finally"
    g = ticker(5)
    assert await g.__anext__() == 0 and await g.asend("hi") == 1 and log.pop() == "hi"
    assert await g.athrow(ValueError("v")) == "caught v"
    await g.aclose()
    assert log.pop() == "finally"
    try:
        await g.__anext__()
    except StopAsyncIteration:
        pass
    else:
        raise AssertionError("the generator went on")
    assert await anext(ticker(0), "default") == "default"
    async with contextlib.aclosing(ticker(9)) as g:
        async for i in g:
            if i == 2:
                break
    assert log[-1] == "finally"

    async def pairs():
        async for i in ticker(2):
            async for j in ticker(2):
                yield i, j
    assert [p async for p in pairs()] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    lazy = (i * 2 async for i in ticker(3) if i)
    assert [x async for x in lazy] == [2, 4]

    @contextlib.asynccontextmanager
    async def manager(x):
        log.append("in")
        try:
            yield x + 1
        finally:
            log.append("out")
    async with manager(1) as value:
        assert value == 2
    assert log[-2:] == ["in", "out"]


async def work(name, delay, result):
    await asyncio.sleep(delay)
    log.append(name)
    return result


async def tasks():
    log.clear()
    assert await asyncio.gather(work("b", 0.02, 1), work("a", 0.0, 2), work("c", 0.04, 3)) == [1, 2, 3]
    assert log == ["a", "b", "c"]
    results = await asyncio.gather(work("x", 0, 1), failing(), return_exceptions=True)
    assert results[0] == 1 and isinstance(results[1], ZeroDivisionError)
    task = asyncio.create_task(work("never", 10, 0), name="sleeper")
    assert task.get_name() == "sleeper" and not task.done()
    await asyncio.sleep(0)
    task.cancel("why")
    try:
        await task
    except asyncio.CancelledError as error:
        assert error.args == ("why",)
    assert task.cancelled()
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)
    except TimeoutError:
        log.append("timeout")
    assert log[-1] == "timeout"
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except TimeoutError:
        log.append("wait_for")
    assert log[-1] == "wait_for"
    async with asyncio.TaskGroup() as group:
        t1 = group.create_task(work("g1", 0, "r1"))
        t2 = group.create_task(work("g2", 0, "r2"))
    assert (t1.result(), t2.result()) == ("r1", "r2")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())
            group.create_task(work("cancelled", 5, 0))
    except* ZeroDivisionError as errors:
        assert len(errors.exceptions) == 1
    done, pending = await asyncio.wait([asyncio.create_task(work(i, 0.001, i)) for i in range(5)])
    assert sorted(t.result() for t in done) == [0, 1, 2, 3, 4] and not pending


async def failing():
    await asyncio.sleep(0)
    return 1 / 0


async def primitives():
    queue = asyncio.Queue(maxsize=2)

    async def producer():
        for i in range(10):
            await queue.put(i)
        await queue.put(None)

    async def consumer():
        got = []
        while (item := await queue.get()) is not None:
            got.append(item)
        return got
    _, got = await asyncio.gather(producer(), consumer())
    assert got == list(range(10))
    lock, inside = asyncio.Lock(), []

    async def critical(n):
        async with lock:
            inside.append(n)
            await asyncio.sleep(0)
            assert inside[-1] == n
    await asyncio.gather(*(critical(i) for i in range(5)))
    event = asyncio.Event()
    waiter = asyncio.create_task(event.wait())
    await asyncio.sleep(0)
    event.set()
    assert await waiter is True
    semaphore = asyncio.Semaphore(2)
    running = peak = 0

    async def limited():
        nonlocal running, peak
        async with semaphore:
            running += 1
            peak = max(peak, running)
            await asyncio.sleep(0)
            running -= 1
    await asyncio.gather(*(limited() for _ in range(6)))
    assert peak == 2
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, "soon")
    assert await future == "soon" and await asyncio.to_thread(lambda: "thread") == "thread"
    assert await loop.run_in_executor(None, sum, [1, 2]) == 3


async def server():
    async def echo(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.close()
    listener = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\nworld\n")
    assert await reader.readline() == b"HELLO\n" and await reader.readline() == b"WORLD\n"
    writer.close()
    await writer.wait_closed()
    listener.close()
    await listener.wait_closed()


for part in (generators, tasks, primitives, server):
    asyncio.run(part())
raises(RuntimeError, asyncio.get_running_loop, text="no running event loop")
