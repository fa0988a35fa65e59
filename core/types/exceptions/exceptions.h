/* SPDX-License-Identifier: MIT */
/*
 * Layouts of the exception objects. All begin with struct rt_exc_base; further attributes (notes too)
 * are ordinary instance attributes. OBJECT fields are slots: read with rt_slot_get, write with
 * rt_slot_set; RT_NULL reads as None.
 */
#ifndef RT_TYPES_EXCEPTIONS_H
#define RT_TYPES_EXCEPTIONS_H

#include "core/object/type.h"

struct rt_exc_base {
    struct rt_object hdr;
    rt_slot args;      /* tuple, never RT_NULL */
    rt_slot traceback; /* traceback object or RT_NULL */
    rt_slot context, cause;
    _Atomic uint8_t suppress_context;
};
struct rt_exc_stop_iteration { struct rt_exc_base b; rt_slot value; };
struct rt_exc_system_exit { struct rt_exc_base b; rt_slot code; };
struct rt_exc_attribute { struct rt_exc_base b; rt_slot obj, name; };
struct rt_exc_name { struct rt_exc_base b; rt_slot name; };
struct rt_exc_import { struct rt_exc_base b; rt_slot msg, name, path; };
struct rt_exc_os {
    struct rt_exc_base b;
    rt_slot myerrno, strerror, filename, filename2;
    _Atomic int64_t written; /* -1: not set */
};
struct rt_exc_syntax {
    struct rt_exc_base b;
    rt_slot msg, filename, lineno, offset, end_lineno, end_offset, text, print_file_and_line;
};
struct rt_exc_unicode {
    struct rt_exc_base b;
    rt_slot encoding, object, reason;
    _Atomic int64_t start, end;
};
struct rt_exc_group { struct rt_exc_base b; rt_slot msg, excs; };

RT_INLINE struct rt_exc_base *rt_as_exc(rt_value v) { return (struct rt_exc_base *)rt_ptr(v); }
RT_INLINE bool rt_is_exc(rt_value v) { return rt_is_ptr(v) && rt_has(v, RT_TF_EXC); }
/* v is a class derived from BaseException. */
RT_INLINE bool rt_is_exc_class(rt_value v)
{
    return rt_is_ptr(v) && rt_is_type(v) && rt_type_has(rt_as_type(v), RT_TF_EXC);
}

/* [attached; nopy; new ref or RT_NULL when unset, no exception] */
rt_value rt_exc_traceback(struct rt_thread *ts, rt_value exc);
void rt_exc_set_traceback(struct rt_thread *ts, rt_value exc, rt_value owned_tb); /* consumes; RT_NULL clears */
rt_value rt_exc_context(struct rt_thread *ts, rt_value exc);
void rt_exc_set_context(struct rt_thread *ts, rt_value exc, rt_value owned);
rt_value rt_exc_cause(struct rt_thread *ts, rt_value exc);

/* UnicodeDecodeError / EncodeError / TranslateError instances. [attached; new ref; raises] */
rt_value rt_exc_unicode_decode(struct rt_thread *ts, const char *encoding, const void *data, size_t n,
                               size_t start, size_t end, const char *reason);
rt_value rt_exc_unicode_encode(struct rt_thread *ts, const char *encoding, rt_value str,
                               size_t start, size_t end, const char *reason);
rt_value rt_exc_unicode_translate(struct rt_thread *ts, rt_value str, size_t start, size_t end,
                                  const char *reason);

/* except*: split eg into matching and rest; both owned, RT_NONE when empty. match_type: class, tuple.
   0 or -1. */
int rt_exc_group_split(struct rt_thread *ts, rt_value exc, rt_value match_type, rt_value *match,
                       rt_value *rest);
/* New exception group of the given exceptions (a list) derived from orig; for re-raise after except*. */
rt_value rt_exc_group_prep_reraise(struct rt_thread *ts, rt_value orig, rt_value excs);

/* exec of SyntaxError and its subclasses with place: text may be RT_NULL. Sets the pending exception. */
rt_value rt_raise_syntax(struct rt_thread *ts, struct rt_type *type, const char *msg, rt_value filename,
                         int lineno, int col /* 1-based */, int end_lineno, int end_col, rt_value text);

/* Ready all exception types; add them to the builtins dict. */
int rt_exceptions_init(struct rt_thread *ts);
int rt_exceptions_add(struct rt_thread *ts, rt_value dict);

#endif
