/* SPDX-License-Identifier: MIT */
/*
 * _ssl: its exceptions, and making them out of OpenSSL's error queue (one for each thread). A reason's
 * mnemonic is OpenSSL's text in capitals: "certificate verify failed" is CERTIFICATE_VERIFY_FAILED.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "core/modules/ssl/ssl_internal.h"

static rt_value error_str(struct rt_thread *ts, rt_value self)
{
    rt_value s = rt_getattr_cstr(ts, self, "strerror");
    if (rt_is_null(s) || rt_is_str(s))
        return s;
    rt_decref(ts, s);
    s = rt_getattr_cstr(ts, self, "args");
    rt_value r = rt_is_null(s) ? s : rt_str(ts, s);
    rt_decref(ts, s);
    return r;
}
#define ERROR_TYPE(var, parent, text, doctext) \
    struct rt_type var = {.hdr = RT_STATIC_TYPE_HDR, .name = text, .doc = doctext, .flags = RT_TF_BASETYPE, .base = &parent, .str = error_str}
ERROR_TYPE(rt_exc_SSLError, rt_exc_OSError, "ssl.SSLError", "An error occurred in the SSL implementation.");
ERROR_TYPE(rt_exc_SSLZeroReturn, rt_exc_SSLError, "ssl.SSLZeroReturnError", "SSL/TLS session closed cleanly.");
ERROR_TYPE(rt_exc_SSLWantRead, rt_exc_SSLError, "ssl.SSLWantReadError", "Non-blocking SSL socket needs to read more data\nbefore the requested operation can be completed.");
ERROR_TYPE(rt_exc_SSLWantWrite, rt_exc_SSLError, "ssl.SSLWantWriteError", "Non-blocking SSL socket needs to write more data\nbefore the requested operation can be completed.");
ERROR_TYPE(rt_exc_SSLSyscall, rt_exc_SSLError, "ssl.SSLSyscallError", "System error when attempting SSL operation.");
ERROR_TYPE(rt_exc_SSLEOF, rt_exc_SSLError, "ssl.SSLEOFError", "SSL/TLS connection terminated abruptly.");
ERROR_TYPE(rt_exc_SSLCertVerification, rt_exc_SSLError, "ssl.SSLCertVerificationError", "A certificate could not be verified.");

static int ready_verification(struct rt_thread *ts)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* held only while attached, across no safepoint */
    struct rt_type *t = &rt_exc_SSLCertVerification;
    int r = 0;
    pthread_mutex_lock(&lock);
    if (rt_is_null(rt_slot_peek(&t->bases))) {
        rt_value bases = rt_tuple_pack(ts, 2, rt_type_value(&rt_exc_SSLError), rt_type_value(&rt_exc_ValueError));
        r = rt_is_null(bases) ? -1 : 0;
        if (r == 0) {
            rt_immortalize(ts, bases);
            rt_slot_init(&t->bases, rt_borrowed(bases));
        }
    }
    pthread_mutex_unlock(&lock);
    return r;
}
int rt_ssl_errors_ready(struct rt_thread *ts, rt_value module)
{
    struct rt_type *const all[] = {&rt_exc_SSLError, &rt_exc_SSLZeroReturn, &rt_exc_SSLWantRead, &rt_exc_SSLWantWrite, &rt_exc_SSLSyscall, &rt_exc_SSLEOF,
                                   &rt_exc_SSLCertVerification};
    for (size_t i = 0; i < RT_COUNTOF(all); i++) {
        if (all[i] == &rt_exc_SSLCertVerification && ready_verification(ts) < 0)
            return -1;
        if (rt_type_ready(ts, all[i]) < 0 || rt_module_add_type(ts, module, all[i]) < 0)
            return -1;
    }
    return 0;
}

static const char *library_name(int lib)
{
    static const struct { int lib; const char *name; } names[] = {
        {ERR_LIB_SYS, "SYS"}, {ERR_LIB_BN, "BN"}, {ERR_LIB_RSA, "RSA"}, {ERR_LIB_DH, "DH"}, {ERR_LIB_EVP, "EVP"}, {ERR_LIB_BUF, "BUF"},
        {ERR_LIB_OBJ, "OBJ"}, {ERR_LIB_PEM, "PEM"}, {ERR_LIB_DSA, "DSA"}, {ERR_LIB_X509, "X509"}, {ERR_LIB_ASN1, "ASN1"}, {ERR_LIB_CONF, "CONF"},
        {ERR_LIB_CRYPTO, "CRYPTO"}, {ERR_LIB_EC, "EC"}, {ERR_LIB_SSL, "SSL"}, {ERR_LIB_BIO, "BIO"}, {ERR_LIB_PKCS7, "PKCS7"},
        {ERR_LIB_X509V3, "X509V3"}, {ERR_LIB_PKCS12, "PKCS12"}, {ERR_LIB_RAND, "RAND"}, {ERR_LIB_OCSP, "OCSP"}, {ERR_LIB_CMS, "CMS"},
        {ERR_LIB_PROV, "PROV"}, {ERR_LIB_OSSL_STORE, "OSSL_STORE"},
    };
    for (size_t i = 0; i < RT_COUNTOF(names); i++)
        if (names[i].lib == lib)
            return names[i].name;
    return NULL;
}
static bool mnemonic(unsigned long code, char *out, size_t size)
{
    const char *s = code ? ERR_reason_error_string(code) : NULL;
    size_t n = 0;
    if (!s || !library_name(ERR_GET_LIB(code)))
        return false;
    for (; s[n] && n + 1 < size; n++)
        out[n] = isalnum((unsigned char)s[n]) ? (char)toupper((unsigned char)s[n]) : '_';
    out[n] = 0;
    return true;
}
static rt_value text_or_none(struct rt_thread *ts, const char *s) { return s ? rt_str_from_cstr(ts, s) : RT_NONE; }
static int set_attribute(struct rt_thread *ts, rt_value e, const char *name, rt_value owned)
{
    int r = rt_is_null(owned) ? -1 : rt_setattr_cstr(ts, e, name, owned);
    rt_decref(ts, owned);
    return r;
}
/* What the check of the peer's certificate found. */
static rt_value verification_text(struct rt_thread *ts, struct connection *c, long code)
{
    if (code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        rt_value name = rt_slot_get(ts, c, &c->hostname);
        rt_value r = rt_str_format(ts, "%s mismatch, certificate is not valid for '%S'.", code == X509_V_ERR_HOSTNAME_MISMATCH ? "Hostname" : "IP address",
                                   rt_is_null(name) ? RT_NONE : name);
        rt_decref(ts, name);
        return r;
    }
    return text_or_none(ts, X509_verify_cert_error_string(code));
}
rt_value ssl_raise(struct rt_thread *ts, struct connection *c, struct rt_type *t, int number, const char *text, unsigned long code, int line)
{
    char reason[128];
    const char *lib = code ? library_name(ERR_GET_LIB(code)) : NULL;
    bool known = mnemonic(code, reason, sizeof reason), verification = c && t == &rt_exc_SSLCertVerification;
    long verdict = verification ? SSL_get_verify_result(c->ssl) : 0;
    rt_value why = verification ? verification_text(ts, c, verdict) : RT_NONE, msg, e = RT_NULL;
    if (!text && code)
        text = ERR_reason_error_string(code);
    if (!text)
        text = "unknown error";
    if (rt_is_null(why))
        return why;
    if (verification && known && lib)
        msg = rt_str_format(ts, "[%s: %s] %s: %S (_ssl.c:%d)", lib, reason, text, why, line);
    else if (known && lib)
        msg = rt_str_format(ts, "[%s: %s] %s (_ssl.c:%d)", lib, reason, text, line);
    else
        msg = lib ? rt_str_format(ts, "[%s] %s (_ssl.c:%d)", lib, text, line) : rt_str_format(ts, "%s (_ssl.c:%d)", text, line);
    if (!rt_is_null(msg))
        e = rt_call2(ts, rt_type_value(t), rt_int_imm(number), msg);
    if (!rt_is_null(e) && set_attribute(ts, e, "reason", text_or_none(ts, known ? reason : NULL)) == 0 &&
        set_attribute(ts, e, "library", text_or_none(ts, lib)) == 0 &&
        (!verification || (rt_setattr_cstr(ts, e, "verify_code", rt_int_imm(verdict)) == 0 && rt_setattr_cstr(ts, e, "verify_message", why) == 0)))
        rt_raise_instance(ts, e);
    rt_decref(ts, e);
    rt_decref(ts, msg);
    rt_decref(ts, why);
    ERR_clear_error();
    return RT_NULL;
}
rt_value ssl_raise_last(struct rt_thread *ts, const char *text, bool use_errno, int line)
{
    int e = errno;
    unsigned long code = text ? 0 : ERR_peek_last_error();
    if (use_errno && e) {
        ERR_clear_error();
        errno = e;
        return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    }
    return ssl_raise(ts, NULL, &rt_exc_SSLError, code ? (int)ERR_GET_REASON(code) : 0, text, code, line);
}
static bool ssl_reason(unsigned long e, int reason) { return ERR_GET_LIB(e) == ERR_LIB_SSL && ERR_GET_REASON(e) == reason; }
#define ABRUPT "EOF occurred in violation of protocol"
rt_value ssl_raise_failure(struct rt_thread *ts, struct connection *c, int ret, const struct failure *f, int line)
{
    unsigned long e = ERR_peek_last_error();
    struct rt_type *t = &rt_exc_SSLError;
    bool unverified = ssl_reason(e, SSL_R_CERTIFICATE_VERIFY_FAILED);
    switch (f->ssl) {
    case SSL_ERROR_ZERO_RETURN:
        return ssl_raise(ts, c, &rt_exc_SSLZeroReturn, PY_ERROR_ZERO_RETURN, "TLS/SSL connection has been closed (EOF)", e, line);
    case SSL_ERROR_WANT_READ:
        return ssl_raise(ts, c, &rt_exc_SSLWantRead, PY_ERROR_WANT_READ, "The operation did not complete (read)", e, line);
    case SSL_ERROR_WANT_WRITE:
        return ssl_raise(ts, c, &rt_exc_SSLWantWrite, PY_ERROR_WANT_WRITE, "The operation did not complete (write)", e, line);
    case SSL_ERROR_WANT_X509_LOOKUP:
        return ssl_raise(ts, c, t, PY_ERROR_X509_LOOKUP, "The operation did not complete (X509 lookup)", e, line);
    case SSL_ERROR_WANT_CONNECT:
        return ssl_raise(ts, c, t, PY_ERROR_WANT_CONNECT, "The operation did not complete (connect)", e, line);
    case SSL_ERROR_SYSCALL:
        if (e)
            return ssl_raise(ts, c, unverified ? &rt_exc_SSLCertVerification : t, PY_ERROR_SYSCALL, NULL, e, line);
        if (ret == 0 || !c->transport || !f->sys)
            return ssl_raise(ts, c, &rt_exc_SSLEOF, PY_ERROR_EOF, ABRUPT, e, line);
        ERR_clear_error();
        errno = f->sys;
        return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    case SSL_ERROR_SSL:
        if (ssl_reason(e, SSL_R_UNEXPECTED_EOF_WHILE_READING))
            return ssl_raise(ts, c, &rt_exc_SSLEOF, PY_ERROR_EOF, ABRUPT, e, line);
        return ssl_raise(ts, c, unverified ? &rt_exc_SSLCertVerification : t, PY_ERROR_SSL, e ? NULL : "A failure in the SSL library occurred", e, line);
    default:
        return ssl_raise(ts, c, t, PY_ERROR_INVALID, "Invalid error code", e, line);
    }
}
