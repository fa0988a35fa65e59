/* SPDX-License-Identifier: MIT */
/*
 * Questions about the heap: all objects, referrers, freezing. The world is stopped while the heap is
 * walked; results are new references in a plain vector, because nothing may be allocated meanwhile.
 */
#include "alloc/heap.h"
#include "core/object/instance.h"
#include "core/object/weakref.h"
#include "gc/gc.h"

static int is_container(rt_value v, void *arg)
{
    return rt_is_ptr(v) && (rt_object_flags(rt_ptr(v)) & RT_OF_GC);
}

/* What CPython's collector tracks: it lets go of tuples of nothing but atoms, of which code that is loaded
   late makes some at any time. */
static bool visible(struct rt_object *o)
{
    if (!(rt_object_flags(o) & RT_OF_GC) ||
        !(rt_refcount(o) > 0 || (rt_object_flags(o) & RT_OF_DEFERRED) || RT_SH_STAKES(rt_load_relaxed(&o->shared))))
        return false;
    return rt_type_of_obj(o) != &rt_tuple_type || rt_instance_traverse(o, is_container, NULL);
}

static bool is_young(const struct rt_object *o)
{
    return rt_block_is_live(o) && (rt_object_flags(o) & (RT_OF_GC | RT_OF_AGE)) == RT_OF_GC;
}

static uint64_t count_young_slab(const struct rt_slab *s)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < s->nblocks; i++)
        n += is_young(rt_slab_block(s, i));
    return n;
}

uint64_t rt_gc_count_young(struct rt_thread *ts)
{
    uint64_t n = 0;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    for (struct rt_heap *h = ts->interp->heaps; h; h = h->next) {
        for (struct rt_slab *s = h->recent; s; s = s->recent_next)
            n += s->recent & RT_RECENT_YOUNG ? count_young_slab(s) : 0;
        for (struct rt_large *l = h->large; l && l->age == 0; l = l->next)
            n += is_young((struct rt_object *)(l + 1));
    }
    rt_start_world(ts, RT_SCOPE_INTERP);
    return n;
}

struct listing {
    struct rt_thread *ts;
    struct rt_vec *out;
    const rt_value *objs;
    uint32_t n;
    int generation;
    bool found;
};

static int list_one(struct rt_object *o, void *arg)
{
    struct listing *l = arg;
    uint8_t age = rt_object_flags(o) & RT_OF_AGE;
    if (!visible(o) || (l->generation < 0 ? age == RT_OF_FROZEN : age != l->generation * RT_OF_MIDDLE))
        return 0;
    return rt_vec_push(l->out, rt_newref_obj(l->ts, o).bits) ? 0 : -1;
}

int rt_gc_list_objects(struct rt_thread *ts, int generation, struct rt_vec *out)
{
    struct listing l = {.ts = ts, .out = out, .generation = generation};
    rt_stop_world(ts, RT_SCOPE_INTERP);
    int r = rt_heap_walk_stw(ts->interp, list_one, &l);
    rt_start_world(ts, RT_SCOPE_INTERP);
    return r;
}

static int is_one_of(rt_value v, void *arg)
{
    struct listing *l = arg;
    if (rt_is_ptr(v))
        for (uint32_t i = 0; i < l->n; i++)
            if (rt_is(v, l->objs[i]))
                return 1;
    return 0;
}

static int refers_one(struct rt_object *o, void *arg)
{
    struct listing *l = arg;
    struct rt_type *t = rt_type_of_obj(o);
    bool by_type = rt_type_has(t, RT_TF_HEAP) && is_one_of(rt_type_value(t), l); /* an instance refers to its class */
    if (!visible(o) || (!by_type && !rt_instance_traverse(o, is_one_of, l)))
        return 0;
    return rt_vec_push(l->out, rt_newref_obj(l->ts, o).bits) ? 0 : -1;
}

int rt_gc_list_referrers(struct rt_thread *ts, const rt_value *objs, uint32_t n, struct rt_vec *out)
{
    struct listing l = {.ts = ts, .out = out, .objs = objs, .n = n};
    rt_stop_world(ts, RT_SCOPE_INTERP);
    int r = rt_heap_walk_stw(ts->interp, refers_one, &l);
    rt_start_world(ts, RT_SCOPE_INTERP);
    return r;
}

struct freezing {
    bool on;
    uint64_t n;
};

static int freeze_one(struct rt_object *o, void *arg)
{
    struct freezing *f = arg;
    if (!(rt_object_flags(o) & RT_OF_GC))
        return 0;
    uint8_t flags = rt_object_flags(o), age = flags & RT_OF_AGE;
    if (f->on || age == RT_OF_FROZEN)
        rt_store_relaxed(&o->flags, (uint8_t)((flags & ~RT_OF_AGE) | (f->on ? RT_OF_FROZEN : RT_OF_OLD)));
    f->n++;
    return 0;
}

void rt_gc_freeze(struct rt_thread *ts, bool on)
{
    struct freezing f = {on, 0};
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_heap_walk_stw(ts->interp, freeze_one, &f);
    rt_store_relaxed(&ts->interp->gc->frozen, on ? f.n : 0);
    rt_start_world(ts, RT_SCOPE_INTERP);
}

static int count_block(struct rt_object *o, void *arg)
{
    ++*(size_t *)arg;
    return 0;
}

size_t rt_alloc_live_blocks(struct rt_interp *in)
{
    struct rt_thread *ts = rt_current_thread;
    size_t n = 0;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_heap_walk_stw(in, count_block, &n);
    rt_start_world(ts, RT_SCOPE_INTERP);
    return n;
}

/* ---- the end of the process ---- */

static bool has_callback(struct rt_object *o, const struct rt_type *t)
{
    bool ref = t == &rt_weakref_type || t == &rt_weakproxy_type || t == &rt_callable_proxy_type ||
               (rt_type_has(t, RT_TF_HEAP) && rt_type_is_subtype(t, &rt_weakref_type));
    if (!ref)
        return false;
    struct rt_weakref *w = (struct rt_weakref *)o;
    return rt_load_relaxed(&w->target) && rt_is_ptr(rt_slot_peek(&w->callback));
}

static int last_words_of(struct rt_object *o, void *arg)
{
    struct listing *l = arg;
    const struct rt_type *t = rt_type_of_obj(o);
    bool has = t->finalize ? !(rt_object_flags(o) & RT_OF_FINALIZED) : has_callback(o, t);
    return !has || rt_vec_push(l->out, rt_newref_obj(l->ts, o).bits) ? 0 : -1;
}

int rt_gc_list_last_words(struct rt_thread *ts, struct rt_vec *out)
{
    struct listing l = {.ts = ts, .out = out};
    rt_stop_world(ts, RT_SCOPE_INTERP);
    int r = rt_heap_walk_stw(ts->interp, last_words_of, &l);
    rt_start_world(ts, RT_SCOPE_INTERP);
    return r;
}
