/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: function objects: where they come from (address, library, Python function), their signature, and what
 * parameter flags make of the arguments and the result.
 */
#include <dlfcn.h>

#include "core/modules/ctypes/ctypes_internal.h"
#include "core/object/object_internal.h"

#define FUNC(v) ((struct ct_func *)rt_ptr(v))
#define SIG(v) ((struct ct_sig *)rt_ptr(v))
enum { FLAG_IN = 1, FLAG_OUT = 2, FLAG_LCID = 4, FLAG_ALL = 7 };

/* ---- signatures ---- */

static int sig_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct ct_sig *s = (struct ct_sig *)o;
    rt_value all[] = {s->argtypes, s->converters, s->restype, s->checker};
    for (size_t i = 0; i < RT_COUNTOF(all); i++) {
        int r = rt_is_ptr(all[i]) ? visit(all[i], arg) : 0;
        if (r)
            return r;
    }
    return 0;
}

static void sig_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct ct_sig *s = (struct ct_sig *)o;
    rt_clear(ts, &s->argtypes);
    rt_clear(ts, &s->converters);
    rt_clear(ts, &s->restype);
    rt_clear(ts, &s->checker);
    rt_raw_free(s->fast);
    rt_raw_free(s->ffi);
}

struct rt_type ct_sig_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes._Signature", .flags = RT_TF_GC | RT_TF_NO_NEW, .basic_size = sizeof(struct ct_sig),
    .traverse = sig_traverse, .dealloc = sig_dealloc,
};

ffi_type *ct_result_ffi(rt_value restype)
{
    if (rt_is_none(restype))
        return &ct_ffi_void;
    struct ct_layout *l = rt_is_null(restype) ? NULL : ct_layout_of(restype);
    if (!l)
        return &ct_ffi_int; /* not declared, or a function of an int */
    return l->code ? l->code->ffi : &l->ffi;
}

/* The type whose own from_param f is, or NULL. */
static struct ct_type *plain_converter(rt_value f, rt_value type)
{
    if (!rt_is_exact(f, &rt_builtin_type) || !ct_is_type(type))
        return NULL;
    struct rt_builtin *b = (struct rt_builtin *)rt_ptr(f);
    return b->def->fn == (void *)ct_from_param && rt_is(rt_slot_peek(&b->self), type) ? CT_TYPE(type) : NULL;
}

static int find_converters(struct rt_thread *ts, struct ct_sig *s)
{
    size_t n = s->n;
    if (n > CT_MAX_ARGS) {
        rt_raise(ts, ct_argument_error(ts), "_argtypes_ has too many arguments (%zi), maximum is %i", (ssize_t)n, CT_MAX_ARGS);
        return -1;
    }
    s->fast = rt_raw_calloc(n + 1, sizeof *s->fast);
    s->ffi = rt_raw_calloc(n + 1, sizeof *s->ffi);
    if (!s->fast || !s->ffi) {
        rt_raise_no_memory(ts);
        return -1;
    }
    if (rt_is_null(s->converters = rt_tuple_new(ts, n)))
        return -1;
    for (size_t i = 0; i < n; i++) {
        rt_value type = rt_as_tuple(s->argtypes)->items[i], f = rt_getattr_opt_cstr(ts, type, "from_param");
        if (rt_is_null(f)) {
            if (!rt_pending(ts))
                rt_raise(ts, &rt_exc_TypeError, "item %zd in _argtypes_ has no from_param method", (ssize_t)i + 1);
            return -1;
        }
        rt_as_tuple(s->converters)->items[i] = f;
        s->fast[i] = plain_converter(f, type);
    }
    return 0;
}

/* The call interface for arguments that are of the declared types. */
static void prepare(struct ct_sig *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct ct_layout *l = s->fast[i] ? ct_layout(s->fast[i]) : NULL;
        if (!l || ((l->kind == CT_STRUCT || l->kind == CT_UNION) && !l->elements))
            return;
        s->ffi[i] = l->code ? l->code->ffi : l->kind == CT_STRUCT || l->kind == CT_UNION ? &l->ffi : &ct_ffi_pointer;
    }
    s->prepared = ffi_prep_cif(&s->cif, FFI_DEFAULT_ABI, s->n, s->rffi, s->ffi) == FFI_OK;
}

rt_value ct_sig_new(struct rt_thread *ts, rt_value argtypes, rt_value restype)
{
    rt_value v = rt_type_alloc(ts, &ct_sig_type);
    if (rt_is_null(v))
        return v;
    struct ct_sig *s = SIG(v);
    int r = 0;
    s->restype = rt_newref(ts, restype);
    s->rffi = ct_result_ffi(restype);
    if (!rt_is_null(restype) && !rt_is_none(restype)) {
        s->checker = rt_getattr_opt_cstr(ts, restype, "_check_retval_");
        r = rt_pending(ts) ? -1 : 0;
    }
    if (r == 0 && !rt_is_null(argtypes)) {
        s->argtypes = rt_seq_tuple(ts, argtypes);
        s->n = rt_is_null(s->argtypes) ? 0 : (uint32_t)rt_as_tuple(s->argtypes)->length;
        r = rt_is_null(s->argtypes) || find_converters(ts, s) < 0 ? -1 : 0;
    }
    if (r < 0) {
        rt_clear(ts, &v);
        return v;
    }
    if (!rt_is_null(s->argtypes))
        prepare(s);
    return rt_defer(ts, v); /* all threads that call the function read it */
}

static rt_value class_sig_borrowed(rt_value f)
{
    struct ct_layout *l = ct_data_layout(f);
    return l ? l->sig : RT_NULL;
}

rt_value ct_func_sig(struct rt_thread *ts, rt_value f)
{
    rt_value s = rt_slot_get(ts, FUNC(f), &FUNC(f)->sig);
    return rt_is_null(s) ? rt_newref(ts, class_sig_borrowed(f)) : s;
}

static rt_value argtypes_of(rt_value sig) { return rt_is_null(sig) ? RT_NULL : SIG(sig)->argtypes; }
static rt_value restype_of(rt_value sig) { return rt_is_null(sig) ? RT_NULL : SIG(sig)->restype; }

/* ---- attributes ---- */

static rt_value get_argtypes(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value s = ct_func_sig(ts, self), r = rt_newref(ts, argtypes_of(s));
    rt_decref(ts, s);
    return rt_none_if_null(r);
}

static rt_value get_restype(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value s = ct_func_sig(ts, self), r = rt_newref(ts, restype_of(s));
    rt_decref(ts, s);
    return rt_none_if_null(r);
}

/* One half of the signature changes; two threads that change one half each may lose one of the changes. */
static int replace_sig(struct rt_thread *ts, rt_value self, rt_value argtypes, rt_value restype)
{
    rt_value s = ct_sig_new(ts, argtypes, restype);
    if (rt_is_null(s))
        return -1;
    rt_slot_set(ts, &FUNC(self)->sig, s);
    return 0;
}

static int set_argtypes(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    rt_value s = ct_func_sig(ts, self);
    if (rt_is_null(v) || rt_is_none(v))
        v = argtypes_of(class_sig_borrowed(self));
    rt_value types = rt_is_null(v) ? v : rt_seq_tuple(ts, v);
    if (rt_is_null(types) && rt_exc_clear_if(ts, &rt_exc_TypeError))
        rt_raise(ts, &rt_exc_TypeError, "_argtypes_ must be a sequence of types");
    int r = rt_pending(ts) ? -1 : replace_sig(ts, self, types, restype_of(s));
    rt_decref(ts, types);
    rt_decref(ts, s);
    return r;
}

static int set_restype(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    rt_value s = ct_func_sig(ts, self);
    int r = -1;
    if (rt_is_null(v))
        v = restype_of(class_sig_borrowed(self));
    else if (!rt_is_none(v) && !ct_layout_of(v) && !rt_is_callable(v))
        rt_raise(ts, &rt_exc_TypeError, "restype must be a type, a callable, or None");
    if (!rt_pending(ts))
        r = replace_sig(ts, self, argtypes_of(s), v);
    rt_decref(ts, s);
    return r;
}

static rt_value get_errcheck(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_slot_get_none(ts, FUNC(self), &FUNC(self)->errcheck);
}

static int set_errcheck(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (!rt_is_null(v) && !rt_is_callable(v)) {
        rt_raise(ts, &rt_exc_TypeError, "the errcheck attribute must be callable");
        return -1;
    }
    rt_slot_set(ts, &FUNC(self)->errcheck, rt_newref(ts, v));
    return 0;
}

/* ---- making ---- */

static void *handle_of(struct rt_thread *ts, rt_value dll)
{
    rt_value h = rt_getattr_cstr(ts, dll, "_handle");
    void *p = NULL;
    if (rt_is_null(h))
        return NULL;
    if (!rt_is_any_int(h)) {
        rt_raise(ts, &rt_exc_TypeError, "the _handle attribute of the second argument must be an integer");
    } else {
        p = (void *)(uintptr_t)rt_as_u64(ts, h);
        if (rt_pending(ts)) {
            rt_exc_clear(ts);
            rt_raise(ts, &rt_exc_ValueError, "could not convert the _handle attribute to a pointer");
        }
    }
    rt_decref(ts, h);
    return p;
}

static void *find_symbol(struct rt_thread *ts, rt_value name, rt_value dll)
{
    const char *text = NULL;
    rt_value audit[2] = {dll, name};
    if (rt_is_ptr(name) && rt_is_str(name))
        text = rt_str_utf8(ts, name, NULL);
    else if (rt_is_ptr(name) && rt_is_bytes(name))
        text = rt_as_bytes(name)->data;
    else
        rt_raise(ts, &rt_exc_TypeError, "function name must be string, bytes object or integer");
    if (!text || rt_sys_audit(ts, "ctypes.dlsym", 2, audit) < 0)
        return NULL;
    void *handle = handle_of(ts, dll);
    if (rt_pending(ts))
        return NULL;
    rt_detach(ts, RT_DETACH_NATIVE);
    (void)dlerror();
    void *p = dlsym(handle, text);
    const char *why = p ? NULL : dlerror();
    rt_attach(ts);
    if (!p)
        rt_raise(ts, &rt_exc_AttributeError, "%s", why ? why : "symbol is NULL");
    return p;
}

static bool is_out_type(rt_value type)
{
    struct ct_layout *l = ct_layout_of(type);
    return l && (l->kind == CT_POINTER || l->kind == CT_ARRAY || (l->code && strchr("PzZ", l->code->code)));
}

static int check_flag(struct rt_thread *ts, rt_value item, rt_value type, size_t i)
{
    bool ok = rt_is_ptr(item) && rt_is_tuple(item);
    size_t n = ok ? rt_as_tuple(item)->length : 0;
    rt_value *v = ok ? rt_as_tuple(item)->items : NULL;
    ok = ok && n >= 1 && n <= 3 && rt_is_int(v[0]) && (n < 2 || rt_is_none(v[1]) || (rt_is_ptr(v[1]) && rt_is_str(v[1])));
    if (!ok) {
        rt_raise(ts, &rt_exc_TypeError, "paramflags must be a sequence of (int [,string [,value]]) tuples");
        return -1;
    }
    int64_t flag = rt_int_get(v[0]);
    switch (flag & FLAG_ALL) {
    case 0: case FLAG_IN: case FLAG_IN | FLAG_LCID: case FLAG_IN | FLAG_OUT: return 0;
    case FLAG_OUT:
        if (is_out_type(type))
            return 0;
        rt_raise(ts, &rt_exc_TypeError, "'out' parameter %d must be a pointer type, not %s", (int)i + 1,
                 rt_is_ptr(type) && rt_is_type(type) ? rt_as_type(type)->name : rt_typename(type));
        return -1;
    }
    rt_raise(ts, &rt_exc_TypeError, "paramflag value %d not supported", (int)flag);
    return -1;
}

static int check_flags(struct rt_thread *ts, const struct ct_layout *l, rt_value flags)
{
    rt_value argtypes = l ? argtypes_of(l->sig) : RT_NULL;
    if (rt_is_null(flags) || rt_is_null(argtypes))
        return 0;
    if (!rt_is_ptr(flags) || !rt_is_tuple(flags)) {
        rt_raise(ts, &rt_exc_TypeError, "paramflags must be a tuple or None");
        return -1;
    }
    if (rt_as_tuple(flags)->length != rt_as_tuple(argtypes)->length) {
        rt_raise(ts, &rt_exc_ValueError, "paramflags must have the same length as argtypes");
        return -1;
    }
    for (size_t i = 0; i < rt_as_tuple(flags)->length; i++)
        if (check_flag(ts, rt_as_tuple(flags)->items[i], rt_as_tuple(argtypes)->items[i], i) < 0)
            return -1;
    return 0;
}

static rt_value with_address(struct rt_thread *ts, struct ct_type *t, void *p)
{
    rt_value f = ct_data_new(ts, t);
    if (!rt_is_null(f))
        memcpy(ct_ptr(f), &p, sizeof p);
    return f;
}

static rt_value from_dll(struct rt_thread *ts, struct ct_type *t, const rt_value *args, uint32_t n)
{
    if (n > 2)
        return rt_raise(ts, &rt_exc_TypeError, "function takes at most 2 arguments (%d given)", (int)n);
    rt_value flags = n > 1 && !rt_is_none(args[1]) ? args[1] : RT_NULL;
    struct rt_tuple *spec = rt_as_tuple(args[0]);
    if (spec->length != 2)
        return rt_raise(ts, &rt_exc_TypeError, "illegal func_spec argument");
    void *p = find_symbol(ts, spec->items[0], spec->items[1]);
    if (!p || check_flags(ts, ct_layout(t), flags) < 0)
        return RT_NULL;
    rt_value f = with_address(ts, t, p);
    if (rt_is_null(f))
        return f;
    rt_slot_init(&FUNC(f)->paramflags, rt_newref(ts, flags));
    if (ct_keep(ts, f, 0, rt_newref(ts, spec->items[1])) < 0)
        rt_clear(ts, &f);
    return f;
}

static rt_value from_callable(struct rt_thread *ts, struct ct_type *t, rt_value callable)
{
    struct ct_layout *l = ct_layout(t);
    if (!rt_is_callable(callable))
        return rt_raise(ts, &rt_exc_TypeError, "argument must be callable or integer function address");
    if (!l || rt_is_null(argtypes_of(l->sig)))
        return rt_raise(ts, &rt_exc_TypeError, "cannot construct instance of this class: no argtypes");
    void *entry;
    rt_value thunk = ct_thunk_new(ts, callable, SIG(l->sig), l->func_flags, &entry), f;
    if (rt_is_null(thunk))
        return thunk;
    f = with_address(ts, t, entry);
    if (rt_is_null(f)) {
        rt_decref(ts, thunk);
        return f;
    }
    rt_slot_init(&FUNC(f)->callable, rt_newref(ts, callable));
    rt_slot_init(&FUNC(f)->thunk, rt_newref(ts, thunk));
    if (ct_keep(ts, f, 0, thunk) < 0)
        rt_clear(ts, &f);
    return f;
}

static rt_value func_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    struct ct_type *t = (struct ct_type *)type;
    if (n == 0)
        return ct_data_new(ts, t);
    if (rt_is_ptr(args[0]) && rt_is_tuple(args[0]))
        return from_dll(ts, t, args, n);
    if (n == 1 && rt_is_any_int(args[0])) {
        uint64_t u = rt_as_u64(ts, args[0]);
        if (rt_pending(ts)) {
            rt_exc_clear(ts);
            u = (uint64_t)rt_as_i64(ts, args[0]);
        }
        return rt_pending(ts) ? RT_NULL : with_address(ts, t, (void *)(uintptr_t)u);
    }
    if (n != 1)
        return rt_raise(ts, &rt_exc_TypeError, "function takes exactly 1 argument (%d given)", (int)n);
    return from_callable(ts, t, args[0]);
}

/* ---- the call as Python sees it ---- */

struct out_args { uint32_t out, inout; int n; };

/* The next argument in the order of declaration; owned. */
static rt_value next_arg(struct rt_thread *ts, uint32_t *used, rt_value name, rt_value deflt, const rt_value *args, uint32_t n, rt_value kw)
{
    if (*used < n)
        return rt_newref(ts, args[(*used)++]);
    for (size_t k = 0; !rt_is_null(kw) && !rt_is_null(name) && k < rt_as_tuple(kw)->length; k++)
        if (rt_str_eq(rt_as_tuple(kw)->items[k], name)) {
            ++*used;
            return rt_newref(ts, args[n + k]);
        }
    if (!rt_is_null(deflt))
        return rt_newref(ts, deflt);
    if (!rt_is_null(name))
        return rt_raise(ts, &rt_exc_TypeError, "required argument '%S' missing", name);
    return rt_raise(ts, &rt_exc_TypeError, "not enough arguments");
}

/* What an 'out' parameter of this type points to. */
static rt_value make_out(struct rt_thread *ts, rt_value type)
{
    struct ct_layout *l = ct_layout_of(type);
    if (!l)
        return rt_raise(ts, &rt_exc_RuntimeError, "NULL stgdict unexpected");
    if (l->code)
        return rt_raise(ts, &rt_exc_TypeError, "%V 'out' parameter must be passed as default value", rt_as_type(type));
    return rt_call0(ts, l->kind == CT_ARRAY ? type : l->proto);
}

static rt_value flagged_arg(struct rt_thread *ts, uint32_t i, rt_value item, rt_value type, struct out_args *o, uint32_t *used,
                            const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_tuple *t = rt_as_tuple(item);
    uint32_t flag = (uint32_t)rt_int_get(t->items[0]), bit = i < 32 ? 1u << i : 0;
    rt_value name = t->length > 1 && !rt_is_none(t->items[1]) ? t->items[1] : RT_NULL;
    rt_value deflt = t->length > 2 ? t->items[2] : RT_NULL;
    switch (flag & FLAG_ALL) {
    case FLAG_IN | FLAG_LCID: return rt_is_null(deflt) ? rt_int_imm(0) : rt_newref(ts, deflt);
    case FLAG_IN | FLAG_OUT:
        o->inout |= bit;
        o->n++;
        return next_arg(ts, used, name, deflt, args, n, kw);
    case FLAG_OUT:
        o->out |= bit;
        o->n++;
        return rt_is_null(deflt) ? make_out(ts, type) : rt_newref(ts, deflt);
    default: return next_arg(ts, used, name, deflt, args, n, kw);
    }
}

/* The arguments of the call, owned tuple. */
static rt_value build_args(struct rt_thread *ts, rt_value flags, rt_value argtypes, const rt_value *args, uint32_t n, rt_value kw,
                           struct out_args *o)
{
    size_t len = rt_as_tuple(argtypes)->length;
    rt_value t = rt_tuple_new(ts, len);
    uint32_t used = 0, given = n + (rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length);
    for (size_t i = 0; i < len && !rt_is_null(t); i++) {
        rt_value item = rt_as_tuple(flags)->items[i], type = rt_as_tuple(argtypes)->items[i];
        rt_value v = flagged_arg(ts, (uint32_t)i, item, type, o, &used, args, n, kw);
        if (rt_is_null(v))
            rt_clear(ts, &t);
        else
            rt_as_tuple(t)->items[i] = v;
    }
    if (!rt_is_null(t) && used != given) {
        rt_clear(ts, &t);
        rt_raise(ts, &rt_exc_TypeError, "call takes exactly %d arguments (%zd given)", (int)used, (ssize_t)given);
    }
    return t;
}

static rt_value out_value(struct rt_thread *ts, rt_value v, bool inout)
{
    return inout ? rt_newref(ts, v) : rt_call_method(ts, v, "__ctypes_from_outparam__", NULL, 0);
}

/* The result is what the 'out' parameters have become, if there are any. Consumes result. */
static rt_value build_result(struct rt_thread *ts, rt_value result, rt_value callargs, const struct out_args *o)
{
    if (rt_is_null(result) || !o->n)
        return result;
    rt_decref(ts, result);
    rt_value list = o->n > 1 ? rt_list_new(ts, (size_t)o->n) : RT_NULL, t;
    for (uint32_t i = 0; i < 32 && i < rt_as_tuple(callargs)->length; i++) {
        uint32_t bit = 1u << i;
        if (!((o->out | o->inout) & bit))
            continue;
        rt_value v = out_value(ts, rt_as_tuple(callargs)->items[i], (o->inout & bit) != 0);
        if (o->n == 1)
            return v;
        if (rt_is_null(v) || rt_list_append_steal(ts, list, v) < 0) {
            rt_decref(ts, list);
            return RT_NULL;
        }
    }
    t = rt_list_to_tuple(ts, list);
    rt_decref(ts, list);
    return t;
}

static int check_count(struct rt_thread *ts, uint32_t want, uint32_t n, uint32_t flags)
{
    if (n >= want)
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "this function takes at least %zd argument%s (%zd given)", (ssize_t)want, want == 1 ? "" : "s",
             (ssize_t)n);
    return -1;
}

/* errcheck(result, self, args): another result, unless it gives the arguments back. Consumes result. */
static rt_value run_errcheck(struct rt_thread *ts, rt_value self, rt_value check, rt_value result, rt_value callargs, bool *same)
{
    rt_value v = rt_call3(ts, check, result, self, callargs);
    *same = !rt_is_null(v) && rt_is(v, callargs);
    if (*same) {
        rt_decref(ts, v);
        return result;
    }
    rt_decref(ts, result);
    return v;
}

static rt_value call_with_tuple(struct rt_thread *ts, rt_value self, struct ct_sig *sig, uint32_t flags, rt_value callargs,
                                const struct out_args *o)
{
    struct rt_tuple *t = rt_as_tuple(callargs);
    rt_value r = ct_call(ts, ct_target(self), sig, flags, t->items, (uint32_t)t->length);
    rt_value check = rt_slot_get(ts, FUNC(self), &FUNC(self)->errcheck);
    bool same = true;
    if (!rt_is_null(r) && !rt_is_null(check))
        r = run_errcheck(ts, self, check, r, callargs, &same);
    rt_decref(ts, check);
    return same ? build_result(ts, r, callargs, o) : r;
}

static rt_value func_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct ct_func *f = FUNC(self);
    struct ct_layout *l = ct_data_layout(self);
    rt_value sig = ct_func_sig(ts, self), r = RT_NULL, callargs = RT_NULL, argtypes = argtypes_of(sig);
    rt_value flags = rt_slot_get(ts, f, &f->paramflags);
    bool flagged = !rt_is_null(flags) && !rt_is_null(argtypes) && rt_as_tuple(argtypes)->length &&
                   rt_as_tuple(argtypes)->length == rt_as_tuple(flags)->length;
    struct ct_sig *s = rt_is_null(sig) ? NULL : SIG(sig);
    struct out_args o = {0};
    if (!flagged && rt_is_null(rt_slot_peek(&f->errcheck))) {
        if (!s || check_count(ts, s->n, n, l->func_flags) == 0)
            r = ct_call(ts, ct_target(self), s, l->func_flags, args, n);
    } else {
        callargs = flagged ? build_args(ts, flags, argtypes, args, n, kw, &o) : rt_tuple_from(ts, args, n);
        if (!rt_is_null(callargs) && (!s || check_count(ts, s->n, (uint32_t)rt_as_tuple(callargs)->length, l->func_flags) == 0))
            r = call_with_tuple(ts, self, s, l->func_flags, callargs, &o);
    }
    rt_decref(ts, callargs);
    rt_decref(ts, flags);
    rt_decref(ts, sig);
    return r;
}

/* ---- the type ---- */

static rt_value func_repr(struct rt_thread *ts, rt_value self) { return rt_str_format(ts, "<%T object at %p>", self, rt_ptr(self)); }
static int func_truth(struct rt_thread *ts, rt_value self) { return ct_target(self) != NULL; }

int ct_func_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct ct_func *f = (struct ct_func *)o;
    RT_VISIT_SLOT(&f->sig);
    RT_VISIT_SLOT(&f->errcheck);
    RT_VISIT_SLOT(&f->paramflags);
    RT_VISIT_SLOT(&f->callable);
    RT_VISIT_SLOT(&f->thunk);
    return ct_data_traverse(o, visit, arg);
}

static void clear_slots(struct rt_thread *ts, struct rt_object *o)
{
    struct ct_func *f = (struct ct_func *)o;
    rt_slot_clear(ts, o, &f->sig);
    rt_slot_clear(ts, o, &f->errcheck);
    rt_slot_clear(ts, o, &f->paramflags);
    rt_slot_clear(ts, o, &f->callable);
    rt_slot_clear(ts, o, &f->thunk);
}
static void func_clear(struct rt_thread *ts, struct rt_object *o)
{
    memset(((struct ct_func *)o)->d.own, 0, CT_OWN); /* who calls it now finds no function */
    clear_slots(ts, o);
    ct_data_type.native_clear(ts, o);
}
static void func_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    clear_slots(ts, o);
    ct_data_type.dealloc(ts, o);
}

static const struct rt_getset_def func_getset[] = {
    {"errcheck", get_errcheck, set_errcheck, "a function to check for errors", NULL},
    {"restype", get_restype, set_restype, "specify the result type", NULL},
    {"argtypes", get_argtypes, set_argtypes, "specify the argument types", NULL},
    {NULL},
};
struct ct_type ct_funcptr_type = {.type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes.CFuncPtr", .doc = "Function Pointer", .flags = RT_TF_BASETYPE | RT_TF_GC,
    .base = &ct_data_type, .meta = &ct_func_meta, .basic_size = sizeof(struct ct_func), .traverse = ct_func_traverse,
    .clear = func_clear, .dealloc = func_dealloc, .new = func_new, .call = func_call, .repr = func_repr, .truth = func_truth,
    .getset = func_getset,
}};
