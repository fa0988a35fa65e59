# SPDX-License-Identifier: MIT
"""Classes with several bases: each special method does what the first class that defines it says."""
import itertools


class Sized:
    def __len__(self):
        return 3


class Same:
    def __eq__(self, other):
        return "same"


class Callable(Same):
    __hash__ = object.__hash__
    __len__ = list.__len__

    def __call__(self):
        return "called"


class Unsized:
    __iter__ = __hash__ = None


class Hooked:
    def __getattr__(self, name):
        return name

    def __getitem__(self, i):
        return [1, 2][i]


class Text(str):
    def __str__(self):
        return "text"


class Items(list):
    def __contains__(self, x):
        return True


class Wrong(Exception):
    def __add__(self, other):
        return "sum"


def outcome(f, o):
    try:
        return str(f(o))
    except (TypeError, AttributeError) as e:
        return type(e).__name__


slots = {"__len__": len, "__hash__": hash, "__str__": str, "__call__": lambda o: o(), "__add__": lambda o: o + 1, "__getitem__": lambda o: o["no"]}
operands = {"__add__": (1,), "__getitem__": ("no",)}
made_of = 0
for bases in itertools.permutations((Sized, Same, Callable, Unsized, Hooked, Text, Items, Wrong), 3):
    try:
        mixed = type("Mixed", bases, {})
    except TypeError:
        continue
    made_of += 1
    o = mixed()
    for name, f in slots.items():
        method = next((vars(k)[name] for k in mixed.__mro__ if name in vars(k)), None)
        assert outcome(f, o) == outcome(lambda o: method(o, *operands.get(name, ())), o), (bases, name)
    assert outcome(lambda o: o.zz, o) == ("zz" if Hooked in bases else "AttributeError")
    later = bases[1]
    later.__neg__ = lambda self: "neg"
    assert -o == "neg"
    del later.__neg__
    assert outcome(lambda o: -o, o) == "TypeError"
assert made_of > 100
