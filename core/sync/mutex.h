/* SPDX-License-Identifier: MIT */
/*
 * Locks. The byte lock (in object headers, threading.Lock): bit 0 locked, bit 1 somebody waits in the
 * parking lot, the other six how many share it to read. Waiting detaches (Note [PARK]), so it may be held while attached threads come and go;
 * a plain pthread mutex may only be held over code that never blocks or attaches.
 *
 * Ranks (debug): pthread mutexes taken through rt_lock_ranked are taken in ascending order.
 */
#ifndef RT_SYNC_MUTEX_H
#define RT_SYNC_MUTEX_H

#include "core/sync/parking.h"

enum { RT_LK_LOCKED = 1, RT_LK_WAITERS = 2, RT_LK_READER = 4 };

RT_INLINE bool rt_bytelock_try(_Atomic uint8_t *l)
{
    uint8_t v = rt_load_relaxed(l);
    return !(v & ~RT_LK_WAITERS) && rt_cas_acq_rel(l, &v, (uint8_t)(v | RT_LK_LOCKED));
}
/* Others are at it too: leaves their cache line alone for a while. */
void rt_bytelock_back_off(_Atomic uint8_t *l, uint8_t *v);
/* Share it with others that only read; false: somebody writes or waits, or too many read. Whoever shares it may not
   wait for anybody before rt_bytelock_unshare. */
RT_INLINE bool rt_bytelock_share(_Atomic uint8_t *l)
{
    uint8_t v = rt_load_relaxed(l);
    while (!(v & (RT_LK_LOCKED | RT_LK_WAITERS)) && v <= UINT8_MAX - RT_LK_READER)
        if (rt_cas_acq_rel(l, &v, (uint8_t)(v + RT_LK_READER)))
            return true;
        else
            rt_bytelock_back_off(l, &v);
    return false;
}
void rt_bytelock_unshare_slow(_Atomic uint8_t *l);
RT_INLINE void rt_bytelock_unshare(_Atomic uint8_t *l)
{
    if (rt_unlikely(rt_sub_acq_rel(l, RT_LK_READER) == (RT_LK_READER | RT_LK_WAITERS)))
        rt_bytelock_unshare_slow(l);
}
/* [attached; may detach] deadline < 0: none. RT_PARK_OK once held. */
enum rt_park_result rt_bytelock_acquire(struct rt_thread *ts, _Atomic uint8_t *l, int64_t deadline, int flags);
/* A lock that somebody holds is the caller's by now: its holder will never run again. */
bool rt_bytelock_orphaned(struct rt_thread *ts, int flags);
/* Waits until the lock looked free; does not take it. */
void rt_bytelock_wait(struct rt_thread *ts, _Atomic uint8_t *l, int flags);
void rt_bytelock_release_slow(_Atomic uint8_t *l);
RT_INLINE void rt_bytelock_release(_Atomic uint8_t *l)
{
    uint8_t v = RT_LK_LOCKED;
    if (rt_unlikely(!rt_cas_acq_rel(l, &v, 0)))
        rt_bytelock_release_slow(l);
}

/* [no detach] Waits a little for what another thread that runs is about to do, unless that has not helped of late; false
   if it is still blocked then (at once where others cannot run): park. blocked: cheap, reads shared fields with atomics. */
bool rt_spin(struct rt_thread *ts, enum rt_spin_for what, bool (*blocked)(void *arg), void *arg);

/* An event: set once, waited for by many. */
struct rt_event {
    _Atomic uint32_t set;
};
void rt_event_set(struct rt_event *e);
/* [attached; detaches] true when set, false at the deadline or (flags) a signal. */
bool rt_event_wait(struct rt_thread *ts, struct rt_event *e, int64_t deadline, int flags);

/* Runs fn once; others wait for it. fn may run Python; if it fails (nonzero) the next caller tries. */
struct rt_once {
    _Atomic uint8_t done, lock;
};
int rt_once_run(struct rt_thread *ts, struct rt_once *o, int (*fn)(struct rt_thread *ts, void *arg), void *arg);

/* Ranks of the runtime's own mutexes, lowest taken first. */
enum rt_rank { RT_RANK_NONE, RT_RANK_WORLD, RT_RANK_RUNTIME, RT_RANK_THREADS, RT_RANK_TYPE, RT_RANK_WEAKREF, RT_RANK_ALLOC,
               RT_RANK_LEAF };
#if RT_DEBUG
void rt_rank_push(enum rt_rank r);
void rt_rank_pop(enum rt_rank r);
bool rt_rank_none(void); /* holds no ranked lock */
#else
RT_INLINE void rt_rank_push(enum rt_rank r) {}
RT_INLINE void rt_rank_pop(enum rt_rank r) {}
RT_INLINE bool rt_rank_none(void) { return true; }
#endif
RT_INLINE void rt_lock_ranked(pthread_mutex_t *m, enum rt_rank r)
{
    rt_rank_push(r);
    pthread_mutex_lock(m);
}
RT_INLINE void rt_unlock_ranked(pthread_mutex_t *m, enum rt_rank r)
{
    pthread_mutex_unlock(m);
    rt_rank_pop(r);
}

#endif
