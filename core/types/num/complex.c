/* SPDX-License-Identifier: MIT */
/* complex: arithmetic with CPython's formulas and errors, text. */
#include "core/types/num/int_internal.h"

#include <errno.h>
#include <math.h>

struct cx {
    double re, im;
};

rt_value rt_complex_new(struct rt_thread *ts, double re, double im)
{
    struct rt_complex *c = rt_object_new(ts, &rt_complex_type, sizeof *c);
    if (!c)
        return RT_NULL;
    c->real = re;
    c->imag = im;
    return rt_own(c);
}

static bool is_complex(rt_value v) { return rt_is_ptr(v) && rt_has(v, RT_TF_COMPLEX); }

static struct cx get(rt_value v)
{
    struct rt_complex *c = (struct rt_complex *)rt_ptr(v);
    return (struct cx){c->real, c->imag};
}

static rt_value make(struct rt_thread *ts, struct cx c) { return rt_complex_new(ts, c.re, c.im); }

/* ---- arithmetic ------------------------------------------------------------------------------- */

static int operand(struct rt_thread *ts, rt_value v, struct cx *out)
{
    out->im = 0.0;
    if (is_complex(v)) {
        *out = get(v);
    } else if (rt_is_float(v)) {
        out->re = rt_float_value(v);
    } else if (rt_is_any_int(v)) {
        out->re = rt_int_as_double(ts, v);
        if (out->re == -1.0 && rt_pending(ts))
            return -1;
    } else {
        return 0;
    }
    return 1;
}

#define OPERANDS(a, b, x, y) RT_NUM_OPERANDS(struct cx, a, b, x, y)

static struct cx product(struct cx a, struct cx b)
{
    return (struct cx){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* Smith's method: scale by the larger part of the divisor. False: division by zero. */
static bool quotient(struct cx a, struct cx b, struct cx *r)
{
    double abs_re = fabs(b.re), abs_im = fabs(b.im);
    if (abs_re >= abs_im) {
        if (abs_re == 0.0)
            return false;
        double ratio = b.im / b.re, den = b.re + b.im * ratio;
        *r = (struct cx){(a.re + a.im * ratio) / den, (a.im - a.re * ratio) / den};
    } else if (abs_im >= abs_re) {
        double ratio = b.re / b.im, den = b.re * ratio + b.im;
        *r = (struct cx){(a.re * ratio + a.im) / den, (a.im * ratio - a.re) / den};
    } else {
        *r = (struct cx){NAN, NAN}; /* a NaN in b */
    }
    return true;
}

static rt_value complex_add(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    return rt_complex_new(ts, x.re + y.re, x.im + y.im);
}

static rt_value complex_sub(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    return rt_complex_new(ts, x.re - y.re, x.im - y.im);
}

static rt_value complex_mul(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    return make(ts, product(x, y));
}

static rt_value complex_truediv(struct rt_thread *ts, rt_value a, rt_value b)
{
    OPERANDS(a, b, x, y);
    struct cx r;
    if (!quotient(x, y, &r))
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "complex division by zero");
    return make(ts, r);
}

static struct cx small_power(struct cx x, int n)
{
    struct cx r = {1.0, 0.0};
    for (int mask = 1; mask > 0 && n >= mask; mask <<= 1) {
        if (n & mask)
            r = product(r, x);
        x = product(x, x);
    }
    return r;
}

static struct cx general_power(struct cx a, struct cx b)
{
    if (b.re == 0.0 && b.im == 0.0)
        return (struct cx){1.0, 0.0};
    if (a.re == 0.0 && a.im == 0.0) {
        if (b.im != 0.0 || b.re < 0.0)
            errno = EDOM;
        return (struct cx){0.0, 0.0};
    }
    double vabs = hypot(a.re, a.im), len = pow(vabs, b.re), at = atan2(a.im, a.re), phase = at * b.re;
    if (b.im != 0.0) {
        len /= exp(at * b.im);
        phase += b.im * log(vabs);
    }
    return (struct cx){len * cos(phase), len * sin(phase)};
}

static rt_value complex_power(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    OPERANDS(a, b, x, y);
    if (!rt_is_null(mod) && !rt_is_none(mod))
        return rt_raise(ts, &rt_exc_ValueError, "complex modulo");
    struct cx r;
    errno = 0;
    if (y.im == 0.0 && y.re == floor(y.re) && fabs(y.re) <= 100.0) {
        int n = (int)y.re;
        r = small_power(x, n < 0 ? -n : n);
        if (n <= 0) {
            struct cx one = {1.0, 0.0};
            if (!quotient(one, r, &r))
                errno = EDOM;
        }
    } else {
        r = general_power(x, y);
    }
    if (errno == EDOM)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "0.0 to a negative or complex power");
    if (isinf(r.re) || isinf(r.im))
        return rt_raise(ts, &rt_exc_OverflowError, "complex exponentiation");
    return make(ts, r);
}

static rt_value complex_exact(struct rt_thread *ts, rt_value v)
{
    return rt_is_exact(v, &rt_complex_type) ? rt_newref(ts, v) : make(ts, get(v));
}

static rt_value complex_neg(struct rt_thread *ts, rt_value v)
{
    return rt_complex_new(ts, -get(v).re, -get(v).im);
}

static rt_value complex_abs(struct rt_thread *ts, rt_value v)
{
    struct cx c = get(v);
    double r = hypot(c.re, c.im); /* infinite when a part is, even with a NaN beside it */
    if (isinf(r) && isfinite(c.re) && isfinite(c.im))
        return rt_raise(ts, &rt_exc_OverflowError, "absolute value too large");
    return rt_float_new(ts, r);
}

static int complex_truth(struct rt_thread *ts, rt_value v) { return get(v).re != 0.0 || get(v).im != 0.0; }

static int64_t complex_hash(struct rt_thread *ts, rt_value v)
{
    struct cx c = get(v);
    int64_t nan = rt_hash_pointer(rt_ptr(v));
    uint64_t h = (uint64_t)rt_hash_double(c.re, nan) + RT_HASH_IMAG * (uint64_t)rt_hash_double(c.im, nan);
    return rt_hash_no_error(h);
}

static rt_value complex_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    bool equal;
    if (op != RT_EQ && op != RT_NE)
        return RT_NOTIMPL;
    struct cx x = get(a);
    if (is_complex(b))
        equal = x.re == get(b).re && x.im == get(b).im;
    else if (rt_is_float(b))
        equal = x.re == rt_float_value(b) && x.im == 0.0;
    else if (rt_is_any_int(b))
        equal = x.im == 0.0 && rt_float_compare_int(x.re, b) == 0;
    else
        return RT_NOTIMPL;
    return rt_bool(equal == (op == RT_EQ));
}

/* ---- text ------------------------------------------------------------------------------------- */

static size_t part(char *out, double d, bool sign)
{
    char buf[RT_DTOA_REPR_MAX + 8];
    size_t n = rt_dtoa_format(d, 'r', 0, sign ? RT_DTOA_SIGN : 0, buf, sizeof buf);
    memcpy(out, buf, n);
    return n;
}

static rt_value complex_repr(struct rt_thread *ts, rt_value v)
{
    struct cx c = get(v);
    char buf[2 * RT_DTOA_REPR_MAX + 24];
    size_t n = 0;
    if (c.re == 0.0 && !signbit(c.re)) {
        n = part(buf, c.im, false);
        buf[n++] = 'j';
    } else {
        buf[n++] = '(';
        n += part(buf + n, c.re, false);
        n += part(buf + n, c.im, true);
        buf[n++] = 'j';
        buf[n++] = ')';
    }
    return rt_str_from_latin1(ts, (uint8_t *)buf, n);
}

/* A float at the start of s, or NULL. */
static const char *leading_float(const char *s, const char *end, double *d)
{
    const char *p;
    return rt_dtoa_parse(s, (size_t)(end - s), d, &p) ? p : NULL;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* [re][im j] with optional parentheses; s without underscores. */
static bool parse_complex(const char *s, const char *end, struct cx *c)
{
    bool paren = false;
    double x = 0.0, y = 0.0, z;
    const char *p;
    while (s < end && is_space(*s))
        s++;
    if (s < end && *s == '(') {
        paren = true;
        s++;
        while (s < end && is_space(*s))
            s++;
    }
    if ((p = leading_float(s, end, &z))) {
        s = p;
        if (s < end && (*s == '+' || *s == '-')) {
            x = z;
            if ((p = leading_float(s, end, &y))) {
                s = p;
            } else {
                y = *s == '+' ? 1.0 : -1.0;
                s++;
            }
            if (s == end || (*s != 'j' && *s != 'J'))
                return false;
            s++;
        } else if (s < end && (*s == 'j' || *s == 'J')) {
            s++;
            y = z;
        } else {
            x = z;
        }
    } else {
        y = 1.0;
        if (s < end && (*s == '+' || *s == '-'))
            y = *s++ == '+' ? 1.0 : -1.0;
        if (s == end || (*s != 'j' && *s != 'J'))
            return false;
        s++;
    }
    while (s < end && is_space(*s))
        s++;
    if (paren) {
        if (s == end || *s != ')')
            return false;
        s++;
        while (s < end && is_space(*s))
            s++;
    }
    *c = (struct cx){x, y};
    return s == end;
}

static bool compact(char *s, size_t *n)
{
    size_t k = 0;
    char prev = 0;
    for (size_t i = 0; i < *n; i++) {
        bool digit = s[i] >= '0' && s[i] <= '9';
        if (s[i] == '_' ? !(prev >= '0' && prev <= '9') : (prev == '_' && !digit))
            return false;
        prev = s[i];
        if (prev != '_')
            s[k++] = prev;
    }
    *n = k;
    return prev != '_';
}

static rt_value complex_from_str(struct rt_thread *ts, rt_value str, struct cx *c)
{
    char local[128];
    size_t n;
    char *s = rt_num_to_ascii(ts, str, local, sizeof local, &n), *copy = NULL;
    if (!s)
        return RT_NULL;
    char *t = s;
    bool ok = true;
    if (memchr(s, '_', n)) {
        t = copy = rt_raw_malloc(n + 1);
        if (copy)
            memcpy(copy, s, n);
        ok = copy && compact(copy, &n);
    }
    ok = ok && parse_complex(t, t + n, c);
    rt_raw_free(copy);
    if (s != local && !rt_as_str(str)->ascii)
        rt_raw_free(s);
    if (!ok)
        return rt_raise(ts, &rt_exc_ValueError, "complex() arg is a malformed string");
    return RT_NONE;
}

/* ---- construction ----------------------------------------------------------------------------- */

static rt_value alloc(struct rt_thread *ts, struct rt_type *type, struct cx c)
{
    if (type == &rt_complex_type)
        return make(ts, c);
    rt_value o = rt_type_alloc(ts, type);
    if (!rt_is_null(o)) {
        struct rt_complex *r = (struct rt_complex *)rt_ptr(o);
        r->real = c.re;
        r->imag = c.im;
    }
    return o;
}

/* v.__complex__() into *out: 1; 0 when v has none; -1 error. */
int rt_complex_special(struct rt_thread *ts, rt_value v, double *re, double *im)
{
    rt_value self, f = rt_lookup_special(ts, v, "__complex__", &self);
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : 0;
    rt_value r = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return -1;
    if (!is_complex(r)) {
        rt_raise(ts, &rt_exc_TypeError, "__complex__ returned non-complex (type %.200T)", r);
        rt_decref(ts, r);
        return -1;
    }
    if (!rt_is_exact(r, &rt_complex_type) &&
        rt_warn(ts, &rt_exc_DeprecationWarning, 1,
                "__complex__ returned non-complex (type %.200T).  "
                "The ability to return an instance of a strict subclass of complex "
                "is deprecated, and may not be supported in a future version of Python.", r) < 0) {
        rt_decref(ts, r);
        return -1;
    }
    *re = get(r).re;
    *im = get(r).im;
    rt_decref(ts, r);
    return 1;
}

static bool is_real(rt_value v)
{
    return rt_is_float(v) || rt_is_any_int(v) || rt_type_of(v)->to_float || rt_type_of(v)->index;
}

/* A constructor argument as a complex; *whole tells that it really was one. */
static int convert(struct rt_thread *ts, rt_value v, struct cx *c, bool *whole, bool first)
{
    *whole = false;
    c->im = 0.0;
    if (first && !rt_is_exact(v, &rt_complex_type)) {
        int rc = rt_complex_special(ts, v, &c->re, &c->im);
        if (rc) {
            *whole = true;
            return rc < 0 ? -1 : 0;
        }
    }
    if (is_complex(v)) {
        *c = get(v);
        *whole = true;
        return 0;
    }
    if (!is_real(v)) {
        if (first)
            rt_raise(ts, &rt_exc_TypeError, "complex() first argument must be a string or a number, not '%.200T'", v);
        else
            rt_raise(ts, &rt_exc_TypeError, "complex() second argument must be a number, not '%.200T'", v);
        return -1;
    }
    c->re = rt_as_double(ts, v);
    return c->re == -1.0 && rt_pending(ts) ? -1 : 0;
}

static rt_value complex_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"real", "imag", NULL};
    static const struct rt_argspec spec = {"complex", names, 0, 0, 2, 2};
    rt_value a[2];
    struct cx r = {0.0, 0.0}, i = {0.0, 0.0};
    bool r_whole = false, i_whole = false;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    if (!rt_is_null(a[0]) && rt_is_null(a[1]) && type == &rt_complex_type && rt_is_exact(a[0], &rt_complex_type))
        return rt_newref(ts, a[0]);
    if (!rt_is_null(a[0]) && rt_is_str(a[0])) {
        if (!rt_is_null(a[1]))
            return rt_raise(ts, &rt_exc_TypeError, "complex() can't take second arg if first is a string");
        return rt_is_null(complex_from_str(ts, a[0], &r)) ? RT_NULL : alloc(ts, type, r);
    }
    if (!rt_is_null(a[1]) && rt_is_str(a[1]))
        return rt_raise(ts, &rt_exc_TypeError, "complex() second arg can't be a string");
    if (!rt_is_null(a[0]) && convert(ts, a[0], &r, &r_whole, true) < 0)
        return RT_NULL;
    if (!rt_is_null(a[1]) && convert(ts, a[1], &i, &i_whole, false) < 0)
        return RT_NULL;
    /* real + imag * 1j, without touching signs of zeros that the caller gave */
    struct cx c = {r.re, r_whole ? r.im : 0.0};
    if (i_whole)
        c.re -= i.im;
    if (!rt_is_null(a[1]))
        c.im = r_whole ? c.im + i.re : i.re;
    return alloc(ts, type, c);
}

/* ---- methods ---------------------------------------------------------------------------------- */

static rt_value complex_conjugate(struct rt_thread *ts, rt_value v)
{
    return rt_complex_new(ts, get(v).re, -get(v).im);
}

static rt_value complex_getnewargs(struct rt_thread *ts, rt_value v)
{
    rt_value pair[2] = {rt_float_new(ts, get(v).re), rt_float_new(ts, get(v).im)};
    return rt_tuple_steal(ts, pair, 2);
}

static rt_value complex_format(struct rt_thread *ts, rt_value self, rt_value spec)
{
    if (!rt_is_str(spec))
        return rt_raise(ts, &rt_exc_TypeError, "__format__() argument must be str, not %.50N", spec);
    if (rt_str_len(spec) == 0)
        return rt_is_exact(self, &rt_complex_type) ? complex_repr(ts, self) : rt_str(ts, self);
    return rt_format_complex(ts, self, spec);
}

static const struct rt_member_def complex_members[] = {
    {"real", RT_MEMBER_DOUBLE, offsetof(struct rt_complex, real), true, "the real part of a complex number"},
    {"imag", RT_MEMBER_DOUBLE, offsetof(struct rt_complex, imag), true, "the imaginary part of a complex number"},
    {0},
};

static const struct rt_method_def complex_methods[] = {
    {"conjugate", complex_conjugate, RT_METH_NOARGS,
     "conjugate($self, /)\n--\n\nReturn the complex conjugate of its argument. (3-4j).conjugate() == 3+4j."},
    {"__complex__", complex_exact, RT_METH_NOARGS,
     "__complex__($self, /)\n--\n\nConvert this value to exact type complex."},
    {"__getnewargs__", complex_getnewargs, RT_METH_NOARGS, "__getnewargs__($self, /)\n--\n\n"},
    {"__format__", complex_format, RT_METH_O,
     "__format__($self, format_spec, /)\n--\n\nConvert to a string according to format_spec."},
    {0},
};

struct rt_type rt_complex_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "complex",
    .doc = "complex(real=0, imag=0)\n--\n\n"
           "Create a complex number from a real part and an optional imaginary part.\n\n"
           "This is equivalent to (real + imag*1j) where imag defaults to 0.",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE | RT_TF_COMPLEX,
    .basic_size = sizeof(struct rt_complex),
    .base = &rt_object_type,
    .repr = complex_repr,
    .hash = complex_hash,
    .richcompare = complex_richcompare,
    .new = complex_new,
    .binary = {[RT_BIN_ADD] = complex_add, [RT_BIN_SUB] = complex_sub, [RT_BIN_MUL] = complex_mul,
               [RT_BIN_TRUEDIV] = complex_truediv},
    .power = complex_power,
    .unary = {[RT_UN_NEG] = complex_neg, [RT_UN_POS] = complex_exact, [RT_UN_ABS] = complex_abs},
    .truth = complex_truth,
    .methods = complex_methods,
    .members = complex_members,
};
