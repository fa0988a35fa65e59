/* SPDX-License-Identifier: MIT */
/*
 * _decimal: Decimal objects. Conversions and hot operators; the methods generated from the kernel's
 * operations are in methods.c.
 */
#include <math.h>
#include <stdlib.h>

#include "core/modules/decimal/decimal_internal.h"
#include "core/types/num/int_internal.h"

static void set_limbs(struct decimal *d, const mp_limb_t *p, size_t n, mp_limb_t *own)
{
    d->n = (uint32_t)n;
    d->limbs = n <= RT_COUNTOF(d->local) ? d->local : own;
    for (size_t i = 0; i < n; i++)
        d->limbs[i] = p[i];
    if (n < 2)
        d->local[1] = 0;
    if (n < 1)
        d->local[0] = 0;
}
static struct decimal *alloc(struct rt_thread *ts, struct rt_type *t)
{
    struct decimal *d;
    if (rt_likely(t == &rt_decimal_type)) {
        d = rt_object_new(ts, t, sizeof *d);
    } else {
        rt_value v = rt_type_alloc(ts, t);
        d = rt_is_null(v) ? NULL : as_decimal(v);
    }
    if (d) {
        rt_store_relaxed(&d->hash, -1);
        d->limbs = d->local;
        d->n = 0;
    }
    return d;
}
rt_value dec_new(struct rt_thread *ts, struct rt_type *t, const struct num *a)
{
    size_t n = mpz_size(a->c);
    mp_limb_t *own = NULL;
    if (n > UINT32_MAX || (n > RT_COUNTOF(((struct decimal *)0)->local) && !(own = rt_raw_malloc(n * sizeof *own))))
        return rt_raise_no_memory(ts);
    struct decimal *d = alloc(ts, t);
    if (!d) {
        rt_raw_free(own);
        return RT_NULL;
    }
    d->exp = a->exp;
    d->digits = num_digits(a);
    d->neg = a->neg;
    d->kind = a->kind;
    set_limbs(d, mpz_limbs_read(a->c), n, own);
    return rt_own(d);
}
static void decimal_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct decimal *d = (struct decimal *)o;
    if (d->limbs != d->local)
        rt_raw_free(d->limbs);
}
rt_value dec_finish(struct rt_thread *ts, struct num *r, struct dctx *ctx, uint32_t st)
{
    rt_value v = dec_status(ts, ctx, st) < 0 ? RT_NULL : dec_new(ts, &rt_decimal_type, r);
    num_free(r);
    return v;
}

/* ---- conversions in ---- */
/* r rounded to ctx, or kept exactly (an exact result that is impossible is invalid). */
static rt_value settle(struct rt_thread *ts, struct rt_type *t, struct num *r, struct dctx *round, struct dctx *signals, uint32_t st)
{
    num_finalize(r, round ? round : &rt_dec_max_context, &st);
    if (!round) {
        if (st & (ST_INEXACT | ST_ROUNDED | ST_CLAMPED | ST_OVERFLOW)) {
            num_set_kind(r, K_QNAN, false);
            st |= ST_INVALID;
        }
        st &= ST_ERRORS;
    }
    rt_value v = dec_status(ts, signals, st) < 0 ? RT_NULL : dec_new(ts, t, r);
    num_free(r);
    return v;
}
rt_value dec_from_int(struct rt_thread *ts, struct rt_type *t, rt_value v, struct dctx *ctx)
{
    struct num r;
    struct int_view w;
    rt_int_view(&w, v);
    if (w.n <= 1 && !ctx) {
        struct decimal *d = alloc(ts, t);
        if (!d)
            return RT_NULL;
        mpz_t z;
        d->exp = 0;
        d->digits = num_digits_of(mpz_roinit_n(z, w.limbs, (mp_size_t)w.n));
        d->neg = w.negative;
        d->kind = K_FINITE;
        set_limbs(d, w.limbs, w.n, NULL);
        return rt_own(d);
    }
    num_init(&r);
    mpz_t z;
    mpz_set(r.c, mpz_roinit_n(z, w.limbs, (mp_size_t)w.n));
    r.neg = w.negative;
    struct dctx quiet = rt_dec_max_context;
    return settle(ts, t, &r, ctx, ctx ? ctx : &quiet, 0);
}
rt_value dec_from_float(struct rt_thread *ts, struct rt_type *t, rt_value v, struct dctx *ctx)
{
    double d = rt_float_value(v);
    struct num r;
    struct dctx quiet = rt_dec_max_context;
    num_init(&r);
    if (isnan(d) || isinf(d)) {
        num_set_kind(&r, isnan(d) ? K_QNAN : K_INF, signbit(d));
        return settle(ts, t, &r, ctx, ctx ? ctx : &quiet, 0);
    }
    int e;
    double m = frexp(fabs(d), &e);
    mpz_set_d(r.c, ldexp(m, 53));
    e -= 53;
    r.neg = signbit(d);
    if (mpz_sgn(r.c)) {
        unsigned long twos = mpz_scan1(r.c, 0);
        mpz_tdiv_q_2exp(r.c, r.c, twos);
        e += (int)twos;
        if (e > 0) {
            mpz_mul_2exp(r.c, r.c, (unsigned long)e);
        } else if (e < 0) { /* 2**e = 5**-e * 10**e */
            mpz_t p;
            mpz_init(p);
            mpz_ui_pow_ui(p, 5, (unsigned long)-e);
            mpz_mul(r.c, r.c, p);
            mpz_clear(p);
            r.exp = e;
        }
    }
    return settle(ts, t, &r, ctx, ctx ? ctx : &quiet, 0);
}
/* strict: no white space, no underscores. round NULL: exact. */
static rt_value from_text(struct rt_thread *ts, struct rt_type *t, const char *s, size_t n, bool strict, struct dctx *round, struct dctx *signals)
{
    struct num r;
    char local[128], *clean = NULL;
    if (!strict) {
        while (n && (*s == ' ' || (*s >= '\t' && *s <= '\r') || (*s >= 0x1c && *s <= 0x1f)))
            s++, n--;
        while (n && (s[n - 1] == ' ' || (s[n - 1] >= '\t' && s[n - 1] <= '\r') || (s[n - 1] >= 0x1c && s[n - 1] <= 0x1f)))
            n--;
        if (memchr(s, '_', n)) {
            clean = n < sizeof local ? local : rt_raw_malloc(n);
            if (!clean)
                return rt_raise_no_memory(ts);
            size_t k = 0;
            for (size_t i = 0; i < n; i++)
                if (s[i] != '_')
                    clean[k++] = s[i];
            s = clean;
            n = k;
        }
    }
    num_init(&r);
    uint32_t st = 0;
    if (num_parse(&r, s, n) < 0)
        num_invalid(&r, &st, ST_SYNTAX);
    else if (num_nan(&r) && round && mpz_sgn(r.c) && num_digits(&r) > round->prec - round->clamp)
        num_invalid(&r, &st, ST_SYNTAX);
    if (clean && clean != local)
        rt_raw_free(clean);
    return settle(ts, t, &r, round, signals, st);
}
rt_value dec_from_str(struct rt_thread *ts, struct rt_type *t, rt_value s, struct dctx *round, struct dctx *signals)
{
    char local[128];
    size_t n;
    char *p = rt_num_to_ascii(ts, s, local, sizeof local, &n);
    if (!p)
        return RT_NULL;
    rt_value v = from_text(ts, t, p, n, round != NULL, round, signals);
    if (p != local && !rt_as_str(s)->ascii)
        rt_raw_free(p);
    return v;
}
/* (sign, digits, exponent) as text, which is then parsed. */
static bool tuple_text(struct rt_thread *ts, rt_value t, struct rt_strbuf *b)
{
    struct rt_tuple *v = rt_as_tuple(t);
    char number[32];
    if (v->length != 3) {
        rt_raise(ts, &rt_exc_ValueError, "argument must be a sequence of length 3");
        return false;
    }
    int64_t sign = rt_is_any_int(v->items[0]) ? rt_as_i64(ts, v->items[0]) : -1;
    if (rt_pending(ts) || (sign != 0 && sign != 1)) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_ValueError, "sign must be an integer with the value 0 or 1");
        return false;
    }
    rt_strbuf_ascii(ts, b, sign ? "-" : "+", 1);
    bool infinite = false;
    int64_t exp = 0;
    if (rt_is_str(v->items[2])) {
        infinite = rt_str_eq_cstr(v->items[2], "F");
        const char *s = infinite ? "Inf" : rt_str_eq_cstr(v->items[2], "n") ? "NaN" : rt_str_eq_cstr(v->items[2], "N") ? "sNaN" : NULL;
        if (!s) {
            rt_raise(ts, &rt_exc_ValueError, "string argument in the third position must be 'F', 'n' or 'N'");
            return false;
        }
        rt_strbuf_ascii(ts, b, s, strlen(s));
    } else {
        exp = rt_is_any_int(v->items[2]) ? rt_as_i64(ts, v->items[2]) : 0;
        if (rt_pending(ts))
            return false;
        if (!rt_is_any_int(v->items[2])) {
            rt_raise(ts, &rt_exc_ValueError, "string argument in the third position must be 'F', 'n' or 'N'");
            return false;
        }
    }
    rt_value digits = rt_is_tuple(v->items[1]) || rt_is_list(v->items[1]) ? rt_seq_tuple(ts, v->items[1]) : RT_NULL;
    bool ok = !rt_is_null(digits);
    size_t n = ok ? rt_as_tuple(digits)->length : 0;
    for (size_t i = 0; i < n && ok && !infinite; i++) {
        rt_value d = rt_as_tuple(digits)->items[i];
        int64_t x = rt_is_any_int(d) ? rt_as_i64(ts, d) : -1;
        ok = !rt_pending(ts) && x >= 0 && x <= 9;
        rt_strbuf_char(ts, b, (uint32_t)('0' + (ok ? x : 0)));
    }
    if (ok && n == 0 && !rt_is_str(v->items[2]))
        rt_strbuf_char(ts, b, '0');
    rt_decref(ts, digits);
    if (!ok) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_ValueError, "coefficient must be a tuple of digits");
        return false;
    }
    if (!rt_is_str(v->items[2]))
        rt_strbuf_ascii(ts, b, number, (size_t)sprintf(number, "E%lld", (long long)exp));
    return true;
}
static rt_value from_tuple(struct rt_thread *ts, struct rt_type *t, rt_value v, struct dctx *round, struct dctx *signals)
{
    struct rt_strbuf b;
    rt_value seq = rt_seq_tuple(ts, v);
    if (rt_is_null(seq))
        return seq;
    rt_strbuf_init(&b);
    bool ok = tuple_text(ts, seq, &b);
    rt_decref(ts, seq);
    if (!ok) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    rt_value s = rt_strbuf_finish(ts, &b);
    if (rt_is_null(s))
        return s;
    rt_value r = dec_from_str(ts, t, s, round, signals);
    rt_decref(ts, s);
    return r;
}
/* Decimal(v) when exact, else context.create_decimal(v). */
rt_value dec_from_value(struct rt_thread *ts, struct rt_type *t, rt_value v, struct dctx *ctx, bool exact)
{
    struct dctx *round = exact ? NULL : ctx;
    if (dec_check(v)) {
        struct num a, r;
        if (exact && t == &rt_decimal_type && rt_type_of(v) == t)
            return rt_newref(ts, v);
        dec_view(&a, v);
        if (exact)
            return dec_new(ts, t, &a);
        if (num_nan(&a) && mpz_sgn(a.c) && num_digits(&a) > ctx->prec - ctx->clamp) {
            num_init(&r);
            num_invalid(&r, &(uint32_t){0}, 0);
            return settle(ts, t, &r, ctx, ctx, ST_SYNTAX);
        }
        num_init(&r);
        num_copy(&r, &a);
        return settle(ts, t, &r, ctx, ctx, 0);
    }
    if (rt_is_str(v))
        return dec_from_str(ts, t, v, round, ctx);
    if (rt_is_any_int(v))
        return dec_from_int(ts, t, v, round);
    if (rt_is_tuple(v) || rt_is_list(v))
        return from_tuple(ts, t, v, round, ctx);
    if (rt_is_float(v))
        return dec_status(ts, ctx, ST_FLOAT) < 0 ? RT_NULL : dec_from_float(ts, t, v, round);
    return rt_raise(ts, &rt_exc_TypeError, "conversion from %T to Decimal is not supported", v);
}
rt_value dec_convert(struct rt_thread *ts, rt_value v)
{
    if (rt_likely(rt_is_exact(v, &rt_decimal_type)) || dec_check(v))
        return rt_newref(ts, v);
    return rt_is_any_int(v) ? dec_from_int(ts, &rt_decimal_type, v, NULL) : RT_NOTIMPL;
}
rt_value dec_convert_raise(struct rt_thread *ts, rt_value v)
{
    rt_value r = dec_convert(ts, v);
    return rt_is_notimpl(r) ? rt_raise(ts, &rt_exc_TypeError, "conversion from %T to Decimal is not supported", v) : r;
}
static rt_value decimal_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"value", "context", NULL};
    static const struct rt_argspec spec = {"Decimal", names, 0, 0, 2, 2};
    rt_value v[2] = {n ? args[0] : RT_NULL, RT_NULL};
    if ((n != 1 || !rt_is_null(kw)) && rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value c = dec_context_arg(ts, v[1]);
    if (rt_is_null(c))
        return c;
    rt_value r = dec_from_value(ts, t, rt_is_null(v[0]) ? rt_int_imm(0) : v[0], &as_context(c)->c, true);
    rt_decref(ts, c);
    return r;
}

/* ---- hot operators ---- */
static const struct { uint64_t low, high; } pow10_table[39] = {
#define P(n, h, l) {l, h}
#define W(x) {x##ull, 0}
    W(1), W(10), W(100), W(1000), W(10000), W(100000), W(1000000), W(10000000), W(100000000), W(1000000000), W(10000000000),
    W(100000000000), W(1000000000000), W(10000000000000), W(100000000000000), W(1000000000000000), W(10000000000000000),
    W(100000000000000000), W(1000000000000000000), W(10000000000000000000),
    {0x6bc75e2d63100000, 0x5}, {0x35c9adc5dea00000, 0x36}, {0x19e0c9bab2400000, 0x21e}, {0x02c7e14af6800000, 0x152d},
    {0x1bcecceda1000000, 0xd3c2}, {0x161401484a000000, 0x84595}, {0xdcc80cd2e4000000, 0x52b7d2}, {0x9fd0803ce8000000, 0x33b2e3c},
    {0x3e25026110000000, 0x204fce5e}, {0x6d7217caa0000000, 0x1431e0fae}, {0x4674edea40000000, 0xc9f2c9cd0},
    {0xc0914b2680000000, 0x7e37be2022}, {0x85acef8100000000, 0x4ee2d6d415b}, {0x38c15b0a00000000, 0x314dc6448d93},
    {0x378d8e6400000000, 0x1ed09bead87c0}, {0x2b878fe800000000, 0x13426172c74d82}, {0xb34b9f1000000000, 0xc097ce7bc90715},
    {0x00f436a000000000, 0x785ee10d5da46d9}, {0x098a224000000000, 0x4b3b4ca85a86c47a},
};
static u128 pow10_128(int64_t k) { return (u128)pow10_table[k].high << 64 | pow10_table[k].low; }
static int digits_128(u128 c)
{
    uint64_t high = (uint64_t)(c >> 64);
    int bits = high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)c | 1), d = bits * 1233 >> 12;
    return c >= pow10_128(d) ? d + 1 : d ? d : 1;
}
static u128 coefficient(const struct decimal *d) { return (u128)d->local[1] << 64 | d->local[0]; }
static bool is_small(const struct decimal *d) { return d->kind == K_FINITE && d->n <= 2; }
/* c * 10**exp, sticky: something below was lost. Rounded to ctx; RT_NULL without an exception: use the kernel. */
static rt_value finish_128(struct rt_thread *ts, u128 c, int64_t exp, bool neg, struct dctx *ctx)
{
    int digits = digits_128(c);
    uint32_t st = 0;
    if (digits > ctx->prec) {
        int64_t shift = digits - ctx->prec;
        u128 p = pow10_128(shift), q = c / p, rest = c - q * p;
        bool up = false;
        st = ST_ROUNDED;
        if (rest) {
            st |= ST_INEXACT;
            if (ctx->round != R_HALF_EVEN)
                return RT_NULL;
            up = rest > p / 2 || (rest == p / 2 && (q & 1));
        }
        c = q + up;
        exp += shift;
        digits = (int)ctx->prec;
        if (up && c == pow10_128(digits)) {
            c /= 10;
            exp++;
        }
    }
    if (!ctx_fits(ctx, exp, digits))
        return RT_NULL;
    if (st && dec_status(ts, ctx, st) < 0)
        return RT_NULL;
    struct decimal *d = rt_object_new(ts, &rt_decimal_type, sizeof *d);
    if (!d)
        return RT_NULL;
    rt_store_relaxed(&d->hash, -1);
    d->limbs = d->local;
    d->local[0] = (uint64_t)c;
    d->local[1] = (uint64_t)(c >> 64);
    d->n = d->local[1] ? 2 : d->local[0] ? 1 : 0;
    d->exp = exp;
    d->digits = digits;
    d->neg = neg;
    d->kind = K_FINITE;
    return rt_own(d);
}
/* Coefficients of a and b for one exponent, the lesser of the two; false: too long. */
RT_INLINE bool align_small(const struct decimal *a, const struct decimal *b, u128 *x, u128 *y)
{
    int64_t shift = a->exp - b->exp;
    *x = coefficient(a);
    *y = coefficient(b);
    if (a->digits + (shift > 0 ? shift : 0) > 37 || b->digits - (shift < 0 ? shift : 0) > 37)
        return false;
    if (shift > 0)
        *x *= pow10_128(shift);
    else if (shift < 0)
        *y *= pow10_128(-shift);
    return true;
}
static rt_value add_small(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, bool bneg, struct dctx *ctx)
{
    u128 x, y;
    if (!align_small(a, b, &x, &y) || !x || !y)
        return RT_NULL;
    int64_t exp = a->exp > b->exp ? b->exp : a->exp;
    if (a->neg == bneg)
        return finish_128(ts, x + y, exp, a->neg, ctx);
    if (x == y)
        return finish_128(ts, 0, exp, ctx->round == R_FLOOR, ctx);
    return x > y ? finish_128(ts, x - y, exp, a->neg, ctx) : finish_128(ts, y - x, exp, bneg, ctx);
}
static rt_value mul_small(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, struct dctx *ctx)
{
    if (a->digits + b->digits > 38)
        return RT_NULL;
    u128 c = a->n <= 1 && b->n <= 1 ? (u128)a->local[0] * b->local[0] : coefficient(a) * coefficient(b);
    return c ? finish_128(ts, c, a->exp + b->exp, a->neg ^ b->neg, ctx) : RT_NULL;
}
/* Removes trailing zeros, at most so many; how many they were. */
static int64_t strip_128(u128 *q, int64_t most)
{
    uint64_t low = (uint64_t)*q;
    int64_t n = 0, twos = low ? __builtin_ctzll(low) : 64;
    most = most < twos ? most : twos;
    for (int64_t step = 16; step && n < most;) {
        u128 t = *q / num_pow10_64[step];
        if (n + step > most || t * num_pow10_64[step] != *q) {
            step >>= 1;
            continue;
        }
        *q = t;
        n += step;
    }
    return n;
}
static rt_value div_small(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, struct dctx *ctx)
{
    u128 x = coefficient(a), y = coefficient(b);
    int64_t shift = b->digits - a->digits + ctx->prec + 1, ideal = a->exp - b->exp;
    if (!x || !y || shift < 0 || a->digits + shift > 38)
        return RT_NULL;
    x *= pow10_128(shift);
    u128 q = x / y;
    if (q * y != x) {
        if (((uint64_t)q % 5 + (uint64_t)(q >> 64) % 5) % 5 == 0) /* 2**64 is 1 modulo 5 */
            q++;
    } else {
        shift -= strip_128(&q, shift);
    }
    return finish_128(ts, q, ideal - shift, a->neg ^ b->neg, ctx);
}
/* a // b or a % b */
static rt_value divint_small(struct rt_thread *ts, const struct decimal *a, const struct decimal *b, bool rest, struct dctx *ctx)
{
    u128 x, y;
    if (!align_small(a, b, &x, &y) || !x || !y)
        return RT_NULL;
    u128 q = x / y;
    if (digits_128(q) > ctx->prec)
        return RT_NULL;
    return rest ? finish_128(ts, x - q * y, a->exp < b->exp ? a->exp : b->exp, a->neg, ctx)
                : finish_128(ts, q, 0, a->neg ^ b->neg, ctx);
}
rt_value dec_quantize_small(struct rt_thread *ts, const struct decimal *a, int64_t exp, int round, struct dctx *ctx)
{
    int64_t shift = exp - a->exp;
    u128 c = coefficient(a);
    if (!is_small(a) || !a->n || shift > 37 || shift < -37 || (shift < 0 && a->digits - shift > 37))
        return RT_NULL;
    uint32_t st = 0;
    if (shift > 0) {
        u128 p = pow10_128(shift), q = c / p, rest = c - q * p;
        int lost = !rest ? 0 : rest < p / 2 ? 1 : rest == p / 2 ? 2 : 3;
        mp_limb_t limbs[2] = {(uint64_t)q, (uint64_t)(q >> 64)};
        mpz_t view;
        c = q + num_round_up(round, lost, mpz_roinit_n(view, limbs, 2), a->neg);
        st = lost ? ST_ROUNDED | ST_INEXACT : ST_ROUNDED;
    } else if (shift < 0) {
        c *= pow10_128(-shift);
    }
    int64_t digits = digits_128(c), adj = exp + digits - 1;
    if (digits > ctx->prec || adj > ctx->emax || adj < ctx->emin || exp < ctx_etiny(ctx) || (ctx->clamp && exp > ctx_etop(ctx)))
        return RT_NULL;
    return dec_status(ts, ctx, st) < 0 ? RT_NULL : finish_128(ts, c, exp, a->neg, ctx);
}
rt_value dec_binary(struct rt_thread *ts, rt_value a, rt_value b, num_binary fn, struct dctx *ctx)
{
    struct num x, y, r;
    uint32_t st = 0;
    dec_view(&x, a);
    dec_view(&y, b);
    num_init(&r);
    fn(&r, &x, &y, ctx, &st);
    return dec_finish(ts, &r, ctx, st);
}
/* v as a number of at most two limbs, an int in *room; NULL: not such a case. */
RT_INLINE const struct decimal *small_operand(rt_value v, struct decimal *room)
{
    if (rt_likely(rt_is_ptr(v)))
        return rt_type_of_obj(rt_ptr(v)) == &rt_decimal_type && is_small(as_decimal(v)) ? as_decimal(v) : NULL;
    if (!rt_is_int(v))
        return NULL;
    int64_t i = rt_int_get(v);
    room->neg = i < 0;
    room->local[0] = i < 0 ? -(uint64_t)i : (uint64_t)i;
    room->local[1] = 0;
    room->n = i != 0;
    room->digits = digits_128(room->local[0]);
    room->exp = 0;
    room->kind = K_FINITE;
    room->limbs = room->local;
    return room;
}
/* RT_NULL without an exception: the kernel must do it. */
RT_INLINE rt_value operate_small(struct rt_thread *ts, const struct decimal *p, const struct decimal *q, enum dec_op op,
                                 struct dctx *ctx)
{
    return op == DEC_ADD ? add_small(ts, p, q, q->neg, ctx) : op == DEC_SUB ? add_small(ts, p, q, !q->neg, ctx) :
           op == DEC_MUL ? mul_small(ts, p, q, ctx) : op == DEC_DIV ? div_small(ts, p, q, ctx) :
                           divint_small(ts, p, q, op == DEC_REM, ctx);
}
static rt_value operate_any(struct rt_thread *ts, rt_value a, rt_value b, enum dec_op op, num_binary fn)
{
    rt_value x = dec_convert(ts, a), y = rt_is_notimpl(x) ? x : dec_convert(ts, b), c, r = RT_NULL;
    if (rt_is_null(y) || rt_is_notimpl(y) || rt_is_null(x)) {
        if (!rt_is_notimpl(x))
            rt_decref(ts, x);
        return rt_is_null(x) ? x : y;
    }
    c = dec_current_context(ts);
    if (!rt_is_null(c)) {
        struct dctx *ctx = &as_context(c)->c;
        const struct decimal *p = as_decimal(x), *q = as_decimal(y);
        if (is_small(p) && is_small(q))
            r = operate_small(ts, p, q, op, ctx);
        if (rt_is_null(r) && !rt_pending(ts))
            r = dec_hot(ts, p, q, op, ctx);
        if (rt_is_null(r) && !rt_pending(ts))
            r = dec_binary(ts, x, y, fn, ctx);
        rt_decref(ts, c);
    }
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}
RT_INLINE rt_value operate(struct rt_thread *ts, rt_value a, rt_value b, enum dec_op op, num_binary fn)
{
    struct decimal left, right;
    const struct decimal *p = small_operand(a, &left), *q = small_operand(b, &right);
    if (rt_likely(p && q)) {
        rt_value c = dec_current_context(ts);
        if (rt_is_null(c))
            return c;
        rt_value r = operate_small(ts, p, q, op, &as_context(c)->c);
        rt_decref(ts, c);
        if (rt_likely(r.bits) || rt_pending(ts))
            return r;
    }
    return operate_any(ts, a, b, op, fn);
}
static rt_value op_add(struct rt_thread *ts, rt_value a, rt_value b) { return operate(ts, a, b, DEC_ADD, num_add); }
static rt_value op_sub(struct rt_thread *ts, rt_value a, rt_value b) { return operate(ts, a, b, DEC_SUB, num_sub); }
static rt_value op_mul(struct rt_thread *ts, rt_value a, rt_value b) { return operate(ts, a, b, DEC_MUL, num_mul); }
static rt_value op_div(struct rt_thread *ts, rt_value a, rt_value b) { return operate(ts, a, b, DEC_DIV, num_div); }
static rt_value op_divint(struct rt_thread *ts, rt_value a, rt_value b) { return operate(ts, a, b, DEC_DIVINT, num_divint); }
static rt_value op_rem(struct rt_thread *ts, rt_value a, rt_value b) { return operate(ts, a, b, DEC_REM, num_rem); }

/* a op b by a function of two Decimals and a context */
static rt_value with_operands(struct rt_thread *ts, rt_value a, rt_value b, rt_value m, rt_value (*fn)(struct rt_thread *, rt_value, rt_value, rt_value, struct dctx *))
{
    rt_value v[3] = {a, b, m}, w[3] = {RT_NULL, RT_NULL, RT_NONE}, r = RT_NULL;
    for (int i = 0; i < 3; i++) {
        if (i == 2 && rt_is_none(m))
            break;
        w[i] = dec_convert(ts, v[i]);
        if (rt_is_null(w[i]) || rt_is_notimpl(w[i])) {
            r = w[i];
            w[i] = RT_NULL;
            goto out;
        }
    }
    rt_value c = dec_current_context(ts);
    if (!rt_is_null(c))
        r = fn(ts, w[0], w[1], w[2], &as_context(c)->c);
    rt_decref(ts, c);
out:
    for (int i = 0; i < 3; i++)
        rt_decref(ts, w[i]);
    return r;
}
static rt_value divmod3(struct rt_thread *ts, rt_value a, rt_value b, rt_value m, struct dctx *ctx) { return dec_divmod(ts, a, b, ctx); }
static rt_value op_divmod(struct rt_thread *ts, rt_value a, rt_value b) { return with_operands(ts, a, b, RT_NONE, divmod3); }
static rt_value op_power(struct rt_thread *ts, rt_value a, rt_value b, rt_value m)
{
    return with_operands(ts, a, b, rt_is_null(m) ? RT_NONE : m, dec_pow3);
}
static rt_value op_pow(struct rt_thread *ts, rt_value a, rt_value b) { return op_power(ts, a, b, RT_NONE); }
static rt_value unary_kernel(struct rt_thread *ts, rt_value a, num_unary fn)
{
    struct num x, r;
    uint32_t st = 0;
    rt_value c = dec_current_context(ts);
    if (rt_is_null(c))
        return c;
    dec_view(&x, a);
    num_init(&r);
    fn(&r, &x, &as_context(c)->c, &st);
    rt_value v = dec_finish(ts, &r, &as_context(c)->c, st);
    rt_decref(ts, c);
    return v;
}
/* a with a sign, rounded to the context; fn for what is unusual. */
static rt_value signed_copy(struct rt_thread *ts, rt_value a, bool neg, num_unary fn)
{
    const struct decimal *d = as_decimal(a);
    rt_value c = is_small(d) && d->n ? dec_current_context(ts) : RT_NULL, r = RT_NULL;
    if (!rt_is_null(c))
        r = finish_128(ts, coefficient(d), d->exp, neg, &as_context(c)->c);
    rt_decref(ts, c);
    return rt_is_null(r) && !rt_pending(ts) ? unary_kernel(ts, a, fn) : r;
}
static rt_value op_neg(struct rt_thread *ts, rt_value a) { return signed_copy(ts, a, !as_decimal(a)->neg, num_minus); }
static rt_value op_pos(struct rt_thread *ts, rt_value a) { return unary_kernel(ts, a, num_plus); }
static rt_value op_abs(struct rt_thread *ts, rt_value a) { return signed_copy(ts, a, false, num_abs); }
static int op_truth(struct rt_thread *ts, rt_value a) { return as_decimal(a)->kind != K_FINITE || as_decimal(a)->n != 0; }

/* ---- comparison ---- */
static rt_value exact_op(struct rt_thread *ts, rt_value a, rt_value b, num_binary fn)
{
    struct dctx max = rt_dec_max_context;
    return dec_binary(ts, a, b, fn, &max);
}
/* Both sides as Decimals, scaled by a Fraction's denominator; *y RT_NOTIMPL when b is no number. */
static int comparable(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op, struct dctx *ctx, rt_value *x, rt_value *y)
{
    *x = rt_newref(ts, a);
    *y = dec_convert(ts, b);
    if (!rt_is_notimpl(*y))
        return rt_is_null(*y) ? -1 : 0;
    bool equality = op == RT_EQ || op == RT_NE;
    if (rt_is_ptr(b) && rt_has(b, RT_TF_COMPLEX)) {
        struct rt_complex *z = (struct rt_complex *)rt_ptr(b);
        if (!equality || z->imag != 0)
            return 0;
        rt_value f = rt_float_new(ts, z->real);
        *y = rt_is_null(f) ? f : dec_from_float(ts, &rt_decimal_type, f, NULL);
        rt_decref(ts, f);
        if (!rt_is_null(*y))
            rt_store_relaxed(&ctx->status, rt_load_relaxed(&ctx->status) | ST_FLOAT);
        return rt_is_null(*y) ? -1 : 0;
    }
    if (rt_is_float(b)) {
        if (equality)
            rt_store_relaxed(&ctx->status, rt_load_relaxed(&ctx->status) | ST_FLOAT);
        else if (dec_status(ts, ctx, ST_FLOAT) < 0)
            return -1;
        *y = dec_from_float(ts, &rt_decimal_type, b, NULL);
        return rt_is_null(*y) ? -1 : 0;
    }
    int rational = rt_is_str(b) || rt_is_none(b) || rt_is_tuple(b) ? 0 : rt_isinstance(ts, b, dec_state(ts)->rational);
    if (rational <= 0)
        return rational;
    rt_value num = rt_getattr_cstr(ts, b, "numerator"), den = rt_is_null(num) ? num : rt_getattr_cstr(ts, b, "denominator");
    rt_value n = rt_is_null(den) ? den : dec_convert_raise(ts, num), d = rt_is_null(n) ? n : dec_convert_raise(ts, den);
    rt_decref(ts, num);
    rt_decref(ts, den);
    if (!rt_is_null(d) && as_decimal(a)->kind == K_FINITE) {
        rt_clear(ts, x);
        *x = exact_op(ts, a, d, num_mul);
    }
    *y = n;
    bool ok = !rt_is_null(d) && !rt_is_null(*x);
    rt_decref(ts, d);
    return ok ? 0 : -1;
}
static int cmp_fast(const struct decimal *a, const struct decimal *b, bool *known)
{
    *known = is_small(a) && is_small(b) && a->digits <= 38 && b->digits <= 38;
    if (!*known)
        return 0;
    int sa = !a->n ? 0 : a->neg ? -1 : 1, sb = !b->n ? 0 : b->neg ? -1 : 1;
    int64_t top = a->exp + a->digits, other = b->exp + b->digits, shift = a->exp - b->exp;
    if (sa != sb)
        return sa < sb ? -1 : 1;
    if (sa == 0 || top != other)
        return top < other ? -sa : sa;
    u128 x = coefficient(a), y = coefficient(b); /* as many digits before the point: so shift is small */
    if (shift > 0)
        x *= pow10_128(shift);
    else
        y *= pow10_128(-shift);
    return x < y ? -sa : x > y ? sa : 0;
}
static bool holds(int c, enum rt_cmp op)
{
    switch (op) {
    case RT_LT: return c < 0;
    case RT_LE: return c <= 0;
    case RT_EQ: return c == 0;
    case RT_NE: return c != 0;
    case RT_GT: return c > 0;
    default: return c >= 0;
    }
}
static rt_value decimal_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    bool known = false;
    int c = rt_is_exact(b, &rt_decimal_type) ? cmp_fast(as_decimal(a), as_decimal(b), &known) : 0;
    if (known)
        return rt_bool(holds(c, op));
    rt_value ctx = dec_current_context(ts), x = RT_NULL, y = RT_NULL, r = RT_NULL;
    if (rt_is_null(ctx))
        return ctx;
    if (comparable(ts, a, b, op, &as_context(ctx)->c, &x, &y) == 0) {
        struct num p, q;
        if (rt_is_notimpl(y)) {
            r = RT_NOTIMPL;
        } else {
            dec_view(&p, x);
            dec_view(&q, y);
            if (num_nan(&p) || num_nan(&q)) {
                bool signals = p.kind == K_SNAN || q.kind == K_SNAN || (op != RT_EQ && op != RT_NE);
                r = signals && dec_status(ts, &as_context(ctx)->c, ST_INVALID) < 0 ? RT_NULL : rt_bool(op == RT_NE);
            } else {
                r = rt_bool(holds(num_cmp(&p, &q), op));
            }
        }
    }
    rt_decref(ts, x);
    if (!rt_is_notimpl(y))
        rt_decref(ts, y);
    rt_decref(ts, ctx);
    return r;
}

/* ---- hash: as that of an equal int, float or Fraction ---- */
static int64_t decimal_hash(struct rt_thread *ts, rt_value self)
{
    struct decimal *d = as_decimal(self);
    int64_t h = rt_load_relaxed(&d->hash);
    if (h != -1)
        return h;
    struct num a;
    dec_view(&a, self);
    if (a.kind == K_SNAN) {
        rt_raise(ts, &rt_exc_TypeError, "Cannot hash a signaling NaN value");
        return -1;
    }
    if (a.kind == K_QNAN)
        return rt_object_type.hash(ts, self);
    if (a.kind == K_INF)
        return a.neg ? -314159 : 314159;
    mpz_t p, t, e;
    mpz_init_set_ui(p, (1ull << 61) - 1);
    mpz_init_set_ui(t, 10);
    mpz_init_set_si(e, a.exp);
    mpz_powm(t, t, e, p); /* a negative power is one of the inverse */
    mpz_mul(t, t, a.c);
    mpz_mod(t, t, p);
    h = (int64_t)mpz_get_ui(t);
    if (a.neg)
        h = -h;
    if (h == -1)
        h = -2;
    mpz_clears(p, t, e, NULL);
    rt_store_relaxed(&d->hash, h);
    return h;
}

/* ---- conversions out ---- */
rt_value dec_mpz_to_int(struct rt_thread *ts, const mpz_t z)
{
    return rt_int_from_limbs(ts, (const uint64_t *)mpz_limbs_read(z), mpz_size(z), mpz_sgn(z) < 0);
}
/* One limb, and an exponent that is written as a point. */
static rt_value plain_text(struct rt_thread *ts, const struct decimal *d)
{
    char buf[64], *end = buf + sizeof buf, *p = end;
    uint64_t c = d->local[0];
    for (int64_t i = d->exp; i < 0; i++, c /= 10)
        *--p = (char)('0' + c % 10);
    if (d->exp < 0)
        *--p = '.';
    do
        *--p = (char)('0' + c % 10);
    while (c /= 10);
    if (d->neg)
        *--p = '-';
    return rt_str_from_latin1(ts, (const uint8_t *)p, (size_t)(end - p));
}
rt_value dec_text(struct rt_thread *ts, rt_value self, bool eng, bool capitals)
{
    struct num a;
    size_t n;
    const struct decimal *d = as_decimal(self);
    if (d->kind == K_FINITE && d->n <= 1 && d->exp <= 0 && d->exp > -32 && d->exp + d->digits > -6)
        return plain_text(ts, d);
    dec_view(&a, self);
    char *s = num_to_string(&a, eng, capitals, &n);
    if (!s)
        return rt_raise_no_memory(ts);
    rt_value r = rt_str_from_latin1(ts, (const uint8_t *)s, n);
    rt_raw_free(s);
    return r;
}
static bool capitals_now(struct rt_thread *ts)
{
    rt_value c = dec_current_context(ts);
    bool r = rt_is_null(c) || as_context(c)->c.capitals;
    rt_decref(ts, c);
    return r;
}
static rt_value decimal_str(struct rt_thread *ts, rt_value self) { return dec_text(ts, self, false, capitals_now(ts)); }
static rt_value decimal_repr(struct rt_thread *ts, rt_value self)
{
    rt_value s = decimal_str(ts, self), r;
    if (rt_is_null(s))
        return s;
    r = rt_str_format(ts, "Decimal('%U')", s);
    rt_decref(ts, s);
    return r;
}
static rt_value to_int_rounded(struct rt_thread *ts, rt_value self, int round)
{
    struct num a, r;
    uint32_t st = 0;
    dec_view(&a, self);
    if (num_special(&a))
        return num_nan(&a) ? rt_raise(ts, &rt_exc_ValueError, "cannot convert NaN to integer") : rt_raise(ts, &rt_exc_OverflowError, "cannot convert Infinity to integer");
    struct dctx c = rt_dec_max_context;
    c.round = (uint8_t)round;
    num_init(&r);
    num_to_integral_value(&r, &a, &c, &st);
    mpz_t z;
    mpz_init(z);
    rt_value v = num_to_mpz(&r, z) < 0 ? rt_raise_no_memory(ts) : dec_mpz_to_int(ts, z);
    mpz_clear(z);
    num_free(&r);
    return v;
}
static rt_value decimal_int(struct rt_thread *ts, rt_value self) { return to_int_rounded(ts, self, R_DOWN); }
static rt_value decimal_floor(struct rt_thread *ts, rt_value self) { return to_int_rounded(ts, self, R_FLOOR); }
static rt_value decimal_ceil(struct rt_thread *ts, rt_value self) { return to_int_rounded(ts, self, R_CEILING); }
static rt_value decimal_round(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "__round__", n, 0, 1) < 0)
        return RT_NULL;
    if (n == 0)
        return to_int_rounded(ts, self, R_HALF_EVEN);
    if (!rt_is_any_int(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "optional arg must be an integer");
    int64_t places = rt_as_i64(ts, args[0]);
    rt_value c = rt_pending(ts) ? RT_NULL : dec_current_context(ts);
    if (rt_is_null(c))
        return c;
    struct dctx *ctx = &as_context(c)->c;
    rt_value quick = places > -100 && places < 100 ? dec_quantize_small(ts, as_decimal(self), -places, ctx->round, ctx) : RT_NULL;
    if (quick.bits || rt_pending(ts)) {
        rt_decref(ts, c);
        return quick;
    }
    struct num a, q, r;
    uint32_t st = 0;
    dec_view(&a, self);
    num_init(&q);
    num_init(&r);
    num_set_int(&q, 1, places == INT64_MIN ? INT64_MAX : -places);
    num_quantize(&r, &a, &q, &as_context(c)->c, &st);
    num_free(&q);
    rt_value v = dec_finish(ts, &r, &as_context(c)->c, st);
    rt_decref(ts, c);
    return v;
}
static rt_value decimal_float(struct rt_thread *ts, rt_value self)
{
    struct decimal *d = as_decimal(self);
    if (d->kind >= K_QNAN)
        return d->kind == K_SNAN ? rt_raise(ts, &rt_exc_ValueError, "cannot convert signaling NaN to float") : rt_float_new(ts, d->neg ? -NAN : NAN);
    rt_value s = dec_text(ts, self, false, true);
    if (rt_is_null(s))
        return s;
    rt_value r = rt_float_parse(ts, s);
    rt_decref(ts, s);
    return r;
}
static rt_value decimal_complex(struct rt_thread *ts, rt_value self)
{
    rt_value f = decimal_float(ts, self);
    return rt_is_null(f) ? f : rt_complex_new(ts, rt_float_value(f), 0);
}
static rt_value decimal_as_tuple(struct rt_thread *ts, rt_value self)
{
    struct num a;
    dec_view(&a, self);
    rt_value exp = a.kind == K_INF ? rt_str_intern_cstr(ts, "F") : a.kind == K_QNAN ? rt_str_intern_cstr(ts, "n") :
                   a.kind == K_SNAN ? rt_str_intern_cstr(ts, "N") : rt_int_from_i64(ts, a.exp);
    size_t n = num_nan(&a) && mpz_sgn(a.c) == 0 ? 0 : (size_t)num_digits(&a);
    rt_value digits = rt_tuple_new(ts, n);
    char *s = rt_raw_malloc((size_t)num_digits(&a) + 2);
    if (rt_is_null(digits) || !s) {
        rt_raw_free(s);
        return rt_pending(ts) ? RT_NULL : rt_raise_no_memory(ts);
    }
    mpz_get_str(s, 10, a.c);
    for (size_t i = 0; i < n; i++)
        rt_as_tuple(digits)->items[i] = rt_int_imm(s[i] - '0');
    rt_raw_free(s);
    rt_value r = rt_call3(ts, dec_state(ts)->tuple_type, rt_int_imm(a.neg), digits, exp);
    rt_decref(ts, digits);
    rt_decref(ts, exp);
    return r;
}
static rt_value decimal_as_ratio(struct rt_thread *ts, rt_value self)
{
    struct num a;
    dec_view(&a, self);
    if (num_special(&a))
        return num_nan(&a) ? rt_raise(ts, &rt_exc_ValueError, "cannot convert NaN to integer ratio") : rt_raise(ts, &rt_exc_OverflowError, "cannot convert Infinity to integer ratio");
    mpz_t n, d, g;
    mpz_init_set(n, a.c);
    mpz_init_set_ui(d, 1);
    mpz_init(g);
    if (mpz_sgn(n))
        num_mul_pow10(a.exp > 0 ? n : d, (uint64_t)(a.exp > 0 ? a.exp : -a.exp));
    mpz_gcd(g, n, d);
    mpz_divexact(n, n, g);
    mpz_divexact(d, d, g);
    if (a.neg)
        mpz_neg(n, n);
    rt_value w[2] = {dec_mpz_to_int(ts, n), dec_mpz_to_int(ts, d)};
    mpz_clears(n, d, g, NULL);
    if (rt_is_null(w[0]) || rt_is_null(w[1])) {
        rt_decref(ts, w[0]);
        rt_decref(ts, w[1]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, w, 2);
}
static rt_value decimal_from_float(struct rt_thread *ts, rt_value cls, rt_value v)
{
    rt_value d = rt_is_any_int(v) ? dec_from_int(ts, &rt_decimal_type, v, NULL) : rt_is_float(v) ? dec_from_float(ts, &rt_decimal_type, v, NULL) :
                 rt_raise(ts, &rt_exc_TypeError, "argument must be int or float");
    if (rt_is_null(d) || rt_as_type(cls) == &rt_decimal_type)
        return d;
    rt_value r = rt_call1(ts, cls, d);
    rt_decref(ts, d);
    return r;
}
static rt_value decimal_self(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }
static rt_value decimal_deepcopy(struct rt_thread *ts, rt_value self, rt_value memo) { return rt_newref(ts, self); }
static rt_value decimal_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value s = decimal_str(ts, self), r = RT_NULL, t = rt_is_null(s) ? s : rt_tuple_pack(ts, 1, s);
    if (!rt_is_null(t))
        r = rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(self)), t);
    rt_decref(ts, s);
    rt_decref(ts, t);
    return r;
}
static rt_value decimal_sizeof(struct rt_thread *ts, rt_value self)
{
    struct decimal *d = as_decimal(self);
    return rt_int_imm((int64_t)(sizeof *d + (d->limbs == d->local ? 0 : d->n * sizeof(mp_limb_t))));
}
static rt_value decimal_real(struct rt_thread *ts, rt_value self, void *c) { return rt_newref(ts, self); }
static rt_value decimal_imag(struct rt_thread *ts, rt_value self, void *c) { return dec_from_int(ts, &rt_decimal_type, rt_int_imm(0), NULL); }
static rt_value decimal_format(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "__format__", n, 1, 2) < 0)
        return RT_NULL;
    if (!rt_is_str(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "format arg must be str");
    if (n > 1 && !rt_is_dict(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "optional argument must be a dict");
    return dec_format(ts, self, args[0], n > 1 ? args[1] : RT_NULL);
}

static const struct rt_method_def own_methods[] = {
    {"as_tuple", decimal_as_tuple, RT_METH_NOARGS, "as_tuple($self, /)\n--\n\nReturn a tuple representation of the number."},
    {"as_integer_ratio", decimal_as_ratio, RT_METH_NOARGS, "as_integer_ratio($self, /)\n--\n\nDecimal.as_integer_ratio() -> (int, int)\n\nReturn a pair of integers, whose ratio is exactly equal to the original\nDecimal and with a positive denominator. The ratio is in lowest terms."},
    {"from_float", decimal_from_float, RT_METH_O | RT_METH_CLASS, "from_float($type, f, /)\n--\n\nClass method that converts a float to a decimal number, exactly."},
    {"conjugate", decimal_self, RT_METH_NOARGS, "conjugate($self, /)\n--\n\nReturn self."},
    {"__copy__", decimal_self, RT_METH_NOARGS, NULL}, {"__deepcopy__", decimal_deepcopy, RT_METH_O, NULL},
    {"__reduce__", decimal_reduce, RT_METH_NOARGS, NULL}, {"__sizeof__", decimal_sizeof, RT_METH_NOARGS, NULL},
    {"__format__", decimal_format, RT_METH_FAST, NULL}, {"__round__", decimal_round, RT_METH_FAST, NULL},
    {"__ceil__", decimal_ceil, RT_METH_NOARGS, NULL}, {"__floor__", decimal_floor, RT_METH_NOARGS, NULL},
    {"__trunc__", decimal_int, RT_METH_NOARGS, NULL}, {"__complex__", decimal_complex, RT_METH_NOARGS, NULL}, {NULL},
};
static struct rt_method_def all_methods[96];
static const struct rt_getset_def decimal_getset[] = {{"real", decimal_real}, {"imag", decimal_imag}, {NULL}};
struct rt_type rt_decimal_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "decimal.Decimal",
    .doc = "Decimal(value='0', context=None)\n--\n\nConstruct a new Decimal object. 'value' can be an integer, string, tuple,\n"
           "or another Decimal object. If no value is given, return Decimal('0'). The\ncontext does not affect the conversion and is only passed to determine if\n"
           "the InvalidOperation trap is active.\n\n",
    .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct decimal), .dealloc = decimal_dealloc, .new = decimal_new,
    .repr = decimal_repr, .str = decimal_str, .hash = decimal_hash, .richcompare = decimal_compare, .truth = op_truth,
    .to_int = decimal_int, .to_float = decimal_float, .power = op_power,
    .binary = {[RT_BIN_ADD] = op_add, [RT_BIN_SUB] = op_sub, [RT_BIN_MUL] = op_mul, [RT_BIN_TRUEDIV] = op_div, [RT_BIN_FLOORDIV] = op_divint,
               [RT_BIN_MOD] = op_rem, [RT_BIN_DIVMOD] = op_divmod, [RT_BIN_POW] = op_pow},
    .unary = {[RT_UN_NEG] = op_neg, [RT_UN_POS] = op_pos, [RT_UN_ABS] = op_abs},
    .methods = all_methods, .getset = decimal_getset,
};
extern const struct rt_method_def rt_dec_decimal_ops[];

static void fill_methods(void)
{
    size_t n = 0;
    for (const struct rt_method_def *m = own_methods; m->name; m++)
        all_methods[n++] = *m;
    for (const struct rt_method_def *m = rt_dec_decimal_ops; m->name && n < RT_COUNTOF(all_methods) - 1; m++)
        all_methods[n++] = *m;
}
int rt_dec_exec_types(struct rt_thread *ts, rt_value module) { return rt_type_ready_filled(ts, &rt_decimal_type, fill_methods); }
