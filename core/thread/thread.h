/* SPDX-License-Identifier: MIT */
/*
 * Threads: making, binding to an OS thread, ending; and what all backends share of attaching.
 *
 * States of rt_thread.state (Note [STATE]):
 *
 *            claim                        release
 *   DETACHED ------> ATTACHED      ATTACHED -----> DETACHED
 *      |  ^ start_world                     \__ exit __> DEAD
 *      v  |
 *   STOPPED (a stopper took the right away; _WAIT: its thread sleeps on the word)
 *
 *  [STATE-1] Only the thread itself goes to or from ATTACHED. Only a stopper moves STOPPED -> DETACHED.
 *  [STATE-2] An attached thread that sees RT_BRK_STOP releases; release goes on to STOPPED and tells the stopper.
 *  [STATE-3] A thread is born STOPPED if its world is stopped.
 */
#ifndef RT_THREAD_THREAD_H
#define RT_THREAD_THREAD_H

#include "core/seam/backend.h"

enum { RT_TS_DETACHED, RT_TS_ATTACHED, RT_TS_STOPPED, RT_TS_STOPPED_WAIT, RT_TS_DEAD };

/* [any state; NULL: no memory] A detached thread of `in`, linked, not yet bound to an OS thread. */
struct rt_thread *rt_thread_new(struct rt_interp *in);
/* [the OS thread that will run it; detached] Identity, machine stack bounds, rt_current_thread. */
void rt_thread_bind(struct rt_thread *ts);
/* [detached] This OS thread is done with ts for now: its machine stack is no more ts's. */
void rt_thread_unbind(struct rt_thread *ts);
/* [attached, on its own OS thread, no frames; py] Drops what it holds; detached for ever, do not touch ts. */
void rt_thread_exit(struct rt_thread *ts);
/* [attached] A thread that never ran: unlink it. */
void rt_thread_discard(struct rt_thread *ts);
/* Start an OS thread that binds, attaches, runs body(ts, arg), and exits. 0 or an errno. stack_size 0: default. */
int rt_thread_spawn(struct rt_thread *ts, void (*body)(struct rt_thread *ts, void *arg), void *arg, size_t stack_size);
int rt_thread_spawn_ident(struct rt_thread *ts, void (*body)(struct rt_thread *ts, void *arg), void *arg, size_t stack_size, uint64_t *ident);
/* [child of fork or interpreter's end] Frees every thread of `in` but keep, without running anything. */
void rt_thread_drop_others(struct rt_interp *in, struct rt_thread *keep);
/* Give a thread that attaches after the end no way on. */
RT_NORETURN void rt_thread_hang(void);

void rt_thread_after_fork(void); /* [child] locks anew */

/* carriers.c */
typedef void (*rt_carrier_job)(void *arg, bool again); /* again: the OS thread has done other jobs before */
/* Runs the job on an OS thread, which is told by *id; 0 or an errno. stack_size 0: the usual one. The job ends with all signals
   blocked. */
int rt_carrier_run(rt_carrier_job job, void *arg, size_t stack_size, pthread_t *id);
/* The program is about to change what new threads inherit: from now on each gets a new OS thread. */
void rt_carriers_retire(void);
void rt_carriers_after_fork(void); /* [child] */
int64_t rt_thread_cpu_ns(void); /* the time that the OS thread has used the processor */

/* Roots of a thread, exact part. */
int rt_thread_traverse(struct rt_thread *ts, int (*visit)(rt_value, void *), void *arg);
/* Frees the references a thread holds (its dict, exceptions...). py */
void rt_thread_clear(struct rt_thread *ts);
struct rt_thread *rt_thread_find(uint64_t id_or_ident, bool by_ident); /* under no lock; type-stable memory */

/* ---- breaker ---- */
void rt_breaker_set(struct rt_thread *ts, uint32_t bits);   /* any thread, signal handlers */
void rt_breaker_clear(struct rt_thread *ts, uint32_t bits);
/* Unfinished business of other rooms, called at safepoints; set once at start-up. py. 0 or -1 with an exception. */
struct rt_safepoint_hooks {
    int (*collect)(struct rt_thread *ts);       /* RT_BRK_GC */
    int (*run_signals)(struct rt_thread *ts);   /* RT_BRK_SIGNAL, main thread */
    void (*thread_exit)(struct rt_thread *ts);  /* first thing in rt_thread_exit; may be NULL */
    void (*thread_gone)(struct rt_thread *ts);  /* its references are dropped; last thing that may touch objects */
};
extern struct rt_safepoint_hooks rt_safepoint_hooks;
/* Calls made later by the main thread of ts's interpreter at a safepoint (pending calls). 0, or -1: queue full. */
int rt_pending_add(struct rt_interp *in, int (*fn)(struct rt_thread *ts, void *arg), void *arg);
/* Raise exc (owned, an instance) in the thread with this ident at its next safepoint; RT_NULL cancels. Number of threads found. */
int rt_thread_async_exc(struct rt_thread *ts, uint64_t ident, rt_value exc);

/* ---- used by backends ---- */
void rt_state_claim(struct rt_thread *ts);    /* DETACHED -> ATTACHED; waits while STOPPED */
bool rt_state_try_claim(struct rt_thread *ts);
void rt_state_release(struct rt_thread *ts);  /* ATTACHED -> DETACHED */
void rt_state_wait(struct rt_thread *ts);     /* until it is not STOPPED */
void rt_state_wake(struct rt_thread *ts);     /* after taking it out of STOPPED_WAIT */
bool rt_state_is_attached(const struct rt_thread *ts);
void rt_world_stop(struct rt_thread *ts, enum rt_scope scope);  /* the handshake: `stop` of every backend */
void rt_world_start(struct rt_thread *ts, enum rt_scope scope);
void rt_world_abandon(struct rt_thread *ts); /* ts will never run again: a request it waits with is withdrawn */
void rt_world_after_fork(struct rt_thread *ts);

/* Records stack pointer and callee-saved registers for the collector's scan. */
void rt_thread_note_stack(struct rt_thread *ts);
/* The same as of a caller further up: what is below `from`, and in registers, is not looked at. */
void rt_thread_note_stack_at(struct rt_thread *ts, void *from);
void rt_thread_stack_bounds(struct rt_thread *ts);
bool rt_value_stack_map(struct rt_thread *ts);

void rt_attach_nocs(struct rt_thread *ts);    /* rt_attach without re-locking the innermost section */
void rt_cs_suspend(struct rt_thread *ts);     /* locks.c: give up all active sections */
void rt_cs_resume(struct rt_thread *ts);      /* the innermost one again */

#endif
