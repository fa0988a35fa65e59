/* SPDX-License-Identifier: MIT */
/* IEEE 754 binary16 ("half") to and from double, rounded to nearest even. */
#ifndef RT_BASE_HALF_H
#define RT_BASE_HALF_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline double rt_half_get(uint16_t h)
{
    int e = h >> 10 & 31, m = h & 1023;
    double d;
    if (e == 31) {
        uint64_t bits = 0x7ff0000000000000ull | (uint64_t)m << 42;
        memcpy(&d, &bits, 8);
    } else {
        d = e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
    }
    return h >> 15 ? -d : d;
}

/* False when x is finite but too large. */
static inline bool rt_half_put(double x, uint16_t *out)
{
    uint16_t sign = signbit(x) ? 0x8000 : 0;
    int e;
    if (isnan(x)) {
        uint64_t bits;
        memcpy(&bits, &x, 8);
        uint16_t payload = (uint16_t)(bits >> 42 & 1023);
        *out = (uint16_t)(sign | 0x7c00 | (payload ? payload : 0x200));
        return true;
    }
    if (isinf(x) || x == 0.0) {
        *out = (uint16_t)(sign | (isinf(x) ? 0x7c00 : 0));
        return true;
    }
    double m = frexp(fabs(x), &e); /* x = m * 2**e, 0.5 <= m < 1 */
    if (e > 16)
        return false;
    int shift = e < -13 ? 24 : 11 - e; /* units of the last place: 2**-24 below the normal range */
    double units = rint(ldexp(m, e + shift));
    uint32_t bits = (uint32_t)units;
    if (shift == 24) {
        *out = (uint16_t)(sign | bits); /* a carry gives the least normal number */
        return true;
    }
    bits += (uint32_t)(e + 14) << 10; /* the implicit bit adds one to the exponent */
    bits -= 1024;
    if (bits >= 0x7c00u)
        return false;
    *out = (uint16_t)(sign | bits);
    return true;
}

#endif
