/* SPDX-License-Identifier: MIT */
/*
 * Attribute access: the generic algorithm (data descriptor, instance, other class attribute), the
 * method form that makes no bound method, and the probes that feed the evaluator's caches.
 */
#include "core/object/type_internal.h"

#include "core/types/exceptions/exceptions.h"

/* Exact, interned form of a name, uncounted; RT_NULL with TypeError if it is no str. */
static RT_NOINLINE rt_value name_of_slow(struct rt_thread *ts, rt_value name)
{
    if (rt_unlikely(!rt_is_ptr(name) || !rt_is_str(name)))
        return rt_raise(ts, &rt_exc_TypeError, "attribute name must be string, not '%.200s'",
                        rt_typename(name));
    return rt_str_intern(ts, name);
}
RT_INLINE rt_value name_of(struct rt_thread *ts, rt_value name)
{
    if (rt_likely(rt_is_ptr(name) && rt_is_str_exact(name) && rt_str_is_interned(name)))
        return rt_borrowed(name);
    return name_of_slow(ts, name);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The same for object's own look-up: [raised] or a name that is in no shape and no cache, see rt_str_intern_again. */
static RT_NOINLINE rt_value name_to_read_slow(struct rt_thread *ts, rt_value name)
{
    return rt_is_ptr(name) && rt_is_str(name) ? rt_str_intern_again(ts, name) : name_of_slow(ts, name);
}
RT_INLINE rt_value name_to_read(struct rt_thread *ts, rt_value name)
{
    if (rt_likely(rt_is_ptr(name) && rt_is_str_exact(name) && rt_str_is_interned(name)))
        return rt_borrowed(name);
    return name_to_read_slow(ts, name);
}

/* Classes and the instance are asked. */
static RT_NOINLINE rt_value getattr_asked(struct rt_thread *ts, rt_value o, struct rt_type *t, rt_value name)
{
    uint32_t version = rt_load_acquire(&t->version);
    struct rt_shape *s = rt_is_ptr(o) ? rt_shape_of(rt_ptr(o)) : NULL;
    bool known = rt_str_is_interned(name);
    rt_value d = rt_likely(known) ? rt_type_lookup(ts, t, name) : rt_type_lookup_afresh(ts, t, name), r;
    if (rt_is_null(d) && s && rt_likely(s->type == t) && known)
        rt_own_attr_learn(t, version, s, name);
    rt_value (*get)(struct rt_thread *, rt_value, rt_value, rt_value) = NULL;
    if (!rt_is_null(d)) {
        struct rt_type *dt = rt_type_of(d);
        get = dt->descr_get;
        if (get && dt->descr_set) {
            r = get(ts, d, o, rt_type_value(t));
            rt_decref(ts, d);
            return r;
        }
    }
    if (rt_is_ptr(o) && rt_type_has(t, RT_TF_DICT)) {
        r = rt_inst_get(ts, rt_ptr(o), name);
        if (!rt_is_null(r) || rt_unlikely(rt_pending(ts))) {
            rt_decref(ts, d);
            return r;
        }
    }
    if (get) {
        r = get(ts, d, o, rt_type_value(t));
        rt_decref(ts, d);
        return r;
    }
    return d;
}

RT_INLINE rt_value object_getattr_opt(struct rt_thread *ts, rt_value o, struct rt_type *t, rt_value name)
{
    if (rt_likely(rt_is_ptr(o))) {
        int64_t at = rt_own_attr_offset(t, rt_shape_id(rt_ptr(o)), name);
        if (at > 0) {
            rt_value v = rt_slot_get(ts, rt_ptr(o), rt_attr_slot_at(rt_ptr(o), (uint32_t)at));
            if (rt_likely(v.bits)) /* else it moved or went */
                return v;
        } else if (at == 0) {
            return RT_NULL;
        }
    }
    return getattr_asked(ts, o, t, name);
}

rt_value rt_object_getattr_opt(struct rt_thread *ts, rt_value o, rt_value name)
{
    if (rt_is_null(name = name_to_read(ts, name)))
        return name;
    return object_getattr_opt(ts, o, rt_type_of(o), name);
}

rt_value rt_object_getattr(struct rt_thread *ts, rt_value o, rt_value name)
{
    rt_value v = rt_object_getattr_opt(ts, o, name);
    if (rt_unlikely(rt_is_null(v)) && !rt_pending(ts))
        rt_raise_attribute(ts, o, name);
    return v;
}

/* An AttributeError that does not say of what: suggestions want to know. */
void rt_attr_error_tells(struct rt_thread *ts, rt_value o, rt_value name)
{
    if (!rt_exc_is(ts, &rt_exc_AttributeError))
        return;
    struct rt_exc_attribute *e = (struct rt_exc_attribute *)rt_ptr(ts->exc);
    if (rt_slot_peek(&e->obj).bits || rt_slot_peek(&e->name).bits)
        return;
    rt_slot_set(ts, &e->obj, rt_newref(ts, o));
    rt_slot_set(ts, &e->name, rt_newref(ts, name));
}

/* The form of a name that slot f takes. rt_slot_getattr_hook asks object's look-up for one itself. */
RT_INLINE rt_value name_for(struct rt_thread *ts, rt_binaryfn f, rt_value name)
{
    if (rt_likely(f == rt_object_getattr))
        return name_to_read(ts, name);
    return f == rt_slot_getattr_hook && rt_is_ptr(name) && rt_is_str_exact(name) ? name : name_of(ts, name);
}

rt_value rt_getattr(struct rt_thread *ts, rt_value o, rt_value name)
{
    struct rt_type *t = rt_type_of(o);
    rt_binaryfn f = t->getattro;
    if (rt_is_null(name = name_for(ts, f, name)))
        return name;
    rt_value v;
    if (rt_likely(f == rt_object_getattr)) {
        v = object_getattr_opt(ts, o, t, name);
        if (rt_likely(v.bits))
            return v;
        if (!rt_pending(ts))
            return rt_raise_attribute(ts, o, name);
    } else {
        v = f ? f(ts, o, name) : rt_raise_attribute(ts, o, name);
    }
    if (rt_unlikely(rt_is_null(v)))
        rt_attr_error_tells(ts, o, name);
    return v;
}

/* The form of slot f that makes no AttributeError of what is absent, or f. */
static rt_binaryfn without_raise(rt_binaryfn f)
{
    return f == rt_type_getattro             ? rt_type_getattr_opt
           : f == rt_module_type.getattro   ? rt_module_getattr_opt
           : f == rt_function_type.getattro ? rt_function_getattr_opt
           : f == rt_method_type.getattro   ? rt_method_getattr_opt
                                            : f;
}

rt_value rt_getattr_opt(struct rt_thread *ts, rt_value o, rt_value name)
{
    struct rt_type *t = rt_type_of(o);
    rt_binaryfn f = t->getattro;
    if (rt_is_null(name = name_for(ts, f, name)))
        return name;
    rt_value v;
    if (rt_likely(f == rt_object_getattr)) {
        v = object_getattr_opt(ts, o, t, name);
        if (rt_likely(!rt_is_null(v)))
            return v;
    } else {
        v = f ? without_raise(f)(ts, o, name) : RT_NULL;
    }
    if (rt_is_null(v) && rt_pending(ts))
        rt_exc_clear_if(ts, &rt_exc_AttributeError);
    return v;
}

rt_value rt_getattr_cstr(struct rt_thread *ts, rt_value o, const char *name)
{
    rt_value id = rt_str_intern_cstr(ts, name);
    return rt_is_null(id) ? id : rt_getattr(ts, o, id);
}

rt_value rt_getattr_opt_cstr(struct rt_thread *ts, rt_value o, const char *name)
{
    rt_value id = rt_str_intern_cstr(ts, name);
    return rt_is_null(id) ? id : rt_getattr_opt(ts, o, id);
}

/* ---- methods --------------------------------------------------------------------------------- */

rt_value rt_getmethod(struct rt_thread *ts, rt_value o, rt_value name, rt_value *self)
{
    struct rt_type *t = rt_type_of(o);
    *self = RT_NULL;
    if (t->getattro != rt_object_getattr)
        return t == &rt_super_type ? rt_super_method(ts, o, name, self) : rt_getattr(ts, o, name);
    if (rt_is_null(name = name_of(ts, name)))
        return name;
    rt_value d = rt_type_lookup(ts, t, name);
    if (rt_is_null(d) || !rt_has(d, RT_TF_METHOD_DESCR)) {
        rt_decref(ts, d);
        return rt_object_getattr(ts, o, name);
    }
    if (rt_is_ptr(o) && rt_type_has(t, RT_TF_DICT)) {
        rt_value r = rt_inst_get(ts, rt_ptr(o), name);
        if (rt_unlikely(!rt_is_null(r) || rt_pending(ts))) {
            rt_decref(ts, d);
            return r;
        }
    }
    *self = rt_borrowed(o);
    return d;
}

rt_value rt_lookup_special(struct rt_thread *ts, rt_value o, const char *name, rt_value *self)
{
    rt_value id = rt_str_intern_cstr(ts, name);
    *self = RT_NULL;
    return rt_is_null(id) ? id : rt_lookup_special_id(ts, o, id, self);
}

rt_value rt_lookup_special_id(struct rt_thread *ts, rt_value o, rt_value id, rt_value *self)
{
    struct rt_type *t = rt_type_of(o);
    *self = RT_NULL;
    rt_value d = rt_type_lookup(ts, t, id);
    if (rt_is_null(d))
        return d;
    if (rt_has(d, RT_TF_METHOD_DESCR)) {
        *self = rt_borrowed(o);
        return d;
    }
    return rt_bind(ts, d, o, t);
}

/* ---- writing --------------------------------------------------------------------------------- */

static int no_attribute(struct rt_thread *ts, rt_value o, rt_value name, bool in_class)
{
    if (in_class)
        rt_raise(ts, &rt_exc_AttributeError, "'%.100s' object attribute '%U' is read-only",
                 rt_typename(o), name);
    else
        rt_raise_attribute(ts, o, name);
    return -1;
}

int rt_object_setattr(struct rt_thread *ts, rt_value o, rt_value name, rt_value v)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_is_null(name = name_of(ts, name)))
        return -1;
    if (rt_is_ptr(o) && rt_sole_writer(ts, rt_ptr(o)) && !rt_is_null(v)) {
        int64_t at = rt_own_attr_offset(t, rt_shape_id(rt_ptr(o)), name);
        rt_slot *slot = at > 0 ? rt_attr_slot_at(rt_ptr(o), (uint32_t)at) : NULL;
        rt_value old = slot ? rt_slot_peek(slot) : RT_NULL;
        if (rt_likely(!rt_is_null(old))) {
            rt_slot_put(slot, rt_newref(ts, v));
            rt_decref(ts, old);
            return 0;
        }
    }
    uint32_t version = rt_load_acquire(&t->version);
    rt_value d = rt_type_lookup(ts, t, name);
    if (rt_is_null(d) && rt_is_ptr(o) && !rt_is_null(v))
        rt_own_attr_learn(t, version, rt_shape_of(rt_ptr(o)), name);
    if (!rt_is_null(d)) {
        int (*set)(struct rt_thread *, rt_value, rt_value, rt_value) = rt_type_of(d)->descr_set;
        int r = set ? set(ts, d, o, v) : 0;
        rt_decref(ts, d);
        if (set)
            return r;
    }
    if (!rt_is_ptr(o) || !rt_type_has(t, RT_TF_DICT))
        return no_attribute(ts, o, name, !rt_is_null(d));
    if (!rt_is_null(v))
        return rt_inst_set(ts, rt_ptr(o), name, v);
    int r = rt_inst_del(ts, rt_ptr(o), name);
    if (r == 0)
        return no_attribute(ts, o, name, false);
    return r < 0 ? -1 : 0;
}

int rt_setattr(struct rt_thread *ts, rt_value o, rt_value name, rt_value v)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_is_null(name = name_of(ts, name)))
        return -1;
    if (rt_likely(t->setattro))
        return t->setattro(ts, o, name, v);
    rt_raise(ts, &rt_exc_TypeError, "'%.100s' object has %s attributes (%s .%U)", t->name,
             t->getattro ? "only read-only" : "no", rt_is_null(v) ? "del" : "assign to", name);
    return -1;
}

int rt_setattr_cstr(struct rt_thread *ts, rt_value o, const char *name, rt_value v)
{
    rt_value id = rt_str_intern_cstr(ts, name);
    return rt_is_null(id) ? -1 : rt_setattr(ts, o, id, v);
}

/* ---- __dict__ -------------------------------------------------------------------------------- */

rt_value rt_object_dict(struct rt_thread *ts, rt_value o)
{
    if (!rt_is_ptr(o) || !rt_has(o, RT_TF_DICT))
        return rt_raise(ts, &rt_exc_AttributeError, "This object has no __dict__");
    return rt_inst_dict(ts, rt_ptr(o));
}

/* The __dict__ descriptor of the native type that o's class extends, if that has one of its own (type). */
static rt_value native_dict_descr(struct rt_thread *ts, rt_value o)
{
    struct rt_type *t = rt_type_of(o);
    rt_value d = RT_NULL;
    if (!rt_type_has(t, RT_TF_TYPE | RT_TF_EXC) && !rt_type_is_subtype(t, &rt_module_type))
        return d; /* everybody else's __dict__ is the attribute word */
    for (; t && rt_is_null(d) && !rt_pending(ts); t = t->base)
        if (!rt_type_has(t, RT_TF_HEAP))
            d = rt_dict_get(ts, rt_type_dict_borrowed(t), RT_ID(__dict__));
    if (rt_is_exact(d, &rt_getset_descr_type) && ((struct rt_getset_descr *)rt_ptr(d))->def == &rt_dict_getset)
        rt_clear(ts, &d);
    return d;
}

static rt_value get_dict(struct rt_thread *ts, rt_value o, void *c)
{
    rt_value d = native_dict_descr(ts, o);
    return rt_is_null(d) ? rt_object_dict(ts, o) : rt_bind(ts, d, o, rt_type_of(o));
}

/* Did a native type bring the instance dict? */
static bool dict_is_native(const struct rt_type *t)
{
    while (t->base && rt_type_has(t->base, RT_TF_DICT))
        t = t->base;
    return !rt_type_has(t, RT_TF_HEAP);
}

static int set_dict(struct rt_thread *ts, rt_value o, rt_value v, void *c)
{
    rt_value native = native_dict_descr(ts, o);
    if (!rt_is_null(native)) {
        int (*set)(struct rt_thread *, rt_value, rt_value, rt_value) = rt_type_of(native)->descr_set;
        int r = set ? set(ts, native, o, v) : -1;
        if (!set)
            rt_raise(ts, &rt_exc_TypeError, "this __dict__ descriptor does not support '%.200s' objects",
                     rt_typename(o));
        rt_decref(ts, native);
        return r;
    }
    if (!rt_is_ptr(o) || !rt_has(o, RT_TF_DICT)) {
        rt_raise(ts, &rt_exc_AttributeError, "This object has no __dict__");
        return -1;
    }
    if (rt_is_null(v)) { /* del o.__dict__: an empty one next time */
        if (dict_is_native(rt_type_of(o))) {
            rt_raise(ts, &rt_exc_TypeError, "cannot delete __dict__");
            return -1;
        }
        if (rt_is_null(v = rt_dict_new(ts)))
            return -1;
        int r = rt_inst_set_dict(ts, rt_ptr(o), v);
        rt_decref(ts, v);
        return r;
    }
    if (!rt_is_ptr(v) || !rt_is_dict(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__dict__ must be set to a dictionary, not a '%.200s'", rt_typename(v));
        return -1;
    }
    return rt_inst_set_dict(ts, rt_ptr(o), v);
}

static rt_value get_weakref(struct rt_thread *ts, rt_value o, void *c)
{
    if (!rt_has(o, RT_TF_WEAKREF))
        return rt_raise(ts, &rt_exc_AttributeError, "This object has no __weakref__");
    return rt_none_if_null(rt_weakref_first(ts, rt_ptr(o)));
}

const struct rt_getset_def rt_dict_getset = {
    "__dict__", get_dict, set_dict, "dictionary for instance variables (if defined)", NULL};
const struct rt_getset_def rt_weakref_getset = {
    "__weakref__", get_weakref, NULL, "list of weak references to the object (if defined)", NULL};

/* ---- probes ---------------------------------------------------------------------------------- */

rt_value rt_wrapped_uncounted(rt_value wrap)
{
    rt_value v = rt_slot_peek(&((struct rt_callable_wrap *)rt_ptr(wrap))->callable);
    if (rt_is_null(v) || !rt_is_ptr(v) ||
        !(rt_object_flags(rt_ptr(v)) & RT_OF_DEFERRED || rt_object_is_immortal(rt_ptr(v))))
        return RT_NULL;
    return rt_borrowed(v);
}

/* Probes use only what the method cache knows (uncounted words): they run before the access itself, and
   a look-up in a class dict with odd keys may run Python. The access fills the cache. */
static bool probe_type(struct rt_thread *ts, rt_value o, rt_value name, struct rt_attr_probe *out)
{
    struct rt_type *t = rt_as_type(o);
    uint32_t version = rt_load_acquire(&t->version);
    rt_value m, v;
    struct rt_type *owner;
    out->kind = RT_ATTR_TYPE;
    out->shape = rt_shape_id(&t->hdr);
    struct rt_type *meta = rt_type_of_obj(&t->hdr);
    uint32_t meta_version = rt_load_acquire(&meta->version);
    if (!rt_type_lookup_known(meta, name, &m, &owner))
        return false;
    if (!rt_is_null(m) && rt_type_of(m)->descr_set) { /* __name__ and kin */
        out->kind = RT_ATTR_DESCR;
        out->type_version = meta_version;
        out->value = m;
        return meta_version && rt_is_exact(m, &rt_getset_descr_type);
    }
    if (!version || !rt_type_lookup_known(t, name, &v, &owner) || (rt_is_null(v) && !owner))
        return false;
    if (owner) {
        out->kind = RT_ATTR_TYPE_VAR;
        out->owner = owner;
    } else if (rt_is_ptr(v)) {
        struct rt_type *vt = rt_type_of_obj(rt_ptr(v));
        if (vt == &rt_staticmethod_type) {
            if (rt_is_null(v = rt_wrapped_uncounted(v)))
                return false;
        } else if (vt == &rt_classmethod_type) {
            v = rt_wrapped_uncounted(v);
            if (rt_is_null(v) || !rt_is_exact(v, &rt_function_type))
                return false;
            out->kind = RT_ATTR_TYPE_SELF;
        } else if (vt == &rt_classmethod_descr_type) { /* dict.fromkeys */
            if (!rt_type_is_subtype(t, ((struct rt_method_descr *)rt_ptr(v))->d.objclass))
                return false;
            out->kind = RT_ATTR_TYPE_SELF;
        } else if (vt->descr_get && !(vt->flags & RT_TF_METHOD_DESCR)) {
            return false;
        }
    }
    out->type_version = version;
    out->value = v;
    return true;
}

/* Class attribute d (uncounted, not RT_NULL) without an instance attribute of its name. */
static bool probe_class(rt_value d, struct rt_attr_probe *out)
{
    struct rt_type *dt = rt_type_of(d);
    out->value = d;
    if (rt_is_ptr(d) && rt_type_has(dt, RT_TF_METHOD_DESCR)) {
        out->kind = RT_ATTR_METHOD;
    } else if (dt->descr_get) {
        out->kind = RT_ATTR_DESCR;
    } else {
        out->kind = RT_ATTR_CLASS;
    }
    return true;
}

static rt_value property_function(rt_value d, bool store)
{
    struct rt_property *p = (struct rt_property *)rt_ptr(d);
    rt_value f = rt_slot_peek(store ? &p->set : &p->get);
    if (!rt_is_ptr(f) || !rt_is_exact(f, &rt_function_type))
        return RT_NULL;
    return rt_borrowed(f);
}

/* Data descriptor d: property or member by their kinds, else generic. */
static bool probe_data(rt_value d, struct rt_type *t, bool store, struct rt_attr_probe *out)
{
    out->kind = RT_ATTR_DESCR;
    out->value = d;
    if (rt_is_exact(d, &rt_property_type)) {
        rt_value f = property_function(d, store);
        if (!rt_is_null(f)) {
            out->kind = RT_ATTR_PROPERTY;
            out->value = f;
        }
    } else if (rt_is_exact(d, &rt_member_descr_type)) {
        struct rt_member_descr *m = (struct rt_member_descr *)rt_ptr(d);
        if (m->def.kind == RT_MEMBER_OBJECT_EX && !m->def.tail && rt_type_is_subtype(t, m->d.objclass) &&
            !(store && m->def.readonly)) {
            out->kind = RT_ATTR_MEMBER;
            out->offset = m->def.offset;
        }
    }
    return true;
}

static bool probe_slot(struct rt_object *o, const struct rt_shape *s, int index, struct rt_attr_probe *out)
{
    if ((uint32_t)index < s->inline_capacity) {
        out->kind = RT_ATTR_SLOT;
        out->offset = s->slot_offset + 8 * (uint32_t)index;
    } else {
        out->kind = RT_ATTR_OVERFLOW;
        out->offset = (uint32_t)index - s->inline_capacity;
    }
    return true;
}

bool rt_attr_probe_load(struct rt_thread *ts, rt_value o, rt_value name, struct rt_attr_probe *out)
{
    struct rt_type *t = rt_type_of(o);
    *out = (struct rt_attr_probe){.kind = RT_ATTR_MISS};
    if (t->getattro == rt_type_getattro)
        return probe_type(ts, o, name, out);
    if (!rt_is_ptr(o)) {
        if (t->getattro != rt_object_getattr)
            return false;
    } else if (t == &rt_module_type) {
        out->kind = RT_ATTR_MODULE;
        out->shape = rt_shape_id(rt_ptr(o));
        return true;
    } else if (t->getattro != rt_object_getattr && t->getattro != rt_slot_getattr_hook && t != &rt_function_type) {
        return false;
    }
    struct rt_shape *s = rt_is_ptr(o) ? rt_shape_of(rt_ptr(o)) : t->shape;
    out->shape = s->id;
    if (!(out->type_version = rt_load_acquire(&t->version)))
        return false;
    if (t->getattro == rt_slot_getattr_hook) {
        rt_value ga;
        if (!rt_type_lookup_cached(t, RT_ID(__getattribute__), &ga) ||
            !rt_is_exact(ga, &rt_wrapper_descr_type) ||
            ((struct rt_wrapper_descr *)rt_ptr(ga))->fn != (void *)rt_object_getattr)
            return false;
    }
    rt_value d;
    if (!rt_type_lookup_known(t, name, &d, &out->owner))
        return false;
    if (!rt_is_null(d) && rt_type_of(d)->descr_set && rt_type_of(d)->descr_get)
        return probe_data(d, t, false, out);
    if (t == &rt_function_type)
        return false; /* its own attributes are in a dict of its own */
    if (!(s->flags & RT_SHAPE_NOATTRS) && rt_is_ptr(o)) {
        if (s->flags & RT_SHAPE_DICT) {
            out->kind = RT_ATTR_DICT;
            out->value = d;
            return true;
        }
        int i = rt_shape_find(s, name);
        if (i >= 0)
            return probe_slot(rt_ptr(o), s, i, out);
    }
    if (out->owner)
        out->kind = RT_ATTR_CLASS_VAR;
    return out->owner || (!rt_is_null(d) && probe_class(d, out));
}

/* A variable attribute of the class o itself; the evaluator asks rt_type_store_variable again. */
static bool probe_type_store(rt_value o, rt_value name, struct rt_attr_probe *out)
{
    struct rt_type *t = rt_as_type(o);
    rt_value m, v;
    out->type_version = rt_load_acquire(&t->version);
    out->kind = RT_ATTR_TYPE_VAR;
    out->shape = rt_shape_id(&t->hdr);
    return out->type_version && rt_load_relaxed(&t->variable) &&
           rt_type_lookup_known(rt_type_of_obj(&t->hdr), name, &m, &out->owner) &&
           (rt_is_null(m) || !rt_type_of(m)->descr_set) && rt_type_lookup_known(t, name, &v, &out->owner) &&
           out->owner == t;
}

bool rt_attr_probe_store(struct rt_thread *ts, rt_value o, rt_value name, struct rt_attr_probe *out)
{
    struct rt_type *t = rt_type_of(o);
    *out = (struct rt_attr_probe){.kind = RT_ATTR_MISS};
    if (t->setattro == rt_type_setattro)
        return probe_type_store(o, name, out);
    if (!rt_is_ptr(o) || t->setattro != rt_object_setattr ||
        !(out->type_version = rt_load_acquire(&t->version)))
        return false;
    struct rt_shape *s = rt_shape_of(rt_ptr(o)), *c;
    out->shape = s->id;
    rt_value d;
    if (!rt_type_lookup_known(t, name, &d, &out->owner))
        return false;
    if (!rt_is_null(d) && rt_type_of(d)->descr_set)
        return probe_data(d, t, true, out);
    if (s->flags & RT_SHAPE_NOATTRS)
        return false;
    if (s->flags & RT_SHAPE_DICT) {
        out->kind = RT_ATTR_DICT;
        return true;
    }
    int i = rt_shape_find(s, name);
    if (i >= 0)
        return probe_slot(rt_ptr(o), s, i, out);
    if (s->nslots >= s->inline_capacity || !(c = rt_shape_add(ts, s, name))) {
        rt_exc_clear(ts);
        return false;
    }
    out->kind = RT_ATTR_ADD;
    out->offset = c->slot_offset + 8u * c->last_index;
    out->new_shape = c->id;
    return true;
}
