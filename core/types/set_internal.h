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
