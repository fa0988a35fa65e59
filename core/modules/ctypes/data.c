/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: instances: their memory, what it keeps alive, reading and writing parts of it, buffers, pickling.
 */
#include <stdio.h>
#include <wchar.h>

#include "core/modules/ctypes/ctypes_internal.h"
#include "core/object/object_internal.h"

/* ---- making ---- */

static bool is_instance_class(const struct ct_type *t)
{
    int (*f)(struct rt_object *, rt_visit, void *) = t->type.native_traverse;
    return f == ct_data_traverse || f == ct_func_traverse;
}

static rt_value alloc(struct rt_thread *ts, struct ct_type *t, struct ct_layout **l)
{
    *l = ct_layout(t);
    if (rt_unlikely(*l ? (*l)->kind == CT_POINTER && rt_is_null((*l)->proto) : rt_type_is_subtype(&t->type, &ct_pointer_type.type)))
        return rt_raise(ts, &rt_exc_TypeError, "Cannot create instance: has no _type_");
    if (rt_unlikely(!*l || !is_instance_class(t)))
        return rt_raise(ts, &rt_exc_TypeError, "abstract class");
    ct_set_final(t);
    return rt_type_alloc(ts, &t->type);
}

/* Own memory of this many bytes, zeroed. */
static int give_memory(struct rt_thread *ts, struct ct_data *d, int64_t size, int64_t align)
{
    char *p = d->own;
    if (size > CT_OWN || align > 8) {
        struct ct_block *b = rt_raw_calloc(1, sizeof *b + (size_t)size);
        if (!b) {
            rt_raise_no_memory(ts);
            return -1;
        }
        b->next = rt_load_relaxed(&d->blocks);
        rt_store_relaxed(&d->blocks, b);
        p = b->data;
    }
    rt_store_relaxed(&d->ptr, p);
    rt_store_release(&d->size, size);
    return 0;
}

rt_value ct_data_new(struct rt_thread *ts, struct ct_type *t)
{
    struct ct_layout *l;
    rt_value v = alloc(ts, t, &l);
    if (!rt_is_null(v) && give_memory(ts, CT_DATA(v), l->size, l->align) < 0)
        rt_clear(ts, &v);
    return v;
}

rt_value ct_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    return ct_data_new(ts, (struct ct_type *)t);
}

rt_value ct_data_at(struct rt_thread *ts, struct ct_type *t, rt_value base, int64_t index, char *at)
{
    struct ct_layout *l;
    rt_value v = alloc(ts, t, &l);
    if (rt_is_null(v))
        return v;
    struct ct_data *d = CT_DATA(v);
    rt_slot_init(&d->base, rt_newref(ts, base));
    d->index = index;
    rt_store_relaxed(&d->ptr, at);
    rt_store_release(&d->size, l->size);
    return v;
}

rt_value ct_data_copy(struct rt_thread *ts, struct ct_type *t, const void *from)
{
    rt_value v = ct_data_new(ts, t);
    if (!rt_is_null(v))
        rt_racy_copy(ct_ptr(v), from, (size_t)rt_load_relaxed(&CT_DATA(v)->size));
    return v;
}

/* ---- life ---- */

int ct_data_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct ct_data *)o)->base);
    RT_VISIT_SLOT(&((struct ct_data *)o)->objects);
    RT_VISIT_SLOT(&((struct ct_data *)o)->cells);
    return 0;
}

static void data_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct ct_data *d = (struct ct_data *)o;
    if (!rt_is_null(rt_slot_peek(&d->base)) || !rt_is_null(rt_slot_peek(&d->objects))) {
        rt_store_release(&d->size, 0); /* what it shows may go with them */
        rt_store_release(&d->ptr, d->own);
    }
    rt_slot_clear(ts, o, &d->objects);
    rt_slot_clear(ts, o, &d->cells);
    rt_slot_clear(ts, o, &d->base);
}

static void data_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct ct_data *d = (struct ct_data *)o;
    rt_slot_clear(ts, o, &d->objects);
    rt_slot_clear(ts, o, &d->cells);
    rt_slot_clear(ts, o, &d->base);
    for (struct ct_block *b = rt_load_relaxed(&d->blocks), *next; b; b = next) {
        next = b->next;
        rt_raw_free(b);
    }
}

/* [under self's section] */
static int grow(struct rt_thread *ts, struct ct_data *d, int64_t size)
{
    struct ct_block *b = rt_raw_calloc(1, sizeof *b + (size_t)size);
    if (!b) {
        rt_raise_no_memory(ts);
        return -1;
    }
    rt_racy_copy(b->data, rt_load_relaxed(&d->ptr), (size_t)rt_load_relaxed(&d->size));
    b->next = rt_load_relaxed(&d->blocks);
    rt_store_relaxed(&d->blocks, b);
    rt_store_release(&d->ptr, b->data);
    rt_store_release(&d->size, size);
    return 0;
}

rt_value ct_resize(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (ct_count(ts, "resize", n, 2, 2) < 0)
        return RT_NULL;
    int64_t size = rt_as_index(ts, a[1], &rt_exc_OverflowError);
    if (size == -1 && rt_pending(ts))
        return RT_NULL;
    if (!ct_is_data(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "excepted ctypes instance");
    struct ct_data *d = CT_DATA(a[0]);
    struct ct_layout *l = ct_data_layout(a[0]);
    if (size < l->size)
        return rt_raise(ts, &rt_exc_ValueError, "minimum size is %zd", (ssize_t)l->size);
    bool own = rt_load_relaxed(&d->ptr) == d->own || rt_load_relaxed(&d->blocks);
    if (!own || !rt_is_null(rt_slot_peek(&d->base)))
        return rt_raise(ts, &rt_exc_ValueError, "Memory cannot be resized because this object doesn't own it");
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, d);
    int64_t room = rt_load_relaxed(&d->blocks) ? rt_load_relaxed(&d->size) : CT_OWN;
    int r = 0;
    if (size <= room)
        rt_store_release(&d->size, size);
    else
        r = grow(ts, d, size);
    rt_cs_end(ts, &cs);
    return r < 0 ? RT_NULL : RT_NONE;
}

/* ---- what is kept alive ---- */

struct ct_data *ct_root(rt_value v)
{
    struct ct_data *d = CT_DATA(v);
    rt_value base;
    while (!rt_is_null(base = rt_slot_peek(&d->base)))
        d = CT_DATA(base);
    return d;
}

/* Of a root: its dict, or what the one place holds; owned. */
static rt_value objects_of(struct rt_thread *ts, struct ct_data *root)
{
    rt_value v = rt_slot_get(ts, root, &root->objects);
    if (!rt_is_null(v))
        return v;
    v = ct_data_layout(rt_borrow(root))->length ? rt_dict_new(ts) : RT_NONE;
    uint64_t none = 0;
    if (rt_is_null(v))
        return v;
    if (!rt_cas_acq_rel(&root->objects.bits, &none, v.bits)) {
        rt_decref(ts, v);
        return objects_of(ts, root);
    }
    return rt_slot_get(ts, root, &root->objects);
}

rt_value ct_objects(struct rt_thread *ts, rt_value v) { return objects_of(ts, ct_root(v)); }

static rt_value key_of(struct rt_thread *ts, struct ct_data *d, int64_t index)
{
    char text[256];
    size_t n = (size_t)snprintf(text, sizeof text, "%x", (unsigned)index);
    rt_value base;
    while (!rt_is_null(base = rt_slot_peek(&d->base)) && n < sizeof text - 20) {
        n += (size_t)snprintf(text + n, sizeof text - n, ":%x", (unsigned)d->index);
        d = CT_DATA(base);
    }
    return rt_str_from_utf8(ts, text, n, NULL);
}

/* ---- cells ---- */

struct cell { struct rt_object hdr; rt_slot v; };

static int cell_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct cell *)o)->v);
    return 0;
}
static void cell_clear(struct rt_thread *ts, struct rt_object *o) { rt_slot_clear(ts, o, &((struct cell *)o)->v); }
struct rt_type ct_cell_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes._Kept", .flags = RT_TF_GC | RT_TF_NO_NEW, .basic_size = sizeof(struct cell),
    .traverse = cell_traverse, .clear = cell_clear,
};

/* What the slot holds, a dict made when it is first wanted; owned. */
static rt_value dict_in(struct rt_thread *ts, struct ct_data *root, rt_slot *slot)
{
    rt_value d = rt_slot_get(ts, root, slot);
    uint64_t none = 0;
    if (!rt_is_null(d) || rt_is_null(d = rt_dict_new(ts)))
        return d;
    if (!rt_cas_acq_rel(&slot->bits, &none, d.bits))
        rt_decref(ts, d);
    return rt_slot_get(ts, root, slot);
}

/* The cell of the place with this key; owned. */
static rt_value cell_of(struct rt_thread *ts, struct ct_data *root, rt_value key)
{
    rt_value cells = dict_in(ts, root, &root->cells), c = rt_is_null(cells) ? cells : rt_dict_get(ts, cells, key);
    if (rt_is_null(c) && !rt_pending(ts)) {
        rt_value made = rt_type_alloc(ts, &ct_cell_type);
        if (!rt_is_null(made))
            c = rt_dict_setdefault(ts, cells, key, made); /* another thread's, if it was quicker */
        rt_decref(ts, made);
    }
    rt_decref(ts, cells);
    return c;
}

int ct_keep(struct rt_thread *ts, rt_value v, int64_t index, rt_value owned)
{
    const struct ct_place nothing = {v, index, 0, false};
    return ct_commit(ts, &nothing, NULL, 0, owned);
}

/* ---- parts ---- */

char *ct_place_now(struct rt_thread *ts, const struct ct_place *at)
{
    if (!at->follow)
        return ct_ptr(at->inst) + at->offset;
    char *p = ct_target(at->inst);
    if (!p) {
        rt_raise(ts, &rt_exc_ValueError, "NULL pointer access");
        return NULL;
    }
    return p + at->offset;
}

/* Writes the bytes and exchanges what *kept holds, in one section of root. 0, -1 */
static int write_both(struct rt_thread *ts, struct ct_data *root, const struct ct_place *at, const void *from, size_t n, rt_slot *kept,
                      rt_value owned)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, root);
    char *to = n ? ct_place_now(ts, at) : NULL;
    int r = n && !to ? -1 : 0;
    if (r == 0) {
        if (n)
            memmove(to, from, n); /* a part of the same memory, maybe */
        if (kept)
            owned = rt_slot_swap(kept, owned);
    }
    rt_cs_end(ts, &cs);
    rt_decref(ts, owned);
    return r;
}

/* The same where what is kept goes into the dict. Consumes owned. */
static int commit_in_dict(struct rt_thread *ts, struct ct_data *root, rt_value objects, const struct ct_place *at, const void *from,
                          size_t n, rt_value owned)
{
    rt_value key = key_of(ts, CT_DATA(at->inst), at->index), cell = RT_NULL;
    int r = rt_is_null(key) ? -1 : 0;
    if (r == 0 && n && rt_load_relaxed(&ts->mt)) {
        cell = cell_of(ts, root, key);
        r = rt_is_null(cell) ? -1 : 0;
    }
    if (r == 0 && n) {
        rt_slot *kept = rt_is_null(cell) ? NULL : &((struct cell *)rt_ptr(cell))->v;
        r = write_both(ts, root, at, from, n, kept, kept ? rt_newref(ts, owned) : RT_NONE);
    }
    if (r == 0)
        r = rt_dict_set(ts, objects, key, owned);
    rt_decref(ts, cell);
    rt_decref(ts, key);
    rt_decref(ts, owned);
    return r;
}

int ct_commit(struct rt_thread *ts, const struct ct_place *at, const void *from, size_t n, rt_value owned)
{
    if (rt_is_null(owned))
        return -1;
    struct ct_data *root = ct_root(at->inst);
    if (rt_is_none(owned))
        return write_both(ts, root, at, from, n, NULL, owned);
    rt_value objects = objects_of(ts, root);
    int r = -1;
    if (rt_is_null(objects))
        rt_decref(ts, owned);
    else if (rt_is_exact(objects, &rt_dict_type))
        r = commit_in_dict(ts, root, objects, at, from, n, owned);
    else
        r = write_both(ts, root, at, from, n, &root->objects, owned);
    rt_decref(ts, objects);
    return r;
}

/* Text at an address that may be replaced: its bytes are taken in the section, the object is made after it. */
static rt_value get_text_kept(struct rt_thread *ts, const struct ct_layout *l, const struct ct_place *at)
{
    bool wide = l->code->code == 'Z';
    size_t unit = wide ? sizeof(wchar_t) : 1, room = 1024, n = 0;
    wchar_t local[256];
    char *to = (char *)local, *p = NULL, *where;
    for (;;) {
        struct rt_cs cs;
        rt_cs_begin(ts, &cs, ct_root(at->inst));
        if ((where = ct_place_now(ts, at))) {
            rt_racy_copy(&p, where, sizeof p);
            n = p ? (wide ? wcslen((wchar_t *)p) : strlen(p)) * unit : 0;
            if (p && n <= room)
                rt_racy_copy(to, p, n);
        }
        rt_cs_end(ts, &cs);
        if (!where || !p || n <= room)
            break;
        if (to != (char *)local)
            rt_raw_free(to);
        if (!(to = rt_raw_malloc(room = n + 64)))
            return rt_raise_no_memory(ts);
    }
    rt_value r = !where ? RT_NULL : !p ? RT_NONE : wide ? ct_wide(ts, (wchar_t *)to, n / unit) : rt_bytes_new(ts, to, n);
    if (to != (char *)local)
        rt_raw_free(to);
    return r;
}

/* A simple value while other threads may replace the address on the way to it. */
static rt_value get_kept(struct rt_thread *ts, const struct ct_layout *l, const struct ct_place *at)
{
    if (l->code->code == 'z' || l->code->code == 'Z')
        return get_text_kept(ts, l, at);
    union ct_word w;
    rt_value r = RT_NULL;
    struct rt_cs cs;
    memset(&w, 0, sizeof w);
    rt_cs_begin(ts, &cs, ct_root(at->inst));
    char *from = ct_place_now(ts, at);
    if (from)
        rt_racy_copy(w.bytes, from, l->code->size);
    if (from && l->code->code == 'O')
        r = ct_load(ts, l->code, false, w.bytes);
    rt_cs_end(ts, &cs);
    return !from || l->code->code == 'O' ? r : ct_load(ts, l->code, l->swapped, w.bytes);
}

rt_value ct_load_at(struct rt_thread *ts, const struct ct_layout *l, const struct ct_place *at)
{
    if (rt_load_relaxed(&ts->mt) && (at->follow || (l->flags & CT_IS_POINTER)))
        return get_kept(ts, l, at);
    char *from = ct_place_now(ts, at);
    return from ? ct_load(ts, l->code, l->swapped, from) : RT_NULL;
}

rt_value ct_get(struct rt_thread *ts, rt_value proto, const struct ct_place *at)
{
    struct ct_layout *l = ct_layout(CT_TYPE(proto));
    if (rt_likely(l && l->code && l->direct))
        return ct_load_at(ts, l, at);
    char *from = ct_place_now(ts, at);
    return from ? ct_data_at(ts, CT_TYPE(proto), at->inst, at->index, from) : RT_NULL;
}

void ct_extend_error(struct rt_thread *ts, struct rt_type *cls, const char *prefix)
{
    rt_value e = rt_exc_take(ts), text = rt_str(ts, e);
    if (rt_is_null(text))
        rt_exc_clear(ts);
    rt_raise(ts, cls, "%s%s: %S", prefix, rt_type_shortname(rt_type_of(e)), rt_is_null(text) ? rt_str_empty() : text);
    rt_decref(ts, text);
    rt_decref(ts, e);
}

/* A value on its way into memory: its bytes are at `from`, perhaps in `word`; `hold` has them if they are not the caller's. */
struct coming { const void *from; union ct_word word; rt_value hold; };

static rt_value bring(struct rt_thread *ts, rt_value proto, rt_value v, struct coming *c);

/* v is not one of ours: a tuple of arguments, or None for a pointer. */
static rt_value bring_foreign(struct rt_thread *ts, rt_value proto, rt_value v, struct coming *c)
{
    struct rt_type *t = rt_as_type(proto);
    if (rt_is_ptr(v) && rt_is_tuple(v)) {
        rt_value made = c->hold = rt_call_ex(ts, proto, v, RT_NULL);
        if (rt_is_null(made)) {
            char prefix[256];
            snprintf(prefix, sizeof prefix, "(%.200s) ", rt_type_shortname(t));
            ct_extend_error(ts, &rt_exc_RuntimeError, prefix);
            return made;
        }
        return ct_is_data(made) ? bring(ts, proto, made, c) : rt_raise(ts, &rt_exc_TypeError, "expected %V instance, got %T", t, made);
    }
    if (rt_is_none(v) && ct_layout(CT_TYPE(proto))->kind == CT_POINTER)
        return v;
    return rt_raise(ts, &rt_exc_TypeError, "expected %V instance, got %T", t, v);
}

/* An array where a pointer is wanted: both the array and what it keeps must live. */
static rt_value bring_array(struct rt_thread *ts, rt_value v, struct coming *c)
{
    c->word.p = ct_ptr(v);
    rt_value keep = ct_objects(ts, v), pair = rt_is_null(keep) ? keep : rt_tuple_pack(ts, 2, keep, v);
    rt_decref(ts, keep);
    return pair;
}

/* An instance of proto: its bytes. A py_object gives its object, which may be another one by the time it is stored. */
static rt_value bring_same(struct rt_thread *ts, const struct ct_layout *l, rt_value v, struct coming *c)
{
    if (l->code && l->code->code == 'O') {
        const struct ct_place at = {v, 0, 0, false};
        rt_value o = get_kept(ts, l, &at);
        if (rt_is_null(o) && rt_exc_clear_if(ts, &rt_exc_ValueError))
            return RT_NONE; /* NULL */
        ct_put_word(c->word.bytes, o);
        return o;
    }
    c->from = ct_ptr(v);
    return ct_objects(ts, v);
}

/* What has to live from now on, owned, or None. */
static rt_value bring(struct rt_thread *ts, rt_value proto, rt_value v, struct coming *c)
{
    struct ct_layout *l = ct_layout(CT_TYPE(proto)), *vl;
    c->from = c->word.bytes;
    if (!ct_is_data(v))
        return l->code ? ct_store(ts, l->code, l->swapped, c->word.bytes, v) : bring_foreign(ts, proto, v, c);
    int is = rt_type_of(v) == rt_as_type(proto) ? 1 : rt_isinstance(ts, v, proto);
    if (is < 0)
        return RT_NULL;
    vl = ct_data_layout(v);
    if (is && vl->size >= l->size)
        return bring_same(ts, l, v, c);
    if (l->kind == CT_POINTER && vl->kind == CT_ARRAY && rt_is(vl->proto, l->proto))
        return bring_array(ts, v, c);
    return rt_raise(ts, &rt_exc_TypeError, "incompatible types, %T instance instead of %V instance", v, rt_as_type(proto));
}

int ct_set(struct rt_thread *ts, rt_value proto, const struct ct_place *at, rt_value v)
{
    struct ct_layout *l = ct_layout(CT_TYPE(proto));
    if (!l) {
        rt_raise(ts, &rt_exc_TypeError, "abstract class");
        return -1;
    }
    if (!at->follow && ct_store_int(l, ct_ptr(at->inst) + at->offset, v))
        return 0;
    struct coming c;
    memset(&c.word, 0, sizeof c.word);
    c.hold = RT_NULL;
    rt_value keep = bring(ts, proto, v, &c);
    int r = rt_is_null(keep) ? -1 : ct_commit(ts, at, c.from, (size_t)l->size, keep);
    rt_decref(ts, c.hold);
    return r;
}

/* ---- buffers ---- */

static int data_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *b, int flags)
{
    struct ct_layout *l = ct_data_layout(self), *item = l;
    while (item->kind == CT_ARRAY)
        item = ct_layout(CT_TYPE(item->proto));
    memset(b, 0, sizeof *b);
    b->len = rt_load_acquire(&CT_DATA(self)->size);
    b->buf = ct_ptr(self);
    b->obj = rt_newref(ts, self);
    b->format = l->format ? l->format : "B";
    b->ndim = l->ndim;
    b->shape = l->shape;
    b->strides = l->shape ? l->shape + l->ndim : NULL;
    b->itemsize = item->size;
    return 0;
}

/* ---- attributes and methods ---- */

static rt_value get_needsfree(struct rt_thread *ts, rt_value self, void *closure)
{
    struct ct_data *d = CT_DATA(self);
    return rt_int_imm(rt_load_relaxed(&d->blocks) || rt_load_relaxed(&d->ptr) == d->own);
}

static rt_value data_self(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }

static int64_t data_hash(struct rt_thread *ts, rt_value self)
{
    rt_raise(ts, &rt_exc_TypeError, "unhashable type");
    return -1;
}

static rt_value data_reduce(struct rt_thread *ts, rt_value self)
{
    struct ct_layout *l = ct_data_layout(self);
    if (l->flags & (CT_IS_POINTER | CT_HAS_POINTER))
        return rt_raise(ts, &rt_exc_ValueError, "ctypes objects containing pointers cannot be pickled");
    rt_value attrs = rt_getattr_cstr(ts, self, "__dict__"), dict = RT_NULL, r = RT_NULL;
    if (!rt_is_null(attrs) && !rt_is_null(dict = rt_dict_new(ts)) && rt_dict_update(ts, dict, attrs) < 0)
        rt_clear(ts, &dict);
    rt_value data = rt_bytes_new(ts, ct_ptr(self), (size_t)rt_load_acquire(&CT_DATA(self)->size));
    rt_value state = rt_is_null(dict) || rt_is_null(data) ? RT_NULL : rt_tuple_pack(ts, 2, dict, data);
    rt_value args = rt_is_null(state) ? RT_NULL : rt_tuple_pack(ts, 2, rt_type_value(rt_type_of(self)), state);
    rt_value make = rt_is_null(args) ? RT_NULL : rt_import_attr(ts, "_ctypes", "_unpickle");
    if (!rt_is_null(make))
        r = rt_tuple_pack(ts, 2, make, args);
    rt_decref(ts, make);
    rt_decref(ts, args);
    rt_decref(ts, state);
    rt_decref(ts, data);
    rt_decref(ts, dict);
    rt_decref(ts, attrs);
    return r;
}

static rt_value data_setstate(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (ct_count(ts, NULL, n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_ptr(a[0]) || !rt_is_dict(a[0]))
        return rt_raise_arg_type(ts, "__setstate__", "argument 1", "dict", a[0]);
    const char *p;
    size_t len;
    if (rt_is_bytes(a[1])) {
        p = rt_as_bytes(a[1])->data;
        len = rt_as_bytes(a[1])->length;
    } else if (!rt_is_ptr(a[1]) || !rt_is_str(a[1])) {
        return rt_raise_arg_type(ts, "__setstate__", "argument 2", "read-only bytes-like object", a[1]);
    } else if (!(p = rt_str_utf8(ts, a[1], &len))) {
        return RT_NULL;
    }
    size_t size = (size_t)rt_load_acquire(&CT_DATA(self)->size);
    rt_racy_copy(ct_ptr(self), p, len < size ? len : size);
    rt_value dict = rt_getattr_cstr(ts, self, "__dict__");
    int r = rt_is_null(dict) ? -1 : rt_dict_update(ts, dict, a[0]);
    rt_decref(ts, dict);
    return r < 0 ? RT_NULL : RT_NONE;
}

rt_value ct_unpickle(struct rt_thread *ts, rt_value module, const rt_value *a, uint32_t n)
{
    if (ct_count(ts, NULL, n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_ptr(a[1]) || !rt_is_tuple(a[1]))
        return rt_raise_arg_type(ts, "_unpickle", "argument 2", "tuple", a[1]);
    rt_value v = rt_call_method(ts, a[0], "__new__", a, 1);
    if (rt_is_null(v))
        return v;
    rt_value set = rt_getattr_cstr(ts, v, "__setstate__"), r = rt_is_null(set) ? set : rt_call_ex(ts, set, a[1], RT_NULL);
    if (rt_is_null(r))
        rt_clear(ts, &v);
    rt_decref(ts, r);
    rt_decref(ts, set);
    return v;
}


static const struct rt_method_def data_methods[] = {
    {"__ctypes_from_outparam__", data_self, RT_METH_NOARGS, NULL},
    {"__reduce__", data_reduce, RT_METH_NOARGS, NULL},
    {"__setstate__", data_setstate, RT_METH_FAST, NULL},
    {NULL},
};
static const struct rt_member_def data_members[] = {
    {"_b_base_", RT_MEMBER_OBJECT, offsetof(struct ct_data, base), true, "the base object"},
    {"_objects", RT_MEMBER_OBJECT, offsetof(struct ct_data, objects), true,
     "internal objects tree (NEVER CHANGE THIS OBJECT!)"},
    {NULL},
};
static const struct rt_getset_def data_getset[] = {
    {"_b_needsfree_", get_needsfree, NULL, "whether the object owns the memory or not", NULL},
    {NULL},
};
struct rt_type ct_data_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ctypes._CData", .doc = "XXX to be provided", .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct ct_data), .traverse = ct_data_traverse, .clear = data_clear, .dealloc = data_dealloc,
    .hash = data_hash, .getbuffer = data_getbuffer, .methods = data_methods, .members = data_members, .getset = data_getset,
};
