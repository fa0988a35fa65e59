/* SPDX-License-Identifier: MIT */
/*
 * Raw memory. libmimalloc replaces malloc for the whole process when it is linked, so C libraries use
 * it too; sanitizer builds (RT_RAW_LIBC) leave it out. Either way the names below are plain malloc, called through
 * the pointers that the C library's functions would be called through anyway (Note [WATCH] in watch.h).
 */
#include "alloc/alloc_internal.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void mi_collect(bool force) __attribute__((weak)); /* absent without libmimalloc */

/* libmimalloc asks for memory without a reservation and gets any size the address space holds; a program that asks for
   a thousand gigabytes would be killed while it fills them. The kernel is asked whether it would grant as much. */
bool rt_raw_kernel_grants(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && munmap(p, n) == 0;
}

void *rt_raw_malloc(size_t n) { return rt_raw_grants(n) ? RT_RAW_OP(malloc)(n ? n : 1) : NULL; }
void *rt_raw_calloc(size_t n, size_t size)
{
    size_t all;
    bool ok = !__builtin_mul_overflow(n, size, &all) && rt_raw_grants(all);
    return ok ? RT_RAW_OP(calloc)(n ? n : 1, size ? size : 1) : NULL;
}
void *rt_raw_calloc_lines(size_t size)
{
    size = (size + RT_CACHE_LINE - 1) & ~(size_t)(RT_CACHE_LINE - 1);
    void *p = aligned_alloc(RT_CACHE_LINE, size ? size : RT_CACHE_LINE);
    return p ? memset(p, 0, size) : NULL;
}
void *rt_raw_realloc(void *p, size_t n) { return rt_raw_grants(n) ? RT_RAW_OP(realloc)(p, n ? n : 1) : NULL; }
void rt_raw_free(void *p) { RT_RAW_OP(free)(p); }
size_t rt_raw_usable(const void *p) { return malloc_usable_size((void *)(uintptr_t)p); }
void rt_raw_trim(void)
{
    if (mi_collect)
        mi_collect(true);
}
