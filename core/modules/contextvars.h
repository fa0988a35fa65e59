/* SPDX-License-Identifier: MIT */
/* Context variables for C code. All: [attached; py; new ref; raises] unless said. */
#ifndef RT_MODULES_CONTEXTVARS_H
#define RT_MODULES_CONTEXTVARS_H

#include "core/seam/access.h"

int rt_context_init(struct rt_thread *ts); /* readies the types; may be called again */
rt_value rt_context_new(struct rt_thread *ts);
rt_value rt_context_current(struct rt_thread *ts);
rt_value rt_context_copy(struct rt_thread *ts, rt_value ctx);
rt_value rt_context_copy_current(struct rt_thread *ts);
int rt_context_enter(struct rt_thread *ts, rt_value ctx); /* RuntimeError if it is entered already */
int rt_context_exit(struct rt_thread *ts, rt_value ctx);
rt_value rt_contextvar_new(struct rt_thread *ts, rt_value name, rt_value deflt /* or RT_NULL */);
/* deflt RT_NULL: the variable's own; RT_NULL without exception when there is none either. */
rt_value rt_contextvar_get(struct rt_thread *ts, rt_value var, rt_value deflt);
rt_value rt_contextvar_set(struct rt_thread *ts, rt_value var, rt_value value); /* a Token */

#endif
