/* SPDX-License-Identifier: MIT */
/*
 * _decimal: exp, ln, log10 and powers, correctly rounded.
 *
 * The functions are computed in binary fixed point (an mpz times 2**-bits) with a known bound of the
 * error; if the decimal digits wanted are not the same at both ends of the interval, once more with more
 * bits (Ziv's strategy). Results of these functions are irrational or were dealt with before, so the loop
 * ends; powers that are exact end it at a limit.
 */
#include "core/modules/decimal/decimal_internal.h"

#define UNARY(n) void num_##n(struct num *r, const struct num *a, const struct dctx *ctx, uint32_t *st)
#define BINARY(n) void num_##n(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)

/* atanh(1/k) * 2**bits, too small by less than `terms` units */
static void atanh_inverse(mpz_t r, unsigned long k, unsigned long bits)
{
    mpz_t power, term;
    mpz_inits(power, term, NULL);
    mpz_setbit(power, bits);
    mpz_tdiv_q_ui(power, power, k);
    mpz_set(r, power);
    for (unsigned long i = 3; mpz_sgn(power); i += 2) {
        mpz_tdiv_q_ui(power, power, k * k);
        mpz_tdiv_q_ui(term, power, i);
        mpz_add(r, r, term);
    }
    mpz_clears(power, term, NULL);
}
enum { GUARD = 32 }; /* bits below the result's last that take the errors of the series */
/* ln 2 and ln 10 times 2**bits, error below one unit */
static void const_ln2(mpz_t r, unsigned long bits)
{
    mpz_t t;
    mpz_init(t);
    bits += GUARD;
    atanh_inverse(r, 26, bits); /* ln 2 = 18 atanh 1/26 - 2 atanh 1/4801 + 8 atanh 1/8749 */
    mpz_mul_ui(r, r, 18);
    atanh_inverse(t, 4801, bits);
    mpz_submul_ui(r, t, 2);
    atanh_inverse(t, 8749, bits);
    mpz_addmul_ui(r, t, 8);
    mpz_tdiv_q_2exp(r, r, GUARD);
    mpz_clear(t);
}
static void const_ln10(mpz_t r, unsigned long bits)
{
    mpz_t t;
    mpz_init(t);
    bits += GUARD;
    const_ln2(r, bits); /* ln 10 = 3 ln 2 + ln 5/4, and ln 5/4 = 2 atanh 1/9 */
    mpz_mul_ui(r, r, 3);
    atanh_inverse(t, 9, bits);
    mpz_addmul_ui(r, t, 2);
    mpz_tdiv_q_2exp(r, r, GUARD);
    mpz_clear(t);
}
static unsigned long isqrt(unsigned long n)
{
    unsigned long r = 1;
    while (r * r < n)
        r++;
    return r;
}
/* exp(x) for 0 <= x < 3 (x times 2**bits): halve x, sum the series, square. Error below 2**-(GUARD/2) units. */
static void exp_fixed(mpz_t r, const mpz_t x, unsigned long bits)
{
    unsigned long halvings = isqrt(bits) + 2, work = bits + 2 * halvings + GUARD;
    mpz_t y, term;
    mpz_inits(y, term, NULL);
    mpz_mul_2exp(y, x, work - bits - halvings);
    mpz_set_ui(r, 0);
    mpz_setbit(r, work);
    mpz_set(term, r);
    for (unsigned long i = 1; mpz_sgn(term); i++) {
        mpz_mul(term, term, y);
        mpz_tdiv_q_2exp(term, term, work);
        mpz_tdiv_q_ui(term, term, i);
        mpz_add(r, r, term);
    }
    for (unsigned long i = 0; i < halvings; i++) {
        mpz_mul(r, r, r);
        mpz_tdiv_q_2exp(r, r, work);
    }
    mpz_tdiv_q_2exp(r, r, work - bits);
    mpz_clears(y, term, NULL);
}
/* ln(c) for an integer c >= 1, times 2**bits. Error below two units. Roots bring c / 2**k near 1. */
static void ln_fixed(mpz_t r, const mpz_t c, unsigned long bits)
{
    unsigned long k = mpz_sizeinbase(c, 2) - 1, roots = isqrt(bits) / 2 + 2, work = bits + roots + GUARD;
    mpz_t m, num, den, power, term;
    mpz_inits(m, num, den, power, term, NULL);
    mpz_set(m, c);
    if (work >= k)
        mpz_mul_2exp(m, m, work - k);
    else
        mpz_tdiv_q_2exp(m, m, k - work);
    for (unsigned long i = 0; i < roots; i++) {
        mpz_mul_2exp(m, m, work);
        mpz_sqrt(m, m);
    }
    mpz_set_ui(den, 0);
    mpz_setbit(den, work);
    mpz_sub(num, m, den);
    mpz_add(den, den, m);
    mpz_mul_2exp(num, num, work);
    mpz_tdiv_q(power, num, den); /* z = (m - 1) / (m + 1), ln m = 2 atanh z */
    mpz_mul(term, power, power);
    mpz_tdiv_q_2exp(den, term, work); /* z**2 */
    mpz_set(r, power);
    for (unsigned long i = 3; mpz_sgn(power); i += 2) {
        mpz_mul(power, power, den);
        mpz_tdiv_q_2exp(power, power, work);
        mpz_tdiv_q_ui(term, power, i);
        mpz_add(r, r, term);
    }
    mpz_mul_2exp(r, r, roots + 1);
    mpz_tdiv_q_2exp(r, r, work - bits);
    if (k) {
        const_ln2(term, bits + 64);
        mpz_mul_ui(term, term, k);
        mpz_tdiv_q_2exp(term, term, 64);
        mpz_add(r, r, term);
    }
    mpz_clears(m, num, den, power, term, NULL);
}

/* ln of c * 10**exp (c > 0) times 2**bits: error below four units. */
static void ln_number(mpz_t r, const struct num *a, unsigned long bits)
{
    ln_fixed(r, a->c, bits);
    if (a->exp) {
        mpz_t t, e;
        mpz_init(t);
        mpz_init_set_si(e, a->exp);
        const_ln10(t, bits + 64);
        mpz_mul(t, t, e);
        mpz_fdiv_q_2exp(t, t, 64);
        mpz_add(r, r, t);
        mpz_clears(t, e, NULL);
    }
}

/*
 * Decimal digits of x * 2**-bits * 10**exp, where x may be wrong by `error` units: prec + 3 of them and a
 * sticky last one into r. false: not enough bits. With force the middle is taken as it is.
 */
static bool to_decimal(struct num *r, const mpz_t x, unsigned long bits, unsigned long error, int64_t exp, int64_t prec, bool force)
{
    mpz_t low, high, p;
    bool ok = false;
    if (mpz_cmpabs_ui(x, 4 * error) <= 0)
        return false;
    mpz_inits(low, high, p, NULL);
    mpz_abs(low, x);
    long e2 = (long)mpz_sizeinbase(low, 2) - (long)bits;
    int64_t size = (int64_t)((double)e2 * 0.30103) + 1, shift = prec + 3 - size; /* digits before the point, about */
    mpz_add_ui(high, low, error);
    mpz_sub_ui(low, low, error);
    if (force)
        mpz_abs(low, x);
    num_pow10(p, (uint64_t)(shift < 0 ? -shift : shift));
    if (shift >= 0) {
        mpz_mul(low, low, p);
        mpz_mul(high, high, p);
        if (force && bits)
            mpz_set_ui(p, 0), mpz_setbit(p, bits - 1), mpz_add(low, low, p); /* to nearest */
        mpz_fdiv_q_2exp(low, low, bits);
        mpz_fdiv_q_2exp(high, high, bits);
    } else {
        mpz_mul_2exp(p, p, bits);
        mpz_fdiv_q(low, low, p);
        mpz_fdiv_q(high, high, p);
    }
    ok = force || mpz_cmp(low, high) == 0;
    if (ok) {
        mpz_mul_ui(r->c, low, 10);
        if (!force)
            mpz_add_ui(r->c, r->c, 1);
        r->exp = exp - shift - 1;
        r->neg = mpz_sgn(x) < 0;
        r->kind = K_FINITE;
        r->digits = 0;
    }
    mpz_clears(low, high, p, NULL);
    return ok;
}
static void finalize_even(struct num *r, const struct dctx *ctx, uint32_t *st)
{
    struct dctx even = ctx_snapshot(ctx);
    even.round = R_HALF_EVEN;
    num_finalize(r, &even, st);
}
static bool too_precise(struct num *r, const struct dctx *ctx, uint32_t *st);
static void set_one_padded(struct num *r, const struct dctx *ctx, uint32_t *st)
{
    if (too_precise(r, ctx, st))
        return;
    num_set_int(r, 1, 0);
    num_mul_pow10(r->c, (uint64_t)(ctx->prec - 1));
    r->exp = -(ctx->prec - 1);
    r->digits = ctx->prec;
    *st |= ST_INEXACT | ST_ROUNDED;
}
static unsigned long bits_for(int64_t digits) { return (unsigned long)((double)digits * 3.3219281) + 16; }
/* Too much to compute: nobody waits for a billion digits. */
static bool too_precise(struct num *r, const struct dctx *ctx, uint32_t *st)
{
    if (ctx->prec < 200000000)
        return false;
    num_invalid(r, st, ST_NO_MEMORY);
    return true;
}

/* x (times 2**bits) = n ln 10 + rest, e**rest into r; |x| below 2**64. Error of r: 16 + error units. */
static int64_t exp_reduced(mpz_t r, const mpz_t x, unsigned long bits)
{
    mpz_t ln10, n, rest, wide;
    mpz_inits(ln10, n, rest, wide, NULL);
    const_ln10(ln10, bits + 80);
    mpz_mul_2exp(wide, x, 80);
    mpz_fdiv_qr(n, rest, wide, ln10);
    mpz_tdiv_q_2exp(rest, rest, 80);
    exp_fixed(r, rest, bits);
    int64_t k = mpz_get_si(n);
    mpz_clears(ln10, n, rest, wide, NULL);
    return k;
}
/* a as x * 2**-bits, rounded down */
static void to_fixed(mpz_t x, const struct num *a, unsigned long bits)
{
    mpz_mul_2exp(x, a->c, bits);
    if (a->exp > 0)
        num_mul_pow10(x, (uint64_t)a->exp);
    else
        num_div_pow10(x, -a->exp, (int64_t)(mpz_sizeinbase(x, 2) / 3 + 2));
    if (a->neg)
        mpz_neg(x, x);
}
static void exp_extreme(struct num *r, bool up, const struct dctx *ctx, uint32_t *st)
{
    num_set_int(r, 1, up ? ctx->emax + 1 : ctx_etiny(ctx) - 1);
    finalize_even(r, ctx, st);
    *st |= ST_INEXACT | ST_ROUNDED;
}
UNARY(exp)
{
    if (num_special(a)) {
        if (num_check_nan(r, a, NULL, ctx, st))
            return;
        if (a->neg)
            num_set_int(r, 0, 0);
        else
            num_copy(r, a);
        return;
    }
    if (num_zero(a)) {
        num_set_int(r, 1, 0);
        return;
    }
    if (too_precise(r, ctx, st))
        return;
    int64_t adj = num_adj(a);
    if (adj > 19) {
        exp_extreme(r, !a->neg, ctx, st);
        return;
    }
    if (adj < -ctx->prec - 2) { /* 1 and a little */
        num_set_int(r, 1, 0);
        num_mul_pow10(r->c, (uint64_t)(ctx->prec + 3));
        r->exp = -(ctx->prec + 3);
        r->digits = 0;
        if (a->neg)
            mpz_sub_ui(r->c, r->c, 1);
        else
            mpz_add_ui(r->c, r->c, 1);
        finalize_even(r, ctx, st);
        return;
    }
    mpz_t x, y;
    mpz_inits(x, y, NULL);
    for (unsigned long bits = bits_for(ctx->prec + 6) + 16;; bits += bits / 2 + 64) {
        to_fixed(x, a, bits);
        int64_t n = exp_reduced(y, x, bits);
        if (n > ctx->emax + 2 || n < ctx_etiny(ctx) - 2) {
            exp_extreme(r, n > 0, ctx, st);
            break;
        }
        if (to_decimal(r, y, bits, 64, n, ctx->prec, false)) {
            finalize_even(r, ctx, st);
            break;
        }
    }
    mpz_clears(x, y, NULL);
}

/* -1: r is done; else a is positive, finite and not 1 */
static int log_special(struct num *r, const struct num *a, const struct dctx *ctx, uint32_t *st)
{
    if (num_check_nan(r, a, NULL, ctx, st))
        return -1;
    if (num_zero(a)) {
        num_set_kind(r, K_INF, true);
        return -1;
    }
    if (a->neg) {
        num_invalid(r, st, ST_INVALID);
        return -1;
    }
    if (a->kind == K_INF) {
        num_set_kind(r, K_INF, false);
        return -1;
    }
    return 0;
}
/* a = 10**k: true and k */
static bool is_power_of_ten(const struct num *a, int64_t *k)
{
    int64_t digits = num_digits(a);
    if (num_trailing_zeros(a->c, digits - 1) != digits - 1)
        return false;
    mpz_t t;
    mpz_init_set(t, a->c);
    num_div_pow10(t, digits - 1, digits);
    bool one = mpz_cmp_ui(t, 1) == 0;
    mpz_clear(t);
    *k = num_adj(a);
    return one;
}
static void logarithm(struct num *r, const struct num *a, bool ten, const struct dctx *ctx, uint32_t *st)
{
    mpz_t x, t;
    if (too_precise(r, ctx, st))
        return;
    mpz_inits(x, t, NULL);
    for (unsigned long bits = bits_for(ctx->prec + 6) + 64;; bits += bits / 2 + 64) {
        ln_number(x, a, bits);
        unsigned long error = 8;
        if (ten) {
            const_ln10(t, bits);
            mpz_mul_2exp(x, x, bits);
            mpz_tdiv_q(x, x, t);
            error = 16 + 2 * (unsigned long)mpz_sizeinbase(x, 2); /* of ln10: relative */
            if (mpz_sizeinbase(x, 2) > bits + 3) {
                mpz_t scale;
                mpz_init(scale);
                mpz_tdiv_q_2exp(scale, x, bits);
                mpz_abs(scale, scale);
                error += mpz_sizeinbase(scale, 2) > 60 ? 1ul << 60 : mpz_get_ui(scale);
                mpz_clear(scale);
            }
        }
        if (to_decimal(r, x, bits, error, 0, ctx->prec, false))
            break;
    }
    mpz_clears(x, t, NULL);
    finalize_even(r, ctx, st);
}
UNARY(ln)
{
    int64_t k;
    if (log_special(r, a, ctx, st) < 0)
        return;
    if (is_power_of_ten(a, &k) && k == 0) {
        num_set_int(r, 0, 0);
        return;
    }
    logarithm(r, a, false, ctx, st);
}
UNARY(log10)
{
    int64_t k;
    if (log_special(r, a, ctx, st) < 0)
        return;
    if (is_power_of_ten(a, &k)) {
        num_set_int(r, k, 0);
        finalize_even(r, ctx, st);
        return;
    }
    logarithm(r, a, true, ctx, st);
}

/* ---- powers ---- */
/* Exactly a**n for n > 0, when the coefficient stays below so many bits. */
static bool exact_power(struct num *r, const struct num *a, uint64_t n, double max_bits)
{
    double bits = (double)mpz_sizeinbase(a->c, 2);
    if (bits * (double)n > max_bits || (double)a->exp * (double)n > 4e18 || (double)a->exp * (double)n < -4e18)
        return false;
    mpz_pow_ui(r->c, a->c, n);
    r->exp = a->exp * (int64_t)n;
    r->neg = a->neg && (n & 1);
    r->kind = K_FINITE;
    r->digits = 0;
    return true;
}
/* |a|**b through exp(b ln a). exact: b is an integer, so a result that seems exact is. */
static void general_power(struct num *r, const struct num *a, const struct num *b, bool neg, const struct dctx *ctx, uint32_t *st)
{
    mpz_t l, x, y;
    unsigned long limit = 4 * bits_for(ctx->prec + 20) + 512;
    int64_t badj = num_adj(b);
    unsigned long extra = badj > 0 ? bits_for(badj) : 0;
    if (too_precise(r, ctx, st))
        return;
    mpz_inits(l, x, y, NULL);
    for (unsigned long bits = bits_for(ctx->prec + 6) + 64;; bits += bits / 2 + 64) {
        ln_number(l, a, bits + extra + 8); /* l * b has an error of a few units of 2**-bits */
        long lbits = (long)mpz_sizeinbase(l, 2) - (long)(bits + extra + 8);
        if ((double)lbits * 0.30103 + (double)badj > 21 && mpz_sgn(l)) {
            exp_extreme(r, (mpz_sgn(l) > 0) != b->neg, ctx, st);
            break;
        }
        if ((double)lbits * 0.30103 + (double)badj < -(double)ctx->prec - 4 && mpz_sgn(l)) { /* 1 and a little */
            num_set_int(r, 1, 0);
            num_mul_pow10(r->c, (uint64_t)(ctx->prec + 3));
            r->exp = -(ctx->prec + 3);
            r->digits = 0;
            if ((mpz_sgn(l) > 0) == b->neg)
                mpz_sub_ui(r->c, r->c, 1);
            else
                mpz_add_ui(r->c, r->c, 1);
            break;
        }
        mpz_mul(x, l, b->c);
        if (b->exp > 0)
            num_mul_pow10(x, (uint64_t)b->exp);
        else
            num_div_pow10(x, -b->exp, (int64_t)(mpz_sizeinbase(x, 2) / 3 + 2));
        mpz_fdiv_q_2exp(x, x, extra + 8);
        if (b->neg)
            mpz_neg(x, x);
        int64_t n = exp_reduced(y, x, bits);
        if (n > ctx->emax + 2 || n < ctx_etiny(ctx) - 2) {
            exp_extreme(r, n > 0, ctx, st);
            break;
        }
        if (to_decimal(r, y, bits, 256, n, ctx->prec, bits > limit))
            break;
    }
    mpz_clears(l, x, y, NULL);
    r->neg = neg;
    uint32_t more = 0;
    num_finalize(r, ctx, &more);
    *st |= more | ST_INEXACT | ST_ROUNDED | (more & ST_SUBNORMAL ? ST_UNDERFLOW : 0);
}
static void power_of_special(struct num *r, const struct num *a, const struct num *b, bool neg, const struct dctx *ctx)
{
    bool b_up = !b->neg;
    if (b->kind == K_INF) { /* |a| against 1 */
        struct num one;
        num_init(&one);
        num_set_int(&one, 1, 0);
        int c = a->kind == K_INF ? 1 : num_cmp(a, &one);
        num_free(&one);
        if (c > 0 ? b_up : !b_up)
            num_set_kind(r, K_INF, neg);
        else
            num_set_int(r, 0, 0);
    } else if (a->kind == K_INF ? b_up : !b_up) { /* infinity ** positive, 0 ** negative */
        num_set_kind(r, K_INF, neg);
    } else {
        num_set_int(r, 0, 0);
    }
    r->neg = neg;
}
/* The integer power n of a; false when the general way is needed. */
static bool integer_power(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)
{
    int64_t n;
    double most = 2.0 * (double)bits_for(ctx->prec + 20) + 4096;
    if (num_to_i64(b, &n) < 0 || n == INT64_MIN)
        return false;
    uint64_t m = n < 0 ? -(uint64_t)n : (uint64_t)n;
    if (n >= 0) {
        if (!exact_power(r, a, m, most))
            return false;
        num_finalize(r, ctx, st);
        return true;
    }
    struct num p, one;
    num_init(&p);
    num_init(&one);
    num_set_int(&one, 1, 0);
    bool ok = exact_power(&p, a, m, most);
    if (ok)
        num_div(r, &one, &p, ctx, st);
    num_free(&p);
    num_free(&one);
    return ok;
}
/* |a| is 1, however it is written. */
static void power_of_one(struct num *r, const struct num *a, const struct num *b, bool integer, const struct dctx *ctx, uint32_t *st)
{
    if (!integer || b->kind != K_FINITE) {
        set_one_padded(r, ctx, st);
        return;
    }
    num_set_int(r, 1, 0);
    if (!b->neg && a->exp < 0) { /* 1.000 ** n keeps growing zeros up to the precision */
        int64_t n;
        double zeros = num_to_i64(b, &n) < 0 ? 1e30 : (double)-a->exp * (double)n;
        int64_t z = zeros > (double)(ctx->prec - 1) ? ctx->prec - 1 : (int64_t)zeros;
        if (zeros > (double)(ctx->prec - 1))
            *st |= ST_ROUNDED;
        num_mul_pow10(r->c, (uint64_t)z);
        r->exp = -z;
        r->digits = 0;
    }
}
/* |a| is 10**k and b an integer: exact, whatever the exponent. */
static void power_of_ten(struct num *r, const struct num *a, int64_t k, const struct num *b, bool neg, const struct dctx *ctx,
                         uint32_t *st)
{
    struct num t;
    int64_t n = 0;
    num_init(&t);
    if (num_to_i64(b, &n) < 0 || (double)k * (double)n > 4e18 || (double)k * (double)n < -4e18 || !integer_power(&t, a, b, ctx, st)) {
        double e = (double)k * (n ? (double)n : (b->neg ? -1e30 : 1e30));
        num_set_int(r, 1, e > 4e18 ? ctx->emax + 1 : e < -4e18 ? ctx_etiny(ctx) - 1 : k * n);
        if (e >= -4e18 && e <= 4e18 && !b->neg && mpz_cmp_ui(a->c, 1)) { /* padded as a long product would be */
            num_mul_pow10(r->c, (uint64_t)(ctx->prec - 1));
            r->exp -= ctx->prec - 1;
            r->digits = 0;
            *st |= ST_ROUNDED;
        }
        r->neg = neg;
        num_finalize(r, ctx, st);
    } else {
        num_copy(r, &t);
    }
    num_free(&t);
}
BINARY(pow)
{
    bool integer = num_is_integer(b);
    if (num_check_nan(r, a, b, ctx, st))
        return;
    bool neg = a->neg && integer && num_is_odd(b);
    if (num_zero(b)) {
        if (num_zero(a))
            num_invalid(r, st, ST_INVALID);
        else
            num_set_int(r, 1, 0);
        return;
    }
    if (a->neg && !integer && !num_zero(a)) {
        num_invalid(r, st, ST_INVALID);
        return;
    }
    struct num base;
    num_init(&base);
    num_copy(&base, a);
    base.neg = false;
    int64_t k;
    if (num_zero(a) || a->kind == K_INF) {
        power_of_special(r, &base, b, neg, ctx);
    } else if (is_power_of_ten(&base, &k) && k == 0) {
        power_of_one(r, a, b, integer, ctx, st);
        r->neg = neg;
    } else if (b->kind == K_INF) {
        power_of_special(r, &base, b, false, ctx);
    } else if (is_power_of_ten(&base, &k) && integer) {
        power_of_ten(r, a, k, b, neg, ctx, st);
    } else if (!integer || !integer_power(r, a, b, ctx, st)) {
        general_power(r, &base, b, neg, ctx, st);
    }
    num_free(&base);
}
static void mod_of(mpz_t r, const struct num *a, const mpz_t m)
{
    mpz_t t;
    mpz_mod(r, a->c, m);
    mpz_init_set_ui(t, 10);
    if (a->exp > 0) {
        mpz_t e;
        mpz_init_set_si(e, a->exp);
        mpz_powm(t, t, e, m);
        mpz_mul(r, r, t);
        mpz_mod(r, r, m);
        mpz_clear(e);
    } else {
        num_to_mpz(a, r);
        mpz_abs(r, r);
        mpz_mod(r, r, m);
    }
    mpz_clear(t);
}
void num_powmod(struct num *r, const struct num *a, const struct num *b, const struct num *m, const struct dctx *ctx, uint32_t *st)
{
    if (num_nan(a) || num_nan(b) || num_nan(m)) {
        if (num_check_nan(r, a, b, ctx, st) && (r->kind != K_QNAN || m->kind != K_SNAN || (*st & ST_INVALID)))
            return;
        num_check_nan(r, m->kind == K_SNAN || !num_nan(a) ? m : a, NULL, ctx, st);
        return;
    }
    if (!num_is_integer(a) || !num_is_integer(b) || !num_is_integer(m) || (b->neg && mpz_sgn(b->c)) || num_zero(m) ||
        num_adj(m) >= ctx->prec || (num_zero(a) && num_zero(b))) {
        num_invalid(r, st, ST_INVALID);
        return;
    }
    mpz_t mod, base, e;
    mpz_inits(mod, base, e, NULL);
    num_to_mpz(m, mod);
    mpz_abs(mod, mod);
    mod_of(base, a, mod);
    num_set_int(r, 0, 0);
    if (b->exp > 0) { /* base ** (c * 10**exp) */
        for (int64_t i = 0; i < b->exp; i++)
            mpz_powm_ui(base, base, 10, mod);
        mpz_set(e, b->c);
    } else {
        num_to_mpz(b, e);
        mpz_abs(e, e);
    }
    mpz_powm(r->c, base, e, mod);
    r->neg = a->neg && num_is_odd(b);
    mpz_clears(mod, base, e, NULL);
    num_finalize(r, ctx, st);
}
