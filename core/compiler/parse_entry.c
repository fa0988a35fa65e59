/* SPDX-License-Identifier: MIT */
/*
 * parse_entry.c: rt_parse(): decoding of the source, running the fast parser, and what all parts of
 * the parser share.
 */
#include "core/compiler/parser_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

_Noreturn void rt_parser_fail(struct rt_parser *p)
{
    longjmp(*p->failed, 1);
}

_Noreturn void rt_parser_no_memory(struct rt_parser *p)
{
    p->out_of_memory = true;
    rt_parser_fail(p);
}

void rt_parser_grow_stack(struct rt_parser *p)
{
    size_t space = p->stack_space ? p->stack_space * 2 : 64;
    struct rt_ast **stack = realloc(p->stack, space * sizeof *stack);
    if (!stack)
        rt_parser_no_memory(p);
    p->stack = stack;
    p->stack_space = space;
}

struct rt_ast_seq *rt_parser_pop_seq(struct rt_parser *p, size_t base)
{
    size_t count = p->stack_len - base;
    struct rt_ast_seq *s = rt_arena_seq(p->arena, (uint32_t)count);
    if (!s)
        rt_parser_no_memory(p);
    struct rt_ast **from = p->stack + base;
    for (size_t i = 0; i < count; i++)
        s->items[i] = from[i];
    p->stack_len = base;
    return s;
}

static const struct rt_ast_ident *normalized(struct rt_parser *p, const char *s, size_t len)
{
    size_t out_len;
    uint8_t *out = u8_normalize(UNINORM_NFKC, (const uint8_t *)s, len, NULL, &out_len);
    if (!out)
        rt_parser_no_memory(p);
    const struct rt_ast_ident *id = rt_arena_ident(p->arena, (char *)out, out_len);
    free(out);
    return id;
}

const struct rt_ast_ident *rt_parser_ident(struct rt_parser *p, const struct rt_tok *t)
{
    const char *s = p->src + t->start;
    size_t len = t->end - t->start;
    unsigned char any = 0;
    for (size_t i = 0; i < len; i++)
        any |= (unsigned char)s[i];
    const struct rt_ast_ident *id = any < 0x80 ? rt_arena_ident(p->arena, s, len)
                                               : normalized(p, s, len);
    if (!id)
        rt_parser_no_memory(p);
    return id;
}

struct rt_ast *rt_parse_try(
    struct rt_parser *p, struct rt_ast *(*fn)(struct rt_parser *p, void *arg), void *arg)
{
    jmp_buf here, *outer = p->failed;
    struct rt_tok *t = p->t;
    size_t stack_len = p->stack_len;
    int depth = p->depth;
    struct rt_ast *volatile result = NULL;
    p->failed = &here;
    if (_setjmp(here) == 0)
        result = fn(p, arg);
    p->failed = outer;
    if (p->out_of_memory || p->too_deep)
        rt_parser_fail(p);
    if (!result) {
        p->t = t;
        p->stack_len = stack_len;
        p->depth = depth;
    }
    return result;
}

static bool comes_before(const struct rt_parse_warning *w, int lineno, uint32_t pos)
{
    return w->lineno < lineno || (w->lineno == lineno && w->pos <= pos);
}

/* Warnings are kept in source order; one place warns once, however often the parser comes by. */
void rt_parser_warn(struct rt_parser *p, const struct rt_parse_warning *place, uint32_t pos)
{
    int lineno = place->lineno;
    struct rt_parser *root = p;
    while (root->outer) {
        root = root->outer;
        pos = 0;
    }
    struct rt_parse_warning *w = root->last_warning;
    struct rt_parse_warning **at = w && comes_before(w, lineno, pos) ? &root->last_warning
                                                                     : &p->res->warnings;
    for (; (w = *at) && comes_before(w, lineno, pos); at = &w->next) {
        if (w->lineno == lineno && w->pos == pos && strcmp(w->msg, place->msg) == 0)
            return;
    }
    struct rt_parse_warning *new = rt_p_alloc(p, sizeof *new);
    *new = *place;
    const struct rt_ast_str *msg = rt_arena_str(p->arena, place->msg, strlen(place->msg));
    if (!msg)
        rt_parser_no_memory(p);
    new->msg = msg->utf8;
    new->pos = pos;
    new->next = w;
    *at = new;
    if (!w)
        root->last_warning = new;
}

/* Characters in the first `col` bytes of a line, a broken one counting as one. */
int rt_parser_characters(const char *s, size_t len, int col)
{
    if (col < 0)
        return col;
    if ((size_t)col > len + 1)
        col = (int)len + 1;
    int n = 0;
    for (int i = 0; i < col; i++)
        n += (size_t)i >= len || (s[i] & 0xc0) != 0x80;
    return n;
}

static void warn_from_lexer(void *ctx, const char *msg, const struct rt_lexer *lx)
{
    size_t len = strcspn(lx->line_start, "\n");
    int col = rt_parser_characters(lx->line_start, len, (int)(lx->cur - lx->line_start));
    struct rt_parse_warning w = {
        .category = "SyntaxWarning",
        .msg = msg,
        .lineno = lx->lineno,
        .offset = col,
        .end_lineno = lx->lineno,
        .end_offset = col,
        .text = lx->line_start,
        .text_len = len,
    };
    rt_parser_warn(ctx, &w, (uint32_t)(lx->cur - lx->src));
}

static void configure_lexer(struct rt_parser *p, struct rt_lexer *lx)
{
    rt_lexer_init(lx, p->src, p->len);
    lx->warn = warn_from_lexer;
    lx->ctx = p;
    lx->type_comments = p->opt->flags & RT_PARSE_TYPE_COMMENTS;
    lx->async_hacks = (p->opt->flags & RT_PARSE_ASYNC_HACKS) || p->feature < 7;
    if (p->is_fstring) {
        lx->lineno = p->starting_lineno - 1;
        lx->starting_lineno = p->starting_lineno;
        lx->starting_col = p->starting_col;
    }
}

void rt_parser_lexer(struct rt_parser *p, struct rt_lexer *lx)
{
    configure_lexer(p, lx);
}

static bool add_ignore(struct rt_parser *p, const struct rt_tok *t)
{
    if ((p->type_ignore_count & (p->type_ignore_count - 1)) == 0) {
        size_t space = p->type_ignore_count ? p->type_ignore_count * 2 : 1;
        void *more = realloc(p->ignores, space * sizeof *p->ignores);
        if (!more)
            return false;
        p->ignores = more;
    }
    p->ignores[p->type_ignore_count++] = (struct type_ignore_rec){t->lineno, t->start, t->end};
    return true;
}

/*
 * Interactive input ends with a NEWLINE even if the source does not, and closes its blocks (unless
 * told not to).  True: `t` has become that NEWLINE.
 */
bool rt_parser_end_line(
    struct rt_parser *p, struct rt_lexer *lx, struct rt_tok *t, bool *started, bool single)
{
    if (single && t->type == TOK_ENDMARKER && *started) {
        t->type = TOK_NEWLINE;
        *started = false;
        if (lx->indent && !(p->opt->flags & RT_PARSE_DONT_IMPLY_DEDENT)) {
            lx->pendin = -lx->indent;
            lx->indent = 0;
        }
        return true;
    }
    *started = true;
    return false;
}

/* All tokens of the source, up to the end or the first error. */
static bool tokenize(struct rt_parser *p, bool single)
{
    struct rt_lexer lx;
    configure_lexer(p, &lx);
    p->token_space = p->len / 4 + 16;
    p->tokens = malloc(p->token_space * sizeof *p->tokens);
    bool started = false;
    size_t n = 0;
    while (p->tokens) {
        if (n == p->token_space) {
            struct rt_tok *more = realloc(p->tokens, (p->token_space *= 2) * sizeof *more);
            if (!more)
                break;
            p->tokens = more;
        }
        struct rt_tok *t = &p->tokens[n];
        rt_lexer_next(&lx, t);
        if (t->type == TOK_TYPE_IGNORE) {
            if (!add_ignore(p, t))
                break;
            continue;
        }
        n++;
        rt_parser_end_line(p, &lx, t, &started, single);
        if (t->type == TOK_ENDMARKER || t->type == TOK_ERROR) {
            p->token_count = n;
            p->t = p->tokens;
            rt_lexer_fini(&lx);
            return true;
        }
    }
    rt_lexer_fini(&lx);
    return false;
}

void rt_parser_release(struct rt_parser *p)
{
    free(p->tokens);
    free(p->stack);
    free(p->ignores);
    p->tokens = NULL;
    p->stack = NULL;
    p->ignores = NULL;
}

bool rt_parser_more_follows(const char *s)
{
    for (;;) {
        while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\f')
            s++;
        if (*s != '#')
            return *s;
        while (*s && *s != '\n')
            s++;
    }
}

/* Interactive input is one statement: fails if there is text after it. */
static void check_single(struct rt_parser *p)
{
    uint32_t end = p->t[-1].end;
    if (rt_parser_more_follows(p->src + end + (p->src[end] == '\n')))
        rt_parser_fail(p);
}

/* Runs the fast parser; on failure, and if this is the outermost source or errors are wanted, finds
 * out why. */
bool rt_parser_run(struct rt_parser *p, struct rt_ast **out, enum rt_parse_mode mode)
{
    jmp_buf failed;
    bool diagnosing = p->diagnosing;
    volatile bool ok = false;
    p->failed = &failed;
    p->diagnosing = false;
    if (_setjmp(failed) == 0) {
        if (!tokenize(p, mode == RT_PARSE_SINGLE && !p->is_fstring))
            rt_parser_no_memory(p);
        *out = p->is_fstring ? rt_parse_fstring_expression(p) : rt_parse_module(p, mode);
        if (mode == RT_PARSE_SINGLE && !p->is_fstring)
            check_single(p);
        ok = true;
    }
    rt_parser_release(p);
    if (ok)
        return true;
    if (p->out_of_memory || p->too_deep) {
        p->res->error.kind = RT_PARSE_MEMORY_ERROR;
        p->res->error.msg = NULL;
        return false;
    }
    if (!p->outer || diagnosing) {
        p->stack_len = p->stack_space = 0;
        p->type_ignore_count = 0;
        rt_diagnose(p, mode);
    }
    return false;
}

/* Decoding */

static bool plain_error(
    struct rt_parse_result *res, struct rt_arena *a, enum rt_parse_error_kind kind, const char *msg)
{
    const struct rt_ast_str *s = rt_arena_str(a, msg, strlen(msg));
    res->error.kind = s ? kind : RT_PARSE_MEMORY_ERROR;
    res->error.msg = s ? s->utf8 : NULL;
    return false;
}

/* Errors found before the first token: line 0, offset -1, no text; those of a script not even that. */
static bool source_error(struct rt_parse_result *res, struct rt_arena *a, bool placed, const char *format, ...)
{
    char msg[512];
    va_list va;
    va_start(va, format);
    vsnprintf(msg, sizeof msg, format, va);
    va_end(va);
    plain_error(res, a, RT_PARSE_SYNTAX_ERROR, msg);
    res->error.has_location = placed;
    res->error.lineno = 0;
    res->error.offset = -1;
    return false;
}

/* The name in a coding cookie on the line [s, end): its length in *len, NULL if there is none. */
static const char *cookie(const char *s, const char *end, size_t *len, bool *only_comment)
{
    const char *p = s;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\014'))
        p++;
    *only_comment = p == end || *p == '#';
    if (p == end || *p != '#')
        return NULL;
    for (; p + 6 < end; p++) {
        if (memcmp(p, "coding", 6) != 0)
            continue;
        const char *q = p + 6;
        if (*q != ':' && *q != '=')
            continue;
        do {
            q++;
        } while (q < end && (*q == ' ' || *q == '\t'));
        const char *begin = q;
        while (q < end &&
            ((*q >= '0' && *q <= '9') || (*q >= 'a' && *q <= 'z') || (*q >= 'A' && *q <= 'Z') ||
                *q == '-' || *q == '_' || *q == '.'))
            q++;
        if (q > begin) {
            *len = (size_t)(q - begin);
            return begin;
        }
    }
    return NULL;
}

/* Lower case, `_` as `-`; the usual names of UTF-8 and Latin-1 become "utf-8" and "iso-8859-1". */
static void normal_encoding(char *to, size_t space, const char *s, size_t len)
{
    char buf[13];
    size_t n = 0;
    for (; n < 12 && n < len; n++)
        buf[n] = s[n] == '_' ? '-' : s[n] >= 'A' && s[n] <= 'Z' ? (char)(s[n] | 32) : s[n];
    buf[n] = 0;
    if (strcmp(buf, "utf-8") == 0 || strncmp(buf, "utf-8-", 6) == 0) {
        snprintf(to, space, "utf-8");
    } else if (strcmp(buf, "latin-1") == 0 || strcmp(buf, "iso-8859-1") == 0 ||
        strcmp(buf, "iso-latin-1") == 0 || strncmp(buf, "latin-1-", 8) == 0 ||
        strncmp(buf, "iso-8859-1-", 11) == 0 || strncmp(buf, "iso-latin-1-", 12) == 0) {
        snprintf(to, space, "iso-8859-1");
    } else {
        snprintf(to, space, "%.*s", (int)len, s);
    }
}

static bool same_encoding(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-' || *a == '_')
            a++;
        while (*b == '-' || *b == '_')
            b++;
        if ((*a | 32) != (*b | 32))
            return false;
        if (!*a || !*b)
            return *a == *b;
    }
}

/* Finds the declared encoding of `s`; true with enc empty: none. */
static bool find_encoding(struct rt_parse_result *res, struct rt_arena *a, unsigned flags, const char *s,
    size_t len, bool bom, char *enc, size_t space)
{
    const char *line = s, *end = s + len;
    enc[0] = 0;
    for (int i = 0; i < 2 && line < end; i++) {
        const char *nl = memchr(line, '\n', (size_t)(end - line));
        if (!nl)
            break; /* a last line without its end is not looked at */
        size_t n;
        bool only_comment;
        const char *c = cookie(line, nl, &n, &only_comment);
        if (c) {
            normal_encoding(enc, space, c, n);
            if (bom && strcmp(enc, "utf-8") != 0)
                return source_error(res, a, !(flags & RT_PARSE_SCRIPT), "encoding problem: %s with BOM", enc);
            return true;
        }
        if (!only_comment)
            return true;
        line = nl + 1;
    }
    return true;
}

static char *latin1_to_utf8(const char *s, size_t len, size_t *out_len)
{
    char *out = malloc(len * 2 + 1), *o = out;
    if (!out)
        return NULL;
    for (size_t i = 0; i < len; i++)
        o += rt_lexer_utf8_encode(o, (unsigned char)s[i]);
    *out_len = (size_t)(o - out);
    return out;
}

/*
 * Bytes in a declared encoding to UTF-8.  *out: malloc'd, or NULL if the bytes are UTF-8 already.
 */
static bool to_utf8(struct rt_parse_result *res, struct rt_arena *a,
    const struct rt_parse_options *opt, const char *enc, const char *s, size_t len, char **out,
    size_t *out_len)
{
    *out = NULL;
    if (same_encoding(enc, "utf8")) {
        const uint8_t *bad = u8_check((const uint8_t *)s, len);
        if (!bad)
            return true;
    } else if (strcmp(enc, "iso-8859-1") == 0 || same_encoding(enc, "latin1")) {
        *out = latin1_to_utf8(s, len, out_len);
        return *out ? true : plain_error(res, a, RT_PARSE_MEMORY_ERROR, "");
    }
    bool unknown = false, own = same_encoding(enc, "utf8") || same_encoding(enc, "ascii");
    if (!own && opt->decode && opt->decode(opt->ctx, enc, s, len, out, out_len, &unknown))
        return true;
    if (unknown || (!own && !opt->decode))
        return source_error(res, a, true, "unknown encoding: %s", enc);
    if (!own) {
        res->error.kind = RT_PARSE_CALLBACK_ERROR;
        return false;
    }
    char msg[128];
    if (same_encoding(enc, "utf8"))
        return !rt_lexer_utf8_error(s, len, msg, sizeof msg) || source_error(res, a, true, "%s", msg);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)s[i] >= 0x80) {
            if (opt->flags & RT_PARSE_SCRIPT)
                return source_error(res, a, false, "encoding problem: %s", enc);
            return source_error(res, a, true,
                "'ascii' codec can't decode byte 0x%02x in position %zu: ordinal not in range(128)",
                (unsigned char)s[i], i);
        }
    }
    return true;
}

/* Newlines to '\n', one at the end if `add_last`; the result is NUL-terminated, in the arena. */
static const char *normal_newlines(struct rt_arena *a, const char *s, size_t *len, bool add_last)
{
    size_t n = *len;
    char *out = rt_arena_alloc(a, n + 3), *o = out;
    if (!out)
        return NULL;
    if (!memchr(s, '\r', n)) {
        memcpy(out, s, n);
        o = out + n;
    } else {
        for (size_t i = 0; i < n; i++) {
            if (s[i] == '\r') {
                *o++ = '\n';
                if (i + 1 < n && s[i + 1] == '\n')
                    i++;
            } else {
                *o++ = s[i];
            }
        }
    }
    /* CPython adds one after a final "\r\n" too, which shows in line numbers at the end. */
    if (add_last && (o == out || o[-1] != '\n' || (n > 1 && s[n - 2] == '\r' && s[n - 1] == '\n')))
        *o++ = '\n';
    *o = 0;
    *len = (size_t)(o - out);
    return out;
}

bool rt_parse(struct rt_arena *arena, const char *source, size_t len,
    const struct rt_parse_options *opt, struct rt_parse_result *result)
{
    *result = (struct rt_parse_result){0};
    if (memchr(source, 0, len))
        return plain_error(
            result, arena, RT_PARSE_VALUE_ERROR, "source code string cannot contain null bytes");
    if (len >= INT32_MAX / 2)
        return plain_error(result, arena, RT_PARSE_OVERFLOW_ERROR, "source code is too long");
    char *decoded = NULL, enc[64] = "";
    bool cookie_counts = !(opt->flags & RT_PARSE_IGNORE_COOKIE);
    bool bom = cookie_counts && len >= 3 && memcmp(source, "\xef\xbb\xbf", 3) == 0;
    if (bom) {
        source += 3;
        len -= 3;
    }
    const char *text = normal_newlines(arena, source, &len, opt->mode == RT_PARSE_EXEC);
    if (!text)
        return plain_error(result, arena, RT_PARSE_MEMORY_ERROR, "");
    if (cookie_counts && !find_encoding(result, arena, opt->flags, text, len, bom, enc, sizeof enc))
        return false;
    /* Bytes said to be UTF-8 are checked only where it matters, like those that nothing is said of. */
    if (enc[0] && strcmp(enc, "utf-8") != 0) {
        if (!to_utf8(result, arena, opt, enc, text, len, &decoded, &len))
            return false;
        if (decoded) {
            const struct rt_ast_str *copy = rt_arena_str(arena, decoded, len);
            free(decoded);
            if (!copy)
                return plain_error(result, arena, RT_PARSE_MEMORY_ERROR, "");
            text = copy->utf8;
        }
    }
    if (bom || !cookie_counts)
        strcpy(enc, "utf-8");
    if (enc[0] && cookie_counts) {
        const struct rt_ast_str *copy = rt_arena_str(arena, enc, strlen(enc));
        result->encoding = copy ? copy->utf8 : NULL;
    }
    struct rt_parser p = {
        .arena = arena,
        .opt = opt,
        .res = result,
        .src = text,
        .len = len,
        .feature = opt->feature_version ? opt->feature_version : 11,
        .has_encoding = enc[0] != 0,
        .depth = RT_BASE_DEPTH,
        .unchecked = u8_check((const uint8_t *)text, len) != NULL,
    };
    return rt_parser_run(&p, &result->mod, opt->mode);
}
