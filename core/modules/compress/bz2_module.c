/* SPDX-License-Identifier: MIT */
/* _bz2: BZ2Compressor and BZ2Decompressor on libbz2. */
#include <bzlib.h>
#include <limits.h>

#include "core/modules/compress/stream.h"

struct bz2_stream {
    struct stream s;
    bz_stream z;
    bool inited, compress, broken;
};
static struct rt_type comp_type, decomp_type;
#define Z(v) ((struct bz2_stream *)rt_ptr(v))

static bool failed(struct rt_thread *ts, int err)
{
    switch (err) {
    case BZ_OK: case BZ_RUN_OK: case BZ_FLUSH_OK: case BZ_FINISH_OK: case BZ_STREAM_END: return false;
    case BZ_PARAM_ERROR: rt_raise(ts, &rt_exc_ValueError, "Internal error - invalid parameters passed to libbzip2"); break;
    case BZ_MEM_ERROR: rt_raise_no_memory(ts); break;
    case BZ_DATA_ERROR: case BZ_DATA_ERROR_MAGIC: rt_raise(ts, &rt_exc_OSError, "Invalid data stream"); break;
    case BZ_IO_ERROR: rt_raise(ts, &rt_exc_OSError, "Unknown I/O error"); break;
    case BZ_UNEXPECTED_EOF: rt_raise(ts, &rt_exc_EOFError, "Compressed file ended before the logical end-of-stream was detected"); break;
    case BZ_SEQUENCE_ERROR: rt_raise(ts, &rt_exc_RuntimeError, "Internal error - Invalid sequence of commands sent to libbzip2"); break;
    default: rt_raise(ts, &rt_exc_OSError, "Unrecognized error from libbzip2: %d", err);
    }
    return true;
}
static unsigned chunk(size_t n) { return n > UINT_MAX ? UINT_MAX : (unsigned)n; }

static rt_value comp_run(struct rt_thread *ts, struct stream *base, const void *p, size_t left, bool finish)
{
    struct bz2_stream *s = (struct bz2_stream *)base;
    struct out o = {.limit = -1};
    bool nomem = false;
    int err = BZ_OK;
    s->z.next_in = (char *)p;
    s->z.avail_in = 0;
    rt_detach(ts, RT_DETACH_NATIVE);
    for (;;) {
        if (s->z.avail_in == 0 && left) {
            s->z.avail_in = chunk(left);
            left -= s->z.avail_in;
        }
        if (!finish && s->z.avail_in == 0)
            break;
        if (!out_room(&o, &nomem))
            break;
        unsigned room = chunk(o.cap - o.len);
        s->z.next_out = o.p + o.len;
        s->z.avail_out = room;
        err = BZ2_bzCompress(&s->z, finish && left == 0 ? BZ_FINISH : BZ_RUN);
        o.len += room - s->z.avail_out;
        if (err < 0 || err == BZ_STREAM_END)
            break;
    }
    rt_attach(ts);
    if (nomem)
        rt_raise_no_memory(ts);
    if (nomem || failed(ts, err)) {
        rt_raw_free(o.p);
        return RT_NULL;
    }
    return out_finish(ts, &o);
}
static rt_value comp_compress(struct rt_thread *ts, rt_value self, rt_value data) { return rt_stream_compress(ts, self, data, comp_run); }
static rt_value comp_flush(struct rt_thread *ts, rt_value self) { return rt_stream_flush(ts, self, comp_run); }
static rt_value comp_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "BZ2Compressor", kw) < 0 || rt_args_count(ts, "BZ2Compressor", n, 0, 1) < 0)
        return RT_NULL;
    int level = n ? rt_as_int(ts, args[0]) : 9;
    if (rt_pending(ts))
        return RT_NULL;
    if (level < 1 || level > 9)
        return rt_raise(ts, &rt_exc_ValueError, "compresslevel must be between 1 and 9");
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    Z(v)->compress = true;
    int err = BZ2_bzCompressInit(&Z(v)->z, level, 0, 0);
    if (failed(ts, err)) {
        rt_decref(ts, v);
        return RT_NULL;
    }
    Z(v)->inited = true;
    return v;
}
static rt_value decomp_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "BZ2Decompressor", kw) < 0 || rt_args_count(ts, "BZ2Decompressor", n, 0, 0) < 0)
        return RT_NULL;
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    rt_stream_init_decompressor(as_stream(v));
    if (failed(ts, BZ2_bzDecompressInit(&Z(v)->z, 0, 0))) {
        rt_decref(ts, v);
        return RT_NULL;
    }
    Z(v)->inited = true;
    return v;
}
/* Until the input, the room or the stream ends; *left: input not looked at. */
static int decomp_loop(struct rt_thread *ts, struct bz2_stream *s, const uint8_t *p, size_t *left, struct out *o, bool *nomem)
{
    int err = BZ_OK;
    size_t avail = *left;
    s->z.next_in = (char *)p;
    s->z.avail_in = 0;
    rt_detach(ts, RT_DETACH_NATIVE);
    for (;;) {
        if (s->z.avail_in == 0) {
            s->z.avail_in = chunk(avail);
            avail -= s->z.avail_in;
        }
        if (!out_room(o, nomem))
            break;
        unsigned room = chunk(o->cap - o->len);
        s->z.next_out = o->p + o->len;
        s->z.avail_out = room;
        err = BZ2_bzDecompress(&s->z);
        o->len += room - s->z.avail_out;
        if (err != BZ_OK)
            break;
        if (s->z.avail_in == 0 && avail == 0 && s->z.avail_out)
            break;
    }
    rt_attach(ts);
    *left = avail + s->z.avail_in;
    return err;
}
static rt_value decomp_run(struct rt_thread *ts, struct stream *base, const uint8_t *data, size_t n, int64_t limit)
{
    struct bz2_stream *s = (struct bz2_stream *)base;
    struct out o = {.limit = limit};
    const uint8_t *next;
    size_t avail;
    bool nomem = false;
    if (s->broken)
        return rt_raise(ts, &rt_exc_ValueError, "Decompressor is unusable after a previous error");
    if (!pending_join(&base->in, data, n, &next, &avail))
        return rt_raise_no_memory(ts);
    int err = decomp_loop(ts, s, next, &avail, &o, &nomem);
    next = (const uint8_t *)s->z.next_in;
    if (nomem)
        rt_raise_no_memory(ts);
    if (nomem || failed(ts, err)) {
        s->broken = true; /* the library's state is undefined now */
        rt_store_relaxed(&base->needs_input, false);
        rt_raw_free(o.p);
        return RT_NULL;
    }
    return rt_stream_decompressed(ts, base, &o, next, avail, err == BZ_STREAM_END, avail == 0);
}
static rt_value decomp_decompress(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_stream_decompress(ts, self, args, n, kw, decomp_run, "End of stream already reached");
}
static void stream_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct bz2_stream *s = (struct bz2_stream *)o;
    if (s->inited)
        s->compress ? BZ2_bzCompressEnd(&s->z) : BZ2_bzDecompressEnd(&s->z);
    rt_stream_drop(ts, &s->s);
}
static const struct rt_method_def comp_methods[] = {
    {"compress", comp_compress, RT_METH_O, "compress($self, data, /)\n--\n\nProvide data to the compressor object.\n\nReturns a chunk of compressed data if possible, or b'' otherwise.\n\nWhen you have finished providing data to the compressor, call the\nflush() method to finish the compression process."},
    {"flush", comp_flush, RT_METH_NOARGS, "flush($self, /)\n--\n\nFinish the compression process.\n\nReturns the compressed data left in internal buffers.\n\nThe compressor object may not be used after this method is called."},
    {"__reduce_ex__", rt_stream_no_pickle, RT_METH_O, NULL}, {NULL},
};
static const struct rt_method_def decomp_methods[] = {
    {"decompress", decomp_decompress, RT_METH_KW, "decompress($self, /, data, max_length=-1)\n--\n\nDecompress *data*, returning uncompressed data as bytes.\n\nIf *max_length* is nonnegative, returns at most *max_length* bytes of\ndecompressed data."},
    {"__reduce_ex__", rt_stream_no_pickle, RT_METH_O, NULL}, {NULL},
};
static const struct rt_getset_def decomp_getset[] = {
    {"eof", rt_stream_get_eof, NULL, "True if the end-of-stream marker has been reached."}, {"needs_input", rt_stream_get_needs_input, NULL, "True if more input is needed before more decompressed data can be produced."},
    {"unused_data", rt_stream_get_unused, NULL, "Data found after the end of the compressed stream."}, {NULL},
};
static struct rt_type comp_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "_bz2.BZ2Compressor",
    .doc = "BZ2Compressor(compresslevel=9, /)\n--\n\nCreate a compressor object for compressing data incrementally.\n\n  compresslevel\n    Compression level, as a number between 1 and 9.\n\nFor one-shot compression, use the compress() function instead.",
    .basic_size = sizeof(struct bz2_stream), .dealloc = stream_dealloc, .new = comp_new, .methods = comp_methods};
static struct rt_type decomp_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "_bz2.BZ2Decompressor",
    .doc = "BZ2Decompressor()\n--\n\nCreate a decompressor object for decompressing data incrementally.\n\nFor one-shot decompression, use the decompress() function instead.",
    .basic_size = sizeof(struct bz2_stream), .dealloc = stream_dealloc, .new = decomp_new, .methods = decomp_methods, .getset = decomp_getset};
static int exec(struct rt_thread *ts, rt_value m)
{
    if (rt_lazy_load(ts, &rt_lazy_bz2) < 0)
        return -1;
    return rt_module_add_type(ts, m, &comp_type) < 0 ? -1 : rt_module_add_type(ts, m, &decomp_type);
}
const struct rt_module_def rt_module__bz2 = {.name = "_bz2", .exec = exec};
