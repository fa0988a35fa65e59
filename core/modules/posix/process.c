/* SPDX-License-Identifier: MIT */
/* posix: processes and identities. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "core/base/civil.h"
#include "core/builtins/builtins.h"
#include "core/modules/posix/posix_internal.h"


#define GETTER(fn, call) \
    static rt_value fn(struct rt_thread *ts, rt_value self) { return rt_int_imm((int64_t)(call)); }
GETTER(px_getpid, getpid())
GETTER(px_getppid, getppid())
GETTER(px_getuid, getuid())
GETTER(px_geteuid, geteuid())
GETTER(px_getgid, getgid())
GETTER(px_getegid, getegid())
GETTER(px_getpgrp, getpgrp())

static rt_value px__exit(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"status", NULL};
    static const struct rt_argspec spec = {"_exit", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int st = rt_as_int(ts, v[0]);
    if (rt_pending(ts))
        return RT_NULL;
    _exit(st);
}
static rt_value px_kill(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "kill", n, 2, 2) < 0)
        return RT_NULL;
    int pid = rt_as_int(ts, args[0]), sig = rt_pending(ts) ? 0 : rt_as_int(ts, args[1]);
    if (rt_pending(ts))
        return RT_NULL;
    if (rt_audit(ts, "os.kill", "ii", pid, sig) < 0)
        return RT_NULL;
    if (kill(pid, sig) < 0)
        return rt_posix_error(ts);
    return rt_signal_check(ts) < 0 ? RT_NULL : RT_NONE; /* it may have been for us */
}
static rt_value px_cpu_count(struct rt_thread *ts, rt_value self)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? RT_NONE : rt_int_imm(n);
}
static rt_value px_umask(struct rt_thread *ts, rt_value self, rt_value v)
{
    int m = rt_as_int(ts, v);
    return rt_pending(ts) ? RT_NULL : rt_int_imm(umask((mode_t)m));
}
static rt_value environment_changed(const char *name)
{
    if (!strcmp(name, "TZ"))
        rt_zone_changed(false);
    return RT_NONE;
}
static rt_value px_putenv(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "putenv", n, 2, 2) < 0)
        return RT_NULL;
    rt_value k = rt_str_fsencode(ts, args[0]), v = k.bits ? rt_str_fsencode(ts, args[1]) : RT_NULL, res = RT_NULL;
    if (v.bits) {
        const char *ks = rt_as_bytes(k)->data, *vs = rt_as_bytes(v)->data;
        if (strlen(ks) != rt_as_bytes(k)->length || strlen(vs) != rt_as_bytes(v)->length)
            rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
        else if (strchr(ks, '='))
            rt_raise(ts, &rt_exc_ValueError, "illegal environment variable name");
        else if (rt_audit(ts, "os.putenv", "OO", k, v) < 0)
            ;
        else if (setenv(ks, vs, 1) < 0)
            rt_posix_error(ts);
        else
            res = environment_changed(ks);
    }
    rt_decref(ts, k);
    rt_decref(ts, v);
    return res;
}
static rt_value px_unsetenv(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value k = rt_str_fsencode(ts, name);
    if (rt_is_null(k))
        return k;
    if (strlen(rt_as_bytes(k)->data) != rt_as_bytes(k)->length) {
        rt_decref(ts, k);
        return rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
    }
    if (rt_audit(ts, "os.unsetenv", "O", k) < 0) {
        rt_decref(ts, k);
        return RT_NULL;
    }
    rt_value r = unsetenv(rt_as_bytes(k)->data) < 0 ? rt_posix_error(ts) : environment_changed(rt_as_bytes(k)->data);
    rt_decref(ts, k);
    return r;
}
static rt_value px_strerror(struct rt_thread *ts, rt_value self, rt_value v)
{
    int e = rt_as_int(ts, v);
    char buf[256];
    return rt_pending(ts) ? RT_NULL : rt_str_from_cstr(ts, strerror_r(e, buf, sizeof(buf)));
}
static rt_value px_register_at_fork(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"before", "after_in_child", "after_in_parent", NULL};
    static const struct rt_argspec spec = {"register_at_fork", names, 0, 0, 0, 3};
    rt_value v[3];
    struct rt_interp *in = ts->interp;
    rt_slot *slots[] = {&in->fork_before, &in->fork_child, &in->fork_parent};
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!v[0].bits && !v[1].bits && !v[2].bits)
        return rt_raise(ts, &rt_exc_TypeError, "At least one argument is required.");
    for (int i = 0; i < 3; i++)
        if (v[i].bits && !rt_is_callable(v[i]))
            return rt_raise(ts, &rt_exc_TypeError, "'%s' must be callable, not %.200T", names[i], v[i]);
    for (int i = 0; i < 3; i++) {
        if (!v[i].bits)
            continue;
        rt_value l = rt_slot_get(ts, NULL, slots[i]);
        if (rt_is_null(l)) {
            l = rt_list_new(ts, 1);
            rt_slot_set(ts, slots[i], rt_newref(ts, l));
        }
        rt_list_append(ts, l, v[i]);
        rt_decref(ts, l);
    }
    return RT_NONE;
}
static rt_value run_hooks(struct rt_thread *ts, rt_slot *slot, bool reverse)
{
    rt_value l = rt_slot_get(ts, NULL, slot);
    size_t n = l.bits ? rt_list_len(l) : 0;
    for (size_t i = 0; i < n; i++) {
        rt_value f = rt_list_get(ts, l, reverse ? n - 1 - i : i), r = f.bits ? rt_call0(ts, f) : RT_NULL;
        if (rt_is_null(r))
            rt_write_unraisable(ts, f);
        rt_decref(ts, r);
        rt_decref(ts, f);
    }
    rt_decref(ts, l);
    return RT_NONE;
}
/* The import lock is held over the fork: the child sees no half-made module of another thread. */
void rt_posix_before_fork(struct rt_thread *ts)
{
    run_hooks(ts, &ts->interp->fork_before, true);
    rt_import_lock(ts);
}
void rt_posix_after_fork(struct rt_thread *ts, bool child)
{
    rt_import_unlock(ts);
    run_hooks(ts, child ? &ts->interp->fork_child : &ts->interp->fork_parent, false);
}
pid_t rt_posix_fork(struct rt_thread *ts)
{
    rt_posix_before_fork(ts);
    rt_fork_prepare(ts);
    pid_t pid = fork();
    int e = errno;
    if (pid == 0)
        rt_fork_child(ts);
    else
        rt_fork_parent(ts);
    rt_posix_after_fork(ts, pid == 0);
    errno = e;
    return pid;
}
static rt_value px_fork(struct rt_thread *ts, rt_value self)
{
    if (ts->interp != rt_runtime.main)
        return rt_raise(ts, &rt_exc_RuntimeError, "fork not supported for isolated subinterpreters");
    if (rt_sys_audit(ts, "os.fork", 0, NULL) < 0)
        return RT_NULL;
    pid_t pid = rt_posix_fork(ts);
    return pid < 0 ? rt_posix_error(ts) : rt_int_imm(pid);
}
static rt_value px_waitpid(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "waitpid", n, 2, 2) < 0)
        return RT_NULL;
    int pid = rt_as_int(ts, args[0]), opt = rt_pending(ts) ? 0 : rt_as_int(ts, args[1]), st = 0, r;
    if (rt_pending(ts))
        return RT_NULL;
    RT_BLOCKING(ts, r, waitpid(pid, &st, opt));
    return r < 0 ? rt_posix_error(ts) : rt_tuple_pack(ts, 2, rt_int_imm(r), rt_int_imm(st));
}
static rt_value px_wait(struct rt_thread *ts, rt_value self)
{
    int st = 0, r;
    RT_BLOCKING(ts, r, wait(&st));
    return r < 0 ? rt_posix_error(ts) : rt_tuple_pack(ts, 2, rt_int_imm(r), rt_int_imm(st));
}
static rt_value wait_macro(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw, int which)
{
    static const char *const names[] = {"status", NULL};
    struct rt_argspec spec = {fname, names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int st = rt_as_int(ts, v[0]);
    if (rt_pending(ts))
        return RT_NULL;
    switch (which) {
    case 0: return rt_bool(WIFEXITED(st));
    case 1: return rt_int_imm(WEXITSTATUS(st));
    case 2: return rt_bool(WIFSIGNALED(st));
    case 3: return rt_int_imm(WTERMSIG(st));
    case 4: return rt_bool(WIFSTOPPED(st));
    case 5: return rt_int_imm(WSTOPSIG(st));
    case 6: return rt_bool(WIFCONTINUED(st));
    case 7: return rt_bool(WCOREDUMP(st));
    default:
        if (WIFEXITED(st))
            return rt_int_imm(WEXITSTATUS(st));
        if (WIFSIGNALED(st))
            return rt_int_imm(-WTERMSIG(st));
        if (WIFSTOPPED(st))
            return rt_raise(ts, &rt_exc_ValueError, "process stopped by delivery of signal %i", WSTOPSIG(st));
        return rt_raise(ts, &rt_exc_ValueError, "invalid wait status: %i", st);
    }
}
#define WAIT_MACRO(fn, name, k) \
    static rt_value fn(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw) { return wait_macro(ts, name, args, n, kw, k); }
WAIT_MACRO(px_wifexited, "WIFEXITED", 0)
WAIT_MACRO(px_wexitstatus, "WEXITSTATUS", 1)
WAIT_MACRO(px_wifsignaled, "WIFSIGNALED", 2)
WAIT_MACRO(px_wtermsig, "WTERMSIG", 3)
WAIT_MACRO(px_wifstopped, "WIFSTOPPED", 4)
WAIT_MACRO(px_wstopsig, "WSTOPSIG", 5)
WAIT_MACRO(px_wifcontinued, "WIFCONTINUED", 6)
WAIT_MACRO(px_wcoredump, "WCOREDUMP", 7)
WAIT_MACRO(px_exitcode, "waitstatus_to_exitcode", 8)

/* argv or envp out of a sequence; NULL with exception. */
void rt_posix_free_vector(char **v)
{
    for (char **p = v; p && *p; p++)
        rt_raw_free(*p);
    rt_raw_free(v);
}
static char *copy_bytes(struct rt_thread *ts, rt_value v)
{
    rt_value b = rt_str_fsencode(ts, v);
    if (rt_is_null(b))
        return NULL;
    size_t n = rt_as_bytes(b)->length;
    char *s = rt_raw_malloc(n + 1);
    memcpy(s, rt_as_bytes(b)->data, n + 1);
    rt_decref(ts, b);
    if (strlen(s) != n) {
        rt_raw_free(s);
        rt_raise(ts, &rt_exc_ValueError, "embedded null byte");
        return NULL;
    }
    return s;
}
char **rt_posix_argv(struct rt_thread *ts, rt_value seq)
{
    rt_value t = rt_seq_tuple(ts, seq);
    if (rt_is_null(t))
        return NULL;
    size_t n = rt_as_tuple(t)->length;
    char **v = rt_raw_calloc(n + 1, sizeof(char *));
    for (size_t i = 0; i < n; i++)
        if (!(v[i] = copy_bytes(ts, rt_as_tuple(t)->items[i]))) {
            rt_posix_free_vector(v);
            v = NULL;
            break;
        }
    rt_decref(ts, t);
    return v;
}
char **rt_posix_envp(struct rt_thread *ts, rt_value env)
{
    rt_value items = rt_mapping_items(ts, env);
    size_t n = items.bits ? rt_list_len(items) : 0;
    char **v = items.bits ? rt_raw_calloc(n + 1, sizeof(char *)) : NULL;
    for (size_t i = 0; v && i < n; i++) {
        rt_value pair = rt_list_get(ts, items, i);
        char *k = copy_bytes(ts, rt_as_tuple(pair)->items[0]), *x = k ? copy_bytes(ts, rt_as_tuple(pair)->items[1]) : NULL;
        rt_decref(ts, pair);
        if (!x || strchr(k + (*k == '='), '=')) {
            if (x)
                rt_raise(ts, &rt_exc_ValueError, "illegal environment variable name");
            rt_raw_free(k);
            rt_raw_free(x);
            rt_posix_free_vector(v);
            v = NULL;
            break;
        }
        size_t len = strlen(k) + strlen(x) + 2;
        v[i] = rt_raw_malloc(len);
        snprintf(v[i], len, "%s=%s", k, x);
        rt_raw_free(k);
        rt_raw_free(x);
    }
    rt_decref(ts, items);
    return v;
}
static rt_value do_exec(struct rt_thread *ts, rt_value path, rt_value args, rt_value env, bool has_env)
{
    struct rt_path p;
    const char *fname = has_env ? "execve" : "execv";
    if (rt_path_get(ts, &p, fname, "path", path, has_env ? RT_PATH_FD : 0) < 0)
        return RT_NULL;
    if (!rt_is_list(args) && !rt_is_tuple(args)) {
        rt_path_drop(ts, &p);
        return rt_raise(ts, &rt_exc_TypeError, "%s: argv must be a tuple or list", fname);
    }
    if (rt_len(ts, args) < 1) {
        rt_path_drop(ts, &p);
        return rt_raise(ts, &rt_exc_ValueError, has_env ? "execve: argv must not be empty" : "execv() arg 2 must not be empty");
    }
    if (has_env && !rt_is_mapping(env)) {
        rt_path_drop(ts, &p);
        return rt_raise(ts, &rt_exc_TypeError, "execve: environment must be a mapping object");
    }
    char **argv = rt_posix_argv(ts, args), **envp = has_env && argv ? rt_posix_envp(ts, env) : NULL;
    if (argv && !argv[0][0])
        rt_raise(ts, &rt_exc_ValueError, "%s first element cannot be empty", has_env ? "execve: argv" : "execv() arg 2");
    else if (argv && (envp || !has_env) && rt_audit(ts, "os.exec", "OOO", path, args, env) == 0) {
        if (p.fd >= 0)
            fexecve(p.fd, argv, envp);
        else if (has_env)
            execve(p.s, argv, envp);
        else
            execv(p.s, argv);
        rt_raise_errno(ts, &rt_exc_OSError, has_env ? path : RT_NULL);
    }
    rt_posix_free_vector(argv);
    rt_posix_free_vector(envp);
    rt_path_drop(ts, &p);
    return RT_NULL;
}
static rt_value px_execv(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return rt_args_count(ts, "execv", n, 2, 2) < 0 ? RT_NULL : do_exec(ts, args[0], args[1], RT_NULL, false);
}
static rt_value px_execve(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "argv", "env", NULL};
    static const struct rt_argspec spec = {"execve", names, 0, 3, 3, 3};
    rt_value v[3];
    return rt_args(ts, &spec, args, n, kw, v) < 0 ? RT_NULL : do_exec(ts, v[0], v[1], v[2], true);
}
static rt_value px_system(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"command", NULL};
    static const struct rt_argspec spec = {"system", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    rt_value b = rt_str_fsencode(ts, v[0]);
    if (rt_is_null(b))
        return b;
    if (rt_audit(ts, "os.system", "O", b) < 0) {
        rt_decref(ts, b);
        return RT_NULL;
    }
    rt_detach(ts, RT_DETACH_NATIVE);
    int r = system(rt_as_bytes(b)->data);
    rt_attach(ts);
    rt_decref(ts, b);
    return rt_int_imm(r);
}

const struct rt_method_def rt_posix_process[] = {
    {"_exit", px__exit, RT_METH_KW, "_exit($module, /, status)\n--\n\nExit to the system with specified status, without normal exit processing."},
    {"getpid", px_getpid, RT_METH_NOARGS, "getpid($module, /)\n--\n\nReturn the current process id."},
    {"getppid", px_getppid, RT_METH_NOARGS, "getppid($module, /)\n--\n\nReturn the parent's process id."},
    {"getuid", px_getuid, RT_METH_NOARGS, "getuid($module, /)\n--\n\nReturn the current process's user id."},
    {"geteuid", px_geteuid, RT_METH_NOARGS, "geteuid($module, /)\n--\n\nReturn the current process's effective user id."},
    {"getgid", px_getgid, RT_METH_NOARGS, "getgid($module, /)\n--\n\nReturn the current process's group id."},
    {"getegid", px_getegid, RT_METH_NOARGS, "getegid($module, /)\n--\n\nReturn the current process's effective group id."},
    {"getpgrp", px_getpgrp, RT_METH_NOARGS, "getpgrp($module, /)\n--\n\nReturn the current process group id."},
    {"kill", px_kill, RT_METH_FAST, "kill($module, pid, signal, /)\n--\n\nKill a process with a signal."},
    {"cpu_count", px_cpu_count, RT_METH_NOARGS, "cpu_count($module, /)\n--\n\nReturn the number of CPUs in the system; return None if indeterminable."},
    {"umask", px_umask, RT_METH_O, "umask($module, mask, /)\n--\n\nSet the current numeric umask and return the previous umask."},
    {"putenv", px_putenv, RT_METH_FAST, "putenv($module, name, value, /)\n--\n\nChange or add an environment variable."},
    {"unsetenv", px_unsetenv, RT_METH_O, "unsetenv($module, name, /)\n--\n\nDelete an environment variable."},
    {"strerror", px_strerror, RT_METH_O, "strerror($module, code, /)\n--\n\nTranslate an error code to a message string."},
    {"register_at_fork", px_register_at_fork, RT_METH_KW, "register_at_fork($module, /, *, before=None, after_in_child=None,\n                 after_in_parent=None)\n--\n\nRegister callables to be called when forking a new process."},
    {"fork", px_fork, RT_METH_NOARGS, "fork($module, /)\n--\n\nFork a child process."},
    {"wait", px_wait, RT_METH_NOARGS, "wait($module, /)\n--\n\nWait for completion of a child process."},
    {"waitpid", px_waitpid, RT_METH_FAST, "waitpid($module, pid, options, /)\n--\n\nWait for completion of a given child process."},
    {"WIFEXITED", px_wifexited, RT_METH_KW, "WIFEXITED($module, /, status)\n--\n\nReturn True if the process returning status exited via the exit() system call."},
    {"WEXITSTATUS", px_wexitstatus, RT_METH_KW, "WEXITSTATUS($module, /, status)\n--\n\nReturn the process return code from status."},
    {"WIFSIGNALED", px_wifsignaled, RT_METH_KW, "WIFSIGNALED($module, /, status)\n--\n\nReturn True if the process returning status was terminated by a signal."},
    {"WTERMSIG", px_wtermsig, RT_METH_KW, "WTERMSIG($module, /, status)\n--\n\nReturn the signal that terminated the process that provided the status value."},
    {"WIFSTOPPED", px_wifstopped, RT_METH_KW, "WIFSTOPPED($module, /, status)\n--\n\nReturn True if the process returning status was stopped."},
    {"WSTOPSIG", px_wstopsig, RT_METH_KW, "WSTOPSIG($module, /, status)\n--\n\nReturn the signal that stopped the process that provided the status value."},
    {"WIFCONTINUED", px_wifcontinued, RT_METH_KW, "WIFCONTINUED($module, /, status)\n--\n\nReturn True if a particular process was continued from a job control stop."},
    {"WCOREDUMP", px_wcoredump, RT_METH_KW, "WCOREDUMP($module, status, /)\n--\n\nReturn True if the process returning status was dumped to a core file."},
    {"waitstatus_to_exitcode", px_exitcode, RT_METH_KW, "waitstatus_to_exitcode($module, /, status)\n--\n\nConvert a wait status to an exit code."},
    {"execv", px_execv, RT_METH_FAST, "execv($module, path, argv, /)\n--\n\nExecute an executable path with arguments, replacing current process."},
    {"execve", px_execve, RT_METH_KW, "execve($module, /, path, argv, env)\n--\n\nExecute an executable path with arguments, replacing current process."},
    {"system", px_system, RT_METH_KW, "system($module, /, command)\n--\n\nExecute the command in a subshell."},
    {NULL},
};
