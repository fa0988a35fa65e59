/* SPDX-License-Identifier: MIT */
/*
 * Codecs: the registry of the interpreter, error handling, and the codecs that are written in C.
 *
 * errors may be NULL for "strict". Decoders that take `consumed` work on a part of a stream: they leave
 * an unfinished sequence at the end and say how much they used; NULL means that the input is complete.
 */
#ifndef RT_TYPES_CODECS_H
#define RT_TYPES_CODECS_H

#include "core/object/native.h"

/* ---- registry; all [attached; py; new ref; raises] ---- */
rt_value rt_codec_lookup(struct rt_thread *ts, const char *encoding);       /* the CodecInfo tuple */
int rt_codec_register(struct rt_thread *ts, rt_value search);
int rt_codec_unregister(struct rt_thread *ts, rt_value search);
rt_value rt_codec_encode(struct rt_thread *ts, rt_value o, const char *encoding, const char *errors);
rt_value rt_codec_decode(struct rt_thread *ts, rt_value o, const char *encoding, const char *errors);
int rt_codec_register_error(struct rt_thread *ts, const char *name, rt_value handler);
rt_value rt_codec_lookup_error(struct rt_thread *ts, const char *name /* NULL: strict */);

/* ---- built-in codecs ---- */
rt_value rt_codec_utf8_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, size_t *consumed);
rt_value rt_codec_utf8_encode(struct rt_thread *ts, rt_value s, const char *errors);
/* order: -1 little, 1 big, 0: by the mark (decoding: native without one; encoding: native with one).
   Decoding stores what was found. */
rt_value rt_codec_utf16_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, int *order,
                               size_t *consumed);
rt_value rt_codec_utf32_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, int *order,
                               size_t *consumed);
rt_value rt_codec_utf16_encode(struct rt_thread *ts, rt_value s, const char *errors, int order);
rt_value rt_codec_utf32_encode(struct rt_thread *ts, rt_value s, const char *errors, int order);
rt_value rt_codec_utf7_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors, size_t *consumed);
rt_value rt_codec_utf7_encode(struct rt_thread *ts, rt_value s, const char *errors);
rt_value rt_codec_unicode_escape_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors,
                                        size_t *consumed);
rt_value rt_codec_unicode_escape_encode(struct rt_thread *ts, rt_value s);
rt_value rt_codec_raw_unicode_escape_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors,
                                            size_t *consumed);
rt_value rt_codec_raw_unicode_escape_encode(struct rt_thread *ts, rt_value s);
rt_value rt_codec_ascii_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors);
/* limit 128: ascii, 256: latin-1 */
rt_value rt_codec_narrow_encode(struct rt_thread *ts, rt_value s, uint32_t limit, const char *errors);
rt_value rt_codec_charmap_decode(struct rt_thread *ts, const char *p, size_t n, rt_value map, const char *errors);
rt_value rt_codec_charmap_encode(struct rt_thread *ts, rt_value s, rt_value map, const char *errors);
rt_value rt_codec_charmap_build(struct rt_thread *ts, rt_value map);
rt_value rt_codec_escape_decode(struct rt_thread *ts, const char *p, size_t n, const char *errors);
extern struct rt_type rt_encoding_map_type;

#endif
