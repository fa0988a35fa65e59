/* SPDX-License-Identifier: MIT */
/* The clock and calendar of a POSIX second, in UTC and in the process's time zone. */
#ifndef RT_BASE_CIVIL_H
#define RT_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* As gmtime_r and localtime_r; false: errno says why. */
bool rt_gmtime(int64_t s, struct tm *out);
bool rt_localtime(int64_t s, struct tm *out);
/* The environment's TZ was changed: from now on each rt_localtime asks the C library, which notices at some call of its own;
   or (set) tzset() has just been called. */
void rt_zone_changed(bool set);

#endif
