/* SPDX-License-Identifier: MIT */
/*
 * int: creation, conversion to and from C numbers, addition, multiplication, comparison, hash.
 *
 * An exact int in the 63-bit range is an immediate, always; everything else is a struct rt_bigint with
 * normalised limbs (no leading zero limb, zero is not negative). Instances of derived types are
 * struct rt_bigint whatever their value. Division and bits are in int_arith.c, text in int_text.c.
 */
#include "core/base/gmp_guard.h"
#include "core/types/num/int_internal.h"

#include <math.h>

/* ---- creation --------------------------------------------------------------------------------- */

int rt_limbs_get(struct rt_thread *ts, struct limbs *s, size_t n)
{
    s->p = s->local;
    if (n <= RT_COUNTOF(s->local))
        return 0;
    s->p = rt_raw_malloc(n * sizeof(mp_limb_t));
    if (s->p)
        return 0;
    rt_raise_no_memory(ts);
    return -1;
}

void rt_limbs_free(struct limbs *s)
{
    if (s->p != s->local)
        rt_raw_free(s->p);
}

static size_t block_bytes(size_t n) { return sizeof(struct rt_bigint) + n * sizeof(uint64_t); }

struct rt_bigint *rt_int_alloc(struct rt_thread *ts, size_t n)
{
    if (rt_unlikely(n > (size_t)1 << 57)) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    struct rt_bigint *b = rt_block_alloc(ts, block_bytes(n), rt_int_type.shape->id, 0);
    if (b)
        b->nlimbs = n;
    return b;
}

rt_value rt_int_finish(struct rt_thread *ts, struct rt_bigint *b, size_t n, bool negative)
{
    size_t had = b->nlimbs;
    n = rt_limbs_trim((const mp_limb_t *)b->limbs, n);
    if (n <= 1) {
        uint64_t u = n ? b->limbs[0] : 0;
        if (u <= (uint64_t)RT_INT_MAX || (negative && u == (uint64_t)RT_INT_MAX + 1)) {
            rt_block_free(ts, b, block_bytes(had));
            return rt_int_imm(negative ? -(int64_t)u : (int64_t)u);
        }
    }
    b->negative = negative;
    if (n != had) {
        /* the block's size is computed from nlimbs: keep it if the rounding allows, else copy */
        if (RT_ROUND_UP(block_bytes(n), 16) == RT_ROUND_UP(block_bytes(had), 16)) {
            b->nlimbs = n;
            return rt_own(b);
        }
        struct rt_bigint *c = rt_int_alloc(ts, n);
        if (c) {
            memcpy(c->limbs, b->limbs, n * sizeof(uint64_t));
            c->negative = negative;
        }
        rt_block_free(ts, b, block_bytes(had));
        return c ? rt_own(c) : RT_NULL;
    }
    return rt_own(b);
}

rt_value rt_int_from_limbs(struct rt_thread *ts, const uint64_t *limbs, size_t n, bool negative)
{
    n = rt_limbs_trim((const mp_limb_t *)limbs, n);
    if (n == 0)
        return rt_int_imm(0);
    if (n == 1 && limbs[0] <= (uint64_t)RT_INT_MAX)
        return rt_int_imm(negative ? -(int64_t)limbs[0] : (int64_t)limbs[0]);
    if (n == 1 && negative && limbs[0] == (uint64_t)RT_INT_MAX + 1)
        return rt_int_imm(RT_INT_MIN);
    struct rt_bigint *b = rt_int_alloc(ts, n);
    if (!b)
        return RT_NULL;
    b->negative = negative;
    b->limbs[0] = limbs[0];
    for (size_t i = 1; i < n; i++)
        b->limbs[i] = limbs[i];
    return rt_own(b);
}

rt_value rt_int_from_i64_slow(struct rt_thread *ts, int64_t i)
{
    uint64_t u = i < 0 ? -(uint64_t)i : (uint64_t)i;
    return rt_int_from_limbs(ts, &u, 1, i < 0);
}

rt_value rt_int_from_u64(struct rt_thread *ts, uint64_t u)
{
    return u <= (uint64_t)RT_INT_MAX ? rt_int_imm((int64_t)u) : rt_int_from_limbs(ts, &u, 1, false);
}

rt_value rt_int_from_double(struct rt_thread *ts, double d)
{
    if (d >= -0x1p62 && d < 0x1p62)
        return rt_int_imm((int64_t)d);
    if (isinf(d))
        return rt_raise(ts, &rt_exc_OverflowError, "cannot convert float infinity to integer");
    if (isnan(d))
        return rt_raise(ts, &rt_exc_ValueError, "cannot convert float NaN to integer");
    int e;
    uint64_t m = (uint64_t)ldexp(frexp(fabs(d), &e), 53);
    unsigned shift = (unsigned)(e - 53); /* > 0 here */
    uint64_t limbs[18] = {0};
    limbs[shift / 64] = m << shift % 64;
    if (shift % 64)
        limbs[shift / 64 + 1] = m >> (64 - shift % 64);
    return rt_int_from_limbs(ts, limbs, shift / 64 + 2, d < 0);
}

rt_value rt_int_exact(struct rt_thread *ts, rt_value v)
{
    if (rt_is_int(v))
        return v;
    if (rt_is_bool(v))
        return rt_int_imm(rt_is_true(v));
    if (rt_is_exact(v, &rt_int_type))
        return rt_newref(ts, v);
    struct int_view w;
    rt_int_view(&w, v);
    return rt_int_from_limbs(ts, (const uint64_t *)w.limbs, w.n, w.negative);
}

rt_value rt_int_as_type(struct rt_thread *ts, struct rt_type *type, rt_value v)
{
    struct int_view w;
    rt_int_view(&w, v);
    rt_value r = rt_type_alloc_var(ts, type, w.n);
    if (rt_is_null(r))
        return r;
    struct rt_bigint *b = (struct rt_bigint *)rt_ptr(r);
    b->nlimbs = w.n;
    b->negative = w.negative;
    memcpy(b->limbs, w.limbs, w.n * sizeof(uint64_t));
    return r;
}

/* ---- to C numbers ----------------------------------------------------------------------------- */

int rt_int_try_i64(rt_value v, int64_t *out)
{
    if (rt_likely(rt_is_int(v))) {
        *out = rt_int_get(v);
        return 1;
    }
    struct int_view w;
    rt_int_view(&w, v);
    if (w.n > 1)
        return 0;
    uint64_t u = w.n ? w.limbs[0] : 0;
    if (u > (uint64_t)INT64_MAX + w.negative)
        return 0;
    *out = w.negative ? (int64_t)-u : (int64_t)u;
    return 1;
}

int rt_int_try_u64(rt_value v, uint64_t *out)
{
    struct int_view w;
    rt_int_view(&w, v);
    if (w.n > 1 || w.negative)
        return 0;
    *out = w.n ? w.limbs[0] : 0;
    return 1;
}

int rt_int_sign(rt_value v)
{
    struct int_view w;
    rt_int_view(&w, v);
    return w.n == 0 ? 0 : w.negative ? -1 : 1;
}

size_t rt_int_bit_length(rt_value v)
{
    struct int_view w;
    rt_int_view(&w, v);
    return w.n ? w.n * 64 - (size_t)__builtin_clzll(w.limbs[w.n - 1]) : 0;
}

double rt_int_frexp(rt_value v, int64_t *exp)
{
    struct int_view w;
    rt_int_view(&w, v);
    *exp = 0;
    if (w.n == 0)
        return 0.0;
    /* The top 64 bits, with a sticky last bit for what is below: rounding to 53 is then right. */
    unsigned lead = (unsigned)__builtin_clzll(w.limbs[w.n - 1]);
    uint64_t top = w.limbs[w.n - 1] << lead;
    bool sticky = false;
    if (w.n > 1 && lead) {
        top |= w.limbs[w.n - 2] >> (64 - lead);
        sticky = w.limbs[w.n - 2] << lead != 0;
    } else if (w.n > 1) {
        sticky = w.limbs[w.n - 2] != 0;
    }
    for (size_t i = 0; !sticky && i + 2 < w.n; i++)
        sticky = w.limbs[i] != 0;
    uint64_t low = top & 0x7ff;
    top &= ~(uint64_t)0x7ff;
    double d = (double)top; /* 53 bits: exact */
    if (low > 0x400 || (low == 0x400 && (sticky || (top & 0x800))))
        d += 0x1p11;
    *exp = (int64_t)(w.n * 64 - lead);
    d = ldexp(d, -64);
    if (d == 1.0) {
        d = 0.5;
        ++*exp;
    }
    return w.negative ? -d : d;
}

double rt_int_as_double(struct rt_thread *ts, rt_value v)
{
    if (rt_is_int(v))
        return (double)rt_int_get(v);
    int64_t e;
    double m = rt_int_frexp(v, &e);
    if (e > 1024) {
        rt_raise(ts, &rt_exc_OverflowError, "int too large to convert to float");
        return -1.0;
    }
    return ldexp(m, (int)e);
}

/* ---- bytes ------------------------------------------------------------------------------------ */

rt_value rt_int_from_bytes(struct rt_thread *ts, const uint8_t *p, size_t n, bool little, bool is_signed)
{
    bool negative = n && is_signed && (little ? p[n - 1] : p[0]) & 0x80;
    size_t limbs = (n + 7) / 8;
    struct limbs s;
    if (n == 0)
        return rt_int_imm(0);
    if (rt_limbs_get(ts, &s, limbs) < 0)
        return RT_NULL;
    memset(s.p, negative ? 0xff : 0, limbs * 8);
    uint8_t *d = (uint8_t *)s.p; /* the machine is little-endian */
    for (size_t i = 0; i < n; i++)
        d[i] = little ? p[i] : p[n - 1 - i];
    if (negative)
        mpn_neg(s.p, s.p, (mp_size_t)limbs);
    rt_value r = rt_int_from_limbs(ts, (const uint64_t *)s.p, limbs, negative);
    rt_limbs_free(&s);
    return r;
}

int rt_int_to_bytes(struct rt_thread *ts, rt_value v, uint8_t *p, size_t n, bool little, bool is_signed)
{
    struct int_view w;
    rt_int_view(&w, v);
    size_t bits = rt_int_bit_length(v), have = w.n * 8;
    bool fits = bits <= n * 8;
    if (w.negative && !is_signed) {
        rt_raise(ts, &rt_exc_OverflowError, "can't convert negative int to unsigned");
        return -1;
    }
    if (is_signed && bits) { /* the sign needs a bit, but for -2**k */
        bool power = w.negative && mpn_popcount(w.limbs, (mp_size_t)w.n) == 1;
        fits = bits + !power <= n * 8;
    }
    if (!fits) {
        rt_raise(ts, &rt_exc_OverflowError, "int too big to convert");
        return -1;
    }
    const uint8_t *s = (const uint8_t *)w.limbs;
    unsigned carry = 1;
    for (size_t i = 0; i < n; i++) {
        unsigned c = i < have ? s[i] : 0;
        if (w.negative) {
            c = (~c & 0xff) + carry;
            carry = c >> 8;
        }
        p[little ? i : n - 1 - i] = (uint8_t)c;
    }
    return 0;
}

/* ---- comparison, hash ------------------------------------------------------------------------- */

int rt_int_compare(rt_value a, rt_value b)
{
    if (rt_is_int(a) && rt_is_int(b)) {
        int64_t x = rt_int_get(a), y = rt_int_get(b);
        return x < y ? -1 : x > y;
    }
    struct int_view x, y;
    rt_int_view(&x, a);
    rt_int_view(&y, b);
    if (x.negative != y.negative)
        return x.negative ? -1 : 1;
    int c = x.n != y.n ? (x.n < y.n ? -1 : 1) : x.n ? mpn_cmp(x.limbs, y.limbs, (mp_size_t)x.n) : 0;
    c = c < 0 ? -1 : c > 0;
    return x.negative ? -c : c;
}

int64_t rt_int_hash(rt_value v)
{
    struct int_view w;
    if (rt_is_int(v))
        return rt_hash_int64(rt_int_get(v));
    rt_int_view(&w, v);
    return rt_hash_limbs((const uint64_t *)w.limbs, w.n, w.negative);
}

/* ---- addition, multiplication ----------------------------------------------------------------- */

rt_value rt_int_add(struct rt_thread *ts, const struct int_view *a, const struct int_view *b, bool subtract)
{
    bool bneg = b->negative != subtract;
    if (a->n <= 2 && b->n <= 2 && a->n && b->n) { /* up to 128 bits: without the library */
        unsigned __int128 x = a->limbs[0], y = b->limbs[0], s;
        x |= a->n > 1 ? (unsigned __int128)a->limbs[1] << 64 : 0;
        y |= b->n > 1 ? (unsigned __int128)b->limbs[1] << 64 : 0;
        bool negative = a->negative, carry = false;
        if (negative == bneg) {
            s = x + y;
            carry = s < x;
        } else if (x >= y) {
            s = x - y;
        } else {
            s = y - x;
            negative = bneg;
        }
        uint64_t out[3] = {(uint64_t)s, (uint64_t)(s >> 64), carry};
        return rt_int_from_limbs(ts, out, 3, negative);
    }
    if (a->n < b->n || (a->n == b->n && a->n && mpn_cmp(a->limbs, b->limbs, (mp_size_t)a->n) < 0)) {
        const struct int_view *t = a; /* |a| >= |b| from here on */
        struct int_view flipped = *b;
        if (b->limbs == &b->word)
            flipped.limbs = &flipped.word;
        flipped.negative = bneg;
        struct int_view second = *t;
        if (t->limbs == &t->word)
            second.limbs = &second.word;
        return rt_int_add(ts, &flipped, &second, false);
    }
    if (b->n == 0)
        return rt_int_from_limbs(ts, (const uint64_t *)a->limbs, a->n, a->negative);
    size_t n = a->n;
    if (n <= 31) { /* through the stack: the result's block then has just its size */
        mp_limb_t tmp[32];
        if (a->negative == bneg) {
            tmp[n] = mpn_add(tmp, a->limbs, (mp_size_t)n, b->limbs, (mp_size_t)b->n);
            n += tmp[n] != 0;
        } else {
            mpn_sub(tmp, a->limbs, (mp_size_t)n, b->limbs, (mp_size_t)b->n);
        }
        return rt_int_from_limbs(ts, (const uint64_t *)tmp, n, a->negative);
    }
    struct rt_bigint *r = rt_int_alloc(ts, a->n + 1);
    if (!r)
        return RT_NULL;
    mp_limb_t *p = (mp_limb_t *)r->limbs;
    if (a->negative == bneg) {
        mp_limb_t carry = mpn_add(p, a->limbs, (mp_size_t)a->n, b->limbs, (mp_size_t)b->n);
        p[n] = carry;
        n += carry != 0;
    } else {
        mpn_sub(p, a->limbs, (mp_size_t)a->n, b->limbs, (mp_size_t)b->n);
    }
    return rt_int_finish(ts, r, n, a->negative);
}

/* The product of large numbers, a->n >= b->n; false without memory for it. */
static RT_NOINLINE bool multiply(mp_limb_t *p, const struct int_view *a, const struct int_view *b)
{
    struct rt_gmp_guard g;
    if (!RT_GMP_BEGIN(&g))
        return false;
    if (a->limbs == b->limbs && a->n == b->n)
        mpn_sqr(p, a->limbs, (mp_size_t)a->n);
    else
        mpn_mul(p, a->limbs, (mp_size_t)a->n, b->limbs, (mp_size_t)b->n);
    rt_gmp_end(&g);
    return true;
}

rt_value rt_int_mul(struct rt_thread *ts, const struct int_view *a, const struct int_view *b)
{
    if (a->n == 0 || b->n == 0)
        return rt_int_imm(0);
    if (a->n < b->n) {
        const struct int_view *t = a;
        a = b;
        b = t;
    }
    bool negative = a->negative != b->negative;
    if (b->n == 1 && a->n <= 2) {
        unsigned __int128 low = (unsigned __int128)a->limbs[0] * b->limbs[0], high = 0;
        if (a->n == 2)
            high = (unsigned __int128)a->limbs[1] * b->limbs[0] + (uint64_t)(low >> 64);
        else
            high = low >> 64;
        uint64_t out[3] = {(uint64_t)low, (uint64_t)high, (uint64_t)(high >> 64)};
        return rt_int_from_limbs(ts, out, 3, negative);
    }
    if (a->n + b->n <= 32) {
        mp_limb_t tmp[32];
        mpn_mul(tmp, a->limbs, (mp_size_t)a->n, b->limbs, (mp_size_t)b->n);
        return rt_int_from_limbs(ts, (const uint64_t *)tmp, a->n + b->n, negative);
    }
    struct rt_bigint *r = rt_int_alloc(ts, a->n + b->n);
    if (!r)
        return RT_NULL;
    mp_limb_t *p = (mp_limb_t *)r->limbs;
    if (a->n >= RT_GMP_BIG) {
        if (!multiply(p, a, b)) {
            rt_block_free(ts, r, sizeof *r + (a->n + b->n) * 8);
            return rt_raise_no_memory(ts);
        }
    } else if (a->limbs == b->limbs && a->n == b->n) {
        mpn_sqr(p, a->limbs, (mp_size_t)a->n);
    } else {
        mpn_mul(p, a->limbs, (mp_size_t)a->n, b->limbs, (mp_size_t)b->n);
    }
    return rt_int_finish(ts, r, a->n + b->n, negative);
}

/* ---- one entry for the evaluator -------------------------------------------------------------- */

static RT_NOINLINE rt_value int_binary(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    struct int_view x, y;
    rt_value q, r;
    switch (op) {
    case RT_BIN_ADD:
    case RT_BIN_SUB:
        if (rt_is_int(a) && rt_is_int(b)) {
            int64_t i = rt_int_get(a), j = rt_int_get(b); /* 63-bit operands cannot overflow 64 bits */
            return rt_int_from_i64(ts, op == RT_BIN_ADD ? i + j : i - j);
        }
        rt_int_view(&x, a);
        rt_int_view(&y, b);
        return rt_int_add(ts, &x, &y, op == RT_BIN_SUB);
    case RT_BIN_MUL:
        if (rt_is_int(a) && rt_is_int(b)) {
            int64_t p;
            if (!__builtin_mul_overflow(rt_int_get(a), rt_int_get(b), &p))
                return rt_int_from_i64(ts, p);
        }
        rt_int_view(&x, a);
        rt_int_view(&y, b);
        return rt_int_mul(ts, &x, &y);
    case RT_BIN_FLOORDIV:
        return rt_int_divmod(ts, a, b, &q, NULL) < 0 ? RT_NULL : q;
    case RT_BIN_MOD:
        return rt_int_divmod(ts, a, b, NULL, &r) < 0 ? RT_NULL : r;
    case RT_BIN_DIVMOD: {
        if (rt_int_divmod(ts, a, b, &q, &r) < 0)
            return RT_NULL;
        rt_value both[2] = {q, r};
        return rt_tuple_steal(ts, both, 2);
    }
    case RT_BIN_TRUEDIV:
        return rt_int_truediv(ts, a, b);
    case RT_BIN_POW:
        return rt_int_pow(ts, a, b, RT_NONE);
    case RT_BIN_LSHIFT:
    case RT_BIN_RSHIFT:
        return rt_int_shift(ts, a, b, op == RT_BIN_LSHIFT);
    case RT_BIN_AND:
    case RT_BIN_OR:
    case RT_BIN_XOR:
        if (rt_is_int(a) && rt_is_int(b)) {
            int64_t i = rt_int_get(a), j = rt_int_get(b);
            return rt_int_imm(op == RT_BIN_AND ? i & j : op == RT_BIN_OR ? i | j : i ^ j);
        }
        rt_int_view(&x, a);
        rt_int_view(&y, b);
        return rt_int_bitwise(ts, &x, &y, op);
    default:
        return RT_NOTIMPL;
    }
}

rt_value rt_int_binary(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    if (!(rt_is_int(a) && rt_is_int(b))) {
        rt_value r = rt_int_wide(ts, a, b, op);
        if (rt_likely(!rt_is_undef(r)))
            return r;
    }
    return int_binary(ts, a, b, op);
}
