/* SPDX-License-Identifier: MIT */
/*
 * memoryview.
 *
 * Views of one exporter share a managed buffer, which holds the exporter's buffer and counts its views;
 * the buffer is given back when the last one is released. A view has its own shape, strides and
 * suboffsets (one block, `dims`). A released view stays released. The elements are reached without a lock:
 * two threads that write one element race as they would on the exporter.
 */
#include "core/types/bytes/memoryview.h"

#include "core/types/exceptions/exceptions.h"

static struct rt_type managed_type;

/* ---- managed buffer --------------------------------------------------------------------------- */

static rt_value managed_new(struct rt_thread *ts, rt_value o)
{
    struct rt_managed_buffer *m = rt_object_new(ts, &managed_type, sizeof *m);
    if (!m)
        return RT_NULL;
    rt_store_relaxed(&m->views, 0);
    rt_store_relaxed(&m->released, true);
    m->master.obj = RT_NULL;
    rt_value v = rt_own(m);
    if (rt_buffer_get(ts, o, &m->master, RT_BUF_FULL_RO) < 0) {
        m->master.obj = RT_NULL;
        rt_decref(ts, v);
        return RT_NULL;
    }
    rt_store_relaxed(&m->released, false);
    return v;
}

static void managed_release(struct rt_thread *ts, struct rt_managed_buffer *m)
{
    bool no = false;
    if (!rt_cas_acq_rel(&m->released, &no, true))
        return;
    if (!rt_load_relaxed(&ts->mt)) {
        rt_buffer_release(ts, &m->master);
        return;
    }
    /* Another thread may be looking through a view at this moment: the object stays until the views are gone. */
    struct rt_type *t = rt_type_of(m->master.obj);
    if (t->releasebuffer)
        t->releasebuffer(ts, m->master.obj, &m->master);
}

static void managed_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_managed_buffer *m = (struct rt_managed_buffer *)o;
    managed_release(ts, m);
    rt_clear(ts, &m->master.obj);
}

static int managed_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_managed_buffer *m = (struct rt_managed_buffer *)o;
    return rt_is_null(m->master.obj) ? 0 : visit(m->master.obj, arg);
}

static struct rt_type managed_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "managedbuffer",
    .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_managed_buffer),
    .base = &rt_object_type,
    .dealloc = managed_dealloc,
    .clear = managed_dealloc,
    .traverse = managed_traverse,
};

int rt_memoryview_types_ready(struct rt_thread *ts) { return rt_type_ready(ts, &managed_type); }

/* ---- making views ----------------------------------------------------------------------------- */

struct rt_memoryview *rt_memoryview_check(struct rt_thread *ts, rt_value self)
{
    struct rt_memoryview *mv = (struct rt_memoryview *)rt_ptr(self);
    struct rt_managed_buffer *m = (struct rt_managed_buffer *)rt_ptr(mv->managed);
    if (rt_likely(!rt_load_acquire(&mv->released) && !rt_load_acquire(&m->released)))
        return mv;
    rt_raise(ts, &rt_exc_ValueError, "operation forbidden on released memoryview object");
    return NULL;
}

struct rt_memoryview *rt_memoryview_alloc(struct rt_thread *ts, rt_value managed, int ndim)
{
    struct rt_memoryview *mv = rt_object_new(ts, &rt_memoryview_type, sizeof *mv);
    if (!mv)
        return NULL;
    mv->dims = NULL;
    mv->own_format = NULL;
    mv->view = (struct rt_buffer){.obj = RT_NULL};
    rt_store_relaxed(&mv->released, true); /* until it counts as a view */
    rt_store_relaxed(&mv->exports, 0);
    rt_store_relaxed(&mv->hash, -1);
    mv->managed = rt_newref(ts, managed);
    mv->dims = rt_raw_malloc(sizeof(int64_t) * 3 * (size_t)(ndim ? ndim : 1));
    if (!mv->dims) {
        rt_decref(ts, rt_own(mv));
        rt_raise_no_memory(ts);
        return NULL;
    }
    rt_add_acq_rel(&((struct rt_managed_buffer *)rt_ptr(managed))->views, 1);
    rt_store_relaxed(&mv->released, false);
    mv->view.ndim = ndim;
    mv->view.shape = mv->dims;
    mv->view.strides = mv->dims + ndim;
    return mv;
}

/* Shape, strides and suboffsets of src, filled in where the exporter left them out. */
static void copy_dims(struct rt_memoryview *mv, const struct rt_buffer *src)
{
    struct rt_buffer *v = &mv->view;
    int n = src->ndim;
    for (int i = n; i-- > 0;) {
        v->shape[i] = src->shape ? src->shape[i] : src->itemsize ? src->len / src->itemsize : 0;
        v->strides[i] = src->strides ? src->strides[i] : i == n - 1 ? src->itemsize : v->strides[i + 1] * v->shape[i + 1];
    }
    v->suboffsets = NULL;
    if (src->suboffsets) {
        v->suboffsets = mv->dims + 2 * n;
        memcpy(v->suboffsets, src->suboffsets, sizeof(int64_t) * (size_t)n);
    }
}

rt_value rt_memoryview_of(struct rt_thread *ts, rt_value managed, const struct rt_buffer *src)
{
    struct rt_memoryview *mv = rt_memoryview_alloc(ts, managed, src->ndim);
    if (!mv)
        return RT_NULL;
    struct rt_buffer *v = &mv->view;
    v->obj = RT_NULL; /* the managed buffer keeps the exporter */
    v->buf = src->buf;
    v->len = src->len;
    v->itemsize = src->itemsize;
    v->readonly = src->readonly;
    v->format = src->format ? src->format : "B";
    copy_dims(mv, src);
    return rt_own(mv);
}

/* The format string belongs to another view, which may die first. */
static int keep_format(struct rt_thread *ts, rt_value view, const struct rt_memoryview *from)
{
    struct rt_memoryview *mv = (struct rt_memoryview *)rt_ptr(view);
    if (!from->own_format)
        return 0;
    size_t n = strlen(from->own_format) + 1;
    mv->own_format = rt_raw_malloc(n);
    if (!mv->own_format) {
        rt_raise_no_memory(ts);
        return -1;
    }
    memcpy(mv->own_format, from->own_format, n);
    mv->view.format = mv->own_format;
    return 0;
}

rt_value rt_memoryview_copy(struct rt_thread *ts, struct rt_memoryview *from)
{
    rt_value v = rt_memoryview_of(ts, from->managed, &from->view);
    if (!rt_is_null(v) && keep_format(ts, v, from) < 0)
        rt_clear(ts, &v);
    return v;
}

rt_value rt_memoryview_new(struct rt_thread *ts, rt_value o)
{
    if (rt_is_exact(o, &rt_memoryview_type)) {
        struct rt_memoryview *from = rt_memoryview_check(ts, o);
        return from ? rt_memoryview_copy(ts, from) : RT_NULL;
    }
    if (!rt_has_buffer(o))
        return rt_raise(ts, &rt_exc_TypeError, "memoryview: a bytes-like object is required, not '%.200T'", o);
    rt_value m = managed_new(ts, o);
    if (rt_is_null(m))
        return m;
    rt_value v = rt_memoryview_of(ts, m, &((struct rt_managed_buffer *)rt_ptr(m))->master);
    rt_decref(ts, m);
    return v;
}

static rt_value memory_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"object", NULL};
    static const struct rt_argspec spec = {"memoryview", names, 0, 1, 1, 1};
    rt_value a[1];
    return rt_args(ts, &spec, args, n, kw, a) < 0 ? RT_NULL : rt_memoryview_new(ts, a[0]);
}

static void release_view(struct rt_thread *ts, struct rt_memoryview *mv)
{
    bool no = false;
    if (!rt_cas_acq_rel(&mv->released, &no, true))
        return;
    struct rt_managed_buffer *m = (struct rt_managed_buffer *)rt_ptr(mv->managed);
    if (rt_sub_acq_rel(&m->views, 1) == 1)
        managed_release(ts, m);
}

static void memory_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_memoryview *mv = (struct rt_memoryview *)o;
    if (rt_is_ptr(mv->managed))
        release_view(ts, mv);
    rt_raw_free(mv->dims);
    rt_raw_free(mv->own_format);
    rt_decref(ts, mv->managed);
}

static void memory_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_memoryview *mv = (struct rt_memoryview *)o;
    if (rt_load_relaxed(&mv->exports) == 0)
        release_view(ts, mv);
}

static int memory_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct rt_memoryview *)o)->managed, arg);
}

static rt_value memory_release(struct rt_thread *ts, rt_value self)
{
    struct rt_memoryview *mv = (struct rt_memoryview *)rt_ptr(self);
    int64_t exports = rt_load_acquire(&mv->exports);
    if (exports > 0)
        return rt_raise(ts, &rt_exc_BufferError, "memoryview has %zd exported buffer%s", exports, exports == 1 ? "" : "s");
    release_view(ts, mv);
    return RT_NONE;
}

static rt_value memory_enter(struct rt_thread *ts, rt_value self)
{
    return rt_memoryview_check(ts, self) ? rt_newref(ts, self) : RT_NULL;
}

static rt_value memory_exit(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return memory_release(ts, self);
}

/* ---- contiguity ------------------------------------------------------------------------------- */

bool rt_buffer_is_contiguous(const struct rt_buffer *b, char order)
{
    if (b->suboffsets)
        return false;
    if (order == 'A')
        return rt_buffer_is_contiguous(b, 'C') || rt_buffer_is_contiguous(b, 'F');
    if (b->len == 0 || !b->strides)
        return order == 'C' || b->ndim <= 1;
    int64_t want = b->itemsize;
    for (int k = 0; k < b->ndim; k++) {
        int i = order == 'C' ? b->ndim - 1 - k : k;
        if (b->shape[i] > 1 && b->strides[i] != want)
            return false;
        want *= b->shape[i];
    }
    return true;
}

static const char *element(const struct rt_buffer *b, int dim, const char *p, int64_t i)
{
    p += i * b->strides[dim];
    if (b->suboffsets && b->suboffsets[dim] >= 0)
        p = *(const char *const *)p + b->suboffsets[dim];
    return p;
}

static char *copy_dim(const struct rt_buffer *b, int dim, const char *p, char *out)
{
    if (dim == b->ndim) {
        memcpy(out, p, (size_t)b->itemsize);
        return out + b->itemsize;
    }
    for (int64_t i = 0; i < b->shape[dim]; i++)
        out = copy_dim(b, dim + 1, element(b, dim, p, i), out);
    return out;
}

void rt_buffer_copy_out(const struct rt_buffer *b, char *out)
{
    if (b->len == 0)
        return;
    if (!b->strides || rt_buffer_is_contiguous(b, 'C'))
        memcpy(out, b->buf, (size_t)b->len);
    else
        copy_dim(b, 0, b->buf, out);
}

/* Column-major order: the first index moves fastest. */
static void copy_fortran(const struct rt_buffer *b, char *out)
{
    int64_t index[64] = {0}, n = 1;
    for (int i = 0; i < b->ndim; i++)
        n *= b->shape[i];
    for (int64_t k = 0; k < n; k++) {
        const char *p = b->buf;
        for (int i = 0; i < b->ndim; i++)
            p = element(b, i, p, index[i]);
        memcpy(out, p, (size_t)b->itemsize);
        out += b->itemsize;
        for (int i = 0; i < b->ndim && ++index[i] == b->shape[i]; i++)
            index[i] = 0;
    }
}

/* ---- the buffer protocol ---------------------------------------------------------------------- */

static int refuse(struct rt_thread *ts, const char *why)
{
    rt_raise(ts, &rt_exc_BufferError, "memoryview: %s", why);
    return -1;
}

static int memory_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *out, int flags)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv)
        return -1;
    const struct rt_buffer *v = &mv->view;
    bool c = rt_buffer_is_contiguous(v, 'C');
    if ((flags & RT_BUF_WRITABLE) && v->readonly)
        return refuse(ts, "underlying buffer is not writable");
    if ((flags & RT_BUF_C_CONTIGUOUS) == RT_BUF_C_CONTIGUOUS && !c)
        return refuse(ts, "underlying buffer is not C-contiguous");
    if ((flags & RT_BUF_F_CONTIGUOUS) == RT_BUF_F_CONTIGUOUS && !rt_buffer_is_contiguous(v, 'F'))
        return refuse(ts, "underlying buffer is not Fortran contiguous");
    if ((flags & RT_BUF_ANY_CONTIGUOUS) == RT_BUF_ANY_CONTIGUOUS && !rt_buffer_is_contiguous(v, 'A'))
        return refuse(ts, "underlying buffer is not contiguous");
    if ((flags & RT_BUF_INDIRECT) != RT_BUF_INDIRECT && v->suboffsets)
        return refuse(ts, "underlying buffer requires suboffsets");
    if ((flags & RT_BUF_STRIDES) != RT_BUF_STRIDES && !c)
        return refuse(ts, "underlying buffer is not C-contiguous");
    if (!(flags & RT_BUF_ND) && (flags & RT_BUF_FORMAT))
        return refuse(ts, "cannot cast to unsigned bytes if the format flag is present");
    *out = *v;
    if (!(flags & RT_BUF_FORMAT))
        out->format = NULL;
    if ((flags & RT_BUF_STRIDES) != RT_BUF_STRIDES)
        out->strides = NULL;
    if (!(flags & RT_BUF_ND)) {
        out->ndim = 1;
        out->shape = NULL;
    }
    rt_add_acq_rel(&mv->exports, 1);
    out->obj = rt_newref(ts, self);
    out->internal = NULL;
    return 0;
}

static void memory_releasebuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *view)
{
    rt_sub_acq_rel(&((struct rt_memoryview *)rt_ptr(self))->exports, 1);
}

/* ---- conversion ------------------------------------------------------------------------------- */

static rt_value tolist_dim(struct rt_thread *ts, const struct rt_buffer *b, int dim, const char *p, char format)
{
    rt_value list = rt_list_new(ts, (size_t)b->shape[dim]);
    for (int64_t i = 0; i < b->shape[dim] && !rt_is_null(list); i++) {
        const char *q = element(b, dim, p, i);
        rt_value v = dim + 1 == b->ndim ? rt_memoryview_unpack(ts, b, format, q) : tolist_dim(ts, b, dim + 1, q, format);
        if (rt_is_null(v) || rt_list_append_steal(ts, list, v) < 0)
            rt_clear(ts, &list);
    }
    return list;
}

static rt_value memory_tolist(struct rt_thread *ts, rt_value self)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv)
        return RT_NULL;
    char format = rt_memoryview_native(mv->view.format);
    if (!format)
        return rt_raise(ts, &rt_exc_NotImplementedError, "memoryview: format %s not supported", mv->view.format);
    rt_add_acq_rel(&mv->exports, 1);
    rt_value r = mv->view.ndim == 0 ? rt_memoryview_unpack(ts, &mv->view, format, mv->view.buf)
                                    : tolist_dim(ts, &mv->view, 0, mv->view.buf, format);
    rt_sub_acq_rel(&mv->exports, 1);
    return r;
}

static rt_value memory_tobytes(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"order", NULL};
    static const struct rt_argspec spec = {"tobytes", names, 0, 0, 1, 1};
    rt_value a[1];
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    char order = 'C';
    if (!mv || rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    if (!rt_is_null(a[0]) && !rt_is_none(a[0])) {
        if (!rt_is_str(a[0]))
            return rt_raise(ts, &rt_exc_TypeError, "tobytes() argument 'order' must be str or None, not %.50N", a[0]);
        order = rt_str_eq_cstr(a[0], "C") ? 'C' : rt_str_eq_cstr(a[0], "F") ? 'F' : rt_str_eq_cstr(a[0], "A") ? 'A' : 0;
        if (!order)
            return rt_raise(ts, &rt_exc_ValueError, "order must be 'C', 'F' or 'A'");
    }
    rt_value r = rt_bytes_new(ts, NULL, (size_t)mv->view.len);
    if (rt_is_null(r) || mv->view.len == 0)
        return r;
    if (order == 'A')
        order = rt_buffer_is_contiguous(&mv->view, 'F') && !rt_buffer_is_contiguous(&mv->view, 'C') ? 'F' : 'C';
    if (order == 'F')
        copy_fortran(&mv->view, rt_as_bytes(r)->data);
    else
        rt_buffer_copy_out(&mv->view, rt_as_bytes(r)->data);
    return r;
}

static rt_value memory_hex(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"sep", "bytes_per_sep", NULL};
    static const struct rt_argspec spec = {"hex", names, 0, 0, 2, 2};
    rt_value a[2];
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv || rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    rt_value b = rt_bytes_new(ts, NULL, (size_t)mv->view.len);
    if (rt_is_null(b))
        return b;
    if (mv->view.len)
        rt_buffer_copy_out(&mv->view, rt_as_bytes(b)->data);
    rt_value r = rt_bytes_hex(ts, (uint8_t *)rt_as_bytes(b)->data, (size_t)mv->view.len, a[0], a[1]);
    rt_decref(ts, b);
    return r;
}

static rt_value memory_toreadonly(struct rt_thread *ts, rt_value self)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv)
        return RT_NULL;
    rt_value v = rt_memoryview_copy(ts, mv);
    if (!rt_is_null(v))
        ((struct rt_memoryview *)rt_ptr(v))->view.readonly = true;
    return v;
}


/* ---- attributes ------------------------------------------------------------------------------- */

static rt_value dims_tuple(struct rt_thread *ts, const int64_t *p, int n)
{
    rt_value t = rt_tuple_new(ts, p ? (size_t)n : 0);
    for (int i = 0; p && i < n && !rt_is_null(t); i++)
        rt_as_tuple(t)->items[i] = rt_int_from_i64(ts, p[i]);
    return t;
}

enum { G_OBJ, G_NBYTES, G_READONLY, G_ITEMSIZE, G_FORMAT, G_NDIM, G_SHAPE, G_STRIDES, G_SUBOFFSETS, G_C, G_F, G_ANY };

static rt_value getter(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv)
        return RT_NULL;
    const struct rt_buffer *v = &mv->view;
    rt_value obj = ((struct rt_managed_buffer *)rt_ptr(mv->managed))->master.obj;
    switch ((intptr_t)closure) {
    case G_OBJ: return rt_is_null(obj) ? RT_NONE : rt_newref(ts, obj);
    case G_NBYTES: return rt_int_imm(v->len);
    case G_READONLY: return rt_bool(v->readonly);
    case G_ITEMSIZE: return rt_int_imm(v->itemsize);
    case G_FORMAT: return rt_str_from_cstr(ts, v->format);
    case G_NDIM: return rt_int_imm(v->ndim);
    case G_SHAPE: return dims_tuple(ts, v->shape, v->ndim);
    case G_STRIDES: return dims_tuple(ts, v->strides, v->ndim);
    case G_SUBOFFSETS: return dims_tuple(ts, v->suboffsets, v->ndim);
    case G_C: return rt_bool(rt_buffer_is_contiguous(v, 'C'));
    case G_F: return rt_bool(rt_buffer_is_contiguous(v, 'F'));
    default: return rt_bool(rt_buffer_is_contiguous(v, 'A'));
    }
}

#define GET(name, what, doc) {name, getter, NULL, doc, (void *)(intptr_t)what}
static const struct rt_getset_def memory_getset[] = {
    GET("obj", G_OBJ, "The underlying object of the memoryview."),
    GET("nbytes", G_NBYTES, "The amount of space in bytes that the array would use in\n a contiguous representation."),
    GET("readonly", G_READONLY, "A bool indicating whether the memory is read only."),
    GET("itemsize", G_ITEMSIZE, "The size in bytes of each element of the memoryview."),
    GET("format", G_FORMAT, "A string containing the format (in struct module style)\n for each element in the view."),
    GET("ndim", G_NDIM, "An integer indicating how many dimensions of a multi-dimensional\n array the memory represents."),
    GET("shape", G_SHAPE, "A tuple of ndim integers giving the shape of the memory\n as an N-dimensional array."),
    GET("strides", G_STRIDES, "A tuple of ndim integers giving the size in bytes to access\n each element for each dimension of the array."),
    GET("suboffsets", G_SUBOFFSETS, "A tuple of integers used internally for PIL-style arrays."),
    GET("c_contiguous", G_C, "A bool indicating whether the memory is C contiguous."),
    GET("f_contiguous", G_F, "A bool indicating whether the memory is Fortran contiguous."),
    GET("contiguous", G_ANY, "A bool indicating whether the memory is contiguous."),
    {0},
};

static rt_value memory_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_memoryview *mv = (struct rt_memoryview *)rt_ptr(self);
    return rt_str_format(ts, rt_load_relaxed(&mv->released) ? "<released memory at %p>" : "<memory at %p>", (void *)mv);
}

static int64_t memory_hash(struct rt_thread *ts, rt_value self)
{
    struct rt_memoryview *mv = (struct rt_memoryview *)rt_ptr(self);
    int64_t h = rt_load_relaxed(&mv->hash);
    if (h != -1)
        return h;
    if (!rt_memoryview_check(ts, self))
        return -1;
    char format = rt_memoryview_native(mv->view.format);
    if (!mv->view.readonly) {
        rt_raise(ts, &rt_exc_ValueError, "cannot hash writable memoryview object");
        return -1;
    }
    if (format != 'B' && format != 'b' && format != 'c') {
        rt_raise(ts, &rt_exc_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
        return -1;
    }
    rt_add_acq_rel(&mv->exports, 1);
    rt_value obj = ((struct rt_managed_buffer *)rt_ptr(mv->managed))->master.obj;
    int64_t own = rt_is_null(obj) ? 0 : rt_hash(ts, obj);
    rt_sub_acq_rel(&mv->exports, 1);
    if (own == -1)
        return -1;
    rt_value b = rt_bytes_new(ts, NULL, (size_t)mv->view.len);
    if (rt_is_null(b))
        return -1;
    if (mv->view.len)
        rt_buffer_copy_out(&mv->view, rt_as_bytes(b)->data);
    struct rt_hash_key key = {rt_runtime.hash_key[0], rt_runtime.hash_key[1]};
    h = rt_hash_bytes(key, rt_as_bytes(b)->data, (size_t)mv->view.len);
    rt_decref(ts, b);
    rt_store_relaxed(&mv->hash, h);
    return h;
}

/* ---- iterator: as long as the view was when it began -------------------------------------------- */

struct memory_iter {
    struct rt_object hdr;
    rt_value view;         /* owned; kept until the iterator dies */
    int64_t length;
    _Atomic int64_t index; /* length: exhausted */
};

static rt_value memory_iter_next(struct rt_thread *ts, rt_value self)
{
    struct memory_iter *it = (struct memory_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    if (i >= it->length)
        return RT_STOP;
    rt_store_relaxed(&it->index, i + 1);
    return rt_memoryview_item(ts, it->view, i);
}

static int memory_iter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct memory_iter *)o)->view, arg);
}

static void memory_iter_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_decref(ts, ((struct memory_iter *)o)->view); }

static struct rt_type memory_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "memory_iterator",
    .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct memory_iter),
    .base = &rt_object_type,
    .dealloc = memory_iter_dealloc,
    .traverse = memory_iter_traverse,
    .iter = rt_iter_self,
    .iternext = memory_iter_next,
};

static rt_value memory_iter(struct rt_thread *ts, rt_value self)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv || rt_type_ready(ts, &memory_iter_type) < 0)
        return RT_NULL;
    if (mv->view.ndim == 0)
        return rt_raise(ts, &rt_exc_TypeError, "invalid indexing of 0-dim memory");
    if (mv->view.ndim > 1)
        return rt_raise(ts, &rt_exc_NotImplementedError, "multi-dimensional sub-views are not implemented");
    struct memory_iter *it = rt_object_new(ts, &memory_iter_type, sizeof *it);
    if (!it)
        return RT_NULL;
    it->view = rt_newref(ts, self);
    it->length = mv->view.shape[0];
    rt_store_relaxed(&it->index, 0);
    return rt_own(it);
}

static const struct rt_method_def memory_methods[] = {
    {"release", memory_release, RT_METH_NOARGS, "release($self, /)\n--\n\nRelease the underlying buffer exposed by the memoryview object."},
    {"tobytes", memory_tobytes, RT_METH_KW, "tobytes($self, /, order='C')\n--\n\nReturn the data in the buffer as a byte string."},
    {"hex", memory_hex, RT_METH_KW, "Return the data in the buffer as a str of hexadecimal numbers."},
    {"tolist", memory_tolist, RT_METH_NOARGS, "tolist($self, /)\n--\n\nReturn the data in the buffer as a list of elements."},
    {"cast", rt_memoryview_cast, RT_METH_KW, "cast($self, /, format, shape=<unrepresentable>)\n--\n\nCast a memoryview to a new format or shape."},
    {"toreadonly", memory_toreadonly, RT_METH_NOARGS, "toreadonly($self, /)\n--\n\nReturn a readonly version of the memoryview."},
    {"__enter__", memory_enter, RT_METH_NOARGS, NULL},
    {"__exit__", memory_exit, RT_METH_FAST, NULL},
    {0},
};

struct rt_type rt_memoryview_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "memoryview",
    .doc = "memoryview(object)\n--\n\nCreate a new memoryview object which references the given object.",
    .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_WEAKREF | RT_TF_SEQUENCE,
    .basic_size = sizeof(struct rt_memoryview),
    .base = &rt_object_type,
    .dealloc = memory_dealloc,
    .clear = memory_clear,
    .traverse = memory_traverse,
    .repr = memory_repr,
    .hash = memory_hash,
    .richcompare = rt_memoryview_richcompare,
    .new = memory_new,
    .iter = memory_iter,
    .len = rt_memoryview_len,
    .getitem = rt_memoryview_getitem,
    .setitem = rt_memoryview_setitem,
    .sq_item = rt_memoryview_item,
    .getbuffer = memory_getbuffer,
    .releasebuffer = memory_releasebuffer,
    .methods = memory_methods,
    .getset = memory_getset,
};
