/* SPDX-License-Identifier: MIT */
/*
 * The common out-of-line half of access.h. Whatever depends on the backend goes through its table;
 * the paths taken when only one thread of the interpreter runs (mt == 0) do not.
 */
#include "core/object/type.h"
#include "core/seam/backend.h"
#include "core/seam/sections.h"
#include "core/seam/stats.h"
#include "core/sync/mutex.h"
#include "core/thread/thread.h"

#include <stdlib.h>

RT_NOINLINE rt_value rt_newref_foreign(struct rt_thread *ts, struct rt_object *o)
{
    if (rt_object_is_immortal(o) || (rt_load_relaxed(&o->flags) & RT_OF_DEFERRED))
        return rt_borrow(o);
    return rt_be.newref_foreign(ts, o);
}

RT_NOINLINE void rt_decref_foreign(struct rt_thread *ts, struct rt_object *o)
{
    if (!rt_object_is_immortal(o))
        rt_be.decref_foreign(ts, o);
}

/* Is o, whose owner counts no reference, dead now? By a plain store if nobody else can be looking: Note [BIAS].
   Without other threads, no count in `shared` means death. */
RT_INLINE bool dies(struct rt_thread *ts, struct rt_object *o)
{
    uint32_t s = rt_load_relaxed(&o->shared);
    if (rt_likely(!rt_load_relaxed(&ts->mt) ? !(s & ~RT_SH_HINTS) : s == 0 && (ts->bias & RT_BIAS_DEATHS))) {
        rt_store_relaxed(&o->shared, s | RT_SH_DEAD); /* walkers of the heap leave it alone from here on */
        return true;
    }
    return rt_be.dying(ts, o);
}

/* The owner's count reached zero. */
RT_NOINLINE void rt_decref_zero(struct rt_thread *ts, struct rt_object *o)
{
    if (rt_unlikely(rt_load_relaxed(&o->flags) & RT_OF_DEFERRED))
        return;
    if (rt_likely(dies(ts, o)))
        rt_object_dealloc(ts, o);
}

rt_value rt_try_newref(struct rt_thread *ts, struct rt_object *o)
{
    if (rt_load_relaxed(&o->owner) == ts->token) {
        if ((rt_load_relaxed(&o->shared) & RT_SH_STATE) == RT_SH_DEAD)
            return RT_NULL;
        o->local++;
        return rt_own(o);
    }
    if (rt_object_is_immortal(o))
        return rt_borrow(o);
    if ((rt_load_acquire(&o->shared) & RT_SH_STATE) == RT_SH_DEAD)
        return RT_NULL;
    if (rt_load_relaxed(&o->flags) & RT_OF_DEFERRED)
        return rt_borrow(o);
    return rt_be.tryref_foreign(ts, o) ? rt_own(o) : RT_NULL;
}

/*
 * Note [SLOT-READ] The word read from the slot named a living object at that moment. Slab memory is
 * type-stable and large blocks outlive a grace period, so the header may be read even if the object has
 * died since. The slot is read again after the count was taken: if it still holds the word, the object
 * that was counted is the object in the slot. A deferred or immortal one needs no count: it dies only
 * with the world stopped, and this thread is not stopped here. Its slot then says so: the next reader finds an
 * uncounted word and leaves the header, which others may be writing to, alone. The count that the slot held is
 * dropped here, for a count that is left over keeps its object for ever [GC-1]. Whoever replaces or moves the
 * word meanwhile by plain stores, as the only writer, has read the old one and may drop it as well: a count may
 * so become too low, and nobody misses it, for what is in a slot is found by marking.
 */
RT_NOINLINE rt_value rt_slot_get_slow(struct rt_thread *ts, struct rt_object *container, rt_slot *slot)
{
    for (;;) {
        rt_value v = rt_slot_peek(slot);
        if (!rt_is_counted(v))
            return v;
        struct rt_object *o = rt_ptr(v);
        if (rt_load_relaxed(&o->owner) == ts->token) {
            o->local++;
            return v;
        }
        if (rt_object_is_immortal(o) || (rt_load_acquire(&o->flags) & RT_OF_DEFERRED)) {
            uint64_t bits = v.bits;
            if (rt_cas_acq_rel(&slot->bits, &bits, rt_borrow(o).bits)) {
                rt_decref_foreign(ts, o);
                return rt_borrow(o);
            }
        } else if (rt_be.tryref_foreign(ts, o)) {
            if (rt_likely(rt_slot_peek(slot).bits == v.bits))
                return v;
            rt_decref_obj(ts, o);
        }
        rt_count(ts, RT_CNT_TRYREF_FAILS, 1);
        rt_cpu_relax();
    }
}

/* Whoever loses the cache line to another writer leaves it alone for a while, so that each has it for many stores. */
bool rt_slot_replace_slow(rt_slot *slot, rt_value owned, rt_value *old)
{
    enum { PAUSES = 64 };
    uint64_t bits;
    do {
        for (int i = 0; i < PAUSES; i++)
            rt_cpu_relax();
        bits = rt_slot_peek(slot).bits;
    } while (bits && !rt_cas_acq_rel(&slot->bits, &bits, owned.bits));
    if (bits)
        *old = RT_VALUE(bits);
    return bits != 0;
}

void rt_slot_uncount(struct rt_thread *ts, const void *container, rt_slot *slot)
{
    rt_value v = rt_slot_peek(slot);
    if (!rt_is_counted(v) || !rt_sole_writer(ts, container))
        return;
    struct rt_object *o = rt_ptr(v);
    if (!rt_object_is_immortal(o) && !(rt_load_acquire(&o->flags) & RT_OF_DEFERRED))
        return;
    rt_slot_put(slot, rt_borrow(o));
    rt_decref_obj(ts, o); /* cannot die of it */
}

rt_value rt_defer(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_counted(v))
        return v;
    struct rt_object *o = rt_ptr(v);
    if (rt_object_is_immortal(o))
        return rt_borrow(o);
    if (rt_type_has(rt_type_of_obj(o), RT_TF_FINALIZER))
        return v;
    rt_object_set_flag(o, RT_OF_DEFERRED);
    rt_decref_obj(ts, o); /* cannot die any more */
    return rt_borrow(o);
}

void rt_immortalize(struct rt_thread *ts, rt_value v)
{
    if (rt_is_ptr(v))
        rt_store_release(&rt_ptr(v)->owner, RT_TOK_IMMORTAL);
}

void rt_immortalize_here(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_ptr(v))
        return;
    _Atomic uint16_t *owner = &rt_ptr(v)->owner;
    uint16_t was = rt_load_relaxed(owner);
    while (!rt_token_is_immortal(was) && !rt_cas_acq_rel(owner, &was, RT_TOK_CONSTANT))
        ;
}

void rt_revive(struct rt_thread *ts, struct rt_object *o)
{
    o->local = 1;
    rt_store_relaxed(&o->shared, rt_load_relaxed(&o->shared) & RT_SH_HINTS);
    rt_store_release(&o->owner, ts->token);
}

bool rt_die_again(struct rt_thread *ts, struct rt_object *o)
{
    if (rt_load_relaxed(&o->owner) != ts->token) { /* made immortal, or merged, while it was alive */
        rt_decref_foreign(ts, o);
        return false;
    }
    if (--o->local != 0 || (rt_load_relaxed(&o->flags) & RT_OF_DEFERRED))
        return false;
    return dies(ts, o);
}

/* The owner counts without atomics: what another thread reads here is some recent count. */
#if RT_TSAN
__attribute__((no_sanitize("thread")))
#endif
int64_t rt_refcount(const struct rt_object *o)
{
    if (rt_object_is_immortal(o))
        return 0x3fffffff;
    int64_t n = RT_SH_COUNT(rt_load_relaxed(&o->shared));
    if (rt_load_relaxed(&o->owner) == RT_TOK_MERGED)
        return n;
    return rt_object_flags(o) & RT_OF_DEFERRED ? n + (int32_t)o->local : n + o->local; /* may be below zero: [SLOT-READ] */
}

void rt_cs_begin_slow(struct rt_thread *ts, struct rt_cs *cs, struct rt_object *a, struct rt_object *b)
{
    if (!b && rt_load_relaxed(&a->owner) == ts->sole_token)
        rt_cs_note(ts, cs, a);
    else
        rt_be.cs_begin(ts, cs, a, b);
}

void rt_cs_read_slow(struct rt_thread *ts, struct rt_cs_read *r, struct rt_object *o)
{
    if (rt_backend_has(RT_BE_OBJ_LOCKS) && rt_load_relaxed(&o->owner) != ts->sole_token && rt_known_unbiased(ts, o) &&
        rt_bytelock_share(&o->lock)) {
        r->shared = o;
        rt_cs_await_pins(ts, o, false);
    } else {
        rt_cs_begin_slow(ts, &r->cs, o, NULL);
    }
}

void rt_cs_read_end_slow(struct rt_thread *ts, struct rt_cs_read *r)
{
    if (r->shared)
        rt_bytelock_unshare(&r->shared->lock);
    else
        rt_cs_end(ts, &r->cs);
}

bool rt_cs_read2_try(struct rt_thread *ts, struct rt_cs_read2 *r, struct rt_object *a, struct rt_object *b)
{
    struct rt_object *o[2] = {a, b};
    r->shared[0] = r->shared[1] = NULL;
    if (!rt_load_relaxed(&ts->mt) || !rt_backend_has(RT_BE_OBJ_LOCKS))
        return true;
    for (int i = 0; i < 2; i++)
        if (o[i])
            rt_claim_writes(ts, o[i]);
    for (int i = 0; i < 2; i++) {
        if (!o[i] || rt_load_relaxed(&o[i]->owner) == ts->sole_token)
            continue;
        /* taking the second bias back may have let the owner of the first have its again */
        if (!rt_likely(rt_known_unbiased(ts, o[i]) && rt_bytelock_share(&o[i]->lock))) {
            rt_cs_read2_end(r);
            return false;
        }
        r->shared[i] = o[i];
        rt_cs_await_pins(ts, o[i], false);
    }
    return true;
}

void rt_cs_read2_end(struct rt_cs_read2 *r)
{
    for (int i = 0; i < 2; i++)
        if (r->shared[i])
            rt_bytelock_unshare(&r->shared[i]->lock);
}

/* Asking for WRITES may have suspended the section that the caller is in, and while that is taken again the owner may be
   given its bias again. */
bool rt_bias_revoke(struct rt_thread *ts, struct rt_object *o, uint8_t what)
{
    bool did = false;
    while (rt_be.revoke(ts, o, what)) {
        did = true;
        if (!(what & RT_BIAS_WRITES))
            break;
        rt_cs_resume(ts);
    }
    return did;
}
void rt_cs_end_slow(struct rt_thread *ts, struct rt_cs *cs) { rt_be.cs_end(ts, cs); }

void rt_retire(struct rt_thread *ts, void *p, size_t bytes, void (*release)(void *))
{
    if (rt_load_relaxed(&ts->mt)) {
        rt_count(ts, RT_CNT_RETIRED, 1);
        rt_count(ts, RT_CNT_RETIRED_BYTES, bytes);
        rt_be.retire(ts, p, bytes, release);
    } else if (release) {
        release(p);
    } else {
        free(p);
    }
}
