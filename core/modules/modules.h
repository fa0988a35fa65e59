/* SPDX-License-Identifier: MIT */
/* The native modules (modules.def) and what their files share. */
#ifndef RT_MODULES_MODULES_H
#define RT_MODULES_MODULES_H

#include "core/object/native.h"

#define RT_MODULE(n) extern const struct rt_module_def rt_module_##n;
#include "core/modules/modules.def"
#undef RT_MODULE

#endif
