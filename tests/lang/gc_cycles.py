# SPDX-License-Identifier: MIT
"""The collector and finalisers: cycles, resurrection, __del__ timing, gc module, errors."""
import contextvars
import functools
import gc
import itertools
import os
import sys
import threading
import weakref
from _check import raises

log = []


class Node:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


n = Node("prompt")
del n
assert log == ["prompt"]
log.clear()
a, b = Node("a"), Node("b")
a.other, b.other = b, a
del a, b
assert log == []
gc.collect()
assert sorted(log) == ["a", "b"]
log.clear()


def scope():
    local = Node("local")
    return 5


scope()
assert log == ["local"]
log.clear()
x = [Node("in list"), {"k": Node("in dict")}, (Node("in tuple"),)]
x = None
assert sorted(log) == ["in dict", "in list", "in tuple"]
log.clear()
y = Node("first")
y = Node("second")
assert log == ["first"]
y = None
log.clear()
Node("temporary").name
assert log == ["temporary"]
log.clear()
saved = []


class Phoenix:
    def __del__(self):
        saved.append(self)
        log.append("del")


p = Phoenix()
p = None
assert len(saved) == 1 and log == ["del"]
saved.clear()
assert log == ["del"]               # a finaliser runs once only
log.clear()
c = Phoenix()
c.me = c
c = None
gc.collect()
assert len(saved) == 1 and saved[0].me is saved[0]
saved.clear()
gc.collect()
assert log == ["del"]
log.clear()
r = []
for i in range(100):
    cell = [None]
    cell[0] = cell
    r.append(weakref.WeakSet())
gc.collect()


class Tree:
    pass


root = Tree()
nodes = [root]
for i in range(2000):
    t = Tree()
    t.parent, t.siblings = nodes[i // 2], nodes
    nodes.append(t)
ref = weakref.ref(nodes[-1])
del root, nodes, t
gc.collect()
assert ref() is None


def closure_cycle():
    def inner():
        return inner
    return weakref.ref(inner)


dead = closure_cycle()
gc.collect()
assert dead() is None
cls_ref = weakref.ref(type("Temp", (), {"f": lambda self: self}))
gc.collect()
assert cls_ref() is None


def generator_cycle():
    g = None

    def gen():
        yield g
    g = gen()
    next(g)
    return weakref.ref(g)


dead = generator_cycle()
gc.collect()
assert dead() is None


def exception_cycle():
    thing = Tree()
    ref = weakref.ref(thing)
    try:
        raise ValueError
    except ValueError as error:
        kept = error
    return ref


dead = exception_cycle()
gc.collect()
assert dead() is None
hooked = []
sys.unraisablehook = lambda args: hooked.append((args.exc_type, args.object is not None))


class Bad:
    def __del__(self):
        raise KeyError("in del")


bad = Bad()
del bad
assert hooked == [(KeyError, True)]
sys.unraisablehook = sys.__unraisablehook__
assert gc.isenabled()
gc.disable()
assert not gc.isenabled()
gc.enable()
assert gc.is_tracked([]) and not gc.is_tracked(5) and not gc.is_tracked("s") and isinstance(gc.get_count(), tuple)
old = gc.get_threshold()
gc.set_threshold(500, 5, 5)
assert gc.get_threshold() == (500, 5, 5)
gc.set_threshold(*old)
mine = Tree()
holder = [mine]
assert any(x is holder for x in gc.get_referrers(mine)) and any(x is mine for x in gc.get_referents(holder))
assert any(x is holder for x in gc.get_objects())
phases = []
gc.callbacks.append(lambda phase, info: phases.append((phase, sorted(info))))
gc.collect()
gc.callbacks.pop()
one = [("start", ["collected", "generation", "uncollectable"]), ("stop", ["collected", "generation", "uncollectable"])]
assert phases and phases == one * (len(phases) // 2 if "gc" in os.environ.get("PYRT_STRESS", "") else 1)
assert len(gc.get_stats()) == 3 and gc.get_stats()[2]["collections"] > 0
loop = Tree()
loop.me = loop
del loop
assert gc.collect() >= 1 and gc.garbage == []
gc.freeze()
assert gc.get_freeze_count() >= 0
gc.unfreeze()
raises(ValueError, gc.collect, 5, text="invalid generation")
order = []


class Ordered:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        order.append(self.n)


chain = None
for i in range(5):
    o = Ordered(i)
    o.next, chain = chain, o
del o
chain = None
assert order == [4, 3, 2, 1, 0]
deep = None
for i in range(200_000):
    deep = (deep,)
deep = None                         # a long chain must not overflow the stack
deep = []
for i in range(100_000):
    deep = [deep]
deep = None
link = Tree()
for i in range(100_000):
    new = Tree()
    new.next = link
    link = new
del link, new


def module_in_a_cycle():
    seen = []
    m = type(gc)("made_up")
    m.seen = seen
    exec("class A:\n    def __del__(self): seen.append(1)\na = A()", m.__dict__)
    del m
    gc.collect()
    return seen


# Cycles that pass through native objects alone, each holding an instance of a class that dies with it.
def knot(make):
    class Mortal:
        def __iter__(self):
            return self

        def __next__(self):
            return self.item

        def __call__(self, *arguments):
            return self.item

    mortal = Mortal()
    mortal.item = make(mortal)
    next(mortal.item, None)
    return weakref.ref(mortal), weakref.ref(Mortal)


def cached(mortal):
    result = functools.lru_cache(maxsize=4)(lambda n: [result, mortal])
    result(1)
    return iter([result])


def wrapped(mortal):
    key = functools.cmp_to_key(mortal)(None)
    key.obj = key
    return iter([key])


def partial(mortal):
    result = functools.partial(mortal)
    result.__setstate__((mortal, (result,), {}, None))
    return iter([result])


def context(mortal):
    result = contextvars.copy_context()
    result.run(contextvars.ContextVar("v").set, (result, mortal))
    return iter([result])


def items(mortal):
    d = {mortal: None}
    result = d[mortal] = iter(d.items())
    next(result)
    return iter([result])


for make in (cached, wrapped, partial, context, items, lambda m: itertools.tee(m)[0], lambda m: itertools.groupby([1, 2], m),
             itertools.pairwise, itertools.accumulate, itertools.cycle,
             itertools.zip_longest, zip, lambda m: zip(m, m), enumerate, lambda m: itertools.islice(m, 5)):
    refs = knot(make)
    gc.collect()
    gc.collect()
    assert [r() for r in refs] == [None, None], make
    assert len(module_in_a_cycle()) <= 1, make  # no instance outlived its class and took the next one for it
for _ in range(30_000):             # garbage is found without being asked for
    g = Tree()
    g.me = g


assert module_in_a_cycle() == [1]   # what an argument's temporary held is no use any more

# an instance refers to its class
class Referred:
    __slots__ = ("other",)


class Referring:
    pass


mine = Referring(), Referred()
assert any(r is mine[0] for r in gc.get_referrers(Referring)) and any(r is mine[1] for r in gc.get_referrers(Referred))
assert Referring in gc.get_referents(mine[0])


# threads that end before they have allocated much count together: a server with a thread for each request
gone = itertools.count()


class Request:
    def __init__(self):
        self.me = self
        self.body = [0] * 100

    def __del__(self):
        next(gone)


def serve():
    for _ in range(100):
        Request()


for _ in range(400):
    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()
assert next(gone) > 20_000
