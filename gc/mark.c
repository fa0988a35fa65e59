/* SPDX-License-Identifier: MIT */
/*
 * The analysis: what lives, what is garbage. World stopped, counts exact (gc_begin). Note [GC].
 *
 * 1. Clear marks; note immortal and frozen containers (roots) and large deferred objects.
 * 2. Mark from the roots.
 * 3. What is left is a set for trial deletion (young.c): whoever has a reference from outside lives, and what it
 *    reaches.
 */
#include <stdlib.h>

#include "alloc/heap.h"
#include "core/object/instance.h"
#include "core/thread/thread.h"
#include "gc/gc.h"

/* Objects whose header is on its way from memory: a heap is larger than any cache, and the collector
   would wait for nearly every child it looks at. An object is looked at LOOKAHEAD visits later. (The idea is
   Cher, Hosking and Vitek's, "Software prefetching for mark-sweep garbage collection", 2004.) */
enum { LOOKAHEAD = 16 };
struct lookahead {
    struct rt_object *ring[LOOKAHEAD];
    uint32_t at;
};

struct analysis {
    struct rt_interp *in;
    struct lookahead coming;
    struct rt_vec stack;         /* marked containers to be traversed */
    struct rt_vec holders;       /* objects without traverse that may yet hold words: scanned as memory */
    uint32_t leaves[8];          /* shapes of types that hold none */
    struct rt_vec large;         /* large deferred objects, sorted by address */
    uintptr_t large_low, large_high;
    bool failed;                 /* out of memory: everything lives */
};

static bool is_candidate(const struct rt_object *o)
{
    return (rt_object_flags(o) & (RT_OF_GC | RT_OF_DEFERRED)) && !rt_object_is_immortal(o);
}

/* ---- marks ---- */

RT_INLINE bool is_marked(const struct rt_object *o)
{
    if (rt_object_flags(o) & RT_OF_LARGE)
        return rt_large_of(o)->mark;
    struct rt_slab *s = rt_slab_of(o);
    uint32_t i = rt_slab_index(s, o);
    return s->marks[i >> 6] >> (i & 63) & 1;
}

/* True if it was not marked before. */
static bool set_mark(struct rt_object *o)
{
    if (rt_object_flags(o) & RT_OF_LARGE) {
        bool fresh = !rt_large_of(o)->mark;
        rt_large_of(o)->mark = 1;
        return fresh;
    }
    struct rt_slab *s = rt_slab_of(o);
    uint32_t i = rt_slab_index(s, o);
    uint64_t bit = 1ull << (i & 63);
    if (s->marks[i >> 6] & bit)
        return false;
    s->marks[i >> 6] |= bit;
    return true;
}

static void mark(struct analysis *a, struct rt_object *o)
{
    if (!set_mark(o) || !(rt_object_flags(o) & RT_OF_GC) || a->failed) /* no memory: do not ask for it again and again */
        return;
    if (!rt_vec_push_ptr(&a->stack, o))
        a->failed = true;
}

/* Takes o in (NULL: nothing) and gives the oldest one out, or NULL. */
RT_INLINE struct rt_object *swap_oldest(struct lookahead *l, struct rt_object *o)
{
    struct rt_object **place = &l->ring[l->at % LOOKAHEAD], *oldest = *place;
    struct rt_object *near = l->ring[(l->at++ + LOOKAHEAD / 2) % LOOKAHEAD];
    __builtin_prefetch(o);
    *place = o;
#if !RT_ASAN
    /* Its header is here by now; it begins, mostly, with the address of its items. An object that is all header has none:
       what is read then belongs to its neighbour, and must lie in the same page to be there. */
    if (near && ((uintptr_t)(near + 1) & 4095) && is_candidate(near)) {
        uintptr_t items = *(uintptr_t *)(near + 1); /* or any word: prefetching harms nobody */
        __builtin_prefetch((void *)items);
        __builtin_prefetch((void *)(items + RT_CACHE_LINE));
    }
#else
    (void)near;
#endif
    return oldest;
}

/* Marked when its turn comes: propagate() sees to it that all turns come. */
static int visit_mark(rt_value v, void *arg)
{
    if (rt_is_ptr(v)) {
        struct analysis *a = arg;
        struct rt_object *o = swap_oldest(&a->coming, rt_ptr(v));
        if (o && is_candidate(o))
            mark(a, o);
    }
    return 0;
}

/* True while there may be more. */
static bool mark_coming(struct analysis *a)
{
    for (int i = 0; i < LOOKAHEAD; i++) {
        struct rt_object *o = swap_oldest(&a->coming, NULL);
        if (o && is_candidate(o))
            mark(a, o);
    }
    return a->stack.length;
}

/* Instances do not count their class: a living one keeps it by being marked. Instances of classes made
   by Python always carry RT_OF_GC. */
static void propagate(struct analysis *a)
{
    do {
        while (a->stack.length) {
            struct rt_object *o = rt_vec_pop_ptr(&a->stack);
            struct rt_type *t = rt_type_of_obj(o);
            if (!rt_object_is_immortal(&t->hdr))
                mark(a, &t->hdr);
            rt_instance_traverse(o, visit_mark, a);
        }
    } while (mark_coming(a));
}

/* ---- conservative scan ---- */

static int by_address(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static struct rt_object *find_large(struct analysis *a, uintptr_t p)
{
    if (p < a->large_low || p >= a->large_high)
        return NULL;
    size_t lo = 0, hi = a->large.length;
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        if (a->large.items[mid] <= p)
            lo = mid;
        else
            hi = mid;
    }
    struct rt_object *o = rt_vec_ptr(&a->large, lo);
    return p >= (uintptr_t)o && p < (uintptr_t)o + rt_large_of(o)->size ? o : NULL;
}

static void scan_word(struct analysis *a, uint64_t w)
{
    if (w < 4096 || w >> 47 || (w & 7))
        return;
    struct rt_object *o = rt_heap_find_block(w);
    if (!o)
        o = find_large(a, w);
    if (!o || !(rt_object_flags(o) & RT_OF_DEFERRED) || rt_object_is_immortal(o))
        return;
    if (!(rt_object_flags(o) & RT_OF_LARGE) && rt_slab_of(o)->heap->interp != a->in)
        return; /* another interpreter's: its marks are its own */
    mark(a, o);
}

#if defined(__clang__) || defined(__GNUC__)
__attribute__((no_sanitize("address", "thread", "undefined")))
#endif
static void scan_range(struct analysis *a, const void *low, const void *high)
{
    const uint64_t *p = (const uint64_t *)RT_ROUND_UP((uintptr_t)low, (uintptr_t)8);
    const uint64_t *end = (const uint64_t *)((uintptr_t)high & ~(uintptr_t)7);
    for (; p < end; p++)
        scan_word(a, *(const volatile uint64_t *)p);
}

static void scan_thread(struct analysis *a, struct rt_thread *t)
{
    const struct rt_thread *last = rt_load_relaxed(&a->in->finalizer);
    scan_range(a, t->stack_base, t->stack_top);
    if (last && last != t) /* runs no more: what was left on its machine stack keeps nothing from its last words */
        return;
    void *saved = rt_load_acquire(&t->c_stack_saved); /* a thread may be binding itself just now */
    char *base = rt_load_relaxed(&t->c_stack_base);
    if (saved && base) {
        scan_range(a, saved, base);
        scan_range(a, t->saved_regs, t->saved_regs + RT_COUNTOF(t->saved_regs));
    }
}

/* ---- roots ---- */

enum { MAX_HOOKS = 32 };
static struct rt_vec static_roots; /* under root_lock; append-only */
static pthread_mutex_t root_lock = PTHREAD_MUTEX_INITIALIZER;
static int (*root_hooks[MAX_HOOKS])(struct rt_interp *, int (*)(rt_value, void *), void *);
static int nhooks;

void rt_gc_add_static_root(struct rt_object *o)
{
    pthread_mutex_lock(&root_lock);
    rt_vec_push_ptr(&static_roots, o);
    pthread_mutex_unlock(&root_lock);
}

void rt_gc_add_root_hook(int (*fn)(struct rt_interp *, int (*)(rt_value, void *), void *))
{
    pthread_mutex_lock(&root_lock);
    bool known = false;
    for (int i = 0; i < nhooks; i++)
        known |= root_hooks[i] == fn;
    if (!known && nhooks < MAX_HOOKS)
        root_hooks[nhooks++] = fn;
    pthread_mutex_unlock(&root_lock);
}

void rt_gc_visit_roots_stw(struct rt_interp *in, rt_value exclude, int (*visit)(rt_value, void *), void *arg)
{
    rt_interp_traverse(in, visit, arg);
    for (int i = 0; i < nhooks; i++)
        root_hooks[i](in, visit, arg);
    if (in->gc) {
        visit(rt_slot_peek(&in->gc->garbage), arg);
        visit(rt_slot_peek(&in->gc->callbacks), arg);
    }
    for (struct rt_thread *t = in->threads; t; t = t->next)
        rt_thread_traverse(t, visit, arg);
    pthread_mutex_lock(&root_lock);
    for (size_t i = 0; i < static_roots.length; i++)
        rt_instance_traverse(rt_vec_ptr(&static_roots, i), visit, arg);
    pthread_mutex_unlock(&root_lock);
}

/* ---- walking ---- */

#define FOR_SLABS(in, s) \
    for (struct rt_heap *h_ = (in)->heaps; h_; h_ = h_->next) \
        for (size_t c_ = 0; c_ < RT_SIZE_CLASSES; c_++) \
            for (struct rt_slab *s = h_->slabs[c_]; s; s = s->next)
#define FOR_LARGE(in, l) \
    for (struct rt_heap *h_ = (in)->heaps; h_; h_ = h_->next) \
        for (struct rt_large *l = h_->large; l; l = l->next)

static void find_leaves(struct analysis *a)
{
    static const struct rt_type *const types[] = {&rt_str_type, &rt_bytes_type, &rt_int_type, &rt_float_type,
                                                  &rt_complex_type};
    size_t n = 0;
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (types[i]->shape)
            a->leaves[n++] = types[i]->shape->id;
    while (n < RT_COUNTOF(a->leaves))
        a->leaves[n++] = UINT32_MAX;
}

/* An object without RT_OF_GC that is no plain data: a native iterator over a str, say. What it holds may
   have become deferred by adaptation, and then nothing but this look keeps it. */
static void note_holder(struct analysis *a, struct rt_object *o)
{
    uint32_t id = rt_load_relaxed(&o->shape);
    for (size_t i = 0; i < RT_COUNTOF(a->leaves); i++)
        if (a->leaves[i] == id)
            return;
    if (!a->failed && !rt_vec_push_ptr(&a->holders, o))
        a->failed = true;
}

static void note_root(struct analysis *a, struct rt_object *o)
{
    uint8_t f = rt_object_flags(o);
    if (!(f & RT_OF_GC)) {
        note_holder(a, o);
        return;
    }
    if (!(f & RT_OF_OLD)) /* frozen ones have this bit too */
        rt_store_relaxed(&o->flags, (uint8_t)((f & ~RT_OF_AGE) | RT_OF_OLD));
    if (rt_object_is_immortal(o) || (f & RT_OF_AGE) == RT_OF_FROZEN) {
        set_mark(o);
        if (!a->failed && !rt_vec_push_ptr(&a->stack, o))
            a->failed = true;
    }
}

static void scan_holders(struct analysis *a)
{
    for (size_t i = 0; i < a->holders.length; i++) {
        struct rt_object *o = rt_vec_ptr(&a->holders, i);
        bool large = rt_object_flags(o) & RT_OF_LARGE;
        size_t n = large ? rt_large_of(o)->size : rt_slab_of(o)->stride;
        scan_range(a, o + 1, (char *)o + n);
    }
}

static void begin(struct analysis *a)
{
    find_leaves(a);
    FOR_SLABS(a->in, s) {
        memset(s->marks, 0, sizeof s->marks);
        for (uint32_t i = 0; i < s->nblocks; i++) {
            struct rt_object *o = rt_slab_block(s, i);
            if (rt_block_is_live(o))
                note_root(a, o);
        }
    }
    FOR_LARGE(a->in, l) {
        struct rt_object *o = (struct rt_object *)(l + 1);
        l->mark = 0;
        l->age = 2;
        if (!rt_block_is_live(o))
            continue;
        note_root(a, o);
        if ((rt_object_flags(o) & RT_OF_DEFERRED) && !rt_vec_push_ptr(&a->large, o))
            a->failed = true;
    }
    if (a->large.length) {
        qsort(a->large.items, a->large.length, sizeof a->large.items[0], by_address);
        struct rt_object *last = rt_vec_ptr(&a->large, a->large.length - 1);
        a->large_low = a->large.items[0];
        a->large_high = (uintptr_t)last + rt_large_of(last)->size;
    }
}

/* ---- trial deletion ---- */

static bool is_left(struct rt_object *o) { return rt_block_is_live(o) && is_candidate(o) && !is_marked(o); }

/* The next block from i on that has no mark: nearly all have one, so whole words of marks are skipped and the
   blocks not looked at. nblocks when there is none. */
static uint32_t next_unmarked(const struct rt_slab *s, uint32_t i)
{
    for (; i < s->nblocks; i = (i | 63) + 1) {
        uint64_t left = ~s->marks[i >> 6] >> (i & 63);
        if (left) {
            i += (uint32_t)__builtin_ctzll(left);
            return i < s->nblocks ? i : s->nblocks;
        }
    }
    return s->nblocks;
}
#define FOR_UNMARKED(s, i) \
    for (uint32_t i = next_unmarked(s, 0); i < (s)->nblocks; i = next_unmarked(s, i + 1))

static void add_left(struct analysis *a, struct rt_gc_set *g)
{
    FOR_SLABS(a->in, s) {
        FOR_UNMARKED(s, i) {
            struct rt_object *o = rt_slab_block(s, i);
            if (is_left(o))
                rt_gc_set_add_stw(g, o);
            if (rt_unlikely(g->failed))
                return;
        }
    }
    FOR_LARGE(a->in, l) {
        struct rt_object *o = (struct rt_object *)(l + 1);
        if (is_left(o))
            rt_gc_set_add_stw(g, o);
    }
}

static void finish(struct analysis *a)
{
    rt_vec_free(&a->stack);
    rt_vec_free(&a->large);
    rt_vec_free(&a->holders);
}

int rt_gc_analyse_stw(struct rt_thread *ts, struct rt_gc_set *left, struct rt_vec *garbage)
{
    struct analysis a = {.in = ts->interp};
    begin(&a);
    propagate(&a);
    rt_gc_visit_roots_stw(a.in, RT_NULL, visit_mark, &a);
    for (struct rt_thread *t = a.in->threads; t; t = t->next)
        scan_thread(&a, t);
    scan_holders(&a);
    propagate(&a);
    left->types_too = true;
    left->failed |= a.failed;
    if (!left->failed)
        add_left(&a, left);
    finish(&a);
    return rt_gc_set_analyse_stw(left, garbage);
}
