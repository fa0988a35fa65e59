/* SPDX-License-Identifier: MIT */
/*
 * Numbers: binary, in-place and unary operators with their reflected forms, and conversions to C.
 */
#include "core/object/object_internal.h"

/* ---- binary ---------------------------------------------------------------------------------- */

static const char *const op_names[RT_BIN_COUNT] = {
    "+", "-", "*", "@", "/", "//", "%", "** or pow()", "<<", ">>", "&", "^", "|", "divmod()"};
static const char *const inplace_names[RT_BIN_COUNT] = {
    "+=", "-=", "*=", "@=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "^=", "|=", "divmod()"};

static RT_COLD rt_value unsupported(struct rt_thread *ts, rt_value a, rt_value b, const char *op)
{
    if (!strcmp(op, ">>") && rt_is_exact(a, &rt_builtin_type) &&
        !strcmp(((struct rt_builtin *)rt_ptr(a))->def->name, "print"))
        return rt_raise(ts, &rt_exc_TypeError,
                        "unsupported operand type(s) for %s: '%.100s' and '%.100s'. Did you mean "
                        "\"print(<message>, file=<output_stream>)\"?",
                        op, rt_typename(a), rt_typename(b));
    return rt_raise(ts, &rt_exc_TypeError, "unsupported operand type(s) for %s: '%.100s' and '%.100s'", op,
                    rt_typename(a), rt_typename(b));
}

/* NOTIMPL when neither type knows. */
RT_INLINE rt_value binary1(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    struct rt_type *ta = rt_type_of(a), *tb = rt_type_of(b);
    rt_binaryfn fa = ta->binary[op], fb = NULL;
    rt_value r;
    if (ta == tb)
        return fa ? fa(ts, a, b) : RT_NOTIMPL;
    if ((fb = tb->binary[op]) == fa)
        fb = NULL;
    if (fa) {
        if (fb && rt_type_is_subtype(tb, ta)) {
            r = fb(ts, a, b);
            if (!rt_is_notimpl(r))
                return r;
            fb = NULL;
        }
        r = fa(ts, a, b);
        if (!rt_is_notimpl(r))
            return r;
    }
    return fb ? fb(ts, a, b) : RT_NOTIMPL;
}

static rt_value repeat(struct rt_thread *ts, rt_value (*f)(struct rt_thread *, rt_value, int64_t),
                       rt_value seq, rt_value count)
{
    if (!rt_index_check(count))
        return rt_raise(ts, &rt_exc_TypeError, "can't multiply sequence by non-int of type '%.200s'",
                        rt_typename(count));
    int64_t n = rt_as_index(ts, count, &rt_exc_OverflowError);
    return n == -1 && rt_pending(ts) ? RT_NULL : f(ts, seq, n);
}

/* The sequence forms of + and *; NOTIMPL if there are none. */
static rt_value sequence_op(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op, bool inplace)
{
    struct rt_type *ta = rt_type_of(a), *tb = rt_type_of(b);
    if (op == RT_BIN_ADD) {
        rt_binaryfn f = inplace && ta->sq_inplace_concat ? ta->sq_inplace_concat : ta->sq_concat;
        return f ? f(ts, a, b) : RT_NOTIMPL;
    }
    if (op == RT_BIN_MUL) {
        if (inplace && ta->sq_inplace_repeat)
            return repeat(ts, ta->sq_inplace_repeat, a, b);
        if (ta->sq_repeat)
            return repeat(ts, ta->sq_repeat, a, b);
        if (tb->sq_repeat)
            return repeat(ts, tb->sq_repeat, b, a);
    }
    return RT_NOTIMPL;
}

rt_value rt_binary(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    if (op == RT_BIN_POW)
        return rt_power(ts, a, b, RT_NONE);
    if (op == RT_BIN_ADD && rt_is_str_exact(a) && rt_is_str_exact(b))
        return rt_str_concat(ts, a, b);
    rt_value r = binary1(ts, a, b, op);
    if (rt_likely(!rt_is_notimpl(r)))
        return r;
    r = sequence_op(ts, a, b, op, false);
    return rt_is_notimpl(r) ? unsupported(ts, a, b, op_names[op]) : r;
}

rt_value rt_binary_rest(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op, bool inplace)
{
    rt_value r = rt_slot_reflected(ts, a, b, op);
    if (rt_is_notimpl(r))
        r = sequence_op(ts, a, b, op, inplace);
    return rt_is_notimpl(r) ? unsupported(ts, a, b, inplace ? inplace_names[op] : op_names[op]) : r;
}

rt_value rt_binary_refused(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    return unsupported(ts, a, b, op_names[op]);
}

static rt_value power1(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod);

rt_value rt_inplace(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    rt_binaryfn f = rt_type_of(a)->inplace[op];
    rt_value r = f ? f(ts, a, b) : RT_NOTIMPL;
    return rt_is_notimpl(r) ? rt_inplace_rest(ts, a, b, op) : r;
}

rt_value rt_inplace_rest(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    rt_value r = op == RT_BIN_POW ? power1(ts, a, b, RT_NONE) : binary1(ts, a, b, op);
    if (rt_is_notimpl(r))
        r = sequence_op(ts, a, b, op, true);
    return rt_is_notimpl(r) ? unsupported(ts, a, b, inplace_names[op]) : r;
}

/* ---- power ----------------------------------------------------------------------------------- */

static rt_value try_power(struct rt_thread *ts, const struct rt_type *t, rt_value a, rt_value b, rt_value mod)
{
    if (t->power)
        return t->power(ts, a, b, mod);
    if (t->binary[RT_BIN_POW] && rt_is_none(mod))
        return t->binary[RT_BIN_POW](ts, a, b);
    return RT_NOTIMPL;
}

static bool same_power(const struct rt_type *a, const struct rt_type *b)
{
    return a->power == b->power && a->binary[RT_BIN_POW] == b->binary[RT_BIN_POW];
}

static rt_value power1(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    struct rt_type *ta = rt_type_of(a), *tb = rt_type_of(b), *tm = rt_type_of(mod);
    bool other = ta != tb && !same_power(ta, tb);
    rt_value r;
    if (other && rt_type_is_subtype(tb, ta)) {
        r = try_power(ts, tb, a, b, mod);
        if (!rt_is_notimpl(r))
            return r;
        other = false;
    }
    r = try_power(ts, ta, a, b, mod);
    if (!rt_is_notimpl(r))
        return r;
    if (other) {
        r = try_power(ts, tb, a, b, mod);
        if (!rt_is_notimpl(r))
            return r;
    }
    if (!rt_is_none(mod) && !same_power(tm, ta) && !same_power(tm, tb))
        return try_power(ts, tm, a, b, mod);
    return RT_NOTIMPL;
}

rt_value rt_power(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    if (rt_is_null(mod))
        mod = RT_NONE;
    rt_value r = power1(ts, a, b, mod);
    if (!rt_is_notimpl(r))
        return r;
    if (rt_is_none(mod))
        return unsupported(ts, a, b, op_names[RT_BIN_POW]);
    return rt_raise(ts, &rt_exc_TypeError,
                    "unsupported operand type(s) for ** or pow(): '%.100s', '%.100s', '%.100s'",
                    rt_typename(a), rt_typename(b), rt_typename(mod));
}

/* ---- unary ----------------------------------------------------------------------------------- */

rt_value rt_unary(struct rt_thread *ts, rt_value a, enum rt_unop op)
{
    static const char *const names[] = {"unary -", "unary +", "unary ~", "abs()"};
    rt_unaryfn f = rt_type_of(a)->unary[op];
    if (rt_likely(f))
        return f(ts, a);
    return rt_raise(ts, &rt_exc_TypeError, "bad operand type for %s: '%.200s'", names[op], rt_typename(a));
}

/* ---- to int ---------------------------------------------------------------------------------- */

bool rt_index_check(rt_value o) { return rt_is_int(o) || rt_type_of(o)->index != NULL; }

/* v is any int: the exact one. Consumes v. */
static rt_value exact_int(struct rt_thread *ts, rt_value v)
{
    int64_t i;
    if (rt_is_int(v) || (rt_is_ptr(v) && rt_is_exact(v, &rt_int_type)))
        return v;
    rt_value r;
    if (rt_int_try_i64(v, &i)) {
        r = rt_int_from_i64(ts, i);
    } else {
        struct rt_bigint *b = (struct rt_bigint *)rt_ptr(v);
        r = rt_int_from_limbs(ts, b->limbs, b->nlimbs, b->negative);
    }
    rt_decref(ts, v);
    return r;
}

/* Result of __index__ or __int__: an int; a strict subclass is deprecated. Consumes r. */
static rt_value check_int(struct rt_thread *ts, rt_value r, const char *method)
{
    if (rt_is_null(r) || rt_is_int(r) || (rt_is_ptr(r) && rt_is_exact(r, &rt_int_type)))
        return r;
    if (!rt_is_any_int(r)) {
        rt_raise(ts, &rt_exc_TypeError, "%s returned non-int (type %.200s)", method, rt_typename(r));
        rt_decref(ts, r);
        return RT_NULL;
    }
    if (rt_warn(ts, &rt_exc_DeprecationWarning, 1,
                "%s returned non-int (type %.200s).  The ability to return an instance of a strict "
                "subclass of int is deprecated, and may not be supported in a future version of Python.",
                method, rt_typename(r)) < 0) {
        rt_decref(ts, r);
        return RT_NULL;
    }
    return r;
}

rt_value rt_index(struct rt_thread *ts, rt_value o)
{
    if (rt_likely(rt_is_int(o)))
        return o;
    if (rt_is_any_int(o))
        return exact_int(ts, rt_newref(ts, o));
    rt_unaryfn f = rt_type_of(o)->index;
    if (!f)
        return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object cannot be interpreted as an integer",
                        rt_typename(o));
    rt_value r = check_int(ts, f(ts, o), "__index__");
    return rt_is_null(r) ? r : exact_int(ts, r);
}

static rt_value int_from_bytes(struct rt_thread *ts, rt_value o, bool *done)
{
    struct rt_buffer b;
    *done = true;
    if (rt_is_str(o))
        return rt_int_parse_str(ts, o, 10);
    if (!rt_has_buffer(o)) {
        *done = false;
        return RT_NULL;
    }
    if (rt_buffer_get(ts, o, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value r = rt_int_parse(ts, b.buf, (size_t)b.len, 10);
    rt_buffer_release(ts, &b);
    return r;
}

rt_value rt_to_int(struct rt_thread *ts, rt_value o)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_is_int(o) || t == &rt_int_type)
        return rt_newref(ts, o);
    if (t->to_int) {
        rt_value r = check_int(ts, t->to_int(ts, o), "__int__");
        return rt_is_null(r) ? r : exact_int(ts, r);
    }
    if (t->index)
        return rt_index(ts, o);
    rt_value self, f = rt_lookup_special(ts, o, "__trunc__", &self);
    if (!rt_is_null(f)) {
        rt_value r = RT_NULL;
        if (rt_warn(ts, &rt_exc_DeprecationWarning, 1,
                    "The delegation of int() to __trunc__ is deprecated.") == 0)
            r = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
        rt_decref(ts, f);
        if (rt_is_null(r) || rt_is_any_int(r))
            return rt_is_null(r) ? r : exact_int(ts, r);
        rt_value i = RT_NULL;
        if (rt_index_check(r))
            i = rt_index(ts, r);
        else
            rt_raise(ts, &rt_exc_TypeError, "__trunc__ returned non-Integral (type %.200s)", rt_typename(r));
        rt_decref(ts, r);
        return i;
    }
    if (rt_pending(ts))
        return RT_NULL;
    bool done;
    rt_value r = rt_is_ptr(o) ? int_from_bytes(ts, o, &done) : (done = false, RT_NULL);
    if (done)
        return r;
    return rt_raise(ts, &rt_exc_TypeError,
                    "int() argument must be a string, a bytes-like object or a real number, not '%.200s'",
                    rt_typename(o));
}

int64_t rt_as_index(struct rt_thread *ts, rt_value o, struct rt_type *exc_overflow)
{
    if (rt_likely(rt_is_int(o)))
        return rt_int_get(o);
    rt_value v = rt_index(ts, o);
    int64_t i = -1;
    if (rt_is_null(v))
        return -1;
    if (!rt_int_try_i64(v, &i)) {
        if (exc_overflow) {
            rt_raise(ts, exc_overflow, "cannot fit '%.200s' into an index-sized integer", rt_typename(o));
            i = -1;
        } else {
            i = rt_int_sign(v) < 0 ? INT64_MIN : INT64_MAX;
        }
    }
    rt_decref(ts, v);
    return i;
}

int64_t rt_as_ssize(struct rt_thread *ts, rt_value o)
{
    if (rt_likely(rt_is_int(o)))
        return rt_int_get(o);
    rt_value v = rt_index(ts, o);
    int64_t i = -1;
    if (!rt_is_null(v) && !rt_int_try_i64(v, &i)) {
        rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C ssize_t");
        i = -1;
    }
    rt_decref(ts, v);
    return i;
}

int64_t rt_as_i64(struct rt_thread *ts, rt_value o)
{
    if (rt_likely(rt_is_int(o)))
        return rt_int_get(o);
    rt_value v = rt_index(ts, o);
    int64_t i = -1;
    if (!rt_is_null(v) && !rt_int_try_i64(v, &i)) {
        rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C long");
        i = -1;
    }
    rt_decref(ts, v);
    return i;
}

uint64_t rt_as_u64(struct rt_thread *ts, rt_value o)
{
    if (rt_is_int(o) && rt_int_get(o) >= 0)
        return (uint64_t)rt_int_get(o);
    rt_value v = rt_index(ts, o);
    uint64_t u = (uint64_t)-1;
    if (!rt_is_null(v) && !rt_int_try_u64(v, &u)) {
        rt_raise(ts, &rt_exc_OverflowError, rt_int_sign(v) < 0
                     ? "can't convert negative value to unsigned int"
                     : "Python int too large to convert to C unsigned long");
        u = (uint64_t)-1;
    }
    rt_decref(ts, v);
    return u;
}

int rt_as_int(struct rt_thread *ts, rt_value o)
{
    int64_t i = rt_as_i64(ts, o);
    if (i == -1 && rt_pending(ts)) {
        if (!rt_exc_is(ts, &rt_exc_OverflowError))
            return -1;
        i = INT64_MAX;
        rt_exc_clear(ts);
    }
    if (i < INT32_MIN || i > INT32_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    return (int)i;
}

/* ---- to float -------------------------------------------------------------------------------- */

/* Result of __float__. Consumes r. */
static rt_value check_float(struct rt_thread *ts, rt_value r, rt_value o)
{
    if (rt_is_null(r) || rt_is_float_imm(r) || (rt_is_ptr(r) && rt_is_exact(r, &rt_float_type)))
        return r;
    if (!rt_is_float(r)) {
        rt_raise(ts, &rt_exc_TypeError, "%.50s.__float__ returned non-float (type %.50s)", rt_typename(o),
                 rt_typename(r));
        rt_decref(ts, r);
        return RT_NULL;
    }
    double d = rt_float_value(r);
    int w = rt_warn(ts, &rt_exc_DeprecationWarning, 1,
                    "%.50s.__float__ returned non-float (type %.50s).  The ability to return an instance of "
                    "a strict subclass of float is deprecated, and may not be supported in a future "
                    "version of Python.", rt_typename(o), rt_typename(r));
    rt_decref(ts, r);
    return w < 0 ? RT_NULL : rt_float_new(ts, d);
}

rt_value rt_to_float(struct rt_thread *ts, rt_value o)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_is_float_imm(o) || t == &rt_float_type)
        return rt_newref(ts, o);
    if (t->to_float)
        return check_float(ts, t->to_float(ts, o), o);
    if (t->index) {
        rt_value i = rt_index(ts, o);
        if (rt_is_null(i))
            return i;
        double d = rt_int_as_double(ts, i);
        rt_decref(ts, i);
        return d == -1.0 && rt_pending(ts) ? RT_NULL : rt_float_new(ts, d);
    }
    if (rt_is_ptr(o) && rt_is_float(o))
        return rt_float_new(ts, rt_float_value(o));
    if (rt_is_ptr(o) && (rt_is_str(o) || rt_has_buffer(o)))
        return rt_float_parse(ts, o);
    return rt_raise(ts, &rt_exc_TypeError, "float() argument must be a string or a real number, not '%.200s'",
                    t->name);
}

double rt_as_double(struct rt_thread *ts, rt_value o)
{
    if (rt_is_float(o))
        return rt_float_value(o);
    if (rt_is_int(o))
        return (double)rt_int_get(o);
    struct rt_type *t = rt_type_of(o);
    rt_value f;
    if (t->to_float) {
        f = check_float(ts, t->to_float(ts, o), o);
    } else if (t->index) {
        f = rt_to_float(ts, o);
    } else {
        rt_raise(ts, &rt_exc_TypeError, "must be real number, not %.50s", t->name);
        return -1.0;
    }
    if (rt_is_null(f))
        return -1.0;
    double d = rt_float_value(f);
    rt_decref(ts, f);
    return d;
}
