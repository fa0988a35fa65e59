/* SPDX-License-Identifier: MIT */
/*
 * Exceptions that nobody can catch (finalizers, callbacks): sys.unraisablehook gets a record of them;
 * without a hook, or when the hook fails, the default below writes to sys.stderr.
 */
#include "core/object/object_internal.h"
#include "core/types/exceptions/exceptions.h"

struct unraisable {
    struct rt_object hdr;
    rt_slot exc_type, exc_value, exc_traceback, err_msg, object;
};

static int unraisable_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_slot *s = &((struct unraisable *)o)->exc_type;
    for (int i = 0; i < 5; i++)
        RT_VISIT_SLOT(&s[i]);
    return 0;
}

static void unraisable_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot *s = &((struct unraisable *)o)->exc_type;
    for (int i = 0; i < 5; i++)
        rt_slot_set(ts, &s[i], RT_NULL);
}

#define MEMBER(name, doc) {#name, RT_MEMBER_OBJECT, offsetof(struct unraisable, name), true, doc}
static const struct rt_member_def unraisable_members[] = {
    MEMBER(exc_type, "Exception type"),     MEMBER(exc_value, "Exception value"),
    MEMBER(exc_traceback, "Exception traceback"), MEMBER(err_msg, "Error message"),
    MEMBER(object, "Object causing the exception"), {0},
};

struct rt_type rt_unraisable_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "UnraisableHookArgs",
    .doc = "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct unraisable),
    .traverse = unraisable_traverse,
    .clear = unraisable_clear,
    .members = unraisable_members,
};

/* ---- the default hook ------------------------------------------------------------------------ */

static int file_write(struct rt_thread *ts, rt_value file, rt_value text)
{
    if (rt_is_null(text))
        return -1;
    rt_value r = rt_call_method(ts, file, "write", &text, 1);
    rt_decref(ts, text);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

static int write_cstr(struct rt_thread *ts, rt_value file, const char *s)
{
    return file_write(ts, file, rt_str_from_cstr(ts, s));
}

static int write_where(struct rt_thread *ts, rt_value file, struct unraisable *u)
{
    rt_value object = rt_slot_peek(&u->object), msg = rt_slot_peek(&u->err_msg);
    bool has_msg = !rt_is_null(msg) && !rt_is_none(msg);
    if (rt_is_null(object) || rt_is_none(object))
        return has_msg ? file_write(ts, file, rt_str_format(ts, "%S:\n", msg)) : 0;
    if (file_write(ts, file, has_msg ? rt_str_format(ts, "%S: ", msg)
                                     : rt_str_from_cstr(ts, "Exception ignored in: ")) < 0)
        return -1;
    rt_value repr = rt_repr(ts, object);
    if (rt_is_null(repr)) {
        rt_exc_clear(ts);
        repr = rt_str_from_cstr(ts, "<object repr() failed>");
    }
    return file_write(ts, file, repr) < 0 ? -1 : write_cstr(ts, file, "\n");
}

static int write_exception(struct rt_thread *ts, rt_value file, struct unraisable *u)
{
    rt_value tb = rt_slot_peek(&u->exc_traceback), type = rt_slot_peek(&u->exc_type);
    rt_value value = rt_slot_peek(&u->exc_value);
    if (!rt_is_null(tb) && !rt_is_none(tb) && rt_traceback_print(ts, tb, file) < 0)
        rt_exc_clear(ts);
    if (!rt_is_ptr(type) || !rt_is_type(type))
        return 0;
    rt_value module = rt_type_module(ts, rt_as_type(type)), qual = rt_type_qualname(ts, rt_as_type(type));
    rt_exc_clear(ts);
    if (rt_is_ptr(module) && rt_is_str(module) && !rt_str_eq_cstr(module, "builtins") &&
        !rt_str_eq_cstr(module, "__main__"))
        file_write(ts, file, rt_str_format(ts, "%U.", module));
    rt_decref(ts, module);
    if (file_write(ts, file, qual) < 0)
        return -1;
    if (!rt_is_null(value) && !rt_is_none(value)) {
        rt_value text = rt_str(ts, value);
        if (rt_is_null(text)) {
            rt_exc_clear(ts);
            write_cstr(ts, file, ": <exception str() failed>");
        } else {
            file_write(ts, file, rt_str_format(ts, ": %U", text));
        }
        rt_decref(ts, text);
    }
    return write_cstr(ts, file, "\n");
}

/* sys.__unraisablehook__ */
rt_value rt_unraisablehook(struct rt_thread *ts, rt_value module, rt_value arg)
{
    if (!rt_is_exact(arg, &rt_unraisable_type))
        return rt_raise(ts, &rt_exc_TypeError, "sys.unraisablehook argument type must be UnraisableHookArgs");
    struct unraisable *u = (struct unraisable *)rt_ptr(arg);
    rt_value file = rt_sys_get(ts, "stderr");
    if (!rt_is_null(file) && !rt_is_none(file)) {
        if (write_where(ts, file, u) < 0 || write_exception(ts, file, u) < 0)
            rt_exc_clear(ts);
        rt_value r = rt_call_method(ts, file, "flush", NULL, 0);
        if (rt_is_null(r))
            rt_exc_clear(ts);
        rt_decref(ts, r);
    }
    rt_decref(ts, file);
    return RT_NONE;
}

/* ---- entry points ---------------------------------------------------------------------------- */

static rt_value make_args(struct rt_thread *ts, rt_value exc, rt_value msg, rt_value where)
{
    struct unraisable *u = rt_object_new(ts, &rt_unraisable_type, sizeof *u);
    if (!u)
        return RT_NULL;
    rt_slot_init(&u->exc_type, rt_newref(ts, rt_type_value(rt_type_of(exc))));
    rt_slot_init(&u->exc_value, rt_newref(ts, exc));
    rt_slot_init(&u->exc_traceback, rt_exc_traceback(ts, exc));
    rt_slot_init(&u->err_msg, rt_newref(ts, msg));
    rt_slot_init(&u->object, rt_newref(ts, where));
    return rt_own(u);
}

static void report(struct rt_thread *ts, rt_value msg, rt_value where)
{
    if (rt_is_null(ts->exc))
        return;
    rt_value tb = rt_exc_traceback(ts, ts->exc);
    if ((rt_is_null(tb) || rt_is_none(tb)) && ts->frame) /* raised by native code: say where it was called */
        rt_traceback_add(ts, ts->frame);
    rt_decref(ts, tb);
    rt_value exc = rt_exc_take(ts);
    rt_value hook = rt_sys_get(ts, "unraisablehook"), args = make_args(ts, exc, msg, where), r = RT_NULL;
    if (!rt_is_null(args)) {
        if (rt_is_null(hook) || rt_is_none(hook))
            r = rt_unraisablehook(ts, RT_NULL, args);
        else if (rt_audit(ts, "sys.unraisablehook", "OO", hook, args) == 0)
            r = rt_call1(ts, hook, args);
    }
    if (rt_is_null(r) && rt_pending(ts)) { /* the hook failed: say that, plainly */
        rt_value e2 = rt_exc_take(ts), text = rt_str_from_cstr(ts, "Exception ignored in sys.unraisablehook");
        rt_value again = rt_is_null(text) ? text : make_args(ts, e2, text, rt_is_null(hook) ? RT_NONE : hook);
        if (!rt_is_null(again))
            rt_decref(ts, rt_unraisablehook(ts, RT_NULL, again));
        rt_exc_clear(ts);
        rt_decref(ts, again);
        rt_decref(ts, text);
        rt_decref(ts, e2);
    }
    rt_decref(ts, r);
    rt_decref(ts, args);
    rt_decref(ts, hook);
    rt_decref(ts, exc);
    rt_exc_clear(ts);
}

void rt_write_unraisable(struct rt_thread *ts, rt_value where)
{
    report(ts, RT_NONE, rt_none_if_null(where));
}

void rt_write_unraisable_msg(struct rt_thread *ts, const char *msg, rt_value where)
{
    rt_value exc = rt_exc_take(ts), text = rt_str_format(ts, "Exception ignored %s", msg);
    if (rt_is_null(text))
        rt_exc_clear(ts);
    ts->exc = exc;
    report(ts, rt_is_null(text) ? RT_NONE : text, rt_none_if_null(where));
    rt_decref(ts, text);
}
