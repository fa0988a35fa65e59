/* SPDX-License-Identifier: MIT */
/* What the files of this backend share. */
#ifndef RT_BACKENDS_GIL_H
#define RT_BACKENDS_GIL_H

#include "core/thread/biglock.h"

enum { GIL_TOKEN = 1 };
extern struct rt_biglock gil_lock;

void attach_gil(struct rt_thread *ts);
void detach_gil(struct rt_thread *ts);
void safepoint_gil(struct rt_thread *ts, uint32_t why);
int verify_gil(struct rt_interp *in, FILE *f);

#endif
