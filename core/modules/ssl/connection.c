/* SPDX-License-Identifier: MIT */
/* _ssl._SSLSocket: a TLS connection over a socket or over two MemoryBIO objects. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>

#include "core/modules/ssl/ssl_internal.h"

/* ---- an operation ---- */
enum op { HANDSHAKE, READ, WRITE, SHUTDOWN };
struct work {
    enum op op;
    void *buf;
    size_t n, done;
    int ret;
    struct failure failure;
};
static int once(struct connection *c, struct work *w)
{
    switch (w->op) {
    case HANDSHAKE: return SSL_do_handshake(c->ssl);
    case READ: return SSL_read_ex(c->ssl, w->buf, w->n, &w->done);
    case WRITE: return SSL_write_ex(c->ssl, w->buf, w->n, &w->done);
    default:
        if (c->shutdown_begun)
            SSL_set_read_ahead(c->ssl, 0); /* what follows is not for us */
        return SSL_shutdown(c->ssl);
    }
}
/* The memory of the transport, in the order of addresses: two connections may share it crosswise. */
static void lock_memory(struct rt_thread *ts, struct connection *c, bool lock)
{
    rt_value a = rt_slot_peek(&c->in), b = rt_slot_peek(&c->out);
    if (rt_is_null(a))
        return;
    struct memory *first = AS_MEMORY(a), *second = AS_MEMORY(b);
    if (first > second) {
        struct memory *t = first;
        first = second;
        second = t;
    }
    if (lock) {
        ssl_lock(ts, &first->lock);
        ssl_lock(ts, &second->lock);
    } else {
        ssl_unlock(&second->lock);
        ssl_unlock(&first->lock);
    }
}
static void run(struct rt_thread *ts, struct connection *c, struct work *w, int fd)
{
    ssl_lock(ts, &c->lock);
    lock_memory(ts, c, true);
    if (c->transport)
        ssl_transport_fd(c->transport, fd);
    rt_detach(ts, RT_DETACH_NATIVE);
    ERR_clear_error();
    errno = 0;
    w->ret = once(c, w);
    w->failure.sys = errno;
    w->failure.ssl = w->ret > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, w->ret);
    rt_attach(ts);
    lock_memory(ts, c, false);
    ssl_unlock(&c->lock);
}
/* The socket, owned; RT_NONE without one; RT_NULL when it is gone. */
static rt_value socket_of(struct rt_thread *ts, struct connection *c)
{
    rt_value ref = rt_slot_get(ts, c, &c->socket);
    if (rt_is_null(ref))
        return RT_NONE;
    rt_value s = rt_weakref_get(ts, ref);
    rt_decref(ts, ref);
    if (rt_is_null(s))
        ssl_raise(ts, NULL, &rt_exc_SSLError, PY_ERROR_NO_SOCKET, "Underlying socket connection gone", 0, __LINE__);
    return s;
}
/* 1 done; 0 it failed, see w; -1 exception. */
static int perform(struct rt_thread *ts, struct connection *c, rt_value sock, struct work *w, int64_t deadline)
{
    static const char *const what[] = {"handshake", "read", "write", "shutdown"};
    struct rt_sock *s = rt_is_none(sock) ? NULL : rt_as_sock(sock);
    int64_t timeout = s ? rt_load_relaxed(&s->timeout) : 0;
    for (;;) {
        int fd = s ? rt_load_acquire(&s->fd) : -1;
        if (s && fd < 0) {
            ssl_raise(ts, NULL, &rt_exc_SSLError, 0, "Underlying socket has been closed.", 0, __LINE__);
            return -1;
        }
        run(ts, c, w, fd);
        if (rt_slot_peek(&c->pending).bits) {
            rt_exc_put(ts, rt_slot_swap(&c->pending, RT_NULL));
            return -1;
        }
        if (w->ret > 0)
            return 1;
        if (rt_signal_check(ts) < 0)
            return -1;
        bool reading = w->failure.ssl == SSL_ERROR_WANT_READ;
        if (!timeout || (!reading && w->failure.ssl != SSL_ERROR_WANT_WRITE))
            return 0;
        int r = rt_sock_wait(ts, fd, reading ? POLLIN : POLLOUT, deadline);
        if (r == 0) {
            const char *name = w->op == SHUTDOWN ? (reading ? "read" : "write") : what[w->op];
            rt_raise(ts, &rt_exc_TimeoutError, "The %s operation timed out", name);
        } else if (r < 0) {
            rt_os_error(ts);
        }
        if (r <= 0)
            return -1;
    }
}
static int64_t deadline_of(rt_value sock)
{
    int64_t timeout = rt_is_none(sock) ? 0 : rt_load_relaxed(&rt_as_sock(sock)->timeout);
    return timeout > 0 ? rt_monotonic_ns() + timeout : -1;
}
/* Whole: 0, or -1 with an exception. */
static int complete(struct rt_thread *ts, struct connection *c, struct work *w)
{
    rt_value sock = socket_of(ts, c);
    if (rt_is_null(sock))
        return -1;
    if (w->op == WRITE) /* what was begun must be gone before another begins */
        ssl_lock(ts, &c->writing);
    int r = perform(ts, c, sock, w, deadline_of(sock));
    if (w->op == WRITE)
        ssl_unlock(&c->writing);
    if (r == 0 && w->op == READ && w->failure.ssl == SSL_ERROR_ZERO_RETURN && SSL_get_shutdown(c->ssl) == SSL_RECEIVED_SHUTDOWN) {
        w->done = 0;
        r = 1;
    }
    if (r == 0)
        ssl_raise_failure(ts, c, w->ret, &w->failure, __LINE__);
    rt_decref(ts, sock);
    return r > 0 ? 0 : -1;
}
static rt_value do_handshake(struct rt_thread *ts, rt_value self)
{
    struct work w = {.op = HANDSHAKE};
    struct connection *c = AS_CONNECTION(self);
    if (complete(ts, c, &w) < 0)
        return RT_NULL;
    rt_slot_set(ts, &c->first, RT_NULL); /* nobody asks it any more */
    return RT_NONE;
}
static rt_value write_data(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct rt_buffer b;
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    struct work w = {.op = WRITE, .buf = b.buf, .n = (size_t)b.len};
    int r = complete(ts, AS_CONNECTION(self), &w);
    rt_buffer_release(ts, &b);
    return r < 0 ? RT_NULL : rt_int_imm((int64_t)w.done);
}
static rt_value read_into(struct rt_thread *ts, struct connection *c, int64_t n, rt_value buffer)
{
    struct rt_buffer b;
    if (rt_buffer_get(ts, buffer, &b, RT_BUF_WRITABLE) < 0)
        return RT_NULL;
    if (n <= 0 || n > b.len)
        n = b.len;
    struct work w = {.op = READ, .buf = b.buf, .n = (size_t)n};
    int r = n == 0 ? 0 : n > INT32_MAX ? -1 : complete(ts, c, &w);
    rt_buffer_release(ts, &b);
    if (n > INT32_MAX)
        return rt_raise(ts, &rt_exc_OverflowError, "maximum length can't fit in a C 'int'");
    return r < 0 ? RT_NULL : rt_int_imm((int64_t)w.done);
}
static rt_value read_data(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "_ssl._SSLSocket.read", n, 1, 2) < 0)
        return RT_NULL;
    int len = rt_as_int(ts, args[0]);
    if (len == -1 && rt_pending(ts))
        return RT_NULL;
    if (n == 2)
        return read_into(ts, AS_CONNECTION(self), len, args[1]);
    if (len < 0)
        return rt_raise(ts, &rt_exc_ValueError, "size should not be negative");
    rt_value r = rt_bytes_new(ts, NULL, (size_t)len);
    if (len == 0 || rt_is_null(r))
        return r;
    struct work w = {.op = READ, .buf = rt_as_bytes(r)->data, .n = (size_t)len};
    if (complete(ts, AS_CONNECTION(self), &w) < 0) {
        rt_decref(ts, r);
        return RT_NULL;
    }
    return w.done == (size_t)len ? r : rt_bytes_shrink(ts, r, w.done);
}
/* Sends our goodbye and waits for the other's: two calls of SSL_shutdown at most. */
static rt_value shutdown_connection(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    rt_value sock = socket_of(ts, c);
    if (rt_is_null(sock))
        return sock;
    int64_t deadline = deadline_of(sock);
    int r = 0;
    for (int zeros = 0; zeros < 2;) {
        struct work w = {.op = SHUTDOWN};
        r = perform(ts, c, sock, &w, deadline);
        if (r == 0 && w.ret == 0) {
            r = 1;
            zeros++;
            c->shutdown_begun = true;
            continue;
        }
        if (r == 0)
            ssl_raise_failure(ts, c, w.ret, &w.failure, __LINE__);
        break;
    }
    if (r > 0)
        return sock;
    rt_decref(ts, sock);
    return RT_NULL;
}

/* ---- questions ---- */
#define LOCKED(c, expression)            \
    do {                                 \
        ssl_lock(ts, &(c)->lock);        \
        expression;                      \
        ssl_unlock(&(c)->lock);          \
    } while (0)
static rt_value pending(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    int n;
    LOCKED(c, n = SSL_pending(c->ssl));
    return n < 0 ? SSL_LAST(ts, NULL) : rt_int_imm(n);
}
static rt_value getpeercert(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct connection *c = AS_CONNECTION(self);
    bool finished;
    X509 *x = NULL;
    if (rt_args_count(ts, "getpeercert", n, 0, 1) < 0)
        return RT_NULL;
    int binary = n ? rt_truth(ts, args[0]) : 0;
    if (binary < 0)
        return RT_NULL;
    LOCKED(c, finished = SSL_is_init_finished(c->ssl); x = finished ? SSL_get1_peer_certificate(c->ssl) : NULL);
    if (!finished)
        return rt_raise(ts, &rt_exc_ValueError, "handshake not done yet");
    if (!x)
        return RT_NONE;
    rt_value r = binary ? ssl_certificate_der(ts, x) :
                 SSL_CTX_get_verify_mode(SSL_get_SSL_CTX(c->ssl)) & SSL_VERIFY_PEER ? ssl_decode_certificate(ts, x) : rt_dict_new(ts);
    X509_free(x);
    return r;
}
static rt_value verified_chain(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    rt_value r;
    LOCKED(c, r = ssl_chain(ts, SSL_get0_verified_chain(c->ssl)));
    return r;
}
static rt_value unverified_chain(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    rt_value r;
    X509 *peer = NULL;
    LOCKED(c, r = ssl_chain(ts, SSL_get_peer_cert_chain(c->ssl)); peer = c->server ? SSL_get1_peer_certificate(c->ssl) : NULL);
    if (peer && rt_is_list(r)) { /* a server's chain is without the peer's own */
        STACK_OF(X509) *own = sk_X509_new_null();
        rt_value l = own && sk_X509_push(own, peer) ? ssl_chain(ts, own) : rt_raise_no_memory(ts);
        if (!rt_is_null(l) && rt_list_extend(ts, l, r) < 0)
            rt_clear(ts, &l);
        sk_X509_free(own);
        rt_decref(ts, r);
        r = l;
    }
    X509_free(peer);
    return r;
}
rt_value ssl_cipher_tuple(struct rt_thread *ts, const SSL_CIPHER *c)
{
    if (!c)
        return RT_NONE;
    rt_value name = rt_str_from_cstr(ts, SSL_CIPHER_get_name(c)), version = rt_str_from_cstr(ts, SSL_CIPHER_get_version(c)), r = RT_NULL;
    if (!rt_is_null(name) && !rt_is_null(version))
        r = rt_tuple_pack(ts, 3, name, version, rt_int_imm(SSL_CIPHER_get_bits(c, NULL)));
    rt_decref(ts, name);
    rt_decref(ts, version);
    return r;
}
static rt_value cipher(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    const SSL_CIPHER *k;
    LOCKED(c, k = SSL_get_current_cipher(c->ssl));
    return ssl_cipher_tuple(ts, k);
}
static rt_value shared_ciphers(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    rt_value list = RT_NONE;
    ssl_lock(ts, &c->lock);
    STACK_OF(SSL_CIPHER) *ours = SSL_get_ciphers(c->ssl);
    if (ours) {
        list = rt_list_new(ts, 8);
        for (int i = 0; i < sk_SSL_CIPHER_num(ours) && !rt_is_null(list); i++) {
            const SSL_CIPHER *k = sk_SSL_CIPHER_value(ours, i);
            rt_value t = ssl_cipher_tuple(ts, k);
            if (rt_is_null(t) || rt_list_append_steal(ts, list, t) < 0)
                rt_clear(ts, &list);
        }
    }
    ssl_unlock(&c->lock);
    return list;
}
static rt_value version(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    const char *s;
    LOCKED(c, s = SSL_is_init_finished(c->ssl) ? SSL_get_version(c->ssl) : NULL);
    return !s || !strcmp(s, "unknown") ? RT_NONE : rt_str_from_cstr(ts, s);
}
static rt_value selected_alpn(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    const unsigned char *p;
    unsigned n;
    rt_value r;
    LOCKED(c, SSL_get0_alpn_selected(c->ssl, &p, &n); r = p ? rt_str_from_utf8(ts, (const char *)p, n, NULL) : RT_NONE);
    return r;
}
static rt_value compression(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    const COMP_METHOD *m;
    LOCKED(c, m = SSL_get_current_compression(c->ssl));
    const char *name = m && COMP_get_type(m) != NID_undef ? OBJ_nid2sn(COMP_get_type(m)) : NULL;
    return name ? rt_str_from_cstr(ts, name) : RT_NONE;
}
static rt_value channel_binding(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"cb_type", NULL};
    static const struct rt_argspec spec = {"get_channel_binding", names, 0, 0, 1, 1};
    struct connection *c = AS_CONNECTION(self);
    char buf[256];
    size_t len;
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_null(v[0]) && !rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "get_channel_binding", "cb_type", "str", v[0]);
    if (!rt_is_null(v[0]) && !rt_str_eq_cstr(v[0], "tls-unique"))
        return rt_raise(ts, &rt_exc_ValueError, "'%U' channel binding type not implemented", v[0]);
    LOCKED(c, len = !!SSL_session_reused(c->ssl) == c->server ? SSL_get_finished(c->ssl, buf, sizeof buf) : SSL_get_peer_finished(c->ssl, buf, sizeof buf));
    return len ? rt_bytes_new(ts, buf, len) : RT_NONE;
}
static rt_value post_handshake(struct rt_thread *ts, rt_value self)
{
    struct connection *c = AS_CONNECTION(self);
    int ok;
    LOCKED(c, ok = SSL_verify_client_post_handshake(c->ssl));
    return ok ? RT_NONE : SSL_LAST(ts, NULL);
}

/* ---- attributes ---- */
static rt_value get_context(struct rt_thread *ts, rt_value self, void *closure) { return rt_slot_get(ts, AS_CONNECTION(self), &AS_CONNECTION(self)->context); }
static int set_context(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct connection *c = AS_CONNECTION(self);
    if (rt_is_null(v) || !is_context(v)) {
        rt_raise(ts, &rt_exc_TypeError, "The value must be a SSLContext");
        return -1;
    }
    struct context *ctx = AS_CONTEXT(v);
    LOCKED(c, ssl_lock(ts, &ctx->lock); SSL_set_SSL_CTX(c->ssl, ctx->ctx); ssl_unlock(&ctx->lock);
           SSL_set_msg_callback(c->ssl, rt_slot_peek(&ctx->message).bits ? ssl_on_message : NULL));
    rt_slot_set(ts, &c->context, rt_newref(ts, v));
    return 0;
}
static rt_value get_server_side(struct rt_thread *ts, rt_value self, void *closure) { return rt_bool(AS_CONNECTION(self)->server); }
static rt_value get_hostname(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value v = rt_slot_get(ts, AS_CONNECTION(self), &AS_CONNECTION(self)->hostname);
    return rt_is_null(v) ? RT_NONE : v;
}
static rt_value get_owner(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value ref = rt_slot_get(ts, AS_CONNECTION(self), &AS_CONNECTION(self)->owner), o = rt_is_null(ref) ? ref : rt_weakref_get(ts, ref);
    rt_decref(ts, ref);
    return rt_is_null(o) ? RT_NONE : o;
}
static int set_owner(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    rt_value ref = rt_is_null(v) || rt_is_none(v) ? RT_NULL : rt_weakref_new(ts, v, RT_NULL);
    if (rt_is_null(ref) && rt_pending(ts))
        return -1;
    rt_slot_set(ts, &AS_CONNECTION(self)->owner, ref);
    return 0;
}
static rt_value get_session(struct rt_thread *ts, rt_value self, void *closure)
{
    struct connection *c = AS_CONNECTION(self);
    SSL_SESSION *s = NULL;
    LOCKED(c, SSL_SESSION *now = SSL_get0_session(c->ssl); s = now ? SSL_SESSION_dup(now) : NULL);
    if (!s)
        return RT_NONE;
    rt_value context = get_context(ts, self, NULL), r = ssl_session_wrap(ts, s, context);
    rt_decref(ts, context);
    return r;
}
static int set_session(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    struct connection *c = AS_CONNECTION(self);
    const char *bad = NULL;
    if (!rt_is_exact(v, &rt_ssl_session_type)) {
        rt_raise(ts, &rt_exc_TypeError, "Value is not a SSLSession.");
        return -1;
    }
    struct session *s = AS_SESSION(v);
    int ok = 1;
    rt_value context = rt_slot_get(ts, c, &c->context);
    SSL_CTX *ctx = AS_CONTEXT(context)->ctx; /* compared only */
    rt_decref(ts, context);
    ssl_lock(ts, &c->lock);
    if (AS_CONTEXT(rt_slot_peek(&s->context))->ctx != ctx)
        bad = "Session refers to a different SSLContext.";
    else if (c->server)
        bad = "Cannot set session for server-side SSLSocket.";
    else if (SSL_is_init_finished(c->ssl))
        bad = "Cannot set session after handshake.";
    if (!bad) {
        SSL_SESSION *copy = SSL_SESSION_dup(s->session);
        ok = copy && SSL_set_session(c->ssl, copy);
        SSL_SESSION_free(copy);
    }
    ssl_unlock(&c->lock);
    if (bad)
        rt_raise(ts, &rt_exc_ValueError, "%s", bad);
    else if (!ok)
        SSL_LAST(ts, NULL);
    return bad || !ok ? -1 : 0;
}
static rt_value get_reused(struct rt_thread *ts, rt_value self, void *closure) { return rt_bool(SSL_session_reused(AS_CONNECTION(self)->ssl)); }

/* ---- making one ---- */
/* The name to ask the server for and to check its certificate against. */
static int configure_hostname(struct rt_thread *ts, struct connection *c, struct context *ctx, rt_value hostname)
{
    rt_value b = ssl_ascii_bytes(ts, hostname, "server_hostname");
    if (rt_is_null(b))
        return -1;
    const char *name = rt_as_bytes(b)->data;
    unsigned char ip[16];
    int len = inet_pton(AF_INET, name, ip) == 1 ? 4 : inet_pton(AF_INET6, name, ip) == 1 ? 16 : 0, ok = 1;
    if (!*name || *name == '.') {
        rt_raise(ts, &rt_exc_ValueError, "server_hostname cannot be an empty string or start with a leading dot.");
        rt_decref(ts, b);
        return -1;
    }
    if (!len)
        ok = SSL_set_tlsext_host_name(c->ssl, name) != 0;
    if (ok && rt_load_relaxed(&ctx->check_hostname)) {
        X509_VERIFY_PARAM *p = SSL_get0_param(c->ssl);
        ok = len ? X509_VERIFY_PARAM_set1_ip(p, ip, (size_t)len) : X509_VERIFY_PARAM_set1_host(p, name, strlen(name));
    }
    rt_slot_set(ts, &c->hostname, ok ? rt_str_from_cstr(ts, name) : RT_NULL);
    rt_decref(ts, b);
    if (!ok)
        SSL_LAST(ts, NULL);
    return ok ? 0 : -1;
}
static int attach_transport(struct rt_thread *ts, struct connection *c, rt_value sock, rt_value in, rt_value out)
{
    if (!rt_is_none(sock)) {
        BIO *b = ssl_transport_new(c, &c->transport);
        rt_value ref = b ? rt_weakref_new(ts, sock, RT_NULL) : rt_raise_no_memory(ts);
        if (rt_is_null(ref)) {
            BIO_free_all(b);
            c->transport = NULL;
            return -1;
        }
        SSL_set_bio(c->ssl, b, b);
        rt_slot_set(ts, &c->socket, ref);
        return 0;
    }
    BIO_up_ref(AS_MEMORY(in)->bio);
    BIO_up_ref(AS_MEMORY(out)->bio);
    SSL_set_bio(c->ssl, AS_MEMORY(in)->bio, AS_MEMORY(out)->bio);
    rt_slot_set(ts, &c->in, rt_newref(ts, in));
    rt_slot_set(ts, &c->out, rt_newref(ts, out));
    return 0;
}
rt_value ssl_connection_new(struct rt_thread *ts, struct context *ctx, rt_value sock, bool server, rt_value hostname, rt_value owner, rt_value session,
                            rt_value in, rt_value out)
{
    if (server && ctx->protocol == PY_PROTO_CLIENT)
        return SSL_LAST(ts, "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context");
    if (!server && ctx->protocol == PY_PROTO_SERVER)
        return SSL_LAST(ts, "Cannot create a client socket with a PROTOCOL_TLS_SERVER context");
    rt_value v = rt_type_alloc(ts, &rt_ssl_connection_type);
    if (rt_is_null(v))
        return v;
    struct connection *c = AS_CONNECTION(v);
    ERR_clear_error();
    c->server = server;
    rt_slot_init(&c->context, rt_newref_obj(ts, ctx));
    rt_slot_init(&c->first, rt_newref_obj(ts, ctx));
    c->ssl = ssl_new_from(ts, ctx);
    if (!c->ssl) {
        SSL_LAST(ts, NULL);
        goto fail;
    }
    SSL_set_app_data(c->ssl, c);
    if (attach_transport(ts, c, sock, in, out) < 0 || (!rt_is_none(hostname) && configure_hostname(ts, c, ctx, hostname) < 0))
        goto fail;
    SSL_set_mode(c->ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    if (rt_load_relaxed(&ctx->post_handshake_auth)) {
        int mode = SSL_get_verify_mode(c->ssl);
        if (!server)
            SSL_set_post_handshake_auth(c->ssl, 1);
        else if (mode & SSL_VERIFY_PEER)
            SSL_set_verify(c->ssl, mode | SSL_VERIFY_POST_HANDSHAKE, SSL_get_verify_callback(c->ssl));
    }
    if (server)
        SSL_set_accept_state(c->ssl);
    else
        SSL_set_connect_state(c->ssl);
    if ((!rt_is_none(owner) && set_owner(ts, v, owner, NULL) < 0) || (!rt_is_none(session) && set_session(ts, v, session, NULL) < 0))
        goto fail;
    return v;
fail:
    rt_decref(ts, v);
    return RT_NULL;
}
enum { SLOTS = 8 };
static rt_slot *const *slots(struct connection *c, rt_slot **all)
{
    rt_slot *s[SLOTS] = {&c->context, &c->socket, &c->owner, &c->hostname, &c->in, &c->out, &c->pending, &c->first};
    memcpy(all, s, sizeof s);
    return all;
}
static int connection_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_slot *all[SLOTS];
    slots((struct connection *)o, all);
    for (int i = 0; i < SLOTS; i++) {
        rt_value v = rt_slot_peek(all[i]);
        int r = rt_is_ptr(v) ? visit(v, arg) : 0;
        if (r)
            return r;
    }
    return 0;
}
static void connection_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct connection *c = (struct connection *)o;
    rt_slot *all[SLOTS];
    SSL_free(c->ssl);
    c->ssl = NULL;
    slots(c, all);
    for (int i = 0; i < SLOTS; i++)
        rt_slot_clear(ts, o, all[i]);
}
static void connection_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct connection *c = (struct connection *)o; /* may be used once more by a finalizer: what it works with stays */
    rt_slot_clear(ts, o, &c->owner);
    rt_slot_clear(ts, o, &c->pending);
}

static const struct rt_getset_def getset[] = {
    {"context", get_context, set_context, "This changes the context associated with the SSLSocket."}, {"server_side", get_server_side, NULL, "Whether this is a server-side socket."},
    {"server_hostname", get_hostname, NULL, "The currently set server hostname (for SNI)."}, {"owner", get_owner, set_owner, "The Python-level owner of this object."},
    {"session", get_session, set_session, "The SSLSession object."}, {"session_reused", get_reused, NULL, "Was the client session reused during handshake?"}, {NULL},
};
static const struct rt_method_def methods[] = {
    {"do_handshake", do_handshake, RT_METH_NOARGS, "do_handshake($self, /)\n--\n\n"},
    {"write", write_data, RT_METH_O, "write($self, b, /)\n--\n\nWrites the bytes-like object b into the SSL object.\n\nReturns the number of bytes written."},
    {"read", read_data, RT_METH_FAST, "read(size, [buffer])\nRead up to size bytes from the SSL socket."},
    {"pending", pending, RT_METH_NOARGS, "pending($self, /)\n--\n\nReturns the number of already decrypted bytes available for read, pending on the connection."},
    {"getpeercert", getpeercert, RT_METH_FAST, "getpeercert($self, der=False, /)\n--\n\nReturns the certificate for the peer."},
    {"get_channel_binding", channel_binding, RT_METH_KW, "get_channel_binding($self, /, cb_type='tls-unique')\n--\n\nGet channel binding data for current connection."},
    {"cipher", cipher, RT_METH_NOARGS, "cipher($self, /)\n--\n\n"}, {"shared_ciphers", shared_ciphers, RT_METH_NOARGS, "shared_ciphers($self, /)\n--\n\n"},
    {"version", version, RT_METH_NOARGS, "version($self, /)\n--\n\n"}, {"selected_alpn_protocol", selected_alpn, RT_METH_NOARGS, "selected_alpn_protocol($self, /)\n--\n\n"},
    {"compression", compression, RT_METH_NOARGS, "compression($self, /)\n--\n\n"},
    {"shutdown", shutdown_connection, RT_METH_NOARGS, "shutdown($self, /)\n--\n\nDoes the SSL shutdown handshake with the remote end."},
    {"verify_client_post_handshake", post_handshake, RT_METH_NOARGS, "verify_client_post_handshake($self, /)\n--\n\nInitiate TLS 1.3 post-handshake authentication"},
    {"get_unverified_chain", unverified_chain, RT_METH_NOARGS, "get_unverified_chain($self, /)\n--\n\n"},
    {"get_verified_chain", verified_chain, RT_METH_NOARGS, "get_verified_chain($self, /)\n--\n\n"},
    {NULL},
};
struct rt_type rt_ssl_connection_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ssl._SSLSocket", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct connection), .dealloc = connection_dealloc,
    .clear = connection_clear, .traverse = connection_traverse, .methods = methods, .getset = getset,
};
