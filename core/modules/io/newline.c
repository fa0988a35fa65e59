/* SPDX-License-Identifier: MIT */
/*
 * Universal newlines: the translation that TextIOWrapper and StringIO's decoder share, and IncrementalNewlineDecoder.
 * A "\r" at the end of a piece is held back until the next one shows whether "\n" follows.
 */
#include "core/modules/io/textio_internal.h"

/* ---- newline translation ---- */

/*
 * The piece that can be looked at now (new ref): the "\r" held back before is put in front, and one at the
 * end held back for the next piece.
 */
static rt_value hold_back_cr(struct rt_thread *ts, rt_value text, bool *pending_cr, bool final)
{
    size_t n = rt_str_len(text);
    bool prepend = *pending_cr && (n || final);
    rt_value whole = prepend ? rt_str_concat(ts, rt_str_intern_cstr(ts, "\r"), text) : rt_newref(ts, text);
    if (prepend) {
        *pending_cr = false;
        n++;
    }
    if (rt_is_null(whole) || final || !n || rt_str_at(rt_as_str(whole), n - 1) != '\r')
        return whole;
    *pending_cr = true;
    rt_value r = rt_str_sub(ts, whole, 0, n - 1);
    rt_decref(ts, whole);
    return r;
}

/* Which line ends are in text; with b the text with all of them as "\n" goes there. */
static int scan_newlines(struct rt_thread *ts, rt_value text, struct rt_strbuf *b, uint8_t *found)
{
    struct rt_str *s = rt_as_str(text);
    size_t start = 0, n = s->length;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = rt_str_at(s, i);
        if (c == '\n') {
            *found |= SEEN_LF;
        } else if (c == '\r') {
            bool crlf = i + 1 < n && rt_str_at(s, i + 1) == '\n';
            *found |= crlf ? SEEN_CRLF : SEEN_CR;
            if (b) {
                if (rt_strbuf_sub(ts, b, text, start, i) < 0 || rt_strbuf_char(ts, b, '\n') < 0)
                    return -1;
                start = i + 1 + crlf;
            }
            i += crlf;
        }
    }
    return b ? rt_strbuf_sub(ts, b, text, start, n) : 0;
}

rt_value rt_newline_translate(struct rt_thread *ts, rt_value text, bool do_translate, bool *pending_cr, _Atomic uint8_t *seen, bool final)
{
    int64_t n = (int64_t)rt_str_len(text);
    if (!*pending_cr && rt_str_find(text, rt_str_intern_cstr(ts, "\r"), 0, n, 1) < 0) {
        if (!(rt_load_relaxed(seen) & SEEN_LF) && rt_str_find(text, rt_str_intern_cstr(ts, "\n"), 0, n, 1) >= 0)
            rt_or_relaxed(seen, SEEN_LF);
        return rt_newref(ts, text);
    }
    text = hold_back_cr(ts, text, pending_cr, final);
    if (rt_is_null(text))
        return text;
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    uint8_t found = 0;
    int rc = scan_newlines(ts, text, do_translate ? &b : NULL, &found);
    rt_or_relaxed(seen, found);
    if (rc == 0 && do_translate) {
        rt_decref(ts, text);
        return rt_strbuf_finish(ts, &b);
    }
    rt_strbuf_abort(&b);
    if (rc < 0)
        rt_clear(ts, &text);
    return text;
}

rt_value rt_newline_seen(struct rt_thread *ts, uint8_t seen)
{
    static const char *const names[] = {"\r", "\n", "\r\n"};
    rt_value w[3];
    uint32_t k = 0;
    for (int i = 0; i < 3; i++)
        if (seen & 1 << i)
            w[k++] = rt_str_intern_cstr(ts, names[i]);
    return k == 0 ? RT_NONE : k == 1 ? w[0] : rt_tuple_from(ts, w, k);
}

/* ---- IncrementalNewlineDecoder ---- */
struct nldec { struct rt_object hdr; rt_slot decoder, errors; bool translate, pendingcr; _Atomic uint8_t seen; };
#define ND(v) ((struct nldec *)rt_ptr(v))
static rt_value nd_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return rt_type_alloc(ts, t); }
static int nd_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"decoder", "translate", "errors", NULL};
    static const struct rt_argspec spec = {"IncrementalNewlineDecoder", names, 0, 2, 3, 3};
    rt_value v[3];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    int tr = rt_truth(ts, v[1]);
    if (tr < 0)
        return -1;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    ND(self)->translate = tr;
    ND(self)->pendingcr = false;
    rt_store_relaxed(&ND(self)->seen, 0);
    rt_cs_end(ts, &cs);
    rt_slot_set(ts, &ND(self)->decoder, rt_newref(ts, v[0]));
    return 0;
}
static rt_value nd_decode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"input", "final", NULL};
    static const struct rt_argspec spec = {"decode", names, 0, 1, 2, 2};
    rt_value v[2], dec, text, r;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int final = v[1].bits ? rt_truth(ts, v[1]) : 0;
    dec = rt_slot_get(ts, ND(self), &ND(self)->decoder);
    if (rt_is_null(dec))
        return rt_raise(ts, &rt_exc_ValueError, "IncrementalNewlineDecoder.__init__() not called");
    if (rt_is_none(dec)) {
        text = rt_newref(ts, v[0]);
    } else {
        rt_value a[2] = {v[0], rt_bool(final)};
        text = rt_call_method(ts, dec, "decode", a, 2);
    }
    rt_decref(ts, dec);
    if (text.bits && !rt_is_str(text)) {
        rt_raise(ts, &rt_exc_TypeError, "decoder should return a string result, not '%.200T'", text);
        rt_clear(ts, &text);
    }
    if (rt_is_null(text))
        return text;
    r = rt_newline_translate(ts, text, ND(self)->translate, &ND(self)->pendingcr, &ND(self)->seen, final);
    rt_decref(ts, text);
    return r;
}
static rt_value nd_getstate(struct rt_thread *ts, rt_value self)
{
    rt_value dec = rt_slot_get(ts, ND(self), &ND(self)->decoder), st, buf = rt_bytes_empty(), r;
    int64_t flag = 0;
    if (dec.bits && !rt_is_none(dec)) {
        st = rt_call_method(ts, dec, "getstate", NULL, 0);
        rt_decref(ts, dec);
        if (rt_is_null(st))
            return st;
        if (!rt_is_tuple(st) || rt_as_tuple(st)->length != 2) {
            rt_decref(ts, st);
            return rt_raise(ts, &rt_exc_TypeError, "illegal decoder state");
        }
        buf = rt_newref(ts, rt_as_tuple(st)->items[0]);
        flag = rt_as_i64(ts, rt_as_tuple(st)->items[1]);
        rt_decref(ts, st);
    }
    flag = flag << 1 | ND(self)->pendingcr;
    r = rt_tuple_pack(ts, 2, buf, rt_int_imm(flag));
    rt_decref(ts, buf);
    return r;
}
static rt_value nd_setstate(struct rt_thread *ts, rt_value self, rt_value st)
{
    if (!rt_is_tuple(st) || rt_as_tuple(st)->length != 2)
        return rt_raise(ts, &rt_exc_TypeError, "state argument must be a tuple");
    int64_t flag = rt_as_i64(ts, rt_as_tuple(st)->items[1]);
    if (rt_pending(ts))
        return RT_NULL;
    ND(self)->pendingcr = flag & 1;
    rt_value dec = rt_slot_get(ts, ND(self), &ND(self)->decoder), r = RT_NONE;
    if (dec.bits && !rt_is_none(dec)) {
        rt_value inner = rt_tuple_pack(ts, 2, rt_as_tuple(st)->items[0], rt_int_imm(flag >> 1));
        r = rt_call_method(ts, dec, "setstate", &inner, 1);
        rt_decref(ts, inner);
    }
    rt_decref(ts, dec);
    return rt_io_none(ts, r);
}
static rt_value nd_reset(struct rt_thread *ts, rt_value self)
{
    ND(self)->pendingcr = false;
    rt_store_relaxed(&ND(self)->seen, 0);
    rt_value dec = rt_slot_get(ts, ND(self), &ND(self)->decoder), r = RT_NONE;
    if (dec.bits && !rt_is_none(dec))
        r = rt_call_method(ts, dec, "reset", NULL, 0);
    rt_decref(ts, dec);
    return rt_io_none(ts, r);
}
static rt_value nd_newlines(struct rt_thread *ts, rt_value self, void *c) { return rt_newline_seen(ts, rt_load_relaxed(&ND(self)->seen)); }
static void nd_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct nldec *)o)->decoder, RT_NULL);
    rt_slot_set(ts, &((struct nldec *)o)->errors, RT_NULL);
}
static int nd_traverse(struct rt_object *o, rt_visit visit, void *arg) { return visit(rt_slot_peek(&((struct nldec *)o)->decoder), arg); }
static const struct rt_method_def nd_methods[] = {
    {"decode", nd_decode, RT_METH_KW | RT_METH_LOCKED, NULL}, {"getstate", nd_getstate, RT_METH_NOARGS | RT_METH_LOCKED, NULL},
    {"setstate", nd_setstate, RT_METH_O | RT_METH_LOCKED, NULL},
    {"reset", nd_reset, RT_METH_NOARGS | RT_METH_LOCKED, NULL}, {NULL},
};
static const struct rt_getset_def nd_getset[] = {{"newlines", nd_newlines, NULL, NULL, NULL}, {NULL}};
struct rt_type rt_newline_decoder_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io.IncrementalNewlineDecoder", .flags = RT_TF_BASETYPE | RT_TF_GC, .basic_size = sizeof(struct nldec),
    .clear = nd_clear, .traverse = nd_traverse, .new = nd_new, .init = nd_init, .methods = nd_methods, .getset = nd_getset,
    .doc = "Codec used when reading a file in universal newlines mode.",
};
