/* SPDX-License-Identifier: MIT */
/*
 * itertools: what its files share.
 *
 * Note [ITER] Threads may share these iterators. Underlying iterators, functions and pools are
 * constant after creation. Counters are atomics; changing object fields are slots, read and replaced
 * with counts (rt_slot_get, rt_slot_set), so that a race may give an item twice or out of order but
 * never a dead object. Iterators whose step runs no Python (the combinatoric ones) hold their section.
 * Those that may give without end (count, cycle, repeat and the combinatoric ones) are safepoints: what
 * takes from them in C, however nested, lets collections and signals in.
 */
#ifndef RT_MODULES_ITERTOOLS_INTERNAL_H
#define RT_MODULES_ITERTOOLS_INTERNAL_H

#include "core/modules/modules.h"
#include "core/types/cont_internal.h"

extern struct rt_type rt_it_count, rt_it_cycle, rt_it_repeat, rt_it_chain, rt_it_compress,
    rt_it_starmap, rt_it_takewhile, rt_it_dropwhile, rt_it_filterfalse, rt_it_islice,
    rt_it_accumulate, rt_it_pairwise, rt_it_zip_longest, rt_it_product, rt_it_combinations,
    rt_it_cwr, rt_it_permutations, rt_it_groupby, rt_it_grouper, rt_it_tee, rt_it_teedata;

rt_value rt_it_tee_fn(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n);

RT_INLINE rt_value rt_it_self(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }

/* (type(self), args...) as a reduce value; consumes args. state: owned or RT_NULL for none. */
RT_INLINE rt_value rt_it_reduce(struct rt_thread *ts, rt_value self, rt_value args, rt_value state)
{
    rt_value v[3] = {rt_newref(ts, rt_type_value(rt_type_of(self))), args, state};
    if (!rt_is_null(args))
        return rt_tuple_steal(ts, v, rt_is_null(state) ? 2 : 3);
    rt_decref(ts, state);
    return RT_NULL;
}
/* Keywords are refused for the exact type (subclasses may take them in __init__). */
RT_INLINE int rt_it_no_kw(struct rt_thread *ts, struct rt_type *t, struct rt_type *exact,
                          const char *name, rt_value kw)
{
    if (rt_is_null(kw) || (t != exact && t->init != rt_object_type.init))
        return 0;
    return rt_no_keywords(ts, name, kw);
}

#define RT_IT_REDUCE_DOC "Return state information for pickling."
#define RT_IT_STATE_DOC "Set state information for unpickling."
#define RT_IT_FLAGS (RT_TF_GC | RT_TF_BASETYPE)

/* ---- a common layout: function, iterator, one changing object, one counter ---- */
struct stream {
    struct rt_object hdr;
    rt_value fn, it;      /* constant */
    rt_slot obj;          /* changing */
    _Atomic int64_t n;    /* changing */
};
RT_INLINE struct stream *as_stream(rt_value v) { return (struct stream *)rt_ptr(v); }

int rt_it_stream_traverse(struct rt_object *o, rt_visit visit, void *arg);
void rt_it_stream_clear(struct rt_thread *ts, struct rt_object *o);
/* New stream over iter(iterable); fn borrowed. */
rt_value rt_it_stream_make(struct rt_thread *ts, struct rt_type *t, rt_value fn, rt_value iterable);

#define STREAM_TYPE(sym, tp_name, tp_doc, new_fn, next_fn, table)                                  \
    struct rt_type sym = {                                                                         \
        .hdr = RT_STATIC_TYPE_HDR,                                                                 \
        .name = tp_name,                                                                           \
        .doc = tp_doc,                                                                             \
        .flags = RT_IT_FLAGS,                                                                      \
        .basic_size = sizeof(struct stream),                                                       \
        .clear = rt_it_stream_clear,                                                                   \
        .traverse = rt_it_stream_traverse,                                                               \
        .iter = rt_it_self,                                                                        \
        .iternext = next_fn,                                                                       \
        .new = new_fn,                                                                             \
        .methods = table,                                                                          \
    }

#endif
