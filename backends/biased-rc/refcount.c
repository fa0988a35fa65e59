/* SPDX-License-Identifier: MIT */
/* Biased counting: foreign references, merging, adaptive deferral. Note [BRC], Note [ADAPT]. */
#include "backends/biased-rc/biased.h"

#include <stdlib.h>

#include "core/base/options.h"
#include "core/object/type.h"
#include "core/seam/stats.h"

enum {
    CONT_MAX = 6,
    ADAPT_MAX_BYTES = 16384,
    SAME_TAKER = 64,
    SAME_TAKER_SOON = 8,
    STEP_SOON = 2,
    EPOCH_SHIFT = 8, /* takings of an epoch, its logarithm */
};

static bool is_deferred(struct rt_object *o) { return rt_load_acquire(&o->flags) & RT_OF_DEFERRED; }
static uint32_t state_of(uint32_t s) { return s & RT_SH_STATE; }
static uint32_t with_state(uint32_t s, uint32_t state) { return (s & ~(uint32_t)RT_SH_STATE) | state; }

void brc_saturate(struct rt_thread *ts, struct rt_object *o)
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
    if (state_of(s) == RT_SH_QUEUED || state_of(s) == RT_SH_DEAD || RT_SH_STAKES(s) || !owner_gone(owner))
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
    uint32_t *x = &brc_thread_of(ts)->chance;
    *x = *x * 1664525 + 1013904223; /* Knuth and Lewis: its high bits are good */
    return (*x >> 24 & (once_in - 1)) == 0;
}

/* What a taker notes in `last`: three bits of its token, and three of its epoch. */
static uint32_t taker(struct rt_thread *ts)
{
    return (ts->token & 7) | (brc_thread_of(ts)->touches++ >> EPOCH_SHIFT & 7) << 3;
}

/* The new `shared` word after ts, of whom `me` is noted, took a reference to o; *hot when contention has just become full. */
static uint32_t touched(struct rt_thread *ts, const struct rt_object *o, uint32_t s, uint32_t me, bool *hot)
{
    uint32_t last = s >> RT_SH_LAST_SHIFT & 63, c = s >> RT_SH_CONT_SHIFT & 15;
    uint32_t n = s + RT_SH_ONE;
    uint8_t flags = rt_load_relaxed(&o->flags);
    bool soon = (flags & RT_OF_AGE) || !(flags & RT_OF_GC);
    *hot = false;
    if (rt_unlikely(s & RT_SH_SPLIT))
        return n;
    if (last == me && !sampled(ts, soon ? SAME_TAKER_SOON : SAME_TAKER))
        return n;
    n = (n & ~(63u << RT_SH_LAST_SHIFT)) | me << RT_SH_LAST_SHIFT;
    if (c < CONT_MAX) {
        uint32_t up = c + (soon ? STEP_SOON : 1);
        *hot = up >= CONT_MAX;
        n = (n & ~(15u << RT_SH_CONT_SHIFT)) | (*hot ? CONT_MAX : up) << RT_SH_CONT_SHIFT;
    }
    return n;
}

RT_COLD static void adapt(struct rt_thread *ts, struct rt_object *o)
{
    uint8_t flags = rt_load_relaxed(&o->flags);
    if (flags & RT_OF_DEFERRED)
        return;
    if ((flags & RT_OF_WEAKREF) || ((flags & RT_OF_LARGE) && rt_large_of(o)->size > ADAPT_MAX_BYTES) ||
        rt_type_has(rt_type_of_obj(o), RT_TF_FINALIZER)) {
        brc_split(ts, o);
        return;
    }
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
    if ((s & RT_SH_SPLIT) && brc_stake_take(ts, o))
        return rt_own(o);
    uint32_t me = taker(ts);
    rt_count(ts, RT_CNT_FOREIGN_INCREFS, 1);
    do {
        RT_ASSERT(state_of(s) != RT_SH_DEAD);
        if (rt_unlikely(RT_SH_COUNT(s) >= BRC_COUNT_MAX)) {
            brc_saturate(ts, o);
            return rt_borrow(o);
        }
    } while (!rt_cas_acq_rel(&o->shared, &s, touched(ts, o, s, me, &hot)));
    if (rt_unlikely(hot))
        adapt(ts, o);
    return rt_own(o);
}

bool tryref_foreign_nogil(struct rt_thread *ts, struct rt_object *o)
{
    uint32_t s = rt_load_acquire(&o->shared);
    bool hot;
    if ((s & RT_SH_SPLIT) && brc_stake_take(ts, o))
        return true;
    uint32_t me = taker(ts);
    rt_count(ts, RT_CNT_FOREIGN_INCREFS, 1);
    do {
        while (s == 0 && (rt_load_acquire(&o->owner) == RT_TOK_MERGED || brc_bias_revoke(ts, o, RT_BIAS_DEATHS)))
            s = rt_load_acquire(&o->shared); /* the owner held the bias; or the object has just died */
        if (state_of(s) == RT_SH_DEAD)
            return false;
        if (rt_unlikely(RT_SH_COUNT(s) >= BRC_COUNT_MAX)) {
            brc_saturate(ts, o);
            return false; /* the caller reads again and finds it deferred */
        }
    } while (!rt_cas_acq_rel(&o->shared, &s, touched(ts, o, s, me, &hot)));
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

static bool newly_closed(uint32_t s, uint32_t n) { return (n & ~s) & RT_SH_CLOSED; }

bool dying_nogil(struct rt_thread *ts, struct rt_object *o)
{
    uint32_t s = rt_load_acquire(&o->shared), alive = RT_SH_PLAIN;
    for (;;) {
        if (state_of(s) == RT_SH_PLAIN && RT_SH_COUNT(s) == 0 && !RT_SH_STAKES(s)) {
            if (rt_cas_acq_rel(&o->shared, &s, with_state(s, RT_SH_DEAD)))
                return dead_for_good(o, with_state(s, alive));
            continue;
        }
        if (state_of(s) == RT_SH_PLAIN && RT_SH_COUNT(s) < RT_SH_STAKES(s) && is_deferred(o))
            return false; /* dropped below without being queued while deferred: moot */
        rt_store_release(&o->owner, RT_TOK_MERGED);
        alive = RT_SH_MERGED;
        uint32_t n = brc_left(with_state(s, RT_SH_MERGED));
        if (rt_cas_acq_rel(&o->shared, &s, n)) {
            rt_count(ts, RT_CNT_MERGES, 1);
            if (rt_unlikely(newly_closed(s, n)))
                brc_stakes_call_in(ts, o);
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
        if (rt_unlikely(RT_SH_COUNT(s) <= BRC_COUNT_MIN)) {
            brc_saturate(ts, o);
            return;
        }
        bool last = RT_SH_COUNT(s) == 1 && !RT_SH_STAKES(s);
        uint32_t n = last ? with_state(s - RT_SH_ONE, RT_SH_DEAD) : brc_left(s - RT_SH_ONE);
        RT_ASSERT(RT_SH_COUNT(s) > 0 || RT_SH_STAKES(s));
        if (!rt_cas_acq_rel(&o->shared, &s, n))
            continue;
        if (last ? dead_for_good(o, s - RT_SH_ONE) : rt_unlikely(newly_closed(s, n))) {
            if (last)
                rt_object_dealloc(ts, o);
            else
                brc_stakes_call_in(ts, o);
        }
        return;
    }
}

static void dropped(struct rt_thread *ts, struct rt_object *o);

void decref_foreign_nogil(struct rt_thread *ts, struct rt_object *o)
{
    if (!rt_load_relaxed(&ts->mt) && rebias(ts, o)) {
        if (--o->local == 0)
            rt_decref_zero(ts, o);
        return;
    }
    uint32_t s = rt_load_acquire(&o->shared);
    if ((s & RT_SH_SPLIT) && brc_stake_drop(ts, o))
        return;
    rt_count(ts, RT_CNT_FOREIGN_DECREFS, 1);
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
        bool queue = state == RT_SH_PLAIN && RT_SH_COUNT(s) <= RT_SH_STAKES(s) && !is_deferred(o);
        if (!queue && RT_SH_COUNT(s) <= BRC_COUNT_MIN) {
            brc_saturate(ts, o);
            return;
        }
        uint16_t owner = rt_load_acquire(&o->owner);
        if (queue && owner == RT_TOK_MERGED) { /* s is stale */
            s = rt_load_acquire(&o->shared);
            continue;
        }
        if (rt_cas_acq_rel(&o->shared, &s, queue ? with_state(s, RT_SH_QUEUED) : s - RT_SH_ONE)) {
            if (queue)
                dropped(ts, o);
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
    int64_t local = is_deferred(o) ? (int32_t)o->local : (int64_t)o->local, total; /* deferred: [SLOT-READ] */
    o->local = 0;
    rt_store_release(&o->owner, RT_TOK_MERGED);
    uint32_t s = rt_load_acquire(&o->shared), n;
    do {
        total = RT_SH_COUNT(s) + local;
        if (total > BRC_COUNT_MAX) {
            brc_saturate(ts, o);
            total = BRC_COUNT_MAX;
        }
        n = (s & (RT_SH_ONE - 1) & ~(uint32_t)RT_SH_STATE) | (uint32_t)total << RT_SH_COUNT_SHIFT |
            RT_SH_MERGED;
    } while (!rt_cas_acq_rel(&o->shared, &s, n));
    rt_count(ts, RT_CNT_MERGES, 1);
}

/* o is nobody's any more: the owner counts it, and writes to it, as others do. False: dying, in its finalizer; or an object
   that may have stakes, which whoever merges it would have to see to [STAKE-3]. */
bool brc_disown(struct rt_thread *ts, struct rt_object *o, uint16_t token)
{
    uint32_t s = rt_load_acquire(&o->shared);
    if (state_of(s) == RT_SH_DEAD || (s & RT_SH_SPLIT) || (rt_load_relaxed(&o->flags) & (RT_OF_WEAKREF | RT_OF_LARGE)) ||
        rt_type_has(rt_type_of_obj(o), RT_TF_FINALIZER))
        return false;
    merge(ts, o, token);
    return true;
}

static struct brc_node *merge_queue(struct rt_thread *ts, struct brc_owner *w)
{
    struct brc_node *list = rt_xchg_acq_rel(&w->queue, NULL);
    for (struct brc_node *n = list; n; n = n->next)
        for (size_t i = 0; i < n->n; i++)
            merge(ts, n->objects[i], w->heap->token);
    return list;
}

/* Drops the references that a queue held. */
static void drop_list(struct rt_thread *ts, struct brc_node *list)
{
    while (list) {
        struct brc_node *n = list;
        list = n->next;
        for (size_t i = 0; i < n->n; i++)
            rt_decref_obj(ts, n->objects[i]);
        free(n);
    }
}

void brc_merge_own(struct rt_thread *ts)
{
    struct brc_owner *w = brc_owner_of_heap(ts->heap);
    if (rt_load_relaxed(&w->queue))
        drop_list(ts, merge_queue(ts, w));
}

static struct brc_node *joined(struct brc_node *list, struct brc_node *rest)
{
    struct brc_node **end = &list;
    while (*end)
        end = &(*end)->next;
    *end = rest;
    return list;
}

/* What waits for threads that sleep, or have left since. Note [ASLEEP] */
static void serve_stranded(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    struct brc_node *all = NULL;
    struct rt_vec held = {0};
    rt_store_relaxed(&brc_interp_of(ts)->stranded, false);
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_heap *h = in->heaps; h; h = h->next) {
        struct brc_owner *w = brc_owner_of_heap(h);
        struct rt_thread *t = rt_load_relaxed(&h->thread);
        if (!w || t == ts || (t && !t->backend) || !(rt_load_relaxed(&w->queue) || (t && rt_load_acquire(&brc_thread_of(t)->called_in))))
            continue;
        if (!t) {
            all = joined(merge_queue(ts, w), all);
        } else if (brc_claim_asleep(t)) {
            all = joined(merge_queue(ts, w), all);
            brc_stakes_serve_for(ts, t, &held);
            brc_let_go(t);
        } else if (rt_load_seq(&brc_thread_of(t)->leaving)) { /* not yet; others serve themselves, or hand on */
            rt_store_relaxed(&brc_interp_of(ts)->stranded, true);
            rt_breaker_set(ts, RT_BRK_MERGE);
        }
    }
    pthread_mutex_unlock(&in->threads_lock);
    drop_list(ts, all);
    while (held.length)
        rt_decref_obj(ts, rt_vec_pop_ptr(&held));
    rt_vec_free(&held);
}

void brc_hand_on(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    if (rt_load_relaxed(&brc_thread_of(ts)->leaving)) /* has served for the last time; the heap may be another's */
        return;
    struct brc_owner *w = brc_owner_of_heap(ts->heap);
    if (!rt_load_relaxed(&w->queue) && !rt_load_relaxed(&brc_thread_of(ts)->called_in))
        return;
    pthread_mutex_lock(&in->threads_lock);
    rt_store_release(&brc_interp_of(ts)->stranded, true);
    for (struct rt_thread *t = in->threads; t; t = t->next)
        if (t != ts && t->backend) {
            rt_breaker_set(t, RT_BRK_MERGE);
            if (rt_load_seq(&t->state) == RT_TS_ATTACHED) /* else whoever wakes up first */
                break;
        }
    pthread_mutex_unlock(&in->threads_lock);
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

/* ---- what this thread drops. Note [DROP] ---- */

static void enqueue(struct rt_thread *ts, struct brc_owner *w, const uint64_t *objects, size_t n)
{
    struct brc_node *node = malloc(sizeof *node + n * sizeof *node->objects);
    if (!node)
        return; /* marked as queued they are never freed: when memory is exhausted, a leak is the lesser evil */
    node->n = n;
    memcpy(node->objects, objects, n * sizeof *objects);
    node->next = rt_load_relaxed(&w->queue);
    while (!rt_cas_acq_rel(&w->queue, &node->next, node))
        ;
    rt_count(ts, RT_CNT_MERGES_QUEUED, n);
    struct rt_thread *t = rt_load_acquire(&w->heap->thread);
    if (!t || rt_load_seq(&brc_thread_of(t)->leaving)) {
        rt_store_release(&brc_interp_of(ts)->stranded, true); /* until its heap is parked */
        rt_breaker_set(ts, RT_BRK_MERGE);
    } else {
        if (!(rt_load_relaxed(&t->breaker) & RT_BRK_MERGE))
            rt_breaker_set(t, RT_BRK_MERGE);
        if (rt_load_seq(&t->state) != RT_TS_ATTACHED) { /* Note [ASLEEP] */
            rt_store_release(&brc_interp_of(ts)->stranded, true);
            rt_breaker_set(ts, RT_BRK_MERGE);
        }
    }
}

/* If the owner is parked or detached: merges n objects with its right, and its queue, which is added to *list. */
static bool merge_for(struct rt_thread *ts, struct brc_owner *w, const uint64_t *objects, size_t n, struct brc_node **list)
{
    struct rt_interp *in = w->heap->interp;
    struct rt_thread *t = rt_load_acquire(&w->heap->thread);
    if ((t && rt_load_acquire(&t->state) != RT_TS_DETACHED) || (rt_stress.bits & RT_STRESS_MERGE) ||
        pthread_mutex_trylock(&in->threads_lock) != 0)
        return false;
    t = rt_load_acquire(&w->heap->thread);
    bool mine = !t || brc_claim_asleep(t);
    if (mine) {
        *list = joined(merge_queue(ts, w), *list);
        for (size_t i = 0; i < n; i++)
            merge(ts, (struct rt_object *)(uintptr_t)objects[i], w->heap->token);
        rt_count(ts, RT_CNT_MERGES_FOR_OTHERS, 1);
    }
    if (mine && t)
        brc_let_go(t);
    pthread_mutex_unlock(&in->threads_lock);
    return mine;
}

/* Its owner, whose own count has become zero, has merged it or is about to. */
static void await_merged(const struct rt_object *o)
{
    while (state_of(rt_load_acquire(&o->shared)) != RT_SH_MERGED)
        rt_cpu_relax();
}

/* Merges n dropped objects, all of that owner token, or leaves them to their owner: false. */
static bool settle_for(struct rt_thread *ts, uint16_t token, const uint64_t *objects, size_t n, struct brc_node **list)
{
    if (token == RT_TOK_MERGED) {
        for (size_t i = 0; i < n; i++)
            await_merged((struct rt_object *)(uintptr_t)objects[i]);
        return true;
    }
    struct brc_owner *w = brc_owner_of(token);
    if (!merge_for(ts, w, objects, n, list)) {
        enqueue(ts, w, objects, n);
        return false;
    }
    return true;
}

/* Moves the dropped objects of the first one's owner to `merged`, or into the owner's queue. */
static void settle_some(struct rt_thread *ts, struct brc_thread *me, struct brc_node **list)
{
    struct rt_vec *from = &me->dropped, *to = &me->merged;
    size_t kept = 0, start = to->length;
    uint16_t token = rt_load_acquire(&((struct rt_object *)rt_vec_ptr(from, 0))->owner);
    for (size_t i = 0; i < from->length; i++) {
        struct rt_object *o = rt_vec_ptr(from, i);
        if (rt_load_acquire(&o->owner) != token)
            rt_vec_set_ptr(from, kept++, o);
        else
            rt_vec_push_ptr(to, o); /* fails when memory is exhausted: as in enqueue */
    }
    from->length = kept;
    if (to->length > start && !settle_for(ts, token, to->items + start, to->length - start, list))
        to->length = start;
}

static void settle(struct rt_thread *ts)
{
    struct brc_thread *me = brc_thread_of(ts);
    while (me->dropped.length) {
        struct brc_node *list = NULL;
        size_t start = me->merged.length; /* a finalizer that is called below may get here again */
        while (me->dropped.length)
            settle_some(ts, me, &list);
        drop_list(ts, list);
        for (size_t i = start; i < me->merged.length; i++) {
            struct rt_object *o = rt_vec_ptr(&me->merged, i);
            rt_vec_set_ptr(&me->merged, i, NULL);
            if (o)
                rt_decref_obj(ts, o);
        }
        me->merged.length = start;
    }
}

/* The same for one object, dropped outside of any deallocation. */
static void settle_one(struct rt_thread *ts, struct rt_object *o)
{
    struct brc_node *list = NULL;
    uint16_t token = rt_load_acquire(&o->owner);
    uint64_t word = (uintptr_t)o;
    if (!settle_for(ts, token, &word, 1, &list))
        return;
    drop_list(ts, list);
    rt_decref_obj(ts, o);
}

/* ts has dropped what may have been the last reference to o, which is marked as queued. */
static void dropped(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_vec *v = &brc_thread_of(ts)->dropped;
    if (ts->dealloc_depth == 0 && v->length == 0) {
        settle_one(ts, o);
        return;
    }
    if (!rt_vec_push_ptr(v, o))
        return; /* as in enqueue */
    ts->dealloc_rest = true;
    if (v->length == 1)
        rt_breaker_set(ts, RT_BRK_MERGE); /* should a finalizer run before the deallocation ends */
}

void brc_drops_fini(struct rt_thread *ts)
{
    rt_vec_free(&brc_thread_of(ts)->dropped);
    rt_vec_free(&brc_thread_of(ts)->merged);
}

void brc_merge(struct rt_thread *ts)
{
    brc_merge_own(ts);
    if (rt_unlikely(rt_load_relaxed(&brc_thread_of(ts)->called_in) || ts->detach_why == RT_DETACH_EXIT))
        brc_stakes_serve(ts, ts->detach_why == RT_DETACH_EXIT);
    settle(ts);
    if (rt_load_acquire(&brc_interp_of(ts)->stranded))
        serve_stranded(ts);
}

/* ---- collector ---- */

/* What t had dropped, and not seen to, before the list `rest`. Merged objects that are deferred by now go without a
   count: they are not looked at again. */
static struct brc_node *merge_dropped_stw(struct rt_thread *ts, struct rt_thread *t, struct brc_node *rest)
{
    struct rt_vec *v = &brc_thread_of(t)->dropped, *merged = &brc_thread_of(t)->merged;
    for (size_t i = 0; i < merged->length; i++)
        if (rt_vec_ptr(merged, i) && is_deferred(rt_vec_ptr(merged, i)))
            rt_vec_set_ptr(merged, i, NULL);
    struct brc_node *node = v->length ? malloc(sizeof *node + v->length * sizeof *node->objects) : NULL;
    if (!node)
        return rest;
    *node = (struct brc_node){.next = rest, .n = v->length};
    for (size_t i = 0; i < v->length; i++) {
        node->objects[i] = rt_vec_ptr(v, i);
        merge(ts, node->objects[i], rt_load_relaxed(&node->objects[i]->owner));
    }
    v->length = 0;
    return node;
}

/* Counts become exact. What the queues held is dropped at the collecting thread's next safepoint. */
void gc_begin_nogil(struct rt_thread *ts, enum rt_scope scope)
{
    struct brc_owner *mine = brc_owner_of_heap(ts->heap);
    struct brc_node *all = NULL;
    brc_stakes_end_stw(ts->interp);
    for (struct rt_heap *h = ts->interp->heaps; h; h = h->next) {
        struct brc_owner *w = brc_owner_of_heap(h);
        struct brc_node *list = w ? merge_queue(ts, w) : NULL, *last = list;
        while (last && last->next)
            last = last->next;
        if (last) {
            last->next = all;
            all = list;
        }
    }
    for (struct rt_thread *t = ts->interp->threads; t; t = t->next)
        if (t->backend)
            all = merge_dropped_stw(ts, t, all);
    brc_reclaim_all_stw(ts->interp);
    if (all) {
        rt_store_release(&mine->queue, all);
        rt_breaker_set(ts, RT_BRK_MERGE);
    }
}

void gc_end_nogil(struct rt_thread *ts, enum rt_scope scope) { brc_bias_collected(ts->interp); }
