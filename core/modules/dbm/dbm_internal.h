/* SPDX-License-Identifier: MIT */
/*
 * What _dbm and _gdbm share: the database object, whose slots and methods are written once over the libraries' own
 * operations. The libraries know of no threads: each operation is done in the critical section of the object, without
 * detaching, and what the library points to is copied before the section ends.
 */
#ifndef RT_MODULES_DBM_INTERNAL_H
#define RT_MODULES_DBM_INTERNAL_H

#include "core/modules/lazy/lazy.h"
#include "core/types/cont_internal.h"

struct rt_dbm_text { const char *p; size_t n; };

/* [in the section; nopy] db: the library's handle, never NULL. fetch: owned bytes; RT_NULL without an exception: no such
   key. store and remove: 0, 1 no such key, or -1. has: 0 or 1. keys: appends to list, 0 or -1. count: how many, or -1. */
struct rt_dbm_ops {
    const char *kind, *error;                                     /* "DBM"; the name of the module's exception class */
    const char *keys_message, *values_message, *contains_message; /* TypeErrors of d[key] = value, key in d */
    rt_value (*fetch)(struct rt_thread *ts, void *db, const struct rt_dbm_text *key);
    int (*store)(struct rt_thread *ts, void *db, const struct rt_dbm_text *key, const struct rt_dbm_text *value);
    int (*remove)(struct rt_thread *ts, void *db, const struct rt_dbm_text *key, int flags);
    int (*has)(void *db, const struct rt_dbm_text *key);
    int64_t (*count)(struct rt_thread *ts, void *db);
    int (*keys)(struct rt_thread *ts, void *db, rt_value list);
    void (*close)(void *db);
};

struct rt_dbm {
    struct rt_object hdr;
    const struct rt_dbm_ops *ops; /* constant */
    void *db;                     /* in the section; NULL: closed */
    int flags;                    /* of open(); constant */
};
RT_INLINE struct rt_dbm *rt_as_dbm(rt_value v) { return (struct rt_dbm *)rt_ptr(v); }

/* [attached; nopy; raises] The bytes of a str (UTF-8) or bytes, as long as v lives. message: else, about v (%T), or NULL. */
int rt_dbm_text(struct rt_thread *ts, rt_value v, const char *message, struct rt_dbm_text *t);
/* [in the section; nopy; raises] The library's handle; NULL: the database is closed. */
void *rt_dbm_opened(struct rt_thread *ts, rt_value self);

/* Slots of the types, and methods whose tables hold the libraries' own docstrings. */
#define RT_DBM_SLOTS \
    .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct rt_dbm), .dealloc = rt_dbm_dealloc, .getitem = rt_dbm_getitem, \
    .setitem = rt_dbm_setitem, .contains = rt_dbm_contains, .len = rt_dbm_len
void rt_dbm_dealloc(struct rt_thread *ts, struct rt_object *o);
rt_value rt_dbm_getitem(struct rt_thread *ts, rt_value self, rt_value key);
int rt_dbm_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v);
int rt_dbm_contains(struct rt_thread *ts, rt_value self, rt_value key);
int64_t rt_dbm_len(struct rt_thread *ts, rt_value self);
rt_value rt_dbm_keys(struct rt_thread *ts, rt_value self);
rt_value rt_dbm_get(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);
rt_value rt_dbm_setdefault(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);
rt_value rt_dbm_close(struct rt_thread *ts, rt_value self); /* [in the section] */
rt_value rt_dbm_enter(struct rt_thread *ts, rt_value self);
rt_value rt_dbm_exit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n); /* [in the section] */

/* A database of type t that is still closed: new ref. */
rt_value rt_dbm_new(struct rt_thread *ts, struct rt_type *t, const struct rt_dbm_ops *ops, int flags);
/* The module's exception class, kept by its name; [borrowed: lives as long as the interpreter]. */
int rt_dbm_make_error(struct rt_thread *ts, rt_value module, const char *key);
struct rt_type *rt_dbm_error(struct rt_thread *ts, const char *key);
/* open(filename, flags="r", mode=0o666, /): *name owned bytes, *flags a str (borrowed). */
int rt_dbm_open_args(struct rt_thread *ts, const rt_value *a, uint32_t n, rt_value *name, rt_value *flags, int *mode);

#endif
