/* SPDX-License-Identifier: MIT */
/*
 * _decimal: General Decimal Arithmetic on GMP integers. What its files share.
 *
 * A number is (-1)^neg * c * 10^exp with an integer c of any size, or an infinity, or a NaN whose payload
 * is c. The kernel (num.c, ops.c, math.c, logic.c) works on struct num and knows no Python; it is given a
 * context and sets bits in *status. Decimal objects (object.c) are immutable; a context belongs to one
 * thread at a time, only its flags are written by operations.
 */
#ifndef RT_MODULES_DECIMAL_INTERNAL_H
#define RT_MODULES_DECIMAL_INTERNAL_H

#include <gmp.h>
#include <stdio.h>

#include "core/object/native.h"

/* Conditions, in the order in which a context prints them. */
enum {
    ST_CLAMPED = 1 << 0, ST_SYNTAX = 1 << 1, ST_DIV_ZERO = 1 << 2, ST_DIV_IMPOSSIBLE = 1 << 3,
    ST_DIV_UNDEFINED = 1 << 4, ST_INEXACT = 1 << 6, ST_INVALID_CONTEXT = 1 << 7, ST_INVALID = 1 << 8,
    ST_NO_MEMORY = 1 << 9, ST_FLOAT = 1 << 10, ST_OVERFLOW = 1 << 11, ST_ROUNDED = 1 << 12,
    ST_SUBNORMAL = 1 << 13, ST_UNDERFLOW = 1 << 14, ST_BITS = 15,
    ST_IEEE_INVALID = ST_SYNTAX | ST_DIV_IMPOSSIBLE | ST_DIV_UNDEFINED | 1 << 5 | ST_INVALID_CONTEXT |
                      ST_INVALID | ST_NO_MEMORY,
    ST_ERRORS = ST_IEEE_INVALID | ST_DIV_ZERO,
};
enum rounding { R_UP, R_DOWN, R_CEILING, R_FLOOR, R_HALF_UP, R_HALF_DOWN, R_HALF_EVEN, R_05UP, R_COUNT };
#define DEC_MAX_PREC 999999999999999999LL
#define DEC_MAX_EMAX 999999999999999999LL
#define DEC_MIN_EMIN (-DEC_MAX_EMAX)
#define DEC_MIN_ETINY (DEC_MIN_EMIN - (DEC_MAX_PREC - 1))

struct dctx {
    int64_t prec, emax, emin;
    _Atomic uint32_t traps, status;
    uint8_t round, clamp, capitals;
};
/* A copy of a context that other threads may be changing: each setting old or new. */
RT_INLINE struct dctx ctx_snapshot(const struct dctx *c)
{
    struct dctx to;
    rt_racy_copy(&to, c, sizeof to);
    return to;
}
RT_INLINE int64_t ctx_etiny(const struct dctx *c) { return c->emin - (c->prec - 1); }
RT_INLINE int64_t ctx_etop(const struct dctx *c) { return c->emax - (c->prec - 1); }
/* A finite number of so many digits, rounded to the precision, needs nothing done to its exponent. */
RT_INLINE bool ctx_fits(const struct dctx *c, int64_t exp, int64_t digits)
{
    int64_t adj = exp + digits - 1;
    return adj <= c->emax && adj >= c->emin && !(c->clamp && exp > ctx_etop(c)) && exp >= ctx_etiny(c);
}
extern const struct dctx rt_dec_max_context; /* for exact conversions */

enum kind { K_FINITE, K_INF, K_QNAN, K_SNAN };
struct num {
    mpz_t c; /* >= 0 */
    int64_t exp;
    int64_t digits; /* of c; 1 for zero; 0: not counted yet */
    bool neg;
    uint8_t kind;
};

/* ---- num.c: the representation, rounding ---- */
RT_INLINE void num_init(struct num *r)
{
    mpz_init(r->c); /* allocates nothing */
    r->exp = 0;
    r->digits = 0;
    r->neg = false;
    r->kind = K_FINITE;
}
RT_INLINE void num_free(struct num *r) { mpz_clear(r->c); }
RT_INLINE bool num_special(const struct num *a) { return a->kind != K_FINITE; }
RT_INLINE bool num_nan(const struct num *a) { return a->kind >= K_QNAN; }
RT_INLINE bool num_zero(const struct num *a) { return a->kind == K_FINITE && mpz_sgn(a->c) == 0; }
void num_copy(struct num *r, const struct num *a);
void num_set_kind(struct num *r, int kind, bool neg); /* c = 0, exp = 0 */
void num_set_int(struct num *r, int64_t i, int64_t exp);
int64_t num_digits_of(const mpz_t c);
/* Decimal digits of 2**bits; right for bits below 10000. */
RT_INLINE int64_t num_digits_of_bits(int64_t bits) { return (bits * 1292913986 >> 32) + 1; }
extern const uint64_t num_pow10_64[20];
int64_t num_digits(const struct num *a);
RT_INLINE int64_t num_adj(const struct num *a) { return a->exp + num_digits(a) - 1; }
void num_pow10(mpz_t r, uint64_t k);
void num_mul_pow10(mpz_t c, uint64_t k);
int num_div_pow10(mpz_t c, int64_t shift, int64_t digits); /* what was lost: 0 nothing, 1 < half, 2 half, 3 more */
bool num_round_up(int round, int lost, const mpz_t c, bool neg);
/* Numbers of so many digits are not made: nobody has the memory. */
RT_INLINE bool num_too_long(int64_t digits) { return digits > 400000000; }
void num_strip_zeros(struct num *a, int64_t most); /* at most so many trailing zeros */
int64_t num_trailing_zeros(const mpz_t c, int64_t most);
void num_finalize(struct num *r, const struct dctx *ctx, uint32_t *st);
bool num_check_nan(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st);
void num_invalid(struct num *r, uint32_t *st, uint32_t why);
bool num_is_integer(const struct num *a);
bool num_is_odd(const struct num *a); /* an integer */
int num_parse(struct num *r, const char *s, size_t n);                            /* -1: syntax */
char *num_to_string(const struct num *a, bool eng, bool capitals, size_t *len);  /* raw memory or NULL */
/* 0, or -1 when it does not fit */
int num_to_i64(const struct num *a, int64_t *out);
int num_to_mpz(const struct num *a, mpz_t out); /* integer part; false when absurdly big */

/* ---- ops.c, logic.c, math.c: r must be initialised and differ from the operands ---- */
typedef void (*num_unary)(struct num *r, const struct num *a, const struct dctx *ctx, uint32_t *st);
typedef void (*num_binary)(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st);
#define NUM_UNARY(X) X(plus) X(apply) X(minus) X(abs) X(exp) X(ln) X(log10) X(logb) X(invert) X(next_minus) X(next_plus) \
    X(normalize) X(sqrt) X(to_integral_exact) X(to_integral_value)
#define NUM_BINARY(X) X(add) X(sub) X(mul) X(div) X(divint) X(rem) X(rem_near) X(quantize) X(compare)          \
    X(compare_signal) X(compare_total) X(compare_total_mag) X(max) X(max_mag) X(min) X(min_mag) X(next_toward) \
    X(and) X(or) X(xor) X(rotate) X(shift) X(scaleb) X(pow) X(copy_sign)
#define X(n) void num_##n(struct num *r, const struct num *a, const struct dctx *ctx, uint32_t *st);
NUM_UNARY(X)
#undef X
#define X(n) void num_##n(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st);
NUM_BINARY(X)
#undef X
void num_divmod(struct num *q, struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st);
void num_fma(struct num *r, const struct num *a, const struct num *b, const struct num *c, const struct dctx *ctx, uint32_t *st);
void num_powmod(struct num *r, const struct num *a, const struct num *b, const struct num *m, const struct dctx *ctx, uint32_t *st);
void num_quantize_exp(struct num *r, const struct num *a, int64_t exp, const struct dctx *ctx, uint32_t *st);
int num_cmp(const struct num *a, const struct num *b);           /* numeric; no NaN */
int num_cmp_total(const struct num *a, const struct num *b, bool mag);
const char *num_class(const struct num *a, const struct dctx *ctx);
bool num_is_subnormal(const struct num *a, const struct dctx *ctx);
bool num_is_normal(const struct num *a, const struct dctx *ctx);

/* ---- object.c, context.c ---- */
typedef unsigned __int128 u128;
struct decimal {
    struct rt_object hdr;
    _Atomic int64_t hash; /* -1: not yet */
    int64_t exp, digits;
    uint32_t n;           /* limbs of c */
    bool neg;
    uint8_t kind;
    mp_limb_t *limbs;     /* local, or raw memory */
    mp_limb_t local[4];
};
struct context {
    struct rt_object hdr;
    struct dctx c;
    rt_slot flags, traps;
};
enum { SIG_INVALID, SIG_FLOAT, SIG_DIV_ZERO, SIG_OVERFLOW, SIG_UNDERFLOW, SIG_SUBNORMAL, SIG_INEXACT, SIG_ROUNDED,
       SIG_CLAMPED, SIG_COUNT };
/* Per interpreter; immutable once the module's exec is done. */
struct dec_state {
    rt_value signals[SIG_COUNT];  /* exception classes */
    rt_value conditions[4];       /* ConversionSyntax DivisionImpossible DivisionUndefined InvalidContext */
    rt_value context_var, default_context, basic_context, extended_context;
    rt_value tuple_type, rational, rounding_names[R_COUNT];
    rt_value signal_dict_type;
};
RT_INLINE struct dec_state *dec_state(struct rt_thread *ts)
{
    return ts->interp->native_private[RT_NS_DECIMAL];
}
extern struct rt_type rt_decimal_type, rt_dec_context_type;
RT_INLINE bool dec_check(rt_value v) { return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &rt_decimal_type); }
RT_INLINE struct decimal *as_decimal(rt_value v) { return (struct decimal *)rt_ptr(v); }
RT_INLINE struct context *as_context(rt_value v) { return (struct context *)rt_ptr(v); }
/* A view of an object's number; never freed, alive as long as the object. */
RT_INLINE void dec_view(struct num *out, rt_value v)
{
    struct decimal *d = as_decimal(v);
    mpz_roinit_n(out->c, d->limbs, d->n);
    out->exp = d->exp;
    out->digits = d->digits;
    out->neg = d->neg;
    out->kind = d->kind;
}
rt_value dec_new(struct rt_thread *ts, struct rt_type *t, const struct num *a); /* copies */
/* a with another exponent, for coefficients of two limbs; RT_NULL without an exception: the kernel must do it. */
rt_value dec_quantize_small(struct rt_thread *ts, const struct decimal *a, int64_t exp, int round, struct dctx *ctx);
enum dec_op { DEC_ADD, DEC_SUB, DEC_MUL, DEC_DIV, DEC_DIVINT, DEC_REM };
/* hot.c: a op b; RT_NULL without an exception: the kernel must do it. */
rt_value dec_hot(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, enum dec_op op, struct dctx *ctx);
rt_value dec_current_context(struct rt_thread *ts);
bool dec_is_context(rt_value v);
/* Add status to the context; -1 when a trapped condition was raised. */
int dec_status(struct rt_thread *ts, struct dctx *ctx, uint32_t st);
rt_value dec_finish(struct rt_thread *ts, struct num *r, struct dctx *ctx, uint32_t st); /* frees r */
rt_value dec_binary(struct rt_thread *ts, rt_value a, rt_value b, num_binary fn, struct dctx *ctx); /* fn of two Decimals */
/* Optional context argument (RT_NULL, None: the current one): owned, or RT_NULL with TypeError. */
rt_value dec_context_arg(struct rt_thread *ts, rt_value v);
/* int or Decimal as a Decimal: owned; anything else RT_NOTIMPL. */
rt_value dec_convert(struct rt_thread *ts, rt_value v);
rt_value dec_convert_raise(struct rt_thread *ts, rt_value v); /* TypeError instead */
rt_value dec_from_int(struct rt_thread *ts, struct rt_type *t, rt_value v, struct dctx *ctx /* NULL exact */);
rt_value dec_from_float(struct rt_thread *ts, struct rt_type *t, rt_value v, struct dctx *ctx);
rt_value dec_from_str(struct rt_thread *ts, struct rt_type *t, rt_value s, struct dctx *round, struct dctx *signals);
rt_value dec_from_value(struct rt_thread *ts, struct rt_type *t, rt_value v, struct dctx *ctx, bool exact);
rt_value dec_format(struct rt_thread *ts, rt_value self, rt_value spec, rt_value override /* dict or RT_NULL */);
rt_value dec_text(struct rt_thread *ts, rt_value self, bool eng, bool capitals);
rt_value dec_mpz_to_int(struct rt_thread *ts, const mpz_t z);
int dec_round_arg(struct rt_thread *ts, rt_value v); /* rounding constant or -1 with TypeError */
extern const struct rt_method_def rt_dec_context_ops[];
rt_value dec_divmod(struct rt_thread *ts, rt_value a, rt_value b, struct dctx *ctx);
rt_value dec_pow3(struct rt_thread *ts, rt_value a, rt_value b, rt_value m, struct dctx *ctx);
int dec_contexts_ready(struct rt_thread *ts, rt_value module);
int rt_dec_exec_types(struct rt_thread *ts, rt_value module);
rt_value dec_getcontext(struct rt_thread *ts, rt_value self);
rt_value dec_setcontext(struct rt_thread *ts, rt_value self, rt_value v);
rt_value dec_localcontext(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw);

#endif
