/* SPDX-License-Identifier: MIT */
/*
 * Case mappings that need more than one character, and the normal forms (UAX #15).
 *
 * Normalising is two passes over an array of code points: decompose (every character's full decomposition is
 * stored, so there is no recursion) while putting marks in canonical order, then compose in place.
 */
#include "core/unicode/unicode_db.h"
#include "core/unicode/unicode_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- case ---- */

/* which: 0 lower, 1 upper, 2 title, 3 fold */
static int case_full(uint32_t cp, int which, int32_t delta, uint16_t ext, uint32_t out[3])
{
    if (!ext) {
        out[0] = cp + (uint32_t)delta;
        return 1;
    }
    uint32_t head = rt_unicode_case_pool[ext];
    const uint32_t *chars = &rt_unicode_case_pool[ext + 1];
    for (int i = 0; i < which; i++) {
        chars += head >> (12 - 4 * i) & 15;
    }
    int n = head >> (12 - 4 * which) & 15;
    for (int i = 0; i < n; i++) {
        out[i] = chars[i];
    }
    return n;
}

int rt_unicode_lower_full(uint32_t cp, uint32_t out[3])
{
    const struct rt_unicode_type *type = rt_unicode_type(cp);
    return case_full(cp, 0, type->lower, type->ext, out);
}

int rt_unicode_upper_full(uint32_t cp, uint32_t out[3])
{
    const struct rt_unicode_type *type = rt_unicode_type(cp);
    return case_full(cp, 1, type->upper, type->ext, out);
}

int rt_unicode_title_full(uint32_t cp, uint32_t out[3])
{
    const struct rt_unicode_type *type = rt_unicode_type(cp);
    return case_full(cp, 2, type->title, type->ext, out);
}

int rt_unicode_fold_full(uint32_t cp, uint32_t out[3])
{
    const struct rt_unicode_type *type = rt_unicode_type(cp);
    return case_full(cp, 3, type->lower, type->ext, out);
}

/* ---- decomposition ---- */

static bool unassigned_3_2_0(uint32_t cp)
{
    return rt_unicode_record_3_2_0(cp)->category == 0;
}

size_t rt_unicode_decomposition(uint32_t cp, bool v3_2, char *buf)
{
    uint32_t row = rt_unicode_decomp_row(cp);
    buf[0] = 0;
    if (!row || (v3_2 && unassigned_3_2_0(cp))) {
        return 0;
    }
    const struct rt_unicode_decomp *d = &rt_unicode_decomps[row];
    size_t n = (size_t)sprintf(buf, "%s", rt_unicode_decomp_tags[d->tag]);
    for (int i = 0; i < d->raw_len; i++) {
        n += (size_t)sprintf(buf + n, n ? " %04X" : "%04X", rt_unicode_decomp_pool[d->raw + i]);
    }
    return n;
}

static inline uint32_t fetch(const void *text, int kind, size_t i)
{
    switch (kind) {
    case 1:
        return ((const uint8_t *)text)[i];
    case 2:
        return ((const uint16_t *)text)[i];
    default:
        return ((const uint32_t *)text)[i];
    }
}

/* First code point that any table of the form may change or reorder. */
static uint32_t first_interesting(enum rt_unicode_form form)
{
    return form == RT_NFC ? 0x300 : form == RT_NFD ? 0xc0 : 0xa0;
}

static inline __attribute__((always_inline)) enum rt_unicode_quick quick_check(enum rt_unicode_form form,
    const void *text, int kind, size_t n)
{
    uint32_t limit = first_interesting(form);
    enum rt_unicode_quick answer = RT_QUICK_YES;
    int shift = 2 * form;
    uint8_t last = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t cp = fetch(text, kind, i);
        if (cp < limit) {
            last = 0;
            continue;
        }
        const struct rt_unicode_record *record = rt_unicode_record(cp);
        if (record->combining && last > record->combining) {
            return RT_QUICK_NO;
        }
        last = record->combining;
        int bits = record->extra >> shift & 3;
        if (bits == 2) {
            return RT_QUICK_NO;
        }
        if (bits) {
            answer = RT_QUICK_MAYBE;
        }
    }
    return answer;
}

enum rt_unicode_quick rt_unicode_quick_check(enum rt_unicode_form form, const void *text, int kind, size_t n)
{
    switch (kind) {
    case 1:
        return quick_check(form, text, 1, n);
    case 2:
        return quick_check(form, text, 2, n);
    default:
        return quick_check(form, text, 4, n);
    }
}

struct buffer {
    uint32_t *data;
    size_t len, cap;
};

static bool reserve(struct buffer *b, size_t more)
{
    if (b->len + more <= b->cap) {
        return true;
    }
    size_t cap = b->cap + b->cap / 2 + more;
    uint32_t *data = realloc(b->data, cap * sizeof *data);
    if (!data) {
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

static bool correction_3_2_0(uint32_t cp, uint32_t *out)
{
    for (int i = 0; i < RT_UNICODE_CORRECTIONS; i++) {
        if (rt_unicode_corrections[2 * i] == cp) {
            *out = rt_unicode_corrections[2 * i + 1];
            return true;
        }
    }
    return false;
}

static bool decompose_one(struct buffer *b, uint32_t cp, bool compat, bool v3_2)
{
    if (!reserve(b, 32)) {
        return false;
    }
    uint32_t *out = b->data + b->len;
    if (cp - HANGUL_S < HANGUL_S_COUNT) {
        uint32_t s = cp - HANGUL_S;
        out[0] = HANGUL_L + s / (HANGUL_V_COUNT * HANGUL_T_COUNT);
        out[1] = HANGUL_V + s / HANGUL_T_COUNT % HANGUL_V_COUNT;
        out[2] = HANGUL_T + s % HANGUL_T_COUNT;
        b->len += out[2] == HANGUL_T ? 2 : 3;
        return true;
    }
    uint32_t row = cp < 0xa0 ? 0 : rt_unicode_decomp_row(cp);
    if (row && v3_2) {
        if (correction_3_2_0(cp, out)) {
            b->len++;
            return true;
        }
        if (unassigned_3_2_0(cp)) {
            row = 0;
        }
    }
    if (!row) {
        *out = cp;
        b->len++;
        return true;
    }
    const struct rt_unicode_decomp *d = &rt_unicode_decomps[row];
    int n = compat ? d->nfkd_len : d->nfd_len;
    memcpy(out, &rt_unicode_decomp_pool[compat ? d->nfkd : d->nfd], (size_t)n * 4);
    b->len += (size_t)n;
    return true;
}

/* Sorts a run of marks by class, keeping equal ones in order; long runs by counting. */
static bool order_marks(uint32_t *run, size_t n)
{
    if (n <= 24) {
        for (size_t i = 1; i < n; i++) {
            uint32_t cp = run[i];
            uint8_t class = rt_unicode_record(cp)->combining;
            size_t j = i;
            for (; j > 0 && rt_unicode_record(run[j - 1])->combining > class; j--) {
                run[j] = run[j - 1];
            }
            run[j] = cp;
        }
        return true;
    }
    size_t place[257] = {0};
    uint32_t *copy = malloc(n * sizeof *copy);
    if (!copy) {
        return false;
    }
    memcpy(copy, run, n * sizeof *copy);
    for (size_t i = 0; i < n; i++) {
        place[rt_unicode_record(copy[i])->combining + 1]++;
    }
    for (int i = 1; i < 257; i++) {
        place[i] += place[i - 1];
    }
    for (size_t i = 0; i < n; i++) {
        run[place[rt_unicode_record(copy[i])->combining]++] = copy[i];
    }
    free(copy);
    return true;
}

static bool order_all(struct buffer *b)
{
    for (size_t i = 0; i < b->len;) {
        if (b->data[i] < 0x300 || !rt_unicode_record(b->data[i])->combining) {
            i++;
            continue;
        }
        size_t start = i;
        while (i < b->len && rt_unicode_record(b->data[i])->combining) {
            i++;
        }
        if (i - start > 1 && !order_marks(b->data + start, i - start)) {
            return false;
        }
    }
    return true;
}

/* ---- composition ---- */

static uint32_t compose_pair(uint32_t a, uint32_t b)
{
    if (a - HANGUL_L < HANGUL_L_COUNT && b - HANGUL_V < HANGUL_V_COUNT) {
        return HANGUL_S + ((a - HANGUL_L) * HANGUL_V_COUNT + (b - HANGUL_V)) * HANGUL_T_COUNT;
    }
    if (a - HANGUL_S < HANGUL_S_COUNT) {
        bool open = (a - HANGUL_S) % HANGUL_T_COUNT == 0;
        return open && b - HANGUL_T - 1 < HANGUL_T_COUNT - 1 ? a + (b - HANGUL_T) : 0;
    }
    uint32_t slot = (a * 0x9e3779b1u + b * 0x85ebca6bu) >> 16 & (RT_UNICODE_COMPOSE_SLOTS - 1);
    for (;; slot = (slot + 1) & (RT_UNICODE_COMPOSE_SLOTS - 1)) {
        const struct rt_unicode_pair *pair = &rt_unicode_compose[slot];
        if (!pair->whole || (pair->first == a && pair->second == b)) {
            return pair->whole;
        }
    }
}

static void compose_all(struct buffer *b)
{
    uint32_t *text = b->data;
    size_t len = 0, starter = SIZE_MAX;
    uint8_t last = 0;                       /* class of text[len - 1] */
    for (size_t i = 0; i < b->len; i++) {
        uint32_t cp = text[i];
        const struct rt_unicode_record *record = rt_unicode_record(cp);
        bool may_compose = record->extra >> (2 * RT_NFC) & 3;
        if (may_compose && starter != SIZE_MAX) {
            bool adjacent = starter == len - 1;
            if (adjacent || (last != 0 && last < record->combining)) {
                uint32_t whole = compose_pair(text[starter], cp);
                if (whole) {
                    text[starter] = whole;
                    continue;
                }
            }
        }
        if (record->combining == 0) {
            starter = len;
        }
        last = record->combining;
        text[len++] = cp;
    }
    b->len = len;
}

ptrdiff_t rt_unicode_normalize(enum rt_unicode_form form, bool v3_2, const void *text, int kind, size_t n,
    uint32_t **out)
{
    struct buffer b = {NULL, 0, 0};
    bool ok = reserve(&b, n + n / 8 + 32);
    bool compat = form == RT_NFKD || form == RT_NFKC;
    for (size_t i = 0; ok && i < n; i++) {
        ok = decompose_one(&b, fetch(text, kind, i), compat, v3_2);
    }
    if (!ok || !order_all(&b)) {
        free(b.data);
        return -1;
    }
    if (form == RT_NFC || form == RT_NFKC) {
        compose_all(&b);
    }
    *out = b.data;
    return (ptrdiff_t)b.len;
}
