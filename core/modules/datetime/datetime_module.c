/* SPDX-License-Identifier: MIT */
/* The _datetime module: its types, and the constants in their dicts, made once for the process. */
#include "core/modules/datetime/datetime_internal.h"

static pthread_mutex_t constants_lock = PTHREAD_MUTEX_INITIALIZER; /* held only while attached, across no safepoint */

static int put(struct rt_thread *ts, struct rt_type *t, const char *name, rt_value v)
{
    if (rt_is_null(v))
        return -1;
    rt_immortalize(ts, v);
    return rt_dict_set_cstr(ts, rt_slot_peek(&t->dict), name, rt_borrowed(v));
}
static rt_value zone(struct rt_thread *ts, int minutes)
{
    rt_value off = dt_delta_new(ts, 0, minutes * 60, 0), z;
    if (rt_is_null(off))
        return off;
    rt_immortalize(ts, off);
    z = dt_zone_new(ts, off, RT_NULL);
    return z;
}
static int make_constants(struct rt_thread *ts)
{
    struct rt_type *d = &rt_dt_delta_type, *dt = &rt_dt_datetime_type, *date = &rt_dt_date_type, *time = &rt_dt_time_type, *z = &rt_dt_zone_type;
    uint64_t first = dt_date_key(1, 1, 1), last = dt_date_key(9999, 12, 31), night = dt_time_key(23, 59, 59, 999999);
    rt_value zero = dt_delta_new(ts, 0, 0, 0), micro = dt_delta_new(ts, 0, 0, 1), day = dt_delta_new(ts, 1, 0, 0), utc = zone(ts, 0);
    if (rt_is_null(zero) || rt_is_null(utc))
        return -1;
    rt_immortalize(ts, zero);
    rt_dt_zero = rt_borrowed(zero);
    if (put(ts, z, "utc", utc) < 0 || put(ts, z, "min", zone(ts, -(23 * 60 + 59))) < 0 || put(ts, z, "max", zone(ts, 23 * 60 + 59)) < 0 ||
        put(ts, d, "min", dt_delta_new(ts, -MAX_DELTA_DAYS, 0, 0)) < 0 || put(ts, d, "max", dt_delta_new(ts, MAX_DELTA_DAYS, 86399, 999999)) < 0 ||
        put(ts, d, "resolution", micro) < 0 || put(ts, date, "min", dt_make_date(ts, date, first)) < 0 ||
        put(ts, date, "max", dt_make_date(ts, date, last)) < 0 || put(ts, date, "resolution", day) < 0 ||
        put(ts, time, "min", dt_make(ts, time, 0, RT_NULL)) < 0 || put(ts, time, "max", dt_make(ts, time, night, RT_NULL)) < 0 ||
        put(ts, time, "resolution", micro) < 0 || put(ts, dt, "min", dt_make(ts, dt, first, RT_NULL)) < 0 ||
        put(ts, dt, "max", dt_make(ts, dt, last | night, RT_NULL)) < 0 || put(ts, dt, "resolution", micro) < 0)
        return -1;
    rt_dt_utc = rt_borrowed(utc);
    return 0;
}
static int exec(struct rt_thread *ts, rt_value m)
{
    static struct rt_type *const all[] = {&rt_dt_delta_type, &rt_dt_tzinfo_type, &rt_dt_zone_type, &rt_dt_date_type, &rt_dt_time_type,
                                          &rt_dt_datetime_type, &rt_dt_isocalendar_type};
    for (size_t i = 0; i < RT_COUNTOF(all); i++)
        if (rt_type_ready(ts, all[i]) < 0 || (i < 6 && rt_module_add_type(ts, m, all[i]) < 0))
            return -1;
    pthread_mutex_lock(&constants_lock);
    int r = rt_dt_utc.bits ? 0 : make_constants(ts);
    pthread_mutex_unlock(&constants_lock);
    if (r < 0 || rt_module_add_int(ts, m, "MINYEAR", 1) < 0 || rt_module_add_int(ts, m, "MAXYEAR", 9999) < 0)
        return -1;
    return rt_module_add(ts, m, "UTC", rt_dt_utc);
}
const struct rt_module_def rt_module__datetime = {.name = "_datetime", .doc = "Fast implementation of the datetime type.", .exec = exec};
