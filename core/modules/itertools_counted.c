/* SPDX-License-Identifier: MIT */
/* itertools: repeat, count and islice, the iterators whose state is a number. See Note [ITER]. */
#include "core/modules/itertools_internal.h"

/* ---- repeat: it = the object, n = how often still (-1: for ever) ---- */
static rt_value repeat_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                           rt_value kw)
{
    static const char *const names[] = {"object", "times", NULL};
    static const struct rt_argspec spec = {"repeat", names, 0, 1, 2, 2};
    rt_value v[2], self;
    int64_t times = -1;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_null(v[1])) {
        times = rt_as_ssize(ts, v[1]);
        if (times == -1 && rt_pending(ts))
            return RT_NULL;
        if (times < 0)
            times = 0;
    }
    self = rt_it_stream_make(ts, t, RT_NULL, RT_NULL);
    if (!rt_is_null(self)) {
        as_stream(self)->it = rt_newref(ts, v[0]);
        rt_store_relaxed(&as_stream(self)->n, times);
    }
    return self;
}

static rt_value repeat_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    if (rt_safepoint(ts) < 0)
        return RT_NULL;
    int64_t n = rt_load_relaxed(&s->n);
    if (rt_unlikely(!rt_writes_alone(ts, s)))
        while (n > 0 && !rt_cas_relaxed(&s->n, &n, n - 1))
            ;
    else if (n > 0)
        rt_store_relaxed(&s->n, n - 1);
    return n == 0 ? RT_STOP : rt_newref(ts, s->it);
}

static rt_value repeat_hint(struct rt_thread *ts, rt_value self)
{
    int64_t n = rt_load_relaxed(&as_stream(self)->n);
    if (n < 0)
        return rt_raise(ts, &rt_exc_TypeError, "len() of unsized object");
    return rt_int_imm(n);
}

static rt_value repeat_reduce(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    int64_t n = rt_load_relaxed(&s->n);
    return rt_it_reduce(ts, self,
                        n < 0 ? rt_tuple_pack(ts, 1, s->it)
                              : rt_tuple_pack(ts, 2, s->it, rt_int_imm(n)),
                        RT_NULL);
}

static rt_value repeat_repr(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    int64_t n = rt_load_relaxed(&s->n);
    const char *name = rt_type_shortname(rt_type_of(self));
    if (n < 0)
        return rt_str_format(ts, "%s(%R)", name, s->it);
    return rt_str_format(ts, "%s(%R, %zd)", name, s->it, (ssize_t)n);
}

static const struct rt_method_def repeat_methods[] = {
    {"__length_hint__", repeat_hint, RT_METH_NOARGS,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", repeat_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {0},
};
struct rt_type rt_it_repeat = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools.repeat",
    .doc = "repeat(object [,times]) -> create an iterator which returns the object\n"
           "for the specified number of times.  If not specified, returns the object\n"
           "endlessly.",
    .flags = RT_IT_FLAGS,
    .basic_size = sizeof(struct stream),
    .clear = rt_it_stream_clear,
    .traverse = rt_it_stream_traverse,
    .repr = repeat_repr,
    .iter = rt_it_self,
    .iternext = repeat_next,
    .new = repeat_new,
    .methods = repeat_methods,
};

/* ---- count: n = next value while fn is RT_NULL (fast: step 1, immediate), else obj + fn ---- */
static bool is_number(struct rt_thread *ts, rt_value v)
{
    if (rt_is_any_int(v) || rt_is_float(v) || rt_has(v, RT_TF_COMPLEX) || rt_index_check(v))
        return true;
    struct rt_type *t = rt_type_of(v);
    if (t->to_int || t->to_float)
        return true;
    rt_value self = RT_NULL, f = rt_lookup_special(ts, v, "__complex__", &self);
    bool r = !rt_is_null(f);
    rt_decref(ts, f);
    return r;
}

static rt_value count_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                          rt_value kw)
{
    static const char *const names[] = {"start", "step", NULL};
    static const struct rt_argspec spec = {"count", names, 0, 0, 2, 2};
    rt_value v[2], self;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if ((!rt_is_null(v[0]) && !is_number(ts, v[0])) || (!rt_is_null(v[1]) && !is_number(ts, v[1])))
        return rt_raise(ts, &rt_exc_TypeError, "a number is required");
    rt_value start = rt_is_null(v[0]) ? rt_int_imm(0) : v[0];
    rt_value step = rt_is_null(v[1]) ? rt_int_imm(1) : v[1];
    self = rt_it_stream_make(ts, t, RT_NULL, RT_NULL);
    if (rt_is_null(self))
        return self;
    struct stream *s = as_stream(self);
    if (rt_is_int(start) && rt_is(step, rt_int_imm(1)) && rt_int_get(start) < RT_INT_MAX / 2) {
        rt_store_relaxed(&s->n, rt_int_get(start));
        rt_slot_init(&s->obj, RT_UNDEF);
    } else {
        s->fn = rt_newref(ts, step);
        rt_slot_init(&s->obj, rt_newref(ts, start));
    }
    return self;
}

/* Replace the count `now` by now + step, once; RT_NULL on error. */
static rt_value count_slow(struct rt_thread *ts, struct stream *s)
{
    for (;;) {
        rt_value now = rt_slot_get(ts, s, &s->obj), next;
        struct rt_cs cs;
        next = rt_binary(ts, now, s->fn, RT_BIN_ADD);
        if (rt_is_null(next)) {
            rt_decref(ts, now);
            return next;
        }
        rt_cont_lock(ts, &cs, s);
        rt_value cur = rt_slot_peek(&s->obj);
        bool mine = rt_is(cur, now);
        if (mine)
            rt_slot_put(&s->obj, next);
        rt_cont_unlock(ts, &cs);
        if (mine) {
            rt_decref(ts, cur);
            return now;
        }
        rt_decref(ts, now);
        rt_decref(ts, next);
    }
}

static rt_value count_next(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    if (rt_safepoint(ts) < 0)
        return RT_NULL;
    if (rt_likely(rt_is_null(s->fn))) {
        int64_t i;
        if (rt_unlikely(!rt_writes_alone(ts, s))) {
            i = rt_add_relaxed(&s->n, 1);
        } else {
            i = rt_load_relaxed(&s->n);
            rt_store_relaxed(&s->n, i + 1);
        }
        return rt_int_from_i64(ts, i);
    }
    return count_slow(ts, s);
}

static rt_value count_now(struct rt_thread *ts, struct stream *s)
{
    return rt_is_null(s->fn) ? rt_int_from_i64(ts, rt_load_relaxed(&s->n))
                             : rt_slot_get(ts, s, &s->obj);
}

static rt_value count_repr(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    rt_value now = count_now(ts, s), r;
    const char *name = rt_type_shortname(rt_type_of(self));
    if (rt_is_null(now))
        return now;
    if (rt_is_null(s->fn) || rt_is(s->fn, rt_int_imm(1)))
        r = rt_str_format(ts, "%s(%R)", name, now);
    else
        r = rt_str_format(ts, "%s(%R, %R)", name, now, s->fn);
    rt_decref(ts, now);
    return r;
}

static rt_value count_reduce(struct rt_thread *ts, rt_value self)
{
    struct stream *s = as_stream(self);
    rt_value now = count_now(ts, s), args;
    if (rt_is_null(now))
        return now;
    args = rt_is_null(s->fn) || rt_is(s->fn, rt_int_imm(1)) ? rt_tuple_pack(ts, 1, now)
                                                            : rt_tuple_pack(ts, 2, now, s->fn);
    rt_decref(ts, now);
    return rt_it_reduce(ts, self, args, RT_NULL);
}

static const struct rt_method_def count_methods[] = {
    {"__reduce__", count_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {0},
};

static int count_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct stream *s = (struct stream *)o;
    rt_value v = rt_slot_peek(&s->obj);
    int r = visit(s->fn, arg);
    return r || rt_is_undef(v) ? r : visit(v, arg);
}

struct rt_type rt_it_count = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools.count",
    .doc = "count(start=0, step=1)\n--\n\n"
           "Return a count object whose .__next__() method returns consecutive values.\n\n"
           "Equivalent to:\n"
           "    def count(firstval=0, step=1):\n"
           "        x = firstval\n"
           "        while 1:\n"
           "            yield x\n"
           "            x += step",
    .flags = RT_IT_FLAGS,
    .basic_size = sizeof(struct stream),
    .clear = rt_it_stream_clear,
    .traverse = count_traverse,
    .repr = count_repr,
    .iter = rt_it_self,
    .iternext = count_next,
    .new = count_new,
    .methods = count_methods,
};

/* ---- islice: it = source (obj: RT_NULL once finished), n = index of the source ---- */
struct islice {
    struct stream s;
    _Atomic int64_t next, stop; /* next index to give out; end or -1 */
    int64_t step;
};

/* None or a non-negative index: 0, or -1 when it is neither (no exception left). */
static int islice_bound(struct rt_thread *ts, rt_value v, int64_t deflt, int64_t *out)
{
    *out = deflt;
    if (rt_is_null(v) || rt_is_none(v))
        return 0;
    *out = rt_as_index(ts, v, &rt_exc_OverflowError);
    if (*out == -1 && rt_pending(ts))
        rt_exc_clear(ts);
    return *out < 0 ? -1 : 0;
}

static rt_value islice_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                           rt_value kw)
{
    int64_t start = 0, stop = -1, step = 1;
    if (rt_it_no_kw(ts, t, &rt_it_islice, "islice", kw) < 0 ||
        rt_args_count(ts, "islice", n, 2, 4) < 0)
        return RT_NULL;
    if (n == 2) {
        if (islice_bound(ts, a[1], -1, &stop) < 0)
            return rt_raise(ts, &rt_exc_ValueError,
                            "Stop argument for islice() must be None or an integer: 0 <= x <= "
                            "sys.maxsize.");
    } else if (islice_bound(ts, a[1], 0, &start) < 0 || islice_bound(ts, a[2], -1, &stop) < 0) {
        return rt_raise(ts, &rt_exc_ValueError,
                        "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
    }
    if (n == 4 && (islice_bound(ts, a[3], 1, &step) < 0 || step < 1))
        return rt_raise(ts, &rt_exc_ValueError,
                        "Step for islice() must be a positive integer or None.");
    rt_value self = rt_it_stream_make(ts, t, RT_NULL, a[0]);
    if (rt_is_null(self))
        return self;
    struct islice *s = (struct islice *)rt_ptr(self);
    rt_slot_init(&s->s.obj, s->s.it); /* dropped at the end, so that the source can go */
    s->s.it = RT_NULL;
    rt_store_relaxed(&s->next, start);
    rt_store_relaxed(&s->stop, stop);
    s->step = step;
    return self;
}

/* One more was taken from the source: an atomic addition only where others may count too. */
static void count_item(struct rt_thread *ts, struct stream *s)
{
    if (rt_unlikely(rt_load_relaxed(&ts->mt)))
        (void)rt_add_relaxed(&s->n, 1);
    else
        rt_store_relaxed(&s->n, rt_load_relaxed(&s->n) + 1);
}

static rt_value islice_next(struct rt_thread *ts, rt_value self)
{
    struct islice *s = (struct islice *)rt_ptr(self);
    rt_value it = rt_slot_get(ts, s, &s->s.obj), x;
    if (rt_is_null(it))
        return RT_STOP;
    int64_t stop = rt_load_relaxed(&s->stop), want = rt_load_relaxed(&s->next);
    while (rt_load_relaxed(&s->s.n) < want) {
        x = rt_next_nested(ts, it);
        if (rt_is_stop(x) || rt_is_null(x))
            goto end;
        rt_decref(ts, x);
        count_item(ts, &s->s);
    }
    if (stop >= 0 && rt_load_relaxed(&s->s.n) >= stop) {
        x = RT_STOP;
        goto end;
    }
    x = rt_next_nested(ts, it);
    if (rt_is_stop(x) || rt_is_null(x))
        goto end;
    count_item(ts, &s->s);
    int64_t next = (int64_t)((uint64_t)want + (uint64_t)s->step);
    if (next < want || (stop >= 0 && next > stop))
        next = stop >= 0 ? stop : INT64_MAX;
    rt_store_relaxed(&s->next, next);
    rt_decref(ts, it);
    return x;
end:
    rt_slot_set(ts, &s->s.obj, RT_NULL);
    rt_decref(ts, it);
    return x;
}

static rt_value islice_reduce(struct rt_thread *ts, rt_value self)
{
    struct islice *s = (struct islice *)rt_ptr(self);
    rt_value it = rt_slot_get(ts, s, &s->s.obj), args, stop;
    int64_t end = rt_load_relaxed(&s->stop);
    if (rt_is_null(it)) {
        rt_value l = rt_list_new(ts, 0);
        it = rt_is_null(l) ? l : rt_iter(ts, l);
        rt_decref(ts, l);
        if (rt_is_null(it))
            return it;
        args = rt_tuple_pack(ts, 2, it, rt_int_imm(0));
        rt_decref(ts, it);
        return rt_it_reduce(ts, self, args, rt_int_imm(0));
    }
    stop = end < 0 ? RT_NONE : rt_int_from_i64(ts, end);
    args = rt_tuple_pack(ts, 4, it, rt_int_imm(rt_load_relaxed(&s->next)), stop,
                         rt_int_imm(s->step));
    rt_decref(ts, it);
    rt_decref(ts, stop);
    return rt_it_reduce(ts, self, args, rt_int_imm(rt_load_relaxed(&s->s.n)));
}

static rt_value islice_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    int64_t n = rt_as_i64(ts, state);
    if (n == -1 && rt_pending(ts))
        return RT_NULL;
    rt_store_relaxed(&as_stream(self)->n, n);
    return RT_NONE;
}

static const struct rt_method_def islice_methods[] = {
    {"__reduce__", islice_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {"__setstate__", islice_setstate, RT_METH_O, RT_IT_STATE_DOC},
    {0},
};
struct rt_type rt_it_islice = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools.islice",
    .doc = "islice(iterable, stop) --> islice object\n"
           "islice(iterable, start, stop[, step]) --> islice object\n\n"
           "Return an iterator whose next() method returns selected values from an\n"
           "iterable.  If start is specified, will skip all preceding elements;\n"
           "otherwise, start defaults to zero.  Step defaults to one.  If\n"
           "specified as another value, step determines how many values are\n"
           "skipped between successive calls.  Works like a slice() on a list\n"
           "but returns an iterator.",
    .flags = RT_IT_FLAGS,
    .basic_size = sizeof(struct islice),
    .clear = rt_it_stream_clear,
    .traverse = rt_it_stream_traverse,
    .iter = rt_it_self,
    .iternext = islice_next,
    .new = islice_new,
    .methods = islice_methods,
};
