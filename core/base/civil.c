/* SPDX-License-Identifier: MIT */
/*
 * Broken-down time. The C library's functions take one lock for all threads, even for UTC. So UTC is computed here, and for
 * local time what was learnt about the quarter of an hour around a second is kept.
 *
 * Note [ZONE] A quarter of an hour that has the same offset, name and daylight flag in its first and its last second has
 * them all the time. An entry is read as under a sequence lock: `turn` is odd while somebody writes it. It holds for one
 * generation: tzset() begins an even one; a change of TZ in the environment an odd one, in which nothing is kept, for the C
 * library takes it up whenever it likes. What is there is about the C library's zone, one for the process.
 */
#include "core/base/civil.h"

#include "core/base/atomic.h"
#include "core/base/compiler.h"

enum { QUARTER = 900, ENTRIES = 7 }; /* a day has 96 quarters, so yesterday's entry is another */

static struct entry {
    _Atomic uint32_t turn;
    _Atomic uint32_t generation;
    _Atomic int64_t quarter;
    _Atomic int64_t missed; /* who asks for it twice wants it kept */
    _Atomic long offset;
    _Atomic int daylight;
    _Atomic(const char *) name;
} entries[ENTRIES];
static _Atomic uint32_t generation = 2;

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Years are counted from March here, so that a leap day is the last of its year. */
static void civil(int64_t s, struct tm *out)
{
    int64_t days = floor_div(s, 86400), rest = s - days * 86400;
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t month = (5 * doy + 2) / 153, year = yoe + era * 400 + (month >= 10);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    *out = (struct tm){
        .tm_sec = (int)(rest % 60),
        .tm_min = (int)(rest / 60 % 60),
        .tm_hour = (int)(rest / 3600),
        .tm_mday = (int)(doy - (153 * month + 2) / 5 + 1),
        .tm_mon = (int)(month < 10 ? month + 2 : month - 10),
        .tm_year = (int)(year - 1900),
        .tm_wday = (int)(((days + 4) % 7 + 7) % 7),
        .tm_yday = (int)(month < 10 ? doy + 59 + leap : doy - 306),
    };
}

bool rt_gmtime(int64_t s, struct tm *out)
{
    if (rt_unlikely(s < -62135596800ll || s > 253402300799ll)) { /* years 1 to 9999 */
        time_t t = (time_t)s;
        return gmtime_r(&t, out) != NULL;
    }
    civil(s, out);
    out->tm_zone = "GMT";
    return true;
}

static bool find(struct entry *e, uint32_t g, int64_t quarter, int64_t s, struct tm *out)
{
    uint32_t turn = rt_load_acquire(&e->turn);
    bool fits = rt_load_relaxed(&e->generation) == g && rt_load_relaxed(&e->quarter) == quarter;
    long offset = rt_load_relaxed(&e->offset);
    int daylight = rt_load_relaxed(&e->daylight);
    const char *name = rt_load_relaxed(&e->name);
    rt_fence_acquire();
    if (!fits || turn & 1 || rt_load_relaxed(&e->turn) != turn)
        return false;
    civil(s + offset, out);
    out->tm_gmtoff = offset;
    out->tm_isdst = daylight;
    out->tm_zone = name;
    return true;
}

/* Zones that count leap seconds do not show second s + offset. */
static bool is_linear(int64_t s, const struct tm *t)
{
    struct tm c;
    civil(s + t->tm_gmtoff, &c);
    return c.tm_sec == t->tm_sec && c.tm_min == t->tm_min && c.tm_hour == t->tm_hour && c.tm_yday == t->tm_yday;
}

static void keep(struct entry *e, uint32_t g, int64_t quarter)
{
    time_t first = (time_t)(quarter * QUARTER), last = first + QUARTER - 1;
    struct tm a, b;
    if (!localtime_r(&first, &a) || !localtime_r(&last, &b) || a.tm_gmtoff != b.tm_gmtoff || a.tm_isdst != b.tm_isdst ||
        a.tm_zone != b.tm_zone || !is_linear(first, &a) || !is_linear(last, &b))
        return;
    uint32_t turn = rt_load_relaxed(&e->turn);
    if (turn & 1 || !rt_cas_acq_rel(&e->turn, &turn, turn + 1))
        return;
    rt_fence_release();
    rt_store_relaxed(&e->generation, g);
    rt_store_relaxed(&e->quarter, quarter);
    rt_store_relaxed(&e->offset, a.tm_gmtoff);
    rt_store_relaxed(&e->daylight, a.tm_isdst);
    rt_store_relaxed(&e->name, a.tm_zone);
    rt_store_release(&e->turn, turn + 2);
}

bool rt_localtime(int64_t s, struct tm *out)
{
    uint32_t g = rt_load_acquire(&generation);
    int64_t quarter = floor_div(s, QUARTER);
    struct entry *e = &entries[((quarter % ENTRIES) + ENTRIES) % ENTRIES];
    bool keeps = !(g & 1) && s >= -62135596800ll + 86400 && s <= 253402300799ll - 86400;
    if (rt_likely(keeps && find(e, g, quarter, s, out)))
        return true;
    time_t t = (time_t)s;
    if (keeps && rt_xchg_acq_rel(&e->missed, quarter) == quarter)
        keep(e, g, quarter);
    return localtime_r(&t, out) != NULL;
}

void rt_zone_changed(bool set)
{
    uint32_t g = rt_load_relaxed(&generation);
    while (!rt_cas_acq_rel(&generation, &g, set ? (g | 1) + 1 : g | 1))
        ;
}
