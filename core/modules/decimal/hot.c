/* SPDX-License-Identifier: MIT */
/*
 * _decimal: + - * / of finite numbers of up to a hundred digits or so, with limbs on the machine stack.
 *
 * The kernel (ops.c) is general and keeps its intermediate results in GMP integers, whose memory costs
 * more than the arithmetic at the precisions that programs use. Here results are exact or, in a
 * division, have a digit more than the precision with a sticky end; one rounding then gives the
 * context's digits. What is unusual (zeros, results near the exponents' ends) is left to the kernel.
 */
#include "core/modules/decimal/decimal_internal.h"

enum { OPERAND = 6, LIMBS = 16, MAX_SHIFT = 95 }; /* 10**95 has 5 limbs */
struct wide {
    mp_limb_t p[LIMBS];
    size_t n;
};

static void trim(struct wide *w)
{
    while (w->n && w->p[w->n - 1] == 0)
        w->n--;
}

static void power_of_ten(struct wide *w, int64_t k) /* k <= MAX_SHIFT */
{
    w->p[0] = num_pow10_64[k % 19];
    w->n = 1;
    for (k /= 19; k > 0; k--) {
        mp_limb_t carry = mpn_mul_1(w->p, w->p, (mp_size_t)w->n, num_pow10_64[19]);
        if (carry)
            w->p[w->n++] = carry;
    }
}

/* w = p[0..n) * 10**k */
static void scaled(struct wide *w, const mp_limb_t *p, size_t n, int64_t k)
{
    struct wide ten;
    if (k < 20) {
        mp_limb_t carry = mpn_mul_1(w->p, p, (mp_size_t)n, num_pow10_64[k]);
        w->n = n;
        if (carry)
            w->p[w->n++] = carry;
        return;
    }
    power_of_ten(&ten, k);
    if (n >= ten.n)
        mpn_mul(w->p, p, (mp_size_t)n, ten.p, (mp_size_t)ten.n);
    else
        mpn_mul(w->p, ten.p, (mp_size_t)ten.n, p, (mp_size_t)n);
    w->n = n + ten.n;
    trim(w);
}

static int compare(const struct wide *a, const struct wide *b)
{
    return a->n != b->n ? (a->n < b->n ? -1 : 1) : mpn_cmp(a->p, b->p, (mp_size_t)a->n);
}

static int64_t count_digits(const struct wide *w)
{
    struct wide ten;
    int64_t bits = (int64_t)w->n * 64 - __builtin_clzll(w->p[w->n - 1]);
    int64_t least = num_digits_of_bits(bits - 1), most = num_digits_of_bits(bits);
    if (least == most || most > MAX_SHIFT)
        return least == most ? most : 0;
    power_of_ten(&ten, most - 1);
    return compare(w, &ten) < 0 ? least : most;
}

/* w becomes w / 10**k; what was lost as num_div_pow10 says it. */
static int cut(struct wide *w, int64_t k)
{
    struct wide ten, q, rest;
    power_of_ten(&ten, k);
    if (w->n < ten.n)
        return -1; /* not reached: w has more digits than k */
    if (ten.n == 1) {
        mp_limb_t r = mpn_divrem_1(q.p, 0, w->p, (mp_size_t)w->n, ten.p[0]), half = ten.p[0] / 2;
        q.n = w->n;
        trim(&q);
        *w = q;
        return r == 0 ? 0 : r < half ? 1 : r == half ? 2 : 3;
    }
    mpn_tdiv_qr(q.p, rest.p, 0, w->p, (mp_size_t)w->n, ten.p, (mp_size_t)ten.n);
    q.n = w->n - ten.n + 1;
    trim(&q);
    *w = q;
    rest.n = ten.n;
    trim(&rest);
    if (!rest.n)
        return 0;
    mp_limb_t carry = mpn_lshift(rest.p, rest.p, (mp_size_t)rest.n, 1);
    if (carry)
        rest.p[rest.n++] = carry;
    int c = compare(&rest, &ten);
    return c < 0 ? 1 : c == 0 ? 2 : 3;
}

/* w * 10**exp rounded to ctx; RT_NULL without an exception: the kernel must do it. */
static rt_value finish(struct rt_thread *ts, struct wide *w, int64_t exp, bool neg, struct dctx *ctx)
{
    uint32_t st = 0;
    struct num r;
    int64_t digits = w->n ? count_digits(w) : 0, shift = digits - ctx->prec;
    if (!digits || shift > MAX_SHIFT)
        return RT_NULL;
    if (shift > 0) {
        int lost = cut(w, shift);
        st = lost ? ST_ROUNDED | ST_INEXACT : ST_ROUNDED;
        digits = ctx->prec;
        exp += shift;
        mpz_roinit_n(r.c, w->p, (mp_size_t)w->n);
        if (lost && num_round_up(ctx->round, lost, r.c, neg)) {
            if (mpn_add_1(w->p, w->p, (mp_size_t)w->n, 1))
                w->p[w->n++] = 1;
            struct wide ten;
            power_of_ten(&ten, digits);
            if (compare(w, &ten) == 0) { /* it was 99...9 */
                mpn_divrem_1(w->p, 0, w->p, (mp_size_t)w->n, 10);
                trim(w);
                exp++;
            }
        }
    }
    if (!ctx_fits(ctx, exp, digits))
        return RT_NULL;
    if (st && dec_status(ts, ctx, st) < 0)
        return RT_NULL;
    mpz_roinit_n(r.c, w->p, (mp_size_t)w->n);
    r.exp = exp;
    r.digits = digits;
    r.neg = neg;
    r.kind = K_FINITE;
    return dec_new(ts, &rt_decimal_type, &r);
}

static rt_value add(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, bool bneg, struct dctx *ctx)
{
    struct wide x, y, sum, *big = &x, *small = &y;
    int64_t shift = a->exp - b->exp;
    bool neg = a->neg;
    if (shift > MAX_SHIFT || shift < -MAX_SHIFT)
        return RT_NULL;
    scaled(&x, a->limbs, a->n, shift > 0 ? shift : 0);
    scaled(&y, b->limbs, b->n, shift < 0 ? -shift : 0);
    int c = compare(&x, &y);
    if (c < 0) {
        big = &y;
        small = &x;
    }
    sum.n = big->n;
    if (a->neg == bneg) {
        mp_limb_t carry = mpn_add(sum.p, big->p, (mp_size_t)big->n, small->p, (mp_size_t)small->n);
        if (carry)
            sum.p[sum.n++] = carry;
    } else {
        if (c == 0)
            return RT_NULL;
        mpn_sub(sum.p, big->p, (mp_size_t)big->n, small->p, (mp_size_t)small->n);
        trim(&sum);
        neg = c > 0 ? a->neg : bneg;
    }
    return finish(ts, &sum, shift > 0 ? b->exp : a->exp, neg, ctx);
}

static rt_value multiply(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, struct dctx *ctx)
{
    struct wide p;
    const struct decimal *big = a->n >= b->n ? a : b, *small = big == a ? b : a;
    mpn_mul(p.p, big->limbs, (mp_size_t)big->n, small->limbs, (mp_size_t)small->n);
    p.n = big->n + small->n;
    trim(&p);
    return finish(ts, &p, a->exp + b->exp, a->neg ^ b->neg, ctx);
}

/* Removes trailing zeros, at most so many; how many they were. */
static int64_t strip(struct wide *q, int64_t most)
{
    int64_t n = 0, twos = (int64_t)mpn_scan1(q->p, 0);
    most = most < twos ? most : twos;
    for (int64_t step = 16; step && n < most;) {
        struct wide t;
        if (n + step > most || mpn_divrem_1(t.p, 0, q->p, (mp_size_t)q->n, num_pow10_64[step])) {
            step >>= 1;
            continue;
        }
        t.n = q->n;
        trim(&t);
        *q = t;
        n += step;
    }
    return n;
}

static rt_value divide(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, struct dctx *ctx)
{
    struct wide x, q, rest;
    int64_t shift = b->digits - a->digits + ctx->prec + 1;
    if (shift < 0 || shift > MAX_SHIFT)
        return RT_NULL;
    scaled(&x, a->limbs, a->n, shift);
    if (x.n < b->n)
        return RT_NULL;
    mpn_tdiv_qr(q.p, rest.p, 0, x.p, (mp_size_t)x.n, b->limbs, (mp_size_t)b->n);
    q.n = x.n - b->n + 1;
    trim(&q);
    rest.n = b->n;
    trim(&rest);
    if (rest.n) {
        if (mpn_mod_1(q.p, (mp_size_t)q.n, 5) == 0) /* ends in 0 or 5: could look exact or halfway */
            mpn_add_1(q.p, q.p, (mp_size_t)q.n, 1);
    } else {
        shift -= strip(&q, shift);
    }
    return finish(ts, &q, a->exp - b->exp - shift, a->neg ^ b->neg, ctx);
}

rt_value dec_hot(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, enum dec_op op, struct dctx *ctx)
{
    if (a->kind != K_FINITE || b->kind != K_FINITE || !a->n || !b->n || a->n > OPERAND || b->n > OPERAND ||
        ctx->prec > MAX_SHIFT)
        return RT_NULL;
    switch (op) {
    case DEC_ADD: return add(ts, a, b, b->neg, ctx);
    case DEC_SUB: return add(ts, a, b, !b->neg, ctx);
    case DEC_MUL: return multiply(ts, a, b, ctx);
    case DEC_DIV: return divide(ts, a, b, ctx);
    default: return RT_NULL;
    }
}
