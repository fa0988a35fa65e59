/* SPDX-License-Identifier: MIT */
/* Whole strings through a multibyte codec: the loops, and what error handlers say. */
#include "core/modules/cjk/cjk.h"

struct outbuf { uint8_t *p; size_t n, space; };
static int put(struct rt_thread *ts, struct outbuf *b, const void *p, size_t n)
{
    if (b->n + n > b->space) {
        size_t space = (b->n + n) * 2 + 64;
        uint8_t *q = rt_raw_realloc(b->p, space);
        if (!q) {
            rt_raise_no_memory(ts);
            return -1;
        }
        b->p = q;
        b->space = space;
    }
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}
static rt_value take(struct rt_thread *ts, struct outbuf *b, bool ok)
{
    rt_value r = ok ? rt_bytes_new(ts, (char *)b->p, b->n) : RT_NULL;
    rt_raw_free(b->p);
    return r;
}

enum how { STRICT, IGNORE, REPLACE, CALL };
static enum how how_of(rt_value errors)
{
    return rt_is_null(errors) || rt_str_eq_cstr(errors, "strict") ? STRICT : rt_str_eq_cstr(errors, "ignore") ? IGNORE
           : rt_str_eq_cstr(errors, "replace") ? REPLACE : CALL;
}
/* A handler's answer (replacement, position): the replacement, checked by `bytes_too`; *pos the position. */
static rt_value handler_says(struct rt_thread *ts, rt_value errors, rt_value exc, size_t len, bool encoding, size_t *pos)
{
    const char *name = rt_str_utf8(ts, errors, NULL);
    rt_value h = name ? rt_codec_lookup_error(ts, name) : RT_NULL, t = h.bits ? rt_call1(ts, h, exc) : RT_NULL, r = RT_NULL;
    rt_decref(ts, h);
    if (rt_is_null(t))
        return t;
    const rt_value *it = rt_is_tuple(t) && rt_as_tuple(t)->length == 2 ? rt_as_tuple(t)->items : NULL;
    if (!it || !(rt_is_str(it[0]) || (encoding && rt_is_bytes(it[0]))) || !rt_is_any_int(it[1])) {
        rt_raise(ts, &rt_exc_TypeError, "%s error handler must return (str, int) tuple", encoding ? "encoding" : "decoding");
    } else {
        int64_t at = rt_as_i64(ts, it[1]);
        bool huge = rt_exc_clear_if(ts, &rt_exc_OverflowError);
        if (at < 0)
            at += (int64_t)len;
        if (huge || at < 0 || at > (int64_t)len) {
            rt_raise(ts, &rt_exc_IndexError, "position %zd from error handler out of bounds", (ssize_t)(huge ? -1 : at));
        } else {
            *pos = (size_t)at;
            r = rt_newref(ts, it[0]);
        }
    }
    rt_decref(ts, t);
    return r;
}
static rt_value make_error(struct rt_thread *ts, struct rt_type *type, const char *encoding, rt_value object, size_t start, size_t end, const char *reason)
{
    rt_value a[5] = {rt_str_from_cstr(ts, encoding), object, rt_int_imm((int64_t)start), rt_int_imm((int64_t)end), rt_str_from_cstr(ts, reason)};
    rt_value e = a[0].bits && a[4].bits ? rt_call(ts, rt_type_value(type), a, 5, RT_NULL) : RT_NULL;
    rt_decref(ts, a[0]);
    rt_decref(ts, a[4]);
    return e;
}
static const char *reason_of(bool more) { return more ? "incomplete multibyte sequence" : "illegal multibyte sequence"; }

/* ---- encoding ---- */
static int encode_error(struct rt_thread *ts, struct cjk_coding *c, struct outbuf *b, rt_value text, size_t *pos, size_t n, bool more)
{
    enum how how = how_of(c->errors);
    if (how == IGNORE || how == REPLACE) {
        uint8_t out[CJK_MAX_OUT] = "?";
        const uint32_t mark = '?';
        int k = 1;
        if (how == REPLACE && c->codec->encode(c->codec, &c->state, &mark, 1, true, out, &k) <= 0)
            k = 1;
        *pos += n;
        return how == REPLACE ? put(ts, b, out, (size_t)k) : 0;
    }
    rt_value e = make_error(ts, &rt_exc_UnicodeEncodeError, c->codec->name, text, *pos, *pos + n, reason_of(more)), r;
    if (rt_is_null(e))
        return -1;
    if (how == STRICT) {
        rt_raise_instance(ts, e);
        rt_decref(ts, e);
        return -1;
    }
    r = handler_says(ts, c->errors, e, rt_str_len(text), true, pos);
    rt_decref(ts, e);
    if (r.bits && rt_is_str(r)) { /* its text is encoded in turn, strictly */
        struct cjk_coding inner = {c->codec, c->state, RT_NULL};
        size_t used;
        rt_value bytes = cjk_encode(ts, &inner, r, true, false, &used);
        c->state = inner.state;
        rt_decref(ts, r);
        r = bytes;
    }
    int err = rt_is_null(r) ? -1 : put(ts, b, rt_as_bytes(r)->data, rt_as_bytes(r)->length);
    rt_decref(ts, r);
    return err;
}
rt_value cjk_encode(struct rt_thread *ts, struct cjk_coding *c, rt_value text, bool last, bool back, size_t *used)
{
    struct outbuf b = {0};
    size_t n = rt_str_len(text), i = 0;
    uint8_t out[CJK_MAX_OUT];
    while (i < n) {
        uint32_t in[2] = {rt_str_at(rt_as_str(text), i), i + 1 < n ? rt_str_at(rt_as_str(text), i + 1) : 0};
        int k = 0, r = c->codec->encode(c->codec, &c->state, in, n - i, last, out, &k);
        if (r == 0 && !last)
            break;
        if (r > 0) {
            i += (size_t)r;
            if (put(ts, &b, out, (size_t)k) < 0)
                return take(ts, &b, false);
        } else if (encode_error(ts, c, &b, text, &i, r == 0 ? n - i : 1, r == 0) < 0) {
            return take(ts, &b, false);
        }
    }
    *used = i;
    if (back && c->codec->finish) {
        int k = c->codec->finish(c->codec, &c->state, out);
        if (put(ts, &b, out, (size_t)k) < 0)
            return take(ts, &b, false);
    }
    return take(ts, &b, true);
}

/* ---- decoding ---- */
static int decode_error(struct rt_thread *ts, struct cjk_coding *c, struct rt_strbuf *b, const uint8_t *p, size_t len, size_t *pos, size_t n, bool more)
{
    enum how how = how_of(c->errors);
    if (how == IGNORE || how == REPLACE) {
        *pos += n;
        return how == REPLACE ? rt_strbuf_char(ts, b, 0xfffd) : 0;
    }
    rt_value bytes = rt_bytes_new(ts, (const char *)p, len), e, r;
    e = bytes.bits ? make_error(ts, &rt_exc_UnicodeDecodeError, c->codec->name, bytes, *pos, *pos + n, reason_of(more)) : RT_NULL;
    rt_decref(ts, bytes);
    if (rt_is_null(e))
        return -1;
    if (how == STRICT) {
        rt_raise_instance(ts, e);
        rt_decref(ts, e);
        return -1;
    }
    r = handler_says(ts, c->errors, e, len, false, pos);
    rt_decref(ts, e);
    int err = rt_is_null(r) ? -1 : rt_strbuf_str(ts, b, r);
    rt_decref(ts, r);
    return err;
}
rt_value cjk_decode(struct rt_thread *ts, struct cjk_coding *c, const uint8_t *p, size_t n, bool last, size_t *used)
{
    struct rt_strbuf b;
    size_t i = 0;
    int err = 0;
    rt_strbuf_init(&b);
    while (i < n && !err) {
        uint32_t out[2];
        int k = 0, r = c->codec->decode(c->codec, &c->state, p + i, n - i, out, &k);
        if (r > 0) {
            i += (size_t)r;
            for (int j = 0; j < k && !err; j++)
                err = rt_strbuf_char(ts, &b, out[j]);
        } else if (r == 0 && !last) {
            break;
        } else {
            err = decode_error(ts, c, &b, p, n, &i, r == 0 ? n - i : (size_t)-r, r == 0);
        }
    }
    *used = i;
    if (!err)
        return rt_strbuf_finish(ts, &b);
    rt_strbuf_abort(&b);
    return RT_NULL;
}
