/* SPDX-License-Identifier: MIT */
/* posix: files and directories. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "core/modules/posix/posix_internal.h"

#define KW rt_value self, const rt_value *args, uint32_t n, rt_value kw
#define FAST rt_value self, const rt_value *args, uint32_t n
#define SPEC(fn, npos_only, min, max, total, ...)                                    \
    static const char *const names_[] = {__VA_ARGS__, NULL};                         \
    static const struct rt_argspec spec_ = {fn, names_, npos_only, min, max, total}; \
    rt_value v[total];                                                               \
    if (rt_args(ts, &spec_, args, n, kw, v) < 0)                                     \
    return RT_NULL

static int flag_arg(struct rt_thread *ts, rt_value v, int deflt)
{
    return v.bits ? rt_truth(ts, v) : deflt;
}

/* ---- stat ---- */
static rt_value stat_common(struct rt_thread *ts, const char *fname, rt_value pv, rt_value dv, int follow, int flags)
{
    struct rt_path p;
    struct stat st;
    int dir, r;
    if (follow < 0 || rt_dir_fd(ts, dv, &dir) < 0 || rt_path_get(ts, &p, fname, "path", pv, flags) < 0)
        return RT_NULL;
    if (p.fd >= 0 && dir != AT_FDCWD)
        return rt_raise(ts, &rt_exc_ValueError, "%s: can't specify dir_fd without matching path", fname);
    if (p.fd >= 0 && !follow)
        return rt_raise(ts, &rt_exc_ValueError, "%s: cannot use fd and follow_symlinks together", fname);
    rt_detach(ts, RT_DETACH_IO);
    r = p.fd >= 0 ? fstat(p.fd, &st) : fstatat(dir, p.s, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    rt_attach(ts);
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return rt_posix_stat_result(ts, &st);
}
static rt_value px_stat(struct rt_thread *ts, KW)
{
    SPEC("stat", 0, 1, 1, 3, "path", "dir_fd", "follow_symlinks");
    return stat_common(ts, "stat", v[0], v[1], flag_arg(ts, v[2], 1), RT_PATH_FD);
}
static rt_value px_lstat(struct rt_thread *ts, KW)
{
    SPEC("lstat", 0, 1, 1, 2, "path", "dir_fd");
    return stat_common(ts, "lstat", v[0], v[1], 0, 0);
}
static rt_value px_fstat(struct rt_thread *ts, KW)
{
    SPEC("fstat", 0, 1, 1, 1, "fd");
    struct stat st;
    int r, fd = rt_as_int(ts, v[0]);
    if (rt_pending(ts))
        return RT_NULL;
    RT_BLOCKING(ts, r, fstat(fd, &st));
    return r < 0 ? (rt_pending(ts) ? RT_NULL : rt_raise_errno(ts, &rt_exc_OSError, RT_NULL)) : rt_posix_stat_result(ts, &st);
}
static rt_value px_access(struct rt_thread *ts, KW)
{
    SPEC("access", 0, 2, 2, 5, "path", "mode", "dir_fd", "effective_ids", "follow_symlinks");
    struct rt_path p;
    int mode = rt_as_int(ts, v[1]), dir, eff = flag_arg(ts, v[3], 0), follow = flag_arg(ts, v[4], 1), r;
    if (rt_pending(ts) || rt_dir_fd(ts, v[2], &dir) < 0 || rt_path_get(ts, &p, "access", "path", v[0], 0) < 0)
        return RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = faccessat(dir, p.s, mode, (eff ? AT_EACCESS : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW));
    rt_attach(ts);
    rt_path_drop(ts, &p);
    return rt_bool(r == 0);
}

/* ---- open, read, write ---- */
static rt_value px_open(struct rt_thread *ts, KW)
{
    SPEC("open", 0, 2, 3, 4, "path", "flags", "mode", "dir_fd");
    struct rt_path p;
    int flags = rt_as_int(ts, v[1]), mode = 0777, dir, fd;
    if (!rt_pending(ts) && v[2].bits)
        mode = rt_as_int(ts, v[2]);
    if (rt_pending(ts) || rt_dir_fd(ts, v[3], &dir) < 0 || rt_path_get(ts, &p, "open", "path", v[0], 0) < 0)
        return RT_NULL;
    flags |= O_CLOEXEC;
    if (rt_audit(ts, "open", "OOi", v[0], RT_NULL, flags) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    RT_BLOCKING(ts, fd, openat(dir, p.s, flags, mode));
    if (fd < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return rt_int_imm(fd);
}
static rt_value px_close(struct rt_thread *ts, KW)
{
    SPEC("close", 0, 1, 1, 1, "fd");
    int fd = rt_as_int(ts, v[0]), r;
    if (rt_pending(ts))
        return RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = close(fd);
    rt_attach(ts);
    return r < 0 && errno != EINTR ? rt_posix_error(ts) : RT_NONE;
}
static rt_value px_read(struct rt_thread *ts, FAST)
{
    if (rt_args_count(ts, "read", n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, args[0]);
    int64_t len = rt_pending(ts) ? -1 : rt_as_ssize(ts, args[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (len < 0) {
        errno = EINVAL;
        return rt_posix_error(ts);
    }
    if (len > 0x7ffff000)
        len = 0x7ffff000;
    rt_value b = rt_bytes_new(ts, NULL, (size_t)len);
    if (rt_is_null(b))
        return b;
    ssize_t r;
    RT_BLOCKING(ts, r, read(fd, rt_as_bytes(b)->data, (size_t)len));
    if (r < 0) {
        int e = errno;
        rt_decref(ts, b);
        errno = e;
        return rt_posix_error(ts);
    }
    return r == len ? b : rt_bytes_shrink(ts, b, (size_t)r);
}
static rt_value px_write(struct rt_thread *ts, FAST)
{
    struct rt_buffer b;
    if (rt_args_count(ts, "write", n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, args[0]);
    if (rt_pending(ts) || rt_buffer_get(ts, args[1], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    size_t len = b.len > 0x7ffff000 ? 0x7ffff000 : (size_t)b.len;
    ssize_t r;
    RT_BLOCKING(ts, r, write(fd, b.buf, len));
    int e = errno;
    bool cut = r >= 0 && (size_t)r < len;
    rt_buffer_release(ts, &b);
    errno = e;
    if (cut && rt_safepoint(ts) < 0) /* by a signal, whose handler may raise */
        return RT_NULL;
    return r < 0 ? rt_posix_error(ts) : rt_int_imm(r);
}
static rt_value px_lseek(struct rt_thread *ts, FAST)
{
    if (rt_args_count(ts, "lseek", n, 3, 3) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, args[0]);
    int64_t pos = rt_pending(ts) ? 0 : rt_as_i64(ts, args[1]);
    int how = rt_pending(ts) ? 0 : rt_as_int(ts, args[2]);
    if (rt_pending(ts))
        return RT_NULL;
    off_t r = lseek(fd, pos, how);
    return r < 0 ? rt_posix_error(ts) : rt_int_from_i64(ts, r);
}
static rt_value px_ttyname(struct rt_thread *ts, rt_value self, rt_value v)
{
    char name[256];
    int fd = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    int e = ttyname_r(fd, name, sizeof(name));
    if (e) {
        errno = e;
        return rt_posix_error(ts);
    }
    return rt_str_fsdecode(ts, name, strlen(name));
}
static rt_value px_isatty(struct rt_thread *ts, rt_value self, rt_value v)
{
    int fd = rt_as_int(ts, v);
    return rt_pending(ts) ? RT_NULL : rt_bool(isatty(fd));
}
static rt_value px_dup(struct rt_thread *ts, rt_value self, rt_value v)
{
    int fd = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    int r = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return r < 0 ? rt_posix_error(ts) : rt_int_imm(r);
}
static rt_value px_dup2(struct rt_thread *ts, KW)
{
    SPEC("dup2", 0, 2, 3, 3, "fd", "fd2", "inheritable");
    int a = rt_as_int(ts, v[0]), b = rt_pending(ts) ? 0 : rt_as_int(ts, v[1]), inh = flag_arg(ts, v[2], 1);
    if (rt_pending(ts))
        return RT_NULL;
    int r = inh ? dup2(a, b) : dup3(a, b, O_CLOEXEC);
    return r < 0 ? rt_posix_error(ts) : rt_int_imm(r);
}
static rt_value px_pipe(struct rt_thread *ts, rt_value self)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return rt_posix_error(ts);
    return rt_tuple_pack(ts, 2, rt_int_imm(fds[0]), rt_int_imm(fds[1]));
}
RT_POSIX_FD(px_fsync, "fsync", fsync)
static rt_value px_ftruncate(struct rt_thread *ts, FAST)
{
    if (rt_args_count(ts, "ftruncate", n, 2, 2) < 0)
        return RT_NULL;
    int r, fd = rt_as_int(ts, args[0]);
    int64_t len = rt_pending(ts) ? 0 : rt_as_i64(ts, args[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_audit(ts, "os.truncate", "il", fd, len) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, ftruncate(fd, len));
    return r < 0 ? rt_posix_error(ts) : RT_NONE;
}
/* Flags of a descriptor: is `bit` unset? get: F_GETFD or F_GETFL. */
static rt_value get_fd_flag(struct rt_thread *ts, rt_value v, int get, int bit)
{
    int fd = rt_as_int(ts, v), f = rt_pending(ts) ? 0 : fcntl(fd, get);
    return rt_pending(ts) ? RT_NULL : f < 0 ? rt_posix_error(ts) : rt_bool(!(f & bit));
}
/* name(fd, on): on takes the bit away. */
static rt_value set_fd_flag(struct rt_thread *ts, const char *name, const rt_value *args, uint32_t n, int get, int set, int bit)
{
    if (rt_args_count(ts, name, n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, args[0]), on = rt_pending(ts) ? 0 : rt_truth(ts, args[1]), f;
    if (rt_pending(ts))
        return RT_NULL;
    f = fcntl(fd, get);
    return f < 0 || fcntl(fd, set, on ? f & ~bit : f | bit) < 0 ? rt_posix_error(ts) : RT_NONE;
}
static rt_value px_get_inheritable(struct rt_thread *ts, rt_value self, rt_value v) { return get_fd_flag(ts, v, F_GETFD, FD_CLOEXEC); }
static rt_value px_get_blocking(struct rt_thread *ts, rt_value self, rt_value v) { return get_fd_flag(ts, v, F_GETFL, O_NONBLOCK); }
static rt_value px_set_inheritable(struct rt_thread *ts, FAST)
{
    return set_fd_flag(ts, "set_inheritable", args, n, F_GETFD, F_SETFD, FD_CLOEXEC);
}
static rt_value px_set_blocking(struct rt_thread *ts, FAST)
{
    return set_fd_flag(ts, "set_blocking", args, n, F_GETFL, F_SETFL, O_NONBLOCK);
}

/* ---- names in directories ---- */
static rt_value px_listdir(struct rt_thread *ts, KW)
{
    SPEC("listdir", 0, 0, 1, 1, "path");
    struct rt_path p;
    if (rt_path_get(ts, &p, "listdir", "path", v[0], RT_PATH_FD | RT_PATH_NONE) < 0)
        return RT_NULL;
    rt_value audit = v[0].bits ? v[0] : RT_NONE;
    if (rt_sys_audit(ts, "os.listdir", 1, &audit) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    DIR *d;
    rt_detach(ts, RT_DETACH_IO);
    if (p.fd >= 0) {
        int copy = fcntl(p.fd, F_DUPFD_CLOEXEC, 0);
        d = copy < 0 ? NULL : fdopendir(copy);
        if (d)
            rewinddir(d);
    } else {
        d = opendir(p.s ? p.s : ".");
    }
    rt_attach(ts);
    if (!d)
        return rt_path_error(ts, &p);
    rt_value list = rt_list_new(ts, 16);
    while (list.bits) {
        struct dirent *e;
        errno = 0;
        rt_detach(ts, RT_DETACH_IO);
        e = readdir(d);
        rt_attach(ts);
        if (!e) {
            if (errno) {
                rt_clear(ts, &list);
                rt_path_error(ts, &p);
            }
            break;
        }
        if (e->d_name[0] == '.' && (!e->d_name[1] || (e->d_name[1] == '.' && !e->d_name[2])))
            continue;
        if (rt_list_append_steal(ts, list, rt_path_result(ts, &p, e->d_name, strlen(e->d_name))) < 0)
            rt_clear(ts, &list);
    }
    closedir(d);
    rt_path_drop(ts, &p);
    return list;
}
static rt_value px_mkdir(struct rt_thread *ts, KW)
{
    SPEC("mkdir", 0, 1, 2, 3, "path", "mode", "dir_fd");
    struct rt_path p;
    int mode = v[1].bits ? rt_as_int(ts, v[1]) : 0777, dir, r;
    if (rt_pending(ts) || rt_dir_fd(ts, v[2], &dir) < 0 || rt_path_get(ts, &p, "mkdir", "path", v[0], 0) < 0)
        return RT_NULL;
    if (rt_audit(ts, "os.mkdir", "Oii", v[0], mode, RT_AUDIT_DIR(dir)) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = mkdirat(dir, p.s, (mode_t)mode);
    rt_attach(ts);
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value unlink_common(struct rt_thread *ts, const char *fname, rt_value pv, rt_value dv, int flags)
{
    struct rt_path p;
    int dir, r;
    if (rt_dir_fd(ts, dv, &dir) < 0 || rt_path_get(ts, &p, fname, "path", pv, 0) < 0)
        return RT_NULL;
    if (rt_audit(ts, flags ? "os.rmdir" : "os.remove", "Oi", pv, RT_AUDIT_DIR(dir)) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = unlinkat(dir, p.s, flags);
    rt_attach(ts);
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value px_unlink(struct rt_thread *ts, KW)
{
    SPEC("unlink", 0, 1, 1, 2, "path", "dir_fd");
    return unlink_common(ts, "unlink", v[0], v[1], 0);
}
static rt_value px_remove(struct rt_thread *ts, KW)
{
    SPEC("remove", 0, 1, 1, 2, "path", "dir_fd");
    return unlink_common(ts, "remove", v[0], v[1], 0);
}
static rt_value px_rmdir(struct rt_thread *ts, KW)
{
    SPEC("rmdir", 0, 1, 1, 2, "path", "dir_fd");
    return unlink_common(ts, "rmdir", v[0], v[1], AT_REMOVEDIR);
}
static rt_value rename_common(struct rt_thread *ts, const char *fname, const rt_value *v)
{
    struct rt_path a, b;
    int da, db, r;
    if (rt_dir_fd(ts, v[2], &da) < 0 || rt_dir_fd(ts, v[3], &db) < 0 || rt_path_get(ts, &a, fname, "src", v[0], 0) < 0)
        return RT_NULL;
    if (rt_path_get(ts, &b, fname, "dst", v[1], 0) < 0)
        return rt_path_drop(ts, &a), RT_NULL;
    if (rt_audit(ts, "os.rename", "OOii", v[0], v[1], RT_AUDIT_DIR(da), RT_AUDIT_DIR(db)) < 0)
        return rt_path_drop(ts, &a), rt_path_drop(ts, &b), RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = renameat(da, a.s, db, b.s);
    rt_attach(ts);
    rt_value res = r < 0 ? rt_raise_errno2(ts, v[0], v[1]) : RT_NONE;
    rt_path_drop(ts, &a);
    rt_path_drop(ts, &b);
    return res;
}
static rt_value px_rename(struct rt_thread *ts, KW)
{
    SPEC("rename", 0, 2, 2, 4, "src", "dst", "src_dir_fd", "dst_dir_fd");
    return rename_common(ts, "rename", v);
}
static rt_value px_replace(struct rt_thread *ts, KW)
{
    SPEC("replace", 0, 2, 2, 4, "src", "dst", "src_dir_fd", "dst_dir_fd");
    return rename_common(ts, "replace", v);
}
static rt_value px_symlink(struct rt_thread *ts, KW)
{
    SPEC("symlink", 0, 2, 3, 4, "src", "dst", "target_is_directory", "dir_fd");
    struct rt_path a, b;
    int dir, r;
    if (rt_dir_fd(ts, v[3], &dir) < 0 || rt_path_get(ts, &a, "symlink", "src", v[0], 0) < 0)
        return RT_NULL;
    if (rt_path_get(ts, &b, "symlink", "dst", v[1], 0) < 0)
        return rt_path_drop(ts, &a), RT_NULL;
    if (rt_audit(ts, "os.symlink", "OOi", v[0], v[1], RT_AUDIT_DIR(dir)) < 0)
        return rt_path_drop(ts, &a), rt_path_drop(ts, &b), RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = symlinkat(a.s, dir, b.s);
    rt_attach(ts);
    rt_value res = r < 0 ? rt_raise_errno2(ts, v[0], v[1]) : RT_NONE;
    rt_path_drop(ts, &a);
    rt_path_drop(ts, &b);
    return res;
}
static rt_value px_link(struct rt_thread *ts, KW)
{
    SPEC("link", 0, 2, 2, 5, "src", "dst", "src_dir_fd", "dst_dir_fd", "follow_symlinks");
    struct rt_path a, b;
    int da, db, r, follow = flag_arg(ts, v[4], 1);
    if (follow < 0 || rt_dir_fd(ts, v[2], &da) < 0 || rt_dir_fd(ts, v[3], &db) < 0 || rt_path_get(ts, &a, "link", "src", v[0], 0) < 0)
        return RT_NULL;
    if (rt_path_get(ts, &b, "link", "dst", v[1], 0) < 0)
        return rt_path_drop(ts, &a), RT_NULL;
    if (rt_audit(ts, "os.link", "OOii", v[0], v[1], RT_AUDIT_DIR(da), RT_AUDIT_DIR(db)) < 0)
        return rt_path_drop(ts, &a), rt_path_drop(ts, &b), RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = linkat(da, a.s, db, b.s, v[4].bits && follow ? AT_SYMLINK_FOLLOW : 0);
    rt_attach(ts);
    rt_value res = r < 0 ? rt_raise_errno2(ts, v[0], v[1]) : RT_NONE;
    rt_path_drop(ts, &a);
    rt_path_drop(ts, &b);
    return res;
}
static rt_value px_readlink(struct rt_thread *ts, KW)
{
    SPEC("readlink", 0, 1, 1, 2, "path", "dir_fd");
    struct rt_path p;
    char buf[PATH_MAX];
    int dir;
    ssize_t r;
    if (rt_dir_fd(ts, v[1], &dir) < 0 || rt_path_get(ts, &p, "readlink", "path", v[0], 0) < 0)
        return RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = readlinkat(dir, p.s, buf, sizeof(buf));
    rt_attach(ts);
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_value res = rt_path_result(ts, &p, buf, (size_t)r);
    rt_path_drop(ts, &p);
    return res;
}
static rt_value px_chmod(struct rt_thread *ts, KW)
{
    SPEC("chmod", 0, 2, 2, 4, "path", "mode", "dir_fd", "follow_symlinks");
    struct rt_path p;
    int mode = rt_as_int(ts, v[1]), dir, follow = flag_arg(ts, v[3], 1), r;
    if (rt_pending(ts) || rt_dir_fd(ts, v[2], &dir) < 0 || rt_path_get(ts, &p, "chmod", "path", v[0], RT_PATH_FD) < 0)
        return RT_NULL;
    if (rt_audit(ts, "os.chmod", "Oii", v[0], mode, RT_AUDIT_DIR(dir)) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = p.fd >= 0 ? fchmod(p.fd, (mode_t)mode) : fchmodat(dir, p.s, (mode_t)mode, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    rt_attach(ts);
    if (r < 0) {
        if (!follow && errno == EOPNOTSUPP) {
            rt_path_drop(ts, &p);
            return rt_raise(ts, &rt_exc_NotImplementedError, "chmod: follow_symlinks unavailable on this platform");
        }
        return rt_path_error(ts, &p);
    }
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value px_chdir(struct rt_thread *ts, KW)
{
    SPEC("chdir", 0, 1, 1, 1, "path");
    struct rt_path p;
    int r;
    if (rt_path_get(ts, &p, "chdir", "path", v[0], RT_PATH_FD) < 0)
        return RT_NULL;
    if (rt_audit(ts, "os.chdir", "O", v[0]) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = p.fd >= 0 ? fchdir(p.fd) : chdir(p.s);
    rt_attach(ts);
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value getcwd_as(struct rt_thread *ts, bool bytes)
{
    char buf[PATH_MAX];
    rt_detach(ts, RT_DETACH_IO);
    char *r = getcwd(buf, sizeof(buf));
    rt_attach(ts);
    return !r ? rt_posix_error(ts) : bytes ? rt_bytes_new(ts, buf, strlen(buf)) : rt_str_fsdecode(ts, buf, strlen(buf));
}
static rt_value px_getcwd(struct rt_thread *ts, rt_value self) { return getcwd_as(ts, false); }
static rt_value px_getcwdb(struct rt_thread *ts, rt_value self) { return getcwd_as(ts, true); }

/* seconds or nanoseconds to timespec */
static int to_timespec(struct rt_thread *ts, rt_value v, bool ns, struct timespec *out)
{
    if (ns) {
        rt_value d = rt_binary(ts, v, rt_int_imm(1000000000), RT_BIN_DIVMOD);
        if (rt_is_null(d))
            return -1;
        out->tv_sec = rt_as_i64(ts, rt_as_tuple(d)->items[0]);
        out->tv_nsec = rt_pending(ts) ? 0 : rt_as_i64(ts, rt_as_tuple(d)->items[1]);
        rt_decref(ts, d);
        return rt_pending(ts) ? -1 : 0;
    }
    if (rt_is_any_int(v)) {
        out->tv_sec = rt_as_i64(ts, v);
        out->tv_nsec = 0;
        return rt_pending(ts) ? -1 : 0;
    }
    double d = rt_as_double(ts, v), whole = __builtin_floor(d);
    if (rt_pending(ts))
        return -1;
    out->tv_sec = (time_t)whole;
    out->tv_nsec = (long)((d - whole) * 1e9);
    return 0;
}
static rt_value px_utime(struct rt_thread *ts, KW)
{
    SPEC("utime", 0, 1, 2, 5, "path", "times", "ns", "dir_fd", "follow_symlinks");
    struct rt_path p;
    struct timespec t[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    int dir, follow = flag_arg(ts, v[4], 1), r;
    bool has_times = v[1].bits && !rt_is_none(v[1]), has_ns = v[2].bits;
    if (has_times && has_ns)
        return rt_raise(ts, &rt_exc_ValueError, "utime: you may specify either 'times' or 'ns' but not both");
    if (has_times || has_ns) {
        rt_value pair = has_ns ? v[2] : v[1];
        if (!rt_is_tuple(pair) || rt_as_tuple(pair)->length != 2)
            return rt_raise(ts, &rt_exc_TypeError, has_ns ? "utime: 'ns' must be a tuple of two ints" : "utime: 'times' must be either a tuple of two ints or None");
        for (int i = 0; i < 2; i++)
            if (to_timespec(ts, rt_as_tuple(pair)->items[i], has_ns, &t[i]) < 0)
                return RT_NULL;
    }
    if (rt_dir_fd(ts, v[3], &dir) < 0 || rt_path_get(ts, &p, "utime", "path", v[0], RT_PATH_FD) < 0)
        return RT_NULL;
    if (rt_audit(ts, "os.utime", "OOOi", v[0], v[1], v[2], RT_AUDIT_DIR(dir)) < 0)
        return rt_path_drop(ts, &p), RT_NULL;
    rt_detach(ts, RT_DETACH_IO);
    r = p.fd >= 0 ? futimens(p.fd, t) : utimensat(dir, p.s, t, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    rt_attach(ts);
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value px_urandom(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t len = rt_as_index(ts, v, &rt_exc_OverflowError);
    if (rt_pending(ts))
        return RT_NULL;
    if (len < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative argument not allowed");
    rt_value b = rt_bytes_new(ts, NULL, (size_t)len);
    for (int64_t got = 0; b.bits && got < len;) {
        ssize_t r;
        RT_BLOCKING(ts, r, getrandom(rt_as_bytes(b)->data + got, (size_t)(len - got), 0));
        if (r < 0) {
            rt_decref(ts, b);
            return rt_posix_error(ts);
        }
        got += r;
    }
    return b;
}
static rt_value px_get_terminal_size(struct rt_thread *ts, FAST)
{
    struct winsize ws;
    int fd = n ? rt_as_int(ts, args[0]) : 1;
    if (rt_pending(ts))
        return RT_NULL;
    if (ioctl(fd, TIOCGWINSZ, &ws) < 0)
        return rt_posix_error(ts);
    rt_value t = rt_import_attr(ts, "posix", "terminal_size"), pair = rt_tuple_pack(ts, 2, rt_int_imm(ws.ws_col), rt_int_imm(ws.ws_row)), r;
    r = t.bits ? rt_call1(ts, t, pair) : RT_NULL;
    rt_decref(ts, pair);
    rt_decref(ts, t);
    return r;
}
static rt_value px_fspath(struct rt_thread *ts, KW)
{
    SPEC("fspath", 0, 1, 1, 1, "path");
    return rt_str_fspath(ts, v[0]);
}
/* The path in s, of len bytes, without empty parts, "." and "a/.."; out has room for as much. Bytes written. */
static size_t normalize(const char *s, size_t len, char *out)
{
    const char *end = s + len, *p = s;
    char *o = out;
    size_t lead = *s == '/' ? (len > 1 && s[1] == '/' && !(len > 2 && s[2] == '/') ? 2 : 1) : 0;
    for (size_t i = 0; i < lead; i++)
        *o++ = '/';
    char *base = o;
    while (p < end) {
        while (p < end && *p == '/')
            p++;
        const char *q = p;
        while (q < end && *q != '/')
            q++;
        size_t k = (size_t)(q - p);
        if (k == 2 && p[0] == '.' && p[1] == '.') {
            bool up = o > base && !(o - base >= 2 && o[-1] == '.' && o[-2] == '.' && (o - base == 2 || o[-3] == '/'));
            if (up) {
                while (o > base && o[-1] != '/')
                    o--;
                o -= o > base;
            }
            if (up || lead) {
                p = q;
                continue;
            }
        }
        if (k && !(k == 1 && *p == '.')) {
            if (o > base)
                *o++ = '/';
            memcpy(o, p, k);
            o += k;
        }
        p = q;
    }
    return (size_t)(o - out);
}
static rt_value px_path_normpath(struct rt_thread *ts, KW)
{
    SPEC("_path_normpath", 0, 1, 1, 1, "path");
    if (!rt_is_str(v[0]))
        return rt_raise_arg_type(ts, "_path_normpath", "path", "str", v[0]);
    size_t len;
    char room[256], *out = room;
    rt_value encoded = RT_NULL, r;
    const char *s = rt_str_utf8(ts, v[0], &len);
    if (!s) { /* lone surrogates: they come through as they are */
        rt_exc_clear(ts);
        encoded = rt_str_encode(ts, v[0], "utf-8", "surrogatepass");
        if (rt_is_null(encoded))
            return encoded;
        s = rt_as_bytes(encoded)->data;
        len = rt_as_bytes(encoded)->length;
    }
    if (len + 2 > sizeof room && !(out = rt_raw_malloc(len + 2)))
        return rt_decref(ts, encoded), rt_raise_no_memory(ts);
    size_t k = len ? normalize(s, len, out) : 0;
    if (!k)
        r = rt_str_intern_cstr(ts, ".");
    else if (k == len && !memcmp(out, s, k))
        r = rt_str_sub(ts, v[0], 0, rt_str_len(v[0]));
    else
        r = rt_is_null(encoded) ? rt_str_from_utf8(ts, out, k, NULL) : rt_str_decode(ts, out, k, "utf-8", "surrogatepass");
    if (out != room)
        rt_raw_free(out);
    rt_decref(ts, encoded);
    return r;
}

const struct rt_method_def rt_posix_files[] = {
    {"stat", px_stat, RT_METH_KW, "stat($module, /, path, *, dir_fd=None, follow_symlinks=True)\n--\n\nPerform a stat system call on the given path."},
    {"lstat", px_lstat, RT_METH_KW, "lstat($module, /, path, *, dir_fd=None)\n--\n\nPerform a stat system call on the given path, without following symbolic links."},
    {"fstat", px_fstat, RT_METH_KW, "fstat($module, /, fd)\n--\n\nPerform a stat system call on the given file descriptor."},
    {"access", px_access, RT_METH_KW, "access($module, /, path, mode, *, dir_fd=None, effective_ids=False,\n       follow_symlinks=True)\n--\n\nUse the real uid/gid to test for access to a path."},
    {"open", px_open, RT_METH_KW, "open($module, /, path, flags, mode=511, *, dir_fd=None)\n--\n\nOpen a file for low level IO.  Returns a file descriptor (integer)."},
    {"close", px_close, RT_METH_KW, "close($module, /, fd)\n--\n\nClose a file descriptor."},
    {"read", px_read, RT_METH_FAST, "read($module, fd, length, /)\n--\n\nRead from a file descriptor.  Returns a bytes object."},
    {"write", px_write, RT_METH_FAST, "write($module, fd, data, /)\n--\n\nWrite a bytes object to a file descriptor."},
    {"lseek", px_lseek, RT_METH_FAST, "lseek($module, fd, position, how, /)\n--\n\nSet the position of a file descriptor.  Return the new position."},
    {"ttyname", px_ttyname, RT_METH_O, "ttyname($module, fd, /)\n--\n\nReturn the name of the terminal device connected to 'fd'."},
    {"isatty", px_isatty, RT_METH_O, "isatty($module, fd, /)\n--\n\nReturn True if the fd is connected to a terminal."},
    {"dup", px_dup, RT_METH_O, "dup($module, fd, /)\n--\n\nReturn a duplicate of a file descriptor."},
    {"dup2", px_dup2, RT_METH_KW, "dup2($module, /, fd, fd2, inheritable=True)\n--\n\nDuplicate file descriptor."},
    {"pipe", px_pipe, RT_METH_NOARGS, "pipe($module, /)\n--\n\nCreate a pipe."},
    {"fsync", px_fsync, RT_METH_KW, "fsync($module, /, fd)\n--\n\nForce write of fd to disk."},
    {"ftruncate", px_ftruncate, RT_METH_FAST, "ftruncate($module, fd, length, /)\n--\n\nTruncate a file, specified by file descriptor, to a specific length."},
    {"get_inheritable", px_get_inheritable, RT_METH_O, "get_inheritable($module, fd, /)\n--\n\nGet the close-on-exe flag of the specified file descriptor."},
    {"set_inheritable", px_set_inheritable, RT_METH_FAST, "set_inheritable($module, fd, inheritable, /)\n--\n\nSet the inheritable flag of the specified file descriptor."},
    {"get_blocking", px_get_blocking, RT_METH_O, "get_blocking($module, fd, /)\n--\n\nGet the blocking mode of the file descriptor."},
    {"set_blocking", px_set_blocking, RT_METH_FAST, "set_blocking($module, fd, blocking, /)\n--\n\nSet the blocking mode of the specified file descriptor."},
    {"listdir", px_listdir, RT_METH_KW, "listdir($module, /, path=None)\n--\n\nReturn a list containing the names of the files in the directory."},
    {"mkdir", px_mkdir, RT_METH_KW, "mkdir($module, /, path, mode=511, *, dir_fd=None)\n--\n\nCreate a directory."},
    {"unlink", px_unlink, RT_METH_KW, "unlink($module, /, path, *, dir_fd=None)\n--\n\nRemove a file (same as remove())."},
    {"remove", px_remove, RT_METH_KW, "remove($module, /, path, *, dir_fd=None)\n--\n\nRemove a file (same as unlink())."},
    {"rmdir", px_rmdir, RT_METH_KW, "rmdir($module, /, path, *, dir_fd=None)\n--\n\nRemove a directory."},
    {"rename", px_rename, RT_METH_KW, "rename($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)\n--\n\nRename a file or directory."},
    {"replace", px_replace, RT_METH_KW, "replace($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)\n--\n\nRename a file or directory, overwriting the destination."},
    {"symlink", px_symlink, RT_METH_KW, "symlink($module, /, src, dst, target_is_directory=False, *, dir_fd=None)\n--\n\nCreate a symbolic link pointing to src named dst."},
    {"link", px_link, RT_METH_KW, "link($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None,\n     follow_symlinks=True)\n--\n\nCreate a hard link to a file."},
    {"readlink", px_readlink, RT_METH_KW, "readlink($module, /, path, *, dir_fd=None)\n--\n\nReturn a string representing the path to which the symbolic link points."},
    {"chmod", px_chmod, RT_METH_KW, "chmod($module, /, path, mode, *, dir_fd=None, follow_symlinks=True)\n--\n\nChange the access permissions of a file."},
    {"chdir", px_chdir, RT_METH_KW, "chdir($module, /, path)\n--\n\nChange the current working directory to the specified path."},
    {"getcwd", px_getcwd, RT_METH_NOARGS, "getcwd($module, /)\n--\n\nReturn a unicode string representing the current working directory."},
    {"getcwdb", px_getcwdb, RT_METH_NOARGS, "getcwdb($module, /)\n--\n\nReturn a bytes string representing the current working directory."},
    {"utime", px_utime, RT_METH_KW, "utime($module, /, path, times=None, *, ns=<unrepresentable>,\n      dir_fd=None, follow_symlinks=True)\n--\n\nSet the access and modified time of path."},
    {"urandom", px_urandom, RT_METH_O, "urandom($module, size, /)\n--\n\nReturn a bytes object containing random bytes suitable for cryptographic use."},
    {"get_terminal_size", px_get_terminal_size, RT_METH_FAST, "Return the size of the terminal window as (columns, lines)."},
    {"fspath", px_fspath, RT_METH_KW, "fspath($module, /, path)\n--\n\nReturn the file system path representation of the object."},
    {"_path_normpath", px_path_normpath, RT_METH_KW, "_path_normpath($module, /, path)\n--\n\nBasic path normalization."},
    {"scandir", rt_posix_scandir, RT_METH_KW, "scandir($module, /, path=None)\n--\n\nReturn an iterator of DirEntry objects for given path."},
    {NULL},
};
