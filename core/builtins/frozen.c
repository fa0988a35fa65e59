/* SPDX-License-Identifier: MIT */
/*
 * Frozen modules, as _imp tells importlib about them: those that CPython freezes (frozen.def), compiled from the library
 * itself, by way of the image beside the executable or the user's cache. They need no search along sys.path.
 */
#include <stdio.h>

#include "core/builtins/codecache.h"
#include "core/builtins/frozen.h"
#include "core/builtins/builtins.h"
#include "core/compiler/compile.h"
#include "core/eval/code.h"
#include "core/seam/config.h"

struct frozen { const char *name, *file; bool package; const char *orig; bool always; };
static const struct frozen table[] = {
#define RT_FROZEN(name, file, package, orig, always) {name, file, package, orig, always},
#include "core/builtins/frozen.def"
#undef RT_FROZEN
};

/* -X frozen_modules=off, or what a test has set for this interpreter. */
static bool use_frozen(struct rt_thread *ts)
{
    int8_t forced = rt_load_relaxed(&ts->interp->frozen_override);
    return forced ? forced > 0 : !rt_runtime.config->no_frozen;
}

static const struct frozen *find(struct rt_thread *ts, rt_value name, bool *excluded)
{
    *excluded = false;
    for (size_t i = 0; rt_is_str(name) && i < RT_COUNTOF(table); i++) {
        if (!rt_str_eq_cstr(name, table[i].name))
            continue;
        *excluded = !table[i].always && !use_frozen(ts);
        return *excluded ? NULL : &table[i];
    }
    return NULL;
}

static rt_value not_found(struct rt_thread *ts, rt_value name, bool excluded)
{
    rt_raise(ts, &rt_exc_ImportError, excluded ? "Frozen modules are disabled and the frozen object named %R is not essential"
                                               : "No such frozen object named %R", name);
    rt_value e = rt_exc_take(ts);
    rt_setattr_cstr(ts, e, "name", name);
    rt_exc_put(ts, e);
    return RT_NULL;
}

static rt_value code_of(struct rt_thread *ts, const struct frozen *f)
{
    char shown[100];
    snprintf(shown, sizeof shown, "<frozen %s>", f->orig + (f->orig[0] == '<'));
    if (!f->file[0])
        return rt_compile_source(ts, "", 0, rt_str_intern_cstr(ts, shown), RT_PARSE_EXEC, 0, 0);
    return rt_codecache_compile_library(ts, f->file, shown);
}

rt_value rt_frozen_is(struct rt_thread *ts, rt_value self, rt_value name)
{
    bool excluded;
    return rt_bool(find(ts, name, &excluded) != NULL);
}

rt_value rt_frozen_is_package(struct rt_thread *ts, rt_value self, rt_value name)
{
    bool excluded;
    const struct frozen *f = find(ts, name, &excluded);
    return f ? rt_bool(f->package) : not_found(ts, name, excluded);
}

rt_value rt_frozen_find(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "withdata", NULL};
    static const struct rt_argspec spec = {"find_frozen", names, 1, 1, 1, 2};
    rt_value v[2], data = RT_NONE, code;
    bool excluded;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    const struct frozen *f = find(ts, v[0], &excluded);
    int with = v[1].bits ? rt_truth(ts, v[1]) : 0;
    if (!f || with < 0)
        return with < 0 ? RT_NULL : RT_NONE;
    if (with) {
        code = code_of(ts, f);
        rt_value b = code.bits ? rt_marshal_dumps(ts, code, 4) : RT_NULL;
        data = b.bits ? rt_memoryview_new(ts, b) : RT_NULL;
        rt_decref(ts, b);
        rt_decref(ts, code);
        if (rt_is_null(data))
            return data;
    }
    rt_value res = rt_tuple_pack(ts, 3, data, rt_bool(f->package), rt_str_intern_cstr(ts, f->orig));
    rt_decref(ts, data);
    return res;
}

rt_value rt_frozen_get_object(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_buffer b;
    bool excluded;
    if (rt_args_count(ts, "get_frozen_object", n, 1, 2) < 0)
        return RT_NULL;
    if (!rt_is_str(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "get_frozen_object() argument 1 must be str, not %N", args[0]);
    if (n < 2 || rt_is_none(args[1])) {
        const struct frozen *f = find(ts, args[0], &excluded);
        return f ? code_of(ts, f) : not_found(ts, args[0], excluded);
    }
    if (rt_buffer_get(ts, args[1], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value code = b.len ? rt_marshal_loads(ts, b.buf, (size_t)b.len, NULL) : RT_NULL;
    rt_buffer_release(ts, &b);
    if (rt_is_null(code)) {
        rt_exc_clear(ts);
        return rt_raise(ts, &rt_exc_ImportError, "Frozen object named %R is invalid", args[0]);
    }
    if (!rt_is_exact(code, &rt_code_type)) {
        rt_decref(ts, code);
        return rt_raise(ts, &rt_exc_TypeError, "frozen object %R is not a code object", args[0]);
    }
    return code;
}

rt_value rt_frozen_names(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_list_new(ts, RT_COUNTOF(table));
    for (size_t i = 0; l.bits && i < RT_COUNTOF(table); i++)
        rt_list_append(ts, l, rt_str_intern_cstr(ts, table[i].name));
    return l;
}

rt_value rt_frozen_override(struct rt_thread *ts, rt_value self, rt_value v)
{
    int x = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    rt_store_relaxed(&ts->interp->frozen_override, (int8_t)(x > 0 ? 1 : x < 0 ? -1 : 0));
    return RT_NONE;
}

/* _write_image(path, files): for the build. */
rt_value rt_frozen_write_image(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "_write_image", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_str(args[0]) || !rt_is_list(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "_write_image() takes a path and a list of names");
    const char *path = rt_str_utf8(ts, args[0], NULL);
    return path && rt_image_write(ts, path, args[1]) == 0 ? RT_NONE : RT_NULL;
}
