/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: structures and unions: what _fields_, _pack_, _anonymous_ and _swappedbytes_ make of a class.
 *
 * Fields are laid out one after the other, the base class's first. Bit fields follow gcc: one joins the open
 * container if it fits, a bigger type widens it, else a new one begins.
 */
#include "core/modules/ctypes/ctypes_internal.h"
#include "core/object/object_internal.h"

struct builder {
    struct ct_type *t;
    struct ct_layout *l;
    bool is_struct, swapped;
    int64_t pack;               /* 0: none */
    int64_t size, offset;       /* so far; where the next field may begin */
    int64_t union_size, align;  /* of all */
    int64_t open, used;         /* bits of the open container of bit fields, 0: none; bits taken */
};

/* ---- registers ---- */

void ct_add_classes(struct ct_layout *whole, const struct ct_layout *part, int64_t offset)
{
    for (int64_t i = 0; i < 4 && 4 * i < part->size; i++) {
        int64_t cell = (offset + 4 * i) / 4;
        if (cell < 4 && whole->cls[cell] < part->cls[i])
            whole->cls[cell] = part->cls[i];
    }
}

#if defined(__x86_64__)
/* A small one goes in registers by the classes of its eightbytes; what elements there are else does not matter. */
static int make_elements(struct ct_layout *l, rt_value fields)
{
    int64_t n = l->size <= 16 ? (l->size + 7) / 8 : 1;
    ffi_type **e = rt_raw_calloc((size_t)n + 1, sizeof *e);
    if (!e)
        return -1;
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *c = l->cls + 2 * i;
        uint8_t most = l->size > 16 ? CT_CLS_INT : c[0] > c[1] ? c[0] : c[1];
        e[i] = most == CT_CLS_INT ? &ct_ffi_u64 : c[1] == CT_CLS_NONE ? &ct_ffi_float : &ct_ffi_double;
        if (most == CT_CLS_X87) {
            e[0] = &ct_ffi_longdouble;
            e[1] = NULL;
            break;
        }
    }
    l->elements = e;
    return 0;
}
#else
/* The parts, arrays item by item as far as calling conventions look. */
static int make_elements(struct ct_layout *l, rt_value fields)
{
    enum { MOST = 64 };
    ffi_type **e = rt_raw_calloc(MOST + 1, sizeof *e);
    size_t n = 0;
    if (!e)
        return -1;
    for (size_t i = 0; i < rt_as_tuple(fields)->length && n < MOST; i++) {
        struct ct_layout *f = ct_layout_of(rt_as_tuple(rt_as_tuple(fields)->items[i])->items[1]);
        int64_t times = 1;
        for (; f->kind == CT_ARRAY; f = ct_layout_of(f->proto))
            times *= f->length;
        while (times-- > 0 && n < MOST)
            e[n++] = &f->ffi;
    }
    l->elements = e;
    return 0;
}
#endif

static void make_ffi(struct ct_layout *l)
{
    l->ffi.size = (size_t)l->size;
    l->ffi.alignment = (unsigned short)l->align;
    l->ffi.type = FFI_TYPE_STRUCT;
    l->ffi.elements = l->elements;
}

/* ---- one field ---- */

static char text_code(const struct ct_layout *l)
{
    const struct ct_layout *item = l->kind == CT_ARRAY ? ct_layout_of(l->proto) : NULL;
    if (!item || !item->code)
        return 0;
    return item->code->code == 'c' ? 's' : item->code->code == 'u' ? 'U' : 0;
}

/* The place of a field in its container, whose size is known by now. */
static void put_bits(struct builder *b, struct ct_field *f, int64_t bits)
{
    f->bits = (uint8_t)bits;
    f->low = (uint8_t)(b->swapped ? b->open - b->used - bits : b->used);
    b->used += bits;
}

static int64_t place_field(struct builder *b, const struct ct_layout *l, struct ct_field *f, int64_t bits)
{
    int64_t whole = l->size * 8, align = 0;
    f->size = l->size;
    if (bits && b->open && whole <= b->open && b->used + bits <= b->open) {
        f->offset = b->offset - l->size;
        put_bits(b, f, bits);
        return 0;
    }
    if (bits && b->open && whole >= b->open && b->used + bits <= whole) {
        int64_t more = l->size - b->open / 8;
        b->offset += more;
        b->size += more;
        b->open = whole;
        f->offset = b->offset - l->size;
        put_bits(b, f, bits);
        return 0;
    }
    b->used = 0;
    b->open = bits ? whole : 0;
    if (bits)
        put_bits(b, f, bits);
    align = b->pack && b->pack < l->align ? b->pack : l->align;
    if (align && b->offset % align) {
        int64_t gap = align - b->offset % align;
        b->size += gap;
        b->offset += gap;
    }
    b->size += l->size;
    f->offset = b->offset;
    b->offset += l->size;
    return align;
}

static int add_format(struct rt_thread *ts, struct builder *b, const char *text)
{
    char *s = ct_format(ts, b->l->format, text);
    if (!s)
        return -1;
    rt_raw_free(b->l->format);
    b->l->format = s;
    return 0;
}

static int add_field_format(struct rt_thread *ts, struct builder *b, const struct ct_layout *l, rt_value name)
{
    const char *text = rt_str_utf8(ts, name, NULL);
    char *s = text ? ct_format_shape(ts, l->ndim, l->shape, "", l->format ? l->format : "B") : NULL;
    int r = s && add_format(ts, b, s) == 0 && add_format(ts, b, ":") == 0 && add_format(ts, b, text) == 0 &&
                    add_format(ts, b, ":") == 0
                ? 0 : -1;
    rt_raw_free(s);
    return r;
}

static bool may_have_bits(const struct ct_layout *l)
{
    return l->code && strchr("bBhHiIlLqQ?", l->code->code) != NULL;
}

/* ("name", type[, bits]): 0, -1. */
static int read_pair(struct rt_thread *ts, rt_value pair, rt_value *name, rt_value *type, int64_t *bits)
{
    *bits = -1;
    if (rt_is_ptr(pair) && rt_is_tuple(pair)) {
        struct rt_tuple *t = rt_as_tuple(pair);
        if ((t->length == 2 || t->length == 3) && rt_is_ptr(t->items[0]) && rt_is_str(t->items[0])) {
            *name = t->items[0];
            *type = t->items[1];
            if (t->length == 2)
                return 0;
            *bits = rt_as_int(ts, t->items[2]);
            if (!rt_pending(ts)) {
                *bits = *bits < 0 ? 0 : *bits; /* as wrong as none */
                return 0;
            }
        }
    }
    rt_exc_clear(ts);
    rt_raise(ts, &rt_exc_TypeError, "'_fields_' must be a sequence of (name, C type) pairs");
    return -1;
}

static int check_bits(struct rt_thread *ts, const struct ct_layout *l, rt_value type, int64_t bits)
{
    if (!may_have_bits(l))
        rt_raise(ts, &rt_exc_TypeError, "bit fields not allowed for type %V", rt_as_type(type));
    else if (bits <= 0 || bits > l->size * 8)
        rt_raise(ts, &rt_exc_ValueError, "number of bits invalid for bit field");
    else
        return 0;
    return -1;
}

static void add_flags(struct builder *b, const struct ct_layout *l, bool bits)
{
    if (l->flags & (CT_IS_POINTER | CT_HAS_POINTER))
        b->l->flags |= CT_HAS_POINTER;
    b->l->flags |= l->flags & (CT_HAS_UNION | CT_HAS_BITS);
    b->l->flags |= (b->is_struct ? 0 : CT_HAS_UNION) | (bits ? CT_HAS_BITS : 0);
}

static int add_field(struct rt_thread *ts, struct builder *b, rt_value pair, int64_t index)
{
    rt_value name, type;
    int64_t bits;
    if (read_pair(ts, pair, &name, &type, &bits) < 0)
        return -1;
    struct ct_layout *l = ct_layout_of(type);
    if (!l) {
        rt_raise(ts, &rt_exc_TypeError, "second item in _fields_ tuple (index %zd) must be a C type", (ssize_t)index);
        return -1;
    }
    ct_set_final(CT_TYPE(type));
    l = ct_layout_of(type);
    add_flags(b, l, bits >= 0);
    if (bits >= 0 && check_bits(ts, l, type, bits) < 0)
        return -1;
    struct ct_field f = {.index = index, .text = text_code(l), .proto = type};
    if (!b->is_struct)
        b->size = b->offset = 0;
    int64_t align = place_field(b, l, &f, bits < 0 ? 0 : bits);
    if (b->align < align)
        b->align = align;
    if (b->union_size < b->size)
        b->union_size = b->size;
    ct_add_classes(b->l, l, f.offset);
    if (b->is_struct && !b->pack && add_field_format(ts, b, l, name) < 0)
        return -1;
    rt_value field = ct_field_new(ts, &f);
    int r = rt_is_null(field) ? -1 : rt_setattr(ts, rt_type_value(&b->t->type), name, field);
    rt_decref(ts, field);
    return r;
}

/* ---- _anonymous_ ---- */

/* Programs may have changed the list since. */
static int check_name(struct rt_thread *ts, rt_value name)
{
    if (rt_is_ptr(name) && rt_is_str(name))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "attribute name must be string, not '%T'", name);
    return -1;
}

static rt_value field_of(struct rt_thread *ts, rt_value cls, rt_value name, const char *error)
{
    rt_value f = check_name(ts, name) < 0 ? RT_NULL : rt_getattr(ts, cls, name);
    if (!rt_is_null(f) && !rt_is_exact(f, &ct_field_type)) {
        rt_decref(ts, f);
        f = error ? rt_raise(ts, &rt_exc_AttributeError, error, name) : rt_raise(ts, &rt_exc_TypeError, "unexpected type");
    }
    return f;
}

/* The fields of the structure that `inner` is become attributes of cls. */
static int lift_fields(struct rt_thread *ts, rt_value cls, const struct ct_field *inner, int64_t index, int64_t offset)
{
    rt_value fields = rt_getattr_cstr(ts, inner->proto, "_fields_"), list = rt_is_null(fields) ? fields : rt_seq_tuple(ts, fields);
    int r = rt_is_null(list) ? -1 : 0;
    rt_decref(ts, fields);
    for (size_t i = 0; r == 0 && i < rt_as_tuple(list)->length; i++) {
        rt_value name = rt_seq_getitem(ts, rt_as_tuple(list)->items[i], 0), made = RT_NULL;
        rt_value found = rt_is_null(name) ? name : field_of(ts, inner->proto, name, NULL);
        if (rt_is_null(found)) {
            r = -1;
        } else if (rt_load_relaxed(&((struct ct_field *)rt_ptr(found))->anonymous)) {
            const struct ct_field *f = (struct ct_field *)rt_ptr(found);
            r = lift_fields(ts, cls, f, index + f->index, offset + f->offset);
        } else {
            struct ct_field copy = *(struct ct_field *)rt_ptr(found);
            copy.index += index;
            copy.offset += offset;
            made = ct_field_new(ts, &copy);
            r = rt_is_null(made) ? -1 : rt_setattr(ts, cls, name, made);
        }
        rt_decref(ts, made);
        rt_decref(ts, found);
        rt_decref(ts, name);
    }
    rt_decref(ts, list);
    return r;
}

static int do_anonymous(struct rt_thread *ts, rt_value cls)
{
    rt_value names = rt_getattr_opt_cstr(ts, cls, "_anonymous_");
    if (rt_is_null(names))
        return rt_pending(ts) ? -1 : 0;
    rt_value list = rt_is_sequence(names) ? rt_seq_tuple(ts, names) : rt_raise(ts, &rt_exc_TypeError, "_anonymous_ must be a sequence");
    int r = rt_is_null(list) ? -1 : 0;
    for (size_t i = 0; r == 0 && i < rt_as_tuple(list)->length; i++) {
        rt_value name = rt_as_tuple(list)->items[i];
        rt_value f = field_of(ts, cls, name, "'%U' is specified in _anonymous_ but not in _fields_");
        if (rt_is_null(f)) {
            r = -1;
            break;
        }
        struct ct_field *field = (struct ct_field *)rt_ptr(f);
        rt_store_relaxed(&field->anonymous, true);
        r = lift_fields(ts, cls, field, field->index, field->offset);
        rt_decref(ts, f);
    }
    rt_decref(ts, list);
    rt_decref(ts, names);
    return r;
}

/* ---- the whole ---- */

static int read_options(struct rt_thread *ts, struct builder *b)
{
    rt_value cls = rt_type_value(&b->t->type), v = rt_getattr_opt_cstr(ts, cls, "_swappedbytes_");
    b->swapped = !rt_is_null(v);
    rt_decref(ts, v);
    v = rt_pending(ts) ? RT_NULL : rt_getattr_opt_cstr(ts, cls, "_pack_");
    if (rt_is_null(v))
        return rt_pending(ts) ? -1 : 0;
    b->pack = rt_as_int(ts, v);
    rt_decref(ts, v);
    if (b->pack >= 0)
        return 0;
    if (!rt_pending(ts) || rt_exc_is(ts, &rt_exc_TypeError) || rt_exc_is(ts, &rt_exc_OverflowError)) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_ValueError, "_pack_ must be a non-negative integer");
    }
    return -1;
}

static int begin(struct rt_thread *ts, struct builder *b)
{
    const struct ct_layout *base = ct_layout_of(rt_type_value(b->t->type.base));
    b->l->format = ct_format(ts, b->is_struct && !b->pack ? "T{" : "B", "");
    b->align = 1;
    if (base) {
        b->size = b->offset = base->size;
        b->align = base->align ? base->align : 1;
        b->l->length = base->length;
        b->l->flags |= base->flags & (CT_HAS_UNION | CT_HAS_BITS);
        ct_add_classes(b->l, base, 0);
    }
    return b->l->format ? 0 : -1;
}

static int finish(struct rt_thread *ts, struct builder *b, rt_value list)
{
    int64_t size = b->is_struct ? b->size : b->union_size;
    b->l->size = (size + b->align - 1) / b->align * b->align;
    b->l->align = b->align;
    b->l->length += (int64_t)rt_as_tuple(list)->length;
    if (b->is_struct && !b->pack && add_format(ts, b, "}") < 0)
        return -1;
    if (make_elements(b->l, list) < 0) {
        rt_raise_no_memory(ts);
        return -1;
    }
    make_ffi(b->l);
    return 0;
}

static rt_value fields_tuple(struct rt_thread *ts, rt_value fields)
{
    rt_value r = rt_is_sequence(fields) ? rt_seq_tuple(ts, fields) : RT_NULL;
    if (rt_is_null(r) && (!rt_pending(ts) || rt_exc_is(ts, &rt_exc_TypeError))) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_TypeError, "'_fields_' must be a sequence of pairs");
    }
    return r;
}

int ct_set_fields(struct rt_thread *ts, struct ct_type *t, rt_value fields, bool is_struct)
{
    if (rt_is_null(fields))
        return 0;
    if (!ct_layout(t)) { /* from __init_subclass__, or an abstract class */
        rt_raise(ts, &rt_exc_TypeError, "ctypes state is not initialized");
        return -1;
    }
    if (rt_load_acquire(&t->final)) {
        rt_raise(ts, &rt_exc_AttributeError, "_fields_ is final");
        return -1;
    }
    struct builder b = {.t = t, .is_struct = is_struct, .l = ct_layout_new(ts, is_struct ? CT_STRUCT : CT_UNION)};
    rt_value list = b.l ? fields_tuple(ts, fields) : RT_NULL;
    int r = rt_is_null(list) || read_options(ts, &b) < 0 || begin(ts, &b) < 0 ? -1 : 0;
    for (size_t i = 0; r == 0 && i < rt_as_tuple(list)->length; i++)
        r = add_field(ts, &b, rt_as_tuple(list)->items[i], (int64_t)i);
    if (r == 0)
        r = finish(ts, &b, list);
    rt_decref(ts, list);
    if (r == 0 && rt_load_acquire(&t->final)) {
        rt_raise(ts, &rt_exc_AttributeError, "Structure or union cannot contain itself");
        r = -1;
    }
    if (r < 0) {
        ct_layout_free(ts, b.l);
        return -1;
    }
    ct_layout_publish(t, b.l);
    ct_set_final(t);
    return do_anonymous(ts, rt_type_value(&t->type));
}

static int set_class_attr(struct rt_thread *ts, rt_value self, rt_value name, rt_value v, bool is_struct)
{
    if (rt_type_setattro(ts, self, name, v) < 0)
        return -1;
    return rt_is_str(name) && rt_str_eq_cstr(name, "_fields_") ? ct_set_fields(ts, CT_TYPE(self), v, is_struct) : 0;
}
int ct_struct_setattr(struct rt_thread *ts, rt_value self, rt_value name, rt_value v)
{
    return set_class_attr(ts, self, name, v, true);
}
int ct_union_setattr(struct rt_thread *ts, rt_value self, rt_value name, rt_value v)
{
    return set_class_attr(ts, self, name, v, false);
}

/* ---- instances ---- */

/* Fields that t itself declares take the arguments from its base's on. Number of fields so far, or -1. */
static int64_t init_fields(struct rt_thread *ts, rt_value self, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    const struct ct_layout *l = ct_layout_of(rt_type_value(t));
    int64_t index = 0;
    if (ct_layout_of(rt_type_value(t->base)) && (index = init_fields(ts, self, t->base, args, n, kw)) < 0)
        return -1;
    rt_value fields = rt_dict_get_cstr(ts, rt_type_dict_borrowed(t), "_fields_");
    if (rt_is_null(fields))
        return rt_pending(ts) ? -1 : index;
    int r = 0;
    for (int64_t i = index; r == 0 && i < l->length && i < (int64_t)n; i++) {
        rt_value pair = rt_seq_getitem(ts, fields, i - index), name = rt_is_null(pair) ? pair : rt_seq_getitem(ts, pair, 0);
        rt_decref(ts, pair);
        if (rt_is_null(name)) {
            r = -1;
            break;
        }
        for (size_t k = 0; !rt_is_null(kw) && k < rt_as_tuple(kw)->length; k++)
            if (rt_is_str(name) && rt_str_eq(rt_as_tuple(kw)->items[k], name))
                rt_raise(ts, &rt_exc_TypeError, "duplicate values for field %R", name);
        r = rt_pending(ts) || check_name(ts, name) < 0 ? -1 : rt_setattr(ts, self, name, args[i]);
        rt_decref(ts, name);
    }
    rt_decref(ts, fields);
    return r < 0 ? -1 : l->length;
}

static int struct_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (n) {
        int64_t most = init_fields(ts, self, rt_type_of(self), args, n, kw);
        if (most < 0)
            return -1;
        if (most < (int64_t)n) {
            rt_raise(ts, &rt_exc_TypeError, "too many initializers");
            return -1;
        }
    }
    for (size_t k = 0; !rt_is_null(kw) && k < rt_as_tuple(kw)->length; k++)
        if (rt_setattr(ts, self, rt_as_tuple(kw)->items[k], args[n + k]) < 0)
            return -1;
    return 0;
}

struct ct_type ct_struct_type = {.type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes.Structure", .doc = "Structure base class", .flags = RT_TF_BASETYPE | RT_TF_GC,
    .base = &ct_data_type, .meta = &ct_struct_meta, .new = ct_new, .init = struct_init,
}};
struct ct_type ct_union_type = {.type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes.Union", .doc = "Union base class", .flags = RT_TF_BASETYPE | RT_TF_GC,
    .base = &ct_data_type, .meta = &ct_union_meta, .new = ct_new, .init = struct_init,
}};
