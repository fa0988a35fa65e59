/* SPDX-License-Identifier: MIT */
/*
 * Objects that do not fit a slab. Each has a record in front of it, linked into its heap's list: only
 * the heap's thread (or the collector, world stopped) changes the list. Another thread that frees one
 * queues it on the heap. The memory outlives a grace period, so that a lock-free reader that lost a
 * race still finds a header that says DEAD.
 */
#include <stdlib.h>

#include "alloc/alloc_internal.h"
#include "core/seam/access.h"
#include "core/seam/interp.h"

void *rt_large_alloc(struct rt_thread *ts, size_t size, uint32_t shape, uint8_t flags)
{
    if (size > PTRDIFF_MAX - sizeof(struct rt_large))
        return rt_alloc_raise(ts);
    /* Not as raw memory: a watcher is told of the object. */
    struct rt_large *l = rt_raw_grants(size) ? malloc(sizeof *l + size) : NULL;
    if (!l)
        return rt_alloc_raise(ts);
    struct rt_heap *h = ts->heap;
    *l = (struct rt_large){.heap = h, .size = size, .next = h->large, .gc_refs = (uint32_t)RT_GC_REFS_NONE};
    if (h->large)
        h->large->prev = l;
    h->large = l;
    h->large_bytes += size;
    h->large_count++;
    (void)rt_add_relaxed(&rt_alloc_stats.large_allocs, 1);
    struct rt_object *o = (struct rt_object *)(l + 1);
    rt_header_init(ts, o, shape, flags | RT_OF_LARGE);
    ts->alloc_bytes += (int64_t)size;
    if (rt_unlikely(ts->alloc_bytes + ts->raw_bytes >= rt_load_relaxed(&ts->interp->gc_step)))
        rt_alloc_want_gc(ts);
    return o;
}

void rt_large_unlink(struct rt_heap *h, struct rt_large *l)
{
    if (l->prev)
        l->prev->next = l->next;
    else
        h->large = l->next;
    if (l->next)
        l->next->prev = l->prev;
    h->large_bytes -= l->size;
    h->large_count--;
}

static void release_remote(void *p)
{
    struct rt_large *l = p;
    struct rt_heap *h = l->heap;
    struct rt_large *head = rt_load_relaxed(&h->remote_large);
    do {
        l->remote_next = head;
    } while (!rt_cas_acq_rel(&h->remote_large, &head, l));
}

void rt_large_free(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_large *l = rt_large_of(o);
    o->local = RT_LOCAL_FREE;
    rt_store_relaxed(&o->owner, RT_TOK_MERGED);
    rt_store_release(&o->shared, RT_SH_DEAD);
    if (l->heap == ts->heap) {
        /* Sizes that come and go must not look like growth to the collector's trigger. */
        ts->alloc_bytes -= (int64_t)l->size;
        rt_large_unlink(ts->heap, l);
        rt_retire(ts, l, l->size, NULL);
    } else {
        rt_retire(ts, l, l->size, release_remote);
    }
}
