/* SPDX-License-Identifier: MIT */
/* The one list of start-up steps, mirrored by the shutdown. */
#ifndef RT_MAIN_STARTUP_H
#define RT_MAIN_STARTUP_H

#include "core/object/native.h"

/* [once; main thread] Backend, first interpreter, all builtin types. NULL after a sentence on stderr. */
struct rt_thread *rt_startup_process(const struct rt_config *config);
/* [attached, in a new interpreter; py; raises] sys, builtins, importlib, encodings, streams; site unless
   -S and only when with_site. */
int rt_startup_types(struct rt_thread *ts); /* types_ready.c */
extern const char *rt_startup_stage; /* what rt_startup_interp was at, for its failure's message */
int rt_startup_interp(struct rt_thread *ts, bool with_site);
/* [attached, last Python frame gone; py] threading's shutdown, atexit, flush, clearing. Status as given, or
   120 when a stream could not be flushed. */
int rt_shutdown_process(struct rt_thread *ts, int status);

/* [attached; py] core/main/lastwords.c: would anybody notice if modules were not taken down? */
bool rt_lastwords_any(struct rt_thread *ts);

#endif
