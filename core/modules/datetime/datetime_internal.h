/* SPDX-License-Identifier: MIT */
/*
 * _datetime: date, time, datetime, timedelta, tzinfo, timezone. What its files share.
 *
 * The fields of a date, a time or a datetime are one word, most significant first, so that comparing is
 * comparing words: year 14 bits, month 4, day 5, hour 5, minute 6, second 6, microsecond 20, fold 1. A
 * time has no date in it, a date no time. All objects are immutable; only the cached hash is written.
 * Types and the objects in their dicts (timezone.utc and so on) are made once for the process.
 */
#ifndef RT_MODULES_DATETIME_INTERNAL_H
#define RT_MODULES_DATETIME_INTERNAL_H

#include <time.h>

#include "core/object/native.h"
#include "core/thread/runtime.h"

enum { DT_MICRO = 1, DT_SECOND = 21, DT_MINUTE = 27, DT_HOUR = 33, DT_DAY = 38, DT_MONTH = 43, DT_YEAR = 47 };
#define DT_DATE_MASK (~0ull << DT_DAY)
#define DAY_MICROS 86400000000ll
#define MAX_DELTA_DAYS 999999999
#define MAX_ORDINAL 3652059 /* 9999-12-31 */
#define EPOCH_ORDINAL 719163
typedef __int128 i128;

struct dt { /* a date ends before tz */
    struct rt_object hdr;
    uint64_t key;
    rt_value tz;          /* owned, constant; RT_NULL: none */
    _Atomic int64_t hash; /* -1: not yet */
};
struct delta {
    struct rt_object hdr;
    int32_t days, seconds, micros; /* 0 <= seconds < 86400, 0 <= micros < 1000000 */
};
struct zone { /* datetime.timezone */
    struct rt_object hdr;
    rt_value offset, name; /* owned, constant; name RT_NULL: none */
};
struct fields { int year, month, day, hour, minute, second, micro, fold; };

extern struct rt_type rt_dt_date_type, rt_dt_time_type, rt_dt_datetime_type, rt_dt_delta_type, rt_dt_tzinfo_type, rt_dt_zone_type,
    rt_dt_isocalendar_type;
extern rt_value rt_dt_utc, rt_dt_zero; /* timezone.utc, timedelta(0); constant once the types are ready */

#define AS_DT(v) ((struct dt *)rt_ptr(v))
#define AS_DELTA(v) ((struct delta *)rt_ptr(v))
#define AS_ZONE(v) ((struct zone *)rt_ptr(v))
RT_INLINE bool dt_is(rt_value v, struct rt_type *t) { return rt_is_ptr(v) && (rt_type_of(v) == t || rt_type_is_subtype(rt_type_of(v), t)); }
RT_INLINE bool is_date(rt_value v) { return dt_is(v, &rt_dt_date_type); }
RT_INLINE bool is_datetime(rt_value v) { return dt_is(v, &rt_dt_datetime_type); }
RT_INLINE bool is_time(rt_value v) { return dt_is(v, &rt_dt_time_type); }
RT_INLINE bool is_delta(rt_value v) { return dt_is(v, &rt_dt_delta_type); }
RT_INLINE bool is_tzinfo(rt_value v) { return dt_is(v, &rt_dt_tzinfo_type); }
RT_INLINE int dt_field(uint64_t key, int shift, int bits) { return (int)(key >> shift & ((1u << bits) - 1)); }
RT_INLINE int dt_year(uint64_t k) { return dt_field(k, DT_YEAR, 14); }
RT_INLINE int dt_month(uint64_t k) { return dt_field(k, DT_MONTH, 4); }
RT_INLINE int dt_day(uint64_t k) { return dt_field(k, DT_DAY, 5); }
RT_INLINE int dt_hour(uint64_t k) { return dt_field(k, DT_HOUR, 5); }
RT_INLINE int dt_minute(uint64_t k) { return dt_field(k, DT_MINUTE, 6); }
RT_INLINE int dt_second(uint64_t k) { return dt_field(k, DT_SECOND, 6); }
RT_INLINE int dt_micro(uint64_t k) { return dt_field(k, DT_MICRO, 20); }
RT_INLINE int dt_fold(uint64_t k) { return (int)(k & 1); }
RT_INLINE uint64_t dt_date_key(int y, int m, int d) { return (uint64_t)y << DT_YEAR | (uint64_t)m << DT_MONTH | (uint64_t)d << DT_DAY; }
RT_INLINE uint64_t dt_time_key(int h, int m, int s, int us)
{
    return (uint64_t)h << DT_HOUR | (uint64_t)m << DT_MINUTE | (uint64_t)s << DT_SECOND | (uint64_t)us << DT_MICRO;
}
RT_INLINE int dt_seconds(uint64_t k) { return (dt_hour(k) * 60 + dt_minute(k)) * 60 + dt_second(k); }
RT_INLINE int64_t dt_day_micros(uint64_t k) { return dt_seconds(k) * 1000000ll + dt_micro(k); }
RT_INLINE i128 delta_micros(rt_value v)
{
    struct delta *d = AS_DELTA(v);
    return (i128)d->days * DAY_MICROS + (d->seconds * 1000000ll + d->micros);
}
/* of an offset: less than a day */
RT_INLINE int64_t offset_micros(rt_value v) { return (int64_t)delta_micros(v); }

/* A block for an instance of t: of `size` bytes with these flags, or for subclasses (size 0) as the type says. */
RT_INLINE void *dt_alloc(struct rt_thread *ts, struct rt_type *t, size_t size, uint8_t flags)
{
    if (rt_likely(size))
        return rt_block_alloc(ts, size, t->shape->id, flags);
    rt_value v = rt_type_alloc(ts, t);
    return rt_is_null(v) ? NULL : rt_ptr(v);
}

/* ---- calendar.c ---- */
bool dt_is_leap(int year);
int dt_days_in_month(int year, int month);
int dt_ordinal(int year, int month, int day);
uint64_t dt_from_ordinal(int ordinal); /* the date's key */
RT_INLINE int dt_key_ordinal(uint64_t k) { return dt_ordinal(dt_year(k), dt_month(k), dt_day(k)); }
/* Micros since the day before 0001-01-01, and back. */
RT_INLINE int64_t dt_key_micros(uint64_t k) { return dt_key_ordinal(k) * DAY_MICROS + dt_day_micros(k); }
uint64_t dt_from_micros(int64_t us);
void dt_iso_calendar(uint64_t k, int *year, int *week, int *weekday);
int dt_from_iso_calendar(int year, int week, int day, uint64_t *key); /* 0; -1 year, -2 week, -3 day */
/* Check and pack; ValueError. 0 or -1 */
int dt_check_date(struct rt_thread *ts, int y, int m, int d);
int dt_check_time(struct rt_thread *ts, const struct fields *f);
int dt_int(struct rt_thread *ts, rt_value v, int *out); /* 0 or -1 */
int dt_check_tz(struct rt_thread *ts, rt_value *tz);    /* None becomes RT_NULL; TypeError */
int dt_compare_words(int64_t a, int64_t b);
/* local time: seconds since 0001-01-01 minus a day -> the same in local time; -1 error */
int dt_localtime(struct rt_thread *ts, int64_t t, struct tm *out);
int dt_gmtime(struct rt_thread *ts, int64_t t, struct tm *out);
int dt_local_to_utc(struct rt_thread *ts, uint64_t key, int64_t *seconds); /* POSIX seconds */
int dt_timestamp_arg(struct rt_thread *ts, rt_value v, int64_t *seconds, int *micros, bool round);

/* ---- delta.c, zone.c ---- */
rt_value dt_delta_from_micros(struct rt_thread *ts, i128 us); /* OverflowError */
/* A sum of two normalised times: what is over, or below zero, goes to the next larger unit. */
RT_INLINE void dt_carry(int *days, int *seconds, int *micros)
{
    if (*micros >= 1000000)
        *micros -= 1000000, ++*seconds;
    else if (*micros < 0)
        *micros += 1000000, --*seconds;
    if (*seconds >= 86400)
        *seconds -= 86400, ++*days;
    else if (*seconds < 0)
        *seconds += 86400, --*days;
}
/* seconds and micros: the sum or difference of two normal ones */
rt_value dt_delta_normal(struct rt_thread *ts, int days, int seconds, int micros);
rt_value dt_delta_new(struct rt_thread *ts, int days, int seconds, int micros); /* normalised */
rt_value dt_zone_new(struct rt_thread *ts, rt_value offset, rt_value name /* or RT_NULL */);
int64_t dt_mix(uint64_t a, uint64_t b); /* a hash */
/* tz.name(arg): None or an offset; owned. tz RT_NULL: None. */
rt_value dt_offset_call(struct rt_thread *ts, rt_value tz, const char *name, rt_value arg);
RT_INLINE rt_value dt_utcoffset(struct rt_thread *ts, rt_value tz, rt_value arg)
{
    if (rt_is_null(tz))
        return RT_NONE;
    if (rt_is_exact(tz, &rt_dt_zone_type))
        return rt_newref(ts, AS_ZONE(tz)->offset);
    return dt_offset_call(ts, tz, "utcoffset", arg);
}
rt_value dt_tzname(struct rt_thread *ts, rt_value tz, rt_value arg);
rt_value dt_local_zone(struct rt_thread *ts, int64_t seconds); /* of POSIX seconds */

/* ---- text.c ---- */
char *dt_put_number(char *p, int x, int width);
char *dt_put_date(char *p, uint64_t k);
char *dt_put_offset(char *p, int64_t us, const char *sep); /* +HH:MM[:SS[.ffffff]] */
int dt_timespec(struct rt_thread *ts, rt_value spec, uint64_t key); /* digits to print, or -1 */
char *dt_put_time(char *p, uint64_t k, int spec);
int dt_put_utcoffset(struct rt_thread *ts, char **p, rt_value tz, rt_value arg, const char *sep);
rt_value dt_strftime(struct rt_thread *ts, rt_value self, rt_value format, rt_value tz, rt_value tzarg);
rt_value dt_format(struct rt_thread *ts, rt_value self, rt_value spec);
rt_value dt_repr_tail(struct rt_thread *ts, rt_value self, const char *head); /* head, fold=, tzinfo=, ) */
struct iso_text { char *s; size_t n; char local[64]; };
int dt_iso_text(struct rt_thread *ts, rt_value v, struct iso_text *out); /* characters beyond ASCII become 0x7f */
void dt_iso_free(struct iso_text *t);
int dt_parse_date(const char *s, size_t n, uint64_t *key); /* fields unchecked; -1 malformed */
/* 0 no zone, 1 zone, -1 malformed */
int dt_parse_time(const char *s, size_t n, struct fields *f, int64_t *offset_us);
size_t dt_date_length(const char *s, size_t n);
rt_value dt_bad_iso(struct rt_thread *ts, rt_value v);
rt_value dt_parsed_zone(struct rt_thread *ts, int rv, int64_t offset_us); /* None or owned zone */

/* ---- date.c, time.c, datetime.c ---- */
/* An object of exactly or below t out of a key, without calling a constructor. */
rt_value dt_make_date(struct rt_thread *ts, struct rt_type *t, uint64_t key);
rt_value dt_make(struct rt_thread *ts, struct rt_type *t, uint64_t key, rt_value tz);
/* cls(year, month, day...), natively where cls is ours. */
rt_value dt_date_of_class(struct rt_thread *ts, rt_value cls, uint64_t key);
rt_value dt_of_class(struct rt_thread *ts, rt_value cls, uint64_t key, rt_value tz);
/* Packed state of a pickle: bytes, or str of a Python 2 pickle; 1 and n bytes, 0 it is none, -1 error. */
int dt_state(struct rt_thread *ts, rt_value v, size_t n, const char *what, uint8_t *out);
rt_value dt_add_micros(struct rt_thread *ts, rt_value self, i128 us); /* self a datetime */
rt_value dt_datetime_difference(struct rt_thread *ts, rt_value a, rt_value b);
int dt_time_args(struct rt_thread *ts, const rt_value *v, struct fields *f); /* hour minute second microsecond; absent ones stay */
int dt_isoformat_tail(struct rt_thread *ts, char *p, rt_value self, rt_value spec, rt_value tzarg, char **end);
rt_value dt_reduce(struct rt_thread *ts, rt_value self, const uint8_t *state, size_t n, rt_value tz /* or RT_NULL */);
rt_value dt_struct_time(struct rt_thread *ts, uint64_t key, int dst);
#define DT_GETTERS(type)                                                                                                        \
    static rt_value get_##type##_hour(struct rt_thread *ts, rt_value s, void *c) { return rt_int_imm(dt_hour(AS_DT(s)->key)); }     \
    static rt_value get_##type##_minute(struct rt_thread *ts, rt_value s, void *c) { return rt_int_imm(dt_minute(AS_DT(s)->key)); } \
    static rt_value get_##type##_second(struct rt_thread *ts, rt_value s, void *c) { return rt_int_imm(dt_second(AS_DT(s)->key)); } \
    static rt_value get_##type##_micro(struct rt_thread *ts, rt_value s, void *c) { return rt_int_imm(dt_micro(AS_DT(s)->key)); }   \
    static rt_value get_##type##_fold(struct rt_thread *ts, rt_value s, void *c) { return rt_int_imm(dt_fold(AS_DT(s)->key)); }     \
    static rt_value get_##type##_tz(struct rt_thread *ts, rt_value s, void *c)                                                      \
    {                                                                                                                               \
        rt_value tz = AS_DT(s)->tz;                                                                                                 \
        return rt_is_null(tz) ? RT_NONE : rt_newref(ts, tz);                                                                        \
    }                                                                                                                               \
    static const struct rt_getset_def type##_getset[] = {{"hour", get_##type##_hour}, {"minute", get_##type##_minute},              \
        {"second", get_##type##_second}, {"microsecond", get_##type##_micro}, {"tzinfo", get_##type##_tz},                          \
        {"fold", get_##type##_fold}, {NULL}};
extern const struct rt_method_def rt_dt_datetime_methods[];
rt_value dt_datetime_reduce(struct rt_thread *ts, rt_value self, int protocol);
rt_value dt_datetime_replace(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
int dt_tz_traverse(struct rt_object *o, rt_visit visit, void *arg);
void dt_tz_dealloc(struct rt_thread *ts, struct rt_object *o);

#endif
