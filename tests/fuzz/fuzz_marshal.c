/* SPDX-License-Identifier: MIT */
/* libFuzzer target for marshal: whatever a damaged or hostile cache file holds, loading it gives a value
   or an exception; a value can be written again. */
#include "core/compiler/compile.h"
#include "fuzz_runtime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_thread *ts = fuzz_thread();
    size_t used;
    rt_value v = rt_marshal_loads(ts, data, size, &used);
    if (!rt_is_null(v)) {
        if (used > size)
            abort();
        fuzz_done(ts, rt_marshal_dumps(ts, v, 4)); /* ValueError where a container holds itself */
    }
    fuzz_done(ts, v);
    return 0;
}
