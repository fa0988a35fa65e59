/* SPDX-License-Identifier: MIT */
/* The runtime on a backend of 20 lines. */
#include "tests/stub_backend/stub.h"
#include "tests/low/support.h"

START_TEST(runs)
{
    struct rt_interp *in = rt_interp_new();
    struct rt_thread *ts = rt_thread_new(in);
    ck_assert_ptr_nonnull(ts);
    ck_assert_ptr_null(rt_thread_new(in));
    rt_thread_bind(ts);
    rt_attach(ts);
    ck_assert(rt_is_attached(ts));
    rt_stop_world(ts, RT_SCOPE_PROCESS);
    rt_start_world(ts, RT_SCOPE_PROCESS);
    rt_request(ts, RT_BRK_DROP);
    ck_assert_int_eq(rt_safepoint(ts), 0);
    rt_interp_delete(ts);
}
END_TEST

int main(void)
{
    rt_backend_install(&rt_backend_stub, true);
    Suite *s = suite_create("stub");
    TCase *t = tcase_create("stub");
    tcase_add_test(t, runs);
    suite_add_tcase(s, t);
    return test_main(s);
}
