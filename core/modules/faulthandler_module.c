/* SPDX-License-Identifier: MIT */
/*
 * Module faulthandler: Python tracebacks on fatal signals, after a time, or on a chosen signal.
 *
 * Everything that runs in a signal handler or in the watchdog thread reads frames without any lock
 * and writes with write(2) into a fixed buffer. State is per process, as signals are.
 * Threads may be running meanwhile, so a word that was a frame's may be a number by the time it is followed: frames and
 * code objects are copied by the kernel, which answers with an error where a pointer leads nowhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "core/eval/frame.h"
#include "core/modules/signal/signal_module.h"
#include "core/object/native.h"
#include "core/sync/futex.h"

enum { MAX_FRAMES = 100, MAX_TEXT = 500, MAX_THREADS = 100 };

/* ---- writing without allocation ---- */

static void put(int fd, const char *s)
{
    size_t n = strlen(s);
    while (n) {
        ssize_t w = write(fd, s, n);
        if (w <= 0)
            return;
        s += w;
        n -= (size_t)w;
    }
}
static void put_number(int fd, uint64_t v, unsigned base, int width)
{
    char b[24], *p = b + sizeof b - 1;
    *p = 0;
    do {
        *--p = "0123456789abcdef"[v % base];
        width--;
    } while ((v /= base) || (width > 0 && p > b));
    put(fd, p);
}
static void put_str(int fd, rt_value v)
{
    if (!rt_is_ptr(v) || !rt_is_str(v)) {
        put(fd, "???");
        return;
    }
    struct rt_str *s = rt_as_str(v);
    for (size_t i = 0; i < s->length && i < MAX_TEXT; i++) {
        uint32_t c = rt_str_at(s, i);
        char b[2] = {(char)c, 0};
        if (c >= 32 && c < 127) {
            put(fd, b);
        } else {
            put(fd, c < 256 ? "\\x" : c < 65536 ? "\\u" : "\\U");
            put_number(fd, c, 16, c < 256 ? 2 : c < 65536 ? 4 : 8);
        }
    }
    if (s->length > MAX_TEXT)
        put(fd, "...");
}

/* Copies n bytes, or says that they are not there. */
static bool peek(void *to, const void *from, size_t n)
{
    struct iovec mine = {to, n}, theirs = {(void *)from, n};
    ssize_t r = process_vm_readv(getpid(), &mine, 1, &theirs, 1, 0);
    if (r < 0 && (errno == ENOSYS || errno == EPERM)) { /* forbidden here: it will mostly do */
        memcpy(to, from, n);
        return true;
    }
    return r == (ssize_t)n;
}
static bool is_code(const struct rt_code *code)
{
    struct rt_code copy;
    return (uintptr_t)code % 16 == 0 && peek(&copy, code, sizeof copy) && rt_load_relaxed(&copy.hdr.shape) == rt_code_type.shape->id;
}

static void put_frame(int fd, const struct rt_frame *f)
{
    put(fd, "  File \"");
    put_str(fd, rt_slot_peek(&f->code->filename));
    put(fd, "\", line ");
    int line = rt_frame_lineno_in_signal(f);
    if (line > 0)
        put_number(fd, (uint64_t)line, 10, 0);
    else
        put(fd, "???");
    put(fd, " in ");
    put_str(fd, rt_slot_peek(&f->code->name));
    put(fd, "\n");
}

static void put_frames(int fd, struct rt_thread *t)
{
    const struct rt_frame *at = t->frame;
    struct rt_frame f;
    struct rt_frame_object object;
    if (!at)
        put(fd, "  <no Python frame>\n");
    for (int n = 0; at; at = f.prev, n++) {
        if (n >= MAX_FRAMES || !peek(&f, at, sizeof f) || (f.code && !is_code(f.code))) {
            put(fd, "  ...\n"); /* too many, or it has gone on */
            return;
        }
        f.object = f.object && peek(&object, f.object, sizeof object) ? &object : NULL;
        if (f.code)
            put_frame(fd, &f);
    }
}

static void put_thread(int fd, struct rt_thread *t, bool current)
{
    put(fd, current ? "Current thread 0x" : "Thread 0x");
    put_number(fd, rt_load_relaxed(&t->ident), 16, 16);
    put(fd, " (most recent call first):\n");
    put_frames(fd, t);
}

static void dump(int fd, struct rt_thread *ts, struct rt_interp *in, bool all)
{
    if (!all) {
        put(fd, "Stack (most recent call first):\n");
        if (ts)
            put_frames(fd, ts);
        return;
    }
    struct rt_thread *t = in ? in->threads : NULL;
    for (int n = 0; t; t = t->next, n++) {
        if (n)
            put(fd, "\n");
        if (n >= MAX_THREADS) {
            put(fd, "...\n");
            return;
        }
        put_thread(fd, t, t == ts);
    }
}

/* ---- fatal signals ---- */

static struct fatal {
    int sig;
    const char *text;
    struct sigaction old;
    bool on;
} fatals[] = {
    {SIGBUS, "Bus error", {{0}}, false},         {SIGILL, "Illegal instruction", {{0}}, false},
    {SIGFPE, "Floating point exception", {{0}}, false}, {SIGABRT, "Aborted", {{0}}, false},
    {SIGSEGV, "Segmentation fault", {{0}}, false},
};
static struct {
    _Atomic bool enabled;
    int fd;
    bool all_threads;
    struct rt_interp *in;
} fault;

static void restore(struct fatal *f)
{
    if (f->on)
        sigaction(f->sig, &f->old, NULL);
    f->on = false;
}

static void fatal_handler(int sig)
{
    int e = errno;
    struct fatal *f = fatals;
    while (f < fatals + RT_COUNTOF(fatals) - 1 && f->sig != sig)
        f++;
    restore(f);
    put(fault.fd, "Fatal Python error: ");
    put(fault.fd, f->text);
    put(fault.fd, "\n\n");
    struct rt_thread *ts = rt_current_thread;
    dump(fault.fd, ts, ts ? ts->interp : fault.in, fault.all_threads);
    errno = e;
    raise(sig); /* with the old disposition, once this handler has returned */
}

static void disable_fatal(void)
{
    if (!rt_xchg_acq_rel(&fault.enabled, false))
        return;
    for (size_t i = 0; i < RT_COUNTOF(fatals); i++)
        restore(&fatals[i]);
}

static int enable_fatal(struct rt_thread *ts)
{
    static void *stack;
    if (!stack) {
        size_t n = 64 << 10;
        stack = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (stack != MAP_FAILED)
            sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = n}, NULL);
    }
    if (rt_xchg_acq_rel(&fault.enabled, true))
        return 0;
    for (size_t i = 0; i < RT_COUNTOF(fatals); i++) {
        struct sigaction a = {.sa_handler = fatal_handler, .sa_flags = SA_NODEFER | SA_ONSTACK};
        sigemptyset(&a.sa_mask);
        if (sigaction(fatals[i].sig, &a, &fatals[i].old) != 0) {
            rt_raise_errno(ts, &rt_exc_RuntimeError, RT_NULL);
            return -1;
        }
        fatals[i].on = true;
    }
    return 0;
}

/* ---- files ---- */

/* The descriptor of file (RT_NULL: sys.stderr; an int: itself); *keep gets the file object, owned. */
static int file_fd(struct rt_thread *ts, rt_value file, rt_value *keep)
{
    *keep = RT_NONE;
    if (rt_is_null(file) || rt_is_none(file)) {
        file = rt_sys_get(ts, "stderr");
        if (rt_is_null(file)) {
            rt_raise(ts, &rt_exc_RuntimeError, "unable to get sys.stderr");
            return -1;
        }
        if (rt_is_none(file)) {
            rt_raise(ts, &rt_exc_RuntimeError, "sys.stderr is None");
            return -1;
        }
        *keep = file;
    } else if (rt_is_any_int(file)) {
        int fd = rt_as_int(ts, file);
        if (fd == -1 && rt_pending(ts))
            return -1;
        if (fd < 0) {
            rt_raise(ts, &rt_exc_ValueError, "file is not a valid file descripter");
            return -1;
        }
        return fd;
    } else {
        *keep = rt_newref(ts, file);
    }
    rt_value r = rt_call_method(ts, *keep, "fileno", NULL, 0);
    int fd = rt_is_null(r) ? -1 : rt_is_any_int(r) ? rt_as_int(ts, r) : -2;
    rt_decref(ts, r);
    if (fd < 0) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_RuntimeError, "file.fileno() is not a valid file descriptor");
        rt_clear(ts, keep);
        return -1;
    }
    r = rt_call_method(ts, *keep, "flush", NULL, 0);
    if (rt_is_null(r))
        rt_exc_clear(ts);
    rt_decref(ts, r);
    return fd;
}

enum { KEEP_FATAL, KEEP_LATER, KEEP_SIGNALS };
/* Files in use stay open: a list in the interpreter's state. */
static int keep_file(struct rt_thread *ts, size_t slot, rt_value owned)
{
    rt_slot *s = &ts->interp->native_state[RT_NS_FAULT];
    rt_value l = rt_slot_get(ts, NULL, s);
    if (rt_is_null(l)) {
        l = rt_list_new(ts, KEEP_SIGNALS + RT_NSIG);
        for (size_t i = 0; !rt_is_null(l) && i < KEEP_SIGNALS + RT_NSIG; i++)
            rt_list_append(ts, l, RT_NONE);
        if (rt_is_null(l)) {
            rt_decref(ts, owned);
            return -1;
        }
        rt_slot_set(ts, s, rt_newref(ts, l));
    }
    int r = rt_list_set(ts, l, slot, owned);
    rt_decref(ts, l);
    return r;
}

static int truth_or(struct rt_thread *ts, rt_value v, int deflt) { return rt_is_null(v) ? deflt : rt_truth(ts, v); }

/* ---- enable, disable, dump_traceback ---- */

static rt_value fh_enable(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"file", "all_threads", NULL};
    static const struct rt_argspec spec = {"enable", names, 0, 0, 2, 2};
    rt_value a[2] = {RT_NULL, RT_NULL}, keep;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    int all = truth_or(ts, a[1], 1), fd = all < 0 ? -1 : file_fd(ts, a[0], &keep);
    if (fd < 0 || keep_file(ts, KEEP_FATAL, keep) < 0)
        return RT_NULL;
    fault.fd = fd;
    fault.all_threads = all;
    fault.in = ts->interp;
    return enable_fatal(ts) < 0 ? RT_NULL : RT_NONE;
}
static rt_value fh_disable(struct rt_thread *ts, rt_value self)
{
    bool was = rt_load_relaxed(&fault.enabled);
    disable_fatal();
    if (was)
        keep_file(ts, KEEP_FATAL, RT_NONE);
    return rt_bool(was);
}
static rt_value fh_is_enabled(struct rt_thread *ts, rt_value self) { return rt_bool(rt_load_relaxed(&fault.enabled)); }

static rt_value fh_dump(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"file", "all_threads", NULL};
    static const struct rt_argspec spec = {"dump_traceback", names, 0, 0, 2, 2};
    rt_value a[2] = {RT_NULL, RT_NULL}, keep;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    int all = truth_or(ts, a[1], 1), fd = all < 0 ? -1 : file_fd(ts, a[0], &keep);
    if (fd < 0)
        return RT_NULL;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    dump(fd, ts, ts->interp, all);
    rt_start_world(ts, RT_SCOPE_INTERP);
    rt_decref(ts, keep);
    return RT_NONE;
}

/* ---- later ---- */

static struct {
    pthread_mutex_t lock;
    _Atomic uint32_t generation; /* bumped by cancel */
    _Atomic uint32_t running;
    int fd;
    bool repeat, exit;
    int64_t ns;
    char header[64];
    struct rt_interp *in;
} later = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *watchdog(void *arg)
{
    uint32_t gen = (uint32_t)(uintptr_t)arg;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    do {
        int64_t end = rt_monotonic_ns() + later.ns;
        while (rt_load_acquire(&later.generation) == gen &&
               rt_futex_wait(&later.generation, gen, end) != ETIMEDOUT)
            ;
        if (rt_load_acquire(&later.generation) != gen)
            break;
        put(later.fd, later.header);
        dump(later.fd, NULL, later.in, true);
        if (later.exit)
            _exit(1);
    } while (later.repeat);
    rt_store_release(&later.running, 0);
    rt_futex_wake(&later.running, 1);
    return NULL;
}

static void cancel_later(struct rt_thread *ts)
{
    (void)rt_add_acq_rel(&later.generation, 1);
    rt_futex_wake(&later.generation, 1 << 30);
    rt_detach(ts, RT_DETACH_LOCK);
    while (rt_load_acquire(&later.running))
        rt_futex_wait(&later.running, 1, -1);
    rt_attach(ts);
}

static rt_value fh_cancel(struct rt_thread *ts, rt_value self)
{
    cancel_later(ts);
    keep_file(ts, KEEP_LATER, RT_NONE);
    return RT_NONE;
}

static rt_value fh_dump_later(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"timeout", "repeat", "file", "exit", NULL};
    static const struct rt_argspec spec = {"dump_traceback_later", names, 0, 1, 4, 4};
    rt_value a[4] = {RT_NULL, RT_NULL, RT_NULL, RT_NULL}, keep;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    double s = rt_as_double(ts, a[0]);
    if (rt_pending(ts))
        return RT_NULL;
    int repeat = truth_or(ts, a[1], 0), quit = repeat < 0 ? -1 : truth_or(ts, a[3], 0);
    if (quit < 0)
        return RT_NULL;
    double us = ceil(s * 1e6);
    if (us <= 0)
        return rt_raise(ts, &rt_exc_ValueError, "timeout must be greater than 0");
    if (us > 9.2e15)
        return rt_raise(ts, &rt_exc_OverflowError, "timeout value is too large");
    int fd = file_fd(ts, a[2], &keep);
    if (fd < 0)
        return RT_NULL;
    cancel_later(ts);
    if (keep_file(ts, KEEP_LATER, keep) < 0)
        return RT_NULL;
    later.fd = fd;
    later.repeat = repeat;
    later.exit = quit;
    later.ns = (int64_t)us * 1000;
    later.in = ts->interp;
    int64_t sec = (int64_t)us / 1000000, frac = (int64_t)us % 1000000;
    size_t at = (size_t)snprintf(later.header, sizeof later.header, "Timeout (%lld:%02d:%02d",
                                 (long long)(sec / 3600), (int)(sec / 60 % 60), (int)(sec % 60));
    if (frac)
        at += (size_t)snprintf(later.header + at, sizeof later.header - at, ".%06d", (int)frac);
    snprintf(later.header + at, sizeof later.header - at, ")!\n");
    pthread_attr_t attr;
    pthread_t id;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    rt_store_release(&later.running, 1);
    uint32_t gen = rt_load_acquire(&later.generation);
    int e = pthread_create(&id, &attr, watchdog, (void *)(uintptr_t)gen);
    pthread_attr_destroy(&attr);
    if (e) {
        rt_store_release(&later.running, 0);
        return rt_raise(ts, &rt_exc_RuntimeError, "unable to start watchdog thread");
    }
    return RT_NONE;
}

/* ---- chosen signals ---- */

static struct user {
    _Atomic bool on;
    int fd;
    bool all_threads, chain;
    struct sigaction old;
    struct rt_interp *in;
} users[RT_NSIG];

static void user_handler(int sig);
static int install_user(int sig, struct sigaction *old)
{
    struct sigaction a = {.sa_handler = user_handler, .sa_flags = SA_RESTART | SA_ONSTACK};
    if (users[sig].chain)
        a.sa_flags = SA_NODEFER | SA_ONSTACK;
    sigemptyset(&a.sa_mask);
    return sigaction(sig, &a, old);
}
static void user_handler(int sig)
{
    struct user *u = &users[sig];
    int e = errno;
    if (!rt_load_acquire(&u->on))
        return;
    struct rt_thread *ts = rt_current_thread;
    dump(u->fd, ts, ts ? ts->interp : u->in, u->all_threads);
    if (u->chain) {
        sigaction(sig, &u->old, NULL);
        errno = e;
        raise(sig);
        e = errno;
        install_user(sig, NULL);
    }
    errno = e;
}

static bool user_signal(struct rt_thread *ts, rt_value v, int *sig)
{
    *sig = rt_as_int(ts, v);
    if (rt_pending(ts))
        return false;
    for (size_t i = 0; i < RT_COUNTOF(fatals); i++)
        if (fatals[i].sig == *sig) {
            rt_raise(ts, &rt_exc_RuntimeError, "signal %i cannot be registered, use enable() instead", *sig);
            return false;
        }
    if (*sig < 1 || *sig >= RT_NSIG) {
        rt_raise(ts, &rt_exc_ValueError, "signal number out of range");
        return false;
    }
    return true;
}

static rt_value fh_register(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"signum", "file", "all_threads", "chain", NULL};
    static const struct rt_argspec spec = {"register", names, 0, 1, 4, 4};
    rt_value a[4] = {RT_NULL, RT_NULL, RT_NULL, RT_NULL}, keep;
    int sig;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || !user_signal(ts, a[0], &sig))
        return RT_NULL;
    int all = truth_or(ts, a[2], 1), chain = all < 0 ? -1 : truth_or(ts, a[3], 0);
    int fd = chain < 0 ? -1 : file_fd(ts, a[1], &keep);
    if (fd < 0)
        return RT_NULL;
    struct user *u = &users[sig];
    u->fd = fd;
    u->all_threads = all;
    u->chain = chain;
    u->in = ts->interp;
    if (!rt_load_relaxed(&u->on) && install_user(sig, &u->old) != 0) {
        rt_decref(ts, keep);
        return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    }
    rt_store_release(&u->on, true);
    return keep_file(ts, KEEP_SIGNALS + (size_t)sig, keep) < 0 ? RT_NULL : RT_NONE;
}

static rt_value fh_unregister(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int sig;
    if (!user_signal(ts, arg, &sig))
        return RT_NULL;
    bool was = rt_xchg_acq_rel(&users[sig].on, false);
    if (was) {
        sigaction(sig, &users[sig].old, NULL);
        keep_file(ts, KEEP_SIGNALS + (size_t)sig, RT_NONE);
    }
    return rt_bool(was);
}

/* ---- for tests: crashes on purpose ---- */

static void no_core(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_CORE, &l) == 0) {
        l.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &l);
    }
}
static rt_value fh_read_null(struct rt_thread *ts, rt_value self)
{
    no_core();
    int *volatile p = NULL;
    return rt_int_imm(*p);
}
static rt_value fh_sigsegv(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    no_core();
    bool release = n && rt_truth(ts, args[0]) > 0;
    if (release)
        rt_detach(ts, RT_DETACH_NATIVE);
    raise(SIGSEGV);
    if (release)
        rt_attach(ts);
    return RT_NONE;
}
static rt_value fh_sigabrt(struct rt_thread *ts, rt_value self)
{
    no_core();
    abort();
}
static rt_value fh_sigfpe(struct rt_thread *ts, rt_value self)
{
    no_core();
    raise(SIGFPE);
    return RT_NONE;
}
static rt_value fh_fatal_error(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    no_core();
    const char *msg = n && rt_is_ptr(args[0]) && rt_is_bytes(args[0]) ? rt_as_bytes(args[0])->data : "";
    put(2, "Fatal Python error: ");
    put(2, msg);
    put(2, "\nPython runtime state: initialized\n\n");
    dump(2, ts, ts->interp, true);
    disable_fatal();
    abort();
}
static void *fatal_c_thread(void *arg)
{
    put(2, "Fatal Python error: faulthandler_fatal_error_thread: in new thread\nPython runtime state: initialized\n\n");
    dump(2, NULL, arg, true);
    disable_fatal();
    abort();
}
static rt_value fh_fatal_c_thread(struct rt_thread *ts, rt_value self)
{
    no_core();
    pthread_t id;
    if (pthread_create(&id, NULL, fatal_c_thread, ts->interp) == 0) {
        rt_detach(ts, RT_DETACH_NATIVE);
        pthread_join(id, NULL);
        rt_attach(ts);
    }
    return RT_NONE;
}
static uintptr_t overflow(uintptr_t depth)
{
    volatile char page[4096];
    page[0] = (char)depth;
    if (depth > UINT32_MAX)
        return depth;
    return overflow(depth + 1) + (uintptr_t)page[0];
}
static rt_value fh_stack_overflow(struct rt_thread *ts, rt_value self)
{
    no_core();
    return rt_int_imm((int64_t)(overflow(0) & 1));
}

static const struct rt_method_def methods[] = {
    {"enable", fh_enable, RT_METH_KW, "enable(file=sys.stderr, all_threads=True): enable the fault handler"},
    {"disable", fh_disable, RT_METH_NOARGS, "disable(): disable the fault handler"},
    {"is_enabled", fh_is_enabled, RT_METH_NOARGS, "is_enabled()->bool: check if the handler is enabled"},
    {"dump_traceback", fh_dump, RT_METH_KW, "dump_traceback(file=sys.stderr, all_threads=True): dump the traceback of the current thread, or of all threads if all_threads is True, into file"},
    {"dump_traceback_later", fh_dump_later, RT_METH_KW, "dump_traceback_later(timeout, repeat=False, file=sys.stderr, exit=False):\ndump the traceback of all threads in timeout seconds,\nor each timeout seconds if repeat is True. If exit is True, call _exit(1) which is not safe."},
    {"cancel_dump_traceback_later", fh_cancel, RT_METH_NOARGS, "cancel_dump_traceback_later():\ncancel the previous call to dump_traceback_later()."},
    {"register", fh_register, RT_METH_KW, "register(signum, file=sys.stderr, all_threads=True, chain=False): register a handler for the signal 'signum': dump the traceback of the current thread, or of all threads if all_threads is True, into file"},
    {"unregister", fh_unregister, RT_METH_O, "unregister(signum): unregister the handler of the signal 'signum' registered by register()"},
    {"_read_null", fh_read_null, RT_METH_NOARGS, "_read_null(): read from NULL, raise a SIGSEGV or SIGBUS signal depending on the platform"},
    {"_sigsegv", fh_sigsegv, RT_METH_FAST, "_sigsegv(release_gil=False): raise a SIGSEGV signal"},
    {"_sigabrt", fh_sigabrt, RT_METH_NOARGS, "_sigabrt(): raise a SIGABRT signal"},
    {"_sigfpe", fh_sigfpe, RT_METH_NOARGS, "_sigfpe(): raise a SIGFPE signal"},
    {"_fatal_error", fh_fatal_error, RT_METH_FAST, "_fatal_error(message): call Py_FatalError(message)"},
    {"_fatal_error_c_thread", fh_fatal_c_thread, RT_METH_NOARGS, "fatal_error_c_thread(): call Py_FatalError() in a new C thread."},
    {"_stack_overflow", fh_stack_overflow, RT_METH_NOARGS, "_stack_overflow(): recursive call to raise a stack overflow"},
    {0},
};

extern const struct rt_module_def rt_module_faulthandler;
const struct rt_module_def rt_module_faulthandler = {"faulthandler", "faulthandler module.", methods, NULL, NULL};
