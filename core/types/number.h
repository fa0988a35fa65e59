/* SPDX-License-Identifier: MIT */
/* int (immediate and big), float, complex: layouts and C interfaces. */
#ifndef RT_TYPES_NUMBER_H
#define RT_TYPES_NUMBER_H

#include "core/object/type.h"

/* Big int on GMP's mpn layer; also every instance of an int subclass. Never in the int63 range when
   the type is exactly int. */
struct rt_bigint { struct rt_object hdr; size_t nlimbs; bool negative; uint64_t limbs[]; /* least first, normalised */ };
struct rt_float { struct rt_object hdr; double value; };
struct rt_complex { struct rt_object hdr; double real, imag; };

RT_INLINE bool rt_is_any_int(rt_value v) { return rt_is_int(v) || (!rt_is_flonum(v) && (rt_is_bool(v) || (rt_is_ptr(v) && rt_has(v, RT_TF_INT)))); } /* int, bool, subclasses */
rt_value rt_int_from_i64_slow(struct rt_thread *ts, int64_t i);
RT_INLINE rt_value rt_int_from_i64(struct rt_thread *ts, int64_t i)
{
    return rt_likely(rt_int_fits(i)) ? rt_int_imm(i) : rt_int_from_i64_slow(ts, i);
}
rt_value rt_int_from_u64(struct rt_thread *ts, uint64_t u);
rt_value rt_int_from_double(struct rt_thread *ts, double d); /* OverflowError, ValueError */
rt_value rt_int_from_limbs(struct rt_thread *ts, const uint64_t *limbs, size_t n, bool negative);
rt_value rt_int_parse(struct rt_thread *ts, const char *s, size_t n, int base); /* ValueError as int() */
rt_value rt_int_from_bytes(struct rt_thread *ts, const uint8_t *p, size_t n, bool little, bool is_signed);
int rt_int_to_bytes(struct rt_thread *ts, rt_value v, uint8_t *p, size_t n, bool little, bool is_signed);
rt_value rt_int_to_str(struct rt_thread *ts, rt_value v, int base, bool prefix);
int rt_int_sign(rt_value v);
size_t rt_int_bit_length(rt_value v);
double rt_int_as_double(struct rt_thread *ts, rt_value v); /* OverflowError */
/* 1 fits, 0 does not; never raises. v: any int. */
int rt_int_try_i64(rt_value v, int64_t *out);
int rt_int_try_u64(rt_value v, uint64_t *out);
/* Exact int operations on any int operands (slow halves of the evaluator's fast paths). */
rt_value rt_int_binary(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op);
int rt_int_compare(rt_value a, rt_value b); /* any ints: -1, 0, 1 */
double rt_float_modulo(double x, double y); /* x % y, y not 0 */
double rt_float_floor_divide(double x, double y); /* x // y, y not 0 */
rt_value rt_int_pow(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod /* RT_NONE or int */);

rt_value rt_float_box(struct rt_thread *ts, double d);
RT_INLINE rt_value rt_float_new(struct rt_thread *ts, double d)
{
    rt_value v;
    return rt_likely(rt_float_try_imm(d, &v)) ? v : rt_float_box(ts, d);
}
RT_INLINE bool rt_is_float(rt_value v) { return rt_is_float_imm(v) || (rt_is_ptr(v) && rt_has(v, RT_TF_FLOAT)); }
RT_INLINE double rt_float_value(rt_value v) /* any float */
{
    return rt_is_float_imm(v) ? rt_float_imm_get(v) : ((struct rt_float *)rt_ptr(v))->value;
}
rt_value rt_float_parse(struct rt_thread *ts, rt_value str); /* float(str or bytes-like) */
rt_value rt_complex_new(struct rt_thread *ts, double re, double im);
/* v.__complex__(): 1 and the parts; 0 when v has none; -1 error. */
int rt_complex_special(struct rt_thread *ts, rt_value v, double *re, double *im);
rt_value rt_int_parse_str(struct rt_thread *ts, rt_value str, int base); /* int(str, base) */

/* Format mini-language (types/format.c): spec a str. */
rt_value rt_format_int(struct rt_thread *ts, rt_value v, rt_value spec);
rt_value rt_format_float(struct rt_thread *ts, rt_value v, rt_value spec);
rt_value rt_format_complex(struct rt_thread *ts, rt_value v, rt_value spec);
rt_value rt_format_str(struct rt_thread *ts, rt_value v, rt_value spec);

#endif
