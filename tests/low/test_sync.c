/* SPDX-License-Identifier: MIT */
/* Byte locks, timeouts, events, once. */
#include "tests/low/support.h"

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
    tcase_add_test(t, event);
    tcase_add_test(t, once_only);
    suite_add_tcase(s, t);
    return test_main(s);
}
