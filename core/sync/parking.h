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
    RT_PARK_INVALID, /* validate said no: did not sleep */
    RT_PARK_TIMEOUT,
    RT_PARK_INTR,    /* a signal came (only if asked for) */
};
enum {
    RT_PARK_INTERRUPTIBLE = 1,
    RT_PARK_RAW = 2,      /* stay as you are: the caller has detached */
    RT_PARK_NORESUME = 4, /* leave the innermost critical section suspended */
};

/* [attached; may detach inside] deadline: CLOCK_MONOTONIC ns, < 0 none. ts NULL: thread unknown to us. */
enum rt_park_result rt_park(struct rt_thread *ts, const void *addr, bool (*validate)(void *arg), void *arg,
                            int64_t deadline, int flags);
/* Wakes the first waiter; fn (may be NULL) is called under the bucket lock with whether there was one and
   whether there are more. */
bool rt_unpark_one(const void *addr, void (*fn)(void *arg, bool found, bool more), void *arg);
void rt_unpark_all(const void *addr);
void rt_parking_after_fork(void); /* [child] forgets every waiter */
/* Async-signal-safe: ends an interruptible park of ts, if it is in one. */
void rt_park_interrupt(struct rt_thread *ts);

#endif
