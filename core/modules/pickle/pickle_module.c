/* SPDX-License-Identifier: MIT */
/* _pickle: the module, its imports, and dump, dumps, load, loads. */
#include "core/modules/pickle/pickle_internal.h"

int rt_pickle_enter(struct rt_thread *ts, struct rt_pickle_user *u, const char *what)
{
    uint64_t nobody = 0;
    if (!rt_cas_acq_rel(&u->thread, &nobody, ts->id) && nobody != ts->id) {
        rt_raise(ts, &rt_exc_RuntimeError, "%s is in use by another thread", what);
        return -1;
    }
    u->depth++;
    return 0;
}

void rt_pickle_leave(struct rt_pickle_user *u)
{
    if (--u->depth == 0)
        rt_store_release(&u->thread, (uint64_t)0);
}

static rt_value new_pickler(struct rt_thread *ts, rt_value protocol, rt_value fix_imports, rt_value callback)
{
    rt_value self = rt_type_alloc(ts, &rt_pickler_type);
    if (!rt_is_null(self) && rt_pickler_setup(ts, rt_as_pickler(self), protocol, fix_imports, callback) < 0)
        rt_clear(ts, &self);
    return self;
}

static rt_value dumps(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"obj", "protocol", "fix_imports", "buffer_callback", NULL};
    static const struct rt_argspec spec = {"dumps", names, 0, 1, 2, 4};
    rt_value v[4], self, r = RT_NULL;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    self = new_pickler(ts, v[1], v[2], v[3]);
    if (rt_is_null(self))
        return self;
    if (rt_pickler_dump(ts, self, v[0]) == 0)
        r = rt_bytes_new(ts, rt_as_pickler(self)->buf, rt_as_pickler(self)->n);
    rt_decref(ts, self);
    return r;
}

static rt_value dump(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"obj", "file", "protocol", "fix_imports", "buffer_callback", NULL};
    static const struct rt_argspec spec = {"dump", names, 0, 2, 3, 5};
    rt_value v[5], self;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    self = new_pickler(ts, v[2], v[3], v[4]);
    if (rt_is_null(self))
        return self;
    struct rt_pickler *p = rt_as_pickler(self);
    int r = rt_pickler_set_file(ts, p, v[1]);
    if (r == 0)
        r = rt_pickler_dump(ts, self, v[0]);
    if (r == 0)
        r = rt_pickler_flush(ts, p);
    rt_decref(ts, self);
    return r < 0 ? RT_NULL : RT_NONE;
}

/* v: input, fix_imports, encoding, errors, buffers */
static rt_value load_from(struct rt_thread *ts, const rt_value *v, bool file)
{
    rt_value self = rt_type_alloc(ts, &rt_unpickler_type), r = RT_NULL;
    if (rt_is_null(self))
        return self;
    struct rt_unpickler *u = rt_as_unpickler(self);
    if ((file ? rt_unpickler_set_file(ts, u, v[0]) : rt_unpickler_set_input(ts, u, v[0])) == 0 &&
        rt_unpickler_setup(ts, u, v[1], v[2], v[3], v[4]) == 0)
        r = rt_unpickler_load(ts, self);
    rt_decref(ts, self);
    return r;
}

static rt_value load(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"file", "fix_imports", "encoding", "errors", "buffers", NULL};
    static const struct rt_argspec spec = {"load", names, 0, 1, 1, 5};
    rt_value v[5];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : load_from(ts, v, true);
}

static rt_value loads(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "fix_imports", "encoding", "errors", "buffers", NULL};
    static const struct rt_argspec spec = {"loads", names, 1, 1, 1, 5};
    rt_value v[5];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : load_from(ts, v, false);
}

/* ---- the module ---- */
static rt_value object_attr(struct rt_thread *ts, rt_value name) { return rt_type_lookup(ts, &rt_object_type, name); }

static int fill_state(struct rt_thread *ts, rt_value mod, rt_value *v)
{
    static const struct {
        enum rt_pickle_import i;
        const char *module, *name;
        bool dict;
    } imports[] = {
        {PI_dispatch_table, "copyreg", "dispatch_table", true},
        {PI_extension_registry, "copyreg", "_extension_registry", true},
        {PI_inverted_registry, "copyreg", "_inverted_registry", true},
        {PI_extension_cache, "copyreg", "_extension_cache", true},
        {PI_name_map, "_compat_pickle", "NAME_MAPPING", true},
        {PI_import_map, "_compat_pickle", "IMPORT_MAPPING", true},
        {PI_reverse_name_map, "_compat_pickle", "REVERSE_NAME_MAPPING", true},
        {PI_reverse_import_map, "_compat_pickle", "REVERSE_IMPORT_MAPPING", true},
        {PI_codecs_encode, "codecs", "encode", false},
        {PI_getattr, "builtins", "getattr", false},
        {PI_partial, "functools", "partial", false},
    };
    for (size_t k = 0; k < RT_COUNTOF(imports); k++) {
        rt_value x = v[imports[k].i] = rt_import_attr(ts, imports[k].module, imports[k].name);
        if (rt_is_null(x))
            return -1;
        if (imports[k].dict && !rt_is_exact(x, &rt_dict_type)) {
            rt_raise(ts, &rt_exc_RuntimeError, "%s.%s should be a dict, not %.200s", imports[k].module,
                     imports[k].name, rt_typename(x));
            return -1;
        }
    }
    v[PI_object_reduce_ex] = object_attr(ts, RT_ID(__reduce_ex__));
    v[PI_object_reduce] = object_attr(ts, RT_ID(__reduce__));
    v[PI_object_getstate] = object_attr(ts, RT_ID(__getstate__));
    v[PI_object_class] = object_attr(ts, RT_ID(__class__));
    rt_value base = rt_type_value(&rt_exc_Exception);
    v[PI_PickleError] = rt_module_add_exception(ts, mod, "PickleError", base);
    if (rt_is_null(v[PI_PickleError]))
        return -1;
    v[PI_PicklingError] = rt_module_add_exception(ts, mod, "PicklingError", v[PI_PickleError]);
    v[PI_UnpicklingError] = rt_module_add_exception(ts, mod, "UnpicklingError", v[PI_PickleError]);
    return rt_is_null(v[PI_PicklingError]) || rt_is_null(v[PI_UnpicklingError]) ? -1 : 0;
}

static int exec(struct rt_thread *ts, rt_value mod)
{
    rt_value state = rt_tuple_new(ts, PI_COUNT);
    if (rt_is_null(state))
        return -1;
    if (rt_type_ready(ts, &rt_pickler_memo_type) < 0 || rt_type_ready(ts, &rt_unpickler_memo_type) < 0 ||
        rt_type_ready(ts, &rt_pickle_rawview_type) < 0 || fill_state(ts, mod, rt_as_tuple(state)->items) < 0) {
        rt_decref(ts, state);
        return -1;
    }
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_PICKLE], state);
    return 0;
}

static const struct rt_method_def methods[] = {
    {"dump", dump, RT_METH_KW,
     "dump($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)\n--\n\n"
     "Write a pickled representation of obj to the open file object file."},
    {"dumps", dumps, RT_METH_KW,
     "dumps($module, /, obj, protocol=None, *, fix_imports=True,\n      buffer_callback=None)\n--\n\n"
     "Return the pickled representation of the object as a bytes object."},
    {"load", load, RT_METH_KW,
     "load($module, /, file, *, fix_imports=True, encoding='ASCII',\n     errors='strict', buffers=())\n--\n\n"
     "Read and return an object from the pickle data stored in a file."},
    {"loads", loads, RT_METH_KW,
     "loads($module, data, /, *, fix_imports=True, encoding='ASCII',\n      errors='strict', buffers=())\n--\n\n"
     "Read and return an object from the given pickle data."},
    {0},
};
static struct rt_type *const types[] = {&rt_pickler_type, &rt_unpickler_type, &rt_pickle_buffer_type, NULL};

const struct rt_module_def rt_module__pickle = {
    .name = "_pickle",
    .doc = "Optimized C implementation for the Python pickle module.",
    .methods = methods,
    .types = types,
    .exec = exec,
};
