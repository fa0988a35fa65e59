# SPDX-License-Identifier: MIT
"""Classes: attributes, inheritance, super, special methods, slots, properties, class changes."""
from _check import raises


class Base:
    """The docstring."""
    kind = "base"
    count: int = 0

    def __init__(self, x, *rest, y=2, **more):
        self.x, self.rest, self.y, self.more = x, rest, y, more

    def method(self):
        return "base", self.x

    @classmethod
    def make(cls, x):
        return cls(x)

    @staticmethod
    def plain(x):
        return x * 2

    @property
    def double(self):
        "twice x"
        return self.x * 2

    @double.setter
    def double(self, value):
        self.x = value // 2

    @double.deleter
    def double(self):
        del self.x


class Derived(Base):
    kind = "derived"

    def method(self):
        return "derived", *super().method()


b, d = Base(1), Derived(5, 6, y=7, z=8)
assert b.method() == ("base", 1) and d.method() == ("derived", "base", 5) and Base.method(d) == ("base", 5)
assert d.rest == (6,) and d.y == 7 and d.more == {"z": 8} and type(Derived.make(3)) is Derived
assert b.plain(4) == 8 and Base.plain(4) == 8 and b.double == 2 and Base.double.__doc__ == "twice x"
b.double = 10
assert b.x == 5
del b.double
assert not hasattr(b, "x")
raises(AttributeError, lambda: b.x, text="'Base' object has no attribute 'x'")
raises(AttributeError, lambda: Base.nope, text="type object 'Base' has no attribute 'nope'")
assert Base.__doc__ == "The docstring." and Base.__name__ == "Base" and Base.__module__ == "__main__"
assert Base.__annotations__ == {"count": int} and Derived.__bases__ == (Base,) and Derived.__mro__[-1] is object
assert isinstance(d, Base) and issubclass(Derived, Base) and not isinstance(b, Derived) and type(d) is Derived
assert d.kind == "derived" and Base.kind == "base"
Base.kind = "changed"
assert b.kind == "changed" and d.kind == "derived"
b.kind = "own"
assert b.kind == "own" and b.__dict__["kind"] == "own" and vars(b)["kind"] == "own"
del b.kind
assert b.kind == "changed"
Base.added = lambda self: "added"
assert d.added() == "added"
d.added = lambda: "instance"
assert d.added() == "instance"
setattr(d, "attr", 1)
assert getattr(d, "attr") == 1 and getattr(d, "no", 9) == 9 and delattr(d, "attr") is None
d.__dict__["direct"] = 5
assert d.direct == 5 and "direct" in dir(d) and list(d.__dict__)[:3] == ["x", "rest", "y"]
raises(TypeError, lambda: Base(), text="Base.__init__() missing 1 required positional argument: 'x'")
raises(TypeError, lambda: Base.method(), text="Base.method() missing 1 required positional argument: 'self'")
raises(TypeError, lambda: b.method(1), text="Base.method() takes 1 positional argument but 2 were given")


class A:
    def who(self):
        return ["A"]


class B(A):
    def who(self):
        return ["B"] + super().who()


class C(A):
    def who(self):
        return ["C"] + super().who()


class D(B, C):
    def who(self):
        return ["D"] + super().who()


assert D().who() == ["D", "B", "C", "A"] and [k.__name__ for k in D.__mro__] == ["D", "B", "C", "A", "object"]
raises(TypeError, lambda: type("X", (A, D), {}))
assert super(B, D()).who() == ["C", "A"] and A.__subclasses__() == [B, C]


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


s = Slotted()
assert s.a == 1 and not hasattr(s, "__dict__")
raises(AttributeError, lambda: s.b)
raises(AttributeError, setattr, s, "c", 1, text="'Slotted' object has no attribute 'c'")
s.b = 2
del s.b
raises(AttributeError, delattr, s, "b")


class Number:
    def __init__(self, v): self.v = v
    def __add__(self, o): return ("add", self.v, o)
    def __radd__(self, o): return ("radd", o, self.v)
    def __iadd__(self, o): self.v += o; return self
    def __neg__(self): return -self.v
    def __eq__(self, o): return self.v == getattr(o, "v", o)
    def __lt__(self, o): return self.v < o.v
    def __hash__(self): return hash(self.v)
    def __bool__(self): return self.v != 0
    def __len__(self): return 3
    def __getitem__(self, k): return ("item", k)
    def __setitem__(self, k, v): self.set = (k, v)
    def __delitem__(self, k): self.deleted = k
    def __contains__(self, k): return k == self.v
    def __call__(self, *a, **k): return (a, k)
    def __repr__(self): return f"N{self.v}"
    def __iter__(self): return iter([self.v])
    def __matmul__(self, o): return "matmul"
    def __index__(self): return self.v
    def __round__(self, n=None): return ("round", n)
    def __enter__(self): return "entered"
    def __exit__(self, *a): return True
    def __getattr__(self, name):
        if name.startswith("magic_"):
            return name[6:]
        raise AttributeError(name)


n = Number(5)
assert n + 1 == ("add", 5, 1) and 1 + n == ("radd", 1, 5) and -n == -5 and n == 5 and n == Number(5) and n != 6
n += 2
assert n.v == 7 and Number(1) < n and n > Number(1) and bool(Number(0)) is False and len(n) == 3
assert n["k"] == ("item", "k") and 7 in n and 8 not in n and n(1, a=2) == ((1,), {"a": 2}) and list(n) == [7]
n["a"] = 1
del n["b"]
assert n.set == ("a", 1) and n.deleted == "b" and n @ 1 == "matmul" and [0] * 8 == [0] * 8 and range(8)[n] == 7
assert repr([n]) == "[N7]" and str(n) == "N7" and f"{n}" == "N7" and round(n, 2) == ("round", 2) and n.magic_abc == "abc"
with n as entered:
    assert entered == "entered"
    raise ValueError("swallowed")
raises(AttributeError, lambda: n.other, text="other")


class Guard:
    def __getattribute__(self, name):
        return "got " + name

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)


g = Guard()
g.x = 2
assert g.x == "got x" and object.__getattribute__(g, "x") == 4


class P1:
    def f(self): return 1


class P2:
    def f(self): return 2


p = P1()
assert p.f() == 1
p.__class__ = P2
assert p.f() == 2 and type(p) is P2
raises(TypeError, setattr, p, "__class__", int)


class Counted:
    made = 0

    def __new__(cls, *args):
        cls.made += 1
        return super().__new__(cls)

    def __init_subclass__(cls, /, tag=None, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.tag = tag

    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{item}]"


class Tagged(Counted, tag="t"):
    pass


Counted(), Counted(1)
assert Counted.made == 2 and Tagged.tag == "t" and Counted["x"] == "Counted[x]"


class Unorderable:
    def __lt__(self, other):
        return NotImplemented


raises(TypeError, lambda: Unorderable() < 1)
assert (Unorderable() == 1) is False


class Private:
    def __init__(self):
        self.__hidden = 1

    def read(self):
        return self.__hidden


assert Private().read() == 1 and Private()._Private__hidden == 1 and not hasattr(Private(), "__hidden")
for i in range(60):            # more attributes than any shape wants
    setattr(b, f"attr{i}", i)
assert sum(getattr(b, f"attr{i}") for i in range(60)) == 1770
for i in range(0, 60, 2):
    delattr(b, f"attr{i}")
assert not hasattr(b, "attr0") and b.attr1 == 1


def local():
    class Inner:
        def outer_class(self):
            return __class__
    return Inner


Inner = local()
assert Inner().outer_class() is Inner and Inner.__qualname__ == "local.<locals>.Inner"
assert repr(Inner) == "<class '__main__.local.<locals>.Inner'>" and object.__repr__(b).startswith("<__main__.Base object at 0x")
bound = d.method
assert bound() == d.method() and bound.__self__ is d and bound.__func__ is Derived.method and d.method == d.method
Dynamic = type("Dynamic", (Base,), {"extra": 1, "method": lambda self: "dyn"})
assert Dynamic(1).extra == 1 and Dynamic(1).method() == "dyn" and Dynamic.__name__ == "Dynamic"


def constructor_forms():
    """Defaults, keywords and *args in __init__, and what a failed one leaves in its frame."""
    class General:
        def __init__(self, a, b=2, *c, d=4, **k):
            self.v = a, b, c, d, k

    assert General(1).v == (1, 2, (), 4, {})
    assert General(1, 3, 5, d=6, e=7).v == (1, 3, (5,), 6, {"e": 7})
    assert General(a=9).v == (9, 2, (), 4, {})
    for call, text in ((lambda: General(), "constructor_forms.<locals>.General.__init__() missing 1 required positional argument: 'a'"),
                       (lambda: General(1, a=2), "constructor_forms.<locals>.General.__init__() got multiple values for argument 'a'")):
        try:
            call()
        except TypeError as error:
            assert str(error) == text, error
        else:
            assert False

    class Cell:
        def __init__(self, x=1):
            self.me = lambda: self

    cell = Cell(x=2)
    assert cell.me() is cell

    class Packed:
        def __init__(*args, **kw):
            args[0].n = len(args), kw

    assert Packed(1, k=2).n == (2, {"k": 2})

    class Rebinds:
        def __init__(self, x=0):
            self = x

    assert type(Rebinds()) is Rebinds

    class Fails:
        def __init__(self, x=0):
            self.x = x
            raise ValueError(x)

    class FailsSimply:
        def __init__(self, x):
            self.x = x
            raise ValueError(x)

    for call in (lambda: Fails(x=3), lambda: FailsSimply(3)):
        try:
            call()
        except ValueError as error:
            frame = error.__traceback__.tb_next.tb_next.tb_frame
            junk = [Cell() for _ in range(100)]
            assert frame.f_locals["self"].x == 3
            assert len(junk) == 100

    class Answers:
        def __init__(self, x=1):
            return x

    try:
        Answers()
    except TypeError as error:
        assert str(error) == "__init__() should return None, not 'int'"
    else:
        assert False


constructor_forms()


def attributes_that_go_and_come():
    """Deleting the last attribute takes an instance back to what it was before; its order of attributes is that of a dict."""
    class Cell:
        fallback = "of the class"

    def cycle(o, times):
        for i in range(times):
            o.first = i
            o.fallback = -i
            assert o.first == i and o.fallback == -i
            del o.fallback
            assert o.fallback == "of the class"
            del o.first
            assert not hasattr(o, "first")

    o = Cell()
    cycle(o, 50)
    o.kept = 1
    cycle(o, 50)
    assert vars(o) == {"kept": 1}
    cycle(o, 5)
    assert vars(o) == {"kept": 1}

    o = Cell()
    for name in "abcdefgh":
        setattr(o, name, name)
    for name in "bdh":
        delattr(o, name)
    delattr(o, "g")
    o.d = o.x = 5
    assert "".join(vars(o)) == "acefdx"

    o = Cell()
    o.a, o.b, o.c = 1, 2, 3
    del o.a, o.b, o.c
    o.c, o.a = 4, 5
    assert list(vars(o).items()) == [("c", 4), ("a", 5)]
    other = Cell()
    other.c = 1
    del other.c
    other.b = 2
    try:
        other.c
    except AttributeError:
        pass
    else:
        assert False
    assert other.b == 2


attributes_that_go_and_come()


def classes_that_are_claimed():
    """isinstance asks for __class__ where the type says no and the attribute is not object's."""
    class Claims:
        __class__ = int

    class Property:
        @property
        def __class__(self):
            return str

    class Raises:
        @property
        def __class__(self):
            raise AttributeError

    class Odd:
        __class__ = 5

    class Hook:
        def __getattribute__(self, name):
            return list if name == "__class__" else object.__getattribute__(self, name)

    class Late:
        pass

    class Same:
        __class__ = object.__dict__["__class__"]

    assert isinstance(Claims(), int) and not isinstance(Claims(), str) and isinstance(Claims(), Claims)
    assert isinstance(Property(), str) and isinstance(Property(), Property) and not isinstance(Property(), int)
    assert isinstance(Hook(), list) and isinstance(Hook(), Hook) and not isinstance(Hook(), tuple)
    for o in Raises(), Odd(), Late(), Same(), 5, None, Late, "x":
        assert not isinstance(o, (list, dict)) and not isinstance(o, list) and isinstance(o, object)
    for _ in range(3):
        assert not isinstance(Late(), int)


classes_that_are_claimed()
