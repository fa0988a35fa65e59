/* SPDX-License-Identifier: MIT */
/* The one runtime record, and interpreters. See runtime.h for the order of events. */
#include "core/base/gmp_guard.h"
#include "core/thread/runtime.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "alloc/heap.h"
#include "core/base/options.h"
#include "core/seam/stats.h"
#include "core/sync/futex.h"

struct rt_runtime rt_runtime = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .type_lock = PTHREAD_MUTEX_INITIALIZER,
    .type_version = 1,
};

void rt_runtime_init(const char *backend, const struct rt_config *config)
{
    rt_runtime.config = config;
    rt_runtime.start_monotonic_ns = rt_monotonic_ns();
    rt_stress_init();
    rt_gmp_init();
    rt_runtime.stress = rt_stress.bits;
    rt_backend_select(backend);
}

void rt_runtime_fini(void)
{
    rt_stats_at_exit();
}

struct rt_interp *rt_interp_new(void)
{
    struct rt_interp *in = calloc(1, sizeof *in);
    if (!in)
        return NULL;
    pthread_mutex_init(&in->threads_lock, NULL);
    in->id = rt_add_relaxed(&rt_runtime.next_interp_id, 1);
    rt_store_relaxed(&in->recursion_limit, 1000);
    rt_store_relaxed(&in->switch_interval, 0.005);
    rt_store_relaxed(&in->int_max_str_digits, 4300);
    rt_store_relaxed(&in->gc_step, INT64_MAX); /* until the collector takes charge */
    in->backend = rt_be.interp_bytes ? calloc(1, rt_be.interp_bytes) : NULL;
    if ((rt_be.interp_bytes && !in->backend) || rt_be.interp_init(in) != 0) {
        free(in->backend);
        free(in);
        return NULL;
    }
    pthread_mutex_lock(&rt_runtime.lock);
    struct rt_interp **p = &rt_runtime.interps;
    while (*p)
        p = &(*p)->next;
    *p = in;
    if (!rt_runtime.main)
        rt_runtime.main = in;
    pthread_mutex_unlock(&rt_runtime.lock);
    return in;
}

struct rt_interp *rt_interp_find(uint32_t id)
{
    pthread_mutex_lock(&rt_runtime.lock);
    struct rt_interp *in = rt_runtime.interps;
    while (in && in->id != id)
        in = in->next;
    pthread_mutex_unlock(&rt_runtime.lock);
    return in;
}

void rt_interp_finalize_begin(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    rt_store_release(&in->finalizing, true);
    rt_store_release(&in->finalizer, ts);
    /* Whoever runs now stops at its next safepoint and never comes back. */
    rt_stop_world(ts, RT_SCOPE_INTERP);
    rt_start_world(ts, RT_SCOPE_INTERP);
}

#define SLOTS(X) \
    X(modules) X(sys_dict) X(builtins) X(builtins_original) X(importlib) X(import_func) \
    X(codec_search_path) X(codec_search_cache) X(codec_error_registry) X(warnings_filters) \
    X(warnings_once) X(warnings_default) X(copyreg_extensions[0]) X(copyreg_extensions[1]) \
    X(copyreg_extensions[2]) X(atexit_callbacks) X(fork_before) X(fork_parent) X(fork_child) \
    X(static_subclasses) X(dict)

int rt_interp_traverse(struct rt_interp *in, int (*visit)(rt_value, void *), void *arg)
{
    int r;
    rt_value v;
#define VISIT(f) \
    v = rt_slot_peek(&in->f); \
    if (rt_is_ptr(v) && (r = visit(v, arg))) \
        return r;
    SLOTS(VISIT)
#undef VISIT
    for (size_t i = 0; i < RT_COUNTOF(in->native_state); i++) {
        v = rt_slot_peek(&in->native_state[i]);
        if (rt_is_ptr(v) && (r = visit(v, arg)))
            return r;
    }
    return 0;
}

void rt_interp_clear(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
#define CLEAR(f) rt_slot_set(ts, &in->f, RT_NULL);
    SLOTS(CLEAR)
#undef CLEAR
    for (size_t i = 0; i < RT_COUNTOF(in->native_state); i++)
        rt_slot_set(ts, &in->native_state[i], RT_NULL);
}

static void free_heaps(struct rt_interp *in)
{
    for (struct rt_heap *h = in->heaps, *next; h; h = next) {
        next = h->next;
        if (h->stack)
            munmap(h->stack, h->stack_bytes);
        rt_heap_destroy(h);
    }
    in->heaps = in->parked = NULL;
}

void rt_interp_delete(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    pthread_mutex_lock(&rt_runtime.lock);
    for (struct rt_interp **p = &rt_runtime.interps; *p; p = &(*p)->next)
        if (*p == in) {
            *p = in->next;
            break;
        }
    pthread_mutex_unlock(&rt_runtime.lock);
    rt_thread_exit(ts);
    rt_be.interp_fini(in);
    free_heaps(in);
    pthread_mutex_destroy(&in->threads_lock);
    rt_raw_free(in->weakrefs);
    free(in->gc);
    free(in->backend);
    free(in);
}
