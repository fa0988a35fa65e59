/* SPDX-License-Identifier: MIT */
/* A list's array, for the list files of this room. See list.c and Note [CONT]. */
#ifndef RT_TYPES_LIST_INTERNAL_H
#define RT_TYPES_LIST_INTERNAL_H

#include "core/types/cont_internal.h"

RT_INLINE bool rt_list_is_static(const struct rt_list_array *a)
{
    return a == &rt_list_array_empty || a == &rt_list_array_sorting;
}

void rt_list_array_release(struct rt_thread *ts, struct rt_list_array *a, bool shared);
/* Moves words between overlapping places of one array; readers must see whole words. */
void rt_list_slots_move(rt_slot *dst, rt_slot *src, size_t n, bool shared);
struct rt_list_array *rt_list_grow(struct rt_thread *ts, struct rt_list *l, size_t need);
void rt_list_maybe_shrink(struct rt_thread *ts, struct rt_list *l, struct rt_list_array *a, size_t n);
/* l[key] = v, or del l[key] (v RT_NULL), for a slice. */
int rt_list_set_by_slice(struct rt_thread *ts, rt_value self, rt_value key, rt_value v);

/* In the section: room for `need` items. */
RT_INLINE struct rt_list_array *rt_list_reserve(struct rt_thread *ts, struct rt_list *l, size_t need)
{
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    if (rt_likely(need <= a->capacity))
        return a;
    return rt_list_grow(ts, l, need);
}

#endif
