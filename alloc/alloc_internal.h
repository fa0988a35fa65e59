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

/* What rt_raw_malloc and the others call: malloc and so on, or what tells the watcher too (watch.c). */
#if RT_TSAN
#define RT_RAW_FN(name) _Atomic(name)
#define RT_RAW_OP(op) rt_load_relaxed(&rt_raw_ops.op)
#define RT_RAW_OP_SET(op, f) rt_store_relaxed(&rt_raw_ops.op, f)
#else
#define RT_RAW_FN(name) name
#define RT_RAW_OP(op) rt_raw_ops.op
#define RT_RAW_OP_SET(op, f) (void)(rt_raw_ops.op = (f))
#endif
typedef void *(*rt_malloc_fn)(size_t);
typedef void *(*rt_calloc_fn)(size_t, size_t);
typedef void *(*rt_realloc_fn)(void *, size_t);
typedef void (*rt_free_fn)(void *);
struct rt_raw_ops {
    RT_RAW_FN(rt_malloc_fn) malloc;
    RT_RAW_FN(rt_calloc_fn) calloc;
    RT_RAW_FN(rt_realloc_fn) realloc;
    RT_RAW_FN(rt_free_fn) free;
};
extern struct rt_raw_ops rt_raw_ops;

enum { RT_RAW_ASK_FROM = 256 << 20 };
RT_COLD bool rt_raw_kernel_grants(size_t n);
RT_INLINE bool rt_raw_grants(size_t n) { return rt_likely(n < RT_RAW_ASK_FROM) || rt_raw_kernel_grants(n); }

void **rt_heap_free_lists(struct rt_heap *h); /* of its thread, or saved_free: [WATCH-2] */
void rt_watch_settle(struct rt_thread *ts, struct rt_heap *h);
void rt_watch_heap_gone(struct rt_heap *h);
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
