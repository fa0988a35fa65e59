/* SPDX-License-Identifier: MIT */
/* What the files of _thread share. */
#ifndef RT_MODULES_THREAD_H
#define RT_MODULES_THREAD_H

#include "core/object/instance.h"
#include "core/object/native.h"
#include "core/object/structseq.h"
#include "core/sync/futex.h"
#include "core/sync/mutex.h"
#include "core/thread/runtime.h"

/* Locks fill a cache line each: a program that makes one for each shard of its data makes them in a row. */
struct rt_lock_object {
    struct rt_object hdr;
    _Atomic uint8_t lock;
    _Atomic uint32_t taker; /* thread id, cut off: who takes it twice waits for a signal */
    char rest[RT_CACHE_LINE - sizeof(struct rt_object) - 8];
};
struct rt_rlock_object {
    struct rt_object hdr;
    _Atomic uint8_t lock;
    _Atomic uint64_t owner; /* thread id; 0: nobody */
    _Atomic uint64_t count; /* by the owner; others only show it */
    char rest[RT_CACHE_LINE - sizeof(struct rt_object) - 24];
};
_Static_assert(sizeof(struct rt_lock_object) == RT_CACHE_LINE && sizeof(struct rt_rlock_object) == RT_CACHE_LINE, "a line each");
/* Of an interpreter. */
struct rt_thread_module {
    _Atomic int64_t count;       /* threads started and not ended */
    _Atomic size_t stack_size;
};

extern struct rt_type rt_lock_type, rt_rlock_type, rt_local_type, rt_local_body_type;
struct rt_thread_module *rt_thread_module_state(struct rt_interp *in);
/* -1 no deadline, else absolute; false with an exception. blocking and timeout may be RT_NULL. */
bool rt_lock_deadline(struct rt_thread *ts, rt_value blocking, rt_value timeout, bool *block, int64_t *deadline);
rt_value rt_lock_new(struct rt_thread *ts);
void rt_local_thread_exit(struct rt_thread *ts);

#endif
