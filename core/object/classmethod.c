/* SPDX-License-Identifier: MIT */
/* classmethod and staticmethod: wrappers with a __dict__ that copy the function's names. */
#include "core/object/object_internal.h"

static struct rt_callable_wrap *self_of(rt_value v) { return (struct rt_callable_wrap *)rt_ptr(v); }
static rt_value callable_of(struct rt_thread *ts, rt_value v)
{
    return rt_slot_get(ts, rt_ptr(v), &self_of(v)->callable);
}

static int wrap_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct rt_callable_wrap *)o)->callable);
    return 0;
}

static void wrap_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct rt_callable_wrap *)o)->callable, RT_NULL);
}

/* As functools.wraps does. */
static int copy_names(struct rt_thread *ts, rt_value self, rt_value f)
{
    const rt_value names[] = {RT_ID(__module__), RT_ID(__name__), RT_ID(__qualname__), RT_ID(__doc__),
                              RT_ID(__annotations__)};
    for (size_t i = 0; i < RT_COUNTOF(names); i++) {
        rt_value v = rt_getattr_opt(ts, f, names[i]);
        if (rt_is_null(v)) {
            if (rt_pending(ts))
                return -1;
            continue;
        }
        int r = rt_inst_set(ts, rt_ptr(self), names[i], v);
        rt_decref(ts, v);
        if (r < 0)
            return -1;
    }
    return 0;
}

static rt_value wrap_make(struct rt_thread *ts, struct rt_type *t, rt_value callable)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    rt_slot_init(&self_of(v)->callable, rt_defer(ts, rt_newref(ts, callable)));
    return v;
}

rt_value rt_staticmethod_new(struct rt_thread *ts, rt_value callable)
{
    return wrap_make(ts, &rt_staticmethod_type, callable);
}

rt_value rt_classmethod_new(struct rt_thread *ts, rt_value callable)
{
    return wrap_make(ts, &rt_classmethod_type, callable);
}

static rt_value wrap_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (!rt_is_null(v))
        rt_slot_init(&self_of(v)->callable, RT_NONE);
    return v;
}

static int wrap_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw,
                     const char *name)
{
    if (rt_no_keywords(ts, name, kw) < 0 || rt_args_count(ts, name, n, 1, 1) < 0)
        return -1;
    rt_slot_set(ts, &self_of(self)->callable, rt_defer(ts, rt_newref(ts, args[0])));
    return copy_names(ts, self, args[0]);
}

static int class_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return wrap_init(ts, self, args, n, kw, "classmethod");
}

static int static_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return wrap_init(ts, self, args, n, kw, "staticmethod");
}

static rt_value get_abstract(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value f = callable_of(ts, self), a;
    if (rt_is_null(f))
        return RT_FALSE;
    a = rt_getattr_opt(ts, f, RT_ID(__isabstractmethod__));
    rt_decref(ts, f);
    if (rt_is_null(a))
        return rt_pending(ts) ? RT_NULL : RT_FALSE;
    int r = rt_truth(ts, a);
    rt_decref(ts, a);
    return r < 0 ? RT_NULL : rt_bool(r);
}

static rt_value wrap_repr(struct rt_thread *ts, rt_value self, const char *name)
{
    rt_value f = callable_of(ts, self), r = rt_str_format(ts, "<%s(%R)>", name, f);
    rt_decref(ts, f);
    return r;
}

static const struct rt_member_def wrap_members[] = {
    {"__func__", RT_MEMBER_OBJECT, offsetof(struct rt_callable_wrap, callable), true, NULL},
    {"__wrapped__", RT_MEMBER_OBJECT, offsetof(struct rt_callable_wrap, callable), true, NULL},
    {0},
};

static const struct rt_getset_def wrap_getset[] = {
    {"__isabstractmethod__", get_abstract, NULL, NULL, NULL},
    {0},
};

/* ---- classmethod ----------------------------------------------------------------------------- */

static rt_value class_get(struct rt_thread *ts, rt_value self, rt_value obj, rt_value type)
{
    rt_value f = rt_recursion_check(ts, "") < 0 ? RT_NULL : callable_of(ts, self), r;
    if (rt_is_null(f))
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_RuntimeError, "uninitialized classmethod object");
    if (rt_is_null(type))
        type = rt_type_value(rt_type_of(obj));
    rt_value (*get)(struct rt_thread *, rt_value, rt_value, rt_value) = rt_type_of(f)->descr_get;
    if (get) /* chains with property and others */
        r = get(ts, f, type, type);
    else
        r = rt_method_new(ts, f, type);
    rt_decref(ts, f);
    return r;
}

static rt_value class_repr(struct rt_thread *ts, rt_value self) { return wrap_repr(ts, self, "classmethod"); }

struct rt_type rt_classmethod_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "classmethod",
    .doc = "classmethod(function) -> method\n\nConvert a function to be a class method.\n\nA class method receives "
           "the class as implicit first argument,\njust like an instance method receives the instance.\nTo declare "
           "a class method, use this idiom:\n\n  class C:\n      @classmethod\n      def f(cls, arg1, arg2, "
           "argN):\n          ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. "
           "C().f()).  The instance is ignored except for its class.\nIf a class method is called for a derived "
           "class, the derived class\nobject is passed as the implied first argument.\n\nClass methods are different "
           "than C++ or Java static methods.\nIf you want those, see the staticmethod builtin.",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_DICT,
    .basic_size = sizeof(struct rt_callable_wrap),
    .traverse = wrap_traverse,
    .clear = wrap_clear,
    .repr = class_repr,
    .descr_get = class_get,
    .init = class_init,
    .new = wrap_new,
    .getset = wrap_getset,
    .members = wrap_members,
};

/* ---- staticmethod ---------------------------------------------------------------------------- */

static rt_value static_get(struct rt_thread *ts, rt_value self, rt_value obj, rt_value type)
{
    rt_value f = callable_of(ts, self);
    return rt_is_null(f) ? rt_raise(ts, &rt_exc_RuntimeError, "uninitialized staticmethod object") : f;
}

static rt_value static_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_recursion_check(ts, " while calling a Python object") < 0)
        return RT_NULL;
    rt_value f = callable_of(ts, self), r = rt_call(ts, f, args, n, kw);
    rt_decref(ts, f);
    return r;
}

static rt_value static_repr(struct rt_thread *ts, rt_value self) { return wrap_repr(ts, self, "staticmethod"); }

struct rt_type rt_staticmethod_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "staticmethod",
    .doc = "staticmethod(function) -> method\n\nConvert a function to be a static method.\n\nA static method does "
           "not receive an implicit first argument.\nTo declare a static method, use this idiom:\n\n     class C:\n"
           "         @staticmethod\n         def f(arg1, arg2, argN):\n             ...\n\nIt can be called either on "
           "the class (e.g. C.f()) or on an instance\n(e.g. C().f()). Both the class and the instance are ignored, "
           "and\nneither is passed implicitly as the first argument to the method.\n\nStatic methods in Python are "
           "similar to those found in Java or C++.\nFor a more advanced concept, see the classmethod builtin.",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_DICT,
    .basic_size = sizeof(struct rt_callable_wrap),
    .traverse = wrap_traverse,
    .clear = wrap_clear,
    .repr = static_repr,
    .call = static_call,
    .descr_get = static_get,
    .init = static_init,
    .new = wrap_new,
    .getset = wrap_getset,
    .members = wrap_members,
};
