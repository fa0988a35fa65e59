/* SPDX-License-Identifier: MIT */
/*
 * Text of dates and times: ISO 8601 both ways, and strftime.
 *
 * strftime: the directives that stand for a number, %f, %z and %Z are done here; a format with others
 * goes to time.strftime() with %f, %z and %Z replaced.
 */
#include <stdio.h>

#include "core/modules/datetime/datetime_internal.h"

/* ---- out ---- */
char *dt_put_number(char *p, int x, int width)
{
    for (int i = width - 1; i >= 0; i--, x /= 10)
        p[i] = (char)('0' + x % 10);
    return p + width;
}
char *dt_put_date(char *p, uint64_t k)
{
    p = dt_put_number(p, dt_year(k), 4);
    *p++ = '-';
    p = dt_put_number(p, dt_month(k), 2);
    *p++ = '-';
    return dt_put_number(p, dt_day(k), 2);
}
enum { SPEC_HOURS, SPEC_MINUTES, SPEC_SECONDS, SPEC_MILLI, SPEC_MICRO };
int dt_timespec(struct rt_thread *ts, rt_value spec, uint64_t key)
{
    static const char *const names[] = {"hours", "minutes", "seconds", "milliseconds", "microseconds"};
    if (rt_is_null(spec) || rt_str_eq_cstr(spec, "auto"))
        return dt_micro(key) ? SPEC_MICRO : SPEC_SECONDS;
    for (int i = 0; i < 5; i++)
        if (rt_str_eq_cstr(spec, names[i]))
            return i;
    rt_raise(ts, &rt_exc_ValueError, "Unknown timespec value");
    return -1;
}
char *dt_put_time(char *p, uint64_t k, int spec)
{
    p = dt_put_number(p, dt_hour(k), 2);
    if (spec >= SPEC_MINUTES) {
        *p++ = ':';
        p = dt_put_number(p, dt_minute(k), 2);
    }
    if (spec >= SPEC_SECONDS) {
        *p++ = ':';
        p = dt_put_number(p, dt_second(k), 2);
    }
    if (spec >= SPEC_MILLI) {
        *p++ = '.';
        p = spec == SPEC_MILLI ? dt_put_number(p, dt_micro(k) / 1000, 3) : dt_put_number(p, dt_micro(k), 6);
    }
    return p;
}
char *dt_put_offset(char *p, int64_t us, const char *sep)
{
    *p++ = us < 0 ? '-' : '+';
    if (us < 0)
        us = -us;
    int s = (int)(us / 1000000), f = (int)(us % 1000000);
    p = dt_put_number(p, s / 3600, 2);
    p = stpcpy(p, sep);
    p = dt_put_number(p, s / 60 % 60, 2);
    if (s % 60 || f) {
        p = stpcpy(p, sep);
        p = dt_put_number(p, s % 60, 2);
    }
    if (f) {
        *p++ = '.';
        p = dt_put_number(p, f, 6);
    }
    return p;
}
int dt_put_utcoffset(struct rt_thread *ts, char **p, rt_value tz, rt_value arg, const char *sep)
{
    if (rt_is_null(tz))
        return 0;
    rt_value off = dt_utcoffset(ts, tz, arg);
    if (rt_is_null(off))
        return -1;
    if (!rt_is_none(off))
        *p = dt_put_offset(*p, offset_micros(off), sep);
    rt_decref(ts, off);
    return 0;
}

rt_value dt_repr_tail(struct rt_thread *ts, rt_value self, const char *head)
{
    const char *fold = dt_fold(AS_DT(self)->key) ? ", fold=1" : "";
    rt_value tz = AS_DT(self)->tz;
    return rt_is_null(tz) ? rt_str_format(ts, "%s(%s%s)", rt_typename(self), head, fold) :
                            rt_str_format(ts, "%s(%s%s, tzinfo=%R)", rt_typename(self), head, fold, tz);
}
int dt_isoformat_tail(struct rt_thread *ts, char *p, rt_value self, rt_value spec, rt_value tzarg, char **end)
{
    if (!rt_is_null(spec) && !rt_is_str(spec)) {
        rt_raise(ts, &rt_exc_TypeError, "isoformat() argument 'timespec' must be str, not %N", spec);
        return -1;
    }
    int kind = dt_timespec(ts, spec, AS_DT(self)->key);
    if (kind < 0)
        return -1;
    *end = dt_put_time(p, AS_DT(self)->key, kind);
    return dt_put_utcoffset(ts, end, AS_DT(self)->tz, tzarg, ":");
}

/* ---- strftime ---- */
struct strftime_job {
    rt_value self, tz, tzarg;
    uint64_t key;
    bool direct; /* numbers are written here */
    struct rt_strbuf out;
};
/* 1 written, 0 not one of ours, -1 error */
static int put_zone(struct rt_thread *ts, struct strftime_job *j, uint32_t c)
{
    char buf[40], *p = buf;
    if (c == 'z')
        return dt_put_utcoffset(ts, &p, j->tz, j->tzarg, "") < 0 || rt_strbuf_ascii(ts, &j->out, buf, (size_t)(p - buf)) < 0 ? -1 : 1;
    rt_value name = dt_tzname(ts, j->tz, j->tzarg);
    if (rt_is_null(name) || rt_is_none(name))
        return rt_is_null(name) ? -1 : 1;
    if (!j->direct || !rt_is_str_exact(name)) { /* a per cent sign is to survive time.strftime() */
        rt_value a[] = {rt_str_intern_cstr(ts, "%"), rt_str_intern_cstr(ts, j->direct ? "%" : "%%")};
        rt_value escaped = rt_call_method(ts, name, "replace", a, 2);
        rt_decref(ts, name);
        name = escaped;
        if (rt_is_null(name))
            return -1;
    }
    int r = 1;
    if (!rt_is_str(name)) {
        rt_raise(ts, &rt_exc_TypeError, "tzname.replace() did not return a string");
        r = -1;
    } else if (!rt_str_utf8(ts, name, NULL) || rt_strbuf_str(ts, &j->out, name) < 0) {
        r = -1;
    }
    rt_decref(ts, name);
    return r;
}
static int put_directive(struct rt_thread *ts, struct strftime_job *j, uint32_t c)
{
    uint64_t k = j->key;
    char buf[40], *p = buf;
    if (c == 'z' || c == 'Z')
        return put_zone(ts, j, c);
    if (c == 'f') {
        p = dt_put_number(p, dt_micro(k), 6);
        return rt_strbuf_ascii(ts, &j->out, buf, (size_t)(p - buf)) < 0 ? -1 : 1;
    }
    if (!j->direct)
        return 0;
    switch (c) {
    case 'Y': p += sprintf(p, "%d", dt_year(k)); break;
    case 'y': p = dt_put_number(p, dt_year(k) % 100, 2); break;
    case 'm': p = dt_put_number(p, dt_month(k), 2); break;
    case 'd': p = dt_put_number(p, dt_day(k), 2); break;
    case 'H': p = dt_put_number(p, dt_hour(k), 2); break;
    case 'M': p = dt_put_number(p, dt_minute(k), 2); break;
    case 'S': p = dt_put_number(p, dt_second(k), 2); break;
    case 'j': p = dt_put_number(p, dt_key_ordinal(k) - dt_ordinal(dt_year(k), 1, 1) + 1, 3); break;
    case '%': *p++ = '%'; break;
    default: return 0;
    }
    return rt_strbuf_ascii(ts, &j->out, buf, (size_t)(p - buf)) < 0 ? -1 : 1;
}
static bool all_direct(struct rt_str *f)
{
    for (size_t i = 0; i < f->length; i++) {
        uint32_t c = rt_str_at(f, i);
        if (c == 0 || (c >= 0xd800 && c < 0xe000))
            return false;
        if (c == '%') {
            c = ++i < f->length ? rt_str_at(f, i) : 0;
            if (!c || c > 127 || !strchr("YymdHMSjfzZ%", (int)c))
                return false;
        }
    }
    return true;
}
static rt_value through_time(struct rt_thread *ts, rt_value self, rt_value format)
{
    rt_value tuple = RT_NULL, f = RT_NULL, r = RT_NULL;
    uint64_t k = AS_DT(self)->key;
    if (is_time(self))
        tuple = rt_tuple_pack(ts, 9, rt_int_imm(1900), rt_int_imm(1), rt_int_imm(1), rt_int_imm(dt_hour(k)), rt_int_imm(dt_minute(k)),
                              rt_int_imm(dt_second(k)), rt_int_imm(0), rt_int_imm(1), rt_int_imm(-1));
    else
        tuple = rt_call_method(ts, self, "timetuple", NULL, 0);
    if (!rt_is_null(tuple))
        f = rt_import_attr(ts, "time", "strftime");
    if (!rt_is_null(f))
        r = rt_call2(ts, f, format, tuple);
    rt_decref(ts, f);
    rt_decref(ts, tuple);
    return r;
}
rt_value dt_strftime(struct rt_thread *ts, rt_value self, rt_value format, rt_value tz, rt_value tzarg)
{
    struct rt_str *f = rt_as_str(format);
    struct rt_type *t = rt_type_of(self);
    struct strftime_job j = {.self = self, .tz = tz, .tzarg = tzarg, .key = AS_DT(self)->key};
    bool plain = t == &rt_dt_datetime_type || t == &rt_dt_date_type || t == &rt_dt_time_type;
    if (!f->ascii && !rt_str_utf8(ts, format, NULL))
        return RT_NULL;
    if (t == &rt_dt_date_type)
        j.tz = RT_NULL;
    j.direct = plain && all_direct(f);
    if (is_time(self))
        j.key |= dt_date_key(1900, 1, 1);
    rt_strbuf_init(&j.out);
    int r = 0;
    for (size_t i = 0; i < f->length && r >= 0; i++) {
        uint32_t c = rt_str_at(f, i);
        if (c != '%' || i + 1 == f->length) {
            r = rt_strbuf_char(ts, &j.out, c);
            continue;
        }
        c = rt_str_at(f, ++i);
        r = put_directive(ts, &j, c);
        if (r == 0)
            r = rt_strbuf_char(ts, &j.out, '%') < 0 ? -1 : rt_strbuf_char(ts, &j.out, c);
    }
    if (r < 0) {
        rt_strbuf_abort(&j.out);
        return RT_NULL;
    }
    rt_value text = rt_strbuf_finish(ts, &j.out);
    if (j.direct || rt_is_null(text))
        return text;
    rt_value done = through_time(ts, self, text);
    rt_decref(ts, text);
    return done;
}
rt_value dt_format(struct rt_thread *ts, rt_value self, rt_value spec)
{
    if (!rt_is_str(spec))
        return rt_raise(ts, &rt_exc_TypeError, "__format__() argument must be str, not %N", spec);
    return rt_str_len(spec) ? rt_call_method(ts, self, "strftime", &spec, 1) : rt_str(ts, self);
}

/* ---- in ---- */
int dt_iso_text(struct rt_thread *ts, rt_value v, struct iso_text *t)
{
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "fromisoformat: argument must be str");
        return -1;
    }
    struct rt_str *s = rt_as_str(v);
    t->n = s->length;
    t->s = t->n < sizeof t->local ? t->local : rt_raw_malloc(t->n + 1);
    if (!t->s) {
        rt_raise_no_memory(ts);
        return -1;
    }
    if (s->ascii && !memchr(rt_str_data(s), 0, t->n))
        memcpy(t->s, rt_str_data(s), t->n);
    else
        for (size_t i = 0; i < t->n; i++) {
            uint32_t c = rt_str_at(s, i);
            t->s[i] = c && c < 127 ? (char)c : 0x7f;
        }
    t->s[t->n] = 0;
    return 0;
}
void dt_iso_free(struct iso_text *t)
{
    if (t->s != t->local)
        rt_raw_free(t->s);
}
rt_value dt_bad_iso(struct rt_thread *ts, rt_value v) { return rt_raise(ts, &rt_exc_ValueError, "Invalid isoformat string: %R", v); }
static bool digit(char c) { return c >= '0' && c <= '9'; }
static const char *digits(const char *p, const char *end, int *x, int n)
{
    *x = 0;
    for (int i = 0; i < n; i++, p++) {
        if (p >= end || !digit(*p))
            return NULL;
        *x = *x * 10 + (*p - '0');
    }
    return p;
}
/* YYYY-MM-DD, YYYYMMDD, YYYY-Www[-D], YYYYWww[D] */
int dt_parse_date(const char *s, size_t n, uint64_t *key)
{
    const char *end = s + n, *p;
    int y, m, d, week, day = 1;
    if (!(p = digits(s, end, &y, 4)) || p == end)
        return -1;
    bool dashes = *p == '-';
    p += dashes;
    if (p < end && *p == 'W') {
        if (!(p = digits(p + 1, end, &week, 2)))
            return -1;
        if (p < end) {
            if (dashes && *p++ != '-')
                return -1;
            if (!(p = digits(p, end, &day, 1)))
                return -1;
        }
        if (dt_from_iso_calendar(y, week, day, key) < 0)
            return -1;
        return p == end ? 0 : -1;
    }
    if (!(p = digits(p, end, &m, 2)) || (dashes && (p == end || *p++ != '-')) || !(p = digits(p, end, &d, 2)) || p != end)
        return -1;
    *key = (uint64_t)y << DT_YEAR;
    if (m > 12 || d > 31) /* does not fit its bits: an invalid one that does */
        m = m > 12 ? 13 : m, d = d > 31 ? 0 : d;
    *key = dt_date_key(y, m, d);
    return 0;
}
/* HH[:MM[:SS[.f...]]] with or without colons. 0, 1 when something follows, -1 malformed. */
static int parse_clock(const char *p, const char *end, int out[4])
{
    static const int correction[] = {100000, 10000, 1000, 100, 10};
    bool colons = true;
    out[0] = out[1] = out[2] = out[3] = 0;
    for (int i = 0; i < 3; i++) {
        if (!(p = digits(p, end, &out[i], 2)))
            return -1;
        char c = *p++;
        if (i == 0)
            colons = c == ':';
        if (p >= end)
            return c != 0;
        if (colons && c == ':') {
            if (i == 2)
                return -1;
            continue;
        }
        if (c == '.' || c == ',')
            break;
        if (colons)
            return -1;
        p--;
        if (i == 2)
            return 1;
    }
    int n = end - p >= 6 ? 6 : (int)(end - p);
    if (n == 0 || !(p = digits(p, end, &out[3], n)))
        return -1;
    if (n < 6)
        out[3] *= correction[n - 1];
    while (p < end && digit(*p))
        p++;
    return p != end;
}
int dt_parse_time(const char *s, size_t n, struct fields *f, int64_t *offset_us)
{
    const char *end = s + n, *z = s;
    int c[4];
    while (z < end && *z != '+' && *z != '-' && *z != 'Z')
        z++;
    int r = parse_clock(s, z, c);
    if (r < 0 || (z == end && r == 1))
        return -1;
    f->hour = c[0];
    f->minute = c[1];
    f->second = c[2];
    f->micro = c[3];
    *offset_us = 0;
    if (z == end)
        return 0;
    if (*z == 'Z')
        return z + 1 == end ? 1 : -1;
    if (parse_clock(z + 1, end, c) != 0)
        return -1;
    *offset_us = ((c[0] * 60ll + c[1]) * 60 + c[2]) * 1000000 + c[3];
    if (*z == '-')
        *offset_us = -*offset_us;
    return 1;
}
rt_value dt_parsed_zone(struct rt_thread *ts, int rv, int64_t us)
{
    if (rv == 0)
        return RT_NONE;
    if (us == 0)
        return rt_dt_utc;
    rt_value off = dt_delta_from_micros(ts, us), z = rt_is_null(off) ? off : dt_zone_new(ts, off, RT_NULL);
    rt_decref(ts, off);
    return z;
}
/* How many characters of a date and time are the date. A week date may be followed by anything, so its
   length depends on the digits. */
size_t dt_date_length(const char *s, size_t n)
{
    if (n == 7)
        return 7;
    if (s[4] == '-') {
        if (s[5] != 'W')
            return 10;
        if (n > 8 && s[8] == '-') {
            if (n == 9)
                return 0;
            return n > 10 && digit(s[10]) ? 8 : 10;
        }
        return 8;
    }
    if (s[4] != 'W')
        return 8;
    size_t i = 7;
    while (i < n && digit(s[i]))
        i++;
    return i < 9 ? i : i % 2 == 0 ? 7 : 8;
}
