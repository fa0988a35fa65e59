/* SPDX-License-Identifier: MIT */
/*
 * A watcher is told of every block and every piece of raw memory that comes and goes: tracemalloc.
 *
 * Note [WATCH] While nobody watches it costs no instruction, because the fast paths ask something else already:
 *  [WATCH-1] rt_watcher changes with the process stopped only, in rt_watch_set.
 *  [WATCH-2] While it is set, ts->free is empty, so that each allocation takes the slow way; the blocks stay in
 *            saved_free of the heap, as if it were parked.
 *  [WATCH-3] While it is set, ts->hold_blocks is not NULL, so that each free takes the slow way; rt_hold_nothing
 *            stands there when the collector holds nothing back.
 *  [WATCH-4] Raw memory is asked for through rt_raw_ops, which are the C library's functions otherwise.
 */
#ifndef RT_ALLOC_WATCH_H
#define RT_ALLOC_WATCH_H

#include "alloc/alloc.h"

/* Called with any lock held, attached or not (ts NULL: a thread that is none of ours). Must not allocate through
   the runtime except where it tells apart that it does; no Python. */
struct rt_watcher {
    void (*add)(struct rt_thread *ts, uintptr_t p, size_t size);
    void (*remove)(uintptr_t p); /* before the memory can become another's; p may be unknown */
};
extern const struct rt_watcher *_Atomic rt_watcher; /* NULL: none */
extern struct rt_vec rt_hold_nothing;

/* [attached; stops the process] w NULL: none from now on. A detached thread may still be in w. */
void rt_watch_set(struct rt_thread *ts, const struct rt_watcher *w);

#endif
