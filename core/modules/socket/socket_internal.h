/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of _socket: the socket object, addresses, the waiting loop.
 *
 * Threads may share a socket: fd and timeout are atomic; family, type and proto are written by
 * __init__ only. Calls on the descriptor happen detached.
 */
#ifndef RT_MODULES_SOCKET_INTERNAL_H
#define RT_MODULES_SOCKET_INTERNAL_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/modules/os/os_util.h"

struct rt_sock {
    struct rt_object hdr;
    _Atomic int fd;
    _Atomic int family, type, proto; /* changed by __init__ alone */
    _Atomic int64_t timeout; /* nanoseconds; -1: blocking, 0: non-blocking */
};
RT_INLINE struct rt_sock *rt_as_sock(rt_value v) { return (struct rt_sock *)rt_ptr(v); }

union rt_sockaddr {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
};

extern struct rt_type rt_socket_type;
extern const struct rt_posix_const rt_socket_constants[];

/* socket_addr.c; 0 or -1 with exception */
int rt_sock_parse_addr(struct rt_thread *ts, int family, rt_value v, union rt_sockaddr *a, socklen_t *len, const char *fname);
rt_value rt_sock_make_addr(struct rt_thread *ts, const union rt_sockaddr *a, socklen_t len);
int rt_sock_set_host(struct rt_thread *ts, const char *name, int family, union rt_sockaddr *a, size_t size);
/* A host argument as bytes (idna for str): owned bytes. */
rt_value rt_sock_host_bytes(struct rt_thread *ts, rt_value v);
rt_value rt_sock_gai_error(struct rt_thread *ts, int code);
rt_value rt_sock_herror(struct rt_thread *ts, int code);
int rt_sock_exceptions(struct rt_thread *ts, rt_value module);

/* socket_object.c */
int64_t rt_sock_default_timeout(struct rt_thread *ts);
void rt_sock_set_default_timeout(struct rt_thread *ts, int64_t ns);
int rt_sock_timeout_arg(struct rt_thread *ts, rt_value v, int64_t *ns);
/* Waits for readiness, detached. 1 ready, 0 time over, -1 error with exception (or errno when !ts->exc). */
int rt_sock_wait(struct rt_thread *ts, int fd, int events, int64_t deadline);
/* Runs op detached until it succeeds, fails or the timeout is over. The result, or -1 with an exception. */
typedef ssize_t (*rt_sock_op)(int fd, void *ctx);
ssize_t rt_sock_run(struct rt_thread *ts, struct rt_sock *s, bool writing, rt_sock_op op, void *ctx, int64_t timeout);

/* socket_msg.c: methods */
rt_value rt_sock_recvmsg(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);
rt_value rt_sock_recvmsg_into(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);
rt_value rt_sock_sendmsg(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);

#endif
