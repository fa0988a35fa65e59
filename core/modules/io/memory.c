/* SPDX-License-Identifier: MIT */
/* BytesIO and StringIO: streams in memory. Methods run in the object's critical section. */
#include "core/base/strsearch.h"
#include "core/modules/io/io_internal.h"
#include "core/unicode/utf.h"

/* ---- BytesIO ---- */
struct bytesio { struct rt_object hdr; char *buf; int64_t size, cap, pos; _Atomic bool closed; _Atomic int32_t exports; };
#define BIO(v) ((struct bytesio *)rt_ptr(v))
static int bio_check(struct rt_thread *ts, rt_value self)
{
    if (rt_load_relaxed(&BIO(self)->closed)) {
        rt_raise(ts, &rt_exc_ValueError, "I/O operation on closed file.");
        return -1;
    }
    return 0;
}
static int bio_resizable(struct rt_thread *ts, rt_value self)
{
    if (rt_load_acquire(&BIO(self)->exports)) {
        rt_raise(ts, &rt_exc_BufferError, "Existing exports of data: object cannot be re-sized");
        return -1;
    }
    return 0;
}
static int bio_reserve(struct rt_thread *ts, struct bytesio *b, int64_t n)
{
    if (n <= b->cap)
        return 0;
    int64_t cap = n + (n >> 3) + 64;
    char *p = rt_raw_realloc(b->buf, (size_t)cap);
    if (!p) {
        rt_raise_no_memory(ts);
        return -1;
    }
    b->buf = p;
    b->cap = cap;
    return 0;
}
static rt_value mem_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return rt_type_alloc(ts, t); }
static rt_value bio_write(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct bytesio *b = BIO(self);
    struct rt_buffer v;
    if (rt_likely(rt_is_exact(data, &rt_bytes_type) && !rt_load_relaxed(&b->closed) && !rt_load_acquire(&b->exports) && b->pos <= b->size)) {
        int64_t len = (int64_t)rt_as_bytes(data)->length;
        if (len && bio_reserve(ts, b, b->pos + len) < 0)
            return RT_NULL;
        if (len)
            memcpy(b->buf + b->pos, rt_as_bytes(data)->data, (size_t)len);
        b->pos += len;
        if (b->pos > b->size)
            b->size = b->pos;
        return rt_int_imm(len);
    }
    if (bio_check(ts, self) < 0 || bio_resizable(ts, self) < 0 || rt_buffer_get(ts, data, &v, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    int64_t n = v.len;
    int err = bio_resizable(ts, self); /* it may be its own buffer */
    if (err == 0 && n)
        err = bio_reserve(ts, b, b->pos + n);
    if (err == 0 && n) {
        if (b->pos > b->size)
            memset(b->buf + b->size, 0, (size_t)(b->pos - b->size));
        memcpy(b->buf + b->pos, v.buf, (size_t)n);
        b->pos += n;
        if (b->pos > b->size)
            b->size = b->pos;
    }
    rt_buffer_release(ts, &v);
    return err < 0 ? RT_NULL : rt_int_imm(n);
}
static int bio_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"initial_bytes", NULL};
    static const struct rt_argspec spec = {"BytesIO", names, 0, 0, 1, 1};
    rt_value v[1];
    struct bytesio *b = BIO(self);
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    struct rt_cs cs;
    rt_cs_begin_py(ts, &cs, b);
    rt_value r = bio_resizable(ts, self) < 0 ? RT_NULL : RT_NONE;
    if (r.bits) {
        b->size = b->pos = 0;
        rt_store_relaxed(&b->closed, false);
    }
    if (r.bits && v[0].bits && !rt_is_none(v[0])) {
        r = bio_write(ts, self, v[0]);
        b->pos = 0;
    }
    rt_cs_end(ts, &cs);
    return rt_is_null(r) ? -1 : 0;
}
static rt_value bio_take(struct rt_thread *ts, struct bytesio *b, int64_t n)
{
    int64_t have = b->size > b->pos ? b->size - b->pos : 0;
    if (n < 0 || n > have)
        n = have;
    rt_value r = rt_bytes_new(ts, b->buf + (have ? b->pos : 0), (size_t)n);
    if (r.bits)
        b->pos += n;
    return r;
}
static rt_value bio_read(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t size;
    if (rt_args_count(ts, "read", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0 || bio_check(ts, self) < 0)
        return RT_NULL;
    return bio_take(ts, BIO(self), size);
}
static int64_t bio_line(struct bytesio *b, int64_t limit)
{
    int64_t have = b->size > b->pos ? b->size - b->pos : 0;
    const char *nl = have ? memchr(b->buf + b->pos, '\n', (size_t)have) : NULL;
    int64_t n = nl ? nl - (b->buf + b->pos) + 1 : have;
    return limit >= 0 && limit < n ? limit : n;
}
static rt_value bio_readline(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t limit;
    if (rt_args_count(ts, "readline", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &limit) < 0 || bio_check(ts, self) < 0)
        return RT_NULL;
    return bio_take(ts, BIO(self), bio_line(BIO(self), limit));
}
static rt_value bio_iternext(struct rt_thread *ts, rt_value self)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    rt_value r = bio_check(ts, self) < 0 ? RT_NULL : RT_STOP;
    if (r.bits) {
        int64_t n = bio_line(BIO(self), -1);
        if (n)
            r = bio_take(ts, BIO(self), n);
    }
    rt_cs_end(ts, &cs);
    return r;
}
static rt_value bio_readinto(struct rt_thread *ts, rt_value self, rt_value target)
{
    struct bytesio *b = BIO(self);
    struct rt_buffer v;
    if (bio_check(ts, self) < 0)
        return RT_NULL;
    if (rt_buffer_get(ts, target, &v, RT_BUF_WRITABLE) < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_BufferError))
            rt_raise(ts, &rt_exc_TypeError, "readinto() argument must be read-write bytes-like object, not %N", target);
        return RT_NULL;
    }
    int64_t have = b->size > b->pos ? b->size - b->pos : 0, n = v.len < have ? v.len : have;
    if (n > 0)
        memmove(v.buf, b->buf + b->pos, (size_t)n); /* the target may be a view of this very buffer */
    b->pos += n;
    rt_buffer_release(ts, &v);
    return rt_int_imm(n);
}
static rt_value bio_seek(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct bytesio *b = BIO(self);
    if (rt_args_count(ts, "seek", n, 1, 2) < 0 || bio_check(ts, self) < 0)
        return RT_NULL;
    int64_t pos = rt_as_ssize(ts, args[0]);
    int how = rt_pending(ts) || n < 2 ? 0 : rt_as_int(ts, args[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (pos < 0 && how == 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative seek value %zd", (ssize_t)pos);
    if (how < 0 || how > 2)
        return rt_raise(ts, &rt_exc_ValueError, "invalid whence (%i, should be 0, 1 or 2)", how);
    int64_t base = how == 1 ? b->pos : how == 2 ? b->size : 0;
    if (__builtin_add_overflow(pos, base, &pos))
        return rt_raise(ts, &rt_exc_OverflowError, "new position too large");
    b->pos = pos < 0 ? 0 : pos;
    return rt_int_from_i64(ts, b->pos);
}
static rt_value bio_tell(struct rt_thread *ts, rt_value self) { return bio_check(ts, self) < 0 ? RT_NULL : rt_int_from_i64(ts, BIO(self)->pos); }
static rt_value bio_truncate(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct bytesio *b = BIO(self);
    int64_t size;
    if (rt_args_count(ts, "truncate", n, 0, 1) < 0 || bio_check(ts, self) < 0 || bio_resizable(ts, self) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0)
        return RT_NULL;
    if (!n || rt_is_none(args[0]))
        size = b->pos;
    if (size < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative size value %zd", (ssize_t)size);
    if (size < b->size)
        b->size = size;
    return rt_int_from_i64(ts, size);
}
static rt_value bio_getvalue(struct rt_thread *ts, rt_value self) { return bio_check(ts, self) < 0 ? RT_NULL : rt_bytes_new(ts, BIO(self)->buf ? BIO(self)->buf : "", (size_t)BIO(self)->size); }

/* What getbuffer() shows: the stream itself is no buffer. */
struct bytesio_buffer { struct rt_object hdr; rt_value source; };
#define SOURCE(v) BIO(((struct bytesio_buffer *)rt_ptr(v))->source)
static int bio_buf_get(struct rt_thread *ts, rt_value self, struct rt_buffer *v, int flags)
{
    struct bytesio *b = SOURCE(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, b);
    int rc = bio_check(ts, rt_borrow(b));
    if (rc == 0 && !rt_load_relaxed(&b->exports)) /* while shown it stays where it is */
        rc = bio_reserve(ts, b, 1);
    if (rc == 0)
        rc = rt_buffer_fill(ts, v, self, b->buf, b->size, false, flags);
    if (rc == 0)
        (void)rt_add_relaxed(&b->exports, 1);
    rt_cs_end(ts, &cs);
    return rc;
}
static void bio_buf_release(struct rt_thread *ts, rt_value self, struct rt_buffer *v) { (void)rt_sub_acq_rel(&SOURCE(self)->exports, 1); }
static int bio_buf_traverse(struct rt_object *o, rt_visit visit, void *arg) { return visit(((struct bytesio_buffer *)o)->source, arg); }
static void bio_buf_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_decref(ts, ((struct bytesio_buffer *)o)->source); }
static struct rt_type bio_buf_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io._BytesIOBuffer", .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW, .basic_size = sizeof(struct bytesio_buffer),
    .base = &rt_object_type, .dealloc = bio_buf_dealloc, .traverse = bio_buf_traverse, .getbuffer = bio_buf_get, .releasebuffer = bio_buf_release,
};
static rt_value bio_getbuffer(struct rt_thread *ts, rt_value self)
{
    if (bio_check(ts, self) < 0 || rt_type_ready(ts, &bio_buf_type) < 0)
        return RT_NULL;
    struct bytesio_buffer *o = rt_object_new(ts, &bio_buf_type, sizeof *o);
    if (!o)
        return RT_NULL;
    o->source = rt_newref(ts, self);
    rt_value view = rt_memoryview_new(ts, rt_borrow(o));
    rt_decref(ts, rt_own(o));
    return view;
}
static rt_value bio_true(struct rt_thread *ts, rt_value self) { return bio_check(ts, self) < 0 ? RT_NULL : RT_TRUE; }
static rt_value bio_isatty(struct rt_thread *ts, rt_value self) { return bio_check(ts, self) < 0 ? RT_NULL : RT_FALSE; }
static rt_value bio_flush(struct rt_thread *ts, rt_value self) { return bio_check(ts, self) < 0 ? RT_NULL : RT_NONE; }
static rt_value bio_close(struct rt_thread *ts, rt_value self)
{
    if (bio_resizable(ts, self) < 0)
        return RT_NULL;
    rt_store_relaxed(&BIO(self)->closed, true);
    return RT_NONE;
}
int rt_bytesio_is_closed(rt_value f) { return rt_load_relaxed(&BIO(f)->closed); }
static rt_value bio_closed(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(rt_load_relaxed(&BIO(self)->closed)); }
static rt_value bio_getstate(struct rt_thread *ts, rt_value self)
{
    rt_value v = bio_getvalue(ts, self), d, t;
    if (rt_is_null(v))
        return v;
    d = rt_inst_dict_copy(ts, rt_ptr(self));
    t = rt_tuple_pack(ts, 3, v, rt_int_from_i64(ts, BIO(self)->pos), d.bits && rt_dict_len(d) ? d : RT_NONE);
    rt_decref(ts, v);
    rt_decref(ts, d);
    return t;
}
static rt_value bio_setstate(struct rt_thread *ts, rt_value self, rt_value st)
{
    if (!rt_is_tuple(st) || rt_as_tuple(st)->length < 3)
        return rt_raise(ts, &rt_exc_TypeError, "%T.__setstate__ argument should be 3-tuple, got %T", self, st);
    if (rt_load_relaxed(&BIO(self)->closed))
        return rt_raise(ts, &rt_exc_ValueError, "I/O operation on closed file.");
    rt_value *it = rt_as_tuple(st)->items;
    if (bio_init(ts, self, it, 1, RT_NULL) < 0)
        return RT_NULL;
    if (!rt_is_any_int(it[1]))
        return rt_raise(ts, &rt_exc_TypeError, "second item of state must be an integer, not %T", it[1]);
    int64_t pos = rt_as_i64(ts, it[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (pos < 0)
        return rt_raise(ts, &rt_exc_ValueError, "position value cannot be negative");
    BIO(self)->pos = pos;
    if (!rt_is_none(it[2])) {
        if (!rt_is_dict(it[2]))
            return rt_raise(ts, &rt_exc_TypeError, "third item of state should be a dict, got a %T", it[2]);
        rt_value d = rt_object_dict(ts, self);
        if (rt_is_null(d) || rt_dict_update(ts, d, it[2]) < 0)
            return RT_NULL;
        rt_decref(ts, d);
    }
    return RT_NONE;
}
static rt_value bio_sizeof(struct rt_thread *ts, rt_value self) { return rt_int_imm((int64_t)sizeof(struct bytesio) + BIO(self)->cap); }
static void bio_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_raw_free(((struct bytesio *)o)->buf); }
#define L RT_METH_LOCKED
static const struct rt_method_def bio_methods[] = {
    {"write", bio_write, RT_METH_O | L, NULL}, {"read", bio_read, RT_METH_FAST | L, NULL}, {"read1", bio_read, RT_METH_FAST | L, NULL},
    {"readline", bio_readline, RT_METH_FAST | L, NULL}, {"readinto", bio_readinto, RT_METH_O | L, NULL}, {"seek", bio_seek, RT_METH_FAST | L, NULL},
    {"tell", bio_tell, RT_METH_NOARGS | L, NULL}, {"truncate", bio_truncate, RT_METH_FAST | L, NULL}, {"getvalue", bio_getvalue, RT_METH_NOARGS | L, NULL},
    {"getbuffer", bio_getbuffer, RT_METH_NOARGS, NULL}, {"readable", bio_true, RT_METH_NOARGS, NULL}, {"writable", bio_true, RT_METH_NOARGS, NULL},
    {"seekable", bio_true, RT_METH_NOARGS, NULL}, {"isatty", bio_isatty, RT_METH_NOARGS, NULL}, {"flush", bio_flush, RT_METH_NOARGS, NULL},
    {"close", bio_close, RT_METH_NOARGS | L, NULL}, {"__getstate__", bio_getstate, RT_METH_NOARGS | L, NULL},
    {"__setstate__", bio_setstate, RT_METH_O | L, NULL},
    {"__sizeof__", bio_sizeof, RT_METH_NOARGS | L, NULL}, {NULL},
};
static const struct rt_getset_def bio_getset[] = {{"closed", bio_closed, NULL, "True if the file is closed.", NULL}, {NULL}};
struct rt_type rt_bytesio_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io.BytesIO", .flags = RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_GC, .basic_size = sizeof(struct bytesio),
    .base = &rt_bufferediobase_type, .dealloc = bio_dealloc, .new = mem_new, .init = bio_init, .iternext = bio_iternext, .methods = bio_methods, .getset = bio_getset, .doc = "Buffered I/O implementation using an in-memory bytes buffer.",
};

/* ---- StringIO: code points in an array of 32-bit units ---- */
struct stringio { struct rt_object hdr; uint32_t *buf; int64_t size, cap, pos; _Atomic bool closed, ok; bool universal, translate; const char *readnl, *writenl; rt_slot decoder; };
#define SIO(v) ((struct stringio *)rt_ptr(v))
static int sio_check(struct rt_thread *ts, rt_value self)
{
    if (!rt_load_relaxed(&SIO(self)->ok)) {
        rt_raise(ts, &rt_exc_ValueError, "I/O operation on uninitialized object");
        return -1;
    }
    if (rt_load_relaxed(&SIO(self)->closed)) {
        rt_raise(ts, &rt_exc_ValueError, "I/O operation on closed file");
        return -1;
    }
    return 0;
}
static int sio_put(struct rt_thread *ts, struct stringio *s, rt_value text)
{
    int64_t n = (int64_t)rt_str_len(text);
    if (s->pos + n > s->cap) {
        int64_t cap = (s->pos + n) + ((s->pos + n) >> 1) + 64;
        uint32_t *p = rt_raw_realloc(s->buf, (size_t)cap * 4);
        if (!p) {
            rt_raise_no_memory(ts);
            return -1;
        }
        s->buf = p;
        s->cap = cap;
    }
    for (int64_t i = s->size; i < s->pos; i++)
        s->buf[i] = 0;
    struct rt_str *st = rt_as_str(text);
    rt_utf_convert(rt_str_data(st), st->kind, (size_t)n, s->buf + s->pos, 4);
    s->pos += n;
    if (s->pos > s->size)
        s->size = s->pos;
    return 0;
}
static rt_value sio_write(struct rt_thread *ts, rt_value self, rt_value text)
{
    struct stringio *s = SIO(self);
    if (!rt_is_str(text))
        return rt_raise(ts, &rt_exc_TypeError, "string argument expected, got '%T'", text);
    if (sio_check(ts, self) < 0)
        return RT_NULL;
    int64_t n = (int64_t)rt_str_len(text);
    if (rt_likely(!s->universal && !s->writenl))
        return n && sio_put(ts, s, text) < 0 ? RT_NULL : rt_int_imm(n);
    rt_value t = rt_newref(ts, text), u;
    if (s->universal) { /* newline None translates to \n, '' only takes note */
        rt_value dec = rt_slot_get(ts, s, &s->decoder), a[2] = {t, RT_TRUE};
        u = rt_call_method(ts, dec, "decode", a, 2);
        rt_decref(ts, dec);
        rt_decref(ts, t);
        if (rt_is_null(t = u))
            return t;
    }
    if (s->writenl) {
        rt_value a[2] = {rt_str_intern_cstr(ts, "\n"), rt_str_intern_cstr(ts, s->writenl)};
        u = rt_call_method(ts, t, "replace", a, 2);
        rt_decref(ts, t);
        if (rt_is_null(t = u))
            return t;
    }
    int err = n ? sio_put(ts, s, t) : 0;
    rt_decref(ts, t);
    return err < 0 ? RT_NULL : rt_int_imm(n);
}
static int sio_init_locked(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"initial_value", "newline", NULL};
    static const struct rt_argspec spec = {"StringIO", names, 0, 0, 2, 2};
    rt_value v[2];
    struct stringio *s = SIO(self);
    const char *nl = "\n";
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    rt_store_relaxed(&s->ok, false);
    if (v[1].bits) {
        if (rt_is_none(v[1])) {
            nl = NULL;
        } else if (!rt_is_str(v[1])) {
            rt_raise(ts, &rt_exc_TypeError, "newline must be str or None, not %.200T", v[1]);
            return -1;
        } else {
            nl = rt_str_utf8(ts, v[1], NULL);
        }
        if (nl && *nl && strcmp(nl, "\n") && strcmp(nl, "\r") && strcmp(nl, "\r\n")) {
            rt_raise(ts, &rt_exc_ValueError, "illegal newline value: %R", v[1]);
            return -1;
        }
    }
    if (v[0].bits && !rt_is_none(v[0]) && !rt_is_str(v[0])) {
        rt_raise(ts, &rt_exc_TypeError, "initial_value must be str or None, not %T", v[0]);
        return -1;
    }
    s->universal = !nl || !*nl;
    s->translate = !nl;
    s->readnl = !nl ? "\n" : !strcmp(nl, "\r\n") ? "\r\n" : !strcmp(nl, "\r") ? "\r" : !*nl ? "" : "\n";
    s->writenl = nl && !strcmp(nl, "\r") ? "\r" : nl && !strcmp(nl, "\r\n") ? "\r\n" : NULL;
    s->size = s->pos = 0;
    rt_store_relaxed(&s->closed, false);
    if (s->universal) {
        rt_value dec = rt_call2(ts, rt_type_value(&rt_newline_decoder_type), RT_NONE, rt_bool(s->translate));
        if (rt_is_null(dec))
            return -1;
        rt_slot_set(ts, &s->decoder, dec);
    }
    rt_store_relaxed(&s->ok, true);
    if (v[0].bits && !rt_is_none(v[0])) {
        rt_value r = sio_write(ts, self, v[0]);
        if (rt_is_null(r))
            return -1;
        s->pos = 0;
    }
    return 0;
}
static int sio_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_cs cs;
    rt_cs_begin_py(ts, &cs, rt_ptr(self));
    int r = sio_init_locked(ts, self, args, n, kw);
    rt_cs_end(ts, &cs);
    return r;
}
static rt_value sio_take(struct rt_thread *ts, struct stringio *s, int64_t n)
{
    int64_t have = s->size > s->pos ? s->size - s->pos : 0;
    if (n < 0 || n > have)
        n = have;
    if (!n)
        return rt_str_empty();
    rt_value r = rt_str_from_ucs4(ts, s->buf + s->pos, (size_t)n);
    if (r.bits)
        s->pos += n;
    return r;
}
static rt_value sio_read(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t size;
    if (rt_args_count(ts, "read", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0 || sio_check(ts, self) < 0)
        return RT_NULL;
    return sio_take(ts, SIO(self), size);
}
static int64_t sio_line(struct stringio *s)
{
    if (*s->readnl && !s->readnl[1] && !(s->universal && !s->translate)) { /* one character ends lines */
        ptrdiff_t at = s->size > s->pos ? rt_strsearch_find_char(s->buf + s->pos, 4, (size_t)(s->size - s->pos), (uint8_t)*s->readnl) : -1;
        if (at >= 0)
            return at + 1;
        return s->size > s->pos ? s->size - s->pos : 0;
    }
    for (int64_t i = s->pos; i < s->size; i++) {
        uint32_t c = s->buf[i];
        if (s->universal && !s->translate) {
            if (c == '\n')
                return i + 1 - s->pos;
            if (c == '\r')
                return i + 1 < s->size && s->buf[i + 1] == '\n' ? i + 2 - s->pos : i + 1 - s->pos;
        } else if (c == (uint8_t)s->readnl[0]) {
            if (!s->readnl[1])
                return i + 1 - s->pos;
            if (i + 1 < s->size && s->buf[i + 1] == (uint8_t)s->readnl[1])
                return i + 2 - s->pos;
        }
    }
    return s->size > s->pos ? s->size - s->pos : 0;
}
static rt_value sio_readline(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t limit;
    if (rt_args_count(ts, "readline", n, 0, 1) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &limit) < 0 || sio_check(ts, self) < 0)
        return RT_NULL;
    int64_t k = sio_line(SIO(self));
    return sio_take(ts, SIO(self), limit >= 0 && limit < k ? limit : k);
}
static rt_value sio_iternext(struct rt_thread *ts, rt_value self)
{
    struct rt_cs cs;
    rt_value r = RT_NULL;
    if (rt_type_of(self) != &rt_stringio_type) {
        r = rt_call_method(ts, self, "readline", NULL, 0);
        if (r.bits && !rt_is_str(r)) {
            rt_raise(ts, &rt_exc_OSError, "readline() should have returned a str object, not '%.200T'", r);
            rt_clear(ts, &r);
        }
    } else {
        rt_cs_begin(ts, &cs, rt_ptr(self));
        if (sio_check(ts, self) == 0)
            r = sio_take(ts, SIO(self), sio_line(SIO(self)));
        rt_cs_end(ts, &cs);
    }
    if (r.bits && rt_str_len(r) == 0) {
        rt_decref(ts, r);
        return RT_STOP;
    }
    return r;
}
static rt_value sio_seek(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "seek", n, 1, 2) < 0 || sio_check(ts, self) < 0)
        return RT_NULL;
    int64_t pos = rt_as_ssize(ts, args[0]);
    int how = rt_pending(ts) || n < 2 ? 0 : rt_as_int(ts, args[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (how < 0 || how > 2)
        return rt_raise(ts, &rt_exc_ValueError, "Invalid whence (%i, should be 0, 1 or 2)", how);
    if (pos < 0 && how == 0)
        return rt_raise(ts, &rt_exc_ValueError, "Negative seek position %zd", (ssize_t)pos);
    if (how && pos)
        return rt_raise(ts, &rt_exc_OSError, "Can't do nonzero cur-relative seeks");
    SIO(self)->pos = how == 1 ? SIO(self)->pos : how == 2 ? SIO(self)->size : pos;
    return rt_int_from_i64(ts, SIO(self)->pos);
}
static rt_value sio_tell(struct rt_thread *ts, rt_value self) { return sio_check(ts, self) < 0 ? RT_NULL : rt_int_from_i64(ts, SIO(self)->pos); }
static rt_value sio_truncate(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t size;
    if (rt_args_count(ts, "truncate", n, 0, 1) < 0 || sio_check(ts, self) < 0 || rt_io_size(ts, n ? args[0] : RT_NULL, &size) < 0)
        return RT_NULL;
    if (!n || rt_is_none(args[0]))
        size = SIO(self)->pos;
    if (size < 0)
        return rt_raise(ts, &rt_exc_ValueError, "Negative size value %zd", (ssize_t)size);
    if (size < SIO(self)->size)
        SIO(self)->size = size;
    return rt_int_from_i64(ts, size);
}
static rt_value sio_getvalue(struct rt_thread *ts, rt_value self)
{
    if (sio_check(ts, self) < 0)
        return RT_NULL;
    return SIO(self)->size ? rt_str_from_ucs4(ts, SIO(self)->buf, (size_t)SIO(self)->size) : rt_str_empty();
}
static rt_value sio_true(struct rt_thread *ts, rt_value self) { return sio_check(ts, self) < 0 ? RT_NULL : RT_TRUE; }
static rt_value sio_close(struct rt_thread *ts, rt_value self)
{
    rt_store_relaxed(&SIO(self)->closed, true);
    return RT_NONE;
}
static rt_value sio_closed(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(rt_load_relaxed(&SIO(self)->closed)); }
static rt_value sio_line_buffering(struct rt_thread *ts, rt_value self, void *c) { return sio_check(ts, self) < 0 ? RT_NULL : RT_FALSE; }
static rt_value sio_newlines(struct rt_thread *ts, rt_value self, void *c)
{
    if (sio_check(ts, self) < 0)
        return RT_NULL;
    rt_value dec = rt_slot_get(ts, SIO(self), &SIO(self)->decoder), r;
    if (rt_is_null(dec))
        return RT_NONE;
    r = rt_getattr_cstr(ts, dec, "newlines");
    rt_decref(ts, dec);
    return r;
}
static rt_value sio_getstate(struct rt_thread *ts, rt_value self)
{
    rt_value v = sio_getvalue(ts, self), d, t, nl;
    if (rt_is_null(v))
        return v;
    d = rt_inst_dict_copy(ts, rt_ptr(self));
    nl = SIO(self)->translate ? RT_NONE : rt_str_intern_cstr(ts, SIO(self)->readnl);
    t = rt_tuple_pack(ts, 4, v, nl, rt_int_from_i64(ts, SIO(self)->pos), d.bits && rt_dict_len(d) ? d : RT_NONE);
    rt_decref(ts, v);
    rt_decref(ts, d);
    return t;
}
static rt_value sio_setstate(struct rt_thread *ts, rt_value self, rt_value st)
{
    if (!rt_is_tuple(st) || rt_as_tuple(st)->length < 4)
        return rt_raise(ts, &rt_exc_TypeError, "%.200T.__setstate__ argument should be 4-tuple, got %.200T", self, st);
    rt_value *it = rt_as_tuple(st)->items, a[2] = {rt_str_empty(), it[1]};
    struct stringio *s = SIO(self);
    if (rt_load_relaxed(&s->closed))
        return rt_raise(ts, &rt_exc_ValueError, "I/O operation on closed file");
    if (sio_init(ts, self, a, 2, RT_NULL) < 0)
        return RT_NULL;
    if (!rt_is_str(it[0]))
        return rt_raise(ts, &rt_exc_TypeError, "first item of state must be str, not %T", it[0]);
    if (!rt_is_any_int(it[2]))
        return rt_raise(ts, &rt_exc_TypeError, "third item of state must be an integer, got %.200T", it[2]);
    int64_t pos = rt_as_i64(ts, it[2]);
    if (rt_pending(ts))
        return RT_NULL;
    if (pos < 0)
        return rt_raise(ts, &rt_exc_ValueError, "position value cannot be negative");
    if (sio_put(ts, s, it[0]) < 0)
        return RT_NULL;
    s->pos = pos;
    if (!rt_is_none(it[3])) {
        if (!rt_is_dict(it[3]))
            return rt_raise(ts, &rt_exc_TypeError, "fourth item of state should be a dict, got a %.200T", it[3]);
        rt_value d = rt_object_dict(ts, self);
        if (rt_is_null(d) || rt_dict_update(ts, d, it[3]) < 0)
            return RT_NULL;
        rt_decref(ts, d);
    }
    return RT_NONE;
}
static void sio_clear(struct rt_thread *ts, struct rt_object *o) { rt_slot_set(ts, &((struct stringio *)o)->decoder, RT_NULL); }
static void sio_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    sio_clear(ts, o);
    rt_raw_free(((struct stringio *)o)->buf);
}
static int sio_traverse(struct rt_object *o, rt_visit visit, void *arg) { return visit(rt_slot_peek(&((struct stringio *)o)->decoder), arg); }
static const struct rt_method_def sio_methods[] = {
    {"write", sio_write, RT_METH_O | L, NULL}, {"read", sio_read, RT_METH_FAST | L, NULL}, {"readline", sio_readline, RT_METH_FAST | L, NULL},
    {"seek", sio_seek, RT_METH_FAST | L, NULL}, {"tell", sio_tell, RT_METH_NOARGS | L, NULL}, {"truncate", sio_truncate, RT_METH_FAST | L, NULL},
    {"getvalue", sio_getvalue, RT_METH_NOARGS | L, NULL}, {"readable", sio_true, RT_METH_NOARGS, NULL}, {"writable", sio_true, RT_METH_NOARGS, NULL},
    {"seekable", sio_true, RT_METH_NOARGS, NULL}, {"close", sio_close, RT_METH_NOARGS | L, NULL}, {"__getstate__", sio_getstate, RT_METH_NOARGS | L, NULL},
    {"__setstate__", sio_setstate, RT_METH_O | L, NULL}, {NULL},
};
static const struct rt_getset_def sio_getset[] = {
    {"closed", sio_closed, NULL, NULL, NULL}, {"line_buffering", sio_line_buffering, NULL, NULL, NULL}, {"newlines", sio_newlines, NULL, NULL, NULL}, {NULL},
};
struct rt_type rt_stringio_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_io.StringIO", .flags = RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_GC, .basic_size = sizeof(struct stringio),
    .base = &rt_textiobase_type, .dealloc = sio_dealloc, .clear = sio_clear, .traverse = sio_traverse, .new = mem_new, .init = sio_init,
    .iternext = sio_iternext, .methods = sio_methods, .getset = sio_getset, .doc = "Text I/O implementation using an in-memory buffer.",
};
