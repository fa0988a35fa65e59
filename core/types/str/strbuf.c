/* SPDX-License-Identifier: MIT */
/*
 * The string builder.
 *
 * A builder starts in its local array and moves to raw memory; it widens when a character does not fit.
 * maxchar is kept exact to the bucket, so that finishing copies without a scan.
 */
#include "core/types/str/str_internal.h"

#include <stdio.h>
#include <stdlib.h>

void rt_strbuf_init(struct rt_strbuf *b)
{
    b->data = b->local;
    b->length = 0;
    b->capacity = sizeof b->local;
    b->maxchar = 0x7f;
    b->kind = 1;
}

void rt_strbuf_abort(struct rt_strbuf *b)
{
    if (b->data != b->local)
        rt_raw_free(b->data);
    b->data = b->local;
    b->length = 0;
}

/* Make room for n more characters up to maxchar. */
static RT_NOINLINE int reserve_slow(struct rt_thread *ts, struct rt_strbuf *b, size_t n, uint32_t maxchar)
{
    int kind = rt_utf_kind(maxchar > b->maxchar ? maxchar : b->maxchar);
    size_t need = b->length + n;
    size_t capacity = b->capacity;
    if (need > capacity || kind != b->kind) {
        capacity = need + need / 2 + 32;
        if (capacity > (size_t)INT64_MAX / 4) {
            rt_raise_no_memory(ts);
            return -1;
        }
        if (kind == b->kind && b->data != b->local) {
            void *p = rt_raw_realloc(b->data, capacity * (size_t)kind);
            if (!p)
                goto no_memory;
            b->data = p;
        } else {
            void *p = rt_raw_malloc(capacity * (size_t)kind);
            if (!p)
                goto no_memory;
            rt_text_copy(p, kind, 0, b->data, b->kind, b->length);
            if (b->data != b->local)
                rt_raw_free(b->data);
            b->data = p;
        }
        b->capacity = capacity;
        b->kind = (uint8_t)kind;
    }
    return 0;
no_memory:
    rt_raise_no_memory(ts);
    return -1;
}

static inline int reserve(struct rt_thread *ts, struct rt_strbuf *b, size_t n, uint32_t maxchar)
{
    if (rt_unlikely(b->length + n > b->capacity || (maxchar > b->maxchar && rt_utf_kind(maxchar) > b->kind))) {
        if (reserve_slow(ts, b, n, maxchar) < 0)
            return -1;
    }
    if (maxchar > b->maxchar)
        b->maxchar = maxchar;
    return 0;
}

int rt_strbuf_char(struct rt_thread *ts, struct rt_strbuf *b, uint32_t cp)
{
    uint32_t max = cp < 0x80 ? 0x7f : cp < 0x100 ? 0xff : cp < 0x10000 ? 0xffff : 0x10ffff;
    if (reserve(ts, b, 1, max) < 0)
        return -1;
    rt_utf_put(b->data, b->kind, b->length++, cp);
    return 0;
}

static int put_units(struct rt_thread *ts, struct rt_strbuf *b, const void *d, int kind, size_t n, uint32_t max)
{
    if (n == 0)
        return 0;
    if (reserve(ts, b, n, max) < 0)
        return -1;
    rt_text_copy(b->data, b->kind, b->length, d, kind, n);
    b->length += n;
    return 0;
}

int rt_strbuf_str(struct rt_thread *ts, struct rt_strbuf *b, rt_value s)
{
    struct text t = rt_text(s);
    return put_units(ts, b, t.d, t.kind, t.n, rt_text_maxchar(&t));
}

int rt_strbuf_sub(struct rt_thread *ts, struct rt_strbuf *b, rt_value s, size_t start, size_t end)
{
    struct text t = rt_text(s);
    if (end > t.n)
        end = t.n;
    if (start >= end)
        return 0;
    const void *p = rt_text_ptr(&t, start);
    uint32_t max = t.ascii ? 0x7f : rt_utf_max_char(p, t.kind, end - start);
    return put_units(ts, b, p, t.kind, end - start, max);
}

int rt_strbuf_ascii(struct rt_thread *ts, struct rt_strbuf *b, const char *s, size_t n)
{
    return put_units(ts, b, s, 1, n, 0x7f);
}

int rt_strbuf_fill(struct rt_thread *ts, struct rt_strbuf *b, uint32_t cp, size_t n)
{
    uint32_t max = cp < 0x80 ? 0x7f : cp < 0x100 ? 0xff : cp < 0x10000 ? 0xffff : 0x10ffff;
    if (n == 0)
        return 0;
    if (reserve(ts, b, n, max) < 0)
        return -1;
    rt_text_fill(b->data, b->kind, b->length, cp, n);
    b->length += n;
    return 0;
}

rt_value rt_strbuf_finish(struct rt_thread *ts, struct rt_strbuf *b)
{
    rt_value r;
    if (b->length == 0) {
        r = rt_str_empty();
    } else if (b->length == 1) {
        r = rt_str_from_char(ts, rt_utf_get(b->data, b->kind, 0));
    } else {
        r = rt_str_alloc(ts, b->length, b->maxchar);
        if (!rt_is_null(r))
            rt_text_copy(rt_str_data(rt_as_str(r)), rt_as_str(r)->kind, 0, b->data, b->kind, b->length);
    }
    rt_strbuf_abort(b);
    return r;
}

/* n bytes of valid UTF-8 that hold `chars` characters up to `max`. */
int rt_strbuf_utf8(struct rt_thread *ts, struct rt_strbuf *b, const char *s, size_t n, size_t chars, uint32_t max)
{
    if (reserve(ts, b, chars, max) < 0)
        return -1;
    rt_utf8_decode((const uint8_t *)s, n, (char *)b->data + b->length * b->kind, b->kind);
    b->length += chars;
    return 0;
}
