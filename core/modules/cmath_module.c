/* SPDX-License-Identifier: MIT */
/*
 * cmath: C99's complex functions, whose special values (Annex G) are Python's, with Python's errors: what
 * C marks as invalid is "math domain error", overflow from finite arguments "math range error".
 */
#include <errno.h>
#include "core/modules/math_internal.h"

#include <complex.h>
#include <math.h>
#undef I /* a parameter name elsewhere */

typedef double complex cplx;

static inline cplx make(double re, double im) { return __builtin_complex(re, im); }

static bool get(struct rt_thread *ts, rt_value v, cplx *z)
{
    double re, im = 0.0;
    if (rt_is_ptr(v) && rt_has(v, RT_TF_COMPLEX)) {
        struct rt_complex *c = (struct rt_complex *)rt_ptr(v);
        *z = make(c->real, c->imag);
        return true;
    }
    if (!rt_is_float(v) && !rt_is_any_int(v)) {
        int rc = rt_complex_special(ts, v, &re, &im);
        if (rc < 0)
            return false;
        if (rc > 0) {
            *z = make(re, im);
            return true;
        }
    }
    re = rt_as_double(ts, v);
    if (re == -1.0 && rt_pending(ts))
        return false;
    *z = make(re, 0.0);
    return true;
}

static bool finite2(cplx z) { return isfinite(creal(z)) && isfinite(cimag(z)); }

static rt_value domain(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_ValueError, "math domain error"); }
static rt_value range(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_OverflowError, "math range error"); }

static rt_value result(struct rt_thread *ts, cplx z, cplx r, bool overflows)
{
    if (overflows && finite2(z) && (isinf(creal(r)) || isinf(cimag(r))))
        return range(ts);
    return rt_complex_new(ts, creal(r), cimag(r));
}

/* An infinite angle with a number that is not NaN has no value. */
static bool invalid_angle(double angle, double other) { return isinf(angle) && !isnan(other); }

#define FUNCTION(name, function, bad, overflows) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, rt_value arg) \
    { \
        cplx z; \
        if (!get(ts, arg, &z)) \
            return RT_NULL; \
        double re = creal(z), im = cimag(z); \
        (void)re; \
        (void)im; \
        if (bad) \
            return domain(ts); \
        return result(ts, z, function(z), overflows); \
    }

/* Finite and neither very large nor very small: the formulas below hold, with the last digit as CPython has it. */
static bool moderate(cplx z)
{
    double x = fabs(creal(z)), y = fabs(cimag(z));
    return x < 0x1p1020 && y < 0x1p1020 && !(x < 0x1p-1022 && y < 0x1p-1022);
}

static cplx root(cplx z)
{
    if (!moderate(z))
        return csqrt(z);
    double x = fabs(creal(z)) / 8.0, y = fabs(cimag(z)), s = 2.0 * sqrt(x + hypot(x, y / 8.0)), d = y / (2.0 * s);
    return creal(z) >= 0.0 ? make(s, copysign(d, cimag(z))) : make(d, copysign(s, cimag(z)));
}

static cplx arc_cosine(cplx z)
{
    if (!moderate(z))
        return cacos(z);
    cplx a = root(make(1.0 - creal(z), -cimag(z))), b = root(make(1.0 + creal(z), cimag(z)));
    return make(2.0 * atan2(creal(a), creal(b)), asinh(creal(b) * cimag(a) - cimag(b) * creal(a)));
}

static cplx area_cosine(cplx z)
{
    if (!moderate(z))
        return cacosh(z);
    cplx a = root(make(creal(z) - 1.0, cimag(z))), b = root(make(creal(z) + 1.0, cimag(z)));
    return make(asinh(creal(a) * creal(b) + cimag(a) * cimag(b)), 2.0 * atan2(cimag(a), creal(b)));
}

static cplx area_sine(cplx z)
{
    if (!moderate(z))
        return casinh(z);
    cplx a = root(make(1.0 + cimag(z), -creal(z))), b = root(make(1.0 - cimag(z), creal(z)));
    return make(asinh(creal(a) * cimag(b) - creal(b) * cimag(a)), atan2(cimag(z), creal(a) * creal(b) - cimag(a) * cimag(b)));
}

static cplx arc_sine(cplx z)
{
    if (!moderate(z))
        return casin(z);
    cplx s = area_sine(make(-cimag(z), creal(z)));
    return make(cimag(s), -creal(s));
}

static cplx hyperbolic_tangent(cplx z)
{
    if (!moderate(z) || fabs(creal(z)) > 354.0)
        return ctanh(z);
    double tx = tanh(creal(z)), ty = tan(cimag(z)), cx = 1.0 / cosh(creal(z)), both = tx * ty, d = 1.0 + both * both;
    return make(tx * (1.0 + ty * ty) / d, ty / d * cx * cx);
}

static cplx tangent(cplx z)
{
    if (!moderate(z) || fabs(cimag(z)) > 354.0)
        return ctan(z);
    cplx t = hyperbolic_tangent(make(-cimag(z), creal(z)));
    return make(cimag(t), -creal(t));
}

FUNCTION(acos, arc_cosine, false, false)
FUNCTION(asin, arc_sine, false, false)
FUNCTION(asinh, area_sine, false, false)
FUNCTION(atan, catan, re == 0.0 && fabs(im) == 1.0, false)
FUNCTION(atanh, catanh, im == 0.0 && fabs(re) == 1.0, false)
FUNCTION(cos, ccos, invalid_angle(re, im), true)
FUNCTION(cosh, ccosh, invalid_angle(im, re), true)
FUNCTION(exp, cexp, isinf(im) && (isfinite(re) || re == INFINITY), true)
FUNCTION(sin, csin, invalid_angle(re, im), true)
FUNCTION(sinh, csinh, invalid_angle(im, re), true)
FUNCTION(sqrt, root, false, false)

/* Python leaves the sign of the angle open where C99 gives a right angle: no number then. */
static rt_value m_acosh(struct rt_thread *ts, rt_value self, rt_value arg)
{
    cplx z;
    if (!get(ts, arg, &z))
        return RT_NULL;
    if (creal(z) == 0.0 && isnan(cimag(z)))
        return rt_complex_new(ts, NAN, NAN);
    return result(ts, z, area_cosine(z), false);
}

static rt_value m_tan(struct rt_thread *ts, rt_value self, rt_value arg)
{
    cplx z;
    if (!get(ts, arg, &z))
        return RT_NULL;
    if (isinf(creal(z)) && isfinite(cimag(z)))
        return domain(ts);
    if (isnan(creal(z)) && cimag(z) == 0.0)
        return rt_complex_new(ts, NAN, NAN);
    return result(ts, z, tangent(z), false);
}

static rt_value m_tanh(struct rt_thread *ts, rt_value self, rt_value arg)
{
    cplx z;
    if (!get(ts, arg, &z))
        return RT_NULL;
    if (isinf(cimag(z)) && isfinite(creal(z)))
        return domain(ts);
    if (isnan(cimag(z)) && creal(z) == 0.0)
        return rt_complex_new(ts, NAN, NAN);
    return result(ts, z, hyperbolic_tangent(z), false);
}

/* log of |z| without overflow, precise near |z| = 1. */
static double log_abs(cplx z)
{
    double x = fabs(creal(z)), y = fabs(cimag(z)), h;
    if (!finite2(z))
        return isinf(x) || isinf(y) ? INFINITY : NAN;
    if (x > 0x1p1023 / 4 || y > 0x1p1023 / 4)
        return log(hypot(x / 2.0, y / 2.0)) + M_LN2;
    if (x < 0x1p-1022 && y < 0x1p-1022)
        return x > 0.0 || y > 0.0 ? log(hypot(ldexp(x, 53), ldexp(y, 53))) - 53 * M_LN2 : -INFINITY;
    h = hypot(x, y);
    if (0.71 <= h && h <= 1.73) {
        double big = x > y ? x : y, small = x > y ? y : x;
        return log1p((big - 1) * (big + 1) + small * small) / 2.0;
    }
    return log(h);
}

static bool log_of(struct rt_thread *ts, rt_value arg, cplx *r)
{
    cplx z;
    if (!get(ts, arg, &z))
        return false;
    if (creal(z) == 0.0 && cimag(z) == 0.0) {
        domain(ts);
        return false;
    }
    *r = make(log_abs(z), atan2(cimag(z), creal(z)));
    return true;
}

static rt_value m_log(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    cplx r, b;
    if (rt_args_count(ts, "log", n, 1, 2) < 0 || !log_of(ts, args[0], &r))
        return RT_NULL;
    if (n == 1)
        return rt_complex_new(ts, creal(r), cimag(r));
    if (!log_of(ts, args[1], &b))
        return RT_NULL;
    rt_value x = rt_complex_new(ts, creal(r), cimag(r)), y = rt_complex_new(ts, creal(b), cimag(b)), q = RT_NULL;
    if (!rt_is_null(x) && !rt_is_null(y)) {
        q = rt_binary(ts, x, y, RT_BIN_TRUEDIV);
        if (rt_is_null(q) && rt_exc_clear_if(ts, &rt_exc_ZeroDivisionError))
            domain(ts);
    }
    rt_decref(ts, x);
    rt_decref(ts, y);
    return q;
}

static rt_value m_log10(struct rt_thread *ts, rt_value self, rt_value arg)
{
    cplx r;
    return log_of(ts, arg, &r) ? rt_complex_new(ts, creal(r) / M_LN10, cimag(r) / M_LN10) : RT_NULL;
}

static rt_value m_phase(struct rt_thread *ts, rt_value self, rt_value arg)
{
    cplx z;
    if (!get(ts, arg, &z))
        return RT_NULL;
    errno = 0;
    double phi = atan2(cimag(z), creal(z));
    if (errno) /* the C library reports an underflow, and CPython passes it on */
        return rt_raise(ts, &rt_exc_OverflowError, "math range error");
    return rt_float_new(ts, phi);
}

static rt_value m_polar(struct rt_thread *ts, rt_value self, rt_value arg)
{
    cplx z;
    if (!get(ts, arg, &z))
        return RT_NULL;
    double r = hypot(creal(z), cimag(z));
    if (isinf(r) && finite2(z))
        return range(ts);
    rt_value pair[2] = {rt_float_new(ts, r), rt_float_new(ts, atan2(cimag(z), creal(z)))};
    return rt_tuple_steal(ts, pair, 2);
}

static rt_value m_rect(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "rect", n, 2, 2) < 0)
        return RT_NULL;
    double r = rt_as_double(ts, args[0]);
    if (r == -1.0 && rt_pending(ts))
        return RT_NULL;
    double phi = rt_as_double(ts, args[1]);
    if (phi == -1.0 && rt_pending(ts))
        return RT_NULL;
    if (isinf(phi) && r != 0.0 && !isnan(r))
        return domain(ts);
    if (r == 0.0 && !isfinite(phi))
        return rt_complex_new(ts, 0.0, 0.0);
    if (phi == 0.0)
        return rt_complex_new(ts, r, isinf(r) ? copysign(phi, r * copysign(1.0, phi)) : isnan(r) ? 0.0 : r * phi);
    if (isinf(r) && isnan(phi))
        return rt_complex_new(ts, INFINITY, NAN);
    if (isinf(r) && isfinite(phi))
        return rt_complex_new(ts, copysign(INFINITY, r * cos(phi)), copysign(INFINITY, r * sin(phi)));
    return rt_complex_new(ts, r * cos(phi), r * sin(phi));
}

#define TEST(name, expr) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, rt_value arg) \
    { \
        cplx z; \
        return get(ts, arg, &z) ? rt_bool(expr) : RT_NULL; \
    }
TEST(isfinite, finite2(z))
TEST(isinf, isinf(creal(z)) || isinf(cimag(z)))
TEST(isnan, isnan(creal(z)) || isnan(cimag(z)))

static rt_value m_isclose(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"a", "b", "rel_tol", "abs_tol", NULL};
    static const struct rt_argspec spec = {"isclose", names, 0, 2, 2, 4};
    rt_value v[4];
    cplx a, b;
    double tol[2] = {1e-9, 0.0};
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || !get(ts, v[0], &a) || !get(ts, v[1], &b))
        return RT_NULL;
    for (int i = 0; i < 2; i++) {
        if (!rt_is_null(v[2 + i])) {
            tol[i] = rt_as_double(ts, v[2 + i]);
            if (tol[i] == -1.0 && rt_pending(ts))
                return RT_NULL;
        }
    }
    if (tol[0] < 0.0 || tol[1] < 0.0)
        return rt_raise(ts, &rt_exc_ValueError, "tolerances must be non-negative");
    if (creal(a) == creal(b) && cimag(a) == cimag(b))
        return RT_TRUE;
    if (isinf(creal(a)) || isinf(cimag(a)) || isinf(creal(b)) || isinf(cimag(b)))
        return RT_FALSE;
    double diff = cabs(a - b);
    return rt_bool(diff <= tol[0] * cabs(b) || diff <= tol[0] * cabs(a) || diff <= tol[1]);
}

#define O(name, doc) {#name, m_##name, RT_METH_O, #name "($module, z, /)\n--\n\n" doc}

static const struct rt_method_def methods[] = {
    O(acos, "Return the arc cosine of z."),
    O(acosh, "Return the inverse hyperbolic cosine of z."),
    O(asin, "Return the arc sine of z."),
    O(asinh, "Return the inverse hyperbolic sine of z."),
    O(atan, "Return the arc tangent of z."),
    O(atanh, "Return the inverse hyperbolic tangent of z."),
    O(cos, "Return the cosine of z."),
    O(cosh, "Return the hyperbolic cosine of z."),
    O(exp, "Return the exponential value e**z."),
    {"isclose", m_isclose, RT_METH_KW,
     "isclose($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)\n--\n\nDetermine whether two complex numbers are close in value."},
    O(isfinite, "Return True if both the real and imaginary parts of z are finite, else False."),
    O(isinf, "Checks if the real or imaginary part of z is infinite."),
    O(isnan, "Checks if the real or imaginary part of z not a number (NaN)."),
    {"log", m_log, RT_METH_FAST,
     "log($module, z, base=<unrepresentable>, /)\n--\n\nlog(z[, base]) -> the logarithm of z to the given base."},
    O(log10, "Return the base-10 logarithm of z."),
    O(phase, "Return argument, also known as the phase angle, of a complex."),
    O(polar, "Convert a complex from rectangular coordinates to polar coordinates."),
    {"rect", m_rect, RT_METH_FAST, "rect($module, r, phi, /)\n--\n\nConvert from polar coordinates to rectangular coordinates."},
    O(sin, "Return the sine of z."),
    O(sinh, "Return the hyperbolic sine of z."),
    O(sqrt, "Return the square root of z."),
    O(tan, "Return the tangent of z."),
    O(tanh, "Return the hyperbolic tangent of z."),
    {0},
};

static int exec(struct rt_thread *ts, rt_value m)
{
    return rt_math_add_constants(ts, m) < 0 || rt_module_add(ts, m, "infj", rt_complex_new(ts, 0.0, INFINITY)) < 0 ||
                   rt_module_add(ts, m, "nanj", rt_complex_new(ts, 0.0, NAN)) < 0
               ? -1 : 0;
}

const struct rt_module_def rt_module_cmath = {
    .name = "cmath",
    .doc = "This module provides access to mathematical functions for complex\nnumbers.",
    .methods = methods,
    .exec = exec,
};
