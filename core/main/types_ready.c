/* SPDX-License-Identifier: MIT */
/* Static types that rt_object_init does not know: iterators, evaluator helpers. One list, start-up only. */
#include "core/eval/frame.h"
#include "core/main/startup.h"
#include "core/types/containers.h"
#include "core/types/str.h"

#define TYPES(X)                                                                                                        \
    X(rt_list_iter_type) X(rt_list_reviter_type) X(rt_tuple_iter_type) X(rt_range_iter_type) X(rt_longrange_iter_type) \
    X(rt_dict_keyiter_type) X(rt_dict_valueiter_type) X(rt_dict_itemiter_type) X(rt_dict_revkeyiter_type)              \
    X(rt_dict_revvalueiter_type) X(rt_dict_revitemiter_type) X(rt_set_iter_type) X(rt_encoding_map_type)
#define DECLARE(t) extern struct rt_type t;
TYPES(DECLARE)
int rt_memoryview_types_ready(struct rt_thread *ts);

int rt_startup_types(struct rt_thread *ts)
{
#define ADDRESS(t) &t,
    static struct rt_type *const types[] = {TYPES(ADDRESS)};
    for (struct rt_type *const *t = rt_eval_types; *t; t++)
        if (rt_type_ready(ts, *t) < 0)
            return -1;
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (rt_type_ready(ts, types[i]) < 0)
            return -1;
    return rt_str_types_ready(ts) < 0 || rt_bytes_types_ready(ts) < 0 || rt_memoryview_types_ready(ts) < 0 ? -1 : 0;
}
