/* SPDX-License-Identifier: MIT */
/* What the fuzz targets that need a runtime share: one interpreter, started at the first input, and
   the rule that an operation either gives a value or an exception, never both or neither. */
#ifndef FUZZ_RUNTIME_H
#define FUZZ_RUNTIME_H

#include <stdlib.h>

#include "core/eval/frame.h"
#include "core/main/startup.h"
#include "core/seam/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As in core/main/main.c: LeakSanitizer does not look into mapped regions. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static struct rt_thread *fuzz_thread(void)
{
    static struct rt_config config;
    static struct rt_thread *ts;
    if (ts)
        return ts;
    char *argv[] = {"pyrt", "-I", "-S", "-c", "pass", NULL};
    if (rt_config_parse(&config, 5, argv) >= 0)
        abort();
    config.stdlib = "/usr/lib/python3.11";
    config.prefix = "/usr";
    if (!(ts = rt_startup_process(&config)) || rt_startup_interp(ts, false) < 0)
        abort();
    return ts;
}

/* Takes v's reference. */
static void fuzz_done(struct rt_thread *ts, rt_value v)
{
    if (rt_is_null(v) != rt_pending(ts))
        abort();
    rt_decref(ts, v);
    rt_exc_clear(ts);
}

#endif
