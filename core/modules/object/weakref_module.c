/* SPDX-License-Identifier: MIT */
/* The module _weakref. */
#include "core/object/weakref.h"

static rt_value mod_count(struct rt_thread *ts, rt_value self, rt_value o)
{
    if (!rt_is_ptr(o) || !rt_has(o, RT_TF_WEAKREF))
        return rt_int_imm(0);
    return rt_int_imm(rt_weakref_count(ts, rt_ptr(o)));
}

static rt_value mod_refs(struct rt_thread *ts, rt_value self, rt_value o)
{
    if (!rt_is_ptr(o) || !rt_has(o, RT_TF_WEAKREF))
        return rt_list_new(ts, 0);
    return rt_weakref_list(ts, rt_ptr(o));
}

static rt_value mod_proxy(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "proxy", n, 1, 2) < 0)
        return RT_NULL;
    struct rt_type *t = rt_is_callable(args[0]) ? &rt_callable_proxy_type : &rt_weakproxy_type;
    return rt_weakref_make(ts, t, args[0], n > 1 ? args[1] : RT_NULL);
}

/* Remove dct[key] if it is a dead weak reference: the check and the removal are one step. */
static rt_value mod_remove_dead(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "_remove_dead_weakref", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_ptr(args[0]) || !rt_is_dict(args[0]))
        return rt_raise_arg_type(ts, "_remove_dead_weakref", "argument 1", "dict", args[0]);
    struct rt_cs cs;
    rt_value v;
    int r = 0;
    rt_cs_begin_py(ts, &cs, rt_ptr(args[0]));
    v = rt_dict_get(ts, args[0], args[1]);
    if (rt_is_null(v)) {
        r = rt_pending(ts) ? -1 : 0;
    } else if (!rt_is_weakref(v) && !rt_is_weakproxy(v)) {
        rt_raise(ts, &rt_exc_TypeError, "not a weakref");
        r = -1;
    } else if (!rt_load_acquire(&rt_as_weakref(v)->target)) {
        r = rt_dict_del_opt(ts, args[0], args[1]);
    }
    rt_cs_end(ts, &cs);
    rt_decref(ts, v);
    return r < 0 ? RT_NULL : RT_NONE;
}

static int weakref_exec(struct rt_thread *ts, rt_value m)
{
    static const struct { const char *name; struct rt_type *type; } types[] = {
        {"ref", &rt_weakref_type}, {"ReferenceType", &rt_weakref_type}, {"ProxyType", &rt_weakproxy_type},
        {"CallableProxyType", &rt_callable_proxy_type}};
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (rt_module_add(ts, m, types[i].name, rt_type_value(types[i].type)) < 0)
            return -1;
    return 0;
}

static const struct rt_method_def weakref_methods[] = {
    {"getweakrefcount", mod_count, RT_METH_O,
     "getweakrefcount($module, object, /)\n--\n\nReturn the number of weak references to 'object'."},
    {"getweakrefs", mod_refs, RT_METH_O,
     "getweakrefs($module, object, /)\n--\n\nReturn a list of all weak reference objects pointing to 'object'."},
    {"proxy", mod_proxy, RT_METH_FAST,
     "proxy($module, object, callback=None, /)\n--\n\nCreate a proxy object that weakly references 'object'.\n\n"
     "'callback', if given, is called with a reference to the\nproxy when 'object' is about to be finalized."},
    {"_remove_dead_weakref", mod_remove_dead, RT_METH_FAST,
     "_remove_dead_weakref($module, dct, key, /)\n--\n\nAtomically remove key from dict if it points to a dead weakref."},
    {0},
};

extern const struct rt_module_def rt_module__weakref;
const struct rt_module_def rt_module__weakref = {
    .name = "_weakref",
    .doc = "Weak-reference support module.",
    .methods = weakref_methods,
    .exec = weakref_exec,
};
