/* SPDX-License-Identifier: MIT */
/*
 * Raising from C: making the instance, linking it to the exception being handled, testing and clearing
 * the pending one.
 */
#include <errno.h>
#include <stdio.h>

#include "core/object/object_internal.h"
#include "core/types/exceptions/exceptions.h"

/* ---- the pending exception ------------------------------------------------------------------- */

bool rt_exc_is(struct rt_thread *ts, struct rt_type *type)
{
    return !rt_is_null(ts->exc) && rt_type_is_subtype(rt_type_of(ts->exc), type);
}

void rt_exc_put(struct rt_thread *ts, rt_value exc)
{
    rt_value old = ts->exc;
    ts->exc = exc;
    rt_decref(ts, old);
}

void rt_exc_clear(struct rt_thread *ts) { rt_clear(ts, &ts->exc); }

bool rt_exc_clear_if(struct rt_thread *ts, struct rt_type *type)
{
    if (!rt_exc_is(ts, type))
        return false;
    rt_exc_clear(ts);
    return true;
}

/* ---- context --------------------------------------------------------------------------------- */

/* Cut the chain of contexts above `handled` where exc occurs in it: no cycles. */
static void cut_cycle(struct rt_thread *ts, rt_value exc, rt_value handled)
{
    rt_value o = rt_newref(ts, handled), slow = rt_newref(ts, handled);
    bool move = false;
    for (;;) {
        rt_value c = rt_exc_context(ts, o);
        if (rt_is_null(c))
            break;
        if (rt_is(c, exc)) {
            rt_exc_set_context(ts, o, RT_NULL);
            rt_decref(ts, c);
            break;
        }
        rt_decref(ts, o);
        o = c;
        if (rt_is(o, slow))
            break; /* a cycle that does not involve exc */
        if (move) {
            rt_value next = rt_exc_context(ts, slow);
            rt_decref(ts, slow);
            slow = next;
        }
        move = !move;
    }
    rt_decref(ts, o);
    rt_decref(ts, slow);
}

static void link_context(struct rt_thread *ts, rt_value exc)
{
    rt_value handled = rt_exc_handled_borrowed(ts);
    if (rt_likely(rt_is_null(handled) || rt_is_none(handled)) || rt_is(handled, exc))
        return;
    cut_cycle(ts, exc, handled);
    rt_exc_set_context(ts, exc, rt_newref(ts, handled));
}

void rt_exc_chain(struct rt_thread *ts, rt_value earlier)
{
    if (rt_is_null(earlier))
        return;
    if (rt_is_null(ts->exc)) {
        ts->exc = earlier;
        return;
    }
    if (rt_is(ts->exc, earlier)) {
        rt_decref(ts, earlier);
        return;
    }
    cut_cycle(ts, ts->exc, earlier);
    rt_exc_set_context(ts, ts->exc, earlier);
}

/* ---- raising --------------------------------------------------------------------------------- */

rt_value rt_raise_instance(struct rt_thread *ts, rt_value exc)
{
    rt_value e = rt_newref(ts, exc);
    link_context(ts, e);
    rt_exc_put(ts, e);
    return RT_NULL;
}

static rt_value raise_owned(struct rt_thread *ts, rt_value exc)
{
    if (rt_is_null(exc))
        return exc;
    if (rt_unlikely(!rt_is_exc(exc))) {
        rt_raise(ts, &rt_exc_TypeError, "calling an exception class should have returned an instance of "
                 "BaseException, not %s", rt_typename(exc));
        rt_decref(ts, exc);
        return RT_NULL;
    }
    link_context(ts, exc);
    rt_exc_put(ts, exc);
    return RT_NULL;
}

rt_value rt_raise_value(struct rt_thread *ts, struct rt_type *type, rt_value arg)
{
    rt_exc_clear(ts);
    return raise_owned(ts, rt_call1(ts, rt_type_value(type), arg));
}

rt_value rt_raise_none(struct rt_thread *ts, struct rt_type *type)
{
    rt_exc_clear(ts);
    return raise_owned(ts, rt_call0(ts, rt_type_value(type)));
}

rt_value rt_raise(struct rt_thread *ts, struct rt_type *type, const char *fmt, ...)
{
    va_list ap;
    rt_exc_clear(ts);
    va_start(ap, fmt);
    rt_value msg = rt_str_vformat(ts, fmt, ap);
    va_end(ap);
    if (rt_is_null(msg))
        return msg;
    rt_raise_value(ts, type, msg);
    rt_decref(ts, msg);
    return RT_NULL;
}

rt_value rt_raise_key(struct rt_thread *ts, rt_value key)
{
    return rt_raise_value(ts, &rt_exc_KeyError, key);
}

/* A ready instance for when nothing can be allocated; made at start-up, shared, immortal. */
static rt_value last_memory_error;

int rt_error_init(struct rt_thread *ts)
{
    last_memory_error = rt_call0(ts, rt_type_value(&rt_exc_MemoryError));
    if (rt_is_null(last_memory_error))
        return -1;
    rt_immortalize(ts, last_memory_error);
    last_memory_error = rt_borrowed(last_memory_error);
    return 0;
}

rt_value rt_raise_no_memory(struct rt_thread *ts)
{
    struct rt_shape *s = rt_load_acquire(&rt_exc_MemoryError.inst_shape);
    void *spare = s ? rt_raw_malloc(4096) : NULL; /* is there anything left at all? */
    rt_raw_free(spare);
    if (rt_exc_is(ts, &rt_exc_MemoryError))
        return RT_NULL;
    if (spare && !ts->raising_no_memory) {
        ts->raising_no_memory = true;
        rt_raise_none(ts, &rt_exc_MemoryError);
        ts->raising_no_memory = false;
        return RT_NULL;
    }
    if (rt_is_null(last_memory_error))
        RT_FATAL("out of memory");
    rt_exc_put(ts, last_memory_error);
    return RT_NULL;
}

rt_value rt_raise_attribute(struct rt_thread *ts, rt_value o, rt_value name)
{
    if (rt_is_ptr(o) && rt_is_type(o))
        rt_raise(ts, &rt_exc_AttributeError, "type object '%.50s' has no attribute '%U'",
                 rt_as_type(o)->name, name);
    else
        rt_raise(ts, &rt_exc_AttributeError, "'%.50s' object has no attribute '%U'", rt_typename(o), name);
    if (rt_exc_is(ts, &rt_exc_AttributeError)) {
        struct rt_exc_attribute *e = (struct rt_exc_attribute *)rt_ptr(ts->exc);
        rt_slot_set(ts, &e->obj, rt_newref(ts, o));
        rt_slot_set(ts, &e->name, rt_newref(ts, name));
    }
    return RT_NULL;
}

rt_value rt_raise_arg_type(struct rt_thread *ts, const char *fname, const char *arg, const char *expected,
                           rt_value got)
{
    bool name = arg && strncmp(arg, "argument", 8);
    return rt_raise(ts, &rt_exc_TypeError, "%s() %s%s%s must be %s, not %.50s", fname, name ? "argument '" : arg ? arg : "argument",
                    name ? arg : "", name ? "'" : "", expected, rt_is_none(got) ? "None" : rt_typename(got));
}

/* ---- operating system errors ----------------------------------------------------------------- */

static rt_value raise_os(struct rt_thread *ts, struct rt_type *type, int e, rt_value f, rt_value f2)
{
    if (e == EINTR && rt_load_relaxed(&ts->breaker) && rt_safepoint(ts) < 0)
        return RT_NULL; /* a signal handler raised */
    const char *text = e ? strerror(e) : "Error";
    rt_value msg = rt_str_fsdecode(ts, text, strlen(text)), args[5];
    uint32_t n = 2;
    if (rt_is_null(msg))
        return msg;
    args[0] = rt_int_imm(e);
    args[1] = msg;
    if (!rt_is_null(f)) {
        args[2] = f;
        n = 3;
        if (!rt_is_null(f2)) {
            args[3] = rt_int_imm(0);
            args[4] = f2;
            n = 5;
        }
    }
    rt_exc_clear(ts);
    raise_owned(ts, rt_call(ts, rt_type_value(type), args, n, RT_NULL));
    rt_decref(ts, msg);
    return RT_NULL;
}

rt_value rt_raise_errno(struct rt_thread *ts, struct rt_type *type, rt_value filename)
{
    return raise_os(ts, type ? type : &rt_exc_OSError, errno, filename, RT_NULL);
}

rt_value rt_raise_errno2(struct rt_thread *ts, rt_value filename, rt_value filename2)
{
    return raise_os(ts, &rt_exc_OSError, errno, filename, filename2);
}
