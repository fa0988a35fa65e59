/* SPDX-License-Identifier: MIT */
/* _decimal: neighbours, exponents, digit-wise operations, classes. */
#include <string.h>

#include "core/modules/decimal/decimal_internal.h"

#define UNARY(n) void num_##n(struct num *r, const struct num *a, const struct dctx *ctx, uint32_t *st)
#define BINARY(n) void num_##n(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)

/* The nearest number of the context above (dir 1) or below a: add the smallest thing with directed rounding. */
static void neighbour(struct num *r, const struct num *a, int dir, const struct dctx *ctx)
{
    struct dctx c = ctx_snapshot(ctx);
    uint32_t ignore = 0;
    c.round = dir > 0 ? R_CEILING : R_FLOOR;
    if (a->kind == K_INF) {
        if (a->neg == (dir > 0) && num_too_long(ctx->prec)) {
            num_set_kind(r, K_QNAN, false);
        } else if (a->neg == (dir > 0)) { /* the largest finite number of that sign */
            num_pow10(r->c, (uint64_t)ctx->prec);
            mpz_sub_ui(r->c, r->c, 1);
            r->exp = ctx_etop(ctx);
            r->digits = ctx->prec;
            r->kind = K_FINITE;
            r->neg = a->neg;
        } else {
            num_copy(r, a);
        }
        return;
    }
    num_copy(r, a);
    num_finalize(r, &c, &ignore);
    if (num_special(r) || num_cmp(r, a) != 0)
        return;
    struct num tiny, sum;
    num_init(&tiny);
    num_init(&sum);
    num_set_int(&tiny, dir, ctx_etiny(ctx) - 1);
    num_add(&sum, a, &tiny, &c, &ignore);
    num_copy(r, &sum);
    num_free(&tiny);
    num_free(&sum);
}
UNARY(next_plus)
{
    if (!num_check_nan(r, a, NULL, ctx, st))
        neighbour(r, a, 1, ctx);
}
UNARY(next_minus)
{
    if (!num_check_nan(r, a, NULL, ctx, st))
        neighbour(r, a, -1, ctx);
}
BINARY(next_toward)
{
    if (num_check_nan(r, a, b, ctx, st))
        return;
    int c = num_cmp(a, b);
    if (c == 0) {
        num_copy(r, a);
        r->neg = b->neg;
        return;
    }
    neighbour(r, a, c < 0 ? 1 : -1, ctx);
    if (r->kind == K_INF) {
        *st |= ST_OVERFLOW | ST_ROUNDED | ST_INEXACT;
    } else if (num_adj(r) < ctx->emin) {
        *st |= ST_UNDERFLOW | ST_SUBNORMAL | ST_ROUNDED | ST_INEXACT;
        if (mpz_sgn(r->c) == 0)
            *st |= ST_CLAMPED;
    }
}
UNARY(logb)
{
    if (num_check_nan(r, a, NULL, ctx, st))
        return;
    if (a->kind == K_INF) {
        num_set_kind(r, K_INF, false);
    } else if (num_zero(a)) {
        num_set_kind(r, K_INF, true);
        *st |= ST_DIV_ZERO;
    } else {
        num_set_int(r, num_adj(a), 0);
        num_finalize(r, ctx, st);
    }
}
BINARY(scaleb)
{
    int64_t n, limit = 2 * (ctx->emax + ctx->prec);
    if (num_check_nan(r, a, b, ctx, st))
        return;
    if (b->kind == K_INF || b->exp != 0 || num_to_i64(b, &n) < 0 || n > limit || n < -limit) {
        num_invalid(r, st, ST_INVALID);
        return;
    }
    num_copy(r, a);
    if (a->kind == K_INF)
        return;
    r->exp += n;
    num_finalize(r, ctx, st);
}

/* ---- digits ---- */
/* The low prec digits of a, most significant first, into buf of prec + 1 bytes. */
static void digits_text(char *buf, const struct num *a, int64_t prec)
{
    int64_t n = num_digits(a);
    char *t = rt_raw_malloc((size_t)n + 2);
    if (!t)
        return;
    mpz_get_str(t, 10, a->c);
    n = (int64_t)strlen(t);
    memset(buf, '0', (size_t)prec);
    buf[prec] = 0;
    if (n > prec)
        memcpy(buf, t + (n - prec), (size_t)prec);
    else
        memcpy(buf + (prec - n), t, (size_t)n);
    rt_raw_free(t);
}
/* The count of rotate and shift. false: r is done */
static bool shift_count(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st, int64_t *n)
{
    if (num_check_nan(r, a, b, ctx, st))
        return false;
    if (b->kind == K_INF || b->exp != 0 || num_to_i64(b, n) < 0 || *n > ctx->prec || *n < -ctx->prec) {
        num_invalid(r, st, ST_INVALID);
        return false;
    }
    num_copy(r, a);
    return a->kind != K_INF;
}
static void cut(struct num *r, int64_t digits)
{
    if (num_digits(r) > digits) {
        mpz_t p;
        mpz_init(p);
        num_pow10(p, (uint64_t)digits);
        mpz_tdiv_r(r->c, r->c, p);
        mpz_clear(p);
    }
    r->digits = 0;
}
BINARY(shift)
{
    int64_t n;
    if (!shift_count(r, a, b, ctx, st, &n))
        return;
    if (n >= 0 && num_too_long(n) && mpz_sgn(r->c)) {
        num_invalid(r, st, ST_NO_MEMORY);
    } else if (n >= 0) {
        cut(r, ctx->prec - n);
        num_mul_pow10(r->c, (uint64_t)n);
    } else {
        cut(r, ctx->prec);
        num_div_pow10(r->c, -n, num_digits(r));
    }
    r->digits = 0;
}
BINARY(rotate)
{
    int64_t n;
    if (!shift_count(r, a, b, ctx, st, &n))
        return;
    if (n < 0)
        n += ctx->prec;
    cut(r, ctx->prec);
    if (num_too_long(ctx->prec)) {
        num_invalid(r, st, ST_NO_MEMORY);
        return;
    }
    mpz_t high, p;
    mpz_inits(high, p, NULL);
    num_pow10(p, (uint64_t)(ctx->prec - n));
    mpz_tdiv_qr(high, r->c, r->c, p);
    num_mul_pow10(r->c, (uint64_t)n);
    mpz_add(r->c, r->c, high);
    mpz_clears(high, p, NULL);
    r->digits = 0;
}
static bool is_logical(const struct num *a)
{
    if (num_special(a) || a->neg || a->exp != 0)
        return false;
    char *t = rt_raw_malloc((size_t)num_digits(a) + 2);
    if (!t)
        return false;
    mpz_get_str(t, 10, a->c);
    bool ok = strspn(t, "01") == strlen(t);
    rt_raw_free(t);
    return ok;
}
/* table[x << 1 | y] for digits x, y */
static void logical(struct num *r, const struct num *a, const struct num *b, const char *table, const struct dctx *ctx, uint32_t *st)
{
    if (!is_logical(a) || !is_logical(b)) {
        num_invalid(r, st, ST_INVALID);
        return;
    }
    int64_t n = num_digits(a) > num_digits(b) ? num_digits(a) : num_digits(b);
    if (n > ctx->prec || table[0] == '1')
        n = ctx->prec;
    if (num_too_long(n)) {
        num_invalid(r, st, ST_NO_MEMORY);
        return;
    }
    char *x = rt_raw_malloc(2 * ((size_t)n + 1)), *y = x ? x + n + 1 : NULL;
    if (!x) {
        num_invalid(r, st, ST_NO_MEMORY);
        return;
    }
    digits_text(x, a, n);
    digits_text(y, b, n);
    for (int64_t i = 0; i < n; i++)
        x[i] = table[(x[i] - '0') << 1 | (y[i] - '0')];
    num_set_int(r, 0, 0);
    mpz_set_str(r->c, x, 10);
    rt_raw_free(x);
}
BINARY(and) { logical(r, a, b, "0001", ctx, st); }
BINARY(or) { logical(r, a, b, "0111", ctx, st); }
BINARY(xor) { logical(r, a, b, "0110", ctx, st); }
UNARY(invert) { logical(r, a, a, "1000", ctx, st); }

bool num_is_subnormal(const struct num *a, const struct dctx *ctx)
{
    return !num_special(a) && mpz_sgn(a->c) && num_adj(a) < ctx->emin;
}
bool num_is_normal(const struct num *a, const struct dctx *ctx)
{
    return !num_special(a) && mpz_sgn(a->c) && num_adj(a) >= ctx->emin;
}
const char *num_class(const struct num *a, const struct dctx *ctx)
{
    if (a->kind == K_QNAN)
        return "NaN";
    if (a->kind == K_SNAN)
        return "sNaN";
    if (a->kind == K_INF)
        return a->neg ? "-Infinity" : "+Infinity";
    if (mpz_sgn(a->c) == 0)
        return a->neg ? "-Zero" : "+Zero";
    if (num_adj(a) < ctx->emin)
        return a->neg ? "-Subnormal" : "+Subnormal";
    return a->neg ? "-Normal" : "+Normal";
}
