/* SPDX-License-Identifier: MIT */
/*
 * _pickle: names of classes and functions, both ways: which module an object is in, whether it is
 * really found there, and finding it again.
 */
#include "core/builtins/builtins.h"
#include "core/modules/pickle/pickle_internal.h"

static rt_value split_dots(struct rt_thread *ts, rt_value obj, rt_value name)
{
    rt_value dot = rt_str_from_char(ts, '.'), path = rt_call_method(ts, name, "split", &dot, 1), part;
    for (size_t i = 0; !rt_is_null(path) && !rt_is_null(part = rt_list_get(ts, path, i)); i++) {
        bool locals = rt_is_ptr(part) && rt_is_str(part) && rt_str_eq_cstr(part, "<locals>");
        rt_decref(ts, part);
        if (!locals)
            continue;
        if (rt_is_null(obj))
            rt_raise(ts, &rt_exc_AttributeError, "Can't pickle local object %R", name);
        else
            rt_raise(ts, &rt_exc_AttributeError, "Can't pickle local attribute %R on %R", name, obj);
        rt_clear(ts, &path);
    }
    return path;
}

/* Attribute by attribute; RT_NULL without exception when one is missing. */
static rt_value follow(struct rt_thread *ts, rt_value obj, rt_value path, rt_value *parent)
{
    rt_value at = rt_newref(ts, obj), up = RT_NULL, part;
    for (size_t i = 0; !rt_is_null(at) && !rt_is_null(part = rt_list_get(ts, path, i)); i++) {
        rt_decref(ts, up);
        up = at;
        at = rt_getattr_opt(ts, up, part);
        rt_decref(ts, part);
    }
    if (parent && !rt_is_null(at))
        *parent = up;
    else
        rt_decref(ts, up);
    return at;
}

rt_value rt_pickle_getattr_path(struct rt_thread *ts, rt_value obj, rt_value name, bool deep, rt_value *parent)
{
    rt_value v;
    if (deep) {
        rt_value path = split_dots(ts, obj, name);
        if (rt_is_null(path))
            return path;
        v = follow(ts, obj, path, parent);
        rt_decref(ts, path);
    } else {
        v = rt_getattr_opt(ts, obj, name);
    }
    if (rt_is_null(v) && !rt_pending(ts))
        rt_raise(ts, &rt_exc_AttributeError, "Can't get attribute %R on %R", name, obj);
    return v;
}

/* 1: o is module.path */
static int is_in_module(struct rt_thread *ts, rt_value name, rt_value module, rt_value o, rt_value path)
{
    if (rt_is_none(module) || (rt_is_ptr(name) && rt_is_str(name) && rt_str_eq_cstr(name, "__main__")))
        return 0;
    rt_value v = follow(ts, module, path, NULL);
    if (rt_is_null(v)) {
        rt_exc_clear(ts);
        return 0;
    }
    int same = rt_is(v, o);
    rt_decref(ts, v);
    return same;
}

static rt_value search_modules(struct rt_thread *ts, rt_value o, rt_value path)
{
    rt_value modules = rt_sys_get(ts, "modules"), list, name = RT_NULL, module;
    if (rt_is_null(modules))
        return rt_raise(ts, &rt_exc_RuntimeError, "unable to get sys.modules");
    list = rt_seq_list(ts, modules); /* a copy: look-ups may import */
    for (size_t i = 0; !rt_is_null(list) && !rt_is_null(name = rt_list_get(ts, list, i)); i++) {
        module = rt_getitem(ts, modules, name);
        int found = rt_is_null(module) ? 0 : is_in_module(ts, name, module, o, path);
        if (rt_is_null(module))
            rt_exc_clear(ts);
        rt_decref(ts, module);
        if (found)
            break;
        rt_decref(ts, name);
    }
    bool failed = rt_is_null(list);
    rt_decref(ts, list);
    rt_decref(ts, modules);
    return failed ? RT_NULL : rt_is_null(name) ? rt_newref(ts, RT_ID(__main__)) : name;
}

static rt_value which_module(struct rt_thread *ts, rt_value o, rt_value path)
{
    rt_value m = rt_getattr_opt(ts, o, RT_ID(__module__));
    if (rt_is_null(m) && rt_pending(ts))
        return m;
    if (!rt_is_null(m) && !rt_is_none(m))
        return m;
    return search_modules(ts, o, path);
}

/* The module called name, imported if need be; owned. */
static rt_value import_module(struct rt_thread *ts, rt_value name)
{
    rt_value top = rt_import_level(ts, name, RT_NULL, RT_NONE, 0), modules, m;
    if (rt_is_null(top))
        return top;
    rt_decref(ts, top);
    modules = rt_sys_get(ts, "modules");
    m = rt_is_null(modules) ? RT_NULL : rt_getitem(ts, modules, name);
    rt_decref(ts, modules);
    return m;
}

/* ---- saving ---- */
struct place { /* where o is: all owned */
    rt_value module_name, name, last, module, parent;
};

static void place_drop(struct rt_thread *ts, struct place *w)
{
    rt_decref(ts, w->module_name);
    rt_decref(ts, w->name);
    rt_decref(ts, w->last);
    rt_decref(ts, w->module);
    rt_decref(ts, w->parent);
}

static int locate(struct rt_thread *ts, rt_value o, rt_value name, struct place *w)
{
    rt_value path, found;
    if (!rt_is_null(name)) {
        w->name = rt_newref(ts, name);
    } else {
        w->name = rt_getattr_opt(ts, o, RT_ID(__qualname__));
        if (rt_is_null(w->name) && !rt_pending(ts))
            w->name = rt_getattr(ts, o, RT_ID(__name__));
    }
    path = rt_is_null(w->name) ? RT_NULL : split_dots(ts, RT_NULL, w->name);
    if (rt_is_null(path))
        return -1;
    w->last = rt_list_get(ts, path, rt_list_len(path) - 1);
    w->module_name = which_module(ts, o, path);
    if (rt_is_null(w->module_name)) {
        rt_decref(ts, path);
        return -1;
    }
    w->module = import_module(ts, w->module_name);
    if (rt_is_null(w->module)) {
        rt_value cause = rt_exc_take(ts);
        RT_PICKLE_ERROR(ts, PicklingError, "Can't pickle %R: import of module %R failed", o, w->module_name);
        rt_exc_chain(ts, cause);
        rt_decref(ts, path);
        return -1;
    }
    found = follow(ts, w->module, path, &w->parent);
    rt_decref(ts, path);
    if (rt_is_null(found)) {
        rt_value cause = rt_exc_take(ts);
        RT_PICKLE_ERROR(ts, PicklingError, "Can't pickle %R: attribute lookup %S on %S failed", o, w->name,
                        w->module_name);
        if (!rt_is_null(cause))
            rt_exc_chain(ts, cause);
        return -1;
    }
    bool same = rt_is(found, o);
    rt_decref(ts, found);
    if (same)
        return 0;
    RT_PICKLE_ERROR(ts, PicklingError, "Can't pickle %R: it's not the same object as %S.%S", o, w->module_name,
                    w->name);
    return -1;
}

/* 1: an extension code was written, 0: there is none, -1. */
static int save_extension(struct rt_thread *ts, struct rt_pickler *p, rt_value o, const struct place *w)
{
    rt_value key = rt_tuple_pack(ts, 2, w->module_name, w->name), code;
    uint8_t op[5];
    if (rt_is_null(key))
        return -1;
    code = rt_dict_get(ts, rt_pickle_state(ts, PI_extension_registry), key);
    rt_decref(ts, key);
    if (rt_is_null(code))
        return rt_pending(ts) ? -1 : 0;
    if (!rt_is_any_int(code)) {
        RT_PICKLE_ERROR(ts, PicklingError, "Can't pickle %R: extension code %R isn't an integer", o, code);
        rt_decref(ts, code);
        return -1;
    }
    int64_t x = rt_as_i64(ts, code);
    rt_decref(ts, code);
    if (x <= 0 || x > INT32_MAX) {
        if (!rt_pending(ts))
            RT_PICKLE_ERROR(ts, PicklingError, "Can't pickle %R: extension code %ld is out of range", o, (long)x);
        return -1;
    }
    op[0] = x < 256 ? P_EXT1 : x < 65536 ? P_EXT2 : P_EXT4;
    rt_pickler_put_u32(op + 1, (uint32_t)x);
    return rt_pickler_put(ts, p, op, x < 256 ? 2 : x < 65536 ? 3 : 5) < 0 ? -1 : 1;
}

/* Python 2's names for module and name; replaces the owned words. */
static int old_names(struct rt_thread *ts, rt_value *module, rt_value *name)
{
    rt_value key = rt_tuple_pack(ts, 2, *module, *name), v;
    if (rt_is_null(key))
        return -1;
    v = rt_dict_get(ts, rt_pickle_state(ts, PI_reverse_name_map), key);
    rt_decref(ts, key);
    if (!rt_is_null(v)) {
        if (!rt_is_ptr(v) || !rt_is_tuple(v) || rt_as_tuple(v)->length != 2) {
            rt_raise(ts, &rt_exc_RuntimeError, "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, "
                     "not %.200s", rt_typename(v));
            rt_decref(ts, v);
            return -1;
        }
        rt_decref(ts, *module);
        rt_decref(ts, *name);
        *module = rt_newref(ts, rt_as_tuple(v)->items[0]);
        *name = rt_newref(ts, rt_as_tuple(v)->items[1]);
        rt_decref(ts, v);
        return 0;
    }
    if (rt_pending(ts))
        return -1;
    v = rt_dict_get(ts, rt_pickle_state(ts, PI_reverse_import_map), *module);
    if (rt_is_null(v))
        return rt_pending(ts) ? -1 : 0;
    rt_decref(ts, *module);
    *module = v;
    return 0;
}

static int put_identifier(struct rt_thread *ts, struct rt_pickler *p, rt_value s, const char *what)
{
    size_t n = 0;
    const char *u = NULL;
    if (p->proto >= 3 || rt_as_str(s)->ascii)
        u = rt_str_utf8(ts, s, &n);
    if (!u) {
        if (!rt_pending(ts) || rt_exc_clear_if(ts, &rt_exc_UnicodeEncodeError))
            RT_PICKLE_ERROR(ts, PicklingError, "can't pickle %s identifier '%S' using pickle protocol %i", what, s,
                            (int)p->proto);
        return -1;
    }
    return rt_pickler_put(ts, p, u, n) < 0 ? -1 : rt_pickler_put(ts, p, "\n", 1);
}

static int put_global(struct rt_thread *ts, rt_value self, struct place *w)
{
    struct rt_pickler *p = rt_as_pickler(self);
    if (rt_is(w->parent, w->module)) {
        rt_decref(ts, w->name);
        w->name = rt_newref(ts, w->last);
    }
    if (p->proto >= 4) {
        if (rt_pickler_save(ts, self, w->module_name, true) < 0 || rt_pickler_save(ts, self, w->name, true) < 0)
            return -1;
        return rt_pickler_put(ts, p, (const uint8_t[]){P_STACK_GLOBAL}, 1);
    }
    if (!rt_is(w->parent, w->module)) {
        rt_value args = rt_tuple_pack(ts, 2, w->parent, w->last), rv = RT_NULL;
        if (!rt_is_null(args))
            rv = rt_tuple_pack(ts, 2, rt_pickle_state(ts, PI_getattr), args);
        int r = rt_is_null(rv) ? -1 : rt_pickler_save_reduce(ts, self, rv, RT_NULL);
        rt_decref(ts, rv);
        rt_decref(ts, args);
        return r;
    }
    if (p->fix_imports && old_names(ts, &w->module_name, &w->name) < 0)
        return -1;
    if (!rt_is_ptr(w->module_name) || !rt_is_str(w->module_name) || !rt_is_ptr(w->name) || !rt_is_str(w->name)) {
        rt_raise(ts, &rt_exc_TypeError, "global names must be strings");
        return -1;
    }
    if (rt_pickler_put(ts, p, (const uint8_t[]){P_GLOBAL}, 1) < 0 ||
        put_identifier(ts, p, w->module_name, "module") < 0)
        return -1;
    return put_identifier(ts, p, w->name, "global");
}

int rt_pickler_save_global(struct rt_thread *ts, rt_value self, rt_value o, rt_value name)
{
    struct rt_pickler *p = rt_as_pickler(self);
    struct place w = {RT_NULL, RT_NULL, RT_NULL, RT_NULL, RT_NULL};
    int r = locate(ts, o, name, &w), ext;
    if (r == 0 && p->proto >= 2 && (ext = save_extension(ts, p, o, &w)) != 0) {
        place_drop(ts, &w);
        return ext < 0 ? -1 : 0;
    }
    if (r == 0)
        r = put_global(ts, self, &w);
    place_drop(ts, &w);
    return r < 0 ? r : rt_pickler_memo_put(ts, p, o);
}

/* ---- loading ---- */
static int new_names(struct rt_thread *ts, rt_value *module, rt_value *name)
{
    rt_value key = rt_tuple_pack(ts, 2, *module, *name), v;
    if (rt_is_null(key))
        return -1;
    v = rt_dict_get(ts, rt_pickle_state(ts, PI_name_map), key);
    rt_decref(ts, key);
    if (!rt_is_null(v) && rt_is_ptr(v) && rt_is_tuple(v) && rt_as_tuple(v)->length == 2) {
        rt_decref(ts, *module);
        rt_decref(ts, *name);
        *module = rt_newref(ts, rt_as_tuple(v)->items[0]);
        *name = rt_newref(ts, rt_as_tuple(v)->items[1]);
        rt_decref(ts, v);
        return 0;
    }
    rt_decref(ts, v);
    if (rt_pending(ts))
        return -1;
    v = rt_dict_get(ts, rt_pickle_state(ts, PI_import_map), *module);
    if (rt_is_null(v))
        return rt_pending(ts) ? -1 : 0;
    rt_decref(ts, *module);
    *module = v;
    return 0;
}

rt_value rt_pickle_find_class(struct rt_thread *ts, rt_value self, rt_value module, rt_value name)
{
    struct rt_unpickler *u = rt_as_unpickler(self);
    rt_value m = rt_newref(ts, module), n = rt_newref(ts, name), r = RT_NULL, mod;
    rt_value audit[2] = {module, name};
    if (rt_sys_audit(ts, "pickle.find_class", 2, audit) == 0 &&
        (rt_load_relaxed(&u->proto) >= 3 || !rt_load_relaxed(&u->fix_imports) || new_names(ts, &m, &n) == 0)) {
        mod = import_module(ts, m);
        if (!rt_is_null(mod))
            r = rt_pickle_getattr_path(ts, mod, n, rt_load_relaxed(&u->proto) >= 4, NULL);
        rt_decref(ts, mod);
    }
    rt_decref(ts, m);
    rt_decref(ts, n);
    return r;
}
