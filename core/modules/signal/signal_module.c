/* SPDX-License-Identifier: MIT */
/*
 * Module _signal: handlers, masks, waiting, timers. The handlers are a list in the main interpreter's
 * state, indexed by signal number; the C handler is core/thread/signals.c. Handlers run on the main
 * thread of the main interpreter at a safepoint.
 */
#include "core/modules/signal/signal_module.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/eval/frame.h"
#include "core/modules/signal/signal_internal.h"

static _Atomic uint8_t has_handler[RT_NSIG];

bool rt_signal_has_python_handler(int sig) { return rt_load_relaxed(&has_handler[sig]); }

static rt_value handlers(void) { return rt_slot_peek(&rt_runtime.main->native_state[RT_NS_SIGNAL]); }

static rt_value get_handler(struct rt_thread *ts, int sig)
{
    rt_value l = handlers();
    return rt_is_ptr(l) ? rt_list_get(ts, l, (size_t)sig) : RT_NONE;
}
static bool is_disposition(rt_value v, long which) { return rt_is_int(v) && rt_int_get(v) == which; }

static int set_handler(struct rt_thread *ts, int sig, rt_value borrowed)
{
    bool python = !rt_is_none(borrowed) && !is_disposition(borrowed, (long)SIG_DFL) &&
                  !is_disposition(borrowed, (long)SIG_IGN);
    rt_store_relaxed(&has_handler[sig], python);
    return rt_list_set(ts, handlers(), (size_t)sig, rt_newref(ts, borrowed));
}

/* ---- running handlers ---- */

static void report_wakeup_error(struct rt_thread *ts)
{
    int e = rt_signal_take_wakeup_errno();
    if (!e)
        return;
    rt_value exc = rt_exc_take(ts);
    errno = e;
    rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    rt_write_unraisable_msg(ts, "when trying to write to the signal wakeup fd", RT_NONE);
    ts->exc = exc;
}

static int call_handler(struct rt_thread *ts, int sig)
{
    rt_value f = get_handler(ts, sig);
    if (rt_is_null(f) || rt_is_none(f) || rt_is_int(f)) { /* changed since the signal came */
        rt_decref(ts, f);
        return 0;
    }
    rt_value frame = RT_NONE;
    if (ts->frame) {
        struct rt_frame_object *o = rt_frame_materialize(ts, ts->frame);
        frame = o ? rt_newref_obj(ts, o) : RT_NULL;
    }
    rt_value r = rt_is_null(frame) ? frame : rt_call2(ts, f, rt_int_imm(sig), frame);
    rt_decref(ts, frame);
    rt_decref(ts, f);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

static int run_signals(struct rt_thread *ts)
{
    if (!rt_xchg_acq_rel(&rt_signal_any, false))
        return 0;
    report_wakeup_error(ts);
    for (int sig = 1; sig < RT_NSIG; sig++) {
        if (!rt_load_relaxed(&rt_signal_tripped[sig]) || !rt_xchg_acq_rel(&rt_signal_tripped[sig], 0))
            continue;
        rt_value exc = rt_exc_take(ts), stop = ts->stop_value;
        ts->stop_value = RT_NULL;
        int r = call_handler(ts, sig);
        ts->stop_value = stop;
        if (r < 0) {
            rt_decref(ts, exc);
            rt_store_seq(&rt_signal_any, true); /* the rest at the next safepoint */
            rt_breaker_set(ts, RT_BRK_SIGNAL);
            return -1;
        }
        ts->exc = exc;
    }
    return 0;
}

/* ---- arguments ---- */

static bool signal_number(struct rt_thread *ts, rt_value v, int *sig)
{
    *sig = rt_as_int(ts, v);
    if (*sig == -1 && rt_pending(ts))
        return false;
    if (*sig < 1 || *sig >= RT_NSIG) {
        rt_raise(ts, &rt_exc_ValueError, "signal number out of range");
        return false;
    }
    return true;
}

/* ---- handlers ---- */

static rt_value default_int_handler(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "default_int_handler", n, 2, 2) < 0)
        return RT_NULL;
    return rt_raise_none(ts, &rt_exc_KeyboardInterrupt);
}

static int set_disposition(int sig, void (*fn)(int))
{
    struct sigaction a = {.sa_handler = fn, .sa_flags = SA_ONSTACK};
    sigemptyset(&a.sa_mask);
    return sigaction(sig, &a, NULL);
}

static rt_value signal_signal(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int sig;
    void (*fn)(int) = rt_signal_handler;
    if (rt_args_count(ts, "signal", n, 2, 2) < 0)
        return RT_NULL;
    sig = rt_as_int(ts, args[0]);
    if (sig == -1 && rt_pending(ts))
        return RT_NULL;
    if (!rt_signal_is_main(ts))
        return rt_raise(ts, &rt_exc_ValueError, "signal only works in main thread of the main interpreter");
    if (sig < 1 || sig >= RT_NSIG)
        return rt_raise(ts, &rt_exc_ValueError, "signal number out of range");
    rt_value h = args[1];
    int64_t which;
    if (rt_is_any_int(h) && rt_int_try_i64(h, &which) && (which == 0 || which == 1)) {
        h = rt_int_imm(which);
        fn = which == 0 ? SIG_DFL : SIG_IGN;
    } else if (!rt_is_callable(h)) {
        return rt_raise(ts, &rt_exc_TypeError,
                        "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
    }
    if (rt_signal_check(ts) < 0)
        return RT_NULL;
    if (set_disposition(sig, fn) < 0)
        return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    rt_value old = get_handler(ts, sig);
    if (set_handler(ts, sig, h) < 0) {
        rt_decref(ts, old);
        return RT_NULL;
    }
    return old;
}

static rt_value signal_getsignal(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int sig;
    return signal_number(ts, arg, &sig) ? get_handler(ts, sig) : RT_NULL;
}

static rt_value signal_strsignal(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int sig;
    if (!signal_number(ts, arg, &sig))
        return RT_NULL;
    errno = 0;
    const char *s = strsignal(sig);
    if (errno || !s || strstr(s, "Unknown signal"))
        return RT_NONE;
    return rt_str_from_cstr(ts, s);
}

static rt_value signal_raise(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int sig = rt_as_int(ts, arg);
    if (sig == -1 && rt_pending(ts))
        return RT_NULL;
    if (raise(sig) != 0)
        return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    return rt_signal_check(ts) < 0 ? RT_NULL : RT_NONE;
}

static rt_value signal_siginterrupt(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int sig;
    if (rt_args_count(ts, "siginterrupt", n, 2, 2) < 0)
        return RT_NULL;
    int flag = rt_as_int(ts, args[1]);
    if (rt_pending(ts) || !signal_number(ts, args[0], &sig))
        return RT_NULL;
    struct sigaction a;
    if (sigaction(sig, NULL, &a) < 0)
        return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    a.sa_flags = flag ? a.sa_flags & ~SA_RESTART : a.sa_flags | SA_RESTART;
    if (sigaction(sig, &a, NULL) < 0)
        return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
    return RT_NONE;
}

static rt_value signal_set_wakeup_fd(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "warn_on_full_buffer", NULL};
    static const struct rt_argspec spec = {"set_wakeup_fd", names, 1, 1, 1, 2};
    rt_value a[2] = {RT_NULL, RT_NULL};
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, a[0]), warn = 1;
    if (fd == -1 && rt_pending(ts))
        return RT_NULL;
    if (!rt_is_null(a[1]) && (warn = rt_truth(ts, a[1])) < 0)
        return RT_NULL;
    if (!rt_signal_is_main(ts))
        return rt_raise(ts, &rt_exc_ValueError, "set_wakeup_fd only works in main thread of the main interpreter");
    if (fd != -1) {
        struct stat st;
        if (fstat(fd, &st) != 0)
            return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
        int fl = fcntl(fd, F_GETFL);
        if (fl < 0)
            return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL);
        if (!(fl & O_NONBLOCK))
            return rt_raise(ts, &rt_exc_ValueError, "the fd %i must be in non-blocking mode", fd);
    }
    int old = rt_signal_get_wakeup();
    rt_signal_set_wakeup(fd, warn);
    return rt_int_imm(old);
}

/* ---- the module ---- */

static const struct rt_method_def methods[] = {
    {"signal", signal_signal, RT_METH_FAST, "signal($module, signalnum, handler, /)\n--\n\nSet the action for the given signal.\n\nThe action can be SIG_DFL, SIG_IGN, or a callable Python object.\nThe previous action is returned.  See getsignal() for possible return values.\n\n*** IMPORTANT NOTICE ***\nA signal handler function is called with two arguments:\nthe first is the signal number, the second is the interrupted stack frame."},
    {"getsignal", signal_getsignal, RT_METH_O, "getsignal($module, signalnum, /)\n--\n\nReturn the current action for the given signal.\n\nThe return value can be:\n  SIG_IGN -- if the signal is being ignored\n  SIG_DFL -- if the default action for the signal is in effect\n  None    -- if an unknown handler is in effect\n  anything else -- the callable Python object used as a handler"},
    {"default_int_handler", default_int_handler, RT_METH_FAST, "default_int_handler($module, signalnum, frame, /)\n--\n\nThe default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt."},
    {"strsignal", signal_strsignal, RT_METH_O, "strsignal($module, signalnum, /)\n--\n\nReturn the system description of the given signal.\n\nReturns the description of signal *signalnum*, such as \"Interrupt\"\nfor :const:`SIGINT`. Returns :const:`None` if *signalnum` has no\ndescription. Raises :exc:`ValueError` if *signalnum* is invalid."},
    {"raise_signal", signal_raise, RT_METH_O, "raise_signal($module, signalnum, /)\n--\n\nSend a signal to the executing process."},
    {"siginterrupt", signal_siginterrupt, RT_METH_FAST, "siginterrupt($module, signalnum, flag, /)\n--\n\nChange system call restart behaviour.\n\nIf flag is False, system calls will be restarted when interrupted by\nsignal sig, else system calls will be interrupted."},
    {"set_wakeup_fd", signal_set_wakeup_fd, RT_METH_KW, "set_wakeup_fd(fd, *, warn_on_full_buffer=True) -> fd\n\nSets the fd to be written to (with the signal number) when a signal\ncomes in.  A library can use this to wakeup select or poll.\nThe previous fd or -1 is returned.\n\nThe fd must be non-blocking."},
    RT_SIGNAL_WAIT_METHODS
    {0},
};

static const struct { const char *name; int value; } constants[] = {
#define S(n) {#n, n}
    S(SIGHUP), S(SIGINT), S(SIGQUIT), S(SIGILL), S(SIGTRAP), S(SIGIOT), S(SIGABRT), S(SIGFPE), S(SIGKILL),
    S(SIGBUS), S(SIGSEGV), S(SIGSYS), S(SIGPIPE), S(SIGALRM), S(SIGTERM), S(SIGUSR1), S(SIGUSR2),
    S(SIGCLD), S(SIGCHLD), S(SIGPWR), S(SIGIO), S(SIGURG), S(SIGWINCH), S(SIGPOLL), S(SIGSTOP),
    S(SIGTSTP), S(SIGCONT), S(SIGTTIN), S(SIGTTOU), S(SIGVTALRM), S(SIGPROF), S(SIGXCPU), S(SIGXFSZ),
    S(SIGSTKFLT), S(SIG_BLOCK), S(SIG_UNBLOCK), S(SIG_SETMASK), S(ITIMER_REAL), S(ITIMER_VIRTUAL), S(ITIMER_PROF),
#undef S
    {"SIG_DFL", 0}, {"SIG_IGN", 1}, {"NSIG", RT_NSIG},
};

/* Main interpreter: the list of handlers, from what the process inherited; SIGINT raises. */
static int init_handlers(struct rt_thread *ts, rt_value module)
{
    rt_value l = rt_list_new(ts, RT_NSIG);
    for (int sig = 0; !rt_is_null(l) && sig < RT_NSIG; sig++) {
        struct sigaction a;
        rt_value h = RT_NONE;
        if (sig && sigaction(sig, NULL, &a) == 0)
            h = a.sa_handler == SIG_DFL ? rt_int_imm(0) : a.sa_handler == SIG_IGN ? rt_int_imm(1) : RT_NONE;
        if (rt_list_append(ts, l, h) < 0)
            return -1;
    }
    if (rt_is_null(l))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_SIGNAL], l);
    if (!rt_safepoint_hooks.run_signals) /* as for _thread */
        rt_safepoint_hooks.run_signals = run_signals;
    rt_value h = get_handler(ts, SIGINT);
    int r = 0;
    if (is_disposition(h, 0)) {
        rt_value f = rt_getattr_cstr(ts, module, "default_int_handler");
        r = rt_is_null(f) || set_disposition(SIGINT, rt_signal_handler) < 0 ? -1 : set_handler(ts, SIGINT, f);
        rt_decref(ts, f);
    }
    rt_decref(ts, h);
    return r;
}

static int exec(struct rt_thread *ts, rt_value module)
{
    for (size_t i = 0; i < RT_COUNTOF(constants); i++)
        if (rt_module_add_int(ts, module, constants[i].name, constants[i].value) < 0)
            return -1;
    if (rt_module_add_int(ts, module, "SIGRTMIN", SIGRTMIN) < 0 ||
        rt_module_add_int(ts, module, "SIGRTMAX", SIGRTMAX) < 0 || rt_signal_wait_init(ts, module) < 0)
        return -1;
    if (ts->interp == rt_runtime.main && rt_is_null(rt_slot_peek(&ts->interp->native_state[RT_NS_SIGNAL])))
        return init_handlers(ts, module);
    return 0;
}

extern const struct rt_module_def rt_module__signal;
const struct rt_module_def rt_module__signal = {
    "_signal",
    "This module provides mechanisms to use signal handlers in Python.\n\nFunctions:\n\nalarm() -- cause SIGALRM after a specified time [Unix only]\nsetitimer() -- cause a signal (described below) after a specified\n               float time and the timer may restart then [Unix only]\ngetitimer() -- get current value of timer [Unix only]\nsignal() -- set the action for a given signal\ngetsignal() -- get the signal action for a given signal\npause() -- wait until a signal arrives [Unix only]\ndefault_int_handler() -- default SIGINT handler\n",
    methods, NULL, exec,
};
