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
    rt_value owner; /* exporter of the memory; constant */
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

/* Who owns the memory: owned word; RT_NULL with ValueError once the buffer was released. */
static rt_value exporter(struct rt_thread *ts, rt_value self)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, as_pb(self));
    rt_value o = rt_newref(ts, as_pb(self)->view.obj);
    rt_cs_end(ts, &cs);
    if (rt_is_null(o))
        rt_raise(ts, &rt_exc_ValueError, "operation forbidden on released PickleBuffer object");
    return o;
}

int rt_pickle_buffer_get(struct rt_thread *ts, rt_value self, struct rt_buffer *b, int flags)
{
    rt_value o = exporter(ts, self);
    if (rt_is_null(o))
        return -1;
    int r = rt_buffer_get(ts, o, b, flags);
    rt_decref(ts, o);
    return r;
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

static rt_value pb_release(struct rt_thread *ts, rt_value self)
{
    pb_drop(ts, rt_ptr(self));
    return RT_NONE;
}

rt_value rt_pickle_buffer_raw(struct rt_thread *ts, rt_value self)
{
    struct rt_buffer view;
    if (rt_pickle_buffer_get(ts, self, &view, RT_BUF_FULL_RO) < 0)
        return RT_NULL;
    rt_value raw = RT_NULL, m = RT_NULL;
    if (view.suboffsets || !rt_buffer_contiguous(&view, 'A'))
        rt_raise(ts, &rt_exc_BufferError, "cannot extract raw buffer from non-contiguous buffer");
    else
        raw = rt_type_alloc(ts, &rt_pickle_rawview_type);
    if (!rt_is_null(raw)) {
        ((struct rawview *)rt_ptr(raw))->owner = rt_newref(ts, view.obj);
        m = rt_memoryview_new(ts, raw);
        rt_decref(ts, raw);
    }
    rt_buffer_release(ts, &view);
    return m;
}

static int raw_getbuffer(struct rt_thread *ts, rt_value self, struct rt_buffer *b, int flags)
{
    if (rt_buffer_get(ts, ((struct rawview *)rt_ptr(self))->owner, b, RT_BUF_FULL_RO) < 0)
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
    rt_value v = ((struct rawview *)o)->owner;
    return rt_is_ptr(v) ? visit(v, arg) : 0;
}

static void raw_drop(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct rawview *)o)->owner);
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
    .getbuffer = rt_pickle_buffer_get,
    .methods = pb_methods,
};
