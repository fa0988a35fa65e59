/* SPDX-License-Identifier: MIT */
/* GMP's allocator: failures jump to the innermost guard of the thread; see gmp_guard.h. */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/gmp_guard.h"

static __thread struct rt_gmp_guard *innermost;

static RT_COLD void fail(size_t n)
{
    struct rt_gmp_guard *g = innermost;
    if (!g) { /* GMP cannot go on without */
        fprintf(stderr, "MemoryError: no memory for a number of %zu bytes\n", n);
        fflush(stderr);
        _exit(1);
    }
    innermost = g->outer;
    for (unsigned i = 0; i < g->n; i++)
        free(g->live[i]);
    _longjmp(g->env, 1);
}

static void remember(void *p)
{
    struct rt_gmp_guard *g = innermost;
    if (g && g->n < RT_GMP_LIVE)
        g->live[g->n++] = p;
}

static void forget(const void *p)
{
    struct rt_gmp_guard *g = innermost;
    for (unsigned i = g ? g->n : 0; i-- > 0;)
        if (g->live[i] == p) {
            g->live[i] = g->live[--g->n];
            return;
        }
}

static void *allocate(size_t n)
{
    void *p = malloc(n);
    if (rt_unlikely(!p))
        fail(n);
    remember(p);
    return p;
}

static void *reallocate(void *old, size_t old_size, size_t n)
{
    forget(old);
    void *p = realloc(old, n);
    if (rt_unlikely(!p)) {
        remember(old);
        fail(n);
    }
    remember(p);
    return p;
}

static void release(void *p, size_t size)
{
    forget(p);
    free(p);
}

void rt_gmp_init(void) { mp_set_memory_functions(allocate, reallocate, release); }

void rt_gmp_push(struct rt_gmp_guard *g)
{
    g->n = 0;
    g->outer = innermost;
    innermost = g;
}

void rt_gmp_end(struct rt_gmp_guard *g) { innermost = g->outer; }
