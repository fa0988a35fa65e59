# SPDX-License-Identifier: MIT
"""Calls of everything that can be called, with and without stars: the evaluator has ways of its own for functions, methods and classes."""

from _check import raises


def plain(a, b=2, *rest, c=3, **more):
    return a, b, rest, c, more


class Base:
    made = 0

    def __init__(self, *args, **kwargs):
        Base.made += 1
        self.args, self.kwargs = args, kwargs

    def method(self, a, b=2, *, c=3):
        return self, a, b, c

    def gather(self, *args, **kwargs):
        return args, kwargs

    @classmethod
    def of_class(cls, *args, **kwargs):
        return cls, args, kwargs

    @staticmethod
    def of_none(*args, **kwargs):
        return args, kwargs

    def numbers(self, *args):
        yield from args

    async def later(self, *args):
        return args


class Derived(Base):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


class Wrong(Base):
    def __init__(self, *args):
        return args


class Lazy(Base):
    def __init__(self, *args):
        yield 1


class Own(Base):
    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        self.new = args
        return self


class Iterable:
    def __iter__(self):
        return iter((1, 2))


class Mapping:
    def keys(self):
        return ["c"]

    def __getitem__(self, key):
        return key * 2


args, listed, kwargs = (1, 2), [1, 2], {"c": 9}
for given in (args, listed, Iterable(), iter(args), {1: 0, 2: 0}):
    given = list(given) if given is not listed and not isinstance(given, tuple) else given
    assert plain(*given) == (1, 2, (), 3, {})
    assert plain(*given, **kwargs) == (1, 2, (), 9, {})
    assert plain(*given, 5, **{"z": 1}) == (1, 2, (5,), 3, {"z": 1})
assert plain(*Iterable(), **Mapping()) == (1, 2, (), "cc", {})
assert listed == [1, 2]

base = Base()
bound = base.method
assert base.method(*args) == (base, 1, 2, 3) and bound(*listed, **kwargs) == (base, 1, 2, 9)
assert bound(1, b=4) == (base, 1, 4, 3) and bound(a=1, c=0) == (base, 1, 2, 0)
assert base.gather(*args, **kwargs) == (args, kwargs) and base.gather(*[]) == ((), {})
assert Base.of_class(*args, **kwargs) == (Base, args, kwargs) == base.of_class(*listed, **kwargs)
assert base.of_none(*args, **kwargs) == (args, kwargs)
assert list(base.numbers(*args)) == [1, 2]
try:
    base.later(*listed).send(None)
except StopIteration as stop:
    assert stop.value == args
got = base.gather(**kwargs)[1]
assert got == kwargs and got is not kwargs
many = tuple(range(300))
assert base.gather(*many) == (many, {}) and Derived(*many).args == many
names = {"n%d" % i: i for i in range(40)}
assert base.gather(*args, **names) == (args, names) and Derived(**names).kwargs == names

for cls in (Base, Derived, Own):
    before = Base.made
    one, two = cls(*args, **kwargs), cls(*listed)
    assert type(one) is cls and (one.args, one.kwargs) == (args, kwargs) and (two.args, two.kwargs) == (args, {})
    assert Base.made == before + 2
assert Own(*args).new == args
raises(TypeError, lambda: Wrong(*args), text="__init__() should return None, not 'tuple'")
raises(TypeError, lambda: Lazy(*args), text="__init__() should return None, not 'generator'")
raises(TypeError, lambda: bound(), text="Base.method() missing 1 required positional argument: 'a'")
raises(TypeError, lambda: bound(*(1, 2, 3)), text="Base.method() takes from 2 to 3 positional arguments but 4 were given")
raises(TypeError, lambda: bound(*args, **{"a": 1}), text="Base.method() got multiple values for argument 'a'")
raises(TypeError, lambda: bound(*args, **{1: 1}), text="keywords must be strings")
raises(TypeError, lambda: plain(*args, **{1: 1}), text="keywords must be strings")
raises(TypeError, lambda: plain(*1), text="__main__.plain() argument after * must be an iterable, not int")
raises(TypeError, lambda: Base(*args, **1), text="__main__.Base() argument after ** must be a mapping, not int")
assert type(*args[:1]) is int and type(*("X", (), {})).__name__ == "X" and int(*["7"]) == 7 and max(*args) == 2


class Meta(type):
    def __call__(cls, *args, **kwargs):
        return "called", args, kwargs


class Made(metaclass=Meta):
    def __init__(self, *args):
        raise AssertionError("not to be called")


assert Made(*args, **kwargs) == ("called", args, kwargs)


def deep(n, *rest):
    return deep(*[n + 1, *rest])


raises(RecursionError, lambda: deep(0, 1))


class Deep:
    def __init__(self, *args, **kwargs):
        Deep(*args, **kwargs)


raises(RecursionError, lambda: Deep(1, x=2))

# The same without stars, from every place that a callee may come from; __new__ that makes what it likes.


class Number(int):
    def __init__(self, value, more=None):
        self.more = more

    def __new__(cls, value, more=None):
        return super().__new__(cls, value + 1)


class Error(Exception):
    def __init__(self, text, *, code=1):
        super().__init__(text)
        self.code = code


class Table(dict):
    def __init__(self, one, two=2):
        dict.__init__(self, one=one)
        self.two = two


class Elsewhere:
    def __new__(cls, kind, n=0):
        return {"same": lambda: super(Elsewhere, cls).__new__(cls), "none": lambda: None,
                "sub": lambda: object.__new__(Below), "list": lambda: [kind, n]}[kind]()

    def __init__(self, kind, n=0):
        self.seen = kind, n


class Below(Elsewhere):
    def __init__(self, kind, n=0):
        self.below = kind, n


class Changing:
    def __new__(cls, n):
        def init(self, n):
            self.n = n * 2
        cls.__init__ = init
        return object.__new__(cls)

    def __init__(self, n):
        self.n = n


class Failing:
    def __new__(cls, n):
        raise KeyError(n)

    def __init__(self, n):
        raise AssertionError


class MetaInit(type):
    def __init__(cls, name, bases, namespace, **more):
        super().__init__(name, bases, namespace)
        cls.more = more


class Callable:
    def __call__(self, a, b=2, *, c=3):
        return a, b, c


class Holder:
    pass


def forms(cls, *args):
    """cls(a) and cls(a, keyword) by each form of call."""
    h, listed = Holder(), [cls]
    h.cls = cls
    Holder.of_class = staticmethod(cls)
    key = {Number: "more", Table: "two", Elsewhere: "n", Below: "n", Callable: "b"}.get(cls)
    for _ in range(3):
        yield cls(*args)
        yield h.cls(*args)
        yield h.of_class(*args)
        yield listed[0](*args)
        if len(args) == 1:
            yield cls(args[0])
            yield h.cls(args[0])
            yield h.of_class(args[0])
            yield listed[0](args[0])
            yield (h and cls)(args[0])
    if key and len(args) == 1:
        for made in (cls(args[0], **{key: 5}), h.cls(args[0], **{key: 5})):
            yield made


for _ in range(2):
    assert all(type(n) is Number and n == 8 and n.more in (None, 5) for n in forms(Number, 7))
    assert all(type(e) is Error and e.args == ("x",) and e.code == 1 for e in forms(Error, "x"))
    assert all(type(t) is Table and t == {"one": 1} and t.two in (2, 5) for t in forms(Table, 1))
    assert all(type(e) is Elsewhere and e.seen in (("same", 0), ("same", 5)) for e in forms(Elsewhere, "same"))
    assert all(type(e) is Below and e.below in (("sub", 0), ("sub", 5)) for e in forms(Elsewhere, "sub"))
    assert all(e is None for e in forms(Elsewhere, "none"))
    assert all(e[0] == "list" for e in forms(Elsewhere, "list"))
    assert all(type(e) is list for e in forms(Below, "list"))
    for form in (lambda: Failing(3), lambda: Failing(*[3]), lambda: Failing(n=3)):
        raises(KeyError, form)
assert Changing(3).n == 6 and Changing(n=3).n == 6
Made = MetaInit("Made", (), {"x": 1})
assert Made.more == {} and Made.x == 1 and Made().__class__ is Made
assert MetaInit("Made", (Made,), {}).__mro__[1] is Made
holder = Holder()
holder.call, holder.bound = Callable(), base.method
for _ in range(3):
    assert holder.call(1) == (1, 2, 3) and holder.call(1, c=0) == (1, 2, 0) and holder.call(*[1, 5]) == (1, 5, 3)
    assert holder.bound(1) == (base, 1, 2, 3) and holder.bound(1, c=0) == (base, 1, 2, 0)
    raises(TypeError, lambda: holder.call(), text="Callable.__call__() missing 1 required positional argument: 'a'")
    raises(TypeError, lambda: Error(), text="Error.__init__() missing 1 required positional argument: 'text'")
