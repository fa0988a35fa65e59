/* SPDX-License-Identifier: MIT */
/* Reference counts: own, foreign, merged, deferred, immortal; deferred reclamation; stopping the world. */
#include "tests/unit/runtime.h"

START_TEST(own_counts)
{
    struct rt_thread *ts = unit_start();
    rt_value l = rt_list_new(ts, 0);
    struct rt_object *o = rt_ptr(l);
    ck_assert_uint_eq(o->local, 1);
    ck_assert(rt_object_is_unique(ts, o));
    rt_value again = rt_newref(ts, l);
    ck_assert_uint_eq(o->local, 2);
    ck_assert(!rt_object_is_unique(ts, o) && rt_is(l, again));
    rt_decref(ts, again);
    rt_decref(ts, rt_borrowed(l)); /* uncounted: nothing happens */
    ck_assert_uint_eq(o->local, 1);
    ck_assert(!unit_is_dead(o));
    rt_decref(ts, l);
    ck_assert(unit_is_dead(o));
}
END_TEST

START_TEST(containers_hold_references)
{
    struct rt_thread *ts = unit_start();
    rt_value inner = rt_list_new(ts, 0), outer = rt_list_new(ts, 0);
    struct rt_object *o = rt_ptr(inner);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(rt_list_append(ts, outer, inner), 0);
    ck_assert_uint_eq(o->local, 6);
    rt_decref(ts, inner);
    rt_decref(ts, outer);
    ck_assert(unit_is_dead(o));
}
END_TEST

struct shared {
    rt_value v;
    _Atomic int bad;
};

static void take_and_drop(struct rt_thread *ts, int number, void *arg)
{
    struct shared *s = arg;
    rt_value kept[16];
    for (int round = 0; round < 2000; round++) {
        for (int i = 0; i < 16; i++)
            kept[i] = rt_newref(ts, s->v);
        if (unit_is_dead(rt_ptr(s->v)))
            rt_store_relaxed(&s->bad, 1);
        for (int i = 0; i < 16; i++)
            rt_decref(ts, kept[i]);
        if (round % 64 == 0 && rt_safepoint(ts) < 0)
            rt_store_relaxed(&s->bad, 1);
    }
}

START_TEST(foreign_counts_balance)
{
    struct rt_thread *ts = unit_start();
    struct shared s = {.v = rt_list_new(ts, 0)};
    struct rt_object *o = rt_ptr(s.v);
    unit_threads(ts, 4, take_and_drop, &s);
    ck_assert_int_eq(s.bad, 0);
    ck_assert(!unit_is_dead(o));
    rt_decref(ts, s.v);
    for (int i = 0; i < 100 && !unit_is_dead(o); i++) {
        rt_safepoint_backend(ts);
        if (rt_load_relaxed(&o->flags) & RT_OF_DEFERRED)
            rt_gc_collect(ts, 2); /* shared so much that it became deferred: the collector's business */
    }
    ck_assert(unit_is_dead(o));
}
END_TEST

static void make_one(struct rt_thread *ts, int number, void *arg)
{
    ((struct shared *)arg)->v = rt_list_new(ts, 0);
}

START_TEST(objects_outlive_their_thread)
{
    struct rt_thread *ts = unit_start();
    for (int i = 0; i < 50; i++) {
        struct shared s = {.v = RT_NULL};
        unit_threads(ts, 1, make_one, &s);
        struct rt_object *o = rt_ptr(s.v);
        ck_assert(!unit_is_dead(o));
        ck_assert_int_eq(rt_list_append(ts, s.v, rt_int_imm(i)), 0);
        ck_assert_uint_eq(rt_list_len(s.v), 1);
        rt_value again = rt_newref(ts, s.v);
        rt_decref(ts, s.v);
        ck_assert(!unit_is_dead(o));
        rt_decref(ts, again);
    }
}
END_TEST

START_TEST(deferred_and_immortal)
{
    struct rt_thread *ts = unit_start();
    rt_value l = rt_list_new(ts, 0);
    struct rt_object *o = rt_ptr(l);
    l = rt_defer(ts, l);
    ck_assert(!rt_is_counted(l) && (rt_load_relaxed(&o->flags) & RT_OF_DEFERRED));
    for (int i = 0; i < 10; i++)
        rt_decref(ts, rt_newref(ts, l));
    ck_assert(!unit_is_dead(o));
    rt_value name = rt_str_intern_cstr(ts, "a_name_of_the_test");
    ck_assert(!rt_is_counted(name) && rt_is(name, rt_str_intern_cstr(ts, "a_name_of_the_test")));
    for (int i = 0; i < 10; i++)
        rt_decref(ts, name);
    ck_assert(rt_str_eq_cstr(name, "a_name_of_the_test"));
}
END_TEST

static _Atomic int released;
static void release_one(void *p)
{
    rt_add_relaxed(&released, 1);
    rt_raw_free(p);
}

static void stay_busy(struct rt_thread *ts, int number, void *arg)
{
    for (int i = 0; i < 20000; i++)
        if (rt_safepoint(ts) < 0)
            abort();
}

static void retire_many(struct rt_thread *ts, int number, void *arg)
{
    if (number) {
        stay_busy(ts, number, arg);
        return;
    }
    for (int i = 0; i < 2000; i++) {
        rt_retire(ts, rt_raw_malloc(4096), 4096, release_one);
        if (rt_safepoint(ts) < 0)
            abort();
    }
}

START_TEST(retired_memory_comes_back)
{
    struct rt_thread *ts = unit_start();
    unit_threads(ts, 3, retire_many, NULL);
    for (int i = 0; i < 1000 && rt_load_relaxed(&released) < 2000; i++) {
        rt_safepoint_backend(ts);
        rt_retire(ts, rt_raw_malloc(1 << 20), 1 << 20, NULL); /* over the byte budget: drives a grace period */
        rt_detach(ts, RT_DETACH_SLEEP);
        rt_attach(ts);
    }
    ck_assert_int_eq(rt_load_relaxed(&released), 2000);
}
END_TEST

static _Atomic int running, stops_seen;
static void loop_until_told(struct rt_thread *ts, int number, void *arg)
{
    _Atomic int *stop = arg;
    while (!rt_load_acquire(stop)) {
        rt_add_relaxed(&running, 1);
        if (rt_safepoint(ts) < 0)
            abort();
    }
}

static void stop_often(struct rt_thread *ts, int number, void *arg)
{
    if (number >= 2) {
        loop_until_told(ts, number, arg);
        return;
    }
    for (int i = 0; i < 300; i++) {
        rt_stop_world(ts, RT_SCOPE_INTERP);
        int before = rt_load_relaxed(&running);
        for (volatile int k = 0; k < 2000; k++)
            ;
        if (rt_load_relaxed(&running) != before)
            rt_add_relaxed(&stops_seen, 1000000); /* somebody ran while the world stood still */
        rt_add_relaxed(&stops_seen, 1);
        rt_start_world(ts, RT_SCOPE_INTERP);
    }
    if (rt_add_relaxed(&stops_seen, 0) >= 600)
        rt_store_release((_Atomic int *)arg, 1);
}

START_TEST(the_world_stops)
{
    struct rt_thread *ts = unit_start();
    _Atomic int stop = 0;
    unit_threads(ts, 5, stop_often, (void *)&stop);
    ck_assert_int_eq(rt_load_relaxed(&stops_seen), 600);
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, own_counts);
    tcase_add_test(tc, containers_hold_references);
    tcase_add_test(tc, foreign_counts_balance);
    tcase_add_test(tc, objects_outlive_their_thread);
    tcase_add_test(tc, deferred_and_immortal);
    tcase_add_test(tc, retired_memory_comes_back);
    tcase_add_test(tc, the_world_stops);
}

int main(void)
{
    return unit_main("counts", add_tests);
}
