/* SPDX-License-Identifier: MIT */
/*
 * Layout of digits: repr, %e, %f, %g as Python prints them, and float.hex.
 *
 * All layouts are one plan: the digit string, the place of its point, the first and last column to show
 * (columns outside the string are zeros), an optional exponent. The plan is written through a cursor that
 * only counts once the buffer is full, so that asking for the length costs the same code.
 */
#include "core/base/dtoa.h"
#include "core/base/dtoa_internal.h"

#include <math.h>

struct cursor {
    char *buf;
    size_t cap, len;
};

static void put(struct cursor *c, const char *s, size_t n)
{
    if (c->len < c->cap) {
        size_t room = c->cap - c->len;
        memcpy(c->buf + c->len, s, n < room ? n : room);
    }
    c->len += n;
}

static void put_char(struct cursor *c, char ch)
{
    if (c->len < c->cap) {
        c->buf[c->len] = ch;
    }
    c->len++;
}

static void put_zeros(struct cursor *c, int64_t n)
{
    if (n <= 0) {
        return;
    }
    if (c->len < c->cap) {
        size_t room = c->cap - c->len;
        memset(c->buf + c->len, '0', (size_t)n < room ? (size_t)n : room);
    }
    c->len += (size_t)n;
}

static void put_exponent(struct cursor *c, int exponent, bool upper)
{
    put_char(c, upper ? 'E' : 'e');
    put_char(c, exponent < 0 ? '-' : '+');
    unsigned value = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (value >= 100) {
        put_char(c, (char)('0' + value / 100));
    }
    put_char(c, (char)('0' + value / 10 % 10));
    put_char(c, (char)('0' + value % 10));
}

/* Digits for columns [0, last), the point after column decpt; decpt <= 0 puts zeros in front. */
static void put_fixed(struct cursor *c, const char *digits, int64_t n, int64_t decpt, int64_t last,
    bool keep_point)
{
    if (last > decpt && last < n) {
        n = last;
    }
    if (decpt <= 0) {
        put_char(c, '0');
        if (last > decpt || keep_point) {
            put_char(c, '.');
        }
        if (last > decpt) {
            put_zeros(c, -decpt < last - decpt ? -decpt : last - decpt);
            put(c, digits, (size_t)n);
            put_zeros(c, last - (n > 0 ? n : 0));
        }
        return;
    }
    int64_t whole = n < decpt ? n : decpt;
    put(c, digits, (size_t)whole);
    put_zeros(c, decpt - whole);
    if (last > decpt || keep_point) {
        put_char(c, '.');
    }
    if (last > decpt) {
        put(c, digits + whole, (size_t)(n - whole));
        put_zeros(c, last - (n > decpt ? n : decpt));
    }
}

static void put_special(struct cursor *c, double x, bool upper, unsigned flags)
{
    if (isnan(x)) {
        if (flags & RT_DTOA_SIGN) {
            put_char(c, '+');
        }
        put(c, upper ? "NAN" : "nan", 3);
        return;
    }
    if (x < 0) {
        put_char(c, '-');
    } else if (flags & RT_DTOA_SIGN) {
        put_char(c, '+');
    }
    put(c, upper ? "INF" : "inf", 3);
}

static void put_finite(struct cursor *c, double x, char code, int precision, unsigned flags, bool upper)
{
    char digits[RT_DTOA_DIGITS_MAX];
    int decpt, n;
    if (code == 'r') {
        n = rt_dtoa_digits(x, RT_DTOA_SHORTEST, 0, digits, &decpt);
    } else if (code == 'f') {
        n = rt_dtoa_digits(x, RT_DTOA_FRACTION, precision, digits, &decpt);
    } else {
        if (code == 'g' && precision == 0) {
            precision = 1;
        }
        int want = code == 'e' && precision < INT32_MAX ? precision + 1 : precision;
        n = rt_dtoa_digits(x, RT_DTOA_SIGNIFICANT, want, digits, &decpt);
    }

    bool exponent = false;
    int64_t last = n;                       /* columns to show, counted from the first digit */
    if (code == 'e') {
        exponent = true;
        last = (int64_t)precision + 1;
    } else if (code == 'f') {
        last = (int64_t)decpt + precision;
    } else if (code == 'g') {
        exponent = decpt <= -4 || decpt > precision - (flags & RT_DTOA_ADD_DOT_0 ? 1 : 0);
        if (flags & RT_DTOA_ALT) {
            last = precision;
        }
    } else {
        exponent = decpt <= -4 || decpt > 16;
    }

    if (signbit(x)) {
        put_char(c, '-');
    } else if (flags & RT_DTOA_SIGN) {
        put_char(c, '+');
    }
    int64_t point = exponent ? 1 : decpt;
    if (!exponent && (flags & RT_DTOA_ADD_DOT_0) && last <= point) {
        last = point + 1;
    }
    put_fixed(c, digits, n, point, last, flags & RT_DTOA_ALT);
    if (exponent) {
        put_exponent(c, decpt - 1, upper);
    }
}

size_t rt_dtoa_format(double x, char code, int precision, unsigned flags, char *buf, size_t cap)
{
    struct cursor c = {buf, cap ? cap - 1 : 0, 0};
    bool upper = code >= 'A' && code <= 'Z';
    char lower = upper ? (char)(code + 32) : code;
    if (code == '%') {
        x *= 100;
        lower = 'f';
    }
    if (!isfinite(x)) {
        put_special(&c, x, upper, flags);
    } else {
        put_finite(&c, x, lower, precision, flags, upper);
    }
    if (code == '%') {
        put_char(&c, '%');
    }
    if (cap) {
        buf[c.len < cap ? c.len : cap - 1] = 0;
    }
    return c.len;
}

size_t rt_dtoa_repr(double x, char *buf)
{
    return rt_dtoa_format(x, 'r', 0, RT_DTOA_ADD_DOT_0, buf, RT_DTOA_REPR_MAX);
}

size_t rt_dtoa_hex(double x, char *buf)
{
    struct cursor c = {buf, RT_DTOA_HEX_MAX - 1, 0};
    if (!isfinite(x)) {
        put_special(&c, x, false, 0);
        buf[c.len] = 0;
        return c.len;
    }
    uint64_t bits = rt_double_bits(x);
    uint64_t fraction = bits & ((1ull << 52) - 1);
    int biased = (int)(bits >> 52) & 0x7ff;
    if (bits >> 63) {
        put_char(&c, '-');
    }
    if (biased == 0 && fraction == 0) {
        put(&c, "0x0.0p+0", 8);
        buf[c.len] = 0;
        return c.len;
    }
    put(&c, biased ? "0x1." : "0x0.", 4);
    for (int shift = 48; shift >= 0; shift -= 4) {
        put_char(&c, "0123456789abcdef"[fraction >> shift & 15]);
    }
    int exponent = biased ? biased - 1023 : -1022;
    put_char(&c, 'p');
    put_char(&c, exponent < 0 ? '-' : '+');
    unsigned value = (unsigned)(exponent < 0 ? -exponent : exponent);
    char tmp[8];
    int n = 0;
    do {
        tmp[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n > 0) {
        put_char(&c, tmp[--n]);
    }
    buf[c.len] = 0;
    return c.len;
}
