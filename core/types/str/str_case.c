/* SPDX-License-Identifier: MIT */
/*
 * Case mapping and character class methods of str. ASCII goes through byte loops; the rest through the
 * Unicode database with full (one to three character) mappings and the final sigma rule.
 */
#include "core/types/str/str_internal.h"

/* ---- mapping ---------------------------------------------------------------------------------- */

typedef int (*map_char)(uint32_t cp, uint32_t out[3]);

static bool is_final_sigma(const struct text *t, size_t at)
{
    size_t j = at;
    bool before = false, after = false;
    while (j > 0) {
        uint32_t c = rt_text_at(t, --j);
        if (!rt_unicode_is_case_ignorable(c)) {
            before = rt_unicode_is_cased(c);
            break;
        }
    }
    for (j = at + 1; before && j < t->n; j++) {
        uint32_t c = rt_text_at(t, j);
        if (!rt_unicode_is_case_ignorable(c)) {
            after = rt_unicode_is_cased(c);
            break;
        }
    }
    return before && !after;
}

static int lower_at(const struct text *t, size_t i, uint32_t out[3])
{
    uint32_t c = rt_text_at(t, i);
    if (c == 0x3a3) {
        out[0] = is_final_sigma(t, i) ? 0x3c2 : 0x3c3;
        return 1;
    }
    return rt_unicode_lower_full(c, out);
}

static int put_mapped(struct rt_thread *ts, struct rt_strbuf *b, const uint32_t *out, int n)
{
    for (int i = 0; i < n; i++) {
        if (rt_strbuf_char(ts, b, out[i]) < 0)
            return -1;
    }
    return 0;
}

enum case_op { LOWER, UPPER, FOLD, TITLE, CAPITALIZE, SWAP };

static int map_at(const struct text *t, size_t i, enum case_op op, bool *cased, uint32_t out[3])
{
    uint32_t c = rt_text_at(t, i);
    int n;
    switch (op) {
    case LOWER:
        return lower_at(t, i, out);
    case UPPER:
        return rt_unicode_upper_full(c, out);
    case FOLD:
        return rt_unicode_fold_full(c, out);
    case TITLE:
        n = *cased ? lower_at(t, i, out) : rt_unicode_title_full(c, out);
        *cased = rt_unicode_is_cased(c);
        return n;
    case CAPITALIZE:
        return i ? lower_at(t, i, out) : rt_unicode_title_full(c, out);
    case SWAP:
        if (rt_unicode_is_upper(c))
            return lower_at(t, i, out);
        if (rt_unicode_is_lower(c))
            return rt_unicode_upper_full(c, out);
        break;
    }
    out[0] = c;
    return 1;
}

static void map_ascii(const uint8_t *s, uint8_t *d, size_t n, enum case_op op)
{
    bool cased = false;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = s[i];
        bool up = (uint8_t)(c - 'A') < 26, low = (uint8_t)(c - 'a') < 26;
        switch (op) {
        case LOWER: case FOLD:
            c = up ? c + 32 : c;
            break;
        case UPPER:
            c = low ? c - 32 : c;
            break;
        case TITLE:
            c = up && cased ? c + 32 : low && !cased ? c - 32 : c;
            cased = up || low;
            break;
        case CAPITALIZE:
            c = i ? (up ? c + 32 : c) : (low ? c - 32 : c);
            break;
        case SWAP:
            c = up || low ? c ^ 32 : c;
            break;
        }
        d[i] = c;
    }
}

/* Flip the case bit of ASCII bytes in [first, first + 26), eight at a time. */
static void flip_range(const uint8_t *s, uint8_t *d, size_t n, uint8_t first)
{
    const uint64_t ones = 0x0101010101010101ull;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, s + i, 8);
        uint64_t low = w + ones * (0x80u - first), high = w + ones * (0x80u - first - 26);
        w ^= ((low & ~high) & (ones << 7)) >> 2;
        memcpy(d + i, &w, 8);
    }
    for (; i < n; i++)
        d[i] = s[i] ^ ((uint8_t)(s[i] - first) < 26 ? 32 : 0);
}

static rt_value map_case(struct rt_thread *ts, rt_value self, enum case_op op)
{
    struct text t = rt_text(self);
    if (t.ascii) {
        if (t.n == 0)
            return rt_str_empty();
        if (t.n == 1) {
            uint8_t c;
            map_ascii(t.d, &c, 1, op);
            return rt_str_from_char(ts, c);
        }
        rt_value r = rt_str_alloc(ts, t.n, 0x7f);
        if (!rt_is_null(r)) {
            uint8_t *d = rt_str_data(rt_as_str(r));
            if (op == LOWER || op == FOLD) {
                flip_range(t.d, d, t.n, 'A');
            } else if (op == UPPER) {
                flip_range(t.d, d, t.n, 'a');
            } else {
                map_ascii(t.d, d, t.n, op);
            }
        }
        return r;
    }
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    bool cased = false;
    for (size_t i = 0; i < t.n; i++) {
        uint32_t out[3];
        uint32_t c = rt_text_at(&t, i);
        int n = 1;
        if (c < 128 && (op == LOWER || op == FOLD))
            out[0] = c - 'A' < 26 ? c + 32 : c;
        else if (c < 128 && op == UPPER)
            out[0] = c - 'a' < 26 ? c - 32 : c;
        else
            n = map_at(&t, i, op, &cased, out);
        if (put_mapped(ts, &b, out, n) < 0) {
            rt_strbuf_abort(&b);
            return RT_NULL;
        }
    }
    return rt_strbuf_finish(ts, &b);
}

RT_STR_NOARGS(capitalize) { return map_case(ts, self, CAPITALIZE); }
RT_STR_NOARGS(casefold) { return map_case(ts, self, FOLD); }
RT_STR_NOARGS(lower) { return map_case(ts, self, LOWER); }
RT_STR_NOARGS(upper) { return map_case(ts, self, UPPER); }
RT_STR_NOARGS(title) { return map_case(ts, self, TITLE); }
RT_STR_NOARGS(swapcase) { return map_case(ts, self, SWAP); }

/* ---- predicates ------------------------------------------------------------------------------- */

static rt_value all_have(rt_value self, uint32_t mask, bool when_empty)
{
    struct text t = rt_text(self);
    if (t.n == 0)
        return rt_bool(when_empty);
    for (size_t i = 0; i < t.n; i++) {
        if (!(rt_unicode_flags(rt_text_at(&t, i)) & mask))
            return RT_FALSE;
    }
    return RT_TRUE;
}

RT_STR_NOARGS(isalpha) { return all_have(self, RT_UC_ALPHA, false); }
RT_STR_NOARGS(isalnum) { return all_have(self, RT_UC_ALNUM, false); }
RT_STR_NOARGS(isascii) { return rt_bool(rt_as_str(self)->ascii); }
RT_STR_NOARGS(isdecimal) { return all_have(self, RT_UC_DECIMAL, false); }
RT_STR_NOARGS(isdigit) { return all_have(self, RT_UC_DIGIT, false); }
RT_STR_NOARGS(isnumeric) { return all_have(self, RT_UC_NUMERIC, false); }
RT_STR_NOARGS(isprintable) { return all_have(self, RT_UC_PRINTABLE, true); }
RT_STR_NOARGS(isspace) { return all_have(self, RT_UC_SPACE, false); }

RT_STR_NOARGS(isidentifier)
{
    struct text t = rt_text(self);
    for (size_t i = 0; i < t.n; i++) {
        uint32_t c = rt_text_at(&t, i);
        if (i == 0 ? !(c == '_' || rt_unicode_is_xid_start(c)) : !rt_unicode_is_xid_continue(c))
            return RT_FALSE;
    }
    return rt_bool(t.n != 0);
}

/* Some cased character, and none with a flag of `bad`. */
static rt_value only_case(rt_value self, uint32_t good, uint32_t bad)
{
    struct text t = rt_text(self);
    bool seen = false;
    for (size_t i = 0; i < t.n; i++) {
        uint32_t f = rt_unicode_flags(rt_text_at(&t, i));
        if (f & bad)
            return RT_FALSE;
        seen |= (f & good) != 0;
    }
    return rt_bool(seen);
}

RT_STR_NOARGS(islower) { return only_case(self, RT_UC_LOWER, RT_UC_UPPER | RT_UC_TITLE); }
RT_STR_NOARGS(isupper) { return only_case(self, RT_UC_UPPER, RT_UC_LOWER | RT_UC_TITLE); }

RT_STR_NOARGS(istitle)
{
    struct text t = rt_text(self);
    bool seen = false, in_word = false;
    for (size_t i = 0; i < t.n; i++) {
        uint32_t f = rt_unicode_flags(rt_text_at(&t, i));
        if (f & (RT_UC_UPPER | RT_UC_TITLE)) {
            if (in_word)
                return RT_FALSE;
            in_word = seen = true;
        } else if (f & RT_UC_LOWER) {
            if (!in_word)
                return RT_FALSE;
            seen = true;
        } else {
            in_word = false;
        }
    }
    return rt_bool(seen);
}
