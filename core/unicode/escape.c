/* SPDX-License-Identifier: MIT */
/* The unicode-escape and raw-unicode-escape codecs: backslash escapes over Latin-1. */
#include "core/unicode/unicode_db.h"
#include "core/unicode/utf.h"

#include <string.h>

enum outcome {
    OK,
    BAD,                /* error up to pos */
    CUT,                /* the input ends inside the escape */
};

/* Reads count hex digits at pos. */
static enum outcome read_hex(struct rt_utf_decoder *d, int count, uint32_t *value)
{
    *value = 0;
    for (; count > 0; count--, d->pos++) {
        if (d->pos >= d->n) {
            return CUT;
        }
        uint8_t c = d->in[d->pos];
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = c - '0';
        } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
            digit = (c | 32) - 'a' + 10u;
        } else {
            return BAD;
        }
        *value = *value << 4 | digit;
    }
    return OK;
}

static enum outcome read_name(struct rt_utf_decoder *d, uint32_t *value, const char **reason)
{
    *reason = "malformed \\N character escape";
    if (d->pos >= d->n) {
        return CUT;
    }
    if (d->in[d->pos] != '{') {
        return BAD;
    }
    size_t start = ++d->pos;
    const uint8_t *close = memchr(d->in + start, '}', d->n - start);
    if (!close) {
        d->pos = d->n;
        return CUT;
    }
    d->pos = (size_t)(close - d->in);
    if (d->pos == start) {
        return BAD;
    }
    *reason = "unknown Unicode character name";
    uint32_t found[RT_UNICODE_SEQUENCE_MAX];
    int n = rt_unicode_lookup_name((const char *)d->in + start, d->pos - start, RT_LOOKUP_ALIASES, found);
    d->pos++;
    *value = found[0];
    return n == 1 ? OK : BAD;
}

static uint32_t read_octal(struct rt_utf_decoder *d, uint32_t value)
{
    for (int i = 0; i < 2 && d->pos < d->n && (uint8_t)(d->in[d->pos] - '0') < 8; i++) {
        value = value << 3 | (d->in[d->pos++] - '0');
    }
    return value;
}

/* The character for a one-letter escape, -1 when it is none. */
static int simple_escape(uint8_t c)
{
    switch (c) {
    case '\\':
    case '\'':
    case '"':
        return c;
    case 'a':
        return 7;
    case 'b':
        return 8;
    case 't':
        return 9;
    case 'n':
        return 10;
    case 'v':
        return 11;
    case 'f':
        return 12;
    case 'r':
        return 13;
    default:
        return -1;
    }
}

/* After an escape that went wrong: an error from start to pos, or a wait for more input. */
static bool stop(struct rt_utf_decoder *d, enum outcome how, size_t start, const char *reason, bool *done)
{
    *done = true;
    if (how == CUT && !d->final) {
        d->pos = start;
        return true;
    }
    d->error = (struct rt_utf_error){start, d->pos, reason};
    return false;
}

static bool escape(struct rt_utf_decoder *d, bool *done)
{
    size_t start = d->pos++;
    if (d->pos >= d->n) {
        return stop(d, CUT, start, "\\ at end of string", done);
    }
    uint8_t c = d->in[d->pos++];
    int simple = simple_escape(c);
    if (simple >= 0) {
        d->out[d->len++] = (uint32_t)simple;
        return true;
    }
    uint32_t value;
    enum outcome how;
    const char *reason;
    switch (c) {
    case '\n':
        return true;
    case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7':
        value = read_octal(d, c - '0');
        if (value > 0377 && d->invalid_escape == SIZE_MAX) {
            d->invalid_escape = start + 1;
        }
        d->out[d->len++] = value;
        return true;
    case 'x':
        how = read_hex(d, 2, &value);
        reason = "truncated \\xXX escape";
        break;
    case 'u':
        how = read_hex(d, 4, &value);
        reason = "truncated \\uXXXX escape";
        break;
    case 'U':
        how = read_hex(d, 8, &value);
        reason = "truncated \\UXXXXXXXX escape";
        if (how == OK && value > RT_UNICODE_MAX) {
            how = BAD;
            reason = "illegal Unicode character";
        }
        break;
    case 'N':
        how = read_name(d, &value, &reason);
        break;
    default:
        if (d->invalid_escape == SIZE_MAX) {
            d->invalid_escape = d->pos - 1;
        }
        d->out[d->len++] = '\\';
        d->out[d->len++] = c;
        return true;
    }
    if (how != OK) {
        return stop(d, how, start, reason, done);
    }
    d->out[d->len++] = value;
    return true;
}

bool rt_unicode_escape_decode(struct rt_utf_decoder *d)
{
    bool done = false, ok = true;
    d->error.reason = NULL;
    while (!done && d->pos < d->n) {
        if (d->in[d->pos] != '\\') {
            d->out[d->len++] = d->in[d->pos++];
        } else {
            ok = escape(d, &done);
        }
    }
    return ok;
}

bool rt_raw_unicode_escape_decode(struct rt_utf_decoder *d)
{
    bool done = false;
    d->error.reason = NULL;
    while (d->pos < d->n) {
        size_t start = d->pos;
        uint8_t c = d->in[d->pos++];
        if (c != '\\' || (d->pos >= d->n && d->final)) {
            d->out[d->len++] = c;
            continue;
        }
        if (d->pos >= d->n) {
            return stop(d, CUT, start, NULL, &done);
        }
        c = d->in[d->pos++];
        if (c != 'u' && c != 'U') {
            d->out[d->len++] = '\\';
            d->out[d->len++] = c;
            continue;
        }
        uint32_t value;
        enum outcome how = read_hex(d, c == 'u' ? 4 : 8, &value);
        const char *reason = c == 'u' ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape";
        if (how == OK && value > RT_UNICODE_MAX) {
            how = BAD;
            reason = "\\Uxxxxxxxx out of range";
        }
        if (how != OK) {
            return stop(d, how, start, reason, &done);
        }
        d->out[d->len++] = value;
    }
    return true;
}

/* ---- encoding ---- */

static inline void emit(uint8_t *out, size_t *n, uint32_t c)
{
    if (out) {
        out[*n] = (uint8_t)c;
    }
    ++*n;
}

static void emit_hex(uint8_t *out, size_t *n, char letter, uint32_t value, int digits)
{
    emit(out, n, '\\');
    emit(out, n, (uint8_t)letter);
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        emit(out, n, (uint8_t)"0123456789abcdef"[value >> shift & 15]);
    }
}

size_t rt_unicode_escape_encode(const void *text, int kind, size_t n, uint8_t *out)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t cp = rt_utf_get(text, kind, i);
        if (cp >= 0x10000) {
            emit_hex(out, &len, 'U', cp, 8);
        } else if (cp >= 0x100) {
            emit_hex(out, &len, 'u', cp, 4);
        } else if (cp == '\\' || cp == '\t' || cp == '\n' || cp == '\r') {
            emit(out, &len, '\\');
            emit(out, &len, cp == '\\' ? '\\' : cp == '\t' ? 't' : cp == '\n' ? 'n' : 'r');
        } else if (cp < ' ' || cp >= 0x7f) {
            emit_hex(out, &len, 'x', cp, 2);
        } else {
            emit(out, &len, cp);
        }
    }
    return len;
}

size_t rt_raw_unicode_escape_encode(const void *text, int kind, size_t n, uint8_t *out)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t cp = rt_utf_get(text, kind, i);
        if (cp >= 0x10000) {
            emit_hex(out, &len, 'U', cp, 8);
        } else if (cp >= 0x100) {
            emit_hex(out, &len, 'u', cp, 4);
        } else {
            emit(out, &len, cp);
        }
    }
    return len;
}
