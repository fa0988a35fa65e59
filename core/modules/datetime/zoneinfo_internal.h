/* SPDX-License-Identifier: MIT */
/*
 * _zoneinfo: what its files share. The rule of a zone after its last listed transition, as a TZ string
 * says it: two offsets, and the days of the year at which they change.
 */
#ifndef RT_MODULES_ZONEINFO_INTERNAL_H
#define RT_MODULES_ZONEINFO_INTERNAL_H

#include "core/modules/datetime/datetime_internal.h"

/* What holds in a zone for a while. */
struct zi_span {
    int64_t utcoff;               /* seconds */
    rt_value offset, dst, name;   /* owned: two timedeltas and a str */
};
struct zi_day { /* a day of each year, and seconds after its midnight */
    char kind;  /* 'M' month, week, weekday; 'J' day counted without 29 February; 'N' with it */
    int month, week, day;
    int64_t seconds;
};
struct zi_rule {
    struct zi_span std, dst;
    int64_t shift; /* dst.utcoff - std.utcoff */
    struct zi_day start, end;
};

/* [nopy; raises MemoryError] Fill a span; name is consumed. */
int zi_span_make(struct rt_thread *ts, struct zi_span *s, int64_t utcoff, int64_t dst, rt_value name);
void zi_span_drop(struct rt_thread *ts, struct zi_span *s);
/* 1: a rule; 0: text without daylight saving, into r->std; -1: an exception. */
int zi_parse_rule(struct rt_thread *ts, rt_value text /* bytes */, struct zi_rule *r);
/* What holds at a moment, in seconds of local time or of UTC since 1970. */
const struct zi_span *zi_rule_local(const struct zi_rule *r, int64_t at, int year, int fold);
const struct zi_span *zi_rule_utc(const struct zi_rule *r, int64_t at, int year, int *fold);

#endif
