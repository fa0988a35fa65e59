/* SPDX-License-Identifier: MIT */
/*
 * The hot half of the seam: reference counts and slot reads, inline over a layout common to all
 * backends. What differs is data: the owner token. gil has one token, subinterp one per interpreter,
 * nogil one per thread; so the else-branches below are backend code, the rest is not.
 *
 * Note [OWN]
 *  [OWN-1] A function that returns rt_value returns an owned word (new reference) unless it ends in
 *          _borrowed. Arguments are borrowed words. RT_NULL means: exception set in ts.
 *  [OWN-2] Before a word goes into the heap it passes rt_newref, or it was owned (moved).
 *  [OWN-3] rt_decref of a word with tag 8, an immediate or RT_NULL does nothing.
 *  [OWN-4] Reading a slot that another thread may write: rt_slot_get(ts, container, slot).
 *  [OWN-5] A native function may keep deferred words in C variables: the collector scans machine
 *          stacks conservatively for deferred objects (docs/decisions/001).
 */
#ifndef RT_SEAM_ACCESS_H
#define RT_SEAM_ACCESS_H

#include "core/seam/tstate.h"

/* Out of line: immortal -> uncounted; deferred -> uncounted; else an atomic count (and adaptive
   deferral). Returns the word to keep. */
RT_NOINLINE rt_value rt_newref_foreign(struct rt_thread *ts, struct rt_object *o);
RT_NOINLINE void rt_decref_foreign(struct rt_thread *ts, struct rt_object *o);
/* Owner's count reached zero: dies, or is merged, or is deferred. */
RT_NOINLINE void rt_decref_zero(struct rt_thread *ts, struct rt_object *o);
/* Counted read of a slot in mt mode where the plain way failed. */
RT_NOINLINE rt_value rt_slot_get_slow(struct rt_thread *ts, struct rt_object *container,
                                      rt_slot *slot);

/* If the slot of container holds an object that needs no count, immortal or deferred, it says so from now on. For slots
   that are read often. */
void rt_slot_uncount(struct rt_thread *ts, const void *container, rt_slot *slot);

/* A new reference to o, as a word. */
RT_INLINE rt_value rt_newref_obj(struct rt_thread *ts, void *p)
{
    struct rt_object *o = p;
    if (rt_likely(rt_load_relaxed(&o->owner) == ts->token)) {
        o->local++;
        return rt_own(o);
    }
    return rt_newref_foreign(ts, o);
}
/* A word that may be kept: counted, or uncounted for immediates, deferred and immortal objects. */
RT_INLINE rt_value rt_newref(struct rt_thread *ts, rt_value v)
{
    if (rt_is_ptr(v))
        return rt_newref_obj(ts, rt_ptr(v));
    return v;
}
RT_INLINE void rt_decref_obj(struct rt_thread *ts, void *p)
{
    struct rt_object *o = p;
    if (rt_likely(rt_load_relaxed(&o->owner) == ts->token)) {
        if (rt_unlikely(--o->local == 0))
            rt_decref_zero(ts, o);
    } else {
        rt_decref_foreign(ts, o);
    }
}
/* Drop an owned word. May run Python (finalizers). */
RT_INLINE void rt_decref(struct rt_thread *ts, rt_value v)
{
    if (rt_is_counted(v))
        rt_decref_obj(ts, rt_ptr(v));
}
/* *p = RT_NULL, then drop what it held. */
RT_INLINE void rt_clear(struct rt_thread *ts, rt_value *p)
{
    rt_value old = *p;
    *p = RT_NULL;
    rt_decref(ts, old);
}

/* Owned read of a heap slot that others may write. RT_NULL or RT_UNDEF come back as they are.
   Lock-free: own, deferred, immortal and immediate words need no lock; a foreign counted one is taken
   with try-incref and re-read. */
RT_INLINE rt_value rt_slot_get(struct rt_thread *ts, void *container, rt_slot *slot)
{
    rt_value v = rt_slot_peek(slot);
    if (!rt_is_counted(v))
        return v;
    struct rt_object *o = rt_ptr(v);
    if (rt_likely(rt_load_relaxed(&o->owner) == ts->token)) {
        o->local++;
        return v;
    }
    return rt_slot_get_slow(ts, container, slot);
}

/* [mt; attached; may detach for WRITES] Take the bias on o back from its owner, if it holds it. True: it did,
   and the caller begins anew, for the world may have gone on meanwhile. */
RT_NOINLINE bool rt_bias_revoke(struct rt_thread *ts, struct rt_object *o, uint8_t what);
/* Nobody else writes o or holds its section while this thread does not pass a safepoint. Plain stores will do, in the
   order that lock-free readers need. */
RT_INLINE bool rt_sole_writer(struct rt_thread *ts, const void *o)
{
    return rt_likely(!rt_load_relaxed(&ts->mt)) ||
           rt_load_relaxed(&((const struct rt_object *)o)->owner) == ts->sole_token;
}
/* Nobody but ts may hold the bias WRITES on o. False: ask. */
RT_INLINE bool rt_known_unbiased(struct rt_thread *ts, const void *o)
{
    uint16_t owner = rt_load_acquire(&((const struct rt_object *)o)->owner); /* pairs with the one who took it from its owner */
    return owner == ts->token || owner == ts->other_token || owner == RT_TOK_MERGED;
}
/* Before a write to o by an atomic exchange outside o's section: rt_sole_writer of its owner ends. [may detach] */
RT_INLINE void rt_claim_writes(struct rt_thread *ts, void *o)
{
    if (rt_unlikely(rt_load_relaxed(&ts->mt)) && !rt_known_unbiased(ts, o))
        (void)rt_bias_revoke(ts, o, RT_BIAS_WRITES);
}
/* rt_sole_writer; or else o may be changed by atomic operations from now on, by this thread as by others.
   [may detach] */
RT_INLINE bool rt_writes_alone(struct rt_thread *ts, void *o)
{
    if (rt_likely(rt_sole_writer(ts, o)))
        return true;
    rt_claim_writes(ts, o);
    return false;
}

/* Replace the content of a slot with an owned word and drop the old one. Atomic; no lock needed. */
RT_INLINE void rt_slot_set(struct rt_thread *ts, rt_slot *slot, rt_value owned)
{
    rt_value old;
    if (rt_load_relaxed(&ts->mt)) {
        old = rt_slot_swap(slot, owned);
    } else {
        old = rt_slot_peek(slot);
        rt_slot_put(slot, owned);
    }
    rt_decref(ts, old);
}

/* The same for a slot that others may be storing into at this moment. False, and nothing is stored: it is empty. *old is
   the caller's. */
bool rt_slot_replace_slow(rt_slot *slot, rt_value owned, rt_value *old);
RT_INLINE bool rt_slot_replace(rt_slot *slot, rt_value owned, rt_value *old)
{
    uint64_t bits = rt_slot_peek(slot).bits;
    if (rt_unlikely(!bits || !rt_cas_acq_rel(&slot->bits, &bits, owned.bits)))
        return rt_slot_replace_slow(slot, owned, old);
    *old = RT_VALUE(bits);
    return true;
}

/* Empty a slot of o, for dealloc and clear: a plain store once o is dead, for nobody reads or writes the slots
   of an object without references. */
RT_INLINE void rt_slot_clear(struct rt_thread *ts, const void *o, rt_slot *slot)
{
    rt_value old = rt_slot_peek(slot);
    if (rt_is_null(old))
        return;
    if (rt_load_relaxed(&ts->mt) &&
        (rt_load_relaxed(&((const struct rt_object *)o)->shared) & RT_SH_STATE) != RT_SH_DEAD)
        old = rt_slot_swap(slot, RT_NULL);
    else
        rt_slot_put(slot, RT_NULL);
    rt_decref(ts, old);
}

/* A reference to an object that may be dying (weak references): RT_NULL when it is too late. */
rt_value rt_try_newref(struct rt_thread *ts, struct rt_object *o);

/* [attached; py; in object/] o has no references left: finalizer, weak references, the type's dealloc,
   rt_block_free. In mt mode its header already says DEAD, so that try-references fail. */
void rt_object_dealloc(struct rt_thread *ts, struct rt_object *o);
/* [attached; py] The rest of a deallocation, while ts->dealloc_rest; the outermost one does it at its end. */
void rt_object_dealloc_rest(struct rt_thread *ts);
/* For rt_object_dealloc, around a finalizer that gets the dying object: rt_revive makes it ordinary
   again with one count of ts; rt_die_again drops that count and says whether it was the last one
   (true: dead again, go on; false: resurrected, or it will die by someone else's hand: forget it). */
void rt_revive(struct rt_thread *ts, struct rt_object *o);
bool rt_die_again(struct rt_thread *ts, struct rt_object *o);
/* References held to o, as sys.getrefcount counts them (approximate while others run). */
int64_t rt_refcount(const struct rt_object *o);

/* Critical sections: the object's lock, held only in mt mode, suspended by anything that detaches.
   Strictly nested. Two objects are locked in address order. */
struct rt_cs {
    struct rt_cs *prev;
    struct rt_object *a, *b; /* locked now if active; RT_NULL-able */
    bool active;             /* false: suspended, or not locked while mt is off */
    bool open;
};
void rt_cs_begin_slow(struct rt_thread *ts, struct rt_cs *cs, struct rt_object *a, struct rt_object *b);
void rt_cs_end_slow(struct rt_thread *ts, struct rt_cs *cs);

RT_INLINE void rt_cs_begin2(struct rt_thread *ts, struct rt_cs *cs, void *a, void *b)
{
    cs->open = false;
    if (rt_unlikely(rt_load_relaxed(&ts->mt)))
        rt_cs_begin_slow(ts, cs, a, b);
}
RT_INLINE void rt_cs_begin(struct rt_thread *ts, struct rt_cs *cs, void *a)
{
    rt_cs_begin2(ts, cs, a, NULL);
}
/* A section that Python code may run in, and so start a second thread in: it is known to the thread
   even while there is one only, and locked when the thread comes back from the stop that turns mt on. */
void rt_cs_note(struct rt_thread *ts, struct rt_cs *cs, struct rt_object *a);
RT_INLINE void rt_cs_begin_py(struct rt_thread *ts, struct rt_cs *cs, void *a)
{
    cs->open = false;
    if (rt_unlikely(rt_load_relaxed(&ts->mt)))
        rt_cs_begin_slow(ts, cs, a, NULL);
    else
        rt_cs_note(ts, cs, a);
}
RT_INLINE void rt_cs_end(struct rt_thread *ts, struct rt_cs *cs)
{
    if (rt_unlikely(cs->open))
        rt_cs_end_slow(ts, cs);
}

/* A section of one object by code that only reads it and neither runs Python nor blocks: threads that read at once
   share its lock. */
struct rt_cs_read {
    struct rt_cs cs;          /* where the lock cannot be shared */
    struct rt_object *shared; /* or RT_NULL */
};
void rt_cs_read_slow(struct rt_thread *ts, struct rt_cs_read *r, struct rt_object *o);
void rt_cs_read_end_slow(struct rt_thread *ts, struct rt_cs_read *r);
/* Two objects for the same kind of reading, if that can be had without waiting for anybody once a share is held; either
   may be NULL. True: until rt_cs_read2_end nobody changes them. Inside of it no other such section. [may detach first] */
struct rt_cs_read2 {
    struct rt_object *shared[2];
};
bool rt_cs_read2_try(struct rt_thread *ts, struct rt_cs_read2 *r, struct rt_object *a, struct rt_object *b);
void rt_cs_read2_end(struct rt_cs_read2 *r);

/* [mt] Store into a place of o that is there already: until rt_unpin nobody holds o's section, nor shares its lock, but
   others may do the same. Nothing that waits for anybody may come in between. False: begin o's section, and if the
   store is made there, say so with rt_stored. [may detach before it holds] */
bool rt_pin(struct rt_thread *ts, struct rt_object *o);
RT_INLINE void rt_unpin(struct rt_thread *ts) { rt_store_release(&ts->pinned, NULL); }
void rt_stored(struct rt_thread *ts, struct rt_object *o); /* [in o's section] */
/* Nobody else can reach o: no lock, no atomic exchange is needed to change it. */
RT_INLINE bool rt_object_is_unique(struct rt_thread *ts, const struct rt_object *o)
{
    return rt_load_relaxed(&o->owner) == ts->token && o->local == 1 &&
           !(rt_load_relaxed(&o->flags) & (RT_OF_DEFERRED | RT_OF_WEAKREF)) &&
           rt_load_relaxed(&o->lock) == 0 && rt_load_relaxed(&o->shared) == 0;
}

/* Make o deferred: from now on it dies only in a collection; returns the uncounted word. Called when
   a function, code object, type or module is made and when a value becomes a class attribute. Objects
   whose type has a finalizer are left counted: then a counted word comes back. Consumes v. */
rt_value rt_defer(struct rt_thread *ts, rt_value v);
/* Make o immortal: for ever (interned strings, what all interpreters share) or while its interpreter lives (constants).
   Before or after publication. */
void rt_immortalize(struct rt_thread *ts, rt_value v);
void rt_immortalize_here(struct rt_thread *ts, rt_value v);

/* Give up / take back the right to touch objects around anything that blocks. No object may be
   touched in between; held critical sections are suspended. errno is preserved. */
void rt_detach(struct rt_thread *ts, enum rt_detach_reason why);
void rt_attach(struct rt_thread *ts);
/* For long native loops: serves stop-the-world, lock hand-over, signals. 0, or -1 with an exception
   (a signal handler raised). Critical sections are suspended during it. */
int rt_safepoint_slow(struct rt_thread *ts);
/* The part of it that other threads wait for; runs no Python. */
void rt_safepoint_others(struct rt_thread *ts);
RT_INLINE int rt_safepoint(struct rt_thread *ts)
{
    return rt_unlikely(rt_load_relaxed(&ts->breaker)) ? rt_safepoint_slow(ts) : 0;
}

/* Memory that lock-free readers may still see: freed after a grace period (at once when !mt).
   release must not run Python; it gets p. NULL means rt_raw_free. bytes feeds the byte budget. */
void rt_retire(struct rt_thread *ts, void *p, size_t bytes, void (*release)(void *p));

#endif
