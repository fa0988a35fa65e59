/* SPDX-License-Identifier: MIT */
/* What hash functions take: bytes-like objects of one dimension, no text. */
#ifndef RT_MODULES_HASH_DATA_H
#define RT_MODULES_HASH_DATA_H

#include "core/object/native.h"

/* [attached; raises] A view of v, to be released; 0 or -1. */
int rt_hash_data(struct rt_thread *ts, rt_value v, struct rt_buffer *b);

#endif
