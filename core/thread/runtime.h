/* SPDX-License-Identifier: MIT */
/*
 * Start and end of the runtime and of interpreters. Order at start-up:
 *   rt_runtime_init; rt_interp_new; rt_thread_new; rt_thread_bind; rt_attach; then object/, types/, ...
 * and at the end: threading's shutdown and atexit (Python), rt_interp_finalize_begin, clearing of modules, rt_interp_delete,
 * rt_runtime_fini.
 */
#ifndef RT_THREAD_RUNTIME_H
#define RT_THREAD_RUNTIME_H

#include "core/thread/thread.h"

/* [once, main thread] backend: value of -X backend= or NULL. Exits with status 2 on an unknown name. hash_seed: 0 with
   randomize false means fixed keys. */
void rt_runtime_init(const char *backend, const struct rt_config *config);
void rt_runtime_fini(void); /* statistics; gives little back */

/* [any; NULL: no memory] An empty interpreter: heaps and locks, no Python object. */
struct rt_interp *rt_interp_new(void);
/* [attached, ts is its last thread that runs Python] From here on other threads of it hang when they attach. */
void rt_interp_finalize_begin(struct rt_thread *ts);
/* [attached, last thread, everything cleared] Ends ts, frees all memory of the interpreter. ts is gone. */
void rt_interp_delete(struct rt_thread *ts);
struct rt_interp *rt_interp_find(uint32_t id);
/* Drop every registry of the interpreter (sys.modules and the others). py */
void rt_interp_clear(struct rt_thread *ts);

/* ---- signals (signals.c) ---- */
enum { RT_NSIG = 65 };
extern _Atomic uint8_t rt_signal_tripped[RT_NSIG];
extern _Atomic bool rt_signal_any;
void rt_signal_handler(int sig);                 /* the C handler: async-signal-safe */
int rt_signal_check(struct rt_thread *ts);       /* [attached; py] EINTR: run handlers; 0 or -1 (raised) */
void rt_signal_set_wakeup(int fd, bool warn_on_full);
int rt_signal_get_wakeup(void);
void rt_signal_raise(int sig);                   /* pretend it came: _thread.interrupt_main */
int rt_signal_take_wakeup_errno(void);            /* errno of a failed write to the wakeup descriptor, once */
void rt_signal_fini(void);                        /* no handler runs any more: signals do what they do by default */
bool rt_signal_is_main(struct rt_thread *ts);    /* main thread of the main interpreter */

/* ---- fork (fork.c): [attached; no py; around fork(2)] ---- */
void rt_fork_prepare(struct rt_thread *ts);
void rt_fork_parent(struct rt_thread *ts);
void rt_fork_child(struct rt_thread *ts);
/* Register a function to run in the child (locks of other rooms). */
int rt_fork_at_child(void (*fn)(void));

#endif
