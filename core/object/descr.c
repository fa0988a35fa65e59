/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of native types: method_descriptor, classmethod_descriptor, getset_descriptor,
 * member_descriptor, wrapper_descriptor, and method-wrapper (a bound wrapper_descriptor).
 */
#include "core/object/object_internal.h"

static struct rt_descr *as_descr(rt_value v) { return (struct rt_descr *)rt_ptr(v); }

/* ---- common ---------------------------------------------------------------------------------- */

static void *descr_new(struct rt_thread *ts, struct rt_type *kind, size_t size, struct rt_type *t,
                       rt_value name)
{
    struct rt_descr *d = rt_object_new(ts, kind, size);
    if (!d)
        return NULL;
    d->objclass = t;
    d->name = rt_borrowed(name);
    rt_slot_init(&d->qualname, RT_NULL);
    return d;
}

static int descr_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_descr *d = (struct rt_descr *)o;
    RT_VISIT_SLOT(&d->qualname);
    return visit(rt_type_value(d->objclass), arg);
}

static void descr_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct rt_descr *)o)->qualname, RT_NULL);
}

static rt_value descr_repr(struct rt_thread *ts, rt_value v, const char *what)
{
    return rt_str_format(ts, "<%s '%U' of '%s' objects>", what, as_descr(v)->name,
                         as_descr(v)->objclass->name);
}

/* 0: obj is an instance of the class; 1: *result is the answer (d itself, or an error). */
static int descr_check(struct rt_thread *ts, rt_value v, rt_value obj, rt_value *result)
{
    struct rt_descr *d = as_descr(v);
    if (rt_is_null(obj)) {
        *result = rt_newref(ts, v);
        return 1;
    }
    if (rt_likely(rt_type_is_subtype(rt_type_of(obj), d->objclass)))
        return 0;
    *result = rt_raise(ts, &rt_exc_TypeError,
                       "descriptor '%U' for '%.100s' objects doesn't apply to a '%.100s' object",
                       d->name, d->objclass->name, rt_typename(obj));
    return 1;
}

static rt_value get_name(struct rt_thread *ts, rt_value v, void *c) { return as_descr(v)->name; }
static rt_value get_objclass(struct rt_thread *ts, rt_value v, void *c)
{
    return rt_newref(ts, rt_type_value(as_descr(v)->objclass));
}

static rt_value get_qualname(struct rt_thread *ts, rt_value v, void *c)
{
    struct rt_descr *d = as_descr(v);
    rt_value q = rt_slot_get(ts, d, &d->qualname);
    if (!rt_is_null(q))
        return q;
    rt_value tq = rt_type_qualname(ts, d->objclass);
    if (rt_is_null(tq))
        return tq;
    q = rt_str_format(ts, "%U.%U", tq, d->name);
    rt_decref(ts, tq);
    return q;
}

static rt_value descr_reduce(struct rt_thread *ts, rt_value v)
{
    return rt_getattr_reduce(ts, rt_type_value(as_descr(v)->objclass), as_descr(v)->name);
}

static const struct rt_method_def reduce_methods[] = {
    {"__reduce__", descr_reduce, RT_METH_NOARGS, NULL},
    {0},
};

/* ---- methods --------------------------------------------------------------------------------- */

static const struct rt_method_def *method_def(rt_value v)
{
    return ((struct rt_method_descr *)rt_ptr(v))->def;
}

rt_value rt_method_descr_new(struct rt_thread *ts, struct rt_type *t, const struct rt_method_def *def)
{
    rt_value name = rt_str_intern_cstr(ts, def->name);
    if (rt_is_null(name))
        return name;
    struct rt_type *kind = def->flags & RT_METH_CLASS ? &rt_classmethod_descr_type : &rt_method_descr_type;
    struct rt_method_descr *d = descr_new(ts, kind, sizeof *d, t, name);
    if (!d)
        return RT_NULL;
    d->def = def;
    return rt_own(d);
}

static rt_value method_get(struct rt_thread *ts, rt_value v, rt_value obj, rt_value type)
{
    rt_value r;
    if (descr_check(ts, v, obj, &r))
        return r;
    return rt_builtin_bind(ts, method_def(v), obj, as_descr(v)->objclass);
}

static RT_COLD rt_value method_self_error(struct rt_thread *ts, rt_value v, const rt_value *args, uint32_t n)
{
    rt_value name = rt_function_str(ts, v);
    if (!n)
        rt_raise(ts, &rt_exc_TypeError, "unbound method %U needs an argument", name);
    else
        rt_raise(ts, &rt_exc_TypeError,
                 "descriptor '%U' for '%.100s' objects doesn't apply to a '%.100s' object",
                 as_descr(v)->name, as_descr(v)->objclass->name, rt_typename(args[0]));
    rt_decref(ts, name);
    return RT_NULL;
}

static rt_value method_call(struct rt_thread *ts, rt_value v, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_unlikely(!n || (rt_type_of(args[0]) != as_descr(v)->objclass &&
                           !rt_type_is_subtype(rt_type_of(args[0]), as_descr(v)->objclass))))
        return method_self_error(ts, v, args, n);
    return rt_native_call(ts, v, method_def(v), args[0], args + 1, n - 1, kw);
}

static rt_value method_repr(struct rt_thread *ts, rt_value v) { return descr_repr(ts, v, "method"); }
static rt_value get_method_doc(struct rt_thread *ts, rt_value v, void *c)
{
    return rt_doc_text(ts, method_def(v)->name, method_def(v)->doc);
}
static rt_value get_method_signature(struct rt_thread *ts, rt_value v, void *c)
{
    return rt_doc_signature(ts, method_def(v)->name, method_def(v)->doc);
}

static const struct rt_getset_def method_getset[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL, NULL},
    {"__doc__", get_method_doc, NULL, NULL, NULL},
    {"__text_signature__", get_method_signature, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_method_descr_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "method_descriptor",
    .flags = RT_TF_GC | RT_TF_METHOD_DESCR | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_method_descr),
    .traverse = descr_traverse,
    .clear = descr_clear,
    .repr = method_repr,
    .call = method_call,
    .descr_get = method_get,
    .methods = reduce_methods,
    .getset = method_getset,
};

/* ---- class methods --------------------------------------------------------------------------- */

static rt_value classmethod_get(struct rt_thread *ts, rt_value v, rt_value obj, rt_value type)
{
    struct rt_descr *d = as_descr(v);
    if (rt_is_null(type)) {
        if (rt_is_null(obj))
            return rt_raise(ts, &rt_exc_TypeError,
                            "descriptor '%U' for type '%.100s' needs either an object or a type",
                            d->name, d->objclass->name);
        type = rt_type_value(rt_type_of(obj));
    }
    if (!rt_is_type(type))
        return rt_raise(ts, &rt_exc_TypeError,
                        "descriptor '%U' for type '%.100s' needs a type, not a '%.100s' as arg 2", d->name,
                        d->objclass->name, rt_typename(type));
    if (!rt_type_is_subtype(rt_as_type(type), d->objclass))
        return rt_raise(ts, &rt_exc_TypeError,
                        "descriptor '%U' requires a subtype of '%.100s' but received '%.100s'", d->name,
                        d->objclass->name, rt_as_type(type)->name);
    return rt_builtin_bind(ts, method_def(v), type, d->objclass);
}

static rt_value classmethod_call(struct rt_thread *ts, rt_value v, const rt_value *args, uint32_t n,
                                 rt_value kw)
{
    struct rt_descr *d = as_descr(v);
    if (!n)
        return rt_raise(ts, &rt_exc_TypeError, "descriptor '%U' of '%.100s' object needs an argument",
                        d->name, d->objclass->name);
    if (rt_is_type(args[0]) && rt_type_is_subtype(rt_as_type(args[0]), d->objclass))
        return rt_native_call(ts, v, method_def(v), args[0], args + 1, n - 1, kw);
    rt_value bound = classmethod_get(ts, v, RT_NULL, args[0]);
    if (rt_is_null(bound))
        return bound;
    rt_value r = rt_call(ts, bound, args + 1, n - 1, kw);
    rt_decref(ts, bound);
    return r;
}

struct rt_type rt_classmethod_descr_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "classmethod_descriptor",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_method_descr),
    .traverse = descr_traverse,
    .clear = descr_clear,
    .repr = method_repr,
    .call = classmethod_call,
    .descr_get = classmethod_get,
    .getset = method_getset,
};

/* ---- getset ---------------------------------------------------------------------------------- */

static const struct rt_getset_def *getset_def(rt_value v)
{
    return ((struct rt_getset_descr *)rt_ptr(v))->def;
}

rt_value rt_getset_descr_new(struct rt_thread *ts, struct rt_type *t, const struct rt_getset_def *def)
{
    rt_value name = rt_str_intern_cstr(ts, def->name);
    if (rt_is_null(name))
        return name;
    struct rt_getset_descr *d = descr_new(ts, &rt_getset_descr_type, sizeof *d, t, name);
    if (!d)
        return RT_NULL;
    d->def = def;
    return rt_own(d);
}

static rt_value getset_get(struct rt_thread *ts, rt_value v, rt_value obj, rt_value type)
{
    rt_value r;
    if (descr_check(ts, v, obj, &r))
        return r;
    const struct rt_getset_def *def = getset_def(v);
    if (rt_unlikely(rt_c_stack_low(ts)) && rt_recursion_check(ts, "") < 0) /* a property that is its own getter */
        return RT_NULL;
    if (def->get)
        return def->get(ts, obj, def->closure);
    return rt_raise(ts, &rt_exc_AttributeError, "attribute '%U' of '%.100s' objects is not readable",
                    as_descr(v)->name, as_descr(v)->objclass->name);
}

static int set_check(struct rt_thread *ts, rt_value v, rt_value obj)
{
    struct rt_descr *d = as_descr(v);
    if (rt_likely(rt_type_is_subtype(rt_type_of(obj), d->objclass)))
        return 0;
    rt_raise(ts, &rt_exc_TypeError,
             "descriptor '%U' for '%.100s' objects doesn't apply to a '%.100s' object", d->name,
             d->objclass->name, rt_typename(obj));
    return -1;
}

static int getset_set(struct rt_thread *ts, rt_value v, rt_value obj, rt_value value)
{
    const struct rt_getset_def *def = getset_def(v);
    if (set_check(ts, v, obj) < 0)
        return -1;
    if (def->set)
        return def->set(ts, obj, value, def->closure);
    rt_raise(ts, &rt_exc_AttributeError, "attribute '%U' of '%.100s' objects is not writable",
             as_descr(v)->name, as_descr(v)->objclass->name);
    return -1;
}

static rt_value getset_repr(struct rt_thread *ts, rt_value v) { return descr_repr(ts, v, "attribute"); }
static rt_value get_getset_doc(struct rt_thread *ts, rt_value v, void *c)
{
    const char *doc = getset_def(v)->doc;
    return doc ? rt_str_from_cstr(ts, doc) : RT_NONE;
}

static const struct rt_getset_def getset_getset[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL, NULL},
    {"__doc__", get_getset_doc, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_getset_descr_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "getset_descriptor",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_getset_descr),
    .traverse = descr_traverse,
    .clear = descr_clear,
    .repr = getset_repr,
    .descr_get = getset_get,
    .descr_set = getset_set,
    .methods = reduce_methods,
    .getset = getset_getset,
};

/* ---- members --------------------------------------------------------------------------------- */

static const struct rt_member_def *member_def(rt_value v)
{
    return &((struct rt_member_descr *)rt_ptr(v))->def;
}

rt_value rt_member_descr_new(struct rt_thread *ts, struct rt_type *t, const struct rt_member_def *def,
                             rt_value name)
{
    struct rt_member_descr *d = descr_new(ts, &rt_member_descr_type, sizeof *d, t, name);
    if (!d)
        return RT_NULL;
    d->def = *def;
    return rt_own(d);
}

static char *member_place(rt_value obj, const struct rt_member_def *def)
{
    struct rt_object *o = rt_ptr(obj);
    return (def->tail ? (char *)rt_inst_tail(o) : (char *)o) + def->offset;
}

static rt_value member_get(struct rt_thread *ts, rt_value v, rt_value obj, rt_value type)
{
    rt_value r;
    if (descr_check(ts, v, obj, &r))
        return r;
    const struct rt_member_def *def = member_def(v);
    char *p = member_place(obj, def);
    switch (def->kind) {
    case RT_MEMBER_OBJECT:
        return rt_slot_get_none(ts, rt_ptr(obj), (rt_slot *)p);
    case RT_MEMBER_OBJECT_EX:
        r = rt_slot_get(ts, rt_ptr(obj), (rt_slot *)p);
        if (rt_is_null(r))
            rt_raise_attribute(ts, obj, as_descr(v)->name);
        return r;
    case RT_MEMBER_INT:
        return rt_int_imm(rt_load_relaxed((_Atomic int *)p));
    case RT_MEMBER_INT64:
        return rt_int_from_i64(ts, rt_load_relaxed((_Atomic int64_t *)p));
    case RT_MEMBER_UINT32:
        return rt_int_imm(rt_load_relaxed((_Atomic uint32_t *)p));
    case RT_MEMBER_BOOL:
        return rt_bool(rt_load_relaxed((_Atomic uint8_t *)p) != 0);
    case RT_MEMBER_DOUBLE: {
        uint64_t bits = rt_load_relaxed((_Atomic uint64_t *)p);
        double d;
        memcpy(&d, &bits, 8);
        return rt_float_new(ts, d);
    }
    default: {
        const char *s = *(const char *const *)p;
        return s ? rt_str_from_cstr(ts, s) : RT_NONE;
    }
    }
}

static int member_set_number(struct rt_thread *ts, const struct rt_member_def *def, char *p, rt_value value)
{
    if (def->kind == RT_MEMBER_DOUBLE) {
        double d = rt_as_double(ts, value);
        uint64_t bits;
        if (d == -1.0 && rt_pending(ts))
            return -1;
        memcpy(&bits, &d, 8);
        rt_store_relaxed((_Atomic uint64_t *)p, bits);
        return 0;
    }
    if (def->kind == RT_MEMBER_BOOL) {
        if (!rt_is_bool(value)) {
            rt_raise(ts, &rt_exc_TypeError, "attribute value type must be bool");
            return -1;
        }
        rt_store_relaxed((_Atomic uint8_t *)p, rt_is_true(value));
        return 0;
    }
    int64_t i = rt_as_i64(ts, value);
    if (i == -1 && rt_pending(ts))
        return -1;
    if (def->kind == RT_MEMBER_INT64)
        rt_store_relaxed((_Atomic int64_t *)p, i);
    else if (def->kind == RT_MEMBER_UINT32)
        rt_store_relaxed((_Atomic uint32_t *)p, (uint32_t)i);
    else
        rt_store_relaxed((_Atomic int *)p, (int)i);
    return 0;
}

static int member_set(struct rt_thread *ts, rt_value v, rt_value obj, rt_value value)
{
    const struct rt_member_def *def = member_def(v);
    if (set_check(ts, v, obj) < 0)
        return -1;
    char *p = member_place(obj, def);
    if (def->readonly || def->kind == RT_MEMBER_CSTRING) {
        rt_raise(ts, &rt_exc_AttributeError, "readonly attribute");
        return -1;
    }
    if (def->kind > RT_MEMBER_OBJECT_EX) {
        if (!rt_is_null(value))
            return member_set_number(ts, def, p, value);
        rt_raise(ts, &rt_exc_TypeError, "can't delete numeric/char attribute");
        return -1;
    }
    if (rt_is_null(value) && def->kind == RT_MEMBER_OBJECT_EX && rt_is_null(rt_slot_peek((rt_slot *)p))) {
        rt_raise_value(ts, &rt_exc_AttributeError, as_descr(v)->name);
        return -1;
    }
    rt_claim_writes(ts, rt_ptr(obj));
    rt_slot_set(ts, (rt_slot *)p, rt_newref(ts, value));
    return 0;
}

static rt_value member_repr(struct rt_thread *ts, rt_value v) { return descr_repr(ts, v, "member"); }
static rt_value get_member_doc(struct rt_thread *ts, rt_value v, void *c)
{
    const char *doc = member_def(v)->doc;
    return doc ? rt_str_from_cstr(ts, doc) : RT_NONE;
}

static const struct rt_getset_def member_getset[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL, NULL},
    {"__doc__", get_member_doc, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_member_descr_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "member_descriptor",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_member_descr),
    .traverse = descr_traverse,
    .clear = descr_clear,
    .repr = member_repr,
    .descr_get = member_get,
    .descr_set = member_set,
    .methods = reduce_methods,
    .getset = member_getset,
};

/* ---- slot wrappers --------------------------------------------------------------------------- */

static struct rt_wrapper_descr *as_wrapper(rt_value v) { return (struct rt_wrapper_descr *)rt_ptr(v); }

rt_value rt_wrapper_descr_new(struct rt_thread *ts, struct rt_type *t, const struct rt_slotdef *row, void *fn)
{
    struct rt_wrapper_descr *d = descr_new(ts, &rt_wrapper_descr_type, sizeof *d, t, row->id);
    if (!d)
        return RT_NULL;
    d->row = row;
    d->fn = fn;
    return rt_own(d);
}

static rt_value wrapper_get(struct rt_thread *ts, rt_value v, rt_value obj, rt_value type)
{
    rt_value r;
    if (descr_check(ts, v, obj, &r))
        return r;
    struct rt_method_wrapper *w = rt_object_new(ts, &rt_method_wrapper_type, sizeof *w);
    if (!w)
        return RT_NULL;
    w->descr = as_wrapper(v);
    rt_slot_init(&w->descr_ref, rt_newref(ts, v));
    rt_slot_init(&w->self, rt_newref(ts, obj));
    return rt_own(w);
}

static rt_value wrapper_run(struct rt_thread *ts, struct rt_wrapper_descr *d, rt_value self,
                            const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_unlikely(rt_c_stack_low(ts)) && rt_recursion_check(ts, " while calling a Python object") < 0)
        return RT_NULL;
    return d->row->wrap(ts, self, args, n, kw, d->fn, d->row);
}

static rt_value wrapper_call(struct rt_thread *ts, rt_value v, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_descr *d = as_descr(v);
    if (!n)
        return rt_raise(ts, &rt_exc_TypeError, "descriptor '%U' of '%.100s' object needs an argument",
                        d->name, d->objclass->name);
    if (!rt_type_is_subtype(rt_type_of(args[0]), d->objclass))
        return rt_raise(ts, &rt_exc_TypeError,
                        "descriptor '%U' requires a '%.100s' object but received a '%.100s'", d->name,
                        d->objclass->name, rt_typename(args[0]));
    return wrapper_run(ts, as_wrapper(v), args[0], args + 1, n - 1, kw);
}

static rt_value wrapper_repr(struct rt_thread *ts, rt_value v) { return descr_repr(ts, v, "slot wrapper"); }
static rt_value get_wrapper_doc(struct rt_thread *ts, rt_value v, void *c)
{
    return rt_doc_text(ts, as_wrapper(v)->row->name, as_wrapper(v)->row->doc);
}
static rt_value get_wrapper_signature(struct rt_thread *ts, rt_value v, void *c)
{
    return rt_doc_signature(ts, as_wrapper(v)->row->name, as_wrapper(v)->row->doc);
}

static const struct rt_getset_def wrapper_getset[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL, NULL},
    {"__doc__", get_wrapper_doc, NULL, NULL, NULL},
    {"__text_signature__", get_wrapper_signature, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_wrapper_descr_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "wrapper_descriptor",
    .flags = RT_TF_GC | RT_TF_METHOD_DESCR | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_wrapper_descr),
    .traverse = descr_traverse,
    .clear = descr_clear,
    .repr = wrapper_repr,
    .call = wrapper_call,
    .descr_get = wrapper_get,
    .methods = reduce_methods,
    .getset = wrapper_getset,
};

/* ---- method-wrapper -------------------------------------------------------------------------- */

static struct rt_method_wrapper *as_bound(rt_value v) { return (struct rt_method_wrapper *)rt_ptr(v); }

static rt_value bound_call(struct rt_thread *ts, rt_value v, const rt_value *args, uint32_t n, rt_value kw)
{
    return wrapper_run(ts, as_bound(v)->descr, rt_slot_peek(&as_bound(v)->self), args, n, kw);
}

static rt_value bound_repr(struct rt_thread *ts, rt_value v)
{
    rt_value self = rt_slot_peek(&as_bound(v)->self), id = rt_id(ts, self);
    rt_value hex = rt_is_null(id) ? id : rt_int_to_str(ts, id, 16, true), r = RT_NULL;
    if (!rt_is_null(hex))
        r = rt_str_format(ts, "<method-wrapper '%s' of %s object at %U>", as_bound(v)->descr->row->name,
                          rt_typename(self), hex);
    rt_decref(ts, hex);
    rt_decref(ts, id);
    return r;
}

static int64_t bound_hash(struct rt_thread *ts, rt_value v)
{
    uint64_t h = rt_borrowed(rt_slot_peek(&as_bound(v)->self)).bits >> 4;
    return (int64_t)((h ^ (uintptr_t)as_bound(v)->descr >> 4) & INT64_MAX);
}

static rt_value bound_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_exact(a, &rt_method_wrapper_type) ||
        !rt_is_exact(b, &rt_method_wrapper_type))
        return RT_NOTIMPL;
    bool eq = as_bound(a)->descr == as_bound(b)->descr &&
              rt_is(rt_slot_peek(&as_bound(a)->self), rt_slot_peek(&as_bound(b)->self));
    return rt_bool(eq == (op == RT_EQ));
}

static int bound_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_method_wrapper *w = (struct rt_method_wrapper *)o;
    RT_VISIT_SLOT(&w->descr_ref);
    RT_VISIT_SLOT(&w->self);
    return 0;
}

static void bound_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_method_wrapper *w = (struct rt_method_wrapper *)o;
    rt_slot_set(ts, &w->self, RT_NULL);
    rt_slot_set(ts, &w->descr_ref, RT_NULL);
}

static rt_value bound_get_self(struct rt_thread *ts, rt_value v, void *c)
{
    return rt_slot_get_none(ts, rt_ptr(v), &as_bound(v)->self);
}
static rt_value bound_get_name(struct rt_thread *ts, rt_value v, void *c)
{
    return as_bound(v)->descr->row->id;
}
static rt_value bound_get_objclass(struct rt_thread *ts, rt_value v, void *c)
{
    return get_objclass(ts, rt_borrow(as_bound(v)->descr), c);
}
static rt_value bound_get_qualname(struct rt_thread *ts, rt_value v, void *c)
{
    return get_qualname(ts, rt_borrow(as_bound(v)->descr), c);
}
static rt_value bound_get_doc(struct rt_thread *ts, rt_value v, void *c)
{
    return get_wrapper_doc(ts, rt_borrow(as_bound(v)->descr), c);
}
static rt_value bound_get_signature(struct rt_thread *ts, rt_value v, void *c)
{
    return get_wrapper_signature(ts, rt_borrow(as_bound(v)->descr), c);
}
static rt_value bound_reduce(struct rt_thread *ts, rt_value v)
{
    return rt_getattr_reduce(ts, rt_slot_peek(&as_bound(v)->self), as_bound(v)->descr->row->id);
}

static const struct rt_method_def bound_methods[] = {
    {"__reduce__", bound_reduce, RT_METH_NOARGS, NULL},
    {0},
};
static const struct rt_getset_def bound_getset[] = {
    {"__self__", bound_get_self, NULL, NULL, NULL},
    {"__name__", bound_get_name, NULL, NULL, NULL},
    {"__qualname__", bound_get_qualname, NULL, NULL, NULL},
    {"__objclass__", bound_get_objclass, NULL, NULL, NULL},
    {"__doc__", bound_get_doc, NULL, NULL, NULL},
    {"__text_signature__", bound_get_signature, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_method_wrapper_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "method-wrapper",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_method_wrapper),
    .traverse = bound_traverse,
    .clear = bound_clear,
    .repr = bound_repr,
    .hash = bound_hash,
    .call = bound_call,
    .richcompare = bound_richcompare,
    .methods = bound_methods,
    .getset = bound_getset,
};
