# SPDX-License-Identifier: MIT
"""Objects with weak references or finalizers that threads take turns on die with their last reference all the same."""
import gc
import os
import sys
import threading
import time
import weakref

ROUNDS = int(os.environ.get("PYRT_TEST_ROUNDS", "1000"))
sys.setswitchinterval(0.0005)
log = []


class Watched:
    def __init__(self, number=0):
        self.number = number


class Closing(Watched):
    def __del__(self):
        log.append(self.number)


def soon(what):
    """At once if the others wait or are gone; else when they look up."""
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0)


def together(n, work):
    barrier, failed = threading.Barrier(n), []

    def body(number):
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            failed.append(error)
            raise
    threads = [threading.Thread(target=body, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


# all look it up at once; when the threads are gone, and the last name with them, so is the object
for round in range(20):
    log.clear()
    gone = []
    o = Closing(round)
    ref, called = weakref.ref(o), weakref.ref(o, gone.append)

    def look(number):
        for _ in range(ROUNDS * 4):
            assert ref().number == round
            assert called() is ref()
    together(3, look)
    assert ref() is o and not log and not gone
    del o
    assert ref() is None and log == [round] and gone == [called], (round, ref(), log, gone)
if os.environ.get("PYRT_BACKEND") == "nogil" and hasattr(sys, "concurrency_stats"):
    assert sys.concurrency_stats()["counts_split"] > 0

# it goes while others run, who looked at it before; while they wait; and while they are about to
for wait in (False, True):
    for round in range(40):
        log.clear()
        o = Closing(round)
        ref, looked, end = weakref.ref(o), threading.Semaphore(0), threading.Event()

        def look_and_go_on(number):
            for _ in range(ROUNDS):
                ref()
            looked.release()
            while not end.is_set():
                if wait:
                    end.wait()

        def drop(number):
            global o
            looked.acquire()
            looked.acquire()
            if wait and round % 2:
                time.sleep(0.002)
            del o
            soon(lambda: ref() is None)
            soon(lambda: log == [round])
            end.set()
        together(3, lambda number: drop(number) if number == 2 else look_and_go_on(number))
        assert log == [round]

# references go from hand to hand: taken by one, dropped by another
for round in range(5):
    log.clear()
    o = Closing(round)
    ref, desk = weakref.ref(o), [None] * 16

    def pass_on(number):
        for i in range(ROUNDS * 4):
            desk[(i * 7 + number) % 16] = ref()
            if i % 97 == 0:
                desk[:] = [ref()] * 16
    together(3, pass_on)
    assert all(x is o or x is None for x in desk)
    del o
    assert ref() is not None and not log
    desk.clear()
    assert ref() is None and log == [round]


# one that saves itself, and is looked up and lost again
class Saved:
    def __del__(self):
        saved.append(self)


saved = []
o = Saved()
ref = weakref.ref(o)
together(2, lambda number: [ref() and None for _ in range(ROUNDS * 4)] and None)
del o
assert len(saved) == 1 and type(saved[0]) is Saved
saved[0].name = "again"
late = weakref.ref(saved[0])
together(2, lambda number: [late().name for _ in range(ROUNDS * 4)] and None)
saved.clear()
assert late() is None

# part of a cycle: dies in a collection, which sees exact counts
for round in range(5):
    log.clear()
    o = Closing(round)
    o.itself, ref = o, weakref.ref(o)

    def look_and_collect(number):
        for i in range(ROUNDS):
            assert ref().itself.number == round
            if i % (ROUNDS // 4) == 0:
                gc.collect(number)
    together(2, look_and_collect)
    gc.collect()
    assert ref() is o
    del o
    gc.collect()
    assert ref() is None and log == [round]

# dictionaries and sets that hold weakly, filled and emptied by all
values, keys, items = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary(), weakref.WeakSet()
kept = [Watched(n) for n in range(20)]
for n, x in enumerate(kept):
    values[n] = keys[x] = x
    items.add(x)
for x in kept:
    keys[x] = x.number


def use_weak(number):
    mine = {}
    for i in range(ROUNDS):
        n = i % 20
        assert values[n] is kept[n] and values.get(n).number == n
        assert keys[kept[n]] == n and kept[n] in items
        new = mine[i % 7] = Watched(-1)
        values[number, i % 7] = new
        keys[new] = i
        items.add(new)
        assert values[number, i % 7] is new and keys[new] == i and new in items


together(3, use_weak)
gc.collect()
assert sorted(map(str, values)) == sorted(map(str, range(20))) and len(keys) == len(items) == 20
del x
kept.clear()
assert not values.data and not keys.data and not items.data, (len(values.data), len(keys.data), len(items.data))

# the child of a fork has what only the forking thread holds
if sys.platform == "linux":
    o = Closing(1)
    ref, looked, end = weakref.ref(o), threading.Semaphore(0), threading.Event()

    def look_and_wait():
        for _ in range(ROUNDS * 4):
            ref()
        looked.release()
        while not end.is_set():
            ref
    threads = [threading.Thread(target=look_and_wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        looked.acquire()
    log.clear()
    pid = os.fork()
    if pid == 0:
        del o
        os._exit(0 if ref() is None and log == [1] else 1)
    assert os.waitpid(pid, 0)[1] == 0
    end.set()
    for thread in threads:
        thread.join()
    assert ref() is o
