/* SPDX-License-Identifier: MIT */
/* What the files of this room share. */
#ifndef RT_ALLOC_INTERNAL_H
#define RT_ALLOC_INTERNAL_H

#include "alloc/heap.h"
#include "core/base/vec.h"

#if RT_ASAN
enum { RT_ALL_LARGE = 1 };
#else
enum { RT_ALL_LARGE = 0 };
#endif

void rt_slab_give_back(struct rt_slab *s);
void rt_heap_drain_remote(struct rt_heap *h, void **free_lists);
void *rt_large_alloc(struct rt_thread *ts, size_t size, uint32_t shape, uint8_t flags);
void rt_large_free(struct rt_thread *ts, struct rt_object *o);
void rt_large_unlink(struct rt_heap *h, struct rt_large *l);
RT_COLD void *rt_alloc_raise(struct rt_thread *ts); /* MemoryError; NULL */
void rt_alloc_want_gc(struct rt_thread *ts);

RT_INLINE void rt_header_init(struct rt_thread *ts, struct rt_object *o, uint32_t shape, uint8_t flags)
{
    o->local = 1;
    rt_store_relaxed(&o->flags, flags);
    rt_store_relaxed(&o->lock, 0);
    rt_store_relaxed(&o->shared, 0);
    rt_store_relaxed(&o->shape, shape);
    rt_store_release(&o->owner, ts->token);
}

#endif
