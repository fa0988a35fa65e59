/* SPDX-License-Identifier: MIT */
/*
 * math: libm with CPython's error rules, exact integer functions on GMP, correctly rounded sums.
 *
 * The rule for one-argument functions: a NaN out of a number is "math domain error"; an infinity out of a
 * finite number is "math range error" where the function can overflow, else a domain error.
 */
#include "core/modules/math_internal.h"
#include "core/types/cursor.h"
#include "core/base/gmp_guard.h"
#include "core/types/num/int_internal.h"

#include <errno.h>
#include <float.h>
#include <math.h>

static rt_value domain(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_ValueError, "math domain error"); }
static rt_value range(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_OverflowError, "math range error"); }

/* True: *d set. */
static inline bool get(struct rt_thread *ts, rt_value v, double *d)
{
    if (rt_likely(rt_is_float_imm(v))) {
        *d = rt_float_imm_get(v);
        return true;
    }
    *d = rt_as_double(ts, v);
    return *d != -1.0 || !rt_pending(ts);
}

static inline rt_value checked(struct rt_thread *ts, double x, double r, bool can_overflow)
{
    if (rt_unlikely(!isfinite(r))) {
        if (isnan(r) && !isnan(x))
            return domain(ts);
        if (isinf(r) && isfinite(x))
            return can_overflow ? range(ts) : domain(ts);
    }
    return rt_float_new(ts, r);
}

#define ONE(name, f, overflows) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, rt_value arg) \
    { \
        double x; \
        return get(ts, arg, &x) ? checked(ts, x, f(x), overflows) : RT_NULL; \
    }
ONE(acos, acos, false)
ONE(acosh, acosh, false)
ONE(asin, asin, false)
ONE(asinh, asinh, false)
ONE(atan, atan, false)
ONE(atanh, atanh, false)
ONE(cbrt, cbrt, false)
ONE(cos, cos, false)
ONE(cosh, cosh, true)
ONE(exp, exp, true)
ONE(exp2, exp2, true)
ONE(expm1, expm1, true)
ONE(fabs, fabs, false)
ONE(log1p, log1p, false)
ONE(sin, sin, false)
ONE(sinh, sinh, true)
ONE(sqrt, sqrt, false)
ONE(tan, tan, false)
ONE(tanh, tanh, false)
ONE(erf, erf, false)
ONE(erfc, erfc, false)

static rt_value m_gamma(struct rt_thread *ts, rt_value self, rt_value arg)
{
    double x;
    if (!get(ts, arg, &x))
        return RT_NULL;
    if (isnan(x) || x == INFINITY)
        return rt_float_new(ts, x);
    if (x == 0.0 || x == -INFINITY || (x < 0 && x == floor(x)))
        return domain(ts);
    double r = x == floor(x) && x <= 23.0 ? 1.0 : tgamma(x);
    if (x == floor(x) && x <= 23.0) { /* small factorials are exact */
        for (int i = 2; i < (int)x; i++)
            r *= i;
    }
    return isinf(r) ? range(ts) : rt_float_new(ts, r);
}

static rt_value m_lgamma(struct rt_thread *ts, rt_value self, rt_value arg)
{
    double x;
    int sign;
    if (!get(ts, arg, &x))
        return RT_NULL;
    if (isnan(x))
        return rt_float_new(ts, x);
    if (isinf(x))
        return rt_float_new(ts, INFINITY);
    if (x == floor(x) && x <= 2.0)
        return x <= 0.0 ? domain(ts) : RT_FZERO;
    double r = lgamma_r(x, &sign);
    return isinf(r) ? range(ts) : rt_float_new(ts, r);
}

/* ---- two arguments ---------------------------------------------------------------------------- */

static bool two(struct rt_thread *ts, const char *name, const rt_value *args, uint32_t n, double *x, double *y)
{
    return rt_args_count(ts, name, n, 2, 2) == 0 && get(ts, args[0], x) && get(ts, args[1], y);
}

#define FAST(name) static rt_value m_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
#define TWO(name) \
    static rt_value two_##name(struct rt_thread *ts, double x, double y); \
    FAST(name) \
    { \
        double x, y; \
        return two(ts, #name, args, n, &x, &y) ? two_##name(ts, x, y) : RT_NULL; \
    } \
    static rt_value two_##name(struct rt_thread *ts, double x, double y)

TWO(atan2) { return rt_float_new(ts, atan2(x, y)); }
TWO(copysign) { return rt_float_new(ts, copysign(x, y)); }
TWO(nextafter) { return rt_float_new(ts, nextafter(x, y)); }

TWO(fmod)
{
    if (isinf(y) && isfinite(x))
        return rt_float_new(ts, x);
    double r = fmod(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? domain(ts) : rt_float_new(ts, r);
}

TWO(remainder)
{
    if (isnan(x) || isnan(y))
        return rt_float_new(ts, x + y);
    if (isinf(x) || y == 0.0)
        return domain(ts);
    return rt_float_new(ts, isinf(y) ? x : remainder(x, y));
}

TWO(pow)
{
    double r = pow(x, y);
    if (!isfinite(r) && isfinite(x) && isfinite(y)) {
        if (isnan(r) || x == 0.0)
            return domain(ts);
        return range(ts);
    }
    return rt_float_new(ts, r);
}

FAST(ldexp)
{
    double x;
    int64_t e;
    if (rt_args_count(ts, "ldexp", n, 2, 2) < 0 || !get(ts, args[0], &x))
        return RT_NULL;
    if (!rt_is_any_int(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "Expected an int as second argument to ldexp.");
    if (x == 0.0 || !isfinite(x))
        return rt_float_new(ts, x);
    if (!rt_int_try_i64(args[1], &e))
        e = rt_int_sign(args[1]) < 0 ? INT64_MIN : INT64_MAX;
    if (e > INT32_MAX)
        return range(ts);
    double r = e < INT32_MIN ? copysign(0.0, x) : ldexp(x, (int)e);
    return isinf(r) ? range(ts) : rt_float_new(ts, r);
}

/* ---- logarithms ------------------------------------------------------------------------------- */

/* A logarithm that takes ints of any size. */
static rt_value logarithm(struct rt_thread *ts, rt_value v, double (*f)(double), double unit /* f(2) */)
{
    double x;
    if (rt_is_any_int(v) && !rt_is_bool(v)) {
        if (rt_int_sign(v) <= 0)
            return domain(ts);
        int64_t e;
        x = rt_int_frexp(v, &e);
        if (e > 1000)
            return rt_float_new(ts, f(x) + unit * (double)e);
        return rt_float_new(ts, f(ldexp(x, (int)e)));
    }
    if (!get(ts, v, &x))
        return RT_NULL;
    if (isfinite(x) ? x <= 0.0 : x == -INFINITY)
        return domain(ts);
    return rt_float_new(ts, f(x));
}

FAST(log)
{
    if (rt_args_count(ts, "log", n, 1, 2) < 0)
        return RT_NULL;
    rt_value a = logarithm(ts, args[0], log, log(2.0));
    if (n == 1 || rt_is_null(a))
        return a;
    rt_value b = logarithm(ts, args[1], log, log(2.0)), r = RT_NULL;
    if (!rt_is_null(b))
        r = rt_binary(ts, a, b, RT_BIN_TRUEDIV);
    rt_decref(ts, a);
    rt_decref(ts, b);
    return r;
}

static rt_value m_log2(struct rt_thread *ts, rt_value self, rt_value v) { return logarithm(ts, v, log2, 1.0); }
static rt_value m_log10(struct rt_thread *ts, rt_value self, rt_value v) { return logarithm(ts, v, log10, log10(2.0)); }

/* ---- parts of a float ------------------------------------------------------------------------- */

static rt_value pair(struct rt_thread *ts, rt_value a, rt_value b)
{
    rt_value both[2] = {a, b};
    if (rt_is_null(a) || rt_is_null(b)) {
        rt_decref(ts, a);
        rt_decref(ts, b);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, both, 2);
}

static rt_value m_frexp(struct rt_thread *ts, rt_value self, rt_value v)
{
    double x;
    int e = 0;
    if (!get(ts, v, &x))
        return RT_NULL;
    if (isfinite(x) && x != 0.0)
        x = frexp(x, &e);
    return pair(ts, rt_float_new(ts, x), rt_int_imm(e));
}

static rt_value m_modf(struct rt_thread *ts, rt_value self, rt_value v)
{
    double x, whole;
    if (!get(ts, v, &x))
        return RT_NULL;
    if (isinf(x))
        return pair(ts, rt_float_new(ts, copysign(0.0, x)), rt_float_new(ts, x));
    double frac = modf(x, &whole);
    return pair(ts, rt_float_new(ts, frac), rt_float_new(ts, whole));
}

static rt_value m_ulp(struct rt_thread *ts, rt_value self, rt_value v)
{
    double x;
    if (!get(ts, v, &x))
        return RT_NULL;
    if (isnan(x))
        return rt_float_new(ts, x);
    x = fabs(x);
    if (isinf(x))
        return rt_float_new(ts, x);
    double up = nextafter(x, INFINITY);
    return rt_float_new(ts, isinf(up) ? x - nextafter(x, -INFINITY) : up - x);
}

#define PREDICATE(name) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, rt_value v) \
    { \
        double x; \
        return get(ts, v, &x) ? rt_bool(name(x)) : RT_NULL; \
    }
PREDICATE(isfinite)
PREDICATE(isinf)
PREDICATE(isnan)

static rt_value m_degrees(struct rt_thread *ts, rt_value self, rt_value v)
{
    double x;
    return get(ts, v, &x) ? rt_float_new(ts, x * (180.0 / M_PI)) : RT_NULL;
}

static rt_value m_radians(struct rt_thread *ts, rt_value self, rt_value v)
{
    double x;
    return get(ts, v, &x) ? rt_float_new(ts, x * (M_PI / 180.0)) : RT_NULL;
}

static rt_value m_isclose(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"a", "b", "rel_tol", "abs_tol", NULL};
    static const struct rt_argspec spec = {"isclose", names, 0, 2, 2, 4};
    rt_value v[4];
    double a, b, rel = 1e-9, abs = 0.0;
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || !get(ts, v[0], &a) || !get(ts, v[1], &b) ||
        (!rt_is_null(v[2]) && !get(ts, v[2], &rel)) || (!rt_is_null(v[3]) && !get(ts, v[3], &abs)))
        return RT_NULL;
    if (rel < 0.0 || abs < 0.0)
        return rt_raise(ts, &rt_exc_ValueError, "tolerances must be non-negative");
    if (a == b)
        return RT_TRUE;
    if (isinf(a) || isinf(b))
        return RT_FALSE;
    double diff = fabs(b - a);
    return rt_bool(diff <= fabs(rel * b) || diff <= fabs(rel * a) || diff <= abs);
}

/* ---- rounding to int -------------------------------------------------------------------------- */

/* name of a special method on v: 1 and *r (which may be RT_NULL: raised), 0 absent, -1. */
static int special(struct rt_thread *ts, rt_value v, const char *name, rt_value *r)
{
    rt_value self, f = rt_lookup_special(ts, v, name, &self);
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : 0;
    *r = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
    rt_decref(ts, f);
    return 1;
}

static rt_value rounded(struct rt_thread *ts, rt_value v, const char *name, double (*f)(double))
{
    rt_value r;
    double x;
    if (rt_is_int(v))
        return v;
    if (!rt_is_float_imm(v) && !rt_is_exact(v, &rt_float_type)) {
        int rc = special(ts, v, name, &r);
        if (rc)
            return rc < 0 ? RT_NULL : r;
    }
    return get(ts, v, &x) ? rt_int_from_double(ts, f(x)) : RT_NULL;
}

static rt_value m_floor(struct rt_thread *ts, rt_value self, rt_value v) { return rounded(ts, v, "__floor__", floor); }
static rt_value m_ceil(struct rt_thread *ts, rt_value self, rt_value v) { return rounded(ts, v, "__ceil__", ceil); }

static rt_value m_trunc(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value r;
    if (rt_is_int(v))
        return v;
    if (rt_is_float_imm(v))
        return rt_int_from_double(ts, rt_float_imm_get(v));
    int rc = special(ts, v, "__trunc__", &r);
    if (rc)
        return rc < 0 ? RT_NULL : r;
    return rt_raise(ts, &rt_exc_TypeError, "type %.100T doesn't define __trunc__ method", v);
}

/* ---- sums ------------------------------------------------------------------------------------- */

struct doubles {
    double *p, local[32];
    size_t n, capacity;
};

static int push(struct rt_thread *ts, struct doubles *d, double x)
{
    if (d->n == d->capacity) {
        double *p = rt_raw_malloc(d->capacity * 2 * sizeof *p);
        if (!p) {
            rt_raise_no_memory(ts);
            return -1;
        }
        memcpy(p, d->p, d->n * sizeof *p);
        if (d->p != d->local)
            rt_raw_free(d->p);
        d->p = p;
        d->capacity *= 2;
    }
    d->p[d->n++] = x;
    return 0;
}

/* Add x to the non-overlapping partial sums (Shewchuk). */
static int add_partial(struct rt_thread *ts, struct doubles *d, double x, double *special_sum, double *inf_sum)
{
    double original = x;
    size_t k = 0;
    for (size_t j = 0; j < d->n; j++) {
        double y = d->p[j];
        if (fabs(x) < fabs(y)) {
            double t = x;
            x = y;
            y = t;
        }
        volatile double hi = x + y, yr = hi - x, lo = y - yr;
        if (lo != 0.0)
            d->p[k++] = lo;
        x = hi;
    }
    d->n = k;
    if (x == 0.0)
        return 0;
    if (isfinite(x))
        return push(ts, d, x);
    if (isfinite(original)) {
        rt_raise(ts, &rt_exc_OverflowError, "intermediate overflow in fsum");
        return -1;
    }
    if (isinf(original))
        *inf_sum += original;
    *special_sum += original;
    d->n = 0;
    return 0;
}

/* The partial sums rounded once. */
static double round_partials(const struct doubles *d)
{
    size_t n = d->n;
    if (n == 0)
        return 0.0;
    volatile double hi = d->p[--n], lo = 0.0;
    while (n > 0) {
        double x = hi, y = d->p[--n];
        hi = x + y;
        volatile double yr = hi - x;
        lo = y - yr;
        if (lo != 0.0)
            break;
    }
    if (n > 0 && ((lo < 0.0 && d->p[n - 1] < 0.0) || (lo > 0.0 && d->p[n - 1] > 0.0))) {
        /* a tie that the rest decides */
        double y = lo * 2.0;
        volatile double x = hi + y, yr = x - hi;
        if (y == yr)
            return x;
    }
    return hi;
}

static rt_value m_fsum(struct rt_thread *ts, rt_value self, rt_value seq)
{
    struct doubles d = {.capacity = 32};
    double special_sum = 0.0, inf_sum = 0.0, x;
    struct rt_cursor walk;
    rt_value r = RT_NULL;
    if (rt_cursor_open(ts, &walk, seq) < 0)
        return RT_NULL;
    d.p = d.local;
    for (;;) {
        rt_value v = rt_cursor_next(ts, &walk);
        if (rt_is_null(v))
            goto done;
        if (rt_is_stop(v))
            break;
        bool ok = get(ts, v, &x);
        rt_decref(ts, v);
        if (!ok || add_partial(ts, &d, x, &special_sum, &inf_sum) < 0)
            goto done;
    }
    if (special_sum != 0.0)
        r = isnan(inf_sum) ? rt_raise(ts, &rt_exc_ValueError, "-inf + inf in fsum") : rt_float_new(ts, special_sum);
    else
        r = rt_float_new(ts, round_partials(&d));
done:
    if (d.p != d.local)
        rt_raw_free(d.p);
    rt_cursor_close(ts, &walk);
    return r;
}

static rt_value m_prod(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "start", NULL};
    static const struct rt_argspec spec = {"prod", names, 1, 1, 1, 2};
    rt_value a[2];
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    struct rt_cursor walk;
    rt_value r = rt_is_null(a[1]) ? rt_int_imm(1) : a[1], v;
    if (rt_cursor_open(ts, &walk, a[0]) < 0)
        return RT_NULL;
    r = rt_newref(ts, r);
    while (!rt_is_null(r) && !rt_is_stop(v = rt_cursor_next(ts, &walk))) {
        rt_value p;
        if (rt_is_float_imm(r) && rt_is_float_imm(v))
            p = rt_float_new(ts, rt_float_imm_get(r) * rt_float_imm_get(v));
        else if (rt_is_int(r) && rt_is_int(v))
            p = rt_int_binary(ts, r, v, RT_BIN_MUL);
        else
            p = rt_is_null(v) ? RT_NULL : rt_binary(ts, r, v, RT_BIN_MUL);
        rt_decref(ts, v);
        rt_decref(ts, r);
        r = p;
    }
    rt_cursor_close(ts, &walk);
    return r;
}

/* x * 2**e. Where that power is a plain number, multiplying by it rounds at most once, as ldexp does. */
RT_INLINE double scaled(double x, int e)
{
    if (rt_unlikely(e < -1022 || e > 1023))
        return ldexp(x, e);
    uint64_t bits = (uint64_t)(e + 1023) << 52;
    double power;
    memcpy(&power, &bits, 8);
    return x * power;
}

/* x*x - p, exactly, for p = x*x rounded and x neither huge nor tiny: by halves of x (Veltkamp), for fma is a call. */
RT_INLINE double square_rest(double x, double p)
{
    double t = x * 0x1.0000002p27, high = t - (t - x), low = x - high;
    return ((high * high - p) + 2.0 * high * low) + low * low;
}

/* Euclidean norm: squares and their sum in double-double, scaled by a power of two; then one correction
   of the square root. */
static double norm(const double *x, size_t n, double max, bool nan)
{
    int e;
    if (isinf(max))
        return max;
    if (nan)
        return NAN;
    if (max == 0.0 || n <= 1)
        return max;
    frexp(max, &e);
    double hi = 0.0, lo = 0.0;
    for (size_t i = 0; i < n; i++) {
        double s = scaled(x[i], -e), p = s * s, pe = square_rest(s, p);
        volatile double t = hi + p, bb = t - hi;
        lo += (hi - (t - bb)) + (p - bb) + pe;
        hi = t;
    }
    double h = sqrt(hi + lo), hh = h * h, he = square_rest(h, hh);
    h += ((hi - hh) - he + lo) / (2.0 * h);
    return scaled(h, e);
}

static rt_value norm_of(struct rt_thread *ts, struct doubles *d)
{
    double max = 0.0;
    bool nan = false;
    for (size_t i = 0; i < d->n; i++) {
        d->p[i] = fabs(d->p[i]);
        nan |= isnan(d->p[i]);
        if (d->p[i] > max)
            max = d->p[i];
    }
    return rt_float_new(ts, norm(d->p, d->n, max, nan));
}

FAST(hypot)
{
    struct doubles d = {.capacity = 32};
    rt_value r = RT_NULL;
    double x;
    d.p = d.local;
    uint32_t i = 0;
    for (; i < n; i++) {
        if (!get(ts, args[i], &x) || push(ts, &d, x) < 0)
            break;
    }
    if (i == n)
        r = norm_of(ts, &d);
    if (d.p != d.local)
        rt_raw_free(d.p);
    return r;
}

FAST(dist)
{
    struct doubles d = {.capacity = 32};
    double x, y;
    if (rt_args_count(ts, "dist", n, 2, 2) < 0)
        return RT_NULL;
    rt_value p = rt_is_tuple(args[0]) ? rt_newref(ts, args[0]) : rt_seq_tuple(ts, args[0]), q = RT_NULL, r = RT_NULL;
    if (!rt_is_null(p))
        q = rt_is_tuple(args[1]) ? rt_newref(ts, args[1]) : rt_seq_tuple(ts, args[1]);
    d.p = d.local;
    if (rt_is_null(p) || rt_is_null(q))
        goto done;
    size_t len = rt_as_tuple(p)->length, i = 0;
    if (len != rt_as_tuple(q)->length) {
        rt_raise(ts, &rt_exc_ValueError, "both points must have the same number of dimensions");
        goto done;
    }
    for (; i < len; i++) {
        if (!get(ts, rt_as_tuple(p)->items[i], &x) || !get(ts, rt_as_tuple(q)->items[i], &y) || push(ts, &d, x - y) < 0)
            goto done;
    }
    r = norm_of(ts, &d);
done:
    if (d.p != d.local)
        rt_raw_free(d.p);
    rt_decref(ts, p);
    rt_decref(ts, q);
    return r;
}

/* ---- integers --------------------------------------------------------------------------------- */

static rt_value from_mpz(struct rt_thread *ts, mpz_t z)
{
    rt_value r = rt_int_from_limbs(ts, (const uint64_t *)mpz_limbs_read(z), mpz_size(z), mpz_sgn(z) < 0);
    mpz_clear(z);
    return r;
}

/* Read-only mpz over a view, which must live as long. */
static void as_mpz(mpz_t z, struct int_view *w, rt_value v)
{
    rt_int_view(w, v);
    mpz_roinit_n(z, w->limbs, (mp_size_t)w->n);
}

/* |gcd| or |lcm| of two ints: new ref. */
static rt_value gcd_lcm(struct rt_thread *ts, rt_value a, rt_value b, bool lcm)
{
    if (rt_is_int(a) && rt_is_int(b)) {
        int64_t i = rt_int_get(a), j = rt_int_get(b);
        uint64_t x = (uint64_t)(i < 0 ? -i : i), y = (uint64_t)(j < 0 ? -j : j), p;
        if (!lcm)
            return rt_int_from_u64(ts, rt_math_gcd(x, y));
        if (x == 0 || y == 0)
            return rt_int_imm(0);
        if (!__builtin_mul_overflow(x / rt_math_gcd(x, y), y, &p))
            return rt_int_from_u64(ts, p);
    }
    struct int_view u, v;
    mpz_t x, y, z;
    as_mpz(x, &u, a);
    as_mpz(y, &v, b);
    struct rt_gmp_guard g;
    if (!RT_GMP_BEGIN(&g))
        return rt_raise_no_memory(ts);
    mpz_init(z);
    if (lcm)
        mpz_lcm(z, x, y);
    else
        mpz_gcd(z, x, y);
    rt_gmp_end(&g);
    return from_mpz(ts, z);
}

static rt_value fold(struct rt_thread *ts, const rt_value *args, uint32_t n, bool lcm)
{
    rt_value r = rt_int_imm(lcm);
    for (uint32_t i = 0; i < n; i++) {
        rt_value v = rt_index(ts, args[i]);
        if (rt_is_null(v)) {
            rt_decref(ts, r);
            return v;
        }
        rt_value s = gcd_lcm(ts, r, v, lcm);
        rt_decref(ts, v);
        rt_decref(ts, r);
        r = s;
        if (rt_is_null(r))
            return r;
    }
    return r;
}

FAST(gcd) { return fold(ts, args, n, false); }
FAST(lcm) { return fold(ts, args, n, true); }

static rt_value m_isqrt(struct rt_thread *ts, rt_value self, rt_value arg)
{
    if (rt_is_int(arg) && rt_int_get(arg) >= 0 && rt_int_get(arg) < 1ll << 52) /* a double has it exactly */
        return rt_int_imm((int64_t)sqrt((double)rt_int_get(arg)));
    rt_value v = rt_index(ts, arg);
    if (rt_is_null(v))
        return v;
    if (rt_int_sign(v) < 0) {
        rt_decref(ts, v);
        return rt_raise(ts, &rt_exc_ValueError, "isqrt() argument must be nonnegative");
    }
    struct int_view w;
    mpz_t x, z;
    as_mpz(x, &w, v);
    struct rt_gmp_guard g;
    if (!RT_GMP_BEGIN(&g)) {
        rt_decref(ts, v);
        return rt_raise_no_memory(ts);
    }
    mpz_init(z);
    mpz_sqrt(z, x);
    rt_gmp_end(&g);
    rt_decref(ts, v);
    return from_mpz(ts, z);
}

/* From such a k on GMP takes so long that a collection or another thread of a shared lock would wait. */
enum { LONG_PRODUCT = 20000 };

/* n over k into z, or k! where n is NULL; false: no memory. Detaches for a long one. */
static bool product(struct rt_thread *ts, mpz_t z, mpz_srcptr n, unsigned long k)
{
    struct rt_gmp_guard g;
    bool done = false;
    if (k >= LONG_PRODUCT)
        rt_detach(ts, RT_DETACH_NATIVE);
    if (RT_GMP_BEGIN(&g)) {
        mpz_init(z);
        if (n)
            mpz_bin_ui(z, n, k);
        else
            mpz_fac_ui(z, k);
        rt_gmp_end(&g);
        done = true;
    }
    if (k >= LONG_PRODUCT)
        rt_attach(ts);
    return done;
}

static rt_value m_factorial(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int64_t i;
    if (rt_is_int(arg) && rt_int_get(arg) >= 0 && rt_int_get(arg) <= 20) {
        uint64_t r = 1;
        for (i = rt_int_get(arg); i > 1; i--)
            r *= (uint64_t)i;
        return rt_int_from_u64(ts, r);
    }
    rt_value v = rt_index(ts, arg);
    if (rt_is_null(v))
        return v;
    int sign = rt_int_sign(v), fits = rt_int_try_i64(v, &i);
    rt_decref(ts, v);
    if (!fits && sign > 0)
        return rt_raise(ts, &rt_exc_OverflowError, "factorial() argument should not exceed %ld", (long)INT64_MAX);
    if (sign < 0)
        return rt_raise(ts, &rt_exc_ValueError, "factorial() not defined for negative values");
    if (i > (1ll << 40))
        return rt_raise_no_memory(ts);
    mpz_t z;
    return product(ts, z, NULL, (unsigned long)i) ? from_mpz(ts, z) : rt_raise_no_memory(ts);
}

static RT_NOINLINE rt_value comb_big(struct rt_thread *ts, rt_value n, int64_t k)
{
    struct int_view w;
    mpz_t x, z;
    as_mpz(x, &w, n);
    return product(ts, z, x, (unsigned long)k) ? from_mpz(ts, z) : rt_raise_no_memory(ts);
}

/* lo * (lo+1) * ... * (lo+count-1) by halves. */
static rt_value rising(struct rt_thread *ts, rt_value lo, int64_t count)
{
    if (count == 1)
        return rt_newref(ts, lo);
    int64_t half = count / 2;
    rt_value mid = rt_int_binary(ts, lo, rt_int_imm(half), RT_BIN_ADD), a = RT_NULL, b = RT_NULL, r = RT_NULL;
    if (!rt_is_null(mid))
        a = rising(ts, lo, half);
    if (!rt_is_null(a))
        b = rising(ts, mid, count - half);
    if (!rt_is_null(b) && rt_safepoint(ts) == 0)
        r = rt_int_binary(ts, a, b, RT_BIN_MUL);
    rt_decref(ts, a);
    rt_decref(ts, b);
    rt_decref(ts, mid);
    return r;
}

/* n and k of comb and perm as exact non-negative ints. */
static int nk_args(struct rt_thread *ts, const rt_value *args, rt_value *n, rt_value *k)
{
    *n = rt_index(ts, args[0]);
    *k = rt_is_null(*n) ? RT_NULL : rt_index(ts, args[1]);
    if (rt_is_null(*k)) {
        rt_decref(ts, *n);
        return -1;
    }
    const char *bad = rt_int_sign(*n) < 0 ? "n" : rt_int_sign(*k) < 0 ? "k" : NULL;
    if (!bad)
        return 0;
    rt_raise(ts, &rt_exc_ValueError, "%s must be a non-negative integer", bad);
    rt_decref(ts, *n);
    rt_decref(ts, *k);
    return -1;
}

FAST(perm)
{
    rt_value a, k, r = RT_NULL;
    if (rt_args_count(ts, "perm", n, 1, 2) < 0)
        return RT_NULL;
    if (n == 1 || rt_is_none(args[1]))
        return m_factorial(ts, self, args[0]);
    if (nk_args(ts, args, &a, &k) < 0)
        return RT_NULL;
    int64_t count;
    if (rt_int_compare(a, k) < 0) {
        r = rt_int_imm(0);
    } else if (!rt_int_try_i64(k, &count)) {
        rt_raise(ts, &rt_exc_OverflowError, "k must not exceed %lld", (long long)INT64_MAX);
    } else if (count == 0) {
        r = rt_int_imm(1);
    } else {
        rt_value lo = rt_int_binary(ts, a, rt_int_imm(count - 1), RT_BIN_SUB);
        if (!rt_is_null(lo))
            r = rising(ts, lo, count);
        rt_decref(ts, lo);
    }
    rt_decref(ts, a);
    rt_decref(ts, k);
    return r;
}

/* n <= 61: every product on the way fits. */
static uint64_t comb_small(uint64_t n, uint64_t k)
{
    uint64_t r = 1;
    if (k > n - k)
        k = n - k;
    for (uint64_t i = 0; i < k; i++)
        r = r * (n - i) / (i + 1);
    return r;
}

FAST(comb)
{
    rt_value a, k, r = RT_NULL;
    if (n == 2 && rt_is_int(args[0]) && rt_is_int(args[1]) && rt_int_get(args[0]) <= 61 && rt_int_get(args[1]) >= 0 &&
        rt_int_get(args[0]) >= rt_int_get(args[1]))
        return rt_int_imm((int64_t)comb_small((uint64_t)rt_int_get(args[0]), (uint64_t)rt_int_get(args[1])));
    if (rt_args_count(ts, "comb", n, 2, 2) < 0 || nk_args(ts, args, &a, &k) < 0)
        return RT_NULL;
    rt_value rest = rt_int_binary(ts, a, k, RT_BIN_SUB);
    if (rt_is_null(rest)) {
        /* raised */
    } else if (rt_int_sign(rest) < 0) {
        r = rt_int_imm(0);
    } else {
        int64_t i;
        if (!rt_int_try_i64(rt_int_compare(rest, k) < 0 ? rest : k, &i)) {
            rt_raise(ts, &rt_exc_OverflowError, "min(n - k, k) must not exceed %lld", (long long)INT64_MAX);
        } else {
            r = comb_big(ts, a, i);
        }
    }
    rt_decref(ts, rest);
    rt_decref(ts, a);
    rt_decref(ts, k);
    return r;
}

/* ---- the module ------------------------------------------------------------------------------- */

#define O(name, arg, doc) {#name, m_##name, RT_METH_O, #name "($module, " arg ", /)\n--\n\n" doc}
#define F(name, sig, doc) {#name, m_##name, RT_METH_FAST, #name "($module, " sig ", /)\n--\n\n" doc}

static const struct rt_method_def methods[] = {
    O(acos, "x", "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi."),
    O(acosh, "x", "Return the inverse hyperbolic cosine of x."),
    O(asin, "x", "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."),
    O(asinh, "x", "Return the inverse hyperbolic sine of x."),
    O(atan, "x", "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."),
    F(atan2, "y, x", "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered."),
    O(atanh, "x", "Return the inverse hyperbolic tangent of x."),
    O(cbrt, "x", "Return the cube root of x."),
    O(ceil, "x", "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x."),
    F(comb, "n, k", "Number of ways to choose k items from n items without repetition and without order."),
    F(copysign, "x, y", "Return a float with the magnitude (absolute value) of x but the sign of y."),
    O(cos, "x", "Return the cosine of x (measured in radians)."),
    O(cosh, "x", "Return the hyperbolic cosine of x."),
    O(degrees, "x", "Convert angle x from radians to degrees."),
    F(dist, "p, q", "Return the Euclidean distance between two points p and q."),
    O(erf, "x", "Error function at x."),
    O(erfc, "x", "Complementary error function at x."),
    O(exp, "x", "Return e raised to the power of x."),
    O(exp2, "x", "Return 2 raised to the power of x."),
    O(expm1, "x", "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x."),
    O(fabs, "x", "Return the absolute value of the float x."),
    O(factorial, "n", "Find n!.\n\nRaise a ValueError if x is negative or non-integral."),
    O(floor, "x", "Return the floor of x as an Integral.\n\nThis is the largest integer <= x."),
    F(fmod, "x, y", "Return fmod(x, y), according to platform C.\n\nx % y may differ."),
    O(frexp, "x", "Return the mantissa and exponent of x, as pair (m, e).\n\nm is a float and e is an int, such that x = m * 2.**e."),
    O(fsum, "seq", "Return an accurate floating point sum of values in the iterable seq."),
    O(gamma, "x", "Gamma function at x."),
    {"gcd", m_gcd, RT_METH_FAST, "gcd($module, /, *integers)\n--\n\nGreatest Common Divisor."},
    {"hypot", m_hypot, RT_METH_FAST, "hypot(*coordinates) -> value\n\nMultidimensional Euclidean distance from the origin to a point."},
    {"isclose", m_isclose, RT_METH_KW,
     "isclose($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)\n--\n\nDetermine whether two floating point numbers are close in value."},
    O(isfinite, "x", "Return True if x is neither an infinity nor a NaN, and False otherwise."),
    O(isinf, "x", "Return True if x is a positive or negative infinity, and False otherwise."),
    O(isnan, "x", "Return True if x is a NaN (not a number), and False otherwise."),
    O(isqrt, "n", "Return the integer part of the square root of the input."),
    {"lcm", m_lcm, RT_METH_FAST, "lcm($module, /, *integers)\n--\n\nLeast Common Multiple."},
    F(ldexp, "x, i", "Return x * (2**i).\n\nThis is essentially the inverse of frexp()."),
    O(lgamma, "x", "Natural logarithm of absolute value of Gamma function at x."),
    {"log", m_log, RT_METH_FAST,
     "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\n"
     "If the base not specified, returns the natural logarithm (base e) of x."},
    O(log10, "x", "Return the base 10 logarithm of x."),
    O(log1p, "x", "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero."),
    O(log2, "x", "Return the base 2 logarithm of x."),
    O(modf, "x", "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats."),
    F(nextafter, "x, y", "Return the next floating-point value after x towards y."),
    {"perm", m_perm, RT_METH_FAST, "perm($module, n, k=None, /)\n--\n\nNumber of ways to choose k items from n items without repetition and with order."},
    F(pow, "x, y", "Return x**y (x to the power of y)."),
    {"prod", m_prod, RT_METH_KW,
     "prod($module, iterable, /, *, start=1)\n--\n\nCalculate the product of all the elements in the input iterable."},
    O(radians, "x", "Convert angle x from degrees to radians."),
    F(remainder, "x, y", "Difference between x and the closest integer multiple of y."),
    O(sin, "x", "Return the sine of x (measured in radians)."),
    O(sinh, "x", "Return the hyperbolic sine of x."),
    O(sqrt, "x", "Return the square root of x."),
    O(tan, "x", "Return the tangent of x (measured in radians)."),
    O(tanh, "x", "Return the hyperbolic tangent of x."),
    O(trunc, "x", "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method."),
    O(ulp, "x", "Return the value of the least significant bit of the float x."),
    {0},
};

int rt_math_add_constants(struct rt_thread *ts, rt_value m)
{
    static const struct {
        const char *name;
        double value;
    } constants[] = {{"pi", M_PI}, {"e", M_E}, {"tau", 2 * M_PI}, {"inf", INFINITY}, {"nan", NAN}};
    for (size_t i = 0; i < RT_COUNTOF(constants); i++) {
        rt_value v = rt_float_new(ts, constants[i].value);
        if (rt_is_null(v) || rt_module_add(ts, m, constants[i].name, v) < 0)
            return -1;
    }
    return 0;
}

const struct rt_module_def rt_module_math = {
    .name = "math",
    .doc = "This module provides access to the mathematical functions\ndefined by the C standard.",
    .methods = methods,
    .exec = rt_math_add_constants,
};
