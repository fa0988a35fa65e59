/* SPDX-License-Identifier: MIT */
/*
 * Thread states and the stopped world, shared by all backends (see Note [STATE] in thread.h).
 *
 * Requests to stop stand in one FIFO list; a request runs when no earlier one conflicts with it (two
 * requests conflict when they concern the same interpreter or one of them the process). So neither
 * stoppers nor the threads between two stops starve. Waiting is done detached.
 *
 * Locks: request_lock, then rt_runtime.lock, then interp->threads_lock.
 */
#include "core/seam/stats.h"
#include "core/sync/futex.h"
#include "core/sync/mutex.h"
#include "core/thread/thread.h"

static pthread_mutex_t request_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rt_stop_request *requests; /* FIFO, under request_lock */
static _Atomic uint32_t stop_seq;        /* bumped whenever a thread asked to stop has released */

/* ---- states ---- */

bool rt_state_try_claim(struct rt_thread *ts)
{
    uint32_t s = RT_TS_DETACHED;
    return rt_cas_acq_rel(&ts->state, &s, RT_TS_ATTACHED);
}

void rt_state_wait(struct rt_thread *ts)
{
    for (;;) {
        uint32_t s = rt_load_acquire(&ts->state);
        if (s != RT_TS_STOPPED && s != RT_TS_STOPPED_WAIT)
            return;
        if (s == RT_TS_STOPPED && !rt_cas_acq_rel(&ts->state, &s, RT_TS_STOPPED_WAIT))
            continue;
        rt_futex_wait(&ts->state, RT_TS_STOPPED_WAIT, -1);
    }
}

void rt_state_claim(struct rt_thread *ts)
{
    while (!rt_state_try_claim(ts)) {
        rt_count(ts, RT_CNT_STW_PARKS, 1);
        rt_state_wait(ts);
    }
}

/* Stops ts, which is detached, for who waits for that. If it were left to the stopper, which may have gone to sleep,
   ts would be attached again first; and the next time it looks up may be long after. */
static void stop_self(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    uint32_t s = RT_TS_DETACHED;
    rt_lock_ranked(&in->threads_lock, RT_RANK_THREADS);
    if (rt_load_relaxed(&in->stopped))
        (void)rt_cas_acq_rel(&ts->state, &s, RT_TS_STOPPED);
    rt_unlock_ranked(&in->threads_lock, RT_RANK_THREADS);
    (void)rt_add_acq_rel(&stop_seq, 1);
    rt_futex_wake(&stop_seq, 1 << 30);
}

void rt_state_release(struct rt_thread *ts)
{
    rt_store_seq(&ts->state, RT_TS_DETACHED);
    if (rt_unlikely(rt_load_seq(&ts->breaker) & RT_BRK_STOP))
        stop_self(ts);
}

bool rt_state_is_attached(const struct rt_thread *ts)
{
    return rt_load_relaxed(&ts->state) == RT_TS_ATTACHED;
}

/* ---- the queue of requests ---- */

static bool conflicts(const struct rt_stop_request *a, const struct rt_stop_request *b)
{
    return !a->interp || !b->interp || a->interp == b->interp;
}

static bool may_run(const struct rt_stop_request *r)
{
    for (struct rt_stop_request *e = requests; e != r; e = e->next)
        if (conflicts(e, r))
            return false;
    return true;
}

static void enqueue(struct rt_thread *ts, struct rt_interp *in)
{
    struct rt_stop_request *r = &ts->stop, **p;
    RT_ASSERT(!r->queued);
    r->queued = true;
    r->next = NULL;
    r->interp = in;
    rt_lock_ranked(&request_lock, RT_RANK_WORLD);
    for (p = &requests; *p; p = &(*p)->next)
        ;
    *p = r;
    bool run = may_run(r);
    rt_store_release(&r->runnable, run);
    rt_unlock_ranked(&request_lock, RT_RANK_WORLD);
    if (run)
        return;
    rt_detach(ts, RT_DETACH_LOCK);
    while (!rt_load_acquire(&r->runnable))
        rt_futex_wait(&r->runnable, 0, -1);
    rt_attach_nocs(ts);
}

/* Take ts's request out, if it is there, and let those run whom it kept waiting. */
void rt_world_abandon(struct rt_thread *ts)
{
    rt_lock_ranked(&request_lock, RT_RANK_WORLD);
    struct rt_stop_request **p = &requests;
    while (*p && *p != &ts->stop)
        p = &(*p)->next;
    if (*p)
        *p = ts->stop.next;
    for (struct rt_stop_request *r = requests; r; r = r->next)
        if (!rt_load_relaxed(&r->runnable) && may_run(r)) {
            rt_store_release(&r->runnable, 1);
            rt_futex_wake(&r->runnable, 1);
        }
    rt_unlock_ranked(&request_lock, RT_RANK_WORLD);
    ts->stop.queued = false;
}

/* ---- stopping ---- */

/* One round over the threads of an interpreter: true if somebody still runs. */
static bool still_running(struct rt_interp *in, struct rt_thread *me, bool first)
{
    bool running = false;
    rt_lock_ranked(&in->threads_lock, RT_RANK_THREADS);
    if (first)
        (void)rt_add_relaxed(&in->stopped, 1);
    for (struct rt_thread *t = in->threads; t; t = t->next) {
        if (t == me)
            continue;
        uint32_t s = RT_TS_DETACHED;
        if (rt_cas_acq_rel(&t->state, &s, RT_TS_STOPPED))
            continue;
        if (s != RT_TS_ATTACHED)
            continue;
        if (!(rt_load_relaxed(&t->breaker) & RT_BRK_STOP)) {
            rt_breaker_set(t, RT_BRK_STOP);
            if (rt_cas_acq_rel(&t->state, (s = RT_TS_DETACHED, &s), RT_TS_STOPPED))
                continue;
        }
        running = true;
    }
    rt_unlock_ranked(&in->threads_lock, RT_RANK_THREADS);
    return running;
}

static bool round_over(struct rt_thread *ts, enum rt_scope scope, bool first)
{
    if (scope == RT_SCOPE_INTERP)
        return still_running(ts->interp, ts, first);
    bool running = false;
    rt_lock_ranked(&rt_runtime.lock, RT_RANK_RUNTIME);
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
        running |= still_running(in, ts, first);
    rt_unlock_ranked(&rt_runtime.lock, RT_RANK_RUNTIME);
    return running;
}

void rt_world_stop(struct rt_thread *ts, enum rt_scope scope)
{
    enqueue(ts, scope == RT_SCOPE_INTERP ? ts->interp : NULL);
    int64_t t0 = rt_monotonic_ns();
    rt_store_release(&ts->stop.waiting, true);
    uint32_t seq = rt_load_acquire(&stop_seq);
    bool running = round_over(ts, scope, true);
    while (running) {
        for (int i = 0; i < 200 && rt_load_acquire(&stop_seq) == seq; i++)
            rt_cpu_relax();
        rt_futex_wait(&stop_seq, seq, -1);
        seq = rt_load_acquire(&stop_seq);
        running = round_over(ts, scope, false);
    }
    rt_store_release(&ts->stop.waiting, false);
    ts->stop.since = rt_monotonic_ns();
    rt_count(ts, RT_CNT_STW_COUNT, 1);
    rt_count(ts, RT_CNT_STW_WAIT_NS, (uint64_t)(ts->stop.since - t0));
    rt_trace(ts, RT_TR_STOP, (uint64_t)(ts->stop.since - t0));
}

static void resume_interp(struct rt_interp *in, struct rt_thread *me)
{
    rt_lock_ranked(&in->threads_lock, RT_RANK_THREADS);
    (void)rt_sub_relaxed(&in->stopped, 1);
    for (struct rt_thread *t = in->threads; t; t = t->next) {
        if (t == me)
            continue;
        rt_breaker_clear(t, RT_BRK_STOP);
        uint32_t s = rt_load_relaxed(&t->state);
        if (s == RT_TS_DEAD)
            continue;
        s = rt_xchg_acq_rel(&t->state, RT_TS_DETACHED);
        if (s == RT_TS_STOPPED_WAIT)
            rt_futex_wake(&t->state, 1);
    }
    rt_unlock_ranked(&in->threads_lock, RT_RANK_THREADS);
}

void rt_world_start(struct rt_thread *ts, enum rt_scope scope)
{
    rt_count(ts, RT_CNT_STW_TOTAL_NS, (uint64_t)(rt_monotonic_ns() - ts->stop.since));
    if (scope == RT_SCOPE_INTERP) {
        resume_interp(ts->interp, ts);
    } else {
        rt_lock_ranked(&rt_runtime.lock, RT_RANK_RUNTIME);
        for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
            resume_interp(in, ts);
        rt_unlock_ranked(&rt_runtime.lock, RT_RANK_RUNTIME);
    }
    rt_trace(ts, RT_TR_START, 0);
    rt_world_abandon(ts);
}

/* ---- wrappers of the seam ---- */

void rt_stop_world(struct rt_thread *ts, enum rt_scope scope)
{
    RT_ASSERT(rt_is_attached(ts) && rt_rank_none());
    if (ts->stop.depth++ > 0) {
        RT_ASSERT(!ts->stop.interp || scope == RT_SCOPE_INTERP);
        return;
    }
    rt_cs_suspend(ts);
    rt_be.stop(ts, scope);
}

void rt_start_world(struct rt_thread *ts, enum rt_scope scope)
{
    RT_ASSERT(ts->stop.depth > 0);
    if (--ts->stop.depth > 0)
        return;
    rt_be.start(ts, scope);
    rt_cs_resume(ts);
}

bool rt_world_is_mine(const struct rt_thread *ts) { return ts->stop.depth > 0; }

/* The child of a fork: only ts exists, and it is the stopper. */
void rt_world_after_fork(struct rt_thread *ts)
{
    pthread_mutex_init(&request_lock, NULL);
    requests = &ts->stop;
    ts->stop.next = NULL;
}

void rt_state_wake(struct rt_thread *ts) { rt_futex_wake(&ts->state, 1); }
