/* SPDX-License-Identifier: MIT */
/*
 * The dict's hash table: probing, inserting, removing, resizing. See Note [DICT] in
 * dict_internal.h and Note [CONT].
 *
 * Two look-ups: rt_dict_probe never runs Python (identity, then content of str keys) and gives up
 * with NEEDCMP when a candidate must be compared by __eq__; rt_dict_find may run Python and reports
 * what it found with enough context to be validated afterwards.
 */
#include "core/types/dict_internal.h"

static struct {
    struct rt_dict_table t;
    _Atomic int8_t index[8];
} empty_table = {
    .t = {.log2_size = 0, .log2_index_bytes = 3, .is_static = true},
    .index = {DICT_EMPTY, DICT_EMPTY, DICT_EMPTY, DICT_EMPTY, DICT_EMPTY, DICT_EMPTY, DICT_EMPTY,
              DICT_EMPTY},
};
struct rt_dict_table *const rt_dict_table_empty = &empty_table.t;

static size_t usable_of(unsigned log2_size)
{
    return ((size_t)2 << log2_size) / 3;
}

RT_INLINE void index_set(struct rt_dict_table *t, size_t i, ssize_t ix)
{
    void *p = t + 1;
    if (t->log2_size <= 7)
        rt_store_release(&((_Atomic int8_t *)p)[i], (int8_t)ix);
    else if (t->log2_size <= 15)
        rt_store_release(&((_Atomic int16_t *)p)[i], (int16_t)ix);
    else
        rt_store_release(&((_Atomic int32_t *)p)[i], (int32_t)ix);
}

size_t rt_dict_table_bytes(const struct rt_dict_table *t)
{
    return sizeof(*t) + ((size_t)1 << t->log2_index_bytes) +
           usable_of(t->log2_size) * sizeof(struct rt_dict_entry);
}

static struct rt_dict_table *table_new(struct rt_thread *ts, unsigned log2_size, uint64_t serial)
{
    unsigned width = log2_size <= 7 ? 0 : log2_size <= 15 ? 1 : 2;
    size_t usable = usable_of(log2_size);
    size_t bytes = sizeof(struct rt_dict_table) + ((size_t)1 << (log2_size + width)) +
                   usable * sizeof(struct rt_dict_entry);
    struct rt_dict_table *t = log2_size > 31 ? NULL : rt_raw_malloc(bytes);
    if (!t) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    t->log2_size = (uint8_t)log2_size;
    t->log2_index_bytes = (uint8_t)(log2_size + width);
    t->is_static = false;
    t->serial = serial;
    t->usable = usable;
    t->tail = t->head = t->gap = 0;
    rt_store_relaxed(&t->nentries, 0);
    memset((void *)(t + 1), 0xff, (size_t)1 << t->log2_index_bytes);
    ts->raw_bytes += (int64_t)bytes;
    return t;
}

static void free_table(struct rt_thread *ts, struct rt_dict_table *t, bool shared)
{
    rt_cont_free(ts, t, rt_dict_table_bytes(t), shared);
}

static unsigned log2_for(size_t slots)
{
    unsigned n = 3;
    while (((size_t)1 << n) < slots && n < 63)
        n++;
    return n;
}

/* A table with room for n entries. */
struct rt_dict_table *rt_dict_table_for(struct rt_thread *ts, size_t n, uint64_t serial)
{
    if (n > (size_t)1 << 40) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    return table_new(ts, log2_for((n * 3 + 1) / 2), serial);
}

/* Empty the table's slots, dropping their counts, and free or retire it. Runs Python. */
void rt_dict_table_drop(struct rt_thread *ts, struct rt_dict_table *t, bool shared)
{
    if (t->is_static)
        return;
    struct rt_dict_entry *e = rt_dict_entries(t), *end = e + rt_load_relaxed(&t->nentries);
    for (; e < end && !shared; e++) { /* nobody can find the table any more */
        rt_value k = RT_VALUE(rt_load_relaxed(&e->key.bits)), v = RT_VALUE(rt_load_relaxed(&e->value.bits));
        if (rt_is_counted(k)) /* most keys are interned: not counted */
            rt_decref_obj(ts, (void *)k.bits);
        if (rt_is_counted(v))
            rt_decref_obj(ts, (void *)v.bits);
    }
    for (; e < end; e++) {
        rt_value k = rt_slot_peek(&e->key), v = rt_slot_peek(&e->value);
        rt_slot_put(&e->key, RT_NULL);
        rt_slot_put(&e->value, RT_NULL);
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    free_table(ts, t, shared);
}

/* First index place without an entry for hash. */
RT_INLINE size_t free_place(struct rt_dict_table *t, int64_t hash)
{
    size_t mask = ((size_t)1 << t->log2_size) - 1, perturb = (size_t)hash, i = perturb & mask;
    while (rt_dict_index(t, i) >= 0) {
        perturb >>= DICT_PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
    return i;
}

/* In the section: a fresh table for d with `gap` free entries in front; live entries move. NULL:
   MemoryError. */
static RT_NOINLINE struct rt_dict_table *resize_gap(struct rt_thread *ts, struct rt_dict *d,
                                                    unsigned log2_size, size_t gap)
{
    struct rt_dict_table *old = rt_load_relaxed(&d->table);
    uint64_t version = rt_load_relaxed(&d->version) + 1;
    struct rt_dict_table *t = table_new(ts, log2_size, version);
    if (!t)
        return NULL;
    struct rt_dict_entry *src = rt_dict_entries(old), *dst = rt_dict_entries(t);
    size_t n = rt_load_relaxed(&old->nentries), out = gap;
    memset((void *)dst, 0, gap * sizeof(*dst));
    dst += gap;
    t->head = t->gap = gap;
    for (size_t i = 0; i < n; i++, src++) {
        rt_value k = rt_slot_peek(&src->key);
        if (rt_is_null(k))
            continue;
        int64_t hash = rt_load_relaxed(&src->hash);
        rt_store_relaxed(&dst->hash, hash);
        rt_slot_init(&dst->key, k);
        rt_slot_init(&dst->value, rt_slot_peek(&src->value));
        index_set(t, free_place(t, hash), (ssize_t)out++);
        dst++;
    }
    t->usable -= out;
    t->tail = out;
    rt_store_relaxed(&t->nentries, out);
    bool shared = rt_cont_shared(ts, d);
    rt_store_release(&d->version, version);
    rt_store_release(&d->table, t);
    if (!old->is_static) {
        src = rt_dict_entries(old);
        for (size_t i = 0; shared && i < n; i++, src++) { /* [DICT-3] */
            rt_slot_put(&src->key, RT_NULL);
            rt_slot_put(&src->value, RT_NULL);
        }
        free_table(ts, old, shared);
    }
    return t;
}

static struct rt_dict_table *resize(struct rt_thread *ts, struct rt_dict *d, unsigned log2_size)
{
    return resize_gap(ts, d, log2_size, 0);
}

/* ---- look-up ---- */
RT_INLINE bool both_interned(rt_value a, rt_value b)
{
    return rt_str_is_interned(a) && rt_str_is_interned(b);
}

/* The key of e, of equal hash but not identical, against a str: 1, 0, NEEDCMP or RETRY. */
static int compare_str(struct rt_thread *ts, struct rt_dict *d, struct rt_dict_table *t,
                       struct rt_dict_entry *e, rt_value key, bool safe)
{
    rt_value k = rt_slot_peek(&e->key);
    rt_value owned = RT_NULL;
    int r = DICT_NEEDCMP;
    if (!safe && !rt_cont_readable(ts, k)) {
        owned = k = rt_slot_get(ts, d, &e->key);
    }
    if (rt_is_null(k))
        return rt_load_acquire(&d->table) == t ? 0 : DICT_RETRY;
    if (rt_is_str_exact(k))
        r = !both_interned(k, key) && rt_str_same(k, key);
    else if (!rt_is_ptr(k))
        r = 0;
    rt_decref(ts, owned);
    return r;
}

/* rt_dict_probe in a table whose index has bytes (small) or wider numbers. */
RT_INLINE ssize_t probe_as(struct rt_thread *ts, struct rt_dict *d, struct rt_dict_table *t, rt_value key,
                           int64_t hash, bool safe, bool small)
{
    size_t mask = ((size_t)1 << t->log2_size) - 1, perturb = (size_t)hash, i = perturb & mask;
    struct rt_dict_entry *entries = rt_dict_entries(t);
    uint64_t wmask = rt_is_ptr(key) ? ~(uint64_t)RT_TAG_BORROWED : ~(uint64_t)0;
    uint64_t want = key.bits & wmask;
    bool hole = false;
    for (;;) {
        ssize_t ix = small ? rt_load_acquire(&((_Atomic int8_t *)(t + 1))[i]) : rt_dict_index(t, i);
        if (ix >= 0) {
            struct rt_dict_entry *e = &entries[ix];
            rt_value k = rt_slot_peek(&e->key);
            if ((k.bits & wmask) == want)
                return ix;
            if (rt_load_relaxed(&e->hash) == hash) {
                if (rt_unlikely(rt_is_null(k))) {
                    hole = true;
                } else if (rt_is_str_exact(key)) {
                    int r = compare_str(ts, d, t, e, key, safe);
                    if (r)
                        return r == 1 ? ix : r;
                } else if (!(rt_is_int(key) && rt_is_int(k))) {
                    return DICT_NEEDCMP;
                }
            }
        } else if (ix == DICT_EMPTY) {
            if (rt_unlikely(hole) && rt_load_acquire(&d->table) != t)
                return DICT_RETRY;
            return DICT_MISS;
        }
        perturb >>= DICT_PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
}

/*
 * Entry number, MISS, NEEDCMP or RETRY. safe: the section is held or no other thread runs.
 */
ssize_t rt_dict_probe(struct rt_thread *ts, struct rt_dict *d, struct rt_dict_table *t, rt_value key,
                      int64_t hash, bool safe)
{
    return t->log2_size <= 7 ? probe_as(ts, d, t, key, hash, safe, true) : probe_as(ts, d, t, key, hash, safe, false);
}

static bool still_there(struct rt_dict *d, const struct rt_dict_found *f)
{
    /* The pointer first: a table that is not the dict's may be freed memory. */
    return rt_load_acquire(&d->table) == f->table && f->table->serial == f->serial &&
           /* not by bits: the object may have become deferred meanwhile */
           rt_is(rt_slot_peek(&rt_dict_entries(f->table)[f->ix].key), f->key);
}

/* Exact tuples of plain items: 1 equal, 0 not; -1: only Python can tell. */
static int equal_tuples(rt_value a, rt_value b)
{
    if (!rt_is_exact(a, &rt_tuple_type) || !rt_is_exact(b, &rt_tuple_type))
        return -1;
    const struct rt_tuple *x = rt_as_tuple(a), *y = rt_as_tuple(b);
    int r = x->length == y->length;
    for (size_t i = 0; r == 1 && i < x->length; i++)
        r = rt_equal_quick(x->items[i], y->items[i]);
    return r;
}

/* Compare the entry's key by __eq__. 1, 0, -1 error, RETRY. */
static int compare_entry(struct rt_thread *ts, struct rt_dict *d, rt_value key,
                         struct rt_dict_found *f)
{
    struct rt_dict_entry *e = &rt_dict_entries(f->table)[f->ix];
    rt_value k = rt_slot_get(ts, d, &e->key);
    if (rt_is_null(k))
        return rt_load_acquire(&d->table) == f->table ? 0 : DICT_RETRY;
    f->key = k;
    int r = equal_tuples(k, key);
    if (r < 0)
        r = rt_compare_bool(ts, k, key, RT_EQ);
    rt_decref(ts, k);
    if (r < 0)
        return -1;
    f->version = rt_load_acquire(&d->version);
    return still_there(d, f) ? r : DICT_RETRY;
}

int rt_dict_find(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash,
                 struct rt_dict_found *f)
{
    uint64_t wmask = rt_is_ptr(key) ? ~(uint64_t)RT_TAG_BORROWED : ~(uint64_t)0;
restart:
    f->version = rt_load_acquire(&d->version);
    struct rt_dict_table *t = f->table = rt_load_acquire(&d->table);
    f->serial = t->serial;
    size_t mask = ((size_t)1 << t->log2_size) - 1, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        ssize_t ix = rt_dict_index(t, i);
        if (ix == DICT_EMPTY) {
            if (rt_load_acquire(&d->table) != t)
                goto restart;
            f->ix = DICT_MISS;
            return 0;
        }
        if (ix >= 0) {
            struct rt_dict_entry *e = &rt_dict_entries(t)[ix];
            rt_value k = rt_slot_peek(&e->key);
            f->ix = ix;
            f->key = k;
            if (!rt_is_null(k) && ((k.bits ^ key.bits) & wmask) == 0)
                return 1;
            if (!rt_is_null(k) && rt_load_relaxed(&e->hash) == hash) {
                int r = rt_cont_readable(ts, k) ? equal_tuples(k, key) : -1;
                if (r < 0)
                    r = compare_entry(ts, d, key, f);
                if (r == DICT_RETRY)
                    goto restart;
                if (r)
                    return r;
            }
        }
        perturb >>= DICT_PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
}

RT_INLINE bool plain_key(rt_value key)
{
    return rt_is_int(key) || rt_is_str_exact(key);
}

/*
 * Under the section afterwards: entry number or MISS in the dict's present table. The section of cs
 * is left while __eq__ runs. -3: error (section left).
 */
static ssize_t find_locked(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash,
                           struct rt_cs *cs)
{
    struct rt_dict_found f;
    if (rt_likely(!rt_load_relaxed(&ts->mt))) { /* what was found last still holds */
        cs->open = false;
        if (plain_key(key)) {
            ssize_t ix = rt_dict_probe(ts, d, rt_load_relaxed(&d->table), key, hash, true);
            if (rt_likely(ix != DICT_NEEDCMP))
                return ix;
        }
        return rt_dict_find(ts, d, key, hash, &f) < 0 ? DICT_RETRY : f.ix;
    }
    for (;;) {
        rt_cont_lock(ts, cs, d);
        ssize_t ix = rt_dict_probe(ts, d, rt_load_relaxed(&d->table), key, hash, true);
        if (rt_likely(ix != DICT_NEEDCMP))
            return ix;
        rt_cont_unlock(ts, cs);
        int r = rt_dict_find(ts, d, key, hash, &f);
        if (r < 0)
            return DICT_RETRY;
        rt_cont_lock(ts, cs, d);
        if (r ? still_there(d, &f)
              : rt_load_relaxed(&d->version) == f.version && rt_load_relaxed(&d->table) == f.table)
            return f.ix;
        rt_cont_unlock(ts, cs);
    }
}

/* ---- change ---- */
RT_INLINE void bump(struct rt_dict *d)
{
    rt_store_release(&d->version, rt_load_relaxed(&d->version) + 1);
}

/* In the section, key absent. Consumes key and value when it succeeds. */
/* In the section: a new entry, both words consumed; t has room and place is free for the hash. */
RT_INLINE void insert_at(struct rt_dict *d, struct rt_dict_table *t, size_t place, rt_value key, int64_t hash,
                         rt_value value)
{
    size_t ix = rt_load_relaxed(&t->nentries);
    struct rt_dict_entry *e = &rt_dict_entries(t)[ix];
    rt_store_relaxed(&e->hash, hash);
    rt_slot_init(&e->value, value);
    rt_slot_put(&e->key, key);
    rt_store_release(&t->nentries, ix + 1);
    index_set(t, place, (ssize_t)ix);
    t->usable--;
    t->tail = ix + 1;
    rt_store_release(&d->used, rt_load_relaxed(&d->used) + 1);
    bump(d);
}

static int insert_new(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash,
                      rt_value value)
{
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    size_t used = rt_load_relaxed(&d->used);
    if (rt_unlikely(t->usable == 0) && !(t = resize(ts, d, log2_for(used * 3))))
        return -1;
    insert_at(d, t, free_place(t, hash), key, hash, value);
    return 0;
}

/* Alone, key an int or an exact str: entry number, NEEDCMP, or PLACE - the index to use for it. A leaf: whoever
   stores calls it, and keeps its own words in registers. */
enum { PLACE = -3 };
RT_INLINE ssize_t place_as(struct rt_dict_table *t, rt_value key, int64_t hash, bool small)
{
    size_t mask = ((size_t)1 << t->log2_size) - 1, perturb = (size_t)hash, i = perturb & mask, free = SIZE_MAX;
    struct rt_dict_entry *entries = rt_dict_entries(t);
    uint64_t wmask = rt_is_int(key) ? ~(uint64_t)0 : ~(uint64_t)RT_TAG_BORROWED, want = key.bits & wmask;
    for (;;) {
        ssize_t ix = small ? rt_load_relaxed(&((_Atomic int8_t *)(t + 1))[i]) : rt_dict_index(t, i);
        if (ix >= 0) {
            struct rt_dict_entry *e = &entries[ix];
            rt_value k = RT_VALUE(rt_load_relaxed(&e->key.bits));
            if ((k.bits & wmask) == want)
                return ix;
            if (rt_unlikely(rt_load_relaxed(&e->hash) == hash) && !rt_is_null(k) && !(rt_is_int(key) && rt_is_int(k))) {
                if (!rt_is_str_exact(key) || !rt_is_str_exact(k))
                    return DICT_NEEDCMP;
                if (!both_interned(k, key) && rt_str_eq(k, key))
                    return ix;
            }
        } else {
            if (free == SIZE_MAX)
                free = i;
            if (ix == DICT_EMPTY)
                return PLACE - (ssize_t)free;
        }
        perturb >>= DICT_PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
}
static RT_NOINLINE ssize_t place_alone(struct rt_dict_table *t, rt_value key, int64_t hash)
{
    return t->log2_size <= 7 ? place_as(t, key, hash, true) : place_as(t, key, hash, false);
}

static int store_general(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash, rt_value value,
                         enum rt_dict_mode mode, rt_value *result);

/* A key that is not there, alone, in a table that is full. */
static RT_NOINLINE int store_grown(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash, rt_value value,
                                   rt_value *result)
{
    struct rt_dict_table *t = resize(ts, d, log2_for(rt_load_relaxed(&d->used) * 3));
    if (!t) {
        rt_decref(ts, value);
        return -1;
    }
    if (result)
        *result = rt_newref(ts, value);
    insert_at(d, t, free_place(t, hash), rt_newref(ts, key), hash, value);
    return 1;
}

static RT_NOINLINE int store_alone(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash, rt_value value,
                                   enum rt_dict_mode mode, rt_value *result)
{
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    ssize_t at = place_alone(t, key, hash);
    if (at >= 0) {
        rt_slot *s = &rt_dict_entries(t)[at].value;
        rt_value old = value;
        if (mode == RT_DICT_REPLACE) {
            old = rt_slot_peek(s);
            rt_slot_put(s, value);
        }
        if (result)
            *result = rt_slot_get(ts, d, s);
        rt_decref(ts, old);
        return 0;
    }
    if (rt_unlikely(at == DICT_NEEDCMP))
        return store_general(ts, d, key, hash, value, mode, result);
    if (rt_unlikely(!t->usable)) /* also the first key of a dict */
        return store_grown(ts, d, key, hash, value, result);
    if (result)
        *result = rt_newref(ts, value);
    insert_at(d, t, (size_t)(PLACE - at), rt_newref(ts, key), hash, value);
    return 1;
}

int rt_dict_store(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash, rt_value value,
                  enum rt_dict_mode mode, rt_value *result)
{
    if (!rt_sole_writer(ts, d) || rt_unlikely(!plain_key(key)))
        return store_general(ts, d, key, hash, value, mode, result);
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    size_t i = (size_t)hash & (((size_t)1 << t->log2_size) - 1);
    /* Mostly the key's first place is free. */
    if (t->log2_size > 7 || !t->usable || result || rt_load_relaxed(&((_Atomic int8_t *)(t + 1))[i]) != DICT_EMPTY)
        return store_alone(ts, d, key, hash, value, mode, result);
    insert_at(d, t, i, rt_newref(ts, key), hash, value);
    return 1;
}

int rt_dict_set_steal(struct rt_thread *ts, rt_value dv, rt_value key, rt_value owned)
{
    struct rt_dict *d = rt_as_dict(dv);
    int64_t hash = rt_hash_inline(ts, key);
    if (rt_unlikely(hash == -1)) {
        rt_decref(ts, owned);
        return -1;
    }
    if (rt_sole_writer(ts, d)) { /* mostly the key itself is at its first place, or nothing is */
        struct rt_dict_table *t = rt_load_relaxed(&d->table);
        size_t i = (size_t)hash & (((size_t)1 << t->log2_size) - 1);
        ssize_t ix = rt_dict_index(t, i);
        if (ix >= 0) {
            struct rt_dict_entry *e = &rt_dict_entries(t)[ix];
            if (rt_likely(rt_is(rt_slot_peek(&e->key), key))) {
                rt_value old = rt_slot_peek(&e->value);
                rt_slot_put(&e->value, owned);
                rt_decref(ts, old);
                return 0;
            }
        } else if (ix == DICT_EMPTY && rt_likely(t->usable)) {
            insert_at(d, t, i, rt_newref(ts, key), hash, owned);
            return 0;
        }
    }
    return rt_dict_store(ts, d, key, hash, owned, RT_DICT_REPLACE, NULL) < 0 ? -1 : 0;
}

int rt_dict_add_name(struct rt_thread *ts, rt_value dv, rt_value key, rt_value value)
{
    struct rt_dict *d = rt_as_dict(dv);
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    int64_t hash = rt_str_hash(key);
    size_t i = (size_t)hash & (((size_t)1 << t->log2_size) - 1);
    if (rt_unlikely(t->log2_size > 7 || !t->usable || rt_load_relaxed(&((_Atomic int8_t *)(t + 1))[i]) != DICT_EMPTY))
        return rt_dict_store(ts, d, key, hash, value, RT_DICT_REPLACE, NULL);
    insert_at(d, t, i, rt_newref(ts, key), hash, value);
    return 0;
}

/* The value of a key that is there, in a dict that several threads store into: *v goes there, what was there comes back. */
static bool replace_pinned(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash, rt_value *v)
{
    if (!rt_pin(ts, &d->hdr))
        return false;
    struct rt_dict_table *t = rt_load_acquire(&d->table);
    ssize_t ix = rt_dict_probe(ts, d, t, key, hash, true);
    bool done = ix >= 0 && rt_slot_replace(&rt_dict_entries(t)[ix].value, *v, v);
    rt_unpin(ts);
    return done;
}

/* Alone or pinned, nobody adds, removes or moves: `version` says that the place is still the key's. */
bool rt_dict_replace_at(struct rt_thread *ts, rt_value dv, uint64_t version, rt_slot *s, rt_value *v)
{
    struct rt_dict *d = rt_as_dict(dv);
    bool done = false;
    if (rt_likely(rt_sole_writer(ts, d))) {
        rt_value old = RT_NULL;
        if ((done = rt_load_relaxed(&d->version) == version && (old = rt_slot_peek(s)).bits)) {
            rt_slot_put(s, *v);
            *v = old;
        }
    } else if (rt_pin(ts, &d->hdr)) {
        done = rt_load_acquire(&d->version) == version && rt_slot_replace(s, *v, v);
        rt_unpin(ts);
    }
    return done;
}

bool rt_dict_replace_if(struct rt_thread *ts, rt_value dv, rt_value name, bool (*fits)(rt_value v), rt_value *v)
{
    struct rt_dict *d = rt_as_dict(dv);
    int64_t hash = rt_str_hash(name);
    struct rt_cs cs;
    bool done = false;
    if (rt_load_relaxed(&ts->mt) && rt_pin(ts, &d->hdr)) {
        struct rt_dict_table *t = rt_load_acquire(&d->table);
        ssize_t ix = rt_dict_probe(ts, d, t, name, hash, true);
        rt_slot *s = ix >= 0 ? &rt_dict_entries(t)[ix].value : NULL;
        for (uint64_t old = s ? rt_slot_peek(s).bits : 0; old && !done && fits(RT_VALUE(old));)
            if ((done = rt_cas_acq_rel(&s->bits, &old, v->bits)))
                *v = RT_VALUE(old);
        rt_unpin(ts);
        return done;
    }
    rt_cont_lock(ts, &cs, d);
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    ssize_t ix = rt_dict_probe(ts, d, t, name, hash, true);
    rt_slot *s = ix >= 0 ? &rt_dict_entries(t)[ix].value : NULL;
    rt_value old = s ? rt_slot_peek(s) : RT_NULL;
    if (old.bits && fits(old)) {
        rt_slot_put(s, *v);
        *v = old;
        done = true;
        if (cs.open && cs.active)
            rt_stored(ts, &d->hdr);
    }
    rt_cont_unlock(ts, &cs);
    return done;
}

static RT_NOINLINE int store_general(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash,
                                     rt_value value, enum rt_dict_mode mode, rt_value *result)
{
    struct rt_cs cs;
    if (mode == RT_DICT_REPLACE && !result && rt_load_relaxed(&ts->mt) && replace_pinned(ts, d, key, hash, &value)) {
        rt_decref(ts, value);
        return 0;
    }
    ssize_t ix = find_locked(ts, d, key, hash, &cs);
    int r = 0;
    if (rt_unlikely(ix == DICT_RETRY)) {
        rt_decref(ts, value);
        return -1;
    }
    if (ix >= 0) {
        rt_slot *s = &rt_dict_entries(rt_load_relaxed(&d->table))[ix].value;
        if (mode == RT_DICT_REPLACE) {
            rt_value old = rt_slot_peek(s);
            rt_slot_put(s, value);
            value = old;
            if (cs.open && cs.active)
                rt_stored(ts, &d->hdr);
        }
        if (result)
            *result = rt_slot_copy(ts, s);
        rt_cont_unlock(ts, &cs);
        rt_decref(ts, value);
        return 0;
    }
    rt_value k = rt_newref(ts, key);
    if (result)
        *result = rt_newref(ts, value);
    r = insert_new(ts, d, k, hash, value) < 0 ? -1 : 1;
    rt_cont_unlock(ts, &cs);
    if (rt_unlikely(r < 0)) {
        if (result)
            rt_clear(ts, result);
        rt_decref(ts, k);
        rt_decref(ts, value);
    }
    return r;
}

/* In the section: entry ix leaves the table; its words are the caller's. */
static void unlink_entry(struct rt_dict *d, struct rt_dict_table *t, ssize_t ix, rt_value *key,
                         rt_value *value)
{
    struct rt_dict_entry *e = &rt_dict_entries(t)[ix];
    int64_t hash = rt_load_relaxed(&e->hash);
    size_t mask = ((size_t)1 << t->log2_size) - 1, perturb = (size_t)hash, i = perturb & mask;
    while (rt_dict_index(t, i) != ix) {
        perturb >>= DICT_PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
    index_set(t, i, DICT_DUMMY);
    *key = rt_slot_peek(&e->key);
    *value = rt_slot_peek(&e->value);
    rt_slot_put(&e->key, RT_NULL);
    rt_slot_put(&e->value, RT_NULL);
    rt_store_release(&d->used, rt_load_relaxed(&d->used) - 1);
    bump(d);
}

int rt_dict_remove(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash,
                   rt_value *key_out, rt_value *value_out)
{
    struct rt_cs cs;
    ssize_t ix;
    if (rt_sole_writer(ts, d) && plain_key(key)) {
        struct rt_dict_table *t = rt_load_relaxed(&d->table);
        if (rt_likely((ix = place_alone(t, key, hash)) != DICT_NEEDCMP)) {
            if (ix >= 0)
                unlink_entry(d, t, ix, key_out, value_out);
            return ix >= 0;
        }
    }
    ix = find_locked(ts, d, key, hash, &cs);
    if (rt_unlikely(ix == DICT_RETRY))
        return -1;
    if (ix >= 0)
        unlink_entry(d, rt_load_relaxed(&d->table), ix, key_out, value_out);
    rt_cont_unlock(ts, &cs);
    return ix >= 0;
}

bool rt_dict_remove_last(struct rt_thread *ts, struct rt_dict *d, rt_value *key, rt_value *value)
{
    struct rt_cs cs;
    bool found = false;
    rt_cont_lock(ts, &cs, d);
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    if (rt_load_relaxed(&d->used)) {
        struct rt_dict_entry *e = rt_dict_entries(t);
        size_t i = t->tail;
        while (i > 0 && rt_is_null(rt_slot_peek(&e[i - 1].key)))
            i--;
        found = i > 0;
        if (found) {
            unlink_entry(d, t, (ssize_t)i - 1, key, value);
            t->tail = i - 1;
            /* Readers elsewhere rely on [DICT-1]; alone, the places can be used again. */
            if (!rt_cont_shared(ts, d))
                rt_store_relaxed(&t->nentries, i - 1);
        }
    }
    rt_cont_unlock(ts, &cs);
    return found;
}

bool rt_dict_remove_first(struct rt_thread *ts, struct rt_dict *d, rt_value *key, rt_value *value)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, d);
    bool found = rt_load_relaxed(&d->used) != 0;
    if (found) {
        struct rt_dict_table *t = rt_load_relaxed(&d->table);
        struct rt_dict_entry *e = rt_dict_entries(t);
        size_t i = t->head;
        while (rt_is_null(rt_slot_peek(&e[i].key)))
            i++;
        unlink_entry(d, t, (ssize_t)i, key, value);
        t->head = i + 1;
        if (t->gap > t->head)
            t->gap = t->head;
    }
    rt_cont_unlock(ts, &cs);
    return found;
}

/* In the section: is ix the first (last) live entry? */
static bool at_end(struct rt_dict_table *t, size_t ix, bool last)
{
    struct rt_dict_entry *e = rt_dict_entries(t);
    if (last) {
        size_t i = t->tail;
        while (i > ix + 1 && rt_is_null(rt_slot_peek(&e[i - 1].key)))
            i--;
        t->tail = i;
        return i == ix + 1;
    }
    size_t i = t->head;
    while (i < ix && rt_is_null(rt_slot_peek(&e[i].key)))
        i++;
    t->head = i;
    return i == ix;
}

int rt_dict_move(struct rt_thread *ts, struct rt_dict *d, rt_value key, int64_t hash, bool last)
{
    struct rt_cs cs;
    ssize_t ix = find_locked(ts, d, key, hash, &cs);
    if (rt_unlikely(ix == DICT_RETRY))
        return -1;
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    if (ix < 0 || at_end(t, (size_t)ix, last)) {
        rt_cont_unlock(ts, &cs);
        return ix >= 0;
    }
    size_t used = rt_load_relaxed(&d->used);
    if (t->usable == 0 || (!last && t->gap == 0)) {
        size_t gap = last ? 0 : used / 2 + 2, rank = 0;
        for (ssize_t i = 0; i < ix; i++)
            rank += !rt_is_null(rt_slot_peek(&rt_dict_entries(t)[i].key));
        t = resize_gap(ts, d, log2_for((used + gap) * 3), gap);
        if (!t) {
            rt_cont_unlock(ts, &cs);
            return -1;
        }
        ix = (ssize_t)(gap + rank);
    }
    rt_value k, v;
    unlink_entry(d, t, ix, &k, &v);
    if (last) {
        insert_new(ts, d, k, hash, v); /* usable > 0: cannot fail */
    } else {
        size_t at = --t->gap;
        struct rt_dict_entry *e = &rt_dict_entries(t)[at];
        rt_store_relaxed(&e->hash, hash);
        rt_slot_init(&e->value, v);
        rt_slot_put(&e->key, k);
        index_set(t, free_place(t, hash), (ssize_t)at);
        t->usable--;
        t->head = at;
        rt_store_release(&d->used, used);
        bump(d);
    }
    rt_cont_unlock(ts, &cs);
    return 1;
}

int64_t rt_dict_entry_from(struct rt_thread *ts, struct rt_dict *d, int64_t pos, int step,
                           rt_value *key, rt_value *value)
{
    struct rt_dict_table *t = rt_load_acquire(&d->table);
    for (;;) {
        if (pos < 0 || pos >= (int64_t)rt_load_acquire(&t->nentries))
            return -1;
        struct rt_dict_entry *e = &rt_dict_entries(t)[pos];
        rt_value k = key ? rt_slot_get(ts, d, &e->key) : RT_NULL;
        rt_value v = !value || (key && rt_is_null(k)) ? k : rt_slot_get(ts, d, &e->value);
        if (rt_likely(!rt_is_null(v))) {
            if (key)
                *key = k;
            if (value)
                *value = v;
            return pos;
        }
        rt_decref(ts, k);
        struct rt_dict_table *now = rt_load_acquire(&d->table);
        if (rt_unlikely(now != t))
            t = now; /* the same place in the new table */
        else
            pos += step;
    }
}

/* ---- the interface of containers.h that needs the table ---- */
rt_value rt_dict_get_hash(struct rt_thread *ts, rt_value dv, rt_value key, int64_t hash)
{
    struct rt_dict *d = rt_as_dict(dv);
    bool safe = !rt_load_relaxed(&ts->mt);
    for (;;) {
        struct rt_dict_table *t = rt_load_acquire(&d->table);
        ssize_t ix = !plain_key(key) ? DICT_NEEDCMP
                                             : rt_dict_probe(ts, d, t, key, hash, safe);
        if (ix == DICT_MISS)
            return RT_NULL;
        if (rt_unlikely(ix < 0)) {
            struct rt_dict_found f;
            if (ix == DICT_RETRY)
                continue;
            if (rt_dict_find(ts, d, key, hash, &f) <= 0)
                return RT_NULL;
            if (!still_there(d, &f))
                continue;
            t = f.table;
            ix = f.ix;
        }
        rt_value v = rt_slot_get(ts, d, &rt_dict_entries(t)[ix].value);
        if (rt_likely(v.bits) || rt_load_acquire(&d->table) == t)
            return v;
    }
}

bool rt_dict_next_hash(struct rt_thread *ts, rt_value dv, size_t *pos, rt_value *key,
                       rt_value *value, int64_t *hash)
{
    struct rt_dict *d = rt_as_dict(dv);
    for (;;) {
        struct rt_dict_table *t = rt_load_acquire(&d->table);
        if (*pos >= rt_load_acquire(&t->nentries))
            return false;
        struct rt_dict_entry *e = &rt_dict_entries(t)[(*pos)++];
        rt_value v = rt_slot_get(ts, d, &e->value), k = RT_NULL;
        if (rt_is_null(v)) {
            /* Dead, or the table was replaced under us: then the same place again. */
            if (rt_unlikely(rt_load_acquire(&d->table) != t))
                (*pos)--;
            continue;
        }
        if (key) {
            k = rt_slot_get(ts, d, &e->key);
            if (rt_is_null(k)) {
                rt_decref(ts, v);
                if (rt_unlikely(rt_load_acquire(&d->table) != t))
                    (*pos)--;
                continue;
            }
            *key = k;
        }
        if (hash)
            *hash = rt_load_relaxed(&e->hash);
        if (value)
            *value = v;
        else
            rt_decref(ts, v);
        return true;
    }
}

bool rt_dict_next(struct rt_thread *ts, rt_value d, size_t *pos, rt_value *key, rt_value *value)
{
    return rt_dict_next_hash(ts, d, pos, key, value, NULL);
}

uint64_t rt_dict_stamp(struct rt_thread *ts, rt_value dv)
{
    struct rt_dict *d = rt_as_dict(dv);
    uint64_t version = rt_load_acquire(&d->version);
    if (version >> 32)
        return version;
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, d);
    version = rt_load_relaxed(&d->version);
    if (!(version >> 32)) {
        version += (rt_add_relaxed(&rt_runtime.dict_stamps, 1) + 1) << 32;
        rt_store_release(&d->version, version);
    }
    rt_cont_unlock(ts, &cs);
    return version;
}

rt_slot *rt_dict_lookup_slot(rt_value dv, rt_value name)
{
    struct rt_dict *d = rt_as_dict(dv);
    struct rt_thread *ts = rt_current_thread;
    int64_t hash = rt_str_hash(name);
    for (;;) {
        struct rt_dict_table *t = rt_load_acquire(&d->table);
        ssize_t ix = rt_dict_probe(ts, d, t, name, hash, !rt_load_relaxed(&ts->mt));
        if (ix == DICT_RETRY)
            continue;
        return ix >= 0 ? &rt_dict_entries(t)[ix].value : NULL;
    }
}

rt_value rt_dict_get_name_stw(struct rt_thread *ts, rt_value dv, rt_value name)
{
    struct rt_dict *d = rt_as_dict(dv);
    struct rt_dict_table *t = rt_load_relaxed(&d->table);
    struct rt_dict_entry *e = rt_dict_entries(t);
    ssize_t ix = rt_dict_probe(ts, d, t, name, rt_str_hash(name), true);
    if (ix == DICT_NEEDCMP) { /* an odd key with the same hash is in the way */
        size_t n = rt_load_relaxed(&t->nentries), i = 0;
        while (i < n && !(rt_is_ptr(rt_slot_peek(&e[i].key)) && rt_is_str(rt_slot_peek(&e[i].key)) &&
                          rt_str_eq(rt_slot_peek(&e[i].key), name)))
            i++;
        ix = i < n ? (ssize_t)i : DICT_MISS;
    }
    return ix >= 0 ? rt_slot_get(ts, d, &e[ix].value) : RT_NULL;
}

/* In the section of src's dict: all entries, counted. dense: same layout, the index is copied. */
static void copy_entries(struct rt_thread *ts, struct rt_dict_table *src, struct rt_dict_table *dst,
                         bool dense)
{
    struct rt_dict_entry *e = rt_dict_entries(src), *o = rt_dict_entries(dst);
    size_t n = rt_load_relaxed(&src->nentries), out = 0;
    if (dense) { /* racy: readers may turn a word into that of a deferred object meanwhile, one bit of it */
        rt_racy_copy((void *)(dst + 1), (const void *)(src + 1), ((size_t)1 << src->log2_index_bytes) + n * sizeof *e);
        for (; out < n; out++, o++) {
            rt_slot_recount(ts, &o->key);
            rt_slot_recount(ts, &o->value);
        }
    }
    for (size_t i = out; i < n; i++, e++) {
        rt_value k = rt_slot_peek(&e->key);
        if (rt_is_null(k))
            continue;
        int64_t hash = rt_load_relaxed(&e->hash);
        rt_store_relaxed(&o->hash, hash);
        rt_slot_init(&o->key, rt_slot_copy(ts, &e->key));
        rt_slot_init(&o->value, rt_slot_copy(ts, &e->value));
        index_set(dst, free_place(dst, hash), (ssize_t)out);
        out++;
        o++;
    }
    rt_store_relaxed(&dst->nentries, out);
    dst->usable -= out;
    dst->tail = out;
}

struct rt_dict_table *rt_dict_table_copy(struct rt_thread *ts, struct rt_dict *d, uint64_t serial)
{
    size_t used = rt_load_relaxed(&d->used);
    struct rt_dict_table *src = rt_load_relaxed(&d->table), *t;
    if (!used)
        return rt_dict_table_empty;
    size_t room = usable_of(src->log2_size);
    /* No entry ever died here (no holes, no dummies) and not mostly empty. */
    bool dense = rt_load_relaxed(&src->nentries) == used && src->usable + used == room && used * 3 >= room;
    t = dense ? table_new(ts, src->log2_size, serial) : rt_dict_table_for(ts, used, serial);
    if (t)
        copy_entries(ts, src, t, dense);
    return t;
}

/* A new exact dict with d's entries: atomic snapshot. */
rt_value rt_dict_clone(struct rt_thread *ts, struct rt_dict *d)
{
    struct rt_cs_read cs;
    rt_value r = rt_dict_new(ts);
    if (rt_is_null(r))
        return r;
    rt_cont_read(ts, &cs, d);
    struct rt_dict_table *t = rt_dict_table_copy(ts, d, 1);
    if (t && t != rt_dict_table_empty) {
        rt_store_relaxed(&rt_as_dict(r)->table, t);
        rt_store_relaxed(&rt_as_dict(r)->used, rt_load_relaxed(&d->used));
        rt_store_relaxed(&rt_as_dict(r)->version, 1);
    }
    rt_cont_read_end(ts, &cs);
    if (t)
        return r;
    rt_decref(ts, r);
    return RT_NULL;
}
