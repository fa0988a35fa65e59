/* SPDX-License-Identifier: MIT */
/*
 * Shared by dtoa.c (double to digits) and dtoa_parse.c (digits to double): the table of powers of ten and
 * the logarithms that go with it. Everything here is constant data and arithmetic.
 */
#ifndef RT_BASE_DTOA_INTERNAL_H
#define RT_BASE_DTOA_INTERNAL_H

#include <stdint.h>
#include <string.h>

#define RT_POW10_MIN (-343)
#define RT_POW10_MAX 325

/* 10**q = (hi:lo) * 2**(rt_pow10_exponent(q) - 127), rounded down; exact for 0 <= q <= 55. */
struct rt_pow10 {
    uint64_t hi, lo;
};
extern const struct rt_pow10 rt_pow10_table[RT_POW10_MAX - RT_POW10_MIN + 1];

static inline const struct rt_pow10 *rt_pow10(int q)
{
    return &rt_pow10_table[q - RT_POW10_MIN];
}

/* floor(log2(10**q)), |q| <= 1233 */
static inline int rt_pow10_exponent(int q)
{
    return (q * 1741647) >> 19;
}

/* floor(log10(2**e)), |e| <= 1650 */
static inline int rt_log10_pow2(int e)
{
    return (e * 1262611) >> 22;
}

static inline uint64_t rt_double_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, 8);
    return bits;
}

static inline double rt_double_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, 8);
    return x;
}

#endif
