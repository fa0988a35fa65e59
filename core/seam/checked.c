/* SPDX-License-Identifier: MIT */
/*
 * "checked:NAME": every operation of a backend behind a test of its row in LOCKING.md. A broken rule
 * ends the process with a sentence that names the operation.
 */
#include "core/seam/backend.h"

static struct rt_backend inner;

#define RULE(op, cond, what) \
    do { \
        if (!(cond)) \
            RT_FATAL("backend %s: %s: %s", inner.name, op, what); \
    } while (0)
#define ATTACHED(op, ts) RULE(op, inner.is_attached(ts), "the thread is not attached")
#define DETACHED(op, ts) RULE(op, !inner.is_attached(ts), "the thread is attached")
#define RUNNING(op, ts) RULE(op, (ts)->checker_stops == 0, "the world is stopped by this thread")
#define STOPPED(op, ts) RULE(op, (ts)->checker_stops > 0, "the world is not stopped by this thread")

static int thread_init_checked(struct rt_thread *ts)
{
    int r = inner.thread_init(ts);
    if (r == 0) {
        RULE("thread_init", ts->token != RT_TOK_MERGED && ts->token < RT_TOK_NOBODY, "reserved token");
        DETACHED("thread_init", ts);
    }
    return r;
}
static void thread_fini_checked(struct rt_thread *ts)
{
    ATTACHED("thread_fini", ts);
    RUNNING("thread_fini", ts);
    RULE("thread_fini", !ts->cs, "a critical section is open");
    inner.thread_fini(ts);
}
static void attach_checked(struct rt_thread *ts)
{
    DETACHED("attach", ts);
    inner.attach(ts);
    RULE("attach", inner.is_attached(ts), "returned without being attached");
}
static void detach_checked(struct rt_thread *ts)
{
    ATTACHED("detach", ts);
    RUNNING("detach", ts);
    for (struct rt_cs *cs = ts->cs; cs; cs = cs->prev)
        RULE("detach", !cs->active, "a critical section was not suspended");
    inner.detach(ts);
}
static void safepoint_checked(struct rt_thread *ts, uint32_t why)
{
    ATTACHED("safepoint", ts);
    RUNNING("safepoint", ts);
    inner.safepoint(ts, why);
    RULE("safepoint", inner.is_attached(ts), "returned without being attached");
}
static void stop_checked(struct rt_thread *ts, enum rt_scope scope)
{
    ATTACHED("stop", ts);
    RUNNING("stop", ts);
    inner.stop(ts, scope);
    ts->checker_stops = 1 + (uint32_t)scope;
}
static void start_checked(struct rt_thread *ts, enum rt_scope scope)
{
    STOPPED("start", ts);
    RULE("start", ts->checker_stops == 1 + (uint32_t)scope, "another scope than at stop");
    ts->checker_stops = 0;
    inner.start(ts, scope);
}
static rt_value newref_foreign_checked(struct rt_thread *ts, struct rt_object *o)
{
    ATTACHED("newref_foreign", ts);
    return inner.newref_foreign(ts, o);
}
static void decref_foreign_checked(struct rt_thread *ts, struct rt_object *o)
{
    ATTACHED("decref_foreign", ts);
    RULE("decref_foreign", rt_load_relaxed(&o->owner) != ts->token, "the object is the thread's own");
    inner.decref_foreign(ts, o);
}
static bool tryref_foreign_checked(struct rt_thread *ts, struct rt_object *o)
{
    ATTACHED("tryref_foreign", ts);
    return inner.tryref_foreign(ts, o);
}
static bool dying_checked(struct rt_thread *ts, struct rt_object *o)
{
    ATTACHED("dying", ts);
    RULE("dying", o->local == 0, "the owner still counts references");
    return inner.dying(ts, o);
}
static void cs_begin_checked(struct rt_thread *ts, struct rt_cs *cs, struct rt_object *a,
                             struct rt_object *b)
{
    ATTACHED("cs_begin", ts);
    RUNNING("cs_begin", ts);
    inner.cs_begin(ts, cs, a, b);
    RULE("cs_begin", ts->cs == cs && cs->open, "the section is not the innermost open one");
}
static void cs_end_checked(struct rt_thread *ts, struct rt_cs *cs)
{
    ATTACHED("cs_end", ts);
    RULE("cs_end", ts->cs == cs, "sections end in the reverse order of their beginning");
    inner.cs_end(ts, cs);
}
static bool revoke_checked(struct rt_thread *ts, struct rt_object *o, uint8_t what)
{
    ATTACHED("revoke", ts);
    RULE("revoke", rt_load_relaxed(&o->owner) != ts->token, "the object is the thread's own");
    return inner.revoke(ts, o, what);
}
static void retire_checked(struct rt_thread *ts, void *p, size_t n, void (*release)(void *))
{
    ATTACHED("retire", ts);
    inner.retire(ts, p, n, release);
}
static void quiescent_checked(struct rt_thread *ts)
{
    ATTACHED("quiescent", ts);
    inner.quiescent(ts);
}
static void gc_begin_checked(struct rt_thread *ts, enum rt_scope scope)
{
    STOPPED("gc_begin", ts);
    inner.gc_begin(ts, scope);
}
static void gc_end_checked(struct rt_thread *ts, enum rt_scope scope)
{
    STOPPED("gc_end", ts);
    inner.gc_end(ts, scope);
}

void rt_backend_wrap_checked(struct rt_backend *b)
{
    inner = *b;
#define WRAP(op) b->op = op##_checked;
    WRAP(thread_init) WRAP(thread_fini) WRAP(attach) WRAP(detach) WRAP(safepoint) WRAP(stop) WRAP(start)
    WRAP(newref_foreign) WRAP(decref_foreign) WRAP(tryref_foreign) WRAP(dying) WRAP(cs_begin)
    WRAP(cs_end) WRAP(revoke) WRAP(retire) WRAP(quiescent) WRAP(gc_begin) WRAP(gc_end)
#undef WRAP
}
