/* SPDX-License-Identifier: MIT */
/*
 * Iterators over list and tuple, forwards and backwards: one structure, one helper.
 *
 * index is the next item, negative at the end (DONE: a call has reported it). Threads may share an iterator: taking an item is a
 * compare-and-swap of the index in mt mode. An exhausted iterator lets its sequence go at once in
 * single-thread mode; in mt mode another thread may be reading it, so it goes with the iterator.
 */
#include "core/types/cont_internal.h"

enum { DONE = -2 };

struct seqiter {
    struct rt_object hdr;
    _Atomic int64_t index;
    rt_slot seq;
};

rt_value rt_seqiter_make(struct rt_thread *ts, struct rt_type *t, rt_value seq, int64_t index)
{
    struct seqiter *it = rt_object_new(ts, t, sizeof(*it));
    if (!it)
        return RT_NULL;
    rt_store_relaxed(&it->index, index);
    rt_slot_init(&it->seq, rt_newref(ts, seq));
    return rt_own(it);
}

static RT_NOINLINE rt_value exhaust(struct rt_thread *ts, struct seqiter *it)
{
    rt_store_relaxed(&it->index, DONE);
    if (!rt_load_relaxed(&ts->mt))
        rt_slot_set(ts, &it->seq, RT_NULL);
    return RT_STOP;
}

/* Claim item i: the index moves from i to next. */
RT_INLINE bool claim(struct rt_thread *ts, struct seqiter *it, int64_t i, int64_t next)
{
    if (rt_writes_alone(ts, it)) {
        rt_store_relaxed(&it->index, next);
        return true;
    }
    return rt_cas_relaxed(&it->index, &i, next);
}

static int seqiter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(rt_slot_peek(&((struct seqiter *)o)->seq), arg);
}

static void seqiter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_clear(ts, o, &((struct seqiter *)o)->seq);
}

static rt_value list_iter_next(struct rt_thread *ts, rt_value self)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    if (rt_likely(rt_sole_writer(ts, it))) {
        int64_t i = rt_load_relaxed(&it->index);
        if (rt_unlikely(i < 0))
            return RT_STOP;
        rt_value v = rt_list_at(ts, rt_slot_peek(&it->seq), (size_t)i);
        if (rt_unlikely(rt_is_null(v)))
            return exhaust(ts, it);
        rt_store_relaxed(&it->index, i + 1);
        return v;
    }
    for (;;) {
        int64_t i = rt_load_relaxed(&it->index);
        if (i < 0)
            return RT_STOP;
        rt_value v = rt_list_get(ts, rt_slot_peek(&it->seq), (size_t)i);
        if (rt_is_null(v))
            return exhaust(ts, it);
        if (rt_likely(claim(ts, it, i, i + 1)))
            return v;
        rt_decref(ts, v);
    }
}

static rt_value list_reviter_next(struct rt_thread *ts, rt_value self)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    if (rt_likely(rt_sole_writer(ts, it))) {
        int64_t i = rt_load_relaxed(&it->index);
        rt_value v = i < 0 ? RT_NULL : rt_list_at(ts, rt_slot_peek(&it->seq), (size_t)i);
        if (rt_is_null(v))
            return exhaust(ts, it);
        rt_store_relaxed(&it->index, i - 1);
        return v;
    }
    for (;;) {
        int64_t i = rt_load_relaxed(&it->index);
        if (i < 0)
            return exhaust(ts, it);
        rt_value v = rt_list_get(ts, rt_slot_peek(&it->seq), (size_t)i);
        if (rt_is_null(v))
            return exhaust(ts, it);
        if (rt_likely(claim(ts, it, i, i - 1)))
            return v;
        rt_decref(ts, v);
    }
}

static rt_value tuple_iter_next(struct rt_thread *ts, rt_value self)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    for (;;) {
        int64_t i = rt_load_relaxed(&it->index);
        if (i < 0)
            return RT_STOP;
        struct rt_tuple *t = rt_as_tuple(rt_slot_peek(&it->seq));
        if (i >= (int64_t)t->length)
            return exhaust(ts, it);
        if (rt_likely(claim(ts, it, i, i + 1)))
            return rt_newref(ts, t->items[i]);
    }
}

static rt_value seqiter_hint(struct rt_thread *ts, rt_value self)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    rt_value seq = rt_slot_get(ts, it, &it->seq);
    int64_t n = 0;
    if (i >= 0 && !rt_is_null(seq)) {
        int64_t len = rt_is_tuple(seq) ? (int64_t)rt_as_tuple(seq)->length
                                       : (int64_t)rt_list_len(seq);
        if (rt_type_of(self) == &rt_list_reviter_type)
            n = len < i + 1 ? 0 : i + 1;
        else
            n = len > i ? len - i : 0;
    }
    rt_decref(ts, seq);
    return rt_int_imm(n);
}

/* (iter, (seq,), index), or (iter, ((),)) when exhausted. */
static rt_value seqiter_reduce(struct rt_thread *ts, rt_value self)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    struct rt_type *t = rt_type_of(self);
    int64_t i = rt_load_relaxed(&it->index);
    rt_value seq = i == DONE ? RT_NULL : rt_slot_get(ts, it, &it->seq), v[3];
    bool live = !rt_is_null(seq);
    if (!live)
        seq = t == &rt_tuple_iter_type ? rt_tuple_empty() : rt_list_new(ts, 0);
    v[0] = rt_builtin_get(ts, live && t == &rt_list_reviter_type ? "reversed" : "iter");
    v[1] = rt_is_null(seq) ? seq : rt_tuple_steal(ts, &seq, 1);
    v[2] = rt_int_imm(i);
    if (!rt_is_null(v[0]) && !rt_is_null(v[1]))
        return rt_tuple_steal(ts, v, live ? 3 : 2);
    rt_decref(ts, v[0]);
    rt_decref(ts, v[1]);
    return RT_NULL;
}

static rt_value seqiter_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    int64_t i = rt_as_i64(ts, state);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    rt_value seq = rt_load_relaxed(&it->index) == DONE ? RT_NULL : rt_slot_get(ts, it, &it->seq);
    if (rt_is_null(seq))
        return RT_NONE;
    if (rt_type_of(self) == &rt_list_reviter_type) {
        int64_t n = (int64_t)rt_list_len(seq);
        i = i < -1 ? -1 : i > n - 1 ? n - 1 : i;
    } else {
        if (i < 0)
            i = 0;
        if (rt_is_tuple(seq) && i > (int64_t)rt_as_tuple(seq)->length)
            i = (int64_t)rt_as_tuple(seq)->length;
    }
    rt_store_relaxed(&it->index, i);
    rt_decref(ts, seq);
    return RT_NONE;
}

static const struct rt_method_def seqiter_methods[] = {
    {"__length_hint__", seqiter_hint, RT_METH_NOARGS,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", seqiter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {"__setstate__", seqiter_setstate, RT_METH_O, "Set state information for unpickling."},
    {0},
};

#define SEQITER_TYPE(sym, tp_name, next)                                                           \
    struct rt_type sym = {                                                                         \
        .hdr = RT_STATIC_TYPE_HDR,                                                                 \
        .name = tp_name,                                                                           \
        .flags = RT_TF_GC | RT_TF_NO_NEW,                                                          \
        .basic_size = sizeof(struct seqiter),                                                      \
        .dealloc = seqiter_dealloc,                                                                \
        .traverse = seqiter_traverse,                                                              \
        .iter = rt_iter_self,                                                                      \
        .iternext = next,                                                                          \
        .methods = seqiter_methods,                                                                \
    }

SEQITER_TYPE(rt_list_iter_type, "list_iterator", list_iter_next);
SEQITER_TYPE(rt_list_reviter_type, "list_reverseiterator", list_reviter_next);
SEQITER_TYPE(rt_tuple_iter_type, "tuple_iterator", tuple_iter_next);

/* ---- shared helpers ---- */
rt_value rt_builtin_get(struct rt_thread *ts, const char *name)
{
    rt_value builtins = rt_slot_get(ts, NULL, &ts->interp->builtins);
    if (rt_is_null(builtins))
        return rt_raise(ts, &rt_exc_RuntimeError, "builtins are gone");
    rt_value v = rt_dict_get_cstr(ts, builtins, name);
    rt_decref(ts, builtins);
    if (rt_is_null(v) && !rt_pending(ts))
        rt_raise(ts, &rt_exc_AttributeError, "%s", name);
    return v;
}

rt_value rt_cont_class_getitem(struct rt_thread *ts, rt_value cls, rt_value arg)
{
    return rt_call2(ts, rt_type_value(&rt_generic_alias_type), cls, arg);
}

int64_t rt_cont_search(struct rt_thread *ts, rt_value iterable, rt_value v, char kind)
{
    rt_value it = rt_iter(ts, iterable);
    int64_t i = 0, count = 0;
    if (rt_is_null(it))
        return -1;
    for (;; i++) {
        rt_value x = rt_next(ts, it);
        if (rt_is_stop(x)) {
            rt_clear(ts, &ts->stop_value);
            count = kind == 'i' ? -2 : count;
            break;
        }
        if (rt_is_null(x)) {
            count = -1;
            break;
        }
        int r = rt_equal_inline(ts, x, v);
        rt_decref(ts, x);
        if (r < 0 || rt_safepoint(ts) < 0) { /* a long range may take for ever */
            count = -1;
            break;
        }
        if (r && kind != 'c') {
            count = kind == 'i' ? i : 1;
            break;
        }
        count += r;
    }
    rt_decref(ts, it);
    return count;
}
