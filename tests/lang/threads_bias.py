# SPDX-License-Identifier: MIT
"""Objects that one thread made and used alone are reached, changed and dropped by others in the middle of it.

Each round a maker builds private objects of every kind that has a fast path of its own (instances with and
without slots, lists, dicts, generators, iterators), works on them, and at some point hands them to
takers through plain attributes and lists, without telling. All of them then change the same objects.
"""
import gc
import sys
import threading
import time
import weakref

sys.setswitchinterval(0.0005)


class Plain:
    def __init__(self):
        self.count = 0
        self.items = []
        self.names = {}


class Slotted:
    __slots__ = ("value", "__weakref__")

    def __init__(self, value):
        self.value = value


def squares(n):
    for i in range(n):
        yield i * i


class Desk:
    """Where makers leave what takers find."""
    plain = slotted = gen = numbers = None


def maker(desk, n, done):
    p, s = Plain(), Slotted(0)
    taken, it, gen = 0, iter(range(n)), squares(n)
    for i in range(n):
        p.count += 1
        p.items.append(Slotted(i))
        p.names[i % 50] = [i]
        s.value = (i,)
        if i == n // 4:
            desk.plain, desk.slotted = p, s
        if i == n // 2:
            desk.gen, desk.numbers = gen, it
        if i >= n // 2:
            taken += take(gen, it)
    while len(p.items) > n // 2:
        try:
            p.items.pop().value
        except IndexError:
            break
    done.append(taken)


def take(gen, it):
    """How many of 16 items this thread got, of a generator and an iterator that others use too."""
    got = 0
    for _ in range(8):
        try:
            next(gen)
            got += 1
        except (ValueError, StopIteration):
            pass
        got += next(it, None) is not None
    return got


def taker(desk, n, done):
    taken = 0
    for i in range(n):
        p, s = desk.plain, desk.slotted
        if p is None:
            continue
        p.other = s.value
        p.items.append(Slotted(-i))
        p.names[i % 50] = (i,)
        if i % 7 == 0:
            p.names.pop(i % 50, None)
        for item in p.items[:3]:
            weakref.ref(item)
        assert type(s.value) in (tuple, list, int), s.value
        s.value = [i]
        if desk.gen is not None:
            taken += take(desk.gen, desk.numbers)
        if i % 400 == 0:
            gc.collect()
    done.append(taken)


N = 600
for round in range(5):
    desk, done = Desk(), []
    threads = [threading.Thread(target=maker, args=(desk, N, done))]
    threads += [threading.Thread(target=taker, args=(desk, N, done)) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    left = sum(1 for _ in desk.gen) + sum(1 for _ in desk.numbers)
    assert len(done) == 4 and sum(done) + left <= 2 * N, (done, left)
    assert desk.plain.count == N
    assert all(type(x) is Slotted for x in desk.plain.items)


# Results that many short threads make and one reads: each hands over objects that it alone has used.
def produce(box, i):
    box.append({"i": i, "list": [i, [i]], "obj": Slotted([i])})


boxes = []
for i in range(200):
    box = []
    t = threading.Thread(target=produce, args=(box, i))
    t.start()
    boxes.append(box)
    if i % 3 == 0:
        t.join()
for t in threading.enumerate():
    if t is not threading.current_thread():
        t.join()
assert sum(b[0]["i"] + b[0]["list"][0] + b[0]["list"][1][0] + b[0]["obj"].value[0] for b in boxes) == 4 * sum(range(200))

# Two threads that read each other's objects all the time: neither waits for ever.
left, right = [Slotted(i) for i in range(500)], [Slotted(i) for i in range(500)]
sums = []


def swap(mine, theirs):
    total = 0
    for r in range(30):
        for i in range(500):
            mine[i] = Slotted((r, i))
            total += type(theirs[i].value) in (int, tuple)
    sums.append(total)


a = threading.Thread(target=swap, args=(left, right))
b = threading.Thread(target=swap, args=(right, left))
a.start(), b.start(), a.join(), b.join()
assert sums == [15000, 15000]

# Threads that publish what they made, by the hundred, and change what others have published, while they go on
# making things of their own: what was published is counted and locked by all, the rest is not touched.
KEYS, PARTS = 300, 8
index = [({}, threading.Lock()) for _ in range(PARTS)]


def publish(number, rounds):
    for r in range(rounds):
        mine = {}
        for k in range(KEYS):
            mine.setdefault(f"key{k * (number + 2) % KEYS}", []).append(Slotted((number, r, k)))
        for key, found in mine.items():
            part, lock = index[hash(key) % PARTS]
            with lock:
                known = part.get(key)
                if known is None:
                    part[key] = {"found": found, "by": {number}, "last": Plain()}
                else:
                    known["found"].extend(found)
                    known["by"].add(number)
                    known["last"].count += 1
                    known["last"].names[number] = (r, known["found"][0].value)


workers = [threading.Thread(target=publish, args=(n, 12)) for n in range(4)]
for t in workers:
    t.start()
for t in workers:
    t.join()
entries = [entry for part, _ in index for entry in part.values()]
assert sum(len(e["found"]) for e in entries) == 4 * 12 * KEYS
assert sum(e["last"].count + 1 for e in entries) >= len(entries)
assert all(type(s) is Slotted and s.value[0] in e["by"] for e in entries for s in e["found"])
del entries, index, workers

# What several threads have read dies all the same: at its last reference, or in a collection. A thread of its own makes
# it, so that nothing on this one's stack looks like a reference.
def make_and_let_read():
    shared = [Plain() for _ in range(50)]
    for p in shared:
        p.next = Plain()

    def read():
        for _ in range(100):
            for p in shared:
                assert p.next.count == 0

    readers = [threading.Thread(target=read) for _ in range(4)]
    for t in readers:
        t.start()
    for t in readers:
        t.join()
    refs.extend([weakref.ref(p) for p in shared] + [weakref.ref(p.next) for p in shared])


refs = []
maker = threading.Thread(target=make_and_let_read)
maker.start(), maker.join()
deadline = time.monotonic() + 20
while any(r() is not None for r in refs) and time.monotonic() < deadline: # its stack goes a moment after the join
    gc.collect()
    time.sleep(0.01)
assert len(refs) == 100 and sum(r() is not None for r in refs) == 0, sum(r() is not None for r in refs)
print("ok")
