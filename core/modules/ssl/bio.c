/* SPDX-License-Identifier: MIT */
/*
 * The transport under a connection over a socket, MemoryBIO, and the recursive lock.
 *
 * The transport uses MSG_DONTWAIT: OpenSSL gets "try again" instead of blocking with the connection's
 * lock held.
 */
#include <errno.h>

#include "core/modules/ssl/ssl_internal.h"

void ssl_lock(struct rt_thread *ts, struct rlock *l)
{
    if (rt_load_relaxed(&l->owner) != ts) {
        if (!rt_bytelock_try(&l->lock))
            rt_bytelock_acquire(ts, &l->lock, -1, 0);
        rt_store_relaxed(&l->owner, ts);
    }
    l->depth++;
}
void ssl_unlock(struct rlock *l)
{
    if (--l->depth)
        return;
    rt_store_relaxed(&l->owner, NULL);
    rt_bytelock_release(&l->lock);
}

/* ---- sockets ---- */
struct transport {
    int fd;
    bool eof;
};
void ssl_transport_fd(struct transport *t, int fd) { t->fd = fd; }
static int done(BIO *b, ssize_t n)
{
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return -1;
    return (int)n;
}
static int transport_read(BIO *b, char *out, int n)
{
    struct transport *t = BIO_get_data(b);
    BIO_clear_flags(b, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
    ssize_t r = recv(t->fd, out, (size_t)n, MSG_DONTWAIT);
    if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        BIO_set_flags(b, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
    t->eof |= r == 0;
    return done(b, r);
}
static int transport_write(BIO *b, const char *data, int n)
{
    struct transport *t = BIO_get_data(b);
    BIO_clear_flags(b, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
    ssize_t r = send(t->fd, data, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        BIO_set_flags(b, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
    return done(b, r);
}
static long transport_ctrl(BIO *b, int cmd, long num, void *p)
{
    struct transport *t = BIO_get_data(b);
    switch (cmd) {
    case BIO_CTRL_FLUSH: case BIO_CTRL_DUP: return 1;
    case BIO_CTRL_EOF: return t->eof;
    default: return 0;
    }
}
static int transport_free(BIO *b)
{
    rt_raw_free(BIO_get_data(b));
    BIO_set_data(b, NULL);
    return 1;
}
static BIO_METHOD *transport_method(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static BIO_METHOD *method; /* constant once made */
    pthread_mutex_lock(&lock);
    if (!method) {
        BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket that does not wait");
        if (m && BIO_meth_set_read(m, transport_read) && BIO_meth_set_write(m, transport_write) && BIO_meth_set_ctrl(m, transport_ctrl) &&
            BIO_meth_set_destroy(m, transport_free))
            method = m;
    }
    pthread_mutex_unlock(&lock);
    return method;
}
BIO *ssl_transport_new(struct connection *c, struct transport **out)
{
    BIO_METHOD *m = transport_method();
    struct transport *t = rt_raw_calloc(1, sizeof *t);
    BIO *b = m && t ? BIO_new(m) : NULL;
    if (!b) {
        rt_raw_free(t);
        return NULL;
    }
    t->fd = -1;
    BIO_set_data(b, t);
    BIO_set_init(b, 1);
    *out = t;
    return b;
}

/* ---- MemoryBIO ---- */
static rt_value memory_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "MemoryBIO", kw) < 0 || rt_args_count(ts, "MemoryBIO", n, 0, 0) < 0)
        return RT_NULL;
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    BIO *b = BIO_new(BIO_s_mem());
    if (!b) {
        rt_decref(ts, v);
        return SSL_LAST(ts, "failed to allocate BIO");
    }
    BIO_set_retry_read(b);
    BIO_set_mem_eof_return(b, -1);
    AS_MEMORY(v)->bio = b;
    return v;
}
static void memory_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    BIO_free_all(((struct memory *)o)->bio);
    ((struct memory *)o)->bio = NULL;
}
static int64_t pending_bytes(struct memory *m) { return (int64_t)BIO_ctrl_pending(m->bio); }
static rt_value memory_read(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct memory *m = AS_MEMORY(self);
    int want = -1;
    if (rt_args_count(ts, "read", n, 0, 1) < 0 || (n && (want = rt_as_int(ts, args[0])) == -1 && rt_pending(ts)))
        return RT_NULL;
    ssl_lock(ts, &m->lock);
    int64_t avail = pending_bytes(m);
    if (want < 0 || want > avail)
        want = avail > INT32_MAX ? INT32_MAX : (int)avail;
    rt_value r = rt_bytes_new(ts, NULL, (size_t)want);
    if (!rt_is_null(r) && want) {
        int got = BIO_read(m->bio, rt_as_bytes(r)->data, want);
        if (got < 0) {
            rt_decref(ts, r);
            r = SSL_LAST(ts, NULL);
        } else if (got != want) {
            r = rt_bytes_shrink(ts, r, (size_t)got);
        }
    }
    ssl_unlock(&m->lock);
    return r;
}
static rt_value memory_write(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct memory *m = AS_MEMORY(self);
    struct rt_buffer b;
    rt_value r = RT_NULL;
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return r;
    ssl_lock(ts, &m->lock);
    if (b.len > INT32_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "string longer than %d bytes", INT32_MAX);
    } else if (m->eof) {
        SSL_LAST(ts, "cannot write() after write_eof()");
    } else {
        int n = b.len ? BIO_write(m->bio, b.buf, (int)b.len) : 0;
        r = n < 0 ? SSL_LAST(ts, NULL) : rt_int_imm(n);
    }
    ssl_unlock(&m->lock);
    rt_buffer_release(ts, &b);
    return r;
}
static rt_value memory_write_eof(struct rt_thread *ts, rt_value self)
{
    struct memory *m = AS_MEMORY(self);
    ssl_lock(ts, &m->lock);
    m->eof = true;
    BIO_clear_retry_flags(m->bio);
    BIO_set_mem_eof_return(m->bio, 0);
    ssl_unlock(&m->lock);
    return RT_NONE;
}
static rt_value get_pending(struct rt_thread *ts, rt_value self, void *c)
{
    struct memory *m = AS_MEMORY(self);
    ssl_lock(ts, &m->lock);
    int64_t n = pending_bytes(m);
    ssl_unlock(&m->lock);
    return rt_int_imm(n);
}
static rt_value get_eof(struct rt_thread *ts, rt_value self, void *c)
{
    struct memory *m = AS_MEMORY(self);
    ssl_lock(ts, &m->lock);
    bool eof = m->eof && pending_bytes(m) == 0;
    ssl_unlock(&m->lock);
    return rt_bool(eof);
}
static const struct rt_getset_def getset[] = {{"pending", get_pending, NULL, "The number of bytes pending in the memory BIO."},
    {"eof", get_eof, NULL, "Whether the memory BIO is at EOF."}, {NULL}};
static const struct rt_method_def methods[] = {
    {"read", memory_read, RT_METH_FAST, "read($self, size=-1, /)\n--\n\nRead up to size bytes from the memory BIO.\n\nIf size is not specified, read the entire buffer."},
    {"write", memory_write, RT_METH_O, "write($self, b, /)\n--\n\nWrites the bytes b into the memory BIO.\n\nReturns the number of bytes written."},
    {"write_eof", memory_write_eof, RT_METH_NOARGS, "write_eof($self, /)\n--\n\nWrite an EOF marker to the memory BIO."},
    {NULL},
};
struct rt_type rt_ssl_memory_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ssl.MemoryBIO", .basic_size = sizeof(struct memory), .dealloc = memory_dealloc, .new = memory_new,
    .methods = methods, .getset = getset,
};
