# SPDX-License-Identifier: MIT
"""Floats: shortest text, parsing, special values, rounding, formatting, methods."""
import math
from _check import raises

for x, text in [(0.1, "0.1"), (1e16, "1e+16"), (123456789012345680.0, "1.2345678901234568e+17"),
                (1e15, "1000000000000000.0"), (-0.0, "-0.0"), (5e-324, "5e-324"), (2.5, "2.5"),
                (1.7976931348623157e308, "1.7976931348623157e+308"), (1e-5, "1e-05"),
                (0.0001, "0.0001"), (1 / 3, "0.3333333333333333"), (2**53 * 1.0, "9007199254740992.0"),
                (100.0, "100.0"), (1e22, "1e+22"), (9.5367431640625e-07, "9.5367431640625e-07")]:
    assert repr(x) == text, (repr(x), text)
    assert float(text) == x
for t, v in [("inf", math.inf), ("-Infinity", -math.inf), ("1_000.5", 1000.5), (" 1e3 ", 1000.0),
             (".5", 0.5), ("5.", 5.0), ("1e400", math.inf), ("1e-400", 0.0), ("0x", None), ("", None),
             ("1__0", None), ("1e", None), ("nan", "nan")]:
    if v is None:
        raises(ValueError, float, t, text=f"could not convert string to float: {t!r}")
    elif v == "nan":
        assert math.isnan(float(t))
    else:
        assert float(t) == v
nan, inf = float("nan"), float("inf")
assert nan != nan and not nan == nan and not nan < 1 and [nan] == [nan] and nan in [nan]
assert inf > 1e308 and -inf < -1e308 and inf == inf and math.isnan(inf - inf)
assert repr(nan) == "nan" and repr(-inf) == "-inf" and str(1e100) == "1e+100"
assert 0.0 == -0.0 and math.copysign(1, -0.0) == -1.0 and hash(0.0) == hash(-0.0) == 0
assert 0.1 + 0.2 == 0.30000000000000004 and 1.1 * 3 == 3.3000000000000003
assert 7.5 // 2 == 3.0 and -7.5 // 2 == -4.0 and 7.5 % -2 == -0.5 and divmod(-7.5, 2) == (-4.0, 0.5)
assert 2.0**0.5 == 1.4142135623730951 and (-8.0) ** 3 == -512.0
assert type((-8) ** (1 / 3)) is complex and 2.0**-1074 == 5e-324
assert round(2.5) == 2 and round(3.5) == 4 and round(2.675, 2) == 2.67 and round(-0.5) == 0
assert round(1234.5678, 2) == 1234.57 and round(1234.5678, -2) == 1200.0 and round(1e300) == int(1e300)
assert (0.5).as_integer_ratio() == (1, 2) and (3.0).is_integer() and not (3.5).is_integer()
assert (1.5).hex() == "0x1.8000000000000p+0" and float.fromhex("0x1.8p1") == 3.0
assert (-0.0).hex() == "-0x0.0p+0" and float.fromhex("-0x1p-1074") == -5e-324
assert 1e3 == 1000 and 1000 == 1e3 and 2**53 + 1 != float(2**53) and 2**53 == float(2**53)
assert (1 < 1.5 < 2) and (2**63 > 9.2e18) and (0.1 < 1) and 1e19 > 2**63
assert f"{3.14159:.2f} {3.14159:10.3f}| {1e10:g} {1234567.891:,.2f} {0.00001234:e} {0.5:%}" == \
    "3.14      3.142| 1e+10 1,234,567.89 1.234000e-05 50.000000%"
assert f"{1e-7:.3g} {123456789.0:.3g} {100.0:g} {0.1:.20f} {5.0:#.0f} {-1.5:+} {1.5:+}" == \
    "1e-07 1.23e+08 100 0.10000000000000000555 5. -1.5 +1.5"
assert "%.3f %5.1f|%-8.2e|%g" % (2.0005, 9.96, 12345.678, 1e-10) == "2.001  10.0|1.23e+04|1e-10"
assert f"{nan:f} {inf:F} {-inf:08.2f} {nan:10}|" == "nan INF -0000inf        nan|"
assert float(10**22) == 1e22 and float(2**70 + 1) == 2.0**70
assert sum([0.1] * 10) == 0.9999999999999999 and math.fsum([0.1] * 10) == 1.0
assert max(1.0, 2) == 2 and min(0.5, True) == 0.5 and abs(-2.5) == 2.5
assert hash(1.0) == hash(1) and hash(0.5) == 1152921504606846976 and hash(inf) == 314159
assert float() == 0.0 and bool(0.0) is False and bool(nan) is True and float("1e1") == 10.0
assert (2.0).__eq__("x") is NotImplemented and (2.0 == "2.0") is False
assert math.floor(-2.5) == -3 and math.ceil(-2.5) == -2 and math.trunc(-2.5) == -2
assert math.isclose(math.sin(1.0) ** 2 + math.cos(1.0) ** 2, 1.0) and math.hypot(3, 4) == 5.0
assert math.gcd(12, 18) == 6 and math.factorial(20) == 2432902008176640000 and math.isqrt(10**20) == 10**10
assert math.comb(10, 3) == 120 and math.perm(5, 2) == 20 and math.log2(8) == 3.0 and math.prod([2, 3, 4]) == 24
assert math.frexp(8.0) == (0.5, 4) and math.ldexp(0.5, 4) == 8.0 and math.modf(2.25) == (0.25, 2.0)
raises(ZeroDivisionError, lambda: 1.0 / 0.0, text="float division by zero")
raises(ZeroDivisionError, lambda: 1.0 % 0.0, text="float modulo")
raises(ZeroDivisionError, lambda: 1.0 // 0.0, text="float floor division by zero")
raises(OverflowError, lambda: 2.0**5000, text="(34, 'Numerical result out of range')")
raises(OverflowError, float, 10**400, text="int too large to convert to float")
raises(OverflowError, inf.as_integer_ratio, text="cannot convert Infinity to integer ratio")
raises(TypeError, float, [], text="float() argument must be a string or a real number, not 'list'")
raises(ValueError, math.sqrt, -1.0, text="math domain error")
total = 0.0
for i in range(1000):
    total += i * 0.001 - i / 7.0


class Celsius(float):
    pass


c = Celsius(1.5)
assert c + 1 == 2.5 and type(c + 1) is float and isinstance(c, float) and repr(c) == "1.5"
c.note = "attributes work"
assert c.note

z = complex(1, -2)
assert repr(z) == "(1-2j)" and z * z == (-3 - 4j) and abs(3 + 4j) == 5.0 and z.conjugate() == 1 + 2j
assert complex("1+2j") == 1 + 2j and 1j**2 == -1 and (1 + 2j) / (1 - 1j) == (-0.5 + 1.5j)
assert str(1j) == "1j" and repr(complex(-0.0, 2)) == "(-0+2j)" and hash(1 + 0j) == hash(1)
assert f"{1 + 2j:.1f}" == "1.0+2.0j" and bool(0j) is False and z.real == 1.0 and z.imag == -2.0
raises(ZeroDivisionError, lambda: 1j / 0, text="complex division by zero")
raises(TypeError, lambda: 1j < 2j, text="'<' not supported between instances of 'complex' and 'complex'")
