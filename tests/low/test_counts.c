/* SPDX-License-Identifier: MIT */
/* Counts across threads: hand-over, shared slots under fire, adaptive deferral, grace periods, sections. */
#include "tests/low/support.h"

#include <sched.h>
#include <stdlib.h>
#include <time.h>

static struct rt_thread *ts;

enum { NSLOTS = 16 };
static struct rt_object table_owner; /* a container by name only */
static rt_slot table[NSLOTS];

static uint32_t next_random(uint32_t *x) { return *x = *x * 1664525u + 1013904223u; }

/* Everybody reads, replaces and drops nodes in the shared table. */
static void churn(struct rt_thread *t, void *arg)
{
    uint32_t x = (uint32_t)t->id * 7919;
    for (int i = 0; i < 30000; i++) {
        rt_slot *s = &table[next_random(&x) >> 16 & (NSLOTS - 1)];
        switch (next_random(&x) >> 20 & 3) {
        case 0:
            rt_slot_set(t, s, node_new(t));
            break;
        case 1: { /* a chain: node -> what was in another slot */
            rt_value n = node_new(t), v = rt_slot_get(t, &table_owner, s);
            rt_slot_init(&as_node(n)->a, RT_NULL);
            if (rt_is_ptr(v) && rt_is_null(rt_slot_peek(&as_node(v)->a)))
                rt_slot_init(&as_node(n)->a, v);
            else
                rt_decref(t, v);
            rt_slot_set(t, s, n);
            break;
        }
        default: {
            rt_value v = rt_slot_get(t, &table_owner, s);
            if (rt_is_ptr(v)) {
                if ((uint32_t)as_node(v)->check != NODE_CHECK)
                    RT_FATAL("dead node read");
                rt_value w = rt_newref(t, v);
                rt_decref(t, v);
                rt_decref(t, w);
            }
        }
        }
        if ((i & 15) == 0)
            rt_safepoint(t);
    }
}

static int deferred_only(struct rt_object *o, void *arg)
{
    if (!(rt_object_flags(o) & RT_OF_DEFERRED))
        ++*(int *)arg;
    return 0;
}

START_TEST(shared_table)
{
    test_threads(ts, 4, churn, NULL);
    for (int i = 0; i < NSLOTS; i++)
        rt_slot_set(ts, &table[i], RT_NULL);
    for (int i = 0; i < 10; i++) {
        rt_breaker_set(ts, RT_BRK_MERGE | RT_BRK_QUIESCE);
        rt_safepoint(ts);
    }
    /* What became deferred waits for a collector; all else is gone. */
    int counted = 0;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_be.gc_begin(ts, RT_SCOPE_INTERP);
    rt_be.gc_end(ts, RT_SCOPE_INTERP);
    rt_start_world(ts, RT_SCOPE_INTERP);
    rt_safepoint(ts);
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_heap_walk_stw(ts->interp, deferred_only, &counted);
    int broken = rt_be.verify(ts->interp, stderr);
    rt_start_world(ts, RT_SCOPE_INTERP);
    ck_assert_int_eq(broken, 0);
    if (!rt_backend_has(RT_BE_PARALLEL))
        ck_assert_int_eq(counted, 0);
}
END_TEST

/* One makes, the other drops: prompt death, bounded memory. */
static _Atomic(uint64_t) mailbox;
/* Long enough for another thread to take an interpreter's lock. */
static void let_others_run(struct rt_thread *t)
{
    rt_detach(t, RT_DETACH_YIELD);
    nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
    rt_attach(t);
}
static void producer(struct rt_thread *t)
{
    for (int i = 0; i < 20000; i++) {
        rt_value n = node_new(t);
        while (rt_load_acquire(&mailbox))
            let_others_run(t);
        rt_store_release(&mailbox, n.bits);
    }
}
static void consumer(struct rt_thread *t)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t w;
        while (!(w = rt_xchg_acq_rel(&mailbox, 0)))
            let_others_run(t);
        rt_decref(t, RT_VALUE(w));
        rt_safepoint(t);
    }
}
static void pair(struct rt_thread *t, void *arg)
{
    if (rt_add_relaxed((_Atomic int *)arg, 1) == 0)
        producer(t);
    else
        consumer(t);
}
START_TEST(hand_over)
{
    int64_t before = rt_load_relaxed(&nodes_alive);
    _Atomic int n = 0;
    test_threads(ts, 2, pair, &n);
    rt_safepoint(ts);
    ck_assert_int_eq(rt_load_relaxed(&nodes_alive), before);
}
END_TEST

static rt_slot hot;
static void read_hot(struct rt_thread *t, void *arg)
{
    bool adapts = rt_backend_has(RT_BE_PARALLEL);
    for (int i = 0; i < (adapts ? 5000000 : 50000); i++) {
        rt_value v = rt_slot_get(t, &table_owner, &hot);
        if (adapts && !rt_is_counted(v))
            break;
        rt_decref(t, v);
        rt_safepoint(t);
    }
}
START_TEST(adaptive_deferral)
{
    rt_slot_set(ts, &hot, node_new(ts));
    struct rt_object *o = rt_ptr(rt_slot_peek(&hot));
    test_threads(ts, 3, read_hot, NULL);
    if (rt_backend_has(RT_BE_PARALLEL))
        ck_assert(!rt_is_counted(rt_slot_peek(&hot)) && (rt_object_flags(o) & RT_OF_DEFERRED));
    else
        ck_assert_int_eq(rt_refcount(o), 1);
    rt_slot_set(ts, &hot, RT_NULL);
}
END_TEST

/* A single foreign reader: what has outlived a collection, and what holds nothing, is soon deferred; a message on its way is not. */
enum { OLD, LEAF, MESSAGE, READ };
static void read_each(struct rt_thread *t, void *arg)
{
    rt_slot *slots = arg;
    for (int i = 0; i < 64; i++)
        for (int k = 0; k < READ; k++)
            rt_decref(t, rt_slot_get(t, &table_owner, &slots[k]));
}
START_TEST(soon_deferred)
{
    rt_slot slots[READ];
    struct rt_object *o[READ];
    for (int i = 0; i < READ; i++) {
        rt_slot_init(&slots[i], node_new(ts));
        o[i] = rt_ptr(rt_slot_peek(&slots[i]));
        if (i != LEAF)
            rt_object_set_flag(o[i], RT_OF_GC);
    }
    rt_object_set_flag(o[OLD], RT_OF_MIDDLE);
    test_threads(ts, 1, read_each, slots);
    ck_assert(!(rt_object_flags(o[MESSAGE]) & RT_OF_DEFERRED));
    if (rt_backend_has(RT_BE_PARALLEL)) {
        ck_assert(rt_object_flags(o[OLD]) & RT_OF_DEFERRED);
        ck_assert(rt_object_flags(o[LEAF]) & RT_OF_DEFERRED);
    }
    for (int i = 0; i < READ; i++)
        rt_slot_set(ts, &slots[i], RT_NULL);
}
END_TEST

/* Drops of a blocked owner's objects are not held back. */
static rt_value *many;
static void drop_many(struct rt_thread *t, void *arg)
{
    for (int i = 0; i < 10000; i++)
        rt_decref(t, many[i]);
    if (rt_load_relaxed(&nodes_alive) != *(int64_t *)arg)
        RT_FATAL("a blocked owner holds memory: %lld", (long long)rt_load_relaxed(&nodes_alive));
}
START_TEST(blocked_owner)
{
    int64_t before = rt_load_relaxed(&nodes_alive);
    many = malloc(10000 * sizeof *many);
    for (int i = 0; i < 10000; i++)
        many[i] = node_new(ts);
    test_threads(ts, 1, drop_many, &before);
    ck_assert_int_eq(rt_load_relaxed(&nodes_alive), before);
    free(many);
}
END_TEST

/* Retired arrays are not freed under a reader. */
struct array {
    uint64_t check;
    uint64_t pad[30];
};
static struct array *_Atomic current;
static _Atomic int64_t arrays;
static void free_array(void *p)
{
    memset(p, 0xdd, sizeof(struct array));
    free(p);
    (void)rt_sub_relaxed(&arrays, 1);
}
static void swap_arrays(struct rt_thread *t, void *arg)
{
    for (int i = 0; i < 20000; i++) {
        if (t->id & 1) {
            struct array *a = malloc(sizeof *a);
            a->check = NODE_CHECK;
            (void)rt_add_relaxed(&arrays, 1);
            struct array *old = rt_xchg_acq_rel(&current, a);
            if (old)
                rt_retire(t, old, 4096, free_array);
        } else {
            struct array *a = rt_load_acquire(&current);
            if (a && a->check != NODE_CHECK)
                RT_FATAL("read a freed array");
        }
        rt_safepoint(t);
    }
}
START_TEST(grace_periods)
{
    test_threads(ts, 4, swap_arrays, NULL);
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_be.gc_begin(ts, RT_SCOPE_INTERP);
    rt_be.gc_end(ts, RT_SCOPE_INTERP);
    rt_start_world(ts, RT_SCOPE_INTERP);
    for (int i = 0; i < 3; i++) {
        rt_breaker_set(ts, RT_BRK_QUIESCE);
        rt_safepoint(ts);
    }
    ck_assert_int_le(rt_load_relaxed(&arrays), 1);
}
END_TEST

static struct rt_object *locked[3];
static int64_t guarded[3];
static void sections(struct rt_thread *t, void *arg)
{
    uint32_t x = (uint32_t)t->id;
    for (int i = 0; i < 20000; i++) {
        int a = (int)(next_random(&x) >> 16) % 3, b = (int)(next_random(&x) >> 16) % 3;
        struct rt_cs outer, inner;
        rt_cs_begin(t, &outer, locked[a]);
        guarded[a]++;
        rt_cs_begin2(t, &inner, locked[a], locked[b]);
        guarded[b]++;
        guarded[a]++;
        rt_cs_end(t, &inner);
        guarded[a]--;
        rt_cs_end(t, &outer);
        rt_safepoint(t);
    }
}
START_TEST(critical_sections)
{
    rt_value v[3];
    for (int i = 0; i < 3; i++)
        locked[i] = rt_ptr(v[i] = node_new(ts));
    test_threads(ts, 4, sections, NULL);
    ck_assert_int_eq(guarded[0] + guarded[1] + guarded[2], 160000);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(rt_load_relaxed(&locked[i]->lock), 0);
        rt_decref(ts, v[i]);
    }
}
END_TEST

/* Note [BIAS] The first thread in makes the nodes and works on them as their owner, the other one joins it. */
enum { NOWN = 100 };
struct reached {
    _Atomic uint32_t arrived;
    rt_slot nodes[NOWN];
    int64_t entered[NOWN];
};
static void reach(struct rt_thread *t, void *arg)
{
    struct reached *r = arg;
    bool maker = rt_add_acq_rel(&r->arrived, 1) == 0;
    if (maker) {
        for (int i = 0; i < NOWN; i++)
            rt_slot_put(&r->nodes[i], node_new(t));
    }
    for (int i = 0; i < NOWN; i++) {
        rt_value v = RT_NULL;
        while (!rt_is_ptr(v)) {
            v = rt_slot_get(t, &table_owner, &r->nodes[i]);
            rt_safepoint(t);
        }
        for (int k = 0; k < 200; k++) {
            struct rt_cs cs;
            rt_cs_begin(t, &cs, rt_ptr(v));
            if (k % 16 == 0) { /* suspends the section */
                rt_detach(t, RT_DETACH_YIELD);
                rt_attach(t);
            }
            int64_t n = r->entered[i];
            r->entered[i] = n + 1;
            rt_cs_end(t, &cs);
            rt_decref(t, node_new(t));
            rt_safepoint(t);
        }
        rt_decref(t, v);
    }
}
START_TEST(owner_and_others)
{
    struct reached r = {0};
    test_threads(ts, 3, reach, &r);
    for (int i = 0; i < NOWN; i++) {
        ck_assert_int_eq(r.entered[i], 600);
        rt_slot_set(ts, &r.nodes[i], RT_NULL);
    }
    rt_stop_world(ts, RT_SCOPE_INTERP);
    int broken = rt_be.verify(ts->interp, stderr);
    rt_start_world(ts, RT_SCOPE_INTERP);
    ck_assert_int_eq(broken, 0);
}
END_TEST

/* Note [STAKE] What has a weak reference stays counted, by each thread for itself, and dies with its last reference. */
static rt_slot watched;
static _Atomic int phase; /* of the two threads below */
static rt_slot moved[8];
static rt_value watched_node(struct rt_thread *t)
{
    rt_value v = node_new(t);
    rt_object_set_seen(rt_ptr(v));
    rt_object_set_flag(rt_ptr(v), RT_OF_WEAKREF);
    return v;
}
static bool is_split(struct rt_object *o) { return rt_load_acquire(&o->shared) & RT_SH_SPLIT; }

static void read_watched(struct rt_thread *t, void *arg)
{
    struct rt_object *o = rt_ptr(rt_slot_peek(&watched));
    bool splits = rt_backend_has(RT_BE_PARALLEL);
    for (int i = 0, left = 20000; left > 0 && i < 50000000; i++) {
        rt_value v = rt_slot_get(t, &table_owner, &watched), w = rt_newref(t, v);
        if (i % 64 == 0)
            rt_slot_set(t, &moved[i / 64 % 8], w); /* dropped by whoever comes next */
        else
            rt_decref(t, w);
        rt_decref(t, v);
        left -= !splits || is_split(o);
        rt_safepoint(t);
    }
}
static int no_stakes(struct rt_object *o, void *arg)
{
    if (RT_SH_STAKES(rt_load_relaxed(&o->shared)))
        ++*(int *)arg;
    return 0;
}
START_TEST(turns_on_a_watched_object)
{
    int64_t before = rt_load_relaxed(&nodes_alive);
    rt_slot_set(ts, &watched, watched_node(ts));
    struct rt_object *o = rt_ptr(rt_slot_peek(&watched));
    test_threads(ts, 3, read_watched, NULL);
    for (int i = 0; i < 8; i++)
        rt_slot_set(ts, &moved[i], RT_NULL);
    rt_safepoint(ts);
    ck_assert_int_eq(is_split(o), rt_backend_has(RT_BE_PARALLEL));
    ck_assert(!(rt_object_flags(o) & RT_OF_DEFERRED));
    ck_assert_int_eq(rt_refcount(o), 1);
    int stakes = 0;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_heap_walk_stw(ts->interp, no_stakes, &stakes);
    int broken = rt_be.verify(ts->interp, stderr);
    rt_start_world(ts, RT_SCOPE_INTERP);
    ck_assert_int_eq(stakes + broken, 0); /* they ended with their threads */
    rt_slot_set(ts, &watched, RT_NULL);
    ck_assert_int_eq(rt_load_relaxed(&nodes_alive), before);
}
END_TEST

static void await_phase(struct rt_thread *t, int n)
{
    while (rt_load_acquire(&phase) < n)
        let_others_run(t);
}
static void await_death(struct rt_thread *t, int64_t alive)
{
    for (int64_t end = rt_monotonic_ns() + 20000000000; rt_load_relaxed(&nodes_alive) > alive;) {
        if (rt_monotonic_ns() > end)
            RT_FATAL("dropped by all, and alive");
        rt_safepoint(t);
        sched_yield();
    }
}
/* 0 waits blocked, 1 busy; 2 drops the last reference and counts on both. */
static void holders(struct rt_thread *t, void *arg)
{
    static _Atomic int arrived;
    int64_t alive = *(int64_t *)arg;
    int me = rt_add_acq_rel(&arrived, 1) % 3;
    struct rt_object *o = rt_ptr(rt_slot_peek(&watched));
    rt_value kept = RT_NULL;
    for (int i = 0; me < 2 && i < 100; i++) {
        rt_decref(t, kept);
        kept = rt_slot_get(t, &table_owner, &watched);
    }
    if (me == 0) {
        rt_slot_set(t, &moved[0], kept); /* taken with a stake, dropped without */
        (void)rt_add_acq_rel(&phase, 1);
        await_phase(t, 3);
    } else if (me == 1) {
        rt_decref(t, kept);
        (void)rt_add_acq_rel(&phase, 1);
        await_death(t, alive);
    } else {
        await_phase(t, 2);
        if (rt_backend_has(RT_BE_PARALLEL) && RT_SH_STAKES(rt_load_acquire(&o->shared)) != 2)
            RT_FATAL("no stakes");
        rt_slot_set(t, &moved[0], RT_NULL);
        rt_slot_set(t, &watched, RT_NULL);
        await_death(t, alive);
        (void)rt_add_acq_rel(&phase, 1);
    }
}
START_TEST(stakes_are_called_in)
{
    for (int round = 0; round < 20; round++) {
        int64_t before = rt_load_relaxed(&nodes_alive);
        rt_value v = watched_node(ts);
        if (rt_backend_has(RT_BE_PARALLEL))
            (void)rt_or_acq_rel(&rt_ptr(v)->shared, RT_SH_SPLIT);
        rt_store_release(&phase, 0);
        rt_slot_set(ts, &watched, v);
        test_threads(ts, 3, holders, &before);
        ck_assert_int_eq(rt_load_relaxed(&nodes_alive), before);
    }
}
END_TEST

int main(void)
{
    ts = test_start();
    Suite *s = suite_create("counts");
    TCase *t = tcase_create("counts");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, shared_table);
    tcase_add_test(t, hand_over);
    tcase_add_test(t, adaptive_deferral);
    tcase_add_test(t, soon_deferred);
    tcase_add_test(t, blocked_owner);
    tcase_add_test(t, grace_periods);
    tcase_add_test(t, critical_sections);
    tcase_add_test(t, owner_and_others);
    tcase_add_test(t, turns_on_a_watched_object);
    tcase_add_test(t, stakes_are_called_in);
    suite_add_tcase(s, t);
    return test_main(s);
}
