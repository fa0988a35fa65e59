/* SPDX-License-Identifier: MIT */
/*
 * States, and the matcher's instances for the three kinds of text.
 *
 * The stack holds frames, each with its tag on top: ways still to be tried, and old values of registers to be put
 * back when the matcher goes back past them. Failing pops frames until a way is found. An atomic group, an
 * assertion and a possessive turn "cut": they drop the ways tried since, but keep the old values.
 */
#include "core/base/strsearch.h"
#include "core/modules/sre/sre_internal.h"

#include <stdlib.h>
#include <string.h>

/* Tags: kind in the low three bits, above it a register or a place in the program. */
enum frame {
    F_UNDO,         /* old value */
    F_UNDO_CLOSE,   /* old last index, old mark */
    F_UNDO_LOOP,    /* old last place, old count */
    F_WAY,          /* text */
    F_BRANCH,       /* text, mask of ways left */
    F_STAR,         /* least text, present text */
    F_LAZY,         /* limit, present text */
    F_LOOP_LAZY,    /* text */
};
static const uint8_t frame_words[8] = {2, 3, 3, 2, 3, 3, 3, 2};

#define FUEL 20000
#define TAG(kind, value) ((uintptr_t)(value) << 3 | (kind))

enum rt_sre_status rt_sre_state_init(struct rt_sre_state *s, const struct rt_sre_program *program, const void *text,
    int kind, size_t start, size_t end)
{
    s->program = program;
    s->text = text ? text : "";
    s->kind = kind;
    s->start = start;
    s->end = end;
    s->match_all = s->must_advance = false;
    s->match_start = s->match_end = s->last_index = 0;
    s->poll = NULL;
    s->poll_arg = NULL;
    s->stack = s->inline_stack;
    s->stack_words = RT_SRE_INLINE_STACK;
    s->fuel = FUEL;
    s->registers = s->inline_registers;
    if (program->registers > RT_SRE_INLINE_REGISTERS) {
        s->registers = calloc(program->registers, sizeof *s->registers);
        if (!s->registers) {
            s->registers = s->inline_registers;
            return RT_SRE_NO_MEMORY;
        }
    }
    return RT_SRE_OK;
}

void rt_sre_state_free(struct rt_sre_state *s)
{
    if (s->registers != s->inline_registers) {
        free(s->registers);
    }
    if (s->stack != s->inline_stack) {
        free(s->stack);
    }
}

/* Makes room for a few frames above sp; returns the new sp, NULL for no memory. */
static __attribute__((noinline)) uintptr_t *grow_stack(struct rt_sre_state *s, uintptr_t *sp)
{
    size_t used = (size_t)(sp - s->stack), words = 2 * s->stack_words;
    bool was_inline = s->stack == s->inline_stack;
    uintptr_t *stack = realloc(was_inline ? NULL : s->stack, words * sizeof *stack);
    if (!stack) {
        return NULL;
    }
    if (was_inline) {
        memcpy(stack, s->inline_stack, used * sizeof *stack);
    }
    s->stack = stack;
    s->stack_words = words;
    return stack + used;
}

/* Drops the ways in [base + height, sp), keeps the old values; returns the new sp. */
static uintptr_t *cut_ways(uintptr_t *base, uintptr_t height, uintptr_t *sp)
{
    if (height == 0) {
        return base;                        /* nowhere to go back to: no old value matters */
    }
    uintptr_t *from = base + height;
    uintptr_t *keep = sp, *at = sp;
    while (at > from) {
        int kind = at[-1] & 7;
        int words = frame_words[kind];
        at -= words;
        if (kind <= F_UNDO_LOOP) {
            keep -= words;
            memmove(keep, at, (size_t)words * sizeof *at);
        }
    }
    size_t kept = (size_t)(sp - keep);
    memmove(from, keep, kept * sizeof *from);
    return from + kept;
}

static inline void undo(uintptr_t *registers, size_t last_index, const uintptr_t *sp)
{
    uintptr_t tag = sp[-1];
    switch (tag & 7) {
    case F_UNDO:
        registers[tag >> 3] = sp[-2];
        break;
    case F_UNDO_CLOSE:
        registers[tag >> 3] = sp[-2];
        registers[last_index] = sp[-3];
        break;
    case F_UNDO_LOOP:
        registers[tag >> 3] = sp[-2];
        registers[(tag >> 3) + 1] = sp[-3];
        break;
    }
}

/* Puts back every old value in [to, sp). */
static void unwind(const struct rt_sre_state *s, const uintptr_t *to, const uintptr_t *sp)
{
    while (sp > to) {
        undo(s->registers, LAST_INDEX_REGISTER(s->program), sp);
        sp -= frame_words[sp[-1] & 7];
    }
}

static bool is_word(uint32_t at, uint32_t c)
{
    uint32_t category = at == SRE_AT_BOUNDARY || at == SRE_AT_NON_BOUNDARY ? SRE_CATEGORY_WORD
        : at == SRE_AT_UNI_BOUNDARY || at == SRE_AT_UNI_NON_BOUNDARY ? SRE_CATEGORY_UNI_WORD : SRE_CATEGORY_LOC_WORD;
    return sre_category(category, c);
}

#define CHAR uint8_t
#define FN(name) name##_1
#include "core/modules/sre/sre_match_impl.h"

#define CHAR uint16_t
#define FN(name) name##_2
#include "core/modules/sre/sre_match_impl.h"

#define CHAR uint32_t
#define FN(name) name##_4
#include "core/modules/sre/sre_match_impl.h"

enum rt_sre_status rt_sre_match(struct rt_sre_state *s)
{
    switch (s->kind) {
    case 1:
        return match_1(s);
    case 2:
        return match_2(s);
    default:
        return match_4(s);
    }
}

enum rt_sre_status rt_sre_search(struct rt_sre_state *s)
{
    switch (s->kind) {
    case 1:
        return search_1(s);
    case 2:
        return search_2(s);
    default:
        return search_4(s);
    }
}

bool rt_sre_group(const struct rt_sre_state *s, size_t group, size_t *start, size_t *end)
{
    uintptr_t from = s->registers[2 * (group - 1)], to = s->registers[2 * (group - 1) + 1];
    if (!from || !to) {
        return false;
    }
    *start = (from - (uintptr_t)s->text) / (unsigned)s->kind;
    *end = (to - (uintptr_t)s->text) / (unsigned)s->kind;
    return true;
}
