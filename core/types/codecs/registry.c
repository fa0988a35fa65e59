/* SPDX-License-Identifier: MIT */
/*
 * The codec registry of an interpreter: search functions, the cache of found codecs, error handlers; and
 * str.encode / bytes.decode on top of it. UTF-8, ASCII and Latin-1 with any of their usual names never
 * come to the registry.
 */
#include "core/types/codecs/codecs_internal.h"

#include "core/seam/config.h"
#include "core/thread/runtime.h"

extern const struct rt_method_def rt_codec_error_functions[];

/* ---- set-up ----------------------------------------------------------------------------------- */

static int add_handlers(struct rt_thread *ts, rt_value errors)
{
    static const char *const names[] = {"strict", "ignore", "replace", "xmlcharrefreplace", "backslashreplace",
                                        "namereplace", "surrogatepass", "surrogateescape"};
    for (size_t i = 0; i < RT_COUNTOF(names); i++) {
        rt_value f = rt_builtin_new(ts, &rt_codec_error_functions[i], RT_NULL, RT_NULL);
        if (rt_is_null(f))
            return -1;
        f = rt_defer(ts, f);
        int rc = rt_dict_set_cstr(ts, errors, names[i], f);
        rt_decref(ts, f);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* Make the three containers; two threads may both do it before one publishes: then the loser's are dropped. */
static int ensure_errors(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    if (rt_slot_peek(&in->codec_error_registry).bits)
        return 0;
    rt_value errors = rt_dict_new(ts);
    if (rt_is_null(errors) || add_handlers(ts, errors) < 0) {
        rt_decref(ts, errors);
        return -1;
    }
    errors = rt_defer(ts, errors);
    uint64_t none = 0;
    if (!rt_cas_acq_rel(&in->codec_error_registry.bits, &none, errors.bits))
        rt_decref(ts, errors);
    return 0;
}

static int put_once(struct rt_thread *ts, rt_slot *slot, rt_value made)
{
    if (rt_is_null(made))
        return -1;
    made = rt_defer(ts, made);
    uint64_t none = 0;
    if (!rt_cas_acq_rel(&slot->bits, &none, made.bits))
        rt_decref(ts, made);
    return 0;
}

static int ensure_registry(struct rt_thread *ts)
{
    struct rt_interp *in = ts->interp;
    if (rt_slot_peek(&in->codec_search_path).bits)
        return 0;
    if (put_once(ts, &in->codec_search_cache, rt_dict_new(ts)) < 0 || ensure_errors(ts) < 0 ||
        put_once(ts, &in->codec_search_path, rt_list_new(ts, 2)) < 0)
        return -1;
    rt_value m = rt_import(ts, "encodings"); /* registers its search function */
    if (rt_is_null(m))
        return -1;
    rt_decref(ts, m);
    return 0;
}

static rt_value registry(struct rt_thread *ts, rt_slot *slot) { return rt_slot_get(ts, ts->interp, slot); }

/* ---- look-up ---------------------------------------------------------------------------------- */

/* Lower case; every run of characters that are not alphanumeric or '.' becomes one '_'. */
static rt_value normalize(struct rt_thread *ts, const char *encoding)
{
    size_t n = strlen(encoding), k = 0;
    char local[128] = "", *out = n < sizeof local ? local : rt_raw_malloc(n + 1);
    bool punct = false;
    if (!out)
        return rt_raise_no_memory(ts);
    for (size_t i = 0; i < n; i++) {
        char c = encoding[i];
        bool word = c == '.' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (!word) {
            punct = true;
            continue;
        }
        if (punct && k)
            out[k++] = '_';
        punct = false;
        out[k++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    rt_value r = rt_str_intern_utf8(ts, out, k);
    if (out != local)
        rt_raw_free(out);
    return r;
}

static rt_value search(struct rt_thread *ts, rt_value name, const char *encoding)
{
    rt_value path = registry(ts, &ts->interp->codec_search_path);
    rt_value functions = rt_list_to_tuple(ts, path), r = RT_NULL;
    rt_decref(ts, path);
    if (rt_is_null(functions))
        return functions;
    struct rt_tuple *t = rt_as_tuple(functions);
    if (t->length == 0)
        rt_raise(ts, &rt_exc_LookupError, "no codec search functions registered: can't find encoding");
    for (size_t i = 0; i < t->length; i++) {
        r = rt_call1(ts, t->items[i], name);
        if (rt_is_null(r))
            break;
        if (rt_is_none(r)) {
            r = RT_NULL;
            continue;
        }
        if (!rt_is_tuple(r) || rt_as_tuple(r)->length != 4) {
            rt_decref(ts, r);
            r = rt_raise(ts, &rt_exc_TypeError, "codec search functions must return 4-tuples");
        }
        break;
    }
    rt_decref(ts, functions);
    if (rt_is_null(r) && !rt_pending(ts))
        rt_raise(ts, &rt_exc_LookupError, "unknown encoding: %s", encoding);
    return r;
}

rt_value rt_codec_lookup(struct rt_thread *ts, const char *encoding)
{
    if (ensure_registry(ts) < 0)
        return RT_NULL;
    rt_value name = normalize(ts, encoding);
    if (rt_is_null(name))
        return name;
    rt_value cache = registry(ts, &ts->interp->codec_search_cache);
    rt_value r = rt_dict_get(ts, cache, name);
    if (rt_is_null(r) && !rt_pending(ts)) {
        r = search(ts, name, encoding);
        if (!rt_is_null(r) && rt_dict_set(ts, cache, name, r) < 0)
            rt_clear(ts, &r);
    }
    rt_decref(ts, cache);
    return r;
}

int rt_codec_register(struct rt_thread *ts, rt_value f)
{
    if (ensure_registry(ts) < 0)
        return -1;
    if (!rt_is_callable(f)) {
        rt_raise(ts, &rt_exc_TypeError, "argument must be callable");
        return -1;
    }
    rt_value path = registry(ts, &ts->interp->codec_search_path);
    int rc = rt_list_append(ts, path, f);
    rt_decref(ts, path);
    return rc;
}

int rt_codec_unregister(struct rt_thread *ts, rt_value f)
{
    if (!rt_slot_peek(&ts->interp->codec_search_path).bits)
        return 0;
    rt_value path = registry(ts, &ts->interp->codec_search_path);
    int rc = 0;
    for (size_t i = 0; i < rt_list_len(path); i++) {
        rt_value o = rt_list_get(ts, path, i);
        bool same = !rt_is_null(o) && rt_is(o, f);
        rt_decref(ts, o);
        if (same) {
            rt_value cache = registry(ts, &ts->interp->codec_search_cache);
            rt_dict_clear(ts, cache);
            rt_decref(ts, cache);
            o = rt_list_pop(ts, path, (int64_t)i);
            rc = rt_is_null(o) ? -1 : 0;
            rt_decref(ts, o);
            break;
        }
    }
    rt_decref(ts, path);
    return rc;
}

int rt_codec_register_error(struct rt_thread *ts, const char *name, rt_value handler)
{
    if (ensure_errors(ts) < 0)
        return -1;
    if (!rt_is_callable(handler)) {
        rt_raise(ts, &rt_exc_TypeError, "handler must be callable");
        return -1;
    }
    rt_value d = registry(ts, &ts->interp->codec_error_registry);
    int rc = rt_dict_set_cstr(ts, d, name, handler);
    rt_decref(ts, d);
    return rc;
}

rt_value rt_codec_lookup_error(struct rt_thread *ts, const char *name)
{
    if (ensure_errors(ts) < 0)
        return RT_NULL;
    if (!name)
        name = "strict";
    rt_value d = registry(ts, &ts->interp->codec_error_registry), key = rt_str_from_cstr(ts, name), r = RT_NULL;
    if (!rt_is_null(key))
        r = rt_dict_get(ts, d, key);
    rt_decref(ts, key);
    rt_decref(ts, d);
    if (rt_is_null(r) && !rt_pending(ts))
        rt_raise(ts, &rt_exc_LookupError, "unknown error handler name '%.400s'", name);
    return r;
}

/* ---- encode and decode through a codec -------------------------------------------------------- */

/* Add "encoding with 'x' codec failed" to a plain exception, as a cause; anything odd is left alone. */
static void wrap_failure(struct rt_thread *ts, const char *what, const char *encoding)
{
    rt_value exc = ts->exc;
    if (rt_is_null(exc))
        return;
    struct rt_type *t = rt_type_of(exc), *native = t;
    while (rt_type_has(native, RT_TF_HEAP))
        native = native->base;
    if (native->basic_size != rt_exc_BaseException.basic_size || t->init != rt_exc_BaseException.init ||
        t->new != rt_exc_BaseException.new)
        return;
    rt_value pending = rt_exc_take(ts), dict = rt_getattr_opt_cstr(ts, pending, "__dict__");
    bool attributes = rt_is_null(dict) || (rt_is_dict(dict) && rt_dict_len(dict) > 0);
    rt_decref(ts, dict);
    rt_exc_put(ts, pending);
    if (attributes)
        return;
    rt_value args = rt_slot_get(ts, rt_ptr(exc), &rt_as_exc(exc)->args);
    struct rt_tuple *a = rt_as_tuple(args);
    bool simple = a->length == 0 || (a->length == 1 && rt_is_str(a->items[0]));
    rt_decref(ts, args);
    if (!simple)
        return;
    rt_value old = rt_exc_take(ts);
    rt_raise(ts, t, "%s with '%s' codec failed (%V: %S)", what, encoding, t, old);
    rt_value new = rt_exc_take(ts);
    rt_exc_set_cause(ts, new, rt_newref(ts, old));
    rt_exc_set_context(ts, new, old);
    rt_exc_put(ts, new);
}

static rt_value call_codec(struct rt_thread *ts, rt_value codec, int which, rt_value o, const char *encoding,
                           const char *errors)
{
    rt_value f = rt_as_tuple(codec)->items[which], args[2] = {o, RT_NULL};
    uint32_t n = 1;
    if (errors) {
        args[1] = rt_str_from_cstr(ts, errors);
        if (rt_is_null(args[1]))
            return RT_NULL;
        n = 2;
    }
    rt_value r = rt_call(ts, f, args, n, RT_NULL);
    rt_decref(ts, args[1]);
    if (rt_is_null(r)) {
        wrap_failure(ts, which ? "decoding" : "encoding", encoding);
        return r;
    }
    if (!rt_is_tuple(r) || rt_as_tuple(r)->length != 2) {
        rt_decref(ts, r);
        return rt_raise(ts, &rt_exc_TypeError, which ? "decoder must return a tuple (object,integer)"
                                                     : "encoder must return a tuple (object, integer)");
    }
    rt_value v = rt_newref(ts, rt_as_tuple(r)->items[0]);
    rt_decref(ts, r);
    return v;
}

static rt_value find_and_call(struct rt_thread *ts, int which, rt_value o, const char *encoding, const char *errors)
{
    rt_value codec = rt_codec_lookup(ts, encoding);
    if (rt_is_null(codec))
        return codec;
    rt_value r = call_codec(ts, codec, which, o, encoding, errors);
    rt_decref(ts, codec);
    return r;
}

rt_value rt_codec_encode(struct rt_thread *ts, rt_value o, const char *encoding, const char *errors)
{
    return find_and_call(ts, 0, o, encoding, errors);
}

rt_value rt_codec_decode(struct rt_thread *ts, rt_value o, const char *encoding, const char *errors)
{
    return find_and_call(ts, 1, o, encoding, errors);
}

/* A codec for str.encode and bytes.decode, which refuse those that are marked as no text encodings. */
static rt_value text_codec(struct rt_thread *ts, const char *encoding, const char *alternative)
{
    rt_value codec = rt_codec_lookup(ts, encoding);
    if (rt_is_null(codec) || rt_is_exact(codec, &rt_tuple_type))
        return codec;
    rt_value flag = rt_getattr_opt_cstr(ts, codec, "_is_text_encoding");
    if (rt_is_null(flag)) {
        if (rt_pending(ts))
            rt_clear(ts, &codec);
        return codec;
    }
    int is_text = rt_truth(ts, flag);
    rt_decref(ts, flag);
    if (is_text > 0)
        return codec;
    rt_decref(ts, codec);
    if (is_text == 0)
        rt_raise(ts, &rt_exc_LookupError, "'%.400s' is not a text encoding; use %s to handle arbitrary codecs", encoding,
                 alternative);
    return RT_NULL;
}

enum direct { D_NONE, D_UTF8, D_LATIN1, D_ASCII, D_UTF16, D_UTF32 };

/* Codecs reached without the registry, by their usual spellings. */
static enum direct direct_codec(const char *encoding)
{
    char name[16];
    size_t n = 0;
    if (strcmp(encoding, "utf-8") == 0) /* how most write them */
        return D_UTF8;
    if (strcmp(encoding, "ascii") == 0)
        return D_ASCII;
    if (strcmp(encoding, "latin-1") == 0 || strcmp(encoding, "latin1") == 0)
        return D_LATIN1;
    for (const char *p = encoding; *p; p++) {
        if (n == sizeof name - 1)
            return D_NONE;
        name[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p == '-' ? '_' : *p;
    }
    name[n] = 0;
    if (strcmp(name, "utf_8") == 0 || strcmp(name, "utf8") == 0)
        return D_UTF8;
    if (strcmp(name, "latin_1") == 0 || strcmp(name, "latin1") == 0 || strcmp(name, "iso_8859_1") == 0 ||
        strcmp(name, "iso8859_1") == 0)
        return D_LATIN1;
    if (strcmp(name, "ascii") == 0 || strcmp(name, "us_ascii") == 0)
        return D_ASCII;
    if (strcmp(name, "utf_16") == 0 || strcmp(name, "utf16") == 0)
        return D_UTF16;
    if (strcmp(name, "utf_32") == 0 || strcmp(name, "utf32") == 0)
        return D_UTF32;
    return D_NONE;
}

/* -X dev: names are checked even where they are not needed, as soon as the streams show that start-up is over. */
static RT_COLD RT_NOINLINE int check_names(struct rt_thread *ts, const char *encoding, const char *errors)
{
    rt_value out = rt_sys_get(ts, "stdout"), found = RT_TRUE;
    rt_exc_clear(ts);
    if (out.bits && encoding)
        found = rt_codec_lookup(ts, encoding);
    if (out.bits && found.bits && errors) {
        rt_decref(ts, found);
        found = rt_codec_lookup_error(ts, errors);
    }
    rt_decref(ts, out);
    rt_decref(ts, found);
    return found.bits ? 0 : -1;
}

rt_value rt_str_encode(struct rt_thread *ts, rt_value s, const char *encoding, const char *errors)
{
    if (rt_unlikely(rt_runtime.config->dev_mode) && check_names(ts, encoding, errors) < 0)
        return RT_NULL;
    switch (encoding ? direct_codec(encoding) : D_UTF8) {
    case D_UTF8: return rt_codec_utf8_encode(ts, s, errors);
    case D_LATIN1: return rt_codec_narrow_encode(ts, s, 256, errors);
    case D_ASCII: return rt_codec_narrow_encode(ts, s, 128, errors);
    case D_UTF16: return rt_codec_utf16_encode(ts, s, errors, 0);
    case D_UTF32: return rt_codec_utf32_encode(ts, s, errors, 0);
    case D_NONE: break;
    }
    rt_value codec = text_codec(ts, encoding, "codecs.encode()");
    if (rt_is_null(codec))
        return codec;
    rt_value r = call_codec(ts, codec, 0, s, encoding, errors);
    rt_decref(ts, codec);
    if (rt_is_null(r) || rt_is_bytes(r))
        return r;
    if (rt_has(r, RT_TF_BYTEARRAY)) {
        rt_value b = RT_NULL;
        if (rt_warn(ts, &rt_exc_RuntimeWarning, 1, "encoder %s returned bytearray instead of bytes; "
                    "use codecs.encode() to encode to arbitrary types", encoding) == 0)
            b = rt_bytes_from_any(ts, r);
        rt_decref(ts, r);
        return b;
    }
    rt_raise(ts, &rt_exc_TypeError, "'%.400s' encoder returned '%.400T' instead of 'bytes'; "
             "use codecs.encode() to encode to arbitrary types", encoding, r);
    rt_decref(ts, r);
    return RT_NULL;
}

rt_value rt_str_decode(struct rt_thread *ts, const char *p, size_t n, const char *encoding, const char *errors)
{
    int order = 0;
    if (rt_unlikely(rt_runtime.config->dev_mode) && check_names(ts, encoding, errors) < 0)
        return RT_NULL;
    switch (encoding ? direct_codec(encoding) : D_UTF8) {
    case D_UTF8: return rt_codec_utf8_decode(ts, p, n, errors, NULL);
    case D_LATIN1: return rt_str_from_latin1(ts, (const uint8_t *)p, n);
    case D_ASCII: return rt_codec_ascii_decode(ts, p, n, errors);
    case D_UTF16: return rt_codec_utf16_decode(ts, p, n, errors, &order, NULL);
    case D_UTF32: return rt_codec_utf32_decode(ts, p, n, errors, &order, NULL);
    case D_NONE: break;
    }
    rt_value codec = text_codec(ts, encoding, "codecs.decode()");
    if (rt_is_null(codec))
        return codec;
    rt_value bytes = rt_bytes_new(ts, p, n), view = RT_NULL, r = RT_NULL;
    if (!rt_is_null(bytes))
        view = rt_call1(ts, rt_type_value(&rt_memoryview_type), bytes);
    if (!rt_is_null(view))
        r = call_codec(ts, codec, 1, view, encoding, errors);
    rt_decref(ts, view);
    rt_decref(ts, bytes);
    rt_decref(ts, codec);
    if (!rt_is_null(r) && !rt_is_str(r)) {
        rt_raise(ts, &rt_exc_TypeError, "'%.400s' decoder returned '%.400T' instead of 'str'; "
                 "use codecs.decode() to decode to arbitrary types", encoding, r);
        rt_decref(ts, r);
        return RT_NULL;
    }
    return r;
}

/* ---- file names ------------------------------------------------------------------------------- */

rt_value rt_str_fsdecode(struct rt_thread *ts, const char *s, size_t n)
{
    return rt_str_from_utf8(ts, s, n, "surrogateescape");
}

rt_value rt_str_fspath(struct rt_thread *ts, rt_value path)
{
    if (rt_is_str(path) || rt_is_bytes(path))
        return rt_newref(ts, path);
    rt_value self, f = rt_lookup_special(ts, path, "__fspath__", &self);
    if (rt_is_null(f)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "expected str, bytes or os.PathLike object, not %.200T", path);
        return RT_NULL;
    }
    rt_value o = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
    rt_decref(ts, f);
    if (o.bits && !rt_is_str(o) && !rt_is_bytes(o)) {
        rt_raise(ts, &rt_exc_TypeError, "expected %.200T.__fspath__() to return str or bytes, not %.200T", path, o);
        rt_clear(ts, &o);
    }
    return o;
}

rt_value rt_str_fsencode(struct rt_thread *ts, rt_value path)
{
    rt_value o = rt_str_fspath(ts, path);
    if (rt_is_null(o) || rt_is_bytes(o))
        return o;
    rt_value r = rt_codec_utf8_encode(ts, o, "surrogateescape");
    rt_decref(ts, o);
    return r;
}
