/* SPDX-License-Identifier: MIT */
/*
 * The multibyte codecs of East Asia: _multibytecodec and _codecs_cn, _hk, _iso2022, _jp, _kr, _tw.
 *
 * tables.c     which character a code stands for: asked of the C library's iconv at the first use of an encoding,
 *              corrected where Python's codecs differ; constant from then on, shared by all interpreters
 * codecs.c     the encodings without escape sequences, and HZ
 * iso2022.c    the ISO 2022 encodings
 * multibyte.c  whole strings, with error handlers
 * objects.c    codecs, incremental coders, stream readers and writers
 */
#ifndef RT_MODULES_CJK_H
#define RT_MODULES_CJK_H

#include "core/object/native.h"
#include "core/types/codecs/codecs.h"
#include "core/types/exceptions/exceptions.h"

enum { CJK_NONE = 0xffff, CJK_EXTRA = 0xd800, CJK_WRONG = 0xdfff /* both bytes are to blame */ };

/* Two bytes from lead 0x80 on to a UTF-16 unit; 0 is none, CJK_EXTRA + i stands for extra[i]. */
struct cjk_map {
    uint16_t two[128][256];
    uint16_t (*three)[256];             /* after 0x8f; or NULL */
    uint16_t single[256];               /* CJK_NONE: not one byte */
    struct cjk_extra { uint32_t first, second, code; } *extra; /* beyond the BMP, or two characters */
    int nextra;
    bool pairs;
    uint32_t *pages[0x300];             /* by character >> 8: its code, 0 none */
    uint16_t *four;                     /* GB 18030: the characters of four bytes, in order */
};

enum { CJK_FOUR = 39420 };
/* The map of an encoding, by its name; NULL with an exception. [attached; nopy] */
const struct cjk_map *cjk_map_get(struct rt_thread *ts, const char *name);
RT_INLINE uint32_t cjk_code(const struct cjk_map *m, uint32_t c)
{
    return c < 0x30000 && m->pages[c >> 8] ? m->pages[c >> 8][c & 0xff] : 0;
}
/* What a unit of a table stands for: *out gets one character or two; their number. */
int cjk_unit(const struct cjk_map *m, uint16_t unit, uint32_t *out);

struct cjk_state { uint8_t c[8]; };
enum { CJK_MAX_OUT = 16 };
struct cjk_codec {
    const char *module, *name;
    /* bytes used, 0 when more are needed, -n when n bytes are wrong */
    int (*decode)(const struct cjk_codec *c, struct cjk_state *s, const uint8_t *in, size_t left, uint32_t *out, int *nout);
    /* characters used, 0 when one more is needed, -1: not in the encoding */
    int (*encode)(const struct cjk_codec *c, struct cjk_state *s, const uint32_t *in, size_t left, bool last, uint8_t *out, int *nout);
    void (*init)(struct cjk_state *s, bool decoder);  /* may be NULL */
    int (*finish)(const struct cjk_codec *c, struct cjk_state *s, uint8_t *out); /* back to the initial state: bytes */
    const void *config;
    const struct cjk_map *map;          /* of the copy in a codec object */
    const struct cjk_map *more[4];
};
extern const struct cjk_codec cjk_plain_codecs[], cjk_iso2022_codecs[]; /* ended by a NULL name */
int cjk_iso2022_prepare(struct rt_thread *ts, struct cjk_codec *c);

/* ---- multibyte.c ---- */
struct cjk_coding {
    const struct cjk_codec *codec;
    struct cjk_state state;
    rt_value errors;        /* borrowed: str, or null for strict */
};
/* bytes of text; `used` characters are taken (all of them if last). Flushes and goes back to the initial state if `last`. */
rt_value cjk_encode(struct rt_thread *ts, struct cjk_coding *c, rt_value text, bool last, bool reset, size_t *used);
/* text of bytes, an unfinished sequence at the end stays unless `last` */
rt_value cjk_decode(struct rt_thread *ts, struct cjk_coding *c, const uint8_t *p, size_t n, bool last, size_t *used);

#endif
