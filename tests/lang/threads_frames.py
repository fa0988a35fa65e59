# SPDX-License-Identifier: MIT
"""Frames, generators, functions and code objects that one thread runs and others look at or change.

No result is checked: single operations raise what they document or work, and nothing crashes or hangs.
"""
import faulthandler
import sys
import tempfile
import threading
import time
from _check import DOCUMENTED, HAMMER_ROUNDS, hammer


def frames():
    stop = False
    box = []
    def deep(n, a):
        b = [a, n]; c = {"x": b}
        if n:
            return deep(n - 1, c)
        box.append(sys._getframe());
        if len(box) > 20: box.clear()
        x = str(n) + "a"
        for i in range(20): x = x + str(i)
        del b
        return x
    def run():
        while not stop:
            deep(5, "arg" + "x")
    def look():
        while not stop:
            for f in list(sys._current_frames().values()) + box[:3]:
                d = 0
                while f is not None and d < 10:
                    dict(f.f_locals); f.f_lineno; f.f_lasti; f.f_code; repr(f); f.f_trace
                    f = f.f_back; d += 1
            sys._current_exceptions()
    ts = [threading.Thread(target=run) for _ in range(2)] + [threading.Thread(target=look) for _ in range(2)]
    for t in ts: t.start()
    time.sleep(HAMMER_ROUNDS / 300)
    stop = True
    for t in ts: t.join()


def gi_frame():
    def gen():
        a = []
        for i in range(50):
            a = [i, a]
            if i % 10 == 0: a = []
            yield i
    cell = [gen()]
    def refresh(k): cell[0] = gen()
    def nxt(k):
        for _ in range(10): next(cell[0])
    def fr(k):
        f = cell[0].gi_frame
        if f is not None:
            dict(f.f_locals); f.f_lineno; f.f_lasti; f.f_back; repr(f)
    def oth(k):
        g = cell[0]; g.gi_running; g.gi_yieldfrom; g.gi_suspended; g.gi_code; repr(g)
    hammer(nxt, fr, refresh, oth, nxt, fr, lambda k: cell[0].close() if k % 7 == 0 else 0,
           lambda k: cell[0].throw(KeyError) if k % 9 == 0 else 0,
           lambda k: cell[0].gi_frame.clear() if k % 11 == 0 else 0, lambda k: setattr(cell[0], "__name__", str(k)),
           lambda k: setattr(cell[0], "__qualname__", str(k)))


def gen_delegate():
    def inner():
        for i in range(20):
            x = [i]
            yield x
    def outer():
        r = yield from inner()
        r = yield from inner()
    cell = [outer()]
    def refresh(k): cell[0] = outer()
    hammer(lambda k: next(cell[0]), lambda k: cell[0].send(None), lambda k: cell[0].gi_yieldfrom,
           lambda k: next(cell[0].gi_yieldfrom), refresh if 0 else (lambda k: refresh(k) if k % 5 == 0 else 0),
           lambda k: cell[0].throw(KeyError) if k % 9 == 0 else 0, lambda k: cell[0].close() if k % 13 == 0 else 0,
           lambda k: cell[0].gi_frame.f_locals)


def coros():
    import types
    @types.coroutine
    def sw():
        yield 1
    async def co():
        for i in range(10):
            await sw()
    async def ag():
        for i in range(10):
            await sw()
            yield i
    cell = [co(), ag(), None]
    def r(k):
        if k % 10 == 0:
            cell[0].close(); cell[0] = co(); cell[1] = ag(); cell[2] = cell[1].asend(None)
    def q(k):
        c = cell[0]; c.cr_frame; c.cr_running; c.cr_await; c.cr_code; c.cr_origin; c.cr_suspended
        a = cell[1]; a.ag_frame; a.ag_running; a.ag_await; a.ag_code
    hammer(r, lambda k: cell[0].send(None), q, lambda k: cell[2] and cell[2].send(None),
           lambda k: cell[1].asend(None).send(None), lambda k: cell[1].aclose().send(None) if k % 20 == 0 else 0,
           lambda k: cell[1].athrow(KeyError).send(None) if k % 20 == 0 else 0,
           lambda k: cell[0].throw(KeyError) if k % 10 == 0 else 0, lambda k: cell[0].__await__().__next__(),
           ok=DOCUMENTED + (StopAsyncIteration, GeneratorExit))


def functions():
    def f(a, b=1, *, c=2): return a, b, c
    def g(a, b=3, *, c=4): x = a; y = b; z = c; return x, y, z, [x], [y]
    def h(a, b=3, c=5, d=6): return a
    codes = [f.__code__, g.__code__, h.__code__]
    hammer(lambda k: f(1), lambda k: f(1, 2), lambda k: f(1, c=3), lambda k: f(*(1, 2)), lambda k: f(**{"a": 1}),
           lambda k: f(k, b=2), lambda k: setattr(f, "__code__", codes[k % 3]),
           lambda k: setattr(f, "__defaults__", (k,) if k % 2 else (k, [k], {}) if k % 3 else None),
           lambda k: setattr(f, "__kwdefaults__", {"c": [k]} if k % 2 else None),
           lambda k: (f.__code__, f.__defaults__, f.__kwdefaults__), lambda k: setattr(f, "__name__", "n%d" % k),
           lambda k: repr(f), lambda k: setattr(f, "__qualname__", "n%d" % k), lambda k: setattr(f, "attr", k),
           lambda k: f.__dict__, lambda k: setattr(f, "__dict__", {"attr": [k]}), lambda k: f.attr,
           lambda k: setattr(f, "__doc__", str(k)), lambda k: f.__doc__,
           lambda k: setattr(f, "__annotations__", {"a": k}), lambda k: f.__annotations__,
           lambda k: setattr(f, "__module__", "m%d" % k), lambda k: f.__module__,
           lambda k: f.__code__.replace(co_name="x%d" % k)(1) if 0 else f.__code__.replace(co_name="x%d" % k).co_consts,
           lambda k: f.__kwdefaults__ and f.__kwdefaults__.pop("c"), lambda k: f.__kwdefaults__.update(c=[k]))


def code():
    src = "def f(a, b):\n x = 'c%d' + a\n return (x, 1, 2.5, b'x', b)\n"
    ns = {}
    exec(src, ns)
    f = ns["f"]
    cell = [f.__code__]
    def new(k):
        exec(src % k, d := {}); cell[0] = d["f"].__code__
    def rd(k):
        c = cell[0]
        c.co_consts, c.co_names, c.co_varnames, c.co_code, c.co_linetable, c.co_exceptiontable, list(c.co_lines()), list(c.co_positions()), c.co_freevars, c.co_cellvars, hash(c), c == c.replace(), c.co_qualname, c.co_stacksize, c.co_filename, repr(c)
    hammer(new, rd, rd, lambda k: cell[0].replace(co_firstlineno=k),
           lambda k: cell[0].replace(co_filename="f%d" % k).co_consts)
    import marshal
    m = marshal.dumps(f.__code__)
    cell[0] = marshal.loads(m)
    hammer(lambda k: cell.__setitem__(0, marshal.loads(m)) if k % 5 == 0 else 0, rd,
           lambda k: marshal.dumps(cell[0]))


def tracing():
    def f(n):
        a = n
        for i in range(3): a += i
        return a
    def tr(fr, ev, arg):
        return tr
    shared = []
    def t1(k):
        sys.settrace(tr); f(k); sys.settrace(None)
    def t2(k):
        sys.setprofile(tr); f(k); sys.setprofile(None)
    def look(k):
        for fr in sys._current_frames().values():
            fr.f_trace; fr.f_trace_lines = True; fr.f_trace_opcodes = bool(k % 2)
            try: fr.f_trace = tr if k % 3 else None
            except DOCUMENTED: pass
            try: fr.f_lineno = fr.f_lineno + 1 if k % 5 == 0 else 1
            except DOCUMENTED: pass
            try: fr.clear()
            except DOCUMENTED: pass
    hammer(t1, t2, look, lambda k: threading.settrace(None), lambda k: sys.gettrace())


for test in (frames, gi_frame, gen_delegate, coros, functions, code, tracing):
    test()


# The watchdog looks at threads that run on, calls and returns all the time: it shows what it can, and crashes nothing.
# (CPython's crashes.)
def calls(n):
    return calls(n - 1) if n else [str(i) for i in range(30)]


def many_locals(n):
    a, b, c, d, e, f, g, h = range(1, 9)
    return many_locals(n - 1) + a if n else b + c + d + e + f + g + h


def call_on(end):
    while not end.is_set():
        calls(15)
        many_locals(12)


if sys.implementation.name == "pyrt":
    end = threading.Event()
    workers = [threading.Thread(target=call_on, args=(end,)) for _ in range(4)]
    with tempfile.TemporaryFile() as out:
        faulthandler.dump_traceback_later(0.001, repeat=True, file=out)
        for w in workers:
            w.start()
        time.sleep(1)
        faulthandler.cancel_dump_traceback_later()
        end.set()
        for w in workers:
            w.join()
        out.seek(0)
        assert b"call_on" in out.read()
