/* SPDX-License-Identifier: MIT */
/*
 * Counters of every slow path, per thread, summed on demand; and trace points: a ring per thread, off
 * by default at the cost of one relaxed load.
 */
#ifndef RT_SEAM_STATS_H
#define RT_SEAM_STATS_H

#include <stdio.h>

#include "core/seam/tstate.h"

enum rt_counter {
#define RT_CNT(sym, key, doc) RT_CNT_##sym,
#include "core/seam/stats.def"
#undef RT_CNT
    RT_CNT_COUNT
};
struct rt_counters {
    _Atomic uint64_t v[RT_CNT_COUNT]; /* own thread writes, anyone reads */
};

RT_INLINE void rt_count(struct rt_thread *ts, enum rt_counter c, uint64_t n)
{
    if (rt_likely(ts->counters != NULL)) {
        _Atomic uint64_t *p = &ts->counters->v[c];
        rt_store_relaxed(p, rt_load_relaxed(p) + n);
    }
}
RT_INLINE void rt_count_max(struct rt_thread *ts, enum rt_counter c, uint64_t n)
{
    if (ts->counters && rt_load_relaxed(&ts->counters->v[c]) < n)
        rt_store_relaxed(&ts->counters->v[c], n);
}
/* Sum over live and ended threads (maximum for *_max_ns). */
uint64_t rt_stats_get(enum rt_counter c);
const char *rt_stats_key(enum rt_counter c);
const char *rt_stats_doc(enum rt_counter c);
void rt_stats_fold(struct rt_counters *c); /* a thread ends: add its counters to the process's */
void rt_stats_write_json(FILE *f);
void rt_stats_at_exit(void); /* writes the file named by PYRT_STATS, if any */

/* ---- trace points ---- */
enum rt_trace_kind { RT_TR_ATTACH, RT_TR_DETACH, RT_TR_STOP, RT_TR_START, RT_TR_GC_BEGIN, RT_TR_GC_END,
                     RT_TR_LOCK_WAIT, RT_TR_HANDOVER, RT_TR_SIGNAL, RT_TR_THREAD, RT_TR_KINDS };
struct rt_trace_event {
    int64_t ns;
    uint32_t kind;
    uint32_t thread;
    uint64_t arg;
};
enum { RT_TRACE_RING = 4096 };
struct rt_trace_ring {
    _Atomic uint64_t next;
    struct rt_trace_event events[RT_TRACE_RING];
};
extern _Atomic bool rt_trace_on;
void rt_trace_slow(struct rt_thread *ts, enum rt_trace_kind k, uint64_t arg);
RT_INLINE void rt_trace(struct rt_thread *ts, enum rt_trace_kind k, uint64_t arg)
{
    if (rt_unlikely(rt_load_relaxed(&rt_trace_on)))
        rt_trace_slow(ts, k, arg);
}
void rt_trace_write(FILE *f); /* every ring, one JSON object per line; threads may be running */

#endif
