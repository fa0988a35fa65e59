/* SPDX-License-Identifier: MIT */
/*
 * What the stream objects of bz2 and lzma share: output that grows, input that a decompressor with a
 * length limit has not looked at yet, and the methods around the libraries' own loops. A stream's lock is
 * held while its library works detached.
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

/* The start of the objects of both libraries. */
struct stream {
    struct rt_object hdr;
    struct pending in;
    _Atomic uint8_t lock;          /* held while the library works; protects what is not atomic */
    bool flushed;
    _Atomic bool eof, needs_input; /* read without the lock */
    rt_slot unused;                /* behind the end of what was decompressed */
};
RT_INLINE struct stream *as_stream(rt_value v) { return (struct stream *)rt_ptr(v); }

/* [lock held; detaches] What the library makes of p; finish: it ends here. */
typedef rt_value stream_compress_fn(struct rt_thread *ts, struct stream *s, const void *p, size_t n, bool finish);
/* [lock held; detaches] limit: of the result's length, or -1. */
typedef rt_value stream_decompress_fn(struct rt_thread *ts, struct stream *s, const uint8_t *p, size_t n, int64_t limit);

/* [attached; new ref; raises] The methods compress, flush and decompress. at_end: EOFError of what goes on behind the end. */
rt_value rt_stream_compress(struct rt_thread *ts, rt_value self, rt_value data, stream_compress_fn *run);
rt_value rt_stream_flush(struct rt_thread *ts, rt_value self, stream_compress_fn *run);
rt_value rt_stream_decompress(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw,
                              stream_decompress_fn *run, const char *at_end);
/* The end of decompressing: keeps the rest of the input [next, next + avail), or shows it as unused where the stream
   has ended. The output as bytes. */
rt_value rt_stream_decompressed(struct rt_thread *ts, struct stream *s, struct out *o, const uint8_t *next, size_t avail,
                                bool ended, bool needs_input);
void rt_stream_init_decompressor(struct stream *s);
void rt_stream_drop(struct rt_thread *ts, struct stream *s); /* what is not the library's */
rt_value rt_stream_get_eof(struct rt_thread *ts, rt_value self, void *closure);
rt_value rt_stream_get_needs_input(struct rt_thread *ts, rt_value self, void *closure);
rt_value rt_stream_get_unused(struct rt_thread *ts, rt_value self, void *closure);
rt_value rt_stream_no_pickle(struct rt_thread *ts, rt_value self, rt_value protocol);

#endif
