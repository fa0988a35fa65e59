/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: instances of arrays, pointers and simple types: items, slices, contents, value.
 */
#include "core/modules/ctypes/ctypes_internal.h"

/* ---- slices of arrays and of what pointers point to ---- */

/* count items from `start`, in steps: those of an array, or those after the one that a pointer points to (follow). */
struct row { rt_value self; bool follow; int64_t start, step, count; };

/* The bytes of the items, one after the other. 0, -1 */
static int take_bytes(struct rt_thread *ts, const struct row *r, char *to, int64_t size)
{
    const struct ct_place first = {r->self, 0, r->start * size, r->follow};
    struct rt_cs cs;
    if (!r->count)
        return 0;
    rt_cs_begin(ts, &cs, ct_root(r->self));
    const char *from = ct_place_now(ts, &first);
    if (from && r->step == 1)
        rt_racy_copy(to, from, (size_t)(r->count * size));
    for (int64_t i = 0; from && r->step != 1 && i < r->count; i++)
        rt_racy_copy(to + i * size, from + i * r->step * size, (size_t)size);
    rt_cs_end(ts, &cs);
    return from ? 0 : -1;
}

static rt_value take_slice(struct rt_thread *ts, rt_value proto, const struct row *r)
{
    const struct ct_layout *item = ct_layout_of(proto);
    char code = item->code ? item->code->code : 0;
    if (code == 'c') {
        rt_value b = r->count ? rt_bytes_new(ts, NULL, (size_t)r->count) : rt_bytes_empty();
        if (!rt_is_null(b) && take_bytes(ts, r, rt_as_bytes(b)->data, 1) < 0)
            rt_clear(ts, &b);
        return b;
    }
    if (code == 'u') {
        wchar_t *w = rt_raw_malloc((size_t)(r->count ? r->count : 1) * sizeof *w);
        if (!w)
            return rt_raise_no_memory(ts);
        rt_value s = take_bytes(ts, r, (char *)w, sizeof *w) < 0 ? RT_NULL : ct_wide(ts, w, (size_t)r->count);
        rt_raw_free(w);
        return s;
    }
    rt_value list = rt_list_new(ts, (size_t)r->count);
    for (int64_t i = 0; i < r->count && !rt_is_null(list); i++) {
        int64_t k = r->start + i * r->step;
        const struct ct_place at = {r->self, k, k * item->size, r->follow};
        rt_value v = ct_get(ts, proto, &at);
        if (rt_is_null(v) || rt_list_append_steal(ts, list, v) < 0)
            rt_clear(ts, &list);
    }
    return list;
}

/* ---- arrays ---- */

static int array_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    for (uint32_t i = 0; i < n; i++)
        if (rt_seq_setitem(ts, self, i, args[i]) < 0)
            return -1;
    return 0;
}

static int array_place(struct rt_thread *ts, rt_value self, const struct ct_layout *l, int64_t i, struct ct_place *at)
{
    if (rt_unlikely(i < 0 || i >= l->length)) {
        rt_raise(ts, &rt_exc_IndexError, "invalid index");
        return -1;
    }
    *at = (struct ct_place){self, i, i * ct_layout_of(l->proto)->size, false};
    return 0;
}

static rt_value array_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    struct ct_layout *l = ct_data_layout(self);
    struct ct_place at;
    return array_place(ts, self, l, i, &at) == 0 ? ct_get(ts, l->proto, &at) : RT_NULL;
}

static int array_setitem_at(struct rt_thread *ts, rt_value self, int64_t i, rt_value v)
{
    struct ct_layout *l = ct_data_layout(self);
    struct ct_place at;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Array does not support item deletion");
        return -1;
    }
    return array_place(ts, self, l, i, &at) == 0 ? ct_set(ts, l->proto, &at, v) : -1;
}

/* An index as it is given; -1 with an exception. */
static int64_t index_of(struct rt_thread *ts, const struct ct_layout *l, rt_value key)
{
    int64_t i = rt_is_int(key) ? rt_int_get(key) : rt_as_index(ts, key, &rt_exc_IndexError);
    return i < 0 && !rt_pending(ts) ? i + l->length : i;
}

static rt_value array_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct ct_layout *l = ct_data_layout(self);
    if (rt_index_check(key)) {
        int64_t i = index_of(ts, l, key);
        return rt_pending(ts) ? RT_NULL : array_item(ts, self, i);
    }
    if (!rt_is_exact(key, &rt_slice_type))
        return rt_raise(ts, &rt_exc_TypeError, "indices must be integers");
    int64_t start, stop, step;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return RT_NULL;
    int64_t n = rt_slice_adjust(l->length, &start, &stop, step);
    const struct row r = {self, false, start, step, n < 0 ? 0 : n};
    return take_slice(ts, l->proto, &r);
}

static int array_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    struct ct_layout *l = ct_data_layout(self);
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Array does not support item deletion");
        return -1;
    }
    if (rt_index_check(key)) {
        int64_t i = index_of(ts, l, key);
        return rt_pending(ts) ? -1 : array_setitem_at(ts, self, i, v);
    }
    if (!rt_is_exact(key, &rt_slice_type)) {
        rt_raise(ts, &rt_exc_TypeError, "indices must be integer");
        return -1;
    }
    int64_t start, stop, step;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return -1;
    int64_t n = rt_slice_adjust(l->length, &start, &stop, step), have = rt_len(ts, v);
    if (have < 0)
        return -1;
    if (have != (n < 0 ? 0 : n)) {
        rt_raise(ts, &rt_exc_ValueError, "Can only assign sequence of same size");
        return -1;
    }
    for (int64_t i = 0; i < n; i++) {
        rt_value item = rt_seq_getitem(ts, v, i);
        int r = rt_is_null(item) ? -1 : array_setitem_at(ts, self, start + i * step, item);
        rt_decref(ts, item);
        if (r < 0)
            return -1;
    }
    return 0;
}

static int64_t array_len(struct rt_thread *ts, rt_value self) { return ct_data_layout(self)->length; }

static const struct rt_method_def array_methods[] = {
    {"__class_getitem__", rt_class_getitem, RT_METH_O | RT_METH_CLASS, "See PEP 585"},
    {NULL},
};
struct ct_type ct_array_type = {.type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes.Array",
    .doc = "XXX to be provided",
    .flags = RT_TF_BASETYPE | RT_TF_GC, .base = &ct_data_type, .meta = &ct_array_meta, .new = ct_new, .init = array_init,
    .len = array_len, .getitem = array_getitem, .setitem = array_setitem, .sq_item = array_item,
    .sq_setitem = array_setitem_at, .methods = array_methods,
}};

/* ---- arrays of characters ---- */

static int64_t size_of(rt_value self) { return rt_load_acquire(&CT_DATA(self)->size); }

static int no_delete(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_null(v))
        return 0;
    rt_raise(ts, &rt_exc_AttributeError, "cannot delete attribute");
    return -1;
}

static rt_value get_raw(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_bytes_new(ts, ct_ptr(self), (size_t)size_of(self));
}

static int set_raw(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct rt_buffer b;
    if (no_delete(ts, v) < 0 || rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) < 0)
        return -1;
    int r = 0;
    if (b.len > size_of(self)) {
        rt_raise(ts, &rt_exc_ValueError, "byte string too long");
        r = -1;
    } else {
        memmove(ct_ptr(self), b.buf, (size_t)b.len);
    }
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value get_text(struct rt_thread *ts, rt_value self, void *closure)
{
    return ct_load_text(ts, 's', ct_ptr(self), size_of(self));
}

static int set_text(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can't delete attribute");
        return -1;
    }
    if (!rt_is_bytes(v)) {
        rt_raise(ts, &rt_exc_TypeError, "bytes expected instead of %T instance", v);
        return -1;
    }
    size_t n = rt_as_bytes(v)->length, size = (size_t)size_of(self);
    if (n > size) {
        rt_raise(ts, &rt_exc_ValueError, "byte string too long");
        return -1;
    }
    rt_racy_copy(ct_ptr(self), rt_as_bytes(v)->data, n < size ? n + 1 : n);
    return 0;
}

static rt_value get_wide(struct rt_thread *ts, rt_value self, void *closure)
{
    return ct_load_text(ts, 'U', ct_ptr(self), size_of(self));
}

static int set_wide(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can't delete attribute");
        return -1;
    }
    if (rt_is_ptr(v) && rt_is_str(v) && (int64_t)rt_str_len(v) > size_of(self) / (int64_t)sizeof(wchar_t)) {
        rt_raise(ts, &rt_exc_ValueError, "string too long");
        return -1;
    }
    return ct_store_text(ts, 'U', ct_ptr(self), size_of(self), v);
}

const struct rt_getset_def ct_char_array_getset[] = {
    {"raw", get_raw, set_raw, "value", NULL},
    {"value", get_text, set_text, "string value", NULL},
    {NULL},
};
const struct rt_getset_def ct_wide_array_getset[] = {
    {"value", get_wide, set_wide, "string value", NULL},
    {NULL},
};

/* ---- pointers ---- */

static int set_contents(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Pointer does not support item deletion");
        return -1;
    }
    if (!ct_is_data(v)) { /* an instance of any C type will do */
        rt_raise(ts, &rt_exc_TypeError, "expected %V instead of %T", rt_as_type(ct_data_layout(self)->proto), v);
        return -1;
    }
    char *p = ct_ptr(v);
    const struct ct_place at = {self, 1, 0, false};
    if (ct_commit(ts, &at, &p, sizeof p, rt_newref(ts, v)) < 0)
        return -1;
    return ct_keep(ts, self, 0, ct_objects(ts, v));
}

static int pointer_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_args_count(ts, "POINTER", n, 0, 1) < 0)
        return -1;
    return n ? set_contents(ts, self, args[0], NULL) : 0;
}

static rt_value get_contents(struct rt_thread *ts, rt_value self, void *closure)
{
    const struct ct_place at = {self, 0, 0, true};
    char *p = ct_place_now(ts, &at);
    return p ? ct_data_at(ts, CT_TYPE(ct_data_layout(self)->proto), self, 0, p) : RT_NULL;
}

static rt_value pointer_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    rt_value proto = ct_data_layout(self)->proto;
    const struct ct_place at = {self, i, i * ct_layout_of(proto)->size, true};
    return ct_get(ts, proto, &at);
}

/* Bounds must be said where there is no end to take them from. */
static rt_value pointer_slice(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct rt_slice *s = (struct rt_slice *)rt_ptr(key);
    int64_t start = 0, stop, step = 1, n = 0;
    if (!rt_is_none(s->step)) {
        step = rt_as_index(ts, s->step, &rt_exc_ValueError);
        if (step == -1 && rt_pending(ts))
            return RT_NULL;
        if (step == 0)
            return rt_raise(ts, &rt_exc_ValueError, "slice step cannot be zero");
    }
    if (!rt_is_none(s->start)) {
        start = rt_as_index(ts, s->start, &rt_exc_ValueError);
        if (start == -1 && rt_pending(ts))
            return RT_NULL;
    } else if (step < 0) {
        return rt_raise(ts, &rt_exc_ValueError, "slice start is required for step < 0");
    }
    if (rt_is_none(s->stop))
        return rt_raise(ts, &rt_exc_ValueError, "slice stop is required");
    stop = rt_as_index(ts, s->stop, &rt_exc_ValueError);
    if (stop == -1 && rt_pending(ts))
        return RT_NULL;
    if (step > 0 && start < stop)
        n = (stop - start - 1) / step + 1;
    else if (step < 0 && start > stop)
        n = (stop - start + 1) / step + 1;
    const struct row r = {self, true, start, step, n};
    return take_slice(ts, ct_data_layout(self)->proto, &r);
}

static rt_value pointer_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    if (rt_is_exact(key, &rt_slice_type))
        return pointer_slice(ts, self, key);
    if (!rt_index_check(key))
        return rt_raise(ts, &rt_exc_TypeError, "Pointer indices must be integer");
    int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
    return rt_pending(ts) ? RT_NULL : pointer_item(ts, self, i);
}

static int pointer_setitem_at(struct rt_thread *ts, rt_value self, int64_t i, rt_value v)
{
    rt_value proto = ct_data_layout(self)->proto;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Pointer does not support item deletion");
        return -1;
    }
    const struct ct_place at = {self, i, i * ct_layout_of(proto)->size, true};
    return ct_set(ts, proto, &at, v);
}

static int pointer_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    if (!rt_index_check(key)) {
        rt_raise(ts, &rt_exc_TypeError, "Pointer does not support slice assignment");
        return -1;
    }
    int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
    return rt_pending(ts) ? -1 : pointer_setitem_at(ts, self, i, v);
}

static int pointer_truth(struct rt_thread *ts, rt_value self) { return ct_target(self) != NULL; }

static const struct rt_getset_def pointer_getset[] = {
    {"contents", get_contents, set_contents, "the object this pointer points to (read-write)", NULL},
    {NULL},
};
struct ct_type ct_pointer_type = {.type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes._Pointer", .doc = "XXX to be provided", .flags = RT_TF_BASETYPE | RT_TF_GC,
    .base = &ct_data_type, .meta = &ct_pointer_meta, .new = ct_new, .init = pointer_init, .truth = pointer_truth,
    .getitem = pointer_getitem, .setitem = pointer_setitem, .sq_item = pointer_item, .sq_setitem = pointer_setitem_at,
    .getset = pointer_getset,
}};

/* ---- simple types ---- */

static rt_value get_value(struct rt_thread *ts, rt_value self, void *closure)
{
    const struct ct_place at = {self, 0, 0, false};
    return ct_load_at(ts, ct_data_layout(self), &at);
}

static int set_value(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct ct_layout *l = ct_data_layout(self);
    union ct_word w;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can't delete attribute");
        return -1;
    }
    if (ct_store_int(l, ct_ptr(self), v))
        return 0;
    const struct ct_place at = {self, 0, 0, false};
    rt_value keep = ct_store(ts, l->code, l->swapped, w.bytes, v);
    return ct_commit(ts, &at, w.bytes, (size_t)l->size, keep);
}

static int simple_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_args_count(ts, "__init__", n, 0, 1) < 0)
        return -1;
    return n ? set_value(ts, self, args[0], NULL) : 0;
}

static rt_value simple_repr(struct rt_thread *ts, rt_value self)
{
    if (rt_type_of(self)->base != &ct_simple_type.type)
        return rt_str_format(ts, "<%T object at %p>", self, rt_ptr(self));
    rt_value v = get_value(ts, self, NULL);
    if (rt_is_null(v))
        return v;
    rt_value r = rt_str_format(ts, "%s(%R)", rt_type_shortname(rt_type_of(self)), v);
    rt_decref(ts, v);
    return r;
}

static int simple_truth(struct rt_thread *ts, rt_value self)
{
    const char *p = ct_ptr(self);
    for (int64_t i = 0; i < ct_data_layout(self)->size; i++)
        if (p[i])
            return 1;
    return 0;
}

static rt_value simple_outparam(struct rt_thread *ts, rt_value self)
{
    return ct_data_layout(self)->direct ? get_value(ts, self, NULL) : rt_newref(ts, self);
}

static const struct rt_method_def simple_methods[] = {
    {"__ctypes_from_outparam__", simple_outparam, RT_METH_NOARGS, NULL},
    {NULL},
};
static const struct rt_getset_def simple_getset[] = {
    {"value", get_value, set_value, "current value", NULL},
    {NULL},
};
struct ct_type ct_simple_type = {.type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes._SimpleCData", .doc = "XXX to be provided", .flags = RT_TF_BASETYPE | RT_TF_GC,
    .base = &ct_data_type, .meta = &ct_simple_meta, .new = ct_new, .init = simple_init, .repr = simple_repr,
    .truth = simple_truth, .methods = simple_methods, .getset = simple_getset,
}};
