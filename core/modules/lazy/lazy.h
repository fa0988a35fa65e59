/* SPDX-License-Identifier: MIT */
/*
 * Libraries that are loaded by the first import of a module that needs them (../README.md).
 */
#ifndef RT_MODULES_LAZY_H
#define RT_MODULES_LAZY_H

#include "core/object/native.h"

struct rt_lazy {
    const char *soname;
    const char *names;      /* one after the other, each NUL-terminated; an empty one ends */
    void **slots;           /* what the stubs jump through; written by whoever loads, always the same words */
    _Atomic(void *) handle; /* set last */
};
#define RT_LAZY_LIB(lib, file) extern struct rt_lazy rt_lazy_##lib;
#include "core/modules/lazy/libs.def"
#undef RT_LAZY_LIB

/* [attached; nopy; raises ImportError] Make the library's functions callable. Cheap when they are. */
int rt_lazy_load_slow(struct rt_thread *ts, struct rt_lazy *lib);
RT_INLINE int rt_lazy_load(struct rt_thread *ts, struct rt_lazy *lib)
{
    return rt_likely(rt_load_acquire(&lib->handle) != NULL) ? 0 : rt_lazy_load_slow(ts, lib);
}
/* A variable of a loaded library, or NULL. */
void *rt_lazy_data(struct rt_lazy *lib, const char *name);

#endif
