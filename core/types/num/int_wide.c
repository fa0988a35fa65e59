/* SPDX-License-Identifier: MIT */
/*
 * int: operands of up to 126 bits, in the machine's double words.
 *
 * Most big ints of real programs are barely big: hashes, masks of 64 bits, products about to be
 * reduced, times in nanoseconds. They are read as an __int128, and the result goes straight to a block
 * of one or two limbs, without scratch limbs and calls of the limb library. Bitwise operations need no
 * conversion: the machine's two's complement is Python's.
 */
#include "core/types/num/int_internal.h"

typedef __int128 wide;

RT_INLINE bool from_block(const struct rt_bigint *b, wide *out)
{
    unsigned __int128 u;
    if (b->nlimbs <= 1)
        u = b->nlimbs ? b->limbs[0] : 0;
    else if (b->nlimbs == 2 && b->limbs[1] >> 62 == 0)
        u = (unsigned __int128)b->limbs[1] << 64 | b->limbs[0];
    else
        return false;
    *out = b->negative ? -(wide)u : (wide)u;
    return true;
}

/* |*out| < 2**126; false: too big for this file. v is any int. */
RT_INLINE bool widen(rt_value v, wide *out)
{
    if (rt_is_int(v)) {
        *out = rt_int_get(v);
        return true;
    }
    if (rt_is_ptr(v))
        return from_block((struct rt_bigint *)rt_ptr(v), out);
    *out = rt_is_true(v);
    return true;
}

RT_INLINE rt_value narrow(struct rt_thread *ts, wide x)
{
    if ((int64_t)x == x && rt_int_fits((int64_t)x))
        return rt_int_imm((int64_t)x);
    unsigned __int128 u = x < 0 ? -(unsigned __int128)x : (unsigned __int128)x;
    uint64_t high = (uint64_t)(u >> 64);
    size_t n = high ? 2 : 1;
    struct rt_bigint *b =
        rt_block_alloc(ts, sizeof *b + n * sizeof b->limbs[0], rt_int_type.shape->id, 0);
    if (rt_unlikely(!b))
        return RT_NULL;
    b->nlimbs = n;
    b->negative = x < 0;
    b->limbs[0] = (uint64_t)u;
    if (high)
        b->limbs[1] = high;
    return rt_own(b);
}

/* y is not 0. */
static rt_value floor_div(struct rt_thread *ts, wide x, wide y, bool want_mod)
{
    if (x >= 0 && y > 0 && (y >> 64) == 0) { /* two divisions of the machine, no remainder to fix */
        uint64_t d = (uint64_t)y, high = (uint64_t)(x >> 64), low = (uint64_t)x, q1 = high / d;
        unsigned __int128 rest = (unsigned __int128)(high % d) << 64 | low;
        uint64_t q0 = rest >> 64 ? (uint64_t)(rest / d) : low / d;
        return want_mod ? narrow(ts, (wide)(uint64_t)(low - q0 * d))
                        : narrow(ts, (wide)((unsigned __int128)q1 << 64 | q0));
    }
    wide q = x / y, r = x - q * y;
    if (r && (r < 0) != (y < 0)) {
        q--;
        r += y;
    }
    return narrow(ts, want_mod ? r : q);
}

rt_value rt_int_wide(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op)
{
    wide x, y, p;
    if (!widen(a, &x) || !widen(b, &y))
        return RT_UNDEF;
    switch (op) {
    case RT_BIN_ADD: p = x + y; break;
    case RT_BIN_SUB: p = x - y; break;
    case RT_BIN_AND: p = x & y; break;
    case RT_BIN_OR: p = x | y; break;
    case RT_BIN_XOR: p = x ^ y; break;
    case RT_BIN_MUL:
        if (__builtin_mul_overflow(x, y, &p))
            return RT_UNDEF;
        break;
    case RT_BIN_FLOORDIV:
    case RT_BIN_MOD:
        if (y == 0)
            return RT_UNDEF;
        return floor_div(ts, x, y, op == RT_BIN_MOD);
    case RT_BIN_RSHIFT:
        if (y < 0)
            return RT_UNDEF;
        p = x >> (y > 127 ? 127 : (int)y);
        break;
    case RT_BIN_LSHIFT:
        if (y < 0 || y > 126)
            return RT_UNDEF;
        p = (wide)((unsigned __int128)x << (int)y);
        if (p >> (int)y != x)
            return RT_UNDEF;
        break;
    default: return RT_UNDEF;
    }
    return narrow(ts, p);
}
