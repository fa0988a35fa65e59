/* SPDX-License-Identifier: MIT */
/*
 * Doubles to text and back, always correctly rounded (half to even), never depending on the locale.
 *
 * Three layers: digits (what decimal digits, where is the point), formatting (the layouts of repr, %e, %f, %g
 * and float.hex), parsing (float(), literals, float.fromhex). All functions are pure and may run on any thread.
 */
#ifndef RT_BASE_DTOA_H
#define RT_BASE_DTOA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for every digit string: a double has at most 767 significant decimal digits. */
#define RT_DTOA_DIGITS_MAX 1104
/* Enough for repr of any double, with sign and terminator. */
#define RT_DTOA_REPR_MAX 32
/* Enough for float.hex of any double, with sign and terminator. */
#define RT_DTOA_HEX_MAX 32

enum rt_dtoa_mode {
    RT_DTOA_SHORTEST = 0,   /* fewest digits that read back as the same double; ndigits is ignored */
    RT_DTOA_SIGNIFICANT = 2,/* max(1, ndigits) significant digits */
    RT_DTOA_FRACTION = 3,   /* ndigits after the point; may be negative */
};

/*
 * Digits of |x|, x finite, written to buf (RT_DTOA_DIGITS_MAX bytes) without trailing zeros and without
 * terminator; the value is 0.DIGITS * 10**decpt. Returns their number. Zero is "0" with decpt 1; a value that
 * rounds to zero in mode FRACTION gives no digits and decpt -ndigits.
 */
/* [any thread; pure] */
int rt_dtoa_digits(double x, enum rt_dtoa_mode mode, int ndigits, char *buf, int *decpt);

/*
 * Shortest digits as a number: |x| = result * 10**exp10 for finite x != 0 (trailing zeros removed).
 */
/* [any thread; pure] */
uint64_t rt_dtoa_shortest(double x, int *exp10);

enum rt_dtoa_flags {
    RT_DTOA_SIGN = 1,       /* '+' before non-negative values */
    RT_DTOA_ADD_DOT_0 = 2,  /* "1" becomes "1.0" */
    RT_DTOA_ALT = 4,        /* keep the point and, for 'g', trailing zeros */
};

/*
 * Layout of x by code: 'r' (repr; precision ignored), 'e' 'f' 'g' and their capitals, '%' (100 * x in 'f',
 * with a percent sign). Writes at most cap bytes to buf, terminator included, and returns the full length
 * without it, as snprintf does; precision >= 0.
 */
/* [any thread; pure] */
size_t rt_dtoa_format(double x, char code, int precision, unsigned flags, char *buf, size_t cap);

/* repr(x) with terminator; returns the length. buf holds RT_DTOA_REPR_MAX bytes. */
/* [any thread; pure] */
size_t rt_dtoa_repr(double x, char *buf);

/*
 * Reads the longest prefix of s[0..n) that is a float: optional sign, digits with at most one point, optional
 * exponent; or inf, infinity, nan in any case. No white space, no underscores. Returns false when there
 * is none (*end = s). Too big gives an infinity, too small a zero.
 */
/* [any thread; pure] */
bool rt_dtoa_parse(const char *s, size_t n, double *out, const char **end);

/* digits is an integer numeral; value digits * 10**exp10 correctly rounded (for decimal modules and json). */
/* [any thread; pure] */
double rt_dtoa_from_digits(const char *digits, size_t n, int64_t exp10);

/* float.hex(x) with terminator; returns the length. buf holds RT_DTOA_HEX_MAX bytes. */
/* [any thread; pure] */
size_t rt_dtoa_hex(double x, char *buf);

enum rt_dtoa_hex_status {
    RT_HEX_OK,
    RT_HEX_INVALID,         /* ValueError: invalid hexadecimal floating-point string */
    RT_HEX_OVERFLOW,        /* OverflowError: hexadecimal value too large to represent as a float */
    RT_HEX_TOO_LONG,        /* ValueError: hexadecimal string too long to convert */
};

/* float.fromhex(s), white space at both ends allowed. */
/* [any thread; pure] */
enum rt_dtoa_hex_status rt_dtoa_from_hex(const char *s, size_t n, double *out);

#endif
