/* SPDX-License-Identifier: MIT */
/* TextIOWrapper, shared by textio.c (text in and out), textio_pos.c (tell and seek) and newline.c. */
#ifndef RT_MODULES_IO_TEXTIO_INTERNAL_H
#define RT_MODULES_IO_TEXTIO_INTERNAL_H

#include "core/modules/io/io_internal.h"

enum codec { CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1, CODEC_OTHER };

struct textio {
    struct rt_object hdr;
    rt_slot buffer, encoding, errors, decoder, encoder, decoded;
    rt_slot snapshot;        /* (state, bytes): the decoder's state before the chunk, with nothing pending, and the bytes fed since */
    /* Changed with the lock held, or by __init__; the atomic ones are read without it. */
    _Atomic bool ok, detached, line_buffering, write_through, readuniversal, seekable, telling, writable;
    bool readtranslate, writetranslate, has_read1;
    _Atomic uint8_t seennl;
    uint8_t codec;
    const char *writenl;     /* NULL: "\n" as it is */
    char readnl[3];          /* "" universal */
    bool readnl_none;
    size_t used;             /* characters of decoded handed out */
    char pending[4];         /* undecoded tail of a sequence */
    uint8_t npending;
    bool pending_cr;
    char *out;
    size_t out_len, out_cap;
    _Atomic int64_t chunk;
    struct rt_io_lock lock;
};
#define T(v) ((struct textio *)rt_ptr(v))
enum { SEEN_CR = 1, SEEN_LF = 2, SEEN_CRLF = 4 };


rt_value rt_textio_buffer(struct rt_thread *ts, rt_value self);       /* new ref, or ValueError */
int rt_textio_check_open(struct rt_thread *ts, rt_value self);
rt_value rt_textio_decode(struct rt_thread *ts, struct textio *t, rt_value bytes, bool final); /* newlines translated */
void rt_textio_set_decoded(struct rt_thread *ts, struct textio *t, rt_value owned);
int rt_textio_write_out(struct rt_thread *ts, rt_value self);
/* The decoder's state: bytes not decoded yet (new ref) and flags. 0 or -1. */
int rt_textio_getstate(struct rt_thread *ts, struct textio *t, rt_value *pending, rt_value *flags);
rt_value rt_textio_tell(struct rt_thread *ts, rt_value self);
rt_value rt_textio_seek(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n);
rt_value rt_newline_translate(struct rt_thread *ts, rt_value text, bool do_translate, bool *pending_cr, _Atomic uint8_t *seen, bool final);
rt_value rt_newline_seen(struct rt_thread *ts, uint8_t seen);

#endif
