/* SPDX-License-Identifier: MIT */
/*
 * Attribute look-up along the MRO, with a global lock-free cache keyed by (type version, name), and the
 * versions that keep it and the evaluator's caches honest.
 *
 * Note [TCACHE]
 *  [TCACHE-1] A version number is given to one state of one type and never reused.
 *  [TCACHE-2] Entries are guarded by a sequence word: odd while being written. Readers that see it move
 *             treat it as a miss; writers that do not get it go without caching.
 *  [TCACHE-3] Only uncounted words are cached (immediates, deferred, immortal): a reader may use the
 *             value after the entry has changed, for such objects die only with the world stopped.
 *  [TCACHE-4] A writer changes the dict first and the version after, under the type lock; a filler
 *             reads the version first and stores its result only if the version has not moved.
 */
#include "core/object/type_internal.h"

struct cache_entry {
    _Atomic uint32_t seq;
    _Atomic uint32_t version;
    _Atomic uint64_t name;
    _Atomic uint64_t value;
    uint64_t pad;
};
enum { CACHE_BITS = 12 };
static struct cache_entry cache[1 << CACHE_BITS];

RT_INLINE struct cache_entry *cache_slot(uint32_t version, rt_value name)
{
    uint32_t h = (uint32_t)(name.bits >> 4) ^ version * 0x9e3779b1u;
    return &cache[(h ^ h >> CACHE_BITS) & ((1u << CACHE_BITS) - 1)];
}

static void cache_put(uint32_t version, rt_value name, rt_value value)
{
    struct cache_entry *e = cache_slot(version, name);
    uint32_t seq = rt_load_relaxed(&e->seq);
    if ((seq & 1) || !rt_cas_acq_rel(&e->seq, &seq, seq + 1))
        return;
    rt_store_relaxed(&e->version, version);
    rt_store_relaxed(&e->name, rt_borrowed(name).bits);
    rt_store_relaxed(&e->value, value.bits);
    rt_store_release(&e->seq, seq + 2);
}

rt_value rt_type_find_uncached(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    rt_value mro = rt_type_mro_borrowed(t);
    if (rt_is_null(mro)) { /* while the MRO is being computed */
        for (; t; t = t->base) {
            rt_value d = rt_type_dict_borrowed(t), v = rt_is_null(d) ? RT_NULL : rt_dict_get(ts, d, name);
            if (!rt_is_null(v) || rt_pending(ts))
                return v;
        }
        return RT_NULL;
    }
    struct rt_tuple *m = rt_as_tuple(mro);
    for (size_t i = 0; i < m->length; i++) {
        rt_value d = rt_type_dict_borrowed(rt_as_type(m->items[i]));
        if (rt_is_null(d))
            continue;
        rt_value v = rt_dict_get(ts, d, name);
        if (!rt_is_null(v) || rt_pending(ts))
            return v;
    }
    return RT_NULL;
}

static RT_NOINLINE rt_value lookup_slow(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    uint32_t version = rt_load_acquire(&t->version);
    rt_value exc = rt_exc_take(ts); /* a dict with odd keys may raise: as if absent */
    rt_value v = rt_type_find_uncached(ts, t, name);
    if (rt_unlikely(rt_pending(ts)))
        rt_exc_clear(ts);
    ts->exc = exc;
    v = rt_word_uncounted(ts, v);
    if (version && !rt_is_counted(v) && rt_load_acquire(&t->version) == version)
        cache_put(version, name, v);
    return v;
}

rt_value rt_type_lookup(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    uint32_t version = rt_load_acquire(&t->version);
    struct cache_entry *e = cache_slot(version, rt_borrowed(name));
    uint32_t seq = rt_load_acquire(&e->seq);
    if (rt_likely(rt_load_relaxed(&e->version) == version &&
                  rt_load_relaxed(&e->name) == rt_borrowed(name).bits && version && !(seq & 1))) {
        rt_value v = RT_VALUE(rt_load_relaxed(&e->value));
        rt_fence_acquire();
        if (rt_likely(rt_load_relaxed(&e->seq) == seq))
            return v;
    }
    if (rt_unlikely(!rt_str_is_interned(name)))
        name = rt_str_intern(ts, name);
    return lookup_slow(ts, t, rt_borrowed(name));
}

/* Only from the cache: dicts are not looked at, so nothing can run. False: not known. */
bool rt_type_lookup_cached(struct rt_type *t, rt_value name, rt_value *out)
{
    uint32_t version = rt_load_acquire(&t->version);
    struct cache_entry *e = cache_slot(version, rt_borrowed(name));
    uint32_t seq = rt_load_acquire(&e->seq);
    if (!version || (seq & 1) || rt_load_relaxed(&e->version) != version ||
        rt_load_relaxed(&e->name) != rt_borrowed(name).bits)
        return false;
    *out = RT_VALUE(rt_load_relaxed(&e->value));
    rt_fence_acquire();
    return rt_load_relaxed(&e->seq) == seq;
}

/* ---- versions and subclasses ---- */

static uint32_t next_version(void)
{
    uint32_t v;
    do
        v = rt_add_relaxed(&rt_runtime.type_version, 1) + 1;
    while (!v);
    return v;
}

/* Direct subclasses, uncounted: a dying type takes itself off its bases' lists. */
struct rt_subclasses {
    size_t n, capacity;
    struct rt_type *items[];
};

/* Versions above `start` were given by this walk: those types have been seen. */
static void modified_since(struct rt_type *t, uint32_t start)
{
    if (rt_load_relaxed(&t->version) > start)
        return;
    rt_store_release(&t->version, next_version());
    struct rt_subclasses *l = t->subclasses;
    for (size_t i = 0; l && i < l->n; i++)
        modified_since(l->items[i], start);
}

void rt_type_modified_locked(struct rt_thread *ts, struct rt_type *t) { modified_since(t, next_version()); }

void rt_type_modified(struct rt_thread *ts, struct rt_type *t)
{
    rt_type_lock();
    rt_type_modified_locked(ts, t);
    rt_type_unlock();
}

int rt_type_add_subclass(struct rt_thread *ts, struct rt_type *base, struct rt_type *t)
{
    rt_type_lock();
    struct rt_subclasses *l = base->subclasses;
    if (!l || l->n == l->capacity) {
        size_t cap = l ? l->capacity * 2 : 4;
        struct rt_subclasses *bigger = rt_raw_realloc(l, sizeof *l + cap * sizeof l->items[0]);
        if (!bigger) {
            rt_type_unlock();
            rt_raise_no_memory(ts);
            return -1;
        }
        if (!l)
            bigger->n = 0;
        bigger->capacity = cap;
        base->subclasses = l = bigger;
    }
    l->items[l->n++] = t;
    rt_type_unlock();
    return 0;
}

void rt_type_remove_subclass(struct rt_type *base, struct rt_type *t)
{
    rt_type_lock();
    struct rt_subclasses *l = base->subclasses;
    for (size_t i = 0, n = l ? l->n : 0; i < n; i++) {
        size_t at = l->items[i] == t ? i : n - 1 - i; /* the oldest go first, or the newest */
        if (l->items[at] == t) {
            memmove(&l->items[at], &l->items[at + 1], (--l->n - at) * sizeof l->items[0]);
            break;
        }
    }
    rt_type_unlock();
}

rt_value rt_type_subclasses_list(struct rt_thread *ts, struct rt_type *t)
{
    size_t n = 0, room = 0;
    struct rt_type **copy = NULL;
    for (;;) {
        rt_type_lock();
        struct rt_subclasses *l = t->subclasses;
        size_t need = l ? l->n : 0;
        if (need <= room) {
            for (size_t i = 0; i < need; i++)
                if (!l->items[i]->interp || l->items[i]->interp == ts->interp)
                    copy[n++] = l->items[i];
            rt_type_unlock();
            break;
        }
        rt_type_unlock();
        room = need + 8;
        rt_raw_free(copy);
        if (!(copy = rt_raw_malloc(room * sizeof *copy)))
            return rt_raise_no_memory(ts);
    }
    rt_value list = rt_list_new(ts, n);
    for (size_t i = 0; i < n && !rt_is_null(list); i++)
        if (rt_list_append(ts, list, rt_type_value(copy[i])) < 0)
            rt_clear(ts, &list);
    rt_raw_free(copy);
    return list;
}

void rt_type_subclasses_free(struct rt_type *t)
{
    rt_raw_free(t->subclasses);
    t->subclasses = NULL;
}

bool rt_type_any_subclass_locked(struct rt_type *t, bool (*f)(struct rt_type *, rt_value), rt_value arg)
{
    struct rt_subclasses *l = t->subclasses;
    for (size_t i = 0; l && i < l->n; i++)
        if (f(l->items[i], arg))
            return true;
    return false;
}
