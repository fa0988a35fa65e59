# SPDX-License-Identifier: MIT
"""Native modules over C libraries: decimal, bz2, lzma, mmap, locale, termios, shared memory, processes."""
import bz2
import contextvars
import decimal
import locale
import lzma
import mmap
import multiprocessing
import os
import pty
import sys
import termios
from decimal import Decimal
from multiprocessing import shared_memory
from _check import raises

# decimal
assert str(Decimal(1) / 3) == "0.3333333333333333333333333333" and Decimal("0.1") + Decimal("0.2") == Decimal("0.3")
assert repr(Decimal("-1.50E+3")) == "Decimal('-1.50E+3')" and Decimal(2).sqrt() * Decimal(2).sqrt() != 2
assert hash(Decimal("1.5")) == hash(1.5) and Decimal("1.5") == 1.5 and Decimal(10) ** 50 == 10**50
assert f"{Decimal('1234567.891'):,.2f}" == "1,234,567.89" and f"{Decimal('0.00001234'):.2e}" == "1.23e-5"
assert Decimal(1).exp() == Decimal("2.718281828459045235360287471") and divmod(Decimal(-7), 2) == (-3, -1)
assert round(Decimal("2.675"), 2) == Decimal("2.68") and int(Decimal("-3.9")) == -3 and Decimal(0.1).as_integer_ratio() == (0.1).as_integer_ratio()
raises(decimal.DivisionByZero, lambda: 1 / Decimal(0))
raises(decimal.InvalidOperation, Decimal, "x")
with decimal.localcontext() as context:
    context.prec, context.rounding = 3, decimal.ROUND_UP
    assert str(Decimal(10) / 3) == "3.34" and context.flags[decimal.Inexact]
assert decimal.getcontext().prec == 28 and sum(map(Decimal, range(101))) == 5050

# compression
data = b"all work and no play " * 5000
for codec in bz2, lzma:
    packed = codec.compress(data)
    assert len(packed) < 1000 and codec.decompress(packed) == data
    d = (bz2.BZ2Decompressor if codec is bz2 else lzma.LZMADecompressor)()
    parts = [d.decompress(packed, 1000)]
    while not d.eof:
        parts.append(d.decompress(b"", 1000))
        assert len(parts[-1]) <= 1000
    assert b"".join(parts) == data
    raises(EOFError, d.decompress, b"")
raises(OSError, bz2.decompress, b"nonsense")
raises(lzma.LZMAError, lzma.decompress, b"nonsense")
raw = [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 1}]
assert lzma.decompress(lzma.compress(data, lzma.FORMAT_RAW, filters=raw), lzma.FORMAT_RAW, filters=raw) == data

# memory
with mmap.mmap(-1, 100) as m:
    m[3:6] = b"abc"
    assert m.find(b"b") == 4 and m[3] == 97 and m[3:6] == b"abc" and len(m) == 100 and bytes(m)[5:6] == b"c"
    view = memoryview(m)
    raises(BufferError, m.close)
    view.release()
raises(ValueError, m.read)
s = shared_memory.SharedMemory(create=True, size=64)
s.buf[0] = 7
other = shared_memory.SharedMemory(s.name)
assert other.buf[0] == 7
other.close()
s.close()
s.unlink()

# processes
context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    assert pool.map(abs, range(-5, 0)) == [5, 4, 3, 2, 1]
lock = context.RLock()
with lock, lock:
    pass
raises(AssertionError, lock.release)

# the locale and terminals
assert locale.localeconv()["decimal_point"] == "." and locale.strcoll("a", "b") < 0
raises(locale.Error, locale.setlocale, locale.LC_ALL, "xx_XX.nothing")
master, slave = pty.openpty()
attributes = termios.tcgetattr(slave)
assert len(attributes) == 7 and len(attributes[6]) == 32
attributes[3] &= ~termios.ECHO
termios.tcsetattr(slave, termios.TCSANOW, attributes)
assert not termios.tcgetattr(slave)[3] & termios.ECHO
os.close(master)
os.close(slave)
raises(termios.error, termios.tcgetattr, os.open(os.devnull, os.O_RDONLY))

# XML
import xml.etree.ElementTree as ElementTree
import xml.parsers.expat
tree = ElementTree.fromstring("<a x='1'><b>t&amp;u</b>tail</a>")
assert tree.attrib == {"x": "1"} and tree[0].text == "t&u" and ElementTree.tostring(tree) == b'<a x="1"><b>t&amp;u</b>tail</a>'
assert raises(ElementTree.ParseError, ElementTree.fromstring, "<a><b></a>").position == (1, 8)
parser = xml.parsers.expat.ParserCreate()
parser.StartElementHandler = lambda name, attributes: 1 / 0
raises(ZeroDivisionError, parser.Parse, "<a/>", True)

# the rest of posix
assert os.statvfs("/").f_bsize > 0 and os.sysconf("SC_PAGESIZE") == mmap.PAGESIZE and os.confstr("CS_PATH")
assert os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)[1] == 0
pid = os.fork()
if pid == 0:
    os._exit(3)
pid, status, usage = os.wait4(pid, 0)
assert os.waitstatus_to_exitcode(status) == 3 and usage.ru_maxrss >= 0
f = os.memfd_create("x")
assert os.pwritev(f, [b"ab", b"c"], 0) == 3 and os.pread(f, 9, 0) == b"abc" and os.sched_param(5).sched_priority == 5

# databases
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table t(id integer primary key, name text, f real, b blob)")
assert db.execute("insert into t(name, f, b) values(?, ?, ?)", ("x", 1.5, b"ab")).lastrowid == 1 and db.in_transaction
assert db.executemany("insert into t(name) values(:n)", [{"n": str(i)} for i in range(5)]).rowcount == 5
db.commit()
db.row_factory = sqlite3.Row
row = db.execute("select * from t").fetchone()
assert row["NAME"] == "x" and row.keys() == ["id", "name", "f", "b"] and tuple(row) == (1, "x", 1.5, b"ab")
db.row_factory = None
db.create_function("plus", 2, lambda a, b: a + b)
assert db.execute("select plus(1, 2), plus('a', 'b')").fetchone() == (3, "ab")
raises(sqlite3.IntegrityError, db.execute, "insert into t(id) values(1)")
raises(sqlite3.OperationalError, db.execute, "selec")
db.close()
raises(sqlite3.ProgrammingError, db.execute, "select 1")

# posix: ids and device numbers are checked, eventfd counts to 2**64 - 2
import os  # noqa: E402

for call in (os.setuid, os.seteuid, os.setgid, os.setegid, lambda i: os.setreuid(i, 0), lambda i: os.chown(".", i, 0)):
    for bad, kind in ((1 << 32, OverflowError), (-2, OverflowError), ("x", TypeError), (1.5, TypeError)):
        try:
            call(bad)
        except kind as problem:
            assert "id " in str(problem), problem
        else:
            raise AssertionError((call, bad))
try:
    os.major(-1)
except OverflowError:
    pass
else:
    raise AssertionError("os.major(-1)")
counter = os.eventfd(0, os.EFD_NONBLOCK)
os.eventfd_write(counter, 2 ** 64 - 2)
assert os.eventfd_read(fd=counter) == 2 ** 64 - 2
os.close(counter)
for call in (lambda: os.unsetenv("a\0b"), lambda: os.unsetenv("a=b"), lambda: os.putenv("a=b", "c")):
    try:
        call()
    except (OSError, ValueError):
        pass
    else:
        raise AssertionError(call)

# decimal: results with limbs on the stack agree with exact integers, at precisions around their borders.
import decimal
for digits in (1, 18, 19, 20, 28, 38, 39, 60, 77, 95, 96, 120):
    with decimal.localcontext() as context:
        context.prec = digits
        nines, one = decimal.Decimal("9" * digits), decimal.Decimal(1)
        assert nines + one == decimal.Decimal(10) ** digits and str(nines + one) == "1" + ("" if digits == 1 else "." + "0" * (digits - 1)) + f"E+{digits}"
        product = nines * nines
        with decimal.localcontext() as wide:
            wide.prec = 300
            exact = nines * nines
            assert int(exact) == (10**digits - 1) ** 2 and (exact / nines).normalize() == nines.normalize()
            assert abs(exact - product) < decimal.Decimal(10) ** (2 * digits - digits + 1)
        third = one / 3
        assert str(third) == "0." + "3" * digits and str(-third) == "-" + str(third)
        assert one / 8 * 8 == 1 or digits < 3
assert decimal.Decimal("1E+3") == 1000 and decimal.Decimal("0E+5") == 0 and decimal.Decimal("-0.50") < decimal.Decimal("-0.4999")
assert [str(decimal.Decimal(s)) for s in ("0.000001", "0.0000001", "-12.50", "1E+1")] == ["0.000001", "1E-7", "-12.50", "1E+1"]
import io, struct
assert io.StringIO("ab\ncd").readline() == "ab\n" and list(io.StringIO("x\ny", newline="\r\n")) == ["x\r\n", "y"]
assert list(io.StringIO("a\rb\n\nc", newline="")) == ["a\r", "b\n", "\n", "c"] and list(io.StringIO("a\rb\nc", newline="\r")) == ["a\r", "b\r", "c"]
assert struct.unpack(">hiqHB?e", struct.pack(">hiqHB?e", -2, -3, -4, 65535, 255, True, 1.5)) == (-2, -3, -4, 65535, 255, True, 1.5)

# os: arguments with names, files as descriptors; what functions say of their arguments
import datetime  # noqa: E402
import inspect  # noqa: E402
import tempfile  # noqa: E402

with tempfile.TemporaryFile() as file:
    file.write(b"x")
    os.fsync(fd=file)
    os.fdatasync(fd=file)
    os.fchmod(fd=file.fileno(), mode=0o600)
    raises(TypeError, os.fsync, object(), text="argument must be an int, or have a fileno() method.")
assert os.system(command="exit 3") == 3 << 8 and os.getpgid(pid=0) == os.getpgrp() and len(os.getrandom(size=3)) == 3
assert os.sched_get_priority_max(policy=os.SCHED_OTHER) == 0 and os.pathconf(path="/", name="PC_NAME_MAX") > 0
assert os.getpriority(which=os.PRIO_PROCESS, who=0) == os.getpriority(os.PRIO_PROCESS, 0)
assert str(inspect.signature(os.chown)) == "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)"
raises(TypeError, open, "x", 5, text="open() argument 'mode' must be str, not int")
raises(TypeError, datetime.date, 1, 2, text="function missing required argument 'day' (pos 3)")
raises(TypeError, datetime.time, 1, 2, 3, 4, 5, 6, 7, text="function takes at most 6 arguments (7 given)")
raises(TypeError, datetime.datetime, 1, 1, 1, foo=2, text="'foo' is an invalid keyword argument for this function")
raises(TypeError, compile, "", "", 5, text="compile() argument 'mode' must be str, not int")

# _opcode knows what CPython's instructions do; spwd is for root
import dis
import _opcode
assert _opcode.stack_effect(dis.opmap["BUILD_TUPLE"], 3) == -2 and dis.stack_effect(dis.opmap["FOR_ITER"], 0, jump=True) == -1
assert [_opcode.stack_effect(dis.opmap["MAKE_FUNCTION"], i) for i in range(5)] == [0, -1, -1, -2, -1]
for wrong in (1, 0), (100,), (255, 0):
    try:
        _opcode.stack_effect(*wrong)
    except ValueError:
        pass
    else:
        raise AssertionError(wrong)
import os
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import spwd
assert "deprecated" in str(caught[0].message)
if os.geteuid() == 0:
    for entry in spwd.getspall():
        assert entry == spwd.getspnam(entry.sp_namp) and entry.sp_namp == entry[0] == entry.sp_nam and len(entry) == 9
    try:
        spwd.getspnam("no such name")
    except KeyError as error:
        assert error.args == ("getspnam(): name not found",)

# a channel goes with the last ID that names it
import _xxsubinterpreters as interpreters
first = interpreters.channel_create()
second = first.send
del first
assert [int(i) for i in interpreters.channel_list_all()] == [int(second)]
del second
assert interpreters.channel_list_all() == []

# A map that may not be touched says so (python3.11 is ended by the first look).
if hasattr(sys.implementation, "backend"):
    untouchable = mmap.mmap(-1, 10, prot=0)
    for look in (lambda: untouchable.find(b"a"), lambda: untouchable.rfind(b"a"), untouchable.read, untouchable.readline,
                 untouchable.read_byte, lambda: untouchable[0], lambda: untouchable[2:5], lambda: bytes(untouchable),
                 lambda: list(untouchable), lambda: b"a" in untouchable, lambda: memoryview(untouchable)):
        try:
            print("seen", look())
        except TypeError as error:
            assert str(error) == "mmap can't read a memory map without PROT_READ.", error
    assert len(untouchable) == untouchable.size() == 10
    untouchable.close()

# The variable of the current decimal context can be found and set: only a context is used (python3.11 is ended).
if hasattr(sys.implementation, "backend"):
    decimal.getcontext()
    for variable in contextvars.copy_context():
        if variable.name == "decimal_context":
            token = variable.set(5)
            for use in decimal.getcontext, lambda: Decimal("\n"), lambda: Decimal(1) / 3, lambda: Decimal(2).sqrt(), decimal.localcontext:
                raises(TypeError, use)
            variable.reset(token)
    assert Decimal(1) / 4 == Decimal("0.25")
