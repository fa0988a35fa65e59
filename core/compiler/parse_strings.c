/* SPDX-License-Identifier: MIT */
/*
 * parse_strings.c: literals.  Numbers; strings with their escapes; f-strings.
 *
 * As in Python 3.11 an f-string is one token: the expressions in it are cut out by a scan for
 * brackets and quotes, put in parentheses and given to a parser of their own, and their positions
 * computed from the place of the opening brace.  The nodes of the literal parts and the
 * FormattedValue nodes carry the position of the whole (implicitly concatenated) literal.
 */
#include "core/compiler/parser_internal.h"

#include "core/unicode/unicode_db.h"

#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Gives up; `RAISE` says why if diagnose.c is listening. */
#define RAISE(p, ...) do { \
        if ((p)->diagnosing) \
            rt_parser_raise(p, RT_PARSE_SYNTAX_ERROR, __VA_ARGS__); \
        rt_parser_fail(p); \
    } while (0)

/* Numbers */

static struct rt_ast *constant_node(struct rt_parser *p, const struct rt_tok *first,
    const struct rt_tok *last, enum rt_ast_const_kind kind)
{
    struct rt_ast_Constant *n = NEW(p, Constant);
    n->value = rt_p_alloc(p, sizeof *n->value);
    n->value->kind = (uint8_t)kind;
    start_at(n, first);
    end_at(n, last);
    return &n->base;
}

static double to_double(const char *s)
{
    locale_t c = newlocale(
        LC_ALL_MASK, "C", (locale_t)0); /* glibc's static object: nothing is allocated */
    return strtod_l(s, NULL, c);
}

static void set_int(
    struct rt_parser *p, struct rt_ast_const *c, const char *digits, size_t len, int base)
{
    c->base = (uint8_t)base;
    char *copy = rt_p_alloc(p, len + 1);
    memcpy(copy, digits, len);
    c->text.utf8 = copy;
    c->text.len = len;
    uint64_t v = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned d = digits[i] <= '9' ? (unsigned)digits[i] - '0'
                                      : ((unsigned)digits[i] | 32) - 'a' + 10;
        if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
            __builtin_add_overflow(v, (uint64_t)d, &v) || v > INT64_MAX)
            return;
    }
    c->fits = true;
    c->small = (int64_t)v;
}

static void check_digits(
    struct rt_parser *p, const struct rt_tok *t, const char *digits, size_t len)
{
    int limit = p->opt->max_str_digits;
    if (limit <= 0 || len <= (size_t)limit)
        return;
    if (p->diagnosing) {
        rt_parser_raise_at(p, RT_PARSE_SYNTAX_ERROR, t->lineno, 0, t->end_lineno, 0,
            "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; "
            "use sys.set_int_max_str_digits() to increase the limit - "
            "Consider hexadecimal for huge integer literals to avoid decimal conversion limits.",
            limit, len);
    }
    rt_parser_fail(p);
}

struct rt_ast *rt_parser_number(struct rt_parser *p, const struct rt_tok *t)
{
    size_t len = t->end - t->start, n = 0;
    char small[64], *s = len < sizeof small ? small : rt_p_alloc(p, len + 1);
    bool is_float = false, underscore = false;
    for (size_t i = 0; i < len; i++) {
        char c = p->src[t->start + i];
        if (c == '_') {
            underscore = true;
            continue;
        }
        is_float |= c == '.' || c == 'e' || c == 'E';
        s[n++] = c;
    }
    s[n] = 0;
    if (underscore && p->feature < 6)
        RAISE(p, "Underscores in numeric literals are only supported in Python 3.6 and greater");
    int base = 10;
    if (s[0] == '0' && n > 1) {
        char c = s[1] | 32;
        base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
    }
    struct rt_ast *node;
    if (base != 10) {
        node = constant_node(p, t, t, RT_CONST_INT);
        set_int(p, RT_AST(Constant, node)->value, s + 2, n - 2, base);
    } else if (s[n - 1] == 'j' || s[n - 1] == 'J') {
        s[n - 1] = 0;
        node = constant_node(p, t, t, RT_CONST_COMPLEX);
        RT_AST(Constant, node)->value->imag = to_double(s);
    } else if (is_float) {
        node = constant_node(p, t, t, RT_CONST_FLOAT);
        RT_AST(Constant, node)->value->real = to_double(s);
    } else {
        check_digits(p, t, s, n);
        node = constant_node(p, t, t, RT_CONST_INT);
        set_int(p, RT_AST(Constant, node)->value, s, n, 10);
    }
    return node;
}

/* Escapes */

/*
 * Messages count positions in the text as CPython hands it to its decoder, where each non-ASCII
 * character has become `\UXXXXXXXX` and a backslash before one `\u005c`; `pos` walks that text.
 */
struct unescape {
    struct rt_parser *p;
    const struct rt_tok *t;
    const char *s, *end;
    char *out;
    size_t pos;
    const char *bad;        /* the first unknown escape, after its backslash */
};

static void escape_error(struct unescape *u, size_t start, const char *what)
{
    if (u->pos - start == 1)
        RAISE(u->p,
            "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %zu: %s",
            start, what);
    RAISE(u->p, "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: %s",
        start, u->pos - 1, what);
}

static int hex_digit(int c)
{
    return c >= '0' && c <= '9'              ? c - '0'
        : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                             : -1;
}

static void put(struct unescape *u, uint32_t cp)
{
    u->out += rt_lexer_utf8_encode(u->out, cp);
}

static void hex_escape(struct unescape *u, size_t start, int digits, const char *what)
{
    uint32_t cp = 0;
    for (; digits; digits--) {
        int d = u->s < u->end ? hex_digit((unsigned char)*u->s) : -1;
        if (d < 0)
            escape_error(u, start, what);
        cp = cp << 4 | (uint32_t)d;
        u->s++;
        u->pos++;
    }
    if (cp > 0x10ffff)
        escape_error(u, start, "illegal Unicode character");
    put(u, cp);
}

enum { NO_CHARACTER = 0xffffffff };

static uint32_t lookup_name(const char *s, size_t len)
{
    uint32_t found[RT_UNICODE_SEQUENCE_MAX];
    return rt_unicode_lookup_name(s, len, RT_LOOKUP_ALIASES, found) == 1 ? found[0] : NO_CHARACTER;
}

static void name_escape(struct unescape *u, size_t start)
{
    if (u->s >= u->end || *u->s != '{')
        escape_error(u, start, "malformed \\N character escape");
    const char *name = ++u->s;
    u->pos++;
    while (u->s < u->end && *u->s != '}') {
        if ((unsigned char)*u->s >= 0x80) {
            int len;
            rt_lexer_utf8_decode(u->s, &len);
            u->s += len;
            u->pos += 10;
        } else {
            u->s++;
            u->pos++;
        }
    }
    if (u->s >= u->end || u->s == name)
        escape_error(u, start, "malformed \\N character escape");
    size_t len = (size_t)(u->s - name);
    u->s++;
    u->pos++;
    uint32_t cp = lookup_name(name, len);
    if (cp == NO_CHARACTER)
        escape_error(u, start, "unknown Unicode character name");
    put(u, cp);
}

static void octal_escape(struct unescape *u, int c)
{
    const char *start = u->s - 1;
    int v = c - '0';
    for (int i = 0; i < 2 && u->s < u->end && *u->s >= '0' && *u->s <= '7'; i++) {
        v = v * 8 + *u->s++ - '0';
        u->pos++;
    }
    if (v > 0377 && !u->bad)
        u->bad = start;
    put(u, (uint32_t)v);
}

/* One escape; the backslash is at s. */
static void escape(struct unescape *u)
{
    size_t start = u->pos;
    u->s++;
    if (u->s >= u->end || (unsigned char)*u->s >= 0x80) {
        u->pos += 6;
        put(u, '\\');
        return;
    }
    u->pos += 2;
    char c = *u->s++;
    switch (c) {
    case '\n': return;
    case '\\': case '\'': case '"': put(u, (uint32_t)c); return;
    case 'b': put(u, '\b'); return;
    case 'f': put(u, '\f'); return;
    case 't': put(u, '\t'); return;
    case 'n': put(u, '\n'); return;
    case 'r': put(u, '\r'); return;
    case 'v': put(u, '\v'); return;
    case 'a': put(u, '\a'); return;
    case '0' ... '7': octal_escape(u, c); return;
    case 'x': hex_escape(u, start, 2, "truncated \\xXX escape"); return;
    case 'u': hex_escape(u, start, 4, "truncated \\uXXXX escape"); return;
    case 'U': hex_escape(u, start, 8, "truncated \\UXXXXXXXX escape"); return;
    case 'N': name_escape(u, start); return;
    default:
        if (!u->bad)
            u->bad = u->s - 1;
        put(u, '\\');
        put(u, (uint32_t)(unsigned char)c);
    }
}

/* `s` is at the character after the backslash. */
static void warn_escape(struct rt_parser *p, const struct rt_tok *t, const char *s)
{
    char msg[64];
    if (*s >= '4' && *s <= '7')
        snprintf(msg, sizeof msg, "invalid octal escape sequence '\\%.3s'", s);
    else
        snprintf(msg, sizeof msg, "invalid escape sequence '\\%c'", *s);
    const char *line = p->src + t->start;
    while (line > p->src && line[-1] != '\n')
        line--;
    const char *end = line + strcspn(line, "\n"), *last = p->src + t->end;
    while (last > line && last[-1] != '\n')
        last--;
    bool utf8 = p->has_encoding;
    int start_col = t->col + 1, end_col = t->end_col + 1;
    struct rt_parse_warning w = {
        .category = "DeprecationWarning",
        .msg = msg,
        .lineno = t->lineno,
        .end_lineno = t->end_lineno,
        .offset = utf8 ? rt_parser_characters(line, (size_t)(end - line), start_col) : start_col,
        .end_offset = utf8 ? rt_parser_characters(line, (size_t)(end - line), end_col) : end_col,
        .text = line,
        .text_len = (size_t)(end - line) + (*end == '\n' && last == line),
    };
    rt_parser_warn(p, &w, t->start);
}

/* A piece of text while it is put together: the only piece as it is, more of them in a growing
 * buffer. */
struct text {
    const char *data;
    char *buf;
    size_t len, space;
};

static void append(struct rt_parser *p, struct text *to, const char *s, size_t len)
{
    if (len == 0)
        return;
    if (!to->len) {
        to->data = s;
        to->space = 0;
    } else {
        if (to->len + len > to->space) {
            to->space = (to->len + len) * 2;
            to->buf = rt_p_alloc(p, to->space);
            memcpy(to->buf, to->data, to->len);
            to->data = to->buf;
        }
        memcpy(to->buf + to->len, s, len);
    }
    to->len += len;
}

/* With escapes to undo, CPython decodes each run of non-ASCII bytes on its own. */
static void check_utf8(struct rt_parser *p, const char *s, const char *end, bool raw)
{
    char msg[128];
    bool runs = !raw && memchr(s, '\\', (size_t)(end - s));
    while (s < end) {
        const char *stop = end;
        if (runs) {
            while (s < end && (unsigned char)*s < 0x80)
                s++;
            stop = s;
            while (stop < end && (unsigned char)*stop >= 0x80)
                stop++;
        }
        if (rt_lexer_utf8_error(s, (size_t)(stop - s), msg, sizeof msg))
            RAISE(p, "(unicode error) %s", msg);
        s = stop;
    }
}

/* Decodes part of a literal; the result is in the arena or in the source. */
static void decode(struct rt_parser *p, const struct rt_tok *t, const char *s, const char *end,
    bool raw, struct text *to)
{
    if (__builtin_expect(p->unchecked, 0))
        check_utf8(p, s, end, raw);
    const char *slash = raw ? NULL : memchr(s, '\\', (size_t)(end - s));
    if (!slash) {
        append(p, to, s, (size_t)(end - s));
        return;
    }
    char *buf = rt_p_alloc(p, (size_t)(end - s) + 1);
    struct unescape u = {.p = p, .t = t, .s = s, .end = end, .out = buf};
    while (u.s < u.end) {
        if (*u.s == '\\') {
            escape(&u);
        } else if ((unsigned char)*u.s < 0x80) {
            *u.out++ = *u.s++;
            u.pos++;
        } else {
            u.pos += 10;
            do {
                *u.out++ = *u.s++;
            } while (u.s < u.end && (*u.s & 0xc0) == 0x80);
        }
    }
    if (u.bad)
        warn_escape(p, t, u.bad);
    append(p, to, buf, (size_t)(u.out - buf));
}

static void decode_bytes(struct rt_parser *p, const struct rt_tok *t, const char *s,
    const char *end, bool raw, struct text *to)
{
    for (const char *c = s; c < end; c++) {
        if ((unsigned char)*c >= 0x80)
            RAISE(p, "bytes can only contain ASCII literal characters");
    }
    if (raw || !memchr(s, '\\', (size_t)(end - s))) {
        append(p, to, s, (size_t)(end - s));
        return;
    }
    char *buf = rt_p_alloc(p, (size_t)(end - s) + 1), *out = buf;
    const char *bad = NULL;
    for (const char *c = s; c < end; ) {
        if (*c != '\\') {
            *out++ = *c++;
            continue;
        }
        const char *start = c++;
        char e = *c++;
        switch (e) {
        case '\n': break;
        case '\\': case '\'': case '"': *out++ = e; break;
        case 'b': *out++ = '\b'; break;
        case 'f': *out++ = '\f'; break;
        case 't': *out++ = '\t'; break;
        case 'n': *out++ = '\n'; break;
        case 'r': *out++ = '\r'; break;
        case 'v': *out++ = '\v'; break;
        case 'a': *out++ = '\a'; break;
        case '0' ... '7': {
            int v = e - '0';
            for (int i = 0; i < 2 && c < end && *c >= '0' && *c <= '7'; i++)
                v = v * 8 + *c++ - '0';
            if (v > 0377 && !bad)
                bad = start + 1;
            *out++ = (char)v;
            break;
        }
        case 'x':
            if (c + 1 < end && hex_digit(c[0]) >= 0 && hex_digit(c[1]) >= 0) {
                *out++ = (char)(hex_digit(c[0]) << 4 | hex_digit(c[1]));
                c += 2;
                break;
            }
            RAISE(p, "(value error) invalid \\x escape at position %zu", (size_t)(start - s));
        default:
            if (!bad)
                bad = start + 1;
            *out++ = '\\';
            *out++ = e;
        }
    }
    if (bad)
        warn_escape(p, t, bad);
    append(p, to, buf, (size_t)(out - buf));
}

/* f-strings */

struct fstring {
    struct rt_parser *p;
    struct rt_tok *first, *t, *last;    /* of the concatenation; the token at hand */
    const char *seen, *line;            /* how far lines of t are counted, and where the last one starts */
    int lines;
    bool raw;
};

static struct rt_ast *string_node(
    struct rt_parser *p, struct text *text, const struct rt_tok *first, const struct rt_tok *last)
{
    struct rt_ast *n = constant_node(p, first, last, RT_CONST_STR);
    struct rt_ast_const *c = RT_AST(Constant, n)->value;
    char *copy = rt_p_alloc(p, text->len + 1);
    unsigned char any = 0;
    for (size_t i = 0; i < text->len; i++)
        any |= (unsigned char)(copy[i] = text->data[i]);
    c->text.utf8 = copy;
    c->text.len = text->len;
    c->ascii = any < 0x80;
    if (p->src[first->start] == 'u') {
        RT_AST(Constant, n)->kind = rt_arena_str(p->arena, "u", 1);
        if (!RT_AST(Constant, n)->kind)
            rt_parser_no_memory(p);
    }
    text->data = NULL;
    text->len = 0;
    return n;
}

/* How far the brace at `brace` is down and right of the start of the token. */
static void expression_place(struct fstring *f, const char *brace, int *lines, int *cols)
{
    *cols = 0;
    for (const char *nl; (nl = memchr(f->seen, '\n', (size_t)(brace - f->seen))) != NULL; f->lines++)
        f->line = f->seen = nl + 1;
    f->seen = brace;
    *lines = f->lines;
    bool newline_after = true;
    for (const char *s = brace + 1; *s && *s != '}' && *s != '\n'; s++) {
        if (*s != ' ' && *s != '\t' && *s != '\f') {
            newline_after = false;
            break;
        }
    }
    if (!newline_after) {
        *cols = (int)(brace - f->line);
    }
}

static struct rt_ast *compile_expression(struct fstring *f, const char *start, const char *end)
{
    struct rt_parser *p = f->p;
    const char *s = start;
    while (s < end && (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\f'))
        s++;
    if (s == end) {
        if (*end == '!' || *end == ':' || *end == '=')
            RAISE(p, "f-string: expression required before '%c'", *end);
        RAISE(p, "f-string: empty expression not allowed");
    }
    size_t len = (size_t)(end - start);
    char *text = rt_p_alloc(p, len + 4);
    text[0] = '(';
    memcpy(text + 1, start, len);
    text[len + 1] = ')';
    text[len + 2] = '\n';
    int lines, cols;
    expression_place(f, start - 1, &lines, &cols);
    struct rt_parser sub = {
        .arena = p->arena,
        .opt = p->opt,
        .res = p->res,
        .src = text,
        .len = len + 3,
        .feature = p->feature,
        .is_fstring = true,
        .diagnosing = p->diagnosing,
        .unchecked = p->unchecked,
        .depth = p->depth + 20,
        .outer = p,
        .starting_lineno = f->t->lineno + lines,
        .starting_col = lines ? cols : f->t->col + cols,
    };
    struct rt_ast *result;
    if (!rt_parser_run(&sub, &result, RT_PARSE_EVAL)) {
        p->out_of_memory |= sub.out_of_memory;
        p->too_deep |= sub.too_deep;
        rt_parser_fail(p);
    }
    return result;
}

/*
 * Literal text from *at up to a brace, with doubled braces undone.  True: the text ends here for
 * now, but another piece follows directly (after a doubled brace).
 */
static bool literal(
    struct fstring *f, const char **at, const char *end, int level, struct text *text)
{
    struct rt_parser *p = f->p;
    const char *s = *at, *start = s;
    bool more = false;
    while (s < end) {
        char c = *s++;
        if (!f->raw && c == '\\' && s < end) {
            c = *s++;
            if (c == 'N') {
                if (s < end && *s++ == '{') {
                    while (s < end && *s++ != '}')
                        ;
                }
                continue;
            }
            if (c == '{')
                warn_escape(p, f->t, s - 1);
        }
        if (c == '{' || c == '}') {
            if (level == 0) {
                if (s < end && *s == c) {
                    *at = s + 1;
                    more = true;
                    goto done;
                }
                if (c == '}') {
                    *at = s - 1;
                    RAISE(p, "f-string: single '}' is not allowed");
                }
            }
            s--;
            break;
        }
    }
    *at = s;
done:
    decode(p, f->t, start, s, f->raw, text);
    return more;
}

static struct rt_ast *format_spec(struct fstring *f, const char **at, const char *end, int level);

/* Finds the end of the expression at *at: one of `!`, `:`, `=`, `}` outside brackets and strings.
 */
static void scan_expression(struct rt_parser *p, const char **at, const char *end)
{
    char quote = 0, open[RT_MAX_PAREN];
    bool triple = false;
    int depth = 0;
    const char *s = *at;
    for (; s < end; s++) {
        char c = *s;
        if (c == '\\')
            RAISE(p, "f-string expression part cannot include a backslash");
        if (quote) {
            if (c == quote) {
                if (!triple) {
                    quote = 0;
                } else if (s + 2 < end && s[1] == c && s[2] == c) {
                    s += 2;
                    quote = 0;
                }
            }
        } else if (c == '\'' || c == '"') {
            quote = c;
            triple = s + 2 < end && s[1] == c && s[2] == c;
            if (triple)
                s += 2;
        } else if (c == '[' || c == '{' || c == '(') {
            if (depth >= RT_MAX_PAREN)
                RAISE(p, "f-string: too many nested parenthesis");
            open[depth++] = c;
        } else if (c == '#') {
            RAISE(p, "f-string expression part cannot include '#'");
        } else if (depth == 0 &&
            (c == '!' || c == ':' || c == '}' || c == '=' || c == '>' || c == '<')) {
            if (s + 1 < end && s[1] == '=' && (c == '!' || c == '=' || c == '<' || c == '>')) {
                s++;
                continue;
            }
            if (c != '>' && c != '<')
                break;
        } else if (c == ']' || c == '}' || c == ')') {
            if (!depth)
                RAISE(p, "f-string: unmatched '%c'", c);
            char o = open[--depth];
            if (!((o == '(' && c == ')') || (o == '[' && c == ']') || (o == '{' && c == '}')))
                RAISE(p,
                    "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                    o);
        }
    }
    *at = s;
    if (quote)
        RAISE(p, "f-string: unterminated string");
    if (depth)
        RAISE(p, "f-string: unmatched '%c'", open[depth - 1]);
}

static int conversion(struct rt_parser *p, const char **at, const char *end)
{
    if (*at >= end)
        RAISE(p, "f-string: expecting '}'");
    int c = (unsigned char)*(*at)++;
    if (c != 's' && c != 'r' && c != 'a')
        RAISE(p, "f-string: invalid conversion character: expected 's', 'r', or 'a'");
    return c;
}

/* `{expression = !r :spec}`; the text of a `=` form goes to `text`. */
static struct rt_ast *replacement(
    struct fstring *f, const char **at, const char *end, int level, struct text *text)
{
    struct rt_parser *p = f->p;
    if (level >= 2)
        RAISE(p, "f-string: expressions nested too deeply");
    const char *start = ++*at;
    scan_expression(p, at, end);
    if (*at >= end)
        RAISE(p, "f-string: expecting '}'");
    struct rt_ast *value = compile_expression(f, start, *at), *spec = NULL;
    bool debug = **at == '=';
    if (debug) {
        if (p->feature < 8)
            RAISE(p,
                "f-string: self documenting expressions are only supported in Python 3.8 and greater");
        ++*at;
        while (isspace((unsigned char)**at))
            ++*at;
        if (*at >= end)
            RAISE(p, "f-string: expecting '}'");
        append(p, text, start, (size_t)(*at - start));
    }
    int conv = -1;
    if (**at == '!') {
        ++*at;
        conv = conversion(p, at, end);
    }
    if (*at < end && **at == ':') {
        if (++*at >= end)
            RAISE(p, "f-string: expecting '}'");
        spec = format_spec(f, at, end, level + 1);
    }
    if (*at >= end || **at != '}')
        RAISE(p, "f-string: expecting '}'");
    ++*at;
    struct rt_ast_FormattedValue *n = NEW(p, FormattedValue);
    n->value = value;
    n->conversion = debug && !spec && conv == -1 ? 'r' : conv;
    n->format_spec = spec;
    start_at(n, f->first);
    end_at(n, f->last);
    return &n->base;
}

/* Pushes the parts of an f-string's text; text after the last part is left in `text`. */
static void fstring_parts(
    struct fstring *f, const char **at, const char *end, int level, struct text *text)
{
    struct rt_parser *p = f->p;
    for (;;) {
        if (literal(f, at, end, level, text))
            continue;
        if (*at >= end || **at == '}')
            break;
        struct rt_ast *value = replacement(f, at, end, level, text);
        if (text->len) {
            struct rt_ast *s = string_node(p, text, f->first, f->last);
            push(p, s);
        }
        push(p, value);
    }
    if (level == 0 && *at < end - 1)
        RAISE(p, "f-string: unexpected end of string");
    if (level != 0 && **at != '}')
        RAISE(p, "f-string: expecting '}'");
}

static struct rt_ast *joined(struct rt_parser *p, size_t base, struct text *text,
    const struct rt_tok *first, const struct rt_tok *last)
{
    if (text->len) {
        struct rt_ast *s = string_node(p, text, first, last);
        push(p, s);
    }
    struct rt_ast_JoinedStr *n = NEW(p, JoinedStr);
    n->values = rt_parser_pop_seq(p, base);
    start_at(n, first);
    end_at(n, last);
    return &n->base;
}

static struct rt_ast *format_spec(struct fstring *f, const char **at, const char *end, int level)
{
    struct text text = {0};
    size_t base = f->p->stack_len;
    fstring_parts(f, at, end, level, &text);
    return joined(f->p, base, &text, f->t, f->t);
}

/* Concatenation */

struct literal_token {
    bool bytes, raw, format;
    const char *s, *end;
};

static void open_literal(struct rt_parser *p, const struct rt_tok *t, struct literal_token *l)
{
    const char *s = p->src + t->start, *end = p->src + t->end;
    *l = (struct literal_token){0};
    for (; *s != '\'' && *s != '"'; s++) {
        char c = *s | 32;
        l->bytes |= c == 'b';
        l->raw |= c == 'r';
        l->format |= c == 'f';
    }
    bool triple = end - s >= 6 && s[1] == s[0] && s[2] == s[0];
    l->s = s + (triple ? 3 : 1);
    l->end = end - (triple ? 3 : 1);
}

struct rt_ast *rt_parser_strings(struct rt_parser *p, struct rt_tok *first, struct rt_tok *last)
{
    struct text text = {0};
    bool is_bytes = false, is_format = false;
    size_t base = p->stack_len;
    for (struct rt_tok *t = first; t <= last; t++) {
        struct literal_token l;
        open_literal(p, t, &l);
        if (l.format && p->feature < 6)
            RAISE(p, "Format strings are only supported in Python 3.6 and greater");
        if (!l.format) {
            /* A literal is decoded before it is compared with its neighbours. */
            if (l.bytes)
                decode_bytes(p, t, l.s, l.end, l.raw, &text);
            else
                decode(p, t, l.s, l.end, l.raw, &text);
        }
        if (t != first && is_bytes != l.bytes)
            RAISE(p, "cannot mix bytes and nonbytes literals");
        is_bytes = l.bytes;
        if (l.format) {
            struct fstring f = {.p = p,
                .first = first,
                .t = t,
                .last = last,
                .seen = p->src + t->start,
                .line = p->src + t->start,
                .raw = l.raw};
            is_format = true;
            fstring_parts(&f, &l.s, l.end, 0, &text);
        }
    }
    if (is_format)
        return joined(p, base, &text, first, last);
    if (!is_bytes)
        return string_node(p, &text, first, last);
    struct rt_ast *n = constant_node(p, first, last, RT_CONST_BYTES);
    const struct rt_ast_str *s = rt_arena_str(p->arena, text.data, text.len);
    if (!s)
        rt_parser_no_memory(p);
    RT_AST(Constant, n)->value->text = *s;
    return n;
}
