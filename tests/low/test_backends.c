/* SPDX-License-Identifier: MIT */
/* Conformance of a backend's table: the rules, the legal transitions, and that `checked:` stops illegal ones. */
#include "tests/low/support.h"

#include <stdlib.h>
#include <sys/wait.h>

static struct rt_thread *ts;

START_TEST(table_is_valid)
{
    /* Installed means that it passed; here every operation has been filled in. */
#define FILLED(op, required) ck_assert_ptr_nonnull((void *)rt_be.op);
    RT_BACKEND_OPS(FILLED)
#undef FILLED
}
END_TEST

START_TEST(broken_tables_are_named)
{
    FILE *null = fopen("/dev/null", "w");
    struct rt_backend b = rt_be;
    b.attach = NULL;
    ck_assert_int_ge(rt_backend_validate(&b, null), 1);
    b = rt_be;
    b.abi++;
    ck_assert_int_ge(rt_backend_validate(&b, null), 1);
    b = rt_be;
    b.caps |= RT_BE_PARALLEL;
    b.cs_begin = NULL;
    b.cs_end = NULL;
    ck_assert_int_ge(rt_backend_validate(&b, null), 1);
    fclose(null);
}
END_TEST

START_TEST(legal_transitions)
{
    rt_safepoint_slow(ts);
    rt_detach(ts, RT_DETACH_YIELD);
    ck_assert(!rt_is_attached(ts));
    rt_attach(ts);
    ck_assert(rt_is_attached(ts));
    rt_stop_world(ts, RT_SCOPE_PROCESS);
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_start_world(ts, RT_SCOPE_INTERP);
    rt_start_world(ts, RT_SCOPE_PROCESS);
    rt_request(ts, RT_BRK_DROP | RT_BRK_QUIESCE | RT_BRK_MERGE | RT_BRK_STOP);
    ck_assert_int_eq(rt_safepoint(ts), 0);
    rt_breaker_clear(ts, RT_BRK_STOP);
    rt_value v = node_new(ts);
    rt_revive(ts, rt_ptr(v));
    ck_assert(rt_die_again(ts, rt_ptr(v)));
    rt_object_dealloc(ts, rt_ptr(v));
}
END_TEST

/* Runs an illegal act in a child under checked:NAME; it must end with a fatal error. */
static bool is_fatal(void (*act)(struct rt_thread *))
{
    fflush(NULL);
    pid_t p = fork();
    if (p == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        struct rt_backend copy = rt_be;
        rt_backend_wrap_checked(&copy);
        rt_be = copy;
        act(ts);
        _exit(0);
    }
    int st;
    waitpid(p, &st, 0);
    return WIFSIGNALED(st);
}
static void attach_twice(struct rt_thread *t) { rt_be.attach(t); }
static void detach_twice(struct rt_thread *t)
{
    rt_be.detach(t);
    rt_be.detach(t);
}
static void start_without_stop(struct rt_thread *t) { rt_be.start(t, RT_SCOPE_INTERP); }
static void stop_twice(struct rt_thread *t)
{
    rt_be.stop(t, RT_SCOPE_INTERP);
    rt_be.stop(t, RT_SCOPE_INTERP);
}
static void other_scope(struct rt_thread *t)
{
    rt_be.stop(t, RT_SCOPE_INTERP);
    rt_be.start(t, RT_SCOPE_PROCESS);
}
static void gc_while_running(struct rt_thread *t) { rt_be.gc_begin(t, RT_SCOPE_INTERP); }
static void retire_detached(struct rt_thread *t)
{
    rt_be.detach(t);
    rt_be.retire(t, malloc(1), 1, NULL);
}
static void own_as_foreign(struct rt_thread *t) { rt_be.decref_foreign(t, rt_ptr(node_new(t))); }
static void wrong_end(struct rt_thread *t)
{
    struct rt_cs a, b;
    struct rt_object *o = rt_ptr(node_new(t));
    rt_be.cs_begin(t, &a, o, NULL);
    rt_be.cs_begin(t, &b, o, NULL);
    rt_be.cs_end(t, &a);
}
static void nothing_wrong(struct rt_thread *t)
{
    rt_be.stop(t, RT_SCOPE_INTERP);
    rt_be.start(t, RT_SCOPE_INTERP);
}
START_TEST(illegal_transitions)
{
    ck_assert(!is_fatal(nothing_wrong));
    ck_assert(is_fatal(attach_twice));
    ck_assert(is_fatal(detach_twice));
    ck_assert(is_fatal(start_without_stop));
    ck_assert(is_fatal(stop_twice));
    ck_assert(is_fatal(other_scope));
    ck_assert(is_fatal(gc_while_running));
    ck_assert(is_fatal(retire_detached));
    ck_assert(is_fatal(own_as_foreign));
    ck_assert(is_fatal(wrong_end));
}
END_TEST

int main(void)
{
    ts = test_start();
    Suite *s = suite_create("backends");
    TCase *t = tcase_create("backends");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, table_is_valid);
    tcase_add_test(t, broken_tables_are_named);
    tcase_add_test(t, legal_transitions);
    tcase_add_test(t, illegal_transitions);
    suite_add_tcase(s, t);
    return test_main(s);
}
