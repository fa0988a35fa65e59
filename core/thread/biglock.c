/* SPDX-License-Identifier: MIT */
/* See biglock.h. The uncontended paths are one compare-and-swap each. */
#include "core/thread/biglock.h"

#include "core/seam/stats.h"
#include "core/sync/futex.h"

enum { HELD = 1, QUEUED = 2 };
enum { WAITING = 0, GRANTED = 1, TRY = 2 };
enum { MIN_SLICE_NS = 100000 };

struct rt_biglock_waiter {
    struct rt_biglock_waiter *next;
    struct rt_thread *ts;
    _Atomic uint32_t state;
    bool credit;
};

void rt_biglock_init(struct rt_biglock *l)
{
    memset(l, 0, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
}
void rt_biglock_fini(struct rt_biglock *l) { pthread_mutex_destroy(&l->lock); }

static void held(struct rt_biglock *l, struct rt_thread *ts)
{
    rt_store_relaxed(&l->holder, ts);
    rt_store_relaxed(&l->since, rt_monotonic_ns());
}

int64_t rt_biglock_held_ns(struct rt_biglock *l)
{
    return rt_monotonic_ns() - rt_load_relaxed(&l->since);
}

static bool try_take(struct rt_biglock *l)
{
    uint32_t w = rt_load_relaxed(&l->word);
    while (!(w & HELD))
        if (rt_cas_acq_rel(&l->word, &w, w | HELD))
            return true;
    return false;
}

/* l->lock held from here to `wait_turn`. */
static void queue(struct rt_biglock *l, struct rt_biglock_waiter *w)
{
    struct rt_biglock_waiter **p = &l->head;
    while (*p && (!w->credit || (*p)->credit))
        p = &(*p)->next;
    w->next = *p;
    *p = w;
}
static void unqueue(struct rt_biglock *l, struct rt_biglock_waiter *w)
{
    struct rt_biglock_waiter **p = &l->head;
    while (*p != w)
        p = &(*p)->next;
    *p = w->next;
    if (!l->head)
        (void)rt_and_relaxed(&l->word, ~(uint32_t)QUEUED);
}

static int64_t interval_ns(struct rt_thread *ts)
{
    int64_t n = (int64_t)(rt_load_relaxed(&ts->interp->switch_interval) * 1e9);
    return n < 1000 ? 1000 : n;
}

/* Ask the holder to hand over, unless the lock has changed hands since `switches` was read. */
static void ask(struct rt_biglock *l, uint64_t *switches)
{
    pthread_mutex_lock(&l->lock);
    struct rt_thread *h = rt_load_relaxed(&l->holder);
    if (l->switches == *switches && h)
        rt_breaker_set(h, RT_BRK_DROP);
    *switches = l->switches;
    pthread_mutex_unlock(&l->lock);
}

/* [BIGLOCK-2], [BIGLOCK-4] */
static bool may_press(struct rt_biglock *l, const struct rt_biglock_waiter *w)
{
    return w->credit && rt_load_relaxed(&l->holder) != w->ts->woken_by;
}

/* wake: the word of a waiter that has been told and is still to be woken, or NULL. */
static void wait_turn(struct rt_biglock *l, struct rt_biglock_waiter *w, _Atomic uint32_t *wake)
{
    struct rt_thread *ts = w->ts;
    int64_t start = rt_monotonic_ns(), interval = interval_ns(ts);
    int64_t deadline = may_press(l, w) ? rt_load_relaxed(&l->since) + MIN_SLICE_NS : start + interval;
    uint64_t switches = l->switches;
    pthread_mutex_unlock(&l->lock);
    if (wake)
        rt_futex_wake(wake, 1);
    rt_count(ts, RT_CNT_GIL_WAITS, 1);
    if (w->credit)
        rt_count(ts, RT_CNT_GIL_CREDITS, 1);
    for (;;) {
        uint32_t s = rt_load_acquire(&w->state);
        if (s == GRANTED)
            break;
        if (s == TRY) {
            pthread_mutex_lock(&l->lock);
            if (rt_load_relaxed(&w->state) == GRANTED) {
                pthread_mutex_unlock(&l->lock);
                break;
            }
            rt_store_relaxed(&w->state, WAITING);
            bool mine = try_take(l);
            if (mine) {
                unqueue(l, w);
                held(l, ts);
                l->switches++;
            }
            switches = l->switches;
            if (!mine && may_press(l, w)) /* somebody else came first, who owes us nothing */
                deadline = rt_load_relaxed(&l->since) + MIN_SLICE_NS;
            pthread_mutex_unlock(&l->lock);
            if (mine)
                break;
            continue;
        }
        if (rt_futex_wait(&w->state, WAITING, deadline) == ETIMEDOUT) {
            ask(l, &switches);
            deadline = rt_monotonic_ns() + interval;
        }
    }
    rt_count(ts, RT_CNT_GIL_WAIT_NS, (uint64_t)(rt_monotonic_ns() - start));
}

void rt_biglock_take(struct rt_biglock *l, struct rt_thread *ts, bool credit)
{
    uint32_t w = 0;
    if (rt_likely(rt_cas_acq_rel(&l->word, &w, HELD))) {
        held(l, ts);
        return;
    }
    struct rt_biglock_waiter self = {.ts = ts, .credit = credit};
    pthread_mutex_lock(&l->lock);
    queue(l, &self);
    (void)rt_or_acq_rel(&l->word, QUEUED);
    if (try_take(l)) { /* it was given up meanwhile, perhaps without seeing us */
        unqueue(l, &self);
        held(l, ts);
        l->switches++;
        pthread_mutex_unlock(&l->lock);
        return;
    }
    wait_turn(l, &self, NULL);
}

void rt_biglock_give(struct rt_biglock *l, struct rt_thread *ts)
{
    rt_store_relaxed(&l->holder, NULL);
    uint32_t w = HELD;
    if (rt_likely(rt_cas_acq_rel(&l->word, &w, 0)))
        return;
    pthread_mutex_lock(&l->lock);
    (void)rt_and_acq_rel(&l->word, ~(uint32_t)HELD);
    _Atomic uint32_t *word = l->head ? &l->head->state : NULL;
    if (word && rt_load_relaxed(word) == WAITING)
        rt_store_release(word, TRY);
    else
        word = NULL;
    pthread_mutex_unlock(&l->lock);
    if (word) /* the waiter may be gone by now, which is harmless; woken earlier it would run into l->lock */
        rt_futex_wake(word, 1);
}

void rt_biglock_yield(struct rt_biglock *l, struct rt_thread *ts)
{
    pthread_mutex_lock(&l->lock);
    struct rt_biglock_waiter *next = l->head;
    if (!next) {
        pthread_mutex_unlock(&l->lock);
        return;
    }
    struct rt_biglock_waiter self = {.ts = ts};
    unqueue(l, next);
    held(l, next->ts);
    l->switches++;
    queue(l, &self);
    (void)rt_or_acq_rel(&l->word, QUEUED);
    rt_count(ts, RT_CNT_GIL_SWITCHES, 1);
    rt_trace(ts, RT_TR_HANDOVER, 0);
    _Atomic uint32_t *word = &next->state;
    rt_store_release(word, GRANTED);
    wait_turn(l, &self, word);
}

void rt_biglock_after_fork(struct rt_biglock *l, struct rt_thread *holder)
{
    rt_biglock_init(l);
    if (holder) {
        rt_store_relaxed(&l->word, HELD);
        held(l, holder);
    }
}

/* ---- as operations of a backend ---- */

void rt_biglock_attach(struct rt_biglock *l, struct rt_thread *ts)
{
    struct rt_biglock_thread *me = ts->backend;
    for (;;) {
        rt_biglock_take(l, ts, me->credit);
        if (rt_likely(rt_state_try_claim(ts)))
            return;
        rt_biglock_give(l, ts); /* the world is stopped by somebody who needs no lock of ours */
        rt_state_wait(ts);
    }
}

void rt_biglock_detach(struct rt_biglock *l, struct rt_thread *ts)
{
    struct rt_biglock_thread *me = ts->backend;
    me->credit = rt_biglock_held_ns(l) < (int64_t)(rt_load_relaxed(&ts->interp->switch_interval) * 5e8);
    rt_state_release(ts);
    rt_biglock_give(l, ts);
}

void rt_biglock_safepoint(struct rt_biglock *l, struct rt_thread *ts, uint32_t why)
{
    if (why & RT_BRK_STOP) {
        rt_biglock_detach(l, ts);
        rt_biglock_attach(l, ts);
    }
    if (why & RT_BRK_DROP) {
        rt_breaker_clear(ts, RT_BRK_DROP);
        rt_state_release(ts);
        rt_biglock_yield(l, ts);
        while (!rt_state_try_claim(ts)) {
            rt_biglock_give(l, ts);
            rt_state_wait(ts);
            rt_biglock_take(l, ts, false);
        }
    }
    rt_breaker_clear(ts, why & (RT_BRK_MERGE | RT_BRK_QUIESCE));
}
