/* SPDX-License-Identifier: MIT */
/*
 * array: one type, array.array, of machine values (their storage: array_items.c). Methods hold the array's
 * critical section; slots that change it take it themselves. The items do not move while buffers are exported.
 */
#include "core/modules/array_internal.h"

static struct rt_type iter_type;

static rt_value array_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    if (type == &rt_array_type && rt_no_keywords(ts, "array.array", kw) < 0)
        return RT_NULL;
    if (n < 1 || n > 2)
        return rt_raise(ts, &rt_exc_TypeError, "array() takes %s argument%s (%u given)",
                        n < 1 ? "at least 1" : "at most 2", n < 1 ? "" : "s", n);
    if (!rt_is_str(args[0]) || rt_str_len(args[0]) != 1)
        return rt_raise(ts, &rt_exc_TypeError, "array() argument 1 must be a unicode character, not %.50N", args[0]);
    if (rt_audit(ts, "array.__new__", "OO", args[0], n > 1 ? args[1] : RT_NULL) < 0)
        return RT_NULL;
    uint32_t code = rt_str_at(rt_as_str(args[0]), 0);
    if (n == 2 && code != 'u') {
        if (rt_is_str(args[1]))
            return rt_raise(ts, &rt_exc_TypeError, "cannot use a str to initialize an array with typecode '%c'", (int)code);
        if (is_array(args[1]) && self_of(args[1])->d->code == 'u')
            return rt_raise(ts, &rt_exc_TypeError, "cannot use a unicode array to initialize an array with typecode '%c'",
                            (int)code);
    }
    const struct descr *d = rt_array_descr(code);
    if (!d)
        return rt_raise(ts, &rt_exc_ValueError,
                        "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
    rt_value v = rt_array_make(ts, type, d, 0);
    if (!rt_is_null(v) && n == 2 && rt_array_fill(ts, self_of(v), args[1]) < 0)
        rt_clear(ts, &v);
    return v;
}

static void array_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_raw_free(items_of((struct array *)o)); }

/* ---- slots ------------------------------------------------------------------------------------ */

static int64_t array_len(struct rt_thread *ts, rt_value v) { return (int64_t)len_of(self_of(v)); }

/* The methods that read are called with the section held; this is for calls of them from here. */
static rt_value in_section(struct rt_thread *ts, rt_value self, rt_value (*read)(struct rt_thread *, rt_value))
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    rt_value r = read(ts, self);
    rt_cs_end(ts, &cs);
    return r;
}

static rt_value item(struct rt_thread *ts, rt_value v, int64_t i, bool from_end)
{
    rt_value r = item_or_end(ts, v, i, from_end);
    return rt_unlikely(rt_is_undef(r)) ? rt_raise(ts, &rt_exc_IndexError, "array index out of range") : r;
}

static rt_value array_item(struct rt_thread *ts, rt_value v, int64_t i) { return item(ts, v, i, false); }

static rt_value array_getitem(struct rt_thread *ts, rt_value v, rt_value key)
{
    struct array *a = self_of(v);
    if (rt_is_int(key) || (!rt_is_exact(key, &rt_slice_type) && rt_index_check(key))) {
        int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
        if (i == -1 && rt_pending(ts))
            return RT_NULL;
        return item(ts, v, i, i < 0);
    }
    int64_t start, stop, step;
    if (!rt_is_exact(key, &rt_slice_type))
        return rt_raise(ts, &rt_exc_TypeError, "array indices must be integers");
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return RT_NULL;
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, a);
    int64_t n = rt_slice_adjust((int64_t)len_of(a), &start, &stop, step);
    rt_value r = rt_array_make(ts, &rt_array_type, a->d, n > 0 ? (size_t)n : 0);
    size_t size = a->d->size;
    if (!rt_is_null(r) && n > 0 && step == 1)
        memcpy(items_of(self_of(r)), items_of(a) + (size_t)start * size, (size_t)n * size);
    else
        for (int64_t k = 0, i = start; k < n && !rt_is_null(r); k++, i += step)
            memcpy(items_of(self_of(r)) + (size_t)k * size, items_of(a) + (size_t)i * size, size);
    rt_cont_read_end(ts, &cs);
    return r;
}

/* a[lo:hi] = the m items at src; step 1. */
RT_INLINE int replace_run(struct rt_thread *ts, struct array *a, size_t lo, size_t hi, const char *src, size_t m)
{
    size_t size = a->d->size, len = len_of(a), n = hi - lo;
    int rc = 0;
    if (m > n) {
        rc = rt_array_reserve(ts, a, len + m - n);
        if (rc == 0 && len > hi)
            memmove(items_of(a) + (lo + m) * size, items_of(a) + hi * size, (len - hi) * size);
    } else if (m < n) {
        if (!may_resize(ts, a))
            return -1;
        memmove(items_of(a) + (lo + m) * size, items_of(a) + hi * size, (len - hi) * size);
        rc = rt_array_shrink(ts, a, len - (n - m));
    }
    if (rc == 0 && m)
        rt_racy_copy(items_of(a) + lo * size, src, m * size);
    if (rc == 0 && m > n)
        set_len(a, len + m - n);
    return rc;
}

/* del a[start::step], n items of it; any step but 1. */
static int delete_strided(struct rt_thread *ts, struct array *a, int64_t start, int64_t step, int64_t n)
{
    size_t size = a->d->size, to = 0;
    if (n && !may_resize(ts, a))
        return -1;
    if (step < 0) {
        start += (n - 1) * step;
        step = -step;
    }
    for (size_t i = 0; i < len_of(a); i++) {
        int64_t off = (int64_t)i - start;
        bool drop = n && off >= 0 && off % step == 0 && off / step < n;
        if (!drop)
            memmove(items_of(a) + to++ * size, items_of(a) + i * size, size);
    }
    return rt_array_shrink(ts, a, to);
}

/* A copy of the *m items of v, which may be a itself; NULL: v is no array of a's kind, or no memory. */
static char *copy_items(struct rt_thread *ts, struct array *a, rt_value v, size_t *m)
{
    if (!is_array(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can only assign array (not \"%.200T\") to array slice", v);
        return NULL;
    }
    if (self_of(v)->d != a->d) {
        rt_raise(ts, &rt_exc_TypeError, "bad argument type for built-in operation");
        return NULL;
    }
    *m = len_of(self_of(v));
    size_t bytes = *m * a->d->size;
    char *copy = rt_raw_malloc(bytes + 1);
    if (!copy)
        rt_raise_no_memory(ts);
    else if (bytes)
        memcpy(copy, items_of(self_of(v)), bytes);
    return copy;
}

static int set_slice(struct rt_thread *ts, struct array *a, rt_value v, int64_t start, int64_t step, int64_t n)
{
    size_t size = a->d->size, m = 0;
    char *copy = NULL;
    if (!rt_is_null(v) && !(copy = copy_items(ts, a, v, &m)))
        return -1;
    int rc = -1;
    if (step == 1) {
        rc = replace_run(ts, a, (size_t)start, (size_t)(start + n), copy, m);
    } else if (m == 0) { /* del, and what CPython makes of an empty array */
        rc = delete_strided(ts, a, start, step, n);
    } else if ((int64_t)m != n) {
        rt_raise(ts, &rt_exc_ValueError, "attempt to assign array of size %zd to extended slice of size %zd", m, (size_t)n);
    } else {
        for (int64_t k = 0; k < n; k++)
            rt_racy_copy(items_of(a) + (size_t)(start + k * step) * size, copy + (size_t)k * size, size);
        rc = 0;
    }
    rt_raw_free(copy);
    return rc;
}

static int array_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    struct array *a = self_of(self);
    struct rt_cs cs;
    int rc = -1;
    if (rt_is_exact(key, &rt_slice_type)) {
        int64_t start, stop, step;
        if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
            return -1;
        rt_cs_begin2(ts, &cs, a, !rt_is_null(v) && is_array(v) && !rt_is(v, self) ? rt_ptr(v) : NULL);
        int64_t n = rt_slice_adjust((int64_t)len_of(a), &start, &stop, step);
        rc = set_slice(ts, a, v, start, step, n < 0 ? 0 : n);
        rt_cs_end(ts, &cs);
        return rc;
    }
    char tmp[8];
    if (rt_likely(rt_is_int(key) && !rt_is_null(v) && !rt_load_relaxed(&ts->mt))) {
        int64_t at = rt_int_get(key), size = a->d->size;
        at += at < 0 ? (int64_t)len_of(a) : 0;
        if (rt_likely((uint64_t)at < len_of(a))) {
            if (size == 8 && a->d->is_float && rt_is_flonum(v)) {
                double x = rt_flonum_get(v);
                memcpy(items_of(a) + at * 8, &x, 8);
                return 0;
            }
            if (rt_is_int(v) && !a->d->is_float && a->d->code != 'u' && a->d->is_signed) {
                int64_t s = rt_int_get(v);
                if (size == 8 || (s >= -(1ll << (8 * size - 1)) && s < 1ll << (8 * size - 1))) {
                    memcpy(items_of(a) + at * size, &s, (size_t)size);
                    return 0;
                }
            }
        }
    }
    if (!rt_is_int(key) && !rt_index_check(key)) {
        rt_raise(ts, &rt_exc_TypeError, "array indices must be integers");
        return -1;
    }
    int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
    if (i == -1 && rt_pending(ts))
        return -1;
    if (i < 0)
        i += (int64_t)len_of(a);
    if ((uint64_t)i >= len_of(a)) {
        rt_raise(ts, &rt_exc_IndexError, "array assignment index out of range");
        return -1;
    }
    if (!rt_is_null(v) && rt_array_store(ts, a->d, tmp, v) < 0)
        return -1;
    rt_cs_begin(ts, &cs, a);
    if ((uint64_t)i >= len_of(a))
        rt_raise(ts, &rt_exc_IndexError, "array assignment index out of range");
    else if (rt_is_null(v))
        rc = set_slice(ts, a, RT_NULL, i, 1, 1);
    else
        rc = (rt_racy_copy(items_of(a) + (size_t)i * a->d->size, tmp, a->d->size), 0);
    rt_cs_end(ts, &cs);
    return rc;
}

static rt_value array_concat(struct rt_thread *ts, rt_value x, rt_value y)
{
    if (!is_array(y))
        return rt_raise(ts, &rt_exc_TypeError, "can only append array (not \"%.200T\") to array", y);
    struct array *a = self_of(x), *b = self_of(y);
    if (a->d != b->d)
        return rt_raise(ts, &rt_exc_TypeError, "bad argument type for built-in operation");
    struct rt_cs cs;
    rt_cs_begin2(ts, &cs, a, a == b ? NULL : b);
    rt_value r = rt_array_make(ts, &rt_array_type, a->d, 0);
    if (!rt_is_null(r) && (rt_array_append(ts, self_of(r), items_of(a), len_of(a)) < 0 ||
                           rt_array_append(ts, self_of(r), items_of(b), len_of(b)) < 0))
        rt_clear(ts, &r);
    rt_cs_end(ts, &cs);
    return r;
}

static rt_value array_iconcat(struct rt_thread *ts, rt_value x, rt_value y)
{
    if (!is_array(y))
        return rt_raise(ts, &rt_exc_TypeError, "can only extend with array (not \"%.200T\")", y);
    return rt_array_extend(ts, self_of(x), y) < 0 ? RT_NULL : rt_newref(ts, x);
}

static int repeat_into(struct rt_thread *ts, struct array *to, struct array *from, int64_t n)
{
    size_t len = len_of(from), size = from->d->size;
    if (n < 0)
        n = 0;
    if (len && (uint64_t)n > (uint64_t)INT64_MAX / (len * size)) {
        rt_raise_no_memory(ts);
        return -1;
    }
    size_t total = len * (size_t)n;
    if (total == 0)
        return rt_array_shrink(ts, to, 0);
    if (len_of(to) != total && rt_array_reserve(ts, to, total) < 0)
        return -1;
    if (to != from)
        memcpy(items_of(to), items_of(from), len * size);
    rt_repeat_bytes(items_of(to), len * size, total * size);
    set_len(to, total);
    return 0;
}

static rt_value array_repeat(struct rt_thread *ts, rt_value x, int64_t n)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(x));
    rt_value r = rt_array_make(ts, &rt_array_type, self_of(x)->d, 0);
    if (!rt_is_null(r) && repeat_into(ts, self_of(r), self_of(x), n) < 0)
        rt_clear(ts, &r);
    rt_cs_end(ts, &cs);
    return r;
}

static rt_value array_irepeat(struct rt_thread *ts, rt_value x, int64_t n)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(x));
    int rc = repeat_into(ts, self_of(x), self_of(x), n);
    rt_cs_end(ts, &cs);
    return rc < 0 ? RT_NULL : rt_newref(ts, x);
}

/* First index of v in [start, stop), -1 none, -2 raised. */
static int64_t find(struct rt_thread *ts, rt_value self, rt_value v, int64_t start, int64_t stop, int64_t *count)
{
    for (int64_t i = start; i < stop; i++) {
        rt_value x = item_or_end(ts, self, i, false);
        if (rt_is_undef(x))
            break;
        int eq = rt_is_null(x) ? -1 : rt_compare_bool(ts, x, v, RT_EQ);
        rt_decref(ts, x);
        if (eq < 0)
            return -2;
        if (eq && !count)
            return i;
        if (eq)
            ++*count;
    }
    return -1;
}

static int array_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t i = find(ts, self, v, 0, INT64_MAX, NULL);
    return i == -2 ? -1 : i >= 0;
}

static rt_value array_richcompare(struct rt_thread *ts, rt_value x, rt_value y, enum rt_cmp op)
{
    if (!is_array(x) || !is_array(y))
        return RT_NOTIMPL;
    struct array *a = self_of(x), *b = self_of(y);
    if (len_of(a) != len_of(b) && (op == RT_EQ || op == RT_NE))
        return rt_bool(op == RT_NE);
    for (size_t i = 0;; i++) {
        rt_value u = item_or_end(ts, x, (int64_t)i, false);
        rt_value v = rt_is_null(u) || rt_is_undef(u) ? RT_UNDEF : item_or_end(ts, y, (int64_t)i, false);
        if (rt_is_undef(u) || (rt_is_undef(v) && !rt_is_null(u))) {
            rt_decref(ts, u);
            break;
        }
        int eq = rt_is_null(u) || rt_is_null(v) ? -1 : rt_compare_bool(ts, u, v, RT_EQ);
        rt_value r = eq != 0 ? RT_NULL : op == RT_EQ ? RT_FALSE : op == RT_NE ? RT_TRUE : rt_compare(ts, u, v, op);
        rt_decref(ts, u);
        rt_decref(ts, v);
        if (eq <= 0)
            return r;
    }
    size_t m = len_of(a), n = len_of(b);
    return rt_bool(op == RT_LT ? m < n : op == RT_LE ? m <= n : op == RT_EQ ? m == n : op == RT_NE ? m != n
                   : op == RT_GT ? m > n : m >= n);
}

static int array_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *b, int flags)
{
    struct array *a = self_of(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, a);
    rt_add_acq_rel(&a->exports, 1);
    static char nothing[8];
    *b = (struct rt_buffer){.buf = items_of(a) ? items_of(a) : nothing, .obj = rt_newref(ts, self),
                            .len = (int64_t)(len_of(a) * a->d->size), .itemsize = a->d->size, .ndim = 1};
    b->one_dim[0] = (int64_t)len_of(a);
    b->one_dim[1] = a->d->size;
    b->shape = flags & RT_BUF_ND ? &b->one_dim[0] : NULL;
    b->strides = (flags & RT_BUF_STRIDES) == RT_BUF_STRIDES ? &b->one_dim[1] : NULL;
    b->format = flags & RT_BUF_FORMAT ? a->d->fmt : NULL;
    rt_cs_end(ts, &cs);
    return 0;
}

static void array_releasebuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *b)
{
    rt_sub_acq_rel(&self_of(self)->exports, 1);
}

/* ---- methods ---------------------------------------------------------------------------------- */

static rt_value done(int rc) { return rc < 0 ? RT_NULL : RT_NONE; }

static rt_value a_append(struct rt_thread *ts, rt_value self, rt_value v) { return done(rt_array_insert(ts, self_of(self), len_of(self_of(self)), v)); }
static rt_value a_extend(struct rt_thread *ts, rt_value self, rt_value v) { return done(rt_array_extend(ts, self_of(self), v)); }

static rt_value a_insert(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "insert", n, 2, 2) < 0)
        return RT_NULL;
    int64_t i = rt_as_ssize(ts, args[0]), len = (int64_t)len_of(self_of(self));
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    if (i < 0 && (i += len) < 0)
        i = 0;
    return done(rt_array_insert(ts, self_of(self), (size_t)i, args[1]));
}

static rt_value a_pop(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct array *a = self_of(self);
    int64_t i = -1;
    if (rt_args_count(ts, "pop", n, 0, 1) < 0)
        return RT_NULL;
    if (n && (i = rt_as_ssize(ts, args[0])) == -1 && rt_pending(ts))
        return RT_NULL;
    if (len_of(a) == 0)
        return rt_raise(ts, &rt_exc_IndexError, "pop from empty array");
    if (i < 0)
        i += (int64_t)len_of(a);
    if ((uint64_t)i >= len_of(a))
        return rt_raise(ts, &rt_exc_IndexError, "pop index out of range");
    rt_value v = load(ts, a->d, items_of(a) + (size_t)i * a->d->size);
    if (!rt_is_null(v) && set_slice(ts, a, RT_NULL, i, 1, 1) < 0)
        rt_clear(ts, &v);
    return v;
}

static rt_value a_remove(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t i = find(ts, self, v, 0, INT64_MAX, NULL);
    if (i == -1)
        return rt_raise(ts, &rt_exc_ValueError, "array.remove(x): x not in array");
    return i == -2 ? RT_NULL : done(set_slice(ts, self_of(self), RT_NULL, i, 1, 1));
}

static rt_value a_index(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t bound[2] = {0, INT64_MAX}, len = (int64_t)len_of(self_of(self));
    if (rt_args_count(ts, "index", n, 1, 3) < 0)
        return RT_NULL;
    for (uint32_t i = 1; i < n; i++) {
        bound[i - 1] = rt_as_index(ts, args[i], NULL);
        if (bound[i - 1] == -1 && rt_pending(ts))
            return RT_NULL;
        if (bound[i - 1] < 0 && (bound[i - 1] += len) < 0)
            bound[i - 1] = 0;
    }
    int64_t i = find(ts, self, args[0], bound[0], bound[1], NULL);
    return i == -1 ? rt_raise(ts, &rt_exc_ValueError, "array.index(x): x not in array") : i == -2 ? RT_NULL : rt_int_imm(i);
}

static rt_value a_count(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t count = 0;
    return find(ts, self, v, 0, INT64_MAX, &count) == -2 ? RT_NULL : rt_int_imm(count);
}

static rt_value a_reverse(struct rt_thread *ts, rt_value self)
{
    struct array *a = self_of(self);
    size_t size = a->d->size;
    char tmp[8];
    for (size_t i = 0, j = len_of(a); i + 1 < j; i++) {
        j--;
        memcpy(tmp, items_of(a) + i * size, size);
        rt_racy_copy(items_of(a) + i * size, items_of(a) + j * size, size);
        rt_racy_copy(items_of(a) + j * size, tmp, size);
    }
    return RT_NONE;
}

static rt_value a_byteswap(struct rt_thread *ts, rt_value self)
{
    struct array *a = self_of(self);
    size_t size = a->d->size;
    for (char *p = items_of(a), *end = p + len_of(a) * size; p < end; p += size) {
        char turned[8];
        for (size_t i = 0; i < size; i++)
            turned[i] = p[size - 1 - i];
        rt_racy_copy(p, turned, size); /* at once, for who reads it meanwhile */
    }
    return RT_NONE;
}

static rt_value a_buffer_info(struct rt_thread *ts, rt_value self)
{
    struct array *a = self_of(self);
    rt_value both[2] = {rt_int_from_u64(ts, (uint64_t)(uintptr_t)items_of(a)), rt_int_imm((int64_t)len_of(a))};
    return rt_tuple_steal(ts, both, 2);
}

static rt_value a_tobytes(struct rt_thread *ts, rt_value self)
{
    struct array *a = self_of(self);
    return rt_bytes_new(ts, items_of(a), len_of(a) * a->d->size);
}

static rt_value a_frombytes(struct rt_thread *ts, rt_value self, rt_value v)
{
    RT_BYTES_ARG(b);
    if (rt_bytes_arg(ts, v, &b) < 0)
        return RT_NULL;
    int rc = rt_array_append_bytes(ts, self_of(self), b.p, b.n);
    rt_bytes_arg_release(ts, &b);
    return done(rc);
}

static rt_value a_tolist(struct rt_thread *ts, rt_value self)
{
    struct array *a = self_of(self);
    rt_value l = rt_list_new(ts, len_of(a));
    for (size_t i = 0; i < len_of(a) && !rt_is_null(l); i++) {
        rt_value v = load(ts, a->d, items_of(a) + i * a->d->size);
        if (rt_is_null(v) || rt_list_append_steal(ts, l, v) < 0)
            rt_clear(ts, &l);
    }
    return l;
}

static rt_value a_fromlist(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct array *a = self_of(self);
    if (!rt_is_list(v))
        return rt_raise(ts, &rt_exc_TypeError, "arg must be list");
    size_t old = len_of(a);
    rt_value t = rt_list_to_tuple(ts, v);
    int rc = rt_is_null(t) ? -1 : 0;
    for (size_t i = 0; rc == 0 && i < rt_as_tuple(t)->length; i++)
        rc = rt_array_insert(ts, a, len_of(a), rt_as_tuple(t)->items[i]);
    rt_decref(ts, t);
    if (rc < 0)
        rt_store_relaxed(&a->length, old);
    return done(rc);
}

static rt_value a_tounicode(struct rt_thread *ts, rt_value self)
{
    struct array *a = self_of(self);
    if (a->d->code != 'u')
        return rt_raise(ts, &rt_exc_ValueError, "tounicode() may only be called on unicode type arrays");
    for (size_t i = 0; i < len_of(a); i++) {
        uint32_t c = ((uint32_t *)items_of(a))[i];
        if (c > 0x10ffff)
            return rt_raise(ts, &rt_exc_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", c);
    }
    return rt_str_from_ucs4(ts, (uint32_t *)items_of(a), len_of(a));
}

static rt_value a_fromunicode(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (!rt_is_str(v))
        return rt_raise(ts, &rt_exc_TypeError, "fromunicode() argument must be str, not %.50N", v);
    if (self_of(self)->d->code != 'u')
        return rt_raise(ts, &rt_exc_ValueError, "fromunicode() may only be called on unicode type arrays");
    return done(rt_array_append_str(ts, self_of(self), v));
}

static rt_value a_tofile(struct rt_thread *ts, rt_value self, rt_value f)
{
    rt_value b = in_section(ts, self, a_tobytes);
    if (rt_is_null(b))
        return b;
    rt_value r = rt_as_bytes(b)->length ? rt_call_method(ts, f, "write", &b, 1) : RT_NONE;
    rt_decref(ts, b);
    if (rt_is_null(r))
        return r;
    rt_decref(ts, r);
    return RT_NONE;
}

static rt_value a_fromfile(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct array *a = self_of(self);
    if (rt_args_count(ts, "fromfile", n, 2, 2) < 0)
        return RT_NULL;
    int64_t count = rt_as_ssize(ts, args[1]);
    if (count == -1 && rt_pending(ts))
        return RT_NULL;
    if (count < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative count");
    rt_value want = rt_int_imm(count * a->d->size), b = rt_call_method(ts, args[0], "read", &want, 1);
    if (rt_is_null(b))
        return b;
    if (!rt_is_bytes(b)) {
        rt_decref(ts, b);
        return rt_raise(ts, &rt_exc_TypeError, "read() didn't return bytes");
    }
    size_t got = rt_as_bytes(b)->length;
    int rc = rt_array_append_bytes(ts, a, rt_as_bytes(b)->data, got);
    rt_decref(ts, b);
    if (rc == 0 && got != (size_t)count * a->d->size)
        return rt_raise(ts, &rt_exc_EOFError, "read() didn't return enough bytes");
    return done(rc);
}

static rt_value a_copy(struct rt_thread *ts, rt_value self)
{
    rt_value r = rt_array_make(ts, &rt_array_type, self_of(self)->d, 0);
    if (!rt_is_null(r) && rt_array_append(ts, self_of(r), items_of(self_of(self)), len_of(self_of(self))) < 0)
        rt_clear(ts, &r);
    return r;
}
static rt_value a_deepcopy(struct rt_thread *ts, rt_value self, rt_value memo) { return a_copy(ts, self); }

static rt_value a_reduce_ex(struct rt_thread *ts, rt_value self, rt_value protocol)
{
    struct array *a = self_of(self);
    int64_t p = rt_as_i64(ts, protocol);
    if (p == -1 && rt_pending(ts))
        return RT_NULL;
    rt_value state = rt_getattr_opt_cstr(ts, self, "__dict__"), r = RT_NULL, cls = rt_type_value(rt_type_of(self));
    if (rt_is_null(state)) {
        if (rt_pending(ts))
            return RT_NULL;
        state = RT_NONE;
    }
    rt_value code = rt_str_from_char(ts, (uint32_t)a->d->code);
    if (p < 3) {
        rt_value list = in_section(ts, self, a_tolist), args = rt_is_null(list) ? RT_NULL : rt_tuple_pack(ts, 2, code, list);
        if (!rt_is_null(args))
            r = rt_tuple_pack(ts, 3, cls, args, state);
        rt_decref(ts, args);
        rt_decref(ts, list);
    } else {
        rt_value f = rt_import_attr(ts, "array", "_array_reconstructor"), data = in_section(ts, self, a_tobytes), args = RT_NULL;
        if (!rt_is_null(f) && !rt_is_null(data))
            args = rt_tuple_pack(ts, 4, cls, code, rt_int_imm(a->d->machine), data);
        if (!rt_is_null(args))
            r = rt_tuple_pack(ts, 3, f, args, state);
        rt_decref(ts, args);
        rt_decref(ts, data);
        rt_decref(ts, f);
    }
    rt_decref(ts, state);
    return r;
}

static rt_value a_sizeof(struct rt_thread *ts, rt_value self)
{
    struct array *a = self_of(self);
    return rt_int_imm((int64_t)(sizeof *a + a->capacity * a->d->size));
}

static rt_value array_repr(struct rt_thread *ts, rt_value self)
{
    struct array *a = self_of(self);
    const char *name = rt_type_shortname(rt_type_of(self));
    if (len_of(a) == 0)
        return rt_str_format(ts, "%s('%c')", name, (int)a->d->code);
    rt_value v = in_section(ts, self, a->d->code == 'u' ? a_tounicode : a_tolist);
    rt_value r = rt_is_null(v) ? v : rt_str_format(ts, "%s('%c', %R)", name, (int)a->d->code, v);
    rt_decref(ts, v);
    return r;
}

static rt_value get_typecode(struct rt_thread *ts, rt_value self, void *c) { return rt_str_from_char(ts, (uint32_t)self_of(self)->d->code); }
static rt_value get_itemsize(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(self_of(self)->d->size); }

static const struct rt_getset_def array_getset[] = {
    {"typecode", get_typecode, NULL, "the typecode character used to create the array", NULL},
    {"itemsize", get_itemsize, NULL, "the size, in bytes, of one array item", NULL},
    {0},
};

#define L RT_METH_LOCKED
static const struct rt_method_def array_methods[] = {
    {"append", a_append, RT_METH_O | L, "append($self, v, /)\n--\n\nAppend new value v to the end of the array."},
    {"buffer_info", a_buffer_info, RT_METH_NOARGS | L, "buffer_info($self, /)\n--\n\nReturn a tuple (address, length)."},
    {"byteswap", a_byteswap, RT_METH_NOARGS | L, "byteswap($self, /)\n--\n\nByteswap all items of the array."},
    {"__copy__", a_copy, RT_METH_NOARGS | L, "__copy__($self, /)\n--\n\nReturn a copy of the array."},
    {"__deepcopy__", a_deepcopy, RT_METH_O | L, "__deepcopy__($self, unused, /)\n--\n\nReturn a copy of the array."},
    {"count", a_count, RT_METH_O | L, "count($self, v, /)\n--\n\nReturn number of occurrences of v in the array."},
    {"extend", a_extend, RT_METH_O | L, "extend($self, bb, /)\n--\n\nAppend items to the end of the array."},
    {"fromfile", a_fromfile, RT_METH_FAST | L, "fromfile($self, f, n, /)\n--\n\nRead n objects from the file object f."},
    {"fromlist", a_fromlist, RT_METH_O | L, "fromlist($self, list, /)\n--\n\nAppend items to array from list."},
    {"frombytes", a_frombytes, RT_METH_O | L, "frombytes($self, buffer, /)\n--\n\nAppends items from the string."},
    {"index", a_index, RT_METH_FAST | L, "index($self, v, start=0, stop=sys.maxsize, /)\n--\n\nReturn index of first occurrence of v."},
    {"insert", a_insert, RT_METH_FAST | L, "insert($self, i, v, /)\n--\n\nInsert a new item v into the array before position i."},
    {"pop", a_pop, RT_METH_FAST | L, "pop($self, i=-1, /)\n--\n\nReturn the i-th element and delete it from the array."},
    {"__reduce_ex__", a_reduce_ex, RT_METH_O, "__reduce_ex__($self, value, /)\n--\n\nReturn state information for pickling."},
    {"remove", a_remove, RT_METH_O | L, "remove($self, v, /)\n--\n\nRemove the first occurrence of v in the array."},
    {"reverse", a_reverse, RT_METH_NOARGS | L, "reverse($self, /)\n--\n\nReverse the order of the items in the array."},
    {"tofile", a_tofile, RT_METH_O, "tofile($self, f, /)\n--\n\nWrite all items (as machine values) to the file object f."},
    {"tolist", a_tolist, RT_METH_NOARGS | L, "tolist($self, /)\n--\n\nConvert array to an ordinary list with the same items."},
    {"tobytes", a_tobytes, RT_METH_NOARGS | L, "tobytes($self, /)\n--\n\nConvert the array to an array of machine values."},
    {"tounicode", a_tounicode, RT_METH_NOARGS | L, "tounicode($self, /)\n--\n\nConvert the array to a unicode string."},
    {"fromunicode", a_fromunicode, RT_METH_O | L, "fromunicode($self, ustr, /)\n--\n\nExtends this array with data from the unicode string ustr."},
    {"__sizeof__", a_sizeof, RT_METH_NOARGS | L, "__sizeof__($self, /)\n--\n\nSize of the array in memory, in bytes."},
    {0},
};

/* ---- iterator --------------------------------------------------------------------------------- */

struct array_iter {
    struct rt_object hdr;
    rt_value array;
    _Atomic int64_t index;
};

static rt_value array_iter(struct rt_thread *ts, rt_value self)
{
    struct array_iter *it = rt_object_new(ts, &iter_type, sizeof *it);
    if (!it)
        return RT_NULL;
    it->array = rt_newref(ts, self);
    rt_store_relaxed(&it->index, 0);
    return rt_own(it);
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    struct array_iter *it = (struct array_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    if (i < 0)
        return RT_STOP;
    rt_store_relaxed(&it->index, i + 1);
    rt_value v = item_or_end(ts, it->array, i, false);
    if (rt_is_undef(v)) {
        rt_store_relaxed(&it->index, -1);
        if (!rt_load_relaxed(&ts->mt)) /* others may be reading it */
            rt_clear(ts, &it->array);
        return RT_STOP;
    }
    return v;
}

static rt_value iter_reduce(struct rt_thread *ts, rt_value self)
{
    struct array_iter *it = (struct array_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    rt_value iter = rt_import_attr(ts, "builtins", "iter"), r = RT_NULL, args = RT_NULL;
    if (!rt_is_null(iter))
        args = rt_tuple_pack(ts, 1, i < 0 ? rt_tuple_empty() : it->array);
    if (!rt_is_null(args))
        r = i < 0 ? rt_tuple_pack(ts, 2, iter, args) : rt_tuple_pack(ts, 3, iter, args, rt_int_imm(i));
    rt_decref(ts, args);
    rt_decref(ts, iter);
    return r;
}

static rt_value iter_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct array_iter *it = (struct array_iter *)rt_ptr(self);
    int64_t i = rt_as_index(ts, state, NULL);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    if (rt_load_relaxed(&it->index) < 0)
        return RT_NONE;
    int64_t n = (int64_t)len_of(self_of(it->array));
    rt_store_relaxed(&it->index, i < 0 ? 0 : i > n ? n : i);
    return RT_NONE;
}

static void iter_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_decref(ts, ((struct array_iter *)o)->array); }

static const struct rt_method_def iter_methods[] = {
    {"__reduce__", iter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {"__setstate__", iter_setstate, RT_METH_O, "Set state information for unpickling."},
    {0},
};

static struct rt_type iter_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "array.arrayiterator", .flags = RT_TF_IMMUTABLE | RT_TF_NO_NEW,
    .basic_size = sizeof(struct array_iter), .base = &rt_object_type, .dealloc = iter_dealloc, .iter = rt_iter_self,
    .iternext = iter_next, .methods = iter_methods,
};

struct rt_type rt_array_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "array.array",
    .doc = "array(typecode [, initializer]) -> array\n\n"
           "Return a new array whose items are restricted by typecode, and\n"
           "initialized from the optional initializer value, which must be a list,\n"
           "string or iterable over elements of the appropriate type.",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE | RT_TF_WEAKREF | RT_TF_SEQUENCE,
    .basic_size = sizeof(struct array),
    .base = &rt_object_type,
    .dealloc = array_dealloc,
    .repr = array_repr,
    .richcompare = array_richcompare,
    .iter = array_iter,
    .new = array_new,
    .len = array_len,
    .getitem = array_getitem,
    .setitem = array_setitem,
    .sq_item = array_item,
    .contains = array_contains,
    .sq_concat = array_concat,
    .sq_inplace_concat = array_iconcat,
    .sq_repeat = array_repeat,
    .sq_inplace_repeat = array_irepeat,
    .getbuffer = array_getbuffer,
    .releasebuffer = array_releasebuffer,
    .methods = array_methods,
    .getset = array_getset,
};

/* ---- the module ------------------------------------------------------------------------------- */

/* (arraytype, typecode, mformat_code, items): data from another machine goes through struct formats. */
static rt_value m_reconstructor(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    static const struct {
        char code;
        uint8_t size;
        bool is_signed, big;
    } machine[] = {{'B', 1, 0, 0}, {'b', 1, 1, 0}, {'H', 2, 0, 0}, {'H', 2, 0, 1}, {'h', 2, 1, 0}, {'h', 2, 1, 1},
                   {'I', 4, 0, 0}, {'I', 4, 0, 1}, {'i', 4, 1, 0}, {'i', 4, 1, 1}, {'Q', 8, 0, 0}, {'Q', 8, 0, 1},
                   {'q', 8, 1, 0}, {'q', 8, 1, 1}, {'f', 4, 1, 0}, {'f', 4, 1, 1}, {'d', 8, 1, 0}, {'d', 8, 1, 1},
                   {'u', 2, 0, 0}, {'u', 2, 0, 1}, {'u', 4, 0, 0}, {'u', 4, 0, 1}};
    if (rt_args_count(ts, "_array_reconstructor", n, 4, 4) < 0)
        return RT_NULL;
    if (!rt_is_type(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "first argument must be a type object, not %.200T", args[0]);
    if (!rt_type_is_subtype(rt_as_type(args[0]), &rt_array_type))
        return rt_raise(ts, &rt_exc_TypeError, "%.200V is not a subtype of %.200V", rt_as_type(args[0]), &rt_array_type);
    if (!rt_is_str(args[1]) || rt_str_len(args[1]) != 1)
        return rt_raise(ts, &rt_exc_TypeError, "_array_reconstructor() argument 2 must be a unicode character, not %.50N", args[1]);
    const struct descr *d = rt_array_descr(rt_str_at(rt_as_str(args[1]), 0));
    if (!d)
        return rt_raise(ts, &rt_exc_ValueError, "second argument must be a valid type code");
    int m = rt_as_int(ts, args[2]);
    if (m == -1 && rt_pending(ts))
        return RT_NULL;
    if (m < 0 || m >= (int)RT_COUNTOF(machine))
        return rt_raise(ts, &rt_exc_ValueError, "third argument must be a valid machine format code.");
    if (!rt_is_bytes(args[3]))
        return rt_raise(ts, &rt_exc_TypeError, "fourth argument should be bytes, not %.200T", args[3]);
    size_t size = machine[m].size, len = rt_as_bytes(args[3])->length;
    if (len % size)
        return rt_raise(ts, &rt_exc_ValueError, "bytes length not a multiple of item size");
    rt_value r = rt_array_make(ts, rt_as_type(args[0]), d, 0);
    struct descr from = {machine[m].code, (uint8_t)size, "", machine[m].code == 'f' || machine[m].code == 'd',
                         machine[m].is_signed, 0};
    if (m >= 18 && !rt_is_null(r)) {
        static const char *const enc[] = {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"};
        rt_value s = rt_str_decode(ts, rt_as_bytes(args[3])->data, len, enc[m - 18], NULL);
        if (rt_is_null(s) || rt_array_append_str(ts, self_of(r), s) < 0)
            rt_clear(ts, &r);
        rt_decref(ts, s);
        return r;
    }
    for (size_t i = 0; i < len && !rt_is_null(r); i += size) {
        char tmp[8] = {0};
        const char *p = rt_as_bytes(args[3])->data + i;
        for (size_t k = 0; k < size; k++)
            tmp[k] = p[machine[m].big ? size - 1 - k : k];
        rt_value v = load(ts, &from, tmp);
        if (rt_is_null(v) || rt_array_insert(ts, self_of(r), self_of(r)->length, v) < 0)
            rt_clear(ts, &r);
        rt_decref(ts, v);
    }
    return r;
}

static const struct rt_method_def methods[] = {
    {"_array_reconstructor", m_reconstructor, RT_METH_FAST,
     "_array_reconstructor($module, arraytype, typecode, mformat_code, items, /)\n--\n\nInternal. Used for pickling support."},
    {0},
};

static int exec(struct rt_thread *ts, rt_value m)
{
    rt_value abc, r = RT_NULL, t = rt_type_value(&rt_array_type);
    if (rt_type_ready(ts, &iter_type) < 0 || rt_module_add_str(ts, m, "typecodes", "bBuhHiIlLqQfd") < 0 ||
        rt_module_add(ts, m, "ArrayType", t) < 0)
        return -1;
    abc = rt_import_attr(ts, "collections.abc", "MutableSequence");
    if (!rt_is_null(abc))
        r = rt_call_method(ts, abc, "register", &t, 1);
    rt_decref(ts, abc);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

static struct rt_type *const types[] = {&rt_array_type, NULL};

const struct rt_module_def rt_module_array = {
    .name = "array",
    .doc = "This module defines an object type which can efficiently represent\n"
           "an array of basic values: characters, integers, floating point\nnumbers.",
    .methods = methods,
    .types = types,
    .exec = exec,
};
