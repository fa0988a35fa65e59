/* SPDX-License-Identifier: MIT */
/*
 * Native modules. A module is a static rt_module_def listed in modules/modules.def; importlib makes it
 * through _imp.create_builtin / exec_builtin, once per interpreter. No state in C globals: state lives
 * in interp->native_state / native_private under the module's RT_NS_ index, or in module attributes.
 */
#ifndef RT_OBJECT_NATIVE_H
#define RT_OBJECT_NATIVE_H

#include "core/object/error.h"
#include "core/object/protocol.h"
#include "core/seam/interp.h"
#include "core/types/containers.h"
#include "core/types/number.h"
#include "core/types/str.h"

struct rt_module_def {
    const char *name;
    const char *doc;
    const struct rt_method_def *methods; /* self is the module */
    struct rt_type *const *types;        /* static types to add under their short names, NULL-ended; readied on demand */
    int (*exec)(struct rt_thread *ts, rt_value module); /* constants, heap types; may be NULL */
};

/* Per-interpreter state slots. */
enum rt_native_slot {
    RT_NS_IO, RT_NS_SRE, RT_NS_FUNCTOOLS, RT_NS_STRUCT, RT_NS_SIGNAL, RT_NS_POSIX, RT_NS_TIME, RT_NS_JSON, RT_NS_RANDOM,
    RT_NS_COLLECTIONS, RT_NS_ITERTOOLS, RT_NS_SOCKET, RT_NS_DATETIME, RT_NS_PICKLE, RT_NS_CSV, RT_NS_AST, RT_NS_THREAD,
    RT_NS_DECIMAL, RT_NS_HASHLIB, RT_NS_SELECT, RT_NS_ARRAY, RT_NS_CONTEXT, RT_NS_ABC, RT_NS_WARNINGS, RT_NS_IMPORT,
    RT_NS_ERRNOMAP, RT_NS_OPERATOR, RT_NS_ASYNCIO, RT_NS_QUEUE, RT_NS_ZLIB, RT_NS_TYPING, RT_NS_FAULT, RT_NS_XXSUB, RT_NS_SQLITE, RT_NS_COUNT
};

rt_value rt_module_new(struct rt_thread *ts, rt_value name);
rt_value rt_module_from_def(struct rt_thread *ts, const struct rt_module_def *def);
rt_value rt_module_dict_borrowed(rt_value module); /* the dict, alive as long as the module */
int rt_module_add(struct rt_thread *ts, rt_value module, const char *name, rt_value owned); /* consumes, even on error */
int rt_module_add_int(struct rt_thread *ts, rt_value module, const char *name, int64_t i);
int rt_module_add_str(struct rt_thread *ts, rt_value module, const char *name, const char *s);
int rt_module_add_type(struct rt_thread *ts, rt_value module, struct rt_type *t);
/* new exception class "module.Name" as a heap type */
rt_value rt_module_add_exception(struct rt_thread *ts, rt_value module, const char *name, rt_value base);
rt_value rt_builtin_new(struct rt_thread *ts, const struct rt_method_def *def, rt_value self, rt_value module_name);
/* __class_getitem__ of generic containers: RT_METH_O | RT_METH_CLASS. list[int] and so on. */
rt_value rt_class_getitem(struct rt_thread *ts, rt_value cls, rt_value item);
/* import name; new ref */
rt_value rt_import(struct rt_thread *ts, const char *name);
rt_value rt_import_attr(struct rt_thread *ts, const char *module, const char *attr);
/* Odds and ends of an interpreter under a C name, for modules that need one object and no slot.
   [attached; nopy] Owned, or RT_NULL without an exception; 0 or -1. */
rt_value rt_interp_kept(struct rt_thread *ts, const char *key);
int rt_interp_keep(struct rt_thread *ts, const char *key, rt_value borrowed);
/* sys attributes */
rt_value rt_sys_get(struct rt_thread *ts, const char *name); /* owned or RT_NULL, no exception */
int rt_sys_set(struct rt_thread *ts, const char *name, rt_value borrowed);
int rt_sys_audit(struct rt_thread *ts, const char *event, uint32_t n, const rt_value *args);
/* The same with the arguments one by one; kinds has a letter for each: O rt_value (RT_NULL: None), i int, l int64_t,
   s const char * (NULL: None). Costs a test while there is no hook. */
int rt_audit_slow(struct rt_thread *ts, const char *event, const char *kinds, ...);
#define rt_audit(ts, ...) (rt_likely(!(ts)->interp->audited) ? 0 : rt_audit_slow((ts), __VA_ARGS__))

#endif
