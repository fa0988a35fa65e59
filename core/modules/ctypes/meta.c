/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: the metaclasses: what a class statement with _type_, _length_, _fields_ or _restype_ makes.
 *
 * Each calls type.__new__, reads the class attributes and publishes the layout. A class that says nothing takes
 * its base's; one that cannot have one stays abstract.
 */
#include "core/modules/ctypes/ctypes_internal.h"
#include "core/object/object_internal.h"

static struct ct_type *make_class(struct rt_thread *ts, struct rt_type *meta, const rt_value *a, uint32_t n, rt_value kw, rt_value *out)
{
    *out = rt_type_new(ts, meta, a, n, kw);
    return rt_is_null(*out) ? NULL : CT_TYPE(*out);
}

static rt_value own_attr(struct rt_thread *ts, struct ct_type *t, const char *name)
{
    return rt_dict_get_cstr(ts, rt_type_dict_borrowed(&t->type), name);
}

/* ---- structures and unions ---- */

static int init_struct_class(struct rt_thread *ts, struct ct_type *t, enum ct_kind kind)
{
    rt_value v = own_attr(ts, t, "_abstract_");
    rt_decref(ts, v);
    if (!rt_is_null(v) || rt_pending(ts))
        return rt_pending(ts) ? -1 : 0;
    rt_value fields = own_attr(ts, t, "_fields_");
    struct ct_layout *base = ct_layout_of(rt_type_value(t->type.base)), *l;
    if (rt_is_null(fields) && base) {
        ct_set_final((struct ct_type *)t->type.base);
        l = ct_layout_clone(ts, base = ct_layout_of(rt_type_value(t->type.base)));
    } else if ((l = ct_layout_new(ts, kind)) && !(l->format = ct_format(ts, "B", ""))) {
        ct_layout_free(ts, l);
        l = NULL;
    }
    int r = l ? 0 : -1;
    if (l && !base)
        l->align = 0; /* no fields yet */
    if (l)
        ct_layout_publish(t, l);
    if (r == 0 && !rt_is_null(fields))
        r = rt_setattr_cstr(ts, rt_type_value(&t->type), "_fields_", fields);
    rt_decref(ts, fields);
    return r;
}

static rt_value struct_meta_new(struct rt_thread *ts, struct rt_type *meta, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value cls;
    struct ct_type *t = make_class(ts, meta, a, n, kw, &cls);
    return t && !ct_layout(t) && init_struct_class(ts, t, CT_STRUCT) < 0 ? RT_NULL : cls;
}
static rt_value union_meta_new(struct rt_thread *ts, struct rt_type *meta, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value cls;
    struct ct_type *t = make_class(ts, meta, a, n, kw, &cls);
    return t && !ct_layout(t) && init_struct_class(ts, t, CT_UNION) < 0 ? RT_NULL : cls;
}

/* ---- pointers ---- */

static struct ct_layout *pointer_layout(struct rt_thread *ts, enum ct_kind kind)
{
    struct ct_layout *l = ct_layout_new(ts, kind);
    if (!l)
        return NULL;
    l->size = l->align = sizeof(void *);
    l->length = 1;
    l->flags = CT_IS_POINTER;
    l->cls[0] = l->cls[1] = CT_CLS_INT;
    return l;
}

int ct_pointer_set_proto(struct rt_thread *ts, struct ct_type *t, rt_value proto)
{
    if (!rt_is_ptr(proto) || !rt_is_type(proto)) {
        rt_raise(ts, &rt_exc_TypeError, "_type_ must be a type");
        return -1;
    }
    struct ct_layout *item = ct_layout_of(proto), *l;
    if (!item) {
        rt_raise(ts, &rt_exc_TypeError, "_type_ must have storage info");
        return -1;
    }
    if (!(l = pointer_layout(ts, CT_POINTER)))
        return -1;
    l->proto = rt_newref(ts, proto);
    if (!(l->format = ct_format_shape(ts, item->ndim, item->shape, "&", item->format ? item->format : "B"))) {
        ct_layout_free(ts, l);
        return -1;
    }
    ct_layout_publish(t, l);
    return 0;
}

static rt_value pointer_meta_new(struct rt_thread *ts, struct rt_type *meta, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value cls, proto = RT_NULL;
    struct ct_type *t = make_class(ts, meta, a, n, kw, &cls);
    if (!t || ct_layout(t))
        return cls;
    proto = own_attr(ts, t, "_type_"); /* not an inherited one */
    int r = 0;
    if (!rt_is_null(proto)) {
        r = ct_pointer_set_proto(ts, t, proto);
        rt_decref(ts, proto);
    } else {
        struct ct_layout *l = rt_pending(ts) ? NULL : pointer_layout(ts, CT_POINTER);
        if (l)
            ct_layout_publish(t, l);
        r = l ? 0 : -1;
    }
    return r < 0 ? RT_NULL : cls;
}

static rt_value set_type(struct rt_thread *ts, rt_value self, rt_value proto)
{
    if (ct_pointer_set_proto(ts, CT_TYPE(self), proto) < 0)
        return RT_NULL;
    return rt_setattr_cstr(ts, self, "_type_", proto) < 0 ? RT_NULL : RT_NONE;
}

/* ---- arrays ---- */

static int array_length(struct rt_thread *ts, struct ct_type *t, int64_t *length)
{
    rt_value v = rt_getattr_opt_cstr(ts, rt_type_value(&t->type), "_length_");
    *length = -1;
    if (rt_is_null(v)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_AttributeError, "class must define a '_length_' attribute");
        return -1;
    }
    if (!rt_is_any_int(v))
        rt_raise(ts, &rt_exc_TypeError, "The '_length_' attribute must be an integer");
    else if (rt_int_sign(v) < 0)
        rt_raise(ts, &rt_exc_ValueError, "The '_length_' attribute must not be negative");
    else if (!rt_int_try_i64(v, length))
        rt_raise(ts, &rt_exc_OverflowError, "The '_length_' attribute is too large");
    rt_decref(ts, v);
    return rt_pending(ts) ? -1 : 0;
}

/* shape, then strides */
static int64_t *array_shape(struct rt_thread *ts, const struct ct_layout *item, int64_t length)
{
    int64_t *s = rt_raw_malloc(2 * ((size_t)item->ndim + 1) * sizeof *s);
    if (!s) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    int n = item->ndim + 1;
    s[0] = length;
    s[n] = item->size;
    for (int i = 1; i < n; i++) {
        s[i] = item->shape[i - 1];
        s[n + i] = item->shape[item->ndim + i - 1];
    }
    return s;
}

static void array_classes(struct ct_layout *l, const struct ct_layout *item)
{
    for (int64_t i = 0; i < l->length && i * item->size < 16 && l->size <= 16 && item->size; i++)
        ct_add_classes(l, item, i * item->size);
}

static struct ct_layout *array_layout(struct rt_thread *ts, rt_value item_type, int64_t length)
{
    struct ct_layout *item = ct_layout_of(item_type), *l;
    int64_t size;
    if (!item) {
        rt_raise(ts, &rt_exc_TypeError, "_type_ must have storage info");
        return NULL;
    }
    ct_set_final(CT_TYPE(item_type));
    item = ct_layout_of(item_type);
    if (__builtin_mul_overflow(item->size, length, &size)) {
        rt_raise(ts, &rt_exc_OverflowError, "array too large");
        return NULL;
    }
    if (!(l = ct_layout_new(ts, CT_ARRAY)))
        return NULL;
    l->size = size;
    l->align = item->align;
    l->length = length;
    l->proto = rt_newref(ts, item_type);
    if (item->flags & (CT_IS_POINTER | CT_HAS_POINTER))
        l->flags |= CT_HAS_POINTER;
    array_classes(l, item);
    if (!(l->format = ct_format(ts, item->format ? item->format : "B", "")) || !(l->shape = array_shape(ts, item, length))) {
        ct_layout_free(ts, l);
        return NULL;
    }
    l->ndim = item->ndim + 1;
    return l;
}

static const struct rt_getset_def *text_attributes(const struct ct_layout *l)
{
    const struct ct_layout *item = ct_layout_of(l->proto);
    return !item->code ? NULL : item->code->code == 'c' ? ct_char_array_getset : item->code->code == 'u' ? ct_wide_array_getset : NULL;
}

/* Arrays of characters read and write as text, too. */
static int add_text_attributes(struct rt_thread *ts, struct ct_type *t, const struct rt_getset_def *g)
{
    for (; g && g->name; g++) {
        rt_value d = rt_getset_descr_new(ts, &t->type, g);
        int r = rt_is_null(d) ? -1 : rt_type_setattr(ts, &t->type, rt_str_intern_cstr(ts, g->name), d);
        rt_decref(ts, d);
        if (r < 0)
            return -1;
    }
    return 0;
}

static rt_value array_meta_new(struct rt_thread *ts, struct rt_type *meta, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value cls;
    int64_t length;
    struct ct_type *t = make_class(ts, meta, a, n, kw, &cls);
    if (!t || ct_layout(t))
        return cls;
    if (array_length(ts, t, &length) < 0)
        return RT_NULL;
    rt_value item = rt_getattr_opt_cstr(ts, cls, "_type_");
    if (rt_is_null(item))
        return rt_pending(ts) ? item : rt_raise(ts, &rt_exc_AttributeError, "class must define a '_type_' attribute");
    struct ct_layout *l = array_layout(ts, item, length);
    rt_decref(ts, item);
    if (!l)
        return RT_NULL;
    const struct rt_getset_def *g = text_attributes(l);
    ct_layout_publish(t, l);
    return add_text_attributes(ts, t, g) < 0 ? RT_NULL : cls;
}

/* ---- simple types ---- */

static const struct ct_code *class_code(struct rt_thread *ts, struct ct_type *t, rt_value *proto)
{
    rt_value v = *proto = rt_getattr_opt_cstr(ts, rt_type_value(&t->type), "_type_");
    const struct ct_code *c = NULL;
    if (rt_is_null(v)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_AttributeError, "class must define a '_type_' attribute");
        return NULL;
    }
    if (!rt_is_ptr(v) || !rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "class must define a '_type_' string attribute");
    } else if (rt_str_len(v) != 1) {
        rt_raise(ts, &rt_exc_ValueError, "class must define a '_type_' attribute which must be a string of length 1");
    } else {
        uint32_t ch = rt_str_at(rt_as_str(v), 0);
        if (ch > 126 || !strchr(CT_CODES, (int)ch))
            rt_raise(ts, &rt_exc_AttributeError,
                     "class must define a '_type_' attribute which must be\na single character string containing one of '%s'.", CT_CODES);
        else if (!(c = ct_code_find((char)ch)))
            rt_raise(ts, &rt_exc_ValueError, "_type_ '%S' not supported", v);
    }
    if (!c)
        rt_clear(ts, proto);
    return c;
}

static int publish_simple(struct rt_thread *ts, struct ct_type *t, const struct ct_code *c, rt_value proto, bool swapped)
{
    char format[3] = {swapped ? '>' : '<', c->pep, 0};
    struct ct_layout *l = ct_layout_new(ts, CT_SIMPLE);
    if (!l || !(l->format = ct_format(ts, format, ""))) {
        ct_layout_free(ts, l);
        return -1;
    }
    l->code = c;
    l->direct = t->type.base == &ct_simple_type.type;
    l->swapped = swapped;
    l->plain_int = c->integer && !swapped;
    l->size = c->size;
    l->align = c->ffi->alignment;
    l->proto = rt_newref(ts, proto);
    l->ffi = *c->ffi;
    l->flags = strchr("zZPO", c->code) ? CT_IS_POINTER : 0;
    for (int i = 0; i < (c->size + 3) / 4; i++)
        l->cls[i] = (uint8_t)c->cls;
    ct_layout_publish(t, l);
    return 0;
}

/* The type of the same name + "_be": bytes in the other order. */
static int add_swapped(struct rt_thread *ts, struct ct_type *t, const rt_value *a, const struct ct_code *c, rt_value proto)
{
    rt_value name = rt_str_format(ts, "%U_be", a[0]), cls = rt_type_value(&t->type), r;
    rt_value args[3] = {name, a[1], a[2]};
    if (rt_is_null(name))
        return -1;
    r = rt_type_new(ts, &ct_simple_meta, args, 3, RT_NULL);
    rt_decref(ts, name);
    if (rt_is_null(r))
        return -1;
    if (publish_simple(ts, CT_TYPE(r), c, proto, true) < 0 || rt_setattr_cstr(ts, cls, "__ctype_be__", r) < 0 ||
        rt_setattr_cstr(ts, cls, "__ctype_le__", cls) < 0 || rt_setattr_cstr(ts, r, "__ctype_be__", r) < 0 ||
        rt_setattr_cstr(ts, r, "__ctype_le__", cls) < 0)
        return -1;
    return 0;
}

static rt_value simple_meta_new(struct rt_thread *ts, struct rt_type *meta, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value cls, proto;
    struct ct_type *t = make_class(ts, meta, a, n, kw, &cls);
    if (!t || ct_layout(t))
        return cls;
    const struct ct_code *c = class_code(ts, t, &proto);
    if (!c)
        return RT_NULL;
    int r = publish_simple(ts, t, c, proto, false);
    if (r == 0 && meta == &ct_simple_meta && c->swappable)
        r = add_swapped(ts, t, a, c, proto);
    rt_decref(ts, proto);
    return r < 0 ? RT_NULL : cls;
}

/* ---- function types ---- */

static int func_flags(struct rt_thread *ts, struct ct_type *t, uint32_t *flags)
{
    rt_value v = rt_getattr_opt_cstr(ts, rt_type_value(&t->type), "_flags_");
    bool ok = !rt_is_null(v) && rt_is_any_int(v);
    if (ok)
        *flags = (uint32_t)rt_as_u64(ts, v) | CT_FUNC_CDECL;
    rt_decref(ts, v);
    if (!ok && !rt_pending(ts))
        rt_raise(ts, &rt_exc_TypeError, "class must define _flags_ which must be an integer");
    return rt_pending(ts) ? -1 : 0;
}

static rt_value func_meta_new(struct rt_thread *ts, struct rt_type *meta, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value cls;
    struct ct_type *t = make_class(ts, meta, a, n, kw, &cls);
    if (!t || ct_layout(t))
        return cls;
    struct ct_layout *l = pointer_layout(ts, CT_FUNCPTR);
    rt_value argtypes = RT_NULL, restype = RT_NULL;
    int r = !l || func_flags(ts, t, &l->func_flags) < 0 || !(l->format = ct_format(ts, "X{}", "")) ? -1 : 0;
    if (r == 0) {
        argtypes = rt_getattr_opt_cstr(ts, cls, "_argtypes_");
        restype = rt_pending(ts) ? RT_NULL : rt_getattr_opt_cstr(ts, cls, "_restype_");
        if (!rt_is_null(argtypes) && !(rt_is_ptr(argtypes) && rt_is_tuple(argtypes)))
            rt_raise(ts, &rt_exc_TypeError, "_argtypes_ must be a sequence of types");
        else if (!rt_is_null(restype) && !rt_is_none(restype) && !ct_layout_of(restype) && !rt_is_callable(restype))
            rt_raise(ts, &rt_exc_TypeError, "_restype_ must be a type, a callable, or None");
        if (rt_pending(ts) || (!(rt_is_null(argtypes) && rt_is_null(restype)) && rt_is_null(l->sig = ct_sig_new(ts, argtypes, restype))))
            r = -1;
    }
    rt_decref(ts, argtypes);
    rt_decref(ts, restype);
    if (r < 0) {
        ct_layout_free(ts, l);
        return RT_NULL;
    }
    ct_layout_publish(t, l);
    return cls;
}

/* ---- the types ---- */

static const struct rt_method_def pointer_meta_methods[] = {
    {"set_type", set_type, RT_METH_O, NULL},
    {NULL},
};
/* What all share, as one more base class would give it: a static metaclass that is in nobody's way. */
static struct rt_type meta_base = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes._CType", .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_TYPE, .base = &rt_type_type,
    .basic_size = sizeof(struct ct_type), .traverse = ct_meta_traverse, .clear = ct_meta_clear, .dealloc = ct_meta_dealloc,
    .sq_repeat = ct_meta_repeat, .methods = ct_meta_methods,
};
#define META(var, type_name, text, ...)                                                                              \
    struct rt_type var = {                                                                                           \
        .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes." type_name, .doc = text, .base = &meta_base,                    \
        .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_TYPE, .basic_size = sizeof(struct ct_type), __VA_ARGS__,           \
    }
META(ct_struct_meta, "PyCStructType", "metatype for the CData Objects", .new = struct_meta_new, .setattro = ct_struct_setattr);
META(ct_union_meta, "UnionType", "metatype for the CData Objects", .new = union_meta_new, .setattro = ct_union_setattr);
META(ct_pointer_meta, "PyCPointerType", "metatype for the Pointer Objects", .new = pointer_meta_new, .methods = pointer_meta_methods);
META(ct_array_meta, "PyCArrayType", "metatype for the Array Objects", .new = array_meta_new);
META(ct_simple_meta, "PyCSimpleType", "metatype for the PyCSimpleType Objects", .new = simple_meta_new);
META(ct_func_meta, "PyCFuncPtrType", "metatype for C function pointers", .new = func_meta_new);
