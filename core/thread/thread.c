/* SPDX-License-Identifier: MIT */
/*
 * Life of a thread. Records are never given back to the system while the process lives: they are reused
 * (type-stable), so that a stale pointer to a thread that ended is harmless to read or to poke.
 *
 * Locks: interp->threads_lock for the lists; pool_lock (leaf) for records.
 */
#include "core/thread/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc/alloc.h"
#include "alloc/heap.h"
#include "core/base/limits.h"
#include "core/base/options.h"
#include "core/base/vec.h"
#include "core/seam/stats.h"
#include "core/sync/futex.h"
#include "core/sync/mutex.h"

__thread struct rt_thread *rt_current_thread;

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rt_thread *pool; /* linked by next */

/* Word by word: who found the record while it was another thread's may still look (type-stable, but not locked). */
static void clear_record(void *p, size_t n)
{
    _Atomic uint64_t *words = p;
    for (size_t i = 0; i < n / sizeof *words; i++)
        rt_store_relaxed(&words[i], 0);
    memset(&words[n / sizeof *words], 0, n % sizeof *words);
}

static struct rt_thread *take_record(void)
{
    pthread_mutex_lock(&pool_lock);
    struct rt_thread *ts = pool;
    if (ts)
        pool = ts->next;
    pthread_mutex_unlock(&pool_lock);
    if (ts) {
        struct rt_counters *c = ts->counters;
        void *ring = ts->trace_ring, *be = ts->backend;
        clear_record(ts, sizeof *ts);
        ts->counters = c;
        ts->trace_ring = ring;
        ts->backend = be;
        if (be)
            clear_record(be, rt_be.thread_bytes);
        return ts;
    }
    ts = aligned_alloc(RT_CACHE_LINE, RT_ROUND_UP(sizeof *ts, (size_t)RT_CACHE_LINE));
    if (!ts)
        return NULL;
    memset(ts, 0, sizeof *ts);
    ts->counters = rt_raw_calloc_lines(sizeof *ts->counters);
    ts->backend = rt_be.thread_bytes ? rt_raw_calloc_lines(rt_be.thread_bytes) : NULL;
    if (!ts->counters || (rt_be.thread_bytes && !ts->backend)) {
        free(ts->counters);
        free(ts);
        return NULL;
    }
    return ts;
}

static void give_record(struct rt_thread *ts)
{
    pthread_mutex_lock(&pool_lock);
    ts->next = pool;
    pool = ts;
    pthread_mutex_unlock(&pool_lock);
}

/* The heap gets its thread under the lock: nobody may merge for a parked owner from then on. */
static struct rt_heap *take_heap(struct rt_interp *in, struct rt_thread *ts)
{
    pthread_mutex_lock(&in->threads_lock);
    struct rt_heap *h = in->parked;
    if (h) {
        in->parked = h->parked_next;
        rt_store_release(&h->thread, ts);
    }
    pthread_mutex_unlock(&in->threads_lock);
    return h ? h : rt_heap_new(in);
}

static void link_thread(struct rt_interp *in, struct rt_thread *ts)
{
    rt_lock_ranked(&in->threads_lock, RT_RANK_THREADS);
    rt_store_release(&ts->state, rt_load_relaxed(&in->stopped) ? RT_TS_STOPPED : RT_TS_DETACHED);
    ts->next = in->threads;
    ts->prev = NULL;
    if (in->threads)
        in->threads->prev = ts;
    in->threads = ts;
    (void)rt_add_acq_rel(&in->nthreads, 1);
    rt_unlock_ranked(&in->threads_lock, RT_RANK_THREADS);
}

/* threads_lock held. */
static void unlink_thread(struct rt_interp *in, struct rt_thread *ts)
{
    if (ts->prev)
        ts->prev->next = ts->next;
    else
        in->threads = ts->next;
    if (ts->next)
        ts->next->prev = ts->prev;
    (void)rt_sub_acq_rel(&in->nthreads, 1);
}

static void init_fields(struct rt_thread *ts, struct rt_interp *in)
{
    ts->interp = in;
    ts->bias = 0;
    ts->sole_token = ts->other_token = RT_TOK_NOBODY;
    ts->id = rt_add_relaxed(&rt_runtime.next_thread_id, 1) + 1;
    rt_store_relaxed(&ts->py_depth_limit, (uint32_t)rt_load_relaxed(&in->recursion_limit));
    ts->stress_state = (uint32_t)ts->id;
    if (rt_stress.bits & (RT_STRESS_STW | RT_STRESS_DETACH | RT_STRESS_YIELD))
        rt_breaker_set(ts, RT_BRK_STRESS);
}

struct rt_thread *rt_thread_new(struct rt_interp *in)
{
    struct rt_thread *ts = take_record();
    if (!ts)
        return NULL;
    rt_store_relaxed(&ts->state, RT_TS_DEAD);
    struct rt_heap *h = take_heap(in, ts);
    if (!h) {
        give_record(ts);
        return NULL;
    }
    rt_heap_adopt(ts, h);
    if (!rt_value_stack_map(ts) || (init_fields(ts, in), rt_be.thread_init(ts)) != 0) {
        rt_heap_park(ts);
        give_record(ts);
        return NULL;
    }
    ts->alloc_bytes = rt_xchg_acq_rel(&in->fresh_left, 0);
    link_thread(in, ts);
    rt_trace(ts, RT_TR_THREAD, 1);
    return ts;
}

void rt_thread_bind(struct rt_thread *ts)
{
    ts->os_thread = pthread_self();
    rt_store_relaxed(&ts->ident, (uint64_t)ts->os_thread);
    ts->native_id = (int)syscall(SYS_gettid);
    rt_thread_stack_bounds(ts);
    rt_current_thread = ts;
    rt_thread_note_stack(ts);
}

void rt_thread_unbind(struct rt_thread *ts)
{
    rt_store_relaxed(&ts->c_stack_saved, NULL);
    rt_store_relaxed(&ts->c_stack_base, NULL);
    rt_current_thread = NULL;
}

int rt_thread_traverse(struct rt_thread *ts, int (*visit)(rt_value, void *), void *arg)
{
    rt_value words[] = {ts->exc, ts->stop_value, ts->context, ts->async_gen_firstiter,
                        ts->async_gen_finalizer, ts->trace_func, ts->profile_func, ts->async_exc,
                        ts->dict, ts->sentinel, ts->start_args[0], ts->start_args[1], ts->start_args[2]};
    int r;
    for (size_t i = 0; i < RT_COUNTOF(words); i++)
        if (rt_is_ptr(words[i]) && (r = visit(words[i], arg)))
            return r;
    for (size_t i = 0; ts->dealloc_later && i < ts->dealloc_later->length; i++)
        if ((r = visit(rt_borrow(rt_vec_ptr(ts->dealloc_later, i)), arg)))
            return r;
    return 0;
}

void rt_thread_clear(struct rt_thread *ts)
{
    rt_value *words[] = {&ts->exc, &ts->stop_value, &ts->context, &ts->async_gen_firstiter,
                         &ts->async_gen_finalizer, &ts->trace_func, &ts->profile_func, &ts->async_exc,
                         &ts->dict, &ts->start_args[0], &ts->start_args[1], &ts->start_args[2]};
    for (size_t i = 0; i < RT_COUNTOF(words); i++)
        rt_clear(ts, words[i]);
    rt_raw_free(ts->repr_stack);
    ts->repr_stack = NULL;
}

/* The end while attached; afterwards the record belongs to the pool. */
static void retire_thread(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    if (ts->dealloc_later) {
        rt_vec_free(ts->dealloc_later);
        free(ts->dealloc_later);
        ts->dealloc_later = NULL;
    }
    rt_be.thread_fini(ts);
    rt_trace(ts, RT_TR_THREAD, 0);
    rt_stats_fold(ts->counters);
    struct rt_heap *h = ts->heap;
    if (h->stack_bytes > (1u << 20)) /* keep a warm page or two, give the rest back */
        madvise((char *)h->stack + (64u << 10), h->stack_bytes - (64u << 10), MADV_DONTNEED);
    rt_heap_park(ts);
    (void)rt_add_relaxed(&in->raw_bytes, ts->raw_bytes);
    if (ts->alloc_bytes + ts->raw_bytes > 0) /* a thread for each request would never see a step full */
        (void)rt_add_relaxed(&in->fresh_left, ts->alloc_bytes + ts->raw_bytes);
    rt_lock_ranked(&in->threads_lock, RT_RANK_THREADS);
    unlink_thread(in, ts);
    rt_unlock_ranked(&in->threads_lock, RT_RANK_THREADS);
}

void rt_thread_exit(struct rt_thread *ts)
{
    RT_ASSERT(rt_is_attached(ts) && ts == rt_current_thread && !ts->cs);
    if (rt_safepoint_hooks.thread_exit)
        rt_safepoint_hooks.thread_exit(ts);
    rt_thread_clear(ts);
    ts->detach_why = RT_DETACH_EXIT;
    rt_safepoint_drops(ts); /* whoever waits for the thread's end finds dead what it held */
    if (rt_safepoint_hooks.thread_gone)
        rt_safepoint_hooks.thread_gone(ts);
    retire_thread(ts);
    /* Not in any list now, so no stopper will touch the state; the backend gives its lock up. */
    rt_be.detach(ts);
    rt_store_release(&ts->state, RT_TS_DEAD);
    rt_current_thread = NULL;
    give_record(ts);
}

void rt_thread_discard(struct rt_thread *ts)
{
    struct rt_thread *me = rt_current_thread;
    for (int i = 0; i < 3; i++) {
        rt_value v = ts->start_args[i];
        ts->start_args[i] = RT_NULL;
        if (me)
            rt_decref(me, v);
    }
    /* In its name, as if it had started. */
    if (me)
        rt_detach(me, RT_DETACH_LOCK);
    rt_current_thread = ts;
    rt_be.attach(ts);
    rt_thread_exit(ts);
    rt_current_thread = me;
    if (me)
        rt_attach(me);
}

struct start {
    struct rt_thread *ts;
    void (*body)(struct rt_thread *ts, void *arg);
    void *arg;
    _Atomic uint32_t *verdict; /* NULL: nobody waits for one */
};
enum { VERDICT_NONE, VERDICT_RUNS, VERDICT_NO_MEMORY };

/* Where address space is limited: can this thread have what its first calls need? A thread that starts and then has
   none leaves its starter waiting for ever (threading.Thread.start waits for a word from it). */
static bool has_first_memory(struct rt_thread *ts)
{
    enum { OBJECTS = 512, MOST = 64 << 10 };
    void *objects[OBJECTS / 16], *raw = rt_raw_malloc(MOST);
    bool good = raw != NULL;
    rt_raw_free(raw);
    for (size_t n = 16; n <= OBJECTS; n += 16)
        good &= (objects[n / 16 - 1] = rt_block_alloc(ts, n, 0, 0)) != NULL;
    for (size_t n = 16; n <= OBJECTS; n += 16)
        if (objects[n / 16 - 1])
            rt_block_free(ts, objects[n / 16 - 1], n);
    if (!good)
        rt_clear(ts, &ts->exc);
    return good;
}

static void give_verdict(_Atomic uint32_t *verdict, uint32_t what)
{
    rt_store_release(verdict, what);
    rt_futex_wake(verdict, 1); /* the word may be gone by now: nobody is woken then */
}

static bool await_verdict(_Atomic uint32_t *verdict)
{
    struct rt_thread *me = rt_current_thread;
    if (me)
        rt_detach(me, RT_DETACH_LOCK);
    while (rt_load_acquire(verdict) == VERDICT_NONE)
        rt_futex_wait(verdict, VERDICT_NONE, -1);
    if (me)
        rt_attach(me);
    return rt_load_acquire(verdict) == VERDICT_RUNS;
}

static void block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static void thread_main(void *p, bool again)
{
    struct start s = *(struct start *)p;
    free(p);
    rt_thread_bind(s.ts);
    if (again)
        s.ts->cpu_before = rt_thread_cpu_ns();
    rt_attach(s.ts);
    if (s.verdict) {
        bool good = has_first_memory(s.ts);
        if (!good) {
            rt_detach(s.ts, RT_DETACH_LOCK);
            rt_thread_unbind(s.ts);
            block_signals();
        }
        give_verdict(s.verdict, good ? VERDICT_RUNS : VERDICT_NO_MEMORY);
        if (!good)
            return; /* the record is the starter's again */
    }
    s.body(s.ts, s.arg);
    /* Who waits for this thread goes on before it has quite ended: a signal that is blocked elsewhere must not find it. */
    block_signals();
    rt_thread_exit(s.ts);
}

int rt_thread_spawn(struct rt_thread *ts, void (*body)(struct rt_thread *ts, void *arg), void *arg,
                    size_t stack_size)
{
    uint64_t ident;
    return rt_thread_spawn_ident(ts, body, arg, stack_size, &ident);
}

int rt_thread_spawn_ident(struct rt_thread *ts, void (*body)(struct rt_thread *ts, void *arg), void *arg,
                          size_t stack_size, uint64_t *ident)
{
    struct start *s = malloc(sizeof *s);
    if (!s)
        return ENOMEM;
    _Atomic uint32_t verdict = VERDICT_NONE;
    bool limited = rt_limits_address_space() != SIZE_MAX;
    *s = (struct start){ts, body, arg, limited ? &verdict : NULL};
    pthread_t id;
    int r = rt_carrier_run(thread_main, s, stack_size, &id);
    if (r)
        free(s);
    else if (limited && !await_verdict(&verdict))
        r = ENOMEM;
    else
        *ident = (uint64_t)id;
    return r;
}

RT_NORETURN void rt_thread_hang(void)
{
    if (rt_current_thread)
        rt_world_abandon(rt_current_thread);
    for (;;)
        pause();
}

void rt_thread_drop_others(struct rt_interp *in, struct rt_thread *keep)
{
    for (struct rt_thread *t = in->threads, *next; t; t = next) {
        next = t->next;
        if (t == keep)
            continue;
        unlink_thread(in, t);
        rt_store_relaxed(&t->state, RT_TS_DEAD);
        rt_stats_fold(t->counters);
        rt_heap_park(t);
        give_record(t);
    }
}

struct rt_thread *rt_thread_find(uint64_t key, bool by_ident)
{
    struct rt_thread *found = NULL;
    pthread_mutex_lock(&rt_runtime.lock);
    for (struct rt_interp *in = rt_runtime.interps; in && !found; in = in->next) {
        pthread_mutex_lock(&in->threads_lock);
        for (struct rt_thread *t = in->threads; t && !found; t = t->next)
            if ((by_ident ? rt_load_relaxed(&t->ident) : t->id) == key)
                found = t;
        pthread_mutex_unlock(&in->threads_lock);
    }
    pthread_mutex_unlock(&rt_runtime.lock);
    return found;
}

void rt_thread_after_fork(void) { pthread_mutex_init(&pool_lock, NULL); }
