# SPDX-License-Identifier: MIT
"""Descriptors: precedence, __set_name__, non-data, class access, caching, bound things."""
import functools
from _check import raises


class Typed:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        self.name, self.owner = name, owner

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__dict__.get(self.name, f"no {self.name}")

    def __set__(self, instance, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name} must be {self.kind.__name__}")
        instance.__dict__[self.name] = value

    def __delete__(self, instance):
        del instance.__dict__[self.name]


class Point:
    x = Typed(int)
    y = Typed(int)


p = Point()
assert p.x == "no x"
p.x = 5
assert p.x == 5 and p.__dict__ == {"x": 5} and Point.x.name == "x" and Point.x.owner is Point
p.__dict__["x"] = 6
assert p.x == 6
del p.x
assert p.x == "no x"
raises(TypeError, setattr, p, "y", "text", text="y must be int")


class NonData:
    def __get__(self, instance, owner):
        return ("got", instance is None, owner.__name__)


class Holder:
    attr = NonData()
    call = classmethod(lambda cls: cls.__name__)
    part = functools.partial(max, 5)
    partm = functools.partialmethod(lambda self, a, b: (a, b), 1)

    @functools.cached_property
    def slow(self):
        self.computed = getattr(self, "computed", 0) + 1
        return 42


h = Holder()
assert h.attr == ("got", False, "Holder") and Holder.attr == ("got", True, "Holder")
h.__dict__["attr"] = "instance wins over non-data"
assert h.attr.startswith("instance") and h.slow == h.slow == 42 and h.computed == 1
assert Holder.call() == "Holder" and h.part(3) == 5 and h.partm(2) == (1, 2)


class ReadOnly:
    @property
    def value(self):
        return 1


raises(AttributeError, setattr, ReadOnly(), "value", 2,
       text="property 'value' of 'ReadOnly' object has no setter")
raises(AttributeError, delattr, ReadOnly(), "value", text="property 'value' of 'ReadOnly' object has no deleter")


class Meta(type):
    @property
    def on_class(cls):
        return "meta " + cls.__name__

    def __getattr__(cls, name):
        return f"meta getattr {name}"

    def method(cls):
        return cls


class WithMeta(metaclass=Meta):
    pass


assert WithMeta.on_class == "meta WithMeta" and WithMeta.other == "meta getattr other" and WithMeta.method() is WithMeta
raises(AttributeError, lambda: WithMeta().on_class)


def function(self):
    return self


assert function.__get__(5)() == 5 and type(function.__get__(5)).__name__ == "method" and function.__get__(None, int) is function
assert staticmethod(function)(3) == 3 and classmethod(function).__get__(None, int)() is int
assert str.upper.__get__("abc")() == "ABC" and "abc".upper.__self__ == "abc" and int.__add__(1, 2) == 3
assert type(str.upper).__name__ == "method_descriptor" and type(int.real).__name__ == "getset_descriptor"
assert int.real.__get__(7) == 7 and str.__len__("abc") == 3 and type(str.__len__).__name__ == "wrapper_descriptor"
raises(TypeError, str.upper, 5, text="descriptor 'upper' for 'str' objects doesn't apply to a 'int' object")


class Slots:
    __slots__ = ("s",)


slot = Slots.s
obj = Slots()
slot.__set__(obj, 9)
for wrong in (5, 1.5, None, "a", type):
    raises(TypeError, slot.__set__, wrong, 1)
assert slot.__get__(obj) == 9 and obj.s == 9
log = []


class Logged:
    def __getattribute__(self, name):
        log.append(name)
        return super().__getattribute__(name)

    x = 1


Logged().x
assert log == ["x"]


class Special:
    pass


s = Special()
s.__len__ = lambda: 5
raises(TypeError, len, s)             # special methods are looked up on the type
Special.__len__ = lambda self: 7
assert len(s) == 7
Special.__len__ = lambda self: 8
assert len(s) == 8
del Special.__len__
raises(TypeError, len, s, text="object of type 'Special' has no len()")


class Desc:
    def __set_name__(self, owner, name):
        raise ValueError("no")


raises(RuntimeError, lambda: type("Bad", (), {"d": Desc()}))


# After an AttributeError in a getter __getattr__ is asked, at a place that has seen the class before too.
class Getter:
    def __get__(self, o, t):
        counts.append(1)
        raise AttributeError("getter")


class Asking:
    getter = Getter()

    @property
    def prop(self):
        counts.append(2)
        raise AttributeError("prop")

    def __getattr__(self, name):
        if name == "absent":
            raise AttributeError("for " + name)
        return lambda: name


class AskingText(Asking, str):
    __slots__ = ("slot",)


class AskingSlot(Asking):
    __slots__ = ("slot",)


for cls in (Asking, AskingText, AskingSlot):
    for _ in range(5):
        counts = []
        o = cls()
        prop, getter, slot = o.prop, o.getter, o.slot
        assert (prop(), getter(), slot(), o.prop(), o.getter(), o.slot()) == ("prop", "getter", "slot") * 2
        assert counts == [2, 1, 2, 1], counts
        try:
            o.absent
        except AttributeError as e:
            assert str(e) == "for absent"
        else:
            assert False
