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
 *  [BIAS-4] Asking for WRITES detaches: sections are suspended, the owner may ask for ours meanwhile.
 *  [BIAS-5] What a thread publishes others read and write, most of what it makes nobody else ever sees. So who asks
 *           gets single objects first, and the owner keeps its bias for the rest: an object that is read is
 *           marked as seen, with the others of its slab, which were probably made and published with it; an object
 *           that is written loses its owner, and after the first few so do those of its type in its slab that others
 *           have seen. Only when all that has cost the askers too much time is the bias taken back.
 *  [BIAS-6] `to_read` names an object only while the thread that put it there waits, attached: no block is given back
 *           meanwhile, so the owner may mark what is in it. Who waits for `to_write` holds a reference.
 */
#include <sched.h>

#include "backends/biased-rc/biased.h"
#include "core/seam/stats.h"
#include "core/sync/futex.h"

enum { MAX_PATIENCE = 64, SPINS = 200, FEW = 32 };
enum { COST_FREE_NS = 1000000, COST_SHARE = 50 }; /* of the time since the bias was given */

static struct brc_owner *owner_of_thread(struct rt_thread *ts) { return brc_owner_of_heap(ts->heap); }

void brc_bias_give(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    w->waited = 0;
    w->granted = 0;
    w->given = rt_monotonic_ns();
    rt_store_relaxed(&w->waited_ns, 0);
    rt_store_relaxed(&w->to_read, NULL);
    rt_store_relaxed(&w->to_write, NULL);
    ts->bias = RT_BIAS_ALL;
    ts->sole_token = ts->token;
    ts->other_token = RT_TOK_NOBODY;
    rt_store_release(&w->bias, RT_BIAS_ALL);
}

void brc_bias_adopt(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    rt_store_release(&w->to_read, NULL); /* the thread that was told is gone: they ask again */
    rt_store_release(&w->to_write, NULL);
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
    rt_store_release(&w->bias, rt_load_relaxed(&w->bias) & (uint8_t)~what);
}

/* Is the bias to be taken back, not just an object? For the first few nobody counts what they cost. */
static bool too_dear(struct brc_owner *w)
{
    return w->granted++ >= FEW && rt_load_relaxed(&w->waited_ns) > COST_FREE_NS + (rt_monotonic_ns() - w->given) / COST_SHARE;
}

/* The slab of o if w's thread, whose right the caller has, may look at all of it; else NULL. */
static struct rt_slab *slab_of(struct brc_owner *w, struct rt_object *o)
{
    if ((rt_load_relaxed(&o->flags) & RT_OF_LARGE) || rt_slab_of(o)->heap != w->heap)
        return NULL;
    return rt_slab_of(o);
}

/* o is read by another thread: an object of this owner dies by compare-and-swap from now on, or each of them.
   Its block may have another object by now, which does no harm. */
static void expose(struct rt_thread *ts, struct brc_owner *w, struct rt_object *o)
{
    if (too_dear(w)) {
        drop(ts, w, RT_BIAS_DEATHS);
        return;
    }
    struct rt_slab *s = slab_of(w, o);
    for (uint32_t i = 0; s && i < s->nblocks; i++) {
        struct rt_object *b = rt_slab_block(s, i);
        uint32_t none = 0;
        if (rt_load_relaxed(&b->shared) == 0 && rt_load_relaxed(&b->owner) == w->heap->token)
            (void)rt_cas_acq_rel(&b->shared, &none, RT_SH_SEEN);
    }
    (void)rt_or_acq_rel(&o->shared, RT_SH_SEEN);
}

/* o is written by another thread: it is nobody's from now on, or the bias is given up. ts has the right of w's thread t,
   NULL: its heap is parked. */
static void disown(struct rt_thread *ts, struct rt_thread *t, struct brc_owner *w, struct rt_object *o)
{
    uint16_t token = w->heap->token;
    if (rt_load_acquire(&o->owner) != token)
        return; /* it is so already */
    if (too_dear(w) || !brc_disown(ts, o, token)) {
        drop(t, w, RT_BIAS_WRITES);
        return;
    }
    struct rt_slab *s = w->granted > FEW ? slab_of(w, o) : NULL;
    for (uint32_t i = 0; s && i < s->nblocks; i++) {
        struct rt_object *b = rt_slab_block(s, i);
        if (rt_load_relaxed(&b->owner) == token && rt_load_relaxed(&b->shared) != 0 &&
            rt_type_of_obj(b) == rt_type_of_obj(o))
            (void)brc_disown(ts, b, token);
    }
}

void brc_bias_leave(struct rt_thread *ts)
{
    ts->bias = 0;
    ts->sole_token = RT_TOK_NOBODY;
}

/* What is asked for by *wanted, if it has not been withdrawn. */
static struct rt_object *taken(_Atomic(struct rt_object *) *wanted)
{
    return rt_load_relaxed(wanted) ? rt_xchg_acq_rel(wanted, NULL) : NULL;
}

static void serve_reads(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    struct rt_object *o = taken(&w->to_read);
    if (o)
        expose(ts, w, o);
}

void brc_bias_serve(struct rt_thread *ts)
{
    struct brc_owner *w = owner_of_thread(ts);
    serve_reads(ts);
    struct rt_object *o = taken(&w->to_write);
    if (o)
        disown(ts, ts, w, o);
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

static _Atomic(struct rt_object *) *wish(struct brc_owner *w, uint8_t what)
{
    return what & RT_BIAS_DEATHS ? &w->to_read : &w->to_write;
}

/* With the right of t, the thread of w. */
static void take(struct rt_thread *ts, struct rt_thread *t, struct brc_owner *w, struct rt_object *o, uint8_t what)
{
    if (what & RT_BIAS_DEATHS)
        expose(t, w, o);
    else
        disown(ts, t, w, o);
}

static void tell(struct rt_thread *t, struct brc_owner *w, struct rt_object *o, uint8_t what)
{
    struct rt_object *none = NULL;
    if (rt_cas_acq_rel(wish(w, what), &none, o)) /* else it has been told, by this thread or for another object */
        rt_breaker_set(t, RT_BRK_BIAS);
}

/* One attempt to have what from the thread of w, or to tell it. */
static void ask(struct rt_thread *ts, struct brc_owner *w, struct rt_object *o, uint8_t what)
{
    struct rt_interp *in = w->heap->interp;
    if (pthread_mutex_trylock(&in->threads_lock) != 0)
        return;
    struct rt_thread *t = rt_load_acquire(&w->heap->thread);
    uint32_t s = RT_TS_DETACHED;
    if (!t) {
        take(ts, NULL, w, o, what);
    } else if (rt_cas_acq_rel(&t->state, &s, RT_TS_STOPPED)) {
        take(ts, t, w, o, what);
        brc_let_go(t);
    } else if (s == RT_TS_STOPPED || s == RT_TS_STOPPED_WAIT || rt_load_acquire(&t->stop.waiting)) {
        take(ts, t, w, o, what); /* who stops the world waits for us: so does t, who is stopped or stops it */
    } else {
        tell(t, w, o, what);
    }
    pthread_mutex_unlock(&in->threads_lock);
}

/* Is o covered by the bias of w? */
static bool has(struct brc_owner *w, struct rt_object *o, uint8_t what)
{
    if (!(rt_load_acquire(&w->bias) & what))
        return false;
    return what & RT_BIAS_DEATHS ? rt_load_acquire(&o->shared) == 0 : rt_load_acquire(&o->owner) == w->heap->token;
}

/* what is RT_BIAS_DEATHS or RT_BIAS_WRITES. */
bool brc_bias_revoke(struct rt_thread *ts, struct rt_object *o, uint8_t what)
{
    uint16_t owner = rt_load_acquire(&o->owner);
    struct brc_owner *w = brc_owner_of(owner);
    if (!w || w == owner_of_thread(ts) || !has(w, o, what)) {
        if ((what & RT_BIAS_WRITES) && owner != RT_TOK_MERGED && (!w || !(rt_load_acquire(&w->bias) & what)))
            ts->other_token = owner;
        return false;
    }
    rt_count(ts, RT_CNT_BIAS_REVOKED, 1);
    int64_t begun = rt_monotonic_ns();
    for (int spins = 0;; spins++) {
        ask(ts, w, o, what);
        if (!has(w, o, what)) {
            struct rt_object *mine = o; /* [BIAS-6]; whoever else waits for o tells the owner again */
            (void)rt_cas_acq_rel(wish(w, what), &mine, NULL);
            (void)rt_add_relaxed(&w->waited_ns, rt_monotonic_ns() - begun);
            return true;
        }
        if (what & RT_BIAS_WRITES) {
            rt_detach(ts, RT_DETACH_LOCK);
            sched_yield();
            rt_attach_nocs(ts);
        } else {
            serve_reads(ts);
            if (spins < SPINS)
                rt_cpu_relax();
            else
                sched_yield();
        }
    }
}
