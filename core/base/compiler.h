/* SPDX-License-Identifier: MIT */
/* Compiler facts: branch hints, attributes, alignment. Included by everything. */
#ifndef RT_BASE_COMPILER_H
#define RT_BASE_COMPILER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define rt_likely(x) __builtin_expect(!!(x), 1)
#define rt_unlikely(x) __builtin_expect(!!(x), 0)
#define RT_COLD __attribute__((cold, noinline))
#define RT_NOINLINE __attribute__((noinline))
#define RT_INLINE static inline __attribute__((always_inline))
#define RT_NORETURN __attribute__((noreturn))
#define RT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define RT_MUST_USE __attribute__((warn_unused_result))
#define RT_COUNTOF(a) (sizeof(a) / sizeof((a)[0]))
#define RT_ROUND_UP(n, a) (((n) + (a) - 1) & ~((a) - 1))
#define RT_CONTAINER_OF(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define RT_CACHE_LINE 64

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define RT_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define RT_TSAN 1
#endif

#endif
