/* SPDX-License-Identifier: MIT */
/* mappingproxy: a read-only view of any mapping (class dictionaries). */
#include "core/object/object_internal.h"

struct proxy { struct rt_object hdr; rt_slot mapping; };

static rt_value mapping_of(rt_value v) { return rt_slot_peek(&((struct proxy *)rt_ptr(v))->mapping); }

rt_value rt_mappingproxy_new(struct rt_thread *ts, rt_value mapping)
{
    struct proxy *p = rt_object_new(ts, &rt_mappingproxy_type, sizeof *p);
    if (!p)
        return RT_NULL;
    rt_slot_init(&p->mapping, rt_newref(ts, mapping));
    return rt_own(p);
}

static int proxy_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct proxy *)o)->mapping);
    return 0;
}

static void proxy_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct proxy *)o)->mapping, RT_NULL);
}

static rt_value proxy_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"mapping", NULL};
    static const struct rt_argspec spec = {"mappingproxy", names, 0, 1, 1, 1};
    rt_value m;
    if (rt_args(ts, &spec, args, n, kw, &m) < 0)
        return RT_NULL;
    if (!rt_is_mapping(m) || (rt_is_ptr(m) && (rt_is_list(m) || rt_is_tuple(m))))
        return rt_raise(ts, &rt_exc_TypeError, "mappingproxy() argument must be a mapping, not %s", rt_typename(m));
    return rt_mappingproxy_new(ts, m);
}

static int64_t proxy_len(struct rt_thread *ts, rt_value self) { return rt_len(ts, mapping_of(self)); }
static rt_value proxy_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    return rt_getitem(ts, mapping_of(self), key);
}
static int proxy_contains(struct rt_thread *ts, rt_value self, rt_value key)
{
    return rt_contains(ts, mapping_of(self), key);
}
static rt_value proxy_iter(struct rt_thread *ts, rt_value self) { return rt_iter(ts, mapping_of(self)); }
static int64_t proxy_hash(struct rt_thread *ts, rt_value self) { return rt_hash(ts, mapping_of(self)); }
static rt_value proxy_str(struct rt_thread *ts, rt_value self) { return rt_str(ts, mapping_of(self)); }
static rt_value proxy_repr(struct rt_thread *ts, rt_value self)
{
    return rt_str_format(ts, "mappingproxy(%R)", mapping_of(self));
}
static rt_value proxy_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    return rt_compare(ts, mapping_of(a), b, op);
}

static rt_value proxy_or(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (rt_is_exact(a, &rt_mappingproxy_type))
        a = mapping_of(a);
    if (rt_is_exact(b, &rt_mappingproxy_type))
        b = mapping_of(b);
    return rt_binary(ts, a, b, RT_BIN_OR);
}

static rt_value proxy_ior(struct rt_thread *ts, rt_value a, rt_value b)
{
    return rt_raise(ts, &rt_exc_TypeError, "'|=' is not supported by %s; use '|' instead", rt_typename(a));
}

static rt_value proxy_get(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "get", n, 1, 2) < 0)
        return RT_NULL;
    rt_value a[2] = {args[0], n > 1 ? args[1] : RT_NONE};
    return rt_call_method(ts, mapping_of(self), "get", a, 2);
}
static rt_value proxy_keys(struct rt_thread *ts, rt_value self)
{
    return rt_call_method(ts, mapping_of(self), "keys", NULL, 0);
}
static rt_value proxy_values(struct rt_thread *ts, rt_value self)
{
    return rt_call_method(ts, mapping_of(self), "values", NULL, 0);
}
static rt_value proxy_items(struct rt_thread *ts, rt_value self)
{
    return rt_call_method(ts, mapping_of(self), "items", NULL, 0);
}
static rt_value proxy_copy(struct rt_thread *ts, rt_value self)
{
    return rt_call_method(ts, mapping_of(self), "copy", NULL, 0);
}
static rt_value proxy_reversed(struct rt_thread *ts, rt_value self)
{
    return rt_call_method(ts, mapping_of(self), "__reversed__", NULL, 0);
}

static const struct rt_method_def proxy_methods[] = {
    {"get", proxy_get, RT_METH_FAST,
     "D.get(k[,d]) -> D[k] if k in D, else d.  d defaults to None."},
    {"keys", proxy_keys, RT_METH_NOARGS, "D.keys() -> a set-like object providing a view on D's keys"},
    {"values", proxy_values, RT_METH_NOARGS, "D.values() -> an object providing a view on D's values"},
    {"items", proxy_items, RT_METH_NOARGS, "D.items() -> a set-like object providing a view on D's items"},
    {"copy", proxy_copy, RT_METH_NOARGS, "D.copy() -> a shallow copy of D"},
    {"__class_getitem__", rt_class_getitem, RT_METH_O | RT_METH_CLASS, "See PEP 585"},
    {"__reversed__", proxy_reversed, RT_METH_NOARGS, "D.__reversed__() -> reverse iterator"},
    {0},
};

struct rt_type rt_mappingproxy_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "mappingproxy",
    .flags = RT_TF_GC | RT_TF_MAPPING,
    .basic_size = sizeof(struct proxy),
    .traverse = proxy_traverse,
    .clear = proxy_clear,
    .repr = proxy_repr,
    .str = proxy_str,
    .hash = proxy_hash,
    .richcompare = proxy_richcompare,
    .iter = proxy_iter,
    .new = proxy_new,
    .binary = {[RT_BIN_OR] = proxy_or},
    .inplace = {[RT_BIN_OR] = proxy_ior},
    .len = proxy_len,
    .getitem = proxy_getitem,
    .contains = proxy_contains,
    .methods = proxy_methods,
};
