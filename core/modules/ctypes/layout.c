/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: the life of layouts, and what all metaclasses share: type * n, from_address, from_buffer,
 * from_buffer_copy, in_dll; the types that are made on demand, arrays and pointers.
 *
 * Array types hang on the type of their items (weakly: who uses one holds it); pointer types are in
 * _pointer_type_cache, which programs know.
 */
#include <dlfcn.h>

#include <stdio.h>

#include "core/modules/ctypes/ctypes_internal.h"
#include "core/object/object_internal.h"
#include "core/types/bytes/memoryview.h"

/* ---- life ---- */

struct ct_layout *ct_layout_new(struct rt_thread *ts, enum ct_kind kind)
{
    struct ct_layout *l = rt_raw_calloc(1, sizeof *l);
    if (!l) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    l->kind = kind;
    l->ffi = ct_ffi_pointer;
    l->align = 1;
    return l;
}

void ct_layout_free(struct rt_thread *ts, struct ct_layout *l)
{
    if (!l)
        return;
    rt_decref(ts, l->proto);
    rt_decref(ts, l->sig);
    rt_raw_free(l->format);
    rt_raw_free(l->shape);
    rt_raw_free(l->elements);
    rt_raw_free(l);
}

void ct_layout_publish(struct ct_type *t, struct ct_layout *l)
{
    l->prev = rt_load_acquire(&t->layout);
    while (!rt_cas_acq_rel(&t->layout, &l->prev, l))
        ;
}

static void *copy_raw(struct rt_thread *ts, const void *from, size_t n, bool *failed)
{
    if (!from)
        return NULL;
    void *p = rt_raw_malloc(n ? n : 1);
    if (p)
        memcpy(p, from, n);
    else
        *failed = true;
    return p;
}

struct ct_layout *ct_layout_clone(struct rt_thread *ts, const struct ct_layout *from)
{
    struct ct_layout *l = rt_raw_malloc(sizeof *l);
    if (!l) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    bool failed = false;
    size_t n = 0;
    *l = *from;
    while (from->elements && from->elements[n])
        n++;
    l->prev = NULL;
    l->proto = rt_newref(ts, from->proto);
    l->sig = rt_newref(ts, from->sig);
    l->format = copy_raw(ts, from->format, from->format ? strlen(from->format) + 1 : 0, &failed);
    l->shape = copy_raw(ts, from->shape, 2 * (size_t)from->ndim * sizeof *l->shape, &failed);
    l->elements = copy_raw(ts, from->elements, (n + 1) * sizeof *l->elements, &failed);
    if (l->elements)
        l->ffi.elements = l->elements;
    if (failed) {
        ct_layout_free(ts, l);
        rt_raise_no_memory(ts);
        return NULL;
    }
    return l;
}

/* Of heap and static classes alike; a metaclass derived from ours goes through this one too. */
int ct_meta_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct ct_type *t = (struct ct_type *)o;
    int r = rt_type_type.native_traverse(o, visit, arg);
    if (r)
        return r;
    for (struct ct_layout *l = rt_load_acquire(&t->layout); l; l = l->prev) {
        if (rt_is_ptr(l->proto) && (r = visit(l->proto, arg)))
            return r;
        if (rt_is_ptr(l->sig) && (r = visit(l->sig, arg)))
            return r;
    }
    RT_VISIT_SLOT(&t->arrays);
    return 0;
}

void ct_meta_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_clear(ts, o, &((struct ct_type *)o)->arrays);
    if (rt_type_type.native_clear)
        rt_type_type.native_clear(ts, o);
}

void ct_meta_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct ct_type *t = (struct ct_type *)o;
    for (struct ct_layout *l = rt_load_acquire(&t->layout), *prev; l; l = prev) {
        prev = l->prev;
        ct_layout_free(ts, l);
    }
    rt_store_relaxed(&t->layout, NULL);
    rt_slot_clear(ts, o, &t->arrays);
    rt_type_type.dealloc(ts, o);
}

/* ---- formats ---- */

char *ct_format(struct rt_thread *ts, const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    char *s = rt_raw_malloc(n + m + 1);
    if (!s) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    memcpy(s, a, n);
    memcpy(s + n, b, m + 1);
    return s;
}

char *ct_format_shape(struct rt_thread *ts, int ndim, const int64_t *shape, const char *prefix, const char *item)
{
    if (!ndim)
        return ct_format(ts, prefix, item);
    size_t room = strlen(prefix) + 24 * (size_t)ndim + 4, n;
    char *head = rt_raw_malloc(room), *s = NULL;
    if (!head) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    n = (size_t)snprintf(head, room, "%s(", prefix);
    for (int i = 0; i < ndim; i++)
        n += (size_t)snprintf(head + n, room - n, "%lld%c", (long long)shape[i], i + 1 < ndim ? ',' : ')');
    s = ct_format(ts, head, item);
    rt_raw_free(head);
    return s;
}

/* ---- types on demand ---- */

static rt_value make_array_type(struct rt_thread *ts, rt_value item, int64_t length)
{
    rt_value dict = rt_dict_new(ts), r = RT_NULL, n = rt_int_from_i64(ts, length);
    rt_value name = rt_str_format(ts, "%.200s_Array_%ld", rt_as_type(item)->name, (long)length);
    rt_value base = rt_type_value(&ct_array_type.type), bases = rt_tuple_from(ts, &base, 1);
    if (!rt_is_null(dict) && !rt_is_null(name) && !rt_is_null(bases) && rt_dict_set_cstr(ts, dict, "_length_", n) == 0 &&
        rt_dict_set_cstr(ts, dict, "_type_", item) == 0)
        r = rt_call3(ts, rt_type_value(&ct_array_meta), name, bases, dict);
    rt_decref(ts, bases);
    rt_decref(ts, name);
    rt_decref(ts, n);
    rt_decref(ts, dict);
    return r;
}

static rt_value array_cache(struct rt_thread *ts, struct ct_type *t)
{
    rt_value d = rt_slot_get(ts, t, &t->arrays);
    if (!rt_is_null(d) || rt_is_null(d = rt_dict_new(ts)))
        return d;
    uint64_t none = 0;
    if (rt_cas_acq_rel(&t->arrays.bits, &none, d.bits))
        return rt_newref(ts, d);
    rt_decref(ts, d);
    return rt_slot_get(ts, t, &t->arrays);
}

rt_value ct_array_type_of(struct rt_thread *ts, rt_value item, int64_t length)
{
    if (!ct_is_type(item))
        return rt_raise(ts, &rt_exc_TypeError, "Expected a type object");
    rt_value cache = array_cache(ts, CT_TYPE(item)), key = rt_int_from_i64(ts, length), r = RT_NULL;
    rt_value ref = rt_is_null(cache) || rt_is_null(key) ? RT_NULL : rt_dict_get(ts, cache, key);
    if (!rt_is_null(ref)) {
        r = rt_weakref_get(ts, ref);
        rt_decref(ts, ref);
    }
    if (rt_is_null(r) && !rt_pending(ts)) {
        r = make_array_type(ts, item, length);
        ref = rt_is_null(r) ? RT_NULL : rt_weakref_new(ts, r, RT_NULL);
        if (rt_is_null(ref) || rt_dict_set(ts, cache, key, ref) < 0)
            rt_clear(ts, &r);
        rt_decref(ts, ref);
    }
    rt_decref(ts, key);
    rt_decref(ts, cache);
    return r;
}

rt_value ct_pointer_cache(struct rt_thread *ts) { return rt_interp_kept(ts, "_ctypes.pointers"); }

static rt_value make_pointer_type(struct rt_thread *ts, rt_value cls, rt_value *key)
{
    rt_value dict = rt_dict_new(ts), base = rt_type_value(&ct_pointer_type.type), r = RT_NULL, name = RT_NULL;
    rt_value bases = rt_tuple_from(ts, &base, 1);
    if (rt_is_ptr(cls) && rt_is_str(cls))
        name = rt_str_format(ts, "LP_%U", cls);
    else if (!rt_is_ptr(cls) || !rt_is_type(cls))
        rt_raise(ts, &rt_exc_TypeError, "must be a ctypes type");
    else if (!rt_is_null(dict) && rt_dict_set_cstr(ts, dict, "_type_", cls) == 0)
        name = rt_str_format(ts, "LP_%s", rt_as_type(cls)->name);
    if (!rt_is_null(dict) && !rt_is_null(bases) && !rt_is_null(name))
        r = rt_call3(ts, rt_type_value(&ct_pointer_meta), name, bases, dict);
    if (!rt_is_null(r))
        *key = rt_is_str(cls) ? rt_id(ts, r) : rt_newref(ts, cls);
    rt_decref(ts, name);
    rt_decref(ts, bases);
    rt_decref(ts, dict);
    return r;
}

rt_value ct_pointer_type_to(struct rt_thread *ts, rt_value cls)
{
    rt_value cache = ct_pointer_cache(ts), key = RT_NULL;
    if (rt_is_null(cache))
        return cache;
    rt_value r = rt_dict_get(ts, cache, cls);
    if (rt_is_null(r) && !rt_pending(ts)) {
        rt_value made = make_pointer_type(ts, cls, &key);
        if (!rt_is_null(made) && !rt_is_null(key))
            r = rt_dict_setdefault(ts, cache, key, made); /* another thread's, if it was quicker */
        rt_decref(ts, key);
        rt_decref(ts, made);
    }
    rt_decref(ts, cache);
    return r;
}

/* ---- methods of the metaclasses ---- */

int ct_count(struct rt_thread *ts, const char *fname, uint32_t n, uint32_t min, uint32_t max)
{
    if (n >= min && n <= max)
        return 0;
    uint32_t want = n < min ? min : max;
    rt_raise(ts, &rt_exc_TypeError, "%s%s takes %s %d argument%s (%d given)", fname ? fname : "function", fname ? "()" : "",
             min == max ? "exactly" : n < min ? "at least" : "at most", (int)want, want == 1 ? "" : "s", (int)n);
    return -1;
}

static struct ct_layout *need_layout(struct rt_thread *ts, rt_value cls)
{
    struct ct_layout *l = ct_layout_of(cls);
    if (!l)
        rt_raise(ts, &rt_exc_TypeError, "abstract class");
    return l;
}

rt_value ct_meta_repeat(struct rt_thread *ts, rt_value self, int64_t n)
{
    if (n < 0)
        return rt_raise(ts, &rt_exc_ValueError, "Array length must be >= 0, not %zd", (ssize_t)n);
    return ct_array_type_of(ts, self, n);
}

static rt_value from_address(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (!rt_is_any_int(v))
        return rt_raise(ts, &rt_exc_TypeError, "integer expected");
    uint64_t u;
    int64_t i;
    if (!rt_int_try_u64(v, &u)) {
        if (!rt_int_try_i64(v, &i))
            return rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C unsigned long");
        u = (uint64_t)i;
    }
    if (rt_sys_audit(ts, "ctypes.cdata", 1, &v) < 0 || !need_layout(ts, self))
        return RT_NULL;
    return ct_data_at(ts, CT_TYPE(self), RT_NULL, 0, (char *)(uintptr_t)u);
}

static int take_offset(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, int64_t *offset)
{
    *offset = 0;
    if (ct_count(ts, fname, n, 1, 2) < 0)
        return -1;
    if (n > 1 && (*offset = rt_as_index(ts, a[1], &rt_exc_OverflowError)) == -1 && rt_pending(ts))
        return -1;
    return 0;
}

static int check_window(struct rt_thread *ts, const struct ct_layout *l, int64_t len, int64_t offset)
{
    if (offset < 0)
        rt_raise(ts, &rt_exc_ValueError, "offset cannot be negative");
    else if (l->size > len - offset)
        rt_raise(ts, &rt_exc_ValueError, "Buffer size too small (%zd instead of at least %zd bytes)", (ssize_t)len,
                 (ssize_t)(l->size + offset));
    else
        return 0;
    return -1;
}

static int audit_buffer(struct rt_thread *ts, const struct rt_buffer *b, int64_t offset)
{
    rt_value v[3] = {rt_int_from_u64(ts, (uintptr_t)b->buf), rt_int_imm(b->len), rt_int_imm(offset)};
    int r = rt_sys_audit(ts, "ctypes.cdata/buffer", 3, v);
    rt_decref(ts, v[0]);
    return r;
}

static rt_value from_buffer(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int64_t offset;
    struct rt_buffer b;
    if (take_offset(ts, "from_buffer", a, n, &offset) < 0 || !need_layout(ts, self))
        return RT_NULL;
    rt_value view = rt_memoryview_new(ts, a[0]), r = RT_NULL;
    if (rt_is_null(view) || rt_buffer_get(ts, view, &b, RT_BUF_FULL_RO) < 0) {
        rt_decref(ts, view);
        return RT_NULL;
    }
    if (b.readonly)
        rt_raise(ts, &rt_exc_TypeError, "underlying buffer is not writable");
    else if (!rt_buffer_is_contiguous(&b, 'C'))
        rt_raise(ts, &rt_exc_TypeError, "underlying buffer is not C contiguous");
    else if (check_window(ts, need_layout(ts, self), b.len, offset) == 0 && audit_buffer(ts, &b, offset) == 0)
        r = ct_data_at(ts, CT_TYPE(self), RT_NULL, 0, (char *)b.buf + offset);
    rt_buffer_release(ts, &b);
    if (rt_is_null(r))
        rt_decref(ts, view);
    else if (ct_keep(ts, r, -1, view) < 0)
        rt_clear(ts, &r);
    return r;
}

static rt_value from_buffer_copy(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int64_t offset;
    struct rt_buffer b;
    rt_value r = RT_NULL;
    if (take_offset(ts, "from_buffer_copy", a, n, &offset) < 0 || !need_layout(ts, self) ||
        rt_buffer_get(ts, a[0], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    if (check_window(ts, need_layout(ts, self), b.len, offset) == 0 && audit_buffer(ts, &b, offset) == 0)
        r = ct_data_copy(ts, CT_TYPE(self), (char *)b.buf + offset);
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value in_dll(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    const char *name;
    if (ct_count(ts, "in_dll", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_ptr(a[1]) || !rt_is_str(a[1]))
        return rt_raise_arg_type(ts, "in_dll", "argument 2", "str", a[1]);
    if (!(name = rt_str_utf8_nonul(ts, a[1])) || rt_sys_audit(ts, "ctypes.dlsym", 2, a) < 0)
        return RT_NULL;
    rt_value h = rt_getattr_cstr(ts, a[0], "_handle");
    if (rt_is_null(h))
        return h;
    if (!rt_is_any_int(h)) {
        rt_decref(ts, h);
        return rt_raise(ts, &rt_exc_TypeError, "the _handle attribute of the second argument must be an integer");
    }
    void *handle = (void *)(uintptr_t)rt_as_u64(ts, h);
    rt_decref(ts, h);
    if (rt_pending(ts)) {
        rt_exc_clear(ts);
        return rt_raise(ts, &rt_exc_ValueError, "could not convert the _handle attribute to a pointer");
    }
    char *at = dlsym(handle, name);
    if (!at)
        return rt_raise(ts, &rt_exc_ValueError, "%s", dlerror());
    return need_layout(ts, self) ? ct_data_at(ts, CT_TYPE(self), RT_NULL, 0, at) : RT_NULL;
}

const struct rt_method_def ct_meta_methods[] = {
    {"from_param", ct_from_param, RT_METH_O, "Convert a Python object into a function call parameter."},
    {"from_address", from_address, RT_METH_O, "C.from_address(integer) -> C instance\naccess a C instance at the specified address"},
    {"from_buffer", from_buffer, RT_METH_FAST,
     "C.from_buffer(object, offset=0, /) -> C instance\ncreate a C instance from a writeable buffer"},
    {"from_buffer_copy", from_buffer_copy, RT_METH_FAST,
     "C.from_buffer_copy(object, offset=0, /) -> C instance\ncreate a C instance from a readable buffer"},
    {"in_dll", in_dll, RT_METH_FAST, "C.in_dll(dll, name) -> C instance\naccess a C instance in a dll"},
    {NULL},
};
