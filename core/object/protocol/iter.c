/* SPDX-License-Identifier: MIT */
/*
 * Iteration: iter(), length hints, StopIteration across the STOP convention, and the iterators of the
 * sequence protocol and of iter(callable, sentinel). An exhausted iterator marks itself and empties its
 * slots by exchange: another thread that is using it finds RT_NULL, or holds its own reference.
 */
#include "core/object/object_internal.h"
#include "core/types/exceptions/exceptions.h"

bool rt_is_iterator(rt_value v)
{
    rt_unaryfn f = rt_type_of(v)->iternext;
    return f && f != rt_slot_iternext_absent;
}

rt_value rt_iter_self(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }

rt_value rt_iter(struct rt_thread *ts, rt_value o)
{
    struct rt_type *t = rt_type_of(o);
    if (!t->iter) {
        if (rt_is_sequence(o))
            return rt_seqiter_new(ts, o);
        return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not iterable", t->name);
    }
    rt_value it = t->iter(ts, o);
    if (rt_likely(rt_is_null(it) || rt_is_iterator(it)))
        return it;
    rt_raise(ts, &rt_exc_TypeError, "iter() returned non-iterator of type '%.100s'", rt_typename(it));
    rt_decref(ts, it);
    return RT_NULL;
}

int64_t rt_length_hint(struct rt_thread *ts, rt_value o, int64_t deflt)
{
    struct rt_type *t = rt_type_of(o);
    if (t->len) {
        int64_t n = t->len(ts, o);
        if (n >= 0 || !rt_exc_clear_if(ts, &rt_exc_TypeError))
            return n;
    }
    rt_value self, f = rt_lookup_special(ts, o, "__length_hint__", &self);
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : deflt;
    rt_value r = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return rt_exc_clear_if(ts, &rt_exc_TypeError) ? deflt : -1;
    int64_t n = deflt;
    if (!rt_is_notimpl(r)) {
        n = -1;
        if (!rt_is_any_int(r))
            rt_raise(ts, &rt_exc_TypeError, "__length_hint__ must be an integer, not %.100s", rt_typename(r));
        else if ((n = rt_as_index(ts, r, &rt_exc_OverflowError)) < 0 && !rt_pending(ts))
            rt_raise(ts, &rt_exc_ValueError, "__length_hint__() should return >= 0");
    }
    rt_decref(ts, r);
    return n;
}

/* ---- StopIteration --------------------------------------------------------------------------- */

void rt_raise_stop_iteration(struct rt_thread *ts)
{
    rt_value v = ts->stop_value;
    ts->stop_value = RT_NULL;
    if (rt_is_null(v) || rt_is_none(v))
        rt_raise_none(ts, &rt_exc_StopIteration);
    else
        rt_raise_value(ts, &rt_exc_StopIteration, v);
    rt_decref(ts, v);
}

rt_value rt_stop_from_exception(struct rt_thread *ts)
{
    if (!rt_exc_is(ts, &rt_exc_StopIteration))
        return RT_NULL;
    rt_value e = rt_exc_take(ts), old = ts->stop_value;
    ts->stop_value = rt_slot_get(ts, rt_ptr(e), &((struct rt_exc_stop_iteration *)rt_ptr(e))->value);
    if (rt_is_none(ts->stop_value))
        ts->stop_value = RT_NULL;
    rt_decref(ts, old);
    rt_decref(ts, e);
    return RT_STOP;
}

/* ---- iterator over the sequence protocol ----------------------------------------------------- */

struct seqiter { struct rt_object hdr; _Atomic int64_t index; rt_slot seq; };

static struct rt_type seqiter_type, calliter_type;

rt_value rt_seqiter_new(struct rt_thread *ts, rt_value seq)
{
    struct seqiter *it = rt_object_new(ts, &seqiter_type, sizeof *it);
    if (!it)
        return RT_NULL;
    rt_store_relaxed(&it->index, 0);
    rt_slot_init(&it->seq, rt_newref(ts, seq));
    return rt_own(it);
}

static rt_value seqiter_next(struct rt_thread *ts, rt_value self)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    if (i < 0)
        return RT_STOP;
    if (i == INT64_MAX)
        return rt_raise(ts, &rt_exc_OverflowError, "iter index too large");
    rt_value seq = rt_slot_get(ts, it, &it->seq), v;
    if (rt_is_null(seq))
        return RT_STOP;
    int64_t n = rt_is_exact(seq, &rt_memoryview_type) ? rt_len(ts, seq) : INT64_MAX; /* its end needs no exception */
    v = n < 0 ? RT_NULL : i >= n ? RT_STOP : rt_seq_getitem(ts, seq, i);
    rt_decref(ts, seq);
    if (!rt_is_null(v) && !rt_is_stop(v)) {
        rt_store_relaxed(&it->index, i + 1);
        return v;
    }
    if (rt_is_stop(v) || rt_exc_clear_if(ts, &rt_exc_IndexError) || rt_exc_clear_if(ts, &rt_exc_StopIteration)) {
        rt_store_relaxed(&it->index, -1);
        rt_slot_set(ts, &it->seq, RT_NULL);
        return RT_STOP;
    }
    return RT_NULL;
}

static int seqiter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct seqiter *)o)->seq);
    return 0;
}

static void seqiter_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_clear(ts, o, &((struct seqiter *)o)->seq);
}

static rt_value seqiter_length_hint(struct rt_thread *ts, rt_value self)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index), n;
    rt_value seq = rt_slot_get(ts, it, &it->seq), r = rt_int_imm(0);
    if (i >= 0 && !rt_is_null(seq)) {
        if (!rt_type_of(seq)->len)
            r = RT_NOTIMPL;
        else if ((n = rt_len(ts, seq)) < 0)
            r = RT_NULL;
        else
            r = rt_int_imm(n > i ? n - i : 0);
    }
    rt_decref(ts, seq);
    return r;
}

static rt_value builtin_iter(struct rt_thread *ts) { return rt_import_attr(ts, "builtins", "iter"); }

static rt_value seqiter_reduce(struct rt_thread *ts, rt_value self)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    rt_value f = builtin_iter(ts), args, r = RT_NULL;
    if (rt_is_null(f))
        return f;
    rt_value seq = i < 0 ? RT_NULL : rt_slot_get(ts, it, &it->seq);
    if (rt_is_null(seq)) {
        seq = rt_tuple_empty();
        i = -1;
    }
    args = rt_tuple_pack(ts, 1, seq);
    if (!rt_is_null(args))
        r = i < 0 ? rt_tuple_pack(ts, 2, f, args) : rt_tuple_pack(ts, 3, f, args, rt_int_imm(i));
    rt_decref(ts, args);
    rt_decref(ts, seq);
    rt_decref(ts, f);
    return r;
}

static rt_value seqiter_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct seqiter *it = (struct seqiter *)rt_ptr(self);
    int64_t i = rt_as_index(ts, state, &rt_exc_OverflowError);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    if (rt_load_relaxed(&it->index) >= 0)
        rt_store_relaxed(&it->index, i < 0 ? 0 : i);
    return RT_NONE;
}

static const struct rt_method_def seqiter_methods[] = {
    {"__length_hint__", seqiter_length_hint, RT_METH_NOARGS,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", seqiter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {"__setstate__", seqiter_setstate, RT_METH_O, "Set state information for unpickling."},
    {0},
};

static struct rt_type seqiter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "iterator",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct seqiter),
    .traverse = seqiter_traverse,
    .clear = seqiter_clear,
    .iter = rt_iter_self,
    .iternext = seqiter_next,
    .methods = seqiter_methods,
};

/* ---- iter(callable, sentinel) ---------------------------------------------------------------- */

struct calliter { struct rt_object hdr; rt_slot callable, sentinel; _Atomic uint8_t done; };

rt_value rt_callable_iter_new(struct rt_thread *ts, rt_value callable, rt_value sentinel)
{
    struct calliter *it = rt_object_new(ts, &calliter_type, sizeof *it);
    if (!it)
        return RT_NULL;
    rt_slot_init(&it->callable, rt_newref(ts, callable));
    rt_slot_init(&it->sentinel, rt_newref(ts, sentinel));
    rt_store_relaxed(&it->done, 0);
    return rt_own(it);
}

static rt_value calliter_finish(struct rt_thread *ts, struct calliter *it)
{
    rt_store_relaxed(&it->done, 1);
    rt_slot_set(ts, &it->callable, RT_NULL);
    rt_slot_set(ts, &it->sentinel, RT_NULL);
    return RT_STOP;
}

static rt_value calliter_next(struct rt_thread *ts, rt_value self)
{
    struct calliter *it = (struct calliter *)rt_ptr(self);
    if (rt_safepoint(ts) < 0) /* max(iter(int, 1)) runs no Python and has no end */
        return RT_NULL;
    if (rt_load_relaxed(&it->done))
        return RT_STOP;
    rt_value f = rt_slot_get(ts, it, &it->callable), sentinel, v;
    if (rt_is_null(f))
        return RT_STOP;
    v = rt_call0(ts, f);
    rt_decref(ts, f);
    if (rt_is_null(v))
        return rt_exc_clear_if(ts, &rt_exc_StopIteration) ? calliter_finish(ts, it) : v;
    if (rt_load_relaxed(&it->done)) { /* the call exhausted the iterator itself */
        rt_decref(ts, v);
        return RT_STOP;
    }
    sentinel = rt_slot_get(ts, it, &it->sentinel);
    int r = rt_is_null(sentinel) ? 1 : rt_equal(ts, sentinel, v);
    rt_decref(ts, sentinel);
    if (r == 0)
        return v;
    rt_decref(ts, v);
    return r < 0 ? RT_NULL : calliter_finish(ts, it);
}

static int calliter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct calliter *)o)->callable);
    RT_VISIT_SLOT(&((struct calliter *)o)->sentinel);
    return 0;
}

static void calliter_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_clear(ts, o, &((struct calliter *)o)->callable);
    rt_slot_clear(ts, o, &((struct calliter *)o)->sentinel);
}

static rt_value calliter_reduce(struct rt_thread *ts, rt_value self)
{
    struct calliter *it = (struct calliter *)rt_ptr(self);
    rt_value f = builtin_iter(ts), r = RT_NULL;
    if (rt_is_null(f))
        return f;
    rt_value c = rt_slot_get(ts, it, &it->callable), s = rt_slot_get(ts, it, &it->sentinel);
    rt_value args = rt_is_null(c) || rt_is_null(s) ? rt_tuple_pack(ts, 1, rt_tuple_empty())
                                                   : rt_tuple_pack(ts, 2, c, s);
    rt_decref(ts, c);
    rt_decref(ts, s);
    if (!rt_is_null(args))
        r = rt_tuple_pack(ts, 2, f, args);
    rt_decref(ts, args);
    rt_decref(ts, f);
    return r;
}

static const struct rt_method_def calliter_methods[] = {
    {"__reduce__", calliter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {0},
};

static struct rt_type calliter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "callable_iterator",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct calliter),
    .traverse = calliter_traverse,
    .clear = calliter_clear,
    .iter = rt_iter_self,
    .iternext = calliter_next,
    .methods = calliter_methods,
};

int rt_iterators_init(struct rt_thread *ts)
{
    return rt_type_ready(ts, &seqiter_type) < 0 ? -1 : rt_type_ready(ts, &calliter_type);
}
