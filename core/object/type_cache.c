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

/*
 * Attributes that no class of the object knows, by (shape, type version, name): in which inline slot they are, or that there
 * are none. For look-ups outside the evaluator's sites: getattr(), setattr(), native code. Guarded as [TCACHE-2].
 */
struct own_entry {
    _Atomic uint32_t seq, shape, version, offset;
    _Atomic uint64_t name;
    uint64_t pad;
};
enum { OWN_BITS = 10 };
static struct own_entry own_cache[1 << OWN_BITS];

RT_INLINE struct own_entry *own_slot(uint32_t shape, rt_value name)
{
    uint32_t h = (uint32_t)(name.bits >> 4) ^ shape * 0x9e3779b1u;
    return &own_cache[(h ^ h >> OWN_BITS) & ((1u << OWN_BITS) - 1)];
}

int64_t rt_own_attr_offset(const struct rt_type *t, uint32_t shape, rt_value name)
{
    uint32_t version = rt_load_acquire(&t->version);
    struct own_entry *e = own_slot(shape, name);
    uint32_t seq = rt_load_acquire(&e->seq), offset = rt_load_relaxed(&e->offset);
    if (rt_load_relaxed(&e->shape) != shape || rt_load_relaxed(&e->version) != version ||
        rt_load_relaxed(&e->name) != name.bits || !version || (seq & 1))
        return -1;
    rt_fence_acquire();
    return rt_likely(rt_load_relaxed(&e->seq) == seq) ? (int64_t)offset : -1;
}

void rt_own_attr_learn(const struct rt_type *t, uint32_t version, const struct rt_shape *s, rt_value name)
{
    int i = rt_shape_find(s, name);
    if (!version || (s->flags & RT_SHAPE_DICT) || i >= (int)s->inline_capacity ||
        rt_load_acquire(&t->version) != version)
        return;
    struct own_entry *e = own_slot(s->id, name);
    uint32_t seq = rt_load_relaxed(&e->seq);
    if ((seq & 1) || !rt_cas_acq_rel(&e->seq, &seq, seq + 1))
        return;
    rt_store_relaxed(&e->shape, s->id);
    rt_store_relaxed(&e->version, version);
    rt_store_relaxed(&e->name, name.bits);
    rt_store_relaxed(&e->offset, i < 0 ? 0 : s->slot_offset + 8 * (uint32_t)i);
    rt_store_release(&e->seq, seq + 2);
}

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
