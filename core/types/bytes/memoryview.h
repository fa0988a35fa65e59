/* SPDX-License-Identifier: MIT */
/* Layout of memoryview; shared by memoryview.c (life, protocol) and memoryview_items.c (elements). */
#ifndef RT_TYPES_MEMORYVIEW_H
#define RT_TYPES_MEMORYVIEW_H

#include "core/types/bytes/bytes_internal.h"

struct rt_managed_buffer {
    struct rt_object hdr;
    struct rt_buffer master;
    _Atomic int64_t views;
    _Atomic bool released;
};
struct rt_memoryview {
    struct rt_object hdr;
    rt_value managed;        /* owned; constant after init */
    struct rt_buffer view;   /* obj is RT_NULL */
    int64_t *dims;           /* shape, strides, suboffsets */
    char *own_format;        /* made by cast; or NULL: the exporter's */
    _Atomic bool released;
    _Atomic int64_t exports; /* of this view */
    _Atomic int64_t hash;
};

struct rt_memoryview *rt_memoryview_check(struct rt_thread *ts, rt_value self); /* NULL: released, raised */
struct rt_memoryview *rt_memoryview_alloc(struct rt_thread *ts, rt_value managed, int ndim);
rt_value rt_memoryview_of(struct rt_thread *ts, rt_value managed, const struct rt_buffer *src);
rt_value rt_memoryview_copy(struct rt_thread *ts, struct rt_memoryview *from);
bool rt_buffer_is_contiguous(const struct rt_buffer *b, char order);

/* memoryview_items.c */
char rt_memoryview_native(const char *format); /* the code of a native single-element format, or 0 */
rt_value rt_memoryview_unpack(struct rt_thread *ts, const struct rt_buffer *b, char format, const char *p);
rt_value rt_memoryview_getitem(struct rt_thread *ts, rt_value self, rt_value key);
int rt_memoryview_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v);
rt_value rt_memoryview_item(struct rt_thread *ts, rt_value self, int64_t i);
int64_t rt_memoryview_len(struct rt_thread *ts, rt_value self);
rt_value rt_memoryview_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op);
rt_value rt_memoryview_cast(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);

#endif
