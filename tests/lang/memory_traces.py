# SPDX-License-Identifier: MIT
"""tracemalloc: what is recorded, while threads run too, switching it on and off, the options, ResourceWarning's origin."""
import gc
import os
import subprocess
import sys
import tracemalloc
import _tracemalloc
from _check import raises, run_threads

here = __file__


def line():
    return sys._getframe(1).f_lineno


assert not tracemalloc.is_tracing() and tracemalloc.get_traced_memory() == (0, 0) and _tracemalloc._get_traces() == []
assert tracemalloc.get_object_traceback([]) is None
for wrong in 0, -1, 65536:
    raises(ValueError, tracemalloc.start, wrong, text="the number of frames must be in range [1; 65535]")
raises(TypeError, tracemalloc.start, "1")
raises(RuntimeError, tracemalloc.take_snapshot)


def make(n):
    return b"x" * (n - sys.getsizeof(b""))


def origin(o):
    return [(f.filename, f.lineno) for f in tracemalloc.get_object_traceback(o)]


early = [0]
tracemalloc.start(3)
assert tracemalloc.is_tracing() and tracemalloc.get_traceback_limit() == 3
tracemalloc.start(5)  # it is on already
assert tracemalloc.get_traceback_limit() == 3
assert tracemalloc.get_object_traceback(early) is None and tracemalloc.get_object_traceback(1) is None

origin(make(40)), tracemalloc.get_traced_memory()  # code is loaded when it first runs
# Blocks of all sizes are recorded with the size asked for, and forgotten when they die.
for size in 40, 100, 511, 512, 513, 5000, 2_000_000:
    before = tracemalloc.get_traced_memory()[0]
    data, at = make(size), line()
    assert origin(data) == [(here, at), (here, make.__code__.co_firstlineno + 1)], origin(data)
    assert size <= tracemalloc.get_traced_memory()[0] - before <= size + 1000
    assert any(t[0] == 0 and t[1] == size and t[2][0] == (here, make.__code__.co_firstlineno + 1) for t in _tracemalloc._get_traces())
    del data
    assert abs(tracemalloc.get_traced_memory()[0] - before) <= 1000
    assert tracemalloc.get_traced_memory()[1] >= before + size

# What an object has outside of its block counts too, and follows when it grows.
before = tracemalloc.get_traced_memory()[0]
grown = []
for i in range(10_000):
    grown.append(None)
assert 80_000 <= tracemalloc.get_traced_memory()[0] - before < 200_000
grown.clear()
del grown
assert abs(tracemalloc.get_traced_memory()[0] - before) < 2000


class Node:
    pass


def ring():
    a, b = Node(), Node()
    a.other, b.other, a.data = b, a, make(50_000)


gc.collect()
before = tracemalloc.get_traced_memory()[0]
for i in range(20):
    ring()
gc.collect()
assert tracemalloc.get_traced_memory()[0] - before < 20_000
tracemalloc.reset_peak()
now, peak = tracemalloc.get_traced_memory()
assert now <= peak < now + 5000
assert tracemalloc.get_tracemalloc_memory() > 0

first = tracemalloc.take_snapshot()
kept = [make(1000) for i in range(200)]
second = tracemalloc.take_snapshot()
top = [s for s in second.compare_to(first, "lineno") if s.traceback[0].lineno == make.__code__.co_firstlineno + 1]
assert 200_000 <= top[0].size_diff < 201_000 and 200 <= top[0].count_diff < 205 and top[0].traceback[0].filename == here
tracemalloc.clear_traces()
assert tracemalloc.get_traced_memory()[0] < 2000 and tracemalloc.get_object_traceback(kept[0]) is None
del kept

# A cell is of the line that called the function.
def cell(x):
    return lambda: x
at, made = line(), cell(0).__closure__[0]
assert origin(made) == [(here, at)]
tracemalloc.stop()
assert not tracemalloc.is_tracing() and tracemalloc.get_traced_memory() == (0, 0)
assert tracemalloc.get_object_traceback(made) is None


# Threads that allocate, one that switches.
def work(number):
    mine = []
    for i in range(3000):
        mine.append([number, {i: str(i)}, b"y" * (i % 700)])
        if i % 100 == 99:
            del mine[::2]
    assert all(m[0] == number for m in mine)


def switch():
    for i in range(15):
        tracemalloc.start(i % 4 + 1)
        data = make(1234)
        assert origin(data)[-1][1] == make.__code__.co_firstlineno + 1
        _tracemalloc._get_traces()
        if i % 3 == 0:
            tracemalloc.clear_traces()
        gc.collect()
        tracemalloc.stop()


run_threads(switch, lambda: work(1), lambda: work(2), lambda: work(3))
tracemalloc.start()
run_threads(work, count=3)
pid = os.fork()
if not pid:
    data = make(4321)
    os._exit(0 if tracemalloc.is_tracing() and origin(data) else 1)
assert os.waitpid(pid, 0)[1] == 0
tracemalloc.stop()
run_threads(work, count=3)

# The empty result of a repetition is an object of its own.
empty = b""
assert b"x" * int("0") is not empty and b"x" * int("-3") == empty


def run(*args, **env):
    p = subprocess.run([sys.executable, *args], capture_output=True, text=True, env={**os.environ, **env})
    return p.returncode, p.stdout.strip(), p.stderr


show = "import tracemalloc as t; print(t.is_tracing(), t.get_traceback_limit())"
assert run("-c", show)[1] == "False 1" and run("-X", "tracemalloc", "-c", show)[1] == "True 1"
assert run("-X", "tracemalloc=7", "-c", show)[1] == "True 7" and run("-X", "tracemalloc=0", "-c", show)[1] == "False 1"
assert run("-c", show, PYTHONTRACEMALLOC="9")[1] == "True 9" and run("-E", "-c", show, PYTHONTRACEMALLOC="9")[1] == "False 1"
code, out, err = run("-X", "tracemalloc=70000", "-c", show)
assert code == 1 and out == "" and "can't initialize tracemalloc" in err and "must be in range [1; 65535]" in err, err
code, out, err = run("-W", "always", "-X", "tracemalloc=3", "-c", "def f():\n  open('/dev/null')\nf()")
assert "ResourceWarning: unclosed file" in err and err.endswith(
    'Object allocated at (most recent call last):\n  File "<string>", lineno 3\n  File "<string>", lineno 2\n'), err
code, out, err = run("-W", "always", "-c", "import os; i = os.scandir('/'); next(i); del i")
assert "ResourceWarning: unclosed scandir iterator" in err and "Enable tracemalloc to get the object allocation traceback" in err
