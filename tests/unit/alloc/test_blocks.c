/* SPDX-License-Identifier: MIT */
/* Slabs: blocks do not overlap, keep a readable header when free, come back, and travel between threads. */
#include "tests/unit/runtime.h"

enum { SLOTS = 4000 };

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void fill(struct rt_object *o, size_t size, uint8_t mark)
{
    memset(o + 1, mark, size - sizeof *o);
}

static void check(struct rt_object *o, size_t size, uint8_t mark)
{
    const uint8_t *p = (const uint8_t *)(o + 1);
    for (size_t i = 0; i < size - sizeof *o; i++)
        if (p[i] != mark)
            abort();
}

static void churn(struct rt_thread *ts, int number, void *arg)
{
    static _Thread_local struct { struct rt_object *o; size_t size; uint8_t mark; } slot[SLOTS];
    uint32_t state = 17u + (uint32_t)number, shape = 1;
    for (int i = 0; i < 60000; i++) {
        uint32_t n = next(&state) % SLOTS;
        if (slot[n].o) {
            check(slot[n].o, slot[n].size, slot[n].mark);
            rt_block_free(ts, slot[n].o, slot[n].size);
            if (slot[n].size <= 512 && !unit_is_dead(slot[n].o)) /* larger ones go back to malloc */
                abort();
            slot[n].o = NULL;
            continue;
        }
        size_t size = 32 + next(&state) % (next(&state) % 20 ? 480 : 20000);
        slot[n].o = rt_block_alloc(ts, size, shape, 0);
        if (!slot[n].o || slot[n].o->local != 1 || rt_load_relaxed(&slot[n].o->owner) != ts->token)
            abort();
        slot[n].size = size;
        slot[n].mark = (uint8_t)(i | 1);
        fill(slot[n].o, size, slot[n].mark);
        if (i % 256 == 0 && rt_safepoint(ts) < 0)
            abort();
    }
    for (int n = 0; n < SLOTS; n++)
        if (slot[n].o) {
            check(slot[n].o, slot[n].size, slot[n].mark);
            rt_block_free(ts, slot[n].o, slot[n].size);
        }
}

START_TEST(blocks_do_not_overlap)
{
    churn(unit_start_bare(), 0, NULL);
}
END_TEST

START_TEST(threads_allocate_side_by_side)
{
    unit_threads(unit_start_bare(), 4, churn, NULL);
}
END_TEST

START_TEST(raw_memory)
{
    unit_start_bare();
    uint8_t *p = rt_raw_calloc(100, 3);
    for (int i = 0; i < 300; i++)
        ck_assert_uint_eq(p[i], 0);
    memset(p, 7, 300);
    p = rt_raw_realloc(p, 5000);
    ck_assert_uint_eq(p[299], 7);
    ck_assert_uint_ge(rt_raw_usable(p), 5000);
    rt_raw_free(p);
    rt_raw_free(NULL);
}
END_TEST

static void make_lists(struct rt_thread *ts, int number, void *arg)
{
    rt_value all = *(rt_value *)arg;
    for (int i = 0; i < 3000; i++) {
        rt_value l = rt_list_new(ts, 3);
        if (rt_list_append_steal(ts, all, l) < 0)
            abort();
    }
}

START_TEST(blocks_freed_by_another_thread)
{
    struct rt_thread *ts = unit_start();
    for (int round = 0; round < 5; round++) {
        rt_value all = rt_list_new(ts, 0);
        unit_threads(ts, 3, make_lists, &all);
        ck_assert_uint_eq(rt_list_len(all), 9000);
        rt_decref(ts, all);
        rt_safepoint_backend(ts);
    }
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, blocks_do_not_overlap);
    tcase_add_test(tc, threads_allocate_side_by_side);
    tcase_add_test(tc, raw_memory);
    tcase_add_test(tc, blocks_freed_by_another_thread);
}

int main(void)
{
    return unit_main("blocks", add_tests);
}
