/* SPDX-License-Identifier: MIT */
/* _lzma: filter specifiers, dicts with an "id" and the filter's options, to liblzma's structs and back. */
#include <stdlib.h>

#include "core/modules/compress/lzma_internal.h"

int lzma_uint32(struct rt_thread *ts, rt_value v, uint32_t *out)
{
    uint64_t u = rt_as_u64(ts, v);
    if (rt_pending(ts))
        return -1;
    if (u > UINT32_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "Value too large for uint32_t type");
        return -1;
    }
    *out = (uint32_t)u;
    return 0;
}
/* The option `key`, if there: 1 and *v owned, 0 absent, -1 error. */
static int option(struct rt_thread *ts, rt_value spec, const char *key, rt_value *v)
{
    *v = rt_getitem(ts, spec, rt_str_intern_cstr(ts, key));
    if (!rt_is_null(*v))
        return 1;
    return rt_exc_clear_if(ts, &rt_exc_KeyError) ? 0 : -1;
}
static int option32(struct rt_thread *ts, rt_value spec, const char *key, uint32_t *out)
{
    rt_value v;
    int r = option(ts, spec, key, &v);
    if (r <= 0)
        return r;
    r = lzma_uint32(ts, v, out);
    rt_decref(ts, v);
    return r;
}
/* Only these keys may occur. */
static int only(struct rt_thread *ts, rt_value spec, const char *const *keys, const char *what)
{
    rt_value l = rt_mapping_keys(ts, spec);
    if (rt_is_null(l))
        return -1;
    bool ok = true;
    for (size_t i = 0; i < rt_list_len(l) && ok; i++) {
        rt_value k = rt_list_get(ts, l, i);
        ok = false;
        for (const char *const *p = keys; *p && !ok; p++)
            ok = rt_is_str(k) && rt_str_eq_cstr(k, *p);
        rt_decref(ts, k);
    }
    rt_decref(ts, l);
    if (!ok)
        rt_raise(ts, &rt_exc_ValueError, "Invalid filter specifier for %s filter", what);
    return ok ? 0 : -1;
}
static void *parse_lzma(struct rt_thread *ts, rt_value spec)
{
    static const char *const keys[] = {"id", "preset", "dict_size", "lc", "lp", "pb", "mode", "nice_len", "mf", "depth", NULL};
    uint32_t preset = LZMA_PRESET_DEFAULT, mode, mf;
    if (option32(ts, spec, "preset", &preset) < 0)
        return NULL;
    lzma_options_lzma *o = calloc(1, sizeof *o);
    if (!o) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    if (lzma_lzma_preset(o, preset)) {
        lzma_error_raise(ts, "Invalid compression preset: %u", preset);
        free(o);
        return NULL;
    }
    mode = o->mode;
    mf = o->mf;
    if (only(ts, spec, keys, "LZMA") < 0 || option32(ts, spec, "dict_size", &o->dict_size) < 0 || option32(ts, spec, "lc", &o->lc) < 0 ||
        option32(ts, spec, "lp", &o->lp) < 0 || option32(ts, spec, "pb", &o->pb) < 0 || option32(ts, spec, "mode", &mode) < 0 ||
        option32(ts, spec, "nice_len", &o->nice_len) < 0 || option32(ts, spec, "mf", &mf) < 0 || option32(ts, spec, "depth", &o->depth) < 0) {
        free(o);
        return NULL;
    }
    o->mode = (lzma_mode)mode;
    o->mf = (lzma_match_finder)mf;
    return o;
}
static void *parse_delta(struct rt_thread *ts, rt_value spec)
{
    static const char *const keys[] = {"id", "dist", NULL};
    uint32_t dist = 1;
    if (only(ts, spec, keys, "delta") < 0 || option32(ts, spec, "dist", &dist) < 0)
        return NULL;
    lzma_options_delta *o = calloc(1, sizeof *o);
    if (!o) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    o->type = LZMA_DELTA_TYPE_BYTE;
    o->dist = dist;
    return o;
}
static void *parse_bcj(struct rt_thread *ts, rt_value spec)
{
    static const char *const keys[] = {"id", "start_offset", NULL};
    uint32_t offset = 0;
    if (only(ts, spec, keys, "BCJ") < 0 || option32(ts, spec, "start_offset", &offset) < 0)
        return NULL;
    lzma_options_bcj *o = calloc(1, sizeof *o);
    if (!o) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    o->start_offset = offset;
    return o;
}
static int parse_one(struct rt_thread *ts, lzma_filter *f, rt_value spec)
{
    rt_value id;
    if (!rt_is_mapping(spec) || rt_is_str(spec) || rt_is_bytes(spec) || rt_is_tuple(spec) || rt_is_list(spec)) {
        rt_raise(ts, &rt_exc_TypeError, "Filter specifier must be a dict or dict-like object");
        return -1;
    }
    int r = option(ts, spec, "id", &id);
    if (r <= 0) {
        if (r == 0)
            rt_raise(ts, &rt_exc_ValueError, "Filter specifier must have an \"id\" entry");
        return -1;
    }
    f->id = rt_as_u64(ts, id);
    rt_decref(ts, id);
    if (rt_pending(ts))
        return -1;
    switch (f->id) {
    case LZMA_FILTER_LZMA1: case LZMA_FILTER_LZMA2: f->options = parse_lzma(ts, spec); break;
    case LZMA_FILTER_DELTA: f->options = parse_delta(ts, spec); break;
    case LZMA_FILTER_X86: case LZMA_FILTER_POWERPC: case LZMA_FILTER_IA64: case LZMA_FILTER_ARM: case LZMA_FILTER_ARMTHUMB:
    case LZMA_FILTER_SPARC: f->options = parse_bcj(ts, spec); break;
    default:
        rt_raise(ts, &rt_exc_ValueError, "Invalid filter ID: %llu", (unsigned long long)f->id);
        return -1;
    }
    return f->options ? 0 : -1;
}
void lzma_filters_drop(lzma_filter *f)
{
    for (; f->id != LZMA_VLI_UNKNOWN; f++)
        free(f->options);
}
int lzma_filters_parse(struct rt_thread *ts, lzma_filter f[LZMA_FILTERS_MAX + 1], rt_value specs)
{
    if (!rt_is_sequence(specs)) {
        rt_raise(ts, &rt_exc_TypeError, "'%T' object is not a sequence", specs);
        return -1;
    }
    rt_value t = rt_seq_tuple(ts, specs);
    if (rt_is_null(t))
        return -1;
    size_t n = rt_as_tuple(t)->length;
    int err = 0;
    f[0].id = LZMA_VLI_UNKNOWN;
    if (n > LZMA_FILTERS_MAX) {
        rt_raise(ts, &rt_exc_ValueError, "Too many filters - liblzma supports a maximum of %d", LZMA_FILTERS_MAX);
        err = -1;
    }
    for (size_t i = 0; i < n && !err; i++) {
        err = parse_one(ts, &f[i], rt_as_tuple(t)->items[i]);
        f[err ? i : i + 1].id = LZMA_VLI_UNKNOWN;
    }
    if (err && n <= LZMA_FILTERS_MAX)
        lzma_filters_drop(f);
    rt_decref(ts, t);
    return err;
}
rt_value lzma_encode_properties(struct rt_thread *ts, rt_value self, rt_value spec)
{
    lzma_filter f = {.id = LZMA_VLI_UNKNOWN};
    uint32_t size;
    rt_value r = RT_NULL;
    if (parse_one(ts, &f, spec) < 0)
        return RT_NULL;
    if (!lzma_failed(ts, lzma_properties_size(&size, &f))) {
        r = rt_bytes_new(ts, NULL, size);
        if (!rt_is_null(r) && lzma_failed(ts, lzma_properties_encode(&f, (uint8_t *)rt_as_bytes(r)->data)))
            rt_clear(ts, &r);
    }
    free(f.options);
    return r;
}
static void put(struct rt_thread *ts, rt_value d, const char *name, uint64_t x)
{
    rt_value v = rt_is_null(d) ? d : rt_int_from_u64(ts, x);
    if (!rt_is_null(v))
        rt_dict_set_cstr(ts, d, name, v);
    rt_decref(ts, v);
}
rt_value lzma_decode_properties(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_buffer b;
    lzma_filter f = {0};
    if (rt_args_count(ts, "_decode_filter_properties", n, 2, 2) < 0)
        return RT_NULL;
    f.id = rt_as_u64(ts, args[0]);
    if (rt_pending(ts) || rt_buffer_get(ts, args[1], &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    lzma_ret r = lzma_properties_decode(&f, NULL, b.buf, (size_t)b.len);
    rt_buffer_release(ts, &b);
    if (lzma_failed(ts, r))
        return RT_NULL;
    rt_value d = rt_dict_new(ts);
#define PUT(name, x) put(ts, d, name, x)
    PUT("id", f.id);
    if (f.id == LZMA_FILTER_LZMA1 || f.id == LZMA_FILTER_LZMA2) {
        lzma_options_lzma *o = f.options;
        PUT("dict_size", o->dict_size);
        if (f.id == LZMA_FILTER_LZMA1) {
            PUT("lc", o->lc);
            PUT("lp", o->lp);
            PUT("pb", o->pb);
        }
    } else if (f.id == LZMA_FILTER_DELTA) {
        PUT("dist", ((lzma_options_delta *)f.options)->dist);
    } else if (f.options) {
        PUT("start_offset", ((lzma_options_bcj *)f.options)->start_offset);
    }
#undef PUT
    free(f.options);
    return d;
}
