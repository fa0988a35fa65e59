/* SPDX-License-Identifier: MIT */
/*
 * Slots of classes written in Python: each function here stands in a type's slot and calls the dunder
 * method found on the type; below, the table and the rules by which slots are chosen.
 *
 * The choice for a heap type: per slot, look up all its dunder names; when each found one is the
 * wrapper of one and the same native function, that function; else the function of this file.
 */
#include "core/object/slot_wrap.h"

/* ---- calling --------------------------------------------------------------------------------- */

rt_value rt_call_unbound(struct rt_thread *ts, rt_value f, const rt_value *argv, uint32_t n, rt_value kw)
{
    struct rt_type *ft = rt_type_of(f);
    if (rt_likely(rt_load_relaxed(&ft->flags) & RT_TF_METHOD_DESCR))
        return ft->call(ts, f, argv, n, kw);
    if (!ft->descr_get)
        return rt_call(ts, f, argv + 1, n - 1, kw);
    rt_value bound = ft->descr_get(ts, f, argv[0], rt_type_value(rt_type_of(argv[0])));
    if (rt_is_null(bound))
        return bound;
    rt_value r = rt_call(ts, bound, argv + 1, n - 1, kw);
    rt_decref(ts, bound);
    return r;
}

rt_value rt_call_special(struct rt_thread *ts, rt_value name, const rt_value *argv, uint32_t n, bool *found)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(argv[0]), name);
    *found = !rt_is_null(f);
    if (!*found)
        return RT_NULL;
    rt_value r = rt_call_unbound(ts, f, argv, n, RT_NULL);
    rt_decref(ts, f);
    return r;
}

/* The method must be there; AttributeError(name) if it was deleted meanwhile. */
static rt_value call_method(struct rt_thread *ts, rt_value name, const rt_value *argv, uint32_t n)
{
    bool found;
    rt_value r = rt_call_special(ts, name, argv, n, &found);
    if (rt_unlikely(!found))
        rt_raise_value(ts, &rt_exc_AttributeError, name);
    return r;
}

static rt_value call_maybe(struct rt_thread *ts, rt_value name, rt_value a, rt_value b)
{
    bool found;
    rt_value argv[2] = {a, b}, r = rt_call_special(ts, name, argv, 2, &found);
    return found ? r : RT_NOTIMPL;
}

static rt_value call0(struct rt_thread *ts, rt_value name, rt_value self)
{
    return call_method(ts, name, &self, 1);
}

static rt_value call1(struct rt_thread *ts, rt_value name, rt_value self, rt_value a)
{
    rt_value argv[2] = {self, a};
    return call_method(ts, name, argv, 2);
}

static int done(struct rt_thread *ts, rt_value r)
{
    if (rt_is_null(r))
        return -1;
    rt_decref(ts, r);
    return 0;
}

/* ---- object ---------------------------------------------------------------------------------- */

static rt_value slot_repr(struct rt_thread *ts, rt_value self) { return call0(ts, RT_ID(__repr__), self); }
static rt_value slot_str(struct rt_thread *ts, rt_value self) { return call0(ts, RT_ID(__str__), self); }

static int64_t slot_hash(struct rt_thread *ts, rt_value self)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(self), RT_ID(__hash__)), r;
    if (rt_is_null(f) || rt_is_none(f))
        return rt_hash_not_implemented(ts, self);
    r = rt_call_unbound(ts, f, &self, 1, RT_NULL);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return -1;
    int64_t h;
    if (!rt_is_any_int(r)) {
        rt_raise(ts, &rt_exc_TypeError, "__hash__ method should return an integer");
        h = -1;
    } else {
        if (!rt_int_try_i64(r, &h))
            h = rt_int_type.hash(ts, r);
        if (h == -1)
            h = -2;
    }
    rt_decref(ts, r);
    return h;
}

int64_t rt_hash_not_implemented(struct rt_thread *ts, rt_value self)
{
    rt_raise(ts, &rt_exc_TypeError, "unhashable type: '%.200s'", rt_typename(self));
    return -1;
}

static rt_value slot_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(self), RT_ID(__call__)), small[8], *argv = small;
    if (rt_is_null(f))
        return rt_raise_value(ts, &rt_exc_AttributeError, RT_ID(__call__));
    uint32_t total = n + (rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length);
    if (rt_recursion_enter(ts, " while calling a Python object") < 0) {
        rt_decref(ts, f);
        return RT_NULL;
    }
    if (total + 1 > RT_COUNTOF(small) && !(argv = rt_raw_malloc((total + 1) * sizeof *argv))) {
        rt_recursion_leave(ts);
        rt_decref(ts, f);
        return rt_raise_no_memory(ts);
    }
    argv[0] = self;
    rt_words_copy(argv + 1, args, total);
    rt_value r = rt_call_unbound(ts, f, argv, n + 1, kw);
    rt_recursion_leave(ts);
    rt_decref(ts, f);
    if (argv != small)
        rt_raw_free(argv);
    return r;
}

rt_value rt_slot_getattribute(struct rt_thread *ts, rt_value self, rt_value name)
{
    return call1(ts, RT_ID(__getattribute__), self, name);
}

/* The wrapper of a native getattro, or NULL. */
static rt_binaryfn native_getattro(rt_value f)
{
    if (!rt_is_exact(f, &rt_wrapper_descr_type))
        return NULL;
    struct rt_wrapper_descr *d = (struct rt_wrapper_descr *)rt_ptr(f);
    return d->row->offset == offsetof(struct rt_type, getattro) ? (rt_binaryfn)d->fn : NULL;
}

bool rt_slot_getattr_is_plain(struct rt_type *t)
{
    rt_value first;
    return rt_type_lookup_cached(t, RT_ID(__getattribute__), &first) && first.bits && native_getattro(first) == rt_object_getattr;
}

/* __getattr__ is defined: the usual look-up first, without making an AttributeError when it is native. */
rt_value rt_slot_getattr_hook(struct rt_thread *ts, rt_value self, rt_value name)
{
    struct rt_type *t = rt_type_of(self);
    rt_value hook = rt_type_lookup(ts, t, RT_ID(__getattr__)), v;
    if (rt_is_null(hook))
        return rt_slot_getattribute(ts, self, name);
    rt_value first = rt_type_lookup(ts, t, RT_ID(__getattribute__));
    rt_binaryfn native = native_getattro(first);
    if (native == rt_object_getattr) {
        v = rt_object_getattr_opt(ts, self, name);
    } else if (native) {
        v = native(ts, self, name);
    } else {
        rt_value argv[2] = {self, name};
        v = rt_is_null(first) ? rt_object_getattr_opt(ts, self, name)
                              : rt_call_unbound(ts, first, argv, 2, RT_NULL);
    }
    rt_decref(ts, first);
    if (rt_is_null(v) && (!rt_pending(ts) || rt_exc_clear_if(ts, &rt_exc_AttributeError))) {
        rt_value argv[2] = {self, name};
        v = rt_call_unbound(ts, hook, argv, 2, RT_NULL);
    }
    rt_decref(ts, hook);
    return v;
}

rt_value rt_slot_getattr_missed(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value argv[2] = {self, name};
    return call_method(ts, RT_ID(__getattr__), argv, 2);
}

int rt_slot_setattr_py(struct rt_thread *ts, rt_value self, rt_value name, rt_value v)
{
    rt_value argv[3] = {self, name, v};
    if (rt_is_null(v))
        return done(ts, call_method(ts, RT_ID(__delattr__), argv, 2));
    return done(ts, call_method(ts, RT_ID(__setattr__), argv, 3));
}

rt_value rt_slot_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    const rt_value names[] = {RT_ID(__lt__), RT_ID(__le__), RT_ID(__eq__),
                              RT_ID(__ne__), RT_ID(__gt__), RT_ID(__ge__)};
    rt_value f = rt_type_lookup(ts, rt_type_of(a), names[op]), argv[2] = {a, b}, r;
    if (rt_is_null(f))
        return RT_NOTIMPL;
    if (rt_likely(rt_has(f, RT_TF_METHOD_DESCR))) {
        r = rt_call(ts, f, argv, 2, RT_NULL);
    } else {
        rt_value bound = rt_bind(ts, f, a, rt_type_of(a));
        if (rt_is_null(bound)) { /* a descriptor that raises: as if the method were not there */
            rt_exc_clear(ts);
            return RT_NOTIMPL;
        }
        r = rt_call1(ts, bound, b);
        f = bound;
    }
    rt_decref(ts, f);
    return r;
}

static rt_value slot_iter(struct rt_thread *ts, rt_value self)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(self), RT_ID(__iter__));
    if (rt_is_none(f))
        return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not iterable", rt_typename(self));
    if (!rt_is_null(f)) {
        rt_value r = rt_call_unbound(ts, f, &self, 1, RT_NULL);
        rt_decref(ts, f);
        return r;
    }
    f = rt_type_lookup(ts, rt_type_of(self), RT_ID(__getitem__));
    if (rt_is_null(f))
        return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not iterable", rt_typename(self));
    rt_decref(ts, f);
    return rt_seqiter_new(ts, self);
}

static rt_value slot_iternext(struct rt_thread *ts, rt_value self)
{
    rt_value v = call0(ts, RT_ID(__next__), self);
    return rt_likely(!rt_is_null(v)) ? v : rt_stop_from_exception(ts);
}

rt_value rt_slot_iternext_absent(struct rt_thread *ts, rt_value self)
{
    return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not iterable", rt_typename(self));
}

static rt_value slot_descr_get(struct rt_thread *ts, rt_value descr, rt_value obj, rt_value type)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(descr), RT_ID(__get__));
    if (rt_is_null(f))
        return rt_newref(ts, descr);
    rt_value argv[3] = {descr, rt_none_if_null(obj), rt_none_if_null(type)};
    rt_value r = rt_call_unbound(ts, f, argv, 3, RT_NULL);
    rt_decref(ts, f);
    return r;
}

static int slot_descr_set(struct rt_thread *ts, rt_value descr, rt_value obj, rt_value v)
{
    rt_value argv[3] = {descr, obj, v};
    if (rt_is_null(v))
        return done(ts, call_method(ts, RT_ID(__delete__), argv, 2));
    return done(ts, call_method(ts, RT_ID(__set__), argv, 3));
}

/* Call f(first, args...) where f is found on the type: copies the words once. */
static rt_value call_with_self(struct rt_thread *ts, rt_value f, rt_value first, const rt_value *args,
                               uint32_t n, rt_value kw, bool unbound)
{
    rt_value small[10], *argv = small;
    uint32_t total = n + (rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length);
    if (total + 1 > RT_COUNTOF(small) && !(argv = rt_raw_malloc((total + 1) * sizeof *argv)))
        return rt_raise_no_memory(ts);
    argv[0] = first;
    for (uint32_t i = 0; i < total; i++)
        argv[i + 1] = args[i];
    rt_value r = unbound ? rt_call_unbound(ts, f, argv, n + 1, kw) : rt_call(ts, f, argv, n + 1, kw);
    if (argv != small)
        rt_raw_free(argv);
    return r;
}

int rt_slot_init_py(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(self), RT_ID(__init__));
    if (rt_is_null(f)) {
        rt_raise_value(ts, &rt_exc_AttributeError, RT_ID(__init__));
        return -1;
    }
    rt_value r = call_with_self(ts, f, self, args, n, kw, true);
    rt_decref(ts, f);
    if (rt_likely(rt_is_none(r)))
        return 0;
    if (!rt_is_null(r)) {
        rt_raise(ts, &rt_exc_TypeError, "__init__() should return None, not '%.200s'", rt_typename(r));
        rt_decref(ts, r);
    }
    return -1;
}

rt_value rt_slot_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value f = rt_type_getattro(ts, rt_type_value(t), RT_ID(__new__));
    if (rt_is_null(f))
        return f;
    rt_value r = call_with_self(ts, f, rt_type_value(t), args, n, kw, false);
    rt_decref(ts, f);
    return r;
}

static void slot_finalize(struct rt_thread *ts, rt_value self)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(self), RT_ID(__del__));
    if (rt_is_null(f))
        return;
    rt_value r = rt_call_unbound(ts, f, &self, 1, RT_NULL);
    if (rt_is_null(r))
        rt_write_unraisable(ts, f);
    rt_decref(ts, r);
    rt_decref(ts, f);
}

static rt_value awaitable(struct rt_thread *ts, rt_value name, rt_value self, const char *what)
{
    bool found;
    rt_value r = rt_call_special(ts, name, &self, 1, &found);
    if (!found)
        rt_raise(ts, &rt_exc_AttributeError, "object %.50s does not have %s method", rt_typename(self), what);
    return r;
}
static rt_value slot_await(struct rt_thread *ts, rt_value self)
{
    return awaitable(ts, RT_ID(__await__), self, "__await__");
}
static rt_value slot_aiter(struct rt_thread *ts, rt_value self)
{
    return awaitable(ts, RT_ID(__aiter__), self, "__aiter__");
}
static rt_value slot_anext(struct rt_thread *ts, rt_value self)
{
    return awaitable(ts, RT_ID(__anext__), self, "__anext__");
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* b's class overrides the reflected method that a's class has. */
static bool overrides(struct rt_thread *ts, rt_value a, rt_value b, rt_value rname)
{
    rt_value fb = rt_type_lookup(ts, rt_type_of(b), rname);
    if (rt_is_null(fb))
        return false;
    rt_value fa = rt_type_lookup(ts, rt_type_of(a), rname);
    bool differ = rt_is_null(fa) || !rt_is(fa, fb);
    rt_decref(ts, fa);
    rt_decref(ts, fb);
    return differ;
}

static rt_value binary(struct rt_thread *ts, rt_value a, rt_value b, bool a_has, bool b_has,
                       rt_value name, rt_value rname)
{
    struct rt_type *ta = rt_type_of(a), *tb = rt_type_of(b);
    bool other = ta != tb && b_has;
    if (a_has) {
        rt_value r;
        if (other && rt_type_is_subtype(tb, ta) && overrides(ts, a, b, rname)) {
            r = call_maybe(ts, rname, b, a);
            if (!rt_is_notimpl(r))
                return r;
            other = false;
        }
        r = call_maybe(ts, name, a, b);
        if (!rt_is_notimpl(r) || ta == tb)
            return r;
    }
    return other ? call_maybe(ts, rname, b, a) : RT_NOTIMPL;
}

#define BINARY(fn, op, name, rname)                                                             \
    static rt_value fn(struct rt_thread *ts, rt_value a, rt_value b)                            \
    {                                                                                           \
        return binary(ts, a, b, rt_type_of(a)->binary[op] == fn,                                \
                      rt_type_of(b)->binary[op] == fn, RT_ID(name), RT_ID(rname));              \
    }
BINARY(slot_add, RT_BIN_ADD, __add__, __radd__)
BINARY(slot_sub, RT_BIN_SUB, __sub__, __rsub__)
BINARY(slot_mul, RT_BIN_MUL, __mul__, __rmul__)
BINARY(slot_mod, RT_BIN_MOD, __mod__, __rmod__)
BINARY(slot_divmod, RT_BIN_DIVMOD, __divmod__, __rdivmod__)
BINARY(slot_lshift, RT_BIN_LSHIFT, __lshift__, __rlshift__)
BINARY(slot_rshift, RT_BIN_RSHIFT, __rshift__, __rrshift__)
BINARY(slot_and, RT_BIN_AND, __and__, __rand__)
BINARY(slot_xor, RT_BIN_XOR, __xor__, __rxor__)
BINARY(slot_or, RT_BIN_OR, __or__, __ror__)
BINARY(slot_floordiv, RT_BIN_FLOORDIV, __floordiv__, __rfloordiv__)
BINARY(slot_truediv, RT_BIN_TRUEDIV, __truediv__, __rtruediv__)
BINARY(slot_matmul, RT_BIN_MATMUL, __matmul__, __rmatmul__)

/* The slot of operators written in Python, and their names. */
static rt_binaryfn operator_names(enum rt_binop op, rt_value *name, rt_value *rname)
{
    switch (op) {
    case RT_BIN_ADD: *name = RT_ID(__add__), *rname = RT_ID(__radd__); return slot_add;
    case RT_BIN_SUB: *name = RT_ID(__sub__), *rname = RT_ID(__rsub__); return slot_sub;
    case RT_BIN_MUL: *name = RT_ID(__mul__), *rname = RT_ID(__rmul__); return slot_mul;
    case RT_BIN_MATMUL: *name = RT_ID(__matmul__), *rname = RT_ID(__rmatmul__); return slot_matmul;
    case RT_BIN_TRUEDIV: *name = RT_ID(__truediv__), *rname = RT_ID(__rtruediv__); return slot_truediv;
    case RT_BIN_FLOORDIV: *name = RT_ID(__floordiv__), *rname = RT_ID(__rfloordiv__); return slot_floordiv;
    case RT_BIN_MOD: *name = RT_ID(__mod__), *rname = RT_ID(__rmod__); return slot_mod;
    case RT_BIN_LSHIFT: *name = RT_ID(__lshift__), *rname = RT_ID(__rlshift__); return slot_lshift;
    case RT_BIN_RSHIFT: *name = RT_ID(__rshift__), *rname = RT_ID(__rrshift__); return slot_rshift;
    case RT_BIN_AND: *name = RT_ID(__and__), *rname = RT_ID(__rand__); return slot_and;
    case RT_BIN_XOR: *name = RT_ID(__xor__), *rname = RT_ID(__rxor__); return slot_xor;
    case RT_BIN_OR: *name = RT_ID(__or__), *rname = RT_ID(__ror__); return slot_or;
    default: return NULL;
    }
}

rt_value rt_slot_operator(struct rt_thread *ts, struct rt_type *ta, struct rt_type *tb, enum rt_binop op)
{
    rt_value name, rname, f;
    rt_binaryfn slot = operator_names(op, &name, &rname);
    if (!slot || ta->binary[op] != slot || ta->sq_concat || ta->sq_repeat || (ta != tb && rt_type_is_subtype(tb, ta)) ||
        !rt_type_lookup_cached(ta, name, &f))
        return RT_NULL;
    return f;
}

rt_value rt_slot_reflected_method(struct rt_type *tb, enum rt_binop op)
{
    rt_value name, rname, f;
    rt_binaryfn slot = operator_names(op, &name, &rname);
    if (!slot || tb->binary[op] != slot || tb->sq_concat || tb->sq_repeat ||
        (rt_load_relaxed(&tb->flags) & (RT_TF_INT | RT_TF_FLOAT | RT_TF_COMPLEX)) ||
        !rt_type_lookup_cached(tb, rname, &f))
        return RT_NULL;
    return f;
}

rt_value rt_slot_inplace_method(struct rt_type *ta, enum rt_binop op)
{
    rt_value name, f;
    switch (op) {
    case RT_BIN_ADD: name = RT_ID(__iadd__); break;
    case RT_BIN_SUB: name = RT_ID(__isub__); break;
    case RT_BIN_MUL: name = RT_ID(__imul__); break;
    case RT_BIN_MATMUL: name = RT_ID(__imatmul__); break;
    case RT_BIN_TRUEDIV: name = RT_ID(__itruediv__); break;
    case RT_BIN_FLOORDIV: name = RT_ID(__ifloordiv__); break;
    case RT_BIN_MOD: name = RT_ID(__imod__); break;
    case RT_BIN_LSHIFT: name = RT_ID(__ilshift__); break;
    case RT_BIN_RSHIFT: name = RT_ID(__irshift__); break;
    case RT_BIN_AND: name = RT_ID(__iand__); break;
    case RT_BIN_XOR: name = RT_ID(__ixor__); break;
    case RT_BIN_OR: name = RT_ID(__ior__); break;
    default: return RT_NULL;
    }
    return rt_type_lookup_cached(ta, name, &f) ? f : RT_NULL;
}

rt_value rt_slot_reflected(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    rt_value name, rname;
    rt_binaryfn slot = operator_names(op, &name, &rname), right = rt_type_of(b)->binary[op];
    if (rt_type_of(a) == rt_type_of(b) || !right)
        return RT_NOTIMPL;
    return right == slot ? call_maybe(ts, rname, b, a) : right(ts, a, b);
}

static rt_value slot_power(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    bool a_has = rt_type_of(a)->power == slot_power, b_has = rt_type_of(b)->power == slot_power;
    if (rt_is_none(mod) || rt_is_null(mod))
        return binary(ts, a, b, a_has, b_has, RT_ID(__pow__), RT_ID(__rpow__));
    if (!a_has)
        return RT_NOTIMPL; /* three operands: no reflected form */
    rt_value argv[3] = {a, b, mod};
    return call_method(ts, RT_ID(__pow__), argv, 3);
}

#define INPLACE(fn, name)                                                            \
    static rt_value fn(struct rt_thread *ts, rt_value a, rt_value b)                 \
    {                                                                                \
        return call1(ts, RT_ID(name), a, b);                                         \
    }
INPLACE(slot_iadd, __iadd__)
INPLACE(slot_isub, __isub__)
INPLACE(slot_imul, __imul__)
INPLACE(slot_imod, __imod__)
INPLACE(slot_ipow, __ipow__)
INPLACE(slot_ilshift, __ilshift__)
INPLACE(slot_irshift, __irshift__)
INPLACE(slot_iand, __iand__)
INPLACE(slot_ixor, __ixor__)
INPLACE(slot_ior, __ior__)
INPLACE(slot_ifloordiv, __ifloordiv__)
INPLACE(slot_itruediv, __itruediv__)
INPLACE(slot_imatmul, __imatmul__)

#define UNARY(fn, name) \
    static rt_value fn(struct rt_thread *ts, rt_value a) { return call0(ts, RT_ID(name), a); }
UNARY(slot_neg, __neg__)
UNARY(slot_pos, __pos__)
UNARY(slot_abs, __abs__)
UNARY(slot_invert, __invert__)
UNARY(slot_to_int, __int__)
UNARY(slot_to_float, __float__)
UNARY(slot_index, __index__)

static int64_t length_of(struct rt_thread *ts, rt_value r)
{
    if (rt_is_null(r))
        return -1;
    rt_value i = rt_index(ts, r);
    rt_decref(ts, r);
    if (rt_is_null(i))
        return -1;
    int64_t n = -1;
    if (rt_int_sign(i) < 0)
        rt_raise(ts, &rt_exc_ValueError, "__len__() should return >= 0");
    else if ((n = rt_as_index(ts, i, &rt_exc_OverflowError)) == -1 && !rt_pending(ts))
        n = -1;
    rt_decref(ts, i);
    return n;
}

static int64_t slot_len(struct rt_thread *ts, rt_value self)
{
    return length_of(ts, call0(ts, RT_ID(__len__), self));
}

static int slot_truth(struct rt_thread *ts, rt_value self)
{
    bool found;
    rt_value r = rt_call_special(ts, RT_ID(__bool__), &self, 1, &found);
    if (!found) {
        r = rt_call_special(ts, RT_ID(__len__), &self, 1, &found);
        if (!found)
            return 1;
        int64_t n = length_of(ts, r);
        return n < 0 ? -1 : n > 0;
    }
    if (rt_is_bool(r))
        return rt_is_true(r);
    if (!rt_is_null(r)) {
        rt_raise(ts, &rt_exc_TypeError, "__bool__ should return bool, returned %s", rt_typename(r));
        rt_decref(ts, r);
    }
    return -1;
}

/* ---- containers ------------------------------------------------------------------------------ */

static rt_value slot_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    return call1(ts, RT_ID(__getitem__), self, key);
}

static int slot_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    rt_value argv[3] = {self, key, v};
    if (rt_is_null(v))
        return done(ts, call_method(ts, RT_ID(__delitem__), argv, 2));
    return done(ts, call_method(ts, RT_ID(__setitem__), argv, 3));
}

static rt_value slot_sq_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    rt_value key = rt_int_from_i64(ts, i);
    rt_value r = call1(ts, RT_ID(__getitem__), self, key);
    rt_decref(ts, key);
    return r;
}

static int slot_sq_setitem(struct rt_thread *ts, rt_value self, int64_t i, rt_value v)
{
    rt_value key = rt_int_from_i64(ts, i);
    int r = slot_setitem(ts, self, key, v);
    rt_decref(ts, key);
    return r;
}

static int slot_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(self), RT_ID(__contains__));
    if (rt_is_none(f)) {
        rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not a container", rt_typename(self));
        return -1;
    }
    if (rt_is_null(f))
        return rt_iter_contains(ts, self, v);
    rt_value argv[2] = {self, v}, r = rt_call_unbound(ts, f, argv, 2, RT_NULL);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return -1;
    int t = rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

#define slot_setattro rt_slot_setattr_py
#define slot_getattr NULL /* chosen by hand below */
#define rt_NULL NULL

/* ---- the table ------------------------------------------------------------------------------- */

struct rt_slotdef rt_slotdefs[] = {
#define RT_SLOT(name, field, slot, wrap, doc) {name, offsetof(struct rt_type, field), (void *)slot, rt_##wrap, doc, {0}},
#include "core/object/slots.def"
#undef RT_SLOT
};
const uint32_t rt_slotdefs_count = RT_COUNTOF(rt_slotdefs);

/* Rows by name: a row's number + 1, and that of the next one of the bucket; 0: no more. Constant after start-up. */
enum { NAME_BITS = 8, MAX_ROWS = 128 };
static uint8_t first_rows[1 << NAME_BITS], row_after[MAX_ROWS];
_Static_assert(RT_COUNTOF(rt_slotdefs) <= MAX_ROWS, "rows have places");
RT_INLINE uint8_t *first_row(rt_value name)
{
    return &first_rows[((rt_borrowed(name).bits >> 4) * 0x9e3779b97f4a7c15u) >> (64 - NAME_BITS)];
}
/* From r on, which is of the bucket of this interned name, to the first row that has it. */
RT_INLINE uint32_t next_row(rt_value name, uint32_t r)
{
    while (r && !rt_is(rt_slotdefs[r - 1].id, name))
        r = row_after[r - 1];
    return r;
}

void rt_slots_init(struct rt_thread *ts)
{
    for (uint32_t i = 0; i < rt_slotdefs_count; i++)
        rt_slotdefs[i].id = rt_str_intern_cstr(ts, rt_slotdefs[i].name);
    for (uint32_t i = rt_slotdefs_count; i-- > 0;) {
        uint8_t *first = first_row(rt_slotdefs[i].id);
        row_after[i] = *first;
        *first = (uint8_t)(i + 1);
    }
}

bool rt_slots_is_dunder(rt_value name)
{
    return next_row(name, *first_row(name)) != 0;
}

int rt_slots_add_wrappers(struct rt_thread *ts, struct rt_type *t, rt_value dict)
{
    for (uint32_t i = 0; i < rt_slotdefs_count; i++) {
        const struct rt_slotdef *row = &rt_slotdefs[i];
        void *fn = *rt_slot_field(t, row);
        if (!fn || !row->wrap)
            continue;
        int has = rt_dict_contains(ts, dict, row->id);
        if (has < 0)
            return -1;
        if (has)
            continue;
        rt_value w = RT_NONE;
        if (fn != (void *)rt_hash_not_implemented)
            w = rt_wrapper_descr_new(ts, t, row, fn);
        if (rt_is_null(w))
            return -1;
        int r = rt_dict_set(ts, dict, row->id, w);
        rt_decref(ts, w);
        if (r < 0)
            return -1;
    }
    return 0;
}

void rt_slots_inherit(struct rt_type *t, struct rt_type *base)
{
    const uint32_t hash = offsetof(struct rt_type, hash), rich = offsetof(struct rt_type, richcompare);
    if (!t->hash && !t->richcompare) {
        t->hash = base->hash;
        t->richcompare = base->richcompare;
    }
    for (uint32_t i = 0; i < rt_slotdefs_count; i++) {
        const struct rt_slotdef *row = &rt_slotdefs[i];
        if (row->offset == hash || row->offset == rich || row->offset == offsetof(struct rt_type, new))
            continue;
        void **mine = rt_slot_field(t, row);
        if (!*mine)
            *mine = *rt_slot_field(base, row);
    }
    if (!t->send)
        t->send = base->send;
    if (!t->getbuffer) {
        t->getbuffer = base->getbuffer;
        t->releasebuffer = base->releasebuffer;
    }
}

/* ---- choosing the slots of a heap type ------------------------------------------------------- */

/* getattro has three forms: native, __getattribute__ only, and with __getattr__. */
static void fix_getattro(struct rt_thread *ts, struct rt_type *t)
{
    rt_value hook = rt_type_lookup(ts, t, RT_ID(__getattr__));
    rt_value first = rt_type_lookup(ts, t, RT_ID(__getattribute__));
    rt_binaryfn native = native_getattro(first);
    if (!rt_is_null(hook))
        t->getattro = rt_slot_getattr_hook;
    else
        t->getattro = native ? native : rt_slot_getattribute;
    rt_decref(ts, hook);
    rt_decref(ts, first);
}

struct choice {
    void *generic, *specific;
    bool use_generic;
};

/* What the class that defines the method f has in the row's slot, if f does the same; or NULL. */
static void *own_field_of_method(struct rt_type *t, const struct rt_slotdef *row, rt_value f)
{
    const struct rt_method_descr *d = (struct rt_method_descr *)rt_ptr(f);
    bool same = d->def->flags & RT_METH_COEXIST && rt_type_is_subtype(t, d->d.objclass);
    return same ? *rt_slot_field(d->d.objclass, row) : NULL;
}

static void consider(struct rt_type *t, const struct rt_slotdef *row, rt_value f, struct choice *c)
{
    if (rt_is_exact(f, &rt_wrapper_descr_type)) {
        struct rt_wrapper_descr *d = (struct rt_wrapper_descr *)rt_ptr(f);
        if (d->row->id.bits == row->id.bits) {
            if (d->row->offset != row->offset) {
                /* Another field's wrapper. Where the class that defines it fills this field too
                   (getitem and sq_item of tuple), that is the one; else nothing (sq_concat only). */
                void *own = *rt_slot_field(d->d.objclass, row);
                if (own && (!c->specific || c->specific == own))
                    c->specific = own;
                else
                    c->use_generic = true;
            } else if ((!c->specific || c->specific == d->fn) && d->row->wrap == row->wrap &&
                       rt_type_is_subtype(t, d->d.objclass)) {
                c->specific = d->fn;
            } else {
                c->generic = row->slot;
                c->use_generic = true;
            }
            return;
        }
    } else if (rt_is_exact(f, &rt_method_descr_type) && own_field_of_method(t, row, f)) {
        /* dict.__getitem__ and its like: a method beside the slot, for a quick call by name */
        void *own = own_field_of_method(t, row, f);
        if (c->specific && c->specific != own)
            c->use_generic = true;
        c->specific = own;
        c->generic = row->slot;
        return;
    } else if (row->offset == offsetof(struct rt_type, new) && rt_is_new_method(f)) {
        c->specific = (void *)t->new; /* as inherited, also when that is a Python one: as CPython does */
        return;
    } else if (rt_is_none(f) && row->offset == offsetof(struct rt_type, hash)) {
        c->specific = (void *)rt_hash_not_implemented;
        return;
    }
    c->generic = row->slot;
    c->use_generic = true;
}

/* Choose the slot whose rows begin at row i; returns the index behind them. */
static uint32_t fix_group(struct rt_thread *ts, struct rt_type *t, uint32_t i)
{
    uint32_t offset = rt_slotdefs[i].offset;
    void **field = rt_slot_field(t, &rt_slotdefs[i]);
    struct choice c = {0};
    bool getattro = offset == offsetof(struct rt_type, getattro);
    for (; i < rt_slotdefs_count && rt_slotdefs[i].offset == offset; i++) {
        if (getattro)
            continue;
        rt_value f = rt_type_lookup(ts, t, rt_slotdefs[i].id);
        if (rt_is_null(f)) {
            if (offset == offsetof(struct rt_type, iternext) && *field)
                c.specific = (void *)rt_slot_iternext_absent;
            continue;
        }
        consider(t, &rt_slotdefs[i], f, &c);
        rt_decref(ts, f);
    }
    if (getattro)
        fix_getattro(ts, t);
    else
        *field = c.specific && !c.use_generic ? c.specific : c.generic;
    return i;
}

static void fix_flags(struct rt_type *t)
{
    if (t->finalize == slot_finalize)
        rt_or_relaxed(&t->flags, RT_TF_FINALIZER);
    else if (!t->finalize)
        rt_and_relaxed(&t->flags, ~(uint32_t)RT_TF_FINALIZER);
}

/* Rows whose name is in t's own dict. -1: it has other keys than interned strings. */
static int own_rows(struct rt_thread *ts, struct rt_type *t, bool *own)
{
    rt_value k, v, d = rt_type_dict_borrowed(t);
    for (size_t pos = 0; rt_dict_next(ts, d, &pos, &k, &v);) {
        bool odd = !rt_is_str_exact(k) || !rt_str_is_interned(k);
        for (uint32_t i = odd ? 0 : next_row(k, *first_row(k)); i; i = next_row(k, row_after[i - 1]))
            own[i - 1] = true;
        rt_decref(ts, k);
        rt_decref(ts, v);
        if (odd)
            return -1;
    }
    return 0;
}

/* Does t look things up as its base does, but for what classes written in Python add, which the rows in own are told of? No
   native class must come in with them: wrappers of its methods would be good for t and not for its base. */
static bool extends_base(struct rt_thread *ts, const struct rt_type *t, bool *own)
{
    if (!t->base || !(t->base == &rt_object_type || rt_type_has(t->base, RT_TF_HEAP)) || rt_is_null(rt_type_mro_borrowed(t)) || rt_is_null(rt_type_mro_borrowed(t->base)))
        return false;
    const struct rt_tuple *mine = rt_as_tuple(rt_type_mro_borrowed(t)), *its = rt_as_tuple(rt_type_mro_borrowed(t->base));
    size_t met = 0;
    for (size_t i = 0; i < mine->length; i++) {
        struct rt_type *c = rt_as_type(mine->items[i]);
        if (met < its->length && rt_is(mine->items[i], its->items[met]))
            met++;
        else if (!rt_type_has(c, RT_TF_HEAP) || (c != t && rt_load_relaxed(&ts->mt)) || own_rows(ts, c, own) < 0)
            return false; /* a walk over a dict that another thread changes may miss a name */
    }
    return met == its->length;
}

/* A class has its base's slots wherever neither it nor its other bases define one of the names. */
void rt_slots_fixup(struct rt_thread *ts, struct rt_type *t)
{
    bool own[MAX_ROWS] = {0}, plain = extends_base(ts, t, own);
    for (uint32_t i = 0, end; i < rt_slotdefs_count; i = end) {
        uint32_t offset = rt_slotdefs[i].offset;
        bool inherits = plain && offset != offsetof(struct rt_type, new) && offset != offsetof(struct rt_type, getattro);
        for (end = i; end < rt_slotdefs_count && rt_slotdefs[end].offset == offset; end++)
            inherits = inherits && !own[end];
        if (inherits)
            *rt_slot_field(t, &rt_slotdefs[i]) = *rt_slot_field(t->base, &rt_slotdefs[i]);
        else
            fix_group(ts, t, i);
    }
    fix_flags(t);
}

static void update_one(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    for (uint32_t r = next_row(name, *first_row(name)); r; r = next_row(name, row_after[r - 1])) {
        uint32_t i = r - 1;
        while (i && rt_slotdefs[i - 1].offset == rt_slotdefs[i].offset)
            i--;
        fix_group(ts, t, i);
    }
    fix_flags(t);
}

void rt_slots_update(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    bool stopped = rt_types_stop(ts);
    rt_value types = rt_type_hierarchy(ts, t);
    if (rt_is_null(types)) {
        rt_exc_clear(ts);
        update_one(ts, t, name);
    }
    for (size_t i = 0; !rt_is_null(types) && i < rt_list_len(types); i++) {
        rt_value s = rt_list_get(ts, types, i);
        update_one(ts, rt_as_type(s), name);
        rt_decref(ts, s);
    }
    rt_types_start(ts, stopped);
    rt_decref(ts, types);
}
