/* SPDX-License-Identifier: MIT */
/*
 * gil: one lock for the process, one owner token for every object. What CPython 3.11 programs expect:
 * one thread at a time, 5 ms switch interval, plus I/O credit (Note [BIGLOCK]).
 */
#include "backends/gil/gil.h"

static int init_gil(void)
{
    rt_biglock_init(&gil_lock);
    return 0;
}
static void fini_gil(void) { rt_biglock_fini(&gil_lock); }
static void fork_gil(struct rt_thread *ts, enum rt_fork_phase phase)
{
    if (phase == RT_FORK_CHILD)
        rt_biglock_after_fork(&gil_lock, ts);
}
static int interp_init_gil(struct rt_interp *in)
{
    in->token = GIL_TOKEN;
    return 0;
}
static void interp_fini_gil(struct rt_interp *in) {}
static int thread_init_gil(struct rt_thread *ts)
{
    ts->token = GIL_TOKEN;
    return 0;
}
static void thread_fini_gil(struct rt_thread *ts) {}

extern const struct rt_backend rt_backend_gil;
const struct rt_backend rt_backend_gil = {
    .abi = RT_BACKEND_ABI,
    .size = sizeof(struct rt_backend),
    .name = "gil",
    .blurb = "one lock for the process, as CPython 3.11",
    .caps = 0,
    .thread_bytes = sizeof(struct rt_biglock_thread),
    .init = init_gil,
    .fini = fini_gil,
    .fork = fork_gil,
    .interp_init = interp_init_gil,
    .interp_fini = interp_fini_gil,
    .thread_init = thread_init_gil,
    .thread_fini = thread_fini_gil,
    .attach = attach_gil,
    .detach = detach_gil,
    .is_attached = rt_state_is_attached,
    .request = rt_breaker_set,
    .safepoint = safepoint_gil,
    .stop = rt_world_stop,
    .start = rt_world_start,
    .verify = verify_gil,
};
