/* SPDX-License-Identifier: MIT */
/*
 * The values of hexadecimal digits, for all that read them in bulk: a table, since digits and letters come in no order
 * that a branch could learn.
 */
#ifndef RT_BASE_HEXDIGITS_H
#define RT_BASE_HEXDIGITS_H

#include "core/base/compiler.h"

RT_INLINE int rt_hex_value(uint8_t c) /* -1: no digit */
{
    static const uint8_t above[256] = { /* the value and one */
        ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
        ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
        ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    };
    return above[c] - 1;
}
/* Reads pairs of digits from p to d while there are any. How many bytes were written. */
RT_INLINE size_t rt_hex_pairs(const uint8_t *p, size_t n, uint8_t *d)
{
    size_t out = 0;
    for (; 2 * out + 1 < n; out++) {
        int hi = rt_hex_value(p[2 * out]), lo = rt_hex_value(p[2 * out + 1]);
        if ((hi | lo) < 0)
            break;
        d[out] = (uint8_t)(hi << 4 | lo);
    }
    return out;
}

#endif
