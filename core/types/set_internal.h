/* SPDX-License-Identifier: MIT */
/*
 * The set's table, for the set files of this room.
 *
 * Open addressing with short linear runs, entries {hash, key} in the table itself; the iteration
 * order (that of the table) is the one Python programs have come to know. A key slot is RT_NULL
 * (never used), RT_UNDEF (its key was removed; may be used again) or a key. A replaced table has all
 * its keys (not its unused places) set to RT_UNDEF before it is retired; readers who miss look whether the table is still
 * the set's. The hash of an entry is stored before its key and only while the key is no key.
 */
#ifndef RT_TYPES_SET_INTERNAL_H
#define RT_TYPES_SET_INTERNAL_H

#include "core/types/cont_internal.h"

struct rt_set_entry {
    _Atomic int64_t hash;
    rt_slot key;
};
struct rt_set_table {
    size_t mask;
    uint64_t serial; /* constant; tells tables of one set apart */
    size_t fill;     /* keys and removed ones; under the section */
    size_t finger;   /* where pop() goes on; under the section */
    struct rt_set_entry entries[];
};
enum { SET_MISS = -1, SET_NEEDCMP = -2, SET_RETRY = -3, SET_LINEAR = 9, SET_PERTURB_SHIFT = 5 };

RT_INLINE struct rt_set *rt_as_set(rt_value v) { return (struct rt_set *)rt_ptr(v); }
RT_INLINE bool rt_set_is_key(rt_value k) { return !rt_is_null(k) && !rt_is_undef(k); }

extern struct rt_set_table *const rt_set_table_empty;

/* While nobody changes the table: entry number; MISS with *place for the key; NEEDCMP when only Python can
   tell whether an entry of the same hash is equal. */
RT_INLINE ssize_t rt_set_quick_find(struct rt_set_table *t, rt_value key, int64_t hash, size_t *place)
{
    size_t mask = t->mask, perturb = (size_t)hash, i = perturb & mask, dummy = SIZE_MAX;
    uint64_t wmask = rt_is_ptr(key) ? ~(uint64_t)RT_TAG_BORROWED : ~(uint64_t)0;
    uint64_t want = key.bits & wmask;
    for (;;) {
        struct rt_set_entry *e = &t->entries[i], *end = i + SET_LINEAR <= mask ? e + SET_LINEAR : e;
        for (; e <= end; e++) {
            rt_value k = RT_VALUE(rt_load_relaxed(&e->key.bits));
            if ((k.bits & wmask) == want)
                return e - t->entries;
            if (rt_is_null(k)) {
                *place = dummy != SIZE_MAX ? dummy : (size_t)(e - t->entries);
                return SET_MISS;
            }
            if (rt_is_undef(k)) {
                dummy = (size_t)(e - t->entries);
            } else if (rt_load_relaxed(&e->hash) == hash && !(rt_is_int(key) && rt_is_int(k))) {
                if (!rt_is_str_exact(key) || !rt_is_str_exact(k))
                    return SET_NEEDCMP;
                if (!(rt_str_is_interned(k) && rt_str_is_interned(key)) && rt_str_same(k, key))
                    return e - t->entries;
            }
        }
        perturb >>= SET_PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

/* While nobody changes the two (rt_set_read2), and with no Python: the keys of walked that are (want) or are not in other
   go into r, new and private; r NULL: -2 at the first of them. 1 done, 0 Python is needed (r holds a part),
   -1 error. */
int rt_set_keep_alone(struct rt_thread *ts, struct rt_set *r, struct rt_set *walked, struct rt_set *other, bool want);
/* rt_cs_read2_try of two sets; frozen ones need no lock. */
RT_INLINE bool rt_set_read2(struct rt_thread *ts, struct rt_cs_read2 *r, rt_value a, rt_value b)
{
    r->shared[0] = r->shared[1] = NULL;
    return rt_likely(!rt_load_relaxed(&ts->mt)) ||
           rt_cs_read2_try(ts, r, rt_is_set(a) ? rt_ptr(a) : NULL, rt_is_set(b) ? rt_ptr(b) : NULL);
}
RT_INLINE void rt_set_read2_end(struct rt_cs_read2 *r)
{
    if (rt_unlikely(r->shared[0] || r->shared[1]))
        rt_cs_read2_end(r);
}
/* 1 added or found, 0 there already or absent, -1 error. */
int rt_set_add_hash(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash);
int rt_set_discard_hash(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash);
int rt_set_contains_hash(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash);
bool rt_set_next_hash(struct rt_thread *ts, struct rt_set *s, size_t *pos, rt_value *key,
                      int64_t *hash);
/* All of other's entries into s (other is a set nobody changes meanwhile, or mt is off). */
int rt_set_merge(struct rt_thread *ts, struct rt_set *s, struct rt_set *other);
int rt_set_reserve(struct rt_thread *ts, struct rt_set *s, size_t more);
int rt_set_compact(struct rt_thread *ts, struct rt_set *s);
void rt_set_table_drop(struct rt_thread *ts, struct rt_set_table *t, bool shared);
void rt_set_clear(struct rt_thread *ts, struct rt_set *s);
/* New set or frozenset (t: exact or subtype); copy is an atomic snapshot. */
rt_value rt_set_alloc(struct rt_thread *ts, struct rt_type *t);
rt_value rt_set_copy_as(struct rt_thread *ts, struct rt_set *s, struct rt_type *t);
/* s and t exchange contents; t is private. */
void rt_set_swap(struct rt_thread *ts, struct rt_set *s, struct rt_set *t);
size_t rt_set_table_bytes(const struct rt_set_table *t);
rt_value rt_set_iter_make(struct rt_thread *ts, rt_value s);

/* set_ops.c */
rt_value rt_set_make(struct rt_thread *ts, struct rt_type *t, rt_value iterable);
int rt_set_update_any(struct rt_thread *ts, rt_value s, rt_value iterable);
int rt_set_contains_key(struct rt_thread *ts, rt_value s, rt_value key);
rt_value rt_set_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op);
rt_value rt_set_nb_or(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_set_nb_and(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_set_nb_sub(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_set_nb_xor(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_set_nb_ior(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_set_nb_iand(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_set_nb_isub(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_set_nb_ixor(struct rt_thread *ts, rt_value a, rt_value b);
extern const struct rt_method_def rt_set_methods[], rt_frozenset_methods[];

#endif
