/* SPDX-License-Identifier: MIT */
/* Shared by types.GenericAlias and types.UnionType: type parameters and their substitution. */
#ifndef RT_OBJECT_GENERIC_H
#define RT_OBJECT_GENERIC_H

#include "core/object/object_internal.h"

rt_value rt_type_parameters(struct rt_thread *ts, rt_value args); /* tuple of distinct type variables */
/* args with params replaced by item (a tuple or one thing); new tuple. */
rt_value rt_substitute_parameters(struct rt_thread *ts, rt_value self, rt_value args, rt_value params,
                                  rt_value item);
int rt_type_repr_item(struct rt_thread *ts, struct rt_strbuf *b, rt_value v);

#endif
