/* SPDX-License-Identifier: MIT */
/* What the process may use. */
#ifndef RT_BASE_LIMITS_H
#define RT_BASE_LIMITS_H

#include <stddef.h>

/* [any thread] Bytes of address space (ulimit -v); SIZE_MAX: no limit. Reservations take a small part of it. */
size_t rt_limits_address_space(void);

#endif
