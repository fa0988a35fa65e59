/* SPDX-License-Identifier: MIT */
/* Biased counting: foreign references, merging, adaptive deferral. Note [BRC], Note [ADAPT]. */
#include "backends/biased-rc/biased.h"

#include <stdlib.h>

#include "core/base/options.h"
#include "core/object/type.h"
#include "core/seam/stats.h"

enum {
    COUNT_MAX = (1 << 19) - 2,
    COUNT_MIN = -(1 << 19) + 2,
    CONT_MAX = 6,
    ADAPT_MAX_BYTES = 16384,
    SAME_TAKER = 64,
    SAME_TAKER_OLD = 8,
    STEP_OLD = 2,
};

static bool is_deferred(struct rt_object *o) { return rt_load_acquire(&o->flags) & RT_OF_DEFERRED; }
static uint32_t state_of(uint32_t s) { return s & RT_SH_STATE; }
static uint32_t with_state(uint32_t s, uint32_t state) { return (s & ~(uint32_t)RT_SH_STATE) | state; }

static void saturate(struct rt_thread *ts, struct rt_object *o)
{
    rt_object_set_flag(o, RT_OF_DEFERRED);
    rt_count(ts, RT_CNT_DEFERRED_SATURATED, 1);
}

/* ---- one thread only: take objects over from owners that are gone ---- */

static bool owner_gone(uint16_t token)
{
    if (token == RT_TOK_MERGED)
        return true;
    struct brc_owner *w = brc_owner_of(token);
    return !w || !rt_load_acquire(&w->heap->thread);
}

/* !mt: the object becomes ts's own, with its whole count. False if it is queued or its owner lives. */
static bool rebias(struct rt_thread *ts, struct rt_object *o)
{
    uint32_t s = rt_load_relaxed(&o->shared);
    uint16_t owner = rt_load_relaxed(&o->owner);
    if (state_of(s) == RT_SH_QUEUED || state_of(s) == RT_SH_DEAD || !owner_gone(owner))
        return false;
    int64_t total = RT_SH_COUNT(s) + (owner == RT_TOK_MERGED ? 0 : (int64_t)o->local);
    if (total <= 0)
        return false;
    o->local = (uint32_t)total;
    rt_store_relaxed(&o->shared, s & RT_SH_HINTS);
    rt_store_release(&o->owner, ts->token);
    return true;
}

/* ---- adaptive deferral ---- */

/* True once in so many times, a power of two; not in step with what a loop does. */
static bool sampled(struct rt_thread *ts, uint32_t once_in)
{
    uint32_t *x = &brc_thread_of(ts)->touches;
    *x = *x * 1664525 + 1013904223; /* Knuth and Lewis: its high bits are good */
    return (*x >> 24 & (once_in - 1)) == 0;
}

/* The new `shared` word after ts took a reference to o; *hot when contention has just become full. */
static uint32_t touched(struct rt_thread *ts, const struct rt_object *o, uint32_t s, bool *hot)
{
    uint32_t me = ts->token & 63, last = s >> RT_SH_LAST_SHIFT & 63, c = s >> RT_SH_CONT_SHIFT & 15;
    uint32_t n = s + RT_SH_ONE;
    bool old = rt_load_relaxed(&o->flags) & RT_OF_AGE;
    *hot = false;
    if (last == me && !sampled(ts, old ? SAME_TAKER_OLD : SAME_TAKER))
        return n;
    n = (n & ~(63u << RT_SH_LAST_SHIFT)) | me << RT_SH_LAST_SHIFT;
    if (c < CONT_MAX) {
        uint32_t up = c + (old ? STEP_OLD : 1);
        *hot = up >= CONT_MAX;
        n = (n & ~(15u << RT_SH_CONT_SHIFT)) | (*hot ? CONT_MAX : up) << RT_SH_CONT_SHIFT;
    }
    return n;
}

RT_COLD static void adapt(struct rt_thread *ts, struct rt_object *o)
{
    uint8_t flags = rt_load_relaxed(&o->flags);
    if (flags & (RT_OF_WEAKREF | RT_OF_DEFERRED))
        return;
    if ((flags & RT_OF_LARGE) && rt_large_of(o)->size > ADAPT_MAX_BYTES)
        return;
    if (rt_type_has(rt_type_of_obj(o), RT_TF_FINALIZER))
        return;
    rt_object_set_flag(o, RT_OF_DEFERRED);
    rt_count(ts, RT_CNT_DEFERRED_ADAPTIVE, 1);
}

/* ---- taking ---- */

rt_value newref_foreign_nogil(struct rt_thread *ts, struct rt_object *o)
{
    if (!rt_load_relaxed(&ts->mt) && rebias(ts, o)) {
        o->local++;
        return rt_own(o);
    }
    uint32_t s = rt_load_relaxed(&o->shared);
    bool hot;
    rt_count(ts, RT_CNT_FOREIGN_INCREFS, 1);
    do {
        RT_ASSERT(state_of(s) != RT_SH_DEAD);
        if (rt_unlikely(RT_SH_COUNT(s) >= COUNT_MAX)) {
            saturate(ts, o);
            return rt_borrow(o);
        }
    } while (!rt_cas_acq_rel(&o->shared, &s, touched(ts, o, s, &hot)));
    if (rt_unlikely(hot))
        adapt(ts, o);
    return rt_own(o);
}

bool tryref_foreign_nogil(struct rt_thread *ts, struct rt_object *o)
{
    uint32_t s = rt_load_acquire(&o->shared);
    bool hot;
    rt_count(ts, RT_CNT_FOREIGN_INCREFS, 1);
    do {
        while (s == 0 && (rt_load_acquire(&o->owner) == RT_TOK_MERGED || brc_bias_revoke(ts, o, RT_BIAS_DEATHS)))
            s = rt_load_acquire(&o->shared); /* the owner held the bias; or the object has just died */
        if (state_of(s) == RT_SH_DEAD)
            return false;
        if (rt_unlikely(RT_SH_COUNT(s) >= COUNT_MAX)) {
            saturate(ts, o);
            return false; /* the caller reads again and finds it deferred */
        }
    } while (!rt_cas_acq_rel(&o->shared, &s, touched(ts, o, s, &hot)));
    if (rt_unlikely(hot))
        adapt(ts, o);
    return true;
}

/* ---- dropping ---- */

/* Entered DEAD, but somebody made it deferred while holding a count: back to life. [BRC-4] */
static bool dead_for_good(struct rt_object *o, uint32_t alive)
{
    if (rt_likely(!is_deferred(o)))
        return true;
    rt_store_release(&o->shared, alive);
    return false;
}

bool dying_nogil(struct rt_thread *ts, struct rt_object *o)
{
    uint32_t s = rt_load_acquire(&o->shared);
    for (;;) {
        if (state_of(s) == RT_SH_PLAIN && RT_SH_COUNT(s) == 0) {
            if (rt_cas_acq_rel(&o->shared, &s, with_state(s, RT_SH_DEAD)))
                return dead_for_good(o, s);
            continue;
        }
        if (state_of(s) == RT_SH_PLAIN && RT_SH_COUNT(s) < 0 && is_deferred(o))
            return false; /* dropped below without being queued while deferred: moot */
        rt_store_release(&o->owner, RT_TOK_MERGED);
        if (rt_cas_acq_rel(&o->shared, &s, with_state(s, RT_SH_MERGED))) {
            rt_count(ts, RT_CNT_MERGES, 1);
            return false;
        }
    }
}

static void drop_merged(struct rt_thread *ts, struct rt_object *o, uint32_t s)
{
    for (;;) {
        if (RT_SH_COUNT(s) <= 1 && is_deferred(o)) {
            if (RT_SH_COUNT(s) < 1 || rt_cas_acq_rel(&o->shared, &s, s - RT_SH_ONE))
                return;
            continue;
        }
        uint32_t n = RT_SH_COUNT(s) == 1 ? with_state(s - RT_SH_ONE, RT_SH_DEAD) : s - RT_SH_ONE;
        RT_ASSERT(RT_SH_COUNT(s) > 0);
        if (!rt_cas_acq_rel(&o->shared, &s, n))
            continue;
        if (state_of(n) == RT_SH_DEAD && dead_for_good(o, s - RT_SH_ONE))
            rt_object_dealloc(ts, o);
        return;
    }
}

static void push(struct rt_thread *ts, uint16_t token, struct rt_object *o);

void decref_foreign_nogil(struct rt_thread *ts, struct rt_object *o)
{
    if (!rt_load_relaxed(&ts->mt) && rebias(ts, o)) {
        if (--o->local == 0)
            rt_decref_zero(ts, o);
        return;
    }
    rt_count(ts, RT_CNT_FOREIGN_DECREFS, 1);
    uint32_t s = rt_load_acquire(&o->shared);
    for (;;) {
        uint32_t state = state_of(s);
        if (state == RT_SH_MERGED) {
            drop_merged(ts, o, s);
            return;
        }
        if (state == RT_SH_DEAD) {
            RT_ASSERT(is_deferred(o)); /* garbage naming garbage, in a collection */
            return;
        }
        bool queue = state == RT_SH_PLAIN && RT_SH_COUNT(s) <= 0 && !is_deferred(o);
        if (!queue && RT_SH_COUNT(s) <= COUNT_MIN) {
            saturate(ts, o);
            return;
        }
        uint16_t owner = rt_load_acquire(&o->owner);
        if (queue && owner == RT_TOK_MERGED) { /* s is stale */
            s = rt_load_acquire(&o->shared);
            continue;
        }
        if (rt_cas_acq_rel(&o->shared, &s, queue ? with_state(s, RT_SH_QUEUED) : s - RT_SH_ONE)) {
            if (queue)
                push(ts, owner, o);
            return;
        }
    }
}

/* ---- merging ---- */

/* With the owner's right [BRC-1]. The queue's reference is still held. */
static void merge(struct rt_thread *ts, struct rt_object *o, uint16_t token)
{
    if (rt_load_relaxed(&o->owner) != token)
        return; /* its owner's own count reached zero meanwhile */
    int64_t local = o->local, total;
    o->local = 0;
    rt_store_release(&o->owner, RT_TOK_MERGED);
    uint32_t s = rt_load_acquire(&o->shared), n;
    do {
        total = RT_SH_COUNT(s) + local;
        if (total > COUNT_MAX) {
            saturate(ts, o);
            total = COUNT_MAX;
        }
        n = (s & (RT_SH_ONE - 1) & ~(uint32_t)RT_SH_STATE) | (uint32_t)total << RT_SH_COUNT_SHIFT |
            RT_SH_MERGED;
    } while (!rt_cas_acq_rel(&o->shared, &s, n));
    rt_count(ts, RT_CNT_MERGES, 1);
}

static struct brc_node *merge_queue(struct rt_thread *ts, struct brc_owner *w)
{
    struct brc_node *list = rt_xchg_acq_rel(&w->queue, NULL);
    for (struct brc_node *n = list; n; n = n->next)
        merge(ts, n->o, w->heap->token);
    return list;
}

/* Attached, no lock: the references that the queue held. */
static void drop_list(struct rt_thread *ts, struct brc_node *list)
{
    while (list) {
        struct brc_node *n = list;
        list = n->next;
        struct rt_object *o = n->o;
        free(n);
        rt_decref_obj(ts, o);
    }
}

void brc_merge_own(struct rt_thread *ts)
{
    struct brc_owner *w = ts->heap->backend;
    if (rt_load_relaxed(&w->queue))
        drop_list(ts, merge_queue(ts, w));
}

/* The owner is parked or detached: take its right and merge for it. */
static void merge_for(struct rt_thread *ts, struct brc_owner *w)
{
    struct rt_interp *in = w->heap->interp;
    if (pthread_mutex_trylock(&in->threads_lock) != 0)
        return; /* somebody is at it; the next drop tries again, or the owner itself */
    struct brc_node *list = NULL;
    struct rt_thread *t = rt_load_acquire(&w->heap->thread);
    uint32_t s = RT_TS_DETACHED;
    if (!t) {
        list = merge_queue(ts, w);
    } else if (rt_cas_acq_rel(&t->state, &s, RT_TS_STOPPED)) {
        list = merge_queue(ts, w);
        if (rt_xchg_acq_rel(&t->state, RT_TS_DETACHED) == RT_TS_STOPPED_WAIT)
            rt_state_wake(t);
    }
    pthread_mutex_unlock(&in->threads_lock);
    if (list)
        rt_count(ts, RT_CNT_MERGES_FOR_OTHERS, 1);
    drop_list(ts, list);
}

/* Queues of threads that left after something was queued for them. */
static void merge_stranded(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    struct brc_node *all = NULL, *last;
    rt_store_relaxed(&brc_interp_of(ts)->stranded, false);
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_heap *h = in->heaps; h; h = h->next) {
        struct brc_owner *w = h->backend;
        if (!w || !rt_load_relaxed(&w->queue))
            continue;
        if (rt_load_relaxed(&h->thread)) { /* not yet, or it serves itself */
            if (rt_load_relaxed(&h->thread) != ts) {
                rt_store_relaxed(&brc_interp_of(ts)->stranded, true);
                rt_breaker_set(ts, RT_BRK_MERGE);
            }
            continue;
        }
        struct brc_node *list = merge_queue(ts, w);
        for (last = list; last->next; last = last->next)
            ;
        last->next = all;
        all = list;
    }
    pthread_mutex_unlock(&in->threads_lock);
    drop_list(ts, all);
}

void brc_merge(struct rt_thread *ts)
{
    brc_merge_own(ts);
    if (rt_load_acquire(&brc_interp_of(ts)->stranded))
        merge_stranded(ts);
}

/* ts ends, and what it queued for a thread that was leaving may still lie there: somebody else sees to it. */
void brc_merge_pass_on(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    if (!rt_load_acquire(&brc_interp_of(ts)->stranded))
        return;
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_thread *t = in->threads; t; t = t->next)
        if (t != ts && t->backend && !rt_load_seq(&brc_thread_of(t)->leaving)) {
            rt_breaker_set(t, RT_BRK_MERGE);
            break;
        }
    pthread_mutex_unlock(&in->threads_lock);
}

static void push(struct rt_thread *ts, uint16_t token, struct rt_object *o)
{
    struct brc_owner *w = brc_owner_of(token);
    struct brc_node *n = malloc(sizeof *n);
    if (!n)
        return; /* marked as queued it is never freed: when memory is exhausted, a leak is the lesser evil */
    n->o = o;
    n->next = rt_load_relaxed(&w->queue);
    while (!rt_cas_acq_rel(&w->queue, &n->next, n))
        ;
    rt_count(ts, RT_CNT_MERGES_QUEUED, 1);
    struct rt_thread *t = rt_load_acquire(&w->heap->thread);
    if (t && rt_load_seq(&brc_thread_of(t)->leaving)) {
        rt_store_release(&brc_interp_of(ts)->stranded, true); /* until its heap is parked */
        rt_breaker_set(ts, RT_BRK_MERGE);
    } else if (t && rt_load_acquire(&t->state) == RT_TS_ATTACHED) {
        if (!(rt_load_relaxed(&t->breaker) & RT_BRK_MERGE))
            rt_breaker_set(t, RT_BRK_MERGE);
    } else if (!(rt_stress.bits & RT_STRESS_MERGE)) {
        merge_for(ts, w);
    } else if (t) {
        rt_breaker_set(t, RT_BRK_MERGE);
    }
}

/* ---- collector ---- */

/* Counts become exact. What the queues held is dropped at the collecting thread's next safepoint. */
void gc_begin_nogil(struct rt_thread *ts, enum rt_scope scope)
{
    struct brc_owner *mine = ts->heap->backend;
    struct brc_node *all = NULL;
    for (struct rt_heap *h = ts->interp->heaps; h; h = h->next) {
        struct brc_owner *w = h->backend;
        struct brc_node *list = w ? merge_queue(ts, w) : NULL, *last = list;
        while (last && last->next)
            last = last->next;
        if (last) {
            last->next = all;
            all = list;
        }
    }
    brc_reclaim_all_stw(ts->interp);
    if (all) {
        rt_store_release(&mine->queue, all);
        rt_breaker_set(ts, RT_BRK_MERGE);
    }
}

void gc_end_nogil(struct rt_thread *ts, enum rt_scope scope) { brc_bias_collected(ts->interp); }
