/* SPDX-License-Identifier: MIT */
/*
 * The end of the process for states from which no exception can be raised. Writes with write(2) only,
 * so that it works in signal handlers and while locks are held.
 */
#include "core/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void rt_fatal(const char *file, int line, const char *fmt, ...)
{
    char buf[600];
    int n = snprintf(buf, sizeof buf, "Fatal Python error: ");
    va_list ap;
    va_start(ap, fmt);
    n += vsnprintf(buf + n, sizeof buf - (size_t)n - 80, fmt, ap);
    va_end(ap);
    if (n > (int)sizeof buf - 80)
        n = (int)sizeof buf - 80;
    n += snprintf(buf + n, sizeof buf - (size_t)n, " (%s:%d)\n", file, line);
    if (n > (int)sizeof buf)
        n = (int)sizeof buf - 1;
    ssize_t r = write(2, buf, (size_t)n);
    (void)r;
    abort();
}
