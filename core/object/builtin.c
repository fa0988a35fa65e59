/* SPDX-License-Identifier: MIT */
/*
 * builtin_function_or_method, and how native functions are called: argument counts are checked here,
 * and LOCKED ones run inside self's critical section.
 */
#include "core/object/object_internal.h"

static struct rt_builtin *as_builtin(rt_value v) { return (struct rt_builtin *)rt_ptr(v); }

/* ---- calling --------------------------------------------------------------------------------- */

/* What messages call the function: "qualname()" or "module.qualname()". */
rt_value rt_function_str(struct rt_thread *ts, rt_value func)
{
    rt_value exc = rt_exc_take(ts), r = RT_NULL;
    rt_value qualname = rt_getattr_opt(ts, func, RT_ID(__qualname__));
    rt_exc_clear(ts);
    if (rt_is_null(qualname)) {
        r = rt_str(ts, func);
    } else {
        rt_value module = rt_getattr_opt(ts, func, RT_ID(__module__));
        rt_exc_clear(ts);
        if (!rt_is_null(module) && !rt_is_none(module) &&
            !(rt_is_ptr(module) && rt_is_str(module) && rt_str_eq_cstr(module, "builtins")))
            r = rt_str_format(ts, "%S.%S()", module, qualname);
        else
            r = rt_str_format(ts, "%S()", qualname);
        rt_decref(ts, module);
        rt_decref(ts, qualname);
    }
    if (!rt_is_null(exc))
        rt_exc_put(ts, exc);
    return r;
}

static RT_COLD rt_value count_error(struct rt_thread *ts, rt_value func, rt_value kw, uint32_t conv,
                                    uint32_t n)
{
    rt_value name = rt_function_str(ts, func);
    if (rt_is_null(name))
        return name;
    if (!rt_is_null(kw) && rt_as_tuple(kw)->length)
        rt_raise(ts, &rt_exc_TypeError, "%U takes no keyword arguments", name);
    else if (conv == RT_METH_NOARGS)
        rt_raise(ts, &rt_exc_TypeError, "%U takes no arguments (%u given)", name, n);
    else
        rt_raise(ts, &rt_exc_TypeError, "%U takes exactly one argument (%u given)", name, n);
    rt_decref(ts, name);
    return RT_NULL;
}

/* Errors of rt_native_call: keywords, or a wrong count. */
RT_COLD rt_value rt_native_call_error(struct rt_thread *ts, rt_value func, const struct rt_method_def *def,
                                      uint32_t n, rt_value kw)
{
    uint32_t conv = def->flags & RT_METH_CONV;
    bool keywords = !rt_is_null(kw) && rt_as_tuple(kw)->length;
    return count_error(ts, func, keywords ? kw : RT_NULL, conv, n);
}

/* In the critical section of self, or with little stack left. */
rt_value rt_native_call_slow(struct rt_thread *ts, rt_value func, rt_value self, const rt_value *args, uint32_t n,
                             rt_value kw)
{
    const struct rt_method_def *def = rt_is_exact(func, &rt_builtin_type)
                                          ? as_builtin(func)->def
                                          : ((struct rt_method_descr *)rt_ptr(func))->def;
    if (rt_unlikely(rt_c_stack_low(ts)) && rt_recursion_check(ts, " while calling a Python object") < 0)
        return RT_NULL;
    if (!rt_native_needs_section(def) || !rt_is_ptr(self))
        return rt_native_call_plain(ts, func, def, self, args, n, kw);
    struct rt_cs cs = {.prev = ts->cs, .a = rt_ptr(self), .open = true};
    if (rt_unlikely(rt_load_relaxed(&ts->mt)))
        rt_cs_begin_py(ts, &cs, rt_ptr(self));
    else
        ts->cs = &cs; /* rt_cs_note */
    rt_value r = rt_native_call_plain(ts, func, def, self, args, n, kw);
    if (rt_likely(!rt_load_relaxed(&ts->mt) && !cs.active && ts->cs == &cs))
        ts->cs = cs.prev; /* rt_cs_end */
    else
        rt_cs_end(ts, &cs);
    return r;
}

/* ---- the object ------------------------------------------------------------------------------ */

static rt_value builtin_make(struct rt_thread *ts, const struct rt_method_def *def, rt_value self,
                             rt_value module, struct rt_type *objclass)
{
    struct rt_builtin *b = rt_object_new(ts, &rt_builtin_type, sizeof *b);
    if (!b)
        return RT_NULL;
    b->def = def;
    rt_slot_init(&b->self, rt_newref(ts, self));
    rt_slot_init(&b->module, rt_newref(ts, module));
    b->objclass = objclass;
    return rt_own(b);
}

rt_value rt_builtin_new(struct rt_thread *ts, const struct rt_method_def *def, rt_value self,
                        rt_value module_name)
{
    return builtin_make(ts, def, self, module_name, NULL);
}

rt_value rt_builtin_bind(struct rt_thread *ts, const struct rt_method_def *def, rt_value self,
                         struct rt_type *objclass)
{
    return builtin_make(ts, def, self, RT_NULL, objclass);
}

static rt_value builtin_call(struct rt_thread *ts, rt_value f, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_builtin *b = as_builtin(f);
    rt_value self = b->def->flags & RT_METH_STATIC ? RT_NULL : rt_slot_peek(&b->self);
    return rt_native_call(ts, f, b->def, self, args, n, kw);
}

static int builtin_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_builtin *b = (struct rt_builtin *)o;
    RT_VISIT_SLOT(&b->self);
    RT_VISIT_SLOT(&b->module);
    return 0;
}

static void builtin_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_builtin *b = (struct rt_builtin *)o;
    rt_slot_clear(ts, b, &b->self);
    rt_slot_clear(ts, b, &b->module);
}

/* Bound to something but its module. */
static bool has_self(const struct rt_builtin *b, rt_value *self)
{
    *self = rt_slot_peek(&b->self);
    return !rt_is_null(*self) &&
           !(rt_is_ptr(*self) && rt_type_is_subtype(rt_type_of(*self), &rt_module_type));
}

static rt_value builtin_repr(struct rt_thread *ts, rt_value f)
{
    rt_value self;
    if (!has_self(as_builtin(f), &self))
        return rt_str_format(ts, "<built-in function %s>", as_builtin(f)->def->name);
    rt_value id = rt_id(ts, self), hex = rt_is_null(id) ? id : rt_int_to_str(ts, id, 16, true);
    rt_value r = RT_NULL;
    if (!rt_is_null(hex))
        r = rt_str_format(ts, "<built-in method %s of %s object at %U>", as_builtin(f)->def->name,
                          rt_typename(self), hex);
    rt_decref(ts, hex);
    rt_decref(ts, id);
    return r;
}

static int64_t builtin_hash(struct rt_thread *ts, rt_value f)
{
    struct rt_builtin *b = as_builtin(f);
    uint64_t h = (rt_borrowed(rt_slot_peek(&b->self)).bits >> 4) ^ ((uintptr_t)b->def->fn >> 4) * 31;
    return (int64_t)(h & INT64_MAX);
}

static rt_value builtin_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_exact(a, &rt_builtin_type) ||
        !rt_is_exact(b, &rt_builtin_type))
        return RT_NOTIMPL;
    bool eq = rt_is(rt_slot_peek(&as_builtin(a)->self), rt_slot_peek(&as_builtin(b)->self)) &&
              as_builtin(a)->def->fn == as_builtin(b)->def->fn;
    return rt_bool(eq == (op == RT_EQ));
}

static rt_value get_name(struct rt_thread *ts, rt_value f, void *closure)
{
    return rt_str_intern_cstr(ts, as_builtin(f)->def->name);
}

static rt_value get_doc(struct rt_thread *ts, rt_value f, void *closure)
{
    return rt_doc_text(ts, as_builtin(f)->def->name, as_builtin(f)->def->doc);
}

static rt_value get_signature(struct rt_thread *ts, rt_value f, void *closure)
{
    return rt_doc_signature(ts, as_builtin(f)->def->name, as_builtin(f)->def->doc);
}

static rt_value get_self(struct rt_thread *ts, rt_value f, void *closure)
{
    return rt_slot_get_none(ts, rt_ptr(f), &as_builtin(f)->self);
}

static rt_value get_module(struct rt_thread *ts, rt_value f, void *closure)
{
    return rt_slot_get_none(ts, rt_ptr(f), &as_builtin(f)->module);
}

static int set_module(struct rt_thread *ts, rt_value f, rt_value v, void *closure)
{
    rt_slot_set(ts, &as_builtin(f)->module, rt_newref(ts, v));
    return 0;
}

static rt_value get_qualname(struct rt_thread *ts, rt_value f, void *closure)
{
    rt_value self;
    const char *name = as_builtin(f)->def->name;
    if (!has_self(as_builtin(f), &self))
        return rt_str_from_cstr(ts, name);
    struct rt_type *t = rt_is_type(self) ? rt_as_type(self) : rt_type_of(self);
    rt_value q = rt_type_qualname(ts, t);
    if (rt_is_null(q))
        return q;
    rt_value r = rt_str_format(ts, "%U.%s", q, name);
    rt_decref(ts, q);
    return r;
}

rt_value rt_getattr_reduce(struct rt_thread *ts, rt_value obj, rt_value name)
{
    rt_value f = rt_import_attr(ts, "builtins", "getattr");
    if (rt_is_null(f))
        return f;
    rt_value args = rt_tuple_pack(ts, 2, obj, name), r = RT_NULL;
    if (!rt_is_null(args))
        r = rt_tuple_pack(ts, 2, f, args);
    rt_decref(ts, args);
    rt_decref(ts, f);
    return r;
}

static rt_value builtin_reduce(struct rt_thread *ts, rt_value f)
{
    rt_value self, name = rt_str_intern_cstr(ts, as_builtin(f)->def->name);
    if (rt_is_null(name) || !has_self(as_builtin(f), &self))
        return name;
    return rt_getattr_reduce(ts, self, name);
}

static const struct rt_method_def builtin_methods[] = {
    {"__reduce__", builtin_reduce, RT_METH_NOARGS, NULL},
    {0},
};
static const struct rt_getset_def builtin_getset[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__doc__", get_doc, NULL, NULL, NULL},
    {"__self__", get_self, NULL, NULL, NULL},
    {"__text_signature__", get_signature, NULL, NULL, NULL},
    {"__module__", get_module, set_module, NULL, NULL},
    {0},
};

struct rt_type rt_builtin_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "builtin_function_or_method",
    .flags = RT_TF_GC | RT_TF_WEAKREF | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_builtin),
    .traverse = builtin_traverse,
    .clear = builtin_clear,
    .repr = builtin_repr,
    .hash = builtin_hash,
    .call = builtin_call,
    .richcompare = builtin_richcompare,
    .methods = builtin_methods,
    .getset = builtin_getset,
};
