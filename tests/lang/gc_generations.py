# SPDX-License-Identifier: MIT
"""Generations of the collector: what each collection may and may not take, finalizers and weak references among ages,
threads that come and go meanwhile."""
import gc
import random
import sys
import threading
import weakref

gc.collect()


class Node:
    living = []  # one item each: append and pop are atomic

    def __init__(self):
        Node.living.append(None)
        self.links = [self]

    def __del__(self):
        Node.living.pop()


def ages(o):
    return [any(e is o for e in gc.get_objects(generation=i)) for i in range(3)]


# an object grows older by one collection after the other, and is taken by one of its age or above only
gc.disable()
node = Node()
assert ages(node) == [True, False, False]
gc.collect(0)
assert ages(node) == [False, True, False]
ref = weakref.ref(node)
del node
gc.collect(0)
assert ref() is not None
assert gc.collect(1) >= 1 and ref() is None and len(Node.living) == 0
node = Node()
gc.collect(1)
assert ages(node) == [False, False, True]
ref = weakref.ref(node)
del node
gc.collect(1)
assert ref() is not None
gc.collect()
assert ref() is None and len(Node.living) == 0

# old objects keep young ones, and the other way round
old = []
gc.collect()
old.append(Node())
ref = weakref.ref(old[0])
gc.collect(0)
gc.collect(1)
gc.collect()
assert ref() is old[0]
old[0].links.append(old)
young = Node()
young.links.append(old)
del old
gc.collect(1)
assert ref() is young.links[1][0]
del young
gc.collect(0)
gc.collect(1)
gc.collect()
assert ref() is None and len(Node.living) == 0

# counts, statistics, callbacks
gc.collect()
before, stats = gc.get_count(), gc.get_stats()
kept = [[] for _ in range(100)]
assert gc.get_count()[0] >= before[0] + 100 and gc.get_count()[1:] == (0, 0)
gc.collect(0)
assert gc.get_count()[1:] == (1, 0)
gc.collect(1)
assert gc.get_count()[1:] == (0, 1)
seen = []
gc.callbacks.append(lambda phase, info: seen.append((phase, info["generation"], sorted(info))))
for generation in range(3):
    gc.collect(generation)
gc.callbacks.clear()
fields = ["collected", "generation", "uncollectable"]
assert seen == [(phase, g, fields) for g in range(3) for phase in ("start", "stop")], seen
now = gc.get_stats()
assert [n["collections"] - s["collections"] for n, s in zip(now, stats)] == [2, 2, 1]
for bad in (-1, 3):
    try:
        gc.collect(bad)
        assert False
    except ValueError as e:
        assert str(e) == "invalid generation"

# frozen objects are in no generation and are not collected
node = Node()
gc.freeze()
assert gc.get_freeze_count() > 0 and ages(node) == [False, False, False]
assert not any(e is node for e in gc.get_objects())
ref = weakref.ref(node)
del node
gc.collect()
assert ref() is not None
gc.unfreeze()
assert gc.get_freeze_count() == 0
gc.collect()
assert ref() is None and len(Node.living) == 0


# resurrection in a young collection; the finalizer runs once
class Phoenix:
    ashes = []
    deaths = 0

    def __init__(self):
        self.friend = [self, {}]

    def __del__(self):
        Phoenix.deaths += 1
        Phoenix.ashes.append(self)


phoenix = Phoenix()
phoenix.friend[1]["x"] = phoenix
called = []
ref = weakref.ref(phoenix, called.append)
del phoenix
gc.collect(0)
assert Phoenix.deaths == 1 and len(Phoenix.ashes) == 1 and called == [] or called == [ref]
assert Phoenix.ashes[0].friend[1]["x"] is Phoenix.ashes[0]
Phoenix.ashes.clear()
gc.collect()
assert Phoenix.deaths == 1 and Phoenix.ashes == []


# random graphs whose nodes come and go between collections of all kinds: what is reachable stays whole, what is not goes
def graph(seed, rounds):
    rnd = random.Random(seed)
    roots, names = {}, 0

    class Item:
        def __init__(self, name):
            self.name, self.out = name, [None] * 3

    made = weakref.WeakSet()
    for _ in range(rounds):
        for _ in range(60):
            item = Item(names)
            item.twin = {"me": item, "name": (names, [str(names)])}
            made.add(item)
            if roots:
                other = rnd.choice(list(roots.values()))
                item.out[rnd.randrange(3)] = other
                other.out[rnd.randrange(3)] = item
            if rnd.random() < 0.4:
                roots[names] = item
            names += 1
        for name in rnd.sample(list(roots), len(roots) // 2):
            del roots[name]
        del item, other
        gc.collect(rnd.choice((0, 0, 0, 1, 1, 2)))
        stack, reached = list(roots.values()), set()
        while stack:
            item = stack.pop()
            if item is not None and item.name not in reached:
                reached.add(item.name)
                assert item.twin["me"] is item and item.twin["name"] == (item.name, [str(item.name)])
                stack += item.out
        item = other = None
        yield reached, made
    gc.collect()
    yield reached, made


def living(made):
    while True:
        try:
            return {item.name for item in made}
        except RuntimeError: # a collection in another thread took one away that had begun to before the iteration
            pass


for reached, made in graph(7, 40):
    assert reached <= living(made)
assert reached == living(made)
del made

# the same in threads that are started and end meanwhile, with automatic collections on
gc.enable()
errors = []


def work(seed):
    try:
        for reached, made in graph(seed, 6):
            assert reached <= living(made)
    except BaseException as e:
        errors.append(e)
        raise


for start in range(0, 24, 4):
    threads = [threading.Thread(target=work, args=(start + i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
assert not errors
for _ in range(5):
    threads = [threading.Thread(target=lambda: [Node() for _ in range(20)]) for _ in range(60)]
    for t in threads:
        t.start()
    gc.collect(0)
    for t in threads:
        t.join()
gc.collect()
gc.collect()
assert len(Node.living) == 0, len(Node.living)

# small thresholds: collections by themselves, of the young above all
gc.collect()
stats = gc.get_stats()
gc.set_threshold(5, 5, 5)
for _ in range(20000):
    Node()
gc.set_threshold(700, 10, 10)
now = gc.get_stats()
assert now[0]["collections"] - stats[0]["collections"] > 3
assert len(Node.living) < 20000
gc.collect()
assert len(Node.living) == 0

print("ok")

# what frames hold lives, what only dead registers held does not
import gc, weakref


class Held:
    pass


def frames():
    mine = [Held() for _ in range(3)]
    mine[0].ring = mine
    gone = weakref.ref(mine[1])

    def inner(borrowed):
        gc.collect()
        return [type(v) for v in borrowed]

    def generator():
        kept = Held()
        kept.me = kept
        seen.append(weakref.ref(kept))
        yield gc.collect()
        yield kept
    seen = []
    running = generator()
    next(running)
    assert inner(mine) == [Held] * 3 and gone() is mine[1] and seen[0]() is not None
    gc.collect()
    assert next(running) is seen[0]()
    del running
    gc.collect()
    assert seen[0]() is None
    ring = mine[0]
    mine = None
    gc.collect()
    assert gone() is not None and ring.ring[1] is gone()
    ring = None
    gc.collect()
    assert gone() is None


for _ in range(3):
    frames()
