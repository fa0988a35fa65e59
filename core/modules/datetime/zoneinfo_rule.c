/* SPDX-License-Identifier: MIT */
/*
 * _zoneinfo: TZ strings, "EST5EDT,M3.2.0,M11.1.0/1:30". They end a zone file and tell what happens after its last
 * transition. A rule is constant once it is parsed.
 */
#include "core/modules/datetime/zoneinfo_internal.h"

#define DAY_SECONDS 86400

int zi_span_make(struct rt_thread *ts, struct zi_span *s, int64_t utcoff, int64_t dst, rt_value name)
{
    s->utcoff = utcoff;
    s->name = name;
    s->offset = rt_is_null(name) ? RT_NULL : dt_delta_from_micros(ts, (i128)utcoff * 1000000);
    s->dst = rt_is_null(s->offset) ? RT_NULL : dt_delta_from_micros(ts, (i128)dst * 1000000);
    return rt_is_null(s->dst) ? -1 : 0;
}

void zi_span_drop(struct rt_thread *ts, struct zi_span *s)
{
    rt_clear(ts, &s->offset);
    rt_clear(ts, &s->dst);
    rt_clear(ts, &s->name);
}

/* ---- parsing: each moves *p behind what it read, or says no ---- */
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool number(const char **p, int least, int most, int *out)
{
    int x = 0, n = 0;
    for (; n < most && is_digit((*p)[n]); n++)
        x = x * 10 + ((*p)[n] - '0');
    *p += n;
    *out = x;
    return n >= least;
}

/* hh[:mm[:ss]] with up to `digits` digits of hours. */
static bool clock_time(const char **p, int digits, int64_t *seconds)
{
    int sign = 1, h, part;
    if (**p == '+' || **p == '-')
        sign = *(*p)++ == '-' ? -1 : 1;
    if (!number(p, 1, digits, &h))
        return false;
    *seconds = h * 3600;
    for (int unit = 60; unit && **p == ':'; unit /= 60) {
        ++*p;
        if (!number(p, 2, 2, &part))
            return false;
        *seconds += part * unit;
    }
    *seconds *= sign;
    return true;
}

/* West of Greenwich is positive in a TZ string. */
static bool offset(const char **p, int64_t *utcoff)
{
    if (!clock_time(p, 2, utcoff))
        return false;
    *utcoff = -*utcoff;
    return *utcoff > -DAY_SECONDS && *utcoff < DAY_SECONDS;
}

/* EST or <+03> */
static bool abbreviation(const char **p, const char **start, size_t *n)
{
    bool quoted = **p == '<';
    *p += quoted;
    *start = *p;
    while (is_letter(**p) || (quoted && (is_digit(**p) || **p == '+' || **p == '-')))
        ++*p;
    *n = (size_t)(*p - *start);
    if (quoted && *(*p)++ != '>')
        return false;
    return *n > 0;
}

static bool day(const char **p, struct zi_day *d)
{
    d->seconds = 2 * 3600;
    if (**p == 'M') {
        d->kind = 'M';
        ++*p;
        if (!number(p, 1, 2, &d->month) || *(*p)++ != '.' || !number(p, 1, 1, &d->week) || *(*p)++ != '.' || !number(p, 1, 1, &d->day))
            return false;
        if (d->month < 1 || d->month > 12 || d->week < 1 || d->week > 5 || d->day > 6)
            return false;
    } else {
        d->kind = **p == 'J' ? 'J' : 'N';
        *p += **p == 'J';
        if (!number(p, 1, 3, &d->day) || d->day > 365 || (d->kind == 'J' && d->day < 1))
            return false;
    }
    if (**p != '/')
        return true;
    ++*p;
    return clock_time(p, 2, &d->seconds);
}

static rt_value latin(struct rt_thread *ts, const char *s, size_t n) { return rt_str_from_latin1(ts, (const uint8_t *)s, n); }

/* The shape of the text: -1 malformed, 0 without daylight saving, 1 with. */
static int scan(const char *p, const char *end, struct zi_rule *r, const char *name[2], size_t length[2])
{
    int64_t off = 0;
    if (!abbreviation(&p, &name[0], &length[0]) || (p < end && !offset(&p, &off)))
        return -1;
    r->std.utcoff = off;
    if (p == end)
        return 0;
    off += 3600;
    if (!abbreviation(&p, &name[1], &length[1]) || (p < end && *p != ',' && !offset(&p, &off)))
        return -1;
    r->dst.utcoff = off;
    if (*p++ != ',' || !day(&p, &r->start) || *p++ != ',' || !day(&p, &r->end))
        return -1;
    return p == end ? 1 : -1;
}

int zi_parse_rule(struct rt_thread *ts, rt_value text, struct zi_rule *r)
{
    const char *name[2];
    size_t length[2];
    const char *s = (const char *)rt_as_bytes(text)->data;
    memset((void *)r, 0, sizeof *r);
    int kind = scan(s, s + rt_as_bytes(text)->length, r, name, length);
    if (kind < 0) {
        rt_raise(ts, &rt_exc_ValueError, "Malformed TZ string: %R", text);
        return -1;
    }
    r->shift = kind ? r->dst.utcoff - r->std.utcoff : 0;
    if (zi_span_make(ts, &r->std, r->std.utcoff, 0, latin(ts, name[0], length[0])) < 0 ||
        (kind && zi_span_make(ts, &r->dst, r->dst.utcoff, r->shift, latin(ts, name[1], length[1])) < 0)) {
        zi_span_drop(ts, &r->std);
        zi_span_drop(ts, &r->dst);
        return -1;
    }
    return kind;
}

/* ---- asking ---- */
/* Seconds since 1970 of d in year, in the local time before the change. */
static int64_t moment(const struct zi_day *d, int year)
{
    int64_t days = (int64_t)dt_ordinal(year, 1, 1) - EPOCH_ORDINAL;
    if (d->kind == 'M') {
        int64_t first = (int64_t)dt_ordinal(year, d->month, 1); /* ordinal 7 is a Sunday */
        int date = (int)((d->day - first % 7 + 7) % 7) + 1 + (d->week - 1) * 7;
        if (date > dt_days_in_month(year, d->month))
            date -= 7; /* week 5 is the last one */
        days = first - EPOCH_ORDINAL + date - 1;
    } else { /* both kinds counted from the day before, as the library's own zones do */
        days += d->day - 1 + (d->kind == 'J' && d->day >= 59 && dt_is_leap(year));
    }
    return days * DAY_SECONDS + d->seconds;
}

static bool between(int64_t start, int64_t end, int64_t at)
{
    return start < end ? start <= at && at < end : !(end <= at && at < start);
}

const struct zi_span *zi_rule_local(const struct zi_rule *r, int64_t at, int year, int fold)
{
    int64_t start = moment(&r->start, year), end = moment(&r->end, year);
    /* With fold 0 the time of the smaller offset begins where the gap ends, and ends where the fold ends; with fold
       1 it reaches from the gap's start to the fold's. */
    if (fold == (r->shift >= 0))
        end -= r->shift;
    else
        start += r->shift;
    return between(start, end, at) ? &r->dst : &r->std;
}

const struct zi_span *zi_rule_utc(const struct zi_rule *r, int64_t at, int year, int *fold)
{
    int64_t start = moment(&r->start, year) - r->std.utcoff, end = moment(&r->end, year) - r->dst.utcoff;
    /* What is told twice follows the end of positive daylight saving, and comes before the start of negative. */
    int64_t first = r->shift > 0 ? end : start, last = r->shift > 0 ? end + r->shift : start - r->shift;
    *fold = first <= at && at < last;
    return between(start, end, at) ? &r->dst : &r->std;
}
