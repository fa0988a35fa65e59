/* SPDX-License-Identifier: MIT */
/* What the files of int share: a uniform view of immediate, bool and big operands over GMP's mpn layer. */
#ifndef RT_TYPES_INT_INTERNAL_H
#define RT_TYPES_INT_INTERNAL_H

#include <gmp.h>

#include "core/base/dtoa.h"
#include "core/base/hash.h"
#include "core/object/native.h"
#include "core/unicode/unicode_db.h"
#include "core/unicode/utf.h"

_Static_assert(GMP_LIMB_BITS == 64 && GMP_NAIL_BITS == 0, "64-bit limbs");

/* |value| is limbs[0..n), least first, normalised; the word itself is the storage of small values. */
struct int_view {
    const mp_limb_t *limbs;
    size_t n;
    bool negative;
    mp_limb_t word;
};

RT_INLINE void rt_int_view(struct int_view *w, rt_value v)
{
    if (rt_likely(!rt_is_ptr(v))) {
        int64_t i = rt_is_int(v) ? rt_int_get(v) : rt_is_true(v);
        w->negative = i < 0;
        w->word = i < 0 ? -(uint64_t)i : (uint64_t)i;
        w->limbs = &w->word;
        w->n = i != 0;
    } else {
        struct rt_bigint *b = (struct rt_bigint *)rt_ptr(v);
        w->limbs = (const mp_limb_t *)b->limbs;
        w->n = b->nlimbs;
        w->negative = b->negative;
    }
}

/* Scratch limbs: on the stack when few, else raw memory. */
struct limbs {
    mp_limb_t *p;
    mp_limb_t local[32];
};
/* 0, or -1 with MemoryError. */
int rt_limbs_get(struct rt_thread *ts, struct limbs *s, size_t n);
void rt_limbs_free(struct limbs *s);

/* New int of n limbs to be filled and passed to rt_int_finish, which normalises it and makes small
   ones immediate. */
struct rt_bigint *rt_int_alloc(struct rt_thread *ts, size_t n);
rt_value rt_int_finish(struct rt_thread *ts, struct rt_bigint *b, size_t n, bool negative);

RT_INLINE size_t rt_limbs_trim(const mp_limb_t *p, size_t n)
{
    while (n && p[n - 1] == 0)
        n--;
    return n;
}

rt_value rt_int_add(struct rt_thread *ts, const struct int_view *a, const struct int_view *b, bool subtract);
rt_value rt_int_mul(struct rt_thread *ts, const struct int_view *a, const struct int_view *b);
/* int_wide.c: a OP b of two ints of up to 126 bits; RT_UNDEF: not that. */
rt_value rt_int_wide(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op);
/* Floor division; either result may be NULL. 0 or -1. */
int rt_int_divmod(struct rt_thread *ts, rt_value a, rt_value b, rt_value *quotient, rt_value *remainder);
rt_value rt_int_truediv(struct rt_thread *ts, rt_value a, rt_value b);
rt_value rt_int_shift(struct rt_thread *ts, rt_value a, rt_value b, bool left);
rt_value rt_int_bitwise(struct rt_thread *ts, const struct int_view *a, const struct int_view *b, enum rt_binop op);
/* The same value as an exact int: new reference. */
rt_value rt_int_exact(struct rt_thread *ts, rt_value v);
/* v as an instance of a type derived from int. */
rt_value rt_int_as_type(struct rt_thread *ts, struct rt_type *type, rt_value v);
/* Digits of any script and white space as ASCII, other characters '?'. Borrowed from str, local, or (when it is
   neither) raw memory to be freed. */
char *rt_num_to_ascii(struct rt_thread *ts, rt_value str, char *local, size_t room, size_t *n);
int64_t rt_int_hash(rt_value v);
/* m * 2***exp with 0.5 <= |m| < 1, rounded to nearest even; 0 for zero. */
double rt_int_frexp(rt_value v, int64_t *exp);

/* Text as float() takes it: white space at both ends, underscores between digits. */
bool rt_num_parse_double(const char *s, size_t n, double *out);
/* -1, 0, 1; 2 when d is a NaN. Exact whatever the sizes. */
int rt_float_compare_int(double d, rt_value i);

extern const struct rt_method_def rt_int_methods[];
extern const struct rt_getset_def rt_int_getset[];
rt_value rt_int_repr(struct rt_thread *ts, rt_value v);

/* x and y of the type from a and b by the file's own operand(ts, v, &x): 1, 0 not its kind of number, -1 raised. */
#define RT_NUM_OPERANDS(type, a, b, x, y) \
    type x, y; \
    do { \
        int rc_ = operand(ts, a, &x); \
        if (rc_ > 0) \
            rc_ = operand(ts, b, &y); \
        if (rc_ <= 0) \
            return rc_ ? RT_NULL : RT_NOTIMPL; \
    } while (0)

#endif
