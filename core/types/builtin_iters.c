/* SPDX-License-Identifier: MIT */
/*
 * enumerate, zip, map, filter, reversed.
 *
 * Their iterables and functions are constant after creation (dropped only in dealloc), so threads
 * that share such an iterator need no lock; enumerate's counter is a compare-and-swap. filter and
 * map skip the frame of bool/None tests by looking at values directly.
 */
#include "core/types/cont_internal.h"

#define REDUCE_DOC "Return state information for pickling."

/* ---- enumerate ---- */
struct enumerate {
    struct rt_object hdr;
    _Atomic int64_t index; /* next number; RT_INT_MAX + 1: `big` counts */
    rt_value it;
    rt_slot big; /* an int beyond immediates, or RT_NULL */
    rt_value pair; /* of rt_pair_next */
};

static struct enumerate *as_enum(rt_value v) { return (struct enumerate *)rt_ptr(v); }

static rt_value enum_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                         uint32_t n, rt_value kw)
{
    static const char *const names[] = {"iterable", "start", NULL};
    static const struct rt_argspec spec = {"enumerate", names, 0, 1, 2, 2};
    if (n == 0 && rt_is_null(kw))
        return rt_raise(ts, &rt_exc_TypeError, "enumerate() missing required argument 'iterable'");
    rt_value v[2], start = rt_int_imm(0);
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_null(v[1]) && rt_is_null(start = rt_index(ts, v[1])))
        return RT_NULL;
    rt_value it = rt_iter(ts, v[0]), self = RT_NULL;
    if (!rt_is_null(it))
        self = rt_type_alloc(ts, type);
    if (rt_is_null(self)) {
        rt_decref(ts, it);
        rt_decref(ts, start);
        return RT_NULL;
    }
    struct enumerate *e = as_enum(self);
    e->it = it;
    rt_store_relaxed(&e->index, rt_is_int(start) ? rt_int_get(start) : RT_INT_MAX + 1);
    rt_slot_init(&e->big, rt_is_int(start) ? RT_NULL : start);
    return self;
}

/* Numbers beyond 62 bits: a counter in ints, under the section. */
static RT_NOINLINE rt_value enum_big(struct rt_thread *ts, struct enumerate *e)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, e);
    rt_value now = rt_slot_peek(&e->big), next;
    if (rt_is_null(now))
        now = rt_int_from_i64(ts, RT_INT_MAX + 1);
    next = rt_is_null(now) ? now : rt_int_binary(ts, now, rt_int_imm(1), RT_BIN_ADD);
    if (!rt_is_null(next))
        rt_slot_put(&e->big, next);
    else
        now = RT_NULL;
    rt_cs_end(ts, &cs);
    return now;
}

static enum rt_pair_result enum_pair(struct rt_thread *ts, rt_value self, rt_value v[2])
{
    struct enumerate *e = as_enum(self);
    rt_value item = rt_next_nested(ts, e->it), n;
    if (rt_unlikely(rt_is_stop(item) || rt_is_null(item)))
        return rt_is_null(item) ? RT_PAIR_ERROR : RT_PAIR_END;
    int64_t i = rt_load_relaxed(&e->index);
    if (rt_unlikely(!rt_writes_alone(ts, e)))
        while (i <= RT_INT_MAX && !rt_cas_relaxed(&e->index, &i, i + 1))
            ;
    else if (i <= RT_INT_MAX)
        rt_store_relaxed(&e->index, i + 1);
    n = rt_likely(i <= RT_INT_MAX) ? rt_int_imm(i) : enum_big(ts, e);
    if (rt_is_null(n)) {
        rt_decref(ts, item);
        return RT_PAIR_ERROR;
    }
    v[0] = n;
    v[1] = item;
    return RT_PAIR_GOT;
}

static rt_value enum_next(struct rt_thread *ts, rt_value self)
{
    rt_value v[2];
    enum rt_pair_result r = enum_pair(ts, self, v);
    return rt_likely(r == RT_PAIR_GOT) ? rt_pair_next(ts, as_enum(self), &as_enum(self)->pair, v[0], v[1]) :
           r == RT_PAIR_END            ? RT_STOP
                                       : RT_NULL;
}

static rt_value enum_reduce(struct rt_thread *ts, rt_value self)
{
    struct enumerate *e = as_enum(self);
    int64_t i = rt_load_relaxed(&e->index);
    rt_value n, args;
    if (i <= RT_INT_MAX) {
        n = rt_int_imm(i);
    } else {
        n = rt_slot_get(ts, e, &e->big);
        if (rt_is_null(n))
            n = rt_int_from_i64(ts, i);
    }
    args = rt_tuple_pack(ts, 2, e->it, n);
    rt_decref(ts, n);
    rt_value v[2] = {rt_newref(ts, rt_type_value(rt_type_of(self))), args};
    return rt_is_null(args) ? args : rt_tuple_steal(ts, v, 2);
}

static int enum_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(((struct enumerate *)o)->it, arg);
    return r ? r : visit(((struct enumerate *)o)->pair, arg);
}

static void enum_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct enumerate *e = (struct enumerate *)o;
    rt_clear(ts, &e->it);
    rt_clear(ts, &e->pair);
    rt_slot_clear(ts, e, &e->big);
}

/* The pair kept for the next time may hold the iterator itself. */
static void enum_clear(struct rt_thread *ts, struct rt_object *o) { rt_clear(ts, &((struct enumerate *)o)->pair); }

static const struct rt_method_def enum_methods[] = {
    {"__reduce__", enum_reduce, RT_METH_NOARGS, REDUCE_DOC},
    RT_CLASS_GETITEM,
    {0},
};

struct rt_type rt_enumerate_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .next_pair = enum_pair,
    .name = "enumerate",
    .doc = "enumerate(iterable, start=0)\n--\n\n"
           "Pairs (0, first), (1, second), ... of the items of an iterable with their number.",
    .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct enumerate),
    .dealloc = enum_dealloc,
    .clear = enum_clear,
    .traverse = enum_traverse,
    .iter = rt_iter_self,
    .iternext = enum_next,
    .new = enum_new,
    .methods = enum_methods,
};

/* ---- zip and map: a tuple of iterators ---- */
struct multi {
    struct rt_object hdr;
    rt_value its;          /* tuple of iterators */
    rt_value func;         /* map */
    rt_value pair;         /* zip: of rt_pair_next */
    _Atomic bool strict;   /* zip */
};

static struct multi *as_multi(rt_value v) { return (struct multi *)rt_ptr(v); }

static int multi_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct multi *m = (struct multi *)o;
    int r = visit(m->its, arg);
    r = r ? r : visit(m->pair, arg);
    return r ? r : visit(m->func, arg);
}

static void multi_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct multi *m = (struct multi *)o;
    rt_clear(ts, &m->its);
    rt_clear(ts, &m->pair);
    rt_clear(ts, &m->func);
}

static void multi_clear(struct rt_thread *ts, struct rt_object *o) { rt_clear(ts, &((struct multi *)o)->pair); } /* see enum_clear */

/* Tuple of iter(x) for each argument. */
static rt_value iters_of(struct rt_thread *ts, const rt_value *args, uint32_t n)
{
    rt_value its = rt_tuple_new(ts, n);
    for (uint32_t i = 0; i < n && !rt_is_null(its); i++) {
        rt_value it = rt_iter(ts, args[i]);
        if (rt_is_null(it))
            rt_clear(ts, &its);
        else
            rt_as_tuple(its)->items[i] = it;
    }
    return its;
}

static rt_value zip_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                        uint32_t n, rt_value kw)
{
    uint32_t nkw = rt_nkw(kw);
    int strict = 0;
    if (nkw) {
        static const char *const names[] = {"strict", NULL};
        static const struct rt_argspec spec = {"zip", names, 0, 0, 0, 1};
        rt_value v[1];
        if (rt_args(ts, &spec, args + n, 0, kw, v) < 0)
            return RT_NULL;
        if ((strict = rt_truth(ts, v[0])) < 0)
            return RT_NULL;
    }
    rt_value its = iters_of(ts, args, n), self;
    if (rt_is_null(its))
        return its;
    self = rt_type_alloc(ts, type);
    if (rt_is_null(self)) {
        rt_decref(ts, its);
        return self;
    }
    as_multi(self)->its = its;
    rt_store_relaxed(&as_multi(self)->strict, strict != 0);
    return self;
}

/* Argument i ended first (or an earlier one was longer). */
static RT_COLD rt_value zip_mismatch(struct rt_thread *ts, size_t i, const char *how)
{
    const char *plural = i == 1 ? " " : "s 1-";
    return rt_raise(ts, &rt_exc_ValueError, "zip() argument %zd is %s than argument%s%zd",
                    (ssize_t)i + 1, how, plural, (ssize_t)i);
}

/* Iterator i is exhausted (or raised) while i items were taken in strict mode. */
static RT_COLD rt_value zip_ended(struct rt_thread *ts, struct rt_tuple *its, size_t i)
{
    if (i)
        return zip_mismatch(ts, i, "shorter");
    for (i = 1; i < its->length; i++) {
        rt_value x = rt_next_nested(ts, its->items[i]);
        if (rt_is_null(x))
            return x;
        if (!rt_is_stop(x)) {
            rt_decref(ts, x);
            return zip_mismatch(ts, i, "longer");
        }
    }
    return RT_STOP;
}

/* Iterator i gave x, which is no item. */
static enum rt_pair_result pair_ended(struct rt_thread *ts, struct multi *m, size_t i, rt_value x)
{
    if (rt_is_stop(x) && rt_load_relaxed(&m->strict))
        x = zip_ended(ts, rt_as_tuple(m->its), i);
    return rt_is_null(x) ? RT_PAIR_ERROR : RT_PAIR_END;
}

static enum rt_pair_result zip_pair(struct rt_thread *ts, rt_value self, rt_value v[2])
{
    struct multi *m = as_multi(self);
    struct rt_tuple *its = rt_as_tuple(m->its);
    if (rt_unlikely(its->length != 2))
        return RT_PAIR_UNFIT;
    v[0] = rt_next_nested(ts, its->items[0]);
    if (rt_unlikely(rt_is_stop(v[0]) || rt_is_null(v[0])))
        return pair_ended(ts, m, 0, v[0]);
    v[1] = rt_next_nested(ts, its->items[1]);
    if (rt_unlikely(rt_is_stop(v[1]) || rt_is_null(v[1]))) {
        rt_decref(ts, v[0]);
        return pair_ended(ts, m, 1, v[1]);
    }
    return RT_PAIR_GOT;
}

static rt_value zip_next(struct rt_thread *ts, rt_value self)
{
    struct multi *m = as_multi(self);
    struct rt_tuple *its = rt_as_tuple(m->its);
    if (its->length == 0)
        return RT_STOP;
    if (its->length == 2) { /* by far the most common */
        rt_value v[2];
        enum rt_pair_result r = zip_pair(ts, self, v);
        return rt_likely(r == RT_PAIR_GOT) ? rt_pair_next(ts, m, &m->pair, v[0], v[1]) : r == RT_PAIR_END ? RT_STOP : RT_NULL;
    }
    rt_value t = rt_tuple_new(ts, its->length);
    if (rt_is_null(t))
        return t;
    for (size_t i = 0; i < its->length; i++) {
        rt_value x = rt_next_nested(ts, its->items[i]);
        if (rt_unlikely(rt_is_stop(x) || rt_is_null(x))) {
            rt_decref(ts, t);
            return rt_is_stop(x) && rt_load_relaxed(&m->strict) ? zip_ended(ts, its, i) : x;
        }
        rt_as_tuple(t)->items[i] = x;
    }
    return t;
}

static rt_value zip_reduce(struct rt_thread *ts, rt_value self)
{
    struct multi *m = as_multi(self);
    bool strict = rt_load_relaxed(&m->strict);
    rt_value v[3] = {rt_newref(ts, rt_type_value(rt_type_of(self))), rt_newref(ts, m->its),
                     RT_TRUE};
    return rt_tuple_steal(ts, v, strict ? 3 : 2);
}

static rt_value zip_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    int strict = rt_truth(ts, state);
    if (strict < 0)
        return RT_NULL;
    rt_store_relaxed(&as_multi(self)->strict, strict != 0);
    return RT_NONE;
}

static const struct rt_method_def zip_methods[] = {
    {"__reduce__", zip_reduce, RT_METH_NOARGS, REDUCE_DOC},
    {"__setstate__", zip_setstate, RT_METH_O, "Set state information for unpickling."},
    {0},
};

struct rt_type rt_zip_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .next_pair = zip_pair,
    .name = "zip",
    .doc = "zip(*iterables, strict=False) --> Yield tuples until an input is exhausted.\n\n"
           "   >>> list(zip('abcdefg', range(3), range(4)))\n"
           "   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]\n\n"
           "The i-th tuple holds the i-th item of each iterable. With strict, iterables of\n"
           "different lengths raise ValueError.",
    .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct multi),
    .clear = multi_clear,
    .dealloc = multi_dealloc,
    .traverse = multi_traverse,
    .iter = rt_iter_self,
    .iternext = zip_next,
    .new = zip_new,
    .methods = zip_methods,
};

static rt_value map_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                        uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && (type == &rt_map_type || type->init == rt_object_type.init) &&
        rt_no_keywords(ts, "map", kw) < 0)
        return RT_NULL;
    if (n < 2)
        return rt_raise(ts, &rt_exc_TypeError, "map() must have at least two arguments.");
    rt_value its = iters_of(ts, args + 1, n - 1), self;
    if (rt_is_null(its))
        return its;
    self = rt_type_alloc(ts, type);
    if (rt_is_null(self)) {
        rt_decref(ts, its);
        return self;
    }
    as_multi(self)->its = its;
    as_multi(self)->func = rt_newref(ts, args[0]);
    return self;
}

static rt_value map_next(struct rt_thread *ts, rt_value self)
{
    struct multi *m = as_multi(self);
    struct rt_tuple *its = rt_as_tuple(m->its);
    rt_value small[6], *v = small, r = RT_NULL;
    size_t n = its->length, i = 0;
    if (n == 1) {
        small[0] = rt_next_nested(ts, its->items[0]);
        if (rt_is_stop(small[0]) || rt_is_null(small[0]))
            return small[0];
        r = rt_call(ts, m->func, small, 1, RT_NULL);
        rt_decref(ts, small[0]);
        return r;
    }
    if (n > RT_COUNTOF(small) && !(v = rt_raw_malloc(n * sizeof(rt_value))))
        return rt_raise_no_memory(ts);
    for (; i < n; i++) {
        v[i] = rt_next_nested(ts, its->items[i]);
        if (rt_is_stop(v[i]) || rt_is_null(v[i])) {
            r = v[i];
            goto out;
        }
    }
    r = rt_call(ts, m->func, v, (uint32_t)n, RT_NULL);
out:
    while (i-- > 0)
        rt_decref(ts, v[i]);
    if (v != small)
        rt_raw_free(v);
    return r;
}

static rt_value map_reduce(struct rt_thread *ts, rt_value self)
{
    struct multi *m = as_multi(self);
    struct rt_tuple *its = rt_as_tuple(m->its);
    rt_value args = rt_tuple_new(ts, its->length + 1);
    if (rt_is_null(args))
        return args;
    rt_as_tuple(args)->items[0] = rt_newref(ts, m->func);
    for (size_t i = 0; i < its->length; i++)
        rt_as_tuple(args)->items[i + 1] = rt_newref(ts, its->items[i]);
    rt_value v[2] = {rt_newref(ts, rt_type_value(rt_type_of(self))), args};
    return rt_tuple_steal(ts, v, 2);
}

static const struct rt_method_def map_methods[] = {
    {"__reduce__", map_reduce, RT_METH_NOARGS, REDUCE_DOC},
    {0},
};

struct rt_type rt_map_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "map",
    .doc = "map(func, *iterables) --> map object\n\n"
           "An iterator of func applied to items from each of the iterables. Ends with the\n"
           "shortest of them.",
    .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct multi),
    .dealloc = multi_dealloc,
    .traverse = multi_traverse,
    .iter = rt_iter_self,
    .iternext = map_next,
    .new = map_new,
    .methods = map_methods,
};

/* ---- filter ---- */
struct filter {
    struct rt_object hdr;
    rt_value func, it;
};

static struct filter *as_filter(rt_value v) { return (struct filter *)rt_ptr(v); }

static rt_value filter_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                           uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && (type == &rt_filter_type || type->init == rt_object_type.init) &&
        rt_no_keywords(ts, "filter", kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, "filter", n, 2, 2) < 0)
        return RT_NULL;
    rt_value it = rt_iter(ts, args[1]), self;
    if (rt_is_null(it))
        return it;
    self = rt_type_alloc(ts, type);
    if (rt_is_null(self)) {
        rt_decref(ts, it);
        return self;
    }
    as_filter(self)->func = rt_newref(ts, args[0]);
    as_filter(self)->it = it;
    return self;
}

static rt_value filter_next(struct rt_thread *ts, rt_value self)
{
    struct filter *f = as_filter(self);
    bool direct = rt_is_none(f->func) || rt_is(f->func, rt_type_value(&rt_bool_type));
    for (;;) {
        rt_value item = rt_next_nested(ts, f->it), good;
        if (rt_is_stop(item) || rt_is_null(item))
            return item;
        int t;
        if (direct) {
            t = rt_truth(ts, item);
        } else {
            good = rt_call(ts, f->func, &item, 1, RT_NULL);
            t = rt_is_null(good) ? -1 : rt_truth(ts, good);
            rt_decref(ts, good);
        }
        if (t > 0)
            return item;
        rt_decref(ts, item);
        if (t < 0)
            return RT_NULL;
    }
}

static rt_value filter_reduce(struct rt_thread *ts, rt_value self)
{
    struct filter *f = as_filter(self);
    rt_value args = rt_tuple_pack(ts, 2, f->func, f->it);
    rt_value v[2] = {rt_newref(ts, rt_type_value(rt_type_of(self))), args};
    return rt_is_null(args) ? args : rt_tuple_steal(ts, v, 2);
}

static int filter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct filter *f = (struct filter *)o;
    int r = visit(f->func, arg);
    return r ? r : visit(f->it, arg);
}

static void filter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct filter *)o)->func);
    rt_clear(ts, &((struct filter *)o)->it);
}

static const struct rt_method_def filter_methods[] = {
    {"__reduce__", filter_reduce, RT_METH_NOARGS, REDUCE_DOC},
    {0},
};

struct rt_type rt_filter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "filter",
    .doc = "filter(function or None, iterable) --> filter object\n\n"
           "An iterator of the items for which function(item) is true; of the true items if\n"
           "function is None.",
    .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct filter),
    .dealloc = filter_dealloc,
    .traverse = filter_traverse,
    .iter = rt_iter_self,
    .iternext = filter_next,
    .new = filter_new,
    .methods = filter_methods,
};

/* ---- reversed ---- */
struct reversed {
    struct rt_object hdr;
    _Atomic int64_t index; /* next one; -1: exhausted */
    rt_slot seq;
};

static struct reversed *as_reversed(rt_value v) { return (struct reversed *)rt_ptr(v); }

static rt_value reversed_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                             uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && (type == &rt_reversed_type || type->init == rt_object_type.init) &&
        rt_no_keywords(ts, "reversed", kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, "reversed", n, 1, 1) < 0)
        return RT_NULL;
    rt_value seq = args[0], bound = RT_NULL;
    rt_value f = rt_lookup_special(ts, seq, "__reversed__", &bound);
    if (rt_is_none(f))
        return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not reversible",
                        rt_typename(seq));
    if (!rt_is_null(f)) {
        rt_value r = rt_is_null(bound) ? rt_call0(ts, f) : rt_call1(ts, f, bound);
        rt_decref(ts, f);
        return r;
    }
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_is_sequence(seq))
        return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not reversible",
                        rt_typename(seq));
    int64_t len = rt_len(ts, seq);
    if (len < 0)
        return RT_NULL;
    rt_value self = rt_type_alloc(ts, type);
    if (rt_is_null(self))
        return self;
    rt_store_relaxed(&as_reversed(self)->index, len - 1);
    rt_slot_init(&as_reversed(self)->seq, rt_newref(ts, seq));
    return self;
}

static rt_value reversed_end(struct rt_thread *ts, struct reversed *r)
{
    rt_store_relaxed(&r->index, -1);
    if (!rt_load_relaxed(&ts->mt))
        rt_slot_set(ts, &r->seq, RT_NULL);
    return RT_STOP;
}

static rt_value reversed_next(struct rt_thread *ts, rt_value self)
{
    struct reversed *r = as_reversed(self);
    int64_t i = rt_load_relaxed(&r->index);
    if (rt_unlikely(!rt_writes_alone(ts, r)))
        while (i >= 0 && !rt_cas_relaxed(&r->index, &i, i - 1))
            ;
    else if (i >= 0)
        rt_store_relaxed(&r->index, i - 1);
    if (i < 0)
        return reversed_end(ts, r);
    rt_value seq = rt_slot_get(ts, r, &r->seq), v;
    if (rt_is_null(seq))
        return RT_STOP;
    v = rt_seq_getitem(ts, seq, i);
    rt_decref(ts, seq);
    if (rt_is_null(v)) {
        if (rt_exc_is(ts, &rt_exc_IndexError) || rt_exc_is(ts, &rt_exc_StopIteration)) {
            rt_exc_clear(ts);
            return reversed_end(ts, r);
        }
        return RT_NULL;
    }
    if (i == 0)
        reversed_end(ts, r);
    return v;
}

static rt_value reversed_hint(struct rt_thread *ts, rt_value self)
{
    struct reversed *r = as_reversed(self);
    int64_t i = rt_load_relaxed(&r->index), n;
    rt_value seq = rt_slot_get(ts, r, &r->seq);
    if (rt_is_null(seq))
        return rt_int_imm(0);
    n = rt_len(ts, seq);
    rt_decref(ts, seq);
    if (n < 0)
        return RT_NULL;
    return rt_int_imm(n < i + 1 ? 0 : i + 1);
}

static rt_value reversed_reduce(struct rt_thread *ts, rt_value self)
{
    struct reversed *r = as_reversed(self);
    int64_t i = rt_load_relaxed(&r->index);
    rt_value seq = rt_slot_get(ts, r, &r->seq), v[3];
    bool live = !rt_is_null(seq) && i >= 0;
    if (!live) {
        rt_decref(ts, seq);
        seq = rt_tuple_empty();
    }
    v[0] = rt_newref(ts, rt_type_value(rt_type_of(self)));
    v[1] = rt_tuple_steal(ts, &seq, 1);
    v[2] = rt_int_imm(i);
    return rt_is_null(v[1]) ? v[1] : rt_tuple_steal(ts, v, live ? 3 : 2);
}

static rt_value reversed_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct reversed *r = as_reversed(self);
    int64_t i = rt_as_i64(ts, state);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    rt_value seq = rt_slot_get(ts, r, &r->seq);
    if (rt_is_null(seq))
        return RT_NONE;
    int64_t n = rt_len(ts, seq);
    rt_decref(ts, seq);
    if (n < 0)
        return RT_NULL;
    rt_store_relaxed(&r->index, i < -1 ? -1 : i > n - 1 ? n - 1 : i);
    return RT_NONE;
}

static int reversed_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(rt_slot_peek(&((struct reversed *)o)->seq), arg);
}

static void reversed_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_clear(ts, o, &((struct reversed *)o)->seq);
}

static const struct rt_method_def reversed_methods[] = {
    {"__length_hint__", reversed_hint, RT_METH_NOARGS,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", reversed_reduce, RT_METH_NOARGS, REDUCE_DOC},
    {"__setstate__", reversed_setstate, RT_METH_O, "Set state information for unpickling."},
    {0},
};

struct rt_type rt_reversed_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "reversed",
    .doc = "reversed(sequence, /)\n--\n\nReturn a reverse iterator over the values of a sequence.",
    .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct reversed),
    .dealloc = reversed_dealloc,
    .traverse = reversed_traverse,
    .iter = rt_iter_self,
    .iternext = reversed_next,
    .new = reversed_new,
    .methods = reversed_methods,
};
