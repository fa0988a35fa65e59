# SPDX-License-Identifier: MIT
"""Functions and types of the native modules, and the methods of what they make, called with arguments that nobody
would pass, by several threads at once.

    calls.py [--modules array,zlib] [--seconds N] [--seed N] [--threads N] [--last FILE]

Nothing is asserted about results: any exception will do. What must not happen is a crash, or a call that fails
without an exception (SystemError). Among the arguments are objects whose special methods change the containers
that are passed elsewhere. With --last the latest call of each thread stands in FILE, for who looks for the cause.
"""
import argparse
import array
import collections
import contextvars
import datetime
import decimal
import fcntl
import functools
import gc
import importlib
import io
import itertools
import operator
import os
import random
import re
import resource
import shutil
import signal
import struct
import sys
import tempfile
import threading
import time
import traceback
import types
import warnings
import weakref

MODULES = """array _asyncio _ast ast audioop bz2 binascii _bisect builtins cmath _codecs _collections collections
    _contextvars _csv csv _ctypes datetime _datetime decimal _elementtree errno fractions _functools functools gc _hashlib _heapq
    io _io itertools json _json lzma _lsprof marshal math mmap _multibytecodec opcode _operator operator _pickle pickle
    pyexpat queue _queue _random random re _sha1 _sqlite3 _sre _statistics _string struct _struct _symtable
    sys _socket _ssl _thread threading time tokenize traceback tracemalloc types _typing unicodedata _uuid warnings
    weakref _weakref zlib _zoneinfo""".split()

# Not called: what ends or stops the process, waits for ever by design, or reaches beyond the process.
SKIP = set("""_clear_type_cache _debugmallocstats _exit _fatal_error _shutdown acquire addaudithook alarm breakpoint
    call_tracing chroot close_fd compile daemon_threads_allowed dlopen dlclose dlsym eval exec exit
    FUNCFLAG_CDECL call_function call_cdeclfunction PyObj_FromPtr Py_INCREF Py_DECREF resize addressof input interrupt_main open open_code
    breakpointhook pthread_getcpuclockid pthread_kill clock_settime clock_settime_ns quit raise_signal set_asyncgen_hooks set_int_max_str_digits
    setdlopenflags setprofile setrecursionlimit setswitchinterval settrace sleep stack_size start_new start_new_thread
    unraisablehook excepthook displayhook set_debug freeze disable enable reset_peak sethostname close dup socketpair
    _sigsegv _set_sentinel __init_subclass__ __subclasshook__ __class__ from_address from_buffer from_buffer_copy
    in_dll contents from_param FileIO BufferedReader socket wait wait_for join acquire_lock __enter__ _acquire_restore
    select poll __del__""".split())
ENDLESS = itertools.count, itertools.cycle, itertools.repeat     # under whatever name: set.update() with one takes for ever
# Called with small numbers only: the true answer to others would fill the machine.
SMALL = set("""__ilshift__ __imul__ __ipow__ __lshift__ __mul__ __pow__ __rlshift__ __rmul__ __rpow__ center comb
    expandtabs factorial ldexp lgamma ljust lshift mul imul ilshift ipow perm pow product combinations
    combinations_with_replacement permutations rjust scaleb shift to_bytes zfill truncate seek mmap""".split())

rng = random.Random()


def renew():
    """Containers that all threads share, and that Odd changes."""
    return [[1, 2, 3, 4], {1: 2, "a": 3}, {1, 2, 3}, bytearray(b"abcdef"), collections.deque([1, 2, 3]),
            array.array("i", [1, 2, 3]), collections.OrderedDict(a=1), io.BytesIO(b"abc" * 5)]


shared = renew()


class Odd:
    """Answers whatever is asked, seldom twice the same, and changes a shared container on the way."""

    def upset(self, *ignored):
        target = rng.choice(shared)
        try:
            if rng.random() < 0.5:
                target.clear()
            else:
                target.append(self)
        except Exception:
            pass
        return rng.random() < 0.5

    __eq__ = __lt__ = __le__ = __contains__ = __bool__ = upset

    def __hash__(self):
        return 3

    def __index__(self):
        self.upset()
        return rng.choice((0, 1, -1, 5, 2**70))

    __int__ = __trunc__ = __index__

    def __float__(self):
        self.upset()
        return 1.5

    def __len__(self):
        return rng.choice((0, 2, 2, 2**62, -1))

    def __iter__(self):
        self.upset()
        return iter(rng.choice(([1, 2, self], "ab", ())))

    def __getitem__(self, key):
        if self.upset():
            raise IndexError
        return key

    def __call__(self, *args, **kwargs):
        self.upset()
        return rng.choice(VALUES)

    def __repr__(self):
        self.upset()
        return rng.choice(("odd", "\ud800", ""))

    def keys(self):
        return ["a", "b"]

    def read(self, size=-1):
        return rng.choice((b"abc", "abc", b"", 5, None))

    readline = __next__ = send = write = tell = readinto = read


class Unwilling:
    """Raises where it can."""

    def fail(self, *ignored):
        raise KeyError("unwilling")

    __eq__ = __hash__ = __len__ = __iter__ = __index__ = __getitem__ = __call__ = __repr__ = __bool__ = __float__ = fail
    __getattr__ = fail


class Growing(list):
    def __len__(self):
        self.append(1) if list.__len__(self) < 50 else self.clear()
        return list.__len__(self)


def function(*args, **kwargs):
    return rng.choice(VALUES)


VALUES = [
    0, 1, -1, 2, 3, 7, 10, 255, 256, -2, 1000, 2**31 - 1, 2**31, -2**31, 2**32, 2**63 - 1, 2**63, -2**63, 2**64, 10**30, True, False,
    None, ..., NotImplemented, 0.0, -0.0, 1.5, 1e308, 1e-320, float("inf"), float("nan"), 1j, complex("nan"),
    "", "a", "abc", "a,b;c", "%s %d", "{0} {a!r}", "\0", "\xe9", "\u20ac", "\U0001f600", "\ud800", "x" * 300, "utf-8", "strict", "r", "rb",
    "w", "i", "1.5e3", "(a|b)*c", "<a>b</a>", '{"a": [1, 2]}', "\n\r\n", b"", b"abc", b"\0\xff\x80", b"x" * 300, b"1 2\n", bytearray(b"abc"),
    memoryview(b"abcd"), memoryview(bytearray(8)).cast("i"), memoryview(b"abcdef")[::-2], (), (1,), (1, 2), (1, 2, 3), ((1, 2), (3, 4)),
    [], [1], ["a", "b"], [[1, 2], [3]], {}, {"a": 1}, set(), {1}, frozenset((1, 2)), range(5), range(0, -10, -3),
    slice(None), slice(1, -1, 2), slice(2**70), int, str, object, type, list, dict, tuple, float, bytes, ValueError, BaseException,
    Odd, Odd(), Odd(), Odd(), Unwilling(), Growing([1, 2]), ValueError("x"), function, len, "".join, [].append, function.__code__,
    types.SimpleNamespace(a=1), sys, types.ModuleType("m"), property(function), staticmethod(function), Odd.__dict__,
    re.compile("a+"), re.match("a", "a"), io.StringIO("abc\ndef"), io.BytesIO(b"abc\ndef"), datetime.datetime(2020, 1, 1),
    datetime.timedelta(1), datetime.timezone.utc, decimal.Decimal("1.5"), struct.Struct("<ih"), weakref.ref(Odd),
    functools.partial(function, 1), operator.itemgetter(1), contextvars.copy_context(), contextvars.ContextVar("x"),
    threading.Lock(), sys._getframe(), collections.defaultdict(list), collections.Counter("abc"), iter([1, 2, 3]),
    {1: 2}.items(), zip([1], [2]), map(function, [1, 2]), enumerate("ab"), reversed([1, 2]), filter(None, [1]),
]
KEYWORDS = ("key", "default", "a", "encoding", "errors", "size", "maxlen", "start", "end", "value", "sep", "signed", "data", "mode")
made = []       # what calls have returned
namespaces = set()      # numbers of the dicts that modules live in: one that is cleared ends this program, and rightly
calls = [0]
trouble = fcntl.fcntl(2, fcntl.F_DUPFD_CLOEXEC, 200)   # what is called may close descriptors with low numbers


class Time(BaseException):
    """A call has taken long enough."""


def argument(small):
    pick = rng.random()
    if small and pick < 0.8:
        return rng.randrange(-3, 10)
    return rng.choice(VALUES if pick < 0.7 or not made else shared if pick < 0.85 else made)


def show(value):
    return repr(value)[:30] if type(value) in (int, float, str, bytes, type(None)) else type(value).__name__


def call(callee, name, note):
    small = name.rpartition(".")[2] in SMALL
    values = [argument(small) for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6)))]
    named = {rng.choice(KEYWORDS): argument(small) for _ in range(rng.choice((0, 0, 0, 0, 0, 0, 0, 1, 2)))}
    note(f"{name}({', '.join(map(show, values))}; {', '.join(named)})")
    calls[0] += 1
    try:
        result = callee(*values, **named)
    except SystemError as error:
        if "without exception" in str(error) or "without setting" in str(error):
            os.write(trouble, f"{name}({', '.join(map(show, values))}): {error}\n".encode("utf-8", "replace"))
            os._exit(1)
        return None
    except Time:
        raise
    except BaseException:
        return None
    if type(result) not in (int, bool, str, bytes, float, type(None)) and id(result) not in namespaces:
        if len(made) < 400:
            made.append(result)
        else:
            made[rng.randrange(400)] = result
    return result


def try_one(module, names, note):
    name = rng.choice(names)
    target = call(getattr(module, name), f"{module.__name__}.{name}", note)
    if type(target) in (int, bool, str, float, type(None)):
        target = rng.choice(rng.choice((shared, made or shared)))
    if isinstance(target, types.ModuleType) or "Queue" in type(target).__name__:       # get() waits
        return
    methods = [name for name in dir(type(target)) if name not in SKIP]
    for name in rng.sample(methods, min(len(methods), 4)):
        method = getattr(target, name)
        if getattr(method, "__name__", None) not in SKIP:
            call(method, f"<{type(target).__name__}>.{name}", note)


def work(modules, end, note):
    number = 0
    while True:
        try:                    # around all of it: memory may be short anywhere
            if time.monotonic() > end:
                break
            number += 1
            try_one(*rng.choice(modules), note)
            if number % 200 == 0:
                gc.collect()
            if number % 50 == 0:
                shared[:] = renew()
        except BaseException:
            pass


def interrupt(number, frame):
    while frame:
        if frame.f_code is call.__code__:
            raise Time
        frame = frame.f_back


def confine(directory):
    """No harm to the machine: little memory, few files, in a directory of its own."""
    os.chdir(directory)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    if "ASAN_OPTIONS" not in os.environ and "TSAN_OPTIONS" not in os.environ:
        resource.setrlimit(resource.RLIMIT_AS, (used + (2 << 30),) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", default="")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--last", default="", metavar="FILE")
    options = parser.parse_args()
    rng.seed(options.seed)
    warnings.simplefilter("ignore")
    modules = []
    for name in options.modules.split(",") if options.modules else MODULES:
        module = importlib.import_module(name)
        names = [n for n in dir(module) if n not in SKIP and callable(getattr(module, n)) and getattr(module, n) not in ENDLESS]
        if names:
            modules.append((module, names))
    namespaces.update(id(vars(module)) for module in list(sys.modules.values()))
    out = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 200)
    last = fcntl.fcntl(os.open(options.last, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), fcntl.F_DUPFD_CLOEXEC, 200) if options.last else -1
    local = threading.local()
    numbers = iter(range(options.threads))

    def note(text):
        if last >= 0:
            if not hasattr(local, "number"):
                local.number = next(numbers)
            os.pwrite(last, text.encode("utf-8", "replace")[:199].ljust(199) + b"\n", local.number * 200)

    end = time.monotonic() + options.seconds
    directory = tempfile.mkdtemp()
    confine(directory)
    signal.signal(signal.SIGALRM, interrupt)
    threads = [threading.Thread(target=work, args=(modules, end, note), daemon=True) for _ in range(options.threads - 1)]
    sys.stdout = sys.stderr = open(os.devnull, "w")
    for thread in threads:
        thread.start()
    signal.setitimer(signal.ITIMER_REAL, 0.3, 0.3)
    work(modules, end, note)
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.chdir("/")
    made.clear()        # open files among it
    shutil.rmtree(directory, ignore_errors=True)
    os.write(out, b"calls: some %d survived\n" % calls[0])
    os._exit(0)         # other threads may be in a call that takes long


try:
    main()
except BaseException as error:
    made.clear()        # what takes the memory
    os.write(trouble, type(error).__name__.encode() + b"\n")
    os.write(trouble, traceback.format_exc().encode("utf-8", "replace"))
    os._exit(1)
