# SPDX-License-Identifier: MIT
"""Built-in functions: each of them, with the unusual arguments."""
import io
import sys
from _check import raises

assert abs(-3) == 3 and abs(-2.5) == 2.5 and all([1, 2]) and not all([0]) and any([0, 1]) and not any([]) and ascii("é") == "'\\xe9'"
assert bin(-5) == "-0b101" and hex(255) == "0xff" and oct(8) == "0o10" and chr(97) == "a" and ord("é") == 233 and callable(print) and divmod(-7, 2) == (-4, 1)
assert dict(a=1, **{"b": 2}) == {"a": 1, "b": 2} and list("ab") == ["a", "b"] and tuple([1]) == (1,) and set("aab") == {"a", "b"} and frozenset("a") == {"a"}
assert enumerate("a").__next__() == (0, "a") and eval("1") == 1 and list(filter(str.isalpha, "a1b")) == ["a", "b"] and format(3.14159, ".2f") == "3.14" and format(5) == "5"
assert getattr(5, "real") == 5 and getattr(5, "x", None) is None and hasattr(5, "real") and not hasattr(5, "x") and hash("a") == hash("a") and id(5) == id(5)
assert isinstance(True, int) and isinstance(5, (str, int)) and issubclass(bool, int) and list(iter([1])) == [1] and len("abc") == 3 and list(map(str, [1])) == ["1"]
assert max(3, 1) == 3 and max([1, 5], key=lambda x: -x) == 1 and min("b", "a") == "a" and max([], default=0) == 0 and next(iter([1])) == 1 and next(iter([]), 9) == 9
assert pow(2, 3) == 8 and pow(2, 3, 5) == 3 and list(range(3)) == [0, 1, 2] and repr("a") == "'a'" and list(reversed([1, 2])) == [2, 1] and round(2.567, 1) == 2.6
assert sorted([2, 1]) == [1, 2] and str(5) == "5" and sum([1, 2], 10) == 13 and sum([0.1] * 3) == 0.30000000000000004 and type(5) is int and list(zip("a", [1])) == [("a", 1)]
assert slice(1) == slice(None, 1, None) and bytes(2) == b"\0\0" and complex(1, 2) == 1 + 2j and bool([]) is False and object().__class__ is object
raises(TypeError, sum, ["a"], text="unsupported operand type(s) for +: 'int' and 'str'")
raises(TypeError, sum, ["a"], "", text="sum() can't sum strings [use ''.join(seq) instead]")
raises(TypeError, round, "a")
raises(TypeError, reversed, {1})
raises(TypeError, isinstance, 5, 5, text="isinstance() arg 2 must be a type, a tuple of types, or a union")
raises(TypeError, issubclass, 5, int, text="issubclass() arg 1 must be a class")
raises(TypeError, getattr, 5, 5)
raises(TypeError, hash, {}, text="unhashable type: 'dict'")
raises(StopIteration, next, iter([]))
raises(ValueError, pow, 2, -1, 4, text="base is not invertible for the given modulus")
raises(TypeError, zip, 5)
raises(TypeError, abs, "a", text="bad operand type for abs(): 'str'")
raises(TypeError, chr, "a", text="'str' object cannot be interpreted as an integer")
raises(TypeError, max, 5, text="'int' object is not iterable")
raises(TypeError, object.__new__, int)
out = io.StringIO()
print(1, "a", None, sep="|", end=".", file=out)
print(file=out)
print("x", flush=True, file=out)
assert out.getvalue() == "1|a|None.\nx\n"
raises(TypeError, print, "a", sep=5)
assert vars(type("C", (), {"x": 1}))["x"] == 1 and "x" in dir(type("C", (), {"x": 1})) and globals()["sys"] is sys and locals() is globals()


class Rounds:
    def __round__(self, digits="none"):
        return digits


assert round(Rounds()) == "none" and round(Rounds(), 3) == 3 and round(2.5) == 2 and round(-2.5) == -2 and round(0.5) == 0 and round(1e20) == 10**20
it = iter([1, 2, 3])
assert it.__length_hint__() == 3 and next(it) == 1 and it.__reduce__()[1] == ([1, 2, 3],) and it.__length_hint__() == 2
m = memoryview(b"abc")
assert m.tobytes() == b"abc" and bytes(m) == b"abc"
x = compile("1+1", "", "eval")
assert eval(x) == 2 and type(x).__name__ == "code" and __import__("math").pi > 3 and breakpoint.__name__ == "breakpoint"
assert [type(v).__name__ for v in (iter([]), iter(()), iter({}), iter(set()), iter(""), iter(range(1)), iter(b""), zip(), map(len, []), filter(None, []), enumerate([]), reversed([]), {}.keys(), {}.items())] == \
    ["list_iterator", "tuple_iterator", "dict_keyiterator", "set_iterator", "str_ascii_iterator", "range_iterator", "bytes_iterator", "zip", "map", "filter", "enumerate", "list_reverseiterator", "dict_keys", "dict_items"]
assert sys.version_info[:2] == (3, 11) and sys.byteorder in ("little", "big") and sys.maxsize == 2**63 - 1 and sys.maxunicode == 0x10ffff and sys.getsizeof([]) > 0
assert sys.intern("abc") is sys.intern("".join(["a", "bc"])) and sys.getrefcount(object()) >= 1 and sys.hash_info.width == 64 and sys.float_info.max == 1.7976931348623157e308
assert Ellipsis is ... and NotImplemented is not None and bool(Ellipsis) and repr(NotImplemented) == "NotImplemented" and None.__class__.__name__ == "NoneType"
raises(TypeError, type(None), 1)
assert type(None)() is None and type(...)() is ... and object() != object() and (1).__class__ == int and int.__name__ == "int" and int.__mro__ == (int, object)
assert (5).__add__(6) == 11 and (5).__add__("x") is NotImplemented and "abc".__len__() == 3 and [1].__contains__(1) and {}.__class__ is dict and (lambda: 0).__call__() == 0
assert type(iter(lambda: 0, 0)).__name__ == "callable_iterator" and list(zip(*[[1, 2], [3, 4]])) == [(1, 3), (2, 4)] and dict([["a", 1]]) == {"a": 1} and type(print) is type(len)
assert int.from_bytes(b"\x01\x00", "big") == 256 and float.fromhex("0x1p4") == 16.0 and str.maketrans("a", "b") == {97: 98} and dict.fromkeys([1]) == {1: None} and bytes.fromhex("ff") == b"\xff"

# Short ways of the math functions meet the long ones; formats of one conversion.
import math
for n in range(58, 66):
    for k in range(n + 1):
        assert math.comb(n, k) == math.factorial(n) // (math.factorial(k) * math.factorial(n - k))
assert [math.isqrt(n * n + d) - n for n in (1, 9, 67108863, 67108864, 10**9) for d in (-1, 0, 2)] == [-1, 0, 0] + [-1, 0, 0] * 4
assert math.prod([2**40] * 4) == 2**160 and math.prod([1.5, 2, True]) == 3.0 and math.prod([], start=7) == 7
assert ["%s" % 5, "%d" % 5, "%r" % "a", "%s" % (1,), "%d" % True, "%d" % 2.7, "%s" % [1]] == ["5", "5", "'a'", "1", "1", "2", "[1]"]
for wrong in ("%s" , "%d"):
    try:
        wrong % ()
    except TypeError as e:
        assert "not enough arguments" in str(e)
assert any([0, "", 3]) and not any([]) and all([1, [0]]) and not all([1, 0])

# what is refused, and how
import cmath  # noqa: E402
import operator  # noqa: E402


def refusal(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


assert refusal(format, 1, None) == "TypeError: format() argument 2 must be str, not None"
assert refusal("a".encode, None) == "TypeError: encode() argument 'encoding' must be str, not None"
assert refusal((5).__pow__) == "TypeError:  expected at least 1 argument, got 0"
assert refusal([].__setitem__, 1) == "TypeError:  expected 2 arguments, got 1"
assert refusal([].__delitem__) == "TypeError: expected 1 argument, got 0"
assert refusal("a\nb".splitlines, 2.5) == refusal(b"a\nb".splitlines, 2.5) == "TypeError: 'float' object cannot be interpreted as an integer"
assert refusal(b"ab".hex, []) == "ValueError: sep must be length 1." and refusal(b"ab".hex, 5, "a").endswith("interpreted as an integer")
assert refusal(b"".decode, "nosuch") == refusal(str, b"", "nosuch") == "" and refusal(bytearray(b"a").extend, "") is None
assert refusal(super, 1, 2, 3) == "TypeError: super() expected at most 2 arguments, got 3"
assert refusal(SyntaxError, "m", ()) == "TypeError: function takes at least 4 arguments (0 given)"
assert operator.length_hint(5, -1) == -1
# the last digits of complex functions
assert cmath.tan(1) == 1.5574077246549023 and cmath.tanh(-5.5) == -0.9999665971563038 and cmath.sqrt(1j) == 0.7071067811865476 + 0.7071067811865475j
assert cmath.acos(-5.5) == 3.141592653589793 - 2.3895264345742184j and cmath.asin(-5.5) == -1.5707963267948966 + 2.3895264345742184j
assert cmath.acosh(-5.5) == 2.3895264345742184 + 3.141592653589793j and cmath.asinh(1) == 0.881373587019543


class Text(str):
    pass


assert int(Text("\u0663\u0664")) == 34 and float(Text("\u0663.5")) == 3.5 and complex(Text("\u0663j")) == 3j and int(Text("0x1f"), 0) == 31
assert refusal(int, Text("x")) == "ValueError: invalid literal for int() with base 10: 'x'"
# sizes and places that no machine has
HUGE = 2 ** 70
SSIZE = "OverflowError: Python int too large to convert to C ssize_t"
assert refusal([].insert, HUGE, 1) == refusal([1].pop, HUGE) == refusal("a".center, HUGE) == refusal("a".split, "a", HUGE) == SSIZE
assert refusal(bytearray(b"a").pop, HUGE) == refusal(b"a".ljust, HUGE) == refusal((1).to_bytes, HUGE, "big") == SSIZE
assert refusal(lambda: [1] * HUGE) == refusal(bytes, HUGE) == "OverflowError: cannot fit 'int' into an index-sized integer"
assert refusal(lambda: 1 << HUGE) == "OverflowError: too many digits in integer" and refusal(lambda: 1 << 2 ** 62) == "MemoryError: "
assert refusal(format, 1, "0%d" % 2 ** 55) == "MemoryError: "

# more arguments than there are parameters
for source, message in (("memoryview(1, 2)", "memoryview() takes at most 1 argument (2 given)"),
                        ("os.fspath(1, 2)", "fspath() takes at most 1 argument (2 given)"),
                        ("compile(1, 2, 3, 4, 5, 6, 7, 8)", "compile() takes at most 7 arguments (8 given)"),
                        ("int.from_bytes(b'', 1, 2)", "from_bytes() takes at most 2 positional arguments (3 given)")):
    try:
        eval(source, {"os": __import__("os")})
        assert False, source
    except TypeError as e:
        assert str(e) == message, e
try:
    bytes(2**63 - 1)
    assert False
except OverflowError as e:
    assert str(e) == "byte string is too large"
