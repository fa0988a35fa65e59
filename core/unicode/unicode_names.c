/* SPDX-License-Identifier: MIT */
/*
 * Character names, both ways.
 *
 * A name is a string of word numbers (one or two bytes each, 0 at the end) in rt_unicode_name_stream; names are numbered in
 * code point order and found by number through every eighth's offset. The way back is a hash table
 * of name numbers, checked by spelling the candidate out. Hangul syllables and unified ideographs are
 * computed. Aliases and named sequences are a sorted list.
 */
#include "core/unicode/unicode_db.h"
#include "core/unicode/unicode_internal.h"

#include <stdio.h>
#include <string.h>

static const char hangul_l[][3] = {
    "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H",
};
static const char hangul_v[][4] = {
    "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE", "WI", "YU", "EU",
    "YI", "I",
};
static const char hangul_t[][3] = {
    "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B", "BS", "S", "SS",
    "NG", "J", "C", "K", "T", "P", "H",
};

static bool is_ideograph(uint32_t cp)
{
    for (int i = 0; i < RT_UNICODE_IDEOGRAPH_RANGES; i++) {
        if (cp >= rt_unicode_ideographs[i].first && cp <= rt_unicode_ideographs[i].last) {
            return true;
        }
    }
    return false;
}

/* Last run whose start (by_cp) or first number (otherwise) is <= value; -1 when there is none. */
static int find_run(uint32_t value, bool by_cp)
{
    int low = -1, high = RT_UNICODE_NAME_RUNS;
    while (high - low > 1) {
        int mid = (low + high) / 2;
        const struct rt_unicode_run *run = &rt_unicode_name_runs[mid];
        if ((by_cp ? run->start : run->first) <= value) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return low;
}

static int64_t number_of(uint32_t cp)
{
    int i = find_run(cp, true);
    if (i < 0) {
        return -1;
    }
    const struct rt_unicode_run *run = &rt_unicode_name_runs[i];
    uint32_t number = run->first + (cp - run->start);
    return number < run[1].first ? (int64_t)number : -1;
}

static uint32_t code_point_of(uint32_t number)
{
    const struct rt_unicode_run *run = &rt_unicode_name_runs[find_run(number, false)];
    return run->start + (number - run->first);
}

static size_t append_word(uint32_t word, char *buf, size_t n)
{
    const uint8_t *p = rt_unicode_name_text + rt_unicode_name_words[word / 8];
    for (uint32_t skip = word % 8; skip > 0; skip--) {
        while (!(*p++ & 0x80)) {
        }
    }
    if (n && buf[n - 1] != '-' && buf[n - 1] != ' ') {
        buf[n++] = ' ';
    }
    for (;; p++) {
        buf[n++] = (char)(*p & 0x7f);
        if (*p & 0x80) {
            return n;
        }
    }
}

static size_t spell(uint32_t number, uint32_t cp, char *buf)
{
    const uint8_t *p = rt_unicode_name_stream + rt_unicode_name_blocks[number / 8];
    for (uint32_t skip = number % 8; skip > 0; skip--) {
        while (*p) {
            p += *p >= RT_UNICODE_NAME_SINGLE && *p != 255 ? 2 : 1;
        }
        p++;
    }
    size_t n = 0;
    for (; *p; p++) {
        if (*p == 255) {
            n += (size_t)sprintf(buf + n, "%X", cp);
        } else if (*p < RT_UNICODE_NAME_SINGLE) {
            n = append_word(*p - 1u, buf, n);
        } else {
            uint32_t word = (p[0] - (uint32_t)RT_UNICODE_NAME_SINGLE) * 256 + p[1] + RT_UNICODE_NAME_SINGLE - 1;
            n = append_word(word, buf, n);
            p++;
        }
    }
    buf[n] = 0;
    return n;
}

size_t rt_unicode_name(uint32_t cp, bool v3_2, char *buf)
{
    buf[0] = 0;
    if (v3_2 && rt_unicode_record_3_2_0(cp)->category == 0) {
        return 0;
    }
    if (cp - HANGUL_S < HANGUL_S_COUNT) {
        uint32_t s = cp - HANGUL_S;
        return (size_t)sprintf(buf, "HANGUL SYLLABLE %s%s%s", hangul_l[s / (HANGUL_V_COUNT * HANGUL_T_COUNT)],
            hangul_v[s / HANGUL_T_COUNT % HANGUL_V_COUNT], hangul_t[s % HANGUL_T_COUNT]);
    }
    if (is_ideograph(cp)) {
        return (size_t)sprintf(buf, "CJK UNIFIED IDEOGRAPH-%X", cp);
    }
    int64_t number = number_of(cp);
    return number < 0 ? 0 : spell((uint32_t)number, cp, buf);
}

/* ---- the way back ---- */

/* Longest of count syllable parts (rows of width bytes) that starts s; its number, -1 when none does. */
static int longest_part(const char *table, size_t width, int count, const char *s, size_t n, size_t *used)
{
    int best = -1;
    *used = 0;
    for (int i = 0; i < count; i++) {
        const char *part = table + (size_t)i * width;
        size_t len = strnlen(part, width);
        if ((best < 0 || len > *used) && len <= n && memcmp(part, s, len) == 0) {
            best = i;
            *used = len;
        }
    }
    return best;
}

static uint32_t hangul_lookup(const char *s, size_t n)
{
    size_t used;
    int l = longest_part(hangul_l[0], 3, HANGUL_L_COUNT, s, n, &used);
    s += used;
    n -= used;
    int v = longest_part(hangul_v[0], 4, HANGUL_V_COUNT, s, n, &used);
    s += used;
    n -= used;
    int t = longest_part(hangul_t[0], 3, HANGUL_T_COUNT, s, n, &used);
    if (l < 0 || v < 0 || t < 0 || used != n) {
        return 0;
    }
    return (uint32_t)(HANGUL_S + (l * HANGUL_V_COUNT + v) * HANGUL_T_COUNT + t);
}

static uint32_t ideograph_lookup(const char *s, size_t n)
{
    if (n != 4 && n != 5) {
        return 0;
    }
    uint32_t cp = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c >= '0' && c <= '9') {
            cp = cp * 16 + (uint32_t)(c - '0');
        } else if (c >= 'A' && c <= 'F') {
            cp = cp * 16 + (uint32_t)(c - 'A' + 10);
        } else {
            return 0;
        }
    }
    return is_ideograph(cp) ? cp : 0;
}

static inline char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static bool same_name(const char *name, size_t n, const char *stored, size_t stored_len)
{
    if (n != stored_len) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (upper(name[i]) != stored[i]) {
            return false;
        }
    }
    return true;
}

static int extra_lookup(const char *name, size_t n, unsigned flags, uint32_t *out)
{
    int low = 0, high = RT_UNICODE_EXTRA_NAMES;
    while (low < high) {
        int mid = (low + high) / 2;
        const char *stored = rt_unicode_extra_names[mid].name;
        int order = 0;
        size_t i = 0;
        for (; i < n && order == 0; i++) {
            order = (int)(uint8_t)upper(name[i]) - (int)(uint8_t)stored[i];
        }
        if (order == 0 && i == n && stored[n]) {
            order = -1;
        }
        if (order == 0) {
            const struct rt_unicode_extra_name *extra = &rt_unicode_extra_names[mid];
            if (!(flags & (extra->length > 1 ? RT_LOOKUP_SEQUENCES : RT_LOOKUP_ALIASES))) {
                return 0;
            }
            memcpy(out, rt_unicode_extra_pool + extra->text, extra->length * sizeof *out);
            return extra->length;
        }
        if (order < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return 0;
}

int rt_unicode_lookup_name(const char *name, size_t n, unsigned flags, uint32_t out[RT_UNICODE_SEQUENCE_MAX])
{
    if (n >= RT_UNICODE_NAME_MAX) {
        return 0;
    }
    if (n > 16 && memcmp(name, "HANGUL SYLLABLE ", 16) == 0) {
        out[0] = hangul_lookup(name + 16, n - 16);
        return out[0] != 0;
    }
    if (n >= 22 && memcmp(name, "CJK UNIFIED IDEOGRAPH-", 22) == 0) {
        out[0] = ideograph_lookup(name + 22, n - 22);
        return out[0] != 0;
    }
    uint32_t hash = 0;
    for (size_t i = 0; i < n; i++) {
        hash = hash * 0x01000193u ^ (uint8_t)upper(name[i]);
    }
    hash ^= hash >> 15;
    for (uint32_t slot = hash & 65535; rt_unicode_name_slots[slot]; slot = (slot + 1) & 65535) {
        char stored[RT_UNICODE_NAME_MAX];
        uint32_t number = rt_unicode_name_slots[slot] - 1u;
        uint32_t cp = code_point_of(number);
        size_t len = spell(number, cp, stored);
        if (same_name(name, n, stored, len)) {
            if ((flags & RT_LOOKUP_3_2_0) && rt_unicode_record_3_2_0(cp)->category == 0) {
                return 0;
            }
            out[0] = cp;
            return 1;
        }
    }
    if (flags & RT_LOOKUP_3_2_0) {
        return 0;
    }
    return extra_lookup(name, n, flags, out);
}
