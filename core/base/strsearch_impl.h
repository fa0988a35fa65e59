/* SPDX-License-Identifier: MIT */
/*
 * Template, included by strsearch.c once for each pair of unit types: TEXT and NEEDLE are the types, FN(name) pastes
 * their suffix, SAME says that they are one type. rev turns every index round, which makes the backward
 * search of the forward one.
 */

static inline TEXT FN(text_at)(const TEXT *t, size_t n, size_t i, bool rev)
{
    return rev ? t[n - 1 - i] : t[i];
}

static inline NEEDLE FN(needle_at)(const NEEDLE *p, size_t m, size_t i, bool rev)
{
    return rev ? p[m - 1 - i] : p[i];
}

static inline bool FN(equal)(const TEXT *t, const NEEDLE *p, size_t m)
{
    if (SAME && m > 8) {
        return memcmp(t, p, m * sizeof *p) == 0;
    }
    for (size_t i = 0; i < m; i++) {
        if (t[i] != p[i]) {
            return false;
        }
    }
    return true;
}

/* Start of the greatest suffix under the order (or its reverse), and its period. */
static inline size_t FN(greatest_suffix)(const NEEDLE *p, size_t m, bool rev, bool reversed_order, size_t *period)
{
    size_t start = 0, candidate = 1, k = 0, per = 1;
    while (candidate + k < m) {
        NEEDLE a = FN(needle_at)(p, m, candidate + k, rev), b = FN(needle_at)(p, m, start + k, rev);
        if (a == b) {
            if (k + 1 == per) {
                candidate += per;
                k = 0;
            } else {
                k++;
            }
        } else if (reversed_order ? a > b : a < b) {
            candidate += k + 1;
            k = 0;
            per = candidate - start;
        } else {
            start = candidate;
            candidate++;
            k = 0;
            per = 1;
        }
    }
    *period = per;
    return start;
}

/* Two-way search; an index from the end it starts at, or -1. */
static ptrdiff_t FN(two_way)(const TEXT *t, size_t n, const NEEDLE *p, size_t m, bool rev)
{
    size_t per1, per2;
    size_t cut1 = FN(greatest_suffix)(p, m, rev, false, &per1);
    size_t cut2 = FN(greatest_suffix)(p, m, rev, true, &per2);
    size_t cut = cut1 > cut2 ? cut1 : cut2;
    size_t period = cut1 > cut2 ? per1 : per2;
    bool periodic = period + cut <= m;
    for (size_t i = 0; periodic && i < cut; i++) {
        periodic = FN(needle_at)(p, m, i, rev) == FN(needle_at)(p, m, i + period, rev);
    }
    if (!periodic) {
        period = (cut > m - cut ? cut : m - cut) + 1;
    }
    size_t memory = 0;                      /* units of the left part known to match */
    for (size_t at = 0; at + m <= n;) {
        size_t i = cut > memory ? cut : memory;
        while (i < m && FN(needle_at)(p, m, i, rev) == FN(text_at)(t, n, at + i, rev)) {
            i++;
        }
        if (i < m) {
            at += i - cut + 1;
            memory = 0;
            continue;
        }
        i = cut;
        while (i > memory && FN(needle_at)(p, m, i - 1, rev) == FN(text_at)(t, n, at + i - 1, rev)) {
            i--;
        }
        if (i <= memory) {
            return (ptrdiff_t)at;
        }
        at += period;
        memory = periodic ? m - period : 0;
    }
    return -1;
}

#ifdef __SSE2__
/* The places of one lane from t on where a needle of m units may start, by its first and its last unit: as a mask of bytes. */
static inline unsigned FN(candidates)(const TEXT *t, size_t m, __m128i first16, __m128i last16)
{
    __m128i a = _mm_loadu_si128((const __m128i *)t), b = _mm_loadu_si128((const __m128i *)(t + m - 1));
    return (unsigned)_mm_movemask_epi8(_mm_and_si128(COMPARE(a, first16), COMPARE(b, last16)));
}
#endif

static ptrdiff_t FN(find)(const TEXT *t, size_t n, const NEEDLE *p, size_t m)
{
    size_t places = n - m + 1, i = 0, wasted = 0;
    TEXT first = p[0], last = p[m - 1];
#ifdef __SSE2__
    const size_t lane = 16 / sizeof(TEXT);
    __m128i first16 = SPLAT(first), last16 = SPLAT(last);
    for (; i + lane <= places; i += lane) {
        unsigned mask = FN(candidates)(t + i, m, first16, last16);
        while (mask) {
            unsigned bit = (unsigned)__builtin_ctz(mask);
            size_t at = i + bit / sizeof(TEXT);
            if (m <= 2 || FN(equal)(t + at + 1, p + 1, m - 2)) {
                return (ptrdiff_t)at;
            }
            wasted += m;
            mask &= ~((((1u << sizeof(TEXT)) - 1)) << bit);
        }
        if (wasted > 16 * i + 4096) {
            ptrdiff_t found = FN(two_way)(t + i + lane, n - i - lane, p, m, false);
            return found < 0 ? -1 : found + (ptrdiff_t)(i + lane);
        }
    }
#endif
    for (; i < places; i++) {
        if (t[i] == first && t[i + m - 1] == last) {
            if (m <= 2 || FN(equal)(t + i + 1, p + 1, m - 2)) {
                return (ptrdiff_t)i;
            }
            wasted += m;
            if (wasted > 16 * i + 4096) {
                ptrdiff_t found = FN(two_way)(t + i + 1, n - i - 1, p, m, false);
                return found < 0 ? -1 : found + (ptrdiff_t)(i + 1);
            }
        }
    }
    return -1;
}

/* Occurrences that do not overlap, at most max: one pass, for starting find anew costs more than a near occurrence.
   *done: the units that were looked at; the text behind them is for find (it is short, or much of it nearly matches). */
static size_t FN(count)(const TEXT *t, size_t n, const NEEDLE *p, size_t m, size_t max, size_t *done)
{
    size_t total = 0, next = 0, i = 0; /* no occurrence starts before next */
#ifdef __SSE2__
    size_t places = n - m + 1, wasted = 0;
    const size_t lane = 16 / sizeof(TEXT);
    __m128i first16 = SPLAT(p[0]), last16 = SPLAT(p[m - 1]);
    for (; i + lane <= places && wasted <= 16 * i + 4096; i = next > i + lane ? next : i + lane) {
        unsigned mask = FN(candidates)(t + i, m, first16, last16);
        while (mask) {
            unsigned bit = (unsigned)__builtin_ctz(mask);
            size_t at = i + bit / sizeof(TEXT);
            mask &= ~((((1u << sizeof(TEXT)) - 1)) << bit);
            if (at < next) {
                continue;
            }
            if (m <= 2 || FN(equal)(t + at + 1, p + 1, m - 2)) {
                next = at + m;
                if (++total == max) {
                    break;
                }
            } else {
                wasted += m;
            }
        }
        if (total == max) {
            break;
        }
    }
#endif
    *done = next > i ? next : i;
    return total;
}

static ptrdiff_t FN(rfind)(const TEXT *t, size_t n, const NEEDLE *p, size_t m)
{
    size_t places = n - m + 1, wasted = 0;
    size_t i = places;                      /* places [i, places) are done */
    TEXT first = p[0], last = p[m - 1];
#ifdef __SSE2__
    const size_t lane = 16 / sizeof(TEXT);
    __m128i first16 = SPLAT(first), last16 = SPLAT(last);
    for (; i >= lane; i -= lane) {
        const TEXT *block = t + i - lane;
        unsigned mask = FN(candidates)(block, m, first16, last16);
        while (mask) {
            unsigned bit = (31u - (unsigned)__builtin_clz(mask)) & ~((unsigned)sizeof(TEXT) - 1);
            size_t at = i - lane + bit / sizeof(TEXT);
            if (m <= 2 || FN(equal)(t + at + 1, p + 1, m - 2)) {
                return (ptrdiff_t)at;
            }
            wasted += m;
            mask &= ~((((1u << sizeof(TEXT)) - 1)) << bit);
        }
        if (wasted > 16 * (places - i) + 4096) {
            size_t rest = i - lane + m - 1; /* the text whose places are still open */
            ptrdiff_t found = FN(two_way)(t, rest, p, m, true);
            return found < 0 ? -1 : (ptrdiff_t)(rest - m) - found;
        }
    }
#endif
    while (i > 0) {
        i--;
        if (t[i] == first && t[i + m - 1] == last) {
            if (m <= 2 || FN(equal)(t + i + 1, p + 1, m - 2)) {
                return (ptrdiff_t)i;
            }
            wasted += m;
            if (wasted > 16 * (places - i) + 4096) {
                size_t rest = i + m - 1;
                ptrdiff_t found = FN(two_way)(t, rest, p, m, true);
                return found < 0 ? -1 : (ptrdiff_t)(rest - m) - found;
            }
        }
    }
    return -1;
}

#undef TEXT
#undef NEEDLE
#undef FN
#undef SAME
#undef SPLAT
#undef COMPARE
