/* SPDX-License-Identifier: MIT */
/* The parking lot and what stands on it: byte locks, events, once; time-outs; nobody is forgotten. */
#include "tests/unit/runtime.h"

#include <time.h>

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static _Atomic uint8_t lock;
static int64_t counter;

static void count(struct rt_thread *ts, int number, void *arg)
{
    for (int i = 0; i < 5000; i++) {
        if (rt_bytelock_acquire(ts, &lock, -1, 0) != RT_PARK_OK)
            abort();
        counter++;
        if (i % 100 == 0 && rt_safepoint(ts) < 0)
            abort();
        rt_bytelock_release(&lock);
    }
}

START_TEST(a_lock_excludes)
{
    unit_threads(unit_start_bare(), 6, count, NULL);
    ck_assert_int_eq(counter, 30000);
    ck_assert_uint_eq(rt_load_relaxed(&lock), 0);
}
END_TEST

START_TEST(waiting_ends_in_time)
{
    struct rt_thread *ts = unit_start_bare();
    ck_assert(rt_bytelock_try(&lock));
    ck_assert(!rt_bytelock_try(&lock));
    int64_t start = now_ns();
    ck_assert_int_eq(rt_bytelock_acquire(ts, &lock, start + 30000000, 0), RT_PARK_TIMEOUT);
    ck_assert_int_ge(now_ns() - start, 29000000);
    rt_bytelock_release(&lock);
    ck_assert(rt_bytelock_try(&lock));
    rt_bytelock_release(&lock);
    struct rt_event e = {0};
    ck_assert(!rt_event_wait(ts, &e, now_ns() + 1000000, 0));
    rt_event_set(&e);
    ck_assert(rt_event_wait(ts, &e, -1, 0));
}
END_TEST

static struct rt_once once;
static _Atomic int tries, done;

static int do_once(struct rt_thread *ts, void *arg)
{
    return rt_add_relaxed(&tries, 1) < 2 ? -1 : (rt_add_relaxed(&done, 1), 0); /* fails twice */
}

static void ask(struct rt_thread *ts, int number, void *arg)
{
    while (rt_once_run(ts, &once, do_once, NULL) < 0)
        ;
    if (rt_load_acquire(&done) != 1)
        abort();
}

START_TEST(once_is_once)
{
    unit_threads(unit_start_bare(), 8, ask, NULL);
    ck_assert_int_eq(rt_load_relaxed(&done), 1);
    ck_assert_int_eq(rt_load_relaxed(&tries), 3);
}
END_TEST

static _Atomic int ball;

static bool not_mine(void *arg)
{
    return rt_load_acquire(&ball) % 2 != (int)(intptr_t)arg;
}

static void play(struct rt_thread *ts, int number, void *arg)
{
    for (int i = 0; i < 2000; i++) {
        while (not_mine((void *)(intptr_t)number))
            rt_park(ts, (char *)&ball + number, not_mine, (void *)(intptr_t)number, now_ns() + 1000000000, 0);
        rt_add_acq_rel(&ball, 1);
        rt_unpark_one((char *)&ball + (1 - number), NULL, NULL);
    }
}

START_TEST(threads_wake_each_other)
{
    unit_threads(unit_start_bare(), 2, play, NULL);
    ck_assert_int_eq(rt_load_relaxed(&ball), 4000);
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, a_lock_excludes);
    tcase_add_test(tc, waiting_ends_in_time);
    tcase_add_test(tc, once_is_once);
    tcase_add_test(tc, threads_wake_each_other);
}

int main(void)
{
    return unit_main("locks", add_tests);
}
