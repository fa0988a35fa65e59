/* SPDX-License-Identifier: MIT */
/*
 * What Python sees of the multibyte codecs: codec objects, incremental coders, stream readers and writers. A coder
 * keeps what it could not use yet in `pending`: bytes to be decoded, or a text of one or two characters to be encoded.
 * A call that fails leaves `pending` as it was.
 */
#include "core/modules/cjk/cjk.h"

enum { MAX_DECODE_PENDING = 8, MAX_ENCODE_PENDING = 2 };

struct codec_object { struct rt_object hdr; struct cjk_codec codec; };
static struct rt_type codec_type;
#define CODEC(v) (&((struct codec_object *)rt_ptr(v))->codec)

struct coder {
    struct rt_object hdr;
    rt_slot codec, errors, stream, pending;
    struct cjk_state state;
};
#define CO(v) ((struct coder *)rt_ptr(v))

static struct cjk_coding coding(const struct cjk_codec *c, rt_value errors, bool decoder)
{
    struct cjk_coding k = {.codec = c, .errors = rt_is_none(errors) ? RT_NULL : errors};
    if (c->init)
        c->init(&k.state, decoder);
    return k;
}
static int errors_arg(struct rt_thread *ts, const char *fname, rt_value v)
{
    if (rt_is_null(v) || rt_is_none(v) || rt_is_str(v))
        return 0;
    rt_raise_arg_type(ts, fname, "errors", "str or None", v);
    return -1;
}

/* ---- codec objects ---- */
static rt_value codec_encode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"input", "errors", NULL};
    static const struct rt_argspec spec = {"encode", names, 0, 1, 2, 2};
    rt_value v[2], text, r, t = RT_NULL;
    size_t used;
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || errors_arg(ts, "encode", v[1]) < 0)
        return RT_NULL;
    text = rt_is_str(v[0]) ? rt_newref(ts, v[0]) : rt_str(ts, v[0]);
    if (rt_is_null(text))
        return text;
    struct cjk_coding c = coding(CODEC(self), v[1], false);
    r = cjk_encode(ts, &c, text, true, true, &used);
    if (r.bits)
        t = rt_tuple_pack(ts, 2, r, rt_int_imm((int64_t)rt_str_len(text)));
    rt_decref(ts, r);
    rt_decref(ts, text);
    return t;
}
static rt_value codec_decode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"input", "errors", NULL};
    static const struct rt_argspec spec = {"decode", names, 0, 1, 2, 2};
    rt_value v[2], r, t = RT_NULL;
    struct rt_buffer b;
    size_t used;
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || errors_arg(ts, "decode", v[1]) < 0 || rt_buffer_get(ts, v[0], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    struct cjk_coding c = coding(CODEC(self), v[1], true);
    r = cjk_decode(ts, &c, b.buf, (size_t)b.len, true, &used);
    if (r.bits)
        t = rt_tuple_pack(ts, 2, r, rt_int_imm(b.len));
    rt_decref(ts, r);
    rt_buffer_release(ts, &b);
    return t;
}
static const struct rt_method_def codec_methods[] = {
    {"encode", codec_encode, RT_METH_KW, "encode($self, /, input, errors=None)\n--\n\nReturn an encoded version of the text, and how many characters it had."},
    {"decode", codec_decode, RT_METH_KW, "decode($self, /, input, errors=None)\n--\n\nReturn the text of the bytes, and how many they were."},
    {NULL},
};
static struct rt_type codec_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_multibytecodec.MultibyteCodec", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct codec_object),
    .methods = codec_methods,
};

static rt_value get_codec(struct rt_thread *ts, const char *module, rt_value name)
{
    if (!rt_is_str(name))
        return rt_raise(ts, &rt_exc_TypeError, "encoding name must be a string.");
    bool iso = !strcmp(module, "_codecs_iso2022");
    const struct cjk_codec *c = iso ? cjk_iso2022_codecs : cjk_plain_codecs;
    while (c->module && (strcmp(c->module, module) || !rt_str_eq_cstr(name, c->name)))
        c++;
    if (!c->module)
        return rt_raise(ts, &rt_exc_LookupError, "no such codec is supported.");
    struct cjk_codec k = *c;
    if (iso ? cjk_iso2022_prepare(ts, &k) < 0 : !(k.map = cjk_map_get(ts, strcmp(k.name, "hz") ? k.name : "gb2312")))
        return RT_NULL;
    rt_value v = rt_type_ready(ts, &codec_type) < 0 ? RT_NULL : rt_type_alloc(ts, &codec_type);
    if (v.bits)
        *CODEC(v) = k;
    return v;
}

/* ---- what the four coders share ---- */
static rt_value coder_setup(struct rt_thread *ts, struct rt_type *t, rt_value stream, rt_value errors, bool decoder)
{
    rt_value codec = rt_getattr_cstr(ts, rt_type_value(t), "codec"), v = RT_NULL;
    if (rt_is_null(codec))
        return codec;
    if (!rt_is_exact(codec, &codec_type))
        rt_raise(ts, &rt_exc_TypeError, "codec is unexpected type");
    else
        v = rt_type_alloc(ts, t);
    if (rt_is_null(v)) {
        rt_decref(ts, codec);
        return v;
    }
    struct coder *c = CO(v);
    c->state = coding(CODEC(codec), RT_NULL, decoder).state;
    rt_slot_set(ts, &c->codec, codec);
    rt_slot_set(ts, &c->errors, rt_is_null(errors) ? rt_str_intern_cstr(ts, "strict") : rt_newref(ts, errors));
    rt_slot_set(ts, &c->pending, decoder ? rt_bytes_empty() : rt_str_empty());
    rt_slot_set(ts, &c->stream, rt_is_null(stream) ? RT_NONE : rt_newref(ts, stream));
    return v;
}
static rt_value coder_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw, const char *name, bool stream, bool decoder)
{
    const char *const one[] = {"errors", NULL}, *const two[] = {"stream", "errors", NULL};
    struct rt_argspec spec = {name, stream ? two : one, 0, stream ? 1 : 0, stream ? 2 : 1, stream ? 2 : 1};
    rt_value v[2] = {RT_NULL, RT_NULL}, *errors = &v[stream ? 1 : 0];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (errors->bits && !rt_is_str(*errors))
        return rt_raise_arg_type(ts, name, "errors", "str", *errors);
    return coder_setup(ts, t, stream ? v[0] : RT_NULL, *errors, decoder);
}
static rt_value get_errors(struct rt_thread *ts, rt_value self, void *c) { return rt_slot_get(ts, CO(self), &CO(self)->errors); }
static int set_errors(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v) || !rt_is_str(v)) {
        rt_raise(ts, rt_is_null(v) ? &rt_exc_AttributeError : &rt_exc_TypeError, rt_is_null(v) ? "cannot delete attribute" : "errors must be a string");
        return -1;
    }
    rt_slot_set(ts, &CO(self)->errors, rt_newref(ts, v));
    return 0;
}
static rt_value get_stream(struct rt_thread *ts, rt_value self, void *c) { return rt_slot_get(ts, CO(self), &CO(self)->stream); }
static const struct rt_getset_def incremental_getset[] = {{"errors", get_errors, set_errors, "how to treat errors", NULL}, {NULL}};
static const struct rt_getset_def stream_getset[] = {
    {"errors", get_errors, set_errors, "how to treat errors", NULL}, {"stream", get_stream, NULL, NULL, NULL}, {NULL}};

static int coder_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct coder *c = (struct coder *)o;
    rt_slot *slots[] = {&c->codec, &c->errors, &c->stream, &c->pending};
    int r = 0;
    for (size_t i = 0; i < RT_COUNTOF(slots) && !r; i++)
        r = visit(rt_slot_peek(slots[i]), arg);
    return r;
}
static void coder_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct coder *c = (struct coder *)o;
    rt_slot *slots[] = {&c->codec, &c->errors, &c->stream, &c->pending};
    for (size_t i = 0; i < RT_COUNTOF(slots); i++)
        rt_slot_set(ts, slots[i], RT_NULL);
}

/* Encode the pending text and more. */
static rt_value feed_text(struct rt_thread *ts, struct coder *c, rt_value text, bool final)
{
    rt_value pending = rt_slot_get(ts, c, &c->pending), all = rt_str_len(pending) ? rt_str_concat(ts, pending, text) : rt_newref(ts, text), r = RT_NULL;
    rt_decref(ts, pending);
    if (rt_is_null(all))
        return all;
    struct cjk_coding k = {CODEC(rt_slot_peek(&c->codec)), c->state, rt_slot_get(ts, c, &c->errors)};
    size_t used;
    r = cjk_encode(ts, &k, all, final, final, &used);
    rt_decref(ts, k.errors);
    if (r.bits) {
        c->state = k.state;
        rt_value rest = rt_str_sub(ts, all, used, rt_str_len(all));
        if (rest.bits && rt_str_len(rest) > MAX_ENCODE_PENDING)
            rt_raise(ts, &rt_exc_UnicodeError, "pending buffer overflow");
        if (rt_is_null(rest) || rt_pending(ts)) {
            rt_decref(ts, rest);
            rt_clear(ts, &r);
        } else {
            rt_slot_set(ts, &c->pending, rest);
        }
    }
    rt_decref(ts, all);
    return r;
}
static rt_value feed_bytes(struct rt_thread *ts, struct coder *c, const void *p, size_t n, bool final)
{
    rt_value pending = rt_slot_get(ts, c, &c->pending), all, r = RT_NULL;
    size_t k = rt_as_bytes(pending)->length, used;
    all = rt_bytes_new(ts, NULL, k + n);
    if (all.bits) {
        memcpy(rt_as_bytes(all)->data, rt_as_bytes(pending)->data, k);
        if (n)
            memcpy(rt_as_bytes(all)->data + k, p, n);
        struct cjk_coding co = {CODEC(rt_slot_peek(&c->codec)), c->state, rt_slot_get(ts, c, &c->errors)};
        r = cjk_decode(ts, &co, (uint8_t *)rt_as_bytes(all)->data, k + n, final, &used);
        rt_decref(ts, co.errors);
        if (r.bits && k + n - used > MAX_DECODE_PENDING) {
            rt_clear(ts, &r);
            rt_raise(ts, &rt_exc_UnicodeError, "pending buffer overflow");
        }
        if (r.bits) {
            c->state = co.state;
            rt_slot_set(ts, &c->pending, rt_bytes_new(ts, rt_as_bytes(all)->data + used, k + n - used));
        }
    }
    rt_decref(ts, pending);
    rt_decref(ts, all);
    return r;
}

/* ---- MultibyteIncrementalEncoder ---- */
static rt_value enc_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return coder_new(ts, t, args, n, kw, "IncrementalEncoder", false, false); }
static rt_value enc_encode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"input", "final", NULL};
    static const struct rt_argspec spec = {"encode", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int final = v[1].bits ? rt_truth(ts, v[1]) : 0;
    if (final < 0)
        return RT_NULL;
    rt_value text = rt_is_str(v[0]) ? rt_newref(ts, v[0]) : rt_str(ts, v[0]), r = text.bits ? feed_text(ts, CO(self), text, final) : RT_NULL;
    rt_decref(ts, text);
    return r;
}
static rt_value enc_getstate(struct rt_thread *ts, rt_value self)
{
    uint8_t b[1 + MAX_ENCODE_PENDING * 4 + 8];
    size_t n;
    rt_value pending = rt_slot_get(ts, CO(self), &CO(self)->pending), r = RT_NULL;
    const char *s = rt_str_utf8(ts, pending, &n);
    if (s && n <= MAX_ENCODE_PENDING * 4) {
        b[0] = (uint8_t)n;
        memcpy(b + 1, s, n);
        memcpy(b + 1 + n, &CO(self)->state, 8);
        r = rt_int_from_bytes(ts, b, n + 9, true, false);
    }
    rt_decref(ts, pending);
    return r;
}
static rt_value enc_setstate(struct rt_thread *ts, rt_value self, rt_value v)
{
    uint8_t b[1 + MAX_ENCODE_PENDING * 4 + 8];
    if (!rt_is_any_int(v))
        return rt_raise_arg_type(ts, "setstate", NULL, "int", v);
    if (rt_int_to_bytes(ts, v, b, sizeof(b), true, false) < 0)
        return RT_NULL;
    if (b[0] > MAX_ENCODE_PENDING * 4)
        return rt_raise(ts, &rt_exc_UnicodeError, "pending buffer too large");
    rt_value s = rt_str_from_utf8(ts, (char *)b + 1, b[0], NULL);
    if (rt_is_null(s))
        return s;
    rt_slot_set(ts, &CO(self)->pending, s);
    memcpy(&CO(self)->state, b + 1 + b[0], 8);
    return RT_NONE;
}
static rt_value enc_reset(struct rt_thread *ts, rt_value self)
{
    struct coder *c = CO(self);
    uint8_t out[CJK_MAX_OUT];
    const struct cjk_codec *k = CODEC(rt_slot_peek(&c->codec));
    if (k->finish)
        k->finish(k, &c->state, out);
    rt_slot_set(ts, &c->pending, rt_str_empty());
    return RT_NONE;
}
static const struct rt_method_def enc_methods[] = {
    {"encode", enc_encode, RT_METH_KW | RT_METH_LOCKED, "encode($self, /, input, final=False)\n--\n\n"}, {"getstate", enc_getstate, RT_METH_NOARGS | RT_METH_LOCKED, "getstate($self, /)\n--\n\n"},
    {"setstate", enc_setstate, RT_METH_O | RT_METH_LOCKED, "setstate($self, state, /)\n--\n\n"}, {"reset", enc_reset, RT_METH_NOARGS | RT_METH_LOCKED, "reset($self, /)\n--\n\n"}, {NULL},
};

/* ---- MultibyteIncrementalDecoder ---- */
static rt_value dec_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return coder_new(ts, t, args, n, kw, "IncrementalDecoder", false, true); }
static rt_value dec_decode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"input", "final", NULL};
    static const struct rt_argspec spec = {"decode", names, 0, 1, 2, 2};
    rt_value v[2], r;
    struct rt_buffer b;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int final = v[1].bits ? rt_truth(ts, v[1]) : 0;
    if (final < 0 || rt_buffer_get(ts, v[0], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    r = feed_bytes(ts, CO(self), b.buf, (size_t)b.len, final);
    rt_buffer_release(ts, &b);
    return r;
}
static rt_value dec_getstate(struct rt_thread *ts, rt_value self)
{
    rt_value i = rt_int_from_bytes(ts, CO(self)->state.c, 8, true, false), p = rt_slot_get(ts, CO(self), &CO(self)->pending), t;
    t = i.bits ? rt_tuple_pack(ts, 2, p, i) : RT_NULL;
    rt_decref(ts, i);
    rt_decref(ts, p);
    return t;
}
static rt_value dec_setstate(struct rt_thread *ts, rt_value self, rt_value v)
{
    uint8_t state[8];
    if (!rt_is_tuple(v))
        return rt_raise_arg_type(ts, "setstate", NULL, "tuple", v);
    const rt_value *it = rt_as_tuple(v)->items;
    if (rt_as_tuple(v)->length != 2 || !rt_is_bytes(it[0]) || !rt_is_any_int(it[1]))
        return rt_raise(ts, &rt_exc_TypeError, "setstate(): illegal state argument");
    if (rt_int_to_bytes(ts, it[1], state, 8, true, false) < 0)
        return RT_NULL;
    if (rt_as_bytes(it[0])->length > MAX_DECODE_PENDING)
        return rt_raise(ts, &rt_exc_UnicodeError, "pending buffer too large");
    rt_slot_set(ts, &CO(self)->pending, rt_newref(ts, it[0]));
    memcpy(&CO(self)->state, state, 8);
    return RT_NONE;
}
static void decoder_reset(struct rt_thread *ts, struct coder *c)
{
    c->state = coding(CODEC(rt_slot_peek(&c->codec)), RT_NULL, true).state;
    rt_slot_set(ts, &c->pending, rt_bytes_empty());
}
static rt_value dec_reset(struct rt_thread *ts, rt_value self)
{
    decoder_reset(ts, CO(self));
    return RT_NONE;
}
static const struct rt_method_def dec_methods[] = {
    {"decode", dec_decode, RT_METH_KW | RT_METH_LOCKED, "decode($self, /, input, final=False)\n--\n\n"}, {"getstate", dec_getstate, RT_METH_NOARGS | RT_METH_LOCKED, "getstate($self, /)\n--\n\n"},
    {"setstate", dec_setstate, RT_METH_O | RT_METH_LOCKED, "setstate($self, state, /)\n--\n\n"}, {"reset", dec_reset, RT_METH_NOARGS | RT_METH_LOCKED, "reset($self, /)\n--\n\n"}, {NULL},
};

/* The same, for the streams: their methods call the file's without the section. */
static rt_value feed_text_locked(struct rt_thread *ts, struct coder *c, rt_value text, bool final)
{
    struct rt_cs cs;
    rt_cs_begin_py(ts, &cs, c);
    rt_value r = feed_text(ts, c, text, final);
    rt_cs_end(ts, &cs);
    return r;
}
static rt_value feed_bytes_locked(struct rt_thread *ts, struct coder *c, const void *p, size_t n, bool final)
{
    struct rt_cs cs;
    rt_cs_begin_py(ts, &cs, c);
    rt_value r = feed_bytes(ts, c, p, n, final);
    rt_cs_end(ts, &cs);
    return r;
}

/* ---- MultibyteStreamReader ---- */
static rt_value reader_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return coder_new(ts, t, args, n, kw, "StreamReader", true, true); }
/* stream.method(hint), decoded; bytes are added one by one until there is a character. */
static rt_value read_with(struct rt_thread *ts, rt_value self, const char *method, int64_t hint)
{
    if (hint == 0)
        return rt_str_empty();
    for (;;) {
        rt_value stream = get_stream(ts, self, NULL), size = rt_int_from_i64(ts, hint), b, r;
        b = rt_call_method(ts, stream, method, &size, hint < 0 ? 0 : 1);
        rt_decref(ts, stream);
        if (b.bits && !rt_is_bytes(b)) {
            rt_raise(ts, &rt_exc_TypeError, "stream function returned a non-bytes object (%.100T)", b);
            rt_clear(ts, &b);
        }
        if (rt_is_null(b))
            return b;
        size_t n = rt_as_bytes(b)->length;
        r = feed_bytes_locked(ts, CO(self), rt_as_bytes(b)->data, n, n == 0 || hint < 0);
        rt_decref(ts, b);
        if (rt_is_null(r) || n == 0 || hint < 0 || rt_str_len(r))
            return r;
        rt_decref(ts, r);
        hint = 1;
    }
}
static rt_value read_arg(struct rt_thread *ts, rt_value self, const char *method, const rt_value *args, uint32_t n)
{
    int64_t hint = -1;
    if (rt_args_count(ts, method, n, 0, 1) < 0)
        return RT_NULL;
    if (n && !rt_is_none(args[0])) {
        if (!rt_is_any_int(args[0]))
            return rt_raise(ts, &rt_exc_TypeError, "arg 1 must be an integer");
        hint = rt_as_index(ts, args[0], &rt_exc_OverflowError);
        if (rt_pending(ts))
            return RT_NULL;
    }
    return read_with(ts, self, method, hint);
}
static rt_value reader_read(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return read_arg(ts, self, "read", args, n); }
static rt_value reader_readline(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return read_arg(ts, self, "readline", args, n); }
static rt_value reader_readlines(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    rt_value text = read_arg(ts, self, "read", args, n), keep = RT_TRUE, r = text.bits ? rt_call_method(ts, text, "splitlines", &keep, 1) : RT_NULL;
    rt_decref(ts, text);
    return r;
}
static const struct rt_method_def reader_methods[] = {
    {"read", reader_read, RT_METH_FAST, "read($self, sizeobj=None, /)\n--\n\n"}, {"readline", reader_readline, RT_METH_FAST, "readline($self, sizeobj=None, /)\n--\n\n"},
    {"readlines", reader_readlines, RT_METH_FAST, "readlines($self, sizehintobj=None, /)\n--\n\n"}, {"reset", dec_reset, RT_METH_NOARGS | RT_METH_LOCKED, "reset($self, /)\n--\n\n"}, {NULL},
};

/* ---- MultibyteStreamWriter ---- */
static rt_value writer_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return coder_new(ts, t, args, n, kw, "StreamWriter", true, false); }
static rt_value send(struct rt_thread *ts, rt_value self, rt_value bytes)
{
    rt_value stream = get_stream(ts, self, NULL), r = bytes.bits ? rt_call_method(ts, stream, "write", &bytes, 1) : RT_NULL;
    rt_decref(ts, stream);
    rt_decref(ts, bytes);
    rt_decref(ts, r);
    return r.bits ? RT_NONE : RT_NULL;
}
static rt_value writer_write(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value text = rt_is_str(v) ? rt_newref(ts, v) : rt_str(ts, v), r = text.bits ? send(ts, self, feed_text_locked(ts, CO(self), text, false)) : RT_NULL;
    rt_decref(ts, text);
    return r;
}
static rt_value writer_writelines(struct rt_thread *ts, rt_value self, rt_value lines)
{
    if (!rt_is_sequence(lines))
        return rt_raise(ts, &rt_exc_TypeError, "arg must be a sequence object");
    rt_value t = rt_seq_tuple(ts, lines), r = RT_NONE;
    if (rt_is_null(t))
        return t;
    for (size_t i = 0; i < rt_as_tuple(t)->length && r.bits; i++)
        r = writer_write(ts, self, rt_as_tuple(t)->items[i]);
    rt_decref(ts, t);
    return r;
}
static rt_value writer_reset(struct rt_thread *ts, rt_value self)
{
    rt_value pending = rt_slot_get(ts, CO(self), &CO(self)->pending);
    bool none = rt_str_len(pending) == 0;
    rt_decref(ts, pending);
    if (none)
        return RT_NONE; /* as in CPython: what was written stays as it is */
    rt_value r = feed_text_locked(ts, CO(self), rt_str_empty(), true);
    rt_slot_set(ts, &CO(self)->pending, rt_str_empty());
    if (r.bits && rt_as_bytes(r)->length == 0) {
        rt_decref(ts, r);
        return RT_NONE;
    }
    return send(ts, self, r);
}
static const struct rt_method_def writer_methods[] = {
    {"write", writer_write, RT_METH_O, "write($self, strobj, /)\n--\n\n"}, {"writelines", writer_writelines, RT_METH_O, "writelines($self, lines, /)\n--\n\n"},
    {"reset", writer_reset, RT_METH_NOARGS, "reset($self, /)\n--\n\n"}, {NULL},
};

/* All is done in __new__; the library's classes behind these in the order of bases must not set up a second time. */
static int coder_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw) { return 0; }
#define CODER(var, tname, newf, meths, getsets)                                                                      \
    static struct rt_type var = {                                                                                    \
        .hdr = RT_STATIC_TYPE_HDR, .name = "_multibytecodec." tname, .flags = RT_TF_BASETYPE | RT_TF_GC,              \
        .basic_size = sizeof(struct coder), .new = newf, .init = coder_init, .traverse = coder_traverse, .clear = coder_clear,            \
        .methods = meths, .getset = getsets,                                                                         \
    }
CODER(enc_type, "MultibyteIncrementalEncoder", enc_new, enc_methods, incremental_getset);
CODER(dec_type, "MultibyteIncrementalDecoder", dec_new, dec_methods, incremental_getset);
CODER(reader_type, "MultibyteStreamReader", reader_new, reader_methods, stream_getset);
CODER(writer_type, "MultibyteStreamWriter", writer_new, writer_methods, stream_getset);

static struct rt_type *const types[] = {&enc_type, &dec_type, &reader_type, &writer_type, NULL};
const struct rt_module_def rt_module__multibytecodec = {.name = "_multibytecodec", .types = types};

#define FAMILY(which)                                                                                                                      \
    static rt_value get_##which(struct rt_thread *ts, rt_value self, rt_value name) { return get_codec(ts, "_codecs_" #which, name); }    \
    static const struct rt_method_def which##_methods[] = {{"getcodec", get_##which, RT_METH_O, "getcodec($module, name, /)\n--\n\n"}, {NULL}}; \
    const struct rt_module_def rt_module__codecs_##which = {.name = "_codecs_" #which, .methods = which##_methods}
FAMILY(cn);
FAMILY(hk);
FAMILY(iso2022);
FAMILY(jp);
FAMILY(kr);
FAMILY(tw);
