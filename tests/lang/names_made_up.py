# SPDX-License-Identifier: MIT
"""Attributes whose names are made while the program runs: they are found wherever they are, and not kept."""
import sys


def fresh(*parts):
    """A str that nobody has interned yet."""
    return "-".join(parts)


class Base:
    pass


class Plain(Base):
    pass


class Hooked(Base):
    def __getattr__(self, name):
        if name.startswith("made"):
            return name
        raise AttributeError(name)


class Odd(str):
    __hash__ = str.__hash__

    def __eq__(self, other):
        return str.__eq__(self, other)


# In an instance, through setattr, its dict and another's update.
p = Plain()
for i in range(3):
    name = fresh("set", str(i))
    assert not hasattr(p, name) and getattr(p, fresh("set", str(i)), None) is None
    setattr(p, fresh("set", str(i)), i)
    assert getattr(p, name) == getattr(p, fresh("set", str(i))) == i
    p.__dict__[fresh("dict", str(i))] = i
    assert getattr(p, fresh("dict", str(i))) == i
    q = Plain()
    q.__dict__.update({fresh("update", str(i)): i})
    assert getattr(q, fresh("update", str(i))) == i and not hasattr(Plain(), fresh("update", str(i)))

# In a class: its namespace's keys, and what comes later, in it and in a base.
for i in range(3):
    made = type("Made", (Base,), {fresh("key", str(i)): i, fresh("property", str(i)): property(lambda self: 7)})
    assert getattr(made(), fresh("key", str(i))) == i and getattr(made(), fresh("property", str(i))) == 7
    assert not hasattr(p, fresh("later", str(i)))
    setattr(Base, fresh("later", str(i)), i)
    assert getattr(p, fresh("later", str(i))) == getattr(Plain, fresh("later", str(i))) == i
    delattr(Base, fresh("later", str(i)))
    assert not hasattr(p, fresh("later", str(i)))

# Hooks are given the name as it is; errors tell it.
h = Hooked()
for i in range(3):
    assert getattr(h, fresh("made", str(i))) == fresh("made", str(i))
    for o in h, p:
        try:
            getattr(o, fresh("absent", str(i)))
            raise SystemExit("found what is not there")
        except AttributeError as error:
            assert error.name == fresh("absent", str(i)) and error.obj is o
            assert fresh("absent", str(i)) in str(error)
    assert getattr(p, Odd(fresh("set", str(i)))) == i and not hasattr(p, Odd(fresh("none", str(i))))

# Names that were asked for in vain are not kept.
def ask(first, count):
    for i in range(first, first + count):
        hasattr(p, "unique%d" % i)
        getattr(h, "unequalled%d" % i, None)


ask(0, 1000)
before = sys.getallocatedblocks()
ask(1000, 20000)
assert sys.getallocatedblocks() - before < 10000, sys.getallocatedblocks() - before
