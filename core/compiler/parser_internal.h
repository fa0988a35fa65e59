/* SPDX-License-Identifier: MIT */
/*
 * parser_internal.h: what the parser's files share.
 *
 * Two parsers read the same tokens.  The fast one (parse_expr.c, parse_stmt.c, parse_pattern.c)
 * builds the tree and gives up at the first thing it does not expect, without a word: longjmp to
 * `failed`.  Then diagnose.c reads the source again, slowly, with a grammar whose only purpose is
 * the right error message.
 */
#ifndef RT_COMPILER_PARSER_INTERNAL_H
#define RT_COMPILER_PARSER_INTERNAL_H

#include "core/compiler/lexer.h"
#include "core/compiler/parser.h"

#include <setjmp.h>

/* CPython's parser reports MemoryError at 6000 levels of its rules, of which a plain expression has
 * used 31. */
enum { RT_MAX_DEPTH = 6000, RT_BASE_DEPTH = 31 };

struct rt_parser {
    struct rt_arena *arena;
    const struct rt_parse_options *opt;
    struct rt_parse_result *res;
    const char *src;            /* decoded source, newlines normalised, NUL-terminated */
    size_t len;
    int feature;                /* minor version of the language accepted */
    bool is_fstring;            /* the source is `(expression)` of an f-string */
    bool diagnosing;            /* warnings and errors are for diagnose.c */
    bool has_encoding;          /* columns of errors count characters */
    bool unchecked;             /* the source is not valid UTF-8 everywhere */
    int starting_lineno, starting_col;
    bool out_of_memory, too_deep;
    int depth;

    struct rt_tok *tokens, *t;  /* all tokens, the current one */
    size_t token_count, token_space;
    jmp_buf *failed;

    struct rt_ast **stack;      /* nodes of the lists being built */
    size_t stack_len, stack_space;

    struct rt_lexer *lexer; /* while diagnosing, and of an outer f-string: positions of errors */
    struct rt_tok *last_token;  /* while diagnosing: the last token read */
    struct rt_tok *error_token; /* where rt_parser_raise() points instead of last_token */
    struct rt_parser *outer;    /* of an f-string's expression */
    struct rt_parse_warning *last_warning;
    size_t type_ignore_count;
    struct type_ignore_rec { int lineno; uint32_t start, end; } *ignores;
};

_Noreturn void rt_parser_fail(struct rt_parser *p);
_Noreturn void rt_parser_no_memory(struct rt_parser *p);

/* parse_entry.c */
bool rt_parser_run(struct rt_parser *p, struct rt_ast **out, enum rt_parse_mode mode);
bool rt_parser_more_follows(const char *s);      /* is there more than comments and blanks? */
void rt_parser_release(struct rt_parser *p);
void rt_parser_lexer(struct rt_parser *p, struct rt_lexer *lx);
bool rt_parser_end_line(
    struct rt_parser *p, struct rt_lexer *lx, struct rt_tok *t, bool *started, bool single);
/* Columns of `place` in characters from 1; its `next` and `pos` do not matter. */
void rt_parser_warn(struct rt_parser *p, const struct rt_parse_warning *place, uint32_t pos);
int rt_parser_characters(
    const char *s, size_t len, int col); /* in the first `col` bytes of a line */

/* Raises a SyntaxError at the last token read, or at a place (byte columns from 1; -1: none).
 * diagnose.c; while diagnosing only. */
_Noreturn void rt_parser_raise(struct rt_parser *p, enum rt_parse_error_kind kind,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void rt_parser_raise_at(struct rt_parser *p, enum rt_parse_error_kind kind, int lineno,
    int col, int end_lineno, int end_col, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* diagnose.c: finds the error of a source the fast parser refused.  Fills p->res->error. */
void rt_diagnose(struct rt_parser *p, enum rt_parse_mode mode);

/* parse_strings.c: one or more string tokens become a node; fails (raising an error while
 * diagnosing). */
struct rt_ast *rt_parser_strings(struct rt_parser *p, struct rt_tok *first, struct rt_tok *last);
struct rt_ast *rt_parser_number(struct rt_parser *p, const struct rt_tok *t);

/* Nodes */
static inline void *rt_p_alloc(struct rt_parser *p, size_t size)
{
    void *m = rt_arena_alloc(p->arena, size);
    if (__builtin_expect(!m, 0))
        rt_parser_no_memory(p);
    return m;
}

#define NEW(p, Kind) \
    ((struct rt_ast_##Kind *)new_node(p, RT_AST_##Kind, sizeof(struct rt_ast_##Kind)))

static inline struct rt_ast *new_node(struct rt_parser *p, enum rt_ast_kind kind, size_t size)
{
    struct rt_ast *n = rt_p_alloc(p, size);
    n->kind = (uint8_t)kind;
    return n;
}

static inline void start_at(void *node, const struct rt_tok *t)
{
    struct rt_ast *n = node;
    n->lineno = t->lineno;
    n->col_offset = t->col;
}

static inline void start_like(void *node, const struct rt_ast *other)
{
    struct rt_ast *n = node;
    n->lineno = other->lineno;
    n->col_offset = other->col_offset;
}

static inline void end_like(void *node, const struct rt_ast *other)
{
    struct rt_ast *n = node;
    n->end_lineno = other->end_lineno;
    n->end_col_offset = other->end_col_offset;
}

static inline void end_at(void *node, const struct rt_tok *t)
{
    struct rt_ast *n = node;
    n->end_lineno = t->end_lineno;
    n->end_col_offset = t->end_col;
}

/* From token `first` to the last one consumed; in expressions that one is never a NEWLINE. */
static inline void span(struct rt_parser *p, void *node, const struct rt_tok *first)
{
    start_at(node, first);
    end_at(node, p->t - 1);
}

static inline bool at(const struct rt_parser *p, enum rt_token type)
{
    return p->t->type == type;
}

static inline bool accept(struct rt_parser *p, enum rt_token type)
{
    if (p->t->type != type)
        return false;
    p->t++;
    return true;
}

static inline void expect(struct rt_parser *p, enum rt_token type)
{
    if (__builtin_expect(p->t->type != type, 0))
        rt_parser_fail(p);
    p->t++;
}

void rt_parser_grow_stack(struct rt_parser *p);

static inline void push(struct rt_parser *p, void *node)
{
    if (__builtin_expect(p->stack_len == p->stack_space, 0))
        rt_parser_grow_stack(p);
    p->stack[p->stack_len++] = node;
}

/* The nodes pushed since the stack had `base` entries. */
struct rt_ast_seq *rt_parser_pop_seq(struct rt_parser *p, size_t base);

const struct rt_ast_ident *rt_parser_ident(struct rt_parser *p, const struct rt_tok *t);

static inline bool word_is(
    const struct rt_parser *p, const struct rt_tok *t, const char *word, size_t len)
{
    return t->type == TOK_NAME && t->end - t->start == len &&
        __builtin_memcmp(p->src + t->start, word, len) == 0;
}

/* Expressions (parse_expr.c) */
struct rt_ast *rt_parse_expression(struct rt_parser *p);
struct rt_ast *rt_parse_named_expression(struct rt_parser *p);
struct rt_ast *rt_parse_star_expressions(struct rt_parser *p);
struct rt_ast *rt_parse_star_named_expression(struct rt_parser *p);
struct rt_ast *rt_parse_expressions(struct rt_parser *p);
struct rt_ast *rt_parse_yield(struct rt_parser *p);
struct rt_ast *rt_parse_yield_or_stars(struct rt_parser *p);
struct rt_ast *rt_parse_bitwise_or(struct rt_parser *p);
struct rt_ast *rt_parse_starred(struct rt_parser *p);           /* at `*` */
struct rt_ast *rt_parse_star_target(struct rt_parser *p);
struct rt_ast *rt_parse_star_targets(struct rt_parser *p);
struct rt_ast *rt_parse_name(struct rt_parser *p, enum rt_ast_kind ctx);
struct rt_ast *rt_parse_fstring_expression(struct rt_parser *p);
void rt_parse_arguments(
    struct rt_parser *p, struct rt_ast_seq **args, struct rt_ast_seq **keywords);
/* Parameters (parse_params.c) up to, not including, `close`: TOK_RPAR for def, TOK_COLON for
 * lambda. */
struct rt_ast *rt_parse_parameters(struct rt_parser *p, enum rt_token close);
/* Makes an expression a target; fails when it is none. */
void rt_parse_set_context(struct rt_parser *p, struct rt_ast *e, enum rt_ast_kind ctx);

/* Patterns (parse_pattern.c), statements (parse_stmt.c) */
struct rt_ast *rt_parse_patterns(struct rt_parser *p);
struct rt_ast *rt_parse_module(struct rt_parser *p, enum rt_parse_mode mode);

/* Runs `fn`; if it fails, forgets what it read and returns NULL. */
struct rt_ast *rt_parse_try(
    struct rt_parser *p, struct rt_ast *(*fn)(struct rt_parser *p, void *arg), void *arg);

static inline bool stack_is_low(const struct rt_parser *p)
{
    return (const char *)__builtin_frame_address(0) < p->opt->stack_limit;
}

static inline void enter(struct rt_parser *p, int levels)
{
    p->depth += levels;
    if (__builtin_expect(p->depth > RT_MAX_DEPTH || stack_is_low(p), 0)) {
        p->too_deep = true;
        rt_parser_fail(p);
    }
}

static inline void leave(struct rt_parser *p, int levels)
{
    p->depth -= levels;
}

#endif
