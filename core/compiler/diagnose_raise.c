/* SPDX-License-Identifier: MIT */
/*
 * diagnose_raise.c: the place and text of an error.
 *
 * An error is put into the result and left by rt_parser_fail().  Its text is the line of the file, if
 * the caller can tell it, else what the lexer has in hand; columns count characters of that text.
 */
#include "core/compiler/diagnose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rt_parse_error *new_error(
    struct rt_parser *p, enum rt_parse_error_kind kind, const char *format, va_list va)
{
    struct rt_parse_error *e = &p->res->error;
    *e = (struct rt_parse_error){.kind = kind, .has_location = true};
    char *text = NULL;
    if (vasprintf(&text, format, va) < 0)
        return e;
    const char *prefix = p->is_fstring ? "f-string: " : "";
    size_t n = strlen(prefix), len = strlen(text);
    char *msg = rt_arena_alloc(p->arena, n + len + 1);
    if (msg) {
        memcpy(msg, prefix, n);
        memcpy(msg + n, text, len);
        e->msg = msg;
    }
    free(text);
    return e;
}

/* The line shown with an error: what the lexer is reading, or a line of the source if that is past
 * it. */
static const char *error_text(struct rt_parser *p, int lineno, size_t *len)
{
    const struct rt_lexer *lx = p->lexer;
    bool foreign = p->res->encoding && strcmp(p->res->encoding, "utf-8"); /* the file's bytes are not this text */
    const char *line = p->opt->line && p->opt->mode == RT_PARSE_EXEC && !p->is_fstring && !foreign
        ? p->opt->line(p->opt->ctx, lineno, len)
        : NULL;
    if (line)
        return line;
    if (lx->lineno <= lineno && lx->inp > lx->buf) {
        *len = (size_t)(lx->inp - lx->buf);
        return lx->buf;
    }
    const char *s = p->src;
    int left = p->starting_lineno ? lineno - p->starting_lineno + 1 : lineno;
    for (; left > 1; left--) {
        const char *nl = strchr(s, '\n');
        if (!nl || nl + 1 > lx->inp)
            break;
        s = nl + 1;
    }
    *len = strcspn(s, "\n");
    return s;
}

/* A line with what is not UTF-8 in it replaced, as it will be shown. */
static const char *replaced(struct rt_parser *p, const char *s, size_t *len)
{
    char *out = rt_p_alloc(p, *len * 3 + 1), *o = out;
    const char *reason;
    for (size_t i = 0, bad; i < *len;) {
        int n = rt_lexer_utf8_sequence((const unsigned char *)s + i, *len - i, &bad, &reason);
        if (n)
            memcpy(o, s + i, (size_t)n);
        o += n ? (size_t)n : rt_lexer_utf8_encode(o, 0xfffd);
        i += n ? (size_t)n : bad;
    }
    *len = (size_t)(o - out);
    return out;
}

static _Noreturn void raise_located(
    struct rt_parser *p, struct rt_parse_error *e, int lineno, int col, int end_lineno, int end_col)
{
    size_t len;
    const char *text = error_text(p, lineno, &len);
    if (p->unchecked)
        text = replaced(p, text, &len);
    if (p->is_fstring) {
        col -= p->starting_col;
        end_col -= p->starting_col;
    }
    if (p->has_encoding) {
        col = rt_parser_characters(text, len, col);
        if (end_col > 0)
            end_col = rt_parser_characters(text, len, end_col);
    }
    const struct rt_ast_str *copy = rt_arena_str(p->arena, text, len);
    if (copy && e->msg) {
        e->text = copy->utf8;
        e->text_len = len;
    } else {
        e->kind = RT_PARSE_MEMORY_ERROR;
    }
    e->lineno = lineno;
    e->offset = col;
    e->end_lineno = end_lineno;
    e->end_offset = end_col;
    rt_parser_fail(p);
}

void rt_parser_raise_at(struct rt_parser *p, enum rt_parse_error_kind kind, int lineno, int col,
    int end_lineno, int end_col, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    struct rt_parse_error *e = new_error(p, kind, format, va);
    va_end(va);
    raise_located(p, e, lineno, col, end_lineno, end_col);
}

void rt_parser_raise(struct rt_parser *p, enum rt_parse_error_kind kind, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    struct rt_parse_error *e = new_error(p, kind, format, va);
    va_end(va);
    const struct rt_tok *t = p->last_token;
    if (!t)
        raise_located(p, e, 0, 0, 0, -1);
    int col = t->col == -1 ? (int)(p->lexer->cur - p->lexer->line_start) : t->col + 1;
    raise_located(p, e, t->lineno, col, t->end_lineno, t->end_col == -1 ? -1 : t->end_col + 1);
}

_Noreturn void rt_diagnose_raise_at_token(struct rt_parser *p, const struct rt_tok *t, const char *msg)
{
    rt_parser_raise_at(
        p, RT_PARSE_SYNTAX_ERROR, t->lineno, t->col + 1, t->end_lineno, t->end_col + 1, "%s", msg);
}

_Noreturn void rt_diagnose_raise_unclosed(struct rt_parser *p)
{
    const struct rt_lexer *lx = p->lexer;
    int i = lx->level - 1;
    rt_parser_raise_at(p, RT_PARSE_SYNTAX_ERROR, lx->paren_lineno[i], lx->paren_col[i] + 1,
        lx->paren_lineno[i], 0, "'%c' was never closed", lx->parens[i]);
}

/* An error with its own place, text and message: those do not pass through the parser. */
_Noreturn void rt_diagnose_raise_from_lexer(struct rt_parser *p)
{
    const struct rt_lexer *lx = p->lexer;
    if (lx->error.is_decode_error) {
        /* met while looking what follows an error: the decoder's exception, as it is */
        const struct rt_ast_str *bytes =
            rt_arena_str(p->arena, lx->start, (size_t)(lx->cur - lx->start));
        const struct rt_ast_str *words =
            rt_arena_str(p->arena, lx->error.msg, strlen(lx->error.msg));
        p->res->error = (struct rt_parse_error){.kind = RT_PARSE_MEMORY_ERROR};
        if (bytes && words) {
            p->res->error = (struct rt_parse_error){.kind = RT_PARSE_UNICODE_DECODE_ERROR,
                .msg = words->utf8, .text = bytes->utf8, .text_len = bytes->len};
        }
        rt_parser_fail(p);
    }
    struct rt_parse_error *e = &p->res->error;
    size_t len = strcspn(lx->line_start, "\n");
    const struct rt_ast_str *msg = rt_arena_str(p->arena, lx->error.msg, strlen(lx->error.msg));
    const struct rt_ast_str *text = rt_arena_str(p->arena, lx->line_start, len);
    *e = (struct rt_parse_error){.kind = RT_PARSE_MEMORY_ERROR};
    if (msg && text) {
        *e = (struct rt_parse_error){
            .kind = RT_PARSE_SYNTAX_ERROR,
            .msg = msg->utf8,
            .lineno = lx->error.lineno,
            .offset = lx->error.col,
            .end_lineno = lx->error.lineno,
            .end_offset = lx->error.end_col,
            .text = text->utf8,
            .text_len = len,
            .has_location = true,
        };
    }
    rt_parser_fail(p);
}

_Noreturn void rt_diagnose_raise_lexer_state(struct rt_parser *p)
{
    const struct rt_lexer *lx = p->lexer;
    enum rt_parse_error_kind kind = RT_PARSE_SYNTAX_ERROR;
    int col = 0;
    const char *msg = "unknown parsing error";
    switch ((enum rt_lex_state)lx->state) {
    case LEX_ERROR:
        if (lx->error.is_decode_error)
            rt_parser_raise(p, kind, "(unicode error) %s", lx->error.msg);
        rt_diagnose_raise_from_lexer(p);
    case LEX_EOF:
        if (lx->level)
            rt_diagnose_raise_unclosed(p);
        rt_parser_raise(p, kind, "unexpected EOF while parsing");
    case LEX_DEDENT:
        rt_parser_raise(
            p, RT_PARSE_INDENTATION_ERROR, "unindent does not match any outer indentation level");
    case LEX_TABSPACE:
        kind = RT_PARSE_TAB_ERROR;
        msg = "inconsistent use of tabs and spaces in indentation";
        break;
    case LEX_TOODEEP:
        kind = RT_PARSE_INDENTATION_ERROR;
        msg = "too many levels of indentation";
        break;
    case LEX_LINECONT:
        col = (int)(lx->cur - lx->buf) - 1;
        msg = "unexpected character after line continuation character";
        break;
    case LEX_OK:
        break;
    }
    rt_parser_raise_at(p, kind, lx->lineno, (col >= 0 ? col : 0) + 1, lx->lineno, 0, "%s", msg);
}
