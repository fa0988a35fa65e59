/* SPDX-License-Identifier: MIT */
/*
 * The proleptic Gregorian calendar, checks of arguments, and local time.
 *
 * Ordinals count days, 0001-01-01 is 1. Years are counted from March, so that the leap day is the last.
 */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "core/base/civil.h"
#include "core/modules/datetime/datetime_internal.h"

bool dt_is_leap(int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }
int dt_days_in_month(int y, int m) { return m == 2 ? 28 + dt_is_leap(y) : 30 + ((m + (m >> 3)) & 1); }
int dt_ordinal(int y, int m, int d)
{
    y -= m <= 2;
    int era = y / 400, of_era = y - era * 400, of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 305;
}
uint64_t dt_from_ordinal(int ordinal)
{
    int z = ordinal + 305, era = z / 146097, of_era = z - era * 146097;
    int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * y + y / 4 - y / 100), mp = (5 * of_year + 2) / 153;
    int m = mp < 10 ? mp + 3 : mp - 9;
    return dt_date_key(y + era * 400 + (m <= 2), m, of_year - (153 * mp + 2) / 5 + 1);
}
uint64_t dt_from_micros(int64_t us)
{
    int64_t days = us / DAY_MICROS, rest = us - days * DAY_MICROS;
    int seconds = (int)(rest / 1000000);
    return dt_from_ordinal((int)days) | dt_time_key(seconds / 3600, seconds / 60 % 60, seconds % 60, (int)(rest % 1000000));
}
/* The ordinal of the Monday that begins ISO year y. */
static int iso_start(int y)
{
    int first = dt_ordinal(y, 1, 1), weekday = (first + 6) % 7, monday = first - weekday;
    return weekday > 3 ? monday + 7 : monday;
}
void dt_iso_calendar(uint64_t k, int *year, int *week, int *weekday)
{
    int y = dt_year(k), today = dt_key_ordinal(k), start = iso_start(y);
    if (today < start) {
        start = iso_start(--y);
    } else if (today >= start + 364 && today >= iso_start(y + 1)) {
        start = iso_start(++y);
    }
    *year = y;
    *week = (today - start) / 7 + 1;
    *weekday = (today - start) % 7 + 1;
}
int dt_from_iso_calendar(int year, int week, int day, uint64_t *key)
{
    if (year < 1 || year > 9999)
        return -1;
    int first = dt_ordinal(year, 1, 1) % 7;
    if (week < 1 || week > 53 || (week == 53 && first != 4 && !(first == 3 && dt_is_leap(year))))
        return -2;
    if (day < 1 || day > 7)
        return -3;
    int ordinal = iso_start(year) + (week - 1) * 7 + day - 1;
    *key = ordinal < 1 ? dt_date_key(0, 12, 31 + ordinal) : dt_from_ordinal(ordinal);
    return 0;
}

int dt_check_date(struct rt_thread *ts, int y, int m, int d)
{
    if (rt_likely(y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && (d <= 28 || d <= dt_days_in_month(y, m))))
        return 0;
    if (y < 1 || y > 9999)
        rt_raise(ts, &rt_exc_ValueError, "year %i is out of range", y);
    else if (m < 1 || m > 12)
        rt_raise(ts, &rt_exc_ValueError, "month must be in 1..12");
    else
        rt_raise(ts, &rt_exc_ValueError, "day is out of range for month");
    return -1;
}
int dt_check_time(struct rt_thread *ts, const struct fields *f)
{
    const char *bad = f->hour < 0 || f->hour > 23 ? "hour must be in 0..23" : f->minute < 0 || f->minute > 59 ? "minute must be in 0..59" :
                      f->second < 0 || f->second > 59 ? "second must be in 0..59" :
                      f->micro < 0 || f->micro > 999999 ? "microsecond must be in 0..999999" :
                      f->fold != 0 && f->fold != 1 ? "fold must be either 0 or 1" : NULL;
    if (rt_likely(!bad))
        return 0;
    rt_raise(ts, &rt_exc_ValueError, "%s", bad);
    return -1;
}
int dt_int(struct rt_thread *ts, rt_value v, int *out)
{
    if (rt_likely(rt_is_int(v) && rt_int_get(v) == (int)rt_int_get(v))) {
        *out = (int)rt_int_get(v);
        return 0;
    }
    *out = rt_as_int(ts, v);
    return *out == -1 && rt_pending(ts) ? -1 : 0;
}
int dt_check_tz(struct rt_thread *ts, rt_value *tz)
{
    if (rt_is_null(*tz) || rt_is_none(*tz)) {
        *tz = RT_NULL;
        return 0;
    }
    if (is_tzinfo(*tz))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "tzinfo argument must be None or of a tzinfo subclass, not type '%T'", *tz);
    return -1;
}
int dt_compare_words(int64_t a, int64_t b) { return a < b ? -1 : a > b; }
int64_t dt_mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ rt_runtime.hash_key[0]) * 0x9e3779b97f4a7c15ull;
    h = (h ^ h >> 29 ^ b) * 0xbf58476d1ce4e5b9ull;
    h ^= h >> 32;
    return h == UINT64_MAX ? -2 : (int64_t)h;
}

/* ---- local time ---- */
int dt_localtime(struct rt_thread *ts, int64_t t, struct tm *out)
{
    errno = 0;
    if (rt_localtime(t, out))
        return 0;
    if (!errno)
        errno = EINVAL;
    rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    return -1;
}
int dt_gmtime(struct rt_thread *ts, int64_t t, struct tm *out)
{
    errno = 0;
    if (rt_gmtime(t, out))
        return 0;
    if (!errno)
        errno = EINVAL;
    rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    return -1;
}
/* *out: what the local clock shows at POSIX second u, as seconds since the ordinal 0; -1 error */
static int local(struct rt_thread *ts, int64_t u, int64_t *out)
{
    struct tm t;
    if (u < -62135596800ll || u > 253402300799ll) {
        rt_raise(ts, &rt_exc_ValueError, "year is out of range");
        return -1;
    }
    if (dt_localtime(ts, u, &t) < 0)
        return -1;
    if (t.tm_year + 1900 < 1 || t.tm_year + 1900 > 9999) {
        rt_raise(ts, &rt_exc_ValueError, "year %i is out of range", t.tm_year + 1900);
        return -1;
    }
    *out = dt_ordinal(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday) * 86400ll + t.tm_hour * 3600 + t.tm_min * 60 + t.tm_sec -
           EPOCH_ORDINAL * 86400ll;
    return 0;
}
/* Solves local(u) = key. In a fold there are two solutions, in a gap none. */
int dt_local_to_utc(struct rt_thread *ts, uint64_t key, int64_t *seconds)
{
    int64_t t = (dt_key_ordinal(key) - EPOCH_ORDINAL) * 86400ll + dt_seconds(key), lt, t1, t2;
    bool fold = dt_fold(key);
    if (local(ts, t, &lt) < 0)
        return -1;
    int64_t a = lt - t, b, u1 = t - a, u2;
    if (local(ts, u1, &t1) < 0)
        return -1;
    if (t1 == t) { /* one solution; perhaps there is another on the other side of a change */
        u2 = fold ? u1 + 86400 : u1 - 86400;
        if (local(ts, u2, &lt) < 0)
            return -1;
        b = lt - u2;
        if (a == b) {
            *seconds = u1;
            return 0;
        }
    } else {
        b = t1 - u1;
    }
    u2 = t - b;
    if (local(ts, u2, &t2) < 0)
        return -1;
    *seconds = t2 == t ? u2 : t1 == t ? u1 : fold == (u1 < u2) ? u1 : u2;
    return 0;
}

/* A number of seconds, to whole ones (rounded down) or to microseconds (half to even). */
int dt_timestamp_arg(struct rt_thread *ts, rt_value v, int64_t *seconds, int *micros, bool round)
{
    *micros = 0;
    if (!rt_is_float(v)) {
        *seconds = rt_as_i64(ts, v);
        if (!rt_pending(ts))
            return 0;
        if (rt_exc_clear_if(ts, &rt_exc_OverflowError))
            rt_raise(ts, &rt_exc_OverflowError, "timestamp out of range for platform time_t");
        return -1;
    }
    double d = rt_float_value(v), whole, part;
    if (isnan(d)) {
        rt_raise(ts, &rt_exc_ValueError, "Invalid value NaN (not a number)");
        return -1;
    }
    part = modf(d, &whole);
    if (round) {
        part = nearbyint(part * 1e6);
        if (part >= 1e6)
            part -= 1e6, whole += 1;
        else if (part < 0)
            part += 1e6, whole -= 1;
        if (part >= 1e6) /* a tiny negative fraction */
            part -= 1e6, whole += 1;
    } else {
        whole = floor(d);
        part = 0;
    }
    if (!(whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)) {
        rt_raise(ts, &rt_exc_OverflowError, "timestamp out of range for platform time_t");
        return -1;
    }
    *seconds = (int64_t)whole;
    *micros = (int)part;
    return 0;
}
