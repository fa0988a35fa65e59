# SPDX-License-Identifier: MIT
"""super() without a super object, f(*args, **kwargs) without a copy: every way round their caches."""


class A:
    def __init__(self, x, *, k=1): self.x = x; self.k = k
    def m(self, *a, **kw): return ("A.m", a, kw)
    @classmethod
    def c(cls, v=1): return (cls.__name__, v)
    @staticmethod
    def s(v): return v * 2
    p = property(lambda self: 42)
    def __new__(cls, *a, **k): return super().__new__(cls)
    def __repr__(self): return "A()"
class B(A):
    def __init__(self, x): super().__init__(x, k=5); self.y = x
    def m(self, *a, **kw):
        def inner(): return self
        return super().m(*a, **kw), super().m(1), super().m(q=1), super().s(3), super().c(2), super().p, inner() is self
    def q(self): return super().m()
    @classmethod
    def c(cls, v=3): return super().c(v)
    def missing(self): return super().nothing()
    def cls_(self): return super().__class__.__name__ if 0 else super().__repr__()
    def rebound(self, other):
        self = other
        return super().m(0)
    def deleted(self):
        del self
        return super().m(0)
class C(B):
    def m(self): return "C.m"
    def q(self): return super().q()
for _ in range(4):
    for cls in (B, C):
        b = cls(3)
        print(b.x, b.k, b.y, b.q(), B.m(b, 2, z=1), cls.c(), b.cls_(), b.rebound(cls(1)))
        for f in (b.missing, b.deleted):
            try: f()
            except Exception as e: print(type(e).__name__, e)
        try: b.rebound(3)
        except Exception as e: print(type(e).__name__, e)
# patch while cached
b = B(1)
print(b.q())
A.m = lambda self, *a, **k: "patched"
print(b.q())
B.__bases__ = (type("N", (A,), {"m": lambda s, *a, **k: "new base"}),)
print(b.q())
def fake():
    class S:
        def m(self, v): return "fake", v
    return S()
class D:
    def t(self, v):
        super = fake
        return super().m(v)
print(D().t(3), D().t(4))
class E(int):
    def __add__(self, o): return E(super().__add__(o))
    def __new__(cls, v): return super().__new__(cls, v + 1)
    def __getattribute__(self, n): return super().__getattribute__(n)
    def __setattr__(self, n, v): super().__setattr__(n, v)
e = E(3) + 4
e.z = 3
print(e, e.z)
def nosup():
    super().x()
try: nosup()
except RuntimeError as e: print(e)
class Meta(type):
    def __call__(cls, *a): return super().__call__(*a)
    def mm(cls): return super().mro()[0]
class F(metaclass=Meta): pass
print(type(F()).__name__, F.mm().__name__)
# call_ex
def f(a, b=2, *r, c=3, **k): return a, b, r, c, sorted(k.items())
def g(*a, **k): return f(*a, **k)
class M:
    def keys(self): return ["a", "z"]
    def __getitem__(self, k): return k
for _ in range(3):
    print(g(1), g(1, 2, 3), g(1, c=4), g(a=1, z=2), f(*[1, 2]), f(*(1,), **{}), f(**M()), f(*range(5), **{"q": 1}), f(**{"a": 1, "c": 2}))
    for call in (lambda: f(**{1: 2}), lambda: f(**3), lambda: f(*3), lambda: g(), lambda: f(1, **{"a": 2}), lambda: len(**{"a": 1}), lambda: (lambda x: x)(*(), **{"y": 1}), lambda: f(*(1, 2), **{"b": 3})):
        try: print(call())
        except TypeError as e: print(e)
def gen(*a, **k): yield a, k
print(list(gen(*(1, 2), **{"x": 1})))
async def co(*a): return a
c = co(*(1,))
try: c.send(None)
except StopIteration as e: print(e.value)
def dflt(a, b=[], *, c=None): b.append(a); return b
dflt(1); print(dflt(2), dflt(3, []), dflt(a=4))
class P:
    def m(self, a, b=5): return a, b
pm = P().m
print(pm(1), pm(1, 2), P().m(3))
try: pm()
except TypeError as e: print(e)
try: pm(1,2,3)
except TypeError as e: print(e)
k = {"c": 1}
def rebind(): 
    global k
    k = {"c": 2}
    return 1
print(f(rebind(), **k))
def loc(k):
    return f((k := {"c": 9}) and 1, **k)
print(loc({"c": 1}))
