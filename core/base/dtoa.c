/* SPDX-License-Identifier: MIT */
/*
 * Digits of a double.
 *
 * Shortest digits follow Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020): scale the
 * rounding interval by a power of ten known to 128 bits, and take the candidate of fewest digits inside it.
 *
 * A fixed number of digits is x * 10**p rounded to an integer. For up to 17 digits a 64 x 128 bit product
 * decides almost always; when the fraction lies too near one half for its error, and for longer
 * outputs, GMP computes the exact quotient.
 */
#include "core/base/dtoa.h"
#include "core/base/dtoa_internal.h"

#include <gmp.h>
#include <math.h>

typedef unsigned __int128 u128;

#define MANTISSA_BITS 52
#define HIDDEN_BIT (1ull << MANTISSA_BITS)

/* |x| = m * 2**e */
static uint64_t decompose(double x, int *e)
{
    uint64_t bits = rt_double_bits(x);
    uint64_t fraction = bits & (HIDDEN_BIT - 1);
    int biased = (int)(bits >> MANTISSA_BITS) & 0x7ff;
    *e = (biased ? biased : 1) - 1075;
    return biased ? fraction | HIDDEN_BIT : fraction;
}

/* ---- shortest ---- */

static uint64_t strip_zeros(uint64_t digits, int *exp10)
{
    while (digits % 100 == 0) {
        digits /= 100;
        *exp10 += 2;
    }
    if (digits % 10 == 0) {
        digits /= 10;
        *exp10 += 1;
    }
    return digits;
}

/* floor(g * c / 2**128), with the lowest bit set if anything was cut off */
static inline uint64_t round_to_odd(uint64_t ghi, uint64_t glo, uint64_t c)
{
    u128 low = (u128)glo * c;
    u128 high = (u128)ghi * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static uint64_t schubfach(uint64_t c, int q, bool lower_closer, int *exp10)
{
    bool odd = c & 1;
    int k = lower_closer ? (q * 1262611 - 524031) >> 22 : rt_log10_pow2(q);
    int h = q + rt_pow10_exponent(-k) + 1;
    struct rt_pow10 g = *rt_pow10(-k);
    if (++g.lo == 0) {
        g.hi++;
    }
    uint64_t mid = round_to_odd(g.hi, g.lo, (4 * c) << h);
    uint64_t lower = round_to_odd(g.hi, g.lo, (4 * c - 2 + lower_closer) << h) + odd;
    uint64_t upper = round_to_odd(g.hi, g.lo, (4 * c + 2) << h) - odd;
    uint64_t s = mid / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool down_in = lower <= 40 * tens;
        bool up_in = 40 * tens + 40 <= upper;
        if (down_in != up_in) {
            *exp10 = k + 1;
            return tens + up_in;
        }
    }
    *exp10 = k;
    bool down_in = lower <= 4 * s;
    bool up_in = 4 * s + 4 <= upper;
    if (down_in != up_in) {
        return s + up_in;
    }
    return s + (mid > 4 * s + 2 || (mid == 4 * s + 2 && (s & 1)));
}

uint64_t rt_dtoa_shortest(double x, int *exp10)
{
    int e;
    uint64_t m = decompose(x, &e);
    if (e <= 0 && e > -53 && (m & ((1ull << -e) - 1)) == 0) {
        *exp10 = 0;
        return strip_zeros(m >> -e, exp10);
    }
    uint64_t digits = schubfach(m, e, m == HIDDEN_BIT && e > -1074, exp10);
    return strip_zeros(digits, exp10);
}

/* ---- a fixed number of digits ---- */

static int write_u64(uint64_t value, char *buf)
{
    char tmp[20];
    int n = 0;
    do {
        tmp[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (int i = 0; i < n; i++) {
        buf[i] = tmp[n - 1 - i];
    }
    return n;
}

/* Removes trailing zeros; returns the new length. */
static int trim(const char *buf, int n)
{
    while (n > 0 && buf[n - 1] == '0') {
        n--;
    }
    return n;
}

/*
 * Rounds m * 2**e * 10**p to an integer below 2**63 by the 128-bit table. False when the integer may not fit
 * or the error of the table leaves the rounding open.
 */
static bool scale_fast(uint64_t m, int e, int p, uint64_t *out)
{
    if (p < RT_POW10_MIN || p > RT_POW10_MAX) {
        return false;
    }
    int lz = __builtin_clzll(m);
    m <<= lz;
    e -= lz;
    const struct rt_pow10 *g = rt_pow10(p);
    u128 low = (u128)m * g->lo;
    u128 high = (u128)m * g->hi + (uint64_t)(low >> 64);
    uint64_t w2 = (uint64_t)(high >> 64), w1 = (uint64_t)high, w0 = (uint64_t)low;
    /* the product is w2:w1:w0 * 2**scale; shift right so that the fraction starts below bit 0 */
    int scale = e + rt_pow10_exponent(p) - 127;
    int shift = -scale - 128;               /* bits of w2 that belong to the fraction */
    if (shift < 1 || shift > 64) {
        if (shift > 64) {                   /* value below one half: rounds to zero */
            *out = 0;
            return true;
        }
        return false;
    }
    uint64_t whole = shift == 64 ? 0 : w2 >> shift;
    uint64_t fraction = w2 << (64 - shift) | (shift == 64 ? 0 : w1 >> shift);
    uint64_t rest = shift == 64 ? w1 : w1 << (64 - shift);
    const uint64_t half = 1ull << 63;
    if (p >= 0 && p <= 55) {                /* the table is exact here */
        bool sticky = rest | w0;
        bool up = fraction > half || (fraction == half && (sticky || (whole & 1)));
        *out = whole + up;
        return true;
    }
    if (fraction == half || fraction == half - 1) {
        return false;
    }
    *out = whole + (fraction > half);
    return true;
}

/* The same exactly, digits written to buf. Returns their number, 0 for zero. */
static int scale_exact(uint64_t m, int e, int p, char *buf)
{
    mpz_t num, den, quo;
    mpz_init_set_ui(num, m);
    mpz_init_set_ui(den, 1);
    mpz_init(quo);
    mpz_t *side = p >= 0 ? &num : &den;
    mpz_ui_pow_ui(quo, 10, (unsigned long)(p >= 0 ? p : -p));
    mpz_mul(*side, *side, quo);
    if (e >= 0) {
        mpz_mul_2exp(num, num, (mp_bitcnt_t)e);
    } else {
        mpz_mul_2exp(den, den, (mp_bitcnt_t)-e);
    }
    mpz_fdiv_qr(quo, num, num, den);        /* num is now the remainder */
    mpz_mul_2exp(num, num, 1);
    int order = mpz_cmp(num, den);
    if (order > 0 || (order == 0 && mpz_odd_p(quo))) {
        mpz_add_ui(quo, quo, 1);
    }
    int n = 0;
    if (mpz_sgn(quo) != 0) {
        mpz_get_str(buf, 10, quo);
        n = (int)strlen(buf);
    }
    mpz_clears(num, den, quo, NULL);
    return n;
}

/* Digits of round(x * 10**p), trailing zeros kept; 0 for none. */
static int scaled_digits(uint64_t m, int e, int p, char *buf)
{
    uint64_t whole;
    if (scale_fast(m, e, p, &whole)) {
        return whole ? write_u64(whole, buf) : 0;
    }
    return scale_exact(m, e, p, buf);
}

/* floor(log10(m * 2**e)), or one less */
static int estimate_log10(uint64_t m, int e)
{
    return rt_log10_pow2(e + 63 - __builtin_clzll(m));
}

static int fraction_digits(uint64_t m, int e, int ndigits, char *buf, int *decpt)
{
    int p = ndigits;
    if (e < 0 && p > -e) {
        p = -e;                             /* no digit is left further on */
    } else if (e >= 0 && p > 0) {
        p = 0;
    }
    if (p < -310) {                         /* beyond one half of the last place for every double */
        *decpt = -ndigits;
        return 0;
    }
    int n = scaled_digits(m, e, p, buf);
    if (n == 0) {
        *decpt = -ndigits;
        return 0;
    }
    *decpt = n - p;
    return trim(buf, n);
}

static int significant_digits(uint64_t m, int e, int ndigits, char *buf, int *decpt)
{
    if (ndigits < 1) {
        ndigits = 1;
    }
    if (ndigits > 770) {
        ndigits = 770;                      /* exact already */
    }
    int p = ndigits - 1 - estimate_log10(m, e);
    int n = scaled_digits(m, e, p, buf);
    if (n > ndigits) {
        /* the estimate was one too low, or rounding carried: one digit less is right in both cases */
        p--;
        n = scaled_digits(m, e, p, buf);
        if (n > ndigits) {
            p--;
            n = scaled_digits(m, e, p, buf);
        }
    }
    *decpt = n - p;
    return trim(buf, n);
}

int rt_dtoa_digits(double x, enum rt_dtoa_mode mode, int ndigits, char *buf, int *decpt)
{
    if (x == 0) {
        buf[0] = '0';
        *decpt = 1;
        return 1;
    }
    if (mode == RT_DTOA_SHORTEST) {
        int exp10;
        int n = write_u64(rt_dtoa_shortest(x, &exp10), buf);
        *decpt = n + exp10;
        return n;
    }
    int e;
    uint64_t m = decompose(x, &e);
    if (mode == RT_DTOA_FRACTION) {
        return fraction_digits(m, e, ndigits, buf, decpt);
    }
    return significant_digits(m, e, ndigits, buf, decpt);
}
