/* SPDX-License-Identifier: MIT */
/* The type str: slots, construction, indexing, repr, iterators. */
#include "core/seam/config.h"
#include "core/thread/runtime.h"
#include "core/types/str/str_internal.h"

/* ---- construction ----------------------------------------------------------------------------- */

static rt_value decode_object(struct rt_thread *ts, rt_value o, rt_value encoding, rt_value errors)
{
    const char *enc = NULL, *err = NULL;
    if (!rt_is_null(encoding) && !(enc = rt_str_utf8_nonul(ts, encoding)))
        return RT_NULL;
    if (!rt_is_null(errors) && !(err = rt_str_utf8_nonul(ts, errors)))
        return RT_NULL;
    if (rt_is_str(o))
        return rt_raise(ts, &rt_exc_TypeError, "decoding str is not supported");
    if (!rt_has_buffer(o))
        return rt_raise(ts, &rt_exc_TypeError, "decoding to str: need a bytes-like object, %.80T found", o);
    struct rt_buffer b;
    if (rt_buffer_get(ts, o, &b, RT_BUF_SIMPLE) < 0)
        return RT_NULL;
    /* nothing to decode: not even the codec is asked for, but in development mode */
    rt_value r = b.len || rt_runtime.config->dev_mode ? rt_str_decode(ts, b.buf, (size_t)b.len, enc ? enc : "utf-8", err) : rt_str_empty();
    rt_buffer_release(ts, &b);
    return r;
}

static rt_value str_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"object", "encoding", "errors", NULL};
    static const struct rt_argspec spec = {"str", names, 0, 0, 3, 3};
    rt_value a[3], r;
    if (rt_likely(n == 1 && rt_is_null(kw) && type == &rt_str_type))
        return rt_str(ts, args[0]);
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    for (int i = 1; i < 3; i++) {
        if (!rt_is_null(a[i]) && !rt_is_str(a[i]))
            return rt_raise(ts, &rt_exc_TypeError, "str() argument '%s' must be str, not %N", names[i], a[i]);
    }
    if (rt_is_null(a[0]))
        r = rt_str_empty();
    else if (rt_is_null(a[1]) && rt_is_null(a[2]))
        r = rt_str(ts, a[0]);
    else
        r = decode_object(ts, a[0], a[1], a[2]);
    if (rt_is_null(r) || type == &rt_str_type)
        return r;
    rt_value s = rt_str_as_type(ts, type, r);
    rt_decref(ts, r);
    return s;
}

/* ---- repr ------------------------------------------------------------------------------------- */

static size_t hex_digits(uint32_t c) { return c < 0x100 ? 2 : c < 0x10000 ? 4 : 8; }

/* Length and widest character of the repr's inside; `quote` is chosen on the way. */
static size_t repr_measure(const struct text *t, uint32_t *quote, uint32_t *max)
{
    size_t out = 0, singles = 0, doubles = 0;
    *max = 0x7f;
    for (size_t i = 0; i < t->n; i++) {
        uint32_t c = rt_text_at(t, i);
        if (c == '\'')
            singles++, out++;
        else if (c == '"')
            doubles++, out++;
        else if (c == '\\' || c == '\n' || c == '\r' || c == '\t')
            out += 2;
        else if (c < 0x20 || c == 0x7f)
            out += 4;
        else if (c < 0x7f)
            out++;
        else if (rt_unicode_is_printable(c))
            out++, *max = c > *max ? c : *max;
        else
            out += 2 + hex_digits(c);
    }
    *quote = singles && !doubles ? '"' : '\'';
    return out + (*quote == '\'' ? singles : 0);
}

static size_t put_hex(struct rt_str *o, size_t at, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    size_t digits = hex_digits(c);
    rt_str_put(o, at++, '\\');
    rt_str_put(o, at++, digits == 2 ? 'x' : digits == 4 ? 'u' : 'U');
    while (digits--)
        rt_str_put(o, at++, (uint32_t)hex[c >> (4 * digits) & 15]);
    return at;
}

rt_value rt_str_repr(struct rt_thread *ts, rt_value v)
{
    struct text t = rt_text(v);
    uint32_t quote, max;
    size_t n = repr_measure(&t, &quote, &max);
    rt_value r = rt_str_alloc(ts, n + 2, max);
    if (rt_is_null(r))
        return r;
    struct rt_str *o = rt_as_str(r);
    size_t at = 0;
    rt_str_put(o, at++, quote);
    if (n == t.n) {
        rt_text_copy(rt_str_data(o), o->kind, at, t.d, t.kind, n);
        at += n;
    } else {
        for (size_t i = 0; i < t.n; i++) {
            uint32_t c = rt_text_at(&t, i);
            const char *esc = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : c == '\\' ? "\\\\" : NULL;
            if (c == quote) {
                rt_str_put(o, at++, '\\');
                rt_str_put(o, at++, c);
            } else if (esc) {
                rt_str_put(o, at++, '\\');
                rt_str_put(o, at++, (uint32_t)esc[1]);
            } else if (c < 0x20 || c == 0x7f || (c > 0x7f && !rt_unicode_is_printable(c))) {
                at = put_hex(o, at, c);
            } else {
                rt_str_put(o, at++, c);
            }
        }
    }
    rt_str_put(o, at, quote);
    return r;
}

/* ---- operators -------------------------------------------------------------------------------- */

static int64_t str_hash(struct rt_thread *ts, rt_value v) { return rt_str_hash(v); }
static int64_t str_len(struct rt_thread *ts, rt_value v) { return (int64_t)rt_str_len(v); }

static rt_value str_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_str(a) || !rt_is_str(b))
        return RT_NOTIMPL;
    if (op == RT_EQ || op == RT_NE)
        return rt_bool(rt_str_eq(a, b) == (op == RT_EQ));
    int c = rt_is(a, b) ? 0 : rt_str_cmp(a, b);
    return rt_bool(op == RT_LT ? c < 0 : op == RT_LE ? c <= 0 : op == RT_GT ? c > 0 : c >= 0);
}

static rt_value str_concat(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_str(b))
        return rt_raise(ts, &rt_exc_TypeError, "can only concatenate str (not \"%.200T\") to str", b);
    return rt_str_concat(ts, a, b);
}

static rt_value str_repeat(struct rt_thread *ts, rt_value a, int64_t n)
{
    struct text t = rt_text(a);
    if (n <= 0 || t.n == 0)
        return rt_str_empty();
    if (n == 1)
        return rt_str_exact(ts, a);
    if ((uint64_t)n > (uint64_t)INT64_MAX / t.n)
        return rt_raise(ts, &rt_exc_OverflowError, "repeated string is too long");
    rt_value r = rt_str_alloc(ts, t.n * (size_t)n, rt_text_maxchar(&t));
    if (rt_is_null(r))
        return r;
    char *d = rt_str_data(rt_as_str(r));
    if (t.n == 1) {
        rt_text_fill(d, t.kind, 0, rt_text_at(&t, 0), (size_t)n);
        return r;
    }
    size_t unit = t.n * (size_t)t.kind;
    memcpy(d, t.d, unit);
    rt_repeat_bytes(d, unit, unit * (size_t)n);
    return r;
}

static int str_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "'in <string>' requires string as left operand, not %.100T", v);
        return -1;
    }
    return rt_str_find(self, v, 0, INT64_MAX, 1) >= 0;
}

static rt_value str_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    struct text t = rt_text(self);
    if ((uint64_t)i >= t.n)
        return rt_raise(ts, &rt_exc_IndexError, "string index out of range");
    return rt_str_from_char(ts, rt_text_at(&t, (size_t)i));
}

static rt_value str_slice(struct rt_thread *ts, rt_value self, rt_value key)
{
    struct text t = rt_text(self);
    int64_t start, stop, step;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return RT_NULL;
    int64_t n = rt_slice_adjust((int64_t)t.n, &start, &stop, step);
    if (n <= 0)
        return rt_str_empty();
    if (step == 1)
        return rt_str_sub(ts, self, (size_t)start, (size_t)(start + n));
    uint32_t max = 0x7f;
    if (!t.ascii) {
        for (int64_t i = 0, j = start; i < n; i++, j += step)
            max |= rt_text_at(&t, (size_t)j);
        if (max > 0x10ffff)
            max = 0x10ffff;
    }
    if (n == 1)
        return rt_str_from_char(ts, rt_text_at(&t, (size_t)start));
    rt_value r = rt_str_alloc(ts, (size_t)n, max);
    if (rt_is_null(r))
        return r;
    struct rt_str *o = rt_as_str(r);
    if (t.kind == 1) {
        uint8_t *to = rt_str_data(o);
        const uint8_t *from = (const uint8_t *)t.d + start;
        for (int64_t i = 0; i < n; i++, from += step)
            to[i] = *from;
        return r;
    }
    for (int64_t i = 0, j = start; i < n; i++, j += step)
        rt_str_put(o, (size_t)i, rt_text_at(&t, (size_t)j));
    return r;
}

static rt_value str_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    int64_t i;
    if (rt_likely(rt_is_int(key))) {
        i = rt_int_get(key);
    } else if (rt_is_exact(key, &rt_slice_type)) {
        return str_slice(ts, self, key);
    } else if (rt_index_check(key)) {
        i = rt_as_index(ts, key, &rt_exc_IndexError);
        if (i == -1 && rt_pending(ts))
            return RT_NULL;
    } else {
        return rt_raise(ts, &rt_exc_TypeError, "string indices must be integers, not '%.200T'", key);
    }
    if (i < 0)
        i += (int64_t)rt_str_len(self);
    return str_item(ts, self, i);
}

static rt_value str_mod_slot(struct rt_thread *ts, rt_value a, rt_value b)
{
    return rt_is_str(a) ? rt_str_mod(ts, a, b) : RT_NOTIMPL;
}

/* ---- iterators -------------------------------------------------------------------------------- */

struct str_iter {
    struct rt_object hdr;
    rt_value str;           /* owned; kept until the iterator dies */
    _Atomic int64_t index;  /* -1: exhausted */
};

static struct rt_type str_iter_type, str_ascii_iter_type;

static rt_value str_iter_new(struct rt_thread *ts, rt_value self)
{
    struct rt_type *type = rt_as_str(self)->ascii ? &str_ascii_iter_type : &str_iter_type;
    struct str_iter *it = rt_object_new(ts, type, sizeof *it);
    if (!it)
        return RT_NULL;
    it->str = rt_newref(ts, self);
    rt_store_relaxed(&it->index, 0);
    return rt_own(it);
}

static rt_value str_iter_next(struct rt_thread *ts, rt_value self)
{
    struct str_iter *it = (struct str_iter *)rt_ptr(self);
    struct text t = rt_text(it->str);
    int64_t i = rt_load_relaxed(&it->index);
    if (rt_likely(i >= 0 && (size_t)i < t.n)) {
        rt_store_relaxed(&it->index, i + 1);
        return rt_str_from_char(ts, rt_text_at(&t, (size_t)i));
    }
    rt_store_relaxed(&it->index, -1);
    if (!rt_load_relaxed(&ts->mt)) { /* others may be reading it */
        rt_value done = it->str;
        it->str = rt_str_empty();
        rt_decref(ts, done);
    }
    return RT_STOP;
}

static rt_value str_iter_length_hint(struct rt_thread *ts, rt_value self)
{
    struct str_iter *it = (struct str_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index), n = (int64_t)rt_str_len(it->str);
    return rt_int_imm(i < 0 || i > n ? 0 : n - i);
}

static rt_value str_iter_reduce(struct rt_thread *ts, rt_value self)
{
    struct str_iter *it = (struct str_iter *)rt_ptr(self);
    int64_t i = rt_load_relaxed(&it->index);
    rt_value iter = rt_import_attr(ts, "builtins", "iter");
    if (rt_is_null(iter))
        return RT_NULL;
    rt_value args = rt_tuple_pack(ts, 1, i < 0 ? rt_str_empty() : it->str), r = RT_NULL;
    if (!rt_is_null(args))
        r = i < 0 ? rt_tuple_pack(ts, 2, iter, args) : rt_tuple_pack(ts, 3, iter, args, rt_int_imm(i));
    rt_decref(ts, args);
    rt_decref(ts, iter);
    return r;
}

static rt_value str_iter_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct str_iter *it = (struct str_iter *)rt_ptr(self);
    int64_t i = rt_as_index(ts, state, NULL), n = (int64_t)rt_str_len(it->str);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    if (rt_load_relaxed(&it->index) >= 0)
        rt_store_relaxed(&it->index, i < 0 ? 0 : i > n ? n : i);
    return RT_NONE;
}

static int str_iter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct str_iter *)o)->str, arg);
}

static void str_iter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_decref(ts, ((struct str_iter *)o)->str);
}

static void str_iter_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct str_iter *it = (struct str_iter *)o;
    rt_value s = it->str;
    rt_store_relaxed(&it->index, -1);
    it->str = rt_str_empty();
    rt_decref(ts, s);
}

static const struct rt_method_def str_iter_methods[] = {
    {"__length_hint__", str_iter_length_hint, RT_METH_NOARGS, "Private method returning an estimate of len(list(it))."},
    {"__reduce__", str_iter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {"__setstate__", str_iter_setstate, RT_METH_O, "Set state information for unpickling."},
    {0},
};

#define STR_ITER_TYPE(var, text) \
    static struct rt_type var = { \
        .hdr = RT_STATIC_TYPE_HDR, .name = text, .flags = RT_TF_IMMUTABLE | RT_TF_GC | RT_TF_NO_NEW, \
        .basic_size = sizeof(struct str_iter), .base = &rt_object_type, .dealloc = str_iter_dealloc, \
        .clear = str_iter_clear, .traverse = str_iter_traverse, .iter = rt_iter_self, .iternext = str_iter_next, \
        .methods = str_iter_methods, \
    }
STR_ITER_TYPE(str_iter_type, "str_iterator");
STR_ITER_TYPE(str_ascii_iter_type, "str_ascii_iterator");

/* ---- the type --------------------------------------------------------------------------------- */

struct rt_type rt_str_type = {
    .convert = rt_str,
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "str",
    .doc = "str(object='') -> str\n"
           "str(bytes_or_buffer[, encoding[, errors]]) -> str\n"
           "\n"
           "Create a new string object from the given object. If encoding or\n"
           "errors is specified, then the object must expose a data buffer\n"
           "that will be decoded using the given encoding and error handler.\n"
           "Otherwise, returns the result of object.__str__() (if defined)\n"
           "or repr(object).\n"
           "encoding defaults to sys.getdefaultencoding().\n"
           "errors defaults to 'strict'.",
    .flags = RT_TF_BASETYPE | RT_TF_IMMUTABLE | RT_TF_STR | RT_TF_VARSIZED | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_str_wide),
    .item_size = 1,
    .base = &rt_object_type,
    .dealloc = rt_str_dealloc,
    .size = rt_str_block_size,
    .repr = rt_str_repr,
    .str = rt_str_exact,
    .hash = str_hash,
    .richcompare = str_richcompare,
    .iter = str_iter_new,
    .new = str_new,
    .binary[RT_BIN_MOD] = str_mod_slot,
    .len = str_len,
    .getitem = str_getitem,
    .sq_item = str_item,
    .contains = str_contains,
    .sq_concat = str_concat,
    .sq_repeat = str_repeat,
    .methods = rt_str_methods,
};

int rt_str_types_ready(struct rt_thread *ts)
{
    return rt_type_ready(ts, &str_iter_type) < 0 || rt_type_ready(ts, &str_ascii_iter_type) < 0 ? -1 : 0;
}
