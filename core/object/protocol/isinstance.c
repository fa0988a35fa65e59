/* SPDX-License-Identifier: MIT */
/* isinstance and issubclass, with __instancecheck__, tuples, unions and classes that are no types. */
#include "core/object/type_internal.h"

static rt_value abstract_bases(struct rt_thread *ts, rt_value cls)
{
    rt_value bases = rt_getattr_opt(ts, cls, RT_ID(__bases__));
    if (!rt_is_null(bases) && !(rt_is_ptr(bases) && rt_is_tuple(bases)))
        rt_clear(ts, &bases);
    return bases;
}

static int abstract_issubclass(struct rt_thread *ts, rt_value derived, rt_value cls)
{
    if (rt_is(derived, cls))
        return 1;
    rt_value bases = abstract_bases(ts, derived);
    if (rt_is_null(bases))
        return rt_pending(ts) ? -1 : 0;
    int r = rt_recursion_enter(ts, " in __issubclass__");
    if (r == 0) {
        for (size_t i = 0; r == 0 && i < rt_as_tuple(bases)->length; i++)
            r = abstract_issubclass(ts, rt_as_tuple(bases)->items[i], cls);
        rt_recursion_leave(ts);
    }
    rt_decref(ts, bases);
    return r;
}

/* cls looks like a class (has __bases__), or TypeError. */
static bool check_class(struct rt_thread *ts, rt_value cls, const char *error)
{
    rt_value bases = abstract_bases(ts, cls);
    if (rt_is_null(bases)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "%s", error);
        return false;
    }
    rt_decref(ts, bases);
    return true;
}

int rt_real_isinstance(struct rt_thread *ts, rt_value o, rt_value cls)
{
    if (rt_is_type(cls)) {
        if (rt_type_is_subtype(rt_type_of(o), rt_as_type(cls)))
            return 1;
        rt_value c = rt_getattr_opt(ts, o, RT_ID(__class__));
        if (rt_is_null(c))
            return rt_pending(ts) ? -1 : 0;
        int r = rt_is_type(c) && rt_as_type(c) != rt_type_of(o) &&
                rt_type_is_subtype(rt_as_type(c), rt_as_type(cls));
        rt_decref(ts, c);
        return r;
    }
    if (!check_class(ts, cls, "isinstance() arg 2 must be a type, a tuple of types, or a union"))
        return -1;
    rt_value c = rt_getattr_opt(ts, o, RT_ID(__class__));
    if (rt_is_null(c))
        return rt_pending(ts) ? -1 : 0;
    int r = abstract_issubclass(ts, c, cls);
    rt_decref(ts, c);
    return r;
}

int rt_real_issubclass(struct rt_thread *ts, rt_value c, rt_value cls)
{
    if (rt_is_type(cls) && rt_is_type(c))
        return rt_type_is_subtype(rt_as_type(c), rt_as_type(cls));
    if (!check_class(ts, c, "issubclass() arg 1 must be a class") ||
        !check_class(ts, cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union"))
        return -1;
    return abstract_issubclass(ts, c, cls);
}

typedef int (*checkfn)(struct rt_thread *, rt_value, rt_value);

static int check(struct rt_thread *ts, rt_value o, rt_value cls, rt_value method, checkfn again, checkfn real,
                 const char *where)
{
    if (rt_is_ptr(cls) && rt_is_tuple(cls)) {
        if (rt_recursion_enter(ts, where) < 0)
            return -1;
        int r = 0;
        for (size_t i = 0; r == 0 && i < rt_as_tuple(cls)->length; i++)
            r = again(ts, o, rt_as_tuple(cls)->items[i]);
        rt_recursion_leave(ts);
        return r;
    }
    rt_value f = rt_type_lookup(ts, rt_type_of(cls), method);
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : real(ts, o, cls);
    if (rt_recursion_enter(ts, where) < 0) {
        rt_decref(ts, f);
        return -1;
    }
    rt_value argv[2] = {cls, o}, r = rt_call_unbound(ts, f, argv, 2, RT_NULL);
    rt_recursion_leave(ts);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return -1;
    int t = rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

int rt_isinstance(struct rt_thread *ts, rt_value o, rt_value cls)
{
    if (rt_is_ptr(cls) && rt_type_of(o) == (struct rt_type *)rt_ptr(cls))
        return 1;
    if (rt_is_exact(cls, &rt_type_type))
        return rt_real_isinstance(ts, o, cls);
    if (rt_is_exact(cls, &rt_union_type))
        cls = rt_union_args_borrowed(cls);
    return check(ts, o, cls, RT_ID(__instancecheck__), rt_isinstance, rt_real_isinstance,
                 " in __instancecheck__");
}

int rt_issubclass(struct rt_thread *ts, rt_value c, rt_value cls)
{
    if (rt_is_exact(cls, &rt_type_type)) {
        if (rt_is(c, cls))
            return 1;
        return rt_real_issubclass(ts, c, cls);
    }
    if (rt_is_exact(cls, &rt_union_type))
        cls = rt_union_args_borrowed(cls);
    return check(ts, c, cls, RT_ID(__subclasscheck__), rt_issubclass, rt_real_issubclass,
                 " in __subclasscheck__");
}
