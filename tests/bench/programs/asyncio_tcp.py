# SPDX-License-Identifier: MIT
"""asyncio_tcp: many small round trips and one large transfer over a local socket."""
import asyncio
import sys


async def serve(reader, writer):
    while line := await reader.readline():
        if line == b"bulk\n":
            writer.write(b"x" * 4_000_000 + b"\n")
        else:
            writer.write(line.upper())
        await writer.drain()
    writer.close()


async def client(port, count):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=8_000_000)
    total = 0
    for i in range(count):
        writer.write(b"hello %d\n" % i)
        total += len(await reader.readline())
    writer.write(b"bulk\n")
    total += len(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return total


async def run():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        return sum(await asyncio.gather(*(client(port, 600) for _ in range(4))))


def main(loops=5):
    for _ in range(loops):
        total = asyncio.run(run())
    print("asyncio_tcp", total)


main(*map(int, sys.argv[1:2]))
