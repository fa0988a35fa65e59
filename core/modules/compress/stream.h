/* SPDX-License-Identifier: MIT */
/*
 * What the stream objects of bz2 and lzma share: output that grows, and input that a decompressor with a
 * length limit has not looked at yet. A stream's lock is held while its library works detached.
 */
#ifndef RT_MODULES_COMPRESS_STREAM_H
#define RT_MODULES_COMPRESS_STREAM_H

#include "core/modules/lazy/lazy.h"
#include "core/object/native.h"
#include "core/sync/mutex.h"

struct out { char *p; size_t len, cap; int64_t limit; /* -1: none */ };
/* Room for more output. false: the limit is reached, or (nomem) there is no memory. */
RT_INLINE bool out_room(struct out *o, bool *nomem)
{
    if (o->len < o->cap)
        return true;
    size_t cap = o->cap ? o->cap * 2 : 32768;
    if (o->limit >= 0 && cap > (size_t)o->limit)
        cap = (size_t)o->limit;
    if (cap <= o->len && o->limit >= 0)
        return false;
    char *p = rt_raw_realloc(o->p, cap);
    *nomem = !p;
    if (!p)
        return false;
    o->p = p;
    o->cap = cap;
    return true;
}
RT_INLINE rt_value out_finish(struct rt_thread *ts, struct out *o)
{
    rt_value r = rt_bytes_new(ts, o->p ? o->p : "", o->len);
    rt_raw_free(o->p);
    return r;
}

/* Input kept between calls. */
struct pending { uint8_t *p; size_t off, len, cap; };
/* The input of this call: what was kept and data behind it. *next is where it starts. false: no memory. */
RT_INLINE bool pending_join(struct pending *k, const uint8_t *data, size_t n, const uint8_t **next, size_t *avail)
{
    if (k->len == 0) {
        *next = data;
        *avail = n;
        return true;
    }
    if (k->off + k->len + n > k->cap) {
        if (k->off)
            memmove(k->p, k->p + k->off, k->len);
        k->off = 0;
        if (k->len + n > k->cap) {
            uint8_t *p = rt_raw_realloc(k->p, k->len + n);
            if (!p)
                return false;
            k->p = p;
            k->cap = k->len + n;
        }
    }
    memcpy(k->p + k->off + k->len, data, n);
    *next = k->p + k->off;
    *avail = k->len + n;
    return true;
}
/* Keep what is left of the input for the next call. */
RT_INLINE bool pending_keep(struct pending *k, const uint8_t *next, size_t avail)
{
    if (avail == 0) {
        k->off = k->len = 0;
        return true;
    }
    if (k->len && next >= k->p && next < k->p + k->cap) {
        k->off = (size_t)(next - k->p);
        k->len = avail;
        return true;
    }
    if (avail > k->cap) {
        uint8_t *p = rt_raw_realloc(k->p, avail);
        if (!p)
            return false;
        k->p = p;
        k->cap = avail;
    }
    memcpy(k->p, next, avail);
    k->off = 0;
    k->len = avail;
    return true;
}
RT_INLINE void stream_hold(struct rt_thread *ts, _Atomic uint8_t *lock)
{
    if (!rt_bytelock_try(lock))
        rt_bytelock_acquire(ts, lock, -1, 0);
}
/* data and max_length of decompress(); 0 or -1 */
RT_INLINE int decompress_args(struct rt_thread *ts, const rt_value *args, uint32_t n, rt_value kw, struct rt_buffer *b, int64_t *limit)
{
    static const char *const names[] = {"data", "max_length", NULL};
    static const struct rt_argspec spec = {"decompress", names, 0, 1, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    *limit = rt_is_null(v[1]) ? -1 : rt_as_index(ts, v[1], &rt_exc_OverflowError);
    if (rt_pending(ts) || rt_buffer_get(ts, v[0], b, RT_BUF_SIMPLE) < 0)
        return -1;
    if (*limit < 0)
        *limit = -1;
    return 0;
}

#endif
