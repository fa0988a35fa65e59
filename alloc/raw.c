/* SPDX-License-Identifier: MIT */
/*
 * Raw memory. libmimalloc replaces malloc for the whole process when it is linked, so C libraries use
 * it too; sanitizer builds (RT_RAW_LIBC) leave it out. Either way the names below are plain malloc.
 */
#include "alloc/alloc.h"

#include <malloc.h>
#include <stdlib.h>

void *rt_raw_malloc(size_t n) { return malloc(n ? n : 1); }
void *rt_raw_calloc(size_t n, size_t size) { return calloc(n ? n : 1, size ? size : 1); }
void *rt_raw_realloc(void *p, size_t n) { return realloc(p, n ? n : 1); }
void rt_raw_free(void *p) { free(p); }
size_t rt_raw_usable(const void *p) { return malloc_usable_size((void *)(uintptr_t)p); }
