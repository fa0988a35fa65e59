/* SPDX-License-Identifier: MIT */
/*
 * Shared by the container files of this room: locking rules, size limits, small fast paths.
 *
 * Note [CONT]
 *  [CONT-1] A block (list array, dict table, set table) is reached through one atomic pointer. Words
 *           inside are counted by the block. A count is given up only after the word has left every
 *           block that a reader may still hold: so a retired block is emptied (rt_cont_drain or the
 *           move loops) before its words may be dropped, and a reader that finds RT_NULL where a word
 *           should be looks whether the block was replaced and starts again.
 *  [CONT-2] Writers hold the container's critical section in mt mode unless it is unique. No code
 *           that may run Python (compare, hash, decref, iteration) runs inside the section; what was
 *           learnt outside is validated inside (table serial, version).
 *  [CONT-3] Bulk reads (slice, copy, repr's item list) hold the section, shared with other readers: atomic
 *           snapshots.
 */
#ifndef RT_TYPES_CONT_INTERNAL_H
#define RT_TYPES_CONT_INTERNAL_H

#include "core/object/error.h"
#include "core/object/native.h"
#include "core/object/protocol.h"
#include "core/seam/sections.h"
#include "core/types/containers.h"
#include "core/types/cursor.h"
#include "core/types/number.h"
#include "core/types/str.h"

/* Most items a sequence may have: PY_SSIZE_T_MAX bytes of words. */
#define RT_SEQ_MAX ((size_t)(INT64_MAX / 8))

/* How many keyword arguments follow the positional ones. */
RT_INLINE uint32_t rt_nkw(rt_value kw)
{
    return rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length;
}

/* Enter the section of o for code that runs no Python; nothing to do when nobody else can be there. */
RT_INLINE void rt_cont_lock(struct rt_thread *ts, struct rt_cs *cs, void *o)
{
    cs->open = false;
    if (rt_unlikely(rt_load_relaxed(&ts->mt)) && !rt_object_is_unique(ts, o))
        rt_cs_begin_slow(ts, cs, o, NULL);
}
#define rt_cont_unlock rt_cs_end
/* The same for a few steps that wait for nothing, not even for another section: what is this thread's to write is not
   noted, for there is no safepoint that could make it others' (Note [CS-5]); nor is a lock that is free, for nobody
   has to suspend it. */
RT_INLINE void rt_cont_lock_brief(struct rt_thread *ts, struct rt_cs *cs, void *p)
{
    struct rt_object *o = p;
    cs->open = false;
    if (rt_likely(!rt_load_relaxed(&ts->mt)) || rt_object_is_unique(ts, o))
        return;
    *cs = (struct rt_cs){.open = true};
    if (rt_likely(rt_load_relaxed(&o->owner) == ts->sole_token))
        return;
    if (rt_likely(rt_cs_try_brief(ts, o)))
        cs->b = o;
    else
        rt_cs_begin_slow(ts, cs, o, NULL);
}
RT_INLINE void rt_cont_unlock_brief(struct rt_thread *ts, struct rt_cs *cs)
{
    if (rt_likely(!cs->open))
        return;
    if (cs->a)
        rt_cs_end_slow(ts, cs);
    else if (cs->b)
        rt_cs_end_brief(cs->b);
}
/* The same for bulk reads. [CONT-3] */
RT_INLINE void rt_cont_read(struct rt_thread *ts, struct rt_cs_read *r, void *o)
{
    r->cs.open = false;
    r->shared = NULL;
    if (rt_unlikely(rt_load_relaxed(&ts->mt)) && !rt_object_is_unique(ts, o))
        rt_cs_read_slow(ts, r, o);
}
RT_INLINE void rt_cont_read_end(struct rt_thread *ts, struct rt_cs_read *r)
{
    if (rt_unlikely(r->shared || r->cs.open))
        rt_cs_read_end_slow(ts, r);
}

RT_INLINE bool rt_cont_shared(struct rt_thread *ts, const void *o)
{
    return rt_unlikely(rt_load_relaxed(&ts->mt)) && !rt_object_is_unique(ts, o);
}

/* v, read from a slot just now, may be looked at without a count until the next safepoint: nobody can bury its object
   but this thread, or the collector. */
RT_INLINE bool rt_cont_readable(struct rt_thread *ts, rt_value v)
{
    return rt_likely(!rt_load_relaxed(&ts->mt)) || !rt_is_counted(v) ||
           rt_load_relaxed(&rt_ptr(v)->owner) == ts->token;
}

/* k, read from a slot just now beside the hash of key, is a str equal to key, another str. */
RT_INLINE bool rt_cont_same_str(struct rt_thread *ts, rt_value k, rt_value key)
{
    return !rt_is_null(k) && rt_is_str_exact(key) && rt_cont_readable(ts, k) && rt_is_str_exact(k) && rt_str_same(k, key);
}

/* Copy a word that a locked or private block counts. */
RT_INLINE rt_value rt_slot_copy(struct rt_thread *ts, const rt_slot *s)
{
    rt_value v = RT_VALUE(rt_load_relaxed(&s->bits));
    return rt_is_counted(v) ? rt_newref_obj(ts, rt_ptr(v)) : v; /* uncounted words of the heap are for keeping */
}

/* A word copied as it was, to a place that nobody else knows, gets its count. */
RT_INLINE void rt_slot_recount(struct rt_thread *ts, rt_slot *s)
{
    rt_value v = RT_VALUE(rt_load_relaxed(&s->bits));
    if (!rt_is_counted(v))
        return;
    struct rt_object *o = (void *)v.bits;
    if (rt_likely(rt_load_relaxed(&o->owner) == ts->token))
        o->local++; /* the word is right as it is */
    else
        rt_slot_init(s, rt_newref_foreign(ts, o));
}
/* None of the eight words at s is counted (or NULL), as those of numbers are not: looked at in pairs. s is of a private block. */
RT_INLINE bool rt_slots_plain8(const rt_slot *s)
{
    typedef int64_t pair __attribute__((vector_size(16), aligned(8), may_alias));
    const pair *p = (const pair *)(const void *)s;
    pair low = {15, 15}, r = ((p[0] & low) - 1) | ((p[1] & low) - 1) | ((p[2] & low) - 1) | ((p[3] & low) - 1);
    return (r[0] | r[1]) >= 0;
}
/* n words of a locked or private block to a place that nobody reads yet. A reader may be replacing one by its
   uncounted form meanwhile (rt_slot_get_slow): either is right, and words are copied whole. */
RT_INLINE void rt_slots_copy(struct rt_thread *ts, rt_slot *dst, const rt_slot *src, size_t n)
{
#if RT_TSAN
    for (size_t i = 0; i < n; i++)
        rt_slot_init(&dst[i], RT_VALUE(rt_load_relaxed(&src[i].bits)));
#else
    memcpy((void *)dst, (const void *)src, n * sizeof(rt_slot));
#endif
    rt_slot *end = dst + n;
    while (end - dst >= 8) {
        if (rt_slots_plain8(dst))
            dst += 8;
        else
            for (rt_slot *stop = dst + 8; dst < stop; dst++)
                rt_slot_recount(ts, dst);
    }
    for (; dst < end; dst++)
        rt_slot_recount(ts, dst);
}
RT_INLINE void rt_slot_drop(struct rt_thread *ts, rt_slot *s)
{
    rt_value v = RT_VALUE(rt_load_relaxed(&s->bits));
    if (rt_is_counted(v))
        rt_decref_obj(ts, (void *)v.bits);
}
/* Drop the n words at s, the last one first, which nobody else finds any more. */
RT_INLINE void rt_slots_drop(struct rt_thread *ts, rt_slot *s, size_t n)
{
    rt_slot *end = s + n;
    while (end - s >= 8) {
        if (rt_slots_plain8(end - 8))
            end -= 8;
        else
            for (rt_slot *stop = end - 8; end > stop;)
                rt_slot_drop(ts, --end);
    }
    while (end > s)
        rt_slot_drop(ts, --end);
}

/* Hash with the common keys inline. -1: error. */
RT_INLINE int64_t rt_hash_inline(struct rt_thread *ts, rt_value key)
{
    if (rt_is_int(key)) {
        int64_t i = rt_int_get(key);
        if (rt_likely(i > -(1ll << 60) && i < (1ll << 60)))
            return i == -1 ? -2 : i;
    } else if (rt_is_str_exact(key)) {
        int64_t h = rt_load_relaxed(&rt_as_str(key)->hash);
        return rt_likely(h != -1) ? h : rt_str_hash(key);
    }
    return rt_hash(ts, key);
}

/* a == b for words that need not be kept alive, as long as no Python runs: 1, 0, or -1 when it must. */
RT_INLINE int rt_equal_quick(rt_value a, rt_value b)
{
    if (rt_is(a, b))
        return 1;
    if (rt_is_int(a) && rt_is_int(b))
        return 0;
    if (rt_is_flonum(a) && rt_is_flonum(b))
        return rt_flonum_get(a) == rt_flonum_get(b);
    if (rt_is_str_exact(a))
        return rt_is_str_exact(b) ? rt_str_same(a, b) : rt_is_ptr(b) ? -1 : 0;
    return !rt_is_ptr(a) && rt_is_str_exact(b) ? 0 : -1;
}
/* a == b, identity first. */
RT_INLINE int rt_equal_inline(struct rt_thread *ts, rt_value a, rt_value b)
{
    int r = rt_equal_quick(a, b);
    return r >= 0 ? r : rt_compare_bool(ts, a, b, RT_EQ);
}

/* a < b as a sort asks, strs and tuples without detours: 1, 0, -1 raised. [attached; py; raises] */
int rt_sort_less(struct rt_thread *ts, rt_value a, rt_value b);

/* A table or array outside of blocks goes; shared: lock-free readers may still be in it. */
RT_INLINE void rt_cont_free(struct rt_thread *ts, void *p, size_t bytes, bool shared)
{
    ts->raw_bytes -= (int64_t)bytes;
    if (shared)
        rt_retire(ts, p, bytes, NULL);
    else
        rt_raw_free(p);
}

/* The tuple (a, b) as an iterator's next item; a and b are consumed. The first pair is kept in *cache and
   used again as long as nobody else keeps it, as in a loop that unpacks. An iterator `it` that others use too makes
   new ones. */
RT_INLINE rt_value rt_pair_next(struct rt_thread *ts, void *it, rt_value *cache, rt_value a, rt_value b)
{
    rt_value v[2] = {a, b};
    if (rt_unlikely(!rt_sole_writer(ts, it)))
        return rt_tuple_steal(ts, v, 2);
    if (rt_likely(!rt_is_null(*cache))) {
        struct rt_tuple *t = rt_as_tuple(*cache);
        if (!rt_object_is_unique(ts, &t->hdr))
            return rt_tuple_steal(ts, v, 2);
        v[0] = t->items[0];
        v[1] = t->items[1];
        t->items[0] = a;
        t->items[1] = b;
        t->hdr.local = 2;
        rt_decref(ts, v[0]);
        rt_decref(ts, v[1]);
        return rt_own(t);
    }
    rt_value r = rt_tuple_steal(ts, v, 2);
    if (!rt_is_null(r))
        *cache = rt_newref(ts, r);
    return r;
}

/* Index key of a sequence: 1 and *i (negative not yet adjusted), 0 not an index, -1 error. */
RT_INLINE int rt_cont_index(struct rt_thread *ts, rt_value key, int64_t *i)
{
    if (rt_likely(rt_is_int(key))) {
        *i = rt_int_get(key);
        return 1;
    }
    if (!rt_index_check(key))
        return 0;
    *i = rt_as_index(ts, key, &rt_exc_IndexError);
    return *i == -1 && rt_pending(ts) ? -1 : 1;
}

size_t rt_cont_length(rt_value v); /* of an exact list or tuple; 0 for anything else */
rt_value rt_builtin_get(struct rt_thread *ts, const char *name); /* owned builtins.name */
rt_value rt_cont_class_getitem(struct rt_thread *ts, rt_value cls, rt_value arg);
/* slice.indices for lengths of any size; out: owned. */
int rt_slice_indices_big(struct rt_thread *ts, rt_value self, rt_value length, rt_value out[3]);
/* Position (or count) of v in any iterable by ==; kind 'i' index, 'c' count, 'n' contains. -1 error,
   -2 absent (index). */
int64_t rt_cont_search(struct rt_thread *ts, rt_value iterable, rt_value v, char kind);
/* The result of a comparison of two int64 by op. */
rt_value rt_cmp_i64(int64_t a, int64_t b, enum rt_cmp op);

/* Of the exact types of dict's views. What it shows, as a list; and the dict, borrowed. */
bool rt_is_dict_view(rt_value v);
rt_value rt_dict_view_dict(rt_value v);
rt_value rt_dict_view_list(struct rt_thread *ts, rt_value v);

/* The keys of a set, as a list: atomic snapshot. */
rt_value rt_set_list(struct rt_thread *ts, rt_value s);

/* list internals */
/* The block of every empty list, and of a list being sorted: static, capacity 0. */
extern struct rt_list_array rt_list_array_empty, rt_list_array_sorting;
rt_value rt_list_new_of(struct rt_thread *ts, struct rt_type *t);
struct rt_list_array *rt_list_array_new(struct rt_thread *ts, size_t capacity);
void rt_list_clear(struct rt_thread *ts, rt_value l);
void rt_list_clear_shared(struct rt_thread *ts, rt_value l); /* the block came from a shared list */
extern struct rt_type rt_list_iter_type, rt_list_reviter_type, rt_tuple_iter_type, rt_range_iter_type,
    rt_longrange_iter_type, rt_set_iter_type, rt_dict_keyiter_type, rt_dict_valueiter_type,
    rt_dict_itemiter_type, rt_dict_revkeyiter_type, rt_dict_revvalueiter_type,
    rt_dict_revitemiter_type;
rt_value rt_seqiter_make(struct rt_thread *ts, struct rt_type *t, rt_value seq, int64_t index);

#define RT_CLASS_GETITEM                                                                           \
    {"__class_getitem__", rt_cont_class_getitem, RT_METH_O | RT_METH_CLASS,                        \
     "See PEP 585"}

#endif
