/* SPDX-License-Identifier: MIT */
/* str: latin-1, UCS-2 or UCS-4 units, compact, immutable; hash cached; interned ones are immortal. */
#ifndef RT_TYPES_STR_H
#define RT_TYPES_STR_H

#include "core/object/type.h"

struct rt_str {
    struct rt_object hdr;
    _Atomic int64_t hash; /* -1: not computed yet */
    size_t length;        /* code points */
    uint8_t kind;         /* bytes per unit: 1, 2, 4 */
    uint8_t ascii;        /* all units < 128: data is also UTF-8 */
    _Atomic uint8_t interned;
    uint8_t room; /* 0: the block is just big enough; else its size, as rt_str_room_bytes decodes it */
    /* ascii: data follows here, NUL-terminated. Otherwise rt_str_wide below. */
};
struct rt_str_wide {
    struct rt_str s;
    _Atomic(char *) utf8; /* lazily made, raw memory, NUL-terminated; a size_t before it has the length */
};
#define RT_STR_ASCII_OFFSET (offsetof(struct rt_str, room) + 1)

RT_INLINE struct rt_str *rt_as_str(rt_value v) { return (struct rt_str *)rt_ptr(v); }
RT_INLINE bool rt_is_str(rt_value v) { return rt_has(v, RT_TF_STR); }
RT_INLINE bool rt_is_str_exact(rt_value v) { return rt_is_exact(v, &rt_str_type); }
RT_INLINE void *rt_str_data(const struct rt_str *s)
{
    return (char *)s + (s->ascii ? RT_STR_ASCII_OFFSET : sizeof(struct rt_str_wide));
}
RT_INLINE uint32_t rt_str_at(const struct rt_str *s, size_t i)
{
    const void *d = rt_str_data(s);
    return s->kind == 1 ? ((const uint8_t *)d)[i] : s->kind == 2 ? ((const uint16_t *)d)[i] : ((const uint32_t *)d)[i];
}
RT_INLINE size_t rt_str_len(rt_value v) { return rt_as_str(v)->length; }

/* All new: [attached; nopy; new ref; raises MemoryError]. */
rt_value rt_str_alloc(struct rt_thread *ts, size_t length, uint32_t maxchar); /* units uninitialised, to be filled before use */
rt_value rt_str_from_cstr(struct rt_thread *ts, const char *utf8);
rt_value rt_str_from_utf8(struct rt_thread *ts, const char *s, size_t n, const char *errors /* NULL strict */);
rt_value rt_str_from_latin1(struct rt_thread *ts, const uint8_t *s, size_t n);
rt_value rt_str_from_ucs4(struct rt_thread *ts, const uint32_t *s, size_t n);
rt_value rt_str_from_kind(struct rt_thread *ts, int kind, const void *data, size_t n); /* narrows if possible */
rt_value rt_str_from_char(struct rt_thread *ts, uint32_t cp);
rt_value rt_str_sub(struct rt_thread *ts, rt_value s, size_t start, size_t end);
rt_value rt_str_concat(struct rt_thread *ts, rt_value a, rt_value b);
/* *left += right: consumes *left and leaves the result there, in place when *left is the only reference to an exact
   str. right must be a str. On error 0 becomes -1 and *left RT_NULL. */
int rt_str_append(struct rt_thread *ts, rt_value *left, rt_value right);
/* str(o) for a type derived from str: the same characters as an instance of type. */
rt_value rt_str_as_type(struct rt_thread *ts, struct rt_type *type, rt_value s);
/* [start-up] Single characters, the empty str and bytes, RT_ID names. The shapes of both types must exist. */
void rt_str_init(struct rt_thread *ts);
int rt_str_types_ready(struct rt_thread *ts); /* [start-up] Iterator types of str. */
rt_value rt_str_join(struct rt_thread *ts, rt_value sep, rt_value iterable);              /* py */
rt_value rt_str_join_array(struct rt_thread *ts, rt_value sep, const rt_value *v, size_t n); /* sep may be RT_NULL */
rt_value rt_str_empty(void); /* immortal */
/* UTF-8 of s, NUL-terminated, alive as long as s; *n may be NULL. NULL: UnicodeEncodeError (surrogates). */
const char *rt_str_utf8(struct rt_thread *ts, rt_value s, size_t *n);
/* As rt_str_utf8, but ValueError if it holds NUL. */
const char *rt_str_utf8_nonul(struct rt_thread *ts, rt_value s);
bool rt_str_eq(rt_value a, rt_value b);            /* both str; by content */
/* The n bytes at a and b are the same; in line for short texts, as names and keys are. */
RT_INLINE bool rt_same_bytes(const void *a, const void *b, size_t n)
{
    const char *x = a, *y = b;
    if (rt_unlikely(n > 32))
        return memcmp(x, y, n) == 0;
    if (n >= 8) { /* the last eight may overlap those before */
        uint64_t p, q;
        for (size_t i = 0; i + 8 < n; i += 8) {
            memcpy(&p, x + i, 8);
            memcpy(&q, y + i, 8);
            if (p != q)
                return false;
        }
        memcpy(&p, x + n - 8, 8);
        memcpy(&q, y + n - 8, 8);
        return p == q;
    }
    if (n >= 4) {
        uint32_t p, q, r, s;
        memcpy(&p, x, 4);
        memcpy(&q, y, 4);
        memcpy(&r, x + n - 4, 4);
        memcpy(&s, y + n - 4, 4);
        return p == q && r == s;
    }
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return false;
    return true;
}
/* The same for two different objects, in line. */
RT_INLINE bool rt_str_same(rt_value a, rt_value b)
{
    const struct rt_str *x = rt_as_str(a), *y = rt_as_str(b);
    if (x->length != y->length || x->kind != y->kind || x->ascii != y->ascii)
        return false;
    return rt_same_bytes(rt_str_data(x), rt_str_data(y), x->length * x->kind);
}
bool rt_str_eq_cstr(rt_value a, const char *ascii);
int rt_str_cmp(rt_value a, rt_value b);
int64_t rt_str_hash(rt_value s);                    /* never fails */
int64_t rt_str_find(rt_value s, rt_value sub, int64_t start, int64_t end, int dir); /* -1 none */
/* Interning: returns an immortal, uncounted word; consumes nothing. Process-wide, lock-free look-up. */
rt_value rt_str_intern(struct rt_thread *ts, rt_value s);
/* For a name that is looked up: its interned form; where there is none and nobody has asked for it lately, s itself. So names
   made up on the way, from requests say, are not kept for ever. */
rt_value rt_str_intern_again(struct rt_thread *ts, rt_value s);
rt_value rt_str_intern_cstr(struct rt_thread *ts, const char *s);
rt_value rt_str_intern_utf8(struct rt_thread *ts, const char *s, size_t n);
rt_value rt_str_intern_latin1(struct rt_thread *ts, const uint8_t *p, size_t n);
RT_INLINE bool rt_str_is_interned(rt_value v) { return rt_load_relaxed(&rt_as_str(v)->interned) != 0; }
/* %-format and the format mini-language live in types/str/format.c */
rt_value rt_str_mod(struct rt_thread *ts, rt_value fmt, rt_value args);
/* The engine behind it; bytes formats come as Latin-1 text and give text below 256. */
rt_value rt_percent_format(struct rt_thread *ts, const void *fmt, int kind, size_t n, bool ascii, rt_value args,
                           bool bytes);
/* File-system names: utf-8 + surrogateescape. fsdecode: new str. fsencode accepts str, bytes, PathLike:
   owned bytes word. */
rt_value rt_str_fsdecode(struct rt_thread *ts, const char *s, size_t n);
rt_value rt_str_fsencode(struct rt_thread *ts, rt_value path);
rt_value rt_str_fspath(struct rt_thread *ts, rt_value path); /* os.fspath(): str or bytes */
rt_value rt_str_encode(struct rt_thread *ts, rt_value s, const char *encoding, const char *errors); /* py; bytes */
rt_value rt_str_decode(struct rt_thread *ts, const char *p, size_t n, const char *encoding, const char *errors);

/* Builder: grows, widens; finish makes the str and frees; abort frees. 0 or -1. */
struct rt_strbuf { void *data; size_t length, capacity; uint32_t maxchar; uint8_t kind; char local[120]; };
void rt_strbuf_init(struct rt_strbuf *b);
int rt_strbuf_char(struct rt_thread *ts, struct rt_strbuf *b, uint32_t cp);
int rt_strbuf_str(struct rt_thread *ts, struct rt_strbuf *b, rt_value s);
int rt_strbuf_sub(struct rt_thread *ts, struct rt_strbuf *b, rt_value s, size_t start, size_t end);
int rt_strbuf_ascii(struct rt_thread *ts, struct rt_strbuf *b, const char *s, size_t n);
int rt_strbuf_fill(struct rt_thread *ts, struct rt_strbuf *b, uint32_t cp, size_t n);
/* n bytes of valid UTF-8 that are `chars` characters up to max. */
int rt_strbuf_utf8(struct rt_thread *ts, struct rt_strbuf *b, const char *s, size_t n, size_t chars, uint32_t max);
rt_value rt_strbuf_finish(struct rt_thread *ts, struct rt_strbuf *b);
void rt_strbuf_abort(struct rt_strbuf *b);

/* Names known at compile time: RT_ID(append) is the interned word. Listed in object/names.def. */
#define RT_ID(n) (rt_names.n)
struct rt_names {
#define RT_NAME(n) rt_value n;
#define RT_NAME_AS(n, text) rt_value n;
#include "core/object/names.def"
#undef RT_NAME
#undef RT_NAME_AS
};
extern struct rt_names rt_names; /* constant after start-up */

#endif
