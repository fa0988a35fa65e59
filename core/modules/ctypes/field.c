/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: the descriptors by which fields of structures and unions are read and written.
 */
#include "core/modules/ctypes/ctypes_internal.h"

#define FIELD(v) ((struct ct_field *)rt_ptr(v))

rt_value ct_field_new(struct rt_thread *ts, const struct ct_field *like)
{
    rt_value v = rt_type_alloc(ts, &ct_field_type);
    if (rt_is_null(v))
        return v;
    struct ct_field *f = FIELD(v);
    f->offset = like->offset;
    f->size = like->size;
    f->index = like->index;
    f->low = like->low;
    f->bits = like->bits;
    f->text = like->text;
    f->proto = rt_newref(ts, like->proto);
    return v;
}

/* Where the field is in an instance, or NULL. The class that the descriptor is in is not asked, so the size is. */
static char *find(struct rt_thread *ts, const struct ct_field *f, const struct ct_layout *l, rt_value obj)
{
    if (rt_unlikely(!ct_is_data(obj)) || rt_unlikely(!l)) {
        rt_raise(ts, &rt_exc_TypeError, "not a ctype instance");
        return NULL;
    }
    if (rt_unlikely(f->offset + l->size > rt_load_acquire(&CT_DATA(obj)->size))) {
        rt_raise(ts, &rt_exc_TypeError, "field lies outside of '%T' object", obj);
        return NULL;
    }
    return ct_ptr(obj) + f->offset;
}

static rt_value field_get(struct rt_thread *ts, rt_value self, rt_value obj, rt_value type)
{
    const struct ct_field *f = FIELD(self);
    if (rt_is_null(obj))
        return rt_newref(ts, self);
    const struct ct_layout *l = ct_layout_of(f->proto);
    char *at = find(ts, f, l, obj);
    if (!at)
        return RT_NULL;
    if (f->text)
        return ct_load_text(ts, f->text, at, l->size);
    if (f->bits && l->code->code != '?') /* a bool takes all of its byte, however few bits it is said to have */
        return ct_load_bits(ts, l, at, f->low, f->bits);
    const struct ct_place place = {obj, f->index, f->offset, false};
    return ct_get(ts, f->proto, &place);
}

static int field_set(struct rt_thread *ts, rt_value self, rt_value obj, rt_value v)
{
    const struct ct_field *f = FIELD(self);
    const struct ct_layout *l = ct_layout_of(f->proto);
    char *at = find(ts, f, l, obj);
    if (!at)
        return -1;
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can't delete attribute");
        return -1;
    }
    if (f->text && ct_store_text(ts, f->text, at, l->size, v) < 0)
        return -1;
    if (f->text)
        return f->text == 'U' ? ct_keep(ts, obj, f->index, rt_newref(ts, v)) : 0; /* as _objects has it in CPython */
    if (f->bits && l->code->code != '?' && !ct_is_data(v))
        return ct_store_bits(ts, l, at, f->low, f->bits, v);
    const struct ct_place place = {obj, f->index, f->offset, false};
    return ct_set(ts, f->proto, &place, v);
}

static rt_value field_repr(struct rt_thread *ts, rt_value self)
{
    const struct ct_field *f = FIELD(self);
    const char *name = rt_type_shortname(rt_as_type(f->proto));
    if (f->bits)
        return rt_str_format(ts, "<Field type=%s, ofs=%zd:%zd, bits=%zd>", name, (ssize_t)f->offset, (ssize_t)f->low,
                             (ssize_t)f->bits);
    return rt_str_format(ts, "<Field type=%s, ofs=%zd, size=%zd>", name, (ssize_t)f->offset, (ssize_t)f->size);
}

static rt_value get_offset(struct rt_thread *ts, rt_value self, void *closure) { return rt_int_imm(FIELD(self)->offset); }
static rt_value get_size(struct rt_thread *ts, rt_value self, void *closure)
{
    const struct ct_field *f = FIELD(self);
    return rt_int_imm(f->bits ? (int64_t)f->bits << 16 | f->low : f->size);
}

static int field_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value v = ((struct ct_field *)o)->proto;
    return rt_is_ptr(v) ? visit(v, arg) : 0;
}
static void field_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_clear(ts, &((struct ct_field *)o)->proto); }

static const struct rt_getset_def field_getset[] = {
    {"offset", get_offset, NULL, "offset in bytes of this field", NULL},
    {"size", get_size, NULL, "size in bytes of this field", NULL},
    {NULL},
};
struct rt_type ct_field_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes.CField", .doc = "Structure/Union member", .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct ct_field), .traverse = field_traverse, .dealloc = field_dealloc, .repr = field_repr,
    .descr_get = field_get, .descr_set = field_set, .getset = field_getset,
};
