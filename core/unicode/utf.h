/* SPDX-License-Identifier: MIT */
/*
 * Transcoders between code points (1, 2 or 4 bytes each, "kind") and UTF-8, UTF-16, UTF-32, UTF-7, ASCII, Latin-1,
 * unicode-escape and raw-unicode-escape. No objects, no state outside the arguments.
 *
 * Nothing here handles errors; a function stops at the first one and says where it is and why, in the
 * words and with the bounds that CPython's UnicodeError shows. The caller asks the error handler,
 * puts its replacement, and goes on. Decoders never give more characters than they read bytes.
 */
#ifndef RT_UNICODE_UTF_H
#define RT_UNICODE_UTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint32_t rt_utf_get(const void *text, int kind, size_t i)
{
    return kind == 1 ? ((const uint8_t *)text)[i]
        : kind == 2 ? ((const uint16_t *)text)[i] : ((const uint32_t *)text)[i];
}

static inline void rt_utf_put(void *text, int kind, size_t i, uint32_t cp)
{
    if (kind == 1) {
        ((uint8_t *)text)[i] = (uint8_t)cp;
    } else if (kind == 2) {
        ((uint16_t *)text)[i] = (uint16_t)cp;
    } else {
        ((uint32_t *)text)[i] = cp;
    }
}

static inline bool rt_utf_is_surrogate(uint32_t cp)
{
    return (cp & 0xfffff800) == 0xd800;
}

/* Kind that holds characters up to max. */
static inline int rt_utf_kind(uint32_t max)
{
    return max < 0x100 ? 1 : max < 0x10000 ? 2 : 4;
}

/* An undecodable part [start, end) of the input. reason NULL: no error. */
struct rt_utf_error {
    size_t start, end;
    const char *reason;
};

/* Length of the longest prefix of bytes below 128. */
/* [any thread; pure] */
size_t rt_utf_ascii_prefix(const uint8_t *s, size_t n);

/* 0x7f, 0xff, 0xffff or 0x10ffff: the least of these that no character exceeds. */
/* [any thread; pure] */
uint32_t rt_utf_max_char(const void *text, int kind, size_t n);

/* Copies characters between kinds; every one must fit into to_kind. */
/* [any thread; pure] */
void rt_utf_convert(const void *from, int from_kind, size_t n, void *to, int to_kind);

/* ---- UTF-8 ---- */

/*
 * Reads valid UTF-8 from the start of s[0..n): returns the bytes read, their characters in *chars, and in
 * *max the bucket of rt_utf_max_char. Less than n means an error (or an unfinished character) there.
 */
/* [any thread; pure] */
size_t rt_utf8_scan(const uint8_t *s, size_t n, size_t *chars, uint32_t *max);

/* What is wrong at s[pos]; with final false, an unfinished character at the end gives reason NULL. */
/* [any thread; pure] */
struct rt_utf_error rt_utf8_error(const uint8_t *s, size_t n, size_t pos, bool final);

/* Decodes n bytes that rt_utf8_scan has accepted; kind as for its *max. */
/* [any thread; pure] */
void rt_utf8_decode(const uint8_t *s, size_t n, void *out, int kind);

/* Bytes that text needs as UTF-8; *bad is the place of the first surrogate (counted as three bytes), or n. */
/* [any thread; pure] */
size_t rt_utf8_size(const void *text, int kind, size_t n, size_t *bad);

/* Writes UTF-8, surrogates in three bytes like any other; returns the bytes written. */
/* [any thread; pure] */
size_t rt_utf8_encode(const void *text, int kind, size_t n, uint8_t *out);

/* ---- UTF-16 and UTF-32 ---- */

/*
 * Decode from s + *pos into out (4 bytes a character, room for one per code unit); advance *pos; return the
 * number of characters. An error stops them with err->reason set and *pos at err->start. With final
 * false an unfinished character at the end is left unread.
 */
/* [any thread; pure] */
size_t rt_utf16_decode(const uint8_t *s, size_t n, size_t *pos, bool big, bool final, uint32_t *out,
    struct rt_utf_error *err);
size_t rt_utf32_decode(const uint8_t *s, size_t n, size_t *pos, bool big, bool final, uint32_t *out,
    struct rt_utf_error *err);

/*
 * Encode text[*pos..n); stop at a lone surrogate ("surrogates not allowed", one character) with *pos there
 * unless pass is set. Return the bytes written; out has room for 4 bytes a character.
 */
/* [any thread; pure] */
size_t rt_utf16_encode(const void *text, int kind, size_t n, size_t *pos, bool big, bool pass, uint8_t *out);
size_t rt_utf32_encode(const void *text, int kind, size_t n, size_t *pos, bool big, bool pass, uint8_t *out);

/*
 * The plain cases, in two passes without a branch for each character. Decoding: whether n units of `unit` bytes are all
 * characters by themselves, and the greatest (or more) in *max; then rt_utf_wide_fill, with the kind of *max.
 * Encoding: whether every character of text is one unit.
 */
/* [any thread; pure] */
bool rt_utf_wide_plain(const uint8_t *s, size_t n, unsigned unit, bool big, uint32_t *max);
void rt_utf_wide_fill(const uint8_t *s, size_t n, unsigned unit, bool big, void *out, int kind);
bool rt_utf_wide_fits(const void *text, int kind, size_t n, unsigned unit);
void rt_utf_wide_put(const void *text, int kind, size_t n, unsigned unit, bool big, uint8_t *out);

/* ---- ASCII and Latin-1 ---- */

/* First place whose character is >= limit, or n; *end is the end of the run of such characters. */
/* [any thread; pure] */
size_t rt_utf_find_above(const void *text, int kind, size_t n, size_t from, uint32_t limit, size_t *end);

/* ---- decoders that keep state between errors ---- */

struct rt_utf_decoder {
    const uint8_t *in;
    size_t n, pos;              /* set pos to go on after an error */
    bool final;                 /* false: leave an unfinished escape at the end unread */
    uint32_t *out;              /* room for n - pos more characters at every call */
    size_t len;
    struct rt_utf_error error;  /* after a call: reason NULL when the input is used up */
    size_t invalid_escape;      /* unicode-escape: place of the first unknown escape's letter or too large octal escape's digit; SIZE_MAX: none */
    /* UTF-7 */
    bool in_shift;
    unsigned bits;
    uint32_t buffer, surrogate;
    size_t shift_start, shift_out;
};

static inline void rt_utf_decoder_init(struct rt_utf_decoder *d, const uint8_t *in, size_t n, bool final,
    uint32_t *out)
{
    *d = (struct rt_utf_decoder){.in = in, .n = n, .final = final, .out = out, .invalid_escape = SIZE_MAX};
}

/* Decode until the end (true; pos is what was consumed) or an error (false; see error). */
/* [any thread; pure] */
bool rt_unicode_escape_decode(struct rt_utf_decoder *d);
bool rt_raw_unicode_escape_decode(struct rt_utf_decoder *d);
bool rt_utf7_decode(struct rt_utf_decoder *d);

/* Encoders without errors; out NULL only counts. Return the bytes. */
/* [any thread; pure] */
size_t rt_unicode_escape_encode(const void *text, int kind, size_t n, uint8_t *out);
size_t rt_raw_unicode_escape_encode(const void *text, int kind, size_t n, uint8_t *out);
size_t rt_utf7_encode(const void *text, int kind, size_t n, uint8_t *out);

#endif
