/* SPDX-License-Identifier: MIT */
/* The type bytes: creation, construction from objects, slots, iterator. Immutable; the hash is cached. */
#include "core/types/bytes/bytes_internal.h"

#include "core/types/cursor.h"
#include "core/types/exceptions/exceptions.h"

static rt_value empty, single[256]; /* constant after start-up; immortal */

/* ---- creation --------------------------------------------------------------------------------- */

static size_t block_bytes(size_t n) { return offsetof(struct rt_bytes, data) + n + 1; }

static rt_value alloc(struct rt_thread *ts, const void *data, size_t n)
{
    if (n > (size_t)INT64_MAX - 33) /* CPython's limit: its header and the NUL */
        return rt_raise(ts, &rt_exc_OverflowError, "byte string is too large");
    struct rt_bytes *b = rt_block_alloc(ts, block_bytes(n), rt_bytes_type.shape->id, 0);
    if (!b)
        return RT_NULL;
    b->length = n;
    rt_store_relaxed(&b->hash, -1);
    if (data)
        memcpy(b->data, data, n);
    b->data[n] = 0;
    return rt_own(b);
}

rt_value rt_bytes_new(struct rt_thread *ts, const void *data, size_t n)
{
    return n ? alloc(ts, data, n) : empty;
}

rt_value rt_bytes_empty(void) { return empty; }

rt_value rt_bytes_part(struct rt_thread *ts, const char *p, size_t n)
{
    return n == 1 ? single[(uint8_t)*p] : rt_bytes_new(ts, p, n);
}

void rt_bytes_init(struct rt_thread *ts)
{
    if (!rt_is_null(empty))
        return;
    rt_value e = alloc(ts, "", 0);
    if (rt_is_null(e))
        RT_FATAL("no memory for the empty bytes object");
    rt_immortalize(ts, e);
    empty = rt_borrowed(e);
    for (int c = 0; c < 256; c++) {
        rt_value v = alloc(ts, &(char){(char)c}, 1);
        if (rt_is_null(v))
            RT_FATAL("no memory for the first bytes objects");
        rt_immortalize(ts, v);
        single[c] = rt_borrowed(v);
    }
}

rt_value rt_bytes_shrink(struct rt_thread *ts, rt_value owned, size_t n)
{
    struct rt_bytes *b = rt_as_bytes(owned);
    if (n == b->length)
        return owned;
    if (n && RT_ROUND_UP(block_bytes(n), 16) == RT_ROUND_UP(block_bytes(b->length), 16)) {
        b->length = n;
        b->data[n] = 0;
        return owned;
    }
    rt_value r = rt_bytes_new(ts, b->data, n);
    rt_decref(ts, owned);
    return r;
}

static rt_value as_type(struct rt_thread *ts, struct rt_type *type, rt_value v)
{
    struct rt_bytes *from = rt_as_bytes(v);
    rt_value r = rt_type_alloc_var(ts, type, from->length + 1);
    if (rt_is_null(r))
        return r;
    struct rt_bytes *b = rt_as_bytes(r);
    b->length = from->length;
    rt_store_relaxed(&b->hash, -1);
    memcpy(b->data, from->data, from->length + 1);
    return r;
}

/* ---- construction ----------------------------------------------------------------------------- */

static rt_value from_buffer(struct rt_thread *ts, rt_value o)
{
    struct rt_buffer b;
    if (rt_buffer_get(ts, o, &b, RT_BUF_FULL_RO) < 0)
        return RT_NULL;
    rt_value r = rt_bytes_new(ts, NULL, (size_t)b.len);
    if (!rt_is_null(r) && b.len)
        rt_buffer_copy_out(&b, rt_as_bytes(r)->data);
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value from_iterable(struct rt_thread *ts, rt_value o)
{
    struct rt_cursor walk;
    if (rt_cursor_open(ts, &walk, o) < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "cannot convert '%.200T' object to bytes", o);
        return RT_NULL;
    }
    int64_t hint = rt_length_hint(ts, o, 64);
    char *p = NULL;
    size_t n = 0, capacity = hint > 0 ? (size_t)hint : 64;
    rt_value r = RT_NULL;
    if (hint < 0 || !(p = rt_raw_malloc(capacity))) {
        if (hint >= 0)
            rt_raise_no_memory(ts);
        goto done;
    }
    for (;;) {
        rt_value v = rt_cursor_next(ts, &walk);
        if (rt_is_null(v))
            goto done;
        if (rt_is_stop(v))
            break;
        int c = v.bits < 512 && rt_is_int(v) ? (int)rt_int_get(v) : rt_byte_value(ts, v, "bytes must be in range(0, 256)");
        rt_decref(ts, v);
        if (c < 0)
            goto done;
        if (n == capacity) {
            char *q = rt_raw_realloc(p, capacity * 2);
            if (!q) {
                rt_raise_no_memory(ts);
                goto done;
            }
            p = q;
            capacity *= 2;
        }
        p[n++] = (char)c;
    }
    r = rt_bytes_new(ts, p, n);
done:
    rt_raw_free(p);
    rt_cursor_close(ts, &walk);
    return r;
}

rt_value rt_bytes_from_any(struct rt_thread *ts, rt_value o)
{
    if (rt_is_exact(o, &rt_bytes_type))
        return rt_newref(ts, o);
    if (rt_is_exact(o, &rt_bytearray_type))
        return rt_bytearray_snapshot(ts, o);
    if (rt_has_buffer(o))
        return from_buffer(ts, o);
    if (rt_is_str(o))
        return rt_raise(ts, &rt_exc_TypeError, "cannot convert '%.200T' object to bytes", o);
    return from_iterable(ts, o);
}

static rt_value zeros(struct rt_thread *ts, int64_t n)
{
    if (n < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative count");
    rt_value r = rt_bytes_new(ts, NULL, (size_t)n);
    if (!rt_is_null(r) && n)
        memset(rt_as_bytes(r)->data, 0, (size_t)n);
    return r;
}

static rt_value from_object(struct rt_thread *ts, rt_value x)
{
    rt_value self, f;
    if (rt_is_exact(x, &rt_bytearray_type) || rt_is_exact(x, &rt_memoryview_type) || rt_is_exact(x, &rt_list_type) ||
        rt_is_exact(x, &rt_bytes_type)) /* known to have none, or just itself */
        return rt_bytes_from_any(ts, x);
    if (rt_is_int(x))
        return zeros(ts, rt_int_get(x));
    f = rt_lookup_special(ts, x, "__bytes__", &self);
    if (!rt_is_null(f)) {
        rt_value r = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
        rt_decref(ts, f);
        if (!rt_is_null(r) && !rt_is_bytes(r)) {
            rt_raise(ts, &rt_exc_TypeError, "__bytes__ returned non-bytes (type %.200T)", r);
            rt_decref(ts, r);
            return RT_NULL;
        }
        return r;
    }
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_is_str(x))
        return rt_raise(ts, &rt_exc_TypeError, "string argument without an encoding");
    if (rt_index_check(x)) {
        int64_t n = rt_as_index(ts, x, &rt_exc_OverflowError);
        if (n != -1 || !rt_pending(ts))
            return zeros(ts, n);
        if (!rt_exc_clear_if(ts, &rt_exc_TypeError))
            return RT_NULL;
    }
    return rt_bytes_from_any(ts, x);
}

static const char *codec_name(struct rt_thread *ts, const char *fname, const char *arg, rt_value v)
{
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "%s() argument '%s' must be str, not %.50N", fname, arg, v);
        return NULL;
    }
    return rt_str_utf8_nonul(ts, v);
}

/* bytes(source, encoding, errors) for both types: 1 and *r when encoding or errors are given. */
int rt_bytes_encode_args(struct rt_thread *ts, const char *fname, const rt_value a[3], rt_value *r)
{
    const char *enc = NULL, *err = NULL;
    if (rt_is_null(a[1]) && rt_is_null(a[2]))
        return 0;
    *r = RT_NULL;
    if (!rt_is_null(a[1]) && !(enc = codec_name(ts, fname, "encoding", a[1])))
        return -1;
    if (!rt_is_null(a[2]) && !(err = codec_name(ts, fname, "errors", a[2])))
        return -1;
    if (rt_is_null(a[0]) || !rt_is_str(a[0]))
        rt_raise(ts, &rt_exc_TypeError, "%s without a string argument", enc ? "encoding" : "errors");
    else if (!enc)
        rt_raise(ts, &rt_exc_TypeError, "string argument without an encoding");
    else
        *r = rt_str_encode(ts, a[0], enc, err);
    return rt_is_null(*r) ? -1 : 1;
}

static rt_value bytes_type_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"source", "encoding", "errors", NULL};
    static const struct rt_argspec spec = {"bytes", names, 0, 0, 3, 3};
    rt_value a[3], r = RT_NULL;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    int rc = rt_bytes_encode_args(ts, "bytes", a, &r);
    if (rc < 0)
        return RT_NULL;
    if (rc == 0)
        r = rt_is_null(a[0]) ? rt_bytes_empty() : from_object(ts, a[0]);
    if (rt_is_null(r) || type == &rt_bytes_type)
        return r;
    rt_value s = as_type(ts, type, r);
    rt_decref(ts, r);
    return s;
}

/* ---- slots ------------------------------------------------------------------------------------ */

static rt_value bytes_repr(struct rt_thread *ts, rt_value v)
{
    return rt_bytes_repr_of(ts, rt_as_bytes(v)->data, rt_as_bytes(v)->length, "", "");
}

static rt_value bytes_str(struct rt_thread *ts, rt_value v)
{
    if (rt_bytes_warn(ts, "str() on a bytes instance") < 0)
        return RT_NULL;
    return bytes_repr(ts, v);
}

static int64_t bytes_hash(struct rt_thread *ts, rt_value v)
{
    struct rt_bytes *b = rt_as_bytes(v);
    int64_t h = rt_load_relaxed(&b->hash);
    if (h == -1) {
        struct rt_hash_key key = {rt_runtime.hash_key[0], rt_runtime.hash_key[1]};
        h = rt_hash_bytes(key, b->data, b->length);
        rt_store_relaxed(&b->hash, h);
    }
    return h;
}

static rt_value bytes_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_bytes(b)) {
        if ((op == RT_EQ || op == RT_NE) && rt_is_str(b) &&
            rt_bytes_warn(ts, "Comparison between bytes and string") < 0)
            return RT_NULL;
        if ((op == RT_EQ || op == RT_NE) && rt_is_any_int(b) &&
            rt_bytes_warn(ts, "Comparison between bytes and int") < 0)
            return RT_NULL;
        return RT_NOTIMPL;
    }
    return rt_bm_richcompare(ts, a, b, op);
}

static int64_t bytes_len(struct rt_thread *ts, rt_value v) { return (int64_t)rt_as_bytes(v)->length; }

static rt_value bytes_item(struct rt_thread *ts, rt_value v, int64_t i)
{
    struct rt_bytes *b = rt_as_bytes(v);
    if ((uint64_t)i >= b->length)
        return rt_raise(ts, &rt_exc_IndexError, "index out of range");
    return rt_int_imm((uint8_t)b->data[i]);
}

static rt_value bytes_slice(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct rt_bytes *b = rt_as_bytes(self);
    int64_t start, stop, step;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return RT_NULL;
    int64_t n = rt_slice_adjust((int64_t)b->length, &start, &stop, step);
    if (n <= 0)
        return rt_bytes_empty();
    if (step == 1) {
        if ((size_t)n == b->length && rt_is_exact(self, &rt_bytes_type))
            return rt_newref(ts, self);
        return rt_bytes_part(ts, b->data + start, (size_t)n);
    }
    rt_value r = rt_bytes_new(ts, NULL, (size_t)n);
    if (!rt_is_null(r)) {
        char *d = rt_as_bytes(r)->data;
        for (int64_t i = 0, j = start; i < n; i++, j += step)
            d[i] = b->data[j];
    }
    return r;
}

static rt_value bytes_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    if (rt_is_exact(key, &rt_slice_type))
        return bytes_slice(ts, self, key);
    if (!rt_is_int(key) && !rt_index_check(key))
        return rt_raise(ts, &rt_exc_TypeError, "byte indices must be integers or slices, not %.200T", key);
    int64_t i = rt_is_int(key) ? rt_int_get(key) : rt_as_index(ts, key, &rt_exc_IndexError);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    return bytes_item(ts, self, i < 0 ? i + (int64_t)rt_as_bytes(self)->length : i);
}

static rt_value bytes_concat(struct rt_thread *ts, rt_value a, rt_value b)
{
    RT_BYTES_ARG(x);
    RT_BYTES_ARG(y);
    if (!(rt_is_bytes(a) || rt_has_buffer(a)) || !(rt_is_bytes(b) || rt_has_buffer(b)))
        return rt_raise(ts, &rt_exc_TypeError, "can't concat %.100T to %.100T", b, a);
    if (rt_bytes_arg(ts, a, &x) < 0)
        return RT_NULL;
    rt_value r = RT_NULL;
    if (rt_bytes_arg(ts, b, &y) == 0) {
        if (x.n == 0 && rt_is_exact(b, &rt_bytes_type)) {
            r = rt_newref(ts, b);
        } else if (y.n == 0 && rt_is_exact(a, &rt_bytes_type)) {
            r = rt_newref(ts, a);
        } else {
            r = rt_bytes_new(ts, NULL, x.n + y.n);
            if (!rt_is_null(r) && x.n + y.n) {
                memcpy(rt_as_bytes(r)->data, x.p, x.n);
                memcpy(rt_as_bytes(r)->data + x.n, y.p, y.n);
            }
        }
        rt_bytes_arg_release(ts, &y);
    }
    rt_bytes_arg_release(ts, &x);
    return r;
}

static rt_value bytes_repeat(struct rt_thread *ts, rt_value self, int64_t n)
{
    struct rt_bytes *b = rt_as_bytes(self);
    if (n < 0)
        n = 0;
    if (b->length && (uint64_t)n > (uint64_t)INT64_MAX / b->length)
        return rt_raise(ts, &rt_exc_OverflowError, "repeated bytes are too long");
    size_t total = b->length * (size_t)n;
    if (total == b->length && rt_is_exact(self, &rt_bytes_type))
        return rt_newref(ts, self);
    rt_value r = alloc(ts, total ? NULL : "", total); /* a new one even if it is empty: b"x" * 0 is not b"" */
    if (rt_is_null(r) || total == 0)
        return r;
    char *d = rt_as_bytes(r)->data;
    memcpy(d, b->data, b->length);
    rt_repeat_bytes(d, b->length, total);
    return r;
}

static int bytes_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *view, int flags)
{
    return rt_buffer_fill(ts, view, self, rt_as_bytes(self)->data, (int64_t)rt_as_bytes(self)->length, true, flags);
}

static size_t bytes_size(const struct rt_object *o)
{
    return block_bytes(((const struct rt_bytes *)o)->length);
}

static rt_value bytes_dunder_bytes(struct rt_thread *ts, rt_value self)
{
    if (rt_is_exact(self, &rt_bytes_type))
        return rt_newref(ts, self);
    return rt_bytes_new(ts, rt_as_bytes(self)->data, rt_as_bytes(self)->length);
}

static rt_value bytes_getnewargs(struct rt_thread *ts, rt_value self)
{
    rt_value b = bytes_dunder_bytes(ts, self);
    return rt_is_null(b) ? b : rt_tuple_steal(ts, &b, 1);
}

static rt_value bytes_sizeof(struct rt_thread *ts, rt_value self) { return rt_int_imm((int64_t)bytes_size(rt_ptr(self))); }

/* ---- iterators of bytes and bytearray --------------------------------------------------------- */

struct bytes_iter {
    struct rt_object hdr;
    rt_value seq;           /* owned; kept until the iterator dies */
    _Atomic int64_t index;  /* -1: exhausted */
};

static struct rt_type bytes_iter_type, bytearray_iter_type;

rt_value rt_bytes_iter(struct rt_thread *ts, rt_value self)
{
    struct bytes_iter *it = rt_object_new(ts, rt_is_bytearray(self) ? &bytearray_iter_type : &bytes_iter_type, sizeof *it);
    if (!it)
        return RT_NULL;
    it->seq = rt_newref(ts, self);
    rt_store_relaxed(&it->index, 0);
    return rt_own(it);
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    struct bytes_iter *it = (struct bytes_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    struct span s = rt_span(it->seq);
    if (i >= 0 && (size_t)i < s.n) {
        rt_store_relaxed(&it->index, i + 1);
        return rt_int_imm(rt_racy_byte(s.p + i));
    }
    rt_store_relaxed(&it->index, -1);
    if (!rt_load_relaxed(&ts->mt)) { /* others may be reading it */
        rt_value done = it->seq;
        it->seq = rt_bytes_empty();
        rt_decref(ts, done);
    }
    return RT_STOP;
}

static rt_value iter_hint(struct rt_thread *ts, rt_value self)
{
    struct bytes_iter *it = (struct bytes_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index), n = (int64_t)rt_span(it->seq).n;
    return rt_int_imm(i < 0 || i > n ? 0 : n - i);
}

static rt_value iter_reduce(struct rt_thread *ts, rt_value self)
{
    struct bytes_iter *it = (struct bytes_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    rt_value iter = rt_import_attr(ts, "builtins", "iter"), r = RT_NULL;
    if (rt_is_null(iter))
        return RT_NULL;
    rt_value args = rt_tuple_pack(ts, 1, i < 0 ? rt_tuple_empty() : it->seq);
    if (!rt_is_null(args))
        r = i < 0 ? rt_tuple_pack(ts, 2, iter, args) : rt_tuple_pack(ts, 3, iter, args, rt_int_imm(i));
    rt_decref(ts, args);
    rt_decref(ts, iter);
    return r;
}

static rt_value iter_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct bytes_iter *it = (struct bytes_iter *)rt_ptr(self);
    int64_t i = rt_as_index(ts, state, NULL), n = (int64_t)rt_span(it->seq).n;
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    if (rt_load_relaxed(&it->index) >= 0)
        rt_store_relaxed(&it->index, i < 0 ? 0 : i > n ? n : i);
    return RT_NONE;
}

static int iter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct bytes_iter *)o)->seq, arg);
}

static void iter_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_decref(ts, ((struct bytes_iter *)o)->seq); }

static void iter_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct bytes_iter *it = (struct bytes_iter *)o;
    rt_value s = it->seq;
    rt_store_relaxed(&it->index, -1);
    it->seq = rt_bytes_empty();
    rt_decref(ts, s);
}

static const struct rt_method_def iter_methods[] = {
    {"__length_hint__", iter_hint, RT_METH_NOARGS, "Private method returning an estimate of len(list(it))."},
    {"__reduce__", iter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {"__setstate__", iter_setstate, RT_METH_O, "Set state information for unpickling."},
    {0},
};

#define ITER_TYPE(var, text) \
    static struct rt_type var = { \
        .hdr = RT_STATIC_TYPE_HDR, .name = text, .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW, \
        .basic_size = sizeof(struct bytes_iter), .base = &rt_object_type, .dealloc = iter_dealloc, \
        .clear = iter_clear, .traverse = iter_traverse, .iter = rt_iter_self, .iternext = iter_next, \
        .methods = iter_methods, \
    }
ITER_TYPE(bytes_iter_type, "bytes_iterator");
ITER_TYPE(bytearray_iter_type, "bytearray_iterator");

int rt_bytes_types_ready(struct rt_thread *ts)
{
    return rt_type_ready(ts, &bytes_iter_type) < 0 || rt_type_ready(ts, &bytearray_iter_type) < 0 ? -1 : 0;
}

/* ---- the type --------------------------------------------------------------------------------- */

const struct rt_method_def rt_bytes_methods[] = {
    RT_BM_ROWS(0),
    {"__bytes__", bytes_dunder_bytes, RT_METH_NOARGS, "__bytes__($self, /)\n--\n\nConvert this value to exact type bytes."},
    {"__getnewargs__", bytes_getnewargs, RT_METH_NOARGS, NULL},
    {"__sizeof__", bytes_sizeof, RT_METH_NOARGS, "Size of the object in memory, in bytes."},
    {0},
};

struct rt_type rt_bytes_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "bytes",
    .doc = "bytes(iterable_of_ints) -> bytes\n"
           "bytes(string, encoding[, errors]) -> bytes\n"
           "bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\n"
           "bytes(int) -> bytes object of size given by the parameter initialized with null bytes\n"
           "bytes() -> empty bytes object\n"
           "\n"
           "Construct an immutable array of bytes from:\n"
           "  - an iterable yielding integers in range(256)\n"
           "  - a text string encoded using the specified encoding\n"
           "  - any object implementing the buffer API.\n"
           "  - an integer",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE | RT_TF_BYTES | RT_TF_VARSIZED | RT_TF_SELF_MATCH,
    .basic_size = offsetof(struct rt_bytes, data),
    .item_size = 1,
    .base = &rt_object_type,
    .size = bytes_size,
    .repr = bytes_repr,
    .str = bytes_str,
    .hash = bytes_hash,
    .richcompare = bytes_richcompare,
    .iter = rt_bytes_iter,
    .new = bytes_type_new,
    .binary[RT_BIN_MOD] = rt_bm_mod,
    .len = bytes_len,
    .getitem = bytes_getitem,
    .sq_item = bytes_item,
    .contains = rt_bm_contains,
    .sq_concat = bytes_concat,
    .sq_repeat = bytes_repeat,
    .getbuffer = bytes_getbuffer,
    .methods = rt_bytes_methods,
};

/* ---- -b --------------------------------------------------------------------------------------- */

int rt_bytes_warning;

int rt_bytes_warn(struct rt_thread *ts, const char *msg)
{
    return rt_bytes_warning ? rt_warn(ts, &rt_exc_BytesWarning, 1, "%s", msg) : 0;
}
