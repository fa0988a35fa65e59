/* SPDX-License-Identifier: MIT */
/* posix: the less common calls: system facts, sessions and groups, ownership, positioned and vectored I/O. */
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/sysmacros.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>

#include "core/modules/posix/posix_internal.h"

RT_POSIX_INTS(px_setsid, "setsid", 0, rt_posix_status, setsid() < 0 ? -1 : 0)
RT_POSIX_INTS(px_setpgrp, "setpgrp", 0, rt_posix_status, setpgid(0, 0))
RT_POSIX_NAMED(px_getpgid, "getpgid", 1, rt_posix_number, getpgid((pid_t)v[0]), "pid")
RT_POSIX_INTS(px_getsid, "getsid", 1, rt_posix_number, getsid((pid_t)v[0]))
RT_POSIX_INTS(px_setpgid, "setpgid", 2, rt_posix_status, setpgid((pid_t)v[0], (pid_t)v[1]))
RT_POSIX_INTS_UNLESS(px_killpg, "killpg", 2, rt_posix_status, rt_audit(ts, "os.killpg", "ll", v[0], v[1]) < 0, killpg((pid_t)v[0], (int)v[1]))
RT_POSIX_IDS(px_setuid, "setuid", 1, "uid", setuid((uid_t)v[0]))
RT_POSIX_IDS(px_seteuid, "seteuid", 1, "uid", seteuid((uid_t)v[0]))
RT_POSIX_IDS(px_setgid, "setgid", 1, "gid", setgid((gid_t)v[0]))
RT_POSIX_IDS(px_setegid, "setegid", 1, "gid", setegid((gid_t)v[0]))
RT_POSIX_IDS(px_setreuid, "setreuid", 2, "uid", setreuid((uid_t)v[0], (uid_t)v[1]))
RT_POSIX_IDS(px_setregid, "setregid", 2, "gid", setregid((gid_t)v[0], (gid_t)v[1]))
RT_POSIX_INTS(px_sched_yield, "sched_yield", 0, rt_posix_status, sched_yield())
RT_POSIX_NAMED(px_sched_max, "sched_get_priority_max", 1, rt_posix_number, sched_get_priority_max((int)v[0]), "policy")
RT_POSIX_NAMED(px_sched_min, "sched_get_priority_min", 1, rt_posix_number, sched_get_priority_min((int)v[0]), "policy")
RT_POSIX_FD(px_fdatasync, "fdatasync", fdatasync)
RT_POSIX_FD_UNLESS(px_fchdir, "fchdir", rt_audit(ts, "os.chdir", "l", fd) < 0, fchdir)
RT_POSIX_NAMED_UNLESS(px_fchmod, "fchmod", 2, rt_posix_status, rt_audit(ts, "os.chmod", "lli", v[0], v[1], -1) < 0, fchmod((int)v[0], (mode_t)v[1]), "fd", "mode")
RT_POSIX_INTS_UNLESS(px_lockf, "lockf", 3, rt_posix_status, rt_audit(ts, "os.lockf", "lll", v[0], v[1], v[2]) < 0, lockf((int)v[0], (int)v[1], v[2]))
RT_POSIX_INTS(px_tcgetpgrp, "tcgetpgrp", 1, rt_posix_number, tcgetpgrp((int)v[0]))
RT_POSIX_INTS(px_tcsetpgrp, "tcsetpgrp", 2, rt_posix_status, tcsetpgrp((int)v[0], (pid_t)v[1]))
RT_POSIX_INTS(px_fallocate, "posix_fallocate", 3, rt_posix_status, (errno = posix_fallocate((int)v[0], v[1], v[2])) ? -1 : 0)
RT_POSIX_INTS(px_fadvise, "posix_fadvise", 4, rt_posix_status, (errno = posix_fadvise((int)v[0], v[1], v[2], (int)v[3])) ? -1 : 0)
RT_POSIX_INTS(px_closerange, "closerange", 2, rt_posix_status, v[0] < v[1] ? (close_range((unsigned)(v[0] < 0 ? 0 : v[0]), (unsigned)v[1] - 1, 0), 0) : 0)
RT_POSIX_INTS(px_makedev, "makedev", 2, rt_posix_number, (int64_t)makedev((unsigned)v[0], (unsigned)v[1]))

static rt_value px_major(struct rt_thread *ts, rt_value self, rt_value v)
{
    uint64_t dev = rt_as_u64(ts, v);
    return rt_pending(ts) ? RT_NULL : rt_int_imm(major((dev_t)dev));
}
static rt_value px_minor(struct rt_thread *ts, rt_value self, rt_value v)
{
    uint64_t dev = rt_as_u64(ts, v);
    return rt_pending(ts) ? RT_NULL : rt_int_imm(minor((dev_t)dev));
}
static rt_value px_eventfd_read(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"fd", NULL};
    static const struct rt_argspec spec = {"eventfd_read", names, 0, 1, 1, 1};
    rt_value v[1];
    eventfd_t value;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, v[0]), r;
    if (fd < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, eventfd_read(fd, &value));
    return r < 0 ? rt_posix_error(ts) : rt_int_from_u64(ts, value);
}
static rt_value px_eventfd_write(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"fd", "value", NULL};
    static const struct rt_argspec spec = {"eventfd_write", names, 0, 2, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, v[0]), r;
    uint64_t value = fd < 0 ? 0 : rt_as_u64(ts, v[1]);
    if (rt_pending(ts))
        return RT_NULL;
    RT_BLOCKING(ts, r, eventfd_write(fd, value));
    return rt_posix_status(ts, r);
}
static rt_value px_fchown(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"fd", "uid", "gid", NULL};
    static const struct rt_argspec spec = {"fchown", names, 0, 3, 3, 3};
    rt_value v[3];
    id_t uid, gid;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, v[0]), r;
    if (fd < 0 || rt_posix_id(ts, v[1], "uid", &uid) < 0 || rt_posix_id(ts, v[2], "gid", &gid) < 0)
        return RT_NULL;
    if (rt_audit(ts, "os.chown", "illi", fd, (int64_t)uid, (int64_t)gid, -1) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, fchown(fd, uid, gid));
    return rt_posix_status(ts, r);
}

static rt_value px_abort(struct rt_thread *ts, rt_value self) { abort(); }
static rt_value px_sync(struct rt_thread *ts, rt_value self)
{
    rt_detach(ts, RT_DETACH_IO);
    sync();
    rt_attach(ts);
    return RT_NONE;
}
static rt_value px_pipe2(struct rt_thread *ts, rt_value self, rt_value v)
{
    int fd[2], flags = rt_as_int(ts, v);
    if (rt_pending(ts) || pipe2(fd, flags) < 0)
        return rt_posix_error(ts);
    return rt_tuple_pack(ts, 2, rt_int_imm(fd[0]), rt_int_imm(fd[1]));
}
static rt_value px_openpty(struct rt_thread *ts, rt_value self)
{
    int m, s;
    if (openpty(&m, &s, NULL, NULL, NULL) < 0)
        return rt_posix_error(ts);
    fcntl(m, F_SETFD, FD_CLOEXEC);
    fcntl(s, F_SETFD, FD_CLOEXEC);
    return rt_tuple_pack(ts, 2, rt_int_imm(m), rt_int_imm(s));
}
static rt_value px_getgroups(struct rt_thread *ts, rt_value self)
{
    int n = getgroups(0, NULL);
    gid_t *g = rt_raw_malloc(((size_t)(n < 0 ? 0 : n) + 1) * sizeof(*g));
    n = n < 0 ? n : getgroups(n, g);
    rt_value l = n < 0 ? rt_posix_error(ts) : rt_list_new(ts, (size_t)n);
    for (int i = 0; i < n && !rt_is_null(l); i++)
        rt_list_append(ts, l, rt_int_imm(g[i]));
    rt_raw_free(g);
    return l;
}
static rt_value px_getloadavg(struct rt_thread *ts, rt_value self)
{
    double d[3];
    if (getloadavg(d, 3) != 3)
        return rt_raise(ts, &rt_exc_OSError, "Load averages are unobtainable");
    rt_value w[3] = {rt_float_new(ts, d[0]), rt_float_new(ts, d[1]), rt_float_new(ts, d[2])};
    return rt_tuple_steal(ts, w, 3);
}
static rt_value px_pread(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int64_t v[3];
    if (rt_posix_ints(ts, "pread", a, n, 3, v) < 0)
        return RT_NULL;
    if (v[1] < 0) {
        errno = EINVAL;
        return rt_posix_error(ts);
    }
    rt_value b = rt_bytes_new(ts, NULL, (size_t)v[1]);
    ssize_t r;
    if (rt_is_null(b))
        return b;
    RT_BLOCKING(ts, r, pread((int)v[0], rt_as_bytes(b)->data, (size_t)v[1], v[2]));
    if (r < 0) {
        rt_posix_error(ts);
        rt_decref(ts, b);
        return RT_NULL;
    }
    return r < v[1] ? rt_bytes_shrink(ts, b, (size_t)r) : b;
}
static rt_value px_pwrite(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct rt_buffer b;
    ssize_t r;
    if (rt_args_count(ts, "pwrite", n, 3, 3) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, a[0]);
    int64_t off = rt_pending(ts) ? 0 : rt_as_i64(ts, a[2]);
    if (rt_pending(ts) || rt_buffer_get(ts, a[1], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, pwrite(fd, b.buf, (size_t)b.len, off));
    rt_value res = rt_posix_number(ts, r);
    rt_buffer_release(ts, &b);
    return res;
}
rt_value rt_posix_vectored(struct rt_thread *ts, const char *fname, int fd, rt_value buffers, bool writing,
                           const int64_t *offset, int flags)
{
    if (!rt_is_sequence(buffers))
        return rt_raise(ts, &rt_exc_TypeError, "%s() arg 2 must be a sequence", fname);
    rt_value t = rt_seq_tuple(ts, buffers), res = RT_NULL;
    if (rt_is_null(t))
        return t;
    size_t len = rt_as_tuple(t)->length, got = 0;
    struct rt_buffer *b = rt_raw_calloc(len + 1, sizeof(*b));
    struct iovec *iov = rt_raw_calloc(len + 1, sizeof(*iov));
    if (!b || !iov) {
        res = rt_raise_no_memory(ts);
        goto done;
    }
    for (; got < len && rt_buffer_get(ts, rt_as_tuple(t)->items[got], &b[got], writing ? RT_BUF_SIMPLE : RT_BUF_WRITABLE) == 0; got++)
        iov[got] = (struct iovec){b[got].buf, (size_t)b[got].len};
    if (got == len) {
        ssize_t r;
        int n = (int)len;
        if (offset)
            RT_BLOCKING(ts, r, writing ? pwritev2(fd, iov, n, *offset, flags) : preadv2(fd, iov, n, *offset, flags));
        else
            RT_BLOCKING(ts, r, writing ? writev(fd, iov, n) : readv(fd, iov, n));
        res = rt_posix_number(ts, r);
    }
    while (got)
        rt_buffer_release(ts, &b[--got]);
done:
    rt_raw_free(b);
    rt_raw_free(iov);
    rt_decref(ts, t);
    return res;
}
static rt_value vectored(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, bool writing)
{
    if (rt_args_count(ts, fname, n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, a[0]);
    return rt_pending(ts) ? RT_NULL : rt_posix_vectored(ts, fname, fd, a[1], writing, NULL, 0);
}
static rt_value px_readv(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return vectored(ts, "readv", a, n, false); }
static rt_value px_writev(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return vectored(ts, "writev", a, n, true); }
static rt_value px_sendfile(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"out_fd", "in_fd", "offset", "count", NULL};
    static const struct rt_argspec spec = {"sendfile", names, 0, 4, 4, 4};
    rt_value v[4];
    int64_t x[4] = {0};
    ssize_t r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 4; i++)
        if ((i != 2 || !rt_is_none(v[2])) && ((x[i] = rt_as_i64(ts, v[i])), rt_pending(ts)))
            return RT_NULL;
    off_t off = x[2];
    RT_BLOCKING(ts, r, sendfile((int)x[0], (int)x[1], rt_is_none(v[2]) ? NULL : &off, (size_t)x[3]));
    return rt_posix_number(ts, r);
}
static rt_value px_getrandom(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"size", "flags", NULL};
    static const struct rt_argspec spec = {"getrandom", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int64_t size = rt_as_i64(ts, v[0]);
    int flags = v[1].bits && !rt_pending(ts) ? rt_as_int(ts, v[1]) : 0;
    if (!rt_pending(ts) && size < 0)
        errno = EINVAL;
    if (rt_pending(ts) || size < 0)
        return rt_posix_error(ts);
    rt_value b = rt_bytes_new(ts, NULL, (size_t)size);
    ssize_t r;
    if (rt_is_null(b))
        return b;
    RT_BLOCKING(ts, r, getrandom(rt_as_bytes(b)->data, (size_t)size, (unsigned)flags));
    if (r < 0) {
        rt_posix_error(ts);
        rt_decref(ts, b);
        return RT_NULL;
    }
    return r < size ? rt_bytes_shrink(ts, b, (size_t)r) : b;
}
static rt_value px_truncate(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "length", NULL};
    static const struct rt_argspec spec = {"truncate", names, 0, 2, 2, 2};
    rt_value v[2];
    struct rt_path p;
    int r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int64_t len = rt_as_i64(ts, v[1]);
    if (rt_pending(ts) || rt_path_get(ts, &p, "truncate", "path", v[0], RT_PATH_FD) < 0)
        return RT_NULL;
    if (rt_audit(ts, "os.truncate", "Ol", v[0], len) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    RT_BLOCKING(ts, r, p.fd >= 0 ? ftruncate(p.fd, len) : truncate(p.s, len));
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value px_mkfifo(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "mode", "dir_fd", NULL};
    static const struct rt_argspec spec = {"mkfifo", names, 0, 1, 2, 3};
    rt_value v[3];
    struct rt_path p;
    int r, dir = AT_FDCWD;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int mode = v[1].bits ? rt_as_int(ts, v[1]) : 0666;
    if (rt_pending(ts) || (v[2].bits && rt_dir_fd(ts, v[2], &dir) < 0) || rt_path_get(ts, &p, "mkfifo", "path", v[0], 0) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, mkfifoat(dir, p.s, (mode_t)mode));
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value chown_any(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, rt_value kw, bool link)
{
    static const char *const names[] = {"path", "uid", "gid", "dir_fd", "follow_symlinks", NULL};
    struct rt_argspec spec = {fname, names, 0, 3, 3, link ? 3 : 5};
    rt_value v[5] = {{0}};
    struct rt_path p;
    int r, dir = AT_FDCWD;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    id_t uid, gid;
    if (rt_posix_id(ts, v[1], "uid", &uid) < 0 || rt_posix_id(ts, v[2], "gid", &gid) < 0)
        return RT_NULL;
    int follow = link ? 0 : v[4].bits && !rt_pending(ts) ? rt_truth(ts, v[4]) : 1;
    if (rt_pending(ts) || (v[3].bits && rt_dir_fd(ts, v[3], &dir) < 0) || rt_path_get(ts, &p, fname, "path", v[0], link ? 0 : RT_PATH_FD) < 0)
        return RT_NULL;
    if (rt_audit(ts, "os.chown", "Olli", v[0], (int64_t)uid, (int64_t)gid, RT_AUDIT_DIR(dir)) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    RT_BLOCKING(ts, r, p.fd >= 0 ? fchown(p.fd, uid, gid) : fchownat(dir, p.s, uid, gid, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value px_chown(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return chown_any(ts, "chown", a, n, kw, false); }
static rt_value px_lchown(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return chown_any(ts, "lchown", a, n, kw, true); }
static rt_value px_getaffinity(struct rt_thread *ts, rt_value self, rt_value v)
{
    cpu_set_t set;
    int pid = rt_as_int(ts, v);
    if (rt_pending(ts) || sched_getaffinity(pid, sizeof(set), &set) < 0)
        return rt_posix_error(ts);
    rt_value s = rt_set_new(ts, RT_NULL);
    for (int i = 0; i < CPU_SETSIZE && !rt_is_null(s); i++)
        if (CPU_ISSET(i, &set))
            rt_set_add(ts, s, rt_int_imm(i));
    return s;
}
static struct rt_type uname_type, times_type;
static const struct rt_structseq_field uname_fields[] = {{"sysname", "operating system name"}, {"nodename", "name of machine on network (implementation-defined)"},
    {"release", "operating system release"}, {"version", "operating system version"}, {"machine", "hardware identifier"}, {NULL, NULL}};
static const struct rt_structseq_field times_fields[] = {{"user", "user time"}, {"system", "system time"}, {"children_user", "user time of children"},
    {"children_system", "system time of children"}, {"elapsed", "elapsed time since an arbitrary point in the past"}, {NULL, NULL}};
static const struct rt_structseq uname_desc = {"posix.uname_result", "uname_result: Result from os.uname().", uname_fields, 5, false};
static const struct rt_structseq times_desc = {"posix.times_result", "times_result: Result from os.times().", times_fields, 5, false};
static rt_value px_uname(struct rt_thread *ts, rt_value self)
{
    struct utsname u;
    if (uname(&u) < 0)
        return rt_posix_error(ts);
    const char *s[5] = {u.sysname, u.nodename, u.release, u.version, u.machine};
    rt_value w[5];
    for (int i = 0; i < 5; i++)
        w[i] = rt_str_fsdecode(ts, s[i], strlen(s[i]));
    return rt_structseq_new(ts, &uname_type, w);
}
static rt_value px_times(struct rt_thread *ts, rt_value self)
{
    struct tms t;
    double hz = (double)sysconf(_SC_CLK_TCK);
    clock_t e = times(&t);
    if (e == (clock_t)-1)
        return rt_posix_error(ts);
    rt_value w[5] = {rt_float_new(ts, (double)t.tms_utime / hz), rt_float_new(ts, (double)t.tms_stime / hz), rt_float_new(ts, (double)t.tms_cutime / hz),
                     rt_float_new(ts, (double)t.tms_cstime / hz), rt_float_new(ts, (double)e / hz)};
    return rt_structseq_new(ts, &times_type, w);
}
int rt_posix_more_ready(struct rt_thread *ts, rt_value m)
{
    if (rt_structseq_ready(ts, &uname_type, &uname_desc) < 0 || rt_structseq_ready(ts, &times_type, &times_desc) < 0)
        return -1;
    rt_module_add_type(ts, m, &uname_type);
    rt_module_add_type(ts, m, &times_type);
    return 0;
}
#define F(name, fn, sig) {#name, fn, RT_METH_FAST, #name sig "\n--\n\n"}
#define K(name, fn, sig) {#name, fn, RT_METH_KW, #name sig "\n--\n\n"}
const struct rt_method_def rt_posix_more[] = {
    F(setsid, px_setsid, "($module, /)"),
    F(setpgrp, px_setpgrp, "($module, /)"),
    K(getpgid, px_getpgid, "($module, /, pid)"),
    F(getsid, px_getsid, "($module, pid, /)"),
    F(setpgid, px_setpgid, "($module, pid, pgrp, /)"),
    F(killpg, px_killpg, "($module, pgid, signal, /)"),
    F(setuid, px_setuid, "($module, uid, /)"),
    F(seteuid, px_seteuid, "($module, euid, /)"),
    F(setgid, px_setgid, "($module, gid, /)"),
    F(setegid, px_setegid, "($module, egid, /)"),
    F(setreuid, px_setreuid, "($module, ruid, euid, /)"),
    F(setregid, px_setregid, "($module, rgid, egid, /)"),
    F(sched_yield, px_sched_yield, "($module, /)"),
    K(sched_get_priority_max, px_sched_max, "($module, /, policy)"),
    K(sched_get_priority_min, px_sched_min, "($module, /, policy)"),
    K(fdatasync, px_fdatasync, "($module, /, fd)"),
    K(fchdir, px_fchdir, "($module, /, fd)"),
    K(fchmod, px_fchmod, "($module, /, fd, mode)"),
    F(lockf, px_lockf, "($module, fd, command, length, /)"),
    F(tcgetpgrp, px_tcgetpgrp, "($module, fd, /)"),
    F(tcsetpgrp, px_tcsetpgrp, "($module, fd, pgid, /)"),
    F(posix_fallocate, px_fallocate, "($module, fd, offset, length, /)"),
    F(posix_fadvise, px_fadvise, "($module, fd, offset, length, advice, /)"),
    F(closerange, px_closerange, "($module, fd_low, fd_high, /)"),
    F(makedev, px_makedev, "($module, major, minor, /)"),
    F(pread, px_pread, "($module, fd, length, offset, /)"),
    F(pwrite, px_pwrite, "($module, fd, buffer, offset, /)"),
    F(readv, px_readv, "($module, fd, buffers, /)"),
    F(writev, px_writev, "($module, fd, buffers, /)"),
    K(getrandom, px_getrandom, "($module, /, size, flags=0)"),
    {"major", px_major, RT_METH_O, "major($module, device, /)\n--\n\nThe major number of a device."},
    {"minor", px_minor, RT_METH_O, "minor($module, device, /)\n--\n\nThe minor number of a device."},
    {"eventfd_read", px_eventfd_read, RT_METH_KW, "eventfd_read($module, /, fd)\n--\n\nRead the counter of an eventfd."},
    {"eventfd_write", px_eventfd_write, RT_METH_KW, "eventfd_write($module, /, fd, value)\n--\n\nAdd to the counter of an eventfd."},
    {"fchown", px_fchown, RT_METH_KW, "fchown($module, /, fd, uid, gid)\n--\n\nChange owner and group of an open file."},
    {"abort", px_abort, RT_METH_NOARGS, "abort($module, /)\n--\n\n"},
    {"sync", px_sync, RT_METH_NOARGS, "sync($module, /)\n--\n\n"},
    {"pipe2", px_pipe2, RT_METH_O, "pipe2($module, flags, /)\n--\n\n"},
    {"openpty", px_openpty, RT_METH_NOARGS, "openpty($module, /)\n--\n\n"},
    {"getgroups", px_getgroups, RT_METH_NOARGS, "getgroups($module, /)\n--\n\n"},
    {"getloadavg", px_getloadavg, RT_METH_NOARGS, "getloadavg($module, /)\n--\n\n"},
    {"sendfile", px_sendfile, RT_METH_KW, "sendfile($module, /, out_fd, in_fd, offset, count)\n--\n\n"},
    {"truncate", px_truncate, RT_METH_KW, "truncate($module, /, path, length)\n--\n\n"},
    {"mkfifo", px_mkfifo, RT_METH_KW, "mkfifo($module, /, path, mode=438, *, dir_fd=None)\n--\n\n"},
    {"chown", px_chown, RT_METH_KW, "chown($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)\n--\n\n"},
    {"lchown", px_lchown, RT_METH_KW, "lchown($module, /, path, uid, gid)\n--\n\n"},
    {"sched_getaffinity", px_getaffinity, RT_METH_O, "sched_getaffinity($module, pid, /)\n--\n\n"},
    {"uname", px_uname, RT_METH_NOARGS, "uname($module, /)\n--\n\nReturn an object identifying the current operating system."},
    {"times", px_times, RT_METH_NOARGS, "times($module, /)\n--\n\nReturn a collection containing process timing information."},
    {NULL},
};
