/* SPDX-License-Identifier: MIT */
/* types.UnionType: int | str. */
#include "core/object/generic.h"

struct union_type { struct rt_object hdr; rt_slot args, parameters; };

static struct union_type *self_of(rt_value v) { return (struct union_type *)rt_ptr(v); }
rt_value rt_union_args_borrowed(rt_value u) { return rt_slot_peek(&self_of(u)->args); }
static bool is_union(rt_value v) { return rt_is_exact(v, &rt_union_type); }

static bool unionable(rt_value v)
{
    return rt_is_none(v) || (rt_is_ptr(v) && (rt_is_type(v) || is_union(v) ||
                                              rt_type_is_subtype(rt_type_of(v), &rt_generic_alias_type)));
}

/* ---- construction ---------------------------------------------------------------------------- */

/* Append v, or the members of the union v, to list; duplicates are left out. */
static int add(struct rt_thread *ts, rt_value list, rt_value v)
{
    if (is_union(v)) {
        struct rt_tuple *t = rt_as_tuple(rt_union_args_borrowed(v));
        for (size_t i = 0; i < t->length; i++)
            if (add(ts, list, t->items[i]) < 0)
                return -1;
        return 0;
    }
    if (rt_is_none(v))
        v = rt_type_value(&rt_none_type);
    for (size_t i = 0; i < rt_list_len(list); i++) {
        rt_value old = rt_list_get(ts, list, i);
        int same = rt_is(old, v);
        if (!same && !(rt_is_type(old) && rt_is_type(v)))
            same = rt_equal(ts, old, v);
        rt_decref(ts, old);
        if (same)
            return same < 0 ? -1 : 0;
    }
    return rt_list_append(ts, list, v);
}

static rt_value make(struct rt_thread *ts, rt_value args, rt_value params /* owned */)
{
    struct union_type *u = rt_is_null(params) ? NULL : rt_object_new(ts, &rt_union_type, sizeof *u);
    if (!u) {
        rt_decref(ts, params);
        return RT_NULL;
    }
    rt_slot_init(&u->args, rt_newref(ts, args));
    rt_slot_init(&u->parameters, params);
    return rt_own(u);
}

rt_value rt_union_from_args(struct rt_thread *ts, rt_value args)
{
    rt_value list = rt_list_new(ts, 2), r = RT_NULL;
    bool ok = !rt_is_null(list);
    for (size_t i = 0; ok && i < rt_as_tuple(args)->length; i++)
        ok = add(ts, list, rt_as_tuple(args)->items[i]) == 0;
    if (ok && rt_list_len(list) == 1) {
        r = rt_list_get(ts, list, 0);
    } else if (ok) {
        rt_value t = rt_list_to_tuple(ts, list);
        r = rt_is_null(t) ? t : make(ts, t, rt_type_parameters(ts, t));
        rt_decref(ts, t);
    }
    rt_decref(ts, list);
    return r;
}

rt_value rt_union_or(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!unionable(a) || !unionable(b))
        return RT_NOTIMPL;
    if (rt_is_none(b))
        b = rt_type_value(&rt_none_type);
    rt_value args = rt_tuple_pack(ts, 2, a, b);
    if (rt_is_null(args))
        return args;
    bool classes = rt_is_type(a) && rt_is_type(b) && !rt_is(a, b); /* they have no parameters */
    rt_value r = classes ? make(ts, args, rt_tuple_empty()) : rt_union_from_args(ts, args);
    rt_decref(ts, args);
    return r;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static int union_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct union_type *)o)->args);
    RT_VISIT_SLOT(&((struct union_type *)o)->parameters);
    return 0;
}

static void union_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct union_type *)o)->args, RT_NULL);
    rt_slot_set(ts, &((struct union_type *)o)->parameters, RT_NULL);
}

static rt_value union_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_tuple *t = rt_as_tuple(rt_union_args_borrowed(self));
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    for (size_t i = 0; i < t->length; i++) {
        if ((i && rt_strbuf_ascii(ts, &b, " | ", 3) < 0) || rt_type_repr_item(ts, &b, t->items[i]) < 0) {
            rt_strbuf_abort(&b);
            return RT_NULL;
        }
    }
    return rt_strbuf_finish(ts, &b);
}

static int64_t union_hash(struct rt_thread *ts, rt_value self)
{
    rt_value set = rt_frozenset_new(ts, rt_union_args_borrowed(self));
    if (rt_is_null(set))
        return -1;
    int64_t h = rt_hash(ts, set);
    rt_decref(ts, set);
    return h;
}

static rt_value union_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !is_union(a) || !is_union(b))
        return RT_NOTIMPL;
    rt_value x = rt_set_new(ts, rt_union_args_borrowed(a)), y = RT_NULL, r = RT_NULL;
    if (!rt_is_null(x) && !rt_is_null(y = rt_set_new(ts, rt_union_args_borrowed(b))))
        r = rt_compare(ts, x, y, op);
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}

static rt_value union_getitem(struct rt_thread *ts, rt_value self, rt_value item)
{
    rt_value params = rt_slot_peek(&self_of(self)->parameters);
    rt_value args = rt_substitute_parameters(ts, self, rt_union_args_borrowed(self), params, item);
    if (rt_is_null(args))
        return args;
    size_t n = rt_as_tuple(args)->length;
    rt_value r = n ? rt_newref(ts, rt_as_tuple(args)->items[0]) : RT_NULL;
    for (size_t i = 1; i < n && !rt_is_null(r); i++) {
        rt_value next = rt_binary(ts, r, rt_as_tuple(args)->items[i], RT_BIN_OR);
        rt_decref(ts, r);
        r = next;
    }
    rt_decref(ts, args);
    return r;
}

static rt_value union_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    if (rt_str_eq_cstr(name, "__module__"))
        return rt_getattr(ts, rt_type_value(rt_type_of(self)), name);
    return rt_object_getattr(ts, self, name);
}

static bool check_parameterized(rt_value args)
{
    for (size_t i = 0; i < rt_as_tuple(args)->length; i++)
        if (rt_is_exact(rt_as_tuple(args)->items[i], &rt_generic_alias_type))
            return false;
    return true;
}

static rt_value union_instancecheck(struct rt_thread *ts, rt_value self, rt_value o)
{
    struct rt_tuple *t = rt_as_tuple(rt_union_args_borrowed(self));
    if (!check_parameterized(rt_union_args_borrowed(self)))
        return rt_raise(ts, &rt_exc_TypeError,
                        "isinstance() argument 2 cannot be a parameterized generic");
    for (size_t i = 0; i < t->length; i++) {
        int r = rt_is_type(t->items[i]) ? rt_isinstance(ts, o, t->items[i]) : 0;
        if (r)
            return r < 0 ? RT_NULL : RT_TRUE;
    }
    return RT_FALSE;
}

static rt_value union_subclasscheck(struct rt_thread *ts, rt_value self, rt_value c)
{
    struct rt_tuple *t = rt_as_tuple(rt_union_args_borrowed(self));
    if (!rt_is_type(c))
        return rt_raise(ts, &rt_exc_TypeError, "issubclass() arg 1 must be a class");
    if (!check_parameterized(rt_union_args_borrowed(self)))
        return rt_raise(ts, &rt_exc_TypeError,
                        "issubclass() argument 2 cannot be a parameterized generic");
    for (size_t i = 0; i < t->length; i++) {
        int r = rt_is_type(t->items[i]) ? rt_issubclass(ts, c, t->items[i]) : 0;
        if (r)
            return r < 0 ? RT_NULL : RT_TRUE;
    }
    return RT_FALSE;
}

static rt_value get_parameters(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_slot_get(ts, rt_ptr(self), &self_of(self)->parameters);
}

static const struct rt_method_def union_methods[] = {
    {"__instancecheck__", union_instancecheck, RT_METH_O, NULL},
    {"__subclasscheck__", union_subclasscheck, RT_METH_O, NULL},
    {0},
};
static const struct rt_member_def union_members[] = {
    {"__args__", RT_MEMBER_OBJECT, offsetof(struct union_type, args), true, NULL},
    {0},
};
static const struct rt_getset_def union_getset[] = {
    {"__parameters__", get_parameters, NULL, "Type variables in the types.UnionType.", NULL},
    {0},
};

struct rt_type rt_union_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "types.UnionType",
    .doc = "Represent a PEP 604 union type\n\nE.g. for int | str",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct union_type),
    .traverse = union_traverse,
    .clear = union_clear,
    .repr = union_repr,
    .hash = union_hash,
    .richcompare = union_richcompare,
    .getattro = union_getattro,
    .getitem = union_getitem,
    .binary = {[RT_BIN_OR] = rt_union_or},
    .methods = union_methods,
    .members = union_members,
    .getset = union_getset,
};
