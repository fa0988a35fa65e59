/* SPDX-License-Identifier: MIT */
/*
 * pickle.PickleBuffer: a buffer that protocol 5 may send out of band. It keeps the exporter's view until
 * release(); raw() shows the memory of a contiguous one as plain bytes, through a small exporter that
 * keeps the PickleBuffer alive.
 */
#include "core/modules/pickle/pickle_internal.h"

struct pickle_buffer {
    struct rt_object hdr;
    struct rt_buffer view; /* view.obj RT_NULL: released; changed in the critical section */
};
struct rawview {
    struct rt_object hdr;
    struct rt_buffer view; /* of the exporter, held as long as somebody looks */
};

static struct pickle_buffer *as_pb(rt_value v) { return (struct pickle_buffer *)rt_ptr(v); }

bool rt_buffer_contiguous(const struct rt_buffer *b, char order)
{
    int64_t want = b->itemsize;
    if (b->suboffsets)
        return false;
    if (!b->strides || b->len == 0)
        return order != 'F' || b->ndim <= 1 || b->len == 0;
    if (order == 'A')
        return rt_buffer_contiguous(b, 'C') || rt_buffer_contiguous(b, 'F');
    for (int k = 0; k < b->ndim; k++) {
        int i = order == 'F' ? k : b->ndim - 1 - k;
        if (b->shape[i] > 1 && b->strides[i] != want)
            return false;
        want *= b->shape[i];
    }
    return true;
}

const struct rt_buffer *rt_pickle_buffer_view(struct rt_thread *ts, rt_value self)
{
    if (!rt_is_null(as_pb(self)->view.obj))
        return &as_pb(self)->view;
    rt_raise(ts, &rt_exc_ValueError, "operation forbidden on released PickleBuffer object");
    return NULL;
}

static rt_value pb_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", NULL};
    static const struct rt_argspec spec = {"PickleBuffer", names, 1, 1, 1, 1};
    rt_value o, self;
    if (rt_no_keywords(ts, "PickleBuffer", kw) < 0 || rt_args(ts, &spec, a, n, RT_NULL, &o) < 0)
        return RT_NULL;
    self = rt_type_alloc(ts, t);
    if (!rt_is_null(self) && rt_buffer_get(ts, o, &as_pb(self)->view, RT_BUF_FULL_RO) < 0) {
        as_pb(self)->view.obj = RT_NULL;
        rt_clear(ts, &self);
    }
    return self;
}

static void pb_drop(struct rt_thread *ts, struct rt_object *o)
{
    struct pickle_buffer *p = (struct pickle_buffer *)o;
    struct rt_cs cs;
    struct rt_buffer view;
    rt_cs_begin(ts, &cs, p);
    view = p->view;
    p->view.obj = RT_NULL;
    rt_cs_end(ts, &cs);
    if (!rt_is_null(view.obj))
        rt_buffer_release(ts, &view);
}

static int pb_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value v = ((struct pickle_buffer *)o)->view.obj;
    return rt_is_ptr(v) ? visit(v, arg) : 0;
}

static int pb_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *b, int flags)
{
    const struct rt_buffer *v = rt_pickle_buffer_view(ts, self);
    return v ? rt_buffer_get(ts, v->obj, b, flags) : -1;
}

static rt_value pb_release(struct rt_thread *ts, rt_value self)
{
    pb_drop(ts, rt_ptr(self));
    return RT_NONE;
}

rt_value rt_pickle_buffer_raw(struct rt_thread *ts, rt_value self)
{
    const struct rt_buffer *v = rt_pickle_buffer_view(ts, self);
    if (!v)
        return RT_NULL;
    if (v->suboffsets || !rt_buffer_contiguous(v, 'A'))
        return rt_raise(ts, &rt_exc_BufferError, "cannot extract raw buffer from non-contiguous buffer");
    rt_value raw = rt_type_alloc(ts, &rt_pickle_rawview_type), m;
    if (rt_is_null(raw))
        return raw;
    struct rawview *r = (struct rawview *)rt_ptr(raw);
    if (rt_buffer_get(ts, v->obj, &r->view, RT_BUF_FULL_RO) < 0) {
        r->view.obj = RT_NULL;
        rt_decref(ts, raw);
        return RT_NULL;
    }
    m = rt_memoryview_new(ts, raw);
    rt_decref(ts, raw);
    return m;
}

static int raw_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *b, int flags)
{
    if (rt_buffer_get(ts, ((struct rawview *)rt_ptr(self))->view.obj, b, RT_BUF_FULL_RO) < 0)
        return -1;
    b->ndim = 1; /* the exporter's own view, seen as plain bytes */
    b->itemsize = 1;
    b->format = "B";
    b->one_dim[0] = b->len;
    b->one_dim[1] = 1;
    b->shape = &b->one_dim[0];
    b->strides = &b->one_dim[1];
    b->suboffsets = NULL;
    return 0;
}

static int raw_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value v = ((struct rawview *)o)->view.obj;
    return rt_is_ptr(v) ? visit(v, arg) : 0;
}

static void raw_drop(struct rt_thread *ts, struct rt_object *o)
{
    struct rawview *r = (struct rawview *)o;
    if (!rt_is_null(r->view.obj))
        rt_buffer_release(ts, &r->view);
    r->view.obj = RT_NULL;
}

struct rt_type rt_pickle_rawview_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_pickle._RawView",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rawview),
    .dealloc = raw_drop,
    .traverse = raw_traverse,
    .getbuffer = raw_getbuffer,
};

static const struct rt_method_def pb_methods[] = {
    {"raw", rt_pickle_buffer_raw, RT_METH_NOARGS,
     "raw($self, /)\n--\n\nReturn a memoryview of the raw memory underlying this buffer.\n\n"
     "Will raise BufferError is the buffer isn't contiguous."},
    {"release", pb_release, RT_METH_NOARGS,
     "release($self, /)\n--\n\nRelease the underlying buffer exposed by the PickleBuffer object."},
    {0},
};

struct rt_type rt_pickle_buffer_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "pickle.PickleBuffer",
    .doc = "Wrapper for potentially out-of-band buffers",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_WEAKREF,
    .basic_size = sizeof(struct pickle_buffer),
    .dealloc = pb_drop,
    .traverse = pb_traverse,
    .clear = pb_drop,
    .new = pb_new,
    .getbuffer = pb_getbuffer,
    .methods = pb_methods,
};
