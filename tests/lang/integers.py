# SPDX-License-Identifier: MIT
"""Integers: the seam between small and big, division, shifts, bases, text, methods."""
from _check import raises

edges = [0, 1, -1, 2, 255, 256, -5, -6, 2**30, 2**31 - 1, 2**31, 2**61, 2**62 - 1, 2**62, 2**62 + 1,
         -2**62, -2**62 - 1, 2**63 - 1, 2**63, -2**63, 2**64, 2**64 + 1, 10**18, 10**19, 3**100,
         -7**80, 2**200 - 1]
for a in edges:
    assert a + 0 == a and a - a == 0 and a * 1 == a and -(-a) == a and ~a == -a - 1
    assert int(str(a)) == a and int(hex(a), 16) == a and int(oct(a), 8) == a
    assert int(bin(a), 0) == a
    assert a.bit_length() == len(bin(abs(a)).lstrip("0b"))
    assert a.bit_count() == bin(abs(a)).count("1")
    assert hash(a) == hash(float(a)) or abs(a) > 2**53
    n = (a.bit_length() + 8) // 8
    for order in ("big", "little"):
        assert int.from_bytes(a.to_bytes(n, order, signed=True), order, signed=True) == a
    for b in edges:
        assert a + b == b + a and (a + b) - b == a and a * b == b * a
        assert (a < b) == (b > a) and (a <= b) == (not b < a)
        assert (a & b) + (a | b) == a + b and (a ^ b) == (a | b) - (a & b)
        if b:
            q, r = divmod(a, b)
            assert q * b + r == a and (0 <= r < b or b < r <= 0)
            assert a // b == q and a % b == r
    for s in (0, 1, 5, 31, 62, 63, 64, 65, 200):
        assert (a << s) == a * 2**s and (a >> s) == a // 2**s

assert 7 // -2 == -4 and -7 // 2 == -4 and -7 % 3 == 2 and 7 % -3 == -2
assert divmod(-2**63, -1) == (2**63, 0)
assert pow(3, 200, 1000007) == 3**200 % 1000007 and pow(3, -1, 7) == 5 and 2**-1 == 0.5
assert (-2) ** 3 == -8 and 0**0 == 1 and pow(2, 10, -7) == -5
assert 10 / 4 == 2.5 and 2**70 / 2**68 == 4.0 and 1 / 3 == 0.3333333333333333
assert True + True == 2 and True.__class__ is bool and (True & False) is False and (1 & True) == 1
assert 1_000_000 == 10**6 and 0x_ff == 255 and 0b1010 == 10 and 0o17 == 15
assert int(" 42\n") == 42 and int("1_000") == 1000 and int("z", 36) == 35 and int("-0b11", 2) == -3
assert int(3.99) == 3 and int(-3.99) == -3 and int(1e20) == 10**20 and int("٣") == 3
assert round(1234, -2) == 1200 and round(1250, -2) == 1200 and round(1350, -2) == 1400
assert round(5) == 5 and type(round(2.5)) is int and round(-15, -1) == -20
assert (5).numerator == 5 and (5).denominator == 1 and (5).real == 5 and (5).imag == 0
assert (10).conjugate() == 10 and (12).as_integer_ratio() == (12, 1)
assert f"{255:#x} {255:#o} {5:b} {-255:08x} {12345678:,} {12345678:_}" == \
    "0xff 0o377 101 -00000ff 12,345,678 12_345_678"
assert f"{42:+} {42: } {42:<5}|{42:>5}|{42:^5}|{42:05}|{65:c}" == "+42  42 42   |   42| 42  |00042|A"
assert sum(range(100)) == 4950 and max(3, 2**70, 5) == 2**70 and abs(-2**63) == 2**63
assert hash(2**61 - 1) == 0 and hash(-1) == -2 and hash(2**61) == 1
assert str(10**50) == "1" + "0" * 50 and repr(-2**64) == "-18446744073709551616"

raises(ZeroDivisionError, lambda: 1 // 0, text="integer division or modulo by zero")
raises(ZeroDivisionError, lambda: 1 % 0, text="integer modulo by zero")
raises(ZeroDivisionError, lambda: 1 / 0, text="division by zero")
raises(ZeroDivisionError, lambda: 0**-1, text="0.0 cannot be raised to a negative power")
raises(ValueError, lambda: 1 << -1, text="negative shift count")
raises(ValueError, int, "abc", text="invalid literal for int() with base 10: 'abc'")
raises(ValueError, int, "12", 1, text="int() base must be >= 2 and <= 36, or 0")
raises(TypeError, int, [], text="int() argument must be a string, a bytes-like object or a real "
       "number, not 'list'")
raises(TypeError, lambda: 1 + "a", text="unsupported operand type(s) for +: 'int' and 'str'")
raises(OverflowError, lambda: int(float("inf")), text="cannot convert float infinity to integer")
raises(ValueError, lambda: int(float("nan")), text="cannot convert float NaN to integer")
raises(OverflowError, lambda: (256).to_bytes(1, "big"), text="int too big to convert")
raises(ValueError, int, "1" * 5000)
raises(OverflowError, lambda: 2**2000 / 3, text="integer division result too large for a float")


class Whole(int):
    def __add__(self, other):
        return Whole(int.__add__(self, other))

    def __repr__(self):
        return f"Whole({int(self)})"


w = Whole(5) + 7
assert type(w) is Whole and repr(w) == "Whole(12)" and w == 12 and type(w * 2) is int


class Indexed:
    def __index__(self):
        return 3


assert [10, 20, 30, 40][Indexed()] == 40 and range(Indexed()).stop == 3 and hex(Indexed()) == "0x3"
assert int(Indexed()) == 3 and "ab" * Indexed() == "ababab"

fact = 1
for i in range(1, 199):
    fact *= i
assert len(str(fact)) == 371 and fact % 199 == 198 and fact % 10**40 == 0
a, b = 0, 1
for _ in range(1000):
    a, b = b, a + b
assert a % 10**9 == 849228875 and a == int(str(a))

# Operands of one and two machine words: the short ways must agree with one another at their borders.
edges = [0, 1, -1, 7, -7, 2**62 - 1, 2**62, -2**62, -2**62 - 1, 2**63, 2**64 - 1, 2**64, -2**64, 2**100, -2**100, 2**125,
         2**126 - 1, 2**126, -2**126, 2**127, -2**127, 2**128, 10**30, -10**30]
for a in edges:
    for b in edges:
        assert (a + b) - b == a and (a - b) + b == a and (a ^ b) ^ b == a
        assert (a & b) + (a | b) == a + b
        assert (a < b) == (a - b < 0) and (a == b) == (a - b == 0)
        if b:
            q, r = a // b, a % b
            assert q * b + r == a and (q, r) == divmod(a, b) and (r == 0 or (r < 0) == (b < 0)) and abs(r) < abs(b)
    for s in (0, 1, 5, 62, 63, 64, 65, 126, 127, 200):
        assert (a << s) >> s == a and a << s == a * 2**s and a >> s == a // 2**s

# Truth values count as the ints they are.
yes, no, small, large = True, False, 3, 2**62 - 1
for r in (yes + yes, yes + small, small + yes, yes - small, no * small, yes * yes, small - no, -(2**62) - yes, large + yes):
    assert type(r) is int
assert (yes + yes, yes - small, small * yes, large + yes, -(2**62) - yes) == (2, -2, 3, 2**62, -(2**62) - 1)
assert yes + 1.5 == 2.5 and type(yes & no) is bool and yes / small == 1 / 3
n = 0
for i in range(6):
    n += i > 2
assert n == 3 and type(n) is int and sum([i > 2 for i in range(6)]) == 3
