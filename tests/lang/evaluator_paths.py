# SPDX-License-Identifier: MIT
"""The evaluator's short ways: each must do what the long way does, also when an assumption of its caches fails."""
import sys

# slices without slice objects, with constant and computed bounds, on builtin types and others
l, s, t = list(range(10)), "abcdefghij", tuple(range(10))
for lo in (None, 0, 3, -3, 20, -20):
    for hi in (None, 0, 5, -1, 20, -20):
        assert s[lo:hi] == "".join(s[i] for i in range(10)[lo:hi])
        assert l[lo:hi] == [l[i] for i in range(10)[lo:hi]] and t[lo:hi] == tuple(l[lo:hi])
        for step in (1, 2, -1, -3):
            assert l[lo:hi:step] == list(range(10)[lo:hi:step]) == list(t[lo:hi:step])
        copy = l[:]
        copy[lo:hi] = "xy"
        i, j, _ = slice(lo, hi).indices(10)
        assert copy == l[:i] + ["x", "y"] + l[max(i, j):]


class Keys:
    def __getitem__(self, key):
        return key

    def __setitem__(self, key, value):
        self.last = key, value


k = Keys()
assert (k[1:2], k[:], k[::3], k[5], k[-1]) == (slice(1, 2), slice(None), slice(None, None, 3), 5, -1)
k[1:"x"] = 4
assert k.last == (slice(1, "x"), 4)
for bad in ("l['a':]", "l[::0]", "l[10]", "l[-11]", "t[10]", "{}[1]"):
    try:
        eval(bad)
    except (TypeError, ValueError, IndexError, KeyError):
        pass
    else:
        raise AssertionError(bad)
assert {1: 2, -1: 3}[-1] == 3


# complex arithmetic in place of temporaries only
def orbit(z, c):
    keep, seen = z, []
    for _ in range(4):
        z = z * z + c
        seen.append(z)
        z += c
        z -= c
    return keep, seen


keep, seen = orbit(1 + 2j, 0.5j)
assert keep == 1 + 2j and len(set(map(id, seen))) == 4 and seen[0] == -3 + 4.5j
a = b = 1 + 1j
a += b
assert (a, b) == (2 + 2j, 1 + 1j)

# numbers: mixed operands, exact quotients, comparisons with small constants
assert (7 / 2, -7 / 2, 0 / 5, 2 * 1.5, 1.5 - 1, 0.0 * 3, 3 + 0.0) == (3.5, -3.5, 0.0, 3.0, 0.5, 0.0, 3.0)
assert (2 ** 53 + 1) / 3 == 3002399751580331.0 and str(-1 * 0.0) == "-0.0"
for x, sign in ((0.0, 0), (-0.0, 0), (1e-300, 1), (-2.5, -1), (float("nan"), None)):
    got = 1 if x > 0 else -1 if x < 0 else 0 if x == 0 else None
    assert got == sign
for zero in (0, 0.0, -0.0):
    try:
        1.0 / zero
    except ZeroDivisionError:
        pass
    else:
        raise AssertionError(zero)


# calls: defaults, keywords, *args, **kw, keyword-only, generators that outlive the caller's locals
def f(a, b=2, *args, c=3, d, **kw):
    return a, b, args, c, d, kw


assert f(1, d=4) == (1, 2, (), 3, 4, {})
assert f(1, 5, 6, 7, d=4, c=0, z=1) == (1, 5, (6, 7), 0, 4, {"z": 1})
assert f(d=1, a=2) == (2, 2, (), 3, 1, {})
for call, message in ((lambda: f(1), "keyword-only"), (lambda: f(d=1), "positional argument"), (lambda: f(1, a=2, d=1), "multiple")):
    try:
        call()
    except TypeError as e:
        assert message in str(e)
    else:
        raise AssertionError(message)


def numbers(items, extra=()):
    yield from items
    yield from extra


def make():
    local = [1, 2]
    return numbers(local), numbers(local, extra=[3])


g, h = make()
assert list(g) == [1, 2] and list(h) == [1, 2, 3]


class A:
    count = 0

    def __init__(self, x, y=1):
        self.x, self.y = x, y

    @property
    def total(self):
        return self.x + self.y

    @property
    def broken(self):
        raise AttributeError("broken inside")

    def method(self, n=0):
        return self.x + n

    @classmethod
    def make(cls, x):
        return cls(x)


class B(A):
    def method(self, n=0):
        return super().method(n) * 10

    @classmethod
    def make(cls, x):
        return super().make(x + 1)

    @property
    def total(self):
        return super().total + 100


class Slots:
    __slots__ = "p", "q"


for round in range(4):
    objs = [A(1), B(2, y=5), A(x=3)]
    assert [o.total for o in objs] == [2, 107, 4] and [o.method(1) for o in objs] == [2, 30, 4]
    assert [o.__class__ for o in objs] == [A, B, A] and [o.count for o in objs] == [A.count] * 3
    assert type(B.make(1)) is B and B.make(1).x == 2
    A.count += 1
    z = Slots()
    for value in (1, "a", None):
        z.p = value
        assert z.p is value
    try:
        z.q
    except AttributeError:
        pass
    else:
        raise AssertionError
    try:
        objs[0].broken
    except AttributeError as e:
        assert str(e) == "broken inside"
A.total = property(lambda self: -1)
assert [o.total for o in (A(1), B(2))] == [-1, 99]


class Liar:
    @property
    def __class__(self):
        return int


assert [o.__class__ for o in (A(1), Liar(), A(2))] == [A, int, A]


# caches of globals: the same code over many short-lived dicts
code = compile("a = 1\nb = a\nc = b\nn = len\n", "x", "exec")
keep = []
for i in range(500):
    space = {}
    exec(code, space)
    assert space["b"] == space["c"] == 1 and space["n"] is len
    if i % 5 == 0:
        keep.append({j: str(j) for j in range(i % 13)})
sys.marker = 1
for i in range(3):
    assert sys.marker == i + 1
    sys.marker = i + 2
del sys.marker
assert not hasattr(sys, "marker")

# unpacking from words and from iterators
for source in ([1, 2, 3], (1, 2, 3), iter([1, 2, 3]), "123"):
    p, *q = source
    assert len(q) == 2 and p in (1, "1")
a, b, c, d, e = [1, 2, 3, 4, 5]
*a, b = a, b
assert (a, b, e) == ([1], 2, 5)
for bad in ("a, b = [1]", "a, b = 1, 2, 3", "a, *b, c = (1,)", "a, *b, c = []"):
    try:
        exec(bad)
    except ValueError:
        pass
    else:
        raise AssertionError(bad)


def native_callees():
    """Builtins, native methods and classes by the loop's short ways."""
    class Borrower:
        add = list.append
        up = str.upper

    class Named(str):
        up = str.upper

    for _ in range(3):
        for name in "add", "up":
            try:
                getattr(Borrower(), name)(1) if name == "add" else Borrower().up()
            except TypeError as e:
                print(str(e).split(" object")[0])
            else:
                print("no error")
        print(Named("x").up(), len(Named("abc")))

    class Meta(type):
        pass

    class Made(metaclass=Meta):
        def __init__(self, a, b=2):
            self.a, self.b = a, b

    class Plain(metaclass=Meta):
        pass

    class Loud(type):
        def __call__(cls, *args):
            return "called", args

    class Called(metaclass=Loud):
        def __init__(self):
            raise AssertionError

    for _ in range(3):
        print(Made(1).b, Made(1, 5).b, type(Plain()) is Plain, Called(), Called(1, 2), type(Made) is Meta)

    class Int(int):
        pass

    class Index:
        def __int__(self):
            return 3

        def __float__(self):
            return 2.5

        def __bool__(self):
            raise ValueError("truth")

        def __str__(self):
            return "text"

        def __iter__(self):
            return iter((1, 2, 1))

    i = Index()
    for _ in range(3):
        print(int(i), float(i), str(i), tuple(i), list(i), sorted(set(i)), frozenset(i) == {1, 2}, type(i) is Index)
        print(type(Int(3)) is Int, type(int(Int(3))) is int, int("12"), float("1.5"), bool([]), bool("a"))
        for make, arg in ((bool, i), (int, "x"), (float, "x"), (tuple, 1), (list, 1), (set, 1), (int, None), (set, [[]])):
            try:
                make(arg)
            except Exception as e:
                print(type(e).__name__, e)
    try:
        len(1, 2)
    except TypeError as e:
        print(e)
    try:
        [].append()
    except TypeError as e:
        print(e)


native_callees()


def pair_loops():
    """Loops that unpack pairs; attributes of classes and modules."""
    import math
    d = {"a": 1, "b": [2], "c": (3,)}
    for _ in range(3):
        print([(k, v) for k, v in d.items()], {v: k for k, v in enumerate("xyz", 5)}, [a + b for a, b in zip("ab", "cd")])
        print([(i, a, b) for i, (a, b) in enumerate(zip([1, 2, 3], "ab"))], [v for v in d.values()], [k for k in d])
        print([(a, b) for a, b in zip([1], [2], strict=True)], [x for x in enumerate([])], [y for y in zip()])
        for bad in (lambda: [0 for a, b in zip([1], [1, 2], strict=True)], lambda: [0 for a, b in zip([1], [2], [3])],
                    lambda: [d.pop(k) for k, v in list(d.items()) and d.items() if k == "q"],
                    lambda: [0 for a, b in enumerate(1)], lambda: [0 for a, b in zip(iter([1, 2]), map(int, "1x"))]):
            try:
                print(bad())
            except Exception as e:
                print(type(e).__name__, e)
        grown = {1: 1}
        try:
            for k, v in grown.items():
                grown[k + 1] = 2
        except RuntimeError as e:
            print(e)
        holes = {i: str(i) for i in range(8)}
        for i in 0, 3, 7:
            del holes[i]
        print([k for k in holes], [v for v in holes.values()], [(k, v) for k, v in holes.items()])
        big = [n for n, _ in enumerate("ab", 2 ** 62 - 1)]
        print(big, math.sqrt(4.0), math.pi > 3, math.floor(2.5))
    saved = math.sqrt
    math.sqrt = lambda x: "patched"
    try:
        print([math.sqrt(9.0) for _ in range(2)])
    finally:
        math.sqrt = saved

    class Base:
        made = 0

        @classmethod
        def make(cls, v=1):
            cls.made += 1
            return cls.__name__, v, cls.made

        @staticmethod
        def plain(v):
            return v

        @classmethod
        def __class_getitem__(cls, item):
            return cls.__name__, item

    class Child(Base):
        pass

    for _ in range(3):
        for c in (Base, Child):
            print(c.make(), c.make(2), c().make(v=3), c.plain(4), c().plain(5), c.__name__, c.__qualname__[-5:], c[1])
            make = c.make
            print(make(7))
    Base.make = classmethod(lambda cls: "new " + cls.__name__)
    print(Base.make(), Child.make(), Child().make())
    Child.__name__ = "Renamed"
    print([c.__name__ for c in (Base, Child, int, Base)])


pair_loops()


def number_paths():
    """Powers, remainders, floored quotients and extremes by the short ways and beside them."""
    ints = (0, 1, -1, 2, -3, 7, 2 ** 31, -2 ** 31, 2 ** 61, 2 ** 62, -2 ** 62, 3 ** 50)
    for a in ints:
        print([a ** e for e in (0, 1, 2, 3, 5, 61, 62, 63)])
        for e in (-1, -2):
            try:
                print(a ** e)
            except ZeroDivisionError as x:
                print(x)
    floats = (0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 7.25, 1e-300, 1e300, -1e300, 1e70, 3, -3, float("inf"), float("nan"))
    for a in floats:
        for b in floats:
            row = []
            for f in (lambda a, b: a % b, lambda a, b: a // b, lambda a, b: a ** b, lambda a, b: divmod(a, b), min, max):
                try:
                    row.append(f(a, b))
                except (ZeroDivisionError, OverflowError) as x:
                    row.append(str(x))
            print(a, b, row)
    x = 7.5
    x %= 2
    x **= 2
    x //= 0.7
    print(x, min(3, 1, 2), max(3, 1, 2.5), min("b", "a"), max([1], [2], [0]), min(True, 0), max(1, 1.0), min(2 ** 70, 1, -2 ** 70))
    for bad in (lambda: min(1, "a"), lambda: max(), lambda: min(1), lambda: max(1, 2, default=3), lambda: min([], default=9),
                lambda: max(1, -5, key=abs), lambda: sorted([3, 1], reverse=True)):
        try:
            print(bad())
        except TypeError as x:
            print(x)


number_paths()

# loops without an iterator: strings of narrow characters, ranges from behind, also where others look on
for text in ("", "a", "abc" * 9, "\xe9\xff\x80", "\u20ac\U0001f600x", "a\u0100"):
    seen, twice = [], []
    for c in text:
        seen.append(c)
        for d in text:
            twice.append(c + d)
    assert seen == list(text) and twice == [c + d for c in text for d in iter(text)]
    grown = text
    for c in grown:
        grown += c
    assert grown == text + text


class Text(str):
    def __iter__(self):
        return iter((1, 2))


assert [c for c in Text("abc")] == [1, 2] and sum(1 for c in str.__iter__(Text("abc"))) == 3
total = 0
for c in Text("abc"):
    total += c
assert total == 3
for args in ((0,), (5,), (-3,), (2, 9, 3), (9, 2, -2), (-2**70, -2**70 + 3), (2**62 - 2, 2**62 + 1), (-2**62, 2**62, 2**61), (2**60, 2**60 + 2)):
    backwards, forwards = [], []
    for i in reversed(range(*args)):
        backwards.append(i)
    for i in iter(range(*args)):
        forwards.append(i)
    assert forwards == list(range(*args)) and backwards == forwards[::-1], args
kept = iter(range(5))
for i in kept:
    if i == 1:
        break
assert list(kept) == [2, 3, 4]
for i in kept:
    raise AssertionError("exhausted")
half = iter(range(10, 0, -3))
next(half)
for i in (lambda: half)():
    break
assert list(half) == [4, 1]


def from_middle():
    source = reversed(range(6))
    next(source)
    return source


seen = []
for i in from_middle():
    seen.append(i)
assert seen == [4, 3, 2, 1, 0]


def letters(text):
    for c in text:
        yield c


def traced(text):
    out = []
    for c in text:
        out.append(c)
    for i in reversed(range(2)):
        out.append(i)
    return out


assert "".join(letters("xyz")) == "xyz"
lines = []
sys.settrace(lambda frame, event, arg: lambda f, e, a: lines.append(e))
try:
    assert traced("ab") == ["a", "b", 1, 0]
finally:
    sys.settrace(None)
assert lines.count("line") == 12, lines
