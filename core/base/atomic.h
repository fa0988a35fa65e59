/* SPDX-License-Identifier: MIT */
/*
 * Atomics named for their memory order: the only room where atomic_* may stand. A field that two
 * threads may touch has an _Atomic type, or is an rt_slot (base/value.h).
 */
#ifndef RT_BASE_ATOMIC_H
#define RT_BASE_ATOMIC_H

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "core/base/compiler.h"

#define rt_load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define rt_load_acquire(p) atomic_load_explicit((p), memory_order_acquire)
#define rt_load_seq(p) atomic_load_explicit((p), memory_order_seq_cst)
#define rt_store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define rt_store_release(p, v) atomic_store_explicit((p), (v), memory_order_release)
#define rt_store_seq(p, v) atomic_store_explicit((p), (v), memory_order_seq_cst)
#define rt_xchg_acq_rel(p, v) atomic_exchange_explicit((p), (v), memory_order_acq_rel)
#define rt_add_relaxed(p, v) atomic_fetch_add_explicit((p), (v), memory_order_relaxed)
#define rt_add_acq_rel(p, v) atomic_fetch_add_explicit((p), (v), memory_order_acq_rel)
#define rt_sub_relaxed(p, v) atomic_fetch_sub_explicit((p), (v), memory_order_relaxed)
#define rt_sub_acq_rel(p, v) atomic_fetch_sub_explicit((p), (v), memory_order_acq_rel)
#define rt_or_relaxed(p, v) atomic_fetch_or_explicit((p), (v), memory_order_relaxed)
#define rt_or_acq_rel(p, v) atomic_fetch_or_explicit((p), (v), memory_order_acq_rel)
#define rt_and_relaxed(p, v) atomic_fetch_and_explicit((p), (v), memory_order_relaxed)
#define rt_and_acq_rel(p, v) atomic_fetch_and_explicit((p), (v), memory_order_acq_rel)
/* Strong compare-and-swap; *expected receives what was seen; true when it stored. */
#define rt_cas_acq_rel(p, expected, v) \
    atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_acq_rel, \
                                            memory_order_acquire)
#define rt_cas_relaxed(p, expected, v) \
    atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_relaxed, \
                                            memory_order_relaxed)
#define rt_or_seq(p, v) atomic_fetch_or_explicit((p), (v), memory_order_seq_cst)
#define rt_and_seq(p, v) atomic_fetch_and_explicit((p), (v), memory_order_seq_cst)
#define rt_fence_acquire() atomic_thread_fence(memory_order_acquire)
#define rt_fence_release() atomic_thread_fence(memory_order_release)
#define rt_fence_seq() atomic_thread_fence(memory_order_seq_cst)
#define rt_cpu_relax() __builtin_ia32_pause()

/* Bytes that the program itself may change under a reader: what a buffer shows (two views, or a view and
   its bytearray), and a byte read without a lock. Any mix of old and new bytes is a right answer, no memory
   is at stake, and readers are all over the C library: so the writers, and single reads, are kept from
   ThreadSanitizer. Lengths and pointers are never read or written this way. */
#if RT_TSAN
__attribute__((no_sanitize("thread"), noinline, unused)) static void rt_racy_copy(void *to, const void *from, size_t n)
{
    volatile char *d = to;
    if (n == 8) { /* an item of an array, at once as below */
        *(volatile uint64_t *)to = *(const volatile uint64_t *)from;
        return;
    }
    for (const volatile char *s = from; n; n--)
        *d++ = *s++;
}
__attribute__((no_sanitize("thread"), noinline, unused)) static uint8_t rt_racy_byte(const void *p)
{
    return *(const volatile uint8_t *)p;
}
#else
RT_INLINE void rt_racy_copy(void *to, const void *from, size_t n) { memcpy(to, from, n); }
RT_INLINE uint8_t rt_racy_byte(const void *p) { return *(const uint8_t *)p; }
#endif

#endif
