/* SPDX-License-Identifier: MIT */
/* _decimal: __format__, the mini-language [[fill]align][sign][z][0][width][,][.precision][type]. */
#include <locale.h>
#include <stdlib.h>

#include "core/modules/decimal/decimal_internal.h"

struct spec {
    uint32_t fill;
    char align, sign, type; /* type 0: none given */
    bool zero_pad, no_negative_zero, have_align;
    int64_t width, precision; /* precision -1: none */
    const char *point, *separator, *grouping;
};
static int64_t number(rt_value s, size_t *i)
{
    int64_t n = 0;
    for (; *i < rt_str_len(s); ++*i) {
        uint32_t c = rt_str_at(rt_as_str(s), *i);
        if (c < '0' || c > '9')
            break;
        n = n > DEC_MAX_PREC / 10 ? DEC_MAX_PREC : n * 10 + (int64_t)(c - '0');
    }
    return n;
}
static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }
static bool parse(rt_value text, struct spec *f)
{
    size_t i = 0, n = rt_str_len(text);
#define AT(k) ((k) < n ? rt_str_at(rt_as_str(text), k) : 0)
    *f = (struct spec){.fill = ' ', .align = '>', .sign = '-', .precision = -1, .point = ".", .separator = "", .grouping = ""};
    if (n >= 2 && is_align(AT(1))) {
        f->fill = AT(0);
        f->align = (char)AT(1);
        f->have_align = true;
        i = 2;
    } else if (is_align(AT(0))) {
        f->align = (char)AT(0);
        f->have_align = true;
        i = 1;
    }
    if (AT(i) == '+' || AT(i) == '-' || AT(i) == ' ') {
        f->sign = (char)AT(i);
        i++;
    }
    if (AT(i) == 'z') {
        f->no_negative_zero = true;
        i++;
    }
    if (AT(i) == '0') {
        if (f->have_align)
            return false;
        f->zero_pad = true;
        f->align = '=';
        f->fill = '0';
        i++;
    }
    f->width = number(text, &i);
    if (AT(i) == ',') {
        f->separator = ",";
        f->grouping = "\3";
        i++;
    }
    if (AT(i) == '.') {
        i++;
        if (AT(i) < '0' || AT(i) > '9')
            return false;
        f->precision = number(text, &i);
    }
    if (i < n) {
        uint32_t c = AT(i);
        i++;
        if (c >= 128 || !strchr("eEfFgGn%", (int)c))
            return false;
        f->type = (char)c;
        if (c == 'n') {
            if (*f->separator)
                return false;
            struct lconv *l = localeconv();
            f->point = l->decimal_point;
            f->separator = l->thousands_sep;
            f->grouping = l->grouping;
        }
    }
    return i == n && f->width < DEC_MAX_PREC && f->precision < DEC_MAX_PREC;
#undef AT
}

/* Make the exponent exp, however many digits that takes. */
static void rescale(struct num *a, int64_t exp, int round)
{
    if (a->exp >= exp) {
        num_mul_pow10(a->c, (uint64_t)(a->exp - exp));
    } else {
        int lost = num_div_pow10(a->c, exp - a->exp, num_digits(a));
        if (num_round_up(round, lost, a->c, a->neg))
            mpz_add_ui(a->c, a->c, 1);
    }
    a->exp = exp;
    a->digits = 0;
}
/* Round or pad to so many significant digits. */
static void to_digits(struct num *a, int64_t places, int round)
{
    if (mpz_sgn(a->c) == 0)
        return;
    int64_t adj = num_adj(a);
    rescale(a, adj + 1 - places, round);
    if (num_adj(a) != adj)
        rescale(a, num_adj(a) + 1 - places, round);
}
/* The digits before the point with separators between groups, at least `min` characters wide (zeros). */
static char *grouped(const char *digits, size_t n, const struct spec *f, int64_t min)
{
    size_t sep = strlen(f->separator);
    int64_t chars = (int64_t)n;
    size_t room = (n + (size_t)(min > 0 ? min : 0)) * (1 + sep) + 8;
    char *buf = rt_raw_malloc(room), *p;
    if (!buf)
        return NULL;
    p = buf + room;
    *--p = 0;
    int64_t width = 0;
    const char *g = f->grouping;
    int left = sep && *g && *g != 127 ? *g : -1;
    while (chars > 0 || width < min) {
        if (left == 0) { /* a group is full */
            if (width + 1 >= min && chars == 0) {
                /* one character is missing: a zero goes beyond the separator */
                if (width >= min)
                    break;
            }
            p -= sep;
            memcpy(p, f->separator, sep);
            width++;
            if (g[1] == 127)
                left = -1;
            else if (g[1])
                left = *++g;
            else
                left = *g;
            if (left != 0 && chars == 0 && width >= min) {
                *--p = '0';
                width++;
                break;
            }
        }
        *--p = chars > 0 ? digits[--chars] : '0';
        width++;
        if (left > 0)
            left--;
    }
    memmove(buf, p, strlen(p) + 1);
    return buf;
}
static int64_t utf8_length(const char *s)
{
    int64_t n = 0;
    for (; *s; s++)
        n += (*s & 0xc0) != 0x80;
    return n;
}
static rt_value aligned(struct rt_thread *ts, const char *sign, const char *body, const struct spec *f, uint32_t fill, char align)
{
    struct rt_strbuf b;
    int64_t pad = f->width - (int64_t)strlen(sign) - utf8_length(body);
    size_t left = 0, mid = 0, right = 0;
    if (pad > 0) {
        size_t n = (size_t)pad;
        left = align == '>' ? n : align == '^' ? n / 2 : 0;
        mid = align == '=' ? n : 0;
        right = n - left - mid;
    }
    rt_value text = rt_str_from_utf8(ts, body, strlen(body), NULL);
    if (rt_is_null(text))
        return text;
    rt_strbuf_init(&b);
    bool ok = rt_strbuf_fill(ts, &b, fill, left) == 0 && rt_strbuf_ascii(ts, &b, sign, strlen(sign)) == 0 &&
              rt_strbuf_fill(ts, &b, fill, mid) == 0 && rt_strbuf_str(ts, &b, text) == 0 && rt_strbuf_fill(ts, &b, fill, right) == 0;
    rt_decref(ts, text);
    if (!ok) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, &b);
}
static const char *sign_of(const struct spec *f, bool neg) { return neg ? "-" : f->sign == '-' ? "" : f->sign == '+' ? "+" : " "; }

static rt_value special(struct rt_thread *ts, struct num *a, const struct spec *f)
{
    size_t n;
    bool neg = a->neg;
    a->neg = false;
    char *s = num_to_string(a, false, true, &n), *t = s ? rt_raw_malloc(n + 2) : NULL;
    if (!t) {
        rt_raw_free(s);
        return rt_raise_no_memory(ts);
    }
    memcpy(t, s, n);
    strcpy(t + n, f->type == '%' ? "%" : "");
    rt_value r = aligned(ts, sign_of(f, neg), t, f, f->zero_pad ? ' ' : f->fill, f->zero_pad ? '>' : f->align);
    rt_raw_free(s);
    rt_raw_free(t);
    return r;
}
/* a is rounded already: lay its digits out. */
static rt_value format_finite(struct rt_thread *ts, const struct num *a, const struct spec *f, bool capital)
{
    bool fixed = f->type == 'f' || f->type == 'F' || f->type == '%', scientific = f->type == 'e' || f->type == 'E';
    int64_t digits = num_digits(a), left = a->exp + digits, dot;
    if (scientific)
        dot = mpz_sgn(a->c) == 0 && f->precision >= 0 ? 1 - f->precision : 1;
    else
        dot = fixed || (a->exp <= 0 && left > -6) ? left : 1;
    int64_t whole = dot > 0 ? dot : 0, pad_fraction = dot < 0 ? -dot : 0;
    char *s = rt_raw_malloc((size_t)digits + 2), *intpart = rt_raw_malloc((size_t)whole + 2), *group = NULL;
    char *fraction = rt_raw_malloc((size_t)(digits + pad_fraction) + strlen(f->point) + 40), *p = fraction, *body = NULL;
    rt_value r = RT_NULL;
    if (!s || !intpart || !fraction)
        goto out;
    mpz_get_str(s, 10, a->c);
    int64_t have = whole < digits ? whole : digits;
    memcpy(intpart, s, (size_t)have);
    memset(intpart + have, '0', (size_t)(whole - have));
    intpart[whole] = 0;
    if (whole == 0)
        strcpy(intpart, "0");
    if (digits > have || pad_fraction) {
        p = stpcpy(p, f->point);
        memset(p, '0', (size_t)pad_fraction);
        p += pad_fraction;
        memcpy(p, s + have, (size_t)(digits - have));
        p += digits - have;
    }
    if (left != dot || scientific)
        p += sprintf(p, "%c%+lld", capital ? 'E' : 'e', (long long)(left - dot));
    if (f->type == '%')
        *p++ = '%';
    *p = 0;
    bool neg = a->neg && !(f->no_negative_zero && mpz_sgn(a->c) == 0);
    const char *sign = sign_of(f, neg);
    int64_t min = f->zero_pad ? f->width - utf8_length(fraction) - (int64_t)strlen(sign) : 0;
    group = *f->separator ? grouped(intpart, strlen(intpart), f, min) : NULL;
    const char *head = group ? group : intpart;
    body = rt_raw_malloc(strlen(head) + strlen(fraction) + 1);
    if (!body)
        goto out;
    strcpy(stpcpy(body, head), fraction);
    r = aligned(ts, sign, body, f, f->fill, f->align);
out:
    if (rt_is_null(r) && !rt_pending(ts))
        rt_raise_no_memory(ts);
    rt_raw_free(s);
    rt_raw_free(intpart);
    rt_raw_free(group);
    rt_raw_free(fraction);
    rt_raw_free(body);
    return r;
}
/* The override dict: texts that replace the locale's. false: exception */
static bool override_text(struct rt_thread *ts, rt_value d, const char *key, const char **out, rt_value *keep)
{
    *keep = rt_is_null(d) ? RT_NULL : rt_dict_get_cstr(ts, d, key);
    if (rt_is_null(*keep))
        return !rt_pending(ts);
    const char *s = rt_is_str(*keep) ? rt_str_utf8(ts, *keep, NULL) : NULL;
    if (!s) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "bad argument type for built-in operation");
        return false;
    }
    *out = s;
    return true;
}
static bool apply_override(struct rt_thread *ts, struct spec *f, rt_value d, rt_value keep[3])
{
    if (rt_is_null(d))
        return true;
    if (!override_text(ts, d, "decimal_point", &f->point, &keep[0]) || !override_text(ts, d, "thousands_sep", &f->separator, &keep[1]) ||
        !override_text(ts, d, "grouping", &f->grouping, &keep[2]))
        return false;
    if (strlen(f->point) == 0 || strlen(f->point) > 4 || strlen(f->separator) > 4 || (f->grouping && (signed char)f->grouping[0] < 0)) {
        rt_raise(ts, &rt_exc_ValueError, "invalid override dict");
        return false;
    }
    return true;
}
/* format(d, ".2f") and its like: the text of the rounded number, which has no exponent with so few places. RT_NULL
   without an exception: not so simple. */
static rt_value few_places(struct rt_thread *ts, rt_value self, const struct spec *f, const struct dctx *current)
{
    struct dctx ctx = ctx_snapshot(current);
    if ((f->type != 'f' && f->type != 'F') || f->precision < 0 || f->precision > 6 || f->width || f->sign != '-' ||
        f->no_negative_zero || *f->separator)
        return RT_NULL;
    rt_store_relaxed(&ctx.traps, 0); /* and its flags are nobody's */
    ctx.prec = 37;
    rt_value d = dec_quantize_small(ts, (struct decimal *)rt_ptr(self), -f->precision, ctx.round, &ctx);
    rt_value r = rt_is_null(d) ? d : dec_text(ts, d, false, true);
    rt_decref(ts, d);
    return r;
}

rt_value dec_format(struct rt_thread *ts, rt_value self, rt_value text, rt_value override)
{
    rt_value keep[3] = {RT_NULL, RT_NULL, RT_NULL};
    struct spec f;
    struct num view, a;
    if (!parse(text, &f))
        return rt_raise(ts, &rt_exc_ValueError, "invalid format string");
    rt_value c = apply_override(ts, &f, override, keep) ? dec_current_context(ts) : RT_NULL;
    if (rt_is_null(c)) {
        for (int i = 0; i < 3; i++)
            rt_decref(ts, keep[i]);
        return c;
    }
    rt_value quick = override.bits && !rt_is_none(override) ? RT_NULL : few_places(ts, self, &f, &as_context(c)->c);
    if (quick.bits || rt_pending(ts)) {
        rt_decref(ts, c);
        return quick;
    }
    int round = as_context(c)->c.round;
    bool capital = f.type ? f.type == 'E' || f.type == 'G' || f.type == 'F' : as_context(c)->c.capitals;
    rt_decref(ts, c);
    dec_view(&view, self);
    num_init(&a);
    num_copy(&a, &view);
    rt_value r;
    if (num_special(&a)) {
        r = special(ts, &a, &f);
    } else {
        bool fixed = f.type == 'f' || f.type == 'F' || f.type == '%';
        if (f.type == '%')
            a.exp += 2;
        if (f.precision >= 0) {
            if (f.type == 'e' || f.type == 'E')
                to_digits(&a, f.precision + 1, round);
            else if (fixed)
                rescale(&a, -f.precision, round);
            else if (num_digits(&a) > (f.precision ? f.precision : 1))
                to_digits(&a, f.precision ? f.precision : 1, round);
        }
        if (mpz_sgn(a.c) == 0 && a.exp > 0 && fixed)
            rescale(&a, 0, round);
        r = format_finite(ts, &a, &f, capital);
    }
    num_free(&a);
    for (int i = 0; i < 3; i++)
        rt_decref(ts, keep[i]);
    return r;
}
