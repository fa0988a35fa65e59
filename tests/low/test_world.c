/* SPDX-License-Identifier: MIT */
/* Stop-the-world, hand-over of interpreter locks, fork, many threads, interpreters. */
#include "tests/low/support.h"

#include <sys/wait.h>

static struct rt_thread *ts;

static void stoppers(struct rt_thread *t, void *arg)
{
    for (int i = 0; i < 2000; i++) {
        if (i % 10 == (int)(t->id % 10)) {
            rt_stop_world(t, i % 20 < 10 ? RT_SCOPE_INTERP : RT_SCOPE_PROCESS);
            for (struct rt_thread *o = t->interp->threads; o; o = o->next)
                if (o != t && rt_be.is_attached(o))
                    RT_FATAL("somebody runs in a stopped world");
            rt_start_world(t, i % 20 < 10 ? RT_SCOPE_INTERP : RT_SCOPE_PROCESS);
        } else if (i % 7 == 0) {
            rt_detach(t, RT_DETACH_YIELD);
            rt_attach(t);
        }
        rt_safepoint(t);
    }
}
START_TEST(stop_and_start)
{
    test_threads(ts, 6, stoppers, NULL);
    ck_assert_int_eq(rt_load_relaxed(&ts->interp->stopped), 0);
}
END_TEST

/* One thread looks up but once in a while, as in long native calls, and must not run on when asked to stop: the stopper
   sleeps by then, and would come too late for the moment in which it is detached. */
static _Atomic int worlds, looking;
static void rare_looks(struct rt_thread *t, void *arg)
{
    enum { STOPS = 50 };
    if (rt_add_relaxed(&looking, 1) == 0) {
        while (rt_load_acquire(&worlds) < STOPS) {
            for (int64_t end = rt_monotonic_ns() + 500000; rt_monotonic_ns() < end;)
                rt_cpu_relax();
            int before = rt_load_acquire(&worlds);
            bool asked = rt_load_acquire(&t->breaker) & RT_BRK_STOP;
            rt_safepoint(t);
            if (asked && rt_load_acquire(&worlds) == before)
                RT_FATAL("a thread that was asked to stop has not stopped");
        }
        return;
    }
    for (int i = 0; i < STOPS; i++) {
        rt_stop_world(t, RT_SCOPE_INTERP);
        (void)rt_add_acq_rel(&worlds, 1);
        rt_start_world(t, RT_SCOPE_INTERP);
        rt_safepoint(t);
    }
}
START_TEST(stop_of_the_busy)
{
    test_threads(ts, 2, rare_looks, NULL);
    ck_assert_int_eq(rt_load_relaxed(&worlds), 50);
}
END_TEST

static void nothing(struct rt_thread *t, void *arg) { (void)rt_add_relaxed((_Atomic int *)arg, 1); }
START_TEST(many_threads)
{
    _Atomic int n = 0;
    for (int i = 0; i < 20; i++)
        test_threads(ts, 100, nothing, &n);
    ck_assert_int_eq(rt_load_relaxed(&n), 2000);
    ck_assert_int_eq(rt_load_relaxed(&ts->mt), 0);
}
END_TEST

static _Atomic int spinning, returned;
static void spin_or_sleep(struct rt_thread *t, void *arg)
{
    if (rt_add_relaxed(&spinning, 1) == 0) {
        for (int64_t end = rt_monotonic_ns() + 300000000; rt_monotonic_ns() < end;)
            rt_safepoint(t);
        return;
    }
    for (int i = 0; i < 100; i++) {
        rt_detach(t, RT_DETACH_IO);
        usleep(500);
        rt_attach(t);
        (void)rt_add_relaxed(&returned, 1);
    }
}
START_TEST(io_credit)
{
    test_threads(ts, 2, spin_or_sleep, NULL); /* how fast it comes back is measured by tests/bench, not here */
    ck_assert_int_eq(rt_load_relaxed(&returned), 100);
}
END_TEST

static void work_and_hold(struct rt_thread *t, void *arg)
{
    while (rt_load_relaxed((_Atomic int *)arg)) {
        rt_decref(t, node_new(t));
        rt_safepoint(t);
    }
}
static void fork_under_load(struct rt_thread *t, void *arg)
{
    static _Atomic int first;
    if (rt_add_relaxed(&first, 1)) {
        work_and_hold(t, arg);
        return;
    }
    for (int i = 0; i < 10; i++) {
        rt_fork_prepare(t);
        pid_t p = fork();
        if (p == 0) {
            rt_fork_child(t);
            for (int k = 0; k < 1000; k++)
                rt_decref(t, node_new(t));
            rt_detach(t, RT_DETACH_YIELD);
            rt_attach(t);
            _exit(rt_load_relaxed(&t->interp->nthreads) == 1 ? 7 : 8);
        }
        rt_fork_parent(t);
        int st;
        rt_detach(t, RT_DETACH_NATIVE);
        waitpid(p, &st, 0);
        rt_attach(t);
        if (!WIFEXITED(st) || WEXITSTATUS(st) != 7)
            RT_FATAL("child ended with %#x", st);
    }
    rt_store_relaxed((_Atomic int *)arg, 0);
}
START_TEST(forking)
{
    _Atomic int on = 1;
    test_threads(ts, 4, fork_under_load, &on);
}
END_TEST

START_TEST(interpreters)
{
    for (int i = 0; i < 50; i++) {
        struct rt_interp *in = rt_interp_new();
        ck_assert_ptr_nonnull(in);
        struct rt_thread *t = rt_thread_new(in);
        rt_detach(ts, RT_DETACH_NATIVE);
        rt_thread_bind(t);
        rt_attach(t);
        rt_value v[100];
        for (int k = 0; k < 100; k++)
            v[k] = node_new(t);
        for (int k = 0; k < 100; k++)
            rt_decref(t, v[k]);
        rt_interp_delete(t);
        rt_thread_bind(ts);
        rt_attach(ts);
    }
}
END_TEST

static int call_count;
static int pending_call(struct rt_thread *t, void *arg)
{
    call_count++;
    return 0;
}
START_TEST(breaker)
{
    ck_assert_uint_eq(rt_load_relaxed(&ts->breaker), 0);
    rt_pending_add(ts->interp, pending_call, NULL);
    ck_assert_uint_eq(rt_load_relaxed(&ts->breaker), RT_BRK_CALLS);
    ck_assert_int_eq(rt_safepoint(ts), 0);
    ck_assert_int_eq(call_count, 1);
    ck_assert_uint_eq(rt_load_relaxed(&ts->breaker), 0);
}
END_TEST

int main(void)
{
    ts = test_start();
    Suite *s = suite_create("world");
    TCase *t = tcase_create("world");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, breaker);
    tcase_add_test(t, stop_and_start);
    tcase_add_test(t, stop_of_the_busy);
    tcase_add_test(t, many_threads);
    tcase_add_test(t, io_credit);
    tcase_add_test(t, forking);
    tcase_add_test(t, interpreters);
    suite_add_tcase(s, t);
    return test_main(s);
}
