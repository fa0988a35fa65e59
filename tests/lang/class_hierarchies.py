# SPDX-License-Identifier: MIT
"""Hierarchies of classes that change: very deep ones, circles that a mro() hides, bases assigned in a mro()."""
import gc
import os
import sys
import threading
import weakref

from _check import sanitized

CPYTHON = sys.implementation.name == "cpython"


class Plain: pass


class Short(type):
    def mro(cls):
        return [cls, object]


def deep(n):
    """n classes one under another, with MROs of two."""
    root = last = Short("Root", (Short("First", (), {}),), {})
    for _ in range(n):
        last = Short("Sub", (last,), {})
    return root, last


# ---- deep: no walk over subclasses may use the C stack ----
# (python3.11 recurses at an assignment to __bases__: it gets fewer)
root, last = deep(2000 if CPYTHON else 100_000)
root.attribute = 1
root.__len__ = lambda self: 5
root.__getattribute__ = lambda self, name: name
o = last()
assert not hasattr(last, "attribute") and o.__class__ is last
assert not isinstance(o, root) and not issubclass(last, root) and isinstance(o, last)
root.__setattr__ = lambda self, name, value: None
root.__abstractmethods__ = frozenset()
root.__bases__ = (Short("Other", (), {}),)
assert last.__mro__ == (last, object) and root.__subclasses__()
import collections.abc
collections.abc.Sequence.register(root)
match last():
    case [*_]:
        pass
    case _:
        assert 0


def line(cls):
    n = 0
    while cls:
        n, cls = n + 1, cls.__base__
    return n


assert line(last) == (2003 if CPYTHON else 100_003), line(last)
ref = weakref.ref(root)
del root, last, o
gc.collect()
gc.collect()

# with whole MROs
last = type("Root", (Plain,), {})
first = last
for _ in range(300):
    last = type("Sub", (last,), {})
first.x = 1
assert last.x == last().x == 1
first.__bases__ = (type("B", (), {"y": 2}),)
assert last.y == 2 and len(last.__mro__) == 303
del first, last


# ---- diamonds on diamonds: every class is behind its bases ----
def ladder(n):
    top = low = type("Top", (Plain,), {})
    for _ in range(n):
        low = type("Low", (type("L", (low,), {}), type("R", (low,), {})), {})
    return top, low


top, low = ladder(8)
top.__bases__ = (type("B", (), {"z": 3, "__len__": lambda self: 7}),)
assert low.z == 3 and len(low()) == 7 and len(low.__mro__) == 3 * 8 + 3


# ---- circles: mro() lies, so that a class may be its own subclass's subclass ----
class Base(Plain): pass
class Base2(Plain): pass
class A(Base, metaclass=Short): pass
class B(A): pass
class C(Base, metaclass=Short): pass


def refused(f):
    try:
        f()
    except TypeError as e:
        return "cycle" in str(e)
    return False


def assign(cls, *bases):
    cls.__bases__ = bases


assert refused(lambda: assign(A, B)) and refused(lambda: assign(A, A)) and A.__bases__ == (Base,)
if not CPYTHON:  # which overflows its stack
    B.__bases__ = Base, A        # A is no more in the line of B's first bases,
    A.__bases__ = Base2, B       # nor in its MRO
    for cls in A, B:
        cls.__len__ = lambda self: 3
        cls.x = 1
        cls.__setattr__ = object.__setattr__
    assert len(A()) == len(B()) == 3
    Base.__bases__ = (type("New", (), {}),)
    C.__bases__ = (A,)
    B.__bases__ = (Base,)
    del A.__len__, B.__len__
    try:
        len(B())
    except TypeError:
        pass
    else:
        assert 0
    assert A.__subclasses__() == [C] and A in B.__subclasses__()


# ---- mro() assigns __bases__ ----
class Hook(type):
    hook = None

    def mro(cls):
        hook, Hook.hook = Hook.hook, None
        if hook:
            hook(cls)
        return type.mro(cls)


class H1(Plain, metaclass=Hook): pass
class H2(metaclass=Hook): pass
class H3(metaclass=Hook): pass


def subclasses():
    return [[c.__name__ for c in h.__subclasses__()] for h in (H1, H2, H3)]


class T(H1): pass


Hook.hook = lambda cls: assign(cls, H3)
T.__bases__ = (H2,)
assert T.__bases__ == (H3,) and T.__mro__ == (T, H3, object), (T.__bases__, T.__mro__)
if not CPYTHON:  # which leaves it with H1
    assert subclasses() == [[], [], ["T"]], subclasses()
del T
gc.collect()
assert sanitized() or subclasses() == [[], [], []], subclasses()


def other_bases(cls):
    assign(cls, H3)


Hook.hook = other_bases


class U(H1): pass


assert U.__bases__ == (H3,)
if not CPYTHON:
    assert sanitized() or subclasses() == [[], [], ["U"]], subclasses()
del U
gc.collect()
assert sanitized() or subclasses() == [[], [], []], subclasses()


# mro() fails when the old base has come under the class meanwhile
class V(H1): pass


def under(cls):
    H1.__bases__ = (V,)
    raise KeyError("no")


Hook.hook = under
try:
    V.__bases__ = (H2,)
except (KeyError, TypeError):
    pass
else:
    assert 0
if not CPYTHON:
    assert line(V) < 6 and line(H1) < 6

# ---- threads that each hang one class under the other ----
if not CPYTHON:
    P, Q = Short("P", (Base,), {}), Short("Q", (Base,), {})
    X = type("X", (), {})
    stop = []

    def hang(a, b):
        for _ in range(150):
            try:
                a.__bases__ = (b,)
            except TypeError:
                pass
            line(a), line(b)
            a.__bases__ = (Base,)

    threads = [threading.Thread(target=hang, args=pair) for pair in ((P, Q), (Q, P))]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
        assert not t.is_alive()
    assert line(P) == line(Q) == 4, (line(P), line(Q))  # Base has got New
