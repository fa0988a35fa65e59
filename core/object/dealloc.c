/* SPDX-License-Identifier: MIT */
/*
 * The death of an object, in the one order that is right: finalizer (once, may resurrect), weak
 * references, attributes, the type's own references, the block.
 *
 * Chains of any length: below a certain depth objects are queued on the thread and released by the
 * outermost call. So are foreign objects that a backend would rather see to together: the records of
 * a list that another thread has made. A pending exception is set aside while Python code may run.
 */
#include "alloc/heap.h"
#include "core/base/vec.h"
#include "core/object/object_internal.h"
#include "core/seam/backend.h"

enum { MAX_DEPTH = 40 };

static bool put_off(struct rt_thread *ts, struct rt_object *o)
{
    if (!ts->dealloc_later && !(ts->dealloc_later = rt_raw_calloc(1, sizeof *ts->dealloc_later)))
        return false;
    ts->dealloc_rest = true;
    return rt_vec_push_ptr(ts->dealloc_later, o);
}

void rt_object_finalize(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_type *t = rt_type_of_obj(o);
    if (!t->finalize || (rt_object_flags(o) & RT_OF_FINALIZED))
        return;
    rt_object_set_flag(o, RT_OF_FINALIZED);
    rt_value exc = rt_exc_take(ts);
    t->finalize(ts, rt_borrow(o));
    if (rt_pending(ts))
        rt_write_unraisable(ts, rt_borrow(o));
    ts->exc = exc;
}

static void destroy(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_type *t = rt_type_of_obj(o);
    size_t size = rt_object_size(o);
    uint32_t flags = rt_load_relaxed(&t->flags);
    if (rt_unlikely(rt_object_flags(o) & RT_OF_WEAKREF))
        rt_weakref_clear(ts, o);
    if (flags & RT_TF_HEAP)
        rt_instance_release_members(ts, o, t);
    if (flags & RT_TF_DICT)
        rt_inst_release(ts, o);
    if (t->dealloc)
        t->dealloc(ts, o);
    else if (t->native_clear)
        t->native_clear(ts, o);
    rt_block_free_own(ts, o, size);
}

RT_NOINLINE void rt_object_dealloc_rest(struct rt_thread *ts)
{
    while (ts->dealloc_rest) {
        ts->dealloc_rest = false;
        ts->dealloc_depth++; /* what more there is to do is left to this loop */
        for (struct rt_vec *v = ts->dealloc_later; v && v->length;)
            destroy(ts, rt_vec_pop_ptr(v));
        rt_safepoint_drops(ts);
        ts->dealloc_depth--;
    }
}

/* Instances of Python classes, objects with weak references or a finalizer. */
static RT_NOINLINE void dealloc_general(struct rt_thread *ts, struct rt_object *o)
{
    const struct rt_type *t = rt_type_of_obj(o);
    if (rt_unlikely(t->finalize != NULL) && !(rt_object_flags(o) & RT_OF_FINALIZED) && !(t->finished && t->finished(o))) {
        rt_revive(ts, o);
        rt_object_finalize(ts, o);
        if (!rt_die_again(ts, o))
            return;
    }
    if (rt_unlikely(ts->dealloc_depth >= MAX_DEPTH) && put_off(ts, o))
        return;
    ts->dealloc_depth++;
    destroy(ts, o);
    if (--ts->dealloc_depth == 0 && rt_unlikely(ts->dealloc_rest))
        rt_object_dealloc_rest(ts);
}

/* The first n items of a tuple that nobody can find any more go, then its block. */
static RT_NOINLINE void dealloc_tuple(struct rt_thread *ts, struct rt_tuple *t, size_t n)
{
    if (rt_unlikely(ts->dealloc_depth >= MAX_DEPTH) && put_off(ts, &t->hdr))
        return;
    ts->dealloc_depth++;
    while (n-- > 0) {
        rt_value v = t->items[n];
        t->items[n] = RT_NULL;
        rt_decref(ts, v);
    }
    bool last = --ts->dealloc_depth == 0 && rt_unlikely(ts->dealloc_rest);
    rt_block_free_own(ts, t, sizeof *t + t->length * sizeof(rt_value));
    if (last)
        rt_object_dealloc_rest(ts);
}

/* As long as no item dies with it nothing is called. */
RT_INLINE void drop_tuple(struct rt_thread *ts, struct rt_tuple *t)
{
    uint16_t token = ts->token;
    size_t i = t->length;
    while (i-- > 0) {
        rt_value v = t->items[i];
        if (!rt_is_counted(v))
            continue;
        struct rt_object *o = rt_ptr(v);
        if (rt_load_relaxed(&o->owner) != token || o->local == 1) {
            dealloc_tuple(ts, t, i + 1);
            return;
        }
        o->local--;
        t->items[i] = RT_NULL; /* it may still be put off */
    }
    rt_block_free_own(ts, t, sizeof *t + t->length * sizeof(rt_value));
}

/* An object of a native type with parts that it has to let go. */
static RT_NOINLINE void dealloc_parts(struct rt_thread *ts, struct rt_object *o, size_t size,
                                      void (*dealloc)(struct rt_thread *, struct rt_object *))
{
    if (rt_unlikely(ts->dealloc_depth >= MAX_DEPTH) && put_off(ts, o))
        return;
    ts->dealloc_depth++;
    dealloc(ts, o);
    bool last = --ts->dealloc_depth == 0 && rt_unlikely(ts->dealloc_rest);
    rt_block_free_own(ts, o, size);
    if (last)
        rt_object_dealloc_rest(ts);
}

RT_INLINE void dealloc_native(struct rt_thread *ts, struct rt_object *o, const struct rt_type *t, size_t size)
{
    void (*dealloc)(struct rt_thread *, struct rt_object *) = t->dealloc ? t->dealloc : t->native_clear;
    if (dealloc)
        dealloc_parts(ts, o, size, dealloc);
    else
        rt_block_free_own(ts, o, size);
}

/* The shape does not know the size of the block. */
static RT_NOINLINE void dealloc_sized(struct rt_thread *ts, struct rt_object *o, const struct rt_type *t)
{
    dealloc_native(ts, o, t, t->size ? t->size(o) : t->basic_size);
}

/* Each way ends in one call: nothing is kept over it. */
void rt_object_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    const struct rt_shape *s = rt_shape_of(o);
    struct rt_type *t = s->type;
    if (t == &rt_str_type && ((struct rt_str *)o)->ascii && !((struct rt_str *)o)->room) {
        rt_block_free_own(ts, o, RT_STR_ASCII_OFFSET + ((struct rt_str *)o)->length + 1);
        return;
    }
    if (t == &rt_int_type) {
        rt_block_free_own(ts, o, sizeof(struct rt_bigint) + ((struct rt_bigint *)o)->nlimbs * sizeof(uint64_t));
        return;
    }
    if ((rt_load_relaxed(&t->flags) & (RT_TF_HEAP | RT_TF_DICT)) || t->finalize ||
        (rt_object_flags(o) & RT_OF_WEAKREF)) {
        dealloc_general(ts, o);
        return;
    }
    if (t == &rt_tuple_type) {
        drop_tuple(ts, (struct rt_tuple *)o);
        return;
    }
    if (s->inst_size)
        dealloc_native(ts, o, t, s->inst_size);
    else
        dealloc_sized(ts, o, t);
}
