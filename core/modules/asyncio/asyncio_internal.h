/* SPDX-License-Identifier: MIT */
/*
 * The files of the _asyncio module: Future, Task, the tables of tasks.
 *
 * Futures belong to one loop and one thread by asyncio's rules; other threads may still look, so every
 * reference field is a slot and every flag an atomic. What the module imports is a tuple in
 * native_state; the lists of living tasks are struct rt_aio_tasks in native_private.
 */
#ifndef RT_MODULES_ASYNCIO_INTERNAL_H
#define RT_MODULES_ASYNCIO_INTERNAL_H

#include "core/modules/contextvars.h"
#include "core/modules/modules.h"
#include "core/object/object_internal.h"
#include "core/types/cont_internal.h"
#include "core/types/dict_internal.h"

enum rt_aio_import {
    AI_CancelledError, AI_InvalidStateError, AI_future_repr, AI_task_repr, AI_task_get_stack,
    AI_task_print_stack, AI_extract_stack, AI_iscoroutine, AI_all_tasks, AI_current_tasks,
    AI_other_tasks, AI_kw_context, AI_kw_msg, AI_call_soon, AI_get_debug, AI_blocking, AI_running,
    AI_add_done_callback, AI_get_loop, AI_result, AI_COUNT
};
RT_INLINE rt_value rt_aio_state(struct rt_thread *ts, enum rt_aio_import i) /* borrowed */
{
    return rt_borrowed(rt_as_tuple(rt_slot_peek(&ts->interp->native_state[RT_NS_ASYNCIO]))->items[i]);
}
#define RT_AIO_ERROR(ts, which, ...)                                                               \
    rt_raise(ts, rt_as_type(rt_aio_state(ts, AI_##which)), __VA_ARGS__)

enum { RT_FUT_PENDING, RT_FUT_CANCELLED, RT_FUT_FINISHED };

struct rt_future {
    struct rt_object hdr;
    rt_slot loop;                 /* set by __init__ */
    rt_slot callback, context;    /* the first callback */
    rt_slot callbacks;            /* list of (callback, context) for the others, or RT_NULL */
    rt_slot exception, exception_tb, result, source_tb, cancel_msg, cancelled_exc;
    _Atomic uint8_t state, log_tb, blocking;
};
enum { RT_FUTURE_SLOTS = 10 };    /* from loop on */

struct rt_task {
    struct rt_future f;
    rt_slot waiter, coro, name, ctx;
    _Atomic uint8_t must_cancel, log_destroy_pending;
    _Atomic int32_t cancels;
    uint64_t number;              /* for the default name */
    struct rt_aio_shard *shard;   /* list it is in, or NULL; links under its lock */
    struct rt_task *next, **prev;
};
enum { RT_TASK_SLOTS = 4 };       /* from waiter on */

/* Living tasks, without references: a task leaves when it dies. By the thread that made it. */
struct rt_aio_shard {
    pthread_mutex_t lock;
    struct rt_task *first;
} __attribute__((aligned(RT_CACHE_LINE)));
enum { RT_AIO_SHARDS = 16 };
struct rt_aio_tasks {
    struct rt_aio_shard shards[RT_AIO_SHARDS];
    _Atomic uint64_t counter;     /* task names */
};

extern struct rt_type rt_future_type, rt_task_type, rt_future_iter_type, rt_task_step_type, rt_task_set_type;
RT_INLINE struct rt_future *rt_as_future(rt_value v) { return (struct rt_future *)rt_ptr(v); }
RT_INLINE struct rt_task *rt_as_task(rt_value v) { return (struct rt_task *)rt_ptr(v); }
RT_INLINE bool rt_is_future(rt_value v) /* Future, Task or a subclass */
{
    return rt_is_ptr(v) && (rt_type_of(v) == &rt_task_type || rt_type_of(v) == &rt_future_type ||
                            rt_type_is_subtype(rt_type_of(v), &rt_future_type));
}

int rt_future_setup(struct rt_thread *ts, rt_value self, rt_value loop);
int rt_future_need_alive(struct rt_thread *ts, rt_value self);
rt_value rt_future_result(struct rt_thread *ts, rt_value self);      /* raises what the future holds */
int rt_future_finish(struct rt_thread *ts, rt_value self, rt_value result);
int rt_future_fail(struct rt_thread *ts, rt_value self, rt_value exc);
int rt_future_cancel(struct rt_thread *ts, rt_value self, rt_value msg); /* 1, 0 was done, -1 */
rt_value rt_future_cancelled_error(struct rt_thread *ts, rt_value self); /* new exception */
int rt_future_add_callback(struct rt_thread *ts, rt_value self, rt_value f, rt_value ctx);
int rt_future_traverse(struct rt_object *o, rt_visit visit, void *arg);
void rt_future_clear(struct rt_thread *ts, struct rt_object *o);
void rt_future_finalize(struct rt_thread *ts, rt_value self);
void rt_future_report(struct rt_thread *ts, rt_value self, const char *key, const char *message, rt_value exc);
/* loop.call_soon(f[, arg], context=ctx) */
int rt_aio_call_soon(struct rt_thread *ts, rt_value loop, rt_value f, rt_value arg, rt_value ctx);
rt_value rt_aio_get_loop(struct rt_thread *ts);                      /* asyncio.get_event_loop() */
rt_value rt_aio_running_loop(struct rt_thread *ts);                  /* owned; RT_NULL without exception: none */
int rt_aio_enter_task(struct rt_thread *ts, rt_value loop, rt_value task);
int rt_aio_leave_task(struct rt_thread *ts, rt_value loop, rt_value task);
void rt_aio_link(struct rt_thread *ts, struct rt_task *t);
void rt_aio_unlink(struct rt_task *t);
RT_INLINE struct rt_aio_tasks *rt_aio_tasks(struct rt_thread *ts)
{
    return ts->interp->native_private[RT_NS_ASYNCIO];
}

/* Getters over slots: closure is the offset; RT_NULL reads as None. */
rt_value rt_aio_get_slot(struct rt_thread *ts, rt_value self, void *closure);
extern const struct rt_getset_def rt_future_getset[];

#endif
