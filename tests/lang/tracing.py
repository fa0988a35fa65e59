# SPDX-License-Identifier: MIT
# sys.settrace and frame.f_lineno: jumps that fit, jumps that are refused, and what a tracer is told.
import sys


def jump(function, source, target, event="line"):
    """Run function(output), jumping from line `source` to line `target` (counted from its def)."""
    output = []

    def tracer(frame, what, arg):
        if what == event and frame.f_lineno == function.__code__.co_firstlineno + source and not output.count("jumped"):
            output.append("jumped")
            frame.f_lineno = function.__code__.co_firstlineno + target
        return tracer

    sys.settrace(tracer)
    try:
        function(output)
    except ValueError as e:
        output.append(str(e))
    finally:
        sys.settrace(None)
    return output


class Manager:
    def __init__(self, output):
        self.output = output

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.output.append("exit")


def out_of_loop(output):
    for i in 1, 2, 3:
        output.append(i)
        output.append(-i)
    output.append("end")


def between_withs(output):
    with Manager(output):
        output.append(1)
    with Manager(output):
        output.append(2)
    output.append(3)


def in_handler(output):
    try:
        1 / 0
    except ZeroDivisionError:
        output.append("handler")
        output.append("not seen")
    output.append(sys.exc_info()[0])


def nested_finally(output):
    try:
        output.append(1)
    finally:
        output.append(2)
        try:
            output.append(3)
        finally:
            output.append(4)


def in_call(output):
    a = 1
    print(
        output.append(3)
    )
    (
        (
            a
            +
            10
        )
    )


assert jump(out_of_loop, 3, 4) == [1, "jumped", "end"]
assert jump(out_of_loop, 1, 2) == ["jumped", "can't jump into the body of a for loop"]
assert jump(between_withs, 2, 5) == ["jumped", "exit", 3] or jump(between_withs, 2, 4) == ["jumped", 2, "exit", 3]
assert jump(between_withs, 1, 2) == ["jumped", "incompatible stacks"]
assert jump(in_handler, 4, 6) == ["jumped", None]
assert jump(in_handler, 2, 5) == ["jumped", "can't jump into an 'except' block as there's no exception"]
assert jump(nested_finally, 4, 8) == [1, "jumped", 4]
assert jump(out_of_loop, 4, 100) == [1, -1, 2, -2, 3, -3, "jumped", f"line {out_of_loop.__code__.co_firstlineno + 100} comes after the current code block"]
assert "jumped" in jump(in_call, 3, 9)
assert jump(out_of_loop, 0, 2, "call") == ["jumped", "can't jump from the 'call' trace event of a new frame"]


# what a tracer is told
def generator():
    try:
        yield 1
    except KeyError:
        yield 2


def use_generator():
    g = generator()
    next(g)
    g.throw(KeyError)
    (a,
     b) = 1, 2


events = []


def record(frame, event, arg):
    if frame.f_code in (generator.__code__, use_generator.__code__):
        events.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
    return record


sys.settrace(record)
use_generator()
sys.settrace(None)
assert events == [
    ("call", 0), ("line", 1), ("line", 2), ("call", 0), ("line", 1), ("line", 2), ("return", 2), ("line", 3), ("call", 2),
    ("exception", 2), ("line", 3), ("line", 4), ("return", 4), ("line", 5), ("line", 4), ("line", 5), ("return", 5),
] or events == [
    ("call", 0), ("line", 1), ("line", 2), ("call", 0), ("line", 1), ("line", 2), ("return", 2), ("line", 3), ("call", 2),
    ("exception", 2), ("line", 3), ("line", 4), ("return", 4), ("line", 5), ("line", 4), ("line", 5), ("return", 5),
    ("call", 4), ("exception", 4), ("return", 4),
], events
print("ok")

# operands on lines of their own have line events, also where they are locals
MULTILINE = [
    ("x=1\nif []:\n    print('u')\n",
     [1, 2]),
    ('def g(a,b):\n    return f(\n        a,\n        b,\n        a + b,\n        [a,\n         b],\n        k=a\n    )\ng(1,2)\n',
     [1, 10, 2, 3, 4, 5, 6, 7, 6, 8, 2]),
    ("def g(a,b):\n    x = (a\n      + b\n      + a)\n    y = [a,\n       b]\n    z = {a:\n     b,\n     'c': a}\n    return x\ng(1,2)\n",
     [1, 11, 2, 3, 2, 4, 2, 5, 6, 5, 7, 8, 9, 7, 10]),
    ('def g(a,b):\n    if (a and\n        b and\n        a):\n        pass\n    return a\ng(1,2)\n',
     [1, 7, 2, 3, 2, 4, 2, 5, 6]),
    ('def g(a,b):\n    a = f(\n      1,\n      2)\n    b = f(a\n      )\n    a.count(\n      b)\n    x = (\n     a,\n     b)\n    return (\n     a)\ng(1,2)\n',
     [1, 14, 2, 3, 4, 2, 5, 7, 8, 7, 10, 11, 9, 13, 12]),
    ('def g(a,b):\n    assert (a ==\n       a), (\n      b)\n    x = a[\n      0] = b\ntry: g([1],2)\nexcept Exception: pass\n',
     [1, 7, 2, 3, 2, 6, 5, 6, 5]),
    ('def g(a,\n   b=f(\n    1),\n  *,\n  c=\n   3):\n    return a\ng(1)\n',
     [2, 3, 2, 1, 6, 1, 8, 7]),
    ('class A(\n  object\n  ):\n    x = 1\n    y = (\n     x,\n     2)\n',
     [1, 2, 1, 1, 4, 6, 7, 5]),
    ('def g(a):\n    with f(\n       a) as x, f(\n       a): pass\ntry: g(1)\nexcept Exception: pass\n',
     [1, 5, 2, 3, 2, 6]),
    ('def g(a):\n    a.x.y = 1\n    return (a\n      .x\n      .y)\nclass B: pass\nb=B()\nb.x=B()\ng(b)\n',
     [1, 6, 6, 7, 8, 9, 2, 3, 4, 5, 3]),
    ('def g(a,b,c):\n    return (a <\n      b <\n      c)\ng(1,2,3)\n',
     [1, 5, 2, 3, 2, 4, 2]),
    ('def g(a,b,c):\n    return not (a or\n      not b or\n      c)\ng(0,2,0)\n',
     [1, 5, 2, 3, 2, 4, 2]),
    ('def g(a,b,c):\n    return -(\n      a)\ng(0,2,[1,2,3])\n',
     [1, 4, 3, 2]),
    ('def g(a,b,c):\n    print(a,\n      b, file=\n      c)\nimport io\ng(0,2,io.StringIO())\n',
     [1, 5, 6, 2, 3, 4, 2]),
    ('def g(a,b,c):\n    yield (\n      a)\n    yield a, (\n      b)\nlist(g(0,2,3))\n',
     [1, 6, 3, 2, 4, 5, 4]),
    ('def g(a,b,c):\n    raise f(\n      a) from (\n      b)\ntry: g(0,2,3)\nexcept TypeError: pass\n',
     [1, 5, 2, 3, 2, 4, 2, 6]),
    ('def g(a,b,c):\n    a += (\n      b)\n    c[\n     a] = (\n     b)\n    c[\n     a] += (\n     b)\n    return {\n     a, b,\n     c[2]}\ng(0,2,[1,2,3])\n',
     [1, 13, 2, 3, 2, 6, 4, 5, 4, 7, 8, 7, 9, 7, 11, 12, 10]),
]


def lines_of(source):
    lines = []

    def tracer(frame, event, arg):
        if frame.f_code.co_filename == "<lines>" and event == "line":
            lines.append(frame.f_lineno)
        return tracer

    code = compile(source, "<lines>", "exec")
    space = {"__name__": "lines", "f": lambda *args, **kwargs: args}
    sys.settrace(tracer)
    try:
        exec(code, space)
    finally:
        sys.settrace(None)
    return lines


for source, expected in MULTILINE:
    found = lines_of(source)
    assert found == expected, (source, found, expected)

# cProfile: calls, calls from within, callers, native functions; two threads with a profiler each.
import cProfile
import pstats
import io
import threading


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def profiled():
    profile = cProfile.Profile()
    profile.enable()
    fib(10)
    sorted([3, 1], **{"reverse": True})
    [].append(1)
    "a".upper()
    int.from_bytes(b"a", "big")
    profile.disable()
    stats = {}
    for entry in profile.getstats():
        name = entry.code if isinstance(entry.code, str) else entry.code.co_name
        callees = {c.code if isinstance(c.code, str) else c.code.co_name: c.callcount for c in entry.calls or ()}
        stats[name] = entry.callcount, entry.reccallcount, callees
        assert entry.totaltime >= entry.inlinetime * 0.99
    return profile, stats


expected = {"fib": (177, 176, {"fib": 176}), "<built-in method builtins.sorted>": (1, 0, {}), "<method 'append' of 'list' objects>": (1, 0, {}),
            "<method 'upper' of 'str' objects>": (1, 0, {}), "<built-in method from_bytes>": (1, 0, {}),
            "<method 'disable' of '_lsprof.Profiler' objects>": (1, 0, {})}
results = [None] * 2


def in_thread(i):
    for _ in range(5):
        results[i] = profiled()[1]


threads = [threading.Thread(target=in_thread, args=(i,)) for i in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert results[0] == results[1] == expected, results
text = io.StringIO()
pstats.Stats(profiled()[0], stream=text).sort_stats("ncalls").print_stats()
assert "182 function calls (6 primitive calls)" in text.getvalue() and "177/1" in text.getvalue(), text.getvalue()
ticks = iter(range(0, 10**6, 10))
profile = cProfile.Profile(lambda: next(ticks), 0.5)
profile.enable()
fib(1)
profile.disable()
assert sum(e.inlinetime for e in profile.getstats()) == 10.0, profile.getstats()
profile.clear()
assert profile.getstats() == [] and sys.getprofile() is None
assert cProfile.Profile().runcall(fib, 5) == 5
