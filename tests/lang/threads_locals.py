# SPDX-License-Identifier: MIT
"""threading.local: a dict per thread, __init__ in each thread and again if it failed, death of threads and locals."""
import gc
import sys
import threading
import weakref


class Local(threading.local):
    failures = 0

    def __init__(self, a=0):
        self.a = a
        if Local.failures:
            Local.failures -= 1
            raise ValueError("not yet")


def in_threads(n, f):
    threads = [threading.Thread(target=f, args=(j,)) for j in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


one = Local(3)
many = [threading.local() for _ in range(20)]
passed = []


def use(j):
    assert one.a == 3
    one.a = j
    for i, x in enumerate(many):
        x.v = (i, j)
    for _ in range(3):
        for i, x in enumerate(many):
            assert x.v == (i, j), (x.v, i, j)
    assert one.a == j and one.__dict__ == {"a": j}
    del one.a
    assert not hasattr(one, "a")
    for k in range(50):  # short-lived ones, perhaps where others have been
        t = threading.local()
        assert not hasattr(t, "q")
        t.q = k
        assert t.q == k
        del t
    passed.append(j)


in_threads(8, use)
assert sorted(passed) == list(range(8)) and one.a == 3

Local.failures = 1
got = []


def twice(j):
    try:
        one.a
    except ValueError as e:
        got.append(str(e))
    got.append(one.a)


in_threads(1, twice)
assert got == ["not yet", 3], got


class Thing:
    pass


x = threading.local()
x.thing = Thing()
ref = weakref.ref(x.thing)
x.thing = None
gc.collect()
assert ref() is None
x.itself, x.thing = x, Thing()
ref = weakref.ref(x.thing)
del x
gc.collect()
assert ref() is None

# What a thread kept goes with the thread.
x = threading.local()
refs = []


def keep(j):
    x.thing = Thing()
    refs.append(weakref.ref(x.thing))


in_threads(4, keep)
gc.collect()
assert [r() for r in refs] == [None] * 4

# What dies with a thread's attributes may use other locals, and the same one.
class Reads:
    def __init__(self, of):
        self.of = of

    def __del__(self):
        seen.append(getattr(self.of, "x", "gone"))


def last_words(j):
    first.value = Reads(second)
    second.x = "there"
    second.value = [Reads(second) for _ in range(4)]


for _ in range(20):
    seen = []
    first, second = threading.local(), threading.local()
    in_threads(1, last_words)
    gc.collect()
    assert seen[0] in ("there", "gone") and seen[1:] == ["gone"] * 4, seen

# The collector shows a thread's own table to programs: what they put there does no harm.
def meddle(j):
    mine = threading.local()
    mine.thing = j
    for table in [o for o in gc.get_objects() if type(o) is dict and o]:
        first = next(iter(list(table.values())), None)
        if type(first) is weakref.ref and type(first()).__name__ == "_localdummy":
            table["type"], table["number"] = weakref.ref(Thing), 5
    if hasattr(sys.implementation, "backend"):      # python3.11 shows the tables themselves, and dies of the change
        for body in [o for o in gc.get_objects() if type(o).__name__ == "_localdummy"]:
            for shown in gc.get_referents(body):
                for key in list(shown):
                    shown[key] = j
        assert mine.thing in (0, 1, 2)              # of whichever thread wrote last


in_threads(3, meddle)
print("ok")
