/* SPDX-License-Identifier: MIT */
/* libFuzzer target for the compiler: source text to code objects, and those through marshal and back.
   Nothing is executed. The first byte chooses the mode, the optimisation level and the flags. */
#include "core/compiler/compile.h"
#include "fuzz_runtime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_thread *ts = fuzz_thread();
    if (size == 0 || size > 20000)
        return 0;
    int flags = RT_CF_IGNORE_COOKIE | (data[0] & 16 ? RT_CF_ALLOW_TOP_LEVEL_AWAIT : 0);
    rt_value name = rt_str_intern_cstr(ts, "<fuzz>");
    rt_value code = rt_compile_source(ts, (const char *)data + 1, size - 1, name, (enum rt_parse_mode)(data[0] % 3),
                                      flags, data[0] >> 2 & 2);
    if (!rt_is_null(code)) {
        rt_value bytes = rt_marshal_dumps(ts, code, 4);
        if (rt_is_null(bytes))
            abort();
        size_t used, n = rt_as_bytes(bytes)->length;
        rt_value again = rt_marshal_loads(ts, rt_as_bytes(bytes)->data, n, &used);
        if (rt_is_null(again) || used != n)
            abort();
        rt_decref(ts, again);
        rt_decref(ts, bytes);
    }
    fuzz_done(ts, code);
    return 0;
}
