/* SPDX-License-Identifier: MIT */
/* Arguments of the methods that str, bytes and bytearray have in common. */
#include "core/types/text_args.h"

int rt_find_count_error(struct rt_thread *ts, const char *fname, uint32_t n)
{
    rt_raise(ts, &rt_exc_TypeError, "%s() takes %s argument%s (%u given)", fname, n < 1 ? "at least 1" : "at most 3",
             n < 1 ? "" : "s", n);
    return -1;
}

int rt_optional_int(struct rt_thread *ts, const char *fname, const char *name, const rt_value *args, uint32_t n, rt_value kw,
                    int absent, int *out)
{
    const char *const names[] = {name, NULL};
    const struct rt_argspec spec = {fname, names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    *out = rt_is_null(v[0]) ? absent : rt_as_int(ts, v[0]);
    return *out == -1 && rt_pending(ts) ? -1 : 0;
}
