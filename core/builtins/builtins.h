/* SPDX-License-Identifier: MIT */
/* The builtins, sys and _imp modules, and importing from C. */
#ifndef RT_BUILTINS_BUILTINS_H
#define RT_BUILTINS_BUILTINS_H

#include "core/object/native.h"

extern const struct rt_method_def rt_builtin_functions[];
/* builtins.__build_class__(func, name, *bases, **kw). [attached; py; new ref; raises] */
rt_value rt_build_class(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);

/* [attached; nopy; raises] Make the module and set interp->builtins, interp->sys_dict. */
int rt_builtins_create(struct rt_thread *ts);
int rt_sys_create(struct rt_thread *ts);
/* __import__: the fast way through sys.modules, else importlib. */
rt_value rt_import_level(struct rt_thread *ts, rt_value name, rt_value globals, rt_value fromlist, int level);
/* Run the bootstrap files of the library and install the importers. */
int rt_import_bootstrap(struct rt_thread *ts);
/* Directory of the standard library, or NULL with a sentence on standard error. */
const char *rt_stdlib_dir(void);

/* object/ and others */
rt_value rt_callable_iter_new(struct rt_thread *ts, rt_value callable, rt_value sentinel);

/* Display of exceptions that nobody caught. */
void rt_print_exception(struct rt_thread *ts, rt_value exc);      /* through sys.excepthook */
void rt_display_exception(struct rt_thread *ts, rt_value exc, rt_value file); /* sys.__excepthook__ */
/* All of that text; limit: of frames, -1 none. [attached; py; new ref; raises] */
rt_value rt_exception_text(struct rt_thread *ts, rt_value exc, int64_t limit);
/* te, the library's TracebackException of exc: a suggestion behind its message, carets within its line. [attached; py] */
void rt_display_amend(struct rt_thread *ts, rt_value te, rt_value exc);
/* Status for a pending exception at top level: prints it; handles SystemExit. */
int rt_exit_status(struct rt_thread *ts);
extern bool rt_exit_inspects; /* -i: SystemExit is shown, and the prompt follows */
void rt_flush_std(struct rt_thread *ts, int *status);
extern bool rt_interrupted_exit; /* main/: an uncaught KeyboardInterrupt ends the process by SIGINT */
void rt_atexit_run(struct rt_thread *ts);     /* modules/atexit_module.c */
void rt_shutdown_modules(struct rt_thread *ts); /* drop sys.modules in CPython's order */
void rt_module_clear(struct rt_thread *ts, rt_value module);

/* Set by a module that edits lines: reads one at the terminal, with its newline, empty at the end of input.
   [attached; py; new ref; raises] */
extern _Atomic(rt_value (*)(struct rt_thread *ts, rt_value prompt)) rt_input_hook;
/* A line by that, or RT_UNDEF when there is none or these two are not the terminal. prompt a str. [attached; py; new ref; raises] */
rt_value rt_input_edited(struct rt_thread *ts, rt_value in, rt_value out, rt_value prompt);

/* import.c: the interpreter's import lock (imp.acquire_lock), recursive. [attached; may block] */
void rt_import_lock(struct rt_thread *ts);
bool rt_import_unlock(struct rt_thread *ts); /* false: not the holder */

#endif
