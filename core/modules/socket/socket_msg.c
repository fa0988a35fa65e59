/* SPDX-License-Identifier: MIT */
/* _socket: sendmsg, recvmsg and recvmsg_into with ancillary data (descriptor passing and so on). */
#include <sys/uio.h>

#include "core/modules/socket/socket_internal.h"

struct vecs { struct rt_buffer *b; struct iovec *iov; size_t n; };

static void vecs_free(struct rt_thread *ts, struct vecs *v)
{
    for (size_t i = 0; i < v->n; i++)
        rt_buffer_release(ts, &v->b[i]);
    rt_raw_free(v->b);
    rt_raw_free(v->iov);
}
static int vecs_get(struct rt_thread *ts, struct vecs *v, rt_value seq, int flags)
{
    *v = (struct vecs){0};
    rt_value t = rt_seq_tuple(ts, seq);
    if (rt_is_null(t))
        return -1;
    size_t n = rt_as_tuple(t)->length;
    v->b = rt_raw_calloc(n + 1, sizeof(*v->b));
    v->iov = rt_raw_calloc(n + 1, sizeof(*v->iov));
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        r = rt_buffer_get(ts, rt_as_tuple(t)->items[i], &v->b[i], flags);
        if (r < 0 && rt_exc_clear_if(ts, &rt_exc_BufferError))
            rt_raise(ts, &rt_exc_TypeError, "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers");
        if (r == 0) {
            v->iov[i] = (struct iovec){v->b[i].buf, (size_t)v->b[i].len};
            v->n++;
        }
    }
    rt_decref(ts, t);
    if (r < 0)
        vecs_free(ts, v);
    return r;
}
struct msg { struct msghdr h; int flags; };
static ssize_t op_recvmsg(int fd, void *p)
{
    struct msg *m = p;
    m->h.msg_namelen = sizeof(union rt_sockaddr);
    return recvmsg(fd, &m->h, m->flags);
}
static ssize_t op_sendmsg(int fd, void *p) { return sendmsg(fd, &((struct msg *)p)->h, ((struct msg *)p)->flags); }

static rt_value ancillary(struct rt_thread *ts, struct msghdr *h)
{
    rt_value l = rt_list_new(ts, 0);
    for (struct cmsghdr *c = h->msg_controllen > 0 ? CMSG_FIRSTHDR(h) : NULL; c && !rt_is_null(l); c = CMSG_NXTHDR(h, c)) {
        size_t room = (size_t)((char *)h->msg_control + h->msg_controllen - (char *)CMSG_DATA(c));
        size_t len = c->cmsg_len > CMSG_LEN(0) ? c->cmsg_len - CMSG_LEN(0) : 0;
        rt_value data = rt_bytes_new(ts, CMSG_DATA(c), len < room ? len : room);
        rt_value t = rt_is_null(data) ? data : rt_tuple_pack(ts, 3, rt_int_imm(c->cmsg_level), rt_int_imm(c->cmsg_type), data);
        rt_decref(ts, data);
        if (rt_is_null(t) || rt_list_append_steal(ts, l, t) < 0)
            rt_clear(ts, &l);
    }
    return l;
}
/* Receives into iov; result (first, ancdata, flags, address) where first is made by the caller. */
static rt_value receive(struct rt_thread *ts, struct rt_sock *s, struct iovec *iov, size_t niov, rt_value anc, rt_value flags,
                        ssize_t *got)
{
    union rt_sockaddr a = {0};
    int64_t size = anc.bits ? rt_as_ssize(ts, anc) : 0;
    struct msg m = {.flags = 0};
    *got = -1;
    if (flags.bits && !rt_pending(ts))
        m.flags = rt_as_int(ts, flags);
    if (rt_pending(ts))
        return RT_NULL;
    if (size < 0 || size > INT32_MAX)
        return rt_raise(ts, &rt_exc_ValueError, "invalid ancillary data buffer length");
    void *control = size ? rt_raw_calloc(1, (size_t)size) : NULL;
    m.h = (struct msghdr){.msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = iov, .msg_iovlen = niov, .msg_control = control,
                          .msg_controllen = (size_t)size};
    rt_value res = RT_NULL;
    ssize_t r = rt_sock_run(ts, s, false, op_recvmsg, &m, rt_load_relaxed(&s->timeout));
    if (r >= 0) {
        rt_value v[4] = {RT_NONE, ancillary(ts, &m.h), rt_int_imm(m.h.msg_flags), RT_NULL};
        if (!rt_is_null(v[1])) {
            v[3] = rt_sock_make_addr(ts, &a, m.h.msg_namelen);
            if (rt_is_null(v[3]))
                rt_decref(ts, v[1]);
            else
                res = rt_tuple_steal(ts, v, 4);
        }
        *got = r;
    }
    rt_raw_free(control);
    return res;
}
rt_value rt_sock_recvmsg(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "recvmsg", n, 1, 3) < 0)
        return RT_NULL;
    int64_t size = rt_as_ssize(ts, a[0]);
    if (rt_pending(ts))
        return RT_NULL;
    if (size < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative buffer size in recvmsg()");
    rt_value b = rt_bytes_new(ts, NULL, (size_t)size);
    if (rt_is_null(b))
        return b;
    struct iovec iov = {rt_as_bytes(b)->data, (size_t)size};
    ssize_t got;
    rt_value t = receive(ts, rt_as_sock(self), &iov, 1, n > 1 ? a[1] : RT_NULL, n > 2 ? a[2] : RT_NULL, &got);
    if (rt_is_null(t)) {
        rt_decref(ts, b);
        return t;
    }
    rt_as_tuple(t)->items[0] = got < size ? rt_bytes_shrink(ts, b, (size_t)got) : b;
    return t;
}
rt_value rt_sock_recvmsg_into(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct vecs v;
    if (rt_args_count(ts, "recvmsg_into", n, 1, 3) < 0)
        return RT_NULL;
    if (vecs_get(ts, &v, a[0], RT_BUF_WRITABLE) < 0)
        return RT_NULL;
    ssize_t got;
    rt_value t = receive(ts, rt_as_sock(self), v.iov, v.n, n > 1 ? a[1] : RT_NULL, n > 2 ? a[2] : RT_NULL, &got);
    vecs_free(ts, &v);
    if (!rt_is_null(t))
        rt_as_tuple(t)->items[0] = rt_int_imm(got);
    return t;
}
static int make_control(struct rt_thread *ts, rt_value seq, struct msghdr *h)
{
    rt_value t = rt_seq_tuple(ts, seq);
    if (rt_is_null(t))
        return -1;
    size_t n = rt_as_tuple(t)->length, total = 0, at = 0;
    struct rt_buffer *b = rt_raw_calloc(n + 1, sizeof(*b));
    int (*kind)[2] = rt_raw_calloc(n + 1, sizeof(*kind)), r = 0;
    size_t have = 0;
    for (; have < n && r == 0; have += r == 0) {
        rt_value item = rt_as_tuple(t)->items[have];
        if (!rt_is_tuple(item) || rt_as_tuple(item)->length != 3) {
            rt_raise(ts, &rt_exc_TypeError, "[sendmsg() ancillary data items] argument must be 3-item sequence");
            r = -1;
            break;
        }
        rt_value *w = rt_as_tuple(item)->items;
        kind[have][0] = rt_as_int(ts, w[0]);
        kind[have][1] = rt_pending(ts) ? 0 : rt_as_int(ts, w[1]);
        if (rt_pending(ts) || rt_buffer_get(ts, w[2], &b[have], RT_BUF_SIMPLE) < 0) {
            r = -1;
            break;
        }
        total += CMSG_SPACE((size_t)b[have].len);
    }
    if (r == 0 && total) {
        char *control = rt_raw_calloc(1, total);
        for (size_t i = 0; i < n; i++) {
            struct cmsghdr *c = (struct cmsghdr *)(control + at);
            c->cmsg_level = kind[i][0];
            c->cmsg_type = kind[i][1];
            c->cmsg_len = CMSG_LEN((size_t)b[i].len);
            memcpy(CMSG_DATA(c), b[i].buf, (size_t)b[i].len);
            at += CMSG_SPACE((size_t)b[i].len);
        }
        h->msg_control = control;
        h->msg_controllen = total;
    }
    for (size_t i = 0; i < have; i++)
        rt_buffer_release(ts, &b[i]);
    rt_raw_free(b);
    rt_raw_free(kind);
    rt_decref(ts, t);
    return r;
}
rt_value rt_sock_sendmsg(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct rt_sock *s = rt_as_sock(self);
    struct vecs v;
    struct msg m = {.flags = 0};
    union rt_sockaddr addr;
    if (rt_args_count(ts, "sendmsg", n, 1, 4) < 0)
        return RT_NULL;
    if (n > 2)
        m.flags = rt_as_int(ts, a[2]);
    if (rt_pending(ts) || vecs_get(ts, &v, a[0], RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    ssize_t r = -1;
    m.h = (struct msghdr){.msg_iov = v.iov, .msg_iovlen = v.n};
    if ((n < 4 || rt_is_none(a[3]) || rt_sock_parse_addr(ts, rt_load_relaxed(&s->family), a[3], &addr, &m.h.msg_namelen, "sendmsg") == 0) &&
        rt_audit(ts, "socket.sendmsg", "OO", self, n > 3 ? a[3] : RT_NULL) == 0 &&
        (n < 2 || make_control(ts, a[1], &m.h) == 0)) {
        if (m.h.msg_namelen)
            m.h.msg_name = &addr;
        r = rt_sock_run(ts, s, true, op_sendmsg, &m, rt_load_relaxed(&s->timeout));
    }
    rt_raw_free(m.h.msg_control);
    vecs_free(ts, &v);
    return r < 0 ? RT_NULL : rt_int_imm(r);
}
