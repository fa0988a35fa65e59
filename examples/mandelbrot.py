# SPDX-License-Identifier: MIT
"""The Mandelbrot set in plain Python numbers, rows shared out among threads or processes.

    mandelbrot.py [--workers N] [--size PIXELS] [--mode threads|processes] [--picture] [--times]

What it shows. Pure computation: no row needs another, so two workers should need half the time.
With `--mode processes` each worker is a process, the classic way around the global lock: its
time is the ceiling that threads can reach.
"""
import argparse
import os
import pickle
import sys
import threading
import time
import zlib

LIMIT = 100                     # iterations after which a point counts as inside


def row(y, size):
    """One row of the picture: for each pixel how many steps it took to escape."""
    line = bytearray(size)
    imaginary = 2.4 * y / size - 1.2
    for x in range(size):
        real = 3.0 * x / size - 2.1
        zr = zi = zr2 = zi2 = 0.0
        count = 0
        while zr2 + zi2 <= 4.0 and count < LIMIT:
            zi = 2.0 * zr * zi + imaginary
            zr = zr2 - zi2 + real
            zr2 = zr * zr
            zi2 = zi * zi
            count += 1
        line[x] = count
    return bytes(line)


def some_rows(first, step, size):
    """Every step-th row from first on: neighbours cost alike, so the shares are even."""
    return {y: row(y, size) for y in range(first, size, step)}


def by_threads(workers, size):
    picture = {}
    todo, turn = iter(range(size)), threading.Lock()

    def next_row():
        with turn:
            return next(todo, None)

    def work():
        """Takes the next row that nobody has begun: a thread on a slow CPU takes fewer."""
        while (y := next_row()) is not None:
            picture[y] = row(y, size)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return picture


def by_processes(workers, size):
    """Plain fork and pipes: no library between us and the measurement."""
    children = []
    for number in range(workers):
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            with os.fdopen(write_end, "wb") as pipe:
                pipe.write(pickle.dumps(some_rows(number, workers, size)))
            os._exit(0)
        os.close(write_end)
        children.append((pid, read_end))
    picture = {}
    for pid, read_end in children:
        with os.fdopen(read_end, "rb") as pipe:
            picture.update(pickle.loads(pipe.read()))
        os.waitpid(pid, 0)
    return picture


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--size", type=int, default=1200, help="pixels on a side (default 1200)")
    parser.add_argument("--mode", choices=("threads", "processes"), default="threads")
    parser.add_argument("--picture", action="store_true", help="draw it in letters")
    parser.add_argument("--times", action="store_true", help="print timings to stderr")
    options = parser.parse_args()

    start = time.perf_counter()
    compute = by_threads if options.mode == "threads" else by_processes
    picture = compute(options.workers, options.size)
    elapsed = time.perf_counter() - start
    if len(picture) != options.size:
        sys.exit(f"only {len(picture)} of {options.size} rows were computed")
    rows = [picture[y] for y in range(options.size)]
    if options.picture:
        for line in rows[::max(1, options.size // 30)]:
            print("".join(" .:-=+*#%@"[min(9, c * 10 // LIMIT)]
                          for c in line[::max(1, options.size // 70)]))
    inside = sum(line.count(LIMIT) for line in rows)
    print(f"{options.size} x {options.size} pixels, {inside} inside the set")
    print(f"checksum {zlib.crc32(b''.join(rows)):08x}")
    if options.times:
        print(f"compute: {elapsed:.3f} s with {options.workers} {options.mode}", file=sys.stderr)


if __name__ == "__main__":
    main()
