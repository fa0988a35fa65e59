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

/* [attached; py; raises] Puts importlib's reader and writer of .pyc files right (pyc_files.c). */
int rt_pyc_files_install(struct rt_thread *ts, rt_value external);

/* The image beside the executable (image.c). [attached; nopy; new ref; RT_NULL without exception: not there]
   Code of <stdlib>/rel to be run as frozen, and of a text that is that of a library file. */
struct stat;
rt_value rt_image_find_frozen(struct rt_thread *ts, const char *rel, const struct stat *st);
rt_value rt_image_find_text(struct rt_thread *ts, rt_value filename, const char *text, size_t n);
/* [attached; py; raises] files: list of names within the library. */
int rt_image_write(struct rt_thread *ts, const char *path, rt_value files);

#endif
