/* SPDX-License-Identifier: MIT */
/*
 * Allocation. Raw memory comes from mimalloc; objects up to 512 bytes from size-class slabs owned by
 * a thread's heap (inlined pop and push), larger ones by themselves, listed in the heap's table.
 * Both kinds can be walked by the collector. Memory errors: NULL, and the caller raises MemoryError
 * (rt_raise_no_memory).
 */
#ifndef RT_ALLOC_ALLOC_H
#define RT_ALLOC_ALLOC_H

#include "core/seam/tstate.h"

void *rt_raw_malloc(size_t n); /* [any thread; NULL when exhausted] */
void *rt_raw_calloc(size_t n, size_t size);
/* Zeroed memory for what all threads read often and hardly ever write: on cache lines of its own, for with a neighbour
   that one thread writes to the others would fetch it anew each time. A watcher (watch.h) is not told. */
void *rt_raw_calloc_lines(size_t size);
void *rt_raw_realloc(void *p, size_t n);
void rt_raw_free(void *p);
size_t rt_raw_usable(const void *p);
void rt_raw_trim(void); /* gives memory that is free back to the system, as far as the allocator can */
/* Memory set aside for the last words of a program that has none: usable from here on. */
void rt_alloc_use_reserve(void);

/* [attached; nopy; NULL with MemoryError set] Uninitialised block of `size` bytes with a live header
   (local 1, owner ts->token, shape and flags as given). */
void *rt_block_alloc_slow(struct rt_thread *ts, size_t size, uint32_t shape, uint8_t flags);
RT_INLINE void *rt_block_alloc(struct rt_thread *ts, size_t size, uint32_t shape, uint8_t flags)
{
#if RT_ASAN
    return rt_block_alloc_slow(ts, size, shape, flags);
#endif
    size_t c = (size - 1) >> 4;
    struct rt_object *o;
    if (rt_unlikely(c >= RT_SIZE_CLASSES || (o = ts->free[c]) == NULL))
        return rt_block_alloc_slow(ts, size, shape, flags);
    ts->free[c] = *(void **)(o + 1);
    rt_object_init_header(o, ts->token, flags, shape);
    return o;
}
/* From now on deferred blocks that ts frees wait in `blocks`, until rt_blocks_release. False: others do so already. */
bool rt_blocks_hold(struct rt_thread *ts, struct rt_vec *blocks);
void rt_blocks_release(struct rt_thread *ts);
/* [attached; nopy] Give a dead object's block back; its header becomes DEAD. size as allocated. */
void rt_block_free(struct rt_thread *ts, void *o, size_t size);

#endif
