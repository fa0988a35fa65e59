/* SPDX-License-Identifier: MIT */
/* marshal.h: what the `marshal` module needs beyond compile.h. */
#ifndef RT_COMPILER_MARSHAL_H
#define RT_COMPILER_MARSHAL_H

#include "core/object/native.h"

enum { RT_MARSHAL_VERSION = 4 };
/* [attached; py; new ref; raises] Reads one object, and not a byte more, from an open file. */
rt_value rt_marshal_load_file(struct rt_thread *ts, rt_value file);

/* [attached; nopy; new ref; NULL without exception: not what rt_marshal_dumps wrote] Code in memory that stays for
   ever, such as a mapped file. Its body (p + 17) must be aligned to 4. */
rt_value rt_marshal_load_fixed(struct rt_thread *ts, const uint8_t *p, size_t n);
/* [any state] Quick, and good against accidents only. */
uint64_t rt_marshal_checksum(const void *data, size_t n);

#endif
