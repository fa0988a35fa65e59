/* SPDX-License-Identifier: MIT */
/*
 * Text to double, correctly rounded.
 *
 * Up to 19 significant digits are gathered in an integer w with a decimal exponent q. Clinger's exact case
 * (w and 10**|q| both exact doubles) comes first, then the 128-bit product of Eisel and Lemire ("Number parsing
 * at a gigabyte per second", 2021; Mushtak and Lemire 2023). Longer inputs try w and w + 1; if they
 * disagree, or the product is undecided, GMP compares exactly.
 */
#include "core/base/dtoa.h"
#include "core/base/dtoa_internal.h"

#include <gmp.h>
#include <math.h>

typedef unsigned __int128 u128;

/* Significant digits beyond this many only matter as "not zero". */
#define EXACT_DIGITS 800

static const double exact_pow10[23] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
};

/* Bits of the double nearest to w * 10**q, w != 0; false when undecided. */
static bool eisel_lemire(uint64_t w, int64_t q, uint64_t *bits)
{
    if (q < -342) {
        *bits = 0;
        return true;
    }
    if (q > 308) {
        *bits = 0x7ffull << 52;
        return true;
    }
    int lz = __builtin_clzll(w);
    w <<= lz;
    struct rt_pow10 g = *rt_pow10((int)q);
    if (q < 0 && ++g.lo == 0) {
        g.hi++;
    }
    u128 product = (u128)w * g.hi;
    if ((uint64_t)(product >> 64 & 0x1ff) == 0x1ff) {
        product += (uint64_t)((u128)w * g.lo >> 64);
        if ((uint64_t)product == UINT64_MAX && (q < -27 || q > 55)) {
            return false;
        }
    }
    uint64_t hi = (uint64_t)(product >> 64), lo = (uint64_t)product;
    int upper = (int)(hi >> 63);
    uint64_t m = hi >> (upper + 9);
    int exponent = rt_pow10_exponent((int)q) + 63 + upper - lz + 1023;
    if (exponent <= 0) {
        if (1 - exponent >= 64) {
            *bits = 0;
            return true;
        }
        m >>= 1 - exponent;
        m = (m + (m & 1)) >> 1;
        *bits = m;                          /* a carry into bit 52 is the smallest normal number */
        return true;
    }
    if (lo <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << (upper + 9) == hi) {
        m &= ~1ull;                         /* exactly half way: to even */
    }
    m = (m + (m & 1)) >> 1;
    if (m >= 2ull << 52) {
        m = 1ull << 52;
        exponent++;
    }
    if (exponent >= 0x7ff) {
        *bits = 0x7ffull << 52;
        return true;
    }
    *bits = (m & ((1ull << 52) - 1)) | (uint64_t)exponent << 52;
    return true;
}

/* num / den rounded to a double, both positive */
static double divide_exact(mpz_t num, mpz_t den)
{
    /* scale so that the quotient has 65 or 66 bits, then round at the bit the exponent asks for */
    long shift = (long)mpz_sizeinbase(den, 2) - (long)mpz_sizeinbase(num, 2) + 65;
    if (shift > 0) {
        mpz_mul_2exp(num, num, (mp_bitcnt_t)shift);
    } else {
        mpz_mul_2exp(den, den, (mp_bitcnt_t)-shift);
    }
    mpz_fdiv_qr(num, den, num, den);        /* num = quotient, den = remainder */
    bool sticky = mpz_sgn(den) != 0;
    long length = (long)mpz_sizeinbase(num, 2);
    long top = length - shift;              /* value in [2**(top-1), 2**top) */
    if (top > 1025) {
        return HUGE_VAL;
    }
    long keep = top - 1 >= -1022 ? 53 : top + 1074;
    if (keep < 0) {
        return 0.0;
    }
    long drop = length - keep;              /* at least 12 */
    bool half = mpz_tstbit(num, (mp_bitcnt_t)drop - 1);
    sticky |= mpz_scan1(num, 0) < (mp_bitcnt_t)drop - 1;
    mpz_fdiv_q_2exp(num, num, (mp_bitcnt_t)drop);
    uint64_t m = mpz_get_ui(num);
    m += half && (sticky || (m & 1));
    return ldexp((double)m, (int)(top - keep));
}

static double from_digits_exact(const char *digits, size_t n, int64_t q, bool sticky)
{
    char text[EXACT_DIGITS + 2];
    memcpy(text, digits, n);
    if (sticky) {
        text[n++] = '1';
        q--;
    }
    text[n] = 0;
    if (q + (int64_t)n > 310) {
        return HUGE_VAL;
    }
    if (q + (int64_t)n < -330) {
        return 0.0;
    }
    mpz_t num, den;
    mpz_init_set_str(num, text, 10);
    mpz_init(den);
    mpz_ui_pow_ui(den, 10, (unsigned long)(q < 0 ? -q : q));
    if (q >= 0) {
        mpz_mul(num, num, den);
        mpz_set_ui(den, 1);
    }
    double value = divide_exact(num, den);
    mpz_clears(num, den, NULL);
    return value;
}

/*
 * A numeral as read: w holds the first 19 significant digits, q its exponent; digits are in [first, last) of
 * the text, with at most one point to skip.
 */
struct numeral {
    const char *first, *last;
    uint64_t w;
    int64_t q;
    int kept;               /* digits in w */
    bool truncated;         /* non-zero digits were left out of w */
};

static double numeral_exact(const struct numeral *num, int64_t exp10)
{
    char digits[EXACT_DIGITS];
    size_t n = 0;
    bool sticky = false;
    int64_t q = exp10;
    bool after_point = false;
    for (const char *p = num->first; p < num->last; p++) {
        if (*p == '.') {
            after_point = true;
            continue;
        }
        if (n == 0 && *p == '0') {
            q -= after_point;
            continue;
        }
        if (n < EXACT_DIGITS) {
            digits[n++] = *p;
            q -= after_point;
        } else {
            sticky |= *p != '0';
            q += !after_point;
        }
    }
    return from_digits_exact(digits, n, q, sticky);
}

static double numeral_value(const struct numeral *num, int64_t exp10)
{
    uint64_t w = num->w;
    if (w == 0) {
        return 0.0;
    }
    int64_t q = num->q + exp10;
    if (!num->truncated && w <= 1ull << 53 && q >= -22 && q <= 22) {
        double value = (double)w;
        return q < 0 ? value / exact_pow10[-q] : value * exact_pow10[q];
    }
    uint64_t bits, above;
    if (eisel_lemire(w, q, &bits)
            && (!num->truncated || (eisel_lemire(w + 1, q, &above) && above == bits))) {
        return rt_double_from_bits(bits);
    }
    return numeral_exact(num, exp10);
}

/* Eight ASCII digits at p at once? (little endian) */
static inline bool eight_digits(uint64_t v)
{
    return ((v & 0xf0f0f0f0f0f0f0f0) | ((v + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)
        == 0x3333333333333333;
}

static inline uint32_t eight_digits_value(uint64_t v)
{
    v -= 0x3030303030303030;
    v = v * 10 + (v >> 8);
    return (uint32_t)(((v & 0x000000ff000000ff) * 0x000f424000000064
        + ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >> 32);
}

static inline void take_digit(struct numeral *num, unsigned digit, bool after_point)
{
    if (num->kept < 19) {
        num->w = num->w * 10 + digit;
        num->kept += num->w != 0;
        num->q -= after_point;
    } else {
        num->truncated |= digit != 0;
        num->q += !after_point;
    }
}

static const char *scan_digits(struct numeral *num, const char *p, const char *end, bool after_point)
{
    while (end - p >= 8 && num->kept <= 11) {
        uint64_t v;
        memcpy(&v, p, 8);
        if (!eight_digits(v)) {
            break;
        }
        uint64_t was = num->w;
        num->w = was * 100000000 + eight_digits_value(v);
        if (was) {
            num->kept += 8;
        } else if (num->w) {
            for (uint64_t rest = num->w; rest; rest /= 10) {
                num->kept++;
            }
        }
        num->q -= after_point ? 8 : 0;
        p += 8;
    }
    for (; p < end && (unsigned)(*p - '0') < 10; p++) {
        take_digit(num, (unsigned)(*p - '0'), after_point);
    }
    return p;
}

/* Exponent part at p, if one is there; *end is moved past it. */
static int64_t scan_exponent(const char *p, const char *limit, const char **end)
{
    if (p >= limit || (*p | 32) != 'e') {
        return 0;
    }
    p++;
    bool negative = false;
    if (p < limit && (*p == '-' || *p == '+')) {
        negative = *p++ == '-';
    }
    if (p >= limit || (unsigned)(*p - '0') >= 10) {
        return 0;
    }
    int64_t value = 0;
    for (; p < limit && (unsigned)(*p - '0') < 10; p++) {
        if (value < INT64_MAX / 100) {
            value = value * 10 + (*p - '0');
        }
    }
    *end = p;
    return negative ? -value : value;
}

static bool match_word(const char *p, const char *end, const char *word)
{
    for (; *word; word++, p++) {
        if (p >= end || (*p | 32) != *word) {
            return false;
        }
    }
    return true;
}

static bool parse_special(const char *p, const char *limit, double *out, const char **end)
{
    if (match_word(p, limit, "inf")) {
        *end = p + (match_word(p, limit, "infinity") ? 8 : 3);
        *out = HUGE_VAL;
        return true;
    }
    if (match_word(p, limit, "nan")) {
        *end = p + 3;
        *out = __builtin_nan("");
        return true;
    }
    return false;
}

bool rt_dtoa_parse(const char *s, size_t n, double *out, const char **end)
{
    const char *p = s, *limit = s + n;
    bool negative = false;
    *end = s;
    if (p < limit && (*p == '-' || *p == '+')) {
        negative = *p++ == '-';
    }
    struct numeral num = {.first = p};
    const char *q = scan_digits(&num, p, limit, false);
    ptrdiff_t seen = q - p;
    if (q < limit && *q == '.') {
        const char *after = scan_digits(&num, q + 1, limit, true);
        seen += after - q - 1;
        q = after;
    }
    double value;
    if (seen == 0) {
        if (!parse_special(p, limit, &value, end)) {
            return false;
        }
    } else {
        num.last = *end = q;
        int64_t exp10 = scan_exponent(q, limit, end);
        value = numeral_value(&num, exp10);
    }
    *out = negative ? -value : value;
    return true;
}

double rt_dtoa_from_digits(const char *digits, size_t n, int64_t exp10)
{
    struct numeral num = {.first = digits, .last = digits + n};
    scan_digits(&num, digits, digits + n, false);
    return numeral_value(&num, exp10);
}

/* ---- float.fromhex ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* 0.m... with digits [first, last), value = digits * 2**exp2; rounds half to even. */
static enum rt_dtoa_hex_status hex_value(const char *first, const char *last, int64_t exp2, double *out)
{
    uint64_t m = 0;
    bool sticky = false;
    for (const char *p = first; p < last; p++) {
        if (*p == '.') {
            continue;
        }
        uint64_t digit = (uint64_t)hex_digit(*p);
        if (m >> 60) {
            sticky |= digit != 0;
            exp2 += 4;
        } else {
            m = m << 4 | digit;
        }
    }
    if (m == 0) {
        *out = 0.0;
        return RT_HEX_OK;
    }
    int length = 64 - __builtin_clzll(m);
    int64_t top = exp2 + length;            /* value in [2**(top-1), 2**top) */
    if (top < -1074) {
        *out = 0.0;
        return RT_HEX_OK;
    }
    if (top > 1024) {
        return RT_HEX_OVERFLOW;
    }
    int keep = top - 1 >= -1022 ? 53 : (int)(top + 1074);
    if (length > keep) {
        int drop = length - keep;
        bool half = m >> (drop - 1) & 1;
        sticky |= (m & ((1ull << (drop - 1)) - 1)) != 0;
        m = drop == 64 ? 0 : m >> drop;
        m += half && (sticky || (m & 1));
        exp2 += drop;
    }
    *out = ldexp((double)m, (int)exp2);
    return isinf(*out) ? RT_HEX_OVERFLOW : RT_HEX_OK;
}

/* The exponent behind p or P, if there is one; cut off where it is beyond every double's. */
static inline bool hex_exponent(const char **at, const char *limit, int64_t *exponent)
{
    const char *p = *at;
    int64_t e = 0;
    if (p < limit && (*p | 32) == 'p') {
        p++;
        bool minus = false;
        if (p < limit && (*p == '-' || *p == '+')) {
            minus = *p++ == '-';
        }
        if (p >= limit || (unsigned)(*p - '0') >= 10) {
            return false;
        }
        for (; p < limit && (unsigned)(*p - '0') < 10; p++) {
            if (e < INT64_MAX / 1000) {
                e = e * 10 + (*p - '0');
            }
        }
        e = minus ? -e : e;
    }
    *at = p;
    *exponent = e;
    return true;
}

/* The magnitude [p, limit): digits with or without 0x, a point and an exponent. */
static inline enum rt_dtoa_hex_status hex_magnitude(const char *p, const char *limit, double *out)
{
    if (limit - p >= 2 && p[0] == '0' && (p[1] | 32) == 'x') {
        p += 2;
    }
    const char *first = p;
    int64_t whole = 0, fraction = 0, exponent;
    for (; p < limit && hex_digit(*p) >= 0; p++) {
        whole++;
    }
    if (p < limit && *p == '.') {
        for (p++; p < limit && hex_digit(*p) >= 0; p++) {
            fraction++;
        }
    }
    const char *last = p;
    if (whole + fraction == 0 || !hex_exponent(&p, limit, &exponent)) {
        return RT_HEX_INVALID;
    }
    if (whole + fraction > INT64_MAX / 1000) {
        return RT_HEX_TOO_LONG;
    }
    enum rt_dtoa_hex_status status = hex_value(first, last, exponent - 4 * fraction, out);
    if (status == RT_HEX_OK && p != limit) {
        return RT_HEX_INVALID;              /* garbage at the end comes after overflow, as in CPython */
    }
    return status;
}

enum rt_dtoa_hex_status rt_dtoa_from_hex(const char *s, size_t n, double *out)
{
    const char *p = s, *limit = s + n;
    while (p < limit && is_space(*p)) {
        p++;
    }
    while (limit > p && is_space(limit[-1])) {
        limit--;
    }
    bool negative = false;
    if (p < limit && (*p == '-' || *p == '+')) {
        negative = *p++ == '-';
    }
    double value;
    const char *end;
    enum rt_dtoa_hex_status status;
    if (parse_special(p, limit, &value, &end)) {
        status = end == limit ? RT_HEX_OK : RT_HEX_INVALID;
    } else {
        status = hex_magnitude(p, limit, &value);
    }
    if (status == RT_HEX_OK) {
        *out = negative ? -value : value;
    }
    return status;
}
