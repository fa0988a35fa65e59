/* SPDX-License-Identifier: MIT */
/*
 * select: select(), poll objects and epoll objects.
 *
 * Waiting happens detached; after EINTR the signal handlers run and the wait goes on with what is left
 * of the timeout. A poll object's table is changed in its critical section and copied before waiting;
 * an epoll object is one atomic descriptor.
 */
#include <linux/limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "core/modules/os/os_util.h"

/* Timeout in units of `unit` seconds' nanoseconds; *ns -1 for none. */
static int timeout_arg(struct rt_thread *ts, rt_value v, const char *what, int64_t *ns)
{
    *ns = -1;
    if (rt_is_null(v) || rt_is_none(v))
        return 0;
    if (rt_os_seconds_ns(ts, v, ns) < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "%s", what);
        return -1;
    }
    return 0;
}

/* ---- select() ---- */
struct fdlist { rt_value seq; int *fd; size_t n; fd_set set; }; /* seq: list of the objects asked for a descriptor */

static int fdlist_add(struct rt_thread *ts, struct fdlist *l, rt_value o, int *max)
{
    int fd = rt_fd_arg(ts, o);
    if (fd < 0)
        return -1;
    if (fd >= FD_SETSIZE) {
        rt_raise(ts, &rt_exc_ValueError, "filedescriptor out of range in select()");
        return -1;
    }
    if (l->n == FD_SETSIZE) {
        rt_raise(ts, &rt_exc_ValueError, "too many file descriptors in select()");
        return -1;
    }
    FD_SET(fd, &l->set);
    l->fd[l->n++] = fd;
    *max = fd > *max ? fd : *max;
    return rt_list_append(ts, l->seq, o);
}

/* A list is read as it is: its objects' fileno() may change it. */
static int fdlist_get(struct rt_thread *ts, struct fdlist *l, rt_value v, int *max)
{
    FD_ZERO(&l->set);
    rt_value from = RT_NULL, item;
    if (rt_is_list(v))
        from = rt_newref(ts, v);
    else if (rt_is_tuple(v) || rt_is_iterator(v) || rt_type_of(v)->iter || rt_is_sequence(v))
        from = rt_seq_list(ts, v);
    else
        rt_raise(ts, &rt_exc_TypeError, "arguments 1-3 must be sequences");
    if (rt_is_null(from))
        return -1;
    l->seq = rt_list_new(ts, 0);
    l->fd = rt_raw_malloc(FD_SETSIZE * sizeof(int));
    int r = rt_is_null(l->seq) || !l->fd ? -1 : 0;
    for (size_t i = 0; r == 0 && !rt_is_null(item = rt_list_get(ts, from, i)); i++) {
        r = fdlist_add(ts, l, item, max);
        rt_decref(ts, item);
    }
    rt_decref(ts, from);
    return r;
}
static rt_value fdlist_ready(struct rt_thread *ts, struct fdlist *l, const fd_set *set, bool none)
{
    rt_value r = rt_list_new(ts, 0);
    for (size_t i = 0; !none && !rt_is_null(r) && i < l->n; i++)
        if (FD_ISSET(l->fd[i], set) && rt_list_append_steal(ts, r, rt_list_get(ts, l->seq, i)) < 0)
            rt_clear(ts, &r);
    return r;
}
static rt_value do_select(struct rt_thread *ts, struct fdlist *l, int max, int64_t ns)
{
    fd_set s[3];
    int64_t deadline = ns >= 0 ? rt_monotonic_ns() + ns : -1;
    int r;
    for (;;) {
        struct timeval tv;
        if (ns >= 0) {
            int64_t us = ns / 1000 + (ns % 1000 != 0);
            tv = (struct timeval){us / 1000000, us % 1000000};
        }
        for (int i = 0; i < 3; i++)
            s[i] = l[i].set;
        rt_detach(ts, RT_DETACH_IO);
        r = select(max + 1, &s[0], &s[1], &s[2], ns >= 0 ? &tv : NULL);
        rt_attach(ts);
        if (r >= 0 || errno != EINTR)
            break;
        if (rt_signal_check(ts) < 0)
            return RT_NULL;
        if (deadline >= 0) {
            ns = deadline - rt_monotonic_ns();
            if (ns < 0) {
                r = 0;
                break;
            }
        }
    }
    if (r < 0)
        return rt_os_error(ts);
    rt_value out[3];
    for (int i = 0; i < 3; i++)
        if (rt_is_null(out[i] = fdlist_ready(ts, &l[i], &s[i], r == 0))) {
            while (i--)
                rt_decref(ts, out[i]);
            return RT_NULL;
        }
    return rt_tuple_steal(ts, out, 3);
}
static rt_value sel_select(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "select", n, 3, 4) < 0)
        return RT_NULL;
    struct fdlist l[3] = {{.seq = RT_NULL}, {.seq = RT_NULL}, {.seq = RT_NULL}};
    int64_t ns;
    int max = -1;
    if (timeout_arg(ts, n > 3 ? a[3] : RT_NULL, "timeout must be a float or None", &ns) < 0)
        return RT_NULL;
    if (ns < 0 && n > 3 && !rt_is_none(a[3]))
        return rt_raise(ts, &rt_exc_ValueError, "timeout must be non-negative");
    rt_value res = RT_NULL;
    if (fdlist_get(ts, &l[0], a[0], &max) == 0 && fdlist_get(ts, &l[1], a[1], &max) == 0 && fdlist_get(ts, &l[2], a[2], &max) == 0)
        res = do_select(ts, l, max, ns);
    for (int i = 0; i < 3; i++) {
        rt_decref(ts, l[i].seq);
        rt_raw_free(l[i].fd);
    }
    return res;
}

/* ---- poll ---- */
struct pollobj {
    struct rt_object hdr;
    struct pollfd *fds; /* in the section */
    size_t n, capacity;
    _Atomic uint8_t running;
};
static struct pollobj *as_poll(rt_value v) { return (struct pollobj *)rt_ptr(v); }
static struct pollfd *poll_find(struct pollobj *p, int fd)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->fds[i].fd == fd)
            return &p->fds[i];
    return NULL;
}
static int event_mask(struct rt_thread *ts, rt_value v, unsigned short *out)
{
    if (rt_is_null(v)) {
        *out = POLLIN | POLLPRI | POLLOUT;
        return 0;
    }
    rt_value i = rt_index(ts, v);
    if (rt_is_null(i))
        return -1;
    uint64_t u = 0;
    int sign = rt_int_sign(i), fits = sign >= 0 && rt_int_try_u64(i, &u);
    rt_decref(ts, i);
    if (sign < 0) {
        rt_raise(ts, &rt_exc_ValueError, "value must be positive");
        return -1;
    }
    if (!fits || u > 0xffff) {
        rt_raise(ts, &rt_exc_OverflowError, fits ? "Python int too large for C unsigned short" : "Python int too large to convert to C unsigned long");
        return -1;
    }
    *out = (unsigned short)u;
    return 0;
}
static rt_value poll_register(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    unsigned short ev;
    if (rt_args_count(ts, "register", n, 1, 2) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]);
    if (fd < 0 || event_mask(ts, n > 1 ? a[1] : RT_NULL, &ev) < 0)
        return RT_NULL;
    struct pollobj *p = as_poll(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, p);
    struct pollfd *f = poll_find(p, fd);
    if (!f) {
        if (p->n == p->capacity) {
            p->capacity = p->capacity ? p->capacity * 2 : 8;
            p->fds = rt_raw_realloc(p->fds, p->capacity * sizeof(*p->fds));
        }
        f = &p->fds[p->n++];
        f->fd = fd;
    }
    f->events = (short)ev;
    f->revents = 0;
    rt_cs_end(ts, &cs);
    return RT_NONE;
}
static rt_value poll_modify(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    unsigned short ev;
    if (rt_args_count(ts, "modify", n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]);
    if (fd < 0 || event_mask(ts, a[1], &ev) < 0)
        return RT_NULL;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, rt_ptr(self));
    struct pollfd *f = poll_find(as_poll(self), fd);
    if (f)
        f->events = (short)ev;
    rt_cs_end(ts, &cs);
    if (f)
        return RT_NONE;
    errno = ENOENT;
    return rt_os_error(ts);
}
static rt_value poll_unregister(struct rt_thread *ts, rt_value self, rt_value v)
{
    int fd = rt_fd_arg(ts, v);
    if (fd < 0)
        return RT_NULL;
    struct pollobj *p = as_poll(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, p);
    struct pollfd *f = poll_find(p, fd);
    if (f) {
        memmove(f, f + 1, (size_t)((char *)(p->fds + p->n) - (char *)(f + 1)));
        p->n--;
    }
    rt_cs_end(ts, &cs);
    return f ? RT_NONE : rt_raise_key(ts, rt_int_imm(fd));
}
/* A wait has returned *r. 1: a signal came first, and *ns are left until the deadline (-1: none); 0: *r counts; -1: raised. */
static int interrupted(struct rt_thread *ts, int *r, int64_t deadline, int64_t *ns)
{
    if (*r >= 0 || errno != EINTR)
        return 0;
    if (rt_signal_check(ts) < 0)
        return -1;
    if (deadline < 0 || (*ns = deadline - rt_monotonic_ns()) >= 0)
        return 1;
    *r = 0;
    return 0;
}
static rt_value poll_wait(struct rt_thread *ts, struct pollfd *fds, size_t nfds, int64_t ns)
{
    int64_t deadline = ns >= 0 ? rt_monotonic_ns() + ns : -1;
    int r;
    for (;;) {
        rt_detach(ts, RT_DETACH_IO);
        r = poll(fds, nfds, rt_os_poll_ms(ns));
        rt_attach(ts);
        int again = interrupted(ts, &r, deadline, &ns);
        if (again < 0)
            return RT_NULL;
        if (!again)
            break;
    }
    if (r < 0)
        return rt_os_error(ts);
    rt_value l = rt_list_new(ts, (size_t)r);
    for (size_t i = 0; !rt_is_null(l) && r > 0 && i < nfds; i++) {
        if (!fds[i].revents)
            continue;
        rt_value pair = rt_tuple_pack(ts, 2, rt_int_imm(fds[i].fd), rt_int_imm(fds[i].revents & 0xffff));
        if (rt_is_null(pair) || rt_list_append_steal(ts, l, pair) < 0)
            rt_clear(ts, &l);
    }
    return l;
}
static rt_value poll_poll(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct pollobj *p = as_poll(self);
    int64_t ns = -1;
    if (rt_args_count(ts, "poll", n, 0, 1) < 0)
        return RT_NULL;
    if (n && !rt_is_none(a[0])) {
        if (timeout_arg(ts, a[0], "timeout must be an integer or None", &ns) < 0)
            return RT_NULL;
        bool negative = ns < 0; /* the argument counts milliseconds */
        ns = negative ? -1 : ns / 1000 + (ns % 1000 != 0);
        if (ns / 1000000 > INT32_MAX)
            return rt_raise(ts, &rt_exc_OverflowError, "timeout is too large");
    }
    uint8_t idle = 0;
    if (!rt_cas_acq_rel(&p->running, &idle, 1))
        return rt_raise(ts, &rt_exc_RuntimeError, "concurrent poll() invocation");
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, p);
    size_t nfds = p->n;
    struct pollfd local[16], *fds = nfds <= 16 ? local : rt_raw_malloc(nfds * sizeof(*fds));
    if (nfds)
        memcpy(fds, p->fds, nfds * sizeof(*fds));
    rt_cs_end(ts, &cs);
    rt_value r = poll_wait(ts, fds, nfds, ns);
    rt_store_release(&p->running, 0);
    if (fds != local)
        rt_raw_free(fds);
    return r;
}
static void poll_dealloc(struct rt_thread *ts, struct rt_object *o) { rt_raw_free(((struct pollobj *)o)->fds); }
static const struct rt_method_def poll_methods[] = {
    {"register", poll_register, RT_METH_FAST,
     "register($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)\n--\n\nRegister a file descriptor with the polling object."},
    {"modify", poll_modify, RT_METH_FAST, "modify($self, fd, eventmask, /)\n--\n\nModify an already registered file descriptor."},
    {"unregister", poll_unregister, RT_METH_O, "unregister($self, fd, /)\n--\n\nRemove a file descriptor being tracked by the polling object."},
    {"poll", poll_poll, RT_METH_FAST, "poll($self, timeout=None, /)\n--\n\nPolls the set of registered file descriptors."},
    {0},
};
static struct rt_type poll_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "select.poll", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct pollobj),
    .dealloc = poll_dealloc, .methods = poll_methods,
};
static rt_value sel_poll(struct rt_thread *ts, rt_value self) { return rt_type_alloc(ts, &poll_type); }

/* ---- epoll ---- */
struct epollobj { struct rt_object hdr; _Atomic int fd; };
static struct rt_type epoll_type;
static int epoll_fd(struct rt_thread *ts, rt_value self)
{
    int fd = rt_load_acquire(&((struct epollobj *)rt_ptr(self))->fd);
    if (fd < 0)
        rt_raise(ts, &rt_exc_ValueError, "I/O operation on closed epoll object");
    return fd;
}
static rt_value epoll_make(struct rt_thread *ts, struct rt_type *t, int fd)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    rt_store_release(&((struct epollobj *)rt_ptr(v))->fd, fd >= 0 ? fd : epoll_create1(EPOLL_CLOEXEC));
    if (rt_load_acquire(&((struct epollobj *)rt_ptr(v))->fd) < 0) {
        rt_os_error(ts);
        rt_clear(ts, &v);
    }
    return v;
}
static rt_value epoll_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"sizehint", "flags", NULL};
    static const struct rt_argspec spec = {"epoll", names, 0, 0, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int size = v[0].bits ? rt_as_int(ts, v[0]) : -1;
    int flags = v[1].bits && !rt_pending(ts) ? rt_as_int(ts, v[1]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    if (size < -1 || size == 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative sizehint");
    if (flags && flags != EPOLL_CLOEXEC)
        return rt_raise(ts, &rt_exc_OSError, "invalid flags");
    return epoll_make(ts, t, -1);
}
static void epoll_shut(struct rt_thread *ts, struct epollobj *e, int *r)
{
    int fd = rt_xchg_acq_rel(&e->fd, -1);
    if (fd < 0)
        return;
    rt_detach(ts, RT_DETACH_IO);
    *r = close(fd);
    rt_attach(ts);
}
static rt_value epoll_close(struct rt_thread *ts, rt_value self)
{
    int r = 0;
    epoll_shut(ts, (struct epollobj *)rt_ptr(self), &r);
    return r < 0 ? rt_os_error(ts) : RT_NONE;
}
static void epoll_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    int r = 0, e = errno;
    epoll_shut(ts, (struct epollobj *)o, &r);
    errno = e;
}
static rt_value epoll_fileno(struct rt_thread *ts, rt_value self)
{
    int fd = epoll_fd(ts, self);
    return fd < 0 ? RT_NULL : rt_int_imm(fd);
}
static rt_value epoll_fromfd(struct rt_thread *ts, rt_value cls, rt_value v)
{
    int fd = rt_as_int(ts, v);
    return rt_pending(ts) ? RT_NULL : epoll_make(ts, rt_as_type(cls), fd);
}
static rt_value epoll_do(struct rt_thread *ts, rt_value self, int op, const rt_value *v)
{
    int ep = epoll_fd(ts, self);
    if (ep < 0)
        return RT_NULL;
    struct epoll_event ev = {.events = EPOLLIN | EPOLLPRI | EPOLLOUT};
    int fd = rt_fd_arg(ts, v[0]);
    if (fd < 0)
        return RT_NULL;
    ev.data.fd = fd;
    if (op != EPOLL_CTL_DEL && v[1].bits) {
        uint64_t u = rt_as_u64(ts, v[1]);
        if (rt_pending(ts))
            return RT_NULL;
        ev.events = (uint32_t)u;
    }
    rt_detach(ts, RT_DETACH_IO);
    int r = epoll_ctl(ep, op, fd, op == EPOLL_CTL_DEL ? NULL : &ev);
    rt_attach(ts);
    return r < 0 ? rt_os_error(ts) : RT_NONE;
}
#define EPOLL_OP(fn, name, op, min)                                                                                     \
    static rt_value fn(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)                 \
    {                                                                                                                   \
        static const char *const names[] = {"fd", "eventmask", NULL};                                                   \
        static const char *const one[] = {"fd", NULL};                                                                  \
        static const struct rt_argspec spec = {name, op == EPOLL_CTL_DEL ? one : names, 0, min,                         \
                                               op == EPOLL_CTL_DEL ? 1 : 2, op == EPOLL_CTL_DEL ? 1 : 2};               \
        rt_value v[2];                                                                                                  \
        return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : epoll_do(ts, self, op, v);                               \
    }
EPOLL_OP(epoll_register, "register", EPOLL_CTL_ADD, 1)
EPOLL_OP(epoll_modify, "modify", EPOLL_CTL_MOD, 2)
EPOLL_OP(epoll_unregister, "unregister", EPOLL_CTL_DEL, 1)
static rt_value epoll_wait_events(struct rt_thread *ts, int fd, struct epoll_event *ev, int max, int64_t ns)
{
    int64_t deadline = ns >= 0 ? rt_monotonic_ns() + ns : -1;
    int r;
    for (;;) {
        int ms = rt_os_poll_ms(ns);
        if (ms == 0) { /* cannot block */
            r = epoll_wait(fd, ev, max, 0);
        } else {
            rt_detach(ts, RT_DETACH_IO);
            r = epoll_wait(fd, ev, max, ms);
            rt_attach(ts);
        }
        int again = interrupted(ts, &r, deadline, &ns);
        if (again < 0)
            return RT_NULL;
        if (!again)
            break;
    }
    if (r < 0)
        return rt_os_error(ts);
    rt_value l = rt_list_new(ts, (size_t)r);
    for (int i = 0; !rt_is_null(l) && i < r; i++) {
        rt_value pair = rt_tuple_pack(ts, 2, rt_int_imm(ev[i].data.fd), rt_int_imm(ev[i].events));
        if (rt_is_null(pair) || rt_list_append_steal(ts, l, pair) < 0)
            rt_clear(ts, &l);
    }
    return l;
}
static rt_value epoll_poll(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"timeout", "maxevents", NULL};
    static const struct rt_argspec spec = {"poll", names, 0, 0, 2, 2};
    rt_value v[2];
    int64_t ns;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int max = v[1].bits ? rt_as_int(ts, v[1]) : -1, fd = rt_pending(ts) ? -1 : epoll_fd(ts, self);
    if (rt_pending(ts) || timeout_arg(ts, v[0], "timeout must be an integer or None", &ns) < 0)
        return RT_NULL;
    if (ns / 1000000 > INT32_MAX)
        return rt_raise(ts, &rt_exc_OverflowError, "timeout is too large");
    if (max == -1)
        max = FD_SETSIZE - 1;
    else if (max < 1)
        return rt_raise(ts, &rt_exc_ValueError, "maxevents must be greater than 0, got %d", max);
    struct epoll_event local[64], *ev = max <= 64 ? local : rt_raw_malloc((size_t)max * sizeof(*ev));
    if (!ev)
        return rt_raise_no_memory(ts);
    rt_value r = epoll_wait_events(ts, fd, ev, max, ns);
    if (ev != local)
        rt_raw_free(ev);
    return r;
}
static rt_value epoll_enter(struct rt_thread *ts, rt_value self) { return epoll_fd(ts, self) < 0 ? RT_NULL : rt_newref(ts, self); }
static rt_value epoll_exit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return epoll_close(ts, self); }
static rt_value epoll_closed(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_bool(rt_load_acquire(&((struct epollobj *)rt_ptr(self))->fd) < 0);
}
static const struct rt_method_def epoll_methods[] = {
    {"fromfd", epoll_fromfd, RT_METH_O | RT_METH_CLASS, "fromfd($type, fd, /)\n--\n\nCreate an epoll object from a given control fd."},
    {"close", epoll_close, RT_METH_NOARGS, "close($self, /)\n--\n\nClose the epoll control file descriptor.\n\nFurther operations on the epoll object will raise an exception."},
    {"fileno", epoll_fileno, RT_METH_NOARGS, "fileno($self, /)\n--\n\nReturn the epoll control file descriptor."},
    {"modify", epoll_modify, RT_METH_KW, "modify($self, /, fd, eventmask)\n--\n\nModify event mask for a registered file descriptor."},
    {"register", epoll_register, RT_METH_KW,
     "register($self, /, fd,\n         eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)\n--\n\nRegisters a new fd or raises an OSError if the fd is already registered."},
    {"unregister", epoll_unregister, RT_METH_KW, "unregister($self, /, fd)\n--\n\nRemove a registered file descriptor from the epoll object."},
    {"poll", epoll_poll, RT_METH_KW, "poll($self, /, timeout=None, maxevents=-1)\n--\n\nWait for events on the epoll file descriptor."},
    {"__enter__", epoll_enter, RT_METH_NOARGS, NULL},
    {"__exit__", epoll_exit, RT_METH_FAST, NULL},
    {0},
};
static const struct rt_getset_def epoll_getset[] = {{"closed", epoll_closed, NULL, "True if the epoll handler is closed", NULL}, {0}};
static struct rt_type epoll_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "select.epoll", .basic_size = sizeof(struct epollobj),
    .doc = "select.epoll(sizehint=-1, flags=0)\n\nReturns an epolling object",
    .dealloc = epoll_dealloc, .new = epoll_new, .methods = epoll_methods, .getset = epoll_getset,
};

#define C(n) {#n, n}
static const struct rt_posix_const consts[] = {
    C(POLLIN), C(POLLPRI), C(POLLOUT), C(POLLERR), C(POLLHUP), C(POLLNVAL), C(POLLRDNORM), C(POLLRDBAND), C(POLLWRNORM),
    C(POLLWRBAND), C(POLLMSG), C(POLLRDHUP), C(PIPE_BUF), C(EPOLLIN), C(EPOLLOUT), C(EPOLLPRI), C(EPOLLERR), C(EPOLLHUP),
    C(EPOLLRDHUP), C(EPOLLET), C(EPOLLONESHOT), C(EPOLLEXCLUSIVE), C(EPOLLRDNORM), C(EPOLLRDBAND), C(EPOLLWRNORM),
    C(EPOLLWRBAND), C(EPOLLMSG), C(EPOLL_CLOEXEC), {NULL, 0}};

static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_type_ready(ts, &poll_type) < 0 || rt_os_constants(ts, m, consts) < 0)
        return -1;
    return rt_module_add(ts, m, "error", rt_type_value(&rt_exc_OSError));
}
static const struct rt_method_def methods[] = {
    {"select", sel_select, RT_METH_FAST,
     "select($module, rlist, wlist, xlist, timeout=None, /)\n--\n\n"
     "Wait until one or more file descriptors are ready for some kind of I/O."},
    {"poll", sel_poll, RT_METH_NOARGS,
     "poll($module, /)\n--\n\nReturns a polling object.\n\n"
     "This object supports registering and unregistering file descriptors, and then\n"
     "polling them for I/O events."},
    {0},
};
static struct rt_type *const types[] = {&epoll_type, NULL};
const struct rt_module_def rt_module_select = {
    .name = "select",
    .doc = "This module supports asynchronous I/O on multiple file descriptors.\n\n"
           "*** IMPORTANT NOTICE ***\n"
           "On Windows, only sockets are supported; on Unix, all file descriptors.",
    .methods = methods, .types = types, .exec = exec,
};
