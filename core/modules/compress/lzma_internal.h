/* SPDX-License-Identifier: MIT */
/* Shared by the two files of _lzma. */
#ifndef RT_MODULES_LZMA_INTERNAL_H
#define RT_MODULES_LZMA_INTERNAL_H

#include <lzma.h>

#include "core/modules/compress/stream.h"

rt_value lzma_error_raise(struct rt_thread *ts, const char *fmt, unsigned arg); /* LZMAError */
bool lzma_failed(struct rt_thread *ts, lzma_ret r);                             /* an exception is set */
int lzma_uint32(struct rt_thread *ts, rt_value v, uint32_t *out);
/* A chain of filters from a sequence of dicts; ended by LZMA_VLI_UNKNOWN. 0, or -1 with an exception. */
int lzma_filters_parse(struct rt_thread *ts, lzma_filter f[LZMA_FILTERS_MAX + 1], rt_value specs);
void lzma_filters_drop(lzma_filter *f);
rt_value lzma_encode_properties(struct rt_thread *ts, rt_value self, rt_value spec);
rt_value lzma_decode_properties(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);

#endif
