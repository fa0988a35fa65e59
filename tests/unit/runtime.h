/* SPDX-License-Identifier: MIT */
/*
 * Fixture of the unit tests that need a running runtime, but no library: types and names are ready,
 * nothing is imported. Each test starts one in a process of its own (Check forks), for the backend in
 * UNIT_BACKEND; main() of a test runs all tests once for every backend.
 */
#ifndef TESTS_UNIT_RUNTIME_H
#define TESTS_UNIT_RUNTIME_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc/alloc.h"
#include "core/object/instance.h"
#include "core/object/native.h"
#include "core/seam/backend.h"
#include "core/sync/mutex.h"
#include "core/thread/runtime.h"
#include "gc/gc.h"

static const char *unit_backend = "gil";

/* Interpreter, thread, heap and locks, no types. */
static struct rt_thread *unit_start_bare(void)
{
    rt_runtime_init(unit_backend, NULL);
    struct rt_interp *in = rt_interp_new();
    struct rt_thread *ts = in ? rt_thread_new(in) : NULL;
    ck_assert_ptr_nonnull(ts);
    rt_thread_bind(ts);
    rt_attach(ts);
    return ts;
}

static inline struct rt_thread *unit_start(void)
{
    struct rt_thread *ts = unit_start_bare();
    rt_object_init_early(ts);
    rt_str_init(ts);
    ck_assert_int_eq(rt_object_init(ts), 0);
    ck_assert_int_eq(rt_gc_init(ts), 0);
    return ts;
}

/* Runs body(ts, arg) on n threads of ts's interpreter and waits for all of them. */
struct unit_job {
    void (*body)(struct rt_thread *ts, int number, void *arg);
    void *arg;
    int number;
    struct rt_event done;
    struct unit_job *before; /* those of an earlier call */
};

static void unit_run_job(struct rt_thread *ts, void *p)
{
    struct unit_job *job = p;
    job->body(ts, job->number, job->arg);
    rt_event_set(&job->done);
}

static void unit_threads(struct rt_thread *ts, int n, void (*body)(struct rt_thread *, int, void *), void *arg)
{
    static struct unit_job *last; /* never freed: a thread may still be on its way out of rt_event_set */
    struct unit_job *jobs = calloc((size_t)n, sizeof *jobs);
    struct unit_job *before = last;
    last = jobs;
    for (int i = 0; i < n; i++) {
        jobs[i] = (struct unit_job){.body = body, .arg = arg, .number = i, .before = before};
        struct rt_thread *other = rt_thread_new(ts->interp);
        ck_assert_ptr_nonnull(other);
        ck_assert_int_eq(rt_thread_spawn(other, unit_run_job, &jobs[i], 0), 0);
    }
    for (int i = 0; i < n; i++)
        ck_assert(rt_event_wait(ts, &jobs[i].done, -1, 0));
}

/* Did the object die? Its header stays readable: see core/base/object.h. */
static inline bool unit_is_dead(struct rt_object *o)
{
    return (rt_load_acquire(&o->shared) & RT_SH_STATE) == RT_SH_DEAD;
}

static int unit_main(const char *name, void (*add)(TCase *))
{
    static const char *const backends[] = {"gil", "nogil", "subinterp", "checked:gil", "checked:nogil"};
    const char *only = getenv("PYRT_BACKEND");
    int failed = 0;
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        unit_backend = backends[i];
        if (only && strcmp(only, unit_backend))
            continue;
        char title[80];
        snprintf(title, sizeof title, "%s on %s", name, unit_backend);
        Suite *suite = suite_create(title);
        TCase *tc = tcase_create(title);
        tcase_set_timeout(tc, 60);
        add(tc);
        suite_add_tcase(suite, tc);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed += srunner_ntests_failed(runner);
        srunner_free(runner);
    }
    return failed != 0;
}

#endif
