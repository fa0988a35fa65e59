/* SPDX-License-Identifier: MIT */
/*
 * bytes and bytearray share every method that only reads: they take the data of self as a span and make
 * their results in self's type.
 *
 * bytearray: the array, its length and capacity travel in one block (lock-free readers see a block that
 * agrees with itself; an outgrown one is retired). Whoever changes it holds its critical section. While
 * `exports` is not zero the block stays where it is and as long as it is.
 */
#ifndef RT_TYPES_BYTES_INTERNAL_H
#define RT_TYPES_BYTES_INTERNAL_H

#include "core/base/hash.h"
#include "core/base/repeat.h"
#include "core/base/strsearch.h"
#include "core/object/native.h"
#include "core/types/text_args.h"
#include "core/unicode/utf.h"

struct rt_ba_block {
    size_t capacity;         /* of data, without the terminating NUL */
    _Atomic size_t start;    /* first byte: grows when bytes are deleted at the front */
    _Atomic size_t length;
    char data[];             /* NUL-terminated */
};
struct rt_bytearray {
    struct rt_object hdr;
    _Atomic(struct rt_ba_block *) block; /* never NULL */
    _Atomic int64_t exports;             /* buffers handed out */
};

struct span {
    const char *p;
    size_t n;
};

rt_value rt_bytearray_snapshot(struct rt_thread *ts, rt_value v); /* as bytes */
RT_INLINE bool rt_is_bytearray(rt_value v) { return rt_has(v, RT_TF_BYTEARRAY); }
RT_INLINE struct rt_bytearray *rt_as_bytearray(rt_value v) { return (struct rt_bytearray *)rt_ptr(v); }
RT_INLINE struct span rt_span(rt_value v)
{
    if (rt_likely(rt_is_bytes(v)))
        return (struct span){rt_as_bytes(v)->data, rt_as_bytes(v)->length};
    struct rt_ba_block *b = rt_load_acquire(&rt_as_bytearray(v)->block);
    /* start and length change one after the other: read between, they may reach past the block. */
    size_t n = rt_load_acquire(&b->length), start = rt_load_relaxed(&b->start);
    return (struct span){b->data + start, rt_likely(start + n <= b->capacity) ? n : b->capacity - start};
}

/* New bytes or bytearray, as like. */
RT_INLINE rt_value rt_bytes_like(struct rt_thread *ts, rt_value like, const char *p, size_t n)
{
    return rt_is_bytearray(like) ? rt_bytearray_new(ts, p, n) : rt_bytes_new(ts, p, n);
}
/* Writable data of an object just made. */
RT_INLINE char *rt_span_write(rt_value v) { return (char *)rt_span(v).p; }

/* [attached; py; raises] A bytes-like argument: bytes are borrowed, others exported until rt_arg_release. */
struct bytes_arg {
    const char *p;
    size_t n;
    bool exported;
    struct rt_buffer buffer;
};
/* An argument not taken yet: may be released. The buffer, which is large, is left as it is. */
#define RT_BYTES_ARG(name) \
    struct bytes_arg name; \
    name.p = NULL;         \
    name.n = 0;            \
    name.exported = false
int rt_bytes_arg_export(struct rt_thread *ts, rt_value v, struct bytes_arg *a);
void rt_bytes_arg_unexport(struct rt_thread *ts, struct bytes_arg *a);
RT_INLINE int rt_bytes_arg(struct rt_thread *ts, rt_value v, struct bytes_arg *a)
{
    if (rt_unlikely(!rt_is_bytes(v)))
        return rt_bytes_arg_export(ts, v, a);
    a->p = rt_as_bytes(v)->data;
    a->n = rt_as_bytes(v)->length;
    a->exported = false;
    return 0;
}
RT_INLINE void rt_bytes_arg_release(struct rt_thread *ts, struct bytes_arg *a)
{
    if (rt_unlikely(a->exported))
        rt_bytes_arg_unexport(ts, a);
}

/* bytes(o) without encoding: buffer, iterable of ints. range_msg for items outside 0..255. */
rt_value rt_bytes_from_any(struct rt_thread *ts, rt_value o);
/* An int in 0..255, or -1 with ValueError(msg) / TypeError. */
int rt_byte_value(struct rt_thread *ts, rt_value v, const char *msg);
rt_value rt_bytes_repr_of(struct rt_thread *ts, const char *p, size_t n, const char *prefix, const char *suffix);

rt_value rt_bytes_hex(struct rt_thread *ts, const uint8_t *p, size_t n, rt_value sep, rt_value group);
rt_value rt_bytes_iter(struct rt_thread *ts, rt_value self);
/* BytesWarning when the interpreter was started with -b; 0 or -1. */
int rt_bytes_warn(struct rt_thread *ts, const char *msg);
/* Copy what the view shows, in C order, to len bytes at out. */
void rt_buffer_copy_out(const struct rt_buffer *b, char *out);
/* source, encoding, errors of bytes() and bytearray(): 1 and *r when encoding or errors are given, 0, -1. */
int rt_bytes_encode_args(struct rt_thread *ts, const char *fname, const rt_value a[3], rt_value *r);

extern const struct rt_method_def rt_bytes_methods[], rt_bytearray_methods[];

/* Shared methods (bytes_methods.c, bytes_search.c). */
#define RT_BM_NOARGS(name) rt_value rt_bm_##name(struct rt_thread *ts, rt_value self)
#define RT_BM_O(name) rt_value rt_bm_##name(struct rt_thread *ts, rt_value self, rt_value arg)
#define RT_BM_FAST(name) rt_value rt_bm_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
#define RT_BM_KW(name) \
    rt_value rt_bm_##name(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
RT_BM_NOARGS(capitalize);
RT_BM_NOARGS(lower);
RT_BM_NOARGS(upper);
RT_BM_NOARGS(title);
RT_BM_NOARGS(swapcase);
RT_BM_NOARGS(isalnum);
RT_BM_NOARGS(isalpha);
RT_BM_NOARGS(isascii);
RT_BM_NOARGS(isdigit);
RT_BM_NOARGS(islower);
RT_BM_NOARGS(isspace);
RT_BM_NOARGS(istitle);
RT_BM_NOARGS(isupper);
RT_BM_FAST(center);
RT_BM_FAST(ljust);
RT_BM_FAST(rjust);
RT_BM_O(zfill);
RT_BM_KW(expandtabs);
RT_BM_KW(decode);
RT_BM_KW(hex);
RT_BM_O(fromhex);
RT_BM_KW(translate);
RT_BM_FAST(maketrans);
RT_BM_O(join);
RT_BM_FAST(count);
RT_BM_FAST(find);
RT_BM_FAST(rfind);
RT_BM_FAST(index);
RT_BM_FAST(rindex);
RT_BM_FAST(startswith);
RT_BM_FAST(endswith);
RT_BM_O(removeprefix);
RT_BM_O(removesuffix);
RT_BM_FAST(replace);
RT_BM_FAST(strip);
RT_BM_FAST(lstrip);
RT_BM_FAST(rstrip);
RT_BM_O(partition);
RT_BM_O(rpartition);
RT_BM_KW(split);
RT_BM_KW(rsplit);
RT_BM_KW(splitlines);
rt_value rt_bm_mod(struct rt_thread *ts, rt_value a, rt_value b);
int rt_bm_contains(struct rt_thread *ts, rt_value self, rt_value v);
rt_value rt_bm_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op);

/* One row per shared method; flags are added (bytearray: RT_METH_LOCKED). */
#define RT_BM_ROW(name, flags, doc) {#name, rt_bm_##name, flags, doc}
#define RT_BM_ROWS(F) \
    RT_BM_ROW(capitalize, RT_METH_NOARGS | F, \
              "B.capitalize() -> copy of B\n\nReturn a copy of B with only its first character capitalized (ASCII)."), \
    RT_BM_ROW(center, RT_METH_FAST | F, "center($self, width, fillchar=b' ', /)\n--\n\nReturn a centered copy of length width."), \
    RT_BM_ROW(count, RT_METH_FAST | F, "B.count(sub[, start[, end]]) -> int\n\nReturn the number of non-overlapping occurrences of sub."), \
    RT_BM_ROW(decode, RT_METH_KW | F, "decode($self, /, encoding='utf-8', errors='strict')\n--\n\nDecode the bytes using the codec registered for encoding."), \
    RT_BM_ROW(endswith, RT_METH_FAST | F, "B.endswith(suffix[, start[, end]]) -> bool\n\nReturn True if B ends with the specified suffix, False otherwise."), \
    RT_BM_ROW(expandtabs, RT_METH_KW | F, "expandtabs($self, /, tabsize=8)\n--\n\nReturn a copy where all tab characters are expanded using spaces."), \
    RT_BM_ROW(find, RT_METH_FAST | F, "B.find(sub[, start[, end]]) -> int\n\nReturn the lowest index where sub is found, or -1."), \
    {"fromhex", rt_bm_fromhex, RT_METH_O | RT_METH_CLASS, "fromhex($type, string, /)\n--\n\nCreate an object from a string of hexadecimal numbers."}, \
    RT_BM_ROW(hex, RT_METH_KW | F, "Create a string of hexadecimal numbers."), \
    RT_BM_ROW(index, RT_METH_FAST | F, "B.index(sub[, start[, end]]) -> int\n\nLike find, but raises ValueError when the section is not found."), \
    RT_BM_ROW(isalnum, RT_METH_NOARGS | F, "B.isalnum() -> bool\n\nTrue if all characters are alphanumeric ASCII and there is at least one."), \
    RT_BM_ROW(isalpha, RT_METH_NOARGS | F, "B.isalpha() -> bool\n\nTrue if all characters are alphabetic ASCII and there is at least one."), \
    RT_BM_ROW(isascii, RT_METH_NOARGS | F, "B.isascii() -> bool\n\nTrue if B is empty or all characters in B are ASCII."), \
    RT_BM_ROW(isdigit, RT_METH_NOARGS | F, "B.isdigit() -> bool\n\nTrue if all characters are digits and there is at least one."), \
    RT_BM_ROW(islower, RT_METH_NOARGS | F, "B.islower() -> bool\n\nTrue if there are cased characters and all of them are lowercase."), \
    RT_BM_ROW(isspace, RT_METH_NOARGS | F, "B.isspace() -> bool\n\nTrue if all characters are whitespace and there is at least one."), \
    RT_BM_ROW(istitle, RT_METH_NOARGS | F, "B.istitle() -> bool\n\nTrue if B is titlecased."), \
    RT_BM_ROW(isupper, RT_METH_NOARGS | F, "B.isupper() -> bool\n\nTrue if there are cased characters and all of them are uppercase."), \
    RT_BM_ROW(join, RT_METH_O | F, "join($self, iterable_of_bytes, /)\n--\n\nConcatenate any number of bytes objects."), \
    RT_BM_ROW(ljust, RT_METH_FAST | F, "ljust($self, width, fillchar=b' ', /)\n--\n\nReturn a left-justified copy of length width."), \
    RT_BM_ROW(lower, RT_METH_NOARGS | F, "B.lower() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to lowercase."), \
    RT_BM_ROW(lstrip, RT_METH_FAST | F, "lstrip($self, bytes=None, /)\n--\n\nStrip leading bytes contained in the argument."), \
    {"maketrans", rt_bm_maketrans, RT_METH_FAST | RT_METH_STATIC, "maketrans(frm, to, /)\n--\n\nReturn a translation table useable for the translate method."}, \
    RT_BM_ROW(partition, RT_METH_O | F, "partition($self, sep, /)\n--\n\nPartition into three parts using the given separator."), \
    RT_BM_ROW(replace, RT_METH_FAST | F, "replace($self, old, new, count=-1, /)\n--\n\nReturn a copy with occurrences of old replaced by new."), \
    RT_BM_ROW(removeprefix, RT_METH_O | F, "removeprefix($self, prefix, /)\n--\n\nReturn a copy with the given prefix removed if present."), \
    RT_BM_ROW(removesuffix, RT_METH_O | F, "removesuffix($self, suffix, /)\n--\n\nReturn a copy with the given suffix removed if present."), \
    RT_BM_ROW(rfind, RT_METH_FAST | F, "B.rfind(sub[, start[, end]]) -> int\n\nReturn the highest index where sub is found, or -1."), \
    RT_BM_ROW(rindex, RT_METH_FAST | F, "B.rindex(sub[, start[, end]]) -> int\n\nLike rfind, but raises ValueError when the section is not found."), \
    RT_BM_ROW(rjust, RT_METH_FAST | F, "rjust($self, width, fillchar=b' ', /)\n--\n\nReturn a right-justified copy of length width."), \
    RT_BM_ROW(rpartition, RT_METH_O | F, "rpartition($self, sep, /)\n--\n\nPartition into three parts, searching from the end."), \
    RT_BM_ROW(rsplit, RT_METH_KW | F, "rsplit($self, /, sep=None, maxsplit=-1)\n--\n\nReturn a list of the sections, splitting from the end."), \
    RT_BM_ROW(rstrip, RT_METH_FAST | F, "rstrip($self, bytes=None, /)\n--\n\nStrip trailing bytes contained in the argument."), \
    RT_BM_ROW(split, RT_METH_KW | F, "split($self, /, sep=None, maxsplit=-1)\n--\n\nReturn a list of the sections, using sep as the delimiter."), \
    RT_BM_ROW(splitlines, RT_METH_KW | F, "splitlines($self, /, keepends=False)\n--\n\nReturn a list of the lines, breaking at line boundaries."), \
    RT_BM_ROW(startswith, RT_METH_FAST | F, "B.startswith(prefix[, start[, end]]) -> bool\n\nReturn True if B starts with the specified prefix, False otherwise."), \
    RT_BM_ROW(strip, RT_METH_FAST | F, "strip($self, bytes=None, /)\n--\n\nStrip leading and trailing bytes contained in the argument."), \
    RT_BM_ROW(swapcase, RT_METH_NOARGS | F, "B.swapcase() -> copy of B\n\nReturn a copy of B with the case of ASCII characters swapped."), \
    RT_BM_ROW(title, RT_METH_NOARGS | F, "B.title() -> copy of B\n\nReturn a titlecased version of B (ASCII)."), \
    RT_BM_ROW(translate, RT_METH_KW | F, "translate($self, table, /, delete=b'')\n--\n\nReturn a copy with each character mapped by the given translation table."), \
    RT_BM_ROW(upper, RT_METH_NOARGS | F, "B.upper() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to uppercase."), \
    RT_BM_ROW(zfill, RT_METH_O | F, "zfill($self, width, /)\n--\n\nPad a numeric string with zeros on the left, to fill a field of the given width.")

#endif
