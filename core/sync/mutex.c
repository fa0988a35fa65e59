/* SPDX-License-Identifier: MIT */
/* Byte locks, events and once-blocks over the parking lot; rank checking in debug builds. */
#include "core/sync/mutex.h"

#include <sched.h>

#include "core/seam/backend.h"
#include "core/sync/futex.h"

static bool still_locked(void *arg)
{
    uint8_t v = rt_load_acquire((_Atomic uint8_t *)arg);
    return (v & RT_LK_WAITERS) && (v & ~RT_LK_WAITERS);
}

static bool locked(void *arg) { return rt_load_relaxed((_Atomic uint8_t *)arg) & ~RT_LK_WAITERS; }

/* Marks that somebody waits; false if the lock became free. */
static bool announce(_Atomic uint8_t *l)
{
    uint8_t v = rt_load_relaxed(l);
    while (v & ~RT_LK_WAITERS) {
        if (v & RT_LK_WAITERS)
            return true;
        if (rt_cas_acq_rel(l, &v, (uint8_t)(v | RT_LK_WAITERS)))
            return true;
    }
    return false;
}

/* How many may look at the same time: one processor is left for who is to end it. */
static int most_spinners(void)
{
    static _Atomic int most = -1;
    int n = rt_load_relaxed(&most);
    if (rt_unlikely(n < 0)) {
        cpu_set_t set;
        n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) - 1 : 1;
        rt_store_relaxed(&most, n);
    }
    return n;
}

enum { SPIN_NS = 50000, FIRST_PAUSES = 32, MOST_PAUSES = 256 };
enum { AGAIN_NS = 40000, MOST_CROWDED = 7 };

/*
 * Between looks it leaves the cache line alone, longer each time: whoever is about to change it then works
 * in its own cache and gets many turns for one trip of the line. Looking all the time would cost that trip
 * at every turn. In all about what parking and being woken cost where a processor that idles has to come back
 * from the hypervisor; a futex's sleeper is back after 26 us if it has slept for 60, after 75 if for 500.
 * *took: how long, with what others had of the processor meanwhile.
 *
 * Where threads meet again and again at locks that are held for a moment - the first look finds them free - nobody waits
 * for the one that comes late: so it stays away longer to begin with (`crowded`, twice the logarithm). A lock that is
 * mostly found held is held for longer, and is looked for early; as is what another thread has to tell.
 */
static bool look(bool (*blocked)(void *arg), void *arg, struct rt_luck *luck, bool signal, int64_t *took)
{
    static _Atomic int spinners;
    bool ended = false;
    *took = 0;
    if (rt_add_acq_rel(&spinners, 1) < most_spinners()) {
        int64_t begun = rt_monotonic_ns();
        int looks = 0;
        if (signal || begun - luck->looked > AGAIN_NS)
            luck->crowded = 0;
        for (int pauses = FIRST_PAUSES << luck->crowded / 2; !ended && *took < SPIN_NS; pauses *= pauses < MOST_PAUSES ? 2 : 1) {
            for (int i = 0; i < pauses; i++)
                rt_cpu_relax();
            ended = !blocked(arg);
            looks++;
            *took = rt_monotonic_ns() - begun;
        }
        if (ended && looks == 1)
            luck->crowded = (uint8_t)(luck->crowded + 2 < MOST_CROWDED ? luck->crowded + 2 : MOST_CROWDED);
        else
            luck->crowded -= luck->crowded > 0;
        luck->looked = begun + *took;
    }
    (void)rt_sub_acq_rel(&spinners, 1);
    return ended;
}

/*
 * Where other programs keep the processors busy, the thread that is to end the wait often has none while we look,
 * or would run on ours: then each look costs its 50 us and, by the kernel's account of fairness, the next turn.
 * So who has looked in vain TRUST times parks at once the next REST times, twice as often after each further look in vain.
 */
bool rt_spin(struct rt_thread *ts, enum rt_spin_for what, bool (*blocked)(void *arg), void *arg)
{
    enum { TRUST = 3, REST = 8, MOST_DOUBLED = 6 };
    if (!rt_backend_has(RT_BE_PARALLEL)) /* who could end it needs our interpreter's lock to go on */
        return false;
    struct rt_luck none = {0}, *luck = ts ? &ts->luck[what] : &none;
    if (luck->rest) {
        luck->rest--;
        return false;
    }
    int64_t took;
    bool ended = look(blocked, arg, luck, what == RT_SPIN_SIGNAL, &took);
    if (ended && took < SPIN_NS + SPIN_NS / 2) {
        luck->vain = 0;
    } else if (took && ++luck->vain >= TRUST) {
        luck->rest = (uint16_t)(REST << (luck->vain - TRUST));
        luck->vain -= luck->vain == TRUST + MOST_DOUBLED;
    }
    return ended;
}

/* Once the main interpreter ends, only the thread that ends it comes back from waiting: whoever holds a lock of the
   runtime now, a daemon thread in the middle of I/O say, never gives it back. Locks of the program stay what they are. */
bool rt_bytelock_orphaned(struct rt_thread *ts, int flags)
{
    return ts && !(flags & RT_PARK_INTERRUPTIBLE) && rt_load_relaxed(&ts->interp->finalizer) == ts &&
           ts->interp == rt_runtime.main;
}

void rt_bytelock_back_off(_Atomic uint8_t *l, uint8_t *v)
{
    for (int i = 0; i < 64; i++)
        rt_cpu_relax();
    *v = rt_load_relaxed(l);
}

static bool try_marked(_Atomic uint8_t *l, uint8_t mark)
{
    uint8_t v = rt_load_relaxed(l);
    return !(v & ~RT_LK_WAITERS) && rt_cas_acq_rel(l, &v, (uint8_t)(v | RT_LK_LOCKED | mark));
}

/*
 * Who releases wakes one waiter and takes the mark off, though others may wait: they are the business of
 * the one that has been woken, which puts the mark back with the lock or before it sleeps again. So while
 * it wakes up, which takes long, releasing costs nothing and wakes nobody else.
 */
enum rt_park_result rt_bytelock_acquire(struct rt_thread *ts, _Atomic uint8_t *l, int64_t deadline, int flags)
{
    uint8_t mark = 0;
    int again = 0;
    int64_t since = 0;
    for (;;) {
        if (try_marked(l, mark))
            return RT_PARK_OK;
        if (rt_spin(ts, flags & RT_PARK_SIGNAL ? RT_SPIN_SIGNAL : RT_SPIN_LOCK, locked, l) || !announce(l))
            continue;
        if (rt_unlikely(rt_bytelock_orphaned(ts, flags)))
            return RT_PARK_OK;
        if (!since)
            since = rt_monotonic_ns();
        enum rt_park_result r = rt_park_since(ts, l, still_locked, l, deadline, flags | again, since);
        if (r == RT_PARK_GIVEN)
            return RT_PARK_OK;
        if (r == RT_PARK_TIMEOUT || r == RT_PARK_INTR)
            return rt_bytelock_try(l) ? RT_PARK_OK : r;
        if (r == RT_PARK_OK)
            mark = RT_LK_WAITERS, again = RT_PARK_AGAIN;
    }
}

void rt_bytelock_wait(struct rt_thread *ts, _Atomic uint8_t *l, int flags)
{
    if (rt_spin(ts, RT_SPIN_LOCK, locked, l) || !announce(l))
        return;
    rt_park(ts, l, still_locked, l, -1, flags);
}

/* Nothing is given once the program ends: the one it would be given to might never run again. */
static void released(void *arg, struct rt_unparking *u)
{
    u->give = u->due && !(rt_runtime.main && rt_load_relaxed(&rt_runtime.main->finalizer));
    bool mark = u->more && (u->give || !u->takes);
    rt_store_release((_Atomic uint8_t *)arg, (uint8_t)((u->give ? RT_LK_LOCKED : 0) | (mark ? RT_LK_WAITERS : 0)));
}

void rt_bytelock_release_slow(_Atomic uint8_t *l)
{
    RT_ASSERT(rt_load_relaxed(l) & RT_LK_LOCKED);
    rt_unpark_one(l, released, l);
}

static void unshared(void *arg, struct rt_unparking *u)
{
    if (!u->more) /* another may have locked it since */
        (void)rt_and_acq_rel((_Atomic uint8_t *)arg, (uint8_t)~RT_LK_WAITERS);
}

void rt_bytelock_unshare_slow(_Atomic uint8_t *l) { rt_unpark_one(l, unshared, l); }

void rt_event_set(struct rt_event *e)
{
    rt_store_release(&e->set, 1);
    rt_unpark_all(e);
}

static bool not_set(void *arg) { return !rt_load_acquire(&((struct rt_event *)arg)->set); }

bool rt_event_wait(struct rt_thread *ts, struct rt_event *e, int64_t deadline, int flags)
{
    while (!rt_load_acquire(&e->set)) {
        enum rt_park_result r = rt_park(ts, e, not_set, e, deadline, flags);
        if (r == RT_PARK_TIMEOUT || r == RT_PARK_INTR)
            return rt_load_acquire(&e->set);
    }
    return true;
}

int rt_once_run(struct rt_thread *ts, struct rt_once *o, int (*fn)(struct rt_thread *ts, void *arg), void *arg)
{
    if (rt_load_acquire(&o->done))
        return 0;
    rt_bytelock_acquire(ts, &o->lock, -1, 0);
    int r = 0;
    if (!rt_load_acquire(&o->done)) {
        r = fn(ts, arg);
        if (r == 0)
            rt_store_release(&o->done, 1);
    }
    rt_bytelock_release(&o->lock);
    return r;
}

#if RT_DEBUG
static __thread uint32_t held; /* bit per rank */

void rt_rank_push(enum rt_rank r)
{
    if (held >> r)
        RT_FATAL("lock of rank %d taken while holding ranks %#x", (int)r, held);
    held |= 1u << r;
}
void rt_rank_pop(enum rt_rank r) { held &= ~(1u << r); }
bool rt_rank_none(void) { return held == 0; }
#endif
