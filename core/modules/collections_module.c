/* SPDX-License-Identifier: MIT */
/* _collections: defaultdict, _tuplegetter, _count_elements (see also deque.c, odict.c). */
#include "core/modules/collections_internal.h"

/* ---- defaultdict ---- */
struct defaultdict {
    struct rt_dict d;
    rt_slot factory; /* RT_NULL and None both mean: none */
};

static struct defaultdict *as_dd(rt_value v) { return (struct defaultdict *)rt_ptr(v); }

static rt_value factory_of(struct rt_thread *ts, rt_value self)
{
    rt_value f = rt_slot_get(ts, as_dd(self), &as_dd(self)->factory);
    return rt_is_null(f) ? RT_NONE : f;
}

static rt_value dd_missing(struct rt_thread *ts, rt_value self, rt_value key)
{
    rt_value factory = factory_of(ts, self), v, r;
    if (rt_is_none(factory))
        return rt_raise_key(ts, key);
    v = rt_call0(ts, factory);
    rt_decref(ts, factory);
    if (rt_is_null(v))
        return v;
    /* Threads that miss the same key at the same time agree on one value. */
    if (rt_load_relaxed(&ts->mt) && rt_type_of(self)->setitem == rt_dict_type.setitem) {
        r = rt_dict_setdefault(ts, self, key, v);
        rt_decref(ts, v);
        return r;
    }
    if (rt_setitem(ts, self, key, v) < 0)
        rt_clear(ts, &v);
    return v;
}

static rt_value dd_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                       rt_value kw)
{
    rt_value v = rt_dict_new_of(ts, t);
    if (!rt_is_null(v))
        rt_slot_init(&as_dd(v)->factory, RT_NULL);
    return v;
}

static int dd_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    if (n) {
        if (!rt_is_none(a[0]) && !rt_is_callable(a[0])) {
            rt_raise(ts, &rt_exc_TypeError, "first argument must be callable or None");
            return -1;
        }
        rt_slot_set(ts, &as_dd(self)->factory, rt_newref(ts, a[0]));
        return rt_dict_update_args(ts, "dict", self, a + 1, n - 1, kw);
    }
    rt_slot_set(ts, &as_dd(self)->factory, RT_NULL);
    return rt_dict_update_args(ts, "dict", self, a, n, kw);
}

static int dd_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(rt_slot_peek(&((struct defaultdict *)o)->factory), arg);
    return r ? r : rt_dict_type.traverse(o, visit, arg);
}

static void dd_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct defaultdict *)o)->factory, RT_NULL);
    rt_dict_type.dealloc(ts, o);
}

static void dd_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct defaultdict *)o)->factory, RT_NULL);
    rt_dict_type.clear(ts, o);
}

static rt_value dd_repr(struct rt_thread *ts, rt_value self)
{
    rt_value base = rt_dict_type.repr(ts, self), f, s = RT_NULL;
    if (rt_is_null(base))
        return base;
    f = factory_of(ts, self);
    bool guarded = rt_is_ptr(f); /* default_factory may be set to anything */
    int r = guarded ? rt_repr_enter(ts, f) : 0;
    if (r >= 0) {
        rt_value shown = r ? rt_str_from_cstr(ts, "...") : rt_repr(ts, f);
        if (!r && guarded)
            rt_repr_leave(ts, f);
        if (!rt_is_null(shown))
            s = rt_str_format(ts, "%s(%U, %U)", rt_type_shortname(rt_type_of(self)), shown, base);
        rt_decref(ts, shown);
    }
    rt_decref(ts, f);
    rt_decref(ts, base);
    return s;
}

static rt_value dd_copy(struct rt_thread *ts, rt_value self)
{
    rt_value f = factory_of(ts, self);
    rt_value r = rt_call2(ts, rt_type_value(rt_type_of(self)), f, self);
    rt_decref(ts, f);
    return r;
}

/* (type, (factory,) or (), None, None, iter(items)) */
static rt_value dd_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value f = factory_of(ts, self), args, items, it;
    args = rt_is_none(f) ? rt_tuple_empty() : rt_tuple_pack(ts, 1, f);
    rt_decref(ts, f);
    if (rt_is_null(args))
        return args;
    items = rt_call_method(ts, self, "items", NULL, 0);
    it = rt_is_null(items) ? items : rt_iter(ts, items);
    rt_decref(ts, items);
    if (rt_is_null(it)) {
        rt_decref(ts, args);
        return it;
    }
    rt_value v[5] = {rt_newref(ts, rt_type_value(rt_type_of(self))), args, RT_NONE, RT_NONE, it};
    return rt_tuple_steal(ts, v, 5);
}

static rt_value dd_or(struct rt_thread *ts, rt_value a, rt_value b)
{
    bool left = rt_type_is_subtype(rt_type_of(a), &rt_defaultdict_type);
    rt_value self = left ? a : b, r;
    if (!rt_is_dict(left ? b : a))
        return RT_NOTIMPL;
    rt_value f = factory_of(ts, self);
    r = rt_call2(ts, rt_type_value(rt_type_of(self)), f, a);
    rt_decref(ts, f);
    if (!rt_is_null(r) && rt_dict_update(ts, r, b) < 0)
        rt_clear(ts, &r);
    return r;
}

static const struct rt_method_def dd_methods[] = {
    {"__missing__", dd_missing, RT_METH_O,
     "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n"
     "  if self.default_factory is None: raise KeyError((key,))\n"
     "  self[key] = value = self.default_factory()\n"
     "  return value\n"},
    {"copy", dd_copy, RT_METH_NOARGS, "D.copy() -> a shallow copy of D."},
    {"__copy__", dd_copy, RT_METH_NOARGS, "D.copy() -> a shallow copy of D."},
    {"__reduce__", dd_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    RT_CLASS_GETITEM,
    {0},
};
static const struct rt_member_def dd_members[] = {
    {"default_factory", RT_MEMBER_OBJECT, offsetof(struct defaultdict, factory), false,
     "Factory for default value called by __missing__()."},
    {0},
};

struct rt_type rt_defaultdict_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "collections.defaultdict",
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\n"
           "The default factory is called without arguments to produce\n"
           "a new value when a key is not present, in __getitem__ only.\n"
           "A defaultdict compares equal to a dict with the same items.\n"
           "All remaining arguments are treated the same as if they were\n"
           "passed to the dict constructor, including keyword arguments.",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_MAPPING | RT_TF_DICT_SUB,
    .base = &rt_dict_type,
    .basic_size = sizeof(struct defaultdict),
    .dealloc = dd_dealloc,
    .traverse = dd_traverse,
    .clear = dd_clear,
    .repr = dd_repr,
    .init = dd_init,
    .new = dd_new,
    .binary = {[RT_BIN_OR] = dd_or},
    .methods = dd_methods,
    .members = dd_members,
};

/* ---- _tuplegetter: namedtuple's fields ---- */
struct tuplegetter {
    struct rt_object hdr;
    int64_t index;
    rt_slot doc;
};

static struct tuplegetter *as_tg(rt_value v) { return (struct tuplegetter *)rt_ptr(v); }

static rt_value tg_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                       rt_value kw)
{
    if (!rt_is_null(kw) && rt_no_keywords(ts, "_tuplegetter", kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, "_tuplegetter", n, 2, 2) < 0)
        return RT_NULL;
    int64_t index = rt_as_ssize(ts, a[0]);
    if (index == -1 && rt_pending(ts))
        return RT_NULL;
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    as_tg(v)->index = index;
    rt_slot_init(&as_tg(v)->doc, rt_newref(ts, a[1]));
    return v;
}

static rt_value tg_get(struct rt_thread *ts, rt_value self, rt_value obj, rt_value type)
{
    struct tuplegetter *g = as_tg(self);
    if (rt_is_null(obj))
        return rt_newref(ts, self);
    if (rt_unlikely(!rt_is_tuple(obj))) {
        if (rt_is_none(obj))
            return rt_newref(ts, self);
        return rt_raise(ts, &rt_exc_TypeError,
                        "descriptor for index '%zd' for tuple subclasses doesn't apply to '%s' "
                        "object",
                        (ssize_t)g->index, rt_typename(obj));
    }
    struct rt_tuple *t = rt_as_tuple(obj);
    if (rt_unlikely((uint64_t)g->index >= t->length))
        return rt_raise(ts, &rt_exc_IndexError, "tuple index out of range");
    return rt_newref(ts, t->items[g->index]);
}

static int tg_set(struct rt_thread *ts, rt_value self, rt_value obj, rt_value v)
{
    rt_raise(ts, &rt_exc_AttributeError, rt_is_null(v) ? "can't delete attribute"
                                                       : "can't set attribute");
    return -1;
}

static rt_value tg_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value doc = rt_slot_get(ts, as_tg(self), &as_tg(self)->doc);
    rt_value args = rt_tuple_pack(ts, 2, rt_int_imm(as_tg(self)->index), doc);
    rt_decref(ts, doc);
    rt_value v[2] = {rt_newref(ts, rt_type_value(rt_type_of(self))), args};
    return rt_is_null(args) ? args : rt_tuple_steal(ts, v, 2);
}

static rt_value tg_repr(struct rt_thread *ts, rt_value self)
{
    rt_value doc = rt_slot_get(ts, as_tg(self), &as_tg(self)->doc), s;
    s = rt_str_format(ts, "%s(%zd, %R)", rt_type_shortname(rt_type_of(self)),
                      (ssize_t)as_tg(self)->index, doc);
    rt_decref(ts, doc);
    return s;
}

static int tg_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(rt_slot_peek(&((struct tuplegetter *)o)->doc), arg);
}

static void tg_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct tuplegetter *)o)->doc, RT_NULL);
}

static const struct rt_method_def tg_methods[] = {
    {"__reduce__", tg_reduce, RT_METH_NOARGS, NULL},
    {0},
};
static const struct rt_member_def tg_members[] = {
    {"__doc__", RT_MEMBER_OBJECT, offsetof(struct tuplegetter, doc), false, NULL},
    {0},
};

struct rt_type rt_tuplegetter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_collections._tuplegetter",
    .flags = RT_TF_GC,
    .basic_size = sizeof(struct tuplegetter),
    .dealloc = tg_dealloc,
    .traverse = tg_traverse,
    .repr = tg_repr,
    .descr_get = tg_get,
    .descr_set = tg_set,
    .new = tg_new,
    .methods = tg_methods,
    .members = tg_members,
};

/* ---- _count_elements ---- */
/* t has the method that dict has. */
static bool inherits(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    rt_value a = rt_type_lookup(ts, t, name), b = rt_type_lookup(ts, &rt_dict_type, name);
    bool same = rt_is(a, b);
    rt_decref(ts, a);
    rt_decref(ts, b);
    return same;
}

/* mapping is a dict whose get and __setitem__ are dict's own. */
static int counts_like_dict(struct rt_thread *ts, rt_value mapping)
{
    return rt_is_dict(mapping) && inherits(ts, rt_type_of(mapping), RT_ID(get)) &&
           (rt_type_of(mapping)->setitem == rt_dict_type.setitem ||
            inherits(ts, rt_type_of(mapping), RT_ID(__setitem__)));
}

static int count_one(struct rt_thread *ts, rt_value d, rt_value key)
{
    int64_t hash = rt_hash_inline(ts, key);
    if (hash == -1)
        return -1;
    rt_value old = rt_dict_get_hash(ts, d, key, hash), next;
    if (rt_is_null(old)) {
        if (rt_pending(ts))
            return -1;
        old = rt_int_imm(0);
    }
    if (rt_likely(rt_is_int(old) && rt_int_get(old) < RT_INT_MAX))
        next = rt_int_imm(rt_int_get(old) + 1);
    else
        next = rt_binary(ts, old, rt_int_imm(1), RT_BIN_ADD);
    rt_decref(ts, old);
    if (rt_is_null(next))
        return -1;
    int r = rt_dict_set_hash(ts, d, key, hash, next);
    rt_decref(ts, next);
    return r;
}

static int count_generic(struct rt_thread *ts, rt_value mapping, rt_value get, rt_value key)
{
    rt_value v[2] = {key, rt_int_imm(0)};
    rt_value old = rt_call(ts, get, v, 2, RT_NULL), next;
    if (rt_is_null(old))
        return -1;
    next = rt_binary(ts, old, rt_int_imm(1), RT_BIN_ADD);
    rt_decref(ts, old);
    if (rt_is_null(next))
        return -1;
    int r = rt_setitem(ts, mapping, key, next);
    rt_decref(ts, next);
    return r;
}

static rt_value count_elements(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "_count_elements", n, 2, 2) < 0)
        return RT_NULL;
    rt_value get = RT_NULL, it = rt_iter_fixed(ts, a[1]), key;
    if (rt_is_null(it))
        return it;
    bool plain = counts_like_dict(ts, a[0]);
    int r = 0;
    if (!plain && rt_is_null(get = rt_getattr(ts, a[0], RT_ID(get))))
        r = -1;
    while (r == 0 && !rt_is_stop(key = rt_next(ts, it))) {
        if (rt_is_null(key))
            r = -1;
        else
            r = plain ? count_one(ts, a[0], key) : count_generic(ts, a[0], get, key);
        rt_decref(ts, key);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    rt_decref(ts, get);
    return r < 0 ? RT_NULL : RT_NONE;
}

static const struct rt_method_def methods[] = {
    {"_count_elements", count_elements, RT_METH_FAST,
     "_count_elements(mapping, iterable) -> None\n\n"
     "Count elements in the iterable, updating the mapping"},
    {0},
};

static int exec(struct rt_thread *ts, rt_value mod)
{
    if (rt_odict_ready(ts) < 0 ||
        rt_module_add_type(ts, mod, rt_deque_iter_type) < 0 ||
        rt_module_add_type(ts, mod, rt_deque_reviter_type) < 0)
        return -1;
    return 0;
}

static struct rt_type *const types[] = {&rt_deque_type, &rt_defaultdict_type, &rt_odict_type,
                                        &rt_tuplegetter_type, NULL};

const struct rt_module_def rt_module__collections = {
    .name = "_collections",
    .doc = "High performance data structures.",
    .methods = methods,
    .types = types,
    .exec = exec,
};
