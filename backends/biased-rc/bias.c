/* SPDX-License-Identifier: MIT */
/*
 * Giving and taking back the bias of Note [BIAS] (core/seam/tstate.h): biased locking with bulk
 * revocation, per owner, after Russell and Detlefs, "Eliminating synchronization-related atomic
 * operations with biased locking and bulk rebiasing" (OOPSLA 2006).
 *
 *  [BIAS-1] ts->bias is what the thread goes by, brc_owner.bias what others see; the second is cleared
 *           after the first, by the thread itself or while its state is STOPPED under threads_lock.
 *  [BIAS-2] Both grow only in a heap that nobody has seen yet or with the world stopped: whoever has seen a
 *           bias gone may rely on it up to his own next safepoint.
 *           A bias stays with the heap when its thread ends, for the next one that adopts it.
 *  [BIAS-3] Asking for DEATHS waits attached, for it happens in the middle of reads. So everything that
 *           waits attached for another thread serves requests for DEATHS itself (serve_deaths), and nobody
 *           takes a reference that he does not hold under a lock of the runtime, unless the object has
 *           RT_SH_SEEN.
 *           The first few objects that others read (the lock of a thread that is joined, a result) are marked
 *           as seen one by one, and the owner keeps its bias.
 *  [BIAS-4] Asking for WRITES detaches: sections are suspended, the owner may ask for ours meanwhile.
 *  [BIAS-5] `wanted` names an object only while the thread that put it there waits, attached: no block is given back
 *           meanwhile, so the owner may mark what is in it.
 */
#include <sched.h>

#include "backends/biased-rc/biased.h"
#include "core/seam/stats.h"

enum { MAX_PATIENCE = 64, MAX_SEEN = 32, SPINS = 200 };

static struct brc_owner *owner_of_thread(struct rt_thread *ts) { return ts->heap->backend; }

void brc_bias_give(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    w->waited = 0;
    w->seen = 0;
    rt_store_relaxed(&w->wanted, NULL);
    ts->bias = RT_BIAS_ALL;
    ts->sole_token = ts->token;
    ts->other_token = RT_TOK_NOBODY;
    rt_store_relaxed(&w->asked, 0);
    rt_store_release(&w->bias, RT_BIAS_ALL);
}

void brc_bias_adopt(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    rt_store_relaxed(&w->asked, 0); /* the thread that was told is gone: they ask again */
    rt_store_release(&w->wanted, NULL);
    ts->bias = rt_load_acquire(&w->bias);
    ts->sole_token = ts->bias & RT_BIAS_WRITES ? ts->token : RT_TOK_NOBODY;
}

/* [BIAS-1] ts: the thread of w, or NULL if the heap is parked. */
static void drop(struct rt_thread *ts, struct brc_owner *w, uint8_t what)
{
    if (ts) {
        ts->bias &= (uint8_t)~what;
        if (what & RT_BIAS_WRITES)
            ts->sole_token = RT_TOK_NOBODY;
    }
    (void)rt_and_relaxed(&w->asked, (uint8_t)~what);
    rt_store_release(&w->bias, rt_load_relaxed(&w->bias) & (uint8_t)~what);
}

/* o is read by another thread: an object of this owner dies by compare-and-swap from now on, or each of them.
   Its block may have another object by now, which does no harm. */
static void expose(struct rt_thread *ts, struct brc_owner *w, struct rt_object *o)
{
    if (w->seen++ < MAX_SEEN)
        (void)rt_or_acq_rel(&o->shared, RT_SH_SEEN);
    else
        drop(ts, w, RT_BIAS_DEATHS);
}

void brc_bias_leave(struct rt_thread *ts)
{
    ts->bias = 0;
    ts->sole_token = RT_TOK_NOBODY;
}

static void serve_deaths(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    struct rt_object *o = rt_load_relaxed(&w->wanted) ? rt_xchg_acq_rel(&w->wanted, NULL) : NULL;
    if (o) /* not withdrawn in between */
        expose(ts, w, o);
}

void brc_bias_serve(struct rt_thread *ts)
{
    serve_deaths(ts);
    drop(ts, owner_of_thread(ts), rt_load_acquire(&owner_of_thread(ts)->asked));
}

/* Threads that take turns on each other's objects would lose a bias as often as they get it. */
void brc_bias_collected(struct rt_interp *in)
{
    for (struct rt_thread *t = in->threads; t; t = t->next) {
        struct brc_owner *w = owner_of_thread(t);
        t->other_token = RT_TOK_NOBODY;
        if (!w || t->bias == RT_BIAS_ALL || rt_load_relaxed(&brc_thread_of(t)->leaving) || w->waited++ < w->patience)
            continue;
        w->patience = (uint8_t)(w->patience ? w->patience * 2 < MAX_PATIENCE ? w->patience * 2 : MAX_PATIENCE : 1);
        brc_bias_give(t);
    }
}

/* With the right of t, the thread of w. */
static void take(struct rt_thread *t, struct brc_owner *w, struct rt_object *o, uint8_t what)
{
    if (what & RT_BIAS_DEATHS)
        expose(t, w, o);
    else
        drop(t, w, what);
}

static void tell(struct rt_thread *t, struct brc_owner *w, struct rt_object *o, uint8_t what)
{
    struct rt_object *none = NULL;
    if (what & RT_BIAS_DEATHS ? !rt_cas_acq_rel(&w->wanted, &none, o) : (rt_or_acq_rel(&w->asked, what) & what) != 0)
        return; /* it has been told, by this thread or for another object */
    rt_breaker_set(t, RT_BRK_BIAS);
}

/* One attempt to have what from the thread of w, or to tell it. */
static void ask(struct brc_owner *w, struct rt_object *o, uint8_t what)
{
    struct rt_interp *in = w->heap->interp;
    if (pthread_mutex_trylock(&in->threads_lock) != 0)
        return;
    struct rt_thread *t = rt_load_acquire(&w->heap->thread);
    uint32_t s = RT_TS_DETACHED;
    if (!t) {
        take(NULL, w, o, what);
    } else if (rt_cas_acq_rel(&t->state, &s, RT_TS_STOPPED)) {
        take(t, w, o, what);
        if (rt_xchg_acq_rel(&t->state, RT_TS_DETACHED) == RT_TS_STOPPED_WAIT)
            rt_state_wake(t);
    } else if (s == RT_TS_STOPPED || s == RT_TS_STOPPED_WAIT || rt_load_acquire(&t->stop.waiting)) {
        take(t, w, o, what); /* who stops the world waits for us: so does t, who is stopped or stops it */
    } else {
        tell(t, w, o, what);
    }
    pthread_mutex_unlock(&in->threads_lock);
}

static bool has(struct brc_owner *w, struct rt_object *o, uint8_t what)
{
    return (rt_load_acquire(&w->bias) & what) && !((what & RT_BIAS_DEATHS) && rt_load_acquire(&o->shared) != 0);
}

bool brc_bias_revoke(struct rt_thread *ts, struct rt_object *o, uint8_t what)
{
    uint16_t owner = rt_load_acquire(&o->owner);
    struct brc_owner *w = brc_owner_of(owner);
    if (!w || w == owner_of_thread(ts) || !has(w, o, what)) {
        if (what & RT_BIAS_WRITES)
            ts->other_token = owner;
        return false;
    }
    rt_count(ts, RT_CNT_BIAS_REVOKED, 1);
    for (int spins = 0;; spins++) {
        ask(w, o, what);
        if (!has(w, o, what)) {
            struct rt_object *mine = o; /* [BIAS-5]; whoever else waits for o tells the owner again */
            (void)rt_cas_acq_rel(&w->wanted, &mine, NULL);
            return true;
        }
        if (what & RT_BIAS_WRITES) {
            rt_detach(ts, RT_DETACH_LOCK);
            sched_yield();
            rt_attach_nocs(ts);
        } else {
            serve_deaths(ts);
            if (spins < SPINS)
                rt_cpu_relax();
            else
                sched_yield();
        }
    }
}
