/* SPDX-License-Identifier: MIT */
/*
 * The Python side of the regular expression engine: Pattern, Match, Scanner, and what they share.
 *
 * Patterns and matches never change once made (but for a cache of one word), so that they need no lock. A scanner's position is atomic: two threads
 * that use one scanner may see a match twice, never a torn state.
 */
#ifndef RT_MODULES_SRE_OBJECTS_H
#define RT_MODULES_SRE_OBJECTS_H

#include "core/modules/sre/sre.h"
#include "core/object/native.h"

struct sre_pattern {
    struct rt_object hdr;
    rt_slot pattern, groupindex, indexgroup;    /* str, bytes or None; dict; tuple */
    rt_slot template;                           /* the last replacement with escapes: (text, parsed) or None */
    struct rt_sre_program *program;
    uint32_t *code;                             /* as compiled by the library: equality and hash */
    size_t code_len;
    int64_t groups;
    int32_t flags;
    int8_t is_bytes;                            /* -1: pattern is None, matches both */
};

struct sre_match {
    struct rt_object hdr;
    rt_slot string, re;
    int64_t pos, endpos;
    int64_t lastindex;                          /* -1: none */
    int64_t groups;                             /* group 0 included */
    int64_t mark[];                             /* start and end of each, -1 for no part */
};

extern struct rt_type sre_pattern_type, sre_match_type, sre_scanner_type, sre_iter_type;

/* The text of a call: a string or a buffer, open from sre_subject_open to sre_subject_close. */
struct sre_subject {
    rt_value string;                            /* borrowed from the caller */
    const void *data;
    size_t length;
    int kind;
    bool is_bytes, has_view;
    struct rt_buffer view;
};

static inline struct sre_pattern *sre_as_pattern(rt_value v) { return (struct sre_pattern *)rt_ptr(v); }
static inline struct sre_match *sre_as_match(rt_value v) { return (struct sre_match *)rt_ptr(v); }

/* TypeError unless string has text. p, if not NULL: it must be of the pattern's sort. 0 or -1. */
int sre_subject_open(struct rt_thread *ts, struct sre_subject *s, rt_value string, const struct sre_pattern *p);
void sre_subject_close(struct rt_thread *ts, struct sre_subject *s);
/* string[start:end] as str or bytes; the string itself if it is all of an exact one. */
rt_value sre_subject_slice(struct rt_thread *ts, const struct sre_subject *s, size_t start, size_t end);

/* Ready to match s between pos and endpos (clipped), polling ts. 0 or -1 with MemoryError. */
int sre_begin(struct rt_thread *ts, struct rt_sre_state *state, const struct sre_pattern *p,
    const struct sre_subject *s, int64_t pos, int64_t endpos);
/* 1 a match, 0 none, -1 with an exception. */
int sre_outcome(struct rt_thread *ts, enum rt_sre_status status);
/* A Match of the state's last match. */
rt_value sre_match_new(struct rt_thread *ts, struct sre_pattern *p, rt_value string, const struct rt_sre_state *state,
    int64_t pos, int64_t endpos);
/* The search that follows a match starts at its end, and must not find the same empty place. */
static inline void sre_advance(struct rt_sre_state *state)
{
    state->must_advance = state->match_end == state->match_start;
    state->start = state->match_end;
}

rt_value sre_pattern_scanner(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
rt_value sre_pattern_finditer(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
rt_value sre_pattern_sub(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
rt_value sre_pattern_subn(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw);
/* string, pos, endpos as every matching method takes them. 0 or -1. */
int sre_search_args(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, rt_value kw,
    rt_value *string, int64_t *pos, int64_t *endpos);

rt_value sre_self(struct rt_thread *ts, rt_value self);                         /* __copy__ */
rt_value sre_self_memo(struct rt_thread *ts, rt_value self, rt_value memo);     /* __deepcopy__ */
rt_value sre_alias(struct rt_thread *ts, rt_value cls, rt_value item);          /* __class_getitem__ */

#endif
