# SPDX-License-Identifier: MIT
"""Metaclasses, __prepare__, class keywords, ABCs, __instancecheck__, dynamic types."""
import abc
import collections
from _check import raises

calls = []


class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        calls.append(("prepare", name, kw))
        return collections.OrderedDict(prepared=True)

    def __new__(mcs, name, bases, namespace, **kw):
        calls.append(("new", name))
        cls = super().__new__(mcs, name, bases, dict(namespace))
        cls.order = [key for key in namespace if not key.startswith("__")]
        return cls

    def __init__(cls, name, bases, namespace, **kw):
        super().__init__(name, bases, namespace)
        calls.append(("init", name))

    def __call__(cls, *args):
        return ("called", super().__call__(*args))

    def __instancecheck__(cls, instance):
        return instance == 42 or super().__instancecheck__(instance)

    def __len__(cls):
        return 99

    def __iter__(cls):
        return iter("iter")

    def __contains__(cls, item):
        return item == "in"


class Made(metaclass=Meta, option=1):
    b = 1
    a = 2

    def __init__(self, *args):
        self.args = args


assert calls == [("prepare", "Made", {"option": 1}), ("new", "Made"), ("init", "Made")]
assert Made.order == ["prepared", "b", "a"] and type(Made) is Meta and Made(1)[1].args == (1,)
assert isinstance(42, Made) and not isinstance(41, Made) and len(Made) == 99 and list(Made) == list("iter") and "in" in Made


class Child(Made):
    pass


assert type(Child) is Meta and calls[-1] == ("init", "Child")


class Other(type):
    pass


raises(TypeError, lambda: Other("X", (Made,), {}),
       text="metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the "
            "metaclasses of all its bases")


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        ...

    @property
    @abc.abstractmethod
    def name(self):
        ...

    def describe(self):
        return f"{self.name} {self.area()}"


class Square(Shape):
    name = "square"

    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side**2


raises(TypeError, Shape, text="Can't instantiate abstract class Shape with abstract methods area, name")
assert Square(3).describe() == "square 9" and Shape.__abstractmethods__ == {"area", "name"}


@Shape.register
class Virtual:
    pass


assert isinstance(Virtual(), Shape) and issubclass(Virtual, Shape) and Shape not in Virtual.__mro__
import collections.abc as cabc
assert isinstance([], cabc.MutableSequence) and isinstance({}, cabc.Mapping) and issubclass(set, cabc.Set)
assert not isinstance(5, cabc.Iterable) and isinstance(len, cabc.Callable) and not isinstance([], cabc.Hashable)


class Sized2:
    def __len__(self):
        return 0


assert isinstance(Sized2(), cabc.Sized)


class Seq(cabc.Sequence):
    def __getitem__(self, i):
        return "abc"[i]

    def __len__(self):
        return 3


assert list(Seq()) == ["a", "b", "c"] and "b" in Seq() and Seq().index("c") == 2 and list(reversed(Seq())) == ["c", "b", "a"]


def function_as_metaclass(name, bases, namespace):
    return (name, bases, sorted(k for k in namespace if not k.startswith("__")))


class NotAClass(metaclass=function_as_metaclass):
    x = 1


assert NotAClass == ("NotAClass", (), ["x"])


class Proxy:
    def __mro_entries__(self, bases):
        return (dict,)


class FromProxy(Proxy()):
    pass


assert FromProxy.__bases__ == (dict,) and FromProxy.__orig_bases__[0].__class__ is Proxy
raises(TypeError, lambda: type("X", (bool,), {}), text="type 'bool' is not an acceptable base type")
raises(TypeError, lambda: type("X", (int, str), {}))
raises(TypeError, lambda: type("X", (object, object), {}))


class Reg(type):
    known = {}

    def __new__(mcs, name, bases, ns):
        cls = mcs.known[name] = super().__new__(mcs, name, bases, ns)
        return cls


class R1(metaclass=Reg): pass
class R2(R1): pass


assert list(Reg.known) == ["R1", "R2"] and type.mro(R2) == [R2, R1, object] and type(type) is type


class CustomMro(type):
    def mro(cls):
        return [cls, Fallback, object]


class Fallback:
    value = "fallback"


class Uses(metaclass=CustomMro):
    pass


assert Uses.value == "fallback" and Uses.__mro__ == (Uses, Fallback, object)
class X1: a = 1
class X2: a = 2
class Y(X1): pass


y = Y()
assert y.a == 1
Y.__bases__ = (X2,)
assert y.a == 2 and Y.__mro__ == (Y, X2, object) and issubclass(Y, X2) and not issubclass(Y, X1)
assert type("T", (), {}).__module__ == "__main__" and type("a b", (), {}).__name__ == "a b"
T = type("T", (), {})
T.__name__, T.__qualname__ = "Renamed", "q.Renamed"
assert repr(T) == "<class '__main__.q.Renamed'>"
raises(TypeError, setattr, int, "x", 1, text="cannot set 'x' attribute of immutable type 'int'")
