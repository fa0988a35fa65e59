/* SPDX-License-Identifier: MIT */
/*
 * The parking lot: threads wait on any address, so that a lock needs no more than a byte.
 *
 * Note [PARK]
 *  [PARK-1] rt_park detaches the thread before it sleeps and attaches it again before it returns; open
 *           critical sections are suspended. So nobody waits while holding the right to touch objects.
 *  [PARK-2] `validate` runs with the address's bucket locked; rt_unpark's callback too. A waker that
 *           changes the state in its callback therefore never misses a waiter.
 */
#ifndef RT_SYNC_PARKING_H
#define RT_SYNC_PARKING_H

#include "core/seam/tstate.h"

enum rt_park_result {
    RT_PARK_OK,      /* woken by rt_unpark */
    RT_PARK_GIVEN,   /* and what the waker held is now the waiter's (rt_park_since only) */
    RT_PARK_INVALID, /* validate said no: did not sleep */
    RT_PARK_TIMEOUT,
    RT_PARK_INTR,    /* a signal came (only if asked for) */
};
enum {
    RT_PARK_INTERRUPTIBLE = 1,
    RT_PARK_RAW = 2,      /* stay as you are: the caller has detached */
    RT_PARK_NORESUME = 4, /* leave the innermost critical section suspended */
    RT_PARK_SIGNAL = 16,  /* for rt_bytelock_acquire: not until another thread has something to tell */
    RT_PARK_AGAIN = 8,    /* woken in vain before (rt_park_since): queue before those who came later */
};

/* [attached; may detach inside] deadline: CLOCK_MONOTONIC ns, < 0 none. ts NULL: thread unknown to us. */
enum rt_park_result rt_park(struct rt_thread *ts, const void *addr, bool (*validate)(void *arg), void *arg,
                            int64_t deadline, int flags);
/* The same for something that a waker may hand over. since: when the caller began to wait for it. */
enum rt_park_result rt_park_since(struct rt_thread *ts, const void *addr, bool (*validate)(void *arg), void *arg,
                                  int64_t deadline, int flags, int64_t since);
struct rt_unparking {
    bool found, more; /* there was a waiter, there are others */
    bool takes;       /* it waits in rt_park_since */
    bool due;         /* it has waited long, and no waiter was due for some time: what is asked for may be given to it */
    bool give;        /* set by the callback: it becomes the waiter's */
};
/* Wakes the first waiter; fn (may be NULL) is called under the bucket lock. */
bool rt_unpark_one(const void *addr, void (*fn)(void *arg, struct rt_unparking *u), void *arg);
void rt_unpark_all(const void *addr);
void rt_parking_after_fork(void); /* [child] forgets every waiter */
/* Async-signal-safe: ends an interruptible park of ts, if it is in one. */
void rt_park_interrupt(struct rt_thread *ts);

#endif
