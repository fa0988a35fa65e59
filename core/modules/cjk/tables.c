/* SPDX-License-Identifier: MIT */
/*
 * The tables of the multibyte codecs. The C library knows these encodings; each table is filled by asking its iconv
 * for every code there can be, which takes a few milliseconds, and kept for good. The two do not agree everywhere:
 * `reject` lists codes that Python's codecs do not know, `runs` those that stand for something else, `encode`
 * characters whose code is not the lowest that gives them.
 */
#include <errno.h>
#include <iconv.h>

#include "core/base/atomic.h"
#include "core/modules/cjk/cjk.h"

struct range { uint16_t from, to; };
struct run { uint16_t code, ch, count; };   /* characters from ch on at the codes from `code` on */
struct fix { uint16_t ch, code; };
enum { HALF_KANA = 1, YEN = 2, CP932_SINGLES = 4, TRIPLE = 8, WITH_JISX0212 = 16, FOUR = 32, LATE_RUNS = 64, BIG5_ROWS = 128, LONG_REJECT = 256, PURE_2000 = 512 };
struct def {
    const char *name, *iconv;
    uint32_t flags;
    uint8_t first, last;            /* lead bytes asked for */
    const struct range *reject;     /* ended by {0, 0} */
    const struct run *runs;
    const struct fix *encode;
};

#define BIG5_KANA                                                                                                          \
    {0xc6a1, 0x30fe, 1}, {0xc6a2, 0x309d, 2}, {0xc6a4, 0x3005, 1}, {0xc6a5, 0x3041, 83}, {0xc6f8, 0x30a1, 86},                 \
    {0xc7b1, 0x414, 2}, {0xc7b3, 0x401, 1}, {0xc7b4, 0x416, 7}, {0xc7bb, 0x423, 19}, {0xc7ce, 0x451, 1}, {0xc7cf, 0x436, 26},   \
    {0xc7e9, 0x2460, 10}, {0xc7f3, 0x2474, 10}
static const struct range big5_reject[] = {{0xa3e1, 0xa3e1}, {0xc7fd, 0xc7fe}, {0xc840, 0xc87e}, {0xc8a1, 0xc8fe}, {0xf9d6, 0xf9fe}, {0, 0}};
static const struct run big5_runs[] = {
    BIG5_KANA, {0xa145, 0x2022, 1}, {0xa14e, 0xff64, 1}, {0xa1c2, 0x203e, 1}, {0xa1e3, 0x223c, 1}, {0xa1f2, 0x2641, 1}, {0xa1f3, 0x2609, 1},
    {0xa241, 0xff0f, 1}, {0xa242, 0xff3c, 1}, {0xa244, 0xa5, 1}, {0xa246, 0xa2, 2}, {0}};
static const struct fix big5_encode[] = {{0x5341, 0xa451}, {0x5345, 0xa4ca}, {0xff0f, 0xa241}, {0xff3c, 0xa242}, {0}};
static const struct range cp950_reject[] = {{0xc7fd, 0xc7fe}, {0xc840, 0xc87e}, {0xc8a1, 0xc8fe}, {0, 0}};
static const struct run cp950_runs[] = {BIG5_KANA, {0}};
static const struct fix cp950_encode[] = {
    {0xa2, 0xa246}, {0xa3, 0xa247}, {0xa5, 0xa244}, {0x2022, 0xa145}, {0x203e, 0xa1c2}, {0x223c, 0xa1e3}, {0x2609, 0xa1f3},
    {0x2641, 0xa1f2}, {0x5341, 0xa451}, {0x5345, 0xa4ca}, {0xff64, 0xa14e}, {0}};
static const struct range hkscs_reject[] = {{0x877a, 0x877e}, {0x87a1, 0x87df}, {0, 0}};
static const struct run hkscs_runs[] = {{0xa15a, 0x2574, 1}, {0xa1c3, 0xffe3, 1}, {0xa1c5, 0x2cd, 1}, {0xa1fe, 0xff0f, 1}, {0xa240, 0xff3c, 1},
    {0xa2cc, 0x5341, 1}, {0xa2ce, 0x5345, 1}, {0}};
static const struct fix hkscs_encode[] = {
    {0x2550, 0xf9f9}, {0x255e, 0xf9e9}, {0x2561, 0xf9eb}, {0x256a, 0xf9ea}, {0x256d, 0xf9fa}, {0x256e, 0xf9fb}, {0x256f, 0xf9fd},
    {0x2570, 0xf9fc}, {0x5341, 0xa451}, {0x5345, 0xa4ca}, {0xff0f, 0xa241}, {0xff3c, 0xa242}, {0}};
static const struct run gb18030_runs[] = { /* the private characters of the first edition */
    {0xa6d9, 0xe78d, 7}, {0xa6ec, 0xe794, 2}, {0xa6f3, 0xe796, 1}, {0xa8bc, 0xe7c7, 1}, {0xfe51, 0xe816, 3}, {0xfe59, 0xe81e, 1}, {0xfe61, 0xe826, 1},
    {0xfe66, 0xe82b, 2}, {0xfe6c, 0xe831, 2}, {0xfe76, 0xe83b, 1}, {0xfe7e, 0xe843, 1}, {0xfe90, 0xe854, 2}, {0xfea0, 0xe864, 1}, {0}};
static const struct range euckr_reject[] = {{0xa2e8, 0xa2e8}, {0, 0}};
static const struct range johab_reject[] = {{0xd9e8, 0xd9e8}, {0, 0}};
static const struct run johab_runs[] = {
    {0x8441, 0x3000, 1}, {0x8442, 0x3131, 2}, {0x8445, 0x3134, 1}, {0x8448, 0x3137, 1}, {0x8449, 0x3139, 1}, {0x8451, 0x3141, 1}, {0x8453, 0x3142, 1},
    {0x8455, 0x3145, 4}, {0x8459, 0x314a, 5}, {0}};
static const struct fix kana_encode[] = {{0xa5, 0x5c}, {0x203e, 0x7e}, {0}};
static const struct fix cp932_encode[] = {{0xa2, 0x8191}, {0xa3, 0x8192}, {0xac, 0x81ca}, {0x2016, 0x8161}, {0x2212, 0x817c}, {0x301c, 0x8160}, {0}};
static const struct run euc2004_runs[] = {{0xa1bd, 0x2015, 1}, {0xa2d6, 0x2985, 2}, {0}};
static const struct run jisx0213_runs[] = {{0xa1bd, 0x2015, 1}, {0xa2b2, '~', 1}, {0xa2d6, 0x2985, 2}, {0}};
static const struct fix euc2000_encode[] = {{0x7626, 0}, {0x7e6b, 0}, {0x9b1c, 0}, {0}};
static const struct run sjis2004_runs[] = {{0x815c, 0x2015, 1}, {0x815f, 0x5c, 1}, {0x81b0, 0x7e, 1}, {0x81d4, 0x2985, 2}, {0}};
static const struct run sjis2000_runs[] = {{0x815c, 0x2015, 1}, {0x815f, 0x5c, 1}, {0x81b0, 0x7e, 1}, {0x81d4, 0x2985, 2}, {0xfc5a, 0x9b1d, 1}, {0}};
static const struct range euc2000_reject[] = {{0xaea1, 0xaea1}, {0xaffe, 0xaffe}, {0xcfd4, 0xcfd4}, {0xcffe, 0xcffe}, {0xf4a7, 0xf4a7}, {0xfefa, 0xfefe}, {0, 0}};
static const struct range sjis2000_reject[] = {{0x879f, 0x879f}, {0x889e, 0x889e}, {0x9873, 0x9873}, {0x989e, 0x989e}, {0xeaa5, 0xeaa5}, {0xeff8, 0xeffc}, {0, 0}};

static const struct def defs[] = {
    {"gb2312", "EUC-CN", 0, 0xa1, 0xfe, NULL, NULL, NULL},
    {"gbk", "GBK", 0, 0x81, 0xfe, NULL, NULL, NULL},
    {"gb18030", "GB18030", FOUR, 0x81, 0xfe, NULL, gb18030_runs, NULL},
    {"big5", "BIG5", BIG5_ROWS, 0x81, 0xfe, big5_reject, big5_runs, big5_encode},
    {"cp950", "CP950", BIG5_ROWS, 0x81, 0xfe, cp950_reject, cp950_runs, cp950_encode},
    {"big5hkscs", "BIG5-HKSCS", 0, 0x81, 0xfe, hkscs_reject, hkscs_runs, hkscs_encode},
    {"euc_kr", "EUC-KR", 0, 0xa1, 0xfe, euckr_reject, NULL, NULL},
    {"cp949", "UHC", 0, 0x81, 0xfe, NULL, NULL, NULL},
    {"johab", "JOHAB", LATE_RUNS, 0x81, 0xfe, johab_reject, johab_runs, NULL},
    {"shift_jis", "SJIS", HALF_KANA, 0x81, 0xea, NULL, NULL, kana_encode},
    {"cp932", "CP932", HALF_KANA | CP932_SINGLES, 0x81, 0xfc, NULL, NULL, cp932_encode},
    {"euc_jp", "EUC-JP", TRIPLE, 0x8e, 0xfe, NULL, NULL, kana_encode},
    {"euc_jis_2004", "EUC-JISX0213", TRIPLE | WITH_JISX0212, 0x8e, 0xfe, NULL, euc2004_runs, NULL},
    {"euc_jisx0213", "EUC-JISX0213", TRIPLE | WITH_JISX0212 | LONG_REJECT, 0x8e, 0xfe, euc2000_reject, euc2004_runs, euc2000_encode},
    {"shift_jis_2004", "SHIFT_JISX0213", HALF_KANA | YEN, 0x81, 0xfc, NULL, sjis2004_runs, NULL},
    {"shift_jisx0213", "SHIFT_JISX0213", HALF_KANA | YEN | LONG_REJECT, 0x81, 0xfc, sjis2000_reject, sjis2000_runs, NULL},
    {"jisx0213:2004", "EUC-JISX0213", TRIPLE, 0xa1, 0xfe, NULL, jisx0213_runs, NULL},
    {"jisx0213:2000", "EUC-JISX0213", TRIPLE | PURE_2000, 0xa1, 0xfe, euc2000_reject, jisx0213_runs, NULL},
};
static _Atomic(struct cjk_map *) maps[RT_COUNTOF(defs)];

int cjk_unit(const struct cjk_map *m, uint16_t unit, uint32_t *out)
{
    if (unit < CJK_EXTRA || unit >= 0xe000) {
        *out = unit;
        return 1;
    }
    const struct cjk_extra *e = &m->extra[unit - CJK_EXTRA];
    out[0] = e->first;
    out[1] = e->second;
    return e->second ? 2 : 1;
}

/* The characters of n bytes that are one code: how many (1 or 2), 0 none. */
static int ask(iconv_t cd, const uint8_t *bytes, size_t n, uint32_t *out)
{
    char *in = (char *)bytes, *to = (char *)out;
    size_t left = n, space = 4 * sizeof(uint32_t);
    iconv(cd, NULL, NULL, NULL, NULL);
    if (iconv(cd, &in, &left, &to, &space) == (size_t)-1 || left)
        return 0;
    iconv(cd, NULL, NULL, &to, &space); /* what waits for a second character */
    return (int)((to - (char *)out) / 4);
}
static bool is_lead(iconv_t cd, uint8_t b)
{
    uint32_t out[4];
    char *in = (char *)&b, *to = (char *)out;
    size_t left = 1, space = sizeof(out);
    iconv(cd, NULL, NULL, NULL, NULL);
    return iconv(cd, &in, &left, &to, &space) == (size_t)-1 && left == 1 && errno == EINVAL;
}

static bool set_code(struct cjk_map *m, uint32_t c, uint32_t code, bool replace)
{
    uint32_t **page = &m->pages[c >> 8];
    if (!*page && !(*page = rt_raw_calloc(256, sizeof(**page))))
        return false;
    if (replace || !(*page)[c & 0xff])
        (*page)[c & 0xff] = code;
    return true;
}
static bool set_unit(struct cjk_map *m, uint16_t *slot, uint32_t code, const uint32_t *c, int n)
{
    if (n == 1 && c[0] < 0x10000) {
        *slot = (uint16_t)c[0];
        return set_code(m, c[0], code, false);
    }
    if ((m->nextra & (m->nextra - 1)) == 0) {
        struct cjk_extra *more = rt_raw_realloc(m->extra, (m->nextra ? 2 * (size_t)m->nextra : 1) * sizeof(*more));
        if (!more)
            return false;
        m->extra = more;
    }
    m->extra[m->nextra] = (struct cjk_extra){c[0], n == 2 ? c[1] : 0, code};
    *slot = (uint16_t)(CJK_EXTRA + m->nextra++);
    m->pairs |= n == 2;
    return n == 2 || set_code(m, c[0], code, false);
}

static bool rejected(const struct def *d, uint16_t code)
{
    for (const struct range *r = d->reject; r && r->from; r++)
        if (code >= r->from && code <= r->to)
            return true;
    return false;
}
/* Rows of Big5 are 40..7e and a1..fe. */
static int place(uint16_t code, bool big5)
{
    int row = code >> 8, at = code & 0xff;
    return big5 ? row * 157 + at - (at & 0x80 ? 0x62 : 0x40) : code;
}
static bool in_run(const struct run *r, uint16_t code, bool big5, uint32_t *c)
{
    int k = place(code, big5) - place(r->code, big5), at = code & 0xff;
    *c = (uint32_t)(r->ch + k);
    return k >= 0 && k < r->count && !(big5 && (at < 0x40 || (at > 0x7e && at < 0xa1)));
}
static bool from_runs(const struct def *d, uint16_t code, uint32_t *c)
{
    for (const struct run *r = d->runs; r && r->code; r++)
        if (in_run(r, code, (d->flags & BIG5_ROWS) != 0, c))
            return true;
    return false;
}

static bool fill_singles(struct cjk_map *m, const struct def *d)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t c = b < 0x80 ? b : CJK_NONE;
        if ((d->flags & YEN) && (b == 0x5c || b == 0x7e))
            c = b == 0x5c ? 0xa5 : 0x203e;
        if ((d->flags & HALF_KANA) && b >= 0xa1 && b <= 0xdf)
            c = 0xff61 + b - 0xa1;
        if (d->flags & CP932_SINGLES)
            c = b == 0x80 ? 0x80 : b == 0xa0 ? 0xf8f0 : b >= 0xfd ? 0xf8f1 + b - 0xfd : c;
        m->single[b] = (uint16_t)c;
        if (c != CJK_NONE && c && !set_code(m, c, b, false))
            return false;
    }
    return true;
}
static bool fill_two(struct cjk_map *m, const struct def *d, iconv_t cd)
{
    for (unsigned a = d->first; a <= d->last; a++) {
        uint8_t b[2] = {(uint8_t)a};
        if (m->single[a] != CJK_NONE || (a == 0x8f && (d->flags & TRIPLE)))
            continue;
        bool known = is_lead(cd, b[0]);
        for (unsigned t = 0x31; t <= 0xfe; t++) {
            uint16_t code = (uint16_t)(a << 8 | t);
            uint32_t c[8];
            int n = 0;
            b[1] = (uint8_t)t;
            if (t == 0x7f || rejected(d, code)) {
                if ((d->flags & LONG_REJECT) && t != 0x7f)
                    m->two[a - 0x80][t] = CJK_WRONG;
                continue;
            }
            if (!(d->flags & LATE_RUNS) && from_runs(d, code, c))
                n = 1;
            else if (known)
                n = ask(cd, b, 2, c);
            if (n && n <= 2 && !set_unit(m, &m->two[a - 0x80][t], code, c, n))
                return false;
        }
    }
    return true;
}
/* Three bytes: 0x8f and two; `only_new`: an older set fills the gaps. */
static bool fill_three(struct cjk_map *m, const struct def *d, iconv_t cd)
{
    if (!m->three && !(m->three = rt_raw_calloc(128, sizeof(*m->three))))
        return false;
    for (unsigned a = 0xa1; a <= 0xfe; a++)
        for (unsigned t = 0xa1; t <= 0xfe; t++) {
            uint8_t b[3] = {0x8f, (uint8_t)a, (uint8_t)t};
            uint32_t c[8];
            uint16_t *slot = &m->three[a - 0x80][t];
            int n = *slot ? 0 : ask(cd, b, 3, c);
            if (d->reject == euc2000_reject && a == 0xfd && t == 0xbb && !*slot) {
                c[0] = 0x9b1d; /* the edition of 2000 */
                n = 1;
            }
            if (n == 1 && c[0] == 0xff5e)
                c[0] = '~'; /* the tilde of JIS X 0212 */
            if (n && n <= 2 && !set_unit(m, slot, 0x8f0000u | a << 8 | t, c, n))
                return false;
        }
    return true;
}
static bool fill_four(struct cjk_map *m)
{
    m->four = rt_raw_malloc(CJK_FOUR * sizeof(*m->four));
    if (!m->four)
        return false;
    uint32_t k = 0;
    for (uint32_t c = 0x80; c < 0x10000 && k < CJK_FOUR; c++)
        if (!cjk_code(m, c) && (c < 0xd800 || c >= 0xe000))
            m->four[k++] = (uint16_t)c;
    while (k < CJK_FOUR)
        m->four[k++] = 0xffff;
    return true;
}
static bool fill(struct cjk_map *m, const struct def *d, iconv_t cd)
{
    if (!fill_singles(m, d) || !fill_two(m, d, cd) || ((d->flags & TRIPLE) && !fill_three(m, d, cd)))
        return false;
    if (d->flags & WITH_JISX0212) {
        iconv_t old = iconv_open("UTF-32LE", "EUC-JP");
        bool ok = old != (iconv_t)-1 && fill_three(m, d, old);
        if (old != (iconv_t)-1)
            iconv_close(old);
        if (!ok)
            return false;
    }
    for (const struct fix *f = d->encode; f && f->ch; f++)
        if (!set_code(m, f->ch, f->code, true))
            return false;
    if (d->flags & LATE_RUNS)
        for (const struct run *r = d->runs; r->code; r++)
            for (unsigned k = 0; k < r->count; k++)
                m->two[(r->code >> 8) - 0x80][(r->code & 0xff) + k] = (uint16_t)(r->ch + k);
    if (d->flags & PURE_2000)
        m->three[0x7d][0xbb] = 0x9b1c; /* read so, written for its neighbour */
    return !(d->flags & FOUR) || fill_four(m);
}
static void drop(struct cjk_map *m)
{
    for (size_t i = 0; i < RT_COUNTOF(m->pages); i++)
        rt_raw_free(m->pages[i]);
    rt_raw_free(m->three);
    rt_raw_free(m->extra);
    rt_raw_free(m->four);
    rt_raw_free(m);
}

const struct cjk_map *cjk_map_get(struct rt_thread *ts, const char *name)
{
    size_t i = 0;
    while (i < RT_COUNTOF(defs) && strcmp(defs[i].name, name))
        i++;
    RT_ASSERT(i < RT_COUNTOF(defs));
    struct cjk_map *m = rt_load_acquire(&maps[i]), *none = NULL;
    if (m)
        return m;
    iconv_t cd = iconv_open("UTF-32LE", defs[i].iconv);
    if (cd == (iconv_t)-1) {
        rt_raise(ts, &rt_exc_LookupError, "the C library does not know the encoding %s", defs[i].iconv);
        return NULL;
    }
    m = rt_raw_calloc(1, sizeof(*m));
    bool ok = m && fill(m, &defs[i], cd);
    iconv_close(cd);
    if (!ok) {
        if (m)
            drop(m);
        rt_raise_no_memory(ts);
        return NULL;
    }
    if (rt_cas_acq_rel(&maps[i], &none, m))
        return m;
    drop(m);
    return none;
}
