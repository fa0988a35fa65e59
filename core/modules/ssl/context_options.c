/* SPDX-License-Identifier: MIT */
/* _ssl._SSLContext: its attributes. Setters work under the context's lock. */
#include "core/modules/ssl/ssl_internal.h"

#define C(v) AS_CONTEXT(v)
#define GET(name) static rt_value get_##name(struct rt_thread *ts, rt_value self, void *closure)
#define SET(name) static int set_##name(struct rt_thread *ts, rt_value self, rt_value v, void *closure)

static int fail(struct rt_thread *ts, struct rt_type *t, const char *text)
{
    rt_raise(ts, t, "%s", text);
    return -1;
}
static int int_arg(struct rt_thread *ts, rt_value v, int64_t *out)
{
    if (rt_is_null(v))
        return fail(ts, &rt_exc_AttributeError, "cannot delete attribute");
    *out = rt_as_i64(ts, v);
    return rt_pending(ts) ? -1 : 0;
}
static int bool_arg(struct rt_thread *ts, rt_value v) { return rt_is_null(v) ? fail(ts, &rt_exc_AttributeError, "cannot delete attribute") : rt_truth(ts, v); }

/* ---- verification ---- */
void ssl_set_verify_mode(struct context *c, int mode)
{
    static const int flags[] = {SSL_VERIFY_NONE, SSL_VERIFY_PEER, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
    SSL_CTX_set_verify(c->ctx, flags[mode], SSL_CTX_get_verify_callback(c->ctx));
}
GET(verify_mode)
{
    int m = SSL_CTX_get_verify_mode(C(self)->ctx) & (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    return rt_int_imm(m & SSL_VERIFY_FAIL_IF_NO_PEER_CERT ? PY_CERT_REQUIRED : m ? PY_CERT_OPTIONAL : PY_CERT_NONE);
}
SET(verify_mode)
{
    int64_t m;
    if (int_arg(ts, v, &m) < 0)
        return -1;
    if (m == PY_CERT_NONE && rt_load_relaxed(&C(self)->check_hostname))
        return fail(ts, &rt_exc_ValueError, "Cannot set verify_mode to CERT_NONE when check_hostname is enabled.");
    if (m < PY_CERT_NONE || m > PY_CERT_REQUIRED)
        return fail(ts, &rt_exc_ValueError, "invalid value for verify_mode");
    ssl_set_verify_mode(C(self), (int)m);
    return 0;
}
GET(check_hostname) { return rt_bool(rt_load_relaxed(&C(self)->check_hostname)); }
SET(check_hostname)
{
    int on = bool_arg(ts, v);
    if (on < 0)
        return -1;
    if (on && SSL_CTX_get_verify_mode(C(self)->ctx) == SSL_VERIFY_NONE)
        ssl_set_verify_mode(C(self), PY_CERT_REQUIRED);
    rt_store_relaxed(&C(self)->check_hostname, on);
    return 0;
}
GET(host_flags) { return rt_int_imm(rt_load_relaxed(&C(self)->host_flags)); }
SET(host_flags)
{
    int64_t f;
    if (int_arg(ts, v, &f) < 0)
        return -1;
    rt_store_relaxed(&C(self)->host_flags, (unsigned)f);
    X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(C(self)->ctx), (unsigned)f);
    return 0;
}
GET(verify_flags) { return rt_int_imm((int64_t)X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(C(self)->ctx))); }
SET(verify_flags)
{
    int64_t f;
    if (int_arg(ts, v, &f) < 0)
        return -1;
    X509_VERIFY_PARAM *p = SSL_CTX_get0_param(C(self)->ctx);
    unsigned long now = X509_VERIFY_PARAM_get_flags(p), clear = now & ~(unsigned long)f, set = ~now & (unsigned long)f;
    if ((clear && !X509_VERIFY_PARAM_clear_flags(p, clear)) || (set && !X509_VERIFY_PARAM_set_flags(p, set))) {
        SSL_LAST(ts, NULL);
        return -1;
    }
    return 0;
}

/* ---- options and versions ---- */
GET(options) { return rt_int_from_u64(ts, SSL_CTX_get_options(C(self)->ctx)); }
SET(options)
{
    const uint64_t old = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3;
    int64_t f;
    if (int_arg(ts, v, &f) < 0)
        return -1;
    uint64_t now = SSL_CTX_get_options(C(self)->ctx), clear = now & ~(uint64_t)f, set = ~now & (uint64_t)f;
    if ((set & old) && rt_warn(ts, &rt_exc_DeprecationWarning, 2, "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated") < 0)
        return -1;
    SSL_CTX_clear_options(C(self)->ctx, clear);
    SSL_CTX_set_options(C(self)->ctx, set);
    return 0;
}
GET(minimum_version)
{
    long v = SSL_CTX_get_min_proto_version(C(self)->ctx);
    return rt_int_imm(v ? v : PY_MIN_SUPPORTED);
}
GET(maximum_version)
{
    long v = SSL_CTX_get_max_proto_version(C(self)->ctx);
    return rt_int_imm(v ? v : PY_MAX_SUPPORTED);
}
static int set_version(struct rt_thread *ts, rt_value self, rt_value v, bool maximum)
{
    int64_t x;
    struct context *c = C(self);
    if (int_arg(ts, v, &x) < 0)
        return -1;
    if (c->protocol != PY_PROTO_TLS && c->protocol != PY_PROTO_CLIENT && c->protocol != PY_PROTO_SERVER)
        return fail(ts, &rt_exc_ValueError, "The context's protocol doesn't support modification of highest and lowest version.");
    const char *old = x == SSL3_VERSION ? "SSLv3" : x == TLS1_VERSION ? "TLSv1" : x == TLS1_1_VERSION ? "TLSv1_1" : NULL;
    if (old && rt_warn(ts, &rt_exc_DeprecationWarning, 2, "ssl.TLSVersion.%s is deprecated", old) < 0)
        return -1;
    if (x == PY_MIN_SUPPORTED)
        x = maximum ? TLS1_VERSION : 0;
    else if (x == PY_MAX_SUPPORTED)
        x = maximum ? 0 : TLS1_3_VERSION;
    if (maximum ? SSL_CTX_set_max_proto_version(c->ctx, (int)x) : SSL_CTX_set_min_proto_version(c->ctx, (int)x))
        return 0;
    rt_raise(ts, &rt_exc_ValueError, "Unsupported protocol version 0x%x", (unsigned)x);
    return -1;
}
SET(minimum_version) { return set_version(ts, self, v, false); }
SET(maximum_version) { return set_version(ts, self, v, true); }
GET(num_tickets) { return rt_int_imm((int64_t)SSL_CTX_get_num_tickets(C(self)->ctx)); }
SET(num_tickets)
{
    int64_t n;
    if (int_arg(ts, v, &n) < 0)
        return -1;
    if (n < 0)
        return fail(ts, &rt_exc_ValueError, "value must be non-negative");
    if (C(self)->protocol != PY_PROTO_SERVER)
        return fail(ts, &rt_exc_ValueError, "SSLContext is not a server context.");
    if (SSL_CTX_set_num_tickets(C(self)->ctx, (size_t)n) != 1)
        return fail(ts, &rt_exc_ValueError, "failed to set num tickets.");
    return 0;
}
GET(security_level) { return rt_int_imm(SSL_CTX_get_security_level(C(self)->ctx)); }
GET(protocol) { return rt_int_imm(C(self)->protocol); }
GET(post_handshake_auth) { return rt_bool(rt_load_relaxed(&C(self)->post_handshake_auth)); }
SET(post_handshake_auth)
{
    int on = bool_arg(ts, v);
    if (on < 0)
        return -1;
    rt_store_relaxed(&C(self)->post_handshake_auth, on);
    return 0;
}

/* ---- callbacks ---- */
static rt_value slot_or_none(struct rt_thread *ts, struct context *c, rt_slot *s)
{
    rt_value v = rt_slot_get(ts, c, s);
    return rt_is_null(v) ? RT_NONE : v;
}
/* None empties the slot. 1 set, 0 emptied, -1 */
static int callback_arg(struct rt_thread *ts, rt_slot *slot, rt_value v)
{
    bool none = rt_is_null(v) || rt_is_none(v);
    if (!none && !rt_is_callable(v))
        return fail(ts, &rt_exc_TypeError, "not a callable object");
    rt_slot_set(ts, slot, none ? RT_NULL : rt_newref(ts, v));
    return !none;
}
GET(sni) { return slot_or_none(ts, C(self), &C(self)->sni); }
SET(sni)
{
    if (C(self)->protocol == PY_PROTO_CLIENT)
        return fail(ts, &rt_exc_ValueError, "sni_callback cannot be set on TLS_CLIENT context");
    int r = callback_arg(ts, &C(self)->sni, v);
    if (r < 0)
        return -1;
    SSL_CTX_callback_ctrl(C(self)->ctx, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, r ? (void (*)(void))ssl_on_server_name : NULL);
    SSL_CTX_set_tlsext_servername_arg(C(self)->ctx, C(self));
    return 0;
}
GET(message) { return slot_or_none(ts, C(self), &C(self)->message); }
SET(message)
{
    if (!rt_is_null(v) && !rt_is_none(v) && !rt_is_callable(v))
        return fail(ts, &rt_exc_TypeError, "{} is not callable.");
    int r = callback_arg(ts, &C(self)->message, v);
    if (r >= 0)
        SSL_CTX_set_msg_callback(C(self)->ctx, r ? ssl_on_message : NULL);
    return r < 0 ? -1 : 0;
}
GET(keylog) { return slot_or_none(ts, C(self), &C(self)->keylog_name); }
SET(keylog) { return ssl_set_keylog(ts, C(self), rt_is_null(v) ? RT_NONE : v); }

/* closure: the setter. */
typedef int (*setter)(struct rt_thread *ts, rt_value self, rt_value v, void *closure);
static int set_locked(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    ssl_lock(ts, &C(self)->lock);
    int r = ((setter)closure)(ts, self, v, NULL);
    ssl_unlock(&C(self)->lock);
    return r;
}

#define ATTR(name, id, doc) {name, get_##id, set_locked, doc, (void *)set_##id}
const struct rt_getset_def rt_ssl_context_getset[] = {
    ATTR("check_hostname", check_hostname, NULL), ATTR("_host_flags", host_flags, NULL),
    ATTR("minimum_version", minimum_version, NULL), ATTR("maximum_version", maximum_version, NULL),
    ATTR("num_tickets", num_tickets, "Control the number of TLSv1.3 session tickets"),
    ATTR("sni_callback", sni, "Set a callback that will be called when a server name is provided by the SSL/TLS client in the SNI extension."),
    ATTR("_msg_callback", message, NULL), ATTR("keylog_filename", keylog, NULL), ATTR("options", options, NULL),
    {"protocol", get_protocol}, ATTR("verify_flags", verify_flags, NULL), ATTR("verify_mode", verify_mode, NULL),
    ATTR("post_handshake_auth", post_handshake_auth, NULL), {"security_level", get_security_level, NULL, "The current security level"},
    {NULL},
};
