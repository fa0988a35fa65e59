/* SPDX-License-Identifier: MIT */
/*
 * ast_text.c: a growing text and the repr() of constants, for the dumper and the unparser, which
 * work without objects.
 */
#include "core/compiler/ast_text.h"

#include "core/compiler/lexer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>

void rt_text_put(struct rt_text *o, const char *s, size_t n)
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

void rt_text_puts(struct rt_text *o, const char *s)
{
    rt_text_put(o, s, strlen(s));
}

void rt_text_putf(struct rt_text *o, const char *format, ...)
{
    char buf[128];
    va_list va;
    va_start(va, format);
    int n = vsnprintf(buf, sizeof buf, format, va);
    va_end(va);
    rt_text_put(o, buf, (size_t)n);
}

static bool printable(uint32_t cp)
{
    if (cp == ' ')
        return true;
    return !uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z);
}

static void put_char(struct rt_text *o, uint32_t cp, const char *s, int len, char quote, bool bytes)
{
    if (cp == (uint32_t)quote || cp == '\\')
        rt_text_putf(o, "\\%c", (int)cp);
    else if (cp == '\n' || cp == '\r' || cp == '\t')
        rt_text_puts(o, cp == '\n' ? "\\n" : cp == '\r' ? "\\r" : "\\t");
    else if (cp >= 0x20 && cp < 0x7f)
        rt_text_put(o, s, (size_t)len);
    else if (cp < 0x80 || bytes)
        rt_text_putf(o, "\\x%02x", cp);
    else if (printable(cp))
        rt_text_put(o, s, (size_t)len);
    else if (cp < 0x100)
        rt_text_putf(o, "\\x%02x", cp);
    else if (cp < 0x10000)
        rt_text_putf(o, "\\u%04x", cp);
    else
        rt_text_putf(o, "\\U%08x", cp);
}

void rt_text_str(struct rt_text *o, const char *s, size_t len, bool bytes)
{
    char quote = memchr(s, '\'', len) && !memchr(s, '"', len) ? '"' : '\'';
    if (bytes)
        rt_text_puts(o, "b");
    rt_text_put(o, &quote, 1);
    for (size_t i = 0; i < len; ) {
        int n = 1;
        uint32_t cp = bytes ? (unsigned char)s[i] : rt_lexer_utf8_decode(s + i, &n);
        put_char(o, cp, s + i, n, quote, bytes);
        i += (size_t)n;
    }
    rt_text_put(o, &quote, 1);
}

/* repr() of a float; `dot`: "1.0" rather than "1". */
static void put_double(struct rt_text *o, double d, bool dot)
{
    if (isinf(d) || isnan(d)) {
        rt_text_puts(o, isnan(d) ? "nan" : d < 0 ? "-inf" : "inf");
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
        rt_text_puts(o, "-");
        s++;
    }
    for (; *s != 'e'; s++) {
        if (*s >= '0' && *s <= '9')
            mantissa[n++] = *s;
    }
    int exp = atoi(s + 1);
    if (exp < -4 || exp >= 16) {
        rt_text_put(o, mantissa, 1);
        if (n > 1) {
            rt_text_puts(o, ".");
            rt_text_put(o, mantissa + 1, (size_t)n - 1);
        }
        rt_text_putf(o, "e%c%02d", exp < 0 ? '-' : '+', abs(exp));
    } else if (exp < 0) {
        rt_text_puts(o, "0.");
        for (int i = -1; i > exp; i--)
            rt_text_puts(o, "0");
        rt_text_put(o, mantissa, (size_t)n);
    } else {
        for (int i = 0; i <= exp; i++)
            rt_text_put(o, i < n ? mantissa + i : "0", 1);
        if (n > exp + 1) {
            rt_text_puts(o, ".");
            rt_text_put(o, mantissa + exp + 1, (size_t)(n - exp - 1));
        } else if (dot) {
            rt_text_puts(o, ".0");
        }
    }
}

/* Digits in any base to decimal, in limbs of 9 digits. */
static void put_big(struct rt_text *o, const struct rt_ast_const *c)
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
    rt_text_putf(o, "%u", v[n - 1]);
    for (size_t k = n - 1; k-- > 0; )
        rt_text_putf(o, "%09u", v[k]);
    free(v);
}

void rt_text_const(struct rt_text *o, const struct rt_ast_const *c)
{
    switch ((enum rt_ast_const_kind)c->kind) {
    case RT_CONST_NONE: rt_text_puts(o, "None"); break;
    case RT_CONST_TRUE: rt_text_puts(o, "True"); break;
    case RT_CONST_FALSE: rt_text_puts(o, "False"); break;
    case RT_CONST_ELLIPSIS: rt_text_puts(o, "Ellipsis"); break;
    case RT_CONST_INT:
        if (c->fits)
            rt_text_putf(o, "%lld", (long long)c->small);
        else
            put_big(o, c);
        break;
    case RT_CONST_FLOAT: put_double(o, c->real, true); break;
    case RT_CONST_COMPLEX:
        if (c->real == 0 && !signbit(c->real)) {
            put_double(o, c->imag, false);
            rt_text_puts(o, "j");
        } else {
            rt_text_puts(o, "(");
            put_double(o, c->real, false);
            if (!signbit(c->imag))
                rt_text_puts(o, "+");
            put_double(o, c->imag, false);
            rt_text_puts(o, "j)");
        }
        break;
    case RT_CONST_STR: rt_text_str(o, c->text.utf8, c->text.len, false); break;
    case RT_CONST_BYTES: rt_text_str(o, c->text.utf8, c->text.len, true); break;
    case RT_CONST_OBJECT: rt_text_putf(o, "<object %#llx>", (unsigned long long)c->word); break;
    }
}
