/* SPDX-License-Identifier: MIT */
/*
 * Small helpers of the modules that wrap system calls: constants, errors of errno, timeouts and
 * buffers as arguments.
 */
#ifndef RT_MODULES_OS_UTIL_H
#define RT_MODULES_OS_UTIL_H

#include <math.h>

#include "core/modules/modules.h"
#include "core/modules/posix/posix_internal.h"
#include "core/sync/futex.h"

RT_INLINE rt_value rt_os_error(struct rt_thread *ts)
{
    return rt_pending(ts) ? RT_NULL : rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
}

RT_INLINE int rt_os_constants(struct rt_thread *ts, rt_value m, const struct rt_posix_const *c)
{
    for (; c->name; c++)
        if (rt_module_add_int(ts, m, c->name, c->value) < 0)
            return -1;
    return 0;
}

/* Seconds (int or float) as nanoseconds, rounded up away from zero. 0, or -1 with an exception. */
RT_INLINE int rt_os_seconds_ns(struct rt_thread *ts, rt_value v, int64_t *ns)
{
    if (rt_is_float(v)) {
        double d = rt_float_value(v);
        if (isnan(d)) {
            rt_raise(ts, &rt_exc_ValueError, "Invalid value NaN (not a number)");
            return -1;
        }
        d *= 1e9;
        d = d < 0 ? floor(d) : ceil(d);
        if (!(d > -9.2233720368547e18 && d < 9.2233720368547e18)) {
            rt_raise(ts, &rt_exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
            return -1;
        }
        *ns = (int64_t)d;
        return 0;
    }
    if (!rt_index_check(v)) {
        rt_raise(ts, &rt_exc_TypeError, "'%T' object cannot be interpreted as an integer", v);
        return -1;
    }
    int64_t s = rt_as_i64(ts, v);
    if (rt_pending(ts) && !rt_exc_clear_if(ts, &rt_exc_OverflowError))
        return -1;
    if (rt_pending(ts) || s > INT64_MAX / 1000000000 || s < INT64_MIN / 1000000000 || (s == -1 && rt_is_ptr(v))) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
        return -1;
    }
    *ns = s * 1000000000;
    return 0;
}

/* Milliseconds for poll(2), rounded up; -1 for a negative ns. */
RT_INLINE int rt_os_poll_ms(int64_t ns)
{
    if (ns < 0)
        return -1;
    int64_t ms = ns / 1000000 + (ns % 1000000 != 0);
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

#endif
