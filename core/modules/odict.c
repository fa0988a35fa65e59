/* SPDX-License-Identifier: MIT */
/*
 * collections.OrderedDict: a dict (which is ordered anyway) with moves to either end, order-sensitive
 * equality, and iterators that notice every structural change through the dict's version.
 * Subclasses that override __setitem__ and friends are honoured where Python's class does so.
 */
#include "core/modules/collections_internal.h"
#include "core/object/instance.h"

static struct rt_type odict_keys_type, odict_values_type, odict_items_type, odict_iter_type;

static bool is_odict(rt_value v)
{
    return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &rt_odict_type);
}

static bool is_exact(rt_value v)
{
    return rt_is_exact(v, &rt_odict_type);
}

/* ---- iterators ---- */
enum { ITER_KEYS = 1, ITER_VALUES = 2, ITER_ITEMS = 3, ITER_REVERSED = 4 };

struct oiter {
    struct rt_object hdr;
    rt_slot dict; /* RT_NULL once exhausted (while no other thread can look) */
    int kind;
    uint64_t version;
    int64_t size;
    _Atomic int64_t pos, left; /* pos -1: exhausted */
};

static struct oiter *as_iter(rt_value v) { return (struct oiter *)rt_ptr(v); }

static rt_value iter_make(struct rt_thread *ts, rt_value d, int kind)
{
    struct oiter *it = rt_object_new(ts, &odict_iter_type, sizeof(*it));
    if (!it)
        return RT_NULL;
    int64_t n = (int64_t)rt_dict_len(d), pos = 0;
    if (kind & ITER_REVERSED)
        pos = (int64_t)rt_load_relaxed(&rt_load_acquire(&rt_as_dict(d)->table)->nentries) - 1;
    rt_slot_init(&it->dict, rt_newref(ts, d));
    it->kind = kind;
    it->version = rt_load_acquire(&rt_as_dict(d)->version);
    it->size = n;
    rt_store_relaxed(&it->pos, n ? pos : -1);
    rt_store_relaxed(&it->left, n);
    return rt_own(it);
}

static rt_value exhaust(struct rt_thread *ts, struct oiter *it)
{
    rt_store_relaxed(&it->pos, -1);
    if (!rt_load_relaxed(&ts->mt))
        rt_slot_set(ts, &it->dict, RT_NULL);
    return RT_STOP;
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    struct oiter *it = as_iter(self);
    int step = it->kind & ITER_REVERSED ? -1 : 1, what = it->kind & 3;
    for (;;) {
        int64_t pos = rt_load_relaxed(&it->pos), at;
        rt_value v[2];
        if (pos < 0)
            return exhaust(ts, it);
        struct rt_dict *d = rt_as_dict(rt_slot_peek(&it->dict));
        if (rt_unlikely(it->version != rt_load_acquire(&d->version)))
            return rt_raise(ts, &rt_exc_RuntimeError,
                            it->size == (int64_t)rt_load_acquire(&d->used)
                                ? "OrderedDict mutated during iteration"
                                : "OrderedDict changed size during iteration");
        at = rt_dict_entry_from(ts, d, pos, step, &v[0], what == ITER_KEYS ? NULL : &v[1]);
        if (at < 0)
            return exhaust(ts, it);
        if (rt_cas_relaxed(&it->pos, &pos, at + step)) {
            rt_store_relaxed(&it->left, rt_load_relaxed(&it->left) - 1);
            if (what == ITER_KEYS)
                return v[0];
            if (what == ITER_ITEMS)
                return rt_tuple_steal(ts, v, 2);
            rt_decref(ts, v[0]);
            return v[1];
        }
        rt_decref(ts, v[0]);
        if (what != ITER_KEYS)
            rt_decref(ts, v[1]);
    }
}

static rt_value iter_hint(struct rt_thread *ts, rt_value self)
{
    int64_t n = rt_load_relaxed(&as_iter(self)->left);
    return rt_int_imm(n < 0 ? 0 : n);
}

/* (iter, ([remaining...],)) */
static rt_value iter_reduce(struct rt_thread *ts, rt_value self)
{
    struct oiter *it = as_iter(self), *copy = rt_object_new(ts, &odict_iter_type, sizeof(*copy));
    if (!copy)
        return RT_NULL;
    rt_slot_init(&copy->dict, rt_slot_get(ts, it, &it->dict));
    copy->kind = it->kind;
    copy->version = it->version;
    copy->size = it->size;
    rt_store_relaxed(&copy->pos, rt_load_relaxed(&it->pos));
    rt_store_relaxed(&copy->left, rt_load_relaxed(&it->left));
    rt_value list = rt_seq_list(ts, rt_borrow(copy)), v[2];
    rt_decref(ts, rt_own(copy));
    if (rt_is_null(list))
        return list;
    v[0] = rt_builtin_get(ts, "iter");
    v[1] = rt_tuple_steal(ts, &list, 1);
    if (!rt_is_null(v[0]) && !rt_is_null(v[1]))
        return rt_tuple_steal(ts, v, 2);
    rt_decref(ts, v[0]);
    rt_decref(ts, v[1]);
    return RT_NULL;
}

static int iter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(rt_slot_peek(&((struct oiter *)o)->dict), arg);
}

static void iter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct oiter *)o)->dict, RT_NULL);
}

static const struct rt_method_def iter_methods[] = {
    {"__length_hint__", iter_hint, RT_METH_NOARGS,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", iter_reduce, RT_METH_NOARGS, "Return state information for pickling"},
    {0},
};

static struct rt_type odict_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "odict_iterator",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct oiter),
    .dealloc = iter_dealloc,
    .traverse = iter_traverse,
    .iter = rt_iter_self,
    .iternext = iter_next,
    .methods = iter_methods,
};

/* ---- views: those of dict, with our iterators ---- */
struct view { /* as in types/dict_views.c */
    struct rt_object hdr;
    rt_value dict;
};

#define VIEW(lower, ITER)                                                                          \
    static rt_value lower##_list(struct rt_thread *ts, rt_value self)                              \
    {                                                                                              \
        return rt_dict_##lower##_list(ts, ((struct view *)rt_ptr(self))->dict);                    \
    }                                                                                              \
    static rt_value lower##_iter(struct rt_thread *ts, rt_value self)                              \
    {                                                                                              \
        return iter_make(ts, ((struct view *)rt_ptr(self))->dict, ITER);                           \
    }                                                                                              \
    static rt_value lower##_reversed(struct rt_thread *ts, rt_value self)                          \
    {                                                                                              \
        return iter_make(ts, ((struct view *)rt_ptr(self))->dict, ITER | ITER_REVERSED);           \
    }                                                                                              \
    static const struct rt_method_def lower##_methods[] = {                                        \
        {"__reversed__", lower##_reversed, RT_METH_NOARGS, NULL},                                  \
        {0},                                                                                       \
    };                                                                                             \
    static struct rt_type odict_##lower##_type = {                                                 \
        .hdr = RT_STATIC_TYPE_HDR,                                                                 \
        .name = "odict_" #lower,                                                                   \
        .flags = RT_TF_GC | RT_TF_NO_NEW,                                                          \
        .base = &rt_dict_##lower##_type,                                                           \
        .basic_size = sizeof(struct view),                                                         \
        .iter = lower##_iter,                                                                      \
        .snapshot = lower##_list,                                                                  \
        .methods = lower##_methods,                                                                \
    }

VIEW(keys, ITER_KEYS);
VIEW(values, ITER_VALUES);
VIEW(items, ITER_ITEMS);

static rt_value od_keys(struct rt_thread *ts, rt_value self)
{
    return rt_dict_view_new(ts, self, &odict_keys_type);
}
static rt_value od_values(struct rt_thread *ts, rt_value self)
{
    return rt_dict_view_new(ts, self, &odict_values_type);
}
static rt_value od_items(struct rt_thread *ts, rt_value self)
{
    return rt_dict_view_new(ts, self, &odict_items_type);
}
static rt_value od_iter(struct rt_thread *ts, rt_value self)
{
    return iter_make(ts, self, ITER_KEYS);
}
static rt_value od_reversed(struct rt_thread *ts, rt_value self)
{
    return iter_make(ts, self, ITER_KEYS | ITER_REVERSED);
}

/* ---- updating through __setitem__ ---- */
static int add_pair(struct rt_thread *ts, rt_value self, rt_value pair)
{
    rt_value t = rt_is_exact(pair, &rt_tuple_type) ? rt_newref(ts, pair) : rt_seq_tuple(ts, pair);
    if (rt_is_null(t))
        return -1;
    size_t n = rt_as_tuple(t)->length;
    int r = -1;
    if (n < 2)
        rt_raise(ts, &rt_exc_ValueError, "need more than %zd value%s to unpack", (ssize_t)n,
                 n == 1 ? "" : "s");
    else if (n > 2)
        rt_raise(ts, &rt_exc_ValueError, "too many values to unpack (expected 2)");
    else
        r = rt_setitem(ts, self, rt_as_tuple(t)->items[0], rt_as_tuple(t)->items[1]);
    rt_decref(ts, t);
    return r;
}

static int add_pairs(struct rt_thread *ts, rt_value self, rt_value pairs)
{
    rt_value it = rt_iter(ts, pairs), pair;
    int r = 0;
    if (rt_is_null(it))
        return -1;
    while (r == 0 && !rt_is_stop(pair = rt_next(ts, it))) {
        r = rt_is_null(pair) ? -1 : add_pair(ts, self, pair);
        rt_decref(ts, pair);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r;
}

static int add_mapping(struct rt_thread *ts, rt_value self, rt_value other, rt_value keys_method)
{
    rt_value keys = rt_call0(ts, keys_method), it, key;
    if (rt_is_null(keys))
        return -1;
    it = rt_iter(ts, keys);
    rt_decref(ts, keys);
    if (rt_is_null(it))
        return -1;
    int r = 0;
    while (r == 0 && !rt_is_stop(key = rt_next(ts, it))) {
        rt_value v = rt_is_null(key) ? key : rt_getitem(ts, other, key);
        r = rt_is_null(v) ? -1 : rt_setitem(ts, self, key, v);
        rt_decref(ts, v);
        rt_decref(ts, key);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r;
}

static int add_any(struct rt_thread *ts, rt_value self, rt_value other)
{
    if (rt_is_exact(other, &rt_dict_type)) {
        rt_value items = rt_dict_items_list(ts, other);
        int r = rt_is_null(items) ? -1 : add_pairs(ts, self, items);
        rt_decref(ts, items);
        return r;
    }
    rt_value f = rt_getattr_opt(ts, other, RT_ID(keys)), items;
    int r;
    if (!rt_is_null(f)) {
        r = add_mapping(ts, self, other, f);
        rt_decref(ts, f);
        return r;
    }
    if (rt_pending(ts))
        return -1;
    f = rt_getattr_opt(ts, other, RT_ID(items));
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : add_pairs(ts, self, other);
    items = rt_call0(ts, f);
    rt_decref(ts, f);
    r = rt_is_null(items) ? -1 : add_pairs(ts, self, items);
    rt_decref(ts, items);
    return r;
}

static int update(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    if (n > 1) {
        rt_raise(ts, &rt_exc_TypeError, "update() takes at most 1 positional argument (%u given)", n);
        return -1;
    }
    if (n && add_any(ts, self, a[0]) < 0)
        return -1;
    for (uint32_t i = 0, nkw = rt_nkw(kw); i < nkw; i++)
        if (rt_setitem(ts, self, rt_as_tuple(kw)->items[i], a[n + i]) < 0)
            return -1;
    return 0;
}

static rt_value od_update(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                          rt_value kw)
{
    return update(ts, self, a, n, kw) < 0 ? RT_NULL : RT_NONE;
}

static int od_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    if (n > 1) {
        rt_raise(ts, &rt_exc_TypeError, "expected at most 1 arguments, got %u", n);
        return -1;
    }
    return update(ts, self, a, n, kw);
}

static rt_value od_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                       rt_value kw)
{
    return rt_dict_new_of(ts, t);
}

/* ---- methods ---- */
static rt_value od_popitem(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                           rt_value kw)
{
    static const char *const names[] = {"last", NULL};
    static const struct rt_argspec spec = {"popitem", names, 0, 0, 1, 1};
    rt_value v[1], kv[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int last = rt_is_null(v[0]) ? 1 : rt_truth(ts, v[0]);
    if (last < 0)
        return RT_NULL;
    struct rt_dict *d = rt_as_dict(self);
    if (!(last ? rt_dict_remove_last(ts, d, &kv[0], &kv[1])
               : rt_dict_remove_first(ts, d, &kv[0], &kv[1])))
        return rt_raise(ts, &rt_exc_KeyError, "dictionary is empty");
    return rt_tuple_steal(ts, kv, 2);
}

static rt_value od_move_to_end(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                               rt_value kw)
{
    static const char *const names[] = {"key", "last", NULL};
    static const struct rt_argspec spec = {"move_to_end", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int last = rt_is_null(v[1]) ? 1 : rt_truth(ts, v[1]);
    int64_t hash = last < 0 ? -1 : rt_hash_inline(ts, v[0]);
    if (hash == -1)
        return RT_NULL;
    int r = rt_dict_move(ts, rt_as_dict(self), v[0], hash, last);
    if (r == 0)
        return rt_raise_key(ts, v[0]);
    return r < 0 ? RT_NULL : RT_NONE;
}

static rt_value od_pop(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                       rt_value kw)
{
    static const char *const names[] = {"key", "default", NULL};
    static const struct rt_argspec spec = {"pop", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    return rt_dict_pop(ts, self, v[0], v[1]);
}

static rt_value od_setdefault(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                              rt_value kw)
{
    static const char *const names[] = {"key", "default", NULL};
    static const struct rt_argspec spec = {"setdefault", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    rt_value deflt = rt_is_null(v[1]) ? RT_NONE : v[1];
    if (is_exact(self))
        return rt_dict_setdefault(ts, self, v[0], deflt);
    int there = rt_contains(ts, self, v[0]);
    if (there < 0)
        return RT_NULL;
    if (there)
        return rt_getitem(ts, self, v[0]);
    return rt_setitem(ts, self, v[0], deflt) < 0 ? RT_NULL : rt_newref(ts, deflt);
}

static rt_value od_clear(struct rt_thread *ts, rt_value self)
{
    rt_dict_clear(ts, self);
    return RT_NONE;
}

static rt_value od_copy(struct rt_thread *ts, rt_value self)
{
    rt_value r, key, value;
    if (is_exact(self)) {
        r = rt_dict_new_of(ts, &rt_odict_type);
        if (!rt_is_null(r) && rt_dict_merge_entries(ts, r, self, 1) < 0)
            rt_clear(ts, &r);
        return r;
    }
    r = rt_call0(ts, rt_type_value(rt_type_of(self)));
    size_t pos = 0;
    while (!rt_is_null(r) && rt_dict_next(ts, self, &pos, &key, &value)) {
        rt_value v = rt_getitem(ts, self, key);
        if (rt_is_null(v) || rt_setitem(ts, r, key, v) < 0)
            rt_clear(ts, &r);
        rt_decref(ts, v);
        rt_decref(ts, key);
        rt_decref(ts, value);
    }
    return r;
}

static rt_value od_fromkeys(struct rt_thread *ts, rt_value cls, const rt_value *a, uint32_t n,
                            rt_value kw)
{
    static const char *const names[] = {"iterable", "value", NULL};
    static const struct rt_argspec spec = {"fromkeys", names, 0, 1, 2, 2};
    rt_value v[2], d, it, key;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    d = rt_call0(ts, cls);
    it = rt_is_null(d) ? d : rt_iter(ts, v[0]);
    int r = rt_is_null(it) ? -1 : 0;
    while (r == 0 && !rt_is_stop(key = rt_next(ts, it))) {
        r = rt_is_null(key) ? -1 : rt_setitem(ts, d, key, rt_is_null(v[1]) ? RT_NONE : v[1]);
        rt_decref(ts, key);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    if (r < 0)
        rt_clear(ts, &d);
    return d;
}

/* (type, (), state, None, iter(items)) */
static rt_value od_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value state = rt_call_method(ts, self, "__getstate__", NULL, 0), items, it;
    if (rt_is_null(state))
        return state;
    items = rt_call_method(ts, self, "items", NULL, 0);
    it = rt_is_null(items) ? items : rt_iter(ts, items);
    rt_decref(ts, items);
    if (rt_is_null(it)) {
        rt_decref(ts, state);
        return it;
    }
    rt_value v[5] = {rt_newref(ts, rt_type_value(rt_type_of(self))), rt_tuple_empty(), state,
                     RT_NONE, it};
    return rt_tuple_steal(ts, v, 5);
}

static rt_value od_repr(struct rt_thread *ts, rt_value self)
{
    const char *name = rt_type_shortname(rt_type_of(self));
    if (rt_dict_len(self) == 0)
        return rt_str_format(ts, "%s()", name);
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_from_cstr(ts, "...");
    rt_value list, s = RT_NULL;
    if (is_exact(self)) {
        list = rt_dict_items_list(ts, self);
    } else {
        rt_value items = rt_call_method(ts, self, "items", NULL, 0);
        list = rt_is_null(items) ? items : rt_seq_list(ts, items);
        rt_decref(ts, items);
    }
    if (!rt_is_null(list))
        s = rt_str_format(ts, "%s(%R)", name, list);
    rt_decref(ts, list);
    rt_repr_leave(ts, self);
    return s;
}

/* 1 same keys in the same order, 0, -1. */
static int same_order(struct rt_thread *ts, rt_value a, rt_value b)
{
    size_t i = 0, j = 0;
    rt_value x, y;
    for (;;) {
        bool more = rt_dict_next(ts, a, &i, &x, NULL);
        if (more != rt_dict_next(ts, b, &j, &y, NULL)) {
            rt_decref(ts, more ? x : y);
            return 0;
        }
        if (!more)
            return 1;
        int r = rt_equal_inline(ts, x, y);
        rt_decref(ts, x);
        rt_decref(ts, y);
        if (r <= 0)
            return r;
    }
}

static rt_value od_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_dict(b) || (op != RT_EQ && op != RT_NE))
        return RT_NOTIMPL;
    rt_value eq = rt_dict_type.richcompare(ts, a, b, RT_EQ);
    if (rt_is_null(eq))
        return eq;
    int r = rt_is_true(eq);
    if (r && is_odict(b))
        r = same_order(ts, a, b);
    return r < 0 ? RT_NULL : rt_bool(r == (op == RT_EQ));
}

static rt_value od_or(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value self = is_odict(a) ? a : b, r;
    if (!rt_is_dict(a) || !rt_is_dict(b))
        return RT_NOTIMPL;
    r = rt_call1(ts, rt_type_value(rt_type_of(self)), a);
    if (!rt_is_null(r) && update(ts, r, &b, 1, RT_NULL) < 0)
        rt_clear(ts, &r);
    return r;
}

static rt_value od_ior(struct rt_thread *ts, rt_value a, rt_value b)
{
    return update(ts, a, &b, 1, RT_NULL) < 0 ? RT_NULL : rt_newref(ts, a);
}

static rt_value od_sizeof(struct rt_thread *ts, rt_value self)
{
    struct rt_dict_table *t = rt_load_acquire(&rt_as_dict(self)->table);
    size_t n = rt_object_size(rt_ptr(self));
    return rt_int_imm((int64_t)(n + (t->is_static ? 0 : rt_dict_table_bytes(t))));
}

static const struct rt_method_def od_methods[] = {
    {"fromkeys", od_fromkeys, RT_METH_KW | RT_METH_CLASS,
     "fromkeys($type, /, iterable, value=None)\n--\n\n"
     "Create a new ordered dictionary with keys from iterable and values set to value."},
    {"__sizeof__", od_sizeof, RT_METH_NOARGS, NULL},
    {"__reduce__", od_reduce, RT_METH_NOARGS, "Return state information for pickling"},
    {"setdefault", od_setdefault, RT_METH_KW,
     "setdefault($self, /, key, default=None)\n--\n\n"
     "Insert key with a value of default if key is not in the dictionary.\n\n"
     "Return the value for key if key is in the dictionary, else default."},
    {"pop", od_pop, RT_METH_KW,
     "pop($self, /, key, default=<unrepresentable>)\n--\n\n"
     "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\n"
     "If the key is not found, return the default if given; otherwise,\nraise a KeyError."},
    {"popitem", od_popitem, RT_METH_KW,
     "popitem($self, /, last=True)\n--\n\n"
     "Remove and return a (key, value) pair from the dictionary.\n\n"
     "Pairs are returned in LIFO order if last is true or FIFO order if false."},
    {"keys", od_keys, RT_METH_NOARGS, NULL},
    {"values", od_values, RT_METH_NOARGS, NULL},
    {"items", od_items, RT_METH_NOARGS, NULL},
    {"update", od_update, RT_METH_KW, NULL},
    {"clear", od_clear, RT_METH_NOARGS, "od.clear() -> None.  Remove all items from od."},
    {"copy", od_copy, RT_METH_NOARGS, "od.copy() -> a shallow copy of od"},
    {"__reversed__", od_reversed, RT_METH_NOARGS, "od.__reversed__() <==> reversed(od)"},
    {"move_to_end", od_move_to_end, RT_METH_KW,
     "move_to_end($self, /, key, last=True)\n--\n\n"
     "Move an existing element to the end (or beginning if last is false).\n\n"
     "Raise KeyError if the element does not exist."},
    {0},
};

struct rt_type rt_odict_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "collections.OrderedDict",
    .doc = "Dictionary that remembers insertion order",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_MAPPING | RT_TF_DICT_SUB | RT_TF_DICT | RT_TF_WEAKREF,
    .base = &rt_dict_type,
    .basic_size = sizeof(struct rt_dict),
    .repr = od_repr,
    .richcompare = od_richcompare,
    .iter = od_iter,
    .snapshot = rt_dict_keys_list,
    .init = od_init,
    .new = od_new,
    .binary = {[RT_BIN_OR] = od_or},
    .inplace = {[RT_BIN_OR] = od_ior},
    .methods = od_methods,
};

int rt_odict_ready(struct rt_thread *ts)
{
    return rt_type_ready(ts, &odict_iter_type) < 0 || rt_type_ready(ts, &odict_keys_type) < 0 ||
                   rt_type_ready(ts, &odict_values_type) < 0 ||
                   rt_type_ready(ts, &odict_items_type) < 0
               ? -1
               : 0;
}
