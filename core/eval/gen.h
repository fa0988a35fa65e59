/* SPDX-License-Identifier: MIT */
/* Resuming generators, coroutines and async generators from C. */
#ifndef RT_EVAL_GEN_H
#define RT_EVAL_GEN_H

#include "core/eval/frame.h"

/* [attached; py; new ref, RT_STOP at the end with ts->stop_value, or RT_NULL] */
rt_value rt_generator_send(struct rt_thread *ts, rt_value self, rt_value value);
rt_value rt_generator_throw(struct rt_thread *ts, rt_value self, rt_value owned_exc);
rt_value rt_generator_close(struct rt_thread *ts, rt_value self);
/* throw()'s arguments (1 to 3) as one exception instance. */
rt_value rt_generator_throw_args(struct rt_thread *ts, const rt_value *args, uint32_t n);
void rt_generator_release(struct rt_thread *ts, struct rt_generator *g);
rt_value rt_get_awaitable_iter(struct rt_thread *ts, rt_value v);
/* The awaitable of anext(it, default): awaits `awaitable`, gives deflt where that ends. */
rt_value rt_anext_awaitable_new(struct rt_thread *ts, rt_value awaitable, rt_value deflt);

#endif
