/* SPDX-License-Identifier: MIT */
/*
 * _pickle: objects to opcodes. Exact builtin types first; everything else through the dispatch table
 * and __reduce_ex__.
 *
 * Instances of ordinary classes (object's own __reduce_ex__ and __getstate__, no __getnewargs__, no
 * slots) take a short cut to the opcodes that the long way would give: their attributes are written
 * straight from the instance, without a reduce tuple and without making its __dict__. Reduce tuples:
 * pickle_reduce.c.
 */
#include <stdio.h>

#include "core/base/dtoa.h"
#include "core/modules/pickle/pickle_internal.h"
#include "core/types/bytes/bytes_internal.h"
#include "core/types/set_internal.h"
#include "core/unicode/utf.h"

enum { BATCH = 1000, FRAME_TARGET = 64 * 1024, FAST_NESTING = 50 };

static int save(struct rt_thread *ts, rt_value self, rt_value o, bool pers);

/* Between opcodes: close a frame that is big enough, and hand it over. */
RT_INLINE int boundary(struct rt_thread *ts, struct rt_pickler *p)
{
    if (rt_likely(p->frame_start == SIZE_MAX || p->n - p->frame_start < FRAME_TARGET + 9))
        return 0;
    rt_pickler_commit_frame(ts, p);
    return rt_is_null(p->write) ? 0 : rt_pickler_flush(ts, p);
}

/* ---- atoms ---- */
static int save_small_int(struct rt_thread *ts, struct rt_pickler *p, int64_t i)
{
    uint8_t local[24], *op = local;
    size_t n;
    if (rt_likely(rt_load_relaxed(&p->bin) && (uint64_t)i < 65536 && p->n + 3 <= p->cap &&
                  !(p->framing && p->frame_start == SIZE_MAX))) {
        op = p->buf + p->n; /* in place: reading back bytes that were just written waits for the writes */
        op[0] = i < 256 ? P_BININT1 : P_BININT2;
        op[1] = (uint8_t)i;
        op[2] = (uint8_t)(i >> 8);
        p->n += i < 256 ? 2 : 3;
        return 0;
    }
    if (!rt_load_relaxed(&p->bin)) {
        n = (size_t)snprintf((char *)op, sizeof local, "%c%lld\n", P_INT, (long long)i);
    } else if (i >= 0 && i < 256) {
        op[0] = P_BININT1;
        op[1] = (uint8_t)i;
        n = 2;
    } else if (i >= 0 && i < 65536) {
        op[0] = P_BININT2;
        op[1] = (uint8_t)i;
        op[2] = (uint8_t)(i >> 8);
        n = 3;
    } else {
        op[0] = P_BININT;
        rt_pickler_put_u32(op + 1, (uint32_t)i);
        n = 5;
    }
    return rt_pickler_put(ts, p, op, n);
}

static int save_int(struct rt_thread *ts, struct rt_pickler *p, rt_value v)
{
    int64_t i;
    bool word = rt_int_try_i64(v, &i);
    if (word && i >= INT32_MIN && i <= INT32_MAX)
        return save_small_int(ts, p, i);
    if (p->proto < 2) {
        rt_value text = rt_int_to_str(ts, v, 10, false);
        const char *s = rt_is_null(text) ? NULL : rt_str_utf8(ts, text, NULL);
        int r = !s || rt_pickler_put_op(ts, p, P_LONG) < 0 || rt_pickler_put(ts, p, s, strlen(s)) < 0 ||
                        rt_pickler_put(ts, p, "L\n", 2) < 0 ? -1 : 0;
        rt_decref(ts, text);
        return r;
    }
    size_t n = rt_int_bit_length(v) / 8 + 1;
    uint8_t local[64], *b = n + 5 <= sizeof local ? local : rt_raw_malloc(n + 5);
    if (!b) {
        rt_raise_no_memory(ts);
        return -1;
    }
    int r = -1;
    if (n > INT32_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "int too large to pickle");
    } else if (rt_int_to_bytes(ts, v, b + 5, n, true, true) == 0) {
        if (rt_int_sign(v) < 0 && n > 1 && b[5 + n - 1] == 0xff && b[5 + n - 2] & 0x80)
            n--;
        bool little = n < 256;
        b[little ? 3 : 0] = little ? P_LONG1 : P_LONG4;
        if (little)
            b[4] = (uint8_t)n;
        else
            rt_pickler_put_u32(b + 1, (uint32_t)n);
        r = little ? rt_pickler_put(ts, p, b + 3, n + 2) : rt_pickler_put(ts, p, b, n + 5);
    }
    if (b != local)
        rt_raw_free(b);
    return r;
}

static int save_float(struct rt_thread *ts, struct rt_pickler *p, double d)
{
    uint8_t op[RT_DTOA_REPR_MAX + 4];
    size_t n = 9;
    if (rt_load_relaxed(&p->bin)) {
        uint64_t b;
        memcpy(&b, &d, 8);
        b = __builtin_bswap64(b);
        op[0] = P_BINFLOAT;
        memcpy(op + 1, &b, 8);
    } else {
        op[0] = P_FLOAT;
        n = 1 + rt_dtoa_repr(d, (char *)op + 1);
        op[n++] = '\n';
    }
    return rt_pickler_put(ts, p, op, n);
}

static int save_const(struct rt_thread *ts, struct rt_pickler *p, rt_value v)
{
    if (rt_is_none(v))
        return rt_pickler_put_op(ts, p, P_NONE);
    bool t = rt_is_true(v);
    if (p->proto >= 2)
        return rt_pickler_put_op(ts, p, t ? P_NEWTRUE : P_NEWFALSE);
    return rt_pickler_put(ts, p, t ? "I01\n" : "I00\n", 4);
}

/* ---- bytes and text ---- */
/* Opcode by size, data, memo. big 0: there is no 8-byte form before protocol 4. */
static int save_counted(struct rt_thread *ts, struct rt_pickler *p, rt_value o, const void *data, size_t n,
                        uint8_t small, uint8_t mid, uint8_t big, rt_value payload)
{
    uint8_t h[9];
    size_t hn;
    if (n <= 0xff && small) {
        h[0] = small;
        h[1] = (uint8_t)n;
        hn = 2;
    } else if (n <= 0xffffffffu && mid) {
        h[0] = mid;
        rt_pickler_put_u32(h + 1, (uint32_t)n);
        hn = 5;
    } else if (p->proto >= 4) {
        uint64_t w = n;
        h[0] = big;
        memcpy(h + 1, &w, 8);
        hn = 9;
    } else {
        rt_raise(ts, &rt_exc_OverflowError,
                 "serializing a %s larger than 4 GiB requires pickle protocol 4 or higher",
                 mid == P_BINUNICODE ? "string" : "bytes object");
        return -1;
    }
    int r = n < FRAME_TARGET ? (rt_pickler_put(ts, p, h, hn) < 0 ? -1 : rt_pickler_put(ts, p, data, n))
                             : rt_pickler_put_large(ts, p, h, hn, data, n, payload);
    return r < 0 ? r : rt_pickler_memo_put(ts, p, o);
}

/* Consumes args; saves f(*args) as the construction of o. */
static int save_call(struct rt_thread *ts, rt_value self, rt_value f, rt_value args, rt_value o)
{
    if (rt_is_null(args))
        return -1;
    rt_value rv = rt_tuple_pack(ts, 2, f, args);
    rt_decref(ts, args);
    int r = rt_is_null(rv) ? -1 : rt_pickler_save_reduce(ts, self, rv, o);
    rt_decref(ts, rv);
    return r;
}

static int save_bytes_data(struct rt_thread *ts, rt_value self, rt_value o, const char *data, size_t n,
                           rt_value payload)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (p->proto >= 3)
        return save_counted(ts, p, o, data, n, P_SHORT_BINBYTES, P_BINBYTES, P_BINBYTES8, payload);
    if (n == 0)
        return save_call(ts, self, rt_type_value(&rt_bytes_type), rt_newref(ts, rt_tuple_empty()), o);
    rt_value text = rt_str_from_latin1(ts, (const uint8_t *)data, n);
    rt_value latin1 = rt_is_null(text) ? text : rt_str_intern_cstr(ts, "latin1");
    rt_value args = rt_is_null(latin1) ? latin1 : rt_tuple_pack(ts, 2, text, latin1);
    rt_decref(ts, text);
    return save_call(ts, self, rt_pickle_state(ts, PI_codecs_encode), args, o);
}

static int save_bytearray_data(struct rt_thread *ts, rt_value self, rt_value o, const char *data, size_t n,
                               rt_value payload)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (p->proto >= 5)
        return save_counted(ts, p, o, data, n, 0, 0, P_BYTEARRAY8, payload);
    rt_value args = rt_tuple_empty();
    if (n) {
        rt_value b = rt_bytes_new(ts, data, n);
        args = rt_is_null(b) ? b : rt_tuple_steal(ts, &b, 1);
    }
    return save_call(ts, self, rt_type_value(&rt_bytearray_type), args, o);
}

static int save_bytearray(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_buffer b; /* keeps the block where it is while write() runs */
    if (rt_buffer_get(ts, o, &b, RT_BUF_SIMPLE) < 0)
        return -1;
    int r = save_bytearray_data(ts, self, o, b.buf, (size_t)b.len, o);
    rt_buffer_release(ts, &b);
    return r;
}

/* 1: the callback keeps the buffer in the stream, 0: it goes out of band, -1. */
static int ask_in_band(struct rt_thread *ts, struct rt_pickler *p, rt_value o)
{
    if (rt_is_null(p->buffer_callback))
        return 1;
    rt_value cb = rt_newref(ts, p->buffer_callback), ret = rt_call1(ts, cb, o);
    rt_decref(ts, cb);
    int t = rt_is_null(ret) ? -1 : rt_truth(ts, ret);
    rt_decref(ts, ret);
    return t;
}

static int save_buffer_view(struct rt_thread *ts, rt_value self, rt_value o, const struct rt_buffer *v)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (v->suboffsets || !rt_buffer_contiguous(v, 'A')) {
        RT_PICKLE_ERROR(ts, PicklingError,
                        "PickleBuffer can not be pickled when pointing to a non-contiguous buffer");
        return -1;
    }
    int in_band = ask_in_band(ts, p, o);
    if (in_band < 0)
        return -1;
    if (in_band)
        return v->readonly ? save_bytes_data(ts, self, o, v->buf, (size_t)v->len, RT_NULL)
                           : save_bytearray_data(ts, self, o, v->buf, (size_t)v->len, RT_NULL);
    if (rt_pickler_put_op(ts, p, P_NEXT_BUFFER) < 0)
        return -1;
    return v->readonly ? rt_pickler_put_op(ts, p, P_READONLY_BUFFER) : 0;
}

static int save_picklebuffer(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_buffer view;
    if (rt_as_pickler(self)->proto < 5) {
        RT_PICKLE_ERROR(ts, PicklingError, "PickleBuffer can only pickled with protocol >= 5");
        return -1;
    }
    if (rt_pickle_buffer_get(ts, o, &view, RT_BUF_FULL_RO) < 0)
        return -1;
    int r = save_buffer_view(ts, self, o, &view);
    rt_buffer_release(ts, &view);
    return r;
}

/* Protocol 0: raw-unicode-escape, with what ends a line escaped too. */
static int save_str_text(struct rt_thread *ts, struct rt_pickler *p, rt_value o)
{
    struct rt_str *s = rt_as_str(o);
    const void *d = rt_str_data(s);
    if (rt_pickler_put_op(ts, p, P_UNICODE) < 0)
        return -1;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = rt_utf_get(d, s->kind, i);
        char text[16] = {(char)c};
        int n = 1;
        if (c >= 0x10000)
            n = snprintf(text, sizeof text, "\\U%08x", c);
        else if (c >= 256 || c == '\\' || c == 0 || c == '\n' || c == '\r' || c == 0x1a)
            n = snprintf(text, sizeof text, "\\u%04x", c);
        if (rt_pickler_put(ts, p, text, (size_t)n) < 0)
            return -1;
    }
    return rt_pickler_put_op(ts, p, '\n') < 0 ? -1 : rt_pickler_memo_put(ts, p, o);
}

static int save_str(struct rt_thread *ts, struct rt_pickler *p, rt_value o)
{
    struct rt_str *s = rt_as_str(o);
    const void *d = rt_str_data(s);
    uint8_t small = p->proto >= 4 ? P_SHORT_BINUNICODE : 0;
    if (!rt_load_relaxed(&p->bin))
        return save_str_text(ts, p, o);
    if (rt_likely(s->ascii))
        return save_counted(ts, p, o, d, s->length, small, P_BINUNICODE, P_BINUNICODE8, RT_NULL);
    uint8_t local[512], *b = local;
    size_t n = s->length * (s->kind == 1 ? 2 : s->kind == 2 ? 3 : 4);
    if (n > sizeof local && !(b = rt_raw_malloc(n))) {
        rt_raise_no_memory(ts);
        return -1;
    }
    n = rt_utf8_encode(d, s->kind, s->length, b); /* lone surrogates too */
    int r = save_counted(ts, p, o, b, n, small, P_BINUNICODE, P_BINUNICODE8, RT_NULL);
    if (b != local)
        rt_raw_free(b);
    return r;
}

/* ---- containers ---- */
int rt_pickler_save_items(struct rt_thread *ts, rt_value self, rt_value t)
{
    for (size_t i = 0; i < rt_as_tuple(t)->length; i++)
        if (save(ts, self, rt_as_tuple(t)->items[i], true) < 0)
            return -1;
    return 0;
}

static int save_tuple(struct rt_thread *ts, rt_value self, rt_value o)
{
    static const uint8_t by_size[] = {P_EMPTY_TUPLE, P_TUPLE1, P_TUPLE2, P_TUPLE3};
    struct rt_pickler *p = rt_as_pickler(self);
    size_t n = rt_as_tuple(o)->length;
    bool sized = n <= 3 && p->proto >= 2;
    if (n == 0)
        return rt_load_relaxed(&p->bin) ? rt_pickler_put_op(ts, p, P_EMPTY_TUPLE) : rt_pickler_put(ts, p, "(t", 2);
    if ((!sized && rt_pickler_put_op(ts, p, P_MARK) < 0) || rt_pickler_save_items(ts, self, o) < 0)
        return -1;
    struct rt_pickler_entry *e = rt_pickler_memo_find(p, o);
    if (!e) {
        if (rt_pickler_put_op(ts, p, sized ? by_size[n] : P_TUPLE) < 0)
            return -1;
        return rt_pickler_memo_put(ts, p, o);
    }
    /* recursive: it was made while its items were; drop them and take that one */
    size_t x = e->index;
    if (!sized && rt_load_relaxed(&p->bin)) {
        if (rt_pickler_put_op(ts, p, P_POP_MARK) < 0)
            return -1;
    } else {
        for (size_t i = 0; i < n + !sized; i++)
            if (rt_pickler_put_op(ts, p, P_POP) < 0)
                return -1;
    }
    return rt_pickler_memo_get(ts, p, x);
}

/* Items of an iterator; pairs: dict items. */
int rt_pickler_save_batches(struct rt_thread *ts, rt_value self, rt_value it, bool pairs)
{
    struct rt_pickler *p = rt_as_pickler(self);
    uint8_t one = pairs ? P_SETITEM : P_APPEND, many = pairs ? P_SETITEMS : P_APPENDS;
    rt_value next = RT_UNDEF, v;
    int r = 0;
    for (size_t n = 0; r == 0;) { /* n: items since the mark; next: one read ahead */
        v = rt_is_undef(next) ? rt_next(ts, it) : next;
        next = RT_UNDEF;
        if (rt_is_null(v) || rt_is_stop(v)) {
            rt_clear(ts, &ts->stop_value);
            return rt_is_null(v) ? -1 : n ? rt_pickler_put_op(ts, p, many) : 0;
        }
        bool single = !rt_load_relaxed(&p->bin);
        if (n == 0 && rt_load_relaxed(&p->bin)) {
            next = rt_next(ts, it);
            if (rt_is_null(next)) {
                rt_decref(ts, v);
                return -1;
            }
            single = rt_is_stop(next);
            if (!single)
                r = rt_pickler_put_op(ts, p, P_MARK);
        }
        if (!pairs) {
            r = r < 0 ? r : save(ts, self, v, true);
        } else if (!rt_is_ptr(v) || !rt_is_tuple(v) || rt_as_tuple(v)->length != 2) {
            rt_raise(ts, &rt_exc_TypeError, "dict items iterator must return 2-tuples");
            r = -1;
        } else if (r == 0) {
            r = rt_pickler_save_items(ts, self, v);
        }
        rt_decref(ts, v);
        if (r == 0 && single) {
            r = rt_pickler_put_op(ts, p, one);
        } else if (r == 0 && ++n == BATCH) {
            r = rt_pickler_put_op(ts, p, many);
            n = 0;
        }
    }
    rt_decref(ts, next);
    return r;
}

static int save_list_exact(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value v;
    int r = 0;
    if (rt_list_len(o) == 1) {
        v = rt_list_get(ts, o, 0);
        r = rt_is_null(v) ? 0 : save(ts, self, v, true);
        rt_decref(ts, v);
        return r < 0 || rt_is_null(v) ? r : rt_pickler_put_op(ts, p, P_APPEND);
    }
    for (size_t i = 0; r == 0 && i < rt_list_len(o);) {
        r = rt_pickler_put_op(ts, p, P_MARK);
        for (size_t k = 0; r == 0 && k < BATCH && !rt_is_null(v = rt_list_get(ts, o, i)); k++, i++) {
            if (rt_is_int(v) && rt_load_relaxed(&p->bin) && (uint64_t)rt_int_get(v) < 65536 && rt_is_null(p->pers_func)) {
                r = boundary(ts, p) < 0 ? -1 : save_small_int(ts, p, rt_int_get(v));
                continue;
            }
            r = save(ts, self, v, true);
            rt_decref(ts, v);
        }
        if (r == 0)
            r = rt_pickler_put_op(ts, p, P_APPENDS);
    }
    return r;
}

static int save_list(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if ((rt_load_relaxed(&p->bin) ? rt_pickler_put_op(ts, p, P_EMPTY_LIST) : rt_pickler_put(ts, p, "(l", 2)) < 0 ||
        rt_pickler_memo_put(ts, p, o) < 0)
        return -1;
    if (rt_list_len(o) == 0)
        return 0;
    if (rt_load_relaxed(&p->bin))
        return save_list_exact(ts, self, o);
    rt_value it = rt_iter(ts, o);
    int r = rt_is_null(it) ? -1 : rt_pickler_save_batches(ts, self, it, false);
    rt_decref(ts, it);
    return r;
}

static int save_dict_exact(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    size_t size = rt_dict_len(o), pos = 0, k;
    rt_value pair[2];
    int r = 0;
    do {
        if (size > 1 && rt_pickler_put_op(ts, p, P_MARK) < 0)
            return -1;
        for (k = 0; r == 0 && k < BATCH && rt_dict_next(ts, o, &pos, &pair[0], &pair[1]); k++) {
            r = save(ts, self, pair[0], true);
            if (r == 0)
                r = save(ts, self, pair[1], true);
            rt_decref(ts, pair[0]);
            rt_decref(ts, pair[1]);
        }
        if (r == 0)
            r = rt_pickler_put_op(ts, p, size > 1 ? P_SETITEMS : P_SETITEM);
        if (r == 0 && rt_dict_len(o) != size) {
            rt_raise(ts, &rt_exc_RuntimeError, "dictionary changed size during iteration");
            r = -1;
        }
    } while (r == 0 && k == BATCH);
    return r;
}

static int save_dict(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if ((rt_load_relaxed(&p->bin) ? rt_pickler_put_op(ts, p, P_EMPTY_DICT) : rt_pickler_put(ts, p, "(d", 2)) < 0 ||
        rt_pickler_memo_put(ts, p, o) < 0)
        return -1;
    if (rt_dict_len(o) == 0)
        return 0;
    if (rt_load_relaxed(&p->bin))
        return save_dict_exact(ts, self, o);
    rt_value items = rt_call_method(ts, o, "items", NULL, 0);
    rt_value it = rt_is_null(items) ? items : rt_iter(ts, items);
    int r = rt_is_null(it) ? -1 : rt_pickler_save_batches(ts, self, it, true);
    rt_decref(ts, it);
    rt_decref(ts, items);
    return r;
}

static int save_set(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    size_t size = rt_set_len(o), pos = 0, k;
    rt_value v;
    int r = 0;
    if (p->proto < 4) {
        rt_value list = rt_seq_list(ts, o);
        return save_call(ts, self, rt_type_value(&rt_set_type),
                         rt_is_null(list) ? list : rt_tuple_steal(ts, &list, 1), o);
    }
    if (rt_pickler_put_op(ts, p, P_EMPTY_SET) < 0 || rt_pickler_memo_put(ts, p, o) < 0)
        return -1;
    if (size == 0)
        return 0;
    do {
        r = rt_pickler_put_op(ts, p, P_MARK);
        for (k = 0; r == 0 && k < BATCH && rt_set_next(ts, o, &pos, &v); k++) {
            r = save(ts, self, v, true);
            rt_decref(ts, v);
        }
        if (r == 0)
            r = rt_pickler_put_op(ts, p, P_ADDITEMS);
        if (r == 0 && rt_set_len(o) != size) {
            rt_raise(ts, &rt_exc_RuntimeError, "set changed size during iteration");
            r = -1;
        }
    } while (r == 0 && k == BATCH);
    return r;
}

static int save_frozenset(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    size_t pos = 0;
    rt_value v;
    int r = 0;
    if (p->proto < 4) {
        rt_value list = rt_seq_list(ts, o);
        return save_call(ts, self, rt_type_value(&rt_frozenset_type),
                         rt_is_null(list) ? list : rt_tuple_steal(ts, &list, 1), o);
    }
    if (rt_pickler_put_op(ts, p, P_MARK) < 0)
        return -1;
    while (r == 0 && rt_set_next(ts, o, &pos, &v)) {
        r = save(ts, self, v, true);
        rt_decref(ts, v);
    }
    if (r < 0)
        return r;
    struct rt_pickler_entry *e = rt_pickler_memo_find(p, o);
    if (!e)
        return rt_pickler_put_op(ts, p, P_FROZENSET) < 0 ? -1 : rt_pickler_memo_put(ts, p, o);
    size_t x = e->index;
    return rt_pickler_put_op(ts, p, P_POP_MARK) < 0 ? -1 : rt_pickler_memo_get(ts, p, x);
}

/* ---- classes, persistent objects ---- */
static int save_type(struct rt_thread *ts, rt_value self, rt_value o)
{
    rt_value arg = rt_is(o, rt_type_value(&rt_none_type))       ? RT_NONE
                   : rt_is(o, rt_type_value(&rt_notimpl_type))  ? RT_NOTIMPL
                   : rt_is(o, rt_type_value(&rt_ellipsis_type)) ? RT_ELLIPSIS
                                                                : RT_NULL;
    if (rt_is_null(arg))
        return rt_pickler_save_global(ts, self, o, RT_NULL);
    return save_call(ts, self, rt_type_value(&rt_type_type), rt_tuple_pack(ts, 1, arg), o);
}

/* 1: written as a persistent id, 0: not one, -1. */
static int save_pers(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value f = rt_newref(ts, p->pers_func);
    rt_value pid = p->pers_unbound ? rt_call2(ts, f, self, o) : rt_call1(ts, f, o);
    int r = 0;
    rt_decref(ts, f);
    if (rt_is_null(pid))
        return -1;
    if (rt_is_none(pid))
        return 0;
    if (rt_load_relaxed(&p->bin)) {
        r = save(ts, self, pid, false) < 0 || rt_pickler_put_op(ts, p, P_BINPERSID) < 0 ? -1 : 1;
    } else {
        rt_value text = rt_str(ts, pid);
        if (rt_is_null(text)) {
            r = -1;
        } else if (!rt_as_str(text)->ascii) {
            RT_PICKLE_ERROR(ts, PicklingError, "persistent IDs in protocol 0 must be ASCII strings");
            r = -1;
        } else {
            r = rt_pickler_put_op(ts, p, P_PERSID) < 0 ||
                rt_pickler_put(ts, p, rt_str_data(rt_as_str(text)), rt_str_len(text)) < 0 ||
                rt_pickler_put_op(ts, p, '\n') < 0 ? -1 : 1;
        }
        rt_decref(ts, text);
    }
    rt_decref(ts, pid);
    return r;
}

/* ---- instances of ordinary classes ---- */
static bool type_has(struct rt_thread *ts, struct rt_type *t, rt_value name, rt_value want)
{
    rt_value v = rt_type_lookup(ts, t, name);
    bool same = rt_is_null(want) ? rt_is_null(v) : !rt_is_null(v) && rt_is(v, want);
    rt_decref(ts, v);
    return same;
}

/* Instances of t reduce the way object says, to attributes in a dict and nothing else. */
static bool plain_object(struct rt_thread *ts, struct rt_pickler *p, struct rt_type *t)
{
    uint32_t version = rt_load_relaxed(&t->version);
    if (p->plain_type == t && p->plain_version == version && version)
        return p->plain;
    bool yes = rt_type_has(t, RT_TF_HEAP) && rt_type_has(t, RT_TF_DICT) && !rt_type_has(t, RT_TF_VARSIZED) &&
               t->basic_size == sizeof(struct rt_object) && t->slots_count == 0 && t->new &&
               t->getattro == rt_object_type.getattro &&
               type_has(ts, t, RT_ID(__reduce_ex__), rt_pickle_state(ts, PI_object_reduce_ex)) &&
               type_has(ts, t, RT_ID(__reduce__), rt_pickle_state(ts, PI_object_reduce)) &&
               type_has(ts, t, RT_ID(__getstate__), rt_pickle_state(ts, PI_object_getstate)) &&
               type_has(ts, t, RT_ID(__class__), rt_pickle_state(ts, PI_object_class)) &&
               type_has(ts, t, RT_ID(__getnewargs__), RT_NULL) &&
               type_has(ts, t, RT_ID(__getnewargs_ex__), RT_NULL);
    p->plain_type = t;
    p->plain_version = version;
    p->plain = yes;
    return yes;
}

/* The attributes of o, which is not in dictionary mode, owned; count, or -1: take the long way. */
static int gather(struct rt_thread *ts, rt_value o, rt_value *names, rt_value *values)
{
    struct rt_shape *s = rt_shape_of(rt_ptr(o));
    int n = 0;
    if (s->flags & RT_SHAPE_DICT || s->nslots > RT_SHAPE_MAX_ATTRS)
        return -1;
    rt_shape_names(s, names);
    for (int i = 0; i < s->nslots; i++) {
        rt_value name = names[i], v;
        if (rt_is(name, RT_ID(__reduce_ex__)) || rt_is(name, RT_ID(__reduce__)) ||
            rt_is(name, RT_ID(__getstate__)) ||
            (rt_is_null(v = rt_inst_get(ts, rt_ptr(o), name)) && rt_pending(ts))) {
            while (n)
                rt_decref(ts, values[--n]);
            rt_exc_clear(ts);
            return -1;
        }
        if (rt_is_null(v))
            continue;
        names[n] = name;
        values[n++] = v;
    }
    return n;
}

static int save_plain_state(struct rt_thread *ts, rt_value self, const rt_value *names, const rt_value *values,
                            int n)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (rt_pickler_put_op(ts, p, P_EMPTY_DICT) < 0 || rt_pickler_memo_put(ts, p, RT_NULL) < 0 ||
        (n > 1 && rt_pickler_put_op(ts, p, P_MARK) < 0))
        return -1;
    for (int i = 0; i < n; i++)
        if (save(ts, self, names[i], true) < 0 || save(ts, self, values[i], true) < 0)
            return -1;
    return rt_pickler_put_op(ts, p, n > 1 ? P_SETITEMS : P_SETITEM) < 0 ? -1 : rt_pickler_put_op(ts, p, P_BUILD);
}

/* 1: done, 0: take the long way, -1. */
static RT_NOINLINE int save_plain(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value names[RT_SHAPE_MAX_ATTRS], values[RT_SHAPE_MAX_ATTRS];
    int n = gather(ts, o, names, values), r;
    if (n < 0)
        return 0;
    r = save(ts, self, rt_type_value(rt_type_of(o)), true) < 0 ||
        rt_pickler_put(ts, p, (const uint8_t[]){P_EMPTY_TUPLE, P_NEWOBJ}, 2) < 0 ||
        rt_pickler_memo_put(ts, p, o) < 0 || (n && save_plain_state(ts, self, names, values, n) < 0) ? -1 : 1;
    for (int i = 0; i < n; i++)
        rt_decref(ts, values[i]);
    return r;
}

/* ---- everything else ---- */
/* What o's reducer says: owned, RT_NULL with an exception, or RT_UNDEF: save as a global. */
static rt_value reduce_value(struct rt_thread *ts, rt_value self, rt_value o, struct rt_type *t)
{
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value table = rt_slot_get(ts, rt_ptr(self), &p->dispatch_table), f;
    if (rt_is_null(table)) {
        f = rt_dict_get(ts, rt_pickle_state(ts, PI_dispatch_table), rt_type_value(t));
    } else {
        f = rt_getitem(ts, table, rt_type_value(t));
        rt_decref(ts, table);
        if (rt_is_null(f))
            rt_exc_clear_if(ts, &rt_exc_KeyError);
    }
    if (rt_is_null(f) && rt_pending(ts))
        return RT_NULL;
    rt_value r;
    if (!rt_is_null(f)) {
        r = rt_call1(ts, f, o);
    } else if (rt_type_is_subtype(t, &rt_type_type)) {
        return RT_UNDEF;
    } else if (!rt_is_null(f = rt_getattr_opt(ts, o, RT_ID(__reduce_ex__)))) {
        r = rt_call1(ts, f, rt_int_imm(p->proto));
    } else if (rt_pending(ts)) {
        return RT_NULL;
    } else if (!rt_is_null(f = rt_getattr_opt(ts, o, RT_ID(__reduce__)))) {
        r = rt_call0(ts, f);
    } else {
        return rt_pending(ts) ? RT_NULL
                              : RT_PICKLE_ERROR(ts, PicklingError, "can't pickle '%.200s' object: %R", t->name, o);
    }
    rt_decref(ts, f);
    return r;
}

static int save_reduced(struct rt_thread *ts, rt_value self, rt_value o, rt_value rv)
{
    if (rt_is_ptr(rv) && rt_is_str(rv))
        return rt_pickler_save_global(ts, self, o, rv);
    if (rt_is_ptr(rv) && rt_is_tuple(rv))
        return rt_pickler_save_reduce(ts, self, rv, o);
    RT_PICKLE_ERROR(ts, PicklingError, "__reduce__ must return a string or tuple");
    return -1;
}

static bool dispatch_has(struct rt_thread *ts, struct rt_pickler *p, struct rt_type *t)
{
    if (!rt_is_null(rt_slot_peek(&p->dispatch_table)))
        return true;
    return rt_dict_contains(ts, rt_pickle_state(ts, PI_dispatch_table), rt_type_value(t)) != 0;
}

static RT_NOINLINE int save_other(struct rt_thread *ts, rt_value self, rt_value o, struct rt_type *t)
{
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value rv = RT_NOTIMPL;
    if (!rt_is_null(p->reducer)) {
        rv = rt_call1(ts, p->reducer, o);
        if (rt_is_null(rv))
            return -1;
    }
    if (rt_is_notimpl(rv)) {
        if (t == &rt_type_type)
            return save_type(ts, self, o);
        if (t == &rt_function_type)
            return rt_pickler_save_global(ts, self, o, RT_NULL);
        if (p->proto >= 2 && plain_object(ts, p, t) && !dispatch_has(ts, p, t)) {
            int r = save_plain(ts, self, o);
            if (r)
                return r < 0 ? -1 : 0;
        }
        rv = reduce_value(ts, self, o, t);
        if (rt_is_undef(rv))
            return rt_pickler_save_global(ts, self, o, RT_NULL);
        if (rt_is_null(rv))
            return -1;
    }
    int r = save_reduced(ts, self, o, rv);
    rt_decref(ts, rv);
    return r;
}

/* fast mode has no memo: deep nesting is watched for cycles. 1: entered, 0 (nothing to do), -1. */
static int fast_enter(struct rt_thread *ts, struct rt_pickler *p, rt_value o)
{
    if (!rt_load_relaxed(&p->fast) || ++p->fast_depth < FAST_NESTING)
        return 0;
    rt_value key = rt_id(ts, o);
    if (rt_is_null(p->fast_memo))
        p->fast_memo = rt_dict_new(ts);
    int has = rt_is_null(key) || rt_is_null(p->fast_memo) ? -1 : rt_dict_contains(ts, p->fast_memo, key);
    if (has > 0)
        rt_raise(ts, &rt_exc_ValueError,
                 "fast mode: can't pickle cyclic objects including object type %.200s at %p", rt_typename(o),
                 (void *)rt_ptr(o));
    if (has == 0 && rt_dict_set(ts, p->fast_memo, key, RT_NONE) < 0)
        has = -1;
    rt_decref(ts, key);
    return has ? -1 : 1;
}

static void fast_leave(struct rt_thread *ts, struct rt_pickler *p, rt_value o, int entered)
{
    if (!rt_load_relaxed(&p->fast))
        return;
    p->fast_depth--;
    if (entered > 0) {
        rt_value key = rt_id(ts, o);
        (void)rt_dict_del_opt(ts, p->fast_memo, key);
        rt_decref(ts, key);
    }
}

static int save_container(struct rt_thread *ts, rt_value self, rt_value o, struct rt_type *t)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (t == &rt_tuple_type)
        return save_tuple(ts, self, o);
    if (t == &rt_set_type)
        return save_set(ts, self, o);
    if (t == &rt_frozenset_type)
        return save_frozenset(ts, self, o);
    if (t == &rt_bytearray_type)
        return save_bytearray(ts, self, o);
    if (t == &rt_pickle_buffer_type)
        return save_picklebuffer(ts, self, o);
    if (t != &rt_list_type && t != &rt_dict_type)
        return save_other(ts, self, o, t);
    int in = rt_load_relaxed(&p->fast) ? fast_enter(ts, p, o) : 0;
    if (in < 0)
        return -1;
    int r = t == &rt_list_type ? save_list(ts, self, o) : save_dict(ts, self, o);
    fast_leave(ts, p, o, in);
    return r;
}

/* pers: ask persistent_id first. */
static int save(struct rt_thread *ts, rt_value self, rt_value o, bool pers)
{
    struct rt_pickler *p = rt_as_pickler(self);
    int r;
    if (boundary(ts, p) < 0)
        return -1;
    if (rt_unlikely(!rt_is_null(p->pers_func)) && pers && (r = save_pers(ts, self, o)) != 0)
        return r < 0 ? -1 : 0;
    if (rt_is_int(o))
        return save_int(ts, p, o);
    if (rt_is_float_imm(o))
        return save_float(ts, p, rt_float_imm_get(o));
    if (rt_is_none(o) || rt_is_bool(o))
        return save_const(ts, p, o);
    struct rt_type *t = rt_type_of(o);
    if (t == &rt_int_type)
        return save_int(ts, p, o);
    if (t == &rt_float_type)
        return save_float(ts, p, rt_float_value(o));
    struct rt_pickler_entry *e = rt_pickler_memo_find(p, o);
    if (e)
        return rt_pickler_memo_get(ts, p, e->index);
    if (t == &rt_str_type)
        return save_str(ts, p, o);
    if (t == &rt_bytes_type)
        return save_bytes_data(ts, self, o, rt_as_bytes(o)->data, rt_as_bytes(o)->length, o);
    if (rt_recursion_enter(ts, " while pickling an object") < 0)
        return -1;
    r = save_container(ts, self, o, t);
    rt_recursion_leave(ts);
    return r;
}

int rt_pickler_save(struct rt_thread *ts, rt_value self, rt_value o, bool pers) { return save(ts, self, o, pers); }

/* ---- a whole pickle ---- */
int rt_pickler_dump(struct rt_thread *ts, rt_value self, rt_value obj)
{
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value old = p->reducer, mine = rt_getattr_opt_cstr(ts, self, "reducer_override");
    int r = -1;
    if (rt_is_null(mine) && rt_pending(ts))
        return -1;
    p->reducer = mine;
    if (p->proto < 2 || rt_pickler_put(ts, p, (const uint8_t[]){P_PROTO, (uint8_t)p->proto}, 2) == 0) {
        p->framing = p->proto >= 4;
        if (save(ts, self, obj, true) == 0 && rt_pickler_put_op(ts, p, P_STOP) == 0)
            r = rt_pickler_commit_frame(ts, p);
    }
    p->framing = false;
    p->reducer = old;
    rt_decref(ts, mine);
    return r;
}
