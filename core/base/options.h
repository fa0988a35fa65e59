/* SPDX-License-Identifier: MIT */
/*
 * Run-time switches for tests, read once from the environment.
 *
 * PYRT_STRESS=word,word...   force the rare paths wherever they are legal:
 *     gc         a collection at every slab refill      stw     stop the world at every 64th safepoint
 *     detach     detach and attach at safepoints        yield   sched_yield() at safepoints
 *     merge      queue every foreign drop for its owner oom:<n> the n-th block allocation fails
 *     seed:<k>   seed of the generator behind the choices
 * PYRT_VERIFY=1              check the heap's invariants at every collection
 */
#ifndef RT_BASE_OPTIONS_H
#define RT_BASE_OPTIONS_H

#include "core/base/compiler.h"

enum {
    RT_STRESS_GC = 1, RT_STRESS_STW = 2, RT_STRESS_DETACH = 4, RT_STRESS_MERGE = 8,
    RT_STRESS_YIELD = 16, RT_STRESS_OOM = 32,
};
struct rt_stress {
    uint32_t bits;
    uint32_t seed;
    _Atomic int64_t oom_after; /* allocations until the failing one; counted down atomically */
    bool verify;
};
extern struct rt_stress rt_stress; /* constant after start-up but for the countdown */

/* False, with a sentence on standard error, if the text names an unknown word. */
bool rt_stress_parse(const char *text, struct rt_stress *out);
void rt_stress_init(void); /* from the environment */

#endif
