/* SPDX-License-Identifier: MIT */
/* property: getter, setter, deleter; copies of itself with one of them replaced. */
#include "core/object/object_internal.h"

static struct rt_property *self_of(rt_value v) { return (struct rt_property *)rt_ptr(v); }
static rt_slot *first_slot(struct rt_property *p) { return &p->get; }

static int property_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_slot *s = first_slot((struct rt_property *)o);
    for (int i = 0; i < 5; i++)
        RT_VISIT_SLOT(&s[i]);
    return 0;
}

static void property_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot *s = first_slot((struct rt_property *)o);
    for (int i = 0; i < 5; i++)
        rt_slot_set(ts, &s[i], RT_NULL);
}

/* "property 'x' of 'C' object has no getter" */
static RT_COLD void no_accessor(struct rt_thread *ts, struct rt_property *p, rt_value obj, const char *what)
{
    rt_value name = rt_slot_get(ts, p, &p->name), q = rt_type_qualname(ts, rt_type_of(obj));
    if (!rt_is_null(name) && !rt_is_null(q))
        rt_raise(ts, &rt_exc_AttributeError, "property %R of %R object has no %s", name, q, what);
    else if (!rt_is_null(q))
        rt_raise(ts, &rt_exc_AttributeError, "property of %R object has no %s", q, what);
    rt_decref(ts, name);
    rt_decref(ts, q);
}

static rt_value property_get(struct rt_thread *ts, rt_value self, rt_value obj, rt_value type)
{
    struct rt_property *p = self_of(self);
    if (rt_is_null(obj) || rt_is_none(obj))
        return rt_newref(ts, self);
    rt_value f = rt_slot_get(ts, p, &p->get);
    if (rt_is_null(f) || rt_is_none(f)) {
        no_accessor(ts, p, obj, "getter");
        return RT_NULL;
    }
    rt_value r = rt_call1(ts, f, obj);
    rt_decref(ts, f);
    return r;
}

static int property_set(struct rt_thread *ts, rt_value self, rt_value obj, rt_value v)
{
    struct rt_property *p = self_of(self);
    rt_value f = rt_slot_get(ts, p, rt_is_null(v) ? &p->del : &p->set);
    if (rt_is_null(f) || rt_is_none(f)) {
        no_accessor(ts, p, obj, rt_is_null(v) ? "deleter" : "setter");
        return -1;
    }
    rt_value r = rt_is_null(v) ? rt_call1(ts, f, obj) : rt_call2(ts, f, obj, v);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return -1;
    rt_decref(ts, r);
    return 0;
}

/* Deferred: readers call it without a count of theirs, though __init__ may be called again meanwhile. */
static void set_slot(struct rt_thread *ts, rt_slot *s, rt_value v)
{
    rt_slot_set(ts, s, rt_is_null(v) || rt_is_none(v) ? RT_NULL : rt_defer(ts, rt_newref(ts, v)));
}

/* Documentation of the getter stands in for missing documentation. */
static int inherit_doc(struct rt_thread *ts, rt_value self, rt_value get)
{
    struct rt_property *p = self_of(self);
    rt_value doc = rt_getattr_opt(ts, get, RT_ID(__doc__));
    if (rt_is_null(doc))
        return rt_pending(ts) ? -1 : 0;
    if (rt_is_none(doc))
        return 0;
    int r = 0;
    if (rt_is_exact(self, &rt_property_type))
        rt_slot_set(ts, &p->doc, rt_newref(ts, doc));
    else /* a subclass has its own __doc__: it goes into the instance */
        r = rt_setattr(ts, self, RT_ID(__doc__), doc);
    rt_store_relaxed(&p->getter_doc, 1);
    rt_decref(ts, doc);
    return r;
}

static int property_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"fget", "fset", "fdel", "doc", NULL};
    static const struct rt_argspec spec = {"property", names, 0, 0, 4, 4};
    rt_value a[4];
    struct rt_property *p = self_of(self);
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return -1;
    set_slot(ts, &p->get, a[0]);
    set_slot(ts, &p->set, a[1]);
    set_slot(ts, &p->del, a[2]);
    rt_slot_set(ts, &p->doc, rt_is_null(a[3]) ? RT_NULL : rt_newref(ts, a[3]));
    rt_slot_set(ts, &p->name, RT_NULL);
    rt_store_relaxed(&p->getter_doc, 0);
    bool no_doc = rt_is_null(a[3]) || rt_is_none(a[3]);
    if (no_doc && !rt_is_null(a[0]) && !rt_is_none(a[0]))
        return inherit_doc(ts, self, a[0]);
    if (!no_doc && !rt_is_exact(self, &rt_property_type))
        return rt_setattr(ts, self, RT_ID(__doc__), a[3]);
    return 0;
}

static rt_value property_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, t);
}

static rt_value copy_with(struct rt_thread *ts, rt_value self, int which, rt_value f)
{
    struct rt_property *p = self_of(self);
    rt_value a[4] = {rt_slot_get_none(ts, p, &p->get), rt_slot_get_none(ts, p, &p->set),
                     rt_slot_get_none(ts, p, &p->del), RT_NONE}, r;
    if (!rt_is_none(f)) {
        rt_decref(ts, a[which]);
        a[which] = rt_newref(ts, f);
    }
    if (!(rt_load_relaxed(&p->getter_doc) && !rt_is_none(a[0])))
        a[3] = rt_slot_get_none(ts, p, &p->doc);
    r = rt_call(ts, rt_type_value(rt_type_of(self)), a, 4, RT_NULL);
    for (int i = 0; i < 4; i++)
        rt_decref(ts, a[i]);
    if (!rt_is_null(r) && rt_type_is_subtype(rt_type_of(r), &rt_property_type))
        rt_slot_set(ts, &self_of(r)->name, rt_slot_get(ts, p, &p->name));
    return r;
}

static rt_value property_getter(struct rt_thread *ts, rt_value self, rt_value f) { return copy_with(ts, self, 0, f); }
static rt_value property_setter(struct rt_thread *ts, rt_value self, rt_value f) { return copy_with(ts, self, 1, f); }
static rt_value property_deleter(struct rt_thread *ts, rt_value self, rt_value f) { return copy_with(ts, self, 2, f); }

static rt_value property_set_name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (n != 2)
        return rt_raise(ts, &rt_exc_TypeError, "__set_name__() takes 2 positional arguments but %u were given", n);
    rt_slot_set(ts, &self_of(self)->name, rt_newref(ts, args[1]));
    return RT_NONE;
}

static rt_value get_abstract(struct rt_thread *ts, rt_value self, void *c)
{
    rt_slot *s = first_slot(self_of(self));
    for (int i = 0; i < 3; i++) {
        rt_value f = rt_slot_get(ts, rt_ptr(self), &s[i]);
        if (rt_is_null(f))
            continue;
        rt_value a = rt_getattr_opt(ts, f, RT_ID(__isabstractmethod__));
        rt_decref(ts, f);
        int r = rt_is_null(a) ? (rt_pending(ts) ? -1 : 0) : rt_truth(ts, a);
        rt_decref(ts, a);
        if (r)
            return r < 0 ? RT_NULL : RT_TRUE;
    }
    return RT_FALSE;
}

static const struct rt_method_def property_methods[] = {
    {"getter", property_getter, RT_METH_O, "Descriptor to obtain a copy of the property with a different getter."},
    {"setter", property_setter, RT_METH_O, "Descriptor to obtain a copy of the property with a different setter."},
    {"deleter", property_deleter, RT_METH_O, "Descriptor to obtain a copy of the property with a different deleter."},
    {"__set_name__", property_set_name, RT_METH_FAST, "Method to set name of a property."},
    {0},
};
static const struct rt_getset_def property_getset[] = {
    {"__isabstractmethod__", get_abstract, NULL, NULL, NULL},
    {0},
};
#define MEMBER(name, field, ro) {name, RT_MEMBER_OBJECT, offsetof(struct rt_property, field), ro, NULL}
static const struct rt_member_def property_members[] = {
    MEMBER("fget", get, true), MEMBER("fset", set, true), MEMBER("fdel", del, true),
    MEMBER("__doc__", doc, false), {0},
};

struct rt_type rt_property_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "property",
    .doc = "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nProperty attribute.\n\n  fget\n    function "
           "to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute "
           "value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring\n\nTypical use is "
           "to define a managed attribute x:\n\nclass C(object):\n    def getx(self): return self._x\n    def "
           "setx(self, value): self._x = value\n    def delx(self): del self._x\n    x = property(getx, setx, delx, "
           "\"I'm the 'x' property.\")\n\nDecorators make defining new properties or modifying existing ones "
           "easy:\n\nclass C(object):\n    @property\n    def x(self):\n        \"I am the 'x' property.\"\n        "
           "return self._x\n    @x.setter\n    def x(self, value):\n        self._x = value\n    @x.deleter\n    def "
           "x(self):\n        del self._x",
    .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct rt_property),
    .traverse = property_traverse,
    .clear = property_clear,
    .descr_get = property_get,
    .descr_set = property_set,
    .init = property_init,
    .new = property_new,
    .methods = property_methods,
    .getset = property_getset,
    .members = property_members,
};
