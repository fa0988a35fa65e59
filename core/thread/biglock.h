/* SPDX-License-Identifier: MIT */
/*
 * The lock that one thread at a time holds to touch objects: one per process (gil) or per interpreter
 * (subinterp).
 *
 * Note [BIGLOCK]
 *  [BIGLOCK-1] Waiters queue in FIFO order. One that waited a switch interval asks the holder to drop;
 *              the holder hands the lock over directly, and queues at the end.
 *  [BIGLOCK-2] I/O credit: a thread that gave the lock up by itself, early in its interval, queues
 *              before those that did not, and asks after a short minimum slice. So a thread that mostly
 *              waits for I/O is not made to wait a whole interval for a computing one.
 *  [BIGLOCK-4] That minimum slice is not for a thread that another one has just woken, through a lock or a queue: the
 *              waker keeps the lock for its interval, as programs expect that set an event and then go to wait.
 *  [BIGLOCK-3] A voluntary release frees the lock and wakes the first waiter without giving it the
 *              lock: whoever runs first takes it; the forced hand-over bounds the wait.
 */
#ifndef RT_THREAD_BIGLOCK_H
#define RT_THREAD_BIGLOCK_H

#include "core/thread/thread.h"

struct rt_biglock_waiter;
struct rt_biglock {
    _Atomic uint32_t word; /* bit 0 held, bit 1 somebody queues */
    _Atomic(struct rt_thread *) holder;
    _Atomic int64_t since; /* when the holder got it */
    pthread_mutex_t lock;
    struct rt_biglock_waiter *head; /* under lock, as all below */
    uint64_t switches;
};

/* The backend's part of a thread. */
struct rt_biglock_thread {
    bool credit;
};

void rt_biglock_init(struct rt_biglock *l);
void rt_biglock_fini(struct rt_biglock *l);
void rt_biglock_take(struct rt_biglock *l, struct rt_thread *ts, bool credit);
void rt_biglock_give(struct rt_biglock *l, struct rt_thread *ts);
/* At a safepoint, asked to drop: hand over and queue. */
void rt_biglock_yield(struct rt_biglock *l, struct rt_thread *ts);
void rt_biglock_after_fork(struct rt_biglock *l, struct rt_thread *holder);
int64_t rt_biglock_held_ns(struct rt_biglock *l);

/* attach, detach, safepoint of a backend with such a lock */
void rt_biglock_attach(struct rt_biglock *l, struct rt_thread *ts);
void rt_biglock_detach(struct rt_biglock *l, struct rt_thread *ts);
void rt_biglock_safepoint(struct rt_biglock *l, struct rt_thread *ts, uint32_t why);

#endif
