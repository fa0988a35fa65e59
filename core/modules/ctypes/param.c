/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: values as arguments: from_param, byref, and what ct_arg makes of a value for the call.
 *
 * from_param answers to Python: it gives an instance, or a CArgObject that holds the C value and what keeps it
 * alive. Calls go by ct_arg_as, which gives the same without an object in between where the type's own
 * from_param is in force.
 */
#include <stdio.h>

#include "core/modules/ctypes/ctypes_internal.h"
#include "core/object/object_internal.h"

#define CARG(v) ((struct ct_carg *)rt_ptr(v))

static bool is_carg(rt_value v) { return rt_is_exact(v, &ct_carg_type); }

/* 1, 0, -1 */
static int is_a(struct rt_thread *ts, rt_value v, rt_value cls)
{
    if (rt_is_null(cls))
        return 0;
    if (rt_type_of(v) == rt_as_type(cls))
        return 1;
    return rt_isinstance(ts, v, cls);
}

/* ---- CArgObject ---- */

static rt_value carg_new(struct rt_thread *ts, char tag, ffi_type *ffi)
{
    rt_value v = rt_type_alloc(ts, &ct_carg_type);
    if (!rt_is_null(v)) {
        CARG(v)->tag = tag;
        CARG(v)->ffi = ffi;
    }
    return v;
}

static rt_value carg_pointer(struct rt_thread *ts, char tag, void *p, rt_value obj)
{
    rt_value v = carg_new(ts, tag, &ct_ffi_pointer);
    if (!rt_is_null(v)) {
        CARG(v)->value.p = p;
        CARG(v)->obj = rt_newref(ts, obj);
    }
    return v;
}

rt_value ct_carg_for(struct rt_thread *ts, rt_value v, int64_t offset) { return carg_pointer(ts, 'P', ct_ptr(v) + offset, v); }

rt_value ct_byref(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "byref", n, 1, 2) < 0)
        return RT_NULL;
    int64_t offset = n > 1 ? rt_as_index(ts, a[1], NULL) : 0;
    if (offset == -1 && rt_pending(ts))
        return RT_NULL;
    if (!ct_is_data(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "byref() argument must be a ctypes instance, not '%T'", a[0]);
    return ct_carg_for(ts, a[0], offset);
}

static rt_value carg_repr(struct rt_thread *ts, rt_value self)
{
    const struct ct_carg *c = CARG(self);
    unsigned char ch = (unsigned char)c->value.b;
    rt_value v, r;
    switch (c->tag) {
    case 'b': case 'B': return rt_str_format(ts, "<cparam '%c' (%d)>", c->tag, (int)c->value.b);
    case 'h': case 'H': return rt_str_format(ts, "<cparam '%c' (%d)>", c->tag, (int)c->value.h);
    case 'i': case 'I': return rt_str_format(ts, "<cparam '%c' (%d)>", c->tag, c->value.i);
    case 'l': case 'L': return rt_str_format(ts, "<cparam '%c' (%ld)>", c->tag, c->value.l);
    case 'q': case 'Q': return rt_str_format(ts, "<cparam '%c' (%lld)>", c->tag, c->value.q);
    case 'd': case 'f':
        v = rt_float_new(ts, c->tag == 'f' ? (double)c->value.f : c->value.d);
        r = rt_is_null(v) ? v : rt_str_format(ts, "<cparam '%c' (%R)>", c->tag, v);
        rt_decref(ts, v);
        return r;
    case 'c':
        if (ch >= ' ' && ch < 127 && ch != '\\' && ch != '\'')
            return rt_str_format(ts, "<cparam '%c' ('%c')>", c->tag, (int)ch);
        char hex[3];
        snprintf(hex, sizeof hex, "%02x", ch);
        return rt_str_format(ts, "<cparam '%c' ('\\x%s')>", c->tag, hex);
    case 'z': case 'Z': case 'P': return rt_str_format(ts, "<cparam '%c' (%p)>", c->tag, c->value.p);
    default: return rt_str_format(ts, "<cparam '%c' at %p>", c->tag, rt_ptr(self));
    }
}

static int carg_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value v = ((struct ct_carg *)o)->obj;
    return rt_is_ptr(v) ? visit(v, arg) : 0;
}
static void carg_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_clear(ts, &((struct ct_carg *)o)->obj); }
static rt_value get_obj(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value v = CARG(self)->obj;
    return rt_is_null(v) ? RT_NONE : rt_newref(ts, v);
}
static const struct rt_getset_def carg_getset[] = {
    {"_obj", get_obj, NULL, "the wrapped object", NULL},
    {NULL},
};
struct rt_type ct_carg_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "CArgObject", .flags = RT_TF_GC | RT_TF_NO_NEW, .basic_size = sizeof(struct ct_carg),
    .traverse = carg_traverse, .dealloc = carg_dealloc, .repr = carg_repr, .getset = carg_getset,
};

/* ---- from_param ---- */

static rt_value as_parameter(struct rt_thread *ts, rt_value v)
{
    return rt_is_ptr(v) ? rt_getattr_opt_cstr(ts, v, "_as_parameter_") : RT_NULL;
}

/* from_param of what v names as its parameter; RT_NULL without an exception when it names nothing. */
static rt_value from_named(struct rt_thread *ts, rt_value t, rt_value v)
{
    rt_value other = as_parameter(ts, v), r = RT_NULL;
    if (rt_is_null(other))
        return other;
    if (rt_recursion_enter(ts, " while processing _as_parameter_") == 0) {
        r = ct_from_param(ts, t, other);
        rt_recursion_leave(ts);
    }
    rt_decref(ts, other);
    return r;
}

static rt_value wrong_type(struct rt_thread *ts, rt_value t, rt_value v)
{
    rt_value r = from_named(ts, t, v);
    return rt_is_null(r) && !rt_pending(ts) ? rt_raise(ts, &rt_exc_TypeError, "wrong type") : r;
}

/* A CArgObject with what storing v as code c gives. */
static rt_value stored(struct rt_thread *ts, const struct ct_code *c, rt_value v)
{
    rt_value arg = carg_new(ts, c->code, c->ffi);
    if (rt_is_null(arg))
        return arg;
    rt_value keep = ct_store(ts, c, false, CARG(arg)->value.bytes, v);
    if (rt_is_null(keep))
        rt_clear(ts, &arg);
    else
        CARG(arg)->obj = keep;
    return arg;
}

/* An array of, a pointer to, or byref of characters of this code. */
static bool points_to_text(rt_value v, char code)
{
    const struct ct_layout *l = NULL;
    if (ct_is_data(v)) {
        l = ct_data_layout(v);
        l = l->kind == CT_ARRAY || l->kind == CT_POINTER ? ct_layout_of(l->proto) : NULL;
    } else if (is_carg(v) && ct_is_data(CARG(v)->obj)) {
        l = ct_data_layout(CARG(v)->obj);
    }
    return l && l->code && l->code->code == code;
}

static rt_value text_param(struct rt_thread *ts, rt_value t, const struct ct_code *c, rt_value v)
{
    if (rt_is_none(v))
        return v;
    if (rt_is_ptr(v) && (c->code == 'z' ? rt_is_bytes(v) : rt_is_str(v)))
        return stored(ts, c, v);
    int is = is_a(ts, v, t);
    if (is < 0)
        return RT_NULL;
    if (is || points_to_text(v, c->code == 'z' ? 'c' : 'u'))
        return rt_newref(ts, v);
    return wrong_type(ts, t, v);
}

static rt_value void_param(struct rt_thread *ts, rt_value t, const struct ct_code *c, rt_value v)
{
    if (rt_is_none(v))
        return v;
    if (rt_is_any_int(v))
        return stored(ts, c, v);
    if (rt_is_ptr(v) && (rt_is_bytes(v) || rt_is_str(v)))
        return stored(ts, ct_code_find(rt_is_bytes(v) ? 'z' : 'Z'), v);
    int is = is_a(ts, v, t);
    if (is < 0)
        return RT_NULL;
    if (is || (is_carg(v) && CARG(v)->tag == 'P'))
        return rt_newref(ts, v);
    if (ct_is_data(v)) {
        const struct ct_layout *l = ct_data_layout(v);
        if (l->kind == CT_ARRAY || l->kind == CT_POINTER)
            return rt_newref(ts, v);
        if (l->kind == CT_FUNCPTR)
            return carg_pointer(ts, 'P', ct_target(v), v);
        if (l->code && (l->code->code == 'z' || l->code->code == 'Z'))
            return carg_pointer(ts, 'Z', ct_target(v), v);
    }
    return wrong_type(ts, t, v);
}

static rt_value simple_param(struct rt_thread *ts, rt_value t, const struct ct_code *c, rt_value v)
{
    if (c->code == 'z' || c->code == 'Z')
        return text_param(ts, t, c, v);
    if (c->code == 'P')
        return void_param(ts, t, c, v);
    int is = is_a(ts, v, t);
    if (is)
        return is < 0 ? RT_NULL : rt_newref(ts, v);
    rt_value r = stored(ts, c, v);
    if (!rt_is_null(r))
        return r;
    rt_exc_clear(ts);
    return wrong_type(ts, t, v);
}

static rt_value plain_param(struct rt_thread *ts, rt_value t, const struct ct_layout *l, rt_value v)
{
    int is = is_a(ts, v, t);
    if (is)
        return is < 0 ? RT_NULL : rt_newref(ts, v);
    if (is_carg(v)) {
        rt_value obj = CARG(v)->obj;
        is = !l || rt_is_null(obj) || l->kind == CT_SIMPLE ? 0 : is_a(ts, obj, l->proto);
        if (is)
            return is < 0 ? RT_NULL : rt_newref(ts, v);
        return rt_raise(ts, &rt_exc_TypeError, "expected %V instance instead of pointer to %s", rt_as_type(t),
                        rt_is_null(obj) ? "???" : rt_type_shortname(rt_type_of(obj)));
    }
    rt_value r = from_named(ts, t, v);
    if (rt_is_null(r) && !rt_pending(ts))
        rt_raise(ts, &rt_exc_TypeError, "expected %V instance instead of %T", rt_as_type(t), v);
    return r;
}

static rt_value pointer_param(struct rt_thread *ts, rt_value t, const struct ct_layout *l, rt_value v)
{
    if (rt_is_none(v))
        return v;
    if (rt_is_null(l->proto))
        return rt_raise(ts, &rt_exc_TypeError, "abstract class");
    if (ct_is_data(v)) {
        int is = is_a(ts, v, l->proto);
        if (is)
            return is < 0 ? RT_NULL : ct_carg_for(ts, v, 0);
        const struct ct_layout *vl = ct_data_layout(v);
        if ((vl->kind == CT_POINTER || vl->kind == CT_ARRAY) && !rt_is_null(vl->proto)) {
            is = rt_issubclass(ts, vl->proto, l->proto);
            if (is)
                return is < 0 ? RT_NULL : rt_newref(ts, v);
        }
    }
    return plain_param(ts, t, l, v);
}

rt_value ct_from_param(struct rt_thread *ts, rt_value t, rt_value v)
{
    const struct ct_layout *l = ct_layout_of(t);
    if (!l && rt_type_is_subtype(rt_as_type(t), &ct_simple_type.type))
        return rt_raise(ts, &rt_exc_TypeError, "abstract class");
    if (!l)
        return plain_param(ts, t, l, v);
    if (l->code)
        return simple_param(ts, t, l->code, v);
    return l->kind == CT_POINTER ? pointer_param(ts, t, l, v) : plain_param(ts, t, l, v);
}

/* ---- arguments ---- */

static int give_pointer(struct ct_arg *out, void *p)
{
    out->ffi = &ct_ffi_pointer;
    out->word.p = p;
    return 0;
}

/* An instance; l is its layout. */
static int give_data(struct rt_thread *ts, const struct ct_layout *l, rt_value v, struct ct_arg *out)
{
    switch (l->kind) {
    case CT_SIMPLE:
        out->ffi = l->code->ffi;
        rt_racy_copy(out->word.bytes, ct_ptr(v), l->code->size);
        return 0;
    case CT_STRUCT: case CT_UNION:
        if (!l->size || !l->elements) {
            rt_raise(ts, &rt_exc_TypeError, "'%T' object has no fields to be passed by value", v);
            return -1;
        }
        out->ffi = (ffi_type *)&l->ffi;
        out->at = ct_ptr(v);
        return 0;
    case CT_ARRAY: return give_pointer(out, ct_ptr(v));
    default: return give_pointer(out, ct_target(v));
    }
}

static int give_int(struct rt_thread *ts, rt_value v, struct ct_arg *out)
{
    int64_t i;
    uint64_t u;
    out->ffi = &ct_ffi_int;
    if (rt_int_try_i64(v, &i))
        out->word.q = (int)i;
    else if (rt_int_try_u64(v, &u))
        out->word.q = (int)u;
    else
        rt_raise(ts, &rt_exc_OverflowError, "int too long to convert");
    return rt_pending(ts) ? -1 : 0;
}

/* By v._as_parameter_, which lives as long as the argument. */
static int give_named(struct rt_thread *ts, rt_value v, uint32_t number, struct ct_arg *out)
{
    rt_value other = as_parameter(ts, v);
    if (rt_is_null(other)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "Don't know how to convert parameter %d", (int)number);
        return -1;
    }
    int r = -1;
    if (rt_recursion_enter(ts, " while processing _as_parameter_") == 0) {
        r = ct_arg(ts, other, number, out);
        rt_recursion_leave(ts);
    }
    if (r == 0 && !rt_is_null(out->keep)) {
        rt_value both = rt_tuple_pack(ts, 2, other, out->keep);
        rt_decref(ts, out->keep);
        rt_decref(ts, other);
        out->keep = both;
        return rt_is_null(both) ? -1 : 0;
    }
    out->keep = other;
    return r;
}

int ct_arg(struct rt_thread *ts, rt_value v, uint32_t number, struct ct_arg *out)
{
    out->keep = RT_NULL;
    out->at = &out->word;
    if (rt_is_any_int(v))
        return give_int(ts, v, out);
    if (rt_is_none(v))
        return give_pointer(out, NULL);
    if (ct_is_data(v))
        return give_data(ts, ct_data_layout(v), v, out);
    if (is_carg(v)) {
        out->ffi = CARG(v)->ffi;
        out->word = CARG(v)->value;
        return 0;
    }
    if (rt_is_ptr(v) && rt_is_bytes(v))
        return give_pointer(out, rt_as_bytes(v)->data);
    if (rt_is_ptr(v) && rt_is_str(v)) {
        out->keep = ct_widen(ts, v);
        return rt_is_null(out->keep) ? -1 : give_pointer(out, rt_as_bytes(out->keep)->data);
    }
    return give_named(ts, v, number, out);
}

/* The common cases, without an object: 1 done, 0 ask from_param, -1. */
static int arg_quickly(struct rt_thread *ts, const struct ct_type *t, const struct ct_layout *l, rt_value v, struct ct_arg *out)
{
    if (rt_is_ptr(v) && rt_type_of_obj(rt_ptr(v)) == &t->type)
        return give_data(ts, l, v, out) < 0 ? -1 : 1;
    if (l->code) {
        char c = l->code->code;
        bool text = c == 'z' || c == 'Z' || c == 'P';
        if (text ? !rt_is_none(v) && !(c == 'z' && rt_is_ptr(v) && rt_is_bytes(v)) && !(c == 'P' && rt_is_any_int(v)) : ct_is_data(v))
            return 0;
        rt_value keep = ct_store(ts, l->code, false, out->word.bytes, v);
        if (rt_is_null(keep)) {
            rt_exc_clear(ts); /* from_param says what is wrong */
            return 0;
        }
        out->keep = keep;
        out->ffi = l->code->ffi;
        return 1;
    }
    if (l->kind != CT_POINTER)
        return 0;
    if (rt_is_none(v))
        return give_pointer(out, NULL), 1;
    if (is_carg(v) && CARG(v)->tag == 'P' && rt_is_ptr(CARG(v)->obj) && !rt_is_null(l->proto) &&
        rt_type_of(CARG(v)->obj) == rt_as_type(l->proto))
        return give_pointer(out, CARG(v)->value.p), 1;
    return 0;
}

int ct_arg_as(struct rt_thread *ts, struct ct_type *t, rt_value v, uint32_t number, struct ct_arg *out)
{
    const struct ct_layout *l = ct_layout(t);
    out->keep = RT_NULL;
    out->at = &out->word;
    int done = l ? arg_quickly(ts, t, l, v, out) : 0;
    if (done)
        return done < 0 ? -1 : 0;
    rt_value p = ct_from_param(ts, rt_type_value(&t->type), v);
    if (rt_is_null(p))
        return -1;
    int r = ct_arg(ts, p, number, out);
    if (r == 0 && rt_is_null(out->keep)) {
        out->keep = p;
        return 0;
    }
    if (r == 0) {
        rt_value both = rt_tuple_pack(ts, 2, p, out->keep);
        rt_decref(ts, out->keep);
        out->keep = both;
        r = rt_is_null(both) ? -1 : 0;
    }
    rt_decref(ts, p);
    return r;
}
