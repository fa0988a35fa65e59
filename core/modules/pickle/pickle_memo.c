/* SPDX-License-Identifier: MIT */
/*
 * The memo attribute of picklers and unpicklers: an object that stands for the owner's memo, so that it can be
 * cleared, copied to a dict, pickled, and assigned to the memo of another pickler or unpickler.
 */
#include "core/modules/pickle/pickle_internal.h"

struct memo_proxy {
    struct rt_object hdr;
    rt_value owner; /* owned; constant */
};
static rt_value owner_of(rt_value self) { return ((struct memo_proxy *)rt_ptr(self))->owner; }

rt_value rt_pickle_memo_proxy(struct rt_thread *ts, struct rt_type *t, rt_value owner)
{
    struct memo_proxy *m = rt_object_new(ts, t, sizeof *m);
    if (!m)
        return RT_NULL;
    m->owner = rt_newref(ts, owner);
    return rt_own(m);
}

static rt_value proxy_clear(struct rt_thread *ts, rt_value self)
{
    if (rt_is_exact(self, &rt_pickler_memo_type))
        return rt_pickler_clear_memo(ts, owner_of(self));
    struct rt_unpickler *u = rt_as_unpickler(owner_of(self));
    if (rt_pickle_enter(ts, &u->user, "Unpickler") < 0)
        return RT_NULL;
    rt_unpickler_memo_clear(ts, u);
    rt_pickle_leave(&u->user);
    return RT_NONE;
}

static rt_value proxy_copy(struct rt_thread *ts, rt_value self)
{
    if (rt_is_exact(self, &rt_pickler_memo_type))
        return rt_pickler_memo_dict(ts, rt_as_pickler(owner_of(self)));
    return rt_unpickler_memo_dict(ts, rt_as_unpickler(owner_of(self)));
}

rt_value rt_pickle_memo_given(struct rt_thread *ts, rt_value v, const struct rt_type *proxy, const char *message)
{
    if (rt_is_null(v))
        return rt_raise(ts, &rt_exc_TypeError, "attribute deletion is not supported");
    if (rt_is_exact(v, proxy))
        return proxy_copy(ts, v);
    if (rt_is_ptr(v) && rt_is_dict(v))
        return rt_newref(ts, v);
    return rt_raise(ts, &rt_exc_TypeError, message, rt_typename(v));
}

static rt_value proxy_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value d = proxy_copy(ts, self), args, r;
    if (rt_is_null(d))
        return d;
    args = rt_tuple_steal(ts, &d, 1);
    if (rt_is_null(args))
        return args;
    r = rt_tuple_pack(ts, 2, rt_type_value(&rt_dict_type), args);
    rt_decref(ts, args);
    return r;
}

static int proxy_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct memo_proxy *)o)->owner, arg);
}

static void proxy_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct memo_proxy *)o)->owner);
}

#define METHODS(reduce_doc) { \
    {"clear", proxy_clear, RT_METH_NOARGS, "clear($self, /)\n--\n\nRemove all items from memo."}, \
    {"copy", proxy_copy, RT_METH_NOARGS, "copy($self, /)\n--\n\nCopy the memo to a new object."}, \
    {"__reduce__", proxy_reduce, RT_METH_NOARGS, "__reduce__($self, /)\n--\n\n" reduce_doc}, \
    {0}, \
}
static const struct rt_method_def pickler_memo_methods[] = METHODS("Implement pickle support.");
static const struct rt_method_def unpickler_memo_methods[] = METHODS("Implement pickling support.");

#define TYPE(type_name, type_methods) { \
    .hdr = RT_STATIC_TYPE_HDR, \
    .name = type_name, \
    .flags = RT_TF_GC | RT_TF_NO_NEW, \
    .basic_size = sizeof(struct memo_proxy), \
    .dealloc = proxy_dealloc, \
    .traverse = proxy_traverse, \
    .methods = type_methods, \
}
struct rt_type rt_pickler_memo_type = TYPE("_pickle.PicklerMemoProxy", pickler_memo_methods);
struct rt_type rt_unpickler_memo_type = TYPE("_pickle.UnpicklerMemoProxy", unpickler_memo_methods);
