# SPDX-License-Identifier: MIT
"""f(*args, **kwargs) of everything that can be called: the evaluator has ways of its own for functions, methods and classes."""


def raises(kind, f, text=None):
    try:
        f()
    except kind as error:
        assert text is None or str(error) == text, str(error)
    else:
        raise AssertionError("no " + kind.__name__)


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
raises(TypeError, lambda: Wrong(*args), "__init__() should return None, not 'tuple'")
raises(TypeError, lambda: Lazy(*args), "__init__() should return None, not 'generator'")
raises(TypeError, lambda: bound(), "Base.method() missing 1 required positional argument: 'a'")
raises(TypeError, lambda: bound(*(1, 2, 3)), "Base.method() takes from 2 to 3 positional arguments but 4 were given")
raises(TypeError, lambda: bound(*args, **{"a": 1}), "Base.method() got multiple values for argument 'a'")
raises(TypeError, lambda: bound(*args, **{1: 1}), "keywords must be strings")
raises(TypeError, lambda: plain(*args, **{1: 1}), "keywords must be strings")
raises(TypeError, lambda: plain(*1), "__main__.plain() argument after * must be an iterable, not int")
raises(TypeError, lambda: Base(*args, **1), "__main__.Base() argument after ** must be a mapping, not int")
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
