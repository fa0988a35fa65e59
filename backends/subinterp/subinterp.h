/* SPDX-License-Identifier: MIT */
/* What the files of this backend share. */
#ifndef RT_BACKENDS_SUBINTERP_H
#define RT_BACKENDS_SUBINTERP_H

#include "core/thread/biglock.h"

void attach_subinterp(struct rt_thread *ts);
void detach_subinterp(struct rt_thread *ts);
void safepoint_subinterp(struct rt_thread *ts, uint32_t why);
int verify_subinterp(struct rt_interp *in, FILE *f);

#endif
