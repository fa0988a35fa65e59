/* SPDX-License-Identifier: MIT */
/*
 * marshal.c: CPython's marshal format, versions 0 to 4, for plain values. Code objects ('c') have a layout of our own:
 * marshal_code.c. Reading trusts nothing: sizes are checked against what is left, depth is limited.
 */
#include <stdlib.h>

#include "core/compiler/compile.h"
#include "core/compiler/marshal.h"
#include "core/compiler/marshal_internal.h"

enum { MAX_DEPTH = 2000, FLAG_REF = 0x80 };

/* ---- writing ---- */

uint8_t *rt_marshal_reserve(struct rt_marshal_writer *w, size_t n)
{
    if (w->length + n > w->room) {
        size_t room = w->room ? w->room * 2 : 256;
        while (room < w->length + n)
            room *= 2;
        uint8_t *p = realloc(w->data, room);
        if (!p) {
            w->error = RT_MARSHAL_NOMEM;
            return NULL;
        }
        w->data = p;
        w->room = room;
    }
    uint8_t *p = w->data + w->length;
    w->length += n;
    return p;
}

void rt_marshal_put_bytes(struct rt_marshal_writer *w, const void *s, size_t n)
{
    uint8_t *p = rt_marshal_reserve(w, n);
    if (p && n)
        memcpy(p, s, n);
}

void rt_marshal_put_byte(struct rt_marshal_writer *w, int b)
{
    uint8_t *p = rt_marshal_reserve(w, 1);
    if (p)
        *p = (uint8_t)b;
}

static void put_short(struct rt_marshal_writer *w, uint32_t x)
{
    uint8_t b[2] = {(uint8_t)x, (uint8_t)(x >> 8)};
    rt_marshal_put_bytes(w, b, 2);
}

void rt_marshal_put_long(struct rt_marshal_writer *w, uint32_t x)
{
    uint8_t b[4] = {(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16), (uint8_t)(x >> 24)};
    rt_marshal_put_bytes(w, b, 4);
}

static void put_size(struct rt_marshal_writer *w, size_t n)
{
    if (n > INT32_MAX)
        w->error = RT_MARSHAL_UNMARSHALLABLE;
    rt_marshal_put_long(w, (uint32_t)n);
}

static void put_double(struct rt_marshal_writer *w, double d)
{
    rt_marshal_put_bytes(w, &d, 8);
}


static void grow_refs(struct rt_marshal_writer *w)
{
    uint32_t mask = w->keys ? w->mask * 2 + 1 : 255;
    uintptr_t *keys = calloc(mask + 1, sizeof *keys);
    uint32_t *numbers = malloc((mask + 1) * sizeof *numbers);
    if (!keys || !numbers) {
        free(keys);
        free(numbers);
        w->error = RT_MARSHAL_NOMEM;
        return;
    }
    for (uint32_t i = 0; w->keys && i <= w->mask; i++) {
        if (!w->keys[i])
            continue;
        uint32_t j = (uint32_t)(w->keys[i] >> 4) * 0x9e3779b1u & mask;
        while (keys[j])
            j = (j + 1) & mask;
        keys[j] = w->keys[i];
        numbers[j] = w->numbers[i];
    }
    free(w->keys);
    free(w->numbers);
    w->keys = keys;
    w->numbers = numbers;
    w->mask = mask;
}

/* True: a reference to an earlier occurrence was written. Else *flag says whether this one may be referred to. */
static bool put_ref(struct rt_marshal_writer *w, rt_value v, int *flag)
{
    *flag = 0;
    if (w->version < 3 || w->unit_start || !rt_is_ptr(v) || rt_object_is_unique(w->ts, rt_ptr(v)))
        return false;
    if (w->count * 2 >= w->mask)
        grow_refs(w);
    if (w->error)
        return true;
    uintptr_t key = (uintptr_t)rt_ptr(v);
    uint32_t i = (uint32_t)(key >> 4) * 0x9e3779b1u & w->mask;
    for (; w->keys[i]; i = (i + 1) & w->mask) {
        if (w->keys[i] == key) {
            rt_marshal_put_byte(w, 'r');
            rt_marshal_put_long(w, w->numbers[i]);
            return true;
        }
    }
    w->keys[i] = key;
    w->numbers[i] = w->count++;
    if (rt_list_append(w->ts, w->keep, v) < 0)
        w->error = RT_MARSHAL_EXCEPTION;
    *flag = FLAG_REF;
    return false;
}

static void put_int(struct rt_marshal_writer *w, rt_value v, int flag)
{
    int64_t small;
    if (rt_int_try_i64(v, &small) == 1 && small >= INT32_MIN && small <= INT32_MAX) {
        rt_marshal_put_byte(w, 'i' | flag);
        rt_marshal_put_long(w, (uint32_t)small);
        return;
    }
    rt_marshal_put_byte(w, 'l' | flag);
    size_t bits = rt_int_bit_length(v), digits = (bits + 14) / 15, n = bits / 8 + 2;
    uint8_t local[64], *p = n > sizeof local ? malloc(n + 4) : local;
    rt_value magnitude = rt_int_sign(v) < 0 ? rt_unary(w->ts, v, RT_UN_NEG) : rt_newref(w->ts, v);
    if (!p || rt_is_null(magnitude) || rt_int_to_bytes(w->ts, magnitude, p, n, true, false) < 0) {
        w->error = p ? RT_MARSHAL_EXCEPTION : RT_MARSHAL_NOMEM;
    } else {
        rt_marshal_put_long(w, rt_int_sign(v) < 0 ? (uint32_t)-(int32_t)digits : (uint32_t)digits);
        for (size_t i = 0; i < digits; i++) {
            size_t bit = i * 15, at = bit / 8;
            uint32_t x = p[at] | (at + 1 < n ? (uint32_t)p[at + 1] << 8 : 0) | (at + 2 < n ? (uint32_t)p[at + 2] << 16 : 0);
            put_short(w, x >> (bit % 8) & 0x7fff);
        }
    }
    rt_decref(w->ts, magnitude);
    if (p != local)
        free(p);
}

static void put_float_text(struct rt_marshal_writer *w, double d)
{
    rt_value f = rt_float_new(w->ts, d), s = rt_is_null(f) ? f : rt_repr(w->ts, f);
    size_t n = 0;
    const char *p = rt_is_null(s) ? NULL : rt_str_utf8(w->ts, s, &n);
    if (p) {
        rt_marshal_put_byte(w, (int)n);
        rt_marshal_put_bytes(w, p, n);
    } else {
        w->error = RT_MARSHAL_EXCEPTION;
    }
    rt_decref(w->ts, f);
    rt_decref(w->ts, s);
}

static void put_str(struct rt_marshal_writer *w, rt_value v, int flag)
{
    struct rt_str *s = rt_as_str(v);
    bool interned = rt_str_is_interned(v);
    if (w->version >= 4 && s->ascii) {
        bool is_short = s->length < 256;
        rt_marshal_put_byte(w, (is_short ? interned ? 'Z' : 'z' : interned ? 'A' : 'a') | flag);
        if (is_short)
            rt_marshal_put_byte(w, (int)s->length);
        else
            put_size(w, s->length);
        rt_marshal_put_bytes(w, rt_str_data(s), s->length);
        return;
    }
    rt_value b = rt_str_encode(w->ts, v, "utf-8", "surrogatepass");
    if (rt_is_null(b)) {
        w->error = RT_MARSHAL_EXCEPTION;
        return;
    }
    rt_marshal_put_byte(w, (w->version >= 3 && interned ? 't' : 'u') | flag);
    put_size(w, rt_as_bytes(b)->length);
    rt_marshal_put_bytes(w, rt_as_bytes(b)->data, rt_as_bytes(b)->length);
    rt_decref(w->ts, b);
}

static int compare_bytes(const void *a, const void *b)
{
    const rt_value *x = a, *y = b;
    struct rt_bytes *p = rt_as_bytes(x[0]), *q = rt_as_bytes(y[0]);
    size_t n = p->length < q->length ? p->length : q->length;
    int r = memcmp(p->data, q->data, n);
    return r ? r : (p->length > q->length) - (p->length < q->length);
}

/* Members in the order of their own dumps, so that equal sets give equal bytes. */
static void put_set(struct rt_marshal_writer *w, rt_value v)
{
    size_t n = rt_set_len(v), pos = 0, i = 0;
    rt_value *pairs = malloc((n + 1) * 2 * sizeof *pairs), key;
    put_size(w, n);
    if (!pairs) {
        w->error = RT_MARSHAL_NOMEM;
        return;
    }
    while (i < n && rt_set_next(w->ts, v, &pos, &key)) {
        rt_value dump = rt_marshal_dumps(w->ts, key, w->version);
        if (rt_is_null(dump)) {
            rt_decref(w->ts, key);
            w->error = RT_MARSHAL_EXCEPTION;
            break;
        }
        pairs[2 * i] = dump;
        pairs[2 * i++ + 1] = key;
    }
    if (!w->error && i < n)
        w->error = RT_MARSHAL_UNMARSHALLABLE; /* it shrank while it was read */
    if (!w->error)
        qsort(pairs, n, 2 * sizeof *pairs, compare_bytes);
    for (size_t k = 0; k < i; k++) {
        if (!w->error)
            rt_marshal_put_object(w, pairs[2 * k + 1]);
        rt_decref(w->ts, pairs[2 * k]);
        rt_decref(w->ts, pairs[2 * k + 1]);
    }
    free(pairs);
}

static void put_dict(struct rt_marshal_writer *w, rt_value v)
{
    size_t pos = 0;
    rt_value key, value;
    while (!w->error && rt_dict_next(w->ts, v, &pos, &key, &value)) {
        rt_marshal_put_object(w, key);
        rt_marshal_put_object(w, value);
        rt_decref(w->ts, key);
        rt_decref(w->ts, value);
    }
    rt_marshal_put_byte(w, '0');
}

static void put_list(struct rt_marshal_writer *w, rt_value v)
{
    size_t n = rt_list_len(v);
    put_size(w, n);
    for (size_t i = 0; i < n && !w->error; i++) {
        rt_value item = rt_list_get(w->ts, v, i);
        if (rt_is_null(item)) {
            w->error = RT_MARSHAL_UNMARSHALLABLE;
            return;
        }
        rt_marshal_put_object(w, item);
        rt_decref(w->ts, item);
    }
}

static void put_complex(struct rt_marshal_writer *w, rt_value v, int flag)
{
    struct rt_complex *z = (struct rt_complex *)rt_ptr(v);
    rt_marshal_put_byte(w, (w->version > 1 ? 'y' : 'x') | flag);
    if (w->version > 1) {
        put_double(w, z->real);
        put_double(w, z->imag);
    } else {
        put_float_text(w, z->real);
        put_float_text(w, z->imag);
    }
}

static void put_pointer(struct rt_marshal_writer *w, rt_value v)
{
    struct rt_type *t = rt_type_of(v);
    int flag;
    if (put_ref(w, v, &flag))
        return;
    if (t == &rt_str_type) {
        put_str(w, v, flag);
    } else if (t == &rt_int_type) {
        put_int(w, v, flag);
    } else if (t == &rt_float_type) {
        rt_marshal_put_byte(w, (w->version > 1 ? 'g' : 'f') | flag);
        if (w->version > 1)
            put_double(w, rt_float_value(v));
        else
            put_float_text(w, rt_float_value(v));
    } else if (t == &rt_complex_type) {
        put_complex(w, v, flag);
    } else if (t == &rt_bytes_type) {
        rt_marshal_put_byte(w, 's' | flag);
        put_size(w, rt_as_bytes(v)->length);
        rt_marshal_put_bytes(w, rt_as_bytes(v)->data, rt_as_bytes(v)->length);
    } else if (t == &rt_tuple_type) {
        struct rt_tuple *tuple = rt_as_tuple(v);
        bool is_short = w->version >= 4 && tuple->length < 256;
        rt_marshal_put_byte(w, (is_short ? ')' : '(') | flag);
        if (is_short)
            rt_marshal_put_byte(w, (int)tuple->length);
        else
            put_size(w, tuple->length);
        for (size_t i = 0; i < tuple->length && !w->error; i++)
            rt_marshal_put_object(w, tuple->items[i]);
    } else if (t == &rt_list_type) {
        rt_marshal_put_byte(w, '[' | flag);
        put_list(w, v);
    } else if (t == &rt_dict_type) {
        rt_marshal_put_byte(w, '{' | flag);
        put_dict(w, v);
    } else if (t == &rt_set_type || t == &rt_frozenset_type) {
        rt_marshal_put_byte(w, (t == &rt_set_type ? '<' : '>') | flag);
        put_set(w, v);
    } else if (t == &rt_code_type) {
        rt_marshal_put_code(w, v, flag);
    } else if (rt_has_buffer(v)) {
        struct rt_buffer b;
        if (rt_buffer_get(w->ts, v, &b, RT_BUF_SIMPLE) < 0) {
            rt_exc_clear(w->ts);
            rt_marshal_put_byte(w, '?');
            w->error = RT_MARSHAL_UNMARSHALLABLE;
            return;
        }
        rt_marshal_put_byte(w, 's' | flag);
        put_size(w, (size_t)b.len);
        rt_marshal_put_bytes(w, b.buf, (size_t)b.len);
        rt_buffer_release(w->ts, &b);
    } else if (rt_is_type(v) && rt_as_type(v) == &rt_exc_StopIteration) {
        rt_marshal_put_byte(w, 'S');
    } else {
        rt_marshal_put_byte(w, '?');
        w->error = RT_MARSHAL_UNMARSHALLABLE;
    }
}

void rt_marshal_put_object(struct rt_marshal_writer *w, rt_value v)
{
    if (w->error)
        return;
    if (++w->depth > MAX_DEPTH || rt_c_stack_low(w->ts)) {
        w->error = RT_MARSHAL_TOO_DEEP;
    } else if (rt_is_ptr(v)) {
        put_pointer(w, v);
    } else if (rt_is_int(v)) {
        put_int(w, v, 0);
    } else if (rt_is_float_imm(v)) {
        rt_marshal_put_byte(w, w->version > 1 ? 'g' : 'f');
        if (w->version > 1)
            put_double(w, rt_float_imm_get(v));
        else
            put_float_text(w, rt_float_imm_get(v));
    } else if (rt_is_none(v)) {
        rt_marshal_put_byte(w, 'N');
    } else if (rt_is_bool(v)) {
        rt_marshal_put_byte(w, rt_is_true(v) ? 'T' : 'F');
    } else if (v.bits == RT_ELLIPSIS.bits) {
        rt_marshal_put_byte(w, '.');
    } else {
        rt_marshal_put_byte(w, '?');
        w->error = RT_MARSHAL_UNMARSHALLABLE;
    }
    w->depth--;
}

rt_value rt_marshal_dumps(struct rt_thread *ts, rt_value v, int version)
{
    struct rt_marshal_writer w = {.ts = ts, .version = version};
    rt_value res = RT_NULL;
    w.keep = rt_list_new(ts, 0);
    if (rt_is_null(w.keep))
        return RT_NULL;
    rt_value held = rt_newref(ts, v); /* a caller's variable is no second owner here; in the format it counts as one */
    rt_marshal_put_object(&w, v);
    rt_decref(ts, held);
    switch (w.error) {
    case RT_MARSHAL_OK: res = rt_bytes_new(ts, w.data, w.length); break;
    case RT_MARSHAL_TOO_DEEP: rt_raise(ts, &rt_exc_ValueError, "object too deeply nested to marshal"); break;
    case RT_MARSHAL_NOMEM: rt_raise_no_memory(ts); break;
    case RT_MARSHAL_UNMARSHALLABLE: rt_raise(ts, &rt_exc_ValueError, "unmarshallable object"); break;
    case RT_MARSHAL_EXCEPTION: break;
    }
    free(w.data);
    free(w.keys);
    free(w.numbers);
    rt_decref(ts, w.keep);
    return res;
}

/* ---- reading ---- */

/* Through readinto(): exactly n bytes, into r->buffer. */
static const uint8_t *take_from_file(struct rt_marshal_reader *r, size_t n)
{
    struct rt_thread *ts = r->ts;
    struct rt_buffer view;
    rt_value room = rt_bytearray_new(ts, NULL, n), count;
    int64_t got = -1;
    if (rt_is_null(room))
        return NULL;
    count = rt_call_method(ts, r->file, "readinto", &room, 1);
    if (!rt_is_null(count))
        got = rt_as_index(ts, count, &rt_exc_ValueError);
    rt_decref(ts, count);
    if (!rt_pending(ts) && got > (int64_t)n)
        rt_raise(ts, &rt_exc_ValueError, "read() returned too much data: %zd bytes requested, %zd returned", (ssize_t)n, (ssize_t)got);
    else if (!rt_pending(ts) && got < (int64_t)n)
        rt_raise(ts, &rt_exc_EOFError, "EOF read where not expected");
    if (!rt_pending(ts) && n + 1 > r->buffer_room) {
        free(r->buffer);
        r->buffer = malloc(n + 1);
        r->buffer_room = r->buffer ? n + 1 : 0;
        if (!r->buffer)
            rt_raise_no_memory(ts);
    }
    if (!rt_pending(ts) && rt_buffer_get(ts, room, &view, RT_BUF_SIMPLE) == 0) {
        memcpy(r->buffer, view.buf, (size_t)view.len < n ? (size_t)view.len : n);
        rt_buffer_release(ts, &view);
    }
    rt_decref(ts, room);
    return rt_pending(ts) ? NULL : r->buffer;
}

/* n bytes, valid until the next call; NULL raises. */
const uint8_t *rt_marshal_take(struct rt_marshal_reader *r, size_t n)
{
    if (rt_is_null(r->file)) {
        if ((size_t)(r->end - r->p) < n) {
            rt_raise(r->ts, &rt_exc_EOFError, "marshal data too short");
            return NULL;
        }
        r->p += n;
        return r->p - n;
    }
    return take_from_file(r, n);
}

static bool get_byte(struct rt_marshal_reader *r, int *out)
{
    const uint8_t *p = rt_marshal_take(r, 1);
    if (p)
        *out = *p;
    return p != NULL;
}

bool rt_marshal_get_long(struct rt_marshal_reader *r, int32_t *out)
{
    const uint8_t *p = rt_marshal_take(r, 4);
    if (p)
        *out = (int32_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
    return p != NULL;
}

bool rt_marshal_bad(struct rt_marshal_reader *r, const char *why)
{
    rt_raise(r->ts, &rt_exc_ValueError, "bad marshal data (%s)", why);
    return false;
}

/* A count of things of at least `unit` bytes each. */
static bool get_count(struct rt_marshal_reader *r, size_t *out, size_t unit, const char *why)
{
    int32_t n;
    if (!rt_marshal_get_long(r, &n))
        return false;
    if (n < 0)
        return rt_marshal_bad(r, why);
    if (rt_is_null(r->file) && unit && (size_t)n > (size_t)(r->end - r->p) / unit) {
        rt_raise(r->ts, &rt_exc_EOFError, "marshal data too short");
        return false;
    }
    *out = (size_t)n;
    return true;
}


/* An object that must be there. */
rt_value rt_marshal_get_item(struct rt_marshal_reader *r, const char *where)
{
    rt_value v = rt_marshal_get_object(r);
    if (rt_is_null(v) && !rt_pending(r->ts))
        rt_raise(r->ts, &rt_exc_TypeError, "NULL object in marshal data for %s", where);
    return v;
}

static bool add_ref(struct rt_marshal_reader *r, rt_value v)
{
    return rt_list_append(r->ts, r->refs, v) == 0;
}

static rt_value get_int(struct rt_marshal_reader *r)
{
    int32_t n;
    if (!rt_marshal_get_long(r, &n))
        return RT_NULL;
    if (n == INT32_MIN)
        return rt_marshal_bad(r, "long size out of range"), RT_NULL;
    if (n == 0)
        return rt_int_imm(0);
    size_t count = (size_t)(n < 0 ? -n : n);
    if (rt_is_null(r->file) && count > (size_t)(r->end - r->p) / 2)
        return rt_raise(r->ts, &rt_exc_EOFError, "marshal data too short");
    const uint8_t *p = rt_marshal_take(r, count * 2);
    if (!p)
        return RT_NULL;
    size_t nlimbs = (count * 15 + 63) / 64 + 1;
    uint64_t *limbs = calloc(nlimbs, sizeof *limbs);
    if (!limbs)
        return rt_raise_no_memory(r->ts);
    rt_value v = RT_NULL;
    for (size_t i = 0; i < count; i++) {
        uint64_t d = p[2 * i] | (uint64_t)p[2 * i + 1] << 8;
        size_t bit = i * 15;
        if (d > 0x7fff) {
            rt_marshal_bad(r, "digit out of range in long");
            goto done;
        }
        limbs[bit / 64] |= d << (bit % 64);
        if (bit % 64 > 49)
            limbs[bit / 64 + 1] |= d >> (64 - bit % 64);
        if (i + 1 == count && d == 0) {
            rt_marshal_bad(r, "unnormalized long data");
            goto done;
        }
    }
    while (nlimbs && !limbs[nlimbs - 1])
        nlimbs--;
    v = rt_int_from_limbs(r->ts, limbs, nlimbs, n < 0);
done:
    free(limbs);
    return v;
}

static bool get_double(struct rt_marshal_reader *r, double *out)
{
    const uint8_t *p = rt_marshal_take(r, 8);
    if (p)
        memcpy(out, p, 8);
    return p != NULL;
}

static bool get_float_text(struct rt_marshal_reader *r, double *out)
{
    int n;
    if (!get_byte(r, &n))
        return false;
    const uint8_t *p = rt_marshal_take(r, (size_t)n);
    rt_value s = p ? rt_str_from_latin1(r->ts, p, (size_t)n) : RT_NULL;
    rt_value f = rt_is_null(s) ? s : rt_float_parse(r->ts, s);
    if (!rt_is_null(f))
        *out = rt_float_value(f);
    rt_decref(r->ts, s);
    bool ok = !rt_is_null(f);
    rt_decref(r->ts, f);
    return ok;
}

static rt_value get_text(struct rt_marshal_reader *r, size_t n, bool ascii, bool interned)
{
    const uint8_t *p = rt_marshal_take(r, n);
    if (!p)
        return RT_NULL;
    if (ascii)
        return interned ? rt_str_intern_latin1(r->ts, p, n) : rt_str_from_latin1(r->ts, p, n);
    rt_value v = rt_str_from_utf8(r->ts, (const char *)p, n, "surrogatepass");
    if (rt_is_null(v) || !interned)
        return v;
    rt_value i = rt_str_intern(r->ts, v);
    rt_decref(r->ts, v);
    return i;
}

static rt_value get_tuple(struct rt_marshal_reader *r, size_t n, size_t ref)
{
    rt_value t = n ? rt_tuple_new(r->ts, n) : rt_tuple_empty();
    if (rt_is_null(t))
        return t;
    for (size_t i = 0; i < n; i++)
        rt_as_tuple(t)->items[i] = RT_NONE;
    for (size_t i = 0; i < n; i++) {
        rt_value v = rt_marshal_get_item(r, "tuple");
        if (rt_is_null(v)) {
            rt_decref(r->ts, t);
            return v;
        }
        rt_as_tuple(t)->items[i] = v;
    }
    if (ref && rt_list_set(r->ts, r->refs, ref - 1, rt_newref(r->ts, t)) < 0)
        rt_clear(r->ts, &t);
    return t;
}

static rt_value get_list(struct rt_marshal_reader *r, size_t n, bool flag)
{
    rt_value l = rt_list_new(r->ts, n < 1024 ? n : 1024);
    if (!rt_is_null(l) && flag && !add_ref(r, l))
        rt_clear(r->ts, &l);
    for (size_t i = 0; i < n && !rt_is_null(l); i++) {
        rt_value v = rt_marshal_get_item(r, "list");
        if (rt_is_null(v) || rt_list_append_steal(r->ts, l, v) < 0)
            rt_clear(r->ts, &l);
    }
    return l;
}

static rt_value get_dict(struct rt_marshal_reader *r, bool flag)
{
    rt_value d = rt_dict_new(r->ts);
    if (!rt_is_null(d) && flag && !add_ref(r, d))
        rt_clear(r->ts, &d);
    while (!rt_is_null(d)) {
        rt_value k = rt_marshal_get_object(r), v;
        if (rt_is_null(k))
            break;
        v = rt_marshal_get_object(r);
        if (rt_is_null(v)) {
            rt_decref(r->ts, k);
            break;
        }
        int err = rt_dict_set(r->ts, d, k, v);
        rt_decref(r->ts, k);
        rt_decref(r->ts, v);
        if (err < 0)
            break;
    }
    if (rt_pending(r->ts))
        rt_clear(r->ts, &d);
    return d;
}

static rt_value get_set(struct rt_marshal_reader *r, size_t n, bool frozen, bool flag)
{
    size_t ref = 0;
    rt_value s, members;
    if (flag) {
        if (!add_ref(r, RT_NONE))
            return RT_NULL;
        ref = rt_list_len(r->refs);
    }
    if (frozen) {
        members = rt_list_new(r->ts, 0);
        for (size_t i = 0; i < n && !rt_is_null(members); i++) {
            rt_value v = rt_marshal_get_item(r, "set");
            if (rt_is_null(v) || rt_list_append_steal(r->ts, members, v) < 0)
                rt_clear(r->ts, &members);
        }
        if (rt_is_null(members))
            return members;
        s = rt_frozenset_new(r->ts, members);
        rt_decref(r->ts, members);
    } else {
        s = rt_set_new(r->ts, RT_NULL);
        if (ref && !rt_is_null(s) && rt_list_set(r->ts, r->refs, ref - 1, rt_newref(r->ts, s)) < 0)
            rt_clear(r->ts, &s);
        ref = 0;
        for (size_t i = 0; i < n && !rt_is_null(s); i++) {
            rt_value v = rt_marshal_get_item(r, "set");
            if (rt_is_null(v) || rt_set_add(r->ts, s, v) < 0)
                rt_clear(r->ts, &s);
            rt_decref(r->ts, v);
        }
    }
    if (ref && !rt_is_null(s) && rt_list_set(r->ts, r->refs, ref - 1, rt_newref(r->ts, s)) < 0)
        rt_clear(r->ts, &s);
    return s;
}

static rt_value ref_to(struct rt_marshal_reader *r)
{
    int32_t i;
    if (!rt_marshal_get_long(r, &i))
        return RT_NULL;
    if (i < 0 || (size_t)i >= rt_list_len(r->refs))
        return rt_marshal_bad(r, "invalid reference"), RT_NULL;
    rt_value v = rt_list_get(r->ts, r->refs, (size_t)i);
    if (rt_is_none(v))
        return rt_marshal_bad(r, "invalid reference"), RT_NULL;
    return v;
}

/* Values that are complete when they are made. */
static rt_value get_simple(struct rt_marshal_reader *r, int type, bool *known)
{
    double d[2];
    size_t n;
    int32_t i;
    int b;
    *known = true;
    switch (type) {
    case 'i': return rt_marshal_get_long(r, &i) ? rt_int_imm(i) : RT_NULL;
    case 'I': {
        const uint8_t *p = rt_marshal_take(r, 8);
        int64_t x;
        if (!p)
            return RT_NULL;
        memcpy(&x, p, 8);
        return rt_int_from_i64(r->ts, x);
    }
    case 'l': return get_int(r);
    case 'f': return get_float_text(r, d) ? rt_float_new(r->ts, d[0]) : RT_NULL;
    case 'g': return get_double(r, d) ? rt_float_new(r->ts, d[0]) : RT_NULL;
    case 'x': return get_float_text(r, d) && get_float_text(r, d + 1) ? rt_complex_new(r->ts, d[0], d[1]) : RT_NULL;
    case 'y': return get_double(r, d) && get_double(r, d + 1) ? rt_complex_new(r->ts, d[0], d[1]) : RT_NULL;
    case 's': {
        if (!get_count(r, &n, 1, "bytes object size out of range"))
            return RT_NULL;
        const uint8_t *p = rt_marshal_take(r, n);
        return p ? rt_bytes_new(r->ts, p, n) : RT_NULL;
    }
    case 'a':
    case 'A': return get_count(r, &n, 1, "string size out of range") ? get_text(r, n, true, type == 'A') : RT_NULL;
    case 'z':
    case 'Z': return get_byte(r, &b) ? get_text(r, (size_t)b, true, type == 'Z') : RT_NULL;
    case 'u':
    case 't': return get_count(r, &n, 1, "string size out of range") ? get_text(r, n, false, type == 't') : RT_NULL;
    default: *known = false; return RT_NULL;
    }
}

static rt_value get_typed(struct rt_marshal_reader *r, int type, bool flag)
{
    size_t n, ref = 0;
    int b;
    bool known;
    switch (type) {
    case '0': return RT_NULL;
    case 'N': return RT_NONE;
    case 'F': return RT_FALSE;
    case 'T': return RT_TRUE;
    case '.': return RT_ELLIPSIS;
    case 'S': return rt_type_value(&rt_exc_StopIteration);
    case 'r': return ref_to(r);
    case '(':
    case ')':
        if (type == ')') {
            if (!get_byte(r, &b))
                return RT_NULL;
            n = (size_t)b;
        } else if (!get_count(r, &n, 1, "tuple size out of range")) {
            return RT_NULL;
        }
        if (flag) {
            if (!add_ref(r, RT_NONE))
                return RT_NULL;
            ref = rt_list_len(r->refs);
        }
        return get_tuple(r, n, ref);
    case '[': return get_count(r, &n, 1, "list size out of range") ? get_list(r, n, flag) : RT_NULL;
    case '{': return get_dict(r, flag);
    case '<':
    case '>': return get_count(r, &n, 1, "set size out of range") ? get_set(r, n, type == '>', flag) : RT_NULL;
    case 'k': return rt_marshal_get_nested(r);
    case 'c': {
        if (flag) {
            if (!add_ref(r, RT_NONE))
                return RT_NULL;
            ref = rt_list_len(r->refs);
        }
        rt_value v = rt_marshal_get_code(r);
        if (ref && !rt_is_null(v) && rt_list_set(r->ts, r->refs, ref - 1, rt_newref(r->ts, v)) < 0)
            rt_clear(r->ts, &v);
        return v;
    }
    default: break;
    }
    rt_value v = get_simple(r, type, &known);
    if (!known)
        return rt_marshal_bad(r, "unknown type code"), RT_NULL;
    if (flag && !rt_is_null(v) && !add_ref(r, v))
        rt_clear(r->ts, &v);
    return v;
}

rt_value rt_marshal_get_object(struct rt_marshal_reader *r)
{
    int code;
    if (rt_is_null(r->file) && r->p == r->end)
        return rt_raise(r->ts, &rt_exc_EOFError, "EOF read where object expected");
    if (!get_byte(r, &code))
        return RT_NULL;
    if (++r->depth > MAX_DEPTH || rt_c_stack_low(r->ts)) {
        r->depth--;
        return rt_raise(r->ts, &rt_exc_ValueError, "recursion limit exceeded");
    }
    rt_value v = RT_NULL;
    if (rt_is_null(r->refs) && (code & FLAG_REF || code == 'r'))
        rt_marshal_bad(r, "invalid reference");
    else
        v = get_typed(r, code & ~FLAG_REF, code & FLAG_REF);
    r->depth--;
    return v;
}

static rt_value read_all(struct rt_marshal_reader *r)
{
    r->refs = rt_list_new(r->ts, 0);
    if (rt_is_null(r->refs))
        return RT_NULL;
    rt_value v = rt_marshal_get_item(r, "object");
    rt_decref(r->ts, r->refs);
    free(r->buffer);
    return v;
}

rt_value rt_marshal_loads(struct rt_thread *ts, const uint8_t *p, size_t n, size_t *used)
{
    struct rt_marshal_reader r = {.ts = ts, .p = p, .end = p + n};
    rt_value v = read_all(&r);
    if (used)
        *used = (size_t)(r.p - p);
    return v;
}

rt_value rt_marshal_load_file(struct rt_thread *ts, rt_value file)
{
    struct rt_marshal_reader r = {.ts = ts, .file = file};
    rt_value zero = rt_int_imm(0), probe = rt_call_method(ts, file, "read", &zero, 1);
    if (rt_is_null(probe))
        return probe;
    if (!rt_is_bytes(probe))
        rt_raise(ts, &rt_exc_TypeError, "file.read() returned not bytes but %.100T", probe);
    rt_decref(ts, probe);
    return rt_pending(ts) ? RT_NULL : read_all(&r);
}
