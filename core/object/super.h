/* SPDX-License-Identifier: MIT */
/* What the evaluator needs of super() to call a method without making the super object. */
#ifndef RT_OBJECT_SUPER_H
#define RT_OBJECT_SUPER_H

#include "core/object/type.h"

/* [attached; py; raises] The class cell and the first argument of the running frame, owned. In eval/super_args.c. */
int rt_super_arguments(struct rt_thread *ts, rt_value *type, rt_value *obj);
/* [attached; py; new ref; raises] super(t, obj).name. *plain: a function or method descriptor found in the class of obj, not
   bound, to be called with obj first. RT_NULL without exception: an attribute of the super object itself, or absent. */
rt_value rt_super_direct(struct rt_thread *ts, struct rt_type *t, rt_value obj, rt_value name, bool *plain);

#endif
