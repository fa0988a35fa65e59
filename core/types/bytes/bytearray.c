/* SPDX-License-Identifier: MIT */
/*
 * The type bytearray. See bytes_internal.h for the block and the locking rule: methods are RT_METH_LOCKED,
 * slots take the critical section themselves. Arguments are turned into C values before self's data is
 * looked at, because that may run Python.
 */
#include "core/types/bytes/bytes_internal.h"
#include "core/types/cont_internal.h"

#include "core/types/exceptions/exceptions.h"

static struct rt_ba_block *block_new(struct rt_thread *ts, size_t capacity)
{
    struct rt_ba_block *b = capacity < (size_t)INT64_MAX - 64 ? rt_raw_malloc(sizeof *b + capacity + 1) : NULL;
    if (!b) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    b->capacity = capacity;
    rt_store_relaxed(&b->start, 0);
    rt_store_relaxed(&b->length, 0);
    b->data[0] = 0;
    return b;
}

static struct rt_ba_block *block_of(struct rt_bytearray *a) { return rt_load_relaxed(&a->block); }

static rt_value make(struct rt_thread *ts, struct rt_type *type, const void *data, size_t n)
{
    struct rt_ba_block *b = block_new(ts, n);
    if (!b)
        return RT_NULL;
    if (data && n)
        memcpy(b->data, data, n);
    b->data[n] = 0;
    rt_store_relaxed(&b->length, n);
    rt_value v;
    if (type == &rt_bytearray_type) {
        struct rt_bytearray *a = rt_object_new(ts, type, sizeof *a);
        v = a ? rt_own(a) : RT_NULL;
    } else {
        v = rt_type_alloc(ts, type);
    }
    if (rt_is_null(v)) {
        rt_raw_free(b);
        return v;
    }
    rt_store_relaxed(&rt_as_bytearray(v)->exports, 0);
    rt_store_relaxed(&rt_as_bytearray(v)->block, b);
    return v;
}

rt_value rt_bytearray_new(struct rt_thread *ts, const void *data, size_t n)
{
    return make(ts, &rt_bytearray_type, data, n);
}

/* ---- changing --------------------------------------------------------------------------------- */

static int check_exports(struct rt_thread *ts, struct rt_bytearray *a)
{
    if (rt_load_acquire(&a->exports) == 0)
        return 0;
    rt_raise(ts, &rt_exc_BufferError, "Existing exports of data: object cannot be re-sized");
    return -1;
}

/* Make the length n; bytes beyond the old length are not initialised. */
static int resize(struct rt_thread *ts, struct rt_bytearray *a, size_t n)
{
    struct rt_ba_block *b = block_of(a);
    size_t len = rt_load_relaxed(&b->length), start = rt_load_relaxed(&b->start);
    if (n == len)
        return 0;
    if (check_exports(ts, a) < 0)
        return -1;
    if (start + n <= b->capacity && (n >= b->capacity / 2 || b->capacity < 64)) {
        b->data[start + n] = 0;
        rt_store_release(&b->length, n);
        return 0;
    }
    size_t capacity = n <= len ? n : n + (n >> 3) + (n < 9 ? 3 : 6);
    struct rt_ba_block *c = block_new(ts, capacity);
    if (!c)
        return -1;
    memcpy(c->data, b->data + start, n < len ? n : len);
    c->data[n] = 0;
    rt_store_relaxed(&c->length, n);
    rt_store_release(&a->block, c);
    rt_retire(ts, b, sizeof *b + b->capacity, NULL);
    return 0;
}

static char *data_of(struct rt_bytearray *a)
{
    struct rt_ba_block *b = block_of(a);
    return b->data + rt_load_relaxed(&b->start);
}

static size_t len_of(struct rt_bytearray *a) { return rt_load_relaxed(&block_of(a)->length); }

/* Replace [lo, hi) by n bytes at p, which are not self's. */
static int splice(struct rt_thread *ts, struct rt_bytearray *a, size_t lo, size_t hi, const char *p, size_t n)
{
    size_t len = len_of(a), cut = hi - lo;
    struct rt_ba_block *b = block_of(a);
    if (n < cut) {
        if (check_exports(ts, a) < 0)
            return -1;
        if (lo == 0 && cut - n < len) { /* cheap at the front: a queue of bytes */
            rt_store_relaxed(&b->start, rt_load_relaxed(&b->start) + (cut - n));
            rt_store_release(&b->length, len - (cut - n));
        } else {
            char *d = data_of(a);
            memmove(d + lo + n, d + hi, len - hi);
            if (resize(ts, a, len - cut + n) < 0)
                return -1;
        }
    } else if (n > cut) {
        if (resize(ts, a, len - cut + n) < 0)
            return -1;
        char *d = data_of(a);
        memmove(d + lo + n, d + hi, len - hi);
    }
    if (n)
        rt_racy_copy(data_of(a) + lo, p, n);
    return 0;
}

/* What a bytearray holds at this moment. */
rt_value rt_bytearray_snapshot(struct rt_thread *ts, rt_value v)
{
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, rt_ptr(v));
    struct span s = rt_span(v);
    rt_value r = rt_bytes_new(ts, s.p, s.n);
    rt_cont_read_end(ts, &cs);
    return r;
}

/* value as bytes that outlive changes of self: owned bytes object. */
static rt_value stable(struct rt_thread *ts, rt_value v)
{
    if (rt_is_exact(v, &rt_bytes_type))
        return rt_newref(ts, v);
    if (rt_is_bytearray(v))
        return rt_bytearray_snapshot(ts, v);
    return rt_bytes_from_any(ts, v);
}

static int set_slice(struct rt_thread *ts, rt_value self, int64_t start, int64_t step, int64_t n, rt_value bytes)
{
    struct rt_bytearray *a = rt_as_bytearray(self);
    struct span v = rt_is_null(bytes) ? (struct span){"", 0} : rt_span(bytes);
    if (step == 1)
        return splice(ts, a, (size_t)start, (size_t)(start + n), v.p, v.n);
    if (!rt_is_null(bytes)) {
        if ((int64_t)v.n != n) {
            rt_raise(ts, &rt_exc_ValueError, "attempt to assign bytes of size %zd to extended slice of size %zd", v.n, n);
            return -1;
        }
        char *d = data_of(a);
        for (int64_t i = 0; i < n; i++)
            rt_racy_copy(&d[start + i * step], &v.p[i], 1);
        return 0;
    }
    if (n == 0)
        return 0;
    if (check_exports(ts, a) < 0)
        return -1;
    if (step < 0) {
        start += (n - 1) * step;
        step = -step;
    }
    char *d = data_of(a);
    size_t len = len_of(a), to = (size_t)start;
    for (size_t i = (size_t)start, k = 0; i < len; i++) {
        if ((int64_t)k < n && i == (size_t)(start + (int64_t)k * step))
            k++;
        else
            d[to++] = d[i];
    }
    return resize(ts, a, to);
}

static int setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    struct rt_bytearray *a = rt_as_bytearray(self);
    struct rt_cs cs;
    int rc = -1;
    if (rt_is_exact(key, &rt_slice_type)) {
        int64_t start, stop, step;
        rt_value bytes = RT_NULL;
        if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
            return -1;
        if (!rt_is_null(v)) {
            if (!rt_is_bytes(v) && !rt_is_bytearray(v) && (rt_is_any_int(v) || rt_is_str(v))) {
                rt_raise(ts, &rt_exc_TypeError, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
                return -1;
            }
            bytes = stable(ts, v);
            if (rt_is_null(bytes))
                return -1;
        }
        rt_cs_begin(ts, &cs, a);
        int64_t n = rt_slice_adjust((int64_t)len_of(a), &start, &stop, step);
        if (step != 1 && !rt_is_null(bytes) && rt_as_bytes(bytes)->length == 0)
            rt_clear(ts, &bytes); /* nothing: delete */
        rc = set_slice(ts, self, start, step, n < 0 ? 0 : n, bytes);
        rt_cs_end(ts, &cs);
        rt_decref(ts, bytes);
        return rc;
    }
    if (!rt_is_int(key) && !rt_index_check(key)) {
        rt_raise(ts, &rt_exc_TypeError, "bytearray indices must be integers or slices, not %.200T", key);
        return -1;
    }
    int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
    if (i == -1 && rt_pending(ts))
        return -1;
    int c = 0;
    if (!rt_is_null(v) && (c = rt_byte_value(ts, v, "byte must be in range(0, 256)")) < 0)
        return -1;
    rt_cs_begin(ts, &cs, a);
    int64_t len = (int64_t)len_of(a);
    if (i < 0)
        i += len;
    if (i < 0 || i >= len)
        rt_raise(ts, &rt_exc_IndexError, "bytearray index out of range");
    else if (rt_is_null(v))
        rc = splice(ts, a, (size_t)i, (size_t)i + 1, "", 0);
    else
        rc = (rt_racy_copy(data_of(a) + i, &(char){(char)c}, 1), 0);
    rt_cs_end(ts, &cs);
    return rc;
}

static int sq_setitem(struct rt_thread *ts, rt_value self, int64_t i, rt_value v)
{
    if (i < 0) {
        rt_raise(ts, &rt_exc_IndexError, "bytearray index out of range");
        return -1;
    }
    return setitem(ts, self, rt_int_imm(i), v);
}

/* ---- construction ----------------------------------------------------------------------------- */

static rt_value array_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    return make(ts, type, NULL, 0);
}

/* The content that bytearray(x) asks for: owned bytes. */
static rt_value content(struct rt_thread *ts, rt_value x)
{
    if (rt_is_str(x))
        return rt_raise(ts, &rt_exc_TypeError, "string argument without an encoding");
    if (rt_index_check(x)) {
        int64_t n = rt_as_index(ts, x, &rt_exc_OverflowError);
        if (n == -1 && rt_pending(ts)) {
            if (!rt_exc_clear_if(ts, &rt_exc_TypeError))
                return RT_NULL;
        } else {
            if (n < 0)
                return rt_raise(ts, &rt_exc_ValueError, "negative count");
            rt_value r = n > INT64_MAX - 64 ? rt_raise_no_memory(ts) : rt_bytes_new(ts, NULL, (size_t)n);
            if (!rt_is_null(r) && n)
                memset(rt_as_bytes(r)->data, 0, (size_t)n);
            return r;
        }
    }
    rt_value r = rt_bytes_from_any(ts, x);
    if (rt_is_null(r) && rt_exc_is(ts, &rt_exc_TypeError) && !rt_has_buffer(x) && !rt_type_of(x)->iter &&
        !rt_type_of(x)->sq_item) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_TypeError, "cannot convert '%.200T' object to bytearray", x);
    } else if (rt_is_null(r) && rt_exc_is(ts, &rt_exc_ValueError)) {
        rt_value e = rt_exc_take(ts), text = rt_str(ts, e);
        bool range = !rt_is_null(text) && rt_str_eq_cstr(text, "bytes must be in range(0, 256)");
        rt_decref(ts, text);
        if (range) {
            rt_decref(ts, e);
            rt_raise(ts, &rt_exc_ValueError, "byte must be in range(0, 256)");
        } else {
            rt_exc_put(ts, e);
        }
    }
    return r;
}

static int array_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"source", "encoding", "errors", NULL};
    static const struct rt_argspec spec = {"bytearray", names, 0, 0, 3, 3};
    rt_value a[3], bytes = RT_NULL;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return -1;
    int rc = rt_bytes_encode_args(ts, "bytearray", a, &bytes);
    if (rc < 0)
        return -1;
    if (rc == 0)
        bytes = rt_is_null(a[0]) ? rt_bytes_empty() : content(ts, a[0]);
    if (rt_is_null(bytes))
        return -1;
    struct rt_cs cs;
    struct span s = rt_span(bytes);
    rt_cs_begin(ts, &cs, rt_ptr(self));
    rc = splice(ts, rt_as_bytearray(self), 0, len_of(rt_as_bytearray(self)), s.p, s.n);
    rt_cs_end(ts, &cs);
    rt_decref(ts, bytes);
    return rc;
}

static void array_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_raw_free(block_of((struct rt_bytearray *)o));
}

/* ---- slots ------------------------------------------------------------------------------------ */

static rt_value array_repr(struct rt_thread *ts, rt_value self)
{
    char head[128];
    const char *name = rt_type_shortname(rt_type_of(self));
    size_t n = strnlen(name, sizeof head - 2);
    memcpy(head, name, n);
    memcpy(head + n, "(", 2);
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, rt_ptr(self));
    struct span s = rt_span(self);
    rt_value r = rt_bytes_repr_of(ts, s.p, s.n, head, ")");
    rt_cont_read_end(ts, &cs);
    return r;
}

static rt_value array_str(struct rt_thread *ts, rt_value self)
{
    if (rt_bytes_warn(ts, "str() on a bytearray instance") < 0)
        return RT_NULL;
    return array_repr(ts, self);
}

static rt_value array_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op == RT_EQ || op == RT_NE) && rt_is_str(b) &&
        rt_bytes_warn(ts, "Comparison between bytearray and string") < 0)
        return RT_NULL;
    return rt_bm_richcompare(ts, a, b, op);
}

static int64_t array_len(struct rt_thread *ts, rt_value self) { return (int64_t)rt_span(self).n; }

static rt_value array_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    struct span s = rt_span(self);
    if ((uint64_t)i >= s.n)
        return rt_raise(ts, &rt_exc_IndexError, "bytearray index out of range");
    return rt_int_imm((uint8_t)s.p[i]);
}

static rt_value array_slice(struct rt_thread *ts, rt_value self, rt_value key)
{
    int64_t start, stop, step;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return RT_NULL;
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, rt_ptr(self));
    struct span s = rt_span(self);
    int64_t n = rt_slice_adjust((int64_t)s.n, &start, &stop, step);
    rt_value r;
    if (n <= 0 || step == 1) {
        r = rt_bytearray_new(ts, s.p + start, n < 0 ? 0 : (size_t)n);
    } else {
        r = rt_bytearray_new(ts, NULL, (size_t)n);
        if (!rt_is_null(r)) {
            char *d = rt_span_write(r);
            for (int64_t i = 0, j = start; i < n; i++, j += step)
                d[i] = s.p[j];
        }
    }
    rt_cont_read_end(ts, &cs);
    return r;
}

static rt_value array_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    if (rt_is_exact(key, &rt_slice_type))
        return array_slice(ts, self, key);
    if (!rt_is_int(key) && !rt_index_check(key))
        return rt_raise(ts, &rt_exc_TypeError, "bytearray indices must be integers or slices, not %.200T", key);
    int64_t i = rt_is_int(key) ? rt_int_get(key) : rt_as_index(ts, key, &rt_exc_IndexError);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    return array_item(ts, self, i < 0 ? i + (int64_t)rt_span(self).n : i);
}

static rt_value array_concat(struct rt_thread *ts, rt_value a, rt_value b)
{
    RT_BYTES_ARG(x);
    RT_BYTES_ARG(y);
    if (!(rt_is_bytes(a) || rt_has_buffer(a)) || !(rt_is_bytes(b) || rt_has_buffer(b)))
        return rt_raise(ts, &rt_exc_TypeError, "can't concat %.100T to %.100T", b, a);
    if (rt_bytes_arg(ts, a, &x) < 0)
        return RT_NULL;
    rt_value r = RT_NULL;
    if (rt_bytes_arg(ts, b, &y) == 0) {
        r = rt_bytearray_new(ts, NULL, x.n + y.n);
        if (!rt_is_null(r)) {
            char *d = rt_span_write(r);
            memcpy(d, x.p, x.n);
            memcpy(d + x.n, y.p, y.n);
        }
        rt_bytes_arg_release(ts, &y);
    }
    rt_bytes_arg_release(ts, &x);
    return r;
}

static int append_bytes(struct rt_thread *ts, rt_value self, const char *p, size_t n)
{
    struct rt_bytearray *a = rt_as_bytearray(self);
    size_t len = len_of(a);
    return splice(ts, a, len, len, p, n);
}

static rt_value array_iconcat(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (!rt_is_bytes(v) && !rt_has_buffer(v))
        return rt_raise(ts, &rt_exc_TypeError, "can't concat %.100T to %.100T", v, self);
    rt_value bytes = stable(ts, v);
    if (rt_is_null(bytes))
        return bytes;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    int rc = append_bytes(ts, self, rt_as_bytes(bytes)->data, rt_as_bytes(bytes)->length);
    rt_cs_end(ts, &cs);
    rt_decref(ts, bytes);
    return rc < 0 ? RT_NULL : rt_newref(ts, self);
}

static rt_value array_repeat(struct rt_thread *ts, rt_value self, int64_t n)
{
    if (n < 0)
        n = 0;
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, rt_ptr(self));
    struct span s = rt_span(self);
    rt_value r;
    if (s.n && (uint64_t)n > (uint64_t)INT64_MAX / s.n) {
        r = rt_raise_no_memory(ts);
    } else {
        r = rt_bytearray_new(ts, NULL, s.n * (size_t)n);
        if (!rt_is_null(r) && n) {
            memcpy(rt_span_write(r), s.p, s.n);
            rt_repeat_bytes(rt_span_write(r), s.n, s.n * (size_t)n);
        }
    }
    rt_cont_read_end(ts, &cs);
    return r;
}

static rt_value array_irepeat(struct rt_thread *ts, rt_value self, int64_t n)
{
    struct rt_bytearray *a = rt_as_bytearray(self);
    if (n < 0)
        n = 0;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, a);
    size_t len = len_of(a);
    int rc = -1;
    if (len && (uint64_t)n > (uint64_t)INT64_MAX / len) {
        rt_raise_no_memory(ts);
    } else {
        rc = resize(ts, a, len * (size_t)n);
        if (rc == 0 && n > 1)
            rt_repeat_bytes(data_of(a), len, len * (size_t)n);
    }
    rt_cs_end(ts, &cs);
    return rc < 0 ? RT_NULL : rt_newref(ts, self);
}

static int array_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    int r = rt_bm_contains(ts, self, v);
    rt_cs_end(ts, &cs);
    return r;
}

static int array_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *view, int flags)
{
    struct rt_bytearray *a = rt_as_bytearray(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, a);
    rt_add_acq_rel(&a->exports, 1);
    int rc = rt_buffer_fill(ts, view, self, data_of(a), (int64_t)len_of(a), false, flags);
    if (rc < 0)
        rt_sub_acq_rel(&a->exports, 1);
    rt_cs_end(ts, &cs);
    return rc;
}

static void array_releasebuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *view)
{
    rt_sub_acq_rel(&rt_as_bytearray(self)->exports, 1);
}

/* ---- methods ---------------------------------------------------------------------------------- */

static rt_value array_append(struct rt_thread *ts, rt_value self, rt_value v)
{
    int c = rt_byte_value(ts, v, "byte must be in range(0, 256)");
    char byte = (char)c;
    struct rt_cs cs;
    if (c < 0)
        return RT_NULL;
    rt_cs_begin(ts, &cs, rt_ptr(self)); /* only here: v's __index__ may do anything */
    int r = append_bytes(ts, self, &byte, 1);
    rt_cs_end(ts, &cs);
    return r < 0 ? RT_NULL : RT_NONE;
}

static rt_value array_clear(struct rt_thread *ts, rt_value self)
{
    return resize(ts, rt_as_bytearray(self), 0) < 0 ? RT_NULL : RT_NONE;
}

static rt_value array_copy(struct rt_thread *ts, rt_value self)
{
    struct span s = rt_span(self);
    return rt_bytearray_new(ts, s.p, s.n);
}

static rt_value array_extend(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value bytes;
    if (rt_is_bytes(v) || rt_is_bytearray(v) || rt_has_buffer(v)) {
        bytes = stable(ts, v);
    } else {
        rt_value it = rt_iter(ts, v);
        if (rt_is_null(it)) {
            if (rt_exc_clear_if(ts, &rt_exc_TypeError))
                rt_raise(ts, &rt_exc_TypeError, "can't extend bytearray with %.100T", v);
            return RT_NULL;
        }
        rt_decref(ts, it);
        if (rt_is_str(v) && !rt_str_len(v))
            return RT_NONE;
        bytes = rt_is_str(v) ? rt_raise(ts, &rt_exc_TypeError, "'str' object cannot be interpreted as an integer")
                             : content(ts, v);
    }
    if (rt_is_null(bytes))
        return bytes;
    int rc = append_bytes(ts, self, rt_as_bytes(bytes)->data, rt_as_bytes(bytes)->length);
    rt_decref(ts, bytes);
    return rc < 0 ? RT_NULL : RT_NONE;
}

static rt_value array_insert(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "insert", n, 2, 2) < 0)
        return RT_NULL;
    int64_t i = rt_as_ssize(ts, args[0]);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    int c = rt_byte_value(ts, args[1], "byte must be in range(0, 256)");
    if (c < 0)
        return RT_NULL;
    struct rt_bytearray *a = rt_as_bytearray(self);
    int64_t len = (int64_t)len_of(a);
    char byte = (char)c;
    if (i < 0 && (i += len) < 0)
        i = 0;
    if (i > len)
        i = len;
    return splice(ts, a, (size_t)i, (size_t)i, &byte, 1) < 0 ? RT_NULL : RT_NONE;
}

static rt_value array_pop(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_bytearray *a = rt_as_bytearray(self);
    int64_t i = -1;
    if (rt_args_count(ts, "pop", n, 0, 1) < 0)
        return RT_NULL;
    if (n) {
        i = rt_as_ssize(ts, args[0]);
        if (i == -1 && rt_pending(ts))
            return RT_NULL;
    }
    int64_t len = (int64_t)len_of(a);
    if (len == 0)
        return rt_raise(ts, &rt_exc_IndexError, "pop from empty bytearray");
    if (i < 0)
        i += len;
    if (i < 0 || i >= len)
        return rt_raise(ts, &rt_exc_IndexError, "pop index out of range");
    uint8_t c = (uint8_t)data_of(a)[i];
    return splice(ts, a, (size_t)i, (size_t)i + 1, "", 0) < 0 ? RT_NULL : rt_int_imm(c);
}

static rt_value array_remove(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct rt_bytearray *a = rt_as_bytearray(self);
    int c = rt_byte_value(ts, v, "byte must be in range(0, 256)");
    if (c < 0)
        return RT_NULL;
    size_t len = len_of(a);
    char *d = data_of(a), *p = len ? memchr(d, c, len) : NULL;
    if (!p)
        return rt_raise(ts, &rt_exc_ValueError, "value not found in bytearray");
    return splice(ts, a, (size_t)(p - d), (size_t)(p - d) + 1, "", 0) < 0 ? RT_NULL : RT_NONE;
}

static rt_value array_reverse(struct rt_thread *ts, rt_value self)
{
    char *d = data_of(rt_as_bytearray(self));
    for (size_t i = 0, j = len_of(rt_as_bytearray(self)); i + 1 < j; i++) {
        char c = d[--j];
        rt_racy_copy(&d[j], &d[i], 1);
        rt_racy_copy(&d[i], &c, 1);
    }
    return RT_NONE;
}

static rt_value array_alloc(struct rt_thread *ts, rt_value self)
{
    struct rt_ba_block *b = block_of(rt_as_bytearray(self));
    return rt_int_imm((int64_t)(b->capacity - rt_load_relaxed(&b->start)) + 1);
}

static rt_value array_sizeof(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm((int64_t)(sizeof(struct rt_bytearray) + sizeof(struct rt_ba_block) +
                                block_of(rt_as_bytearray(self))->capacity + 1));
}

static rt_value reduce(struct rt_thread *ts, rt_value self, int64_t protocol)
{
    struct span s = rt_span(self);
    rt_value state = rt_call_method(ts, self, "__getstate__", NULL, 0), args = RT_NULL, content_ = RT_NULL;
    if (rt_is_null(state))
        return RT_NULL;
    if (protocol < 3) {
        content_ = rt_str_from_latin1(ts, (const uint8_t *)s.p, s.n);
        rt_value enc = rt_str_intern_cstr(ts, "latin-1");
        if (!rt_is_null(content_))
            args = s.n ? rt_tuple_pack(ts, 2, content_, enc) : rt_tuple_new(ts, 0);
    } else {
        content_ = rt_bytes_new(ts, s.p, s.n);
        if (!rt_is_null(content_))
            args = s.n ? rt_tuple_pack(ts, 1, content_) : rt_tuple_new(ts, 0);
    }
    rt_value r = rt_is_null(args) ? RT_NULL : rt_tuple_pack(ts, 3, rt_type_value(rt_type_of(self)), args, state);
    rt_decref(ts, args);
    rt_decref(ts, content_);
    rt_decref(ts, state);
    return r;
}

static rt_value array_reduce(struct rt_thread *ts, rt_value self) { return reduce(ts, self, 2); }

static rt_value array_reduce_ex(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t protocol = 0;
    if (rt_args_count(ts, "__reduce_ex__", n, 0, 1) < 0)
        return RT_NULL;
    if (n) {
        protocol = rt_as_int(ts, args[0]);
        if (protocol == -1 && rt_pending(ts))
            return RT_NULL;
    }
    return reduce(ts, self, protocol);
}

const struct rt_method_def rt_bytearray_methods[] = {
    RT_BM_ROWS(RT_METH_LOCKED),
    {"append", array_append, RT_METH_O, "append($self, item, /)\n--\n\nAppend a single item to the end of the bytearray."},
    {"clear", array_clear, RT_METH_NOARGS | RT_METH_LOCKED, "clear($self, /)\n--\n\nRemove all items from the bytearray."},
    {"copy", array_copy, RT_METH_NOARGS | RT_METH_LOCKED, "copy($self, /)\n--\n\nReturn a copy of B."},
    {"extend", array_extend, RT_METH_O | RT_METH_LOCKED, "extend($self, iterable_of_ints, /)\n--\n\nAppend all the items from the iterator or sequence to the end."},
    {"insert", array_insert, RT_METH_FAST | RT_METH_LOCKED, "insert($self, index, item, /)\n--\n\nInsert a single item before the given index."},
    {"pop", array_pop, RT_METH_FAST | RT_METH_LOCKED, "pop($self, index=-1, /)\n--\n\nRemove and return a single item from B."},
    {"remove", array_remove, RT_METH_O | RT_METH_LOCKED, "remove($self, value, /)\n--\n\nRemove the first occurrence of a value in the bytearray."},
    {"reverse", array_reverse, RT_METH_NOARGS | RT_METH_LOCKED, "reverse($self, /)\n--\n\nReverse the order of the values in B in place."},
    {"__alloc__", array_alloc, RT_METH_NOARGS | RT_METH_LOCKED, "B.__alloc__() -> int\n\nReturn the number of bytes actually allocated."},
    {"__sizeof__", array_sizeof, RT_METH_NOARGS | RT_METH_LOCKED, "__sizeof__($self, /)\n--\n\nReturns the size of the bytearray object in memory, in bytes."},
    {"__reduce__", array_reduce, RT_METH_NOARGS | RT_METH_LOCKED, "__reduce__($self, /)\n--\n\nReturn state information for pickling."},
    {"__reduce_ex__", array_reduce_ex, RT_METH_FAST | RT_METH_LOCKED, "__reduce_ex__($self, proto=0, /)\n--\n\nReturn state information for pickling."},
    {0},
};

struct rt_type rt_bytearray_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "bytearray",
    .doc = "bytearray(iterable_of_ints) -> bytearray\n"
           "bytearray(string, encoding[, errors]) -> bytearray\n"
           "bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\n"
           "bytearray(int) -> bytes array of size given by the parameter initialized with null bytes\n"
           "bytearray() -> empty bytes array\n"
           "\n"
           "Construct a mutable bytearray object from:\n"
           "  - an iterable yielding integers in range(256)\n"
           "  - a text string encoded using the specified encoding\n"
           "  - a bytes or a buffer object\n"
           "  - any object implementing the buffer API.\n"
           "  - an integer",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE | RT_TF_BYTEARRAY | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_bytearray),
    .base = &rt_object_type,
    .dealloc = array_dealloc,
    .repr = array_repr,
    .str = array_str,
    .richcompare = array_richcompare,
    .iter = rt_bytes_iter,
    .new = array_new,
    .init = array_init,
    .binary[RT_BIN_MOD] = rt_bm_mod,
    .len = array_len,
    .getitem = array_getitem,
    .setitem = setitem,
    .sq_item = array_item,
    .sq_setitem = sq_setitem,
    .contains = array_contains,
    .sq_concat = array_concat,
    .sq_inplace_concat = array_iconcat,
    .sq_repeat = array_repeat,
    .sq_inplace_repeat = array_irepeat,
    .getbuffer = array_getbuffer,
    .releasebuffer = array_releasebuffer,
    .methods = rt_bytearray_methods,
};
