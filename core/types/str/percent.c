/* SPDX-License-Identifier: MIT */
/*
 * The % operator of str and bytes. One engine: a bytes format is read as Latin-1 text and its result, all
 * of whose characters are below 256, is turned back into bytes by the caller.
 */
#include "core/types/str/str_internal.h"

#include "core/base/dtoa.h"

enum { LEFT = 1, PLUS = 2, SPACE = 4, ALT = 8, ZERO = 16 };

struct state {
    struct rt_thread *ts;
    struct rt_strbuf b;
    struct text fmt;
    size_t i;             /* place in fmt */
    bool bytes;
    rt_value args;        /* borrowed: the operand */
    rt_value mapping;     /* borrowed: args if it may be asked for keys */
    rt_value current;     /* owned: value found by the last %(key), or RT_NULL */
    bool have_key;
    size_t next, count;   /* of positional arguments; count SIZE_MAX: args itself, once */
    bool used_single;
};

struct conv {
    unsigned flags;
    int64_t width, precision;
    uint32_t code;
};

static rt_value next_arg(struct state *s)
{
    if (s->have_key) {
        return s->current;
    }
    if (s->count == SIZE_MAX) {
        if (!s->used_single) {
            s->used_single = true;
            return s->args;
        }
    } else if (s->next < s->count) {
        return rt_as_tuple(s->args)->items[s->next++];
    }
    return rt_raise(s->ts, &rt_exc_TypeError, "not enough arguments for format string");
}

/* ---- reading ---------------------------------------------------------------------------------- */

static int read_key(struct state *s)
{
    struct rt_thread *ts = s->ts;
    size_t depth = 1, start = ++s->i;
    if (rt_is_null(s->mapping)) {
        rt_raise(ts, &rt_exc_TypeError, "format requires a mapping");
        return -1;
    }
    while (s->i < s->fmt.n && depth > 0) {
        uint32_t c = rt_text_at(&s->fmt, s->i++);
        if (c == ')')
            depth--;
        else if (c == '(')
            depth++;
    }
    if (depth) {
        rt_raise(ts, &rt_exc_ValueError, "incomplete format key");
        return -1;
    }
    size_t n = s->i - 1 - start;
    const void *p = rt_text_ptr(&s->fmt, start);
    rt_value key = s->bytes ? rt_bytes_new(ts, p, n) : rt_str_from_kind(ts, s->fmt.kind, p, n);
    if (rt_is_null(key))
        return -1;
    rt_clear(ts, &s->current);
    s->current = rt_getitem(ts, s->mapping, key);
    rt_decref(ts, key);
    s->have_key = true;
    return rt_is_null(s->current) ? -1 : 0;
}

static int read_amount(struct state *s, int64_t *out, const char *too_big, bool is_width)
{
    struct rt_thread *ts = s->ts;
    if (s->i < s->fmt.n && rt_text_at(&s->fmt, s->i) == '*') {
        s->i++;
        rt_value v = next_arg(s);
        if (rt_is_null(v))
            return -1;
        if (!rt_is_any_int(v)) {
            rt_raise(ts, &rt_exc_TypeError, "* wants int");
            return -1;
        }
        if (!rt_int_try_i64(v, out) || (!is_width && (*out > INT32_MAX || *out < INT32_MIN))) {
            rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C %s", is_width ? "ssize_t" : "int");
            return -1;
        }
        return 1;
    }
    for (; s->i < s->fmt.n; s->i++) {
        uint32_t c = rt_text_at(&s->fmt, s->i);
        if (c < '0' || c > '9')
            break;
        if (*out > (INT64_MAX - 9) / 10) {
            rt_raise(ts, &rt_exc_ValueError, "%s too big", too_big);
            return -1;
        }
        *out = (*out < 0 ? 0 : *out) * 10 + (c - '0');
    }
    return 0;
}

static int read_conv(struct state *s, struct conv *c)
{
    struct rt_thread *ts = s->ts;
    *c = (struct conv){.width = -1, .precision = -1};
    s->have_key = false;
    if (s->i < s->fmt.n && rt_text_at(&s->fmt, s->i) == '(' && read_key(s) < 0)
        return -1;
    for (; s->i < s->fmt.n; s->i++) {
        uint32_t f = rt_text_at(&s->fmt, s->i);
        unsigned bit = f == '-' ? LEFT : f == '+' ? PLUS : f == ' ' ? SPACE : f == '#' ? ALT : f == '0' ? ZERO : 0;
        if (!bit)
            break;
        c->flags |= bit;
    }
    int rc = read_amount(s, &c->width, "width", true);
    if (rc < 0)
        return -1;
    if (rc && c->width < 0) {
        c->flags |= LEFT;
        c->width = -c->width;
    }
    if (s->i < s->fmt.n && rt_text_at(&s->fmt, s->i) == '.') {
        s->i++;
        c->precision = 0;
        if (read_amount(s, &c->precision, s->bytes ? "prec" : "precision", false) < 0)
            return -1;
        if (c->precision < 0)
            c->precision = 0;
        if (c->precision > INT32_MAX) {
            rt_raise(ts, &rt_exc_ValueError, s->bytes ? "prec too big" : "precision too big");
            return -1;
        }
    }
    if (s->i < s->fmt.n) {
        uint32_t m = rt_text_at(&s->fmt, s->i);
        if (m == 'h' || m == 'l' || m == 'L')
            s->i++;
    }
    if (s->i >= s->fmt.n) {
        rt_raise(ts, &rt_exc_ValueError, "incomplete format");
        return -1;
    }
    c->code = rt_text_at(&s->fmt, s->i++);
    return 0;
}

/* ---- writing ---------------------------------------------------------------------------------- */

static int put_padded(struct state *s, const struct conv *c, rt_value text)
{
    size_t n = rt_str_len(text);
    if (c->precision >= 0 && (size_t)c->precision < n)
        n = (size_t)c->precision;
    size_t pad = c->width > (int64_t)n ? (size_t)c->width - n : 0;
    if (!(c->flags & LEFT) && rt_strbuf_fill(s->ts, &s->b, ' ', pad) < 0)
        return -1;
    if (rt_strbuf_sub(s->ts, &s->b, text, 0, n) < 0)
        return -1;
    return c->flags & LEFT ? rt_strbuf_fill(s->ts, &s->b, ' ', pad) : 0;
}

/* A number's ASCII text: [-][0x]digits. Sign and prefix stay in front of zero padding. */
static int put_numeric(struct state *s, const struct conv *c, const char *text, size_t n, size_t prefix)
{
    struct rt_thread *ts = s->ts;
    char sign = 0;
    if (n && (*text == '-' || *text == '+')) {
        sign = *text++;
        n--;
    } else if (c->flags & PLUS) {
        sign = '+';
    } else if (c->flags & SPACE) {
        sign = ' ';
    }
    size_t total = n + (sign != 0), pad = c->width > (int64_t)total ? (size_t)c->width - total : 0;
    bool zero = (c->flags & ZERO) && !(c->flags & LEFT);
    if (!(c->flags & LEFT) && !zero && rt_strbuf_fill(ts, &s->b, ' ', pad) < 0)
        return -1;
    if (sign && rt_strbuf_char(ts, &s->b, (uint32_t)(uint8_t)sign) < 0)
        return -1;
    if (prefix && rt_strbuf_ascii(ts, &s->b, text, prefix) < 0)
        return -1;
    if (zero && rt_strbuf_fill(ts, &s->b, '0', pad) < 0)
        return -1;
    if (rt_strbuf_ascii(ts, &s->b, text + prefix, n - prefix) < 0)
        return -1;
    return c->flags & LEFT ? rt_strbuf_fill(ts, &s->b, ' ', pad) : 0;
}

/* The int that an integer conversion shows: owned. */
static rt_value integer_arg(struct state *s, const struct conv *c, rt_value v)
{
    struct rt_thread *ts = s->ts;
    bool decimal = c->code == 'd' || c->code == 'i' || c->code == 'u';
    if (rt_is_any_int(v))
        return rt_newref(ts, v);
    if (rt_is_float(v) || rt_type_of(v)->to_int || rt_type_of(v)->index) {
        rt_value r = decimal ? rt_to_int(ts, v) : rt_index(ts, v);
        if (!rt_is_null(r) || !rt_exc_is(ts, &rt_exc_TypeError))
            return r;
        rt_exc_clear(ts);
    }
    int shown = s->bytes && c->code == 'i' ? 'd' : (int)c->code;
    return rt_raise(ts, &rt_exc_TypeError, "%%%c format: %s is required, not %.200T", shown,
                    decimal ? "a real number" : "an integer", v);
}

/* i for %d and its like, written to end; where that begins. */
static char *small_digits(int64_t i, char code, char *end)
{
    uint64_t u = i < 0 ? -(uint64_t)i : (uint64_t)i;
    if (code == 'x' || code == 'X') {
        const char *digits = code == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
        do
            *--end = digits[u & 15];
        while (u >>= 4);
    } else if (code == 'o') {
        do
            *--end = (char)('0' + (u & 7));
        while (u >>= 3);
    } else {
        do
            *--end = (char)('0' + u % 10);
        while (u /= 10);
    }
    if (i < 0)
        *--end = '-';
    return end;
}

static int put_integer(struct state *s, const struct conv *c, rt_value arg)
{
    struct rt_thread *ts = s->ts;
    if (rt_is_int(arg) && c->precision < 0 && !(c->flags & ALT)) {
        char tmp[24], *end = tmp + sizeof tmp, *p = small_digits(rt_int_get(arg), (char)c->code, end);
        if (c->width < 0 && !c->flags)
            return rt_strbuf_ascii(ts, &s->b, p, (size_t)(end - p));
        return put_numeric(s, c, p, (size_t)(end - p), 0);
    }
    rt_value v = integer_arg(s, c, arg);
    if (rt_is_null(v))
        return -1;
    int base = c->code == 'o' ? 8 : c->code == 'x' || c->code == 'X' ? 16 : 10;
    rt_value text = rt_int_to_str(ts, v, base, false);
    rt_decref(ts, v);
    if (rt_is_null(text))
        return -1;
    const char *d = rt_str_data(rt_as_str(text));
    size_t n = rt_str_len(text), prefix = (c->flags & ALT) && base != 10 ? 2 : 0;
    bool negative = *d == '-';
    d += negative;
    n -= negative;
    size_t zeros = c->precision > (int64_t)n ? (size_t)c->precision - n : 0;
    char local[128], *out = n + zeros + 4 <= sizeof local ? local : rt_raw_malloc(n + zeros + 4), *p = out;
    int rc = -1;
    if (!out) {
        rt_raise_no_memory(ts);
    } else {
        if (negative)
            *p++ = '-';
        if (prefix) {
            *p++ = '0';
            *p++ = base == 8 ? 'o' : (char)c->code;
        }
        memset(p, '0', zeros);
        p += zeros;
        for (size_t i = 0; i < n; i++)
            *p++ = c->code == 'X' && d[i] >= 'a' ? (char)(d[i] - 32) : d[i];
        rc = put_numeric(s, c, out, (size_t)(p - out), prefix);
        if (out != local)
            rt_raw_free(out);
    }
    rt_decref(ts, text);
    return rc;
}

static int put_float(struct state *s, const struct conv *c, rt_value arg)
{
    struct rt_thread *ts = s->ts;
    double d = rt_as_double(ts, arg);
    if (d == -1.0 && rt_pending(ts)) {
        if (s->bytes && rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "float argument required, not %.200T", arg);
        return -1;
    }
    int precision = c->precision < 0 ? 6 : (int)c->precision;
    unsigned flags = c->flags & ALT ? RT_DTOA_ALT : 0;
    char local[400], *out = local;
    size_t n = rt_dtoa_format(d, (char)c->code, precision, flags, local, sizeof local);
    if (n >= sizeof local) {
        out = rt_raw_malloc(n + 1);
        if (!out) {
            rt_raise_no_memory(ts);
            return -1;
        }
        rt_dtoa_format(d, (char)c->code, precision, flags, out, n + 1);
    }
    int rc = put_numeric(s, c, out, n, 0);
    if (out != local)
        rt_raw_free(out);
    return rc;
}

/* %c: a one-character text, or RT_NULL. */
static rt_value character(struct state *s, rt_value v)
{
    struct rt_thread *ts = s->ts;
    if (s->bytes) {
        if (rt_is_bytes(v) && rt_as_bytes(v)->length == 1)
            return rt_str_from_char(ts, (uint8_t)rt_as_bytes(v)->data[0]);
        if (rt_has(v, RT_TF_BYTEARRAY) && rt_len(ts, v) == 1) {
            rt_value i = rt_getitem(ts, v, rt_int_imm(0));
            return rt_is_null(i) ? i : rt_str_from_char(ts, (uint32_t)rt_int_get(i));
        }
        if (!rt_is_any_int(v) && !rt_index_check(v))
            return rt_raise(ts, &rt_exc_TypeError, "%%c requires an integer in range(256) or a single byte");
    } else if (rt_is_str(v)) {
        if (rt_str_len(v) == 1)
            return rt_newref(ts, v);
        return rt_raise(ts, &rt_exc_TypeError, "%%c requires int or char");
    } else if (!rt_is_any_int(v) && !rt_index_check(v)) {
        return rt_raise(ts, &rt_exc_TypeError, "%%c requires int or char");
    }
    rt_value i = rt_index(ts, v);
    if (rt_is_null(i))
        return i;
    int64_t c;
    int64_t limit = s->bytes ? 256 : 0x110000;
    int fits = rt_int_try_i64(i, &c);
    rt_decref(ts, i);
    if (!fits || c < 0 || c >= limit)
        return rt_raise(ts, &rt_exc_OverflowError,
                        s->bytes ? "%%c arg not in range(256)" : "%%c arg not in range(0x110000)");
    return rt_str_from_char(ts, (uint32_t)c);
}

/* bytes %b and %s: the operand's bytes as Latin-1 text. */
static rt_value bytes_text(struct state *s, rt_value v)
{
    struct rt_thread *ts = s->ts;
    rt_value self, f, r;
    if (rt_is_exact(v, &rt_bytes_type))
        return rt_str_from_latin1(ts, (uint8_t *)rt_as_bytes(v)->data, rt_as_bytes(v)->length);
    f = rt_lookup_special(ts, v, "__bytes__", &self);
    if (!rt_is_null(f)) {
        rt_value b = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
        rt_decref(ts, f);
        if (rt_is_null(b))
            return b;
        if (!rt_is_bytes(b))
            r = rt_raise(ts, &rt_exc_TypeError, "__bytes__ returned non-bytes (type %.200T)", b);
        else
            r = rt_str_from_latin1(ts, (uint8_t *)rt_as_bytes(b)->data, rt_as_bytes(b)->length);
        rt_decref(ts, b);
        return r;
    }
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_has_buffer(v))
        return rt_raise(ts, &rt_exc_TypeError,
                        "%%b requires a bytes-like object, or an object that implements __bytes__, not '%.100T'", v);
    struct rt_buffer b;
    if (rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    r = rt_str_from_latin1(ts, b.buf, (size_t)b.len);
    rt_buffer_release(ts, &b);
    return r;
}

static int put_text(struct state *s, const struct conv *c, rt_value v)
{
    struct rt_thread *ts = s->ts;
    rt_value text;
    struct conv plain = *c;
    if (c->code == 'c') {
        text = character(s, v);
        plain.precision = -1;
    } else if (s->bytes) {
        text = c->code == 's' || c->code == 'b' ? bytes_text(s, v) : rt_ascii(ts, v);
    } else {
        text = c->code == 's' ? rt_str(ts, v) : c->code == 'r' ? rt_repr(ts, v) : rt_ascii(ts, v);
    }
    if (rt_is_null(text))
        return -1;
    int rc = put_padded(s, &plain, text);
    rt_decref(ts, text);
    return rc;
}

static int put_conv(struct state *s)
{
    struct rt_thread *ts = s->ts;
    struct conv c;
    if (s->i < s->fmt.n && rt_text_at(&s->fmt, s->i) == '%') {
        s->i++;
        return rt_strbuf_char(ts, &s->b, '%');
    }
    if (s->i < s->fmt.n && rt_text_at(&s->fmt, s->i) == 's' && !s->bytes) { /* a bare %s */
        s->have_key = false;
        s->i++;
        rt_value o = next_arg(s);
        if (rt_is_null(o))
            return -1;
        if (rt_is_str_exact(o))
            return rt_strbuf_str(ts, &s->b, o);
        rt_value text = rt_str(ts, o);
        int rc = rt_is_null(text) ? -1 : rt_strbuf_str(ts, &s->b, text);
        rt_decref(ts, text);
        return rc;
    }
    if (read_conv(s, &c) < 0)
        return -1;
    rt_value v = next_arg(s);
    if (rt_is_null(v))
        return -1;
    switch (c.code) {
    case 's':
        if (!s->bytes && c.width < 0 && c.precision < 0 && rt_is_str_exact(v))
            return rt_strbuf_str(ts, &s->b, v);
        return put_text(s, &c, v);
    case 'r': case 'a': case 'c':
        return put_text(s, &c, v);
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X':
        return put_integer(s, &c, v);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
        return put_float(s, &c, v);
    case 'b':
        if (s->bytes)
            return put_text(s, &c, v);
        break;
    }
    bool shown = s->bytes ? c.code < 256 : c.code > 31 && c.code < 128;
    if (s->bytes)
        rt_raise(ts, &rt_exc_ValueError, "unsupported format character '%c' (0x%x) at index %zd", (int)c.code, c.code,
                 s->i - 1);
    else
        rt_raise(ts, &rt_exc_ValueError, "unsupported format character '%c' (0x%x) at index %zd",
                 shown ? (int)c.code : '?', c.code, s->i - 1);
    return -1;
}

static int run(struct state *s)
{
    struct rt_thread *ts = s->ts;
    while (s->i < s->fmt.n) {
        const void *p = rt_text_ptr(&s->fmt, s->i);
        ptrdiff_t at = rt_strsearch_find_char(p, s->fmt.kind, s->fmt.n - s->i, '%');
        size_t plain = at < 0 ? s->fmt.n - s->i : (size_t)at;
        if (plain) {
            rt_value text;
            if (s->fmt.ascii) {
                if (rt_strbuf_ascii(ts, &s->b, p, plain) < 0)
                    return -1;
            } else {
                text = rt_str_from_kind(ts, s->fmt.kind, p, plain);
                if (rt_is_null(text) || rt_strbuf_str(ts, &s->b, text) < 0)
                    return -1;
                rt_decref(ts, text);
            }
            s->i += plain;
        }
        if (at >= 0) {
            s->i++;
            if (put_conv(s) < 0)
                return -1;
        }
    }
    bool left_over = s->count == SIZE_MAX ? !s->used_single : s->next < s->count;
    if (left_over && rt_is_null(s->mapping)) {
        rt_raise(ts, &rt_exc_TypeError, "not all arguments converted during %s formatting",
                 s->bytes ? "bytes" : "string");
        return -1;
    }
    return 0;
}

rt_value rt_percent_format(struct rt_thread *ts, const void *fmt, int kind, size_t n, bool ascii, rt_value args,
                           bool bytes)
{
    struct state s = {.ts = ts, .fmt = {fmt, n, kind, ascii}, .bytes = bytes, .args = args, .mapping = RT_NULL,
                      .current = RT_NULL};
    rt_strbuf_init(&s.b);
    if (rt_is_tuple(args)) {
        s.count = rt_as_tuple(args)->length;
    } else {
        s.count = SIZE_MAX;
        bool text = rt_is_str(args) || (bytes && (rt_is_bytes(args) || rt_has(args, RT_TF_BYTEARRAY)));
        if (!text && rt_type_of(args)->getitem)
            s.mapping = args;
    }
    int rc = run(&s);
    rt_clear(ts, &s.current);
    if (rc < 0) {
        rt_strbuf_abort(&s.b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, &s.b);
}

rt_value rt_str_mod(struct rt_thread *ts, rt_value fmt, rt_value args)
{
    struct text t = rt_text(fmt);
    if (t.n == 2 && t.kind == 1 && !rt_has(args, RT_TF_TUPLE) && *(const char *)t.d == '%') {
        char c = ((const char *)t.d)[1]; /* one conversion and nothing else */
        if (c == 's' || (c == 'd' && rt_is_int(args)))
            return rt_str(ts, args);
        if (c == 'r')
            return rt_repr(ts, args);
    }
    return rt_percent_format(ts, t.d, t.kind, t.n, t.ascii, args, false);
}
