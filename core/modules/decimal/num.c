/* SPDX-License-Identifier: MIT */
/* _decimal: the representation of numbers, rounding to a context, text in and out. */
#include <math.h>
#include <stdlib.h>

#include "core/modules/decimal/decimal_internal.h"

const struct dctx rt_dec_max_context = {.prec = DEC_MAX_PREC, .emax = DEC_MAX_EMAX, .emin = DEC_MIN_EMIN, .round = R_HALF_EVEN, .capitals = 1};

const uint64_t num_pow10_64[20] = {1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull,
    1000000000ull, 10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull, 100000000000000ull,
    1000000000000000ull, 10000000000000000ull, 100000000000000000ull, 1000000000000000000ull, 10000000000000000000ull};

void num_copy(struct num *r, const struct num *a)
{
    mpz_set(r->c, a->c);
    r->exp = a->exp;
    r->digits = a->digits;
    r->neg = a->neg;
    r->kind = a->kind;
}
void num_set_kind(struct num *r, int kind, bool neg)
{
    mpz_set_ui(r->c, 0);
    r->exp = 0;
    r->digits = 1;
    r->neg = neg;
    r->kind = (uint8_t)kind;
}
void num_set_int(struct num *r, int64_t i, int64_t exp)
{
    mpz_set_ui(r->c, i < 0 ? -(uint64_t)i : (uint64_t)i);
    r->exp = exp;
    r->digits = 0;
    r->neg = i < 0;
    r->kind = K_FINITE;
}

void num_pow10(mpz_t r, uint64_t k)
{
    if (k < 20)
        mpz_set_ui(r, num_pow10_64[k]);
    else
        mpz_ui_pow_ui(r, 10, k);
}
void num_mul_pow10(mpz_t c, uint64_t k)
{
    if (k == 0 || mpz_sgn(c) == 0)
        return;
    if (k < 20) {
        mpz_mul_ui(c, c, num_pow10_64[k]);
        return;
    }
    mpz_t p;
    mpz_init(p);
    num_pow10(p, k);
    mpz_mul(c, c, p);
    mpz_clear(p);
}
static int64_t digits_word(uint64_t w)
{
    int64_t bits = 64 - __builtin_clzll(w | 1), d = bits * 1233 >> 12; /* log10(2) */
    return d + (w >= num_pow10_64[d]);
}
int64_t num_digits_of(const mpz_t c)
{
    if (mpz_size(c) <= 1) {
        uint64_t w = mpz_get_ui(c);
        return w ? digits_word(w) : 1;
    }
    int64_t bits = (int64_t)mpz_sizeinbase(c, 2), low, high;
    if (bits < 10000) {
        low = num_digits_of_bits(bits - 1);
        high = num_digits_of_bits(bits);
    } else {
        long e;
        double m = mpz_get_d_2exp(&e, c), l = log10(m) + (double)e * 0.30102999566398119521;
        double slack = 1e-14 * (double)e + 1e-12;
        low = (int64_t)floor(l - slack) + 1;
        high = (int64_t)floor(l + slack) + 1;
    }
    if (low == high)
        return low;
    mpz_t p;
    mpz_init(p);
    num_pow10(p, (uint64_t)low);
    int r = mpz_cmp(c, p);
    mpz_clear(p);
    return r < 0 ? low : low + 1;
}
int64_t num_digits(const struct num *a)
{
    if (!a->digits)
        ((struct num *)a)->digits = num_digits_of(a->c); /* a cache */
    return a->digits;
}

int num_div_pow10(mpz_t c, int64_t shift, int64_t digits)
{
    if (shift <= 0 || mpz_sgn(c) == 0)
        return 0;
    if (shift > digits) {
        mpz_set_ui(c, 0);
        return 1;
    }
    if (shift < 20) {
        uint64_t p = num_pow10_64[shift], rest = mpz_tdiv_q_ui(c, c, p);
        return rest == 0 ? 0 : rest < p / 2 ? 1 : rest == p / 2 ? 2 : 3;
    }
    mpz_t p, rest;
    mpz_inits(p, rest, NULL);
    num_pow10(p, (uint64_t)shift);
    mpz_tdiv_qr(c, rest, c, p);
    int lost = 0;
    if (mpz_sgn(rest)) {
        mpz_tdiv_q_2exp(p, p, 1);
        int cmp = mpz_cmp(rest, p);
        lost = cmp < 0 ? 1 : cmp == 0 ? 2 : 3;
    }
    mpz_clears(p, rest, NULL);
    return lost;
}
bool num_round_up(int round, int lost, const mpz_t c, bool neg)
{
    switch (round) {
    case R_DOWN: return false;
    case R_UP: return lost != 0;
    case R_HALF_UP: return lost >= 2;
    case R_HALF_DOWN: return lost == 3;
    case R_HALF_EVEN: return lost == 3 || (lost == 2 && mpz_odd_p(c));
    case R_CEILING: return lost && !neg;
    case R_FLOOR: return lost && neg;
    default: return lost && mpz_divisible_ui_p(c, 5); /* the last digit is 0 or 5 */
    }
}
int64_t num_trailing_zeros(const mpz_t c, int64_t most)
{
    int64_t n = 0;
    if (mpz_sgn(c) == 0)
        return 0;
    int64_t twos = (int64_t)mpz_scan1(c, 0);
    if (most > twos)
        most = twos;
    if (most <= 0)
        return 0;
    mpz_t q;
    mpz_init_set(q, c);
    for (int64_t step = 16; step && n < most; ) {
        if (n + step <= most && mpz_divisible_ui_p(q, num_pow10_64[step])) {
            mpz_divexact_ui(q, q, num_pow10_64[step]);
            n += step;
        } else {
            step >>= 1;
        }
    }
    mpz_clear(q);
    return n;
}
void num_strip_zeros(struct num *a, int64_t most)
{
    int64_t n = num_trailing_zeros(a->c, most);
    if (!n)
        return;
    num_div_pow10(a->c, n, INT64_MAX);
    a->exp += n;
    if (a->digits)
        a->digits -= n;
}

static void overflow(struct num *r, const struct dctx *ctx, uint32_t *st)
{
    bool largest = ctx->round == R_DOWN || ctx->round == R_05UP || (ctx->round == R_CEILING && r->neg) ||
                   (ctx->round == R_FLOOR && !r->neg);
    *st |= ST_OVERFLOW | ST_INEXACT | ST_ROUNDED;
    if (num_too_long(ctx->prec))
        *st |= largest ? ST_NO_MEMORY : 0;
    if (!largest || num_too_long(ctx->prec)) {
        num_set_kind(r, K_INF, r->neg);
        return;
    }
    num_pow10(r->c, (uint64_t)ctx->prec);
    mpz_sub_ui(r->c, r->c, 1);
    r->exp = ctx_etop(ctx);
    r->digits = ctx->prec;
}
static void below_emin(struct num *r, const struct dctx *ctx, uint32_t *st)
{
    int64_t etiny = ctx_etiny(ctx);
    if (mpz_sgn(r->c) == 0) {
        if (r->exp < etiny) {
            r->exp = etiny;
            *st |= ST_CLAMPED;
        }
        return;
    }
    *st |= ST_SUBNORMAL;
    if (r->exp >= etiny)
        return;
    int lost = num_div_pow10(r->c, etiny - r->exp, num_digits(r));
    r->exp = etiny;
    r->digits = 0;
    *st |= ST_ROUNDED;
    if (!lost)
        return;
    *st |= ST_INEXACT | ST_UNDERFLOW;
    if (num_round_up(ctx->round, lost, r->c, r->neg))
        mpz_add_ui(r->c, r->c, 1);
    if (mpz_sgn(r->c) == 0)
        *st |= ST_CLAMPED;
}
static void check_exponent(struct num *r, const struct dctx *ctx, uint32_t *st)
{
    int64_t adj = num_adj(r);
    if (adj > ctx->emax) {
        if (mpz_sgn(r->c)) {
            overflow(r, ctx, st);
        } else {
            r->exp = ctx->clamp ? ctx_etop(ctx) : ctx->emax;
            *st |= ST_CLAMPED;
        }
    } else if (ctx->clamp && r->exp > ctx_etop(ctx)) {
        int64_t shift = r->exp - ctx_etop(ctx);
        if (num_too_long(shift) && mpz_sgn(r->c)) {
            num_invalid(r, st, ST_NO_MEMORY);
            return;
        }
        num_mul_pow10(r->c, (uint64_t)shift);
        r->digits = mpz_sgn(r->c) ? r->digits + shift : 1;
        r->exp -= shift;
        *st |= ST_CLAMPED | (mpz_sgn(r->c) && adj < ctx->emin ? ST_SUBNORMAL : 0);
    } else if (adj < ctx->emin) {
        below_emin(r, ctx, st);
    }
}
static void fix_nan(struct num *r, const struct dctx *ctx)
{
    int64_t room = ctx->prec - ctx->clamp;
    if (mpz_sgn(r->c) && num_digits(r) > room) { /* so room is no more than what there is */
        mpz_t p;
        mpz_init(p);
        num_pow10(p, (uint64_t)room);
        mpz_tdiv_r(r->c, r->c, p);
        mpz_clear(p);
        r->digits = 0;
    }
}
/* Bring r into the context: exponent range first, then precision. */
void num_finalize(struct num *r, const struct dctx *ctx, uint32_t *st)
{
    if (num_special(r)) {
        if (num_nan(r))
            fix_nan(r, ctx);
        return;
    }
    check_exponent(r, ctx, st);
    if (num_special(r) || num_digits(r) <= ctx->prec)
        return;
    int64_t shift = r->digits - ctx->prec;
    int lost = num_div_pow10(r->c, shift, r->digits);
    r->exp += shift;
    r->digits = ctx->prec;
    *st |= ST_ROUNDED;
    if (!lost)
        return;
    *st |= ST_INEXACT;
    if (!num_round_up(ctx->round, lost, r->c, r->neg))
        return;
    mpz_add_ui(r->c, r->c, 1);
    r->digits = 0;
    if (num_digits(r) > ctx->prec) {
        mpz_divexact_ui(r->c, r->c, 10);
        r->digits = ctx->prec;
        r->exp++;
        check_exponent(r, ctx, st);
    }
}
void num_invalid(struct num *r, uint32_t *st, uint32_t why)
{
    num_set_kind(r, K_QNAN, false);
    *st |= why;
}
/* If a or b (may be NULL) is a NaN: the result of an operation on them. */
bool num_check_nan(struct num *r, const struct num *a, const struct num *b, const struct dctx *ctx, uint32_t *st)
{
    const struct num *pick = a->kind == K_SNAN ? a : b && b->kind == K_SNAN ? b : a->kind == K_QNAN ? a : b && b->kind == K_QNAN ? b : NULL;
    if (!pick)
        return false;
    if (pick->kind == K_SNAN)
        *st |= ST_INVALID;
    num_copy(r, pick);
    r->kind = K_QNAN;
    fix_nan(r, ctx);
    return true;
}
bool num_is_integer(const struct num *a)
{
    if (num_special(a))
        return false;
    if (a->exp >= 0 || mpz_sgn(a->c) == 0)
        return true;
    if (-a->exp >= num_digits(a))
        return false;
    return num_trailing_zeros(a->c, -a->exp) == -a->exp;
}
bool num_is_odd(const struct num *a)
{
    if (a->exp > 0)
        return false;
    if (a->exp == 0)
        return mpz_odd_p(a->c);
    mpz_t q;
    mpz_init_set(q, a->c);
    num_div_pow10(q, -a->exp, num_digits(a));
    bool odd = mpz_odd_p(q);
    mpz_clear(q);
    return odd;
}
int num_to_mpz(const struct num *a, mpz_t out)
{
    mpz_set(out, a->c);
    if (a->exp > 0) {
        if (mpz_sgn(out) && a->exp > 1000000000)
            return -1;
        num_mul_pow10(out, (uint64_t)a->exp);
    } else {
        num_div_pow10(out, -a->exp, num_digits(a));
    }
    if (a->neg)
        mpz_neg(out, out);
    return 0;
}
int num_to_i64(const struct num *a, int64_t *out)
{
    if (num_special(a) || (mpz_sgn(a->c) && num_adj(a) > 18))
        return -1;
    mpz_t z;
    mpz_init(z);
    int r = num_to_mpz(a, z) < 0 || !mpz_fits_slong_p(z) ? -1 : 0;
    if (r == 0)
        *out = mpz_get_si(z);
    mpz_clear(z);
    return r;
}

/* ---- text ---- */
static bool word_is(const char *s, size_t n, const char *w) { return strlen(w) == n && !strncasecmp(s, w, n); }
static int set_digits(struct num *r, const char *s, size_t n, size_t dot) /* dot: n when there is none */
{
    char local[64], *p = n + 1 > sizeof local ? rt_raw_malloc(n + 1) : local, *q = p;
    if (!p)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (i != dot)
            *q++ = s[i];
    *q = 0;
    if (q - p < 19) {
        mpz_set_ui(r->c, strtoull(p, NULL, 10));
    } else {
        mpz_set_str(r->c, p, 10);
    }
    if (p != local)
        rt_raw_free(p);
    return 0;
}
static int parse_special(struct num *r, const char *s, size_t n)
{
    if (word_is(s, n, "inf") || word_is(s, n, "infinity")) {
        r->kind = K_INF;
        r->digits = 1;
        return 0;
    }
    r->kind = K_QNAN;
    if (n && (*s | 32) == 's') {
        r->kind = K_SNAN;
        s++;
        n--;
    }
    if (n < 3 || strncasecmp(s, "nan", 3))
        return -1;
    for (size_t i = 3; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return -1;
    return set_digits(r, s + 3, n - 3, n);
}
int num_parse(struct num *r, const char *s, size_t n)
{
    const char *end = s + n;
    if (s < end && (*s == '+' || *s == '-'))
        r->neg = *s++ == '-';
    if (s < end && *s != '.' && (*s < '0' || *s > '9'))
        return parse_special(r, s, (size_t)(end - s));
    const char *start = s, *dot = NULL;
    size_t digits = 0;
    for (; s < end && ((*s >= '0' && *s <= '9') || (*s == '.' && !dot)); s++) {
        if (*s == '.')
            dot = s;
        else
            digits++;
    }
    if (!digits)
        return -1;
    size_t len = (size_t)(s - start);
    int64_t e = 0;
    if (s < end) {
        bool neg = false;
        if ((*s++ | 32) != 'e')
            return -1;
        if (s < end && (*s == '+' || *s == '-'))
            neg = *s++ == '-';
        if (s == end)
            return -1;
        for (; s < end; s++) {
            if (*s < '0' || *s > '9')
                return -1;
            if (e < 4000000000000000000 / 10)
                e = e * 10 + (*s - '0');
            else
                e = 4000000000000000000;
        }
        if (neg)
            e = -e;
    }
    r->kind = K_FINITE;
    r->exp = e - (dot ? (int64_t)(len - 1 - (size_t)(dot - start)) : 0);
    return set_digits(r, start, len, dot ? (size_t)(dot - start) : len);
}

/* Where the point goes: digits before it. */
static int64_t point_position(const struct num *a, int64_t digits, bool eng)
{
    int64_t left = a->exp + digits;
    if (a->exp <= 0 && left > -6)
        return left;
    if (!eng)
        return 1;
    if (mpz_sgn(a->c) == 0) {
        int64_t m = (left + 1) % 3;
        return (m < 0 ? m + 3 : m) - 1;
    }
    int64_t m = (left - 1) % 3;
    return (m < 0 ? m + 3 : m) + 1;
}
char *num_to_string(const struct num *a, bool eng, bool capitals, size_t *len)
{
    int64_t digits = num_digits(a);
    size_t room = (size_t)digits + 64;
    char *buf = rt_raw_malloc(room), *p = buf;
    if (!buf)
        return NULL;
    if (a->neg)
        *p++ = '-';
    if (num_special(a)) {
        p = stpcpy(p, a->kind == K_INF ? "Infinity" : a->kind == K_SNAN ? "sNaN" : "NaN");
        if (num_nan(a) && mpz_sgn(a->c)) {
            mpz_get_str(p, 10, a->c);
            p += strlen(p);
        }
        *len = (size_t)(p - buf);
        return buf;
    }
    int64_t dot = point_position(a, digits, eng), left = a->exp + digits;
    char *digit_start = p;
    if (dot <= 0) {
        p = stpcpy(p, "0.");
        for (int64_t i = dot; i < 0; i++)
            *p++ = '0';
    }
    char *d = p;
    if (mpz_size(a->c) <= 1) {
        uint64_t w = mpz_get_ui(a->c);
        for (int64_t i = digits - 1; i >= 0; i--, w /= 10)
            d[i] = (char)('0' + w % 10);
    } else {
        mpz_get_str(d, 10, a->c);
    }
    p = d + digits;
    if (dot > digits) {
        for (int64_t i = digits; i < dot; i++)
            *p++ = '0';
    } else if (dot > 0 && dot < digits) {
        memmove(digit_start + dot + 1, digit_start + dot, (size_t)(digits - dot));
        digit_start[dot] = '.';
        p++;
    }
    if (left != dot) {
        *p++ = capitals ? 'E' : 'e';
        p += sprintf(p, "%+lld", (long long)(left - dot));
    }
    *len = (size_t)(p - buf);
    return buf;
}
