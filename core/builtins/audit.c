/* SPDX-License-Identifier: MIT */
/*
 * sys.audit and its hooks. The hooks of an interpreter are a tuple in its dict, replaced as a whole by sys.addaudithook:
 * whoever is calling them goes on with those there were. Nothing is traced in a hook, unless it says __cantrace__.
 */
#include <stdarg.h>

#include "core/builtins/sys.h"

static rt_value audit_hooks(struct rt_thread *ts) { return rt_interp_kept(ts, "audit_hooks"); }

static int call_hook(struct rt_thread *ts, rt_value hook, rt_value event, rt_value args)
{
    rt_value can = rt_getattr_opt_cstr(ts, hook, "__cantrace__");
    int traced = can.bits ? rt_truth(ts, can) : 0;
    rt_decref(ts, can);
    if (rt_pending(ts))
        return -1;
    if (traced)
        rt_trace_resume(ts);
    rt_value r = rt_call2(ts, hook, event, args);
    if (traced)
        rt_trace_pause(ts);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}

/* args: owned tuple or RT_NULL with an exception; consumed. */
static int tell(struct rt_thread *ts, rt_value event, rt_value args)
{
    rt_value hooks = rt_is_null(args) ? args : audit_hooks(ts);
    int err = rt_is_null(args) || rt_pending(ts) ? -1 : 0;
    rt_trace_pause(ts);
    for (size_t i = 0; hooks.bits && !err && i < rt_as_tuple(hooks)->length; i++)
        err = call_hook(ts, rt_as_tuple(hooks)->items[i], event, args);
    rt_trace_resume(ts);
    rt_decref(ts, hooks);
    rt_decref(ts, args);
    return err;
}

int rt_sys_audit(struct rt_thread *ts, const char *event, uint32_t n, const rt_value *args)
{
    if (rt_likely(!ts->interp->audited))
        return 0;
    return tell(ts, rt_str_intern_cstr(ts, event), rt_tuple_from(ts, args, n));
}

static rt_value text_or_none(struct rt_thread *ts, const char *s) { return s ? rt_str_from_cstr(ts, s) : RT_NONE; }

int rt_audit_slow(struct rt_thread *ts, const char *event, const char *kinds, ...)
{
    size_t n = strlen(kinds);
    rt_value args = rt_tuple_new(ts, n);
    va_list ap;
    va_start(ap, kinds);
    for (size_t i = 0; i < n && !rt_is_null(args); i++) {
        rt_value v = kinds[i] == 'O' ? va_arg(ap, rt_value) : RT_NULL;
        if (kinds[i] == 'O')
            v = v.bits ? rt_newref(ts, v) : RT_NONE;
        else
            v = kinds[i] == 'i'   ? rt_int_imm(va_arg(ap, int))
                : kinds[i] == 'l' ? rt_int_from_i64(ts, va_arg(ap, int64_t))
                                  : text_or_none(ts, va_arg(ap, const char *));
        if (rt_is_null(v)) {
            rt_clear(ts, &args);
            break;
        }
        rt_as_tuple(args)->items[i] = v;
    }
    va_end(ap);
    return tell(ts, rt_str_intern_cstr(ts, event), args);
}

rt_value rt_sys_audit_function(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (n < 1)
        return rt_raise(ts, &rt_exc_TypeError, "audit expected at least 1 argument, got 0");
    if (!rt_is_str(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "expected str for argument 'event', not %T", args[0]);
    const char *event = rt_str_utf8(ts, args[0], NULL);
    return event && rt_sys_audit(ts, event, n - 1, args + 1) == 0 ? RT_NONE : RT_NULL;
}

rt_value rt_sys_addaudithook(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"hook", NULL};
    static const struct rt_argspec spec = {"addaudithook", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (rt_sys_audit(ts, "sys.addaudithook", 0, NULL) < 0)
        return rt_exc_clear_if(ts, &rt_exc_Exception) ? RT_NONE : RT_NULL;
    rt_value old = audit_hooks(ts);
    size_t had = old.bits ? rt_as_tuple(old)->length : 0;
    rt_value hooks = rt_pending(ts) ? RT_NULL : rt_tuple_new(ts, had + 1);
    if (!rt_is_null(hooks)) {
        for (size_t i = 0; i <= had; i++)
            rt_as_tuple(hooks)->items[i] = rt_newref(ts, i < had ? rt_as_tuple(old)->items[i] : v[0]);
        if (rt_interp_keep(ts, "audit_hooks", hooks) < 0)
            rt_clear(ts, &hooks);
        else
            ts->interp->audited = true;
    }
    rt_decref(ts, old);
    rt_decref(ts, hooks);
    return hooks.bits ? RT_NONE : RT_NULL;
}
