/* SPDX-License-Identifier: MIT */
/*
 * Values: one 64-bit word for every Python object a program can name.
 *
 *   ...1  int63      every exact int in range IS immediate (canonical); bigger ones are heap objects
 *   ..10  float      rotl64(bits + (1<<60), 3), valid iff the low two bits are 10
 *                    (2^-255 <= |x| < 2^257); other floats, NaN and infinities are boxed
 *   .100  special    None False True Ellipsis NotImplemented +0.0 -0.0 UNDEF STOP
 *   0000  pointer    16-aligned heap object; THE WORD OWNS ONE COUNT
 *   1000  pointer    the same object; THE WORD OWNS NO COUNT
 *   0     RT_NULL    no value: an error is set, or (where stated) an argument is absent
 *
 * A word says itself whether it owns a count. In a heap slot, tag 8 means that the object is
 * deferred or immortal. In a register or a native argument it may also mean "borrowed": somebody
 * further down the stack keeps it alive. Hence the rule for storing: what goes into the heap comes
 * from rt_newref() (access.h) or is an owned result; a borrowed word is never stored as it is.
 * `is` masks bit 3: use rt_is().
 */
#ifndef RT_BASE_VALUE_H
#define RT_BASE_VALUE_H

#include <string.h>

#include "core/base/assert.h"
#include "core/base/atomic.h"
#include "core/base/compiler.h"

typedef struct {
    uint64_t bits;
} rt_value;

/* A word in the heap that other threads may read or write; only through rt_slot_* and access.h. */
typedef struct {
    _Atomic uint64_t bits;
} rt_slot;

struct rt_object;

#define RT_VALUE(b) ((rt_value){(uint64_t)(b)})
#define RT_NULL RT_VALUE(0)
#define RT_NONE RT_VALUE(0x04)
#define RT_FALSE RT_VALUE(0x0c)
#define RT_TRUE RT_VALUE(0x1c)
#define RT_ELLIPSIS RT_VALUE(0x24)
#define RT_NOTIMPL RT_VALUE(0x34)
#define RT_FZERO RT_VALUE(0x44)
#define RT_FNEGZERO RT_VALUE(0x54)
#define RT_UNDEF RT_VALUE(0x64) /* unbound local, empty cell, deleted table entry */
#define RT_STOP RT_VALUE(0x74)  /* iterator exhausted: not an error */

#define RT_TAG_BORROWED 8u
#define RT_INT_MAX ((int64_t)0x3fffffffffffffff)
#define RT_INT_MIN (-RT_INT_MAX - 1)

RT_INLINE bool rt_is_null(rt_value v) { return v.bits == 0; }
RT_INLINE bool rt_is_int(rt_value v) { return v.bits & 1; }           /* immediate int */
RT_INLINE bool rt_is_flonum(rt_value v) { return (v.bits & 3) == 2; } /* immediate float but 0.0 */
RT_INLINE bool rt_is_special(rt_value v) { return (v.bits & 7) == 4; }
RT_INLINE bool rt_is_ptr(rt_value v) { return (v.bits & 7) == 0 && v.bits; } /* a heap object */
RT_INLINE bool rt_is_counted(rt_value v) { return (v.bits & 15) == 0 && v.bits; }
RT_INLINE bool rt_is_none(rt_value v) { return v.bits == RT_NONE.bits; }
RT_INLINE bool rt_is_undef(rt_value v) { return v.bits == RT_UNDEF.bits; }
RT_INLINE bool rt_is_stop(rt_value v) { return v.bits == RT_STOP.bits; }
RT_INLINE bool rt_is_true(rt_value v) { return v.bits == RT_TRUE.bits; }
RT_INLINE bool rt_is_false(rt_value v) { return v.bits == RT_FALSE.bits; }
RT_INLINE bool rt_is_bool(rt_value v) { return (v.bits | 0x10) == RT_TRUE.bits; }
RT_INLINE bool rt_is_notimpl(rt_value v) { return v.bits == RT_NOTIMPL.bits; }
RT_INLINE bool rt_is_fzero(rt_value v) { return (v.bits | 0x10) == RT_FNEGZERO.bits; }
RT_INLINE bool rt_is_float_imm(rt_value v) { return rt_is_flonum(v) || rt_is_fzero(v); }

/* Python's `is`. */
RT_INLINE bool rt_is(rt_value a, rt_value b)
{
    uint64_t x = a.bits ^ b.bits;
    return x == 0 || (x == RT_TAG_BORROWED && (a.bits & 7) == 0);
}

/* n borrowed words; from may be NULL where there are none. */
RT_INLINE void rt_words_copy(rt_value *to, const rt_value *from, size_t n)
{
    if (n)
        memcpy(to, from, n * sizeof *to);
}
RT_INLINE rt_value rt_bool(bool b) { return RT_VALUE(0x0c | (uint64_t)b << 4); }
RT_INLINE bool rt_int_fits(int64_t i) { return i >= RT_INT_MIN && i <= RT_INT_MAX; }
/* i must be in the 63-bit range; rt_int_from_i64 (types/number.h) takes any. */
RT_INLINE rt_value rt_int_imm(int64_t i) { return RT_VALUE((uint64_t)i << 1 | 1); }
RT_INLINE int64_t rt_int_get(rt_value v) { return (int64_t)v.bits >> 1; }

/* The object behind a pointer word. */
RT_INLINE struct rt_object *rt_ptr(rt_value v)
{
    RT_ASSERT(rt_is_ptr(v));
    return (struct rt_object *)(v.bits & ~(uint64_t)RT_TAG_BORROWED);
}
/* Word for an object whose count the caller hands over. */
RT_INLINE rt_value rt_own(void *o) { return RT_VALUE((uintptr_t)o); }
/* Word without a count, to pass as an argument; to store it in the heap use rt_newref. */
RT_INLINE rt_value rt_borrow(const void *o) { return RT_VALUE((uintptr_t)o | RT_TAG_BORROWED); }
/* The same value as a word without a count. */
RT_INLINE rt_value rt_borrowed(rt_value v)
{
    return RT_VALUE(v.bits | (uint64_t)((v.bits & 7) == 0 && v.bits) << 3);
}

RT_INLINE double rt_flonum_get(rt_value v)
{
    uint64_t b = (v.bits >> 3 | v.bits << 61) - (1ull << 60);
    double d;
    memcpy(&d, &b, 8);
    return d;
}
/* True and the word if the double has an immediate form; else box it: rt_float_new (types/number.h). */
RT_INLINE bool rt_float_try_imm(double d, rt_value *out)
{
    uint64_t b, w;
    memcpy(&b, &d, 8);
    w = b + (1ull << 60);
    w = w << 3 | w >> 61;
    if (rt_likely((w & 3) == 2)) {
        out->bits = w;
        return true;
    }
    if ((b << 1) == 0) {
        *out = b ? RT_FNEGZERO : RT_FZERO;
        return true;
    }
    return false;
}
/* Value of an immediate float (flonum or a zero). */
RT_INLINE double rt_float_imm_get(rt_value v)
{
    if (rt_likely(rt_is_flonum(v)))
        return rt_flonum_get(v);
    return v.bits == RT_FZERO.bits ? 0.0 : -0.0;
}

/* Raw slot access: no counts are touched. See access.h for loads that keep the object alive. */
RT_INLINE rt_value rt_slot_peek(const rt_slot *s) { return RT_VALUE(rt_load_acquire(&s->bits)); }
RT_INLINE void rt_slot_init(rt_slot *s, rt_value v) { rt_store_relaxed(&s->bits, v.bits); }
RT_INLINE void rt_slot_put(rt_slot *s, rt_value v) { rt_store_release(&s->bits, v.bits); }
RT_INLINE rt_value rt_slot_swap(rt_slot *s, rt_value v)
{
    return RT_VALUE(rt_xchg_acq_rel(&s->bits, v.bits));
}

#endif
