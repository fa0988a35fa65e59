/* SPDX-License-Identifier: MIT */
/*
 * The regular expression engine: takes the code words that the library's re._compiler emits, makes a program of its
 * own from them, and matches it against text of 1, 2 or 4 bytes a character. Knows nothing of objects.
 *
 * A program is read-only once made and may be used by any number of threads; a state belongs to one. The matcher
 * backtracks with a stack on the heap, so that neither pattern nor text can exhaust the C stack.
 */
#ifndef RT_MODULES_SRE_H
#define RT_MODULES_SRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RT_SRE_MAGIC 20220615
#define RT_SRE_MAXREPEAT UINT32_MAX
#define RT_SRE_MAXGROUPS (INT32_MAX / 2)

struct rt_sre_program;

enum rt_sre_status {
    RT_SRE_OK = 1,
    RT_SRE_NO_MATCH = 0,
    RT_SRE_INVALID = -1,        /* RuntimeError: invalid SRE code */
    RT_SRE_NO_MEMORY = -2,
    RT_SRE_INTERRUPTED = -3,    /* the poll function said stop */
};

/* Checks code[0..n) and makes a program; groups is their number without group 0. */
/* [any thread; pure] */
enum rt_sre_status rt_sre_compile(const uint32_t *code, size_t n, size_t groups, struct rt_sre_program **out);

/* [any thread; pure] */
void rt_sre_free(struct rt_sre_program *program);

/* Bytes a program occupies, for sys.getsizeof. */
/* [any thread; pure] */
size_t rt_sre_size(const struct rt_sre_program *program);

#define RT_SRE_INLINE_STACK 128
#define RT_SRE_INLINE_REGISTERS 40

struct rt_sre_state {
    const struct rt_sre_program *program;
    const void *text;           /* first character of the string; ^ and look-behind see from here */
    int kind;
    size_t start, end;          /* where to begin; one past the last character to see */
    bool match_all;             /* fullmatch */
    bool must_advance;          /* the match must not be empty at start */
    /* results, as indices of characters */
    size_t match_start, match_end;
    size_t last_index;          /* group closed last, 0 for none */
    /* Called now and then; nonzero stops the match with RT_SRE_INTERRUPTED. May be NULL. */
    int (*poll)(void *arg);
    void *poll_arg;
    /* the matcher's own */
    uintptr_t *registers, *stack;
    size_t stack_words;
    unsigned fuel;              /* steps back until the next poll */
    uintptr_t inline_registers[RT_SRE_INLINE_REGISTERS];
    uintptr_t inline_stack[RT_SRE_INLINE_STACK];
};

/* Prepares a state for text[0..end) from start on; RT_SRE_OK or RT_SRE_NO_MEMORY. */
/* [any thread; pure] */
enum rt_sre_status rt_sre_state_init(struct rt_sre_state *s, const struct rt_sre_program *program, const void *text,
    int kind, size_t start, size_t end);

/* [any thread; pure] */
void rt_sre_state_free(struct rt_sre_state *s);

/* Match at start, or search from it. Results stay in the state until the next call. */
/* [any thread; poll may run Python] */
enum rt_sre_status rt_sre_match(struct rt_sre_state *s);
enum rt_sre_status rt_sre_search(struct rt_sre_state *s);

/* Bounds of group 1.. after a match; false when it took no part. */
/* [any thread; pure] */
bool rt_sre_group(const struct rt_sre_state *s, size_t group, size_t *start, size_t *end);

#endif
