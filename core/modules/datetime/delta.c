/* SPDX-License-Identifier: MIT */
/*
 * timedelta. Arithmetic is done on microseconds in 128 bits: 67 are needed, so that a product with the
 * 53 bits of a float is exact, too. Ints beyond that saturate: the quotient is 0 or -1, the product an
 * overflow.
 */
#include <math.h>
#include <stdio.h>

#include "core/modules/datetime/datetime_internal.h"

static rt_value delta_raw(struct rt_thread *ts, struct rt_type *t, int days, int seconds, int micros)
{
    struct delta *d = dt_alloc(ts, t, t == &rt_dt_delta_type ? sizeof *d : 0, 0);
    if (!d)
        return RT_NULL;
    d->days = days;
    d->seconds = seconds;
    d->micros = micros;
    return rt_own(d);
}
static rt_value from_micros(struct rt_thread *ts, struct rt_type *t, i128 us)
{
    i128 days;
    if (rt_likely(us >= -(i128)INT64_MAX && us <= INT64_MAX)) {
        int64_t q = (int64_t)us / DAY_MICROS;
        days = q - (q * DAY_MICROS > (int64_t)us);
    } else {
        days = us / DAY_MICROS;
        days -= days * DAY_MICROS > us;
    }
    int64_t rest = (int64_t)(us - days * DAY_MICROS);
    if (days < -MAX_DELTA_DAYS || days > MAX_DELTA_DAYS) {
        if (days < INT32_MIN || days > INT32_MAX)
            return rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C int");
        return rt_raise(ts, &rt_exc_OverflowError, "days=%d; must have magnitude <= %d", (int)days, MAX_DELTA_DAYS);
    }
    return delta_raw(ts, t, (int)days, (int)(rest / 1000000), (int)(rest % 1000000));
}
rt_value dt_delta_from_micros(struct rt_thread *ts, i128 us) { return from_micros(ts, &rt_dt_delta_type, us); }
rt_value dt_delta_normal(struct rt_thread *ts, int days, int seconds, int micros)
{
    dt_carry(&days, &seconds, &micros);
    if (days < -MAX_DELTA_DAYS || days > MAX_DELTA_DAYS)
        return rt_raise(ts, &rt_exc_OverflowError, "days=%d; must have magnitude <= %d", days, MAX_DELTA_DAYS);
    return delta_raw(ts, &rt_dt_delta_type, days, seconds, micros);
}
rt_value dt_delta_new(struct rt_thread *ts, int days, int seconds, int micros)
{
    return dt_delta_from_micros(ts, (i128)days * DAY_MICROS + seconds * 1000000ll + micros);
}

/* ---- numbers ---- */
#define BIG ((i128)1 << 126)
static i128 saturated(struct rt_thread *ts, rt_value v)
{
    int64_t x;
    if (rt_int_try_i64(v, &x))
        return x;
    if (rt_int_bit_length(v) > 125)
        return rt_int_sign(v) < 0 ? -BIG : BIG;
    i128 r = 0;
    rt_int_to_bytes(ts, v, (uint8_t *)&r, sizeof r, true, true);
    return r;
}
static rt_value int_from_i128(struct rt_thread *ts, i128 x)
{
    if (x >= INT64_MIN && x <= INT64_MAX)
        return rt_int_from_i64(ts, (int64_t)x);
    return rt_int_from_bytes(ts, (const uint8_t *)&x, sizeof x, true, true);
}
static i128 floor_div(i128 a, i128 b) { i128 q = a / b; return q - (q * b != a && (a < 0) != (b < 0)); }
static i128 nearest_div(i128 a, i128 b) /* halves to even */
{
    if (b < 0)
        a = -a, b = -b;
    i128 q = floor_div(a, b), r = a - q * b, other = b - r;
    return q + (r > other || (r == other && (q & 1)));
}
/* a * 2**e, rounded half to even; false: too big */
static bool scale(i128 *a, int e)
{
    if (e <= 0) {
        *a = e < -126 ? 0 : nearest_div(*a, (i128)1 << -e);
        return true;
    }
    if (*a == 0)
        return true;
    if (e > 120)
        return false;
    return !__builtin_mul_overflow(*a, (i128)1 << e, a);
}
static bool split_float(struct rt_thread *ts, double d, i128 *m, int *e)
{
    if (!isfinite(d)) {
        if (isnan(d))
            rt_raise(ts, &rt_exc_ValueError, "cannot convert NaN to integer ratio");
        else
            rt_raise(ts, &rt_exc_OverflowError, "cannot convert Infinity to integer ratio");
        return false;
    }
    int exp;
    int64_t x = (int64_t)ldexp(frexp(d, &exp), 53);
    exp -= 53;
    while (x && !(x & 1))
        x >>= 1, exp++;
    *m = x;
    *e = x ? exp : 0;
    return true;
}
/* A subclass of float may have its own ratio. 0 or -1 */
static int own_ratio(struct rt_thread *ts, rt_value f, i128 *num, i128 *den)
{
    rt_value r = rt_call_method(ts, f, "as_integer_ratio", NULL, 0);
    if (rt_is_null(r))
        return -1;
    if (!rt_is_tuple(r)) {
        rt_raise(ts, &rt_exc_TypeError, "unexpected return type from as_integer_ratio(): expected tuple, got '%.200T'", r);
    } else if (rt_as_tuple(r)->length != 2) {
        rt_raise(ts, &rt_exc_ValueError, "as_integer_ratio() must return a 2-tuple");
    } else {
        rt_value *v = rt_as_tuple(r)->items;
        if (!rt_is_any_int(v[0]) || !rt_is_any_int(v[1])) {
            rt_raise(ts, &rt_exc_TypeError, "as_integer_ratio() must return a pair of integers");
        } else {
            *num = saturated(ts, v[0]);
            *den = saturated(ts, v[1]);
        }
    }
    rt_decref(ts, r);
    return rt_pending(ts) ? -1 : 0;
}
static rt_value too_large(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C int"); }

static rt_value times_ratio(struct rt_thread *ts, i128 us, i128 num, i128 den)
{
    if (den == 0)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "division by zero");
    return __builtin_mul_overflow(us, num, &us) ? too_large(ts) : dt_delta_from_micros(ts, nearest_div(us, den));
}

/* ---- the constructor ---- */
/* *us += num * factor; what a float has below a microsecond goes to *left. */
static int accumulate(struct rt_thread *ts, const char *tag, rt_value num, int64_t factor, i128 *us, double *left)
{
    i128 x;
    if (rt_is_any_int(num)) {
        x = saturated(ts, num);
    } else if (rt_is_float(num)) {
        double whole, part = modf(rt_float_value(num), &whole);
        if (!isfinite(whole)) {
            rt_value r = rt_int_from_double(ts, whole);
            rt_decref(ts, r);
            return -1;
        }
        x = fabs(whole) < 1e36 ? (i128)whole : whole < 0 ? -BIG : BIG;
        if (part != 0.0) {
            *left += modf((double)factor * part, &whole);
            if (__builtin_add_overflow(*us, (i128)whole, us))
                goto overflow;
        }
    } else {
        rt_raise(ts, &rt_exc_TypeError, "unsupported type for timedelta %s component: %T", tag, num);
        return -1;
    }
    if (!__builtin_mul_overflow(x, (i128)factor, &x) && !__builtin_add_overflow(*us, x, us))
        return 0;
overflow:
    too_large(ts);
    return -1;
}
static rt_value delta_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks", NULL};
    static const struct rt_argspec spec = {"__new__", names, 0, 0, 7, 7};
    static const int64_t factors[] = {DAY_MICROS, 1000000, 1, 1000, 60000000, 3600000000ll, 7 * DAY_MICROS};
    static const uint8_t order[] = {2, 3, 1, 4, 5, 0, 6};
    rt_value v[7];
    i128 us = 0;
    double left = 0;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 7; i++)
        if (!rt_is_null(v[order[i]]) && accumulate(ts, names[order[i]], v[order[i]], factors[order[i]], &us, &left) < 0)
            return RT_NULL;
    if (left != 0) {
        double whole = round(left);
        if (fabs(whole - left) == 0.5) { /* halfway: the sum is to be even */
            int odd = (int)(us & 1);
            whole = 2.0 * round((left + odd) * 0.5) - odd;
        }
        us += (i128)whole;
    }
    return from_micros(ts, t, us);
}

/* ---- operators ---- */
#define BOTH(a, b) (is_delta(a) && is_delta(b))
static rt_value delta_add(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!BOTH(a, b))
        return RT_NOTIMPL;
    struct delta *x = AS_DELTA(a), *y = AS_DELTA(b);
    return dt_delta_normal(ts, x->days + y->days, x->seconds + y->seconds, x->micros + y->micros);
}
static rt_value delta_sub(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!BOTH(a, b))
        return RT_NOTIMPL;
    struct delta *x = AS_DELTA(a), *y = AS_DELTA(b);
    return dt_delta_normal(ts, x->days - y->days, x->seconds - y->seconds, x->micros - y->micros);
}
static rt_value delta_neg(struct rt_thread *ts, rt_value a) { return dt_delta_from_micros(ts, -delta_micros(a)); }
static rt_value delta_pos(struct rt_thread *ts, rt_value a) { return dt_delta_from_micros(ts, delta_micros(a)); }
static rt_value delta_abs(struct rt_thread *ts, rt_value a)
{
    i128 us = delta_micros(a);
    return dt_delta_from_micros(ts, us < 0 ? -us : us);
}
static int delta_truth(struct rt_thread *ts, rt_value a)
{
    struct delta *d = AS_DELTA(a);
    return (d->days | d->seconds | d->micros) != 0;
}
static rt_value delta_mul(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!is_delta(a)) {
        rt_value t = a;
        a = b;
        b = t;
    }
    i128 us = delta_micros(a), m, d;
    int e;
    if (rt_is_any_int(b))
        return __builtin_mul_overflow(us, saturated(ts, b), &us) ? too_large(ts) : dt_delta_from_micros(ts, us);
    if (!rt_is_float(b))
        return RT_NOTIMPL;
    if (rt_unlikely(rt_type_of(b) != &rt_float_type))
        return own_ratio(ts, b, &m, &d) < 0 ? RT_NULL : times_ratio(ts, us, m, d);
    if (!split_float(ts, rt_float_value(b), &m, &e))
        return RT_NULL;
    us *= m;
    return scale(&us, e) ? dt_delta_from_micros(ts, us) : too_large(ts);
}
static rt_value zero_division(struct rt_thread *ts) { return rt_raise(ts, &rt_exc_ZeroDivisionError, "integer division or modulo by zero"); }
static rt_value delta_floordiv(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!is_delta(a))
        return RT_NOTIMPL;
    if (is_delta(b))
        return delta_truth(ts, b) ? int_from_i128(ts, floor_div(delta_micros(a), delta_micros(b))) : zero_division(ts);
    if (!rt_is_any_int(b))
        return RT_NOTIMPL;
    i128 d = saturated(ts, b);
    return d ? dt_delta_from_micros(ts, floor_div(delta_micros(a), d)) : zero_division(ts);
}
/* a / b as a float, rounded once */
static rt_value quotient(struct rt_thread *ts, i128 a, i128 b)
{
    const i128 exact = (i128)1 << 53;
    if (b == 0)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "division by zero");
    if (a < exact && a > -exact && b < exact && b > -exact)
        return rt_float_new(ts, (double)a / (double)b);
    rt_value x = int_from_i128(ts, a), y = int_from_i128(ts, b), r = rt_int_binary(ts, x, y, RT_BIN_TRUEDIV);
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}
static rt_value delta_truediv(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!is_delta(a))
        return RT_NOTIMPL;
    i128 us = delta_micros(a), m, d;
    int e;
    if (is_delta(b))
        return quotient(ts, us, delta_micros(b));
    if (rt_is_any_int(b)) {
        m = saturated(ts, b);
        return m ? dt_delta_from_micros(ts, nearest_div(us, m)) : rt_raise(ts, &rt_exc_ZeroDivisionError, "division by zero");
    }
    if (!rt_is_float(b))
        return RT_NOTIMPL;
    if (rt_unlikely(rt_type_of(b) != &rt_float_type))
        return own_ratio(ts, b, &m, &d) < 0 ? RT_NULL : times_ratio(ts, us, d, m);
    if (!split_float(ts, rt_float_value(b), &m, &e))
        return RT_NULL;
    if (m == 0)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "division by zero");
    /* us / (m * 2**e) */
    if (e >= 0)
        return dt_delta_from_micros(ts, e > 70 ? 0 : nearest_div(us, m * ((i128)1 << e)));
    return scale(&us, -e) ? dt_delta_from_micros(ts, nearest_div(us, m)) : too_large(ts);
}
static rt_value delta_mod(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!BOTH(a, b))
        return RT_NOTIMPL;
    i128 x = delta_micros(a), y = delta_micros(b);
    return y ? dt_delta_from_micros(ts, x - floor_div(x, y) * y) : zero_division(ts);
}
static rt_value delta_divmod(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!BOTH(a, b))
        return RT_NOTIMPL;
    i128 x = delta_micros(a), y = delta_micros(b);
    if (!y)
        return zero_division(ts);
    rt_value w[2] = {int_from_i128(ts, floor_div(x, y)), dt_delta_from_micros(ts, x - floor_div(x, y) * y)};
    if (rt_is_null(w[0]) || rt_is_null(w[1])) {
        rt_decref(ts, w[0]);
        rt_decref(ts, w[1]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, w, 2);
}
static rt_value delta_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!BOTH(a, b))
        return RT_NOTIMPL;
    struct delta *x = AS_DELTA(a), *y = AS_DELTA(b);
    int c = dt_compare_words(x->days, y->days);
    return rt_compare_result(c ? c : dt_compare_words(x->seconds * 1000000ll + x->micros, y->seconds * 1000000ll + y->micros), op);
}
static int64_t delta_hash(struct rt_thread *ts, rt_value a)
{
    struct delta *d = AS_DELTA(a);
    return dt_mix((uint64_t)d->days, (uint64_t)d->seconds << 20 | (uint64_t)d->micros);
}

/* ---- text ---- */
static rt_value delta_repr(struct rt_thread *ts, rt_value a)
{
    struct delta *d = AS_DELTA(a);
    const struct { const char *name; int x; } parts[] = {{"days", d->days}, {"seconds", d->seconds}, {"microseconds", d->micros}};
    char buf[100], *p = buf;
    for (size_t i = 0; i < 3; i++)
        if (parts[i].x)
            p += sprintf(p, "%s%s=%d", p == buf ? "" : ", ", parts[i].name, parts[i].x);
    if (p == buf)
        *p++ = '0';
    *p = 0;
    return rt_str_format(ts, "%s(%s)", rt_typename(a), buf);
}
static rt_value delta_str(struct rt_thread *ts, rt_value a)
{
    struct delta *d = AS_DELTA(a);
    char buf[80], *p = buf;
    if (d->days)
        p += sprintf(p, "%d day%s, ", d->days, d->days == 1 || d->days == -1 ? "" : "s");
    p += sprintf(p, "%d:%02d:%02d", d->seconds / 3600, d->seconds / 60 % 60, d->seconds % 60);
    if (d->micros)
        p += sprintf(p, ".%06d", d->micros);
    return rt_str_from_latin1(ts, (uint8_t *)buf, (size_t)(p - buf));
}

static rt_value total_seconds(struct rt_thread *ts, rt_value a) { return quotient(ts, delta_micros(a), 1000000); }
static rt_value delta_reduce(struct rt_thread *ts, rt_value a)
{
    struct delta *d = AS_DELTA(a);
    rt_value state = rt_tuple_pack(ts, 3, rt_int_imm(d->days), rt_int_imm(d->seconds), rt_int_imm(d->micros));
    if (rt_is_null(state))
        return state;
    rt_value r = rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(a)), state);
    rt_decref(ts, state);
    return r;
}
static const struct rt_method_def methods[] = {
    {"total_seconds", total_seconds, RT_METH_NOARGS, "Total seconds in the duration."},
    {"__reduce__", delta_reduce, RT_METH_NOARGS, "__reduce__() -> (cls, state)"},
    {NULL},
};
static const struct rt_member_def members[] = {
    {"days", RT_MEMBER_INT, offsetof(struct delta, days), true, "Number of days."},
    {"seconds", RT_MEMBER_INT, offsetof(struct delta, seconds), true, "Number of seconds (>= 0 and less than 1 day)."},
    {"microseconds", RT_MEMBER_INT, offsetof(struct delta, micros), true, "Number of microseconds (>= 0 and less than 1 second)."},
    {NULL},
};
struct rt_type rt_dt_delta_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "datetime.timedelta",
    .doc = "Difference between two datetime values.\n\ntimedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\n"
           "All arguments are optional and default to 0.\nArguments may be integers or floats, and may be positive or negative.",
    .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct delta), .new = delta_new, .repr = delta_repr, .str = delta_str,
    .hash = delta_hash, .richcompare = delta_compare, .truth = delta_truth,
    .binary = {[RT_BIN_ADD] = delta_add, [RT_BIN_SUB] = delta_sub, [RT_BIN_MUL] = delta_mul, [RT_BIN_TRUEDIV] = delta_truediv,
               [RT_BIN_FLOORDIV] = delta_floordiv, [RT_BIN_MOD] = delta_mod, [RT_BIN_DIVMOD] = delta_divmod},
    .unary = {[RT_UN_NEG] = delta_neg, [RT_UN_POS] = delta_pos, [RT_UN_ABS] = delta_abs},
    .methods = methods, .members = members,
};
