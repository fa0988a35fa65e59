/* SPDX-License-Identifier: MIT */
/*
 * ISO 2022: escape sequences designate character sets to G0 (used by default), G1 (between SO and SI) and G2 (one
 * character after ESC N). A set's mark is its final byte, with 0x80 for sets of two bytes. State: c[0..2] are the
 * marks of G0 to G2, c[4] the flags.
 */
#include "core/modules/cjk/cjk.h"

enum { ESC = 0x1b, SO = 0x0e, SI = 0x0f };
enum { SHIFTED = 1, ESC_THROUGH = 2 };
enum mark {
    ASCII = 'B', ISO8859_1 = 'A', ISO8859_7 = 'F', JISX0201_R = 'J', JISX0201_K = 'I', GB2312 = 'A' | 0x80, JISX0208 = 'B' | 0x80,
    JISX0208_OLD = '@' | 0x80, KSX1001 = 'C' | 0x80, JISX0212 = 'D' | 0x80, JISX0213_2000_1 = 'O' | 0x80, JISX0213_2 = 'P' | 0x80,
    JISX0213_2004_1 = 'Q' | 0x80,
};
/* which map of the codec holds a set */
enum { M_JP, M_JISX0213, M_KR, M_CN };
enum { NO_SHIFT = 1, USE_G2 = 2, JISX0208_EXT = 4 };
struct config { uint8_t flags, sets[10]; const char *maps[4]; };

static const struct config kr = {0, {KSX1001}, {NULL, NULL, "euc_kr", NULL}};
static const struct config jp = {NO_SHIFT | JISX0208_EXT, {JISX0208, JISX0201_R, JISX0208_OLD}, {"euc_jp"}};
static const struct config jp_1 = {NO_SHIFT | JISX0208_EXT, {JISX0208, JISX0212, JISX0201_R, JISX0208_OLD}, {"euc_jp"}};
static const struct config jp_2 = {NO_SHIFT | USE_G2 | JISX0208_EXT,
    {JISX0208, JISX0212, KSX1001, GB2312, JISX0201_R, JISX0208_OLD, ISO8859_1, ISO8859_7}, {"euc_jp", NULL, "euc_kr", "gb2312"}};
static const struct config jp_2004 = {NO_SHIFT | JISX0208_EXT, {JISX0208, JISX0213_2004_1, JISX0213_2}, {"euc_jp", "jisx0213:2004"}};
static const struct config jp_3 = {NO_SHIFT | JISX0208_EXT, {JISX0208, JISX0213_2000_1, JISX0213_2}, {"euc_jp", "jisx0213:2000"}};
static const struct config jp_ext = {NO_SHIFT | JISX0208_EXT, {JISX0208, JISX0212, JISX0201_R, JISX0201_K, JISX0208_OLD}, {"euc_jp"}};

int cjk_iso2022_prepare(struct rt_thread *ts, struct cjk_codec *c)
{
    const struct config *f = c->config;
    for (int i = 0; i < 4; i++)
        if (f->maps[i] && !(c->more[i] = cjk_map_get(ts, f->maps[i])))
            return -1;
    return 0;
}
static void init(struct cjk_state *s, bool decoder)
{
    *s = (struct cjk_state){{ASCII, ASCII, decoder ? ASCII : 0}};
}
static bool has_set(const struct config *f, uint8_t mark)
{
    return mark == ASCII || memchr(f->sets, mark, sizeof(f->sets));
}

/* ---- decoding ---- */
/* A character of a set; its number of units (0 none). */
static int from_set(const struct cjk_codec *c, uint8_t mark, const uint8_t *in, uint32_t *out)
{
    const struct cjk_map *m;
    uint16_t unit = 0;
    switch ((enum mark)mark) {
    case ASCII: case ISO8859_1: case ISO8859_7: return 0;
    case JISX0201_R: *out = in[0] == 0x5c ? 0xa5 : in[0] == 0x7e ? 0x203e : in[0]; return 1;
    case JISX0201_K: *out = 0xff61u + in[0] - 0x21; return in[0] >= 0x21 && in[0] <= 0x5f;
    case GB2312: m = c->more[M_CN]; break;
    case KSX1001: m = c->more[M_KR]; break;
    case JISX0208: case JISX0208_OLD: case JISX0212: m = c->more[M_JP]; break;
    default: m = c->more[M_JISX0213]; break;
    }
    if (in[1] & 0x80)
        return 0;
    if (mark == JISX0212 || mark == JISX0213_2)
        unit = m->three[in[0]][in[1] | 0x80];
    else if (in[0] >= 0x21)
        unit = m->two[in[0]][in[1] | 0x80];
    return unit ? cjk_unit(m, unit, out) : 0;
}
/* An escape sequence at `in`. */
static int escape(const struct config *f, struct cjk_state *s, const uint8_t *in, size_t left)
{
    size_t n;
    for (n = 1; n < 16; n++) {
        if (n >= left)
            return 0;
        if ((in[n] >= 'A' && in[n] <= 'Z') || in[n] == '@') {
            n++;
            break;
        }
        if ((f->flags & JISX0208_EXT) && n + 1 < left && in[n] == '&' && in[n + 1] == '@')
            n += 2;
    }
    if (n >= 16)
        return -1;
    int g = -1;
    uint8_t mark = in[n - 1];
    if (n == 3) {
        g = in[1] == '(' || in[1] == '$' ? 0 : in[1] == ')' ? 1 : in[1] == '.' && (f->flags & USE_G2) ? 2 : -1;
        if (in[1] == '$')
            mark |= 0x80;
    } else if (n == 4 && in[1] == '$') {
        g = in[2] == '(' ? 0 : in[2] == ')' ? 1 : -1;
        mark |= 0x80;
    } else if (n == 6 && (f->flags & JISX0208_EXT) && in[3] == ESC && in[4] == '$' && in[5] == 'B') {
        g = 0;
        mark |= 0x80;
    }
    if (g < 0 || !has_set(f, mark))
        return -(int)n;
    s->c[g] = mark;
    return (int)n;
}
static int single_shift(const struct cjk_state *s, uint8_t b, uint32_t *out)
{
    static const uint16_t greek[] = {0xa0, 0x2018, 0x2019, 0xa3, 0, 0, 0xa6, 0xa7, 0xa8, 0xa9, 0, 0xab, 0xac, 0xad, 0, 0x2015, 0xb0, 0xb1, 0xb2, 0xb3};
    *out = b;
    if (b & 0x80)
        return -3;
    if (s->c[2] == ISO8859_1) {
        *out = b + 0x80u;
    } else if (s->c[2] == ISO8859_7) {
        uint8_t c = b | 0x80;
        *out = c < 0xa0 ? c : c < 0xb4 ? greek[c - 0xa0] : c == 0xb7 || c == 0xbb || c == 0xbd ? c : c == 0xd2 || c == 0xff ? 0 : 0x2d0u + c;
        if (!*out)
            return -3;
    }
    return 3;
}
static int decode(const struct cjk_codec *c, struct cjk_state *s, const uint8_t *in, size_t left, uint32_t *out, int *nout)
{
    const struct config *f = c->config;
    uint8_t b = in[0], mark;
    *out = b;
    *nout = 1;
    if (s->c[4] & ESC_THROUGH) { /* an escape sequence of something else */
        if ((b >= 'A' && b <= 'Z') || b == '@')
            s->c[4] &= (uint8_t)~ESC_THROUGH;
        return 1;
    }
    if (b == ESC) {
        if (left < 2)
            return 0;
        if (memchr("()$.&", in[1], 5)) {
            *nout = 0;
            return escape(f, s, in, left);
        }
        if (in[1] == 'N' && (f->flags & USE_G2))
            return left < 3 ? 0 : single_shift(s, in[2], out);
        s->c[4] |= ESC_THROUGH;
        return 1;
    }
    if ((b == SI || b == SO) && !(f->flags & NO_SHIFT)) {
        s->c[4] = b == SO ? s->c[4] | SHIFTED : s->c[4] & (uint8_t)~SHIFTED;
        *nout = 0;
        return 1;
    }
    if (b == '\n')
        s->c[4] &= (uint8_t)~SHIFTED;
    if (b >= 0x80)
        return -1;
    mark = s->c[s->c[4] & SHIFTED ? 1 : 0];
    if (b < 0x20 || mark == ASCII)
        return 1;
    size_t width = mark & 0x80 ? 2 : 1;
    if (left < width)
        return 0;
    *nout = from_set(c, mark, in, out);
    return *nout ? (int)width : -(int)width;
}

/* ---- encoding ---- */
static uint32_t to_set(const struct cjk_codec *c, uint8_t mark, uint32_t ch)
{
    uint32_t code;
    switch ((enum mark)mark) {
    case JISX0201_R: return ch == 0xa5 ? 0x5c : ch == 0x203e ? 0x7e : 0;
    case JISX0201_K: return ch >= 0xff61 && ch <= 0xff9f ? ch - 0xff61 + 0x21 : 0;
    case GB2312: code = cjk_code(c->more[M_CN], ch); break;
    case KSX1001: code = cjk_code(c->more[M_KR], ch); break;
    case JISX0208: case JISX0212: code = cjk_code(c->more[M_JP], ch); break;
    case JISX0213_2000_1: case JISX0213_2004_1: case JISX0213_2: code = cjk_code(c->more[M_JISX0213], ch); break;
    default: return 0;
    }
    bool second = mark == JISX0212 || mark == JISX0213_2;
    return (second ? code >> 16 == 0x8f : code >= 0xa100 && code <= 0xffff) ? code & 0x7f7f : 0;
}
static int put_escape(uint8_t mark, bool g1, uint8_t *out)
{
    int n = 0;
    out[n++] = ESC;
    if (mark & 0x80)
        out[n++] = '$';
    if (mark != JISX0208 || g1)
        out[n++] = g1 ? ')' : '(';
    out[n++] = mark & 0x7f;
    return n;
}
static int finish(const struct cjk_codec *c, struct cjk_state *s, uint8_t *out)
{
    int n = 0;
    if (s->c[4] & SHIFTED)
        out[n++] = SI;
    s->c[4] &= (uint8_t)~SHIFTED;
    if (s->c[0] != ASCII)
        n += put_escape(ASCII, false, out + n);
    s->c[0] = ASCII;
    return n;
}
/* Does the character begin a pair of JIS X 0213? CPython 3.11 waits for the next one then, though it writes both singly. */
static bool begins_pair(const struct cjk_map *m, uint32_t ch)
{
    for (int i = 0; m && ch < 0x3200 && i < m->nextra; i++)
        if (m->extra[i].second && m->extra[i].first == ch)
            return true;
    return false;
}
static int encode(const struct cjk_codec *c, struct cjk_state *s, const uint32_t *in, size_t left, bool last, uint8_t *out, int *nout)
{
    const struct config *f = c->config;
    int n = 0;
    if (in[0] < 0x80) {
        n = finish(c, s, out);
        out[n++] = (uint8_t)in[0];
        *nout = n;
        return 1;
    }
    uint32_t code = 0;
    uint8_t mark = 0;
    if (left == 1 && !last && begins_pair(c->more[M_JISX0213], in[0]))
        return 0;
    for (const uint8_t *set = f->sets; !code && *set; set++)
        code = to_set(c, mark = *set, in[0]);
    if (!code)
        return -1;
    if (f == &kr) {
        if (s->c[1] != mark)
            n += put_escape(s->c[1] = mark, true, out + n);
        if (!(s->c[4] & SHIFTED))
            out[n++] = SO;
        s->c[4] |= SHIFTED;
    } else if (s->c[0] != mark) {
        n += put_escape(s->c[0] = mark, false, out + n);
    }
    if (mark & 0x80)
        out[n++] = (uint8_t)(code >> 8);
    out[n++] = (uint8_t)code;
    *nout = n;
    return 1;
}

#define ISO(name, conf) {"_codecs_iso2022", name, decode, encode, init, finish, &conf, NULL, {NULL}}
const struct cjk_codec cjk_iso2022_codecs[] = {
    ISO("iso2022_kr", kr), ISO("iso2022_jp", jp), ISO("iso2022_jp_1", jp_1), ISO("iso2022_jp_2", jp_2), ISO("iso2022_jp_2004", jp_2004),
    ISO("iso2022_jp_3", jp_3), ISO("iso2022_jp_ext", jp_ext), {NULL},
};
