/* SPDX-License-Identifier: MIT */
/*
 * range: four owned ints, constant after creation; arithmetic on immediates where start, stop and
 * step are immediates (then every item is one too), on any ints otherwise.
 */
#include "core/types/cont_internal.h"

struct range_iter {
    struct rt_object hdr;
    int64_t start, step, length;
    _Atomic int64_t index; /* items handed out; threads may share the iterator */
};
struct longrange_iter {
    struct rt_object hdr;
    rt_value start, step, length;
    rt_slot index; /* under the critical section */
};

static struct rt_range *as_range(rt_value v)
{
    return (struct rt_range *)rt_ptr(v);
}

/* Number of items for C bounds (step != 0, all within int63). */
static int64_t small_length(int64_t start, int64_t stop, int64_t step)
{
    if (step > 0 ? start >= stop : start <= stop)
        return 0;
    uint64_t span = step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
    uint64_t mag = step > 0 ? (uint64_t)step : -(uint64_t)step;
    return (int64_t)((span - 1) / mag + 1);
}

/* a op b, dropping a (owned). RT_NULL passes through. */
static rt_value arith(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    if (rt_is_null(a))
        return a;
    rt_value r = rt_int_binary(ts, a, b, op);
    rt_decref(ts, a);
    return r;
}

static rt_value range_length(struct rt_thread *ts, rt_value start, rt_value stop, rt_value step)
{
    if (rt_is_int(start) && rt_is_int(stop) && rt_is_int(step))
        return rt_int_from_i64(
            ts, small_length(rt_int_get(start), rt_int_get(stop), rt_int_get(step)));
    bool up = rt_int_sign(step) > 0;
    rt_value lo = up ? start : stop, hi = up ? stop : start;
    int less = rt_compare_bool(ts, lo, hi, RT_LT);
    if (less <= 0)
        return less < 0 ? RT_NULL : rt_int_imm(0);
    rt_value mag = up ? rt_newref(ts, step) : rt_int_binary(ts, rt_int_imm(0), step, RT_BIN_SUB);
    if (rt_is_null(mag))
        return mag;
    rt_value r = rt_int_binary(ts, hi, lo, RT_BIN_SUB);
    r = arith(ts, r, rt_int_imm(1), RT_BIN_SUB);
    r = arith(ts, r, mag, RT_BIN_FLOORDIV);
    r = arith(ts, r, rt_int_imm(1), RT_BIN_ADD);
    rt_decref(ts, mag);
    return r;
}

/* Consumes the three words. */
static rt_value range_make(struct rt_thread *ts, rt_value start, rt_value stop, rt_value step)
{
    if (!rt_is_null(start) && !rt_is_null(stop) && !rt_is_null(step)) {
        rt_value length = range_length(ts, start, stop, step);
        struct rt_range *r =
            rt_is_null(length) ? NULL : rt_object_new(ts, &rt_range_type, sizeof(*r));
        if (r) {
            r->start = start;
            r->stop = stop;
            r->step = step;
            r->length = length;
            return rt_own(r);
        }
        rt_decref(ts, length);
    }
    rt_decref(ts, start);
    rt_decref(ts, stop);
    rt_decref(ts, step);
    return RT_NULL;
}

rt_value rt_range_new(struct rt_thread *ts, rt_value start, rt_value stop, rt_value step)
{
    rt_value a, b, c;
    if (rt_is_null(a = rt_index(ts, start)))
        return a;
    if (rt_is_null(b = rt_index(ts, stop))) {
        rt_decref(ts, a);
        return b;
    }
    if (rt_is_null(c = rt_index(ts, step)) || rt_int_sign(c) == 0) {
        if (!rt_is_null(c))
            rt_raise(ts, &rt_exc_ValueError, "range() arg 3 must not be zero");
        rt_decref(ts, a);
        rt_decref(ts, b);
        rt_decref(ts, c);
        return RT_NULL;
    }
    return range_make(ts, a, b, c);
}

bool rt_range_get_small(rt_value v, int64_t *start, int64_t *stop, int64_t *step)
{
    struct rt_range *r = as_range(v);
    if (!rt_is_int(r->start) || !rt_is_int(r->stop) || !rt_is_int(r->step) ||
        !rt_is_int(r->length))
        return false;
    *start = rt_int_get(r->start);
    *stop = rt_int_get(r->stop);
    *step = rt_int_get(r->step);
    return true;
}

static rt_value range_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                          uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && rt_no_keywords(ts, "range", kw) < 0)
        return RT_NULL;
    if (n == 0)
        return rt_raise(ts, &rt_exc_TypeError, "range expected at least 1 argument, got 0");
    if (n > 3)
        return rt_raise(ts, &rt_exc_TypeError, "range expected at most 3 arguments, got %u", n);
    if (n == 1)
        return rt_range_new(ts, rt_int_imm(0), args[0], rt_int_imm(1));
    return rt_range_new(ts, args[0], args[1], n == 3 ? args[2] : rt_int_imm(1));
}

static int range_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return 0; /* ints only: no cycles */
}

static void range_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_range *r = (struct rt_range *)o;
    rt_clear(ts, &r->start);
    rt_clear(ts, &r->stop);
    rt_clear(ts, &r->step);
    rt_clear(ts, &r->length);
}

static rt_value range_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_range *r = as_range(self);
    if (rt_is(r->step, rt_int_imm(1)))
        return rt_str_format(ts, "range(%R, %R)", r->start, r->stop);
    return rt_str_format(ts, "range(%R, %R, %R)", r->start, r->stop, r->step);
}

static int64_t range_len(struct rt_thread *ts, rt_value self)
{
    int64_t n;
    if (rt_int_try_i64(as_range(self)->length, &n))
        return n;
    rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C ssize_t");
    return -1;
}

static int range_truth(struct rt_thread *ts, rt_value self)
{
    return rt_int_sign(as_range(self)->length) != 0;
}

/* start + i * step for an int i. */
static rt_value item_at(struct rt_thread *ts, rt_value start, rt_value step, rt_value i)
{
    rt_value v = rt_int_binary(ts, i, step, RT_BIN_MUL);
    return arith(ts, v, start, RT_BIN_ADD);
}

static rt_value range_item_big(struct rt_thread *ts, struct rt_range *r, rt_value i)
{
    rt_value v = rt_newref(ts, i), item = RT_NULL;
    if (rt_int_sign(i) < 0)
        v = arith(ts, v, r->length, RT_BIN_ADD);
    if (rt_is_null(v))
        return v;
    int below = rt_int_sign(v) >= 0 ? rt_compare_bool(ts, v, r->length, RT_LT) : 0;
    if (below > 0)
        item = item_at(ts, r->start, r->step, v);
    else if (below == 0)
        rt_raise(ts, &rt_exc_IndexError, "range object index out of range");
    rt_decref(ts, v);
    return item;
}

static rt_value range_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    struct rt_range *r = as_range(self);
    int64_t start, stop, step;
    if (rt_likely(rt_range_get_small(self, &start, &stop, &step))) {
        if (i < 0 || i >= rt_int_get(r->length))
            return rt_raise(ts, &rt_exc_IndexError, "range object index out of range");
        return rt_int_imm(start + i * step);
    }
    rt_value k = rt_int_from_i64(ts, i);
    if (rt_is_null(k))
        return k;
    rt_value v = i < 0 ? rt_raise(ts, &rt_exc_IndexError, "range object index out of range")
                       : range_item_big(ts, r, k);
    rt_decref(ts, k);
    return v;
}

static rt_value range_slice(struct rt_thread *ts, struct rt_range *r, rt_value key)
{
    rt_value b[3];
    if (rt_slice_indices_big(ts, key, r->length, b) < 0)
        return RT_NULL;
    rt_value step = rt_int_binary(ts, r->step, b[2], RT_BIN_MUL);
    rt_value start = item_at(ts, r->start, r->step, b[0]);
    rt_value stop = item_at(ts, r->start, r->step, b[1]);
    for (int i = 0; i < 3; i++)
        rt_decref(ts, b[i]);
    return range_make(ts, start, stop, step);
}

static rt_value range_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct rt_range *r = as_range(self);
    if (rt_is_exact(key, &rt_slice_type))
        return range_slice(ts, r, key);
    if (!rt_index_check(key))
        return rt_raise(ts, &rt_exc_TypeError,
                        "range indices must be integers or slices, not %.200s", rt_typename(key));
    rt_value i = rt_index(ts, key), v;
    if (rt_is_null(i))
        return i;
    if (rt_is_int(i) && rt_is_int(r->length)) {
        int64_t k = rt_int_get(i);
        v = range_item(ts, self, k < 0 ? k + rt_int_get(r->length) : k);
    } else {
        v = range_item_big(ts, r, i);
    }
    rt_decref(ts, i);
    return v;
}

/* v an exact int or bool. */
static int contains_int(struct rt_thread *ts, struct rt_range *r, rt_value v)
{
    if (rt_is_bool(v))
        v = rt_int_imm(rt_is_true(v));
    if (rt_is_int(v) && rt_is_int(r->start) && rt_is_int(r->stop) && rt_is_int(r->step)) {
        int64_t x = rt_int_get(v), a = rt_int_get(r->start), b = rt_int_get(r->stop),
                s = rt_int_get(r->step);
        if (s > 0 ? x < a || x >= b : x > a || x <= b)
            return 0;
        uint64_t d = s > 0 ? (uint64_t)x - (uint64_t)a : (uint64_t)a - (uint64_t)x;
        return d % (s > 0 ? (uint64_t)s : -(uint64_t)s) == 0;
    }
    bool up = rt_int_sign(r->step) > 0;
    int c = rt_compare_bool(ts, r->start, v, up ? RT_LE : RT_GE);
    if (c > 0)
        c = rt_compare_bool(ts, v, r->stop, up ? RT_LT : RT_GT);
    if (c <= 0)
        return c;
    rt_value d = rt_int_binary(ts, v, r->start, RT_BIN_SUB);
    d = arith(ts, d, r->step, RT_BIN_MOD);
    if (rt_is_null(d))
        return -1;
    c = rt_int_sign(d) == 0;
    rt_decref(ts, d);
    return c;
}

static bool exact_int(rt_value v)
{
    return rt_is_int(v) || rt_is_bool(v) || rt_is_exact(v, &rt_int_type);
}

static int range_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (exact_int(v))
        return contains_int(ts, as_range(self), v);
    return (int)rt_cont_search(ts, self, v, 'n');
}

static rt_value range_count(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t n = exact_int(v) ? contains_int(ts, as_range(self), v)
                             : rt_cont_search(ts, self, v, 'c');
    return n < 0 ? RT_NULL : rt_int_imm(n);
}

static rt_value range_index(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct rt_range *r = as_range(self);
    if (!exact_int(v)) {
        int64_t i = rt_cont_search(ts, self, v, 'i');
        if (i == -2)
            return rt_raise(ts, &rt_exc_ValueError, "sequence.index(x): x not in sequence");
        return i < 0 ? RT_NULL : rt_int_imm(i);
    }
    int c = contains_int(ts, r, v);
    if (c < 0)
        return RT_NULL;
    if (c == 0)
        return rt_raise(ts, &rt_exc_ValueError, "%R is not in range", v);
    rt_value d = rt_int_binary(ts, rt_is_bool(v) ? rt_int_imm(rt_is_true(v)) : v, r->start,
                               RT_BIN_SUB);
    return arith(ts, d, r->step, RT_BIN_FLOORDIV);
}

static int range_equal(struct rt_thread *ts, struct rt_range *a, struct rt_range *b)
{
    if (a == b)
        return 1;
    int c = rt_equal(ts, a->length, b->length);
    if (c <= 0 || rt_int_sign(a->length) == 0)
        return c;
    c = rt_equal(ts, a->start, b->start);
    if (c <= 0 || rt_is(a->length, rt_int_imm(1)))
        return c;
    return rt_equal(ts, a->step, b->step);
}

static rt_value range_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_exact(b, &rt_range_type) || (op != RT_EQ && op != RT_NE))
        return RT_NOTIMPL;
    int c = range_equal(ts, as_range(a), as_range(b));
    return c < 0 ? RT_NULL : rt_bool(c == (op == RT_EQ));
}

static int64_t range_hash(struct rt_thread *ts, rt_value self)
{
    struct rt_range *r = as_range(self);
    bool some = rt_int_sign(r->length) != 0, many = some && !rt_is(r->length, rt_int_imm(1));
    rt_value t = rt_tuple_pack(ts, 3, r->length, some ? r->start : RT_NONE,
                               many ? r->step : RT_NONE);
    if (rt_is_null(t))
        return -1;
    int64_t h = rt_hash(ts, t);
    rt_decref(ts, t);
    return h;
}

static rt_value range_reduce(struct rt_thread *ts, rt_value self)
{
    struct rt_range *r = as_range(self);
    rt_value args = rt_tuple_pack(ts, 3, r->start, r->stop, r->step);
    if (rt_is_null(args))
        return args;
    rt_value v[2] = {rt_type_value(&rt_range_type), args};
    return rt_tuple_steal(ts, v, 2);
}

/* ---- iterators ---- */
static rt_value make_small_iter(struct rt_thread *ts, int64_t start, int64_t step, int64_t length)
{
    struct range_iter *it = rt_object_new(ts, &rt_range_iter_type, sizeof(*it));
    if (!it)
        return RT_NULL;
    it->start = start;
    it->step = step;
    it->length = length;
    rt_store_relaxed(&it->index, 0);
    return rt_own(it);
}

/* Consumes the words. */
static rt_value make_long_iter(struct rt_thread *ts, rt_value start, rt_value step, rt_value length)
{
    struct longrange_iter *it = NULL;
    if (!rt_is_null(start) && !rt_is_null(step) && !rt_is_null(length))
        it = rt_object_new(ts, &rt_longrange_iter_type, sizeof(*it));
    if (!it) {
        rt_decref(ts, start);
        rt_decref(ts, step);
        rt_decref(ts, length);
        return RT_NULL;
    }
    it->start = start;
    it->step = step;
    it->length = length;
    rt_slot_init(&it->index, rt_int_imm(0));
    return rt_own(it);
}

static rt_value range_iter(struct rt_thread *ts, rt_value self)
{
    struct rt_range *r = as_range(self);
    int64_t start, stop, step;
    if (rt_range_get_small(self, &start, &stop, &step))
        return make_small_iter(ts, start, step, rt_int_get(r->length));
    return make_long_iter(ts, rt_newref(ts, r->start), rt_newref(ts, r->step),
                          rt_newref(ts, r->length));
}

static rt_value range_reversed(struct rt_thread *ts, rt_value self)
{
    struct rt_range *r = as_range(self);
    int64_t start, stop, step;
    if (rt_range_get_small(self, &start, &stop, &step) && step != RT_INT_MIN) {
        int64_t n = rt_int_get(r->length);
        return make_small_iter(ts, n ? start + (n - 1) * step : start, -step, n);
    }
    rt_value last = rt_int_binary(ts, r->length, rt_int_imm(1), RT_BIN_SUB);
    last = arith(ts, last, r->step, RT_BIN_MUL);
    last = arith(ts, last, r->start, RT_BIN_ADD);
    return make_long_iter(ts, last, rt_int_binary(ts, rt_int_imm(0), r->step, RT_BIN_SUB),
                          rt_newref(ts, r->length));
}

bool rt_range_iter_rest(rt_value v, int64_t *start, int64_t *count, int64_t *step)
{
    if (!rt_is_exact(v, &rt_range_iter_type))
        return false;
    struct range_iter *it = (struct range_iter *)rt_ptr(v);
    int64_t i = rt_load_relaxed(&it->index);
    *count = i < it->length ? it->length - i : 0;
    *start = *count ? it->start + i * it->step : 0;
    *step = it->step;
    return true;
}

static rt_value range_iter_next(struct rt_thread *ts, rt_value self)
{
    struct range_iter *it = (struct range_iter *)rt_ptr(self);
    if (rt_safepoint(ts) < 0) /* 10**12 numbers may be taken by C alone */
        return RT_NULL;
    int64_t i = rt_load_relaxed(&it->index);
    if (i >= it->length)
        return RT_STOP;
    if (rt_unlikely(!rt_writes_alone(ts, it))) {
        i = rt_add_relaxed(&it->index, 1);
        if (i >= it->length) {
            rt_store_relaxed(&it->index, it->length);
            return RT_STOP;
        }
    } else {
        rt_store_relaxed(&it->index, i + 1);
    }
    return rt_int_imm(it->start + i * it->step);
}

static rt_value range_iter_hint(struct rt_thread *ts, rt_value self)
{
    struct range_iter *it = (struct range_iter *)rt_ptr(self);
    int64_t left = it->length - rt_load_relaxed(&it->index);
    return rt_int_imm(left < 0 ? 0 : left);
}

static rt_value iter_reduce(struct rt_thread *ts, rt_value range, rt_value index)
{
    rt_value v[3], iter = rt_builtin_get(ts, "iter");
    v[0] = iter;
    v[1] = rt_is_null(range) ? range : rt_tuple_steal(ts, &range, 1);
    v[2] = index;
    if (!rt_is_null(iter) && !rt_is_null(v[1]) && !rt_is_null(index))
        return rt_tuple_steal(ts, v, 3);
    rt_decref(ts, iter);
    rt_decref(ts, v[1]);
    rt_decref(ts, index);
    return RT_NULL;
}

static rt_value range_iter_reduce(struct rt_thread *ts, rt_value self)
{
    struct range_iter *it = (struct range_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    __int128 stop = (__int128)it->start + (__int128)it->step * it->length;
    rt_value end;
    if (stop >= RT_INT_MIN && stop <= RT_INT_MAX) {
        end = rt_int_imm((int64_t)stop);
    } else {
        end = item_at(ts, rt_int_imm(it->start), rt_int_imm(it->step), rt_int_imm(it->length));
        if (rt_is_null(end))
            return end;
    }
    rt_value r = range_make(ts, rt_int_imm(it->start), end, rt_int_imm(it->step));
    return iter_reduce(ts, r, rt_int_imm(i > it->length ? it->length : i));
}

static rt_value range_iter_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct range_iter *it = (struct range_iter *)rt_ptr(self);
    int64_t i = rt_as_i64(ts, state);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    rt_store_relaxed(&it->index, i < 0 ? 0 : i > it->length ? it->length : i);
    return RT_NONE;
}

static int longrange_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return 0;
}

static void longrange_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct longrange_iter *it = (struct longrange_iter *)o;
    rt_clear(ts, &it->start);
    rt_clear(ts, &it->step);
    rt_clear(ts, &it->length);
    rt_slot_set(ts, &it->index, RT_NULL);
}

static rt_value longrange_next(struct rt_thread *ts, rt_value self)
{
    struct longrange_iter *it = (struct longrange_iter *)rt_ptr(self);
    struct rt_cs cs;
    if (rt_safepoint(ts) < 0)
        return RT_NULL;
    rt_cs_begin(ts, &cs, it); /* int arithmetic: no Python runs */
    rt_value index = rt_slot_peek(&it->index), v = RT_NULL, next;
    int c = rt_compare_bool(ts, index, it->length, RT_LT);
    if (c > 0) {
        next = rt_int_binary(ts, index, rt_int_imm(1), RT_BIN_ADD);
        if (!rt_is_null(next)) {
            v = item_at(ts, it->start, it->step, index);
            rt_slot_put(&it->index, next);
            rt_decref(ts, index);
        }
    } else if (c == 0) {
        v = RT_STOP;
    }
    rt_cs_end(ts, &cs);
    return v;
}

static rt_value longrange_hint(struct rt_thread *ts, rt_value self)
{
    struct longrange_iter *it = (struct longrange_iter *)rt_ptr(self);
    rt_value i = rt_slot_get(ts, it, &it->index);
    rt_value r = rt_int_binary(ts, it->length, i, RT_BIN_SUB);
    rt_decref(ts, i);
    return r;
}

static rt_value longrange_reduce(struct rt_thread *ts, rt_value self)
{
    struct longrange_iter *it = (struct longrange_iter *)rt_ptr(self);
    rt_value stop = item_at(ts, it->start, it->step, it->length);
    rt_value r = range_make(ts, rt_newref(ts, it->start), stop, rt_newref(ts, it->step));
    return iter_reduce(ts, r, rt_slot_get(ts, it, &it->index));
}

static rt_value longrange_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct longrange_iter *it = (struct longrange_iter *)rt_ptr(self);
    rt_value i = rt_index(ts, state);
    if (rt_is_null(i))
        return i;
    int over = rt_compare_bool(ts, i, it->length, RT_GT);
    if (over < 0 || rt_int_sign(i) < 0 || over > 0) {
        rt_decref(ts, i);
        if (over < 0)
            return RT_NULL;
        i = over > 0 ? rt_newref(ts, it->length) : rt_int_imm(0);
    }
    rt_slot_set(ts, &it->index, i);
    return RT_NONE;
}

#define HINT_DOC "Private method returning an estimate of len(list(it))."
#define REDUCE_DOC "Return state information for pickling."
#define SETSTATE_DOC "Set state information for unpickling."

static const struct rt_method_def range_iter_methods[] = {
    {"__length_hint__", range_iter_hint, RT_METH_NOARGS, HINT_DOC},
    {"__reduce__", range_iter_reduce, RT_METH_NOARGS, REDUCE_DOC},
    {"__setstate__", range_iter_setstate, RT_METH_O, SETSTATE_DOC},
    {0},
};
static const struct rt_method_def longrange_methods[] = {
    {"__length_hint__", longrange_hint, RT_METH_NOARGS, HINT_DOC},
    {"__reduce__", longrange_reduce, RT_METH_NOARGS, REDUCE_DOC},
    {"__setstate__", longrange_setstate, RT_METH_O, SETSTATE_DOC},
    {0},
};

struct rt_type rt_range_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "range_iterator",
    .flags = RT_TF_NO_NEW,
    .basic_size = sizeof(struct range_iter),
    .iter = rt_iter_self,
    .iternext = range_iter_next,
    .methods = range_iter_methods,
};

struct rt_type rt_longrange_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "longrange_iterator",
    .flags = RT_TF_NO_NEW,
    .basic_size = sizeof(struct longrange_iter),
    .dealloc = longrange_dealloc,
    .traverse = longrange_traverse,
    .iter = rt_iter_self,
    .iternext = longrange_next,
    .methods = longrange_methods,
};

static const struct rt_method_def range_methods[] = {
    {"__reversed__", range_reversed, RT_METH_NOARGS, "Return a reverse iterator."},
    {"__reduce__", range_reduce, RT_METH_NOARGS, REDUCE_DOC},
    {"count", range_count, RT_METH_O, "rangeobject.count(value) -> how many items equal value"},
    {"index", range_index, RT_METH_O,
     "rangeobject.index(value) -> position of value; ValueError if it is not in the range"},
    {0},
};
static const struct rt_member_def range_members[] = {
    {"start", RT_MEMBER_OBJECT_EX, offsetof(struct rt_range, start), true, NULL},
    {"stop", RT_MEMBER_OBJECT_EX, offsetof(struct rt_range, stop), true, NULL},
    {"step", RT_MEMBER_OBJECT_EX, offsetof(struct rt_range, step), true, NULL},
    {0},
};

struct rt_type rt_range_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "range",
    .doc = "range(stop) -> range object\n"
           "range(start, stop[, step]) -> range object\n\n"
           "The integers from start (inclusive) to stop (exclusive) by step, computed on demand.\n"
           "start defaults to 0 and step to 1; a negative step counts down.",
    .flags = RT_TF_SEQUENCE,
    .basic_size = sizeof(struct rt_range),
    .dealloc = range_dealloc,
    .traverse = range_traverse,
    .repr = range_repr,
    .hash = range_hash,
    .richcompare = range_richcompare,
    .iter = range_iter,
    .new = range_new,
    .truth = range_truth,
    .len = range_len,
    .getitem = range_getitem,
    .sq_item = range_item,
    .contains = range_contains,
    .methods = range_methods,
    .members = range_members,
};
