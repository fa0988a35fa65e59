/* SPDX-License-Identifier: MIT */
/*
 * The JSON scanner for one kind of text: included by json_scan.c with UNIT (the type of a unit), KIND
 * (its bytes) and NAME(x). Positions are indexes; every function gives the position after what it read
 * in *next and RT_NULL on error.
 */
static rt_value NAME(value)(struct rt_thread *ts, struct scan *c, size_t at, size_t *next);

RT_INLINE size_t NAME(space)(const struct scan *c, size_t i)
{
    const UNIT *s = c->data;
    while (i < c->n && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t'))
        i++;
    return i;
}

/* First quote, backslash or (strict) control character at or after i, or n. */
RT_INLINE size_t NAME(plain_end)(const UNIT *s, size_t i, size_t n, bool strict)
{
#ifdef __SSE2__
    if (KIND == 1) {
        for (; i + 16 <= n; i += 16) {
            __m128i x = _mm_loadu_si128((const void *)(s + i));
            __m128i q = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')),
                                     _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
            if (strict)
                q = _mm_or_si128(q, _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x));
            unsigned mask = (unsigned)_mm_movemask_epi8(q);
            if (mask)
                return i + (unsigned)__builtin_ctz(mask);
        }
    }
#endif
    while (i < n && s[i] != '"' && s[i] != '\\' && (!strict || s[i] > 0x1f))
        i++;
    return i;
}

/* Four hexadecimal digits at i, or -1. */
static int32_t NAME(hex4)(const struct scan *c, size_t i)
{
    const UNIT *s = c->data;
    int32_t v = 0;
    if (i + 4 > c->n)
        return -1;
    for (size_t k = i; k < i + 4; k++) {
        UNIT d = s[k];
        if (d >= '0' && d <= '9')
            v = v << 4 | (d - '0');
        else if ((d | 32) >= 'a' && (d | 32) <= 'f')
            v = v << 4 | ((d | 32) - 'a' + 10);
        else
            return -1;
    }
    return v;
}

/* The escape after the backslash at i: its character, *next behind it; -1 with an exception. */
static int32_t NAME(escape)(struct rt_thread *ts, struct scan *c, size_t i, size_t begin, size_t *next)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const UNIT *s = c->data;
    if (++i >= c->n) {
        fail(ts, c, "Unterminated string starting at", begin);
        return -1;
    }
    if (s[i] != 'u') {
        const char *p = s[i] && s[i] < 128 ? strchr(from, (int)s[i]) : NULL;
        *next = i + 1;
        if (p)
            return to[p - from];
        fail(ts, c, "Invalid \\escape", i - 1);
        return -1;
    }
    int32_t v = NAME(hex4)(c, i + 1);
    if (v < 0 || i + 5 >= c->n) { /* a string cannot end with its escape */
        fail(ts, c, "Invalid \\uXXXX escape", i);
        return -1;
    }
    *next = i + 5;
    if (v >= 0xd800 && v < 0xdc00 && i + 11 < c->n && s[i + 5] == '\\' && s[i + 6] == 'u') {
        int32_t low = NAME(hex4)(c, i + 7);
        if (low < 0) {
            fail(ts, c, "Invalid \\uXXXX escape", i + 6);
            return -1;
        }
        if (low >= 0xdc00 && low < 0xe000) {
            *next = i + 11;
            return 0x10000 + ((v - 0xd800) << 10 | (low - 0xdc00));
        }
    }
    return v;
}

static rt_value NAME(substring)(struct rt_thread *ts, struct scan *c, size_t from, size_t to)
{
    const UNIT *s = c->data;
    if (from == to)
        return rt_str_empty();
    if (KIND == 1 && c->ascii && to - from > 1) {
        rt_value r = rt_str_alloc(ts, to - from, 0x7f);
        if (!rt_is_null(r))
            memcpy(rt_str_data(rt_as_str(r)), s + from, to - from);
        return r;
    }
    return rt_str_from_kind(ts, KIND, s + from, to - from);
}

/* The rest of a string that has escapes: [from, i) is plain. */
static RT_NOINLINE rt_value NAME(string_slow)(struct rt_thread *ts, struct scan *c, size_t from,
                                              size_t i, bool strict, size_t *next)
{
    const UNIT *s = c->data;
    struct rt_strbuf b;
    size_t begin = from - 1;
    rt_strbuf_init(&b);
    for (;;) {
        if (i > from && rt_strbuf_sub(ts, &b, c->str, from, i) < 0)
            goto error;
        if (i >= c->n) {
            fail(ts, c, "Unterminated string starting at", begin);
            goto error;
        }
        if (s[i] == '"') {
            *next = i + 1;
            return rt_strbuf_finish(ts, &b);
        }
        if (s[i] != '\\') {
            fail(ts, c, "Invalid control character at", i);
            goto error;
        }
        int32_t ch = NAME(escape)(ts, c, i, begin, &from);
        if (ch < 0 || rt_strbuf_char(ts, &b, (uint32_t)ch) < 0)
            goto error;
        i = NAME(plain_end)(s, from, c->n, strict);
    }
error:
    rt_strbuf_abort(&b);
    return RT_NULL;
}

/* The string whose first character (after the quote) is at `from`. */
RT_INLINE rt_value NAME(string)(struct rt_thread *ts, struct scan *c, size_t from, bool strict,
                                size_t *next)
{
    const UNIT *s = c->data;
    size_t i = NAME(plain_end)(s, from, c->n, strict);
    if (rt_unlikely(i >= c->n || s[i] != '"'))
        return NAME(string_slow)(ts, c, from, i, strict, next);
    *next = i + 1;
    return NAME(substring)(ts, c, from, i);
}

/* A key: equal ones of one document are one object. */
static rt_value NAME(key)(struct rt_thread *ts, struct scan *c, size_t from, size_t *next)
{
    const UNIT *s = c->data;
    if (KIND == 1) {
        size_t i = NAME(plain_end)(s, from, c->n, c->strict);
        if (rt_likely(i < c->n && s[i] == '"' && i - from >= 1 && i - from <= 32)) {
            *next = i + 1;
            return memo_latin1(ts, c, (const uint8_t *)c->data + from, i - from);
        }
    }
    rt_value k = NAME(string)(ts, c, from, c->strict, next);
    return rt_is_null(k) ? k : memo_str(ts, c, k);
}

static rt_value NAME(object)(struct rt_thread *ts, struct scan *c, size_t i, size_t *next)
{
    const UNIT *s = c->data;
    struct members m = {.n = 0, .dict = RT_NULL, .pairs = !rt_is_none(c->self->pairs_hook)};
    i = NAME(space)(c, i);
    if (i < c->n && s[i] == '}') {
        *next = i + 1;
        return members_finish(ts, c, &m);
    }
    for (;;) {
        rt_value key, value;
        if (rt_unlikely(i >= c->n || s[i] != '"')) {
            fail(ts, c, "Expecting property name enclosed in double quotes", i);
            break;
        }
        key = NAME(key)(ts, c, i + 1, &i);
        if (rt_is_null(key))
            break;
        i = NAME(space)(c, i);
        if (rt_unlikely(i >= c->n || s[i] != ':')) {
            rt_decref(ts, key);
            fail(ts, c, "Expecting ':' delimiter", i);
            break;
        }
        i = NAME(space)(c, i + 1);
        value = NAME(value)(ts, c, i, &i);
        if (rt_is_null(value)) {
            rt_decref(ts, key);
            break;
        }
        if (members_add(ts, &m, key, value) < 0)
            break;
        i = NAME(space)(c, i);
        if (i < c->n && s[i] == '}') {
            *next = i + 1;
            return members_finish(ts, c, &m);
        }
        if (rt_unlikely(i >= c->n || s[i] != ',')) {
            fail(ts, c, "Expecting ',' delimiter", i);
            break;
        }
        i = NAME(space)(c, i + 1);
    }
    members_drop(ts, &m);
    return RT_NULL;
}

static rt_value NAME(array)(struct rt_thread *ts, struct scan *c, size_t i, size_t *next)
{
    const UNIT *s = c->data;
    struct items m = {.n = 0, .list = RT_NULL};
    i = NAME(space)(c, i);
    if (i < c->n && s[i] == ']') {
        *next = i + 1;
        return rt_list_new(ts, 0);
    }
    for (;;) {
        rt_value v = NAME(value)(ts, c, i, &i);
        if (rt_is_null(v) || items_add(ts, &m, v) < 0)
            break;
        i = NAME(space)(c, i);
        if (i < c->n && s[i] == ']') {
            *next = i + 1;
            return items_finish(ts, &m);
        }
        if (rt_unlikely(i >= c->n || s[i] != ',')) {
            fail(ts, c, "Expecting ',' delimiter", i);
            break;
        }
        i = NAME(space)(c, i + 1);
    }
    items_drop(ts, &m);
    return RT_NULL;
}

/* A number that the fast way did not finish: a call, a big int, a float by the careful way. */
static RT_NOINLINE rt_value NAME(number_slow)(struct rt_thread *ts, struct scan *c, size_t from,
                                              size_t to, bool is_float)
{
    const UNIT *s = c->data;
    rt_value hook = is_float ? c->self->parse_float : c->self->parse_int, r;
    if (!rt_is(hook, rt_type_value(is_float ? &rt_float_type : &rt_int_type))) {
        rt_value text = rt_str_from_kind(ts, KIND, s + from, to - from);
        if (rt_is_null(text))
            return text;
        r = rt_call1(ts, hook, text);
        rt_decref(ts, text);
        return r;
    }
    char local[64], *p = local;
    size_t n = to - from;
    if (n >= sizeof local && !(p = rt_raw_malloc(n + 1)))
        return rt_raise_no_memory(ts);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)s[from + i];
    p[n] = 0;
    if (is_float) {
        const char *end;
        double d = 0;
        rt_dtoa_parse(p, n, &d, &end);
        r = rt_float_new(ts, d);
    } else {
        r = rt_int_parse(ts, p, n, 10);
    }
    if (p != local)
        rt_raw_free(p);
    return r;
}

static rt_value NAME(number)(struct rt_thread *ts, struct scan *c, size_t from, size_t *next)
{
    const UNIT *s = c->data;
    size_t i = from, n = c->n, digits;
    bool negative = s[i] == '-', is_float = false;
    uint64_t m = 0;
    int scale = 0;
    if (negative && ++i >= n)
        return not_here(ts, from);
    digits = i;
    if (s[i] >= '1' && s[i] <= '9') {
        for (; i < n && s[i] >= '0' && s[i] <= '9'; i++)
            m = m * 10 + (uint64_t)(s[i] - '0');
    } else if (s[i] == '0') {
        i++;
    } else {
        return not_here(ts, from);
    }
    if (i + 1 < n && s[i] == '.' && s[i + 1] >= '0' && s[i + 1] <= '9') {
        is_float = true;
        size_t point = i;
        digits++;
        for (i++; i < n && s[i] >= '0' && s[i] <= '9'; i++)
            m = m * 10 + (uint64_t)(s[i] - '0');
        scale = i - point < 64 ? -(int)(i - point - 1) : -64;
    }
    digits = i - digits;
    if (i + 1 < n && (s[i] | 32) == 'e') {
        size_t e = i + 1;
        bool down = s[e] == '-';
        int x = 0;
        if (e + 1 < n && (s[e] == '-' || s[e] == '+'))
            e++;
        size_t first = e;
        for (; e < n && s[e] >= '0' && s[e] <= '9'; e++)
            x = x > 999 ? x : x * 10 + (int)(s[e] - '0');
        if (e > first) {
            is_float = true;
            scale += down ? -x : x;
            i = e;
        }
    }
    *next = i;
    if (rt_likely(!is_float && digits <= 18 && c->plain_int))
        return rt_int_imm(negative ? -(int64_t)m : (int64_t)m);
    if (is_float && digits <= 18 && m < 1ull << 53 && scale >= -22 && scale <= 22 && c->plain_float) {
        double d = scale < 0 ? (double)m / tens[-scale] : (double)m * tens[scale];
        return rt_float_new(ts, negative ? -d : d); /* both operands exact: rounded once */
    }
    return NAME(number_slow)(ts, c, from, i, is_float);
}

RT_INLINE bool NAME(word)(const struct scan *c, size_t i, const char *w, size_t n)
{
    const UNIT *s = c->data;
    if (i + n > c->n)
        return false;
    for (size_t k = 0; k < n; k++)
        if (s[i + k] != (UNIT)w[k])
            return false;
    return true;
}

static rt_value NAME(nested)(struct rt_thread *ts, struct scan *c, size_t i, size_t *next)
{
    bool object = ((const UNIT *)c->data)[i] == '{';
    if (rt_recursion_enter(ts, object ? " while decoding a JSON object from a unicode string"
                                      : " while decoding a JSON array from a unicode string") < 0)
        return RT_NULL;
    rt_value r = object ? NAME(object)(ts, c, i + 1, next) : NAME(array)(ts, c, i + 1, next);
    rt_recursion_leave(ts);
    return r;
}

static rt_value NAME(constant)(struct rt_thread *ts, struct scan *c, const char *w, size_t i,
                               size_t *next)
{
    rt_value text = rt_str_from_cstr(ts, w), r;
    if (rt_is_null(text))
        return text;
    r = rt_call1(ts, c->self->parse_constant, text);
    rt_decref(ts, text);
    *next = i + strlen(w);
    return r;
}

static rt_value NAME(value)(struct rt_thread *ts, struct scan *c, size_t i, size_t *next)
{
    const UNIT *s = c->data;
    if (i >= c->n)
        return not_here(ts, i);
    switch (s[i]) {
    case '"':
        return NAME(string)(ts, c, i + 1, c->strict, next);
    case '{':
    case '[':
        return NAME(nested)(ts, c, i, next);
    case 'n':
        if (NAME(word)(c, i, "null", 4)) {
            *next = i + 4;
            return RT_NONE;
        }
        break;
    case 't':
        if (NAME(word)(c, i, "true", 4)) {
            *next = i + 4;
            return RT_TRUE;
        }
        break;
    case 'f':
        if (NAME(word)(c, i, "false", 5)) {
            *next = i + 5;
            return RT_FALSE;
        }
        break;
    case 'N':
        if (NAME(word)(c, i, "NaN", 3))
            return NAME(constant)(ts, c, "NaN", i, next);
        break;
    case 'I':
        if (NAME(word)(c, i, "Infinity", 8))
            return NAME(constant)(ts, c, "Infinity", i, next);
        break;
    case '-':
        if (NAME(word)(c, i, "-Infinity", 9))
            return NAME(constant)(ts, c, "-Infinity", i, next);
        break;
    }
    return NAME(number)(ts, c, i, next);
}
