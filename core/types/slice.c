/* SPDX-License-Identifier: MIT */
/* slice objects, and the arithmetic of slice bounds that every sequence uses. */
#include "core/types/cont_internal.h"
#include "core/types/text_args.h"

rt_value rt_slice_new(struct rt_thread *ts, rt_value start, rt_value stop, rt_value step)
{
    struct rt_slice *s = rt_object_new(ts, &rt_slice_type, sizeof(*s));
    if (!s)
        return RT_NULL;
    s->start = rt_is_null(start) ? RT_NONE : rt_newref(ts, start);
    s->stop = rt_is_null(stop) ? RT_NONE : rt_newref(ts, stop);
    s->step = rt_is_null(step) ? RT_NONE : rt_newref(ts, step);
    return rt_own(s);
}

/* A bound, clipped to int64; *isset false for None. */
static int slice_bound(struct rt_thread *ts, rt_value v, int64_t *out, bool none_ok)
{
    if (rt_likely(rt_is_int(v))) {
        *out = rt_int_get(v);
        return 0;
    }
    if (!rt_index_check(v)) {
        rt_raise(ts, &rt_exc_TypeError,
                 none_ok ? "slice indices must be integers or None or have an __index__ method"
                         : "slice indices must be integers or have an __index__ method");
        return -1;
    }
    *out = rt_as_index(ts, v, NULL);
    return *out == -1 && rt_pending(ts) ? -1 : 0;
}

int rt_slice_index_slow(struct rt_thread *ts, rt_value v, int64_t *out) { return slice_bound(ts, v, out, true); }

int64_t rt_as_slice_index(struct rt_thread *ts, rt_value v)
{
    int64_t i;
    return slice_bound(ts, v, &i, false) < 0 ? -1 : i;
}

int rt_slice_unpack(struct rt_thread *ts, rt_value v, int64_t *start, int64_t *stop, int64_t *step)
{
    struct rt_slice *s = (struct rt_slice *)rt_ptr(v);
    *step = 1;
    if (!rt_is_none(s->step)) {
        if (slice_bound(ts, s->step, step, true) < 0)
            return -1;
        if (*step == 0) {
            rt_raise(ts, &rt_exc_ValueError, "slice step cannot be zero");
            return -1;
        }
        if (*step < -INT64_MAX) /* so that -step is safe */
            *step = -INT64_MAX;
    }
    *start = *step < 0 ? INT64_MAX : 0;
    *stop = *step < 0 ? INT64_MIN : INT64_MAX;
    if (!rt_is_none(s->start) && slice_bound(ts, s->start, start, true) < 0)
        return -1;
    if (!rt_is_none(s->stop) && slice_bound(ts, s->stop, stop, true) < 0)
        return -1;
    return 0;
}

static int64_t clip(int64_t i, int64_t len, bool backwards)
{
    if (i < 0) {
        i += len;
        return i < 0 ? (backwards ? -1 : 0) : i;
    }
    return i >= len ? (backwards ? len - 1 : len) : i;
}

int64_t rt_slice_adjust(int64_t len, int64_t *start, int64_t *stop, int64_t step)
{
    *start = clip(*start, len, step < 0);
    *stop = clip(*stop, len, step < 0);
    if (step < 0)
        return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

/* ---- the type ---- */
static int slice_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_slice *s = (struct rt_slice *)o;
    int r = visit(s->start, arg);
    if (!r)
        r = visit(s->stop, arg);
    return r ? r : visit(s->step, arg);
}

static void slice_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_slice *s = (struct rt_slice *)o;
    rt_clear(ts, &s->start);
    rt_clear(ts, &s->stop);
    rt_clear(ts, &s->step);
}

static rt_value slice_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                          uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && rt_no_keywords(ts, "slice", kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, "slice", n, 1, 3) < 0)
        return RT_NULL;
    if (n == 1)
        return rt_slice_new(ts, RT_NONE, args[0], RT_NONE);
    return rt_slice_new(ts, args[0], args[1], n > 2 ? args[2] : RT_NONE);
}

static rt_value slice_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_slice *s = (struct rt_slice *)rt_ptr(self);
    return rt_str_format(ts, "slice(%R, %R, %R)", s->start, s->stop, s->step);
}

static rt_value slice_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_exact(a, &rt_slice_type) || !rt_is_exact(b, &rt_slice_type))
        return RT_NOTIMPL;
    if (rt_is(a, b))
        return rt_bool(op == RT_EQ || op == RT_LE || op == RT_GE);
    struct rt_slice *x = (struct rt_slice *)rt_ptr(a), *y = (struct rt_slice *)rt_ptr(b);
    rt_value t1 = rt_tuple_pack(ts, 3, x->start, x->stop, x->step), r = RT_NULL;
    rt_value t2 = rt_is_null(t1) ? t1 : rt_tuple_pack(ts, 3, y->start, y->stop, y->step);
    if (!rt_is_null(t2))
        r = rt_compare(ts, t1, t2, op);
    rt_decref(ts, t1);
    rt_decref(ts, t2);
    return r;
}

/* One bound of a slice as an index between lower and upper. */
static rt_value clip_bound(struct rt_thread *ts, rt_value bound, rt_value length, rt_value lower, rt_value upper)
{
    if (!rt_index_check(bound))
        return rt_raise(ts, &rt_exc_TypeError, "slice indices must be integers or None or have an __index__ method");
    rt_value v = rt_index(ts, bound);
    if (rt_is_null(v))
        return v;
    bool negative = rt_int_sign(v) < 0;
    if (negative) {
        rt_value sum = rt_int_binary(ts, v, length, RT_BIN_ADD);
        rt_decref(ts, v);
        if (rt_is_null(v = sum))
            return v;
    }
    rt_value limit = negative ? lower : upper;
    int beyond = rt_compare_bool(ts, v, limit, negative ? RT_LT : RT_GT);
    if (beyond) {
        rt_decref(ts, v);
        v = beyond < 0 ? RT_NULL : rt_newref(ts, limit);
    }
    return v;
}

/* start, stop, step for any length, in Python ints. */
int rt_slice_indices_big(struct rt_thread *ts, rt_value self, rt_value length, rt_value out[3])
{
    struct rt_slice *s = (struct rt_slice *)rt_ptr(self);
    rt_value one = rt_int_imm(1), zero = rt_int_imm(0), lower, upper;
    rt_value step = rt_is_none(s->step) ? one : rt_index(ts, s->step);
    out[0] = out[1] = lower = upper = RT_NULL;
    if (rt_is_null(step))
        return -1;
    int sign = rt_int_sign(step);
    if (sign == 0) {
        rt_raise(ts, &rt_exc_ValueError, "slice step cannot be zero");
        goto fail;
    }
    if (sign < 0) {
        lower = rt_int_imm(-1);
        upper = rt_int_binary(ts, length, one, RT_BIN_SUB);
    } else {
        lower = zero;
        upper = rt_newref(ts, length);
    }
    if (rt_is_null(upper))
        goto fail;
    for (int i = 0; i < 2; i++) {
        rt_value bound = i ? s->stop : s->start;
        if (rt_is_none(bound))
            out[i] = rt_newref(ts, (sign < 0) == (i == 0) ? upper : lower);
        else if (rt_is_null(out[i] = clip_bound(ts, bound, length, lower, upper)))
            goto fail;
    }
    out[2] = step;
    rt_decref(ts, lower);
    rt_decref(ts, upper);
    return 0;
fail:
    rt_decref(ts, step);
    rt_decref(ts, lower);
    rt_decref(ts, upper);
    rt_decref(ts, out[0]);
    rt_decref(ts, out[1]);
    return -1;
}

static rt_value slice_indices(struct rt_thread *ts, rt_value self, rt_value arg)
{
    rt_value length = rt_index(ts, arg), v[3];
    if (rt_is_null(length))
        return RT_NULL;
    if (rt_int_sign(length) < 0) {
        rt_decref(ts, length);
        return rt_raise(ts, &rt_exc_ValueError, "length should not be negative");
    }
    int r = rt_slice_indices_big(ts, self, length, v);
    rt_decref(ts, length);
    return r < 0 ? RT_NULL : rt_tuple_steal(ts, v, 3);
}

static rt_value slice_reduce(struct rt_thread *ts, rt_value self)
{
    struct rt_slice *s = (struct rt_slice *)rt_ptr(self);
    rt_value args = rt_tuple_pack(ts, 3, s->start, s->stop, s->step);
    if (rt_is_null(args))
        return args;
    rt_value v[2] = {rt_type_value(&rt_slice_type), args};
    return rt_tuple_steal(ts, v, 2);
}

static const struct rt_method_def slice_methods[] = {
    {"indices", slice_indices, RT_METH_O,
     "S.indices(len) -> (start, stop, stride)\n\n"
     "The bounds and step this slice has on a sequence of that length; out-of-range bounds are\n"
     "clipped as in ordinary slicing."},
    {"__reduce__", slice_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {0},
};

static const struct rt_member_def slice_members[] = {
    {"start", RT_MEMBER_OBJECT, offsetof(struct rt_slice, start), true, NULL},
    {"stop", RT_MEMBER_OBJECT, offsetof(struct rt_slice, stop), true, NULL},
    {"step", RT_MEMBER_OBJECT, offsetof(struct rt_slice, step), true, NULL},
    {0},
};

struct rt_type rt_slice_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "slice",
    .doc = "slice(stop)\nslice(start, stop[, step])\n\n"
           "What extended slicing passes to __getitem__: start, stop and step.",
    .flags = RT_TF_GC,
    .basic_size = sizeof(struct rt_slice),
    .dealloc = slice_dealloc,
    .traverse = slice_traverse,
    .repr = slice_repr,
    .richcompare = slice_richcompare,
    .new = slice_new,
    .methods = slice_methods,
    .members = slice_members,
};
