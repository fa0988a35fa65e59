/* SPDX-License-Identifier: MIT */
/* The layout of module objects: the attribute word holds the module's dict from the beginning. */
#ifndef RT_OBJECT_MODULE_H
#define RT_OBJECT_MODULE_H

#include "core/object/native.h"

struct rt_module {
    struct rt_object hdr;
    rt_slot dict;
    const struct rt_module_def *def; /* of a native module, or NULL */
};

/* The definition a native module was made from, or NULL. */
const struct rt_module_def *rt_module_definition(rt_value module);

#endif
