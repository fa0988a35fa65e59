/* SPDX-License-Identifier: MIT */
/* datetime's methods: from and to other representations, time zones. */
#include <math.h>
#include <stdio.h>

#include "core/modules/datetime/datetime_internal.h"

/* ---- from a timestamp ---- */
static uint64_t key_of_tm(const struct tm *t, int us)
{
    return dt_date_key(t->tm_year + 1900, t->tm_mon + 1, t->tm_mday) | dt_time_key(t->tm_hour, t->tm_min, t->tm_sec > 59 ? 59 : t->tm_sec, us);
}
/* A local time that the clock showed before, too, is the later one of a fold. 1, 0, -1 */
static int later_of_fold(struct rt_thread *ts, int64_t s, uint64_t key)
{
    enum { MOST = 24 * 3600 };
    struct tm t;
    if (s - MOST < -62135596800ll)
        return 0;
    if (dt_localtime(ts, s - MOST, &t) < 0)
        return -1;
    int64_t now = dt_key_micros(key) / 1000000, before = dt_key_micros(key_of_tm(&t, 0)) / 1000000, change = now - before - MOST;
    if (change >= 0)
        return 0;
    if (dt_localtime(ts, s + change, &t) < 0)
        return -1;
    return dt_key_micros(key_of_tm(&t, 0)) / 1000000 == now;
}
static rt_value of_seconds(struct rt_thread *ts, rt_value cls, int64_t s, int us, bool local, rt_value tz)
{
    struct tm t;
    if (!local && s >= -62135596800ll && s <= 253402300799ll) /* no need to ask the C library */
        return dt_of_class(ts, cls, dt_from_micros((s + EPOCH_ORDINAL * 86400ll) * 1000000 + us), tz);
    if ((local ? dt_localtime : dt_gmtime)(ts, s, &t) < 0 || dt_check_date(ts, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday) < 0)
        return RT_NULL;
    uint64_t key = key_of_tm(&t, us);
    if (local && rt_is_null(tz)) {
        int fold = later_of_fold(ts, s, key);
        if (fold < 0)
            return RT_NULL;
        key |= (uint64_t)fold;
    }
    return dt_of_class(ts, cls, key, tz);
}
/* tz.fromutc(v); v consumed */
static rt_value from_utc(struct rt_thread *ts, rt_value tz, rt_value v)
{
    if (rt_is_null(tz) || rt_is_null(v))
        return v;
    rt_value r = rt_is_exact(tz, &rt_dt_zone_type) && rt_is_exact(v, &rt_dt_datetime_type) ? dt_add_micros(ts, v, delta_micros(AS_ZONE(tz)->offset)) :
                                                                                                 rt_call_method(ts, tz, "fromutc", &v, 1);
    rt_decref(ts, v);
    return r;
}
static rt_value of_now(struct rt_thread *ts, rt_value cls, bool local, rt_value tz)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return from_utc(ts, tz, of_seconds(ts, cls, now.tv_sec, (int)(now.tv_nsec / 1000), local, tz));
}
static rt_value now(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"tz", NULL};
    static const struct rt_argspec spec = {"now", names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || dt_check_tz(ts, v) < 0)
        return RT_NULL;
    return of_now(ts, cls, rt_is_null(v[0]), v[0]);
}
static rt_value utcnow(struct rt_thread *ts, rt_value cls) { return of_now(ts, cls, false, RT_NULL); }
static rt_value fromtimestamp(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"timestamp", "tz", NULL};
    static const struct rt_argspec spec = {"fromtimestamp", names, 0, 1, 2, 2};
    rt_value v[2];
    int64_t s;
    int us;
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || dt_check_tz(ts, &v[1]) < 0 || dt_timestamp_arg(ts, v[0], &s, &us, true) < 0)
        return RT_NULL;
    return from_utc(ts, v[1], of_seconds(ts, cls, s, us, rt_is_null(v[1]), v[1]));
}
static rt_value utcfromtimestamp(struct rt_thread *ts, rt_value cls, rt_value stamp)
{
    int64_t s;
    int us;
    return dt_timestamp_arg(ts, stamp, &s, &us, true) < 0 ? RT_NULL : of_seconds(ts, cls, s, us, false, RT_NULL);
}

/* ---- from text and parts ---- */
static rt_value parse_text(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "strptime", n, 2, 2) < 0)
        return RT_NULL;
    for (int i = 0; i < 2; i++)
        if (!rt_is_str(args[i]))
            return rt_raise(ts, &rt_exc_TypeError, "strptime() argument %d must be str, not %N", i + 1, args[i]);
    rt_value f = rt_import_attr(ts, "_strptime", "_strptime_datetime"), r = rt_is_null(f) ? f : rt_call3(ts, f, cls, args[0], args[1]);
    rt_decref(ts, f);
    return r;
}
static rt_value combine(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"date", "time", "tzinfo", NULL};
    static const struct rt_argspec spec = {"combine", names, 0, 2, 3, 3};
    rt_value v[3];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!is_date(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "combine() argument 1 must be datetime.date, not %N", v[0]);
    if (!is_time(v[1]))
        return rt_raise(ts, &rt_exc_TypeError, "combine() argument 2 must be datetime.time, not %N", v[1]);
    if (rt_is_null(v[2]))
        v[2] = AS_DT(v[1])->tz;
    if (dt_check_tz(ts, &v[2]) < 0)
        return RT_NULL;
    return dt_of_class(ts, cls, (AS_DT(v[0])->key & DT_DATE_MASK) | AS_DT(v[1])->key, v[2]);
}
static rt_value datetime_fromisoformat(struct rt_thread *ts, rt_value cls, rt_value v)
{
    struct iso_text t;
    struct fields f = {0};
    int64_t us = 0;
    uint64_t k = 0;
    if (dt_iso_text(ts, v, &t) < 0)
        return RT_NULL;
    size_t split = t.n < 7 ? 0 : dt_date_length(t.s, t.n);
    int r = split == 0 || split > t.n ? -1 : dt_parse_date(t.s, split, &k);
    if (r == 0 && t.n > split)
        r = dt_parse_time(t.s + split + 1, t.n - split - 1, &f, &us);
    dt_iso_free(&t);
    if (r < 0)
        return dt_bad_iso(ts, v);
    if (dt_check_date(ts, dt_year(k), dt_month(k), dt_day(k)) < 0 || dt_check_time(ts, &f) < 0)
        return RT_NULL;
    rt_value tz = dt_parsed_zone(ts, r, us);
    if (rt_is_null(tz))
        return tz;
    rt_value x = dt_of_class(ts, cls, k | dt_time_key(f.hour, f.minute, f.second, f.micro), rt_is_none(tz) ? RT_NULL : tz);
    rt_decref(ts, tz);
    return x;
}

/* ---- to others ---- */
static rt_value get_date(struct rt_thread *ts, rt_value self) { return dt_make_date(ts, &rt_dt_date_type, AS_DT(self)->key); }
static rt_value get_time(struct rt_thread *ts, rt_value self) { return dt_make(ts, &rt_dt_time_type, AS_DT(self)->key & ~DT_DATE_MASK, RT_NULL); }
static rt_value get_timetz(struct rt_thread *ts, rt_value self) { return dt_make(ts, &rt_dt_time_type, AS_DT(self)->key & ~DT_DATE_MASK, AS_DT(self)->tz); }
static rt_value timetuple(struct rt_thread *ts, rt_value self)
{
    int flag = -1;
    rt_value dst = dt_offset_call(ts, AS_DT(self)->tz, "dst", self);
    if (rt_is_null(dst))
        return dst;
    if (!rt_is_none(dst))
        flag = delta_micros(dst) != 0;
    rt_decref(ts, dst);
    return dt_struct_time(ts, AS_DT(self)->key, flag);
}
static rt_value utctimetuple(struct rt_thread *ts, rt_value self)
{
    rt_value off = dt_utcoffset(ts, AS_DT(self)->tz, self);
    if (rt_is_null(off))
        return off;
    int64_t us = dt_key_micros(AS_DT(self)->key) - (rt_is_none(off) ? 0 : offset_micros(off));
    rt_decref(ts, off);
    if (us < DAY_MICROS || us >= (MAX_ORDINAL + 1ll) * DAY_MICROS)
        return rt_raise(ts, &rt_exc_OverflowError, "date value out of range");
    return dt_struct_time(ts, dt_from_micros(us), 0);
}
static rt_value timestamp(struct rt_thread *ts, rt_value self)
{
    uint64_t k = AS_DT(self)->key;
    int64_t s;
    if (rt_is_null(AS_DT(self)->tz)) {
        if (dt_local_to_utc(ts, k, &s) < 0)
            return RT_NULL;
        return rt_float_new(ts, (double)s + dt_micro(k) / 1e6);
    }
    rt_value off = dt_utcoffset(ts, AS_DT(self)->tz, self);
    if (rt_is_null(off))
        return off;
    if (rt_is_none(off))
        return rt_raise(ts, &rt_exc_TypeError, "can't subtract offset-naive and offset-aware datetimes");
    int64_t us = dt_key_micros(k) - offset_micros(off) - EPOCH_ORDINAL * DAY_MICROS;
    rt_decref(ts, off);
    rt_value d = dt_delta_from_micros(ts, us), r = rt_is_null(d) ? d : rt_call_method(ts, d, "total_seconds", NULL, 0);
    rt_decref(ts, d);
    return r;
}
static rt_value isoformat(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"sep", "timespec", NULL};
    static const struct rt_argspec spec = {"isoformat", names, 0, 0, 2, 2};
    rt_value v[2];
    uint32_t sep = 'T';
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_null(v[0])) {
        if (!rt_is_str(v[0]))
            return rt_raise(ts, &rt_exc_TypeError, "isoformat() argument 1 must be a unicode character, not %N", v[0]);
        if (rt_str_len(v[0]) != 1)
            return rt_raise(ts, &rt_exc_TypeError, "isoformat() argument 1 must be a unicode character, not str");
        sep = rt_str_at(rt_as_str(v[0]), 0);
    }
    char buf[80], *p = dt_put_date(buf, AS_DT(self)->key);
    *p++ = (char)sep;
    if (dt_isoformat_tail(ts, p, self, v[1], self, &p) < 0)
        return RT_NULL;
    if (sep < 256)
        return rt_str_from_latin1(ts, (uint8_t *)buf, (size_t)(p - buf));
    uint32_t wide[80];
    size_t len = (size_t)(p - buf);
    for (size_t i = 0; i < len; i++)
        wide[i] = i == 10 ? sep : (uint8_t)buf[i];
    return rt_str_from_ucs4(ts, wide, len);
}

/* ---- time zones ---- */
static rt_value utcoffset(struct rt_thread *ts, rt_value self) { return dt_utcoffset(ts, AS_DT(self)->tz, self); }
static rt_value dst(struct rt_thread *ts, rt_value self) { return dt_offset_call(ts, AS_DT(self)->tz, "dst", self); }
static rt_value zone_name(struct rt_thread *ts, rt_value self) { return dt_tzname(ts, AS_DT(self)->tz, self); }
/* The offset of an aware self; a naive one is in local time, which *zone (owned) becomes. */
static rt_value offset_or_local(struct rt_thread *ts, rt_value self, rt_value *zone)
{
    int64_t s;
    rt_value off = dt_utcoffset(ts, *zone, self);
    if (!rt_is_none(off))
        return off;
    rt_value tz = dt_local_to_utc(ts, AS_DT(self)->key, &s) < 0 ? RT_NULL : dt_local_zone(ts, s);
    rt_decref(ts, *zone);
    *zone = tz;
    return rt_is_null(tz) ? tz : rt_newref(ts, AS_ZONE(tz)->offset);
}
static rt_value astimezone(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"tz", NULL};
    static const struct rt_argspec spec = {"astimezone", names, 0, 0, 1, 1};
    rt_value v[1], mine, to, r = RT_NULL;
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || dt_check_tz(ts, v) < 0)
        return RT_NULL;
    if (!rt_is_null(v[0]) && rt_is(AS_DT(self)->tz, v[0]))
        return rt_newref(ts, self);
    mine = rt_newref(ts, AS_DT(self)->tz);
    rt_value off = offset_or_local(ts, self, &mine);
    if (!rt_is_null(off) && !rt_is_null(v[0]) && rt_is(mine, v[0])) {
        rt_decref(ts, off);
        rt_decref(ts, mine);
        return rt_newref(ts, self);
    }
    int64_t us = rt_is_null(off) ? 0 : dt_key_micros(AS_DT(self)->key) - offset_micros(off);
    bool fine = !rt_is_null(off);
    rt_decref(ts, off);
    rt_decref(ts, mine);
    if (!fine)
        return RT_NULL;
    if (us < DAY_MICROS || us >= (MAX_ORDINAL + 1ll) * DAY_MICROS)
        return rt_raise(ts, &rt_exc_OverflowError, "date value out of range");
    to = rt_is_null(v[0]) ? dt_local_zone(ts, us / 1000000 - EPOCH_ORDINAL * 86400ll) : rt_newref(ts, v[0]);
    if (!rt_is_null(to))
        r = from_utc(ts, to, dt_of_class(ts, rt_type_value(rt_type_of(self)), dt_from_micros(us), to));
    rt_decref(ts, to);
    return r;
}
static rt_value reduce(struct rt_thread *ts, rt_value self) { return dt_datetime_reduce(ts, self, 2); }
static rt_value reduce_ex(struct rt_thread *ts, rt_value self, rt_value protocol)
{
    int p;
    return dt_int(ts, protocol, &p) < 0 ? RT_NULL : dt_datetime_reduce(ts, self, p);
}

const struct rt_method_def rt_dt_datetime_methods[] = {
    {"now", now, RT_METH_KW | RT_METH_CLASS, "now($type, /, tz=None)\n--\n\nReturns new datetime object representing current time local to tz.\n\n"
     "  tz\n    Timezone object.\n\nIf no tz is specified, uses local timezone."},
    {"utcnow", utcnow, RT_METH_NOARGS | RT_METH_CLASS, "Return a new datetime representing UTC day and time."},
    {"fromtimestamp", fromtimestamp, RT_METH_KW | RT_METH_CLASS, "timestamp[, tz] -> tz's local time from POSIX timestamp."},
    {"utcfromtimestamp", utcfromtimestamp, RT_METH_O | RT_METH_CLASS, "Construct a naive UTC datetime from a POSIX timestamp."},
    {"strptime", parse_text, RT_METH_FAST | RT_METH_CLASS, "string, format -> new datetime parsed from a string (like time.strptime())."},
    {"combine", combine, RT_METH_KW | RT_METH_CLASS, "date, time -> datetime with same date and time fields"},
    {"fromisoformat", datetime_fromisoformat, RT_METH_O | RT_METH_CLASS, "string -> datetime from a string in most ISO 8601 formats"},
    {"date", get_date, RT_METH_NOARGS, "Return date object with same year, month and day."},
    {"time", get_time, RT_METH_NOARGS, "Return time object with same time but with tzinfo=None."},
    {"timetz", get_timetz, RT_METH_NOARGS, "Return time object with same time and tzinfo."},
    {"timestamp", timestamp, RT_METH_NOARGS, "Return POSIX timestamp as float."},
    {"timetuple", timetuple, RT_METH_NOARGS, "Return time tuple, compatible with time.localtime()."},
    {"utctimetuple", utctimetuple, RT_METH_NOARGS, "Return UTC time tuple, compatible with time.localtime()."},
    {"isoformat", isoformat, RT_METH_KW, "[sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\nsep is used to separate the year from the time, "
     "and defaults to 'T'.\nThe optional argument timespec specifies the number of additional terms\nof the time to include. Valid options are 'auto', 'hours', 'minutes',\n"
     "'seconds', 'milliseconds' and 'microseconds'.\n"},
    {"utcoffset", utcoffset, RT_METH_NOARGS, "Return self.tzinfo.utcoffset(self)."},
    {"tzname", zone_name, RT_METH_NOARGS, "Return self.tzinfo.tzname(self)."},
    {"dst", dst, RT_METH_NOARGS, "Return self.tzinfo.dst(self)."},
    {"replace", dt_datetime_replace, RT_METH_KW, "Return datetime with new specified fields."},
    {"astimezone", astimezone, RT_METH_KW, "tz -> convert to local time in new timezone tz\n"},
    {"__reduce_ex__", reduce_ex, RT_METH_O, "__reduce_ex__(proto) -> (cls, state)"},
    {"__reduce__", reduce, RT_METH_NOARGS, "__reduce__() -> (cls, state)"},
    {NULL},
};
