/* SPDX-License-Identifier: MIT */
/* What the files of _signal share. */
#ifndef RT_MODULES_SIGNAL_INTERNAL_H
#define RT_MODULES_SIGNAL_INTERNAL_H

#include "core/modules/signal/signal_module.h"

/* wait.c */
rt_value rt_signal_alarm(struct rt_thread *ts, rt_value self, rt_value arg);
rt_value rt_signal_setitimer(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
rt_value rt_signal_getitimer(struct rt_thread *ts, rt_value self, rt_value arg);
rt_value rt_signal_pause(struct rt_thread *ts, rt_value self);
rt_value rt_signal_pthread_kill(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
rt_value rt_signal_pthread_sigmask(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
rt_value rt_signal_sigpending(struct rt_thread *ts, rt_value self);
rt_value rt_signal_sigwait(struct rt_thread *ts, rt_value self, rt_value arg);
rt_value rt_signal_sigwaitinfo(struct rt_thread *ts, rt_value self, rt_value arg);
rt_value rt_signal_sigtimedwait(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
rt_value rt_signal_valid_signals(struct rt_thread *ts, rt_value self);
rt_value rt_signal_pidfd_send(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
int rt_signal_wait_init(struct rt_thread *ts, rt_value module);

#define RT_SIGNAL_WAIT_METHODS \
    {"alarm", rt_signal_alarm, RT_METH_O, "alarm($module, seconds, /)\n--\n\nArrange for SIGALRM to arrive after the given number of seconds."}, \
    {"setitimer", rt_signal_setitimer, RT_METH_FAST, "setitimer($module, which, seconds, interval=0.0, /)\n--\n\nSets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).\n\nThe timer will fire after value seconds and after that every interval seconds.\nThe itimer can be cleared by setting seconds to zero.\n\nReturns old values as a tuple: (delay, interval)."}, \
    {"getitimer", rt_signal_getitimer, RT_METH_O, "getitimer($module, which, /)\n--\n\nReturns current value of given itimer."}, \
    {"pause", rt_signal_pause, RT_METH_NOARGS, "pause($module, /)\n--\n\nWait until a signal arrives."}, \
    {"pthread_kill", rt_signal_pthread_kill, RT_METH_FAST, "pthread_kill($module, thread_id, signalnum, /)\n--\n\nSend a signal to a thread."}, \
    {"pthread_sigmask", rt_signal_pthread_sigmask, RT_METH_FAST, "pthread_sigmask($module, how, mask, /)\n--\n\nFetch and/or change the signal mask of the calling thread."}, \
    {"sigpending", rt_signal_sigpending, RT_METH_NOARGS, "sigpending($module, /)\n--\n\nExamine pending signals.\n\nReturns a set of signal numbers that are pending for delivery to\nthe calling thread."}, \
    {"sigwait", rt_signal_sigwait, RT_METH_O, "sigwait($module, sigset, /)\n--\n\nWait for a signal.\n\nSuspend execution of the calling thread until the delivery of one of the\nsignals specified in the signal set sigset.  The function accepts the signal\nand returns the signal number."}, \
    {"sigwaitinfo", rt_signal_sigwaitinfo, RT_METH_O, "sigwaitinfo($module, sigset, /)\n--\n\nWait synchronously until one of the signals in *sigset* is delivered.\n\nReturns a struct_siginfo containing information about the signal."}, \
    {"sigtimedwait", rt_signal_sigtimedwait, RT_METH_FAST, "sigtimedwait($module, sigset, timeout, /)\n--\n\nLike sigwaitinfo(), but with a timeout.\n\nThe timeout is specified in seconds, with floating point numbers allowed."}, \
    {"valid_signals", rt_signal_valid_signals, RT_METH_NOARGS, "valid_signals($module, /)\n--\n\nReturn a set of valid signal numbers on this platform.\n\nThe signal numbers returned by this function can be safely passed to\nfunctions like `pthread_kill`."}, \
    {"pidfd_send_signal", rt_signal_pidfd_send, RT_METH_FAST, "pidfd_send_signal($module, pidfd, signalnum, siginfo=None, flags=0, /)\n--\n\nSend a signal to a process referred to by a pid file descriptor."},

#endif
