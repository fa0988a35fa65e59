/* SPDX-License-Identifier: MIT */
/* What an operation means that a backend leaves out. */
#include <stdlib.h>

#include "core/seam/backend.h"

static int probe_default(char *why, size_t n) { return 0; }

/* One token per interpreter: an object of another owner is immortal, or it leaked across interpreters. */
static void check_immortal(struct rt_thread *ts, struct rt_object *o)
{
#if RT_DEBUG
    if (!rt_object_is_immortal(o))
        RT_FATAL("isolation fault: object %p of owner %u used by owner %u", (void *)o,
                 rt_load_relaxed(&o->owner), ts->token);
#endif
}

static rt_value newref_foreign_default(struct rt_thread *ts, struct rt_object *o)
{
    check_immortal(ts, o);
    return rt_borrow(o);
}
static void decref_foreign_default(struct rt_thread *ts, struct rt_object *o) { check_immortal(ts, o); }
static bool tryref_foreign_default(struct rt_thread *ts, struct rt_object *o)
{
    check_immortal(ts, o);
    return true;
}
static bool dying_default(struct rt_thread *ts, struct rt_object *o)
{
    rt_store_relaxed(&o->shared, RT_SH_DEAD);
    return true;
}

static void cs_begin_default(struct rt_thread *ts, struct rt_cs *cs, struct rt_object *a,
                             struct rt_object *b)
{
    cs->prev = ts->cs;
    cs->a = a;
    cs->b = b;
    cs->active = false;
    cs->open = true;
    ts->cs = cs;
}
static void cs_end_default(struct rt_thread *ts, struct rt_cs *cs)
{
    RT_ASSERT(ts->cs == cs);
    ts->cs = cs->prev;
    cs->open = false;
}
static bool revoke_default(struct rt_thread *ts, struct rt_object *o, uint8_t what) { return false; }
static void retire_default(struct rt_thread *ts, void *p, size_t bytes, void (*release)(void *))
{
    if (release)
        release(p);
    else
        free(p);
}
static void quiescent_default(struct rt_thread *ts) {}
static void gc_default(struct rt_thread *ts, enum rt_scope scope) {}
static int verify_default(struct rt_interp *in, FILE *f) { return 0; }
static void dump_default(FILE *f) {}

void rt_backend_fill_defaults(struct rt_backend *b)
{
#define DEFAULT(op, fn) \
    if (!b->op) \
        b->op = fn;
    DEFAULT(probe, probe_default)
    DEFAULT(newref_foreign, newref_foreign_default)
    DEFAULT(decref_foreign, decref_foreign_default)
    DEFAULT(tryref_foreign, tryref_foreign_default)
    DEFAULT(dying, dying_default)
    DEFAULT(cs_begin, cs_begin_default)
    DEFAULT(cs_end, cs_end_default)
    DEFAULT(revoke, revoke_default)
    DEFAULT(retire, retire_default)
    DEFAULT(quiescent, quiescent_default)
    DEFAULT(gc_begin, gc_default)
    DEFAULT(gc_end, gc_default)
    DEFAULT(verify, verify_default)
    DEFAULT(dump, dump_default)
#undef DEFAULT
}
