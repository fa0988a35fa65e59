/* SPDX-License-Identifier: MIT */
/* Error handling shared by the codecs: a decoder or encoder stops at an error, calls these, and goes on. */
#ifndef RT_TYPES_CODECS_INTERNAL_H
#define RT_TYPES_CODECS_INTERNAL_H

#include "core/types/codecs/codecs.h"
#include "core/types/exceptions/exceptions.h"
#include "core/types/str/str_internal.h"

enum error_mode { ERR_STRICT, ERR_IGNORE, ERR_REPLACE, ERR_BACKSLASH, ERR_XML, ERR_ESCAPE, ERR_OTHER };

enum error_mode rt_codec_error_mode(const char *errors);

struct decoding {
    struct rt_thread *ts;
    const char *encoding, *errors;
    enum error_mode mode;
    rt_value handler, exc;   /* owned, made on the first error that needs them */
    rt_value input;          /* owned bytes when a handler has replaced the input, or RT_NULL */
    const uint8_t *in;
    size_t n, pos;
    struct rt_strbuf out;
};
void rt_decoding_init(struct decoding *d, struct rt_thread *ts, const char *encoding, const char *errors, const char *p,
                      size_t n);
/* in[start..end) cannot be decoded: writes the replacement and sets pos. 0 or -1. */
int rt_decoding_error(struct decoding *d, size_t start, size_t end, const char *reason);
/* The result, or RT_NULL when rc < 0; frees everything. */
rt_value rt_decoding_finish(struct decoding *d, int rc);

struct bytebuf {
    char *p;
    size_t n, capacity;
};
int rt_bytebuf_put(struct rt_thread *ts, struct bytebuf *b, const void *p, size_t n);
int rt_bytebuf_reserve(struct rt_thread *ts, struct bytebuf *b, size_t n);

struct encoding {
    struct rt_thread *ts;
    const char *encoding, *errors;
    enum error_mode mode;
    rt_value handler, exc, str;
    struct text text;
    size_t pos;
    struct bytebuf out;
    /* Encode a replacement str into out: 0, -1 raised, 1 not encodable. */
    int (*put)(struct encoding *e, rt_value replacement);
    size_t unit; /* replacement bytes come in multiples of this */
};
void rt_encoding_init(struct encoding *e, struct rt_thread *ts, const char *encoding, const char *errors, rt_value s);
int rt_encoding_error(struct encoding *e, size_t start, size_t end, const char *reason);
rt_value rt_encoding_finish(struct encoding *e, int rc);

int rt_strbuf_ucs4(struct rt_thread *ts, struct rt_strbuf *b, const uint32_t *p, size_t n);

#endif
