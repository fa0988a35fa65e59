/* SPDX-License-Identifier: MIT */
/* Limits of the process, asked of the system at each call: programs may change them. */
#include "core/base/limits.h"

#include <stdint.h>
#include <sys/resource.h>

size_t rt_limits_address_space(void)
{
    struct rlimit r;
    return getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_cur != RLIM_INFINITY ? (size_t)r.rlim_cur : SIZE_MAX;
}
