/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: the module's functions: sizes and addresses, pointer types, libraries, and the C functions behind
 * string_at, cast and so on, which Python calls through function objects of their own.
 */
#include <dlfcn.h>
#include <wchar.h>

#include "core/modules/ctypes/ctypes_internal.h"
#include "core/thread/thread.h"

/* ---- sizes, addresses ---- */

static rt_value ct_sizeof(struct rt_thread *ts, rt_value module, rt_value v)
{
    struct ct_layout *l = ct_layout_of(v);
    if (l)
        return rt_int_from_i64(ts, l->size);
    if (ct_is_data(v))
        return rt_int_from_i64(ts, rt_load_acquire(&CT_DATA(v)->size));
    return rt_raise(ts, &rt_exc_TypeError, "this type has no size");
}

static rt_value ct_alignment(struct rt_thread *ts, rt_value module, rt_value v)
{
    struct ct_layout *l = ct_is_data(v) ? ct_data_layout(v) : ct_layout_of(v);
    return l ? rt_int_from_i64(ts, l->align) : rt_raise(ts, &rt_exc_TypeError, "no alignment info");
}

static rt_value ct_addressof(struct rt_thread *ts, rt_value module, rt_value v)
{
    if (!ct_is_data(v))
        return rt_raise(ts, &rt_exc_TypeError, "invalid type");
    return rt_sys_audit(ts, "ctypes.addressof", 1, &v) < 0 ? RT_NULL : rt_int_from_u64(ts, (uintptr_t)ct_ptr(v));
}

static rt_value ct_buffer_info(struct rt_thread *ts, rt_value module, rt_value v)
{
    struct ct_layout *l = ct_is_data(v) ? ct_data_layout(v) : ct_layout_of(v);
    if (!l)
        return rt_raise(ts, &rt_exc_TypeError, "not a ctypes type or object");
    rt_value shape = rt_tuple_new(ts, (size_t)l->ndim), format = rt_str_from_cstr(ts, l->format ? l->format : "B"), r = RT_NULL;
    for (int i = 0; i < l->ndim && !rt_is_null(shape); i++)
        rt_as_tuple(shape)->items[i] = rt_int_from_i64(ts, l->shape[i]);
    if (!rt_is_null(shape) && !rt_is_null(format))
        r = rt_tuple_pack(ts, 3, format, rt_int_imm(l->ndim), shape);
    rt_decref(ts, format);
    rt_decref(ts, shape);
    return r;
}

/* ---- pointers ---- */

static rt_value ct_POINTER(struct rt_thread *ts, rt_value module, rt_value cls) { return ct_pointer_type_to(ts, cls); }

static rt_value ct_pointer(struct rt_thread *ts, rt_value module, rt_value v)
{
    rt_value type = ct_pointer_type_to(ts, rt_type_value(rt_type_of(v)));
    if (rt_is_null(type))
        return type;
    rt_value r = rt_call1(ts, type, v);
    rt_decref(ts, type);
    return r;
}

/* ---- errno ---- */

static rt_value get_errno(struct rt_thread *ts, rt_value module)
{
    return rt_sys_audit(ts, "ctypes.get_errno", 0, NULL) < 0 ? RT_NULL : rt_int_imm(*ct_errno(ts));
}

static rt_value set_errno(struct rt_thread *ts, rt_value module, rt_value v)
{
    int e = rt_as_int(ts, v), old = *ct_errno(ts);
    if (rt_pending(ts) || rt_sys_audit(ts, "ctypes.set_errno", 1, &v) < 0)
        return RT_NULL;
    *ct_errno(ts) = e;
    return rt_int_imm(old);
}

/* ---- libraries ---- */

static void *as_address(struct rt_thread *ts, rt_value v)
{
    int64_t i;
    uint64_t u = 0;
    if (!rt_is_any_int(v))
        rt_raise(ts, &rt_exc_TypeError, "an integer is required");
    else if (!rt_int_try_u64(v, &u)) {
        if (rt_int_try_i64(v, &i))
            u = (uint64_t)i;
        else
            rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C unsigned long");
    }
    return (void *)(uintptr_t)u;
}

static rt_value ct_dlopen(struct rt_thread *ts, rt_value module, const rt_value *a, uint32_t n)
{
    if (ct_count(ts, "dlopen", n, 1, 2) < 0)
        return RT_NULL;
    int mode = (n > 1 ? rt_as_int(ts, a[1]) : 0) | RTLD_NOW;
    rt_value name = RT_NULL;
    if (rt_pending(ts) || (!rt_is_none(a[0]) && rt_is_null(name = rt_str_fsencode(ts, a[0]))))
        return RT_NULL;
    rt_value r = RT_NULL;
    if (rt_sys_audit(ts, "ctypes.dlopen", 1, a) == 0) {
        rt_carriers_retire(); /* its functions may do anything to a thread */
        rt_detach(ts, RT_DETACH_IO); /* a library may run code of its own when it is loaded */
        void *h = dlopen(rt_is_null(name) ? NULL : rt_as_bytes(name)->data, mode);
        const char *why = h ? NULL : dlerror();
        rt_attach(ts);
        r = h ? rt_int_from_u64(ts, (uintptr_t)h) : rt_raise(ts, &rt_exc_OSError, "%s", why ? why : "dlopen() error");
    }
    rt_decref(ts, name);
    return r;
}

static rt_value ct_dlclose(struct rt_thread *ts, rt_value module, rt_value v)
{
    void *h = as_address(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    int e = dlclose(h);
    const char *why = e ? dlerror() : NULL;
    rt_attach(ts);
    return e ? rt_raise(ts, &rt_exc_OSError, "%s", why) : RT_NONE;
}

static rt_value ct_dlsym(struct rt_thread *ts, rt_value module, const rt_value *a, uint32_t n)
{
    if (ct_count(ts, "dlsym", n, 2, 2) < 0)
        return RT_NULL;
    void *h = as_address(ts, a[0]), *p;
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_is_ptr(a[1]) || !rt_is_str(a[1]))
        return rt_raise_arg_type(ts, "dlsym", "argument 2", "str", a[1]);
    const char *name = rt_str_utf8_nonul(ts, a[1]);
    if (!name || rt_sys_audit(ts, "ctypes.dlsym/handle", 2, a) < 0)
        return RT_NULL;
    if (!(p = dlsym(h, name)))
        return rt_raise(ts, &rt_exc_OSError, "%s", dlerror());
    return rt_int_from_u64(ts, (uintptr_t)p);
}

/* ---- calls by address ---- */

static rt_value call_address(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, uint32_t flags)
{
    if (ct_count(ts, NULL, n, 2, 2) < 0)
        return RT_NULL;
    void *f = as_address(ts, a[0]);
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_is_ptr(a[1]) || !rt_is_tuple(a[1]))
        return rt_raise_arg_type(ts, fname, "argument 2", "tuple", a[1]);
    if (rt_sys_audit(ts, "ctypes.call_function", 2, a) < 0)
        return RT_NULL;
    return ct_call(ts, f, NULL, flags, rt_as_tuple(a[1])->items, (uint32_t)rt_as_tuple(a[1])->length);
}
static rt_value call_function(struct rt_thread *ts, rt_value module, const rt_value *a, uint32_t n)
{
    return call_address(ts, "call_function", a, n, 0);
}
static rt_value call_cdeclfunction(struct rt_thread *ts, rt_value module, const rt_value *a, uint32_t n)
{
    return call_address(ts, "call_cdeclfunction", a, n, CT_FUNC_CDECL);
}

/* ---- objects by address ---- */

static rt_value PyObj_FromPtr(struct rt_thread *ts, rt_value module, rt_value v)
{
    void *p = as_address(ts, v);
    if (rt_pending(ts) || rt_sys_audit(ts, "ctypes.PyObj_FromPtr", 1, &v) < 0)
        return RT_NULL;
    return rt_newref(ts, rt_borrowed(RT_VALUE((uintptr_t)p)));
}
static rt_value ct_Py_INCREF(struct rt_thread *ts, rt_value module, rt_value v)
{
    (void)rt_newref(ts, v);
    return rt_newref(ts, v);
}
static rt_value ct_Py_DECREF(struct rt_thread *ts, rt_value module, rt_value v)
{
    rt_value r = rt_newref(ts, v);
    rt_decref(ts, r);
    return r;
}

/* ---- C functions known to Python by their addresses; called attached ---- */

/* event(address, size) */
static int audit_read(struct rt_thread *ts, const char *event, const void *p, int size)
{
    rt_value audit[2] = {rt_int_from_u64(ts, (uintptr_t)p), rt_int_imm(size)};
    int r = rt_sys_audit(ts, event, 2, audit);
    rt_decref(ts, audit[0]);
    return r;
}

static uint64_t string_at(const char *p, int size)
{
    struct rt_thread *ts = rt_current_thread;
    return audit_read(ts, "ctypes.string_at", p, size) < 0 ? 0 : rt_bytes_new(ts, p, size == -1 ? strlen(p) : (size_t)size).bits;
}

static uint64_t wstring_at(const wchar_t *p, int size)
{
    struct rt_thread *ts = rt_current_thread;
    return audit_read(ts, "ctypes.wstring_at", p, size) < 0 ? 0 : ct_wide(ts, p, size == -1 ? wcslen(p) : (size_t)size).bits;
}

static bool can_cast_to(rt_value type)
{
    struct ct_layout *l = ct_layout_of(type);
    return l && (l->kind == CT_POINTER || l->kind == CT_FUNCPTR || (l->code && strchr("sPzUZXO", l->code->code)));
}

/* The objects that src keeps, as a dict that src shares with the result, and src itself in it. */
static rt_value shared_objects(struct rt_thread *ts, rt_value src)
{
    struct ct_data *root = ct_root(src);
    rt_value objects = ct_objects(ts, src);
    if (rt_is_none(objects)) {
        uint64_t none = RT_NONE.bits;
        rt_value d = rt_dict_new(ts);
        if (rt_is_null(d))
            return d;
        if (!rt_cas_acq_rel(&root->objects.bits, &none, d.bits))
            rt_decref(ts, d);
        objects = ct_objects(ts, src);
    }
    if (rt_is_exact(objects, &rt_dict_type)) {
        rt_value key = rt_id(ts, src);
        int r = rt_is_null(key) ? -1 : rt_dict_set(ts, objects, key, src);
        rt_decref(ts, key);
        if (r < 0)
            rt_clear(ts, &objects);
    }
    return objects;
}

static rt_value cast_to(struct rt_thread *ts, void *p, rt_value src, rt_value type)
{
    if (!can_cast_to(type)) {
        rt_raise(ts, &rt_exc_TypeError, "cast() argument 2 must be a pointer type, not %s",
                 rt_is_ptr(type) && rt_is_type(type) ? rt_as_type(type)->name : rt_typename(type));
        return RT_NULL;
    }
    rt_value r = rt_call0(ts, type);
    if (rt_is_null(r) || !ct_is_data(r))
        return r;
    if (ct_is_data(src)) {
        rt_value objects = shared_objects(ts, src);
        if (rt_is_null(objects))
            rt_clear(ts, &r);
        else
            rt_slot_set(ts, &CT_DATA(r)->objects, objects);
    }
    if (!rt_is_null(r))
        memcpy(ct_ptr(r), &p, sizeof p);
    return r;
}

static uint64_t cast(void *p, uint64_t src, uint64_t type)
{
    return cast_to(rt_current_thread, p, RT_VALUE(src), RT_VALUE(type)).bits;
}

/* ---- the module ---- */

static const struct rt_method_def functions[] = {
    {"sizeof", ct_sizeof, RT_METH_O,
     "sizeof(C type) -> integer\nsizeof(C instance) -> integer\nReturn the size in bytes of a C instance"},
    {"alignment", ct_alignment, RT_METH_O,
     "alignment(C type) -> integer\nalignment(C instance) -> integer\nReturn the alignment requirements of a C instance"},
    {"addressof", ct_addressof, RT_METH_O, "addressof(C instance) -> integer\nReturn the address of the C instance internal buffer"},
    {"byref", ct_byref, RT_METH_FAST,
     "byref(C instance[, offset=0]) -> byref-object\nReturn a pointer lookalike to a C instance, only usable\nas function argument"},
    {"resize", ct_resize, RT_METH_FAST, "Resize the memory buffer of a ctypes instance"},
    {"buffer_info", ct_buffer_info, RT_METH_O, "Return buffer interface information"},
    {"POINTER", ct_POINTER, RT_METH_O, NULL},
    {"pointer", ct_pointer, RT_METH_O, NULL},
    {"get_errno", get_errno, RT_METH_NOARGS, NULL},
    {"set_errno", set_errno, RT_METH_O, NULL},
    {"dlopen", ct_dlopen, RT_METH_FAST, "dlopen(name, flag={RTLD_GLOBAL|RTLD_LOCAL}) open a shared library"},
    {"dlclose", ct_dlclose, RT_METH_O, "dlclose a library"},
    {"dlsym", ct_dlsym, RT_METH_FAST, "find symbol in shared library"},
    {"call_function", call_function, RT_METH_FAST, NULL},
    {"call_cdeclfunction", call_cdeclfunction, RT_METH_FAST, NULL},
    {"PyObj_FromPtr", PyObj_FromPtr, RT_METH_O, NULL},
    {"Py_INCREF", ct_Py_INCREF, RT_METH_O, NULL},
    {"Py_DECREF", ct_Py_DECREF, RT_METH_O, NULL},
    {"_unpickle", ct_unpickle, RT_METH_FAST, NULL},
    {NULL},
};

static int ready_types(struct rt_thread *ts, rt_value m)
{
    static struct rt_type *const inner[] = {
        &ct_struct_meta, &ct_union_meta, &ct_pointer_meta, &ct_array_meta, &ct_simple_meta, &ct_func_meta, &ct_data_type,
        &ct_carg_type, &ct_field_type, &ct_thunk_type, &ct_sig_type, &ct_cell_type, &ct_capsule_type,
    };
    static struct ct_type *const shown[] = {&ct_struct_type, &ct_union_type, &ct_pointer_type, &ct_array_type, &ct_simple_type,
                                            &ct_funcptr_type};
    for (size_t i = 0; i < RT_COUNTOF(inner); i++)
        if (rt_type_ready(ts, inner[i]) < 0)
            return -1;
    for (size_t i = 0; i < RT_COUNTOF(shown); i++)
        if (rt_module_add_type(ts, m, &shown[i]->type) < 0)
            return -1;
    return 0;
}

static int add_address(struct rt_thread *ts, rt_value m, const char *name, void *p)
{
    return rt_module_add(ts, m, name, rt_int_from_u64(ts, (uintptr_t)p));
}

static int tell_flags(struct rt_thread *ts)
{
    rt_value flags = rt_sys_get(ts, "flags"), v = rt_is_null(flags) ? flags : rt_getattr_opt_cstr(ts, flags, "optimize");
    if (rt_is_int(v))
        rt_store_relaxed(&Py_OptimizeFlag, (int)rt_int_get(v));
    rt_decref(ts, v);
    rt_decref(ts, flags);
    return rt_pending(ts) ? -1 : 0;
}

static int exec(struct rt_thread *ts, rt_value m)
{
    static const struct { const char *name; int value; } ints[] = {
        {"FUNCFLAG_CDECL", CT_FUNC_CDECL}, {"FUNCFLAG_PYTHONAPI", CT_FUNC_PYTHONAPI}, {"FUNCFLAG_USE_ERRNO", CT_FUNC_ERRNO},
        {"FUNCFLAG_USE_LASTERROR", CT_FUNC_LASTERROR}, {"CTYPES_MAX_ARGCOUNT", CT_MAX_ARGS}, {"RTLD_LOCAL", RTLD_LOCAL},
        {"RTLD_GLOBAL", RTLD_GLOBAL},
    };
    if (rt_lazy_load(ts, &rt_lazy_ffi) < 0 || ready_types(ts, m) < 0 || tell_flags(ts) < 0)
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(ints); i++)
        if (rt_module_add_int(ts, m, ints[i].name, ints[i].value) < 0)
            return -1;
    if (rt_module_add_str(ts, m, "__version__", "1.1.0") < 0 || add_address(ts, m, "_memmove_addr", (void *)memmove) < 0 ||
        add_address(ts, m, "_memset_addr", (void *)memset) < 0 || add_address(ts, m, "_string_at_addr", (void *)string_at) < 0 ||
        add_address(ts, m, "_wstring_at_addr", (void *)wstring_at) < 0 || add_address(ts, m, "_cast_addr", (void *)cast) < 0)
        return -1;
    rt_value cache = rt_dict_new(ts), error;
    int r = rt_is_null(cache) ? -1 : rt_interp_keep(ts, "_ctypes.pointers", cache);
    if (rt_module_add(ts, m, "_pointer_type_cache", cache) < 0 || r < 0)
        return -1;
    error = rt_type_derive(ts, "ctypes.ArgumentError", rt_type_value(&rt_exc_Exception), RT_NULL);
    r = rt_is_null(error) ? -1 : rt_interp_keep(ts, "_ctypes.ArgumentError", error);
    return rt_module_add(ts, m, "ArgumentError", error) < 0 || r < 0 ? -1 : 0;
}

const struct rt_module_def rt_module__ctypes = {
    .name = "_ctypes", .doc = "Create and manipulate C compatible data types in Python.", .methods = functions, .exec = exec,
};
