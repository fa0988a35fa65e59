/* SPDX-License-Identifier: MIT */
/* The buffer protocol (PEP 3118): acquiring, releasing, and the plain byte view. */
#include "core/object/object_internal.h"

bool rt_has_buffer(rt_value o) { return rt_is_ptr(o) && rt_type_of(o)->getbuffer != NULL; }

int rt_buffer_get(struct rt_thread *ts, rt_value o, struct rt_buffer *b, int flags)
{
    memset(b, 0, sizeof *b);
    if (!rt_has_buffer(o)) {
        rt_raise(ts, &rt_exc_TypeError, "a bytes-like object is required, not '%.100s'", rt_typename(o));
        return -1;
    }
    return rt_type_of(o)->getbuffer(ts, o, b, flags);
}

void rt_buffer_release(struct rt_thread *ts, struct rt_buffer *b)
{
    rt_value o = b->obj;
    if (rt_is_null(o))
        return;
    struct rt_type *t = rt_type_of(o);
    if (t->releasebuffer)
        t->releasebuffer(ts, o, b);
    b->obj = RT_NULL;
    rt_decref(ts, o);
}

int rt_buffer_fill(struct rt_thread *ts, struct rt_buffer *b, rt_value o, void *buf, int64_t len,
                   bool readonly, int flags)
{
    if ((flags & RT_BUF_WRITABLE) && readonly) {
        rt_raise(ts, &rt_exc_BufferError, "Object is not writable.");
        return -1;
    }
    b->obj = rt_newref(ts, o);
    b->buf = buf;
    b->len = len;
    b->readonly = readonly;
    b->itemsize = 1;
    b->ndim = 1;
    b->format = flags & RT_BUF_FORMAT ? "B" : NULL;
    b->one_dim[0] = len;
    b->one_dim[1] = 1;
    b->shape = flags & RT_BUF_ND ? &b->one_dim[0] : NULL;
    b->strides = (flags & RT_BUF_STRIDES) == RT_BUF_STRIDES ? &b->one_dim[1] : NULL;
    b->suboffsets = NULL;
    b->internal = NULL;
    return 0;
}
