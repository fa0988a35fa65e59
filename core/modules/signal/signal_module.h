/* SPDX-License-Identifier: MIT */
/* Python's side of signals, for _thread and the start-up. */
#ifndef RT_MODULES_SIGNAL_H
#define RT_MODULES_SIGNAL_H

#include <signal.h>

#include "core/object/native.h"
#include "core/thread/runtime.h"

/* A callable is installed for sig (neither SIG_DFL nor SIG_IGN). Any thread. */
bool rt_signal_has_python_handler(int sig);

#endif
