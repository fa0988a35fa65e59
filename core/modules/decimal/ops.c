/* SPDX-License-Identifier: MIT */
/* _decimal: arithmetic, comparison and rounding to integers. */
#include "core/modules/decimal/decimal_internal.h"

#define UNARY(n) void num_##n(struct num *r, const struct num *a, const struct dctx *ctx, uint32_t *st)
#define BINARY(n) void num_##n(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)

/* a and b finite, neither is shifted by more than it can matter: what lies far below becomes a sticky 1. */
static bool align(struct num *big, struct num *small, int64_t prec) /* big->exp >= small->exp */
{
    int64_t digits = num_digits(small);
    int64_t keep = num_digits(big) > prec ? 1 : prec + 2 - num_digits(big); /* digits of room below big */
    int64_t exp = big->exp - keep - 2;
    if (small->exp + digits - 1 < exp && mpz_sgn(small->c)) {
        num_set_int(small, small->neg ? -1 : 1, exp);
    }
    if (num_too_long(big->exp - small->exp))
        return false;
    num_mul_pow10(big->c, (uint64_t)(big->exp - small->exp));
    big->exp = small->exp;
    big->digits = 0;
    return true;
}
static void add_exact(struct num *r, const struct num *a, const struct num *b, bool bneg, int64_t prec, uint32_t *st)
{
    struct num x, y;
    bool ok = true;
    num_init(&x);
    num_init(&y);
    num_copy(&x, a);
    num_copy(&y, b);
    y.neg = bneg;
    if (x.exp > y.exp)
        ok = align(&x, &y, prec);
    else if (x.exp < y.exp)
        ok = align(&y, &x, prec);
    r->exp = x.exp;
    if (x.neg)
        mpz_neg(x.c, x.c);
    if (y.neg)
        mpz_neg(y.c, y.c);
    mpz_add(r->c, x.c, y.c);
    r->neg = mpz_sgn(r->c) < 0;
    mpz_abs(r->c, r->c);
    r->digits = 0;
    r->kind = K_FINITE;
    if (!ok)
        num_invalid(r, st, ST_NO_MEMORY);
    num_free(&x);
    num_free(&y);
}
static void addsub(struct num *r, const struct num *a, const struct num *b, bool bneg, const struct dctx *ctx, uint32_t *st)
{
    if (num_special(a) || num_special(b)) {
        if (num_check_nan(r, a, b, ctx, st))
            return;
        if (a->kind == K_INF && b->kind == K_INF && a->neg != bneg)
            num_invalid(r, st, ST_INVALID);
        else
            num_set_kind(r, K_INF, a->kind == K_INF ? a->neg : bneg);
        return;
    }
    if (num_zero(a) != num_zero(b)) { /* the zero only contributes its exponent */
        const struct num *z = num_zero(a) ? a : b, *v = num_zero(a) ? b : a;
        num_copy(r, v);
        r->neg = v == b ? bneg : a->neg;
        if (z->exp < v->exp) {
            int64_t room = ctx->prec - num_digits(v), shift = v->exp - z->exp;
            if (shift > room)
                shift = room > 0 ? room : 0, *st |= ST_ROUNDED;
            num_mul_pow10(r->c, (uint64_t)shift);
            r->exp -= shift;
            r->digits = 0;
        }
        num_finalize(r, ctx, st);
        return;
    }
    if (num_zero(a)) {
        num_set_int(r, 0, a->exp < b->exp ? a->exp : b->exp);
        r->neg = a->neg == bneg ? a->neg : ctx->round == R_FLOOR;
        num_finalize(r, ctx, st);
        return;
    }
    add_exact(r, a, b, bneg, ctx->prec, st);
    if (mpz_sgn(r->c) == 0)
        r->neg = ctx->round == R_FLOOR;
    num_finalize(r, ctx, st);
}
BINARY(add) { addsub(r, a, b, b->neg, ctx, st); }
BINARY(sub) { addsub(r, a, b, !b->neg, ctx, st); }

static void mul_exact(struct num *r, const struct num *a, const struct num *b)
{
    mpz_mul(r->c, a->c, b->c);
    r->exp = a->exp + b->exp;
    r->neg = a->neg ^ b->neg;
    r->digits = 0;
    r->kind = K_FINITE;
}
/* true: an operand is special, r is done */
static bool mul_special(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)
{
    if (!num_special(a) && !num_special(b))
        return false;
    if (num_check_nan(r, a, b, ctx, st))
        return true;
    if (num_zero(a) || num_zero(b))
        num_invalid(r, st, ST_INVALID);
    else
        num_set_kind(r, K_INF, a->neg ^ b->neg);
    return true;
}
BINARY(mul)
{
    if (mul_special(r, a, b, ctx, st))
        return;
    mul_exact(r, a, b);
    num_finalize(r, ctx, st);
}
void num_fma(struct num *r, const struct num *a, const struct num *b, const struct num *c, const struct dctx *ctx, uint32_t *st)
{
    struct num p;
    num_init(&p);
    if (num_special(a) || num_special(b)) {
        uint32_t product = 0;
        mul_special(&p, a, b, ctx, &product);
        *st |= product;
        if (product & ST_INVALID)
            num_copy(r, &p);
        else
            num_add(r, &p, c, ctx, st);
    } else {
        mul_exact(&p, a, b);
        num_add(r, &p, c, ctx, st);
    }
    num_free(&p);
}

/* a / b if its digits end (the reduced divisor has no prime factors but 2 and 5). For precisions that are
   so large that computing all digits is out of the question. */
static bool div_exact(struct num *r, const struct num *a, const struct num *b, int64_t ideal)
{
    mpz_t g, d, f;
    mpz_inits(g, d, f, NULL);
    mpz_gcd(g, a->c, b->c);
    mpz_divexact(d, b->c, g);
    mpz_divexact(r->c, a->c, g);
    mpz_set_ui(f, 2);
    unsigned long twos = mpz_remove(d, d, f);
    mpz_set_ui(f, 5);
    unsigned long fives = mpz_remove(d, d, f), k = twos > fives ? twos : fives;
    bool ok = mpz_cmp_ui(d, 1) == 0;
    if (ok) {
        mpz_ui_pow_ui(g, 2, k - twos);
        mpz_ui_pow_ui(d, 5, k - fives);
        mpz_mul(r->c, r->c, g);
        mpz_mul(r->c, r->c, d);
        r->exp = ideal - (int64_t)k;
        r->neg = a->neg ^ b->neg;
        r->kind = K_FINITE;
        r->digits = 0;
    }
    mpz_clears(g, d, f, NULL);
    return ok;
}
/* Division with an infinity, a NaN or a zero divisor. true: r is done. */
static bool div_special(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)
{
    bool neg = a->neg ^ b->neg;
    if (num_special(a) || num_special(b)) {
        if (num_check_nan(r, a, b, ctx, st))
            return true;
        if (a->kind == K_INF) {
            if (b->kind == K_INF)
                num_invalid(r, st, ST_INVALID);
            else
                num_set_kind(r, K_INF, neg);
            return true;
        }
        num_set_int(r, 0, ctx_etiny(ctx));
        r->neg = neg;
        *st |= ST_CLAMPED;
        return true;
    }
    if (!num_zero(b))
        return false;
    if (num_zero(a)) {
        num_invalid(r, st, ST_DIV_UNDEFINED);
    } else {
        *st |= ST_DIV_ZERO;
        num_set_kind(r, K_INF, neg);
    }
    return true;
}
/* A result that was cut off is never divisible by 5: it must look neither exact nor halfway to the rounding. */
static void mark_inexact(struct num *r)
{
    if (mpz_divisible_ui_p(r->c, 5))
        mpz_add_ui(r->c, r->c, 1);
}
BINARY(div)
{
    if (div_special(r, a, b, ctx, st))
        return;
    bool neg = a->neg ^ b->neg;
    int64_t ideal = a->exp - b->exp, shift = num_digits(b) - num_digits(a) + ctx->prec + 1;
    if (num_zero(a)) {
        num_set_int(r, 0, ideal);
        r->neg = neg;
        num_finalize(r, ctx, st);
        return;
    }
    if (shift > 1000000 && shift > 4 * (num_digits(a) + num_digits(b)) && div_exact(r, a, b, ideal)) {
        num_finalize(r, ctx, st);
        return;
    }
    if (num_too_long(shift)) {
        num_invalid(r, st, ST_NO_MEMORY);
        return;
    }
    mpz_t rest, t;
    mpz_inits(rest, t, NULL);
    if (shift >= 0) {
        mpz_set(t, a->c);
        num_mul_pow10(t, (uint64_t)shift);
        mpz_tdiv_qr(r->c, rest, t, b->c);
    } else {
        mpz_set(t, b->c);
        num_mul_pow10(t, (uint64_t)-shift);
        mpz_tdiv_qr(r->c, rest, a->c, t);
    }
    r->exp = ideal - shift;
    r->neg = neg;
    r->kind = K_FINITE;
    r->digits = 0;
    if (mpz_sgn(rest))
        mark_inexact(r);
    else if (r->exp < ideal)
        num_strip_zeros(r, ideal - r->exp);
    mpz_clears(rest, t, NULL);
    num_finalize(r, ctx, st);
}

/* Integer quotient and remainder of finite numbers that are not zero, |a| not much below |b|. false: quotient too long. */
static bool div_integer(struct num *q, struct num *rem, const struct num *a, const struct num *b, const struct dctx *ctx)
{
    int64_t ideal = a->exp < b->exp ? a->exp : b->exp;
    num_set_int(q, 0, 0);
    q->neg = a->neg ^ b->neg;
    if (num_adj(a) - num_adj(b) > ctx->prec)
        return false;
    mpz_t x, y;
    mpz_init_set(x, a->c);
    mpz_init_set(y, b->c);
    if (a->exp >= b->exp)
        num_mul_pow10(x, (uint64_t)(a->exp - b->exp));
    else
        num_mul_pow10(y, (uint64_t)(b->exp - a->exp));
    mpz_tdiv_qr(q->c, rem->c, x, y);
    q->digits = 0;
    rem->digits = 0;
    rem->kind = K_FINITE;
    rem->exp = ideal;
    rem->neg = a->neg;
    mpz_clears(x, y, NULL);
    return num_digits(q) <= ctx->prec;
}
/* Special operands of the three integer divisions; q or rem may be NULL. */
static bool divmod_special(struct num *q, struct num *rem, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)
{
    struct num dummy;
    if (num_nan(a) || num_nan(b)) {
        num_init(&dummy);
        num_check_nan(q ? q : &dummy, a, b, ctx, st);
        if (rem)
            num_check_nan(rem, a, b, ctx, st);
        num_free(&dummy);
        return true;
    }
    bool neg = a->neg ^ b->neg;
    if (a->kind == K_INF) {
        if (q && b->kind != K_INF)
            num_set_kind(q, K_INF, neg);
        else if (q)
            num_invalid(q, st, ST_INVALID);
        if (rem)
            num_invalid(rem, st, ST_INVALID);
        return true;
    }
    if (b->kind == K_INF) {
        if (q) {
            num_set_int(q, 0, 0);
            q->neg = neg;
        }
        if (rem) {
            num_copy(rem, a);
            num_finalize(rem, ctx, st);
        }
        return true;
    }
    if (num_zero(b)) {
        if (num_zero(a)) {
            if (q)
                num_invalid(q, st, ST_DIV_UNDEFINED);
            if (rem)
                num_invalid(rem, st, q ? ST_DIV_UNDEFINED : ST_DIV_UNDEFINED);
        } else {
            if (q) {
                num_set_kind(q, K_INF, neg);
                *st |= ST_DIV_ZERO;
            }
            if (rem)
                num_invalid(rem, st, ST_INVALID);
        }
        return true;
    }
    return false;
}
BINARY(divint)
{
    struct num rem;
    if (divmod_special(r, NULL, a, b, ctx, st))
        return;
    num_init(&rem);
    if (num_zero(a) || num_adj(a) < num_adj(b)) {
        num_set_int(r, 0, 0);
        r->neg = a->neg ^ b->neg;
    } else if (!div_integer(r, &rem, a, b, ctx)) {
        num_invalid(r, st, ST_DIV_IMPOSSIBLE);
    }
    num_finalize(r, ctx, st);
    num_free(&rem);
}
/* |a| < |b|: the remainder is a itself. */
static void small_remainder(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)
{
    int64_t ideal = a->exp < b->exp ? a->exp : b->exp;
    num_copy(r, a);
    if (num_zero(a)) {
        r->exp = ideal;
    } else if (a->exp > ideal) {
        num_mul_pow10(r->c, (uint64_t)(a->exp - ideal));
        r->exp = ideal;
        r->digits = 0;
    }
    num_finalize(r, ctx, st);
}
BINARY(rem)
{
    struct num q;
    if (divmod_special(NULL, r, a, b, ctx, st))
        return;
    if (num_zero(a) || num_adj(a) < num_adj(b)) {
        small_remainder(r, a, b, ctx, st);
        return;
    }
    num_init(&q);
    if (!div_integer(&q, r, a, b, ctx))
        num_invalid(r, st, ST_DIV_IMPOSSIBLE);
    num_finalize(r, ctx, st);
    num_free(&q);
}
void num_divmod(struct num *q, struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)
{
    if (divmod_special(q, r, a, b, ctx, st))
        return;
    if (num_zero(a) || num_adj(a) < num_adj(b)) {
        num_set_int(q, 0, 0);
        q->neg = a->neg ^ b->neg;
        small_remainder(r, a, b, ctx, st);
        return;
    }
    if (!div_integer(q, r, a, b, ctx)) {
        num_invalid(q, st, ST_DIV_IMPOSSIBLE);
        num_invalid(r, st, ST_DIV_IMPOSSIBLE);
        return;
    }
    num_finalize(q, ctx, st);
    num_finalize(r, ctx, st);
}
BINARY(rem_near)
{
    struct num q;
    if (divmod_special(NULL, r, a, b, ctx, st))
        return;
    if (num_zero(a) || num_adj(a) < num_adj(b) - 1) {
        small_remainder(r, a, b, ctx, st);
        return;
    }
    num_init(&q);
    if (!div_integer(&q, r, a, b, ctx)) {
        num_invalid(r, st, ST_DIV_IMPOSSIBLE);
        num_free(&q);
        return;
    }
    mpz_t y, twice;
    mpz_init_set(y, b->c);
    mpz_init(twice);
    if (b->exp > r->exp)
        num_mul_pow10(y, (uint64_t)(b->exp - r->exp));
    mpz_mul_2exp(twice, r->c, 1);
    int cmp = mpz_cmp(twice, y);
    if (cmp > 0 || (cmp == 0 && mpz_odd_p(q.c))) {
        mpz_sub(r->c, y, r->c);
        r->neg = !a->neg;
        r->digits = 0;
        mpz_add_ui(q.c, q.c, 1);
        q.digits = 0;
        if (num_digits(&q) > ctx->prec)
            num_invalid(r, st, ST_DIV_IMPOSSIBLE);
    }
    mpz_clears(y, twice, NULL);
    num_finalize(r, ctx, st);
    num_free(&q);
}

/* ---- one operand ---- */
static void sign_op(struct num *r, const struct num *a, bool neg, const struct dctx *ctx, uint32_t *st)
{
    if (num_check_nan(r, a, NULL, ctx, st))
        return;
    num_copy(r, a);
    r->neg = neg;
    if (num_zero(a) && ctx->round != R_FLOOR)
        r->neg = false;
    num_finalize(r, ctx, st);
}
UNARY(plus) { sign_op(r, a, num_zero(a) ? ctx->round == R_FLOOR && a->neg : a->neg, ctx, st); }
UNARY(minus) { sign_op(r, a, num_zero(a) ? ctx->round == R_FLOOR && !a->neg : !a->neg, ctx, st); }
UNARY(apply)
{
    num_copy(r, a);
    num_finalize(r, ctx, st);
}
UNARY(abs)
{
    if (num_nan(a)) {
        num_check_nan(r, a, NULL, ctx, st);
        return;
    }
    num_copy(r, a);
    r->neg = false;
    num_finalize(r, ctx, st);
}
UNARY(normalize)
{
    if (num_special(a)) {
        if (!num_check_nan(r, a, NULL, ctx, st))
            num_copy(r, a);
        return;
    }
    num_copy(r, a);
    num_finalize(r, ctx, st);
    if (num_special(r))
        return;
    if (mpz_sgn(r->c) == 0) {
        r->exp = 0;
        return;
    }
    int64_t top = ctx->clamp ? ctx_etop(ctx) : ctx->emax;
    num_strip_zeros(r, top - r->exp);
}
static void to_integral(struct num *r, const struct num *a, const struct dctx *ctx, uint32_t *st, bool exact)
{
    if (num_special(a)) {
        if (!num_check_nan(r, a, NULL, ctx, st))
            num_copy(r, a);
        return;
    }
    num_copy(r, a);
    if (a->exp >= 0)
        return;
    if (mpz_sgn(a->c) == 0) {
        r->exp = 0;
        return;
    }
    int lost = num_div_pow10(r->c, -a->exp, num_digits(a));
    r->exp = 0;
    r->digits = 0;
    if (num_round_up(ctx->round, lost, r->c, r->neg))
        mpz_add_ui(r->c, r->c, 1);
    if (exact)
        *st |= ST_ROUNDED | (lost ? ST_INEXACT : 0);
}
UNARY(to_integral_exact) { to_integral(r, a, ctx, st, true); }
UNARY(to_integral_value) { to_integral(r, a, ctx, st, false); }

void num_quantize_exp(struct num *r, const struct num *a, int64_t exp, const struct dctx *ctx, uint32_t *st)
{
    if (exp > ctx->emax || exp < ctx_etiny(ctx)) {
        num_invalid(r, st, ST_INVALID);
        return;
    }
    uint32_t more = 0;
    num_copy(r, a);
    r->exp = exp;
    if (mpz_sgn(a->c) == 0) {
        num_finalize(r, ctx, st);
        return;
    }
    if (a->exp >= exp) {
        if (num_digits(a) + (a->exp - exp) > ctx->prec) {
            num_invalid(r, st, ST_INVALID);
            return;
        }
        if (num_too_long(a->exp - exp)) {
            num_invalid(r, st, ST_NO_MEMORY);
            return;
        }
        num_mul_pow10(r->c, (uint64_t)(a->exp - exp));
        r->digits = 0;
    } else {
        int lost = num_div_pow10(r->c, exp - a->exp, num_digits(a));
        if (num_round_up(ctx->round, lost, r->c, r->neg))
            mpz_add_ui(r->c, r->c, 1);
        r->digits = 0;
        more = ST_ROUNDED | (lost ? ST_INEXACT : 0);
    }
    if (num_adj(r) > ctx->emax || num_digits(r) > ctx->prec) {
        num_invalid(r, st, ST_INVALID);
        return;
    }
    num_finalize(r, ctx, &more);
    if (more & (ST_OVERFLOW | ST_UNDERFLOW))
        num_invalid(r, st, ST_INVALID);
    else
        *st |= more;
}
BINARY(quantize)
{
    if (num_special(a) || num_special(b)) {
        if (num_check_nan(r, a, b, ctx, st))
            return;
        if (a->kind == K_INF && b->kind == K_INF)
            num_copy(r, a);
        else
            num_invalid(r, st, ST_INVALID);
        return;
    }
    num_quantize_exp(r, a, b->exp, ctx, st);
}

/* ---- comparison ---- */
static int cmp_abs(const struct num *a, const struct num *b)
{
    if (a->kind == K_INF || b->kind == K_INF)
        return (a->kind == K_INF) - (b->kind == K_INF);
    int za = mpz_sgn(a->c), zb = mpz_sgn(b->c);
    if (!za || !zb)
        return za - zb;
    int64_t x = num_adj(a), y = num_adj(b);
    if (x != y)
        return x < y ? -1 : 1;
    if (a->exp == b->exp)
        return mpz_cmp(a->c, b->c);
    mpz_t t;
    int c;
    mpz_init_set(t, a->exp > b->exp ? a->c : b->c);
    if (a->exp > b->exp) {
        num_mul_pow10(t, (uint64_t)(a->exp - b->exp));
        c = mpz_cmp(t, b->c);
    } else {
        num_mul_pow10(t, (uint64_t)(b->exp - a->exp));
        c = mpz_cmp(a->c, t);
    }
    mpz_clear(t);
    return c;
}
static int sgn(int c) { return (c > 0) - (c < 0); }
int num_cmp(const struct num *a, const struct num *b)
{
    bool za = num_zero(a), zb = num_zero(b);
    if (za && zb)
        return 0;
    if (za)
        return b->neg ? 1 : -1;
    if (zb)
        return a->neg ? -1 : 1;
    if (a->neg != b->neg)
        return a->neg ? -1 : 1;
    int c = sgn(cmp_abs(a, b));
    return a->neg ? -c : c;
}
static int total_rank(const struct num *a) { return a->kind == K_SNAN ? 1 : a->kind == K_QNAN ? 2 : 0; }
int num_cmp_total(const struct num *a, const struct num *b, bool mag)
{
    bool an = !mag && a->neg, bn = !mag && b->neg;
    if (an != bn)
        return an ? -1 : 1;
    int c;
    if (num_nan(a) || num_nan(b)) {
        c = total_rank(a) - total_rank(b);
        if (!c)
            c = mpz_cmp(a->c, b->c);
    } else {
        c = cmp_abs(a, b);
        if (!c && a->exp != b->exp)
            c = a->exp < b->exp ? -1 : 1;
    }
    c = sgn(c);
    return an ? -c : c;
}
static void set_cmp(struct num *r, int c) { num_set_int(r, c, 0); }
BINARY(compare)
{
    if (!num_check_nan(r, a, b, ctx, st))
        set_cmp(r, num_cmp(a, b));
}
BINARY(compare_signal)
{
    if (num_check_nan(r, a, b, ctx, st))
        *st |= ST_INVALID;
    else
        set_cmp(r, num_cmp(a, b));
}
BINARY(compare_total) { set_cmp(r, num_cmp_total(a, b, false)); }
BINARY(compare_total_mag) { set_cmp(r, num_cmp_total(a, b, true)); }

/* Equal in value: the total order decides. */
static void pick(struct num *r, const struct num *a, const struct num *b, bool mag, bool want_max, const struct dctx *ctx, uint32_t *st)
{
    if (num_nan(a) || num_nan(b)) {
        if (num_nan(a) != num_nan(b) && a->kind != K_SNAN && b->kind != K_SNAN) {
            num_copy(r, num_nan(a) ? b : a); /* a quiet NaN gives way to a number */
            num_finalize(r, ctx, st);
        } else {
            num_check_nan(r, a, b, ctx, st);
        }
        return;
    }
    int c = mag ? sgn(cmp_abs(a, b)) : num_cmp(a, b);
    if (mag && c == 0)
        c = num_cmp(a, b);
    if (c == 0)
        c = num_cmp_total(a, b, false);
    num_copy(r, (c < 0) == want_max ? b : a);
    num_finalize(r, ctx, st);
}
BINARY(max) { pick(r, a, b, false, true, ctx, st); }
BINARY(max_mag) { pick(r, a, b, true, true, ctx, st); }
BINARY(min) { pick(r, a, b, false, false, ctx, st); }
BINARY(min_mag) { pick(r, a, b, true, false, ctx, st); }
BINARY(copy_sign)
{
    num_copy(r, a);
    r->neg = b->neg;
}

/* ---- square root, correctly rounded ---- */
/* The root of what is no positive finite number. true: r is done. */
static bool sqrt_special(struct num *r, const struct num *a, int64_t ideal, const struct dctx *ctx, uint32_t *st)
{
    if (num_special(a)) {
        if (num_check_nan(r, a, NULL, ctx, st))
            return true;
        if (a->neg)
            num_invalid(r, st, ST_INVALID);
        else
            num_copy(r, a);
        return true;
    }
    if (num_zero(a)) {
        num_set_int(r, 0, ideal);
        r->neg = a->neg;
        num_finalize(r, ctx, st);
        return true;
    }
    if (a->neg)
        num_invalid(r, st, ST_INVALID);
    return a->neg;
}
/* For so many digits the root is exact, or out of the question. true: r is done. */
static bool sqrt_huge_prec(struct num *r, const struct num *a, int64_t ideal, const struct dctx *ctx, uint32_t *st)
{
    mpz_set(r->c, a->c);
    if (a->exp & 1)
        mpz_mul_ui(r->c, r->c, 10);
    bool square = mpz_perfect_square_p(r->c);
    if (!square && !num_too_long(ctx->prec))
        return false;
    r->kind = K_FINITE;
    r->neg = false;
    r->digits = 0;
    r->exp = ideal;
    if (square)
        mpz_sqrt(r->c, r->c);
    else
        num_invalid(r, st, ST_NO_MEMORY);
    num_finalize(r, ctx, st);
    return true;
}
/* r: a root of prec + 1 digits, of a coefficient of 2 prec + 1 or + 2 with an even exponent. true: it is exact. */
static bool sqrt_digits(struct num *r, const struct num *a, int64_t prec)
{
    int64_t e = a->exp, want = 2 * (prec + 1), shift = want - num_digits(a);
    if ((e - shift) & 1)
        shift++;
    mpz_t c, rest;
    mpz_init_set(c, a->c);
    mpz_init(rest);
    bool exact = true;
    if (shift >= 0)
        num_mul_pow10(c, (uint64_t)shift);
    else
        exact = num_div_pow10(c, -shift, num_digits(a)) == 0;
    mpz_sqrtrem(r->c, rest, c);
    exact = exact && mpz_sgn(rest) == 0;
    mpz_clears(c, rest, NULL);
    r->exp = (e - shift) / 2;
    r->neg = false;
    r->kind = K_FINITE;
    r->digits = 0;
    return exact;
}
UNARY(sqrt)
{
    int64_t ideal = (a->exp - (a->exp & 1)) / 2; /* floor */
    if (sqrt_special(r, a, ideal, ctx, st))
        return;
    if (ctx->prec > 1000000 && ctx->prec > num_digits(a) && sqrt_huge_prec(r, a, ideal, ctx, st))
        return;
    if (!sqrt_digits(r, a, ctx->prec)) {
        mark_inexact(r);
    } else if (r->exp < ideal) {
        num_strip_zeros(r, ideal - r->exp);
    } else if (r->exp > ideal) {
        num_mul_pow10(r->c, (uint64_t)(r->exp - ideal));
        r->exp = ideal;
        r->digits = 0;
    }
    struct dctx even = ctx_snapshot(ctx);
    even.round = R_HALF_EVEN;
    num_finalize(r, &even, st);
}
