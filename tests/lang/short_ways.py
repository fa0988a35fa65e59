# SPDX-License-Identifier: MIT
"""Look-ups and checks that have a short way: they say the same as the long one."""
import copy
import collections
import functools

# keys that are equal but not the same object, with hashes that collide at the first place
d = {"key%d" % i: i for i in range(20)}
assert [d.get("key" + str(i)) for i in range(22)] == [*range(20), None, None]
n = {i * 64: i for i in range(50)}
assert all(n[i * 64] == i for i in range(50)) and n.get(1) is None and n.get(-1) is None
n[-1] = "minus one"
n[-2] = "minus two"
assert n[-1] == "minus one" and n[-2] == "minus two" and n[-1.0] == "minus one" and n[2 ** 64 - 2 ** 64] == 0

# tuples as keys: items of all sorts
t = {(1, 2): "ints", ("a", "b"): "strs", (1.5, None): "others", ((1, 2), 3): "nested"}
assert t[1, 2] == "ints" and t[1.0, True + 1] == "ints" and t["ab"[0], "ab"[1]] == "strs"
assert t[3 / 2, None] == "others" and t[(1, 1 + 1), 3] == "nested" and (2, 1) not in t and (1, 2, 3) not in t
nan = float("nan")
assert {(nan,): 1}[nan,] == 1 and (float("nan"),) not in {(nan,): 1}


class Same:
    def __hash__(self):
        return 7

    def __eq__(self, other):
        asked.append(other)
        return True


asked = []
assert {(Same(),): "it"}[Same(),] == "it" and len(asked) == 1

# isinstance asks classes in turn, and those with a say of their own


class Meta(type):
    def __instancecheck__(cls, o):
        asked.append(cls)
        return False


class Asks(metaclass=Meta):
    pass


asked = []
assert isinstance(1, (str, int, Asks)) and not asked
assert isinstance(1, (Asks, int)) and asked == [Asks] and not isinstance("", (Asks, int))
try:
    isinstance("", (int, 5))
    assert False
except TypeError:
    pass
assert isinstance(1, (int, 5))


class Liar:
    __class__ = int


assert isinstance(Liar(), int) and isinstance(Liar(), (str, int)) and isinstance(Liar(), Liar)

# named tuples are unpacked as tuples unless they say otherwise
P = collections.namedtuple("P", "x y")
x, y = P(1, 2)
first, *rest = P(1, 2)
assert (x, y, first, rest) == (1, 2, 1, [2]) and P(3, 4).x == 3


class Backwards(P):
    def __iter__(self):
        return reversed(tuple(self[:]))


x, y = Backwards(1, 2)
assert (x, y) == (2, 1)
try:
    x, y, z = P(1, 2)
    assert False
except ValueError as e:
    assert str(e) == "not enough values to unpack (expected 3, got 2)"
try:
    x, = P(1, 2)
    assert False
except ValueError as e:
    assert str(e) == "too many values to unpack (expected 1)"

# conversions of an f-string leave the value as it was
s = "text" + str(5)
assert f"{s}{s!s}{s!r}{s:>6}" == "text5text5'text5' text5"


class Text(str):
    def __format__(self, spec):
        return "formatted"


assert f"{Text('a')}" == "formatted" and f"{Text('a')!s}" == "a"
for o, length in (([1], 1), ("ab", 2), ({1: 2}, 1), ((), 0), (b"abc", 3), (range(4), 4)):
    assert len(o) == length

# products of sequences with ints; in place they change lists only
assert "ab" * 3 == "ababab" and "ab" * -1 == "" and [0] * 3 == [0, 0, 0] and (1,) * 2 == (1, 1) and b"x" * 2 == b"xx"
items = also = [1]
items *= 3
assert also is items and also == [1, 1, 1] and items * 2 is not items


class Times(str):
    def __mul__(self, n):
        return "times"


assert Times("a") * 2 == "times" and "a" * True == "a"

# ints of two words
big = 2 ** 70 + 3
assert big + big == 2 ** 71 + 6 and big - big == 0 and big * 2 == 2 ** 71 + 6 and big & 7 == 3 and big // 2 ** 60 == 1024
assert divmod(big, -7)[0] * -7 + divmod(big, -7)[1] == big and -7 < divmod(big, -7)[1] <= 0
assert big < big + 1 and not big > big and big == big + 0 and big + 0.5 == float(big)
try:
    big @ big
    assert False
except TypeError as e:
    assert str(e) == "unsupported operand type(s) for @: 'int' and 'int'"

# attributes of a module that come, change and go while a site knows them
import types
module = types.ModuleType("module")


def read():
    return module.value


for value in (1, "two", [3]):
    module.value = value
    assert [read(), read(), read()] == [value] * 3
del module.value
try:
    read()
    assert False
except AttributeError as e:
    assert str(e) == "module 'module' has no attribute 'value'"
module.__dict__["value"] = 4
assert read() == 4
module.__dict__.clear()
module.__getattr__ = lambda name: "computed " + name
assert read() == "computed value"


# getattr of what is not there, and what a hook says
class Plain:
    pass


try:
    getattr(Plain(), "missing")
    assert False
except AttributeError as e:
    assert str(e) == "'Plain' object has no attribute 'missing'" and e.name == "missing" and type(e.obj) is Plain
assert getattr(Plain(), "missing", 5) == 5 and not hasattr(Plain(), "missing")


# methods of numbers at a site that sees other things too; calls whose arguments are computed after the look-up
class Mine(int):
    def bit_length(self):
        return "mine"


def bits(x):
    return x.bit_length()


class Long:
    def bit_length(self):
        return "long"


for _ in range(3):
    assert [bits(v) for v in (5, 2 ** 70, True, Mine(3), Long(), 0)] == [3, 71, 1, "mine", "long", 0]
try:
    bits("s")
    assert False
except AttributeError as e:
    assert str(e) == "'str' object has no attribute 'bit_length'"


def ratios(x, n):
    return x.as_integer_ratio(), x.is_integer(*()), x.__add__(n + 1), x.__round__(*[])


assert ratios(0.5, 1) == ((1, 2), False, 2.5, 0) and ratios(4, 1)[0] == (4, 1) if hasattr(int, "is_integer") else True


def computed(s, sep, parts):
    return sep.join([p.strip(" " + s) for p in parts]), parts.append(s + s), s.upper(*()), math.hypot(len(s), len(s + "a"))


import math
for _ in range(3):
    things = [" x ", "aay"]
    assert computed("a", "-", things) == ("x-y", None, "A", math.hypot(1, 2)) and things[-1] == "aa"
    try:
        computed("a", "-", [1])
        assert False
    except AttributeError as e:
        assert str(e) == "'int' object has no attribute 'strip'"


class Parts(list):
    def append(self, what):
        return "own"


def add(parts, n):
    return parts.append(n + 1)


assert [add(Parts(), 1), add([], 1), add(Parts(), 1)] == ["own", None, "own"]
saved, math.floor = math.floor, lambda x: "replaced"


def floor(x):
    return math.floor(x + 0.5), math.floor(x)


assert floor(1) == ("replaced", "replaced")
math.floor = saved
assert floor(1) == (1, 1) and floor(1.7) == (2, 1)

# operators of two objects of one native type
import decimal, datetime
D = decimal.Decimal
assert b"a" + b"b" == b"ab" and (1,) + (2,) == (1, 2) and [1] + [2] == [1, 2]
assert {1, 2} - {2} == {1} and {"a": 1} | {"b": 2} == {"a": 1, "b": 2}
assert datetime.timedelta(1) + datetime.timedelta(2) == datetime.timedelta(3)
assert D(3) * 2 == 6 and 2 - D("0.5") == D("1.5") and str(D("1.20") * -3) == "-3.60" and str(D(0) * -2) == "-0"
assert str(D(5) + 0) == "5" and str(D("5.00") - 5) == "0.00" and D(7) / 2 == D("3.5") and str(0 - D("0.0")) == "0.0"
for a, b, text in (((1,), [1], "can only concatenate tuple (not \"list\") to tuple"),
                   ([1], (1,), "can only concatenate list (not \"tuple\") to list"),
                   ({1}, [1], "unsupported operand type(s) for -: 'set' and 'list'"),
                   ([1], [1], "unsupported operand type(s) for -: 'list' and 'list'"),
                   (b"a", b"b", "unsupported operand type(s) for -: 'bytes' and 'bytes'"),
                   (D(1), 1.5, "unsupported operand type(s) for -: 'decimal.Decimal' and 'float'")):
    try:
        (a + b) if "concatenate" in text else (a - b)
        assert False
    except TypeError as e:
        assert str(e) == text, e
with decimal.localcontext() as context:
    context.prec = 3
    assert D("1.2345") + 0 == D("1.23") and 1000 * D(1) + 1 == D("1001").normalize(context) and D(2) / 3 == D("0.667")
    context.traps[decimal.Inexact] = True
    try:
        D("1.2345") + 0
        assert False
    except decimal.Inexact:
        pass

# tuples of which the last reference goes while their items live on, die with them, or come back
kept = [object(), "x" * 20]
for _ in range(3):
    pairs = [(v, [v], 1) for v in kept]
    del pairs
deep = ()
for _ in range(100_000):
    deep = (deep, 1)
del deep

# getattr, hasattr and setattr of what no class knows: remembered by shape and version of the class
class Plain:
    pass


class Other(Plain):
    pass


def look(o):
    return hasattr(o, "v"), getattr(o, "v", None), getattr(o, "missing", 3)


for make in (Plain, Other):
    one, two = make(), make()
    for _ in range(3):
        assert look(one) == (False, None, 3)
    one.v = 5
    for i in range(3):
        assert look(one) == (True, 5 + i, 3) and look(two) == (False, None, 3)
        setattr(one, "v", 6 + i)
    del one.v
    assert look(one) == (False, None, 3)
    setattr(one, "v", 1)
    assert look(one) == (True, 1, 3)
    Plain.v = property(lambda self: "class", lambda self, value: self.__dict__.update(set=value))
    assert look(one) == look(two) == (True, "class", 3)
    setattr(one, "v", 9)
    assert one.__dict__ == {"v": 1, "set": 9} and look(one) == (True, "class", 3)
    del Plain.v
    assert look(one) == (True, 1, 3) and look(two) == (False, None, 3)
    Plain.missing = 4
    assert look(one) == (True, 1, 4)
    del Plain.missing
    one.__class__ = Other
    assert look(one) == (True, 1, 3)

# keys that are equal but not the same str, in a table with collisions and removed entries
table = {f"key{i}": i for i in range(200)}
for i in range(0, 200, 3):
    del table["key" + str(i)]
for i in range(200):
    key = "".join(["k", "ey", str(i)])
    assert table.get(key) == (None if i % 3 == 0 else i) and (key in table) == (i % 3 != 0)
    assert table.setdefault(key, -1) == (-1 if i % 3 == 0 else i)
numbers = {i * 2**20: i for i in range(100)} | {-1: "a", -2: "b", 2**60: "c", 2**61: "d", 2**61 - 1: "e", -(2**60): "f"}
assert [numbers.get(i * 2**20) for i in range(100)] == list(range(100)) and numbers[-1] == "a" and numbers[-2] == "b"
assert (numbers[2**60], numbers[2**61], numbers.get(2**61 - 1), numbers[-(2**60)]) == ("c", "d", "e", "f")
assert numbers.get(True) is None and numbers.get(0.0) == "e" or numbers.get(0.0) == 0

# slices of a list that are set from itself or from another list
line = [1, 2, 3, 4]
line[1:2] = line
assert line == [1, 1, 2, 3, 4, 3, 4]
line[::2] = [9, 8, 7, 6]
line[2:5] = source = [5, source := 6]
assert line == [9, 1, 5, 6, 3, 6] and source == [5, 6], line
for n in (7, 8, 9, 16, 17, 100):
    mixed = [object() if i % 5 == 0 else i for i in range(n)]
    assert mixed[:] == mixed.copy() == list(mixed) == [*mixed] and mixed * 2 == mixed + mixed and list(tuple(mixed)) == mixed
    assert [0] * n == [0 for _ in range(n)] and list(range(-3, n)) == [i - 3 for i in range(n + 3)]
bag = set()
for i in range(1000):
    bag.add(str(i))
    if i % 3:
        bag.discard(str(i - 1))
assert len(bag) == len(list(bag)) == len(bag | set()) == len({*bag})

# an instance whose __dict__ was asked for is an ordinary one again when nobody keeps the dict
class Bunch:
    limit = 3

    def __init__(self, **names):
        self.__dict__.update(names)

    def total(self):
        return self.a + self.b

    @property
    def both(self):
        return self.a, self.b


def use(o, n=40):
    seen = 0
    for i in range(n):
        seen += o.a + o.total() + o.limit
        o.a += 1
    return seen


for rounds in range(3):
    o = Bunch(a=1, b=2)
    assert use(o) == sum((1 + i) * 2 + 2 + 3 for i in range(40)) and o.__dict__ == {"a": 41, "b": 2} and o.both == (41, 2)
    kept = o.__dict__
    use(o)
    assert kept is o.__dict__ and kept["a"] == o.a == 81
    kept["a"] = 5
    kept["odd key"] = 1
    use(o)
    assert o.a == kept["a"] == 45 and getattr(o, "odd key") == 1
    del kept
    use(o)
    assert o.__dict__ == {"a": 85, "b": 2, "odd key": 1}
    del o.__dict__["odd key"]
    o.__dict__["c"] = []
    use(o)
    o.limit = 7
    assert list(vars(o)) == ["a", "b", "c", "limit"] and use(o) == use(Bunch(a=125, b=2, limit=7))
    del o.b
    o.b = 4
    assert list(o.__dict__) == ["a", "c", "limit", "b"]
    many = Bunch(**{f"n{i}": i for i in range(40)}, a=0, b=1)
    use(many)
    assert many.n39 == 39 and len(vars(many)) == 42
    copied = copy.copy(o)
    use(copied)
    assert copied.c is o.c and vars(copied).keys() == vars(o).keys() and copied.__dict__ is not o.__dict__
    state = o.__reduce_ex__(2)[2]
    assert state == vars(o)
    Bunch.a = property(lambda self: 100)
    assert o.a == 100 and copied.a == 100 and vars(o)["a"] != 100
    del Bunch.a
    assert o.a == vars(o)["a"]
    o.__class__ = type("Elsewhere", (Bunch,), {"limit": 1})
    use(o)
    o.__dict__ = {"a": 1, "b": 1}
    assert use(o) and o.a == 41

# values of unlike kinds are not equal; one of a class may say otherwise
class Same(str):
    __hash__ = str.__hash__

    def __eq__(self, other):
        return True


class Twin:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return "twin"


values = [1, 2**70, 1.5, None, True, False, ..., 0.0, "1", "", [1], [], (1,), (), {1: 1}, {}, {1}, b"1", 1e300, 1j, range(1)]
for i, a in enumerate(values):
    for j, b in enumerate(values):
        if {a.__class__, b.__class__} <= {int, bool, float, complex}:
            continue
        assert (a == b) is (i == j) and (a != b) is (i != j), (a, b)
        assert ([a].count(b) == 1) is (i == j) and (b in (a,)) is (i == j)
        if a == b:
            assert i == j
    for odd in Same("x"), Twin():
        assert odd == a and a == odd and a in [odd] and odd in [a], (a, odd)
    assert (a != Twin()) == "twin" == (Twin() != a)
    for op in (lambda x, y: x < y, lambda x, y: x >= y):
        for b in "text", None, [1], (1,):
            if type(a) is not type(b):
                try:
                    op(a, b)
                    assert False, (a, b)
                except TypeError as e:
                    assert "not supported between instances of" in str(e)
head = "".join(["he", "ad"])
assert head + "tail" + head == "headtailhead" and head == "head" and "pre" + head + "é" == "preheadé" and head + "" == head


# hooks of attributes that a class gets after its instances have stored something, or before
def put(o):
    o.x = 5
    return o.x


class Stored:
    pass


class BelowStored(Stored):
    pass


assert [put(Stored()) for _ in range(4)] == [5] * 4 and put(BelowStored()) == 5
Stored.__setattr__ = lambda self, name, value: object.__setattr__(self, name, -value)
assert put(Stored()) == -5 and put(BelowStored()) == -5
del Stored.__setattr__
assert put(Stored()) == 5 and put(BelowStored()) == 5


class Fresh:
    pass


class Hooked:
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 3)


class Moved(type("Base", (), {})):
    pass


early, moved = Fresh(), Moved()
Fresh.__setattr__ = Hooked.__setattr__
assert put(early) == put(Fresh()) == 15
Moved.__bases__ = (Hooked,)
assert put(moved) == put(Moved()) == 15

# operators of native objects beside numbers, other native objects and subclasses


class Reflected(decimal.Decimal):
    def __radd__(self, other):
        return "mine"


assert D("1.5") + 1 == 1 + D("1.5") == D("2.5") and 2 * D(3) == D(3) * True * 2 and D(1) + Reflected(2) == "mine"
for wrong in ("D(1) + 1.5", "1.5 + D(1)", "{1} | 5", "5 | {1}", "{1} + {2}", "D(1) @ 1", "1 @ D(1)"):
    try:
        eval(wrong)
        assert False, wrong
    except TypeError as e:
        assert str(e).startswith("unsupported operand type(s) for "), e
assert type({1: 2} | collections.OrderedDict(a=1)) is collections.OrderedDict and int | None == None | int

# equality that no class has a say in, and classes that get a say later


class Plain:
    pass


class Kin(Plain):
    pass


p, q = Plain(), Plain()


def equal(a, b):
    return a == b, a != b, a == b and 1 or 2


for _ in range(40):
    assert equal(p, p) == (True, False, 1) and equal(p, q) == equal(p, Kin()) == equal(p, None) == (False, True, 2)
    assert equal(p, 5) == equal("p", p) == equal((1,), p) == (False, True, 2)
Kin.__eq__ = lambda self, other: "kin"
assert equal(p, Kin()) == ("kin", False, 1)
Plain.__ne__ = lambda self, other: "unlike"
assert equal(p, q) == (False, "unlike", 2)
Plain.__eq__ = lambda self, other: NotImplemented
assert equal(p, q) == (False, "unlike", 2) and equal(p, p)[0]


class Pair(tuple):
    pass


class Loud(tuple):
    def __eq__(self, other):
        return "loud"


class Number(int):
    pass


assert equal(Pair((1, 2)), (1, 2)) == equal((1, 2), Pair((1, 2))) == (True, False, 1)
assert equal(Pair((1,)), Loud((1,)))[0] is True and equal((1,), Loud())[0] == equal(Loud(), (1,))[0] == "loud"
assert equal(Number(5), 5) == equal(5, Number(5)) == equal(Number(5), Number(5)) == (True, False, 1)
assert equal(Number(5), 5.0)[0] and not equal(Number(5), "5")[0] and (Pair((1,)) < Pair((2,))) is True

# subclasses of dict: the method stands for the slot until a class has its own


class Table(dict):
    def __missing__(self, key):
        return "no " + key


class Other:
    __getitem__ = dict.__getitem__


table = Table(a=1)
assert table["a"] == 1 and table["b"] == "no b" and "a" in table and "b" not in table
try:
    Other()["a"]
    assert False
except TypeError as e:
    assert "requires a 'dict' object" in str(e) or "doesn't apply to" in str(e), e
Table.__getitem__ = lambda self, key: key * 2
assert table["a"] == "aa"
del Table.__getitem__
Table.__contains__ = lambda self, key: key == "z"
assert table["a"] == 1 and "a" not in table and "z" in table

# what a function tells about itself


def told(f):
    return f.__name__, f.__doc__, f.__defaults__, f.__code__.co_name


def some(x=1):
    "doc"


for _ in range(40):
    assert told(some) == ("some", "doc", (1,), "some") and told(told)[0] == "told"
some.__dict__["__name__"] = "from the dict"
some.__name__ = "renamed"
some.mark = 1
assert told(some) == ("renamed", "doc", (1,), "some") and some.mark == 1 and not hasattr(told, "mark")


class Lazy:
    made = 0

    @functools.cached_property
    def value(self):
        Lazy.made += 1
        return Lazy.made


lazy = Lazy()
assert [lazy.value for _ in range(40)] == [1] * 40 and lazy.__dict__ == {"value": 1}
del lazy.value
assert lazy.value == 2 and Lazy().value == 3 and lazy.value == 2

# views end, slices of bytes
assert list(memoryview(b"abc")) == [97, 98, 99] and list(memoryview(b"")) == []
released = memoryview(b"abc")
walk = iter(released)
next(walk)
released.release()
for wrong in (lambda: next(walk), lambda: released[1:2]):
    try:
        wrong()
        assert False
    except ValueError:
        pass
view = memoryview(bytearray(b"abcdef"))
assert bytes(view[4:1:-1]) == b"edc" and bytes(view[-2:]) == b"ef" and view[5:2].tolist() == [] and b"abc"[1:2] == b"b"
assert memoryview(bytes(4)).cast("B", (2, 2))[0, 1] == 0 and b"a,b".split(b",") == [b"a", b"b"] and b"abc"[:] == b"abc"

# class methods of native types: called without being bound first


class Named(dict):
    pass


class Loose:
    fromkeys = dict.__dict__["fromkeys"]


def of_class(cls):
    return cls.fromkeys("ab", 1)


for _ in range(40):
    assert of_class(dict) == of_class(Named) == {"a": 1, "b": 1} and type(of_class(Named)) is Named
    assert type(of_class(collections.OrderedDict)) is collections.OrderedDict
    assert int.from_bytes(b"\1\2", "big") == 258 and int.from_bytes(b"\1\2", byteorder="little", signed=True) == 513
    assert bytes.fromhex("6162") == b"ab" and type(bool.from_bytes(b"\1", "big")) is bool
f = int.from_bytes
assert f(b"\1", "big") == 1 and int.__dict__["from_bytes"](int, b"\2", "big") == 2
for wrong in ("Loose.fromkeys('a')", "dict.__dict__['fromkeys'](int, 'a')", "dict.fromkeys()", "int.from_bytes()",
              "int.from_bytes(b'a', 'big', True)", "int.from_bytes(b'a', order='big')", "sorted([], kex=1)",
              "sorted([], key=None, key2=1)", "(1).to_bytes(1, 'big', byteorder='big')"):
    try:
        eval(wrong)
        assert False, wrong
    except TypeError:
        pass
Named.fromkeys = classmethod(lambda cls, *args: "mine")
assert of_class(Named) == "mine" and of_class(dict) == {"a": 1, "b": 1}

# quotients of ints, truth without a say, lists that grow
assert [7 / 2, -7 / 2, 0 / 5, 2 ** 53 / 3, (2 ** 53 + 2) / 3, 2 ** 61 / 2 ** 60, 10 ** 30 / 10 ** 29] == [
    3.5, -3.5, 0.0, 3002399751580330.5, 3002399751580331.5, 2.0, 10.0]
try:
    1 / 0
    assert False
except ZeroDivisionError as e:
    assert str(e) == "division by zero"
assert (Plain() and 1) == 1 and (not Plain()) is False
Plain.__len__ = lambda self: 0
assert not Plain()


class Adds:
    def __radd__(self, other):
        return "added"


grown = [1]
same = grown
grown += [2]
grown += grown
assert same is grown == [1, 2, 1, 2]
grown += Adds()
assert grown == "added" and [1] + [2] + [] == [1, 2] and [] + [] == []
import bisect
assert bisect.bisect([1.5, 2.5, float("nan")], 2.0) == 1 and bisect.bisect_left(["a", "b", "é"], "b") == 1
assert bisect.bisect([1, 2.5, 3], 2.5) == 2 and bisect.insort(s := ["b"], "a") is None and s == ["a", "b"]
moved = collections.OrderedDict(a=1, b=2, c=3)
moved.move_to_end("a")
del moved["b"]
assert list(moved.copy().items()) == [("c", 3), ("a", 1)] and type(moved.copy()) is collections.OrderedDict
assert [D("7.5") % 2, D(-7) // 2, D(-1) // 3, D("1e5") % D("0.3"), round(D("2.675"), 2)] == [
    D("1.5"), D(-3), D(0), D("0.1"), D("2.68")] and str(D(-1) // 3) == "-0"
assert [f"{D('2.675'):.2f}", f"{D('-0.001'):.2f}", f"{D(1234567):.0f}", f"{D('1e-20'):.6f}", f"{D('5e3'):.1F}"] == [
    "2.68", "-0.00", "1234567", "0.000000", "5000.0"]

# unions of classes, references made by calling the class
import weakref
u = int | None
assert u == None | int == int | type(None) and u.__args__ == (int, type(None)) and u.__parameters__ == () and int | int is int
assert (int | str) | int == str | int and repr(int | None) == "int | None" and isinstance(None, u) and (None | (int | str)).__args__[0] is type(None)
r = weakref.ref(q)
assert weakref.ref(q) is r and r() is q and weakref.ref(q, print) is not r and weakref.ReferenceType(q) is r
for wrong in ("weakref.ref(1)", "weakref.ref()", "weakref.ref(q, None, 1)", "int | 1", "None | None"):
    try:
        eval(wrong)
        assert False, wrong
    except TypeError:
        pass

# stores into a dict: the key itself at its first place, an equal one, another one there, none
class Gone:
    def __init__(self, log, where):
        self.log, self.where = log, where

    def __del__(self):
        self.log.append(dict(self.where))


class Key:
    def __init__(self, n, h):
        self.n, self.h = n, h

    def __hash__(self):
        if self.h is None:
            raise ZeroDivisionError
        return self.h

    def __eq__(self, other):
        return self.n == other.n


class Kind(dict):
    pass


for kind in (dict, Kind, collections.OrderedDict):
    d, log = kind(), []
    d["a"] = Gone(log, d)
    d["a"] = 1  # the old value's end finds the new one
    assert log == [{"a": 1}] and list(d) == ["a"]
    d["".join("a")] = 2
    d[1] = "int"
    d[True] = "bool"
    d[1.0] = "float"
    d[-1] = d[-2] = d[2 ** 61 - 2] = d[2 ** 62] = d[10 ** 30] = 5
    assert list(d) == ["a", 1, -1, -2, 2 ** 61 - 2, 2 ** 62, 10 ** 30] and d[1] == "float" and type(list(d)[1]) is int
    assert d["a"] == 2 and d[2 ** 61 - 2] == d[-1] == d[-2] == d[2 * 10 ** 30 // 2] == 5 and len(d) == 7
    one, other, equal_to_one = Key(1, 8), Key(2, 8), Key(1, 8)
    d[one] = 1
    d[other] = 2
    d[equal_to_one] = 3
    assert d[one] == 3 and d[other] == 2 and [k for k in d if isinstance(k, Key)] == [one, other]
    for wrong, error in ((Key(1, None), ZeroDivisionError), ([], TypeError), ({}, TypeError)):
        before, value = list(d.items()), Gone(log, d)
        try:
            d[wrong] = value
            assert False
        except error:
            pass
        del value
        assert list(d.items()) == before and len(log) == 2
        log.pop()
    for i in range(300):
        d[i * 256] = i
    del d[256]
    d[256] = "again"
    assert [d[i * 256] for i in range(300)] == [0, "again", *range(2, 300)] and list(d)[-1] == 256


# reads of instances that share their __dict__ with somebody: one site, dicts of other layouts
class Shared:
    late = "class"


def read(o):
    return o.x


def read_late(o):
    return o.late


def made(*names):
    o = Shared()
    d = vars(o)
    d[0] = "an odd key keeps the dictionary"
    d.update((n, n + "!") for n in names)
    return o, d


(o1, d1), (o2, d2), (o3, d3) = made("x", "y"), made("y", "z", "x"), made()
for i in range(40):
    assert read(o1) == read(o2) == "x!" and read(o1) == "x!"
    try:
        read(o3)
        assert False
    except AttributeError as e:
        assert e.name == "x" and e.obj is o3
    d1["x"] = i
    assert read(o1) == i
    del d1["x"]
    try:
        read(o1)
        assert False
    except AttributeError:
        pass
    d1["".join("xx")[:1]] = "x!"  # another place, another string
    assert read(o1) == "x!"
    assert [read_late(o) for o in (o1, o2, o3)] == ["class"] * 3
d2.clear()
d2["x"] = None
assert read(o2) is None
for i in range(400):
    d2[f"n{i}"] = i
    assert read(o2) is None
o2.__dict__ = {"w": 1, "x": 2}
assert read(o2) == 2 and d2["x"] is None
o2.__dict__ = type("Dict", (dict,), {"__getitem__": lambda self, k: 0})(x=3)
assert read(o2) == 3
d1["late"] = "own"
for i in range(40):
    assert read_late(o1) == "own" and read_late(o3) == "class"
Shared.late = property(lambda self: "property")
assert read_late(o1) == read_late(o3) == "property"
Shared.late = 5
assert read_late(o1) == "own" and read_late(o3) == 5

# more classes and names than the cache of look-ups has places: some go, none is taken for another
many = [type(f"Many{i}", (Shared,), {f"name{j}": (i, j) for j in range(i % 7, 60, 3)}) for i in range(150)]
for turn in range(3):
    for i, cls in enumerate(many):
        o = cls()
        for j in range(60):
            wanted = (i, j) if j % 3 == i % 7 % 3 and j >= i % 7 else None
            if turn and j == 59:
                wanted = turn
            assert getattr(o, f"name{j}", None) == wanted
    Shared.name59 = turn + 1
    for cls in many:
        if "name59" in vars(cls):
            del cls.name59
