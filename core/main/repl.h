/* SPDX-License-Identifier: MIT */
/* The interactive prompt. */
#ifndef RT_MAIN_REPL_H
#define RT_MAIN_REPL_H

#include "core/seam/config.h"
#include "core/object/native.h"

/* [attached; py] Read, run, print until end of input. Exit status. */
int rt_repl(struct rt_thread *ts, const struct rt_config *c);

#endif
