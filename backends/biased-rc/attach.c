/* SPDX-License-Identifier: MIT */
/*
 * Attaching is a change of state; nothing is waited for but a stopped world. A second thread turns the
 * interpreter's mt flag on before it runs anything, with the world stopped; the last but one that ends
 * turns it off.
 */
#include "backends/biased-rc/biased.h"
#include "core/seam/stats.h"

static void set_mt(struct rt_interp *in, bool on)
{
    struct brc_interp *bi = in->backend;
    rt_store_release(&bi->mt, on);
    pthread_mutex_lock(&in->threads_lock);
    for (struct rt_thread *t = in->threads; t; t = t->next) {
        brc_bias_give(t);
        rt_store_release(&t->mt, on);
    }
    pthread_mutex_unlock(&in->threads_lock);
}

/* Note: the interpreter's flag only changes with the world stopped, and ts is attached here. */
RT_COLD static void mt_enter(struct rt_thread *ts)
{
    struct brc_interp *bi = brc_interp_of(ts);
    if (rt_load_acquire(&bi->mt)) {
        rt_store_release(&ts->mt, 1);
        return;
    }
    if (ts->stop.queued)
        return; /* attaching inside a stop of its own, here or elsewhere, after waiting for another stopper: who was born
                   meanwhile turns the flag on before he runs anything */
    rt_world_stop(ts, RT_SCOPE_INTERP);
    if (!rt_load_relaxed(&bi->mt)) {
        set_mt(ts->interp, true);
        rt_count(ts, RT_CNT_MT_FLIPS, 1);
    }
    rt_store_release(&ts->mt, 1);
    rt_world_start(ts, RT_SCOPE_INTERP);
}

void brc_mt_leave(struct rt_thread *ts)
{
    struct brc_interp *bi = brc_interp_of(ts);
    if (rt_load_acquire(&bi->live) == 2 && rt_load_relaxed(&bi->mt)) {
        rt_world_stop(ts, RT_SCOPE_INTERP);
        if (rt_sub_acq_rel(&bi->live, 1) == 2) {
            brc_reclaim_all_stw(ts->interp);
            set_mt(ts->interp, false);
            rt_count(ts, RT_CNT_MT_FLIPS, 1);
        }
        rt_world_start(ts, RT_SCOPE_INTERP);
    } else {
        (void)rt_sub_acq_rel(&bi->live, 1);
    }
}

void attach_nogil(struct rt_thread *ts)
{
    rt_state_claim(ts);
    brc_online(ts);
    if (rt_unlikely(!rt_load_relaxed(&ts->mt) && rt_load_relaxed(&brc_interp_of(ts)->live) > 1))
        mt_enter(ts);
}

void detach_nogil(struct rt_thread *ts)
{
    brc_offline(ts);
    rt_state_release(ts);
    if (rt_unlikely(rt_load_seq(&ts->breaker) & RT_BRK_MERGE))
        brc_hand_on(ts);
}

void safepoint_nogil(struct rt_thread *ts, uint32_t why)
{
    if (why & RT_BRK_STOP) {
        detach_nogil(ts);
        attach_nogil(ts);
    }
    rt_breaker_clear(ts, why & (RT_BRK_DROP | RT_BRK_MERGE | RT_BRK_QUIESCE | RT_BRK_BIAS));
    if (why & RT_BRK_BIAS)
        brc_bias_serve(ts);
    if (why & RT_BRK_QUIESCE)
        brc_quiesce(ts);
    if (why & RT_BRK_MERGE)
        brc_merge(ts);
}
