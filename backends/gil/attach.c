/* SPDX-License-Identifier: MIT */
/* Attaching is taking the one lock of the process. */
#include "backends/gil/gil.h"

struct rt_biglock gil_lock;

void attach_gil(struct rt_thread *ts) { rt_biglock_attach(&gil_lock, ts); }
void detach_gil(struct rt_thread *ts) { rt_biglock_detach(&gil_lock, ts); }
void safepoint_gil(struct rt_thread *ts, uint32_t why) { rt_biglock_safepoint(&gil_lock, ts, why); }
