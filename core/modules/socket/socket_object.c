/* SPDX-License-Identifier: MIT */
/*
 * _socket.socket: making, connecting, sending and receiving.
 *
 * A socket with a timeout is non-blocking in the kernel. An operation is tried first; only when it
 * would block do we poll, detached, with what is left of the timeout. EINTR serves signals and goes on.
 */
#include <poll.h>
#include <sys/ioctl.h>

#include "core/modules/socket/socket_internal.h"

static _Atomic intptr_t *timeout_field(struct rt_thread *ts) { return (_Atomic intptr_t *)&ts->interp->native_private[RT_NS_SOCKET]; }
int64_t rt_sock_default_timeout(struct rt_thread *ts) { return (int64_t)rt_load_relaxed(timeout_field(ts)) - 1; }
void rt_sock_set_default_timeout(struct rt_thread *ts, int64_t ns)
{
    rt_store_relaxed(timeout_field(ts), (intptr_t)(ns + 1));
}

int rt_sock_timeout_arg(struct rt_thread *ts, rt_value v, int64_t *ns)
{
    *ns = -1;
    if (rt_is_none(v))
        return 0;
    if (rt_os_seconds_ns(ts, v, ns) < 0)
        return -1;
    if (*ns < 0) {
        rt_raise(ts, &rt_exc_ValueError, "Timeout value out of range");
        return -1;
    }
    if (*ns / 1000000 > INT32_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "timeout doesn't fit into C timeval");
        return -1;
    }
    return 0;
}

int rt_sock_wait(struct rt_thread *ts, int fd, int events, int64_t deadline)
{
    for (;;) {
        struct pollfd p = {fd, (short)events, 0};
        int64_t left = deadline < 0 ? -1 : deadline - rt_monotonic_ns();
        if (deadline >= 0 && left < 0)
            return 0;
        rt_detach(ts, RT_DETACH_IO);
        int r = poll(&p, 1, rt_os_poll_ms(left));
        rt_attach(ts);
        if (r >= 0)
            return r > 0;
        if (errno != EINTR || rt_signal_check(ts) < 0)
            return -1;
    }
}
static ssize_t timed_out(struct rt_thread *ts)
{
    rt_raise(ts, &rt_exc_TimeoutError, "timed out");
    return -1;
}
static ssize_t run_until(struct rt_thread *ts, struct rt_sock *s, bool writing, rt_sock_op op, void *ctx, int64_t timeout,
                         int64_t deadline)
{
    for (;;) {
        int fd = rt_load_acquire(&s->fd);
        rt_detach(ts, RT_DETACH_IO);
        ssize_t r = op(fd, ctx);
        rt_attach(ts);
        if (r >= 0)
            return r;
        if (errno == EINTR) {
            if (rt_signal_check(ts) < 0)
                return -1;
        } else if (timeout > 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            int w = rt_sock_wait(ts, fd, writing ? POLLOUT : POLLIN, deadline);
            if (w == 0)
                return timed_out(ts);
            if (w < 0) {
                rt_os_error(ts);
                return -1;
            }
        } else {
            rt_os_error(ts);
            return -1;
        }
    }
}
ssize_t rt_sock_run(struct rt_thread *ts, struct rt_sock *s, bool writing, rt_sock_op op, void *ctx, int64_t timeout)
{
    return run_until(ts, s, writing, op, ctx, timeout, timeout > 0 ? rt_monotonic_ns() + timeout : -1);
}
static int64_t timeout_of(struct rt_sock *s) { return rt_load_relaxed(&s->timeout); }

static int set_nonblocking(struct rt_thread *ts, struct rt_sock *s, int64_t timeout)
{
    int flag = timeout >= 0;
    rt_store_relaxed(&s->timeout, timeout);
    if (ioctl(rt_load_acquire(&s->fd), FIONBIO, &flag) < 0) {
        rt_os_error(ts);
        return -1;
    }
    return 0;
}

/* ---- life ---- */
static rt_value sock_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (!rt_is_null(v)) {
        rt_store_relaxed(&rt_as_sock(v)->fd, -1);
        rt_store_relaxed(&rt_as_sock(v)->timeout, -1);
    }
    return v;
}
static int from_fd(struct rt_thread *ts, rt_value v, int *family, int *type, int *proto)
{
    if (rt_is_float(v)) {
        rt_raise(ts, &rt_exc_TypeError, "integer argument expected, got float");
        return -1;
    }
    int fd = rt_as_int(ts, v);
    if (rt_pending(ts))
        return -1;
    if (fd < 0) {
        rt_raise(ts, &rt_exc_ValueError, "negative file descriptor");
        return -1;
    }
    union rt_sockaddr a = {0};
    socklen_t len = sizeof(a);
    if (getsockname(fd, &a.sa, &len) < 0) {
        if (*family == -1) {
            rt_os_error(ts);
            return -1;
        }
        if (errno == EBADF || errno == ENOTSOCK) {
            rt_os_error(ts);
            return -1;
        }
    } else if (*family == -1) {
        *family = a.sa.sa_family;
    }
    len = sizeof(int);
    if (*type == -1 && getsockopt(fd, SOL_SOCKET, SO_TYPE, type, &len) < 0)
        goto error;
    len = sizeof(int);
    if (*proto == -1 && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, proto, &len) < 0)
        goto error;
    return fd;
error:
    rt_os_error(ts);
    return -1;
}
static int sock_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"family", "type", "proto", "fileno", NULL};
    static const struct rt_argspec spec = {"socket", names, 0, 0, 4, 4};
    struct rt_sock *s = rt_as_sock(self);
    rt_value v[4];
    int num[3] = {-1, -1, -1}, fd;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return -1;
    for (int i = 0; i < 3; i++)
        if (v[i].bits && ((num[i] = rt_as_int(ts, v[i])), rt_pending(ts)))
            return -1;
    rt_value audit[4] = {self, rt_int_imm(num[0]), rt_int_imm(num[1]), rt_int_imm(num[2])};
    if (rt_sys_audit(ts, "socket.__new__", 4, audit) < 0)
        return -1;
    if (v[3].bits && !rt_is_none(v[3])) {
        if ((fd = from_fd(ts, v[3], &num[0], &num[1], &num[2])) < 0)
            return -1;
    } else {
        if (num[0] == -1)
            num[0] = AF_INET;
        if (num[1] == -1)
            num[1] = SOCK_STREAM;
        if (num[2] == -1)
            num[2] = 0;
        rt_detach(ts, RT_DETACH_IO);
        fd = socket(num[0], num[1] | SOCK_CLOEXEC, num[2]);
        rt_attach(ts);
        if (fd < 0) {
            rt_os_error(ts);
            return -1;
        }
    }
    rt_store_relaxed(&s->family, num[0]);
    rt_store_relaxed(&s->type, num[1] & ~(SOCK_CLOEXEC | SOCK_NONBLOCK));
    rt_store_relaxed(&s->proto, num[2]);
    rt_store_release(&s->fd, fd);
    if (num[1] & SOCK_NONBLOCK) {
        rt_store_relaxed(&s->timeout, 0);
        return 0;
    }
    int64_t deflt = rt_sock_default_timeout(ts);
    rt_store_relaxed(&s->timeout, deflt);
    return deflt >= 0 ? set_nonblocking(ts, s, deflt) : 0;
}
static rt_value sock_repr(struct rt_thread *ts, rt_value self)
{
    struct rt_sock *s = rt_as_sock(self);
    return rt_str_format(ts, "<socket object, fd=%d, family=%d, type=%d, proto=%d>", rt_load_acquire(&s->fd), rt_load_relaxed(&s->family),
                         rt_load_relaxed(&s->type), rt_load_relaxed(&s->proto));
}
static int shut(struct rt_thread *ts, struct rt_sock *s)
{
    int fd = rt_xchg_acq_rel(&s->fd, -1), r = 0;
    if (fd >= 0) {
        rt_detach(ts, RT_DETACH_IO);
        r = close(fd);
        rt_attach(ts);
    }
    return r < 0 && errno != ECONNRESET ? -1 : 0;
}
static void sock_finalize(struct rt_thread *ts, rt_value self)
{
    struct rt_sock *s = rt_as_sock(self);
    if (rt_load_acquire(&s->fd) < 0)
        return;
    rt_value pending = rt_exc_take(ts);
    if (rt_warn_resource(ts, self, "unclosed %R", self) < 0) {
        if (rt_exc_is(ts, &rt_exc_Warning))
            rt_write_unraisable(ts, self);
        rt_exc_clear(ts);
    }
    shut(ts, s);
    if (pending.bits)
        rt_exc_put(ts, pending);
}
static void sock_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    int e = errno;
    shut(ts, (struct rt_sock *)o);
    errno = e;
}
static rt_value sock_close(struct rt_thread *ts, rt_value self) { return shut(ts, rt_as_sock(self)) < 0 ? rt_os_error(ts) : RT_NONE; }
static rt_value sock_detach(struct rt_thread *ts, rt_value self) { return rt_int_imm(rt_xchg_acq_rel(&rt_as_sock(self)->fd, -1)); }
static rt_value sock_fileno(struct rt_thread *ts, rt_value self) { return rt_int_imm(rt_load_acquire(&rt_as_sock(self)->fd)); }

/* ---- timeouts ---- */
static rt_value sock_settimeout(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t ns;
    if (rt_sock_timeout_arg(ts, v, &ns) < 0)
        return RT_NULL;
    return set_nonblocking(ts, rt_as_sock(self), ns) < 0 ? RT_NULL : RT_NONE;
}
static rt_value sock_gettimeout(struct rt_thread *ts, rt_value self)
{
    int64_t t = timeout_of(rt_as_sock(self));
    return t < 0 ? RT_NONE : rt_float_new(ts, (double)t / 1e9);
}
static rt_value sock_timeout_attr(struct rt_thread *ts, rt_value self, void *c) { return sock_gettimeout(ts, self); }
static rt_value sock_setblocking(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t b = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    return set_nonblocking(ts, rt_as_sock(self), b ? -1 : 0) < 0 ? RT_NULL : RT_NONE;
}
static rt_value sock_getblocking(struct rt_thread *ts, rt_value self) { return rt_bool(timeout_of(rt_as_sock(self)) != 0); }

/* ---- accept, connect, names ---- */
struct addr_ctx { union rt_sockaddr a; socklen_t len; };
static ssize_t op_accept(int fd, void *p)
{
    struct addr_ctx *c = p;
    c->len = sizeof(c->a);
    return accept4(fd, &c->a.sa, &c->len, SOCK_CLOEXEC);
}
static rt_value sock_accept(struct rt_thread *ts, rt_value self)
{
    struct rt_sock *s = rt_as_sock(self);
    struct addr_ctx c = {0};
    ssize_t fd = rt_sock_run(ts, s, false, op_accept, &c, timeout_of(s));
    if (fd < 0)
        return RT_NULL;
    rt_value addr = rt_sock_make_addr(ts, &c.a, c.len);
    if (rt_is_null(addr)) {
        close((int)fd);
        return addr;
    }
    rt_value v[2] = {rt_int_imm(fd), addr};
    return rt_tuple_steal(ts, v, 2);
}
static int parse(struct rt_thread *ts, rt_value self, rt_value v, struct addr_ctx *c, const char *fname)
{
    return rt_sock_parse_addr(ts, rt_as_sock(self)->family, v, &c->a, &c->len, fname);
}
static int audit_addr(struct rt_thread *ts, const char *event, rt_value self, rt_value addr)
{
    rt_value v[2] = {self, addr};
    return rt_sys_audit(ts, event, 2, v);
}
static rt_value sock_bind(struct rt_thread *ts, rt_value self, rt_value addr)
{
    struct addr_ctx c = {0};
    if (parse(ts, self, addr, &c, "bind") < 0 || audit_addr(ts, "socket.bind", self, addr) < 0)
        return RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    int r = bind(rt_load_acquire(&rt_as_sock(self)->fd), &c.a.sa, c.len);
    rt_attach(ts);
    return r < 0 ? rt_os_error(ts) : RT_NONE;
}
/* 0, or an errno; -1 with an exception pending. */
static int do_connect(struct rt_thread *ts, struct rt_sock *s, struct addr_ctx *c)
{
    int fd = rt_load_acquire(&s->fd), err = 0;
    int64_t timeout = timeout_of(s), deadline = timeout > 0 ? rt_monotonic_ns() + timeout : -1;
    rt_detach(ts, RT_DETACH_IO);
    if (connect(fd, &c->a.sa, c->len) < 0)
        err = errno;
    rt_attach(ts);
    if (!err)
        return 0;
    if (err == EINTR && rt_signal_check(ts) < 0)
        return -1;
    if (!(err == EINTR ? timeout != 0 : timeout > 0 && err == EINPROGRESS))
        return err;
    int w = rt_sock_wait(ts, fd, POLLOUT, deadline);
    if (w < 0)
        return rt_pending(ts) ? -1 : errno;
    if (w == 0)
        return ETIMEDOUT | 0x10000; /* our own timeout */
    socklen_t len = sizeof(err);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
        return errno;
    return err == EISCONN ? 0 : err;
}
static rt_value sock_connect(struct rt_thread *ts, rt_value self, rt_value addr)
{
    struct addr_ctx c = {0};
    if (parse(ts, self, addr, &c, "connect") < 0 || audit_addr(ts, "socket.connect", self, addr) < 0)
        return RT_NULL;
    int e = do_connect(ts, rt_as_sock(self), &c);
    if (e == 0)
        return RT_NONE;
    if (e & 0x10000) {
        timed_out(ts);
        return RT_NULL;
    }
    errno = e;
    return rt_os_error(ts);
}
static rt_value sock_connect_ex(struct rt_thread *ts, rt_value self, rt_value addr)
{
    struct addr_ctx c = {0};
    if (parse(ts, self, addr, &c, "connect_ex") < 0 || audit_addr(ts, "socket.connect", self, addr) < 0)
        return RT_NULL;
    int e = do_connect(ts, rt_as_sock(self), &c);
    return e < 0 ? RT_NULL : rt_int_imm(e & 0x10000 ? EWOULDBLOCK : e);
}
static rt_value name_of(struct rt_thread *ts, rt_value self, int (*fn)(int, struct sockaddr *, socklen_t *))
{
    struct addr_ctx c = {.len = sizeof(c.a)};
    return fn(rt_load_acquire(&rt_as_sock(self)->fd), &c.a.sa, &c.len) < 0 ? rt_os_error(ts) : rt_sock_make_addr(ts, &c.a, c.len);
}
static int own_name(int fd, struct sockaddr *a, socklen_t *l) { return getsockname(fd, a, l); }
static int peer_name(int fd, struct sockaddr *a, socklen_t *l) { return getpeername(fd, a, l); }
static rt_value sock_getsockname(struct rt_thread *ts, rt_value self) { return name_of(ts, self, own_name); }
static rt_value sock_getpeername(struct rt_thread *ts, rt_value self) { return name_of(ts, self, peer_name); }
static rt_value sock_listen(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "listen", n, 0, 1) < 0)
        return RT_NULL;
    int backlog = n ? rt_as_int(ts, a[0]) : SOMAXCONN < 128 ? SOMAXCONN : 128;
    if (rt_pending(ts))
        return RT_NULL;
    return listen(rt_load_acquire(&rt_as_sock(self)->fd), backlog < 0 ? 0 : backlog) < 0 ? rt_os_error(ts) : RT_NONE;
}
static rt_value sock_shutdown(struct rt_thread *ts, rt_value self, rt_value v)
{
    int how = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    return shutdown(rt_load_acquire(&rt_as_sock(self)->fd), how) < 0 ? rt_os_error(ts) : RT_NONE;
}

/* ---- options ---- */
static rt_value sock_getsockopt(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int v[3] = {0, 0, 0}, fd = rt_load_acquire(&rt_as_sock(self)->fd);
    if (rt_args_count(ts, "getsockopt", n, 2, 3) < 0)
        return RT_NULL;
    for (uint32_t i = 0; i < n; i++)
        if ((v[i] = rt_as_int(ts, a[i])), rt_pending(ts))
            return RT_NULL;
    if (!v[2]) {
        int flag = 0;
        socklen_t len = sizeof(flag);
        return getsockopt(fd, v[0], v[1], &flag, &len) < 0 ? rt_os_error(ts) : rt_int_imm(flag);
    }
    if (v[2] < 0 || v[2] > 1024)
        return rt_raise(ts, &rt_exc_OSError, "getsockopt buflen out of range");
    char buf[1024];
    socklen_t len = (socklen_t)v[2];
    return getsockopt(fd, v[0], v[1], buf, &len) < 0 ? rt_os_error(ts) : rt_bytes_new(ts, buf, len);
}
static rt_value sock_setsockopt(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int fd = rt_load_acquire(&rt_as_sock(self)->fd), r;
    if (rt_args_count(ts, "setsockopt", n, 3, 4) < 0)
        return RT_NULL;
    int level = rt_as_int(ts, a[0]), opt = rt_pending(ts) ? 0 : rt_as_int(ts, a[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (n == 4) {
        if (!rt_is_none(a[2]))
            return rt_raise(ts, &rt_exc_TypeError, "setsockopt() argument 3 must be None, not %N", a[2]);
        uint64_t len = rt_as_u64(ts, a[3]);
        if (rt_pending(ts))
            return RT_NULL;
        r = setsockopt(fd, level, opt, NULL, (socklen_t)len);
    } else if (rt_is_any_int(a[2])) {
        int flag = rt_as_int(ts, a[2]);
        if (rt_pending(ts))
            return RT_NULL;
        r = setsockopt(fd, level, opt, &flag, sizeof(flag));
    } else {
        struct rt_buffer b;
        if (rt_buffer_get(ts, a[2], &b, RT_BUF_SIMPLE) < 0)
            return RT_NULL;
        r = setsockopt(fd, level, opt, b.buf, (socklen_t)b.len);
        int e = errno;
        rt_buffer_release(ts, &b);
        errno = e;
    }
    return r < 0 ? rt_os_error(ts) : RT_NONE;
}

/* ---- data ---- */
struct io { void *buf; size_t len; int flags; struct addr_ctx *addr; };
static ssize_t op_recv(int fd, void *p)
{
    struct io *c = p;
    if (!c->addr)
        return recv(fd, c->buf, c->len, c->flags);
    c->addr->len = sizeof(c->addr->a);
    return recvfrom(fd, c->buf, c->len, c->flags, &c->addr->a.sa, &c->addr->len);
}
static ssize_t op_send(int fd, void *p)
{
    struct io *c = p;
    return c->addr ? sendto(fd, c->buf, c->len, c->flags, &c->addr->a.sa, c->addr->len) : send(fd, c->buf, c->len, c->flags);
}
static rt_value recv_new(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, const char *fname, struct addr_ctx *addr)
{
    struct rt_sock *s = rt_as_sock(self);
    if (rt_args_count(ts, fname, n, 1, 2) < 0)
        return RT_NULL;
    int64_t size = rt_as_ssize(ts, a[0]);
    int flags = n > 1 && !rt_pending(ts) ? rt_as_int(ts, a[1]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    if (size < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative buffersize in %s", fname);
    rt_value b = rt_bytes_new(ts, NULL, (size_t)size);
    if (rt_is_null(b))
        return b;
    struct io c = {rt_as_bytes(b)->data, (size_t)size, flags, addr};
    ssize_t r = rt_sock_run(ts, s, false, op_recv, &c, timeout_of(s));
    if (r < 0) {
        rt_decref(ts, b);
        return RT_NULL;
    }
    return r < size ? rt_bytes_shrink(ts, b, (size_t)r) : b;
}
static rt_value sock_recv(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return recv_new(ts, self, a, n, "recv", NULL); }
static rt_value with_addr(struct rt_thread *ts, rt_value first, const struct addr_ctx *c)
{
    rt_value v[2] = {first, RT_NULL};
    if (rt_is_null(first))
        return first;
    v[1] = rt_sock_make_addr(ts, &c->a, c->len);
    if (rt_is_null(v[1])) {
        rt_decref(ts, first);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, v, 2);
}
static rt_value sock_recvfrom(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct addr_ctx c = {0};
    return with_addr(ts, recv_new(ts, self, a, n, "recvfrom", &c), &c);
}
static rt_value recv_into(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw, const char *fname,
                          struct addr_ctx *addr)
{
    static const char *const names[] = {"buffer", "nbytes", "flags", NULL};
    struct rt_argspec spec = {fname, names, 0, 1, 3, 3};
    struct rt_sock *s = rt_as_sock(self);
    rt_value v[3];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int64_t size = v[1].bits ? rt_as_ssize(ts, v[1]) : 0;
    int flags = v[2].bits && !rt_pending(ts) ? rt_as_int(ts, v[2]) : 0;
    struct rt_buffer b;
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_buffer_get(ts, v[0], &b, RT_BUF_WRITABLE) < 0) {
        rt_exc_clear(ts);
        return rt_raise(ts, &rt_exc_TypeError, "%s() argument 1 must be read-write bytes-like object, not %N", fname, v[0]);
    }
    ssize_t r = -1;
    if (size < 0) {
        rt_raise(ts, &rt_exc_ValueError, "negative buffersize in %s", fname);
    } else if (size > b.len) {
        rt_raise(ts, &rt_exc_ValueError, addr ? "nbytes is greater than the length of the buffer" : "buffer too small for requested bytes");
    } else {
        struct io c = {b.buf, (size_t)(size ? size : b.len), flags, addr};
        r = rt_sock_run(ts, s, false, op_recv, &c, timeout_of(s));
    }
    rt_buffer_release(ts, &b);
    return r < 0 ? RT_NULL : rt_int_imm(r);
}
static rt_value sock_recv_into(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    return recv_into(ts, self, a, n, kw, "recv_into", NULL);
}
static rt_value sock_recvfrom_into(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    struct addr_ctx c = {0};
    return with_addr(ts, recv_into(ts, self, a, n, kw, "recvfrom_into", &c), &c);
}
static rt_value send_some(struct rt_thread *ts, rt_value self, rt_value data, int flags, struct addr_ctx *addr, bool all)
{
    struct rt_sock *s = rt_as_sock(self);
    struct rt_buffer b;
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    struct io c = {b.buf, (size_t)b.len, flags, addr};
    int64_t timeout = timeout_of(s), deadline = timeout > 0 ? rt_monotonic_ns() + timeout : -1;
    ssize_t r;
    do {
        r = run_until(ts, s, true, op_send, &c, timeout, deadline);
        if (r < 0 || !all)
            break;
        c.buf = (char *)c.buf + r;
        c.len -= (size_t)r;
        if (rt_safepoint(ts) < 0 || rt_signal_check(ts) < 0)
            r = -1;
        if (r >= 0 && c.len && deadline >= 0 && rt_monotonic_ns() >= deadline)
            r = timed_out(ts);
    } while (r >= 0 && c.len);
    rt_buffer_release(ts, &b);
    return r < 0 ? RT_NULL : all ? RT_NONE : rt_int_imm(r);
}
static rt_value sock_send(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "send", n, 1, 2) < 0)
        return RT_NULL;
    int flags = n > 1 ? rt_as_int(ts, a[1]) : 0;
    return rt_pending(ts) ? RT_NULL : send_some(ts, self, a[0], flags, NULL, false);
}
static rt_value sock_sendall(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "sendall", n, 1, 2) < 0)
        return RT_NULL;
    int flags = n > 1 ? rt_as_int(ts, a[1]) : 0;
    return rt_pending(ts) ? RT_NULL : send_some(ts, self, a[0], flags, NULL, true);
}
static rt_value sock_sendto(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct addr_ctx c = {0};
    if (n < 2 || n > 3)
        return rt_raise(ts, &rt_exc_TypeError, "sendto() takes 2 or 3 arguments (%u given)", n);
    if (!rt_has_buffer(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "a bytes-like object is required, not '%T'", a[0]);
    int flags = n == 3 ? rt_as_int(ts, a[1]) : 0;
    if (rt_pending(ts) || parse(ts, self, a[n - 1], &c, "sendto") < 0 || audit_addr(ts, "socket.sendto", self, a[n - 1]) < 0)
        return RT_NULL;
    return send_some(ts, self, a[0], flags, &c, false);
}

static rt_value int_field(struct rt_thread *ts, rt_value self, void *which)
{
    struct rt_sock *s = rt_as_sock(self);
    return rt_int_imm(rt_load_relaxed(which == (void *)0 ? &s->family : which == (void *)1 ? &s->type : &s->proto));
}
static const struct rt_getset_def sock_getset[] = {
    {"family", int_field, NULL, "the socket family", (void *)0},
    {"type", int_field, NULL, "the socket type", (void *)1},
    {"proto", int_field, NULL, "the socket protocol", (void *)2},
    {"timeout", sock_timeout_attr, NULL, "the socket timeout", NULL},
    {0},
};
static const struct rt_method_def sock_methods[] = {
    {"_accept", sock_accept, RT_METH_NOARGS, "_accept() -> (integer, address info)\n\nWait for an incoming connection.  Return a new socket file descriptor\nrepresenting the connection, and the address of the client."},
    {"bind", sock_bind, RT_METH_O, "bind(address)\n\nBind the socket to a local address."},
    {"close", sock_close, RT_METH_NOARGS, "close()\n\nClose the socket.  It cannot be used after this call."},
    {"connect", sock_connect, RT_METH_O, "connect(address)\n\nConnect the socket to a remote address."},
    {"connect_ex", sock_connect_ex, RT_METH_O, "connect_ex(address) -> errno\n\nThis is like connect(address), but returns an error code (the errno value)\ninstead of raising an exception when an error occurs."},
    {"detach", sock_detach, RT_METH_NOARGS, "detach()\n\nClose the socket object without closing the underlying file descriptor."},
    {"fileno", sock_fileno, RT_METH_NOARGS, "fileno() -> integer\n\nReturn the integer file descriptor of the socket."},
    {"getpeername", sock_getpeername, RT_METH_NOARGS, "getpeername() -> address info\n\nReturn the address of the remote endpoint."},
    {"getsockname", sock_getsockname, RT_METH_NOARGS, "getsockname() -> address info\n\nReturn the address of the local endpoint."},
    {"getsockopt", sock_getsockopt, RT_METH_FAST, "getsockopt(level, option[, buffersize]) -> value\n\nGet a socket option."},
    {"listen", sock_listen, RT_METH_FAST, "listen([backlog])\n\nEnable a server to accept connections."},
    {"recv", sock_recv, RT_METH_FAST, "recv(buffersize[, flags]) -> data\n\nReceive up to buffersize bytes from the socket."},
    {"recv_into", sock_recv_into, RT_METH_KW, "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read\n\nA version of recv() that stores its data into a buffer."},
    {"recvfrom", sock_recvfrom, RT_METH_FAST, "recvfrom(buffersize[, flags]) -> (data, address info)\n\nLike recv(buffersize, flags) but also return the sender's address info."},
    {"recvfrom_into", sock_recvfrom_into, RT_METH_KW, "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)\n\nLike recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info."},
    {"send", sock_send, RT_METH_FAST, "send(data[, flags]) -> count\n\nSend a data string to the socket."},
    {"sendall", sock_sendall, RT_METH_FAST, "sendall(data[, flags])\n\nSend a data string to the socket, all of it."},
    {"sendto", sock_sendto, RT_METH_FAST, "sendto(data[, flags], address) -> count\n\nLike send(data, flags) but allows specifying the destination address."},
    {"setblocking", sock_setblocking, RT_METH_O, "setblocking(flag)\n\nSet the socket to blocking (flag is true) or non-blocking (false)."},
    {"getblocking", sock_getblocking, RT_METH_NOARGS, "getblocking()\n\nReturns True if socket is in blocking mode, or False if it\nis in non-blocking mode."},
    {"settimeout", sock_settimeout, RT_METH_O, "settimeout(timeout)\n\nSet a timeout on socket operations."},
    {"gettimeout", sock_gettimeout, RT_METH_NOARGS, "gettimeout() -> timeout\n\nReturns the timeout in seconds (float) associated with socket\noperations."},
    {"setsockopt", sock_setsockopt, RT_METH_FAST, "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\nsetsockopt(level, option, None, optlen: int)\n\nSet a socket option."},
    {"shutdown", sock_shutdown, RT_METH_O, "shutdown(flag)\n\nShut down the reading side of the socket (flag == SHUT_RD), the writing side\nof the socket (flag == SHUT_WR), or both ends (flag == SHUT_RDWR)."},
    {"recvmsg", rt_sock_recvmsg, RT_METH_FAST, "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)\n\nReceive normal data and ancillary data."},
    {"recvmsg_into", rt_sock_recvmsg_into, RT_METH_FAST, "recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)\n\nReceive normal data into buffers, and ancillary data."},
    {"sendmsg", rt_sock_sendmsg, RT_METH_FAST, "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count\n\nSend normal and ancillary data to the socket."},
    {0},
};
struct rt_type rt_socket_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_socket.socket", .flags = RT_TF_BASETYPE | RT_TF_RAW_STREAM, .basic_size = sizeof(struct rt_sock),
    .doc = "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.",
    .dealloc = sock_dealloc, .finalize = sock_finalize, .repr = sock_repr, .new = sock_new, .init = sock_init,
    .methods = sock_methods, .getset = sock_getset,
};
