# SPDX-License-Identifier: MIT
"""How well threads scale: small bodies run on 1 thread, N threads and N processes.

    scale.py [--workers N] [--rounds N] [--only NAME,...] [--groups NAME,...] [--factor F]

Efficiency is the time of N processes divided by the time of N threads for the same work: 1.0 means
that threads share as if they did not share a process at all. Taken this way it holds on
hyper-threads and busy machines. Prints one line per body: name, group, seconds of one thread, of N
threads, of N processes (each the best of the rounds, measured in turn).
"""
import argparse
import collections
import copy
import datetime
import enum
import functools
import operator
import os
import queue
import re
import struct
import sys
import threading
import time
import types
import weakref

BODIES = {}
LEAD = 0.004  # seconds in which all workers wake up


def body(group, count):
    def register(function):
        BODIES[function.__name__] = (group, count, function)
        return function
    return register


class Plain:
    shared = 3

    def __init__(self, value=1, other=2):
        self.value, self.other = value, other

    def method(self):
        return self.value

    @property
    def prop(self):
        return self.value

    @classmethod
    def klass(cls):
        return cls.shared

    @staticmethod
    def static():
        return 1

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def __round__(self):
        return 1


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


SHARED_LIST = [object() for _ in range(100)]
SHARED_TUPLE = tuple(SHARED_LIST)
SHARED_DICT = {f"key{i}": object() for i in range(100)}
SHARED_SET = {f"key{i}" for i in range(100)}
SHARED_OBJECT = Plain(Plain(), [1])
CONFIG = {"server": {"limits": types.SimpleNamespace(hosts=[{"name": "a"}, {"name": "b"}])}}
PATTERN = re.compile(r"(\w+)-(\d+)")
GLOBAL = object()
LOCK = threading.Lock()
SHARDS = [threading.Lock() for _ in range(16)]
MODULE = types.ModuleType("module")
STORED = None


class Referent:
    pass


REFERENT = Referent()
REFERENCE = weakref.ref(REFERENT)


@functools.lru_cache(maxsize=None)
def cached(x):
    return [x]


def make_closure():
    cell = object()

    def read():
        return cell
    return read


CLOSURE = make_closure()


# --- ftscalingbench: independent work that shares only code -----------------------------------

@body("independent", 60000)
def object_cfunction(n, worker):
    accumulate = 0
    for i in range(n):
        accumulate += len([1, 2]) + abs(-i)


@body("independent", 80000)
def cmodule_function(n, worker):
    for i in range(n):
        operator.index(i)


@body("independent", 200000)
def mult_constant(n, worker):
    x = 1.0
    for _ in range(n):
        x *= 1.01
        if x > 1e300:
            x = 1.0


@body("independent", 60000)
def simple_gen(n, worker):
    def gen():
        for i in range(n):
            yield i
    for _ in gen():
        pass


@body("independent", 100000)
def counter(n, worker):
    i = 0
    while i < n:
        i += 1


@body("independent", 40000)
def object_lookup_special(n, worker):
    x = Plain()
    for _ in range(n):
        round(x)


@body("independent", 30000)
def context_manager(n, worker):
    x = Plain()
    for _ in range(n):
        with x:
            pass


@body("independent", 60000)
def pymethod(n, worker):
    x = Plain()
    for _ in range(n):
        x.method()


def module_function():
    return 1


@body("independent", 80000)
def pyfunction(n, worker):
    for _ in range(n):
        module_function()


@body("independent", 30000)
def load_constants(n, worker):
    for _ in range(n):
        x = "a string", (1, ("nested",), 2.5), 10**20, b"bytes"
        x[0] == "a string"


@body("independent", 20000)
def create_pyobject(n, worker):
    for _ in range(n):
        Plain()


@body("independent", 30000)
def create_closure(n, worker):
    for i in range(n):
        (lambda: i)()


@body("independent", 20000)
def create_dict(n, worker):
    for i in range(n):
        {"a": i, "b": [i], "c": (i, i)}


@body("independent", 40000)
def thread_local_read(n, worker):
    local = threading.local()
    local.x = 1
    for _ in range(n):
        local.x


@body("independent", 20000)
def method_caller(n, worker):
    call = operator.methodcaller("method")
    x = Plain()
    for _ in range(n):
        call(x)


@body("independent", 2500)
def deepcopy(n, worker):
    x = {"list": [1, 2], "tuple": (1, None)}
    for _ in range(n):
        copy.deepcopy(x)


@body("independent", 12000)
def string_work(n, worker):
    for i in range(n):
        f"{worker}:{i}".upper().split(":")[0].encode()


@body("independent", 12000)
def exceptions(n, worker):
    for i in range(n):
        try:
            raise ValueError(i)
        except ValueError:
            pass


@body("independent", 20000)
def local_time(n, worker):
    for _ in range(n):
        datetime.datetime.now()


@body("independent", 20000)
def neighbour_locks(n, worker):
    lock = SHARDS[worker % len(SHARDS)]
    for _ in range(n):
        with lock:
            pass


# --- reading what all threads share -----------------------------------------------------------

@body("shared read", 40000)
def read_list(n, worker):
    items = SHARED_LIST
    for i in range(n):
        items[i % 100]
        items[0]


@body("shared read", 800)
def iterate_list(n, worker):
    for _ in range(n):
        for _ in SHARED_LIST:
            pass


@body("shared read", 60000)
def read_tuple(n, worker):
    items = SHARED_TUPLE
    for i in range(n):
        items[7]


@body("shared read", 60000)
def read_dict(n, worker):
    table = SHARED_DICT
    for _ in range(n):
        table["key7"]


@body("shared read", 60000)
def read_set(n, worker):
    items = SHARED_SET
    for _ in range(n):
        "key7" in items


@body("shared read", 60000)
def read_instance_attribute(n, worker):
    x = SHARED_OBJECT
    for _ in range(n):
        x.value
        x.other


@body("shared read", 60000)
def read_class_attribute(n, worker):
    for _ in range(n):
        Plain.shared


@body("shared read", 40000)
def call_shared_method(n, worker):
    x = SHARED_OBJECT
    for _ in range(n):
        x.method()


@body("shared read", 40000)
def read_closure(n, worker):
    read = CLOSURE
    for _ in range(n):
        read()


@body("shared read", 80000)
def read_global(n, worker):
    for _ in range(n):
        GLOBAL


@body("shared read", 40000)
def read_enum(n, worker):
    for _ in range(n):
        Colour.RED


@body("shared read", 40000)
def read_property(n, worker):
    x = SHARED_OBJECT
    for _ in range(n):
        x.prop


@body("shared read", 40000)
def call_classmethod(n, worker):
    for _ in range(n):
        Plain.klass()
        Plain.static()


@body("shared read", 30000)
def call_lru_cache(n, worker):
    for i in range(n):
        cached(i & 15)


@body("shared read", 8000)
def match_regex(n, worker):
    for _ in range(n):
        PATTERN.match("word-123").group(1)


@body("shared read", 40000)
def call_weakref(n, worker):
    for _ in range(n):
        REFERENCE()


@body("shared read", 12000)
def hot_import(n, worker):
    for _ in range(n):
        import os.path


@body("shared read", 15000)
def nested_config(n, worker):
    for _ in range(n):
        CONFIG["server"]["limits"].hosts[1]["name"]


# --- writing what all threads share -----------------------------------------------------------

@body("shared write", 40000)
def append_list(n, worker):
    items = WRITES.list
    for i in range(n):
        items.append(i)


@body("shared write", 40000)
def store_dict(n, worker):
    table = WRITES.dict
    for i in range(n):
        table[worker * 1000 + i % 1000] = i


@body("shared write", 30000)
def locked_counter(n, worker):
    for _ in range(n):
        with LOCK:
            WRITES.count += 1


@body("shared write", 30000)
def use_deque(n, worker):
    items = WRITES.deque
    for i in range(n):
        items.append(i)
        items.popleft()


@body("shared write", 3000)
def use_queue(n, worker):
    items = WRITES.queue
    for i in range(n):
        items.put(i)
        items.get()


@body("shared write", 40000)
def store_attribute(n, worker):
    x = WRITES
    for i in range(n):
        x.attribute = i


@body("shared write", 40000)
def store_global(n, worker):
    global STORED
    for i in range(n):
        STORED = i


@body("shared write", 30000)
def store_module_attribute(n, worker):
    module = MODULE
    for i in range(n):
        module.attribute = i


# --- objects made by one thread and dropped by another ----------------------------------------

@body("hand-over", 6000)
def hand_over(n, worker):
    mine, other = WRITES.slots[worker], WRITES.slots[worker - 1]
    for i in range(n):
        mine.append(Plain(i, [i]))
        try:
            other.popleft().other
        except IndexError:
            pass


class Writes:
    """Fresh targets for the bodies that write, made before each run."""

    def __init__(self, workers):
        self.list, self.dict, self.count, self.attribute = [], {}, 0, None
        self.deque = collections.deque(range(1000))
        self.queue = queue.Queue()
        self.slots = [collections.deque() for _ in range(workers)]


WRITES = None


def timed(function, count, number, start):
    """Runs a body from the agreed moment on; returns when it ended. Waking up is not measured."""
    while time.perf_counter() < start:
        pass
    function(count, number)
    return time.perf_counter()


def run_threads(function, count, workers):
    ready, ends, start = threading.Barrier(workers + 1), [0.0] * workers, 0.0

    def work(number):
        ready.wait()
        ends[number] = timed(function, count, number, start)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(workers)]
    for thread in threads:
        thread.start()
    start = time.perf_counter() + LEAD
    ready.wait()
    for thread in threads:
        thread.join()
    return max(ends) - start


def run_processes(function, count, workers):
    """Children learn the moment to start from a pipe, so that forking is not measured."""
    read_end, write_end = os.pipe()
    result_read, result_write = os.pipe()
    children = []
    for number in range(workers):
        pid = os.fork()
        if pid == 0:
            os.close(write_end)
            start = struct.unpack("d", os.read(read_end, 8))[0]
            os.write(result_write, struct.pack("d", timed(function, count, number, start)))
            os._exit(0)
        children.append(pid)
    start = time.perf_counter() + LEAD
    os.write(write_end, struct.pack("d", start) * workers)
    for pid in children:
        if os.waitpid(pid, 0)[1]:
            sys.exit(f"{function.__name__}: a process failed")
    ends = struct.unpack(f"{workers}d", os.read(result_read, 8 * workers))
    for end in (read_end, write_end, result_read, result_write):
        os.close(end)
    return max(ends) - start


def measure(name, workers, rounds, factor):
    global WRITES
    group, count, function = BODIES[name]
    count = int(count * factor)
    best = {}
    for _ in range(rounds):
        for kind, run, n in (("one", run_threads, 1), ("threads", run_threads, workers), ("processes", run_processes, workers)):
            WRITES = Writes(max(n, 1))
            elapsed = run(function, count, n)
            best[kind] = min(best.get(kind, elapsed), elapsed)
    return group, best["one"], best["threads"], best["processes"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--factor", type=float, default=1.0, help="how much work (1.0: one to three ms a body)")
    parser.add_argument("--only", default="")
    parser.add_argument("--groups", default="")
    options = parser.parse_args()
    names = [name for name in options.only.split(",") if name] or list(BODIES)
    groups = [name for name in options.groups.split(",") if name]
    for name in names:
        if name not in BODIES:
            parser.error(f"no body named {name}; there are: {', '.join(BODIES)}")
        if groups and BODIES[name][0] not in groups:
            continue
        group, one, threads, processes = measure(name, options.workers, options.rounds, options.factor)
        print(f"{name}\t{group}\t{one:.6f}\t{threads:.6f}\t{processes:.6f}", flush=True)


if __name__ == "__main__":
    main()
