/* SPDX-License-Identifier: MIT */
/* Byte locks, timeouts, events, once. */
#include "tests/low/support.h"

#include <unistd.h>

#include "core/sync/parking.h"

static struct rt_thread *ts;
static _Atomic uint8_t lock;
static int64_t counter; /* under lock */

static void add_many(struct rt_thread *t, void *arg)
{
    for (int i = 0; i < 20000; i++) {
        rt_bytelock_acquire(t, &lock, -1, 0);
        counter++;
        rt_bytelock_release(&lock);
        rt_safepoint(t);
    }
}

START_TEST(mutual_exclusion)
{
    counter = 0;
    test_threads(ts, 4, add_many, NULL);
    ck_assert_int_eq(counter, 80000);
    ck_assert_int_eq(rt_load_relaxed(&lock), 0);
}
END_TEST

START_TEST(timeout)
{
    ck_assert(rt_bytelock_try(&lock));
    int64_t t0 = rt_monotonic_ns();
    ck_assert_int_eq(rt_bytelock_acquire(ts, &lock, t0 + 20000000, 0), RT_PARK_TIMEOUT);
    int64_t dt = rt_monotonic_ns() - t0;
    ck_assert(dt >= 20000000 && dt < 500000000);
    rt_bytelock_release(&lock);
    ck_assert_int_eq(rt_load_relaxed(&lock), 0);
}
END_TEST

START_TEST(sharing)
{
    ck_assert(rt_bytelock_share(&lock) && rt_bytelock_share(&lock)); /* readers share it */
    ck_assert(!rt_bytelock_try(&lock));                              /* and keep a writer out */
    ck_assert_int_eq(rt_bytelock_acquire(ts, &lock, rt_monotonic_ns() + 1000000, 0), RT_PARK_TIMEOUT);
    ck_assert(!rt_bytelock_share(&lock)); /* somebody waits: no more readers before him */
    rt_bytelock_unshare(&lock);
    rt_bytelock_unshare(&lock);
    ck_assert_int_eq(rt_load_relaxed(&lock), 0);
    ck_assert(rt_bytelock_try(&lock) && !rt_bytelock_share(&lock));
    rt_bytelock_release(&lock);
    int n = 0;
    while (rt_bytelock_share(&lock))
        n++;
    ck_assert_int_eq(n, UINT8_MAX / RT_LK_READER);
    while (n--)
        rt_bytelock_unshare(&lock);
    ck_assert_int_eq(rt_load_relaxed(&lock), 0);
}
END_TEST

static int64_t pair[2]; /* equal outside of the lock */
static void write_or_read(struct rt_thread *t, void *arg)
{
    for (int i = 0; i < 20000; i++) {
        if (i % 4 && rt_bytelock_share(&lock)) {
            ck_assert_int_eq(pair[0], pair[1]);
            rt_bytelock_unshare(&lock);
        } else {
            rt_bytelock_acquire(t, &lock, -1, 0);
            pair[0]++;
            pair[1]++;
            rt_bytelock_release(&lock);
        }
        rt_safepoint(t);
    }
}
START_TEST(readers_and_writers)
{
    test_threads(ts, 4, write_or_read, NULL);
    ck_assert(pair[0] >= 20000 && pair[0] == pair[1]);
    ck_assert_int_eq(rt_load_relaxed(&lock), 0);
}
END_TEST

static struct rt_event go;
static _Atomic int woken;
static void wait_for_go(struct rt_thread *t, void *arg)
{
    rt_event_wait(t, &go, -1, 0);
    (void)rt_add_relaxed(&woken, 1);
}
static void give_go(struct rt_thread *t, void *arg)
{
    if (rt_add_relaxed((_Atomic int *)arg, 1) < 5) {
        wait_for_go(t, NULL);
    } else {
        rt_detach(t, RT_DETACH_SLEEP);
        usleep(10000);
        rt_attach(t);
        rt_event_set(&go);
    }
}
START_TEST(event)
{
    _Atomic int n = 0;
    test_threads(ts, 6, give_go, &n);
    ck_assert_int_eq(rt_load_relaxed(&woken), 5);
    ck_assert(rt_event_wait(ts, &go, 0, 0));
}
END_TEST

/* Two threads take turns, and whoever has waited has waited long. It cannot run for a while after a release: the lock that is
   given to it is nobody's use meanwhile, so the next ones must be left free for whoever comes. */
static _Atomic uint8_t in_turns;
static _Atomic int gifts, turns;
static void nap(struct rt_thread *t, int us)
{
    rt_detach(t, RT_DETACH_SLEEP);
    usleep((useconds_t)us);
    rt_attach(t);
}
static void take_turns(struct rt_thread *t, void *arg)
{
    enum { TURNS = 10 };
    for (bool last = false; !last;) {
        rt_bytelock_acquire(t, &in_turns, -1, 0);
        if ((last = rt_add_relaxed(&turns, 1) >= TURNS)) {
            rt_bytelock_release(&in_turns);
            return;
        }
        while (!(rt_load_acquire(&in_turns) & RT_LK_WAITERS))
            nap(t, 1000);
        nap(t, 4000);
        rt_stop_world(t, RT_SCOPE_INTERP);
        rt_bytelock_release(&in_turns);
        (void)rt_add_relaxed(&gifts, rt_load_acquire(&in_turns) & RT_LK_LOCKED ? 1 : 0);
        usleep(20000);
        rt_start_world(t, RT_SCOPE_INTERP);
        nap(t, 1000); /* the other one's turn */
    }
}
START_TEST(late_gifts)
{
    rt_parking_after_fork(); /* nothing has been given yet */
    test_threads(ts, 2, take_turns, NULL);
    int n = rt_load_relaxed(&gifts);
    ck_assert(n >= 1 && n <= 3); /* not all ten; where everything takes long there is time for a second */
    ck_assert_int_eq(rt_load_relaxed(&in_turns), 0);
}
END_TEST

static struct rt_once once;
static _Atomic int runs;
static int first_fails(struct rt_thread *t, void *arg)
{
    return rt_add_relaxed(&runs, 1) == 0 ? -1 : 0;
}
static void call_once(struct rt_thread *t, void *arg)
{
    while (rt_once_run(t, &once, first_fails, NULL) != 0)
        ;
}
START_TEST(once_only)
{
    test_threads(ts, 4, call_once, NULL);
    ck_assert_int_eq(rt_load_relaxed(&runs), 2);
}
END_TEST

int main(void)
{
    ts = test_start();
    Suite *s = suite_create("sync");
    TCase *t = tcase_create("sync");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, mutual_exclusion);
    tcase_add_test(t, timeout);
    tcase_add_test(t, sharing);
    tcase_add_test(t, readers_and_writers);
    tcase_add_test(t, event);
    tcase_add_test(t, late_gifts);
    tcase_add_test(t, once_only);
    suite_add_tcase(s, t);
    return test_main(s);
}
