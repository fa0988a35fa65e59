/* SPDX-License-Identifier: MIT */
/*
 * Set algebra. Which operand is walked, and in which order keys go into the result, follows what
 * Python programs see elsewhere (iteration order of results). In mt mode the walked operand is a
 * snapshot where the operation promises one result for one state (copy, |, update).
 */
#include "core/types/dict_internal.h"
#include "core/types/set_internal.h"

/* The exact type a binary operation on v gives. */
static struct rt_type *base_type(rt_value v)
{
    return rt_is_set(v) ? &rt_set_type : &rt_frozenset_type;
}

static int add_dict(struct rt_thread *ts, struct rt_set *s, rt_value d)
{
    size_t pos = 0;
    rt_value key;
    int64_t hash;
    int r = rt_set_reserve(ts, s, rt_dict_len(d));
    while (r >= 0 && rt_dict_next_hash(ts, d, &pos, &key, NULL, &hash)) {
        r = rt_set_add_hash(ts, s, key, hash);
        rt_decref(ts, key);
    }
    return r < 0 ? -1 : 0;
}

int rt_set_update_any(struct rt_thread *ts, rt_value sv, rt_value iterable)
{
    struct rt_set *s = rt_as_set(sv);
    rt_value key;
    if (rt_is_anyset(iterable))
        return rt_set_merge(ts, s, rt_as_set(iterable));
    if (rt_is_exact(iterable, &rt_dict_type))
        return add_dict(ts, s, iterable);
    int r = 0;
    if (rt_is_exact(iterable, &rt_tuple_type)) {
        struct rt_tuple *t = rt_as_tuple(iterable);
        for (size_t i = 0; i < t->length && r >= 0; i++) {
            int64_t hash = rt_hash_inline(ts, t->items[i]);
            r = hash == -1 ? -1 : rt_set_add_hash(ts, s, t->items[i], hash);
        }
        return r < 0 ? -1 : 0;
    }
    if (rt_is_exact(iterable, &rt_list_type)) {
        for (size_t i = 0; r >= 0 && !rt_is_null(key = rt_list_at(ts, iterable, i)); i++) {
            int64_t hash = rt_hash_inline(ts, key);
            r = hash == -1 ? -1 : rt_set_add_hash(ts, s, key, hash);
            rt_decref(ts, key);
        }
        return r < 0 ? -1 : 0;
    }
    rt_value it = rt_iter_fixed(ts, iterable);
    if (rt_is_null(it))
        return -1;
    while (r >= 0 && !rt_is_stop(key = rt_next(ts, it))) {
        int64_t hash = rt_is_null(key) ? -1 : rt_hash_inline(ts, key);
        r = hash == -1 ? -1 : rt_set_add_hash(ts, s, key, hash);
        rt_decref(ts, key);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r < 0 ? -1 : 0;
}

rt_value rt_set_make(struct rt_thread *ts, struct rt_type *t, rt_value iterable)
{
    rt_value s = rt_set_alloc(ts, t);
    if (rt_is_null(s))
        return s;
    if (!rt_is_null(iterable) && rt_set_update_any(ts, s, iterable) < 0)
        rt_clear(ts, &s);
    else if (!rt_is_set(s))
        rt_store_relaxed(&rt_as_set(s)->hash, -1);
    return s;
}

rt_value rt_set_new(struct rt_thread *ts, rt_value iterable)
{
    return rt_set_make(ts, &rt_set_type, iterable);
}

rt_value rt_frozenset_new(struct rt_thread *ts, rt_value iterable)
{
    if (!rt_is_null(iterable) && rt_is_exact(iterable, &rt_frozenset_type))
        return rt_newref(ts, iterable);
    return rt_set_make(ts, &rt_frozenset_type, iterable);
}

int rt_set_add(struct rt_thread *ts, rt_value s, rt_value key)
{
    int64_t hash = rt_hash_inline(ts, key);
    if (hash == -1 || rt_set_add_hash(ts, rt_as_set(s), key, hash) < 0)
        return -1;
    if (!rt_is_set(s)) /* a frozenset under construction */
        rt_store_relaxed(&rt_as_set(s)->hash, -1);
    return 0;
}

/* The key to look for: a set stands for the frozenset of its items. Owned; *hash -1 on error. */
static rt_value lookup_key(struct rt_thread *ts, rt_value key, int64_t *hash)
{
    *hash = rt_hash_inline(ts, key);
    if (rt_likely(*hash != -1))
        return rt_newref(ts, key);
    if (!rt_is_set(key) || !rt_exc_clear_if(ts, &rt_exc_TypeError))
        return RT_NULL;
    rt_value f = rt_set_make(ts, &rt_frozenset_type, key);
    if (!rt_is_null(f))
        *hash = rt_hash(ts, f);
    return f;
}

int rt_set_contains_key(struct rt_thread *ts, rt_value s, rt_value key)
{
    int64_t hash = rt_hash_inline(ts, key);
    if (rt_likely(hash != -1))
        return rt_set_contains_hash(ts, rt_as_set(s), key, hash);
    if (!rt_is_set(key) || !rt_exc_clear_if(ts, &rt_exc_TypeError))
        return -1;
    key = lookup_key(ts, key, &hash);
    int r = hash == -1 ? -1 : rt_set_contains_hash(ts, rt_as_set(s), key, hash);
    rt_decref(ts, key);
    return r;
}

int rt_set_contains(struct rt_thread *ts, rt_value s, rt_value key)
{
    return rt_set_contains_key(ts, s, key);
}

int rt_set_discard(struct rt_thread *ts, rt_value s, rt_value key)
{
    int64_t hash;
    key = lookup_key(ts, key, &hash);
    int r = hash == -1 ? -1 : rt_set_discard_hash(ts, rt_as_set(s), key, hash);
    rt_decref(ts, key);
    return r;
}

int rt_set_update(struct rt_thread *ts, rt_value s, rt_value iterable)
{
    return rt_set_update_any(ts, s, iterable);
}

/* ---- one function per operation; results are sets of type base_type(a) ---- */
typedef int (*each_fn)(struct rt_thread *ts, struct rt_set *a, struct rt_set *result, rt_value key,
                       int64_t hash);

/* f for every item of b (a set, dict or any iterable); the hashes of sets are at hand. */
static int for_each(struct rt_thread *ts, rt_value b, each_fn f, struct rt_set *a,
                    struct rt_set *result)
{
    rt_value key;
    int64_t hash;
    size_t pos = 0;
    int r = 0;
    if (rt_is_anyset(b)) {
        while (r >= 0 && rt_set_next_hash(ts, rt_as_set(b), &pos, &key, &hash)) {
            r = f(ts, a, result, key, hash);
            rt_decref(ts, key);
        }
        return r < 0 ? -1 : 0;
    }
    if (rt_is_exact(b, &rt_dict_type)) {
        while (r >= 0 && rt_dict_next_hash(ts, b, &pos, &key, NULL, &hash)) {
            r = f(ts, a, result, key, hash);
            rt_decref(ts, key);
        }
        return r < 0 ? -1 : 0;
    }
    rt_value it = rt_iter_fixed(ts, b);
    if (rt_is_null(it))
        return -1;
    while (r >= 0 && !rt_is_stop(key = rt_next(ts, it))) {
        hash = rt_is_null(key) ? -1 : rt_hash_inline(ts, key);
        r = hash == -1 ? -1 : f(ts, a, result, key, hash);
        rt_decref(ts, key);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r < 0 ? -1 : 0;
}

static int keep_if_in(struct rt_thread *ts, struct rt_set *a, struct rt_set *result, rt_value key,
                      int64_t hash)
{
    int r = rt_set_contains_hash(ts, a, key, hash);
    return r > 0 ? rt_set_add_hash(ts, result, key, hash) : r;
}

static int keep_if_not_in(struct rt_thread *ts, struct rt_set *a, struct rt_set *result,
                          rt_value key, int64_t hash)
{
    int r = rt_set_contains_hash(ts, a, key, hash);
    return r == 0 ? rt_set_add_hash(ts, result, key, hash) : r;
}

static int remove_from(struct rt_thread *ts, struct rt_set *a, struct rt_set *result, rt_value key,
                       int64_t hash)
{
    return rt_set_discard_hash(ts, result, key, hash);
}

static int toggle(struct rt_thread *ts, struct rt_set *a, struct rt_set *result, rt_value key,
                  int64_t hash)
{
    int r = rt_set_discard_hash(ts, result, key, hash);
    return r == 0 ? rt_set_add_hash(ts, result, key, hash) : r;
}

static int stop_if_in(struct rt_thread *ts, struct rt_set *a, struct rt_set *result, rt_value key,
                      int64_t hash)
{
    int r = rt_set_contains_hash(ts, a, key, hash);
    return r > 0 ? -2 : r;
}

/* rt_set_keep_alone, if that is possible: *r is a new set of type t, or RT_NULL after an error. */
static bool keep_alone(struct rt_thread *ts, struct rt_type *t, rt_value walked, rt_value other, bool want, rt_value *r)
{
    *r = rt_set_alloc(ts, t);
    if (rt_is_null(*r))
        return true;
    struct rt_cs_read2 cs;
    int done = 0;
    if (rt_set_read2(ts, &cs, walked, other)) {
        done = rt_set_keep_alone(ts, rt_as_set(*r), rt_as_set(walked), rt_as_set(other), want);
        rt_set_read2_end(&cs);
    }
    if (done <= 0)
        rt_clear(ts, r);
    return done != 0;
}

/* The same for a question: is each key of walked in other (want false), or none (true)? 1, -2 no, 0 Python is needed. */
static int ask_alone(struct rt_thread *ts, rt_value walked, rt_value other, bool want)
{
    struct rt_cs_read2 cs;
    if (!rt_set_read2(ts, &cs, walked, other))
        return 0;
    int r = rt_set_keep_alone(ts, NULL, rt_as_set(walked), rt_as_set(other), want);
    rt_set_read2_end(&cs);
    return r;
}

static void freeze(rt_value s)
{
    if (!rt_is_null(s) && !rt_is_set(s))
        rt_store_relaxed(&rt_as_set(s)->hash, -1);
}

static rt_value intersection(struct rt_thread *ts, rt_value a, rt_value b)
{
    struct rt_type *t = base_type(a);
    if (rt_is(a, b))
        return rt_set_copy_as(ts, rt_as_set(a), t);
    rt_value r;
    if (rt_is_anyset(b)) {
        if (rt_set_len(b) > rt_set_len(a)) {
            r = a;
            a = b;
            b = r;
        }
        if (keep_alone(ts, t, b, a, true, &r)) {
            freeze(r);
            return r;
        }
    }
    r = rt_set_alloc(ts, t);
    if (rt_is_null(r))
        return r;
    if (for_each(ts, b, keep_if_in, rt_as_set(a), rt_as_set(r)) < 0)
        rt_clear(ts, &r);
    freeze(r);
    return r;
}

static int difference_update(struct rt_thread *ts, rt_value s, rt_value b)
{
    if (rt_is(s, b)) {
        rt_set_clear(ts, rt_as_set(s));
        return 0;
    }
    rt_value common = RT_NULL;
    if (rt_is_anyset(b) && rt_set_len(b) >> 3 > rt_set_len(s)) {
        common = intersection(ts, s, b);
        if (rt_is_null(common))
            return -1;
        b = common;
    }
    int r = for_each(ts, b, remove_from, NULL, rt_as_set(s));
    rt_decref(ts, common);
    return r < 0 ? -1 : rt_set_compact(ts, rt_as_set(s));
}

static rt_value copy_then_remove(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value r = rt_set_copy_as(ts, rt_as_set(a), base_type(a));
    if (!rt_is_null(r) && difference_update(ts, r, b) < 0)
        rt_clear(ts, &r);
    freeze(r);
    return r;
}

static rt_value difference(struct rt_thread *ts, rt_value a, rt_value b)
{
    size_t other;
    rt_value r;
    if (rt_is_anyset(b))
        other = rt_set_len(b);
    else if (rt_is_exact(b, &rt_dict_type))
        other = rt_dict_len(b);
    else
        return copy_then_remove(ts, a, b);
    if (rt_set_len(a) >> 2 > other)
        return copy_then_remove(ts, a, b);
    if (rt_is_anyset(b) && keep_alone(ts, base_type(a), a, b, false, &r)) {
        freeze(r);
        return r;
    }
    r = rt_set_alloc(ts, base_type(a));
    if (rt_is_null(r))
        return r;
    if (rt_is_anyset(b)) {
        if (for_each(ts, a, keep_if_not_in, rt_as_set(b), rt_as_set(r)) < 0)
            rt_clear(ts, &r);
    } else {
        size_t pos = 0;
        rt_value key;
        int64_t hash;
        int err = 0;
        while (err >= 0 && rt_set_next_hash(ts, rt_as_set(a), &pos, &key, &hash)) {
            rt_value v = rt_dict_get_hash(ts, b, key, hash);
            if (!rt_is_null(v))
                rt_decref(ts, v);
            else
                err = rt_pending(ts) ? -1 : rt_set_add_hash(ts, rt_as_set(r), key, hash);
            rt_decref(ts, key);
        }
        if (err < 0)
            rt_clear(ts, &r);
    }
    freeze(r);
    return r;
}

static int symmetric_update(struct rt_thread *ts, rt_value s, rt_value b)
{
    rt_value other = RT_NULL;
    if (rt_is(s, b)) {
        rt_set_clear(ts, rt_as_set(s));
        return 0;
    }
    if (!rt_is_anyset(b) && !rt_is_exact(b, &rt_dict_type)) {
        other = rt_set_make(ts, base_type(s), b);
        if (rt_is_null(other))
            return -1;
        b = other;
    }
    int r = for_each(ts, b, toggle, NULL, rt_as_set(s));
    rt_decref(ts, other);
    return r;
}

static rt_value symmetric_difference(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value r = rt_set_make(ts, base_type(a), b);
    if (!rt_is_null(r) && symmetric_update(ts, r, a) < 0)
        rt_clear(ts, &r);
    freeze(r);
    return r;
}

static rt_value union_of(struct rt_thread *ts, rt_value a, const rt_value *args, uint32_t n)
{
    rt_value r = rt_set_copy_as(ts, rt_as_set(a), base_type(a));
    for (uint32_t i = 0; i < n && !rt_is_null(r); i++)
        if (!rt_is(args[i], a) && rt_set_update_any(ts, r, args[i]) < 0)
            rt_clear(ts, &r);
    freeze(r);
    return r;
}

/* 1, 0, -1 */
static int is_subset(struct rt_thread *ts, rt_value a, rt_value b)
{
    size_t pos = 0;
    rt_value key;
    int64_t hash;
    int r = 1;
    if (rt_set_len(a) > rt_set_len(b))
        return 0;
    int quick = ask_alone(ts, a, b, false);
    if (quick)
        return quick == 1;
    while (r > 0 && rt_set_next_hash(ts, rt_as_set(a), &pos, &key, &hash)) {
        r = rt_set_contains_hash(ts, rt_as_set(b), key, hash);
        rt_decref(ts, key);
    }
    return r;
}

rt_value rt_set_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_anyset(a) || !rt_is_anyset(b))
        return RT_NOTIMPL;
    size_t na = rt_set_len(a), nb = rt_set_len(b);
    int r = 0;
    switch (op) {
    case RT_EQ:
    case RT_NE:
        if (na == nb && !rt_is_set(a) && !rt_is_set(b)) {
            int64_t x = rt_load_relaxed(&rt_as_set(a)->hash), y = rt_load_relaxed(&rt_as_set(b)->hash);
            if (x != -1 && y != -1 && x != y)
                return rt_bool(op == RT_NE);
        }
        r = na == nb ? is_subset(ts, a, b) : 0;
        if (r >= 0 && op == RT_NE)
            r = !r;
        break;
    case RT_LE: r = is_subset(ts, a, b); break;
    case RT_GE: r = is_subset(ts, b, a); break;
    case RT_LT: r = na < nb ? is_subset(ts, a, b) : 0; break;
    case RT_GT: r = nb < na ? is_subset(ts, b, a) : 0; break;
    }
    return r < 0 ? RT_NULL : rt_bool(r);
}

/* ---- operators ---- */
#define BOTH_SETS(a, b)                                                                            \
    if (!rt_is_anyset(a) || !rt_is_anyset(b))                                                      \
    return RT_NOTIMPL

rt_value rt_set_nb_or(struct rt_thread *ts, rt_value a, rt_value b)
{
    BOTH_SETS(a, b);
    return union_of(ts, a, &b, 1);
}

rt_value rt_set_nb_and(struct rt_thread *ts, rt_value a, rt_value b)
{
    BOTH_SETS(a, b);
    return intersection(ts, a, b);
}

rt_value rt_set_nb_sub(struct rt_thread *ts, rt_value a, rt_value b)
{
    BOTH_SETS(a, b);
    return difference(ts, a, b);
}

rt_value rt_set_nb_xor(struct rt_thread *ts, rt_value a, rt_value b)
{
    BOTH_SETS(a, b);
    return symmetric_difference(ts, a, b);
}

rt_value rt_set_nb_ior(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_anyset(b))
        return RT_NOTIMPL;
    return rt_set_update_any(ts, a, b) < 0 ? RT_NULL : rt_newref(ts, a);
}

static int intersect_into(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value r = intersection(ts, a, b);
    if (rt_is_null(r))
        return -1;
    rt_set_swap(ts, rt_as_set(a), rt_as_set(r));
    rt_decref(ts, r);
    return 0;
}

rt_value rt_set_nb_iand(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_anyset(b))
        return RT_NOTIMPL;
    return intersect_into(ts, a, b) < 0 ? RT_NULL : rt_newref(ts, a);
}

rt_value rt_set_nb_isub(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_anyset(b))
        return RT_NOTIMPL;
    return difference_update(ts, a, b) < 0 ? RT_NULL : rt_newref(ts, a);
}

rt_value rt_set_nb_ixor(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_anyset(b))
        return RT_NOTIMPL;
    return symmetric_update(ts, a, b) < 0 ? RT_NULL : rt_newref(ts, a);
}

/* ---- methods ---- */
static rt_value set_add(struct rt_thread *ts, rt_value self, rt_value key)
{
    return rt_set_add(ts, self, key) < 0 ? RT_NULL : RT_NONE;
}

static rt_value set_clear(struct rt_thread *ts, rt_value self)
{
    rt_set_clear(ts, rt_as_set(self));
    return RT_NONE;
}

static rt_value set_contains(struct rt_thread *ts, rt_value self, rt_value key)
{
    int r = rt_set_contains_key(ts, self, key);
    return r < 0 ? RT_NULL : rt_bool(r);
}

static rt_value set_copy(struct rt_thread *ts, rt_value self)
{
    return rt_set_copy_as(ts, rt_as_set(self), base_type(self));
}

static rt_value frozenset_copy(struct rt_thread *ts, rt_value self)
{
    return rt_is_exact(self, &rt_frozenset_type) ? rt_newref(ts, self) : set_copy(ts, self);
}

static rt_value set_discard(struct rt_thread *ts, rt_value self, rt_value key)
{
    return rt_set_discard(ts, self, key) < 0 ? RT_NULL : RT_NONE;
}

static rt_value set_remove(struct rt_thread *ts, rt_value self, rt_value key)
{
    int r = rt_set_discard(ts, self, key);
    if (r == 0)
        return rt_raise_key(ts, key);
    return r < 0 ? RT_NULL : RT_NONE;
}

static rt_value set_pop(struct rt_thread *ts, rt_value self)
{
    return rt_set_pop(ts, self);
}

static rt_value set_difference(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (n == 0)
        return set_copy(ts, self);
    rt_value r = difference(ts, self, args[0]);
    for (uint32_t i = 1; i < n && !rt_is_null(r); i++)
        if (difference_update(ts, r, args[i]) < 0)
            rt_clear(ts, &r);
    freeze(r);
    return r;
}

static rt_value set_difference_update(struct rt_thread *ts, rt_value self, const rt_value *args,
                                      uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (difference_update(ts, self, args[i]) < 0)
            return RT_NULL;
    return RT_NONE;
}

static rt_value set_intersection(struct rt_thread *ts, rt_value self, const rt_value *args,
                                 uint32_t n)
{
    if (n == 0)
        return set_copy(ts, self);
    rt_value r = intersection(ts, self, args[0]);
    for (uint32_t i = 1; i < n && !rt_is_null(r); i++) {
        rt_value next = intersection(ts, r, args[i]);
        rt_decref(ts, r);
        r = next;
    }
    return r;
}

static rt_value set_intersection_update(struct rt_thread *ts, rt_value self, const rt_value *args,
                                        uint32_t n)
{
    rt_value r = set_intersection(ts, self, args, n);
    if (rt_is_null(r))
        return r;
    rt_set_swap(ts, rt_as_set(self), rt_as_set(r));
    rt_decref(ts, r);
    return RT_NONE;
}

static rt_value set_isdisjoint(struct rt_thread *ts, rt_value self, rt_value other)
{
    if (rt_is(self, other))
        return rt_bool(rt_set_len(self) == 0);
    rt_value a = self, b = other;
    if (rt_is_anyset(b) && rt_set_len(b) > rt_set_len(a)) {
        a = other;
        b = self;
    }
    if (rt_is_anyset(b)) {
        int quick = ask_alone(ts, b, a, true);
        if (quick)
            return rt_bool(quick == 1);
    }
    int r = for_each(ts, b, stop_if_in, rt_as_set(a), NULL);
    if (r < 0 && rt_pending(ts))
        return RT_NULL;
    return rt_bool(r == 0);
}

/* The other operand as a set. Owned. */
static rt_value as_set(struct rt_thread *ts, rt_value v)
{
    return rt_is_anyset(v) ? rt_newref(ts, v) : rt_set_new(ts, v);
}

static rt_value set_issubset(struct rt_thread *ts, rt_value self, rt_value other)
{
    rt_value b = as_set(ts, other);
    int r = rt_is_null(b) ? -1 : is_subset(ts, self, b);
    rt_decref(ts, b);
    return r < 0 ? RT_NULL : rt_bool(r);
}

static rt_value set_issuperset(struct rt_thread *ts, rt_value self, rt_value other)
{
    if (rt_is_anyset(other)) {
        int r = is_subset(ts, other, self);
        return r < 0 ? RT_NULL : rt_bool(r);
    }
    rt_value it = rt_iter(ts, other), x;
    int r = rt_is_null(it) ? -1 : 1;
    while (r > 0 && !rt_is_stop(x = rt_next(ts, it))) {
        r = rt_is_null(x) ? -1 : rt_set_contains_key(ts, self, x);
        rt_decref(ts, x);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    return r < 0 ? RT_NULL : rt_bool(r);
}

static rt_value set_symmetric_difference(struct rt_thread *ts, rt_value self, rt_value other)
{
    return symmetric_difference(ts, self, other);
}

static rt_value set_symmetric_difference_update(struct rt_thread *ts, rt_value self, rt_value other)
{
    return symmetric_update(ts, self, other) < 0 ? RT_NULL : RT_NONE;
}

static rt_value set_union(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return union_of(ts, self, args, n);
}

static rt_value set_update(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (rt_set_update_any(ts, self, args[i]) < 0)
            return RT_NULL;
    return RT_NONE;
}

static rt_value set_sizeof(struct rt_thread *ts, rt_value self)
{
    struct rt_set_table *t = rt_load_acquire(&rt_as_set(self)->table);
    size_t n = rt_type_of(self)->basic_size;
    return rt_int_imm((int64_t)(n + (t == rt_set_table_empty ? 0 : rt_set_table_bytes(t))));
}

/* (type, ([items],), state) */
static rt_value set_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value v[3], list = rt_seq_list(ts, self);
    if (rt_is_null(list))
        return list;
    v[1] = rt_tuple_steal(ts, &list, 1);
    if (rt_is_null(v[1]))
        return RT_NULL;
    v[2] = rt_call_method(ts, self, "__getstate__", NULL, 0);
    if (rt_is_null(v[2])) {
        rt_decref(ts, v[1]);
        return RT_NULL;
    }
    v[0] = rt_newref(ts, rt_type_value(rt_type_of(self)));
    return rt_tuple_steal(ts, v, 3);
}

#define SET_READ_METHODS                                                                           \
    {"__contains__", set_contains, RT_METH_O | RT_METH_COEXIST,                                    \
     "x.__contains__(y) <==> y in x."},                                                            \
    {"difference", set_difference, RT_METH_FAST,                                                   \
     "Return the difference of two or more sets as a new set.\n\n"                                 \
     "(i.e. all elements that are in this set but not the others.)"},                              \
    {"intersection", set_intersection, RT_METH_FAST,                                               \
     "Return the intersection of two sets as a new set.\n\n"                                       \
     "(i.e. all elements that are in both sets.)"},                                                \
    {"isdisjoint", set_isdisjoint, RT_METH_O,                                                      \
     "Return True if two sets have a null intersection."},                                         \
    {"issubset", set_issubset, RT_METH_O, "Report whether another set contains this set."},        \
    {"issuperset", set_issuperset, RT_METH_O, "Report whether this set contains another set."},    \
    {"symmetric_difference", set_symmetric_difference, RT_METH_O,                                  \
     "Return the symmetric difference of two sets as a new set.\n\n"                               \
     "(i.e. all elements that are in exactly one of the sets.)"},                                  \
    {"union", set_union, RT_METH_FAST,                                                             \
     "Return the union of sets as a new set.\n\n"                                                  \
     "(i.e. all elements that are in either set.)"},                                               \
    {"__reduce__", set_reduce, RT_METH_NOARGS, "Return state information for pickling."},          \
    {"__sizeof__", set_sizeof, RT_METH_NOARGS, "S.__sizeof__() -> size of S in memory, in bytes"}, \
    RT_CLASS_GETITEM

const struct rt_method_def rt_set_methods[] = {
    SET_READ_METHODS,
    {"add", set_add, RT_METH_O,
     "Add an element to a set.\n\nThis has no effect if the element is already present."},
    {"clear", set_clear, RT_METH_NOARGS, "Remove all elements from this set."},
    {"copy", set_copy, RT_METH_NOARGS, "Return a shallow copy of a set."},
    {"discard", set_discard, RT_METH_O,
     "Remove an element from a set if it is a member; otherwise do nothing."},
    {"difference_update", set_difference_update, RT_METH_FAST,
     "Remove all elements of another set from this set."},
    {"intersection_update", set_intersection_update, RT_METH_FAST,
     "Update a set with the intersection of itself and another."},
    {"pop", set_pop, RT_METH_NOARGS,
     "Remove and return an arbitrary set element.\nRaises KeyError if the set is empty."},
    {"remove", set_remove, RT_METH_O,
     "Remove an element from a set; it must be a member.\n\n"
     "If the element is not a member, raise a KeyError."},
    {"symmetric_difference_update", set_symmetric_difference_update, RT_METH_O,
     "Update a set with the symmetric difference of itself and another."},
    {"update", set_update, RT_METH_FAST, "Update a set with the union of itself and others."},
    {0},
};
const struct rt_method_def rt_frozenset_methods[] = {
    SET_READ_METHODS,
    {"copy", frozenset_copy, RT_METH_NOARGS, "Return a shallow copy of a set."},
    {0},
};
