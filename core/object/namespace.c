/* SPDX-License-Identifier: MIT */
/* types.SimpleNamespace. */
#include "core/object/object_internal.h"

static rt_value ns_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, t);
}

static int ns_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (n) {
        rt_raise(ts, &rt_exc_TypeError, "no positional arguments expected");
        return -1;
    }
    for (uint32_t i = 0; !rt_is_null(kw) && i < rt_as_tuple(kw)->length; i++) {
        rt_value key = rt_as_tuple(kw)->items[i];
        if (!rt_is_ptr(key) || !rt_is_str(key)) {
            rt_raise(ts, &rt_exc_TypeError, "keywords must be strings");
            return -1;
        }
        if (rt_inst_set(ts, rt_ptr(self), rt_str_intern(ts, key), args[i]) < 0)
            return -1;
    }
    return 0;
}

static rt_value ns_repr(struct rt_thread *ts, rt_value self)
{
    const char *name = rt_is_exact(self, &rt_namespace_type) ? "namespace" : rt_typename(self);
    int busy = rt_repr_enter(ts, self);
    if (busy)
        return busy < 0 ? RT_NULL : rt_str_format(ts, "%s(...)", name);
    rt_value dict = rt_inst_dict_copy(ts, rt_ptr(self)), parts = rt_list_new(ts, 4), k, v, r = RT_NULL;
    size_t pos = 0;
    bool ok = !rt_is_null(dict) && !rt_is_null(parts);
    while (ok && rt_dict_next(ts, dict, &pos, &k, &v)) {
        if (rt_is_ptr(k) && rt_is_str(k) && rt_str_len(k)) {
            rt_value s = rt_str_format(ts, "%S=%R", k, v);
            ok = !rt_is_null(s) && rt_list_append(ts, parts, s) == 0;
            rt_decref(ts, s);
        }
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    if (ok) {
        rt_value sep = rt_str_from_cstr(ts, ", "), all = rt_str_join(ts, sep, parts);
        if (!rt_is_null(all))
            r = rt_str_format(ts, "%s(%U)", name, all);
        rt_decref(ts, all);
        rt_decref(ts, sep);
    }
    rt_decref(ts, parts);
    rt_decref(ts, dict);
    rt_repr_leave(ts, self);
    return r;
}

static rt_value ns_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_ptr(a) || !rt_is_ptr(b) || !rt_type_is_subtype(rt_type_of(a), &rt_namespace_type) ||
        !rt_type_is_subtype(rt_type_of(b), &rt_namespace_type))
        return RT_NOTIMPL;
    rt_value da = rt_inst_dict_copy(ts, rt_ptr(a)), db = rt_inst_dict_copy(ts, rt_ptr(b)), r = RT_NULL;
    if (!rt_is_null(da) && !rt_is_null(db))
        r = rt_compare(ts, da, db, op);
    rt_decref(ts, da);
    rt_decref(ts, db);
    return r;
}

static rt_value ns_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value d = rt_inst_dict(ts, rt_ptr(self));
    if (rt_is_null(d))
        return d;
    rt_value r = rt_tuple_pack(ts, 3, rt_type_value(rt_type_of(self)), rt_tuple_empty(), d);
    rt_decref(ts, d);
    return r;
}

static rt_value get_dict(struct rt_thread *ts, rt_value self, void *c) { return rt_object_dict(ts, self); }

static const struct rt_method_def ns_methods[] = {
    {"__reduce__", ns_reduce, RT_METH_NOARGS, "Return state information for pickling"},
    {0},
};
static const struct rt_getset_def ns_getset[] = {
    {"__dict__", get_dict, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_namespace_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "types.SimpleNamespace",
    .doc = "A simple attribute-based namespace.\n\nSimpleNamespace(**kwargs)",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_DICT,
    .basic_size = sizeof(struct rt_object),
    .repr = ns_repr,
    .richcompare = ns_richcompare,
    .init = ns_init,
    .new = ns_new,
    .methods = ns_methods,
    .getset = ns_getset,
};
