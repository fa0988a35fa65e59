/* SPDX-License-Identifier: MIT */
/* itertools: groupby and tee. See Note [ITER]. */
#include "core/modules/itertools_internal.h"

/* ---- groupby ---- */
struct groupby {
    struct rt_object hdr;
    rt_value it, keyfunc; /* constant; keyfunc may be None */
    rt_slot tgtkey, currkey, currvalue;
    _Atomic uint64_t group; /* number of the group whose items may be taken */
};
struct grouper {
    struct rt_object hdr;
    rt_value parent, tgtkey;
    uint64_t group;
};

static struct groupby *as_groupby(rt_value v) { return (struct groupby *)rt_ptr(v); }
static struct grouper *as_grouper(rt_value v) { return (struct grouper *)rt_ptr(v); }

static rt_value groupby_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                            rt_value kw)
{
    static const char *const names[] = {"iterable", "key", NULL};
    static const struct rt_argspec spec = {"groupby", names, 0, 1, 2, 2};
    rt_value v[2], it, self;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    it = rt_iter(ts, v[0]);
    self = rt_is_null(it) ? it : rt_type_alloc(ts, t);
    if (rt_is_null(self)) {
        rt_decref(ts, it);
        return self;
    }
    as_groupby(self)->it = it;
    as_groupby(self)->keyfunc = rt_is_null(v[1]) ? RT_NONE : rt_newref(ts, v[1]);
    return self;
}

static int groupby_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct groupby *g = (struct groupby *)o;
    int r = visit(g->it, arg);
    if (!r)
        r = visit(g->keyfunc, arg);
    if (!r)
        r = visit(rt_slot_peek(&g->tgtkey), arg);
    if (!r)
        r = visit(rt_slot_peek(&g->currkey), arg);
    return r ? r : visit(rt_slot_peek(&g->currvalue), arg);
}

static void groupby_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct groupby *g = (struct groupby *)o;
    rt_clear(ts, &g->it);
    rt_clear(ts, &g->keyfunc);
    rt_slot_set(ts, &g->tgtkey, RT_NULL);
    rt_slot_set(ts, &g->currkey, RT_NULL);
    rt_slot_set(ts, &g->currvalue, RT_NULL);
}

/* Fetch the next value and its key: 1, 0 at the end, -1. */
static int groupby_advance(struct rt_thread *ts, struct groupby *g)
{
    rt_value value = rt_next_nested(ts, g->it), key;
    if (rt_is_stop(value) || rt_is_null(value))
        return rt_is_stop(value) ? 0 : -1;
    if (rt_is_none(g->keyfunc)) {
        key = rt_newref(ts, value);
    } else {
        key = rt_call(ts, g->keyfunc, &value, 1, RT_NULL);
        if (rt_is_null(key)) {
            rt_decref(ts, value);
            return -1;
        }
    }
    rt_slot_set(ts, &g->currvalue, value);
    rt_slot_set(ts, &g->currkey, key);
    return 1;
}

static rt_value grouper_make(struct rt_thread *ts, rt_value parent, rt_value key)
{
    struct grouper *g = rt_object_new(ts, &rt_it_grouper, sizeof(*g));
    if (!g)
        return RT_NULL;
    g->parent = rt_newref(ts, parent);
    g->tgtkey = rt_newref(ts, key);
    g->group = rt_add_relaxed(&as_groupby(parent)->group, 1) + 1;
    return rt_own(g);
}

static rt_value groupby_next(struct rt_thread *ts, rt_value self)
{
    struct groupby *g = as_groupby(self);
    rt_value v[2];
    (void)rt_add_relaxed(&g->group, 1); /* groups handed out before are over */
    for (;;) {
        rt_value curr = rt_slot_get(ts, g, &g->currkey), tgt;
        if (!rt_is_null(curr)) {
            tgt = rt_slot_get(ts, g, &g->tgtkey);
            int same = rt_is_null(tgt) ? 0 : rt_equal_inline(ts, tgt, curr);
            rt_decref(ts, tgt);
            if (same == 0) {
                v[0] = curr;
                break;
            }
            rt_decref(ts, curr);
            if (same < 0)
                return RT_NULL;
        }
        int r = groupby_advance(ts, g);
        if (r <= 0)
            return r ? RT_NULL : RT_STOP;
    }
    rt_slot_set(ts, &g->tgtkey, rt_newref(ts, v[0]));
    v[1] = grouper_make(ts, self, v[0]);
    if (rt_is_null(v[1])) {
        rt_decref(ts, v[0]);
        return v[1];
    }
    return rt_tuple_steal(ts, v, 2);
}

static rt_value grouper_next(struct rt_thread *ts, rt_value self)
{
    struct grouper *s = as_grouper(self);
    struct groupby *g = as_groupby(s->parent);
    if (rt_load_relaxed(&g->group) != s->group)
        return RT_STOP;
    if (rt_is_null(rt_slot_peek(&g->currvalue))) {
        int r = groupby_advance(ts, g);
        if (r <= 0)
            return r ? RT_NULL : RT_STOP;
    }
    rt_value curr = rt_slot_get(ts, g, &g->currkey);
    int same = rt_is_null(curr) ? 0 : rt_equal_inline(ts, s->tgtkey, curr);
    rt_decref(ts, curr);
    if (same <= 0)
        return same ? RT_NULL : RT_STOP;
    rt_value v = rt_slot_swap(&g->currvalue, RT_NULL);
    return rt_is_null(v) ? RT_STOP : v;
}

static rt_value groupby_reduce(struct rt_thread *ts, rt_value self)
{
    struct groupby *g = as_groupby(self);
    rt_value args = rt_tuple_pack(ts, 2, g->it, g->keyfunc), v[3], state = RT_NULL;
    v[0] = rt_slot_get(ts, g, &g->currkey);
    v[1] = rt_slot_get(ts, g, &g->currvalue);
    v[2] = rt_slot_get(ts, g, &g->tgtkey);
    if (!rt_is_null(v[0]) && !rt_is_null(v[1]) && !rt_is_null(v[2])) {
        state = rt_tuple_steal(ts, v, 3);
        if (rt_is_null(state)) {
            rt_decref(ts, args);
            return state;
        }
    } else {
        for (int i = 0; i < 3; i++)
            rt_decref(ts, v[i]);
    }
    return rt_it_reduce(ts, self, args, state);
}

static rt_value groupby_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct groupby *g = as_groupby(self);
    if (!rt_is_tuple(state))
        return rt_raise(ts, &rt_exc_TypeError, "state is not a tuple");
    struct rt_tuple *t = rt_as_tuple(state);
    if (t->length != 3)
        return rt_raise(ts, &rt_exc_TypeError, "function takes exactly 3 arguments (%zd given)",
                        (ssize_t)t->length);
    rt_slot_set(ts, &g->currkey, rt_newref(ts, t->items[0]));
    rt_slot_set(ts, &g->currvalue, rt_newref(ts, t->items[1]));
    rt_slot_set(ts, &g->tgtkey, rt_newref(ts, t->items[2]));
    return RT_NONE;
}

static const struct rt_method_def groupby_methods[] = {
    {"__reduce__", groupby_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {"__setstate__", groupby_setstate, RT_METH_O, RT_IT_STATE_DOC},
    {0},
};

struct rt_type rt_it_groupby = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools.groupby",
    .doc = "groupby(iterable, key=None)\n--\n\n"
           "make an iterator that returns consecutive keys and groups from the iterable\n\n"
           "  iterable\n    Elements to divide into groups according to the key function.\n"
           "  key\n    A function for computing the group category for each element.\n"
           "    If the key function is not specified or is None, the element itself\n"
           "    is used for grouping.",
    .flags = RT_IT_FLAGS,
    .basic_size = sizeof(struct groupby),
    .clear = groupby_clear,
    .traverse = groupby_traverse,
    .iter = rt_it_self,
    .iternext = groupby_next,
    .new = groupby_new,
    .methods = groupby_methods,
};

static rt_value grouper_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                            rt_value kw)
{
    if (rt_args_count(ts, "_grouper", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_exact(a[0], &rt_it_groupby))
        return rt_raise(ts, &rt_exc_TypeError, "_grouper() argument 1 must be itertools.groupby, not %.50s",
                        rt_typename(a[0]));
    return grouper_make(ts, a[0], a[1]);
}

static int grouper_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(((struct grouper *)o)->parent, arg);
    return r ? r : visit(((struct grouper *)o)->tgtkey, arg);
}

static void grouper_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct grouper *)o)->parent);
    rt_clear(ts, &((struct grouper *)o)->tgtkey);
}

static rt_value grouper_reduce(struct rt_thread *ts, rt_value self)
{
    struct grouper *g = as_grouper(self);
    if (rt_load_relaxed(&as_groupby(g->parent)->group) != g->group) {
        rt_value iter = rt_builtin_get(ts, "iter"), v[2];
        if (rt_is_null(iter))
            return iter;
        v[0] = iter;
        v[1] = rt_tuple_pack(ts, 1, rt_tuple_empty());
        return rt_tuple_steal(ts, v, 2);
    }
    return rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, g->parent, g->tgtkey), RT_NULL);
}

static const struct rt_method_def grouper_methods[] = {
    {"__reduce__", grouper_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {0},
};

struct rt_type rt_it_grouper = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools._grouper",
    .flags = RT_TF_GC,
    .basic_size = sizeof(struct grouper),
    .clear = grouper_clear,
    .traverse = grouper_traverse,
    .iter = rt_it_self,
    .iternext = grouper_next,
    .new = grouper_new,
    .methods = grouper_methods,
};

/* ---- tee: a linked list of blocks of items, read by any number of tees ---- */
enum { TEE_BLOCK = 57 };

struct teedata {
    struct rt_object hdr;
    rt_value it;
    _Atomic int32_t nread;   /* items present; stored after the item */
    _Atomic uint8_t running; /* somebody is in it.__next__() */
    rt_slot next;            /* following block */
    rt_slot items[TEE_BLOCK];
};
struct tee {
    struct rt_object hdr;
    rt_slot data;
    _Atomic int32_t index;
};

static struct teedata *as_data(rt_value v) { return (struct teedata *)rt_ptr(v); }
static struct tee *as_tee(rt_value v) { return (struct tee *)rt_ptr(v); }

static rt_value data_make(struct rt_thread *ts, rt_value it)
{
    rt_value v = rt_type_alloc(ts, &rt_it_teedata);
    if (!rt_is_null(v))
        as_data(v)->it = rt_newref(ts, it);
    return v;
}

static int data_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct teedata *d = (struct teedata *)o;
    int r = visit(d->it, arg);
    for (int i = 0; i < rt_load_relaxed(&d->nread) && !r; i++)
        r = visit(rt_slot_peek(&d->items[i]), arg);
    return r ? r : visit(rt_slot_peek(&d->next), arg);
}

static void data_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct teedata *d = (struct teedata *)o;
    rt_clear(ts, &d->it);
    for (int i = 0, n = rt_load_relaxed(&d->nread); i < n; i++) /* most blocks are never full */
        rt_slot_set(ts, &d->items[i], RT_NULL);
    rt_slot_set(ts, &d->next, RT_NULL);
}

/* Item i of the block, fetching it from the source if it is the next one. */
static rt_value data_item(struct rt_thread *ts, struct teedata *d, int i)
{
    if (i < rt_load_acquire(&d->nread))
        return rt_slot_get(ts, d, &d->items[i]);
    uint8_t idle = 0;
    if (!rt_cas_acq_rel(&d->running, &idle, 1))
        return rt_raise(ts, &rt_exc_RuntimeError, "cannot re-enter the tee iterator");
    int n = rt_load_relaxed(&d->nread);
    rt_value v;
    if (i < n) { /* another thread fetched it just now */
        v = rt_slot_get(ts, d, &d->items[i]);
    } else {
        v = rt_next_nested(ts, d->it);
        if (!rt_is_null(v) && !rt_is_stop(v)) {
            rt_slot_put(&d->items[n], rt_newref(ts, v));
            rt_store_release(&d->nread, n + 1);
        }
    }
    rt_store_release(&d->running, 0);
    return v;
}

/* The block after d, made on demand; owned. */
static rt_value data_next(struct rt_thread *ts, struct teedata *d)
{
    rt_value next = rt_slot_get(ts, d, &d->next);
    if (!rt_is_null(next))
        return next;
    rt_value made = data_make(ts, d->it), old;
    struct rt_cs cs;
    if (rt_is_null(made))
        return made;
    rt_cont_lock(ts, &cs, d);
    old = rt_slot_peek(&d->next);
    if (rt_is_null(old))
        rt_slot_put(&d->next, rt_newref(ts, made));
    next = rt_slot_copy(ts, &d->next);
    rt_cont_unlock(ts, &cs);
    rt_decref(ts, made);
    return next;
}

static rt_value tee_next(struct rt_thread *ts, rt_value self)
{
    struct tee *t = as_tee(self);
    for (;;) {
        rt_value data = rt_slot_get(ts, t, &t->data), v;
        int32_t i = rt_load_relaxed(&t->index);
        if (rt_is_null(data))
            return RT_STOP;
        if (i >= TEE_BLOCK) {
            rt_value next = data_next(ts, as_data(data));
            rt_decref(ts, data);
            if (rt_is_null(next))
                return next;
            rt_slot_set(ts, &t->data, next);
            rt_store_relaxed(&t->index, 0);
            continue;
        }
        v = data_item(ts, as_data(data), i);
        rt_decref(ts, data);
        if (!rt_is_null(v) && !rt_is_stop(v))
            rt_store_relaxed(&t->index, i + 1);
        return v;
    }
}

static rt_value tee_make(struct rt_thread *ts, rt_value data, int32_t index)
{
    rt_value v = rt_type_alloc(ts, &rt_it_tee);
    if (rt_is_null(v))
        return v;
    rt_slot_init(&as_tee(v)->data, rt_newref(ts, data));
    rt_store_relaxed(&as_tee(v)->index, index);
    return v;
}

static rt_value tee_copy(struct rt_thread *ts, rt_value self)
{
    struct tee *t = as_tee(self);
    rt_value data = rt_slot_get(ts, t, &t->data);
    rt_value v = tee_make(ts, data, rt_load_relaxed(&t->index));
    rt_decref(ts, data);
    return v;
}

static rt_value tee_from(struct rt_thread *ts, rt_value iterable)
{
    rt_value it = rt_iter(ts, iterable), data, v;
    if (rt_is_null(it))
        return it;
    if (rt_type_is_subtype(rt_type_of(it), &rt_it_tee)) {
        v = tee_copy(ts, it);
        rt_decref(ts, it);
        return v;
    }
    data = data_make(ts, it);
    rt_decref(ts, it);
    if (rt_is_null(data))
        return data;
    v = tee_make(ts, data, 0);
    rt_decref(ts, data);
    return v;
}

rt_value rt_it_tee_fn(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
{
    int64_t count = 2;
    if (rt_args_count(ts, "tee", n, 1, 2) < 0)
        return RT_NULL;
    if (n > 1 && (count = rt_as_ssize(ts, a[1])) == -1 && rt_pending(ts))
        return RT_NULL;
    if (count < 0)
        return rt_raise(ts, &rt_exc_ValueError, "n must be >= 0");
    rt_value r = rt_tuple_new(ts, (size_t)count), copyable, bound = RT_NULL, f;
    if (rt_is_null(r) || count == 0)
        return r;
    rt_value it = rt_iter(ts, a[0]);
    if (rt_is_null(it))
        goto fail;
    f = rt_lookup_special(ts, it, "__copy__", &bound);
    if (rt_is_null(f) && rt_pending(ts)) {
        rt_decref(ts, it);
        goto fail;
    }
    copyable = rt_is_null(f) ? tee_from(ts, it) : rt_newref(ts, it);
    rt_decref(ts, f);
    rt_decref(ts, it);
    if (rt_is_null(copyable))
        goto fail;
    rt_as_tuple(r)->items[0] = copyable;
    for (int64_t i = 1; i < count; i++) {
        rt_value v = rt_call_method(ts, copyable, "__copy__", NULL, 0);
        if (rt_is_null(v))
            goto fail;
        rt_as_tuple(r)->items[i] = v;
    }
    return r;
fail:
    rt_decref(ts, r);
    return RT_NULL;
}

static rt_value tee_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                        rt_value kw)
{
    if (rt_args_count(ts, "_tee", n, 1, 1) < 0)
        return RT_NULL;
    return tee_from(ts, a[0]);
}

static int tee_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(rt_slot_peek(&((struct tee *)o)->data), arg);
}

static void tee_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct tee *)o)->data, RT_NULL);
}

/* (type, ((),), (data, index)) */
static rt_value tee_reduce(struct rt_thread *ts, rt_value self)
{
    struct tee *t = as_tee(self);
    rt_value data = rt_slot_get(ts, t, &t->data);
    rt_value state = rt_tuple_pack(ts, 2, data, rt_int_imm(rt_load_relaxed(&t->index)));
    rt_decref(ts, data);
    if (rt_is_null(state))
        return state;
    rt_value e = rt_tuple_empty();
    return rt_it_reduce(ts, self, rt_tuple_pack(ts, 1, e), state);
}

static rt_value tee_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    if (!rt_is_tuple(state))
        return rt_raise(ts, &rt_exc_TypeError, "state is not a tuple");
    struct rt_tuple *s = rt_as_tuple(state);
    if (s->length != 2 || !rt_is_exact(s->items[0], &rt_it_teedata))
        return rt_raise(ts, &rt_exc_TypeError, "invalid state tuple");
    int64_t i = rt_as_i64(ts, s->items[1]);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    if (i < 0 || i > TEE_BLOCK)
        return rt_raise(ts, &rt_exc_ValueError, "Index out of range");
    rt_slot_set(ts, &as_tee(self)->data, rt_newref(ts, s->items[0]));
    rt_store_relaxed(&as_tee(self)->index, (int32_t)i);
    return RT_NONE;
}

static const struct rt_method_def tee_methods[] = {
    {"__copy__", tee_copy, RT_METH_NOARGS, "Returns an independent iterator."},
    {"__reduce__", tee_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {"__setstate__", tee_setstate, RT_METH_O, RT_IT_STATE_DOC},
    {0},
};

struct rt_type rt_it_tee = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools._tee",
    .doc = "Iterator wrapped to make it copyable.",
    .flags = RT_TF_GC | RT_TF_WEAKREF,
    .basic_size = sizeof(struct tee),
    .clear = tee_clear,
    .traverse = tee_traverse,
    .iter = rt_it_self,
    .iternext = tee_next,
    .new = tee_new,
    .methods = tee_methods,
};

/* teedataobject(it, [items], next) */
static rt_value data_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                         rt_value kw)
{
    if (rt_args_count(ts, "teedataobject", n, 3, 3) < 0)
        return RT_NULL;
    if (!rt_is_list(a[1]))
        return rt_raise(ts, &rt_exc_TypeError, "teedataobject() argument 2 must be list, not %.50s",
                        rt_typename(a[1]));
    size_t len = rt_list_len(a[1]);
    if (len > TEE_BLOCK)
        return rt_raise(ts, &rt_exc_ValueError, "Invalid arguments");
    if (len < TEE_BLOCK && !rt_is_none(a[2]))
        return rt_raise(ts, &rt_exc_ValueError, "Invalid arguments");
    if (!rt_is_none(a[2]) && !rt_is_exact(a[2], &rt_it_teedata))
        return rt_raise(ts, &rt_exc_ValueError, "Invalid arguments");
    rt_value v = data_make(ts, a[0]);
    if (rt_is_null(v))
        return v;
    struct teedata *d = as_data(v);
    for (size_t i = 0; i < len; i++) {
        rt_value x = rt_list_get(ts, a[1], i);
        rt_slot_init(&d->items[i], rt_is_null(x) ? RT_NONE : x);
    }
    rt_store_relaxed(&d->nread, (int32_t)len);
    if (!rt_is_none(a[2]))
        rt_slot_init(&d->next, rt_newref(ts, a[2]));
    return v;
}

static rt_value data_reduce(struct rt_thread *ts, rt_value self)
{
    struct teedata *d = as_data(self);
    rt_value list = rt_list_new(ts, TEE_BLOCK), next, args;
    if (rt_is_null(list))
        return list;
    for (int i = 0; i < rt_load_acquire(&d->nread); i++)
        if (rt_list_append_steal(ts, list, rt_slot_get(ts, d, &d->items[i])) < 0) {
            rt_decref(ts, list);
            return RT_NULL;
        }
    next = rt_slot_get(ts, d, &d->next);
    args = rt_tuple_pack(ts, 3, d->it, list, rt_is_null(next) ? RT_NONE : next);
    rt_decref(ts, list);
    rt_decref(ts, next);
    return rt_it_reduce(ts, self, args, RT_NULL);
}

static const struct rt_method_def data_methods[] = {
    {"__reduce__", data_reduce, RT_METH_NOARGS, RT_IT_REDUCE_DOC},
    {0},
};

struct rt_type rt_it_teedata = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "itertools._tee_dataobject",
    .doc = "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee "
           "objects.",
    .flags = RT_TF_GC,
    .basic_size = sizeof(struct teedata),
    .clear = data_clear,
    .traverse = data_traverse,
    .new = data_new,
    .methods = data_methods,
};
