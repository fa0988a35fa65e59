/* SPDX-License-Identifier: MIT */
/* Turning the watcher on and off, and the allocator's paths while there is one. See watch.h. */
#include "alloc/watch.h"

#include <stdlib.h>

#include "alloc/alloc_internal.h"
#include "core/seam/backend.h"

const struct rt_watcher *_Atomic rt_watcher;
struct rt_vec rt_hold_nothing;

/* ---- raw memory ---- */

static void told(void *p, size_t n)
{
    const struct rt_watcher *w = rt_load_acquire(&rt_watcher);
    if (w && p)
        w->add(rt_current_thread, (uintptr_t)p, n);
}
static void told_gone(const void *p)
{
    const struct rt_watcher *w = rt_load_acquire(&rt_watcher);
    if (w && p)
        w->remove((uintptr_t)p);
}
static void *watched_malloc(size_t n)
{
    void *p = malloc(n);
    told(p, n);
    return p;
}
static void *watched_calloc(size_t n, size_t size)
{
    void *p = calloc(n, size);
    told(p, n * size);
    return p;
}
static void *watched_realloc(void *p, size_t n)
{
    size_t before = p ? rt_raw_usable(p) : 0;
    told_gone(p);
    void *q = realloc(p, n);
    if (q)
        told(q, n);
    else if (p)
        told(p, before);
    return q;
}
static void watched_free(void *p)
{
    told_gone(p);
    free(p);
}

/* Plain words unless a sanitizer looks: who detached is just allocating meanwhile calls the one or the other, and
   either does. */
struct rt_raw_ops rt_raw_ops = {malloc, calloc, realloc, free};
static const struct rt_raw_ops watched_ops = {watched_malloc, watched_calloc, watched_realloc, watched_free};
static const struct rt_raw_ops plain_ops = {malloc, calloc, realloc, free};

static void set_raw_ops(const struct rt_raw_ops *ops)
{
    RT_RAW_OP_SET(malloc, ops->malloc);
    RT_RAW_OP_SET(calloc, ops->calloc);
    RT_RAW_OP_SET(realloc, ops->realloc);
    RT_RAW_OP_SET(free, ops->free);
}

/* ---- blocks ---- */

void **rt_heap_free_lists(struct rt_heap *h)
{
    struct rt_thread *t = rt_load_relaxed(&h->thread);
    return t && !rt_load_relaxed(&rt_watcher) ? t->free : h->saved_free;
}

/* threads_lock held; ts is stopped, or detached, or the caller. [WATCH-2] [WATCH-3] */
void rt_watch_settle(struct rt_thread *ts, struct rt_heap *h)
{
    bool on = rt_load_relaxed(&rt_watcher) != NULL;
    void **from = on ? ts->free : h->saved_free, **to = on ? h->saved_free : ts->free;
    for (size_t c = 0; c < RT_SIZE_CLASSES; c++)
        if (from[c]) {
            to[c] = from[c];
            from[c] = NULL;
        }
    if (on && !ts->hold_blocks)
        ts->hold_blocks = &rt_hold_nothing;
    else if (!on && ts->hold_blocks == &rt_hold_nothing)
        ts->hold_blocks = NULL;
}

static void settle_interp(struct rt_interp *in)
{
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_heap *h = in->heaps; h; h = h->next) {
        struct rt_thread *t = rt_load_relaxed(&h->thread);
        if (t)
            rt_watch_settle(t, h);
    }
    pthread_mutex_unlock(&in->threads_lock);
}

void rt_watch_set(struct rt_thread *ts, const struct rt_watcher *w)
{
    rt_stop_world(ts, RT_SCOPE_PROCESS);
    rt_store_release(&rt_watcher, w);
    set_raw_ops(w ? &watched_ops : &plain_ops);
    pthread_mutex_lock(&rt_runtime.lock);
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
        settle_interp(in);
    pthread_mutex_unlock(&rt_runtime.lock);
    rt_start_world(ts, RT_SCOPE_PROCESS);
}

bool rt_blocks_hold(struct rt_thread *ts, struct rt_vec *blocks)
{
    if (ts->hold_blocks && ts->hold_blocks != &rt_hold_nothing)
        return false;
    ts->hold_blocks = blocks;
    return true;
}

void rt_blocks_release(struct rt_thread *ts)
{
    ts->hold_blocks = rt_load_relaxed(&rt_watcher) ? &rt_hold_nothing : NULL;
}

/* Live blocks of a heap that is about to go with its interpreter. */
void rt_watch_heap_gone(struct rt_heap *h)
{
    const struct rt_watcher *w = rt_load_acquire(&rt_watcher);
    if (!w)
        return;
    for (size_t c = 0; c < RT_SIZE_CLASSES; c++)
        for (struct rt_slab *s = h->slabs[c]; s; s = s->next)
            for (uint32_t i = 0; i < s->nblocks; i++)
                if (rt_block_is_live(rt_slab_block(s, i)))
                    w->remove((uintptr_t)rt_slab_block(s, i));
    for (struct rt_large *l = h->large; l; l = l->next)
        w->remove((uintptr_t)(l + 1));
}
