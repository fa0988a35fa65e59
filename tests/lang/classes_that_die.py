# SPDX-License-Identifier: MIT
"""Classes made and dropped by the thousand: they leave nothing behind, and no cache takes one for another."""
import gc
import threading

from _check import sanitized


def resident():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def read(o):
    return o.first, o.second, o.method()


def write(o, value):
    o.second = value
    o.third = value


def slotted(o):
    return o.a


def make(i):
    """A class of one of several layouts, looked at where those before it were."""
    which = i % 7
    if which == 0:
        class C:
            def __init__(self):
                self.first, self.second = i, 2
            def method(self): return 3
    elif which == 1:
        class C:
            def __init__(self):
                self.second, self.first = 2, i
            def method(self): return 3
    elif which == 2:
        class C:
            first = i
            def __init__(self): self.zero = 0; self.second = 2
            def method(self): return 3
    elif which == 3:
        class C:
            __slots__ = "second", "first", "third", "a"
            def __init__(self): self.first, self.second, self.a = i, 2, i
            def method(self): return 3
    elif which == 4:
        class C:
            second = property(lambda self: 2, lambda self, value: self.__dict__.update(seen=value))
            def __init__(self): self.first = i
            @staticmethod
            def method(): return 3
    elif which == 5:
        class C(dict):
            def __init__(self):
                self.__dict__["x"] = 1
                self.first, self.second = i, 2
            @classmethod
            def method(cls): return 3
    else:
        class M(type):
            def method(cls): return 3
        C = M("C", (), {"first": i, "second": 2})
        assert read(C) == (i, 2, 3)
        write(C, 7)
        assert C.second == C.third == 7
        return
    o = C()
    assert read(o) == (i, 2, 3), (i, read(o))
    write(o, i + 1)
    assert o.third == i + 1 and o.second == (2 if which == 4 else i + 1)
    if which == 3:
        assert slotted(o) == i


def rounds(n, start=0):
    for i in range(start, start + n):
        make(i)


rounds(9000)
gc.collect()
rounds(9000)
gc.collect()
before = resident()
for _ in range(3):
    rounds(9000)
    gc.collect()
assert sanitized() or resident() - before < 6000, (before, resident())

threads = [threading.Thread(target=rounds, args=(4000, 100_000 * k)) for k in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
