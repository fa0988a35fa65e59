/* SPDX-License-Identifier: MIT */
/*
 * Modules: the type, native modules out of definitions, and small helpers for their contents.
 */
#include "core/object/module.h"

#include "core/object/object_internal.h"

static struct rt_module *self_of(rt_value v) { return (struct rt_module *)rt_ptr(v); }

/* ---- construction ---------------------------------------------------------------------------- */

/* A module (or instance of a subclass) in dictionary mode with an empty dict. */
static rt_value module_alloc(struct rt_thread *ts, struct rt_type *t)
{
    rt_value m = rt_type_alloc(ts, t), d = rt_is_null(m) ? m : rt_dict_new(ts);
    struct rt_shape *s = rt_is_null(d) ? NULL : rt_shape_dict(ts, t->shape);
    if (!s) {
        rt_decref(ts, d);
        rt_decref(ts, m);
        return RT_NULL;
    }
    rt_slot_init(&self_of(m)->dict, rt_defer(ts, d));
    rt_store_release(&rt_ptr(m)->shape, s->id);
    return m;
}

static int fill(struct rt_thread *ts, rt_value m, rt_value name, rt_value doc)
{
    rt_value d = rt_module_dict_borrowed(m);
    if (rt_dict_set(ts, d, RT_ID(__name__), name) < 0 || rt_dict_set(ts, d, RT_ID(__doc__), doc) < 0 ||
        rt_dict_set(ts, d, RT_ID(__package__), RT_NONE) < 0 ||
        rt_dict_set(ts, d, RT_ID(__loader__), RT_NONE) < 0)
        return -1;
    return rt_dict_set(ts, d, RT_ID(__spec__), RT_NONE);
}

rt_value rt_module_new(struct rt_thread *ts, rt_value name)
{
    rt_value m = module_alloc(ts, &rt_module_type);
    if (!rt_is_null(m) && fill(ts, m, name, RT_NONE) < 0)
        rt_clear(ts, &m);
    return rt_is_null(m) ? m : rt_defer(ts, m);
}

static rt_value module_tp_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value m = module_alloc(ts, t);
    return rt_is_null(m) ? m : rt_defer(ts, m);
}

static int module_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", "doc", NULL};
    static const struct rt_argspec spec = {"module", names, 0, 1, 2, 2};
    rt_value a[2];
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return -1;
    if (!rt_is_ptr(a[0]) || !rt_is_str(a[0])) {
        rt_raise_arg_type(ts, "module", "argument 'name'", "str", a[0]);
        return -1;
    }
    return fill(ts, self, a[0], rt_none_if_null(a[1]));
}

/* ---- native modules -------------------------------------------------------------------------- */

rt_value rt_module_dict_borrowed(rt_value module) { return rt_borrowed(rt_slot_peek(&self_of(module)->dict)); }
const struct rt_module_def *rt_module_definition(rt_value module) { return self_of(module)->def; }

int rt_module_add(struct rt_thread *ts, rt_value module, const char *name, rt_value owned)
{
    if (rt_is_null(owned))
        return -1;
    int r = rt_dict_set_cstr(ts, rt_module_dict_borrowed(module), name, owned);
    rt_decref(ts, owned);
    return r;
}

int rt_module_add_int(struct rt_thread *ts, rt_value module, const char *name, int64_t i)
{
    return rt_module_add(ts, module, name, rt_int_from_i64(ts, i));
}

int rt_module_add_str(struct rt_thread *ts, rt_value module, const char *name, const char *s)
{
    return rt_module_add(ts, module, name, rt_str_from_cstr(ts, s));
}

int rt_module_add_type(struct rt_thread *ts, rt_value module, struct rt_type *t)
{
    if (rt_type_ready(ts, t) < 0)
        return -1;
    return rt_dict_set_cstr(ts, rt_module_dict_borrowed(module), rt_type_shortname(t), rt_type_value(t));
}

rt_value rt_module_add_exception(struct rt_thread *ts, rt_value module, const char *name, rt_value base)
{
    const char *dot = strrchr(name, '.');
    char full[128];
    if (!dot) { /* the class says where it is from */
        rt_value mod = rt_dict_get(ts, rt_module_dict_borrowed(module), RT_ID(__name__));
        const char *m = rt_is_str(mod) ? rt_str_utf8(ts, mod, NULL) : NULL;
        if (m && (size_t)__builtin_snprintf(full, sizeof(full), "%s.%s", m, name) < sizeof(full)) {
            name = full;
            dot = strrchr(name, '.');
        }
        rt_decref(ts, mod);
    }
    rt_value t = rt_type_derive(ts, name, rt_is_null(base) ? rt_type_value(&rt_exc_Exception) : base, RT_NULL);
    if (!rt_is_null(t) &&
        rt_dict_set_cstr(ts, rt_module_dict_borrowed(module), dot ? dot + 1 : name, t) < 0)
        rt_clear(ts, &t);
    return t;
}

static int add_functions(struct rt_thread *ts, rt_value m, const struct rt_method_def *defs, rt_value name)
{
    for (; defs && defs->name; defs++) {
        rt_value f = rt_builtin_new(ts, defs, m, name);
        if (rt_is_null(f))
            return -1;
        f = rt_defer(ts, f);
        if (rt_module_add(ts, m, defs->name, f) < 0)
            return -1;
    }
    return 0;
}

rt_value rt_module_from_def(struct rt_thread *ts, const struct rt_module_def *def)
{
    rt_value name = rt_str_intern_cstr(ts, def->name), m = RT_NULL;
    if (rt_is_null(name) || rt_is_null(m = rt_module_new(ts, name)))
        return RT_NULL;
    self_of(m)->def = def;
    rt_value doc = def->doc ? rt_str_from_cstr(ts, def->doc) : RT_NONE;
    bool ok = !rt_is_null(doc) && rt_dict_set(ts, rt_module_dict_borrowed(m), RT_ID(__doc__), doc) == 0 &&
              add_functions(ts, m, def->methods, name) == 0;
    rt_decref(ts, doc);
    for (struct rt_type *const *t = def->types; ok && t && *t; t++)
        ok = rt_module_add_type(ts, m, *t) == 0;
    if (!ok)
        rt_clear(ts, &m);
    return m;
}

/* ---- attributes ------------------------------------------------------------------------------ */

/* __spec__._initializing is true: the module is still being imported. */
/* Is the submodule `name` of the module with this spec being imported just now? */
static bool awaited_submodule(struct rt_thread *ts, rt_value spec, rt_value name)
{
    rt_value l = spec.bits && !rt_is_none(spec) ? rt_getattr_opt_cstr(ts, spec, "_uninitialized_submodules") : RT_NULL;
    int in = l.bits ? rt_contains(ts, l, name) : 0;
    rt_decref(ts, l);
    if (in < 0)
        rt_exc_clear(ts);
    return in > 0;
}

static bool initializing(struct rt_thread *ts, rt_value spec)
{
    rt_value v = rt_is_null(spec) || rt_is_none(spec) ? RT_NULL : rt_getattr_opt(ts, spec, RT_ID(_initializing));
    int r = rt_is_null(v) ? 0 : rt_truth(ts, v);
    rt_decref(ts, v);
    rt_exc_clear(ts);
    return r > 0;
}

static RT_COLD rt_value missing(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value d = rt_module_dict_borrowed(self);
    rt_value mod_name = rt_dict_get(ts, d, RT_ID(__name__)), spec;
    if (rt_is_ptr(mod_name) && rt_is_str(mod_name)) {
        spec = rt_dict_get(ts, d, RT_ID(__spec__));
        if (initializing(ts, spec))
            rt_raise(ts, &rt_exc_AttributeError,
                     "partially initialized module '%U' has no attribute '%U' (most likely due to a circular "
                     "import)", mod_name, name);
        else if (awaited_submodule(ts, spec, name))
            rt_raise(ts, &rt_exc_AttributeError,
                     "cannot access submodule '%U' of module '%U' (most likely due to a circular import)", name, mod_name);
        else if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_AttributeError, "module '%U' has no attribute '%U'", mod_name, name);
        rt_decref(ts, spec);
    } else if (!rt_pending(ts)) {
        rt_raise(ts, &rt_exc_AttributeError, "module has no attribute '%U'", name);
    }
    rt_decref(ts, mod_name);
    return RT_NULL;
}

rt_value rt_module_getattr_opt(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value v = rt_object_getattr_opt(ts, self, name);
    if (rt_likely(!rt_is_null(v)))
        return v;
    if (rt_pending(ts) && !rt_exc_clear_if(ts, &rt_exc_AttributeError))
        return v;
    rt_value hook = rt_dict_get(ts, rt_module_dict_borrowed(self), RT_ID(__getattr__));
    if (!rt_is_null(hook)) {
        v = rt_call1(ts, hook, name);
        rt_decref(ts, hook);
    }
    return v;
}

static rt_value module_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value v = rt_module_getattr_opt(ts, self, name);
    return rt_likely(!rt_is_null(v)) || rt_pending(ts) ? v : missing(ts, self, name);
}

static rt_value module_repr(struct rt_thread *ts, rt_value self)
{
    rt_value f = rt_import_attr(ts, "_frozen_importlib", "_module_repr");
    if (rt_is_null(f)) { /* before importlib is there */
        rt_exc_clear(ts);
        rt_value name = rt_dict_get(ts, rt_module_dict_borrowed(self), RT_ID(__name__));
        rt_value r = rt_str_format(ts, "<module %R (built-in)>", name);
        rt_decref(ts, name);
        return r;
    }
    rt_value r = rt_call1(ts, f, self);
    rt_decref(ts, f);
    return r;
}

static rt_value get_dict(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_slot_get(ts, rt_ptr(self), &self_of(self)->dict);
}

static rt_value get_annotations(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value d = rt_module_dict_borrowed(self), a = rt_dict_get(ts, d, RT_ID(__annotations__));
    if (!rt_is_null(a) || rt_pending(ts) || rt_is_null(a = rt_dict_new(ts)))
        return a;
    if (rt_dict_set(ts, d, RT_ID(__annotations__), a) < 0)
        rt_clear(ts, &a);
    return a;
}

static int set_annotations(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    rt_value d = rt_module_dict_borrowed(self);
    if (!rt_is_null(v))
        return rt_dict_set(ts, d, RT_ID(__annotations__), v);
    int r = rt_dict_del_opt(ts, d, RT_ID(__annotations__));
    if (r == 0)
        rt_raise(ts, &rt_exc_AttributeError, "__annotations__");
    return r > 0 ? 0 : -1;
}

static rt_value module_dir(struct rt_thread *ts, rt_value self)
{
    rt_value d = rt_getattr(ts, self, RT_ID(__dict__)), r = RT_NULL;
    if (rt_is_null(d))
        return d;
    if (!rt_is_ptr(d) || !rt_is_dict(d)) {
        rt_raise(ts, &rt_exc_TypeError, "<module>.__dict__ is not a dictionary");
    } else {
        rt_value hook = rt_dict_get(ts, d, RT_ID(__dir__));
        r = rt_is_null(hook) ? (rt_pending(ts) ? RT_NULL : rt_dict_keys_list(ts, d)) : rt_call0(ts, hook);
        rt_decref(ts, hook);
    }
    rt_decref(ts, d);
    return r;
}

static int module_traverse(struct rt_object *o, rt_visit visit, void *arg) { return 0; }

static void module_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct rt_module *)o)->dict, RT_NULL);
}

static const struct rt_method_def module_methods[] = {
    {"__dir__", module_dir, RT_METH_NOARGS, "__dir__() -> list\nspecialized dir() implementation"},
    {0},
};
static const struct rt_getset_def module_getset[] = {
    {"__dict__", get_dict, NULL, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {0},
};

struct rt_type rt_module_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "module",
    .doc = "module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the optional doc "
           "argument can have any type.",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_DICT | RT_TF_WEAKREF,
    .basic_size = sizeof(struct rt_module),
    .inst_offset = offsetof(struct rt_module, dict),
    .traverse = module_traverse,
    .clear = module_clear,
    .repr = module_repr,
    .getattro = module_getattro,
    .init = module_init,
    .new = module_tp_new,
    .methods = module_methods,
    .getset = module_getset,
};
