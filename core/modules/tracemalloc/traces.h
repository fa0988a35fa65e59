/* SPDX-License-Identifier: MIT */
/* What tracemalloc records: traces.c keeps it, tracemalloc_module.c shows it. */
#ifndef RT_MODULES_TRACES_H
#define RT_MODULES_TRACES_H

#include "core/seam/tstate.h"

enum { RT_TRACES_MAX_FRAMES = 65535 };

struct rt_traces_text { /* a file's name, as a str has it */
    struct rt_traces_text *next;
    uint64_t hash;
    uint32_t index; /* from 0 in its store */
    uint8_t kind;
    size_t length;
    uint32_t units[];
};
struct rt_traces_place { const struct rt_traces_text *file; uint32_t line; };
struct rt_traceback_rec {
    struct rt_traceback_rec *next;
    uint64_t hash;
    uint32_t index; /* from 0 in its store */
    uint16_t n, total; /* places kept, frames there were */
    struct rt_traces_place at[]; /* innermost first */
};
struct rt_trace_rec { uintptr_t p; size_t size; const struct rt_traceback_rec *tb; }; /* p 0: free entry */

/* A copy of the traces of a moment; what they point to lives until it is dropped. */
struct rt_traces_copy {
    struct rt_traces_store *store;
    struct rt_trace_rec *items;
    size_t n, ntexts, ntracebacks;
};

/* [attached; stops the process; raises MemoryError] max_frames 1 to RT_TRACES_MAX_FRAMES; nothing if it is on. */
int rt_traces_start(struct rt_thread *ts, uint32_t max_frames);
void rt_traces_stop(struct rt_thread *ts); /* [attached; stops the process] forgets all */
void rt_traces_clear(void);
bool rt_traces_on(void);
uint32_t rt_traces_limit(void);
void rt_traces_bytes(size_t *now, size_t *peak);
void rt_traces_reset_peak(void);
size_t rt_traces_own_bytes(void);
/* False: no memory. With p only the trace of what is at p. */
bool rt_traces_take(struct rt_traces_copy *c, uintptr_t p);
void rt_traces_drop(struct rt_traces_copy *c);
/* What this thread allocates between these two is not recorded. */
void rt_traces_pause(void);
void rt_traces_resume(void);

#endif
