/* SPDX-License-Identifier: MIT */
/*
 * Signals. The C handler notes the signal, writes the wakeup descriptor and asks the main thread of the
 * main interpreter to come to a safepoint; Python's handlers run there (the _signal module registers
 * how). Everything the C handler touches is atomic and constant-size.
 */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/seam/stats.h"
#include "core/sync/parking.h"
#include "core/thread/runtime.h"

_Atomic uint8_t rt_signal_tripped[RT_NSIG];
_Atomic bool rt_signal_any;
static _Atomic int wakeup_fd = -1;
static _Atomic bool wakeup_warn = true;
static _Atomic int wakeup_errno; /* of a failed write, reported by the next check */

void rt_signal_set_wakeup(int fd, bool warn_on_full)
{
    rt_store_relaxed(&wakeup_warn, warn_on_full);
    rt_store_release(&wakeup_fd, fd);
}
int rt_signal_get_wakeup(void) { return rt_load_acquire(&wakeup_fd); }

static void write_wakeup(int sig)
{
    int fd = rt_load_acquire(&wakeup_fd);
    if (fd < 0)
        return;
    unsigned char b = (unsigned char)sig;
    if (write(fd, &b, 1) < 0 &&
        (rt_load_relaxed(&wakeup_warn) || (errno != EWOULDBLOCK && errno != EAGAIN)))
        rt_store_relaxed(&wakeup_errno, errno);
}

static void trip(int sig)
{
    struct rt_interp *in = rt_runtime.main;
    rt_store_release(&rt_signal_tripped[sig], 1);
    rt_store_seq(&rt_signal_any, true);
    write_wakeup(sig);
    if (in && in->main_thread) {
        rt_breaker_set(in->main_thread, RT_BRK_SIGNAL);
        rt_park_interrupt(in->main_thread);
    }
}

void rt_signal_handler(int sig)
{
    int e = errno;
    if (rt_current_thread)
        rt_store_relaxed(&rt_current_thread->signalled, true);
    trip(sig);
    errno = e;
}
void rt_signal_raise(int sig) { trip(sig); }

bool rt_signal_is_main(struct rt_thread *ts)
{
    return rt_runtime.main && rt_runtime.main->main_thread == ts;
}

void rt_signal_fini(void)
{
    struct sigaction a;
    for (int sig = 1; sig < RT_NSIG; sig++)
        if (sigaction(sig, NULL, &a) == 0 && a.sa_handler == rt_signal_handler) {
            a.sa_handler = SIG_DFL;
            sigaction(sig, &a, NULL);
        }
    rt_store_seq(&rt_signal_any, false);
}

int rt_signal_take_wakeup_errno(void) { return rt_xchg_acq_rel(&wakeup_errno, 0); }

int rt_signal_check(struct rt_thread *ts)
{
    if (!rt_signal_is_main(ts) || !rt_load_acquire(&rt_signal_any))
        return 0;
    rt_breaker_clear(ts, RT_BRK_SIGNAL);
    if (!rt_safepoint_hooks.run_signals)
        return 0;
    rt_count(ts, RT_CNT_SIGNALS, 1);
    return rt_safepoint_hooks.run_signals(ts);
}
