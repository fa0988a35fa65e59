/* SPDX-License-Identifier: MIT */
/*
 * Raw memory. libmimalloc replaces malloc for the whole process when it is linked, so C libraries use
 * it too; sanitizer builds (RT_RAW_LIBC) leave it out. Either way the names below are plain malloc.
 */
#include "alloc/alloc.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

void mi_collect(bool force) __attribute__((weak)); /* absent without libmimalloc */

void *rt_raw_malloc(size_t n) { return malloc(n ? n : 1); }
void *rt_raw_calloc(size_t n, size_t size) { return calloc(n ? n : 1, size ? size : 1); }
void *rt_raw_realloc(void *p, size_t n) { return realloc(p, n ? n : 1); }
void rt_raw_free(void *p) { free(p); }
size_t rt_raw_usable(const void *p) { return malloc_usable_size((void *)(uintptr_t)p); }
void rt_raw_trim(void)
{
    if (mi_collect)
        mi_collect(true);
}
