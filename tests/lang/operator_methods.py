# SPDX-License-Identifier: MIT
"""Operators of classes written in Python: frames of the loop, reflected ones, errors, what holds the operands."""
import gc
import sys


class V:
    def __init__(self, x): self.x = x
    def __add__(self, o):
        if not isinstance(o, V): return NotImplemented
        return V(self.x + o.x)
    def __sub__(self, o): return V(self.x - o.x)
    def __mul__(self, k): return V(self.x * k) if isinstance(k, int) else NotImplemented
    def __rmul__(self, k): return V(self.x * k)
    def __truediv__(self, k): return V(self.x / k)
    def __floordiv__(self, k): return V(self.x // k)
    def __mod__(self, k): return V(self.x % k)
    def __matmul__(self, o): return self.x * o.x
    def __and__(self, o): return "and"
    def __or__(self, o): return "or"
    def __xor__(self, o): return "xor"
    def __lshift__(self, o): return self.x << o
    def __rshift__(self, o): raise ValueError("shift")
    def __repr__(self): return f"V({self.x})"
    def __del__(self): gone.append(self.x)


class W(V):
    def __radd__(self, o): return "W.radd", o.x
    def __add__(self, o): return "W.add", o


class R:
    def __radd__(self, o): return "R.radd"
    def __rmul__(self, o): return NotImplemented


class G:
    def __add__(self, o): yield o
    def __sub__(self, o, extra=1): return o, extra
    def __mul__(*a): return len(a)


class I(int):
    def __add__(self, o): return I(int(self) + o)


class L(list):
    def __add__(self, o): return NotImplemented
    def __mul__(self, o): return NotImplemented


class F:
    def __add__(self, o):
        return sys._getframe().f_back.f_code.co_name, sorted(sys._getframe().f_locals)


gone = []


def work():
    a, b = V(6), V(2)
    print(a + b, a - b, a * 3, 3 * a, a / 4, a // 4, a % 4, a @ b, a & b, a | b, a ^ b, a << 2)
    print((a + b) + (a - b) * 2, a + W(1), W(1) + a, a + R())
    for f in (lambda: a + 1, lambda: a * "x", lambda: a * R(), lambda: a * [1], lambda: a >> 1, lambda: 1 - a, lambda: R() + a,
              lambda: a + None):
        try:
            print(f())
        except Exception as e:
            print(type(e).__name__, e)
    a += b
    print(a, list(G() + 1), G() - 2, G() * 2, I(3) + 4 + I(5), type(I(3) + 4).__name__, F() + 1)
    for f in (lambda: L([1]) + [2], lambda: L([1]) * 2, lambda: L([1]) + 3, lambda: [1] + L([2]), lambda: 2 * L([3])):
        try:
            print(f())
        except TypeError as e:
            print(e)
    x = V(100)
    x = x + V(11)
    print(x)
    del x


for _ in range(3):
    work()
    gc.collect()  # lambdas and cells
    print(sorted(gone))
    gone.clear()


def deep(n):
    class D:
        def __add__(self, k):
            return k if k == 0 else 1 + (self + (k - 1))
    return D() + n


print(deep(50))
try:
    deep(10 ** 6)
except RecursionError as e:
    print("RecursionError")

V.__add__ = lambda self, o: "patched"
print(V(1) + V(2), V(1) + 1)
del V.__add__
try:
    V(1) + V(2)
except TypeError as e:
    print(e)


class Items:
    def __getitem__(self, key):
        if key == "raise":
            raise KeyError(key)
        return NotImplemented if key is None else (key, sys._getframe().f_back.f_code.co_name)


class Sub(dict):
    def __missing__(self, key): return "missing", key


class Listed(list):
    def __getitem__(self, key): return "item", super().__getitem__(key)


def items(o, key, default=0):
    return o[key]


for _ in range(3):
    o = Items()
    print(items(o, 1), o[2], o["a", "b"], items(o, None), Sub()[3], items(Listed([5]), 0), [Items()[k] for k in range(2)])
    try:
        items(o, "raise")
    except KeyError as e:
        print("KeyError", e, e.__traceback__.tb_next.tb_lineno - e.__traceback__.tb_lineno)
    o[3].__len__()
    print([n for n in zip(range(3), iter(Sub(a=1)))], Listed([1, 2])[1:])


def undeletable(o, key):
    try:
        del o[key]
    except TypeError as e:
        return str(e)


assert undeletable(1, 0) == "'int' object does not support item deletion"
assert undeletable((), 0) == "'tuple' object doesn't support item deletion"
assert undeletable((), "a") == "'tuple' object does not support item deletion"
