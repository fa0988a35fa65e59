/* SPDX-License-Identifier: MIT */
/*
 * The type `type`: calling classes, attribute access on classes, methods. Attributes with setters are in
 * type_attrs.c.
 */
#include "core/object/type_internal.h"

/* ---- calling a class ------------------------------------------------------------------------- */

rt_value rt_type_call_init(struct rt_thread *ts, struct rt_type *t, rt_value o, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_type *ot = rt_type_of(o);
    if (ot != t && !rt_type_is_subtype(ot, t))
        return o; /* __new__ made something else */
    if (ot->init == rt_object_init_slot && ot->new != rt_object_new_slot)
        return o; /* whatever the arguments are */
    if (ot->init && ot->init(ts, o, args, n, kw) < 0) {
        rt_decref(ts, o);
        return RT_NULL;
    }
    return o;
}

static rt_value type_convert(struct rt_thread *ts, rt_value v) { return rt_newref(ts, rt_type_value(rt_type_of(v))); }

static rt_value type_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_type *t = rt_as_type(self);
    if (rt_unlikely(t == &rt_type_type)) {
        bool no_kw = rt_is_null(kw) || !rt_as_tuple(kw)->length;
        if (n == 1 && no_kw)
            return type_convert(ts, args[0]);
        if (n != 3)
            return rt_raise(ts, &rt_exc_TypeError, "type() takes 1 or 3 arguments");
    }
    if (rt_unlikely(!t->new || rt_type_has(t, RT_TF_NO_NEW)))
        return rt_raise(ts, &rt_exc_TypeError, "cannot create '%s' instances", t->name);
    if (rt_unlikely(rt_c_stack_low(ts)) && rt_recursion_check(ts, " while calling a Python object") < 0)
        return RT_NULL;
    rt_value o = t->new(ts, t, args, n, kw);
    return rt_is_null(o) ? o : rt_type_call_init(ts, t, o, args, n, kw);
}

/* __new__ of a native type as a Python callable: self is the type that it was declared by. */
static rt_value new_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_type *t = rt_as_type(self), *sub, *native;
    if (!n)
        return rt_raise(ts, &rt_exc_TypeError, "%s.__new__(): not enough arguments", t->name);
    if (!rt_is_type(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "%s.__new__(X): X is not a type object (%s)", t->name,
                        rt_typename(args[0]));
    sub = rt_as_type(args[0]);
    if (!rt_type_is_subtype(sub, t))
        return rt_raise(ts, &rt_exc_TypeError, "%s.__new__(%s): %s is not a subtype of %s", t->name,
                        sub->name, sub->name, t->name);
    for (native = sub; native && native->new == rt_slot_new;)
        native = native->base;
    if ((native && native->new != t->new) || (sub != t && rt_type_has(sub, RT_TF_NO_NEW)))
        return rt_raise(ts, &rt_exc_TypeError, "%s.__new__(%s) is not safe, use %s.__new__()", t->name,
                        sub->name, native->name);
    return t->new(ts, sub, args + 1, n - 1, kw);
}

const struct rt_method_def rt_new_def = {
    "__new__", new_call, RT_METH_KW,
    "__new__($type, *args, **kwargs)\n--\n\nCreate and return a new object.  See help(type) for accurate signature."};

rt_value rt_type_new_method(struct rt_thread *ts, struct rt_type *t)
{
    return rt_builtin_bind(ts, &rt_new_def, rt_type_value(t), NULL);
}

bool rt_is_new_method(rt_value f)
{
    return rt_is_exact(f, &rt_builtin_type) && ((struct rt_builtin *)rt_ptr(f))->def == &rt_new_def;
}

static int type_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (n == 1 && !rt_is_null(kw) && rt_as_tuple(kw)->length)
        rt_raise(ts, &rt_exc_TypeError, "type.__init__() takes no keyword arguments");
    else if (n != 1 && n != 3)
        rt_raise(ts, &rt_exc_TypeError, "type.__init__() takes 1 or 3 arguments");
    else
        return 0;
    return -1;
}

/* ---- attributes of classes ------------------------------------------------------------------- */

rt_value rt_type_getattr_opt(struct rt_thread *ts, rt_value self, rt_value name)
{
    struct rt_type *t = rt_as_type(self), *meta = rt_type_of_obj(&t->hdr);
    rt_value m = rt_type_lookup(ts, meta, name), r;
    rt_value (*get)(struct rt_thread *, rt_value, rt_value, rt_value) = NULL;
    if (!rt_is_null(m)) {
        get = rt_type_of(m)->descr_get;
        if (get && rt_type_of(m)->descr_set) {
            r = get(ts, m, self, rt_type_value(meta));
            rt_decref(ts, m);
            return r;
        }
    }
    rt_value v = rt_type_lookup(ts, t, name);
    if (!rt_is_null(v)) {
        rt_decref(ts, m);
        return rt_bind_class(ts, v, t);
    }
    if (get) {
        r = get(ts, m, self, rt_type_value(meta));
        rt_decref(ts, m);
        return r;
    }
    return m;
}

rt_value rt_type_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value v = rt_type_getattr_opt(ts, self, name);
    if (rt_unlikely(rt_is_null(v)) && !rt_pending(ts))
        rt_raise_attribute(ts, self, name);
    return v;
}

/* Instances of t or its subclasses store attributes called name (RT_NULL: any). [under the type lock] */
static bool stored_somewhere(struct rt_type *t, rt_value name)
{
    for (t = rt_type_walk_locked(t, NULL, NULL); t; t = t->walk.next)
        if (rt_shape_tree_has(t, name))
            return true;
    return false;
}

/* May caches without a guard but the shape speak of name? In a metaclass it hides attributes of classes. */
static bool may_be_cached(struct rt_type *t, rt_value name)
{
    rt_type_lock();
    bool yes = rt_type_is_subtype(t, &rt_type_type) || stored_somewhere(t, name);
    rt_type_unlock();
    return yes;
}

void rt_type_flush_caches(struct rt_thread *ts, struct rt_type *t)
{
    bool stopped = rt_types_stop(ts); /* nobody is between finding no shape and making the first one */
    bool flush = may_be_cached(t, RT_NULL);
    rt_types_start(ts, stopped);
    if (flush)
        rt_eval_flush_caches(ts);
}

/* Note [SHAPE-4] */
static void guard_caches(struct rt_thread *ts, struct rt_type *t, rt_value name, rt_value v)
{
    if (rt_is(name, RT_ID(__getattribute__)) || rt_is(name, RT_ID(__setattr__)) || rt_is(name, RT_ID(__delattr__)))
        rt_type_flush_caches(ts, t);
    else if (rt_is(name, RT_ID(__set__)) || rt_is(name, RT_ID(__delete__)) || rt_is(name, RT_ID(__get__)) ||
             (rt_is_ptr(v) && rt_type_of(v)->descr_set && may_be_cached(t, name)))
        rt_eval_flush_caches(ts);
}

int rt_type_setattr(struct rt_thread *ts, struct rt_type *t, rt_value name, rt_value v)
{
    rt_value dict = rt_type_dict_borrowed(t);
    int r;
    if (!rt_str_is_interned(name) || !rt_is_exact(name, &rt_str_type))
        name = rt_str_intern(ts, name);
    if (!rt_is_null(v) && rt_type_store_variable(ts, t, name, v, NULL))
        return 0;
    bool again = !rt_is_null(v) && rt_type_has(t, RT_TF_HEAP) && rt_dict_lookup_slot(dict, name);
    if (rt_is_null(v)) {
        r = rt_dict_del_opt(ts, dict, name);
        if (r == 0)
            rt_raise_attribute(ts, rt_type_value(t), name);
        r = r > 0 ? 0 : -1;
    } else {
        v = rt_defer(ts, rt_newref(ts, v));
        r = rt_dict_set(ts, dict, name, v);
    }
    if (r == 0) {
        rt_type_modified(ts, t);
        if (rt_slots_is_dunder(name))
            rt_slots_update(ts, t, name);
        guard_caches(ts, t, name, v);
        if (again)
            rt_type_stored_again(ts, t, name, v);
    }
    rt_decref(ts, v);
    return r;
}

int rt_type_setattro(struct rt_thread *ts, rt_value self, rt_value name, rt_value v)
{
    struct rt_type *t = rt_as_type(self);
    if (rt_type_has(t, RT_TF_IMMUTABLE)) {
        rt_raise(ts, &rt_exc_TypeError, "cannot set %R attribute of immutable type '%s'", name, t->name);
        return -1;
    }
    rt_value m = rt_type_lookup(ts, rt_type_of_obj(&t->hdr), name);
    if (!rt_is_null(m)) {
        int (*set)(struct rt_thread *, rt_value, rt_value, rt_value) = rt_type_of(m)->descr_set;
        int r = set ? set(ts, m, self, v) : 0;
        rt_decref(ts, m);
        if (set)
            return r;
    }
    return rt_type_setattr(ts, t, name, v);
}

/* ---- names ----------------------------------------------------------------------------------- */

rt_value rt_type_module(struct rt_thread *ts, struct rt_type *t)
{
    if (rt_type_has(t, RT_TF_HEAP)) {
        rt_value m = rt_dict_get(ts, rt_type_dict_borrowed(t), RT_ID(__module__));
        if (rt_is_null(m) && !rt_pending(ts))
            rt_raise(ts, &rt_exc_AttributeError, "__module__");
        return m;
    }
    const char *dot = strrchr(t->name, '.');
    return dot ? rt_str_intern_utf8(ts, t->name, (size_t)(dot - t->name)) : RT_ID(builtins);
}

rt_value rt_type_qualname(struct rt_thread *ts, struct rt_type *t)
{
    if (rt_type_has(t, RT_TF_HEAP) && !rt_is_null(rt_slot_peek(&t->ht_qualname)))
        return rt_slot_get(ts, t, &t->ht_qualname);
    return rt_str_intern_cstr(ts, rt_type_shortname(t));
}

static rt_value type_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_type *t = rt_as_type(self);
    rt_value m = rt_type_module(ts, t), q, r;
    if (rt_is_null(m))
        rt_exc_clear(ts);
    if (rt_is_null(q = rt_type_qualname(ts, t))) {
        rt_decref(ts, m);
        return q;
    }
    if (rt_is_ptr(m) && rt_is_str(m) && !rt_str_eq_cstr(m, "builtins"))
        r = rt_str_format(ts, "<class '%U.%U'>", m, q);
    else
        r = rt_str_format(ts, "<class '%s'>", t->name);
    rt_decref(ts, q);
    rt_decref(ts, m);
    return r;
}

/* ---- methods --------------------------------------------------------------------------------- */

static rt_value type_mro(struct rt_thread *ts, rt_value self) { return rt_mro_c3(ts, rt_as_type(self)); }

static rt_value type_subclasses(struct rt_thread *ts, rt_value self)
{
    return rt_type_subclasses_list(ts, rt_as_type(self));
}

static rt_value type_prepare(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_dict_new(ts);
}

static rt_value type_instancecheck(struct rt_thread *ts, rt_value self, rt_value o)
{
    int r = rt_real_isinstance(ts, o, self);
    return r < 0 ? RT_NULL : rt_bool(r);
}

static rt_value type_subclasscheck(struct rt_thread *ts, rt_value self, rt_value c)
{
    int r = rt_real_issubclass(ts, c, self);
    return r < 0 ? RT_NULL : rt_bool(r);
}

/* Merge the dict of cls and of its bases, as classes of any make show them. */
int rt_merge_class_dict(struct rt_thread *ts, rt_value dict, rt_value cls)
{
    rt_value d = rt_getattr_opt(ts, cls, RT_ID(__dict__));
    if (!rt_is_null(d)) {
        int r = rt_dict_update(ts, dict, d);
        rt_decref(ts, d);
        if (r < 0)
            return -1;
    }
    rt_value bases = rt_pending(ts) ? RT_NULL : rt_getattr_opt(ts, cls, RT_ID(__bases__));
    if (rt_is_null(bases))
        return rt_pending(ts) ? -1 : 0;
    int r = 0;
    if (rt_is_ptr(bases) && rt_is_tuple(bases))
        for (size_t i = 0; r == 0 && i < rt_as_tuple(bases)->length; i++)
            r = rt_merge_class_dict(ts, dict, rt_as_tuple(bases)->items[i]);
    rt_decref(ts, bases);
    return r;
}

static rt_value type_dir(struct rt_thread *ts, rt_value self)
{
    rt_value dict = rt_dict_new(ts), r = RT_NULL;
    if (!rt_is_null(dict) && rt_merge_class_dict(ts, dict, self) == 0)
        r = rt_dict_keys_list(ts, dict);
    rt_decref(ts, dict);
    return r;
}

static rt_value type_sizeof(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm((int64_t)sizeof(struct rt_type));
}

static const struct rt_method_def type_methods[] = {
    {"mro", type_mro, RT_METH_NOARGS, "mro($self, /)\n--\n\nReturn a type's method resolution order."},
    {"__subclasses__", type_subclasses, RT_METH_NOARGS,
     "__subclasses__($self, /)\n--\n\nReturn a list of immediate subclasses."},
    {"__prepare__", type_prepare, RT_METH_KW | RT_METH_CLASS,
     "__prepare__() -> dict\nused to create the namespace for the class statement"},
    {"__instancecheck__", type_instancecheck, RT_METH_O,
     "__instancecheck__($self, instance, /)\n--\n\nCheck if an object is an instance."},
    {"__subclasscheck__", type_subclasscheck, RT_METH_O,
     "__subclasscheck__($self, subclass, /)\n--\n\nCheck if a class is a subclass."},
    {"__dir__", type_dir, RT_METH_NOARGS,
     "__dir__($self, /)\n--\n\nSpecialized __dir__ implementation for types."},
    {"__sizeof__", type_sizeof, RT_METH_NOARGS,
     "__sizeof__($self, /)\n--\n\nReturn memory consumption of the type object."},
    {0},
};

/* ---- life ------------------------------------------------------------------------------------ */

static int type_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_type *t = (struct rt_type *)o;
    RT_VISIT_SLOT(&t->dict);
    RT_VISIT_SLOT(&t->bases);
    RT_VISIT_SLOT(&t->mro);
    RT_VISIT_SLOT(&t->ht_name);
    RT_VISIT_SLOT(&t->ht_qualname);
    RT_VISIT_SLOT(&t->ht_module);
    RT_VISIT_SLOT(&t->ht_slots);
    return t->base ? visit(rt_type_value(t->base), arg) : 0;
}

void rt_type_unlink(struct rt_type *t)
{
    rt_value bases = rt_type_bases_borrowed(t);
    for (size_t i = 0; !rt_is_null(bases) && i < rt_as_tuple(bases)->length; i++) {
        rt_value base = rt_as_tuple(bases)->items[i];
        if (!rt_is_null(base)) /* the collector clears tuples of garbage before their types die */
            rt_type_remove_subclass(rt_as_type(base), t);
    }
}

static void type_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_type *t = (struct rt_type *)o;
    if (!rt_type_has(t, RT_TF_HEAP))
        return;
    rt_value d = rt_type_dict_borrowed(t);
    if (rt_is_ptr(d))
        rt_dict_clear(ts, d);
}

static void type_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_type *t = (struct rt_type *)o;
    rt_shapes_bury(t);
    rt_type_subclasses_free(t);
    rt_slot_set(ts, &t->dict, RT_NULL);
    rt_slot_set(ts, &t->mro, RT_NULL);
    rt_slot_set(ts, &t->bases, RT_NULL);
    rt_slot_set(ts, &t->ht_name, RT_NULL);
    rt_slot_set(ts, &t->ht_qualname, RT_NULL);
    rt_slot_set(ts, &t->ht_module, RT_NULL);
    rt_slot_set(ts, &t->ht_slots, RT_NULL);
    rt_retire(ts, (void *)(uintptr_t)t->name, 16, NULL);
}

struct rt_type rt_type_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "type",
    .doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_TYPE | RT_TF_WEAKREF,
    .basic_size = sizeof(struct rt_type),
    .dealloc = type_dealloc,
    .traverse = type_traverse,
    .clear = type_clear,
    .repr = type_repr,
    .call = type_call,
    .convert = type_convert,
    .getattro = rt_type_getattro,
    .setattro = rt_type_setattro,
    .init = type_init,
    .new = rt_type_new,
    .binary = {[RT_BIN_OR] = rt_union_or},
    .methods = type_methods,
    .getset = rt_type_getset,
    .members = rt_type_members,
};
