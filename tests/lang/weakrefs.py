# SPDX-License-Identifier: MIT
"""Weak references: life and death, callbacks, proxies, weak containers, finalize."""
import gc
import weakref
from _check import raises


class Thing:
    def __init__(self, name="thing"):
        self.name = name

    def method(self):
        return self.name

    def __len__(self):
        return 3


def kill(name):
    del globals()[name]
    gc.collect()


log = []
t = Thing()
r = weakref.ref(t, lambda ref: log.append(ref))
assert r() is t and r is not weakref.ref(t) and weakref.ref(t) is weakref.ref(t) and r == weakref.ref(t)
assert hash(r) == hash(t) and weakref.getweakrefcount(t) >= 1
assert repr(r).startswith("<weakref at 0x") and "to 'Thing' at" in repr(r)
kill("t")
assert r() is None and log == [r] and "dead" in repr(r)
raises(TypeError, weakref.ref, 5, text="cannot create weak reference to 'int' object")
raises(TypeError, weakref.ref, [])
p_target = Thing("p")
p = weakref.proxy(p_target)
assert p.name == "p" and p.method() == "p" and len(p) == 3 and isinstance(p, Thing) and type(p) is weakref.ProxyType
p.name = "changed"
assert p_target.name == "changed"
kill("p_target")
raises(ReferenceError, lambda: p.name, text="weakly-referenced object no longer exists")
f_target = Thing()
weak_method = weakref.WeakMethod(f_target.method)
assert weak_method()() == "thing"
kill("f_target")
assert weak_method() is None
values, keys, wset = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary(), weakref.WeakSet()
a, b = Thing("a"), Thing("b")
values["a"], values["b"] = a, b
keys[a], keys[b] = 1, 2
wset.update([a, b])
assert len(values) == len(keys) == len(wset) == 2 and values["a"] is a and keys[b] == 2 and a in wset
assert sorted(values) == ["a", "b"] and sorted(keys.values()) == [1, 2] and sorted(t.name for t in wset) == ["a", "b"]
kill("a")
assert len(values) == len(keys) == len(wset) == 1 and "a" not in values and list(values.keys()) == ["b"]
assert values.get("a", 0) == 0 and keys.pop(b) == 2 and len(keys) == 0
done = []
target = Thing()
final = weakref.finalize(target, done.append, "finalized")
assert final.alive
kill("target")
assert done == ["finalized"] and not final.alive and final() is None
n = Thing()
final = weakref.finalize(n, done.append, "called")
final()
assert done[-1] == "called" and not final.alive


class Ref(weakref.ref):
    __slots__ = ("extra",)


m = Thing()
sub = Ref(m)
sub.extra = 5
assert sub() is m and sub.extra == 5 and type(sub) is Ref
order = []
x = Thing()
refs = [weakref.ref(x, lambda _, i=i: order.append(i)) for i in range(4)]
kill("x")
assert sorted(order) == [0, 1, 2, 3]


class Slotted:
    __slots__ = ("__weakref__",)


s = Slotted()
assert weakref.ref(s)() is s


class NoWeak:
    __slots__ = ()


raises(TypeError, weakref.ref, NoWeak(), text="cannot create weak reference to 'NoWeak' object")


def func():
    pass


assert weakref.ref(func)() is func and weakref.ref(Thing)() is Thing
gen = (i for i in [1])
assert weakref.ref(gen)() is gen and weakref.ref(frozenset([1])) is not None
cycle = Thing()
cycle.me = cycle
dead = weakref.ref(cycle)
kill("cycle")
assert dead() is None
parent, child = Thing("parent"), Thing("child")
parent.child, child.parent = child, weakref.ref(parent)
assert child.parent() is parent
kill("parent")
assert child.parent() is None


def failing(ref):
    raise ValueError("ignored")


import sys
hooked = []
sys.unraisablehook = lambda args: hooked.append(args.exc_type)
y = Thing()
bad = weakref.ref(y, failing)
kill("y")
sys.unraisablehook = sys.__unraisablehook__
assert hooked == [ValueError]
z = Thing()
a, b = weakref.ref(z), weakref.ref(z)
assert a == b and len({a, b}) == 1 and a in {b: 1}
assert weakref.getweakrefs(z) == [a]
copied = weakref.WeakKeyDictionary({z: 1})
assert copied.copy()[z] == 1 and dict(copied) == {z: 1} and copied | {} == copied
