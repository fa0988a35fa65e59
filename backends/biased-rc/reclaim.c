/* SPDX-License-Identifier: MIT */
/*
 * Grace periods: quiescent-state based reclamation.
 *
 * Note [QSBR]
 *  [QSBR-1] `sequence` only grows. A thread copies it into its slot when it attaches and at safepoints
 *           that ask for it, and stores 0 when it detaches: it holds no lock-free pointer then.
 *  [QSBR-2] What is retired carries goal = sequence + 1. It may be freed when every slot is 0 or >= goal.
 *  [QSBR-3] A thread that retired more than a budget moves the sequence and asks the others to report; past
 *           the hard budget it waits for them, detached, at its own safepoint.
 *  [QSBR-4] The world stopped is a grace period.
 * Slots are per process: tables of static types are read by threads of every interpreter.
 */
#include <errno.h>
#include <stdlib.h>

#include "backends/biased-rc/biased.h"
#include "core/seam/stats.h"
#include "core/sync/futex.h"

enum { MAX_THREADS = 65536, SOFT_BYTES = 1 << 20, SOFT_ITEMS = 512, HARD_BYTES = 32 << 20 };

static _Atomic uint64_t sequence = 1;
static struct brc_thread *_Atomic slots[MAX_THREADS];
static _Atomic int nslots; /* high-water mark */
static pthread_mutex_t slot_lock = PTHREAD_MUTEX_INITIALIZER;
static struct brc_limbo orphans; /* of threads that ended, under slot_lock */
static _Atomic bool have_orphans; /* orphans.n != 0; written under slot_lock, read without */

int brc_reclaim_init(struct rt_thread *ts)
{
    struct brc_thread *me = brc_thread_of(ts);
    me->ts = ts;
    me->slot = -1;
    pthread_mutex_lock(&slot_lock);
    int n = rt_load_relaxed(&nslots);
    for (int i = 0; i < n && me->slot < 0; i++)
        if (!rt_load_relaxed(&slots[i]))
            me->slot = i;
    if (me->slot < 0 && n < MAX_THREADS)
        rt_store_release(&nslots, (me->slot = n) + 1);
    if (me->slot >= 0)
        rt_store_release(&slots[me->slot], me);
    pthread_mutex_unlock(&slot_lock);
    return me->slot < 0 ? -1 : 0;
}

/* Oldest sequence that some attached thread may still be reading under. */
static uint64_t oldest(void)
{
    uint64_t min = UINT64_MAX;
    rt_fence_seq();
    int n = rt_load_acquire(&nslots);
    for (int i = 0; i < n; i++) {
        struct brc_thread *t = rt_load_acquire(&slots[i]); /* records are type-stable */
        uint64_t s = t ? rt_load_acquire(&t->seen) : 0;
        if (s && s < min)
            min = s;
    }
    return min;
}

static void free_one(struct brc_retired *r)
{
    if (r->release)
        r->release(r->p);
    else
        free(r->p);
}

static void free_due(struct brc_limbo *l, uint64_t min)
{
    size_t i = 0, n = l->n;
    for (; i < n && l->items[i].goal <= min; i++) {
        l->bytes -= l->items[i].bytes;
        free_one(&l->items[i]);
    }
    RT_ASSERT(l->n == n); /* release functions do not retire */
    if (i == 0)
        return;
    memmove(l->items, l->items + i, (n - i) * sizeof *l->items);
    l->n = n - i;
}

static bool limbo_add(struct brc_limbo *l, struct brc_retired r)
{
    if (l->n == l->capacity) {
        size_t c = l->capacity * 2 + 64;
        struct brc_retired *items = realloc(l->items, c * sizeof *items);
        if (!items)
            return false;
        l->items = items;
        l->capacity = c;
    }
    l->items[l->n++] = r;
    l->bytes += r.bytes;
    return true;
}

/* Move the sequence and ask attached threads to report. */
static void drive(struct rt_thread *ts)
{
    uint64_t goal = rt_add_acq_rel(&sequence, 1) + 1;
    rt_count(ts, RT_CNT_GRACE_PERIODS, 1);
    int n = rt_load_acquire(&nslots);
    for (int i = 0; i < n; i++) {
        struct brc_thread *t = rt_load_acquire(&slots[i]);
        uint64_t s = t ? rt_load_acquire(&t->seen) : 0;
        if (s && s < goal && t->ts)
            rt_breaker_set(t->ts, RT_BRK_QUIESCE);
    }
}

void retire_nogil(struct rt_thread *ts, void *p, size_t bytes, void (*release)(void *))
{
    struct brc_thread *me = brc_thread_of(ts);
    struct brc_retired r = {p, release, bytes, rt_load_acquire(&sequence) + 1};
    if (!limbo_add(&me->limbo, r))
        return; /* no memory for the note: leak rather than free too early */
    me->undriven += bytes;
    if (me->undriven > SOFT_BYTES || me->limbo.n % SOFT_ITEMS == SOFT_ITEMS - 1) {
        me->undriven = 0;
        drive(ts);
    }
}

void brc_online(struct rt_thread *ts)
{
    rt_store_seq(&brc_thread_of(ts)->seen, rt_load_acquire(&sequence));
}
/* A thread with much in limbo that found readers still at it; the last of them pokes it. [QSBR-3] */
static struct rt_thread *_Atomic waiting;
static _Atomic uint64_t waiting_goal;

static void poke_waiting(struct rt_thread *ts)
{
    struct rt_thread *w = rt_load_relaxed(&waiting);
    if (rt_likely(!w) || w == ts || oldest() < rt_load_acquire(&waiting_goal))
        return;
    if (rt_cas_acq_rel(&waiting, &w, NULL))
        rt_breaker_set(w, RT_BRK_QUIESCE);
}

void brc_offline(struct rt_thread *ts)
{
    rt_store_seq(&brc_thread_of(ts)->seen, 0);
    poke_waiting(ts);
}

void quiescent_nogil(struct rt_thread *ts)
{
    brc_online(ts);
    poke_waiting(ts);
}

/* Past the hard budget: wait for the slowest reader, at most a while. */
static void wait_for_readers(struct rt_thread *ts, struct brc_thread *me)
{
    static _Atomic uint32_t never;
    int64_t end = rt_monotonic_ns() + 200000000;
    detach_nogil(ts);
    for (int64_t nap = 20000; rt_monotonic_ns() < end; nap *= 2) {
        if (oldest() >= me->limbo.items[0].goal)
            break;
        rt_futex_wait(&never, 0, rt_monotonic_ns() + (nap > 2000000 ? 2000000 : nap));
    }
    attach_nogil(ts);
}

static void adopt_orphans(struct brc_limbo *mine)
{
    if (!rt_load_relaxed(&have_orphans) || pthread_mutex_trylock(&slot_lock) != 0)
        return;
    for (size_t i = 0; i < orphans.n; i++)
        limbo_add(mine, orphans.items[i]);
    orphans.n = orphans.bytes = 0;
    rt_store_relaxed(&have_orphans, false);
    pthread_mutex_unlock(&slot_lock);
}

void brc_quiesce(struct rt_thread *ts)
{
    struct brc_thread *me = brc_thread_of(ts);
    quiescent_nogil(ts);
    if (!me->limbo.n && !rt_load_relaxed(&have_orphans))
        return;
    adopt_orphans(&me->limbo);
    free_due(&me->limbo, oldest());
    if (me->limbo.bytes > HARD_BYTES && me->limbo.n) {
        wait_for_readers(ts, me);
        free_due(&me->limbo, oldest());
    } else if (me->limbo.bytes > SOFT_BYTES && me->limbo.n) {
        rt_store_release(&waiting_goal, me->limbo.items[0].goal);
        rt_store_seq(&waiting, ts);
        if (oldest() >= me->limbo.items[0].goal) /* it was over just before anybody could see us */
            rt_breaker_set(ts, RT_BRK_QUIESCE);
    }
}

/* Threads of other interpreters read only tables of static types; those wait for their slots too. */
void brc_reclaim_all_stw(struct rt_interp *in)
{
    uint64_t min;
    (void)rt_add_acq_rel(&sequence, 1);
    struct rt_thread *me = rt_current_thread;
    if (me && me->interp == in)
        brc_online(me); /* the stopper holds no lock-free pointer either */
    min = oldest();
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_thread *t = in->threads; t; t = t->next)
        free_due(&brc_thread_of(t)->limbo, min);
    pthread_mutex_unlock(&in->threads_lock);
}

void brc_reclaim_fini(struct rt_thread *ts)
{
    struct brc_thread *me = brc_thread_of(ts);
    struct rt_thread *w = ts;
    rt_cas_acq_rel(&waiting, &w, NULL);
    free_due(&me->limbo, oldest());
    pthread_mutex_lock(&slot_lock);
    for (size_t i = 0; i < me->limbo.n; i++)
        limbo_add(&orphans, me->limbo.items[i]);
    rt_store_relaxed(&have_orphans, orphans.n != 0);
    rt_store_release(&slots[me->slot], NULL);
    pthread_mutex_unlock(&slot_lock);
    free(me->limbo.items);
    memset(&me->limbo, 0, sizeof me->limbo);
}

void brc_reclaim_after_fork(struct rt_thread *ts)
{
    struct brc_thread *me = brc_thread_of(ts);
    pthread_mutex_init(&slot_lock, NULL);
    for (int i = 0; i < rt_load_relaxed(&nslots); i++)
        if (rt_load_relaxed(&slots[i]) != me)
            rt_store_relaxed(&slots[i], NULL);
}
