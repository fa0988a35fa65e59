/* SPDX-License-Identifier: MIT */
/* Heaps: making, passing on, walking, sweeping. See heap.h. */
#include <stdlib.h>

#include "alloc/alloc_internal.h"
#include "core/seam/interp.h"

struct rt_heap *rt_heap_new(struct rt_interp *in)
{
    struct rt_heap *h = aligned_alloc(RT_CACHE_LINE, RT_ROUND_UP(sizeof *h, (size_t)RT_CACHE_LINE));
    if (!h)
        return NULL;
    memset(h, 0, sizeof *h);
    h->interp = in;
    pthread_mutex_lock(&in->threads_lock);
    h->next = in->heaps;
    in->heaps = h;
    pthread_mutex_unlock(&in->threads_lock);
    return h;
}

void rt_heap_adopt(struct rt_thread *ts, struct rt_heap *h)
{
    pthread_mutex_lock(&h->interp->threads_lock);
    rt_store_release(&h->thread, ts);
    ts->heap = h;
    rt_watch_settle(ts, h);
    pthread_mutex_unlock(&h->interp->threads_lock);
}

void rt_heap_park(struct rt_thread *ts)
{
    struct rt_heap *h = ts->heap;
    struct rt_interp *in = h->interp;
    pthread_mutex_lock(&in->threads_lock);
    for (size_t c = 0; c < RT_SIZE_CLASSES; c++)
        if (ts->free[c]) { /* all of them, or, while somebody watches, none */
            h->saved_free[c] = ts->free[c];
            ts->free[c] = NULL;
        }
    rt_store_release(&h->thread, NULL);
    h->parked_next = in->parked;
    in->parked = h;
    ts->heap = NULL;
    pthread_mutex_unlock(&in->threads_lock);
}

/* Where slabs go that outlive their interpreter, because immortal objects (interned strings, say) are in them. */
static struct rt_heap graveyard;

/* Constants do not: nothing but their interpreter's code and what it made knows them. */
static bool outlives_interp(const struct rt_object *o) { return rt_load_relaxed(&o->owner) == RT_TOK_IMMORTAL; }

static bool has_immortal(const struct rt_slab *s)
{
    for (uint32_t i = 0; i < s->nblocks; i++) {
        struct rt_object *o = rt_slab_block(s, i);
        if (outlives_interp(o) && rt_block_is_live(o))
            return true;
    }
    return false;
}

static void give_back_list(struct rt_slab *s)
{
    while (s) {
        struct rt_slab *next = s->next;
        if (has_immortal(s))
            s->heap = &graveyard;
        else
            rt_slab_give_back(s);
        s = next;
    }
}

void rt_heap_destroy(struct rt_heap *h)
{
    rt_watch_heap_gone(h);
    for (size_t c = 0; c < RT_SIZE_CLASSES; c++)
        give_back_list(h->slabs[c]);
    for (struct rt_slab *s = h->spare, *next; s; s = next) {
        next = s->next;
        rt_slab_give_back(s);
        (void)rt_add_relaxed(&rt_alloc_stats.slabs, 1); /* a spare one was not counted in use */
    }
    for (struct rt_large *l = h->large, *next; l; l = next) {
        next = l->next;
        if (outlives_interp((struct rt_object *)(l + 1)))
            l->heap = &graveyard;
        else
            rt_raw_free(l);
    }
    free(h);
}

static int walk_slab(struct rt_slab *s, int (*fn)(struct rt_object *, void *), void *arg)
{
    for (uint32_t i = 0; i < s->nblocks; i++) {
        struct rt_object *o = rt_slab_block(s, i);
        if (!rt_block_is_live(o))
            continue;
        int r = fn(o, arg);
        if (r)
            return r;
    }
    return 0;
}

int rt_heap_walk_stw(struct rt_interp *in, int (*fn)(struct rt_object *o, void *arg), void *arg)
{
    int r = 0;
    for (struct rt_heap *h = in->heaps; h; h = h->next) {
        for (size_t c = 0; c < RT_SIZE_CLASSES; c++)
            for (struct rt_slab *s = h->slabs[c]; s; s = s->next)
                if ((r = walk_slab(s, fn, arg)))
                    return r;
        for (struct rt_large *l = h->large, *next; l; l = next) {
            next = l->next;
            struct rt_object *o = (struct rt_object *)(l + 1);
            if (rt_block_is_live(o) && (r = fn(o, arg)))
                return r;
        }
    }
    return 0;
}

/* Free blocks of one slab in address order. */
static void sweep_slab(struct rt_slab *s)
{
    uint32_t live = 0;
    void *list = NULL;
    for (uint32_t i = s->nblocks; i-- > 0;) {
        struct rt_object *o = rt_slab_block(s, i);
        if (rt_block_is_free(o)) {
            *(void **)(o + 1) = list;
            list = o;
        } else {
            live++;
        }
    }
    s->free = list;
    s->nfree = (uint16_t)(s->nblocks - live);
}

static size_t sweep_class(struct rt_heap *h, size_t c)
{
    struct rt_slab **link = &h->slabs[c], **tail = &h->avail[c], *s;
    size_t live_bytes = 0;
    h->avail[c] = NULL;
    while ((s = *link)) {
        sweep_slab(s);
        s->recent = 0;
        s->has_avail = false;
        if (s->nfree == s->nblocks) {
            *link = s->next;
            h->nslabs--;
            rt_slab_give_back(s);
            continue;
        }
        live_bytes += (size_t)(s->nblocks - s->nfree) * s->stride;
        if (s->free) {
            h->avail_bytes += (size_t)s->nfree * s->stride;
            s->has_avail = true;
            s->avail_next = NULL;
            *tail = s;
            tail = &s->avail_next;
        }
        link = &s->next;
    }
    return live_bytes;
}

static void take_free_lists(struct rt_heap *h)
{
    void **lists = rt_heap_free_lists(h);
    rt_heap_drain_remote(h, lists);
    memset(lists, 0, sizeof h->saved_free);
}

void rt_heap_begin_recent_stw(struct rt_interp *in)
{
    for (struct rt_heap *h = in->heaps; h; h = h->next)
        take_free_lists(h);
}

void rt_slab_sweep_stw(struct rt_heap *h, struct rt_slab *s)
{
    size_t before = s->nfree;
    sweep_slab(s);
    h->avail_bytes += (s->nfree - before) * s->stride;
    if (s->free && !s->has_avail) {
        s->has_avail = true;
        s->avail_next = h->avail[s->size_class];
        h->avail[s->size_class] = s;
    }
}

void rt_heap_sweep_recent_stw(struct rt_interp *in)
{
    rt_heap_begin_recent_stw(in);
    for (struct rt_heap *h = in->heaps; h; h = h->next)
        for (struct rt_slab *s = h->recent; s; s = s->recent_next)
            if (s->recent & RT_RECENT_YOUNG)
                rt_slab_sweep_stw(h, s);
}

size_t rt_heap_sweep_stw(struct rt_interp *in)
{
    size_t live = 0;
    for (struct rt_heap *h = in->heaps; h; h = h->next) {
        take_free_lists(h);
        h->recent = NULL;
        h->avail_bytes = 0;
        for (size_t c = 0; c < RT_SIZE_CLASSES; c++)
            live += sweep_class(h, c);
        live += h->large_bytes;
    }
    return live;
}

size_t rt_heap_bytes(struct rt_interp *in)
{
    size_t n = 0;
    for (struct rt_heap *h = in->heaps; h; h = h->next)
        n += h->nslabs * RT_SLAB_SIZE + h->large_bytes;
    return n;
}

size_t rt_heap_used_bytes(struct rt_interp *in)
{
    size_t n = rt_heap_bytes(in);
    for (struct rt_heap *h = in->heaps; h; h = h->next)
        n -= h->avail_bytes;
    return n;
}
