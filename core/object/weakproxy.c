/* SPDX-License-Identifier: MIT */
/*
 * weakref.proxy: every operation goes to the referent, or raises ReferenceError when it is gone.
 */
#include "core/object/weakref.h"

/* A strong reference to what v stands for. */
static rt_value target(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_weakproxy(v))
        return rt_newref(ts, v);
    rt_value o = rt_weakref_get(ts, v);
    if (rt_is_null(o))
        rt_raise(ts, &rt_exc_ReferenceError, "weakly-referenced object no longer exists");
    return o;
}

#define UNARY(fn, expr)                                           \
    static rt_value fn(struct rt_thread *ts, rt_value self)       \
    {                                                             \
        rt_value o = target(ts, self), r;                         \
        if (rt_is_null(o))                                        \
            return o;                                             \
        r = expr;                                                 \
        rt_decref(ts, o);                                         \
        return r;                                                 \
    }
UNARY(proxy_str, rt_str(ts, o))
UNARY(proxy_neg, rt_unary(ts, o, RT_UN_NEG))
UNARY(proxy_pos, rt_unary(ts, o, RT_UN_POS))
UNARY(proxy_abs, rt_unary(ts, o, RT_UN_ABS))
UNARY(proxy_invert, rt_unary(ts, o, RT_UN_INVERT))
UNARY(proxy_int, rt_to_int(ts, o))
UNARY(proxy_float, rt_to_float(ts, o))
UNARY(proxy_index, rt_index(ts, o))
UNARY(proxy_iter, rt_iter(ts, o))
UNARY(proxy_bytes, rt_call_method(ts, o, "__bytes__", NULL, 0))
UNARY(proxy_reversed, rt_call_method(ts, o, "__reversed__", NULL, 0))

static rt_value proxy_next(struct rt_thread *ts, rt_value self)
{
    rt_value o = target(ts, self), r;
    if (rt_is_null(o))
        return o;
    if (!rt_is_iterator(o))
        r = rt_raise(ts, &rt_exc_TypeError, "Weakref proxy referenced a non-iterator '%.200s' object", rt_typename(o));
    else
        r = rt_next(ts, o);
    rt_decref(ts, o);
    return r;
}

static rt_value proxy_repr(struct rt_thread *ts, rt_value self)
{
    rt_value o = rt_weakref_get(ts, self);
    struct rt_type *t = rt_is_null(o) ? &rt_none_type : rt_type_of(o);
    rt_value r = rt_str_format(ts, "<weakproxy at %p to %s at %p>", (void *)rt_ptr(self), t->name,
                               rt_is_null(o) ? NULL : (void *)rt_ptr(o));
    rt_decref(ts, o);
    return r;
}

/* Both operands may be proxies. */
static rt_value binary(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op, bool inplace)
{
    rt_value x = target(ts, a), y, r;
    if (rt_is_null(x))
        return x;
    y = target(ts, b);
    r = rt_is_null(y) ? y : inplace ? rt_inplace(ts, x, y, op) : rt_binary(ts, x, y, op);
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}

#define BINARY(name, op)                                                                                    \
    static rt_value proxy_##name(struct rt_thread *ts, rt_value a, rt_value b) { return binary(ts, a, b, op, false); } \
    static rt_value proxy_i##name(struct rt_thread *ts, rt_value a, rt_value b) { return binary(ts, a, b, op, true); }
BINARY(add, RT_BIN_ADD)
BINARY(sub, RT_BIN_SUB)
BINARY(mul, RT_BIN_MUL)
BINARY(matmul, RT_BIN_MATMUL)
BINARY(truediv, RT_BIN_TRUEDIV)
BINARY(floordiv, RT_BIN_FLOORDIV)
BINARY(mod, RT_BIN_MOD)
BINARY(lshift, RT_BIN_LSHIFT)
BINARY(rshift, RT_BIN_RSHIFT)
BINARY(and, RT_BIN_AND)
BINARY(xor, RT_BIN_XOR)
BINARY(or, RT_BIN_OR)
static rt_value proxy_divmod(struct rt_thread *ts, rt_value a, rt_value b)
{
    return binary(ts, a, b, RT_BIN_DIVMOD, false);
}
static rt_value proxy_ipow(struct rt_thread *ts, rt_value a, rt_value b)
{
    return binary(ts, a, b, RT_BIN_POW, true);
}

static rt_value proxy_power(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    rt_value x = target(ts, a), y = rt_is_null(x) ? x : target(ts, b), m = rt_is_null(y) ? y : target(ts, mod), r = RT_NULL;
    if (!rt_is_null(m))
        r = rt_power(ts, x, y, m);
    rt_decref(ts, x);
    rt_decref(ts, y);
    rt_decref(ts, m);
    return r;
}

static rt_value proxy_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value o = target(ts, self);
    if (rt_is_null(o))
        return o;
    rt_value r = rt_getattr(ts, o, name);
    rt_decref(ts, o);
    return r;
}

static int proxy_setattro(struct rt_thread *ts, rt_value self, rt_value name, rt_value v)
{
    rt_value o = target(ts, self);
    if (rt_is_null(o))
        return -1;
    int r = rt_setattr(ts, o, name, v);
    rt_decref(ts, o);
    return r;
}

static rt_value proxy_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    rt_value x = target(ts, a), y = rt_is_null(x) ? x : target(ts, b), r = RT_NULL;
    if (!rt_is_null(y))
        r = rt_compare(ts, x, y, op);
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}

static rt_value proxy_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value o = target(ts, self);
    if (rt_is_null(o))
        return o;
    rt_value r = rt_call(ts, o, args, n, kw);
    rt_decref(ts, o);
    return r;
}

static int proxy_truth(struct rt_thread *ts, rt_value self)
{
    rt_value o = target(ts, self);
    if (rt_is_null(o))
        return -1;
    int r = rt_truth(ts, o);
    rt_decref(ts, o);
    return r;
}

static int64_t proxy_len(struct rt_thread *ts, rt_value self)
{
    rt_value o = target(ts, self);
    if (rt_is_null(o))
        return -1;
    int64_t r = rt_len(ts, o);
    rt_decref(ts, o);
    return r;
}

static rt_value proxy_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    rt_value o = target(ts, self), k = rt_is_null(o) ? o : target(ts, key), r = RT_NULL;
    if (!rt_is_null(k))
        r = rt_getitem(ts, o, k);
    rt_decref(ts, k);
    rt_decref(ts, o);
    return r;
}

static int proxy_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    rt_value o = target(ts, self);
    if (rt_is_null(o))
        return -1;
    int r = rt_is_null(v) ? rt_delitem(ts, o, key) : rt_setitem(ts, o, key, v);
    rt_decref(ts, o);
    return r;
}

static int proxy_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value o = target(ts, self);
    if (rt_is_null(o))
        return -1;
    int r = rt_contains(ts, o, v);
    rt_decref(ts, o);
    return r;
}

static const struct rt_method_def proxy_methods[] = {
    {"__bytes__", proxy_bytes, RT_METH_NOARGS, NULL},
    {"__reversed__", proxy_reversed, RT_METH_NOARGS, NULL},
    {0},
};

#define PROXY_BODY                                                                                      \
    .hdr = RT_STATIC_TYPE_HDR, .flags = RT_TF_GC | RT_TF_NO_NEW, .basic_size = sizeof(struct rt_weakref), \
    .traverse = rt_weakref_traverse, .clear = rt_weakref_clear_slots, .repr = proxy_repr, .str = proxy_str, \
    .getattro = proxy_getattro, .setattro = proxy_setattro, .richcompare = proxy_richcompare,            \
    .hash = rt_hash_not_implemented, .iter = proxy_iter, .iternext = proxy_next,                         \
    .binary = {[RT_BIN_ADD] = proxy_add, [RT_BIN_SUB] = proxy_sub, [RT_BIN_MUL] = proxy_mul,             \
               [RT_BIN_MATMUL] = proxy_matmul, [RT_BIN_TRUEDIV] = proxy_truediv,                         \
               [RT_BIN_FLOORDIV] = proxy_floordiv, [RT_BIN_MOD] = proxy_mod,                             \
               [RT_BIN_LSHIFT] = proxy_lshift, [RT_BIN_RSHIFT] = proxy_rshift, [RT_BIN_AND] = proxy_and, \
               [RT_BIN_XOR] = proxy_xor, [RT_BIN_OR] = proxy_or, [RT_BIN_DIVMOD] = proxy_divmod},        \
    .inplace = {[RT_BIN_ADD] = proxy_iadd, [RT_BIN_SUB] = proxy_isub, [RT_BIN_MUL] = proxy_imul,         \
                [RT_BIN_MATMUL] = proxy_imatmul, [RT_BIN_TRUEDIV] = proxy_itruediv,                      \
                [RT_BIN_FLOORDIV] = proxy_ifloordiv, [RT_BIN_MOD] = proxy_imod, [RT_BIN_POW] = proxy_ipow, \
                [RT_BIN_LSHIFT] = proxy_ilshift, [RT_BIN_RSHIFT] = proxy_irshift,                        \
                [RT_BIN_AND] = proxy_iand, [RT_BIN_XOR] = proxy_ixor, [RT_BIN_OR] = proxy_ior},          \
    .power = proxy_power,                                                                                \
    .unary = {proxy_neg, proxy_pos, proxy_invert, proxy_abs}, .truth = proxy_truth,                      \
    .index = proxy_index, .to_int = proxy_int, .to_float = proxy_float, .len = proxy_len,                \
    .getitem = proxy_getitem, .setitem = proxy_setitem, .contains = proxy_contains,                      \
    .methods = proxy_methods

struct rt_type rt_weakproxy_type = {PROXY_BODY, .name = "weakref.ProxyType"};
struct rt_type rt_callable_proxy_type = {PROXY_BODY, .name = "weakref.CallableProxyType", .call = proxy_call};
