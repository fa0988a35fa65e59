/* SPDX-License-Identifier: MIT */
/*
 * Threads of the operating system that carry threads of Python, one after another.
 *
 * A thread costs its process more at its end than in its life: its allocator's pages change hands, its stack goes back.
 * Where a program starts many short ones, an OS thread waits a while after its work and is given another.
 *
 *  - Only while threads are started fast (BUSY in two PERIODs), and with stacks of the usual size.
 *  - The one that has waited longest is taken, and only while KEEP others wait: so the numbers that the system gives to
 *    threads (threading.get_native_id) come back no sooner than after KEEP others, as programs tell threads apart by them.
 *  - What a new thread inherits from the one that starts it is set anew: the signal mask. For all else that a program may
 *    change about its threads (rt_carriers_retire: scheduling, foreign functions) there is no reuse from then on.
 *  - Whoever waits blocks all signals, holds nothing and touches no object. A fork forgets those who wait.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/sync/futex.h"
#include "core/thread/runtime.h"
#include "core/thread/thread.h"

struct carrier {
    struct carrier *next;
    pthread_t id;
    rt_carrier_job job;
    void *arg;
    sigset_t mask;
    bool usual_stack;
    _Atomic uint32_t state;
};
enum { WAITS, HAS_WORK };
enum { BUSY = 64, KEEP = 16, MOST = 32 };
static const int64_t PERIOD = 1000000000;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct carrier *first, **last = &first; /* those who wait; under the lock, as all here */
static unsigned waiting, starts, starts_before;
static int64_t period_began;
static bool retired;

/* Counts a start, and says whether there have been many of late. */
static bool started_fast(void)
{
    int64_t now = rt_monotonic_ns(), ago = now - period_began;
    if (ago > PERIOD) {
        starts_before = ago > 2 * PERIOD ? 0 : starts;
        starts = 0;
        period_began = now;
    }
    return ++starts + starts_before >= BUSY;
}

/* False: c is not there, somebody has taken it. */
static bool take_out(struct carrier *c)
{
    struct carrier **p = &first;
    while (*p && *p != c)
        p = &(*p)->next;
    if (!*p)
        return false;
    if (!(*p = c->next))
        last = p;
    waiting--;
    return true;
}

/* True: it has another job. */
static bool await_job(struct carrier *c)
{
    pthread_mutex_lock(&lock);
    bool stay = c->usual_stack && !retired && waiting < MOST && starts + starts_before >= BUSY;
    if (stay) {
        rt_store_relaxed(&c->state, WAITS);
        c->next = NULL;
        *last = c;
        last = &c->next;
        waiting++;
    }
    pthread_mutex_unlock(&lock);
    int64_t deadline = rt_monotonic_ns() + PERIOD;
    while (stay && rt_load_acquire(&c->state) == WAITS)
        if (rt_futex_wait(&c->state, WAITS, deadline) == ETIMEDOUT) {
            while (rt_runtime.main && rt_load_relaxed(&rt_runtime.main->finalizer)) /* the process ends, and this thread with it */
                pause();
            pthread_mutex_lock(&lock);
            stay = !take_out(c);
            pthread_mutex_unlock(&lock);
            deadline = -1;
        }
    return stay;
}

static void *carry(void *p)
{
    struct carrier c = *(struct carrier *)p;
    free(p);
    c.id = pthread_self();
    c.job(c.arg, false);
    while (await_job(&c)) {
        pthread_sigmask(SIG_SETMASK, &c.mask, NULL);
        errno = 0;
        c.job(c.arg, true);
    }
    return NULL;
}

static int new_carrier(rt_carrier_job job, void *arg, size_t stack_size, pthread_t *id)
{
    pthread_attr_t attr;
    struct carrier *c = calloc(1, sizeof *c);
    if (!c)
        return ENOMEM;
    c->job = job;
    c->arg = arg;
    c->usual_stack = !stack_size;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (stack_size) {
#if RT_ASAN || RT_TSAN
        /* Frames are that much larger, and TSan keeps 700 KB of its own at the top: what a program asks for must do. */
        stack_size = stack_size * 4 + (1u << 20);
#endif
        pthread_attr_setstacksize(&attr, stack_size < (size_t)PTHREAD_STACK_MIN ? (size_t)PTHREAD_STACK_MIN : stack_size);
    }
    int r = pthread_create(id, &attr, carry, c);
    pthread_attr_destroy(&attr);
    if (r)
        free(c);
    return r;
}

int rt_carrier_run(rt_carrier_job job, void *arg, size_t stack_size, pthread_t *id)
{
    struct carrier *c = NULL;
    pthread_mutex_lock(&lock);
    if (started_fast() && !stack_size && !retired && waiting > KEEP)
        (void)take_out(c = first);
    pthread_mutex_unlock(&lock);
    if (!c)
        return new_carrier(job, arg, stack_size, id);
    c->job = job;
    c->arg = arg;
    *id = c->id;
    pthread_sigmask(SIG_SETMASK, NULL, &c->mask);
    rt_store_release(&c->state, HAS_WORK); /* its frame may be another job's from here on, which a wake does not harm */
    rt_futex_wake(&c->state, 1);
    return 0;
}

int64_t rt_thread_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void rt_carriers_retire(void)
{
    pthread_mutex_lock(&lock);
    retired = true;
    pthread_mutex_unlock(&lock);
}

void rt_carriers_after_fork(void)
{
    pthread_mutex_init(&lock, NULL);
    first = NULL;
    last = &first;
    waiting = 0;
}
