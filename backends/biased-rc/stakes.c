/* SPDX-License-Identifier: MIT */
/*
 * Stakes: what threads that take turns on an object count for themselves. Note [STAKE] in biased.h.
 *
 * Who may touch an entry: its thread; whoever has moved that thread's state to STOPPED under threads_lock, or has
 * stopped the world.
 */
#include "backends/biased-rc/biased.h"
#include "core/seam/stats.h"

void brc_split(struct rt_thread *ts, struct rt_object *o)
{
    uint32_t s = rt_load_relaxed(&o->shared), hints = 15u << RT_SH_CONT_SHIFT | 63u << RT_SH_LAST_SHIFT;
    while (!(s & RT_SH_SPLIT))
        if (rt_cas_acq_rel(&o->shared, &s, (s & ~hints) | RT_SH_SPLIT)) {
            rt_count(ts, RT_CNT_SPLIT, 1);
            return;
        }
}

/* s with `more` references, and a stake less. */
static uint32_t without_stake(struct rt_thread *ts, struct rt_object *o, uint32_t s, int64_t more)
{
    int64_t count = RT_SH_COUNT(s) + more;
    if (rt_unlikely(count > BRC_COUNT_MAX)) {
        brc_saturate(ts, o);
        count = BRC_COUNT_MAX;
    }
    return ((s - RT_SH_STAKE) & (RT_SH_ONE - 1)) | (uint32_t)count << RT_SH_COUNT_SHIFT;
}

/* Ends a stake. False, and nothing is done: it is the last reference, or was when we looked. */
static bool end_quietly(struct rt_thread *ts, struct brc_entry *e)
{
    struct rt_object *o = e->o;
    uint32_t s = rt_load_acquire(&o->shared);
    do {
        if ((s & RT_SH_STATE) == RT_SH_MERGED && RT_SH_STAKES(s) == 1 && RT_SH_COUNT(s) + e->n <= 1 &&
            !(rt_load_acquire(&o->flags) & RT_OF_DEFERRED))
            return false;
    } while (!rt_cas_acq_rel(&o->shared, &s, without_stake(ts, o, s, e->n - 1)));
    e->o = NULL;
    return true;
}

/* Ends a stake; its reference is the caller's. */
static void take_back(struct rt_thread *ts, struct brc_entry *e)
{
    struct rt_object *o = e->o;
    uint32_t s = rt_load_acquire(&o->shared);
    while (!rt_cas_acq_rel(&o->shared, &s, without_stake(ts, o, s, e->n)))
        ;
    e->o = NULL;
}

bool brc_stake_take(struct rt_thread *ts, struct rt_object *o)
{
    struct brc_thread *me = brc_thread_of(ts);
    struct brc_entry *e = brc_entry_of(me, o);
    if (rt_likely(e->o == o)) {
        e->n++;
        return true;
    }
    if (!rt_load_relaxed(&ts->mt) || rt_load_relaxed(&me->leaving) || (e->o && (e->n > 0 || !end_quietly(ts, e))))
        return false;
    uint32_t s = rt_load_acquire(&o->shared);
    do {
        if ((s & (RT_SH_SPLIT | RT_SH_CLOSED)) != RT_SH_SPLIT || (s & RT_SH_STATE) == RT_SH_DEAD ||
            RT_SH_STAKES(s) == 63 || RT_SH_COUNT(s) >= BRC_COUNT_MAX)
            return false;
    } while (!rt_cas_acq_rel(&o->shared, &s, s + RT_SH_ONE + RT_SH_STAKE));
    *e = (struct brc_entry){o, 1};
    return true;
}

bool brc_stake_drop(struct rt_thread *ts, struct rt_object *o)
{
    struct brc_entry *e = brc_entry_of(brc_thread_of(ts), o);
    if (e->o != o || e->n == 0)
        return false;
    e->n--;
    return true;
}

/* Nobody holds o but who has a stake, or who was given a reference by such a one. */
void brc_stakes_call_in(struct rt_thread *ts, const struct rt_object *o)
{
    struct rt_interp *in = ts->interp;
    struct rt_object *held = NULL;
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_thread *t = in->threads; t; t = t->next) {
        if (!t->backend)
            continue;
        struct brc_entry *e = brc_entry_of(brc_thread_of(t), o);
        if (t != ts && !brc_claim_asleep(t)) {
            rt_store_release(&brc_thread_of(t)->called_in, true);
            rt_breaker_set(t, RT_BRK_MERGE);
            /* it may have gone to sleep meanwhile: Note [ASLEEP] */
            if (rt_load_seq(&t->state) != RT_TS_DETACHED || !brc_claim_asleep(t))
                continue;
        }
        if (e->o == o && !end_quietly(ts, e)) { /* the last one: no other can be */
            held = e->o;
            take_back(ts, e);
        }
        if (t != ts)
            brc_let_go(t);
    }
    pthread_mutex_unlock(&in->threads_lock);
    if (held)
        decref_foreign_nogil(ts, held);
}

void brc_stakes_serve(struct rt_thread *ts, bool all)
{
    struct brc_thread *me = brc_thread_of(ts);
    rt_store_seq(&me->called_in, false);
    for (int i = 0; i < BRC_ENTRIES; i++) {
        struct brc_entry *e = &me->entries[i];
        struct rt_object *o = e->o;
        if (!o || !(all || (rt_load_acquire(&o->shared) & RT_SH_CLOSED)) || end_quietly(ts, e))
            continue;
        take_back(ts, e);
        decref_foreign_nogil(ts, o);
    }
}

void brc_stakes_serve_for(struct rt_thread *ts, struct rt_thread *t, struct rt_vec *held)
{
    struct brc_thread *its = brc_thread_of(t);
    if (!rt_xchg_acq_rel(&its->called_in, false))
        return;
    for (int i = 0; i < BRC_ENTRIES; i++) {
        struct brc_entry *e = &its->entries[i];
        struct rt_object *o = e->o;
        if (!o || !(rt_load_acquire(&o->shared) & RT_SH_CLOSED) || end_quietly(ts, e))
            continue;
        if (rt_vec_push_ptr(held, o))
            take_back(ts, e);
        else
            rt_store_release(&its->called_in, true); /* no memory: it does so itself */
    }
}

void brc_stakes_end_stw(struct rt_interp *in)
{
    for (struct rt_thread *t = in->threads; t; t = t->next)
        for (int i = 0; t->backend && i < BRC_ENTRIES; i++) {
            struct brc_entry *e = &brc_thread_of(t)->entries[i];
            if (!e->o || end_quietly(t, e))
                continue;
            rt_store_relaxed(&brc_thread_of(t)->called_in, true);
            rt_breaker_set(t, RT_BRK_MERGE);
        }
}
