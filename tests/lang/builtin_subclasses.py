# SPDX-License-Identifier: MIT
"""Subclasses of built-in types: construction, overriding, attributes, results' types, pickling."""
import copy
import gc
import pickle
import weakref
from _check import raises


class MyList(list):
    def __init__(self, *args, tag="t"):
        super().__init__(*args)
        self.tag = tag

    def append(self, item):
        super().append(item * 2)

    def __getitem__(self, key):
        return ("got", super().__getitem__(key))


a = MyList([1, 2], tag="x")
a.append(5)
assert a == [1, 2, 10] and a[0] == ("got", 1) and a.tag == "x" and len(a) == 3 and type(a + [1]) is list and type(a[0:1][1]) is list
assert list(a) == [1, 2, 10] and repr(a) == "[1, 2, 10]" and sorted(a, reverse=True) == [10, 2, 1] and isinstance(a, list)


class MyDict(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key.upper(), value)

    def __missing__(self, key):
        return f"<{key}>"


d = MyDict(a=1)
d["b"] = 2
d.update(c=3)
assert d == {"a": 1, "B": 2, "c": 3} and d["zz"] == "<zz>" and d.get("zz") is None and "%(q)s" % d == "<q>" and type(d.copy()) is dict
assert {**d} == {"a": 1, "B": 2, "c": 3} and (lambda **k: k)(**d) == dict(d)


class MyInt(int):
    def __new__(cls, value, extra=None):
        self = super().__new__(cls, value)
        self.extra = extra
        return self

    def __str__(self):
        return f"int:{int(self)}"


i = MyInt("7", extra=[1])
assert i == 7 and i + 1 == 8 and type(i + 1) is int and str(i) == "int:7" and repr(i) == "7" and f"{i}" == "int:7"
assert [10] * MyInt(2) == [10, 10] and {7: "a"}[i] == "a" and hash(i) == 7 and i.extra == [1] and range(MyInt(3)) == range(3) and MyInt(2**70) == 2**70
assert bool(MyInt(0)) is False and int(i).__class__ is int and -i == -7 and i.bit_length() == 3


class MyStr(str):
    def __new__(cls, *parts):
        return super().__new__(cls, "-".join(parts))

    def __add__(self, other):
        return MyStr(str(self), other)

    def __eq__(self, other):
        return str.__eq__(self.lower(), other.lower())

    __hash__ = str.__hash__


s = MyStr("a", "b")
assert s + "c" == "A-B-C" and type(s + "c") is MyStr and s.upper() == "A-B" and type(s.upper()) is str and s[0] == "a" and {"a-b": 1}[s] == 1 and "".join([s]) == "a-b"


class MyTuple(tuple):
    def __new__(cls, a, b):
        return super().__new__(cls, (a, b))

    @property
    def total(self):
        return sum(self)


t = MyTuple(1, 2)
assert t == (1, 2) and t.total == 3 and type(t + (3,)) is tuple and hash(t) == hash((1, 2)) and t < (1, 3) and "%s %s" % t == "1 2"


class MySet(set):
    pass


class MyFrozen(frozenset):
    pass


x = MySet([1, 2])
assert x | {3} == {1, 2, 3} and type(x | {3}) is set and type(x.copy()) is set and MyFrozen([1]) == {1} and hash(MyFrozen([1])) == hash(frozenset([1]))


class MyFloat(float):
    def __add__(self, other):
        return MyFloat(float(self) + other)


assert type(MyFloat(1.5) + 1) is MyFloat and MyFloat("2.5") == 2.5 and type(MyFloat(1) * 2) is float and MyFloat(2.0).is_integer()


class MyBytes(bytes):
    pass


class MyArray(bytearray):
    pass


assert MyBytes(b"ab") == b"ab" and type(MyBytes(b"ab")[:1]) is bytes and MyArray(b"x") + b"y" == b"xy" and {MyBytes(b"k"): 1}[b"k"] == 1


class MyError(ValueError, KeyError):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code


try:
    raise MyError(5)
except KeyError as error:
    assert error.code == 5 and error.args == ("code 5",) and isinstance(error, LookupError)


class MyType(type):
    def __repr__(cls):
        return f"<{cls.__name__}!>"


class WithType(metaclass=MyType):
    pass


assert repr(WithType) == "<WithType!>" and f"{WithType}" == "<WithType!>"


class MyProperty(property):
    def __get__(self, instance, owner=None):
        return "prop:" + str(super().__get__(instance, owner)) if instance is not None else self


class HasProperty:
    @MyProperty
    def value(self):
        return 1


assert HasProperty().value == "prop:1" and isinstance(HasProperty.value, MyProperty)
for value in (a, MyDict(x=1), i, t, MySet([1]), MyFloat(1.5), MyBytes(b"q")):
    for back in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))) if type(value) not in (MyTuple, MyDict) else (copy.copy(value),) if type(value) is MyDict else ():
        assert type(back) is type(value)
raises(TypeError, lambda: type("B", (bool,), {}))
raises(TypeError, lambda: type("F", (type(lambda: 0),), {}), text="type 'function' is not an acceptable base type")
raises(TypeError, lambda: type("R", (range,), {}), text="type 'range' is not an acceptable base type")
raises(TypeError, lambda: type("N", (type(None),), {}), text="type 'NoneType' is not an acceptable base type")
raises(TypeError, lambda: type("X", (list, dict), {}), text="multiple bases have instance lay-out conflict")


class Both(MyList, object):
    __slots__ = ("slot",)


b = Both([1])
b.slot, b.free = 1, 2
assert b.slot == 1 and b.free == 2 and b == [1]


class Slotted(dict):
    __slots__ = ("only",)


q = Slotted(a=1)
q.only = 5
raises(AttributeError, setattr, q, "other", 1)
assert q == {"a": 1} and q.only == 5


# __slots__ on str, whose instances vary in size: behind the characters
class SlottedStr(str):
    __slots__ = ("a", "b")


class More(SlottedStr):
    __slots__ = ("c", "__weakref__")


class Free(More):
    pass


for kind in (SlottedStr, More, Free):
    for text in ("", "x", "plain text", "é", "Ω" * 9, "\U0001f600" * 33):
        s = kind(text)
        assert s == text and hash(s) == hash(text) and type(s) is kind
        raises(AttributeError, lambda: s.a)
        s.a, s.b = [text], text * 2
        if kind is not SlottedStr:
            s.c = s
        assert s.a == [text] and s.b == text + text and s == text
        for back in (copy.copy(s), pickle.loads(pickle.dumps(s, 2))):
            assert type(back) is kind and back == s and (back.a, back.b) == (s.a, s.b)
        del s.a
        raises(AttributeError, lambda: s.a)
        if kind is Free:
            s.other = 5
            assert s.__dict__ == {"other": 5} and s.b == text + text and s.c is s
        else:
            raises(AttributeError, setattr, s, "other", 5)
del s
cycles = []
for i in range(100):
    s = More("cycle %d é" % i)
    s.a = s
    cycles.append(weakref.ref(s))
del s
gc.collect()
assert not any(ref() for ref in cycles)
raises(TypeError, lambda: type("X", (SlottedStr, type("Y", (str,), {"__slots__": "z"})), {}),
       text="multiple bases have instance lay-out conflict")
for base in (int, bytes, tuple):
    raises(TypeError, lambda: type("X", (base,), {"__slots__": "a"}),
           text=f"nonempty __slots__ not supported for subtype of '{base.__name__}'")
