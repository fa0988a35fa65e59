/* SPDX-License-Identifier: MIT */
/*
 * _struct: packing values into bytes by a format. A format is compiled to rows of (code, offset, size, repeat);
 * native formats ('@') have the machine's sizes and alignment, the others fixed sizes and none.
 */
#include "core/base/half.h"
#include "core/object/native.h"

struct row {
    char code;
    bool native;
    int64_t offset, size, repeat; /* size of one item; of the whole for 's' and 'p' */
};

struct layout {
    struct row *rows, local[24];
    size_t n, capacity;
    int64_t size, values;
    bool big, native;
};

static rt_value error_class(struct rt_thread *ts)
{
    return rt_borrowed(rt_slot_peek(&ts->interp->native_state[RT_NS_STRUCT]));
}

#define ERROR(...) rt_raise(ts, rt_as_type(error_class(ts)), __VA_ARGS__)

/* ---- formats ---------------------------------------------------------------------------------- */

static int64_t item_size(char c, bool native)
{
    switch (c) {
    case 'x': case 'c': case 'b': case 'B': case '?': case 's': case 'p': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': return native ? 8 : 4;
    case 'q': case 'Q': case 'd': return 8;
    case 'n': case 'N': case 'P': return native ? 8 : 0;
    }
    return 0;
}

static void layout_free(struct layout *l)
{
    if (l->rows != l->local)
        rt_raw_free(l->rows);
}

static int add_row(struct rt_thread *ts, struct layout *l, struct row r)
{
    if (l->n == l->capacity) {
        struct row *p = rt_raw_malloc(l->capacity * 2 * sizeof *p);
        if (!p) {
            rt_raise_no_memory(ts);
            return -1;
        }
        memcpy(p, l->rows, l->n * sizeof *p);
        layout_free(l);
        l->rows = p;
        l->capacity *= 2;
    }
    l->rows[l->n++] = r;
    return 0;
}

static int layout_parse(struct rt_thread *ts, const char *f, size_t n, struct layout *l)
{
    const char *end = f + n;
    *l = (struct layout){.rows = l->local, .capacity = RT_COUNTOF(l->local), .native = true};
    if (n && strchr("@=<>!", *f)) {
        l->native = *f == '@';
        l->big = *f == '>' || *f == '!';
        f++;
    }
    while (f < end) {
        char c = *f++;
        int64_t repeat = 1;
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            continue;
        if (c >= '0' && c <= '9') {
            repeat = c - '0';
            while (f < end && (c = *f++) >= '0' && c <= '9') {
                if (repeat > (INT64_MAX - 9) / 10)
                    goto too_long;
                repeat = repeat * 10 + (c - '0');
                c = 0;
            }
            if (c >= '0' && c <= '9')
                c = 0;
            if (!c || (c >= '0' && c <= '9')) {
                ERROR("repeat count given without format specifier");
                goto fail;
            }
        }
        int64_t size = item_size(c, l->native);
        if (!size) {
            ERROR("bad char in struct format");
            goto fail;
        }
        if (l->native && size > 1) {
            if (l->size > INT64_MAX - size)
                goto too_long;
            l->size = (l->size + size - 1) / size * size;
        }
        if (repeat > (INT64_MAX - l->size) / size)
            goto too_long;
        struct row r = {c, l->native, l->size, size, repeat};
        l->size += size * repeat;
        if (c == 'x')
            continue;
        if (c == 's' || c == 'p') {
            r.size = repeat;
            r.repeat = 1;
        }
        l->values += r.repeat;
        if (r.repeat && add_row(ts, l, r) < 0)
            goto fail;
    }
    return 0;
too_long:
    ERROR("total struct size too long");
fail:
    layout_free(l);
    return -1;
}

/* ---- unpacking -------------------------------------------------------------------------------- */

static uint64_t load(const uint8_t *p, int64_t size, bool big)
{
    uint64_t u = 0;
    for (int64_t i = 0; i < size; i++)
        u |= (uint64_t)p[i] << 8 * (big ? size - 1 - i : i);
    return u;
}

static rt_value unpack_item(struct rt_thread *ts, const struct row *r, const uint8_t *p, bool big)
{
    uint64_t u;
    switch (r->code) {
    case 'c': return rt_bytes_new(ts, p, 1);
    case '?': return rt_bool(*p != 0);
    case 's': return rt_bytes_new(ts, p, (size_t)r->size);
    case 'p': {
        int64_t n = r->size ? *p : 0;
        if (n >= r->size)
            n = r->size - 1;
        return rt_bytes_new(ts, p + 1, n > 0 ? (size_t)n : 0);
    }
    }
    u = load(p, r->size, big);
    switch (r->code) {
    case 'b': case 'h': case 'i': case 'l': case 'q': case 'n': {
        unsigned drop = 64 - 8 * (unsigned)r->size;
        return rt_int_from_i64(ts, (int64_t)(u << drop) >> drop);
    }
    case 'e': return rt_float_new(ts, rt_half_get((uint16_t)u));
    case 'f': {
        uint32_t w = (uint32_t)u;
        float f;
        memcpy(&f, &w, 4);
        return rt_float_new(ts, f);
    }
    case 'd': {
        double d;
        memcpy(&d, &u, 8);
        return rt_float_new(ts, d);
    }
    default: return rt_int_from_u64(ts, u);
    }
}

static rt_value unpack(struct rt_thread *ts, const struct layout *l, const void *data)
{
    rt_value t = rt_tuple_new(ts, (size_t)l->values);
    if (rt_is_null(t))
        return t;
    size_t k = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct row *r = &l->rows[i];
        const uint8_t *p = (const uint8_t *)data + r->offset;
        for (int64_t j = 0; j < r->repeat; j++, p += r->size) {
            rt_value v = unpack_item(ts, r, p, l->big);
            if (rt_is_null(v)) {
                rt_decref(ts, t);
                return v;
            }
            rt_as_tuple(t)->items[k++] = v;
        }
    }
    return t;
}

/* ---- packing ---------------------------------------------------------------------------------- */

static void store(uint8_t *p, uint64_t u, int64_t size, bool big)
{
    for (int64_t i = 0; i < size; i++)
        p[i] = (uint8_t)(u >> 8 * (big ? size - 1 - i : i));
}

/* i64: the value fits a C long. Big-endian formats have messages of their own. */
static int range_error(struct rt_thread *ts, const struct row *r, bool is_signed, bool big, bool i64)
{
    char c = r->code;
    if (c == 'P' || (big && r->size == 8))
        ERROR("int too large to convert");
    else if (!i64)
        ERROR("argument out of range");
    else if (c == 'b')
        ERROR("byte format requires -128 <= number <= 127");
    else if (c == 'B')
        ERROR("ubyte format requires 0 <= number <= 255");
    else if (!big && c == 'h')
        ERROR("short format requires -32768 <= number <= 32767");
    else if (!big && c == 'H')
        ERROR("ushort format requires 0 <= number <= 65535");
    else if (!big)
        ERROR("argument out of range");
    else if (is_signed)
        ERROR("'%c' format requires %lld <= number <= %lld", (int)c, -(1ll << (8 * r->size - 1)),
              (1ll << (8 * r->size - 1)) - 1);
    else
        ERROR("'%c' format requires 0 <= number <= %llu", (int)c, (1ull << 8 * r->size) - 1);
    return -1;
}

static int pack_int(struct rt_thread *ts, const struct row *r, uint8_t *p, bool big, rt_value v)
{
    bool is_signed = strchr("bhilqn", r->code) != NULL;
    int64_t i = 0;
    uint64_t u = 0;
    if (!rt_is_any_int(v) && !rt_index_check(v)) {
        ERROR("required argument is not an integer");
        return -1;
    }
    rt_value x = rt_index(ts, v);
    if (rt_is_null(x))
        return -1;
    bool fits = is_signed ? rt_int_try_i64(x, &i) : rt_int_try_u64(x, &u);
    if (!fits && r->code == 'P' && rt_int_try_i64(x, &i)) {
        u = (uint64_t)i;
        fits = true;
    }
    bool i64 = rt_int_try_i64(x, &i);
    rt_decref(ts, x);
    if (is_signed && r->size < 8)
        fits = fits && i >= -(1ll << (8 * r->size - 1)) && i < 1ll << (8 * r->size - 1);
    else if (!is_signed && r->size < 8)
        fits = fits && u < 1ull << (8 * r->size);
    if (!fits)
        return range_error(ts, r, is_signed, big, i64);
    store(p, is_signed ? (uint64_t)i : u, r->size, big);
    return 0;
}

static int pack_float(struct rt_thread *ts, const struct row *r, uint8_t *p, bool big, rt_value v)
{
    double d = rt_as_double(ts, v);
    if (d == -1.0 && rt_pending(ts)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            ERROR("required argument is not a float");
        return -1;
    }
    uint64_t u = 0;
    if (r->code == 'd') {
        memcpy(&u, &d, 8);
    } else if (r->code == 'f') {
        float f = (float)d;
        uint32_t w;
        if (!r->native && isinf(f) && !isinf(d)) {
            rt_raise(ts, &rt_exc_OverflowError, "float too large to pack with f format");
            return -1;
        }
        memcpy(&w, &f, 4);
        u = w;
    } else {
        uint16_t h;
        if (!rt_half_put(d, &h)) {
            rt_raise(ts, &rt_exc_OverflowError, "float too large to pack with e format");
            return -1;
        }
        u = h;
    }
    store(p, u, r->size, big);
    return 0;
}

static int pack_text(struct rt_thread *ts, const struct row *r, uint8_t *p, rt_value v)
{
    const char *q;
    int64_t n;
    struct rt_buffer b = {0};
    if (rt_is_bytes(v)) {
        q = rt_as_bytes(v)->data;
        n = (int64_t)rt_as_bytes(v)->length;
    } else if (rt_has(v, RT_TF_BYTEARRAY)) {
        if (rt_buffer_get(ts, v, &b, RT_BUF_SIMPLE) < 0)
            return -1;
        q = b.buf;
        n = b.len;
    } else {
        ERROR("argument for '%c' must be a bytes object", (int)r->code);
        return -1;
    }
    memset(p, 0, (size_t)r->size);
    if (r->code == 's') {
        memcpy(p, q, (size_t)(n < r->size ? n : r->size));
    } else if (r->size) {
        if (n > r->size - 1)
            n = r->size - 1;
        memcpy(p + 1, q, (size_t)n);
        *p = (uint8_t)(n > 255 ? 255 : n);
    }
    if (!rt_is_bytes(v))
        rt_buffer_release(ts, &b);
    return 0;
}

static int pack_item(struct rt_thread *ts, const struct row *r, uint8_t *p, bool big, rt_value v)
{
    int t;
    switch (r->code) {
    case 'c':
        if (!rt_is_bytes(v) || rt_as_bytes(v)->length != 1) {
            ERROR("char format requires a bytes object of length 1");
            return -1;
        }
        *p = (uint8_t)rt_as_bytes(v)->data[0];
        return 0;
    case '?':
        if ((t = rt_truth(ts, v)) < 0)
            return -1;
        *p = (uint8_t)t;
        return 0;
    case 's': case 'p':
        return pack_text(ts, r, p, v);
    case 'e': case 'f': case 'd':
        return pack_float(ts, r, p, big, v);
    default:
        return pack_int(ts, r, p, big, v);
    }
}

static int pack(struct rt_thread *ts, const struct layout *l, uint8_t *out, const rt_value *v)
{
    memset(out, 0, (size_t)l->size);
    for (size_t i = 0; i < l->n; i++) {
        const struct row *r = &l->rows[i];
        uint8_t *p = out + r->offset;
        for (int64_t j = 0; j < r->repeat; j++, p += r->size) {
            if (pack_item(ts, r, p, l->big, *v++) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- operations on a layout ------------------------------------------------------------------- */

static rt_value op_pack(struct rt_thread *ts, const struct layout *l, const rt_value *args, uint32_t n)
{
    if (n != l->values)
        return ERROR("pack expected %zd items for packing (got %u)", (size_t)l->values, n);
    rt_value r = rt_bytes_new(ts, NULL, (size_t)l->size);
    if (!rt_is_null(r) && l->size && pack(ts, l, (uint8_t *)rt_as_bytes(r)->data, args) < 0)
        rt_clear(ts, &r);
    return r;
}

static rt_value op_pack_into(struct rt_thread *ts, const struct layout *l, const rt_value *args, uint32_t n)
{
    if (n < 2 || n - 2 != l->values) {
        if (n == 0)
            return ERROR("pack_into expected buffer argument");
        if (n == 1)
            return ERROR("pack_into expected offset argument");
        return ERROR("pack_into expected %zd items for packing (got %u)", (size_t)l->values, n - 2);
    }
    struct rt_buffer b;
    if (rt_buffer_get(ts, args[0], &b, RT_BUF_WRITABLE) < 0) {
        if (!rt_has_buffer(args[0]) || rt_exc_is(ts, &rt_exc_BufferError)) {
            rt_exc_clear(ts);
            rt_raise(ts, &rt_exc_TypeError, "pack_into() argument 1 must be read-write bytes-like object, not %.50T", args[0]);
        }
        return RT_NULL;
    }
    rt_value r = RT_NULL;
    int64_t at = rt_as_index(ts, args[1], &rt_exc_IndexError);
    if (at == -1 && rt_pending(ts)) {
        /* raised */
    } else if (at < 0 && at + l->size > 0) {
        ERROR("no space to pack %zd bytes at offset %zd", (size_t)l->size, (ssize_t)at);
    } else if (at < 0 && at + b.len < 0) {
        ERROR("offset %zd out of range for %zd-byte buffer", (ssize_t)at, (size_t)b.len);
    } else {
        int64_t place = at < 0 ? at + b.len : at;
        if (b.len - place < l->size)
            ERROR("pack_into requires a buffer of at least %zu bytes for packing %zd bytes at offset %zd "
                  "(actual buffer size is %zd)", (size_t)(place + l->size), (size_t)l->size, (ssize_t)place, (size_t)b.len);
        else if (pack(ts, l, (uint8_t *)b.buf + place, args + 2) == 0)
            r = RT_NONE;
    }
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value op_unpack(struct rt_thread *ts, const struct layout *l, rt_value data)
{
    struct rt_buffer b;
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    rt_value r = b.len == l->size ? unpack(ts, l, b.buf)
                                  : ERROR("unpack requires a buffer of %zd bytes", (size_t)l->size);
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value op_unpack_from(struct rt_thread *ts, const struct layout *l, rt_value data, int64_t at)
{
    struct rt_buffer b;
    rt_value r = RT_NULL;
    if (rt_buffer_get(ts, data, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    if (at < 0 && at + l->size > 0) {
        ERROR("not enough data to unpack %zd bytes", (size_t)l->size);
    } else if (at < 0 && at + b.len < 0) {
        ERROR("offset %zd out of range for %zd-byte buffer", (ssize_t)at, (size_t)b.len);
    } else {
        int64_t place = at < 0 ? at + b.len : at;
        if (b.len - place < l->size)
            ERROR("unpack_from requires a buffer of at least %zu bytes for unpacking %zd bytes at offset %zd "
                  "(actual buffer size is %zd)", (size_t)(place + l->size), (size_t)l->size, (ssize_t)place, (size_t)b.len);
        else
            r = unpack(ts, l, (char *)b.buf + place);
    }
    rt_buffer_release(ts, &b);
    return r;
}

/* ---- Struct and the iterator ------------------------------------------------------------------ */

struct struct_object {
    struct rt_object hdr;
    rt_value format;       /* owned str, or RT_NULL before __init__ */
    struct layout *layout; /* constant after the first init, but for a repeated __init__ */
};

struct unpack_iter {
    struct rt_object hdr;
    rt_value owner;        /* owned: the Struct */
    struct rt_buffer b;
    _Atomic int64_t index; /* -1: exhausted and released */
};

static struct rt_type struct_type, iter_type;

/* Text of a format argument, str or bytes: NULL raised. */
static const char *format_text(struct rt_thread *ts, rt_value f, size_t *n)
{
    if (rt_is_bytes(f)) {
        *n = rt_as_bytes(f)->length;
        return rt_as_bytes(f)->data;
    }
    if (!rt_is_str(f)) {
        rt_raise(ts, &rt_exc_TypeError, "Struct() argument 1 must be a str or bytes object, not %.200T", f);
        return NULL;
    }
    if (!rt_as_str(f)->ascii) {
        rt_decref(ts, rt_str_encode(ts, f, "ascii", NULL)); /* raises */
        return NULL;
    }
    *n = rt_str_len(f);
    return rt_str_data(rt_as_str(f));
}

static int parse_arg(struct rt_thread *ts, rt_value f, struct layout *l)
{
    size_t n;
    const char *s = format_text(ts, f, &n);
    if (!s)
        return -1;
    if (memchr(s, 0, n)) {
        ERROR("embedded null character");
        return -1;
    }
    return layout_parse(ts, s, n, l);
}

static struct layout *layout_of(struct rt_thread *ts, rt_value self)
{
    struct struct_object *o = (struct struct_object *)rt_ptr(self);
    if (!o->layout)
        rt_raise(ts, &rt_exc_RuntimeError, "Struct object is not initialized");
    return o->layout;
}

static int struct_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"format", NULL};
    static const struct rt_argspec spec = {"Struct", names, 0, 1, 1, 1};
    struct struct_object *o = (struct struct_object *)rt_ptr(self);
    rt_value a[1];
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return -1;
    struct layout *l = rt_raw_malloc(sizeof *l);
    if (!l) {
        rt_raise_no_memory(ts);
        return -1;
    }
    if (parse_arg(ts, a[0], l) < 0) {
        rt_raw_free(l);
        return -1;
    }
    rt_value text = rt_is_str(a[0]) ? rt_newref(ts, a[0])
                    : rt_str_from_latin1(ts, (uint8_t *)rt_as_bytes(a[0])->data, rt_as_bytes(a[0])->length);
    if (rt_is_null(text)) {
        layout_free(l);
        rt_raw_free(l);
        return -1;
    }
    struct layout *old = o->layout;
    rt_value old_format = o->format;
    o->layout = l;
    o->format = text;
    rt_decref(ts, old_format);
    if (old) {
        layout_free(old);
        rt_retire(ts, old, sizeof *old, NULL);
    }
    return 0;
}

static rt_value struct_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, type);
}

static void struct_dealloc(struct rt_thread *ts, struct rt_object *p)
{
    struct struct_object *o = (struct struct_object *)p;
    if (o->layout) {
        layout_free(o->layout);
        rt_raw_free(o->layout);
    }
    rt_decref(ts, o->format);
}

static rt_value s_pack(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct layout *l = layout_of(ts, self);
    return l ? op_pack(ts, l, args, n) : RT_NULL;
}

static rt_value s_pack_into(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct layout *l = layout_of(ts, self);
    return l ? op_pack_into(ts, l, args, n) : RT_NULL;
}

static rt_value s_unpack(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct layout *l = layout_of(ts, self);
    return l ? op_unpack(ts, l, data) : RT_NULL;
}

static int offset_arg(struct rt_thread *ts, rt_value v, int64_t *at)
{
    *at = rt_is_null(v) ? 0 : rt_as_index(ts, v, &rt_exc_OverflowError);
    return *at == -1 && rt_pending(ts) ? -1 : 0;
}

static rt_value s_unpack_from(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"buffer", "offset", NULL};
    static const struct rt_argspec spec = {"unpack_from", names, 0, 1, 2, 2};
    struct layout *l = layout_of(ts, self);
    rt_value a[2];
    int64_t at;
    if (!l || rt_args(ts, &spec, args, n, kw, a) < 0 || offset_arg(ts, a[1], &at) < 0)
        return RT_NULL;
    return op_unpack_from(ts, l, a[0], at);
}

static rt_value s_iter_unpack(struct rt_thread *ts, rt_value self, rt_value data)
{
    struct layout *l = layout_of(ts, self);
    if (!l)
        return RT_NULL;
    if (l->size == 0)
        return ERROR("cannot iteratively unpack with a struct of length 0");
    struct unpack_iter *it = rt_object_new(ts, &iter_type, sizeof *it);
    if (!it)
        return RT_NULL;
    it->owner = rt_newref(ts, self);
    it->b.obj = RT_NULL;
    rt_store_relaxed(&it->index, 0);
    rt_value v = rt_own(it);
    if (rt_buffer_get(ts, data, &it->b, RT_BUF_SIMPLE) < 0) {
        it->b.obj = RT_NULL;
        rt_decref(ts, v);
        return RT_NULL;
    }
    if (it->b.len % l->size) {
        rt_decref(ts, v);
        return ERROR("iterative unpacking requires a buffer of a multiple of %zd bytes", (size_t)l->size);
    }
    return v;
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    struct unpack_iter *it = (struct unpack_iter *)rt_ptr(self);
    struct layout *l = ((struct struct_object *)rt_ptr(it->owner))->layout;
    int64_t i = rt_load_relaxed(&it->index);
    if (i < 0 || i >= it->b.len) {
        rt_store_relaxed(&it->index, -1);
        return RT_STOP;
    }
    rt_store_relaxed(&it->index, i + l->size);
    return unpack(ts, l, (char *)it->b.buf + i);
}

static rt_value iter_hint(struct rt_thread *ts, rt_value self)
{
    struct unpack_iter *it = (struct unpack_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    return rt_int_imm(i < 0 ? 0 : (it->b.len - i) / ((struct struct_object *)rt_ptr(it->owner))->layout->size);
}

static rt_value iter_self(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }

static void iter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct unpack_iter *it = (struct unpack_iter *)o;
    rt_buffer_release(ts, &it->b);
    rt_decref(ts, it->owner);
}

static const struct rt_method_def iter_methods[] = {
    {"__length_hint__", iter_hint, RT_METH_NOARGS, NULL},
    {0},
};

static struct rt_type iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_struct.unpack_iterator",
    .flags = RT_TF_IMMUTABLE | RT_TF_NO_NEW,
    .basic_size = sizeof(struct unpack_iter),
    .base = &rt_object_type,
    .dealloc = iter_dealloc,
    .iter = iter_self,
    .iternext = iter_next,
    .methods = iter_methods,
};

static rt_value get_format(struct rt_thread *ts, rt_value self, void *closure)
{
    return layout_of(ts, self) ? rt_newref(ts, ((struct struct_object *)rt_ptr(self))->format) : RT_NULL;
}

static rt_value get_size(struct rt_thread *ts, rt_value self, void *closure)
{
    struct layout *l = layout_of(ts, self);
    return l ? rt_int_imm(l->size) : RT_NULL;
}

static rt_value s_sizeof(struct rt_thread *ts, rt_value self)
{
    struct layout *l = layout_of(ts, self);
    return l ? rt_int_imm((int64_t)(sizeof(struct struct_object) + (l->n + 1) * sizeof(struct row))) : RT_NULL;
}

static rt_value s_repr(struct rt_thread *ts, rt_value self)
{
    if (!layout_of(ts, self))
        return RT_NULL;
    return rt_str_format(ts, "%s(%R)", rt_type_shortname(rt_type_of(self)), ((struct struct_object *)rt_ptr(self))->format);
}

static const struct rt_getset_def struct_getset[] = {
    {"format", get_format, NULL, "struct format string", NULL},
    {"size", get_size, NULL, "struct size in bytes", NULL},
    {0},
};

static const struct rt_method_def struct_methods[] = {
    {"iter_unpack", s_iter_unpack, RT_METH_O, "iter_unpack($self, buffer, /)\n--\n\nReturn an iterator yielding tuples."},
    {"pack", s_pack, RT_METH_FAST, "S.pack(v1, v2, ...) -> bytes\n\nReturn a bytes object containing values v1, v2, ... packed."},
    {"pack_into", s_pack_into, RT_METH_FAST, "S.pack_into(buffer, offset, v1, v2, ...)\n\nPack the values into the writable buffer, starting at offset."},
    {"unpack", s_unpack, RT_METH_O, "unpack($self, buffer, /)\n--\n\nReturn a tuple containing unpacked values."},
    {"unpack_from", s_unpack_from, RT_METH_KW, "unpack_from($self, /, buffer, offset=0)\n--\n\nReturn a tuple containing unpacked values."},
    {"__sizeof__", s_sizeof, RT_METH_NOARGS, "S.__sizeof__() -> size of S in memory, in bytes"},
    {0},
};

static struct rt_type struct_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_struct.Struct",
    .doc = "Struct(fmt) --> compiled struct object\n",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE | RT_TF_WEAKREF,
    .basic_size = sizeof(struct struct_object),
    .base = &rt_object_type,
    .dealloc = struct_dealloc,
    .new = struct_new,
    .init = struct_init,
    .repr = s_repr,
    .methods = struct_methods,
    .getset = struct_getset,
};

/* ---- module functions ------------------------------------------------------------------------- */

/* The layout of args[0], which may be a Struct. Free when *owned. */
static const struct layout *arg_layout(struct rt_thread *ts, rt_value f, struct layout *tmp, bool *owned)
{
    *owned = false;
    if (rt_is_ptr(f) && rt_type_is_subtype(rt_type_of(f), &struct_type))
        return layout_of(ts, f);
    if (parse_arg(ts, f, tmp) < 0)
        return NULL;
    *owned = true;
    return tmp;
}

#define WITH_LAYOUT(format, call) \
    do { \
        struct layout tmp; \
        bool owned; \
        const struct layout *l = arg_layout(ts, format, &tmp, &owned); \
        if (!l) \
            return RT_NULL; \
        rt_value r_ = (call); \
        if (owned) \
            layout_free(&tmp); \
        return r_; \
    } while (0)

static rt_value m_calcsize(struct rt_thread *ts, rt_value self, rt_value f) { WITH_LAYOUT(f, rt_int_from_i64(ts, l->size)); }

static rt_value m_pack(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (n == 0)
        return rt_raise(ts, &rt_exc_TypeError, "missing format argument");
    WITH_LAYOUT(args[0], op_pack(ts, l, args + 1, n - 1));
}

static rt_value m_pack_into(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (n == 0)
        return rt_raise(ts, &rt_exc_TypeError, "missing format argument");
    WITH_LAYOUT(args[0], op_pack_into(ts, l, args + 1, n - 1));
}

static rt_value m_unpack(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "unpack", n, 2, 2) < 0)
        return RT_NULL;
    WITH_LAYOUT(args[0], op_unpack(ts, l, args[1]));
}

static rt_value m_unpack_from(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "buffer", "offset", NULL};
    static const struct rt_argspec spec = {"unpack_from", names, 1, 2, 3, 3};
    rt_value a[3];
    int64_t at;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || offset_arg(ts, a[2], &at) < 0)
        return RT_NULL;
    WITH_LAYOUT(a[0], op_unpack_from(ts, l, a[1], at));
}

static rt_value m_iter_unpack(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "iter_unpack", n, 2, 2) < 0)
        return RT_NULL;
    rt_value s = rt_call1(ts, rt_type_value(&struct_type), args[0]);
    if (rt_is_null(s))
        return s;
    rt_value r = s_iter_unpack(ts, s, args[1]);
    rt_decref(ts, s);
    return r;
}

static rt_value m_clearcache(struct rt_thread *ts, rt_value self) { return RT_NONE; }

static const struct rt_method_def methods[] = {
    {"_clearcache", m_clearcache, RT_METH_NOARGS, "_clearcache($module, /)\n--\n\nClear the internal cache."},
    {"calcsize", m_calcsize, RT_METH_O, "calcsize($module, format, /)\n--\n\nReturn size in bytes of the struct described by the format string."},
    {"iter_unpack", m_iter_unpack, RT_METH_FAST, "iter_unpack($module, format, buffer, /)\n--\n\nReturn an iterator yielding tuples unpacked from the given bytes."},
    {"pack", m_pack, RT_METH_FAST, "pack(format, v1, v2, ...) -> bytes\n\nReturn a bytes object containing the values v1, v2, ... packed by the format."},
    {"pack_into", m_pack_into, RT_METH_FAST, "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values into the writable buffer, starting at offset."},
    {"unpack", m_unpack, RT_METH_FAST, "unpack($module, format, buffer, /)\n--\n\nReturn a tuple containing values unpacked according to the format string."},
    {"unpack_from", m_unpack_from, RT_METH_KW, "unpack_from($module, format, /, buffer, offset=0)\n--\n\nReturn a tuple containing values unpacked according to the format string."},
    {0},
};

static int exec(struct rt_thread *ts, rt_value m)
{
    rt_value e = rt_module_add_exception(ts, m, "error", rt_type_value(&rt_exc_Exception));
    if (rt_is_null(e) || rt_type_ready(ts, &iter_type) < 0)
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_STRUCT], e);
    return rt_setattr_cstr(ts, e, "__module__", rt_str_intern_cstr(ts, "struct"));
}

static struct rt_type *const types[] = {&struct_type, NULL};

const struct rt_module_def rt_module__struct = {
    .name = "_struct",
    .doc = "Functions to convert between Python values and C structs.\n"
           "Python bytes objects are used to hold the data representing the C struct\n"
           "and also as format strings (explained below) to describe the layout of data\n"
           "in the C struct.",
    .methods = methods,
    .types = types,
    .exec = exec,
};
