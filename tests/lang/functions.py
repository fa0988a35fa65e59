# SPDX-License-Identifier: MIT
"""Calls and functions: every kind of parameter, defaults, unpacking, attributes, messages."""
import functools
import inspect
from _check import raises


def every(a, b=2, /, c=3, *args, d, e=5, **kwargs):
    return a, b, c, args, d, e, kwargs


assert every(1, d=4) == (1, 2, 3, (), 4, 5, {})
assert every(1, 20, 30, 40, 50, d=4, e=6, f=7) == (1, 20, 30, (40, 50), 4, 6, {"f": 7})
assert every(*[1, 2], *(3,), **{"d": 4}, **{"g": 1}) == (1, 2, 3, (), 4, 5, {"g": 1})
assert every(1, d=4, a=9, b=8) == (1, 2, 3, (), 4, 5, {"a": 9, "b": 8})
assert str(inspect.signature(every)) == "(a, b=2, /, c=3, *args, d, e=5, **kwargs)"


def f(a, b, c=3):
    return a + b + c


def k(*, x, y=1):
    return x, y


def none():
    pass


def pos(a, b, /):
    return a


for call, message in [
        (lambda: f(), "f() missing 2 required positional arguments: 'a' and 'b'"),
        (lambda: f(1), "f() missing 1 required positional argument: 'b'"),
        (lambda: f(1, 2, 3, 4), "f() takes from 2 to 3 positional arguments but 4 were given"),
        (lambda: f(1, 2, d=4), "f() got an unexpected keyword argument 'd'"),
        (lambda: f(1, 2, a=4), "f() got multiple values for argument 'a'"),
        (lambda: k(1), "k() takes 0 positional arguments but 1 was given"),
        (lambda: k(), "k() missing 1 required keyword-only argument: 'x'"),
        (lambda: k(x=1, **{"x": 2}), "__main__.k() got multiple values for keyword argument 'x'"),
        (lambda: none(1), "none() takes 0 positional arguments but 1 was given"),
        (lambda: pos(1, b=2), "pos() got some positional-only arguments passed as keyword arguments: 'b'"),
        (lambda: every(), "every() missing 1 required positional argument: 'a'"),
        (lambda: f(*5), "__main__.f() argument after * must be an iterable, not int"),
        (lambda: f(**5), "__main__.f() argument after ** must be a mapping, not int"),
        (lambda: len(), "len() takes exactly one argument (0 given)"),
        (lambda: len(1, 2), "len() takes exactly one argument (2 given)"),
        (lambda: [].append(), "list.append() takes exactly one argument (0 given)"),
        (lambda: "a".upper(1), "str.upper() takes no arguments (1 given)"),
        (lambda: object(1), "object() takes no arguments"),
        (lambda: sorted(), "sorted expected 1 argument, got 0"),
        (lambda: int(x=1), None)]:
    error = raises(TypeError, call)
    assert message is None or str(error) == message, (str(error), message)


def default(value, seen=[]):
    seen.append(value)
    return seen


assert default(1) == [1] and default(2) == [1, 2] and default(3, []) == [3] and default.__defaults__ == ([1, 2],)
f.__defaults__ = (30,)
assert f(1, 2) == 33
k.__kwdefaults__ = {"x": 7, "y": 8}
assert k() == (7, 8)
f.attribute = 1
assert f.attribute == 1 and f.__dict__ == {"attribute": 1} and f.__name__ == "f" and f.__module__ == "__main__"


def annotated(a: int, *b: "text", c: list[int] = None) -> dict:
    """Docs."""


assert annotated.__annotations__ == {"a": int, "b": "text", "c": list[int], "return": dict} and annotated.__doc__ == "Docs."
code = every.__code__
assert code.co_name == "every" and code.co_argcount == 3 and code.co_posonlyargcount == 2 and code.co_kwonlyargcount == 2
assert code.co_varnames == ("a", "b", "c", "d", "e", "args", "kwargs") and code.co_filename == __file__
assert (lambda: 0).__name__ == "<lambda>" and (lambda *a, **k: (a, k))(1, b=2) == ((1,), {"b": 2})


def g1():
    return 1


def g2():
    return 2


g1.__code__ = g2.__code__
assert g1() == 2


def trace(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)
    wrapper.calls = 0
    return wrapper


def param(n):
    return lambda function: lambda *a: function(*a) * n


@trace
@param(3)
def decorated(x):
    return x + 1


assert decorated(1) == 6 and decorated(2) == 9 and decorated.calls == 2
order = []


def note(x):
    order.append(x)
    return x


dict(a=note(1), **{"b": note(2)}, c=note(3))
note(4) + note(5) * note(6)
{note(7): note(8)}
[note(9)][note(0)] = note(10)
assert order == [1, 2, 3, 4, 5, 6, 7, 8, 10, 9, 0], order


def many(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16=16, *, k0=0, k1=1, k2=2):
    return sum((a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, k0, k1, k2))


assert many(*range(16)) == 139 and many(*range(17), k0=5) == 144
assert (lambda *a: len(a))(*range(1000)) == 1000 and max(*range(300)) == 299
partial = functools.partial(every, 1, d=10)
assert partial(5) == (1, 5, 3, (), 10, 5, {}) and partial.args == (1,) and partial.keywords == {"d": 10}
assert functools.reduce(lambda a, b: a * b, range(1, 6)) == 120
fib = functools.lru_cache(maxsize=None)(lambda n: n if n < 2 else fib(n - 1) + fib(n - 2))
assert fib(80) == 23416728348467685 and fib.cache_info().hits == 78


def recursive(n):
    return 0 if n == 0 else 1 + recursive(n - 1)


assert recursive(800) == 800


class Callable:
    def __call__(self, a, b=1):
        return a + b


assert Callable()(1) == 2 and Callable()(1, b=5) == 6 and list(map(Callable(), [1, 2])) == [2, 3]
assert callable(len) and callable(Callable()) and not callable(5) and callable(int)
sig = inspect.signature(lambda a, /, b, *, c=1: 0)
assert list(sig.parameters) == ["a", "b", "c"] and sig.bind(1, 2, c=3).arguments == {"a": 1, "b": 2, "c": 3}

# code objects may lose their tables; dis and its kind can read them
import dis  # noqa: E402
import types  # noqa: E402


def reader(x):
    try:
        return [print(e) for e in x] + x
    except (KeyError, ValueError) as error:
        raise TypeError from error


bare = reader.__code__.replace(co_linetable=b"", co_exceptiontable=b"")
assert bare != reader.__code__ and list(bare.co_lines()) == [] and bare.co_exceptiontable == b""
assert types.FunctionType(bare, {"print": len})(["ab"]) == [2, "ab"]
names = {i.argval for i in dis.get_instructions(reader)}
assert "KeyError" in names and list(dis.findlinestarts(reader.__code__))
assert all(len(t) == 4 for t in reader.__code__.co_positions())

# the fields of a code object make an equal one (pickling by value does so), its globals show in dis
FIELDS = ("argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name qualname "
          "firstlineno linetable exceptiontable freevars cellvars").split()


def remade(code, **other):
    return types.CodeType(*[other.get(name, getattr(code, "co_" + name)) for name in FIELDS])


def outer(a):
    def inner(b, /, c=2, *args, d=4, **keywords):
        try:
            return [a + x + HUNDRED for x in range(c)], 3000, args, d, keywords, b // (c - 2)
        except ZeroDivisionError as error:
            return [str(error), HUNDRED, d + 1]
    return inner


HUNDRED = 100
inner = outer(1)
copy = remade(inner.__code__)
assert copy == inner.__code__ and hash(copy) == hash(inner.__code__) and copy is not inner.__code__
again = types.FunctionType(copy, globals(), "again", (2,), inner.__closure__)
again.__kwdefaults__ = {"d": 5}
assert again(1) == ["integer division or modulo by zero", 100, 6] or again(1)[1:] == [100, 6]
assert again(6, 4, 7, e=8) == ([101, 102, 103, 104], 3000, (7,), 5, {"e": 8}, 3)
assert remade(outer.__code__) == outer.__code__ and inner.__code__.replace(co_consts=inner.__code__.co_consts) == inner.__code__
loads = {i.argval for i in dis.get_instructions(inner) if i.opname == "LOAD_GLOBAL"}
assert {"range", "ZeroDivisionError", "HUNDRED"} <= loads | {n for k in inner.__code__.co_consts if isinstance(k, types.CodeType) for n in k.co_names}
code = inner.__code__
assert len(list(code.co_positions())) == len(code.co_code) // 2 and list(code.co_lines())[-1][1] == len(code.co_code)
raises(ValueError, remade, code, nlocals=code.co_nlocals + 1)
raises(ValueError, remade, code, argcount=-1)
raises(TypeError, remade, code, names=(1,) * len(code.co_names), text="name tuples must contain only strings, not 'int'")
raises(TypeError, remade, code, consts=[], text="code() argument 8 must be tuple, not list")
raises(TypeError, remade, code, code="x")
raises(TypeError, types.CodeType)

import marshal  # noqa: E402

assert marshal.loads(marshal.dumps(copy)) == code

# A code object's lines count from its first; a table of others stands for the units of co_code.
def at_line(code):
    try:
        exec(code)
    except ZeroDivisionError as e:
        return e.__traceback__.tb_next.tb_lineno, max([line for *_, line in code.co_lines() if line], default=0)


moved = compile("x = 1\n\ny = x / 0\n", "lines", "exec")
assert at_line(moved) == (3, 3) and at_line(moved.replace(co_firstlineno=101)) == (103, 103)
assert at_line(moved.replace(co_firstlineno=101, co_name="z").replace(co_firstlineno=1)) == (3, 3)
units = len(moved.co_code) // 2
everywhere = bytes([0x80 | 13 << 3 | 7, 40, *[0x80 | 13 << 3 | 7, 0] * (units // 8 + 1)])
assert at_line(moved.replace(co_linetable=everywhere)) == (21, 21)
nowhere = moved.replace(co_linetable=bytes([0xf8 | 7] * (units // 8 + 1)))
assert at_line(nowhere)[0] == -1 and all(line is None for *_, line in nowhere.co_lines())
