/* SPDX-License-Identifier: MIT */
/*
 * Trial deletion within a set: the objects made since the last collection, or a list of them. World stopped, counts
 * exact (gc_begin). Note [GC].
 *
 * A counted object of the set lives when it has more references than the set itself accounts for, or is reached from
 * such a one. Nothing outside of the set is looked at, so the cost is that of the set alone, and no write barrier is
 * needed: an old object that refers to a young one is a reference that nobody takes off. Deferred objects, which
 * have no counts to go by, are never in the set; only a full collection frees them, and cycles with old objects.
 *
 * What is known of a block stands in gc_refs of its slab: RT_GC_REFS_NONE not in the set, RT_GC_REFS_LIVE, else the
 * references that the set does not account for.
 */
#include <stdlib.h>

#include "alloc/heap.h"
#include "core/object/instance.h"
#include "core/thread/thread.h"
#include "gc/gc.h"

static const uint32_t NONE = (uint32_t)RT_GC_REFS_NONE, LIVE = (uint32_t)RT_GC_REFS_LIVE;

/* The word of o, or NULL when it cannot be in the set. Old slabs are known without a look at the object. */
RT_INLINE uint32_t *refs_of(struct rt_object *o)
{
    if (rt_likely(rt_heap_is_chunk((uintptr_t)o))) {
        struct rt_slab *s = rt_slab_of(o);
        return s->gc_refs ? &s->gc_refs[rt_slab_index(s, o)] : NULL;
    }
    return (rt_object_flags(o) & RT_OF_LARGE) ? &rt_large_of(o)->gc_refs : NULL;
}

bool rt_gc_set_has_garbage(struct rt_object *o, void *arg)
{
    uint32_t *r = refs_of(o);
    return r && *r < LIVE;
}

static uint32_t count_of(const struct rt_object *o)
{
    int64_t n = rt_refcount(o);
    return n < 0 ? 0 : n > INT32_MAX ? INT32_MAX : (uint32_t)n;
}

/* ---- building the set ---- */

static bool need_refs(struct rt_gc_set *g, struct rt_slab *s)
{
    if (s->gc_refs)
        return true;
    size_t bytes = s->nblocks * sizeof *s->gc_refs;
    if (g->failed) /* each try takes long when memory is exhausted */
        return false;
    if (!(s->gc_refs = malloc(bytes)) || !rt_vec_push_ptr(&g->slabs, s)) {
        free(s->gc_refs);
        s->gc_refs = NULL;
        return false;
    }
    memset(s->gc_refs, 0xff, bytes);
    return true;
}

static bool is_candidate(const struct rt_object *o, uint8_t flags, uint8_t oldest)
{
    return (flags & (RT_OF_GC | RT_OF_DEFERRED)) == RT_OF_GC && (flags & RT_OF_AGE) <= oldest &&
           !rt_object_is_immortal(o) && rt_block_is_live(o);
}

void rt_gc_set_add_stw(struct rt_gc_set *g, struct rt_object *o)
{
    bool large = rt_object_flags(o) & RT_OF_LARGE;
    if (large ? !rt_vec_push_ptr(&g->large, rt_large_of(o)) : !need_refs(g, rt_slab_of(o))) {
        g->failed = true;
        return;
    }
    *refs_of(o) = count_of(o);
    g->size++;
}

/* Whoever is looked at grows older. */
static void add_slab(struct rt_gc_set *g, struct rt_slab *s, uint8_t oldest)
{
    for (uint32_t i = 0; i < s->nblocks; i++) {
        struct rt_object *o = rt_slab_block(s, i);
        uint8_t f = rt_object_flags(o);
        if (!is_candidate(o, f, oldest))
            continue;
        rt_store_relaxed(&o->flags, (uint8_t)((f & ~RT_OF_AGE) | (oldest + RT_OF_MIDDLE)));
        if (!need_refs(g, s)) {
            g->failed = true;
            return;
        }
        s->gc_refs[i] = count_of(o);
        g->size++;
    }
}

static void add_large(struct rt_gc_set *g, struct rt_heap *h, int generation)
{
    for (struct rt_large *l = h->large; l && l->age <= generation; l = l->next) {
        struct rt_object *o = (struct rt_object *)(l + 1);
        uint8_t f = rt_object_flags(o), oldest = (uint8_t)(generation * RT_OF_MIDDLE);
        l->age = (uint16_t)(generation + 1);
        if (!is_candidate(o, f, oldest))
            continue;
        rt_store_relaxed(&o->flags, (uint8_t)((f & ~RT_OF_AGE) | (oldest + RT_OF_MIDDLE)));
        if (!rt_vec_push_ptr(&g->large, l)) {
            g->failed = true;
            return;
        }
        l->gc_refs = count_of(o);
        g->size++;
    }
}

void rt_gc_set_recent_stw(struct rt_gc_set *g, struct rt_interp *in, int generation)
{
    rt_heap_begin_recent_stw(in);
    for (struct rt_heap *h = in->heaps; h; h = h->next) {
        struct rt_slab **link = &h->recent, *s;
        while ((s = *link)) {
            bool young = s->recent & RT_RECENT_YOUNG;
            if (young)
                rt_slab_sweep_stw(h, s);
            if (young || generation > 0)
                add_slab(g, s, (uint8_t)(generation * RT_OF_MIDDLE));
            if (generation > 0) {
                s->recent = 0;
                *link = s->recent_next;
            } else {
                s->recent = RT_RECENT_MIDDLE;
                link = &s->recent_next;
            }
        }
        add_large(g, h, generation);
    }
}

void rt_gc_set_list_stw(struct rt_gc_set *g, const struct rt_vec *objects)
{
    for (size_t i = 0; i < objects->length && !g->failed; i++)
        rt_gc_set_add_stw(g, rt_vec_ptr(objects, i));
}

/* ---- the analysis ---- */

static int visit_subtract(rt_value v, void *arg)
{
    if (rt_is_counted(v)) {
        uint32_t *r = refs_of(rt_ptr(v));
        if (r && *r < LIVE && *r)
            --*r;
    }
    return 0;
}

static int visit_live(rt_value v, void *arg)
{
    struct rt_gc_set *g = arg;
    uint32_t *r = rt_is_ptr(v) ? refs_of(rt_ptr(v)) : NULL;
    if (r && *r < LIVE) {
        *r = LIVE;
        g->failed = g->failed || !rt_vec_push_ptr(&g->stack, rt_ptr(v));
    }
    return 0;
}

static void for_set(struct rt_gc_set *g, void (*fn)(struct rt_gc_set *, struct rt_object *, uint32_t *))
{
    for (size_t k = 0; k < g->slabs.length && !g->failed; k++) {
        struct rt_slab *s = rt_vec_ptr(&g->slabs, k);
        for (uint32_t i = 0; i < s->nblocks; i++)
            if (s->gc_refs[i] < LIVE)
                fn(g, rt_slab_block(s, i), &s->gc_refs[i]);
    }
    for (size_t k = 0; k < g->large.length && !g->failed; k++) {
        struct rt_large *l = rt_vec_ptr(&g->large, k);
        if (l->gc_refs < LIVE)
            fn(g, (struct rt_object *)(l + 1), &l->gc_refs);
    }
}

static void subtract(struct rt_gc_set *g, struct rt_object *o, uint32_t *refs)
{
    if (rt_object_flags(o) & RT_OF_GC)
        rt_instance_traverse(o, visit_subtract, g);
}

static void rescue(struct rt_gc_set *g, struct rt_object *o, uint32_t *refs)
{
    if (!*refs)
        return;
    *refs = LIVE;
    g->failed = g->failed || !rt_vec_push_ptr(&g->stack, o);
    while (g->stack.length) {
        o = rt_vec_pop_ptr(&g->stack);
        if (g->types_too) /* instances do not count their class */
            visit_live(rt_borrow(&rt_type_of_obj(o)->hdr), g);
        if (rt_object_flags(o) & RT_OF_GC)
            rt_instance_traverse(o, visit_live, g);
    }
}

static void gather(struct rt_gc_set *g, struct rt_object *o, uint32_t *refs)
{
    g->failed |= !rt_vec_push_ptr(g->out, o);
}

int rt_gc_set_analyse_stw(struct rt_gc_set *g, struct rt_vec *garbage)
{
    for_set(g, subtract);
    for_set(g, rescue);
    g->out = garbage;
    if (garbage)
        for_set(g, gather);
    return g->failed ? -1 : 0;
}

void rt_gc_set_end_stw(struct rt_gc_set *g)
{
    for (size_t i = 0; i < g->slabs.length; i++) {
        struct rt_slab *s = rt_vec_ptr(&g->slabs, i);
        free(s->gc_refs);
        s->gc_refs = NULL;
    }
    for (size_t i = 0; i < g->large.length; i++)
        ((struct rt_large *)rt_vec_ptr(&g->large, i))->gc_refs = NONE;
    rt_vec_free(&g->slabs);
    rt_vec_free(&g->large);
    rt_vec_free(&g->stack);
}
