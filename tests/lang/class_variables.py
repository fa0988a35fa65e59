# SPDX-License-Identifier: MIT
"""Classes whose attributes are stored to again and again, and everything that may turn up in their place."""
import threading
import weakref

from _check import run_threads


def check(a, b):
    assert a == b, (a, b)
class Base:
    n = 0
    label = 'x'
    def get(self): return self.n
    @classmethod
    def bump(cls): cls.n += 1; return cls.n
class Sub(Base): pass
class Meta(type):
    m = 0
class WithMeta(metaclass=Meta):
    w = 0
def read(o): return o.n
def read_cls(): return Base.n
def read_label(o): return o.label
b, s = Base(), Sub()
for i in range(1, 50):
    Base.n = i
    check((read(b), read(s), read_cls(), b.get(), Sub.n, getattr(b, 'n')), (i,) * 6)
    Base.label = 'l%d' % i
    check((read_label(b), read_label(s), Base.label), ('l%d' % i,) * 3)
for i in range(50):
    Meta.m = i
    WithMeta.w = -i
    check((WithMeta.m, WithMeta.w), (i, -i))
# a subclass of its own
check(Sub.bump(), 50)
for i in range(20):
    check(Sub.bump(), 51 + i)
    check((read(b), read_cls()), (49, 49))
    check(read(s), 51 + i)
del Sub.n
check(read(s), 49)
# an instance's own
b.n = 'own'
check((read(b), read(s)), ('own', 49))
del b.n
check(read(b), 49)
# descriptors
for i in range(3):
    Base.n = property(lambda self: ('prop', type(self).__name__))
    check((read(b), read(s)), (('prop', 'Base'), ('prop', 'Sub')))
    assert isinstance(read_cls(), property)
    Base.n = 7
    check((read(b), read(s), read_cls()), (7, 7, 7))
    Base.n = lambda self: 'method'
    check((read(b)(), read(s)()), ('method', 'method'))
    Base.n = 8
    check((read(b), read(s), read_cls()), (8, 8, 8))
    Base.n = staticmethod(lambda: 'static')
    check((read(b)(), read_cls()()), ('static', 'static'))
    Base.n = classmethod(lambda cls: cls.__name__)
    check((read(b)(), read(s)(), read_cls()()), ('Base', 'Sub', 'Base'))
    Base.n = 9
    check(b.get(), 9)
class Data:
    def __init__(self, v): self.v = v
Base.n = Data(1)
check(read(b).v, 1)
Data.__get__ = lambda self, o, t: 'got'
check((read(b), read_cls()), ('got', 'got'))
Base.n = 10
check((read(b), read_cls()), (10, 10))
# deletion
del Base.n
for f in (lambda: read(b), read_cls, lambda: s.n):
    try: f()
    except AttributeError: pass
    else: assert 0
Base.n = 11
check((read(b), read(s), read_cls()), (11, 11, 11))
# data descriptors of the metaclass hide it
Meta.w = property(lambda cls: 'meta')
check(WithMeta.w, 'meta')
del Meta.w
check(WithMeta.w, -49)
# bases
class Other:
    n = 'other'
class C(Other, Base): pass
c = C()
check(read(c), 'other')
for i in range(10): Base.n = i
check(read(c), 'other')
C.__bases__ = (Base,)
check(read(c), 9)
for i in range(10):
    Other.n = i
    Base.n = -i
    C.__bases__ = (Other,) if i & 1 else (Base,)
    check(read(c), i if i & 1 else -i)
# what is replaced dies
class Thing(set): pass
class L(list): pass
Base.n = 0
for i in range(5):
    Base.n = [Thing()]
    r = weakref.ref(Base.n[0])
    Base.n = 1
    check((read(b), r()), (1, None))
# slots and __getattr__
class S:
    __slots__ = ('a',)
    k = 0
class G:
    k = 0
    def __getattr__(self, name): return 'missing ' + name
so, g = S(), G()
def k(o): return o.k
for i in range(30):
    S.k = i; G.k = i
    check((k(so), k(g)), (i, i))
del G.k
check(k(g), 'missing k')
G.k = 5
check(k(g), 5)
# special names
class H: pass
for i in range(10): H.count = i
for i in range(10):
    H.__hash__ = None
    try: hash(H())
    except TypeError: pass
    else: assert 0
    H.__hash__ = lambda self: 42
    check(hash(H()), 42)
    H.__doc__ = 'doc %d' % i
    check(H().__doc__, 'doc %d' % i)
# dictionary mode
d = Base()
d.__dict__
for i in range(30):
    Base.n = i
    check(read(d), i)
d.__dict__['n'] = 'dict'
check(read(d), 'dict')
# as a module-like namespace: many names
class N: pass
for i in range(200): setattr(N, 'a%d' % i, i)
for j in range(5):
    for i in range(200):
        setattr(N, 'a%d' % i, i + j)
        check(getattr(N, 'a%d' % i), i + j)


# several threads: whoever reads sees something that was there, bound as it should be
class Shared:
    value = 0
    lock = threading.Lock()

    @classmethod
    def add(cls):
        with cls.lock:
            cls.value += 1


def adds(_):
    for _ in range(2000):
        Shared.add()


run_threads(adds, count=4)
check(Shared.value, 8000)


class Turning:
    what = 0


def stores():
    for i in range(1500):
        Turning.what = i
        if i % 100 == 99:
            Turning.what = property(lambda self: -1)
            Turning.what = lambda self: self
            Turning.what = "text %d" % i


def reads():
    own = Turning()
    for _ in range(3000):
        v = own.what
        assert isinstance(v, (int, str)) or v() is own, v


run_threads(stores, stores, reads, reads)
