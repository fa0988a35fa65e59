/* SPDX-License-Identifier: MIT */
#ifndef TESTS_STUB_H
#define TESTS_STUB_H

#include "core/thread/thread.h"

extern const struct rt_backend rt_backend_stub;

#endif
