/* SPDX-License-Identifier: MIT */
/* Locking critical sections, as the cs_begin and cs_end of a backend with RT_BE_OBJ_LOCKS. Note [CS]. */
#ifndef RT_SEAM_SECTIONS_H
#define RT_SEAM_SECTIONS_H

#include "core/seam/access.h"

/* [attached; may detach] */
void rt_cs_begin_locks(struct rt_thread *ts, struct rt_cs *cs, struct rt_object *a, struct rt_object *b);
void rt_cs_end_locks(struct rt_thread *ts, struct rt_cs *cs);

void rt_cs_await_pins_slow(struct rt_thread *ts, struct rt_object *o, bool alone);
/* o's lock has just been taken, alone or with other readers. Note [PIN] */
RT_INLINE void rt_cs_await_pins(struct rt_thread *ts, struct rt_object *o, bool alone)
{
    if (rt_unlikely(rt_load_relaxed(&o->flags) & RT_OF_PINS))
        rt_cs_await_pins_slow(ts, o, alone);
}

/* [mt] o's lock for a few steps that neither detach nor begin another section: held and not noted. False, and nothing is
   held: somebody has it, this thread perhaps, or has pinned o, or must be asked first. */
bool rt_cs_try_brief(struct rt_thread *ts, struct rt_object *o);
void rt_cs_end_brief(struct rt_object *o);

#endif
