/* SPDX-License-Identifier: MIT */
/*
 * The two stacks of a thread: the reserved value stack of the evaluator, and the bounds of the machine
 * stack, which the collector scans conservatively for deferred objects.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "alloc/heap.h"
#include "core/base/limits.h"
#include "core/thread/thread.h"

/* Committed on touch; smaller when address space is limited (ulimit -v), and for all threads but the first. */
bool rt_value_stack_map(struct rt_thread *ts)
{
    struct rt_heap *h = ts->heap;
    if (!h->stack) {
        size_t most = rt_limits_address_space() / (rt_load_relaxed(&h->interp->nthreads) ? 64 : 16);
        for (size_t n = 64u << 20; n >= 256u << 10; n >>= 2) {
            if (n > most && n > 1u << 20)
                continue;
            void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (p != MAP_FAILED) {
                h->stack = p;
                h->stack_bytes = n;
                break;
            }
        }
        if (!h->stack)
            return false;
    }
    ts->stack_base = h->stack;
    ts->stack_words = h->stack_bytes / sizeof(rt_value);
    ts->stack_top = ts->stack_base;
    /* slack for the words that a check does not count */
    rt_store_relaxed(&ts->stack_limit, ts->stack_base + ts->stack_words - 64);
    return true;
}

/* Room that must stay free below: C libraries, signal handlers, the error path itself. */
static size_t reserve(size_t size)
{
    size_t want = 256u << 10;
#if RT_ASAN || RT_TSAN
    want = 1024u << 10;
#endif
    return size / 4 < want ? size / 4 : want;
}

void rt_thread_stack_bounds(struct rt_thread *ts)
{
#if RT_TSAN
    const ptrdiff_t most = 4 << 20; /* its shadow of the stack holds 65,536 calls, and does not check */
#else
    const ptrdiff_t most = 64 << 20;
#endif
    pthread_attr_t attr;
    void *low = NULL;
    size_t size = 0, guard = 0;
    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        pthread_attr_getstack(&attr, &low, &size);
        pthread_attr_getguardsize(&attr, &guard);
        pthread_attr_destroy(&attr);
    }
    char *here = __builtin_frame_address(0);
    if (!size) {
        low = here - (512u << 10);
        size = 520u << 10;
    }
    char *base = (char *)low + size, *bottom = (char *)low + guard;
    rt_store_relaxed(&ts->c_stack_base, base);
    if (base - bottom > most) /* unlimited: be modest, other mappings lie below */
        bottom = base - most;
    ts->c_stack_limit = bottom + reserve((size_t)(base - bottom));
}

RT_NOINLINE void rt_thread_note_stack(struct rt_thread *ts)
{
    uint64_t *r = ts->saved_regs;
#if defined(__x86_64__)
    __asm__ volatile("movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\t"
                     "movq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)"
                     : : "r"(r) : "memory");
#else
    __builtin_unwind_init(); /* the frames above keep them */
    (void)r;
#endif
    rt_store_release(&ts->c_stack_saved, __builtin_frame_address(0));
}

void rt_thread_note_stack_at(struct rt_thread *ts, void *from)
{
    memset(ts->saved_regs, 0, sizeof(ts->saved_regs));
    rt_store_release(&ts->c_stack_saved, from);
}
