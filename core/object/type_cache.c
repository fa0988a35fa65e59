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
 *
 * Note [VARIABLE] Counters and the like in classes are stored to all the time, and a new version each time would
 * throw away everything that is known of the class. So
 *  [VAR-1] a value is plain if it is no descriptor and can never become one; names with underscores on both sides
 *          hold no plain values.
 *  [VAR-2] A name of a class that was stored to again, a few such stores into the class not counted, is variable:
 *          its bit is in t->varying, then t gets a new version, then the bit goes into t->variable. (It may be the bit of
 *          other names too, which are variable with it.)
 *  [VAR-3] Who fills a cache and finds a plain value in the dict of a class whose `varying` has the name remembers the
 *          class, never the value: readers load it from the dict's slot.
 *  [VAR-4] So who replaces a plain value by a plain value leaves the version alone if `variable` has the name; in the
 *          dict's section, where what was there is looked at.
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

/* [TCACHE-2] Whoever makes *seq odd may write the entry; false: another thread does, and this one goes without caching. */
RT_INLINE bool begin_write(_Atomic uint32_t *seq, uint32_t *was)
{
    *was = rt_load_relaxed(seq);
    return !(*was & 1) && rt_cas_acq_rel(seq, was, *was + 1);
}
RT_INLINE void end_write(_Atomic uint32_t *seq, uint32_t was) { rt_store_release(seq, was + 2); }

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
    uint32_t was;
    if (!begin_write(&e->seq, &was))
        return;
    rt_store_relaxed(&e->shape, s->id);
    rt_store_relaxed(&e->version, version);
    rt_store_relaxed(&e->name, name.bits);
    rt_store_relaxed(&e->offset, i < 0 ? 0 : s->slot_offset + 8 * (uint32_t)i);
    end_write(&e->seq, was);
}

struct cache_entry {
    _Atomic uint32_t seq;
    _Atomic uint32_t version;
    _Atomic uint64_t name;
    _Atomic uint64_t value; /* RT_UNDEF: in the dict of `owner`, [VAR-3] */
    _Atomic(struct rt_type *) owner;
};
enum { CACHE_BITS = 12 };
static struct cache_entry cache[1 << CACHE_BITS] __attribute__((aligned(64)));

RT_INLINE struct cache_entry *cache_slot(uint32_t version, rt_value name)
{
    uint32_t h = (uint32_t)(name.bits >> 4) ^ version * 0x9e3779b1u;
    return &cache[(h ^ h >> CACHE_BITS) & ((1u << CACHE_BITS) - 1)];
}

/* The second place of what belongs to e, in the same line of memory: big programs use so many names that they meet. */
RT_INLINE struct cache_entry *cache_partner(const struct cache_entry *e) { return &cache[(e - cache) ^ 1]; }

RT_INLINE bool is_entry_of(const struct cache_entry *e, uint32_t version, rt_value name)
{
    return rt_load_relaxed(&e->version) == version && rt_load_relaxed(&e->name) == rt_borrowed(name).bits;
}

/* Where to put it: its own place or, if another sits there, the one of the two that was not written last. */
static struct cache_entry *cache_victim(uint32_t version, rt_value name)
{
    struct cache_entry *e = cache_slot(version, name), *second = cache_partner(e);
    if (!rt_load_relaxed(&e->version) || is_entry_of(e, version, name))
        return e;
    bool turn = (rt_load_relaxed(&e->seq) ^ rt_load_relaxed(&second->seq)) & 2; /* each write to one of them changes it */
    return turn || !rt_load_relaxed(&second->version) ? second : e;
}

static void cache_put(uint32_t version, rt_value name, rt_value value, struct rt_type *owner)
{
    struct cache_entry *e = cache_victim(version, name);
    uint32_t was;
    if (!begin_write(&e->seq, &was))
        return;
    rt_store_relaxed(&e->version, version);
    rt_store_relaxed(&e->name, rt_borrowed(name).bits);
    rt_store_relaxed(&e->value, value.bits);
    rt_store_relaxed(&e->owner, owner);
    end_write(&e->seq, was);
}

/* Python that a key's __eq__ would run might wait for a thread that is stopped, or start the world. */
static rt_value get_name(struct rt_thread *ts, rt_value d, rt_value name)
{
    return rt_unlikely(rt_world_is_mine(ts)) ? rt_dict_get_name_stw(ts, d, name) : rt_dict_get(ts, d, name);
}

/* owner: the class that has it. */
static rt_value find_uncached(struct rt_thread *ts, struct rt_type *t, rt_value name, struct rt_type **owner)
{
    rt_value mro = rt_type_mro_borrowed(t);
    if (rt_is_null(mro)) { /* while the MRO is being computed */
        for (; t; t = t->base) {
            rt_value d = rt_type_dict_borrowed(t), v = rt_is_null(d) ? RT_NULL : get_name(ts, d, name);
            if (!rt_is_null(v) || rt_pending(ts)) {
                *owner = t;
                return v;
            }
        }
        return RT_NULL;
    }
    struct rt_tuple *m = rt_as_tuple(mro);
    for (size_t i = 0; i < m->length; i++) {
        rt_value d = rt_type_dict_borrowed(rt_as_type(m->items[i]));
        if (rt_is_null(d))
            continue;
        rt_value v = get_name(ts, d, name);
        if (!rt_is_null(v) || rt_pending(ts)) {
            *owner = rt_as_type(m->items[i]);
            return v;
        }
    }
    return RT_NULL;
}

/* ---- variable attributes ---- */

/* [VAR-1] Classes may get another metaclass, modules another class. */
static bool is_plain(rt_value v)
{
    if (!rt_is_ptr(v))
        return !rt_is_null(v);
    const struct rt_type *t = rt_type_of_obj(rt_ptr(v));
    return !t->descr_get && !t->descr_set && !rt_type_has(t, RT_TF_HEAP | RT_TF_TYPE) && t != &rt_module_type;
}

static bool is_special(rt_value name)
{
    size_t n = rt_str_len(name);
    const struct rt_str *s = rt_as_str(name);
    return n > 4 && rt_unlikely(rt_str_at(s, 0) == '_') && rt_str_at(s, 1) == '_' && rt_str_at(s, n - 1) == '_' &&
           rt_str_at(s, n - 2) == '_';
}

static uint64_t name_bit(rt_value name)
{
    return (uint64_t)1 << ((uint64_t)rt_str_hash(name) * 0x9e3779b97f4a7c15u >> 58);
}

bool rt_type_store_variable(struct rt_thread *ts, struct rt_type *t, rt_value name, rt_value v, rt_slot *slot)
{
    uint64_t names = rt_load_acquire(&t->variable);
    if (!names || !(names & name_bit(name)) || !is_plain(v) || is_special(name))
        return false;
    if (slot && rt_sole_writer(ts, rt_ptr(rt_type_dict_borrowed(t)))) {
        rt_value old = rt_slot_peek(slot);
        if (!is_plain(old))
            return false;
        rt_slot_put(slot, rt_newref(ts, v));
        rt_decref(ts, old);
        return true;
    }
    rt_value owned = rt_newref(ts, v);
    bool done = rt_dict_replace_if(ts, rt_type_dict_borrowed(t), name, is_plain, &owned);
    rt_decref(ts, owned);
    return done;
}

void rt_type_stored_again(struct rt_thread *ts, struct rt_type *t, rt_value name, rt_value v)
{
    enum { FEW = 4 };
    if (!is_plain(v) || is_special(name))
        return;
    rt_type_lock();
    if (t->restores < FEW) {
        t->restores++;
    } else {
        (void)rt_or_acq_rel(&t->varying, name_bit(name));
        rt_type_modified_locked(ts, t);
        (void)rt_or_acq_rel(&t->variable, name_bit(name));
    }
    rt_type_unlock();
}

/* A dict with odd keys may raise: as if absent. */
static rt_value find_quietly(struct rt_thread *ts, struct rt_type *t, rt_value name, struct rt_type **owner)
{
    rt_value exc = rt_exc_take(ts), v = find_uncached(ts, t, name, owner);
    if (rt_unlikely(rt_pending(ts)))
        rt_exc_clear(ts);
    ts->exc = exc;
    return v;
}

rt_value rt_type_lookup_afresh(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    struct rt_type *owner;
    return find_quietly(ts, t, name, &owner);
}

static RT_NOINLINE rt_value lookup_slow(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    struct rt_type *owner = NULL;
    uint32_t version = rt_world_is_mine(ts) ? 0 : rt_load_acquire(&t->version); /* 0: what was seen is not for the cache */
    rt_value v = find_quietly(ts, t, name, &owner);
    uint64_t varying = owner ? rt_load_acquire(&owner->varying) : 0;
    if (varying && (varying & name_bit(name)) && is_plain(v) && !is_special(name)) {
        if (version && rt_load_acquire(&t->version) == version)
            cache_put(version, name, RT_UNDEF, owner);
        return v;
    }
    v = rt_word_uncounted(ts, v);
    if (version && !rt_is_counted(v) && rt_load_acquire(&t->version) == version)
        cache_put(version, name, v, NULL);
    return v;
}

/* What a variable attribute holds; RT_NULL: it may be one no longer. */
static RT_NOINLINE rt_value variable_value(struct rt_thread *ts, struct rt_type *owner, rt_value name)
{
    rt_value d = rt_type_dict_borrowed(owner);
    rt_slot *s = rt_dict_lookup_slot(d, name);
    rt_value v = s ? rt_slot_get(ts, rt_as_dict(d), s) : RT_NULL;
    return rt_is_undef(v) ? RT_NULL : v;
}

RT_INLINE bool entry_get(const struct cache_entry *e, uint32_t version, rt_value name, rt_value *v, struct rt_type **owner)
{
    uint32_t seq = rt_load_acquire(&e->seq);
    if (rt_unlikely(!is_entry_of(e, version, name) || !version || (seq & 1)))
        return false;
    *v = RT_VALUE(rt_load_relaxed(&e->value));
    *owner = rt_load_relaxed(&e->owner);
    rt_fence_acquire();
    return rt_likely(rt_load_relaxed(&e->seq) == seq);
}

/* What the cache knows; owner is not NULL if it is a variable attribute of that class. */
RT_INLINE bool cache_get(struct rt_type *t, rt_value name, rt_value *v, struct rt_type **owner)
{
    uint32_t version = rt_load_acquire(&t->version);
    const struct cache_entry *e = cache_slot(version, rt_borrowed(name));
    return rt_likely(entry_get(e, version, name, v, owner)) || entry_get(cache_partner(e), version, name, v, owner);
}

rt_value rt_type_lookup(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    rt_value v;
    struct rt_type *owner;
    if (rt_likely(cache_get(t, name, &v, &owner)) &&
        (rt_likely(!rt_is_undef(v)) || !rt_is_null(v = variable_value(ts, owner, rt_borrowed(name)))))
        return v;
    if (rt_unlikely(!rt_str_is_interned(name)))
        name = rt_str_intern(ts, name);
    return lookup_slow(ts, t, rt_borrowed(name));
}

bool rt_type_lookup_known(struct rt_type *t, rt_value name, rt_value *out, struct rt_type **owner)
{
    if (!cache_get(t, name, out, owner))
        return false;
    if (*owner)
        *out = RT_NULL;
    return true;
}

bool rt_type_lookup_cached(struct rt_type *t, rt_value name, rt_value *out)
{
    struct rt_type *owner;
    return rt_type_lookup_known(t, name, out, &owner) && !owner;
}
