/* SPDX-License-Identifier: MIT */
/* set and frozenset: the types' slots, and their iterator. */
#include "core/types/set_internal.h"

struct setiter {
    struct rt_object hdr;
    rt_slot set;
    _Atomic int64_t pos, used, left; /* pos -1: exhausted; used -1: a change was reported */
};

static int set_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_set_table *t = rt_load_acquire(&((struct rt_set *)o)->table);
    int r = 0;
    if (!t || t == rt_set_table_empty)
        return 0;
    for (size_t i = 0; i <= t->mask && !r; i++) {
        rt_value k = rt_slot_peek(&t->entries[i].key);
        if (rt_set_is_key(k))
            r = visit(k, arg);
    }
    return r;
}

static void set_tp_clear(struct rt_thread *ts, struct rt_object *o)
{
    if (rt_load_relaxed(&((struct rt_set *)o)->table))
        rt_set_clear(ts, (struct rt_set *)o);
}

static void set_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_set *s = (struct rt_set *)o;
    struct rt_set_table *t = rt_load_relaxed(&s->table);
    if (!t)
        return;
    rt_store_relaxed(&s->table, rt_set_table_empty);
    rt_store_relaxed(&s->used, 0);
    rt_set_table_drop(ts, t, false);
}

/* {a, b} for exact sets, name({a, b}) for the others. */
static rt_value set_repr(struct rt_thread *ts, rt_value self)
{
    const char *name = rt_type_shortname(rt_type_of(self));
    if (rt_set_len(self) == 0)
        return rt_str_format(ts, "%s()", name);
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_format(ts, "%s(...)", name);
    bool plain = rt_is_exact(self, &rt_set_type), first = true;
    struct rt_strbuf b;
    rt_value list = rt_seq_list(ts, self), key, s;
    rt_strbuf_init(&b);
    r = rt_is_null(list) ? -1 : 0;
    if (r == 0 && !plain) {
        s = rt_str_format(ts, "%s(", name);
        r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, &b, s);
        rt_decref(ts, s);
    }
    if (r == 0)
        r = rt_strbuf_char(ts, &b, '{');
    for (size_t i = 0; r == 0 && !rt_is_null(key = rt_list_get(ts, list, i)); i++) {
        if (!first)
            r = rt_strbuf_ascii(ts, &b, ", ", 2);
        s = r == 0 ? rt_repr(ts, key) : RT_NULL;
        r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, &b, s);
        rt_decref(ts, s);
        rt_decref(ts, key);
        first = false;
    }
    if (r == 0)
        r = rt_strbuf_ascii(ts, &b, "})", plain ? 1 : 2);
    rt_decref(ts, list);
    rt_repr_leave(ts, self);
    if (r == 0)
        return rt_strbuf_finish(ts, &b);
    rt_strbuf_abort(&b);
    return RT_NULL;
}

/* Order-independent mix of the items' hashes, cached. */
static int64_t frozenset_hash(struct rt_thread *ts, rt_value self)
{
    struct rt_set *s = rt_as_set(self);
    int64_t cached = rt_load_relaxed(&s->hash);
    if (cached != -1)
        return cached;
    struct rt_set_table *t = rt_load_acquire(&s->table);
    uint64_t h = 0, used = rt_load_relaxed(&s->used);
    for (size_t i = 0; t != rt_set_table_empty && i <= t->mask; i++) {
        if (!rt_set_is_key(rt_slot_peek(&t->entries[i].key)))
            continue;
        uint64_t x = (uint64_t)rt_load_relaxed(&t->entries[i].hash);
        h ^= ((x ^ 89869747ull) ^ (x << 16)) * 3644798167ull;
    }
    h ^= (used + 1) * 1927868237ull;
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069ull + 907133923ull;
    if (h == (uint64_t)-1)
        h = 590923713ull;
    rt_store_relaxed(&s->hash, (int64_t)h);
    return (int64_t)h;
}

static int64_t set_len(struct rt_thread *ts, rt_value self)
{
    return (int64_t)rt_set_len(self);
}

static rt_value set_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                        uint32_t n, rt_value kw)
{
    return rt_set_alloc(ts, type);
}

static int set_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n,
                    rt_value kw)
{
    if (rt_no_keywords(ts, "set", kw) < 0)
        return -1;
    if (rt_args_count(ts, "set", n, 0, 1) < 0)
        return -1;
    if (rt_set_len(self))
        rt_set_clear(ts, rt_as_set(self));
    rt_store_relaxed(&rt_as_set(self)->hash, -1);
    return n ? rt_set_update_any(ts, self, args[0]) : 0;
}

static rt_value frozenset_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                              uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && (type == &rt_frozenset_type || type->init == rt_object_type.init) &&
        rt_no_keywords(ts, "frozenset", kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, "frozenset", n, 0, 1) < 0)
        return RT_NULL;
    if (type == &rt_frozenset_type)
        return rt_frozenset_new(ts, n ? args[0] : RT_NULL);
    return rt_set_make(ts, type, n ? args[0] : RT_NULL);
}

/* ---- iterator ---- */
rt_value rt_set_iter_make(struct rt_thread *ts, rt_value s)
{
    struct setiter *it = rt_object_new(ts, &rt_set_iter_type, sizeof(*it));
    if (!it)
        return RT_NULL;
    int64_t n = (int64_t)rt_set_len(s);
    rt_slot_init(&it->set, rt_newref(ts, s));
    rt_store_relaxed(&it->pos, 0);
    rt_store_relaxed(&it->used, n);
    rt_store_relaxed(&it->left, n);
    return rt_own(it);
}

static rt_value setiter_next(struct rt_thread *ts, rt_value self)
{
    struct setiter *it = (struct setiter *)rt_ptr(self);
    rt_claim_writes(ts, it);
    for (;;) {
        int64_t at = rt_load_relaxed(&it->pos);
        if (at < 0)
            return RT_STOP;
        rt_value s = rt_slot_peek(&it->set), key;
        if (rt_unlikely(rt_load_relaxed(&it->used) != (int64_t)rt_set_len(s))) {
            rt_store_relaxed(&it->used, -1);
            return rt_raise(ts, &rt_exc_RuntimeError, "Set changed size during iteration");
        }
        size_t pos = (size_t)at;
        if (rt_likely(rt_sole_writer(ts, it))) {
            struct rt_set_table *t = rt_load_acquire(&rt_as_set(s)->table);
            while (pos <= t->mask && !rt_set_is_key(rt_slot_peek(&t->entries[pos].key)))
                pos++;
            if (rt_likely(pos <= t->mask)) {
                key = rt_slot_get(ts, rt_ptr(s), &t->entries[pos].key);
                if (rt_likely(rt_set_is_key(key))) { /* still */
                    rt_store_relaxed(&it->pos, (int64_t)pos + 1);
                    rt_store_relaxed(&it->left, rt_load_relaxed(&it->left) - 1);
                    return key;
                }
            }
        }
        if (!rt_set_next_hash(ts, rt_as_set(s), &pos, &key, NULL)) {
            rt_store_relaxed(&it->pos, -1);
            rt_store_relaxed(&it->left, 0);
            if (!rt_load_relaxed(&ts->mt))
                rt_slot_set(ts, &it->set, RT_NULL);
            return RT_STOP;
        }
        bool mine = true;
        if (rt_unlikely(!rt_sole_writer(ts, it)))
            mine = rt_cas_relaxed(&it->pos, &at, (int64_t)pos);
        else
            rt_store_relaxed(&it->pos, (int64_t)pos);
        if (rt_likely(mine)) {
            rt_store_relaxed(&it->left, rt_load_relaxed(&it->left) - 1);
            return key;
        }
        rt_decref(ts, key);
    }
}

static int setiter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(rt_slot_peek(&((struct setiter *)o)->set), arg);
}

static void setiter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_clear(ts, o, &((struct setiter *)o)->set);
}

static rt_value setiter_hint(struct rt_thread *ts, rt_value self)
{
    struct setiter *it = (struct setiter *)rt_ptr(self);
    rt_value s = rt_slot_get(ts, it, &it->set);
    int64_t n = 0;
    if (!rt_is_null(s) && rt_load_relaxed(&it->used) == (int64_t)rt_set_len(s))
        n = rt_load_relaxed(&it->left);
    rt_decref(ts, s);
    return rt_int_imm(n < 0 ? 0 : n);
}

/* (iter, ([remaining...],)) */
static rt_value setiter_reduce(struct rt_thread *ts, rt_value self)
{
    struct setiter *it = (struct setiter *)rt_ptr(self), *copy;
    rt_value list, s = rt_slot_get(ts, it, &it->set);
    if (rt_is_null(s)) {
        list = rt_list_new(ts, 0);
    } else {
        copy = rt_object_new(ts, &rt_set_iter_type, sizeof(*copy));
        if (!copy) {
            rt_decref(ts, s);
            return RT_NULL;
        }
        rt_slot_init(&copy->set, s);
        rt_store_relaxed(&copy->pos, rt_load_relaxed(&it->pos));
        rt_store_relaxed(&copy->used, rt_load_relaxed(&it->used));
        rt_store_relaxed(&copy->left, rt_load_relaxed(&it->left));
        list = rt_seq_list(ts, rt_borrow(copy));
        rt_decref(ts, rt_own(copy));
    }
    if (rt_is_null(list))
        return list;
    rt_value v[2] = {rt_builtin_get(ts, "iter"), rt_tuple_steal(ts, &list, 1)};
    if (rt_is_null(v[0]) || rt_is_null(v[1])) {
        rt_decref(ts, v[0]);
        rt_decref(ts, v[1]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, v, 2);
}

static const struct rt_method_def setiter_methods[] = {
    {"__length_hint__", setiter_hint, RT_METH_NOARGS,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", setiter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {0},
};

struct rt_type rt_set_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "set_iterator",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct setiter),
    .dealloc = setiter_dealloc,
    .traverse = setiter_traverse,
    .iter = rt_iter_self,
    .iternext = setiter_next,
    .methods = setiter_methods,
};

struct rt_type rt_set_type = {
    .convert = rt_set_new,
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "set",
    .doc = "set() -> new empty set object\n"
           "set(iterable) -> new set object\n\n"
           "Build an unordered collection of unique elements.",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_WEAKREF | RT_TF_SET | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_set),
    .dealloc = set_dealloc,
    .traverse = set_traverse,
    .clear = set_tp_clear,
    .repr = set_repr,
    .richcompare = rt_set_richcompare,
    .iter = rt_set_iter_make,
    .init = set_init,
    .new = set_new,
    .binary = {[RT_BIN_SUB] = rt_set_nb_sub, [RT_BIN_AND] = rt_set_nb_and,
               [RT_BIN_XOR] = rt_set_nb_xor, [RT_BIN_OR] = rt_set_nb_or},
    .inplace = {[RT_BIN_SUB] = rt_set_nb_isub, [RT_BIN_AND] = rt_set_nb_iand,
                [RT_BIN_XOR] = rt_set_nb_ixor, [RT_BIN_OR] = rt_set_nb_ior},
    .len = set_len,
    .contains = rt_set_contains_key,
    .methods = rt_set_methods,
};

struct rt_type rt_frozenset_type = {
    .convert = rt_frozenset_new,
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "frozenset",
    .doc = "frozenset() -> empty frozenset object\n"
           "frozenset(iterable) -> frozenset object\n\n"
           "Build an immutable unordered collection of unique elements.",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_WEAKREF | RT_TF_FROZENSET | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_set),
    .dealloc = set_dealloc,
    .traverse = set_traverse,
    .repr = set_repr,
    .hash = frozenset_hash,
    .richcompare = rt_set_richcompare,
    .iter = rt_set_iter_make,
    .new = frozenset_new,
    .binary = {[RT_BIN_SUB] = rt_set_nb_sub, [RT_BIN_AND] = rt_set_nb_and,
               [RT_BIN_XOR] = rt_set_nb_xor, [RT_BIN_OR] = rt_set_nb_or},
    .len = set_len,
    .contains = rt_set_contains_key,
    .methods = rt_frozenset_methods,
};
