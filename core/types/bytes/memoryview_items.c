/* SPDX-License-Identifier: MIT */
/* Elements of memoryviews: formats, indexing, slicing, assignment, comparison, cast. */
#include "core/types/bytes/memoryview.h"

#include "core/types/exceptions/exceptions.h"

enum { MAX_NDIM = 64 };

/* ---- formats ---------------------------------------------------------------------------------- */

static int64_t native_size(char format)
{
    switch (format) {
    case 'c': case 'b': case 'B': case '?': return 1;
    case 'h': case 'H': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': case 'q': case 'Q': case 'n': case 'N': case 'd': case 'P': return 8;
    }
    return 0;
}

char rt_memoryview_native(const char *format)
{
    if (*format == '@')
        format++;
    return native_size(*format) && !format[1] ? *format : 0;
}

rt_value rt_memoryview_unpack(struct rt_thread *ts, const struct rt_buffer *b, char format, const char *p)
{
#define LOAD(type, make) \
    do { \
        type x_; \
        memcpy(&x_, p, sizeof x_); \
        return make; \
    } while (0)
    switch (format) {
    case 'B': return rt_int_imm((uint8_t)*p);
    case 'b': return rt_int_imm((int8_t)*p);
    case 'c': return rt_bytes_new(ts, p, 1);
    case '?': return rt_bool(*p != 0);
    case 'h': LOAD(int16_t, rt_int_imm(x_));
    case 'H': LOAD(uint16_t, rt_int_imm(x_));
    case 'i': LOAD(int32_t, rt_int_imm(x_));
    case 'I': LOAD(uint32_t, rt_int_imm(x_));
    case 'l': case 'q': case 'n': LOAD(int64_t, rt_int_from_i64(ts, x_));
    case 'L': case 'Q': case 'N': case 'P': LOAD(uint64_t, rt_int_from_u64(ts, x_));
    case 'f': LOAD(float, rt_float_new(ts, x_));
    case 'd': LOAD(double, rt_float_new(ts, x_));
    }
#undef LOAD
    return rt_raise(ts, &rt_exc_NotImplementedError, "memoryview: format %s not supported", b->format);
}

static int bad_value(struct rt_thread *ts, const struct rt_buffer *b)
{
    rt_raise(ts, &rt_exc_ValueError, "memoryview: invalid value for format '%s'", b->format);
    return -1;
}

static int bad_type(struct rt_thread *ts, const struct rt_buffer *b)
{
    rt_raise(ts, &rt_exc_TypeError, "memoryview: invalid type for format '%s'", b->format);
    return -1;
}

static int pack_int(struct rt_thread *ts, const struct rt_buffer *b, char format, char *p, rt_value v)
{
    int64_t size = native_size(format), i = 0;
    uint64_t u = 0;
    bool is_signed = strchr("bhilqn", format) != NULL;
    rt_value x = rt_index(ts, v);
    if (rt_is_null(x))
        return rt_exc_clear_if(ts, &rt_exc_TypeError) ? bad_type(ts, b) : -1;
    bool fits = is_signed ? rt_int_try_i64(x, &i) : rt_int_try_u64(x, &u);
    rt_decref(ts, x);
    if (is_signed && size < 8)
        fits = fits && i >= -(1ll << (8 * size - 1)) && i < 1ll << (8 * size - 1);
    else if (!is_signed && size < 8)
        fits = fits && u < 1ull << (8 * size);
    if (!fits)
        return bad_value(ts, b);
    if (is_signed)
        u = (uint64_t)i;
    memcpy(p, &u, (size_t)size); /* little-endian: the low bytes come first */
    return 0;
}

static int pack_float(struct rt_thread *ts, const struct rt_buffer *b, char format, char *p, rt_value v)
{
    double d = rt_as_double(ts, v);
    if (d == -1.0 && rt_pending(ts))
        return rt_exc_clear_if(ts, &rt_exc_TypeError) ? bad_type(ts, b) : -1;
    if (format == 'd') {
        memcpy(p, &d, 8);
    } else {
        float f = (float)d;
        memcpy(p, &f, 4);
    }
    return 0;
}

static int pack(struct rt_thread *ts, struct rt_memoryview *mv, char format, char *p, rt_value v)
{
    const struct rt_buffer *b = &mv->view;
    int t;
    switch (format) {
    case 'c':
        if (!rt_is_bytes(v))
            return bad_type(ts, b);
        if (rt_as_bytes(v)->length != 1)
            return bad_value(ts, b);
        *p = rt_as_bytes(v)->data[0];
        return 0;
    case '?':
        t = rt_truth(ts, v);
        if (t < 0)
            return -1;
        *p = (char)t;
        return 0;
    case 'f': case 'd':
        return pack_float(ts, b, format, p, v);
    default:
        return pack_int(ts, b, format, p, v);
    }
}

/* ---- indexing --------------------------------------------------------------------------------- */

static char *step(struct rt_thread *ts, const struct rt_buffer *b, int dim, char *p, int64_t i)
{
    int64_t n = b->shape[dim];
    if (i < 0)
        i += n;
    if (i < 0 || i >= n) {
        rt_raise(ts, &rt_exc_IndexError, "index out of bounds on dimension %d", dim + 1);
        return NULL;
    }
    p += i * b->strides[dim];
    if (b->suboffsets && b->suboffsets[dim] >= 0)
        p = *(char **)p + b->suboffsets[dim];
    return p;
}

static char *locate(struct rt_thread *ts, rt_value self, const struct rt_buffer *b, rt_value tuple)
{
    struct rt_tuple *t = rt_as_tuple(tuple);
    char *p = b->buf;
    if ((int64_t)t->length > b->ndim) {
        rt_raise(ts, &rt_exc_TypeError, "cannot index %d-dimension view with %zd-element tuple", b->ndim, t->length);
        return NULL;
    }
    for (size_t d = 0; d < t->length; d++) {
        int64_t i = rt_as_index(ts, t->items[d], &rt_exc_IndexError);
        if ((i == -1 && rt_pending(ts)) || !rt_memoryview_check(ts, self) || !(p = step(ts, b, (int)d, p, i)))
            return NULL; /* the look-up of an index may have released the view */
    }
    return p;
}

static char format_of(struct rt_thread *ts, const struct rt_buffer *b)
{
    char f = rt_memoryview_native(b->format);
    if (!f)
        rt_raise(ts, &rt_exc_NotImplementedError, "memoryview: unsupported format %s", b->format);
    return f;
}

static bool all_index(rt_value key, bool slices)
{
    struct rt_tuple *t = rt_as_tuple(key);
    for (size_t i = 0; i < t->length; i++) {
        if (slices ? !rt_is_exact(t->items[i], &rt_slice_type) : !rt_index_check(t->items[i]))
            return false;
    }
    return !slices || t->length > 0;
}

rt_value rt_memoryview_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv)
        return RT_NULL;
    const struct rt_buffer *b = &mv->view;
    char f = format_of(ts, b);
    if (!f)
        return RT_NULL;
    if (b->ndim == 0)
        return rt_raise(ts, &rt_exc_TypeError, "invalid indexing of 0-dim memory");
    if (b->ndim > 1)
        return rt_raise(ts, &rt_exc_NotImplementedError, "multi-dimensional sub-views are not implemented");
    char *p = step(ts, b, 0, b->buf, i);
    return p ? rt_memoryview_unpack(ts, b, f, p) : RT_NULL;
}

static void narrow(struct rt_buffer *b, int64_t start, int64_t stop, int64_t stride)
{
    int64_t n = rt_slice_adjust(b->shape[0], &start, &stop, stride);
    if (n < 0)
        n = 0;
    b->buf = (char *)b->buf + b->strides[0] * start;
    b->shape[0] = n;
    b->strides[0] *= stride;
    b->len = b->itemsize;
    for (int i = 0; i < b->ndim; i++)
        b->len *= b->shape[i];
}

/* Narrow dimension 0 of the view by a slice. */
static int slice_view(struct rt_thread *ts, struct rt_buffer *b, rt_value key)
{
    int64_t start, stop, stride;
    if (rt_slice_unpack(ts, key, &start, &stop, &stride) < 0)
        return -1;
    narrow(b, start, stop, stride);
    return 0;
}

rt_value rt_memoryview_slice(struct rt_thread *ts, rt_value self, int64_t start, int64_t stop, int64_t stride)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv)
        return RT_NULL;
    if (mv->view.ndim != 1)
        return RT_NOTIMPL;
    rt_value v = rt_memoryview_copy(ts, mv);
    if (!rt_is_null(v))
        narrow(&((struct rt_memoryview *)rt_ptr(v))->view, start, stop, stride);
    return v;
}

rt_value rt_memoryview_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv)
        return RT_NULL;
    struct rt_buffer *b = &mv->view;
    if (rt_likely(rt_is_int(key)) && b->ndim == 1)
        return rt_memoryview_item(ts, self, rt_int_get(key));
    if (b->ndim == 0) {
        if (rt_is_tuple(key) && rt_as_tuple(key)->length == 0) {
            char f = format_of(ts, b);
            return f ? rt_memoryview_unpack(ts, b, f, b->buf) : RT_NULL;
        }
        if (rt_is(key, RT_ELLIPSIS))
            return rt_newref(ts, self);
        return rt_raise(ts, &rt_exc_TypeError, "invalid indexing of 0-dim memory");
    }
    if (rt_is_exact(key, &rt_slice_type)) {
        rt_value v = rt_memoryview_copy(ts, mv);
        if (!rt_is_null(v) && slice_view(ts, &((struct rt_memoryview *)rt_ptr(v))->view, key) < 0)
            rt_clear(ts, &v);
        return v;
    }
    if (rt_is_tuple(key)) {
        if (all_index(key, false)) {
            char f = format_of(ts, b);
            if (!f)
                return RT_NULL;
            if ((int64_t)rt_as_tuple(key)->length < b->ndim)
                return rt_raise(ts, &rt_exc_NotImplementedError, "sub-views are not implemented");
            char *p = locate(ts, self, b, key);
            return p && rt_memoryview_check(ts, self) ? rt_memoryview_unpack(ts, b, f, p) : RT_NULL;
        }
        if (all_index(key, true))
            return rt_raise(ts, &rt_exc_NotImplementedError, "multi-dimensional slicing is not implemented");
    } else if (rt_index_check(key)) {
        int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
        return i == -1 && rt_pending(ts) ? RT_NULL : rt_memoryview_item(ts, self, i);
    }
    return rt_raise(ts, &rt_exc_TypeError, "memoryview: invalid slice key");
}

/* ---- assignment ------------------------------------------------------------------------------- */

static bool same_format(const char *a, const char *b)
{
    a += *a == '@';
    b += *b == '@';
    return strcmp(a, b) == 0;
}

/* dest[:] = src for one dimension, through a temporary when they may overlap. */
static int copy_slice(struct rt_thread *ts, struct rt_buffer *dest, rt_value v)
{
    struct rt_buffer src;
    if (rt_buffer_get(ts, v, &src, RT_BUF_FULL_RO) < 0)
        return -1;
    int rc = -1;
    const char *sf = src.format ? src.format : "B";
    if (!same_format(dest->format, sf) || dest->itemsize != src.itemsize || src.ndim != 1 ||
        src.len / (src.itemsize ? src.itemsize : 1) != dest->shape[0]) {
        rt_raise(ts, &rt_exc_ValueError, "memoryview assignment: lvalue and rvalue have different structures");
    } else {
        char *tmp = rt_raw_malloc((size_t)src.len + 1);
        if (tmp) {
            rt_buffer_copy_out(&src, tmp);
            char *p = dest->buf;
            for (int64_t i = 0; i < dest->shape[0]; i++) {
                char *q = p + i * dest->strides[0];
                if (dest->suboffsets && dest->suboffsets[0] >= 0)
                    q = *(char **)q + dest->suboffsets[0];
                rt_racy_copy(q, tmp + i * dest->itemsize, (size_t)dest->itemsize);
            }
            rt_raw_free(tmp);
            rc = 0;
        } else {
            rt_raise_no_memory(ts);
        }
    }
    rt_buffer_release(ts, &src);
    return rc;
}

static int set_at(struct rt_thread *ts, rt_value self, struct rt_memoryview *mv, char f, char *p, rt_value v)
{
    char tmp[16];
    if (!p || pack(ts, mv, f, tmp, v) < 0 || !rt_memoryview_check(ts, self))
        return -1; /* converting v may have released the view */
    rt_racy_copy(p, tmp, (size_t)mv->view.itemsize);
    return 0;
}

/* A byte into a row of bytes; false: the general way, which also says what is wrong. */
static bool set_byte(const struct rt_buffer *b, rt_value key, rt_value v)
{
    if (!rt_is_int(key) || !rt_is_int(v) || b->readonly || b->ndim != 1 || b->suboffsets || b->format[0] != 'B' || b->format[1])
        return false;
    int64_t i = rt_int_get(key), n = b->shape[0];
    uint64_t x = (uint64_t)rt_int_get(v);
    i += i < 0 ? n : 0;
    if (i < 0 || i >= n || x > 255)
        return false;
    uint8_t byte = (uint8_t)x;
    rt_racy_copy((char *)b->buf + i * b->strides[0], &byte, 1);
    return true;
}

int rt_memoryview_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv)
        return -1;
    struct rt_buffer *b = &mv->view;
    if (rt_likely(set_byte(b, key, v)))
        return 0;
    char f = format_of(ts, b);
    if (!f)
        return -1;
    if (b->readonly) {
        rt_raise(ts, &rt_exc_TypeError, "cannot modify read-only memory");
        return -1;
    }
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "cannot delete memory");
        return -1;
    }
    if (b->ndim == 0) {
        if (rt_is(key, RT_ELLIPSIS) || (rt_is_tuple(key) && rt_as_tuple(key)->length == 0))
            return set_at(ts, self, mv, f, b->buf, v);
        rt_raise(ts, &rt_exc_TypeError, "invalid indexing of 0-dim memory");
        return -1;
    }
    if (!rt_is_tuple(key) && rt_index_check(key)) {
        if (b->ndim > 1) {
            rt_raise(ts, &rt_exc_NotImplementedError, "sub-views are not implemented");
            return -1;
        }
        int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
        if ((i == -1 && rt_pending(ts)) || !rt_memoryview_check(ts, self))
            return -1;
        return set_at(ts, self, mv, f, step(ts, b, 0, b->buf, i), v);
    }
    if (rt_is_exact(key, &rt_slice_type) && b->ndim == 1) {
        int64_t shape = b->shape[0], strides = b->strides[0];
        struct rt_buffer dest = *b;
        dest.shape = &shape;
        dest.strides = &strides;
        return slice_view(ts, &dest, key) < 0 || !rt_memoryview_check(ts, self) ? -1 : copy_slice(ts, &dest, v);
    }
    if (rt_is_tuple(key) && all_index(key, false)) {
        if ((int64_t)rt_as_tuple(key)->length < b->ndim) {
            rt_raise(ts, &rt_exc_NotImplementedError, "sub-views are not implemented");
            return -1;
        }
        return set_at(ts, self, mv, f, locate(ts, self, b, key), v);
    }
    if (rt_is_exact(key, &rt_slice_type) || (rt_is_tuple(key) && all_index(key, true)))
        rt_raise(ts, &rt_exc_NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1");
    else
        rt_raise(ts, &rt_exc_TypeError, "memoryview: invalid slice key");
    return -1;
}

int64_t rt_memoryview_len(struct rt_thread *ts, rt_value self)
{
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    return mv ? mv->view.ndim == 0 ? 1 : mv->view.shape[0] : -1;
}

/* ---- comparison ------------------------------------------------------------------------------- */

/* An element as an object: native formats directly, others through struct.unpack. */
static rt_value value_at(struct rt_thread *ts, const struct rt_buffer *b, rt_value unpacker, const char *p)
{
    char f = rt_memoryview_native(b->format ? b->format : "B");
    if (f)
        return rt_memoryview_unpack(ts, b, f, p);
    rt_value data = rt_bytes_new(ts, p, (size_t)b->itemsize);
    if (rt_is_null(data))
        return data;
    rt_value t = rt_call_method(ts, unpacker, "unpack", &data, 1);
    rt_decref(ts, data);
    return t;
}

struct comparison {
    const struct rt_buffer *x, *y;
    rt_value ux, uy; /* struct.Struct objects for foreign formats, or RT_NULL */
    bool bytes;      /* equal formats whose bytes may be compared */
};

/* The items of the last dimension lie side by side. */
static bool packed(const struct rt_buffer *b)
{
    return b->strides[b->ndim - 1] == b->itemsize && !b->suboffsets;
}

static int equal_dim(struct rt_thread *ts, const struct comparison *c, int dim, const char *p, const char *q)
{
    if (dim == c->x->ndim) {
        if (c->bytes)
            return memcmp(p, q, (size_t)c->x->itemsize) == 0;
        rt_value a = value_at(ts, c->x, c->ux, p), b = rt_is_null(a) ? RT_NULL : value_at(ts, c->y, c->uy, q);
        int r = rt_is_null(b) ? -1 : rt_compare_bool(ts, a, b, RT_EQ);
        rt_decref(ts, a);
        rt_decref(ts, b);
        return r;
    }
    if (dim == c->x->ndim - 1 && c->bytes && packed(c->x) && packed(c->y))
        return memcmp(p, q, (size_t)(c->x->shape[dim] * c->x->itemsize)) == 0;
    for (int64_t i = 0; i < c->x->shape[dim]; i++) {
        const char *pp = p + i * c->x->strides[dim], *qq = q + i * c->y->strides[dim];
        if (c->x->suboffsets && c->x->suboffsets[dim] >= 0)
            pp = *(const char *const *)pp + c->x->suboffsets[dim];
        if (c->y->suboffsets && c->y->suboffsets[dim] >= 0)
            qq = *(const char *const *)qq + c->y->suboffsets[dim];
        int r = equal_dim(ts, c, dim + 1, pp, qq);
        if (r <= 0)
            return r;
    }
    return 1;
}

static rt_value unpacker(struct rt_thread *ts, const char *format)
{
    rt_value cls = rt_import_attr(ts, "struct", "Struct"), text = RT_NULL, r = RT_NULL;
    if (!rt_is_null(cls) && !rt_is_null(text = rt_str_from_cstr(ts, format)))
        r = rt_call1(ts, cls, text);
    rt_decref(ts, text);
    rt_decref(ts, cls);
    return r;
}

static int equal_buffers(struct rt_thread *ts, const struct rt_buffer *x, const struct rt_buffer *y)
{
    const char *fx = x->format ? x->format : "B", *fy = y->format ? y->format : "B";
    if (x->ndim != y->ndim)
        return 0;
    for (int i = 0; i < x->ndim; i++) {
        if (x->shape[i] != y->shape[i])
            return 0;
        if (x->shape[i] == 0)
            break;
    }
    char nx = rt_memoryview_native(fx), ny = rt_memoryview_native(fy);
    struct comparison c = {x, y, RT_NULL, RT_NULL, nx && nx == ny && strchr("bBhHiIlLqQnNPc", nx)};
    if ((!nx && rt_is_null(c.ux = unpacker(ts, fx))) || (!ny && rt_is_null(c.uy = unpacker(ts, fy)))) {
        rt_decref(ts, c.ux);
        bool odd = rt_exc_is(ts, &rt_exc_ImportError) || rt_exc_is(ts, &rt_exc_MemoryError);
        if (odd)
            return -1;
        rt_exc_clear(ts); /* a format that struct does not know: never equal */
        return 0;
    }
    int r = equal_dim(ts, &c, 0, x->buf, y->buf);
    rt_decref(ts, c.ux);
    rt_decref(ts, c.uy);
    return r;
}

rt_value rt_memoryview_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    struct rt_memoryview *x = (struct rt_memoryview *)rt_ptr(a);
    if (op != RT_EQ && op != RT_NE)
        return RT_NOTIMPL;
    bool gone = rt_load_acquire(&x->released);
    bool other_gone = rt_is_exact(b, &rt_memoryview_type) && rt_load_acquire(&((struct rt_memoryview *)rt_ptr(b))->released);
    if (gone || other_gone)
        return rt_bool(rt_is(a, b) == (op == RT_EQ));
    int equal;
    if (rt_is_exact(b, &rt_memoryview_type)) {
        equal = equal_buffers(ts, &x->view, &((struct rt_memoryview *)rt_ptr(b))->view);
    } else {
        struct rt_buffer y;
        if (!rt_has_buffer(b))
            return RT_NOTIMPL;
        if (rt_buffer_get(ts, b, &y, RT_BUF_FULL_RO) < 0) {
            rt_exc_clear(ts);
            return RT_NOTIMPL;
        }
        equal = equal_buffers(ts, &x->view, &y);
        rt_buffer_release(ts, &y);
    }
    return equal < 0 ? RT_NULL : rt_bool((equal != 0) == (op == RT_EQ));
}

/* ---- cast ------------------------------------------------------------------------------------- */

static bool is_byte_format(char f) { return f == 'b' || f == 'B' || f == 'c'; }

static int cast_to_1d(struct rt_thread *ts, struct rt_memoryview *mv, rt_value format)
{
    struct rt_buffer *b = &mv->view;
    char src = rt_memoryview_native(b->format), dst = 0; /* 0: of no native format; casts to bytes may come from any */
    const char *text = rt_str_utf8(ts, format, NULL);
    if (!text)
        return -1;
    if (!(dst = rt_memoryview_native(text))) {
        rt_raise(ts, &rt_exc_ValueError, "memoryview: destination format must be a native single character format "
                 "prefixed with an optional '@'");
        return -1;
    }
    if (!is_byte_format(src) && !is_byte_format(dst)) {
        rt_raise(ts, &rt_exc_TypeError, "memoryview: cannot cast between two non-byte formats");
        return -1;
    }
    int64_t size = native_size(dst);
    if (b->len % size) {
        rt_raise(ts, &rt_exc_TypeError, "memoryview: length is not a multiple of itemsize");
        return -1;
    }
    size_t n = strlen(text) + 1;
    char *copy = rt_raw_malloc(n);
    if (!copy) {
        rt_raise_no_memory(ts);
        return -1;
    }
    memcpy(copy, text, n);
    rt_raw_free(mv->own_format);
    mv->own_format = copy;
    b->format = copy;
    b->itemsize = size;
    b->ndim = 1;
    b->shape[0] = b->len / size;
    b->strides = mv->dims + 1;
    b->strides[0] = size;
    b->suboffsets = NULL;
    return 0;
}

static int cast_to_nd(struct rt_thread *ts, struct rt_memoryview *mv, rt_value shape)
{
    struct rt_buffer *b = &mv->view;
    bool list = rt_is_list(shape);
    rt_value t = list ? rt_list_to_tuple(ts, shape) : rt_newref(ts, shape);
    if (rt_is_null(t))
        return -1;
    int n = (int)rt_as_tuple(t)->length;
    int64_t *dims = rt_raw_malloc(sizeof(int64_t) * 3 * (size_t)(n ? n : 1)), len = b->itemsize;
    int rc = -1;
    if (!dims) {
        rt_raise_no_memory(ts);
        goto done;
    }
    for (int i = 0; i < n; i++) {
        rt_value v = rt_as_tuple(t)->items[i];
        if (!rt_is_any_int(v)) {
            rt_raise(ts, &rt_exc_TypeError, "memoryview.cast(): elements of shape must be integers");
            goto done;
        }
        int64_t x = rt_as_index(ts, v, NULL);
        if (x == -1 && rt_pending(ts))
            goto done;
        if (x <= 0) {
            rt_raise(ts, &rt_exc_ValueError, "memoryview.cast(): elements of shape must be integers > 0");
            goto done;
        }
        if (x > INT64_MAX / len) {
            rt_raise(ts, &rt_exc_ValueError, "memoryview.cast(): product(shape) > SSIZE_MAX");
            goto done;
        }
        dims[i] = x;
        len *= x;
    }
    if (len != b->len) {
        rt_raise(ts, &rt_exc_TypeError, "memoryview: product(shape) * itemsize != buffer size");
        goto done;
    }
    for (int i = n; i-- > 0;)
        dims[n + i] = i == n - 1 ? b->itemsize : dims[n + i + 1] * dims[i + 1];
    rt_raw_free(mv->dims);
    mv->dims = dims;
    dims = NULL;
    b->ndim = n;
    b->shape = mv->dims;
    b->strides = mv->dims + n;
    rc = 0;
done:
    rt_raw_free(dims);
    rt_decref(ts, t);
    return rc;
}

static rt_value cast_checks(struct rt_thread *ts, struct rt_memoryview *mv, rt_value format, rt_value shape)
{
    const struct rt_buffer *b = &mv->view;
    if (!rt_is_str(format))
        return rt_raise(ts, &rt_exc_TypeError, "cast() argument 'format' must be str, not %.50N", format);
    if (!rt_buffer_is_contiguous(b, 'C'))
        return rt_raise(ts, &rt_exc_TypeError, "memoryview: casts are restricted to C-contiguous views");
    bool zero = false;
    for (int i = 0; i < b->ndim; i++)
        zero |= b->shape[i] == 0;
    if ((!rt_is_null(shape) || b->ndim != 1) && zero)
        return rt_raise(ts, &rt_exc_TypeError, "memoryview: cannot cast view with zeros in shape or strides");
    if (!rt_is_null(shape)) {
        if (!rt_is_list(shape) && !rt_is_tuple(shape))
            return rt_raise(ts, &rt_exc_TypeError, "shape must be a list or a tuple");
        size_t n = rt_is_list(shape) ? rt_list_len(shape) : rt_as_tuple(shape)->length;
        if (n > MAX_NDIM)
            return rt_raise(ts, &rt_exc_ValueError, "memoryview: number of dimensions must not exceed %d", MAX_NDIM);
        if (b->ndim != 1 && n != 1)
            return rt_raise(ts, &rt_exc_TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
    }
    return RT_NONE;
}

rt_value rt_memoryview_cast(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"format", "shape", NULL};
    static const struct rt_argspec spec = {"cast", names, 0, 1, 2, 2};
    rt_value a[2];
    struct rt_memoryview *mv = rt_memoryview_check(ts, self);
    if (!mv || rt_args(ts, &spec, args, n, kw, a) < 0 || rt_is_null(cast_checks(ts, mv, a[0], a[1])))
        return RT_NULL;
    struct rt_memoryview *r = rt_memoryview_alloc(ts, mv->managed, 1);
    if (!r)
        return RT_NULL;
    rt_value v = rt_own(r);
    struct rt_buffer *b = &r->view, *s = &mv->view;
    b->buf = s->buf;
    b->len = s->len;
    b->itemsize = s->itemsize;
    b->readonly = s->readonly;
    b->format = s->format;
    if (cast_to_1d(ts, r, a[0]) < 0 || (!rt_is_null(a[1]) && cast_to_nd(ts, r, a[1]) < 0))
        rt_clear(ts, &v);
    return v;
}
