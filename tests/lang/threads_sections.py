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

# What slots and __init__ do to an object that another thread resizes.
import array
import io

numbers, other = array.array("i", range(100)), array.array("i", range(100))
data, text = io.BytesIO(), io.StringIO()


class Named:
    pass


def calls(*work):
    def run():
        for i in range(400):
            for f in work:
                try:
                    f(i)
                except (IndexError, ValueError, BufferError):
                    pass
    return run


def resize(i):
    numbers.extend(other)
    del numbers[:]
    numbers.extend(range(50))


def name(i):
    Named.__name__ = f"Name{i}"
    repr(Named)


start(calls(resize), 2)
start(calls(lambda i: numbers == other, lambda i: numbers + other, lambda i: numbers * 3, lambda i: repr(numbers),
            lambda i: 77 in numbers, lambda i: list(numbers), lambda i: numbers.__reduce_ex__(4)), 2)
start(calls(lambda i: data.__init__(b"x" * i), lambda i: text.__init__("y" * i)))
start(calls(lambda i: data.write(b"abc" * i), lambda i: text.write("abc" * i), lambda i: data.getvalue(),
            lambda i: text.getvalue(), lambda i: data.truncate(0), lambda i: text.truncate(0)), 2)
start(calls(name), 2)
join()
assert Named.__name__ == "Name399"
