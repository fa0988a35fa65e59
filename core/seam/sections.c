/* SPDX-License-Identifier: MIT */
/*
 * Critical sections over the byte locks in object headers.
 *
 * Note [CS]
 *  [CS-1] ts->cs is the stack of open sections. Only active ones hold their locks. Anything that
 *         detaches suspends all of them, innermost first; only the innermost is taken again on attach, an
 *         outer one when control returns to it.
 *  [CS-2] Nobody sleeps holding a section: waiting for a lock suspends the others first, so no cycle of
 *         waiting threads exists, whatever the order.
 *  [CS-4] While mt is off nothing is locked. Sections that may run Python are noted all the same
 *         (rt_cs_begin_py): mt is turned on with the world stopped, and whoever comes back from a stop
 *         locks its innermost section.
 *  [CS-5] While the owner of the objects holds the bias WRITES its sections are noted and not locked (Note [BIAS]).
 *         Everybody else takes the bias back first, and looks again before each try: nothing lies between
 *         the look and the try that would let the owner have it again.
 *  [CS-3] A section inside another of the same thread on the same objects takes over its locks and
 *         hands them back.
 *
 * Note [PIN] To replace an item of a list or dict one needs that nobody moves items meanwhile, and nobody counts on
 * them to stay; not that nobody else replaces another. Sharing the lock to write would do, but it is two atomic
 * operations on a line that all writers want. So a thread writes into its own record what it is storing into, and looks
 * whether the lock is free; whoever takes the lock looks at the records of all threads, and waits.
 *  [PIN-1] Only objects with RT_OF_PINS are pinned. It is set, holding the lock, by a thread that has stored into the object
 *          many times in a row, and cleared by the next one that holds the lock alone and has waited: after it nobody
 *          pins the object. So what is changed otherwise, too, costs a look at the records now and then.
 *  [PIN-2] The record is written before the lock is read, the lock before the records are: of two that meet one sees the
 *          other. Both are sequentially consistent.
 *  [PIN-3] Whoever has pinned waits for nobody. The owner of a bias WRITES does not look at records: who pins has taken it
 *          back, as before a section [CS-5].
 */
#include <sched.h>

#include "core/seam/backend.h"
#include "core/seam/sections.h"
#include "core/seam/stats.h"
#include "core/sync/mutex.h"
#include "core/thread/thread.h"

enum { PIN_SPINS = 200, MANY_STORES = 15 };

void rt_cs_await_pins_slow(struct rt_thread *ts, struct rt_object *o, bool alone)
{
    struct rt_interp *in = ts->interp;
    (void)rt_or_seq(&o->lock, 0); /* [PIN-2] */
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_thread *t = in->threads; t; t = t->next)
        for (int spins = 0; rt_load_seq(&t->pinned) == o; spins++)
            if (spins < PIN_SPINS)
                rt_cpu_relax();
            else
                sched_yield();
    pthread_mutex_unlock(&in->threads_lock);
    if (alone)
        (void)rt_and_relaxed(&o->flags, (uint8_t)~RT_OF_PINS);
}

bool rt_pin(struct rt_thread *ts, struct rt_object *o)
{
    if (!(rt_load_relaxed(&o->flags) & RT_OF_PINS))
        return false;
    rt_claim_writes(ts, o);
    rt_store_seq(&ts->pinned, o);
    if (rt_likely(rt_load_seq(&o->lock) == 0 && (rt_load_relaxed(&o->flags) & RT_OF_PINS) && rt_known_unbiased(ts, o)))
        return true;
    rt_unpin(ts);
    return false;
}

void rt_stored(struct rt_thread *ts, struct rt_object *o)
{
    uintptr_t word = (uintptr_t)o, n = ts->stored - word;
    ts->stored = n < MANY_STORES ? word + n + 1 : word;
    if (n == MANY_STORES)
        rt_object_set_flag(o, RT_OF_PINS);
}

static bool try_both(struct rt_thread *ts, struct rt_cs *cs, _Atomic uint8_t **blocked)
{
    if (cs->a && !rt_bytelock_try(&cs->a->lock)) {
        *blocked = &cs->a->lock;
        return false;
    }
    if (cs->b && !rt_bytelock_try(&cs->b->lock)) {
        if (cs->a)
            rt_bytelock_release(&cs->a->lock);
        *blocked = &cs->b->lock;
        return false;
    }
    cs->active = true;
    if (cs->a)
        rt_cs_await_pins(ts, cs->a, true);
    if (cs->b)
        rt_cs_await_pins(ts, cs->b, true);
    return true;
}

static void unlock_both(struct rt_cs *cs)
{
    cs->active = false;
    if (cs->b)
        rt_bytelock_release(&cs->b->lock);
    if (cs->a)
        rt_bytelock_release(&cs->a->lock);
}

void rt_cs_suspend(struct rt_thread *ts)
{
    for (struct rt_cs *cs = ts->cs; cs; cs = cs->prev)
        if (cs->active) {
            unlock_both(cs);
            rt_count(ts, RT_CNT_CS_SUSPENDED, 1);
        }
}

static bool is_own(struct rt_thread *ts, const struct rt_object *o)
{
    return !o || rt_load_relaxed(&o->owner) == ts->sole_token;
}

/* o's owner has no bias any more. It may be a word with no owner, or ts itself. */
static bool revoke(struct rt_thread *ts, struct rt_object *o)
{
    return o && !rt_known_unbiased(ts, o) && rt_be.revoke(ts, o, RT_BIAS_WRITES);
}

/* The section of cs, the innermost one, is held afterwards; or noted, if that is enough. [CS-5] */
static void lock_blocking(struct rt_thread *ts, struct rt_cs *cs)
{
    _Atomic uint8_t *blocked;
    for (;;) {
        if (is_own(ts, cs->a) && is_own(ts, cs->b))
            return;
        if (revoke(ts, cs->a) || revoke(ts, cs->b))
            continue;
        if (try_both(ts, cs, &blocked))
            return;
        rt_count(ts, RT_CNT_CS_SLOW, 1);
        rt_cs_suspend(ts);
        if (try_both(ts, cs, &blocked)) /* it was ours */
            return;
        rt_bytelock_wait(ts, blocked, RT_PARK_NORESUME);
    }
}

void rt_cs_resume(struct rt_thread *ts)
{
    struct rt_cs *cs = ts->cs;
    if (cs && !cs->active && rt_load_relaxed(&ts->mt) && rt_backend_has(RT_BE_OBJ_LOCKS))
        lock_blocking(ts, cs);
}

void rt_cs_note(struct rt_thread *ts, struct rt_cs *cs, struct rt_object *a)
{
    if (!rt_backend_has(RT_BE_OBJ_LOCKS))
        return;
    *cs = (struct rt_cs){.prev = ts->cs, .a = a, .open = true};
    ts->cs = cs;
}

void rt_cs_begin_locks(struct rt_thread *ts, struct rt_cs *cs, struct rt_object *a, struct rt_object *b)
{
    if (!b && rt_load_relaxed(&a->owner) != ts->sole_token && rt_known_unbiased(ts, a) && rt_bytelock_try(&a->lock)) {
        *cs = (struct rt_cs){.prev = ts->cs, .a = a, .active = true, .open = true};
        ts->cs = cs;
        rt_cs_await_pins(ts, a, true);
        return;
    }
    if (b && b < a) {
        struct rt_object *t = a;
        a = b;
        b = t;
    }
    cs->a = a;
    cs->b = a == b ? NULL : b;
    cs->prev = ts->cs;
    cs->active = false;
    cs->open = true;
    struct rt_cs *outer = ts->cs;
    ts->cs = cs;
    if (outer && outer->active && outer->a == cs->a && outer->b == cs->b) {
        outer->active = false;
        cs->active = true;
        return;
    }
    lock_blocking(ts, cs);
}

bool rt_cs_try_brief(struct rt_thread *ts, struct rt_object *o)
{
    if (!rt_known_unbiased(ts, o) || !rt_backend_has(RT_BE_OBJ_LOCKS) || !rt_bytelock_try(&o->lock))
        return false;
    if (rt_likely(!(rt_load_relaxed(&o->flags) & RT_OF_PINS)))
        return true;
    rt_bytelock_release(&o->lock); /* who waits for pins is at it for longer */
    return false;
}

void rt_cs_end_brief(struct rt_object *o) { rt_bytelock_release(&o->lock); }

void rt_cs_end_locks(struct rt_thread *ts, struct rt_cs *cs)
{
    RT_ASSERT(ts->cs == cs);
    struct rt_cs *outer = cs->prev;
    ts->cs = outer;
    cs->open = false;
    if (rt_likely(!outer && cs->active)) {
        unlock_both(cs);
        return;
    }
    if (outer && cs->active && !outer->active && outer->a == cs->a && outer->b == cs->b) {
        outer->active = true;
        return;
    }
    if (cs->active)
        unlock_both(cs);
    if (outer && !outer->active && rt_load_relaxed(&ts->mt))
        lock_blocking(ts, outer);
}
