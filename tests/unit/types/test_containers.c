/* SPDX-License-Identifier: MIT */
/* list, dict, set and tuple from C: against a model, across resizes, and from several threads. */
#include "tests/unit/runtime.h"

enum { KEYS = 300 };

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

START_TEST(list_against_a_model)
{
    struct rt_thread *ts = unit_start();
    rt_value l = rt_list_new(ts, 0);
    int64_t model[2000];
    size_t n = 0;
    uint32_t state = 5;
    for (int step = 0; step < 20000; step++) {
        uint32_t what = next(&state) % 6;
        size_t at = n ? next(&state) % n : 0;
        if (what < 2 && n < 1900) {
            ck_assert_int_eq(rt_list_append(ts, l, rt_int_imm(step)), 0);
            model[n++] = step;
        } else if (what == 2 && n < 1900) {
            ck_assert_int_eq(rt_list_insert(ts, l, (int64_t)at, rt_int_imm(step)), 0);
            memmove(model + at + 1, model + at, (n++ - at) * sizeof *model);
            model[at] = step;
        } else if (what == 3 && n) {
            rt_value v = rt_list_pop(ts, l, (int64_t)at);
            ck_assert_int_eq(rt_int_get(v), model[at]);
            memmove(model + at, model + at + 1, (--n - at) * sizeof *model);
        } else if (what == 4 && n) {
            ck_assert_int_eq(rt_list_set(ts, l, at, rt_int_imm(-step)), 0);
            model[at] = -step;
        } else if (n) {
            ck_assert_int_eq(rt_int_get(rt_list_get(ts, l, at)), model[at]);
        }
        ck_assert_uint_eq(rt_list_len(l), n);
    }
    ck_assert(rt_is_null(rt_list_get(ts, l, n)) && rt_is_null(ts->exc));
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(rt_int_get(rt_list_get(ts, l, i)), model[i]);
    ck_assert_int_eq(rt_list_sort(ts, l, RT_NULL, false), 0);
    for (size_t i = 1; i < n; i++)
        ck_assert_int_le(rt_int_get(rt_list_get(ts, l, i - 1)), rt_int_get(rt_list_get(ts, l, i)));
    rt_decref(ts, l);
}
END_TEST

START_TEST(dict_against_a_model)
{
    struct rt_thread *ts = unit_start();
    rt_value d = rt_dict_new(ts), keys[KEYS];
    int64_t model[KEYS];
    size_t used = 0;
    for (int i = 0; i < KEYS; i++) {
        char text[20];
        snprintf(text, sizeof text, "key%d", i);
        keys[i] = i % 3 ? rt_str_intern_cstr(ts, text) : rt_int_imm(i * 1000003ll);
        model[i] = -1;
    }
    uint32_t state = 9;
    for (int step = 1; step < 30000; step++) {
        int k = (int)(next(&state) % KEYS);
        switch (next(&state) % 4) {
        case 0:
        case 1:
            ck_assert_int_eq(rt_dict_set(ts, d, keys[k], rt_int_imm(step)), 0);
            used += model[k] < 0;
            model[k] = step;
            break;
        case 2:
            ck_assert_int_eq(rt_dict_del_opt(ts, d, keys[k]), model[k] >= 0);
            used -= model[k] >= 0;
            model[k] = -1;
            break;
        default: {
            rt_value v = rt_dict_get(ts, d, keys[k]);
            ck_assert_int_eq(!rt_is_null(v), model[k] >= 0);
            ck_assert(rt_is_null(v) || rt_int_get(v) == model[k]);
        }
        }
        ck_assert_uint_eq(rt_dict_len(d), used);
    }
    size_t pos = 0, seen = 0;
    rt_value key, value;
    while (rt_dict_next(ts, d, &pos, &key, &value))
        seen++;
    ck_assert_uint_eq(seen, used);
    rt_value copy = rt_dict_copy(ts, d);
    rt_dict_clear(ts, d);
    ck_assert_uint_eq(rt_dict_len(d), 0);
    ck_assert_uint_eq(rt_dict_len(copy), used);
    rt_decref(ts, d);
    rt_decref(ts, copy);
}
END_TEST

START_TEST(dict_keeps_order)
{
    struct rt_thread *ts = unit_start();
    rt_value d = rt_dict_new(ts);
    for (int64_t i = 0; i < 1000; i++)
        ck_assert_int_eq(rt_dict_set(ts, d, rt_int_imm(i * 7919 % 1000), rt_int_imm(i)), 0);
    for (int64_t i = 0; i < 1000; i += 2)
        ck_assert_int_eq(rt_dict_del(ts, d, rt_int_imm(i * 7919 % 1000)), 0);
    size_t pos = 0;
    int64_t last = -1;
    rt_value key, value;
    while (rt_dict_next(ts, d, &pos, &key, &value)) {
        ck_assert_int_gt(rt_int_get(value), last);
        last = rt_int_get(value);
    }
    ck_assert_int_eq(last, 999);
}
END_TEST

START_TEST(set_and_tuple)
{
    struct rt_thread *ts = unit_start();
    rt_value s = rt_set_new(ts, RT_NULL);
    for (int64_t i = 0; i < 500; i++)
        ck_assert_int_eq(rt_set_add(ts, s, rt_int_imm(i % 100)), 0);
    ck_assert_uint_eq(rt_set_len(s), 100);
    ck_assert_int_eq(rt_set_contains(ts, s, rt_int_imm(42)), 1);
    ck_assert_int_eq(rt_set_discard(ts, s, rt_int_imm(42)), 1);
    ck_assert_int_eq(rt_set_discard(ts, s, rt_int_imm(42)), 0);
    ck_assert_int_eq(rt_set_contains(ts, s, rt_int_imm(42)), 0);
    rt_value items[] = {rt_int_imm(1), RT_NONE, s};
    rt_value t = rt_tuple_from(ts, items, 3);
    ck_assert_uint_eq(rt_as_tuple(t)->length, 3);
    ck_assert_uint_eq(rt_ptr(s)->local, 2);
    rt_decref(ts, t);
    ck_assert_uint_eq(rt_ptr(s)->local, 1);
    ck_assert_uint_eq(rt_as_tuple(rt_tuple_empty())->length, 0);
}
END_TEST

struct shared {
    rt_value list, dict;
    _Atomic int bad;
};

static void use_both(struct rt_thread *ts, int number, void *arg)
{
    struct shared *s = arg;
    for (int64_t i = 0; i < 4000; i++) {
        rt_value item = rt_list_new(ts, 0);
        if (rt_list_append_steal(ts, s->list, item) < 0)
            rt_store_relaxed(&s->bad, 1);
        rt_value got = rt_list_get(ts, s->list, (size_t)i);
        if (rt_is_null(got) || !rt_is_list(got))
            rt_store_relaxed(&s->bad, 2);
        rt_decref(ts, got);
        if (rt_dict_set(ts, s->dict, rt_int_imm(i % 500 * 10 + number), rt_int_imm(i)) < 0)
            rt_store_relaxed(&s->bad, 3);
        got = rt_dict_get(ts, s->dict, rt_int_imm(i % 500 * 10 + number));
        if (rt_is_null(got) || rt_int_get(got) != i)
            rt_store_relaxed(&s->bad, 4);
        if (i % 3 == 0 && rt_dict_del_opt(ts, s->dict, rt_int_imm(i % 500 * 10 + number)) != 1)
            rt_store_relaxed(&s->bad, 5);
        if (i % 50 == 0 && rt_safepoint(ts) < 0)
            rt_store_relaxed(&s->bad, 6);
    }
}

START_TEST(threads_share_containers)
{
    struct rt_thread *ts = unit_start();
    struct shared s = {.list = rt_list_new(ts, 0), .dict = rt_dict_new(ts)};
    unit_threads(ts, 4, use_both, &s);
    ck_assert_int_eq(s.bad, 0);
    ck_assert_uint_eq(rt_list_len(s.list), 16000);
    rt_decref(ts, s.list);
    rt_decref(ts, s.dict);
    rt_gc_collect(ts, 2);
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, list_against_a_model);
    tcase_add_test(tc, dict_against_a_model);
    tcase_add_test(tc, dict_keeps_order);
    tcase_add_test(tc, set_and_tuple);
    tcase_add_test(tc, threads_share_containers);
}

int main(void)
{
    return unit_main("containers", add_tests);
}
