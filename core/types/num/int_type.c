/* SPDX-License-Identifier: MIT */
/* The types int and bool: slots, construction, methods. */
#include "core/types/num/int_internal.h"

#include <math.h>

/* ---- construction ----------------------------------------------------------------------------- */

static rt_value parse_buffer(struct rt_thread *ts, rt_value o, int base)
{
    struct rt_buffer b;
    if (rt_is_bytes(o))
        b = (struct rt_buffer){.buf = rt_as_bytes(o)->data, .len = (int64_t)rt_as_bytes(o)->length};
    else if (rt_buffer_get(ts, o, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value r = rt_int_parse(ts, b.buf, (size_t)b.len, base);
    if (!rt_is_bytes(o))
        rt_buffer_release(ts, &b);
    return r;
}

static rt_value int_from_object(struct rt_thread *ts, rt_value o)
{
    if (rt_is_int(o))
        return o;
    if (rt_is_float_imm(o))
        return rt_int_from_double(ts, rt_float_imm_get(o));
    if (rt_is_str_exact(o))
        return rt_int_parse_str(ts, o, 10);
    rt_value r = rt_to_int(ts, o);
    if (rt_is_null(r) || rt_is_int(r) || rt_is_exact(r, &rt_int_type))
        return r;
    rt_value e = rt_int_exact(ts, r);
    rt_decref(ts, r);
    return e;
}

static rt_value int_with_base(struct rt_thread *ts, rt_value o, rt_value vbase)
{
    int64_t base = rt_as_index(ts, vbase, NULL);
    if (base == -1 && rt_pending(ts))
        return RT_NULL;
    if ((base != 0 && base < 2) || base > 36)
        return rt_raise(ts, &rt_exc_ValueError, "int() base must be >= 2 and <= 36, or 0");
    if (rt_is_str(o))
        return rt_int_parse_str(ts, o, (int)base);
    if (rt_is_bytes(o) || rt_has(o, RT_TF_BYTEARRAY))
        return parse_buffer(ts, o, (int)base);
    return rt_raise(ts, &rt_exc_TypeError, "int() can't convert non-string with explicit base");
}

static rt_value int_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "base", NULL};
    static const struct rt_argspec spec = {"int", names, 1, 0, 2, 2};
    rt_value a[2], r;
    if (rt_likely(n == 1 && rt_is_null(kw) && type == &rt_int_type))
        return int_from_object(ts, args[0]);
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    if (rt_is_null(a[0])) {
        if (!rt_is_null(a[1]))
            return rt_raise(ts, &rt_exc_TypeError, "int() missing string argument");
        r = rt_int_imm(0);
    } else {
        r = rt_is_null(a[1]) ? int_from_object(ts, a[0]) : int_with_base(ts, a[0], a[1]);
    }
    if (rt_is_null(r) || type == &rt_int_type)
        return r;
    rt_value s = rt_int_as_type(ts, type, r);
    rt_decref(ts, r);
    return s;
}

/* ---- slots ------------------------------------------------------------------------------------ */

#define INT_BINARY(name, op) \
    static rt_value int_##name(struct rt_thread *ts, rt_value a, rt_value b) \
    { \
        return rt_is_any_int(a) && rt_is_any_int(b) ? rt_int_binary(ts, a, b, op) : RT_NOTIMPL; \
    }
INT_BINARY(add, RT_BIN_ADD)
INT_BINARY(sub, RT_BIN_SUB)
INT_BINARY(mul, RT_BIN_MUL)
INT_BINARY(truediv, RT_BIN_TRUEDIV)
INT_BINARY(floordiv, RT_BIN_FLOORDIV)
INT_BINARY(mod, RT_BIN_MOD)
INT_BINARY(divmod, RT_BIN_DIVMOD)
INT_BINARY(lshift, RT_BIN_LSHIFT)
INT_BINARY(rshift, RT_BIN_RSHIFT)
INT_BINARY(and, RT_BIN_AND)
INT_BINARY(or, RT_BIN_OR)
INT_BINARY(xor, RT_BIN_XOR)

static rt_value int_power(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    if (rt_is_null(mod))
        mod = RT_NONE;
    if (!rt_is_any_int(a) || !rt_is_any_int(b) || !(rt_is_none(mod) || rt_is_any_int(mod)))
        return RT_NOTIMPL;
    return rt_int_pow(ts, a, b, mod);
}

static rt_value int_neg(struct rt_thread *ts, rt_value v)
{
    if (rt_is_int(v))
        return rt_int_from_i64(ts, -rt_int_get(v));
    struct int_view w;
    rt_int_view(&w, v);
    return rt_int_from_limbs(ts, (const uint64_t *)w.limbs, w.n, !w.negative);
}

static rt_value int_abs(struct rt_thread *ts, rt_value v)
{
    return rt_int_sign(v) < 0 ? int_neg(ts, v) : rt_int_exact(ts, v);
}

static rt_value int_invert(struct rt_thread *ts, rt_value v)
{
    if (rt_is_int(v))
        return rt_int_imm(~rt_int_get(v));
    rt_value n = int_neg(ts, v);
    if (rt_is_null(n))
        return n;
    rt_value r = rt_int_binary(ts, n, rt_int_imm(1), RT_BIN_SUB);
    rt_decref(ts, n);
    return r;
}

static int int_truth(struct rt_thread *ts, rt_value v) { return rt_int_sign(v) != 0; }
static int64_t int_hash(struct rt_thread *ts, rt_value v) { return rt_int_hash(v); }

static rt_value int_to_float(struct rt_thread *ts, rt_value v)
{
    double d = rt_int_as_double(ts, v);
    return d == -1.0 && rt_pending(ts) ? RT_NULL : rt_float_new(ts, d);
}

static rt_value int_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_any_int(a) || !rt_is_any_int(b))
        return RT_NOTIMPL;
    int c = rt_int_compare(a, b);
    return rt_compare_result(c, op);
}

static size_t int_size(const struct rt_object *o)
{
    return sizeof(struct rt_bigint) + ((const struct rt_bigint *)o)->nlimbs * sizeof(uint64_t);
}

/* ---- methods ---------------------------------------------------------------------------------- */

static rt_value int_bit_length(struct rt_thread *ts, rt_value self)
{
    return rt_int_from_u64(ts, rt_int_bit_length(self));
}

static rt_value int_bit_count(struct rt_thread *ts, rt_value self)
{
    struct int_view w;
    rt_int_view(&w, self);
    return rt_int_from_u64(ts, w.n ? mpn_popcount(w.limbs, (mp_size_t)w.n) : 0);
}

static int byte_order(struct rt_thread *ts, const char *fname, rt_value v, bool *little)
{
    *little = false;
    if (rt_is_null(v))
        return 0;
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "%s() argument 'byteorder' must be str, not %.50N", fname, v);
        return -1;
    }
    *little = rt_str_eq_cstr(v, "little");
    if (!*little && !rt_str_eq_cstr(v, "big")) {
        rt_raise(ts, &rt_exc_ValueError, "byteorder must be either 'little' or 'big'");
        return -1;
    }
    return 0;
}

static rt_value int_to_bytes(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"length", "byteorder", "signed", NULL};
    static const struct rt_argspec spec = {"to_bytes", names, 0, 0, 2, 3};
    rt_value a[3];
    int64_t len = 1;
    bool little;
    int is_signed = 0;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    if (!rt_is_null(a[0])) {
        len = rt_as_ssize(ts, a[0]);
        if (len == -1 && rt_pending(ts))
            return RT_NULL;
    }
    if (byte_order(ts, "to_bytes", a[1], &little) < 0)
        return RT_NULL;
    if (!rt_is_null(a[2]) && (is_signed = rt_truth(ts, a[2])) < 0)
        return RT_NULL;
    if (len < 0)
        return rt_raise(ts, &rt_exc_ValueError, "length argument must be non-negative");
    rt_value b = rt_bytes_new(ts, NULL, (size_t)len);
    if (rt_is_null(b))
        return b;
    if (rt_int_to_bytes(ts, self, (uint8_t *)rt_as_bytes(b)->data, (size_t)len, little, is_signed) < 0) {
        rt_decref(ts, b);
        return RT_NULL;
    }
    return b;
}

static rt_value int_from_bytes(struct rt_thread *ts, rt_value type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"bytes", "byteorder", "signed", NULL};
    static const struct rt_argspec spec = {"from_bytes", names, 0, 1, 2, 3};
    rt_value a[3];
    bool little;
    int is_signed = 0;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || byte_order(ts, "from_bytes", a[1], &little) < 0)
        return RT_NULL;
    if (!rt_is_null(a[2]) && (is_signed = rt_truth(ts, a[2])) < 0)
        return RT_NULL;
    rt_value b = rt_bytes_from_object(ts, a[0]);
    if (rt_is_null(b))
        return b;
    struct rt_bytes *bytes = rt_as_bytes(b);
    rt_value r = rt_int_from_bytes(ts, (uint8_t *)bytes->data, bytes->length, little, is_signed);
    rt_decref(ts, b);
    if (!rt_is_null(r) && rt_as_type(type) != &rt_int_type) {
        rt_value s = rt_call1(ts, type, r);
        rt_decref(ts, r);
        r = s;
    }
    return r;
}

static rt_value int_ratio(struct rt_thread *ts, rt_value self)
{
    rt_value pair[2] = {rt_int_exact(ts, self), rt_int_imm(1)};
    return rt_is_null(pair[0]) ? RT_NULL : rt_tuple_steal(ts, pair, 2);
}

/* Nearest multiple of 10**-ndigits, ties to even. */
static rt_value round_to(struct rt_thread *ts, rt_value self, rt_value ndigits)
{
    rt_value nd = rt_index(ts, ndigits), unit = RT_NULL, rem = RT_NULL, half = RT_NULL, r = RT_NULL;
    if (rt_is_null(nd))
        return nd;
    if (rt_int_sign(nd) >= 0) {
        rt_decref(ts, nd);
        return rt_int_exact(ts, self);
    }
    rt_value n = int_neg(ts, nd);
    rt_decref(ts, nd);
    if (rt_is_null(n))
        return n;
    unit = rt_int_pow(ts, rt_int_imm(10), n, RT_NONE);
    rt_decref(ts, n);
    if (rt_is_null(unit))
        return unit;
    rt_value quo = RT_NULL;
    if (rt_int_divmod(ts, self, unit, &quo, &rem) < 0)
        goto done;
    half = rt_int_binary(ts, rem, rt_int_imm(2), RT_BIN_MUL);
    if (rt_is_null(half))
        goto done;
    int c = rt_int_compare(half, unit);
    bool odd = (rt_is_ptr(quo) ? ((struct rt_bigint *)rt_ptr(quo))->limbs[0] : (uint64_t)rt_int_get(quo)) & 1;
    r = rt_int_binary(ts, self, rem, RT_BIN_SUB);
    if (!rt_is_null(r) && (c > 0 || (c == 0 && odd))) {
        rt_value s = rt_int_binary(ts, r, unit, RT_BIN_ADD);
        rt_decref(ts, r);
        r = s;
    }
done:
    rt_decref(ts, half);
    rt_decref(ts, quo);
    rt_decref(ts, rem);
    rt_decref(ts, unit);
    return r;
}

static rt_value int_round(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "__round__", n, 0, 1) < 0)
        return RT_NULL;
    return n ? round_to(ts, self, args[0]) : rt_int_exact(ts, self);
}

static rt_value int_format(struct rt_thread *ts, rt_value self, rt_value spec)
{
    if (!rt_is_str(spec))
        return rt_raise(ts, &rt_exc_TypeError, "__format__() argument must be str, not %.50N", spec);
    if (rt_str_len(spec) == 0)
        return rt_is_int(self) ? rt_int_repr(ts, self) : rt_str(ts, self);
    return rt_format_int(ts, self, spec);
}

static rt_value int_getnewargs(struct rt_thread *ts, rt_value self)
{
    rt_value v = rt_int_exact(ts, self);
    return rt_is_null(v) ? v : rt_tuple_steal(ts, &v, 1);
}

static rt_value int_sizeof(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm(rt_is_ptr(self) ? (int64_t)int_size(rt_ptr(self)) : 8);
}

static rt_value get_self(struct rt_thread *ts, rt_value self, void *closure) { return rt_int_exact(ts, self); }
static rt_value get_zero(struct rt_thread *ts, rt_value self, void *closure) { return rt_int_imm(0); }
static rt_value get_one(struct rt_thread *ts, rt_value self, void *closure) { return rt_int_imm(1); }

const struct rt_getset_def rt_int_getset[] = {
    {"real", get_self, NULL, "the real part of a complex number", NULL},
    {"imag", get_zero, NULL, "the imaginary part of a complex number", NULL},
    {"numerator", get_self, NULL, "the numerator of a rational number in lowest terms", NULL},
    {"denominator", get_one, NULL, "the denominator of a rational number in lowest terms", NULL},
    {0},
};

const struct rt_method_def rt_int_methods[] = {
    {"conjugate", rt_int_exact, RT_METH_NOARGS, "Returns self, the complex conjugate of any int."},
    {"bit_length", int_bit_length, RT_METH_NOARGS,
     "bit_length($self, /)\n--\n\nNumber of bits necessary to represent self in binary.\n\n"
     ">>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6"},
    {"bit_count", int_bit_count, RT_METH_NOARGS,
     "bit_count($self, /)\n--\n\nNumber of ones in the binary representation of the absolute value of self.\n\n"
     "Also known as the population count.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3"},
    {"to_bytes", int_to_bytes, RT_METH_KW,
     "to_bytes($self, /, length=1, byteorder='big', *, signed=False)\n--\n\n"
     "Return an array of bytes representing an integer."},
    {"from_bytes", int_from_bytes, RT_METH_KW | RT_METH_CLASS,
     "from_bytes($type, /, bytes, byteorder='big', *, signed=False)\n--\n\n"
     "Return the integer represented by the given array of bytes."},
    {"as_integer_ratio", int_ratio, RT_METH_NOARGS,
     "as_integer_ratio($self, /)\n--\n\nReturn integer ratio: a pair of integers, whose ratio is exactly equal to self."},
    {"__trunc__", rt_int_exact, RT_METH_NOARGS, "Truncating an Integral returns itself."},
    {"__floor__", rt_int_exact, RT_METH_NOARGS, "Flooring an Integral returns itself."},
    {"__ceil__", rt_int_exact, RT_METH_NOARGS, "Ceiling of an Integral returns itself."},
    {"__round__", int_round, RT_METH_FAST,
     "Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer."},
    {"__getnewargs__", int_getnewargs, RT_METH_NOARGS, "__getnewargs__($self, /)\n--\n\n"},
    {"__format__", int_format, RT_METH_O,
     "__format__($self, format_spec, /)\n--\n\nDefault object formatter."},
    {"__sizeof__", int_sizeof, RT_METH_NOARGS,
     "__sizeof__($self, /)\n--\n\nReturns size in memory, in bytes."},
    {0},
};

struct rt_type rt_int_type = {
    .convert = int_from_object,
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "int",
    .doc = "int([x]) -> integer\n"
           "int(x, base=10) -> integer\n"
           "\n"
           "Convert a number or string to an integer, or return 0 if no arguments\n"
           "are given.  If x is a number, return x.__int__().  For floating point\n"
           "numbers, this truncates towards zero.\n"
           "\n"
           "If x is not a number or if base is given, then x must be a string,\n"
           "bytes, or bytearray instance representing an integer literal in the\n"
           "given base.  The literal can be preceded by '+' or '-' and be surrounded\n"
           "by whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\n"
           "Base 0 means to interpret the base from the string as an integer literal.\n"
           ">>> int('0b100', base=0)\n"
           "4",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE | RT_TF_INT | RT_TF_VARSIZED | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_bigint),
    .item_size = sizeof(uint64_t),
    .base = &rt_object_type,
    .size = int_size,
    .repr = rt_int_repr,
    .hash = int_hash,
    .richcompare = int_richcompare,
    .new = int_new,
    .binary = {[RT_BIN_ADD] = int_add, [RT_BIN_SUB] = int_sub, [RT_BIN_MUL] = int_mul,
               [RT_BIN_TRUEDIV] = int_truediv, [RT_BIN_FLOORDIV] = int_floordiv, [RT_BIN_MOD] = int_mod,
               [RT_BIN_DIVMOD] = int_divmod, [RT_BIN_LSHIFT] = int_lshift, [RT_BIN_RSHIFT] = int_rshift,
               [RT_BIN_AND] = int_and, [RT_BIN_OR] = int_or, [RT_BIN_XOR] = int_xor},
    .power = int_power,
    .unary = {[RT_UN_NEG] = int_neg, [RT_UN_POS] = rt_int_exact, [RT_UN_INVERT] = int_invert,
              [RT_UN_ABS] = int_abs},
    .truth = int_truth,
    .index = rt_int_exact,
    .to_int = rt_int_exact,
    .to_float = int_to_float,
    .methods = rt_int_methods,
    .getset = rt_int_getset,
};

/* ---- bool ------------------------------------------------------------------------------------- */

static rt_value bool_from(struct rt_thread *ts, rt_value v)
{
    int t = rt_truth(ts, v);
    return t < 0 ? RT_NULL : rt_bool(t);
}

static rt_value bool_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "bool", kw) < 0 || rt_args_count(ts, "bool", n, 0, 1) < 0)
        return RT_NULL;
    return n ? bool_from(ts, args[0]) : RT_FALSE;
}

static rt_value bool_repr(struct rt_thread *ts, rt_value v)
{
    return rt_str_intern_cstr(ts, rt_is_true(v) ? "True" : "False");
}

#define BOOL_BINARY(name, c_op, op) \
    static rt_value bool_##name(struct rt_thread *ts, rt_value a, rt_value b) \
    { \
        if (rt_is_bool(a) && rt_is_bool(b)) \
            return rt_bool(rt_is_true(a) c_op rt_is_true(b)); \
        return int_##name(ts, a, b); \
    }
BOOL_BINARY(and, &, RT_BIN_AND)
BOOL_BINARY(or, |, RT_BIN_OR)
BOOL_BINARY(xor, ^, RT_BIN_XOR)

struct rt_type rt_bool_type = {
    .convert = bool_from,
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "bool",
    .doc = "bool(x) -> bool\n"
           "\n"
           "Returns True when the argument x is true, False otherwise.\n"
           "The builtins True and False are the only two instances of the class bool.\n"
           "The class bool is a subclass of the class int, and cannot be subclassed.",
    .flags = RT_TF_IMMUTABLE | RT_TF_INT | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_bigint),
    .item_size = sizeof(uint64_t),
    .base = &rt_int_type,
    .repr = bool_repr,
    .new = bool_new,
    .binary = {[RT_BIN_AND] = bool_and, [RT_BIN_OR] = bool_or, [RT_BIN_XOR] = bool_xor},
};
