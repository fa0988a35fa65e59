/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: functions of CPython's API under their own names, for ctypes.pythonapi.
 *
 * Only such as programs call that way and as mean the same here: PyObject * is an opaque word that goes in and
 * out as py_object. They are called attached (PyDLL). What is not here is an AttributeError, as with any library.
 */
#include <stdarg.h>
#include <stdio.h>

#include "core/modules/ctypes/ctypes_internal.h"
#include "core/thread/thread.h"

#define API __attribute__((visibility("default"), used))
typedef uint64_t word; /* the bits of an rt_value; results own a count, arguments do not; 0: an exception is set */

static struct rt_thread *me(void) { return rt_current_thread; }

API word PyBytes_FromStringAndSize(const char *s, ssize_t n);
API word PyBytes_FromStringAndSize(const char *s, ssize_t n) { return rt_bytes_new(me(), s, (size_t)n).bits; }
API word PyBytes_FromString(const char *s);
API word PyBytes_FromString(const char *s) { return rt_bytes_new(me(), s, strlen(s)).bits; }
API word PyUnicode_FromString(const char *s);
API word PyUnicode_FromString(const char *s) { return rt_str_from_utf8(me(), s, strlen(s), NULL).bits; }
API word PyLong_FromLong(long i);
API word PyLong_FromLong(long i) { return rt_int_from_i64(me(), i).bits; }
API word PyLong_FromVoidPtr(void *p);
API word PyLong_FromVoidPtr(void *p) { return rt_int_from_u64(me(), (uintptr_t)p).bits; }
API long PyLong_AsLong(word v);
API long PyLong_AsLong(word v) { return rt_as_i64(me(), RT_VALUE(v)); }
API word PyFloat_FromDouble(double d);
API word PyFloat_FromDouble(double d) { return rt_float_new(me(), d).bits; }
API double PyFloat_AsDouble(word v);
API double PyFloat_AsDouble(word v) { return rt_as_double(me(), RT_VALUE(v)); }

API int PyList_Append(word list, word v);
API int PyList_Append(word list, word v)
{
    if (rt_is_ptr(RT_VALUE(list)) && rt_is_list(RT_VALUE(list)))
        return rt_list_append(me(), RT_VALUE(list), RT_VALUE(v));
    rt_raise(me(), &rt_exc_SystemError, "bad argument to internal function");
    return -1;
}
API word PyObject_GetAttrString(word o, const char *name);
API word PyObject_GetAttrString(word o, const char *name) { return rt_getattr_cstr(me(), RT_VALUE(o), name).bits; }
API int PyObject_SetAttrString(word o, const char *name, word v);
API int PyObject_SetAttrString(word o, const char *name, word v) { return rt_setattr_cstr(me(), RT_VALUE(o), name, RT_VALUE(v)); }
API word PyObject_Repr(word o);
API word PyObject_Repr(word o) { return rt_repr(me(), RT_VALUE(o)).bits; }
API word PyObject_Str(word o);
API word PyObject_Str(word o) { return rt_str(me(), RT_VALUE(o)).bits; }
API ssize_t PyObject_Size(word o);
API ssize_t PyObject_Size(word o) { return rt_len(me(), RT_VALUE(o)); }
API void Py_IncRef(word o);
API void Py_IncRef(word o) { (void)rt_newref(me(), RT_VALUE(o)); }
API void Py_DecRef(word o);
API void Py_DecRef(word o)
{
    if (rt_is_ptr(RT_VALUE(o)))
        rt_decref(me(), rt_own(rt_ptr(RT_VALUE(o))));
}

API _Atomic int Py_OptimizeFlag; /* -O; of the process, set by the module's exec */
API int Py_IsInitialized(void);
API int Py_IsInitialized(void) { return 1; }
API int PyErr_CheckSignals(void);
API int PyErr_CheckSignals(void) { return rt_safepoint(me()); }
/* Number of threads of this ident: the exception comes at that thread's next safepoint; NULL takes it back. A class
   is instantiated here, by the thread that asks. */
API int PyThreadState_SetAsyncExc(unsigned long ident, word exc);
API int PyThreadState_SetAsyncExc(unsigned long ident, word exc)
{
    struct rt_thread *ts = me();
    rt_value v = RT_VALUE(exc);
    if (exc && !rt_has(v, RT_TF_EXC)) {
        if (!rt_is_ptr(v) || !rt_is_type(v) || !rt_type_has(rt_as_type(v), RT_TF_EXC)) {
            rt_raise(ts, &rt_exc_TypeError, "exceptions must derive from BaseException");
            return 0;
        }
        if (rt_is_null(v = rt_call0(ts, v)))
            return 0;
    } else {
        v = rt_newref(ts, v);
    }
    return rt_thread_async_exc(ts, ident, v);
}

/* 0: was attached already, as in every call through pythonapi; 1: was not. Threads of the runtime's own only. */
API int PyGILState_Ensure(void);
API int PyGILState_Ensure(void)
{
    struct rt_thread *ts = me();
    if (!ts)
        RT_FATAL("PyGILState_Ensure: a thread that Python does not know");
    if (rt_state_is_attached(ts))
        return 0;
    rt_attach(ts);
    return 1;
}
API void PyGILState_Release(int state);
API void PyGILState_Release(int state)
{
    if (state)
        rt_detach(me(), RT_DETACH_NATIVE);
}
API int PyOS_snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
API int PyOS_snprintf(char *to, size_t size, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(to, size, format, ap);
    va_end(ap);
    return n;
}

/* A view as CPython's header lays it out; `internal` keeps ours, and with it the exporter's memory where it is. */
struct py_buffer {
    void *buf;
    word obj;
    ssize_t len, itemsize;
    int readonly, ndim;
    const char *format;
    int64_t *shape, *strides, *suboffsets;
    struct rt_buffer *internal;
};
API int PyObject_GetBuffer(word o, struct py_buffer *view, int flags);
API int PyObject_GetBuffer(word o, struct py_buffer *view, int flags)
{
    struct rt_buffer *b = rt_raw_malloc(sizeof(*b));
    *view = (struct py_buffer){0};
    if (!b) {
        rt_raise_no_memory(me());
        return -1;
    }
    if (rt_buffer_get(me(), RT_VALUE(o), b, flags) < 0) {
        rt_raw_free(b);
        return -1;
    }
    *view = (struct py_buffer){b->buf, o, b->len, b->itemsize, b->readonly, b->ndim, b->format, b->shape, b->strides, b->suboffsets, b};
    return 0;
}
API void PyBuffer_Release(struct py_buffer *view);
API void PyBuffer_Release(struct py_buffer *view)
{
    if (!view->internal)
        return;
    rt_buffer_release(me(), view->internal);
    rt_raw_free(view->internal);
    view->internal = NULL;
    view->obj = 0;
}
