/* SPDX-License-Identifier: MIT */
/* date, what datetime shares with it, and the triple that isocalendar() gives. */
#include <stdio.h>

#include "core/modules/datetime/datetime_internal.h"

rt_value dt_make_date(struct rt_thread *ts, struct rt_type *t, uint64_t key)
{
    struct dt *d = dt_alloc(ts, t, t == &rt_dt_date_type ? offsetof(struct dt, tz) : 0, 0);
    if (!d)
        return RT_NULL;
    d->key = key & DT_DATE_MASK;
    return rt_own(d);
}
rt_value dt_date_of_class(struct rt_thread *ts, rt_value cls, uint64_t k)
{
    struct rt_type *t = rt_as_type(cls);
    if (t == &rt_dt_date_type)
        return dt_make_date(ts, t, k);
    if (t == &rt_dt_datetime_type)
        return dt_make(ts, t, k & DT_DATE_MASK, RT_NULL);
    return rt_call3(ts, cls, rt_int_imm(dt_year(k)), rt_int_imm(dt_month(k)), rt_int_imm(dt_day(k)));
}
int dt_state(struct rt_thread *ts, rt_value v, size_t n, const char *what, uint8_t *out)
{
    if (!rt_is_ptr(v))
        return 0;
    if (rt_is_bytes(v)) {
        if (rt_as_bytes(v)->length != n)
            return 0;
        memcpy(out, rt_as_bytes(v)->data, n);
        return 1;
    }
    if (!rt_is_str(v) || rt_str_len(v) != n)
        return 0;
    size_t at = n == 6 ? 0 : 2; /* a month or an hour says whether it can be a state at all */
    uint32_t c = rt_str_at(rt_as_str(v), at) & 0x7f;
    if (n == 6 ? c >= 24 : c < 1 || c > 12)
        return 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t x = rt_str_at(rt_as_str(v), i);
        if (x > 255) {
            rt_raise(ts, &rt_exc_ValueError, "Failed to encode latin1 string when unpickling a %s object. "
                     "pickle.load(data, encoding='latin1') is assumed.", what);
            return -1;
        }
        out[i] = (uint8_t)x;
    }
    return 1;
}
rt_value dt_reduce(struct rt_thread *ts, rt_value self, const uint8_t *state, size_t n, rt_value tz)
{
    rt_value b = rt_bytes_new(ts, state, n), args = RT_NULL, r = RT_NULL;
    if (!rt_is_null(b))
        args = rt_is_null(tz) ? rt_tuple_pack(ts, 1, b) : rt_tuple_pack(ts, 2, b, tz);
    if (!rt_is_null(args))
        r = rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(self)), args);
    rt_decref(ts, b);
    rt_decref(ts, args);
    return r;
}

static rt_value date_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"year", "month", "day", NULL};
    static const struct rt_argspec spec = {NULL, names, 0, 3, 3, 3};
    rt_value v[3];
    int y, m, d;
    uint8_t s[4];
    if (n == 1 && rt_is_null(kw) && rt_is_ptr(args[0])) {
        int r = dt_state(ts, args[0], 4, "date", s);
        if (r < 0)
            return RT_NULL;
        if (r && s[2] >= 1 && s[2] <= 12)
            return dt_make_date(ts, t, dt_date_key(s[0] << 8 | s[1], s[2], s[3]));
    }
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || dt_int(ts, v[0], &y) < 0 || dt_int(ts, v[1], &m) < 0 || dt_int(ts, v[2], &d) < 0 ||
        dt_check_date(ts, y, m, d) < 0)
        return RT_NULL;
    return dt_make_date(ts, t, dt_date_key(y, m, d));
}

/* ---- class methods ---- */
static rt_value from_timestamp(struct rt_thread *ts, rt_value cls, rt_value stamp)
{
    int64_t s;
    int us;
    struct tm t;
    if (dt_timestamp_arg(ts, stamp, &s, &us, false) < 0 || dt_localtime(ts, s, &t) < 0)
        return RT_NULL;
    if (dt_check_date(ts, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday) < 0)
        return RT_NULL;
    return dt_date_of_class(ts, cls, dt_date_key(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday));
}
static rt_value date_today(struct rt_thread *ts, rt_value cls)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (rt_as_type(cls) == &rt_dt_date_type)
        return from_timestamp(ts, cls, rt_int_imm(now.tv_sec));
    rt_value f = rt_import_attr(ts, "time", "time"), t = rt_is_null(f) ? f : rt_call0(ts, f);
    rt_value r = rt_is_null(t) ? t : rt_call_method(ts, cls, "fromtimestamp", &t, 1);
    rt_decref(ts, f);
    rt_decref(ts, t);
    return r;
}
static rt_value from_ordinal(struct rt_thread *ts, rt_value cls, rt_value v)
{
    int x;
    if (dt_int(ts, v, &x) < 0)
        return RT_NULL;
    if (x < 1)
        return rt_raise(ts, &rt_exc_ValueError, "ordinal must be >= 1");
    if (x > MAX_ORDINAL)
        return rt_raise(ts, &rt_exc_ValueError, "year %i is out of range", (int)((x - 1) / 365.2425) + 1);
    return dt_date_of_class(ts, cls, dt_from_ordinal(x));
}
static rt_value date_fromisoformat(struct rt_thread *ts, rt_value cls, rt_value v)
{
    struct iso_text t;
    uint64_t k = 0;
    if (dt_iso_text(ts, v, &t) < 0)
        return RT_NULL;
    int r = t.n == 7 || t.n == 8 || t.n == 10 ? dt_parse_date(t.s, t.n, &k) : -1;
    dt_iso_free(&t);
    if (r < 0)
        return dt_bad_iso(ts, v);
    if (dt_check_date(ts, dt_year(k), dt_month(k), dt_day(k)) < 0)
        return RT_NULL;
    return dt_date_of_class(ts, cls, k);
}
static rt_value fromisocalendar(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"year", "week", "day", NULL};
    static const struct rt_argspec spec = {"fromisocalendar", names, 0, 3, 3, 3};
    rt_value v[3];
    int x[3];
    uint64_t k = 0;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 3; i++)
        if (dt_int(ts, v[i], &x[i]) < 0) {
            if (rt_exc_clear_if(ts, &rt_exc_OverflowError))
                rt_raise(ts, &rt_exc_ValueError, "ISO calendar component out of range");
            return RT_NULL;
        }
    switch (dt_from_iso_calendar(x[0], x[1], x[2], &k)) {
    case -1: return rt_raise(ts, &rt_exc_ValueError, "Year is out of range: %d", x[0]);
    case -2: return rt_raise(ts, &rt_exc_ValueError, "Invalid week: %d", x[1]);
    case -3: return rt_raise(ts, &rt_exc_ValueError, "Invalid weekday: %d (range is [1, 7])", x[2]);
    }
    if (dt_check_date(ts, dt_year(k), dt_month(k), dt_day(k)) < 0)
        return RT_NULL;
    return dt_date_of_class(ts, cls, k);
}

/* ---- methods ---- */
static rt_value date_isoformat(struct rt_thread *ts, rt_value self)
{
    char buf[16], *p = dt_put_date(buf, AS_DT(self)->key);
    return rt_str_from_latin1(ts, (uint8_t *)buf, (size_t)(p - buf));
}
static rt_value date_str(struct rt_thread *ts, rt_value self) { return rt_call_method(ts, self, "isoformat", NULL, 0); }
static rt_value date_repr(struct rt_thread *ts, rt_value self)
{
    uint64_t k = AS_DT(self)->key;
    return rt_str_format(ts, "%s(%d, %d, %d)", rt_typename(self), dt_year(k), dt_month(k), dt_day(k));
}
static rt_value date_ctime(struct rt_thread *ts, rt_value self)
{
    static const char days[] = "MonTueWedThuFriSatSun", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint64_t k = AS_DT(self)->key;
    char buf[40];
    int n = snprintf(buf, sizeof buf, "%.3s %.3s %2d %02d:%02d:%02d %04d", days + (dt_key_ordinal(k) + 6) % 7 * 3, months + (dt_month(k) - 1) * 3,
                     dt_day(k), dt_hour(k), dt_minute(k), dt_second(k), dt_year(k));
    return rt_str_from_latin1(ts, (uint8_t *)buf, (size_t)n);
}
static rt_value date_strftime(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"format", NULL};
    static const struct rt_argspec spec = {"strftime", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "strftime() argument 1 must be str, not %N", v[0]);
    return dt_strftime(ts, self, v[0], is_datetime(self) ? AS_DT(self)->tz : RT_NULL, self);
}
rt_value dt_struct_time(struct rt_thread *ts, uint64_t k, int dst)
{
    rt_value f = rt_import_attr(ts, "time", "struct_time"), t, r;
    if (rt_is_null(f))
        return f;
    int ordinal = dt_key_ordinal(k);
    t = rt_tuple_pack(ts, 9, rt_int_imm(dt_year(k)), rt_int_imm(dt_month(k)), rt_int_imm(dt_day(k)), rt_int_imm(dt_hour(k)), rt_int_imm(dt_minute(k)),
                      rt_int_imm(dt_second(k)), rt_int_imm((ordinal + 6) % 7), rt_int_imm(ordinal - dt_ordinal(dt_year(k), 1, 1) + 1), rt_int_imm(dst));
    r = rt_is_null(t) ? t : rt_call1(ts, f, t);
    rt_decref(ts, t);
    rt_decref(ts, f);
    return r;
}
static rt_value date_timetuple(struct rt_thread *ts, rt_value self) { return dt_struct_time(ts, AS_DT(self)->key & DT_DATE_MASK, -1); }
static rt_value date_toordinal(struct rt_thread *ts, rt_value self) { return rt_int_imm(dt_key_ordinal(AS_DT(self)->key)); }
static rt_value date_weekday(struct rt_thread *ts, rt_value self) { return rt_int_imm((dt_key_ordinal(AS_DT(self)->key) + 6) % 7); }
static rt_value date_isoweekday(struct rt_thread *ts, rt_value self) { return rt_int_imm((dt_key_ordinal(AS_DT(self)->key) + 6) % 7 + 1); }
static rt_value date_replace(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"year", "month", "day", NULL};
    static const struct rt_argspec spec = {"replace", names, 0, 0, 3, 3};
    uint64_t k = AS_DT(self)->key;
    rt_value v[3];
    int y = dt_year(k), m = dt_month(k), d = dt_day(k);
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || (v[0].bits && dt_int(ts, v[0], &y) < 0) || (v[1].bits && dt_int(ts, v[1], &m) < 0) ||
        (v[2].bits && dt_int(ts, v[2], &d) < 0) || dt_check_date(ts, y, m, d) < 0)
        return RT_NULL;
    return dt_make_date(ts, rt_type_of(self), dt_date_key(y, m, d));
}
static rt_value date_reduce(struct rt_thread *ts, rt_value self)
{
    uint64_t k = AS_DT(self)->key;
    uint8_t s[4] = {(uint8_t)(dt_year(k) >> 8), (uint8_t)dt_year(k), (uint8_t)dt_month(k), (uint8_t)dt_day(k)};
    return dt_reduce(ts, self, s, 4, RT_NULL);
}
static rt_value date_isocalendar(struct rt_thread *ts, rt_value self)
{
    int x[3];
    dt_iso_calendar(AS_DT(self)->key, &x[0], &x[1], &x[2]);
    rt_value v = rt_type_alloc_var(ts, &rt_dt_isocalendar_type, 3);
    if (rt_is_null(v))
        return v;
    struct rt_tuple *t = rt_as_tuple(v);
    for (int i = 0; i < 3; i++)
        t->items[i] = rt_int_imm(x[i]);
    t->length = 3;
    return v;
}

/* ---- operators ---- */
static rt_value date_add_days(struct rt_thread *ts, rt_value self, int64_t days)
{
    int64_t x = dt_key_ordinal(AS_DT(self)->key) + days;
    if (x < 1 || x > MAX_ORDINAL)
        return rt_raise(ts, &rt_exc_OverflowError, "date value out of range");
    return dt_date_of_class(ts, rt_type_value(rt_type_of(self)), dt_from_ordinal((int)x));
}
static rt_value date_add(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (is_datetime(a) || is_datetime(b))
        return RT_NOTIMPL;
    if (is_date(a) && is_delta(b))
        return date_add_days(ts, a, AS_DELTA(b)->days);
    if (is_delta(a) && is_date(b))
        return date_add_days(ts, b, AS_DELTA(a)->days);
    return RT_NOTIMPL;
}
static rt_value date_sub(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (is_datetime(a) || is_datetime(b) || !is_date(a))
        return RT_NOTIMPL;
    if (is_date(b))
        return dt_delta_new(ts, dt_key_ordinal(AS_DT(a)->key) - dt_key_ordinal(AS_DT(b)->key), 0, 0);
    return is_delta(b) ? date_add_days(ts, a, -(int64_t)AS_DELTA(b)->days) : RT_NOTIMPL;
}
static rt_value date_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!is_date(b))
        return RT_NOTIMPL;
    return rt_compare_result(dt_compare_words((int64_t)(AS_DT(a)->key >> DT_DAY), (int64_t)(AS_DT(b)->key >> DT_DAY)), op);
}
static int64_t date_hash(struct rt_thread *ts, rt_value a) { return dt_mix(AS_DT(a)->key >> DT_DAY, 0); }

static rt_value get_year(struct rt_thread *ts, rt_value s, void *c) { return rt_int_imm(dt_year(AS_DT(s)->key)); }
static rt_value get_month(struct rt_thread *ts, rt_value s, void *c) { return rt_int_imm(dt_month(AS_DT(s)->key)); }
static rt_value get_day(struct rt_thread *ts, rt_value s, void *c) { return rt_int_imm(dt_day(AS_DT(s)->key)); }
static const struct rt_getset_def getset[] = {{"year", get_year}, {"month", get_month}, {"day", get_day}, {NULL}};
static const struct rt_method_def methods[] = {
    {"fromtimestamp", from_timestamp, RT_METH_O | RT_METH_CLASS, "fromtimestamp($type, timestamp, /)\n--\n\nCreate a date from a POSIX timestamp.\n\n"
     "The timestamp is a number, e.g. created via time.time(), that is interpreted\nas local time."},
    {"fromordinal", from_ordinal, RT_METH_O | RT_METH_CLASS, "int -> date corresponding to a proleptic Gregorian ordinal."},
    {"fromisoformat", date_fromisoformat, RT_METH_O | RT_METH_CLASS, "str -> Construct a date from a string in ISO 8601 format."},
    {"fromisocalendar", fromisocalendar, RT_METH_KW | RT_METH_CLASS, "int, int, int -> Construct a date from the ISO year, week number and weekday.\n\n"
     "This is the inverse of the function date.isocalendar()"},
    {"today", date_today, RT_METH_NOARGS | RT_METH_CLASS, "Current date or datetime:  same as self.__class__.fromtimestamp(time.time())."},
    {"ctime", date_ctime, RT_METH_NOARGS, "Return ctime() style string."},
    {"strftime", date_strftime, RT_METH_KW, "format -> strftime() style string."},
    {"__format__", dt_format, RT_METH_O, "Formats self with strftime."},
    {"timetuple", date_timetuple, RT_METH_NOARGS, "Return time tuple, compatible with time.localtime()."},
    {"isocalendar", date_isocalendar, RT_METH_NOARGS, "Return a named tuple containing ISO year, week number, and weekday."},
    {"isoformat", date_isoformat, RT_METH_NOARGS, "Return string in ISO 8601 format, YYYY-MM-DD."},
    {"isoweekday", date_isoweekday, RT_METH_NOARGS, "Return the day of the week represented by the date.\nMonday == 1 ... Sunday == 7"},
    {"toordinal", date_toordinal, RT_METH_NOARGS, "Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1."},
    {"weekday", date_weekday, RT_METH_NOARGS, "Return the day of the week represented by the date.\nMonday == 0 ... Sunday == 6"},
    {"replace", date_replace, RT_METH_KW, "Return date with new specified fields."},
    {"__reduce__", date_reduce, RT_METH_NOARGS, "__reduce__() -> (cls, state)"},
    {NULL},
};
struct rt_type rt_dt_date_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "datetime.date", .doc = "date(year, month, day) --> date object", .flags = RT_TF_BASETYPE,
    .basic_size = offsetof(struct dt, tz), .new = date_new, .repr = date_repr, .str = date_str, .hash = date_hash, .richcompare = date_compare,
    .binary = {[RT_BIN_ADD] = date_add, [RT_BIN_SUB] = date_sub}, .methods = methods, .getset = getset,
};

/* ---- IsoCalendarDate ---- */
static rt_value iso_field(struct rt_thread *ts, rt_value s, void *c) { return rt_newref(ts, rt_as_tuple(s)->items[(uintptr_t)c]); }
static rt_value iso_repr(struct rt_thread *ts, rt_value s)
{
    rt_value *v = rt_as_tuple(s)->items;
    return rt_str_format(ts, "%s(year=%S, week=%S, weekday=%S)", rt_typename(s), v[0], v[1], v[2]);
}
static rt_value iso_reduce(struct rt_thread *ts, rt_value s)
{
    rt_value t = rt_tuple_from(ts, rt_as_tuple(s)->items, 3), args = rt_is_null(t) ? t : rt_tuple_pack(ts, 1, t);
    rt_value r = rt_is_null(args) ? args : rt_tuple_pack(ts, 2, rt_type_value(&rt_tuple_type), args);
    rt_decref(ts, t);
    rt_decref(ts, args);
    return r;
}
static const struct rt_getset_def iso_getset[] = {{"year", iso_field, NULL, NULL, (void *)0}, {"week", iso_field, NULL, NULL, (void *)1},
                                                  {"weekday", iso_field, NULL, NULL, (void *)2}, {NULL}};
static const struct rt_method_def iso_methods[] = {{"__reduce__", iso_reduce, RT_METH_NOARGS, NULL}, {NULL}};
struct rt_type rt_dt_isocalendar_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "datetime.IsoCalendarDate", .doc = "The result of date.isocalendar() or datetime.isocalendar()\n\n"
    "This object may be accessed either as a tuple of\n  ((year, week, weekday))\nor via the object attributes as named in the above tuple.",
    .flags = RT_TF_NO_NEW, .base = &rt_tuple_type, .repr = iso_repr, .methods = iso_methods, .getset = iso_getset,
};
