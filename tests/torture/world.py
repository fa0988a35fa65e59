# SPDX-License-Identifier: MIT
"""Threads by the thousand, collections, forks, signals and interrupts all at once.

    world.py [--seconds N]
"""
import argparse
import gc
import os
import random
import signal
import sys
import threading
import time
import weakref


class Node:
    def __init__(self, link=None):
        self.link = link
        self.me = self


class Mortal:
    alive = 0

    def __init__(self):
        with GUARD:
            Mortal.alive += 1

    def __del__(self):
        with GUARD:
            Mortal.alive -= 1


GUARD = threading.RLock()
os.register_at_fork(after_in_child=GUARD._at_fork_reinit) # another thread may have held it, and garbage wants it
STOP = threading.Event()
SHARED = {"list": [], "dict": {}, "nodes": [None] * 64}
FAILURES = []


def guarded(function):
    def run():
        try:
            while not STOP.is_set():
                function()
        except BaseException as error:
            FAILURES.append((function.__name__, repr(error)))
            STOP.set()
    return run


def short_threads():
    def short():
        SHARED["dict"][threading.get_ident() % 97] = Node()
    threads = [threading.Thread(target=short) for _ in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def collecting():
    gc.collect(random.randrange(3))
    time.sleep(0.001)


def cycles():
    for i in range(200):
        SHARED["nodes"][i % 64] = Node(SHARED["nodes"][(i * 7) % 64] if i % 20 else None)


def mortals():
    kept = [Mortal() for _ in range(50)]
    kept[0].other = kept
    refs = [weakref.ref(m) for m in kept]
    del kept
    [r() for r in refs]


def lists():
    items = SHARED["list"]
    for i in range(300):
        items.append(Node())
    while items:
        try:
            items.pop()
        except IndexError:
            break


def forks():
    pid = os.fork()
    if pid == 0:
        try:
            gc.collect()
            done = []
            t = threading.Thread(target=done.append, args=(1,))
            t.start()
            t.join()
            os._exit(0 if done == [1] else 3)
        finally:
            os._exit(4)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        raise RuntimeError(f"child ended with {status}")
    time.sleep(0.005)


def exceptions():
    def deep(n):
        if n == 0:
            raise KeyError("bottom")
        deep(n - 1)
    for _ in range(10):
        try:
            deep(30)
        except KeyError as error:
            Node(error)


def generators():
    def gen(n):
        yield from (gen(n - 1) if n else (1, 2))
    assert sum(gen(20)) == 3


def computing():
    total = 0
    for i in range(20000):
        total += i * i % 7


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    options = parser.parse_args()
    ticks = []
    signal.signal(signal.SIGALRM, lambda n, f: ticks.append(n))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    jobs = [short_threads, collecting, cycles, cycles, mortals, lists, lists, forks, exceptions, generators, computing]
    threads = [threading.Thread(target=guarded(job), name=job.__name__) for job in jobs]
    for t in threads:
        t.start()
    interrupted = 0
    end = time.monotonic() + options.seconds
    while time.monotonic() < end and not STOP.is_set():
        try:
            signal.raise_signal(signal.SIGINT)
            time.sleep(0.02)
        except KeyboardInterrupt:
            interrupted += 1
    STOP.set()
    while True:
        try:
            for t in threads:
                t.join()
            break
        except KeyboardInterrupt:
            pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    SHARED.clear()
    gc.collect()
    gc.collect()
    if FAILURES:
        sys.exit(f"failed: {FAILURES}")
    if Mortal.alive:
        sys.exit(f"{Mortal.alive} objects with __del__ are still alive")
    if not interrupted or not ticks:
        sys.exit(f"{interrupted} interrupts and {len(ticks)} signals arrived")
    print("world: survived")


if __name__ == "__main__":
    main()
