/* SPDX-License-Identifier: MIT */
/* Pieces of the sys module that other files of this room provide. */
#ifndef RT_BUILTINS_SYS_H
#define RT_BUILTINS_SYS_H

#include "core/object/native.h"

extern const struct rt_method_def rt_sys_functions[];
int rt_sys_types_ready(struct rt_thread *ts); /* [attached; raises] the types that functions of sys return */
rt_value rt_builtin_module_names(struct rt_thread *ts);
/* audit.c */
rt_value rt_sys_audit_function(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
rt_value rt_sys_addaudithook(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
/* Nothing is traced in ts between the two; they nest. */
void rt_trace_pause(struct rt_thread *ts);
void rt_trace_resume(struct rt_thread *ts);
/* sys.call_tracing: also from inside a trace function. args: tuple. New ref. */
rt_value rt_trace_call_tracing(struct rt_thread *ts, rt_value f, rt_value args);
/* sys.settrace / setprofile: f None removes. 0 or -1 */
int rt_trace_set(struct rt_thread *ts, rt_value f, bool profile);
/* [attached; py; raises] A native profiler (or None): event is told what happens in this thread. It raises nothing itself. */
typedef int (*rt_profile_fn)(struct rt_thread *ts, rt_value profiler, struct rt_frame *fr, int event, rt_value arg);
int rt_trace_set_native(struct rt_thread *ts, rt_value profiler, rt_profile_fn event);
rt_value rt_import_stdlib_names(struct rt_thread *ts); /* frozenset, or RT_NULL */
/* The name that a NameError or AttributeError may have meant: owned str, or RT_NULL; no exception. */
rt_value rt_suggestion(struct rt_thread *ts, rt_value exc);
rt_value rt_sys_stats_dict(struct rt_thread *ts);
size_t rt_alloc_live_blocks(struct rt_interp *in);

#endif
