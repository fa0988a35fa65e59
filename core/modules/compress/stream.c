/* SPDX-License-Identifier: MIT */
/* The methods of bz2's and lzma's objects, around the loops over the libraries. */
#include "core/modules/compress/stream.h"

static void hold(struct rt_thread *ts, struct stream *s)
{
    if (!rt_bytelock_try(&s->lock))
        rt_bytelock_acquire(ts, &s->lock, -1, 0);
}

rt_value rt_stream_compress(struct rt_thread *ts, rt_value self, rt_value data, stream_compress_fn *run)
{
    struct rt_buffer b;
    struct stream *s = as_stream(self);
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    hold(ts, s);
    rt_value r = s->flushed ? rt_raise(ts, &rt_exc_ValueError, "Compressor has been flushed") : run(ts, s, b.buf, (size_t)b.len, false);
    rt_bytelock_release(&s->lock);
    rt_buffer_release(ts, &b);
    return r;
}

rt_value rt_stream_flush(struct rt_thread *ts, rt_value self, stream_compress_fn *run)
{
    struct stream *s = as_stream(self);
    rt_value r;
    hold(ts, s);
    if (s->flushed) {
        r = rt_raise(ts, &rt_exc_ValueError, "Repeated call to flush()");
    } else {
        s->flushed = true;
        r = run(ts, s, NULL, 0, true);
    }
    rt_bytelock_release(&s->lock);
    return r;
}

/* data and max_length; 0 or -1 */
static int decompress_args(struct rt_thread *ts, const rt_value *args, uint32_t n, rt_value kw, struct rt_buffer *b, int64_t *limit)
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

rt_value rt_stream_decompress(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw,
                              stream_decompress_fn *run, const char *at_end)
{
    struct rt_buffer b;
    struct stream *s = as_stream(self);
    int64_t limit;
    if (decompress_args(ts, args, n, kw, &b, &limit) < 0)
        return RT_NULL;
    hold(ts, s);
    rt_value r = rt_load_relaxed(&s->eof) ? rt_raise(ts, &rt_exc_EOFError, "%s", at_end) : run(ts, s, b.buf, (size_t)b.len, limit);
    rt_bytelock_release(&s->lock);
    rt_buffer_release(ts, &b);
    return r;
}

rt_value rt_stream_decompressed(struct rt_thread *ts, struct stream *s, struct out *o, const uint8_t *next, size_t avail,
                                bool ended, bool needs_input)
{
    rt_store_relaxed(&s->needs_input, needs_input && !ended);
    if (ended) {
        rt_store_relaxed(&s->eof, true);
        if (avail)
            rt_slot_set(ts, &s->unused, rt_bytes_new(ts, next, avail));
        avail = 0;
    }
    if (!pending_keep(&s->in, next, avail))
        rt_raise_no_memory(ts);
    return out_finish(ts, o);
}

void rt_stream_init_decompressor(struct stream *s)
{
    rt_store_relaxed(&s->needs_input, true);
    rt_slot_init(&s->unused, rt_bytes_empty());
}

void rt_stream_drop(struct rt_thread *ts, struct stream *s)
{
    rt_raw_free(s->in.p);
    rt_decref(ts, rt_slot_peek(&s->unused));
}

rt_value rt_stream_get_eof(struct rt_thread *ts, rt_value self, void *closure) { return rt_bool(rt_load_relaxed(&as_stream(self)->eof)); }
rt_value rt_stream_get_needs_input(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_bool(rt_load_relaxed(&as_stream(self)->needs_input));
}
rt_value rt_stream_get_unused(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_slot_get(ts, as_stream(self), &as_stream(self)->unused);
}

rt_value rt_stream_no_pickle(struct rt_thread *ts, rt_value self, rt_value protocol)
{
    return rt_raise(ts, &rt_exc_TypeError, "cannot pickle '%s' object", rt_typename(self));
}
