/* SPDX-License-Identifier: MIT */
/* The time module. Conversions use the reentrant C functions; tzset is guarded, for it writes globals. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sys/resource.h>

#include "core/base/civil.h"
#include "core/object/native.h"
#include "core/object/structseq.h"
#include "core/thread/runtime.h"

static struct rt_type struct_time_type;
static const struct rt_structseq_field tm_fields[] = {
    {"tm_year", "year, for example, 1993"}, {"tm_mon", "month of year, range [1, 12]"}, {"tm_mday", "day of month, range [1, 31]"},
    {"tm_hour", "hours, range [0, 23]"}, {"tm_min", "minutes, range [0, 59]"}, {"tm_sec", "seconds, range [0, 61])"},
    {"tm_wday", "day of week, range [0, 6], Monday is 0"}, {"tm_yday", "day of year, range [1, 366]"},
    {"tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"}, {"tm_zone", "abbreviation of timezone name"},
    {"tm_gmtoff", "offset from UTC in seconds"}, {NULL, NULL}};
static const struct rt_structseq tm_desc = {"time.struct_time",
    "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().  May be considered as a\nsequence of 9 integers.", tm_fields, 9, false};

/* as CPython counts: nanoseconds, divided once */
static double in_seconds(struct timespec t) { return (double)(t.tv_sec * 1000000000ll + t.tv_nsec) / 1e9; }
/* A thread's own time begins with it: its OS thread may have carried others before. */
static bool read_clock(struct rt_thread *ts, clockid_t id, int64_t *ns)
{
    struct timespec t;
    if (clock_gettime(id, &t) < 0)
        return false;
    *ns = t.tv_sec * 1000000000ll + t.tv_nsec - (id == CLOCK_THREAD_CPUTIME_ID ? ts->cpu_before : 0);
    return true;
}
static rt_value clock_float(struct rt_thread *ts, clockid_t id)
{
    int64_t ns = 0;
    read_clock(ts, id, &ns);
    return rt_float_new(ts, (double)ns / 1e9);
}
static rt_value clock_ns(struct rt_thread *ts, clockid_t id)
{
    int64_t ns = 0;
    read_clock(ts, id, &ns);
    return rt_int_from_i64(ts, ns);
}
#define CLOCK(name, id)                                                                                 \
    static rt_value t_##name(struct rt_thread *ts, rt_value self) { return clock_float(ts, id); }       \
    static rt_value t_##name##_ns(struct rt_thread *ts, rt_value self) { return clock_ns(ts, id); }
CLOCK(time, CLOCK_REALTIME)
CLOCK(monotonic, CLOCK_MONOTONIC)
CLOCK(perf_counter, CLOCK_MONOTONIC)
CLOCK(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK(thread_time, CLOCK_THREAD_CPUTIME_ID)

static rt_value os_error(struct rt_thread *ts) { return rt_pending(ts) ? RT_NULL : rt_raise_errno(ts, &rt_exc_OSError, RT_NULL); }
static rt_value t_clock_gettime_any(struct rt_thread *ts, rt_value v, int kind)
{
    struct timespec t;
    int64_t ns = 0;
    int id = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    if (kind == 2 ? clock_getres(id, &t) < 0 : !read_clock(ts, id, &ns))
        return os_error(ts);
    return kind == 0 ? rt_float_new(ts, (double)ns / 1e9) : kind == 1 ? rt_int_from_i64(ts, ns) : rt_float_new(ts, in_seconds(t));
}
static rt_value t_clock_gettime(struct rt_thread *ts, rt_value self, rt_value v) { return t_clock_gettime_any(ts, v, 0); }
static rt_value t_clock_gettime_ns(struct rt_thread *ts, rt_value self, rt_value v) { return t_clock_gettime_any(ts, v, 1); }
static rt_value t_clock_getres(struct rt_thread *ts, rt_value self, rt_value v) { return t_clock_gettime_any(ts, v, 2); }

static rt_value set_clock(struct rt_thread *ts, int64_t id, struct timespec t)
{
    return clock_settime((clockid_t)id, &t) < 0 ? os_error(ts) : RT_NONE;
}
static rt_value t_clock_settime(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "clock_settime", n, 2, 2) < 0)
        return RT_NULL;
    int id = rt_as_int(ts, a[0]);
    double s = rt_pending(ts) ? 0 : rt_as_double(ts, a[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (!(s > -9.2e9 && s < 9.2e9))
        return rt_raise(ts, &rt_exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
    double whole = floor(s);
    return set_clock(ts, id, (struct timespec){(time_t)whole, (long)((s - whole) * 1e9)});
}
static rt_value t_clock_settime_ns(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "clock_settime_ns", n, 2, 2) < 0)
        return RT_NULL;
    int id = rt_as_int(ts, a[0]);
    int64_t ns = rt_pending(ts) ? 0 : rt_as_i64(ts, a[1]);
    if (rt_pending(ts))
        return RT_NULL;
    int64_t rest = ns % 1000000000, s = ns / 1000000000;
    return set_clock(ts, id, (struct timespec){rest < 0 ? s - 1 : s, rest < 0 ? rest + 1000000000 : rest});
}
static rt_value t_pthread_getcpuclockid(struct rt_thread *ts, rt_value self, rt_value v)
{
    uint64_t thread = rt_as_u64(ts, v);
    clockid_t id;
    if (rt_pending(ts))
        return RT_NULL;
    errno = pthread_getcpuclockid((pthread_t)thread, &id);
    return errno ? os_error(ts) : rt_int_imm(id);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}
static rt_value t_sleep(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t ns;
    if (rt_is_any_int(v)) {
        int64_t s = rt_as_i64(ts, v);
        if (rt_pending(ts) || s > 9223372036ll) {
            rt_exc_clear(ts);
            return rt_raise(ts, &rt_exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
        }
        ns = s * 1000000000ll;
    } else {
        double d = rt_as_double(ts, v);
        if (rt_pending(ts)) {
            if (rt_exc_clear_if(ts, &rt_exc_TypeError))
                rt_raise(ts, &rt_exc_TypeError, "'%T' object cannot be interpreted as an integer", v);
            return RT_NULL;
        }
        if (isnan(d))
            return rt_raise(ts, &rt_exc_ValueError, "Invalid value NaN (not a number)");
        if (fabs(d) > 9.2e9)
            return rt_raise(ts, &rt_exc_OverflowError, "timestamp too large to convert to C _PyTime_t");
        ns = (int64_t)ceil(d * 1e9);
    }
    if (ns < 0)
        return rt_raise(ts, &rt_exc_ValueError, "sleep length must be non-negative");
    int64_t end = now_ns() + ns;
    struct timespec at = {end / 1000000000ll, end % 1000000000ll};
    for (;;) {
        rt_detach(ts, RT_DETACH_SLEEP);
        bool came = rt_signal_is_main(ts) && rt_load_acquire(&rt_signal_any); /* since the last safepoint */
        int r = came ? EINTR : clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        rt_attach(ts);
        if (r == 0)
            return RT_NONE;
        if (r != EINTR) {
            errno = r;
            return os_error(ts);
        }
        if (rt_signal_check(ts) < 0)
            return RT_NULL;
    }
}

static rt_value from_tm(struct rt_thread *ts, const struct tm *t)
{
    rt_value w[11] = {rt_int_imm(t->tm_year + 1900ll), rt_int_imm(t->tm_mon + 1), rt_int_imm(t->tm_mday), rt_int_imm(t->tm_hour), rt_int_imm(t->tm_min),
                      rt_int_imm(t->tm_sec), rt_int_imm((t->tm_wday + 6) % 7), rt_int_imm(t->tm_yday + 1), rt_int_imm(t->tm_isdst),
                      rt_str_decode(ts, t->tm_zone, strlen(t->tm_zone), "utf-8", "surrogateescape"), rt_int_imm(t->tm_gmtoff)};
    return rt_structseq_new(ts, &struct_time_type, w);
}
static int seconds_arg(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, time_t *out)
{
    if (rt_args_count(ts, fname, n, 0, 1) < 0)
        return -1;
    if (!n || rt_is_none(args[0])) {
        *out = time(NULL);
        return 0;
    }
    if (rt_is_float(args[0])) {
        double d = floor(rt_float_value(args[0]));
        if (isnan(d)) {
            rt_raise(ts, &rt_exc_ValueError, "Invalid value NaN (not a number)");
            return -1;
        }
        if (d < -9.2e18 || d > 9.2e18) {
            rt_raise(ts, &rt_exc_OverflowError, "timestamp out of range for platform time_t");
            return -1;
        }
        *out = (time_t)d;
        return 0;
    }
    *out = rt_as_i64(ts, args[0]);
    if (rt_exc_is(ts, &rt_exc_OverflowError)) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_OverflowError, "timestamp out of range for platform time_t");
    }
    return rt_pending(ts) ? -1 : 0;
}
static rt_value t_gmtime(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    time_t s;
    struct tm t;
    if (seconds_arg(ts, "gmtime", args, n, &s) < 0)
        return RT_NULL;
    errno = 0;
    if (!rt_gmtime(s, &t)) {
        if (!errno)
            errno = EINVAL;
        return os_error(ts);
    }
    return from_tm(ts, &t);
}
static rt_value t_localtime(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    time_t s;
    struct tm t;
    if (seconds_arg(ts, "localtime", args, n, &s) < 0)
        return RT_NULL;
    errno = 0;
    if (!rt_localtime(s, &t)) {
        if (!errno)
            errno = EINVAL;
        return os_error(ts);
    }
    return from_tm(ts, &t);
}
/* The C structure of a time tuple. */
static int to_tm(struct rt_thread *ts, rt_value v, struct tm *t, const char *fname)
{
    memset(t, 0, sizeof(*t));
    if (!rt_is_tuple(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Tuple or struct_time argument required");
        return -1;
    }
    if (rt_as_tuple(v)->length != 9) {
        rt_raise(ts, &rt_exc_TypeError, "%s(): illegal time tuple argument", fname);
        return -1;
    }
    int64_t year = 0;
    int *dst[] = {NULL, &t->tm_mon, &t->tm_mday, &t->tm_hour, &t->tm_min, &t->tm_sec, &t->tm_wday, &t->tm_yday, &t->tm_isdst};
    for (int i = 0; i < 9; i++) {
        int x = rt_as_int(ts, rt_as_tuple(v)->items[i]);
        if (rt_pending(ts))
            return -1;
        if (i == 0)
            year = x;
        else
            *dst[i] = x;
    }
    if (year < -2147483648ll + 1900) {
        rt_raise(ts, &rt_exc_OverflowError, "year out of range");
        return -1;
    }
    t->tm_year = (int)(year - 1900);
    t->tm_mon--;
    t->tm_wday = (t->tm_wday + 1) % 7;
    t->tm_yday--;
    if (rt_type_of(v) == &struct_time_type) {
        rt_value zone = rt_as_tuple(v)->items[9], off = rt_as_tuple(v)->items[10];
        if (rt_is_str(zone))
            t->tm_zone = rt_str_utf8(ts, zone, NULL);
        if (rt_is_int(off))
            t->tm_gmtoff = rt_int_get(off);
        rt_exc_clear(ts);
    }
    return 0;
}
static int check_tm(struct rt_thread *ts, struct tm *t)
{
    const char *bad = NULL;
    if (t->tm_mon == -1)
        t->tm_mon = 0;
    else if (t->tm_mon < 0 || t->tm_mon > 11)
        bad = "month out of range";
    if (t->tm_mday == 0)
        t->tm_mday = 1;
    else if (t->tm_mday < 0 || t->tm_mday > 31)
        bad = bad ? bad : "day of month out of range";
    if (t->tm_hour < 0 || t->tm_hour > 23)
        bad = bad ? bad : "hour out of range";
    if (t->tm_min < 0 || t->tm_min > 59)
        bad = bad ? bad : "minute out of range";
    if (t->tm_sec < 0 || t->tm_sec > 61)
        bad = bad ? bad : "seconds out of range";
    if (t->tm_wday < 0)
        bad = bad ? bad : "day of week out of range";
    if (t->tm_yday == -1)
        t->tm_yday = 0;
    else if (t->tm_yday < 0 || t->tm_yday > 365)
        bad = bad ? bad : "day of year out of range";
    if (bad)
        rt_raise(ts, &rt_exc_ValueError, "%s", bad);
    return bad ? -1 : 0;
}
static int optional_tm(struct rt_thread *ts, const rt_value *args, uint32_t n, struct tm *t, const char *fname)
{
    if (!n) {
        rt_localtime(time(NULL), t);
        return 0;
    }
    return to_tm(ts, args[0], t, fname) < 0 || check_tm(ts, t) < 0 ? -1 : 0;
}
static rt_value asctime_of(struct rt_thread *ts, const struct tm *t)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char buf[80];
    snprintf(buf, sizeof(buf), "%.3s %.3s%3d %.2d:%.2d:%.2d %lld", days + 3 * (t->tm_wday % 7), months + 3 * t->tm_mon, t->tm_mday, t->tm_hour,
             t->tm_min, t->tm_sec, 1900ll + t->tm_year);
    return rt_str_from_cstr(ts, buf);
}
static rt_value t_asctime(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct tm t;
    return rt_args_count(ts, "asctime", n, 0, 1) < 0 || optional_tm(ts, args, n, &t, "asctime") < 0 ? RT_NULL : asctime_of(ts, &t);
}
static rt_value t_ctime(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    time_t s;
    struct tm t;
    if (seconds_arg(ts, "ctime", args, n, &s) < 0)
        return RT_NULL;
    return rt_localtime(s, &t) ? asctime_of(ts, &t) : os_error(ts);
}
static rt_value t_mktime(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct tm t;
    if (to_tm(ts, v, &t, "mktime") < 0)
        return RT_NULL;
    t.tm_wday = -1;
    time_t s = mktime(&t);
    if (s == (time_t)-1 && t.tm_wday == -1)
        return rt_raise(ts, &rt_exc_OverflowError, "mktime argument out of range");
    return rt_float_new(ts, (double)s);
}
static rt_value t_strftime(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct tm t;
    if (rt_args_count(ts, "strftime", n, 1, 2) < 0)
        return RT_NULL;
    if (!rt_is_str(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "strftime() argument 1 must be str, not %N", args[0]);
    if (optional_tm(ts, args + 1, n - 1, &t, "strftime") < 0)
        return RT_NULL;
    if (t.tm_isdst < -1)
        t.tm_isdst = -1;
    else if (t.tm_isdst > 1)
        t.tm_isdst = 1;
    rt_value f = rt_str_encode(ts, args[0], "utf-8", "surrogateescape");
    if (rt_is_null(f))
        return f;
    const char *fmt = rt_as_bytes(f)->data;
    rt_value res = RT_NULL;
    if (strlen(fmt) != rt_as_bytes(f)->length) {
        rt_raise(ts, &rt_exc_ValueError, "embedded null character");
    } else if (!*fmt) {
        res = rt_str_empty();
    } else {
        for (size_t cap = 1024;; cap *= 2) {
            char *out = rt_raw_malloc(cap);
            if (!out) {
                rt_raise_no_memory(ts);
                break;
            }
            size_t len = strftime(out, cap, fmt, &t);
            if (len || cap >= 256 * strlen(fmt)) {
                res = rt_str_decode(ts, out, len, "utf-8", "surrogateescape");
                rt_raw_free(out);
                break;
            }
            rt_raw_free(out);
        }
    }
    rt_decref(ts, f);
    return res;
}
static rt_value t_strptime(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    rt_value f = rt_import_attr(ts, "_strptime", "_strptime_time"), r;
    if (rt_is_null(f))
        return f;
    r = rt_call(ts, f, args, n, RT_NULL);
    rt_decref(ts, f);
    return r;
}

static pthread_mutex_t tz_lock = PTHREAD_MUTEX_INITIALIZER; /* tzset() writes C globals; leaf lock */
static int set_zone(struct rt_thread *ts, rt_value m)
{
    pthread_mutex_lock(&tz_lock);
    tzset();
    rt_zone_changed(true);
    char names[2][64];
    for (int i = 0; i < 2; i++)
        snprintf(names[i], sizeof(names[i]), "%s", tzname[i]);
    long zone = timezone;
    int light = daylight;
    pthread_mutex_unlock(&tz_lock);
    time_t now = time(NULL), year = now / 31557600 * 31557600;
    struct tm jan, jul;
    time_t jul_t = year + 15778800;
    localtime_r(&year, &jan);
    localtime_r(&jul_t, &jul);
    long alt = jan.tm_gmtoff > jul.tm_gmtoff ? -jan.tm_gmtoff : -jul.tm_gmtoff;
    rt_module_add_int(ts, m, "timezone", zone);
    rt_module_add_int(ts, m, "altzone", light ? alt : zone);
    rt_module_add_int(ts, m, "daylight", light);
    rt_value a = rt_str_fsdecode(ts, names[0], strlen(names[0])), b = rt_str_fsdecode(ts, names[1], strlen(names[1]));
    rt_value pair = rt_tuple_pack(ts, 2, a, b);
    rt_decref(ts, a);
    rt_decref(ts, b);
    return rt_module_add(ts, m, "tzname", pair);
}
static rt_value t_tzset(struct rt_thread *ts, rt_value self) { return set_zone(ts, self) < 0 ? RT_NULL : RT_NONE; }

static rt_value t_get_clock_info(struct rt_thread *ts, rt_value self, rt_value name)
{
    static const struct { const char *name, *impl; clockid_t id; bool monotonic, adjustable; } clocks[] = {
        {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false, true}, {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
        {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
        {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true, false},
        {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true, false}};
    if (!rt_is_str(name))
        return rt_raise(ts, &rt_exc_TypeError, "get_clock_info() argument 1 must be str, not %N", name);
    for (size_t i = 0; i < RT_COUNTOF(clocks); i++) {
        if (!rt_str_eq_cstr(name, clocks[i].name))
            continue;
        struct timespec res;
        clock_getres(clocks[i].id, &res);
        rt_value ns = rt_call0(ts, rt_type_value(&rt_namespace_type));
        if (rt_is_null(ns))
            return ns;
        rt_setattr_cstr(ts, ns, "implementation", rt_str_intern_cstr(ts, clocks[i].impl));
        rt_setattr_cstr(ts, ns, "monotonic", rt_bool(clocks[i].monotonic));
        rt_setattr_cstr(ts, ns, "adjustable", rt_bool(clocks[i].adjustable));
        rt_setattr_cstr(ts, ns, "resolution", rt_float_new(ts, in_seconds(res)));
        return ns;
    }
    return rt_raise(ts, &rt_exc_ValueError, "unknown clock");
}

static int time_exec(struct rt_thread *ts, rt_value m)
{
    static const struct { const char *name; int id; } ids[] = {
        {"CLOCK_REALTIME", CLOCK_REALTIME}, {"CLOCK_MONOTONIC", CLOCK_MONOTONIC}, {"CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW},
        {"CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID}, {"CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID},
        {"CLOCK_BOOTTIME", CLOCK_BOOTTIME}, {"CLOCK_TAI", CLOCK_TAI}};
    if (rt_structseq_ready(ts, &struct_time_type, &tm_desc) < 0 || rt_module_add_type(ts, m, &struct_time_type) < 0)
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(ids); i++)
        rt_module_add_int(ts, m, ids[i].name, ids[i].id);
    rt_module_add_int(ts, m, "_STRUCT_TM_ITEMS", 11);
    return set_zone(ts, m);
}
#define PAIR(name) {#name, t_##name, RT_METH_NOARGS, #name "() -> float"}, {#name "_ns", t_##name##_ns, RT_METH_NOARGS, #name "_ns() -> int"}
static const struct rt_method_def time_methods[] = {
    PAIR(time), PAIR(monotonic), PAIR(perf_counter), PAIR(process_time), PAIR(thread_time),
    {"clock_gettime", t_clock_gettime, RT_METH_O, "clock_gettime(clk_id) -> float"}, {"clock_gettime_ns", t_clock_gettime_ns, RT_METH_O, "clock_gettime_ns(clk_id) -> int"},
    {"clock_getres", t_clock_getres, RT_METH_O, "clock_getres(clk_id) -> floating point number"}, {"sleep", t_sleep, RT_METH_O, "sleep(seconds)\n\nDelay execution for a given number of seconds."},
    {"clock_settime", t_clock_settime, RT_METH_FAST, "clock_settime(clk_id, time)\n\nSet the time of the specified clock clk_id."},
    {"clock_settime_ns", t_clock_settime_ns, RT_METH_FAST, "clock_settime_ns(clk_id, time)\n\nSet the time of the specified clock clk_id with nanoseconds."},
    {"pthread_getcpuclockid", t_pthread_getcpuclockid, RT_METH_O, "pthread_getcpuclockid(thread_id) -> int\n\nReturn the clk_id of a thread's CPU time clock."},
    {"gmtime", t_gmtime, RT_METH_FAST, "gmtime([seconds]) -> (tm_year, tm_mon, tm_mday, tm_hour, tm_min,\n                       tm_sec, tm_wday, tm_yday, tm_isdst)"},
    {"localtime", t_localtime, RT_METH_FAST, "localtime([seconds]) -> (tm_year,tm_mon,tm_mday,tm_hour,tm_min,\n                          tm_sec,tm_wday,tm_yday,tm_isdst)"},
    {"asctime", t_asctime, RT_METH_FAST, "asctime([tuple]) -> string"}, {"ctime", t_ctime, RT_METH_FAST, "ctime(seconds) -> string"},
    {"mktime", t_mktime, RT_METH_O, "mktime(tuple) -> floating point number"}, {"strftime", t_strftime, RT_METH_FAST, "strftime(format[, tuple]) -> string"},
    {"strptime", t_strptime, RT_METH_FAST, "strptime(string, format) -> struct_time"}, {"tzset", t_tzset, RT_METH_NOARGS, "tzset()"},
    {"get_clock_info", t_get_clock_info, RT_METH_O, "get_clock_info(name: str) -> dict\n\nGet information of the specified clock."}, {NULL},
};
const struct rt_module_def rt_module_time = {
    .name = "time", .doc = "This module provides various functions to manipulate time values.", .methods = time_methods, .exec = time_exec,
};
