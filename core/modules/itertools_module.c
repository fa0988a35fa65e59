/* SPDX-License-Identifier: MIT */
/* itertools: the module, and the iterators over one or several streams. See Note [ITER]. */
#include "core/modules/itertools_internal.h"

int rt_it_stream_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct stream *s = (struct stream *)o;
    int r = visit(s->fn, arg);
    if (!r)
        r = visit(s->it, arg);
    return r ? r : visit(rt_slot_peek(&s->obj), arg);
}

void rt_it_stream_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct stream *s = (struct stream *)o;
    rt_clear(ts, &s->fn);
    rt_clear(ts, &s->it);
    rt_slot_clear(ts, s, &s->obj);
}

rt_value rt_it_stream_make(struct rt_thread *ts, struct rt_type *t, rt_value fn, rt_value iterable)
{
    rt_value it = rt_is_null(iterable) ? RT_NULL : rt_iter(ts, iterable), self;
    if (rt_is_null(it) && !rt_is_null(iterable))
        return it;
    self = rt_type_alloc(ts, t);
    if (rt_is_null(self)) {
        rt_decref(ts, it);
        return self;
    }
    struct stream *s = as_stream(self);
    s->fn = rt_newref(ts, fn);
    s->it = it;
    return self;
}

/* new for (function, iterable) */
#define FN_ITER_NEW(cname, sym, pyname)                                                            \
    static rt_value cname(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,  \
                          rt_value kw)                                                             \
    {                                                                                              \
        if (rt_it_no_kw(ts, t, &sym, pyname, kw) < 0 ||                                            \
            rt_args_count(ts, pyname, n, 2, 2) < 0)                                   \
            return RT_NULL;                                                                        \
        return rt_it_stream_make(ts, t, a[0], a[1]);                                                     \
    }

static int call_truth(struct rt_thread *ts, rt_value fn, rt_value x)
{
    rt_value r = rt_call(ts, fn, &x, 1, RT_NULL);
    if (rt_is_null(r))
        return -1;
    int t = rt_is_bool(r) ? rt_is_true(r) : rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

static rt_value stream_reduce(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    return rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, s->fn, s->it), RT_NULL);
}

static rt_value flag_reduce(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    return rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, s->fn, s->it),
                        rt_int_imm(rt_load_relaxed(&s->n) != 0));
}

static rt_value flag_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    int t = rt_truth(ts, state);
    if (t < 0)
        return RT_NULL;
    rt_store_relaxed(&as_stream(self)->n, t);
    return RT_NONE;
}

static const struct rt_method_def stream_methods[] = {
    {"__reduce__", stream_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {0},
};
static const struct rt_method_def flag_methods[] = {
    {"__reduce__", flag_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {"__setstate__", flag_setstate, RT_METH_O, RT_IT_STATE_DOC},
    {0},
};

/* ---- takewhile, dropwhile, filterfalse, starmap ---- */
FN_ITER_NEW(takewhile_new, rt_it_takewhile, "takewhile")

static rt_value takewhile_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    if (rt_load_relaxed(&s->n))
        return RT_STOP;
    rt_value x = rt_next_nested(ts, s->it);
    if (rt_is_stop(x) || rt_is_null(x))
        return x;
    int t = call_truth(ts, s->fn, x);
    if (t > 0)
        return x;
    rt_decref(ts, x);
    if (t < 0)
        return RT_NULL;
    rt_store_relaxed(&s->n, 1);
    return RT_STOP;
}

STREAM_TYPE(rt_it_takewhile, "itertools.takewhile",
            "takewhile(predicate, iterable, /)\n--\n\n"
            "Return successive entries from an iterable as long as the predicate evaluates to true "
            "for each entry.",
            takewhile_new, takewhile_next, flag_methods);

FN_ITER_NEW(dropwhile_new, rt_it_dropwhile, "dropwhile")

static rt_value dropwhile_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    for (;;) {
        rt_value x = rt_next_nested(ts, s->it);
        if (rt_is_stop(x) || rt_is_null(x) || rt_load_relaxed(&s->n))
            return x;
        int t = call_truth(ts, s->fn, x);
        if (t == 0) {
            rt_store_relaxed(&s->n, 1);
            return x;
        }
        rt_decref(ts, x);
        if (t < 0)
            return RT_NULL;
    }
}

STREAM_TYPE(rt_it_dropwhile, "itertools.dropwhile",
            "dropwhile(predicate, iterable, /)\n--\n\n"
            "Drop items from the iterable while predicate(item) is true.\n\n"
            "Afterwards, return every element until the iterable is exhausted.",
            dropwhile_new, dropwhile_next, flag_methods);

FN_ITER_NEW(filterfalse_new, rt_it_filterfalse, "filterfalse")

static rt_value filterfalse_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    bool direct = rt_is_none(s->fn) || rt_is(s->fn, rt_type_value(&rt_bool_type));
    for (;;) {
        rt_value x = rt_next_nested(ts, s->it);
        if (rt_is_stop(x) || rt_is_null(x))
            return x;
        int t = direct ? rt_truth(ts, x) : call_truth(ts, s->fn, x);
        if (t == 0)
            return x;
        rt_decref(ts, x);
        if (t < 0)
            return RT_NULL;
    }
}

STREAM_TYPE(rt_it_filterfalse, "itertools.filterfalse",
            "filterfalse(function, iterable, /)\n--\n\n"
            "Return those items of iterable for which function(item) is false.\n\n"
            "If function is None, return the items that are false.",
            filterfalse_new, filterfalse_next, stream_methods);

FN_ITER_NEW(starmap_new, rt_it_starmap, "starmap")

static rt_value starmap_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    rt_value x = rt_next_nested(ts, s->it), t, r;
    if (rt_is_stop(x) || rt_is_null(x))
        return x;
    if (rt_is_exact(x, &rt_tuple_type)) {
        t = x;
    } else {
        t = rt_seq_tuple(ts, x);
        rt_decref(ts, x);
        if (rt_is_null(t))
            return t;
    }
    r = rt_call(ts, s->fn, rt_as_tuple(t)->items, (uint32_t)rt_as_tuple(t)->length, RT_NULL);
    rt_decref(ts, t);
    return r;
}

STREAM_TYPE(rt_it_starmap, "itertools.starmap",
            "starmap(function, iterable, /)\n--\n\n"
            "Return an iterator whose values are returned from the function evaluated with an "
            "argument tuple taken from the given sequence.",
            starmap_new, starmap_next, stream_methods);

/* ---- compress: it = data, fn = selectors ---- */
static rt_value compress_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                             rt_value kw)
{
    static const char *const names[] = {"data", "selectors", NULL};
    static const struct rt_argspec spec = {"compress", names, 0, 2, 2, 2};
    rt_value v[2], sel, self;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    rt_value data = rt_iter(ts, v[0]);
    if (rt_is_null(data))
        return data;
    sel = rt_iter(ts, v[1]);
    self = rt_is_null(sel) ? sel : rt_type_alloc(ts, t);
    if (rt_is_null(self)) {
        rt_decref(ts, data);
        rt_decref(ts, sel);
        return self;
    }
    as_stream(self)->fn = sel;
    as_stream(self)->it = data;
    return self;
}

static rt_value compress_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    for (;;) {
        rt_value x = rt_next_nested(ts, s->it), sel;
        if (rt_is_stop(x) || rt_is_null(x))
            return x;
        sel = rt_next_nested(ts, s->fn);
        if (rt_is_stop(sel) || rt_is_null(sel)) {
            rt_decref(ts, x);
            return sel;
        }
        int t = rt_truth(ts, sel);
        rt_decref(ts, sel);
        if (t > 0)
            return x;
        rt_decref(ts, x);
        if (t < 0)
            return RT_NULL;
    }
}

static rt_value compress_reduce(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    return rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, s->it, s->fn), RT_NULL);
}

static const struct rt_method_def compress_methods[] = {
    {"__reduce__", compress_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {0},
};
STREAM_TYPE(rt_it_compress, "itertools.compress",
            "compress(data, selectors)\n--\n\n"
            "Return data elements corresponding to true selector elements.\n\n"
            "Forms a shorter iterator from selected data elements using the selectors to\n"
            "choose the data elements.",
            compress_new, compress_next, compress_methods);

/* ---- pairwise: obj = the previous item ---- */
static rt_value pairwise_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                             rt_value kw)
{
    if (rt_it_no_kw(ts, t, &rt_it_pairwise, "pairwise", kw) < 0 ||
        rt_args_count(ts, "pairwise", n, 1, 1) < 0)
        return RT_NULL;
    return rt_it_stream_make(ts, t, RT_NULL, a[0]);
}

static rt_value pairwise_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    if (rt_load_relaxed(&s->n))
        return RT_STOP;
    rt_value v[2] = {rt_slot_get(ts, s, &s->obj)};
    if (rt_is_null(v[0])) {
        v[0] = rt_next_nested(ts, s->it);
        if (rt_is_stop(v[0]) || rt_is_null(v[0])) {
            rt_store_relaxed(&s->n, rt_is_stop(v[0]));
            return v[0];
        }
        rt_slot_set(ts, &s->obj, rt_newref(ts, v[0]));
    }
    v[1] = rt_next_nested(ts, s->it);
    if (rt_is_stop(v[1]) || rt_is_null(v[1])) {
        rt_decref(ts, v[0]);
        rt_store_relaxed(&s->n, rt_is_stop(v[1]));
        rt_slot_set(ts, &s->obj, RT_NULL);
        return v[1];
    }
    rt_slot_set(ts, &s->obj, rt_newref(ts, v[1]));
    return rt_tuple_steal(ts, v, 2);
}

STREAM_TYPE(rt_it_pairwise, "itertools.pairwise",
            "pairwise(iterable, /)\n--\n\n"
            "Return an iterator of overlapping pairs taken from the input iterator.\n\n"
            "    s -> (s0,s1), (s1,s2), (s2, s3), ...",
            pairwise_new, pairwise_next, NULL);

/* ---- accumulate: fn may be None; obj = total; n = 1 once `initial` is to be given out ---- */
struct accumulate {
    struct stream s;
    rt_slot initial;
};

static rt_value accumulate_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a,
                               uint32_t n, rt_value kw)
{
    static const char *const names[] = {"iterable", "func", "initial", NULL};
    static const struct rt_argspec spec = {"accumulate", names, 0, 1, 2, 3};
    rt_value v[3], self;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    self = rt_it_stream_make(ts, t, rt_is_null(v[1]) ? RT_NONE : v[1], v[0]);
    if (!rt_is_null(self) && !rt_is_null(v[2]) && !rt_is_none(v[2]))
        rt_slot_init(&((struct accumulate *)rt_ptr(self))->initial, rt_newref(ts, v[2]));
    return self;
}

static rt_value accumulate_next(struct rt_thread *ts, rt_value self)
{
    struct accumulate *acc = (struct accumulate *)rt_ptr(self);
    struct stream *s = &acc->s;
    if (rt_unlikely(!rt_is_null(rt_slot_peek(&acc->initial)))) {
        rt_value v = rt_slot_swap(&acc->initial, RT_NULL);
        if (!rt_is_null(v)) {
            rt_slot_set(ts, &s->obj, rt_newref(ts, v));
            return v;
        }
    }
    rt_value x = rt_next_nested(ts, s->it), total;
    if (rt_is_stop(x) || rt_is_null(x))
        return x;
    total = rt_slot_get(ts, s, &s->obj);
    if (!rt_is_null(total)) {
        rt_value r;
        if (rt_is_none(s->fn)) {
            r = rt_binary(ts, total, x, RT_BIN_ADD);
        } else {
            rt_value v[2] = {total, x};
            r = rt_call(ts, s->fn, v, 2, RT_NULL);
        }
        rt_decref(ts, total);
        rt_decref(ts, x);
        if (rt_is_null(r))
            return r;
        x = r;
    }
    rt_slot_set(ts, &s->obj, rt_newref(ts, x));
    return x;
}

static int accumulate_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = rt_it_stream_traverse(o, visit, arg);
    return r ? r : visit(rt_slot_peek(&((struct accumulate *)o)->initial), arg);
}

static void accumulate_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct accumulate *)o)->initial, RT_NULL);
    rt_it_stream_clear(ts, o);
}

/* With an initial value still pending: accumulate(chain([initial], it), fn). A total of None cannot
   be told from "no total" by __setstate__, so it is put in front of the rest as well. */
static rt_value accumulate_reduce(struct rt_thread *ts, rt_value self)
{
    struct accumulate *acc = (struct accumulate *)rt_ptr(self);
    struct stream *s = &acc->s;
    rt_value initial = rt_slot_get(ts, acc, &acc->initial), total, args;
    if (!rt_is_null(initial)) {
        rt_value list = rt_list_steal(ts, &initial, 1), chain;
        if (rt_is_null(list))
            return list;
        rt_value v[2] = {list, s->it};
        chain = rt_call(ts, rt_type_value(&rt_it_chain), v, 2, RT_NULL);
        rt_decref(ts, list);
        if (rt_is_null(chain))
            return chain;
        args = rt_tuple_pack(ts, 2, chain, s->fn);
        rt_decref(ts, chain);
        return rt_it_reduce(ts, self, args, RT_NONE);
    }
    total = rt_slot_get(ts, s, &s->obj);
    if (rt_is_none(total)) {
        rt_value list = rt_list_from(ts, &total, 1), chain, inner, v[4];
        if (rt_is_null(list))
            return list;
        v[0] = list;
        v[1] = s->it;
        chain = rt_call(ts, rt_type_value(&rt_it_chain), v, 2, RT_NULL);
        rt_decref(ts, list);
        if (rt_is_null(chain))
            return chain;
        v[0] = chain;
        v[1] = s->fn;
        inner = rt_call(ts, rt_type_value(&rt_it_accumulate), v, 2, RT_NULL);
        rt_decref(ts, chain);
        if (rt_is_null(inner))
            return inner;
        args = rt_tuple_pack(ts, 4, inner, rt_int_imm(1), RT_NONE, RT_NONE);
        rt_decref(ts, inner);
        v[0] = rt_newref(ts, rt_type_value(&rt_it_islice));
        v[1] = args;
        return rt_is_null(args) ? args : rt_tuple_steal(ts, v, 2);
    }
    args = rt_tuple_pack(ts, 2, s->it, s->fn);
    return rt_it_reduce(ts, self, args, rt_is_null(total) ? RT_NONE : total);
}

static rt_value accumulate_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    rt_slot_set(ts, &as_stream(self)->obj, rt_newref(ts, state));
    return RT_NONE;
}

static const struct rt_method_def accumulate_methods[] = {
    {"__reduce__", accumulate_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {"__setstate__", accumulate_setstate, RT_METH_O, RT_IT_STATE_DOC},
    {0},
};

struct rt_type rt_it_accumulate = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools.accumulate",
    .doc = "accumulate(iterable, func=None, *, initial=None)\n--\n\n"
           "Return series of accumulated sums.",
    .flags = RT_IT_FLAGS,
    .basic_size = sizeof(struct accumulate),
    .clear = accumulate_clear,
    .traverse = accumulate_traverse,
    .iter = rt_it_self,
    .iternext = accumulate_next,
    .new = accumulate_new,
    .methods = accumulate_methods,
};

/* ---- chain: source = iterator of iterables, obj = the active one, n = 1 at the end ---- */
struct chain {
    struct stream s;
    rt_slot source;
};
static rt_slot *chain_source(rt_value self) { return &((struct chain *)rt_ptr(self))->source; }

static int chain_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(rt_slot_peek(&((struct chain *)o)->source), arg);
    return r ? r : rt_it_stream_traverse(o, visit, arg);
}

static void chain_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_clear(ts, o, &((struct chain *)o)->source);
    rt_it_stream_clear(ts, o);
}

/* New chain over iter(iterables). */
static rt_value chain_make(struct rt_thread *ts, struct rt_type *t, rt_value iterables)
{
    rt_value source = rt_iter(ts, iterables), self;
    if (rt_is_null(source))
        return source;
    self = rt_type_alloc(ts, t);
    if (rt_is_null(self))
        rt_decref(ts, source);
    else
        rt_slot_init(chain_source(self), source);
    return self;
}

static rt_value chain_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                          rt_value kw)
{
    if (rt_it_no_kw(ts, t, &rt_it_chain, "chain", kw) < 0)
        return RT_NULL;
    rt_value args = rt_tuple_from(ts, a, n), self;
    if (rt_is_null(args))
        return args;
    self = chain_make(ts, t, args);
    rt_decref(ts, args);
    return self;
}

static rt_value chain_from_iterable(struct rt_thread *ts, rt_value cls, rt_value iterable)
{
    return chain_make(ts, rt_as_type(cls), iterable);
}

static rt_value chain_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    while (!rt_load_relaxed(&s->n)) {
        rt_value active = rt_slot_get(ts, s, &s->obj), x;
        if (rt_is_null(active)) {
            rt_value source = rt_slot_get(ts, s, chain_source(self));
            x = rt_next_nested(ts, source);
            rt_decref(ts, source);
            if (rt_is_stop(x)) {
                rt_store_relaxed(&s->n, 1);
                return x;
            }
            if (rt_is_null(x) || rt_is_null(active = rt_iter(ts, x))) {
                rt_decref(ts, x);
                rt_store_relaxed(&s->n, 1); /* as documented: an error ends the chain */
                return RT_NULL;
            }
            rt_decref(ts, x);
            rt_slot_set(ts, &s->obj, rt_newref(ts, active));
        }
        x = rt_next_nested(ts, active);
        if (!rt_is_stop(x)) {
            rt_decref(ts, active);
            return x;
        }
        rt_clear(ts, &ts->stop_value);
        rt_value now = rt_slot_peek(&s->obj);
        if (rt_is(now, active))
            rt_slot_set(ts, &s->obj, RT_NULL);
        rt_decref(ts, active);
    }
    return RT_STOP;
}

static rt_value chain_reduce(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    rt_value active, source, state;
    if (rt_load_relaxed(&s->n))
        return rt_it_reduce(ts, self, rt_tuple_empty(), RT_NULL);
    active = rt_slot_get(ts, s, &s->obj);
    source = rt_slot_get(ts, s, chain_source(self));
    state = rt_is_null(active) ? rt_tuple_pack(ts, 1, source) : rt_tuple_pack(ts, 2, source, active);
    rt_decref(ts, source);
    rt_decref(ts, active);
    if (rt_is_null(state))
        return state;
    return rt_it_reduce(ts, self, rt_tuple_empty(), state);
}

static rt_value chain_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct stream *s = as_stream(self);
    if (!rt_is_tuple(state))
        return rt_raise(ts, &rt_exc_TypeError, "state is not a tuple");
    struct rt_tuple *t = rt_as_tuple(state);
    if (rt_args_count(ts, "", (uint32_t)t->length, 1, 2) < 0)
        return RT_NULL;
    for (size_t i = 0; i < t->length; i++)
        if (!rt_is_iterator(t->items[i]))
            return rt_raise(ts, &rt_exc_TypeError, "Arguments must be iterators.");
    rt_slot_set(ts, chain_source(self), rt_newref(ts, t->items[0]));
    rt_slot_set(ts, &s->obj, t->length > 1 ? rt_newref(ts, t->items[1]) : RT_NULL);
    rt_store_relaxed(&s->n, 0);
    return RT_NONE;
}

static const struct rt_method_def chain_methods[] = {
    {"from_iterable", chain_from_iterable, RT_METH_O | RT_METH_CLASS,
     "from_iterable($type, iterable, /)\n--\n\n"
     "Alternative chain() constructor taking a single iterable argument that evaluates lazily."},
    {"__reduce__", chain_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {"__setstate__", chain_setstate, RT_METH_O, RT_IT_STATE_DOC},
    RT_CLASS_GETITEM,
    {0},
};
struct rt_type rt_it_chain = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools.chain",
    .doc = "chain(*iterables) --> chain object\n\n"
           "Return a chain object whose .__next__() method returns elements from the\n"
           "first iterable until it is exhausted, then elements from the next\n"
           "iterable, until all of the iterables are exhausted.",
    .flags = RT_IT_FLAGS,
    .basic_size = sizeof(struct chain),
    .clear = chain_clear,
    .traverse = chain_traverse,
    .iter = rt_it_self,
    .iternext = chain_next,
    .new = chain_new,
    .methods = chain_methods,
};

/* ---- cycle: it = source, obj = list saved, n = -1 first pass, else index; fn: items are to be saved ---- */
static rt_slot *cycle_saves(struct stream *s) { return (rt_slot *)&s->fn; } /* a bool that __setstate__ changes */
static rt_value cycle_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                          rt_value kw)
{
    if (rt_it_no_kw(ts, t, &rt_it_cycle, "cycle", kw) < 0 ||
        rt_args_count(ts, "cycle", n, 1, 1) < 0)
        return RT_NULL;
    rt_value self = rt_it_stream_make(ts, t, RT_TRUE, a[0]), saved;
    if (rt_is_null(self))
        return self;
    saved = rt_list_new(ts, 0);
    if (rt_is_null(saved)) {
        rt_decref(ts, self);
        return saved;
    }
    rt_slot_init(&as_stream(self)->obj, saved);
    rt_store_relaxed(&as_stream(self)->n, -1);
    return self;
}

static rt_value cycle_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    if (rt_safepoint(ts) < 0)
        return RT_NULL;
    rt_value saved = rt_slot_get(ts, s, &s->obj), x;
    if (rt_load_relaxed(&s->n) < 0) {
        x = rt_next_nested(ts, s->it);
        if (rt_is_null(x) || !rt_is_stop(x)) {
            if (!rt_is_null(x) && rt_is_true(rt_slot_peek(cycle_saves(s))) && rt_list_append(ts, saved, x) < 0)
                rt_clear(ts, &x);
            rt_decref(ts, saved);
            return x;
        }
        rt_clear(ts, &ts->stop_value);
        if (rt_list_len(saved) == 0) {
            rt_decref(ts, saved);
            return RT_STOP;
        }
        int64_t first = -1;
        (void)rt_cas_relaxed(&s->n, &first, 0);
    }
    for (;;) {
        int64_t i = rt_load_relaxed(&s->n);
        x = rt_list_get(ts, saved, (size_t)i);
        if (rt_is_null(x)) {
            if (rt_list_len(saved) == 0) {
                rt_decref(ts, saved);
                return RT_STOP;
            }
            (void)rt_cas_relaxed(&s->n, &i, 0);
            continue;
        }
        int64_t next = (size_t)i + 1 >= rt_list_len(saved) ? 0 : i + 1;
        if (rt_likely(rt_cas_relaxed(&s->n, &i, next)))
            break;
        rt_decref(ts, x);
    }
    rt_decref(ts, saved);
    return x;
}

static rt_value cycle_reduce(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    rt_value saved = rt_slot_get(ts, s, &s->obj), it, r;
    int64_t n = rt_load_relaxed(&s->n);
    if (n >= 0) { /* the source is used up: a list iterator in the right place stands for it */
        it = rt_iter(ts, saved);
        if (!rt_is_null(it)) {
            rt_value i = rt_int_imm(n), done = rt_call_method(ts, it, "__setstate__", &i, 1);
            if (rt_is_null(done))
                rt_clear(ts, &it);
            rt_decref(ts, done);
        }
        rt_value v[2] = {saved, RT_TRUE};
        rt_value state = rt_is_null(it) ? RT_NULL : rt_tuple_steal(ts, v, 2);
        if (rt_is_null(it))
            rt_decref(ts, saved);
        if (rt_is_null(state)) {
            rt_decref(ts, it);
            return RT_NULL;
        }
        r = rt_it_reduce(ts, self, rt_tuple_steal(ts, &it, 1), state);
        return r;
    }
    rt_value v[2] = {saved, rt_bool(!rt_is_true(rt_slot_peek(cycle_saves(s))))};
    rt_value state = rt_tuple_steal(ts, v, 2);
    if (rt_is_null(state))
        return state;
    return rt_it_reduce(ts, self, rt_tuple_pack(ts, 1, s->it), state);
}

static rt_value cycle_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct stream *s = as_stream(self);
    if (!rt_is_tuple(state))
        return rt_raise(ts, &rt_exc_TypeError, "state is not a tuple");
    struct rt_tuple *t = rt_as_tuple(state);
    if (t->length != 2 || !rt_is_list(t->items[0]) || !rt_is_any_int(t->items[1]))
        return rt_raise(ts, &rt_exc_TypeError, "invalid state tuple");
    int first = rt_as_int(ts, t->items[1]);
    if (first == -1 && rt_pending(ts))
        return RT_NULL;
    rt_slot_set(ts, &s->obj, rt_newref(ts, t->items[0]));
    rt_slot_put(cycle_saves(s), rt_bool(!first)); /* items already in the list are not saved again */
    rt_store_relaxed(&s->n, -1);
    return RT_NONE;
}

static const struct rt_method_def cycle_methods[] = {
    {"__reduce__", cycle_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {"__setstate__", cycle_setstate, RT_METH_O, RT_IT_STATE_DOC},
    {0},
};
STREAM_TYPE(rt_it_cycle, "itertools.cycle",
            "cycle(iterable, /)\n--\n\n"
            "Return elements from the iterable until it is exhausted. Then repeat the sequence "
            "indefinitely.",
            cycle_new, cycle_next, cycle_methods);

/* ---- zip_longest: it = tuple of iterators, obj = fill value, n = iterators that go on ---- */
struct zip_longest {
    struct stream s;
    _Atomic uint8_t *done; /* one per iterator */
};

static rt_value zip_longest_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a,
                                uint32_t n, rt_value kw)
{
    uint32_t np = n, nkw = rt_nkw(kw);
    rt_value fill = RT_NONE;
    if (nkw) {
        if (nkw > 1 || !rt_str_eq_cstr(rt_as_tuple(kw)->items[0], "fillvalue"))
            return rt_raise(ts, &rt_exc_TypeError,
                            "zip_longest() got an unexpected keyword argument");
        fill = a[np];
    }
    rt_value its = rt_tuple_new(ts, np), self;
    for (uint32_t i = 0; i < np && !rt_is_null(its); i++) {
        rt_value it = rt_iter(ts, a[i]);
        if (rt_is_null(it))
            rt_clear(ts, &its);
        else
            rt_as_tuple(its)->items[i] = it;
    }
    if (rt_is_null(its))
        return its;
    _Atomic uint8_t *done = rt_raw_calloc(np + 1, 1);
    self = done ? rt_type_alloc(ts, t) : rt_raise_no_memory(ts);
    if (rt_is_null(self)) {
        rt_raw_free((void *)done);
        rt_decref(ts, its);
        return self;
    }
    struct zip_longest *z = (struct zip_longest *)rt_ptr(self);
    z->s.it = its;
    rt_slot_init(&z->s.obj, rt_newref(ts, fill));
    z->done = done;
    rt_store_relaxed(&z->s.n, (int64_t)np);
    return self;
}

static rt_value zip_longest_next(struct rt_thread *ts, rt_value self)
{
    struct zip_longest *z = (struct zip_longest *)rt_ptr(self);
    struct rt_tuple *its = rt_as_tuple(z->s.it);
    if (its->length == 0 || rt_load_relaxed(&z->s.n) <= 0)
        return RT_STOP;
    rt_value r = rt_tuple_new(ts, its->length);
    for (size_t i = 0; i < its->length && !rt_is_null(r); i++) {
        rt_value x = RT_STOP;
        if (!rt_load_relaxed(&z->done[i]))
            x = rt_next_nested(ts, its->items[i]);
        if (rt_is_null(x)) {
            rt_store_relaxed(&z->s.n, 0);
            rt_decref(ts, r);
            return x;
        }
        if (rt_is_stop(x)) {
            rt_clear(ts, &ts->stop_value);
            uint8_t open = 0;
            if (rt_cas_relaxed(&z->done[i], &open, 1) && rt_sub_relaxed(&z->s.n, 1) == 1) {
                rt_decref(ts, r);
                return RT_STOP;
            }
            x = rt_slot_get(ts, z, &z->s.obj);
        }
        rt_as_tuple(r)->items[i] = x;
    }
    return r;
}

static rt_value zip_longest_reduce(struct rt_thread *ts, rt_value self)
{
    struct zip_longest *z = (struct zip_longest *)rt_ptr(self);
    struct rt_tuple *its = rt_as_tuple(z->s.it);
    rt_value args = rt_tuple_new(ts, its->length);
    for (size_t i = 0; i < its->length && !rt_is_null(args); i++)
        rt_as_tuple(args)->items[i] =
            rt_load_relaxed(&z->done[i]) ? rt_tuple_empty() : rt_newref(ts, its->items[i]);
    return rt_it_reduce(ts, self, args, rt_slot_get(ts, z, &z->s.obj));
}

static rt_value zip_longest_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    rt_slot_set(ts, &as_stream(self)->obj, rt_newref(ts, state));
    return RT_NONE;
}

static void zip_longest_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_raw_free((void *)((struct zip_longest *)o)->done);
    ((struct zip_longest *)o)->done = NULL;
    rt_it_stream_clear(ts, o);
}

static const struct rt_method_def zip_longest_methods[] = {
    {"__reduce__", zip_longest_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {"__setstate__", zip_longest_setstate, RT_METH_O, RT_IT_STATE_DOC},
    {0},
};
struct rt_type rt_it_zip_longest = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools.zip_longest",
    .doc = "zip_longest(iter1 [,iter2 [...]], [fillvalue=None]) --> zip_longest object\n\n"
           "Return a zip_longest object whose .__next__() method returns a tuple where\n"
           "the i-th element comes from the i-th iterable argument.  The .__next__()\n"
           "method continues until the longest iterable in the argument sequence\n"
           "is exhausted and then it raises StopIteration.  When the shorter iterables\n"
           "are exhausted, the fillvalue is substituted in their place.  The fillvalue\n"
           "defaults to None or can be specified by a keyword argument.\n",
    .flags = RT_IT_FLAGS,
    .basic_size = sizeof(struct zip_longest),
    .clear = zip_longest_clear,
    .traverse = rt_it_stream_traverse,
    .iter = rt_it_self,
    .iternext = zip_longest_next,
    .new = zip_longest_new,
    .methods = zip_longest_methods,
};

/* ---- module ---- */
static const struct rt_method_def methods[] = {
    {"tee", rt_it_tee_fn, RT_METH_FAST,
     "tee($module, iterable, n=2, /)\n--\n\nReturns a tuple of n independent iterators."},
    {0},
};

static struct rt_type *const types[] = {
    &rt_it_accumulate, &rt_it_combinations, &rt_it_cwr,        &rt_it_cycle,     &rt_it_dropwhile,
    &rt_it_takewhile,  &rt_it_islice,       &rt_it_starmap,    &rt_it_chain,     &rt_it_compress,
    &rt_it_filterfalse, &rt_it_count,       &rt_it_zip_longest, &rt_it_pairwise, &rt_it_permutations,
    &rt_it_product,    &rt_it_repeat,       &rt_it_groupby,    &rt_it_grouper,   &rt_it_tee,
    &rt_it_teedata,    NULL,
};

const struct rt_module_def rt_module_itertools = {
    .name = "itertools",
    .doc = "Functional tools for creating and using iterators: infinite ones (count, cycle, repeat),\n"
           "those that end with the shortest input (accumulate, chain, compress, ...) and\n"
           "combinatoric generators (product, permutations, combinations).",
    .methods = methods,
    .types = types,
};
