/* SPDX-License-Identifier: MIT */
/*
 * A growable array of words (pointers or values), for internal lists: mark stacks, work lists.
 * Not thread-safe. Zero-initialised is empty. Memory errors: false.
 */
#ifndef RT_BASE_VEC_H
#define RT_BASE_VEC_H

#include "core/base/compiler.h"

struct rt_vec {
    uint64_t *items;
    size_t length, capacity;
};

bool rt_vec_grow(struct rt_vec *v, size_t capacity);
void rt_vec_free(struct rt_vec *v);

RT_INLINE bool rt_vec_push(struct rt_vec *v, uint64_t word)
{
    if (rt_unlikely(v->length == v->capacity) && !rt_vec_grow(v, v->length + 1))
        return false;
    v->items[v->length++] = word;
    return true;
}
RT_INLINE bool rt_vec_push_ptr(struct rt_vec *v, const void *p) { return rt_vec_push(v, (uintptr_t)p); }
RT_INLINE uint64_t rt_vec_pop(struct rt_vec *v) { return v->items[--v->length]; }
RT_INLINE void *rt_vec_pop_ptr(struct rt_vec *v) { return (void *)(uintptr_t)v->items[--v->length]; }
RT_INLINE void rt_vec_set_ptr(struct rt_vec *v, size_t i, const void *p) { v->items[i] = (uintptr_t)p; }
RT_INLINE void *rt_vec_ptr(const struct rt_vec *v, size_t i) { return (void *)(uintptr_t)v->items[i]; }

#endif
