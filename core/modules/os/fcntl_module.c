/* SPDX-License-Identifier: MIT */
/* fcntl: fcntl, ioctl, flock and lockf on file descriptors; every call detached, EINTR served. */
#include <sys/file.h>
#include <sys/ioctl.h>

#include "core/modules/os/os_util.h"

enum { ROOM = 1024 };

static rt_value fc_fcntl(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "fcntl", n, 2, 3) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]), cmd = rt_pending(ts) ? 0 : rt_as_int(ts, a[1]), r;
    if (rt_pending(ts))
        return RT_NULL;
    rt_value audit[3] = {rt_int_imm(fd), rt_int_imm(cmd), n > 2 ? a[2] : RT_NONE};
    if (rt_sys_audit(ts, "fcntl.fcntl", 3, audit) < 0)
        return RT_NULL;
    if (n > 2 && (rt_is_str(a[2]) || rt_has_buffer(a[2]))) {
        char buf[ROOM + 8];
        size_t len;
        if (rt_is_str(a[2])) {
            const char *s = rt_str_utf8(ts, a[2], &len);
            if (!s)
                return RT_NULL;
            if (len <= ROOM)
                memcpy(buf, s, len);
        } else {
            struct rt_buffer b;
            if (rt_buffer_get(ts, a[2], &b, RT_BUF_SIMPLE) < 0)
                return RT_NULL;
            len = (size_t)b.len;
            if (len <= ROOM)
                memcpy(buf, b.buf, len);
            rt_buffer_release(ts, &b);
        }
        if (len > ROOM)
            return rt_raise(ts, &rt_exc_ValueError, "fcntl string arg too long");
        buf[len] = 0;
        RT_BLOCKING(ts, r, fcntl(fd, cmd, buf));
        return r < 0 ? rt_os_error(ts) : rt_bytes_new(ts, buf, len);
    }
    int64_t arg = n > 2 ? (int64_t)(int)rt_as_i64(ts, a[2]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    RT_BLOCKING(ts, r, fcntl(fd, cmd, (long)arg));
    return r < 0 ? rt_os_error(ts) : rt_int_imm(r);
}
static rt_value fc_ioctl(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "ioctl", n, 2, 4) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]), r;
    uint64_t code = 0;
    if (!rt_pending(ts)) {
        int64_t c = rt_as_i64(ts, a[1]);
        code = (unsigned)c;
    }
    int mutate = n > 3 && !rt_pending(ts) ? rt_truth(ts, a[3]) : 1;
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_audit(ts, "fcntl.ioctl", "ilO", fd, (int64_t)code, n > 2 ? a[2] : rt_int_imm(0)) < 0)
        return RT_NULL;
    char buf[ROOM + 8];
    struct rt_buffer b;
    if (n > 2 && (rt_is_str(a[2]) || rt_has_buffer(a[2]))) {
        rt_value hold = rt_is_str(a[2]) ? rt_str_encode(ts, a[2], "utf-8", NULL) : rt_newref(ts, a[2]), res;
        if (rt_is_null(hold))
            return hold;
        bool writable = !rt_is_bytes(hold) && rt_buffer_get(ts, hold, &b, RT_BUF_WRITABLE) == 0;
        if (!writable) {
            rt_exc_clear(ts);
            mutate = 0;
            if (rt_buffer_get(ts, hold, &b, RT_BUF_SIMPLE) < 0) {
                rt_decref(ts, hold);
                return RT_NULL;
            }
        }
        size_t len = (size_t)b.len;
        char *p = buf;
        if (len > ROOM && !mutate) {
            rt_buffer_release(ts, &b);
            rt_decref(ts, hold);
            return rt_raise(ts, &rt_exc_ValueError, "ioctl string arg too long");
        }
        if (len > ROOM) {
            p = b.buf;
        } else {
            memcpy(buf, b.buf, len);
            buf[len] = 0;
        }
        RT_BLOCKING(ts, r, ioctl(fd, code, p));
        if (mutate && p == buf)
            memcpy(b.buf, buf, len);
        res = r < 0 ? rt_os_error(ts) : mutate ? rt_int_imm(r) : rt_bytes_new(ts, buf, len);
        rt_buffer_release(ts, &b);
        rt_decref(ts, hold);
        return res;
    }
    int64_t arg = n > 2 ? (int64_t)(int)rt_as_i64(ts, a[2]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    RT_BLOCKING(ts, r, ioctl(fd, code, (long)arg));
    return r < 0 ? rt_os_error(ts) : rt_int_imm(r);
}
static rt_value fc_flock(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "flock", n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]), op = rt_pending(ts) ? 0 : rt_as_int(ts, a[1]), r;
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_audit(ts, "fcntl.flock", "ii", fd, op) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, flock(fd, op));
    return r < 0 ? rt_os_error(ts) : RT_NONE;
}
static rt_value fc_lockf(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "lockf", n, 2, 5) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]), code = rt_pending(ts) ? 0 : rt_as_int(ts, a[1]), r;
    int64_t len = n > 2 && !rt_pending(ts) ? rt_as_i64(ts, a[2]) : 0, start = n > 3 && !rt_pending(ts) ? rt_as_i64(ts, a[3]) : 0;
    int whence = n > 4 && !rt_pending(ts) ? rt_as_int(ts, a[4]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_audit(ts, "fcntl.lockf", "iiOOi", fd, code, n > 2 ? a[2] : RT_NULL, n > 3 ? a[3] : RT_NULL, whence) < 0)
        return RT_NULL;
    struct flock l = {.l_whence = (short)whence, .l_start = start, .l_len = len};
    if (code == LOCK_UN)
        l.l_type = F_UNLCK;
    else if (code & LOCK_SH)
        l.l_type = F_RDLCK;
    else if (code & LOCK_EX)
        l.l_type = F_WRLCK;
    else
        return rt_raise(ts, &rt_exc_ValueError, "unrecognized lockf argument");
    RT_BLOCKING(ts, r, fcntl(fd, code & LOCK_NB ? F_SETLK : F_SETLKW, &l));
    return r < 0 ? rt_os_error(ts) : RT_NONE;
}
#define C(n) {#n, n}
static const struct rt_posix_const consts[] = {
    C(LOCK_SH), C(LOCK_EX), C(LOCK_NB), C(LOCK_UN), C(LOCK_MAND), C(LOCK_READ), C(LOCK_WRITE), C(LOCK_RW), C(F_DUPFD),
    C(F_DUPFD_CLOEXEC), C(F_GETFD), C(F_SETFD), C(F_GETFL), C(F_SETFL), C(F_GETLK), C(F_SETLK), C(F_SETLKW), C(F_OFD_GETLK),
    C(F_OFD_SETLK), C(F_OFD_SETLKW), C(F_GETOWN), C(F_SETOWN), C(F_GETSIG), C(F_SETSIG), C(F_RDLCK), C(F_WRLCK), C(F_UNLCK),
    C(F_EXLCK), C(F_SHLCK), C(F_GETLK64), C(F_SETLK64), C(F_SETLKW64), C(FASYNC), C(F_SETLEASE), C(F_GETLEASE), C(F_NOTIFY),
    C(DN_ACCESS), C(DN_MODIFY), C(DN_CREATE), C(DN_DELETE), C(DN_RENAME), C(DN_ATTRIB), C(DN_MULTISHOT), C(FD_CLOEXEC),
    C(F_GETPIPE_SZ), C(F_SETPIPE_SZ), C(F_ADD_SEALS), C(F_GET_SEALS), C(F_SEAL_SEAL), C(F_SEAL_SHRINK), C(F_SEAL_GROW),
    C(F_SEAL_WRITE), {"I_NREAD", 0x5301}, {"I_PUSH", 0x5302}, {"I_POP", 0x5303}, {"I_LOOK", 0x5304}, {"I_FLUSH", 0x5305},
    {"I_SRDOPT", 0x5306}, {"I_GRDOPT", 0x5307}, {"I_STR", 0x5308}, {"I_SETSIG", 0x5309}, {"I_GETSIG", 0x530a},
    {"I_FIND", 0x530b}, {"I_LINK", 0x530c}, {"I_UNLINK", 0x530d}, {"I_PEEK", 0x530f}, {"I_FDINSERT", 0x5310},
    {"I_SENDFD", 0x5311}, {"I_SWROPT", 0x5313}, {"I_GWROPT", 0x5314}, {"I_LIST", 0x5315}, {"I_PLINK", 0x5316},
    {"I_PUNLINK", 0x5317}, {"I_SETCLTIME", 0x5320}, {"I_GETCLTIME", 0x5321}, {"I_CKBAND", 0x531d}, {"I_GETBAND", 0x531e},
    {"I_ATMARK", 0x531f}, {"I_CANPUT", 0x5322}, {NULL, 0}};
static int exec(struct rt_thread *ts, rt_value m) { return rt_os_constants(ts, m, consts); }
static const struct rt_method_def methods[] = {
    {"fcntl", fc_fcntl, RT_METH_FAST, "fcntl($module, fd, cmd, arg=0, /)\n--\n\nPerform the operation `cmd` on file descriptor fd."},
    {"ioctl", fc_ioctl, RT_METH_FAST, "ioctl($module, fd, request, arg=0, mutate_flag=True, /)\n--\n\nPerform the operation request on file descriptor fd."},
    {"flock", fc_flock, RT_METH_FAST, "flock($module, fd, operation, /)\n--\n\nPerform the lock operation `operation` on file descriptor `fd`."},
    {"lockf", fc_lockf, RT_METH_FAST, "lockf($module, fd, cmd, len=0, start=0, whence=0, /)\n--\n\nA wrapper around the fcntl() locking calls."},
    {0},
};
const struct rt_module_def rt_module_fcntl = {
    .name = "fcntl", .doc = "This module performs file control and I/O control on file\ndescriptors.", .methods = methods, .exec = exec,
};
