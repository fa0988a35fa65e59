# SPDX-License-Identifier: MIT
"""Built-in objects, classes, modules and exceptions that several threads change in every way they offer.

No result is checked: single operations raise what they document or work, and nothing crashes or hangs.
"""
import sys
from _check import HAMMER_ROUNDS, hammer


def lists():
    L = [[3, 1, 2][i % 3] for i in range(60)]
    class K:
        def __lt__(self, o): return False
    ks = [K() for _ in range(20)]
    hammer(lambda k: L.sort(), lambda k: L.append(k), lambda k: L.sort(key=lambda x: -x), lambda k: L.pop(),
           lambda k: L.extend(range(3)), lambda k: sorted(L), lambda k: L.reverse(), lambda k: L.insert(3, k),
           lambda k: L.__delitem__(slice(0, 3)), lambda k: L.__setitem__(slice(1, 5, 2), [1, 2]),
           lambda k: L.__init__(range(50)) if k % 50 == 0 else 0, lambda k: L.clear() if k % 60 == 0 else 0,
           lambda k: L * 2, lambda k: L + L, lambda k: L.index(3), lambda k: L.remove(1), lambda k: L.copy(),
           lambda k: L.__sizeof__(), lambda k: ks.sort(), lambda k: ks.append(K()), lambda k: ks.pop(),
           lambda k: L.__iadd__(L[:2]) if len(L) < 200 else L.clear(), lambda k: L.__imul__(1), lambda k: tuple(L),
           lambda k: L == L[:], lambda k: list(reversed(L)), lambda k: max(L), lambda k: sum(L), lambda k: L[3],
           lambda k: L.__reversed__().__length_hint__())
    it = [iter(L), reversed(L)]
    hammer(lambda k: next(it[0]), lambda k: next(it[1]), lambda k: it[0].__reduce__(),
           lambda k: it[0].__setstate__(k % 9), lambda k: it[1].__setstate__(k % 9), lambda k: it[1].__reduce__(),
           lambda k: it[0].__length_hint__(), lambda k: it.__setitem__(0, iter(L)) if k % 20 == 0 else 0,
           lambda k: it.__setitem__(1, reversed(L)) if k % 20 == 0 else 0, lambda k: L.append(1), lambda k: L.pop())


def dicts():
    import collections
    D = {i: [i] for i in range(30)}
    O = collections.OrderedDict((i, [i]) for i in range(30))
    DD = collections.defaultdict(list)
    C = collections.Counter()
    CM = collections.ChainMap({}, D)
    def drain(it):
        for x in it: pass
    hammer(lambda k: drain(D), lambda k: drain(D.items()), lambda k: drain(reversed(D)), lambda k: drain(O),
           lambda k: drain(O.items()), lambda k: drain(reversed(O)), lambda k: D.pop(k % 30, None),
           lambda k: D.__setitem__(k % 40, [k]), lambda k: O.pop(k % 30, None), lambda k: O.__setitem__(k % 40, [k]),
           lambda k: O.move_to_end(k % 40), lambda k: O.move_to_end(k % 40, last=False), lambda k: O.popitem(),
           lambda k: O.popitem(last=False), lambda k: D.update(O), lambda k: O.update(D),
           lambda k: D.clear() if k % 50 == 0 else 0, lambda k: O.clear() if k % 50 == 0 else 0, lambda k: D | O,
           lambda k: O | D, lambda k: O == D, lambda k: O == O.copy(), lambda k: repr(O),
           lambda k: D.keys() & O.keys(), lambda k: D.items() | O.items(), lambda k: O.setdefault(k % 50, []),
           lambda k: D.setdefault(k % 50, []).append(k), lambda k: DD[k % 20].append(k), lambda k: DD.copy(),
           lambda k: DD.pop(k % 20), lambda k: setattr(DD, "default_factory", list if k % 2 else dict),
           lambda k: repr(DD), lambda k: C.update("abcabc"), lambda k: C.subtract("ab"), lambda k: C.most_common(2),
           lambda k: CM[k % 30], lambda k: CM.__setitem__(k % 10, k), lambda k: CM.pop(k % 10), lambda k: list(CM),
           lambda k: O.__reduce__(), lambda k: setattr(O, "x", k), lambda k: O.__sizeof__(),
           lambda k: D.__sizeof__(), lambda k: O.__init__(a=[1]), lambda k: dict.fromkeys(D), lambda k: D.__ior__(O),
           lambda k: D.copy(), lambda k: list(D.values()), rounds=HAMMER_ROUNDS // 2)
    its = [iter(D), iter(D.items()), iter(O), reversed(O), reversed(D), iter(O.items()), iter(O.values())]
    def renew(k):
        if k % 7 == 0: its[:] = [iter(D), iter(D.items()), iter(O), reversed(O), reversed(D), iter(O.items()), iter(O.values())]
    hammer(renew, *[(lambda k, i=i: next(its[i])) for i in range(7)],
           *[(lambda k, i=i: its[i].__reduce__()) for i in range(7)],
           *[(lambda k, i=i: its[i].__length_hint__()) for i in range(7)], lambda k: D.__setitem__(k % 100, k),
           lambda k: O.__setitem__(k % 100, k), lambda k: O.popitem(), lambda k: D.popitem())


def sets():
    S = set(range(30))
    T = set(range(20, 50))
    hammer(lambda k: S.add(k % 60), lambda k: S.discard(k % 60), lambda k: S.pop(), lambda k: S | T, lambda k: S & T,
           lambda k: S ^ T, lambda k: S - T, lambda k: S.update(T), lambda k: S.intersection_update(T),
           lambda k: S.difference_update([1, 2]), lambda k: S.symmetric_difference_update(T), lambda k: T.__ior__(S),
           lambda k: T.__isub__(S), lambda k: S == T, lambda k: S <= T, lambda k: S.isdisjoint(T), lambda k: list(S),
           lambda k: repr(S), lambda k: S.copy(), lambda k: S.clear() if k % 40 == 0 else 0,
           lambda k: S.__init__(range(20)), lambda k: S.__sizeof__(), lambda k: S.__reduce__(),
           lambda k: frozenset(S))


def deques():
    from collections import deque
    d = deque(range(30))
    b = deque(maxlen=10)
    it = [iter(d), reversed(d)]
    hammer(lambda k: d.append(k), lambda k: d.popleft(), lambda k: d.__init__(range(20)) if k % 5 == 0 else 0,
           lambda k: d.__init__(range(20), 15) if k % 9 == 0 else 0, lambda k: d.__sizeof__(), lambda k: d.rotate(k),
           lambda k: d.extend([1] * 5), lambda k: d.extendleft([1] * 5), lambda k: d.clear() if k % 30 == 0 else 0,
           lambda k: list(d), lambda k: d[k % 10], lambda k: d.__setitem__(k % 10, [k]),
           lambda k: d.__delitem__(k % 10), lambda k: d.insert(3, k), lambda k: d.remove(1), lambda k: d.index(1),
           lambda k: d.count(1), lambda k: d.reverse(), lambda k: d.copy(), lambda k: d + b,
           lambda k: d.__iadd__(b) if len(d) < 100 else d.clear(), lambda k: d.__imul__(1), lambda k: d == b,
           lambda k: repr(d), lambda k: d.__reduce__(), lambda k: b.append(k), lambda k: b.appendleft(k),
           lambda k: b.maxlen, lambda k: b.__init__([], k % 7), lambda k: next(it[0]), lambda k: next(it[1]),
           lambda k: it.__setitem__(0, iter(d)), lambda k: it.__setitem__(1, reversed(d)),
           lambda k: it[0].__reduce__(), lambda k: it[0].__length_hint__(), lambda k: d.pop(),
           lambda k: d.extend(d) if len(d) < 100 else d.clear(), lambda k: 5 in d, lambda k: d.__mul__(2),
           lambda k: len(d))


def buffers():
    import array
    cell = [bytearray(b"x" * 100), array.array("i", range(50)), None]
    cell[2] = memoryview(cell[0])
    def renew(k):
        if k % 3 == 0:
            cell[2] = memoryview(cell[k % 2])
    B = cell[0]
    A = cell[1]
    hammer(renew, lambda k: cell[2].release(), lambda k: cell[2][5], lambda k: cell[2].__setitem__(5, 3),
           lambda k: bytes(cell[2]), lambda k: cell[2].tolist(), lambda k: cell[2][2:5].release(),
           lambda k: cell[2].cast("B").tobytes(), lambda k: hash(cell[2].toreadonly()), lambda k: cell[2] == B,
           lambda k: list(cell[2]), lambda k: cell[2].hex(), lambda k: cell[2].__enter__(), lambda k: cell[2].nbytes,
           lambda k: cell[2].obj, lambda k: repr(cell[2]), lambda k: cell[2].__setitem__(slice(0, 4), cell[2][4:8]),
           lambda k: len(cell[2]), lambda k: B.append(1), lambda k: B.extend(b"123"), lambda k: B.pop(),
           lambda k: B.__delitem__(slice(0, 2)), lambda k: B.__setitem__(slice(0, 2), b"abcdef"),
           lambda k: B.clear() if k % 50 == 0 else 0, lambda k: B.__init__(100) if k % 20 == 0 else 0,
           lambda k: B.find(b"a"), lambda k: B.replace(b"x", b"yy"), lambda k: B.translate(None, b"x"),
           lambda k: B.split(b"x"), lambda k: B.upper(), lambda k: B + B,
           lambda k: B.__iadd__(b"q") if len(B) < 500 else B.clear(), lambda k: B.decode("latin1"),
           lambda k: B == B[:], lambda k: B.join([b"a", B]), lambda k: int(B), lambda k: B.insert(2, 5),
           lambda k: B.remove(5), lambda k: B.reverse(), lambda k: B.__alloc__(), lambda k: B * 2, lambda k: repr(B),
           lambda k: b"".join([B, B]), lambda k: bytes(B), lambda k: B.startswith(B), lambda k: B.strip(),
           lambda k: B.hex(), lambda k: float(B), lambda k: A.append(k), lambda k: A.pop(),
           lambda k: A.extend(A[:5]), lambda k: A.__delitem__(slice(0, 20)), lambda k: A.frombytes(b"12345678"),
           lambda k: A.tobytes(), lambda k: A.byteswap(), lambda k: A.reverse(), lambda k: A.fromlist([1, 2]),
           lambda k: A.buffer_info(), lambda k: A.insert(1, 4), lambda k: A * 2, lambda k: A == A[:],
           lambda k: repr(A), lambda k: A.__setitem__(slice(0, 4, 2), array.array("i", [1, 2])), lambda k: A[3])


def types():
    class M(type): pass
    class Base1:
        x = 1
        def f(self): return 1
    class Base2:
        x = 2
        def f(self): return 2
        def __len__(self): return 3
    class C(Base1):
        def __init__(self): self.a = 1; self.b = 2
    class D(C): pass
    class E(Base2):
        def __init__(self): self.b = 1; self.z = 2
    o, p = C(), D()
    hammer(lambda k: setattr(C, "__bases__", (Base1,) if k % 2 else (Base2,)), lambda k: o.f(), lambda k: p.f(),
           lambda k: p.x, lambda k: len(p), lambda k: setattr(p, "__class__", [C, D, E][k % 3]),
           lambda k: setattr(C, "y%d" % (k % 5), k), lambda k: delattr(C, "y%d" % (k % 5)), lambda k: p.a,
           lambda k: p.b, lambda k: setattr(p, "q%d" % (k % 30), [k]), lambda k: p.__dict__,
           lambda k: setattr(p, "__dict__", {"a": [1], "b": 2}), lambda k: delattr(p, "a"),
           lambda k: isinstance(p, Base2), lambda k: D.__mro__, lambda k: D.mro(), lambda k: Base1.__subclasses__(),
           lambda k: setattr(C, "__getattr__", lambda s, n: 5), lambda k: delattr(C, "__getattr__"),
           lambda k: p.nope, lambda k: setattr(C, "__eq__", lambda a, b: True), lambda k: p == o,
           lambda k: delattr(C, "__eq__"), lambda k: hash(p), lambda k: setattr(C, "__name__", "C%d" % k),
           lambda k: repr(C), lambda k: repr(p), lambda k: setattr(C, "__qualname__", "Q%d" % k),
           lambda k: setattr(C, "__doc__", str(k)), lambda k: C.__doc__,
           lambda k: setattr(C, "__module__", "m%d" % k), lambda k: D(), lambda k: type("T", (D,), {"k": k})().f(),
           lambda k: dir(p), lambda k: vars(C),
           lambda k: setattr(C, "__abstractmethods__", {"f"} if k % 2 else set()), lambda k: C.__dict__["__init__"],
           lambda k: C.__annotations__, lambda k: setattr(C, "__annotations__", {"x": k}), lambda k: p.__class__,
           lambda k: setattr(C, "__iter__", lambda s: iter([1])), lambda k: list(p),
           lambda k: delattr(C, "__iter__"), lambda k: setattr(C, "__call__", lambda s: 1), lambda k: p(),
           lambda k: delattr(C, "__call__"), lambda k: p.__reduce_ex__(2), lambda k: super(D, p).f(), rounds=HAMMER_ROUNDS // 3)


def modules():
    import types
    m = types.ModuleType("m")
    m.x = 1
    ns = {"x": [1], "print": print}
    exec("def f():\n global x, y\n y = [x]\n return len(y) and x\n", ns)
    f = ns["f"]
    import builtins
    hammer(lambda k: m.x, lambda k: setattr(m, "y%d" % (k % 9), [k]), lambda k: delattr(m, "y%d" % (k % 9)),
           lambda k: m.__init__("m%d" % k, "d"), lambda k: repr(m),
           lambda k: m.__dict__.clear() if k % 30 == 0 else 0, lambda k: m.__dict__.update(x=[k]),
           lambda k: setattr(m, "__getattr__", lambda n: n), lambda k: m.zz, lambda k: dir(m),
           lambda k: setattr(m, "__class__", types.ModuleType), lambda k: f(), lambda k: ns.__setitem__("x", [k]),
           lambda k: ns.pop("x") if k % 9 == 0 else 0, lambda k: ns.__setitem__("len", len), lambda k: ns.pop("len"),
           lambda k: ns.__setitem__("new%d" % k, 1), lambda k: setattr(builtins, "zz", k),
           lambda k: delattr(builtins, "zz"), lambda k: m.__annotations__, lambda k: m.__spec__)


def ctxvars():
    import contextvars
    v = contextvars.ContextVar("v", default=0)
    w = contextvars.ContextVar("w")
    ctx = contextvars.copy_context()
    def inside(k): v.set([k]); w.set(k); v.get(); return list(contextvars.copy_context().items())
    tok = [None]
    def settok(k): tok[0] = v.set(k)
    hammer(lambda k: ctx.run(inside, k), lambda k: ctx.copy().run(inside, k), lambda k: list(ctx),
           lambda k: ctx.get(v), lambda k: v in ctx, lambda k: len(ctx), lambda k: ctx == ctx.copy(),
           lambda k: list(ctx.values()), settok, lambda k: v.reset(tok[0]), lambda k: tok[0].old_value,
           lambda k: repr(tok[0]), lambda k: tok[0].var, lambda k: v.get(), lambda k: contextvars.copy_context(),
           lambda k: repr(v), lambda k: ctx.keys())


def weak():
    import weakref, gc
    class T: pass
    cell = [T()]
    refs = []
    hits = []
    def renew(k): cell[0] = T()
    def add(k):
        refs.append(weakref.ref(cell[0], lambda r: hits.append(r())))
        refs.append(weakref.proxy(cell[0], lambda r: hits.append(1)))
        if len(refs) > 50: refs.clear()
    wvd, wkd, ws = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary(), weakref.WeakSet()
    hammer(renew, add, lambda k: refs[0](), lambda k: refs[0] == refs[2], lambda k: hash(refs[0]),
           lambda k: refs[1].x, lambda k: repr(refs[0]), lambda k: weakref.getweakrefs(cell[0]),
           lambda k: weakref.getweakrefcount(cell[0]), lambda k: refs[0].__callback__,
           lambda k: wvd.__setitem__(k % 9, cell[0]), lambda k: wkd.__setitem__(cell[0], k),
           lambda k: ws.add(cell[0]), lambda k: list(wvd.items()), lambda k: list(wkd.items()), lambda k: list(ws),
           lambda k: len(ws), lambda k: wvd.get(k % 9), lambda k: weakref.ref(cell[0])(),
           lambda k: weakref.finalize(cell[0], hits.append, 1).detach(), lambda k: hits.clear(),
           lambda k: gc.collect() if k % 100 == 0 else 0, lambda k: refs[0].__init__(cell[0]),
           lambda k: weakref.WeakMethod(cell[0].__repr__))


def descriptors():
    class C:
        @property
        def x(self): return 1
        @classmethod
        def c(cls): return cls
        @staticmethod
        def s(): return 1
    o = C()
    P, CM, SM = C.__dict__["x"], C.__dict__["c"], C.__dict__["s"]
    def g1(s): "doc1"; return [1]
    def g2(s): return [2]
    sup = super(C, o)
    hammer(lambda k: P.__init__(g1 if k % 2 else g2, None, None, str(k)), lambda k: o.x, lambda k: P.fget,
           lambda k: P.__doc__, lambda k: setattr(P, "__doc__", [k]), lambda k: P.getter(g1),
           lambda k: CM.__init__(g1 if k % 2 else g2), lambda k: o.c(), lambda k: C.c(), lambda k: CM.__func__,
           lambda k: CM.__dict__, lambda k: SM.__init__(g1), lambda k: C.s(1), lambda k: o.s(1), lambda k: SM(1),
           lambda k: SM.__wrapped__, lambda k: repr(SM), lambda k: repr(CM), lambda k: sup.__init__(C, o),
           lambda k: sup.__repr__(), lambda k: sup.__thisclass__, lambda k: P.__set_name__(C, "n"),
           lambda k: P.__isabstractmethod__, lambda k: setattr(o, "x", 1), lambda k: repr(sup),
           lambda k: sup.__self__)


def excs():
    e = ValueError("a")
    o = OSError(1, "x")
    u = UnicodeDecodeError("utf8", b"abc", 0, 1, "r")
    g = ExceptionGroup("g", [e, KeyError(1)])
    se = SyntaxError("m", ("f", 1, 2, "t"))
    ie = ImportError("x", name="n", path="p")
    st = StopIteration(1)
    sy = SystemExit(1)
    ne = NameError("x", name="n")
    ae = AttributeError("x", name="n", obj=[])
    def raise_(k):
        try: raise e
        except ValueError: pass
    def ctx(k):
        try:
            try: raise e
            except ValueError as x: raise o from x
        except OSError: pass
    import traceback
    hammer(raise_, ctx, lambda k: setattr(e, "args", (k, [k])), lambda k: e.args, lambda k: str(e),
           lambda k: repr(e), lambda k: e.with_traceback(None), lambda k: e.__traceback__,
           lambda k: setattr(e, "__cause__", KeyError(k)), lambda k: setattr(e, "__context__", None),
           lambda k: e.__cause__, lambda k: e.__context__, lambda k: e.add_note("n"),
           lambda k: getattr(e, "__notes__", 0), lambda k: e.__init__(k), lambda k: e.__reduce__(),
           lambda k: e.__setstate__({"z": k}), lambda k: setattr(o, "errno", k), lambda k: str(o),
           lambda k: setattr(o, "filename", str(k)), lambda k: o.filename, lambda k: o.__init__(2, "y"),
           lambda k: o.__reduce__(), lambda k: setattr(u, "object", b"x" * (k % 50)),
           lambda k: setattr(u, "start", k), lambda k: setattr(u, "end", k), lambda k: str(u), lambda k: u.reason,
           lambda k: u.__init__("utf8", b"q" * (k % 9), 0, 1, "z"), lambda k: g.exceptions,
           lambda k: g.split(ValueError), lambda k: g.derive([e]), lambda k: str(g), lambda k: se.text,
           lambda k: str(se), lambda k: se.__init__("m%d" % k, ("f", 1, 2, "t")), lambda k: setattr(se, "lineno", k),
           lambda k: setattr(ie, "name", str(k)), lambda k: ie.__init__(str(k), name=str(k)),
           lambda k: repr(ie.__reduce__()), lambda k: setattr(st, "value", [k]), lambda k: st.value,
           lambda k: setattr(sy, "code", [k]), lambda k: sy.code, lambda k: setattr(ne, "name", [k]),
           lambda k: ne.name, lambda k: setattr(ae, "obj", [k]), lambda k: ae.obj,
           lambda k: traceback.format_exception(e) if k % 20 == 0 else 0,
           lambda k: setattr(e.__traceback__, "tb_next", None), lambda k: e.__traceback__.tb_lineno,
           lambda k: e.__traceback__.tb_frame.f_locals, lambda k: e.__traceback__.tb_frame.clear(),
           lambda k: e.__dict__.clear(), lambda k: setattr(e, "__dict__", {"q": k}))


def strings():
    s = "abc" * 10
    b = b"abc" * 10
    u = "äöü" * 10
    strs = [s]
    def grow(k): strs[0] = strs[0] + "x" if len(strs[0]) < 200 else "abc"
    def grow2(k): strs[0] += "y"
    x = 10 ** 50
    hammer(grow, grow2, lambda k: hash(strs[0]), lambda k: strs[0].encode(), lambda k: hash(u + str(k)),
           lambda k: sys.intern("q%d" % (k % 99)), lambda k: s.join([strs[0]] * 3), lambda k: hash(b + bytes(k % 9)),
           lambda k: (s + u).encode("utf8"), lambda k: str(x + k), lambda k: int(str(k) * 9),
           lambda k: "%s %r" % (strs[0], u), lambda k: f"{strs[0]!r:>10}", lambda k: strs[0].split("x"),
           lambda k: "".join(strs[0]), lambda k: hash((strs[0], k)), lambda k: hash(frozenset([k, strs[0]])))


for test in (lists, dicts, sets, deques, buffers, types, modules, ctxvars, weak, descriptors, excs, strings):
    test()
