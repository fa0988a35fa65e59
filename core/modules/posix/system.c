/* SPDX-License-Identifier: MIT */
/*
 * posix: limits and configuration, file system statistics, extended attributes, scheduling, user and group
 * identities, waiting with resource usage, descriptors of special kinds.
 */
#include <grp.h>
#include <linux/limits.h>
#include <pty.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <utmp.h>

#include "core/modules/posix/posix_internal.h"
#include "core/thread/thread.h"


/* ---- configuration by name ---- */
struct conf { const char *name; int v; };
static const struct conf sysconf_list[] = {
    {"SC_2_CHAR_TERM", _SC_2_CHAR_TERM}, {"SC_2_C_BIND", _SC_2_C_BIND}, {"SC_2_C_DEV", _SC_2_C_DEV},
    {"SC_2_C_VERSION", _SC_2_C_VERSION}, {"SC_2_FORT_DEV", _SC_2_FORT_DEV}, {"SC_2_FORT_RUN",
    _SC_2_FORT_RUN}, {"SC_2_LOCALEDEF", _SC_2_LOCALEDEF}, {"SC_2_SW_DEV", _SC_2_SW_DEV},
    {"SC_2_UPE", _SC_2_UPE}, {"SC_2_VERSION", _SC_2_VERSION}, {"SC_AIO_LISTIO_MAX",
    _SC_AIO_LISTIO_MAX}, {"SC_AIO_MAX", _SC_AIO_MAX}, {"SC_AIO_PRIO_DELTA_MAX",
    _SC_AIO_PRIO_DELTA_MAX}, {"SC_ARG_MAX", _SC_ARG_MAX}, {"SC_ASYNCHRONOUS_IO",
    _SC_ASYNCHRONOUS_IO}, {"SC_ATEXIT_MAX", _SC_ATEXIT_MAX}, {"SC_AVPHYS_PAGES", _SC_AVPHYS_PAGES},
    {"SC_BC_BASE_MAX", _SC_BC_BASE_MAX}, {"SC_BC_DIM_MAX", _SC_BC_DIM_MAX}, {"SC_BC_SCALE_MAX",
    _SC_BC_SCALE_MAX}, {"SC_BC_STRING_MAX", _SC_BC_STRING_MAX}, {"SC_CHARCLASS_NAME_MAX",
    _SC_CHARCLASS_NAME_MAX}, {"SC_CHAR_BIT", _SC_CHAR_BIT}, {"SC_CHAR_MAX", _SC_CHAR_MAX},
    {"SC_CHAR_MIN", _SC_CHAR_MIN}, {"SC_CHILD_MAX", _SC_CHILD_MAX}, {"SC_CLK_TCK", _SC_CLK_TCK},
    {"SC_COLL_WEIGHTS_MAX", _SC_COLL_WEIGHTS_MAX}, {"SC_DELAYTIMER_MAX", _SC_DELAYTIMER_MAX},
    {"SC_EQUIV_CLASS_MAX", _SC_EQUIV_CLASS_MAX}, {"SC_EXPR_NEST_MAX", _SC_EXPR_NEST_MAX},
    {"SC_FSYNC", _SC_FSYNC}, {"SC_GETGR_R_SIZE_MAX", _SC_GETGR_R_SIZE_MAX}, {"SC_GETPW_R_SIZE_MAX",
    _SC_GETPW_R_SIZE_MAX}, {"SC_INT_MAX", _SC_INT_MAX}, {"SC_INT_MIN", _SC_INT_MIN}, {"SC_IOV_MAX",
    _SC_IOV_MAX}, {"SC_JOB_CONTROL", _SC_JOB_CONTROL}, {"SC_LINE_MAX", _SC_LINE_MAX},
    {"SC_LOGIN_NAME_MAX", _SC_LOGIN_NAME_MAX}, {"SC_LONG_BIT", _SC_LONG_BIT}, {"SC_MAPPED_FILES",
    _SC_MAPPED_FILES}, {"SC_MB_LEN_MAX", _SC_MB_LEN_MAX}, {"SC_MEMLOCK", _SC_MEMLOCK},
    {"SC_MEMLOCK_RANGE", _SC_MEMLOCK_RANGE}, {"SC_MEMORY_PROTECTION", _SC_MEMORY_PROTECTION},
    {"SC_MESSAGE_PASSING", _SC_MESSAGE_PASSING}, {"SC_MINSIGSTKSZ", _SC_MINSIGSTKSZ},
    {"SC_MQ_OPEN_MAX", _SC_MQ_OPEN_MAX}, {"SC_MQ_PRIO_MAX", _SC_MQ_PRIO_MAX}, {"SC_NGROUPS_MAX",
    _SC_NGROUPS_MAX}, {"SC_NL_ARGMAX", _SC_NL_ARGMAX}, {"SC_NL_LANGMAX", _SC_NL_LANGMAX},
    {"SC_NL_MSGMAX", _SC_NL_MSGMAX}, {"SC_NL_NMAX", _SC_NL_NMAX}, {"SC_NL_SETMAX", _SC_NL_SETMAX},
    {"SC_NL_TEXTMAX", _SC_NL_TEXTMAX}, {"SC_NPROCESSORS_CONF", _SC_NPROCESSORS_CONF},
    {"SC_NPROCESSORS_ONLN", _SC_NPROCESSORS_ONLN}, {"SC_NZERO", _SC_NZERO}, {"SC_OPEN_MAX",
    _SC_OPEN_MAX}, {"SC_PAGESIZE", _SC_PAGESIZE}, {"SC_PAGE_SIZE", _SC_PAGE_SIZE}, {"SC_PASS_MAX",
    _SC_PASS_MAX}, {"SC_PHYS_PAGES", _SC_PHYS_PAGES}, {"SC_PII", _SC_PII}, {"SC_PII_INTERNET",
    _SC_PII_INTERNET}, {"SC_PII_INTERNET_DGRAM", _SC_PII_INTERNET_DGRAM}, {"SC_PII_INTERNET_STREAM",
    _SC_PII_INTERNET_STREAM}, {"SC_PII_OSI", _SC_PII_OSI}, {"SC_PII_OSI_CLTS", _SC_PII_OSI_CLTS},
    {"SC_PII_OSI_COTS", _SC_PII_OSI_COTS}, {"SC_PII_OSI_M", _SC_PII_OSI_M}, {"SC_PII_SOCKET",
    _SC_PII_SOCKET}, {"SC_PII_XTI", _SC_PII_XTI}, {"SC_POLL", _SC_POLL}, {"SC_PRIORITIZED_IO",
    _SC_PRIORITIZED_IO}, {"SC_PRIORITY_SCHEDULING", _SC_PRIORITY_SCHEDULING},
    {"SC_REALTIME_SIGNALS", _SC_REALTIME_SIGNALS}, {"SC_RE_DUP_MAX", _SC_RE_DUP_MAX},
    {"SC_RTSIG_MAX", _SC_RTSIG_MAX}, {"SC_SAVED_IDS", _SC_SAVED_IDS}, {"SC_SCHAR_MAX",
    _SC_SCHAR_MAX}, {"SC_SCHAR_MIN", _SC_SCHAR_MIN}, {"SC_SELECT", _SC_SELECT}, {"SC_SEMAPHORES",
    _SC_SEMAPHORES}, {"SC_SEM_NSEMS_MAX", _SC_SEM_NSEMS_MAX}, {"SC_SEM_VALUE_MAX",
    _SC_SEM_VALUE_MAX}, {"SC_SHARED_MEMORY_OBJECTS", _SC_SHARED_MEMORY_OBJECTS}, {"SC_SHRT_MAX",
    _SC_SHRT_MAX}, {"SC_SHRT_MIN", _SC_SHRT_MIN}, {"SC_SIGQUEUE_MAX", _SC_SIGQUEUE_MAX},
    {"SC_SSIZE_MAX", _SC_SSIZE_MAX}, {"SC_STREAM_MAX", _SC_STREAM_MAX}, {"SC_SYNCHRONIZED_IO",
    _SC_SYNCHRONIZED_IO}, {"SC_THREADS", _SC_THREADS}, {"SC_THREAD_ATTR_STACKADDR",
    _SC_THREAD_ATTR_STACKADDR}, {"SC_THREAD_ATTR_STACKSIZE", _SC_THREAD_ATTR_STACKSIZE},
    {"SC_THREAD_DESTRUCTOR_ITERATIONS", _SC_THREAD_DESTRUCTOR_ITERATIONS}, {"SC_THREAD_KEYS_MAX",
    _SC_THREAD_KEYS_MAX}, {"SC_THREAD_PRIORITY_SCHEDULING", _SC_THREAD_PRIORITY_SCHEDULING},
    {"SC_THREAD_PRIO_INHERIT", _SC_THREAD_PRIO_INHERIT}, {"SC_THREAD_PRIO_PROTECT",
    _SC_THREAD_PRIO_PROTECT}, {"SC_THREAD_PROCESS_SHARED", _SC_THREAD_PROCESS_SHARED},
    {"SC_THREAD_SAFE_FUNCTIONS", _SC_THREAD_SAFE_FUNCTIONS}, {"SC_THREAD_STACK_MIN",
    _SC_THREAD_STACK_MIN}, {"SC_THREAD_THREADS_MAX", _SC_THREAD_THREADS_MAX}, {"SC_TIMERS",
    _SC_TIMERS}, {"SC_TIMER_MAX", _SC_TIMER_MAX}, {"SC_TTY_NAME_MAX", _SC_TTY_NAME_MAX},
    {"SC_TZNAME_MAX", _SC_TZNAME_MAX}, {"SC_T_IOV_MAX", _SC_T_IOV_MAX}, {"SC_UCHAR_MAX",
    _SC_UCHAR_MAX}, {"SC_UINT_MAX", _SC_UINT_MAX}, {"SC_UIO_MAXIOV", _SC_UIO_MAXIOV},
    {"SC_ULONG_MAX", _SC_ULONG_MAX}, {"SC_USHRT_MAX", _SC_USHRT_MAX}, {"SC_VERSION", _SC_VERSION},
    {"SC_WORD_BIT", _SC_WORD_BIT}, {"SC_XBS5_ILP32_OFF32", _SC_XBS5_ILP32_OFF32},
    {"SC_XBS5_ILP32_OFFBIG", _SC_XBS5_ILP32_OFFBIG}, {"SC_XBS5_LP64_OFF64", _SC_XBS5_LP64_OFF64},
    {"SC_XBS5_LPBIG_OFFBIG", _SC_XBS5_LPBIG_OFFBIG}, {"SC_XOPEN_CRYPT", _SC_XOPEN_CRYPT},
    {"SC_XOPEN_ENH_I18N", _SC_XOPEN_ENH_I18N}, {"SC_XOPEN_LEGACY", _SC_XOPEN_LEGACY},
    {"SC_XOPEN_REALTIME", _SC_XOPEN_REALTIME}, {"SC_XOPEN_REALTIME_THREADS",
    _SC_XOPEN_REALTIME_THREADS}, {"SC_XOPEN_SHM", _SC_XOPEN_SHM}, {"SC_XOPEN_UNIX", _SC_XOPEN_UNIX},
    {"SC_XOPEN_VERSION", _SC_XOPEN_VERSION}, {"SC_XOPEN_XCU_VERSION", _SC_XOPEN_XCU_VERSION},
    {"SC_XOPEN_XPG2", _SC_XOPEN_XPG2}, {"SC_XOPEN_XPG3", _SC_XOPEN_XPG3}, {"SC_XOPEN_XPG4",
    _SC_XOPEN_XPG4},
    {NULL, 0}};
static const struct conf confstr_list[] = {
    {"CS_GNU_LIBC_VERSION", _CS_GNU_LIBC_VERSION}, {"CS_GNU_LIBPTHREAD_VERSION",
    _CS_GNU_LIBPTHREAD_VERSION}, {"CS_LFS64_CFLAGS", _CS_LFS64_CFLAGS}, {"CS_LFS64_LDFLAGS",
    _CS_LFS64_LDFLAGS}, {"CS_LFS64_LIBS", _CS_LFS64_LIBS}, {"CS_LFS64_LINTFLAGS",
    _CS_LFS64_LINTFLAGS}, {"CS_LFS_CFLAGS", _CS_LFS_CFLAGS}, {"CS_LFS_LDFLAGS", _CS_LFS_LDFLAGS},
    {"CS_LFS_LIBS", _CS_LFS_LIBS}, {"CS_LFS_LINTFLAGS", _CS_LFS_LINTFLAGS}, {"CS_PATH", _CS_PATH},
    {"CS_XBS5_ILP32_OFF32_CFLAGS", _CS_XBS5_ILP32_OFF32_CFLAGS}, {"CS_XBS5_ILP32_OFF32_LDFLAGS",
    _CS_XBS5_ILP32_OFF32_LDFLAGS}, {"CS_XBS5_ILP32_OFF32_LIBS", _CS_XBS5_ILP32_OFF32_LIBS},
    {"CS_XBS5_ILP32_OFF32_LINTFLAGS", _CS_XBS5_ILP32_OFF32_LINTFLAGS},
    {"CS_XBS5_ILP32_OFFBIG_CFLAGS", _CS_XBS5_ILP32_OFFBIG_CFLAGS}, {"CS_XBS5_ILP32_OFFBIG_LDFLAGS",
    _CS_XBS5_ILP32_OFFBIG_LDFLAGS}, {"CS_XBS5_ILP32_OFFBIG_LIBS", _CS_XBS5_ILP32_OFFBIG_LIBS},
    {"CS_XBS5_ILP32_OFFBIG_LINTFLAGS", _CS_XBS5_ILP32_OFFBIG_LINTFLAGS},
    {"CS_XBS5_LP64_OFF64_CFLAGS", _CS_XBS5_LP64_OFF64_CFLAGS}, {"CS_XBS5_LP64_OFF64_LDFLAGS",
    _CS_XBS5_LP64_OFF64_LDFLAGS}, {"CS_XBS5_LP64_OFF64_LIBS", _CS_XBS5_LP64_OFF64_LIBS},
    {"CS_XBS5_LP64_OFF64_LINTFLAGS", _CS_XBS5_LP64_OFF64_LINTFLAGS}, {"CS_XBS5_LPBIG_OFFBIG_CFLAGS",
    _CS_XBS5_LPBIG_OFFBIG_CFLAGS}, {"CS_XBS5_LPBIG_OFFBIG_LDFLAGS", _CS_XBS5_LPBIG_OFFBIG_LDFLAGS},
    {"CS_XBS5_LPBIG_OFFBIG_LIBS", _CS_XBS5_LPBIG_OFFBIG_LIBS}, {"CS_XBS5_LPBIG_OFFBIG_LINTFLAGS",
    _CS_XBS5_LPBIG_OFFBIG_LINTFLAGS},
    {NULL, 0}};
static const struct conf pathconf_list[] = {
    {"PC_ALLOC_SIZE_MIN", _PC_ALLOC_SIZE_MIN}, {"PC_ASYNC_IO", _PC_ASYNC_IO},
    {"PC_CHOWN_RESTRICTED", _PC_CHOWN_RESTRICTED}, {"PC_FILESIZEBITS", _PC_FILESIZEBITS},
    {"PC_LINK_MAX", _PC_LINK_MAX}, {"PC_MAX_CANON", _PC_MAX_CANON}, {"PC_MAX_INPUT", _PC_MAX_INPUT},
    {"PC_NAME_MAX", _PC_NAME_MAX}, {"PC_NO_TRUNC", _PC_NO_TRUNC}, {"PC_PATH_MAX", _PC_PATH_MAX},
    {"PC_PIPE_BUF", _PC_PIPE_BUF}, {"PC_PRIO_IO", _PC_PRIO_IO}, {"PC_REC_INCR_XFER_SIZE",
    _PC_REC_INCR_XFER_SIZE}, {"PC_REC_MAX_XFER_SIZE", _PC_REC_MAX_XFER_SIZE},
    {"PC_REC_MIN_XFER_SIZE", _PC_REC_MIN_XFER_SIZE}, {"PC_REC_XFER_ALIGN", _PC_REC_XFER_ALIGN},
    {"PC_SOCK_MAXBUF", _PC_SOCK_MAXBUF}, {"PC_SYMLINK_MAX", _PC_SYMLINK_MAX}, {"PC_SYNC_IO",
    _PC_SYNC_IO}, {"PC_VDISABLE", _PC_VDISABLE},
    {NULL, 0}};
static int conf_name(struct rt_thread *ts, rt_value v, const struct conf *list)
{
    if (rt_is_any_int(v))
        return rt_as_int(ts, v);
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "configuration names must be strings or integers");
        return -1;
    }
    for (; list->name; list++)
        if (rt_str_eq_cstr(v, list->name))
            return list->v;
    rt_raise(ts, &rt_exc_ValueError, "unrecognized configuration name");
    return -1;
}
static rt_value conf_result(struct rt_thread *ts, long r) { return r == -1 && errno ? rt_posix_error(ts) : rt_int_imm(r); }
static rt_value px_sysconf(struct rt_thread *ts, rt_value self, rt_value v)
{
    int name = conf_name(ts, v, sysconf_list);
    errno = 0;
    return rt_pending(ts) ? RT_NULL : conf_result(ts, sysconf(name));
}
static rt_value px_confstr(struct rt_thread *ts, rt_value self, rt_value v)
{
    int name = conf_name(ts, v, confstr_list);
    char buf[1024];
    if (rt_pending(ts))
        return RT_NULL;
    errno = 0;
    size_t n = confstr(name, buf, sizeof buf);
    if (n == 0)
        return errno ? rt_posix_error(ts) : RT_NONE;
    return rt_str_fsdecode(ts, buf, (n > sizeof buf ? sizeof buf : n) - 1);
}
static rt_value px_pathconf(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "name", NULL};
    static const struct rt_argspec spec = {"pathconf", names, 0, 2, 2, 2};
    struct rt_path p;
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int name = conf_name(ts, v[1], pathconf_list);
    if (rt_pending(ts) || rt_path_get(ts, &p, "pathconf", "path", v[0], RT_PATH_FD) < 0)
        return RT_NULL;
    errno = 0;
    long r = p.fd >= 0 ? fpathconf(p.fd, name) : pathconf(p.s, name);
    if (r == -1 && errno)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return rt_int_imm(r);
}
static rt_value px_fpathconf(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "fpathconf", n, 2, 2) < 0)
        return RT_NULL;
    int fd = rt_fd_arg(ts, a[0]), name = fd < 0 ? 0 : conf_name(ts, a[1], pathconf_list);
    errno = 0;
    return rt_pending(ts) ? RT_NULL : conf_result(ts, fpathconf(fd, name));
}

/* ---- statvfs ---- */
static struct rt_type statvfs_type, waitid_type, sched_param_type;
static const struct rt_structseq_field statvfs_fields[] = {{"f_bsize", NULL}, {"f_frsize", NULL}, {"f_blocks", NULL}, {"f_bfree", NULL},
    {"f_bavail", NULL}, {"f_files", NULL}, {"f_ffree", NULL}, {"f_favail", NULL}, {"f_flag", NULL}, {"f_namemax", NULL}, {"f_fsid", NULL}, {NULL, NULL}};
static const struct rt_structseq statvfs_desc = {"os.statvfs_result", "statvfs_result: Result from statvfs or fstatvfs.\n\nThis object may be accessed either as a tuple of\n  (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),\nor via the attributes f_bsize, f_frsize, f_blocks, f_bfree, and so on.\n\nSee os.statvfs for more information.", statvfs_fields, 10, false};
static const struct rt_structseq_field waitid_fields[] = {{"si_pid", NULL}, {"si_uid", NULL}, {"si_signo", NULL}, {"si_status", NULL}, {"si_code", NULL}, {NULL, NULL}};
static const struct rt_structseq waitid_desc = {"posix.waitid_result", "waitid_result: Result from waitid.", waitid_fields, 5, false};
static const struct rt_structseq_field sched_fields[] = {{"sched_priority", "the scheduling priority"}, {NULL, NULL}};
static const struct rt_structseq sched_desc = {"posix.sched_param", "Currently has only one field: sched_priority\n\n  sched_priority\n    A scheduling parameter.", sched_fields, 1, false};

static rt_value statvfs_value(struct rt_thread *ts, const struct statvfs *s)
{
    rt_value w[11] = {rt_int_from_u64(ts, s->f_bsize), rt_int_from_u64(ts, s->f_frsize), rt_int_from_u64(ts, s->f_blocks),
        rt_int_from_u64(ts, s->f_bfree), rt_int_from_u64(ts, s->f_bavail), rt_int_from_u64(ts, s->f_files), rt_int_from_u64(ts, s->f_ffree),
        rt_int_from_u64(ts, s->f_favail), rt_int_from_u64(ts, s->f_flag), rt_int_from_u64(ts, s->f_namemax), rt_int_from_u64(ts, s->f_fsid)};
    return rt_structseq_new(ts, &statvfs_type, w);
}
static rt_value px_statvfs(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", NULL};
    static const struct rt_argspec spec = {"statvfs", names, 0, 1, 1, 1};
    struct rt_path p;
    struct statvfs s;
    rt_value v[1];
    int r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || rt_path_get(ts, &p, "statvfs", "path", v[0], RT_PATH_FD) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, p.fd >= 0 ? fstatvfs(p.fd, &s) : statvfs(p.s, &s));
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return statvfs_value(ts, &s);
}
static rt_value px_fstatvfs(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct statvfs s;
    int fd = rt_as_int(ts, v), r;
    if (rt_pending(ts))
        return RT_NULL;
    RT_BLOCKING(ts, r, fstatvfs(fd, &s));
    return r < 0 ? rt_posix_error(ts) : statvfs_value(ts, &s);
}

/* ---- extended attributes ---- */
struct xattr { struct rt_path path, name; bool follow; };
/* path, [attribute], *, follow_symlinks=True at v[0], v[1], v[follow] */
static int xattr_get(struct rt_thread *ts, struct xattr *x, const char *fname, rt_value path, rt_value name, rt_value follow)
{
    int f = rt_is_null(follow) ? 1 : rt_truth(ts, follow);
    *x = (struct xattr){.follow = f > 0};
    if (f < 0 || rt_path_get(ts, &x->path, fname, "path", path, RT_PATH_FD | (rt_is_null(name) ? RT_PATH_NONE : 0)) < 0)
        return -1;
    if (!f && x->path.fd >= 0) {
        rt_path_drop(ts, &x->path);
        rt_raise(ts, &rt_exc_ValueError, "%s: cannot use fd and follow_symlinks together", fname);
        return -1;
    }
    if (rt_is_null(name))
        return 0;
    if (rt_path_get(ts, &x->name, fname, "attribute", name, 0) == 0)
        return 0;
    rt_path_drop(ts, &x->path);
    return -1;
}
static void xattr_drop(struct rt_thread *ts, struct xattr *x)
{
    rt_path_drop(ts, &x->path);
    if (x->name.s)
        rt_path_drop(ts, &x->name);
}
static rt_value xattr_error(struct rt_thread *ts, struct xattr *x)
{
    if (x->name.s)
        rt_path_drop(ts, &x->name);
    return rt_path_error(ts, &x->path);
}
/* r < 0: an audit hook raised; x goes. */
static bool xattr_refused(struct rt_thread *ts, struct xattr *x, int r)
{
    if (r < 0)
        xattr_drop(ts, x);
    return r < 0;
}
static rt_value px_getxattr(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "attribute", "follow_symlinks", NULL};
    static const struct rt_argspec spec = {"getxattr", names, 0, 2, 2, 3};
    struct xattr x;
    rt_value v[3];
    char small[256], *buf = small;
    size_t room = sizeof small;
    ssize_t r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || xattr_get(ts, &x, "getxattr", v[0], v[1], v[2]) < 0 || xattr_refused(ts, &x, rt_audit(ts, "os.getxattr", "OO", v[0], v[1])))
        return RT_NULL;
    for (;;) {
        RT_BLOCKING(ts, r, x.path.fd >= 0 ? fgetxattr(x.path.fd, x.name.s, buf, room) : x.follow ? getxattr(x.path.s, x.name.s, buf, room) : lgetxattr(x.path.s, x.name.s, buf, room));
        if (r >= 0 || errno != ERANGE || buf != small)
            break;
        room = XATTR_SIZE_MAX;
        if (!(buf = rt_raw_malloc(room))) {
            xattr_drop(ts, &x);
            return rt_raise_no_memory(ts);
        }
    }
    rt_value res = r < 0 ? xattr_error(ts, &x) : rt_bytes_new(ts, buf, (size_t)r);
    if (r >= 0)
        xattr_drop(ts, &x);
    if (buf != small)
        rt_raw_free(buf);
    return res;
}
static rt_value px_setxattr(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "attribute", "value", "flags", "follow_symlinks", NULL};
    static const struct rt_argspec spec = {"setxattr", names, 0, 3, 4, 5};
    struct xattr x;
    struct rt_buffer b;
    rt_value v[5];
    int r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int flags = v[3].bits ? rt_as_int(ts, v[3]) : 0;
    if (rt_pending(ts) || rt_buffer_get(ts, v[2], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value res = RT_NULL;
    if (xattr_get(ts, &x, "setxattr", v[0], v[1], v[4]) == 0 && !xattr_refused(ts, &x, rt_audit(ts, "os.setxattr", "OOOi", v[0], v[1], v[2], flags))) {
        RT_BLOCKING(ts, r, x.path.fd >= 0 ? fsetxattr(x.path.fd, x.name.s, b.buf, (size_t)b.len, flags) :
                    x.follow ? setxattr(x.path.s, x.name.s, b.buf, (size_t)b.len, flags) : lsetxattr(x.path.s, x.name.s, b.buf, (size_t)b.len, flags));
        if (r < 0) {
            xattr_error(ts, &x);
        } else {
            xattr_drop(ts, &x);
            res = RT_NONE;
        }
    }
    rt_buffer_release(ts, &b);
    return res;
}
static rt_value px_removexattr(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "attribute", "follow_symlinks", NULL};
    static const struct rt_argspec spec = {"removexattr", names, 0, 2, 2, 3};
    struct xattr x;
    rt_value v[3];
    int r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || xattr_get(ts, &x, "removexattr", v[0], v[1], v[2]) < 0 || xattr_refused(ts, &x, rt_audit(ts, "os.removexattr", "OO", v[0], v[1])))
        return RT_NULL;
    RT_BLOCKING(ts, r, x.path.fd >= 0 ? fremovexattr(x.path.fd, x.name.s) : x.follow ? removexattr(x.path.s, x.name.s) : lremovexattr(x.path.s, x.name.s));
    if (r < 0)
        return xattr_error(ts, &x);
    xattr_drop(ts, &x);
    return RT_NONE;
}
static rt_value px_listxattr(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "follow_symlinks", NULL};
    static const struct rt_argspec spec = {"listxattr", names, 0, 0, 1, 2};
    struct xattr x;
    rt_value v[2];
    ssize_t r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || xattr_get(ts, &x, "listxattr", v[0], RT_NULL, v[1]) < 0 || xattr_refused(ts, &x, rt_audit(ts, "os.listxattr", "O", v[0])))
        return RT_NULL;
    const char *path = x.path.s ? x.path.s : ".";
    char *buf = rt_raw_malloc(XATTR_LIST_MAX);
    if (!buf) {
        xattr_drop(ts, &x);
        return rt_raise_no_memory(ts);
    }
    RT_BLOCKING(ts, r, x.path.fd >= 0 ? flistxattr(x.path.fd, buf, XATTR_LIST_MAX) : x.follow ? listxattr(path, buf, XATTR_LIST_MAX) : llistxattr(path, buf, XATTR_LIST_MAX));
    rt_value l = r < 0 ? xattr_error(ts, &x) : rt_list_new(ts, 4);
    for (char *s = buf; r > 0 && s < buf + r && !rt_is_null(l); s += strlen(s) + 1)
        rt_list_append_steal(ts, l, rt_str_fsdecode(ts, s, strlen(s)));
    if (r >= 0)
        xattr_drop(ts, &x);
    rt_raw_free(buf);
    return l;
}

/* ---- identities ---- */
RT_POSIX_IDS(px_setresuid, "setresuid", 3, "uid", setresuid((uid_t)v[0], (uid_t)v[1], (uid_t)v[2]))
RT_POSIX_IDS(px_setresgid, "setresgid", 3, "gid", setresgid((gid_t)v[0], (gid_t)v[1], (gid_t)v[2]))
RT_POSIX_NAMED(px_setpriority_, "setpriority", 3, rt_posix_status, (rt_carriers_retire(), setpriority((int)v[0], (id_t)v[1], (int)v[2])), "which", "who", "priority")
RT_POSIX_INTS(px_getscheduler, "sched_getscheduler", 1, rt_posix_number, sched_getscheduler((pid_t)v[0]))
RT_POSIX_INTS(px_login_tty, "login_tty", 1, rt_posix_status, login_tty((int)v[0]))
static rt_value px_getres(struct rt_thread *ts, rt_value self)
{
    uid_t r, e, s;
    return getresuid(&r, &e, &s) < 0 ? rt_posix_error(ts) : rt_tuple_pack(ts, 3, rt_int_imm(r), rt_int_imm(e), rt_int_imm(s));
}
static rt_value px_getresgid(struct rt_thread *ts, rt_value self)
{
    gid_t r, e, s;
    return getresgid(&r, &e, &s) < 0 ? rt_posix_error(ts) : rt_tuple_pack(ts, 3, rt_int_imm(r), rt_int_imm(e), rt_int_imm(s));
}
static rt_value px_setgroups(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value t = rt_is_sequence(v) ? rt_seq_tuple(ts, v) : rt_raise(ts, &rt_exc_TypeError, "setgroups argument must be a sequence");
    if (rt_is_null(t))
        return t;
    size_t n = rt_as_tuple(t)->length;
    gid_t *g = rt_raw_malloc((n + 1) * sizeof *g);
    for (size_t i = 0; i < n && !rt_pending(ts); i++) {
        if (!rt_is_any_int(rt_as_tuple(t)->items[i]))
            rt_raise(ts, &rt_exc_TypeError, "groups must be integers");
        else
            rt_posix_id(ts, rt_as_tuple(t)->items[i], "gid", &g[i]);
    }
    rt_decref(ts, t);
    rt_value r = rt_pending(ts) ? RT_NULL : rt_posix_status(ts, setgroups(n, g));
    rt_raw_free(g);
    return r;
}
static const char *user_arg(struct rt_thread *ts, rt_value v, rt_value *keep)
{
    *keep = rt_str_fsencode(ts, v);
    return rt_is_null(*keep) ? NULL : rt_as_bytes(*keep)->data;
}
static rt_value px_initgroups(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    rt_value keep;
    if (rt_args_count(ts, "initgroups", n, 2, 2) < 0)
        return RT_NULL;
    id_t gid;
    const char *user = rt_posix_id(ts, a[1], "gid", &gid) < 0 ? NULL : user_arg(ts, a[0], &keep);
    if (!user)
        return RT_NULL;
    rt_value r = rt_posix_status(ts, initgroups(user, gid));
    rt_decref(ts, keep);
    return r;
}
static rt_value px_getgrouplist(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    rt_value keep;
    if (rt_args_count(ts, "getgrouplist", n, 2, 2) < 0)
        return RT_NULL;
    id_t gid;
    const char *user = rt_posix_id(ts, a[1], "gid", &gid) < 0 ? NULL : user_arg(ts, a[0], &keep);
    if (!user)
        return RT_NULL;
    int count = 65536;
    gid_t *g = rt_raw_malloc((size_t)count * sizeof *g);
    rt_value l = !g || getgrouplist(user, gid, g, &count) < 0 ? rt_posix_error(ts) : rt_list_new(ts, (size_t)count);
    for (int i = 0; i < count && !rt_is_null(l); i++)
        rt_list_append(ts, l, rt_int_imm(g[i]));
    rt_raw_free(g);
    rt_decref(ts, keep);
    return l;
}
static rt_value px_getlogin(struct rt_thread *ts, rt_value self)
{
    char name[256];
    int r = getlogin_r(name, sizeof name);
    if (r) {
        errno = r;
        return rt_posix_error(ts);
    }
    return rt_str_fsdecode(ts, name, strlen(name));
}
static rt_value px_getpriority(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"which", "who", NULL};
    static const struct rt_argspec spec = {"getpriority", names, 0, 2, 2, 2};
    rt_value given[2];
    int64_t v[2];
    if (rt_args(ts, &spec, a, n, kw, given) < 0 || rt_posix_ints(ts, "getpriority", given, 2, 2, v) < 0)
        return RT_NULL;
    errno = 0;
    int r = getpriority((int)v[0], (id_t)v[1]);
    return errno ? rt_posix_error(ts) : rt_int_imm(r);
}
static rt_value px_nice(struct rt_thread *ts, rt_value self, rt_value v)
{
    int inc = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    errno = 0;
    rt_carriers_retire();
    int r = nice(inc);
    return r == -1 && errno ? rt_posix_error(ts) : rt_int_imm(r);
}

/* ---- scheduling ---- */
static int param_arg(struct rt_thread *ts, rt_value v, struct sched_param *p)
{
    rt_carriers_retire();
    if (!rt_is_ptr(v) || rt_type_of(v) != &sched_param_type) {
        rt_raise(ts, &rt_exc_TypeError, "must have a sched_param object");
        return -1;
    }
    p->sched_priority = rt_as_int(ts, rt_as_tuple(v)->items[0]);
    return rt_pending(ts) ? -1 : 0;
}
static rt_value px_getparam(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct sched_param p;
    int pid = rt_as_int(ts, v);
    if (rt_pending(ts) || sched_getparam(pid, &p) < 0)
        return rt_posix_error(ts);
    rt_value w[1] = {rt_int_imm(p.sched_priority)};
    return rt_structseq_new(ts, &sched_param_type, w);
}
static rt_value px_setparam(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct sched_param p;
    if (rt_args_count(ts, "sched_setparam", n, 2, 2) < 0)
        return RT_NULL;
    int pid = rt_as_int(ts, a[0]);
    return rt_pending(ts) || param_arg(ts, a[1], &p) < 0 ? RT_NULL : rt_posix_status(ts, sched_setparam(pid, &p));
}
static rt_value px_setscheduler(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct sched_param p;
    if (rt_args_count(ts, "sched_setscheduler", n, 3, 3) < 0)
        return RT_NULL;
    int pid = rt_as_int(ts, a[0]), policy = rt_pending(ts) ? 0 : rt_as_int(ts, a[1]);
    return rt_pending(ts) || param_arg(ts, a[2], &p) < 0 ? RT_NULL : rt_posix_status(ts, sched_setscheduler(pid, policy, &p));
}
static rt_value px_rr_interval(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct timespec t;
    int pid = rt_as_int(ts, v);
    if (rt_pending(ts) || sched_rr_get_interval(pid, &t) < 0)
        return rt_posix_error(ts);
    return rt_float_new(ts, (double)t.tv_sec + 1e-9 * (double)t.tv_nsec);
}
static rt_value px_setaffinity(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    cpu_set_t set;
    if (rt_args_count(ts, "sched_setaffinity", n, 2, 2) < 0)
        return RT_NULL;
    int pid = rt_as_int(ts, a[0]);
    rt_value t = rt_pending(ts) ? RT_NULL : rt_seq_tuple(ts, a[1]);
    if (rt_is_null(t))
        return t;
    rt_carriers_retire();
    CPU_ZERO(&set);
    for (size_t i = 0; i < rt_as_tuple(t)->length && !rt_pending(ts); i++) {
        rt_value v = rt_as_tuple(t)->items[i];
        int64_t cpu = rt_is_any_int(v) ? rt_as_i64(ts, v) : 0;
        if (!rt_is_any_int(v))
            rt_raise(ts, &rt_exc_TypeError, "expected an iterator of ints, but iterator yielded <class '%s'>", rt_typename(v));
        else if (!rt_pending(ts) && cpu < 0)
            rt_raise(ts, &rt_exc_ValueError, "negative CPU number");
        else if (!rt_pending(ts) && cpu > INT32_MAX - 1)
            rt_raise(ts, &rt_exc_OverflowError, "CPU number too large");
        else if (cpu < CPU_SETSIZE)
            CPU_SET((size_t)cpu, &set);
    }
    rt_decref(ts, t);
    return rt_pending(ts) ? RT_NULL : rt_posix_status(ts, sched_setaffinity(pid, sizeof set, &set));
}

/* ---- waiting ---- */
static rt_value tv_seconds(struct rt_thread *ts, struct timeval t) { return rt_float_new(ts, (double)t.tv_sec + (double)t.tv_usec * 1e-6); }
static rt_value wait_usage(struct rt_thread *ts, int64_t pid, int options)
{
    struct rusage u = {0};
    int st = 0, r;
    RT_BLOCKING(ts, r, wait4((pid_t)pid, &st, options, &u));
    if (r < 0)
        return rt_posix_error(ts);
    rt_value type = rt_import_attr(ts, "resource", "struct_rusage");
    if (rt_is_null(type))
        return type;
    rt_value w[16] = {tv_seconds(ts, u.ru_utime), tv_seconds(ts, u.ru_stime), rt_int_imm(u.ru_maxrss), rt_int_imm(u.ru_ixrss), rt_int_imm(u.ru_idrss),
        rt_int_imm(u.ru_isrss), rt_int_imm(u.ru_minflt), rt_int_imm(u.ru_majflt), rt_int_imm(u.ru_nswap), rt_int_imm(u.ru_inblock),
        rt_int_imm(u.ru_oublock), rt_int_imm(u.ru_msgsnd), rt_int_imm(u.ru_msgrcv), rt_int_imm(u.ru_nsignals), rt_int_imm(u.ru_nvcsw), rt_int_imm(u.ru_nivcsw)};
    rt_value t = rt_tuple_steal(ts, w, 16), usage = rt_is_null(t) ? t : rt_call1(ts, type, t), res = RT_NULL;
    if (!rt_is_null(usage))
        res = rt_tuple_pack(ts, 3, rt_int_imm(r), rt_int_imm(st), usage);
    rt_decref(ts, usage);
    rt_decref(ts, t);
    rt_decref(ts, type);
    return res;
}
static rt_value px_wait3(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"options", NULL};
    static const struct rt_argspec spec = {"wait3", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int options = rt_as_int(ts, v[0]);
    return rt_pending(ts) ? RT_NULL : wait_usage(ts, -1, options);
}
static rt_value px_wait4(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"pid", "options", NULL};
    static const struct rt_argspec spec = {"wait4", names, 0, 2, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int64_t pid = rt_as_i64(ts, v[0]);
    int options = rt_pending(ts) ? 0 : rt_as_int(ts, v[1]);
    return rt_pending(ts) ? RT_NULL : wait_usage(ts, pid, options);
}
static rt_value px_waitid(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    int64_t v[3];
    siginfo_t si = {0};
    int r;
    if (rt_posix_ints(ts, "waitid", a, n, 3, v) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, waitid((idtype_t)v[0], (id_t)v[1], &si, (int)v[2]));
    if (r < 0)
        return rt_posix_error(ts);
    if (si.si_pid == 0)
        return RT_NONE;
    rt_value w[5] = {rt_int_imm(si.si_pid), rt_int_imm(si.si_uid), rt_int_imm(si.si_signo), rt_int_imm(si.si_status), rt_int_imm(si.si_code)};
    return rt_structseq_new(ts, &waitid_type, w);
}
static rt_value px_pidfd_open(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"pid", "flags", NULL};
    static const struct rt_argspec spec = {"pidfd_open", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int pid = rt_as_int(ts, v[0]), flags = v[1].bits && !rt_pending(ts) ? rt_as_int(ts, v[1]) : 0;
    return rt_pending(ts) ? RT_NULL : rt_posix_number(ts, syscall(SYS_pidfd_open, pid, flags));
}

/* ---- terminals, roots, special files ---- */
static rt_value px_ttyname(struct rt_thread *ts, rt_value self, rt_value v)
{
    char buf[256];
    int fd = rt_as_int(ts, v);
    if (rt_pending(ts))
        return RT_NULL;
    int r = ttyname_r(fd, buf, sizeof buf);
    if (r) {
        errno = r;
        return rt_posix_error(ts);
    }
    return rt_str_fsdecode(ts, buf, strlen(buf));
}
static rt_value px_ctermid(struct rt_thread *ts, rt_value self)
{
    char buf[L_ctermid];
    ctermid(buf);
    return rt_str_fsdecode(ts, buf, strlen(buf));
}
static rt_value px_device_encoding(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"fd", NULL};
    static const struct rt_argspec spec = {"device_encoding", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, v[0]);
    return rt_pending(ts) ? RT_NULL : isatty(fd) ? rt_str_from_cstr(ts, "UTF-8") : RT_NONE;
}
static rt_value px_chroot(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", NULL};
    static const struct rt_argspec spec = {"chroot", names, 0, 1, 1, 1};
    struct rt_path p;
    rt_value v[1];
    int r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || rt_path_get(ts, &p, "chroot", "path", v[0], 0) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, chroot(p.s));
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value px_mknod(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "mode", "device", "dir_fd", NULL};
    static const struct rt_argspec spec = {"mknod", names, 0, 1, 3, 4};
    struct rt_path p;
    rt_value v[4];
    int r, dir = AT_FDCWD;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int mode = v[1].bits ? rt_as_int(ts, v[1]) : 0600;
    int64_t dev = v[2].bits && !rt_pending(ts) ? rt_as_i64(ts, v[2]) : 0;
    if (rt_pending(ts) || (v[3].bits && rt_dir_fd(ts, v[3], &dir) < 0) || rt_path_get(ts, &p, "mknod", "path", v[0], 0) < 0)
        return RT_NULL;
    RT_BLOCKING(ts, r, mknodat(dir, p.s, (mode_t)mode, (dev_t)dev));
    if (r < 0)
        return rt_path_error(ts, &p);
    rt_path_drop(ts, &p);
    return RT_NONE;
}
static rt_value px_eventfd(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"initval", "flags", NULL};
    static const struct rt_argspec spec = {"eventfd", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    uint64_t init = rt_as_u64(ts, v[0]);
    int flags = v[1].bits && !rt_pending(ts) ? rt_as_int(ts, v[1]) : EFD_CLOEXEC;
    return rt_pending(ts) ? RT_NULL : rt_posix_number(ts, eventfd((unsigned)init, flags));
}
static rt_value px_memfd_create(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", "flags", NULL};
    static const struct rt_argspec spec = {"memfd_create", names, 0, 1, 2, 2};
    rt_value v[2], keep;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int64_t flags = v[1].bits ? rt_as_i64(ts, v[1]) : MFD_CLOEXEC;
    const char *name = rt_pending(ts) ? NULL : user_arg(ts, v[0], &keep);
    if (!name)
        return RT_NULL;
    rt_value r = rt_posix_number(ts, memfd_create(name, (unsigned)flags));
    rt_decref(ts, keep);
    return r;
}
static rt_value transfer(struct rt_thread *ts, bool is_splice, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"src", "dst", "count", "offset_src", "offset_dst", "flags", NULL};
    struct rt_argspec spec = {is_splice ? "splice" : "copy_file_range", names, 0, 3, is_splice ? 6 : 5, is_splice ? 6 : 5};
    rt_value v[6] = {{0}};
    int64_t x[6] = {0};
    ssize_t r;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 6; i++)
        if (v[i].bits && !rt_is_none(v[i]) && ((x[i] = rt_as_i64(ts, v[i])), rt_pending(ts)))
            return RT_NULL;
    if (x[2] < 0)
        return rt_raise(ts, &rt_exc_ValueError, "negative value for 'count' not allowed");
    loff_t in = x[3], out = x[4], *pin = v[3].bits && !rt_is_none(v[3]) ? &in : NULL, *pout = v[4].bits && !rt_is_none(v[4]) ? &out : NULL;
    RT_BLOCKING(ts, r, is_splice ? splice((int)x[0], pin, (int)x[1], pout, (size_t)x[2], (unsigned)x[5]) :
                copy_file_range((int)x[0], pin, (int)x[1], pout, (size_t)x[2], 0));
    return rt_posix_number(ts, r);
}
static rt_value px_copy_file_range(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return transfer(ts, false, a, n, kw); }
static rt_value px_splice(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw) { return transfer(ts, true, a, n, kw); }
static rt_value vectored(struct rt_thread *ts, const char *fname, const rt_value *a, uint32_t n, bool writing)
{
    if (rt_args_count(ts, fname, n, 3, 4) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, a[0]);
    int64_t offset = rt_pending(ts) ? 0 : rt_as_i64(ts, a[2]);
    int flags = n > 3 && !rt_pending(ts) ? rt_as_int(ts, a[3]) : 0;
    return rt_pending(ts) ? RT_NULL : rt_posix_vectored(ts, fname, fd, a[1], writing, &offset, flags);
}
static rt_value px_preadv(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return vectored(ts, "preadv", a, n, false); }
static rt_value px_pwritev(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n) { return vectored(ts, "pwritev", a, n, true); }
static rt_value px_forkpty(struct rt_thread *ts, rt_value self)
{
    int master, slave;
    if (ts->interp != rt_runtime.main)
        return rt_raise(ts, &rt_exc_RuntimeError, "fork not supported for isolated subinterpreters");
    if (rt_sys_audit(ts, "os.forkpty", 0, NULL) < 0)
        return RT_NULL;
    if (openpty(&master, &slave, NULL, NULL, NULL) < 0)
        return rt_posix_error(ts);
    pid_t pid = rt_posix_fork(ts);
    int e = errno;
    if (pid == 0) {
        close(master);
        if (login_tty(slave) < 0)
            _exit(1);
        master = -1;
    } else {
        close(slave);
        if (pid < 0)
            close(master);
    }
    errno = e;
    return pid < 0 ? rt_posix_error(ts) : rt_tuple_pack(ts, 2, rt_int_imm(pid), rt_int_imm(master));
}

static int add_names(struct rt_thread *ts, rt_value m, const char *name, const struct conf *list)
{
    rt_value d = rt_dict_new(ts);
    for (; list->name && !rt_is_null(d); list++)
        if (rt_dict_set_cstr(ts, d, list->name, rt_int_imm(list->v)) < 0)
            rt_clear(ts, &d);
    return rt_is_null(d) ? -1 : rt_module_add(ts, m, name, d);
}
static rt_value sched_param_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"sched_priority", NULL};
    static const struct rt_argspec spec = {"sched_param", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value w[1] = {rt_newref(ts, v[0])};
    return rt_structseq_new(ts, t, w);
}
int rt_posix_system_ready(struct rt_thread *ts, rt_value m)
{
    if (rt_structseq_ready(ts, &statvfs_type, &statvfs_desc) < 0 || rt_structseq_ready(ts, &waitid_type, &waitid_desc) < 0 ||
        rt_structseq_ready(ts, &sched_param_type, &sched_desc) < 0)
        return -1;
    if (sched_param_type.new != sched_param_new) /* the first interpreter, which is alone */
        sched_param_type.new = sched_param_new;   /* takes the number, not a sequence */
    if (rt_module_add_type(ts, m, &statvfs_type) < 0 ||
        rt_module_add_type(ts, m, &waitid_type) < 0 || rt_module_add_type(ts, m, &sched_param_type) < 0)
        return -1;
    return add_names(ts, m, "sysconf_names", sysconf_list) < 0 || add_names(ts, m, "confstr_names", confstr_list) < 0 ? -1 :
           add_names(ts, m, "pathconf_names", pathconf_list);
}
#define F(name, fn, sig) {#name, fn, RT_METH_FAST, #name sig "\n--\n\n"}
#define K(name, fn, sig) {#name, fn, RT_METH_KW, #name sig "\n--\n\n"}
#define O(name, fn, sig) {#name, fn, RT_METH_O, #name sig "\n--\n\n"}
#define N(name, fn, sig) {#name, fn, RT_METH_NOARGS, #name sig "\n--\n\n"}
const struct rt_method_def rt_posix_system[] = {
    O(sysconf, px_sysconf, "($module, name, /)"),
    O(confstr, px_confstr, "($module, name, /)"),
    K(pathconf, px_pathconf, "($module, /, path, name)"),
    F(fpathconf, px_fpathconf, "($module, fd, name, /)"),
    K(statvfs, px_statvfs, "($module, /, path)"),
    O(fstatvfs, px_fstatvfs, "($module, fd, /)"),
    K(getxattr, px_getxattr, "($module, /, path, attribute, *, follow_symlinks=True)"),
    K(setxattr, px_setxattr, "($module, /, path, attribute, value, flags=0, *,  follow_symlinks=True)"),
    K(removexattr, px_removexattr, "($module, /, path, attribute, *, follow_symlinks=True)"),
    K(listxattr, px_listxattr, "($module, /, path=None, *, follow_symlinks=True)"),
    F(setresuid, px_setresuid, "($module, ruid, euid, suid, /)"),
    F(setresgid, px_setresgid, "($module, rgid, egid, sgid, /)"),
    N(getresuid, px_getres, "($module, /)"),
    N(getresgid, px_getresgid, "($module, /)"),
    O(setgroups, px_setgroups, "($module, groups, /)"),
    F(initgroups, px_initgroups, "($module, username, gid, /)"),
    F(getgrouplist, px_getgrouplist, "($module, user, group, /)"),
    N(getlogin, px_getlogin, "($module, /)"),
    K(getpriority, px_getpriority, "($module, /, which, who)"),
    K(setpriority, px_setpriority_, "($module, /, which, who, priority)"),
    O(nice, px_nice, "($module, increment, /)"),
    F(sched_getscheduler, px_getscheduler, "($module, pid, /)"),
    O(sched_getparam, px_getparam, "($module, pid, /)"),
    F(sched_setparam, px_setparam, "($module, pid, param, /)"),
    F(sched_setscheduler, px_setscheduler, "($module, pid, policy, param, /)"),
    O(sched_rr_get_interval, px_rr_interval, "($module, pid, /)"),
    F(sched_setaffinity, px_setaffinity, "($module, pid, mask, /)"),
    K(wait3, px_wait3, "($module, /, options)"),
    K(wait4, px_wait4, "($module, /, pid, options)"),
    F(waitid, px_waitid, "($module, idtype, id, options, /)"),
    K(pidfd_open, px_pidfd_open, "($module, /, pid, flags=0)"),
    O(ttyname, px_ttyname, "($module, fd, /)"),
    N(ctermid, px_ctermid, "($module, /)"),
    K(device_encoding, px_device_encoding, "($module, /, fd)"),
    K(chroot, px_chroot, "($module, /, path)"),
    K(mknod, px_mknod, "($module, /, path, mode=384, device=0, *, dir_fd=None)"),
    K(eventfd, px_eventfd, "($module, /, initval, flags=EFD_CLOEXEC)"),
    K(memfd_create, px_memfd_create, "($module, /, name, flags=MFD_CLOEXEC)"),
    K(copy_file_range, px_copy_file_range, "($module, /, src, dst, count, offset_src=None,      offset_dst=None)"),
    K(splice, px_splice, "($module, /, src, dst, count, offset_src=None, offset_dst=None, flags=0)"),
    F(preadv, px_preadv, "($module, fd, buffers, offset, flags=0, /)"),
    F(pwritev, px_pwritev, "($module, fd, buffers, offset, flags=0, /)"),
    N(forkpty, px_forkpty, "($module, /)"),
    F(login_tty, px_login_tty, "($module, fd, /)"), {NULL},
};
