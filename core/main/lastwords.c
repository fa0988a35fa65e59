/* SPDX-License-Identifier: MIT */
/*
 * Need the modules be taken down in order at the end, or may the process just leave? The system takes memory back
 * faster than we do, so it leaves when nobody would notice: no finalizer is left to run, no callback of a weak
 * reference, no hook of the collector. What the library itself keeps for its own tables does not count.
 */
#include "core/base/options.h"
#include "core/eval/frame.h"
#include "core/main/startup.h"
#include "core/builtins/sys.h"
#include "core/object/weakref.h"
#include "gc/gc.h"

enum { MAX_STREAMS = 9 };

/* The text, buffered and raw objects of the standard streams: flushed before, and closed by nobody. */
static size_t std_streams(struct rt_thread *ts, struct rt_object **out)
{
    static const char *const names[] = {"stdin", "stdout", "stderr"}, *const inner[] = {"buffer", "raw"};
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        rt_value f = rt_sys_get(ts, names[i]);
        for (int k = 0; rt_is_ptr(f) && !rt_type_has(rt_type_of(f), RT_TF_HEAP) && n < MAX_STREAMS; k++) {
            out[n++] = rt_ptr(f);
            rt_value next = k < 2 ? rt_getattr_opt_cstr(ts, f, inner[k]) : RT_NULL;
            rt_exc_clear(ts);
            rt_decref(ts, f);
            f = next;
        }
        rt_decref(ts, f);
    }
    return n;
}

static bool ends_with(rt_value s, const char *tail)
{
    size_t n = 0, k = strlen(tail);
    const char *p = rt_str_utf8(rt_current_thread, s, &n);
    return p && n >= k && !memcmp(p + n - k, tail, k);
}

/* Callbacks by which the library forgets dead keys: _abc's, and `remove` and `cb` of three of its files. */
static bool is_housekeeping(rt_value callback)
{
    static const char *const files[] = {"/weakref.py", "/_weakrefset.py", "<frozen importlib._bootstrap>"};
    if (rt_is_exact(callback, &rt_builtin_type))
        return !strcmp(((struct rt_builtin *)rt_ptr(callback))->def->name, "_destroy");
    if (!rt_is_function(callback))
        return false;
    struct rt_code *c = rt_function_code(callback);
    rt_value name = rt_slot_peek(&c->name), file = rt_slot_peek(&c->filename);
    if (!rt_str_eq_cstr(name, "remove") && !rt_str_eq_cstr(name, "_remove") && !rt_str_eq_cstr(name, "cb"))
        return false;
    for (size_t i = 0; i < RT_COUNTOF(files); i++)
        if (ends_with(file, files[i]))
            return true;
    return false;
}

/* A file that was closed has said all. */
static bool is_closed_file(struct rt_thread *ts, rt_value v)
{
    const struct rt_type *t = rt_type_of(v);
    if (rt_type_has(t, RT_TF_HEAP) || strncmp(t->name, "_io.", 4))
        return false;
    rt_value closed = rt_getattr_opt_cstr(ts, v, "closed");
    bool yes = closed.bits && rt_is_true(closed);
    rt_exc_clear(ts);
    rt_decref(ts, closed);
    return yes;
}

static bool list_is_empty(rt_value list) { return !rt_is_ptr(list) || rt_list_len(list) == 0; }

bool rt_lastwords_any(struct rt_thread *ts)
{
    struct rt_gc_state *g = ts->interp->gc;
    struct rt_object *streams[MAX_STREAMS];
    struct rt_vec found = {0};
    if (rt_stress.verify || rt_load_relaxed(&g->debug) || !list_is_empty(rt_slot_peek(&g->callbacks)) || !list_is_empty(rt_slot_peek(&g->garbage)))
        return true;
    size_t nstreams = std_streams(ts, streams);
    bool any = rt_gc_list_last_words(ts, &found) != 0;
    for (size_t i = 0; i < found.length; i++) {
        rt_value v = RT_VALUE(found.items[i]);
        bool harmless = false;
        for (size_t k = 0; k < nstreams; k++)
            harmless |= streams[k] == rt_ptr(v);
        if (!any && !harmless)
            any = rt_type_of(v)->finalize ? !is_closed_file(ts, v)
                                          : !is_housekeeping(rt_slot_peek(&((struct rt_weakref *)rt_ptr(v))->callback));
        rt_decref(ts, v);
    }
    rt_vec_free(&found);
    return any;
}
