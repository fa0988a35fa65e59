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
 *  [BIAS-3] Asking for DEATHS waits attached, for it happens in the middle of reads. So everything that
 *           waits attached for another thread serves requests for DEATHS itself (serve_deaths), and nobody
 *           takes a reference that he does not hold under a lock of the runtime, unless the object has
 *           RT_SH_SEEN.
 *  [BIAS-4] Asking for WRITES detaches: sections are suspended, the owner may ask for ours meanwhile.
 */
#include <sched.h>

#include "backends/biased-rc/biased.h"
#include "core/seam/stats.h"

enum { MAX_PATIENCE = 64, SPINS = 200 };

static struct brc_owner *owner_of_thread(struct rt_thread *ts) { return ts->heap->backend; }

void brc_bias_give(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    w->waited = 0;
    ts->bias = RT_BIAS_ALL;
    ts->sole_token = ts->token;
    rt_store_relaxed(&w->asked, 0);
    rt_store_release(&w->bias, RT_BIAS_ALL);
}

/* [BIAS-1] */
static void drop(struct rt_thread *ts, struct brc_owner *w, uint8_t what)
{
    ts->bias &= (uint8_t)~what;
    if (what & RT_BIAS_WRITES)
        ts->sole_token = RT_TOK_NOBODY;
    (void)rt_and_relaxed(&w->asked, (uint8_t)~what);
    rt_store_release(&w->bias, ts->bias);
}

void brc_bias_drop(struct rt_thread *ts) { drop(ts, owner_of_thread(ts), RT_BIAS_ALL); }

void brc_bias_serve(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    drop(ts, w, rt_load_acquire(&w->asked));
}

static void serve_deaths(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    if (rt_load_relaxed(&w->asked) & RT_BIAS_DEATHS)
        drop(ts, w, RT_BIAS_DEATHS);
}

/* Threads that take turns on each other's objects would lose a bias as often as they get it. */
void brc_bias_collected(struct rt_interp *in)
{
    for (struct rt_thread *t = in->threads; t; t = t->next) {
        struct brc_owner *w = owner_of_thread(t);
        if (!w || t->bias == RT_BIAS_ALL || rt_load_relaxed(&brc_thread_of(t)->leaving) || w->waited++ < w->patience)
            continue;
        w->patience = (uint8_t)(w->patience ? w->patience * 2 < MAX_PATIENCE ? w->patience * 2 : MAX_PATIENCE : 1);
        brc_bias_give(t);
    }
}

/* One attempt to take it from the thread of w, or to tell it. */
static void ask(struct rt_thread *ts, struct brc_owner *w, uint8_t what)
{
    struct rt_interp *in = w->heap->interp;
    if (pthread_mutex_trylock(&in->threads_lock) != 0)
        return;
    struct rt_thread *t = rt_load_acquire(&w->heap->thread);
    uint32_t s = RT_TS_DETACHED;
    if (!t) {
        rt_store_release(&w->bias, 0);
    } else if (rt_cas_acq_rel(&t->state, &s, RT_TS_STOPPED)) {
        drop(t, w, what);
        if (rt_xchg_acq_rel(&t->state, RT_TS_DETACHED) == RT_TS_STOPPED_WAIT)
            rt_state_wake(t);
    } else if (s == RT_TS_STOPPED || s == RT_TS_STOPPED_WAIT) {
        drop(t, w, what); /* who stops the world waits for us: it stays stopped */
    } else if (!(rt_load_relaxed(&w->asked) & what)) {
        (void)rt_or_relaxed(&w->asked, what);
        rt_breaker_set(t, RT_BRK_BIAS);
    }
    pthread_mutex_unlock(&in->threads_lock);
}

bool brc_bias_revoke(struct rt_thread *ts, struct rt_object *o, uint8_t what)
{
    struct brc_owner *w = brc_owner_of(rt_load_acquire(&o->owner));
    if (!w || !(rt_load_acquire(&w->bias) & what) || w == owner_of_thread(ts))
        return false;
    rt_count(ts, RT_CNT_BIAS_REVOKED, 1);
    for (int spins = 0;; spins++) {
        ask(ts, w, what);
        if (!(rt_load_acquire(&w->bias) & what))
            return true;
        if (what & RT_BIAS_WRITES) {
            rt_detach(ts, RT_DETACH_LOCK);
            sched_yield();
            rt_attach_nocs(ts);
        } else if (spins < SPINS) {
            serve_deaths(ts);
            rt_cpu_relax();
        } else {
            serve_deaths(ts);
            sched_yield();
        }
    }
}
