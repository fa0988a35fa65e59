/* SPDX-License-Identifier: MIT */
/*
 * UTF-8, ASCII runs and conversions between kinds.
 *
 * Decoding is a validating scan, which finds length and widest character, and then a decoder that trusts it: the
 * caller allocates once, in the right kind. ASCII runs go 32 bytes at a time.
 */
#include "core/unicode/utf.h"

#include <string.h>

#define HIGH_BITS 0x8080808080808080ull

static inline uint64_t load8(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

size_t rt_utf_ascii_prefix(const uint8_t *s, size_t n)
{
    const uint8_t *p = s, *end = s + n;
    while (end - p >= 32 && !((load8(p) | load8(p + 8) | load8(p + 16) | load8(p + 24)) & HIGH_BITS)) {
        p += 32;
    }
    while (end - p >= 8) {
        uint64_t high = load8(p) & HIGH_BITS;
        if (high) {
            return (size_t)(p - s) + (size_t)__builtin_ctzll(high) / 8;
        }
        p += 8;
    }
    while (p < end && *p < 128) {
        p++;
    }
    return (size_t)(p - s);
}

static uint32_t max_char2(const uint16_t *p, size_t n)
{
    uint32_t seen = 0;
    size_t i = 0;
    while (i < n) {
        size_t stop = n - i > 256 ? i + 256 : n;
        for (; i < stop; i++) {
            seen |= p[i];
        }
        if (seen > 0xff) {
            return 0xffff;
        }
    }
    return seen > 0x7f ? 0xff : 0x7f;
}

static uint32_t max_char4(const uint32_t *p, size_t n)
{
    uint32_t seen = 0;
    size_t i = 0;
    while (i < n) {
        size_t stop = n - i > 256 ? i + 256 : n;
        for (; i < stop; i++) {
            seen |= p[i];
        }
        if (seen > 0xffff) {
            return 0x10ffff;
        }
    }
    return seen > 0xff ? 0xffff : seen > 0x7f ? 0xff : 0x7f;
}

uint32_t rt_utf_max_char(const void *text, int kind, size_t n)
{
    switch (kind) {
    case 1:
        return rt_utf_ascii_prefix(text, n) == n ? 0x7f : 0xff;
    case 2:
        return max_char2(text, n);
    default:
        return max_char4(text, n);
    }
}

#define COPY(from_type, to_type) \
    do { \
        const from_type *src = from; \
        to_type *dst = to; \
        for (size_t i = 0; i < n; i++) { \
            dst[i] = (to_type)src[i]; \
        } \
    } while (0)

void rt_utf_convert(const void *from, int from_kind, size_t n, void *to, int to_kind)
{
    switch (from_kind << 4 | to_kind) {
    case 0x11:
    case 0x22:
    case 0x44:
        memcpy(to, from, n * (size_t)to_kind);
        break;
    case 0x12:
        COPY(uint8_t, uint16_t);
        break;
    case 0x14:
        COPY(uint8_t, uint32_t);
        break;
    case 0x21:
        COPY(uint16_t, uint8_t);
        break;
    case 0x24:
        COPY(uint16_t, uint32_t);
        break;
    case 0x41:
        COPY(uint32_t, uint8_t);
        break;
    case 0x42:
        COPY(uint32_t, uint16_t);
        break;
    }
}

size_t rt_utf_find_above(const void *text, int kind, size_t n, size_t from, uint32_t limit, size_t *end)
{
    size_t i = from;
    if (kind == 1) {
        if (limit > 0xff) {
            return *end = n;
        }
        i += rt_utf_ascii_prefix((const uint8_t *)text + i, n - i);
    }
    while (i < n && rt_utf_get(text, kind, i) < limit) {
        i++;
    }
    size_t stop = i;
    while (stop < n && rt_utf_get(text, kind, stop) >= limit) {
        stop++;
    }
    *end = stop;
    return i;
}

/* ---- decoding ---- */

static inline bool is_cont(uint8_t b)
{
    return (b & 0xc0) == 0x80;
}

/* Length of the valid sequence of two to four bytes at p, 0 when there is none. */
static inline int sequence(const uint8_t *p, const uint8_t *end)
{
    uint8_t b = p[0];
    if (b < 0xe0) {
        return b >= 0xc2 && end - p >= 2 && is_cont(p[1]) ? 2 : 0;
    }
    if (b < 0xf0) {
        if (end - p < 3 || !is_cont(p[1]) || !is_cont(p[2])) {
            return 0;
        }
        return (p[1] < 0xa0 ? b != 0xe0 : b != 0xed) ? 3 : 0;
    }
    if (b > 0xf4 || end - p < 4 || !is_cont(p[1]) || !is_cont(p[2]) || !is_cont(p[3])) {
        return 0;
    }
    return (p[1] < 0x90 ? b != 0xf0 : b != 0xf4) ? 4 : 0;
}

size_t rt_utf8_scan(const uint8_t *s, size_t n, size_t *chars, uint32_t *max)
{
    const uint8_t *p = s, *end = s + n;
    size_t count = 0;
    uint8_t top = 0;                        /* greatest lead byte */
    while (p < end) {
        if (*p < 128) {
            uint64_t high = end - p >= 8 ? load8(p) & HIGH_BITS : 0;
            size_t run = high ? (size_t)__builtin_ctzll(high) / 8 : rt_utf_ascii_prefix(p, (size_t)(end - p));
            p += run;
            count += run;
            continue;
        }
        int len = sequence(p, end);
        if (!len) {
            break;
        }
        top = *p > top ? *p : top;
        p += len;
        count++;
    }
    *chars = count;
    *max = top == 0 ? 0x7f : top < 0xc4 ? 0xff : top < 0xf0 ? 0xffff : 0x10ffff;
    return (size_t)(p - s);
}

static struct rt_utf_error bad_continuation(size_t pos, size_t len)
{
    return (struct rt_utf_error){pos, pos + len, "invalid continuation byte"};
}

struct rt_utf_error rt_utf8_error(const uint8_t *s, size_t n, size_t pos, bool final)
{
    const uint8_t *p = s + pos;
    size_t left = n - pos;
    uint8_t b = p[0];
    if (b < 0xc2 || b > 0xf4) {
        return (struct rt_utf_error){pos, pos + 1, "invalid start byte"};
    }
    size_t want = b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    if (left >= 2) {
        if (!is_cont(p[1])) {
            return bad_continuation(pos, 1);
        }
        bool ok = want == 2 || (want == 3 ? (p[1] < 0xa0 ? b != 0xe0 : b != 0xed)
            : (p[1] < 0x90 ? b != 0xf0 : b != 0xf4));
        if (!ok) {
            /* an encoded surrogate cut short may still be completed for the surrogatepass handler */
            if (!final && b == 0xed && left == 2) {
                return (struct rt_utf_error){pos, n, NULL};
            }
            return bad_continuation(pos, 1);
        }
    }
    if (left >= 3 && want >= 3 && !is_cont(p[2])) {
        return bad_continuation(pos, 2);
    }
    if (left >= 4 && want == 4 && !is_cont(p[3])) {
        return bad_continuation(pos, 3);
    }
    return (struct rt_utf_error){pos, n, final ? "unexpected end of data" : NULL};
}

static inline uint32_t decode_one(const uint8_t **pp)
{
    const uint8_t *p = *pp;
    uint8_t b = p[0];
    if (b < 128) {
        *pp = p + 1;
        return b;
    }
    if (b < 0xe0) {
        *pp = p + 2;
        return (b & 0x1fu) << 6 | (p[1] & 0x3f);
    }
    if (b < 0xf0) {
        *pp = p + 3;
        return (b & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3f);
    }
    *pp = p + 4;
    return (b & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3f);
}

/* Eight bytes are copied whatever they are and those before the first that is not ASCII are kept: `far` bytes of input
   are eight characters or more, so that there is room. */
#define DECODE(type, far) \
    do { \
        type *o = out; \
        while (end - p >= (far)) { \
            uint64_t high = load8(p) & HIGH_BITS; \
            int run = high ? __builtin_ctzll(high) / 8 : 8; \
            for (int i = 0; i < 8; i++) { \
                o[i] = p[i]; \
            } \
            o += run; \
            p += run; \
            while (end - p >= 4 && *p > 127) { \
                *o++ = (type)decode_one(&p); \
            } \
        } \
        while (p < end) { \
            *o++ = (type)decode_one(&p); \
        } \
    } while (0)

void rt_utf8_decode(const uint8_t *s, size_t n, void *out, int kind)
{
    const uint8_t *p = s, *end = s + n;
    if (kind == 1) {
        size_t plain = rt_utf_ascii_prefix(s, n);
        memcpy(out, s, plain);
        p += plain;
        out = (uint8_t *)out + plain;
        DECODE(uint8_t, 16);
    } else if (kind == 2) {
        DECODE(uint16_t, 24);
    } else {
        DECODE(uint32_t, 32);
    }
}

/* ---- encoding ---- */

size_t rt_utf8_size(const void *text, int kind, size_t n, size_t *bad)
{
    size_t size = n;
    *bad = n;
    if (kind == 1) {
        const uint8_t *p = text;
        size_t i = rt_utf_ascii_prefix(p, n);
        for (; i < n; i++) {
            size += p[i] >> 7;
        }
    } else if (kind == 2) {
        const uint16_t *p = text;
        for (size_t i = 0; i < n; i++) {
            size += (p[i] > 0x7f) + (p[i] > 0x7ff);
            if (rt_utf_is_surrogate(p[i]) && *bad == n) {
                *bad = i;
            }
        }
    } else {
        const uint32_t *p = text;
        for (size_t i = 0; i < n; i++) {
            size += (p[i] > 0x7f) + (p[i] > 0x7ff) + (p[i] > 0xffff);
            if (rt_utf_is_surrogate(p[i]) && *bad == n) {
                *bad = i;
            }
        }
    }
    return size;
}

static inline uint8_t *encode_one(uint32_t cp, uint8_t *o)
{
    if (cp < 0x80) {
        *o++ = (uint8_t)cp;
    } else if (cp < 0x800) {
        *o++ = (uint8_t)(0xc0 | cp >> 6);
        *o++ = (uint8_t)(0x80 | (cp & 0x3f));
    } else if (cp < 0x10000) {
        *o++ = (uint8_t)(0xe0 | cp >> 12);
        *o++ = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        *o++ = (uint8_t)(0x80 | (cp & 0x3f));
    } else {
        *o++ = (uint8_t)(0xf0 | cp >> 18);
        *o++ = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
        *o++ = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        *o++ = (uint8_t)(0x80 | (cp & 0x3f));
    }
    return o;
}

size_t rt_utf8_encode(const void *text, int kind, size_t n, uint8_t *out)
{
    uint8_t *o = out;
    if (kind == 1) {
        const uint8_t *p = text, *end = p + n;
        while (p < end) {
            size_t run = rt_utf_ascii_prefix(p, (size_t)(end - p));
            memcpy(o, p, run);
            o += run;
            p += run;
            while (p < end && *p > 127) {
                *o++ = (uint8_t)(0xc0 | *p >> 6);
                *o++ = (uint8_t)(0x80 | (*p++ & 0x3f));
            }
        }
    } else if (kind == 2) {
        for (size_t i = 0; i < n; i++) {
            o = encode_one(((const uint16_t *)text)[i], o);
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            o = encode_one(((const uint32_t *)text)[i], o);
        }
    }
    return (size_t)(o - out);
}
