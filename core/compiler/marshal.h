/* SPDX-License-Identifier: MIT */
/* marshal.h: what the `marshal` module needs beyond compile.h. */
#ifndef RT_COMPILER_MARSHAL_H
#define RT_COMPILER_MARSHAL_H

#include "core/object/native.h"

enum { RT_MARSHAL_VERSION = 4 };
/* [attached; py; new ref; raises] Reads one object, and not a byte more, from an open file. */
rt_value rt_marshal_load_file(struct rt_thread *ts, rt_value file);

#endif
