/* SPDX-License-Identifier: MIT */
/*
 * parser.h: from source text to abstract syntax, without Python objects.
 *
 * rt_parse() never touches interpreter state: the caller turns `error` and `warnings` into
 * exceptions and warnings.  Everything in the result, the tree included, lives in `arena`, which
 * the caller owns.  Reentrant; no globals.
 */
#ifndef RT_COMPILER_PARSER_H
#define RT_COMPILER_PARSER_H

#include "core/compiler/ast.h"

enum rt_parse_mode { RT_PARSE_EXEC, RT_PARSE_SINGLE, RT_PARSE_EVAL, RT_PARSE_FUNC_TYPE };

enum rt_parse_flags {
    RT_PARSE_TYPE_COMMENTS = 1, /* PyCF_TYPE_COMMENTS */
    RT_PARSE_DONT_IMPLY_DEDENT =
        2, /* PyCF_DONT_IMPLY_DEDENT: an unfinished block is not closed at the end */
    RT_PARSE_ALLOW_INCOMPLETE_INPUT =
        4, /* PyCF_ALLOW_INCOMPLETE_INPUT: the error is "incomplete input" at the end */
    RT_PARSE_IGNORE_COOKIE = 8,  /* the source came from a str: UTF-8, a cookie means nothing */
    RT_PARSE_BARRY_AS_BDFL = 16, /* `<>` is the inequality operator */
    RT_PARSE_ASYNC_HACKS =
        32, /* feature_version < 7: async and await are names outside async def */
    RT_PARSE_TOP_LEVEL_AWAIT =
        64, /* accepted; await needs no syntax here, the code generator checks */
    RT_PARSE_SCRIPT = 128, /* the program itself: bytes that its declared encoding does not take are an "encoding problem" */
};

enum rt_parse_error_kind {
    RT_PARSE_OK,
    RT_PARSE_SYNTAX_ERROR,
    RT_PARSE_INDENTATION_ERROR,
    RT_PARSE_TAB_ERROR,
    RT_PARSE_UNICODE_DECODE_ERROR,          /* of `text`, strictly as UTF-8 */
   
    RT_PARSE_VALUE_ERROR,
    RT_PARSE_MEMORY_ERROR,
    RT_PARSE_RECURSION_ERROR,
    RT_PARSE_OVERFLOW_ERROR,
    RT_PARSE_CALLBACK_ERROR /* a callback failed and has set its own exception */
};

struct rt_parse_error {
    enum rt_parse_error_kind kind;
    const char *msg;                        /* UTF-8 */
    int lineno,
        offset; /* SyntaxErrors: 1-based; offset in characters; 0: none; -1: as CPython gives it */
    int end_lineno, end_offset;
    const char *text;                       /* the line, NULL for None */
    size_t text_len;
    bool has_location;                      /* false: the exception has only its message */
};

struct rt_parse_warning {
    struct rt_parse_warning *next;
    const char *category;                   /* "DeprecationWarning" or "SyntaxWarning" */
    const char *msg;
    int lineno;
    uint32_t pos;                           /* order within a line */
    /* Under an error filter the warning becomes SyntaxError(msg) at this place: */
    int offset, end_lineno, end_offset;
    const char *text;
    size_t text_len;
};

/*
 * Decodes `len` bytes in `encoding` to UTF-8 (malloc'd; the parser frees it).  False: an error was
 * set, or *unknown says that there is no such codec.
 */
typedef bool (*rt_parse_decode_fn)(void *ctx, const char *encoding, const char *bytes, size_t len,
    char **utf8, size_t *utf8_len, bool *unknown);

/*
 * The line of the file that an error is in, UTF-8, valid until the next call; NULL: not to be had.
 * Only asked for whole files (RT_PARSE_EXEC); without it the text of an error is what the lexer was
 * reading.
 */
typedef const char *(*rt_parse_line_fn)(void *ctx, int lineno, size_t *len);

struct rt_parse_options {
    enum rt_parse_mode mode;
    unsigned flags;                         /* RT_PARSE_* */
    int feature_version;                    /* minor version; 0: 11 */
    int max_str_digits;                     /* limit for decimal literals; 0: none */
    const char *filename;                   /* UTF-8, for messages; NULL: "<string>" */
    rt_parse_decode_fn decode;              /* NULL: only utf-8, latin-1 and ascii sources */
    rt_parse_line_fn line;                  /* may be NULL */
    const char *stack_limit;                /* the machine stack must stay above; NULL: there is enough */
    void *ctx;
};

struct rt_parse_result {
    struct rt_ast *mod;                     /* NULL on error */
    struct rt_parse_error error;
    struct rt_parse_warning *warnings;      /* in source order, also on error */
    const char *encoding; /* of a byte source as its cookie or mark names it, NULL: none */
};

/*
 * Parses `len` bytes.  Returns true and result->mod, or false and result->error.  Tree and strings
 * live in `arena`. [any; py only through opt->decode]
 */
bool rt_parse(struct rt_arena *arena, const char *source, size_t len,
    const struct rt_parse_options *opt, struct rt_parse_result *result);

#endif
