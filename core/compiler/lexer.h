/* SPDX-License-Identifier: MIT */
/*
 * lexer.h: characters to tokens.
 *
 * The lexer reads line by line, as an interactive reader would: `inp` is the end of the line being
 * read, and lines after it do not exist yet.  Positions and texts of syntax errors depend on how
 * far it has read, so this state is part of its contract.
 */
#ifndef RT_COMPILER_LEXER_H
#define RT_COMPILER_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rt_token {
#define T(name, text) TOK_##name,
#define K(name, text) TOK_##name,
#include "core/compiler/token.def"
    TOK_COUNT
};

extern const char *const rt_token_texts[TOK_COUNT];

struct rt_tok {
    uint8_t type;               /* enum rt_token */
    uint8_t level;              /* depth of brackets after it */
    uint8_t flags;
    uint32_t start, end;        /* bytes of the source */
    int32_t lineno, col, end_lineno, end_col;   /* columns in bytes; -1: none */
};

enum rt_lex_state {
    LEX_OK, LEX_EOF,
    LEX_DEDENT,                 /* unindent matches no outer level */
    LEX_TABSPACE, LEX_TOODEEP, LEX_LINECONT,
    LEX_ERROR,                  /* `error` is filled */
};

/* An error with its place: columns 1-based in bytes of the line that starts at `line`. */
struct rt_lex_error {
    const char *msg;
    int lineno, col, end_col;   /* -1: see lexer.c's syntax_error */
    bool at_end;                /* a string cut off by the end of the source */
    bool is_decode_error;       /* raised like the parser's own errors, at the token read */
};

#define RT_MAX_INDENT 100
#define RT_MAX_PAREN 200

struct rt_lexer {
    const char *src;            /* NUL-terminated, newlines normalised */
    const char *cur, *inp, *end;
    const char *line_start, *multi_line_start;
    const char *buf;            /* start of the first line of the current token */
    const char *start;          /* of the current token, NULL between tokens */
    int lineno, first_lineno;
    int indent, pendin;
    bool atbol, blank_ok;
    bool type_comments, async_hacks;
    bool async_def, async_def_nl;
    int async_def_indent;
    int async_always;
    uint8_t state;              /* enum rt_lex_state */
    int level;
    char parens[RT_MAX_PAREN];
    int paren_lineno[RT_MAX_PAREN], paren_col[RT_MAX_PAREN];
    int indents[RT_MAX_INDENT], alt_indents[RT_MAX_INDENT];
    int starting_lineno,
        starting_col; /* expression inside an f-string: where its first line is; 0: plain source */
    struct rt_lex_error error;
    char *msg_buf;              /* from format(): malloc'd text of error.msg */
    void (*warn)(void *ctx, const char *msg, const struct rt_lexer *lx);
    void *ctx;
};

void rt_lexer_init(struct rt_lexer *lx, const char *src, size_t len);
void rt_lexer_fini(struct rt_lexer *lx);

/* The next token; its type is TOK_ERROR when `state` tells of an error.  After TOK_ENDMARKER comes
 * TOK_ENDMARKER. */
void rt_lexer_next(struct rt_lexer *lx, struct rt_tok *tok);

/* UTF-8 at s (valid): its code point; *len its bytes. */
uint32_t rt_lexer_utf8_decode(const char *s, int *len);
/* Length of the valid sequence at s; or 0, with the bytes to blame in *bad and what is wrong. */
int rt_lexer_utf8_sequence(const unsigned char *s, size_t left, size_t *bad, const char **reason);
/* The first error in s as CPython's decoder words it ("'utf-8' codec can't decode ..."), into msg;
 * false: there is none. */
bool rt_lexer_utf8_error(const char *s, size_t len, char *msg, size_t space);
size_t rt_lexer_utf8_encode(char *to, uint32_t cp);   /* surrogates as in WTF-8 */

#endif
