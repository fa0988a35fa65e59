/* SPDX-License-Identifier: MIT */
/* What math shares with cmath and audioop. */
#ifndef RT_MODULES_MATH_INTERNAL_H
#define RT_MODULES_MATH_INTERNAL_H

#include "core/object/native.h"

/* Euclid's algorithm; gcd(0, b) is b. */
RT_INLINE uint64_t rt_math_gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* [attached; raises] pi, e, tau, inf and nan into the module; 0 or -1. */
int rt_math_add_constants(struct rt_thread *ts, rt_value m);

#endif
