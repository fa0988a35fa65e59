# SPDX-License-Identifier: MIT
"""ctypes: layouts, memory and what it keeps alive, calls, callbacks, errors, several threads."""
import ctypes
import ctypes.util
import gc
import math
import os
import pickle
import struct
import sys
import threading
from ctypes import *

from _check import raises, run_threads

libc = CDLL(None, use_errno=True)
libm = CDLL("libm.so.6")


def layouts():
    class Point(Structure):
        _fields_ = [("x", c_int), ("y", c_double)]

    class Bits(Structure):
        _fields_ = [("a", c_int, 3), ("b", c_uint, 7), ("c", c_short, 5), ("d", c_longlong, 40), ("e", c_byte, 4)]

    class Packed(Structure):
        _pack_ = 1
        _fields_ = [("c", c_char), ("q", c_longlong), ("h", c_short)]

    class Either(Union):
        _fields_ = [("i", c_int), ("f", c_float), ("raw", c_ubyte * 8)]

    class Tagged(Structure):
        _anonymous_ = ["either"]
        _fields_ = [("tag", c_int), ("either", Either)]

    class Big(BigEndianStructure):
        _fields_ = [("h", c_uint16), ("i", c_int32), ("d", c_double), ("n", c_uint16, 4), ("m", c_uint16, 12)]

    class Longer(Point):
        _fields_ = [("z", c_float * 3)]

    for t in (Point, Bits, Packed, Either, Tagged, Big, Longer, c_int * 3, (c_short * 2) * 5, POINTER(Point)):
        view = memoryview(t())
        print(t.__name__, sizeof(t), alignment(t), view.format, view.shape, view.itemsize)
        for name, *_ in getattr(t, "_fields_", ()):
            print("  ", getattr(t, name))
    p = Point(3, y=2.5)
    assert (p.x, p.y) == (3, 2.5) and bytes(p) == struct.pack("i4xd", 3, 2.5)
    b = Bits(-1, 100, -3, 1 << 39, 7)
    print(b.a, b.b, b.c, b.d, b.e, bytes(b))
    b.a = 5
    print(b.a, b.b)
    t = Tagged(1)
    t.f = 1.5
    assert t.i == struct.unpack("i", struct.pack("f", 1.5))[0] == t.either.i
    g = Big(0x1234, -2, 0.5, 5, 0x321)
    print(bytes(g).hex(" "), g.h, g.i, g.d, g.n, g.m)
    z = Longer(1, 2, (7, 8, 9))
    assert z.z[:] == [7, 8, 9] and z.x == 1
    print(Tagged.i, Tagged.raw)
    raises(TypeError, Point, 1, 2, 3, text="too many initializers")
    raises(TypeError, Point, 1, x=2, text="duplicate values for field 'x'")
    raises(AttributeError, setattr, Point, "_fields_", [], text="_fields_ is final")
    raises(TypeError, setattr, p, "x", "text")
    raises(TypeError, delattr, p, "x", text="can't delete attribute")
    raises(TypeError, Structure, text="abstract class")
    raises(TypeError, sizeof, 3, text="this type has no size")
    fields = [("a", c_int)]
    Changed = type("Changed", (Structure,), {"_fields_": fields})
    fields[0] = (3, c_int)
    raises(TypeError, Changed, 1, text="attribute name must be string, not 'int'")


def numbers():
    for t, values in ((c_byte, (-129, 255)), (c_ubyte, (-1, 256)), (c_short, (40000,)), (c_ushort, (-2,)), (c_int, (2**33 + 5,)),
                      (c_uint, (-1,)), (c_long, (2**63,)), (c_ulong, (-1, 2**70 + 9)), (c_longlong, (-2**63,)), (c_bool, (7, 0)),
                      (c_float, (0.1,)), (c_double, (0.1, 3)), (c_longdouble, (0.1,)), (c_char, (b"x", 65)), (c_wchar, ("é",)),
                      (c_void_p, (5, None)), (c_char_p, (b"text", None)), (c_wchar_p, ("tëxt", None))):
        print(t.__name__, [t(v).value for v in values], bool(t()))
    print(c_int(5), c_char_p(b"abc").value, c_int.__ctype_be__(1).value, bytes(c_int.__ctype_be__(1)))
    raises(TypeError, c_int, 1.5)
    raises(TypeError, c_char, b"xy", text="one character bytes, bytearray or integer expected")
    raises(TypeError, c_char_p, "text", text="bytes or integer address expected instead of str instance")
    raises(TypeError, c_wchar_p, b"text", text="unicode string or integer address expected instead of bytes instance")
    raises(TypeError, hash, c_int(3), text="unhashable type")

    class Mine(c_int):
        pass

    class Holds(Structure):
        _fields_ = [("m", Mine), ("i", c_int)]

    h = Holds(Mine(4), 5)
    assert type(h.m) is Mine and h.m.value == 4 and h.i == 5


def sequences():
    a = (c_int * 5)(1, 2, 3)
    a[3], a[-1] = 7, 9
    assert a[:] == [1, 2, 3, 7, 9] and a[::-2] == [9, 3, 1] and len(a) == 5 and list(a) == a[:]
    a[1:3] = (20, 30)
    assert a[1:3] == [20, 30] and 20 in a
    raises(IndexError, lambda: a[5], text="invalid index")
    raises(ValueError, a.__setitem__, slice(0, 2), [1], text="Can only assign sequence of same size")
    assert c_int * 5 is c_int * 5 and (c_int * 2).__name__ == "c_int_Array_2"
    s = create_string_buffer(b"hello", 8)
    assert s.raw == b"hello\0\0\0" and s.value == b"hello" and s[1:4] == b"ell"
    s.value = b"x"
    assert s.raw == b"x\0llo\0\0\0"
    raises(ValueError, setattr, s, "value", b"123456789", text="byte string too long")
    w = create_unicode_buffer("schön")
    assert w.value == "schön" and len(w) == 6 and w[:3] == "sch"
    p = pointer(c_int(42))
    assert p[0] == 42 and p.contents.value == 42 and bool(p) and not POINTER(c_int)()
    p.contents = c_int(7)
    assert p[0] == 7
    p.contents = (c_int * 2)(8, 9)  # any C type will do
    assert p[:2] == [8, 9]
    q = cast(a, POINTER(c_int))
    assert q[0:5:2] == [1, 30, 9]
    q[2] = -1
    assert a[2] == -1
    raises(ValueError, lambda: POINTER(c_int)().contents, text="NULL pointer access")
    raises(ValueError, lambda: q[:], text="slice stop is required")
    raises(ValueError, lambda: (c_int * -1), text="Array length must be >= 0, not -1")
    assert POINTER(c_int) is POINTER(c_int)
    m = memoryview((c_int * 3 * 2)((1, 2, 3), (4, 5, 6)))
    assert m.shape == (2, 3) and m.tolist() if m.format == "i" else m.shape == (2, 3)


def memory():
    class Node(Structure):
        pass

    Node._fields_ = [("name", c_char_p), ("next", POINTER(Node))]
    first = Node(b"first")
    first.next = pointer(Node(b"second"))
    gc.collect()
    assert first.next.contents.name == b"second" and first.next[0].name == b"second"
    print(sorted(first._objects), Node(b"x")._objects, c_int(3)._objects, c_char_p(b"y")._objects)

    class Outer(Structure):
        _fields_ = [("n", Node * 2), ("t", c_char_p * 3)]

    o = Outer()
    o.t[2] = b"kept"
    o.n[1].name = b"deep"
    print(o._objects, o.n[1]._b_base_._b_base_ is o, o._b_needsfree_, o.n._b_needsfree_)

    cell = py_object([1, 2])
    gc.collect()
    assert cell.value == [1, 2]
    raises(ValueError, lambda: py_object().value, text="PyObject is NULL")
    assert repr(py_object()) == "py_object(<NULL>)"

    b = bytearray(16)
    v = (c_int * 4).from_buffer(b)
    v[1] = 0x01020304
    assert b[4:8] == bytes([4, 3, 2, 1])
    raises(BufferError, b.append, 1)
    del v
    gc.collect()
    b.append(1)
    raises(TypeError, c_int.from_buffer, b"1234", text="underlying buffer is not writable")
    raises(ValueError, c_int.from_buffer, bytearray(3), text="Buffer size too small (3 instead of at least 4 bytes)")
    assert c_int.from_buffer_copy(b"\1\0\0\0").value == 1
    n = c_int(11)
    assert c_int.from_address(addressof(n)).value == 11
    small = create_string_buffer(4)
    resize(small, 100)
    assert sizeof(small) == 100
    raises(ValueError, resize, small, 1, text="minimum size is 4")
    memmove(small, b"abcdefgh", 8)
    assert string_at(addressof(small), 8) == b"abcdefgh"
    memset(small, 65, 3)
    assert string_at(small) == b"AAAdefgh"
    assert wstring_at("wide") == "wide"


class Plain(Structure):
    _fields_ = [("a", c_int), ("b", c_char * 4)]


def pickles():
    p = Plain(5, b"abc")
    p.extra = [1]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        q = pickle.loads(pickle.dumps(p, protocol))
        assert (q.a, q.b, q.extra) == (5, b"abc", [1])
    raises(ValueError, pickle.dumps, c_char_p(b"x"), text="ctypes objects containing pointers cannot be pickled")


def calls():
    assert libc.abs(-5) == 5
    strlen = libc.strlen
    strlen.argtypes, strlen.restype = [c_char_p], c_size_t
    assert strlen(b"hello") == 5
    print(raises(ArgumentError, strlen, 1.5), "|", raises(ArgumentError, strlen, "str"))
    print(raises(TypeError, strlen), "|", raises(ArgumentError, libc.abs, 1.5))
    sqrt = libm.sqrt
    sqrt.argtypes, sqrt.restype = [c_double], c_double
    assert sqrt(2) == math.sqrt(2)
    libc.div.restype = type("div_t", (Structure,), {"_fields_": [("quot", c_int), ("rem", c_int)]})
    r = libc.div(17, 5)
    assert (r.quot, r.rem) == (3, 2)
    raises(AttributeError, getattr, libc, "no_such_function_at_all")
    buffer = create_string_buffer(64)
    libc.snprintf.argtypes = [c_char_p, c_size_t, c_char_p]
    assert libc.snprintf(buffer, 64, b"%d %s %.2f", 7, b"seven", c_double(7.5)) == 12
    assert buffer.value == b"7 seven 7.50"

    set_errno(0)
    assert libc.close(-1) == -1 and get_errno() == 9
    assert set_errno(3) == 9 and get_errno() == 3

    libc.getenv.restype = c_char_p
    os.environ["CTYPES_TEST"] = "value"
    assert libc.getenv(b"CTYPES_TEST") == b"value"

    class AsParameter:
        _as_parameter_ = -9

    assert libc.abs(AsParameter()) == 9
    upper = libc.toupper
    upper.argtypes, upper.restype = [c_int], lambda i: chr(i)
    assert upper(ord("q")) == "Q"
    upper.errcheck = lambda result, function, arguments: (result, function is upper, arguments)
    print(upper(ord("a")))
    upper.restype = c_int
    upper.errcheck = lambda result, function, arguments: arguments
    assert upper(98) == 66
    raises(TypeError, setattr, upper, "restype", "i", text="restype must be a type, a callable, or None")
    raises(TypeError, setattr, upper, "argtypes", [int], text="item 1 in _argtypes_ has no from_param method")

    frexp = CFUNCTYPE(c_double, c_double, POINTER(c_int))(("frexp", libm), ((1, "x"), (2, "exponent")))
    assert frexp(8.0) == 4 and frexp(x=1.0) == 1
    raises(TypeError, frexp, text="required argument 'x' missing")
    raises(TypeError, frexp, 1, 2, text="call takes exactly 1 arguments (2 given)")
    print(byref(c_int(3))._obj, repr(c_int.from_param(3)), repr(c_char.from_param(b"x")), repr(c_double.from_param(1)))
    assert ctypes.util.find_library("c") == "libc.so.6"


def callbacks():
    Compare = CFUNCTYPE(c_int, POINTER(c_int), POINTER(c_int))
    seen = []

    @Compare
    def compare(a, b):
        seen.append((a[0], b[0]))
        return (a[0] > b[0]) - (a[0] < b[0])

    values = (c_int * 9)(5, 3, 9, -1, 2, 8, 7, 0, 4)
    libc.qsort(values, len(values), sizeof(c_int), compare)
    assert values[:] == sorted(values) and seen

    class Pair(Structure):
        _fields_ = [("a", c_double), ("b", c_char)]

    take = CFUNCTYPE(c_double, Pair, c_char_p, c_short)(lambda p, s, h: p.a * len(s) + h)
    assert take(Pair(1.5, b"x"), b"abcd", -2) == 4.0
    word = PYFUNCTYPE(py_object, py_object)(lambda o: [o])
    assert word("x") == ["x"]

    reports = []
    sys.unraisablehook = lambda report: reports.append((report.err_msg, type(report.exc_value).__name__))
    try:
        bad = CFUNCTYPE(c_int)(lambda: 1 / 0)
        assert bad() == 0
        bad = CFUNCTYPE(c_int)(lambda: "text")
        bad()
    finally:
        sys.unraisablehook = sys.__unraisablehook__
    print(reports)
    raises(TypeError, CFUNCTYPE(Pair), lambda: 0, text="invalid result type for callback function")
    raises(TypeError, CFUNCTYPE(None), 1.5)

    f = CFUNCTYPE(None)(lambda: None)
    f.cycle = f
    del f
    gc.collect()


def foreign_threads():
    """C makes threads that the runtime has not seen: they call back all the same."""
    libc.pthread_create.argtypes = [POINTER(c_ulong), c_void_p, c_void_p, c_void_p]
    libc.pthread_join.argtypes = [c_ulong, c_void_p]
    results = []

    @CFUNCTYPE(c_void_p, c_void_p)
    def body(argument):
        results.append((argument, threading.get_ident() != main))
        return None

    main = threading.get_ident()
    for number in range(1, 6):
        handle = c_ulong()
        assert libc.pthread_create(byref(handle), None, body, number) == 0
        assert libc.pthread_join(handle, None) == 0
    assert results == [(n, True) for n in range(1, 6)]


def shared():
    """Threads read and write one structure, one array of objects, one function's signature."""
    class Shared(Structure):
        _fields_ = [("i", c_int), ("s", c_char_p), ("o", py_object), ("p", POINTER(c_int)), ("t", c_char * 8)]

    one = Shared(0, b"", None)
    objects = (py_object * 4)()
    labs = libc.labs

    def work(number):
        for i in range(300):
            one.i = i
            one.s = b"text %d" % number
            one.o = [number, i]
            one.t = b"%d" % i
            one.p = pointer(c_int(i))
            assert one.i in range(300) and isinstance(one.o, list)
            objects[i % 4] = (number, i)
            assert len(objects[i % 4]) == 2
            labs.argtypes = [c_long] if i % 2 else [c_longlong]
            labs.restype = c_long
            assert labs(-i) == i
            assert (c_short * (i % 7 + 1))(1)[0] == 1
            POINTER(c_int * (i % 5))

    run_threads(work, count=4)
    set_errno(77)
    other = []
    run_threads(lambda n: other.append(get_errno()), count=2)
    assert other == [0, 0] and get_errno() == 77


for test in (layouts, numbers, sequences, memory, pickles, calls, callbacks, foreign_threads, shared):
    print("---", test.__name__)
    test()

# Capsules, as programs that know their type make them.
N = ctypes.pythonapi.PyCapsule_New
N.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
N.restype = ctypes.py_object
G = ctypes.pythonapi.PyCapsule_GetPointer
G.argtypes = (ctypes.py_object, ctypes.c_char_p)
G.restype = ctypes.c_void_p
GN = ctypes.pythonapi.PyCapsule_GetName
GN.argtypes = (ctypes.py_object,)
GN.restype = ctypes.c_char_p
V = ctypes.pythonapi.PyCapsule_IsValid
V.argtypes = (ctypes.py_object, ctypes.c_char_p)
name = ctypes.create_string_buffer(b"a.b")
c = N(1234, name, None)
assert type(c).__name__ == "PyCapsule" and repr(c).startswith('<capsule object "a.b" at 0x')
assert (G(c, b"a.b"), GN(c), V(c, b"a.b"), V(c, b"x"), V(3, b"x")) == (1234, b"a.b", 1, 0, 0)
for wrong, error in ((lambda: G(c, b"x"), ValueError), (lambda: G(3, b"x"), ValueError), (lambda: N(None, name, None), ValueError), (type(c), TypeError)):
    try:
        wrong()
    except error:
        pass
    else:
        raise AssertionError(wrong)


class View(ctypes.Structure):
    _fields_ = [("buf", ctypes.c_void_p), ("obj", ctypes.py_object), ("len", ctypes.c_ssize_t), ("itemsize", ctypes.c_ssize_t), ("readonly", ctypes.c_int),
                ("ndim", ctypes.c_int), ("format", ctypes.c_char_p), ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
                ("strides", ctypes.POINTER(ctypes.c_ssize_t)), ("suboffsets", ctypes.POINTER(ctypes.c_ssize_t)), ("internal", ctypes.c_void_p)]


view, data = View(), bytearray(b"some bytes")
assert ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(data), ctypes.byref(view), 0) == 0
assert (view.len, view.readonly, ctypes.string_at(view.buf, view.len)) == (10, 0, b"some bytes")
try:
    data.append(1)
except BufferError:
    pass
else:
    raise AssertionError("the bytes moved")
ctypes.pythonapi.PyBuffer_Release(ctypes.byref(view))
data.append(1)
try:
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(3), ctypes.byref(view), 0)
except TypeError:
    pass
else:
    raise AssertionError("an int has no bytes")

number = ctypes.c_double()
memoryview(number).cast("B")[:] = bytes(ctypes.c_double(0.6))  # "<d" is no native format: bytes come from any
assert number.value == 0.6
