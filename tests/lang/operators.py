# SPDX-License-Identifier: MIT
"""Operators: precedence, dispatch order, reflected and in-place methods, comparison chains."""
import operator
from _check import raises

assert 2 + 3 * 4 ** 2 // 5 % 7 == 2 + (((3 * (4**2)) // 5) % 7) and -2**2 == -4 and 2**3**2 == 512 and 2**-1 == 0.5
assert not 1 == 2 and (not True) is False and 1 | 2 ^ 3 & 4 << 1 == 1 | (2 ^ (3 & (4 << 1))) and ~-1 == 0
assert 1 if 0 else 2 == 2 and (lambda: 1 if 1 else 2)() == 1 and 5 - 3 - 1 == 1 and 100 / 10 / 2 == 5.0
log = []


class L:
    def __init__(self, name, works=True):
        self.name, self.works = name, works


def make(op):
    def method(self, other):
        log.append((self.name, op))
        return (op, self.name) if self.works else NotImplemented
    return method


names = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift", "and", "or", "xor", "matmul", "divmod"]
for n in names:
    setattr(L, f"__{n}__", make(n))
    setattr(L, f"__r{n}__", make("r" + n))


class Sub(L):
    pass


for n in names:
    setattr(Sub, f"__r{n}__", make("subr" + n))
ops = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "truediv": lambda a, b: a / b,
       "floordiv": lambda a, b: a // b, "mod": lambda a, b: a % b, "pow": lambda a, b: a**b, "lshift": lambda a, b: a << b,
       "rshift": lambda a, b: a >> b, "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
       "matmul": lambda a, b: a @ b, "divmod": divmod}
for n, op in ops.items():
    assert op(L("a"), 5) == (n, "a") and op(5, L("a")) == ("r" + n, "a")
    log.clear()
    assert op(L("a"), Sub("b")) == ("subr" + n, "b") and log == [("b", "subr" + n)]     # a subclass goes first
    log.clear()
    raises(TypeError, op, L("a", False), L("b", False))
    assert log == [("a", n)] and raises(TypeError, op, L("a", False), 5)
    log.clear()
    raises(TypeError, op, Sub("a", False), L("b", False)), log.clear()


class InPlace:
    def __init__(self, v): self.v = v
    def __iadd__(self, o): self.v += o; return self
    def __imul__(self, o): return NotImplemented
    def __mul__(self, o): return "mul"
    def __isub__(self, o): return "replaced"


p = q = InPlace(1)
p += 5
assert p is q and p.v == 6
p *= 2
assert p == "mul"
q -= 1
assert q == "replaced"
a = [1]; b = a; b += [2]
assert a == [1, 2]
t = ([],)
raises(TypeError, lambda: operator.setitem(t, 0, 1))
try:
    t[0] += [1]
except TypeError:
    pass
assert t == ([1],)


class Cmp:
    def __init__(self, v): self.v = v
    def __eq__(self, o): log.append("eq"); return NotImplemented
    def __lt__(self, o): log.append("lt"); return "lt-result"
    def __ge__(self, o): return NotImplemented
    def __le__(self, o): return "le"


log.clear()
assert (Cmp(1) == Cmp(1)) is False and log == ["eq", "eq"] and (Cmp(1) < 5) == "lt-result" and (5 > Cmp(1)) == "lt-result"
assert (Cmp(1) >= Cmp(2)) == "le" and Cmp(1) != 5 and Cmp.__hash__ is None
raises(TypeError, hash, Cmp(1), text="unhashable type: 'Cmp'")
calls = []


def see(v):
    calls.append(v)
    return v


assert see(1) < see(5) < see(9) and calls == [1, 5, 9]
calls.clear()
assert not (see(1) > see(5) > see(9)) and calls == [1, 5]
assert 1 < 2 == 2 != 3 in [3] is not None
x = object()
assert x is x and x is not object() and 3 not in [1, 2] and "a" in "abc" and None is None and (1, 2) == (1, 2) and [1] != (1,)
assert operator.itemgetter(1, 0)("ab") == ("b", "a") and operator.attrgetter("real", "imag")(3) == (3, 0)
assert operator.methodcaller("split", ",")("a,b") == ["a", "b"] and operator.attrgetter("__class__.__name__")(1) == "int"
assert operator.add(1, 2) == 3 and operator.contains([1], 1) and operator.index(True) == 1 and operator.concat([1], [2]) == [1, 2]
assert operator.iadd([1], [2]) == [1, 2] and operator.length_hint(iter([1, 2])) == 2 and operator.truth([]) is False


class Truthy:
    def __init__(self, v): self.v = v
    def __bool__(self): return self.v


assert (Truthy(False) or 5) == 5 and (Truthy(True) and 6) == 6 and not Truthy(False) and (not Truthy(True)) is False
raises(TypeError, bool, Truthy(5), text="__bool__ should return bool, returned int")


class Lenny:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n


assert not Lenny(0) and Lenny(2)
raises(ValueError, len, Lenny(-1), text="__len__() should return >= 0")
raises(TypeError, len, Lenny("x"), text="'str' object cannot be interpreted as an integer")


class Conv:
    def __int__(self): return 1
    def __float__(self): return 2.0
    def __complex__(self): return 3j
    def __index__(self): return 4
    def __bytes__(self): return b"5"
    def __str__(self): return "6"
    def __format__(self, s): return "7" + s
    def __hash__(self): return 8
    def __trunc__(self): return 9
    def __abs__(self): return 10
    def __pos__(self): return 11
    def __invert__(self): return 12
    def __reversed__(self): return 13
    def __dir__(self): return ["z", "a"]
    def __sizeof__(self): return 15
    def __ceil__(self): return 16


c = Conv()
import math
assert (int(c), float(c), complex(c), [0] * 4 + [1], bytes(c), str(c), format(c, "x"), hash(c), abs(c), +c, ~c, reversed(c), dir(c), math.ceil(c)) == \
    (1, 2.0, 3j, [0, 0, 0, 0, 1], b"5", "6", "7x", 8, 10, 11, 12, 13, ["a", "z"], 16)
