/* SPDX-License-Identifier: MIT */
/* Attaching is taking the interpreter's lock: its address is the interpreter's backend part. */
#include "backends/subinterp/subinterp.h"

static struct rt_biglock *lock_of(struct rt_thread *ts) { return ts->interp->backend; }

void attach_subinterp(struct rt_thread *ts) { rt_biglock_attach(lock_of(ts), ts); }
void detach_subinterp(struct rt_thread *ts) { rt_biglock_detach(lock_of(ts), ts); }
void safepoint_subinterp(struct rt_thread *ts, uint32_t why)
{
    rt_biglock_safepoint(lock_of(ts), ts, why);
}
