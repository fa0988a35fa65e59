/* SPDX-License-Identifier: MIT */
/*
 * _posixsubprocess.fork_exec: the child's half of subprocess.Popen.
 *
 * Everything the child needs is prepared as plain C data first. Without preexec_fn the child is made
 * with vfork where allowed: it borrows the parent's memory and must only make async-signal-safe calls;
 * all signals are blocked meanwhile and the child puts its handlers back to the default. With
 * preexec_fn it is a true fork and the function runs in the child as after os.fork().
 */
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/modules/os/os_util.h"

enum { A_ARGS, A_EXECS, A_CLOSE, A_PASS, A_CWD, A_ENV, A_P2CREAD, A_P2CWRITE, A_C2PREAD, A_C2PWRITE, A_ERRREAD,
       A_ERRWRITE, A_PIPEREAD, A_PIPEWRITE, A_RESTORE, A_SETSID, A_PGID, A_GID, A_GROUPS, A_UID, A_UMASK, A_PREEXEC,
       A_VFORK, A_COUNT };

struct plan {
    char **argv, **execs, **env, *cwd;
    int *keep;
    size_t nkeep;
    int fd[A_PIPEWRITE + 1]; /* by argument index */
    bool close_fds, restore, setsid, vfork, has_groups, has_uid, has_gid;
    int pgid, umask;
    uid_t uid;
    gid_t gid, *groups;
    size_t ngroups;
    rt_value preexec;
};

static void free_strings(char **v)
{
    for (char **p = v; p && *p; p++)
        rt_raw_free(*p);
    rt_raw_free(v);
}

static char **strings(struct rt_thread *ts, rt_value seq)
{
    rt_value t = rt_seq_tuple(ts, seq);
    if (rt_is_null(t))
        return NULL;
    size_t n = rt_as_tuple(t)->length;
    char **v = rt_raw_calloc(n + 1, sizeof(char *));
    for (size_t i = 0; v && i < n; i++) {
        rt_value b = rt_str_fsencode(ts, rt_as_tuple(t)->items[i]);
        if (!rt_is_null(b)) {
            size_t len = rt_as_bytes(b)->length;
            if (strlen(rt_as_bytes(b)->data) != len)
                rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
            else if ((v[i] = rt_raw_malloc(len + 1)))
                memcpy(v[i], rt_as_bytes(b)->data, len + 1);
            rt_decref(ts, b);
        }
        if (!v[i]) {
            free_strings(v);
            v = NULL;
        }
    }
    rt_decref(ts, t);
    if (!v && !rt_pending(ts))
        rt_raise_no_memory(ts);
    return v;
}

static int keep_list(struct rt_thread *ts, struct plan *p, rt_value t)
{
    if (!rt_is_tuple(t)) {
        rt_raise(ts, &rt_exc_TypeError, "fork_exec() argument 4 must be tuple, not %N", t);
        return -1;
    }
    p->nkeep = rt_as_tuple(t)->length;
    p->keep = rt_raw_malloc((p->nkeep + 1) * sizeof(int));
    int prev = -1;
    for (size_t i = 0; i < p->nkeep; i++) {
        rt_value v = rt_as_tuple(t)->items[i];
        int64_t x = rt_is_int(v) ? rt_int_get(v) : -1;
        if (x < 0 || x <= prev || x > INT32_MAX) {
            rt_raise(ts, &rt_exc_ValueError, "bad value(s) in fds_to_keep");
            return -1;
        }
        p->keep[i] = prev = (int)x;
    }
    return 0;
}

static int id_value(struct rt_thread *ts, rt_value v, const char *what, uint32_t *out)
{
    rt_value x = rt_index(ts, v);
    if (rt_is_null(x)) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_TypeError, "%s should be integer, not %T", what, v);
        return -1;
    }
    int64_t i = 0;
    int fits = rt_int_try_i64(x, &i), sign = rt_int_sign(x);
    rt_decref(ts, x);
    if (!fits || i < -1 || i > UINT32_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "%s is %s", what, sign < 0 ? "less than minimum" : "greater than maximum");
        return -1;
    }
    *out = (uint32_t)i;
    return 0;
}

static int group_list(struct rt_thread *ts, struct plan *p, rt_value v)
{
    if (!rt_is_list(v)) {
        rt_raise(ts, &rt_exc_TypeError, "setgroups argument must be a list");
        return -1;
    }
    rt_value t = rt_list_to_tuple(ts, v);
    if (rt_is_null(t))
        return -1;
    p->ngroups = rt_as_tuple(t)->length;
    p->has_groups = true;
    p->groups = rt_raw_malloc((p->ngroups + 1) * sizeof(gid_t));
    int r = 0;
    if (p->ngroups > 65536) {
        rt_raise(ts, &rt_exc_ValueError, "too many extra_groups");
        r = -1;
    }
    for (size_t i = 0; r == 0 && i < p->ngroups; i++) {
        rt_value g = rt_as_tuple(t)->items[i];
        if (!rt_is_any_int(g)) {
            rt_raise(ts, &rt_exc_TypeError, "groups must be integers");
            r = -1;
        } else if (id_value(ts, g, "gid", &p->groups[i]) < 0) {
            rt_exc_clear(ts);
            rt_raise(ts, &rt_exc_ValueError, "invalid group id");
            r = -1;
        }
    }
    rt_decref(ts, t);
    return r;
}

static int make_plan(struct rt_thread *ts, struct plan *p, const rt_value *a)
{
    int flags[4] = {rt_truth(ts, a[A_CLOSE]), rt_truth(ts, a[A_RESTORE]), rt_truth(ts, a[A_SETSID]), rt_truth(ts, a[A_VFORK])};
    for (int i = 0; i < 4; i++)
        if (flags[i] < 0)
            return -1;
    p->close_fds = flags[0];
    p->restore = flags[1];
    p->setsid = flags[2];
    p->vfork = flags[3];
    for (int i = A_P2CREAD; i <= A_PIPEWRITE; i++) {
        p->fd[i] = rt_as_int(ts, a[i]);
        if (rt_pending(ts))
            return -1;
    }
    p->pgid = rt_as_int(ts, a[A_PGID]);
    p->umask = rt_pending(ts) ? 0 : rt_as_int(ts, a[A_UMASK]);
    if (rt_pending(ts))
        return -1;
    p->preexec = rt_is_none(a[A_PREEXEC]) ? RT_NULL : a[A_PREEXEC];
    if (p->preexec.bits && ts->interp != rt_runtime.main) {
        rt_raise(ts, &rt_exc_RuntimeError, "preexec_fn not supported within subinterpreters");
        return -1;
    }
    if (p->close_fds && p->fd[A_PIPEWRITE] < 3) {
        rt_raise(ts, &rt_exc_ValueError, "errpipe_write must be >= 3");
        return -1;
    }
    if (keep_list(ts, p, a[A_PASS]) < 0 || !(p->execs = strings(ts, a[A_EXECS])))
        return -1;
    if (!rt_is_none(a[A_ARGS]) && !(p->argv = strings(ts, a[A_ARGS])))
        return -1;
    if (!rt_is_none(a[A_ENV]) && !(p->env = strings(ts, a[A_ENV])))
        return -1;
    if (!rt_is_none(a[A_CWD])) {
        rt_value one = rt_tuple_pack(ts, 1, a[A_CWD]);
        char **v = one.bits ? strings(ts, one) : NULL;
        rt_decref(ts, one);
        if (!v)
            return -1;
        p->cwd = v[0];
        rt_raw_free(v);
    }
    if (!rt_is_none(a[A_GROUPS]) && group_list(ts, p, a[A_GROUPS]) < 0)
        return -1;
    if (!rt_is_none(a[A_GID])) {
        p->has_gid = true;
        if (id_value(ts, a[A_GID], "gid", &p->gid) < 0)
            return -1;
    }
    if (!rt_is_none(a[A_UID])) {
        p->has_uid = true;
        if (id_value(ts, a[A_UID], "uid", &p->uid) < 0)
            return -1;
    }
    return 0;
}

static void free_plan(struct plan *p)
{
    free_strings(p->argv);
    free_strings(p->execs);
    free_strings(p->env);
    rt_raw_free(p->cwd);
    rt_raw_free(p->keep);
    rt_raw_free(p->groups);
}

/* ---- the child: async-signal-safe from here on ---- */
static void close_span(unsigned from, unsigned to)
{
    if (from > to)
        return;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, from, to, 0) == 0)
        return;
#endif
    long max = sysconf(_SC_OPEN_MAX);
    if (to > (unsigned)(max > 0 ? max : 65536))
        to = (unsigned)(max > 0 ? max : 65536);
    for (unsigned fd = from; fd <= to; fd++)
        close((int)fd);
}
static void close_others(const struct plan *p)
{
    unsigned from = 3;
    for (size_t i = 0; i < p->nkeep; i++) {
        if (p->keep[i] < (int)from)
            continue;
        if (p->keep[i])
            close_span(from, (unsigned)p->keep[i] - 1);
        from = (unsigned)p->keep[i] + 1;
    }
    close_span(from, ~0u);
}
static int inheritable(int fd)
{
    int f = fcntl(fd, F_GETFD);
    return f < 0 ? -1 : fcntl(fd, F_SETFD, f & ~FD_CLOEXEC);
}
static int place(int from, int to)
{
    if (from == to)
        return inheritable(from);
    return from < 0 ? 0 : dup2(from, to) < 0 ? -1 : 0;
}
static int child_fds(struct plan *p)
{
    int *fd = p->fd;
    for (size_t i = 0; i < p->nkeep; i++)
        if (p->keep[i] != fd[A_PIPEWRITE])
            (void)inheritable(p->keep[i]); /* a bad one: leave the child to notice */
    if (fd[A_P2CWRITE] != -1)
        close(fd[A_P2CWRITE]);
    if (fd[A_C2PREAD] != -1)
        close(fd[A_C2PREAD]);
    if (fd[A_ERRREAD] != -1)
        close(fd[A_ERRREAD]);
    close(fd[A_PIPEREAD]);
    /* Move what would be overwritten by the three standard descriptors. */
    if (fd[A_C2PWRITE] == 0 && (fd[A_C2PWRITE] = dup(0)) < 0)
        return -1;
    while (fd[A_ERRWRITE] == 0 || fd[A_ERRWRITE] == 1)
        if ((fd[A_ERRWRITE] = dup(fd[A_ERRWRITE])) < 0)
            return -1;
    return place(fd[A_P2CREAD], 0) < 0 || place(fd[A_C2PWRITE], 1) < 0 || place(fd[A_ERRWRITE], 2) < 0 ? -1 : 0;
}
static void default_handlers(const sigset_t *mask)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL}, old;
    for (int s = 1; s < NSIG; s++)
        if (s != SIGKILL && s != SIGSTOP && sigaction(s, NULL, &old) == 0 && old.sa_handler != SIG_IGN &&
            old.sa_handler != SIG_DFL)
            sigaction(s, &dfl, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
}
static size_t hex(char *out, unsigned v)
{
    char tmp[16];
    size_t n = 0, k = 0;
    do
        tmp[n++] = "0123456789ABCDEF"[v & 15];
    while (v >>= 4);
    while (n)
        out[k++] = tmp[--n];
    return k;
}
static void report(int fd, int err, const char *msg)
{
    char buf[64] = "OSError:";
    size_t n = 8;
    if (err)
        n += hex(buf + n, (unsigned)err);
    else
        n = (size_t)(stpcpy(buf, "SubprocessError:0") - buf);
    buf[n++] = ':';
    size_t len = strlen(msg);
    memcpy(buf + n, msg, len);
    ssize_t r = write(fd, buf, n + len);
    (void)r;
}
static RT_NOINLINE void run_child(struct rt_thread *ts, struct plan *p, const sigset_t *mask)
{
    const char *msg = "noexec";
    int err = 0;
    if (child_fds(p) < 0 || (p->cwd && chdir(p->cwd) < 0))
        goto fail;
    if (p->umask >= 0)
        umask((mode_t)p->umask);
    if (mask)
        default_handlers(mask);
    if (p->restore) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
    }
    if ((p->setsid && setsid() < 0) || (p->pgid >= 0 && setpgid(0, p->pgid) < 0))
        goto fail;
    if (p->has_groups && setgroups(p->ngroups, p->groups) < 0)
        goto fail;
    if (p->has_gid && setregid(p->gid, p->gid) < 0)
        goto fail;
    if (p->has_uid && setreuid(p->uid, p->uid) < 0)
        goto fail;
    msg = "";
    if (p->preexec.bits) {
        rt_value r = rt_call0(ts, p->preexec);
        if (rt_is_null(r)) {
            errno = 0;
            msg = "Exception occurred in preexec_fn.";
            goto fail;
        }
        rt_decref(ts, r);
    }
    if (p->close_fds)
        close_others(p);
    for (char **e = p->execs; *e; e++) {
        if (p->env)
            execve(*e, p->argv, p->env);
        else
            execv(*e, p->argv);
        if (errno != ENOENT && errno != ENOTDIR && !err)
            err = errno;
    }
    if (err)
        errno = err;
fail:
    err = errno;
    report(p->fd[A_PIPEWRITE], err, msg);
    _exit(255);
}

static pid_t spawn_vfork(struct rt_thread *ts, struct plan *p, int *err)
{
    sigset_t all, old;
    rt_detach(ts, RT_DETACH_NATIVE);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pid_t pid = vfork();
    if (pid == 0)
        run_child(NULL, p, &old);
    *err = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    rt_attach(ts);
    return pid;
}
static pid_t spawn_fork(struct rt_thread *ts, struct plan *p, int *err)
{
    bool hooks = p->preexec.bits != 0;
    if (hooks)
        rt_posix_before_fork(ts);
    rt_fork_prepare(ts);
    pid_t pid = fork();
    *err = errno;
    if (pid == 0) {
        rt_fork_child(ts);
        if (hooks)
            rt_posix_after_fork(ts, true);
        run_child(ts, p, NULL);
    }
    rt_fork_parent(ts);
    if (hooks)
        rt_posix_after_fork(ts, false);
    return pid;
}

static rt_value fork_exec(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (n != A_COUNT)
        return rt_raise(ts, &rt_exc_TypeError, "fork_exec() takes exactly %d arguments (%u given)", A_COUNT, n);
    struct plan p = {.preexec = RT_NULL};
    int err = 0;
    pid_t pid = -1;
    if (make_plan(ts, &p, a) == 0) {
        if (p.vfork && !p.preexec.bits && !p.has_uid && !p.has_gid && !p.has_groups)
            pid = spawn_vfork(ts, &p, &err);
        else
            pid = spawn_fork(ts, &p, &err);
        if (pid < 0) {
            errno = err;
            rt_os_error(ts);
        }
    }
    free_plan(&p);
    return pid < 0 || rt_pending(ts) ? RT_NULL : rt_int_imm(pid);
}

static const struct rt_method_def methods[] = {
    {"fork_exec", fork_exec, RT_METH_FAST,
     "fork_exec(args, executable_list, close_fds, pass_fds, cwd, env,\n"
     "          p2cread, p2cwrite, c2pread, c2pwrite,\n"
     "          errread, errwrite, errpipe_read, errpipe_write,\n"
     "          restore_signals, call_setsid, pgid_to_set,\n"
     "          gid, groups_list, uid,\n"
     "          preexec_fn)\n\n"
     "Forks a child process, closes parent file descriptors as appropriate in the\n"
     "child and dups the few that are needed before calling exec() in the child.\n\n"
     "Returns: the child process's PID."},
    {0},
};

const struct rt_module_def rt_module__posixsubprocess = {
    .name = "_posixsubprocess",
    .doc = "A POSIX helper for the subprocess module.",
    .methods = methods,
};
