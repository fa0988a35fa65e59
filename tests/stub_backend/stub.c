/* SPDX-License-Identifier: MIT */
/*
 * The smallest backend: one thread, no locks. What a newcomer reads first.
 *
 * Every object carries one token, as under gil; attaching and detaching only move the thread's state
 * (Note [STATE] in core/thread/thread.h); everything optional is left to the defaults.
 */
#include "tests/stub_backend/stub.h"

enum { STUB_TOKEN = 1 };

static int init_stub(void) { return 0; }
static void fini_stub(void) {}
static void fork_stub(struct rt_thread *ts, enum rt_fork_phase phase) {}
static int interp_init_stub(struct rt_interp *in)
{
    in->token = STUB_TOKEN;
    return 0;
}
static void interp_fini_stub(struct rt_interp *in) {}

/* One thread per process: the second is refused, and the caller sees "can't start new thread". */
static int threads;
static int thread_init_stub(struct rt_thread *ts)
{
    if (threads == 1)
        return -1;
    threads++;
    ts->token = STUB_TOKEN;
    return 0;
}
static void thread_fini_stub(struct rt_thread *ts) { threads--; }
static void attach_stub(struct rt_thread *ts) { rt_state_claim(ts); }
static void detach_stub(struct rt_thread *ts) { rt_state_release(ts); }

/* Nobody can ask for the lock, merge or wait for a grace period: forget the request. */
static void safepoint_stub(struct rt_thread *ts, uint32_t why) { rt_breaker_clear(ts, why); }

/* The only thread is the stopper. */
static void stop_stub(struct rt_thread *ts, enum rt_scope scope) {}
static void start_stub(struct rt_thread *ts, enum rt_scope scope) {}

const struct rt_backend rt_backend_stub = {
    .abi = RT_BACKEND_ABI,
    .size = sizeof(struct rt_backend),
    .name = "stub",
    .blurb = "one thread, no locks: living documentation",
    .init = init_stub,
    .fini = fini_stub,
    .fork = fork_stub,
    .interp_init = interp_init_stub,
    .interp_fini = interp_fini_stub,
    .thread_init = thread_init_stub,
    .thread_fini = thread_fini_stub,
    .attach = attach_stub,
    .detach = detach_stub,
    .is_attached = rt_state_is_attached,
    .request = rt_breaker_set,
    .safepoint = safepoint_stub,
    .stop = stop_stub,
    .start = start_stub,
};
