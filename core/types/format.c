/* SPDX-License-Identifier: MIT */
/*
 * The format mini-language of PEP 3101 for str, int, float and complex.
 *
 * A spec is parsed once into struct nspec; numbers are laid out by put_number: sign, prefix, grouped and
 * zero-padded digits, then whatever follows the digits, then the padding around it all.
 */
#include "core/types/num/int_internal.h"

#include <locale.h>
#include <math.h>

struct nspec {
    uint32_t fill, align, sign, type;
    bool alt, no_neg_0, align_given, fill_given;
    char separator; /* 0, ',' or '_' */
    int64_t width, precision; /* -1: absent */
};

struct grouping {
    const char *point, *separator, *sizes;
};

/* ---- parsing ---------------------------------------------------------------------------------- */

static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

static int read_number(struct rt_thread *ts, const struct rt_str *s, size_t *i, int64_t *out)
{
    int64_t v = 0;
    size_t start = *i;
    for (; *i < s->length; ++*i) {
        int d = rt_unicode_decimal(rt_str_at(s, *i));
        if (d < 0)
            break;
        if (v > (INT64_MAX - d) / 10) {
            rt_raise(ts, &rt_exc_ValueError, "Too many decimal digits in format string");
            return -1;
        }
        v = v * 10 + d;
    }
    if (*i > start)
        *out = v;
    return (int)(*i > start);
}

static rt_value bad_separator(struct rt_thread *ts, char sep, uint32_t type)
{
    if (type > 32 && type < 128)
        return rt_raise(ts, &rt_exc_ValueError, "Cannot specify '%c' with '%c'.", sep, (int)type);
    return rt_raise(ts, &rt_exc_ValueError, "Cannot specify '%c' with '\\x%x'.", sep, type);
}

static int read_separator(struct rt_thread *ts, const struct rt_str *s, size_t *i, struct nspec *f)
{
    if (*i < s->length && rt_str_at(s, *i) == ',') {
        f->separator = ',';
        ++*i;
    }
    if (*i < s->length && rt_str_at(s, *i) == '_') {
        if (f->separator) {
            rt_raise(ts, &rt_exc_ValueError, "Cannot specify both ',' and '_'.");
            return -1;
        }
        f->separator = '_';
        ++*i;
    }
    if (*i < s->length && rt_str_at(s, *i) == ',' && f->separator == '_') {
        rt_raise(ts, &rt_exc_ValueError, "Cannot specify both ',' and '_'.");
        return -1;
    }
    return 0;
}

/* Fill and alignment, where they are given; how many characters they take. */
static size_t read_align(const struct rt_str *s, struct nspec *f)
{
    size_t n = s->length;
    if (n >= 2 && is_align(rt_str_at(s, 1))) {
        f->fill = rt_str_at(s, 0);
        f->align = rt_str_at(s, 1);
        f->fill_given = f->align_given = true;
        return 2;
    }
    if (n >= 1 && is_align(rt_str_at(s, 0))) {
        f->align = rt_str_at(s, 0);
        f->align_given = true;
        return 1;
    }
    return 0;
}

/* Not every presentation type groups its digits. */
static int check_separator(struct rt_thread *ts, const struct nspec *f)
{
    uint32_t t = f->type;
    bool fine = t == 0 || (t < 128 && strchr("defgEG%F", (int)t) != NULL);
    if (!fine && f->separator == '_')
        fine = t == 'b' || t == 'o' || t == 'x' || t == 'X';
    if (!fine)
        bad_separator(ts, f->separator, t);
    return fine ? 0 : -1;
}

static int parse_spec(struct rt_thread *ts, rt_value spec, rt_value o, uint32_t type, uint32_t align, struct nspec *f)
{
    struct rt_str *s = rt_as_str(spec);
    *f = (struct nspec){.fill = ' ', .align = align, .type = type, .width = -1, .precision = -1};
    size_t n = s->length, i = read_align(s, f);
#define NEXT_IS(c) (i < n && rt_str_at(s, i) == (c))
    if (NEXT_IS('+') || NEXT_IS('-') || NEXT_IS(' '))
        f->sign = rt_str_at(s, i++);
    if (NEXT_IS('z')) {
        f->no_neg_0 = true;
        i++;
    }
    if (NEXT_IS('#')) {
        f->alt = true;
        i++;
    }
    if (!f->fill_given && NEXT_IS('0')) {
        f->fill = '0';
        if (!f->align_given && align == '>')
            f->align = '=';
        i++;
    }
    if (read_number(ts, s, &i, &f->width) < 0 || read_separator(ts, s, &i, f) < 0)
        return -1;
    if (NEXT_IS('.')) {
        i++;
        int rc = read_number(ts, s, &i, &f->precision);
        if (rc < 0)
            return -1;
        if (rc == 0) {
            rt_raise(ts, &rt_exc_ValueError, "Format specifier missing precision");
            return -1;
        }
    }
#undef NEXT_IS
    if (n - i > 1) {
        rt_raise(ts, &rt_exc_ValueError, "Invalid format specifier '%U' for object of type '%.200s'", spec,
                 rt_typename(o));
        return -1;
    }
    if (n - i == 1)
        f->type = rt_str_at(s, i);
    return f->separator ? check_separator(ts, f) : 0;
}

static rt_value unknown_type(struct rt_thread *ts, uint32_t type, rt_value o)
{
    const char *name = rt_typename(o);
    if (type > 32 && type < 128)
        return rt_raise(ts, &rt_exc_ValueError, "Unknown format code '%c' for object of type '%.200s'", (int)type, name);
    return rt_raise(ts, &rt_exc_ValueError, "Unknown format code '\\x%x' for object of type '%.200s'", type, name);
}

/* ---- layout ----------------------------------------------------------------------------------- */

struct number {
    char sign;              /* 0: none */
    const char *prefix;     /* "0x" */
    const char *digits;     /* the digits before the point */
    size_t ndigits;
    const char *rest;       /* after the digits: a point (shown as the locale's), then more */
    size_t nrest;
    bool point;             /* rest begins with the point */
    uint32_t character;     /* type 'c': the only thing shown */
    bool is_char;
};

static void get_grouping(const struct nspec *f, struct grouping *g)
{
    if (f->type == 'n') {
        struct lconv *lc = localeconv();
        *g = (struct grouping){lc->decimal_point, lc->thousands_sep, lc->grouping};
    } else if (f->separator) {
        bool four = f->separator == '_' && f->type < 128 && f->type && strchr("boxX", (int)f->type);
        *g = (struct grouping){".", f->separator == ',' ? "," : "_", four ? "\4" : "\3"};
    } else {
        *g = (struct grouping){".", "", ""};
    }
}

/* Digits with separators, at least min_width wide (zeros in front), written backwards from end.
   With out NULL only counts. Separators are one byte here; a locale's longer one is put whole. */
static size_t group_digits(char *end, const char *digits, size_t n, int64_t min_width, const struct grouping *g)
{
    size_t total = 0, seplen = strlen(g->separator);
    int64_t remaining = (int64_t)n;
    const char *sizes = g->sizes;
    int64_t size = 0;
    bool first = true, more = seplen && sizes[0];
    for (;;) {
        if (more) {
            if (*sizes == 0) {
                /* the last size repeats */
            } else if (*sizes == 127) {
                more = false;
                size = 0;
            } else {
                size = *sizes++;
            }
        }
        int64_t want = remaining > min_width ? remaining : min_width;
        if (want < 1)
            want = 1;
        int64_t l = more && size < want ? size : want;
        if (!first)
            for (size_t k = seplen; k-- > 0; total++)
                if (end)
                    *--end = g->separator[k];
        for (int64_t k = 0; k < l; k++, total++) {
            char c = k < remaining ? digits[remaining - 1 - k] : '0';
            if (end)
                *--end = c;
        }
        first = false;
        remaining -= l < remaining ? l : remaining;
        min_width -= l;
        if (remaining <= 0 && min_width <= 0)
            return total;
        min_width -= (int64_t)seplen;
    }
}

static int put_fill(struct rt_thread *ts, struct rt_strbuf *b, uint32_t fill, int64_t n)
{
    return n > 0 ? rt_strbuf_fill(ts, b, fill, (size_t)n) : 0;
}

static int put_utf8_text(struct rt_thread *ts, struct rt_strbuf *b, const char *s, size_t n)
{
    rt_value v = rt_str_from_utf8(ts, s, n, "surrogateescape");
    int rc = rt_is_null(v) ? -1 : rt_strbuf_str(ts, b, v);
    rt_decref(ts, v);
    return rc;
}

static int put_digits(struct rt_thread *ts, struct rt_strbuf *b, const struct number *x, int64_t min_width,
                      const struct grouping *g, size_t width)
{
    if (!*g->separator)
        return put_fill(ts, b, '0', (int64_t)(width - x->ndigits)) < 0 ? -1 : rt_strbuf_ascii(ts, b, x->digits, x->ndigits);
    char *tmp = rt_raw_malloc(width + 1);
    if (!tmp) {
        rt_raise_no_memory(ts);
        return -1;
    }
    group_digits(tmp + width, x->digits, x->ndigits, min_width, g);
    int rc = put_utf8_text(ts, b, tmp, width);
    rt_raw_free(tmp);
    return rc;
}

#define RT_FORMAT_MAX ((int64_t)1 << 36)

static int put_number(struct rt_thread *ts, struct rt_strbuf *b, const struct nspec *f, const struct number *x)
{
    struct grouping g;
    get_grouping(f, &g);
    char sign = x->sign;
    if (!sign && (f->sign == '+' || f->sign == ' '))
        sign = (char)f->sign;
    size_t nprefix = x->prefix ? strlen(x->prefix) : 0, npoint = x->point ? strlen(g.point) : 0;
    size_t nrest = x->nrest - x->point;
    int64_t fixed = (sign != 0) + (int64_t)(nprefix + npoint + nrest) + x->is_char;
    int64_t min_width = f->fill == '0' && f->align == '=' ? f->width - fixed : 0;
    if (min_width > RT_FORMAT_MAX) { /* counted digit by digit below; no machine holds the text */
        rt_raise_no_memory(ts);
        return -1;
    }
    size_t ngrouped = x->ndigits;
    if (*g.separator && ngrouped)
        ngrouped = group_digits(NULL, x->digits, x->ndigits, min_width, &g);
    else if (ngrouped && min_width > (int64_t)ngrouped)
        ngrouped = (size_t)min_width;
    int64_t pad = f->width - (fixed + (int64_t)ngrouped), left = 0, inner = 0;
    if (pad < 0)
        pad = 0;
    if (f->align == '>')
        left = pad;
    else if (f->align == '^')
        left = pad / 2;
    else if (f->align == '=')
        inner = pad;
    int64_t right = pad - left - inner;
    if (put_fill(ts, b, f->fill, left) < 0 || (sign && rt_strbuf_char(ts, b, (uint32_t)(uint8_t)sign) < 0))
        return -1;
    if (nprefix && rt_strbuf_ascii(ts, b, x->prefix, nprefix) < 0)
        return -1;
    if (put_fill(ts, b, f->fill, inner) < 0)
        return -1;
    if (x->ndigits && put_digits(ts, b, x, min_width, &g, ngrouped) < 0)
        return -1;
    if (x->is_char && rt_strbuf_char(ts, b, x->character) < 0)
        return -1;
    if (npoint && put_utf8_text(ts, b, g.point, npoint) < 0)
        return -1;
    if (nrest && rt_strbuf_ascii(ts, b, x->rest + x->point, nrest) < 0)
        return -1;
    return put_fill(ts, b, f->fill, right);
}

static rt_value finish(struct rt_thread *ts, struct rt_strbuf *b, int rc)
{
    if (rc < 0) {
        rt_strbuf_abort(b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, b);
}

/* ---- str -------------------------------------------------------------------------------------- */

rt_value rt_format_str(struct rt_thread *ts, rt_value v, rt_value spec)
{
    struct nspec f;
    const char *problem = NULL;
    if (parse_spec(ts, spec, v, 's', '<', &f) < 0)
        return RT_NULL;
    if (f.type != 's')
        return unknown_type(ts, f.type, v);
    if (f.sign)
        problem = f.sign == ' ' ? "Space not allowed in string format specifier"
                                : "Sign not allowed in string format specifier";
    else if (f.no_neg_0)
        problem = "Negative zero coercion (z) not allowed in string format specifier";
    else if (f.alt)
        problem = "Alternate form (#) not allowed in string format specifier";
    else if (f.align == '=')
        problem = "'=' alignment not allowed in string format specifier";
    if (problem)
        return rt_raise(ts, &rt_exc_ValueError, "%s", problem);
    size_t len = rt_str_len(v);
    if (f.precision >= 0 && (size_t)f.precision < len)
        len = (size_t)f.precision;
    int64_t pad = f.width > (int64_t)len ? f.width - (int64_t)len : 0;
    int64_t left = f.align == '>' ? pad : f.align == '^' ? pad / 2 : 0;
    if (pad == 0)
        return rt_str_sub(ts, v, 0, len);
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    int rc = put_fill(ts, &b, f.fill, left);
    if (rc == 0)
        rc = rt_strbuf_sub(ts, &b, v, 0, len);
    if (rc == 0)
        rc = put_fill(ts, &b, f.fill, pad - left);
    return finish(ts, &b, rc);
}

/* ---- float ------------------------------------------------------------------------------------ */

/* Text of d, in local when it fits, else raw memory. */
static char *double_text(struct rt_thread *ts, double d, char code, int64_t precision, unsigned flags, char *local,
                         size_t room, size_t *n)
{
    if (precision > INT32_MAX) {
        rt_raise(ts, &rt_exc_ValueError, "precision too big");
        return NULL;
    }
    *n = rt_dtoa_format(d, code, (int)precision, flags, local, room);
    if (*n < room)
        return local;
    char *s = rt_raw_malloc(*n + 1);
    if (!s) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    rt_dtoa_format(d, code, (int)precision, flags, s, *n + 1);
    return s;
}

/* Split text into sign, digits, rest. */
static void split_text(const char *s, size_t n, bool no_neg_0, struct number *x)
{
    size_t i = 0;
    *x = (struct number){0};
    if (n && s[0] == '-') {
        x->sign = '-';
        i = 1;
    }
    size_t start = i;
    while (i < n && s[i] >= '0' && s[i] <= '9')
        i++;
    x->digits = s + start;
    x->ndigits = i - start;
    x->rest = s + i;
    x->nrest = n - i;
    x->point = i < n && s[i] == '.';
    if (no_neg_0 && x->sign && x->ndigits) {
        bool zero = true;
        for (size_t k = start; k < n && s[k] != 'e' && s[k] != 'E' && s[k] != '%'; k++)
            zero &= s[k] == '0' || s[k] == '.';
        if (zero)
            x->sign = 0;
    }
}

static int format_double(struct rt_thread *ts, struct rt_strbuf *b, double d, const struct nspec *f)
{
    char local[400], code = f->type == 'n' ? 'g' : (char)f->type;
    int64_t precision = f->precision;
    unsigned flags = f->alt ? RT_DTOA_ALT : 0;
    size_t n;
    if (f->type == 0) {
        flags |= RT_DTOA_ADD_DOT_0;
        code = precision < 0 ? 'r' : 'g';
    }
    if (precision < 0)
        precision = code == 'r' ? 0 : 6;
    char *s = double_text(ts, d, code, precision, flags, local, sizeof local, &n);
    if (!s)
        return -1;
    struct number x;
    split_text(s, n, f->no_neg_0, &x);
    int rc = put_number(ts, b, f, &x);
    if (s != local)
        rt_raw_free(s);
    return rc;
}

static bool is_float_code(uint32_t t) { return t == 0 || (t < 128 && strchr("eEfFgGn%", (int)t)); }

static rt_value format_float_spec(struct rt_thread *ts, double d, const struct nspec *f)
{
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    return finish(ts, &b, format_double(ts, &b, d, f));
}

rt_value rt_format_float(struct rt_thread *ts, rt_value v, rt_value spec)
{
    struct nspec f;
    if (parse_spec(ts, spec, v, 0, '>', &f) < 0)
        return RT_NULL;
    if (!is_float_code(f.type))
        return unknown_type(ts, f.type, v);
    return format_float_spec(ts, rt_float_value(v), &f);
}

/* ---- int -------------------------------------------------------------------------------------- */

static rt_value format_int_char(struct rt_thread *ts, rt_value v, const struct nspec *f)
{
    int64_t c;
    if (f->sign)
        return rt_raise(ts, &rt_exc_ValueError, "Sign not allowed with integer format specifier 'c'");
    if (f->alt)
        return rt_raise(ts, &rt_exc_ValueError, "Alternate form (#) not allowed with integer format specifier 'c'");
    c = rt_as_i64(ts, v);
    if (c == -1 && rt_pending(ts))
        return RT_NULL;
    if (c < 0 || c > 0x10ffff)
        return rt_raise(ts, &rt_exc_OverflowError, "%%c arg not in range(0x110000)");
    struct number x = {.is_char = true, .character = (uint32_t)c};
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    return finish(ts, &b, put_number(ts, &b, f, &x));
}

static rt_value format_int_spec(struct rt_thread *ts, rt_value v, const struct nspec *f)
{
    if (f->precision >= 0)
        return rt_raise(ts, &rt_exc_ValueError, "Precision not allowed in integer format specifier");
    if (f->no_neg_0)
        return rt_raise(ts, &rt_exc_ValueError, "Negative zero coercion (z) not allowed in integer format specifier");
    if (f->type == 'c')
        return format_int_char(ts, v, f);
    int base = f->type == 'b' ? 2 : f->type == 'o' ? 8 : f->type == 'x' || f->type == 'X' ? 16 : 10;
    if (base == 10 && f->width < 0 && !f->sign && !f->separator && f->type != 'n')
        return rt_int_to_str(ts, v, 10, false);
    rt_value text = rt_int_to_str(ts, v, base, false);
    if (rt_is_null(text))
        return text;
    char *s = rt_str_data(rt_as_str(text)); /* unpublished: may be changed in place unless a single digit */
    size_t n = rt_str_len(text);
    char upper[80], *free_me = NULL;
    if (f->type == 'X') {
        char *t = n <= sizeof upper ? upper : (free_me = rt_raw_malloc(n));
        if (!t) {
            rt_decref(ts, text);
            return rt_raise_no_memory(ts);
        }
        for (size_t i = 0; i < n; i++)
            t[i] = s[i] >= 'a' ? (char)(s[i] - 32) : s[i];
        s = t;
    }
    struct number x;
    split_text(s, n, false, &x);
    x.ndigits += x.nrest; /* hexadecimal digits are digits too */
    x.nrest = 0;
    if (f->alt && base != 10)
        x.prefix = base == 2 ? "0b" : base == 8 ? "0o" : f->type == 'X' ? "0X" : "0x";
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    int rc = put_number(ts, &b, f, &x);
    rt_raw_free(free_me);
    rt_decref(ts, text);
    return finish(ts, &b, rc);
}

rt_value rt_format_int(struct rt_thread *ts, rt_value v, rt_value spec)
{
    struct nspec f;
    if (parse_spec(ts, spec, v, 'd', '>', &f) < 0)
        return RT_NULL;
    if (f.type < 128 && f.type && strchr("bcdoxXn", (int)f.type))
        return format_int_spec(ts, v, &f);
    if (f.type && is_float_code(f.type)) {
        double d = rt_int_as_double(ts, v);
        return d == -1.0 && rt_pending(ts) ? RT_NULL : format_float_spec(ts, d, &f);
    }
    return unknown_type(ts, f.type, v);
}

/* ---- complex ---------------------------------------------------------------------------------- */

rt_value rt_format_complex(struct rt_thread *ts, rt_value v, rt_value spec)
{
    struct nspec f;
    struct rt_complex *c = (struct rt_complex *)rt_ptr(v);
    if (parse_spec(ts, spec, v, 0, '>', &f) < 0)
        return RT_NULL;
    if (!is_float_code(f.type) || f.type == '%')
        return unknown_type(ts, f.type, v);
    if (f.fill == '0')
        return rt_raise(ts, &rt_exc_ValueError, "Zero padding is not allowed in complex format specifier");
    if (f.align == '=')
        return rt_raise(ts, &rt_exc_ValueError, "'=' alignment flag is not allowed in complex format specifier");
    struct nspec one = f;
    one.width = -1;
    one.align = '<';
    one.fill = 0;
    bool skip_real = false, parens = false;
    if (f.type == 0) {
        one.type = f.precision < 0 ? 'r' : 'g';
        skip_real = c->real == 0.0 && !signbit(c->real);
        parens = !skip_real;
    }
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    int rc = parens ? rt_strbuf_char(ts, &b, '(') : 0;
    if (rc == 0 && !skip_real)
        rc = format_double(ts, &b, c->real, &one);
    if (!skip_real)
        one.sign = '+';
    if (rc == 0)
        rc = format_double(ts, &b, c->imag, &one);
    if (rc == 0)
        rc = rt_strbuf_char(ts, &b, 'j');
    if (rc == 0 && parens)
        rc = rt_strbuf_char(ts, &b, ')');
    rt_value text = finish(ts, &b, rc);
    if (rt_is_null(text) || f.width <= (int64_t)rt_str_len(text))
        return text;
    int64_t pad = f.width - (int64_t)rt_str_len(text), left = f.align == '>' ? pad : f.align == '^' ? pad / 2 : 0;
    rt_strbuf_init(&b);
    rc = put_fill(ts, &b, f.fill, left);
    if (rc == 0)
        rc = rt_strbuf_str(ts, &b, text);
    if (rc == 0)
        rc = put_fill(ts, &b, f.fill, pad - left);
    rt_decref(ts, text);
    return finish(ts, &b, rc);
}
