# SPDX-License-Identifier: MIT
"""Compare core/base/dtoa with the reference python3.11: check_dtoa.py [count] [seed]."""
import ctypes
import math
import random
import struct
import sys
import time

import cbuild

EXTRA = r"""
#include "core/base/dtoa.h"
#include <string.h>
size_t t_reprs(const double *x, size_t n, char *out);
size_t t_parses(const char *text, size_t len, double *out);
size_t t_reprs(const double *x, size_t n, char *out)
{
    char *p = out;
    for (size_t i = 0; i < n; i++) {
        p += rt_dtoa_repr(x[i], p);
        *p++ = '\n';
    }
    return (size_t)(p - out);
}
size_t t_parses(const char *text, size_t len, double *out)
{
    size_t n = 0;
    const char *p = text, *limit = text + len;
    while (p < limit) {
        const char *e;
        const char *nl = memchr(p, '\n', (size_t)(limit - p));
        if (!rt_dtoa_parse(p, (size_t)(nl - p), &out[n], &e) || e != nl) {
            out[n] = -777;
        }
        n++;
        p = nl + 1;
    }
    return n;
}
"""
LIB = cbuild.load(["core/base/dtoa.c", "core/base/dtoa_parse.c", "core/base/dtoa_format.c",
                   "core/base/generated/pow10_table.c"], EXTRA)
LIB.t_reprs.restype = LIB.t_parses.restype = LIB.rt_dtoa_format.restype = ctypes.c_size_t
LIB.rt_dtoa_hex.restype = ctypes.c_size_t
failures = 0


def fail(*what):
    global failures
    failures += 1
    if failures < 30:
        print("FAIL", *what)


def specials():
    out = [0.0, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308, 9007199254740993.0,
           9.5, 0.5, 2.5, 1e22, 1e23, 1e16, 1e17, 123456789012345680.0, 0.1, 0.2, 0.3, 1 / 3, 1e-4, 1e-5]
    for e in range(-1074, 1024):
        x = math.ldexp(1.0, e)
        out += [x, math.nextafter(x, 0), math.nextafter(x, math.inf)]
    for e in range(-323, 309):
        x = float("1e%d" % e)
        out += [x, math.nextafter(x, 0), math.nextafter(x, math.inf), 5 * x, float("9.5e%d" % e)]
    return [x for x in out if math.isfinite(x)]


def randoms(rng, n):
    third = n // 4
    raw = struct.unpack("<%dd" % third, rng.randbytes(8 * third))
    out = [x for x in raw if math.isfinite(x)]
    out += [rng.random() for _ in range(third)]
    out += [rng.randrange(10 ** rng.randrange(1, 18)) / 10 ** rng.randrange(0, 19) for _ in range(third)]
    out += [float(rng.randrange(1 << rng.randrange(1, 70))) for _ in range(third)]
    return out


def check_repr(values):
    n = len(values)
    arr = (ctypes.c_double * n)(*values)
    buf = ctypes.create_string_buffer(n * 27 + 32)
    t0 = time.perf_counter()
    size = LIB.t_reprs(arr, n, buf)
    t1 = time.perf_counter()
    text = buf.raw[:size]
    for x, s in zip(values, text.decode().split("\n")):
        if repr(x) != s:
            fail("repr", x.hex(), repr(x), s)
    back = (ctypes.c_double * n)()
    t2 = time.perf_counter()
    LIB.t_parses(text, size, back)
    t3 = time.perf_counter()
    for x, y in zip(values, back):
        if x != y:
            fail("round trip", x.hex(), y.hex())
    return (t1 - t0) / n * 1e9, (t3 - t2) / n * 1e9


def fmt(x, code, prec, flags=0):
    need = LIB.rt_dtoa_format(ctypes.c_double(x), ctypes.c_char(code.encode()), prec, flags, None, ctypes.c_size_t(0))
    buf = ctypes.create_string_buffer(need + 1)
    got = LIB.rt_dtoa_format(ctypes.c_double(x), ctypes.c_char(code.encode()), prec, flags, buf,
                             ctypes.c_size_t(need + 1))
    assert got == need and len(buf.value) == need, (x, code, prec, flags, need, got, buf.value)
    return buf.value.decode()


def check_format(rng, values):
    for x in values:
        code = rng.choice("eEfFgG%")
        prec = rng.choice((0, 1, 2, 3, 6, 15, 16, 17, 18, 20, 30, 50, 100, 400, 1200, rng.randrange(25)))
        x = rng.choice((x, -x))
        alt, plus = rng.randrange(2), rng.randrange(2)
        spec = ("+" if plus else "") + ("#" if alt else "") + ".%d" % prec + code
        if fmt(x, code, prec, plus | alt * 4) != format(x, spec):
            fail("format", x.hex(), spec, format(x, spec), fmt(x, code, prec, plus | alt * 4))
        if code in "gG" and not alt:     # '' with a precision: g, but never without a point or exponent
            spec = ("+" if plus else "") + ".%d" % prec
            if fmt(x, "g", prec, plus | 2) != format(x, spec):
                fail("format", x.hex(), spec, format(x, spec), fmt(x, "g", prec, plus | 2))
        if x.hex() != hexed(x):
            fail("hex", x.hex(), hexed(x))


def hexed(x):
    buf = ctypes.create_string_buffer(32)
    LIB.rt_dtoa_hex(ctypes.c_double(x), buf)
    return buf.value.decode()


def check_ties():
    for p in range(0, 6):
        for i in range(0, 4000):
            x = i / 2 ** (p + 1)
            if fmt(x, "f", p) != "%.*f" % (p, x):
                fail("tie", x, p)
    for digits in (1, 2, 3, 5, 16, 17):
        for i in range(1, 2000):
            for x in (i * 5.0, i * 50.0, i * 500.0, i / 8, i * 2.0 ** 60):
                if fmt(x, "e", digits) != "%.*e" % (digits, x):
                    fail("tie e", x, digits)


def parse(s):
    out, end = ctypes.c_double(), ctypes.c_char_p()
    raw = s.encode()
    buf = ctypes.create_string_buffer(raw)
    endp = ctypes.c_void_p()
    ok = LIB.rt_dtoa_parse(buf, ctypes.c_size_t(len(raw)), ctypes.byref(out), ctypes.byref(endp))
    return out.value if ok & 255 and endp.value - ctypes.addressof(buf) == len(raw) else None


def check_parse(rng, n):
    for i in range(n):
        kind = rng.randrange(5)
        if kind == 0:
            s = "%de%d" % (rng.randrange(10 ** rng.randrange(1, 40)), rng.randrange(-400, 330))
        elif kind == 1:
            s = "%d.%0*d" % (rng.randrange(10 ** rng.randrange(1, 30)), rng.randrange(1, 60), rng.randrange(10 ** 20))
        elif kind == 2:     # exactly half way, and one digit off
            x = abs(struct.unpack("<d", rng.randbytes(8))[0])
            if not 0 < x < 1e300:
                continue
            y = math.nextafter(x, math.inf)
            n1, d1 = x.as_integer_ratio()
            n2, d2 = y.as_integer_ratio()
            num, den = n1 * d2 + n2 * d1, 2 * d1 * d2
            k = den.bit_length()
            digits = num * 10 ** k // den
            s = "%de-%d" % (digits + rng.choice((0, 0, 1, -1)), k)
        elif kind == 3:
            s = "%s%se%+d" % ("0" * rng.randrange(30), rng.randrange(10 ** 18), rng.randrange(-340, 300))
        else:
            s = ".%s%s" % ("0" * rng.randrange(360), rng.randrange(10 ** rng.randrange(1, 800)))
        if parse(s) != float(s):
            fail("parse", s, float(s), parse(s))
    for s in ("", ".", "e5", "1e", "1e+", "+", "-.", "1.5.5", "in", "0x1"):
        if parse(s) is not None:
            fail("parse accepts", s)
    for s in ("1.", ".5", "1e400", "-1e-400", "1e99999999999999999999", "0e99999999999999999999", "-inf", "INFINITY",
              "1e-99999999999999999999", "0." + "0" * 400 + "1e401", "1" + "0" * 400 + "e-400"):
        if parse(s) != float(s):
            fail("parse", s)


def check_fromhex(rng, n):
    lib = LIB.rt_dtoa_from_hex
    for i in range(n):
        s = rng.choice(("", " ", "\n")) + rng.choice(("", "+", "-")) + rng.choice(("", "0x", "0X"))
        s += "%x" % rng.randrange(16 ** rng.randrange(0, 20)) if rng.randrange(9) else ""
        s += "." + "%0*x" % (rng.randrange(20), rng.randrange(16 ** rng.randrange(1, 20))) if rng.randrange(2) else ""
        s += "p%+d" % rng.randrange(-1180, 1100) if rng.randrange(5) else ""
        s += rng.choice(("", "", "  ", "z" if rng.randrange(20) == 0 else ""))
        out = ctypes.c_double()
        status = lib(s.encode(), ctypes.c_size_t(len(s)), ctypes.byref(out))
        try:
            want = float.fromhex(s)
        except ValueError:
            ok = status == 1
        except OverflowError:
            ok = status == 2
        else:
            ok = status == 0 and out.value == want and math.copysign(1, want) == math.copysign(1, out.value)
        if not ok:
            fail("fromhex", repr(s), status, out.value.hex())


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400000
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for x in (math.inf, -math.inf, math.nan):
        for code in "reEfFgG%":
            want = repr(x) if code == "r" else format(x, code)
            if fmt(x, code, 0 if code == "r" else 6) != want:
                fail("special", x, code)
    check_repr(specials())
    print("repr %.0f ns, parse %.0f ns" % check_repr(randoms(rng, count)))
    check_format(rng, specials()[::3] + randoms(rng, count // 5))
    check_ties()
    check_parse(rng, count // 10)
    check_fromhex(rng, count // 10)
    print("%d failures" % failures)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
