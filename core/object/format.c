/* SPDX-License-Identifier: MIT */
/*
 * The formatter behind rt_raise and rt_str_format: printf's common conversions plus values (%R %S %A %U
 * %T, and %N: the type, but None by its name, as where arguments are refused) and types (%V). A '%' in the format is never trusted further than this list.
 */
#include <stdio.h>

#include "core/object/object_internal.h"

struct spec {
    char flags[8]; /* "-0+ #" as given */
    int width, precision;
    char length; /* 0, 'l', 'L' (ll), 'z' */
    char conv;
};

static const char *parse(const char *p, struct spec *s, va_list *ap)
{
    size_t n = 0;
    *s = (struct spec){.width = -1, .precision = -1};
    while (*p && strchr("-0+ #", *p) && n < sizeof s->flags - 1)
        s->flags[n++] = *p++;
    if (*p == '*') {
        s->width = va_arg(*ap, int);
        p++;
    } else if (*p >= '0' && *p <= '9') {
        for (s->width = 0; *p >= '0' && *p <= '9'; p++)
            s->width = s->width * 10 + (*p - '0');
    }
    if (*p == '.') {
        p++;
        if (*p == '*') {
            s->precision = va_arg(*ap, int);
            p++;
        } else {
            for (s->precision = 0; *p >= '0' && *p <= '9'; p++)
                s->precision = s->precision * 10 + (*p - '0');
        }
    }
    if (p[0] == 'l' && p[1] == 'l') {
        s->length = 'L';
        p += 2;
    } else if (*p == 'l' || *p == 'z' || *p == 'j' || *p == 't') {
        s->length = *p++ == 'l' ? 'l' : 'z';
    }
    s->conv = *p ? *p++ : 0;
    return p;
}

static int put_utf8(struct rt_thread *ts, struct rt_strbuf *b, const char *s, int precision)
{
    size_t n = strlen(s);
    bool ascii = true;
    for (size_t i = 0; i < n && ascii; i++)
        ascii = (unsigned char)s[i] < 128;
    if (precision >= 0 && (size_t)precision < n)
        n = (size_t)precision;
    if (ascii)
        return rt_strbuf_ascii(ts, b, s, n);
    rt_value v = rt_str_from_utf8(ts, s, n, "replace");
    if (rt_is_null(v))
        return -1;
    int r = rt_strbuf_str(ts, b, v);
    rt_decref(ts, v);
    return r;
}

static int put_number(struct rt_thread *ts, struct rt_strbuf *b, const struct spec *s, va_list *ap)
{
    char fmt[32], out[128];
    bool is_unsigned = strchr("uxX", s->conv) != NULL;
    unsigned long long v;
    if (s->length == 'L')
        v = va_arg(*ap, unsigned long long);
    else if (s->length)
        v = va_arg(*ap, unsigned long);
    else
        v = is_unsigned ? va_arg(*ap, unsigned) : (unsigned long long)va_arg(*ap, int);
    snprintf(fmt, sizeof fmt, "%%%s*.*ll%c", s->flags, s->conv);
    int n = snprintf(out, sizeof out, fmt, s->width < 0 ? 0 : s->width, s->precision, v);
    return rt_strbuf_ascii(ts, b, out, (size_t)n);
}

static int put_value(struct rt_thread *ts, struct rt_strbuf *b, const struct spec *s, rt_value v)
{
    rt_value text;
    if (rt_is_null(v))
        return rt_strbuf_ascii(ts, b, "<NULL>", 6);
    if (s->conv == 'T')
        return put_utf8(ts, b, rt_typename(v), s->precision);
    if (s->conv == 'N')
        return put_utf8(ts, b, rt_is_none(v) ? "None" : rt_typename(v), s->precision);
    text = s->conv == 'R' ? rt_repr(ts, v) : s->conv == 'A' ? rt_ascii(ts, v)
         : s->conv == 'S' ? rt_str(ts, v) : rt_newref(ts, v);
    if (rt_is_null(text))
        return -1;
    size_t n = rt_str_len(text);
    int r;
    if (s->precision >= 0 && (size_t)s->precision < n)
        r = rt_strbuf_sub(ts, b, text, 0, (size_t)s->precision);
    else
        r = rt_strbuf_str(ts, b, text);
    rt_decref(ts, text);
    return r;
}

static int put(struct rt_thread *ts, struct rt_strbuf *b, const struct spec *s, va_list *ap)
{
    char out[64];
    const char *str;
    switch (s->conv) {
    case '%':
        return rt_strbuf_char(ts, b, '%');
    case 'c':
        return rt_strbuf_char(ts, b, (uint32_t)va_arg(*ap, int));
    case 's':
        str = va_arg(*ap, const char *);
        return put_utf8(ts, b, str ? str : "(null)", s->precision);
    case 'V':
        return put_utf8(ts, b, va_arg(*ap, struct rt_type *)->name, s->precision);
    case 'p':
        snprintf(out, sizeof out, "%p", va_arg(*ap, void *));
        return rt_strbuf_ascii(ts, b, out, strlen(out));
    case 'd': case 'i': case 'u': case 'x': case 'X':
        return put_number(ts, b, s, ap);
    case 'R': case 'S': case 'A': case 'U': case 'T': case 'N':
        return put_value(ts, b, s, va_arg(*ap, rt_value));
    default:
        RT_FATAL("unknown conversion %%%c in a message", s->conv);
    }
}

rt_value rt_str_vformat(struct rt_thread *ts, const char *fmt, va_list ap0)
{
    struct rt_strbuf b;
    va_list ap;
    va_copy(ap, ap0);
    rt_strbuf_init(&b);
    int r = 0;
    while (*fmt && r == 0) {
        const char *next = strchrnul(fmt, '%');
        if (next != fmt)
            r = put_utf8(ts, &b, fmt, (int)(next - fmt));
        fmt = next;
        if (*fmt && r == 0) {
            struct spec s;
            fmt = parse(fmt + 1, &s, &ap);
            r = put(ts, &b, &s, &ap);
        }
    }
    va_end(ap);
    if (r < 0) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, &b);
}

rt_value rt_str_format(struct rt_thread *ts, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value v = rt_str_vformat(ts, fmt, ap);
    va_end(ap);
    return v;
}
