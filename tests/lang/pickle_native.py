# SPDX-License-Identifier: MIT
"""pickle through _pickle: the bytes of every protocol, errors, hooks, memo, buffers, files."""
import binascii
import collections
import copyreg
import datetime
import enum
import functools
import io
import pickle
import pickletools
import queue
import struct
import sys
import zlib

import _pickle


class Plain:
    def __init__(self, **kw):
        self.__dict__.update(kw)

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


class Both(Slots):
    def __init__(self):
        super().__init__()
        self.c = 3


class WithState:
    def __getstate__(self):
        return ["state"]

    def __setstate__(self, s):
        self.s = s


class NewArgs(str):
    def __new__(cls, text, mark=0):
        self = super().__new__(cls, text)
        self.mark = mark
        return self

    def __getnewargs__(self):
        return str(self), self.mark


class NewArgsEx:
    def __new__(cls, a, *, k):
        self = object.__new__(cls)
        self.v = a, k
        return self

    def __getnewargs_ex__(self):
        return (1,), {"k": 2}


class L(list):
    pass


class D(dict):
    pass


class Color(enum.Enum):
    RED = 1


class Outer:
    class Inner:
        pass

    def method(self):
        return 1


Point = collections.namedtuple("Point", "x y")


def function():
    pass


def attempt(f, *args, **kw):
    try:
        r = f(*args, **kw)
    except Exception as e:
        print(type(e).__name__, str(e)[:150].split(" at 0x")[0])
    else:
        print(repr(r)[:150])


rec = []
rec.append(rec)
rect = ([],)
rect[0].append(rect)
recd = {}
recd["x"] = recd
reco = Plain(a=1)
reco.self = reco
shared = ["s"]
objects = [
    None, True, False, 0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**63, -2**63, 2**64, -(2**64), 2**1000, -(2**1000), -128, -129,
    -32768, -(2**39), 2**2100, 0.0, -0.0, 1.5, 1e300, float("inf"), "", "a", "abc" * 100, "é\u20ac\U0001f600", "\ud800", "line\nbreak\\ \x00\r\x1a", b"", b"abc",
    b"\xff" * 300, bytearray(b""), bytearray(b"xyz"), (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1], [1, 2], list(range(1005)), {}, {"a": 1}, {"a": 1, "b": [2]},
    {i: i for i in range(1001)}, set(), {1}, frozenset(), frozenset([1]), rec, rect, recd, [shared, shared, shared], Plain(), Plain(a=1), Plain(a=1, b="two", c=[3]),
    Slots(), Both(), WithState(), NewArgs("text", 5), NewArgsEx(1, k=2), L([1, 2]), D(a=1), Color.RED, Point(1, 2), Outer.Inner, Outer.Inner(), Outer.method, len,
    function, Plain, type(None), type(...), type(NotImplemented), ..., NotImplemented, 1j, range(3), slice(1, 2, 3) if sys.version_info >= (3, 14) else None,
    ValueError("x", 1), functools.partial(int, "7", base=8), collections.OrderedDict(a=1), collections.deque([1, 2], 3), collections.Counter("aab"), [].append,
    collections.defaultdict(list, a=[1]), "x" * 70000, [b"y" * 70000, "z" * 70000], datetime.date(2020, 1, 2), int, map, Outer().method, reco,
]
for number, o in enumerate(objects):
    sums = []
    for proto in range(6):
        try:
            data = pickle.dumps(o, proto)
        except Exception as e:
            sums.append(type(e).__name__ + ": " + str(e)[:60])
            continue
        f = io.BytesIO()
        pickle.Pickler(f, proto).dump(o)
        assert f.getvalue() == data, (number, proto)
        f.seek(0)
        back = pickle.Unpickler(f).load()
        assert f.tell() == len(data)
        back2 = pickle.loads(data)
        assert type(back2) is type(o) and type(back) is type(o), (number, proto)
        try:
            same = back2 == o and back == o
        except RecursionError:
            same = "deep"
        if type(o).__eq__ is object.__eq__ or type(o) is ValueError or callable(o):
            same = "-"
        sums.append((len(data), f"{zlib.crc32(data):08x}", same))
    print(number, *sums)

for bad in (lambda: pickle.dumps(lambda: 0), lambda: pickle.dumps(1, 6), lambda: pickle.dumps(1, "x"), lambda: pickle.dumps(1, 4, buffer_callback=id), lambda: pickle.loads("s"),
            lambda: pickle.loads(b""), lambda: pickle.loads(b"\x80\x09."), lambda: pickle.loads(b"?"), lambda: pickle.loads(b"\x01"), lambda: pickle.loads(b"."),
            lambda: pickle.loads(b"(."), lambda: pickle.loads(b"N"), lambda: pickle.loads(b"cnope\nx\n."), lambda: pickle.loads(b"ccollections.abc\nnope\n."), lambda: pickle.loads(b"h\x00."),
            lambda: pickle.loads(b"t."), lambda: pickle.loads(b"Ix\n."), lambda: pickle.loads(b"Sx\n."), lambda: pickle.loads(b"N(u."),
            lambda: pickle.loads(b"(K\x01d."), lambda: pickle.loads(b"NR."), lambda: pickle.loads(b"}(K\x01u."), lambda: pickle.loads(b"X\xff\xff\xff\x7fa."),
            lambda: pickle.loads(b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffa."), lambda: pickle.loads(b"\x8a\x05ab."), lambda: pickle.loads(b"\x8b\xff\xff\xff\xff."),
            lambda: pickle.loads(b"\x82\x00."), lambda: pickle.loads(b"\x82\xee."), lambda: pickle.loads(b"P1\n."), lambda: pickle.loads(b"NQ."), lambda: pickle.loads(b"p0\n."),
            lambda: pickle.loads(b"Np-1\n."), lambda: pickle.loads(b"\x97."), lambda: pickle.loads(b"\x97.", buffers=[]), lambda: pickle.loads(b"NN\x81."),
            lambda: pickle.loads(b"cbuiltins\nint\nN\x81."), lambda: pickle.loads(b"N)}\x92."), lambda: pickle.loads(b"NK\x01b."), lambda: pickle.loads(b"]K\x01a."),
            lambda: pickle.loads(b"\x95\x05\x00\x00\x00\x00\x00\x00\x00N."), lambda: pickle.loads(b"I00\n."), lambda: pickle.loads(b"I01\n."), lambda: pickle.loads(b"I0x10\n."),
            lambda: pickle.loads(b"L12L\n."), lambda: pickle.loads(b"S'a\\x41'\n."), lambda: pickle.loads(b"U\x02a\xff.", encoding="latin1"), lambda: pickle.loads(b"U\x02a\xff."),
            lambda: pickle.loads(b"U\x02a\xff.", encoding="bytes"), lambda: pickle.loads(b"T\x01\x00\x00\x00a."), lambda: pickle.loads(b"N2t."), lambda: pickle.loads(b"NN20\x86."),
            lambda: pickle.loads(b"(cbuiltins\nint\nK\x05o."), lambda: pickle.loads(b"(K\x05ibuiltins\nfloat\n."), lambda: pickle.loads(b"N(NN1."), lambda: pickle.loads(b"(0N."),
            lambda: pickle.Pickler(1), lambda: pickle.Unpickler(1), lambda: pickle.dump(1, None), lambda: pickle.Pickler.__new__(pickle.Pickler).dump(1),
            lambda: pickle.Unpickler.__new__(pickle.Unpickler).load(), lambda: pickle.loads(memoryview(pickle.dumps([1]))), lambda: pickle.loads(bytearray(pickle.dumps([1])))):
    attempt(bad)


class R:
    def __init__(self, r):
        self.r = r

    def __reduce__(self):
        return self.r


def __newobj__(cls, *args):
    return cls.__new__(cls, *args)


for r in (1, (), (1,), (1, ()), (int, 1), (int, (), None, 1), (int, (), None, None, 1), (int, (), None, None, None, 1), (int, ()), (int, ("5",), None, None), "nope", "function",
          (list, (), None, iter([1, 2])), (dict, (), None, None, iter([(1, 2)])), (dict, (), None, None, iter([1])), (__newobj__, ()), (__newobj__, (int,)), (__newobj__, (R,)),
          (1,) * 7, (Plain, (), {"a": 1}), (Plain, (), (None, {"a": 1})), (Plain, (), ({"b": 2}, {"a": 1})), (Plain, (), 5)):
    for proto in (0, 2, 4):
        try:
            v = pickle.loads(pickle.dumps(R(r), proto))
        except Exception as e:
            print(proto, type(e).__name__, str(e)[:100].split(" at 0x")[0])
        else:
            print(proto, type(v).__name__, getattr(v, "__dict__", v) if not callable(v) else v.__name__)
        if isinstance(r, tuple) and any(hasattr(x, "__next__") for x in r):
            break


class Pers(pickle.Pickler):
    def persistent_id(self, o):
        return "id:" + o if isinstance(o, str) else None


class UnPers(pickle.Unpickler):
    def persistent_load(self, pid):
        return ("loaded", pid)


for proto in range(6):
    f = io.BytesIO()
    Pers(f, proto).dump(["a", 1, ("b", ["c"])])
    f.seek(0)
    print(zlib.crc32(f.getvalue()), UnPers(f).load())


class Override(pickle.Pickler):
    def reducer_override(self, o):
        return (str, ("seen",)) if isinstance(o, Plain) else NotImplemented


f = io.BytesIO()
Override(f).dump([Plain(), Plain, {1}])
print(pickle.loads(f.getvalue()))
f = io.BytesIO()
p = pickle.Pickler(f)
p.dispatch_table = copyreg.dispatch_table.copy()
p.dispatch_table[Plain] = lambda o: (int, ("12",))
p.dump([Plain(), 1j])
print(pickle.loads(f.getvalue()), p.bin, p.fast)


class Find(pickle.Unpickler):
    def find_class(self, module, name):
        return super().find_class("builtins", "list") if name == "Plain" else super().find_class(module, name)


print(Find(io.BytesIO(b"c__main__\nPlain\n.")).load(), Find(io.BytesIO(pickle.dumps(Plain))).load())
f = io.BytesIO()
p = pickle.Pickler(f)
x = ["shared"]
p.dump(x)
first = f.tell()
p.dump(x)
second = f.tell() - first
p.clear_memo()
p.dump(x)
print(first, second, f.tell() - first - second, [v for _, v in sorted(p.memo.copy().values())])
q = pickle.Pickler(io.BytesIO())
q.memo = p.memo
q.memo = p.memo.copy()
print(sorted(i for i, _ in q.memo.copy().values()))
u = pickle.Unpickler(io.BytesIO(f.getvalue()))
print(u.load(), u.load(), u.memo.copy())
u.memo = {0: "five"}
for bad in (1, {-1: 2}, {"a": 1}):
    attempt(setattr, u, "memo", bad)
attempt(setattr, p, "memo", {1: 2})
attempt(setattr, p, "memo", 3)
f = io.BytesIO()
p = pickle.Pickler(f, 4)
p.fast = 1
p.dump([[1, 2], "a", "a", {"k": "a"}])
print(f.getvalue())
attempt(p.dump, rec)

buffers = []
b = pickle.PickleBuffer(bytearray(b"abc"))
data = pickle.dumps([b, pickle.PickleBuffer(b"def")], 5, buffer_callback=buffers.append)
print(data, [x.tobytes() for x in pickle.loads(data, buffers=[x.raw() for x in buffers])], pickle.loads(pickle.dumps(b, 5)), pickle.loads(pickle.dumps(pickle.PickleBuffer(b"q"), 5)))
attempt(pickle.dumps, b, 4)
attempt(pickle.dumps, pickle.PickleBuffer(memoryview(b"abcdef")[::2]), 5)
print(bytes(b), memoryview(b).readonly, b.raw().tobytes())
b.release()
attempt(memoryview, b)
attempt(b.raw)
attempt(pickle.PickleBuffer, 1)


class Raw:
    """A file without peek and readinto."""

    def __init__(self, data):
        self.f = io.BytesIO(data)

    def read(self, n):
        return self.f.read(n)

    def readline(self):
        return self.f.readline()


for proto in range(6):
    value = [Plain(a="x" * 100000, b=bytearray(70000)), 1, "t", 2**100, b"z" * 66000]
    two = pickle.dumps(value, proto) + pickle.dumps("next", proto)
    r = Raw(two)
    assert pickle.load(r) == value and pickle.load(r) == "next"
    with io.BufferedReader(io.BytesIO(two)) as r:
        assert pickle.load(r) == value and pickle.load(r) == "next"
deep = []
for _ in range(100000):
    deep = [deep]
attempt(pickle.dumps, deep)
copyreg.add_extension("__main__", "Plain", 200)
data = pickle.dumps(Plain(z=1), 2)
print(data, pickle.loads(data).__dict__)
copyreg.remove_extension("__main__", "Plain", 200)
copyreg.clear_extension_cache()
print(_pickle.Pickler is pickle.Pickler, pickle.PickleError.__module__, pickle.PicklingError.__mro__[1:3])
print(*(x.__module__ for x in (queue.Empty, struct.error, binascii.Error, zlib.error)))
functions = pickle.loads(pickle.dumps([R((eval, ("lambda: %d" % i,))) for i in range(20)]))
print([f() for f in functions])

# text lines of protocol 0: Latin-1 with and without escapes
for text in ("", "plain", "Größe", "back\\slash", "line\nbreak\r\0\x1a", "日本", "\U0001f40d and \\u1234"):
    assert pickle.loads(pickle.dumps({text: [text]}, 0)) == {text: [text]}, text
assert pickle.loads(b"Vgr\xf6\xdfe \\u0041\n.") == "größe A" and pickle.loads(b"V\xff\n.") == "\xff"
