/* SPDX-License-Identifier: MIT */
/* super: attribute look-up along an MRO behind a given class. */
#include "core/object/super.h"
#include "core/object/type_internal.h"

struct super { struct rt_object hdr; rt_slot type, obj, obj_type; };

static struct super *self_of(rt_value v) { return (struct super *)rt_ptr(v); }

static int super_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct super *)o)->type);
    RT_VISIT_SLOT(&((struct super *)o)->obj);
    RT_VISIT_SLOT(&((struct super *)o)->obj_type);
    return 0;
}

static void super_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct super *s = (struct super *)o;
    rt_slot_clear(ts, s, &s->obj);
    rt_slot_clear(ts, s, &s->obj_type);
    rt_slot_clear(ts, s, &s->type);
}

/* The class whose MRO is walked: obj itself if it is a subclass of t, else its (apparent) class. */
static bool in_mro(struct rt_type *sub, struct rt_type *t)
{
    rt_value mro = rt_type_mro_borrowed(sub);
    if (rt_is_null(mro))
        return rt_type_is_subtype(sub, t);
    for (size_t i = 0; i < rt_as_tuple(mro)->length; i++)
        if (rt_as_type(rt_as_tuple(mro)->items[i]) == t)
            return true;
    return false; /* a custom mro() may leave even t itself out */
}

static struct rt_type *check(struct rt_thread *ts, struct rt_type *t, rt_value obj)
{
    if (rt_is_type(obj) && in_mro(rt_as_type(obj), t))
        return rt_as_type(obj);
    if (rt_type_is_subtype(rt_type_of(obj), t))
        return rt_type_of(obj);
    rt_value c = rt_getattr_opt(ts, obj, RT_ID(__class__));
    if (rt_is_null(c) && rt_pending(ts))
        return NULL;
    struct rt_type *r = NULL;
    if (rt_is_ptr(c) && rt_is_type(c) && rt_as_type(c) != rt_type_of(obj) &&
        rt_type_is_subtype(rt_as_type(c), t))
        r = rt_as_type(c);
    rt_decref(ts, c);
    if (!r)
        rt_raise(ts, &rt_exc_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    return r;
}

/* What start's MRO has behind t, not bound; RT_NULL without exception when absent. */
static rt_value find(struct rt_thread *ts, struct rt_type *t, struct rt_type *start, rt_value name)
{
    rt_value order = rt_type_mro_borrowed(start), v = RT_NULL;
    if (rt_is_null(order))
        return RT_NULL; /* the class is being made */
    struct rt_tuple *mro = rt_as_tuple(order);
    size_t i = 0;
    while (i < mro->length && rt_as_type(mro->items[i]) != t)
        i++;
    for (i++; i < mro->length && rt_is_null(v); i++) {
        v = rt_dict_get(ts, rt_type_dict_borrowed(rt_as_type(mro->items[i])), name);
        if (rt_is_null(v) && rt_pending(ts))
            return v;
    }
    return v;
}

/* v, owned, of a class attribute that was looked up from start, bound to obj. */
static rt_value bind(struct rt_thread *ts, rt_value v, struct rt_type *start, rt_value obj)
{
    rt_value (*get)(struct rt_thread *, rt_value, rt_value, rt_value) = rt_type_of(v)->descr_get;
    if (!get)
        return v;
    rt_value r = get(ts, v, rt_is(obj, rt_type_value(start)) ? RT_NULL : obj, rt_type_value(start));
    rt_decref(ts, v);
    return r;
}

/* Attribute behind t in start's MRO, bound to obj; RT_NULL without exception when absent. */
static rt_value lookup(struct rt_thread *ts, struct rt_type *t, struct rt_type *start, rt_value obj, rt_value name)
{
    rt_value v = find(ts, t, start, name);
    return rt_is_null(v) ? v : bind(ts, v, start, obj);
}

rt_value rt_super_method(struct rt_thread *ts, rt_value o, rt_value name, rt_value *self)
{
    struct super *s = self_of(o);
    rt_value start = rt_slot_peek(&s->obj_type), obj = rt_slot_peek(&s->obj), v = RT_NULL;
    *self = RT_NULL;
    if (!rt_is_null(start) && !rt_is(obj, start) && !rt_is(name, RT_ID(__class__)))
        v = find(ts, rt_as_type(rt_slot_peek(&s->type)), rt_as_type(start), name);
    if (!rt_is_null(v)) {
        if (rt_has(v, RT_TF_METHOD_DESCR)) {
            *self = rt_borrowed(obj);
            return v;
        }
        rt_decref(ts, v);
    }
    return rt_pending(ts) ? RT_NULL : rt_getattr(ts, o, name);
}

rt_value rt_super_direct(struct rt_thread *ts, struct rt_type *t, rt_value obj, rt_value name, bool *plain)
{
    struct rt_type *start = check(ts, t, obj);
    *plain = false;
    if (!start || rt_is(name, RT_ID(__class__)))
        return RT_NULL;
    if (start != rt_type_of(obj))
        return lookup(ts, t, start, obj, name);
    rt_value v = find(ts, t, start, name);
    if (rt_is_null(v) || (*plain = rt_has(v, RT_TF_METHOD_DESCR)))
        return rt_word_uncounted(ts, v);
    return bind(ts, v, start, obj);
}

rt_value rt_super_lookup(struct rt_thread *ts, struct rt_type *t, rt_value obj, rt_value name)
{
    struct rt_type *start = check(ts, t, obj);
    if (!start)
        return RT_NULL;
    rt_value v = lookup(ts, t, start, obj, name);
    if (rt_is_null(v) && !rt_pending(ts)) /* as an attribute of the super object itself */
        return rt_type_getattro(ts, rt_type_value(&rt_super_type), name);
    return v;
}

static rt_value super_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    struct super *s = self_of(self);
    rt_value start = rt_slot_get(ts, s, &s->obj_type), v = RT_NULL;
    if (!rt_is_null(start) && !rt_is(name, RT_ID(__class__)) && !rt_str_eq_cstr(name, "__class__")) {
        rt_value t = rt_slot_get(ts, s, &s->type), obj = rt_slot_get(ts, s, &s->obj);
        v = lookup(ts, rt_as_type(t), rt_as_type(start), obj, name);
        rt_decref(ts, t);
        rt_decref(ts, obj);
    }
    rt_decref(ts, start);
    if (!rt_is_null(v) || rt_pending(ts))
        return v;
    return rt_object_getattr(ts, self, name);
}

static rt_value super_repr(struct rt_thread *ts, rt_value self)
{
    struct super *s = self_of(self);
    rt_value t = rt_slot_peek(&s->type), ot = rt_slot_peek(&s->obj_type);
    const char *name = rt_is_null(t) ? "NULL" : rt_as_type(t)->name;
    if (rt_is_null(ot))
        return rt_str_format(ts, "<super: <class '%s'>, NULL>", name);
    return rt_str_format(ts, "<super: <class '%s'>, <%s object>>", name, rt_as_type(ot)->name);
}

static int fill(struct rt_thread *ts, rt_value self, struct rt_type *t, rt_value obj)
{
    struct super *s = self_of(self);
    struct rt_type *start = NULL;
    if (!rt_is_null(obj) && rt_is_none(obj))
        obj = RT_NULL;
    if (!rt_is_null(obj) && !(start = check(ts, t, obj)))
        return -1;
    rt_slot_set(ts, &s->type, rt_newref(ts, rt_type_value(t)));
    rt_value old = rt_slot_swap(&s->obj, rt_newref(ts, obj));
    rt_decref(ts, rt_defer(ts, old)); /* a second __init__: another thread may be using it without a count */
    rt_slot_set(ts, &s->obj_type, start ? rt_newref(ts, rt_type_value(start)) : RT_NULL);
    return 0;
}

static int super_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "super", kw) < 0 || rt_args_count(ts, "super()", n, 0, 2) < 0)
        return -1;
    if (n == 0) {
        rt_value t, obj;
        if (rt_super_arguments(ts, &t, &obj) < 0)
            return -1;
        int r = fill(ts, self, rt_as_type(t), obj);
        rt_decref(ts, t);
        rt_decref(ts, obj);
        return r;
    }
    if (!rt_is_type(args[0])) {
        rt_raise(ts, &rt_exc_TypeError, "super() argument 1 must be a type, not %.200s", rt_typename(args[0]));
        return -1;
    }
    return fill(ts, self, rt_as_type(args[0]), n > 1 ? args[1] : RT_NULL);
}

static rt_value super_get(struct rt_thread *ts, rt_value self, rt_value obj, rt_value type)
{
    struct super *s = self_of(self);
    if (rt_is_null(obj) || rt_is_none(obj) || !rt_is_null(rt_slot_peek(&s->obj)))
        return rt_newref(ts, self);
    rt_value t = rt_slot_get(ts, s, &s->type), r;
    if (!rt_is_exact(self, &rt_super_type)) {
        r = rt_call2(ts, rt_type_value(rt_type_of(self)), t, obj);
    } else {
        r = rt_type_alloc(ts, &rt_super_type);
        if (!rt_is_null(r) && fill(ts, r, rt_as_type(t), obj) < 0)
            rt_clear(ts, &r);
    }
    rt_decref(ts, t);
    return r;
}

static rt_value super_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, t);
}

static const struct rt_member_def super_members[] = {
    {"__thisclass__", RT_MEMBER_OBJECT, offsetof(struct super, type), true, "the class invoking super()"},
    {"__self__", RT_MEMBER_OBJECT, offsetof(struct super, obj), true,
     "the instance invoking super(); may be None"},
    {"__self_class__", RT_MEMBER_OBJECT, offsetof(struct super, obj_type), true,
     "the type of the instance invoking super(); may be None"},
    {0},
};

struct rt_type rt_super_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "super",
    .doc = "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, "
           "obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; "
           "requires issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    "
           "def meth(self, arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    "
           "@classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n",
    .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct super),
    .traverse = super_traverse,
    .clear = super_clear,
    .repr = super_repr,
    .getattro = super_getattro,
    .descr_get = super_get,
    .init = super_init,
    .new = super_new,
    .members = super_members,
};
