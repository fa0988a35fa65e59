/* SPDX-License-Identifier: MIT */
/* Start-up of what is left of this room once the central types are ready. */
#include "core/object/weakref.h"
#include "core/types/exceptions/exceptions.h"

int rt_object_init_more(struct rt_thread *ts)
{
    if (rt_exceptions_init(ts) < 0 || rt_iterators_init(ts) < 0 || rt_generic_init(ts) < 0)
        return -1;
    if (rt_type_ready(ts, &rt_weakproxy_type) < 0 || rt_type_ready(ts, &rt_callable_proxy_type) < 0 ||
        rt_type_ready(ts, &rt_unraisable_type) < 0)
        return -1;
    return rt_error_init(ts);
}
