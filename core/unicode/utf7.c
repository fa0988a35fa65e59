/* SPDX-License-Identifier: MIT */
/*
 * UTF-7 (RFC 2152). The encoder writes all characters of sets D and O and white space as themselves. The decoder
 * is a state machine that survives errors: the caller sets pos and calls it again.
 */
#include "core/unicode/utf.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static inline int base64_value(uint32_t c)
{
    if (c - 'A' < 26) {
        return (int)(c - 'A');
    }
    if (c - 'a' < 26) {
        return (int)(c - 'a') + 26;
    }
    if (c - '0' < 10) {
        return (int)(c - '0') + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool direct(uint32_t c)
{
    if (c >= 0x7e || c == '+' || c == '\\') {
        return false;
    }
    return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
}

struct writer {
    uint8_t *out;
    size_t len;
    unsigned bits;
    uint32_t buffer;
};

static inline void emit(struct writer *w, uint32_t c)
{
    if (w->out) {
        w->out[w->len] = (uint8_t)c;
    }
    w->len++;
}

static void emit_unit(struct writer *w, uint32_t unit)
{
    w->buffer = w->buffer << 16 | unit;
    w->bits += 16;
    while (w->bits >= 6) {
        w->bits -= 6;
        emit(w, (uint8_t)alphabet[w->buffer >> w->bits & 63]);
    }
    w->buffer &= (1u << w->bits) - 1;
}

static void flush_bits(struct writer *w)
{
    if (w->bits) {
        emit(w, (uint8_t)alphabet[w->buffer << (6 - w->bits) & 63]);
    }
    w->bits = 0;
    w->buffer = 0;
}

size_t rt_utf7_encode(const void *text, int kind, size_t n, uint8_t *out)
{
    struct writer w = {.out = out};
    bool in_shift = false;
    for (size_t i = 0; i < n; i++) {
        uint32_t cp = rt_utf_get(text, kind, i);
        if (direct(cp)) {
            if (in_shift) {
                flush_bits(&w);
                in_shift = false;
                if (base64_value(cp) >= 0 || cp == '-') {
                    emit(&w, '-');
                }
            }
            emit(&w, cp);
            continue;
        }
        if (!in_shift) {
            emit(&w, '+');
            if (cp == '+') {
                emit(&w, '-');
                continue;
            }
            in_shift = true;
        }
        if (cp > 0xffff) {
            emit_unit(&w, 0xd7c0 + (cp >> 10));
            cp = 0xdc00 | (cp & 0x3ff);
        }
        emit_unit(&w, cp);
    }
    flush_bits(&w);
    if (in_shift) {
        emit(&w, '-');
    }
    return w.len;
}

static bool fail(struct rt_utf_decoder *d, size_t start, const char *reason)
{
    d->error = (struct rt_utf_error){start, d->pos, reason};
    return false;
}

static void take_unit(struct rt_utf_decoder *d, uint32_t unit)
{
    if (d->surrogate) {
        if (unit - 0xdc00 < 0x400) {
            d->out[d->len++] = 0x10000 + ((d->surrogate - 0xd800) << 10) + (unit - 0xdc00);
            d->surrogate = 0;
            return;
        }
        d->out[d->len++] = d->surrogate;
        d->surrogate = 0;
    }
    if (unit - 0xd800 < 0x400) {
        d->surrogate = unit;
    } else {
        d->out[d->len++] = unit;
    }
}

/* A character that is no base64 digit ends the shifted part. */
static bool end_shift(struct rt_utf_decoder *d, uint8_t c)
{
    d->in_shift = false;
    if (d->bits >= 6) {
        d->pos++;
        return fail(d, d->shift_start, "partial character in shift sequence");
    }
    if (d->bits > 0 && d->buffer != 0) {
        d->pos++;
        return fail(d, d->shift_start, "non-zero padding bits in shift sequence");
    }
    if (d->surrogate && c < 128 && c != '+') {
        d->out[d->len++] = d->surrogate;
    }
    d->surrogate = 0;
    if (c == '-') {
        d->pos++;
    }
    return true;
}

static bool start_shift(struct rt_utf_decoder *d)
{
    d->shift_start = d->pos++;
    if (d->pos < d->n && d->in[d->pos] == '-') {
        d->pos++;
        d->out[d->len++] = '+';
        return true;
    }
    if (d->pos < d->n && base64_value(d->in[d->pos]) < 0) {
        d->pos++;
        return fail(d, d->shift_start, "ill-formed sequence");
    }
    d->in_shift = true;
    d->surrogate = 0;
    d->bits = 0;
    d->buffer = 0;
    d->shift_out = d->len;
    return true;
}

static bool finish(struct rt_utf_decoder *d)
{
    if (!d->in_shift) {
        return true;
    }
    if (!d->final) {                        /* read the whole shifted part again next time */
        d->pos = d->shift_start;
        d->len = d->shift_out;
        return true;
    }
    d->in_shift = false;
    if (d->surrogate || d->bits >= 6 || (d->bits > 0 && d->buffer != 0)) {
        return fail(d, d->shift_start, "unterminated shift sequence");
    }
    return true;
}

bool rt_utf7_decode(struct rt_utf_decoder *d)
{
    d->error.reason = NULL;
    while (d->pos < d->n) {
        uint8_t c = d->in[d->pos];
        bool ok = true;
        if (d->in_shift) {
            int value = base64_value(c);
            if (value < 0) {
                ok = end_shift(d, c);
            } else {
                d->buffer = d->buffer << 6 | (uint32_t)value;
                d->bits += 6;
                d->pos++;
                if (d->bits >= 16) {
                    d->bits -= 16;
                    take_unit(d, d->buffer >> d->bits & 0xffff);
                    d->buffer &= (1u << d->bits) - 1;
                }
            }
        } else if (c == '+') {
            ok = start_shift(d);
        } else if (c < 128) {
            d->out[d->len++] = c;
            d->pos++;
        } else {
            d->pos++;
            ok = fail(d, d->pos - 1, "unexpected special character");
        }
        if (!ok) {
            return false;
        }
    }
    return finish(d);
}
