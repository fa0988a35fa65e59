/* SPDX-License-Identifier: MIT */
/*
 * ast_dump.c: the text of a tree as `ast.dump()` writes it, for tests and debugging.
 *
 * Driven by the tables of ast.def.  Works without the runtime, so it has its own repr() of constants.
 */
#include "core/compiler/ast.h"
#include "core/compiler/lexer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>

struct out {
    char *data;
    size_t len, space;
    bool failed, attributes;
};

static void put(struct out *o, const char *s, size_t n)
{
    if (o->len + n + 1 > o->space) {
        size_t space = (o->len + n + 1) * 2;
        char *data = realloc(o->data, space);
        if (!data) {
            o->failed = true;
            return;
        }
        o->data = data;
        o->space = space;
    }
    memcpy(o->data + o->len, s, n);
    o->len += n;
    o->data[o->len] = 0;
}

static void puts_(struct out *o, const char *s)
{
    put(o, s, strlen(s));
}

__attribute__((format(printf, 2, 3)))
static void putf(struct out *o, const char *format, ...)
{
    char buf[128];
    va_list va;
    va_start(va, format);
    int n = vsnprintf(buf, sizeof buf, format, va);
    va_end(va);
    put(o, buf, (size_t)n);
}

static bool printable(uint32_t cp)
{
    if (cp == ' ')
        return true;
    return !uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z);
}

static void put_char(struct out *o, uint32_t cp, const char *s, int len, char quote, bool bytes)
{
    if (cp == (uint32_t)quote || cp == '\\')
        putf(o, "\\%c", (int)cp);
    else if (cp == '\n' || cp == '\r' || cp == '\t')
        puts_(o, cp == '\n' ? "\\n" : cp == '\r' ? "\\r" : "\\t");
    else if (cp >= 0x20 && cp < 0x7f)
        put(o, s, (size_t)len);
    else if (cp < 0x80 || bytes)
        putf(o, "\\x%02x", cp);
    else if (printable(cp))
        put(o, s, (size_t)len);
    else if (cp < 0x100)
        putf(o, "\\x%02x", cp);
    else if (cp < 0x10000)
        putf(o, "\\u%04x", cp);
    else
        putf(o, "\\U%08x", cp);
}

static void put_str(struct out *o, const char *s, size_t len, bool bytes)
{
    char quote = memchr(s, '\'', len) && !memchr(s, '"', len) ? '"' : '\'';
    if (bytes)
        puts_(o, "b");
    put(o, &quote, 1);
    for (size_t i = 0; i < len; ) {
        int n = 1;
        uint32_t cp = bytes ? (unsigned char)s[i] : rt_utf8_decode(s + i, &n);
        put_char(o, cp, s + i, n, quote, bytes);
        i += (size_t)n;
    }
    put(o, &quote, 1);
}

/* repr() of a float; `dot`: "1.0" rather than "1". */
static void put_double(struct out *o, double d, bool dot)
{
    if (isinf(d) || isnan(d)) {
        puts_(o, isnan(d) ? "nan" : d < 0 ? "-inf" : "inf");
        return;
    }
    char buf[40];
    int digits = 1;
    for (; digits <= 17; digits++) {
        snprintf(buf, sizeof buf, "%.*e", digits - 1, d);
        if (strtod(buf, NULL) == d)
            break;
    }
    char mantissa[24];
    int n = 0;
    const char *s = buf;
    if (*s == '-') {
        puts_(o, "-");
        s++;
    }
    for (; *s != 'e'; s++) {
        if (*s >= '0' && *s <= '9')
            mantissa[n++] = *s;
    }
    int exp = atoi(s + 1);
    if (exp < -4 || exp >= 16) {
        put(o, mantissa, 1);
        if (n > 1) {
            puts_(o, ".");
            put(o, mantissa + 1, (size_t)n - 1);
        }
        putf(o, "e%c%02d", exp < 0 ? '-' : '+', abs(exp));
    } else if (exp < 0) {
        puts_(o, "0.");
        for (int i = -1; i > exp; i--)
            puts_(o, "0");
        put(o, mantissa, (size_t)n);
    } else {
        for (int i = 0; i <= exp; i++)
            put(o, i < n ? mantissa + i : "0", 1);
        if (n > exp + 1) {
            puts_(o, ".");
            put(o, mantissa + exp + 1, (size_t)(n - exp - 1));
        } else if (dot) {
            puts_(o, ".0");
        }
    }
}

/* Digits in any base to decimal, in limbs of 9 digits. */
static void put_big(struct out *o, const struct rt_ast_const *c)
{
    size_t limbs = c->text.len / 7 + 2, n = 1;
    uint32_t *v = calloc(limbs, sizeof *v);
    if (!v) {
        o->failed = true;
        return;
    }
    for (size_t i = 0; i < c->text.len; i++) {
        char ch = c->text.utf8[i];
        uint64_t carry = ch <= '9' ? (uint64_t)ch - '0' : ((uint64_t)ch | 32) - 'a' + 10;
        for (size_t k = 0; k < n; k++) {
            carry += (uint64_t)v[k] * c->base;
            v[k] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
        if (carry)
            v[n++] = (uint32_t)carry;
    }
    putf(o, "%u", v[n - 1]);
    for (size_t k = n - 1; k-- > 0; )
        putf(o, "%09u", v[k]);
    free(v);
}

static void put_const(struct out *o, const struct rt_ast_const *c)
{
    switch ((enum rt_ast_const_kind)c->kind) {
    case RT_CONST_NONE: puts_(o, "None"); break;
    case RT_CONST_TRUE: puts_(o, "True"); break;
    case RT_CONST_FALSE: puts_(o, "False"); break;
    case RT_CONST_ELLIPSIS: puts_(o, "Ellipsis"); break;
    case RT_CONST_INT:
        if (c->fits)
            putf(o, "%lld", (long long)c->small);
        else
            put_big(o, c);
        break;
    case RT_CONST_FLOAT: put_double(o, c->real, true); break;
    case RT_CONST_COMPLEX:
        if (c->real == 0 && !signbit(c->real)) {
            put_double(o, c->imag, false);
            puts_(o, "j");
        } else {
            puts_(o, "(");
            put_double(o, c->real, false);
            if (!signbit(c->imag))
                puts_(o, "+");
            put_double(o, c->imag, false);
            puts_(o, "j)");
        }
        break;
    case RT_CONST_STR: put_str(o, c->text.utf8, c->text.len, false); break;
    case RT_CONST_BYTES: put_str(o, c->text.utf8, c->text.len, true); break;
    case RT_CONST_OBJECT: putf(o, "<object %#llx>", (unsigned long long)c->word); break;
    }
}

static void put_node(struct out *o, const struct rt_ast *n);

static void put_kind(struct out *o, unsigned kind)
{
    putf(o, "%s()", rt_ast_classes[kind].name);
}

static void put_seq(struct out *o, const void *field, enum rt_ast_type type)
{
    const struct rt_ast_seq *s = *(struct rt_ast_seq *const *)field;
    puts_(o, "[");
    for (uint32_t i = 0; i < s->len; i++) {
        if (i)
            puts_(o, ", ");
        if (type == RT_AST_T_cmpop) {
            put_kind(o, ((const struct rt_ast_opseq *)s)->items[i]);
        } else if (type == RT_AST_T_identifier) {
            const struct rt_ast_ident *id = ((const struct rt_ast_idseq *)s)->items[i];
            put_str(o, id->utf8, id->len, false);
        } else {
            put_node(o, s->items[i]);
        }
    }
    puts_(o, "]");
}

/* False: the field is empty and not to be shown. */
static bool put_field(struct out *o, const struct rt_ast *n, const struct rt_ast_field *f, const char *sep)
{
    const char *at = (const char *)n + f->offset;
    if (f->quantity == RT_AST_Q_opt && f->type != RT_AST_T_int && !*(void *const *)at)
        return false;
    putf(o, "%s%s=", sep, f->name);
    if (f->quantity == RT_AST_Q_seq) {
        put_seq(o, at, f->type);
        return true;
    }
    switch (f->type) {
    case RT_AST_T_int: putf(o, "%d", *(const int32_t *)at); break;
    case RT_AST_T_identifier: {
        const struct rt_ast_ident *id = *(const struct rt_ast_ident *const *)at;
        put_str(o, id->utf8, id->len, false);
        break;
    }
    case RT_AST_T_string: {
        const struct rt_ast_str *s = *(const struct rt_ast_str *const *)at;
        put_str(o, s->utf8, s->len, false);
        break;
    }
    case RT_AST_T_constant: put_const(o, *(struct rt_ast_const *const *)at); break;
    default:
        if (rt_ast_type_is_enum(f->type))
            put_kind(o, *(const uint8_t *)at);
        else
            put_node(o, *(struct rt_ast *const *)at);
    }
    return true;
}

static void put_node(struct out *o, const struct rt_ast *n)
{
    if (!n) {
        puts_(o, "None");
        return;
    }
    const struct rt_ast_class *c = &rt_ast_classes[n->kind];
    putf(o, "%s(", c->name);
    const char *sep = "";
    for (const struct rt_ast_field *f = c->fields; f->name; f++) {
        if (put_field(o, n, f, sep))
            sep = ", ";
    }
    if (o->attributes && rt_ast_type_has_position[c->type]) {
        putf(o, "%slineno=%d, col_offset=%d, end_lineno=%d, end_col_offset=%d", sep, n->lineno, n->col_offset, n->end_lineno,
            n->end_col_offset);
    }
    puts_(o, ")");
}

char *rt_ast_dump(const struct rt_ast *node, bool attributes, size_t *len)
{
    struct out o = {.attributes = attributes};
    put_node(&o, node);
    if (o.failed) {
        free(o.data);
        return NULL;
    }
    *len = o.len;
    return o.data;
}
