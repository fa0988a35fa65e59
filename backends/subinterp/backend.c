/* SPDX-License-Identifier: MIT */
/*
 * subinterp: one lock and one owner token per interpreter, so that interpreters run in parallel and
 * share nothing mutable. An object of another interpreter's token is a fault, found by the token.
 */
#include "backends/subinterp/subinterp.h"

enum { FIRST_TOKEN = 1, LAST_TOKEN = RT_TOK_NOBODY - 1 };

/* Tokens in use; under token_lock (leaf). */
static uint64_t used[1024];
static pthread_mutex_t token_lock = PTHREAD_MUTEX_INITIALIZER;

static uint16_t take_token(void)
{
    uint16_t found = 0;
    pthread_mutex_lock(&token_lock);
    for (uint32_t t = FIRST_TOKEN; t <= LAST_TOKEN && !found; t++)
        if (!(used[t >> 6] >> (t & 63) & 1)) {
            used[t >> 6] |= 1ull << (t & 63);
            found = (uint16_t)t;
        }
    pthread_mutex_unlock(&token_lock);
    return found;
}

static int init_subinterp(void) { return 0; }
static void fini_subinterp(void) {}
static void fork_subinterp(struct rt_thread *ts, enum rt_fork_phase phase)
{
    if (phase != RT_FORK_CHILD)
        return;
    pthread_mutex_init(&token_lock, NULL);
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
        rt_biglock_after_fork(in->backend, in == ts->interp ? ts : NULL);
}
static int interp_init_subinterp(struct rt_interp *in)
{
    in->token = take_token();
    if (!in->token)
        return -1;
    rt_biglock_init(in->backend);
    return 0;
}
static void interp_fini_subinterp(struct rt_interp *in)
{
    rt_biglock_fini(in->backend);
    pthread_mutex_lock(&token_lock);
    used[in->token >> 6] &= ~(1ull << (in->token & 63));
    pthread_mutex_unlock(&token_lock);
}
static int thread_init_subinterp(struct rt_thread *ts)
{
    ts->token = ts->interp->token;
    return 0;
}
static void thread_fini_subinterp(struct rt_thread *ts) {}

extern const struct rt_backend rt_backend_subinterp;
const struct rt_backend rt_backend_subinterp = {
    .abi = RT_BACKEND_ABI,
    .size = sizeof(struct rt_backend),
    .name = "subinterp",
    .blurb = "one lock per interpreter: interpreters run in parallel, threads within one take turns",
    .caps = RT_BE_ISOLATED,
    .thread_bytes = sizeof(struct rt_biglock_thread),
    .interp_bytes = sizeof(struct rt_biglock),
    .init = init_subinterp,
    .fini = fini_subinterp,
    .fork = fork_subinterp,
    .interp_init = interp_init_subinterp,
    .interp_fini = interp_fini_subinterp,
    .thread_init = thread_init_subinterp,
    .thread_fini = thread_fini_subinterp,
    .attach = attach_subinterp,
    .detach = detach_subinterp,
    .is_attached = rt_state_is_attached,
    .request = rt_breaker_set,
    .safepoint = safepoint_subinterp,
    .stop = rt_world_stop,
    .start = rt_world_start,
    .verify = verify_subinterp,
};
