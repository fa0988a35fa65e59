# SPDX-License-Identifier: MIT
"""What all threads of a program share without asking: globals of exec, modules and the import system, warnings,
trace functions, the collector's settings, closures, caches, and classes whose special methods come and go.

No result is checked: single operations raise what they like, and nothing crashes or hangs.
"""
import ast
import builtins
import codecs
import collections.abc
import copy
import functools
import gc
import io
import linecache
import locale
import operator
import os
import pickle
import random
import sys
import threading
import time
import traceback
import types
import warnings
from _check import DOCUMENTED, HAMMER_ROUNDS, hammer

ROUNDS = max(4, HAMMER_ROUNDS // 3)
warnings.simplefilter("ignore")
sys.unraisablehook = lambda unraisable: None


def execs():
    g = {"x": [1], "n": 0}
    l = {}
    co = compile("n += 1\ny = [x, n]\nfor i in range(3): z = i\ndef f(a=n): return a + n\nf()\n"
                 "class C:\n q = n\n def m(self): return x\nC().m()\n", "s", "exec")
    few = {"range": range, "__build_class__": builtins.__build_class__, "__import__": __import__}
    ev = compile("[x for _ in range(3)] + [n]", "e", "eval")
    co2 = compile("def f(a): return a\nx = lambda: n\nimport math as mm\nfrom os import path as pp\ndel z\n", "s2",
                  "exec")
    hammer(lambda k: exec(co, g), lambda k: eval(ev, g), lambda k: exec(co, g, l), lambda k: exec(co2, g),
           lambda k: g.pop("f", None), lambda k: g["f"](3), lambda k: g.update(x=[k]),
           lambda k: g.pop("n") if k % 5 == 0 else g.setdefault("n", 1), lambda k: exec("global y; y = %d" % k, g),
           lambda k: g["C"]().m(), lambda k: g["C"].q, lambda k: exec(co, {**g}), lambda k: g.pop("__builtins__", 0),
           lambda k: g.__setitem__("__builtins__", few if k % 2 else builtins),
           lambda k: g.clear() if k % 9 == 0 else 0, lambda k: list(g),
           lambda k: eval("n + 1", g, l), ok=(Exception,), rounds=ROUNDS)


def imports():
    import importlib.util
    mods = ["colorsys", "sndhdr", "this_is_not", "textwrap", "email.message", "html.entities", "wave", "cmd",
            "fractions", "calendar"]
    finders = list(sys.meta_path)
    def drop(k): sys.modules.pop(mods[k % len(mods)], None)
    hammer(lambda k: __import__(mods[k % len(mods)]), drop,
           lambda k: importlib.import_module(mods[k * 3 % len(mods)]),
           lambda k: importlib.reload(sys.modules[mods[k % len(mods)]]), lambda k: importlib.invalidate_caches(),
           lambda k: importlib.util.find_spec(mods[k % 7]), lambda k: list(sys.modules.items()),
           lambda k: sys.path.append("/q%d" % k), lambda k: sys.path.remove("/q%d" % k),
           lambda k: exec("from textwrap import *\nfrom colorsys import rgb_to_hsv as r", {}),
           lambda k: sys.path_importer_cache.clear() if k % 7 == 0 else 0,
           lambda k: setattr(sys.modules["textwrap"], "a%d" % (k % 5), k),
           lambda k: sys.modules.__setitem__("fake%d" % (k % 5), types.ModuleType("fake")),
           lambda k: __import__("fake%d" % (k % 5)),
           lambda k: sys.meta_path.append(finders[0]) if k % 3 == 0 else sys.meta_path.pop(),
           lambda k: sys.meta_path.__setitem__(slice(None), finders),
           ok=(Exception,), rounds=ROUNDS)
    sys.meta_path[:] = finders


def warn():
    warnings.resetwarnings()
    def w(k): warnings.warn("m%d" % (k % 7), UserWarning)
    warnings.showwarning = lambda *a, **k: None
    hammer(w, lambda k: warnings.simplefilter(["ignore", "always", "error", "once", "default"][k % 5]),
           lambda k: warnings.resetwarnings(), lambda k: warnings.filterwarnings("ignore", "m%d" % k),
           lambda k: warnings.warn_explicit("x", DeprecationWarning, "f", k),
           lambda k: globals().get("__warningregistry__", {}).clear(),
           lambda k: warnings.filters.append(("ignore", None, UserWarning, None, 0)),
           lambda k: warnings.filters.pop(), lambda k: warnings.catch_warnings(record=True).__enter__(),
           lambda k: setattr(warnings, "onceregistry", {}),
           lambda k: setattr(warnings, "defaultaction", "ignore"),
           lambda k: setattr(warnings, "filters", [("ignore", None, Warning, None, 0)]),
           ok=(Exception,), rounds=ROUNDS)
    warnings.simplefilter("ignore")


def tracers():
    def f(n):
        s = []
        for i in range(5):
            s.append(i + n)
        try: {}[1]
        except KeyError: pass
        return [x for x in s]
    def g():
        yield from range(3)
    def tr(fr, ev, arg):
        fr.f_locals; fr.f_trace_opcodes = ev == "call"
        return tr
    def pr(fr, ev, arg): pass
    import cProfile
    def prof(k):
        p = cProfile.Profile(); p.enable(); f(k); p.disable(); p.getstats()
    P = cProfile.Profile()
    hammer(lambda k: sys.settrace(tr if k % 2 else None), f, lambda k: list(g()),
           lambda k: sys.setprofile(pr if k % 3 else None),
           lambda k: f(k), prof, lambda k: sys.settrace(None), lambda k: sys.setprofile(None),
           lambda k: [setattr(fr, "f_trace", tr) for fr in sys._current_frames().values()],
           lambda k: setattr(sys._getframe(), "f_trace", tr), lambda k: P.enable(), lambda k: P.disable(),
           lambda k: P.getstats(), lambda k: P.clear(), ok=(Exception,), rounds=ROUNDS)
    sys.settrace(None)
    sys.setprofile(None)


def gcs():
    def cyc(k):
        a = []; a.append(a); b = {"a": a}; b["b"] = b
    class D:
        def __del__(self): self.x = [self]
    def d(k):
        x = D(); x.me = x
    o = [1]
    def cb(ph, info): info["q"] = ph
    th = gc.get_threshold()
    hammer(cyc, d, lambda k: gc.collect(k % 3), lambda k: gc.set_threshold(10 + k, 5, 5), lambda k: gc.get_stats(),
           lambda k: gc.get_count(), lambda k: gc.freeze(), lambda k: gc.unfreeze(), lambda k: gc.get_freeze_count(),
           lambda k: gc.disable(), lambda k: gc.enable(), lambda k: gc.isenabled(),
           lambda k: gc.callbacks.append(cb) if len(gc.callbacks) < 9 else gc.callbacks.clear(),
           lambda k: gc.set_debug(0), lambda k: gc.get_debug(), lambda k: gc.get_referrers(o) if k % 5 == 0 else 0,
           lambda k: gc.get_objects(k % 3) if k % 7 == 0 else 0, lambda k: gc.garbage.append(k),
           lambda k: gc.garbage.clear(), lambda k: gc.set_debug(gc.DEBUG_SAVEALL) if k % 11 == 0 else 0,
           lambda k: sys._clear_type_cache(), lambda k: sys.getallocatedblocks(), ok=(Exception,), rounds=ROUNDS)
    gc.callbacks.clear()
    gc.set_threshold(*th)
    gc.set_debug(0)
    gc.garbage.clear()


def asts():
    t = ast.parse("x = [1, 2]\ndef f(a, *b, c=1): return a + b\nclass C: pass\nfor i in x: print(i)\n")
    hammer(lambda k: ast.dump(t), lambda k: compile(t, "x", "exec"),
           lambda k: t.body.append(ast.Pass(lineno=1, col_offset=0)), lambda k: t.body.pop(),
           lambda k: setattr(t.body[0], "value", ast.Constant(k)), lambda k: ast.fix_missing_locations(t),
           lambda k: copy.deepcopy(t), lambda k: ast.unparse(t), lambda k: setattr(t.body[1], "name", "n%d" % k),
           lambda k: t.body[1].body.clear() if k % 5 == 0 else 0,
           lambda k: t.body[1].body.append(ast.Pass(lineno=1, col_offset=0)), lambda k: list(ast.walk(t)),
           lambda k: delattr(t.body[1], "args") if k % 9 == 0 else 0, lambda k: ast.parse("a + b * %d" % k),
           lambda k: setattr(ast.Name, "extra%d" % (k % 3), k), lambda k: ast.literal_eval("[1, {2: 3}, %d]" % k),
           lambda k: t.__reduce__(),
           lambda k: setattr(t.body[0], "targets", [ast.Name("z", ast.Store(), lineno=1, col_offset=0)]),
           lambda k: compile("def f():\n return %d\n" % k, "f", "exec", ast.PyCF_ONLY_AST),
           ok=(Exception,), rounds=ROUNDS)


def copies():
    class N:
        def __init__(self): self.a = [1, {2: 3}]; self.b = self
        def __reduce_ex__(self, p): return object.__reduce_ex__(self, p)
    o = N()
    L = [o, [o], {1: o}]
    D = {"a": [1], "b": {"c": L}}
    S = {1, 2, (3, 4)}
    hammer(lambda k: copy.deepcopy(L), lambda k: copy.deepcopy(D), lambda k: copy.copy(o), lambda k: o.a.append(k),
           lambda k: o.a.clear() if k % 7 == 0 else 0, lambda k: setattr(o, "c%d" % (k % 9), [k]),
           lambda k: delattr(o, "c%d" % (k % 9)), lambda k: L.append(k), lambda k: L.pop(),
           lambda k: D.__setitem__(k % 9, [k]), lambda k: D.pop(k % 9), lambda k: pickle.dumps(D["a"]),
           lambda k: repr(L), lambda k: L == copy.copy(L), lambda k: D == dict(D), lambda k: sorted(L, key=id),
           lambda k: copy.deepcopy(S), lambda k: S.add(k), lambda k: S.discard(k), lambda k: o.__dict__.copy(),
           lambda k: vars(o).update(z=k), lambda k: o.__dict__.pop("z"),
           lambda k: setattr(o, "__dict__", {"a": [k], "b": o}), ok=(Exception,), rounds=ROUNDS)


def sorts():
    L = list(range(50))
    M = [[i] for i in range(30)]
    src = {i: i for i in range(30)}
    def key(x):
        L.append(1); L.pop(); return -x if type(x) is int else 0
    class K:
        def __init__(s, v): s.v = v
        def __lt__(s, o): M.append([1]); M.pop(); return s.v < o.v
    hammer(lambda k: L.sort(key=key), lambda k: L.sort(), lambda k: L.extend(range(5)),
           lambda k: L.__delitem__(slice(5, 20)), lambda k: L.__setitem__(slice(0, 3), [9, 8]),
           lambda k: sorted(L, key=key), lambda k: M.sort(), lambda k: M.append([k]), lambda k: M[0].append(k),
           lambda k: M.sort(key=lambda m: m[0]), lambda k: sorted(map(K, L)), lambda k: max(L, key=key),
           lambda k: min(M), lambda k: functools.reduce(operator.add, L), lambda k: sum(L),
           lambda k: any((x > 100 for x in L)), lambda k: dict(zip(L, M)), lambda k: [*L, *M], lambda k: {*L},
           lambda k: {**src, **{k: 1}}, lambda k: src.__setitem__(k, k), lambda k: src.pop(k),
           lambda k: (lambda *a, **q: a)(*L, **{"x": 1}), lambda k: "".join(map(str, L)),
           lambda k: b",".join([b"x"] * len(L)), lambda k: list.__init__(L, range(40)), lambda k: L == M,
           lambda k: L < L[1:], lambda k: str(L) + repr(M), lambda k: L.clear() if k % 6 == 0 else 0,
           lambda k: tuple(M), lambda k: isinstance(1, tuple([int, str])), lambda k: L.count(1), lambda k: 1 in M,
           lambda k: L * 3, lambda k: [a for a, *b in [L, M]], lambda k: bytes(L), lambda k: bytearray(L),
           lambda k: set(M[0]), lambda k: "%s %s" % tuple(L[:2]),
           lambda k: str.format("{0[0]} {1}", L, M), ok=(Exception,), rounds=ROUNDS)


def sysstate():
    hammer(lambda k: sys.setswitchinterval(0.005 + k / 100000.0), lambda k: sys.getswitchinterval(),
           lambda k: sys.setrecursionlimit(900 + k), lambda k: sys.getrecursionlimit(),
           lambda k: sys.intern("abc%d" % k), lambda k: sys.set_int_max_str_digits(5000 + k),
           lambda k: int("1" * 600), lambda k: str(10 ** 700), lambda k: sys.exc_info(),
           lambda k: sys.set_coroutine_origin_tracking_depth(k % 3),
           lambda k: sys.get_coroutine_origin_tracking_depth(), lambda k: sys._current_frames(),
           lambda k: sys._current_exceptions(), lambda k: sys.flags, lambda k: sys.set_asyncgen_hooks(None, None),
           lambda k: sys.get_asyncgen_hooks(), lambda k: sys.audit("x.y", k),
           lambda k: locale.localeconv(), lambda k: os.environ.update(QQ=str(k)), lambda k: os.getcwd(),
           lambda k: os.umask(0o22), lambda k: time.tzset(), lambda k: time.strftime("%c"), lambda k: time.localtime(),
           lambda k: random.random(), lambda k: random.seed(k), lambda k: random.sample(range(50), 5),
           lambda k: setattr(builtins, "len", len), lambda k: setattr(builtins, "zzz%d" % (k % 4), k),
           lambda k: delattr(builtins, "zzz%d" % (k % 4)), lambda k: codecs.register(lambda n: None) if k == 3 else 0,
           lambda k: codecs.lookup("latin%d" % (k % 5 + 1)), lambda k: linecache.getline(__file__, k),
           lambda k: linecache.clearcache(), lambda k: functools.lru_cache(len),
           lambda k: sys.getsizeof(sys.modules), ok=(Exception,), rounds=ROUNDS)


def abcs():
    import abc, typing, enum, dataclasses
    class A(abc.ABC):
        @abc.abstractmethod
        def f(self): pass
    class P(typing.Protocol):
        def f(self): ...
    RP = typing.runtime_checkable(P)
    ks = [type("K%d" % i, (), {"f": lambda s: 1}) for i in range(10)]
    hammer(lambda k: A.register(ks[k % 10]), lambda k: isinstance(ks[k % 10](), A),
           lambda k: issubclass(ks[(k + 3) % 10], A), lambda k: isinstance(ks[k % 10](), RP),
           lambda k: isinstance(5, collections.abc.Sized),
           lambda k: issubclass(type("X", (), {}), collections.abc.Hashable), lambda k: type("Y", (A,), {"f": len})(),
           lambda k: A._abc_caches_clear(), lambda k: A._abc_registry_clear() if k % 7 == 0 else 0,
           lambda k: abc.get_cache_token(), lambda k: A._dump_registry(io.StringIO()),
           lambda k: enum.Enum("E%d" % k, "a b c").a, lambda k: dataclasses.make_dataclass("D", ["x", "y"])(1, 2),
           lambda k: typing.get_type_hints(A), lambda k: typing.List[ks[k % 10]],
           lambda k: typing.Union[ks[k % 10], int], lambda k: collections.abc.Sequence.register(ks[k % 10]),
           lambda k: ks.__setitem__(k % 10, type("N", (A,), {"f": len})), ok=(Exception,), rounds=ROUNDS)


def dispatch():
    @functools.singledispatch
    def f(x): return x
    class C:
        v = functools.cached_property(lambda s: [1])
        m = functools.singledispatchmethod(lambda s, x: x)
    o = C()
    @functools.lru_cache(4)
    def rec(n): return rec(n - 1) if n > 0 else [0]
    class Eq:
        def __init__(s, v): s.v = v
        def __hash__(s): return s.v % 3
        def __eq__(s, o): return s.v == o.v
    @functools.lru_cache(6)
    def keyed(k): return [k]
    @functools.lru_cache(3)
    def thrower(k):
        if k % 3 == 0: raise KeyError
        return k
    hammer(lambda k: f(k), lambda k: f.register(type("T", (int,), {}), lambda x: 1), lambda k: f.dispatch(bool),
           lambda k: f.registry, lambda k: f._clear_cache(), lambda k: o.v, lambda k: o.__dict__.pop("v", 0),
           lambda k: o.m(3), lambda k: rec(k % 20), lambda k: rec.cache_clear(), lambda k: rec.cache_info(),
           lambda k: keyed(Eq(k % 11)), lambda k: keyed.cache_clear() if k % 9 == 0 else 0, lambda k: thrower(k),
           lambda k: copy.copy(keyed), lambda k: setattr(keyed, "x", k), lambda k: keyed.__wrapped__,
           lambda k: keyed(k=Eq(3)), ok=(Exception,), rounds=ROUNDS)


def excgroups():
    def f(k):
        try: raise ExceptionGroup("g", [ValueError(k), e, KeyError(2)])
        except* ValueError as x: x.exceptions
        except* KeyError: pass
    e = KeyError(1)
    g = ExceptionGroup("g", [e, ExceptionGroup("h", [e, TypeError()])])
    def chain(k):
        try:
            try: raise e
            finally: raise g from e
        except ExceptionGroup: pass
    def deep(n):
        if n: deep(n - 1)
        else: raise e
    def d(k):
        try: deep(10)
        except KeyError as x: x.__traceback__.tb_next.tb_next
    hammer(f, chain, d, lambda k: traceback.format_exception(g), lambda k: g.split(KeyError),
           lambda k: g.subgroup(lambda x: True), lambda k: e.with_traceback(None),
           lambda k: setattr(e, "__traceback__", None),
           lambda k: traceback.TracebackException.from_exception(e, capture_locals=True).format(),
           lambda k: traceback.walk_tb(e.__traceback__).__next__(),
           lambda k: setattr(e.__traceback__, "tb_next", None), lambda k: setattr(g, "__context__", e),
           lambda k: setattr(e, "__context__", None), lambda k: e.__traceback__.tb_frame.f_back,
           lambda k: [t.tb_lineno for t in [e.__traceback__] if t], lambda k: e.add_note("x") if k % 5 == 0 else 0,
           lambda k: setattr(e, "__notes__", [str(k)]), lambda k: gc.collect(0), ok=(Exception,), rounds=ROUNDS)


def closures():
    def mk():
        x = [1]; y = 2
        def a(): nonlocal x; x = [y]; return x
        def b(): nonlocal y; y = y + 1; return x
        def c():
            nonlocal x
            try: del x
            except NameError: pass
            x = [5]
        def d(*args, **kw): return locals(), x
        class C:
            z = y
            def m(self): return x, __class__
        return a, b, c, d, C
    a, b, c, d, C = mk()
    cells = a.__closure__ + b.__closure__
    hammer(*[lambda k, f=f: f() for f in (a, b, c, d)], lambda k: C().m(),
           lambda k: setattr(cells[0], "cell_contents", [k]), lambda k: delattr(cells[0], "cell_contents"),
           lambda k: cells[0].cell_contents, lambda k: setattr(cells[-1], "cell_contents", k),
           lambda k: types.FunctionType(a.__code__, {}, "q", None, a.__closure__)(), lambda k: mk()[0](),
           lambda k: repr(cells), lambda k: cells[0] == cells[1], lambda k: d(*[1, 2], **{"q": 3}),
           lambda k: a.__code__.replace(co_name="z"), ok=(Exception,), rounds=ROUNDS)


def loops():
    def new():
        return [iter([1] * 99), enumerate([1] * 99), zip([1] * 99, [2] * 99), map(str, [1] * 99),
                filter(None, [1] * 99), iter("abc" * 30), iter({1: 2}), iter(range(99)), reversed(range(99)),
                iter(lambda: 1, 2)]
    it = new()
    def ren(k):
        if k % 5 == 0: it[:] = new()
    def loop(i):
        def f(k):
            for j, x in enumerate(it[i]):
                if j > 5: break
        return f
    def comp(i): return lambda k: [x for x, _ in zip(it[i], range(7))]
    def star(i): return lambda k: (lambda a, b, *c: c)(*[next(it[i]), next(it[i])])
    hammer(ren, *[loop(i) for i in range(10)], *[comp(i) for i in range(10)], *[star(i) for i in range(10)],
           *[lambda k, i=i: copy.copy(it[i]) for i in range(9)], ok=(Exception,), rounds=ROUNDS)


def typeslots():
    names = ("__add__ __radd__ __getitem__ __setitem__ __len__ __iter__ __next__ __call__ __eq__ __hash__ __bool__ "
             "__contains__ __getattr__ __setattr__ __get__ __enter__ __exit__ __index__ __int__ __str__ __repr__ "
             "__del__ __lt__ __neg__ __await__ __getattribute__ __missing__ __class_getitem__ __set_name__ "
             "__instancecheck__ __format__ __bytes__ __dir__ __sizeof__ __reversed__ __iadd__ __matmul__ "
             "__divmod__ __pow__ __init__ __new__ __doc__ __slots__ __match_args__").split()
    class T: pass
    class U(T): pass
    class V(U, dict): pass
    o, v = U(), V()
    def st(k):
        for n in names[k % 7::7]:
            try: setattr(T, n, (lambda *a: 1) if n != "__getattribute__" else object.__getattribute__)
            except DOCUMENTED: pass
    def rm(k):
        for n in names[k % 5::5]:
            try: delattr(T, n)
            except DOCUMENTED: pass
    def use(x):
        def f(k):
            for op in (lambda: x + 1, lambda: 1 + x, lambda: x[1], lambda: x.__setitem__(1, 2), lambda: len(x),
                       lambda: iter(x), lambda: next(x), lambda: x(), lambda: x == 1, lambda: hash(x),
                       lambda: bool(x), lambda: 1 in x, lambda: x.nope, lambda: setattr(x, "q", 1),
                       lambda: operator.index(x), lambda: int(x), lambda: str(x), lambda: repr(x), lambda: x < 1,
                       lambda: -x, lambda: f"{x}", lambda: dir(x), lambda: sys.getsizeof(x), lambda: x @ 1,
                       lambda: divmod(x, 1), lambda: x ** 2, lambda: U(), lambda: type(x)(), lambda: isinstance(x, T),
                       lambda: x.__class__):
                try: op()
                except DOCUMENTED: pass
        return f
    hammer(st, rm, use(o), use(v), use(T), lambda k: setattr(U, "__bases__", (T,)),
           lambda k: setattr(U, "__bases__", (type("Z", (T,), {}),)), ok=(Exception,), rounds=ROUNDS)


for test in (execs, imports, warn, tracers, gcs, asts, copies, sorts, sysstate, abcs, dispatch, excgroups, closures,
             loops, typeslots):
    test()

# A long program is compiled while others run: the parser stays out of their way, the rest looks up between statements.
source = "".join(f"x{i % 100} = f(a, {i}) + b[{i % 5}]\nif x{i % 100}: y = 1\n" for i in range(4000))
ends, codes = [], []


def compile_it():
    for text in source, source.encode(), "# coding: latin-1\n" + source, source + "1 +":
        try:
            codes.append(compile(text, "long", "exec"))
        except SyntaxError as e:
            ends.append((e.lineno, e.text))


workers = [threading.Thread(target=compile_it) for _ in range(2)]
for w in workers:
    w.start()
while any(w.is_alive() for w in workers):
    gc.collect()
for w in workers:
    w.join()
assert ends == [(8001, "1 +\n")] * 2, ends
assert len({c.co_code for c in codes}) == 1 and len(codes) == 6


# Interpreters that start and end in several threads at the same time.
def interpreters(ran):
    import _xxsubinterpreters
    for n in range(3):
        one = _xxsubinterpreters.create()
        read, write = os.pipe()
        _xxsubinterpreters.run_string(one, f"import os\nassert os.write({write}, b'{n}') == 1")
        ran.append(os.read(read, 9) == b"%d" % n)
        os.close(read)
        os.close(write)
        _xxsubinterpreters.destroy(one)


ran = []
workers = [threading.Thread(target=interpreters, args=(ran,)) for _ in range(3)]
for w in workers:
    w.start()
for w in workers:
    w.join()
assert ran == [True] * 9, ran
