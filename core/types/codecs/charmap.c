/* SPDX-License-Identifier: MIT */
/* The charmap codec (a str, a mapping or an EncodingMap as table) and the string-escape decoder. */
#include "core/types/codecs/codecs_internal.h"

/* Fast table of charmap_build: a sorted array of (character, byte); the bytes of the first 256 characters once more, by
   place (-1: none). Immutable. */
struct encoding_map {
    struct rt_object hdr;
    uint32_t n;
    int16_t low[256];
    struct {
        uint32_t cp;
        uint8_t byte;
    } rows[256];
};

static rt_value map_size(struct rt_thread *ts, rt_value self) { return rt_int_imm(sizeof(struct encoding_map)); }

static const struct rt_method_def map_methods[] = {
    {"size", map_size, RT_METH_NOARGS, "Return the size (in bytes) of this object"},
    {0},
};

struct rt_type rt_encoding_map_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "EncodingMap",
    .flags = RT_TF_IMMUTABLE | RT_TF_NO_NEW,
    .basic_size = sizeof(struct encoding_map),
    .base = &rt_object_type,
    .methods = map_methods,
};

rt_value rt_codec_charmap_build(struct rt_thread *ts, rt_value map)
{
    size_t n = rt_str_len(map);
    if (n > 256)
        n = 256;
    bool odd = n == 0 || rt_str_at(rt_as_str(map), 0) != 0;
    for (size_t i = 1; i < n && !odd; i++)
        odd = rt_str_at(rt_as_str(map), i) == 0 || rt_str_at(rt_as_str(map), i) > 0xffff;
    if (odd) {
        rt_value d = rt_dict_new(ts);
        for (size_t i = 0; i < n && !rt_is_null(d); i++) {
            if (rt_dict_set(ts, d, rt_int_imm(rt_str_at(rt_as_str(map), i)), rt_int_imm((int64_t)i)) < 0)
                rt_clear(ts, &d);
        }
        return d;
    }
    struct encoding_map *m = rt_object_new(ts, &rt_encoding_map_type, sizeof *m);
    if (!m)
        return RT_NULL;
    m->n = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = rt_str_at(rt_as_str(map), i), at = m->n;
        if (c == 0xfffe)
            continue;
        while (at > 0 && m->rows[at - 1].cp > c)
            at--;
        if (at > 0 && m->rows[at - 1].cp == c) { /* the last one wins */
            m->rows[at - 1].byte = (uint8_t)i;
            continue;
        }
        memmove(&m->rows[at + 1], &m->rows[at], (m->n - at) * sizeof m->rows[0]);
        m->rows[at].cp = c;
        m->rows[at].byte = (uint8_t)i;
        m->n++;
    }
    memset(m->low, 0xff, sizeof m->low);
    for (uint32_t i = 0; i < m->n && m->rows[i].cp < 256; i++)
        m->low[m->rows[i].cp] = m->rows[i].byte;
    return rt_own(m);
}

/* ---- decoding --------------------------------------------------------------------------------- */

/* What map says about byte c, into out: 0, -1 raised, 1 undefined. */
static int decode_one(struct rt_thread *ts, rt_value map, uint8_t c, struct rt_strbuf *out)
{
    rt_value v = rt_getitem(ts, map, rt_int_imm(c));
    int64_t i;
    if (rt_is_null(v))
        return rt_exc_clear_if(ts, &rt_exc_LookupError) ? 1 : -1;
    int rc = -1;
    if (rt_is_none(v)) {
        rc = 1;
    } else if (rt_is_any_int(v)) {
        if (!rt_int_try_i64(v, &i) || i < 0 || i > 0x10ffff)
            rt_raise(ts, &rt_exc_TypeError, "character mapping must be in range(0x%lx)", 0x110000l);
        else
            rc = i == 0xfffe ? 1 : rt_strbuf_char(ts, out, (uint32_t)i);
    } else if (rt_is_str(v)) {
        rc = rt_str_len(v) == 1 && rt_str_at(rt_as_str(v), 0) == 0xfffe ? 1 : rt_strbuf_str(ts, out, v);
    } else {
        rt_raise(ts, &rt_exc_TypeError, "character mapping must return integer, None or str");
    }
    rt_decref(ts, v);
    return rc;
}

/* Bytes that all stand for one character of map; RT_NULL without an exception: some do not. */
static rt_value decode_plain(struct rt_thread *ts, const uint8_t *p, size_t n, struct rt_str *map)
{
    uint32_t max = 0;
    if (n < 2) /* single characters are shared */
        return RT_NULL;
    for (size_t i = 0; i < n; i++) {
        uint32_t u = p[i] < map->length ? rt_str_at(map, p[i]) : 0xfffe;
        if (rt_unlikely(u == 0xfffe))
            return RT_NULL;
        max = u > max ? u : max;
    }
    rt_value r = rt_str_alloc(ts, n, max);
    if (rt_is_null(r))
        return r;
    void *out = rt_str_data(rt_as_str(r));
    int kind = rt_as_str(r)->kind;
    for (size_t i = 0; i < n; i++) {
        uint32_t u = rt_str_at(map, p[i]);
        if (kind == 1)
            ((uint8_t *)out)[i] = (uint8_t)u;
        else if (kind == 2)
            ((uint16_t *)out)[i] = (uint16_t)u;
        else
            ((uint32_t *)out)[i] = u;
    }
    return r;
}

rt_value rt_codec_charmap_decode(struct rt_thread *ts, const char *p, size_t n, rt_value map, const char *errors)
{
    if (rt_is_null(map) || rt_is_none(map))
        return rt_str_from_latin1(ts, (const uint8_t *)p, n);
    bool fast = rt_is_str(map);
    rt_value plain = fast ? decode_plain(ts, (const uint8_t *)p, n, rt_as_str(map)) : RT_NULL;
    if (!rt_is_null(plain) || rt_pending(ts))
        return plain;
    struct decoding d;
    rt_decoding_init(&d, ts, "charmap", errors, p, n);
    int rc = 0;
    while (rc == 0 && d.pos < d.n) {
        uint8_t c = d.in[d.pos];
        int r = 1;
        if (fast) {
            uint32_t u = c < rt_str_len(map) ? rt_str_at(rt_as_str(map), c) : 0xfffe;
            if (u != 0xfffe)
                r = rt_strbuf_char(ts, &d.out, u);
        } else {
            r = decode_one(ts, map, c, &d.out);
        }
        if (r == 0)
            d.pos++;
        else
            rc = r < 0 ? -1 : rt_decoding_error(&d, d.pos, d.pos + 1, "character maps to <undefined>");
    }
    return rt_decoding_finish(&d, rc);
}

/* ---- encoding --------------------------------------------------------------------------------- */

struct charmap_encoding {
    struct encoding e;
    rt_value map;
};

/* The byte of c, or -1. */
static int byte_of(const struct encoding_map *m, uint32_t c)
{
    if (rt_likely(c < 256))
        return m->low[c];
    uint32_t lo = 0, hi = m->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (m->rows[mid].cp < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < m->n && m->rows[lo].cp == c ? m->rows[lo].byte : -1;
}

/* Writes what m has bytes for, up to the first character without. */
static int encode_known(struct charmap_encoding *x, const struct encoding_map *m)
{
    struct encoding *e = &x->e;
    if (rt_bytebuf_reserve(e->ts, &e->out, e->text.n - e->pos) < 0)
        return -1;
    uint8_t *out = (uint8_t *)e->out.p + e->out.n, *start = out;
    int byte;
    for (; e->pos < e->text.n && (byte = byte_of(m, rt_text_at(&e->text, e->pos))) >= 0; e->pos++)
        *out++ = (uint8_t)byte;
    e->out.n += (size_t)(out - start);
    return 0;
}

/* One character: 0 written, -1 raised, 1 undefined. */
static int encode_one(struct charmap_encoding *x, uint32_t c)
{
    struct rt_thread *ts = x->e.ts;
    if (rt_is_exact(x->map, &rt_encoding_map_type)) {
        int found = byte_of((struct encoding_map *)rt_ptr(x->map), c);
        uint8_t byte = (uint8_t)found;
        return found < 0 ? 1 : rt_bytebuf_put(ts, &x->e.out, &byte, 1);
    }
    rt_value v = rt_getitem(ts, x->map, rt_int_imm(c));
    if (rt_is_null(v))
        return rt_exc_clear_if(ts, &rt_exc_LookupError) ? 1 : -1;
    int rc = -1;
    int64_t i;
    if (rt_is_none(v)) {
        rc = 1;
    } else if (rt_is_any_int(v)) {
        if (!rt_int_try_i64(v, &i) || i < 0 || i > 255) {
            rt_raise(ts, &rt_exc_TypeError, "character mapping must be in range(256)");
        } else {
            uint8_t byte = (uint8_t)i;
            rc = rt_bytebuf_put(ts, &x->e.out, &byte, 1);
        }
    } else if (rt_is_bytes(v)) {
        rc = rt_bytebuf_put(ts, &x->e.out, rt_as_bytes(v)->data, rt_as_bytes(v)->length);
    } else {
        rt_raise(ts, &rt_exc_TypeError, "character mapping must return integer, bytes or None, not %.400T", v);
    }
    rt_decref(ts, v);
    return rc;
}

static int put_mapped(struct encoding *e, rt_value s)
{
    struct charmap_encoding *x = (struct charmap_encoding *)e;
    for (size_t i = 0; i < rt_str_len(s); i++) {
        int rc = encode_one(x, rt_str_at(rt_as_str(s), i));
        if (rc)
            return rc;
    }
    return 0;
}

/* Is c undefined in the map? Writes nothing. 1, 0, -1. */
static int undefined(struct charmap_encoding *x, uint32_t c)
{
    size_t n = x->e.out.n;
    int rc = encode_one(x, c);
    x->e.out.n = n;
    return rc;
}

rt_value rt_codec_charmap_encode(struct rt_thread *ts, rt_value s, rt_value map, const char *errors)
{
    if (rt_is_null(map) || rt_is_none(map))
        return rt_codec_narrow_encode(ts, s, 256, errors);
    struct charmap_encoding x;
    rt_encoding_init(&x.e, ts, "charmap", errors, s);
    x.map = map;
    x.e.put = put_mapped;
    const struct encoding_map *known = rt_is_exact(map, &rt_encoding_map_type) ? (void *)rt_ptr(map) : NULL;
    int rc = known ? encode_known(&x, known) : 0;
    while (rc == 0 && x.e.pos < x.e.text.n) {
        int r = encode_one(&x, rt_text_at(&x.e.text, x.e.pos));
        if (r == 0) {
            x.e.pos++;
        } else if (r < 0) {
            rc = -1;
        } else {
            size_t end = x.e.pos + 1;
            while (end < x.e.text.n && (r = undefined(&x, rt_text_at(&x.e.text, end))) > 0)
                end++;
            rc = r < 0 ? -1 : rt_encoding_error(&x.e, x.e.pos, end, "character maps to <undefined>");
        }
    }
    return rt_encoding_finish(&x.e, rc);
}

/* ---- string escapes --------------------------------------------------------------------------- */

static int hex(int c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; }

/* A bytes literal as it is read: p[i] is next, bad the first escape that is none (SIZE_MAX: there was none). */
struct escapes {
    struct rt_thread *ts;
    const char *p;
    size_t n, i, bad;
    const char *errors;
    struct bytebuf out; /* never longer than the text */
};

static void put_byte(struct escapes *x, int c) { x->out.p[x->out.n++] = (char)c; }

/* What stands for one byte whatever follows; -1: c is not such a letter. */
static int simple_escape(char c)
{
    static const char pairs[] = "\\\\''\"\"b\bf\ft\tn\nr\rv\va\a";
    for (const char *q = pairs; *q; q += 2) {
        if (*q == c)
            return q[1];
    }
    return -1;
}

/* One to three octal digits, the first is read already. */
static void octal_escape(struct escapes *x)
{
    size_t start = x->i - 1;
    int v = x->p[start] - '0';
    for (int k = 0; k < 2 && x->i < x->n && x->p[x->i] >= '0' && x->p[x->i] <= '7'; k++)
        v = v * 8 + (x->p[x->i++] - '0');
    if (v > 255 && x->bad == SIZE_MAX)
        x->bad = start;
    put_byte(x, v);
}

/* The two digits behind \x. */
static int hex_escape(struct escapes *x)
{
    const char *p = x->p;
    size_t i = x->i, n = x->n;
    int hi = i < n ? hex(p[i]) : -1, lo = hi >= 0 && i + 1 < n ? hex(p[i + 1]) : -1;
    if (lo >= 0) {
        put_byte(x, hi << 4 | lo);
        x->i += 2;
        return 0;
    }
    enum error_mode mode = rt_codec_error_mode(x->errors);
    if (mode == ERR_STRICT) {
        rt_raise(x->ts, &rt_exc_ValueError, "invalid \\x escape at position %zd", i - 2);
        return -1;
    }
    if (mode == ERR_REPLACE) {
        put_byte(x, '?');
    } else if (mode != ERR_IGNORE) {
        rt_raise(x->ts, &rt_exc_ValueError, "decoding error; unknown error handling code: %.400s", x->errors);
        return -1;
    }
    x->i += hi >= 0;
    return 0;
}

/* Behind a backslash. */
static int decode_escape(struct escapes *x)
{
    if (x->i == x->n) {
        rt_raise(x->ts, &rt_exc_ValueError, "Trailing \\ in string");
        return -1;
    }
    char c = x->p[x->i++];
    int simple = simple_escape(c);
    if (simple >= 0) {
        put_byte(x, simple);
    } else if (c == '\n') {
        /* a joined line */
    } else if (c >= '0' && c <= '7') {
        octal_escape(x);
    } else if (c == 'x') {
        return hex_escape(x);
    } else {
        if (x->bad == SIZE_MAX)
            x->bad = x->i - 1;
        put_byte(x, '\\');
        put_byte(x, c);
    }
    return 0;
}

static int warn_bad_escape(struct rt_thread *ts, const char *at)
{
    if (*at >= '4' && *at <= '7')
        return rt_warn(ts, &rt_exc_DeprecationWarning, 1, "invalid octal escape sequence '\\%.3s'", at);
    return rt_warn(ts, &rt_exc_DeprecationWarning, 1, "invalid escape sequence '\\%c'", (int)(uint8_t)*at);
}

rt_value rt_codec_escape_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors)
{
    struct escapes x = {.ts = ts, .p = p, .n = n, .bad = SIZE_MAX, .errors = errors};
    if (rt_bytebuf_reserve(ts, &x.out, n + 1) < 0)
        return RT_NULL;
    int rc = 0;
    while (rc == 0 && x.i < n) {
        char c = p[x.i++];
        if (c == '\\')
            rc = decode_escape(&x);
        else
            put_byte(&x, c);
    }
    if (rc == 0 && x.bad != SIZE_MAX)
        rc = warn_bad_escape(ts, p + x.bad);
    rt_value r = rc < 0 ? RT_NULL : rt_bytes_new(ts, x.out.p, x.out.n);
    rt_raw_free(x.out.p);
    return r;
}
