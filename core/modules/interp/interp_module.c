/* SPDX-License-Identifier: MIT */
/*
 * Module _xxsubinterpreters: making, running and ending interpreters.
 *
 * An interpreter made here has one thread record of its own, its main thread, which is bound to
 * whatever OS thread runs code in it: that thread detaches from its own interpreter meanwhile.
 */
#include <stdlib.h>

#include "core/builtins/builtins.h"
#include "core/builtins/sys.h"
#include "core/eval/frame.h"
#include "core/main/startup.h"
#include "core/modules/interp/interp_module.h"
#include "core/object/instance.h"
#include "gc/gc.h"

rt_value rt_interp_raise(struct rt_thread *ts, const char *exc, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value text = rt_str_vformat(ts, fmt, ap), cls = RT_NULL;
    va_end(ap);
    if (!rt_is_null(text))
        cls = rt_import_attr(ts, "_xxsubinterpreters", exc);
    if (!rt_is_null(cls))
        rt_raise_value(ts, rt_as_type(cls), text);
    rt_decref(ts, cls);
    rt_decref(ts, text);
    return RT_NULL;
}

/* ---- changing the interpreter of this OS thread ---- */

static void enter(struct rt_thread *from, struct rt_thread *to)
{
    rt_detach(from, RT_DETACH_NATIVE);
    rt_thread_bind(to);
    rt_attach(to);
}
static void leave(struct rt_thread *from, struct rt_thread *to)
{
    rt_detach(from, RT_DETACH_NATIVE);
    rt_thread_unbind(from);
    rt_thread_bind(to);
    rt_attach(to);
}

/* ---- identity ---- */

static struct rt_interp *interp_arg(struct rt_thread *ts, rt_value v)
{
    if (!rt_index_check(v)) {
        rt_raise(ts, &rt_exc_TypeError, "interpreter ID must be an int, got %.100s", rt_typename(v));
        return NULL;
    }
    rt_value i = rt_index(ts, v);
    int64_t id = -1;
    int fits = rt_is_null(i) ? 0 : rt_int_try_i64(i, &id);
    bool negative = !rt_is_null(i) && rt_int_sign(i) < 0;
    rt_decref(ts, i);
    if (rt_pending(ts))
        return NULL;
    if (negative) {
        rt_raise(ts, &rt_exc_ValueError, "interpreter ID must be a non-negative int, got %R", v);
        return NULL;
    }
    if (!fits) {
        rt_raise(ts, &rt_exc_OverflowError, "max interpreter ID exceeded");
        return NULL;
    }
    struct rt_interp *in = id <= UINT32_MAX ? rt_interp_find((uint32_t)id) : NULL;
    if (!in)
        rt_raise(ts, &rt_exc_RuntimeError, "unrecognized interpreter ID %lld", (long long)id);
    return in;
}

static rt_value parse_id(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw,
                         struct rt_interp **in)
{
    static const char *const names[] = {"id", NULL};
    struct rt_argspec spec = {fname, names, 0, 1, 1, 1};
    rt_value a[1] = {RT_NULL};
    *in = NULL;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !(*in = interp_arg(ts, a[0])))
        return RT_NULL;
    return RT_NONE;
}

static bool is_running(struct rt_interp *in)
{
    return rt_load_acquire(&in->busy) || (in == rt_runtime.main && in->main_thread && in->main_thread->frame != NULL);
}

/* ---- create, destroy ---- */

static rt_value interp_create(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"isolated", NULL};
    static const struct rt_argspec spec = {"create", names, 0, 0, 0, 1};
    rt_value a[1] = {RT_NULL};
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    struct rt_interp *in = rt_interp_new();
    struct rt_thread *t = in ? rt_thread_new(in) : NULL;
    if (!t)
        return rt_raise(ts, &rt_exc_RuntimeError, "interpreter creation failed");
    in->main_thread = t;
    rt_store_relaxed(&in->int_max_str_digits, rt_load_relaxed(&ts->interp->int_max_str_digits));
    uint32_t id = in->id;
    enter(ts, t);
    int r = rt_startup_interp(t, true);
    if (r < 0) {
        if (rt_pending(t))
            rt_print_exception(t, rt_exc_take(t));
        rt_interp_clear(t);
        rt_interp_delete(t);
        rt_thread_bind(ts);
        rt_attach(ts);
        return rt_raise(ts, &rt_exc_RuntimeError, "interpreter creation failed");
    }
    leave(t, ts);
    return rt_interp_id_new(ts, id);
}

static void join_threads(struct rt_thread *ts)
{
    rt_value mods = rt_slot_get(ts, NULL, &ts->interp->modules), m = rt_dict_get_cstr(ts, mods, "threading");
    rt_decref(ts, mods);
    rt_value r = rt_is_null(m) ? RT_NONE : rt_call_method(ts, m, "_shutdown", NULL, 0);
    if (rt_is_null(r))
        rt_write_unraisable(ts, m);
    rt_decref(ts, r);
    rt_decref(ts, m);
    if (rt_pending(ts))
        rt_exc_clear(ts);
}

void rt_atexit_run(struct rt_thread *ts);

static void end_interp(struct rt_thread *t)
{
    join_threads(t);
    rt_atexit_run(t);
    rt_flush_std(t, NULL);
    rt_interp_finalize_begin(t);
    rt_shutdown_modules(t);
    rt_gc_collect(t, 2);
    rt_interp_clear(t);
    rt_gc_collect(t, 2);
    rt_gc_fini(t);
    rt_weakref_fini_interp(t->interp);
    rt_interp_delete(t);
}

static rt_value interp_destroy(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_interp *in;
    if (rt_is_null(parse_id(ts, "destroy", args, n, kw, &in)))
        return RT_NULL;
    if (in == ts->interp)
        return rt_raise(ts, &rt_exc_RuntimeError, "cannot destroy the current interpreter");
    if (in == rt_runtime.main)
        return rt_raise(ts, &rt_exc_RuntimeError, "cannot destroy the main interpreter");
    if (rt_xchg_acq_rel(&in->busy, true))
        return rt_raise(ts, &rt_exc_RuntimeError, "interpreter running");
    rt_channels_interp_gone(in->id);
    enter(ts, in->main_thread);
    end_interp(in->main_thread);
    rt_thread_bind(ts);
    rt_attach(ts);
    return RT_NONE;
}

static rt_value interp_list_all(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_list_new(ts, 0);
    for (int64_t at = 0; !rt_is_null(l);) {
        pthread_mutex_lock(&rt_runtime.lock);
        struct rt_interp *in = rt_runtime.interps;
        while (in && in->id < at)
            in = in->next;
        int64_t id = in ? (int64_t)in->id : -1;
        pthread_mutex_unlock(&rt_runtime.lock);
        if (id < 0)
            break;
        at = id + 1;
        if (rt_list_append_steal(ts, l, rt_interp_id_new(ts, id)) < 0)
            rt_clear(ts, &l);
    }
    return l;
}
static rt_value interp_get_current(struct rt_thread *ts, rt_value self) { return rt_interp_id_new(ts, ts->interp->id); }
static rt_value interp_get_main(struct rt_thread *ts, rt_value self) { return rt_interp_id_new(ts, rt_runtime.main->id); }

static rt_value interp_is_running(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_interp *in;
    return rt_is_null(parse_id(ts, "is_running", args, n, kw, &in)) ? RT_NULL : rt_bool(is_running(in));
}
static rt_value interp_is_shareable(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"obj", NULL};
    static const struct rt_argspec spec = {"is_shareable", names, 0, 1, 1, 1};
    rt_value a[1] = {RT_NULL};
    return rt_args(ts, &spec, args, n, kw, a) < 0 ? RT_NULL : rt_bool(rt_cross_can(a[0]));
}

/* ---- run_string ---- */

struct shared {
    size_t n;
    struct { char *name; struct rt_cross value; } items[];
};

static void free_shared(struct shared *s)
{
    for (size_t i = 0; s && i < s->n; i++) {
        free(s->items[i].name);
        rt_cross_free(&s->items[i].value);
    }
    free(s);
}

static struct shared *pack_shared(struct rt_thread *ts, rt_value dict)
{
    size_t cap = rt_is_null(dict) ? 0 : rt_dict_len(dict), pos = 0;
    struct shared *s = calloc(1, sizeof *s + cap * sizeof s->items[0]);
    rt_value k, v;
    while (s && cap && s->n < cap && rt_dict_next(ts, dict, &pos, &k, &v)) {
        const char *name = rt_is_ptr(k) && rt_is_str(k) ? rt_str_utf8(ts, k, NULL) : NULL;
        bool ok = name && (s->items[s->n].name = strdup(name)) && rt_cross_pack(ts, v, &s->items[s->n].value) == 0;
        s->n++;
        rt_decref(ts, k);
        rt_decref(ts, v);
        if (!ok) {
            if (!rt_pending(ts))
                rt_raise(ts, &rt_exc_TypeError, "shared names must be str");
            free_shared(s);
            return NULL;
        }
    }
    return s;
}

/* In interpreter t: the error as text ("Type: message"), malloc'ed; NULL when it went well. */
static char *run_there(struct rt_thread *t, const char *code, struct shared *s)
{
    rt_value mods = rt_slot_get(t, NULL, &t->interp->modules), m = rt_dict_get(t, mods, RT_ID(__main__)), r = RT_NULL;
    rt_decref(t, mods);
    if (!rt_is_null(m)) {
        rt_value d = rt_module_dict_borrowed(m), v;
        int bad = 0;
        for (size_t i = 0; i < s->n && !bad; i++) {
            v = rt_cross_unpack(t, &s->items[i].value);
            bad = rt_is_null(v) || rt_dict_set_cstr(t, d, s->items[i].name, v) < 0;
            rt_decref(t, v);
        }
        if (!bad) {
            rt_value exec = rt_import_attr(t, "builtins", "exec"), text = rt_str_from_cstr(t, code);
            rt_value compile = rt_import_attr(t, "builtins", "compile"), c = RT_NULL;
            if (!rt_is_null(text) && !rt_is_null(compile))
                c = rt_call3(t, compile, text, rt_str_intern_cstr(t, "<string>"), rt_str_intern_cstr(t, "exec"));
            if (!rt_is_null(c) && !rt_is_null(exec))
                r = rt_call2(t, exec, c, d);
            rt_decref(t, c);
            rt_decref(t, compile);
            rt_decref(t, text);
            rt_decref(t, exec);
        }
    }
    rt_decref(t, m);
    char *error = NULL;
    if (rt_is_null(r)) {
        rt_value e = rt_exc_take(t);
        rt_value text = rt_str_format(t, "%S: %S", rt_type_value(rt_type_of(e)), e);
        const char *u = rt_is_null(text) ? NULL : rt_str_utf8(t, text, NULL);
        error = strdup(u ? u : "unknown error");
        rt_decref(t, text);
        rt_decref(t, e);
        if (rt_pending(t))
            rt_exc_clear(t);
    }
    rt_decref(t, r);
    return error;
}

static rt_value interp_run_string(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"id", "script", "shared", NULL};
    static const struct rt_argspec spec = {"run_string", names, 0, 2, 3, 3};
    rt_value a[3] = {RT_NULL, RT_NULL, RT_NULL};
    struct rt_interp *in;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !(in = interp_arg(ts, a[0])))
        return RT_NULL;
    if (!rt_is_ptr(a[1]) || !rt_is_str(a[1]))
        return rt_raise(ts, &rt_exc_TypeError, "run_string() argument 2 must be str, not %N", a[1]);
    if (!rt_is_null(a[2]) && rt_is_none(a[2]))
        a[2] = RT_NULL;
    if (!rt_is_null(a[2]) && !rt_is_dict(a[2]))
        return rt_raise(ts, &rt_exc_TypeError, "expected 'shared' to be a dict");
    const char *code = rt_str_utf8_nonul(ts, a[1]);
    if (!code)
        return RT_NULL;
    if (in == ts->interp || rt_xchg_acq_rel(&in->busy, true))
        return rt_raise(ts, &rt_exc_RuntimeError, "interpreter already running");
    struct shared *s = pack_shared(ts, a[2]);
    char *text = strdup(code), *error;
    if (!s || !text) {
        rt_store_release(&in->busy, false);
        free(text);
        free_shared(s);
        return rt_pending(ts) ? RT_NULL : rt_raise_no_memory(ts);
    }
    enter(ts, in->main_thread);
    error = run_there(in->main_thread, text, s);
    leave(in->main_thread, ts);
    rt_store_release(&in->busy, false);
    free_shared(s);
    free(text);
    if (!error)
        return RT_NONE;
    rt_interp_raise(ts, "RunFailedError", "%s", error);
    free(error);
    return RT_NULL;
}

static const struct rt_method_def methods[] = {
    {"create", interp_create, RT_METH_KW, "create() -> ID\n\nCreate a new interpreter and return a unique generated ID."},
    {"destroy", interp_destroy, RT_METH_KW, "destroy(id)\n\nDestroy the identified interpreter.\n\nAttempting to destroy the current interpreter results in a RuntimeError.\nSo does an unrecognized ID."},
    {"list_all", interp_list_all, RT_METH_NOARGS, "list_all() -> [ID]\n\nReturn a list containing the ID of every existing interpreter."},
    {"get_current", interp_get_current, RT_METH_NOARGS, "get_current() -> ID\n\nReturn the ID of current interpreter."},
    {"get_main", interp_get_main, RT_METH_NOARGS, "get_main() -> ID\n\nReturn the ID of main interpreter."},
    {"is_running", interp_is_running, RT_METH_KW, "is_running(id) -> bool\n\nReturn whether or not the identified interpreter is running."},
    {"run_string", interp_run_string, RT_METH_KW, "run_string(id, script, shared)\n\nExecute the provided string in the identified interpreter.\n\nSee PyRun_SimpleStrings."},
    {"is_shareable", interp_is_shareable, RT_METH_KW, "is_shareable(obj) -> bool\n\nReturn True if the object's data may be shared between interpreters and\nFalse otherwise."},
    {0},
};

static const struct { const char *name, *base; } exceptions[] = {
    {"RunFailedError", NULL}, {"ChannelError", NULL}, {"ChannelNotFoundError", "ChannelError"},
    {"ChannelClosedError", "ChannelError"}, {"ChannelEmptyError", "ChannelError"},
    {"ChannelNotEmptyError", "ChannelError"},
};

static int exec(struct rt_thread *ts, rt_value module)
{
    for (size_t i = 0; i < RT_COUNTOF(exceptions); i++) {
        rt_value base = exceptions[i].base ? rt_getattr_cstr(ts, module, exceptions[i].base)
                                           : rt_type_value(&rt_exc_RuntimeError);
        rt_value e = rt_is_null(base) ? base : rt_module_add_exception(ts, module, exceptions[i].name, base);
        rt_decref(ts, base);
        rt_decref(ts, e);
        if (rt_is_null(e))
            return -1;
    }
    for (const struct rt_method_def *m = rt_channel_methods; m->name; m++)
        if (rt_module_add(ts, module, m->name, rt_builtin_new(ts, m, module, RT_NULL)) < 0)
            return -1;
    return 0;
}

static struct rt_type *const types[] = {&rt_channel_id_type, &rt_interp_id_type, NULL};
extern const struct rt_module_def rt_module__xxsubinterpreters;
const struct rt_module_def rt_module__xxsubinterpreters = {
    "_xxsubinterpreters",
    "This module provides primitive operations to manage Python interpreters.\nThe 'interpreters' module provides a more convenient interface.",
    methods, types, exec,
};
