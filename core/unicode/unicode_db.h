/* SPDX-License-Identifier: MIT */
/*
 * The Unicode 14.0.0 character database: properties, case mapping, normalisation, names.
 *
 * Constant tables and pure functions over code points; knows nothing of objects or threads. Code points passed in
 * are below 0x110000. Properties that str methods ask for come from one "type" row per code point (Latin-1 through a
 * flat table); what unicodedata alone shows comes from a second row. Unicode 3.2.0, which IDNA wants,
 * has a row table of its own (v3_2 arguments).
 */
#ifndef RT_UNICODE_UNICODE_DB_H
#define RT_UNICODE_UNICODE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/unicode/generated/unicode_tables.h"

#define RT_UNICODE_VERSION "14.0.0"
#define RT_UNICODE_MAX 0x10ffff

/* Order as in tools/gen_unicode.py. */
enum rt_unicode_flags {
    RT_UC_ALPHA = 1 << 0,
    RT_UC_DECIMAL = 1 << 1,
    RT_UC_DIGIT = 1 << 2,
    RT_UC_NUMERIC = 1 << 3,
    RT_UC_LOWER = 1 << 4,
    RT_UC_UPPER = 1 << 5,
    RT_UC_TITLE = 1 << 6,
    RT_UC_PRINTABLE = 1 << 7,
    RT_UC_SPACE = 1 << 8,
    RT_UC_LINEBREAK = 1 << 9,
    RT_UC_XID_START = 1 << 10,      /* without '_' */
    RT_UC_XID_CONTINUE = 1 << 11,
    RT_UC_CASED = 1 << 12,
    RT_UC_CASE_IGNORABLE = 1 << 13,
    RT_UC_ALNUM = RT_UC_ALPHA | RT_UC_DECIMAL | RT_UC_DIGIT | RT_UC_NUMERIC,
};

struct rt_unicode_type {
    uint32_t flags;
    int32_t lower, upper, title;    /* first character of the mapping, as a difference */
    uint16_t ext;                   /* row of rt_unicode_case_pool, or 0 when the simple mapping says all */
    int8_t decimal, digit;          /* -1: none */
};
extern const struct rt_unicode_type rt_unicode_types[];
extern const uint16_t rt_unicode_latin1_flags[256];
/* lower case of Latin-1 characters, all Latin-1 themselves */
extern const uint8_t rt_unicode_latin1_lower[256];

static inline const struct rt_unicode_type *rt_unicode_type(uint32_t cp)
{
    uint32_t block = rt_unicode_type_index[cp >> RT_UNICODE_TYPE_SHIFT];
    uint32_t low = cp & ((1u << RT_UNICODE_TYPE_SHIFT) - 1);
    return &rt_unicode_types[rt_unicode_type_data[(block << RT_UNICODE_TYPE_SHIFT) + low]];
}

static inline uint32_t rt_unicode_flags(uint32_t cp)
{
    return cp < 256 ? rt_unicode_latin1_flags[cp] : rt_unicode_type(cp)->flags;
}

#define RT_UC_TEST(name, mask) \
    static inline bool rt_unicode_is_##name(uint32_t cp) \
    { \
        return rt_unicode_flags(cp) & (mask); \
    }
RT_UC_TEST(alpha, RT_UC_ALPHA)
RT_UC_TEST(alnum, RT_UC_ALNUM)
RT_UC_TEST(decimal, RT_UC_DECIMAL)
RT_UC_TEST(digit, RT_UC_DIGIT)
RT_UC_TEST(numeric, RT_UC_NUMERIC)
RT_UC_TEST(lower, RT_UC_LOWER)
RT_UC_TEST(upper, RT_UC_UPPER)
RT_UC_TEST(title, RT_UC_TITLE)
RT_UC_TEST(printable, RT_UC_PRINTABLE)
RT_UC_TEST(space, RT_UC_SPACE)
RT_UC_TEST(linebreak, RT_UC_LINEBREAK)
RT_UC_TEST(xid_start, RT_UC_XID_START)
RT_UC_TEST(xid_continue, RT_UC_XID_CONTINUE)
RT_UC_TEST(cased, RT_UC_CASED)
RT_UC_TEST(case_ignorable, RT_UC_CASE_IGNORABLE)
#undef RT_UC_TEST

/* Decimal digit value (int(), float()), digit value (isdigit), -1 for none. */
static inline int rt_unicode_decimal(uint32_t cp)
{
    return cp < 128 ? (cp - '0' < 10 ? (int)(cp - '0') : -1) : rt_unicode_type(cp)->decimal;
}

static inline int rt_unicode_digit(uint32_t cp)
{
    return cp < 128 ? (cp - '0' < 10 ? (int)(cp - '0') : -1) : rt_unicode_type(cp)->digit;
}

/* ---- case ---- */

/* One character for one (the first of the full mapping, as CPython's regular expressions use). */
static inline uint32_t rt_unicode_to_lower(uint32_t cp)
{
    if (cp < 128) {
        return cp - 'A' < 26 ? cp + 32 : cp;
    }
    return cp + (uint32_t)rt_unicode_type(cp)->lower;
}

static inline uint32_t rt_unicode_to_upper(uint32_t cp)
{
    if (cp < 128) {
        return cp - 'a' < 26 ? cp - 32 : cp;
    }
    return cp + (uint32_t)rt_unicode_type(cp)->upper;
}

static inline uint32_t rt_unicode_to_title(uint32_t cp)
{
    if (cp < 128) {
        return cp - 'a' < 26 ? cp - 32 : cp;
    }
    return cp + (uint32_t)rt_unicode_type(cp)->title;
}

/* Full mappings: write 1 to 3 characters, return how many. (Final sigma is the caller's business.) */
/* [any thread; pure] */
int rt_unicode_lower_full(uint32_t cp, uint32_t out[3]);
int rt_unicode_upper_full(uint32_t cp, uint32_t out[3]);
int rt_unicode_title_full(uint32_t cp, uint32_t out[3]);
int rt_unicode_fold_full(uint32_t cp, uint32_t out[3]);

/* ---- what unicodedata shows ---- */

struct rt_unicode_record {
    uint8_t category, combining, bidirectional, width, mirrored;
    uint8_t numeric;                /* row of rt_unicode_numerics; row 0 is -1.0, none */
    uint8_t extra;                  /* 14.0: quick-check bits; 3.2.0: decimal value or 255 */
};
extern const struct rt_unicode_record rt_unicode_records[], rt_unicode_records_3_2_0[];
extern const double rt_unicode_numerics[];
extern const char *const rt_unicode_category_names[];   /* row 0 is "Cn" */
extern const char *const rt_unicode_bidi_names[];
extern const char *const rt_unicode_width_names[];

static inline const struct rt_unicode_record *rt_unicode_record(uint32_t cp)
{
    uint32_t block = rt_unicode_record_index[cp >> RT_UNICODE_RECORD_SHIFT];
    uint32_t low = cp & ((1u << RT_UNICODE_RECORD_SHIFT) - 1);
    return &rt_unicode_records[rt_unicode_record_data[(block << RT_UNICODE_RECORD_SHIFT) + low]];
}

static inline const struct rt_unicode_record *rt_unicode_record_3_2_0(uint32_t cp)
{
    uint32_t block = rt_unicode_old_index[cp >> RT_UNICODE_OLD_SHIFT];
    uint32_t low = cp & ((1u << RT_UNICODE_OLD_SHIFT) - 1);
    return &rt_unicode_records_3_2_0[rt_unicode_old_data[(block << RT_UNICODE_OLD_SHIFT) + low]];
}

/* Numeric value, -1.0 for none. */
static inline double rt_unicode_numeric(uint32_t cp)
{
    return rt_unicode_numerics[rt_unicode_record(cp)->numeric];
}

/*
 * Text of unicodedata.decomposition(): "<tag> 0041 0301", terminated; returns its length, 0 for none.
 * buf holds RT_UNICODE_DECOMPOSITION_MAX bytes.
 */
#define RT_UNICODE_DECOMPOSITION_MAX 160
/* [any thread; pure] */
size_t rt_unicode_decomposition(uint32_t cp, bool v3_2, char *buf);

/* ---- normalisation ---- */

enum rt_unicode_form {
    RT_NFD,
    RT_NFKD,
    RT_NFC,
    RT_NFKC,
};

enum rt_unicode_quick {
    RT_QUICK_YES,
    RT_QUICK_MAYBE,
    RT_QUICK_NO,
};

/* Is the text normalised, as far as a scan can tell? kind: 1, 2 or 4 bytes a character. */
/* [any thread; pure] */
enum rt_unicode_quick rt_unicode_quick_check(enum rt_unicode_form form, const void *text, int kind, size_t n);

/*
 * Normalises text (kind 1, 2 or 4) into *out, from malloc, for the caller to free; returns its length in
 * characters, or -1 when memory is short.
 */
/* [any thread; raises nothing] */
ptrdiff_t rt_unicode_normalize(enum rt_unicode_form form, bool v3_2, const void *text, int kind, size_t n,
    uint32_t **out);

/* ---- names ---- */

#define RT_UNICODE_NAME_MAX 256
#define RT_UNICODE_SEQUENCE_MAX 8

/* Name of cp, terminated, into buf (RT_UNICODE_NAME_MAX bytes); returns its length, 0 when it has none. */
/* [any thread; pure] */
size_t rt_unicode_name(uint32_t cp, bool v3_2, char *buf);

enum rt_unicode_lookup_flags {
    RT_LOOKUP_ALIASES = 1,
    RT_LOOKUP_SEQUENCES = 2,
    RT_LOOKUP_3_2_0 = 4,
};

/* Characters with this name, in any case: returns how many (0: unknown name). */
/* [any thread; pure] */
int rt_unicode_lookup_name(const char *name, size_t n, unsigned flags, uint32_t out[RT_UNICODE_SEQUENCE_MAX]);

#endif
