# SPDX-License-Identifier: MIT
"""Special methods written in Python that instructions call: results, refusals, exceptions, frames, tracing, recursion."""
import sys
import traceback


class P:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v if isinstance(o, P) else NotImplemented
    def __lt__(self, o): return self.v < o.v if isinstance(o, P) else NotImplemented
    def __ge__(self, o): return [] if self.v < o.v else [1]
    def __contains__(self, x): return x and [x]
    def __getitem__(self, i): return self, i
    def __setitem__(self, i, v): log.append((i, v)); return 1 / 1
    def __delitem__(self, i): log.append(i)
    def __bool__(self): return self.v
    def __neg__(self): return -self.v
    def __pos__(self): return NotImplemented
    def __invert__(self): raise OverflowError("invert")
    def __call__(self, *args, k=0): return args, k
    def __iter__(self): return iter("abc")
    def __enter__(self): log.append("enter"); return self.v
    def __exit__(self, *args): log.append(args[0]); return self.v is True
    def __radd__(self, o): return ("radd", o) if o != 5 else NotImplemented
    def __iadd__(self, o): return NotImplemented if o == 5 else ("iadd", o)
    def __sub__(self, o): return ("sub", o) if o != 5 else NotImplemented
    def __rmul__(self, o): return sys._getframe().f_back.f_code.co_name


log = []
p, q, zero = P(1), P(2), P(0)


def raised(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


# comparisons
assert p != q and p == P(1) and not p == 1 and p != None
assert p < q and q > p and (p < q) is True
assert raised(lambda: p < 1) == ("TypeError", "'<' not supported between instances of 'P' and 'int'")
assert raised(lambda: 1 > p) == ("TypeError", "'>' not supported between instances of 'int' and 'P'")
assert raised(lambda: 1 if p < 1 else 2)[0] == "TypeError"
assert (p >= q) == [] and (1 if p >= q else 2) == 2 and (1 if q >= p else 2) == 1
assert (p == p.v) is False and (p == 1 or 7) == 7


class Sub(P):
    def __eq__(self, o): return "sub first"
    def __gt__(self, o): return "sub gt"


assert (p == Sub(1)) == "sub first" and (p < Sub(0)) == "sub gt" and Sub(3) == p

# containers
assert 3 in p and 0 not in p and (1 if 0 in p else 2) == 2 and (0 in p) is False
assert p[3] == (p, 3) and p["x"] == (p, "x") and p[-1][1] == -1
p[1] = 2; p["k"] = log is None; del p[7]
assert log == [(1, 2), ("k", False), 7]
assert [x for x in p] == ["a", "b", "c"] and list(iter(p)) == ["a", "b", "c"]
one, *rest = p
assert (one, rest) == ("a", ["b", "c"])

# truth
true, false = P(True), P(False)
assert not false and (true and 1) == 1 and (false or 2) == 2 and (3 if false else 4) == 4 and not (not true)
assert raised(lambda: not zero) == ("TypeError", "__bool__ should return bool, returned int")
assert raised(lambda: 1 if p else 2) == ("TypeError", "__bool__ should return bool, returned int")
while false: pass

# operators
assert -p == -1 and +p is NotImplemented and raised(lambda: ~p) == ("OverflowError", "invert")
assert 1 + p == ("radd", 1) and 1.5 + p == ("radd", 1.5)
assert raised(lambda: 5 + p) == ("TypeError", "unsupported operand type(s) for +: 'int' and 'P'")


def in_place():
    x = p
    x += 1
    y = p
    y -= 2
    return x, y


def refused(n):
    x = p
    if n: x += 5
    else: x -= 5


def from_right():
    return 3 * p


assert in_place() == (("iadd", 1), ("sub", 2)) and from_right() == "from_right"
assert raised(refused, 1) == ("TypeError", "unsupported operand type(s) for +=: 'P' and 'int'")
assert raised(refused, 0) == ("TypeError", "unsupported operand type(s) for -=: 'P' and 'int'")
assert p(1, 2, k=3) == ((1, 2), 3) and p(*[4]) == ((4,), 0) and [p][0]() == ((), 0)

# with
log.clear()
with true as t, P(7) as seven:
    log.append((t, seven))
with true:
    raise KeyError("swallowed")
assert log == ["enter", "enter", (True, 7), None, None, "enter", KeyError]


class BadEnter:
    def __enter__(self): raise LookupError("enter")
    def __exit__(self, *a): log.append("never")


def bad_enter():
    with BadEnter():
        pass


class AsyncEnter:
    def __aenter__(self): return 1
    def __aexit__(self, *a): log.append("never")


async def async_enter():
    async with AsyncEnter():
        pass


assert raised(async_enter().send, None)[0] == "TypeError"
assert raised(bad_enter) == ("LookupError", "enter") and "never" not in log


# attributes
class Desc:
    def __get__(self, o, t): return "get", o is not None, t.__name__
    def __set__(self, o, v):
        if v is None: raise ValueError("none")
        log.append(("set", v))


class NonData:
    def __get__(self, o, t): return "nondata"


class Attrs:
    d = Desc()
    n = NonData()
    @property
    def prop(self): return self.__dict__.get("_p", "unset")
    @prop.setter
    def prop(self, v): self._p = v; return "dropped"
    @property
    def bad(self): return self.missing_here


class Hooked(Attrs):
    def __getattr__(self, name):
        if name.startswith("no"): raise AttributeError(name)
        return "hook " + name


class Total:
    x = 1
    def __getattribute__(self, name): return "total " + name
    def __setattr__(self, name, v): log.append((name, v))


def attributes(cls):
    o = cls()
    out = []
    for i in range(3):
        out += [o.d, o.n, o.prop]
        o.d = i
        o.prop = i
        out.append(o.prop)
    o.n = "own"
    return out + [o.n]


log.clear()
expected = []
for i in range(3):
    expected += [("get", True, "Attrs"), "nondata", i - 1 if i else "unset", i]
assert attributes(Attrs) == expected + ["own"] and log == [("set", 0), ("set", 1), ("set", 2)]
assert len(attributes(Hooked)) == 13
a, h, t = Attrs(), Hooked(), Total()
for i in range(3):
    assert raised(setattr, a, "d", None) == ("ValueError", "none")
    assert raised(lambda: a.bad) == ("AttributeError", "'Attrs' object has no attribute 'missing_here'")
    assert h.anything == "hook anything" and raised(lambda: h.nothing) == ("AttributeError", "nothing")
    assert h.bad == "hook missing_here" and h.own_later == "hook own_later"
    assert t.x == "total x" and t.anything == "total anything"
    t.y = i
class Named:
    def __getattr__(self, name): raise AttributeError(23)


try:
    Named().some_name
except AttributeError as e:
    assert e.name == "some_name" and type(e.obj) is Named
h.own_later = 3
assert h.own_later == 3 and log[-1] == ("y", 2)


# iteration
class Count:
    def __init__(self, n, end=StopIteration): self.n, self.end = n, end
    def __iter__(self): return self
    def __next__(self):
        self.n -= 1
        if self.n < 0: raise self.end("over")
        return self.n


class StopSub(StopIteration): pass
class NotIter:
    def __iter__(self): return 5


def total(it):
    t = 0
    for x in it:
        t += x
        if x == 7: break
    else:
        t += 1000
    return t


assert total(Count(5)) == 1010 and total(Count(9)) == 15 and total(Count(3, StopSub)) == 1003
assert raised(total, Count(2, KeyError)) == ("KeyError", "'over'")
assert raised(total, NotIter()) == ("TypeError", "iter() returned non-iterator of type 'int'")
assert raised(lambda: [x for x in NotIter()])[0] == "TypeError"
assert [x + y for x in Count(2) for y in Count(2)] == [2, 1, 1, 0] and sum(x for x in Count(4)) == 6


def from_generator():
    for x in Count(2): yield x
    yield from Count(2)


assert list(from_generator()) == [1, 0, 1, 0]
g = from_generator(); next(g); g.close()


# tracebacks tell of the method and of the line that called it
class Raises:
    def __eq__(self, o): 1 / 0
    def __next__(self): 1 / 0
    def __iter__(self): return self
    def __contains__(self, o): 1 / 0
    def __setitem__(self, i, v): 1 / 0
    def __bool__(self): 1 / 0
    def __neg__(self): 1 / 0
    def __getattr__(self, name): 1 / 0
    __getitem__ = __lt__ = __iadd__ = __radd__ = __contains__


def uses(o):
    def store(): o[1] = 2
    def iadd(): x = o; x += 1
    def loop():
        for x in o: pass
    return [lambda: o == 1, lambda: 1 if o == 1 else 2, lambda: 1 in o, lambda: o[0], store, lambda: not o,
            lambda: 1 if o else 2, lambda: -o, lambda: o.name, lambda: o < 2, iadd, lambda: 1 + o, loop]


for use in uses(Raises()):
    try:
        use()
    except ZeroDivisionError as e:
        names = [f.name for f in traceback.extract_tb(e.__traceback__)]
        lines = [f.lineno for f in traceback.extract_tb(e.__traceback__)]
        assert len(names) == 3 and names[0] == "<module>" and names[2].startswith("__"), names
        assert lines[1] - use.__code__.co_firstlineno in (0, 1), (lines, names)
    else:
        raise AssertionError(use)


# recursion ends in RecursionError
class Deep:
    def __eq__(self, o): return self == o
    def __getitem__(self, i): return self[i]
    def __contains__(self, o): return o in self
    def __bool__(self): return not self
    def __getattr__(self, name): return self.missing
    def __next__(self):
        for x in self: return x
    def __iter__(self): return self
    def __neg__(self): return -self
    def __call__(self): return self()


deep = Deep()
for use in [lambda: deep == deep, lambda: deep[0], lambda: 1 in deep, lambda: not deep, lambda: deep.name,
            lambda: [x for x in deep], lambda: -deep, lambda: deep()]:
    assert raised(use)[0] == "RecursionError"


# slots of classes that define little themselves; names that come and go afterwards
class Base0:
    def __len__(self): return 3
    def __eq__(self, o): return "base eq"
class Mid(Base0): pass
class Leaf(Mid):
    def __getitem__(self, i): return i * 2
class Ints(int): pass
class MoreInts(Ints): pass
class Side:
    def __len__(self): return 9
class Both(Side, Mid): pass
class NoHash(Base0):
    __hash__ = lambda self: 5


assert len(Leaf()) == 3 and (Leaf() == 1) == "base eq"
assert Leaf()[4] == 8 and bool(Mid()) and Leaf.__hash__ is None and raised(hash, Leaf())[0] == "TypeError"
assert hash(NoHash()) == 5 and len(Both()) == 9 and MoreInts(3) + 4 == 7 and hash(MoreInts(3)) == 3
Base0.__len__ = lambda self: 0
assert not Leaf() and len(Mid()) == 0 and len(Both()) == 9
Base0.__call__ = lambda self: "called"
assert Leaf()() == "called"
del Base0.__call__, Base0.__eq__
assert raised(lambda: Leaf()()) == ("TypeError", "'Leaf' object is not callable")
assert (Leaf() == 1) is False
class Other(Mid): pass
Other.__bases__ = (Side,)
assert len(Other()) == 9 and len(Leaf()) == 0
for value in "", "x", [], [0], (), (0,), {}, {1: 2}, set(), {0}, b"", b"x", 0.0, 1.5, 1 << 70, None, Both:
    assert (not value) is (False if value else True) is (not bool(value)), value

# the same events as CPython
def events(install, f):
    seen = []

    def hook(frame, event, arg):
        if frame.f_code.co_filename == __file__ and frame.f_code.co_name != "events":
            seen.append((event, frame.f_code.co_name, frame.f_lineno - f.__code__.co_firstlineno
                         if frame.f_code is f.__code__ else None))
        return hook
    install(hook)
    try:
        f()
    finally:
        install(None)
    return seen


def traced():
    o = P(1)
    if o < q: o[1] = 2
    x = [y for y in Count(2)]
    for z in Count(1):
        x = o in [o]
    o += 1
    try:
        ~p
    except OverflowError:
        x = 3 in p
    return -p


for install in sys.settrace, sys.setprofile:
    for event in events(install, traced):
        print(*event)
