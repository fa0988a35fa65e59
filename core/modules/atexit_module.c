/* SPDX-License-Identifier: MIT */
/* Module atexit: callbacks in a list of the interpreter, run last in, first out, at its end. */
#include "core/object/native.h"

/* The list of (function, args, kwargs) tuples; owned, made on first use. */
static rt_value callbacks(struct rt_thread *ts)
{
    rt_value l = rt_slot_get(ts, NULL, &ts->interp->atexit_callbacks);
    if (!rt_is_null(l))
        return l;
    l = rt_list_new(ts, 0);
    if (!rt_is_null(l))
        rt_slot_set(ts, &ts->interp->atexit_callbacks, rt_newref(ts, l));
    return l;
}

static rt_value keywords(struct rt_thread *ts, const rt_value *values, rt_value kw)
{
    rt_value d = rt_dict_new(ts);
    for (size_t i = 0; !rt_is_null(d) && i < rt_as_tuple(kw)->length; i++)
        if (rt_dict_set(ts, d, rt_as_tuple(kw)->items[i], values[i]) < 0) {
            rt_decref(ts, d);
            return RT_NULL;
        }
    return d;
}

static rt_value atexit_register(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (n == 0)
        return rt_raise(ts, &rt_exc_TypeError, "register() takes at least 1 argument (0 given)");
    if (!rt_is_callable(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "the first argument must be callable");
    rt_value a = rt_tuple_from(ts, args + 1, n - 1);
    rt_value k = rt_is_null(kw) ? RT_NONE : keywords(ts, args + n, kw), l = callbacks(ts), t = RT_NULL;
    if (!rt_is_null(a) && !rt_is_null(k) && !rt_is_null(l))
        t = rt_tuple_pack(ts, 3, args[0], a, k);
    int r = rt_is_null(t) ? -1 : rt_list_append_steal(ts, l, t);
    rt_decref(ts, l);
    rt_decref(ts, k);
    rt_decref(ts, a);
    return r < 0 ? RT_NULL : rt_newref(ts, args[0]);
}

/* Runs and forgets them all; errors are reported as they come. What a callback registers comes too late and is
   forgotten with them: each callback sees those that were registered before it. */
static void run_all(struct rt_thread *ts)
{
    rt_value l = callbacks(ts);
    size_t left = rt_is_null(l) ? 0 : rt_list_len(l);
    while (left > 0 && (left = rt_list_len(l) < left ? rt_list_len(l) : left) > 0) {
        rt_value t = rt_list_pop(ts, l, (int64_t)--left);
        if (rt_is_null(t))
            break;
        rt_value *item = rt_as_tuple(t)->items;
        rt_value r = rt_call_ex(ts, item[0], item[1], rt_is_none(item[2]) ? RT_NULL : item[2]);
        if (rt_is_null(r))
            rt_write_unraisable_msg(ts, "in atexit callback", item[0]);
        rt_decref(ts, r);
        rt_decref(ts, t);
    }
    rt_slot_set(ts, &ts->interp->atexit_callbacks, RT_NULL);
    rt_decref(ts, l);
    if (rt_pending(ts))
        rt_exc_clear(ts);
}

void rt_atexit_run(struct rt_thread *ts);
void rt_atexit_run(struct rt_thread *ts)
{
    if (!rt_is_null(rt_slot_peek(&ts->interp->atexit_callbacks)))
        run_all(ts);
}

static rt_value atexit_run_exitfuncs(struct rt_thread *ts, rt_value self)
{
    run_all(ts);
    return RT_NONE;
}
static rt_value atexit_clear(struct rt_thread *ts, rt_value self)
{
    rt_slot_set(ts, &ts->interp->atexit_callbacks, RT_NULL);
    return RT_NONE;
}
static rt_value atexit_ncallbacks(struct rt_thread *ts, rt_value self)
{
    rt_value l = callbacks(ts);
    if (rt_is_null(l))
        return l;
    rt_value n = rt_int_imm((int64_t)rt_list_len(l));
    rt_decref(ts, l);
    return n;
}
static rt_value atexit_unregister(struct rt_thread *ts, rt_value self, rt_value func)
{
    rt_value l = callbacks(ts);
    if (rt_is_null(l))
        return l;
    for (size_t i = rt_list_len(l); i-- > 0;) {
        rt_value t = rt_list_get(ts, l, i);
        if (rt_is_null(t))
            continue;
        int eq = rt_equal(ts, rt_as_tuple(t)->items[0], func);
        rt_value now = eq > 0 ? rt_list_get(ts, l, i) : RT_NULL; /* comparing may have changed the list */
        if (eq > 0 && rt_is(now, t))
            rt_list_set_slice(ts, l, (int64_t)i, (int64_t)i + 1, RT_NULL);
        rt_decref(ts, now);
        rt_decref(ts, t);
        if (eq < 0) {
            rt_decref(ts, l);
            return RT_NULL;
        }
    }
    rt_decref(ts, l);
    return RT_NONE;
}

static const struct rt_method_def methods[] = {
    {"register", atexit_register, RT_METH_KW, "register(func, *args, **kwargs) -> func\n\nRegister a function to be executed upon normal program termination\n\n    func - function to be called at exit\n    args - optional arguments to pass to func\n    kwargs - optional keyword arguments to pass to func\n\n    func is returned to facilitate usage as a decorator."},
    {"_clear", atexit_clear, RT_METH_NOARGS, "_clear() -> None\n\nClear the list of previously registered exit functions."},
    {"unregister", atexit_unregister, RT_METH_O, "unregister(func) -> None\n\nUnregister an exit function which was previously registered using\natexit.register\n\n    func - function to be unregistered"},
    {"_run_exitfuncs", atexit_run_exitfuncs, RT_METH_NOARGS, "_run_exitfuncs() -> None\n\nRun all registered exit functions.\n\nIf a callback raises an exception, it is logged with sys.unraisablehook."},
    {"_ncallbacks", atexit_ncallbacks, RT_METH_NOARGS, "_ncallbacks() -> int\n\nReturn the number of registered exit functions."},
    {0},
};

extern const struct rt_module_def rt_module_atexit;
const struct rt_module_def rt_module_atexit = {
    "atexit",
    "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    methods, NULL, NULL,
};
