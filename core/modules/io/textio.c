/* SPDX-License-Identifier: MIT */
/*
 * TextIOWrapper and IncrementalNewlineDecoder.
 *
 * UTF-8, ASCII and Latin-1 are decoded here, incrementally; other encodings through the codec's incremental
 * decoder object. Text read ahead is `decoded` from `used` on. Text written is encoded at once and gathered in
 * `out` until a chunk is full, a newline asks for a flush, or the stream is read, sought or flushed.
 */
#include <langinfo.h>

#include "core/base/strsearch.h"
#include "core/modules/io/textio_internal.h"
#include "core/seam/config.h"

rt_value rt_textio_buffer(struct rt_thread *ts, rt_value self)
{
    struct textio *t = T(self);
    if (!rt_load_relaxed(&t->ok))
        return rt_raise(ts, &rt_exc_ValueError, rt_load_relaxed(&t->detached) ? "underlying buffer has been detached" : "I/O operation on uninitialized object");
    rt_value b = rt_slot_get(ts, t, &t->buffer);
    if (rt_is_null(b)) /* another thread detaches it just now */
        rt_raise(ts, &rt_exc_ValueError, "underlying buffer has been detached");
    return b;
}
int rt_textio_check_open(struct rt_thread *ts, rt_value self)
{
    rt_value b = rt_textio_buffer(ts, self);
    if (rt_is_null(b))
        return -1;
    int c = rt_io_closed(ts, b);
    rt_decref(ts, b);
    if (c > 0)
        rt_raise(ts, &rt_exc_ValueError, "I/O operation on closed file.");
    return c ? -1 : 0;
}

/* ---- making one ---- */
static rt_value tx_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (v.bits)
        rt_store_relaxed(&T(v)->chunk, RT_IO_BUFFER);
    return v;
}
static uint8_t codec_for(const char *enc)
{
    char norm[32];
    size_t k = 0;
    for (; *enc && k < 31; enc++)
        if (*enc != '-' && *enc != '_' && *enc != ' ')
            norm[k++] = (char)(*enc >= 'A' && *enc <= 'Z' ? *enc + 32 : *enc);
    norm[k] = 0;
    if (!strcmp(norm, "utf8") || !strcmp(norm, "u8") || !strcmp(norm, "cp65001"))
        return CODEC_UTF8;
    if (!strcmp(norm, "ascii") || !strcmp(norm, "usascii") || !strcmp(norm, "646"))
        return CODEC_ASCII;
    if (!strcmp(norm, "latin1") || !strcmp(norm, "iso88591") || !strcmp(norm, "l1") || !strcmp(norm, "8859"))
        return CODEC_LATIN1;
    return CODEC_OTHER;
}
static int set_newline(struct rt_thread *ts, struct textio *t, rt_value nl)
{
    const char *s = NULL;
    if (nl.bits && !rt_is_none(nl)) {
        if (!rt_is_str(nl)) {
            rt_raise(ts, &rt_exc_TypeError, "TextIOWrapper() argument 'newline' must be str or None, not %N", nl);
            return -1;
        }
        s = rt_str_utf8(ts, nl, NULL);
        if (!s)
            return -1;
        if (*s && strcmp(s, "\n") && strcmp(s, "\r") && strcmp(s, "\r\n")) {
            rt_raise(ts, &rt_exc_ValueError, "illegal newline value: %s", s);
            return -1;
        }
    }
    t->readnl_none = !s;
    strcpy(t->readnl, s ? s : "");
    rt_store_relaxed(&t->readuniversal, !s || !*s);
    t->readtranslate = !s;
    t->writetranslate = !s || *s;
    t->writenl = s && !strcmp(s, "\r") ? "\r" : s && !strcmp(s, "\r\n") ? "\r\n" : NULL;
    return 0;
}
static int make_decoder(struct rt_thread *ts, struct textio *t)
{
    rt_slot_set(ts, &t->decoder, RT_NULL);
    t->npending = 0;
    t->pending_cr = false;
    if (t->codec != CODEC_OTHER)
        return 0;
    rt_value f = rt_import_attr(ts, "codecs", "getincrementaldecoder"), enc = rt_slot_get(ts, t, &t->encoding), cls, dec, err;
    cls = f.bits ? rt_call1(ts, f, enc) : RT_NULL;
    rt_decref(ts, f);
    rt_decref(ts, enc);
    if (rt_is_null(cls))
        return -1;
    err = rt_slot_get(ts, t, &t->errors);
    dec = rt_call1(ts, cls, err);
    rt_decref(ts, err);
    rt_decref(ts, cls);
    if (rt_is_null(dec))
        return -1;
    rt_slot_set(ts, &t->decoder, dec);
    return 0;
}
/* Development mode looks the error handler up at once. */
static int check_errors(struct rt_thread *ts, rt_value errors)
{
    rt_value f = rt_import_attr(ts, "_codecs", "lookup_error"), h = f.bits ? rt_call1(ts, f, errors) : RT_NULL;
    rt_decref(ts, f);
    rt_decref(ts, h);
    return h.bits ? 0 : -1;
}
static int check_codec(struct rt_thread *ts, rt_value enc, rt_value errors)
{
    if (rt_is_str(errors)) {
        size_t n;
        const char *s = rt_str_utf8(ts, errors, &n);
        if (!s)
            return -1;
        if (strlen(s) != n) {
            rt_raise(ts, &rt_exc_ValueError, "embedded null character");
            return -1;
        }
    }
    const char *e = rt_str_utf8_nonul(ts, enc);
    if (!e || (rt_runtime.config->dev_mode && rt_is_str(errors) && check_errors(ts, errors) < 0))
        return -1;
    if (codec_for(e) != CODEC_OTHER)
        return 0;
    rt_value look = rt_import_attr(ts, "codecs", "lookup"), info = look.bits ? rt_call1(ts, look, enc) : RT_NULL, text;
    rt_decref(ts, look);
    if (rt_is_null(info))
        return -1;
    text = rt_getattr_opt_cstr(ts, info, "_is_text_encoding");
    bool bad = text.bits && rt_is_false(text);
    rt_decref(ts, text);
    rt_decref(ts, info);
    if (bad)
        rt_raise(ts, &rt_exc_LookupError, "'%.400s' is not a text encoding; use codecs.open() to handle arbitrary codecs", e);
    return bad || rt_pending(ts) ? -1 : 0;
}
/* The encoding of files that name none, as the locale spells it. */
static rt_value locale_encoding(struct rt_thread *ts)
{
    const char *name = rt_runtime.config->utf8_mode ? "utf-8" : nl_langinfo(CODESET);
    return rt_str_intern_cstr(ts, *name ? name : "utf-8");
}

/* Forgets what was read or is to be written, and any earlier buffer. */
static void reset_state(struct rt_thread *ts, struct textio *t)
{
    rt_store_relaxed(&t->seennl, 0);
    rt_slot_set(ts, &t->decoded, RT_NULL);
    rt_slot_set(ts, &t->snapshot, RT_NULL);
    rt_slot_set(ts, &t->encoder, RT_NULL);
    t->used = t->out_len = 0;
}

/* What the buffer says of itself, as a truth; -1: raised. */
static int ask_buffer(struct rt_thread *ts, rt_value buffer, const char *method)
{
    rt_value r = rt_call_method(ts, buffer, method, NULL, 0);
    int yes = rt_is_null(r) ? -1 : rt_truth(ts, r);
    rt_decref(ts, r);
    return yes;
}

/* Readable, writable, seekable: what the buffer can do decides what this file prepares for. */
static int probe_buffer(struct rt_thread *ts, struct textio *t, rt_value buffer)
{
    int yes = ask_buffer(ts, buffer, "readable");
    if (yes < 0 || (yes && make_decoder(ts, t) < 0))
        return -1;
    if ((yes = ask_buffer(ts, buffer, "writable")) < 0)
        return -1;
    rt_store_relaxed(&t->writable, yes);
    if ((yes = ask_buffer(ts, buffer, "seekable")) < 0)
        return -1;
    rt_store_relaxed(&t->telling, yes);
    rt_store_relaxed(&t->seekable, yes);
    rt_value r = rt_getattr_opt_cstr(ts, buffer, "read1");
    rt_exc_clear(ts);
    t->has_read1 = r.bits != 0;
    rt_decref(ts, r);
    return 0;
}

static int init_locked(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"buffer", "encoding", "errors", "newline", "line_buffering", "write_through", NULL};
    static const struct rt_argspec spec = {"TextIOWrapper", names, 0, 1, 6, 6};
    rt_value v[6], enc, errors;
    struct textio *t = T(self);
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    rt_store_relaxed(&t->ok, false);
    rt_store_relaxed(&t->detached, false);
    if (v[1].bits && !rt_is_none(v[1]) && !rt_is_str(v[1])) {
        rt_raise_arg_type(ts, "TextIOWrapper", "encoding", "str or None", v[1]);
        return -1;
    }
    if (v[2].bits && !rt_is_none(v[2]) && !rt_is_str(v[2])) {
        rt_raise(ts, &rt_exc_TypeError, "TextIOWrapper() argument 'errors' must be str or None, not %N", v[2]);
        return -1;
    }
    int lb = v[4].bits ? rt_truth(ts, v[4]) : 0, wt = v[5].bits ? rt_truth(ts, v[5]) : 0;
    if (lb < 0 || wt < 0 || set_newline(ts, t, v[3]) < 0)
        return -1;
    errors = v[2].bits && !rt_is_none(v[2]) ? rt_newref(ts, v[2]) : rt_str_intern_cstr(ts, "strict");
    if (!v[1].bits || rt_is_none(v[1]) || rt_str_eq_cstr(v[1], "locale"))
        enc = locale_encoding(ts);
    else
        enc = rt_newref(ts, v[1]);
    if (check_codec(ts, enc, errors) < 0) {
        rt_decref(ts, enc);
        rt_decref(ts, errors);
        return -1;
    }
    t->codec = codec_for(rt_str_utf8(ts, enc, NULL));
    rt_slot_set(ts, &t->encoding, enc);
    rt_slot_set(ts, &t->errors, errors);
    rt_store_relaxed(&t->line_buffering, lb);
    rt_store_relaxed(&t->write_through, wt);
    reset_state(ts, t);
    rt_slot_set(ts, &t->buffer, rt_newref(ts, v[0]));
    if (probe_buffer(ts, t, v[0]) < 0)
        return -1;
    rt_store_relaxed(&t->ok, true);
    return 0;
}

static int tx_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_io_lock_enter(ts, &T(self)->lock, self) < 0) /* __init__ once more, while another thread reads */
        return -1;
    int rc = init_locked(ts, self, args, n, kw);
    rt_io_lock_leave(&T(self)->lock);
    return rc;
}

/* ---- decoding ---- */
static rt_value decode_native(struct rt_thread *ts, struct textio *t, const char *p, size_t n, bool final)
{
    rt_value errs = rt_slot_get(ts, t, &t->errors), r, joined = RT_NULL;
    const char *e = rt_str_utf8(ts, errs, NULL);
    if (t->npending) {
        joined = rt_bytes_new(ts, NULL, n + t->npending);
        if (rt_is_null(joined))
            return joined;
        memcpy(rt_as_bytes(joined)->data, t->pending, t->npending);
        memcpy(rt_as_bytes(joined)->data + t->npending, p, n);
        p = rt_as_bytes(joined)->data;
        n += t->npending;
        t->npending = 0;
    }
    if (t->codec == CODEC_UTF8 && !final) { /* keep an incomplete sequence for later */
        size_t back = 0;
        while (back < 3 && back < n && ((uint8_t)p[n - 1 - back] & 0xc0) == 0x80)
            back++;
        if (back < n) {
            uint8_t lead = (uint8_t)p[n - 1 - back];
            size_t need = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
            if (lead >= 0xc2 && lead < 0xf5 && need > back + 1) {
                t->npending = (uint8_t)(back + 1);
                memcpy(t->pending, p + n - t->npending, t->npending);
                n -= t->npending;
            }
        }
    }
    r = t->codec == CODEC_LATIN1 ? rt_str_from_latin1(ts, (const uint8_t *)p, n)
        : rt_str_decode(ts, p, n, t->codec == CODEC_UTF8 ? "utf-8" : "ascii", e);
    rt_decref(ts, joined);
    rt_decref(ts, errs);
    return r;
}
/* Text of a chunk of bytes, newlines translated. */
rt_value rt_textio_decode(struct rt_thread *ts, struct textio *t, rt_value bytes, bool final)
{
    rt_value text, r;
    if (t->codec != CODEC_OTHER) {
        struct rt_buffer b;
        if (rt_buffer_get(ts, bytes, &b, RT_BUF_SIMPLE) < 0)
            return RT_NULL;
        text = decode_native(ts, t, b.buf, (size_t)b.len, final);
        rt_buffer_release(ts, &b);
    } else {
        rt_value dec = rt_slot_get(ts, t, &t->decoder), a[2] = {bytes, rt_bool(final)};
        if (rt_is_null(dec) || rt_is_none(dec))
            return rt_io_unsupported(ts, "not readable");
        text = rt_call_method(ts, dec, "decode", a, 2);
        rt_decref(ts, dec);
        if (text.bits && !rt_is_str(text)) {
            rt_raise(ts, &rt_exc_TypeError, "decoder should return a string result, not '%.200T'", text);
            rt_clear(ts, &text);
        }
    }
    if (rt_is_null(text) || !rt_load_relaxed(&t->readuniversal))
        return text;
    r = rt_newline_translate(ts, text, t->readtranslate, &t->pending_cr, &t->seennl, final);
    rt_decref(ts, text);
    return r;
}

void rt_textio_set_decoded(struct rt_thread *ts, struct textio *t, rt_value owned)
{
    rt_slot_set(ts, &t->decoded, owned);
    t->used = 0;
}

int rt_textio_getstate(struct rt_thread *ts, struct textio *t, rt_value *pending, rt_value *flags)
{
    *pending = *flags = RT_NULL;
    if (t->codec != CODEC_OTHER) {
        *pending = rt_bytes_new(ts, t->pending, t->npending);
        *flags = rt_int_imm(rt_load_relaxed(&t->readuniversal) && t->pending_cr);
        return pending->bits ? 0 : -1;
    }
    rt_value dec = rt_slot_get(ts, t, &t->decoder), st = dec.bits ? rt_call_method(ts, dec, "getstate", NULL, 0) : RT_NULL;
    rt_decref(ts, dec);
    if (rt_is_null(st))
        return -1;
    if (!rt_is_tuple(st) || rt_as_tuple(st)->length != 2) {
        rt_raise(ts, &rt_exc_TypeError, "illegal decoder state");
    } else if (!rt_is_bytes(rt_as_tuple(st)->items[0])) {
        rt_raise(ts, &rt_exc_TypeError, "illegal decoder state: the first item should be a bytes object, not '%.200T'", rt_as_tuple(st)->items[0]);
    } else {
        int64_t f = rt_as_i64(ts, rt_as_tuple(st)->items[1]);
        if (!rt_pending(ts)) {
            *pending = rt_newref(ts, rt_as_tuple(st)->items[0]);
            *flags = rt_int_from_i64(ts, rt_load_relaxed(&t->readuniversal) ? f << 1 | t->pending_cr : f);
        }
    }
    rt_decref(ts, st);
    return rt_pending(ts) ? -1 : 0;
}
/* Take the snapshot for tell(): the decoder's flags before the chunk, and all the bytes it has seen since it had nothing
   pending. `pending` is null while the position is not asked for. */
static int remember(struct rt_thread *ts, struct textio *t, rt_value pending, rt_value flags, rt_value bytes)
{
    if (rt_is_null(pending))
        return 0;
    rt_value all, pair;
    if (rt_is_bytes(bytes) && rt_as_bytes(pending)->length == 0)
        all = rt_newref(ts, bytes);
    else
        all = rt_binary(ts, pending, bytes, RT_BIN_ADD);
    pair = all.bits ? rt_tuple_pack(ts, 2, flags, all) : RT_NULL;
    rt_decref(ts, all);
    rt_slot_set(ts, &t->snapshot, pair);
    return pair.bits ? 0 : -1;
}

/* Read one chunk: 1 more text, 0 end, -1 error. The rest of decoded text is kept in front. */
static int read_chunk(struct rt_thread *ts, rt_value self, int64_t hint)
{
    struct textio *t = T(self);
    rt_value buf = rt_textio_buffer(ts, self), size = rt_int_imm(hint > rt_load_relaxed(&t->chunk) ? hint : rt_load_relaxed(&t->chunk)), bytes, text;
    if (rt_is_null(buf))
        return -1;
    rt_value pending = RT_NULL, flags = RT_NULL;
    if (rt_load_relaxed(&t->telling) && rt_textio_getstate(ts, t, &pending, &flags) < 0) {
        rt_decref(ts, buf);
        return -1;
    }
    bytes = rt_call_method(ts, buf, t->has_read1 ? "read1" : "read", &size, 1);
    rt_decref(ts, buf);
    if (bytes.bits && !rt_has_buffer(bytes)) {
        rt_raise(ts, &rt_exc_TypeError, "underlying %s() should have returned a bytes-like object, not '%.200T'", t->has_read1 ? "read1" : "read", bytes);
        rt_clear(ts, &bytes);
    }
    int res = -1;
    text = bytes.bits ? rt_textio_decode(ts, t, bytes, rt_len(ts, bytes) == 0) : RT_NULL;
    if (text.bits && remember(ts, t, pending, flags, bytes) == 0) {
        res = rt_str_len(text) > 0 || rt_len(ts, bytes) > 0;
        rt_textio_set_decoded(ts, t, text);
    } else {
        rt_decref(ts, text);
    }
    rt_decref(ts, pending);
    rt_decref(ts, flags);
    rt_decref(ts, bytes);
    return res;
}
/* What is left of the decoded text, taken; empty str if none. */
static rt_value take_rest(struct rt_thread *ts, struct textio *t)
{
    rt_value d = rt_slot_get(ts, t, &t->decoded), r;
    if (rt_is_null(d))
        return rt_str_empty();
    r = t->used ? rt_str_sub(ts, d, t->used, rt_str_len(d)) : rt_newref(ts, d);
    t->used = rt_str_len(d);
    rt_decref(ts, d);
    return r;
}

/* ---- writing ---- */
int rt_textio_write_out(struct rt_thread *ts, rt_value self)
{
    struct textio *t = T(self);
    if (!t->out_len)
        return 0;
    rt_value buf = rt_textio_buffer(ts, self), b = buf.bits ? rt_bytes_new(ts, t->out, t->out_len) : RT_NULL, r;
    if (rt_is_null(b)) {
        rt_decref(ts, buf);
        return -1;
    }
    t->out_len = 0;
    do {
        r = rt_call_method(ts, buf, "write", &b, 1);
    } while (rt_is_null(r) && rt_exc_is(ts, &rt_exc_InterruptedError) && (rt_exc_clear(ts), rt_signal_check(ts) == 0));
    rt_decref(ts, buf);
    rt_decref(ts, b);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}
static int append_out(struct rt_thread *ts, rt_value self, const char *p, size_t n)
{
    struct textio *t = T(self);
    if (!n)
        return 0;
    if (t->out_len + n > (size_t)rt_load_relaxed(&t->chunk) && rt_textio_write_out(ts, self) < 0) /* pieces above a chunk are not joined */
        return -1;
    if (t->out_len + n > t->out_cap) {
        size_t cap = (t->out_len + n) * 2 < 256 ? 256 : (t->out_len + n) * 2;
        char *q = rt_raw_realloc(t->out, cap);
        if (!q) {
            rt_raise_no_memory(ts);
            return -1;
        }
        t->out = q;
        t->out_cap = cap;
    }
    memcpy(t->out + t->out_len, p, n);
    t->out_len += n;
    return 0;
}
static rt_value encode_text(struct rt_thread *ts, struct textio *t, rt_value text)
{
    rt_value enc = rt_slot_get(ts, t, &t->encoding), err = rt_slot_get(ts, t, &t->errors), r;
    const char *e = rt_str_utf8(ts, enc, NULL), *x = rt_str_utf8(ts, err, NULL);
    r = e && x ? rt_str_encode(ts, text, e, x) : RT_NULL;
    rt_decref(ts, enc);
    rt_decref(ts, err);
    return r;
}
static rt_value stream_encode(struct rt_thread *ts, rt_value self, rt_value text)
{
    struct textio *t = T(self);
    rt_value e = rt_slot_get(ts, t, &t->encoder), err, f, cls, r;
    if (rt_is_null(e)) {
        f = rt_import_attr(ts, "codecs", "getincrementalencoder");
        rt_value enc = rt_slot_get(ts, t, &t->encoding);
        cls = f.bits ? rt_call1(ts, f, enc) : RT_NULL;
        rt_decref(ts, enc);
        rt_decref(ts, f);
        if (rt_is_null(cls))
            return cls;
        err = rt_slot_get(ts, t, &t->errors);
        e = rt_call1(ts, cls, err);
        rt_decref(ts, err);
        rt_decref(ts, cls);
        if (rt_is_null(e))
            return e;
        if (rt_load_relaxed(&t->seekable)) { /* appending: the byte-order mark is there already */
            rt_value b = rt_textio_buffer(ts, self), pos = b.bits ? rt_call_method(ts, b, "tell", NULL, 0) : RT_NULL, zero = rt_int_imm(0);
            if (pos.bits && rt_is_int(pos) && rt_int_get(pos) != 0) {
                r = rt_call_method(ts, e, "setstate", &zero, 1);
                rt_decref(ts, r);
            }
            rt_exc_clear(ts);
            rt_decref(ts, pos);
            rt_decref(ts, b);
        }
        rt_slot_set(ts, &t->encoder, rt_newref(ts, e));
    }
    r = rt_call_method(ts, e, "encode", &text, 1);
    rt_decref(ts, e);
    if (r.bits && !rt_is_bytes(r)) {
        rt_raise(ts, &rt_exc_TypeError, "encoder should return a bytes object, not '%.200T'", r);
        rt_clear(ts, &r);
    }
    return r;
}
static bool has_char(struct rt_thread *ts, rt_value text, const char *c)
{
    const struct rt_str *s = rt_as_str(text);
    if (s->kind == 1)
        return memchr(rt_str_data(s), *c, s->length) != NULL;
    return rt_str_find(text, rt_str_intern_cstr(ts, c), 0, (int64_t)s->length, 1) >= 0;
}
static rt_value write_locked(struct rt_thread *ts, rt_value self, rt_value text)
{
    struct textio *t = T(self);
    size_t n = rt_str_len(text);
    bool haslf = (t->writetranslate || rt_load_relaxed(&t->line_buffering)) && has_char(ts, text, "\n");
    bool flush = rt_load_relaxed(&t->write_through) || (rt_load_relaxed(&t->line_buffering) && (haslf || has_char(ts, text, "\r")));
    rt_value owned = RT_NULL, b;
    if (haslf && t->writetranslate && t->writenl) {
        rt_value a[2] = {rt_str_intern_cstr(ts, "\n"), rt_str_intern_cstr(ts, t->writenl)};
        owned = rt_call_method(ts, text, "replace", a, 2);
        if (rt_is_null(owned))
            return owned;
        text = owned;
    }
    int err;
    if (rt_as_str(text)->ascii && t->codec != CODEC_OTHER) {
        err = append_out(ts, self, rt_str_data(rt_as_str(text)), rt_str_len(text));
    } else {
        b = t->codec == CODEC_OTHER ? stream_encode(ts, self, text) : encode_text(ts, t, text);
        err = rt_is_null(b) ? -1 : append_out(ts, self, rt_as_bytes(b)->data, rt_as_bytes(b)->length);
        rt_decref(ts, b);
    }
    rt_decref(ts, owned);
    if (err < 0 || ((flush || t->out_len >= (size_t)rt_load_relaxed(&t->chunk)) && rt_textio_write_out(ts, self) < 0))
        return RT_NULL;
    if (rt_load_relaxed(&t->line_buffering) && flush) {
        rt_value buf = rt_textio_buffer(ts, self), r = buf.bits ? rt_call_method(ts, buf, "flush", NULL, 0) : RT_NULL;
        rt_decref(ts, buf);
        rt_decref(ts, r);
        if (rt_is_null(r))
            return r;
    }
    if (rt_slot_peek(&t->decoded).bits || t->used)
        rt_textio_set_decoded(ts, t, RT_NULL);
    if (rt_slot_peek(&t->snapshot).bits)
        rt_slot_set(ts, &t->snapshot, RT_NULL);
    return rt_int_imm((int64_t)n);
}
static rt_value tx_write(struct rt_thread *ts, rt_value self, rt_value text)
{
    if (!rt_is_str(text))
        return rt_raise(ts, &rt_exc_TypeError, "write() argument must be str, not %N", text);
    if (rt_textio_check_open(ts, self) < 0)
        return RT_NULL;
    if (!rt_load_relaxed(&T(self)->writable))
        return rt_io_unsupported(ts, "not writable");
    if (rt_io_lock_enter(ts, &T(self)->lock, self) < 0)
        return RT_NULL;
    rt_value r = write_locked(ts, self, text);
    rt_io_lock_leave(&T(self)->lock);
    return r;
}
static rt_value tx_flush(struct rt_thread *ts, rt_value self)
{
    if (rt_textio_check_open(ts, self) < 0 || rt_io_lock_enter(ts, &T(self)->lock, self) < 0)
        return RT_NULL;
    rt_store_relaxed(&T(self)->telling, rt_load_relaxed(&T(self)->seekable));
    int err = rt_textio_write_out(ts, self);
    rt_io_lock_leave(&T(self)->lock);
    rt_value buf = err < 0 ? RT_NULL : rt_textio_buffer(ts, self), r = buf.bits ? rt_call_method(ts, buf, "flush", NULL, 0) : RT_NULL;
    rt_decref(ts, buf);
    return rt_io_none(ts, r);
}

/* ---- reading ---- */
static rt_value read_locked(struct rt_thread *ts, rt_value self, int64_t n)
{
    struct textio *t = T(self);
    if (rt_textio_write_out(ts, self) < 0)
        return RT_NULL;
    if (n < 0) {
        rt_value buf = rt_textio_buffer(ts, self), bytes = buf.bits ? rt_call_method(ts, buf, "read", NULL, 0) : RT_NULL, text, rest, r;
        rt_decref(ts, buf);
        if (rt_is_null(bytes))
            return bytes;
        if (rt_is_none(bytes)) {
            return rt_raise(ts, &rt_exc_TypeError, "underlying read() should have returned a bytes-like object, not 'NoneType'");
        }
        text = rt_textio_decode(ts, t, bytes, true);
        rt_decref(ts, bytes);
        if (rt_is_null(text))
            return text;
        rest = take_rest(ts, t);
        r = rt_str_len(rest) ? rt_str_concat(ts, rest, text) : rt_newref(ts, text);
        rt_decref(ts, rest);
        rt_decref(ts, text);
        rt_textio_set_decoded(ts, t, RT_NULL);
        rt_slot_set(ts, &t->snapshot, RT_NULL);
        return r;
    }
    rt_value acc = rt_str_empty();
    while (n > 0) {
        rt_value d = rt_slot_get(ts, t, &t->decoded), part, sum;
        size_t have = d.bits ? rt_str_len(d) - t->used : 0, take = have < (size_t)n ? have : (size_t)n;
        if (take) {
            part = rt_str_sub(ts, d, t->used, t->used + take);
            t->used += take;
            n -= (int64_t)take;
            sum = rt_str_len(acc) ? rt_str_concat(ts, acc, part) : rt_newref(ts, part);
            rt_decref(ts, part);
            rt_decref(ts, acc);
            acc = sum;
        }
        rt_decref(ts, d);
        if (rt_is_null(acc) || n == 0)
            break;
        int k = read_chunk(ts, self, n);
        if (k < 0) {
            rt_decref(ts, acc);
            return RT_NULL;
        }
        if (k == 0)
            break;
    }
    return acc;
}
static rt_value tx_read(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t size;
    if (rt_args_count(ts, "read", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0 || rt_textio_check_open(ts, self) < 0)
        return RT_NULL;
    rt_value buf = rt_textio_buffer(ts, self), can = buf.bits ? rt_call_method(ts, buf, "readable", NULL, 0) : RT_NULL;
    rt_decref(ts, buf);
    if (rt_is_null(can))
        return can;
    if (!rt_is_true(can))
        return rt_io_unsupported(ts, "not readable");
    if (rt_io_lock_enter(ts, &T(self)->lock, self) < 0)
        return RT_NULL;
    rt_value r = read_locked(ts, self, size);
    rt_io_lock_leave(&T(self)->lock);
    return r;
}
/* End of the line that starts at `from` (index after its newline), or -1 if it is not complete yet. */
static int64_t line_end(struct rt_thread *ts, struct textio *t, rt_value d, size_t from)
{
    int64_t n = (int64_t)rt_str_len(d), i;
    if (t->readtranslate || !strcmp(t->readnl, "\n")) {
        i = rt_str_find(d, rt_str_from_char(ts, '\n'), (int64_t)from, n, 1); /* one of those that are always there */
        return i < 0 ? -1 : i + 1;
    }
    if (*t->readnl) {
        i = rt_str_find(d, rt_str_intern_cstr(ts, t->readnl), (int64_t)from, n, 1);
        return i < 0 ? -1 : i + (int64_t)strlen(t->readnl);
    }
    for (i = (int64_t)from; i < n; i++) {
        uint32_t c = rt_str_at(rt_as_str(d), (size_t)i);
        if (c == '\n')
            return i + 1;
        if (c == '\r')
            return i + 1 < n && rt_str_at(rt_as_str(d), (size_t)i + 1) == '\n' ? i + 2 : i + 1;
    }
    return -1;
}
/* A line that does not end grows in `acc`; beyond this length its start goes to a list, joined at the end: joining
   every chunk to all before it would take quadratic time. The last character stays: it may be half of a "\r\n". */
enum { LONG_LINE = 1 << 16 };
static int put_aside(struct rt_thread *ts, rt_value *pieces, rt_value *acc, int64_t *limit)
{
    size_t n = rt_str_len(*acc) - 1;
    if (rt_is_null(*pieces) && rt_is_null(*pieces = rt_list_new(ts, 8)))
        return -1;
    rt_value head = rt_str_sub(ts, *acc, 0, n), tail = head.bits ? rt_str_sub(ts, *acc, n, n + 1) : RT_NULL;
    if (rt_is_null(tail) || rt_list_append(ts, *pieces, head) < 0) {
        rt_decref(ts, head);
        rt_decref(ts, tail);
        return -1;
    }
    rt_decref(ts, head);
    rt_decref(ts, *acc);
    *acc = tail;
    *limit -= *limit < 0 ? 0 : (int64_t)n;
    return 0;
}

static rt_value whole_line(struct rt_thread *ts, rt_value pieces, rt_value last)
{
    if (rt_is_null(pieces))
        return last;
    rt_value line = last.bits && rt_list_append(ts, pieces, last) == 0 ? rt_str_join(ts, rt_str_empty(), pieces) : RT_NULL;
    rt_decref(ts, last);
    rt_decref(ts, pieces);
    return line;
}

static rt_value readline_locked(struct rt_thread *ts, rt_value self, int64_t limit)
{
    struct textio *t = T(self);
    rt_value acc = RT_NULL, pieces = RT_NULL;
    if (rt_textio_write_out(ts, self) < 0)
        return RT_NULL;
    for (;;) {
        rt_value d = rt_slot_get(ts, t, &t->decoded), whole;
        size_t have = d.bits ? rt_str_len(d) - t->used : 0;
        if (have) {
            size_t from = t->used, before = 0;
            whole = d;
            if (acc.bits) { /* search over the join, so that a split "\r\n" is found; `decoded` stays as it is, for tell() */
                before = rt_str_len(acc);
                whole = rt_str_concat(ts, acc, d);
                rt_decref(ts, acc);
                rt_decref(ts, d);
                acc = RT_NULL;
                if (rt_is_null(whole))
                    return whole_line(ts, pieces, whole);
                from = 0;
            }
            int64_t end = line_end(ts, t, whole, from);
            if (limit >= 0 && (end < 0 || end - (int64_t)from > limit) && (int64_t)(rt_str_len(whole) - from) >= limit)
                end = (int64_t)from + limit;
            if (end >= 0) {
                rt_value line = rt_str_sub(ts, whole, from, (size_t)end);
                t->used = (size_t)end - before;
                rt_decref(ts, whole);
                return whole_line(ts, pieces, line);
            }
            acc = rt_str_sub(ts, whole, from, rt_str_len(whole));
            t->used = rt_str_len(whole) - before;
            rt_decref(ts, whole);
            if (rt_is_null(acc) || (rt_str_len(acc) > LONG_LINE && put_aside(ts, &pieces, &acc, &limit) < 0)) {
                rt_decref(ts, acc);
                return whole_line(ts, pieces, RT_NULL);
            }
        } else {
            rt_decref(ts, d);
        }
        int k = read_chunk(ts, self, 0);
        if (k < 0) {
            rt_decref(ts, acc);
            return whole_line(ts, pieces, RT_NULL);
        }
        if (k == 0) {
            rt_textio_set_decoded(ts, t, RT_NULL);
            rt_slot_set(ts, &t->snapshot, RT_NULL);
            return whole_line(ts, pieces, acc.bits ? acc : rt_str_empty());
        }
    }
}
/* Alone: a whole line of text that is decoded already. RT_NULL without an exception: the general way. The lock is
   not needed, but nobody may hold it: a handler of a signal may have come while this thread does. */
static rt_value quick_line(struct rt_thread *ts, rt_value self)
{
    struct textio *t = T(self);
    rt_value d = rt_slot_peek(&t->decoded);
    if (rt_load_relaxed(&ts->mt) || rt_load_relaxed(&t->lock.owner) || t->out_len || !rt_load_relaxed(&t->ok) ||
        !rt_is_str_exact(d) || !(t->readtranslate || (t->readnl[0] == '\n' && !t->readnl[1])))
        return RT_NULL;
    const char *text = rt_str_data(rt_as_str(d));
    size_t from = t->used, left = rt_str_len(d) - from;
    int kind = rt_as_str(d)->kind;
    ptrdiff_t end = rt_strsearch_find_char(text + from * (size_t)kind, kind, left, '\n');
    if (end < 0 || rt_io_closed_quick(ts, rt_slot_peek(&t->buffer)) != 0)
        return RT_NULL;
    t->used = from + (size_t)end + 1;
    return rt_str_sub(ts, d, from, t->used);
}

static rt_value tx_readline(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    rt_value line = n ? RT_NULL : quick_line(ts, self);
    if (line.bits || rt_pending(ts))
        return line;
    int64_t limit;
    if (rt_args_count(ts, "readline", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &limit) < 0 || rt_textio_check_open(ts, self) < 0 ||
        rt_io_lock_enter(ts, &T(self)->lock, self) < 0)
        return RT_NULL;
    rt_value r = readline_locked(ts, self, limit);
    rt_io_lock_leave(&T(self)->lock);
    return r;
}
static rt_value tx_iternext(struct rt_thread *ts, rt_value self)
{
    rt_value line;
    rt_store_relaxed(&T(self)->telling, false);
    if (rt_type_of(self) == &rt_textio_type) {
        line = quick_line(ts, self);
        if (rt_likely(line.bits))
            return line;
        line = rt_pending(ts) ? RT_NULL : tx_readline(ts, self, NULL, 0);
    } else
        line = rt_call_method(ts, self, "readline", NULL, 0);
    if (line.bits && !rt_is_str(line)) {
        rt_raise(ts, &rt_exc_OSError, "readline() should have returned a str object, not '%.200T'", line);
        rt_clear(ts, &line);
    }
    if (line.bits && rt_str_len(line) == 0) {
        rt_decref(ts, line);
        rt_store_relaxed(&T(self)->telling, rt_load_relaxed(&T(self)->seekable));
        rt_slot_set(ts, &T(self)->snapshot, RT_NULL);
        return RT_STOP;
    }
    return line;
}

static rt_value tx_truncate(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    rt_value r = tx_flush(ts, self), buf;
    if (rt_is_null(r))
        return r;
    rt_value pos = n ? args[0] : RT_NONE;
    buf = rt_textio_buffer(ts, self);
    r = buf.bits ? rt_call_method(ts, buf, "truncate", &pos, 1) : RT_NULL;
    rt_decref(ts, buf);
    return r;
}

/* ---- life, attributes ---- */
static rt_value tx_close(struct rt_thread *ts, rt_value self)
{
    rt_value buf = rt_textio_buffer(ts, self);
    if (rt_is_null(buf))
        return buf;
    int c = rt_io_closed(ts, buf);
    if (c) {
        rt_decref(ts, buf);
        return c < 0 ? RT_NULL : RT_NONE;
    }
    return rt_io_close_over(ts, self, buf, NULL, NULL);
}
static rt_value tx_detach(struct rt_thread *ts, rt_value self)
{
    rt_value b = rt_textio_buffer(ts, self), r;
    if (rt_is_null(b))
        return b;
    rt_decref(ts, b);
    r = rt_call_method(ts, self, "flush", NULL, 0);
    if (rt_is_null(r))
        return r;
    if (rt_io_lock_enter(ts, &T(self)->lock, self) < 0)
        return RT_NULL;
    rt_store_relaxed(&T(self)->detached, true);
    rt_store_relaxed(&T(self)->ok, false);
    b = rt_slot_swap(&T(self)->buffer, RT_NULL);
    rt_io_lock_leave(&T(self)->lock);
    if (rt_is_null(b))
        rt_raise(ts, &rt_exc_ValueError, "underlying buffer has been detached");
    return b;
}
/* What reconfigure() changes; locked. */
static int reconfigure_locked(struct rt_thread *ts, struct textio *t, const rt_value v[5], bool enc, bool err)
{
    if (v[2].bits && set_newline(ts, t, v[2]) < 0)
        return -1;
    if (enc || err) {
        rt_value ne = enc ? (rt_str_eq_cstr(v[0], "locale") ? locale_encoding(ts) : rt_newref(ts, v[0])) : rt_slot_get(ts, t, &t->encoding);
        rt_value nx = err ? rt_newref(ts, v[1]) : enc ? rt_str_intern_cstr(ts, "strict") : rt_slot_get(ts, t, &t->errors);
        if (check_codec(ts, ne, nx) < 0) {
            rt_decref(ts, ne);
            rt_decref(ts, nx);
            return -1;
        }
        t->codec = codec_for(rt_str_utf8(ts, ne, NULL));
        rt_slot_set(ts, &t->encoding, ne);
        rt_slot_set(ts, &t->errors, nx);
        rt_slot_set(ts, &t->encoder, RT_NULL);
        if (make_decoder(ts, t) < 0)
            return -1;
    }
    int x;
    if (v[3].bits && !rt_is_none(v[3])) {
        if ((x = rt_truth(ts, v[3])) < 0)
            return -1;
        rt_store_relaxed(&t->line_buffering, x);
    }
    if (v[4].bits && !rt_is_none(v[4])) {
        if ((x = rt_truth(ts, v[4])) < 0)
            return -1;
        rt_store_relaxed(&t->write_through, x);
    }
    return 0;
}
static rt_value tx_reconfigure(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"encoding", "errors", "newline", "line_buffering", "write_through", NULL};
    static const struct rt_argspec spec = {"reconfigure", names, 0, 0, 0, 5};
    rt_value v[5], r;
    struct textio *t = T(self);
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    bool enc = v[0].bits && !rt_is_none(v[0]), err = v[1].bits && !rt_is_none(v[1]);
    if (enc && !rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "reconfigure", "encoding", "str or None", v[0]);
    if (err && !rt_is_str(v[1]))
        return rt_raise_arg_type(ts, "reconfigure", "errors", "str or None", v[1]);
    if ((enc || err || v[2].bits) && (rt_slot_peek(&t->decoded).bits || rt_slot_peek(&t->snapshot).bits))
        return rt_io_unsupported(ts, "It is not possible to set the encoding or newline of stream after the first read");
    r = rt_call_method(ts, self, "flush", NULL, 0);
    if (rt_is_null(r))
        return r;
    if (rt_io_lock_enter(ts, &t->lock, self) < 0)
        return RT_NULL;
    int rc = reconfigure_locked(ts, t, v, enc, err);
    rt_io_lock_leave(&t->lock);
    return rc < 0 ? RT_NULL : RT_NONE;
}
static rt_value proxy(struct rt_thread *ts, rt_value self, const char *name)
{
    return rt_io_forward(ts, rt_textio_buffer(ts, self), name);
}
static rt_value tx_fileno(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "fileno"); }
static rt_value tx_seekable(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "seekable"); }
static rt_value tx_readable(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "readable"); }
static rt_value tx_writable(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "writable"); }
static rt_value tx_isatty(struct rt_thread *ts, rt_value self) { return proxy(ts, self, "isatty"); }
static rt_value tx_attr(struct rt_thread *ts, rt_value self, void *name)
{
    return rt_io_forward_attr(ts, rt_textio_buffer(ts, self), name);
}
static rt_value tx_slot(struct rt_thread *ts, rt_value self, void *off)
{
    rt_value v = rt_slot_get(ts, T(self), (rt_slot *)((char *)T(self) + (uintptr_t)off));
    if (rt_is_null(v))
        return rt_textio_buffer(ts, self);
    return v;
}
static rt_value tx_flag(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(c ? rt_load_relaxed(&T(self)->write_through) : rt_load_relaxed(&T(self)->line_buffering)); }
static rt_value tx_newlines(struct rt_thread *ts, rt_value self, void *c) { return rt_newline_seen(ts, rt_load_relaxed(&T(self)->readuniversal) ? rt_load_relaxed(&T(self)->seennl) : 0); }
static rt_value tx_chunk(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(rt_load_relaxed(&T(self)->chunk)); }
static int tx_set_chunk(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    int64_t x = rt_as_index(ts, v, &rt_exc_ValueError);
    if (!rt_pending(ts) && x <= 0)
        rt_raise(ts, &rt_exc_ValueError, "a strictly positive integer is required");
    if (rt_pending(ts))
        return -1;
    rt_store_relaxed(&T(self)->chunk, x);
    return 0;
}
static rt_value tx_repr(struct rt_thread *ts, rt_value self)
{
    if (!rt_load_relaxed(&T(self)->ok) && !rt_load_relaxed(&T(self)->detached))
        return rt_raise(ts, &rt_exc_ValueError, "I/O operation on uninitialized object");
    int st = rt_repr_enter(ts, self);
    if (st)
        return st > 0 ? rt_raise(ts, &rt_exc_RuntimeError, "reentrant call inside %s.__repr__", rt_typename(self)) : RT_NULL;
    rt_value name = rt_getattr_opt_cstr(ts, self, "name"), mode = RT_NULL, a, b, r = RT_NULL;
    rt_exc_clear_if(ts, &rt_exc_ValueError);
    if (!rt_pending(ts)) {
        mode = rt_getattr_opt_cstr(ts, self, "mode");
        rt_exc_clear_if(ts, &rt_exc_ValueError);
        a = name.bits ? rt_str_format(ts, " name=%R", name) : rt_str_empty();
        b = mode.bits ? rt_str_format(ts, " mode=%R", mode) : rt_str_empty();
        rt_value encoding = rt_slot_get(ts, T(self), &T(self)->encoding);
        if (a.bits && b.bits && !rt_pending(ts))
            r = rt_str_format(ts, "<_io.TextIOWrapper%U%U encoding=%R>", a, b, encoding);
        rt_decref(ts, encoding);
        rt_decref(ts, a);
        rt_decref(ts, b);
    }
    rt_repr_leave(ts, self);
    rt_decref(ts, name);
    rt_decref(ts, mode);
    return r;
}
static void tx_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct textio *t = (struct textio *)o;
    rt_slot *slots[] = {&t->buffer, &t->encoding, &t->errors, &t->decoder, &t->encoder, &t->decoded, &t->snapshot};
    rt_store_relaxed(&t->ok, false);
    for (size_t i = 0; i < RT_COUNTOF(slots); i++)
        rt_slot_set(ts, slots[i], RT_NULL);
}
static void tx_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    tx_clear(ts, o);
    rt_raw_free(((struct textio *)o)->out);
}
static int tx_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct textio *t = (struct textio *)o;
    rt_slot *slots[] = {&t->buffer, &t->encoding, &t->errors, &t->decoder, &t->encoder, &t->decoded, &t->snapshot};
    int r = 0;
    for (size_t i = 0; i < RT_COUNTOF(slots) && !r; i++)
        r = visit(rt_slot_peek(slots[i]), arg);
    return r;
}
static rt_value no_pickle(struct rt_thread *ts, rt_value self) { return rt_raise(ts, &rt_exc_TypeError, "cannot pickle '%T' object", self); }
static const struct rt_method_def tx_methods[] = {
    {"detach", tx_detach, RT_METH_NOARGS, NULL}, {"reconfigure", tx_reconfigure, RT_METH_KW, NULL}, {"write", tx_write, RT_METH_O, "write($self, text, /)\n--\n\n"},
    {"read", tx_read, RT_METH_FAST, "read($self, size=-1, /)\n--\n\n"}, {"readline", tx_readline, RT_METH_FAST, "readline($self, size=-1, /)\n--\n\n"},
    {"flush", tx_flush, RT_METH_NOARGS, NULL}, {"close", tx_close, RT_METH_NOARGS, NULL}, {"fileno", tx_fileno, RT_METH_NOARGS, NULL},
    {"seekable", tx_seekable, RT_METH_NOARGS, NULL}, {"readable", tx_readable, RT_METH_NOARGS, NULL}, {"writable", tx_writable, RT_METH_NOARGS, NULL},
    {"isatty", tx_isatty, RT_METH_NOARGS, NULL}, {"seek", rt_textio_seek, RT_METH_FAST, NULL}, {"tell", rt_textio_tell, RT_METH_NOARGS, NULL},
    {"truncate", tx_truncate, RT_METH_FAST, NULL}, {"__getstate__", no_pickle, RT_METH_NOARGS, NULL}, {"__reduce__", no_pickle, RT_METH_NOARGS, NULL}, {NULL},
};
static const struct rt_getset_def tx_getset[] = {
    {"name", tx_attr, NULL, NULL, "name"}, {"closed", tx_attr, NULL, NULL, "closed"}, {"newlines", tx_newlines, NULL, NULL, NULL},
    {"buffer", tx_slot, NULL, NULL, (void *)offsetof(struct textio, buffer)}, {"encoding", tx_slot, NULL, NULL, (void *)offsetof(struct textio, encoding)},
    {"errors", tx_slot, NULL, NULL, (void *)offsetof(struct textio, errors)}, {"line_buffering", tx_flag, NULL, NULL, NULL},
    {"write_through", tx_flag, NULL, NULL, (void *)1}, {"_CHUNK_SIZE", tx_chunk, tx_set_chunk, NULL, NULL}, {NULL},
};
struct rt_type rt_textio_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io.TextIOWrapper", .flags = RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_GC,
    .basic_size = sizeof(struct textio), .base = &rt_textiobase_type, .dealloc = tx_dealloc, .clear = tx_clear, .traverse = tx_traverse,
    .repr = tx_repr, .new = tx_new, .init = tx_init, .iternext = tx_iternext, .methods = tx_methods, .getset = tx_getset,
    .doc = "Character and line based layer over a BufferedIOBase object, buffer.",
};
