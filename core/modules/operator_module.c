/* SPDX-License-Identifier: MIT */
/* _operator: the operators as functions, and the three getters. Nothing here is mutable. */
#include "core/modules/modules.h"
#include "core/types/cont_internal.h"

/* ---- functions ---- */
#define ARGS(name, min, max)                                                                       \
    if (rt_args_count(ts, name, n, min, max) < 0)                                                  \
    return RT_NULL
#define FN(cname) static rt_value cname(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
#define FN1(cname) static rt_value cname(struct rt_thread *ts, rt_value mod, rt_value a)

#define BINARY(cname, pyname, op)                                                                  \
    FN(cname)                                                                                      \
    {                                                                                              \
        ARGS(pyname, 2, 2);                                                                        \
        return rt_binary(ts, a[0], a[1], op);                                                      \
    }
#define INPLACE(cname, pyname, op)                                                                 \
    FN(cname)                                                                                      \
    {                                                                                              \
        ARGS(pyname, 2, 2);                                                                        \
        return rt_inplace(ts, a[0], a[1], op);                                                     \
    }
#define COMPARE(cname, pyname, op)                                                                 \
    FN(cname)                                                                                      \
    {                                                                                              \
        ARGS(pyname, 2, 2);                                                                        \
        return rt_compare(ts, a[0], a[1], op);                                                     \
    }
#define UNARY(cname, op)                                                                           \
    FN1(cname) { return rt_unary(ts, a, op); }

BINARY(op_add, "add", RT_BIN_ADD)
BINARY(op_sub, "sub", RT_BIN_SUB)
BINARY(op_mul, "mul", RT_BIN_MUL)
BINARY(op_matmul, "matmul", RT_BIN_MATMUL)
BINARY(op_truediv, "truediv", RT_BIN_TRUEDIV)
BINARY(op_floordiv, "floordiv", RT_BIN_FLOORDIV)
BINARY(op_mod, "mod", RT_BIN_MOD)
BINARY(op_lshift, "lshift", RT_BIN_LSHIFT)
BINARY(op_rshift, "rshift", RT_BIN_RSHIFT)
BINARY(op_and, "and_", RT_BIN_AND)
BINARY(op_xor, "xor", RT_BIN_XOR)
BINARY(op_or, "or_", RT_BIN_OR)
INPLACE(op_iadd, "iadd", RT_BIN_ADD)
INPLACE(op_isub, "isub", RT_BIN_SUB)
INPLACE(op_imul, "imul", RT_BIN_MUL)
INPLACE(op_imatmul, "imatmul", RT_BIN_MATMUL)
INPLACE(op_itruediv, "itruediv", RT_BIN_TRUEDIV)
INPLACE(op_ifloordiv, "ifloordiv", RT_BIN_FLOORDIV)
INPLACE(op_imod, "imod", RT_BIN_MOD)
INPLACE(op_ilshift, "ilshift", RT_BIN_LSHIFT)
INPLACE(op_irshift, "irshift", RT_BIN_RSHIFT)
INPLACE(op_iand, "iand", RT_BIN_AND)
INPLACE(op_ixor, "ixor", RT_BIN_XOR)
INPLACE(op_ior, "ior", RT_BIN_OR)
INPLACE(op_ipow, "ipow", RT_BIN_POW)
COMPARE(op_lt, "lt", RT_LT)
COMPARE(op_le, "le", RT_LE)
COMPARE(op_eq, "eq", RT_EQ)
COMPARE(op_ne, "ne", RT_NE)
COMPARE(op_ge, "ge", RT_GE)
COMPARE(op_gt, "gt", RT_GT)
UNARY(op_neg, RT_UN_NEG)
UNARY(op_pos, RT_UN_POS)
UNARY(op_invert, RT_UN_INVERT)
UNARY(op_abs, RT_UN_ABS)

FN(op_pow)
{
    ARGS("pow", 2, 2);
    return rt_power(ts, a[0], a[1], RT_NONE);
}

FN1(op_truth)
{
    int r = rt_truth(ts, a);
    return r < 0 ? RT_NULL : rt_bool(r);
}

FN1(op_not)
{
    int r = rt_truth(ts, a);
    return r < 0 ? RT_NULL : rt_bool(!r);
}

FN1(op_index)
{
    return rt_index(ts, a);
}

FN(op_is)
{
    ARGS("is_", 2, 2);
    return rt_bool(rt_is(a[0], a[1]));
}

FN(op_is_not)
{
    ARGS("is_not", 2, 2);
    return rt_bool(!rt_is(a[0], a[1]));
}

/* a and b may be concatenated as sequences. */
static rt_value concat(struct rt_thread *ts, rt_value a, rt_value b, bool inplace)
{
    struct rt_type *t = rt_type_of(a);
    if (inplace && t->sq_inplace_concat)
        return t->sq_inplace_concat(ts, a, b);
    if (t->sq_concat)
        return t->sq_concat(ts, a, b);
    if (rt_is_sequence(a) && rt_is_sequence(b))
        return inplace ? rt_inplace(ts, a, b, RT_BIN_ADD) : rt_binary(ts, a, b, RT_BIN_ADD);
    return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object can't be concatenated", rt_typename(a));
}

FN(op_concat)
{
    ARGS("concat", 2, 2);
    return concat(ts, a[0], a[1], false);
}

FN(op_iconcat)
{
    ARGS("iconcat", 2, 2);
    return concat(ts, a[0], a[1], true);
}

FN(op_contains)
{
    ARGS("contains", 2, 2);
    int r = rt_contains(ts, a[0], a[1]);
    return r < 0 ? RT_NULL : rt_bool(r);
}

FN(op_count_of)
{
    ARGS("countOf", 2, 2);
    int64_t c = rt_cont_search(ts, a[0], a[1], 'c');
    return c < 0 ? RT_NULL : rt_int_imm(c);
}

FN(op_index_of)
{
    ARGS("indexOf", 2, 2);
    int64_t i = rt_cont_search(ts, a[0], a[1], 'i');
    if (i == -2)
        return rt_raise(ts, &rt_exc_ValueError, "sequence.index(x): x not in sequence");
    return i < 0 ? RT_NULL : rt_int_imm(i);
}

FN(op_getitem)
{
    ARGS("getitem", 2, 2);
    return rt_getitem(ts, a[0], a[1]);
}

FN(op_setitem)
{
    ARGS("setitem", 3, 3);
    return rt_setitem(ts, a[0], a[1], a[2]) < 0 ? RT_NULL : RT_NONE;
}

FN(op_delitem)
{
    ARGS("delitem", 2, 2);
    return rt_delitem(ts, a[0], a[1]) < 0 ? RT_NULL : RT_NONE;
}

FN(op_length_hint)
{
    int64_t deflt = 0;
    ARGS("length_hint", 1, 2);
    if (n > 1) {
        if (!rt_is_any_int(a[1]))
            return rt_raise(ts, &rt_exc_TypeError,
                            "'%.200s' object cannot be interpreted as an integer",
                            rt_typename(a[1]));
        deflt = rt_as_i64(ts, a[1]);
        if (deflt == -1 && rt_pending(ts))
            return RT_NULL;
    }
    int64_t r = rt_length_hint(ts, a[0], deflt); /* may be the default, and that negative */
    return r < 0 && rt_pending(ts) ? RT_NULL : rt_int_from_i64(ts, r);
}

static rt_value op_call(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    if (n < 1)
        return rt_raise(ts, &rt_exc_TypeError, "call expected at least 1 argument, got 0");
    return rt_call(ts, a[0], a + 1, n - 1, kw);
}

/* Time depends on the lengths only. */
static bool equal_bytes(const volatile uint8_t *x, size_t nx, const volatile uint8_t *y, size_t ny)
{
    const volatile uint8_t *left = nx == ny ? x : y;
    uint8_t diff = nx != ny;
    for (size_t i = 0; i < ny; i++)
        diff |= left[i] ^ y[i];
    return diff == 0;
}

FN(op_compare_digest)
{
    ARGS("_compare_digest", 2, 2);
    if (rt_is_str(a[0]) && rt_is_str(a[1])) {
        struct rt_str *x = rt_as_str(a[0]), *y = rt_as_str(a[1]);
        if (!x->ascii || !y->ascii)
            return rt_raise(ts, &rt_exc_TypeError,
                            "comparing strings with non-ASCII characters is not supported");
        return rt_bool(equal_bytes(rt_str_data(x), x->length, rt_str_data(y), y->length));
    }
    if (!rt_has_buffer(a[0]) && !rt_has_buffer(a[1]))
        return rt_raise(ts, &rt_exc_TypeError,
                        "unsupported operand types(s) or combination of types: '%.100s' and "
                        "'%.100s'",
                        rt_typename(a[0]), rt_typename(a[1]));
    struct rt_buffer x, y;
    if (rt_buffer_get(ts, a[0], &x, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    if (rt_buffer_get(ts, a[1], &y, RT_BUF_SIMPLE) < 0) {
        rt_buffer_release(ts, &x);
        return RT_NULL;
    }
    bool r = equal_bytes(x.buf, (size_t)x.len, y.buf, (size_t)y.len);
    rt_buffer_release(ts, &x);
    rt_buffer_release(ts, &y);
    return rt_bool(r);
}

/* ---- the getters: one layout ---- */
struct getter {
    struct rt_object hdr;
    rt_value items; /* tuple: keys; attribute paths (str, or tuple of str); name and arguments */
    rt_value kw;    /* methodcaller: dict or RT_NULL */
};

static struct getter *as_getter(rt_value v) { return (struct getter *)rt_ptr(v); }

static int getter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(((struct getter *)o)->items, arg);
    return r ? r : visit(((struct getter *)o)->kw, arg);
}

static void getter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct getter *)o)->items);
    rt_clear(ts, &((struct getter *)o)->kw);
}

static struct rt_type itemgetter_type, attrgetter_type, methodcaller_type;

/* Consumes items. */
static rt_value getter_make(struct rt_thread *ts, struct rt_type *t, rt_value items, rt_value kw)
{
    rt_value g = rt_is_null(items) ? items : rt_type_alloc(ts, t);
    if (rt_is_null(g)) {
        rt_decref(ts, items);
        return g;
    }
    as_getter(g)->items = items;
    as_getter(g)->kw = rt_newref(ts, kw);
    return g;
}

static rt_value itemgetter_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a,
                               uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && rt_no_keywords(ts, "itemgetter", kw) < 0)
        return RT_NULL;
    if (n < 1)
        return rt_raise(ts, &rt_exc_TypeError, "itemgetter expected 1 argument, got 0");
    return getter_make(ts, t, rt_tuple_from(ts, a, n), RT_NULL);
}

static int one_argument(struct rt_thread *ts, const char *name, uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && rt_no_keywords(ts, name, kw) < 0)
        return -1;
    return rt_args_count(ts, name, n, 1, 1);
}

static rt_value itemgetter_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                                rt_value kw)
{
    struct rt_tuple *items = rt_as_tuple(as_getter(self)->items);
    if (rt_unlikely(n != 1 || !rt_is_null(kw)) && one_argument(ts, "itemgetter", n, kw) < 0)
        return RT_NULL;
    if (items->length == 1) {
        rt_value key = items->items[0];
        if (rt_is_int(key) && rt_is_exact(a[0], &rt_tuple_type)) {
            struct rt_tuple *t = rt_as_tuple(a[0]);
            if ((uint64_t)rt_int_get(key) < t->length)
                return rt_newref(ts, t->items[rt_int_get(key)]);
        }
        return rt_getitem(ts, a[0], key);
    }
    rt_value r = rt_tuple_new(ts, items->length);
    for (size_t i = 0; i < items->length && !rt_is_null(r); i++) {
        rt_value v = rt_getitem(ts, a[0], items->items[i]);
        if (rt_is_null(v))
            rt_clear(ts, &r);
        else
            rt_as_tuple(r)->items[i] = v;
    }
    return r;
}

/* "type(arg, arg)" */
static rt_value getter_repr(struct rt_thread *ts, rt_value self)
{
    struct getter *g = as_getter(self);
    const char *name = rt_type_of(self)->name;
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_format(ts, "%s(...)", name);
    struct rt_tuple *t = rt_as_tuple(g->items);
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    rt_value s = rt_str_format(ts, "%s(", name), key, value;
    r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, &b, s);
    rt_decref(ts, s);
    for (size_t i = 0; r == 0 && i < t->length; i++) {
        s = rt_str_format(ts, i ? ", %R" : "%R", t->items[i]);
        r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, &b, s);
        rt_decref(ts, s);
    }
    size_t pos = 0;
    while (r == 0 && !rt_is_null(g->kw) && rt_dict_next(ts, g->kw, &pos, &key, &value)) {
        s = rt_str_format(ts, ", %U=%R", key, value);
        r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, &b, s);
        rt_decref(ts, s);
        rt_decref(ts, key);
        rt_decref(ts, value);
    }
    if (r == 0)
        r = rt_strbuf_char(ts, &b, ')');
    rt_repr_leave(ts, self);
    if (r == 0)
        return rt_strbuf_finish(ts, &b);
    rt_strbuf_abort(&b);
    return RT_NULL;
}

static rt_value itemgetter_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value v[2] = {rt_newref(ts, rt_type_value(rt_type_of(self))),
                     rt_newref(ts, as_getter(self)->items)};
    return rt_tuple_steal(ts, v, 2);
}

/* ---- attrgetter: kw holds a tuple of paths, each a tuple of interned names ---- */
static rt_value split_path(struct rt_thread *ts, rt_value name)
{
    size_t len = rt_str_len(name), start = 0, count = 1, k = 0;
    struct rt_str *s = rt_as_str(name);
    for (size_t i = 0; i < len; i++)
        count += rt_str_at(s, i) == '.';
    rt_value path = rt_tuple_new(ts, count);
    for (size_t i = 0; i <= len && !rt_is_null(path); i++) {
        if (i < len && rt_str_at(s, i) != '.')
            continue;
        rt_value part = rt_str_sub(ts, name, start, i);
        rt_value word = rt_is_null(part) ? part : rt_str_intern(ts, part);
        rt_decref(ts, part);
        if (rt_is_null(word))
            rt_clear(ts, &path);
        else
            rt_as_tuple(path)->items[k++] = word;
        start = i + 1;
    }
    return path;
}

static rt_value attrgetter_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a,
                               uint32_t n, rt_value kw)
{
    if (!rt_is_null(kw) && rt_no_keywords(ts, "attrgetter", kw) < 0)
        return RT_NULL;
    if (n < 1)
        return rt_raise(ts, &rt_exc_TypeError, "attrgetter expected 1 argument, got 0");
    rt_value paths = rt_tuple_new(ts, n), g;
    for (uint32_t i = 0; i < n && !rt_is_null(paths); i++) {
        rt_value p = rt_is_str(a[i]) ? split_path(ts, a[i])
                                     : rt_raise(ts, &rt_exc_TypeError,
                                                "attribute name must be a string");
        if (rt_is_null(p))
            rt_clear(ts, &paths);
        else
            rt_as_tuple(paths)->items[i] = p;
    }
    if (rt_is_null(paths))
        return paths;
    g = getter_make(ts, t, rt_tuple_from(ts, a, n), paths);
    rt_decref(ts, paths);
    return g;
}

static rt_value follow(struct rt_thread *ts, rt_value o, rt_value path)
{
    struct rt_tuple *p = rt_as_tuple(path);
    rt_value v = rt_newref(ts, o);
    for (size_t i = 0; i < p->length && !rt_is_null(v); i++) {
        rt_value next = rt_getattr(ts, v, p->items[i]);
        rt_decref(ts, v);
        v = next;
    }
    return v;
}

static rt_value attrgetter_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                                rt_value kw)
{
    if (rt_unlikely(n != 1 || !rt_is_null(kw)) && one_argument(ts, "attrgetter", n, kw) < 0)
        return RT_NULL;
    struct rt_tuple *paths = rt_as_tuple(as_getter(self)->kw);
    if (paths->length == 1)
        return follow(ts, a[0], paths->items[0]);
    rt_value r = rt_tuple_new(ts, paths->length);
    for (size_t i = 0; i < paths->length && !rt_is_null(r); i++) {
        rt_value v = follow(ts, a[0], paths->items[i]);
        if (rt_is_null(v))
            rt_clear(ts, &r);
        else
            rt_as_tuple(r)->items[i] = v;
    }
    return r;
}

static rt_value attrgetter_repr(struct rt_thread *ts, rt_value self)
{
    struct getter shown = *as_getter(self);
    rt_value list = rt_tuple_from(ts, rt_as_tuple(shown.items)->items,
                                  rt_as_tuple(shown.items)->length);
    rt_value tmp = getter_make(ts, rt_type_of(self), list, RT_NULL);
    if (rt_is_null(tmp))
        return tmp;
    rt_value s = getter_repr(ts, tmp);
    rt_decref(ts, tmp);
    return s;
}

/* ---- methodcaller ---- */
static rt_value methodcaller_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a,
                                 uint32_t n, rt_value kw)
{
    uint32_t nkw = rt_nkw(kw);
    if (n < 1)
        return rt_raise(ts, &rt_exc_TypeError,
                        "methodcaller needs at least one argument, the method name");
    if (!rt_is_str(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "method name must be a string");
    rt_value kwargs = RT_NULL, items = rt_tuple_from(ts, a, n), g;
    if (rt_is_null(items))
        return items;
    rt_value name = rt_str_intern(ts, a[0]);
    if (rt_is_null(name)) {
        rt_decref(ts, items);
        return name;
    }
    rt_decref(ts, rt_as_tuple(items)->items[0]);
    rt_as_tuple(items)->items[0] = name;
    if (nkw) {
        kwargs = rt_dict_new(ts);
        for (uint32_t i = 0; i < nkw && !rt_is_null(kwargs); i++)
            if (rt_dict_set(ts, kwargs, rt_as_tuple(kw)->items[i], a[n + i]) < 0)
                rt_clear(ts, &kwargs);
        if (rt_is_null(kwargs)) {
            rt_decref(ts, items);
            return kwargs;
        }
    }
    g = getter_make(ts, t, items, kwargs);
    rt_decref(ts, kwargs);
    return g;
}

static rt_value methodcaller_call(struct rt_thread *ts, rt_value self, const rt_value *a,
                                  uint32_t n, rt_value kw)
{
    if (rt_unlikely(n != 1 || !rt_is_null(kw)) && one_argument(ts, "methodcaller", n, kw) < 0)
        return RT_NULL;
    struct getter *g = as_getter(self);
    struct rt_tuple *t = rt_as_tuple(g->items);
    if (!rt_is_null(g->kw)) {
        rt_value f = rt_getattr(ts, a[0], t->items[0]), args, r;
        if (rt_is_null(f))
            return f;
        args = rt_tuple_slice(ts, g->items, 1, t->length);
        r = rt_is_null(args) ? args : rt_call_ex(ts, f, args, g->kw);
        rt_decref(ts, args);
        rt_decref(ts, f);
        return r;
    }
    rt_value bound = RT_NULL, f = rt_getmethod(ts, a[0], t->items[0], &bound), r;
    if (rt_is_null(f))
        return f;
    if (rt_is_null(bound)) {
        r = rt_call(ts, f, t->items + 1, (uint32_t)t->length - 1, RT_NULL);
    } else if (t->length <= 8) {
        rt_value v[8];
        v[0] = bound;
        memcpy(v + 1, t->items + 1, (t->length - 1) * sizeof(rt_value));
        r = rt_call(ts, f, v, (uint32_t)t->length, RT_NULL);
    } else {
        rt_value args = rt_tuple_from(ts, t->items, t->length);
        if (!rt_is_null(args)) {
            rt_decref(ts, rt_as_tuple(args)->items[0]);
            rt_as_tuple(args)->items[0] = rt_newref(ts, bound);
        }
        r = rt_is_null(args) ? args : rt_call_ex(ts, f, args, RT_NULL);
        rt_decref(ts, args);
    }
    rt_decref(ts, f);
    return r;
}

/* With keywords: functools.partial(type, name, **kw) is the constructor. */
static rt_value methodcaller_reduce(struct rt_thread *ts, rt_value self)
{
    struct getter *g = as_getter(self);
    struct rt_tuple *t = rt_as_tuple(g->items);
    if (rt_is_null(g->kw))
        return itemgetter_reduce(ts, self);
    rt_value partial = rt_import_attr(ts, "functools", "partial"), head, v[2];
    if (rt_is_null(partial))
        return partial;
    head = rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(self)), t->items[0]);
    v[0] = rt_is_null(head) ? head : rt_call_ex(ts, partial, head, g->kw);
    rt_decref(ts, partial);
    rt_decref(ts, head);
    if (rt_is_null(v[0]))
        return v[0];
    v[1] = rt_tuple_slice(ts, g->items, 1, t->length);
    if (rt_is_null(v[1])) {
        rt_decref(ts, v[0]);
        return v[1];
    }
    return rt_tuple_steal(ts, v, 2);
}

static const struct rt_method_def itemgetter_methods[] = {
    {"__reduce__", itemgetter_reduce, RT_METH_NOARGS, "Return state information for pickling"},
    {0},
};
static const struct rt_method_def methodcaller_methods[] = {
    {"__reduce__", methodcaller_reduce, RT_METH_NOARGS, "Return state information for pickling"},
    {0},
};

#define GETTER_TYPE(sym, tp_name, tp_doc, new_fn, call_fn, repr_fn, table)                         \
    static struct rt_type sym = {                                                                  \
        .hdr = RT_STATIC_TYPE_HDR,                                                                 \
        .name = tp_name,                                                                           \
        .doc = tp_doc,                                                                             \
        .flags = RT_TF_GC,                                                                         \
        .basic_size = sizeof(struct getter),                                                       \
        .dealloc = getter_dealloc,                                                                 \
        .traverse = getter_traverse,                                                               \
        .repr = repr_fn,                                                                           \
        .call = call_fn,                                                                           \
        .new = new_fn,                                                                             \
        .methods = table,                                                                          \
    }

GETTER_TYPE(itemgetter_type, "operator.itemgetter",
            "itemgetter(item, ...) --> itemgetter object\n\n"
            "After f = itemgetter(2), f(r) returns r[2]. After g = itemgetter(2, 5, 3), g(r)\n"
            "returns (r[2], r[5], r[3])",
            itemgetter_new, itemgetter_call, getter_repr, itemgetter_methods);
GETTER_TYPE(attrgetter_type, "operator.attrgetter",
            "attrgetter(attr, ...) --> attrgetter object\n\n"
            "After f = attrgetter('name'), f(r) returns r.name. After\n"
            "h = attrgetter('name.first', 'name.last'), h(r) returns (r.name.first, r.name.last).",
            attrgetter_new, attrgetter_call, attrgetter_repr, itemgetter_methods);
GETTER_TYPE(methodcaller_type, "operator.methodcaller",
            "methodcaller(name, ...) --> methodcaller object\n\n"
            "After f = methodcaller('name', 'foo', bar=1), f(r) returns r.name('foo', bar=1).",
            methodcaller_new, methodcaller_call, getter_repr, methodcaller_methods);

static struct rt_type *const types[] = {&itemgetter_type, &attrgetter_type, &methodcaller_type,
                                        NULL};

#define F2(name, fn, text) {name, fn, RT_METH_FAST, name "($module, a, b, /)\n--\n\n" text}
#define F1(name, fn, text) {name, fn, RT_METH_O, name "($module, a, /)\n--\n\n" text}
static const struct rt_method_def methods[] = {
    F1("truth", op_truth, "Return True if a is true, False otherwise."),
    F2("contains", op_contains, "Same as b in a (note reversed operands)."),
    F2("indexOf", op_index_of, "Return the first index of b in a."),
    F2("countOf", op_count_of, "Return the number of items in a which are, or which equal, b."),
    F2("is_", op_is, "Same as a is b."),
    F2("is_not", op_is_not, "Same as a is not b."),
    F2("add", op_add, "Same as a + b."),
    F2("sub", op_sub, "Same as a - b."),
    F2("mul", op_mul, "Same as a * b."),
    F2("matmul", op_matmul, "Same as a @ b."),
    F2("floordiv", op_floordiv, "Same as a // b."),
    F2("truediv", op_truediv, "Same as a / b."),
    F2("mod", op_mod, "Same as a % b."),
    F1("neg", op_neg, "Same as -a."),
    F1("pos", op_pos, "Same as +a."),
    F1("abs", op_abs, "Same as abs(a)."),
    F1("inv", op_invert, "Same as ~a."),
    F1("invert", op_invert, "Same as ~a."),
    F1("index", op_index, "Same as a.__index__()"),
    F2("lshift", op_lshift, "Same as a << b."),
    F2("rshift", op_rshift, "Same as a >> b."),
    F1("not_", op_not, "Same as not a."),
    F2("and_", op_and, "Same as a & b."),
    F2("xor", op_xor, "Same as a ^ b."),
    F2("or_", op_or, "Same as a | b."),
    F2("iadd", op_iadd, "Same as a += b."),
    F2("isub", op_isub, "Same as a -= b."),
    F2("imul", op_imul, "Same as a *= b."),
    F2("imatmul", op_imatmul, "Same as a @= b."),
    F2("ifloordiv", op_ifloordiv, "Same as a //= b."),
    F2("itruediv", op_itruediv, "Same as a /= b."),
    F2("imod", op_imod, "Same as a %= b."),
    F2("ilshift", op_ilshift, "Same as a <<= b."),
    F2("irshift", op_irshift, "Same as a >>= b."),
    F2("iand", op_iand, "Same as a &= b."),
    F2("ixor", op_ixor, "Same as a ^= b."),
    F2("ior", op_ior, "Same as a |= b."),
    F2("concat", op_concat, "Same as a + b, for a and b sequences."),
    F2("iconcat", op_iconcat, "Same as a += b, for a and b sequences."),
    F2("getitem", op_getitem, "Same as a[b]."),
    {"setitem", op_setitem, RT_METH_FAST, "setitem($module, a, b, c, /)\n--\n\nSame as a[b] = c."},
    F2("delitem", op_delitem, "Same as del a[b]."),
    F2("pow", op_pow, "Same as a ** b."),
    F2("ipow", op_ipow, "Same as a **= b."),
    F2("lt", op_lt, "Same as a < b."),
    F2("le", op_le, "Same as a <= b."),
    F2("eq", op_eq, "Same as a == b."),
    F2("ne", op_ne, "Same as a != b."),
    F2("gt", op_gt, "Same as a > b."),
    F2("ge", op_ge, "Same as a >= b."),
    {"call", op_call, RT_METH_KW,
     "call($module, obj, /, *args, **kwargs)\n--\n\nSame as obj(*args, **kwargs)."},
    F2("_compare_digest", op_compare_digest,
       "Return 'a == b' in a time that does not depend on where they differ."),
    {"length_hint", op_length_hint, RT_METH_FAST,
     "length_hint($module, obj, default=0, /)\n--\n\n"
     "Return an estimate of the number of items in obj."},
    {0},
};

const struct rt_module_def rt_module__operator = {
    .name = "_operator",
    .doc = "Operator interface: a set of functions that correspond to the operators of Python.",
    .methods = methods,
    .types = types,
};
