/* SPDX-License-Identifier: MIT */
/*
 * Attach, detach and the slow half of a safepoint.
 *
 * The breaker word says why. Order at a safepoint: what others wait for first (stop,
 * drop, merge, quiesce), then what may run Python (signals, pending calls, async exceptions,
 * collection).
 */
#include <errno.h>
#include <sched.h>

#include "core/base/options.h"
#include "core/seam/stats.h"
#include "core/sync/parking.h"
#include "core/thread/runtime.h"

struct rt_safepoint_hooks rt_safepoint_hooks;

void rt_breaker_set(struct rt_thread *ts, uint32_t bits)
{
    (void)rt_or_seq(&ts->breaker, bits);
}

void rt_breaker_clear(struct rt_thread *ts, uint32_t bits)
{
    (void)rt_and_seq(&ts->breaker, ~bits);
}

/* ---- attach, detach ---- */

static void hang_if_over(struct rt_thread *ts)
{
    struct rt_thread *f = rt_load_acquire(&ts->interp->finalizer);
    if (rt_unlikely(f && f != ts))
        rt_thread_hang();
}

RT_NOINLINE void rt_detach(struct rt_thread *ts, enum rt_detach_reason why)
{
    int e = errno;
    RT_ASSERT(ts == rt_current_thread);
    ts->detach_why = (uint8_t)why;
    if (ts->cs)
        rt_cs_suspend(ts);
    rt_thread_note_stack(ts);
    rt_trace(ts, RT_TR_DETACH, why);
    rt_be.detach(ts);
    errno = e;
}

void rt_attach_nocs(struct rt_thread *ts)
{
    int e = errno;
    RT_ASSERT(ts == rt_current_thread);
    hang_if_over(ts);
    rt_be.attach(ts);
    if (rt_unlikely(rt_load_relaxed(&ts->interp->finalizer) != NULL) &&
        rt_load_relaxed(&ts->interp->finalizer) != ts) {
        rt_be.detach(ts);
        rt_thread_hang();
    }
    rt_count(ts, RT_CNT_ATTACHES, 1);
    rt_trace(ts, RT_TR_ATTACH, ts->detach_why);
    errno = e;
}

void rt_attach(struct rt_thread *ts)
{
    rt_attach_nocs(ts);
    if (ts->cs)
        rt_cs_resume(ts);
}

/* ---- pending calls ---- */

enum { MAX_PENDING = 64 };
struct pending {
    pthread_mutex_t lock;
    int n;
    struct { struct rt_interp *in; int (*fn)(struct rt_thread *, void *); void *arg; } calls[MAX_PENDING];
};
static struct pending pending = {.lock = PTHREAD_MUTEX_INITIALIZER};

int rt_pending_add(struct rt_interp *in, int (*fn)(struct rt_thread *ts, void *arg), void *arg)
{
    int r = -1;
    pthread_mutex_lock(&pending.lock);
    if (pending.n < MAX_PENDING) {
        pending.calls[pending.n].in = in;
        pending.calls[pending.n].fn = fn;
        pending.calls[pending.n++].arg = arg;
        r = 0;
    }
    pthread_mutex_unlock(&pending.lock);
    if (in->main_thread)
        rt_request(in->main_thread, RT_BRK_CALLS);
    return r;
}

static bool next_pending(struct rt_interp *in, int (**fn)(struct rt_thread *, void *), void **arg)
{
    bool found = false;
    pthread_mutex_lock(&pending.lock);
    for (int i = 0; i < pending.n; i++)
        if (pending.calls[i].in == in) {
            *fn = pending.calls[i].fn;
            *arg = pending.calls[i].arg;
            memmove(&pending.calls[i], &pending.calls[i + 1],
                    sizeof pending.calls[0] * (size_t)(--pending.n - i));
            found = true;
            break;
        }
    pthread_mutex_unlock(&pending.lock);
    return found;
}

static int run_pending(struct rt_thread *ts)
{
    int (*fn)(struct rt_thread *, void *);
    void *arg;
    while (next_pending(ts->interp, &fn, &arg))
        if (fn(ts, arg) < 0) {
            rt_breaker_set(ts, RT_BRK_CALLS);
            return -1;
        }
    return 0;
}

/* ---- asynchronous exceptions ---- */

int rt_thread_async_exc(struct rt_thread *ts, uint64_t ident, rt_value exc)
{
    struct rt_interp *in = ts->interp;
    rt_value old = exc;
    int found = 0;
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_thread *t = in->threads; t; t = t->next)
        if (rt_load_relaxed(&t->ident) == ident && rt_load_relaxed(&t->state) != RT_TS_DEAD) {
            old = t->async_exc;
            t->async_exc = exc;
            rt_breaker_set(t, RT_BRK_ASYNC);
            found = 1;
            break;
        }
    pthread_mutex_unlock(&in->threads_lock);
    rt_decref(ts, old);
    return found;
}

static int raise_async(struct rt_thread *ts)
{
    pthread_mutex_lock(&ts->interp->threads_lock);
    rt_value exc = ts->async_exc;
    ts->async_exc = RT_NULL;
    pthread_mutex_unlock(&ts->interp->threads_lock);
    if (rt_is_null(exc))
        return 0;
    rt_value old = ts->exc;
    ts->exc = exc; /* an instance */
    rt_decref(ts, old);
    return -1;
}

/* ---- the safepoint ---- */

static void stress_step(struct rt_thread *ts)
{
    uint32_t bits = rt_stress.bits;
    ts->stress_state = ts->stress_state * 1664525 + 1013904223 + rt_stress.seed;
    uint32_t r = ts->stress_state >> 16;
    if ((bits & RT_STRESS_YIELD) && (r & 7) == 0)
        sched_yield();
    if ((bits & RT_STRESS_DETACH) && (r & 15) == 1) {
        rt_detach(ts, RT_DETACH_YIELD);
        rt_attach(ts);
    }
    if ((bits & RT_STRESS_STW) && (r & 63) == 2) {
        rt_stop_world(ts, RT_SCOPE_INTERP);
        rt_start_world(ts, RT_SCOPE_INTERP);
    }
}

/* Work that may run Python: one handler's exception ends the safepoint; the other bits stay set. A collection goes last:
   finalizers and callbacks that it runs would swallow the exception of a signal's handler. */
static int serve_python(struct rt_thread *ts, uint32_t why)
{
    if (why & RT_BRK_SIGNAL) {
        rt_breaker_clear(ts, RT_BRK_SIGNAL);
        if (rt_signal_check(ts) < 0)
            return -1;
    }
    if (why & RT_BRK_CALLS) {
        rt_breaker_clear(ts, RT_BRK_CALLS);
        if (run_pending(ts) < 0)
            return -1;
    }
    if (why & RT_BRK_ASYNC) {
        rt_breaker_clear(ts, RT_BRK_ASYNC);
        if (raise_async(ts) < 0)
            return -1;
    }
    if (why & RT_BRK_GC) {
        rt_breaker_clear(ts, RT_BRK_GC);
        if (rt_safepoint_hooks.collect && rt_safepoint_hooks.collect(ts) < 0)
            return -1;
    }
    return 0;
}

enum { BACKEND = RT_BRK_STOP | RT_BRK_DROP | RT_BRK_MERGE | RT_BRK_QUIESCE | RT_BRK_BIAS };

static void serve_backend(struct rt_thread *ts, uint32_t why)
{
    bool sections = ts->cs != NULL;
    if (sections)
        rt_cs_suspend(ts);
    rt_thread_note_stack(ts);
    rt_be.safepoint(ts, why);
    if (rt_unlikely(rt_load_relaxed(&ts->interp->finalizer) != NULL) && rt_load_relaxed(&ts->interp->finalizer) != ts) {
        rt_be.detach(ts);
        rt_thread_hang();
    }
    if (sections)
        rt_cs_resume(ts);
}

RT_NOINLINE int rt_safepoint_slow(struct rt_thread *ts)
{
    int e = errno, r = 0;
    uint32_t why = rt_load_acquire(&ts->breaker);
    RT_ASSERT(rt_is_attached(ts));
    rt_count(ts, RT_CNT_SAFEPOINTS, 1);
    if (why & RT_BRK_SIGNAL)             /* goes first: what dies in a merge may run callbacks, and they would */
        why &= ~(uint32_t)RT_BRK_MERGE;  /* swallow the handler's exception; the merge waits for the next one */
    if (why & BACKEND)
        serve_backend(ts, why & BACKEND);
    if (why & RT_BRK_STRESS)
        stress_step(ts);
    if (why & ~(uint32_t)(BACKEND | RT_BRK_STRESS | RT_BRK_EXIT)) {
        rt_thread_note_stack(ts);
        if (ts->runs_gc)
            why &= ~(uint32_t)RT_BRK_GC;
        r = serve_python(ts, why);
    }
    errno = e;
    return r;
}

void rt_safepoint_others(struct rt_thread *ts)
{
    int e = errno;
    uint32_t why = rt_load_acquire(&ts->breaker) & BACKEND & ~(uint32_t)RT_BRK_MERGE;
    if (why)
        serve_backend(ts, why);
    errno = e;
}

void rt_safepoint_drops(struct rt_thread *ts)
{
    if (rt_world_is_mine(ts))
        rt_breaker_set(ts, RT_BRK_MERGE); /* when the world runs again */
    else
        rt_be.safepoint(ts, RT_BRK_MERGE);
}

void rt_safepoint_backend(struct rt_thread *ts)
{
    uint32_t why = rt_load_acquire(&ts->breaker) & RT_BRK_MERGE;
    if (why)
        rt_be.safepoint(ts, why);
}
