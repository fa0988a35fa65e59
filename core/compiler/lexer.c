/* SPDX-License-Identifier: MIT */
/*
 * lexer.c: see lexer.h.
 *
 * nextc() crosses from one line to the next; the hot paths work on pointers, which is safe because
 * every line ends with '\n' or the final NUL and no token but strings and continuations crosses it.
 */
#include "core/compiler/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>

const char *const rt_token_texts[TOK_COUNT] = {
#define T(name, text) text,
#define K(name, text) text,
#include "core/compiler/token.def"
};

enum { END = -1, TAB_SIZE = 8, ALT_TAB_SIZE = 1 };

enum { C_ID = 1, C_DIGIT = 2, C_HEX = 4, C_BLANK = 8 };

static const uint8_t char_class[256] = {
    ['a' ... 'f'] = C_ID | C_HEX,
    ['g' ... 'z'] = C_ID,
    ['A' ... 'F'] = C_ID | C_HEX,
    ['G' ... 'Z'] = C_ID,
    ['_'] = C_ID,
    ['0' ... '9'] = C_DIGIT | C_HEX,
    [0x80 ... 0xff] = C_ID,
    [' '] = C_BLANK,
    ['\t'] = C_BLANK,
    ['\f'] = C_BLANK,
};

static inline unsigned cls(int c)
{
    return c == END ? 0 : char_class[(unsigned char)c];
}

static inline bool is_id_start(int c)
{
    return cls(c) & C_ID;
}

static inline bool is_id_char(int c)
{
    return cls(c) & (C_ID | C_DIGIT);
}

static inline bool is_digit(int c)
{
    return cls(c) & C_DIGIT;
}

uint32_t rt_lexer_utf8_decode(const char *s, int *len)
{
    const unsigned char *p = (const unsigned char *)s;
    if (p[0] < 0x80) {
        *len = 1;
        return p[0];
    }
    if (p[0] < 0xe0) {
        *len = 2;
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3f);
    }
    if (p[0] < 0xf0) {
        *len = 3;
        return (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3f);
    }
    *len = 4;
    return (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3f);
}

size_t rt_lexer_utf8_encode(char *to, uint32_t cp)
{
    if (cp < 0x80) {
        to[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        to[0] = (char)(0xc0 | cp >> 6);
        to[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        to[0] = (char)(0xe0 | cp >> 12);
        to[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        to[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | cp >> 18);
    to[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    to[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    to[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

void rt_lexer_init(struct rt_lexer *lx, const char *src, size_t len)
{
    memset(lx, 0, offsetof(struct rt_lexer, parens));
    lx->src = lx->cur = lx->inp = lx->line_start = lx->buf = src;
    lx->end = src + len;
    lx->atbol = true;
    lx->indents[0] = lx->alt_indents[0] = 0;
    lx->starting_lineno = lx->starting_col = 0;
    lx->msg_buf = NULL;
    lx->warn = NULL;
    memset(&lx->error, 0, sizeof lx->error);
}

void rt_lexer_fini(struct rt_lexer *lx)
{
    free(lx->msg_buf);
    lx->msg_buf = NULL;
}

/* Makes the next line exist.  False at the end of the source. */
static bool next_line(struct rt_lexer *lx)
{
    if (lx->inp == lx->end) {
        lx->state = LEX_EOF;
        return false;
    }
    if (!lx->start)
        lx->buf = lx->cur;
    lx->line_start = lx->cur;
    lx->lineno++;
    const char *nl = memchr(lx->inp, '\n', (size_t)(lx->end - lx->inp));
    lx->inp = nl ? nl + 1 : lx->end;
    return true;
}

static inline int nextc(struct rt_lexer *lx)
{
    if (lx->cur == lx->inp && (lx->state != LEX_OK || !next_line(lx)))
        return END;
    return (unsigned char)*lx->cur++;
}

static inline void backup(struct rt_lexer *lx, int c)
{
    if (c != END)
        lx->cur--;
}

static int char_count(const char *s, const char *end)
{
    int n = 0;
    for (; s < end; s++)
        n += (*s & 0xc0) != 0x80;
    return n;
}

/*
 * An error at the current position; `col` and `end_col` are 1-based characters, -1: up to `cur`,
 * end_col -1: as col.
 */
static int error_range(struct rt_lexer *lx, int col, int end_col, const char *format, va_list va)
{
    if (vasprintf(&lx->msg_buf, format, va) < 0)
        lx->msg_buf = NULL;
    if (col == -1)
        col = char_count(lx->line_start, lx->cur);
    lx->error.msg = lx->msg_buf ? lx->msg_buf : "out of memory";
    lx->error.lineno = lx->lineno;
    lx->error.col = col;
    lx->error.end_col = end_col == -1 ? col : end_col;
    lx->state = LEX_ERROR;
    return TOK_ERROR;
}

__attribute__((format(printf, 2, 3)))
static int syntax_error(struct rt_lexer *lx, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    error_range(lx, -1, -1, format, va);
    va_end(va);
    return TOK_ERROR;
}

__attribute__((format(printf, 4, 5)))
static int syntax_error_at(struct rt_lexer *lx, int col, int end_col, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    error_range(lx, col, end_col, format, va);
    va_end(va);
    return TOK_ERROR;
}

static int stop(struct rt_lexer *lx, enum rt_lex_state state, bool skip_line)
{
    lx->state = state;
    if (skip_line)
        lx->cur = lx->inp;
    return TOK_ERROR;
}

static bool is_printable(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 0x20 && cp != 0x7f;
    uint32_t bad = UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z;
    return !uc_is_general_category_withtable(cp, bad);
}

int rt_lexer_utf8_sequence(const unsigned char *s, size_t left, size_t *bad, const char **reason)
{
    int n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;
    *bad = 1;
    *reason = "invalid start byte";
    if (n <= 1)
        return n;
    for (int i = 1; i < n; i++) {
        if ((size_t)i >= left) {
            *bad = left;
            *reason = "unexpected end of data";
            return 0;
        }
        unsigned low = 0x80, high = 0xbf;
        if (i == 1) {
            low = *s == 0xe0 ? 0xa0 : *s == 0xf0 ? 0x90 : low;
            high = *s == 0xed ? 0x9f : *s == 0xf4 ? 0x8f : high;
        }
        if (s[i] < low || s[i] > high) {
            *bad = (size_t)i;
            *reason = "invalid continuation byte";
            return 0;
        }
    }
    return n;
}

bool rt_lexer_utf8_error(const char *s, size_t len, char *msg, size_t space)
{
    for (size_t i = 0; i < len; ) {
        size_t bad;
        const char *reason;
        int n = rt_lexer_utf8_sequence((const unsigned char *)s + i, len - i, &bad, &reason);
        if (n) {
            i += (size_t)n;
        } else {
            if (bad == 1) {
                snprintf(msg, space, "'utf-8' codec can't decode byte 0x%02x in position %zu: %s",
                    (unsigned char)s[i], i, reason);
            } else {
                snprintf(msg, space, "'utf-8' codec can't decode bytes in position %zu-%zu: %s", i,
                    i + bad - 1, reason);
            }
            return true;
        }
    }
    return false;
}

/* A name with non-ASCII characters: may they stand in a name? */
static bool verify_identifier(struct rt_lexer *lx)
{
    char msg[128];
    if (rt_lexer_utf8_error(lx->start, (size_t)(lx->cur - lx->start), msg, sizeof msg)) {
        syntax_error(lx, "%s", msg);
        lx->error.is_decode_error = true;
        return false;
    }
    const char *s = lx->start;
    for (int len; s < lx->cur; s += len) {
        uint32_t cp = rt_lexer_utf8_decode(s, &len);
        bool ok = cp == '_' ||
            (s == lx->start ? uc_is_property_xid_start(cp) : uc_is_property_xid_continue(cp));
        if (ok)
            continue;
        lx->cur = s + len;
        if (is_printable(cp))
            syntax_error(lx, "invalid character '%.*s' (U+%04X)", len, s, cp);
        else
            syntax_error(lx, "invalid non-printable character U+%04X", cp);
        return false;
    }
    return true;
}

/* `\` and the end of the line; false: an error. */
static bool continuation(struct rt_lexer *lx)
{
    int c = nextc(lx);
    if (c != '\n') {
        lx->state = LEX_LINECONT;
        return false;
    }
    c = nextc(lx);
    if (c == END) {
        lx->state = LEX_EOF;
        lx->cur = lx->inp;
        return false;
    }
    backup(lx, c);
    return true;
}

static bool lookahead_word(struct rt_lexer *lx, const char *rest)
{
    size_t n = strlen(rest);
    return strncmp(lx->cur, rest, n) == 0 && !is_id_char((unsigned char)lx->cur[n]);
}

/* `c`, already read, follows a number: a keyword is tolerated with a warning, other letters are
 * not. */
static bool end_of_number(struct rt_lexer *lx, int c, const char *kind)
{
    bool keyword = false;
    if (c == 'a')
        keyword = lookahead_word(lx, "nd");
    else if (c == 'e')
        keyword = lookahead_word(lx, "lse");
    else if (c == 'f')
        keyword = lookahead_word(lx, "or");
    else if (c == 'i')
        keyword = *lx->cur == 'f' || *lx->cur == 'n' || *lx->cur == 's';
    else if (c == 'o')
        keyword = lookahead_word(lx, "r");
    else if (c == 'n')
        keyword = lookahead_word(lx, "ot");
    if (keyword) {
        if (lx->warn) {
            char msg[64];
            snprintf(msg, sizeof msg, "invalid %s literal", kind);
            backup(lx, c);
            lx->warn(lx->ctx, msg, lx);
            nextc(lx);
        }
    } else if (is_id_char(c)) {
        backup(lx, c);
        syntax_error(lx, "invalid %s literal", kind);
        return false;
    }
    return true;
}

/* Digits with single underscores between them; the character after them, or 0 for an error. */
static int decimal_tail(struct rt_lexer *lx)
{
    for (;;) {
        int c;
        do {
            c = nextc(lx);
        } while (is_digit(c));
        if (c != '_')
            return c == 0 ? END : c;
        c = nextc(lx);
        if (!is_digit(c)) {
            backup(lx, c);
            syntax_error(lx, "invalid decimal literal");
            return 0;
        }
    }
}

static int fraction(struct rt_lexer *lx, int c);

/* After `0x`, `0o` or `0b`. */
static int radix_number(struct rt_lexer *lx, int radix, const char *kind)
{
    unsigned mask = radix == 16 ? C_HEX : C_DIGIT;
    int c = nextc(lx);
    do {
        if (c == '_')
            c = nextc(lx);
        if (!(cls(c) & mask) || (radix < 10 && c - '0' >= radix)) {
            if (radix < 10 && is_digit(c))
                return syntax_error(lx, "invalid digit '%c' in %s literal", c, kind);
            backup(lx, c);
            return syntax_error(lx, "invalid %s literal", kind);
        }
        do {
            c = nextc(lx);
        } while ((cls(c) & mask) && (radix > 10 || c - '0' < radix));
    } while (c == '_');
    if (radix < 10 && is_digit(c))
        return syntax_error(lx, "invalid digit '%c' in %s literal", c, kind);
    if (!end_of_number(lx, c, kind))
        return TOK_ERROR;
    backup(lx, c);
    return TOK_NUMBER;
}

static int imaginary(struct rt_lexer *lx)
{
    int c = nextc(lx);
    if (!end_of_number(lx, c, "imaginary"))
        return TOK_ERROR;
    backup(lx, c);
    return TOK_NUMBER;
}

static int exponent(struct rt_lexer *lx, int e)
{
    int c = nextc(lx);
    if (c == '+' || c == '-') {
        c = nextc(lx);
        if (!is_digit(c)) {
            backup(lx, c);
            return syntax_error(lx, "invalid decimal literal");
        }
    } else if (!is_digit(c)) {
        backup(lx, c);
        if (!end_of_number(lx, e, "decimal"))
            return TOK_ERROR;
        backup(lx, e);
        return TOK_NUMBER;
    }
    c = decimal_tail(lx);
    if (c == 0)
        return TOK_ERROR;
    if (c == 'j' || c == 'J')
        return imaginary(lx);
    if (!end_of_number(lx, c, "decimal"))
        return TOK_ERROR;
    backup(lx, c);
    return TOK_NUMBER;
}

static int after_fraction(struct rt_lexer *lx, int c)
{
    if (c == 'e' || c == 'E')
        return exponent(lx, c);
    if (c == 'j' || c == 'J')
        return imaginary(lx);
    if (!end_of_number(lx, c, "decimal"))
        return TOK_ERROR;
    backup(lx, c);
    return TOK_NUMBER;
}

/* `c` follows the point. */
static int fraction(struct rt_lexer *lx, int c)
{
    if (is_digit(c)) {
        c = decimal_tail(lx);
        if (c == 0)
            return TOK_ERROR;
    }
    return after_fraction(lx, c);
}

static int zero_number(struct rt_lexer *lx)
{
    int c = nextc(lx);
    if (c == 'x' || c == 'X')
        return radix_number(lx, 16, "hexadecimal");
    if (c == 'o' || c == 'O')
        return radix_number(lx, 8, "octal");
    if (c == 'b' || c == 'B')
        return radix_number(lx, 2, "binary");
    bool nonzero = false;
    for (;;) {
        if (c == '_') {
            c = nextc(lx);
            if (!is_digit(c)) {
                backup(lx, c);
                return syntax_error(lx, "invalid decimal literal");
            }
        }
        if (c != '0')
            break;
        c = nextc(lx);
    }
    const char *zeros_end = lx->cur;
    if (is_digit(c)) {
        nonzero = true;
        c = decimal_tail(lx);
        if (c == 0)
            return TOK_ERROR;
    }
    if (c == '.')
        return fraction(lx, nextc(lx));
    if (c == 'e' || c == 'E')
        return exponent(lx, c);
    if (c == 'j' || c == 'J')
        return imaginary(lx);
    if (nonzero) {
        backup(lx, c);
        return syntax_error_at(lx, (int)(lx->start + 1 - lx->line_start),
            (int)(zeros_end - lx->line_start),
            "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers");
    }
    if (!end_of_number(lx, c, "decimal"))
        return TOK_ERROR;
    backup(lx, c);
    return TOK_NUMBER;
}

/* `c` is the first digit. */
static int number(struct rt_lexer *lx, int c)
{
    if (c == '0')
        return zero_number(lx);
    c = decimal_tail(lx);
    if (c == 0)
        return TOK_ERROR;
    if (c == '.')
        return fraction(lx, nextc(lx));
    return after_fraction(lx, c);
}

/* The opening quote has been read. */
static int string(struct rt_lexer *lx, int quote)
{
    lx->first_lineno = lx->lineno;
    lx->multi_line_start = lx->line_start;
    int size = 1, seen = 0;
    int c = nextc(lx);
    if (c == quote) {
        c = nextc(lx);
        if (c == quote)
            size = 3;
        else
            seen = 1;       /* the empty string */
    }
    if (c != quote)
        backup(lx, c);
    while (seen != size) {
        if (lx->cur < lx->inp) {    /* hot: up to something of interest on this line */
            const char *p = lx->cur;
            while (*p != quote && *p != '\\' && *p != '\n' && p < lx->inp)
                p++;
            if (p > lx->cur)
                seen = 0;
            lx->cur = p;
        }
        c = nextc(lx);
        if (c == END || (size == 1 && c == '\n')) {
            /* The error is reported where the string starts. */
            lx->cur = lx->start + 1;
            lx->line_start = lx->multi_line_start;
            int detected = lx->lineno;
            lx->lineno = lx->first_lineno;
            lx->error.at_end = c != '\n';
            return syntax_error(lx,
                size == 3 ? "unterminated triple-quoted string literal (detected at line %d)"
                          : "unterminated string literal (detected at line %d)",
                detected);
        }
        if (c == quote) {
            seen++;
        } else {
            seen = 0;
            if (c == '\\')
                nextc(lx);
        }
    }
    return TOK_STRING;
}

#define IS(word, tok) if (memcmp(s, word, sizeof word - 1) == 0) return tok; break
static int keyword(const char *s, size_t len)
{
    switch (len) {
    case 2:
        switch (s[0]) {
        case 'a': return s[1] == 's' ? TOK_AS : TOK_NAME;
        case 'i':
            return s[1] == 'f' ? TOK_IF : s[1] == 'n' ? TOK_IN : s[1] == 's' ? TOK_IS : TOK_NAME;
        case 'o': return s[1] == 'r' ? TOK_OR : TOK_NAME;
        }
        break;
    case 3:
        switch (s[0]) {
        case 'a': IS("and", TOK_AND);
        case 'd':
            if (s[1] == 'e' && s[2] == 'f')
                return TOK_DEF;
            IS("del", TOK_DEL);
        case 'f': IS("for", TOK_FOR);
        case 'n': IS("not", TOK_NOT);
        case 't': IS("try", TOK_TRY);
        }
        break;
    case 4:
        switch (s[0]) {
        case 'N': IS("None", TOK_NONE);
        case 'T': IS("True", TOK_TRUE);
        case 'e':
            if (memcmp(s, "elif", 4) == 0)
                return TOK_ELIF;
            IS("else", TOK_ELSE);
        case 'f': IS("from", TOK_FROM);
        case 'p': IS("pass", TOK_PASS);
        case 'w': IS("with", TOK_WITH);
        }
        break;
    case 5:
        switch (s[0]) {
        case 'F': IS("False", TOK_FALSE);
        case 'b': IS("break", TOK_BREAK);
        case 'c': IS("class", TOK_CLASS);
        case 'r': IS("raise", TOK_RAISE);
        case 'w': IS("while", TOK_WHILE);
        case 'y': IS("yield", TOK_YIELD);
        }
        break;
    case 6:
        switch (s[0]) {
        case 'a': IS("assert", TOK_ASSERT);
        case 'e': IS("except", TOK_EXCEPT);
        case 'g': IS("global", TOK_GLOBAL);
        case 'i': IS("import", TOK_IMPORT);
        case 'l': IS("lambda", TOK_LAMBDA);
        case 'r': IS("return", TOK_RETURN);
        }
        break;
    case 7:
        if (memcmp(s, "finally", 7) == 0)
            return TOK_FINALLY;
        break;
    case 8:
        switch (s[0]) {
        case 'c': IS("continue", TOK_CONTINUE);
        case 'n': IS("nonlocal", TOK_NONLOCAL);
        }
        break;
    }
    return TOK_NAME;
}
#undef IS

static int next_kind(struct rt_lexer *lx, const char **start, const char **end);

/* Before 3.7 `async` was a keyword only in front of `def`: look ahead on a copy. */
static bool def_follows(const struct rt_lexer *lx)
{
    struct rt_lexer ahead = *lx;
    const char *s = NULL, *e = NULL;
    ahead.warn = NULL;
    bool yes = next_kind(&ahead, &s, &e) == TOK_DEF;
    if (ahead.msg_buf != lx->msg_buf)
        free(ahead.msg_buf);
    return yes;
}

static int name_or_keyword(struct rt_lexer *lx)
{
    const char *s = lx->start;
    size_t len = (size_t)(lx->cur - s);
    if (len == 5 && s[0] == 'a') {
        bool async = memcmp(s, "async", 5) == 0, await = memcmp(s, "await", 5) == 0;
        if (!async && !await)
            return TOK_NAME;
        if (!lx->async_hacks || lx->async_def)
            return async ? TOK_ASYNC : TOK_AWAIT;
        if (async && def_follows(lx)) {
            lx->async_def_indent = lx->indent;
            lx->async_def = true;
            return TOK_ASYNC;
        }
        return TOK_NAME;
    }
    return keyword(s, len);
}

/* A word, or a string with a prefix. */
static int word(struct rt_lexer *lx, int c)
{
    bool b = false, r = false, u = false, f = false;
    for (;;) {
        if (!(b || u || f) && (c == 'b' || c == 'B'))
            b = true;
        else if (!(b || u || r || f) && (c == 'u' || c == 'U'))
            u = true;
        else if (!(r || u) && (c == 'r' || c == 'R'))
            r = true;
        else if (!(f || b || u) && (c == 'f' || c == 'F'))
            f = true;
        else
            break;
        c = nextc(lx);
        if (c == '"' || c == '\'')
            return string(lx, c);
    }
    backup(lx, c);
    const unsigned char *p = (const unsigned char *)lx->cur;
    unsigned char any = 0;
    while (char_class[*p] & (C_ID | C_DIGIT))
        any |= *p++;
    lx->cur = (const char *)p;
    if (any >= 0x80 || (unsigned char)*lx->start >= 0x80) {
        if (!verify_identifier(lx))
            return TOK_ERROR;
        return TOK_NAME;
    }
    return name_or_keyword(lx);
}

/* Indentation of a logical line.  Returns TOK_ERROR or 0; *blank: the line has nothing to say. */
static int line_start(struct rt_lexer *lx, bool *blank)
{
    int col = 0, alt = 0, cont_col = 0, c;
    lx->atbol = false;
    for (;;) {
        c = nextc(lx);
        if (c == ' ') {
            col++;
            alt++;
        } else if (c == '\t') {
            col = (col / TAB_SIZE + 1) * TAB_SIZE;
            alt = (alt / ALT_TAB_SIZE + 1) * ALT_TAB_SIZE;
        } else if (c == '\f') {
            col = alt = 0;
        } else if (c == '\\') {
            if (!cont_col)
                cont_col = col;
            if (!continuation(lx))
                return TOK_ERROR;
        } else {
            break;
        }
    }
    backup(lx, c);
    if (c == '#' || c == '\n')
        *blank = true;
    if (*blank || lx->level > 0)
        return 0;
    if (cont_col)
        col = alt = cont_col;
    int *top = &lx->indents[lx->indent], *alt_top = &lx->alt_indents[lx->indent];
    if (col == *top) {
        if (alt != *alt_top)
            return stop(lx, LEX_TABSPACE, true);
    } else if (col > *top) {
        if (lx->indent + 1 >= RT_MAX_INDENT)
            return stop(lx, LEX_TOODEEP, true);
        if (alt <= *alt_top)
            return stop(lx, LEX_TABSPACE, true);
        lx->pendin++;
        lx->indents[++lx->indent] = col;
        lx->alt_indents[lx->indent] = alt;
    } else {
        while (lx->indent > 0 && col < lx->indents[lx->indent]) {
            lx->pendin--;
            lx->indent--;
        }
        if (col != lx->indents[lx->indent])
            return stop(lx, LEX_DEDENT, true);
        if (alt != lx->alt_indents[lx->indent])
            return stop(lx, LEX_TABSPACE, true);
    }
    return 0;
}

/* A comment from `start` to `cur`: TOK_TYPE_COMMENT, TOK_TYPE_IGNORE, or 0 for a comment like any
 * other. */
static int type_comment(
    struct rt_lexer *lx, int c, bool blank, const char **start, const char **end)
{
    const char *p = lx->start;
    for (const char *prefix = "# type: "; *prefix; prefix++) {
        if (p >= lx->cur)
            return 0;
        if (*prefix == ' ') {
            while (*p == ' ' || *p == '\t')
                p++;
        } else if (*prefix == *p) {
            p++;
        } else {
            return 0;
        }
    }
    backup(lx, c);
    const char *ignore_end = p + 6;
    if (lx->cur >= ignore_end && memcmp(p, "ignore", 6) == 0 &&
        !(lx->cur > ignore_end && is_id_char((unsigned char)*ignore_end) && *ignore_end != '_')) {
        *start = ignore_end;
        *end = lx->cur;
        if (blank) {
            nextc(lx);
            lx->atbol = true;
        }
        return TOK_TYPE_IGNORE;
    }
    *start = p;
    *end = lx->cur;
    return TOK_TYPE_COMMENT;
}

static int open_bracket(struct rt_lexer *lx, int c, int kind)
{
    if (lx->level >= RT_MAX_PAREN)
        return syntax_error(lx, "too many nested parentheses");
    lx->parens[lx->level] = (char)c;
    lx->paren_lineno[lx->level] = lx->lineno;
    lx->paren_col[lx->level] = (int)(lx->start - lx->line_start);
    lx->level++;
    return kind;
}

static int close_bracket(struct rt_lexer *lx, int c, int kind)
{
    if (lx->level == 0)
        return syntax_error(lx, "unmatched '%c'", c);
    int open = lx->parens[--lx->level];
    if ((open == '(') + 2 * (open == '[') + 3 * (open == '{') ==
        (c == ')') + 2 * (c == ']') + 3 * (c == '}'))
        return kind;
    if (lx->paren_lineno[lx->level] != lx->lineno) {
        return syntax_error(lx,
            "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c, open,
            lx->paren_lineno[lx->level]);
    }
    return syntax_error(
        lx, "closing parenthesis '%c' does not match opening parenthesis '%c'", c, open);
}

/* Is the next character `c`?  Then it is part of the token. */
static inline bool also(struct rt_lexer *lx, char c)
{
    if (*lx->cur != c)
        return false;
    lx->cur++;
    return true;
}

static int punctuation(struct rt_lexer *lx, int c)
{
    switch (c) {
    case '(': return open_bracket(lx, c, TOK_LPAR);
    case '[': return open_bracket(lx, c, TOK_LSQB);
    case '{': return open_bracket(lx, c, TOK_LBRACE);
    case ')': return close_bracket(lx, c, TOK_RPAR);
    case ']': return close_bracket(lx, c, TOK_RSQB);
    case '}': return close_bracket(lx, c, TOK_RBRACE);
    case ':': return also(lx, '=') ? TOK_COLONEQUAL : TOK_COLON;
    case ',': return TOK_COMMA;
    case ';': return TOK_SEMI;
    case '~': return TOK_TILDE;
    case '=': return also(lx, '=') ? TOK_EQEQUAL : TOK_EQUAL;
    case '+': return also(lx, '=') ? TOK_PLUSEQUAL : TOK_PLUS;
    case '-': return also(lx, '=') ? TOK_MINEQUAL : also(lx, '>') ? TOK_RARROW : TOK_MINUS;
    case '*':
        if (also(lx, '*'))
            return also(lx, '=') ? TOK_DOUBLESTAREQUAL : TOK_DOUBLESTAR;
        return also(lx, '=') ? TOK_STAREQUAL : TOK_STAR;
    case '/':
        if (also(lx, '/'))
            return also(lx, '=') ? TOK_DOUBLESLASHEQUAL : TOK_DOUBLESLASH;
        return also(lx, '=') ? TOK_SLASHEQUAL : TOK_SLASH;
    case '|': return also(lx, '=') ? TOK_VBAREQUAL : TOK_VBAR;
    case '&': return also(lx, '=') ? TOK_AMPEREQUAL : TOK_AMPER;
    case '^': return also(lx, '=') ? TOK_CIRCUMFLEXEQUAL : TOK_CIRCUMFLEX;
    case '%': return also(lx, '=') ? TOK_PERCENTEQUAL : TOK_PERCENT;
    case '@': return also(lx, '=') ? TOK_ATEQUAL : TOK_AT;
    case '<':
        if (also(lx, '<'))
            return also(lx, '=') ? TOK_LEFTSHIFTEQUAL : TOK_LEFTSHIFT;
        return also(lx, '=') ? TOK_LESSEQUAL : also(lx, '>') ? TOK_NOTEQUAL : TOK_LESS;
    case '>':
        if (also(lx, '>'))
            return also(lx, '=') ? TOK_RIGHTSHIFTEQUAL : TOK_RIGHTSHIFT;
        return also(lx, '=') ? TOK_GREATEREQUAL : TOK_GREATER;
    case '!': return also(lx, '=') ? TOK_NOTEQUAL : TOK_OP;
    }
    if (!is_printable((uint32_t)c))
        return syntax_error(lx, "invalid non-printable character U+%04X", c);
    return TOK_OP;
}

static int dot(struct rt_lexer *lx)
{
    if (is_digit((unsigned char)*lx->cur))
        return fraction(lx, nextc(lx));
    if (lx->cur[0] == '.' && lx->cur[1] == '.') {
        lx->cur += 2;
        return TOK_ELLIPSIS;
    }
    if (lx->cur[0] == '.' && lx->cur + 1 == lx->end)
        lx->state = LEX_EOF;
    return TOK_DOT;
}

/* In the pre-3.7 mode: has the body of an `async def` ended? */
static void leave_async_def(struct rt_lexer *lx, bool blank)
{
    if (!lx->async_def || blank || lx->level > 0 || !lx->async_def_nl)
        return;
    int c = nextc(lx);
    backup(lx, c);
    if (c != '\n' && c != '#' && lx->async_def_indent >= lx->indent)
        lx->async_def = lx->async_def_nl = false;
}

/* One of the INDENTs or DEDENTs that the start of the line owes. */
static int pending_indent(struct rt_lexer *lx)
{
    if (lx->pendin < 0) {
        lx->pendin++;
        return TOK_DEDENT;
    }
    lx->pendin--;
    return TOK_INDENT;
}

/* Where one more character was looked at to see whether it belongs to the token, the end of the source has been seen. */
static inline void note_end_seen(struct rt_lexer *lx, int kind, int first)
{
    if (lx->cur == lx->end && lx->inp == lx->end && kind != TOK_STRING &&
        lx->cur - lx->start < (is_id_start(first) ? INT32_MAX : 3))
        lx->state = LEX_EOF;
}

static int next_kind(struct rt_lexer *lx, const char **start, const char **end)
{
    *start = *end = NULL;
    int c, kind;
next_line:
    lx->start = NULL;
    bool blank = false;
    if (lx->atbol && line_start(lx, &blank) != 0)
        return TOK_ERROR;
    lx->start = lx->cur;
    if (lx->pendin)
        return pending_indent(lx);
    if (__builtin_expect(lx->async_def, 0))
        leave_async_def(lx, blank);
again:
    lx->start = NULL;
    do {
        c = nextc(lx);
    } while (cls(c) & C_BLANK);
    lx->start = c == END ? lx->cur : lx->cur - 1;
    if (c == '#') {
        lx->cur = lx->inp > lx->cur && lx->inp[-1] == '\n' ? lx->inp - 1 : lx->inp;
        c = nextc(lx);
        if (lx->type_comments && (kind = type_comment(lx, c, blank, start, end)) != 0)
            return kind;
    }
    if (c == END)
        return lx->level ? TOK_ERROR : lx->state == LEX_EOF ? TOK_ENDMARKER : TOK_ERROR;
    if (is_id_start(c)) {
        kind = word(lx, c);
    } else if (c == '\n') {
        lx->atbol = true;
        if (blank || lx->level > 0)
            goto next_line;
        lx->async_def_nl |= lx->async_def;
        *start = lx->start;
        *end = lx->cur - 1;
        return TOK_NEWLINE;
    } else if (c == '.') {
        kind = dot(lx);
    } else if (is_digit(c)) {
        kind = number(lx, c);
    } else if (c == '\'' || c == '"') {
        kind = string(lx, c);
    } else if (c == '\\') {
        if (!continuation(lx))
            return TOK_ERROR;
        goto again;
    } else {
        kind = punctuation(lx, c);
    }
    if (kind == TOK_ERROR)
        return kind;
    note_end_seen(lx, kind, c);
    *start = lx->start;
    *end = lx->cur;
    return kind;
}

void rt_lexer_next(struct rt_lexer *lx, struct rt_tok *tok)
{
    const char *start, *end;
    int kind = next_kind(lx, &start, &end);
    tok->type = (uint8_t)kind;
    tok->level = (uint8_t)lx->level;
    tok->flags = 0;
    bool multi = kind == TOK_STRING;
    const char *first = multi ? lx->multi_line_start : lx->line_start;
    tok->lineno = multi ? lx->first_lineno : lx->lineno;
    tok->end_lineno = lx->lineno;
    tok->col = start && start >= first ? (int32_t)(start - first) : -1;
    tok->end_col = end && end >= lx->line_start ? (int32_t)(end - lx->line_start) : -1;
    if (__builtin_expect(lx->starting_lineno && lx->lineno == lx->starting_lineno, 0)) {
        tok->col += lx->starting_col;
        tok->end_col += lx->starting_col;
    }
    tok->start = start ? (uint32_t)(start - lx->src) : (uint32_t)(lx->cur - lx->src);
    tok->end = end ? (uint32_t)(end - lx->src) : tok->start;
}
