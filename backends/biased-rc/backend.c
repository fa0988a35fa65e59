/* SPDX-License-Identifier: MIT */
/*
 * nogil: threads of one interpreter run at the same time. Biased reference counts with an owner token
 * per thread heap (refcount.c), locks in object headers (core/seam/sections.c), grace periods for
 * lock-free readers (reclaim.c).
 */
#include "backends/biased-rc/biased.h"

#include <stdlib.h>

#include "core/seam/sections.h"

/* Owners by token; entries are written under owner_lock and never freed while the process lives. */
static struct brc_owner *_Atomic owners[65536];
static uint32_t next_token = 1;
static uint16_t *free_tokens;
static size_t nfree, free_capacity;
static pthread_mutex_t owner_lock = PTHREAD_MUTEX_INITIALIZER;

struct brc_owner *brc_owner_of(uint16_t token) { return rt_load_acquire(&owners[token]); }

static uint16_t take_token(void)
{
    if (nfree)
        return free_tokens[--nfree];
    return next_token < RT_TOK_NOBODY ? (uint16_t)next_token++ : 0;
}

int brc_owner_init(struct rt_heap *h)
{
    struct brc_owner *w = rt_raw_calloc_lines(sizeof *w);
    if (!w)
        return -1;
    w->heap = h;
    pthread_mutex_lock(&owner_lock);
    uint16_t t = take_token();
    if (t)
        rt_store_release(&owners[t], w);
    pthread_mutex_unlock(&owner_lock);
    if (!t) {
        free(w);
        return -1;
    }
    h->token = t;
    rt_store_release(&h->backend, w);
    return 0;
}

/* The heap's objects are about to be freed without a look at them. */
void brc_owner_fini(struct rt_heap *h)
{
    struct brc_owner *w = brc_owner_of_heap(h);
    for (struct brc_node *n = rt_load_relaxed(&w->queue), *next; n; n = next) {
        next = n->next;
        free(n);
    }
    pthread_mutex_lock(&owner_lock);
    rt_store_release(&owners[h->token], NULL);
    if (nfree == free_capacity) {
        size_t c = free_capacity * 2 + 64;
        uint16_t *p = realloc(free_tokens, c * sizeof *p);
        if (p) {
            free_tokens = p;
            free_capacity = c;
        }
    }
    if (nfree < free_capacity)
        free_tokens[nfree++] = h->token;
    pthread_mutex_unlock(&owner_lock);
    free(w);
}

static int init_nogil(void) { return 0; }
static void fini_nogil(void) {}
static void fork_nogil(struct rt_thread *ts, enum rt_fork_phase phase)
{
    for (struct rt_interp *in = phase == RT_FORK_BEFORE ? rt_runtime.interps : NULL; in; in = in->next)
        brc_stakes_end_stw(in); /* the child's threads are gone: nobody would end theirs */
    if (phase != RT_FORK_CHILD)
        return;
    pthread_mutex_init(&owner_lock, NULL);
    brc_reclaim_after_fork(ts);
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next) {
        struct brc_interp *bi = in->backend;
        bool mine = in == ts->interp;
        rt_store_relaxed(&bi->live, mine ? 1 : 0);
        rt_store_relaxed(&bi->mt, false);
    }
    rt_store_relaxed(&ts->mt, 0);
}
static int interp_init_nogil(struct rt_interp *in) { return 0; }
static void interp_fini_nogil(struct rt_interp *in)
{
    for (struct rt_heap *h = in->heaps; h; h = h->next)
        if (brc_owner_of_heap(h))
            brc_owner_fini(h);
}
static int thread_init_nogil(struct rt_thread *ts)
{
    struct rt_heap *h = ts->heap;
    bool fresh = !brc_owner_of_heap(h);
    if (fresh && brc_owner_init(h) != 0)
        return -1;
    if (brc_reclaim_init(ts) != 0)
        return -1;
    ts->token = h->token;
    if (fresh)
        brc_bias_give(ts);
    else
        brc_bias_adopt(ts);
    struct brc_owner *w = brc_owner_of_heap(h);
    if (rt_load_relaxed(&w->queue))
        rt_breaker_set(ts, RT_BRK_MERGE);
    (void)rt_add_acq_rel(&brc_interp_of(ts)->live, 1);
    return 0;
}
static void thread_fini_nogil(struct rt_thread *ts)
{
    rt_store_seq(&brc_thread_of(ts)->leaving, true);
    brc_stakes_serve(ts, true);
    brc_merge_own(ts);
    brc_merge_pass_on(ts);
    brc_bias_leave(ts);
    brc_mt_leave(ts);
    brc_reclaim_fini(ts);
    brc_drops_fini(ts);
}

extern const struct rt_backend rt_backend_biased_rc;
const struct rt_backend rt_backend_biased_rc = {
    .abi = RT_BACKEND_ABI,
    .size = sizeof(struct rt_backend),
    .name = "nogil",
    .blurb = "no interpreter lock: threads run in parallel on shared objects",
    .caps = RT_BE_PARALLEL | RT_BE_OBJ_LOCKS | RT_BE_DEFERRED_FREE,
    .thread_bytes = sizeof(struct brc_thread),
    .interp_bytes = sizeof(struct brc_interp),
    .init = init_nogil,
    .fini = fini_nogil,
    .fork = fork_nogil,
    .interp_init = interp_init_nogil,
    .interp_fini = interp_fini_nogil,
    .thread_init = thread_init_nogil,
    .thread_fini = thread_fini_nogil,
    .attach = attach_nogil,
    .detach = detach_nogil,
    .is_attached = rt_state_is_attached,
    .request = rt_breaker_set,
    .safepoint = safepoint_nogil,
    .stop = rt_world_stop,
    .start = rt_world_start,
    .newref_foreign = newref_foreign_nogil,
    .decref_foreign = decref_foreign_nogil,
    .tryref_foreign = tryref_foreign_nogil,
    .dying = dying_nogil,
    .cs_begin = rt_cs_begin_locks,
    .cs_end = rt_cs_end_locks,
    .revoke = brc_bias_revoke,
    .retire = retire_nogil,
    .quiescent = quiescent_nogil,
    .gc_begin = gc_begin_nogil,
    .gc_end = gc_end_nogil,
    .verify = verify_nogil,
};
