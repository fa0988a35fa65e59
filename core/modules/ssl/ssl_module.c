/* SPDX-License-Identifier: MIT */
/* The _ssl module: sessions, random bytes, object names, constants. */
#include "core/modules/ssl/ssl_internal.h"

/* ---- sessions ---- */
rt_value ssl_session_wrap(struct rt_thread *ts, SSL_SESSION *s, rt_value context)
{
    rt_value v = rt_type_alloc(ts, &rt_ssl_session_type);
    if (rt_is_null(v)) {
        SSL_SESSION_free(s);
        return v;
    }
    AS_SESSION(v)->session = s;
    rt_slot_init(&AS_SESSION(v)->context, rt_newref(ts, context));
    return v;
}
static int session_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value v = rt_slot_peek(&((struct session *)o)->context);
    return rt_is_ptr(v) ? visit(v, arg) : 0;
}
static void session_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    SSL_SESSION_free(((struct session *)o)->session);
    ((struct session *)o)->session = NULL;
    rt_slot_clear(ts, o, &((struct session *)o)->context);
}
static void session_clear(struct rt_thread *ts, struct rt_object *o) {}
static rt_value session_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_exact(a, &rt_ssl_session_type) || !rt_is_exact(b, &rt_ssl_session_type))
        return RT_NOTIMPL;
    unsigned n, m;
    const unsigned char *p = SSL_SESSION_get_id(AS_SESSION(a)->session, &n), *q = SSL_SESSION_get_id(AS_SESSION(b)->session, &m);
    return rt_bool((n == m && !memcmp(p, q, n)) == (op == RT_EQ));
}
static rt_value get_id(struct rt_thread *ts, rt_value self, void *c)
{
    unsigned n;
    const unsigned char *p = SSL_SESSION_get_id(AS_SESSION(self)->session, &n);
    return rt_bytes_new(ts, p, n);
}
static int64_t session_hash(struct rt_thread *ts, rt_value self)
{
    rt_value id = get_id(ts, self, NULL);
    int64_t h = rt_is_null(id) ? -1 : rt_hash(ts, id);
    rt_decref(ts, id);
    return h;
}
static rt_value get_time(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(SSL_SESSION_get_time(AS_SESSION(self)->session)); }
static rt_value get_timeout(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(SSL_SESSION_get_timeout(AS_SESSION(self)->session)); }
static rt_value get_hint(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm((int64_t)SSL_SESSION_get_ticket_lifetime_hint(AS_SESSION(self)->session)); }
static rt_value get_ticket(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(SSL_SESSION_has_ticket(AS_SESSION(self)->session)); }
static const struct rt_getset_def session_getset[] = {
    {"has_ticket", get_ticket, NULL, "Does the session contain a ticket?"}, {"id", get_id, NULL, "Session id"},
    {"ticket_lifetime_hint", get_hint, NULL, "Ticket life time hint."}, {"time", get_time, NULL, "Session creation time (seconds since epoch)."},
    {"timeout", get_timeout, NULL, "Session timeout (delta in seconds)."}, {NULL},
};
struct rt_type rt_ssl_session_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_ssl.SSLSession", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct session), .dealloc = session_dealloc,
    .clear = session_clear, .traverse = session_traverse, .richcompare = session_compare, .hash = session_hash, .getset = session_getset,
};

/* ---- random bytes ---- */
static rt_value random_bytes(struct rt_thread *ts, rt_value count)
{
    int n = rt_as_int(ts, count);
    if (n == -1 && rt_pending(ts))
        return RT_NULL;
    if (n < 0)
        return rt_raise(ts, &rt_exc_ValueError, "num must be positive");
    rt_value r = rt_bytes_new(ts, NULL, (size_t)n);
    if (!rt_is_null(r) && RAND_bytes((unsigned char *)rt_as_bytes(r)->data, n) != 1) {
        rt_decref(ts, r);
        return SSL_LAST(ts, NULL);
    }
    return r;
}
static rt_value rand_bytes(struct rt_thread *ts, rt_value m, rt_value n) { return random_bytes(ts, n); }
static rt_value rand_pseudo_bytes(struct rt_thread *ts, rt_value m, rt_value n)
{
    if (rt_warn(ts, &rt_exc_DeprecationWarning, 1, "ssl.RAND_pseudo_bytes() is deprecated") < 0)
        return RT_NULL;
    rt_value b = random_bytes(ts, n), r = rt_is_null(b) ? b : rt_tuple_pack(ts, 2, b, RT_TRUE);
    rt_decref(ts, b);
    return r;
}
static rt_value rand_add(struct rt_thread *ts, rt_value m, const rt_value *args, uint32_t n)
{
    struct rt_buffer b;
    if (rt_args_count(ts, "RAND_add", n, 2, 2) < 0)
        return RT_NULL;
    double entropy = rt_as_double(ts, args[1]);
    if (rt_pending(ts))
        return RT_NULL;
    rt_value data = rt_is_str(args[0]) ? rt_str_encode(ts, args[0], "utf-8", "strict") : rt_newref(ts, args[0]);
    if (rt_is_null(data) || rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0) {
        rt_decref(ts, data);
        return RT_NULL;
    }
    RAND_add(b.buf, b.len > INT32_MAX ? INT32_MAX : (int)b.len, entropy);
    rt_buffer_release(ts, &b);
    rt_decref(ts, data);
    return RT_NONE;
}
static rt_value rand_status(struct rt_thread *ts, rt_value m) { return rt_bool(RAND_status() == 1); }

/* ---- objects ---- */
static rt_value object_tuple(struct rt_thread *ts, const ASN1_OBJECT *o)
{
    int nid = OBJ_obj2nid(o);
    if (nid == NID_undef)
        return rt_raise(ts, &rt_exc_ValueError, "Unknown object");
    rt_value sn = rt_str_from_cstr(ts, OBJ_nid2sn(nid)), ln = rt_str_from_cstr(ts, OBJ_nid2ln(nid)), oid = ssl_object_text(ts, o, true), r = RT_NULL;
    if (!rt_is_null(sn) && !rt_is_null(ln) && !rt_is_null(oid))
        r = rt_tuple_pack(ts, 4, rt_int_imm(nid), sn, ln, oid);
    rt_decref(ts, sn);
    rt_decref(ts, ln);
    rt_decref(ts, oid);
    return r;
}
static rt_value txt2obj(struct rt_thread *ts, rt_value m, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"txt", "name", NULL};
    static const struct rt_argspec spec = {"txt2obj", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "txt2obj", "txt", "str", v[0]);
    const char *s = rt_str_utf8_nonul(ts, v[0]);
    int name = rt_is_null(v[1]) ? 0 : rt_truth(ts, v[1]);
    if (!s || name < 0)
        return RT_NULL;
    ASN1_OBJECT *o = OBJ_txt2obj(s, !name);
    if (!o) {
        ERR_clear_error();
        return rt_raise(ts, &rt_exc_ValueError, "unknown object '%.100s'", s);
    }
    rt_value r = object_tuple(ts, o);
    ASN1_OBJECT_free(o);
    return r;
}
static rt_value nid2obj(struct rt_thread *ts, rt_value m, rt_value v)
{
    int nid = rt_as_int(ts, v);
    if (nid == -1 && rt_pending(ts))
        return RT_NULL;
    if (nid < NID_undef)
        return rt_raise(ts, &rt_exc_ValueError, "NID must be positive");
    ASN1_OBJECT *o = OBJ_nid2obj(nid);
    if (!o) {
        ERR_clear_error();
        return rt_raise(ts, &rt_exc_ValueError, "unknown NID %i", nid);
    }
    return object_tuple(ts, o);
}
static rt_value verify_paths(struct rt_thread *ts, rt_value m)
{
    const char *s[] = {X509_get_default_cert_file_env(), X509_get_default_cert_file(), X509_get_default_cert_dir_env(), X509_get_default_cert_dir()};
    rt_value v[4], r = RT_NULL;
    bool ok = true;
    for (int i = 0; i < 4; i++) {
        v[i] = rt_str_fsdecode(ts, s[i], strlen(s[i]));
        ok = ok && !rt_is_null(v[i]);
    }
    if (ok)
        r = rt_tuple_from(ts, v, 4);
    for (int i = 0; i < 4; i++)
        rt_decref(ts, v[i]);
    return r;
}

/* ---- constants ---- */
#define A(name, value) {"ALERT_DESCRIPTION_" #name, value}
static const struct rt_posix_const constants[] = {
    A(CLOSE_NOTIFY, 0), A(UNEXPECTED_MESSAGE, 10), A(BAD_RECORD_MAC, 20), A(RECORD_OVERFLOW, 22), A(DECOMPRESSION_FAILURE, 30),
    A(HANDSHAKE_FAILURE, 40), A(BAD_CERTIFICATE, 42), A(UNSUPPORTED_CERTIFICATE, 43), A(CERTIFICATE_REVOKED, 44), A(CERTIFICATE_EXPIRED, 45),
    A(CERTIFICATE_UNKNOWN, 46), A(ILLEGAL_PARAMETER, 47), A(UNKNOWN_CA, 48), A(ACCESS_DENIED, 49), A(DECODE_ERROR, 50), A(DECRYPT_ERROR, 51),
    A(PROTOCOL_VERSION, 70), A(INSUFFICIENT_SECURITY, 71), A(INTERNAL_ERROR, 80), A(USER_CANCELLED, 90), A(NO_RENEGOTIATION, 100),
    A(UNSUPPORTED_EXTENSION, 110), A(CERTIFICATE_UNOBTAINABLE, 111), A(UNRECOGNIZED_NAME, 112), A(BAD_CERTIFICATE_STATUS_RESPONSE, 113),
    A(BAD_CERTIFICATE_HASH_VALUE, 114), A(UNKNOWN_PSK_IDENTITY, 115),
    {"CERT_NONE", PY_CERT_NONE}, {"CERT_OPTIONAL", PY_CERT_OPTIONAL}, {"CERT_REQUIRED", PY_CERT_REQUIRED}, {"ENCODING_PEM", 1}, {"ENCODING_DER", 2},
    {"HOSTFLAG_ALWAYS_CHECK_SUBJECT", X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT}, {"HOSTFLAG_NEVER_CHECK_SUBJECT", X509_CHECK_FLAG_NEVER_CHECK_SUBJECT},
    {"HOSTFLAG_NO_WILDCARDS", X509_CHECK_FLAG_NO_WILDCARDS}, {"HOSTFLAG_NO_PARTIAL_WILDCARDS", X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
    {"HOSTFLAG_MULTI_LABEL_WILDCARDS", X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS}, {"HOSTFLAG_SINGLE_LABEL_SUBDOMAINS", X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS},
    {"OP_ALL", (int64_t)(SSL_OP_ALL & ~SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS)}, {"OP_NO_SSLv2", 0}, {"OP_NO_SSLv3", SSL_OP_NO_SSLv3},
    {"OP_NO_TLSv1", SSL_OP_NO_TLSv1}, {"OP_NO_TLSv1_1", SSL_OP_NO_TLSv1_1}, {"OP_NO_TLSv1_2", SSL_OP_NO_TLSv1_2}, {"OP_NO_TLSv1_3", SSL_OP_NO_TLSv1_3},
    {"OP_CIPHER_SERVER_PREFERENCE", SSL_OP_CIPHER_SERVER_PREFERENCE}, {"OP_SINGLE_DH_USE", SSL_OP_SINGLE_DH_USE}, {"OP_NO_TICKET", SSL_OP_NO_TICKET},
    {"OP_SINGLE_ECDH_USE", SSL_OP_SINGLE_ECDH_USE}, {"OP_NO_COMPRESSION", SSL_OP_NO_COMPRESSION}, {"OP_ENABLE_MIDDLEBOX_COMPAT", SSL_OP_ENABLE_MIDDLEBOX_COMPAT},
    {"OP_NO_RENEGOTIATION", SSL_OP_NO_RENEGOTIATION}, {"OP_IGNORE_UNEXPECTED_EOF", SSL_OP_IGNORE_UNEXPECTED_EOF},
    {"PROTOCOL_SSLv23", PY_PROTO_TLS}, {"PROTOCOL_TLS", PY_PROTO_TLS}, {"PROTOCOL_TLS_CLIENT", PY_PROTO_CLIENT}, {"PROTOCOL_TLS_SERVER", PY_PROTO_SERVER},
    {"PROTOCOL_TLSv1", PY_PROTO_TLS1}, {"PROTOCOL_TLSv1_1", PY_PROTO_TLS1_1}, {"PROTOCOL_TLSv1_2", PY_PROTO_TLS1_2},
    {"PROTO_MINIMUM_SUPPORTED", PY_MIN_SUPPORTED}, {"PROTO_MAXIMUM_SUPPORTED", PY_MAX_SUPPORTED}, {"PROTO_SSLv3", SSL3_VERSION}, {"PROTO_TLSv1", TLS1_VERSION},
    {"PROTO_TLSv1_1", TLS1_1_VERSION}, {"PROTO_TLSv1_2", TLS1_2_VERSION}, {"PROTO_TLSv1_3", TLS1_3_VERSION},
    {"SSL_ERROR_SSL", PY_ERROR_SSL}, {"SSL_ERROR_WANT_READ", PY_ERROR_WANT_READ}, {"SSL_ERROR_WANT_WRITE", PY_ERROR_WANT_WRITE},
    {"SSL_ERROR_WANT_X509_LOOKUP", PY_ERROR_X509_LOOKUP}, {"SSL_ERROR_SYSCALL", PY_ERROR_SYSCALL}, {"SSL_ERROR_ZERO_RETURN", PY_ERROR_ZERO_RETURN},
    {"SSL_ERROR_WANT_CONNECT", PY_ERROR_WANT_CONNECT}, {"SSL_ERROR_EOF", PY_ERROR_EOF}, {"SSL_ERROR_INVALID_ERROR_CODE", PY_ERROR_INVALID},
    {"VERIFY_DEFAULT", 0}, {"VERIFY_CRL_CHECK_LEAF", X509_V_FLAG_CRL_CHECK}, {"VERIFY_CRL_CHECK_CHAIN", X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL},
    {"VERIFY_X509_STRICT", X509_V_FLAG_X509_STRICT}, {"VERIFY_ALLOW_PROXY_CERTS", X509_V_FLAG_ALLOW_PROXY_CERTS},
    {"VERIFY_X509_TRUSTED_FIRST", X509_V_FLAG_TRUSTED_FIRST}, {"VERIFY_X509_PARTIAL_CHAIN", X509_V_FLAG_PARTIAL_CHAIN}, {NULL},
};
static const struct { const char *name; bool has; } features[] = {{"HAS_SNI", true}, {"HAS_TLS_UNIQUE", true}, {"HAS_ECDH", true}, {"HAS_NPN", false}, {"HAS_ALPN", true},
    {"HAS_SSLv2", false}, {"HAS_SSLv3", false}, {"HAS_TLSv1", true}, {"HAS_TLSv1_1", true}, {"HAS_TLSv1_2", true}, {"HAS_TLSv1_3", true}};

static rt_value version_tuple(struct rt_thread *ts, unsigned long v)
{
    return rt_tuple_pack(ts, 5, rt_int_imm(v >> 28 & 0xff), rt_int_imm(v >> 20 & 0xff), rt_int_imm(v >> 12 & 0xff), rt_int_imm(v >> 4 & 0xff), rt_int_imm(v & 0xf));
}
static int exec(struct rt_thread *ts, rt_value m)
{
    struct rt_type *const types[] = {&rt_ssl_context_type, &rt_ssl_connection_type, &rt_ssl_memory_type, &rt_ssl_session_type, &rt_ssl_certificate_type};
    rt_value socket;
    if (rt_lazy_load(ts, &rt_lazy_crypto) < 0 || rt_lazy_load(ts, &rt_lazy_x509) < 0 || rt_lazy_load(ts, &rt_lazy_ssl) < 0)
        return -1;
    socket = rt_import(ts, "_socket"); /* its type must be ready */
    if (rt_is_null(socket) || rt_ssl_errors_ready(ts, m) < 0)
        return -1;
    rt_decref(ts, socket);
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (rt_type_ready(ts, types[i]) < 0 || rt_module_add_type(ts, m, types[i]) < 0)
            return -1;
    for (size_t i = 0; i < RT_COUNTOF(features); i++)
        if (rt_module_add(ts, m, features[i].name, rt_bool(features[i].has)) < 0)
            return -1;
    unsigned long v = OpenSSL_version_num();
    if (rt_os_constants(ts, m, constants) < 0 || rt_module_add_int(ts, m, "OPENSSL_VERSION_NUMBER", (int64_t)v) < 0 ||
        rt_module_add(ts, m, "OPENSSL_VERSION_INFO", version_tuple(ts, v)) < 0 ||
        rt_module_add_str(ts, m, "OPENSSL_VERSION", OpenSSL_version(OPENSSL_VERSION)) < 0 ||
        rt_module_add(ts, m, "_OPENSSL_API_VERSION", version_tuple(ts, OPENSSL_VERSION_NUMBER)) < 0)
        return -1;
    return rt_module_add_str(ts, m, "_DEFAULT_CIPHERS", SSL_DEFAULT_CIPHER_LIST);
}
static const struct rt_method_def methods[] = {
    {"_test_decode_cert", ssl_test_decode, RT_METH_O, "_test_decode_cert($module, path, /)\n--\n\n"},
    {"RAND_add", rand_add, RT_METH_FAST, "RAND_add($module, string, entropy, /)\n--\n\nMix string into the OpenSSL PRNG state.\n\nentropy (a float) is a lower bound on the entropy contained in\nstring.  See RFC 4086."},
    {"RAND_bytes", rand_bytes, RT_METH_O, "RAND_bytes($module, n, /)\n--\n\nGenerate n cryptographically strong pseudo-random bytes."},
    {"RAND_pseudo_bytes", rand_pseudo_bytes, RT_METH_O, "RAND_pseudo_bytes($module, n, /)\n--\n\nGenerate n pseudo-random bytes.\n\n"
     "Return a pair (bytes, is_cryptographic).  is_cryptographic is True\nif the bytes generated are cryptographically strong."},
    {"RAND_status", rand_status, RT_METH_NOARGS, "RAND_status($module, /)\n--\n\nReturns True if the OpenSSL PRNG has been seeded with enough data and False if not.\n\n"
     "It is necessary to seed the PRNG with RAND_add() on some platforms before\nusing the ssl() function."},
    {"get_default_verify_paths", verify_paths, RT_METH_NOARGS, "get_default_verify_paths($module, /)\n--\n\nReturn search paths and environment vars that are used by SSLContext's set_default_verify_paths() to load default CAs.\n\n"
     "The values are \'cert_file_env\', \'cert_file\', \'cert_dir_env\', \'cert_dir\'."},
    {"txt2obj", txt2obj, RT_METH_KW, "txt2obj($module, /, txt, name=False)\n--\n\nLookup NID, short name, long name and OID of an ASN1_OBJECT.\n\n"
     "By default objects are looked up by OID. With name=True short and\nlong name are also matched."},
    {"nid2obj", nid2obj, RT_METH_O, "nid2obj($module, nid, /)\n--\n\nLookup NID, short name, long name and OID of an ASN1_OBJECT by NID."},
    {NULL},
};
const struct rt_module_def rt_module__ssl = {
    .name = "_ssl", .doc = "Implementation module for SSL socket operations.  See the socket module\nfor documentation.", .methods = methods, .exec = exec,
};
