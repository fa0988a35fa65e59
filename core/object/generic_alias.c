/* SPDX-License-Identifier: MIT */
/* types.GenericAlias: list[int] and its kin (PEP 585, 646). */
#include "core/object/generic.h"

struct alias { struct rt_object hdr; rt_slot origin, args, parameters; _Atomic uint8_t starred; };

static struct alias *self_of(rt_value v) { return (struct alias *)rt_ptr(v); }
static rt_value origin_of(rt_value v) { return rt_slot_peek(&self_of(v)->origin); }
static rt_value args_of(rt_value v) { return rt_slot_peek(&self_of(v)->args); }
static bool is_alias(rt_value v) { return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &rt_generic_alias_type); }

/* ---- parameters ------------------------------------------------------------------------------ */

/* v.__typing_subst__ says that v is a type variable. */
static int is_variable(struct rt_thread *ts, rt_value v)
{
    if (rt_is_type(v))
        return 0;
    rt_value f = rt_getattr_opt(ts, v, RT_ID(__typing_subst__));
    int r = !rt_is_null(f);
    rt_decref(ts, f);
    return rt_pending(ts) ? -1 : r;
}

static int add_distinct(struct rt_thread *ts, rt_value list, rt_value v)
{
    for (size_t i = 0; i < rt_list_len(list); i++) {
        rt_value old = rt_list_get(ts, list, i);
        bool same = rt_is(old, v);
        rt_decref(ts, old);
        if (same)
            return 0;
    }
    return rt_list_append(ts, list, v);
}

rt_value rt_type_parameters(struct rt_thread *ts, rt_value args)
{
    rt_value list = rt_list_new(ts, 0), r = RT_NULL;
    int e = rt_is_null(list) ? -1 : 0;
    for (size_t i = 0; e == 0 && i < rt_as_tuple(args)->length; i++) {
        rt_value v = rt_as_tuple(args)->items[i];
        if (rt_is_type(v))
            continue;
        int var = is_variable(ts, v);
        if (var) {
            e = var < 0 ? -1 : add_distinct(ts, list, v);
            continue;
        }
        rt_value sub = rt_getattr_opt(ts, v, RT_ID(__parameters__));
        e = rt_pending(ts) ? -1 : 0;
        if (rt_is_ptr(sub) && rt_is_tuple(sub))
            for (size_t j = 0; e == 0 && j < rt_as_tuple(sub)->length; j++)
                e = add_distinct(ts, list, rt_as_tuple(sub)->items[j]);
        rt_decref(ts, sub);
    }
    if (e == 0)
        r = rt_list_to_tuple(ts, list);
    rt_decref(ts, list);
    return r;
}

/* ---- substitution ---------------------------------------------------------------------------- */

/* obj[its parameters replaced]: obj is generic itself. */
static rt_value subs_one(struct rt_thread *ts, rt_value obj, rt_value params, struct rt_tuple *argitems)
{
    rt_value sub = rt_getattr_opt(ts, obj, RT_ID(__parameters__)), r = RT_NULL;
    if (rt_is_null(sub) || !rt_is_ptr(sub) || !rt_is_tuple(sub) || rt_as_tuple(sub)->length == 0) {
        rt_decref(ts, sub);
        return rt_pending(ts) ? RT_NULL : rt_newref(ts, obj);
    }
    rt_value list = rt_list_new(ts, 2);
    int e = rt_is_null(list) ? -1 : 0;
    for (size_t i = 0; e == 0 && i < rt_as_tuple(sub)->length; i++) {
        rt_value v = rt_as_tuple(sub)->items[i];
        struct rt_tuple *p = rt_as_tuple(params);
        size_t k = 0;
        while (k < p->length && !rt_is(p->items[k], v))
            k++;
        if (k < p->length) {
            rt_value a = argitems->items[k];
            bool spread = rt_is_ptr(rt_type_of(v)->iter ? v : RT_NONE) && rt_is_ptr(a) && rt_is_tuple(a);
            if (spread)
                e = rt_list_extend(ts, list, a);
            else
                e = rt_list_append(ts, list, a);
        } else {
            e = rt_list_append(ts, list, v);
        }
    }
    if (e == 0) {
        rt_value t = rt_list_to_tuple(ts, list);
        r = rt_is_null(t) ? t : rt_getitem(ts, obj, t);
        rt_decref(ts, t);
    }
    rt_decref(ts, list);
    rt_decref(ts, sub);
    return r;
}

static rt_value unpacked_args(struct rt_thread *ts, rt_value v)
{
    if (rt_is_type(v))
        return RT_NULL;
    rt_value r = rt_getattr_opt(ts, v, RT_ID(__typing_unpacked_tuple_args__));
    if (!rt_is_null(r) && !(rt_is_ptr(r) && rt_is_tuple(r)))
        rt_clear(ts, &r);
    return r;
}

/* The subscript as a tuple, with *tuple[int, str] spread out. */
static rt_value unpack_items(struct rt_thread *ts, rt_value item)
{
    rt_value list = rt_list_new(ts, 2), one = item;
    const rt_value *items = &one;
    size_t n = 1;
    int e = rt_is_null(list) ? -1 : 0;
    if (rt_is_ptr(item) && rt_is_tuple(item)) {
        items = rt_as_tuple(item)->items;
        n = rt_as_tuple(item)->length;
    }
    for (size_t i = 0; e == 0 && i < n; i++) {
        rt_value sub = unpacked_args(ts, items[i]);
        size_t m = rt_is_null(sub) ? 0 : rt_as_tuple(sub)->length;
        bool open_ended = m && rt_as_tuple(sub)->items[m - 1].bits == RT_ELLIPSIS.bits;
        if (rt_pending(ts))
            e = -1;
        else if (!rt_is_null(sub) && !open_ended)
            e = rt_list_extend(ts, list, sub);
        else
            e = rt_list_append(ts, list, items[i]);
        rt_decref(ts, sub);
    }
    rt_value t = e == 0 ? rt_list_to_tuple(ts, list) : RT_NULL;
    rt_decref(ts, list);
    return t;
}

/* Parameters may rearrange the items (TypeVarTuple, ParamSpec). Consumes items. */
static rt_value prepare_items(struct rt_thread *ts, rt_value self, rt_value params, rt_value items)
{
    for (size_t i = 0; !rt_is_null(items) && i < rt_as_tuple(params)->length; i++) {
        rt_value f = rt_getattr_opt(ts, rt_as_tuple(params)->items[i], RT_ID(__typing_prepare_subst__));
        rt_value next = RT_NULL;
        if (rt_is_null(f)) {
            if (rt_pending(ts))
                rt_clear(ts, &items);
            continue;
        }
        if (!rt_is_none(f)) {
            rt_value r = rt_call2(ts, f, self, items);
            next = rt_is_null(r) ? r : rt_is_ptr(r) && rt_is_tuple(r) ? rt_newref(ts, r) : rt_tuple_pack(ts, 1, r);
            rt_decref(ts, r);
        } else {
            next = rt_newref(ts, items);
        }
        rt_decref(ts, f);
        rt_decref(ts, items);
        items = next;
    }
    return items;
}

static int substitute_one(struct rt_thread *ts, rt_value v, rt_value params, struct rt_tuple *items, rt_value out)
{
    if (rt_is_type(v))
        return rt_list_append(ts, out, v);
    rt_value r = RT_NULL, f = rt_getattr_opt(ts, v, RT_ID(__typing_subst__));
    if (!rt_is_null(f)) {
        struct rt_tuple *p = rt_as_tuple(params);
        size_t k = 0;
        while (k < p->length && !rt_is(p->items[k], v))
            k++;
        r = k < p->length ? rt_call1(ts, f, items->items[k]) : rt_newref(ts, v);
        rt_decref(ts, f);
    } else if (!rt_pending(ts)) {
        r = subs_one(ts, v, params, items);
    }
    if (rt_is_null(r))
        return -1;
    rt_value flat = RT_NULL;
    rt_value is_unpacked = rt_getattr_opt_cstr(ts, v, "__typing_is_unpacked_typevartuple__");
    int spread = rt_is_null(is_unpacked) ? 0 : rt_truth(ts, is_unpacked);
    rt_decref(ts, is_unpacked);
    if (!rt_pending(ts) && spread > 0 && rt_is_ptr(r) && rt_is_tuple(r))
        flat = rt_newref(ts, r);
    int e = rt_pending(ts) ? -1 : !rt_is_null(flat) ? rt_list_extend(ts, out, flat) : rt_list_append(ts, out, r);
    rt_decref(ts, flat);
    rt_decref(ts, r);
    return e;
}

rt_value rt_substitute_parameters(struct rt_thread *ts, rt_value self, rt_value args, rt_value params,
                                  rt_value item)
{
    size_t n = rt_as_tuple(params)->length;
    if (!n)
        return rt_raise(ts, &rt_exc_TypeError, "%R is not a generic class", self);
    rt_value items = prepare_items(ts, self, params, unpack_items(ts, item)), r = RT_NULL;
    if (rt_is_null(items))
        return items;
    if (rt_as_tuple(items)->length != n) {
        rt_raise(ts, &rt_exc_TypeError, "Too %s arguments for %R; actual %zu, expected %zu",
                 rt_as_tuple(items)->length > n ? "many" : "few", self, rt_as_tuple(items)->length, n);
        rt_decref(ts, items);
        return RT_NULL;
    }
    rt_value list = rt_list_new(ts, n);
    int e = rt_is_null(list) ? -1 : 0;
    for (size_t i = 0; e == 0 && i < rt_as_tuple(args)->length; i++)
        e = substitute_one(ts, rt_as_tuple(args)->items[i], params, rt_as_tuple(items), list);
    if (e == 0)
        r = rt_list_to_tuple(ts, list);
    rt_decref(ts, list);
    rt_decref(ts, items);
    return r;
}

/* ---- text ------------------------------------------------------------------------------------ */

static int put_repr(struct rt_thread *ts, struct rt_strbuf *b, rt_value v)
{
    rt_value s = rt_repr(ts, v);
    if (rt_is_null(s))
        return -1;
    int r = rt_strbuf_str(ts, b, s);
    rt_decref(ts, s);
    return r;
}

int rt_type_repr_item(struct rt_thread *ts, struct rt_strbuf *b, rt_value v)
{
    if (v.bits == RT_ELLIPSIS.bits)
        return rt_strbuf_ascii(ts, b, "...", 3);
    if (rt_is(v, rt_type_value(&rt_none_type)))
        return rt_strbuf_ascii(ts, b, "None", 4);
    if (is_alias(v))
        return put_repr(ts, b, v);
    rt_value origin = rt_getattr_opt(ts, v, RT_ID(__origin__)), args = RT_NULL;
    if (!rt_is_null(origin))
        args = rt_getattr_opt_cstr(ts, v, "__args__");
    bool generic = !rt_is_null(origin) && !rt_is_null(args);
    rt_decref(ts, origin);
    rt_decref(ts, args);
    if (rt_pending(ts))
        return -1;
    if (generic)
        return put_repr(ts, b, v);
    rt_value qual = rt_getattr_opt(ts, v, RT_ID(__qualname__));
    rt_value module = rt_is_null(qual) ? RT_NULL : rt_getattr_opt(ts, v, RT_ID(__module__));
    int r = -1;
    if (!rt_pending(ts)) {
        if (rt_is_null(module) || rt_is_none(module)) {
            r = put_repr(ts, b, v);
        } else {
            bool plain = rt_is_ptr(module) && rt_is_str(module) && rt_str_eq_cstr(module, "builtins");
            rt_value s = plain ? rt_str(ts, qual) : rt_str_format(ts, "%S.%S", module, qual);
            r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, b, s);
            rt_decref(ts, s);
        }
    }
    rt_decref(ts, qual);
    rt_decref(ts, module);
    return r;
}

/* An argument: lists (of Callable) are spelled out. */
static int put_arg(struct rt_thread *ts, struct rt_strbuf *b, rt_value v)
{
    if (!rt_is_exact(v, &rt_list_type))
        return rt_type_repr_item(ts, b, v);
    int r = rt_strbuf_char(ts, b, '[');
    for (size_t i = 0; r == 0 && i < rt_list_len(v); i++) {
        rt_value x = rt_list_get(ts, v, i);
        if (i)
            r = rt_strbuf_ascii(ts, b, ", ", 2);
        if (r == 0)
            r = rt_type_repr_item(ts, b, x);
        rt_decref(ts, x);
    }
    return r < 0 ? -1 : rt_strbuf_char(ts, b, ']');
}

static rt_value alias_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    struct rt_tuple *t = rt_as_tuple(args_of(self));
    int r = rt_load_relaxed(&self_of(self)->starred) ? rt_strbuf_char(ts, &b, '*') : 0;
    if (r == 0)
        r = rt_type_repr_item(ts, &b, origin_of(self));
    if (r == 0)
        r = rt_strbuf_char(ts, &b, '[');
    for (size_t i = 0; r == 0 && i < t->length; i++) {
        if (i)
            r = rt_strbuf_ascii(ts, &b, ", ", 2);
        if (r == 0)
            r = put_arg(ts, &b, t->items[i]);
    }
    if (r == 0 && t->length == 0)
        r = rt_strbuf_ascii(ts, &b, "()", 2);
    if (r == 0)
        r = rt_strbuf_char(ts, &b, ']');
    if (r < 0) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, &b);
}

/* ---- construction ---------------------------------------------------------------------------- */

static rt_value make(struct rt_thread *ts, struct rt_type *t, rt_value origin, rt_value args, bool starred)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    rt_value tuple = rt_is_ptr(args) && rt_is_tuple(args) ? rt_newref(ts, args) : rt_tuple_pack(ts, 1, args);
    if (rt_is_null(tuple)) {
        rt_decref(ts, v);
        return tuple;
    }
    rt_slot_init(&self_of(v)->origin, rt_newref(ts, origin));
    rt_slot_init(&self_of(v)->args, tuple);
    rt_store_relaxed(&self_of(v)->starred, starred);
    return v;
}

rt_value rt_generic_alias_new(struct rt_thread *ts, rt_value origin, rt_value args)
{
    return make(ts, &rt_generic_alias_type, origin, args, false);
}

rt_value rt_class_getitem(struct rt_thread *ts, rt_value cls, rt_value item)
{
    return rt_generic_alias_new(ts, cls, item);
}

static rt_value alias_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "GenericAlias", kw) < 0 || rt_args_count(ts, "GenericAlias", n, 2, 2) < 0)
        return RT_NULL;
    return make(ts, t, args[0], args[1], false);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static int alias_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct alias *)o)->origin);
    RT_VISIT_SLOT(&((struct alias *)o)->args);
    RT_VISIT_SLOT(&((struct alias *)o)->parameters);
    return 0;
}

static void alias_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct alias *)o)->origin, RT_NULL);
    rt_slot_set(ts, &((struct alias *)o)->args, RT_NULL);
    rt_slot_set(ts, &((struct alias *)o)->parameters, RT_NULL);
}

static rt_value parameters_of(struct rt_thread *ts, rt_value self)
{
    struct alias *a = self_of(self);
    rt_value p = rt_slot_get(ts, a, &a->parameters);
    if (rt_is_null(p) && !rt_is_null(p = rt_type_parameters(ts, args_of(self))))
        rt_slot_set(ts, &a->parameters, rt_newref(ts, p));
    return p;
}

static rt_value alias_getitem(struct rt_thread *ts, rt_value self, rt_value item)
{
    rt_value params = parameters_of(ts, self), r = RT_NULL;
    if (rt_is_null(params))
        return params;
    rt_value args = rt_substitute_parameters(ts, self, args_of(self), params, item);
    if (!rt_is_null(args))
        r = make(ts, &rt_generic_alias_type, origin_of(self), args, rt_load_relaxed(&self_of(self)->starred));
    rt_decref(ts, args);
    rt_decref(ts, params);
    return r;
}

static int64_t alias_hash(struct rt_thread *ts, rt_value self)
{
    int64_t a = rt_hash(ts, origin_of(self));
    if (a == -1)
        return -1;
    int64_t b = rt_hash(ts, args_of(self));
    if (b == -1)
        return -1;
    return (a ^ b) == -1 ? -2 : a ^ b;
}

static rt_value alias_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!is_alias(a) || !is_alias(b) || (op != RT_EQ && op != RT_NE))
        return RT_NOTIMPL;
    if (op == RT_NE) {
        rt_value eq = alias_richcompare(ts, a, b, RT_EQ);
        return rt_is_null(eq) ? eq : rt_bool(rt_is_false(eq));
    }
    if (rt_load_relaxed(&self_of(a)->starred) != rt_load_relaxed(&self_of(b)->starred))
        return RT_FALSE;
    int r = rt_equal(ts, origin_of(a), origin_of(b));
    if (r > 0)
        r = rt_equal(ts, args_of(a), args_of(b));
    return r < 0 ? RT_NULL : rt_bool(r);
}

static rt_value alias_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_recursion_check(ts, " while calling a Python object") < 0)
        return RT_NULL;
    rt_value o = rt_call(ts, origin_of(self), args, n, kw);
    if (!rt_is_null(o) && rt_setattr(ts, o, RT_ID(__orig_class__), self) < 0) {
        if (!rt_exc_is(ts, &rt_exc_AttributeError) && !rt_exc_is(ts, &rt_exc_TypeError))
            rt_clear(ts, &o);
        else
            rt_exc_clear(ts);
    }
    return o;
}

/* These are the alias's own; everything else comes from the origin. */
static rt_value alias_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    static const char *const own[] = {
        "__class__", "__origin__", "__args__", "__unpacked__", "__parameters__",
        "__typing_unpacked_tuple_args__", "__mro_entries__", "__reduce_ex__", "__reduce__", "__copy__",
        "__deepcopy__"};
    for (size_t i = 0; i < RT_COUNTOF(own); i++)
        if (rt_str_eq_cstr(name, own[i]))
            return rt_object_getattr(ts, self, name);
    return rt_recursion_check(ts, "") < 0 ? RT_NULL : rt_getattr(ts, origin_of(self), name);
}

/* iter(list[int]): *list[int], once. */
struct alias_iter { struct rt_object hdr; rt_slot alias; };
static struct rt_type alias_iter_type;

static rt_value alias_iter(struct rt_thread *ts, rt_value self)
{
    struct alias_iter *it = rt_object_new(ts, &alias_iter_type, sizeof *it);
    if (!it)
        return RT_NULL;
    rt_slot_init(&it->alias, rt_newref(ts, self));
    return rt_own(it);
}

static rt_value alias_iter_next(struct rt_thread *ts, rt_value self)
{
    rt_value a = rt_slot_swap(&((struct alias_iter *)rt_ptr(self))->alias, RT_NULL), r;
    if (rt_is_null(a))
        return RT_STOP;
    r = make(ts, &rt_generic_alias_type, origin_of(a), args_of(a), true);
    rt_decref(ts, a);
    return r;
}

static int alias_iter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct alias_iter *)o)->alias);
    return 0;
}
static void alias_iter_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct alias_iter *)o)->alias, RT_NULL);
}
static rt_value alias_iter_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value f = rt_import_attr(ts, "builtins", "iter"), a = rt_slot_get(ts, rt_ptr(self), &((struct alias_iter *)rt_ptr(self))->alias);
    rt_value args = RT_NULL, r = RT_NULL;
    if (!rt_is_null(f)) {
        args = rt_tuple_pack(ts, 1, rt_is_null(a) ? rt_tuple_empty() : a);
        r = rt_is_null(args) ? args : rt_tuple_pack(ts, 2, f, args);
    }
    rt_decref(ts, args);
    rt_decref(ts, a);
    rt_decref(ts, f);
    return r;
}
static const struct rt_method_def alias_iter_methods[] = {
    {"__reduce__", alias_iter_reduce, RT_METH_NOARGS, NULL},
    {0},
};

static struct rt_type alias_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "generic_alias_iterator",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct alias_iter),
    .traverse = alias_iter_traverse,
    .clear = alias_iter_clear,
    .iter = rt_iter_self,
    .iternext = alias_iter_next,
    .methods = alias_iter_methods,
};

/* ---- methods --------------------------------------------------------------------------------- */

static rt_value alias_mro_entries(struct rt_thread *ts, rt_value self, rt_value bases)
{
    return rt_tuple_pack(ts, 1, origin_of(self));
}

static rt_value alias_no_check(struct rt_thread *ts, rt_value self, rt_value arg)
{
    return rt_raise(ts, &rt_exc_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
}

static rt_value alias_no_subclass(struct rt_thread *ts, rt_value self, rt_value arg)
{
    return rt_raise(ts, &rt_exc_TypeError, "issubclass() argument 2 cannot be a parameterized generic");
}

static rt_value alias_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value args, r = RT_NULL;
    if (rt_load_relaxed(&self_of(self)->starred)) {
        rt_value plain = rt_generic_alias_new(ts, origin_of(self), args_of(self));
        rt_value next = rt_import_attr(ts, "builtins", "next"), it = RT_NULL;
        if (!rt_is_null(plain) && !rt_is_null(next) && !rt_is_null(it = rt_iter(ts, plain))) {
            args = rt_tuple_pack(ts, 1, it);
            r = rt_is_null(args) ? args : rt_tuple_pack(ts, 2, next, args);
            rt_decref(ts, args);
        }
        rt_decref(ts, it);
        rt_decref(ts, next);
        rt_decref(ts, plain);
        return r;
    }
    args = rt_tuple_pack(ts, 2, origin_of(self), args_of(self));
    if (!rt_is_null(args))
        r = rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(self)), args);
    rt_decref(ts, args);
    return r;
}

static rt_value alias_dir(struct rt_thread *ts, rt_value self)
{
    static const char *const names[] = {"__origin__", "__args__", "__parameters__", "__mro_entries__",
                                        "__reduce_ex__", "__reduce__", "__copy__", "__deepcopy__",
                                        "__unpacked__", "__typing_unpacked_tuple_args__"};
    rt_value list = rt_dir(ts, origin_of(self));
    for (size_t i = 0; !rt_is_null(list) && i < RT_COUNTOF(names); i++) {
        rt_value s = rt_str_intern_cstr(ts, names[i]);
        int has = rt_contains(ts, list, s);
        if (has < 0 || (!has && rt_list_append(ts, list, s) < 0))
            rt_clear(ts, &list);
    }
    return list;
}

static rt_value get_parameters(struct rt_thread *ts, rt_value self, void *c) { return parameters_of(ts, self); }

static rt_value get_unpacked(struct rt_thread *ts, rt_value self, void *c)
{
    if (rt_load_relaxed(&self_of(self)->starred) && rt_is(origin_of(self), rt_type_value(&rt_tuple_type)))
        return rt_newref(ts, args_of(self));
    return RT_NONE;
}

static const struct rt_method_def alias_methods[] = {
    {"__mro_entries__", alias_mro_entries, RT_METH_O, NULL},
    {"__instancecheck__", alias_no_check, RT_METH_O, NULL},
    {"__subclasscheck__", alias_no_subclass, RT_METH_O, NULL},
    {"__reduce__", alias_reduce, RT_METH_NOARGS, NULL},
    {"__dir__", alias_dir, RT_METH_NOARGS, NULL},
    {0},
};
static const struct rt_member_def alias_members[] = {
    {"__origin__", RT_MEMBER_OBJECT, offsetof(struct alias, origin), true, NULL},
    {"__args__", RT_MEMBER_OBJECT, offsetof(struct alias, args), true, NULL},
    {"__unpacked__", RT_MEMBER_BOOL, offsetof(struct alias, starred), true, NULL},
    {0},
};
static const struct rt_getset_def alias_getset[] = {
    {"__parameters__", get_parameters, NULL, "Type variables in the GenericAlias.", NULL},
    {"__typing_unpacked_tuple_args__", get_unpacked, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_generic_alias_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "types.GenericAlias",
    .doc = "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is "
           "(int,).",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_WEAKREF,
    .basic_size = sizeof(struct alias),
    .traverse = alias_traverse,
    .clear = alias_clear,
    .repr = alias_repr,
    .hash = alias_hash,
    .call = alias_call,
    .getattro = alias_getattro,
    .richcompare = alias_richcompare,
    .iter = alias_iter,
    .getitem = alias_getitem,
    .new = alias_new,
    .binary = {[RT_BIN_OR] = rt_union_or},
    .methods = alias_methods,
    .members = alias_members,
    .getset = alias_getset,
};

int rt_generic_init(struct rt_thread *ts) { return rt_type_ready(ts, &alias_iter_type); }
