/* SPDX-License-Identifier: MIT */
/* Compiled code of library files that are needed before importlib runs. */
#ifndef RT_BUILTINS_CODECACHE_H
#define RT_BUILTINS_CODECACHE_H

#include "core/object/native.h"

/* [attached; nopy; new ref; raises] Code of <stdlib>/rel, with co_filename `shown`. Uses the user's cache
   directory ($XDG_CACHE_HOME/pyrt or ~/.cache/pyrt, 0700, own uid); a stale, corrupt or foreign file is
   ignored and rewritten. */
rt_value rt_codecache_compile_library(struct rt_thread *ts, const char *rel, const char *shown);
extern const struct rt_module_def rt_module__imp;

#endif
