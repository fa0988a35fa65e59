/* SPDX-License-Identifier: MIT */
/*
 * What _dbm and _gdbm share: bytes from the arguments, and the mapping's methods over five operations. The libraries
 * know of no threads: each operation is done in the critical section of the database object, without detaching, and
 * what the library points to is copied before the section ends.
 */
#ifndef RT_MODULES_DBM_INTERNAL_H
#define RT_MODULES_DBM_INTERNAL_H

#include "core/modules/lazy/lazy.h"
#include "core/types/cont_internal.h"

struct rt_dbm_text { const char *p; size_t n; };

/* [attached; nopy; raises] The bytes of a str (UTF-8) or bytes, as long as v lives. message: else, about v (%T), or NULL. */
int rt_dbm_text(struct rt_thread *ts, rt_value v, const char *message, struct rt_dbm_text *t);

/* [in the section; nopy] fetch: owned bytes; RT_NULL without an exception: no such key. store and remove: 0, 1 no such
   key, or -1. keys: owned list. count: how many, or -1. All raise if the database is closed. */
struct rt_dbm_ops {
    const char *keys_message, *values_message, *contains_message; /* TypeErrors of d[key] = value, key in d */
    rt_value (*fetch)(struct rt_thread *ts, rt_value self, const struct rt_dbm_text *key);
    int (*store)(struct rt_thread *ts, rt_value self, const struct rt_dbm_text *key, const struct rt_dbm_text *value);
    int (*remove)(struct rt_thread *ts, rt_value self, const struct rt_dbm_text *key);
    int (*has)(struct rt_thread *ts, rt_value self, const struct rt_dbm_text *key);
    int64_t (*count)(struct rt_thread *ts, rt_value self);
    rt_value (*keys)(struct rt_thread *ts, rt_value self);
};
rt_value rt_dbm_getitem(struct rt_thread *ts, const struct rt_dbm_ops *ops, rt_value self, rt_value key);
int rt_dbm_setitem(struct rt_thread *ts, const struct rt_dbm_ops *ops, rt_value self, rt_value key, rt_value v);
int rt_dbm_contains(struct rt_thread *ts, const struct rt_dbm_ops *ops, rt_value self, rt_value key);
int64_t rt_dbm_len(struct rt_thread *ts, const struct rt_dbm_ops *ops, rt_value self);
rt_value rt_dbm_keys(struct rt_thread *ts, const struct rt_dbm_ops *ops, rt_value self);
rt_value rt_dbm_get(struct rt_thread *ts, const struct rt_dbm_ops *ops, rt_value self, const rt_value *a, uint32_t n);
rt_value rt_dbm_setdefault(struct rt_thread *ts, const struct rt_dbm_ops *ops, rt_value self, const rt_value *a, uint32_t n);

/* The module's exception class, kept by its name; [borrowed: lives as long as the interpreter]. */
int rt_dbm_make_error(struct rt_thread *ts, rt_value module, const char *key);
struct rt_type *rt_dbm_error(struct rt_thread *ts, const char *key);
/* open(filename, flags="r", mode=0o666, /): *name owned bytes, *flags a str (borrowed). */
int rt_dbm_open_args(struct rt_thread *ts, const rt_value *a, uint32_t n, rt_value *name, rt_value *flags, int *mode);

#endif
