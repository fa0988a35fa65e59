# SPDX-License-Identifier: MIT
"""Scopes and closures: cells, nonlocal, global, class scopes, comprehension scopes, late binding."""
from _check import raises

x = "global"


def counter():
    count = 0

    def bump(by=1):
        nonlocal count
        count += by
        return count

    def read():
        return count
    return bump, read


bump, read = counter()
bump(); bump(5)
assert read() == 6 and counter()[1]() == 0 and bump.__closure__[0].cell_contents == 6
bump.__closure__[0].cell_contents = 100
assert read() == 100 and bump.__code__.co_freevars == ("count",)
assert [f() for f in [lambda: i for i in range(3)]] == [2, 2, 2]
assert [f() for f in [lambda i=i: i for i in range(3)]] == [0, 1, 2]


def levels():
    a = 1

    def two():
        b = 2

        def three():
            nonlocal a
            a += b
            return a
        return three
    return two()


three = levels()
assert three() == 3 and three() == 5


class Scope:
    x = "class"
    y = x + "!"
    seen = [x for _ in range(1)]         # a comprehension does not see the class scope
    first = [v for v in (x,)]            # but its outermost iterable does

    def method(self):
        return x

    def free(self):
        return __class__


assert Scope.y == "class!" and Scope.seen == ["global"] and Scope.first == ["class"] and Scope().method() == "global"
assert Scope().free() is Scope


def class_closure():
    v = "outer"

    class Inner:
        seen = v

        def get(self):
            return v
    v = "later"
    return Inner


assert class_closure().seen == "outer" and class_closure()().get() == "later"


def use_global():
    global made
    made = 1


use_global()
assert made == 1


def del_local():
    a = 1
    del a
    return a


raises(UnboundLocalError, del_local)


def del_cell():
    a = 1

    def inner():
        return a
    del a
    inner()


raises(NameError, del_cell)
assert [y for y in range(3)] == [0, 1, 2] and "y" not in globals()
assert [(z := n) for n in range(3)] == [0, 1, 2] and z == 2


def walrus():
    total = 0
    partial = [total := total + v for v in range(5)]
    return partial, total


assert walrus() == ([0, 1, 3, 6, 10], 10)


def comp_closure():
    k = 10
    return [[k * i + j for j in range(2)] for i in range(2)], {k: i for i in range(1)}, {k for _ in "a"}


assert comp_closure() == ([[0, 1], [10, 11]], {10: 0}, {10})


def default_scope(a=x, b=lambda: x):
    return a, b()


x = "changed"
assert default_scope() == ("global", "changed")


def local_names():
    a, b = 1, 2

    def inner():
        return a
    snapshot = dict(locals())
    del snapshot["inner"]
    return snapshot


assert local_names() == {"a": 1, "b": 2}


def swap_args(a, b):
    def get():
        return a, b
    a, b = b, a
    return get()


assert swap_args(1, 2) == (2, 1)


def arg_cell(a, *args, k, **kw):
    return lambda: (a, args, k, kw)


assert arg_cell(1, 2, k=3, z=4)() == (1, (2,), 3, {"z": 4})


def generator_closure():
    n = 3

    def gen():
        nonlocal n
        while n:
            n -= 1
            yield n
    return list(gen()), n


assert generator_closure() == ([2, 1, 0], 0)


def except_scope():
    e = "kept"
    try:
        raise ValueError
    except ValueError as e:
        pass
    return e


raises(UnboundLocalError, except_scope)


def recursive_inner(n):
    def inner(k):
        return 1 if k == 0 else k * inner(k - 1)
    return inner(n)


assert recursive_inner(10) == 3628800
for source in ("def f():\n x = 1\n global x", "def f():\n nonlocal zz", "nonlocal x", "def f(a):\n global a",
               "def f():\n print(x)\n nonlocal x", "[(i := 0) for i in range(3)]", "class C:\n [(a := 1) for i in range(2)]"):
    raises(SyntaxError, compile, source, "t", "exec")
namespace = {}
exec("a = 1\ndef f(): return a\nb = f()", namespace)
assert namespace["b"] == 1
exec("c = 5", namespace, local := {})
assert local == {"c": 5} and "c" not in namespace
assert eval("a + b", {"a": 1}, {"b": 2}) == 3 and eval("[v for v in range(3) if v]") == [1, 2]
globals()["dynamic"] = 7
assert dynamic == 7
del dynamic
raises(NameError, lambda: dynamic)
import builtins
builtins.injected = "from builtins"
assert injected == "from builtins"
injected = "shadow"
assert injected == "shadow"
del injected
assert injected == "from builtins"
del builtins.injected
