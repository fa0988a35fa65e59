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

void sre_matcher_fill(const struct rt_sre_program *p, struct matcher *m)
{
    for (uint32_t c = 0; c < 256; c++) {
        m->member[c] = sre_matcher_eval(p, m, c);
    }
    m->high = m->mode == CASE_UNICODE ? HIGH_EVAL : high_of(p->charsets + m->charset);
}
