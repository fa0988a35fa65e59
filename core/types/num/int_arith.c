/* SPDX-License-Identifier: MIT */
/*
 * int: division, shifts, bitwise operations, power.
 *
 * Division floors, as Python's does. Bitwise operations act on an infinite two's complement: operands
 * are converted limb by limb while they are combined. True division rounds once, to nearest even.
 */
#include "core/base/gmp_guard.h"
#include "core/types/num/int_internal.h"

#include <math.h>

/* ---- division --------------------------------------------------------------------------------- */

static int divmod_small(struct rt_thread *ts, int64_t a, int64_t b, rt_value *quotient, rt_value *remainder)
{
    int64_t q = a / b, r = a % b;
    if (r && (r ^ b) < 0) {
        q--;
        r += b;
    }
    if (remainder)
        *remainder = rt_int_imm(r);
    if (quotient) {
        *quotient = rt_int_from_i64(ts, q); /* RT_INT_MIN / -1 needs 64 bits */
        if (rt_is_null(*quotient))
            return -1;
    }
    return 0;
}

/* Truncated division of magnitudes, then the step to floor. q and r have room for the carry. */
static void floor_fix(const struct int_view *a, const struct int_view *b, struct rt_bigint *q, size_t qn, mp_limb_t *r)
{
    size_t rn = rt_limbs_trim(r, b->n);
    if (rn == 0 || a->negative == b->negative)
        return;
    if (q)
        q->limbs[qn] = mpn_add_1((mp_limb_t *)q->limbs, (mp_limb_t *)q->limbs, (mp_size_t)qn, 1);
    mpn_sub(r, b->limbs, (mp_size_t)b->n, r, (mp_size_t)b->n);
}

/* Quotient and remainder; false without memory for the scratch. */
static RT_NOINLINE bool divide_guarded(mp_limb_t *q, mp_limb_t *r, const mp_limb_t *a, size_t an, const mp_limb_t *b, size_t bn)
{
    struct rt_gmp_guard g;
    if (!RT_GMP_BEGIN(&g))
        return false;
    mpn_tdiv_qr(q, r, 0, a, (mp_size_t)an, b, (mp_size_t)bn);
    rt_gmp_end(&g);
    return true;
}

static bool divide(mp_limb_t *q, mp_limb_t *r, const mp_limb_t *a, size_t an, const mp_limb_t *b, size_t bn)
{
    if (an >= RT_GMP_BIG)
        return divide_guarded(q, r, a, an, b, bn);
    mpn_tdiv_qr(q, r, 0, a, (mp_size_t)an, b, (mp_size_t)bn);
    return true;
}

/* |a| < |b|: the quotient is 0 or -1. */
static int divmod_less(struct rt_thread *ts, rt_value va, const struct int_view *a, const struct int_view *b, rt_value *quotient,
                       rt_value *remainder)
{
    bool fix = a->n && a->negative != b->negative;
    if (remainder) {
        *remainder = fix ? rt_int_add(ts, a, b, false) : rt_int_exact(ts, va);
        if (rt_is_null(*remainder))
            return -1;
    }
    if (quotient)
        *quotient = rt_int_imm(fix ? -1 : 0);
    return 0;
}

/* The remainder alone, by one limb. */
static int mod_limb(struct rt_thread *ts, const struct int_view *a, const struct int_view *b, rt_value *remainder)
{
    mp_limb_t r = mpn_mod_1(a->limbs, (mp_size_t)a->n, b->limbs[0]);
    if (r && a->negative != b->negative)
        r = b->limbs[0] - r;
    *remainder = rt_int_from_limbs(ts, (const uint64_t *)&r, 1, b->negative);
    return rt_is_null(*remainder) ? -1 : 0;
}

/* a has at least as many limbs as b. */
static int divmod_limbs(struct rt_thread *ts, const struct int_view *a, const struct int_view *b, rt_value *quotient,
                        rt_value *remainder)
{
    struct limbs rem;
    size_t qn = a->n - b->n + 1;
    struct rt_bigint *q = rt_int_alloc(ts, qn + 1);
    if (!q)
        return -1;
    if (rt_limbs_get(ts, &rem, b->n) < 0) {
        rt_block_free(ts, q, sizeof *q + (qn + 1) * 8);
        return -1;
    }
    if (!divide((mp_limb_t *)q->limbs, rem.p, a->limbs, a->n, b->limbs, b->n)) {
        rt_limbs_free(&rem);
        rt_block_free(ts, q, sizeof *q + (qn + 1) * 8);
        rt_raise_no_memory(ts);
        return -1;
    }
    q->limbs[qn] = 0;
    floor_fix(a, b, q, qn, rem.p);
    int rc = 0;
    if (remainder) {
        *remainder = rt_int_from_limbs(ts, (const uint64_t *)rem.p, b->n, b->negative);
        rc = rt_is_null(*remainder) ? -1 : 0;
    }
    rt_limbs_free(&rem);
    if (quotient && rc == 0) {
        *quotient = rt_int_finish(ts, q, qn + 1, a->negative != b->negative);
        if (rt_is_null(*quotient)) {
            if (remainder)
                rt_decref(ts, *remainder);
            rc = -1;
        }
    } else {
        rt_block_free(ts, q, sizeof *q + (qn + 1) * 8);
    }
    return rc;
}

int rt_int_divmod(struct rt_thread *ts, rt_value va, rt_value vb, rt_value *quotient, rt_value *remainder)
{
    struct int_view a, b;
    rt_int_view(&b, vb);
    if (b.n == 0) {
        rt_raise(ts, &rt_exc_ZeroDivisionError, quotient ? "integer division or modulo by zero" : "integer modulo by zero");
        return -1;
    }
    if (rt_is_int(va) && rt_is_int(vb))
        return divmod_small(ts, rt_int_get(va), rt_int_get(vb), quotient, remainder);
    rt_int_view(&a, va);
    if (a.n < b.n)
        return divmod_less(ts, va, &a, &b, quotient, remainder);
    if (b.n == 1 && !quotient)
        return mod_limb(ts, &a, &b, remainder);
    return divmod_limbs(ts, &a, &b, quotient, remainder);
}

/* ---- true division ---------------------------------------------------------------------------- */

/* v << shift in scratch limbs (*n of them, the highest not zero unless v is). */
static int shifted_up(struct rt_thread *ts, const struct int_view *v, size_t shift, struct limbs *out, size_t *n)
{
    *n = v->n + shift / 64 + 1;
    if (rt_limbs_get(ts, out, *n) < 0)
        return -1;
    memset(out->p, 0, *n * 8);
    memcpy(out->p + shift / 64, v->limbs, v->n * 8);
    if (shift % 64)
        mpn_lshift(out->p, out->p, (mp_size_t)*n, (unsigned)(shift % 64));
    *n = rt_limbs_trim(out->p, *n);
    return 0;
}

/* num / den, a quotient of one limb; *sticky: there is a remainder. */
static int quotient_limb(struct rt_thread *ts, const struct limbs *num, size_t an, const struct limbs *den, size_t bn, uint64_t *q,
                         bool *sticky)
{
    struct limbs quo, rem;
    *q = 0;
    *sticky = true;
    if (an < bn)
        return 0;
    if (rt_limbs_get(ts, &quo, an - bn + 1) < 0)
        return -1;
    if (rt_limbs_get(ts, &rem, bn) < 0) {
        rt_limbs_free(&quo);
        return -1;
    }
    bool ok = divide(quo.p, rem.p, num->p, an, den->p, bn);
    *q = ok ? quo.p[0] : 0;
    *sticky = ok && rt_limbs_trim(rem.p, bn) != 0;
    rt_limbs_free(&quo);
    rt_limbs_free(&rem);
    if (!ok)
        rt_raise_no_memory(ts);
    return ok ? 0 : -1;
}

/* q < 2**57 to 53 bits, half to even, or at bit `least` where fewer are to stay. */
static uint64_t round_quotient(uint64_t q, unsigned least, bool sticky)
{
    unsigned bits = q ? 64 - (unsigned)__builtin_clzll(q) : 0, drop = bits > 53 ? bits - 53 : 0;
    if (drop < least)
        drop = least;
    if (!drop)
        return q;
    uint64_t half = (uint64_t)1 << (drop - 1), low = q & (half * 2 - 1);
    q -= low;
    return low > half || (low == half && (sticky || (q >> drop & 1))) ? q + half * 2 : q;
}

/* One of a and b is scaled so that the quotient has a few bits more than a double, the remainder makes the
   last bit sticky, and one rounding gives the result. */
static rt_value truediv_big(struct rt_thread *ts, const struct int_view *a, const struct int_view *b, size_t abits,
                            size_t bbits)
{
    bool negative = a->negative != b->negative, sticky;
    int64_t diff = (int64_t)abits - (int64_t)bbits;
    if (diff > 1024)
        return rt_raise(ts, &rt_exc_OverflowError, "integer division result too large for a float");
    if (diff < -1080)
        return negative ? RT_FNEGZERO : RT_FZERO;
    /* bits wanted: 55 to 56 for normal results, fewer for subnormal ones, so that rounding happens once */
    bool subnormal = diff - 1 < -1021;
    int64_t shift = subnormal ? 1076 : 55 - diff; /* 1076: two bits below the least subnormal 2**-1074 */
    struct limbs num, den;
    size_t an, bn;
    uint64_t q;
    if (shifted_up(ts, a, shift > 0 ? (size_t)shift : 0, &num, &an) < 0)
        return RT_NULL;
    if (shifted_up(ts, b, shift < 0 ? (size_t)-shift : 0, &den, &bn) < 0) {
        rt_limbs_free(&num);
        return RT_NULL;
    }
    int rc = quotient_limb(ts, &num, an, &den, bn, &q, &sticky);
    rt_limbs_free(&num);
    rt_limbs_free(&den);
    if (rc < 0)
        return RT_NULL;
    double d = ldexp((double)round_quotient(q, subnormal ? 2 : 0, sticky), (int)-shift);
    if (isinf(d))
        return rt_raise(ts, &rt_exc_OverflowError, "integer division result too large for a float");
    return rt_float_new(ts, negative ? -d : d);
}

rt_value rt_int_truediv(struct rt_thread *ts, rt_value va, rt_value vb)
{
    struct int_view a, b;
    if (rt_is_int(va) && rt_is_int(vb) && vb.bits != rt_int_imm(0).bits) {
        int64_t x = rt_int_get(va), y = rt_int_get(vb), exact = 1ll << 53;
        if (x && x >= -exact && x <= exact && y >= -exact && y <= exact)
            return rt_float_new(ts, (double)x / (double)y);
    }
    rt_int_view(&a, va);
    rt_int_view(&b, vb);
    if (b.n == 0)
        return rt_raise(ts, &rt_exc_ZeroDivisionError, "division by zero");
    if (a.n == 0)
        return a.negative != b.negative ? RT_FNEGZERO : RT_FZERO;
    size_t abits = rt_int_bit_length(va), bbits = rt_int_bit_length(vb);
    if (abits <= 53 && bbits <= 53) { /* both exact as doubles */
        double d = (double)a.limbs[0] / (double)b.limbs[0];
        return rt_float_new(ts, a.negative != b.negative ? -d : d);
    }
    return truediv_big(ts, &a, &b, abits, bbits);
}

/* ---- shifts ----------------------------------------------------------------------------------- */

static rt_value shift_left(struct rt_thread *ts, const struct int_view *a, uint64_t count)
{
    size_t words = (size_t)(count / 64);
    unsigned bits = (unsigned)(count % 64);
    struct rt_bigint *r = rt_int_alloc(ts, a->n + words + 1);
    if (!r)
        return RT_NULL;
    mp_limb_t *p = (mp_limb_t *)r->limbs;
    memset(p, 0, words * 8);
    if (bits) {
        p[a->n + words] = mpn_lshift(p + words, a->limbs, (mp_size_t)a->n, bits);
    } else {
        memcpy(p + words, a->limbs, a->n * 8);
        p[a->n + words] = 0;
    }
    return rt_int_finish(ts, r, a->n + words + 1, a->negative);
}

static rt_value shift_right(struct rt_thread *ts, const struct int_view *a, uint64_t count)
{
    size_t words = (size_t)(count / 64);
    unsigned bits = (unsigned)(count % 64);
    if (words >= a->n)
        return rt_int_imm(a->negative ? -1 : 0);
    size_t n = a->n - words;
    bool lost = rt_limbs_trim(a->limbs, words) != 0;
    struct rt_bigint *r = rt_int_alloc(ts, n + 1);
    if (!r)
        return RT_NULL;
    mp_limb_t *p = (mp_limb_t *)r->limbs;
    if (bits)
        lost |= mpn_rshift(p, a->limbs + words, (mp_size_t)n, bits) != 0;
    else
        memcpy(p, a->limbs + words, n * 8);
    p[n] = 0;
    if (a->negative && lost) /* floor: away from zero */
        p[n] = mpn_add_1(p, p, (mp_size_t)n, 1);
    return rt_int_finish(ts, r, n + 1, a->negative);
}

rt_value rt_int_shift(struct rt_thread *ts, rt_value va, rt_value vb, bool left)
{
    struct int_view a;
    if (rt_int_sign(vb) < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative shift count");
    rt_int_view(&a, va);
    if (a.n == 0)
        return rt_int_imm(0);
    int64_t count;
    bool fits = rt_int_try_i64(vb, &count);
    if (!fits)
        count = INT64_MAX;
    if (left) {
        if (!fits)
            return rt_raise(ts, &rt_exc_OverflowError, "too many digits in integer");
        if (count > ((int64_t)1 << 60))
            return rt_raise_no_memory(ts);
        if (count == 0)
            return rt_int_exact(ts, va);
        if (rt_is_int(va) && count < 62) {
            int64_t i = rt_int_get(va), s = (int64_t)((uint64_t)i << count);
            if (s >> count == i)
                return rt_int_from_i64(ts, s);
        }
        return shift_left(ts, &a, (uint64_t)count);
    }
    if (!rt_is_ptr(va)) {
        int64_t i = rt_is_int(va) ? rt_int_get(va) : rt_is_true(va);
        return rt_int_imm(i >> (count > 63 ? 63 : count));
    }
    return shift_right(ts, &a, (uint64_t)count);
}

/* ---- bitwise ---------------------------------------------------------------------------------- */

rt_value rt_int_bitwise(struct rt_thread *ts, const struct int_view *a, const struct int_view *b, enum rt_binop op)
{
    size_t n = (a->n > b->n ? a->n : b->n) + 1; /* one limb for the sign */
    struct rt_bigint *r = rt_int_alloc(ts, n);
    if (!r)
        return RT_NULL;
    mp_limb_t ca = 1, cb = 1, x = 0;
    for (size_t i = 0; i < n; i++) {
        mp_limb_t p = i < a->n ? a->limbs[i] : 0, q = i < b->n ? b->limbs[i] : 0;
        if (a->negative) {
            p = ~p + ca;
            ca &= p == 0;
        }
        if (b->negative) {
            q = ~q + cb;
            cb &= q == 0;
        }
        x = op == RT_BIN_AND ? p & q : op == RT_BIN_OR ? p | q : p ^ q;
        r->limbs[i] = x;
    }
    bool negative = x >> 63;
    if (negative)
        mpn_neg((mp_limb_t *)r->limbs, (mp_limb_t *)r->limbs, (mp_size_t)n);
    return rt_int_finish(ts, r, n, negative);
}

/* ---- power ------------------------------------------------------------------------------------ */

static rt_value mul(struct rt_thread *ts, rt_value a, rt_value b) { return rt_int_binary(ts, a, b, RT_BIN_MUL); }

/* Binary powering from the top bit of e. */
static rt_value power(struct rt_thread *ts, rt_value base, const struct int_view *e)
{
    if (e->n == 0)
        return rt_int_imm(1);
    rt_value r = rt_int_exact(ts, base);
    size_t bits = e->n * 64 - (size_t)__builtin_clzll(e->limbs[e->n - 1]);
    for (size_t i = bits - 1; i-- > 0 && !rt_is_null(r);) {
        rt_value s = mul(ts, r, r);
        rt_decref(ts, r);
        r = s;
        if (!rt_is_null(r) && e->limbs[i / 64] >> (i % 64) & 1) {
            s = mul(ts, r, base);
            rt_decref(ts, r);
            r = s;
        }
        if (!rt_is_null(r) && rt_is_ptr(r) && rt_safepoint(ts) < 0) {
            rt_decref(ts, r);
            return RT_NULL;
        }
    }
    return r;
}

/* base**e mod |m| through GMP's modular power (any modulus). base is reduced, m > 1. */
static rt_value power_mod(struct rt_thread *ts, rt_value base, const struct int_view *e, rt_value m)
{
    struct int_view b, mv;
    rt_int_view(&b, base);
    rt_int_view(&mv, m);
    mpz_t zb, ze, zm, zr;
    mpz_roinit_n(zb, b.limbs, (mp_size_t)b.n);
    mpz_roinit_n(ze, e->limbs, (mp_size_t)e->n);
    mpz_roinit_n(zm, mv.limbs, (mp_size_t)mv.n);
    struct rt_gmp_guard g;
    if (!RT_GMP_BEGIN(&g))
        return rt_raise_no_memory(ts);
    mpz_init(zr);
    mpz_powm(zr, zb, ze, zm);
    rt_gmp_end(&g);
    rt_value r = rt_int_from_limbs(ts, (const uint64_t *)mpz_limbs_read(zr), mpz_size(zr), false);
    mpz_clear(zr);
    return r;
}

/* a**-1 mod |m|, a reduced; ValueError when there is none. */
static rt_value inverse(struct rt_thread *ts, rt_value a, rt_value m)
{
    struct int_view av, mv;
    rt_int_view(&av, a);
    rt_int_view(&mv, m);
    mpz_t za, zm, zr;
    mpz_roinit_n(za, av.limbs, (mp_size_t)av.n);
    mpz_roinit_n(zm, mv.limbs, (mp_size_t)mv.n);
    struct rt_gmp_guard g;
    if (!RT_GMP_BEGIN(&g))
        return rt_raise_no_memory(ts);
    mpz_init(zr);
    bool any = mpz_invert(zr, za, zm) != 0;
    rt_gmp_end(&g);
    rt_value r;
    if (any)
        r = rt_int_from_limbs(ts, (const uint64_t *)mpz_limbs_read(zr), mpz_size(zr), false);
    else
        r = rt_raise(ts, &rt_exc_ValueError, "base is not invertible for the given modulus");
    mpz_clear(zr);
    return r;
}

static rt_value magnitude(struct rt_thread *ts, rt_value v)
{
    struct int_view w;
    rt_int_view(&w, v);
    return rt_int_from_limbs(ts, (const uint64_t *)w.limbs, w.n, false);
}

static rt_value pow_with_modulus(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    struct int_view e, m;
    rt_int_view(&e, b);
    rt_int_view(&m, mod);
    if (m.n == 0)
        return rt_raise(ts, &rt_exc_ValueError, "pow() 3rd argument cannot be 0");
    if (m.n == 1 && m.limbs[0] == 1)
        return rt_int_imm(0);
    rt_value base, am = magnitude(ts, mod), r = RT_NULL;
    if (rt_is_null(am))
        return am;
    if (rt_int_divmod(ts, a, am, NULL, &base) < 0)
        goto done;
    if (e.negative) {
        rt_value i = inverse(ts, base, am);
        rt_decref(ts, base);
        base = i;
        if (rt_is_null(base))
            goto done;
        e.negative = false;
    }
    r = power_mod(ts, base, &e, am);
    rt_decref(ts, base);
    if (!rt_is_null(r) && m.negative && rt_int_sign(r)) {
        rt_value s = rt_int_binary(ts, r, mod, RT_BIN_ADD);
        rt_decref(ts, r);
        r = s;
    }
done:
    rt_decref(ts, am);
    return r;
}

rt_value rt_int_pow(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod)
{
    struct int_view e;
    if (!rt_is_none(mod))
        return pow_with_modulus(ts, a, b, mod);
    rt_int_view(&e, b);
    if (e.negative) { /* a float result, with float's errors */
        double x = rt_int_as_double(ts, a);
        if (x == -1.0 && rt_pending(ts))
            return RT_NULL;
        double y = rt_int_as_double(ts, b);
        if (y == -1.0 && rt_pending(ts))
            return RT_NULL;
        rt_value fx = rt_float_new(ts, x), fy = rt_float_new(ts, y), r = RT_NULL;
        if (!rt_is_null(fx) && !rt_is_null(fy))
            r = rt_power(ts, fx, fy, RT_NONE);
        rt_decref(ts, fx);
        rt_decref(ts, fy);
        return r;
    }
    return power(ts, a, &e);
}
