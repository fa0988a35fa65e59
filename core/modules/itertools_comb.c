/* SPDX-License-Identifier: MIT */
/*
 * itertools: product, combinations, combinations_with_replacement, permutations.
 *
 * Each holds its pool(s) as tuples and positions in them as C integers; a step only builds a tuple,
 * so it runs whole inside the object's section.
 */
#include "core/modules/itertools_internal.h"

struct comb {
    struct rt_object hdr;
    rt_value pool;   /* tuple; product: tuple of tuples */
    int64_t *index;  /* r positions (product: one per pool; permutations: n, then r cycles) */
    size_t r;        /* length of results */
    bool started, stopped;
};

static struct comb *as_comb(rt_value v) { return (struct comb *)rt_ptr(v); }

static int comb_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct comb *)o)->pool, arg);
}

static void comb_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct comb *c = (struct comb *)o;
    rt_raw_free(c->index);
    c->index = NULL;
    rt_clear(ts, &c->pool);
}

/* Consumes pool; nindex zeroed positions. */
static rt_value comb_make(struct rt_thread *ts, struct rt_type *t, rt_value pool, size_t r,
                          size_t nindex)
{
    rt_value self = RT_NULL;
    int64_t *index = nindex > RT_SEQ_MAX ? NULL : rt_raw_calloc(nindex + 1, sizeof(int64_t));
    if (!index)
        rt_raise_no_memory(ts);
    else
        self = rt_type_alloc(ts, t);
    if (rt_is_null(self)) {
        rt_raw_free(index);
        rt_decref(ts, pool);
        return self;
    }
    struct comb *c = as_comb(self);
    c->pool = pool;
    c->index = index;
    c->r = r;
    return self;
}

static size_t pool_len(const struct comb *c)
{
    return rt_as_tuple(c->pool)->length;
}

/* The result of the present positions in one pool. */
static rt_value comb_result(struct rt_thread *ts, struct comb *c)
{
    rt_value t = rt_tuple_new(ts, c->r);
    if (!rt_is_null(t))
        for (size_t i = 0; i < c->r; i++)
            rt_as_tuple(t)->items[i] = rt_newref(ts, rt_as_tuple(c->pool)->items[c->index[i]]);
    return t;
}

/* A step: *advance moves to the next positions, false at the end. */
static rt_value comb_step(struct rt_thread *ts, rt_value self, bool (*advance)(struct comb *),
                          rt_value (*result)(struct rt_thread *, struct comb *))
{
    struct comb *c = as_comb(self);
    struct rt_cs cs;
    rt_value r = RT_STOP;
    if (rt_safepoint(ts) < 0)
        return RT_NULL;
    rt_cont_lock(ts, &cs, c);
    if (!c->stopped) {
        if (c->started && !advance(c)) {
            c->stopped = true;
        } else {
            c->started = true;
            r = result(ts, c);
            if (rt_is_null(r))
                c->stopped = true;
        }
    }
    rt_cont_unlock(ts, &cs);
    return r;
}

/* Owned tuple of the first k positions as ints. */
static rt_value index_tuple(struct rt_thread *ts, const int64_t *index, size_t k)
{
    rt_value t = rt_tuple_new(ts, k);
    if (!rt_is_null(t))
        for (size_t i = 0; i < k; i++)
            rt_as_tuple(t)->items[i] = rt_int_imm(index[i]);
    return t;
}

/* Positions from a state tuple of k ints, each clipped to [0, limit(i)]. */
static int index_from(struct rt_thread *ts, rt_value state, int64_t *out, size_t k, int64_t limit)
{
    if (!rt_is_tuple(state) || rt_as_tuple(state)->length != k) {
        rt_raise(ts, &rt_exc_ValueError, "invalid arguments");
        return -1;
    }
    for (size_t i = 0; i < k; i++) {
        int64_t v = rt_as_i64(ts, rt_as_tuple(state)->items[i]);
        if (v == -1 && rt_pending(ts))
            return -1;
        out[i] = v < 0 ? 0 : v > limit ? limit : v;
    }
    return 0;
}

/* ---- product ---- */
static rt_value product_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                            rt_value kw)
{
    uint32_t np = n, nkw = rt_nkw(kw);
    int64_t repeat = 1;
    if (nkw) {
        static const char *const names[] = {"repeat", NULL};
        static const struct rt_argspec spec = {"product", names, 0, 0, 0, 1};
        rt_value v[1];
        if (rt_args(ts, &spec, a + np, 0, kw, v) < 0)
            return RT_NULL;
        repeat = rt_as_ssize(ts, v[0]);
        if (repeat == -1 && rt_pending(ts))
            return RT_NULL;
        if (repeat < 0)
            return rt_raise(ts, &rt_exc_ValueError, "repeat argument cannot be negative");
    }
    size_t npools = repeat == 0 ? 0 : np;
    if (npools && (size_t)repeat > RT_SEQ_MAX / npools)
        return rt_raise(ts, &rt_exc_OverflowError, "repeat argument too large");
    npools *= (size_t)repeat;
    rt_value pools = rt_tuple_new(ts, npools);
    for (uint32_t i = 0; i < np && npools && !rt_is_null(pools); i++) {
        rt_value p = rt_seq_tuple(ts, a[i]);
        if (rt_is_null(p))
            rt_clear(ts, &pools);
        else
            rt_as_tuple(pools)->items[i] = p;
    }
    if (rt_is_null(pools))
        return pools;
    for (size_t i = np; i < npools; i++)
        rt_as_tuple(pools)->items[i] = rt_newref(ts, rt_as_tuple(pools)->items[i - np]);
    rt_value self = comb_make(ts, t, pools, npools, npools);
    if (!rt_is_null(self))
        for (size_t i = 0; i < npools; i++)
            if (rt_as_tuple(rt_as_tuple(pools)->items[i])->length == 0)
                as_comb(self)->stopped = true;
    return self;
}

static bool product_advance(struct comb *c)
{
    for (size_t i = c->r; i-- > 0;) {
        if (++c->index[i] < (int64_t)rt_as_tuple(rt_as_tuple(c->pool)->items[i])->length)
            return true;
        c->index[i] = 0;
    }
    return false;
}

static rt_value product_result(struct rt_thread *ts, struct comb *c)
{
    rt_value t = rt_tuple_new(ts, c->r);
    if (!rt_is_null(t))
        for (size_t i = 0; i < c->r; i++)
            rt_as_tuple(t)->items[i] = rt_newref(
                ts, rt_as_tuple(rt_as_tuple(c->pool)->items[i])->items[c->index[i]]);
    return t;
}

static rt_value product_next(struct rt_thread *ts, rt_value self)
{
    return comb_step(ts, self, product_advance, product_result);
}

static rt_value product_reduce(struct rt_thread *ts, rt_value self)
{
    struct comb *c = as_comb(self);
    if (c->stopped) {
        rt_value e = rt_tuple_empty();
        return rt_it_reduce(ts, self, rt_tuple_pack(ts, 1, e), RT_NULL);
    }
    rt_value state = RT_NULL;
    if (c->started && rt_is_null(state = index_tuple(ts, c->index, c->r)))
        return state;
    return rt_it_reduce(ts, self, rt_newref(ts, c->pool), state);
}

static rt_value product_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct comb *c = as_comb(self);
    if (!rt_is_tuple(state) || rt_as_tuple(state)->length != c->r)
        return rt_raise(ts, &rt_exc_ValueError, "invalid arguments");
    for (size_t i = 0; i < c->r; i++) {
        int64_t v = rt_as_i64(ts, rt_as_tuple(state)->items[i]);
        int64_t len = (int64_t)rt_as_tuple(rt_as_tuple(c->pool)->items[i])->length;
        if (v == -1 && rt_pending(ts))
            return RT_NULL;
        if (len == 0) {
            c->stopped = true;
            return RT_NONE;
        }
        c->index[i] = v < 0 ? 0 : v >= len ? len - 1 : v;
    }
    c->started = true;
    return RT_NONE;
}

static rt_value comb_sizeof(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm((int64_t)(sizeof(struct comb) + as_comb(self)->r * sizeof(int64_t)));
}

#define COMB_METHODS(name, reduce, setstate)                                                       \
    static const struct rt_method_def name[] = {                                                   \
        {"__reduce__", reduce, RT_METH_NOARGS | RT_METH_LOCKED, RT_IT_REDUCE_DOC},                 \
        {"__setstate__", setstate, RT_METH_O | RT_METH_LOCKED, RT_IT_STATE_DOC},                   \
        {"__sizeof__", comb_sizeof, RT_METH_NOARGS, "Returns size in memory, in bytes."},          \
        {0},                                                                                       \
    }
#define COMB_TYPE(sym, tp_name, tp_doc, new_fn, next_fn, table)                                    \
    struct rt_type sym = {                                                                         \
        .hdr = RT_STATIC_TYPE_HDR,                                                                 \
        .name = tp_name,                                                                           \
        .doc = tp_doc,                                                                             \
        .flags = RT_IT_FLAGS,                                                                      \
        .basic_size = sizeof(struct comb),                                                         \
        .dealloc = comb_dealloc,                                                                   \
        .traverse = comb_traverse,                                                                 \
        .iter = rt_it_self,                                                                        \
        .iternext = next_fn,                                                                       \
        .new = new_fn,                                                                             \
        .methods = table,                                                                          \
    }

COMB_METHODS(product_methods, product_reduce, product_setstate);
COMB_TYPE(rt_it_product, "itertools.product",
          "product(*iterables, repeat=1) --> product object\n\n"
          "Cartesian product of input iterables.  Equivalent to nested for-loops.\n\n"
          "The rightmost iterable advances fastest, as in an odometer; repeat=n stands for n\n"
          "copies of the iterables.",
          product_new, product_next, product_methods);

/* ---- (iterable, r) arguments ---- */
static rt_value pool_and_r(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n,
                           rt_value kw, int64_t *r)
{
    static const char *const names[] = {"iterable", "r", NULL};
    struct rt_argspec spec = {fname, names, 0, 2, 2, 2};
    rt_value v[2], pool;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    *r = rt_as_ssize(ts, v[1]);
    if (*r == -1 && rt_pending(ts))
        return RT_NULL;
    pool = rt_seq_tuple(ts, v[0]);
    if (!rt_is_null(pool) && *r < 0) {
        rt_decref(ts, pool);
        return rt_raise(ts, &rt_exc_ValueError, "r must be non-negative");
    }
    return pool;
}

/* (type, (pool, r)[, positions]) */
static rt_value comb_reduce(struct rt_thread *ts, rt_value self)
{
    struct comb *c = as_comb(self);
    rt_value r = rt_int_imm((int64_t)c->r), state = RT_NULL;
    if (c->stopped && c->started) {
        rt_value e = rt_tuple_empty();
        return rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, e, r), RT_NULL);
    }
    if (c->started && rt_is_null(state = index_tuple(ts, c->index, c->r)))
        return state;
    return rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, c->pool, r), state);
}

/* ---- combinations ---- */
static rt_value combinations_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a,
                                 uint32_t n, rt_value kw)
{
    int64_t r;
    rt_value pool = pool_and_r(ts, "combinations", a, n, kw, &r), self;
    if (rt_is_null(pool))
        return pool;
    size_t len = rt_as_tuple(pool)->length;
    self = comb_make(ts, t, pool, (size_t)r, (size_t)r);
    if (!rt_is_null(self)) {
        for (int64_t i = 0; i < r; i++)
            as_comb(self)->index[i] = i;
        as_comb(self)->stopped = (size_t)r > len;
    }
    return self;
}

static bool combinations_advance(struct comb *c)
{
    size_t n = pool_len(c), i = c->r;
    while (i > 0 && c->index[i - 1] == (int64_t)(i - 1 + n - c->r))
        i--;
    if (i == 0)
        return false;
    c->index[i - 1]++;
    for (; i < c->r; i++)
        c->index[i] = c->index[i - 1] + 1;
    return true;
}

static rt_value combinations_next(struct rt_thread *ts, rt_value self)
{
    return comb_step(ts, self, combinations_advance, comb_result);
}

static rt_value combinations_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct comb *c = as_comb(self);
    size_t n = pool_len(c);
    if (!rt_is_tuple(state) || rt_as_tuple(state)->length != c->r)
        return rt_raise(ts, &rt_exc_ValueError, "invalid arguments");
    for (size_t i = 0; i < c->r; i++) {
        int64_t v = rt_as_i64(ts, rt_as_tuple(state)->items[i]);
        int64_t max = (int64_t)(i + n) - (int64_t)c->r;
        if (v == -1 && rt_pending(ts))
            return RT_NULL;
        v = v > max ? max : v;
        c->index[i] = v < 0 ? 0 : v;
    }
    c->started = true;
    return RT_NONE;
}

COMB_METHODS(combinations_methods, comb_reduce, combinations_setstate);
COMB_TYPE(rt_it_combinations, "itertools.combinations",
          "combinations(iterable, r)\n--\n\n"
          "Return successive r-length combinations of elements in the iterable.\n\n"
          "combinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)",
          combinations_new, combinations_next, combinations_methods);

/* ---- combinations_with_replacement ---- */
static rt_value cwr_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                        rt_value kw)
{
    int64_t r;
    rt_value pool = pool_and_r(ts, "combinations_with_replacement", a, n, kw, &r), self;
    if (rt_is_null(pool))
        return pool;
    size_t len = rt_as_tuple(pool)->length;
    self = comb_make(ts, t, pool, (size_t)r, (size_t)r);
    if (!rt_is_null(self))
        as_comb(self)->stopped = len == 0 && r > 0;
    return self;
}

static bool cwr_advance(struct comb *c)
{
    size_t n = pool_len(c), i = c->r;
    while (i > 0 && c->index[i - 1] == (int64_t)n - 1)
        i--;
    if (i == 0)
        return false;
    int64_t v = c->index[i - 1] + 1;
    for (i--; i < c->r; i++)
        c->index[i] = v;
    return true;
}

static rt_value cwr_next(struct rt_thread *ts, rt_value self)
{
    return comb_step(ts, self, cwr_advance, comb_result);
}

static rt_value cwr_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct comb *c = as_comb(self);
    if (index_from(ts, state, c->index, c->r, (int64_t)pool_len(c) - 1) < 0)
        return RT_NULL;
    c->started = true;
    return RT_NONE;
}

COMB_METHODS(cwr_methods, comb_reduce, cwr_setstate);
COMB_TYPE(rt_it_cwr, "itertools.combinations_with_replacement",
          "combinations_with_replacement(iterable, r)\n--\n\n"
          "Return successive r-length combinations of elements in the iterable allowing individual "
          "elements to have successive repeats.",
          cwr_new, cwr_next, cwr_methods);

/* ---- permutations: index[0..n) positions, index[n..n+r) cycle counters ---- */
static rt_value permutations_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a,
                                 uint32_t n, rt_value kw)
{
    static const char *const names[] = {"iterable", "r", NULL};
    static const struct rt_argspec spec = {"permutations", names, 0, 1, 2, 2};
    rt_value v[2], pool, self;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    pool = rt_seq_tuple(ts, v[0]);
    if (rt_is_null(pool))
        return pool;
    int64_t len = (int64_t)rt_as_tuple(pool)->length, r = len;
    if (!rt_is_null(v[1]) && !rt_is_none(v[1])) {
        if (!rt_is_any_int(v[1])) {
            rt_decref(ts, pool);
            return rt_raise(ts, &rt_exc_TypeError, "Expected int as r");
        }
        r = rt_as_i64(ts, v[1]);
        if (r < 0) {
            rt_decref(ts, pool);
            return r == -1 && rt_pending(ts)
                       ? RT_NULL
                       : rt_raise(ts, &rt_exc_ValueError, "r must be non-negative");
        }
    }
    if (r > len) { /* nothing to give: no positions are needed */
        self = comb_make(ts, t, pool, (size_t)r, 0);
        if (!rt_is_null(self))
            as_comb(self)->stopped = true;
        return self;
    }
    self = comb_make(ts, t, pool, (size_t)r, (size_t)(len + r));
    if (!rt_is_null(self)) {
        int64_t *index = as_comb(self)->index;
        for (int64_t i = 0; i < len; i++)
            index[i] = i;
        for (int64_t i = 0; i < r; i++)
            index[len + i] = len - i;
    }
    return self;
}

static bool permutations_advance(struct comb *c)
{
    size_t n = pool_len(c);
    int64_t *index = c->index, *cycles = c->index + n;
    for (size_t i = c->r; i-- > 0;) {
        if (--cycles[i] == 0) {
            int64_t first = index[i];
            memmove(&index[i], &index[i + 1], (n - 1 - i) * sizeof(*index));
            index[n - 1] = first;
            cycles[i] = (int64_t)(n - i);
        } else {
            size_t j = n - (size_t)cycles[i];
            int64_t x = index[i];
            index[i] = index[j];
            index[j] = x;
            return true;
        }
    }
    return false;
}

static rt_value permutations_next(struct rt_thread *ts, rt_value self)
{
    return comb_step(ts, self, permutations_advance, comb_result);
}

static rt_value permutations_reduce(struct rt_thread *ts, rt_value self)
{
    struct comb *c = as_comb(self);
    size_t n = pool_len(c);
    rt_value r = rt_int_imm((int64_t)c->r), v[2];
    if (c->stopped && (c->started || c->r > n)) {
        rt_value e = rt_tuple_empty();
        return rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, c->started ? e : c->pool, r), RT_NULL);
    }
    if (!c->started)
        return rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, c->pool, r), RT_NULL);
    v[0] = index_tuple(ts, c->index, n);
    v[1] = rt_is_null(v[0]) ? v[0] : index_tuple(ts, c->index + n, c->r);
    if (rt_is_null(v[1])) {
        rt_decref(ts, v[0]);
        return v[1];
    }
    rt_value state = rt_tuple_steal(ts, v, 2);
    return rt_is_null(state) ? state
                             : rt_it_reduce(ts, self, rt_tuple_pack(ts, 2, c->pool, r), state);
}

static rt_value permutations_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct comb *c = as_comb(self);
    size_t n = pool_len(c);
    if (!rt_is_tuple(state) || rt_as_tuple(state)->length != 2 || c->r > n)
        return rt_raise(ts, &rt_exc_ValueError, "invalid arguments");
    struct rt_tuple *t = rt_as_tuple(state);
    if (!rt_is_tuple(t->items[0]) || !rt_is_tuple(t->items[1]) ||
        rt_as_tuple(t->items[0])->length != n || rt_as_tuple(t->items[1])->length != c->r)
        return rt_raise(ts, &rt_exc_ValueError, "invalid arguments");
    if (index_from(ts, t->items[0], c->index, n, (int64_t)n - 1) < 0)
        return RT_NULL;
    for (size_t i = 0; i < c->r; i++) {
        int64_t v = rt_as_i64(ts, rt_as_tuple(t->items[1])->items[i]);
        if (v == -1 && rt_pending(ts))
            return RT_NULL;
        c->index[n + i] = v < 1 ? 1 : v > (int64_t)(n - i) ? (int64_t)(n - i) : v;
    }
    c->started = true;
    return RT_NONE;
}

COMB_METHODS(permutations_methods, permutations_reduce, permutations_setstate);
COMB_TYPE(rt_it_permutations, "itertools.permutations",
          "permutations(iterable, r=None)\n--\n\n"
          "Return successive r-length permutations of elements in the iterable.\n\n"
          "permutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)",
          permutations_new, permutations_next, permutations_methods);
