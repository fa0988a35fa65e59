/* SPDX-License-Identifier: MIT */
/* Slabs, large objects, remote frees, the walk, adoption of heaps. */
#include "tests/low/support.h"

#include <stdlib.h>

static struct rt_thread *ts;

START_TEST(sizes_and_reuse)
{
    for (size_t extra = 0; extra < 2000; extra += 24) {
        rt_value v = node_new_sized(ts, extra);
        struct rt_object *o = rt_ptr(v);
        ck_assert_int_eq(o->local, 1);
        ck_assert_int_eq((uintptr_t)o % 16, 0);
        ck_assert_int_eq(rt_load_relaxed(&o->owner), ts->token);
        bool large = rt_object_flags(o) & RT_OF_LARGE;
#if !RT_ASAN
        ck_assert_int_eq(large, sizeof(struct node) + extra > RT_SMALL_MAX);
        if (!large) {
            ck_assert_ptr_eq(rt_heap_find_block((uintptr_t)o + 20), o);
            rt_decref(ts, v);
            ck_assert_ptr_eq(rt_heap_find_block((uintptr_t)o), NULL);
            rt_value w = node_new_sized(ts, extra);
            ck_assert_ptr_eq(rt_ptr(w), o); /* last in, first out */
            v = w;
        }
#endif
        rt_decref(ts, v);
    }
    ck_assert_int_eq(rt_load_relaxed(&nodes_alive), 0);
}
END_TEST

START_TEST(index_of_every_block)
{
    for (uint32_t c = 1; c < RT_SIZE_CLASSES; c++) {
        uint32_t stride = (c + 1) * 16, n = (RT_SLAB_SIZE - RT_SLAB_HEADER) / stride;
        struct rt_slab *s = aligned_alloc(RT_SLAB_SIZE, RT_SLAB_SIZE);
        s->stride = (uint16_t)stride;
        s->reciprocal = (uint32_t)(((1ull << 32) + stride - 1) / stride);
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = 0; k < stride; k += 8)
                ck_assert_int_eq(rt_slab_index(s, (char *)rt_slab_block(s, i) + k), i);
        free(s);
    }
}
END_TEST

static int count(struct rt_object *o, void *arg)
{
    ++*(int64_t *)arg;
    return 0;
}

START_TEST(walk_and_sweep)
{
    enum { N = 20000 };
    rt_value *v = malloc(N * sizeof *v);
    int64_t before = 0, n = 0;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_heap_walk_stw(ts->interp, count, &before);
    rt_start_world(ts, RT_SCOPE_INTERP);
    for (int i = 0; i < N; i++)
        v[i] = node_new_sized(ts, (size_t)(i % 40) * 20);
    for (int i = 0; i < N; i += 2)
        rt_decref(ts, v[i]);
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_heap_walk_stw(ts->interp, count, &n);
    rt_heap_sweep_stw(ts->interp);
    rt_start_world(ts, RT_SCOPE_INTERP);
    ck_assert_int_eq(n - before, N / 2);
    for (int i = 0; i < N; i += 2)
        v[i] = node_new_sized(ts, (size_t)(i % 40) * 20);
    for (int i = 0; i < N; i++)
        rt_decref(ts, v[i]);
    uint64_t returned = rt_load_relaxed(&rt_alloc_stats.slabs_returned);
    rt_stop_world(ts, RT_SCOPE_INTERP);
    size_t live = rt_heap_sweep_stw(ts->interp);
    rt_start_world(ts, RT_SCOPE_INTERP);
#if !RT_ASAN
    ck_assert_uint_gt(rt_load_relaxed(&rt_alloc_stats.slabs_returned), returned);
#endif
    ck_assert_uint_eq(live, 0);
    ck_assert_int_eq(rt_load_relaxed(&nodes_alive), 0);
    free(v);
}
END_TEST

struct basket {
    rt_value *v;
    int n;
};

static void fill(struct rt_thread *t, void *arg)
{
    struct basket *b = arg;
    for (int i = 0; i < b->n; i++)
        b->v[i] = node_new_sized(t, (size_t)(i % 30) * 30);
}

/* Blocks made by a thread that ended are freed by another, and its heap is used by the next. */
START_TEST(remote_free_and_adoption)
{
    struct basket b = {malloc(5000 * sizeof(rt_value)), 5000};
    for (int round = 0; round < 5; round++) {
        test_threads(ts, 1, fill, &b);
        for (int i = 0; i < b.n; i++)
            rt_decref(ts, b.v[i]);
        rt_safepoint(ts);
    }
    ck_assert_int_eq(rt_load_relaxed(&nodes_alive), 0);
    int heaps = 0;
    for (struct rt_heap *h = ts->interp->heaps; h; h = h->next)
        heaps++;
    ck_assert_int_eq(heaps, 2);
    free(b.v);
}
END_TEST

int main(void)
{
    ts = test_start();
    Suite *s = suite_create("alloc");
    TCase *t = tcase_create("alloc");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, sizes_and_reuse);
    tcase_add_test(t, index_of_every_block);
    tcase_add_test(t, walk_and_sweep);
    tcase_add_test(t, remote_free_and_adoption);
    suite_add_tcase(s, t);
    return test_main(s);
}
