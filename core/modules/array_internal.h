/* SPDX-License-Identifier: MIT */
/*
 * array.array: the object, for the files of the module.
 *
 * Note [ARRAY] One item is read without the section. Old blocks live for a grace period; a block that is being
 * shown has room for every length that is shown with it (a longer block is stored before the length, a shorter one
 * after it); and what is behind the length is written before it grows.
 */
#ifndef RT_MODULES_ARRAY_INTERNAL_H
#define RT_MODULES_ARRAY_INTERNAL_H

#include "core/types/bytes/bytes_internal.h"
#include "core/types/cont_internal.h"

struct descr {
    char code;
    uint8_t size;
    char fmt[3]; /* buffer format */
    bool is_float, is_signed;
    uint8_t machine; /* machine format code of little-endian data, for pickling */
};

struct array {
    struct rt_object hdr;
    const struct descr *d;
    char *_Atomic items;
    _Atomic size_t length;   /* in items; changed in the section, read without it too */
    size_t capacity;
    _Atomic int64_t exports;
};

extern struct rt_type rt_array_type;

RT_INLINE struct array *self_of(rt_value v) { return (struct array *)rt_ptr(v); }
RT_INLINE size_t len_of(const struct array *a) { return rt_load_relaxed(&a->length); }
RT_INLINE char *items_of(const struct array *a) { return rt_load_relaxed(&a->items); }
RT_INLINE void set_len(struct array *a, size_t n) { rt_store_release(&a->length, n); }
RT_INLINE bool is_array(rt_value v) { return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &rt_array_type); }

RT_INLINE bool may_resize(struct rt_thread *ts, struct array *a)
{
    if (rt_likely(!rt_load_acquire(&a->exports)))
        return true;
    rt_raise(ts, &rt_exc_BufferError, "cannot resize an array that is exporting buffers");
    return false;
}

/* Whole loads: bytes gathered in memory would have to be waited for. */
#define LOAD(type, p) ({ type v_; rt_racy_copy(&v_, (p), sizeof v_); v_; })

RT_INLINE rt_value load(struct rt_thread *ts, const struct descr *d, const char *p)
{
    uint64_t u;
    switch (d->size) {
    case 1: u = rt_racy_byte(p); break;
    case 2: u = LOAD(uint16_t, p); break;
    case 4: u = LOAD(uint32_t, p); break;
    default: u = LOAD(uint64_t, p); break;
    }
    if (d->code == 'u')
        return u > 0x10ffff ? rt_raise(ts, &rt_exc_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", (unsigned)u)
                            : rt_str_from_char(ts, (uint32_t)u);
    if (d->is_float) {
        return rt_float_new(ts, d->size == 8 ? LOAD(double, p) : (double)LOAD(float, p));
    }
    if (d->is_signed) {
        unsigned drop = 64 - 8 * (unsigned)d->size;
        return rt_int_from_i64(ts, (int64_t)(u << drop) >> drop);
    }
    return rt_int_from_u64(ts, u);
}

/* Item i, or counted from the end; RT_UNDEF out of range: other threads move the end. Note [ARRAY] */
RT_INLINE rt_value item_or_end(struct rt_thread *ts, rt_value v, int64_t i, bool from_end)
{
    struct array *a = self_of(v);
    for (;;) {
        char *p = rt_load_acquire(&a->items);
        size_t n = rt_load_acquire(&a->length);
        if (rt_unlikely(items_of(a) != p))
            continue;
        size_t at = (size_t)(from_end ? i + (int64_t)n : i);
        return at < n ? load(ts, a->d, p + at * a->d->size) : RT_UNDEF;
    }
}

const struct descr *rt_array_descr(uint32_t code); /* NULL: no type code */
rt_value rt_array_make(struct rt_thread *ts, struct rt_type *type, const struct descr *d, size_t n); /* new ref; items not set */
/* All of these: 0, or -1 raised; in the section of a. */
int rt_array_reserve(struct rt_thread *ts, struct array *a, size_t n);                   /* who fills it says so by set_len */
int rt_array_shrink(struct rt_thread *ts, struct array *a, size_t n);                    /* the first n items stay */
int rt_array_store(struct rt_thread *ts, const struct descr *d, char *p, rt_value v);    /* [py] v as the bytes of an item */
int rt_array_insert(struct rt_thread *ts, struct array *a, size_t at, rt_value v);       /* [py] */
int rt_array_append(struct rt_thread *ts, struct array *a, const char *p, size_t n);     /* n items as they are */
int rt_array_append_bytes(struct rt_thread *ts, struct array *a, const char *p, size_t n);
int rt_array_append_str(struct rt_thread *ts, struct array *a, rt_value s);              /* type code u */
int rt_array_extend(struct rt_thread *ts, struct array *a, rt_value o);                  /* [py] an array or iterable */
int rt_array_fill(struct rt_thread *ts, struct array *a, rt_value init);                 /* [py] the initializer */

#endif
