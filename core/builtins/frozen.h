/* SPDX-License-Identifier: MIT */
/* The methods of _imp that deal with frozen modules. [attached; nopy; new ref; raises] */
#ifndef RT_BUILTINS_FROZEN_H
#define RT_BUILTINS_FROZEN_H

#include "core/object/native.h"

rt_value rt_frozen_is(struct rt_thread *ts, rt_value self, rt_value name);
rt_value rt_frozen_is_package(struct rt_thread *ts, rt_value self, rt_value name);
rt_value rt_frozen_find(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
rt_value rt_frozen_get_object(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
rt_value rt_frozen_names(struct rt_thread *ts, rt_value self);
rt_value rt_frozen_override(struct rt_thread *ts, rt_value self, rt_value v);
rt_value rt_frozen_write_image(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);

#endif
