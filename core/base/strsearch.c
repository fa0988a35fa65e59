/* SPDX-License-Identifier: MIT */
/* Substring search: instances of strsearch_impl.h for every pair of kinds, and the choice among them. */
#include "core/base/strsearch.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SPLAT1(x) _mm_set1_epi8((char)(x))
#define SPLAT2(x) _mm_set1_epi16((short)(x))
#define SPLAT4(x) _mm_set1_epi32((int)(x))

#define TEXT uint8_t
#define NEEDLE uint8_t
#define FN(name) name##_11
#define SAME 1
#define SPLAT SPLAT1
#define COMPARE _mm_cmpeq_epi8
#include "core/base/strsearch_impl.h"

#define TEXT uint16_t
#define NEEDLE uint8_t
#define FN(name) name##_21
#define SAME 0
#define SPLAT SPLAT2
#define COMPARE _mm_cmpeq_epi16
#include "core/base/strsearch_impl.h"

#define TEXT uint16_t
#define NEEDLE uint16_t
#define FN(name) name##_22
#define SAME 1
#define SPLAT SPLAT2
#define COMPARE _mm_cmpeq_epi16
#include "core/base/strsearch_impl.h"

#define TEXT uint32_t
#define NEEDLE uint8_t
#define FN(name) name##_41
#define SAME 0
#define SPLAT SPLAT4
#define COMPARE _mm_cmpeq_epi32
#include "core/base/strsearch_impl.h"

#define TEXT uint32_t
#define NEEDLE uint16_t
#define FN(name) name##_42
#define SAME 0
#define SPLAT SPLAT4
#define COMPARE _mm_cmpeq_epi32
#include "core/base/strsearch_impl.h"

#define TEXT uint32_t
#define NEEDLE uint32_t
#define FN(name) name##_44
#define SAME 1
#define SPLAT SPLAT4
#define COMPARE _mm_cmpeq_epi32
#include "core/base/strsearch_impl.h"

/* ---- one unit ---- */

static ptrdiff_t find_char2(const uint16_t *t, size_t n, uint16_t unit)
{
    size_t i = 0;
#ifdef __SSE2__
    __m128i unit16 = SPLAT2(unit);
    for (; i + 8 <= n; i += 8) {
        __m128i a = _mm_loadu_si128((const __m128i *)(t + i));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi16(a, unit16));
        if (mask) {
            return (ptrdiff_t)(i + (unsigned)__builtin_ctz(mask) / 2);
        }
    }
#endif
    for (; i < n; i++) {
        if (t[i] == unit) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

ptrdiff_t rt_strsearch_find_char(const void *text, int kind, size_t n, uint32_t unit)
{
    _Static_assert(sizeof(wchar_t) == 4, "wmemchr must look at four bytes");
    const void *found;
    switch (kind) {
    case 1:
        found = unit < 0x100 ? memchr(text, (int)unit, n) : NULL;
        return found ? (const uint8_t *)found - (const uint8_t *)text : -1;
    case 2:
        return unit < 0x10000 ? find_char2(text, n, (uint16_t)unit) : -1;
    default:
        found = wmemchr(text, (wchar_t)unit, n);
        return found ? (const uint32_t *)found - (const uint32_t *)text : -1;
    }
}

ptrdiff_t rt_strsearch_rfind_char(const void *text, int kind, size_t n, uint32_t unit)
{
    if (kind == 1) {
        const uint8_t *found = unit < 0x100 ? memrchr(text, (int)unit, n) : NULL;
        return found ? found - (const uint8_t *)text : -1;
    }
    for (size_t i = n; i > 0; i--) {
        uint32_t c = kind == 2 ? ((const uint16_t *)text)[i - 1] : ((const uint32_t *)text)[i - 1];
        if (c == unit) {
            return (ptrdiff_t)i - 1;
        }
    }
    return -1;
}

/* ---- choice ---- */

static uint32_t first_unit(const void *needle, int kind)
{
    return kind == 1 ? *(const uint8_t *)needle : kind == 2 ? *(const uint16_t *)needle : *(const uint32_t *)needle;
}

ptrdiff_t rt_strsearch_find(const void *text, int kind, size_t n, const void *needle, int needle_kind, size_t m)
{
    if (m == 0) {
        return 0;
    }
    if (m > n || needle_kind > kind) {
        return -1;
    }
    if (m == 1) {
        return rt_strsearch_find_char(text, kind, n, first_unit(needle, needle_kind));
    }
    switch (kind << 4 | needle_kind) {
    case 0x11:
        return find_11(text, n, needle, m);
    case 0x21:
        return find_21(text, n, needle, m);
    case 0x22:
        return find_22(text, n, needle, m);
    case 0x41:
        return find_41(text, n, needle, m);
    case 0x42:
        return find_42(text, n, needle, m);
    default:
        return find_44(text, n, needle, m);
    }
}

ptrdiff_t rt_strsearch_rfind(const void *text, int kind, size_t n, const void *needle, int needle_kind, size_t m)
{
    if (m == 0) {
        return (ptrdiff_t)n;
    }
    if (m > n || needle_kind > kind) {
        return -1;
    }
    if (m == 1) {
        return rt_strsearch_rfind_char(text, kind, n, first_unit(needle, needle_kind));
    }
    switch (kind << 4 | needle_kind) {
    case 0x11:
        return rfind_11(text, n, needle, m);
    case 0x21:
        return rfind_21(text, n, needle, m);
    case 0x22:
        return rfind_22(text, n, needle, m);
    case 0x41:
        return rfind_41(text, n, needle, m);
    case 0x42:
        return rfind_42(text, n, needle, m);
    default:
        return rfind_44(text, n, needle, m);
    }
}

#define COUNT_UNIT(type) \
    do { \
        const type *t = text; \
        for (size_t i = 0; i < n; i++) { \
            total += t[i] == (type)unit; \
        } \
    } while (0)

static size_t count_unit(const void *text, int kind, size_t n, uint32_t unit)
{
    size_t total = 0;
    if (kind == 1) {
        COUNT_UNIT(uint8_t);
    } else if (kind == 2) {
        COUNT_UNIT(uint16_t);
    } else {
        COUNT_UNIT(uint32_t);
    }
    return total;
}

/* See count in strsearch_impl.h. */
static size_t count_pass(const void *text, int kind, size_t n, const void *needle, int needle_kind, size_t m, size_t max,
    size_t *done)
{
    switch (kind << 4 | needle_kind) {
    case 0x11:
        return count_11(text, n, needle, m, max, done);
    case 0x21:
        return count_21(text, n, needle, m, max, done);
    case 0x22:
        return count_22(text, n, needle, m, max, done);
    case 0x41:
        return count_41(text, n, needle, m, max, done);
    case 0x42:
        return count_42(text, n, needle, m, max, done);
    default:
        return count_44(text, n, needle, m, max, done);
    }
}

size_t rt_strsearch_count(const void *text, int kind, size_t n, const void *needle, int needle_kind, size_t m,
    size_t max)
{
    if (m == 0) {
        return n < max ? n + 1 : max;
    }
    if (m > n || needle_kind > kind) {
        return 0;
    }
    if (m == 1 && max >= n) {
        return count_unit(text, kind, n, first_unit(needle, needle_kind));
    }
    size_t at = 0, total = max && m > 1 ? count_pass(text, kind, n, needle, needle_kind, m, max, &at) : 0;
    while (total < max && n - at >= m) {
        const char *rest = (const char *)text + at * (size_t)kind;
        ptrdiff_t found = rt_strsearch_find(rest, kind, n - at, needle, needle_kind, m);
        if (found < 0) {
            break;
        }
        total++;
        at += (size_t)found + m;
    }
    return total;
}
