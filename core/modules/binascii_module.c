/* SPDX-License-Identifier: MIT */
/* binascii: base64, hexadecimal, uuencode, quoted-printable, CRCs. */
#include "core/base/hexdigits.h"
#include "core/types/bytes/bytes_internal.h"

#include <zlib.h>

static rt_value error_class(struct rt_thread *ts, rt_value module) { return rt_getattr_cstr(ts, module, "Error"); }

static rt_value fail(struct rt_thread *ts, rt_value module, const char *fmt, size_t n)
{
    rt_value e = error_class(ts, module);
    if (!rt_is_null(e))
        rt_raise(ts, rt_as_type(e), fmt, n);
    rt_decref(ts, e);
    return RT_NULL;
}

/* Bytes-like, or for the a2b functions ASCII str too. */
static int input(struct rt_thread *ts, rt_value v, struct bytes_arg *a, bool text)
{
    *a = (struct bytes_arg){0};
    if (text && rt_is_str(v)) {
        if (!rt_as_str(v)->ascii) {
            rt_raise(ts, &rt_exc_ValueError, "string argument should contain only ASCII characters");
            return -1;
        }
        a->p = rt_str_data(rt_as_str(v));
        a->n = rt_str_len(v);
        return 0;
    }
    if (text && !rt_is_bytes(v) && !rt_has_buffer(v)) {
        rt_raise(ts, &rt_exc_TypeError, "argument should be bytes, buffer or ASCII string, not '%.100T'", v);
        return -1;
    }
    return rt_bytes_arg(ts, v, a);
}

static const char base64_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const int8_t base64_values[128] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
    -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1,
    -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
};
static int base64_value(uint8_t c) { return c < 128 ? base64_values[c] : -1; }

/* ---- base64 ----------------------------------------------------------------------------------- */

struct base64_state {
    uint8_t *out;
    size_t n;
    int quad, pads;
    uint8_t left;
    bool pad_started, done;
};

/* One character; an error message or NULL. */
static const char *base64_step(struct base64_state *s, uint8_t c, bool strict, bool last)
{
    if (c == '=') {
        s->pad_started = true;
        if (strict && s->quad == 0)
            return s->n ? "Excess data after padding" : "Leading padding not allowed";
        if (s->quad >= 2 && s->quad + ++s->pads >= 4) {
            if (strict && !last)
                return "Excess data after padding";
            s->done = true;
        }
        return NULL;
    }
    int v = base64_value(c);
    if (v < 0)
        return strict ? "Only base64 data is allowed" : NULL;
    if (strict && s->pad_started)
        return "Discontinuous padding not allowed";
    s->pads = 0;
    switch (s->quad) {
    case 0:
        s->left = (uint8_t)v;
        break;
    case 1:
        s->out[s->n++] = (uint8_t)(s->left << 2 | v >> 4);
        s->left = v & 15;
        break;
    case 2:
        s->out[s->n++] = (uint8_t)(s->left << 4 | v >> 2);
        s->left = v & 3;
        break;
    case 3:
        s->out[s->n++] = (uint8_t)(s->left << 6 | v);
        s->left = 0;
        break;
    }
    s->quad = (s->quad + 1) & 3;
    return NULL;
}

static rt_value m_a2b_base64(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "strict_mode", NULL};
    static const struct rt_argspec spec = {"a2b_base64", names, 1, 1, 1, 2};
    rt_value a[2];
    struct bytes_arg in;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || input(ts, a[0], &in, true) < 0)
        return RT_NULL;
    int strict = rt_is_null(a[1]) ? 0 : rt_truth(ts, a[1]);
    rt_value r = strict < 0 ? RT_NULL : rt_bytes_new(ts, NULL, (in.n + 3) / 4 * 3);
    if (rt_is_null(r)) {
        rt_bytes_arg_release(ts, &in);
        return r;
    }
    struct base64_state s = {.out = (uint8_t *)rt_as_bytes(r)->data};
    const char *problem = NULL;
    if (strict && in.n && in.p[0] == '=')
        problem = "Leading padding not allowed";
    size_t i = 0;
    for (const uint8_t *p = (const uint8_t *)in.p; i + 4 <= in.n && !problem; i += 4) { /* whole groups */
        int v = base64_value(p[i]), w = base64_value(p[i + 1]), x = base64_value(p[i + 2]), y = base64_value(p[i + 3]);
        if ((v | w | x | y) < 0)
            break;
        uint32_t bits = (uint32_t)v << 18 | (uint32_t)w << 12 | (uint32_t)x << 6 | (uint32_t)y;
        s.out[s.n++] = (uint8_t)(bits >> 16);
        s.out[s.n++] = (uint8_t)(bits >> 8);
        s.out[s.n++] = (uint8_t)bits;
    }
    for (; i < in.n && !problem && !s.done; i++)
        problem = base64_step(&s, (uint8_t)in.p[i], strict, i + 1 == in.n);
    rt_bytes_arg_release(ts, &in);
    size_t len = s.n;
    if (!problem && !s.done && s.quad == 1) {
        rt_decref(ts, r);
        return fail(ts, self, "Invalid base64-encoded string: number of data characters (%zd) cannot be 1 more than a multiple of 4",
                    len / 3 * 4 + 1);
    }
    if (!problem && !s.done && s.quad)
        problem = "Incorrect padding";
    if (problem) {
        rt_decref(ts, r);
        return fail(ts, self, problem, 0);
    }
    return rt_bytes_shrink(ts, r, len);
}

static rt_value m_b2a_base64(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "newline", NULL};
    static const struct rt_argspec spec = {"b2a_base64", names, 1, 1, 1, 2};
    rt_value a[2];
    struct bytes_arg in;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    int newline = rt_is_null(a[1]) ? 1 : rt_truth(ts, a[1]);
    if (newline < 0 || input(ts, a[0], &in, false) < 0)
        return RT_NULL;
    rt_value r = rt_bytes_new(ts, NULL, (in.n + 2) / 3 * 4 + (newline != 0));
    if (!rt_is_null(r) && rt_as_bytes(r)->length) {
        char *d = rt_as_bytes(r)->data;
        const uint8_t *p = (const uint8_t *)in.p;
        for (size_t i = 0; i < in.n; i += 3) {
            size_t k = in.n - i < 3 ? in.n - i : 3;
            uint32_t v = (uint32_t)p[i] << 16 | (k > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (k > 2 ? p[i + 2] : 0);
            *d++ = base64_chars[v >> 18];
            *d++ = base64_chars[v >> 12 & 63];
            *d++ = k > 1 ? base64_chars[v >> 6 & 63] : '=';
            *d++ = k > 2 ? base64_chars[v & 63] : '=';
        }
        if (newline)
            *d = '\n';
    }
    rt_bytes_arg_release(ts, &in);
    return r;
}

/* ---- hexadecimal ------------------------------------------------------------------------------ */

static rt_value m_b2a_hex(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"data", "sep", "bytes_per_sep", NULL};
    static const struct rt_argspec spec = {"b2a_hex", names, 0, 1, 3, 3};
    rt_value a[3];
    struct bytes_arg in;
    if (rt_args(ts, &spec, args, n, kw, a) < 0 || input(ts, a[0], &in, false) < 0)
        return RT_NULL;
    rt_value s = rt_bytes_hex(ts, (const uint8_t *)in.p, in.n, a[1], a[2]), r = RT_NULL;
    rt_bytes_arg_release(ts, &in);
    if (!rt_is_null(s))
        r = rt_bytes_new(ts, rt_str_data(rt_as_str(s)), rt_str_len(s));
    rt_decref(ts, s);
    return r;
}

static rt_value m_a2b_hex(struct rt_thread *ts, rt_value self, rt_value arg)
{
    struct bytes_arg in;
    if (input(ts, arg, &in, true) < 0)
        return RT_NULL;
    rt_value r = RT_NULL;
    if (in.n % 2) {
        fail(ts, self, "Odd-length string", 0);
    } else {
        r = rt_bytes_new(ts, NULL, in.n / 2);
        if (!rt_is_null(r) && rt_hex_pairs((const uint8_t *)in.p, in.n, (uint8_t *)rt_as_bytes(r)->data) < in.n / 2) {
            rt_decref(ts, r);
            r = fail(ts, self, "Non-hexadecimal digit found", 0);
        }
    }
    rt_bytes_arg_release(ts, &in);
    return r;
}

/* ---- uuencode --------------------------------------------------------------------------------- */

static rt_value m_a2b_uu(struct rt_thread *ts, rt_value self, rt_value arg)
{
    struct bytes_arg in;
    if (input(ts, arg, &in, true) < 0)
        return RT_NULL;
    const uint8_t *p = (const uint8_t *)in.p, *end = p + in.n;
    size_t want = p < end ? (size_t)((*p++ - ' ') & 077) : 32, got = 0;
    rt_value r = rt_bytes_new(ts, NULL, want);
    const char *problem = NULL;
    uint32_t acc = 0;
    int bits = 0;
    while (got < want && !rt_is_null(r) && !problem) {
        bool past = p >= end;
        uint8_t c = past ? 0 : *p++;
        if (past || c == '\n' || c == '\r') {
            c = 0; /* white space, or past the end: zeros */
        } else if (c < ' ' || c > ' ' + 64) {
            problem = "Illegal char";
            break;
        } else {
            c = (uint8_t)((c - ' ') & 077);
        }
        acc = acc << 6 | c;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            rt_as_bytes(r)->data[got++] = (char)(acc >> bits);
            acc &= (1u << bits) - 1;
        }
    }
    while (!problem && p < end) {
        uint8_t c = *p++;
        if (c != ' ' && c != ' ' + 64 && c != '\n' && c != '\r')
            problem = "Trailing garbage";
    }
    rt_bytes_arg_release(ts, &in);
    if (problem) {
        rt_decref(ts, r);
        return fail(ts, self, problem, 0);
    }
    return r;
}

static rt_value m_b2a_uu(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"", "backtick", NULL};
    static const struct rt_argspec spec = {"b2a_uu", names, 1, 1, 1, 2};
    rt_value a[2];
    struct bytes_arg in;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    int backtick = rt_is_null(a[1]) ? 0 : rt_truth(ts, a[1]);
    if (backtick < 0 || input(ts, a[0], &in, false) < 0)
        return RT_NULL;
    rt_value r = RT_NULL;
    if (in.n > 45) {
        fail(ts, self, "At most 45 bytes at once", 0);
    } else {
        size_t groups = (in.n + 2) / 3;
        r = rt_bytes_new(ts, NULL, 2 + groups * 4);
        if (!rt_is_null(r)) {
            char *d = rt_as_bytes(r)->data;
            *d++ = backtick && !in.n ? '`' : (char)(' ' + in.n);
            for (size_t i = 0; i < groups * 3; i += 3) {
                uint32_t v = 0;
                for (size_t k = 0; k < 3; k++)
                    v = v << 8 | (i + k < in.n ? (uint8_t)in.p[i + k] : 0);
                for (int k = 18; k >= 0; k -= 6) {
                    char c = (char)(v >> k & 077);
                    *d++ = backtick && !c ? '`' : (char)(c + ' ');
                }
            }
            *d = '\n';
        }
    }
    rt_bytes_arg_release(ts, &in);
    return r;
}

/* ---- checksums -------------------------------------------------------------------------------- */

static rt_value m_crc_hqx(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct bytes_arg in;
    if (rt_args_count(ts, "crc_hqx", n, 2, 2) < 0 || input(ts, args[0], &in, false) < 0)
        return RT_NULL;
    int64_t start = rt_as_index(ts, args[1], NULL);
    if (start == -1 && rt_pending(ts)) {
        rt_bytes_arg_release(ts, &in);
        return RT_NULL;
    }
    uint32_t crc = (uint32_t)start & 0xffff;
    for (size_t i = 0; i < in.n; i++) {
        crc ^= (uint32_t)(uint8_t)in.p[i] << 8;
        for (int k = 0; k < 8; k++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
    rt_bytes_arg_release(ts, &in);
    return rt_int_imm(crc);
}

static rt_value m_crc32(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct bytes_arg in;
    uint32_t crc = 0;
    if (rt_args_count(ts, "crc32", n, 1, 2) < 0)
        return RT_NULL;
    if (n == 2) {
        rt_value v = rt_index(ts, args[1]);
        rt_value low = rt_is_null(v) ? v : rt_int_binary(ts, v, rt_int_imm(0xffffffff), RT_BIN_AND);
        rt_decref(ts, v);
        if (rt_is_null(low))
            return low;
        crc = (uint32_t)rt_int_get(low);
    }
    if (input(ts, args[0], &in, false) < 0)
        return RT_NULL;
    crc = (uint32_t)crc32_z(crc, (const Bytef *)in.p, in.n);
    rt_bytes_arg_release(ts, &in);
    return rt_int_imm(crc);
}

/* ---- quoted-printable ------------------------------------------------------------------------- */

static rt_value m_a2b_qp(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"data", "header", NULL};
    static const struct rt_argspec spec = {"a2b_qp", names, 0, 1, 2, 2};
    rt_value a[2];
    struct bytes_arg in;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    int header = rt_is_null(a[1]) ? 0 : rt_truth(ts, a[1]);
    if (header < 0 || input(ts, a[0], &in, true) < 0)
        return RT_NULL;
    rt_value r = rt_bytes_new(ts, NULL, in.n);
    if (rt_is_null(r) || in.n == 0) {
        rt_bytes_arg_release(ts, &in);
        return r;
    }
    char *d = rt_as_bytes(r)->data;
    size_t i = 0, out = 0;
    while (i < in.n) {
        char c = in.p[i];
        if (c == '=') {
            if (++i >= in.n)
                break;
            if (in.p[i] == '\n' || in.p[i] == '\r') { /* soft line break */
                if (in.p[i] != '\n')
                    while (i < in.n && in.p[i] != '\n')
                        i++;
                if (i < in.n)
                    i++;
            } else if (in.p[i] == '=') {
                d[out++] = '=';
                i++;
            } else if (i + 1 < in.n && rt_hex_value((uint8_t)in.p[i]) >= 0 && rt_hex_value((uint8_t)in.p[i + 1]) >= 0) {
                d[out++] = (char)(rt_hex_value((uint8_t)in.p[i]) << 4 | rt_hex_value((uint8_t)in.p[i + 1]));
                i += 2;
            } else {
                d[out++] = '=';
            }
        } else {
            d[out++] = header && c == '_' ? ' ' : c;
            i++;
        }
    }
    rt_bytes_arg_release(ts, &in);
    return rt_bytes_shrink(ts, r, out);
}

struct qp {
    struct bytes_arg in;
    bool quotetabs, istext, header, crlf;
};

static bool qp_must_quote(const struct qp *q, size_t i, size_t linelen)
{
    uint8_t c = (uint8_t)q->in.p[i];
    bool last = i + 1 == q->in.n, eol = !last && q->in.p[i + 1] == '\n';
    if (c > 126 || c == '=' || (q->header && c == '_'))
        return true;
    if (c == '.' && linelen == 0 && (last || q->in.p[i + 1] == '\n' || q->in.p[i + 1] == '\r' || q->in.p[i + 1] == 0))
        return true;
    if (!q->istext && (c == '\r' || c == '\n'))
        return true;
    if ((c == '\t' || c == ' ') && (last || (eol && 0)))
        return true;
    if (c < 33 && c != '\r' && c != '\n' && c != '\t' && c != ' ')
        return true;
    return c < 33 && c != '\r' && c != '\n' && (q->quotetabs || (c != '\t' && c != ' '));
}

/* Writes to out, or only counts when it is NULL. */
static size_t qp_encode(const struct qp *q, char *out)
{
    static const char hex[] = "0123456789ABCDEF";
    const char *p = q->in.p;
    size_t n = q->in.n, o = 0, line = 0;
#define PUT(ch) do { if (out) out[o] = (ch); o++; } while (0)
#define SOFT_BREAK() do { PUT('='); if (q->crlf) PUT('\r'); PUT('\n'); line = 0; } while (0)
    for (size_t i = 0; i < n;) {
        if (qp_must_quote(q, i, line)) {
            if (line + 3 >= 76)
                SOFT_BREAK();
            PUT('=');
            PUT(hex[(uint8_t)p[i] >> 4]);
            PUT(hex[p[i] & 15]);
            i++;
            line += 3;
        } else if (q->istext && (p[i] == '\n' || (p[i] == '\r' && i + 1 < n && p[i + 1] == '\n'))) {
            line = 0;
            if (o && out && (out[o - 1] == ' ' || out[o - 1] == '\t')) { /* no white space before a line's end */
                char c = out[o - 1];
                out[o - 1] = '=';
                PUT(hex[(uint8_t)c >> 4]);
                PUT(hex[c & 15]);
            } else if (o && !out && i && (p[i - 1] == ' ' || p[i - 1] == '\t')) {
                o += 2;
            }
            if (q->crlf)
                PUT('\r');
            PUT('\n');
            i += p[i] == '\r' ? 2 : 1;
        } else {
            if (i + 1 != n && p[i + 1] != '\n' && line + 1 >= 76)
                SOFT_BREAK();
            line++;
            PUT(q->header && p[i] == ' ' ? '_' : p[i]);
            i++;
        }
    }
#undef SOFT_BREAK
#undef PUT
    return o;
}

static rt_value m_b2a_qp(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"data", "quotetabs", "istext", "header", NULL};
    static const struct rt_argspec spec = {"b2a_qp", names, 0, 1, 4, 4};
    rt_value a[4];
    int flags[3] = {0, 1, 0};
    struct qp q;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    for (int i = 0; i < 3; i++) {
        if (!rt_is_null(a[1 + i]) && (flags[i] = rt_truth(ts, a[1 + i])) < 0)
            return RT_NULL;
    }
    q = (struct qp){.quotetabs = flags[0], .istext = flags[1], .header = flags[2]};
    if (input(ts, a[0], &q.in, false) < 0)
        return RT_NULL;
    const char *nl = q.in.n ? memchr(q.in.p, '\n', q.in.n) : NULL;
    q.crlf = nl && nl > q.in.p && nl[-1] == '\r';
    size_t len = q.in.n * 4 + 8; /* room for the worst case; the result is shrunk */
    rt_value r = rt_bytes_new(ts, NULL, len);
    if (!rt_is_null(r))
        r = rt_bytes_shrink(ts, r, qp_encode(&q, rt_as_bytes(r)->data));
    rt_bytes_arg_release(ts, &q.in);
    return r;
}

static const struct rt_method_def methods[] = {
    {"a2b_base64", m_a2b_base64, RT_METH_KW, "a2b_base64($module, data, /, *, strict_mode=False)\n--\n\nDecode a line of base64 data."},
    {"b2a_base64", m_b2a_base64, RT_METH_KW, "b2a_base64($module, data, /, *, newline=True)\n--\n\nBase64-code line of data."},
    {"a2b_hex", m_a2b_hex, RT_METH_O, "a2b_hex($module, hexstr, /)\n--\n\nBinary data of hexadecimal representation."},
    {"unhexlify", m_a2b_hex, RT_METH_O, "unhexlify($module, hexstr, /)\n--\n\nBinary data of hexadecimal representation."},
    {"b2a_hex", m_b2a_hex, RT_METH_KW, "Hexadecimal representation of binary data."},
    {"hexlify", m_b2a_hex, RT_METH_KW, "Hexadecimal representation of binary data."},
    {"a2b_uu", m_a2b_uu, RT_METH_O, "a2b_uu($module, data, /)\n--\n\nDecode a line of uuencoded data."},
    {"b2a_uu", m_b2a_uu, RT_METH_KW, "b2a_uu($module, data, /, *, backtick=False)\n--\n\nUuencode line of data."},
    {"a2b_qp", m_a2b_qp, RT_METH_KW, "a2b_qp($module, /, data, header=False)\n--\n\nDecode a string of qp-encoded data."},
    {"b2a_qp", m_b2a_qp, RT_METH_KW,
     "b2a_qp($module, /, data, quotetabs=False, istext=True, header=False)\n--\n\nEncode a string using quoted-printable encoding."},
    {"crc_hqx", m_crc_hqx, RT_METH_FAST, "crc_hqx($module, data, crc, /)\n--\n\nCompute CRC-CCITT incrementally."},
    {"crc32", m_crc32, RT_METH_FAST, "crc32($module, data, crc=0, /)\n--\n\nCompute CRC-32 incrementally."},
    {0},
};

static int exec(struct rt_thread *ts, rt_value m)
{
    rt_value e = rt_module_add_exception(ts, m, "Error", rt_type_value(&rt_exc_ValueError)), i = RT_NULL;
    if (!rt_is_null(e))
        i = rt_module_add_exception(ts, m, "Incomplete", rt_type_value(&rt_exc_Exception));
    rt_decref(ts, e);
    rt_decref(ts, i);
    return rt_is_null(i) ? -1 : 0;
}

const struct rt_module_def rt_module_binascii = {
    .name = "binascii",
    .doc = "Conversion between binary data and ASCII",
    .methods = methods,
    .exec = exec,
};
