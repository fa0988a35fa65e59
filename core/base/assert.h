/* SPDX-License-Identifier: MIT */
/*
 * RT_ASSERT is for contracts (on in debug builds); RT_FATAL for states from which no Python
 * exception can be raised: one sentence on standard error, then abort.
 */
#ifndef RT_BASE_ASSERT_H
#define RT_BASE_ASSERT_H

#include "core/base/compiler.h"

RT_NORETURN RT_COLD void rt_fatal(const char *file, int line, const char *fmt, ...) RT_PRINTF(3, 4);

#define RT_FATAL(...) rt_fatal(__FILE__, __LINE__, __VA_ARGS__)
#if RT_DEBUG
#define RT_ASSERT(c) (rt_likely(c) ? (void)0 : RT_FATAL("assertion failed: %s", #c))
#else
#define RT_ASSERT(c) ((void)0)
#endif

#endif
