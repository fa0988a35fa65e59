/* SPDX-License-Identifier: MIT */
/*
 * The string builder, and the printf-like format of rt_raise and rt_str_format.
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

/* ---- format ----------------------------------------------------------------------------------- */

int rt_strbuf_utf8(struct rt_thread *ts, struct rt_strbuf *b, const char *s, size_t n, size_t chars, uint32_t max)
{
    if (reserve(ts, b, chars, max) < 0)
        return -1;
    rt_utf8_decode((const uint8_t *)s, n, (char *)b->data + b->length * b->kind, b->kind);
    b->length += chars;
    return 0;
}

/* UTF-8 text from C, as messages use it; undecodable bytes become U+FFFD. */
static int put_utf8(struct rt_thread *ts, struct rt_strbuf *b, const char *s, size_t n)
{
    if (rt_utf_ascii_prefix((const uint8_t *)s, n) == n)
        return rt_strbuf_ascii(ts, b, s, n);
    while (n) {
        size_t chars;
        uint32_t max;
        size_t good = rt_utf8_scan((const uint8_t *)s, n, &chars, &max);
        if (good) {
            if (rt_strbuf_utf8(ts, b, s, good, chars, max) < 0)
                return -1;
        }
        s += good;
        n -= good;
        if (n) {
            struct rt_utf_error e = rt_utf8_error((const uint8_t *)s, n, 0, true);
            size_t skip = e.end ? e.end : 1;
            if (rt_strbuf_char(ts, b, 0xfffd) < 0)
                return -1;
            s += skip;
            n -= skip;
        }
    }
    return 0;
}

static int put_object(struct rt_thread *ts, struct rt_strbuf *b, char conv, rt_value v, int precision)
{
    rt_value s = conv == 'R' ? rt_repr(ts, v) : conv == 'S' ? rt_str(ts, v) : rt_ascii(ts, v);
    if (rt_is_null(s))
        return -1;
    int rc = rt_strbuf_sub(ts, b, s, 0, precision < 0 ? SIZE_MAX : (size_t)precision);
    rt_decref(ts, s);
    return rc;
}

struct spec {
    char text[32]; /* the conversion as written, for snprintf */
    int precision, longs;
    bool size;
    char conv;
};

static const char *read_spec(const char *f, struct spec *s)
{
    size_t n = 0;
    *s = (struct spec){.precision = -1};
    s->text[n++] = '%';
    while (*f && strchr("-+ #0123456789.", *f) && n < 20) {
        if (*f == '.')
            s->precision = atoi(f + 1);
        s->text[n++] = *f++;
    }
    while (*f == 'l' || *f == 'z') {
        s->longs += *f == 'l';
        s->size |= *f == 'z';
        s->text[n++] = *f++;
    }
    s->conv = *f;
    s->text[n++] = *f;
    s->text[n] = 0;
    return *f ? f + 1 : f;
}

static int put_number(struct rt_thread *ts, struct rt_strbuf *b, const struct spec *s, va_list *ap)
{
    char tmp[96];
    int n;
    if (s->conv == 'p')
        n = snprintf(tmp, sizeof tmp, "%p", va_arg(*ap, void *));
    else if (strchr("gfe", s->conv))
        n = snprintf(tmp, sizeof tmp, s->text, va_arg(*ap, double));
    else if (s->longs || s->size)
        n = snprintf(tmp, sizeof tmp, s->text, va_arg(*ap, long));
    else
        n = snprintf(tmp, sizeof tmp, s->text, va_arg(*ap, int));
    if (n > (int)sizeof tmp - 1)
        n = sizeof tmp - 1;
    return rt_strbuf_ascii(ts, b, tmp, (size_t)n);
}

static int put_conversion(struct rt_thread *ts, struct rt_strbuf *b, const struct spec *s, va_list *ap)
{
    const char *p;
    switch (s->conv) {
    case '%':
        return rt_strbuf_char(ts, b, '%');
    case 'c':
        return rt_strbuf_char(ts, b, (uint32_t)va_arg(*ap, int));
    case 's':
        p = va_arg(*ap, const char *);
        if (!p)
            p = "(null)";
        return put_utf8(ts, b, p, s->precision < 0 ? strlen(p) : strnlen(p, (size_t)s->precision));
    case 'R': case 'S': case 'A':
        return put_object(ts, b, s->conv, va_arg(*ap, rt_value), s->precision);
    case 'U':
        return rt_strbuf_sub(ts, b, va_arg(*ap, rt_value), 0, s->precision < 0 ? SIZE_MAX : (size_t)s->precision);
    case 'T':
        p = rt_typename(va_arg(*ap, rt_value));
        return put_utf8(ts, b, p, s->precision < 0 ? strlen(p) : strnlen(p, (size_t)s->precision));
    case 'V':
        p = va_arg(*ap, struct rt_type *)->name;
        return put_utf8(ts, b, p, s->precision < 0 ? strlen(p) : strnlen(p, (size_t)s->precision));
    case 'd': case 'i': case 'u': case 'x': case 'X': case 'o': case 'p': case 'g': case 'f': case 'e':
        return put_number(ts, b, s, ap);
    default:
        RT_FATAL("bad conversion %s in a message", s->text);
    }
}

rt_value rt_str_vformat(struct rt_thread *ts, const char *fmt, va_list ap)
{
    struct rt_strbuf b;
    va_list args;
    rt_strbuf_init(&b);
    va_copy(args, ap);
    int rc = 0;
    while (*fmt && rc == 0) {
        const char *percent = strchrnul(fmt, '%');
        if (percent > fmt) {
            rc = put_utf8(ts, &b, fmt, (size_t)(percent - fmt));
            fmt = percent;
            continue;
        }
        struct spec s;
        fmt = read_spec(fmt + 1, &s);
        rc = put_conversion(ts, &b, &s, &args);
    }
    va_end(args);
    if (rc < 0) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, &b);
}

rt_value rt_str_format(struct rt_thread *ts, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value r = rt_str_vformat(ts, fmt, ap);
    va_end(ap);
    return r;
}
