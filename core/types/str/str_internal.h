/* SPDX-License-Identifier: MIT */
/* What the files of types/str share: views of text, copying between kinds, argument helpers. */
#ifndef RT_TYPES_STR_INTERNAL_H
#define RT_TYPES_STR_INTERNAL_H

#include "core/base/repeat.h"
#include "core/base/strsearch.h"
#include "core/object/error.h"
#include "core/object/native.h"
#include "core/object/protocol.h"
#include "core/seam/interp.h"
#include "core/types/containers.h"
#include "core/types/number.h"
#include "core/types/str.h"
#include "core/types/text_args.h"
#include "core/unicode/unicode_db.h"
#include "core/unicode/utf.h"

/* The characters of a str: borrowed, as long as the str lives. */
struct text {
    const void *d;
    size_t n;
    int kind;
    bool ascii;
};

RT_INLINE struct text rt_text(rt_value v)
{
    struct rt_str *s = rt_as_str(v);
    return (struct text){rt_str_data(s), s->length, s->kind, s->ascii};
}
RT_INLINE uint32_t rt_text_at(const struct text *t, size_t i) { return rt_utf_get(t->d, t->kind, i); }
RT_INLINE const void *rt_text_ptr(const struct text *t, size_t i)
{
    return (const char *)t->d + i * (size_t)t->kind;
}
/* The bucket of the largest character: exact, for strings are stored as narrow as they can be. */
RT_INLINE uint32_t rt_text_maxchar(const struct text *t)
{
    return t->ascii ? 0x7f : t->kind == 1 ? 0xff : t->kind == 2 ? 0xffff : 0x10ffff;
}
/* Copy n units at src (of kind skind) to unit index `at` of dst. */
RT_INLINE void rt_text_copy(void *dst, int dkind, size_t at, const void *src, int skind, size_t n)
{
    char *to = (char *)dst + at * (size_t)dkind;
    if (dkind == skind)
        memcpy(to, src, n * (size_t)skind);
    else
        rt_utf_convert(src, skind, n, to, dkind);
}
RT_INLINE void rt_str_put(struct rt_str *s, size_t i, uint32_t cp) { rt_utf_put(rt_str_data(s), s->kind, i, cp); }

/* Fill n units from index `at` with one character. */
void rt_text_fill(void *dst, int kind, size_t at, uint32_t cp, size_t n);
/* New reference to s as an exact str. */
rt_value rt_str_exact(struct rt_thread *ts, rt_value s);
/* args[i..] as start and end of a find-like method, adjusted to len. 0 or -1. */
RT_INLINE int rt_find_bounds(struct rt_thread *ts, const rt_value *args, uint32_t n, uint32_t i, int64_t len,
                             int64_t *start, int64_t *end)
{
    if (rt_slice_bounds(ts, args, n, i, start, end) < 0)
        return -1;
    rt_adjust_bounds(start, end, len);
    return 0;
}

int64_t rt_text_find(const struct text *t, const struct text *sub, int64_t start, int64_t end, int dir);

size_t rt_str_block_size(const struct rt_object *o);
void rt_str_dealloc(struct rt_thread *ts, struct rt_object *o);
void rt_str_intern_init(struct rt_thread *ts);

/* Slots and tables that the type object (str_type.c) gathers. */
extern const struct rt_method_def rt_str_methods[];
rt_value rt_str_repr(struct rt_thread *ts, rt_value v);
rt_value rt_str_strip_ascii_space(struct rt_thread *ts, rt_value s);

/* methods_*.c; all with the calling convention of their row in str_methods.c */
#define RT_STR_FAST(name) \
    rt_value rt_str_m_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
#define RT_STR_KW(name) \
    rt_value rt_str_m_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
#define RT_STR_O(name) rt_value rt_str_m_##name(struct rt_thread *ts, rt_value self, rt_value arg)
#define RT_STR_NOARGS(name) rt_value rt_str_m_##name(struct rt_thread *ts, rt_value self)
RT_STR_NOARGS(capitalize);
RT_STR_NOARGS(casefold);
RT_STR_NOARGS(lower);
RT_STR_NOARGS(upper);
RT_STR_NOARGS(title);
RT_STR_NOARGS(swapcase);
RT_STR_NOARGS(isalpha);
RT_STR_NOARGS(isalnum);
RT_STR_NOARGS(isascii);
RT_STR_NOARGS(isdecimal);
RT_STR_NOARGS(isdigit);
RT_STR_NOARGS(isidentifier);
RT_STR_NOARGS(islower);
RT_STR_NOARGS(isnumeric);
RT_STR_NOARGS(isprintable);
RT_STR_NOARGS(isspace);
RT_STR_NOARGS(istitle);
RT_STR_NOARGS(isupper);
RT_STR_FAST(center);
RT_STR_FAST(ljust);
RT_STR_FAST(rjust);
RT_STR_O(zfill);
RT_STR_KW(expandtabs);
RT_STR_KW(split);
RT_STR_KW(rsplit);
RT_STR_KW(splitlines);
RT_STR_O(partition);
RT_STR_O(rpartition);
RT_STR_FAST(strip);
RT_STR_FAST(lstrip);
RT_STR_FAST(rstrip);
RT_STR_FAST(count);
RT_STR_FAST(find);
RT_STR_FAST(rfind);
RT_STR_FAST(index);
RT_STR_FAST(rindex);
RT_STR_FAST(startswith);
RT_STR_FAST(endswith);
RT_STR_FAST(replace);
RT_STR_O(removeprefix);
RT_STR_O(removesuffix);
RT_STR_O(join);
RT_STR_O(translate);
RT_STR_FAST(maketrans);
RT_STR_KW(encode);
RT_STR_KW(format);
RT_STR_O(format_map);
RT_STR_O(__format__);
RT_STR_NOARGS(__sizeof__);
RT_STR_NOARGS(__getnewargs__);

#endif
