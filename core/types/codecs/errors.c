/* SPDX-License-Identifier: MIT */
/*
 * What happens at an undecodable byte or an unencodable character: the common handlers directly, all
 * others through the exception object and the registered function. And those functions themselves.
 */
#include "core/types/codecs/codecs_internal.h"

enum error_mode rt_codec_error_mode(const char *errors)
{
    static const struct {
        const char *name;
        enum error_mode mode;
    } known[] = {{"strict", ERR_STRICT},           {"ignore", ERR_IGNORE},         {"replace", ERR_REPLACE},
                 {"backslashreplace", ERR_BACKSLASH}, {"xmlcharrefreplace", ERR_XML}, {"surrogateescape", ERR_ESCAPE}};
    if (!errors)
        return ERR_STRICT;
    for (size_t i = 0; i < RT_COUNTOF(known); i++) {
        if (strcmp(errors, known[i].name) == 0)
            return known[i].mode;
    }
    return ERR_OTHER;
}

/* ---- decoding --------------------------------------------------------------------------------- */

void rt_decoding_init(struct decoding *d, struct rt_thread *ts, const char *encoding, const char *errors, const char *p,
                      size_t n)
{
    d->ts = ts;
    d->encoding = encoding;
    d->errors = errors;
    d->mode = rt_codec_error_mode(errors);
    d->handler = d->exc = d->input = RT_NULL;
    d->in = (const uint8_t *)p;
    d->n = n;
    d->pos = 0;
    rt_strbuf_init(&d->out);
}

rt_value rt_decoding_finish(struct decoding *d, int rc)
{
    rt_value r = RT_NULL;
    if (rc < 0)
        rt_strbuf_abort(&d->out);
    else
        r = rt_strbuf_finish(d->ts, &d->out);
    rt_decref(d->ts, d->handler);
    rt_decref(d->ts, d->exc);
    rt_decref(d->ts, d->input);
    return r;
}

static int set_reason(struct rt_thread *ts, rt_value exc, size_t start, size_t end, const char *reason)
{
    struct rt_exc_unicode *u = (struct rt_exc_unicode *)rt_ptr(exc);
    rt_value r = rt_str_from_cstr(ts, reason);
    if (rt_is_null(r))
        return -1;
    rt_slot_set(ts, &u->reason, r);
    rt_store_relaxed(&u->start, (int64_t)start);
    rt_store_relaxed(&u->end, (int64_t)end);
    return 0;
}

static int decode_exception(struct decoding *d, size_t start, size_t end, const char *reason)
{
    if (rt_is_null(d->exc)) {
        d->exc = rt_exc_unicode_decode(d->ts, d->encoding, d->in, d->n, start, end, reason);
        return rt_is_null(d->exc) ? -1 : 0;
    }
    return set_reason(d->ts, d->exc, start, end, reason);
}

/* (str, position) from a handler's result. */
static int unpack(struct rt_thread *ts, rt_value r, bool bytes_too, const char *msg, rt_value *text, int64_t *pos)
{
    struct rt_tuple *t = rt_is_tuple(r) ? rt_as_tuple(r) : NULL;
    if (!t || t->length != 2 || !(rt_is_str(t->items[0]) || (bytes_too && rt_is_bytes(t->items[0]))) ||
        !(rt_is_any_int(t->items[1]) || rt_index_check(t->items[1]))) {
        rt_raise(ts, &rt_exc_TypeError, "%s", msg);
        return -1;
    }
    *pos = rt_as_index(ts, t->items[1], &rt_exc_OverflowError);
    if (*pos == -1 && rt_pending(ts))
        return -1;
    *text = t->items[0];
    return 0;
}

/* The handler may have put another object into the exception: decoding goes on with that. */
static int refetch_input(struct decoding *d)
{
    struct rt_exc_unicode *u = (struct rt_exc_unicode *)rt_ptr(d->exc);
    rt_value o = rt_slot_get(d->ts, u, &u->object);
    if (rt_is_null(o) || !rt_is_bytes(o)) {
        rt_decref(d->ts, o);
        rt_raise(d->ts, &rt_exc_TypeError, "exception attribute object must be bytes");
        return -1;
    }
    rt_decref(d->ts, d->input);
    d->input = o;
    d->in = (const uint8_t *)rt_as_bytes(o)->data;
    d->n = rt_as_bytes(o)->length;
    return 0;
}

static int decode_callback(struct decoding *d, size_t start, size_t end, const char *reason)
{
    struct rt_thread *ts = d->ts;
    rt_value text;
    int64_t pos;
    if (rt_is_null(d->handler)) {
        d->handler = rt_codec_lookup_error(ts, d->errors);
        if (rt_is_null(d->handler))
            return -1;
    }
    if (decode_exception(d, start, end, reason) < 0)
        return -1;
    rt_value r = rt_call1(ts, d->handler, d->exc);
    if (rt_is_null(r))
        return -1;
    int rc = unpack(ts, r, false, "decoding error handler must return (str, int) tuple", &text, &pos);
    if (rc == 0)
        rc = refetch_input(d);
    if (rc == 0) {
        if (pos < 0)
            pos += (int64_t)d->n;
        if (pos < 0 || pos > (int64_t)d->n) {
            rt_raise(ts, &rt_exc_IndexError, "position %zd from error handler out of bounds", pos);
            rc = -1;
        }
    }
    if (rc == 0) {
        rc = rt_strbuf_str(ts, &d->out, text);
        d->pos = (size_t)pos;
    }
    rt_decref(ts, r);
    return rc;
}

static int put_hex(struct rt_thread *ts, struct rt_strbuf *b, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    char tmp[10];
    int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8, n = 0;
    tmp[n++] = '\\';
    tmp[n++] = digits == 2 ? 'x' : digits == 4 ? 'u' : 'U';
    while (digits--)
        tmp[n++] = hex[c >> (4 * digits) & 15];
    return rt_strbuf_ascii(ts, b, tmp, (size_t)n);
}

int rt_decoding_error(struct decoding *d, size_t start, size_t end, const char *reason)
{
    struct rt_thread *ts = d->ts;
    d->pos = end;
    switch (d->mode) {
    case ERR_IGNORE:
        return 0;
    case ERR_REPLACE:
        return rt_strbuf_char(ts, &d->out, 0xfffd);
    case ERR_BACKSLASH:
        for (size_t i = start; i < end; i++) {
            if (put_hex(ts, &d->out, d->in[i]) < 0)
                return -1;
        }
        return 0;
    case ERR_ESCAPE: {
        size_t i = start;
        for (; i < end && i < start + 4 && d->in[i] >= 128; i++) {
            if (rt_strbuf_char(ts, &d->out, 0xdc00u + d->in[i]) < 0)
                return -1;
        }
        if (i > start) {
            d->pos = i;
            return 0;
        }
        break;
    }
    case ERR_STRICT:
        break;
    default:
        return decode_callback(d, start, end, reason);
    }
    if (decode_exception(d, start, end, reason) == 0)
        rt_raise_instance(ts, d->exc);
    return -1;
}

/* ---- encoding --------------------------------------------------------------------------------- */

int rt_bytebuf_reserve(struct rt_thread *ts, struct bytebuf *b, size_t n)
{
    if (b->n + n <= b->capacity)
        return 0;
    size_t capacity = b->n + n + b->capacity / 2 + 64;
    char *p = rt_raw_realloc(b->p, capacity);
    if (!p) {
        rt_raise_no_memory(ts);
        return -1;
    }
    b->p = p;
    b->capacity = capacity;
    return 0;
}

int rt_bytebuf_put(struct rt_thread *ts, struct bytebuf *b, const void *p, size_t n)
{
    if (rt_bytebuf_reserve(ts, b, n) < 0)
        return -1;
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

static int put_ascii(struct encoding *e, rt_value s)
{
    struct text t = rt_text(s);
    return t.ascii ? rt_bytebuf_put(e->ts, &e->out, t.d, t.n) : 1;
}

void rt_encoding_init(struct encoding *e, struct rt_thread *ts, const char *encoding, const char *errors, rt_value s)
{
    *e = (struct encoding){.ts = ts, .encoding = encoding, .errors = errors, .mode = rt_codec_error_mode(errors),
                           .handler = RT_NULL, .exc = RT_NULL, .str = s, .text = rt_text(s), .put = put_ascii, .unit = 1};
}

rt_value rt_encoding_finish(struct encoding *e, int rc)
{
    rt_value r = rc < 0 ? RT_NULL : rt_bytes_new(e->ts, e->out.p, e->out.n);
    rt_raw_free(e->out.p);
    rt_decref(e->ts, e->handler);
    rt_decref(e->ts, e->exc);
    return r;
}

static int encode_exception(struct encoding *e, size_t start, size_t end, const char *reason)
{
    if (rt_is_null(e->exc)) {
        e->exc = rt_exc_unicode_encode(e->ts, e->encoding, e->str, start, end, reason);
        return rt_is_null(e->exc) ? -1 : 0;
    }
    return set_reason(e->ts, e->exc, start, end, reason);
}

static int raise_encode(struct encoding *e, size_t start, size_t end, const char *reason)
{
    if (encode_exception(e, start, end, reason) == 0)
        rt_raise_instance(e->ts, e->exc);
    return -1;
}

static int put_replacement(struct encoding *e, rt_value text, size_t start, size_t end, const char *reason)
{
    int rc;
    if (rt_is_bytes(text)) {
        struct rt_bytes *b = rt_as_bytes(text);
        rc = b->length % e->unit ? 1 : rt_bytebuf_put(e->ts, &e->out, b->data, b->length);
    } else {
        rc = e->put(e, text);
    }
    return rc > 0 ? raise_encode(e, start, end, reason) : rc;
}

static int encode_callback(struct encoding *e, size_t start, size_t end, const char *reason)
{
    struct rt_thread *ts = e->ts;
    rt_value text;
    int64_t pos;
    if (rt_is_null(e->handler)) {
        e->handler = rt_codec_lookup_error(ts, e->errors);
        if (rt_is_null(e->handler))
            return -1;
    }
    if (encode_exception(e, start, end, reason) < 0)
        return -1;
    rt_value r = rt_call1(ts, e->handler, e->exc);
    if (rt_is_null(r))
        return -1;
    int rc = unpack(ts, r, true, "encoding error handler must return (str/bytes, int) tuple", &text, &pos);
    if (rc == 0) {
        if (pos < 0)
            pos += (int64_t)e->text.n;
        if (pos < 0 || pos > (int64_t)e->text.n) {
            rt_raise(ts, &rt_exc_IndexError, "position %zd from error handler out of bounds", pos);
            rc = -1;
        }
    }
    if (rc == 0) {
        e->pos = (size_t)pos;
        rc = put_replacement(e, text, start, end, reason);
    }
    rt_decref(ts, r);
    return rc;
}

static int put_built(struct encoding *e, struct rt_strbuf *b, int rc, size_t start, size_t end, const char *reason)
{
    if (rc < 0) {
        rt_strbuf_abort(b);
        return -1;
    }
    rt_value text = rt_strbuf_finish(e->ts, b);
    rc = rt_is_null(text) ? -1 : put_replacement(e, text, start, end, reason);
    rt_decref(e->ts, text);
    return rc;
}

static int put_charref(struct rt_thread *ts, struct rt_strbuf *b, uint32_t c)
{
    char tmp[16], *p = tmp + sizeof tmp;
    *--p = ';';
    do
        *--p = (char)('0' + c % 10);
    while (c /= 10);
    *--p = '#';
    *--p = '&';
    return rt_strbuf_ascii(ts, b, p, (size_t)(tmp + sizeof tmp - p));
}

int rt_encoding_error(struct encoding *e, size_t start, size_t end, const char *reason)
{
    struct rt_thread *ts = e->ts;
    struct rt_strbuf b;
    int rc = 0;
    e->pos = end;
    switch (e->mode) {
    case ERR_IGNORE:
        return 0;
    case ERR_REPLACE:
        rt_strbuf_init(&b);
        rc = rt_strbuf_fill(ts, &b, '?', end - start);
        return put_built(e, &b, rc, start, end, reason);
    case ERR_BACKSLASH:
    case ERR_XML:
        rt_strbuf_init(&b);
        for (size_t i = start; i < end && rc == 0; i++) {
            uint32_t c = rt_text_at(&e->text, i);
            rc = e->mode == ERR_XML ? put_charref(ts, &b, c) : put_hex(ts, &b, c);
        }
        return put_built(e, &b, rc, start, end, reason);
    case ERR_ESCAPE:
        if (e->unit == 1) {
            size_t i = start;
            for (; i < end; i++) {
                uint32_t c = rt_text_at(&e->text, i);
                if (c < 0xdc80 || c > 0xdcff)
                    break;
                char byte = (char)(c - 0xdc00);
                if (rt_bytebuf_put(ts, &e->out, &byte, 1) < 0)
                    return -1;
            }
            e->pos = i;
            if (i == end)
                return 0;
            return raise_encode(e, i, end, reason);
        }
        return encode_callback(e, start, end, reason);
    case ERR_STRICT:
        return raise_encode(e, start, end, reason);
    default:
        return encode_callback(e, start, end, reason);
    }
}

/* ---- the handlers as functions ---------------------------------------------------------------- */

struct failure {
    enum { F_ENCODE, F_DECODE, F_TRANSLATE } kind;
    rt_value object; /* owned: str or bytes */
    int64_t start, end, size;
};

static int read_failure(struct rt_thread *ts, rt_value exc, struct failure *f)
{
    struct rt_type *t = rt_type_of(exc);
    if (rt_type_is_subtype(t, &rt_exc_UnicodeEncodeError)) {
        f->kind = F_ENCODE;
    } else if (rt_type_is_subtype(t, &rt_exc_UnicodeDecodeError)) {
        f->kind = F_DECODE;
    } else if (rt_type_is_subtype(t, &rt_exc_UnicodeTranslateError)) {
        f->kind = F_TRANSLATE;
    } else {
        rt_raise(ts, &rt_exc_TypeError, "don't know how to handle %.200T in error callback", exc);
        return -1;
    }
    struct rt_exc_unicode *u = (struct rt_exc_unicode *)rt_ptr(exc);
    f->object = rt_slot_get(ts, u, &u->object);
    bool good = !rt_is_null(f->object) && (f->kind == F_DECODE ? rt_is_bytes(f->object) : rt_is_str(f->object));
    if (!good) {
        bool unset = rt_is_null(f->object);
        rt_decref(ts, f->object);
        rt_raise(ts, &rt_exc_TypeError, unset ? "object attribute not set" : "object attribute must be %s",
                 f->kind == F_DECODE ? "bytes" : "unicode");
        return -1;
    }
    f->size = f->kind == F_DECODE ? (int64_t)rt_as_bytes(f->object)->length : (int64_t)rt_str_len(f->object);
    f->start = rt_load_relaxed(&u->start);
    f->end = rt_load_relaxed(&u->end);
    if (f->start < 0)
        f->start = 0;
    if (f->start >= f->size)
        f->start = f->size ? f->size - 1 : 0;
    if (f->end < 1)
        f->end = 1;
    if (f->end > f->size)
        f->end = f->size;
    return 0;
}

static rt_value result(struct rt_thread *ts, struct failure *f, rt_value text, int64_t pos)
{
    rt_decref(ts, f->object);
    if (rt_is_null(text))
        return text;
    rt_value pair[2] = {text, rt_int_imm(pos)};
    return rt_tuple_steal(ts, pair, 2);
}

static rt_value strict_errors(struct rt_thread *ts, rt_value self, rt_value exc)
{
    if (rt_is_exc(exc))
        return rt_raise_instance(ts, exc);
    return rt_raise(ts, &rt_exc_TypeError, "codec must pass exception instance");
}

static rt_value ignore_errors(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct failure f;
    return read_failure(ts, exc, &f) < 0 ? RT_NULL : result(ts, &f, rt_str_empty(), f.end);
}

static rt_value replace_errors(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct failure f;
    struct rt_strbuf b;
    if (read_failure(ts, exc, &f) < 0)
        return RT_NULL;
    rt_strbuf_init(&b);
    size_t n = f.end > f.start ? (size_t)(f.end - f.start) : 0;
    int rc = f.kind == F_ENCODE ? rt_strbuf_fill(ts, &b, '?', n)
             : f.kind == F_DECODE ? rt_strbuf_char(ts, &b, 0xfffd) : rt_strbuf_fill(ts, &b, 0xfffd, n);
    rt_value text = rc < 0 ? RT_NULL : rt_strbuf_finish(ts, &b);
    return result(ts, &f, text, f.end);
}

static rt_value wrong(struct rt_thread *ts, struct failure *f, rt_value exc)
{
    rt_decref(ts, f->object);
    return rt_raise(ts, &rt_exc_TypeError, "don't know how to handle %.200T in error callback", exc);
}

static rt_value xmlcharrefreplace_errors(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct failure f;
    struct rt_strbuf b;
    int rc = 0;
    if (read_failure(ts, exc, &f) < 0)
        return RT_NULL;
    if (f.kind != F_ENCODE)
        return wrong(ts, &f, exc);
    rt_strbuf_init(&b);
    for (int64_t i = f.start; i < f.end && rc == 0; i++)
        rc = put_charref(ts, &b, rt_str_at(rt_as_str(f.object), (size_t)i));
    rt_value text = rc < 0 ? RT_NULL : rt_strbuf_finish(ts, &b);
    return result(ts, &f, text, f.end);
}

static rt_value escape_all(struct rt_thread *ts, rt_value exc, bool names)
{
    struct failure f;
    struct rt_strbuf b;
    int rc = 0;
    if (read_failure(ts, exc, &f) < 0)
        return RT_NULL;
    if (names && f.kind != F_ENCODE)
        return wrong(ts, &f, exc);
    rt_strbuf_init(&b);
    for (int64_t i = f.start; i < f.end && rc == 0; i++) {
        uint32_t c = f.kind == F_DECODE ? (uint8_t)rt_as_bytes(f.object)->data[i] : rt_str_at(rt_as_str(f.object), (size_t)i);
        char name[RT_UNICODE_NAME_MAX];
        size_t n = names ? rt_unicode_name(c, false, name) : 0;
        if (n) {
            rc = rt_strbuf_ascii(ts, &b, "\\N{", 3);
            if (rc == 0)
                rc = rt_strbuf_ascii(ts, &b, name, n);
            if (rc == 0)
                rc = rt_strbuf_char(ts, &b, '}');
        } else {
            rc = put_hex(ts, &b, c);
        }
    }
    rt_value text = rc < 0 ? RT_NULL : rt_strbuf_finish(ts, &b);
    return result(ts, &f, text, f.end);
}

static rt_value backslashreplace_errors(struct rt_thread *ts, rt_value self, rt_value exc) { return escape_all(ts, exc, false); }
static rt_value namereplace_errors(struct rt_thread *ts, rt_value self, rt_value exc) { return escape_all(ts, exc, true); }

static rt_value surrogateescape_errors(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct failure f;
    if (read_failure(ts, exc, &f) < 0)
        return RT_NULL;
    if (f.kind == F_ENCODE) {
        rt_value r = rt_bytes_new(ts, NULL, f.end > f.start ? (size_t)(f.end - f.start) : 0);
        for (int64_t i = f.start; i < f.end && !rt_is_null(r); i++) {
            uint32_t c = rt_str_at(rt_as_str(f.object), (size_t)i);
            if (c < 0xdc80 || c > 0xdcff) {
                rt_decref(ts, r);
                rt_decref(ts, f.object);
                return rt_raise_instance(ts, exc);
            }
            rt_as_bytes(r)->data[i - f.start] = (char)(c - 0xdc00);
        }
        return result(ts, &f, r, f.end);
    }
    if (f.kind != F_DECODE)
        return wrong(ts, &f, exc);
    uint32_t out[4];
    size_t n = 0;
    while (n < 4 && f.start + (int64_t)n < f.end) {
        uint8_t c = (uint8_t)rt_as_bytes(f.object)->data[f.start + (int64_t)n];
        if (c < 128)
            break;
        out[n++] = 0xdc00u + c;
    }
    if (n == 0) {
        rt_decref(ts, f.object);
        return rt_raise_instance(ts, exc);
    }
    return result(ts, &f, rt_str_from_ucs4(ts, out, n), f.start + (int64_t)n);
}

/* Which UTF the exception speaks of: unit bytes, byte order; 0 when none. */
static int utf_of(const char *name, bool *big)
{
    size_t i = 3;
    *big = false;
    if (strncasecmp(name, "utf", 3) != 0)
        return strcasecmp(name, "cp65001") == 0 ? 8 : 0;
    i += name[i] == '-' || name[i] == '_';
    int bits = 0;
    if (name[i] == '8' && !name[i + 1])
        return 8;
    if (strncmp(name + i, "16", 2) == 0)
        bits = 16;
    else if (strncmp(name + i, "32", 2) == 0)
        bits = 32;
    else
        return 0;
    i += 2;
    if (!name[i])
        return bits;
    i += name[i] == '-' || name[i] == '_';
    if (strcasecmp(name + i, "be") == 0)
        *big = true;
    else if (strcasecmp(name + i, "le") != 0)
        return 0;
    return bits;
}

static rt_value pass_encode(struct rt_thread *ts, rt_value exc, struct failure *f, int bits, bool big)
{
    uint8_t *p;
    size_t unit = bits == 8 ? 3 : (size_t)bits / 8;
    rt_value r = rt_bytes_new(ts, NULL, (size_t)(f->end - f->start) * unit);
    if (rt_is_null(r))
        return result(ts, f, r, 0);
    p = (uint8_t *)rt_as_bytes(r)->data;
    for (int64_t i = f->start; i < f->end; i++) {
        uint32_t c = rt_str_at(rt_as_str(f->object), (size_t)i);
        if (!rt_utf_is_surrogate(c)) {
            rt_decref(ts, r);
            rt_decref(ts, f->object);
            return rt_raise_instance(ts, exc);
        }
        if (bits == 8) {
            *p++ = (uint8_t)(0xe0 | c >> 12);
            *p++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
            *p++ = (uint8_t)(0x80 | (c & 0x3f));
        } else {
            for (size_t k = 0; k < unit; k++)
                *p++ = (uint8_t)(c >> 8 * (big ? unit - 1 - k : k));
        }
    }
    return result(ts, f, r, f->end);
}

static rt_value pass_decode(struct rt_thread *ts, rt_value exc, struct failure *f, int bits, bool big)
{
    const uint8_t *p = (const uint8_t *)rt_as_bytes(f->object)->data + f->start;
    size_t unit = bits == 8 ? 3 : (size_t)bits / 8;
    uint32_t c = 0;
    if (f->size - f->start >= (int64_t)unit) {
        if (bits == 8) {
            if ((p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80)
                c = (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        } else {
            for (size_t k = 0; k < unit; k++)
                c |= (uint32_t)p[k] << 8 * (big ? unit - 1 - k : k);
        }
    }
    if (!rt_utf_is_surrogate(c)) {
        rt_decref(ts, f->object);
        return rt_raise_instance(ts, exc);
    }
    return result(ts, f, rt_str_from_char(ts, c), f->start + (int64_t)unit);
}

static rt_value surrogatepass_errors(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct failure f;
    bool big;
    if (read_failure(ts, exc, &f) < 0)
        return RT_NULL;
    if (f.kind == F_TRANSLATE)
        return wrong(ts, &f, exc);
    struct rt_exc_unicode *u = (struct rt_exc_unicode *)rt_ptr(exc);
    rt_value name = rt_slot_get(ts, u, &u->encoding);
    const char *text = !rt_is_null(name) && rt_is_str(name) ? rt_str_utf8(ts, name, NULL) : NULL;
    int bits = text ? utf_of(text, &big) : 0;
    rt_decref(ts, name);
    if (!bits) {
        rt_decref(ts, f.object);
        return rt_pending(ts) ? RT_NULL : rt_raise_instance(ts, exc);
    }
    return f.kind == F_ENCODE ? pass_encode(ts, exc, &f, bits, big) : pass_decode(ts, exc, &f, bits, big);
}

const struct rt_method_def rt_codec_error_functions[] = {
    {"strict_errors", strict_errors, RT_METH_O, "Implements the 'strict' error handling, which raises a UnicodeError on coding errors."},
    {"ignore_errors", ignore_errors, RT_METH_O, "Implements the 'ignore' error handling, which ignores malformed data and continues."},
    {"replace_errors", replace_errors, RT_METH_O, "Implements the 'replace' error handling, which replaces malformed data with a replacement marker."},
    {"xmlcharrefreplace_errors", xmlcharrefreplace_errors, RT_METH_O,
     "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference."},
    {"backslashreplace_errors", backslashreplace_errors, RT_METH_O,
     "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence."},
    {"namereplace_errors", namereplace_errors, RT_METH_O,
     "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence."},
    {"surrogatepass", surrogatepass_errors, RT_METH_O, NULL},
    {"surrogateescape", surrogateescape_errors, RT_METH_O, NULL},
    {0},
};
