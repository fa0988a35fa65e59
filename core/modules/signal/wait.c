/* SPDX-License-Identifier: MIT */
/* _signal: timers, masks and waiting for signals. Waiting detaches. */
#include "core/modules/signal/signal_internal.h"

#include <errno.h>
#include <math.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/object/structseq.h"
#include "core/sync/futex.h"

static rt_value raise_errno(struct rt_thread *ts) { return rt_raise_errno(ts, &rt_exc_OSError, RT_NULL); }

/* ---- timers ---- */

rt_value rt_signal_alarm(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int s = rt_as_int(ts, arg);
    if (s == -1 && rt_pending(ts))
        return RT_NULL;
    return rt_int_imm(alarm((unsigned)s));
}

static bool to_timeval(struct rt_thread *ts, rt_value v, struct timeval *tv)
{
    *tv = (struct timeval){0};
    if (rt_is_null(v))
        return true;
    double d = rt_as_double(ts, v);
    if (d == -1.0 && rt_pending(ts))
        return false;
    if (isnan(d)) {
        rt_raise(ts, &rt_exc_ValueError, "Invalid value NaN (not a number)");
        return false;
    }
    if (fabs(d) > 9.2e18) {
        rt_raise(ts, &rt_exc_OverflowError, "timestamp out of range for platform time_t");
        return false;
    }
    double us = ceil((d - floor(d)) * 1e6);
    tv->tv_sec = (time_t)floor(d);
    tv->tv_usec = (suseconds_t)us;
    if (tv->tv_usec >= 1000000) {
        tv->tv_sec++;
        tv->tv_usec -= 1000000;
    }
    return true;
}
static double from_timeval(const struct timeval *tv) { return (double)tv->tv_sec + (double)tv->tv_usec / 1e6; }

static rt_value itimer_pair(struct rt_thread *ts, const struct itimerval *t)
{
    rt_value p[2] = {rt_float_new(ts, from_timeval(&t->it_value)), rt_float_new(ts, from_timeval(&t->it_interval))};
    return rt_tuple_steal(ts, p, 2);
}

static rt_value raise_itimer(struct rt_thread *ts)
{
    int err = errno;
    rt_value e = rt_import_attr(ts, "_signal", "ItimerError");
    if (rt_is_null(e))
        return e;
    errno = err;
    rt_raise_errno(ts, rt_as_type(e), RT_NULL);
    rt_decref(ts, e);
    return RT_NULL;
}

rt_value rt_signal_setitimer(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "setitimer", n, 2, 3) < 0)
        return RT_NULL;
    int which = rt_as_int(ts, args[0]);
    struct itimerval new, old;
    if (rt_pending(ts) || !to_timeval(ts, args[1], &new.it_value) ||
        !to_timeval(ts, n > 2 ? args[2] : RT_NULL, &new.it_interval))
        return RT_NULL;
    if (setitimer((__itimer_which_t)which, &new, &old) != 0)
        return raise_itimer(ts);
    return itimer_pair(ts, &old);
}

rt_value rt_signal_getitimer(struct rt_thread *ts, rt_value self, rt_value arg)
{
    struct itimerval old;
    int which = rt_as_int(ts, arg);
    if (rt_pending(ts))
        return RT_NULL;
    if (getitimer((__itimer_which_t)which, &old) != 0)
        return raise_itimer(ts);
    return itimer_pair(ts, &old);
}

/* ---- sets ---- */

static bool to_sigset(struct rt_thread *ts, rt_value iterable, sigset_t *set)
{
    sigemptyset(set);
    rt_value it = rt_iter(ts, iterable), v;
    if (rt_is_null(it))
        return false;
    while (rt_is_null(v = rt_next(ts, it)) || !rt_is_stop(v)) {
        if (rt_is_null(v))
            break;
        int64_t sig = rt_as_i64(ts, v);
        rt_decref(ts, v);
        v = RT_NULL;
        if (sig == -1 && rt_pending(ts)) {
            if (!rt_exc_clear_if(ts, &rt_exc_OverflowError))
                break;
        }
        if (sig < 1 || sig >= RT_NSIG) {
            rt_raise(ts, &rt_exc_ValueError, "signal number %ld out of range [1; %i]", (long)sig, RT_NSIG - 1);
            break;
        }
        if (sigaddset(set, (int)sig) != 0 && errno != EINVAL) {
            raise_errno(ts);
            break;
        }
    }
    rt_decref(ts, it);
    return rt_is_stop(v);
}

static rt_value from_sigset(struct rt_thread *ts, const sigset_t *set)
{
    rt_value s = rt_set_new(ts, RT_NULL);
    for (int sig = 1; !rt_is_null(s) && sig < RT_NSIG; sig++)
        if (sigismember(set, sig) == 1 && rt_set_add(ts, s, rt_int_imm(sig)) < 0) {
            rt_decref(ts, s);
            return RT_NULL;
        }
    return s;
}

rt_value rt_signal_pthread_sigmask(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "pthread_sigmask", n, 2, 2) < 0)
        return RT_NULL;
    int how = rt_as_int(ts, args[0]);
    sigset_t set, old;
    if (rt_pending(ts) || !to_sigset(ts, args[1], &set))
        return RT_NULL;
    int e = pthread_sigmask(how, &set, &old);
    if (e) {
        errno = e;
        return raise_errno(ts);
    }
    if (rt_signal_check(ts) < 0) /* unblocked ones have just come */
        return RT_NULL;
    return from_sigset(ts, &old);
}

rt_value rt_signal_sigpending(struct rt_thread *ts, rt_value self)
{
    sigset_t set;
    return sigpending(&set) ? raise_errno(ts) : from_sigset(ts, &set);
}

rt_value rt_signal_valid_signals(struct rt_thread *ts, rt_value self)
{
    sigset_t set;
    sigfillset(&set);
    return from_sigset(ts, &set);
}

/* ---- sending and waiting ---- */

rt_value rt_signal_pause(struct rt_thread *ts, rt_value self)
{
    rt_detach(ts, RT_DETACH_SLEEP);
    if (!rt_load_seq(&rt_signal_any) || !rt_signal_is_main(ts))
        pause();
    rt_attach(ts);
    return rt_signal_check(ts) < 0 ? RT_NULL : RT_NONE;
}

rt_value rt_signal_pthread_kill(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "pthread_kill", n, 2, 2) < 0)
        return RT_NULL;
    uint64_t id = rt_as_u64(ts, args[0]);
    if (rt_pending(ts))
        return RT_NULL;
    int sig = rt_as_int(ts, args[1]);
    rt_value audit[2] = {args[0], args[1]};
    if (rt_pending(ts) || rt_sys_audit(ts, "signal.pthread_kill", 2, audit) < 0)
        return RT_NULL;
    int e = pthread_kill((pthread_t)id, sig);
    if (e) {
        errno = e;
        return raise_errno(ts);
    }
    return rt_signal_check(ts) < 0 ? RT_NULL : RT_NONE;
}

rt_value rt_signal_sigwait(struct rt_thread *ts, rt_value self, rt_value arg)
{
    sigset_t set;
    int sig, e;
    if (!to_sigset(ts, arg, &set))
        return RT_NULL;
    rt_detach(ts, RT_DETACH_SLEEP);
    e = sigwait(&set, &sig);
    rt_attach(ts);
    if (e) {
        errno = e;
        return raise_errno(ts);
    }
    return rt_int_imm(sig);
}

static struct rt_type siginfo_type;
static const struct rt_structseq_field siginfo_fields[] = {
    {"si_signo", "signal number"}, {"si_code", "signal code"}, {"si_errno", "errno associated with this signal"},
    {"si_pid", "sending process ID"}, {"si_uid", "real user ID of sending process"},
    {"si_status", "exit value or signal"}, {"si_band", "band event for SIGPOLL"}, {NULL, NULL},
};
static const struct rt_structseq siginfo_desc = {
    "signal.struct_siginfo",
    "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
    siginfo_fields, 7, false,
};

static rt_value make_siginfo(struct rt_thread *ts, const siginfo_t *si)
{
    rt_value v[7] = {rt_int_imm(si->si_signo), rt_int_imm(si->si_code), rt_int_imm(si->si_errno),
                     rt_int_imm(si->si_pid), rt_int_imm(si->si_uid), rt_int_imm(si->si_status), rt_int_imm(si->si_band)};
    return rt_structseq_new(ts, &siginfo_type, v);
}

rt_value rt_signal_sigwaitinfo(struct rt_thread *ts, rt_value self, rt_value arg)
{
    sigset_t set;
    siginfo_t si;
    if (!to_sigset(ts, arg, &set))
        return RT_NULL;
    for (;;) {
        rt_detach(ts, RT_DETACH_SLEEP);
        int r = sigwaitinfo(&set, &si);
        rt_attach(ts);
        if (r != -1)
            return make_siginfo(ts, &si);
        if (errno != EINTR)
            return raise_errno(ts);
        if (rt_signal_check(ts) < 0)
            return RT_NULL;
    }
}

rt_value rt_signal_sigtimedwait(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    sigset_t set;
    siginfo_t si;
    struct timeval tv;
    if (rt_args_count(ts, "sigtimedwait", n, 2, 2) < 0 || !to_timeval(ts, args[1], &tv))
        return RT_NULL;
    if (tv.tv_sec < 0)
        return rt_raise(ts, &rt_exc_ValueError, "timeout must be non-negative");
    if (!to_sigset(ts, args[0], &set))
        return RT_NULL;
    int64_t end = rt_monotonic_ns() + (int64_t)tv.tv_sec * 1000000000 + (int64_t)tv.tv_usec * 1000;
    for (;;) {
        int64_t left = end - rt_monotonic_ns();
        struct timespec t = {0, 0};
        if (left > 0)
            t = (struct timespec){left / 1000000000, left % 1000000000};
        rt_detach(ts, RT_DETACH_SLEEP);
        int r = sigtimedwait(&set, &si, &t);
        rt_attach(ts);
        if (r != -1)
            return make_siginfo(ts, &si);
        if (errno == EAGAIN)
            return RT_NONE;
        if (errno != EINTR)
            return raise_errno(ts);
        if (rt_signal_check(ts) < 0)
            return RT_NULL;
    }
}

rt_value rt_signal_pidfd_send(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "pidfd_send_signal", n, 2, 4) < 0)
        return RT_NULL;
    int fd = rt_as_int(ts, args[0]);
    if (rt_pending(ts))
        return RT_NULL;
    int sig = rt_as_int(ts, args[1]), flags = 0;
    if (rt_pending(ts))
        return RT_NULL;
    if (n > 3)
        flags = rt_as_int(ts, args[3]);
    if (rt_pending(ts))
        return RT_NULL;
    if (n > 2 && !rt_is_none(args[2]))
        return rt_raise(ts, &rt_exc_TypeError, "siginfo must be None");
    if (syscall(SYS_pidfd_send_signal, fd, sig, NULL, flags) < 0)
        return raise_errno(ts);
    return rt_signal_check(ts) < 0 ? RT_NULL : RT_NONE;
}

int rt_signal_wait_init(struct rt_thread *ts, rt_value module)
{
    if (rt_structseq_ready(ts, &siginfo_type, &siginfo_desc) < 0 ||
        rt_module_add(ts, module, "struct_siginfo", rt_type_value(&siginfo_type)) < 0)
        return -1;
    rt_value e = rt_type_derive(ts, "signal.itimer_error", rt_type_value(&rt_exc_OSError), RT_NULL);
    return rt_is_null(e) ? -1 : rt_module_add(ts, module, "ItimerError", e);
}
