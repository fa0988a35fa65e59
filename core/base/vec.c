/* SPDX-License-Identifier: MIT */
/* Growth by half; memory from malloc (which is the raw allocator's own, see alloc/raw.c). */
#include "core/base/vec.h"

#include <stdlib.h>

bool rt_vec_grow(struct rt_vec *v, size_t capacity)
{
    size_t want = v->capacity + v->capacity / 2 + 16;
    if (want < capacity)
        want = capacity;
    uint64_t *items = realloc(v->items, want * sizeof *items);
    if (!items)
        return false;
    v->items = items;
    v->capacity = want;
    return true;
}

void rt_vec_free(struct rt_vec *v)
{
    free(v->items);
    *v = (struct rt_vec){0};
}
