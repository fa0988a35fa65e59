/* SPDX-License-Identifier: MIT */
/*
 * Raising and handling exceptions from C. A pending exception is ts->exc (an instance, owned);
 * functions signal it by RT_NULL, -1 or false.
 */
#ifndef RT_OBJECT_ERROR_H
#define RT_OBJECT_ERROR_H

#include "core/object/type.h"

/* Format: printf's %s %d %i %u %ld %lld %zd %zu %x %p %c %% plus, taking rt_value: %R repr, %S str,
   %A ascii, %U a str as is, %T the type's name; %V takes struct rt_type * and prints its name.
   %.200s and %.100U style precisions work. All raise functions return RT_NULL. [attached; py for %R %S %A] */
RT_COLD rt_value rt_raise(struct rt_thread *ts, struct rt_type *type, const char *fmt, ...);
RT_COLD rt_value rt_raise_value(struct rt_thread *ts, struct rt_type *type, rt_value arg); /* type(arg); arg borrowed */
RT_COLD rt_value rt_raise_none(struct rt_thread *ts, struct rt_type *type);
RT_COLD rt_value rt_raise_instance(struct rt_thread *ts, rt_value exc);                  /* borrowed instance */
RT_COLD rt_value rt_raise_no_memory(struct rt_thread *ts);
RT_COLD rt_value rt_raise_errno(struct rt_thread *ts, struct rt_type *type, rt_value filename); /* errno; filename or RT_NULL */
RT_COLD rt_value rt_raise_errno2(struct rt_thread *ts, rt_value filename, rt_value filename2);
RT_COLD rt_value rt_raise_key(struct rt_thread *ts, rt_value key);                        /* KeyError(key) */
RT_COLD rt_value rt_raise_attribute(struct rt_thread *ts, rt_value o, rt_value name);     /* default message, name/obj set */
RT_COLD rt_value rt_raise_arg_type(struct rt_thread *ts, const char *fname, const char *arg, const char *expected, rt_value got);
                                        /* "fname() argument 'arg' must be expected, not T"; arg may be "argument 2" itself, or NULL: no name */
rt_value rt_str_format(struct rt_thread *ts, const char *fmt, ...);                     /* new str by the same format */
rt_value rt_str_vformat(struct rt_thread *ts, const char *fmt, va_list ap);

RT_INLINE bool rt_pending(struct rt_thread *ts) { return ts->exc.bits != 0; }
bool rt_exc_is(struct rt_thread *ts, struct rt_type *type);           /* pending one is an instance of type */
RT_INLINE rt_value rt_exc_take(struct rt_thread *ts) { rt_value e = ts->exc; ts->exc = RT_NULL; return e; }
void rt_exc_put(struct rt_thread *ts, rt_value exc);                  /* owned; replaces the pending one */
void rt_exc_clear(struct rt_thread *ts);
bool rt_exc_clear_if(struct rt_thread *ts, struct rt_type *type);     /* cleared an exception of that type */
void rt_exc_chain(struct rt_thread *ts, rt_value earlier);            /* pending.__context__ = earlier (owned) */
void rt_exc_set_cause(struct rt_thread *ts, rt_value exc, rt_value cause); /* cause owned, consumed; RT_NULL: None */
void rt_write_unraisable(struct rt_thread *ts, rt_value where);       /* sys.unraisablehook for the pending one */
void rt_write_unraisable_msg(struct rt_thread *ts, const char *msg, rt_value where);
rt_value rt_unraisablehook(struct rt_thread *ts, rt_value module, rt_value args); /* sys.__unraisablehook__ */
/* Warnings: 0, or -1 when the filter made it an exception. */
int rt_warn(struct rt_thread *ts, struct rt_type *category, int stack_level, const char *fmt, ...);
int rt_warn_resource(struct rt_thread *ts, rt_value source, const char *fmt, ...); /* ResourceWarning about source */
int rt_warn_explicit(struct rt_thread *ts, struct rt_type *category, rt_value message, rt_value filename, int lineno, rt_value module);

/* Every builtin exception: rt_exc_TypeError and so on (types/exceptions/exceptions.def). */
#define RT_EXC(name, base, doc) extern struct rt_type rt_exc_##name;
#include "core/types/exceptions/exceptions.def"
#undef RT_EXC

#endif
