# SPDX-License-Identifier: MIT
"""Objects shared by threads: attributes, classes changed while used, generators, weakrefs, closures."""
import gc
import itertools
import os
import threading
import weakref
from _check import run_threads

N = 4
ROUNDS = int(os.environ.get("PYRT_TEST_ROUNDS", "4000"))


class Node:
    shared = 0

    def __init__(self, value, link=None):
        self.value = value
        self.link = link

    def method(self):
        return self.value


node = Node(1)


def attributes(n):
    for i in range(ROUNDS):
        setattr(node, f"attr{n}_{i % 20}", i)
        assert getattr(node, f"attr{n}_{i % 20}") == i
        node.value = (n, i)
        assert node.value[0] in range(N) and node.method()[0] in range(N)
        node.link = Node(i)
        assert node.link.value in range(ROUNDS)
        if i % 20 == 19:
            delattr(node, f"attr{n}_{i % 20}")


run_threads(attributes, count=N)
assert {k for k in node.__dict__} >= {"value", "link"}


class Slots:
    __slots__ = "a", "b"


slotted = Slots()
slotted.a = slotted.b = []


def slots(n):
    for i in range(ROUNDS):
        slotted.a = [n, i]
        assert len(slotted.a) == 2
        slotted.b = slotted.a


run_threads(slots, count=N)


class Changing:
    value = 0

    def call(self):
        return 0


def change_class():
    for i in range(ROUNDS // 2):
        Changing.value = i
        Changing.call = lambda self, i=i: i
        Changing.extra = i
        if i % 10 == 0:
            del Changing.extra


def use_class():
    instance, last = Changing(), -1
    for i in range(ROUNDS * 2):
        assert instance.value >= 0 and instance.call() >= 0 and Changing.value >= 0
        getattr(instance, "extra", None)


run_threads(change_class, use_class, use_class, use_class)
assert Changing().call() == Changing.value == ROUNDS // 2 - 1


class A:
    kind = "a"


class B:
    kind = "b"


switching = A()


def switch():
    for i in range(ROUNDS):
        switching.__class__ = B if i % 2 else A


def observe():
    for _ in range(ROUNDS):
        assert switching.kind in "ab" and type(switching) in (A, B)


run_threads(switch, observe, observe)


def generate():
    for i in range(N * ROUNDS):
        yield i


shared, busy, got = generate(), [0] * N, [[] for _ in range(N)]


def consume(n):
    while True:
        try:
            got[n].append(next(shared))
        except StopIteration:
            return
        except ValueError as error:
            assert str(error) == "generator already executing"
            busy[n] += 1


run_threads(consume, count=N)
assert sorted(itertools.chain(*got)) == list(range(N * ROUNDS))
cell_total = 0


def closures():
    value, guard = 0, threading.Lock()

    def bump(n):
        nonlocal value
        for _ in range(ROUNDS):
            with guard:
                value += 1

    def total():
        return value
    return bump, total


bump, total = closures()
run_threads(bump, count=N)
assert total() == N * ROUNDS
target = Node("t")
reference = weakref.ref(target)
alive = 0


def deref(n):
    for _ in range(ROUNDS):
        strong = reference()
        assert strong is None or strong.value == "t"


def drop():
    global target
    target = None


run_threads(deref, count=N)
run_threads(lambda: deref(0), lambda: deref(1), drop)
gc.collect()
assert reference() is None
registry, cache = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary()


def weak(n):
    for i in range(ROUNDS // 4):
        item = Node(i)
        registry[n, i % 10] = item
        cache[item] = i
        assert cache[item] == i and registry.get((n, i % 10)) is item
        del item


run_threads(weak, count=N)
gc.collect()
assert len(registry) == 0 and len(cache) == 0
handed = [None] * 100


def pass_on(n):
    for i in range(ROUNDS):
        handed[(i + n) % 100] = Node(i, handed[(i * 3) % 100] if i % 10 else None)
        other = handed[i % 100]
        assert other is None or other.value >= 0


run_threads(pass_on, count=N)
handed.clear()
died = []


class Mortal:
    def __del__(self):
        died.append(1)


def make_mortals(n):
    for _ in range(ROUNDS // 5):
        a, b = Mortal(), Mortal()
        a.other, b.other = b, a
        Mortal()


run_threads(make_mortals, count=N)
gc.collect()
assert len(died) == N * (ROUNDS // 5) * 3


def collect():
    for _ in range(5):
        gc.collect()


def cycles():
    for i in range(ROUNDS):
        a = [i]
        a.append(a)
        b = {"self": None}
        b["self"] = b


run_threads(collect, cycles, cycles)


def make_types(n):
    for i in range(100):
        T = type(f"T{n}_{i}", (Node,), {"__slots__": (), "f": lambda self: i})
        assert T(i).f() == i and T(3).method() == 3 and issubclass(T, Node)


run_threads(make_types, count=N)
gc.collect()


def exceptions(n):
    for i in range(ROUNDS):
        try:
            raise ValueError(n, i)
        except ValueError as error:
            assert error.args == (n, i)


run_threads(exceptions, count=N)


def strings(n):
    for i in range(ROUNDS):
        s = f"{n}:{i}" * 3
        assert s.count(":") == 3 and hash(s) == hash(f"{n}:{i}" * 3) and s.encode().decode() == s


run_threads(strings, count=N)
import functools


@functools.lru_cache(maxsize=50)
def cached(x):
    return [x]


run_threads(lambda n: [cached(i % 70) == [i % 70] or 1 / 0 for i in range(ROUNDS)], count=N)


def imports(n):
    import json, decimal, textwrap, colorsys, uuid
    assert json.loads("[1]") == [1] and textwrap.dedent(" a") == "a" and colorsys.rgb_to_hsv(0, 0, 0)[2] == 0


run_threads(imports, count=N)


class Flagged: # an attribute that hides the class's, read while another thread asks for __dict__
    flag = False

    def __init__(self):
        self.a, self.b, self.c, self.flag, self.d = 1, 2, 3, True, 4


def seen(objects, barrier, out):
    barrier.wait()
    out.extend(o.flag for o in objects for _ in range(3))


def asked(objects, barrier):
    barrier.wait()
    for o in objects:
        o.__dict__["z"] = 1


for _ in range(min(20, ROUNDS // 50)):
    objects, barrier, out = [Flagged() for _ in range(1000)], threading.Barrier(2), []
    other = threading.Thread(target=asked, args=(objects, barrier))
    other.start()
    seen(objects, barrier, out)
    other.join()
    assert all(out)
