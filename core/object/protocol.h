/* SPDX-License-Identifier: MIT */
/*
 * The abstract operations: what Python's operators and built-in functions do to any value. Fast
 * paths for exact builtin types come first in each. All: [attached; py; new ref; raises] unless said.
 */
#ifndef RT_OBJECT_PROTOCOL_H
#define RT_OBJECT_PROTOCOL_H

#include "core/object/type.h"

/* attributes; name is a str (any, interned inside) */
rt_value rt_getattr(struct rt_thread *ts, rt_value o, rt_value name);
/* Absent attribute: RT_NULL without an exception (other errors: RT_NULL with one; test ts->exc). */
rt_value rt_getattr_opt(struct rt_thread *ts, rt_value o, rt_value name);
rt_value rt_getattr_cstr(struct rt_thread *ts, rt_value o, const char *name);
rt_value rt_getattr_opt_cstr(struct rt_thread *ts, rt_value o, const char *name);
int rt_setattr(struct rt_thread *ts, rt_value o, rt_value name, rt_value v); /* RT_NULL deletes */
int rt_setattr_cstr(struct rt_thread *ts, rt_value o, const char *name, rt_value v);
rt_value rt_object_getattr(struct rt_thread *ts, rt_value o, rt_value name);  /* object.__getattribute__ */
int rt_object_setattr(struct rt_thread *ts, rt_value o, rt_value name, rt_value v);
/* The method `name` of o for a call: returns the callable and, in *self, o (borrowed) when it is an
   unbound function to be called with o first, else RT_NULL. No bound method is made. */
rt_value rt_getmethod(struct rt_thread *ts, rt_value o, rt_value name, rt_value *self);
/* Special method on the type, not the instance; absent: RT_NULL without exception. Bound through
   *self as above. */
rt_value rt_lookup_special(struct rt_thread *ts, rt_value o, const char *name, rt_value *self);
rt_value rt_lookup_special_id(struct rt_thread *ts, rt_value o, rt_value id, rt_value *self); /* an interned name */
/* o.__dict__ : the instance dict (write-through view or dict), created on demand. */
rt_value rt_object_dict(struct rt_thread *ts, rt_value o);

/* calls; args borrowed; kw: tuple of names for the last values, or RT_NULL */
rt_value rt_call(struct rt_thread *ts, rt_value f, const rt_value *args, uint32_t n, rt_value kw);
rt_value rt_call0(struct rt_thread *ts, rt_value f);
rt_value rt_call1(struct rt_thread *ts, rt_value f, rt_value a);
rt_value rt_call2(struct rt_thread *ts, rt_value f, rt_value a, rt_value b);
rt_value rt_call3(struct rt_thread *ts, rt_value f, rt_value a, rt_value b, rt_value c);
/* f(*args, **kwargs): args a tuple, kwargs a dict or RT_NULL */
rt_value rt_call_ex(struct rt_thread *ts, rt_value f, rt_value args, rt_value kwargs);
rt_value rt_call_method(struct rt_thread *ts, rt_value o, const char *name, const rt_value *args, uint32_t n);
bool rt_is_callable(rt_value v);

/* object */
rt_value rt_repr(struct rt_thread *ts, rt_value o);
rt_value rt_str(struct rt_thread *ts, rt_value o);
rt_value rt_ascii(struct rt_thread *ts, rt_value o);
rt_value rt_bytes_from_object(struct rt_thread *ts, rt_value o);
rt_value rt_format(struct rt_thread *ts, rt_value o, rt_value spec); /* spec: str or RT_NULL */
int64_t rt_hash(struct rt_thread *ts, rt_value o);                   /* -1: error */
int rt_truth(struct rt_thread *ts, rt_value o);                      /* 1, 0, -1 */
rt_value rt_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op);
/* The answer to op of a three-way comparison: c < 0, == 0 or > 0. */
RT_INLINE rt_value rt_compare_result(int c, enum rt_cmp op)
{
    switch (op) {
    case RT_LT: return rt_bool(c < 0);
    case RT_LE: return rt_bool(c <= 0);
    case RT_EQ: return rt_bool(c == 0);
    case RT_NE: return rt_bool(c != 0);
    case RT_GT: return rt_bool(c > 0);
    default: return rt_bool(c >= 0);
    }
}
int rt_compare_bool(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op); /* identity implies == */
RT_INLINE int rt_equal(struct rt_thread *ts, rt_value a, rt_value b) { return rt_is(a, b) ? 1 : rt_compare_bool(ts, a, b, RT_EQ); }
int rt_isinstance(struct rt_thread *ts, rt_value o, rt_value cls);   /* 1, 0, -1; __instancecheck__ */
int rt_issubclass(struct rt_thread *ts, rt_value c, rt_value cls);
rt_value rt_dir(struct rt_thread *ts, rt_value o);
rt_value rt_id(struct rt_thread *ts, rt_value o);
/* repr guard: 1 already in progress for o, 0 entered, -1 error */
int rt_repr_enter(struct rt_thread *ts, rt_value o);
void rt_repr_leave(struct rt_thread *ts, rt_value o);

/* numbers */
rt_value rt_binary(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op);
rt_value rt_inplace(struct rt_thread *ts, rt_value a, rt_value b, enum rt_binop op);
rt_value rt_power(struct rt_thread *ts, rt_value a, rt_value b, rt_value mod);
rt_value rt_unary(struct rt_thread *ts, rt_value a, enum rt_unop op);
rt_value rt_index(struct rt_thread *ts, rt_value o);               /* exact int through __index__ */
rt_value rt_to_int(struct rt_thread *ts, rt_value o);              /* int(o) */
rt_value rt_to_float(struct rt_thread *ts, rt_value o);            /* float(o) */
/* C numbers out of values; -1 with exception on error (check ts->exc). Overflow: exc_overflow type or,
   if NULL, clipped. */
int64_t rt_as_index(struct rt_thread *ts, rt_value o, struct rt_type *exc_overflow);
int64_t rt_as_ssize(struct rt_thread *ts, rt_value o); /* index of an argument: "... to C ssize_t" */
int64_t rt_as_i64(struct rt_thread *ts, rt_value o);   /* OverflowError "Python int too large to convert to C long" */
uint64_t rt_as_u64(struct rt_thread *ts, rt_value o);
int rt_as_int(struct rt_thread *ts, rt_value o);       /* "... to C int" / "signed integer is ..." */
double rt_as_double(struct rt_thread *ts, rt_value o); /* float, __float__, __index__; -1.0 on error */
bool rt_index_check(rt_value o);                       /* has __index__ */

/* iteration */
rt_value rt_iter(struct rt_thread *ts, rt_value o);
rt_value rt_iter_self(struct rt_thread *ts, rt_value self);   /* the slot `iter` of an iterator */
RT_INLINE rt_value rt_next(struct rt_thread *ts, rt_value it) { return rt_type_of(it)->iternext(ts, it); } /* RT_STOP at end */
bool rt_is_iterator(rt_value v);
int64_t rt_length_hint(struct rt_thread *ts, rt_value o, int64_t deflt); /* -1: error */
/* Set StopIteration from ts->stop_value after a STOP that must surface as an exception. */
void rt_raise_stop_iteration(struct rt_thread *ts);
/* If a StopIteration is pending: clear it, put its value in ts->stop_value, return RT_STOP; else RT_NULL. */
rt_value rt_stop_from_exception(struct rt_thread *ts);

/* containers */
int64_t rt_len(struct rt_thread *ts, rt_value o);
rt_value rt_getitem(struct rt_thread *ts, rt_value o, rt_value key);
int rt_setitem(struct rt_thread *ts, rt_value o, rt_value key, rt_value v);
int rt_delitem(struct rt_thread *ts, rt_value o, rt_value key);
int rt_contains(struct rt_thread *ts, rt_value o, rt_value v);
rt_value rt_seq_getitem(struct rt_thread *ts, rt_value o, int64_t i);
int rt_seq_setitem(struct rt_thread *ts, rt_value o, int64_t i, rt_value v);
bool rt_is_sequence(rt_value o);
bool rt_is_mapping(rt_value o);
/* list or tuple out of any iterable. seq_fast: o itself if list/tuple, else a list; message as TypeError. */
rt_value rt_seq_list(struct rt_thread *ts, rt_value o);
rt_value rt_seq_tuple(struct rt_thread *ts, rt_value o);
rt_value rt_mapping_keys(struct rt_thread *ts, rt_value o);
rt_value rt_mapping_items(struct rt_thread *ts, rt_value o);
rt_value rt_mapping_values(struct rt_thread *ts, rt_value o);

/* C recursion guard around anything that recurses on the machine stack: RecursionError when less than
   the reserve is left. where: " while calling a Python object" */
RT_INLINE bool rt_c_stack_low(struct rt_thread *ts)
{
#if defined(__x86_64__)
    char *sp; /* the register itself: asking for the frame's address would make every caller keep one */
    __asm__("mov %%rsp, %0" : "=r"(sp));
#else
    char *sp = __builtin_frame_address(0);
#endif
    return sp < ts->c_stack_limit;
}
int rt_recursion_check(struct rt_thread *ts, const char *where); /* 0, or -1 with RecursionError */
/* rt_next() for an iterator over another iterator: such chains are as long as a program makes them. */
RT_INLINE rt_value rt_next_nested(struct rt_thread *ts, rt_value it)
{
    if (rt_unlikely(rt_c_stack_low(ts)) && rt_recursion_check(ts, "") < 0)
        return RT_NULL;
    return rt_next(ts, it);
}
/* The same for natives that recurse on the structure of data (repr, comparison): nesting counts against
   sys.getrecursionlimit() too. Every successful enter needs a leave. */
RT_COLD int rt_recursion_too_deep(struct rt_thread *ts, const char *where);
RT_INLINE int rt_recursion_enter(struct rt_thread *ts, const char *where)
{
    if (rt_unlikely(rt_c_stack_low(ts) || ts->c_depth + ts->py_depth >= rt_load_relaxed(&ts->py_depth_limit)))
        return rt_recursion_too_deep(ts, where);
    ts->c_depth++;
    return 0;
}
RT_INLINE void rt_recursion_leave(struct rt_thread *ts) { ts->c_depth--; }

/* Arguments of native functions. names: parameter names in order, NULL at the end; a leading '/'-less
   count npos_only of them is positional-only, those from index kwonly on are keyword-only.
   out[i] gets a borrowed word or RT_NULL if absent. min: required count. Messages as CPython's Argument
   Clinic. 0 or -1. */
struct rt_argspec {
    const char *fname; /* NULL: "function", as functions say that CPython never told their names */
    const char *const *names;
    uint8_t npos_only, min, max /* positional */, total;
};
int rt_args(struct rt_thread *ts, const struct rt_argspec *spec, const rt_value *args, uint32_t n,
            rt_value kw, rt_value *out);
/* Positional count check for RT_METH_FAST: "fname expected at least %d arguments, got %d". */
RT_COLD int rt_args_count_error(struct rt_thread *ts, const char *fname, uint32_t n, uint32_t min, uint32_t max); /* -1 */
RT_INLINE int rt_args_count(struct rt_thread *ts, const char *fname, uint32_t n, uint32_t min, uint32_t max)
{
    return rt_likely(n >= min && n <= max) ? 0 : rt_args_count_error(ts, fname, n, min, max);
}
int rt_no_keywords(struct rt_thread *ts, const char *fname, rt_value kw);

/* Buffers (PEP 3118). */
struct rt_buffer {
    void *buf;
    rt_value obj; /* owned exporter */
    int64_t len, itemsize;
    bool readonly;
    int ndim;
    const char *format; /* NULL means "B" */
    int64_t *shape, *strides, *suboffsets;
    int64_t one_dim[2]; /* storage for shape and strides of simple exporters */
    void *internal;
};
enum { RT_BUF_SIMPLE = 0, RT_BUF_WRITABLE = 1, RT_BUF_FORMAT = 4, RT_BUF_ND = 8, RT_BUF_STRIDES = 0x18,
       RT_BUF_C_CONTIGUOUS = 0x38, RT_BUF_F_CONTIGUOUS = 0x58, RT_BUF_ANY_CONTIGUOUS = 0x98,
       RT_BUF_INDIRECT = 0x118, RT_BUF_FULL_RO = 0x11c, RT_BUF_FULL = 0x11d };
bool rt_has_buffer(rt_value o);
int rt_buffer_get(struct rt_thread *ts, rt_value o, struct rt_buffer *b, int flags); /* "a bytes-like object is required, not '%s'" */
void rt_buffer_release(struct rt_thread *ts, struct rt_buffer *b);
/* Fill a view of plain bytes (exporter o). BufferError if not writable. */
int rt_buffer_fill(struct rt_thread *ts, struct rt_buffer *b, rt_value o, void *buf, int64_t len, bool readonly, int flags);

#endif
