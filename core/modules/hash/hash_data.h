/* SPDX-License-Identifier: MIT */
/* What hash functions take, bytes-like objects of one dimension and no text, and give. */
#ifndef RT_MODULES_HASH_DATA_H
#define RT_MODULES_HASH_DATA_H

#include "core/object/native.h"

/* [attached; raises] A view of v, to be released; 0 or -1. */
int rt_hash_data(struct rt_thread *ts, rt_value v, struct rt_buffer *b);
/* The argument `length` of the (hex)digest of functions without a length of their own; -1: raised. */
int64_t rt_hash_length(struct rt_thread *ts, const rt_value *args, uint32_t n, rt_value kw, bool hex);
rt_value rt_hash_hex(struct rt_thread *ts, const unsigned char *p, size_t n); /* new str of hexadecimal digits */

#endif
