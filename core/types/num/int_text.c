/* SPDX-License-Identifier: MIT */
/*
 * int to text and back, in bases 2 to 36, on mpn_get_str and mpn_set_str.
 *
 * Conversions whose time is not linear (bases that are no powers of two) obey interp->int_max_str_digits
 * once they are longer than 640 digits.
 */
#include "core/base/gmp_guard.h"
#include "core/types/num/int_internal.h"

enum { LIMIT_THRESHOLD = 640 };

static const char digit_chars[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static int digit_value(unsigned c)
{
    if (c - '0' < 10)
        return (int)(c - '0');
    c |= 32;
    return c - 'a' < 26 ? (int)(c - 'a') + 10 : 99;
}

/* ---- to text ---------------------------------------------------------------------------------- */

static rt_value too_long(struct rt_thread *ts)
{
    return rt_raise(ts, &rt_exc_ValueError,
                    "Exceeds the limit (%d digits) for integer string conversion; "
                    "use sys.set_int_max_str_digits() to increase the limit",
                    (int)rt_load_relaxed(&ts->interp->int_max_str_digits));
}

static const char two_digits[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static rt_value small_to_decimal(struct rt_thread *ts, int64_t i)
{
    uint8_t tmp[24], *p = tmp + sizeof tmp;
    uint64_t u = i < 0 ? -(uint64_t)i : (uint64_t)i;
    while (u >= 100) {
        unsigned two = (unsigned)(u % 100) * 2;
        u /= 100;
        p -= 2;
        memcpy(p, two_digits + two, 2);
    }
    if (u >= 10) {
        p -= 2;
        memcpy(p, two_digits + u * 2, 2);
    } else {
        *--p = (uint8_t)('0' + u);
    }
    if (i < 0)
        *--p = '-';
    size_t n = (size_t)(tmp + sizeof tmp - p);
    if (n == 1)
        return rt_str_from_char(ts, *p);
    rt_value r = rt_str_alloc(ts, n, 0x7f);
    if (!rt_is_null(r))
        memcpy(rt_str_data(rt_as_str(r)), p, n);
    return r;
}

static size_t put_prefix(char *d, bool negative, int base, bool prefix)
{
    size_t n = 0;
    if (negative)
        d[n++] = '-';
    if (prefix && base != 10) {
        d[n++] = '0';
        d[n++] = base == 16 ? 'x' : base == 8 ? 'o' : 'b';
    }
    return n;
}

/* The digits of p's n limbs, which are overwritten, or 0 without memory. */
static RT_NOINLINE size_t digits_of(unsigned char *digits, int base, mp_limb_t *p, size_t n)
{
    struct rt_gmp_guard g;
    if (!RT_GMP_BEGIN(&g))
        return 0;
    size_t got = mpn_get_str(digits, base, p, (mp_size_t)n);
    rt_gmp_end(&g);
    return got;
}

static rt_value big_to_str(struct rt_thread *ts, const struct int_view *w, int base, bool prefix)
{
    uint32_t limit = rt_load_relaxed(&ts->interp->int_max_str_digits);
    bool limited = (base & (base - 1)) != 0 && limit > 0;
    size_t bits = w->n * 64;
    if (limited && (bits - 64) / 4 > limit && limit >= LIMIT_THRESHOLD) /* even at 4 bits a digit */
        return too_long(ts);
    size_t room = (size_t)((double)bits / __builtin_log2(base)) + 4;
    struct limbs s;
    unsigned char *digits = rt_raw_malloc(room);
    if (!digits)
        return rt_raise_no_memory(ts);
    if (rt_limbs_get(ts, &s, w->n + 1) < 0) {
        rt_raw_free(digits);
        return RT_NULL;
    }
    memcpy(s.p, w->limbs, w->n * 8);
    size_t n = w->n >= RT_GMP_BIG ? digits_of(digits, base, s.p, w->n) : mpn_get_str(digits, base, s.p, (mp_size_t)w->n), at = 0;
    rt_limbs_free(&s);
    if (n == 0) {
        rt_raw_free(digits);
        return rt_raise_no_memory(ts);
    }
    while (at + 1 < n && digits[at] == 0)
        at++;
    rt_value r = RT_NULL;
    if (limited && n - at > LIMIT_THRESHOLD && n - at > limit) {
        too_long(ts);
    } else {
        char head[4];
        size_t h = put_prefix(head, w->negative, base, prefix);
        r = rt_str_alloc(ts, h + n - at, 0x7f);
        if (!rt_is_null(r)) {
            char *d = rt_str_data(rt_as_str(r));
            memcpy(d, head, h);
            for (d += h; at < n; at++)
                *d++ = digit_chars[digits[at]];
        }
    }
    rt_raw_free(digits);
    return r;
}

rt_value rt_int_to_str(struct rt_thread *ts, rt_value v, int base, bool prefix)
{
    struct int_view w;
    if (rt_is_int(v) && base == 10)
        return small_to_decimal(ts, rt_int_get(v));
    rt_int_view(&w, v);
    if (w.n > 1)
        return big_to_str(ts, &w, base, prefix);
    char tmp[72], head[4], *p = tmp + sizeof tmp;
    uint64_t u = w.n ? w.limbs[0] : 0;
    unsigned shift = base == 16 ? 4 : base == 2 ? 1 : base == 8 ? 3 : 0;
    if (shift) {
        do {
            *--p = digit_chars[u & ((unsigned)base - 1)];
            u >>= shift;
        } while (u);
    } else {
        do {
            *--p = digit_chars[u % (unsigned)base];
            u /= (unsigned)base;
        } while (u);
    }
    size_t h = put_prefix(head, w.negative, base, prefix);
    p -= h;
    memcpy(p, head, h);
    h = (size_t)(tmp + sizeof tmp - p);
    if (h == 1)
        return rt_str_from_char(ts, (uint8_t)*p);
    rt_value r = rt_str_alloc(ts, h, 0x7f);
    if (!rt_is_null(r))
        memcpy(rt_str_data(rt_as_str(r)), p, h);
    return r;
}

rt_value rt_int_repr(struct rt_thread *ts, rt_value v) { return rt_int_to_str(ts, v, 10, false); }

/* ---- from text -------------------------------------------------------------------------------- */

enum parse_status { PARSE_OK, PARSE_BAD, PARSE_RAISED };

static RT_NOINLINE size_t limbs_of(mp_limb_t *p, const unsigned char *digits, size_t n, int base)
{
    struct rt_gmp_guard g;
    if (!RT_GMP_BEGIN(&g))
        return 0;
    size_t got = (size_t)mpn_set_str(p, digits, n, base);
    rt_gmp_end(&g);
    return got;
}

/* Digits (values, no underscores) to an int. */
static rt_value from_digits(struct rt_thread *ts, const unsigned char *digits, size_t n, int base, bool negative)
{
    while (n && *digits == 0) {
        digits++;
        n--;
    }
    struct limbs s;
    size_t room = (size_t)((double)n * __builtin_log2(base) / 64) + 2;
    if (n == 0)
        return rt_int_imm(0);
    if (rt_limbs_get(ts, &s, room) < 0)
        return RT_NULL;
    size_t got = room >= RT_GMP_BIG ? limbs_of(s.p, digits, n, base) : (size_t)mpn_set_str(s.p, digits, n, base);
    rt_value r = got == 0 ? rt_raise_no_memory(ts) : rt_int_from_limbs(ts, (const uint64_t *)s.p, got, negative);
    rt_limbs_free(&s);
    return r;
}

static bool check_limit(struct rt_thread *ts, size_t n, int base)
{
    uint32_t limit = rt_load_relaxed(&ts->interp->int_max_str_digits);
    if (n <= LIMIT_THRESHOLD || (base & (base - 1)) == 0 || limit == 0 || n <= limit)
        return true;
    rt_raise(ts, &rt_exc_ValueError,
             "Exceeds the limit (%d digits) for integer string conversion: value has %zd digits; "
             "use sys.set_int_max_str_digits() to increase the limit",
             (int)limit, n);
    return false;
}

/* The digits of a literal, '_' among them, and what was said before them. */
struct literal {
    const char *s, *end;
    int base;
    bool negative, zero_only; /* zero_only: "010" is no Python literal, "00" is */
};

/* White space at both ends, the sign and the base's prefix are taken off; false: no digit is left, or a '_' at an end. */
RT_INLINE bool strip_to_digits(struct literal *l)
{
    const char *s = l->s, *end = l->end;
    while (s < end && (*s == ' ' || (*s >= '\t' && *s <= '\r')))
        s++;
    while (s < end && (end[-1] == ' ' || (end[-1] >= '\t' && end[-1] <= '\r')))
        end--;
    if (s < end && (*s == '+' || *s == '-'))
        l->negative = *s++ == '-';
    int named = 0;
    if (end - s > 1 && s[0] == '0') {
        char c = s[1] | 32;
        named = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
    }
    if (l->base == 0) {
        if (named) {
            l->base = named;
        } else {
            l->zero_only = s < end && *s == '0';
            l->base = 10;
        }
    } else if (named != l->base) {
        named = 0;
    }
    if (named) {
        s += 2;
        if (s < end && *s == '_')
            s++;
    }
    l->s = s;
    l->end = end;
    return s != end && *s != '_' && end[-1] != '_';
}

/* The values of the digits, without '_'; how many, or -1: not a literal. */
static int64_t digit_values(const struct literal *l, unsigned char *digits)
{
    int64_t count = 0;
    bool nonzero = false;
    for (const char *p = l->s; p < l->end; p++) {
        if (*p == '_') {
            if (p[1] == '_')
                return -1;
            continue;
        }
        int d = digit_value((unsigned char)*p);
        if (d >= l->base)
            return -1;
        nonzero |= d != 0;
        digits[count++] = (unsigned char)d;
    }
    return l->zero_only && nonzero ? -1 : count;
}

/* s is ASCII with white space at both ends allowed. */
static enum parse_status parse(struct rt_thread *ts, const char *s, size_t n, int base, rt_value *out)
{
    struct literal l = {.s = s, .end = s + n, .base = base};
    if (!strip_to_digits(&l))
        return PARSE_BAD;
    size_t room = (size_t)(l.end - l.s);
    /* the fast way for what fits a word */
    uint64_t acc = 0;
    if (room <= 18 && l.base <= 10) {
        const char *p = l.s;
        while (p < l.end && (unsigned)digit_value((unsigned char)*p) < (unsigned)l.base)
            acc = acc * (unsigned)l.base + (unsigned)(*p++ - '0');
        if (p == l.end && !(l.zero_only && acc)) {
            *out = rt_int_imm(l.negative ? -(int64_t)acc : (int64_t)acc);
            return PARSE_OK;
        }
    }
    unsigned char local[256], *digits = room > sizeof local ? rt_raw_malloc(room) : local;
    if (!digits) {
        rt_raise_no_memory(ts);
        return PARSE_RAISED;
    }
    enum parse_status status = PARSE_BAD;
    int64_t count = digit_values(&l, digits);
    if (count >= 0) {
        *out = check_limit(ts, (size_t)count, l.base) ? from_digits(ts, digits, (size_t)count, l.base, l.negative) : RT_NULL;
        status = rt_is_null(*out) ? PARSE_RAISED : PARSE_OK;
    }
    if (digits != local)
        rt_raw_free(digits);
    return status;
}

static rt_value bad_literal(struct rt_thread *ts, int base, rt_value v)
{
    return rt_raise(ts, &rt_exc_ValueError, "invalid literal for int() with base %d: %.200R", base, v);
}

rt_value rt_int_parse(struct rt_thread *ts, const char *s, size_t n, int base)
{
    rt_value r;
    enum parse_status status = parse(ts, s, n, base, &r);
    if (status == PARSE_OK)
        return r;
    if (status == PARSE_BAD) {
        rt_value b = rt_bytes_new(ts, s, n);
        if (!rt_is_null(b))
            bad_literal(ts, base, b);
        rt_decref(ts, b);
    }
    return RT_NULL;
}

char *rt_num_to_ascii(struct rt_thread *ts, rt_value str, char *local, size_t room, size_t *n)
{
    struct rt_str *s = rt_as_str(str);
    *n = s->length;
    if (s->ascii)
        return rt_str_data(s);
    char *out = s->length < room ? local : rt_raw_malloc(s->length + 1);
    if (!out) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = rt_str_at(s, i);
        int d;
        if (c < 128)
            out[i] = (char)c;
        else if (rt_unicode_is_space(c))
            out[i] = ' ';
        else
            out[i] = (d = rt_unicode_decimal(c)) >= 0 ? (char)('0' + d) : '?';
    }
    out[s->length] = 0;
    return out;
}

rt_value rt_int_parse_str(struct rt_thread *ts, rt_value str, int base)
{
    char local[128];
    size_t n;
    char *s = rt_num_to_ascii(ts, str, local, sizeof local, &n);
    if (!s)
        return RT_NULL;
    rt_value r = RT_NULL;
    enum parse_status status = parse(ts, s, n, base, &r);
    if (status == PARSE_BAD)
        r = bad_literal(ts, base, str);
    else if (status != PARSE_OK)
        r = RT_NULL;
    if (s != local && !rt_as_str(str)->ascii)
        rt_raw_free(s);
    return r;
}
