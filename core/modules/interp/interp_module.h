/* SPDX-License-Identifier: MIT */
/* What the files of _xxsubinterpreters share. */
#ifndef RT_MODULES_INTERP_H
#define RT_MODULES_INTERP_H

#include "core/object/native.h"
#include "core/thread/runtime.h"

/* A value on its way between interpreters: immediates as they are, str and bytes copied. */
struct rt_cross {
    enum { RT_CROSS_WORD, RT_CROSS_BYTES, RT_CROSS_STR, RT_CROSS_CHANNEL } kind;
    rt_value word;
    int64_t id;
    uint8_t ends;
    int unit; /* bytes per character of a str */
    size_t n;
    char *data;
};
bool rt_cross_can(rt_value v);
int rt_cross_pack(struct rt_thread *ts, rt_value v, struct rt_cross *out); /* 0, -1 raises */
rt_value rt_cross_unpack(struct rt_thread *ts, const struct rt_cross *c);  /* in the receiving interpreter */
void rt_cross_free(struct rt_cross *c);

/* Exceptions of the module, from its attributes. */
rt_value rt_interp_raise(struct rt_thread *ts, const char *exc, const char *fmt, ...) RT_COLD;

/* channels.c */
enum { RT_CHAN_SEND = 1, RT_CHAN_RECV = 2, RT_CHAN_BOTH = 3 };
extern struct rt_type rt_channel_id_type, rt_interp_id_type;
extern const struct rt_method_def rt_channel_methods[];
rt_value rt_channel_id_new(struct rt_thread *ts, int64_t id, uint8_t ends);
rt_value rt_interp_id_new(struct rt_thread *ts, int64_t id);
void rt_channels_interp_gone(int64_t interp);
bool rt_is_channel_id(rt_value v, int64_t *id, uint8_t *ends);

#endif
