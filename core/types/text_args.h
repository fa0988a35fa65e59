/* SPDX-License-Identifier: MIT */
/* Arguments of the methods that str, bytes and bytearray have in common. */
#ifndef RT_TYPES_TEXT_ARGS_H
#define RT_TYPES_TEXT_ARGS_H

#include "core/object/native.h"

/* All: 0, or -1 with an exception. */
RT_COLD int rt_find_count_error(struct rt_thread *ts, const char *fname, uint32_t n);
int rt_slice_index_slow(struct rt_thread *ts, rt_value v, int64_t *out); /* slice.c */
/* fname(sub[, start[, end]]) */
RT_INLINE int rt_find_count(struct rt_thread *ts, const char *fname, uint32_t n)
{
    return rt_likely(n >= 1 && n <= 3) ? 0 : rt_find_count_error(ts, fname, n);
}
/* One slice index argument: None leaves *out. */
RT_INLINE int rt_slice_index(struct rt_thread *ts, rt_value v, int64_t *out)
{
    if (rt_is_none(v))
        return 0;
    if (rt_unlikely(!rt_is_int(v)))
        return rt_slice_index_slow(ts, v, out);
    *out = rt_int_get(v);
    return 0;
}
/* args[i..] as start and end of a find-like method, as they are given. */
RT_INLINE int rt_slice_bounds(struct rt_thread *ts, const rt_value *args, uint32_t n, uint32_t i, int64_t *start, int64_t *end)
{
    *start = 0;
    *end = INT64_MAX;
    if (i < n && rt_slice_index(ts, args[i], start) < 0)
        return -1;
    return i + 1 < n ? rt_slice_index(ts, args[i + 1], end) : 0;
}
/* The only argument, an int that may be left out and be given by its name. */
int rt_optional_int(struct rt_thread *ts, const char *fname, const char *name, const rt_value *args, uint32_t n, rt_value kw,
                    int absent, int *out);

/* start and end as Python counts them, within 0..len but for a start beyond it. */
RT_INLINE void rt_adjust_bounds(int64_t *start, int64_t *end, int64_t len)
{
    if (*end > len)
        *end = len;
    else if (*end < 0 && (*end += len) < 0)
        *end = 0;
    if (*start < 0 && (*start += len) < 0)
        *start = 0;
}

#endif
