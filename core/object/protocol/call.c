/* SPDX-License-Identifier: MIT */
/* Calling: everything ends in type->call with positional words followed by keyword values. */
#include "core/object/object_internal.h"

static RT_COLD rt_value not_callable(struct rt_thread *ts, rt_value f)
{
    return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not callable", rt_typename(f));
}

rt_value rt_call(struct rt_thread *ts, rt_value f, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_fn_kw call = rt_type_of(f)->call;
    return rt_likely(call) ? call(ts, f, args, n, kw) : not_callable(ts, f);
}

rt_value rt_call0(struct rt_thread *ts, rt_value f) { return rt_call(ts, f, NULL, 0, RT_NULL); }

rt_value rt_call1(struct rt_thread *ts, rt_value f, rt_value a)
{
    return rt_call(ts, f, &a, 1, RT_NULL);
}

rt_value rt_call2(struct rt_thread *ts, rt_value f, rt_value a, rt_value b)
{
    rt_value args[2] = {a, b};
    return rt_call(ts, f, args, 2, RT_NULL);
}

rt_value rt_call3(struct rt_thread *ts, rt_value f, rt_value a, rt_value b, rt_value c)
{
    rt_value args[3] = {a, b, c};
    return rt_call(ts, f, args, 3, RT_NULL);
}

rt_value rt_call_method(struct rt_thread *ts, rt_value o, const char *name, const rt_value *args, uint32_t n)
{
    rt_value self, id = rt_str_intern_cstr(ts, name);
    if (rt_is_null(id))
        return id;
    rt_value f = rt_getmethod(ts, o, id, &self), small[8], *argv = small, r;
    if (rt_is_null(f))
        return f;
    if (rt_is_null(self)) {
        r = rt_call(ts, f, args, n, RT_NULL);
        rt_decref(ts, f);
        return r;
    }
    if (n + 1 > RT_COUNTOF(small) && !(argv = rt_raw_malloc((n + 1) * sizeof *argv))) {
        rt_decref(ts, f);
        return rt_raise_no_memory(ts);
    }
    argv[0] = self;
    for (uint32_t i = 0; i < n; i++)
        argv[i + 1] = args[i];
    r = rt_call(ts, f, argv, n + 1, RT_NULL);
    if (argv != small)
        rt_raw_free(argv);
    rt_decref(ts, f);
    return r;
}

bool rt_is_callable(rt_value v) { return rt_type_of(v)->call != NULL; }

/* ---- f(*args, **kwargs) ---------------------------------------------------------------------- */

/* Keywords of a dict behind the positional words: names tuple (owned) and owned values. */
static rt_value unpack_keywords(struct rt_thread *ts, rt_value dict, rt_value *values, size_t room, size_t *count)
{
    rt_value names = rt_tuple_new(ts, room), k, v;
    size_t pos = 0, n = 0;
    if (rt_is_null(names))
        return names;
    while (n < room && rt_dict_next(ts, dict, &pos, &k, &v)) {
        rt_as_tuple(names)->items[n] = k;
        values[n++] = v;
        if (!rt_is_ptr(k) || !rt_is_str(k)) {
            rt_raise(ts, &rt_exc_TypeError, "keywords must be strings");
            break;
        }
    }
    *count = n;
    if (n < room && !rt_pending(ts)) { /* another thread removed some */
        rt_value less = rt_tuple_slice(ts, names, 0, n);
        rt_decref(ts, names);
        return less;
    }
    if (rt_pending(ts)) {
        for (size_t i = 0; i < room; i++)
            if (rt_is_null(rt_as_tuple(names)->items[i]))
                rt_as_tuple(names)->items[i] = RT_NONE;
        rt_clear(ts, &names);
    }
    return names;
}

rt_value rt_call_ex(struct rt_thread *ts, rt_value f, rt_value args, rt_value kwargs)
{
    struct rt_tuple *t = rt_as_tuple(args);
    size_t nkw = rt_is_null(kwargs) || rt_is_none(kwargs) ? 0 : rt_dict_len(kwargs), count = 0;
    if (!nkw)
        return rt_call(ts, f, t->items, (uint32_t)t->length, RT_NULL);
    rt_value small[16], *argv = small, r = RT_NULL;
    if (t->length + nkw > RT_COUNTOF(small) &&
        !(argv = rt_raw_malloc((t->length + nkw) * sizeof *argv)))
        return rt_raise_no_memory(ts);
    for (size_t i = 0; i < t->length; i++)
        argv[i] = rt_borrowed(t->items[i]);
    rt_value names = unpack_keywords(ts, kwargs, argv + t->length, nkw, &count);
    if (!rt_is_null(names)) {
        rt_value *values = argv + t->length, owned[16], *own = owned;
        if (count > RT_COUNTOF(owned))
            own = rt_raw_malloc(count * sizeof *own);
        if (own) {
            memcpy(own, values, count * sizeof *own); /* keep the owned words, pass borrowed ones */
            for (size_t i = 0; i < count; i++)
                values[i] = rt_borrowed(values[i]);
            r = rt_call(ts, f, argv, (uint32_t)t->length, names);
            for (size_t i = 0; i < count; i++)
                rt_decref(ts, own[i]);
            if (own != owned)
                rt_raw_free(own);
        } else {
            rt_raise_no_memory(ts);
        }
    } else {
        for (size_t i = 0; i < count; i++)
            rt_decref(ts, argv[t->length + i]);
    }
    rt_decref(ts, names);
    if (argv != small)
        rt_raw_free(argv);
    return r;
}

/* ---- recursion ------------------------------------------------------------------------------- */

int rt_recursion_check(struct rt_thread *ts, const char *where)
{
    if (rt_likely(!rt_c_stack_low(ts)))
        return 0;
    char *limit = ts->c_stack_limit;
    ts->c_stack_limit = limit - 65536; /* room to make the exception */
    rt_raise(ts, &rt_exc_RecursionError, "maximum recursion depth exceeded%s", where);
    ts->c_stack_limit = limit;
    return -1;
}

int rt_recursion_too_deep(struct rt_thread *ts, const char *where)
{
    char *limit = ts->c_stack_limit;
    uint32_t depth = ts->c_depth;
    ts->c_stack_limit = limit - 65536;
    ts->c_depth = 0;
    rt_raise(ts, &rt_exc_RecursionError, "maximum recursion depth exceeded%s", where);
    ts->c_depth = depth;
    ts->c_stack_limit = limit;
    return -1;
}
