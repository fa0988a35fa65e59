/* SPDX-License-Identifier: MIT */
/* The files of the _collections module. */
#ifndef RT_MODULES_COLLECTIONS_INTERNAL_H
#define RT_MODULES_COLLECTIONS_INTERNAL_H

#include "core/modules/modules.h"
#include "core/types/dict_internal.h"

extern struct rt_type rt_deque_type;
extern struct rt_type *const rt_deque_iter_type, *const rt_deque_reviter_type;
extern struct rt_type rt_defaultdict_type, rt_tuplegetter_type, rt_odict_type;
int rt_odict_ready(struct rt_thread *ts); /* views and iterators */

#endif
