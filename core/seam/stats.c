/* SPDX-License-Identifier: MIT */
/* Sums and prints the counters and the trace rings; see stats.h. */
#include "core/seam/stats.h"

#include <stdlib.h>

#include "core/seam/interp.h"
#include "core/sync/futex.h"

static const char *const keys[] = {
#define RT_CNT(sym, key, doc) #key,
#include "core/seam/stats.def"
#undef RT_CNT
};
static const char *const docs[] = {
#define RT_CNT(sym, key, doc) doc,
#include "core/seam/stats.def"
#undef RT_CNT
};
static const char *const kinds[] = {"attach", "detach", "stop", "start", "gc_begin", "gc_end",
                                    "lock_wait", "handover", "signal", "thread"};
static struct rt_counters ended; /* of threads that are gone; atomic adds */
_Atomic bool rt_trace_on;

static bool is_max(enum rt_counter c) { return c == RT_CNT_GC_PAUSE_MAX_NS; }

static void combine(_Atomic uint64_t *into, uint64_t n, bool max)
{
    if (!max) {
        (void)rt_add_relaxed(into, n);
        return;
    }
    uint64_t old = rt_load_relaxed(into);
    while (old < n && !rt_cas_relaxed(into, &old, n))
        ;
}

void rt_stats_fold(struct rt_counters *c)
{
    for (int i = 0; i < RT_CNT_COUNT; i++)
        combine(&ended.v[i], rt_xchg_acq_rel(&c->v[i], 0), is_max((enum rt_counter)i));
}

uint64_t rt_stats_get(enum rt_counter c)
{
    _Atomic uint64_t sum = rt_load_relaxed(&ended.v[c]);
    pthread_mutex_lock(&rt_runtime.lock);
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next) {
        pthread_mutex_lock(&in->threads_lock);
        for (struct rt_thread *t = in->threads; t; t = t->next)
            if (t->counters)
                combine(&sum, rt_load_relaxed(&t->counters->v[c]), is_max(c));
        pthread_mutex_unlock(&in->threads_lock);
    }
    pthread_mutex_unlock(&rt_runtime.lock);
    return rt_load_relaxed(&sum);
}

const char *rt_stats_key(enum rt_counter c) { return keys[c]; }
const char *rt_stats_doc(enum rt_counter c) { return docs[c]; }

void rt_stats_write_json(FILE *f)
{
    fputs("{", f);
    for (int i = 0; i < RT_CNT_COUNT; i++)
        fprintf(f, "%s\"%s\": %llu", i ? ", " : "", keys[i],
                (unsigned long long)rt_stats_get((enum rt_counter)i));
    fputs("}\n", f);
}

void rt_stats_at_exit(void)
{
    const char *path = getenv("PYRT_STATS");
    if (!path || !*path)
        return;
    FILE *f = fopen(path, "w");
    if (!f)
        return;
    rt_stats_write_json(f);
    fclose(f);
}

RT_COLD void rt_trace_slow(struct rt_thread *ts, enum rt_trace_kind k, uint64_t arg)
{
    if (!ts->trace_ring && !(ts->trace_ring = calloc(1, sizeof *ts->trace_ring)))
        return;
    struct rt_trace_ring *r = ts->trace_ring;
    uint64_t n = rt_load_relaxed(&r->next);
    r->events[n % RT_TRACE_RING] =
        (struct rt_trace_event){rt_monotonic_ns(), k, (uint32_t)ts->id, arg};
    rt_store_release(&r->next, n + 1);
}

static void write_ring(FILE *f, struct rt_trace_ring *r)
{
    uint64_t end = rt_load_acquire(&r->next), n = end > RT_TRACE_RING ? end - RT_TRACE_RING : 0;
    for (; n < end; n++) {
        struct rt_trace_event *e = &r->events[n % RT_TRACE_RING];
        fprintf(f, "{\"ns\": %lld, \"thread\": %u, \"kind\": \"%s\", \"arg\": %llu}\n", (long long)e->ns,
                e->thread, e->kind < RT_TR_KINDS ? kinds[e->kind] : "?", (unsigned long long)e->arg);
    }
}

void rt_trace_write(FILE *f)
{
    pthread_mutex_lock(&rt_runtime.lock);
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next) {
        pthread_mutex_lock(&in->threads_lock);
        for (struct rt_thread *t = in->threads; t; t = t->next)
            if (t->trace_ring)
                write_ring(f, t->trace_ring);
        pthread_mutex_unlock(&in->threads_lock);
    }
    pthread_mutex_unlock(&rt_runtime.lock);
}
