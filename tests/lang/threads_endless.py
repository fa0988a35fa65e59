# SPDX-License-Identifier: MIT
"""What C alone takes from an iterator without end holds up no collection of another thread, and a signal ends it."""
import collections
import functools
import gc
import heapq
import itertools
import math
import operator
import signal
import sys
import threading
from itertools import accumulate, chain, compress, count, cycle, dropwhile, filterfalse, groupby, islice, pairwise
from itertools import permutations, product, repeat, starmap, takewhile, tee, zip_longest

ROWS = {
    "sum(count())": lambda: sum(count()),
    "sum(count(0.5))": lambda: sum(count(0.5)),
    "sum(repeat)": lambda: sum(repeat(0)),
    "sum(range)": lambda: sum(range(10**13)),
    "sum(long range)": lambda: sum(range(10**30, 10**40)),
    "max(iter(f, x))": lambda: max(iter(int, 1)),
    "min(cycle)": lambda: min(cycle("ab")),
    "in cycle": lambda: "c" in cycle("ab"),
    "all": lambda: all(repeat(1)),
    "any(map)": lambda: any(map(int, repeat(0))),
    "any(filter)": lambda: any(filter(None, repeat(0))),
    "any(filterfalse)": lambda: any(filterfalse(None, repeat(1))),
    "any(zip)": lambda: all(zip(repeat(1), count())),
    "enumerate": lambda: all(enumerate(repeat(1))),
    "dropwhile": lambda: any(dropwhile(bool, repeat(1))),
    "takewhile": lambda: all(takewhile(bool, repeat(1))),
    "compress": lambda: any(compress(repeat(1), repeat(0))),
    "islice": lambda: next(islice(repeat(1), 10**15, None)),
    "starmap": lambda: any(starmap(int, repeat(()))),
    "accumulate": lambda: any(accumulate(repeat(0))),
    "pairwise": lambda: all(pairwise(repeat(1))),
    "groupby": lambda: next(islice(groupby(repeat(1)), 1, None)),
    "tee": lambda: any(tee(repeat(0))[0]),
    "zip_longest": lambda: all(zip_longest(repeat(1), ())),
    "chain of nothing": lambda: any(chain.from_iterable(repeat(()))),
    "product": lambda: all(product(range(100), repeat=9)),
    "permutations": lambda: all(permutations(range(100), 9)),
    "set": lambda: set(repeat(1)),
    "set.update": lambda: set().update(repeat(1)),
    "isdisjoint": lambda: {2}.isdisjoint(repeat(1)),
    "dict": lambda: dict(repeat((1, 2))),
    "fromkeys": lambda: dict.fromkeys(cycle("ab")),
    "deque": lambda: collections.deque(repeat(1), maxlen=3),
    "Counter": lambda: collections.Counter(repeat(1)),
    "reduce": lambda: functools.reduce(max, repeat(1)),
    "countOf": lambda: operator.countOf(repeat(1), 1),
    "range.count": lambda: range(-10**30, 10**30).count("absent"),
    "nsmallest": lambda: heapq.nsmallest(1, repeat(1)),
    "prod": lambda: math.prod(repeat(1)),
    "fsum": lambda: math.fsum(repeat(0.0)),
}


class Ended(Exception):
    pass


def end(number, frame):
    raise Ended


def collect():
    """Three collections, each of which stops the world, then the signal."""
    for _ in range(3):
        gc.collect()
    signal.raise_signal(signal.SIGUSR1)


signal.signal(signal.SIGUSR1, end)
for name, row in ROWS.items():
    if not hasattr(sys.implementation, "backend"):
        continue                                    # python3.11 looks at neither here: it would never end
    other = threading.Timer(0.02, collect)
    other.start()
    try:
        print(name, row())
    except Ended:
        pass
    other.join()

# A long computation of one number lets others in, too.
started, seen = threading.Event(), []


def watch():
    started.set()
    while not done:
        gc.collect()
        seen.append(1)


done = []
watcher = threading.Thread(target=watch)
watcher.start()
started.wait()
before = len(seen)
number = math.factorial(200000).bit_length(), math.comb(400000, 200000).bit_length()
between = len(seen) - before
done.append(1)
watcher.join()
print(number, between > 0 or not hasattr(sys.implementation, "backend"), len(ROWS))
