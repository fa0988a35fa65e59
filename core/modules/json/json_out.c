/* SPDX-License-Identifier: MIT */
/*
 * _json: the output buffer, quoting of strings, numbers as text.
 *
 * Latin-1 text goes 16 characters at a time: copy them, then look which one needs an escape.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/base/dtoa.h"
#include "core/modules/json/json_internal.h"

void rt_jsonout_init(struct rt_jsonout *o)
{
    o->data = o->local;
    o->n = 0;
    o->cap = sizeof o->local;
    o->kind = 1;
    o->max = 0x7f;
}

void rt_jsonout_free(struct rt_jsonout *o)
{
    if (o->data != o->local)
        rt_raw_free(o->data);
    o->data = o->local;
}

RT_NOINLINE int rt_jsonout_grow(struct rt_thread *ts, struct rt_jsonout *o, size_t more, uint32_t max)
{
    int kind = rt_utf_kind(max > o->max ? max : o->max);
    size_t cap = o->n + more + RT_JSON_SLACK;
    if (max > o->max)
        o->max = max;
    if (cap <= o->cap && kind == o->kind)
        return 0;
    cap += cap / 2;
    if (cap > (size_t)INT64_MAX / 8) {
        rt_raise_no_memory(ts);
        return -1;
    }
    uint8_t *p;
    if (o->data != o->local && kind == o->kind) {
        p = rt_raw_realloc(o->data, cap * (size_t)kind);
    } else {
        p = rt_raw_malloc(cap * (size_t)kind);
        if (p) {
            rt_utf_convert(o->data, o->kind, o->n, p, kind);
            rt_jsonout_free(o);
        }
    }
    if (!p) {
        rt_raise_no_memory(ts);
        return -1;
    }
    o->data = p;
    o->cap = cap;
    o->kind = kind;
    return 0;
}

int rt_jsonout_str(struct rt_thread *ts, struct rt_jsonout *o, rt_value v)
{
    struct rt_str *s = rt_as_str(v);
    if (rt_likely(s->ascii && o->kind == 1 && s->length <= 8 && o->n + RT_JSON_SLACK <= o->cap)) {
        const uint8_t *p = rt_str_data(s);
        for (size_t i = 0; i < s->length; i++)
            o->data[o->n + i] = p[i];
        o->n += s->length;
        return 0;
    }
    uint32_t max = s->ascii ? 0x7f : rt_utf_max_char(rt_str_data(s), s->kind, s->length);
    if (rt_jsonout_grow(ts, o, s->length, max) < 0)
        return -1;
    rt_utf_convert(rt_str_data(s), s->kind, s->length, o->data + o->n * (size_t)o->kind, o->kind);
    o->n += s->length;
    return 0;
}

int rt_jsonout_ascii(struct rt_thread *ts, struct rt_jsonout *o, const char *s, size_t n)
{
    if (rt_jsonout_room(ts, o, n) < 0)
        return -1;
    if (rt_likely(o->kind == 1))
        memcpy(o->data + o->n, s, n);
    else
        rt_utf_convert(s, 1, n, o->data + o->n * (size_t)o->kind, o->kind);
    o->n += n;
    return 0;
}

/* 1: escaped in both forms; 2: in ASCII form only */
static const uint8_t special[256] = {
    [0 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1, [0x7f ... 0xff] = 2,
};

static char short_escape(uint32_t c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    }
    return 0;
}

static char *put_hex4(char *p, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    *p++ = '\\';
    *p++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *p++ = hex[c >> shift & 15];
    return p;
}

/* The escape of one character: at most 12 bytes. */
static char *put_escape(char *p, uint32_t c)
{
    char e = short_escape(c);
    if (e) {
        *p++ = '\\';
        *p++ = e;
        return p;
    }
    if (c >= 0x10000) {
        c -= 0x10000;
        p = put_hex4(p, 0xd800 | c >> 10);
        c = 0xdc00 | (c & 0x3ff);
    }
    return put_hex4(p, c);
}

enum { STEP = 256 }; /* characters between reservations */

#ifdef __SSE2__
/* Bits of the characters in x that need an escape. */
RT_INLINE unsigned special16(__m128i x, bool ascii)
{
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
    __m128i q = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')),
                             _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
    __m128i r = _mm_or_si128(low, q);
    if (ascii)
        r = _mm_or_si128(r, _mm_or_si128(x, _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7f))));
    return (unsigned)_mm_movemask_epi8(r);
}
#endif

/* Latin-1 to Latin-1. Quotes are the caller's. */
RT_INLINE int quote_latin1(struct rt_thread *ts, struct rt_jsonout *o, const uint8_t *s, size_t n,
                           bool ascii)
{
    const uint8_t *end = s + n;
    while (s < end) {
        size_t part = (size_t)(end - s) < STEP ? (size_t)(end - s) : STEP;
        const uint8_t *stop = s + part;
        if (rt_jsonout_room(ts, o, part * 6) < 0)
            return -1;
        uint8_t *p = o->data + o->n;
        while (s < stop) {
#ifdef __SSE2__
            if (stop - s >= 16) {
                __m128i x = _mm_loadu_si128((const void *)s);
                unsigned mask = special16(x, ascii);
                _mm_storeu_si128((void *)p, x);
                unsigned good = mask ? (unsigned)__builtin_ctz(mask) : 16;
                p += good;
                s += good;
                if (!mask)
                    continue;
            }
#endif
            uint8_t c = *s++;
            if (rt_likely(!special[c] || (!ascii && special[c] == 2)))
                *p++ = c;
            else
                p = (uint8_t *)put_escape((char *)p, c);
        }
        o->n = (size_t)(p - o->data);
    }
    return 0;
}

/* Any kind to any kind. */
static int quote_wide(struct rt_thread *ts, struct rt_jsonout *o, struct rt_str *s, bool ascii)
{
    const void *d = rt_str_data(s);
    if (!ascii && rt_jsonout_grow(ts, o, 0, s->ascii ? 0x7f : rt_utf_max_char(d, s->kind, s->length)) < 0)
        return -1;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = rt_utf_get(d, s->kind, i);
        char text[16];
        if (rt_jsonout_room(ts, o, 12) < 0)
            return -1;
        if (c < 256 ? !special[c] || (!ascii && special[c] == 2) : !ascii) {
            rt_utf_put(o->data, o->kind, o->n++, c);
            continue;
        }
        size_t len = (size_t)(put_escape(text, c) - text);
        for (size_t k = 0; k < len; k++)
            rt_utf_put(o->data, o->kind, o->n++, (uint8_t)text[k]);
    }
    return 0;
}

int rt_jsonout_quoted(struct rt_thread *ts, struct rt_jsonout *o, rt_value v, bool ascii)
{
    struct rt_str *s = rt_as_str(v);
    int r;
    if (rt_jsonout_room(ts, o, 1) < 0)
        return -1;
    rt_utf_put(o->data, o->kind, o->n++, '"');
    if (rt_likely(s->kind == 1 && o->kind == 1 && (ascii || s->ascii)))
        r = ascii ? quote_latin1(ts, o, rt_str_data(s), s->length, true)
                  : quote_latin1(ts, o, rt_str_data(s), s->length, false);
    else if (s->kind == 1 && o->kind == 1)
        r = rt_jsonout_grow(ts, o, 0, 0xff) < 0
                ? -1 : quote_latin1(ts, o, rt_str_data(s), s->length, false);
    else
        r = quote_wide(ts, o, s, ascii);
    if (r < 0 || rt_jsonout_room(ts, o, 1) < 0)
        return -1;
    rt_utf_put(o->data, o->kind, o->n++, '"');
    return 0;
}

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

int rt_jsonout_int(struct rt_thread *ts, struct rt_jsonout *o, int64_t i)
{
    char buf[24], *p = buf + sizeof buf;
    uint64_t u = i < 0 ? -(uint64_t)i : (uint64_t)i;
    for (; u >= 100; u /= 100) {
        p -= 2;
        memcpy(p, digit_pairs + 2 * (u % 100), 2);
    }
    if (u >= 10) {
        p -= 2;
        memcpy(p, digit_pairs + 2 * u, 2);
    } else {
        *--p = (char)('0' + u);
    }
    if (i < 0)
        *--p = '-';
    return rt_jsonout_ascii(ts, o, p, (size_t)(buf + sizeof buf - p));
}

int rt_jsonout_double(struct rt_thread *ts, struct rt_jsonout *o, double d)
{
    char buf[RT_DTOA_REPR_MAX];
    if (d == (double)(int32_t)d && d != 0) { /* whole and small: no need to search for digits */
        if (rt_jsonout_int(ts, o, (int32_t)d) < 0)
            return -1;
        return rt_jsonout_ascii(ts, o, ".0", 2);
    }
    return rt_jsonout_ascii(ts, o, buf, rt_dtoa_repr(d, buf));
}

rt_value rt_jsonout_finish(struct rt_thread *ts, struct rt_jsonout *o)
{
    rt_value r = rt_str_empty();
    if (o->n) {
        r = rt_str_alloc(ts, o->n, o->max);
        if (!rt_is_null(r))
            memcpy(rt_str_data(rt_as_str(r)), o->data, o->n * (size_t)o->kind);
    }
    rt_jsonout_free(o);
    return r;
}
