/* SPDX-License-Identifier: MIT */
/* The hash table of set and frozenset. See set_internal.h and Note [CONT]. */
#include "core/types/set_internal.h"

static struct {
    struct rt_set_table t;
    struct rt_set_entry e[1];
} empty_table;
struct rt_set_table *const rt_set_table_empty = &empty_table.t;

size_t rt_set_table_bytes(const struct rt_set_table *t)
{
    return sizeof(*t) + (t->mask + 1) * sizeof(struct rt_set_entry);
}

static struct rt_set_table *table_new(struct rt_thread *ts, size_t minused, uint64_t serial)
{
    size_t size = 8;
    while (size <= minused && size < (size_t)1 << 50)
        size <<= 1;
    struct rt_set_table *t = rt_raw_calloc(1, sizeof(*t) + size * sizeof(struct rt_set_entry));
    if (!t) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    t->mask = size - 1;
    t->serial = serial;
    ts->raw_bytes += (int64_t)rt_set_table_bytes(t);
    return t;
}

static void free_table(struct rt_thread *ts, struct rt_set_table *t, bool shared)
{
    rt_cont_free(ts, t, rt_set_table_bytes(t), shared);
}

void rt_set_table_drop(struct rt_thread *ts, struct rt_set_table *t, bool shared)
{
    if (t == rt_set_table_empty)
        return;
    /* No reader's change: fill says how many places were ever used, behind the last of which nothing is to do. */
    for (size_t i = 0, left = t->fill; left; i++) {
        rt_value k = shared ? rt_slot_peek(&t->entries[i].key) : RT_VALUE(rt_load_relaxed(&t->entries[i].key.bits));
        if (rt_is_null(k))
            continue;
        left--;
        if (rt_is_counted(k)) {
            if (shared)
                rt_slot_put(&t->entries[i].key, RT_UNDEF);
            rt_decref(ts, k);
        } else if (shared && rt_set_is_key(k)) {
            rt_slot_put(&t->entries[i].key, RT_UNDEF);
        }
    }
    free_table(ts, t, shared);
}

/* rt_cont_read of a set; a frozen one needs no lock. */
RT_INLINE void read_begin(struct rt_thread *ts, struct rt_cs_read *cs, struct rt_set *s)
{
    cs->cs.open = false;
    cs->shared = NULL;
    if (rt_unlikely(rt_load_relaxed(&ts->mt)) && rt_is_set(rt_own(s)))
        rt_cont_read(ts, cs, s);
}

/* In the section: counts changed. The hash word of a mutable set serves as its version. */
RT_INLINE void bump(struct rt_set *s)
{
    rt_store_release(&s->hash, rt_load_relaxed(&s->hash) + 1);
}

/* key (owned word) into a table that has no such key and no removed ones. */
static void insert_clean(struct rt_set_table *t, rt_value key, int64_t hash)
{
    size_t mask = t->mask, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        size_t end = i + SET_LINEAR <= mask ? i + SET_LINEAR : i;
        for (size_t j = i; j <= end; j++) {
            struct rt_set_entry *e = &t->entries[j];
            if (rt_is_null(rt_slot_peek(&e->key))) {
                rt_store_relaxed(&e->hash, hash);
                rt_slot_put(&e->key, key);
                return;
            }
        }
        perturb >>= SET_PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static int resize(struct rt_thread *ts, struct rt_set *s, size_t minused)
{
    struct rt_set_table *old = rt_load_relaxed(&s->table);
    struct rt_set_table *t = table_new(ts, minused, (uint64_t)rt_load_relaxed(&s->hash) + 1);
    if (!t)
        return -1;
    size_t left = rt_load_relaxed(&s->used); /* the empty table has none */
    for (size_t i = 0; left; i++) {
        rt_value k = rt_slot_peek(&old->entries[i].key);
        if (rt_set_is_key(k)) {
            insert_clean(t, k, rt_load_relaxed(&old->entries[i].hash));
            left--;
        }
    }
    t->fill = rt_load_relaxed(&s->used);
    t->finger = old->finger;
    bool shared = rt_cont_shared(ts, s);
    rt_store_release(&s->table, t);
    bump(s);
    if (old == rt_set_table_empty)
        return 0;
    /* Never used places stay so: they are where a late reader's probing ends. */
    for (size_t i = 0; shared && i <= old->mask; i++)
        if (!rt_is_null(rt_slot_peek(&old->entries[i].key)))
            rt_slot_put(&old->entries[i].key, RT_UNDEF);
    free_table(ts, old, shared);
    return 0;
}

static size_t growth(size_t used)
{
    return used > 50000 ? used * 2 : used * 4;
}

int rt_set_reserve(struct rt_thread *ts, struct rt_set *s, size_t more)
{
    struct rt_cs cs;
    int r = 0;
    rt_cont_lock(ts, &cs, s);
    struct rt_set_table *t = rt_load_relaxed(&s->table);
    size_t mask = t == rt_set_table_empty ? 7 : t->mask;
    if ((t->fill + more) * 5 >= mask * 3)
        r = resize(ts, s, (rt_load_relaxed(&s->used) + more) * 2);
    rt_cont_unlock(ts, &cs);
    return r;
}

int rt_set_compact(struct rt_thread *ts, struct rt_set *s)
{
    struct rt_cs cs;
    int r = 0;
    rt_cont_lock(ts, &cs, s);
    struct rt_set_table *t = rt_load_relaxed(&s->table);
    size_t used = rt_load_relaxed(&s->used);
    if (t->fill - used > t->mask / 4)
        r = resize(ts, s, growth(used));
    rt_cont_unlock(ts, &cs);
    return r;
}

/* ---- look-up ---- */
struct found {
    struct rt_set_table *table;
    uint64_t serial;
    int64_t version;
    ssize_t ix;
    rt_value key;
};

static int compare_str(struct rt_thread *ts, struct rt_set *s, struct rt_set_entry *e, rt_value key,
                       bool safe)
{
    rt_value k = rt_slot_peek(&e->key), owned = RT_NULL;
    int r = SET_NEEDCMP;
    if (!safe && !rt_cont_readable(ts, k))
        owned = k = rt_slot_get(ts, s, &e->key);
    if (!rt_is_ptr(k))
        r = 0;
    else if (rt_is_str_exact(k))
        r = !(rt_str_is_interned(k) && rt_str_is_interned(key)) && rt_str_same(k, key);
    rt_decref(ts, owned);
    return r;
}

/* Entry number, MISS, NEEDCMP or RETRY; runs no Python. *dummy: a removed entry on the way, or -1. */
static ssize_t probe(struct rt_thread *ts, struct rt_set *s, struct rt_set_table *t, rt_value key,
                     int64_t hash, bool safe, size_t *place)
{
    size_t mask = t->mask, perturb = (size_t)hash, i = perturb & mask, dummy = SIZE_MAX;
    uint64_t wmask = rt_is_ptr(key) ? ~(uint64_t)RT_TAG_BORROWED : ~(uint64_t)0;
    uint64_t want = key.bits & wmask;
    for (;;) {
        size_t end = i + SET_LINEAR <= mask ? i + SET_LINEAR : i;
        for (size_t j = i; j <= end; j++) {
            struct rt_set_entry *e = &t->entries[j];
            rt_value k = rt_slot_peek(&e->key);
            if ((k.bits & wmask) == want)
                return (ssize_t)j;
            if (rt_is_null(k)) {
                if (place)
                    *place = dummy != SIZE_MAX ? dummy : j;
                return rt_load_acquire(&s->table) == t ? SET_MISS : SET_RETRY;
            }
            if (rt_is_undef(k)) {
                dummy = j;
            } else if (rt_load_relaxed(&e->hash) == hash) {
                if (rt_is_str_exact(key)) {
                    int r = compare_str(ts, s, e, key, safe);
                    if (r)
                        return r == 1 ? (ssize_t)j : r;
                } else if (!(rt_is_int(key) && rt_is_int(k))) {
                    return SET_NEEDCMP;
                }
            }
        }
        perturb >>= SET_PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static bool still_there(struct rt_set *s, const struct found *f)
{
    return rt_load_acquire(&s->table) == f->table && f->table->serial == f->serial &&
           rt_is(rt_slot_peek(&f->table->entries[f->ix].key), f->key); /* it may be deferred by now */
}

/* May run Python. 1 found, 0 absent, -1 error; f tells what the answer rests on. */
static int find(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash, struct found *f)
{
    uint64_t wmask = rt_is_ptr(key) ? ~(uint64_t)RT_TAG_BORROWED : ~(uint64_t)0;
restart:
    f->version = rt_load_acquire(&s->hash);
    struct rt_set_table *t = f->table = rt_load_acquire(&s->table);
    f->serial = t->serial;
    size_t mask = t->mask, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        size_t end = i + SET_LINEAR <= mask ? i + SET_LINEAR : i;
        for (size_t j = i; j <= end; j++) {
            struct rt_set_entry *e = &t->entries[j];
            rt_value k = rt_slot_peek(&e->key);
            f->ix = (ssize_t)j;
            f->key = k;
            if (rt_is_null(k)) {
                if (rt_load_acquire(&s->table) != t)
                    goto restart;
                f->ix = SET_MISS;
                return 0;
            }
            if (((k.bits ^ key.bits) & wmask) == 0)
                return 1;
            if (rt_is_undef(k) || rt_load_relaxed(&e->hash) != hash)
                continue;
            k = rt_slot_get(ts, s, &e->key);
            if (!rt_set_is_key(k))
                continue;
            f->key = k;
            int r = rt_compare_bool(ts, k, key, RT_EQ);
            rt_decref(ts, k);
            if (r < 0)
                return -1;
            f->version = rt_load_acquire(&s->hash);
            if (!still_there(s, f))
                goto restart;
            if (r)
                return 1;
        }
        perturb >>= SET_PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

/* First place for a key known to be absent (in the section). */
static size_t place_for(struct rt_set_table *t, int64_t hash)
{
    size_t mask = t->mask, perturb = (size_t)hash, i = perturb & mask, dummy = SIZE_MAX;
    for (;;) {
        size_t end = i + SET_LINEAR <= mask ? i + SET_LINEAR : i;
        for (size_t j = i; j <= end; j++) {
            rt_value k = rt_slot_peek(&t->entries[j].key);
            if (rt_is_null(k))
                return dummy != SIZE_MAX ? dummy : j;
            if (rt_is_undef(k))
                dummy = j;
        }
        perturb >>= SET_PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

/* In the section of cs afterwards: entry number or MISS (with *place); RETRY: error, section left. */
static ssize_t find_locked(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash,
                           struct rt_cs *cs, size_t *place)
{
    struct found f;
    bool plain = rt_is_int(key) || rt_is_str_exact(key), mt = rt_load_relaxed(&ts->mt);
    for (;;) {
        cs->open = false;
        if (plain || mt) {
            rt_cont_lock(ts, cs, s);
            ssize_t ix = probe(ts, s, rt_load_relaxed(&s->table), key, hash, true, place);
            if (rt_likely(ix != SET_NEEDCMP))
                return ix;
            rt_cont_unlock(ts, cs);
        }
        int r = find(ts, s, key, hash, &f);
        if (r < 0)
            return SET_RETRY;
        rt_cont_lock(ts, cs, s);
        if (r ? still_there(s, &f)
              : rt_load_relaxed(&s->hash) == f.version && rt_load_relaxed(&s->table) == f.table) {
            if (!r && place)
                *place = place_for(f.table, hash);
            return f.ix;
        }
        rt_cont_unlock(ts, cs);
    }
}

/* ---- change ---- */

/* Alone (no other thread runs): key into its place in t, the table of s. */
static int put_alone(struct rt_thread *ts, struct rt_set *s, struct rt_set_table *t, size_t place, rt_value key,
                     int64_t hash)
{
    struct rt_set_entry *e = &t->entries[place];
    size_t used = rt_load_relaxed(&s->used) + 1;
    bool fresh = rt_is_null(rt_slot_peek(&e->key));
    rt_store_relaxed(&e->hash, hash);
    rt_slot_put(&e->key, rt_newref(ts, key));
    rt_store_relaxed(&s->used, used);
    bump(s);
    if (fresh && ++t->fill * 5 >= t->mask * 3 && resize(ts, s, growth(used)) < 0)
        return -1;
    return 1;
}

static RT_NOINLINE ssize_t find_alone(struct rt_set_table *t, rt_value key, int64_t hash, size_t *place)
{
    return rt_set_quick_find(t, key, hash, place);
}

/* Alone, where the answer is in the first place, as it mostly is: 1 added, 0 was there, -2 look further. Calls nothing.
   The empty table counts as full. */
RT_INLINE int add_first(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash)
{
    struct rt_set_table *t = rt_load_relaxed(&s->table);
    struct rt_set_entry *first = &t->entries[(size_t)hash & t->mask];
    rt_value k = RT_VALUE(rt_load_relaxed(&first->key.bits));
    if (k.bits == key.bits)
        return 0;
    if (!rt_is_null(k) || rt_unlikely((t->fill + 1) * 5 >= t->mask * 3))
        return -2;
    if (rt_is_ptr(key)) {
        struct rt_object *o = rt_ptr(key);
        uint16_t owner = rt_load_relaxed(&o->owner);
        if (rt_likely(owner == ts->token)) {
            o->local++;
            key = rt_own(o);
        } else if (rt_likely(rt_token_is_immortal(owner))) {
            key = rt_borrowed(key);
        } else {
            return -2;
        }
    }
    rt_store_relaxed(&first->hash, hash);
    rt_slot_put(&first->key, key);
    rt_store_relaxed(&s->used, rt_load_relaxed(&s->used) + 1);
    bump(s);
    t->fill++;
    return 1;
}

/* Alone: 1 added, 0 was there, -1 error, -2 the general way must do it. */
static RT_NOINLINE int add_alone(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash)
{
    struct rt_set_table *t = rt_load_relaxed(&s->table);
    size_t place = 0;
    if (t == rt_set_table_empty) {
        if (resize(ts, s, 0) < 0)
            return -1;
        t = rt_load_relaxed(&s->table);
        return put_alone(ts, s, t, (size_t)hash & t->mask, key, hash);
    }
    ssize_t ix = find_alone(t, key, hash, &place);
    if (ix >= 0)
        return 0;
    return ix == SET_MISS ? put_alone(ts, s, t, place, key, hash) : -2;
}

static int add_general(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash);

static RT_NOINLINE int add_further(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash)
{
    int r = rt_unlikely(rt_load_relaxed(&ts->mt)) ? -2 : add_alone(ts, s, key, hash);
    return rt_likely(r != -2) ? r : add_general(ts, s, key, hash);
}

int rt_set_add_hash(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash)
{
    if (rt_likely(!rt_load_relaxed(&ts->mt))) {
        int r = add_first(ts, s, key, hash);
        if (rt_likely(r >= 0))
            return r;
    }
    return add_further(ts, s, key, hash);
}

static RT_NOINLINE int add_general(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash)
{
    struct rt_cs cs;
    size_t place = 0;
    ssize_t ix = find_locked(ts, s, key, hash, &cs, &place);
    if (rt_unlikely(ix == SET_RETRY))
        return -1;
    int r = 0;
    if (ix == SET_MISS) {
        struct rt_set_table *t = rt_load_relaxed(&s->table);
        if (t == rt_set_table_empty) {
            r = resize(ts, s, 0);
            t = rt_load_relaxed(&s->table);
            place = (size_t)hash & t->mask;
        }
        if (r == 0) {
            struct rt_set_entry *e = &t->entries[place];
            size_t used = rt_load_relaxed(&s->used) + 1;
            bool fresh = rt_is_null(rt_slot_peek(&e->key));
            rt_store_relaxed(&e->hash, hash);
            rt_slot_put(&e->key, rt_newref(ts, key));
            rt_store_release(&s->used, used);
            bump(s);
            r = 1;
            if (fresh) {
                t->fill++;
                if (t->fill * 5 >= t->mask * 3 && resize(ts, s, growth(used)) < 0)
                    r = -1;
            }
        }
    }
    rt_cont_unlock(ts, &cs);
    return r;
}

int rt_set_discard_hash(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash)
{
    struct rt_cs cs;
    rt_value k = RT_NULL;
    if (rt_likely(!rt_load_relaxed(&ts->mt))) {
        struct rt_set_table *t = rt_load_relaxed(&s->table);
        size_t place;
        ssize_t at = rt_set_quick_find(t, key, hash, &place);
        if (at == SET_MISS)
            return 0;
        if (at >= 0) {
            k = rt_slot_peek(&t->entries[at].key);
            rt_slot_put(&t->entries[at].key, RT_UNDEF);
            rt_store_relaxed(&s->used, rt_load_relaxed(&s->used) - 1);
            bump(s);
            rt_decref(ts, k);
            return 1;
        }
    }
    ssize_t ix = find_locked(ts, s, key, hash, &cs, NULL);
    if (rt_unlikely(ix == SET_RETRY))
        return -1;
    if (ix >= 0) {
        rt_slot *slot = &rt_load_relaxed(&s->table)->entries[ix].key;
        k = rt_slot_peek(slot);
        rt_slot_put(slot, RT_UNDEF);
        rt_store_release(&s->used, rt_load_relaxed(&s->used) - 1);
        bump(s);
    }
    rt_cont_unlock(ts, &cs);
    rt_decref(ts, k);
    return ix >= 0;
}

int rt_set_contains_hash(struct rt_thread *ts, struct rt_set *s, rt_value key, int64_t hash)
{
    struct found f;
    bool safe = !rt_load_relaxed(&ts->mt);
    size_t place;
    /* An equal str at its first place, or the key itself. */
    struct rt_set_table *t = rt_load_acquire(&s->table);
    struct rt_set_entry *e = &t->entries[(size_t)hash & t->mask];
    rt_value k = rt_slot_peek(&e->key);
    if (rt_is(k, key) || (rt_load_relaxed(&e->hash) == hash && rt_cont_same_str(ts, k, key)))
        return 1;
    for (;;) {
        ssize_t ix = safe ? rt_set_quick_find(rt_load_relaxed(&s->table), key, hash, &place)
                          : probe(ts, s, rt_load_acquire(&s->table), key, hash, false, NULL);
        if (ix >= 0)
            return 1;
        if (ix == SET_MISS)
            return 0;
        if (ix == SET_NEEDCMP)
            return find(ts, s, key, hash, &f);
    }
}

rt_value rt_set_pop(struct rt_thread *ts, rt_value sv)
{
    struct rt_set *s = rt_as_set(sv);
    struct rt_cs cs;
    rt_value k = RT_NULL;
    rt_cont_lock(ts, &cs, s);
    struct rt_set_table *t = rt_load_relaxed(&s->table);
    if (rt_load_relaxed(&s->used)) {
        size_t i = t->finger & t->mask;
        while (!rt_set_is_key(k = rt_slot_peek(&t->entries[i].key)))
            i = (i + 1) & t->mask;
        rt_slot_put(&t->entries[i].key, RT_UNDEF);
        t->finger = i + 1;
        rt_store_release(&s->used, rt_load_relaxed(&s->used) - 1);
        bump(s);
    }
    rt_cont_unlock(ts, &cs);
    return rt_is_null(k) ? rt_raise(ts, &rt_exc_KeyError, "pop from an empty set") : k;
}

void rt_set_clear(struct rt_thread *ts, struct rt_set *s)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, s);
    struct rt_set_table *t = rt_load_relaxed(&s->table);
    bool shared = cs.open;
    rt_store_release(&s->table, rt_set_table_empty);
    rt_store_release(&s->used, 0);
    bump(s);
    rt_cont_unlock(ts, &cs);
    rt_set_table_drop(ts, t, shared);
}

/* ---- walking ---- */
bool rt_set_next_hash(struct rt_thread *ts, struct rt_set *s, size_t *pos, rt_value *key,
                      int64_t *hash)
{
    struct rt_set_table *t = rt_load_acquire(&s->table);
    while (*pos <= t->mask) {
        struct rt_set_entry *e = &t->entries[*pos];
        rt_value k = rt_slot_peek(&e->key);
        if (rt_set_is_key(k)) {
            if (hash)
                *hash = rt_load_relaxed(&e->hash);
            k = rt_slot_get(ts, s, &e->key);
            if (rt_set_is_key(k)) {
                (*pos)++;
                *key = k;
                return true;
            }
        }
        struct rt_set_table *now = rt_load_acquire(&s->table);
        if (rt_unlikely(now != t))
            t = now;
        else
            (*pos)++;
    }
    return false;
}

bool rt_set_next(struct rt_thread *ts, rt_value s, size_t *pos, rt_value *key)
{
    return rt_set_next_hash(ts, rt_as_set(s), pos, key, NULL);
}

rt_value rt_set_list(struct rt_thread *ts, rt_value sv)
{
    struct rt_set *s = rt_as_set(sv);
    rt_value r = rt_list_new(ts, rt_load_acquire(&s->used));
    for (;;) {
        struct rt_cs_read cs;
        if (rt_is_null(r))
            return r;
        struct rt_list_array *a = rt_load_relaxed(&rt_as_list(r)->array);
        read_begin(ts, &cs, s);
        size_t n = 0, used = rt_load_relaxed(&s->used);
        struct rt_set_table *t = rt_load_relaxed(&s->table);
        if (rt_likely(used <= a->capacity)) {
            for (size_t i = 0; i <= t->mask && n < used; i++)
                if (rt_set_is_key(rt_slot_peek(&t->entries[i].key)))
                    rt_slot_init(&a->items[n++], rt_slot_copy(ts, &t->entries[i].key));
            if (n)
                rt_store_relaxed(&a->length, n);
        }
        rt_cont_read_end(ts, &cs);
        if (rt_likely(used <= a->capacity))
            return r;
        rt_decref(ts, r); /* it grew meanwhile */
        r = rt_list_new(ts, used);
    }
}

/* ---- whole sets ---- */
rt_value rt_set_alloc(struct rt_thread *ts, struct rt_type *t)
{
    struct rt_set *s;
    if (t == &rt_set_type || t == &rt_frozenset_type) {
        s = rt_object_new(ts, t, sizeof(*s));
    } else {
        rt_value v = rt_type_alloc(ts, t);
        s = rt_is_null(v) ? NULL : rt_as_set(v);
    }
    if (!s)
        return RT_NULL;
    rt_store_relaxed(&s->table, rt_set_table_empty);
    rt_store_relaxed(&s->used, 0);
    rt_store_relaxed(&s->hash, -1);
    return rt_own(s);
}

rt_value rt_set_new_small(struct rt_thread *ts)
{
    rt_value s = rt_set_alloc(ts, &rt_set_type);
    if (!rt_is_null(s) && resize(ts, rt_as_set(s), 0) < 0)
        rt_clear(ts, &s);
    return s;
}

/* In the section of src, dst private and empty: entry by entry at the same places, or rehashed. */
static int copy_table(struct rt_thread *ts, struct rt_set *dst, struct rt_set *src, size_t mask)
{
    struct rt_set_table *from = rt_load_relaxed(&src->table), *t;
    size_t used = rt_load_relaxed(&src->used);
    if (used == 0)
        return 0;
    t = table_new(ts, mask, 1);
    if (!t)
        return -1;
    bool same = t->mask == from->mask && from->fill == used;
    for (size_t i = 0; i <= from->mask; i++) {
        rt_value k = rt_slot_peek(&from->entries[i].key);
        if (!rt_set_is_key(k))
            continue;
        int64_t hash = rt_load_relaxed(&from->entries[i].hash);
        k = rt_newref(ts, k);
        if (same) {
            rt_store_relaxed(&t->entries[i].hash, hash);
            rt_slot_init(&t->entries[i].key, k);
        } else {
            insert_clean(t, k, hash);
        }
    }
    t->fill = used;
    rt_store_relaxed(&dst->used, used);
    rt_store_relaxed(&dst->table, t);
    return 0;
}

rt_value rt_set_copy_as(struct rt_thread *ts, struct rt_set *s, struct rt_type *type)
{
    struct rt_cs_read cs;
    rt_value r = rt_set_alloc(ts, type);
    if (rt_is_null(r))
        return r;
    read_begin(ts, &cs, s);
    size_t used = rt_load_relaxed(&s->used);
    /* The size that adding all to an empty set would give. */
    int err = copy_table(ts, rt_as_set(r), s, used * 5 >= 21 ? used * 2 : 7);
    rt_cont_read_end(ts, &cs);
    if (err < 0)
        rt_clear(ts, &r);
    return r;
}

/* As long as no key needs Python to compare: 1 done, 0 the rest from *pos on is to do, -1 error. */
static int merge_alone(struct rt_thread *ts, struct rt_set *s, struct rt_set *other, size_t *pos)
{
    struct rt_set_table *from = rt_load_relaxed(&other->table);
    for (; *pos <= from->mask; ++*pos) {
        rt_value k = rt_slot_peek(&from->entries[*pos].key);
        if (!rt_set_is_key(k))
            continue;
        int64_t hash = rt_load_relaxed(&from->entries[*pos].hash);
        int r = add_first(ts, s, k, hash);
        if (r < 0 && (r = add_alone(ts, s, k, hash)) < 0)
            return r == -2 ? 0 : -1;
    }
    return 1;
}

int rt_set_keep_alone(struct rt_thread *ts, struct rt_set *r, struct rt_set *walked, struct rt_set *other, bool want)
{
    struct rt_set_table *from = rt_load_relaxed(&walked->table), *in = rt_load_relaxed(&other->table);
    size_t place;
    for (struct rt_set_entry *e = from->entries, *end = e + from->mask; e <= end; e++) {
        rt_value k = rt_slot_peek(&e->key);
        if (!rt_set_is_key(k))
            continue;
        int64_t hash = rt_load_relaxed(&e->hash);
        rt_value there = rt_slot_peek(&in->entries[(size_t)hash & in->mask].key); /* mostly the answer */
        ssize_t ix = there.bits == k.bits ? 0 : rt_is_null(there) ? SET_MISS : find_alone(in, k, hash, &place);
        if (rt_unlikely(ix < SET_MISS))
            return 0;
        if ((ix >= 0) != want)
            continue;
        if (!r)
            return -2;
        struct rt_set_table *t = rt_load_relaxed(&r->table);
        if (t == rt_set_table_empty) {
            if (resize(ts, r, 0) < 0)
                return -1;
            t = rt_load_relaxed(&r->table);
        }
        insert_clean(t, rt_newref(ts, k), hash);
        size_t used = rt_load_relaxed(&r->used) + 1;
        rt_store_relaxed(&r->used, used);
        if (++t->fill * 5 >= t->mask * 3 && resize(ts, r, growth(used)) < 0)
            return -1;
    }
    return 1;
}

int rt_set_merge(struct rt_thread *ts, struct rt_set *s, struct rt_set *other)
{
    size_t pos = 0, n = rt_load_acquire(&other->used);
    rt_value key, snapshot = RT_NULL;
    int64_t hash;
    int r = 0;
    if (s == other || n == 0)
        return 0;
    if (rt_load_relaxed(&s->table) == rt_set_table_empty && !rt_cont_shared(ts, s)) {
        struct rt_cs_read cs;
        read_begin(ts, &cs, other);
        n = rt_load_relaxed(&other->used);
        r = copy_table(ts, s, other, n * 5 >= 21 ? n * 2 : 7);
        rt_cont_read_end(ts, &cs);
        bump(s);
        return r;
    }
    if (rt_load_relaxed(&ts->mt)) {
        if (rt_object_is_unique(ts, &s->hdr)) {
            struct rt_cs_read cs;
            read_begin(ts, &cs, other);
            r = rt_set_reserve(ts, s, rt_load_relaxed(&other->used));
            r = r < 0 ? -1 : merge_alone(ts, s, other, &pos);
            rt_cont_read_end(ts, &cs);
            if (r)
                return r < 0 ? -1 : 0;
            pos = 0;
        }
        snapshot = rt_set_copy_as(ts, other, &rt_set_type);
        if (rt_is_null(snapshot))
            return -1;
        other = rt_as_set(snapshot);
    }
    r = rt_set_reserve(ts, s, n);
    if (r >= 0 && !rt_load_relaxed(&ts->mt) && (r = merge_alone(ts, s, other, &pos)) == 1)
        return 0;
    while (r >= 0 && rt_set_next_hash(ts, other, &pos, &key, &hash)) {
        r = rt_set_add_hash(ts, s, key, hash);
        rt_decref(ts, key);
    }
    rt_decref(ts, snapshot);
    return r < 0 ? -1 : 0;
}

void rt_set_swap(struct rt_thread *ts, struct rt_set *s, struct rt_set *t)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, s);
    bool shared = cs.open;
    struct rt_set_table *ours = rt_load_relaxed(&s->table), *theirs = rt_load_relaxed(&t->table);
    if (theirs != rt_set_table_empty)
        theirs->serial = (uint64_t)rt_load_relaxed(&s->hash) + 1;
    rt_store_release(&s->table, theirs);
    rt_store_release(&s->used, rt_load_relaxed(&t->used));
    bump(s);
    rt_cont_unlock(ts, &cs);
    rt_store_relaxed(&t->used, 0);
    rt_store_relaxed(&t->table, rt_set_table_empty);
    rt_set_table_drop(ts, ours, shared);
}
