/* SPDX-License-Identifier: MIT */
/*
 * GMP ends the process when its scratch memory cannot be had; here that becomes a false return.
 *
 *     struct rt_gmp_guard g;
 *     if (!RT_GMP_BEGIN(&g))
 *         return no memory;        what GMP allocated since then is freed again: no mpz_clear
 *     mpn_mul(...);
 *     rt_gmp_end(&g);
 *
 * Nothing that would have to be undone may happen in between, and locals that are read on failure must not change
 * there. Small operands take their scratch from the stack: guard from RT_GMP_BIG limbs on.
 */
#ifndef RT_BASE_GMP_GUARD_H
#define RT_BASE_GMP_GUARD_H

#include <setjmp.h>

#include "core/base/compiler.h"

enum { RT_GMP_BIG = 1000, RT_GMP_LIVE = 64 };

struct rt_gmp_guard {
    jmp_buf env;
    struct rt_gmp_guard *outer;
    unsigned n;               /* blocks in live; further ones are not remembered and would leak */
    void *live[RT_GMP_LIVE];
};

void rt_gmp_init(void);       /* once, before any number is made */
void rt_gmp_push(struct rt_gmp_guard *g);
void rt_gmp_end(struct rt_gmp_guard *g);
#define RT_GMP_BEGIN(g) (rt_gmp_push(g), _setjmp((g)->env) == 0)

#endif
