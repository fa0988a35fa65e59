# SPDX-License-Identifier: MIT
"""Every pair of methods of a built-in type, called by two threads on one shared object.

    pairs.py [--types list,dict] [--loops N] [--seed N] [--pairs N] [--seconds N]

Nothing is asserted about results: any ordinary exception will do. What must not happen is a crash, a
hang, or an object that is unsound afterwards (it is printed, iterated, compared and copied).
"""
import _random
import argparse
import array
import codecs
import collections
import contextvars
import csv
import faulthandler
import functools
import hashlib
import io
import itertools
import queue
import random
import re
import struct
import sys
import threading
import time
import types
import weakref
import zlib


class Plain:
    kind = 0

    def __init__(self, value=0):
        self.value = value

    def method(self):
        return self.value


class Slotted:
    __slots__ = "value", "x", "y"

    def __init__(self, value=0):
        self.value = value


def filled(target, n):
    for i in range(n):
        target.put(i)
    return target


def generator():
    for i in itertools.count():
        yield i


MAKERS = {
    "list": lambda: [1, "a", (2,), None, 5.5] * 4,
    "dict": lambda: {i: str(i) for i in range(20)} | {"a": 1},
    "set": lambda: set(range(20)) | {"a"},
    "frozenset": lambda: frozenset(range(20)),
    "tuple": lambda: tuple(range(20)),
    "deque": lambda: collections.deque(range(20), 40),
    "OrderedDict": lambda: collections.OrderedDict((i, i) for i in range(20)),
    "defaultdict": lambda: collections.defaultdict(list, a=[1]),
    "bytearray": lambda: bytearray(b"hello world" * 3),
    "bytes": lambda: b"hello world" * 3,
    "str": lambda: "hello w\u00f6rld" * 3,
    "array": lambda: array.array("i", range(20)),
    "memoryview": lambda: memoryview(bytearray(range(64))),
    "StringIO": lambda: io.StringIO("line\n" * 20),
    "BytesIO": lambda: io.BytesIO(b"line\n" * 20),
    "iterator": lambda: iter(list(range(100))),
    "dict_iterator": lambda: iter({i: i for i in range(100)}.items()),
    "generator": generator,
    "count": lambda: itertools.count(),
    "cycle": lambda: itertools.cycle([1, 2, 3]),
    "chain": lambda: itertools.chain(range(1000), "abc" * 100),
    "zip": lambda: zip(range(1000), itertools.count()),
    "enumerate": lambda: enumerate(range(1000)),
    "map": lambda: map(str, range(1000)),
    "islice": lambda: itertools.islice(itertools.count(), 1000),
    "tee": lambda: itertools.tee(range(1000))[0],
    "groupby": lambda: itertools.groupby(range(1000), lambda x: x // 3),
    "instance": lambda: Plain(1),
    "class": lambda: type("T", (Plain,), {"x": 1}),
    "function": lambda: types.FunctionType((lambda x=1: x).__code__, globals(), "f", (1,)),
    "partial": lambda: functools.partial(max, 1),
    "lru_cache": lambda: functools.lru_cache(maxsize=8)(lambda *a: a),
    "property": lambda: property(lambda self: 1),
    "weakref": lambda: weakref.ref(KEEP[0]),
    "WeakSet": lambda: weakref.WeakSet(KEEP),
    "WeakValueDictionary": lambda: weakref.WeakValueDictionary({i: k for i, k in enumerate(KEEP)}),
    "exception": lambda: ValueError("a", 1),
    "module": lambda: types.ModuleType("m"),
    "SimpleNamespace": lambda: types.SimpleNamespace(a=1, b=[2]),
    "Counter": lambda: collections.Counter("abracadabra"),
    "slice_key": lambda: [slice(1, 5)] * 5,
    "regex": lambda: re.compile("(l+)o"),
    "context": lambda: __import__("contextvars").copy_context(),
    "local": threading.local,
    "BufferedReader": lambda: io.BufferedReader(io.BytesIO(b"line\n" * 200), 64),
    "BufferedWriter": lambda: io.BufferedWriter(io.BytesIO(), 64),
    "BufferedRandom": lambda: io.BufferedRandom(io.BytesIO(b"line\n" * 200), 64),
    "TextIOWrapper": lambda: io.TextIOWrapper(io.BytesIO(b"line\n" * 200)),
    "csv_reader": lambda: csv.reader(["a,b,c"] * 2000),
    "hash": lambda: hashlib.sha256(b"x" * 5000),
    "blake2": lambda: hashlib.blake2b(b"x" * 5000),
    "compressor": zlib.compressobj,
    "decompressor": zlib.decompressobj,
    "SimpleQueue": lambda: filled(queue.SimpleQueue(), 200),
    "Random": lambda: _random.Random(3),
    "scanner": lambda: re.compile("l+").scanner("hello all " * 200),
    "match": lambda: re.compile("(l+)(o)").search("hello"),
    "contextvar": lambda: contextvars.ContextVar("v", default=1),
    "struct": lambda: struct.Struct("<iq"),
    "decoder": codecs.getincrementaldecoder("utf-8"),
    "permutations": lambda: itertools.permutations(range(8)),
    "product": lambda: itertools.product(range(10), repeat=4),
    "accumulate": lambda: itertools.accumulate(range(1000)),
    "cell": lambda: (lambda x: lambda: x)(1).__closure__[0],
    "code": lambda: (lambda x=1: x).__code__,
    "super": lambda: super(Plain, Plain()),
    "slots": Slotted,
    "set_iterator": lambda: iter(set(range(100))),
    "reversed": lambda: reversed(list(range(100))),
    "mappingproxy": lambda: types.MappingProxyType({"a": 1}),
    "dict_items": lambda: {i: i for i in range(50)}.items(),
}
KEEP = [Plain(i) for i in range(10)]
ARGUMENTS = [(), (1,), (0, 5), ("a",), ("a", 1), ([1, 2, 3],), (slice(0, 3),), (slice(0, 3), [7, 8]), (3, "x"), (b"l",), ({1: 2},),
             (lambda *a: 0,), (None,), ("value", 9), (-1,), (2.5,), ((1, 2),), (iter([1, 2]),)]
SKIP = {"__init_subclass__", "__subclasshook__", "__class_getitem__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__new__", "mro",
        "__sizeof__", "__dir__", "wait", "acquire", "__enter__", "get", "__del__", "__prepare__", "detach", "__class__", "gi_frame", "__doc__", "__hash__"}
ENDLESS = {"count", "cycle", "generator"}      # looking for something in these may take forever
HUGE = {"__mul__", "__rmul__", "__imul__", "zfill", "ljust", "rjust", "center", "expandtabs", "__pow__", "__lshift__", "frombytes", "fromfile", "fromlist"}


def operations(kind, target):
    names = [n for n in dir(target) if n not in SKIP and callable(getattr(target, n, None))]
    if kind not in ENDLESS:
        names.append("<in>")
    return names + ["<len>", "<iter>", "<repr>", "<eq>", "<copy>", "<next>", "<setattr>", "<delattr>", "<class>"]


def perform(name, target, rng):
    if name == "<len>":
        return len(target)
    if name == "<iter>":
        for number, _ in enumerate(target):
            if number > 50:
                break
        return None
    if name == "<repr>":
        return repr(target)
    if name == "<eq>":
        return target == target or target < target
    if name == "<in>":
        return 3 in target
    if name == "<copy>":
        return list(itertools.islice(target, 50))
    if name == "<next>":
        return next(target)
    if name == "<setattr>":
        return setattr(target, rng.choice(("value", "x", "y", "__name__", "kind")), rng.choice((1, "s", [1])))
    if name == "<delattr>":
        return delattr(target, rng.choice(("value", "x", "y")))
    if name == "<class>":
        target.__class__ = type(target)
        return None
    arguments = rng.choice(ARGUMENTS)
    if name in HUGE:
        arguments = (rng.randrange(1, 4),)
    return getattr(target, name)(*arguments)


def worker(name, target, loops, seed, ready):
    rng = random.Random(seed)
    ready.wait()
    for _ in range(loops):
        try:
            perform(name, target, rng)
        except Exception:
            pass
        if hasattr(target, "__len__"):
            try:
                if len(target) > 5000 and hasattr(target, "clear"):
                    target.clear()
                elif len(target) > 5000: # an array, which is made a few times as long at each turn
                    del target[50:]
            except Exception:
                pass


def inspect(target):
    for look in (repr, len, lambda t: list(itertools.islice(t, 100)), lambda t: t == t, hash, dir):
        try:
            look(target)
        except Exception:
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--types", default="")
    parser.add_argument("--loops", type=int, default=60)
    parser.add_argument("--pairs", type=int, default=60, help="random pairs for each type (0: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9, help="end after so long; each type has had its turn as often as another")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    faulthandler.enable()
    rng = random.Random(options.seed)
    end = time.monotonic() + options.seconds
    ran = 0
    for kind, first, second in in_turn(choose_pairs(options, rng), rng):
        if time.monotonic() > end:
            break
        if options.verbose:
            print(kind, first, second, flush=True)
        perform_pair(kind, first, second, options.loops, rng)
        ran += 1
    print(f"pairs: {ran} pairs survived")


def choose_pairs(options, rng):
    chosen = {}
    for kind in options.types.split(",") if options.types else MAKERS:
        names = sorted(operations(kind, MAKERS[kind]()))
        if options.pairs:       # not a sample of all: there are thousands, and making them takes long under stress
            chosen[kind] = [sorted((rng.choice(names), rng.choice(names))) for _ in range(options.pairs)]
        else:
            chosen[kind] = [(a, b) for a in names for b in names if a <= b]
    return chosen


def in_turn(chosen, rng):
    """A pair of each type, then another of each: types in an order of the seed's."""
    kinds = list(chosen)
    rng.shuffle(kinds)
    for number in range(max(map(len, chosen.values()))):
        for kind in kinds:
            if number < len(chosen[kind]):
                yield kind, *chosen[kind][number]


def perform_pair(kind, first, second, loops, rng):
    target = MAKERS[kind]()
    ready = threading.Barrier(3)
    threads = [threading.Thread(target=worker, args=(name, target, loops, rng.random(), ready))
               for name in (first, second, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inspect(target)


if __name__ == "__main__":
    main()
