/* SPDX-License-Identifier: MIT */
/* The two calls upwards: MemoryError and the collector's request. */
#include "alloc/alloc_internal.h"
#include "core/seam/backend.h"

/* object/error.h: declared here because this room comes first. */
rt_value rt_raise_no_memory(struct rt_thread *ts);

RT_COLD void *rt_alloc_raise(struct rt_thread *ts)
{
    rt_raise_no_memory(ts);
    return NULL;
}

/* `alloc_bytes` is reset by the collector, or here when it is switched off. */
void rt_alloc_want_gc(struct rt_thread *ts)
{
    if (!(rt_load_relaxed(&ts->breaker) & RT_BRK_GC))
        rt_request(ts, RT_BRK_GC);
}
