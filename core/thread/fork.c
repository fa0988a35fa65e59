/* SPDX-License-Identifier: MIT */
/*
 * fork(2): the whole process is stopped around it, and the locks below are held, so that the child
 * finds every structure at rest. The child gives them back, makes the other locks anew, and forgets all
 * threads but its own; what they held is leaked or, for heaps, parked for reuse.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc/heap.h"
#include "core/sync/parking.h"
#include "core/thread/runtime.h"

enum { MAX_HOOKS = 32 };
static void (*hooks[MAX_HOOKS])(void);
static int nhooks;
static pthread_mutex_t hooks_lock = PTHREAD_MUTEX_INITIALIZER; /* held around fork */

int rt_fork_at_child(void (*fn)(void))
{
    int i = 0, r = 0;
    pthread_mutex_lock(&hooks_lock);
    while (i < nhooks && hooks[i] != fn)
        i++;
    if (i == MAX_HOOKS)
        r = -1;
    else if (i == nhooks)
        hooks[nhooks++] = fn;
    pthread_mutex_unlock(&hooks_lock);
    return r;
}

void rt_fork_prepare(struct rt_thread *ts)
{
    rt_stop_world(ts, RT_SCOPE_PROCESS);
    rt_be.fork(ts, RT_FORK_BEFORE);
    pthread_mutex_lock(&hooks_lock);
    pthread_mutex_lock(&rt_runtime.lock);
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
        pthread_mutex_lock(&in->threads_lock);
}

/* In the child too: its one thread is the copy of that which took them. */
static void release_locks(void)
{
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
        pthread_mutex_unlock(&in->threads_lock);
    pthread_mutex_unlock(&rt_runtime.lock);
    pthread_mutex_unlock(&hooks_lock);
}

void rt_fork_parent(struct rt_thread *ts)
{
    release_locks();
    rt_be.fork(ts, RT_FORK_PARENT);
    rt_start_world(ts, RT_SCOPE_PROCESS);
}

void rt_fork_child(struct rt_thread *ts)
{
    release_locks();
    pthread_mutex_init(&rt_runtime.type_lock, NULL);
    rt_thread_after_fork();
    rt_carriers_after_fork();
    rt_alloc_after_fork();
    rt_parking_after_fork();
    for (int i = 0; i < nhooks; i++)
        hooks[i]();
    for (struct rt_interp *in = rt_runtime.interps; in; in = in->next)
        rt_thread_drop_others(in, ts);
    ts->native_id = (int)syscall(SYS_gettid);
    ts->interp->main_thread = ts;
    ts->is_main = true;
    rt_world_after_fork(ts);
    rt_be.fork(ts, RT_FORK_CHILD);
    rt_start_world(ts, RT_SCOPE_PROCESS);
}
