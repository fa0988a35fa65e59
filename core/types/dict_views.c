/* SPDX-License-Identifier: MIT */
/*
 * Views of a dict (keys, values, items) and the iterators over it, both ways.
 *
 * An iterator walks entry numbers. It is exhausted when pos is -1; used is what the dict's length
 * must be, -1 after a change was reported (the error sticks). Shared iterators claim an entry by
 * compare-and-swap of pos.
 */
#include "core/types/dict_internal.h"

struct view {
    struct rt_object hdr;
    rt_value dict; /* constant */
};
struct dictiter {
    struct rt_object hdr;
    rt_slot dict;
    _Atomic int64_t pos, used, left;
    rt_value pair; /* of rt_pair_next */
};

static struct view *as_view(rt_value v) { return (struct view *)rt_ptr(v); }
static struct dictiter *as_iter(rt_value v) { return (struct dictiter *)rt_ptr(v); }

static bool is_reverse(const struct rt_type *t)
{
    return t == &rt_dict_revkeyiter_type || t == &rt_dict_revvalueiter_type ||
           t == &rt_dict_revitemiter_type;
}

rt_value rt_dict_iter_make(struct rt_thread *ts, rt_value d, struct rt_type *t)
{
    struct dictiter *it = rt_object_new(ts, t, sizeof(*it));
    if (!it)
        return RT_NULL;
    int64_t n = (int64_t)rt_dict_len(d), pos = 0;
    if (is_reverse(t))
        pos = n ? (int64_t)rt_load_relaxed(&rt_load_acquire(&rt_as_dict(d)->table)->nentries) - 1
                : -1;
    rt_slot_init(&it->dict, rt_newref(ts, d));
    rt_store_relaxed(&it->pos, pos);
    rt_store_relaxed(&it->used, n);
    rt_store_relaxed(&it->left, n);
    it->pair = RT_NULL;
    return rt_own(it);
}

rt_value rt_dict_iter(struct rt_thread *ts, rt_value d)
{
    return rt_dict_iter_make(ts, d, &rt_dict_keyiter_type);
}

static RT_NOINLINE rt_value exhaust(struct rt_thread *ts, struct dictiter *it)
{
    rt_store_relaxed(&it->pos, -1);
    rt_store_relaxed(&it->left, 0);
    if (!rt_load_relaxed(&ts->mt)) /* else it goes with the iterator */
        rt_slot_set(ts, &it->dict, RT_NULL);
    return RT_STOP;
}

static void drop_entry(struct rt_thread *ts, const rt_value *key, const rt_value *value)
{
    if (key)
        rt_decref(ts, *key);
    if (value)
        rt_decref(ts, *value);
}

/* Next entry, what of it is wanted (not NULL): 1, 0 exhausted, -1 error. */
static int dictiter_take(struct rt_thread *ts, struct dictiter *it, int step, rt_value *key,
                         rt_value *value)
{
    rt_claim_writes(ts, it);
    for (;;) {
        int64_t pos = rt_load_relaxed(&it->pos);
        if (pos < 0) {
            exhaust(ts, it);
            return 0;
        }
        struct rt_dict *d = rt_as_dict(rt_slot_peek(&it->dict));
        int64_t used = rt_load_relaxed(&it->used);
        if (rt_unlikely(used != (int64_t)rt_load_acquire(&d->used))) {
            rt_store_relaxed(&it->used, -1);
            rt_raise(ts, &rt_exc_RuntimeError, "dictionary changed size during iteration");
            return -1;
        }
        int64_t at = rt_dict_entry_from(ts, d, pos, step, key, value);
        if (at < 0) {
            exhaust(ts, it);
            return 0;
        }
        int64_t left = rt_load_relaxed(&it->left);
        if (rt_unlikely(left <= 0) && step > 0 && !rt_load_relaxed(&ts->mt)) {
            drop_entry(ts, key, value);
            exhaust(ts, it);
            rt_raise(ts, &rt_exc_RuntimeError, "dictionary keys changed during iteration");
            return -1;
        }
        bool mine = true;
        if (rt_unlikely(!rt_sole_writer(ts, it)))
            mine = rt_cas_relaxed(&it->pos, &pos, at + step);
        else
            rt_store_relaxed(&it->pos, at + step);
        if (rt_likely(mine)) {
            rt_store_relaxed(&it->left, left - 1);
            if (step < 0 && at == 0)
                exhaust(ts, it);
            return 1;
        }
        drop_entry(ts, key, value);
    }
}

/* The next entry, what of it is wanted (not NULL), where nothing is unusual: an iterator of this thread, the same
   length as before, no hole. False: see dictiter_take. */
RT_INLINE bool quick_entry(struct rt_thread *ts, struct dictiter *it, rt_value *key, rt_value *value)
{
    int64_t pos = rt_load_relaxed(&it->pos), left = rt_load_relaxed(&it->left);
    if (rt_unlikely(!rt_sole_writer(ts, it)) || rt_unlikely(pos < 0 || left <= 0))
        return false;
    struct rt_dict *d = rt_as_dict(rt_slot_peek(&it->dict));
    struct rt_dict_table *t = rt_load_acquire(&d->table);
    struct rt_dict_entry *e = &rt_dict_entries(t)[pos];
    if (rt_unlikely(rt_load_relaxed(&it->used) != (int64_t)rt_load_acquire(&d->used)) ||
        rt_unlikely(pos >= (int64_t)rt_load_acquire(&t->nentries)) || rt_is_null(rt_slot_peek(&e->key)) ||
        rt_is_null(rt_slot_peek(&e->value)))
        return false;
    rt_value k = key ? rt_slot_get(ts, d, &e->key) : RT_TRUE, v = value ? rt_slot_get(ts, d, &e->value) : RT_TRUE;
    if (rt_unlikely(rt_is_null(k) || rt_is_null(v))) { /* others write to the dict */
        rt_decref(ts, k);
        rt_decref(ts, v);
        return false;
    }
    if (key)
        *key = k;
    if (value)
        *value = v;
    rt_store_relaxed(&it->pos, pos + 1);
    rt_store_relaxed(&it->left, left - 1);
    return true;
}

RT_INLINE rt_value next_key(struct rt_thread *ts, rt_value self, int step)
{
    rt_value k;
    int r = dictiter_take(ts, as_iter(self), step, &k, NULL);
    return rt_likely(r > 0) ? k : r < 0 ? RT_NULL : RT_STOP;
}

RT_INLINE rt_value next_value(struct rt_thread *ts, rt_value self, int step)
{
    rt_value v;
    int r = dictiter_take(ts, as_iter(self), step, NULL, &v);
    return rt_likely(r > 0) ? v : r < 0 ? RT_NULL : RT_STOP;
}

RT_INLINE rt_value next_item(struct rt_thread *ts, rt_value self, int step)
{
    rt_value v[2];
    int r = dictiter_take(ts, as_iter(self), step, &v[0], &v[1]);
    if (rt_unlikely(r <= 0))
        return r < 0 ? RT_NULL : RT_STOP;
    return rt_pair_next(ts, rt_ptr(self), &as_iter(self)->pair, v[0], v[1]);
}

static enum rt_pair_result itemiter_pair(struct rt_thread *ts, rt_value self, rt_value v[2])
{
    if (rt_likely(quick_entry(ts, as_iter(self), &v[0], &v[1])))
        return RT_PAIR_GOT;
    _Static_assert(RT_PAIR_ERROR == -1 && RT_PAIR_END == 0 && RT_PAIR_GOT == 1, "the answers of dictiter_take");
    return dictiter_take(ts, as_iter(self), 1, &v[0], &v[1]);
}

static rt_value keyiter_next(struct rt_thread *ts, rt_value it)
{
    rt_value k;
    return rt_likely(quick_entry(ts, as_iter(it), &k, NULL)) ? k : next_key(ts, it, 1);
}
static rt_value valueiter_next(struct rt_thread *ts, rt_value it)
{
    rt_value v;
    return rt_likely(quick_entry(ts, as_iter(it), NULL, &v)) ? v : next_value(ts, it, 1);
}
static rt_value itemiter_next(struct rt_thread *ts, rt_value it)
{
    rt_value v[2];
    enum rt_pair_result r = itemiter_pair(ts, it, v);
    return rt_likely(r == RT_PAIR_GOT) ? rt_pair_next(ts, as_iter(it), &as_iter(it)->pair, v[0], v[1]) : r < 0 ? RT_NULL : RT_STOP;
}
static rt_value revkeyiter_next(struct rt_thread *ts, rt_value it) { return next_key(ts, it, -1); }
static rt_value revvalueiter_next(struct rt_thread *ts, rt_value it)
{
    return next_value(ts, it, -1);
}
static rt_value revitemiter_next(struct rt_thread *ts, rt_value it) { return next_item(ts, it, -1); }

static int dictiter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(rt_slot_peek(&((struct dictiter *)o)->dict), arg);
    return r ? r : visit(((struct dictiter *)o)->pair, arg);
}

static void dictiter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_clear(ts, o, &((struct dictiter *)o)->dict);
    rt_clear(ts, &((struct dictiter *)o)->pair);
}
/* The pair kept for the next time may hold the iterator itself. */
static void dictiter_clear(struct rt_thread *ts, struct rt_object *o) { rt_clear(ts, &((struct dictiter *)o)->pair); }

static rt_value dictiter_hint(struct rt_thread *ts, rt_value self)
{
    struct dictiter *it = as_iter(self);
    rt_value d = rt_slot_get(ts, it, &it->dict);
    int64_t n = 0;
    if (!rt_is_null(d) && rt_load_relaxed(&it->used) == (int64_t)rt_dict_len(d))
        n = rt_load_relaxed(&it->left);
    rt_decref(ts, d);
    return rt_int_imm(n < 0 ? 0 : n);
}

/* (iter, ([remaining...],)): the rest is read by a copy of the iterator. */
static rt_value dictiter_reduce(struct rt_thread *ts, rt_value self)
{
    struct dictiter *it = as_iter(self), *copy;
    rt_value list, d = rt_slot_get(ts, it, &it->dict), iter;
    if (rt_is_null(d)) {
        list = rt_list_new(ts, 0);
    } else {
        copy = rt_object_new(ts, rt_type_of(self), sizeof(*copy));
        if (!copy) {
            rt_decref(ts, d);
            return RT_NULL;
        }
        rt_slot_init(&copy->dict, d);
        rt_store_relaxed(&copy->pos, rt_load_relaxed(&it->pos));
        rt_store_relaxed(&copy->used, rt_load_relaxed(&it->used));
        rt_store_relaxed(&copy->left, rt_load_relaxed(&it->left));
        copy->pair = RT_NULL;
        list = rt_seq_list(ts, rt_borrow(copy));
        rt_decref(ts, rt_own(copy));
    }
    if (rt_is_null(list))
        return list;
    iter = rt_builtin_get(ts, "iter");
    rt_value v[2] = {iter, rt_tuple_steal(ts, &list, 1)};
    if (rt_is_null(iter) || rt_is_null(v[1])) {
        rt_decref(ts, iter);
        rt_decref(ts, v[1]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, v, 2);
}

static const struct rt_method_def dictiter_methods[] = {
    {"__length_hint__", dictiter_hint, RT_METH_NOARGS,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", dictiter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {0},
};

#define DICTITER_TYPE(sym, tp_name, next, pair)                                                    \
    struct rt_type sym = {                                                                         \
        .hdr = RT_STATIC_TYPE_HDR,                                                                 \
        .name = tp_name,                                                                           \
        .flags = RT_TF_GC | RT_TF_NO_NEW,                                                          \
        .basic_size = sizeof(struct dictiter),                                                     \
        .dealloc = dictiter_dealloc,                                                               \
        .clear = dictiter_clear,                                                                   \
        .traverse = dictiter_traverse,                                                             \
        .iter = rt_iter_self,                                                                     \
        .iternext = next,                                                                          \
        .next_pair = pair,                                                                         \
        .methods = dictiter_methods,                                                               \
    }

DICTITER_TYPE(rt_dict_keyiter_type, "dict_keyiterator", keyiter_next, NULL);
DICTITER_TYPE(rt_dict_valueiter_type, "dict_valueiterator", valueiter_next, NULL);
DICTITER_TYPE(rt_dict_itemiter_type, "dict_itemiterator", itemiter_next, itemiter_pair);
DICTITER_TYPE(rt_dict_revkeyiter_type, "dict_reversekeyiterator", revkeyiter_next, NULL);
DICTITER_TYPE(rt_dict_revvalueiter_type, "dict_reversevalueiterator", revvalueiter_next, NULL);
DICTITER_TYPE(rt_dict_revitemiter_type, "dict_reverseitemiterator", revitemiter_next, NULL);

/* ---- views ---- */
rt_value rt_dict_view_new(struct rt_thread *ts, rt_value d, struct rt_type *t)
{
    struct view *v = rt_object_new(ts, t, sizeof(*v));
    if (!v)
        return RT_NULL;
    v->dict = rt_newref(ts, d);
    return rt_own(v);
}

static bool is_set_view(rt_value v)
{
    if (!rt_is_ptr(v))
        return false;
    struct rt_type *t = rt_type_of(v);
    return rt_type_is_subtype(t, &rt_dict_keys_type) || rt_type_is_subtype(t, &rt_dict_items_type);
}

static int view_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct view *)o)->dict, arg);
}

static void view_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct view *)o)->dict);
}

static int64_t view_len(struct rt_thread *ts, rt_value self)
{
    return (int64_t)rt_dict_len(as_view(self)->dict);
}

static rt_value view_repr(struct rt_thread *ts, rt_value self)
{
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_from_cstr(ts, "...");
    rt_value list = rt_seq_list(ts, self), s = RT_NULL;
    if (!rt_is_null(list))
        s = rt_str_format(ts, "%s(%R)", rt_type_shortname(rt_type_of(self)), list);
    rt_decref(ts, list);
    rt_repr_leave(ts, self);
    return s;
}

static rt_value keys_iter(struct rt_thread *ts, rt_value self)
{
    return rt_dict_iter_make(ts, as_view(self)->dict, &rt_dict_keyiter_type);
}
static rt_value values_iter(struct rt_thread *ts, rt_value self)
{
    return rt_dict_iter_make(ts, as_view(self)->dict, &rt_dict_valueiter_type);
}
static rt_value items_iter(struct rt_thread *ts, rt_value self)
{
    return rt_dict_iter_make(ts, as_view(self)->dict, &rt_dict_itemiter_type);
}
static rt_value keys_reversed(struct rt_thread *ts, rt_value self)
{
    return rt_dict_iter_make(ts, as_view(self)->dict, &rt_dict_revkeyiter_type);
}
static rt_value values_reversed(struct rt_thread *ts, rt_value self)
{
    return rt_dict_iter_make(ts, as_view(self)->dict, &rt_dict_revvalueiter_type);
}
static rt_value items_reversed(struct rt_thread *ts, rt_value self)
{
    return rt_dict_iter_make(ts, as_view(self)->dict, &rt_dict_revitemiter_type);
}

static int keys_contains(struct rt_thread *ts, rt_value self, rt_value key)
{
    return rt_dict_contains(ts, as_view(self)->dict, key);
}

static int items_contains(struct rt_thread *ts, rt_value self, rt_value item)
{
    if (!rt_is_tuple(item) || rt_as_tuple(item)->length != 2)
        return 0;
    rt_value v = rt_dict_get(ts, as_view(self)->dict, rt_as_tuple(item)->items[0]);
    if (rt_is_null(v))
        return rt_pending(ts) ? -1 : 0;
    int r = rt_equal_inline(ts, v, rt_as_tuple(item)->items[1]);
    rt_decref(ts, v);
    return r;
}

/* Every item of a is in b: 1, 0, -1. */
static int all_in(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value it = rt_iter(ts, a), x;
    int r = 1;
    if (rt_is_null(it))
        return -1;
    while (r > 0 && !rt_is_stop(x = rt_next(ts, it))) {
        r = rt_is_null(x) ? -1 : rt_contains(ts, b, x);
        rt_decref(ts, x);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r;
}

static rt_value view_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_anyset(b) && !is_set_view(b))
        return RT_NOTIMPL;
    int64_t na = rt_len(ts, a), nb = rt_len(ts, b);
    int r = 0;
    if (na < 0 || nb < 0)
        return RT_NULL;
    switch (op) {
    case RT_EQ:
    case RT_NE:
        if (na == nb)
            r = all_in(ts, a, b);
        if (op == RT_NE && r >= 0)
            r = !r;
        break;
    case RT_LT: r = na < nb ? all_in(ts, a, b) : 0; break;
    case RT_LE: r = na <= nb ? all_in(ts, a, b) : 0; break;
    case RT_GT: r = na > nb ? all_in(ts, b, a) : 0; break;
    case RT_GE: r = na >= nb ? all_in(ts, b, a) : 0; break;
    }
    return r < 0 ? RT_NULL : rt_bool(r);
}

/* A set of a's items after s.method(b). */
static rt_value view_set_op(struct rt_thread *ts, rt_value a, rt_value b, const char *method)
{
    rt_value s = rt_set_new(ts, a);
    if (rt_is_null(s))
        return s;
    rt_value r = rt_call_method(ts, s, method, &b, 1);
    if (rt_is_null(r)) {
        rt_decref(ts, s);
        return r;
    }
    rt_decref(ts, r);
    return s;
}

static rt_value view_sub(struct rt_thread *ts, rt_value a, rt_value b)
{
    return view_set_op(ts, a, b, "difference_update");
}
static rt_value view_or(struct rt_thread *ts, rt_value a, rt_value b)
{
    return view_set_op(ts, a, b, "update");
}
static rt_value view_xor(struct rt_thread *ts, rt_value a, rt_value b)
{
    return view_set_op(ts, a, b, "symmetric_difference_update");
}

static rt_value view_and(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!is_set_view(a)) { /* reflected: a is any iterable */
        rt_value x = a;
        a = b;
        b = x;
    }
    if (is_set_view(b) && rt_dict_len(as_view(b)->dict) > rt_dict_len(as_view(a)->dict)) {
        rt_value x = a;
        a = b;
        b = x;
    } else if (rt_is_exact(b, &rt_set_type) && rt_set_len(b) >= rt_dict_len(as_view(a)->dict)) {
        return view_set_op(ts, b, a, "intersection_update");
    }
    rt_value r = rt_set_new(ts, RT_NULL), it, x;
    if (rt_is_null(r))
        return r;
    it = rt_iter(ts, b);
    int c = rt_is_null(it) ? -1 : 0;
    while (c >= 0 && !rt_is_stop(x = rt_next(ts, it))) {
        c = rt_is_null(x) ? -1 : rt_contains(ts, a, x);
        if (c > 0)
            c = rt_set_add(ts, r, x);
        rt_decref(ts, x);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    if (c < 0)
        rt_clear(ts, &r);
    return r;
}

static rt_value view_isdisjoint(struct rt_thread *ts, rt_value self, rt_value other)
{
    if (rt_is(self, other))
        return rt_bool(rt_dict_len(as_view(self)->dict) == 0);
    rt_value a = self, b = other;
    if (rt_is_anyset(other) || is_set_view(other)) {
        int64_t n = rt_len(ts, other);
        if (n < 0)
            return RT_NULL;
        if (n > (int64_t)rt_dict_len(as_view(self)->dict)) {
            a = other;
            b = self;
        }
    }
    rt_value it = rt_iter(ts, b), x;
    int r = 0;
    if (rt_is_null(it))
        return it;
    while (r == 0 && !rt_is_stop(x = rt_next(ts, it))) {
        r = rt_is_null(x) ? -1 : rt_contains(ts, a, x);
        rt_decref(ts, x);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r < 0 ? RT_NULL : rt_bool(r == 0);
}

static rt_value view_mapping(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_call1(ts, rt_type_value(&rt_mappingproxy_type), as_view(self)->dict);
}

static const struct rt_getset_def view_getset[] = {
    {"mapping", view_mapping, NULL, "dictionary that this view refers to"},
    {0},
};
#define ISDISJOINT                                                                                 \
    {"isdisjoint", view_isdisjoint, RT_METH_O,                                                     \
     "Return True if the view and the given iterable have a null intersection."}
static const struct rt_method_def keys_methods[] = {
    ISDISJOINT,
    {"__reversed__", keys_reversed, RT_METH_NOARGS, "Return a reverse iterator over the dict keys."},
    {0},
};
static const struct rt_method_def items_methods[] = {
    ISDISJOINT,
    {"__reversed__", items_reversed, RT_METH_NOARGS,
     "Return a reverse iterator over the dict items."},
    {0},
};
static const struct rt_method_def values_methods[] = {
    {"__reversed__", values_reversed, RT_METH_NOARGS,
     "Return a reverse iterator over the dict values."},
    {0},
};

#define VIEW_COMMON(tp_name, iter_fn, method_table)                                                \
    .hdr = RT_STATIC_TYPE_HDR, .name = tp_name, .flags = RT_TF_GC | RT_TF_NO_NEW,                  \
    .basic_size = sizeof(struct view), .dealloc = view_dealloc, .traverse = view_traverse,         \
    .repr = view_repr, .iter = iter_fn, .len = view_len, .methods = method_table,                  \
    .getset = view_getset
#define VIEW_SET                                                                                   \
    .richcompare = view_richcompare,                                                               \
    .binary = {[RT_BIN_SUB] = view_sub, [RT_BIN_AND] = view_and, [RT_BIN_XOR] = view_xor,          \
               [RT_BIN_OR] = view_or}

struct rt_type rt_dict_keys_type = {
    VIEW_COMMON("dict_keys", keys_iter, keys_methods),
    VIEW_SET,
    .contains = keys_contains,
};
struct rt_type rt_dict_items_type = {
    VIEW_COMMON("dict_items", items_iter, items_methods),
    VIEW_SET,
    .contains = items_contains,
};
struct rt_type rt_dict_values_type = {
    VIEW_COMMON("dict_values", values_iter, values_methods),
};

rt_value rt_dict_view_dict(rt_value v) { return as_view(v)->dict; }

bool rt_is_dict_view(rt_value v)
{
    struct rt_type *t = rt_type_of(v);
    return t == &rt_dict_items_type || t == &rt_dict_keys_type || t == &rt_dict_values_type;
}

rt_value rt_dict_view_list(struct rt_thread *ts, rt_value v)
{
    struct rt_type *t = rt_type_of(v);
    rt_value d = as_view(v)->dict;
    return t == &rt_dict_items_type  ? rt_dict_items_list(ts, d)
           : t == &rt_dict_keys_type ? rt_dict_keys_list(ts, d)
                                     : rt_dict_values_list(ts, d);
}
