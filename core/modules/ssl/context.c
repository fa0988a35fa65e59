/* SPDX-License-Identifier: MIT */
/*
 * _ssl._SSLContext: protocol, ciphers, certificates and how peers are verified. OpenSSL counts references
 * to an SSL_CTX atomically; changes are made under the context's lock.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* the methods of single versions, and DH */
#include <errno.h>
#include <openssl/pem.h>

#include "core/modules/ssl/ssl_internal.h"

#define C(v) AS_CONTEXT(v)
static struct rt_type *const deprecated = &rt_exc_DeprecationWarning;

rt_value ssl_ascii_bytes(struct rt_thread *ts, rt_value s, const char *what)
{
    rt_value b;
    if (rt_is_str(s))
        b = rt_str_encode(ts, s, "ascii", "strict");
    else if (rt_is_bytes(s))
        b = rt_newref(ts, s);
    else if (rt_has(s, RT_TF_BYTEARRAY))
        b = rt_bytes_from_any(ts, s);
    else
        return rt_raise(ts, &rt_exc_TypeError, "%s must be str, bytes or bytearray, not %T", what, s);
    if (rt_is_null(b) || strlen(rt_as_bytes(b)->data) == rt_as_bytes(b)->length)
        return b;
    rt_decref(ts, b);
    return rt_raise(ts, &rt_exc_TypeError, "%s must not contain null characters", what);
}

/* ---- making one ---- */
static const SSL_METHOD *method_of(struct rt_thread *ts, int protocol)
{
    const char *old = NULL;
    const SSL_METHOD *m = NULL;
    switch (protocol) {
    case PY_PROTO_TLS: old = "ssl.PROTOCOL_TLS"; m = TLS_method(); break;
    case PY_PROTO_TLS1: old = "ssl.PROTOCOL_TLSv1"; m = TLSv1_method(); break;
    case PY_PROTO_TLS1_1: old = "ssl.PROTOCOL_TLSv1_1"; m = TLSv1_1_method(); break;
    case PY_PROTO_TLS1_2: old = "ssl.PROTOCOL_TLSv1_2"; m = TLSv1_2_method(); break;
    case PY_PROTO_CLIENT: return TLS_client_method();
    case PY_PROTO_SERVER: return TLS_server_method();
    }
    if (!m)
        rt_raise(ts, &rt_exc_ValueError, "invalid or unsupported protocol version");
    else if (rt_warn(ts, deprecated, 2, "%s is deprecated", old) < 0)
        return NULL;
    return m;
}
static rt_value context_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "_SSLContext", kw) < 0 || rt_args_count(ts, "_SSLContext", n, 1, 1) < 0)
        return RT_NULL;
    int protocol = rt_as_int(ts, args[0]);
    const SSL_METHOD *m = protocol == -1 && rt_pending(ts) ? NULL : method_of(ts, protocol);
    rt_value v = m ? rt_type_alloc(ts, t) : RT_NULL;
    if (rt_is_null(v))
        return v;
    struct context *c = C(v);
    c->ctx = SSL_CTX_new(m);
    c->protocol = protocol;
    rt_store_relaxed(&c->host_flags, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (!c->ctx || !SSL_CTX_set_cipher_list(c->ctx, SSL_DEFAULT_CIPHER_LIST)) {
        SSL_LAST(ts, NULL);
        rt_decref(ts, v);
        return RT_NULL;
    }
    rt_store_relaxed(&c->check_hostname, protocol == PY_PROTO_CLIENT);
    ssl_set_verify_mode(c, protocol == PY_PROTO_CLIENT ? PY_CERT_REQUIRED : PY_CERT_NONE);
    SSL_CTX_set_options(c->ctx, (SSL_OP_ALL & ~SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS) | SSL_OP_NO_SSLv3 | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(c->ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_id_context(c->ctx, (const unsigned char *)"Python", sizeof "Python");
    X509_VERIFY_PARAM *p = SSL_CTX_get0_param(c->ctx);
    X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_hostflags(p, rt_load_relaxed(&c->host_flags));
    SSL_CTX_set_post_handshake_auth(c->ctx, 0);
    return v;
}
static int context_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct context *c = (struct context *)o;
    rt_value a = rt_slot_peek(&c->sni), b = rt_slot_peek(&c->message);
    int r = rt_is_ptr(a) ? visit(a, arg) : 0;
    return !r && rt_is_ptr(b) ? visit(b, arg) : r;
}
static void context_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct context *c = (struct context *)o;
    rt_slot_clear(ts, o, &c->sni);
    rt_slot_clear(ts, o, &c->message);
}
static void context_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct context *c = (struct context *)o;
    context_clear(ts, o);
    rt_slot_clear(ts, o, &c->keylog_name);
    if (c->ctx)
        SSL_CTX_set_tlsext_servername_callback(c->ctx, NULL); /* connections may keep OpenSSL's half of it */
    SSL_CTX_free(c->ctx);
    BIO_free_all(c->keylog);
    for (struct alpn *a = rt_load_relaxed(&c->alpn), *next; a; a = next) {
        next = a->next;
        rt_raw_free(a);
    }
    c->ctx = NULL;
    c->keylog = NULL;
    rt_store_relaxed(&c->alpn, NULL);
}

/* ---- connections ---- */
SSL *ssl_new_from(struct rt_thread *ts, struct context *c)
{
    ssl_lock(ts, &c->lock);
    SSL *ssl = SSL_new(c->ctx);
    ssl_unlock(&c->lock);
    return ssl;
}
static rt_value wrap_socket(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"sock", "server_side", "server_hostname", "owner", "session", NULL};
    static const struct rt_argspec spec = {"_wrap_socket", names, 0, 2, 3, 5};
    rt_value v[5];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_ptr(v[0]) || !rt_type_is_subtype(rt_type_of(v[0]), &rt_socket_type))
        return rt_raise(ts, &rt_exc_TypeError, "_wrap_socket() argument 'sock' must be _socket.socket, not %N", v[0]);
    int server = rt_truth(ts, v[1]);
    for (int i = 2; i < 5; i++)
        v[i] = rt_is_null(v[i]) ? RT_NONE : v[i];
    return server < 0 ? RT_NULL : ssl_connection_new(ts, C(self), v[0], server, v[2], v[3], v[4], RT_NULL, RT_NULL);
}
static rt_value wrap_bio(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"incoming", "outgoing", "server_side", "server_hostname", "owner", "session", NULL};
    static const struct rt_argspec spec = {"_wrap_bio", names, 0, 3, 4, 6};
    rt_value v[6];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 2; i++)
        if (!rt_is_exact(v[i], &rt_ssl_memory_type))
            return rt_raise(ts, &rt_exc_TypeError, "_wrap_bio() argument '%s' must be _ssl.MemoryBIO, not %N", names[i], v[i]);
    int server = rt_truth(ts, v[2]);
    for (int i = 3; i < 6; i++)
        v[i] = rt_is_null(v[i]) ? RT_NONE : v[i];
    return server < 0 ? RT_NULL : ssl_connection_new(ts, C(self), RT_NONE, server, v[3], v[4], v[5], v[0], v[1]);
}

/* ---- ciphers, protocols ---- */
static rt_value set_ciphers(struct rt_thread *ts, rt_value self, rt_value list)
{
    if (!rt_is_str(list))
        return rt_raise(ts, &rt_exc_TypeError, "set_ciphers() argument must be str, not %N", list);
    const char *s = rt_str_utf8_nonul(ts, list);
    if (!s)
        return RT_NULL;
    if (SSL_CTX_set_cipher_list(C(self)->ctx, s))
        return RT_NONE;
    ERR_clear_error();
    return rt_raise(ts, &rt_exc_SSLError, "No cipher can be selected.");
}
static bool put(struct rt_thread *ts, rt_value d, const char *key, rt_value owned)
{
    bool ok = !rt_is_null(owned) && rt_dict_set_cstr(ts, d, key, owned) == 0;
    rt_decref(ts, owned);
    return ok;
}
static rt_value nid_name(struct rt_thread *ts, int nid)
{
    const char *s = nid == NID_undef ? NULL : OBJ_nid2ln(nid);
    return s ? rt_str_from_cstr(ts, s) : RT_NONE;
}
static rt_value cipher_dict(struct rt_thread *ts, const SSL_CIPHER *k)
{
    char buf[512];
    int alg, bits = SSL_CIPHER_get_bits(k, &alg);
    rt_value d = rt_dict_new(ts);
    const char *text = SSL_CIPHER_description(k, buf, sizeof buf - 1);
    size_t len = text ? strcspn(text, "\n") : 0;
    if (!rt_is_null(d) && put(ts, d, "id", rt_int_imm((int64_t)SSL_CIPHER_get_id(k))) && put(ts, d, "name", rt_str_from_cstr(ts, SSL_CIPHER_get_name(k))) &&
        put(ts, d, "protocol", rt_str_from_cstr(ts, SSL_CIPHER_get_version(k))) && put(ts, d, "description", rt_str_from_utf8(ts, text ? text : "", len, NULL)) &&
        put(ts, d, "strength_bits", rt_int_imm(bits)) && put(ts, d, "alg_bits", rt_int_imm(alg)) && put(ts, d, "aead", rt_bool(SSL_CIPHER_is_aead(k))) &&
        put(ts, d, "symmetric", nid_name(ts, SSL_CIPHER_get_cipher_nid(k))) && put(ts, d, "digest", nid_name(ts, SSL_CIPHER_get_digest_nid(k))) &&
        put(ts, d, "kea", nid_name(ts, SSL_CIPHER_get_kx_nid(k))) && put(ts, d, "auth", nid_name(ts, SSL_CIPHER_get_auth_nid(k))))
        return d;
    rt_decref(ts, d);
    return RT_NULL;
}
static rt_value get_ciphers(struct rt_thread *ts, rt_value self)
{
    SSL *ssl = ssl_new_from(ts, C(self));
    if (!ssl)
        return SSL_LAST(ts, NULL);
    STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(ssl);
    rt_value list = rt_list_new(ts, 32);
    for (int i = 0; all && i < sk_SSL_CIPHER_num(all) && !rt_is_null(list); i++) {
        rt_value d = cipher_dict(ts, sk_SSL_CIPHER_value(all, i));
        if (rt_is_null(d) || rt_list_append_steal(ts, list, d) < 0)
            rt_clear(ts, &list);
    }
    SSL_free(ssl);
    return list;
}
static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned inlen, void *arg)
{
    const struct alpn *ours = rt_load_acquire(&((struct context *)arg)->alpn);
    if (SSL_select_next_proto((unsigned char **)out, outlen, ours->protocols, ours->length, in, inlen) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    return SSL_TLSEXT_ERR_OK;
}
static rt_value set_alpn(struct rt_thread *ts, rt_value self, rt_value protocols)
{
    struct context *c = C(self);
    struct rt_buffer b;
    if (rt_buffer_get(ts, protocols, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    struct alpn *a = rt_raw_malloc(sizeof *a + (size_t)b.len);
    if (a && b.len <= UINT32_MAX && SSL_CTX_set_alpn_protos(c->ctx, b.buf, (unsigned)b.len) == 0) {
        memcpy(a->protocols, b.buf, (size_t)b.len);
        a->length = (unsigned)b.len;
        a->next = rt_load_relaxed(&c->alpn);
        rt_store_release(&c->alpn, a);
        SSL_CTX_set_alpn_select_cb(c->ctx, select_alpn, c);
    } else {
        rt_raw_free(a);
        rt_raise_no_memory(ts);
    }
    rt_buffer_release(ts, &b);
    return rt_pending(ts) ? RT_NULL : RT_NONE;
}
static rt_value load_dh_params(struct rt_thread *ts, rt_value self, rt_value path)
{
    if (rt_audit(ts, "open", "Osi", path, "rb", 0) < 0)
        return RT_NULL;
    rt_value p = rt_str_fsencode(ts, path);
    if (rt_is_null(p))
        return p;
    errno = 0;
    BIO *b = BIO_new_file(rt_as_bytes(p)->data, "rb");
    int e = errno;
    rt_decref(ts, p);
    if (!b) {
        ERR_clear_error();
        errno = e;
        return rt_raise_errno(ts, &rt_exc_OSError, path);
    }
    errno = 0;
    DH *dh = PEM_read_bio_DHparams(b, NULL, NULL, NULL); /* its errors are those of PEM, not of a decoder */
    BIO_free(b);
    if (!dh)
        return SSL_LAST_OS(ts);
    bool ok = SSL_CTX_set_tmp_dh(C(self)->ctx, dh);
    DH_free(dh);
    return ok ? RT_NONE : SSL_LAST(ts, NULL);
}
static rt_value set_ecdh_curve(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value b = rt_str_fsencode(ts, name);
    if (rt_is_null(b))
        return b;
    int nid = OBJ_sn2nid(rt_as_bytes(b)->data);
    rt_decref(ts, b);
    if (nid == 0)
        return rt_raise(ts, &rt_exc_ValueError, "unknown elliptic curve name %R", name);
    return SSL_CTX_set1_groups(C(self)->ctx, &nid, 1) ? RT_NONE : SSL_LAST(ts, NULL);
}

/* ---- certificates ---- */
struct password {
    rt_value callable, bytes; /* bytes owned */
    bool error;
};
static bool password_bytes(struct rt_thread *ts, struct password *p, rt_value v, const char *bad)
{
    rt_decref(ts, p->bytes);
    p->bytes = rt_is_str(v) ? rt_str_encode(ts, v, "utf-8", "strict") : rt_is_bytes(v) ? rt_newref(ts, v) :
               rt_has(v, RT_TF_BYTEARRAY) ? rt_bytes_from_any(ts, v) : rt_raise(ts, &rt_exc_TypeError, "%s", bad);
    return !rt_is_null(p->bytes);
}
/* [not attached] */
static int on_password(char *buf, int size, int writing, void *arg)
{
    struct password *p = arg;
    struct rt_thread *ts = rt_current_thread;
    int n = -1;
    rt_attach(ts);
    if (p->error) /* asked again after a failure */
        goto out;
    p->error = true;
    if (!rt_is_null(p->callable)) {
        rt_value v = rt_call0(ts, p->callable);
        bool ok = !rt_is_null(v) && password_bytes(ts, p, v, "password callback must return a string");
        rt_decref(ts, v);
        if (!ok)
            goto out;
    }
    if (rt_as_bytes(p->bytes)->length > (size_t)size) {
        rt_raise(ts, &rt_exc_ValueError, "password cannot be longer than %d bytes", size);
        goto out;
    }
    n = (int)rt_as_bytes(p->bytes)->length;
    memcpy(buf, rt_as_bytes(p->bytes)->data, (size_t)n);
    p->error = false;
out:
    rt_detach(ts, RT_DETACH_NATIVE);
    return n;
}
static rt_value path_arg(struct rt_thread *ts, rt_value v, const char *what)
{
    if (rt_is_null(v) || rt_is_none(v))
        return RT_NONE;
    rt_value p = rt_str_fsencode(ts, v);
    if (rt_is_null(p) && rt_exc_clear_if(ts, &rt_exc_TypeError))
        rt_raise(ts, &rt_exc_TypeError, "%s should be a valid filesystem path", what);
    return p;
}
static const char *path_text(rt_value p) { return rt_is_none(p) ? NULL : rt_as_bytes(p)->data; }
static rt_value use_chain(struct rt_thread *ts, struct context *c, const char *cert, const char *key, struct password *p)
{
    int step = 0, e;
    rt_detach(ts, RT_DETACH_NATIVE);
    errno = 0;
    if (SSL_CTX_use_certificate_chain_file(c->ctx, cert) == 1)
        step = 1;
    if (step == 1 && SSL_CTX_use_PrivateKey_file(c->ctx, key, SSL_FILETYPE_PEM) == 1)
        step = 2;
    e = errno;
    if (step == 2 && SSL_CTX_check_private_key(c->ctx) == 1)
        step = 3;
    rt_attach(ts);
    if (step == 3)
        return RT_NONE;
    if (p->error) {
        ERR_clear_error();
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_ValueError, "no password");
    }
    errno = e;
    return step == 2 ? SSL_LAST(ts, NULL) : SSL_LAST_OS(ts);
}
static rt_value load_cert_chain(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"certfile", "keyfile", "password", NULL};
    static const struct rt_argspec spec = {"load_cert_chain", names, 0, 1, 3, 3};
    struct context *c = C(self);
    struct password p = {RT_NULL, RT_NULL, false};
    rt_value v[3], r = RT_NULL;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (rt_is_none(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "certfile should be a valid filesystem path");
    rt_value cert = path_arg(ts, v[0], "certfile"), key = rt_is_null(cert) ? cert : path_arg(ts, v[1], "keyfile");
    bool with = !rt_is_null(v[2]) && !rt_is_none(v[2]), ok = !rt_is_null(key);
    if (ok && with && rt_is_callable(v[2]))
        p.callable = v[2];
    else if (ok && with)
        ok = password_bytes(ts, &p, v[2], "password should be a string or callable");
    if (ok) {
        pem_password_cb *cb = SSL_CTX_get_default_passwd_cb(c->ctx);
        void *data = SSL_CTX_get_default_passwd_cb_userdata(c->ctx);
        if (with) {
            SSL_CTX_set_default_passwd_cb(c->ctx, on_password);
            SSL_CTX_set_default_passwd_cb_userdata(c->ctx, &p);
        }
        r = use_chain(ts, c, path_text(cert), path_text(rt_is_none(key) ? cert : key), &p);
        SSL_CTX_set_default_passwd_cb(c->ctx, cb);
        SSL_CTX_set_default_passwd_cb_userdata(c->ctx, data);
    }
    rt_decref(ts, p.bytes);
    rt_decref(ts, cert);
    rt_decref(ts, key);
    return r;
}
static bool error_is(unsigned long e, int lib, int reason) { return ERR_GET_LIB(e) == lib && ERR_GET_REASON(e) == reason; }
static int no_password(char *buf, int size, int writing, void *arg) { return -1; }
/* Certificates in memory: as many as there are. 0 or -1 */
static int add_certificates(struct rt_thread *ts, struct context *c, const void *data, int64_t n, bool der)
{
    if (n <= 0) {
        rt_raise(ts, &rt_exc_ValueError, "Empty certificate data");
        return -1;
    }
    if (n > INT32_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "Certificate data is too long.");
        return -1;
    }
    X509_STORE *store = SSL_CTX_get_cert_store(c->ctx);
    BIO *b = BIO_new_mem_buf(data, (int)n);
    int loaded = 0;
    bool fine = true;
    while (fine && b) {
        X509 *x = der ? d2i_X509_bio(b, NULL) : PEM_read_bio_X509(b, NULL, no_password, NULL);
        if (!x)
            break;
        if (!X509_STORE_add_cert(store, x)) {
            fine = error_is(ERR_peek_last_error(), ERR_LIB_X509, X509_R_CERT_ALREADY_IN_HASH_TABLE);
            if (fine)
                ERR_clear_error();
        }
        X509_free(x);
        loaded += fine;
    }
    unsigned long e = ERR_peek_last_error();
    bool end = der ? error_is(e, ERR_LIB_ASN1, ASN1_R_HEADER_TOO_LONG) && BIO_eof(b) : error_is(e, ERR_LIB_PEM, PEM_R_NO_START_LINE);
    BIO_free(b);
    if (loaded == 0) {
        SSL_LAST(ts, der ? "not enough data: cadata does not contain a certificate" : "no start line: cadata does not contain a certificate");
        return -1;
    }
    if (e && !end) {
        SSL_LAST(ts, NULL);
        return -1;
    }
    ERR_clear_error();
    return 0;
}
static int add_data(struct rt_thread *ts, struct context *c, rt_value data)
{
    struct rt_buffer b;
    int r;
    if (rt_is_str(data)) {
        rt_value ascii = rt_as_str(data)->ascii ? rt_str_encode(ts, data, "ascii", "strict") : RT_NULL;
        if (rt_is_null(ascii))
            goto bad;
        r = add_certificates(ts, c, rt_as_bytes(ascii)->data, (int64_t)rt_as_bytes(ascii)->length, false);
        rt_decref(ts, ascii);
        return r;
    }
    if (!rt_has_buffer(data))
        goto bad;
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return -1;
    r = add_certificates(ts, c, b.buf, b.len, true);
    rt_buffer_release(ts, &b);
    return r;
bad:
    rt_raise(ts, &rt_exc_TypeError, "cadata should be an ASCII string or a bytes-like object");
    return -1;
}
static rt_value load_verify_locations(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"cafile", "capath", "cadata", NULL};
    static const struct rt_argspec spec = {"load_verify_locations", names, 0, 0, 3, 3};
    rt_value v[3];
    bool any = false;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 3; i++) {
        v[i] = rt_is_null(v[i]) ? RT_NONE : v[i];
        any |= !rt_is_none(v[i]);
    }
    if (!any)
        return rt_raise(ts, &rt_exc_TypeError, "cafile, capath and cadata cannot be all omitted");
    rt_value file = path_arg(ts, v[0], "cafile"), dir = rt_is_null(file) ? file : path_arg(ts, v[1], "capath");
    bool ok = !rt_is_null(dir) && (rt_is_none(v[2]) || add_data(ts, C(self), v[2]) == 0);
    if (ok && (!rt_is_none(file) || !rt_is_none(dir))) {
        rt_detach(ts, RT_DETACH_NATIVE);
        errno = 0;
        ok = SSL_CTX_load_verify_locations(C(self)->ctx, path_text(file), path_text(dir)) == 1;
        rt_attach(ts);
        if (!ok)
            SSL_LAST_OS(ts);
    }
    rt_decref(ts, file);
    rt_decref(ts, dir);
    return ok ? RT_NONE : RT_NULL;
}
static rt_value default_paths(struct rt_thread *ts, rt_value self) { return SSL_CTX_set_default_verify_paths(C(self)->ctx) ? RT_NONE : SSL_LAST(ts, NULL); }
static rt_value store_stats(struct rt_thread *ts, rt_value self)
{
    X509_STORE *store = SSL_CTX_get_cert_store(C(self)->ctx);
    int x509 = 0, crl = 0, ca = 0;
    X509_STORE_lock(store);
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
        X509_OBJECT *o = sk_X509_OBJECT_value(all, i);
        int type = X509_OBJECT_get_type(o);
        x509 += type == X509_LU_X509;
        crl += type == X509_LU_CRL;
        ca += type == X509_LU_X509 && X509_check_ca(X509_OBJECT_get0_X509(o));
    }
    X509_STORE_unlock(store);
    rt_value d = rt_dict_new(ts);
    if (!rt_is_null(d) && put(ts, d, "x509", rt_int_imm(x509)) && put(ts, d, "crl", rt_int_imm(crl)) && put(ts, d, "x509_ca", rt_int_imm(ca)))
        return d;
    rt_decref(ts, d);
    return RT_NULL;
}
static rt_value get_ca_certs(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"binary_form", NULL};
    static const struct rt_argspec spec = {"get_ca_certs", names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int binary = rt_is_null(v[0]) ? 0 : rt_truth(ts, v[0]);
    rt_value list = binary < 0 ? RT_NULL : rt_list_new(ts, 8);
    STACK_OF(X509) *all = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(C(self)->ctx));
    for (int i = 0; i < sk_X509_num(all) && !rt_is_null(list); i++) {
        X509 *x = sk_X509_value(all, i);
        if (!X509_check_ca(x))
            continue;
        rt_value r = binary ? ssl_certificate_der(ts, x) : ssl_decode_certificate(ts, x);
        if (rt_is_null(r) || rt_list_append_steal(ts, list, r) < 0)
            rt_clear(ts, &list);
    }
    sk_X509_pop_free(all, X509_free);
    return list;
}
static rt_value session_stats(struct rt_thread *ts, rt_value self)
{
    SSL_CTX *c = C(self)->ctx;
    rt_value d = rt_dict_new(ts);
#define STAT(key, f) put(ts, d, key, rt_int_imm(SSL_CTX_sess_##f(c)))
    if (!rt_is_null(d) && STAT("number", number) && STAT("connect", connect) && STAT("connect_good", connect_good) &&
        STAT("connect_renegotiate", connect_renegotiate) && STAT("accept", accept) && STAT("accept_good", accept_good) &&
        STAT("accept_renegotiate", accept_renegotiate) && STAT("hits", hits) && STAT("misses", misses) && STAT("timeouts", timeouts) &&
        STAT("cache_full", cache_full))
        return d;
    rt_decref(ts, d);
    return RT_NULL;
}

/* What changes the context. */
#define LOCKED(name, params, args)                                           \
    static rt_value locked_##name params                                     \
    {                                                                        \
        ssl_lock(ts, &C(self)->lock);                                        \
        rt_value r = name args;                                              \
        ssl_unlock(&C(self)->lock);                                          \
        return r;                                                            \
    }
#define LOCKED_O(name) LOCKED(name, (struct rt_thread *ts, rt_value self, rt_value v), (ts, self, v))
#define LOCKED_KW(name) \
    LOCKED(name, (struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw), (ts, self, a, n, kw))
LOCKED_O(set_ciphers)
LOCKED_O(set_alpn)
LOCKED_KW(load_cert_chain)
LOCKED_O(load_dh_params)
LOCKED_KW(load_verify_locations)
LOCKED(default_paths, (struct rt_thread *ts, rt_value self), (ts, self))
LOCKED_O(set_ecdh_curve)

extern const struct rt_getset_def rt_ssl_context_getset[];
static const struct rt_method_def methods[] = {
    {"_wrap_socket", wrap_socket, RT_METH_KW, "_wrap_socket($self, /, sock, server_side, server_hostname=None, *,\n             owner=None, session=None)\n--\n\n"},
    {"_wrap_bio", wrap_bio, RT_METH_KW, "_wrap_bio($self, /, incoming, outgoing, server_side,\n          server_hostname=None, *, owner=None, session=None)\n--\n\n"},
    {"set_ciphers", locked_set_ciphers, RT_METH_O, "set_ciphers($self, cipherlist, /)\n--\n\n"},
    {"_set_alpn_protocols", locked_set_alpn, RT_METH_O, "_set_alpn_protocols($self, protos, /)\n--\n\n"},
    {"load_cert_chain", locked_load_cert_chain, RT_METH_KW, "load_cert_chain($self, /, certfile, keyfile=None, password=None)\n--\n\n"},
    {"load_dh_params", locked_load_dh_params, RT_METH_O, "load_dh_params($self, path, /)\n--\n\n"},
    {"load_verify_locations", locked_load_verify_locations, RT_METH_KW, "load_verify_locations($self, /, cafile=None, capath=None, cadata=None)\n--\n\n"},
    {"session_stats", session_stats, RT_METH_NOARGS, "session_stats($self, /)\n--\n\n"},
    {"set_default_verify_paths", locked_default_paths, RT_METH_NOARGS, "set_default_verify_paths($self, /)\n--\n\n"},
    {"set_ecdh_curve", locked_set_ecdh_curve, RT_METH_O, "set_ecdh_curve($self, name, /)\n--\n\n"},
    {"cert_store_stats", store_stats, RT_METH_NOARGS, "cert_store_stats($self, /)\n--\n\nReturns quantities of loaded X.509 certificates.\n\n"
     "X.509 certificates with a CA extension and certificate revocation lists\ninside the context's cert store.\n\n"
     "NOTE: Certificates in a capath directory aren't loaded unless they have\nbeen used at least once."},
    {"get_ca_certs", get_ca_certs, RT_METH_KW, "get_ca_certs($self, /, binary_form=False)\n--\n\nReturns a list of dicts with information of loaded CA certs.\n\n"
     "If the optional argument is True, returns a DER-encoded copy of the CA\ncertificate."},
    {"get_ciphers", get_ciphers, RT_METH_NOARGS, "get_ciphers($self, /)\n--\n\n"},
    {NULL},
};
struct rt_type rt_ssl_context_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ssl._SSLContext", .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct context), .dealloc = context_dealloc,
    .clear = context_clear, .traverse = context_traverse, .new = context_new, .methods = methods, .getset = rt_ssl_context_getset,
};
