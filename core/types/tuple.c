/* SPDX-License-Identifier: MIT */
/*
 * tuple: an immutable array of owned words inside the object's own block. Filled before publication
 * and never changed afterwards, so readers need neither locks nor atomic loads: the tuple's count
 * keeps the items alive. The empty exact tuple is one immortal static object.
 */
#include "core/types/cont_internal.h"

static _Alignas(16) struct rt_tuple empty_tuple = {
    .hdr = {.local = 1, .owner = RT_TOK_IMMORTAL, .flags = 0, .shared = 0},
};

rt_value rt_tuple_empty(void)
{
    /* rt_type_ready gives out shapes at run time. Once only: a store in every call would have all
       threads fight for this line. */
    if (rt_unlikely(!rt_load_relaxed(&empty_tuple.hdr.shape)))
        rt_store_relaxed(&empty_tuple.hdr.shape, rt_tuple_type.shape->id);
    return rt_borrow(&empty_tuple);
}

/* memcpy without the call for the common short tuples. */
RT_INLINE void copy_words(rt_value *dst, const rt_value *src, size_t n)
{
    switch (n) {
    case 1: dst[0] = src[0]; return;
    case 2: dst[0] = src[0], dst[1] = src[1]; return;
    case 3: dst[0] = src[0], dst[1] = src[1], dst[2] = src[2]; return;
    default: memcpy(dst, src, n * sizeof(rt_value));
    }
}

RT_INLINE struct rt_tuple *tuple_alloc(struct rt_thread *ts, size_t n)
{
    if (rt_unlikely(n > RT_SEQ_MAX - 8)) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    struct rt_tuple *t =
        rt_object_new(ts, &rt_tuple_type, sizeof(struct rt_tuple) + n * sizeof(rt_value));
    if (rt_likely(t != NULL))
        t->length = n;
    return t;
}

rt_value rt_tuple_new(struct rt_thread *ts, size_t n)
{
    if (n == 0)
        return rt_tuple_empty();
    struct rt_tuple *t = tuple_alloc(ts, n);
    if (!t)
        return RT_NULL;
    memset(t->items, 0, n * sizeof(rt_value));
    return rt_own(t);
}

rt_value rt_tuple_from(struct rt_thread *ts, const rt_value *v, size_t n)
{
    if (n == 0)
        return rt_tuple_empty();
    struct rt_tuple *t = tuple_alloc(ts, n);
    if (!t)
        return RT_NULL;
    for (size_t i = 0; i < n; i++)
        t->items[i] = rt_newref(ts, v[i]);
    return rt_own(t);
}

rt_value rt_tuple_steal(struct rt_thread *ts, const rt_value *v, size_t n)
{
    if (n == 0)
        return rt_tuple_empty();
    struct rt_tuple *t = tuple_alloc(ts, n);
    if (!t) {
        for (size_t i = 0; i < n; i++)
            rt_decref(ts, v[i]);
        return RT_NULL;
    }
    copy_words(t->items, v, n);
    return rt_own(t);
}

rt_value rt_tuple_pack(struct rt_thread *ts, size_t n, ...)
{
    if (n == 0)
        return rt_tuple_empty();
    struct rt_tuple *t = tuple_alloc(ts, n);
    if (!t)
        return RT_NULL;
    va_list ap;
    va_start(ap, n);
    for (size_t i = 0; i < n; i++)
        t->items[i] = rt_newref(ts, va_arg(ap, rt_value));
    va_end(ap);
    return rt_own(t);
}

rt_value rt_tuple_slice(struct rt_thread *ts, rt_value v, size_t start, size_t end)
{
    struct rt_tuple *t = rt_as_tuple(v);
    if (end > t->length)
        end = t->length;
    if (start > end)
        start = end;
    if (start == 0 && end == t->length && rt_is_exact(v, &rt_tuple_type))
        return rt_newref(ts, v);
    return rt_tuple_from(ts, t->items + start, end - start);
}

/* ---- slots ---- */
static int tuple_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_tuple *t = (struct rt_tuple *)o;
    for (size_t i = t->length; i-- > 0;) { /* from the end: so gc.get_referents has it */
        int r = visit(t->items[i], arg);
        if (r)
            return r;
    }
    return 0;
}

static void tuple_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_tuple *t = (struct rt_tuple *)o;
    for (size_t i = t->length; i-- > 0;) {
        rt_value v = t->items[i];
        t->items[i] = RT_NULL;
        rt_decref(ts, v);
    }
}

static size_t tuple_size(const struct rt_object *o)
{
    return sizeof(struct rt_tuple) + ((const struct rt_tuple *)o)->length * sizeof(rt_value);
}

static rt_value tuple_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_tuple *t = rt_as_tuple(self);
    if (t->length == 0)
        return rt_str_from_cstr(ts, "()");
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_from_cstr(ts, "(...)");
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    if (rt_strbuf_char(ts, &b, '(') < 0)
        goto fail;
    for (size_t i = 0; i < t->length; i++) {
        if (i && rt_strbuf_ascii(ts, &b, ", ", 2) < 0)
            goto fail;
        rt_value s = rt_repr(ts, t->items[i]);
        if (rt_is_null(s))
            goto fail;
        r = rt_strbuf_str(ts, &b, s);
        rt_decref(ts, s);
        if (r < 0)
            goto fail;
    }
    if (rt_strbuf_ascii(ts, &b, ",)", 2) < 0)
        goto fail;
    if (t->length > 1) /* "(a, b)": the comma belongs to singletons only */
        b.length -= 2, rt_strbuf_char(ts, &b, ')');
    rt_repr_leave(ts, self);
    return rt_strbuf_finish(ts, &b);
fail:
    rt_strbuf_abort(&b);
    rt_repr_leave(ts, self);
    return RT_NULL;
}

/* xxHash's round over the items' hashes, with the constants that make Python's published values. */
#define XX1 11400714785074694791ull
#define XX2 14029467366897019727ull
#define XX5 2870177450012600261ull

static int64_t tuple_hash(struct rt_thread *ts, rt_value self)
{
    struct rt_tuple *t = rt_as_tuple(self);
    uint64_t acc = XX5;
    if (rt_unlikely(rt_c_stack_low(ts)) && rt_recursion_check(ts, "") < 0)
        return -1;
    for (size_t i = 0; i < t->length; i++) {
        int64_t h = rt_hash_inline(ts, t->items[i]);
        if (h == -1)
            return -1;
        acc += (uint64_t)h * XX2;
        acc = (acc << 31 | acc >> 33) * XX1;
    }
    acc += t->length ^ (XX5 ^ 3527539ull);
    return acc == (uint64_t)-1 ? 1546275796 : (int64_t)acc;
}

rt_value rt_cmp_i64(int64_t a, int64_t b, enum rt_cmp op)
{
    switch (op) {
    case RT_LT: return rt_bool(a < b);
    case RT_LE: return rt_bool(a <= b);
    case RT_EQ: return rt_bool(a == b);
    case RT_NE: return rt_bool(a != b);
    case RT_GT: return rt_bool(a > b);
    default: return rt_bool(a >= b);
    }
}

int rt_tuple_equal_nopy(rt_value a, rt_value b)
{
    const struct rt_tuple *x = rt_as_tuple(a), *y = rt_as_tuple(b);
    size_t n = x->length < y->length ? x->length : y->length;
    for (size_t i = 0; i < n; i++) {
        int r = rt_equal_quick(x->items[i], y->items[i]);
        if (r <= 0)
            return r;
    }
    return x->length == y->length;
}

static rt_value tuple_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_tuple(a) || !rt_is_tuple(b))
        return RT_NOTIMPL;
    struct rt_tuple *x = rt_as_tuple(a), *y = rt_as_tuple(b);
    size_t n = x->length < y->length ? x->length : y->length;
    for (size_t i = 0; i < n; i++) {
        int r = rt_equal_inline(ts, x->items[i], y->items[i]);
        if (r < 0)
            return RT_NULL;
        if (r)
            continue;
        if (op == RT_EQ)
            return RT_FALSE;
        if (op == RT_NE)
            return RT_TRUE;
        return rt_compare(ts, x->items[i], y->items[i], op);
    }
    return rt_cmp_i64((int64_t)x->length, (int64_t)y->length, op);
}

static int64_t tuple_len(struct rt_thread *ts, rt_value self)
{
    return (int64_t)rt_as_tuple(self)->length;
}

static rt_value tuple_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    struct rt_tuple *t = rt_as_tuple(self);
    if ((uint64_t)i >= t->length)
        return rt_raise(ts, &rt_exc_IndexError, "tuple index out of range");
    return rt_newref(ts, t->items[i]);
}

static rt_value tuple_slice(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct rt_tuple *t = rt_as_tuple(self);
    int64_t start, stop, step;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return RT_NULL;
    int64_t n = rt_slice_adjust((int64_t)t->length, &start, &stop, step);
    if (n <= 0)
        return rt_tuple_empty();
    if (step == 1)
        return rt_tuple_slice(ts, self, (size_t)start, (size_t)(start + n));
    struct rt_tuple *r = tuple_alloc(ts, (size_t)n);
    if (!r)
        return RT_NULL;
    for (int64_t i = 0, k = start; i < n; i++, k += step)
        r->items[i] = rt_newref(ts, t->items[k]);
    return rt_own(r);
}

static rt_value tuple_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    int64_t i;
    int r = rt_cont_index(ts, key, &i);
    if (r > 0)
        return tuple_item(ts, self, i < 0 ? i + (int64_t)rt_as_tuple(self)->length : i);
    if (r < 0)
        return RT_NULL;
    if (rt_is_exact(key, &rt_slice_type))
        return tuple_slice(ts, self, key);
    return rt_raise(ts, &rt_exc_TypeError, "tuple indices must be integers or slices, not %.200s",
                    rt_typename(key));
}

static int tuple_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct rt_tuple *t = rt_as_tuple(self);
    for (size_t i = 0; i < t->length; i++) {
        int r = rt_equal_inline(ts, t->items[i], v);
        if (r)
            return r;
    }
    return 0;
}

static rt_value tuple_concat(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_tuple(b))
        return rt_raise(ts, &rt_exc_TypeError,
                        "can only concatenate tuple (not \"%.200s\") to tuple", rt_typename(b));
    struct rt_tuple *x = rt_as_tuple(a), *y = rt_as_tuple(b);
    if (x->length == 0 && rt_is_exact(b, &rt_tuple_type))
        return rt_newref(ts, b);
    if (y->length == 0 && rt_is_exact(a, &rt_tuple_type))
        return rt_newref(ts, a);
    if (x->length + y->length == 0)
        return rt_tuple_empty();
    struct rt_tuple *r = tuple_alloc(ts, x->length + y->length);
    if (!r)
        return RT_NULL;
    rt_value *p = r->items;
    for (size_t i = 0; i < x->length; i++)
        *p++ = rt_newref(ts, x->items[i]);
    for (size_t i = 0; i < y->length; i++)
        *p++ = rt_newref(ts, y->items[i]);
    return rt_own(r);
}

static rt_value tuple_repeat(struct rt_thread *ts, rt_value self, int64_t n)
{
    struct rt_tuple *t = rt_as_tuple(self);
    if ((n == 1 || t->length == 0) && rt_is_exact(self, &rt_tuple_type))
        return rt_newref(ts, self);
    if (n <= 0 || t->length == 0)
        return rt_tuple_empty();
    if (t->length > RT_SEQ_MAX / (size_t)n)
        return rt_raise_no_memory(ts);
    struct rt_tuple *r = tuple_alloc(ts, t->length * (size_t)n);
    if (!r)
        return RT_NULL;
    rt_value *p = r->items;
    for (int64_t k = 0; k < n; k++)
        for (size_t i = 0; i < t->length; i++)
            *p++ = rt_newref(ts, t->items[i]);
    return rt_own(r);
}

static rt_value tuple_iter(struct rt_thread *ts, rt_value self)
{
    return rt_seqiter_make(ts, &rt_tuple_iter_type, self, 0);
}

static rt_value tuple_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                          uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && (type == &rt_tuple_type || type->init == rt_object_type.init) &&
        rt_no_keywords(ts, "tuple", kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, "tuple", n, 0, 1) < 0)
        return RT_NULL;
    rt_value t = n ? rt_seq_tuple(ts, args[0]) : rt_tuple_empty();
    if (rt_is_null(t) || type == &rt_tuple_type)
        return t;
    struct rt_tuple *src = rt_as_tuple(t);
    rt_value r = rt_type_alloc_var(ts, type, src->length);
    if (!rt_is_null(r)) {
        struct rt_tuple *dst = rt_as_tuple(r);
        dst->length = src->length;
        for (size_t i = 0; i < src->length; i++)
            dst->items[i] = rt_newref(ts, src->items[i]);
    }
    rt_decref(ts, t);
    return r;
}

/* ---- methods ---- */
static rt_value tuple_getnewargs(struct rt_thread *ts, rt_value self)
{
    struct rt_tuple *t = rt_as_tuple(self);
    rt_value copy = rt_tuple_from(ts, t->items, t->length);
    if (rt_is_null(copy))
        return RT_NULL;
    return rt_tuple_steal(ts, &copy, 1);
}

static rt_value tuple_index(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_tuple *t = rt_as_tuple(self);
    int64_t start = 0, stop = INT64_MAX, len = (int64_t)t->length;
    if (rt_args_count(ts, "index", n, 1, 3) < 0)
        return RT_NULL;
    if (n > 1 && (start = rt_as_slice_index(ts, args[1])) == -1 && rt_pending(ts))
        return RT_NULL;
    if (n > 2 && (stop = rt_as_slice_index(ts, args[2])) == -1 && rt_pending(ts))
        return RT_NULL;
    if (start < 0 && (start += len) < 0)
        start = 0;
    if (stop < 0 && (stop += len) < 0)
        stop = 0;
    for (int64_t i = start; i < stop && i < len; i++) {
        int r = rt_equal_inline(ts, t->items[i], args[0]);
        if (r < 0)
            return RT_NULL;
        if (r)
            return rt_int_imm(i);
    }
    return rt_raise(ts, &rt_exc_ValueError, "tuple.index(x): x not in tuple");
}

static rt_value tuple_count(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct rt_tuple *t = rt_as_tuple(self);
    int64_t count = 0;
    for (size_t i = 0; i < t->length; i++) {
        int r = rt_equal_inline(ts, t->items[i], v);
        if (r < 0)
            return RT_NULL;
        count += r;
    }
    return rt_int_imm(count);
}

static const struct rt_method_def tuple_methods[] = {
    {"__getnewargs__", tuple_getnewargs, RT_METH_NOARGS, "__getnewargs__($self, /)\n--\n\n"},
    {"index", tuple_index, RT_METH_FAST,
     "index($self, value, start=0, stop=sys.maxsize, /)\n--\n\n"
     "Position of the first item equal to value; ValueError when there is none."},
    {"count", tuple_count, RT_METH_O,
     "count($self, value, /)\n--\n\nHow many items equal value."},
    RT_CLASS_GETITEM,
    {0},
};

struct rt_type rt_tuple_type = {
    .convert = rt_seq_tuple,
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "tuple",
    .doc = "tuple(iterable=(), /)\n--\n\n"
           "Built-in immutable sequence.\n\n"
           "Without an argument the empty tuple; otherwise the items of iterable. A tuple is\n"
           "returned as it is.",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_SEQUENCE | RT_TF_TUPLE | RT_TF_VARSIZED |
             RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_tuple),
    .item_size = sizeof(rt_value),
    .dealloc = tuple_dealloc,
    .traverse = tuple_traverse,
    .size = tuple_size,
    .repr = tuple_repr,
    .hash = tuple_hash,
    .richcompare = tuple_richcompare,
    .iter = tuple_iter,
    .new = tuple_new,
    .len = tuple_len,
    .getitem = tuple_getitem,
    .sq_item = tuple_item,
    .contains = tuple_contains,
    .sq_concat = tuple_concat,
    .sq_repeat = tuple_repeat,
    .methods = tuple_methods,
};
