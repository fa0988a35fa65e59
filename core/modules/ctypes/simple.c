/* SPDX-License-Identifier: MIT */
/*
 * _ctypes: the one-letter codes of simple types: how a Python value becomes bytes and back.
 *
 * Integers are taken through __index__ and cut to the size, as C does. Pointers to text (z, Z) keep the object
 * that holds it; a py_object (O) is the object's word without its count. The other byte order is a swap of the
 * bytes on their way.
 */
#include <wchar.h>

#include "core/modules/ctypes/ctypes_internal.h"

#define FFI_TYPE_OF(c_type, code) {sizeof(c_type), _Alignof(c_type), code, NULL}
ffi_type ct_ffi_void = {1, 1, FFI_TYPE_VOID, NULL}, ct_ffi_pointer = FFI_TYPE_OF(void *, FFI_TYPE_POINTER),
         ct_ffi_int = FFI_TYPE_OF(int, FFI_TYPE_SINT32), ct_ffi_u64 = FFI_TYPE_OF(uint64_t, FFI_TYPE_UINT64),
         ct_ffi_float = FFI_TYPE_OF(float, FFI_TYPE_FLOAT), ct_ffi_double = FFI_TYPE_OF(double, FFI_TYPE_DOUBLE),
         ct_ffi_longdouble = FFI_TYPE_OF(long double, FFI_TYPE_LONGDOUBLE);
static ffi_type ffi_s8 = FFI_TYPE_OF(int8_t, FFI_TYPE_SINT8), ffi_u8 = FFI_TYPE_OF(uint8_t, FFI_TYPE_UINT8),
                ffi_s16 = FFI_TYPE_OF(int16_t, FFI_TYPE_SINT16), ffi_u16 = FFI_TYPE_OF(uint16_t, FFI_TYPE_UINT16),
                ffi_u32 = FFI_TYPE_OF(uint32_t, FFI_TYPE_UINT32), ffi_s64 = FFI_TYPE_OF(int64_t, FFI_TYPE_SINT64);

static const struct ct_code codes[] = {
    {'c', 'c', 1, false, false, &ffi_s8, CT_CLS_INT},
    {'b', 'b', 1, false, true, &ffi_s8, CT_CLS_INT},
    {'B', 'B', 1, false, true, &ffi_u8, CT_CLS_INT},
    {'h', 'h', 2, true, true, &ffi_s16, CT_CLS_INT},
    {'H', 'H', 2, true, true, &ffi_u16, CT_CLS_INT},
    {'i', 'i', 4, true, true, &ct_ffi_int, CT_CLS_INT},
    {'I', 'I', 4, true, true, &ffi_u32, CT_CLS_INT},
    {'l', 'q', 8, true, true, &ffi_s64, CT_CLS_INT},
    {'L', 'Q', 8, true, true, &ct_ffi_u64, CT_CLS_INT},
    {'q', 'q', 8, true, true, &ffi_s64, CT_CLS_INT},
    {'Q', 'Q', 8, true, true, &ct_ffi_u64, CT_CLS_INT},
    {'f', 'f', 4, true, false, &ct_ffi_float, CT_CLS_SSE},
    {'d', 'd', 8, true, false, &ct_ffi_double, CT_CLS_SSE},
    {'g', 'g', 16, false, false, &ct_ffi_longdouble, CT_CLS_X87},
    {'?', '?', 1, false, false, &ffi_u8, CT_CLS_INT},
    {'v', 'v', 2, false, false, &ffi_s16, CT_CLS_INT},
    {'u', 'u', 4, false, false, &ct_ffi_int, CT_CLS_INT},
    {'z', 'z', 8, false, false, &ct_ffi_pointer, CT_CLS_INT},
    {'Z', 'Z', 8, false, false, &ct_ffi_pointer, CT_CLS_INT},
    {'P', 'P', 8, false, false, &ct_ffi_pointer, CT_CLS_INT},
    {'O', 'O', 8, false, false, &ct_ffi_pointer, CT_CLS_INT},
};
_Static_assert(sizeof(long) == 8 && sizeof(wchar_t) == 4 && sizeof(long double) == 16, "the table says so");

const struct ct_code *ct_code_find(char c)
{
    for (size_t i = 0; i < RT_COUNTOF(codes); i++)
        if (codes[i].code == c)
            return &codes[i];
    return NULL;
}

/* ---- text ---- */

rt_value ct_wide(struct rt_thread *ts, const wchar_t *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((uint32_t)w[i] > 0x10ffff)
            return rt_raise(ts, &rt_exc_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", (unsigned)w[i]);
    return rt_str_from_ucs4(ts, (const uint32_t *)w, n);
}

static void widen_into(rt_value s, wchar_t *w, size_t n)
{
    const struct rt_str *str = rt_as_str(s);
    for (size_t i = 0; i < n; i++)
        w[i] = (wchar_t)rt_str_at(str, i);
}

rt_value ct_widen(struct rt_thread *ts, rt_value s)
{
    size_t n = rt_str_len(s);
    rt_value b = rt_bytes_new(ts, NULL, (n + 1) * sizeof(wchar_t));
    if (!rt_is_null(b)) {
        wchar_t *w = (wchar_t *)rt_as_bytes(b)->data;
        widen_into(s, w, n);
        w[n] = 0;
    }
    return b;
}

rt_value ct_load_text(struct rt_thread *ts, char code, const char *at, int64_t size)
{
    if (code == 's')
        return rt_bytes_new(ts, at, strnlen(at, (size_t)size));
    return ct_wide(ts, (const wchar_t *)at, wcsnlen((const wchar_t *)at, (size_t)size / sizeof(wchar_t)));
}

static int store_wide(struct rt_thread *ts, char *at, int64_t size, rt_value v)
{
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "unicode string expected instead of %T instance", v);
        return -1;
    }
    int64_t n = (int64_t)rt_str_len(v), room = size / (int64_t)sizeof(wchar_t);
    if (n > room) {
        rt_raise(ts, &rt_exc_ValueError, "string too long (%zd, maximum length %zd)", n, room);
        return -1;
    }
    wchar_t *w = (wchar_t *)at;
    widen_into(v, w, (size_t)n);
    if (n < room)
        w[n] = 0;
    return 0;
}

int ct_store_text(struct rt_thread *ts, char code, char *at, int64_t size, rt_value v)
{
    if (code == 'U')
        return store_wide(ts, at, size, v);
    if (!rt_is_bytes(v)) {
        rt_raise(ts, &rt_exc_TypeError, "expected bytes, %T found", v);
        return -1;
    }
    int64_t n = (int64_t)strlen(rt_as_bytes(v)->data); /* what follows a NUL is not text */
    if (n > size) {
        rt_raise(ts, &rt_exc_ValueError, "bytes too long (%zd, maximum length %zd)", n, size);
        return -1;
    }
    rt_racy_copy(at, rt_as_bytes(v)->data, (size_t)(n < size ? n + 1 : n));
    return 0;
}

/* ---- numbers ---- */

static void swap_bytes(char *to, const char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[n - 1 - i];
}

/* The low 64 bits of an int. */
static uint64_t low_bits(rt_value v)
{
    if (rt_is_int(v))
        return (uint64_t)rt_int_get(v);
    if (rt_is_bool(v))
        return rt_is_true(v);
    const struct rt_bigint *b = (const struct rt_bigint *)rt_ptr(v);
    uint64_t low = b->nlimbs ? b->limbs[0] : 0;
    return b->negative ? -low : low;
}

static int as_bits(struct rt_thread *ts, rt_value v, uint64_t *out)
{
    if (rt_likely(rt_is_any_int(v))) {
        *out = low_bits(v);
        return 0;
    }
    rt_value i = rt_index(ts, v);
    if (rt_is_null(i))
        return -1;
    *out = low_bits(i);
    rt_decref(ts, i);
    return 0;
}

static rt_value from_bits(struct rt_thread *ts, char code, uint64_t u)
{
    switch (code) {
    case 'b': return rt_int_imm((int8_t)u);
    case 'B': return rt_int_imm((uint8_t)u);
    case 'h': return rt_int_imm((int16_t)u);
    case 'H': return rt_int_imm((uint16_t)u);
    case 'i': return rt_int_imm((int32_t)u);
    case 'I': return rt_int_imm((uint32_t)u);
    case 'l': case 'q': return rt_int_from_i64(ts, (int64_t)u);
    default: return rt_int_from_u64(ts, u);
    }
}

static rt_value load_float(struct rt_thread *ts, const struct ct_code *c, const union ct_word *w)
{
    switch (c->code) {
    case 'f': return rt_float_new(ts, (double)w->f);
    case 'd': return rt_float_new(ts, w->d);
    default: return rt_float_new(ts, (double)w->g);
    }
}

static rt_value load_pointer(struct rt_thread *ts, char code, void *p)
{
    if (!p)
        return RT_NONE;
    switch (code) {
    case 'z': return rt_bytes_new(ts, p, strlen(p));
    case 'Z': return ct_wide(ts, p, wcslen(p));
    default: return rt_int_from_u64(ts, (uintptr_t)p);
    }
}

void ct_put_word(char *at, rt_value v)
{
    uint64_t bits = rt_borrowed(v).bits;
    rt_racy_copy(at, &bits, sizeof bits);
}

rt_value ct_take_word(struct rt_thread *ts, const char *at)
{
    uint64_t bits;
    rt_racy_copy(&bits, at, sizeof bits);
    return rt_newref(ts, RT_VALUE(bits));
}

static rt_value load_int(struct rt_thread *ts, const struct ct_code *c, const char *at)
{
    uint64_t u = 0;
    switch (c->size) {
    case 1: rt_racy_copy(&u, at, 1); break;
    case 2: rt_racy_copy(&u, at, 2); break;
    case 4: rt_racy_copy(&u, at, 4); break;
    default: rt_racy_copy(&u, at, 8);
    }
    return from_bits(ts, c->code, u);
}

rt_value ct_load(struct rt_thread *ts, const struct ct_code *c, bool swapped, const char *at)
{
    if (rt_likely(c->integer && !swapped))
        return load_int(ts, c, at);
    union ct_word w;
    w.q = 0;
    if (rt_unlikely(swapped)) {
        char raw[16];
        rt_racy_copy(raw, at, c->size);
        swap_bytes(w.bytes, raw, c->size);
    } else {
        rt_racy_copy(w.bytes, at, c->size);
    }
    switch (c->code) {
    case 'f': case 'd': case 'g': return load_float(ts, c, &w);
    case 'c': return rt_bytes_new(ts, w.bytes, 1);
    case '?': return rt_bool(w.bytes[0] != 0);
    case 'v': return rt_bool(w.h != 0);
    case 'u': return ct_wide(ts, &w.u, 1);
    case 'z': case 'Z': case 'P': return load_pointer(ts, c->code, w.p);
    case 'O':
        if (!w.p)
            return rt_raise(ts, &rt_exc_ValueError, "PyObject is NULL");
        return rt_newref(ts, RT_VALUE(w.q));
    default: return from_bits(ts, c->code, (uint64_t)w.q);
    }
}

static int char_of(struct rt_thread *ts, rt_value v, union ct_word *w)
{
    if (rt_is_bytes(v) && rt_as_bytes(v)->length == 1) {
        w->b = rt_as_bytes(v)->data[0];
        return 0;
    }
    if (rt_is_ptr(v) && rt_has(v, RT_TF_BYTEARRAY) && rt_len(ts, v) == 1) {
        rt_value item = rt_seq_getitem(ts, v, 0);
        if (rt_is_null(item))
            return -1;
        w->b = (signed char)rt_int_get(item);
        return 0;
    }
    int64_t i;
    if (rt_is_any_int(v) && rt_int_try_i64(v, &i) && i >= 0 && i < 256) {
        w->b = (signed char)i;
        return 0;
    }
    rt_raise(ts, &rt_exc_TypeError, "one character bytes, bytearray or integer expected");
    return -1;
}

static int wide_char_of(struct rt_thread *ts, rt_value v, union ct_word *w)
{
    if (!rt_is_str(v))
        rt_raise(ts, &rt_exc_TypeError, "unicode string expected instead of %T instance", v);
    else if (rt_str_len(v) != 1)
        rt_raise(ts, &rt_exc_TypeError, "one character unicode string expected");
    else
        w->u = (wchar_t)rt_str_at(rt_as_str(v), 0);
    return rt_pending(ts) ? -1 : 0;
}

static int float_of(struct rt_thread *ts, char code, rt_value v, union ct_word *w)
{
    double d = rt_as_double(ts, v);
    if (d == -1.0 && rt_pending(ts))
        return -1;
    if (code == 'f')
        w->f = (float)d;
    else if (code == 'd')
        w->d = d;
    else
        w->g = d;
    return 0;
}

/* What keeps the memory that w points to alive, owned; None: nothing. */
static rt_value pointer_of(struct rt_thread *ts, char code, rt_value v, union ct_word *w)
{
    w->p = NULL;
    if (rt_is_none(v))
        return v;
    if (code == 'z' && rt_is_bytes(v)) {
        w->p = rt_as_bytes(v)->data;
        return rt_newref(ts, v);
    }
    if (rt_is_any_int(v)) {
        w->p = (void *)(uintptr_t)low_bits(v);
        return RT_NONE;
    }
    if (code == 'Z' && rt_is_str(v)) {
        rt_value keep = ct_widen(ts, v);
        if (!rt_is_null(keep))
            w->p = rt_as_bytes(keep)->data;
        return keep;
    }
    if (code == 'P')
        return rt_raise(ts, &rt_exc_TypeError, "cannot be converted to pointer");
    return rt_raise(ts, &rt_exc_TypeError, "%s or integer address expected instead of %T instance",
                    code == 'z' ? "bytes" : "unicode string", v);
}

rt_value ct_store(struct rt_thread *ts, const struct ct_code *c, bool swapped, char *at, rt_value v)
{
    union ct_word w;
    rt_value keep = RT_NONE;
    int e = 0;
    memset(&w, 0, sizeof w);
    switch (c->code) {
    case 'f': case 'd': case 'g': e = float_of(ts, c->code, v, &w); break;
    case 'c': e = char_of(ts, v, &w); break;
    case 'u': e = wide_char_of(ts, v, &w); break;
    case '?': w.b = (signed char)(e = rt_truth(ts, v)); break;
    case 'v': w.h = (short)-(e = rt_truth(ts, v)); break;
    case 'z': case 'Z': case 'P':
        if (rt_is_null(keep = pointer_of(ts, c->code, v, &w)))
            return keep;
        break;
    case 'O':
        w.q = (long long)rt_borrowed(v).bits;
        keep = rt_newref(ts, v);
        break;
    default: e = as_bits(ts, v, (uint64_t *)&w.q);
    }
    if (e < 0)
        return RT_NULL;
    if (rt_unlikely(swapped)) {
        char raw[16];
        swap_bytes(raw, w.bytes, c->size);
        rt_racy_copy(at, raw, c->size);
    } else {
        rt_racy_copy(at, w.bytes, c->size);
    }
    return keep;
}

/* ---- bit fields: bits low..low+bits-1 of an integer ---- */

static uint64_t load_whole(const struct ct_layout *l, const char *at)
{
    uint64_t u = 0;
    char raw[8], *p = (char *)&u;
    rt_racy_copy(raw, at, l->code->size);
    if (l->swapped)
        swap_bytes(p, raw, l->code->size);
    else
        memcpy(p, raw, l->code->size);
    return u;
}

static void store_whole(const struct ct_layout *l, char *at, uint64_t u)
{
    char raw[8];
    if (l->swapped)
        swap_bytes(raw, (char *)&u, l->code->size);
    else
        memcpy(raw, &u, l->code->size);
    rt_racy_copy(at, raw, l->code->size);
}

rt_value ct_load_bits(struct rt_thread *ts, const struct ct_layout *l, const char *at, int low, int bits)
{
    uint64_t u = load_whole(l, at) >> low;
    int up = 64 - bits;
    bool is_signed = strchr("bhilq", l->code->code) != NULL;
    if (is_signed)
        return rt_int_from_i64(ts, (int64_t)(u << up) >> up);
    return rt_int_from_u64(ts, u << up >> up);
}

int ct_store_bits(struct rt_thread *ts, const struct ct_layout *l, char *at, int low, int bits, rt_value v)
{
    uint64_t u, mask = (bits == 64 ? ~0ull : (1ull << bits) - 1) << low;
    if (as_bits(ts, v, &u) < 0)
        return -1;
    store_whole(l, at, (load_whole(l, at) & ~mask) | (u << low & mask));
    return 0;
}
