/* SPDX-License-Identifier: MIT */
/* _lzma: LZMACompressor and LZMADecompressor on liblzma. Filter chains: lzma_filters.c. */
#include "core/modules/compress/lzma_internal.h"

struct xz_stream {
    struct stream s;
    lzma_stream z;
    _Atomic int check; /* read without the lock */
};
static struct rt_type comp_type, decomp_type;
#define Z(v) ((struct xz_stream *)rt_ptr(v))
enum { FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW, CHECK_UNKNOWN = LZMA_CHECK_ID_MAX + 1 };

rt_value lzma_error_raise(struct rt_thread *ts, const char *fmt, unsigned arg)
{
    rt_value t = rt_interp_kept(ts, "_lzma.LZMAError");
    rt_raise(ts, rt_as_type(t), fmt, arg);
    rt_decref(ts, t);
    return RT_NULL;
}
bool lzma_failed(struct rt_thread *ts, lzma_ret r)
{
    switch (r) {
    case LZMA_OK: case LZMA_GET_CHECK: case LZMA_NO_CHECK: case LZMA_STREAM_END: return false;
    case LZMA_UNSUPPORTED_CHECK: lzma_error_raise(ts, "Unsupported integrity check", 0); break;
    case LZMA_MEM_ERROR: rt_raise_no_memory(ts); break;
    case LZMA_MEMLIMIT_ERROR: lzma_error_raise(ts, "Memory usage limit exceeded", 0); break;
    case LZMA_FORMAT_ERROR: lzma_error_raise(ts, "Input format not supported by decoder", 0); break;
    case LZMA_OPTIONS_ERROR: lzma_error_raise(ts, "Invalid or unsupported options", 0); break;
    case LZMA_DATA_ERROR: lzma_error_raise(ts, "Corrupt input data", 0); break;
    case LZMA_BUF_ERROR: lzma_error_raise(ts, "Insufficient buffer space", 0); break;
    case LZMA_PROG_ERROR: lzma_error_raise(ts, "Internal error", 0); break;
    default: lzma_error_raise(ts, "Unrecognized error from liblzma: %d", r);
    }
    return true;
}

/* ---- compressor ---- */
static rt_value comp_run(struct rt_thread *ts, struct stream *base, const void *p, size_t n, bool finish)
{
    struct xz_stream *s = (struct xz_stream *)base;
    lzma_action action = finish ? LZMA_FINISH : LZMA_RUN;
    struct out o = {.limit = -1};
    bool nomem = false;
    lzma_ret r = LZMA_OK;
    s->z.next_in = p;
    s->z.avail_in = n;
    rt_detach(ts, RT_DETACH_NATIVE);
    while (out_room(&o, &nomem)) {
        s->z.next_out = (uint8_t *)o.p + o.len;
        s->z.avail_out = o.cap - o.len;
        r = lzma_code(&s->z, action);
        o.len = o.cap - s->z.avail_out;
        if (r == LZMA_BUF_ERROR && n == 0 && s->z.avail_out)
            r = LZMA_OK; /* nothing to do is no error */
        if (r != LZMA_OK || (action == LZMA_RUN && s->z.avail_in == 0 && s->z.avail_out))
            break;
    }
    rt_attach(ts);
    if (nomem)
        rt_raise_no_memory(ts);
    if (nomem || lzma_failed(ts, r)) {
        rt_raw_free(o.p);
        return RT_NULL;
    }
    return out_finish(ts, &o);
}
static rt_value comp_compress(struct rt_thread *ts, rt_value self, rt_value data) { return rt_stream_compress(ts, self, data, comp_run); }
static rt_value comp_flush(struct rt_thread *ts, rt_value self) { return rt_stream_flush(ts, self, comp_run); }
static lzma_ret start_encoder(struct rt_thread *ts, lzma_stream *z, int format, int check, uint32_t preset, rt_value specs)
{
    lzma_filter f[LZMA_FILTERS_MAX + 1];
    lzma_options_lzma opt;
    bool chain = !rt_is_null(specs) && !rt_is_none(specs);
    lzma_ret r = LZMA_PROG_ERROR;
    if (chain && lzma_filters_parse(ts, f, specs) < 0)
        return LZMA_PROG_ERROR;
    switch (format) {
    case FORMAT_XZ:
        if (check == -1)
            check = LZMA_CHECK_CRC64;
        r = chain ? lzma_stream_encoder(z, f, (lzma_check)check) : lzma_easy_encoder(z, preset, (lzma_check)check);
        break;
    case FORMAT_ALONE:
        if (!chain) {
            if (lzma_lzma_preset(&opt, preset))
                lzma_error_raise(ts, "Invalid compression preset: 0x%x", preset);
            else
                r = lzma_alone_encoder(z, &opt);
        } else if (f[0].id == LZMA_FILTER_LZMA1 && f[1].id == LZMA_VLI_UNKNOWN) {
            r = lzma_alone_encoder(z, f[0].options);
        } else {
            rt_raise(ts, &rt_exc_ValueError, "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter");
        }
        break;
    case FORMAT_RAW:
        if (chain)
            r = lzma_raw_encoder(z, f);
        else
            rt_raise(ts, &rt_exc_ValueError, "Must specify filters for FORMAT_RAW");
        break;
    default:
        rt_raise(ts, &rt_exc_ValueError, "Invalid container format: %d", format);
    }
    if (chain)
        lzma_filters_drop(f);
    return r;
}
static rt_value comp_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"format", "check", "preset", "filters", NULL};
    static const struct rt_argspec spec = {"LZMACompressor", names, 0, 0, 4, 4};
    rt_value v[4];
    uint32_t preset = LZMA_PRESET_DEFAULT;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int format = v[0].bits ? rt_as_int(ts, v[0]) : FORMAT_XZ, check = v[1].bits && !rt_pending(ts) ? rt_as_int(ts, v[1]) : -1;
    bool has_preset = v[2].bits && !rt_is_none(v[2]), chain = v[3].bits && !rt_is_none(v[3]);
    if (rt_pending(ts))
        return RT_NULL;
    if (has_preset && chain)
        return rt_raise(ts, &rt_exc_ValueError, "Cannot specify both preset and filter chain");
    if (has_preset && lzma_uint32(ts, v[2], &preset) < 0)
        return RT_NULL;
    if (format != FORMAT_XZ && check != -1 && check != LZMA_CHECK_NONE)
        return rt_raise(ts, &rt_exc_ValueError, "Integrity checks are only supported by FORMAT_XZ");
    rt_value s = rt_type_alloc(ts, t);
    if (rt_is_null(s))
        return s;
    lzma_ret r = start_encoder(ts, &Z(s)->z, format, check, preset, v[3]);
    if (rt_pending(ts) || lzma_failed(ts, r)) {
        rt_decref(ts, s);
        return RT_NULL;
    }
    return s;
}

/* ---- decompressor ---- */
static lzma_ret start_decoder(struct rt_thread *ts, struct xz_stream *s, int format, uint64_t memlimit, rt_value specs)
{
    lzma_filter f[LZMA_FILTERS_MAX + 1];
    const uint32_t tell = LZMA_TELL_ANY_CHECK | LZMA_TELL_NO_CHECK;
    lzma_ret r = LZMA_PROG_ERROR;
    switch (format) {
    case FORMAT_AUTO: return lzma_auto_decoder(&s->z, memlimit, tell);
    case FORMAT_XZ: return lzma_stream_decoder(&s->z, memlimit, tell);
    case FORMAT_ALONE:
        s->check = LZMA_CHECK_NONE;
        return lzma_alone_decoder(&s->z, memlimit);
    case FORMAT_RAW:
        s->check = LZMA_CHECK_NONE;
        if (lzma_filters_parse(ts, f, specs) < 0)
            return r;
        r = lzma_raw_decoder(&s->z, f);
        lzma_filters_drop(f);
        return r;
    default:
        rt_raise(ts, &rt_exc_ValueError, "Invalid container format: %d", format);
        return r;
    }
}
static rt_value decomp_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"format", "memlimit", "filters", NULL};
    static const struct rt_argspec spec = {"LZMADecompressor", names, 0, 0, 3, 3};
    rt_value v[3];
    uint64_t memlimit = UINT64_MAX;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int format = v[0].bits ? rt_as_int(ts, v[0]) : FORMAT_AUTO;
    bool chain = v[2].bits && !rt_is_none(v[2]);
    if (rt_pending(ts))
        return RT_NULL;
    if (v[1].bits && !rt_is_none(v[1])) {
        if (format == FORMAT_RAW)
            return rt_raise(ts, &rt_exc_ValueError, "Cannot specify memory limit with FORMAT_RAW");
        memlimit = rt_as_u64(ts, v[1]);
        if (rt_pending(ts))
            return RT_NULL;
    }
    if (format == FORMAT_RAW && !chain)
        return rt_raise(ts, &rt_exc_ValueError, "Must specify filters for FORMAT_RAW");
    if (format != FORMAT_RAW && chain)
        return rt_raise(ts, &rt_exc_ValueError, "Cannot specify filters except with FORMAT_RAW");
    rt_value s = rt_type_alloc(ts, t);
    if (rt_is_null(s))
        return s;
    Z(s)->check = CHECK_UNKNOWN;
    rt_stream_init_decompressor(as_stream(s));
    lzma_ret r = start_decoder(ts, Z(s), format, memlimit, v[2]);
    if (rt_pending(ts) || lzma_failed(ts, r)) {
        rt_decref(ts, s);
        return RT_NULL;
    }
    return s;
}
static lzma_ret decomp_loop(struct rt_thread *ts, struct xz_stream *s, struct out *o, bool *nomem)
{
    lzma_ret r = LZMA_OK;
    rt_detach(ts, RT_DETACH_NATIVE);
    s->z.avail_out = 0;
    while (out_room(o, nomem)) {
        s->z.next_out = (uint8_t *)o->p + o->len;
        s->z.avail_out = o->cap - o->len;
        r = lzma_code(&s->z, LZMA_RUN);
        o->len = o->cap - s->z.avail_out;
        if (r == LZMA_BUF_ERROR && s->z.avail_in == 0 && s->z.avail_out > 0)
            r = LZMA_OK; /* more input is needed: no error */
        if (r == LZMA_GET_CHECK || r == LZMA_NO_CHECK) {
            rt_store_relaxed(&s->check, (int)lzma_get_check(&s->z));
            r = LZMA_OK;
            continue;
        }
        if (r != LZMA_OK || (s->z.avail_out && s->z.avail_in == 0))
            break;
    }
    rt_attach(ts);
    return r;
}
static rt_value decomp_run(struct rt_thread *ts, struct stream *base, const uint8_t *data, size_t n, int64_t limit)
{
    struct xz_stream *s = (struct xz_stream *)base;
    struct out o = {.limit = limit};
    bool nomem = false;
    if (!pending_join(&base->in, data, n, &s->z.next_in, &s->z.avail_in))
        return rt_raise_no_memory(ts);
    lzma_ret r = decomp_loop(ts, s, &o, &nomem);
    if (nomem)
        rt_raise_no_memory(ts);
    if (nomem || lzma_failed(ts, r)) {
        rt_raw_free(o.p);
        return RT_NULL;
    }
    bool needs_input = s->z.avail_in == 0 && s->z.avail_out != 0; /* full: there may be more inside */
    size_t avail = s->z.avail_in;
    if (r == LZMA_STREAM_END)
        s->z.avail_in = 0;
    return rt_stream_decompressed(ts, base, &o, s->z.next_in, avail, r == LZMA_STREAM_END, needs_input);
}
static rt_value decomp_decompress(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_stream_decompress(ts, self, args, n, kw, decomp_run, "Already at end of stream");
}
static void stream_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct xz_stream *s = (struct xz_stream *)o;
    lzma_end(&s->z);
    rt_stream_drop(ts, &s->s);
}
static rt_value get_check(struct rt_thread *ts, rt_value self, void *c) { return rt_int_imm(rt_load_relaxed(&Z(self)->check)); }
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
    {"check", get_check, NULL, "ID of the integrity check used by the input stream."}, {"eof", rt_stream_get_eof, NULL, "True if the end-of-stream marker has been reached."},
    {"needs_input", rt_stream_get_needs_input, NULL, "True if more input is needed before more decompressed data can be produced."},
    {"unused_data", rt_stream_get_unused, NULL, "Data found after the end of the compressed stream."}, {NULL},
};
static struct rt_type comp_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "_lzma.LZMACompressor",
    .doc = "LZMACompressor(format=FORMAT_XZ, check=-1, preset=None, filters=None)\n\nCreate a compressor object for compressing data incrementally.",
    .basic_size = sizeof(struct xz_stream), .dealloc = stream_dealloc, .new = comp_new, .methods = comp_methods};
static struct rt_type decomp_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "_lzma.LZMADecompressor",
    .doc = "LZMADecompressor(format=FORMAT_AUTO, memlimit=None, filters=None)\n\nCreate a decompressor object for decompressing data incrementally.",
    .basic_size = sizeof(struct xz_stream), .dealloc = stream_dealloc, .new = decomp_new, .methods = decomp_methods, .getset = decomp_getset};

static rt_value is_check_supported(struct rt_thread *ts, rt_value self, rt_value v)
{
    int id = rt_as_int(ts, v);
    return rt_pending(ts) ? RT_NULL : rt_bool(lzma_check_is_supported((lzma_check)id));
}
static const struct rt_method_def methods[] = {
    {"is_check_supported", is_check_supported, RT_METH_O, "is_check_supported($module, check_id, /)\n--\n\nTest whether the given integrity check is supported.\n\nAlways returns True for CHECK_NONE and CHECK_CRC32."},
    {"_encode_filter_properties", lzma_encode_properties, RT_METH_O, "_encode_filter_properties($module, filter, /)\n--\n\nReturn a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).\n\nThe result does not include the filter ID itself, only the options."},
    {"_decode_filter_properties", lzma_decode_properties, RT_METH_FAST, "_decode_filter_properties($module, filter_id, encoded_props, /)\n--\n\nReturn a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).\n\nThe result does not include the filter ID itself, only the options."},
    {NULL},
};
static int exec(struct rt_thread *ts, rt_value m)
{
    static const struct { const char *name; uint64_t v; } ints[] = {{"FORMAT_AUTO", FORMAT_AUTO}, {"FORMAT_XZ", FORMAT_XZ},
        {"FORMAT_ALONE", FORMAT_ALONE}, {"FORMAT_RAW", FORMAT_RAW}, {"CHECK_NONE", LZMA_CHECK_NONE}, {"CHECK_CRC32", LZMA_CHECK_CRC32},
        {"CHECK_CRC64", LZMA_CHECK_CRC64}, {"CHECK_SHA256", LZMA_CHECK_SHA256}, {"CHECK_ID_MAX", LZMA_CHECK_ID_MAX},
        {"CHECK_UNKNOWN", CHECK_UNKNOWN}, {"FILTER_LZMA1", LZMA_FILTER_LZMA1}, {"FILTER_LZMA2", LZMA_FILTER_LZMA2},
        {"FILTER_DELTA", LZMA_FILTER_DELTA}, {"FILTER_X86", LZMA_FILTER_X86}, {"FILTER_IA64", LZMA_FILTER_IA64}, {"FILTER_ARM", LZMA_FILTER_ARM},
        {"FILTER_ARMTHUMB", LZMA_FILTER_ARMTHUMB}, {"FILTER_SPARC", LZMA_FILTER_SPARC}, {"FILTER_POWERPC", LZMA_FILTER_POWERPC},
        {"MF_HC3", LZMA_MF_HC3}, {"MF_HC4", LZMA_MF_HC4}, {"MF_BT2", LZMA_MF_BT2}, {"MF_BT3", LZMA_MF_BT3}, {"MF_BT4", LZMA_MF_BT4},
        {"MODE_FAST", LZMA_MODE_FAST}, {"MODE_NORMAL", LZMA_MODE_NORMAL}, {"PRESET_DEFAULT", LZMA_PRESET_DEFAULT}, {"PRESET_EXTREME", LZMA_PRESET_EXTREME}};
    if (rt_lazy_load(ts, &rt_lazy_lzma) < 0)
        return -1;
    rt_value e = rt_interp_kept(ts, "_lzma.LZMAError");
    if (rt_is_null(e)) { /* once an interpreter: the objects of an earlier import raise it too */
        e = rt_module_add_exception(ts, m, "LZMAError", rt_type_value(&rt_exc_Exception));
        if (rt_is_null(e) || rt_setattr_cstr(ts, e, "__doc__", rt_str_intern_cstr(ts, "Call to liblzma failed.")) < 0 ||
            rt_interp_keep(ts, "_lzma.LZMAError", e) < 0)
            return -1;
    }
    if (rt_module_add(ts, m, "LZMAError", e) < 0)
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(ints); i++)
        if (rt_module_add(ts, m, ints[i].name, rt_int_from_u64(ts, ints[i].v)) < 0)
            return -1;
    return rt_module_add_type(ts, m, &comp_type) < 0 ? -1 : rt_module_add_type(ts, m, &decomp_type);
}
const struct rt_module_def rt_module__lzma = {.name = "_lzma", .methods = methods, .exec = exec};
