/* SPDX-License-Identifier: MIT */
/*
 * The collector: stop-the-world, three generations, over the slabs of an interpreter.
 *
 * Note [GC]
 *  [GC-1] Counted objects live while count > references from garbage: trial deletion. Deferred ones live
 *         when marking reaches them, or when a counted reference from outside exists.
 *  [GC-2] Roots of marking: the interpreter's and the threads' fields, static types, immortal and
 *         frozen containers, owned registers of running frames (rt_frame_roots); and, for deferred objects only, every word of value stacks, machine stacks
 *         and saved registers (conservative, interior addresses count). A stale word can keep a deferred
 *         object for a while, never a counted one.
 *  [GC-3] So each type that holds references outside of those places needs `traverse`: an uncounted word
 *         that nobody visits does not keep its object alive.
 *  [GC-4] Garbage is taken over by the collecting thread while the world is stopped (owner, one
 *         reference more). Finalizers and weakref callbacks run afterwards, the world running; if a
 *         finalizer ran, everything is looked at again before anything is cleared.
 *  [GC-5] Blocks of deferred garbage are freed last, all together: until then a reference from other
 *         garbage still finds a header.
 *  [GC-6] Generations are ages in the header (RT_OF_AGE). A collection of generation 0 or 1 looks at what was made
 *         since the last one, by trial deletion alone (young.c); what it leaves grows older. Only a full one
 *         marks from roots, frees deferred objects and gives slabs back.
 */
#ifndef RT_GC_GC_H
#define RT_GC_GC_H

#include "core/base/vec.h"
#include "core/seam/backend.h"

enum { RT_GC_DEBUG_STATS = 1, RT_GC_DEBUG_COLLECTABLE = 2, RT_GC_DEBUG_UNCOLLECTABLE = 4,
       RT_GC_DEBUG_SAVEALL = 32, RT_GC_DEBUG_LEAK = 38 };

struct rt_gc_generation {
    _Atomic int64_t threshold;
    _Atomic uint64_t collections, collected, uncollectable;
};
/* What is not atomic belongs to the thread that has set `collecting`; the rest is read, or set, by others meanwhile. */
struct rt_gc_state {
    _Atomic bool enabled, collecting;
    _Atomic uint32_t debug;
    struct rt_gc_generation gen[3];
    rt_slot garbage, callbacks;   /* lists: gc.garbage, gc.callbacks */
    _Atomic uint32_t young_since_middle, middle_since_full; /* collections, as gc.get_count() has them */
    _Atomic int64_t young_step;   /* fresh bytes until the next automatic collection */
    int64_t used_then;            /* bytes in use at the last full collection, or less if fewer were later */
    int64_t used_last;            /* at the last collection */
    int64_t free_then, free_last; /* in free blocks of slabs: after the last full collection, after the last */
    int64_t raw_last, raw_peak;   /* in tables and arrays: now, and most since memory was given back */
    _Atomic uint64_t frozen;
};

/* [start of an interpreter, attached; raises] Makes in->gc, arms the trigger. */
int rt_gc_init(struct rt_thread *ts);
void rt_gc_fini(struct rt_thread *ts); /* [attached; py] drops the two lists */
/* [attached; py; -1: exception from a callback never happens] Collects; number of unreachable objects found. */
int64_t rt_gc_collect(struct rt_thread *ts, int generation);
/* The same when the caller has noted the stack (rt_thread_note_stack) in a frame that is still there: the less of the
   machine stack is scanned, the fewer stale words are found. */
int64_t rt_gc_collect_noted(struct rt_thread *ts, int generation);
/* Recomputes when the next automatic collection is due. */
void rt_gc_arm(struct rt_interp *in);

/* ---- inside ---- */

/* [attached, the world runs] Appends those of the garbage that have a finalizer to *order, which is empty, as order.c says.
   When memory is exhausted some may be missing: they die without it. */
void rt_gc_order_finalizers(const struct rt_vec *garbage, struct rt_vec *order);

/* [world stopped] Calls visit for every root. */
void rt_gc_visit_roots_stw(struct rt_interp *in, rt_value exclude, int (*visit)(rt_value, void *), void *arg);
/* [attached; stops the world] Number of containers made since the last collection. */
uint64_t rt_gc_count_young(struct rt_thread *ts);

/* young.c: zero-initialised is empty. Build it one way or the other, analyse, ask, end. [world stopped] */
struct rt_gc_set {
    struct rt_vec slabs, large, stack;
    struct rt_vec *out;
    uint64_t size;
    bool types_too; /* deferred objects may be in it */
    bool failed; /* no memory: everything lives */
};
void rt_gc_set_recent_stw(struct rt_gc_set *g, struct rt_interp *in, int generation); /* 0 or 1; they grow older */
void rt_gc_set_add_stw(struct rt_gc_set *g, struct rt_object *o);
void rt_gc_set_list_stw(struct rt_gc_set *g, const struct rt_vec *objects); /* counted ones only */
/* Appends what is garbage to *garbage unless NULL. -1: no memory. */
int rt_gc_set_analyse_stw(struct rt_gc_set *g, struct rt_vec *garbage);
bool rt_gc_set_has_garbage(struct rt_object *o, void *arg); /* o is in the set that was analysed, and garbage */
void rt_gc_set_end_stw(struct rt_gc_set *g);
/* mark.c: all that marking from roots does not reach as a set, analysed. -1: no memory. End it. */
int rt_gc_analyse_stw(struct rt_thread *ts, struct rt_gc_set *left, struct rt_vec *garbage);
/* Static objects that hold references (static types): roots of every interpreter. Constant memory. */
void rt_gc_add_static_root(struct rt_object *o);
/* Another room's roots: fn(in, visit, arg) is called with the world stopped. */
void rt_gc_add_root_hook(int (*fn)(struct rt_interp *in, int (*visit)(rt_value, void *), void *arg));
/* [attached; stops the world; new references in *out] generation -1: all but frozen ones. */
int rt_gc_list_objects(struct rt_thread *ts, int generation, struct rt_vec *out);
int rt_gc_list_referrers(struct rt_thread *ts, const rt_value *objs, uint32_t n, struct rt_vec *out);
/* [attached; stops the world] sys.getallocatedblocks() */
size_t rt_alloc_live_blocks(struct rt_interp *in);
/* The same: objects with a finalizer that has not run, and weak references with a callback. */
int rt_gc_list_last_words(struct rt_thread *ts, struct rt_vec *out);
void rt_gc_freeze(struct rt_thread *ts, bool on);

#endif
