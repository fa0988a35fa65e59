/* SPDX-License-Identifier: MIT */
/*
 * _ssl on OpenSSL 3: what its files share.
 *
 * A connection (SSL) is used by one thread at a time, under its recursive lock: OpenSSL calls back into
 * Python (server names, passwords, messages) on the thread that holds it. OpenSSL works detached; a
 * callback attaches. Waiting for the network is done without the lock, so that one thread may read while
 * another writes: the transport never blocks (bio.c), whatever the socket's timeout is.
 * OpenSSL wants no changes of an SSL_CTX while connections are made from it: a context has such a lock too.
 * A connection's lock is taken before its context's.
 */
#ifndef RT_MODULES_SSL_INTERNAL_H
#define RT_MODULES_SSL_INTERNAL_H

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/modules/lazy/lazy.h"
#include "core/modules/socket/socket_internal.h"
#include "core/object/weakref.h"
#include "core/sync/mutex.h"
#include "core/thread/runtime.h"

/* Numbers that the library's ssl.py knows. */
enum { PY_ERROR_SSL = 1, PY_ERROR_WANT_READ = 2, PY_ERROR_WANT_WRITE = 3, PY_ERROR_X509_LOOKUP = 4, PY_ERROR_SYSCALL = 5, PY_ERROR_ZERO_RETURN = 6,
       PY_ERROR_WANT_CONNECT = 7, PY_ERROR_EOF = 8, PY_ERROR_NO_SOCKET = 9, PY_ERROR_INVALID = 10 };
enum { PY_CERT_NONE, PY_CERT_OPTIONAL, PY_CERT_REQUIRED };
enum { PY_PROTO_TLS = 2, PY_PROTO_TLS1 = 3, PY_PROTO_TLS1_1 = 4, PY_PROTO_TLS1_2 = 5, PY_PROTO_CLIENT = 16, PY_PROTO_SERVER = 17 };
enum { PY_MIN_SUPPORTED = -2, PY_MAX_SUPPORTED = -1 };

/* A lock that its holder may take again. */
struct rlock {
    _Atomic uint8_t lock;
    _Atomic(struct rt_thread *) owner;
    uint32_t depth;
};
void ssl_lock(struct rt_thread *ts, struct rlock *l);
void ssl_unlock(struct rlock *l);

struct alpn {
    struct alpn *next;
    unsigned length;
    unsigned char protocols[];
};
struct context {
    struct rt_object hdr;
    SSL_CTX *ctx;
    int protocol;
    struct rlock lock;       /* whoever changes ctx, or makes a connection from it */
    _Atomic unsigned host_flags;
    _Atomic bool check_hostname, post_handshake_auth;
    struct alpn *_Atomic alpn; /* newest first; a handshake may be looking at any of them */
    rt_slot sni, message, keylog_name;
    BIO *keylog;
    _Atomic uint8_t keylog_lock;
};
struct memory {
    struct rt_object hdr;
    struct rlock lock;
    BIO *bio;
    bool eof;
};
struct session {
    struct rt_object hdr;
    SSL_SESSION *session;
    rt_slot context;
};
struct failure { /* of the last operation, taken at once */
    int ssl, sys;
};
struct connection {
    struct rt_object hdr;
    struct rlock lock, writing; /* writing is taken first, and held until all is written */
    SSL *ssl;
    bool server, shutdown_begun;
    struct transport *transport;     /* over a socket; owned by its BIO */
    rt_slot context, socket, owner;  /* socket and owner are weak references */
    rt_slot first;                   /* until the handshake is done, the context it began with: OpenSSL calls back with that one's address */
    rt_slot hostname, in, out;       /* MemoryBIO */
    rt_slot pending;                 /* exception of a callback */
};
struct certificate {
    struct rt_object hdr;
    X509 *x;
};
#define AS_CONTEXT(v) ((struct context *)rt_ptr(v))
#define AS_MEMORY(v) ((struct memory *)rt_ptr(v))
#define AS_SESSION(v) ((struct session *)rt_ptr(v))
#define AS_CONNECTION(v) ((struct connection *)rt_ptr(v))
extern struct rt_type rt_ssl_context_type, rt_ssl_connection_type, rt_ssl_memory_type, rt_ssl_session_type, rt_ssl_certificate_type;
RT_INLINE bool is_context(rt_value v) { return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &rt_ssl_context_type); }

/* ---- errors.c ---- */
extern struct rt_type rt_exc_SSLError, rt_exc_SSLZeroReturn, rt_exc_SSLWantRead, rt_exc_SSLWantWrite, rt_exc_SSLSyscall, rt_exc_SSLEOF,
    rt_exc_SSLCertVerification;
int rt_ssl_errors_ready(struct rt_thread *ts, rt_value module);
/* Raise t(number, text) with what OpenSSL's queue says in `code`; text NULL: OpenSSL's. */
rt_value ssl_raise(struct rt_thread *ts, struct connection *c, struct rt_type *t, int number, const char *text, unsigned long code, int line);
/* The queue's last error, or OSError of errno when that is set and use_errno. */
rt_value ssl_raise_last(struct rt_thread *ts, const char *text, bool use_errno, int line);
/* After an operation on c returned ret <= 0. */
rt_value ssl_raise_failure(struct rt_thread *ts, struct connection *c, int ret, const struct failure *f, int line);
#define SSL_LAST(ts, text) ssl_raise_last(ts, text, false, __LINE__)
#define SSL_LAST_OS(ts) ssl_raise_last(ts, NULL, true, __LINE__)

/* ---- bio.c ---- */
BIO *ssl_transport_new(struct connection *c, struct transport **out); /* NULL: out of memory */
void ssl_transport_fd(struct transport *t, int fd);
/* ---- cert.c ---- */
rt_value ssl_decode_certificate(struct rt_thread *ts, X509 *x);
rt_value ssl_certificate_der(struct rt_thread *ts, X509 *x);
rt_value ssl_chain(struct rt_thread *ts, STACK_OF(X509) *chain);
rt_value ssl_object_text(struct rt_thread *ts, const ASN1_OBJECT *o, bool no_name);
rt_value ssl_test_decode(struct rt_thread *ts, rt_value module, rt_value path);
/* ---- context.c ---- */
SSL *ssl_new_from(struct rt_thread *ts, struct context *c); /* NULL: OpenSSL's error */
/* ---- connection.c ---- */
rt_value ssl_connection_new(struct rt_thread *ts, struct context *c, rt_value sock, bool server, rt_value hostname, rt_value owner, rt_value session,
                            rt_value in, rt_value out);
rt_value ssl_session_wrap(struct rt_thread *ts, SSL_SESSION *s, rt_value context); /* s consumed */
rt_value ssl_cipher_tuple(struct rt_thread *ts, const SSL_CIPHER *c);
/* ---- callbacks.c: [not attached] ---- */
int ssl_on_server_name(SSL *ssl, int *alert, void *context);
void ssl_on_message(int write, int version, int type, const void *buf, size_t len, SSL *ssl, void *arg);
void ssl_on_keylog(const SSL *ssl, const char *line);
int ssl_set_keylog(struct rt_thread *ts, struct context *c, rt_value name);
void ssl_set_verify_mode(struct context *c, int mode); /* PY_CERT_* */
rt_value ssl_ascii_bytes(struct rt_thread *ts, rt_value s, const char *what); /* str or bytes-like without NUL: owned bytes */

#endif
