/* SPDX-License-Identifier: MIT */
/*
 * The dict's table, for the dict files of this room.
 *
 * One block: header, index of 2^log2_size small signed numbers (open addressing), then the entries in
 * insertion order. index[i] is an entry's number, EMPTY or DUMMY.
 *
 * Note [DICT]
 *  [DICT-1] An entry is used once in a table's life: key goes NULL -> key -> NULL. So a reader that
 *           found its key in an entry reads that key's value there, or RT_NULL.
 *  [DICT-2] Entry before index: an entry is complete before its number is release-stored.
 *  [DICT-3] A replaced table is emptied, then retired. A reader that saw an entry without key in a
 *           table that is not the dict's any more starts again.
 *  [DICT-4] version changes whenever a key is added or removed or the table is replaced; the address
 *           of a value is stable in between. serial tells tables of one dict apart.
 */
#ifndef RT_TYPES_DICT_INTERNAL_H
#define RT_TYPES_DICT_INTERNAL_H

#include "core/types/cont_internal.h"

struct rt_dict_entry {
    _Atomic int64_t hash;
    rt_slot key, value;
};

struct rt_dict_table {
    uint8_t log2_size, log2_index_bytes;
    bool is_static;
    uint64_t serial;          /* constant: the dict's version when the table was made */
    size_t usable;            /* entries that may still be added; under the section */
    size_t tail;              /* entries from here on are dead (popitem); under the section */
    size_t head;              /* entries before this one are dead or free; under the section */
    size_t gap;               /* the first gap entries were never used (room at the front) */
    _Atomic size_t nentries;  /* entries in use or dead */
};

enum { DICT_EMPTY = -1, DICT_DUMMY = -2, DICT_MISS = -1, DICT_NEEDCMP = -2, DICT_RETRY = -3 };
#define DICT_PERTURB_SHIFT 5

RT_INLINE struct rt_dict_entry *rt_dict_entries(struct rt_dict_table *t)
{
    return (struct rt_dict_entry *)((char *)(t + 1) + ((size_t)1 << t->log2_index_bytes));
}

RT_INLINE ssize_t rt_dict_index(struct rt_dict_table *t, size_t i)
{
    void *p = t + 1;
    if (t->log2_size <= 7)
        return rt_load_acquire(&((_Atomic int8_t *)p)[i]);
    if (t->log2_size <= 15)
        return rt_load_acquire(&((_Atomic int16_t *)p)[i]);
    return rt_load_acquire(&((_Atomic int32_t *)p)[i]);
}

extern struct rt_dict_table *const rt_dict_table_empty;

/* What a look-up that may have run Python found out; validated under the section. */
struct rt_dict_found {
    struct rt_dict_table *table;
    uint64_t serial, version;
    ssize_t ix;
    rt_value key; /* the entry's word, not owned: compared only */
};

ssize_t rt_dict_probe(struct rt_thread *ts, struct rt_dict *d, struct rt_dict_table *t, rt_value key,
                      int64_t hash, bool safe);
int rt_dict_find(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash,
                 struct rt_dict_found *f);
enum rt_dict_mode { RT_DICT_REPLACE, RT_DICT_KEEP };
/* Insert or look up, linearizable. value is consumed. result (may be NULL): owned, the value now
   there. 1 inserted, 0 key was there, -1 error. */
int rt_dict_store(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash,
                  rt_value value, enum rt_dict_mode mode, rt_value *result);
/* 1 removed (owned words), 0 absent, -1 error. */
int rt_dict_remove(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash,
                   rt_value *key_out, rt_value *value_out);
/* Last entry; false when empty. */
bool rt_dict_remove_last(struct rt_thread *ts, struct rt_dict *d, rt_value *key, rt_value *value);
bool rt_dict_remove_first(struct rt_thread *ts, struct rt_dict *d, rt_value *key, rt_value *value);
/* The entry of key becomes the last (or first) one: 1, 0 absent, -1 error. */
int rt_dict_move(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash, bool last);
/* First live entry at or after pos (before it, if step is -1): its number or -1. key, value (may be
   NULL): owned. */
int64_t rt_dict_entry_from(struct rt_thread *ts, struct rt_dict *d, int64_t pos, int step,
                           rt_value *key, rt_value *value);
struct rt_dict_table *rt_dict_table_for(struct rt_thread *ts, size_t n, uint64_t serial);
void rt_dict_table_drop(struct rt_thread *ts, struct rt_dict_table *t, bool shared);
size_t rt_dict_table_bytes(const struct rt_dict_table *t);
bool rt_dict_next_hash(struct rt_thread *ts, rt_value d, size_t *pos, rt_value *key,
                       rt_value *value, int64_t *hash);
rt_value rt_dict_new_of(struct rt_thread *ts, struct rt_type *t);
/* About n keys are to come: room for them, if the dict is empty and no other thread runs. */
void rt_dict_expect(struct rt_thread *ts, rt_value d, size_t n);
/* In d's section: its entries, counted, in a new table (or the empty one); NULL: MemoryError. */
struct rt_dict_table *rt_dict_table_copy(struct rt_thread *ts, struct rt_dict *d, uint64_t serial);
rt_value rt_dict_clone(struct rt_thread *ts, struct rt_dict *d);
/* d's entries are exactly what a plain dict would iterate: no subclass __iter__. */
bool rt_dict_plain_iter(rt_value d);
/* rt_dict_merge of a dict by its entries, whatever its class says about iteration. */
int rt_dict_merge_entries(struct rt_thread *ts, rt_value d, rt_value other, int mode);

rt_value rt_dict_view_new(struct rt_thread *ts, rt_value d, struct rt_type *t);
rt_value rt_dict_iter_make(struct rt_thread *ts, rt_value d, struct rt_type *t);
rt_value rt_dict_iter(struct rt_thread *ts, rt_value d);
int rt_dict_update_args(struct rt_thread *ts, const char *fname, rt_value d, const rt_value *args,
                        uint32_t n, rt_value kw);
extern const struct rt_method_def rt_dict_methods[];
rt_value rt_dict_or(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_dict_ior(struct rt_thread *ts, rt_value a, rt_value b);

#endif
