/* SPDX-License-Identifier: MIT */
/*
 * The type `object`: what every value can do. Pickling support is in object_reduce.c.
 */
#include "core/object/type_internal.h"

/* ---- creation -------------------------------------------------------------------------------- */

static bool excess(uint32_t n, rt_value kw) { return n || (!rt_is_null(kw) && rt_as_tuple(kw)->length); }

static RT_COLD rt_value abstract_error(struct rt_thread *ts, struct rt_type *t)
{
    rt_value set = rt_getattr(ts, rt_type_value(t), RT_ID(__abstractmethods__));
    if (rt_is_null(set))
        return set;
    rt_value list = rt_seq_list(ts, set), sep = rt_str_from_cstr(ts, ", "), names = RT_NULL;
    rt_decref(ts, set);
    if (!rt_is_null(list) && rt_list_sort(ts, list, RT_NULL, false) == 0)
        names = rt_str_join(ts, sep, list);
    if (!rt_is_null(names))
        rt_raise(ts, &rt_exc_TypeError, "Can't instantiate abstract class %s with abstract method%s %U",
                 t->name, rt_list_len(list) > 1 ? "s" : "", names);
    rt_decref(ts, names);
    rt_decref(ts, sep);
    rt_decref(ts, list);
    return RT_NULL;
}

rt_value rt_object_new_slot(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_unlikely(excess(n, kw))) {
        if (t->new != rt_object_new_slot)
            return rt_raise(ts, &rt_exc_TypeError,
                            "object.__new__() takes exactly one argument (the type to instantiate)");
        if (t->init == rt_object_init_slot)
            return rt_raise(ts, &rt_exc_TypeError, "%.200s() takes no arguments", t->name);
    }
    if (rt_unlikely(rt_type_has(t, RT_TF_ABSTRACT)))
        return abstract_error(ts, t);
    return rt_type_alloc(ts, t);
}

int rt_object_init_slot(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_type *t = rt_type_of(self);
    if (rt_likely(!excess(n, kw)))
        return 0;
    if (t->init != rt_object_init_slot)
        rt_raise(ts, &rt_exc_TypeError,
                 "object.__init__() takes exactly one argument (the instance to initialize)");
    else if (t->new == rt_object_new_slot)
        rt_raise(ts, &rt_exc_TypeError,
                 "%.200s.__init__() takes exactly one argument (the instance to initialize)", t->name);
    else
        return 0;
    return -1;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static rt_value object_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_type *t = rt_type_of(self);
    rt_value module = rt_type_module(ts, t), qual, id, hex = RT_NULL, r = RT_NULL;
    if (rt_is_null(module))
        rt_exc_clear(ts);
    qual = rt_type_qualname(ts, t);
    id = rt_id(ts, self);
    if (!rt_is_null(qual) && !rt_is_null(id) && !rt_is_null(hex = rt_int_to_str(ts, id, 16, true))) {
        if (rt_is_ptr(module) && rt_is_str(module) && !rt_str_eq_cstr(module, "builtins"))
            r = rt_str_format(ts, "<%U.%U object at %U>", module, qual, hex);
        else
            r = rt_str_format(ts, "<%s object at %U>", t->name, hex);
    }
    rt_decref(ts, hex);
    rt_decref(ts, id);
    rt_decref(ts, qual);
    rt_decref(ts, module);
    return r;
}

static rt_value object_str(struct rt_thread *ts, rt_value self)
{
    rt_unaryfn repr = rt_type_of(self)->repr;
    return (repr ? repr : object_repr)(ts, self);
}

static int64_t object_hash(struct rt_thread *ts, rt_value self)
{
    uint64_t p = rt_is_ptr(self) ? (uintptr_t)rt_ptr(self) : self.bits;
    int64_t h = (int64_t)(p >> 4 | p << 60);
    return h == -1 ? -2 : h;
}

static rt_value object_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (op == RT_EQ)
        return rt_is(a, b) ? RT_TRUE : RT_NOTIMPL;
    if (op != RT_NE)
        return RT_NOTIMPL;
    struct rt_type *t = rt_type_of(a); /* by default the opposite of __eq__ */
    if (!t->richcompare || t->richcompare == object_richcompare)
        return rt_is(a, b) ? RT_FALSE : RT_NOTIMPL;
    rt_value r = t->richcompare(ts, a, b, RT_EQ);
    if (rt_is_null(r) || rt_is_notimpl(r))
        return r;
    int eq = rt_truth(ts, r);
    rt_decref(ts, r);
    return eq < 0 ? RT_NULL : rt_bool(!eq);
}

/* ---- __class__ ------------------------------------------------------------------------------- */

static rt_value get_class(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_newref(ts, rt_type_value(rt_type_of(self)));
}

/* Give o, whose class is being changed, the shape of new_type with the same attributes. */
static int change_shape(struct rt_thread *ts, struct rt_object *o, struct rt_type *t)
{
    struct rt_shape *old = rt_shape_of(o), *s;
    if (old->flags & RT_SHAPE_NOATTRS || rt_type_has(t, RT_TF_VARSIZED)) {
        rt_store_release(&o->shape, t->shape->id);
        return 0;
    }
    if (!(s = rt_shape_root(ts, t, old->inline_capacity)))
        return -1;
    if (old->flags & RT_SHAPE_DICT) {
        s = rt_shape_dict(ts, s);
    } else {
        rt_value names[RT_SHAPE_MAX_ATTRS];
        uint32_t n = old->nslots;
        rt_shape_names(old, names);
        for (uint32_t i = 0; s && i < n; i++)
            s = rt_shape_add(ts, s, names[i]);
    }
    if (!s)
        return -1;
    rt_store_release(&o->shape, s->id);
    return 0;
}

int rt_object_set_class(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct rt_type *old = rt_type_of(self), *t;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can't delete __class__ attribute");
        return -1;
    }
    if (!rt_is_type(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__class__ must be set to a class, not '%s' object", rt_typename(v));
        return -1;
    }
    t = rt_as_type(v);
    rt_value args[3] = {self, RT_ID(__class__), v};
    if (rt_sys_audit(ts, "object.__setattr__", 3, args) < 0)
        return -1;
    bool modules = rt_type_is_subtype(t, &rt_module_type) && rt_type_is_subtype(old, &rt_module_type);
    if (!modules && (rt_type_has(t, RT_TF_IMMUTABLE) || rt_type_has(old, RT_TF_IMMUTABLE))) {
        rt_raise(ts, &rt_exc_TypeError,
                 "__class__ assignment only supported for mutable types or ModuleType subclasses");
        return -1;
    }
    if (!rt_type_compatible_layout(ts, t, old, "__class__"))
        return -1;
    if (t == old)
        return 0;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    int r = change_shape(ts, rt_ptr(self), t);
    rt_cs_end(ts, &cs);
    if (r < 0 && !rt_pending(ts)) { /* more attributes than t's shapes take: dictionary mode */
        rt_decref(ts, rt_inst_dict(ts, rt_ptr(self)));
        rt_cs_begin(ts, &cs, rt_ptr(self));
        r = change_shape(ts, rt_ptr(self), t);
        rt_cs_end(ts, &cs);
    }
    return r;
}

/* ---- methods --------------------------------------------------------------------------------- */

static rt_value object_format(struct rt_thread *ts, rt_value self, rt_value spec)
{
    if (!rt_is_ptr(spec) || !rt_is_str(spec))
        return rt_raise(ts, &rt_exc_TypeError, "__format__() argument must be str, not %.50s",
                        rt_is_none(spec) ? "None" : rt_typename(spec));
    if (rt_str_len(spec))
        return rt_raise(ts, &rt_exc_TypeError, "unsupported format string passed to %.200s.__format__",
                        rt_typename(self));
    return rt_str(ts, self);
}

static rt_value object_sizeof(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm(rt_is_ptr(self) ? (int64_t)rt_object_size(rt_ptr(self)) : 8);
}

static rt_value object_dir(struct rt_thread *ts, rt_value self)
{
    rt_value d = rt_getattr_opt(ts, self, RT_ID(__dict__)), dict, cls, r = RT_NULL;
    if (rt_pending(ts))
        return RT_NULL;
    dict = rt_is_ptr(d) && rt_is_dict(d) ? rt_dict_copy(ts, d) : rt_dict_new(ts);
    rt_decref(ts, d);
    if (rt_is_null(dict))
        return dict;
    cls = rt_getattr_opt(ts, self, RT_ID(__class__));
    if (!rt_pending(ts) && (rt_is_null(cls) || rt_merge_class_dict(ts, dict, cls) == 0))
        r = rt_dict_keys_list(ts, dict);
    rt_decref(ts, cls);
    rt_decref(ts, dict);
    return r;
}

static rt_value object_subclasshook(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return RT_NOTIMPL;
}

static rt_value object_init_subclass(struct rt_thread *ts, rt_value self)
{
    return RT_NONE;
}

static const struct rt_method_def object_methods[] = {
    {"__reduce_ex__", rt_object_reduce_ex, RT_METH_O,
     "__reduce_ex__($self, protocol, /)\n--\n\nHelper for pickle."},
    {"__reduce__", rt_object_reduce, RT_METH_NOARGS, "__reduce__($self, /)\n--\n\nHelper for pickle."},
    {"__getstate__", rt_object_getstate, RT_METH_NOARGS,
     "__getstate__($self, /)\n--\n\nHelper for pickle."},
    {"__subclasshook__", object_subclasshook, RT_METH_FAST | RT_METH_CLASS,
     "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by "
     "abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\n"
     "NotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and "
     "the outcome is cached).\n"},
    {"__init_subclass__", object_init_subclass, RT_METH_NOARGS | RT_METH_CLASS,
     "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It "
     "may be\noverridden to extend subclasses.\n"},
    {"__format__", object_format, RT_METH_O,
     "__format__($self, format_spec, /)\n--\n\nDefault object formatter."},
    {"__sizeof__", object_sizeof, RT_METH_NOARGS,
     "__sizeof__($self, /)\n--\n\nSize of object in memory, in bytes."},
    {"__dir__", object_dir, RT_METH_NOARGS,
     "__dir__($self, /)\n--\n\nDefault dir() implementation."},
    {0},
};
static const struct rt_getset_def object_getset[] = {
    {"__class__", get_class, rt_object_set_class, "the object's class", NULL},
    {0},
};

struct rt_type rt_object_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "object",
    .doc = "object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments "
           "and returns a new featureless\ninstance that has no instance attributes and cannot be given "
           "any.\n",
    .flags = RT_TF_BASETYPE,
    .basic_size = sizeof(struct rt_object),
    .repr = object_repr,
    .str = object_str,
    .hash = object_hash,
    .getattro = rt_object_getattr,
    .setattro = rt_object_setattr,
    .richcompare = object_richcompare,
    .init = rt_object_init_slot,
    .new = rt_object_new_slot,
    .methods = object_methods,
    .getset = object_getset,
};

/* ---- None, NotImplemented, Ellipsis ---------------------------------------------------------- */

static rt_value no_args(struct rt_thread *ts, const char *name, uint32_t n, rt_value kw, rt_value v)
{
    if (excess(n, kw))
        return rt_raise(ts, &rt_exc_TypeError, "%s takes no arguments", name);
    return v;
}

static rt_value none_repr(struct rt_thread *ts, rt_value v) { return rt_str_intern_cstr(ts, "None"); }
static int none_truth(struct rt_thread *ts, rt_value v) { return 0; }
static int64_t none_hash(struct rt_thread *ts, rt_value v) { return 0xfca86420; }
static rt_value none_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    return no_args(ts, "NoneType", n, kw, RT_NONE);
}

struct rt_type rt_none_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "NoneType",
    .basic_size = sizeof(struct rt_object),
    .repr = none_repr,
    .hash = none_hash,
    .truth = none_truth,
    .new = none_new,
};

static rt_value notimpl_repr(struct rt_thread *ts, rt_value v)
{
    return rt_str_intern_cstr(ts, "NotImplemented");
}
static rt_value notimpl_reduce(struct rt_thread *ts, rt_value v)
{
    return rt_str_intern_cstr(ts, "NotImplemented");
}
static int notimpl_truth(struct rt_thread *ts, rt_value v)
{
    return rt_warn(ts, &rt_exc_DeprecationWarning, 1, "NotImplemented should not be used in a boolean context") < 0
               ? -1 : 1;
}
static rt_value notimpl_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    return no_args(ts, "NotImplementedType", n, kw, RT_NOTIMPL);
}
static const struct rt_method_def notimpl_methods[] = {
    {"__reduce__", notimpl_reduce, RT_METH_NOARGS, NULL},
    {0},
};

struct rt_type rt_notimpl_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "NotImplementedType",
    .basic_size = sizeof(struct rt_object),
    .repr = notimpl_repr,
    .truth = notimpl_truth,
    .new = notimpl_new,
    .methods = notimpl_methods,
};

static rt_value ellipsis_repr(struct rt_thread *ts, rt_value v) { return rt_str_intern_cstr(ts, "Ellipsis"); }
static rt_value ellipsis_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    return no_args(ts, "EllipsisType", n, kw, RT_ELLIPSIS);
}
static const struct rt_method_def ellipsis_methods[] = {
    {"__reduce__", ellipsis_repr, RT_METH_NOARGS, NULL},
    {0},
};

struct rt_type rt_ellipsis_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "ellipsis",
    .basic_size = sizeof(struct rt_object),
    .repr = ellipsis_repr,
    .new = ellipsis_new,
    .methods = ellipsis_methods,
};

struct rt_type *const rt_imm_types[20] = {
    [1] = &rt_int_type,
    [2] = &rt_float_type,
    [3] = &rt_int_type,
    [4 + 0x04 / 8] = &rt_none_type,
    [4 + 0x0c / 8] = &rt_bool_type,
    [4 + 0x1c / 8] = &rt_bool_type,
    [4 + 0x24 / 8] = &rt_ellipsis_type,
    [4 + 0x34 / 8] = &rt_notimpl_type,
    [4 + 0x44 / 8] = &rt_float_type,
    [4 + 0x54 / 8] = &rt_float_type,
};
