/* SPDX-License-Identifier: MIT */
/* See parking.h. A fixed table of FIFO queues; each waiter sleeps on a word of its own stack. */
#include "core/sync/parking.h"

#include "core/seam/access.h"
#include "core/seam/stats.h"
#include "core/sync/futex.h"
#include "core/thread/thread.h"

struct waiter {
    struct waiter *next;
    const void *addr;
    struct rt_thread *waker;
    _Atomic uint32_t state; /* 0 waiting, 1 woken, 2 interrupted */
};
struct bucket {
    pthread_mutex_t lock;
    struct waiter *head, **tail;
} __attribute__((aligned(RT_CACHE_LINE)));

enum { NBUCKETS = 257 };
static struct bucket buckets[NBUCKETS];
static pthread_once_t buckets_once = PTHREAD_ONCE_INIT;

static void init_buckets(void)
{
    for (int i = 0; i < NBUCKETS; i++) {
        pthread_mutex_init(&buckets[i].lock, NULL);
        buckets[i].head = NULL;
        buckets[i].tail = &buckets[i].head;
    }
}

static struct bucket *bucket_lock(const void *addr)
{
    pthread_once(&buckets_once, init_buckets);
    uint64_t h = (uintptr_t)addr * 0x9e3779b97f4a7c15ull;
    struct bucket *b = &buckets[(h >> 32) % NBUCKETS];
    pthread_mutex_lock(&b->lock);
    return b;
}

static struct waiter *unlink_first(struct bucket *b, const void *addr)
{
    for (struct waiter **p = &b->head, *w; (w = *p); p = &w->next)
        if (w->addr == addr) {
            *p = w->next;
            if (b->tail == &w->next)
                b->tail = p;
            return w;
        }
    return NULL;
}

static bool unlink_self(struct bucket *b, struct waiter *self)
{
    for (struct waiter **p = &b->head, *w; (w = *p); p = &w->next)
        if (w == self) {
            *p = w->next;
            if (b->tail == &w->next)
                b->tail = p;
            return true;
        }
    return false;
}

static bool any_waiter(struct bucket *b, const void *addr)
{
    for (struct waiter *w = b->head; w; w = w->next)
        if (w->addr == addr)
            return true;
    return false;
}

/* Sleeps until woken; then the waiter is in no queue. */
static enum rt_park_result sleep_on(struct rt_thread *ts, struct waiter *w, int64_t deadline, bool intr)
{
    for (;;) {
        uint32_t st = rt_load_acquire(&w->state);
        if (st == 1)
            return RT_PARK_OK;
        int r = 0;
        if (!(intr && ts && rt_load_relaxed(&ts->signalled)))
            r = rt_futex_wait(&w->state, 0, deadline);
        bool stop = r == ETIMEDOUT ||
                    (intr && (r == EINTR || (ts && rt_xchg_acq_rel(&ts->signalled, false))));
        if (!stop)
            continue;
        struct bucket *b = bucket_lock(w->addr);
        bool still = unlink_self(b, w);
        pthread_mutex_unlock(&b->lock);
        if (still)
            return r == ETIMEDOUT ? RT_PARK_TIMEOUT : RT_PARK_INTR;
        while (rt_load_acquire(&w->state) != 1) /* the waker has taken us off and is about to say so */
            rt_cpu_relax();
        return RT_PARK_OK;
    }
}

enum rt_park_result rt_park(struct rt_thread *ts, const void *addr, bool (*validate)(void *arg), void *arg,
                            int64_t deadline, int flags)
{
    struct waiter w = {.addr = addr};
    bool attached = ts && !(flags & RT_PARK_RAW), intr = flags & RT_PARK_INTERRUPTIBLE;
    struct bucket *b = bucket_lock(addr);
    if (!validate(arg)) {
        pthread_mutex_unlock(&b->lock);
        return RT_PARK_INVALID;
    }
    *b->tail = &w;
    b->tail = &w.next;
    pthread_mutex_unlock(&b->lock);
    int64_t t0 = rt_monotonic_ns();
    if (ts && intr)
        rt_store_seq(&ts->park_word, &w.state);
    if (attached)
        rt_detach(ts, RT_DETACH_LOCK);
    enum rt_park_result r = sleep_on(ts, &w, deadline, intr);
    if (ts && intr)
        rt_store_seq(&ts->park_word, NULL);
    if (attached) {
        ts->woken_by = r == RT_PARK_OK ? w.waker : NULL;
        (flags & RT_PARK_NORESUME ? rt_attach_nocs : rt_attach)(ts);
    }
    if (ts) {
        ts->woken_by = NULL;
        rt_count(ts, RT_CNT_LOCK_WAITS, 1);
        rt_count(ts, RT_CNT_LOCK_WAIT_NS, (uint64_t)(rt_monotonic_ns() - t0));
    }
    return r;
}

static void wake(struct waiter *w)
{
    _Atomic uint32_t *word = &w->state; /* w may be gone once the state says woken; the wake is harmless */
    w->waker = rt_current_thread;
    rt_store_release(word, 1);
    rt_futex_wake(word, 1);
}

bool rt_unpark_one(const void *addr, void (*fn)(void *arg, bool found, bool more), void *arg)
{
    struct bucket *b = bucket_lock(addr);
    struct waiter *w = unlink_first(b, addr);
    if (fn)
        fn(arg, w != NULL, w && any_waiter(b, addr));
    pthread_mutex_unlock(&b->lock);
    if (w)
        wake(w);
    return w != NULL;
}

void rt_unpark_all(const void *addr)
{
    while (rt_unpark_one(addr, NULL, NULL))
        ;
}

void rt_parking_after_fork(void) { init_buckets(); }

void rt_park_interrupt(struct rt_thread *ts)
{
    _Atomic uint32_t *word = rt_load_seq(&ts->park_word);
    if (word)
        rt_futex_wake(word, 1); /* sleep_on re-tests the breaker */
}
