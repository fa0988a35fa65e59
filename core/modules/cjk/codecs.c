/* SPDX-License-Identifier: MIT */
/* Multibyte encodings without escape sequences, and HZ: one character at a time. */
#include "core/modules/cjk/cjk.h"

/* ---- one to three bytes by table ---- */
static int plain_decode(const struct cjk_codec *c, struct cjk_state *s, const uint8_t *in, size_t left, uint32_t *out, int *nout)
{
    const struct cjk_map *m = c->map;
    const bool *wrong = c->config;  /* leads that are wrong without a second byte */
    uint16_t one = m->single[in[0]], unit;
    *nout = 1;
    if (one != CJK_NONE) {
        *out = one;
        return 1;
    }
    if (wrong && wrong[in[0] - 0x80])
        return -1;
    int n = m->three && in[0] == 0x8f ? 3 : 2;
    if (left < (size_t)n)
        return 0;
    unit = n == 3 ? (in[1] < 0x80 ? 0 : m->three[in[1] - 0x80][in[2]]) : m->two[in[0] - 0x80][in[1]];
    if (!unit || unit == CJK_WRONG)
        return unit ? -2 : -1;
    *nout = cjk_unit(m, unit, out);
    return n;
}

static int put_code(uint32_t code, uint8_t *out)
{
    int n = 0;
    if (code > 0xffff)
        out[n++] = (uint8_t)(code >> 16);
    if (code > 0xff)
        out[n++] = (uint8_t)(code >> 8);
    out[n++] = (uint8_t)code;
    return n;
}
/* Is `first` the beginning of a pair; with `second` (if not 0) its code. */
static uint32_t pair_code(const struct cjk_map *m, uint32_t first, uint32_t second, bool *begins)
{
    *begins = false;
    for (int i = 0; i < m->nextra; i++)
        if (m->extra[i].second && m->extra[i].first == first) {
            *begins = true;
            if (m->extra[i].second == second)
                return m->extra[i].code;
        }
    return 0;
}
static int plain_encode(const struct cjk_codec *c, struct cjk_state *s, const uint32_t *in, size_t left, bool last, uint8_t *out, int *nout)
{
    const struct cjk_map *m = c->map;
    if (in[0] < 0x80 && m->single[in[0]] == in[0]) {
        *out = (uint8_t)in[0];
        *nout = 1;
        return 1;
    }
    if (m->pairs && in[0] < 0x3200) {
        bool begins;
        uint32_t code = pair_code(m, in[0], left > 1 ? in[1] : 0, &begins);
        if (begins && left == 1 && !last)
            return 0;
        if (code) {
            *nout = put_code(code, out);
            return 2;
        }
    }
    uint32_t code = cjk_code(m, in[0]);
    if (!code)
        return -1;
    *nout = put_code(code, out);
    return 1;
}

/* ---- GB 18030 ---- */
static int gb18030_decode(const struct cjk_codec *c, struct cjk_state *s, const uint8_t *in, size_t left, uint32_t *out, int *nout)
{
    if (in[0] < 0x80 || left < 2 || in[1] < 0x30 || in[1] > 0x39)
        return plain_decode(c, s, in, left, out, nout);
    if (left < 4)
        return 0;
    if (in[0] == 0x80 || in[0] == 0xff || in[2] < 0x81 || in[2] == 0xff || in[3] < 0x30 || in[3] > 0x39)
        return -1;
    uint32_t n = (((in[0] - 0x81u) * 10 + in[1] - 0x30u) * 126 + in[2] - 0x81u) * 10 + in[3] - 0x30u;
    *nout = 1;
    if (n < CJK_FOUR && c->map->four[n] != 0xffff)
        *out = c->map->four[n];
    else if (n == CJK_FOUR - 1)
        *out = 0xffff;
    else if (n >= 189000 && n - 189000 < 0x100000)
        *out = 0x10000 + n - 189000;
    else
        return -1;
    return 4;
}
static int gb18030_encode(const struct cjk_codec *c, struct cjk_state *s, const uint32_t *in, size_t left, bool last, uint8_t *out, int *nout)
{
    int r = plain_encode(c, s, in, left, last, out, nout);
    if (r > 0)
        return r;
    uint32_t n;
    if (in[0] >= 0x10000) {
        n = in[0] - 0x10000 + 189000;
    } else if (in[0] >= 0xd800 && in[0] < 0xe000) {
        return -1;
    } else {
        uint32_t lo = 0, hi = CJK_FOUR;
        while (lo < hi) {
            uint32_t mid = (lo + hi) / 2;
            if (c->map->four[mid] < in[0])
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo == CJK_FOUR || c->map->four[lo] != in[0])
            return -1;
        n = lo;
    }
    out[3] = (uint8_t)(0x30 + n % 10);
    out[2] = (uint8_t)(0x81 + n / 10 % 126);
    out[1] = (uint8_t)(0x30 + n / 1260 % 10);
    out[0] = (uint8_t)(0x81 + n / 12600);
    *nout = 4;
    return 1;
}

/* ---- EUC-KR: syllables that are not in KS X 1001 are spelled, in eight bytes ---- */
static const int8_t initials[30] = {0, 1, -1, 2, -1, -1, 3, 4, 5, -1, -1, -1, -1, -1, -1, -1, 6, 7, 8, -1, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
static const int8_t finals[30] = {1, 2, 3, 4, 5, 6, 7, -1, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, -1, 18, 19, 20, 21, 22, -1, 23, 24, 25, 26, 27};
static int euckr_decode(const struct cjk_codec *c, struct cjk_state *s, const uint8_t *in, size_t left, uint32_t *out, int *nout)
{
    if (in[0] != 0xa4 || left < 2 || in[1] != 0xd4)
        return plain_decode(c, s, in, left, out, nout);
    if (left < 8)
        return 0;
    if (in[2] != 0xa4 || in[4] != 0xa4 || in[6] != 0xa4)
        return -1;
    int a = in[3] >= 0xa1 && in[3] <= 0xbe ? initials[in[3] - 0xa1] : -1;
    int b = in[5] >= 0xbf && in[5] <= 0xd3 ? in[5] - 0xbf : -1;
    int d = in[7] == 0xd4 ? 0 : in[7] >= 0xa1 && in[7] <= 0xbe ? finals[in[7] - 0xa1] : -1;
    if (a < 0 || b < 0 || d < 0)
        return -1;
    *out = (uint32_t)(0xac00 + (a * 21 + b) * 28 + d);
    *nout = 1;
    return 8;
}
static int index_of(const int8_t *list, int what)
{
    int i = 0;
    while (list[i] != what)
        i++;
    return i;
}
static int euckr_encode(const struct cjk_codec *c, struct cjk_state *s, const uint32_t *in, size_t left, bool last, uint8_t *out, int *nout)
{
    int r = plain_encode(c, s, in, left, last, out, nout);
    if (r > 0 || in[0] < 0xac00 || in[0] > 0xd7a3)
        return r;
    int k = (int)in[0] - 0xac00;
    out[0] = out[2] = out[4] = out[6] = 0xa4;
    out[1] = 0xd4;
    out[3] = (uint8_t)(0xa1 + index_of(initials, k / 588));
    out[5] = (uint8_t)(0xbf + k / 28 % 21);
    out[7] = (uint8_t)(k % 28 ? 0xa1 + index_of(finals, k % 28) : 0xd4);
    *nout = 8;
    return 1;
}

/* ---- HZ: GB 2312 in seven bits between ~{ and ~} ---- */
static int hz_decode(const struct cjk_codec *c, struct cjk_state *s, const uint8_t *in, size_t left, uint32_t *out, int *nout)
{
    *nout = 0;
    if (in[0] == '~') {
        if (left < 2)
            return 0;
        if (in[1] == '~' && !s->c[0]) {
            *out = '~';
            *nout = 1;
        } else if (in[1] == '{' && !s->c[0]) {
            s->c[0] = 1;
        } else if (in[1] == '}' && s->c[0]) {
            s->c[0] = 0;
        } else if (in[1] != '\n' || s->c[0]) {
            return -1;
        }
        return 2;
    }
    if (in[0] & 0x80)
        return -1;
    *nout = 1;
    if (!s->c[0]) {
        *out = in[0];
        return 1;
    }
    if (left < 2)
        return 0;
    uint16_t unit = in[1] & 0x80 ? 0 : c->map->two[in[0]][in[1] | 0x80];
    if (!unit)
        return -1;
    *out = unit;
    return 2;
}
static int hz_encode(const struct cjk_codec *c, struct cjk_state *s, const uint32_t *in, size_t left, bool last, uint8_t *out, int *nout)
{
    int n = 0;
    uint32_t code = in[0] < 0x80 ? 0 : cjk_code(c->map, in[0]);
    if (in[0] >= 0x80 && code < 0x100)
        return -1;
    if ((in[0] < 0x80) == (s->c[0] != 0)) {
        s->c[0] = !s->c[0];
        out[n++] = '~';
        out[n++] = s->c[0] ? '{' : '}';
    }
    if (in[0] < 0x80) {
        if (in[0] == '~')
            out[n++] = '~';
        out[n++] = (uint8_t)in[0];
    } else {
        out[n++] = code >> 8 & 0x7f;
        out[n++] = code & 0x7f;
    }
    *nout = n;
    return 1;
}
static int hz_finish(const struct cjk_codec *c, struct cjk_state *s, uint8_t *out)
{
    if (!s->c[0])
        return 0;
    s->c[0] = 0;
    memcpy(out, "~}", 2);
    return 2;
}

static const bool wrong_sjis[128] = {[0] = true, [0x20] = true, [0x6b ... 0x7f] = true};
static const bool wrong_sjis_2004[128] = {[0] = true, [0x20] = true, [0x7d ... 0x7f] = true};

#define PLAIN(module, name, config) {module, name, plain_decode, plain_encode, NULL, NULL, config, NULL, {NULL}}
const struct cjk_codec cjk_plain_codecs[] = {
    PLAIN("_codecs_cn", "gb2312", NULL), PLAIN("_codecs_cn", "gbk", NULL),
    {"_codecs_cn", "gb18030", gb18030_decode, gb18030_encode, NULL, NULL, NULL, NULL, {NULL}},
    {"_codecs_cn", "hz", hz_decode, hz_encode, NULL, hz_finish, NULL, NULL, {NULL}},
    PLAIN("_codecs_hk", "big5hkscs", NULL), PLAIN("_codecs_tw", "big5", NULL), PLAIN("_codecs_tw", "cp950", NULL),
    {"_codecs_kr", "euc_kr", euckr_decode, euckr_encode, NULL, NULL, NULL, NULL, {NULL}},
    PLAIN("_codecs_kr", "cp949", NULL), PLAIN("_codecs_kr", "johab", NULL), PLAIN("_codecs_jp", "shift_jis", wrong_sjis),
    PLAIN("_codecs_jp", "cp932", NULL), PLAIN("_codecs_jp", "euc_jp", NULL), PLAIN("_codecs_jp", "euc_jis_2004", NULL),
    PLAIN("_codecs_jp", "euc_jisx0213", NULL), PLAIN("_codecs_jp", "shift_jis_2004", wrong_sjis_2004),
    PLAIN("_codecs_jp", "shift_jisx0213", wrong_sjis_2004), {NULL},
};
