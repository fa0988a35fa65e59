/* SPDX-License-Identifier: MIT */
/* UTF-8, UTF-16, UTF-32, UTF-7, the escape codecs, ASCII and Latin-1, over the transcoders of core/unicode. */
#include "core/types/codecs/codecs_internal.h"

int rt_strbuf_ucs4(struct rt_thread *ts, struct rt_strbuf *b, const uint32_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rt_strbuf_char(ts, b, p[i]) < 0)
            return -1;
    }
    return 0;
}

/* ---- UTF-8 ------------------------------------------------------------------------------------ */

rt_value rt_codec_utf8_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, size_t *consumed)
{
    const uint8_t *s = (const uint8_t *)p;
    size_t chars;
    uint32_t max;
    if (consumed)
        *consumed = n;
    size_t good = rt_utf8_scan(s, n, &chars, &max);
    if (rt_likely(good == n)) {
        if (chars <= 1)
            return rt_str_from_utf8(ts, p, n, NULL);
        rt_value r = rt_str_alloc(ts, chars, max);
        if (!rt_is_null(r))
            rt_utf8_decode(s, n, rt_str_data(rt_as_str(r)), rt_as_str(r)->kind);
        return r;
    }
    struct decoding d;
    rt_decoding_init(&d, ts, "utf-8", errors, p, n);
    int rc = 0;
    while (rc == 0 && d.pos < d.n) {
        good = rt_utf8_scan(d.in + d.pos, d.n - d.pos, &chars, &max);
        if (good)
            rc = rt_strbuf_utf8(ts, &d.out, (const char *)d.in + d.pos, good, chars, max);
        d.pos += good;
        if (rc < 0 || d.pos >= d.n)
            break;
        struct rt_utf_error e = rt_utf8_error(d.in, d.n, d.pos, consumed == NULL);
        if (!e.reason)
            break;
        rc = rt_decoding_error(&d, e.start, e.end, e.reason);
    }
    if (consumed)
        *consumed = d.pos;
    return rt_decoding_finish(&d, rc);
}

rt_value rt_codec_utf8_encode(struct rt_thread *ts, rt_value v, const char *errors)
{
    struct text t = rt_text(v);
    if (t.ascii)
        return rt_bytes_new(ts, t.d, t.n);
    size_t bad, size = rt_utf8_size(t.d, t.kind, t.n, &bad);
    if (bad >= t.n) {
        rt_value r = rt_bytes_new(ts, NULL, size);
        if (!rt_is_null(r))
            rt_utf8_encode(t.d, t.kind, t.n, (uint8_t *)rt_as_bytes(r)->data);
        return r;
    }
    struct encoding e;
    rt_encoding_init(&e, ts, "utf-8", errors, v);
    int rc = 0;
    while (rc == 0 && e.pos < t.n) {
        size_t n = t.n - e.pos;
        const void *p = rt_text_ptr(&t, e.pos);
        rt_utf8_size(p, t.kind, n, &bad);
        if (bad > n)
            bad = n;
        rc = rt_bytebuf_reserve(ts, &e.out, bad * 4);
        if (rc < 0)
            break;
        e.out.n += rt_utf8_encode(p, t.kind, bad, (uint8_t *)e.out.p + e.out.n);
        e.pos += bad;
        if (e.pos < t.n) {
            size_t end = e.pos + 1;
            while (end < t.n && rt_utf_is_surrogate(rt_text_at(&t, end)))
                end++;
            rc = rt_encoding_error(&e, e.pos, end, "surrogates not allowed");
        }
    }
    return rt_encoding_finish(&e, rc);
}

/* ---- UTF-16 and UTF-32 ------------------------------------------------------------------------ */

typedef size_t (*wide_decoder)(const uint8_t *, size_t, size_t *, bool, bool, uint32_t *, struct rt_utf_error *);

/* n units that are all characters; RT_NULL without an exception: some are not. */
static rt_value wide_plain(struct rt_thread *ts, const uint8_t *s, size_t n, unsigned unit, bool big)
{
    uint32_t max;
    if (n < 2 || !rt_utf_wide_plain(s, n, unit, big, &max))     /* single characters are shared */
        return RT_NULL;
    rt_value r = rt_str_alloc(ts, n, max);
    if (!rt_is_null(r))
        rt_utf_wide_fill(s, n, unit, big, rt_str_data(rt_as_str(r)), rt_as_str(r)->kind);
    return r;
}

static rt_value wide_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, int *order,
                            size_t *consumed, unsigned unit, wide_decoder decode)
{
    static const char *const names[2][2] = {{"utf-16-le", "utf-16-be"}, {"utf-32-le", "utf-32-be"}};
    int bo = order ? *order : 0;
    size_t skip = 0;
    const uint8_t *s = (const uint8_t *)p;
    if (bo == 0 && n >= unit) {
        uint32_t le = 0, be = 0;
        for (unsigned k = 0; k < unit; k++) {
            le |= (uint32_t)s[k] << 8 * k;
            be = be << 8 | s[k];
        }
        bo = le == 0xfeff ? -1 : be == 0xfeff ? 1 : 0;
        skip = bo ? unit : 0;
        if (order)
            *order = bo;
    }
    if ((n - skip) % unit == 0) {
        rt_value r = wide_plain(ts, s + skip, (n - skip) / unit, unit, bo > 0);
        if (!rt_is_null(r) || rt_pending(ts)) {
            if (consumed)
                *consumed = n;
            return r;
        }
    }
    struct decoding d;
    rt_decoding_init(&d, ts, names[unit == 4][bo > 0], errors, p, n);
    d.pos = skip;
    uint32_t *out = rt_raw_malloc((n / (unit == 4 ? 4 : 2) + 2) * 4);
    int rc = out ? 0 : -1;
    if (!out)
        rt_raise_no_memory(ts);
    size_t room = n;
    while (rc == 0 && d.pos < d.n) {
        if (d.n - d.pos > room) { /* a handler gave us more input */
            uint32_t *more = rt_raw_realloc(out, ((d.n - d.pos) / 2 + 2) * 4);
            if (!more) {
                rt_raise_no_memory(ts);
                rc = -1;
                break;
            }
            out = more;
            room = d.n - d.pos;
        }
        struct rt_utf_error e = {0};
        size_t got = decode(d.in, d.n, &d.pos, bo > 0, consumed == NULL, out, &e);
        rc = rt_strbuf_ucs4(ts, &d.out, out, got);
        if (rc < 0 || !e.reason)
            break;
        rc = rt_decoding_error(&d, e.start, e.end, e.reason);
    }
    rt_raw_free(out);
    if (consumed)
        *consumed = d.pos;
    return rt_decoding_finish(&d, rc);
}

rt_value rt_codec_utf16_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, int *order,
                               size_t *consumed)
{
    return wide_decode(ts, p, n, errors, order, consumed, 2, rt_utf16_decode);
}

rt_value rt_codec_utf32_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, int *order,
                               size_t *consumed)
{
    return wide_decode(ts, p, n, errors, order, consumed, 4, rt_utf32_decode);
}

typedef size_t (*wide_encoder)(const void *, int, size_t, size_t *, bool, bool, uint8_t *);

static int put_wide(struct encoding *e, rt_value s)
{
    struct text t = rt_text(s);
    bool big = strstr(e->encoding, "be") != NULL;
    if (!t.ascii)
        return 1;
    for (size_t i = 0; i < t.n; i++) {
        char unit[4] = {0};
        unit[big ? e->unit - 1 : 0] = (char)rt_text_at(&t, i);
        if (rt_bytebuf_put(e->ts, &e->out, unit, e->unit) < 0)
            return -1;
    }
    return 0;
}

static rt_value wide_encode(struct rt_thread *ts, rt_value s, const char *errors, int order, unsigned unit,
                            wide_encoder encode)
{
    static const char *const names[2][3] = {{"utf-16-le", "utf-16", "utf-16-be"}, {"utf-32-le", "utf-32", "utf-32-be"}};
    struct text t = rt_text(s);
    if (rt_likely(rt_utf_wide_fits(t.d, t.kind, t.n, unit))) {
        size_t mark = order == 0 ? unit : 0;
        rt_value r = rt_bytes_new(ts, NULL, t.n * unit + mark);
        if (!rt_is_null(r) && t.n + mark) {
            uint8_t *out = (uint8_t *)rt_as_bytes(r)->data;
            memcpy(out, "\xff\xfe\0\0", mark);
            rt_utf_wide_put(t.d, t.kind, t.n, unit, order > 0, out + mark);
        }
        return r;
    }
    struct encoding e;
    rt_encoding_init(&e, ts, names[unit == 4][order + 1], errors, s);
    e.put = put_wide;
    e.unit = unit;
    int rc = rt_bytebuf_reserve(ts, &e.out, e.text.n * 4 + 4);
    if (rc == 0 && order == 0)
        rc = rt_bytebuf_put(ts, &e.out, "\xff\xfe\0\0", unit);
    while (rc == 0 && e.pos < e.text.n) {
        rc = rt_bytebuf_reserve(ts, &e.out, (e.text.n - e.pos) * 4);
        if (rc < 0)
            break;
        e.out.n += encode(e.text.d, e.text.kind, e.text.n, &e.pos, order > 0, false, (uint8_t *)e.out.p + e.out.n);
        if (e.pos < e.text.n)
            rc = rt_encoding_error(&e, e.pos, e.pos + 1, "surrogates not allowed");
    }
    return rt_encoding_finish(&e, rc);
}

rt_value rt_codec_utf16_encode(struct rt_thread *ts, rt_value s, const char *errors, int order)
{
    return wide_encode(ts, s, errors, order, 2, rt_utf16_encode);
}

rt_value rt_codec_utf32_encode(struct rt_thread *ts, rt_value s, const char *errors, int order)
{
    return wide_encode(ts, s, errors, order, 4, rt_utf32_encode);
}

/* ---- UTF-7 and the escapes -------------------------------------------------------------------- */

static int warn_escape(struct rt_thread *ts, const struct rt_utf_decoder *u)
{
    uint8_t c = u->in[u->invalid_escape];
    if (c >= '4' && c <= '7' && u->invalid_escape + 2 < u->n)
        return rt_warn(ts, &rt_exc_DeprecationWarning, 1, "invalid octal escape sequence '\\%.3s'",
                       (const char *)u->in + u->invalid_escape);
    return rt_warn(ts, &rt_exc_DeprecationWarning, 1, "invalid escape sequence '\\%c'", (int)c);
}

static rt_value run_decoder(struct rt_thread *ts, const char *encoding, const char *p, size_t n, const char *errors,
                            size_t *consumed, bool (*step)(struct rt_utf_decoder *), bool warns)
{
    struct decoding d;
    struct rt_utf_decoder u;
    rt_decoding_init(&d, ts, encoding, errors, p, n);
    uint32_t *out = rt_raw_malloc((n + 8) * 4);
    int rc = out ? 0 : -1;
    if (!out)
        rt_raise_no_memory(ts);
    rt_utf_decoder_init(&u, d.in, n, consumed == NULL, out);
    while (rc == 0) {
        bool done = step(&u);
        rc = rt_strbuf_ucs4(ts, &d.out, u.out, u.len);
        u.len = 0;
        d.pos = u.pos;
        if (rc < 0 || done)
            break;
        rc = rt_decoding_error(&d, u.error.start, u.error.end, u.error.reason);
        if (d.n - d.pos > n) {
            uint32_t *more = rt_raw_realloc(out, (d.n - d.pos + 8) * 4);
            if (!more) {
                rt_raise_no_memory(ts);
                rc = -1;
                break;
            }
            out = u.out = more;
            n = d.n - d.pos;
        }
        u.in = d.in;
        u.n = d.n;
        u.pos = d.pos;
        u.shift_out = 0;
    }
    if (rc == 0 && warns && u.invalid_escape != SIZE_MAX && u.invalid_escape < u.n)
        rc = warn_escape(ts, &u);
    rt_raw_free(out);
    if (consumed)
        *consumed = d.pos;
    return rt_decoding_finish(&d, rc);
}

rt_value rt_codec_utf7_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, size_t *consumed)
{
    return run_decoder(ts, "utf7", p, n, errors, consumed, rt_utf7_decode, false);
}

rt_value rt_codec_unicode_escape_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors,
                                        size_t *consumed)
{
    return run_decoder(ts, "unicodeescape", p, n, errors, consumed, rt_unicode_escape_decode, true);
}

rt_value rt_codec_raw_unicode_escape_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors,
                                            size_t *consumed)
{
    return run_decoder(ts, "rawunicodeescape", p, n, errors, consumed, rt_raw_unicode_escape_decode, false);
}

static rt_value run_encoder(struct rt_thread *ts, rt_value s, size_t (*encode)(const void *, int, size_t, uint8_t *))
{
    struct text t = rt_text(s);
    rt_value r = rt_bytes_new(ts, NULL, encode(t.d, t.kind, t.n, NULL));
    if (!rt_is_null(r) && rt_as_bytes(r)->length)
        encode(t.d, t.kind, t.n, (uint8_t *)rt_as_bytes(r)->data);
    return r;
}

rt_value rt_codec_utf7_encode(struct rt_thread *ts, rt_value s, const char *errors) { return run_encoder(ts, s, rt_utf7_encode); }
rt_value rt_codec_unicode_escape_encode(struct rt_thread *ts, rt_value s) { return run_encoder(ts, s, rt_unicode_escape_encode); }
rt_value rt_codec_raw_unicode_escape_encode(struct rt_thread *ts, rt_value s)
{
    return run_encoder(ts, s, rt_raw_unicode_escape_encode);
}

/* ---- ASCII and Latin-1 ------------------------------------------------------------------------ */

rt_value rt_codec_ascii_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors)
{
    size_t good = rt_utf_ascii_prefix((const uint8_t *)p, n);
    if (good == n)
        return rt_str_from_latin1(ts, (const uint8_t *)p, n);
    struct decoding d;
    rt_decoding_init(&d, ts, "ascii", errors, p, n);
    int rc = 0;
    while (rc == 0 && d.pos < d.n) {
        good = rt_utf_ascii_prefix(d.in + d.pos, d.n - d.pos);
        rc = rt_strbuf_ascii(ts, &d.out, (const char *)d.in + d.pos, good);
        d.pos += good;
        if (rc == 0 && d.pos < d.n)
            rc = rt_decoding_error(&d, d.pos, d.pos + 1, "ordinal not in range(128)");
    }
    return rt_decoding_finish(&d, rc);
}

static int put_below(struct encoding *e, rt_value s, uint32_t limit)
{
    struct text t = rt_text(s);
    if (t.kind > 1 || (limit == 128 && !t.ascii))
        return 1;
    return rt_bytebuf_put(e->ts, &e->out, t.d, t.n);
}
static int put_ascii(struct encoding *e, rt_value s) { return put_below(e, s, 128); }
static int put_latin1(struct encoding *e, rt_value s) { return put_below(e, s, 256); }

rt_value rt_codec_narrow_encode(struct rt_thread *ts, rt_value s, uint32_t limit, const char *errors)
{
    struct text t = rt_text(s);
    if (t.ascii || (limit == 256 && t.kind == 1))
        return rt_bytes_new(ts, t.d, t.n);
    struct encoding e;
    rt_encoding_init(&e, ts, limit == 256 ? "latin-1" : "ascii", errors, s);
    e.put = limit == 256 ? put_latin1 : put_ascii;
    int rc = 0;
    while (rc == 0 && e.pos < t.n) {
        size_t end, at = rt_utf_find_above(t.d, t.kind, t.n, e.pos, limit, &end);
        rc = rt_bytebuf_reserve(ts, &e.out, at - e.pos);
        if (rc < 0)
            break;
        for (; e.pos < at; e.pos++)
            e.out.p[e.out.n++] = (char)rt_text_at(&t, e.pos);
        if (at < t.n)
            rc = rt_encoding_error(&e, at, end, limit == 256 ? "ordinal not in range(256)" : "ordinal not in range(128)");
    }
    return rt_encoding_finish(&e, rc);
}
