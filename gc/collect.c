/* SPDX-License-Identifier: MIT */
/*
 * A collection from trigger to last free. The stopped part is: sweep free lists, analyse, take the
 * garbage over, clear weak references. All that may run Python comes after the world has started.
 */
#include <stdio.h>
#include <stdlib.h>

#include "alloc/heap.h"
#include "core/base/options.h"
#include "core/object/instance.h"
#include "core/object/native.h"
#include "core/object/shape.h"
#include "core/seam/stats.h"
#include "core/sync/futex.h"
#include "core/thread/thread.h"
#include "gc/gc.h"

enum {
    FULL_STEP = 16 << 20,  /* at least so much growth between automatic full collections */
    YOUNG_STEP = 256 << 10, /* the least between two of the young, while they find something */
    THRESHOLD = 700,       /* gc.get_threshold()[0] that stands for these steps */
    WHAT_IS_DUE = -1,      /* a generation: an automatic collection chooses */
};

static int64_t collect_noted(struct rt_thread *ts, int generation);

/* ---- trigger ---- */

static uint32_t shares(struct rt_interp *in)
{
    uint32_t n = rt_load_relaxed(&in->nthreads);
    return n < 1 ? 1 : n > 8 ? 8 : n;
}

void rt_gc_arm(struct rt_interp *in)
{
    struct rt_gc_state *g = in->gc;
    int64_t step = INT64_MAX, threshold = rt_load_relaxed(&g->gen[0].threshold);
    if (rt_load_relaxed(&g->enabled) && threshold > 0) {
        uint32_t n = shares(in);
        step = rt_load_relaxed(&g->young_step) / THRESHOLD * threshold / n;
        if (n > 1 && rt_backend_has(RT_BE_PARALLEL)) /* a stop of several that run costs more */
            step *= 4;
    }
    rt_store_relaxed(&in->gc_step, step);
}

static int64_t full_step(const struct rt_gc_state *g)
{
    int64_t step = g->used_then - g->used_then / 4;
    return step < FULL_STEP ? FULL_STEP : step;
}

/* Which generation is due; asked by who collects. A full collection when the heap has grown by its step, or somewhat and after many young
   ones: what is garbage and old is seen by full ones only. */
static int choose_generation(struct rt_thread *ts, const struct rt_gc_state *g)
{
    int64_t fresh = (ts->alloc_bytes + ts->raw_bytes) * shares(ts->interp), growth = g->used_last + fresh - g->used_then;
    int64_t middle = rt_load_relaxed(&g->gen[1].threshold), full = rt_load_relaxed(&g->gen[2].threshold);
    bool many = full > 0 && rt_load_relaxed(&g->middle_since_full) > full;
    if (g->free_last - g->free_then > g->used_last + FULL_STEP) /* more is free than in use: give slabs back */
        return 2;
    if (growth >= full_step(g) || (many && growth >= g->used_then / 4))
        return 2;
    return middle > 0 && rt_load_relaxed(&g->young_since_middle) > middle ? 1 : 0;
}

/* The young are looked at more often while much of them is garbage, and less often while they live: then it is
   a program that builds something. */
static void adapt(struct rt_gc_state *g, int64_t size, int64_t garbage)
{
    int64_t most = full_step(g), step = rt_load_relaxed(&g->young_step);
    if (garbage * 4 < size)
        rt_store_relaxed(&g->young_step, step * 2 < most ? step * 2 : most);
    else if (garbage * 2 > size)
        rt_store_relaxed(&g->young_step, step / 2 > YOUNG_STEP ? step / 2 : YOUNG_STEP);
}

static int stress_generation(const struct rt_gc_state *g)
{
    uint64_t n = rt_load_relaxed(&g->gen[0].collections) + rt_load_relaxed(&g->gen[1].collections) +
                 rt_load_relaxed(&g->gen[2].collections);
    return n % 8 == 7 ? 2 : n % 3 == 2;
}

static int collect_hook(struct rt_thread *ts)
{
    struct rt_gc_state *g = ts->interp->gc;
    if (g && rt_load_relaxed(&g->enabled) && !rt_load_relaxed(&g->collecting))
        collect_noted(ts, WHAT_IS_DUE); /* rt_safepoint_slow has noted the stack */
    else
        ts->alloc_bytes = 0;
    return 0;
}

int rt_gc_init(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    struct rt_gc_state *g = calloc(1, sizeof *g);
    if (!g)
        return -1;
    rt_store_relaxed(&g->gen[0].threshold, THRESHOLD);
    rt_store_relaxed(&g->young_step, YOUNG_STEP);
    rt_store_relaxed(&g->gen[1].threshold, 10);
    rt_store_relaxed(&g->gen[2].threshold, 10);
    rt_store_relaxed(&g->enabled, true);
    in->gc = g;
    if (!rt_safepoint_hooks.collect) /* the first interpreter, which is alone */
        rt_safepoint_hooks.collect = collect_hook;
    rt_gc_arm(in);
    return 0;
}

void rt_gc_fini(struct rt_thread *ts)
{
    struct rt_gc_state *g = ts->interp->gc;
    if (!g)
        return;
    rt_store_relaxed(&g->enabled, false);
    rt_gc_arm(ts->interp);
    rt_slot_set(ts, &g->garbage, RT_NULL);
    rt_slot_set(ts, &g->callbacks, RT_NULL);
}

/* ---- callbacks of gc.callbacks ---- */

static rt_value make_info(struct rt_thread *ts, int gen, int64_t collected)
{
    rt_value d = rt_dict_new(ts);
    if (rt_is_null(d) || rt_dict_set_cstr(ts, d, "generation", rt_int_imm(gen)) < 0 ||
        rt_dict_set_cstr(ts, d, "collected", rt_int_imm(collected)) < 0 ||
        rt_dict_set_cstr(ts, d, "uncollectable", rt_int_imm(0)) < 0) {
        rt_decref(ts, d);
        return RT_NULL;
    }
    return d;
}

static void run_callbacks(struct rt_thread *ts, const char *phase, int gen, int64_t collected)
{
    rt_value list = rt_slot_get(ts, NULL, &ts->interp->gc->callbacks);
    if (!rt_is_ptr(list) || !rt_is_list(list) || rt_list_len(list) == 0) {
        rt_decref(ts, list);
        return;
    }
    rt_value info = make_info(ts, gen, collected), name = rt_str_from_cstr(ts, phase);
    for (size_t i = 0; !rt_is_null(info) && !rt_is_null(name) && i < rt_list_len(list); i++) {
        rt_value f = rt_list_get(ts, list, i);
        if (rt_is_null(f))
            break;
        rt_value r = rt_call2(ts, f, name, info);
        if (rt_is_null(r))
            rt_write_unraisable(ts, f);
        rt_decref(ts, r);
        rt_decref(ts, f);
    }
    if (rt_pending(ts))
        rt_exc_clear(ts);
    rt_decref(ts, name);
    rt_decref(ts, info);
    rt_decref(ts, list);
}

/* ---- garbage ---- */

static bool is_deferred(const struct rt_object *o) { return rt_object_flags(o) & RT_OF_DEFERRED; }

/* World stopped: nobody but other garbage refers to o, so ownership may change hands. [GC-4] */
static void take_over(struct rt_thread *ts, struct rt_object *o)
{
    int64_t n = rt_refcount(o);
    o->local = (uint32_t)(n < 0 ? 0 : n) + 1;
    rt_store_relaxed(&o->shared, rt_load_relaxed(&o->shared) & RT_SH_HINTS);
    rt_store_release(&o->owner, ts->token);
}

static void clear_weakrefs(struct rt_thread *ts, struct rt_vec *garbage, struct rt_weakref_later *later)
{
    for (size_t i = 0; i < garbage->length; i++) {
        struct rt_object *o = rt_vec_ptr(garbage, i);
        if (rt_object_flags(o) & RT_OF_WEAKREF)
            rt_weakref_clear_stw(ts, o, rt_gc_set_has_garbage, NULL, later);
    }
}

static void reset_counters(struct rt_interp *in)
{
    for (struct rt_thread *t = in->threads; t; t = t->next) {
        (void)rt_add_relaxed(&in->raw_bytes, t->raw_bytes);
        t->alloc_bytes = t->raw_bytes = 0;
    }
    rt_store_relaxed(&in->fresh_left, 0);
}

/* World stopped, the heap swept. */
static void note_used(struct rt_interp *in, struct rt_gc_state *g, int generation)
{
    int64_t raw = rt_load_relaxed(&in->raw_bytes), blocks = (int64_t)rt_heap_used_bytes(in);
    g->used_last = blocks + raw;
    g->free_last = (int64_t)rt_heap_bytes(in) - blocks;
    if (generation == 2)
        g->free_then = g->free_last;
    g->raw_last = raw;
    if (raw > g->raw_peak)
        g->raw_peak = raw;
    if (generation == 2 || g->used_last < g->used_then)
        g->used_then = g->used_last;
}

static void take_all_over(struct rt_thread *ts, struct rt_vec *garbage)
{
    for (size_t i = 0; i < garbage->length; i++)
        take_over(ts, rt_vec_ptr(garbage, i));
}

/* The stopped part. Returns the number of objects that trial deletion looked at. */
static uint64_t find_garbage(struct rt_thread *ts, int generation, struct rt_vec *garbage,
                             struct rt_weakref_later *later)
{
    struct rt_interp *in = ts->interp;
    struct rt_gc_set set = {0};
    int r;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    int64_t t0 = rt_monotonic_ns();
    rt_trace(ts, RT_TR_GC_BEGIN, 0);
    rt_be.gc_begin(ts, RT_SCOPE_INTERP);
    if (rt_stress.verify && rt_be.verify(in, stderr))
        RT_FATAL("the heap is inconsistent");
    if (generation == 2) {
        rt_heap_sweep_stw(in);
        r = rt_gc_analyse_stw(ts, &set, garbage);
    } else {
        rt_gc_set_recent_stw(&set, in, generation);
        r = rt_gc_set_analyse_stw(&set, garbage);
    }
    if (r != 0)
        garbage->length = 0;
    take_all_over(ts, garbage);
    clear_weakrefs(ts, garbage, later);
    rt_gc_set_end_stw(&set);
    reset_counters(in);
    note_used(in, in->gc, generation);
    rt_be.gc_end(ts, RT_SCOPE_INTERP);
    uint64_t pause = (uint64_t)(rt_monotonic_ns() - t0);
    rt_start_world(ts, RT_SCOPE_INTERP);
    rt_trace(ts, RT_TR_GC_END, pause);
    rt_count(ts, RT_CNT_GC_PAUSE_TOTAL_NS, pause);
    rt_count_max(ts, RT_CNT_GC_PAUSE_MAX_NS, pause);
    return set.size;
}

/* Streams come last, the upper layers before those they write to: what owns a file or socket can still close it. */
static bool run_finalizers(struct rt_thread *ts, const struct rt_vec *garbage)
{
    struct rt_vec order = {0};
    bool any = false;
    uint32_t layer = 0, last = 0;
    rt_gc_order_finalizers(garbage, &order);
    do {
        for (size_t i = 0; i < order.length; i++) {
            struct rt_object *o = rt_vec_ptr(&order, i);
            if (rt_object_flags(o) & RT_OF_FINALIZED)
                continue;
            uint32_t its = (rt_load_relaxed(&rt_type_of_obj(o)->flags) & RT_TF_STREAM_LAYER) / RT_TF_TEXT_STREAM;
            if (its == layer) {
                any = true;
                rt_object_finalize(ts, o);
            } else if (its > last) {
                last = its;
            }
        }
    } while (layer++ < last);
    rt_vec_free(&order);
    return any;
}

static bool any_deferred(const struct rt_vec *garbage)
{
    for (size_t i = 0; i < garbage->length; i++)
        if (is_deferred(rt_vec_ptr(garbage, i)))
            return true;
    return false;
}

/* World stopped. Those of the garbage that nothing outside of it refers to now. Where counts say all, nothing else
   need be looked at. */
static size_t keep_dead(struct rt_thread *ts, struct rt_vec *garbage)
{
    struct rt_gc_set set = {0};
    size_t n = 0;
    int r;
    if (any_deferred(garbage)) {
        r = rt_gc_analyse_stw(ts, &set, NULL);
    } else {
        rt_gc_set_list_stw(&set, garbage);
        r = rt_gc_set_analyse_stw(&set, NULL);
    }
    for (size_t i = 0; i < garbage->length; i++) {
        struct rt_object *o = rt_vec_ptr(garbage, i);
        bool dead = r == 0 && !rt_object_is_immortal(o) && rt_gc_set_has_garbage(o, NULL);
        if (dead || (rt_refcount(o) == 0 && !is_deferred(o))) /* the last other reference went away meanwhile */
            rt_vec_set_ptr(garbage, n++, o);
    }
    rt_gc_set_end_stw(&set);
    return n;
}

/* A finalizer ran: whoever lives now is no garbage, nor what it reaches. */
static void drop_resurrected(struct rt_thread *ts, struct rt_vec *garbage)
{
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_be.gc_begin(ts, RT_SCOPE_INTERP);
    for (size_t i = 0; i < garbage->length; i++) {
        struct rt_object *o = rt_vec_ptr(garbage, i);
        if (rt_load_relaxed(&o->owner) == ts->token)
            o->local--;
        else
            (void)rt_sub_relaxed(&o->shared, RT_SH_ONE);
    }
    garbage->length = keep_dead(ts, garbage);
    take_all_over(ts, garbage);
    rt_be.gc_end(ts, RT_SCOPE_INTERP);
    rt_start_world(ts, RT_SCOPE_INTERP);
}

static bool is_type(const struct rt_object *o)
{
    return rt_type_has(rt_type_of_obj(o), RT_TF_TYPE);
}

/* Deferred garbage: contents go now, blocks when nothing can name them any more. [GC-5] */
static void kill_deferred(struct rt_thread *ts, struct rt_vec *garbage, bool types)
{
    for (size_t i = 0; i < garbage->length; i++) {
        struct rt_object *o = rt_vec_ptr(garbage, i);
        if (!o || is_type(o) != types)
            continue;
        rt_vec_set_ptr(garbage, i, NULL);
        rt_store_relaxed(&o->shared, (rt_load_relaxed(&o->shared) & RT_SH_HINTS) | RT_SH_DEAD);
        rt_object_dealloc(ts, o);
    }
}

static void free_held(struct rt_thread *ts, struct rt_vec *blocks)
{
    for (size_t i = 0; i < blocks->length; i++) {
        struct rt_object *o = rt_vec_ptr(blocks, i);
        bool large = rt_object_flags(o) & RT_OF_LARGE;
        rt_block_free(ts, o, large ? rt_large_of(o)->size : ((size_t)rt_slab_of(o)->size_class + 1) * 16);
    }
}

static void kill(struct rt_thread *ts, struct rt_vec *garbage)
{
    struct rt_vec blocks = {0};
    bool hold = rt_blocks_hold(ts, &blocks);
    for (size_t i = 0; i < garbage->length; i++) { /* while the tuples of bases are whole */
        struct rt_object *o = rt_vec_ptr(garbage, i);
        if (is_type(o))
            rt_type_unlink((struct rt_type *)o);
    }
    for (size_t i = 0; i < garbage->length; i++) {
        struct rt_object *o = rt_vec_ptr(garbage, i);
        /* Tuples stay whole: a cycle passes through something else too, and dying types read theirs. */
        if (!is_deferred(o) && !rt_type_has(rt_type_of_obj(o), RT_TF_TUPLE))
            rt_instance_clear(ts, o);
    }
    for (size_t i = 0; i < garbage->length; i++) {
        struct rt_object *o = rt_vec_ptr(garbage, i);
        if (is_deferred(o))
            continue;
        rt_vec_set_ptr(garbage, i, NULL);
        rt_decref_obj(ts, o);
    }
    kill_deferred(ts, garbage, false);
    kill_deferred(ts, garbage, true);
    if (hold) {
        rt_blocks_release(ts);
        free_held(ts, &blocks);
        rt_vec_free(&blocks);
    }
}

/* DEBUG_SAVEALL: into gc.garbage instead. */
static void save_all(struct rt_thread *ts, struct rt_vec *garbage)
{
    rt_value list = rt_slot_get(ts, NULL, &ts->interp->gc->garbage);
    for (size_t i = 0; i < garbage->length; i++) {
        struct rt_object *o = rt_vec_ptr(garbage, i);
        if (rt_is_ptr(list) && (rt_object_flags(o) & RT_OF_GC))
            rt_list_append(ts, list, rt_borrow(o));
        rt_decref_obj(ts, o);
    }
    if (rt_pending(ts))
        rt_exc_clear(ts);
    rt_decref(ts, list);
}

static void debug_print(struct rt_thread *ts, struct rt_vec *garbage)
{
    for (size_t i = 0; i < garbage->length; i++) {
        struct rt_object *o = rt_vec_ptr(garbage, i);
        fprintf(stderr, "gc: collectable <%s %p>\n", rt_type_of_obj(o)->name, (void *)o);
    }
}

/* What CPython would count: its code objects are not tracked. */
static bool is_counted(const struct rt_object *o)
{
    return (rt_object_flags(o) & RT_OF_GC) && rt_type_of_obj(o) != &rt_code_type;
}

static int64_t count_tracked(const struct rt_vec *garbage)
{
    int64_t n = 0;
    for (size_t i = 0; i < garbage->length; i++)
        n += is_counted(rt_vec_ptr(garbage, i));
    return n;
}

/* Blocks of dead garbage go back to their slabs: from the thread's free lists they would be used again without being
   counted, and each collection would be later than the one before. */
static void hand_blocks_back(struct rt_thread *ts)
{
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_heap_sweep_recent_stw(ts->interp);
    reset_counters(ts->interp);
    note_used(ts->interp, ts->interp->gc, 0);
    rt_start_world(ts, RT_SCOPE_INTERP);
}

static int64_t collect(struct rt_thread *ts, struct rt_gc_state *g, int generation, bool automatic)
{
    enum { MANY = 500 };
    struct rt_vec garbage = {0};
    struct rt_weakref_later later = {0};
    uint64_t looked_at = find_garbage(ts, generation, &garbage, &later);
    rt_safepoint_backend(ts);
    int64_t n = count_tracked(&garbage);
    if (automatic && generation < 2)
        adapt(g, (int64_t)looked_at, n);
    if (rt_load_relaxed(&g->debug) & RT_GC_DEBUG_COLLECTABLE)
        debug_print(ts, &garbage);
    rt_weakref_run(ts, &later);
    if (run_finalizers(ts, &garbage)) {
        drop_resurrected(ts, &garbage);
        n = count_tracked(&garbage);
    }
    if (rt_load_relaxed(&g->debug) & RT_GC_DEBUG_SAVEALL)
        save_all(ts, &garbage);
    else
        kill(ts, &garbage);
    if (garbage.length > MANY)
        hand_blocks_back(ts);
    rt_vec_free(&garbage);
    return n;
}

static void count_collection(struct rt_gc_state *g, int generation, bool automatic)
{
    if (generation == 2 && !automatic)
        rt_store_relaxed(&g->young_step, YOUNG_STEP);
    if (generation == 2 && g->raw_peak - g->raw_last > FULL_STEP) {
        rt_raw_trim();
        g->raw_peak = g->raw_last;
    }
    uint32_t middle = rt_load_relaxed(&g->middle_since_full), young = rt_load_relaxed(&g->young_since_middle);
    rt_store_relaxed(&g->middle_since_full, generation == 2 ? 0 : middle + (generation == 1));
    rt_store_relaxed(&g->young_since_middle, generation ? 0 : young + 1);
}

int64_t rt_gc_collect(struct rt_thread *ts, int generation)
{
    rt_thread_note_stack(ts);
    return rt_gc_collect_noted(ts, generation);
}

int64_t rt_gc_collect_noted(struct rt_thread *ts, int generation)
{
    return collect_noted(ts, generation);
}

/* Classes die here, their objects before them; while another collection is at that, shapes wait. */
static void reuse_shapes(struct rt_thread *ts)
{
    if (rt_likely(!rt_shapes_many_dead()))
        return;
    bool others = false;
    rt_stop_world(ts, RT_SCOPE_PROCESS);
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
        others |= in->gc && rt_load_relaxed(&in->gc->collecting);
    if (!others)
        rt_shapes_reuse_stw();
    rt_start_world(ts, RT_SCOPE_PROCESS);
}

static int64_t collect_noted(struct rt_thread *ts, int generation)
{
    struct rt_gc_state *g = ts->interp->gc;
    bool busy = false, automatic = generation == WHAT_IS_DUE;
    if (!g || !rt_cas_acq_rel(&g->collecting, &busy, true))
        return 0;
    if (automatic)
        generation = rt_stress.bits & RT_STRESS_GC ? stress_generation(g) : choose_generation(ts, g);
    rt_value exc = rt_exc_take(ts), stop = ts->stop_value;
    ts->stop_value = RT_NULL;
    ts->runs_gc = true;
    int64_t t0 = rt_monotonic_ns();
    if (rt_load_relaxed(&g->debug) & RT_GC_DEBUG_STATS)
        fprintf(stderr, "gc: collecting generation %d...\n", generation);
    run_callbacks(ts, "start", generation, 0);
    int64_t n = collect(ts, g, generation, automatic);
    count_collection(g, generation, automatic);
    (void)rt_add_relaxed(&g->gen[generation].collections, 1);
    (void)rt_add_relaxed(&g->gen[generation].collected, (uint64_t)n);
    rt_count(ts, RT_CNT_GC_COLLECTIONS, 1);
    rt_count(ts, RT_CNT_GC_COLLECTED, (uint64_t)n);
    if (rt_load_relaxed(&g->debug) & RT_GC_DEBUG_STATS)
        fprintf(stderr, "gc: done, %lld unreachable, 0 uncollectable, %.4fs elapsed\n", (long long)n,
                (double)(rt_monotonic_ns() - t0) / 1e9);
    run_callbacks(ts, "stop", generation, n);
    rt_gc_arm(ts->interp);
    ts->runs_gc = false;
    rt_store_release(&g->collecting, false);
    reuse_shapes(ts);
    if (rt_pending(ts))
        rt_exc_clear(ts);
    ts->exc = exc;
    rt_value junk = ts->stop_value;
    ts->stop_value = stop;
    rt_decref(ts, junk);
    return n;
}
