/* SPDX-License-Identifier: MIT */
/* Values: which doubles are immediate, that every word survives the round trip, identity, tags. */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/base/object.h"
#include "core/base/value.h"

static double double_from(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, 8);
    return d;
}

static uint64_t bits_of(double d)
{
    uint64_t b;
    memcpy(&b, &d, 8);
    return b;
}

START_TEST(ints_survive)
{
    int64_t samples[] = {0, 1, -1, 255, -256, 1ll << 31, -(1ll << 31), RT_INT_MAX, RT_INT_MIN, RT_INT_MAX - 1};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        rt_value v = rt_int_imm(samples[i]);
        ck_assert(rt_is_int(v) && !rt_is_flonum(v) && !rt_is_special(v) && !rt_is_ptr(v) && !rt_is_counted(v));
        ck_assert_int_eq(rt_int_get(v), samples[i]);
    }
    ck_assert(rt_int_fits(RT_INT_MAX) && rt_int_fits(RT_INT_MIN));
    ck_assert(!rt_int_fits(RT_INT_MAX + 1) && !rt_int_fits(RT_INT_MIN - 1));
}
END_TEST

START_TEST(floats_survive_or_are_boxed)
{
    uint64_t state = 88172645463325252ull;
    int immediate = 0;
    for (int i = 0; i < 2000000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        double d = double_from(state);
        double size = fabs(d);
        bool in_range = size >= ldexp(1, -255) && size < ldexp(1, 257);
        rt_value v;
        ck_assert_int_eq(rt_float_try_imm(d, &v), in_range || size == 0);
        if (in_range) {
            immediate++;
            ck_assert(rt_is_flonum(v) && !rt_is_int(v) && !rt_is_special(v) && !rt_is_ptr(v));
            ck_assert_uint_eq(bits_of(rt_flonum_get(v)), state);
        }
    }
    ck_assert_int_gt(immediate, 100000);
    rt_value v;
    double edges[] = {1.0, -1.0, 0.1, 1e-76, 1e77, ldexp(1, -255), -ldexp(1, 256), 3.141592653589793};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        ck_assert(rt_float_try_imm(edges[i], &v) && rt_flonum_get(v) == edges[i]);
    double boxed[] = {INFINITY, -INFINITY, NAN, 5e-324, 1e300, -1e300, ldexp(1, 257), ldexp(1, -256)};
    for (size_t i = 0; i < sizeof boxed / sizeof *boxed; i++)
        ck_assert(!rt_float_try_imm(boxed[i], &v));
    ck_assert(rt_float_try_imm(0.0, &v) && v.bits == RT_FZERO.bits);
    ck_assert(rt_float_try_imm(-0.0, &v) && v.bits == RT_FNEGZERO.bits && rt_is_fzero(v) && rt_is_float_imm(v));
}
END_TEST

START_TEST(specials_are_apart)
{
    rt_value all[] = {RT_NONE, RT_FALSE, RT_TRUE, RT_ELLIPSIS, RT_NOTIMPL, RT_FZERO, RT_FNEGZERO, RT_UNDEF, RT_STOP};
    size_t n = sizeof all / sizeof *all;
    for (size_t i = 0; i < n; i++) {
        ck_assert(rt_is_special(all[i]) && !rt_is_int(all[i]) && !rt_is_flonum(all[i]) && !rt_is_ptr(all[i]));
        ck_assert(!rt_is_null(all[i]) && !rt_is_counted(all[i]));
        for (size_t j = 0; j < n; j++)
            ck_assert_int_eq(rt_is(all[i], all[j]), i == j);
    }
    ck_assert(rt_is_bool(RT_TRUE) && rt_is_bool(RT_FALSE) && !rt_is_bool(RT_NONE) && !rt_is_bool(rt_int_imm(1)));
    ck_assert(rt_bool(true).bits == RT_TRUE.bits && rt_bool(false).bits == RT_FALSE.bits);
}
END_TEST

START_TEST(pointers_and_borrowing)
{
    static _Alignas(16) struct rt_object o, p;
    rt_value owned = rt_own(&o), borrowed = rt_borrow(&o);
    ck_assert(rt_is_ptr(owned) && rt_is_ptr(borrowed) && rt_is_counted(owned) && !rt_is_counted(borrowed));
    ck_assert_ptr_eq(rt_ptr(owned), &o);
    ck_assert_ptr_eq(rt_ptr(borrowed), &o);
    ck_assert(rt_is(owned, borrowed) && rt_is(borrowed, owned) && !rt_is(owned, rt_borrow(&p)));
    ck_assert(rt_borrowed(owned).bits == borrowed.bits && rt_borrowed(borrowed).bits == borrowed.bits);
    ck_assert(rt_borrowed(RT_NULL).bits == 0 && rt_borrowed(rt_int_imm(4)).bits == rt_int_imm(4).bits);
    ck_assert(rt_borrowed(RT_NONE).bits == RT_NONE.bits);
    /* an int that differs from another in bit 3 only is another int */
    ck_assert(!rt_is(rt_int_imm(0), rt_int_imm(4)));
}
END_TEST

START_TEST(header_layout)
{
    ck_assert_uint_eq(sizeof(struct rt_object), 16);
    ck_assert_uint_eq(__builtin_offsetof(struct rt_object, owner), 4);
    ck_assert_uint_eq(__builtin_offsetof(struct rt_object, lock), 7);
    ck_assert_uint_eq(__builtin_offsetof(struct rt_object, shared), 8);
    ck_assert_uint_eq(__builtin_offsetof(struct rt_object, shape), 12);
    uint32_t shared = 0;
    shared += 3 * RT_SH_ONE;
    ck_assert_int_eq(RT_SH_COUNT(shared), 3);
    shared -= 5 * RT_SH_ONE;
    ck_assert_int_eq(RT_SH_COUNT(shared), -2);
    ck_assert_uint_eq(shared & RT_SH_STATE, RT_SH_PLAIN);
    ck_assert_int_eq(RT_SH_COUNT(shared | RT_SH_DEAD), -2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("value");
    TCase *tc = tcase_create("value");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, ints_survive);
    tcase_add_test(tc, floats_survive_or_are_boxed);
    tcase_add_test(tc, specials_are_apart);
    tcase_add_test(tc, pointers_and_borrowing);
    tcase_add_test(tc, header_layout);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
