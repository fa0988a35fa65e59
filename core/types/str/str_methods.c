/* SPDX-License-Identifier: MIT */
/* The rest of str's methods (padding, join, translate, encode), and the table of all. */
#include "core/types/str/str_internal.h"

/* ---- padding ---------------------------------------------------------------------------------- */

static rt_value pad(struct rt_thread *ts, rt_value self, size_t left, size_t right, uint32_t fill)
{
    struct text t = rt_text(self);
    if (left == 0 && right == 0)
        return rt_str_exact(ts, self);
    if (left > (size_t)INT64_MAX - t.n || right > (size_t)INT64_MAX - (left + t.n))
        return rt_raise(ts, &rt_exc_OverflowError, "padded string is too long");
    uint32_t max = rt_text_maxchar(&t);
    rt_value r = rt_str_alloc(ts, left + t.n + right, fill > max ? fill : max);
    if (rt_is_null(r))
        return r;
    struct rt_str *o = rt_as_str(r);
    void *d = rt_str_data(o);
    rt_text_fill(d, o->kind, 0, fill, left);
    rt_text_copy(d, o->kind, left, t.d, t.kind, t.n);
    rt_text_fill(d, o->kind, left + t.n, fill, right);
    return r;
}

static int pad_args(struct rt_thread *ts, const char *name, const rt_value *args, uint32_t n, int64_t *width,
                    uint32_t *fill)
{
    *fill = ' ';
    if (rt_args_count(ts, name, n, 1, 2) < 0)
        return -1;
    *width = rt_as_ssize(ts, args[0]);
    if (*width == -1 && rt_pending(ts))
        return -1;
    if (n == 2) {
        if (!rt_is_str(args[1])) {
            rt_raise(ts, &rt_exc_TypeError, "The fill character must be a unicode character, not %.100T", args[1]);
            return -1;
        }
        if (rt_str_len(args[1]) != 1) {
            rt_raise(ts, &rt_exc_TypeError, "The fill character must be exactly one character long");
            return -1;
        }
        *fill = rt_str_at(rt_as_str(args[1]), 0);
    }
    return 0;
}

RT_STR_FAST(center)
{
    int64_t width, len = (int64_t)rt_str_len(self);
    uint32_t fill;
    if (pad_args(ts, "center", args, n, &width, &fill) < 0)
        return RT_NULL;
    if (width <= len)
        return rt_str_exact(ts, self);
    int64_t margin = width - len, left = margin / 2 + (margin & width & 1);
    return pad(ts, self, (size_t)left, (size_t)(margin - left), fill);
}

RT_STR_FAST(ljust)
{
    int64_t width, len = (int64_t)rt_str_len(self);
    uint32_t fill;
    if (pad_args(ts, "ljust", args, n, &width, &fill) < 0)
        return RT_NULL;
    return pad(ts, self, 0, width > len ? (size_t)(width - len) : 0, fill);
}

RT_STR_FAST(rjust)
{
    int64_t width, len = (int64_t)rt_str_len(self);
    uint32_t fill;
    if (pad_args(ts, "rjust", args, n, &width, &fill) < 0)
        return RT_NULL;
    return pad(ts, self, width > len ? (size_t)(width - len) : 0, 0, fill);
}

RT_STR_O(zfill)
{
    int64_t width = rt_as_ssize(ts, arg), len = (int64_t)rt_str_len(self);
    if (width == -1 && rt_pending(ts))
        return RT_NULL;
    if (width <= len)
        return rt_str_exact(ts, self);
    rt_value r = pad(ts, self, (size_t)(width - len), 0, '0');
    if (!rt_is_null(r) && len) {
        struct rt_str *o = rt_as_str(r);
        uint32_t c = rt_str_at(o, (size_t)(width - len));
        if (c == '+' || c == '-') {
            rt_str_put(o, (size_t)(width - len), '0');
            rt_str_put(o, 0, c);
        }
    }
    return r;
}

RT_STR_KW(expandtabs)
{
    int tab;
    if (rt_optional_int(ts, "expandtabs", "tabsize", args, n, kw, 8, &tab) < 0)
        return RT_NULL;
    struct text t = rt_text(self);
    if (rt_strsearch_find_char(t.d, t.kind, t.n, '\t') < 0)
        return rt_str_exact(ts, self);
    size_t total = 0, column = 0;
    for (size_t i = 0; i < t.n; i++) { /* measure first: the result may be absurdly long */
        uint32_t c = rt_text_at(&t, i);
        size_t step = c == '\t' ? (tab > 0 ? (size_t)tab - column % (size_t)tab : 0) : 1;
        if (total > (size_t)INT64_MAX - step)
            return rt_raise(ts, &rt_exc_OverflowError, "new string is too long");
        total += step;
        column = c == '\n' || c == '\r' ? 0 : column + step;
    }
    rt_value r = rt_str_alloc(ts, total, rt_text_maxchar(&t));
    if (rt_is_null(r))
        return r;
    struct rt_str *o = rt_as_str(r);
    size_t to = 0;
    column = 0;
    for (size_t i = 0; i < t.n; i++) {
        uint32_t c = rt_text_at(&t, i);
        if (c == '\t') {
            size_t step = tab > 0 ? (size_t)tab - column % (size_t)tab : 0;
            rt_text_fill(rt_str_data(o), o->kind, to, ' ', step);
            to += step;
            column += step;
        } else {
            rt_str_put(o, to++, c);
            column = c == '\n' || c == '\r' ? 0 : column + 1;
        }
    }
    return r;
}

/* ---- join ------------------------------------------------------------------------------------- */

rt_value rt_str_join_array(struct rt_thread *ts, rt_value sep, const rt_value *v, size_t n)
{
    struct text s = {"", 0, 1, true};
    size_t total = 0;
    uint32_t max = 0x7f;
    if (n == 0)
        return rt_str_empty();
    if (!rt_is_null(sep))
        s = rt_text(sep);
    for (size_t i = 0; i < n; i++) {
        if (rt_unlikely(!rt_is_str(v[i])))
            return rt_raise(ts, &rt_exc_TypeError, "sequence item %zd: expected str instance, %.80T found", i, v[i]);
        struct text t = rt_text(v[i]);
        uint32_t m = rt_text_maxchar(&t);
        max = m > max ? m : max;
        total += t.n;
        if (rt_unlikely(total > (size_t)INT64_MAX / 4))
            return rt_raise(ts, &rt_exc_OverflowError, "join() result is too long for a Python string");
    }
    if (n == 1)
        return rt_str_exact(ts, v[0]);
    if (s.n && n - 1 > ((size_t)INT64_MAX / 4 - total) / s.n)
        return rt_raise(ts, &rt_exc_OverflowError, "join() result is too long for a Python string");
    total += s.n * (n - 1);
    if (total == 0)
        return rt_str_empty();
    if (s.n && rt_text_maxchar(&s) > max)
        max = rt_text_maxchar(&s);
    rt_value r = rt_str_alloc(ts, total, max);
    if (rt_is_null(r))
        return r;
    struct rt_str *o = rt_as_str(r);
    void *d = rt_str_data(o);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && s.n) {
            if (s.n == 1)
                rt_utf_put(d, o->kind, at, rt_text_at(&s, 0));
            else
                rt_text_copy(d, o->kind, at, s.d, s.kind, s.n);
            at += s.n;
        }
        struct text t = rt_text(v[i]);
        rt_text_copy(d, o->kind, at, t.d, t.kind, t.n);
        at += t.n;
    }
    return r;
}

rt_value rt_str_join(struct rt_thread *ts, rt_value sep, rt_value iterable)
{
    rt_value t;
    if (rt_is_exact(iterable, &rt_list_type) && !rt_load_relaxed(&ts->mt)) {
        /* nobody else runs, and joining runs no Python: the items may be read in place */
        struct rt_list_array *a = rt_load_relaxed(&rt_as_list(iterable)->array);
        return rt_str_join_array(ts, sep, (const rt_value *)a->items, rt_load_relaxed(&a->length));
    }
    if (rt_is_exact(iterable, &rt_tuple_type)) {
        t = rt_newref(ts, iterable);
    } else if (rt_is_exact(iterable, &rt_list_type)) {
        t = rt_list_to_tuple(ts, iterable);
    } else {
        rt_value it = rt_iter(ts, iterable);
        if (rt_is_null(it)) {
            if (rt_exc_clear_if(ts, &rt_exc_TypeError))
                rt_raise(ts, &rt_exc_TypeError, "can only join an iterable");
            return RT_NULL;
        }
        t = rt_seq_tuple(ts, it);
        rt_decref(ts, it);
    }
    if (rt_is_null(t))
        return t;
    struct rt_tuple *tuple = rt_as_tuple(t);
    rt_value r = rt_str_join_array(ts, sep, tuple->items, tuple->length);
    rt_decref(ts, t);
    return r;
}

RT_STR_O(join) { return rt_str_join(ts, self, arg); }

/* ---- translate -------------------------------------------------------------------------------- */

/* What table says about c, appended to b. 0 or -1. */
static int translate_char(struct rt_thread *ts, struct rt_strbuf *b, uint32_t c, rt_value table, int16_t *cache)
{
    bool dict = rt_is_exact(table, &rt_dict_type); /* whose misses need no exception */
    rt_value v = dict ? rt_dict_get(ts, table, rt_int_imm(c)) : rt_getitem(ts, table, rt_int_imm(c));
    int rc = -1;
    if (rt_is_null(v)) {
        if (dict ? rt_pending(ts) : !rt_exc_clear_if(ts, &rt_exc_LookupError))
            return -1;
        if (c < 128)
            cache[c] = (int16_t)c;
        return rt_strbuf_char(ts, b, c);
    }
    int64_t i;
    if (rt_is_none(v)) {
        if (c < 128)
            cache[c] = -2;
        return 0;
    }
    if (rt_is_any_int(v)) {
        if (!rt_int_try_i64(v, &i) || i < 0 || i > 0x10ffff) {
            rt_raise(ts, &rt_exc_ValueError, "character mapping must be in range(0x%x)", 0x110000);
        } else {
            if (c < 128 && i < 128)
                cache[c] = (int16_t)i;
            rc = rt_strbuf_char(ts, b, (uint32_t)i);
        }
    } else if (rt_is_str(v)) {
        rc = rt_strbuf_str(ts, b, v);
    } else {
        rt_raise(ts, &rt_exc_TypeError, "character mapping must return integer, None or str");
    }
    rt_decref(ts, v);
    return rc;
}

RT_STR_O(translate)
{
    struct text t = rt_text(self);
    struct rt_strbuf b;
    int16_t cache[128]; /* -1 unknown, -2 delete */
    if (t.n == 0)
        return rt_str_exact(ts, self);
    memset(cache, 0xff, sizeof cache);
    rt_strbuf_init(&b);
    for (size_t i = 0; i < t.n; i++) {
        uint32_t c = rt_text_at(&t, i);
        int rc = 0;
        if (c < 128 && cache[c] != -1) {
            if (cache[c] >= 0)
                rc = rt_strbuf_char(ts, &b, (uint32_t)cache[c]);
        } else {
            rc = translate_char(ts, &b, c, arg, cache);
        }
        if (rc < 0) {
            rt_strbuf_abort(&b);
            return RT_NULL;
        }
    }
    return rt_strbuf_finish(ts, &b);
}

static int maketrans_dict(struct rt_thread *ts, rt_value d, rt_value from)
{
    size_t pos = 0;
    rt_value key, value;
    while (rt_dict_next(ts, from, &pos, &key, &value)) {
        int rc = -1;
        if (rt_is_str(key)) {
            if (rt_str_len(key) != 1)
                rt_raise(ts, &rt_exc_ValueError, "string keys in translate table must be of length 1");
            else
                rc = rt_dict_set(ts, d, rt_int_imm(rt_str_at(rt_as_str(key), 0)), value);
        } else if (rt_is_any_int(key)) {
            rc = rt_dict_set(ts, d, key, value);
        } else {
            rt_raise(ts, &rt_exc_TypeError, "keys in translate table must be strings or integers");
        }
        rt_decref(ts, key);
        rt_decref(ts, value);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int maketrans_str(struct rt_thread *ts, rt_value d, const rt_value *args, uint32_t n)
{
    if (!rt_is_str(args[0])) {
        rt_raise(ts, &rt_exc_TypeError, "first maketrans argument must be a string if there is a second argument");
        return -1;
    }
    for (uint32_t i = 1; i < n; i++) {
        if (!rt_is_str(args[i])) {
            rt_raise(ts, &rt_exc_TypeError, "maketrans() argument %u must be str, not %.50N", i + 1, args[i]);
            return -1;
        }
    }
    struct text x = rt_text(args[0]), y = rt_text(args[1]);
    if (x.n != y.n) {
        rt_raise(ts, &rt_exc_ValueError, "the first two maketrans arguments must have equal length");
        return -1;
    }
    for (size_t i = 0; i < x.n; i++) {
        if (rt_dict_set(ts, d, rt_int_imm(rt_text_at(&x, i)), rt_int_imm(rt_text_at(&y, i))) < 0)
            return -1;
    }
    if (n == 3) {
        struct text z = rt_text(args[2]);
        for (size_t i = 0; i < z.n; i++) {
            if (rt_dict_set(ts, d, rt_int_imm(rt_text_at(&z, i)), RT_NONE) < 0)
                return -1;
        }
    }
    return 0;
}

RT_STR_FAST(maketrans)
{
    if (rt_args_count(ts, "maketrans", n, 1, 3) < 0)
        return RT_NULL;
    rt_value d = rt_dict_new(ts);
    int rc = -1;
    if (rt_is_null(d))
        return d;
    if (n > 1)
        rc = maketrans_str(ts, d, args, n);
    else if (!rt_is_exact(args[0], &rt_dict_type))
        rt_raise(ts, &rt_exc_TypeError, "if you give only one argument to maketrans it must be a dict");
    else
        rc = maketrans_dict(ts, d, args[0]);
    if (rc < 0) {
        rt_decref(ts, d);
        return RT_NULL;
    }
    return d;
}

/* ---- others ----------------------------------------------------------------------------------- */

RT_STR_KW(encode)
{
    static const char *const names[] = {"encoding", "errors", NULL};
    static const struct rt_argspec spec = {"encode", names, 0, 0, 2, 2};
    rt_value a[2];
    const char *text[2] = {"utf-8", NULL};
    if (n == 0 && rt_is_null(kw))
        return rt_str_encode(ts, self, NULL, NULL);
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    for (int i = 0; i < 2; i++) {
        if (rt_is_null(a[i]))
            continue;
        if (!rt_is_str(a[i]))
            return rt_raise(ts, &rt_exc_TypeError, "encode() argument '%s' must be str, not %.50N", names[i], a[i]);
        if (!(text[i] = rt_str_utf8_nonul(ts, a[i])))
            return RT_NULL;
    }
    return rt_str_encode(ts, self, text[0], text[1]);
}

RT_STR_O(__format__)
{
    if (!rt_is_str(arg))
        return rt_raise(ts, &rt_exc_TypeError, "__format__() argument must be str, not %.50N", arg);
    if (rt_str_len(arg) == 0)
        return rt_is_str_exact(self) ? rt_newref(ts, self) : rt_str(ts, self);
    return rt_format_str(ts, self, arg);
}

RT_STR_NOARGS(__sizeof__)
{
    return rt_int_imm((int64_t)rt_str_block_size(rt_ptr(self)));
}

RT_STR_NOARGS(__getnewargs__)
{
    struct text t = rt_text(self);
    rt_value s = rt_str_alloc(ts, t.n, rt_text_maxchar(&t)); /* a copy, always */
    if (rt_is_null(s))
        return s;
    if (t.n)
        memcpy(rt_str_data(rt_as_str(s)), t.d, t.n * (size_t)t.kind);
    return rt_tuple_steal(ts, &s, 1);
}

#define NOARGS(name, text) {#name, rt_str_m_##name, RT_METH_NOARGS, #name "($self, /)\n--\n\n" text}
#define O(name, arg, text) {#name, rt_str_m_##name, RT_METH_O, #name "($self, " arg ", /)\n--\n\n" text}
#define FAST(name, sig, text) {#name, rt_str_m_##name, RT_METH_FAST, #name "($self" sig ")\n--\n\n" text}
#define KW(name, sig, text) {#name, rt_str_m_##name, RT_METH_KW, #name "($self, /" sig ")\n--\n\n" text}
#define PLAIN(name, flags, text) {#name, rt_str_m_##name, flags, text}

const struct rt_method_def rt_str_methods[] = {
    KW(encode, ", encoding='utf-8', errors='strict'", "Encode the string with the codec registered for encoding."),
    FAST(replace, ", old, new, count=-1, /", "Return a copy with occurrences of old replaced by new."),
    KW(split, ", sep=None, maxsplit=-1", "Return a list of the substrings, using sep as the separator."),
    KW(rsplit, ", sep=None, maxsplit=-1", "Return a list of the substrings, splitting from the end."),
    O(join, "iterable", "Concatenate any number of strings, with this one between them.\n\n"
      "Example: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'"),
    NOARGS(capitalize, "Return a copy with the first character upper case and the rest lower case."),
    NOARGS(casefold, "Return a version of the string suitable for caseless comparisons."),
    NOARGS(title, "Return a version where each word is titlecased."),
    FAST(center, ", width, fillchar=' ', /", "Return a centered string of length width."),
    PLAIN(count, RT_METH_FAST, "S.count(sub[, start[, end]]) -> int\n\n"
          "Return the number of non-overlapping occurrences of sub in S[start:end]."),
    KW(expandtabs, ", tabsize=8", "Return a copy where tabs are expanded using spaces."),
    PLAIN(find, RT_METH_FAST, "S.find(sub[, start[, end]]) -> int\n\nReturn the lowest index where sub is found, or -1."),
    O(partition, "sep", "Partition the string into three parts using the given separator."),
    PLAIN(index, RT_METH_FAST, "S.index(sub[, start[, end]]) -> int\n\n"
          "Return the lowest index where sub is found.\n\nRaises ValueError when the substring is not found."),
    FAST(ljust, ", width, fillchar=' ', /", "Return a left-justified string of length width."),
    NOARGS(lower, "Return a copy of the string converted to lowercase."),
    FAST(lstrip, ", chars=None, /", "Return a copy of the string with leading whitespace removed."),
    PLAIN(rfind, RT_METH_FAST, "S.rfind(sub[, start[, end]]) -> int\n\nReturn the highest index where sub is found, or -1."),
    PLAIN(rindex, RT_METH_FAST, "S.rindex(sub[, start[, end]]) -> int\n\n"
          "Return the highest index where sub is found.\n\nRaises ValueError when the substring is not found."),
    FAST(rjust, ", width, fillchar=' ', /", "Return a right-justified string of length width."),
    FAST(rstrip, ", chars=None, /", "Return a copy of the string with trailing whitespace removed."),
    O(rpartition, "sep", "Partition the string into three parts, searching from the end."),
    KW(splitlines, ", keepends=False", "Return a list of the lines in the string, breaking at line boundaries."),
    FAST(strip, ", chars=None, /", "Return a copy of the string with leading and trailing whitespace removed."),
    NOARGS(swapcase, "Convert uppercase characters to lowercase and lowercase characters to uppercase."),
    O(translate, "table", "Replace each character in the string using the given translation table."),
    NOARGS(upper, "Return a copy of the string converted to uppercase."),
    PLAIN(startswith, RT_METH_FAST, "S.startswith(prefix[, start[, end]]) -> bool\n\n"
          "Return True if S starts with the specified prefix, False otherwise."),
    PLAIN(endswith, RT_METH_FAST, "S.endswith(suffix[, start[, end]]) -> bool\n\n"
          "Return True if S ends with the specified suffix, False otherwise."),
    O(removeprefix, "prefix", "Return a str with the given prefix string removed if present."),
    O(removesuffix, "suffix", "Return a str with the given suffix string removed if present."),
    NOARGS(isascii, "Return True if all characters in the string are ASCII, False otherwise."),
    NOARGS(islower, "Return True if the string is a lowercase string, False otherwise."),
    NOARGS(isupper, "Return True if the string is an uppercase string, False otherwise."),
    NOARGS(istitle, "Return True if the string is a title-cased string, False otherwise."),
    NOARGS(isspace, "Return True if the string is a whitespace string, False otherwise."),
    NOARGS(isdecimal, "Return True if the string is a decimal string, False otherwise."),
    NOARGS(isdigit, "Return True if the string is a digit string, False otherwise."),
    NOARGS(isnumeric, "Return True if the string is a numeric string, False otherwise."),
    NOARGS(isalpha, "Return True if the string is an alphabetic string, False otherwise."),
    NOARGS(isalnum, "Return True if the string is an alpha-numeric string, False otherwise."),
    NOARGS(isidentifier, "Return True if the string is a valid Python identifier, False otherwise."),
    NOARGS(isprintable, "Return True if the string is printable, False otherwise."),
    O(zfill, "width", "Pad a numeric string with zeros on the left, to fill a field of the given width."),
    PLAIN(format, RT_METH_KW, "S.format(*args, **kwargs) -> str\n\n"
          "Return a formatted version of S, using substitutions from args and kwargs."),
    PLAIN(format_map, RT_METH_O, "S.format_map(mapping) -> str\n\n"
          "Return a formatted version of S, using substitutions from mapping."),
    O(__format__, "format_spec", "Return a formatted version of the string as described by format_spec."),
    {"maketrans", rt_str_m_maketrans, RT_METH_FAST | RT_METH_STATIC,
     "Return a translation table usable for str.translate()."},
    NOARGS(__sizeof__, "Return the size of the string in memory, in bytes."),
    {"__getnewargs__", rt_str_m___getnewargs__, RT_METH_NOARGS, NULL},
    {0},
};
