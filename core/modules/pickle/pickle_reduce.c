/* SPDX-License-Identifier: MIT */
/*
 * _pickle: what __reduce__ and __reduce_ex__ return, (callable, args, state, list items, dict items, state setter), as
 * opcodes. From protocol 2 on copyreg's constructors have opcodes of their own.
 */
#include "core/modules/pickle/pickle_internal.h"

static int check_reduce(struct rt_thread *ts, rt_value rv, rt_value f[6])
{
    size_t n = rt_as_tuple(rv)->length;
    if (n < 2 || n > 6) {
        RT_PICKLE_ERROR(ts, PicklingError, "tuple returned by __reduce__ must contain 2 through 6 elements");
        return -1;
    }
    for (size_t i = 0; i < 6; i++)
        f[i] = i < n && (i < 2 || !rt_is_none(rt_as_tuple(rv)->items[i])) ? rt_as_tuple(rv)->items[i] : RT_NULL;
    if (!rt_is_callable(f[0]))
        RT_PICKLE_ERROR(ts, PicklingError, "first item of the tuple returned by __reduce__ must be callable");
    else if (!rt_is_ptr(f[1]) || !rt_is_tuple(f[1]))
        RT_PICKLE_ERROR(ts, PicklingError, "second item of the tuple returned by __reduce__ must be a tuple");
    else if (!rt_is_null(f[3]) && !rt_is_iterator(f[3]))
        RT_PICKLE_ERROR(ts, PicklingError,
                        "fourth element of the tuple returned by __reduce__ must be an iterator, not %s",
                        rt_typename(f[3]));
    else if (!rt_is_null(f[4]) && !rt_is_iterator(f[4]))
        RT_PICKLE_ERROR(ts, PicklingError,
                        "fifth element of the tuple returned by __reduce__ must be an iterator, not %s",
                        rt_typename(f[4]));
    else if (!rt_is_null(f[5]) && !rt_is_callable(f[5]))
        RT_PICKLE_ERROR(ts, PicklingError,
                        "sixth element of the tuple returned by __reduce__ must be a function, not %s",
                        rt_typename(f[5]));
    else
        return 0;
    return -1;
}

static int save_newobj_ex(struct rt_thread *ts, rt_value self, rt_value args)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (rt_as_tuple(args)->length != 3) {
        RT_PICKLE_ERROR(ts, PicklingError, "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zu",
                        rt_as_tuple(args)->length);
        return -1;
    }
    rt_value *v = rt_as_tuple(args)->items;
    if (!rt_is_type(v[0]))
        RT_PICKLE_ERROR(ts, PicklingError, "first item from NEWOBJ_EX argument tuple must be a class, not %.200s",
                        rt_typename(v[0]));
    else if (!rt_is_ptr(v[1]) || !rt_is_tuple(v[1]))
        RT_PICKLE_ERROR(ts, PicklingError, "second item from NEWOBJ_EX argument tuple must be a tuple, not %.200s",
                        rt_typename(v[1]));
    else if (!rt_is_ptr(v[2]) || !rt_is_dict(v[2]))
        RT_PICKLE_ERROR(ts, PicklingError, "third item from NEWOBJ_EX argument tuple must be a dict, not %.200s",
                        rt_typename(v[2]));
    else if (p->proto >= 4)
        return rt_pickler_save_items(ts, self, args) < 0 ? -1 : rt_pickler_put_op(ts, p, P_NEWOBJ_EX);
    if (rt_pending(ts))
        return -1;
    size_t n = rt_as_tuple(v[1])->length;
    rt_value all = rt_tuple_new(ts, n + 2), call = RT_NULL;
    if (rt_is_null(all))
        return -1;
    rt_value make = rt_getattr(ts, v[0], RT_ID(__new__));
    rt_as_tuple(all)->items[0] = rt_is_null(make) ? RT_NONE : make;
    rt_as_tuple(all)->items[1] = rt_newref(ts, v[0]);
    for (size_t i = 0; i < n; i++)
        rt_as_tuple(all)->items[i + 2] = rt_newref(ts, rt_as_tuple(v[1])->items[i]);
    if (!rt_is_null(make))
        call = rt_call_ex(ts, rt_pickle_state(ts, PI_partial), all, v[2]);
    rt_decref(ts, all);
    int r = rt_is_null(call) || rt_pickler_save(ts, self, call, true) < 0 ||
            rt_pickler_save(ts, self, rt_tuple_empty(), true) < 0 || rt_pickler_put_op(ts, p, P_REDUCE) < 0 ? -1 : 0;
    rt_decref(ts, call);
    return r;
}

static int save_newobj(struct rt_thread *ts, rt_value self, rt_value args, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (rt_as_tuple(args)->length < 1) {
        RT_PICKLE_ERROR(ts, PicklingError, "__newobj__ arglist is empty");
        return -1;
    }
    rt_value cls = rt_as_tuple(args)->items[0];
    rt_value make = rt_getattr_opt(ts, cls, RT_ID(__new__));
    if (rt_is_null(make)) {
        if (!rt_pending(ts))
            RT_PICKLE_ERROR(ts, PicklingError, "args[0] from __newobj__ args has no __new__");
        return -1;
    }
    rt_decref(ts, make);
    if (!rt_is_null(o)) {
        rt_value mine = rt_getattr(ts, o, RT_ID(__class__));
        bool same = !rt_is_null(mine) && rt_is(mine, cls);
        rt_decref(ts, mine);
        if (rt_is_null(mine))
            return -1;
        if (!same) {
            RT_PICKLE_ERROR(ts, PicklingError, "args[0] from __newobj__ args has the wrong class");
            return -1;
        }
    }
    rt_value rest = rt_tuple_slice(ts, args, 1, rt_as_tuple(args)->length);
    int r = rt_is_null(rest) || rt_pickler_save(ts, self, cls, true) < 0 || rt_pickler_save(ts, self, rest, true) < 0 ? -1 : 0;
    rt_decref(ts, rest);
    return r < 0 ? r : rt_pickler_put_op(ts, p, P_NEWOBJ);
}

/* 1: __newobj__, 2: __newobj_ex__, 0: neither, -1. */
static int which_constructor(struct rt_thread *ts, struct rt_pickler *p, rt_value f)
{
    if (p->proto < 2)
        return 0;
    rt_value name = rt_getattr_opt(ts, f, RT_ID(__name__));
    int r = 0;
    if (rt_is_null(name))
        return rt_pending(ts) ? -1 : 0;
    if (rt_is_ptr(name) && rt_is_str(name))
        r = rt_str_eq_cstr(name, "__newobj__") ? 1 : rt_str_eq_cstr(name, "__newobj_ex__") ? 2 : 0;
    rt_decref(ts, name);
    return r;
}

static int save_state(struct rt_thread *ts, rt_value self, rt_value o, rt_value state, rt_value setter)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (rt_is_null(setter))
        return rt_pickler_save(ts, self, state, true) < 0 ? -1 : rt_pickler_put_op(ts, p, P_BUILD);
    if (rt_pickler_save(ts, self, setter, true) < 0 || rt_pickler_save(ts, self, o, true) < 0 || rt_pickler_save(ts, self, state, true) < 0)
        return -1;
    return rt_pickler_put(ts, p, (const uint8_t[]){P_TUPLE2, P_REDUCE, P_POP}, 3);
}

int rt_pickler_save_reduce(struct rt_thread *ts, rt_value self, rt_value rv, rt_value o)
{
    struct rt_pickler *p = rt_as_pickler(self);
    rt_value f[6];
    int r;
    if (check_reduce(ts, rv, f) < 0)
        return -1;
    int kind = which_constructor(ts, p, f[0]);
    if (kind < 0)
        return -1;
    if (kind == 2)
        r = save_newobj_ex(ts, self, f[1]);
    else if (kind == 1)
        r = save_newobj(ts, self, f[1], o);
    else
        r = rt_pickler_save(ts, self, f[0], true) < 0 || rt_pickler_save(ts, self, f[1], true) < 0 ? -1 : rt_pickler_put_op(ts, p, P_REDUCE);
    if (r < 0)
        return r;
    if (!rt_is_null(o)) {
        struct rt_pickler_entry *e = rt_pickler_memo_find(p, o);
        size_t x = e ? e->index : 0;
        r = e ? (rt_pickler_put_op(ts, p, P_POP) < 0 ? -1 : rt_pickler_memo_get(ts, p, x)) : rt_pickler_memo_put(ts, p, o);
    }
    if (r == 0 && !rt_is_null(f[3]))
        r = rt_pickler_save_batches(ts, self, f[3], false);
    if (r == 0 && !rt_is_null(f[4]))
        r = rt_pickler_save_batches(ts, self, f[4], true);
    if (r == 0 && !rt_is_null(f[2]))
        r = save_state(ts, self, o, f[2], f[5]);
    return r;
}
