/* SPDX-License-Identifier: MIT */
/* _socket: the module's functions (names, numbers, pairs) and its set-up. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>

#include "core/modules/socket/socket_internal.h"

static const char *host_arg(struct rt_thread *ts, rt_value v, rt_value *hold)
{
    *hold = rt_sock_host_bytes(ts, v);
    return rt_is_null(*hold) ? NULL : rt_as_bytes(*hold)->data;
}
static rt_value m_getaddrinfo(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"host", "port", "family", "type", "proto", "flags", NULL};
    static const struct rt_argspec spec = {"getaddrinfo", names, 0, 2, 6, 6};
    rt_value v[6], host = RT_NULL, port = RT_NULL, out = RT_NULL;
    int num[4] = {AF_UNSPEC, 0, 0, 0};
    struct addrinfo *res = NULL;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 4; i++)
        if (v[i + 2].bits && ((num[i] = rt_as_int(ts, v[i + 2])), rt_pending(ts)))
            return RT_NULL;
    if (rt_is_str(v[0]) && !rt_as_str(v[0])->ascii)
        host = rt_str_encode(ts, v[0], "idna", NULL);
    else if (rt_is_str(v[0]) || rt_is_bytes(v[0]))
        host = rt_sock_host_bytes(ts, v[0]);
    else if (!rt_is_none(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "getaddrinfo() argument 1 must be string or None");
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_is_any_int(v[1])) {
        rt_value s = rt_int_to_str(ts, v[1], 10, false);
        port = rt_is_null(s) ? s : rt_str_encode(ts, s, "ascii", NULL);
        rt_decref(ts, s);
    } else if (rt_is_str(v[1])) {
        port = rt_str_encode(ts, v[1], "utf-8", NULL);
    } else if (rt_is_bytes(v[1])) {
        port = rt_newref(ts, v[1]);
    } else if (!rt_is_none(v[1])) {
        rt_raise(ts, &rt_exc_OSError, "Int or String expected");
    }
    rt_value audit[5] = {v[0], v[1], rt_int_imm(num[0]), rt_int_imm(num[1]), rt_int_imm(num[2])};
    if (rt_pending(ts) || rt_sys_audit(ts, "socket.getaddrinfo", 5, audit) < 0)
        goto done;
    struct addrinfo hints = {.ai_family = num[0], .ai_socktype = num[1], .ai_protocol = num[2], .ai_flags = num[3]};
    const char *hs = host.bits ? rt_as_bytes(host)->data : NULL, *ps = port.bits ? rt_as_bytes(port)->data : NULL;
    rt_detach(ts, RT_DETACH_IO);
    int e = getaddrinfo(hs, ps, &hints, &res);
    rt_attach(ts);
    if (e) {
        rt_sock_gai_error(ts, e);
        goto done;
    }
    out = rt_list_new(ts, 4);
    for (struct addrinfo *r = res; r && !rt_is_null(out); r = r->ai_next) {
        rt_value w[5] = {rt_int_imm(r->ai_family), rt_int_imm(r->ai_socktype), rt_int_imm(r->ai_protocol),
                         rt_str_from_cstr(ts, r->ai_canonname ? r->ai_canonname : ""), RT_NULL};
        w[4] = rt_is_null(w[3]) ? RT_NULL : rt_sock_make_addr(ts, (union rt_sockaddr *)r->ai_addr, r->ai_addrlen);
        rt_value t = rt_is_null(w[4]) ? RT_NULL : rt_tuple_steal(ts, w, 5);
        if (rt_is_null(t) || rt_list_append_steal(ts, out, t) < 0)
            rt_clear(ts, &out);
    }
done:
    if (res)
        freeaddrinfo(res);
    rt_decref(ts, host);
    rt_decref(ts, port);
    return out;
}
static rt_value m_getnameinfo(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "getnameinfo", n, 2, 2) < 0)
        return RT_NULL;
    int flags = rt_as_int(ts, a[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_is_tuple(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "getnameinfo() argument 1 must be a tuple");
    struct rt_tuple *t = rt_as_tuple(a[0]);
    if (t->length < 2 || t->length > 4 || !rt_is_str(t->items[0]))
        return rt_raise(ts, &rt_exc_TypeError, "getnameinfo(): illegal sockaddr argument");
    if (rt_audit(ts, "socket.getnameinfo", "O", a[0]) < 0)
        return RT_NULL;
    int port = rt_as_int(ts, t->items[1]);
    uint32_t extra[2] = {0, 0};
    for (size_t i = 2; i < t->length && !rt_pending(ts); i++)
        extra[i - 2] = (uint32_t)rt_as_u64(ts, t->items[i]);
    if (rt_pending(ts))
        return RT_NULL;
    if (extra[0] > 0xfffff)
        return rt_raise(ts, &rt_exc_OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
    rt_value hold;
    const char *host = host_arg(ts, t->items[0], &hold);
    if (!host)
        return RT_NULL;
    char num[16], hbuf[NI_MAXHOST], sbuf[NI_MAXSERV];
    snprintf(num, sizeof num, "%d", port);
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST}, *res;
    rt_detach(ts, RT_DETACH_IO);
    int e = getaddrinfo(host, num, &hints, &res);
    rt_attach(ts);
    rt_decref(ts, hold);
    if (e)
        return rt_sock_gai_error(ts, e);
    rt_value r = RT_NULL;
    if (res->ai_next) {
        rt_raise(ts, &rt_exc_OSError, "sockaddr resolved to multiple addresses");
    } else if (res->ai_family == AF_INET && t->length != 2) {
        rt_raise(ts, &rt_exc_OSError, "IPv4 sockaddr must be 2 tuple");
    } else {
        if (res->ai_family == AF_INET6) {
            ((struct sockaddr_in6 *)res->ai_addr)->sin6_flowinfo = htonl(extra[0]);
            ((struct sockaddr_in6 *)res->ai_addr)->sin6_scope_id = extra[1];
        }
        rt_detach(ts, RT_DETACH_IO);
        e = getnameinfo(res->ai_addr, res->ai_addrlen, hbuf, sizeof hbuf, sbuf, sizeof sbuf, flags);
        rt_attach(ts);
        if (e) {
            rt_sock_gai_error(ts, e);
        } else {
            rt_value w[2] = {rt_str_fsdecode(ts, hbuf, strlen(hbuf)), rt_str_from_cstr(ts, sbuf)};
            r = rt_tuple_steal(ts, w, 2);
        }
    }
    freeaddrinfo(res);
    return r;
}
static rt_value m_gethostbyname(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value hold, r = RT_NULL;
    union rt_sockaddr a;
    const char *name = host_arg(ts, v, &hold);
    char buf[INET_ADDRSTRLEN];
    if (name && rt_audit(ts, "socket.gethostbyname", "O", v) == 0 && rt_sock_set_host(ts, name, AF_INET, &a, sizeof(a)) >= 0)
        r = rt_str_from_cstr(ts, inet_ntop(AF_INET, &a.in.sin_addr, buf, sizeof buf));
    rt_decref(ts, hold);
    return r;
}
static rt_value host_entry(struct rt_thread *ts, struct hostent *h)
{
    rt_value names = rt_list_new(ts, 0), addrs = rt_list_new(ts, 0);
    char buf[INET6_ADDRSTRLEN];
    for (char **p = h->h_aliases; p && *p; p++)
        rt_list_append_steal(ts, names, rt_str_fsdecode(ts, *p, strlen(*p)));
    for (char **p = h->h_addr_list; p && *p; p++)
        rt_list_append_steal(ts, addrs, rt_str_from_cstr(ts, inet_ntop(h->h_addrtype, *p, buf, sizeof buf)));
    rt_value w[3] = {rt_str_fsdecode(ts, h->h_name, strlen(h->h_name)), names, addrs};
    return rt_tuple_steal(ts, w, 3);
}
static rt_value m_gethostbyname_ex(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value hold;
    union rt_sockaddr a;
    const char *name = host_arg(ts, v, &hold);
    if (!name || rt_audit(ts, "socket.gethostbyname", "O", v) < 0 || rt_sock_set_host(ts, name, AF_INET, &a, sizeof(a)) < 0) {
        rt_decref(ts, hold);
        return RT_NULL;
    }
    char buf[16384];
    struct hostent h, *res = NULL;
    int err = 0;
    rt_detach(ts, RT_DETACH_IO);
    gethostbyname_r(name, &h, buf, sizeof buf, &res, &err);
    rt_attach(ts);
    rt_decref(ts, hold);
    return res ? host_entry(ts, res) : rt_sock_herror(ts, err);
}
static rt_value m_gethostbyaddr(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value hold;
    union rt_sockaddr a;
    const char *name = host_arg(ts, v, &hold);
    int r = name && rt_audit(ts, "socket.gethostbyaddr", "O", v) == 0 ? rt_sock_set_host(ts, name, AF_UNSPEC, &a, sizeof(a)) : -1;
    rt_decref(ts, hold);
    if (r < 0)
        return RT_NULL;
    bool six = a.sa.sa_family == AF_INET6;
    char buf[16384];
    struct hostent h, *res = NULL;
    int err = 0;
    rt_detach(ts, RT_DETACH_IO);
    gethostbyaddr_r(six ? (void *)&a.in6.sin6_addr : (void *)&a.in.sin_addr, six ? 16 : 4, a.sa.sa_family, &h, buf, sizeof buf, &res, &err);
    rt_attach(ts);
    return res ? host_entry(ts, res) : rt_sock_herror(ts, err);
}
static rt_value m_gethostname(struct rt_thread *ts, rt_value self)
{
    char buf[1024];
    if (rt_sys_audit(ts, "socket.gethostname", 0, NULL) < 0)
        return RT_NULL;
    return gethostname(buf, sizeof buf) < 0 ? rt_os_error(ts) : rt_str_fsdecode(ts, buf, strlen(buf));
}
static rt_value m_sethostname(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value b = rt_str_fsencode(ts, v);
    if (rt_is_null(b))
        return b;
    if (rt_audit(ts, "socket.sethostname", "O", b) < 0) {
        rt_decref(ts, b);
        return RT_NULL;
    }
    int r = sethostname(rt_as_bytes(b)->data, rt_as_bytes(b)->length);
    rt_decref(ts, b);
    return r < 0 ? rt_os_error(ts) : RT_NONE;
}
static rt_value m_getservbyname(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    const char *s[2] = {NULL, NULL};
    if (rt_args_count(ts, "getservbyname", n, 1, 2) < 0)
        return RT_NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (!rt_is_str(a[i]))
            return rt_raise(ts, &rt_exc_TypeError, "getservbyname() argument %u must be str, not %N", i + 1, a[i]);
        if (!(s[i] = rt_str_utf8_nonul(ts, a[i])))
            return RT_NULL;
    }
    if (rt_audit(ts, "socket.getservbyname", "ss", s[0], s[1]) < 0)
        return RT_NULL;
    char buf[4096];
    struct servent se, *res = NULL;
    rt_detach(ts, RT_DETACH_IO);
    getservbyname_r(s[0], s[1], &se, buf, sizeof buf, &res);
    rt_attach(ts);
    return res ? rt_int_imm(ntohs((uint16_t)res->s_port)) : rt_raise(ts, &rt_exc_OSError, "service/proto not found");
}
static rt_value m_getservbyport(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    const char *proto = NULL;
    if (rt_args_count(ts, "getservbyport", n, 1, 2) < 0)
        return RT_NULL;
    int port = rt_as_int(ts, a[0]);
    if (rt_pending(ts) || (n > 1 && !(proto = rt_str_utf8_nonul(ts, a[1]))))
        return RT_NULL;
    if (port < 0 || port > 0xffff)
        return rt_raise(ts, &rt_exc_OverflowError, "getservbyport: port must be 0-65535.");
    if (rt_audit(ts, "socket.getservbyport", "is", port, proto) < 0)
        return RT_NULL;
    char buf[4096];
    struct servent se, *res = NULL;
    rt_detach(ts, RT_DETACH_IO);
    getservbyport_r(htons((uint16_t)port), proto, &se, buf, sizeof buf, &res);
    rt_attach(ts);
    return res ? rt_str_from_cstr(ts, res->s_name) : rt_raise(ts, &rt_exc_OSError, "port/proto not found");
}
static rt_value m_getprotobyname(struct rt_thread *ts, rt_value self, rt_value v)
{
    const char *s = rt_is_str(v) ? rt_str_utf8_nonul(ts, v) : NULL;
    if (!s)
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "getprotobyname() argument must be str, not %N", v);
    char buf[4096];
    struct protoent pe, *res = NULL;
    rt_detach(ts, RT_DETACH_IO);
    getprotobyname_r(s, &pe, buf, sizeof buf, &res);
    rt_attach(ts);
    return res ? rt_int_imm(res->p_proto) : rt_raise(ts, &rt_exc_OSError, "protocol not found");
}
static rt_value m_close(struct rt_thread *ts, rt_value self, rt_value v)
{
    int fd = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    int r = close(fd);
    rt_attach(ts);
    return r < 0 && errno != ECONNRESET ? rt_os_error(ts) : RT_NONE;
}
static rt_value m_dup(struct rt_thread *ts, rt_value self, rt_value v)
{
    int fd = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    int r = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return r < 0 ? rt_os_error(ts) : rt_int_imm(r);
}
static rt_value m_socketpair(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int v[3] = {AF_UNIX, SOCK_STREAM, 0}, sv[2];
    if (rt_args_count(ts, "socketpair", n, 0, 3) < 0)
        return RT_NULL;
    for (uint32_t i = 0; i < n; i++)
        if ((v[i] = rt_as_int(ts, a[i])), rt_pending(ts))
            return RT_NULL;
    if (socketpair(v[0], v[1] | SOCK_CLOEXEC, v[2], sv) < 0)
        return rt_os_error(ts);
    rt_value out[2] = {RT_NULL, RT_NULL};
    for (int i = 0; i < 2; i++) {
        rt_value args[4] = {rt_int_imm(v[0]), rt_int_imm(v[1]), rt_int_imm(v[2]), rt_int_imm(sv[i])};
        out[i] = rt_call(ts, rt_type_value(&rt_socket_type), args, 4, RT_NULL);
        if (rt_is_null(out[i])) {
            for (int k = i; k < 2; k++)
                close(sv[k]);
            rt_decref(ts, out[0]);
            return RT_NULL;
        }
    }
    return rt_tuple_steal(ts, out, 2);
}
static rt_value swap16(struct rt_thread *ts, rt_value v, const char *fname)
{
    int x = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    if (x < 0)
        return rt_raise(ts, &rt_exc_OverflowError, "%s: can't convert negative Python int to C 16-bit unsigned integer", fname);
    if (x > 0xffff)
        return rt_raise(ts, &rt_exc_OverflowError, "%s: Python int too large to convert to C 16-bit unsigned integer", fname);
    return rt_int_imm(htons((uint16_t)x));
}
static rt_value swap32(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_any_int(v))
        return rt_raise(ts, &rt_exc_TypeError, "expected int, %T found", v);
    uint64_t x = rt_as_u64(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    return x > 0xffffffff ? rt_raise(ts, &rt_exc_OverflowError, "int larger than 32 bits") : rt_int_imm(htonl((uint32_t)x));
}
static rt_value m_htons(struct rt_thread *ts, rt_value self, rt_value v) { return swap16(ts, v, "htons"); }
static rt_value m_ntohs(struct rt_thread *ts, rt_value self, rt_value v) { return swap16(ts, v, "ntohs"); }
static rt_value m_htonl(struct rt_thread *ts, rt_value self, rt_value v) { return swap32(ts, v); }
static rt_value m_inet_aton(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct in_addr a;
    const char *s = rt_is_str(v) ? rt_str_utf8_nonul(ts, v) : NULL;
    if (!s)
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "inet_aton() argument must be str, not %N", v);
    return inet_aton(s, &a) ? rt_bytes_new(ts, &a, 4) : rt_raise(ts, &rt_exc_OSError, "illegal IP address string passed to inet_aton");
}
static rt_value ntop(struct rt_thread *ts, int family, rt_value v, const char *wrong)
{
    struct rt_buffer b;
    char buf[INET6_ADDRSTRLEN];
    if (rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    bool ok = b.len == (family == AF_INET ? 4 : 16);
    if (ok)
        inet_ntop(family, b.buf, buf, sizeof buf);
    rt_buffer_release(ts, &b);
    return ok ? rt_str_from_cstr(ts, buf) : rt_raise(ts, wrong ? &rt_exc_OSError : &rt_exc_ValueError, wrong ? wrong : "invalid length of packed IP address string");
}
static rt_value m_inet_ntoa(struct rt_thread *ts, rt_value self, rt_value v) { return ntop(ts, AF_INET, v, "packed IP wrong length"); }
static rt_value m_inet_ntop(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "inet_ntop", n, 2, 2) < 0)
        return RT_NULL;
    int af = rt_as_int(ts, a[0]);
    if (rt_pending(ts))
        return RT_NULL;
    if (af != AF_INET && af != AF_INET6)
        return rt_raise(ts, &rt_exc_ValueError, "unknown address family %d", af);
    return ntop(ts, af, a[1], NULL);
}
static rt_value m_inet_pton(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    char buf[16];
    if (rt_args_count(ts, "inet_pton", n, 2, 2) < 0)
        return RT_NULL;
    int af = rt_as_int(ts, a[0]);
    if (rt_pending(ts))
        return RT_NULL;
    if (!rt_is_str(a[1]))
        return rt_raise(ts, &rt_exc_TypeError, "inet_pton() argument 2 must be str, not %N", a[1]);
    const char *s = rt_str_utf8_nonul(ts, a[1]);
    if (!s)
        return RT_NULL;
    int r = inet_pton(af, s, buf);
    if (r < 0)
        return rt_os_error(ts);
    return r ? rt_bytes_new(ts, buf, af == AF_INET ? 4 : 16) : rt_raise(ts, &rt_exc_OSError, "illegal IP address string passed to inet_pton");
}
static rt_value m_getdefaulttimeout(struct rt_thread *ts, rt_value self)
{
    int64_t t = rt_sock_default_timeout(ts);
    return t < 0 ? RT_NONE : rt_float_new(ts, (double)t / 1e9);
}
static rt_value m_setdefaulttimeout(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t ns;
    if (rt_sock_timeout_arg(ts, v, &ns) < 0)
        return RT_NULL;
    rt_sock_set_default_timeout(ts, ns);
    return RT_NONE;
}
static rt_value m_if_nameindex(struct rt_thread *ts, rt_value self)
{
    struct if_nameindex *ni = if_nameindex();
    if (!ni)
        return rt_os_error(ts);
    rt_value l = rt_list_new(ts, 0);
    for (struct if_nameindex *p = ni; p->if_index && p->if_name && !rt_is_null(l); p++) {
        rt_value w[2] = {rt_int_imm(p->if_index), rt_str_fsdecode(ts, p->if_name, strlen(p->if_name))};
        rt_value t = rt_tuple_steal(ts, w, 2);
        if (rt_is_null(t) || rt_list_append_steal(ts, l, t) < 0)
            rt_clear(ts, &l);
    }
    if_freenameindex(ni);
    return l;
}
static rt_value m_if_nametoindex(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value b = rt_str_fsencode(ts, v);
    if (rt_is_null(b))
        return b;
    unsigned i = if_nametoindex(rt_as_bytes(b)->data);
    rt_decref(ts, b);
    return i ? rt_int_imm(i) : rt_raise(ts, &rt_exc_OSError, "no interface with this name");
}
static rt_value m_if_indextoname(struct rt_thread *ts, rt_value self, rt_value v)
{
    char buf[IF_NAMESIZE + 1];
    uint64_t i = rt_as_u64(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    return if_indextoname((unsigned)i, buf) ? rt_str_fsdecode(ts, buf, strlen(buf)) : rt_os_error(ts);
}
static rt_value cmsg(struct rt_thread *ts, rt_value v, const char *fname, bool space)
{
    int64_t n = rt_as_ssize(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    if (n < 0 || n > (int64_t)(INT32_MAX - (space ? CMSG_SPACE(1) : CMSG_LEN(0)))) /* padding on both sides */
        return rt_raise(ts, &rt_exc_OverflowError, "%s() argument out of range", fname);
    return rt_int_imm((int64_t)(space ? CMSG_SPACE((size_t)n) : CMSG_LEN((size_t)n)));
}
static rt_value m_CMSG_LEN(struct rt_thread *ts, rt_value self, rt_value v) { return cmsg(ts, v, "CMSG_LEN", false); }
static rt_value m_CMSG_SPACE(struct rt_thread *ts, rt_value self, rt_value v) { return cmsg(ts, v, "CMSG_SPACE", true); }

static const struct rt_method_def methods[] = {
    {"gethostbyname", m_gethostbyname, RT_METH_O, "gethostbyname(host) -> address\n\nReturn the IP address (a string of the form '255.255.255.255') for a host."},
    {"gethostbyname_ex", m_gethostbyname_ex, RT_METH_O, "gethostbyname_ex(host) -> (name, aliaslist, addresslist)"},
    {"gethostbyaddr", m_gethostbyaddr, RT_METH_O, "gethostbyaddr(host) -> (name, aliaslist, addresslist)"},
    {"gethostname", m_gethostname, RT_METH_NOARGS, "gethostname() -> string\n\nReturn the current host name."},
    {"sethostname", m_sethostname, RT_METH_O, "sethostname(name)\n\nSets the hostname to name."},
    {"getservbyname", m_getservbyname, RT_METH_FAST, "getservbyname(servicename[, protocolname]) -> integer"},
    {"getservbyport", m_getservbyport, RT_METH_FAST, "getservbyport(port[, protocolname]) -> string"},
    {"getprotobyname", m_getprotobyname, RT_METH_O, "getprotobyname(name) -> integer"},
    {"close", m_close, RT_METH_O, "close(integer) -> None\n\nClose an integer socket file descriptor."},
    {"dup", m_dup, RT_METH_O, "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor."},
    {"socketpair", m_socketpair, RT_METH_FAST, "socketpair([family[, type [, proto]]]) -> (socket object, socket object)"},
    {"ntohs", m_ntohs, RT_METH_O, "ntohs(x, /)\n--\n\nConvert a 16-bit unsigned integer from network to host byte order."},
    {"ntohl", m_htonl, RT_METH_O, "ntohl(integer) -> integer\n\nConvert a 32-bit integer from network to host byte order."},
    {"htons", m_htons, RT_METH_O, "htons(x, /)\n--\n\nConvert a 16-bit unsigned integer from host to network byte order."},
    {"htonl", m_htonl, RT_METH_O, "htonl(integer) -> integer\n\nConvert a 32-bit integer from host to network byte order."},
    {"inet_aton", m_inet_aton, RT_METH_O, "inet_aton(string) -> bytes giving packed 32-bit IP representation"},
    {"inet_ntoa", m_inet_ntoa, RT_METH_O, "inet_ntoa(packed_ip) -> ip_address_string"},
    {"inet_pton", m_inet_pton, RT_METH_FAST, "inet_pton(af, ip) -> packed IP address string"},
    {"inet_ntop", m_inet_ntop, RT_METH_FAST, "inet_ntop(af, packed_ip) -> string formatted IP address"},
    {"getaddrinfo", m_getaddrinfo, RT_METH_KW, "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, proto, canonname, sockaddr)"},
    {"getnameinfo", m_getnameinfo, RT_METH_FAST, "getnameinfo(sockaddr, flags) --> (host, port)\n\nGet host and port for a sockaddr."},
    {"getdefaulttimeout", m_getdefaulttimeout, RT_METH_NOARGS, "getdefaulttimeout() -> timeout"},
    {"setdefaulttimeout", m_setdefaulttimeout, RT_METH_O, "setdefaulttimeout(timeout)"},
    {"if_nameindex", m_if_nameindex, RT_METH_NOARGS, "if_nameindex()\n\nReturns a list of network interface information (index, name) tuples."},
    {"if_nametoindex", m_if_nametoindex, RT_METH_O, "if_nametoindex(if_name)\n\nReturns the interface index corresponding to the interface name if_name."},
    {"if_indextoname", m_if_indextoname, RT_METH_O, "if_indextoname(if_index)\n\nReturns the interface name corresponding to the interface index if_index."},
    {"CMSG_LEN", m_CMSG_LEN, RT_METH_O, "CMSG_LEN(length) -> control message length"},
    {"CMSG_SPACE", m_CMSG_SPACE, RT_METH_O, "CMSG_SPACE(length) -> buffer size"},
    {0},
};
static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_sock_exceptions(ts, m) < 0 || rt_os_constants(ts, m, rt_socket_constants) < 0)
        return -1;
    rt_module_add(ts, m, "has_ipv6", RT_TRUE);
    rt_module_add(ts, m, "error", rt_type_value(&rt_exc_OSError));
    rt_module_add(ts, m, "timeout", rt_type_value(&rt_exc_TimeoutError));
    return rt_module_add(ts, m, "SocketType", rt_type_value(&rt_socket_type));
}
static struct rt_type *const types[] = {&rt_socket_type, NULL};
const struct rt_module_def rt_module__socket = {
    .name = "_socket",
    .doc = "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    .methods = methods, .types = types, .exec = exec,
};
