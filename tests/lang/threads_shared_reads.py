# SPDX-License-Identifier: MIT
"""What several threads read at once while others change it: every single read gives what was there at some moment."""
import array
import collections
import functools
import os
import random
import sys
import threading
import time
from _check import run_threads

SECONDS = 0.4 if "PYRT_TEST_ROUNDS" not in os.environ else 0.1


def until(seconds, function):
    end = time.monotonic() + seconds

    def work(*args):
        while time.monotonic() < end:
            function(*args)
    return work


class Item:
    def __init__(self, n):
        self.n = n


def moving_deque():
    d = collections.deque(Item(k) for k in range(64))
    last = [64]

    def push():
        for _ in range(20):
            d.append(Item(last[0]))
            last[0] += 1
            d.popleft()

    def look():
        before = last[0]
        first, x = d[0].n, d[-1].n
        assert first < x and x >= before - 1, (first, x, before)
        try:
            seen = [y.n for y in d]
            assert seen == list(range(seen[0], seen[0] + len(seen))) and len(seen) in (64, 65), seen
        except RuntimeError as error:
            assert str(error) == "deque mutated during iteration", error
        seen = [y.n for y in list(d.copy())]
        assert seen == list(range(seen[0], seen[0] + len(seen))) and len(seen) in (64, 65), seen
        seen = [y.n for y in reversed(d.copy())]
        assert seen[0] == seen[-1] + len(seen) - 1

    run_threads(until(SECONDS, push), until(SECONDS, look), until(SECONDS, look))


def turning_deque():
    """Rotated, reversed, emptied and filled again, items taken out of the middle: what is read is an item of it."""
    d = collections.deque()
    names = ["n%d" % k for k in range(40)]

    def change():
        d.extend(names)
        for k in range(30):
            d.rotate(k % 7 - 3)
        d.reverse()
        x = d[5]
        del d[5]
        d.insert(20, x)
        d[3] = d[4]
        d.appendleft(d.pop())
        d.clear()

    def look():
        for i in (0, 5, -1, 17):
            try:
                assert d[i] in names
            except IndexError:
                pass
        try:
            for x in d:
                assert x in names
        except RuntimeError:
            pass
        assert set(d.copy()) <= set(names)

    run_threads(until(SECONDS, change), until(SECONDS, look), until(SECONDS, look))


def one_iterator():
    """Threads that share an iterator get each item once."""
    for _ in range(5):
        d = collections.deque(range(2000))
        for it in (iter(d), reversed(d)):
            got = []
            run_threads(lambda k: got.extend(list(it)), count=3)
            assert sorted(got) == list(range(2000))


def growing_array():
    for code, value in (("q", 0x0123456789abcdef), ("d", 1.5), ("B", 7), ("u", "ä")):
        a = array.array(code, [value] * 50)

        def change():
            for _ in range(10):
                a.append(value)
                a.insert(3, value)
                a.extend(array.array(code, [value] * 200))
                a[10:20] = array.array(code, [value] * 300)
                del a[20:400]
                a.pop(0)
                del a[::2]
                a.byteswap()
                a.byteswap()
                del a[40:]

        swapped = array.array(code, [value])
        if code != "u":
            swapped.byteswap()
        fine = (value, swapped[0])

        def look():
            if code != "u":
                assert a[-1] in fine
            for i in (0, 17, 39, 49, 200):
                try:
                    assert a[i] in fine
                except (IndexError, ValueError): # "u": no character while the bytes are swapped
                    pass
            try:
                assert all(x in fine for x in a)
                assert set(a[5:30]) <= set(fine)
            except ValueError:
                pass

        run_threads(until(SECONDS / 2, change), until(SECONDS / 2, look), until(SECONDS / 2, look))


def one_generator():
    """The numbers that threads draw from a generator are those that one thread would have drawn."""
    shared, alone = random.Random(7), random.Random(7)
    want = {alone.random(): k for k in range(6000)}
    got = [[] for _ in range(3)]

    def draw(k):
        for _ in range(2000):
            got[k].append(want[shared.random()])

    run_threads(draw, count=3)
    assert sorted(sum(got, [])) == list(range(6000))
    assert all(x == sorted(x) for x in got)
    assert shared.getstate() == alone.getstate()
    bits = [[] for _ in range(3)]

    def draw_bits(k):
        for _ in range(1000):
            bits[k].append(shared.getrandbits(32))
            shared.getrandbits(64) and shared.getstate()
            if k == 0 and len(bits[0]) % 300 == 0:
                shared.seed(5)
                shared.setstate(shared.getstate())

    run_threads(draw_bits, count=3)


def cache_of_one_thread():
    """Who uses a bounded cache alone sees exact order, though others run."""
    @functools.lru_cache(3)
    def f(x):
        calls.append(x)
        return x

    calls = []
    stop = threading.Event()
    idle = threading.Thread(target=stop.wait)
    idle.start()
    for x in (1, 2, 3, 1, 1, 3, 2, 2, 3, 1, 4):
        f(x)
    del calls[:]
    for x in (1, 3, 4, 2):
        f(x)
    assert calls == [2], calls
    f(1)
    assert calls == [2, 1], calls
    stop.set()
    idle.join()


def shared_cache():
    @functools.lru_cache(16)
    def f(x):
        return [x]

    def use(k):
        for i in range(3000):
            x = (i * (k + 1)) % 20 if i % 3 else 5
            assert f(x) == [x]
            if i % 997 == 0 and k == 1:
                f.cache_clear()

    run_threads(use, count=3)
    info = f.cache_info()
    assert info.currsize <= 16 and info.maxsize == 16
    f.cache_clear()
    for x in range(16):
        f(x)
    f(0)
    f(16)
    before = f.cache_info().misses
    f(0)
    assert f.cache_info().misses == before
    f(1)
    assert f.cache_info().misses == before + 1


def data_of_another():
    """What one thread has made and another one reads again and again is soon read without counting: keys equal to those of
    the other, records that come up seldom; so is a name that is used in one go."""
    names = [f"name{k}" for k in range(300)]
    table = {}

    class Record:
        def __init__(self, k):
            self.values = [k, k + 1]

    def make():
        table.update((f"name{k}", Record(k)) for k in range(300))

    def read():
        name = names[7] + "x"
        for again in range(30):
            for k in range(300):
                record = table[f"name{k}"]
                assert record.values[1] == k + 1
            for k in range(300):
                table[name, k] = name
        for k in range(300):
            del table[name, k]

    def taken():
        return sys.concurrency_stats()["foreign_increfs"] if hasattr(sys, "concurrency_stats") else 0

    waiting, done = threading.Event(), threading.Event()

    def maker():
        make()
        waiting.set()
        done.wait()

    thread = threading.Thread(target=maker)
    thread.start()
    waiting.wait()
    before = taken()
    read()
    counted = taken() - before
    done.set()
    thread.join()
    assert counted < 30 * 300, counted
    assert all(table[f"name{k}"].values == [k, k + 1] for k in range(300)) and len(table) == 300


for test in (moving_deque, turning_deque, one_iterator, growing_array, one_generator, cache_of_one_thread, shared_cache,
             data_of_another):
    test()
