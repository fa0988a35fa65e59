/* SPDX-License-Identifier: MIT */
/* time: the clock's part of a day, with an optional tzinfo. */
#include <stdio.h>

#include "core/modules/datetime/datetime_internal.h"

rt_value dt_make(struct rt_thread *ts, struct rt_type *t, uint64_t key, rt_value tz)
{
    bool native = t == &rt_dt_datetime_type || t == &rt_dt_time_type;
    struct dt *d = dt_alloc(ts, t, native ? sizeof *d : 0, rt_is_null(tz) ? 0 : RT_OF_GC);
    if (!d)
        return RT_NULL;
    d->key = key;
    d->tz = rt_newref(ts, tz);
    rt_store_relaxed(&d->hash, -1);
    return rt_own(d);
}
int dt_time_args(struct rt_thread *ts, const rt_value *v, struct fields *f)
{
    int *out[] = {&f->hour, &f->minute, &f->second, &f->micro};
    for (int i = 0; i < 4; i++)
        if (!rt_is_null(v[i]) && dt_int(ts, v[i], out[i]) < 0)
            return -1;
    return 0;
}
static rt_value time_of_fields(struct rt_thread *ts, struct rt_type *t, const struct fields *f, rt_value tz)
{
    if (dt_check_time(ts, f) < 0)
        return RT_NULL;
    return dt_make(ts, t, dt_time_key(f->hour, f->minute, f->second, f->micro) | (uint64_t)f->fold, tz);
}
static rt_value bad_tz_state(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_TypeError, "bad tzinfo state arg"); }
static const char *const names[] = {"hour", "minute", "second", "microsecond", "tzinfo", "fold", NULL};
static rt_value time_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {NULL, names, 0, 0, 5, 6};
    struct fields f = {0};
    rt_value v[6];
    uint8_t s[6];
    if (n >= 1 && n <= 2 && rt_is_null(kw) && rt_is_ptr(args[0])) {
        int r = dt_state(ts, args[0], 6, "time", s);
        if (r < 0)
            return RT_NULL;
        if (r && (s[0] & 0x7f) < 24) {
            v[0] = n == 2 && !rt_is_none(args[1]) ? args[1] : RT_NULL;
            if (!rt_is_null(v[0]) && !is_tzinfo(v[0]))
                return bad_tz_state(ts);
            return dt_make(ts, t, dt_time_key(s[0] & 0x7f, s[1], s[2], s[3] << 16 | s[4] << 8 | s[5]) | s[0] >> 7, v[0]);
        }
    }
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || dt_time_args(ts, v, &f) < 0 || (v[5].bits && dt_int(ts, v[5], &f.fold) < 0) ||
        dt_check_time(ts, &f) < 0 || dt_check_tz(ts, &v[4]) < 0)
        return RT_NULL;
    return time_of_fields(ts, t, &f, v[4]);
}
static rt_value time_fromisoformat(struct rt_thread *ts, rt_value cls, rt_value v)
{
    struct iso_text t;
    struct fields f = {0};
    int64_t us;
    if (dt_iso_text(ts, v, &t) < 0)
        return RT_NULL;
    size_t skip = t.n && t.s[0] == 'T';
    int r = dt_parse_time(t.s + skip, t.n - skip, &f, &us);
    dt_iso_free(&t);
    if (r < 0)
        return dt_bad_iso(ts, v);
    rt_value tz = dt_parsed_zone(ts, r, us), x;
    if (rt_is_null(tz))
        return tz;
    if (rt_as_type(cls) == &rt_dt_time_type) {
        x = time_of_fields(ts, &rt_dt_time_type, &f, rt_is_none(tz) ? RT_NULL : tz);
    } else {
        rt_value a[] = {rt_int_imm(f.hour), rt_int_imm(f.minute), rt_int_imm(f.second), rt_int_imm(f.micro), tz};
        x = rt_call(ts, cls, a, 5, RT_NULL);
    }
    rt_decref(ts, tz);
    return x;
}
static rt_value time_repr(struct rt_thread *ts, rt_value self)
{
    uint64_t k = AS_DT(self)->key;
    char buf[60], *p = buf;
    p += sprintf(p, "%d, %d", dt_hour(k), dt_minute(k));
    if (dt_second(k) || dt_micro(k))
        p += sprintf(p, ", %d", dt_second(k));
    if (dt_micro(k))
        p += sprintf(p, ", %d", dt_micro(k));
    return dt_repr_tail(ts, self, buf);
}
static rt_value time_str(struct rt_thread *ts, rt_value self) { return rt_call_method(ts, self, "isoformat", NULL, 0); }
static rt_value time_isoformat(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const spec_names[] = {"timespec", NULL};
    static const struct rt_argspec spec = {"isoformat", spec_names, 0, 0, 1, 1};
    rt_value v[1];
    char buf[64], *p;
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || dt_isoformat_tail(ts, buf, self, v[0], RT_NONE, &p) < 0)
        return RT_NULL;
    return rt_str_from_latin1(ts, (uint8_t *)buf, (size_t)(p - buf));
}
static rt_value time_strftime(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const format_names[] = {"format", NULL};
    static const struct rt_argspec spec = {"strftime", format_names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "strftime() argument 1 must be str, not %N", v[0]);
    return dt_strftime(ts, self, v[0], AS_DT(self)->tz, RT_NONE);
}
static rt_value time_utcoffset(struct rt_thread *ts, rt_value self) { return dt_utcoffset(ts, AS_DT(self)->tz, RT_NONE); }
static rt_value time_dst(struct rt_thread *ts, rt_value self) { return dt_offset_call(ts, AS_DT(self)->tz, "dst", RT_NONE); }
static rt_value time_tzname(struct rt_thread *ts, rt_value self) { return dt_tzname(ts, AS_DT(self)->tz, RT_NONE); }
static rt_value time_replace(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {"replace", names, 0, 0, 5, 6};
    uint64_t k = AS_DT(self)->key;
    struct fields f = {.hour = dt_hour(k), .minute = dt_minute(k), .second = dt_second(k), .micro = dt_micro(k), .fold = dt_fold(k)};
    rt_value v[6];
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || dt_time_args(ts, v, &f) < 0 || (v[5].bits && dt_int(ts, v[5], &f.fold) < 0))
        return RT_NULL;
    if (rt_is_null(v[4]))
        v[4] = AS_DT(self)->tz;
    if (dt_check_time(ts, &f) < 0 || dt_check_tz(ts, &v[4]) < 0)
        return RT_NULL;
    return time_of_fields(ts, rt_type_of(self), &f, v[4]);
}
static rt_value reduce(struct rt_thread *ts, rt_value self, int64_t protocol)
{
    uint64_t k = AS_DT(self)->key;
    int us = dt_micro(k);
    uint8_t s[6] = {(uint8_t)dt_hour(k), (uint8_t)dt_minute(k), (uint8_t)dt_second(k), (uint8_t)(us >> 16), (uint8_t)(us >> 8), (uint8_t)us};
    if (protocol > 3)
        s[0] |= (uint8_t)(dt_fold(k) << 7);
    return dt_reduce(ts, self, s, 6, AS_DT(self)->tz);
}
static rt_value time_reduce(struct rt_thread *ts, rt_value self) { return reduce(ts, self, 2); }
static rt_value time_reduce_ex(struct rt_thread *ts, rt_value self, rt_value protocol)
{
    int p;
    return dt_int(ts, protocol, &p) < 0 ? RT_NULL : reduce(ts, self, p);
}

/* What the clock shows less the offset, in microseconds; *aware whether there is one. 0 or -1 */
static int utc_micros(struct rt_thread *ts, rt_value self, int64_t *us, bool *aware)
{
    rt_value off = dt_utcoffset(ts, AS_DT(self)->tz, RT_NONE);
    *us = dt_day_micros(AS_DT(self)->key);
    *aware = rt_is_ptr(off);
    if (*aware)
        *us -= offset_micros(off);
    rt_decref(ts, off);
    return rt_is_null(off) ? -1 : 0;
}
static rt_value time_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!is_time(b))
        return RT_NOTIMPL;
    struct dt *x = AS_DT(a), *y = AS_DT(b);
    if (rt_is(x->tz, y->tz))
        return rt_compare_result(dt_compare_words((int64_t)(x->key >> 1), (int64_t)(y->key >> 1)), op);
    int64_t p, q;
    bool left, right;
    if (utc_micros(ts, a, &p, &left) < 0 || utc_micros(ts, b, &q, &right) < 0)
        return RT_NULL;
    if (left == right)
        return rt_compare_result(dt_compare_words(p, q), op);
    if (op == RT_EQ || op == RT_NE)
        return rt_bool(op == RT_NE);
    return rt_raise(ts, &rt_exc_TypeError, "can't compare offset-naive and offset-aware times");
}
static int64_t time_hash(struct rt_thread *ts, rt_value self)
{
    struct dt *d = AS_DT(self);
    int64_t h = rt_load_relaxed(&d->hash), us;
    bool aware = false;
    if (h != -1)
        return h;
    us = dt_day_micros(d->key);
    if (!rt_is_null(d->tz)) {
        rt_value plain = dt_fold(d->key) ? dt_make(ts, &rt_dt_time_type, d->key & ~1ull, d->tz) : rt_newref(ts, self);
        int r = rt_is_null(plain) ? -1 : utc_micros(ts, plain, &us, &aware);
        rt_decref(ts, plain);
        if (r < 0)
            return -1;
    }
    h = dt_mix((uint64_t)us, 1 + aware);
    rt_store_relaxed(&d->hash, h);
    return h;
}

DT_GETTERS(time)
static const struct rt_method_def methods[] = {
    {"fromisoformat", time_fromisoformat, RT_METH_O | RT_METH_CLASS, "string -> time from a string in ISO 8601 format"},
    {"isoformat", time_isoformat, RT_METH_KW, "Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].\n\n"
     "The optional argument timespec specifies the number of additional terms\nof the time to include. Valid options are 'auto', 'hours', 'minutes',\n"
     "'seconds', 'milliseconds' and 'microseconds'.\n"},
    {"strftime", time_strftime, RT_METH_KW, "format -> strftime() style string."},
    {"__format__", dt_format, RT_METH_O, "Formats self with strftime."},
    {"utcoffset", time_utcoffset, RT_METH_NOARGS, "Return self.tzinfo.utcoffset(self)."},
    {"tzname", time_tzname, RT_METH_NOARGS, "Return self.tzinfo.tzname(self)."},
    {"dst", time_dst, RT_METH_NOARGS, "Return self.tzinfo.dst(self)."},
    {"replace", time_replace, RT_METH_KW, "Return time with new specified fields."},
    {"__reduce_ex__", time_reduce_ex, RT_METH_O, "__reduce_ex__(proto) -> (cls, state)"},
    {"__reduce__", time_reduce, RT_METH_NOARGS, "__reduce__() -> (cls, state)"},
    {NULL},
};
struct rt_type rt_dt_time_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "datetime.time",
    .doc = "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\n"
           "All arguments are optional. tzinfo may be None, or an instance of\na tzinfo subclass. The remaining arguments may be ints.\n",
    .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct dt), .dealloc = dt_tz_dealloc, .traverse = dt_tz_traverse, .new = time_new, .repr = time_repr,
    .str = time_str, .hash = time_hash, .richcompare = time_compare, .methods = methods, .getset = time_getset,
};
