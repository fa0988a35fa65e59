/* SPDX-License-Identifier: MIT */
/* datetime: a date and a time, with an optional tzinfo. Construction, arithmetic and comparison. */
#include <stdio.h>

#include "core/modules/datetime/datetime_internal.h"

rt_value dt_of_class(struct rt_thread *ts, rt_value cls, uint64_t k, rt_value tz)
{
    if (rt_likely(rt_as_type(cls) == &rt_dt_datetime_type))
        return dt_make(ts, &rt_dt_datetime_type, k, tz);
    rt_value a[] = {rt_int_imm(dt_year(k)), rt_int_imm(dt_month(k)), rt_int_imm(dt_day(k)), rt_int_imm(dt_hour(k)), rt_int_imm(dt_minute(k)),
                    rt_int_imm(dt_second(k)), rt_int_imm(dt_micro(k)), rt_is_null(tz) ? RT_NONE : tz};
    rt_value r = rt_call(ts, cls, a, 8, RT_NULL);
    if (dt_fold(k) && is_datetime(r))
        AS_DT(r)->key |= 1;
    return r;
}
static uint64_t pack(const struct fields *f)
{
    return dt_date_key(f->year, f->month, f->day) | dt_time_key(f->hour, f->minute, f->second, f->micro) | (uint64_t)f->fold;
}
static rt_value of_fields(struct rt_thread *ts, struct rt_type *t, const struct fields *f, rt_value tz)
{
    if (dt_check_date(ts, f->year, f->month, f->day) < 0 || dt_check_time(ts, f) < 0 || dt_check_tz(ts, &tz) < 0)
        return RT_NULL;
    return dt_make(ts, t, pack(f), tz);
}
static const char *const names[] = {"year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold", NULL};
/* The fields among v; absent ones stay. */
static int take_fields(struct rt_thread *ts, const rt_value *v, struct fields *f)
{
    if ((v[0].bits && dt_int(ts, v[0], &f->year) < 0) || (v[1].bits && dt_int(ts, v[1], &f->month) < 0) ||
        (v[2].bits && dt_int(ts, v[2], &f->day) < 0) || dt_time_args(ts, v + 3, f) < 0 || (v[8].bits && dt_int(ts, v[8], &f->fold) < 0))
        return -1;
    return 0;
}
static rt_value datetime_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {NULL, names, 0, 3, 8, 9};
    struct fields f = {0};
    rt_value v[9];
    uint8_t s[10];
    if (n >= 1 && n <= 2 && rt_is_null(kw) && rt_is_ptr(args[0])) {
        int r = dt_state(ts, args[0], 10, "datetime", s);
        int month = r > 0 ? s[2] & 0x7f : 0;
        if (r < 0)
            return RT_NULL;
        if (month >= 1 && month <= 12) {
            v[0] = n == 2 && !rt_is_none(args[1]) ? args[1] : RT_NULL;
            if (!rt_is_null(v[0]) && !is_tzinfo(v[0]))
                return rt_raise(ts, &rt_exc_TypeError, "bad tzinfo state arg");
            return dt_make(ts, t, dt_date_key(s[0] << 8 | s[1], month, s[3]) | dt_time_key(s[4], s[5], s[6], s[7] << 16 | s[8] << 8 | s[9]) | s[2] >> 7, v[0]);
        }
    }
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || take_fields(ts, v, &f) < 0)
        return RT_NULL;
    return of_fields(ts, t, &f, v[7]);
}
rt_value dt_datetime_replace(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {"replace", names, 0, 0, 8, 9};
    uint64_t k = AS_DT(self)->key;
    struct fields f = {dt_year(k), dt_month(k), dt_day(k), dt_hour(k), dt_minute(k), dt_second(k), dt_micro(k), dt_fold(k)};
    rt_value v[9];
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || take_fields(ts, v, &f) < 0)
        return RT_NULL;
    return of_fields(ts, rt_type_of(self), &f, rt_is_null(v[7]) ? AS_DT(self)->tz : v[7]);
}

/* ---- arithmetic ---- */
rt_value dt_add_micros(struct rt_thread *ts, rt_value self, i128 us)
{
    i128 sum = us + dt_key_micros(AS_DT(self)->key);
    if (sum < DAY_MICROS || sum >= (MAX_ORDINAL + 1ll) * DAY_MICROS)
        return rt_raise(ts, &rt_exc_OverflowError, "date value out of range");
    return dt_of_class(ts, rt_type_value(rt_type_of(self)), dt_from_micros((int64_t)sum), AS_DT(self)->tz);
}
/* self and a difference in days, seconds and microseconds (less than a day and a second): the calendar is asked only
   where the month ends. */
static rt_value add_parts(struct rt_thread *ts, rt_value self, int days, int seconds, int micros)
{
    uint64_t k = AS_DT(self)->key;
    micros += dt_micro(k);
    seconds += dt_seconds(k);
    dt_carry(&days, &seconds, &micros);
    uint64_t date = k & DT_DATE_MASK;
    if (days) {
        int day = dt_day(k) + days;
        if (day >= 1 && day <= 28) {
            date = (date & ~(31ull << DT_DAY)) | (uint64_t)day << DT_DAY;
        } else {
            int ordinal = dt_key_ordinal(k) + days;
            if (ordinal < 1 || ordinal > MAX_ORDINAL)
                return rt_raise(ts, &rt_exc_OverflowError, "date value out of range");
            date = dt_from_ordinal(ordinal);
        }
    }
    int minutes = seconds / 60, hours = minutes / 60;
    return dt_of_class(ts, rt_type_value(rt_type_of(self)),
                       date | dt_time_key(hours, minutes - hours * 60, seconds - minutes * 60, micros), AS_DT(self)->tz);
}
static rt_value datetime_add(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value v = is_datetime(a) ? a : b, d = is_datetime(a) ? b : a;
    if (!is_delta(d) || !is_datetime(v))
        return RT_NOTIMPL;
    return add_parts(ts, v, AS_DELTA(d)->days, AS_DELTA(d)->seconds, AS_DELTA(d)->micros);
}
/* The offsets of a and b, both or none; equal tzinfo objects are not asked. owned; 0 or -1 */
static int two_offsets(struct rt_thread *ts, rt_value a, rt_value b, rt_value *x, rt_value *y)
{
    *x = *y = RT_NONE;
    if (rt_is(AS_DT(a)->tz, AS_DT(b)->tz))
        return 0;
    *x = dt_utcoffset(ts, AS_DT(a)->tz, a);
    *y = rt_is_null(*x) ? RT_NULL : dt_utcoffset(ts, AS_DT(b)->tz, b);
    if (!rt_is_null(*y))
        return 0;
    rt_decref(ts, *x);
    return -1;
}
rt_value dt_datetime_difference(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value x, y, r;
    uint64_t p = AS_DT(a)->key, q = AS_DT(b)->key;
    if (rt_likely(rt_is(AS_DT(a)->tz, AS_DT(b)->tz)))
        return dt_delta_normal(ts, p >> DT_MONTH == q >> DT_MONTH ? dt_day(p) - dt_day(q) : dt_key_ordinal(p) - dt_key_ordinal(q),
                               dt_seconds(p) - dt_seconds(q), dt_micro(p) - dt_micro(q));
    if (two_offsets(ts, a, b, &x, &y) < 0)
        return RT_NULL;
    if (rt_is_none(x) != rt_is_none(y)) {
        r = rt_raise(ts, &rt_exc_TypeError, "can't subtract offset-naive and offset-aware datetimes");
    } else {
        i128 us = (i128)dt_key_micros(p) - dt_key_micros(q);
        if (!rt_is_none(x))
            us -= offset_micros(x) - offset_micros(y);
        r = dt_delta_from_micros(ts, us);
    }
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}
static rt_value datetime_sub(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!is_datetime(a))
        return RT_NOTIMPL;
    if (is_datetime(b))
        return dt_datetime_difference(ts, a, b);
    return is_delta(b) ? add_parts(ts, a, -AS_DELTA(b)->days, -AS_DELTA(b)->seconds, -AS_DELTA(b)->micros) : RT_NOTIMPL;
}

/* ---- comparison ---- */
/* Whether the offset of v (off) depends on its fold: then it equals nothing in another zone (PEP 495). 1, 0, -1 */
static int fold_matters(struct rt_thread *ts, rt_value v, rt_value off)
{
    struct dt *d = AS_DT(v);
    if (rt_is_null(d->tz) || rt_is_exact(d->tz, &rt_dt_zone_type))
        return 0;
    rt_value other = dt_make(ts, &rt_dt_datetime_type, d->key ^ 1, d->tz), o = rt_is_null(other) ? other : dt_utcoffset(ts, d->tz, other);
    int r = rt_is_null(o) ? -1 : rt_is_none(o) || rt_is_none(off) ? !rt_is(o, off) : offset_micros(o) != offset_micros(off);
    rt_decref(ts, o);
    rt_decref(ts, other);
    return r;
}
static rt_value datetime_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    bool equality = op == RT_EQ || op == RT_NE;
    if (!is_datetime(b)) {
        if (!is_date(b))
            return RT_NOTIMPL;
        if (equality)
            return rt_bool(op == RT_NE);
        return rt_raise(ts, &rt_exc_TypeError, "can't compare %T to %T", a, b);
    }
    struct dt *p = AS_DT(a), *q = AS_DT(b);
    if (rt_likely(rt_is(p->tz, q->tz)))
        return rt_compare_result(dt_compare_words((int64_t)(p->key >> 1), (int64_t)(q->key >> 1)), op);
    rt_value x, y, r = RT_NULL;
    if (two_offsets(ts, a, b, &x, &y) < 0)
        return RT_NULL;
    if (rt_is_none(x) != rt_is_none(y)) {
        r = equality ? rt_bool(op == RT_NE) : rt_raise(ts, &rt_exc_TypeError, "can't compare offset-naive and offset-aware datetimes");
    } else {
        int64_t left = dt_key_micros(p->key), right = dt_key_micros(q->key);
        if (!rt_is_none(x))
            left -= offset_micros(x), right -= offset_micros(y);
        int c = dt_compare_words(left, right), fold = 0;
        if (equality && c == 0) {
            fold = fold_matters(ts, a, x);
            if (fold == 0)
                fold = fold_matters(ts, b, y);
            if (fold)
                c = 1;
        }
        r = fold < 0 ? RT_NULL : rt_compare_result(c, op);
    }
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}
static int64_t datetime_hash(struct rt_thread *ts, rt_value self)
{
    struct dt *d = AS_DT(self);
    int64_t h = rt_load_relaxed(&d->hash);
    if (h != -1)
        return h;
    h = dt_mix(d->key >> 1, 0);
    if (!rt_is_null(d->tz)) {
        rt_value plain = dt_fold(d->key) ? dt_make(ts, &rt_dt_datetime_type, d->key & ~1ull, d->tz) : rt_newref(ts, self);
        rt_value off = rt_is_null(plain) ? plain : dt_utcoffset(ts, d->tz, plain);
        if (rt_is_ptr(off))
            h = dt_mix((uint64_t)(dt_key_micros(d->key) - offset_micros(off)), 1);
        rt_decref(ts, plain);
        rt_decref(ts, off);
        if (rt_is_null(off))
            return -1;
    }
    rt_store_relaxed(&d->hash, h);
    return h;
}

/* ---- text and pickles ---- */
static rt_value datetime_repr(struct rt_thread *ts, rt_value self)
{
    uint64_t k = AS_DT(self)->key;
    char buf[80], *p = buf;
    p += sprintf(p, "%d, %d, %d, %d, %d", dt_year(k), dt_month(k), dt_day(k), dt_hour(k), dt_minute(k));
    if (dt_second(k) || dt_micro(k))
        p += sprintf(p, ", %d", dt_second(k));
    if (dt_micro(k))
        p += sprintf(p, ", %d", dt_micro(k));
    return dt_repr_tail(ts, self, buf);
}
static rt_value datetime_str(struct rt_thread *ts, rt_value self)
{
    rt_value space = rt_str_from_char(ts, ' '), r = rt_is_null(space) ? space : rt_call_method(ts, self, "isoformat", &space, 1);
    rt_decref(ts, space);
    return r;
}
rt_value dt_datetime_reduce(struct rt_thread *ts, rt_value self, int protocol)
{
    uint64_t k = AS_DT(self)->key;
    int us = dt_micro(k);
    uint8_t s[10] = {(uint8_t)(dt_year(k) >> 8), (uint8_t)dt_year(k), (uint8_t)dt_month(k), (uint8_t)dt_day(k), (uint8_t)dt_hour(k),
                     (uint8_t)dt_minute(k), (uint8_t)dt_second(k), (uint8_t)(us >> 16), (uint8_t)(us >> 8), (uint8_t)us};
    if (protocol > 3)
        s[2] |= (uint8_t)(dt_fold(k) << 7);
    return dt_reduce(ts, self, s, 10, AS_DT(self)->tz);
}

DT_GETTERS(datetime)
struct rt_type rt_dt_datetime_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "datetime.datetime",
    .doc = "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\n"
           "The year, month and day arguments are required. tzinfo may be None, or an\ninstance of a tzinfo subclass. The remaining arguments may be ints.\n",
    .flags = RT_TF_BASETYPE, .base = &rt_dt_date_type, .basic_size = sizeof(struct dt), .dealloc = dt_tz_dealloc, .traverse = dt_tz_traverse,
    .new = datetime_new, .repr = datetime_repr, .str = datetime_str, .hash = datetime_hash, .richcompare = datetime_compare,
    .binary = {[RT_BIN_ADD] = datetime_add, [RT_BIN_SUB] = datetime_sub}, .methods = rt_dt_datetime_methods, .getset = datetime_getset,
};
