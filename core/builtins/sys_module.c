/* SPDX-License-Identifier: MIT */
/* The sys module: functions. Its constants are set in sys_init.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/builtins/builtins.h"
#include "core/builtins/sys.h"
#include "core/eval/frame.h"
#include "core/seam/config.h"
#include "core/object/structseq.h"
#include "core/seam/stats.h"
#include "core/seam/backend.h"
#include "core/types/exceptions/exceptions.h"

#define ARGS const rt_value *args, uint32_t n

rt_value rt_sys_get(struct rt_thread *ts, const char *name)
{
    rt_value d = rt_slot_get(ts, NULL, &ts->interp->sys_dict), v;
    if (rt_is_null(d))
        return d;
    rt_value pending = rt_exc_take(ts);
    v = rt_dict_get_cstr(ts, d, name);
    rt_exc_clear(ts);
    if (pending.bits)
        rt_exc_put(ts, pending);
    rt_decref(ts, d);
    return v;
}
int rt_sys_set(struct rt_thread *ts, const char *name, rt_value v)
{
    rt_value d = rt_slot_get(ts, NULL, &ts->interp->sys_dict);
    int err = v.bits ? rt_dict_set_cstr(ts, d, name, v) : rt_dict_del_opt(ts, d, rt_str_intern_cstr(ts, name));
    rt_decref(ts, d);
    return err < 0 ? -1 : 0;
}

rt_value rt_interp_kept(struct rt_thread *ts, const char *key)
{
    rt_value d = rt_slot_get(ts, NULL, &ts->interp->dict);
    if (rt_is_null(d))
        return d;
    rt_value v = rt_dict_get_cstr(ts, d, key);
    rt_decref(ts, d);
    return v;
}
int rt_interp_keep(struct rt_thread *ts, const char *key, rt_value v)
{
    rt_value d = rt_slot_get(ts, NULL, &ts->interp->dict);
    if (rt_is_null(d)) {
        d = rt_dict_new(ts);
        if (rt_is_null(d))
            return -1;
        rt_slot_set(ts, &ts->interp->dict, rt_newref(ts, d));
    }
    int r = rt_dict_set_cstr(ts, d, key, v);
    rt_decref(ts, d);
    return r;
}

/* ---- exceptions ---- */
static rt_value sys_exc_info(struct rt_thread *ts, rt_value self)
{
    rt_value e = rt_exc_handled_borrowed(ts), tb, t;
    if (rt_is_null(e))
        return rt_tuple_pack(ts, 3, RT_NONE, RT_NONE, RT_NONE);
    tb = rt_exc_traceback(ts, e);
    t = rt_tuple_pack(ts, 3, rt_type_value(rt_type_of(e)), e, tb.bits ? tb : RT_NONE);
    rt_decref(ts, tb);
    return t;
}
static rt_value sys_exception(struct rt_thread *ts, rt_value self)
{
    rt_value e = rt_exc_handled_borrowed(ts);
    return e.bits ? rt_newref(ts, e) : RT_NONE;
}
static rt_value sys_exit(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "exit", n, 0, 1) < 0)
        return RT_NULL;
    if (n && rt_is_tuple(args[0])) {
        rt_value e = rt_call_ex(ts, rt_type_value(&rt_exc_SystemExit), args[0], RT_NULL);
        if (e.bits) {
            rt_raise_instance(ts, e);
            rt_decref(ts, e);
        }
        return RT_NULL;
    }
    return n && !rt_is_none(args[0]) ? rt_raise_value(ts, &rt_exc_SystemExit, args[0]) : rt_raise_none(ts, &rt_exc_SystemExit);
}
static rt_value sys_excepthook(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "excepthook", n, 3, 3) < 0)
        return RT_NULL;
    rt_value file = rt_sys_get(ts, "stderr"), exc = args[1];
    if (rt_is_exc(exc)) {
        rt_value tb = rt_exc_traceback(ts, exc);
        if (rt_is_null(tb) && rt_is_exact(args[2], &rt_traceback_type))
            rt_exc_set_traceback(ts, exc, rt_newref(ts, args[2]));
        rt_decref(ts, tb);
        rt_display_exception(ts, exc, file.bits ? file : RT_NONE);
    } else if (file.bits && !rt_is_none(file)) {
        rt_value msg = rt_str_format(ts, "TypeError: print_exception(): Exception expected for value, %T found\n", exc), r;
        r = rt_call_method(ts, file, "write", &msg, 1);
        rt_decref(ts, r);
        rt_decref(ts, msg);
    }
    rt_decref(ts, file);
    rt_exc_clear(ts);
    return RT_NONE;
}
static rt_value sys_displayhook(struct rt_thread *ts, rt_value self, rt_value o)
{
    if (rt_is_none(o))
        return RT_NONE;
    rt_value b = rt_slot_get(ts, NULL, &ts->interp->builtins), out, r = RT_NULL, s, w;
    rt_value under = rt_str_intern_cstr(ts, "_");
    if (rt_dict_set(ts, b, under, RT_NONE) < 0)
        goto done;
    out = rt_sys_get(ts, "stdout");
    if (rt_is_null(out) || rt_is_none(out)) {
        rt_raise(ts, &rt_exc_RuntimeError, "lost sys.stdout");
        goto done;
    }
    s = rt_repr(ts, o);
    w = s.bits ? rt_call_method(ts, out, "write", &s, 1) : RT_NULL;
    if (rt_is_null(w) && s.bits && rt_exc_clear_if(ts, &rt_exc_UnicodeEncodeError)) {
        rt_value enc = rt_getattr(ts, out, RT_ID(encoding)), bytes, buf, text;
        const char *e = enc.bits && rt_is_str(enc) ? rt_str_utf8(ts, enc, NULL) : NULL;
        bytes = e ? rt_str_encode(ts, s, e, "backslashreplace") : RT_NULL;
        buf = bytes.bits ? rt_getattr_opt_cstr(ts, out, "buffer") : RT_NULL;
        if (buf.bits) {
            w = rt_call_method(ts, buf, "write", &bytes, 1);
        } else if (bytes.bits) {
            text = rt_str_decode(ts, rt_as_bytes(bytes)->data, rt_as_bytes(bytes)->length, e, "strict");
            w = text.bits ? rt_call_method(ts, out, "write", &text, 1) : RT_NULL;
            rt_decref(ts, text);
        }
        rt_decref(ts, buf);
        rt_decref(ts, bytes);
        rt_decref(ts, enc);
    }
    rt_decref(ts, s);
    if (w.bits) {
        rt_decref(ts, w);
        s = rt_str_intern_cstr(ts, "\n");
        w = rt_call_method(ts, out, "write", &s, 1);
        rt_decref(ts, w);
        if (w.bits && rt_dict_set(ts, b, under, o) == 0)
            r = RT_NONE;
    }
    rt_decref(ts, out);
done:
    rt_decref(ts, b);
    return r;
}
static rt_value sys_breakpointhook(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    const char *env = rt_config_env(rt_runtime.config, "PYTHONBREAKPOINT");
    if (env && !strcmp(env, "0"))
        return RT_NONE;
    rt_value hook = RT_NULL, res;
    if (!env)
        env = "pdb.set_trace";
    const char *dot = strrchr(env, '.');
    char mod[512];
    snprintf(mod, sizeof(mod), "%.*s", dot ? (int)(dot - env) : 8, dot ? env : "builtins");
    if (dot != env)
        hook = rt_import_attr(ts, mod, dot ? dot + 1 : env);
    if (rt_is_null(hook)) {
        if (dot == env || rt_exc_is(ts, &rt_exc_ImportError) || rt_exc_is(ts, &rt_exc_AttributeError)) {
            rt_exc_clear(ts);
            if (rt_warn(ts, &rt_exc_RuntimeWarning, 0, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", env) == 0)
                return RT_NONE;
        }
        return RT_NULL;
    }
    res = rt_call(ts, hook, args, n, kw);
    rt_decref(ts, hook);
    return res;
}

/* ---- frames ---- */
static rt_value sys_getframe(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "_getframe", n, 0, 1) < 0)
        return RT_NULL;
    int depth = n ? rt_as_int(ts, args[0]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    struct rt_frame *f = ts->frame;
    while (f && depth-- > 0)
        f = f->prev;
    if (!f)
        return rt_raise(ts, &rt_exc_ValueError, "call stack is not deep enough");
    struct rt_frame_object *o = rt_frame_materialize(ts, f);
    return o && rt_audit(ts, "sys._getframe", "O", rt_borrow(o)) == 0 ? rt_newref_obj(ts, o) : RT_NULL;
}
/* Frames and exceptions of all threads: the world is stopped while they are looked at. */
static rt_value sys_current(struct rt_thread *ts, bool exceptions)
{
    if (rt_sys_audit(ts, exceptions ? "sys._current_exceptions" : "sys._current_frames", 0, NULL) < 0)
        return RT_NULL;
    rt_value d = rt_dict_new(ts);
    if (rt_is_null(d))
        return d;
    uint64_t idents[1024];
    rt_value words[1024];
    uint32_t count = 0;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    for (struct rt_thread *t = ts->interp->threads; t && count < 1024; t = t->next) {
        rt_value w = RT_NULL;
        uint64_t ident = rt_load_relaxed(&t->ident);
        if (ident == 0) /* made and not yet started: the stopped world does not hold its start */
            continue;
        if (exceptions) {
            rt_value e = rt_exc_handled_borrowed(t);
            w = e.bits ? rt_newref(ts, e) : RT_NONE;
        } else if (t->frame) {
            struct rt_frame_object *o = rt_frame_materialize(ts, t->frame);
            w = o ? rt_newref_obj(ts, o) : RT_NULL;
        }
        if (w.bits) {
            idents[count] = ident;
            words[count++] = w;
        }
    }
    rt_start_world(ts, RT_SCOPE_INTERP);
    for (uint32_t i = 0; i < count; i++) {
        rt_value key = rt_int_from_u64(ts, idents[i]), v = words[i];
        if (exceptions && !rt_is_none(v)) {
            rt_value tb = rt_exc_traceback(ts, v);
            rt_value t = rt_tuple_pack(ts, 3, rt_type_value(rt_type_of(v)), v, tb.bits ? tb : RT_NONE);
            rt_decref(ts, tb);
            rt_decref(ts, v);
            v = t;
        } else if (exceptions) {
            v = rt_tuple_pack(ts, 3, RT_NONE, RT_NONE, RT_NONE);
        }
        rt_dict_set(ts, d, key, v);
        rt_decref(ts, v);
        rt_decref(ts, key);
    }
    return d;
}
static rt_value sys_current_frames(struct rt_thread *ts, rt_value self) { return sys_current(ts, false); }
static rt_value sys_current_exceptions(struct rt_thread *ts, rt_value self) { return sys_current(ts, true); }

/* ---- limits and settings ---- */
static rt_value sys_getrecursionlimit(struct rt_thread *ts, rt_value self) { return rt_int_imm(rt_load_relaxed(&ts->interp->recursion_limit)); }
static rt_value sys_setrecursionlimit(struct rt_thread *ts, rt_value self, rt_value v)
{
    int limit = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    if (limit < 1)
        return rt_raise(ts, &rt_exc_ValueError, "recursion limit must be greater or equal than 1");
    if (ts->py_depth >= (uint32_t)limit)
        return rt_raise(ts, &rt_exc_RecursionError, "cannot set the recursion limit to %d at the recursion depth %d: the limit is too low", limit, (int)ts->py_depth);
    pthread_mutex_lock(&ts->interp->threads_lock);
    rt_store_relaxed(&ts->interp->recursion_limit, limit);
    for (struct rt_thread *t = ts->interp->threads; t; t = t->next)
        rt_store_relaxed(&t->py_depth_limit, (uint32_t)limit);
    pthread_mutex_unlock(&ts->interp->threads_lock);
    return RT_NONE;
}
static rt_value sys_getswitchinterval(struct rt_thread *ts, rt_value self) { return rt_float_new(ts, rt_load_relaxed(&ts->interp->switch_interval)); }
static rt_value sys_setswitchinterval(struct rt_thread *ts, rt_value self, rt_value v)
{
    double d = rt_as_double(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    if (!(d > 0.0))
        return rt_raise(ts, &rt_exc_ValueError, "switch interval must be strictly positive");
    rt_store_relaxed(&ts->interp->switch_interval, d);
    return RT_NONE;
}
static rt_value sys_get_int_max_str_digits(struct rt_thread *ts, rt_value self) { return rt_int_imm(rt_load_relaxed(&ts->interp->int_max_str_digits)); }
static rt_value sys_set_int_max_str_digits(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    static const char *const names[] = {"maxdigits", NULL};
    static const struct rt_argspec spec = {"set_int_max_str_digits", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int d = rt_as_int(ts, v[0]);
    if (rt_pending(ts))
        return RT_NULL;
    if (d != 0 && d < 640)
        return rt_raise(ts, &rt_exc_ValueError, "maxdigits must be 0 or larger than 640");
    rt_store_relaxed(&ts->interp->int_max_str_digits, (uint32_t)d);
    return RT_NONE;
}
static rt_value sys_intern(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (!rt_is_str(v))
        return rt_raise(ts, &rt_exc_TypeError, "intern() argument must be str, not %N", v);
    if (!rt_is_str_exact(v))
        return rt_raise(ts, &rt_exc_TypeError, "can't intern %.400T", v);
    return rt_str_intern(ts, v);
}
static rt_value sys_getrefcount(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (!rt_is_ptr(v))
        return rt_int_imm(0xffffffff);
    struct rt_object *o = rt_ptr(v);
    if (rt_object_is_immortal(o) || (rt_object_flags(o) & RT_OF_DEFERRED))
        return rt_int_imm(0xffffffff);
    uint32_t local; /* a number for show: its owner may be counting */
    rt_racy_copy(&local, &o->local, sizeof local);
    /* one more, as a caller of CPython would see: our arguments are borrowed */
    return rt_int_imm((int64_t)local + RT_SH_COUNT(rt_load_relaxed(&o->shared)) + 1);
}
static rt_value sys_getsizeof(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    static const char *const names[] = {"object", "default", NULL};
    static const struct rt_argspec spec = {"getsizeof", names, 0, 1, 2, 2};
    rt_value v[2], me, m, r;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    m = rt_lookup_special(ts, v[0], "__sizeof__", &me);
    if (rt_is_null(m)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "Type %.100T doesn't define __sizeof__", v[0]);
        r = RT_NULL;
    } else {
        r = me.bits ? rt_call1(ts, m, me) : rt_call0(ts, m);
        rt_decref(ts, m);
    }
    if (r.bits) {
        int64_t size = rt_as_index(ts, r, &rt_exc_OverflowError);
        rt_decref(ts, r);
        if (!rt_pending(ts) && size < 0)
            rt_raise(ts, &rt_exc_ValueError, "__sizeof__() should return >= 0");
        r = rt_pending(ts) ? RT_NULL : rt_int_imm(size);
    }
    if (rt_is_null(r) && v[1].bits && rt_exc_clear_if(ts, &rt_exc_TypeError))
        return rt_newref(ts, v[1]);
    return r;
}
static rt_value sys_getdefaultencoding(struct rt_thread *ts, rt_value self) { return RT_ID(str_utf8); }
static rt_value sys_getfilesystemencoding(struct rt_thread *ts, rt_value self) { return RT_ID(str_utf8); }
static rt_value sys_getfilesystemencodeerrors(struct rt_thread *ts, rt_value self) { return rt_str_intern_cstr(ts, "surrogateescape"); }
static rt_value sys_is_finalizing(struct rt_thread *ts, rt_value self) { return rt_bool(rt_load_relaxed(&ts->interp->finalizing)); }
static rt_value sys_call_tracing(struct rt_thread *ts, rt_value self, ARGS)
{
    if (rt_args_count(ts, "call_tracing", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_tuple(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "call_tracing() argument 2 must be tuple, not %N", args[1]);
    return rt_trace_call_tracing(ts, args[0], args[1]);
}
static rt_value sys_getallocatedblocks(struct rt_thread *ts, rt_value self) { return rt_int_imm((int64_t)rt_alloc_live_blocks(ts->interp)); }
static rt_value sys_is_gil_enabled(struct rt_thread *ts, rt_value self) { return rt_bool(!(rt_be.caps & RT_BE_PARALLEL)); }
static rt_value sys_concurrency_stats(struct rt_thread *ts, rt_value self) { return rt_sys_stats_dict(ts); }
static rt_value sys_nothing(struct rt_thread *ts, rt_value self) { return RT_NONE; }

/* ---- async hooks ---- */
static struct rt_type asyncgen_hooks_type;
static const struct rt_structseq_field hooks_fields[] = {
    {"firstiter", "Hook to be called when an async generator is first iterated"},
    {"finalizer", "Hook to be called when an async generator is garbage collected"}, {NULL, NULL}};
static const struct rt_structseq hooks_desc = {"asyncgen_hooks", "Hooks of asynchronous generators", hooks_fields, 2, true};
static rt_value sys_get_asyncgen_hooks(struct rt_thread *ts, rt_value self)
{
    rt_value w[2] = {ts->async_gen_firstiter.bits ? rt_newref(ts, ts->async_gen_firstiter) : RT_NONE,
                     ts->async_gen_finalizer.bits ? rt_newref(ts, ts->async_gen_finalizer) : RT_NONE};
    return rt_structseq_new(ts, &asyncgen_hooks_type, w);
}
int rt_sys_types_ready(struct rt_thread *ts) { return rt_structseq_ready(ts, &asyncgen_hooks_type, &hooks_desc); }

static int check_hook(struct rt_thread *ts, rt_value v, const char *what)
{
    if (!v.bits || rt_is_none(v) || rt_is_callable(v))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "callable %s expected, got %.50T", what, v);
    return -1;
}
static rt_value sys_set_asyncgen_hooks(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    static const char *const names[] = {"firstiter", "finalizer", NULL};
    static const struct rt_argspec spec = {"set_asyncgen_hooks", names, 0, 0, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0 || check_hook(ts, v[1], "finalizer") < 0 || check_hook(ts, v[0], "firstiter") < 0)
        return RT_NULL;
    if ((v[1].bits && rt_sys_audit(ts, "sys.set_asyncgen_hook_finalizer", 0, NULL) < 0) ||
        (v[0].bits && rt_sys_audit(ts, "sys.set_asyncgen_hook_firstiter", 0, NULL) < 0))
        return RT_NULL;
    rt_value *dst[2] = {&ts->async_gen_firstiter, &ts->async_gen_finalizer};
    for (int i = 0; i < 2; i++)
        if (v[i].bits) {
            rt_clear(ts, dst[i]);
            *dst[i] = rt_is_none(v[i]) ? RT_NULL : rt_newref(ts, v[i]);
        }
    return RT_NONE;
}
static rt_value sys_get_coro_depth(struct rt_thread *ts, rt_value self) { return rt_int_imm(ts->coro_origin_depth); }
static rt_value sys_set_coro_depth(struct rt_thread *ts, rt_value self, ARGS, rt_value kw)
{
    static const char *const names[] = {"depth", NULL};
    static const struct rt_argspec spec = {"set_coroutine_origin_tracking_depth", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int d = rt_as_int(ts, v[0]);
    if (rt_pending(ts))
        return RT_NULL;
    if (d < 0)
        return rt_raise(ts, &rt_exc_ValueError, "depth must be >= 0");
    ts->coro_origin_depth = (uint32_t)d;
    return RT_NONE;
}
static rt_value sys_settrace(struct rt_thread *ts, rt_value self, rt_value f) { return rt_trace_set(ts, f, false) < 0 ? RT_NULL : RT_NONE; }
static rt_value sys_setprofile(struct rt_thread *ts, rt_value self, rt_value f) { return rt_trace_set(ts, f, true) < 0 ? RT_NULL : RT_NONE; }
static rt_value sys_gettrace(struct rt_thread *ts, rt_value self) { return ts->trace_func.bits ? rt_newref(ts, ts->trace_func) : RT_NONE; }
static rt_value sys_getprofile(struct rt_thread *ts, rt_value self) { return ts->profile_func.bits ? rt_newref(ts, ts->profile_func) : RT_NONE; }

const struct rt_method_def rt_sys_functions[] = {
    {"addaudithook", rt_sys_addaudithook, RT_METH_KW, "addaudithook($module, /, hook)\n--\n\nAdds a new audit hook callback."},
    {"audit", rt_sys_audit_function, RT_METH_FAST, "audit(event, *args)\n\nPasses the event to any hooks that are attached."},
    {"breakpointhook", sys_breakpointhook, RT_METH_KW, "breakpointhook(*args, **kws)\n\nThis hook function is called by built-in breakpoint()."},
    {"call_tracing", sys_call_tracing, RT_METH_FAST, "call_tracing($module, func, args, /)\n--\n\nCall func(*args), while tracing is enabled."},
    {"_clear_type_cache", sys_nothing, RT_METH_NOARGS, "_clear_type_cache($module, /)\n--\n\nClear the internal type lookup cache."},
    {"concurrency_stats", sys_concurrency_stats, RT_METH_NOARGS, "concurrency_stats($module, /)\n--\n\nCounters of locks, waits, stops and collections as a dict of int."},
    {"_current_exceptions", sys_current_exceptions, RT_METH_NOARGS, "_current_exceptions($module, /)\n--\n\nReturn a dict mapping each thread's identifier to its current raised exception."},
    {"_current_frames", sys_current_frames, RT_METH_NOARGS, "_current_frames($module, /)\n--\n\nReturn a dict mapping each thread's thread id to its current stack frame."},
    {"displayhook", sys_displayhook, RT_METH_O, "displayhook($module, object, /)\n--\n\nPrint an object to sys.stdout and also save it in builtins._"},
    {"exc_info", sys_exc_info, RT_METH_NOARGS, "exc_info($module, /)\n--\n\nReturn current exception information: (type, value, traceback)."},
    {"excepthook", sys_excepthook, RT_METH_FAST, "excepthook($module, exctype, value, traceback, /)\n--\n\nHandle an exception by displaying it with a traceback on sys.stderr."},
    {"exception", sys_exception, RT_METH_NOARGS, "exception($module, /)\n--\n\nReturn the current exception."},
    {"exit", sys_exit, RT_METH_FAST, "exit($module, status=None, /)\n--\n\nExit the interpreter by raising SystemExit(status)."},
    {"get_asyncgen_hooks", sys_get_asyncgen_hooks, RT_METH_NOARGS, "get_asyncgen_hooks($module, /)\n--\n\nReturn the installed asynchronous generators hooks."},
    {"get_coroutine_origin_tracking_depth", sys_get_coro_depth, RT_METH_NOARGS, "get_coroutine_origin_tracking_depth($module, /)\n--\n\nCheck status of origin tracking for coroutine objects in this thread."},
    {"get_int_max_str_digits", sys_get_int_max_str_digits, RT_METH_NOARGS, "get_int_max_str_digits($module, /)\n--\n\nReturn the maximum string digits limit for non-binary int<->str conversions."},
    {"getallocatedblocks", sys_getallocatedblocks, RT_METH_NOARGS, "getallocatedblocks($module, /)\n--\n\nReturn the number of memory blocks currently allocated."},
    {"getdefaultencoding", sys_getdefaultencoding, RT_METH_NOARGS, "getdefaultencoding($module, /)\n--\n\nReturn the current default encoding used by the Unicode implementation."},
    {"getfilesystemencodeerrors", sys_getfilesystemencodeerrors, RT_METH_NOARGS, "getfilesystemencodeerrors($module, /)\n--\n\nReturn the error mode used for Unicode to OS filename conversion."},
    {"getfilesystemencoding", sys_getfilesystemencoding, RT_METH_NOARGS, "getfilesystemencoding($module, /)\n--\n\nReturn the encoding used to convert Unicode filenames to OS filenames."},
    {"getprofile", sys_getprofile, RT_METH_NOARGS, "getprofile($module, /)\n--\n\nReturn the profiling function set with sys.setprofile."},
    {"getrecursionlimit", sys_getrecursionlimit, RT_METH_NOARGS, "getrecursionlimit($module, /)\n--\n\nReturn the current value of the recursion limit."},
    {"getrefcount", sys_getrefcount, RT_METH_O, "getrefcount($module, object, /)\n--\n\nReturn the reference count of object."},
    {"getsizeof", sys_getsizeof, RT_METH_KW, "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes."},
    {"getswitchinterval", sys_getswitchinterval, RT_METH_NOARGS, "getswitchinterval($module, /)\n--\n\nReturn the current thread switch interval."},
    {"gettrace", sys_gettrace, RT_METH_NOARGS, "gettrace($module, /)\n--\n\nReturn the global debug tracing function set with sys.settrace."},
    {"_getframe", sys_getframe, RT_METH_FAST, "_getframe($module, depth=0, /)\n--\n\nReturn a frame object from the call stack."},
    {"intern", sys_intern, RT_METH_O, "intern($module, string, /)\n--\n\n``Intern'' the given string."},
    {"is_finalizing", sys_is_finalizing, RT_METH_NOARGS, "is_finalizing($module, /)\n--\n\nReturn True if Python is exiting."},
    {"_is_gil_enabled", sys_is_gil_enabled, RT_METH_NOARGS, "_is_gil_enabled($module, /)\n--\n\nReturn True if threads of an interpreter exclude each other."},
    {"set_asyncgen_hooks", sys_set_asyncgen_hooks, RT_METH_KW, "set_asyncgen_hooks(* [, firstiter] [, finalizer])\n\nSet a finalizer for async generators objects."},
    {"set_coroutine_origin_tracking_depth", sys_set_coro_depth, RT_METH_KW, "set_coroutine_origin_tracking_depth($module, /, depth)\n--\n\nEnable or disable origin tracking for coroutine objects in this thread."},
    {"set_int_max_str_digits", sys_set_int_max_str_digits, RT_METH_KW, "set_int_max_str_digits($module, /, maxdigits)\n--\n\nSet the maximum string digits limit for non-binary int<->str conversions."},
    {"setprofile", sys_setprofile, RT_METH_O, "setprofile(function)\n\nSet the profiling function."},
    {"setrecursionlimit", sys_setrecursionlimit, RT_METH_O, "setrecursionlimit($module, limit, /)\n--\n\nSet the maximum depth of the Python interpreter stack to n."},
    {"setswitchinterval", sys_setswitchinterval, RT_METH_O, "setswitchinterval($module, interval, /)\n--\n\nSet the ideal thread switching delay inside the Python interpreter."},
    {"settrace", sys_settrace, RT_METH_O, "settrace(function)\n\nSet the global debug tracing function."},
    {"unraisablehook", rt_unraisablehook, RT_METH_O, "unraisablehook($module, unraisable, /)\n--\n\nHandle an unraisable exception."},
    {NULL},
};
