# SPDX-License-Identifier: MIT
"""Expressions, calls, displays, targets and patterns with more parts than there are registers."""
import gc
import weakref

N = 300


def f(*args, **kwargs):
    return len(args) + len(kwargs)


def g(x):
    return x


def many(template, n=N, glue=","):
    return glue.join(template.replace("#", str(i)) for i in range(n))


def run(source, **names):
    space = {"f": f, "g": g, "N": N, **names}
    exec(compile(source, "<large>", "exec"), space)
    return space.get("r")


def raises(source, message):
    try:
        run(source)
    except (ValueError, SyntaxError) as problem:
        assert message in str(problem), (str(problem), message)
    else:
        raise AssertionError(source[:80])


# calls and displays
assert run(f"r = f({many('g(#)')})") == N
assert run(f"r = f({many('a#=g(#)')})") == N
assert run(f"r = f({many('g(#)')}, {many('a#=g(#)')})") == 2 * N
assert run(f"r = f(*[1], {many('g(#)')}, **{{'z': 1}}, {many('a#=g(#)')})") == 2 * N + 2
assert run(f"r = '{{}}{{}}'.format({many('g(#)')})") == "01"
assert run(f"r = [{many('g(#)')}]") == list(range(N))
assert run(f"r = {many('g(#)')}") == tuple(range(N))
assert run(f"r = {{{many('g(#)')}}}") == set(range(N))
assert run(f"r = {{{many('g(#): g(1)')}}}") == dict.fromkeys(range(N), 1)
assert run("r = f'" + many("{g(#)}-", glue="") + "'") == many("#-", glue="")
assert run("class G:\n def __getitem__(self, k): return len(k)\n"
           f"r = G()[{many('g(1):g(2):g(3)')}]") == N

# depth
assert run("r = " + "g(1) + (" * 190 + "1" + ")" * 190) == 191
assert run("r = " + "g(1) ** " * N + "1") == 1
assert run("r = " + "f(g(0), g(1), g(2), " * 90 + "1" + ", k=g(1))" * 90) == 5
assert run("def h():\n return " + "f(x := g(1), x, " * 190 + "x" + ")" * 190 + "\nr = h()") == 3
deep = run("def h(n):\n return " + "[g(n), g(n + 1), " * 190 + "n" + "]" * 190 + "\nr = h(7)")
for _ in range(190):
    assert deep[:2] == [7, 8] and len(deep) == 3
    deep = deep[2]
assert deep == 7

loops = "".join([
    "def h(bad):\n n = 0\n for i in range(3):\n  for j in range(3):\n   try:\n    n += len(",
    "[g(1), g(2), g(3), " * 190, "i // (j - bad)", "]" * 190,
    ")\n   except ZeroDivisionError:\n    n += 100\n return n\nr = h(1), h(9)"])
assert run(loops) == (3 * 100 + 6 * 4, 36)

generator = "def h():\n yield " + "[1, 2, (yield " * 90 + "3" + ")]" * 90 + "\nr = h()"
steps = run(generator)
assert [steps.send(None) for _ in range(91)][0] == 3
coroutine = run("async def a(x): return x\nasync def h():\n return "
                + "[await a(1), await a(2), " * 150 + "await a(3)" + "]" * 150 + "\nr = h()")
try:
    coroutine.send(None)
except StopIteration as end:
    assert end.value[:2] == [1, 2]


class Thing:
    pass


def keeps_nothing():
    alive = []

    def thing():
        t = Thing()
        alive.append(weakref.ref(t))
        return t

    for last in ("1", "1 // 0"):
        try:
            run("def h():\n return " + "[thing(), thing(), " * 150 + last + "]" * 150 + "\nh()", thing=thing)
        except ZeroDivisionError as problem:
            problem.__traceback__ = None
    gc.collect()
    return [ref for ref in alive if ref()]


assert keeps_nothing() == []

# names
assert run("def h():\n" + many(" v# = #\n", glue="") + " return " + many("v#", glue=" + ")
           + "\nr = h()") == sum(range(N))
assert run("def h():\n" + many(" v# = #\n", glue="") + " def k(): return " + many("v#", glue=" + ")
           + "\n class K:\n  y = " + many("v#", glue=" + ") + "\n return k(), K.y\nr = h()") == (sum(range(N)),) * 2
assert run(f"def h({many('p#')}): return p0 + p299\nr = h({many('#')})") == 299
assert run(f"def h({many('p#: g(#) = g(#)')}): return p299 + len(h.__annotations__)\nr = h()") == 299 + N
assert run(f"def h(*, {many('p#=#')}): return p299\nr = h(p299=5)") == 5
assert run("trace = []\ndef d(i): return lambda x: trace.append(i) or x\n" + many("@d(#)\n", glue="")
           + "def h(): return trace\nr = h()") == list(range(N))[::-1]
assert run("def d(x): return x\n" + "@d\n" * N + "class h: pass\nr = h.__name__") == "h"

# targets
assert run(f"{many('a#')} = range(N)\nr = [{many('a#')}]") == list(range(N))
assert run(f"def h():\n {many('a#')} = range(N)\n return {many('a#')}\nr = h()") == tuple(range(N))
assert run(f"for {many('a#')} in [range(N)]: r = a299") == 299
assert run(f"a, *b, {many('a#')} = range(N + 5)\nr = a, b, a0, a299") == (0, [1, 2, 3, 4], 5, 304)
assert run(f"{many('a#', 255)}, *b, {many('z#', 255)} = range(513)\nr = a254, b, z0") == (254, [255, 256, 257], 258)
raises(f"{many('a#')} = range(299)", "not enough values to unpack (expected 300, got 299)")
raises(f"{many('a#')} = iter(range(301))", "too many values to unpack (expected 300)")
raises(f"{many('a#')}, *b, c = range(10)", "too many expressions in star-unpacking assignment")
raises(f"{many('a#', 250)}, *b, c = range(10)", "not enough values to unpack (expected at least 251, got 10)")

# patterns
assert run(f"match list(range(N)):\n case [{many('a#')}]: r = a0, a299") == (0, 299)
assert run(f"match list(range(N)):\n case [{many('#')}]: r = 1") == 1
assert run(f"match list(range(N)):\n case [{many('#', 299)}, 0]: r = 1\n case [a, *b]: r = a, len(b)") == (0, 299)
assert run(f"match list(range(N)):\n case [a, *b, {many('a#', 250)}]: r = a, len(b), a249") == (0, 49, 299)
assert run(f"match dict.fromkeys(range(N + 1), 4):\n case {{{many('#: a#')}, **z}}: r = a299, z") == (4, {300: 4})
assert run(f"class A: __match_args__ = tuple(f'x{{i}}' for i in range(N))\nfor i in range(N): setattr(A, f'x{{i}}', i)\n"
           f"match A():\n case A({many('a#', 250)}, x250=(1 | 250 as b)): r = a249, b") == (249, 250)
