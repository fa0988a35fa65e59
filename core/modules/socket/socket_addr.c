/* SPDX-License-Identifier: MIT */
/* _socket: addresses between Python and C, host names, the exceptions gaierror and herror. */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netdb.h>
#include <stddef.h>

#include "core/modules/socket/socket_internal.h"

int rt_sock_exceptions(struct rt_thread *ts, rt_value m)
{
    rt_value both[2];
    both[0] = rt_module_add_exception(ts, m, "socket.herror", rt_type_value(&rt_exc_OSError));
    both[1] = rt_is_null(both[0]) ? RT_NULL : rt_module_add_exception(ts, m, "socket.gaierror", rt_type_value(&rt_exc_OSError));
    if (rt_is_null(both[1]))
        return -1;
    rt_value t = rt_tuple_steal(ts, both, 2);
    if (rt_is_null(t))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_SOCKET], t);
    return 0;
}
static rt_value raise_pair(struct rt_thread *ts, int which, int code, const char *msg)
{
    rt_value t = rt_slot_get(ts, NULL, &ts->interp->native_state[RT_NS_SOCKET]);
    rt_value s = rt_str_fsdecode(ts, msg, strlen(msg));
    rt_value e = rt_is_null(s) ? RT_NULL : rt_call2(ts, rt_as_tuple(t)->items[which], rt_int_imm(code), s);
    if (!rt_is_null(e))
        rt_raise_instance(ts, e);
    rt_decref(ts, e);
    rt_decref(ts, s);
    rt_decref(ts, t);
    return RT_NULL;
}
rt_value rt_sock_gai_error(struct rt_thread *ts, int code)
{
    return code == EAI_SYSTEM ? rt_os_error(ts) : raise_pair(ts, 1, code, gai_strerror(code));
}
rt_value rt_sock_herror(struct rt_thread *ts, int code) { return raise_pair(ts, 0, code, hstrerror(code)); }

rt_value rt_sock_host_bytes(struct rt_thread *ts, rt_value v)
{
    rt_value b;
    if (rt_is_str(v)) {
        if (rt_as_str(v)->ascii) {
            b = rt_bytes_new(ts, rt_str_data(rt_as_str(v)), rt_str_len(v));
        } else {
            b = rt_str_encode(ts, v, "idna", NULL);
            if (rt_is_null(b) && rt_exc_clear_if(ts, &rt_exc_UnicodeError))
                return rt_raise(ts, &rt_exc_TypeError, "encoding of hostname failed");
        }
    } else if (rt_is_bytes(v)) {
        b = rt_newref(ts, v);
    } else if (rt_has(v, RT_TF_BYTEARRAY)) {
        b = rt_bytes_from_any(ts, v);
    } else {
        return rt_raise(ts, &rt_exc_TypeError, "str, bytes or bytearray expected, not %T", v);
    }
    if (!rt_is_null(b) && strlen(rt_as_bytes(b)->data) != rt_as_bytes(b)->length) {
        rt_raise(ts, &rt_exc_TypeError, "host name must not contain null character");
        rt_clear(ts, &b);
    }
    return b;
}

int rt_sock_set_host(struct rt_thread *ts, const char *name, int family, union rt_sockaddr *a, size_t size)
{
    struct addrinfo hints = {0}, *res;
    bool any = !name[0];
    memset(a, 0, size);
    if (!strcmp(name, "<broadcast>") || !strcmp(name, "255.255.255.255")) {
        if (family != AF_INET && family != AF_UNSPEC) {
            rt_raise(ts, &rt_exc_OSError, "address family mismatched");
            return -1;
        }
        a->in.sin_family = AF_INET;
        a->in.sin_addr.s_addr = INADDR_BROADCAST;
        return sizeof(a->in);
    }
    if (!any && (family == AF_INET || family == AF_UNSPEC) && inet_pton(AF_INET, name, &a->in.sin_addr) > 0) {
        a->in.sin_family = AF_INET;
        return 4;
    }
    if (!any && (family == AF_INET6 || family == AF_UNSPEC) && !strchr(name, '%') &&
        inet_pton(AF_INET6, name, &a->in6.sin6_addr) > 0) {
        a->in6.sin6_family = AF_INET6;
        return 16;
    }
    hints.ai_family = family;
    if (any) {
        hints.ai_socktype = SOCK_DGRAM;
        hints.ai_flags = AI_PASSIVE;
    }
    rt_detach(ts, RT_DETACH_IO);
    int e = getaddrinfo(any ? NULL : name, any ? "0" : NULL, &hints, &res);
    rt_attach(ts);
    if (e) {
        rt_sock_gai_error(ts, e);
        return -1;
    }
    int r = -1;
    if (any && res->ai_next)
        rt_raise(ts, &rt_exc_OSError, "wildcard resolved to multiple address");
    else {
        memcpy(a, res->ai_addr, res->ai_addrlen < size ? res->ai_addrlen : size);
        r = a->sa.sa_family == AF_INET ? 4 : 16;
    }
    freeaddrinfo(res);
    return r;
}

static int port_of(struct rt_thread *ts, rt_value v, const char *fname, in_port_t *port)
{
    int p = rt_as_int(ts, v);
    if (rt_pending(ts)) {
        if (rt_exc_clear_if(ts, &rt_exc_OverflowError))
            rt_raise(ts, &rt_exc_OverflowError, "%s(): port must be 0-65535.", fname);
        return -1;
    }
    if (p < 0 || p > 0xffff) {
        rt_raise(ts, &rt_exc_OverflowError, "%s(): port must be 0-65535.", fname);
        return -1;
    }
    *port = htons((uint16_t)p);
    return 0;
}
static int parse_ip(struct rt_thread *ts, int family, rt_value v, union rt_sockaddr *a, socklen_t *len, const char *fname)
{
    bool six = family == AF_INET6;
    const char *f = six ? "AF_INET6" : "AF_INET";
    if (!rt_is_tuple(v)) {
        rt_raise(ts, &rt_exc_TypeError, "%s(): %s address must be tuple, not %.500T", fname, f, v);
        return -1;
    }
    struct rt_tuple *t = rt_as_tuple(v);
    if (t->length < 2 || t->length > (six ? 4u : 2u)) {
        rt_raise(ts, &rt_exc_TypeError, six ? "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"
                                            : "AF_INET address must be a pair (host, port)");
        return -1;
    }
    in_port_t port;
    uint32_t extra[2] = {0, 0};
    rt_value host = rt_sock_host_bytes(ts, t->items[0]);
    if (rt_is_null(host))
        return -1;
    int r = port_of(ts, t->items[1], fname, &port);
    for (size_t i = 2; r == 0 && i < t->length; i++) {
        extra[i - 2] = (uint32_t)rt_as_u64(ts, t->items[i]);
        if (rt_pending(ts))
            r = -1;
    }
    if (r == 0 && rt_sock_set_host(ts, rt_as_bytes(host)->data, family, a, six ? sizeof(a->in6) : sizeof(a->in)) < 0)
        r = -1;
    rt_decref(ts, host);
    if (r < 0)
        return -1;
    if (extra[0] > 0xfffff) {
        rt_raise(ts, &rt_exc_OverflowError, "%s(): flowinfo must be 0-1048575.", fname);
        return -1;
    }
    if (six) {
        a->in6.sin6_family = AF_INET6;
        a->in6.sin6_port = port;
        a->in6.sin6_flowinfo = htonl(extra[0]);
        if (t->length > 3)
            a->in6.sin6_scope_id = extra[1];
        *len = sizeof(a->in6);
    } else {
        a->in.sin_family = AF_INET;
        a->in.sin_port = port;
        *len = sizeof(a->in);
    }
    return 0;
}
static int parse_unix(struct rt_thread *ts, rt_value v, union rt_sockaddr *a, socklen_t *len)
{
    rt_value path;
    if (rt_is_str(v)) {
        path = rt_str_fsencode(ts, v);
    } else if (rt_has_buffer(v)) {
        path = rt_bytes_from_any(ts, v);
    } else {
        rt_raise(ts, &rt_exc_TypeError, "a bytes-like object is required, not '%T'", v);
        return -1;
    }
    if (rt_is_null(path))
        return -1;
    size_t n = rt_as_bytes(path)->length;
    const char *s = rt_as_bytes(path)->data;
    int r = 0;
    if (n > sizeof(a->un.sun_path) - (n && !s[0] ? 0 : 1)) {
        rt_raise(ts, &rt_exc_OSError, "AF_UNIX path too long");
        r = -1;
    } else {
        memset(&a->un, 0, sizeof(a->un));
        a->un.sun_family = AF_UNIX;
        memcpy(a->un.sun_path, s, n);
        *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (n && !s[0] ? 0 : 1));
        if (!n)
            *len = (socklen_t)offsetof(struct sockaddr_un, sun_path);
    }
    rt_decref(ts, path);
    return r;
}
int rt_sock_parse_addr(struct rt_thread *ts, int family, rt_value v, union rt_sockaddr *a, socklen_t *len, const char *fname)
{
    switch (family) {
    case AF_INET:
    case AF_INET6:
        return parse_ip(ts, family, v, a, len, fname);
    case AF_UNIX:
        return parse_unix(ts, v, a, len);
    case AF_NETLINK: {
        struct sockaddr_nl *nl = (struct sockaddr_nl *)a;
        if (!rt_is_tuple(v) || rt_as_tuple(v)->length != 2) {
            rt_raise(ts, &rt_exc_TypeError, "%s(): AF_NETLINK address must be tuple, not %.500T", fname, v);
            return -1;
        }
        memset(nl, 0, sizeof(*nl));
        nl->nl_family = AF_NETLINK;
        nl->nl_pid = (uint32_t)rt_as_u64(ts, rt_as_tuple(v)->items[0]);
        nl->nl_groups = rt_pending(ts) ? 0 : (uint32_t)rt_as_u64(ts, rt_as_tuple(v)->items[1]);
        *len = sizeof(*nl);
        return rt_pending(ts) ? -1 : 0;
    }
    default:
        rt_raise(ts, &rt_exc_OSError, "%s(): bad family", fname);
        return -1;
    }
}

rt_value rt_sock_make_addr(struct rt_thread *ts, const union rt_sockaddr *a, socklen_t len)
{
    char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
    if (len == 0)
        return RT_NONE;
    switch (a->sa.sa_family) {
    case AF_INET:
    case AF_INET6: {
        bool six = a->sa.sa_family == AF_INET6;
        inet_ntop(a->sa.sa_family, six ? (const void *)&a->in6.sin6_addr : (const void *)&a->in.sin_addr, host, sizeof(host));
        rt_value v[4] = {rt_str_from_cstr(ts, host), rt_int_imm(ntohs(six ? a->in6.sin6_port : a->in.sin_port)),
                         rt_int_imm(six ? ntohl(a->in6.sin6_flowinfo) : 0), rt_int_imm(six ? a->in6.sin6_scope_id : 0)};
        return rt_is_null(v[0]) ? RT_NULL : rt_tuple_steal(ts, v, six ? 4 : 2);
    }
    case AF_UNIX: {
        size_t off = offsetof(struct sockaddr_un, sun_path), n = len > off ? len - off : 0;
        if (n && !a->un.sun_path[0])
            return rt_bytes_new(ts, a->un.sun_path, n);
        return rt_str_fsdecode(ts, a->un.sun_path, strnlen(a->un.sun_path, n));
    }
    case AF_NETLINK: {
        const struct sockaddr_nl *nl = (const struct sockaddr_nl *)a;
        return rt_tuple_pack(ts, 2, rt_int_imm(nl->nl_pid), rt_int_imm(nl->nl_groups));
    }
    default: {
        rt_value raw = rt_bytes_new(ts, a->sa.sa_data, len > 2 ? len - 2 : 0);
        rt_value t = rt_is_null(raw) ? raw : rt_tuple_pack(ts, 2, rt_int_imm(a->sa.sa_family), raw);
        rt_decref(ts, raw);
        return t;
    }
    }
}
