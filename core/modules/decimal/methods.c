/* SPDX-License-Identifier: MIT */
/*
 * _decimal: the methods that Decimal and Context share, from the kernel's operations. x.op(y, context=None)
 * and context.op(x, y) differ only in where the context comes from.
 */
#include "core/modules/decimal/decimal_internal.h"

extern const struct rt_method_def rt_dec_decimal_ops[];

/* ---- calling the kernel ---- */
static rt_value run1(struct rt_thread *ts, rt_value a, num_unary fn, struct dctx *ctx)
{
    struct num x, r;
    uint32_t st = 0;
    dec_view(&x, a);
    num_init(&r);
    fn(&r, &x, ctx, &st);
    return dec_finish(ts, &r, ctx, st);
}
static rt_value run3(struct rt_thread *ts, rt_value a, rt_value b, rt_value c, struct dctx *ctx)
{
    struct num x, y, z, r;
    uint32_t st = 0;
    dec_view(&x, a);
    dec_view(&y, b);
    dec_view(&z, c);
    num_init(&r);
    num_fma(&r, &x, &y, &z, ctx, &st);
    return dec_finish(ts, &r, ctx, st);
}
rt_value dec_divmod(struct rt_thread *ts, rt_value a, rt_value b, struct dctx *ctx)
{
    struct num x, y, q, r;
    uint32_t st = 0;
    dec_view(&x, a);
    dec_view(&y, b);
    num_init(&q);
    num_init(&r);
    num_divmod(&q, &r, &x, &y, ctx, &st);
    rt_value v = RT_NULL;
    if (dec_status(ts, ctx, st) == 0) {
        rt_value w[2] = {dec_new(ts, &rt_decimal_type, &q), dec_new(ts, &rt_decimal_type, &r)};
        v = rt_is_null(w[0]) || rt_is_null(w[1]) ? RT_NULL : rt_tuple_steal(ts, w, 2);
    }
    num_free(&q);
    num_free(&r);
    return v;
}
rt_value dec_pow3(struct rt_thread *ts, rt_value a, rt_value b, rt_value m, struct dctx *ctx)
{
    struct num x, y, z, r;
    uint32_t st = 0;
    if (rt_is_none(m))
        return dec_binary(ts, a, b, num_pow, ctx);
    dec_view(&x, a);
    dec_view(&y, b);
    dec_view(&z, m);
    num_init(&r);
    num_powmod(&r, &x, &y, &z, ctx, &st);
    return dec_finish(ts, &r, ctx, st);
}

/* ---- arguments ---- */
/* x.fname(context=None) */
static rt_value method1(struct rt_thread *ts, const char *fname, rt_value self, const rt_value *args, uint32_t n, rt_value kw, num_unary fn)
{
    static const char *const names[] = {"context", NULL};
    struct rt_argspec spec = {fname, names, 0, 0, 1, 1};
    rt_value v[1] = {RT_NULL}, c, r;
    if ((n || !rt_is_null(kw)) && rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    c = dec_context_arg(ts, v[0]);
    if (rt_is_null(c))
        return c;
    r = run1(ts, self, fn, &as_context(c)->c);
    rt_decref(ts, c);
    return r;
}
/* x.fname(other, context=None): other converted, and the context; owned. */
static int args2(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw, rt_value *other, rt_value *c)
{
    static const char *const names[] = {"other", "context", NULL};
    struct rt_argspec spec = {fname, names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    *c = dec_context_arg(ts, v[1]);
    if (rt_is_null(*c))
        return -1;
    *other = dec_convert_raise(ts, v[0]);
    if (!rt_is_null(*other))
        return 0;
    rt_decref(ts, *c);
    return -1;
}
static rt_value method2(struct rt_thread *ts, const char *fname, rt_value self, const rt_value *args, uint32_t n, rt_value kw, num_binary fn)
{
    rt_value other, c;
    if (args2(ts, fname, args, n, kw, &other, &c) < 0)
        return RT_NULL;
    rt_value r = dec_binary(ts, self, other, fn, &as_context(c)->c);
    rt_decref(ts, other);
    rt_decref(ts, c);
    return r;
}
static rt_value ctx1(struct rt_thread *ts, rt_value self, rt_value a, num_unary fn)
{
    rt_value x = dec_convert_raise(ts, a), r;
    if (rt_is_null(x))
        return x;
    r = run1(ts, x, fn, &as_context(self)->c);
    rt_decref(ts, x);
    return r;
}
/* Two positional (or a=, b=) operands of a context method; owned. */
static int ctx_args(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw, uint32_t want, rt_value *out)
{
    static const char *const names[3][4] = {{"a", NULL}, {"a", "b", NULL}, {"a", "b", "c", NULL}};
    struct rt_argspec spec = {fname, names[want - 1], want == 1, (uint8_t)want, (uint8_t)want, (uint8_t)want};
    rt_value v[3] = {RT_NULL, RT_NULL, RT_NULL};
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    for (uint32_t i = 0; i < want; i++) {
        out[i] = dec_convert_raise(ts, v[i]);
        if (rt_is_null(out[i])) {
            while (i--)
                rt_decref(ts, out[i]);
            return -1;
        }
    }
    return 0;
}
static rt_value ctx2(struct rt_thread *ts, const char *fname, rt_value self, const rt_value *args, uint32_t n, rt_value kw, num_binary fn)
{
    rt_value v[2];
    if (ctx_args(ts, fname, args, n, kw, 2, v) < 0)
        return RT_NULL;
    rt_value r = dec_binary(ts, v[0], v[1], fn, &as_context(self)->c);
    rt_decref(ts, v[0]);
    rt_decref(ts, v[1]);
    return r;
}

/* ---- generated: X(python name, kernel function) ---- */
#define DEC1(X) X(exp, exp) X(ln, ln) X(log10, log10) X(logb, logb) X(logical_invert, invert) X(next_minus, next_minus) \
    X(next_plus, next_plus) X(normalize, normalize) X(sqrt, sqrt)
#define BOTH2(X) X(compare, compare) X(compare_signal, compare_signal) X(compare_total, compare_total)              \
    X(compare_total_mag, compare_total_mag) X(logical_and, and) X(logical_or, or) X(logical_xor, xor) X(max, max)   \
    X(max_mag, max_mag) X(min, min) X(min_mag, min_mag) X(next_toward, next_toward) X(remainder_near, rem_near)     \
    X(rotate, rotate) X(scaleb, scaleb) X(shift, shift) X(copy_sign, copy_sign)
#define CTX1(X) DEC1(X) X(abs, abs) X(minus, minus) X(plus, plus) X(_apply, apply) X(to_integral_exact, to_integral_exact) \
    X(to_integral, to_integral_value) X(to_integral_value, to_integral_value)
#define CTX2(X) BOTH2(X) X(add, add) X(subtract, sub) X(multiply, mul) X(divide, div) X(divide_int, divint) X(remainder, rem) X(quantize, quantize)
#define X(name, fn) static rt_value d_##name(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return method1(ts, #name, self, a, n, kw, num_##fn); }
DEC1(X)
#undef X
#define X(name, fn) static rt_value d_##name(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return method2(ts, #name, self, a, n, kw, num_##fn); }
BOTH2(X)
#undef X
#define X(name, fn) static rt_value c_##name(struct rt_thread *ts, rt_value self, rt_value a) { return ctx1(ts, self, a, num_##fn); }
CTX1(X)
#undef X
#define X(name, fn) static rt_value c_##name(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return ctx2(ts, #name, self, a, n, kw, num_##fn); }
CTX2(X)
#undef X

/* ---- Decimal: the rest ---- */
static rt_value to_integral(struct rt_thread *ts, const char *fname, rt_value self, const rt_value *args, uint32_t n, rt_value kw, num_unary fn)
{
    static const char *const names[] = {"rounding", "context", NULL};
    struct rt_argspec spec = {fname, names, 0, 0, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value c = dec_context_arg(ts, v[1]);
    if (rt_is_null(c))
        return c;
    struct dctx work = as_context(c)->c;
    int round = rt_is_null(v[0]) || rt_is_none(v[0]) ? work.round : dec_round_arg(ts, v[0]);
    rt_value r = RT_NULL;
    if (round >= 0) {
        struct num x, q;
        uint32_t st = 0;
        work.round = (uint8_t)round;
        dec_view(&x, self);
        num_init(&q);
        fn(&q, &x, &work, &st);
        r = dec_finish(ts, &q, &as_context(c)->c, st);
    }
    rt_decref(ts, c);
    return r;
}
static rt_value d_to_integral_value(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return to_integral(ts, "to_integral_value", self, a, n, kw, num_to_integral_value); }
static rt_value d_to_integral_exact(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return to_integral(ts, "to_integral_exact", self, a, n, kw, num_to_integral_exact); }
static rt_value d_quantize(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"exp", "rounding", "context", NULL};
    static const struct rt_argspec spec = {"quantize", names, 0, 1, 3, 3};
    rt_value v[3], r = RT_NULL;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value c = dec_context_arg(ts, v[2]);
    if (rt_is_null(c))
        return c;
    struct dctx work = as_context(c)->c;
    int round = rt_is_null(v[1]) || rt_is_none(v[1]) ? work.round : dec_round_arg(ts, v[1]);
    rt_value b = round < 0 ? RT_NULL : dec_convert_raise(ts, v[0]);
    if (!rt_is_null(b) && as_decimal(b)->kind == K_FINITE)
        r = dec_quantize_small(ts, as_decimal(self), as_decimal(b)->exp, round, &as_context(c)->c);
    if (!rt_is_null(b) && rt_is_null(r) && !rt_pending(ts)) {
        struct num x, y, q;
        uint32_t st = 0;
        work.round = (uint8_t)round;
        dec_view(&x, self);
        dec_view(&y, b);
        num_init(&q);
        num_quantize(&q, &x, &y, &work, &st);
        r = dec_finish(ts, &q, &as_context(c)->c, st);
    }
    rt_decref(ts, b);
    rt_decref(ts, c);
    return r;
}
static rt_value d_fma(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"other", "third", "context", NULL};
    static const struct rt_argspec spec = {"fma", names, 0, 2, 3, 3};
    rt_value v[3], r = RT_NULL;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value c = dec_context_arg(ts, v[2]);
    if (rt_is_null(c))
        return c;
    rt_value b = dec_convert_raise(ts, v[0]), d = rt_is_null(b) ? b : dec_convert_raise(ts, v[1]);
    if (!rt_is_null(d))
        r = run3(ts, self, b, d, &as_context(c)->c);
    rt_decref(ts, b);
    rt_decref(ts, d);
    rt_decref(ts, c);
    return r;
}
static rt_value same_quantum(rt_value a, rt_value b)
{
    struct decimal *x = as_decimal(a), *y = as_decimal(b);
    if (x->kind != K_FINITE || y->kind != K_FINITE)
        return rt_bool((x->kind >= K_QNAN && y->kind >= K_QNAN) || (x->kind == K_INF && y->kind == K_INF));
    return rt_bool(x->exp == y->exp);
}
static rt_value d_same_quantum(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value other, c;
    if (args2(ts, "same_quantum", args, n, kw, &other, &c) < 0)
        return RT_NULL;
    rt_value r = same_quantum(self, other);
    rt_decref(ts, other);
    rt_decref(ts, c);
    return r;
}
static rt_value signed_copy(struct rt_thread *ts, rt_value a, bool neg)
{
    struct num x;
    dec_view(&x, a);
    x.neg = neg;
    return dec_new(ts, &rt_decimal_type, &x);
}
static rt_value d_copy_abs(struct rt_thread *ts, rt_value self) { return signed_copy(ts, self, false); }
static rt_value d_copy_negate(struct rt_thread *ts, rt_value self) { return signed_copy(ts, self, !as_decimal(self)->neg); }
static rt_value d_self(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }
static rt_value d_radix(struct rt_thread *ts, rt_value self) { return dec_from_int(ts, &rt_decimal_type, rt_int_imm(10), NULL); }
static rt_value d_adjusted(struct rt_thread *ts, rt_value self)
{
    struct decimal *d = as_decimal(self);
    return rt_int_from_i64(ts, d->kind == K_FINITE ? d->exp + d->digits - 1 : 0);
}
enum fact { F_FINITE, F_INFINITE, F_NAN, F_QNAN, F_SNAN, F_SIGNED, F_ZERO, F_CANONICAL, F_NORMAL, F_SUBNORMAL };
static rt_value fact(rt_value self, enum fact f, const struct dctx *ctx)
{
    struct num a;
    dec_view(&a, self);
    switch (f) {
    case F_FINITE: return rt_bool(a.kind == K_FINITE);
    case F_INFINITE: return rt_bool(a.kind == K_INF);
    case F_NAN: return rt_bool(num_nan(&a));
    case F_QNAN: return rt_bool(a.kind == K_QNAN);
    case F_SNAN: return rt_bool(a.kind == K_SNAN);
    case F_SIGNED: return rt_bool(a.neg);
    case F_ZERO: return rt_bool(num_zero(&a));
    case F_CANONICAL: return RT_TRUE;
    case F_NORMAL: return rt_bool(num_is_normal(&a, ctx));
    default: return rt_bool(num_is_subnormal(&a, ctx));
    }
}
#define FACTS(X) X(is_finite, F_FINITE) X(is_infinite, F_INFINITE) X(is_nan, F_NAN) X(is_qnan, F_QNAN) X(is_snan, F_SNAN) \
    X(is_signed, F_SIGNED) X(is_zero, F_ZERO) X(is_canonical, F_CANONICAL)
#define CTX_FACTS(X) X(is_finite, F_FINITE) X(is_infinite, F_INFINITE) X(is_nan, F_NAN) X(is_qnan, F_QNAN) X(is_snan, F_SNAN) \
    X(is_signed, F_SIGNED) X(is_zero, F_ZERO) X(is_normal, F_NORMAL) X(is_subnormal, F_SUBNORMAL)
#define X(name, f) static rt_value d_##name(struct rt_thread *ts, rt_value self) { return fact(self, f, NULL); }
FACTS(X)
#undef X
static rt_value c_fact(struct rt_thread *ts, rt_value self, rt_value v, enum fact f)
{
    rt_value d = dec_convert_raise(ts, v), r;
    if (rt_is_null(d))
        return d;
    r = fact(d, f, &as_context(self)->c);
    rt_decref(ts, d);
    return r;
}
#define X(name, f) static rt_value c_##name(struct rt_thread *ts, rt_value self, rt_value v) { return c_fact(ts, self, v, f); }
CTX_FACTS(X)
#undef X
static rt_value c_is_canonical(struct rt_thread *ts, rt_value self, rt_value v)
{
    return dec_check(v) ? RT_TRUE : rt_raise(ts, &rt_exc_TypeError, "argument must be a Decimal");
}
static rt_value with_context(struct rt_thread *ts, const char *fname, rt_value self, const rt_value *args, uint32_t n, rt_value kw,
                             rt_value (*fn)(struct rt_thread *, rt_value, const struct dctx *))
{
    static const char *const names[] = {"context", NULL};
    struct rt_argspec spec = {fname, names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value c = dec_context_arg(ts, v[0]), r;
    if (rt_is_null(c))
        return c;
    r = fn(ts, self, &as_context(c)->c);
    rt_decref(ts, c);
    return r;
}
static rt_value normal(struct rt_thread *ts, rt_value a, const struct dctx *c) { return fact(a, F_NORMAL, c); }
static rt_value subnormal(struct rt_thread *ts, rt_value a, const struct dctx *c) { return fact(a, F_SUBNORMAL, c); }
static rt_value class_name(struct rt_thread *ts, rt_value a, const struct dctx *c)
{
    struct num x;
    dec_view(&x, a);
    return rt_str_from_cstr(ts, num_class(&x, c));
}
static rt_value eng_text(struct rt_thread *ts, rt_value a, const struct dctx *c) { return dec_text(ts, a, true, c->capitals); }
#define WITH(X) X(is_normal, normal) X(is_subnormal, subnormal) X(number_class, class_name) X(to_eng_string, eng_text)
#define X(name, f) static rt_value d_##name(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return with_context(ts, #name, self, a, n, kw, f); }
WITH(X)
#undef X

#define X(name, fn) {#name, d_##name, RT_METH_KW, #name "($self, /, context=None)\n--\n\n"},
#define Y(name, fn) {#name, d_##name, RT_METH_KW, #name "($self, /, other, context=None)\n--\n\n"},
#define Z(name, fn) {#name, d_##name, RT_METH_NOARGS, #name "($self, /)\n--\n\n"},
const struct rt_method_def rt_dec_decimal_ops[] = {
    DEC1(X) BOTH2(Y) FACTS(Z) WITH(X) Y(same_quantum, 0) Z(copy_abs, 0) Z(copy_negate, 0) Z(radix, 0) Z(adjusted, 0)
    {"canonical", d_self, RT_METH_NOARGS, "canonical($self, /)\n--\n\nReturn the canonical encoding of the argument."},
    {"to_integral", d_to_integral_value, RT_METH_KW, "to_integral($self, /, rounding=None, context=None)\n--\n\nIdentical to the to_integral_value() method."},
    {"to_integral_value", d_to_integral_value, RT_METH_KW, "to_integral_value($self, /, rounding=None, context=None)\n--\n\nRound to the nearest integer without signaling Inexact or Rounded."},
    {"to_integral_exact", d_to_integral_exact, RT_METH_KW, "to_integral_exact($self, /, rounding=None, context=None)\n--\n\nRound to the nearest integer, signaling Inexact or Rounded as appropriate."},
    {"quantize", d_quantize, RT_METH_KW, "quantize($self, /, exp, rounding=None, context=None)\n--\n\nReturn a value equal to the first operand after rounding and having the\nexponent of the second operand."},
    {"fma", d_fma, RT_METH_KW, "fma($self, /, other, third, context=None)\n--\n\nFused multiply-add.  Return self*other+third with no rounding of the\nintermediate product self*other."},
    {NULL},
};
#undef X
#undef Y
#undef Z

/* ---- Context: the rest ---- */
static rt_value c_same_quantum(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v[2];
    if (ctx_args(ts, "same_quantum", args, n, kw, 2, v) < 0)
        return RT_NULL;
    rt_value r = same_quantum(v[0], v[1]);
    rt_decref(ts, v[0]);
    rt_decref(ts, v[1]);
    return r;
}
static rt_value c_divmod(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v[2];
    if (ctx_args(ts, "divmod", args, n, kw, 2, v) < 0)
        return RT_NULL;
    rt_value r = dec_divmod(ts, v[0], v[1], &as_context(self)->c);
    rt_decref(ts, v[0]);
    rt_decref(ts, v[1]);
    return r;
}
static rt_value c_fma(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v[3];
    if (ctx_args(ts, "fma", args, n, kw, 3, v) < 0)
        return RT_NULL;
    rt_value r = run3(ts, v[0], v[1], v[2], &as_context(self)->c);
    for (int i = 0; i < 3; i++)
        rt_decref(ts, v[i]);
    return r;
}
static rt_value c_power(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"a", "b", "modulo", NULL};
    static const struct rt_argspec spec = {"power", names, 0, 2, 3, 3};
    rt_value v[3], w[3] = {RT_NULL, RT_NULL, RT_NONE}, r = RT_NULL;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    uint32_t count = rt_is_null(v[2]) || rt_is_none(v[2]) ? 2 : 3, i = 0;
    for (; i < count && !rt_is_null(w[i] = dec_convert_raise(ts, v[i])); i++)
        ;
    if (i == count)
        r = dec_pow3(ts, w[0], w[1], w[2], &as_context(self)->c);
    for (i = 0; i < 3; i++)
        rt_decref(ts, w[i]);
    return r;
}
static rt_value c_convert_then(struct rt_thread *ts, rt_value self, rt_value v, rt_value (*fn)(struct rt_thread *, rt_value, const struct dctx *))
{
    rt_value d = dec_convert_raise(ts, v), r;
    if (rt_is_null(d))
        return d;
    r = fn(ts, d, &as_context(self)->c);
    rt_decref(ts, d);
    return r;
}
static rt_value sci_text(struct rt_thread *ts, rt_value a, const struct dctx *c) { return dec_text(ts, a, false, c->capitals); }
static rt_value abs_copy(struct rt_thread *ts, rt_value a, const struct dctx *c) { return signed_copy(ts, a, false); }
static rt_value negated_copy(struct rt_thread *ts, rt_value a, const struct dctx *c) { return signed_copy(ts, a, !as_decimal(a)->neg); }
static rt_value plain_copy(struct rt_thread *ts, rt_value a, const struct dctx *c) { return rt_newref(ts, a); }
#define CONVERTING(X) X(to_sci_string, sci_text) X(to_eng_string, eng_text) X(number_class, class_name) X(copy_abs, abs_copy) \
    X(copy_negate, negated_copy) X(copy_decimal, plain_copy)
#define X(name, f) static rt_value c_##name(struct rt_thread *ts, rt_value self, rt_value v) { return c_convert_then(ts, self, v, f); }
CONVERTING(X)
#undef X
static rt_value c_canonical(struct rt_thread *ts, rt_value self, rt_value v)
{
    return dec_check(v) ? rt_newref(ts, v) : rt_raise(ts, &rt_exc_TypeError, "argument must be a Decimal");
}
static rt_value c_create_decimal(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "create_decimal", n, 0, 1) < 0)
        return RT_NULL;
    return dec_from_value(ts, &rt_decimal_type, n ? args[0] : rt_int_imm(0), &as_context(self)->c, false);
}
static rt_value c_create_from_float(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (rt_is_any_int(v))
        return dec_from_int(ts, &rt_decimal_type, v, &as_context(self)->c);
    if (!rt_is_float(v))
        return rt_raise(ts, &rt_exc_TypeError, "argument must be int or float");
    return dec_from_float(ts, &rt_decimal_type, v, &as_context(self)->c);
}
#define X(name, fn) {#name, c_##name, RT_METH_O, #name "($self, x, /)\n--\n\n"},
#define Y(name, fn) {#name, c_##name, RT_METH_KW, #name "($self, x, y, /)\n--\n\n"},
const struct rt_method_def rt_dec_context_ops[] = {
    CTX1(X) CTX2(Y) CTX_FACTS(X) X(is_canonical, 0) CONVERTING(X) X(canonical, 0) Y(same_quantum, 0) Y(divmod, 0)
    {"fma", c_fma, RT_METH_KW, "fma($self, x, y, z, /)\n--\n\nReturn x multiplied by y, plus z."},
    {"power", c_power, RT_METH_KW, "power($self, /, a, b, modulo=None)\n--\n\nCompute a**b. If 'a' is negative, then 'b' must be integral."},
    {"radix", d_radix, RT_METH_NOARGS, "radix($self, /)\n--\n\nReturn 10."},
    {"create_decimal", c_create_decimal, RT_METH_FAST, "create_decimal($self, num=\"0\", /)\n--\n\nCreate a new Decimal instance from num, using self as the context."},
    {"create_decimal_from_float", c_create_from_float, RT_METH_O, "create_decimal_from_float($self, f, /)\n--\n\nCreate a new Decimal instance from float f."},
    {NULL},
};
#undef X
#undef Y
