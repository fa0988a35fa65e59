/* SPDX-License-Identifier: MIT */
/* _codecs: the registry and the built-in codecs as functions, each returning (object, length consumed). */
#include "core/types/codecs/codecs.h"

/* ---- arguments -------------------------------------------------------------------------------- */

struct input {
    const char *p;
    size_t n;
    struct rt_buffer buffer;
    bool exported;
};

static int get_input(struct rt_thread *ts, rt_value v, struct input *in, bool str_too)
{
    in->exported = false;
    if (str_too && rt_is_str(v)) {
        in->p = rt_str_utf8(ts, v, &in->n);
        return in->p ? 0 : -1;
    }
    if (rt_buffer_get(ts, v, &in->buffer, RT_BUF_SIMPLE) < 0)
        return -1;
    in->exported = true;
    in->p = in->buffer.buf;
    in->n = (size_t)in->buffer.len;
    return 0;
}

static void put_input(struct rt_thread *ts, struct input *in)
{
    if (in->exported)
        rt_buffer_release(ts, &in->buffer);
}

/* errors argument: NULL for absent and None. */
static int get_errors(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, uint32_t i,
                      const char **errors)
{
    *errors = NULL;
    if (i >= n || rt_is_none(args[i]))
        return 0;
    if (!rt_is_str(args[i])) {
        rt_raise(ts, &rt_exc_TypeError, "%s() argument %u must be str or None, not %.50N", fname, i + 1, args[i]);
        return -1;
    }
    *errors = rt_str_utf8_nonul(ts, args[i]);
    return *errors ? 0 : -1;
}

static int get_flag(struct rt_thread *ts, const rt_value *args, uint32_t n, uint32_t i, bool *flag)
{
    if (i >= n)
        return 0;
    int t = rt_truth(ts, args[i]);
    *flag = t > 0;
    return t < 0 ? -1 : 0;
}

static rt_value pair(struct rt_thread *ts, rt_value v, size_t n)
{
    if (rt_is_null(v))
        return v;
    rt_value both[2] = {v, rt_int_imm((int64_t)n)};
    return rt_tuple_steal(ts, both, 2);
}

static bool want_str(struct rt_thread *ts, const char *fname, rt_value v)
{
    if (rt_is_str(v))
        return true;
    rt_raise(ts, &rt_exc_TypeError, "%s() argument 1 must be str, not %.50N", fname, v);
    return false;
}

/* ---- registry --------------------------------------------------------------------------------- */

static rt_value m_register(struct rt_thread *ts, rt_value self, rt_value f)
{
    return rt_codec_register(ts, f) < 0 ? RT_NULL : RT_NONE;
}

static rt_value m_unregister(struct rt_thread *ts, rt_value self, rt_value f)
{
    return rt_codec_unregister(ts, f) < 0 ? RT_NULL : RT_NONE;
}

static rt_value m_lookup(struct rt_thread *ts, rt_value self, rt_value name)
{
    if (!rt_is_str(name))
        return rt_raise(ts, &rt_exc_TypeError, "lookup() argument must be str, not %.50N", name);
    const char *s = rt_str_utf8_nonul(ts, name);
    return s ? rt_codec_lookup(ts, s) : RT_NULL;
}

static rt_value convert(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw, bool encode)
{
    static const char *const names[] = {"obj", "encoding", "errors", NULL};
    struct rt_argspec spec = {fname, names, 0, 1, 3, 3};
    const char *text[2] = {"utf-8", NULL};
    rt_value a[3];
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    for (int i = 1; i < 3; i++) {
        if (rt_is_null(a[i]))
            continue;
        if (!rt_is_str(a[i]))
            return rt_raise(ts, &rt_exc_TypeError, "%s() argument '%s' must be str, not %.50N", fname, names[i], a[i]);
        if (!(text[i - 1] = rt_str_utf8_nonul(ts, a[i])))
            return RT_NULL;
    }
    return encode ? rt_codec_encode(ts, a[0], text[0], text[1]) : rt_codec_decode(ts, a[0], text[0], text[1]);
}

static rt_value m_encode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return convert(ts, "encode", args, n, kw, true);
}

static rt_value m_decode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return convert(ts, "decode", args, n, kw, false);
}

static rt_value m_register_error(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "register_error", n, 2, 2) < 0)
        return RT_NULL;
    if (!want_str(ts, "register_error", args[0]))
        return RT_NULL;
    const char *name = rt_str_utf8_nonul(ts, args[0]);
    return !name || rt_codec_register_error(ts, name, args[1]) < 0 ? RT_NULL : RT_NONE;
}

static rt_value m_lookup_error(struct rt_thread *ts, rt_value self, rt_value name)
{
    if (!rt_is_str(name))
        return rt_raise(ts, &rt_exc_TypeError, "lookup_error() argument must be str, not %.50N", name);
    const char *s = rt_str_utf8_nonul(ts, name);
    return s ? rt_codec_lookup_error(ts, s) : RT_NULL;
}

/* ---- decoders --------------------------------------------------------------------------------- */

typedef rt_value (*stateful)(struct rt_thread *, const char *, size_t, const char *, size_t *);

/* (data, errors=None, final=deflt) */
static rt_value decode_stateful(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, bool final,
                                bool str_too, stateful f)
{
    const char *errors;
    struct input in;
    size_t consumed;
    if (rt_args_count(ts, fname, n, 1, 3) < 0 || get_errors(ts, fname, args, n, 1, &errors) < 0 ||
        get_flag(ts, args, n, 2, &final) < 0 || get_input(ts, args[0], &in, str_too) < 0)
        return RT_NULL;
    consumed = in.n;
    rt_value r = f(ts, in.p, in.n, errors, final ? NULL : &consumed);
    put_input(ts, &in);
    return pair(ts, r, consumed);
}

#define STATEFUL(name, final, str_too, f) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) \
    { \
        return decode_stateful(ts, #name, args, n, final, str_too, f); \
    }
STATEFUL(utf_8_decode, false, false, rt_codec_utf8_decode)
STATEFUL(utf_7_decode, false, false, rt_codec_utf7_decode)
STATEFUL(unicode_escape_decode, true, true, rt_codec_unicode_escape_decode)
STATEFUL(raw_unicode_escape_decode, true, true, rt_codec_raw_unicode_escape_decode)

typedef rt_value (*wide)(struct rt_thread *, const char *, size_t, const char *, int *, size_t *);

static rt_value decode_wide(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, int order, wide f)
{
    const char *errors;
    struct input in;
    bool final = false;
    size_t consumed;
    if (rt_args_count(ts, fname, n, 1, 3) < 0 || get_errors(ts, fname, args, n, 1, &errors) < 0 ||
        get_flag(ts, args, n, 2, &final) < 0 || get_input(ts, args[0], &in, false) < 0)
        return RT_NULL;
    consumed = in.n;
    rt_value r = f(ts, in.p, in.n, errors, &order, final ? NULL : &consumed);
    put_input(ts, &in);
    return pair(ts, r, consumed);
}

/* (data, errors=None, byteorder=0, final=False) -> (str, consumed, byteorder) */
static rt_value decode_ex(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, wide f)
{
    const char *errors;
    struct input in;
    bool final = false;
    size_t consumed;
    int order = 0;
    if (rt_args_count(ts, fname, n, 1, 4) < 0 || get_errors(ts, fname, args, n, 1, &errors) < 0)
        return RT_NULL;
    if (n > 2) {
        order = rt_as_int(ts, args[2]);
        if (order == -1 && rt_pending(ts))
            return RT_NULL;
    }
    if (get_flag(ts, args, n, 3, &final) < 0 || get_input(ts, args[0], &in, false) < 0)
        return RT_NULL;
    consumed = in.n;
    order = order < 0 ? -1 : order > 0;
    rt_value r = f(ts, in.p, in.n, errors, &order, final ? NULL : &consumed);
    put_input(ts, &in);
    if (rt_is_null(r))
        return r;
    rt_value three[3] = {r, rt_int_imm((int64_t)consumed), rt_int_imm(order)};
    return rt_tuple_steal(ts, three, 3);
}

#define WIDE(name, order, f) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) \
    { \
        return decode_wide(ts, #name, args, n, order, f); \
    }
#define WIDE_EX(name, f) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) \
    { \
        return decode_ex(ts, #name, args, n, f); \
    }
WIDE(utf_16_decode, 0, rt_codec_utf16_decode)
WIDE(utf_16_le_decode, -1, rt_codec_utf16_decode)
WIDE(utf_16_be_decode, 1, rt_codec_utf16_decode)
WIDE(utf_32_decode, 0, rt_codec_utf32_decode)
WIDE(utf_32_le_decode, -1, rt_codec_utf32_decode)
WIDE(utf_32_be_decode, 1, rt_codec_utf32_decode)
WIDE_EX(utf_16_ex_decode, rt_codec_utf16_decode)
WIDE_EX(utf_32_ex_decode, rt_codec_utf32_decode)

static rt_value latin1_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors)
{
    return rt_str_from_latin1(ts, (const uint8_t *)p, n);
}

static rt_value decode_simple(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, bool str_too,
                              rt_value (*f)(struct rt_thread *, const char *, size_t, const char *))
{
    const char *errors;
    struct input in;
    if (rt_args_count(ts, fname, n, 1, 2) < 0 || get_errors(ts, fname, args, n, 1, &errors) < 0 ||
        get_input(ts, args[0], &in, str_too) < 0)
        return RT_NULL;
    rt_value r = f(ts, in.p, in.n, errors);
    size_t len = in.n;
    put_input(ts, &in);
    return pair(ts, r, len);
}

static rt_value bytes_copy(struct rt_thread *ts, const char *p, size_t n, const char *errors)
{
    return rt_bytes_new(ts, p, n);
}

#define SIMPLE(name, str_too, f) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) \
    { \
        return decode_simple(ts, #name, args, n, str_too, f); \
    }
SIMPLE(latin_1_decode, false, latin1_decode)
SIMPLE(ascii_decode, false, rt_codec_ascii_decode)
SIMPLE(escape_decode, true, rt_codec_escape_decode)
SIMPLE(readbuffer_encode, true, bytes_copy)

static rt_value m_charmap_decode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    const char *errors;
    struct input in;
    if (rt_args_count(ts, "charmap_decode", n, 1, 3) < 0 || get_errors(ts, "charmap_decode", args, n, 1, &errors) < 0 ||
        get_input(ts, args[0], &in, false) < 0)
        return RT_NULL;
    rt_value r = rt_codec_charmap_decode(ts, in.p, in.n, n > 2 ? args[2] : RT_NULL, errors);
    size_t len = in.n;
    put_input(ts, &in);
    return pair(ts, r, len);
}

/* ---- encoders --------------------------------------------------------------------------------- */

typedef rt_value (*encoder)(struct rt_thread *, rt_value, const char *);

static rt_value encode_str(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, encoder f)
{
    const char *errors;
    if (rt_args_count(ts, fname, n, 1, 2) < 0 || !want_str(ts, fname, args[0]) ||
        get_errors(ts, fname, args, n, 1, &errors) < 0)
        return RT_NULL;
    return pair(ts, f(ts, args[0], errors), rt_str_len(args[0]));
}

static rt_value utf16_le(struct rt_thread *ts, rt_value s, const char *e) { return rt_codec_utf16_encode(ts, s, e, -1); }
static rt_value utf16_be(struct rt_thread *ts, rt_value s, const char *e) { return rt_codec_utf16_encode(ts, s, e, 1); }
static rt_value utf32_le(struct rt_thread *ts, rt_value s, const char *e) { return rt_codec_utf32_encode(ts, s, e, -1); }
static rt_value utf32_be(struct rt_thread *ts, rt_value s, const char *e) { return rt_codec_utf32_encode(ts, s, e, 1); }
static rt_value latin1(struct rt_thread *ts, rt_value s, const char *e) { return rt_codec_narrow_encode(ts, s, 256, e); }
static rt_value ascii(struct rt_thread *ts, rt_value s, const char *e) { return rt_codec_narrow_encode(ts, s, 128, e); }
static rt_value escape(struct rt_thread *ts, rt_value s, const char *e) { return rt_codec_unicode_escape_encode(ts, s); }
static rt_value raw_escape(struct rt_thread *ts, rt_value s, const char *e) { return rt_codec_raw_unicode_escape_encode(ts, s); }

#define ENCODER(name, f) \
    static rt_value m_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) \
    { \
        return encode_str(ts, #name, args, n, f); \
    }
ENCODER(utf_8_encode, rt_codec_utf8_encode)
ENCODER(utf_7_encode, rt_codec_utf7_encode)
ENCODER(utf_16_le_encode, utf16_le)
ENCODER(utf_16_be_encode, utf16_be)
ENCODER(utf_32_le_encode, utf32_le)
ENCODER(utf_32_be_encode, utf32_be)
ENCODER(latin_1_encode, latin1)
ENCODER(ascii_encode, ascii)
ENCODER(unicode_escape_encode, escape)
ENCODER(raw_unicode_escape_encode, raw_escape)

/* (str, errors=None, byteorder=0) */
static rt_value encode_ordered(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, bool wide32)
{
    const char *errors;
    int order = 0;
    if (rt_args_count(ts, fname, n, 1, 3) < 0 || !want_str(ts, fname, args[0]) ||
        get_errors(ts, fname, args, n, 1, &errors) < 0)
        return RT_NULL;
    if (n > 2) {
        order = rt_as_int(ts, args[2]);
        if (order == -1 && rt_pending(ts))
            return RT_NULL;
    }
    order = order < 0 ? -1 : order > 0;
    rt_value r = wide32 ? rt_codec_utf32_encode(ts, args[0], errors, order)
                        : rt_codec_utf16_encode(ts, args[0], errors, order);
    return pair(ts, r, rt_str_len(args[0]));
}

static rt_value m_utf_16_encode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return encode_ordered(ts, "utf_16_encode", args, n, false);
}

static rt_value m_utf_32_encode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    return encode_ordered(ts, "utf_32_encode", args, n, true);
}

static rt_value m_charmap_encode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    const char *errors;
    if (rt_args_count(ts, "charmap_encode", n, 1, 3) < 0 || !want_str(ts, "charmap_encode", args[0]) ||
        get_errors(ts, "charmap_encode", args, n, 1, &errors) < 0)
        return RT_NULL;
    rt_value r = rt_codec_charmap_encode(ts, args[0], n > 2 ? args[2] : RT_NULL, errors);
    return pair(ts, r, rt_str_len(args[0]));
}

static rt_value m_charmap_build(struct rt_thread *ts, rt_value self, rt_value map)
{
    if (!rt_is_str(map))
        return rt_raise(ts, &rt_exc_TypeError, "charmap_build() argument must be str, not %.50N", map);
    return rt_codec_charmap_build(ts, map);
}

static rt_value m_escape_encode(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    const char *errors;
    static const char digits[] = "0123456789abcdef";
    if (rt_args_count(ts, "escape_encode", n, 1, 2) < 0 || get_errors(ts, "escape_encode", args, n, 1, &errors) < 0)
        return RT_NULL;
    if (!rt_is_bytes(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "escape_encode() argument 1 must be bytes, not %.50N", args[0]);
    struct rt_bytes *b = rt_as_bytes(args[0]);
    if (b->length > (size_t)INT64_MAX / 4)
        return rt_raise(ts, &rt_exc_OverflowError, "string is too large to encode");
    rt_value r = rt_bytes_new(ts, NULL, b->length * 4);
    if (rt_is_null(r) || b->length == 0)
        return pair(ts, r, 0);
    char *d = rt_as_bytes(r)->data;
    for (size_t i = 0; i < b->length; i++) {
        uint8_t c = (uint8_t)b->data[i];
        char esc = c == '\'' || c == '\\' ? (char)c : c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : 0;
        if (esc) {
            *d++ = '\\';
            *d++ = esc;
        } else if (c < ' ' || c >= 0x7f) {
            *d++ = '\\';
            *d++ = 'x';
            *d++ = digits[c >> 4];
            *d++ = digits[c & 15];
        } else {
            *d++ = (char)c;
        }
    }
    r = rt_bytes_shrink(ts, r, (size_t)(d - rt_as_bytes(r)->data));
    return pair(ts, r, b->length);
}

/* ---- the module ------------------------------------------------------------------------------- */

#define FAST(name, sig) {#name, m_##name, RT_METH_FAST, #name "($module, " sig ", /)\n--\n\n"}

static const struct rt_method_def methods[] = {
    {"register", m_register, RT_METH_O, "register($module, search_function, /)\n--\n\nRegister a codec search function."},
    {"unregister", m_unregister, RT_METH_O,
     "unregister($module, search_function, /)\n--\n\nUnregister a codec search function and clear the registry's cache."},
    {"lookup", m_lookup, RT_METH_O,
     "lookup($module, encoding, /)\n--\n\nLooks up a codec tuple in the Python codec registry and returns a CodecInfo object."},
    {"encode", m_encode, RT_METH_KW,
     "encode($module, /, obj, encoding='utf-8', errors='strict')\n--\n\nEncodes obj using the codec registered for encoding."},
    {"decode", m_decode, RT_METH_KW,
     "decode($module, /, obj, encoding='utf-8', errors='strict')\n--\n\nDecodes obj using the codec registered for encoding."},
    {"register_error", m_register_error, RT_METH_FAST,
     "register_error($module, errors, handler, /)\n--\n\nRegister the specified error handler under the name errors."},
    {"lookup_error", m_lookup_error, RT_METH_O,
     "lookup_error($module, name, /)\n--\n\nlookup_error(errors) -> handler"},
    FAST(escape_encode, "data, errors=None"),
    FAST(escape_decode, "data, errors=None"),
    FAST(utf_8_encode, "str, errors=None"),
    FAST(utf_8_decode, "data, errors=None, final=False"),
    FAST(utf_7_encode, "str, errors=None"),
    FAST(utf_7_decode, "data, errors=None, final=False"),
    FAST(utf_16_encode, "str, errors=None, byteorder=0"),
    FAST(utf_16_le_encode, "str, errors=None"),
    FAST(utf_16_be_encode, "str, errors=None"),
    FAST(utf_16_decode, "data, errors=None, final=False"),
    FAST(utf_16_le_decode, "data, errors=None, final=False"),
    FAST(utf_16_be_decode, "data, errors=None, final=False"),
    FAST(utf_16_ex_decode, "data, errors=None, byteorder=0, final=False"),
    FAST(utf_32_encode, "str, errors=None, byteorder=0"),
    FAST(utf_32_le_encode, "str, errors=None"),
    FAST(utf_32_be_encode, "str, errors=None"),
    FAST(utf_32_decode, "data, errors=None, final=False"),
    FAST(utf_32_le_decode, "data, errors=None, final=False"),
    FAST(utf_32_be_decode, "data, errors=None, final=False"),
    FAST(utf_32_ex_decode, "data, errors=None, byteorder=0, final=False"),
    FAST(unicode_escape_encode, "str, errors=None"),
    FAST(unicode_escape_decode, "data, errors=None, final=True"),
    FAST(raw_unicode_escape_encode, "str, errors=None"),
    FAST(raw_unicode_escape_decode, "data, errors=None, final=True"),
    FAST(latin_1_encode, "str, errors=None"),
    FAST(latin_1_decode, "data, errors=None"),
    FAST(ascii_encode, "str, errors=None"),
    FAST(ascii_decode, "data, errors=None"),
    FAST(charmap_encode, "str, errors=None, mapping=None"),
    FAST(charmap_decode, "data, errors=None, mapping=None"),
    {"charmap_build", m_charmap_build, RT_METH_O, "charmap_build($module, map, /)\n--\n\n"},
    FAST(readbuffer_encode, "data, errors=None"),
    {0},
};

static int exec(struct rt_thread *ts, rt_value module) { return rt_type_ready(ts, &rt_encoding_map_type); }

const struct rt_module_def rt_module__codecs = {
    .name = "_codecs",
    .methods = methods,
    .exec = exec,
};
