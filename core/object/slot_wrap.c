/* SPDX-License-Identifier: MIT */
/*
 * Native slots as Python callables: argument checks with CPython's messages, then the slot.
 */
#include "core/object/slot_wrap.h"

static int want(struct rt_thread *ts, uint32_t n, uint32_t count, rt_value kw,
                const struct rt_slotdef *row)
{
    if (rt_unlikely(!rt_is_null(kw) && rt_as_tuple(kw)->length)) {
        rt_raise(ts, &rt_exc_TypeError, "wrapper %s() takes no keyword arguments", row->name);
        return -1;
    }
    if (rt_likely(n == count))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "expected %u argument%s, got %u", count, count == 1 ? "" : "s", n);
    return -1;
}

static int want_between(struct rt_thread *ts, uint32_t n, uint32_t min, uint32_t max, rt_value kw,
                        const struct rt_slotdef *row)
{
    if (want(ts, 0, 0, kw, row) < 0)
        return -1;
    if (n >= min && n <= max)
        return 0;
    rt_raise(ts, &rt_exc_TypeError, " expected at %s %u argument%s, got %u", n < min ? "least" : "most",
             n < min ? min : max, (n < min ? min : max) == 1 ? "" : "s", n);
    return -1;
}

/* The same for wrappers whose message CPython starts with an empty name: a blank. */
static int want_unnamed(struct rt_thread *ts, uint32_t n, uint32_t count, rt_value kw, const struct rt_slotdef *row)
{
    if (want(ts, 0, 0, kw, row) < 0)
        return -1;
    if (rt_likely(n == count))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, " expected %u argument%s, got %u", count, count == 1 ? "" : "s", n);
    return -1;
}

#define WANT_UNNAMED(count)                             \
    do {                                                \
        if (want_unnamed(ts, n, count, kw, row) < 0)    \
            return RT_NULL;                             \
    } while (0)

#define WANT(count)                             \
    do {                                        \
        if (want(ts, n, count, kw, row) < 0)    \
            return RT_NULL;                     \
    } while (0)

static rt_value none_or_error(int r) { return r < 0 ? RT_NULL : RT_NONE; }

RT_WRAP(wrap_unary)
{
    WANT(0);
    return ((rt_unaryfn)fn)(ts, self);
}

RT_WRAP(wrap_next)
{
    WANT(0);
    rt_value v = ((rt_unaryfn)fn)(ts, self);
    if (rt_is_stop(v)) {
        rt_raise_stop_iteration(ts);
        return RT_NULL;
    }
    return v;
}

RT_WRAP(wrap_binary)
{
    WANT(1);
    return ((rt_binaryfn)fn)(ts, self, args[0]);
}

RT_WRAP(wrap_binary_l)
{
    WANT(1);
    return ((rt_binaryfn)fn)(ts, self, args[0]);
}

RT_WRAP(wrap_binary_r)
{
    WANT(1);
    return ((rt_binaryfn)fn)(ts, args[0], self);
}

typedef rt_value (*powerfn)(struct rt_thread *, rt_value, rt_value, rt_value);

RT_WRAP(wrap_pow_l)
{
    if (want_between(ts, n, 1, 2, kw, row) < 0)
        return RT_NULL;
    return ((powerfn)fn)(ts, self, args[0], n > 1 ? args[1] : RT_NONE);
}

RT_WRAP(wrap_pow_r)
{
    if (want_between(ts, n, 1, 2, kw, row) < 0)
        return RT_NULL;
    return ((powerfn)fn)(ts, args[0], self, n > 1 ? args[1] : RT_NONE);
}

/* object.__setattr__(C, ...) must not get around a metaclass's native __setattr__. */
static int check_hack(struct rt_thread *ts, rt_value self, void *fn, const char *what)
{
    struct rt_type *t = rt_type_of(self), *defining = t;
    rt_value mro = rt_type_mro_borrowed(t);
    if (rt_is_null(mro))
        return 0;
    for (size_t i = rt_as_tuple(mro)->length; i-- > 0;) { /* the native type that t's slot comes from */
        struct rt_type *base = rt_as_type(rt_as_tuple(mro)->items[i]);
        if (base->setattro != rt_slot_setattr_py && base->setattro == t->setattro) {
            defining = base;
            break;
        }
    }
    for (struct rt_type *base = defining; base; base = base->base) {
        if ((void *)base->setattro == fn)
            break;
        if (base->setattro != rt_slot_setattr_py) {
            rt_raise(ts, &rt_exc_TypeError, "can't apply this %s to %s object", what, t->name);
            return -1;
        }
    }
    return 0;
}

typedef int (*setfn)(struct rt_thread *, rt_value, rt_value, rt_value);

static int attr_name(struct rt_thread *ts, rt_value name)
{
    if (rt_is_ptr(name) && rt_is_str(name))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "attribute name must be string, not '%.200s'", rt_typename(name));
    return -1;
}

RT_WRAP(wrap_getattr)
{
    WANT(1);
    return attr_name(ts, args[0]) < 0 ? RT_NULL : ((rt_binaryfn)fn)(ts, self, args[0]);
}

RT_WRAP(wrap_setattr)
{
    WANT_UNNAMED(2);
    if (attr_name(ts, args[0]) < 0 || check_hack(ts, self, fn, "__setattr__") < 0)
        return RT_NULL;
    return none_or_error(((setfn)fn)(ts, self, args[0], args[1]));
}

RT_WRAP(wrap_delattr)
{
    WANT(1);
    if (attr_name(ts, args[0]) < 0 || check_hack(ts, self, fn, "__delattr__") < 0)
        return RT_NULL;
    return none_or_error(((setfn)fn)(ts, self, args[0], RT_NULL));
}

RT_WRAP(wrap_hash)
{
    WANT(0);
    int64_t h = ((int64_t(*)(struct rt_thread *, rt_value))fn)(ts, self);
    return h == -1 && rt_pending(ts) ? RT_NULL : rt_int_from_i64(ts, h);
}

RT_WRAP(wrap_call) { return ((rt_fn_kw)fn)(ts, self, args, n, kw); }

#define RICH(name, op)                                                                        \
    RT_WRAP(name)                                                                             \
    {                                                                                         \
        WANT(1);                                                                              \
        return ((rt_value(*)(struct rt_thread *, rt_value, rt_value, enum rt_cmp))fn)(        \
            ts, self, args[0], op);                                                           \
    }
RICH(wrap_lt, RT_LT)
RICH(wrap_le, RT_LE)
RICH(wrap_eq, RT_EQ)
RICH(wrap_ne, RT_NE)
RICH(wrap_gt, RT_GT)
RICH(wrap_ge, RT_GE)

RT_WRAP(wrap_descr_get)
{
    if (want_between(ts, n, 1, 2, kw, row) < 0)
        return RT_NULL;
    rt_value obj = rt_is_none(args[0]) ? RT_NULL : args[0];
    rt_value type = n < 2 || rt_is_none(args[1]) ? RT_NULL : args[1];
    if (rt_is_null(obj) && rt_is_null(type))
        return rt_raise(ts, &rt_exc_TypeError, "__get__(None, None) is invalid");
    return ((rt_value(*)(struct rt_thread *, rt_value, rt_value, rt_value))fn)(ts, self, obj, type);
}

RT_WRAP(wrap_descr_set)
{
    WANT_UNNAMED(2);
    return none_or_error(((setfn)fn)(ts, self, args[0], args[1]));
}

RT_WRAP(wrap_descr_delete)
{
    WANT(1);
    return none_or_error(((setfn)fn)(ts, self, args[0], RT_NULL));
}

RT_WRAP(wrap_init)
{
    return none_or_error(
        ((int (*)(struct rt_thread *, rt_value, const rt_value *, uint32_t, rt_value))fn)(
            ts, self, args, n, kw));
}

RT_WRAP(wrap_del)
{
    WANT(0);
    ((void (*)(struct rt_thread *, rt_value))fn)(ts, self);
    return rt_pending(ts) ? RT_NULL : RT_NONE;
}

RT_WRAP(wrap_inquiry)
{
    WANT(0);
    int r = ((int (*)(struct rt_thread *, rt_value))fn)(ts, self);
    return r < 0 ? RT_NULL : rt_bool(r);
}

RT_WRAP(wrap_len)
{
    WANT(0);
    int64_t r = ((int64_t(*)(struct rt_thread *, rt_value))fn)(ts, self);
    return r < 0 ? RT_NULL : rt_int_from_i64(ts, r);
}

RT_WRAP(wrap_setitem)
{
    WANT_UNNAMED(2);
    return none_or_error(((setfn)fn)(ts, self, args[0], args[1]));
}

RT_WRAP(wrap_delitem)
{
    WANT(1);
    return none_or_error(((setfn)fn)(ts, self, args[0], RT_NULL));
}

RT_WRAP(wrap_repeat)
{
    WANT_UNNAMED(1);
    int64_t i = rt_as_index(ts, args[0], &rt_exc_OverflowError);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    return ((rt_value(*)(struct rt_thread *, rt_value, int64_t))fn)(ts, self, i);
}

static int64_t sequence_index(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int64_t i = rt_as_index(ts, arg, &rt_exc_OverflowError);
    struct rt_type *t = rt_type_of(self);
    if (i < 0 && !rt_pending(ts) && t->len) {
        int64_t len = t->len(ts, self);
        if (len < 0)
            return -1;
        i += len;
    }
    return i;
}

RT_WRAP(wrap_sq_item)
{
    WANT(1);
    int64_t i = sequence_index(ts, self, args[0]);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    return ((rt_value(*)(struct rt_thread *, rt_value, int64_t))fn)(ts, self, i);
}

static rt_value sq_set(struct rt_thread *ts, rt_value self, rt_value index, rt_value v, void *fn)
{
    int64_t i = sequence_index(ts, self, index);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    return none_or_error(((int (*)(struct rt_thread *, rt_value, int64_t, rt_value))fn)(ts, self, i, v));
}

RT_WRAP(wrap_sq_setitem)
{
    WANT_UNNAMED(2);
    return sq_set(ts, self, args[0], args[1], fn);
}

RT_WRAP(wrap_sq_delitem)
{
    WANT(1);
    return sq_set(ts, self, args[0], RT_NULL, fn);
}

RT_WRAP(wrap_contains)
{
    WANT(1);
    int r = ((int (*)(struct rt_thread *, rt_value, rt_value))fn)(ts, self, args[0]);
    return r < 0 ? RT_NULL : rt_bool(r);
}
