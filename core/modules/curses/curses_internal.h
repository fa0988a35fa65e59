/* SPDX-License-Identifier: MIT */
/*
 * What the files of _curses and _curses_panel share. The library has one state for the process and knows of no threads:
 * each call of it is made under one lock (CALL). Who waits for a key, or sleeps, does so detached and without the lock,
 * as under CPython; output to the terminal is written detached, with the lock held.
 */
#ifndef RT_MODULES_CURSES_INTERNAL_H
#define RT_MODULES_CURSES_INTERNAL_H

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>

#include "core/modules/lazy/lazy.h"
#include "core/sync/mutex.h"

struct rt_window {
    struct rt_object hdr;
    WINDOW *win;     /* constant */
    rt_slot encoding; /* str: of bytes in this window */
};
extern struct rt_type rt_window_type;
RT_INLINE struct rt_window *rt_as_window(rt_value v) { return (struct rt_window *)rt_ptr(v); }

extern _Atomic uint8_t rt_curses_lock;
#define CALL(expr) __extension__({ \
        (void)rt_bytelock_acquire(ts, &rt_curses_lock, -1, 0); \
        __auto_type r_ = (expr); \
        rt_bytelock_release(&rt_curses_lock); \
        r_; })
#define DO(statement) ((void)CALL(((statement), 0)))
/* For what writes to the terminal: others run meanwhile. */
#define CALL_OUT(expr) __extension__({ \
        (void)rt_bytelock_acquire(ts, &rt_curses_lock, -1, 0); \
        rt_detach(ts, RT_DETACH_IO); \
        __auto_type r_ = (expr); \
        rt_attach(ts); \
        rt_bytelock_release(&rt_curses_lock); \
        r_; })
/* A variable of the library. */
#define VARIABLE(type, name) (*(type *)rt_lazy_data(&rt_lazy_curses, #name))

rt_value rt_curses_fail(struct rt_thread *ts, const char *fmt, ...);       /* curses.error */
rt_value rt_curses_check(struct rt_thread *ts, int code, const char *name); /* None, or "name() returned ERR" */
rt_value rt_curses_window(struct rt_thread *ts, WINDOW *win, rt_value encoding); /* consumes win even on error; encoding RT_NULL: the locale's */
int rt_curses_char(struct rt_thread *ts, const struct rt_window *w, rt_value v, chtype *out);
int rt_curses_ready(struct rt_thread *ts); /* -1: "must call initscr() first" */
/* n ints of the arguments; 0 or -1. */
int rt_curses_ints(struct rt_thread *ts, const rt_value *a, uint32_t n, int *out);
extern const struct rt_method_def rt_curses_color[];
extern const struct rt_method_def rt_window_text[];
int rt_window_ready(struct rt_thread *ts);

#endif
