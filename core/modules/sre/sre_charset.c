/* SPDX-License-Identifier: MIT */
/* Character sets and categories, as the library's code words describe them. */
#include "core/modules/sre/sre_internal.h"
#include "core/unicode/unicode_db.h"

#include <ctype.h>
#include <string.h>

static inline bool ascii_word(uint32_t c)
{
    return c < 128 && ((c | 32) - 'a' < 26 || c - '0' < 10 || c == '_');
}

static inline bool ascii_space(uint32_t c)
{
    return c == ' ' || c - '\t' < 5;
}

bool sre_category(uint32_t category, uint32_t c)
{
    switch (category) {
    case SRE_CATEGORY_DIGIT:
        return c - '0' < 10;
    case SRE_CATEGORY_NOT_DIGIT:
        return c - '0' >= 10;
    case SRE_CATEGORY_SPACE:
        return ascii_space(c);
    case SRE_CATEGORY_NOT_SPACE:
        return !ascii_space(c);
    case SRE_CATEGORY_WORD:
        return ascii_word(c);
    case SRE_CATEGORY_NOT_WORD:
        return !ascii_word(c);
    case SRE_CATEGORY_LINEBREAK:
        return c == '\n';
    case SRE_CATEGORY_NOT_LINEBREAK:
        return c != '\n';
    case SRE_CATEGORY_LOC_WORD:
        return (c < 256 && isalnum((int)c)) || c == '_';
    case SRE_CATEGORY_LOC_NOT_WORD:
        return !((c < 256 && isalnum((int)c)) || c == '_');
    case SRE_CATEGORY_UNI_DIGIT:
        return rt_unicode_is_decimal(c);
    case SRE_CATEGORY_UNI_NOT_DIGIT:
        return !rt_unicode_is_decimal(c);
    case SRE_CATEGORY_UNI_SPACE:
        return rt_unicode_is_space(c);
    case SRE_CATEGORY_UNI_NOT_SPACE:
        return !rt_unicode_is_space(c);
    case SRE_CATEGORY_UNI_WORD:
        return rt_unicode_is_alnum(c) || c == '_';
    case SRE_CATEGORY_UNI_NOT_WORD:
        return !(rt_unicode_is_alnum(c) || c == '_');
    case SRE_CATEGORY_UNI_LINEBREAK:
        return rt_unicode_is_linebreak(c);
    case SRE_CATEGORY_UNI_NOT_LINEBREAK:
        return !rt_unicode_is_linebreak(c);
    }
    return false;
}

uint32_t sre_lower(enum case_mode mode, uint32_t c)
{
    switch (mode) {
    case CASE_ASCII:
        return c - 'A' < 26 ? c + 32 : c;
    case CASE_UNICODE:
        return rt_unicode_to_lower(c);
    case CASE_LOCALE:
        return c < 256 ? (uint32_t)tolower((int)c) : c;
    default:
        return c;
    }
}

static bool in_big_charset(const uint32_t *set, uint32_t c)
{
    if (c > 0xffff) {
        return false;
    }
    uint8_t block;
    memcpy(&block, (const uint8_t *)(set + 1) + (c >> 8), 1);
    const uint32_t *bits = set + 1 + 64 + 8 * block;
    return bits[(c & 255) / 32] >> (c & 31) & 1;
}

bool sre_charset(const uint32_t *set, uint32_t c)
{
    bool ok = true;
    for (;;) {
        switch (*set++) {
        case SRE_FAILURE:
            return !ok;
        case SRE_NEGATE:
            ok = !ok;
            break;
        case SRE_LITERAL:
            if (c == set[0]) {
                return ok;
            }
            set++;
            break;
        case SRE_CATEGORY:
            if (sre_category(set[0], c)) {
                return ok;
            }
            set++;
            break;
        case SRE_RANGE:
            if (set[0] <= c && c <= set[1]) {
                return ok;
            }
            set += 2;
            break;
        case SRE_RANGE_UNI_IGNORE: {
            uint32_t upper = rt_unicode_to_upper(c);
            if ((set[0] <= c && c <= set[1]) || (set[0] <= upper && upper <= set[1])) {
                return ok;
            }
            set += 2;
            break;
        }
        case SRE_CHARSET:
            if (c < 256 && (set[c / 32] >> (c & 31) & 1)) {
                return ok;
            }
            set += 8;
            break;
        case SRE_BIGCHARSET:
            if (in_big_charset(set, c)) {
                return ok;
            }
            set += 1 + 64 + 8 * set[0];
            break;
        }
    }
}

bool sre_matcher_eval(const struct rt_sre_program *p, const struct matcher *m, uint32_t c)
{
    const uint32_t *set = p->charsets + m->charset;
    if (m->mode != CASE_LOCALE) {
        return sre_charset(set, sre_lower(m->mode, c));
    }
    uint32_t lower = sre_lower(CASE_LOCALE, c);
    uint32_t upper = c < 256 ? (uint32_t)toupper((int)c) : c;
    bool found = sre_charset(set, lower) || (upper != lower && sre_charset(set, upper));
    return found != (m->c != 0);            /* c: negated as a whole */
}

/* HIGH_NEVER or HIGH_ALWAYS when every item of the set says the same about characters from 256 on. */
static enum high_kind high_of(const uint32_t *set)
{
    bool ok = true;
    for (;;) {
        switch (*set++) {
        case SRE_FAILURE:
            return ok ? HIGH_NEVER : HIGH_ALWAYS;
        case SRE_NEGATE:
            ok = !ok;
            break;
        case SRE_LITERAL:
            if (set[0] > 255) {
                return HIGH_EVAL;
            }
            set++;
            break;
        case SRE_CATEGORY:
            if (set[0] > SRE_CATEGORY_NOT_LINEBREAK) {
                return HIGH_EVAL;
            }
            if (set[0] & 1) {               /* the ASCII categories' complements hold all of them */
                return ok ? HIGH_ALWAYS : HIGH_NEVER;
            }
            set++;
            break;
        case SRE_RANGE:
            if (set[1] > 255) {
                return HIGH_EVAL;
            }
            set += 2;
            break;
        case SRE_CHARSET:
            set += 8;
            break;
        default:
            return HIGH_EVAL;
        }
    }
}

/* The categories' characters below 256, in 64-bit words; those of the locale have none that stay. A complement is odd. */
static const uint64_t category_latin1[SRE_CATEGORY_COUNT][4] = {
    [SRE_CATEGORY_DIGIT] = {0x03ff000000000000},
    [SRE_CATEGORY_SPACE] = {0x0000000100003e00},
    [SRE_CATEGORY_WORD] = {0x03ff000000000000, 0x07fffffe87fffffe},
    [SRE_CATEGORY_LINEBREAK] = {0x0000000000000400},
    [SRE_CATEGORY_UNI_DIGIT] = {0x03ff000000000000},
    [SRE_CATEGORY_UNI_SPACE] = {0x00000001f0003e00, 0, 0x0000000100000020},
    [SRE_CATEGORY_UNI_WORD] = {0x03ff000000000000, 0x07fffffe87fffffe, 0x762c040000000000, 0xff7fffffff7fffff},
    [SRE_CATEGORY_UNI_LINEBREAK] = {0x0000000070003c00, 0, 0x0000000000000020},
};

static void add_range(uint64_t bits[4], uint32_t first, uint32_t last)
{
    for (uint32_t i = 0; i < 4 && first <= last; i++) {
        uint32_t base = 64 * i, from = first > base ? first - base : 0;
        if (from < 64 && last >= base) {
            uint32_t to = last - base < 63 ? last - base : 63;
            bits[i] |= (UINT64_MAX << from) & (UINT64_MAX >> (63 - to));
        }
    }
}

/* What an item of a set, whose code is op, holds of the first 256 characters; returns the words behind op. */
static size_t item_latin1(uint32_t op, const uint32_t *set, uint64_t bits[4])
{
    switch (op) {
    case SRE_LITERAL:
        add_range(bits, set[0], set[0]);
        return 1;
    case SRE_CATEGORY:
        for (int i = 0; i < 4; i++) {
            bits[i] = category_latin1[set[0] & ~1u][i] ^ (set[0] & 1 ? UINT64_MAX : 0);
        }
        return 1;
    case SRE_RANGE:
        add_range(bits, set[0], set[1]);
        return 2;
    case SRE_RANGE_UNI_IGNORE:
        for (uint32_t c = 0; c < 256; c++) {
            uint32_t upper = rt_unicode_to_upper(c);
            if ((set[0] <= c && c <= set[1]) || (set[0] <= upper && upper <= set[1])) {
                add_range(bits, c, c);
            }
        }
        return 2;
    case SRE_BIGCHARSET: {
        uint8_t block;
        memcpy(&block, set + 1, 1);
        memcpy(bits, set + 1 + 64 + 8 * block, 32);
        return 1 + 64 + 8 * (size_t)set[0];
    }
    default: /* SRE_CHARSET */
        memcpy(bits, set, 32);
        return 8;
    }
}

/* The first 256 characters that sre_charset takes, found item by item: the first that holds a character decides. */
static void charset_latin1(const uint32_t *set, uint64_t found[4])
{
    uint64_t decided[4] = {0}, ok = UINT64_MAX;
    for (uint32_t op; (op = *set++) != SRE_FAILURE;) {
        if (op == SRE_NEGATE) {
            ok = ~ok;
            continue;
        }
        uint64_t bits[4] = {0};
        set += item_latin1(op, set, bits);
        for (int i = 0; i < 4; i++) {
            found[i] |= bits[i] & ~decided[i] & ok;
            decided[i] |= bits[i];
        }
    }
    for (int i = 0; i < 4; i++) {
        found[i] |= ~decided[i] & ~ok;
    }
}

/* Bit i of byte to byte i, as 0 or 1. */
static inline uint64_t spread(uint64_t byte)
{
    uint64_t each = byte * 0x0101010101010101 & 0x8040201008040201;
    return (each + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101;
}

void sre_matcher_fill(const struct rt_sre_program *p, struct matcher *m)
{
    const uint32_t *set = p->charsets + m->charset;
    uint64_t taken[4] = {0};
    charset_latin1(set, taken);
    memcpy(m->latin1, taken, sizeof taken);
    if (m->mode != CASE_EXACT) {
        for (uint32_t c = 0; c < 256; c++) {
            uint32_t lower = sre_lower(m->mode, c);     /* of a character below 256: below 256 */
            uint64_t bit = 1ull << (c & 63);
            m->latin1[c >> 6] = (m->latin1[c >> 6] & ~bit) | (taken[lower >> 6 & 3] >> (lower & 63) & 1 ? bit : 0);
        }
    }
    for (uint32_t i = 0; i < 32; i++) {
        uint64_t eight = spread(m->latin1[i >> 3] >> (8 * (i & 7)) & 0xff);
        memcpy(m->member + 8 * i, &eight, 8);
    }
    m->high = m->mode == CASE_UNICODE ? HIGH_EVAL : high_of(set);
}
