/* SPDX-License-Identifier: MIT */
/* UTF-16 and UTF-32 in both byte orders. Byte order marks are the codec's business. */
#include "core/unicode/utf.h"

#include <string.h>

static inline uint32_t get16(const uint8_t *p, bool big)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return big ? __builtin_bswap16(v) : v;
}

static inline uint32_t get32(const uint8_t *p, bool big)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return big ? __builtin_bswap32(v) : v;
}

static inline void put16(uint8_t *p, uint32_t value, bool big)
{
    uint16_t v = big ? __builtin_bswap16((uint16_t)value) : (uint16_t)value;
    memcpy(p, &v, 2);
}

static inline void put32(uint8_t *p, uint32_t value, bool big)
{
    uint32_t v = big ? __builtin_bswap32(value) : value;
    memcpy(p, &v, 4);
}

static void set_error(struct rt_utf_error *err, size_t start, size_t end, const char *reason)
{
    *err = (struct rt_utf_error){start, end, reason};
}

size_t rt_utf16_decode(const uint8_t *s, size_t n, size_t *pos, bool big, bool final, uint32_t *out,
    struct rt_utf_error *err)
{
    size_t i = *pos, len = 0;
    err->reason = NULL;
    while (n - i >= 2) {
        uint32_t unit = get16(s + i, big);
        if (!rt_utf_is_surrogate(unit)) {
            out[len++] = unit;
            i += 2;
            continue;
        }
        if (unit >= 0xdc00) {
            set_error(err, i, i + 2, "illegal encoding");
            break;
        }
        if (n - i < 4) {
            if (final) {
                set_error(err, i, n, "unexpected end of data");
            }
            *pos = i;
            return len;
        }
        uint32_t low = get16(s + i + 2, big);
        if (low - 0xdc00 >= 0x400) {
            set_error(err, i, i + 2, "illegal UTF-16 surrogate");
            break;
        }
        out[len++] = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        i += 4;
    }
    if (!err->reason && i < n && final) {
        set_error(err, i, n, "truncated data");
    }
    *pos = i;
    return len;
}

size_t rt_utf32_decode(const uint8_t *s, size_t n, size_t *pos, bool big, bool final, uint32_t *out,
    struct rt_utf_error *err)
{
    size_t i = *pos, len = 0;
    err->reason = NULL;
    for (; n - i >= 4; i += 4) {
        uint32_t cp = get32(s + i, big);
        if (rt_utf_is_surrogate(cp)) {
            set_error(err, i, i + 4, "code point in surrogate code point range(0xd800, 0xe000)");
            break;
        }
        if (cp > 0x10ffff) {
            set_error(err, i, i + 4, "code point not in range(0x110000)");
            break;
        }
        out[len++] = cp;
    }
    if (!err->reason && i < n && final) {
        set_error(err, i, n, "truncated data");
    }
    *pos = i;
    return len;
}

size_t rt_utf16_encode(const void *text, int kind, size_t n, size_t *pos, bool big, bool pass, uint8_t *out)
{
    uint8_t *o = out;
    size_t i = *pos;
    for (; i < n; i++) {
        uint32_t cp = rt_utf_get(text, kind, i);
        if (cp > 0xffff) {
            put16(o, 0xd7c0 + (cp >> 10), big);
            put16(o + 2, 0xdc00 | (cp & 0x3ff), big);
            o += 4;
            continue;
        }
        if (rt_utf_is_surrogate(cp) && !pass) {
            break;
        }
        put16(o, cp, big);
        o += 2;
    }
    *pos = i;
    return (size_t)(o - out);
}

size_t rt_utf32_encode(const void *text, int kind, size_t n, size_t *pos, bool big, bool pass, uint8_t *out)
{
    uint8_t *o = out;
    size_t i = *pos;
    for (; i < n; i++, o += 4) {
        uint32_t cp = rt_utf_get(text, kind, i);
        if (rt_utf_is_surrogate(cp) && !pass) {
            break;
        }
        put32(o, cp, big);
    }
    *pos = i;
    return (size_t)(o - out);
}

/* ---- plain text ---- */

/* Four units of two bytes at a time: all bits in the units' own order, and whether one is a surrogate. */
static inline bool plain16(const uint8_t *s, size_t n, bool big, uint32_t *max)
{
    uint64_t seen = 0, found = 0;
    uint32_t top = 0, bad = 0;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        uint64_t four;
        memcpy(&four, s + 2 * i, 8);
        four = big ? (four & 0x00ff00ff00ff00ff) << 8 | (four >> 8 & 0x00ff00ff00ff00ff) : four;
        uint64_t zero = (four & 0xf800f800f800f800) ^ 0xd800d800d800d800;      /* zero where a surrogate is */
        found |= (zero - 0x0001000100010001) & ~zero & 0x8000800080008000;
        seen |= four;
    }
    for (; i < n; i++) {
        uint32_t c = get16(s + 2 * i, big);
        top |= c;
        bad |= (c & 0xf800) == 0xd800;
    }
    seen |= seen >> 32;
    *max = top | ((uint32_t)(seen | seen >> 16) & 0xffff);
    return !bad && !found;
}

static inline bool plain32(const uint8_t *s, size_t n, bool big, uint32_t *max)
{
    uint32_t top = 0, bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = get32(s + 4 * i, big);
        top = c > top ? c : top;
        bad |= (c & 0xfffff800) == 0xd800;
    }
    *max = top;
    return !bad && top <= 0x10ffff;
}

bool rt_utf_wide_plain(const uint8_t *s, size_t n, unsigned unit, bool big, uint32_t *max)
{
    if (unit == 2) {
        return big ? plain16(s, n, true, max) : plain16(s, n, false, max);
    }
    return big ? plain32(s, n, true, max) : plain32(s, n, false, max);
}

#define FILL(get, size, type) \
    do { \
        for (size_t i = 0; i < n; i++) { \
            ((type *)out)[i] = (type)get(s + size * i, big); \
        } \
    } while (0)

static inline void fill(const uint8_t *s, size_t n, unsigned unit, bool big, void *out, int kind)
{
    switch (unit << 4 | (unsigned)kind) {
    case 0x21:
        FILL(get16, 2, uint8_t);
        break;
    case 0x22:
        FILL(get16, 2, uint16_t);
        break;
    case 0x41:
        FILL(get32, 4, uint8_t);
        break;
    case 0x42:
        FILL(get32, 4, uint16_t);
        break;
    case 0x44:
        FILL(get32, 4, uint32_t);
        break;
    }
}

void rt_utf_wide_fill(const uint8_t *s, size_t n, unsigned unit, bool big, void *out, int kind)
{
    if (big) {
        fill(s, n, unit, true, out, kind);
    } else {
        fill(s, n, unit, false, out, kind);
    }
}

bool rt_utf_wide_fits(const void *text, int kind, size_t n, unsigned unit)
{
    uint32_t max;
    return kind == 1 || (kind <= (int)unit && rt_utf_wide_plain(text, n, (unsigned)kind, false, &max));
}

#define PUT(type, put, size) \
    do { \
        for (size_t i = 0; i < n; i++) { \
            put(out + size * i, ((const type *)text)[i], big); \
        } \
    } while (0)

static inline void put_all(const void *text, int kind, size_t n, unsigned unit, bool big, uint8_t *out)
{
    switch (unit << 4 | (unsigned)kind) {
    case 0x21:
        PUT(uint8_t, put16, 2);
        break;
    case 0x22:
        PUT(uint16_t, put16, 2);
        break;
    case 0x41:
        PUT(uint8_t, put32, 4);
        break;
    case 0x42:
        PUT(uint16_t, put32, 4);
        break;
    case 0x44:
        PUT(uint32_t, put32, 4);
        break;
    }
}

void rt_utf_wide_put(const void *text, int kind, size_t n, unsigned unit, bool big, uint8_t *out)
{
    if (big) {
        put_all(text, kind, n, unit, true, out);
    } else {
        put_all(text, kind, n, unit, false, out);
    }
}
