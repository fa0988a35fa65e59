/* SPDX-License-Identifier: MIT */
/*
 * The files of the _json module: the output buffer and the two types.
 *
 * struct rt_jsonout is one growing text. It holds Latin-1 units until a wider character comes; max is
 * the largest character so far, to the bucket. Room is asked for in bulk, so that the writers below
 * store without checks; every reservation leaves RT_JSON_SLACK units for whole-vector stores.
 */
#ifndef RT_MODULES_JSON_INTERNAL_H
#define RT_MODULES_JSON_INTERNAL_H

#include "core/modules/modules.h"
#include "core/types/dict_internal.h"
#include "core/unicode/utf.h"

enum { RT_JSON_SLACK = 32 };

struct rt_jsonout {
    uint8_t *data;
    size_t n, cap; /* units */
    int kind;
    uint32_t max;
    uint8_t local[2048];
};

void rt_jsonout_init(struct rt_jsonout *o);
void rt_jsonout_free(struct rt_jsonout *o);
/* [attached; nopy; raises] Room for more units, and for characters up to max. 0 or -1. */
int rt_jsonout_grow(struct rt_thread *ts, struct rt_jsonout *o, size_t more, uint32_t max);
RT_INLINE int rt_jsonout_room(struct rt_thread *ts, struct rt_jsonout *o, size_t more)
{
    return rt_likely(o->n + more + RT_JSON_SLACK <= o->cap) ? 0
                                                            : rt_jsonout_grow(ts, o, more, 0);
}
int rt_jsonout_str(struct rt_thread *ts, struct rt_jsonout *o, rt_value s); /* as it is */
int rt_jsonout_ascii(struct rt_thread *ts, struct rt_jsonout *o, const char *s, size_t n);
/* s in quotes with JSON's escapes; ascii: all characters beyond ASCII too. */
int rt_jsonout_quoted(struct rt_thread *ts, struct rt_jsonout *o, rt_value s, bool ascii);
int rt_jsonout_int(struct rt_thread *ts, struct rt_jsonout *o, int64_t i);
int rt_jsonout_double(struct rt_thread *ts, struct rt_jsonout *o, double d); /* finite */
rt_value rt_jsonout_finish(struct rt_thread *ts, struct rt_jsonout *o);     /* new str; frees */

extern struct rt_type rt_json_scanner_type, rt_json_encoder_type;
rt_value rt_json_quote_ascii(struct rt_thread *ts, rt_value self, rt_value s); /* encode_basestring_ascii */
rt_value rt_json_quote(struct rt_thread *ts, rt_value self, rt_value s);
rt_value rt_json_scanstring(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n);

#endif
