# SPDX-License-Identifier: MIT
"""Threads that are started by code running inside an object's critical section, or by finalizers."""
import csv
import threading

started = []


def start(work, count=1):
    for _ in range(count):
        thread = threading.Thread(target=work)
        thread.start()
        started.append(thread)


def join():
    while started:
        started.pop().join()


class Lines:
    """Starts readers of the reader that reads it."""
    n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n == 3:
            start(read, 2)
        if self.n > 6000:
            raise StopIteration
        return f'a,b,"c {self.n}",d\n'


rows = []
reader = csv.reader(Lines())


def read():
    try:
        for row in reader:
            rows.append(len(row))
    except (csv.Error, ValueError):
        pass


read()
join()
assert len(rows) > 3000, len(rows)

shared = bytearray(b"x" * 10)


def change():
    for _ in range(3000):
        shared.append(1)
        shared.pop()


class Index:
    def __index__(self):
        start(change)
        return 5


for _ in range(10):
    shared.append(Index())
join()
assert len(shared) == 20 and shared[:10] == b"x" * 10


class Starts:
    done = []

    def __del__(self):
        thread = threading.Thread(target=Starts.done.append, args=(1,))
        thread.start()
        started.append(thread)


for _ in range(10):
    Starts()
cycle = [Starts()]
cycle.append(cycle)
del cycle
import gc
gc.collect()
join()
assert len(Starts.done) == 11, Starts.done
