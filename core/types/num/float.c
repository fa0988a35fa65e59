/* SPDX-License-Identifier: MIT */
/*
 * float: operators, comparison with ints (exact), rounding, text.
 *
 * Most floats are immediate words; the rest, NaN and infinities among them, are struct rt_float. A
 * binary slot may meet an int on either side, which is converted (OverflowError when too large).
 */
#include "core/types/num/int_internal.h"

#include <errno.h>
#include <math.h>

rt_value rt_float_box(struct rt_thread *ts, double d)
{
    struct rt_float *f = rt_object_new(ts, &rt_float_type, sizeof *f);
    if (!f)
        return RT_NULL;
    f->value = d;
    return rt_own(f);
}

/* 1: *out set; 0: not a number this type knows; -1: error. */
static int operand(struct rt_thread *ts, rt_value v, double *out)
{
    if (rt_likely(rt_is_float(v))) {
        *out = rt_float_value(v);
        return 1;
    }
    if (!rt_is_any_int(v))
        return 0;
    *out = rt_int_as_double(ts, v);
    return *out == -1.0 && rt_pending(ts) ? -1 : 1;
}

#define OPERANDS(a, b, x, y) RT_NUM_OPERANDS(double, a, b, x, y)

static rt_value float_add(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    return rt_float_new(ts, x + y);
}

static rt_value float_sub(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    return rt_float_new(ts, x - y);
}

static rt_value float_mul(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    return rt_float_new(ts, x * y);
}

static rt_value float_truediv(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    if (y == 0.0)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "float division by zero");
    return rt_float_new(ts, x / y);
}

/* Floored quotient and the remainder with the divisor's sign. */
static void float_divmod_raw(double x, double y, double *floor_div, double *mod)
{
    double m = fmod(x, y), div = (x - m) / y;
    if (m != 0.0) {
        if ((y < 0) != (m < 0)) {
            m += y;
            div -= 1.0;
        }
    } else {
        m = copysign(0.0, y);
    }
    double f;
    if (div != 0.0) {
        f = floor(div);
        if (div - f > 0.5)
            f += 1.0;
    } else {
        f = copysign(0.0, x / y);
    }
    *floor_div = f;
    *mod = m;
}

double rt_float_floor_divide(double x, double y)
{
    double f, m;
    float_divmod_raw(x, y, &f, &m);
    return f;
}

static rt_value float_floordiv(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    if (y == 0.0)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "float floor division by zero");
    return rt_float_new(ts, rt_float_floor_divide(x, y));
}

double rt_float_modulo(double x, double y)
{
    double m = fmod(x, y);
    if (m == 0.0)
        return copysign(0.0, y);
    return (y < 0) != (m < 0) ? m + y : m;
}

static rt_value float_mod(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    if (y == 0.0)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "float modulo");
    return rt_float_new(ts, rt_float_modulo(x, y));
}

static rt_value float_divmod(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    if (y == 0.0)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "float divmod()");
    double f, m;
    float_divmod_raw(x, y, &f, &m);
    rt_value pair[2] = {rt_float_new(ts, f), rt_float_new(ts, m)};
    if (rt_is_null(pair[0]) || rt_is_null(pair[1])) {
        rt_decref(ts, pair[0]);
        rt_decref(ts, pair[1]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, pair, 2);
}

static rt_value float_power(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    if (!rt_is_null(mod) && !rt_is_none(mod))
        return rt_raise(ts, &rt_exc_TypeError, "pow() 3rd argument not allowed unless all arguments are integers");
    OPERANDS(a, b, x, y);
    if (y == 0.0)
        return rt_float_new(ts, 1.0);
    if (isnan(x) || isnan(y))
        return rt_float_new(ts, x == 1.0 ? 1.0 : isnan(x) ? x : y);
    if (x == 0.0 && y < 0.0 && isfinite(y))
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    if (x < 0.0 && isfinite(x) && isfinite(y) && y != floor(y)) {
        rt_value cx = rt_complex_new(ts, x, 0.0), cy = rt_complex_new(ts, y, 0.0), r = RT_NULL;
        if (!rt_is_null(cx) && !rt_is_null(cy))
            r = rt_complex_type.power(ts, cx, cy, RT_NONE);
        rt_decref(ts, cx);
        rt_decref(ts, cy);
        return r;
    }
    double r = pow(x, y);
    if (isinf(r) && isfinite(x) && isfinite(y)) {
        errno = ERANGE;
        return rt_raise_errno(ts, &rt_exc_OverflowError, RT_NULL);
    }
    return rt_float_new(ts, r);
}

static rt_value float_neg(struct rt_thread *ts, rt_value v) { return rt_float_new(ts, -rt_float_value(v)); }
static rt_value float_abs(struct rt_thread *ts, rt_value v) { return rt_float_new(ts, fabs(rt_float_value(v))); }
static int float_truth(struct rt_thread *ts, rt_value v) { return rt_float_value(v) != 0.0; }

static rt_value float_exact(struct rt_thread *ts, rt_value v)
{
    if (rt_is_float_imm(v) || rt_is_exact(v, &rt_float_type))
        return rt_newref(ts, v);
    return rt_float_new(ts, rt_float_value(v));
}

static rt_value float_trunc(struct rt_thread *ts, rt_value v) { return rt_int_from_double(ts, rt_float_value(v)); }

static int64_t float_hash(struct rt_thread *ts, rt_value v)
{
    double d = rt_float_value(v);
    return rt_hash_double(d, isnan(d) ? rt_hash_pointer(rt_ptr(v)) : 0);
}

/* ---- comparison ------------------------------------------------------------------------------- */

/* -1, 0, 1; 2 when d is a NaN. Exact whatever the sizes. */
int rt_float_compare_int(double d, rt_value i)
{
    int64_t small;
    if (isnan(d))
        return 2;
    if (isinf(d))
        return d > 0 ? 1 : -1;
    if (rt_int_try_i64(i, &small) && small >= -(1ll << 53) && small <= 1ll << 53)
        return d < (double)small ? -1 : d > (double)small;
    int sign = rt_int_sign(i), dsign = d > 0 ? 1 : d < 0 ? -1 : 0;
    if (sign != dsign)
        return dsign < sign ? -1 : 1;
    int e;
    frexp(d, &e);
    int64_t bits = (int64_t)rt_int_bit_length(i);
    if (bits != e)
        return (e < bits) == (sign > 0) ? -1 : 1;
    /* same magnitude: |d| >= 2**52 here, so compare the integer part exactly, then the fraction */
    double whole = trunc(fabs(d));
    uint64_t mant;
    unsigned shift = 0;
    if (e > 64) {
        mant = (uint64_t)ldexp(whole, 64 - e); /* 64 bits at the top */
        shift = (unsigned)(e - 64);
    } else {
        mant = (uint64_t)whole;
    }
    struct int_view w;
    rt_int_view(&w, i);
    int c = 0;
    for (size_t k = w.n; k-- > 0 && c == 0;) {
        int64_t low = (int64_t)k * 64 - (int64_t)shift; /* place of this limb's bit 0 in mant */
        uint64_t part = low >= 64 || low <= -64 ? 0 : low >= 0 ? mant >> low : mant << -low;
        c = part < w.limbs[k] ? -1 : part > w.limbs[k];
    }
    if (c == 0 && whole != fabs(d))
        c = 1;
    return sign < 0 ? -c : c;
}

static rt_value float_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    int c;
    if (rt_is_float(a) && rt_is_float(b)) {
        double x = rt_float_value(a), y = rt_float_value(b);
        c = x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
    } else if (rt_is_float(a) && rt_is_any_int(b)) {
        c = rt_float_compare_int(rt_float_value(a), b);
    } else {
        return RT_NOTIMPL;
    }
    switch (op) {
    case RT_LT: return rt_bool(c == -1);
    case RT_LE: return rt_bool(c == -1 || c == 0);
    case RT_EQ: return rt_bool(c == 0);
    case RT_NE: return rt_bool(c != 0);
    case RT_GT: return rt_bool(c == 1);
    default: return rt_bool(c == 1 || c == 0);
    }
}

/* ---- text ------------------------------------------------------------------------------------- */

static rt_value float_repr(struct rt_thread *ts, rt_value v)
{
    char buf[RT_DTOA_REPR_MAX];
    size_t n = rt_dtoa_repr(rt_float_value(v), buf);
    return rt_str_from_latin1(ts, (uint8_t *)buf, n);
}

/* Text with digits grouped by single underscores, as int() and float() take it: compacts in place into out. */
static bool drop_underscores(const char *s, size_t n, char *out, size_t *len)
{
    char prev = 0;
    *len = 0;
    for (size_t i = 0; i < n; prev = s[i++]) {
        bool digit = s[i] >= '0' && s[i] <= '9';
        if (s[i] == '_') {
            if (!(prev >= '0' && prev <= '9'))
                return false;
            continue;
        }
        if (prev == '_' && !digit)
            return false;
        out[(*len)++] = s[i];
    }
    return prev != '_';
}

bool rt_num_parse_double(const char *s, size_t n, double *out)
{
    const char *end;
    char local[128];
    while (n && (*s == ' ' || (*s >= '\t' && *s <= '\r')))
        s++, n--;
    while (n && (s[n - 1] == ' ' || (s[n - 1] >= '\t' && s[n - 1] <= '\r')))
        n--;
    if (n == 0)
        return false;
    if (memchr(s, '_', n)) {
        char *t = n <= sizeof local ? local : rt_raw_malloc(n);
        size_t len;
        bool ok = t && drop_underscores(s, n, t, &len) && rt_dtoa_parse(t, len, out, &end) && end == t + len;
        if (t != local)
            rt_raw_free(t);
        return ok;
    }
    return rt_dtoa_parse(s, n, out, &end) && end == s + n;
}

/* float() of text: a str, or bytes-like data. */
rt_value rt_float_parse(struct rt_thread *ts, rt_value o)
{
    double d;
    bool ok;
    if (rt_is_str(o)) {
        char local[128];
        size_t n;
        char *s = rt_num_to_ascii(ts, o, local, sizeof local, &n);
        if (!s)
            return RT_NULL;
        ok = rt_num_parse_double(s, n, &d);
        if (s != local && !rt_as_str(o)->ascii)
            rt_raw_free(s);
    } else {
        struct rt_buffer b;
        if (!rt_has_buffer(o))
            return rt_raise(ts, &rt_exc_TypeError, "float() argument must be a string or a real number, not '%.200T'", o);
        if (rt_buffer_get(ts, o, &b, RT_BUF_SIMPLE) < 0)
            return RT_NULL;
        ok = rt_num_parse_double(b.buf, (size_t)b.len, &d);
        rt_buffer_release(ts, &b);
    }
    if (!ok)
        return rt_raise(ts, &rt_exc_ValueError, "could not convert string to float: %R", o);
    return rt_float_new(ts, d);
}

static rt_value float_from(struct rt_thread *ts, rt_value v)
{
    if (rt_is_float_imm(v))
        return v;
    return rt_is_str_exact(v) ? rt_float_parse(ts, v) : rt_to_float(ts, v);
}

static rt_value float_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    if ((type == &rt_float_type || type->init == rt_float_type.init) && rt_no_keywords(ts, "float", kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, "float", n, 0, 1) < 0)
        return RT_NULL;
    rt_value r = n ? float_from(ts, args[0]) : RT_FZERO;
    if (rt_is_null(r) || type == &rt_float_type)
        return r;
    rt_value o = rt_type_alloc(ts, type);
    if (!rt_is_null(o))
        ((struct rt_float *)rt_ptr(o))->value = rt_float_value(r);
    rt_decref(ts, r);
    return o;
}

static rt_value float_hex(struct rt_thread *ts, rt_value self)
{
    char buf[RT_DTOA_HEX_MAX];
    size_t n = rt_dtoa_hex(rt_float_value(self), buf);
    return rt_str_from_latin1(ts, (uint8_t *)buf, n);
}

static rt_value float_fromhex(struct rt_thread *ts, rt_value type, rt_value arg)
{
    size_t n;
    double d = 0.0;
    if (!rt_is_str(arg))
        return rt_raise(ts, &rt_exc_TypeError, "bad argument type for built-in operation");
    const char *s = rt_str_utf8(ts, arg, &n);
    if (!s)
        return RT_NULL;
    switch (rt_dtoa_from_hex(s, n, &d)) {
    case RT_HEX_OK:
        break;
    case RT_HEX_INVALID:
        return rt_raise(ts, &rt_exc_ValueError, "invalid hexadecimal floating-point string");
    case RT_HEX_OVERFLOW:
        return rt_raise(ts, &rt_exc_OverflowError, "hexadecimal value too large to represent as a float");
    case RT_HEX_TOO_LONG:
        return rt_raise(ts, &rt_exc_ValueError, "hexadecimal string too long to convert");
    }
    rt_value r = rt_float_new(ts, d);
    if (!rt_is_null(r) && rt_as_type(type) != &rt_float_type) {
        rt_value o = rt_call1(ts, type, r);
        rt_decref(ts, r);
        return o;
    }
    return r;
}

/* ---- rounding and ratios ---------------------------------------------------------------------- */

static rt_value float_floor(struct rt_thread *ts, rt_value v) { return rt_int_from_double(ts, floor(rt_float_value(v))); }
static rt_value float_ceil(struct rt_thread *ts, rt_value v) { return rt_int_from_double(ts, ceil(rt_float_value(v))); }

/* Round to ndigits decimals, correctly: through the decimal expansion. */
static rt_value round_digits(struct rt_thread *ts, double x, int ndigits)
{
    char digits[RT_DTOA_DIGITS_MAX];
    int decpt;
    int n = rt_dtoa_digits(x, RT_DTOA_FRACTION, ndigits, digits, &decpt);
    double r = n ? rt_dtoa_from_digits(digits, (size_t)n, decpt - n) : 0.0;
    if (isinf(r))
        return rt_raise(ts, &rt_exc_OverflowError, "rounded value too large to represent");
    return rt_float_new(ts, copysign(r, x));
}

static rt_value float_round(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    double x = rt_float_value(self);
    if (rt_args_count(ts, "__round__", n, 0, 1) < 0)
        return RT_NULL;
    if (n == 0 || rt_is_none(args[0]))
        return rt_int_from_double(ts, rint(x)); /* the mode is to nearest even */
    int64_t nd = rt_as_index(ts, args[0], NULL);
    if (nd == -1 && rt_pending(ts))
        return RT_NULL;
    if (!isfinite(x) || nd > 323)
        return rt_float_new(ts, x);
    if (nd < -308)
        return rt_float_new(ts, 0.0 * x);
    return round_digits(ts, x, (int)nd);
}

static rt_value float_is_integer(struct rt_thread *ts, rt_value self)
{
    double d = rt_float_value(self);
    return rt_bool(isfinite(d) && d == floor(d));
}

static rt_value float_ratio(struct rt_thread *ts, rt_value self)
{
    double d = rt_float_value(self);
    int e;
    if (isinf(d))
        return rt_raise(ts, &rt_exc_OverflowError, "cannot convert Infinity to integer ratio");
    if (isnan(d))
        return rt_raise(ts, &rt_exc_ValueError, "cannot convert NaN to integer ratio");
    double m = frexp(d, &e);
    for (int i = 0; i < 300 && m != floor(m); i++) {
        m *= 2.0;
        e--;
    }
    rt_value num = rt_int_from_double(ts, m), den = rt_int_imm(1);
    rt_value *scaled = e > 0 ? &num : &den;
    if (e) {
        rt_value s = rt_int_shift(ts, *scaled, rt_int_imm(e > 0 ? e : -e), true);
        rt_decref(ts, *scaled);
        *scaled = s;
    }
    rt_value pair[2] = {num, den};
    if (rt_is_null(num) || rt_is_null(den)) {
        rt_decref(ts, num);
        rt_decref(ts, den);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, pair, 2);
}

/* ---- others ----------------------------------------------------------------------------------- */

static rt_value float_format(struct rt_thread *ts, rt_value self, rt_value spec)
{
    if (!rt_is_str(spec))
        return rt_raise(ts, &rt_exc_TypeError, "__format__() argument must be str, not %.50N", spec);
    if (rt_str_len(spec) == 0)
        return rt_is_float_imm(self) || rt_is_exact(self, &rt_float_type) ? float_repr(ts, self) : rt_str(ts, self);
    return rt_format_float(ts, self, spec);
}

static rt_value float_getnewargs(struct rt_thread *ts, rt_value self)
{
    rt_value v = float_exact(ts, self);
    return rt_is_null(v) ? v : rt_tuple_steal(ts, &v, 1);
}

static rt_value float_getformat(struct rt_thread *ts, rt_value type, rt_value arg)
{
    if (!rt_is_str(arg))
        return rt_raise(ts, &rt_exc_TypeError, "__getformat__() argument must be str, not %.50N", arg);
    if (!rt_str_eq_cstr(arg, "double") && !rt_str_eq_cstr(arg, "float"))
        return rt_raise(ts, &rt_exc_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
    return rt_str_from_cstr(ts, "IEEE, little-endian");
}

static rt_value get_real(struct rt_thread *ts, rt_value self, void *closure) { return float_exact(ts, self); }
static rt_value get_imag(struct rt_thread *ts, rt_value self, void *closure) { return RT_FZERO; }

static const struct rt_getset_def float_getset[] = {
    {"real", get_real, NULL, "the real part of a complex number", NULL},
    {"imag", get_imag, NULL, "the imaginary part of a complex number", NULL},
    {0},
};

static const struct rt_method_def float_methods[] = {
    {"conjugate", float_exact, RT_METH_NOARGS, "conjugate($self, /)\n--\n\nReturn self, the complex conjugate of any float."},
    {"__trunc__", float_trunc, RT_METH_NOARGS, "__trunc__($self, /)\n--\n\nReturn the Integral closest to x between 0 and x."},
    {"__floor__", float_floor, RT_METH_NOARGS, "__floor__($self, /)\n--\n\nReturn the floor as an Integral."},
    {"__ceil__", float_ceil, RT_METH_NOARGS, "__ceil__($self, /)\n--\n\nReturn the ceiling as an Integral."},
    {"__round__", float_round, RT_METH_FAST,
     "__round__($self, ndigits=None, /)\n--\n\nReturn the Integral closest to x, rounding half toward even.\n\n"
     "When an argument is passed, work like built-in round(x, ndigits)."},
    {"as_integer_ratio", float_ratio, RT_METH_NOARGS,
     "as_integer_ratio($self, /)\n--\n\nReturn integer ratio: a pair of integers, whose ratio is exactly equal to self."},
    {"fromhex", float_fromhex, RT_METH_O | RT_METH_CLASS,
     "fromhex($type, string, /)\n--\n\nCreate a floating-point number from a hexadecimal string."},
    {"hex", float_hex, RT_METH_NOARGS, "hex($self, /)\n--\n\nReturn a hexadecimal representation of a floating-point number."},
    {"is_integer", float_is_integer, RT_METH_NOARGS, "is_integer($self, /)\n--\n\nReturn True if the float is an integer."},
    {"__getnewargs__", float_getnewargs, RT_METH_NOARGS, "__getnewargs__($self, /)\n--\n\n"},
    {"__getformat__", float_getformat, RT_METH_O | RT_METH_CLASS,
     "__getformat__($type, typestr, /)\n--\n\nYou probably don't want to use this function."},
    {"__format__", float_format, RT_METH_O,
     "__format__($self, format_spec, /)\n--\n\nFormats the float according to format_spec."},
    {0},
};

struct rt_type rt_float_type = {
    .convert = float_from,
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "float",
    .doc = "float(x=0, /)\n--\n\nConvert a string or number to a floating point number, if possible.",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE | RT_TF_FLOAT | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_float),
    .base = &rt_object_type,
    .repr = float_repr,
    .hash = float_hash,
    .richcompare = float_richcompare,
    .new = float_new,
    .binary = {[RT_BIN_ADD] = float_add, [RT_BIN_SUB] = float_sub, [RT_BIN_MUL] = float_mul,
               [RT_BIN_TRUEDIV] = float_truediv, [RT_BIN_FLOORDIV] = float_floordiv, [RT_BIN_MOD] = float_mod,
               [RT_BIN_DIVMOD] = float_divmod},
    .power = float_power,
    .unary = {[RT_UN_NEG] = float_neg, [RT_UN_POS] = float_exact, [RT_UN_ABS] = float_abs},
    .truth = float_truth,
    .to_int = float_trunc,
    .to_float = float_exact,
    .methods = float_methods,
    .getset = float_getset,
};
