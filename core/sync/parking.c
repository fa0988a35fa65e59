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
    int64_t since; /* 0: takes no gifts */
    int64_t given; /* when it was given what it waited for */
    _Atomic uint32_t state;
};
enum { WAITING, WOKEN, GIVEN };
enum { PATIENCE_NS = 1000000, FAIR_NS = 2000000, GIFT_SHARE = 16 };
struct bucket {
    pthread_mutex_t lock;
    struct waiter *head, **tail;
    int64_t fair_at; /* not before then is a waiter due again */
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
        buckets[i].fair_at = 0;
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

static void enqueue(struct bucket *b, struct waiter *w, bool again)
{
    struct waiter **p = again ? &b->head : b->tail;
    while (*p && ((*p)->addr != w->addr || (*p)->since <= w->since))
        p = &(*p)->next;
    w->next = *p;
    *p = w;
    if (!w->next)
        b->tail = &w->next;
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

/* w has what it was given and runs. The longer that took while everybody waited, the longer until the next gift:
   where processors are scarce, each would come when its thread has its turn, and the lock would never be free. */
static void gift_arrived(const struct waiter *w)
{
    int64_t now = rt_monotonic_ns();
    struct bucket *b = bucket_lock(w->addr);
    int64_t next = now + (now - w->given) * GIFT_SHARE;
    if (next > b->fair_at)
        b->fair_at = next;
    pthread_mutex_unlock(&b->lock);
}

/* Sleeps until woken; then the waiter is in no queue. */
static enum rt_park_result sleep_on(struct rt_thread *ts, struct waiter *w, int64_t deadline, bool intr)
{
    for (;;) {
        uint32_t st = rt_load_acquire(&w->state);
        if (st != WAITING)
            return st == GIVEN ? RT_PARK_GIVEN : RT_PARK_OK;
        int r = 0;
        if (!(intr && ts && rt_load_relaxed(&ts->signalled)))
            r = rt_futex_wait(&w->state, WAITING, deadline);
        bool stop = r == ETIMEDOUT ||
                    (intr && (r == EINTR || (ts && rt_xchg_acq_rel(&ts->signalled, false))));
        if (!stop)
            continue;
        struct bucket *b = bucket_lock(w->addr);
        bool still = unlink_self(b, w);
        pthread_mutex_unlock(&b->lock);
        if (still)
            return r == ETIMEDOUT ? RT_PARK_TIMEOUT : RT_PARK_INTR;
        while (rt_load_acquire(&w->state) == WAITING) /* the waker has taken us off and is about to say so */
            rt_cpu_relax();
    }
}

enum rt_park_result rt_park(struct rt_thread *ts, const void *addr, bool (*validate)(void *arg), void *arg,
                            int64_t deadline, int flags)
{
    return rt_park_since(ts, addr, validate, arg, deadline, flags, 0);
}

enum rt_park_result rt_park_since(struct rt_thread *ts, const void *addr, bool (*validate)(void *arg), void *arg,
                                  int64_t deadline, int flags, int64_t since)
{
    struct waiter w = {.addr = addr, .since = since};
    bool attached = ts && !(flags & RT_PARK_RAW), intr = flags & RT_PARK_INTERRUPTIBLE;
    struct bucket *b = bucket_lock(addr);
    if (!validate(arg)) {
        pthread_mutex_unlock(&b->lock);
        return RT_PARK_INVALID;
    }
    enqueue(b, &w, flags & RT_PARK_AGAIN);
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
        ts->woken_by = r <= RT_PARK_GIVEN ? w.waker : NULL;
        (flags & RT_PARK_NORESUME ? rt_attach_nocs : rt_attach)(ts);
    }
    if (r == RT_PARK_GIVEN)
        gift_arrived(&w);
    if (ts) {
        ts->woken_by = NULL;
        rt_count(ts, RT_CNT_LOCK_WAITS, 1);
        rt_count(ts, RT_CNT_LOCK_WAIT_NS, (uint64_t)(rt_monotonic_ns() - t0));
    }
    return r;
}

static void wake(struct waiter *w, uint32_t how)
{
    _Atomic uint32_t *word = &w->state; /* w may be gone once the state says woken; the wake is harmless */
    w->waker = rt_current_thread;
    rt_store_release(word, how);
    rt_futex_wake(word, 1);
}

/* Who wakes up late finds the lock taken again, time after time; so now and then one is given it. Seldom, for
   then everybody waits while it wakes up. */
static bool is_due(struct bucket *b, struct waiter *w)
{
    int64_t now;
    if (!w || !w->since || (now = rt_monotonic_ns()) - w->since < PATIENCE_NS || now < b->fair_at)
        return false;
    b->fair_at = now + FAIR_NS;
    w->given = now;
    return true;
}

bool rt_unpark_one(const void *addr, void (*fn)(void *arg, struct rt_unparking *u), void *arg)
{
    struct bucket *b = bucket_lock(addr);
    struct waiter *w = unlink_first(b, addr);
    struct rt_unparking u = {.found = w != NULL, .takes = w && w->since};
    if (fn) {
        u.more = w && any_waiter(b, addr);
        u.due = is_due(b, w);
        fn(arg, &u);
    }
    pthread_mutex_unlock(&b->lock);
    if (w)
        wake(w, u.give ? GIVEN : WOKEN);
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
