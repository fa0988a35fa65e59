# SPDX-License-Identifier: MIT
"""Threads that store into places of one list, dict or instance, while others move and copy what is in it."""
import gc
import os
import sys
import threading
import time
import weakref

ROUNDS = int(os.environ.get("PYRT_TEST_ROUNDS", "1000"))
sys.setswitchinterval(0.0005)


class Item:
    __slots__ = ("owner", "number", "__weakref__")

    def __init__(self, owner, number):
        self.owner, self.number = owner, number


class Holder:
    pass


def soon(what):
    """At once, or when what others made is merged."""
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        gc.collect()


def together(*works):
    barrier, failed = threading.Barrier(len(works)), []

    def body(work):
        barrier.wait()
        try:
            work()
        except BaseException as error:
            failed.append(error)
            raise
    threads = [threading.Thread(target=body, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


# each its own places: what was stored last is there, and nothing else lives on
def own_places(table, key):
    watched = [[], [], []]

    def work(number):
        for i in range(ROUNDS * 4):
            place = key(i % 10, number)
            item = table[place] = Item(number, i)
            watched[number].append(weakref.ref(item))
            del item
            assert table[place].number == i and table[place].owner == number
    together(*[lambda number=number: work(number) for number in range(3)])
    for number in range(3):
        for i in range(10):
            last = ROUNDS * 4 - 10 + i
            assert table[key(i, number)].number == last and table[key(i, number)].owner == number
    table.clear()
    soon(lambda: all(ref() is None for refs in watched for ref in refs))


for _ in range(3):
    own_places([None] * 30, lambda i, number: i * 3 + number)
    own_places(dict.fromkeys(range(30)), lambda i, number: i * 3 + number)
    own_places({str(n): None for n in range(30)}, lambda i, number: str(i * 3 + number))

# all the same place: each value that was there once is dropped once
for target in ([None], {0: None}, {"name": None}, Holder()):
    watched, drops = [[], [], []], []

    class Dropped(Item):
        __slots__ = ()

        def __del__(self):
            drops.append((self.owner, self.number))

    def same_place(number):
        for i in range(ROUNDS * 2):
            item = Dropped(number, i)
            watched[number].append(weakref.ref(item))
            if isinstance(target, Holder):
                target.name = item
            elif isinstance(target, list):
                target[0] = item
            else:
                target[next(iter(target))] = item
            del item
    together(*[lambda number=number: same_place(number) for number in range(3)])
    if isinstance(target, Holder):
        del target.name
    else:
        target.clear()
    soon(lambda: all(ref() is None for refs in watched for ref in refs))
    assert len(drops) == len(set(drops)) == ROUNDS * 6, len(drops)

# while others insert, delete, sort, copy and replace: what is found is what somebody put there
items = [Item(9, n) for n in range(20)]
end = threading.Event()


def store_list():
    for i in range(ROUNDS * 4):
        try:
            items[i % 20] = Item(0, i)
        except IndexError:
            pass
    end.set()


def move_list():
    i = 0
    while not end.is_set():
        i += 1
        items.insert(i % 7, Item(1, i))
        if i % 5 == 0:
            items.sort(key=lambda item: item.number)
        if i % 3 == 0:
            items[5:9] = [Item(1, i)] * 4
        if i % 50 == 0:
            items.extend(items[:40])
        assert isinstance(items.pop(i % 3), Item)
        while len(items) > 30:
            del items[::2]


def copy_list():
    while not end.is_set():
        assert all(isinstance(item.number, int) for item in items[:])
        assert all(item.owner in (0, 1, 9) for item in list(items))
        assert all(item.owner in (0, 1, 9) for item in items)


together(store_list, store_list, move_list, copy_list)

table = {str(n): Item(9, n) for n in range(20)}
end.clear()


def store_dict():
    for i in range(ROUNDS * 4):
        table[str(i % 20)] = Item(0, i % 20)
    end.set()


def move_dict():
    i = 0
    while not end.is_set():
        i += 1
        table.pop(str(i % 20), None)
        table[str(i % 20)] = Item(1, i % 20)
        table[f"more{i % 100}"] = Item(1, i)
        if i % 100 == 0:
            for key in list(table):
                if key.startswith("more"):
                    table.pop(key, None)
        if i % 500 == 0:
            table.clear()


def copy_dict():
    while not end.is_set():
        for key, item in table.copy().items():
            assert item.owner in (0, 1, 9) and (key[0] == "m" or item.number == int(key))


together(store_dict, store_dict, move_dict, copy_dict)

# a copy is of one moment: both places are written in this order, so the first one is never behind
pair, end = [0, 0], threading.Event()


def count_up():
    for i in range(1, ROUNDS * 10):
        pair[0] = i
        pair[1] = i
    end.set()


def look():
    while not end.is_set():
        for first, second in (pair[:], list(pair), tuple(pair), pair.copy()):
            assert first - 1 <= second <= first, (first, second)


together(count_up, look)
