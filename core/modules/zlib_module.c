/* SPDX-License-Identifier: MIT */
/* The zlib module on zlib. Streams hold their own lock while the library works detached. */
#include <zlib.h>

#include "core/object/native.h"
#include "core/sync/mutex.h"

struct zstream {
    struct rt_object hdr;
    z_stream z;
    bool inited, eof, is_compress;
    _Atomic uint8_t lock;
    rt_slot unused_data, unconsumed_tail, zdict;
};
static struct rt_type comp_type, decomp_type;
#define Z(v) ((struct zstream *)rt_ptr(v))

static rt_value error_type(struct rt_thread *ts) { return rt_slot_get(ts, NULL, &ts->interp->native_state[RT_NS_ZLIB]); }
static rt_value zerror(struct rt_thread *ts, const z_stream *z, int err, const char *msg)
{
    rt_value t = error_type(ts);
    const char *text = z ? z->msg : NULL;
    if (err == Z_VERSION_ERROR)
        text = "library version mismatch";
    if (!text)
        text = err == Z_BUF_ERROR ? "incomplete or truncated stream" : err == Z_STREAM_ERROR ? "inconsistent stream state" : err == Z_DATA_ERROR ? "invalid input data" : NULL;
    if (text)
        rt_raise(ts, rt_as_type(t), "Error %d %s: %.200s", err, msg, text);
    else
        rt_raise(ts, rt_as_type(t), "Error %d %s", err, msg);
    rt_decref(ts, t);
    return RT_NULL;
}

static rt_value checksum(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, bool adler)
{
    struct rt_buffer b;
    if (rt_args_count(ts, fname, n, 1, 2) < 0)
        return RT_NULL;
    uint32_t value = adler;
    if (n > 1) {
        rt_value low = rt_binary(ts, args[1], rt_int_imm(0xffffffff), RT_BIN_AND);
        if (rt_is_null(low))
            return low;
        value = (uint32_t)rt_int_get(low);
    }
    if (rt_buffer_get(ts, args[0], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    bool big = b.len > 5120;
    if (big)
        rt_detach(ts, RT_DETACH_NATIVE);
    const uint8_t *p = b.buf;
    for (int64_t left = b.len; left > 0;) {
        uInt k = left > 1 << 30 ? 1u << 30 : (uInt)left;
        value = (uint32_t)(adler ? adler32(value, p, k) : crc32(value, p, k));
        p += k;
        left -= k;
    }
    if (big)
        rt_attach(ts);
    rt_buffer_release(ts, &b);
    return rt_int_imm(value);
}
static rt_value z_crc32(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return checksum(ts, "crc32", args, n, false); }
static rt_value z_adler32(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return checksum(ts, "adler32", args, n, true); }

/* Run the stream over in until the output limit (-1 none) or the end; *res the bytes. Returns zlib's code; the
   caller holds the stream. */
struct growing { char *p; size_t len, cap; };
static bool room(struct growing *g, int64_t limit)
{
    if (g->len < g->cap)
        return true;
    size_t cap = g->cap ? g->cap * 2 : 16384;
    if (limit >= 0 && cap > (size_t)limit)
        cap = (size_t)limit;
    char *p = rt_raw_realloc(g->p, cap ? cap : 1);
    if (!p)
        return false;
    g->p = p;
    g->cap = cap;
    return g->len < cap;
}
static int pump(struct rt_thread *ts, z_stream *z, bool compress, const void *in, size_t n, int flush, int64_t limit, struct growing *g, bool *nomem)
{
    int err = Z_OK;
    z->next_in = (Bytef *)in;
    size_t left = n;
    rt_detach(ts, RT_DETACH_NATIVE);
    do {
        z->avail_in = left > UINT32_MAX ? UINT32_MAX : (uInt)left;
        left -= z->avail_in;
        int f = left ? Z_NO_FLUSH : flush;
        do {
            if (!room(g, limit)) {
                *nomem = !(limit >= 0 && g->len >= (size_t)limit);
                goto out;
            }
            size_t avail = g->cap - g->len;
            z->avail_out = avail > UINT32_MAX ? UINT32_MAX : (uInt)avail;
            uInt before = z->avail_out;
            z->next_out = (Bytef *)g->p + g->len;
            err = compress ? deflate(z, f) : inflate(z, f);
            g->len += before - z->avail_out;
            if (err != Z_OK && err != Z_BUF_ERROR)
                goto out;
        } while (z->avail_out == 0);
    } while (left && err != Z_STREAM_END);
out:
    rt_attach(ts);
    z->avail_in += (uInt)(left > UINT32_MAX ? 0 : left);
    return err;
}
static rt_value finish_bytes(struct rt_thread *ts, struct growing *g)
{
    rt_value r = rt_bytes_new(ts, g->p ? g->p : "", g->len);
    rt_raw_free(g->p);
    return r;
}

static rt_value z_compress(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"data", "level", "wbits", NULL};
    static const struct rt_argspec spec = {"compress", names, 1, 1, 3, 3};
    rt_value v[3];
    struct rt_buffer b;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int level = v[1].bits ? rt_as_int(ts, v[1]) : -1, wbits = v[2].bits && !rt_pending(ts) ? rt_as_int(ts, v[2]) : MAX_WBITS;
    if (rt_pending(ts) || rt_buffer_get(ts, v[0], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    z_stream z = {0};
    struct growing g = {0};
    bool nomem = false;
    int err = deflateInit2(&z, level, Z_DEFLATED, wbits, 8, Z_DEFAULT_STRATEGY);
    if (err != Z_OK) {
        rt_buffer_release(ts, &b);
        if (err == Z_STREAM_ERROR) {
            rt_value t = error_type(ts);
            rt_raise(ts, rt_as_type(t), "Bad compression level");
            rt_decref(ts, t);
            return RT_NULL;
        }
        return zerror(ts, &z, err, "while compressing data");
    }
    err = pump(ts, &z, true, b.buf, (size_t)b.len, Z_FINISH, -1, &g, &nomem);
    deflateEnd(&z);
    rt_buffer_release(ts, &b);
    if (nomem || err != Z_STREAM_END) {
        rt_raw_free(g.p);
        return nomem ? rt_raise_no_memory(ts) : zerror(ts, NULL, err, "while compressing data");
    }
    return finish_bytes(ts, &g);
}
static rt_value z_decompress(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"data", "wbits", "bufsize", NULL};
    static const struct rt_argspec spec = {"decompress", names, 1, 1, 3, 3};
    rt_value v[3];
    struct rt_buffer b;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int wbits = v[1].bits ? rt_as_int(ts, v[1]) : MAX_WBITS;
    int64_t size = v[2].bits && !rt_pending(ts) ? rt_as_ssize(ts, v[2]) : 1;
    if (rt_pending(ts))
        return RT_NULL;
    if (size < 0)
        return rt_raise(ts, &rt_exc_ValueError, "bufsize must be non-negative");
    if (rt_buffer_get(ts, v[0], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    z_stream z = {0};
    struct growing g = {0};
    bool nomem = false;
    int err = inflateInit2(&z, wbits);
    if (err != Z_OK) {
        rt_buffer_release(ts, &b);
        return zerror(ts, &z, err, "while preparing to decompress data");
    }
    err = pump(ts, &z, false, b.buf, (size_t)b.len, Z_SYNC_FLUSH, -1, &g, &nomem);
    rt_value res = RT_NULL;
    if (nomem)
        rt_raise_no_memory(ts);
    else if (err != Z_STREAM_END)
        zerror(ts, err == Z_OK ? NULL : &z, err == Z_OK ? Z_BUF_ERROR : err, "while decompressing data");
    else
        res = finish_bytes(ts, &g);
    if (rt_is_null(res))
        rt_raw_free(g.p);
    inflateEnd(&z);
    rt_buffer_release(ts, &b);
    return res;
}

/* ---- stream objects ---- */
static void hold(struct rt_thread *ts, struct zstream *s)
{
    if (!rt_bytelock_try(&s->lock))
        rt_bytelock_acquire(ts, &s->lock, -1, 0);
}
static void let_go(struct zstream *s) { rt_bytelock_release(&s->lock); }
static struct zstream *stream_new(struct rt_thread *ts, struct rt_type *t)
{
    struct zstream *s = rt_object_new(ts, t, sizeof(*s));
    if (!s)
        return NULL;
    memset((char *)s + sizeof(struct rt_object), 0, sizeof(*s) - sizeof(struct rt_object));
    rt_slot_init(&s->unused_data, rt_bytes_empty());
    rt_slot_init(&s->unconsumed_tail, rt_bytes_empty());
    s->is_compress = t == &comp_type;
    return s;
}
static rt_value z_compressobj(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"level", "method", "wbits", "memLevel", "strategy", "zdict", NULL};
    static const struct rt_argspec spec = {"compressobj", names, 0, 0, 6, 6};
    rt_value v[6];
    int x[5] = {-1, Z_DEFLATED, MAX_WBITS, 8, Z_DEFAULT_STRATEGY};
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    for (int i = 0; i < 5; i++)
        if (v[i].bits && ((x[i] = rt_as_int(ts, v[i])), rt_pending(ts)))
            return RT_NULL;
    struct rt_buffer d = {0};
    bool dict = v[5].bits && !rt_is_none(v[5]);
    if (dict && rt_buffer_get(ts, v[5], &d, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    struct zstream *s = stream_new(ts, &comp_type);
    int err = s ? deflateInit2(&s->z, x[0], x[1], x[2], x[3], x[4]) : Z_MEM_ERROR;
    if (s && err == Z_OK) {
        s->inited = true;
        if (dict)
            err = deflateSetDictionary(&s->z, d.buf, (uInt)d.len);
    }
    if (dict)
        rt_buffer_release(ts, &d);
    if (s && err == Z_OK)
        return rt_own(s);
    if (s) {
        rt_decref(ts, rt_own(s));
        if (err == Z_STREAM_ERROR)
            return rt_raise(ts, &rt_exc_ValueError, dict ? "Invalid dictionary" : "Invalid initialization option");
        return zerror(ts, NULL, err, "while creating compression object");
    }
    return RT_NULL;
}
static int set_zdict(struct rt_thread *ts, struct zstream *s)
{
    rt_value d = rt_slot_get(ts, s, &s->zdict);
    struct rt_buffer b;
    if (rt_is_null(d))
        return Z_NEED_DICT;
    if (rt_buffer_get(ts, d, &b, RT_BUF_SIMPLE) < 0) {
        rt_decref(ts, d);
        return Z_DATA_ERROR;
    }
    int err = inflateSetDictionary(&s->z, b.buf, (uInt)b.len);
    rt_buffer_release(ts, &b);
    rt_decref(ts, d);
    return err;
}
static rt_value z_decompressobj(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"wbits", "zdict", NULL};
    static const struct rt_argspec spec = {"decompressobj", names, 0, 0, 2, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int wbits = v[0].bits ? rt_as_int(ts, v[0]) : MAX_WBITS;
    if (rt_pending(ts))
        return RT_NULL;
    if (v[1].bits && !rt_has_buffer(v[1]))
        return rt_raise(ts, &rt_exc_TypeError, "zdict argument must support the buffer protocol");
    struct zstream *s = stream_new(ts, &decomp_type);
    if (!s)
        return RT_NULL;
    if (v[1].bits)
        rt_slot_set(ts, &s->zdict, rt_newref(ts, v[1]));
    int err = inflateInit2(&s->z, wbits);
    if (err != Z_OK) {
        rt_decref(ts, rt_own(s));
        return err == Z_STREAM_ERROR ? rt_raise(ts, &rt_exc_ValueError, "Invalid initialization option") : zerror(ts, NULL, err, "while creating decompression object");
    }
    s->inited = true;
    if (v[1].bits && wbits < 0 && set_zdict(ts, s) != Z_OK) { /* a raw stream does not ask for its dictionary */
        rt_decref(ts, rt_own(s));
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_ValueError, "Invalid dictionary");
    }
    return rt_own(s);
}
static rt_value comp_run(struct rt_thread *ts, struct zstream *s, const void *p, size_t n, int flush)
{
    struct growing g = {0};
    bool nomem = false;
    hold(ts, s);
    int err = s->inited ? pump(ts, &s->z, true, p, n, flush, -1, &g, &nomem) : Z_STREAM_ERROR; /* finished */
    if (err == Z_STREAM_END && flush == Z_FINISH) {
        deflateEnd(&s->z);
        s->inited = false;
    }
    let_go(s);
    if (nomem || (err != Z_OK && err != Z_BUF_ERROR && err != Z_STREAM_END)) {
        rt_raw_free(g.p);
        return nomem ? rt_raise_no_memory(ts) : zerror(ts, NULL, err, flush == Z_NO_FLUSH ? "while compressing data" : "while flushing");
    }
    return finish_bytes(ts, &g);
}
static rt_value comp_compress(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct rt_buffer b;
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value r = comp_run(ts, Z(self), b.buf, (size_t)b.len, Z_NO_FLUSH);
    rt_buffer_release(ts, &b);
    return r;
}
static rt_value comp_flush(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int mode = n ? rt_as_int(ts, args[0]) : Z_FINISH;
    if (rt_pending(ts))
        return RT_NULL;
    if (mode == Z_NO_FLUSH)
        return rt_bytes_empty();
    return comp_run(ts, Z(self), "", 0, mode);
}
static rt_value copy_stream(struct rt_thread *ts, rt_value self)
{
    struct zstream *s = Z(self), *c = stream_new(ts, rt_type_of(self));
    if (!c)
        return RT_NULL;
    hold(ts, s);
    int err = !s->inited ? Z_STREAM_ERROR : s->is_compress ? deflateCopy(&c->z, &s->z) : inflateCopy(&c->z, &s->z);
    let_go(s);
    if (err != Z_OK) {
        rt_decref(ts, rt_own(c));
        return err == Z_STREAM_ERROR ? rt_raise(ts, &rt_exc_ValueError, "Inconsistent stream state") : zerror(ts, &s->z, err, "while copying object");
    }
    c->inited = true;
    c->eof = s->eof;
    rt_slot_set(ts, &c->unused_data, rt_slot_get(ts, s, &s->unused_data));
    rt_slot_set(ts, &c->unconsumed_tail, rt_slot_get(ts, s, &s->unconsumed_tail));
    rt_slot_set(ts, &c->zdict, rt_slot_get(ts, s, &s->zdict));
    return rt_own(c);
}
static rt_value copy_deep(struct rt_thread *ts, rt_value self, rt_value memo) { return copy_stream(ts, self); }

/* What is left of the input goes to unused_data at the end, else to unconsumed_tail. */
static void save_rest(struct rt_thread *ts, struct zstream *s)
{
    const char *p = (const char *)s->z.next_in;
    size_t left = s->z.avail_in;
    if (s->eof) {
        rt_value old = rt_slot_get(ts, s, &s->unused_data), more = rt_bytes_new(ts, p, left);
        rt_value sum = left ? rt_binary(ts, old, more, RT_BIN_ADD) : rt_newref(ts, old);
        rt_decref(ts, old);
        rt_decref(ts, more);
        if (sum.bits)
            rt_slot_set(ts, &s->unused_data, sum);
        rt_slot_set(ts, &s->unconsumed_tail, rt_bytes_empty());
        s->z.avail_in = 0;
    } else {
        rt_value tail = rt_bytes_new(ts, p, left);
        if (tail.bits)
            rt_slot_set(ts, &s->unconsumed_tail, tail);
    }
}
static rt_value decomp_run(struct rt_thread *ts, struct zstream *s, const void *p, size_t n, int flush, int64_t limit)
{
    struct growing g = {0};
    bool nomem = false;
    int err;
    if (s->eof) {
        s->z.next_in = (Bytef *)p;
        s->z.avail_in = (uInt)n;
        save_rest(ts, s);
        return rt_bytes_empty();
    }
    err = pump(ts, &s->z, false, p, n, flush, limit, &g, &nomem);
    if (err == Z_NEED_DICT && rt_slot_peek(&s->zdict).bits) {
        size_t used = n - s->z.avail_in;
        err = set_zdict(ts, s);
        if (err == Z_OK)
            err = pump(ts, &s->z, false, (const char *)p + used, n - used, flush, limit, &g, &nomem);
    }
    if (err == Z_STREAM_END)
        s->eof = true;
    if (nomem || (err != Z_OK && err != Z_BUF_ERROR && err != Z_STREAM_END)) {
        rt_raw_free(g.p);
        return nomem ? rt_raise_no_memory(ts) : rt_pending(ts) ? RT_NULL : zerror(ts, &s->z, err, "while decompressing data");
    }
    save_rest(ts, s);
    return finish_bytes(ts, &g);
}
static rt_value decomp_decompress(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"data", "max_length", NULL};
    static const struct rt_argspec spec = {"decompress", names, 1, 1, 2, 2};
    rt_value v[2];
    struct rt_buffer b;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int64_t limit = v[1].bits ? rt_as_ssize(ts, v[1]) : 0;
    if (rt_pending(ts))
        return RT_NULL;
    if (limit < 0)
        return rt_raise(ts, &rt_exc_ValueError, "max_length must be non-negative");
    if (rt_buffer_get(ts, v[0], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    hold(ts, Z(self));
    rt_value r = decomp_run(ts, Z(self), b.buf, (size_t)b.len, Z_SYNC_FLUSH, limit ? limit : -1);
    let_go(Z(self));
    rt_buffer_release(ts, &b);
    return r;
}
static rt_value decomp_flush(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (n) {
        int64_t len = rt_as_ssize(ts, args[0]);
        if (rt_pending(ts))
            return RT_NULL;
        if (len <= 0)
            return rt_raise(ts, &rt_exc_ValueError, "length must be greater than zero");
    }
    struct zstream *s = Z(self);
    rt_value tail = rt_slot_get(ts, s, &s->unconsumed_tail), r;
    hold(ts, s);
    r = s->eof ? rt_bytes_empty() : decomp_run(ts, s, rt_as_bytes(tail)->data, rt_as_bytes(tail)->length, Z_FINISH, -1);
    if (s->eof && s->inited) {
        inflateEnd(&s->z);
        s->inited = false;
    }
    let_go(s);
    rt_decref(ts, tail);
    return r;
}
static rt_value decomp_slot(struct rt_thread *ts, rt_value self, void *c) { return rt_slot_get(ts, Z(self), c ? &Z(self)->unconsumed_tail : &Z(self)->unused_data); }
static rt_value decomp_eof(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(Z(self)->eof); }
static void stream_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct zstream *s = (struct zstream *)o;
    if (s->inited)
        s->is_compress ? deflateEnd(&s->z) : inflateEnd(&s->z);
    rt_decref(ts, rt_slot_peek(&s->unused_data));
    rt_decref(ts, rt_slot_peek(&s->unconsumed_tail));
    rt_decref(ts, rt_slot_peek(&s->zdict));
}
static const struct rt_method_def comp_methods[] = {
    {"compress", comp_compress, RT_METH_O, "compress($self, data, /)\n--\n\nReturns a bytes object containing compressed data."},
    {"flush", comp_flush, RT_METH_FAST, "flush($self, mode=zlib.Z_FINISH, /)\n--\n\nReturn a bytes object containing any remaining compressed data."},
    {"copy", copy_stream, RT_METH_NOARGS, "copy($self, /)\n--\n\nReturn a copy of the compression object."}, {"__copy__", copy_stream, RT_METH_NOARGS, NULL},
    {"__deepcopy__", copy_deep, RT_METH_O, NULL}, {NULL},
};
static const struct rt_method_def decomp_methods[] = {
    {"decompress", decomp_decompress, RT_METH_KW, "decompress($self, data, /, max_length=0)\n--\n\nReturn a bytes object containing the decompressed version of the data."},
    {"flush", decomp_flush, RT_METH_FAST, "flush($self, length=zlib.DEF_BUF_SIZE, /)\n--\n\nReturn a bytes object containing any remaining decompressed data."},
    {"copy", copy_stream, RT_METH_NOARGS, "copy($self, /)\n--\n\nReturn a copy of the decompression object."}, {"__copy__", copy_stream, RT_METH_NOARGS, NULL},
    {"__deepcopy__", copy_deep, RT_METH_O, NULL}, {NULL},
};
static const struct rt_getset_def decomp_getset[] = {
    {"unused_data", decomp_slot, NULL, NULL, NULL}, {"unconsumed_tail", decomp_slot, NULL, NULL, (void *)1}, {"eof", decomp_eof, NULL, NULL, NULL}, {NULL},
};
static struct rt_type comp_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "zlib.Compress", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct zstream), .dealloc = stream_dealloc, .methods = comp_methods};
static struct rt_type decomp_type = {.hdr = RT_STATIC_TYPE_HDR, .name = "zlib.Decompress", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct zstream), .dealloc = stream_dealloc, .methods = decomp_methods, .getset = decomp_getset};

static int zlib_exec(struct rt_thread *ts, rt_value m)
{
    static const struct { const char *name; int v; } ints[] = {{"MAX_WBITS", MAX_WBITS}, {"DEFLATED", Z_DEFLATED}, {"DEF_MEM_LEVEL", 8},
        {"DEF_BUF_SIZE", 16384}, {"Z_BEST_SPEED", 1}, {"Z_BEST_COMPRESSION", 9}, {"Z_DEFAULT_COMPRESSION", -1}, {"Z_NO_COMPRESSION", 0},
        {"Z_DEFAULT_STRATEGY", 0}, {"Z_FILTERED", Z_FILTERED}, {"Z_HUFFMAN_ONLY", Z_HUFFMAN_ONLY}, {"Z_RLE", Z_RLE}, {"Z_FIXED", Z_FIXED},
        {"Z_NO_FLUSH", 0}, {"Z_PARTIAL_FLUSH", 1}, {"Z_SYNC_FLUSH", 2}, {"Z_FULL_FLUSH", 3}, {"Z_FINISH", 4}, {"Z_BLOCK", 5}, {"Z_TREES", 6}};
    if (rt_type_ready(ts, &comp_type) < 0 || rt_type_ready(ts, &decomp_type) < 0)
        return -1;
    rt_value e = rt_module_add_exception(ts, m, "error", rt_type_value(&rt_exc_Exception));
    if (rt_is_null(e))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_ZLIB], e);
    for (size_t i = 0; i < RT_COUNTOF(ints); i++)
        rt_module_add_int(ts, m, ints[i].name, ints[i].v);
    rt_module_add_str(ts, m, "ZLIB_VERSION", ZLIB_VERSION);
    rt_module_add_str(ts, m, "ZLIB_RUNTIME_VERSION", zlibVersion());
    return rt_module_add_str(ts, m, "__version__", "1.0");
}
static const struct rt_method_def zlib_methods[] = {
    {"adler32", z_adler32, RT_METH_FAST, "adler32($module, data, value=1, /)\n--\n\nCompute an Adler-32 checksum of data."},
    {"crc32", z_crc32, RT_METH_FAST, "crc32($module, data, value=0, /)\n--\n\nCompute a CRC-32 checksum of data."},
    {"compress", z_compress, RT_METH_KW, "compress($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)\n--\n\nReturns a bytes object containing compressed data."},
    {"decompress", z_decompress, RT_METH_KW, "decompress($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)\n--\n\nReturns a bytes object containing the uncompressed data."},
    {"compressobj", z_compressobj, RT_METH_KW, "compressobj($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n            wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL,\n            strategy=Z_DEFAULT_STRATEGY, zdict=None)\n--\n\nReturn a compressor object."},
    {"decompressobj", z_decompressobj, RT_METH_KW, "decompressobj($module, /, wbits=MAX_WBITS, zdict=b'')\n--\n\nReturn a decompressor object."},
    {NULL},
};
const struct rt_module_def rt_module_zlib = {.name = "zlib", .doc = "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.", .methods = zlib_methods, .exec = zlib_exec};
