/* SPDX-License-Identifier: MIT */
/* What hash functions take and give. */
#include "core/modules/hash/hash_data.h"

int rt_hash_data(struct rt_thread *ts, rt_value v, struct rt_buffer *b)
{
    if (rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "Strings must be encoded before hashing");
        return -1;
    }
    if (!rt_has_buffer(v)) {
        rt_raise(ts, &rt_exc_TypeError, "object supporting the buffer API required");
        return -1;
    }
    if (rt_buffer_get(ts, v, b, RT_BUF_SIMPLE) < 0)
        return -1;
    if (b->ndim > 1) {
        rt_raise(ts, &rt_exc_BufferError, "Buffer must be single dimension");
        rt_buffer_release(ts, b);
        return -1;
    }
    return 0;
}

int64_t rt_hash_length(struct rt_thread *ts, const rt_value *args, uint32_t n, rt_value kw, bool hex)
{
    static const char *const names[] = {"length", NULL};
    struct rt_argspec spec = {hex ? "hexdigest" : "digest", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    int64_t len = rt_as_ssize(ts, v[0]);
    if (rt_pending(ts))
        return -1;
    if (len >= 0 && len < 1 << 29)
        return len;
    rt_raise(ts, &rt_exc_ValueError, len < 0 ? "value must be positive" : "length is too large");
    return -1;
}

rt_value rt_hash_hex(struct rt_thread *ts, const unsigned char *p, size_t n)
{
    rt_value s = rt_str_alloc(ts, n * 2, 127);
    if (rt_is_null(s))
        return s;
    char *d = rt_str_data(rt_as_str(s));
    for (size_t i = 0; i < n; i++) {
        d[2 * i] = "0123456789abcdef"[p[i] >> 4];
        d[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
    }
    return s;
}
