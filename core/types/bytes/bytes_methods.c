/* SPDX-License-Identifier: MIT */
/* Methods of bytes and bytearray that map or pad: case, classes, justification, join, hex, translate. */
#include "core/base/hexdigits.h"
#include "core/seam/config.h"
#include "core/thread/runtime.h"
#include "core/types/bytes/bytes_internal.h"

/* ---- arguments -------------------------------------------------------------------------------- */

int rt_bytes_arg_export(struct rt_thread *ts, rt_value v, struct bytes_arg *a)
{
    if (rt_buffer_get(ts, v, &a->buffer, RT_BUF_SIMPLE) < 0)
        return -1;
    a->p = a->buffer.buf;
    a->n = (size_t)a->buffer.len;
    a->exported = true;
    return 0;
}

void rt_bytes_arg_unexport(struct rt_thread *ts, struct bytes_arg *a) { rt_buffer_release(ts, &a->buffer); }

int rt_byte_value(struct rt_thread *ts, rt_value v, const char *msg)
{
    int64_t i;
    if (rt_is_int(v)) {
        i = rt_int_get(v);
    } else {
        rt_value x = rt_index(ts, v);
        if (rt_is_null(x))
            return -1;
        if (!rt_int_try_i64(x, &i))
            i = -1;
        rt_decref(ts, x);
    }
    if (i < 0 || i > 255) {
        rt_raise(ts, &rt_exc_ValueError, "%s", msg);
        return -1;
    }
    return (int)i;
}

/* ---- case and classes ------------------------------------------------------------------------- */

static bool is_upper(uint8_t c) { return (uint8_t)(c - 'A') < 26; }
static bool is_lower(uint8_t c) { return (uint8_t)(c - 'a') < 26; }
static bool is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }
static bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

enum case_op { LOWER, UPPER, TITLE, CAPITALIZE, SWAP };

static rt_value map_case(struct rt_thread *ts, rt_value self, enum case_op op)
{
    struct span s = rt_span(self);
    rt_value r = rt_bytes_like(ts, self, NULL, s.n);
    if (rt_is_null(r) || s.n == 0)
        return r;
    uint8_t *d = (uint8_t *)rt_span_write(r);
    if (op == LOWER || op == UPPER) { /* without branches: the compiler makes vectors of it */
        uint8_t first = op == LOWER ? 'A' : 'a';
        for (size_t i = 0; i < s.n; i++) {
            uint8_t c = (uint8_t)s.p[i];
            d[i] = c ^ (uint8_t)(((uint8_t)(c - first) < 26) << 5);
        }
        return r;
    }
    bool cased = false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        bool up = is_upper(c), low = is_lower(c);
        if (op == SWAP)
            c = up || low ? c ^ 32 : c;
        else if (op == TITLE ? cased : i > 0)
            c = up ? c + 32 : c;
        else
            c = low ? c - 32 : c;
        cased = up || low;
        d[i] = c;
    }
    return r;
}

RT_BM_NOARGS(capitalize) { return map_case(ts, self, CAPITALIZE); }
RT_BM_NOARGS(lower) { return map_case(ts, self, LOWER); }
RT_BM_NOARGS(upper) { return map_case(ts, self, UPPER); }
RT_BM_NOARGS(title) { return map_case(ts, self, TITLE); }
RT_BM_NOARGS(swapcase) { return map_case(ts, self, SWAP); }

#define ALL_ARE(name, test) \
    RT_BM_NOARGS(name) \
    { \
        struct span s = rt_span(self); \
        for (size_t i = 0; i < s.n; i++) { \
            uint8_t c = (uint8_t)s.p[i]; \
            if (!(test)) \
                return RT_FALSE; \
        } \
        return rt_bool(s.n != 0); \
    }
ALL_ARE(isalnum, is_upper(c) || is_lower(c) || is_digit(c))
ALL_ARE(isalpha, is_upper(c) || is_lower(c))
ALL_ARE(isdigit, is_digit(c))
ALL_ARE(isspace, is_space(c))

RT_BM_NOARGS(isascii)
{
    struct span s = rt_span(self);
    return rt_bool(rt_utf_ascii_prefix((const uint8_t *)s.p, s.n) == s.n);
}

static rt_value one_case(rt_value self, bool upper)
{
    struct span s = rt_span(self);
    bool seen = false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        if (upper ? is_lower(c) : is_upper(c))
            return RT_FALSE;
        seen |= upper ? is_upper(c) : is_lower(c);
    }
    return rt_bool(seen);
}

RT_BM_NOARGS(islower) { return one_case(self, false); }
RT_BM_NOARGS(isupper) { return one_case(self, true); }

RT_BM_NOARGS(istitle)
{
    struct span s = rt_span(self);
    bool seen = false, in_word = false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        if (is_upper(c) ? in_word : is_lower(c) && !in_word)
            return RT_FALSE;
        in_word = is_upper(c) || is_lower(c);
        seen |= in_word;
    }
    return rt_bool(seen);
}

/* ---- padding ---------------------------------------------------------------------------------- */

static rt_value pad(struct rt_thread *ts, rt_value self, size_t left, size_t right, char fill)
{
    struct span s = rt_span(self);
    if (left > (size_t)INT64_MAX / 2 || right > (size_t)INT64_MAX / 2)
        return rt_raise_no_memory(ts);
    if (left + right == 0 && rt_is_exact(self, &rt_bytes_type))
        return rt_newref(ts, self);
    rt_value r = rt_bytes_like(ts, self, NULL, left + s.n + right);
    if (rt_is_null(r) || left + s.n + right == 0)
        return r;
    char *d = rt_span_write(r);
    memset(d, fill, left);
    memcpy(d + left, s.p, s.n);
    memset(d + left + s.n, fill, right);
    return r;
}

static rt_value justify(struct rt_thread *ts, const char *name, rt_value self, const rt_value *args, uint32_t n, int how)
{
    char fill = ' ';
    if (rt_args_count(ts, name, n, 1, 2) < 0)
        return RT_NULL;
    int64_t width = rt_as_ssize(ts, args[0]);
    if (width == -1 && rt_pending(ts))
        return RT_NULL;
    if (n == 2) {
        bool ok = (rt_is_bytes(args[1]) || rt_is_bytearray(args[1])) && rt_span(args[1]).n == 1;
        if (!ok)
            return rt_raise(ts, &rt_exc_TypeError, "%s() argument 2 must be a byte string of length 1, not %.50N", name,
                            args[1]);
        fill = rt_span(args[1]).p[0];
    }
    int64_t len = (int64_t)rt_span(self).n, margin = width > len ? width - len : 0;
    int64_t left = how < 0 ? 0 : how > 0 ? margin : margin / 2 + (margin & width & 1);
    return pad(ts, self, (size_t)left, (size_t)(margin - left), fill);
}

RT_BM_FAST(center) { return justify(ts, "center", self, args, n, 0); }
RT_BM_FAST(ljust) { return justify(ts, "ljust", self, args, n, -1); }
RT_BM_FAST(rjust) { return justify(ts, "rjust", self, args, n, 1); }

RT_BM_O(zfill)
{
    int64_t width = rt_as_ssize(ts, arg);
    if (width == -1 && rt_pending(ts))
        return RT_NULL;
    int64_t len = (int64_t)rt_span(self).n;
    size_t zeros = width > len ? (size_t)(width - len) : 0;
    rt_value r = pad(ts, self, zeros, 0, '0');
    if (!rt_is_null(r) && zeros && len) {
        char *d = rt_span_write(r);
        if (d[zeros] == '+' || d[zeros] == '-') {
            d[0] = d[zeros];
            d[zeros] = '0';
        }
    }
    return r;
}

RT_BM_KW(expandtabs)
{
    int tab;
    if (rt_optional_int(ts, "expandtabs", "tabsize", args, n, kw, 8, &tab) < 0)
        return RT_NULL;
    struct span s = rt_span(self);
    size_t total = 0, column = 0;
    for (size_t i = 0; i < s.n; i++) {
        size_t step = s.p[i] == '\t' ? (tab > 0 ? (size_t)tab - column % (size_t)tab : 0) : 1;
        if (total > (size_t)INT64_MAX - step)
            return rt_raise(ts, &rt_exc_OverflowError, "result too long");
        total += step;
        column = s.p[i] == '\n' || s.p[i] == '\r' ? 0 : column + step;
    }
    rt_value r = rt_bytes_like(ts, self, NULL, total);
    if (rt_is_null(r) || total == 0)
        return r;
    char *d = rt_span_write(r);
    column = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\t') {
            size_t step = tab > 0 ? (size_t)tab - column % (size_t)tab : 0;
            memset(d, ' ', step);
            d += step;
            column += step;
        } else {
            *d++ = s.p[i];
            column = s.p[i] == '\n' || s.p[i] == '\r' ? 0 : column + 1;
        }
    }
    return r;
}

/* ---- text ------------------------------------------------------------------------------------- */

RT_BM_KW(decode)
{
    static const char *const names[] = {"encoding", "errors", NULL};
    static const struct rt_argspec spec = {"decode", names, 0, 0, 2, 2};
    rt_value a[2];
    const char *text[2] = {"utf-8", NULL};
    if (n == 0 && rt_is_null(kw) && rt_is_bytes(self))
        return rt_str_from_utf8(ts, rt_as_bytes(self)->data, rt_as_bytes(self)->length, NULL);
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    for (int i = 0; i < 2; i++) {
        if (rt_is_null(a[i]))
            continue;
        if (!rt_is_str(a[i]))
            return rt_raise(ts, &rt_exc_TypeError, "decode() argument '%s' must be str, not %.50N", names[i], a[i]);
        if (!(text[i] = rt_str_utf8_nonul(ts, a[i])))
            return RT_NULL;
    }
    struct span s = rt_span(self);
    if (!s.n && !rt_runtime.config->dev_mode)
        return rt_str_empty(); /* whatever the codec */
    if (!rt_is_bytearray(self))
        return rt_str_decode(ts, s.p, s.n, text[0], text[1]);
    rt_add_acq_rel(&rt_as_bytearray(self)->exports, 1); /* an error handler may try to change self */
    rt_value r = rt_str_decode(ts, s.p, s.n, text[0], text[1]);
    rt_sub_acq_rel(&rt_as_bytearray(self)->exports, 1);
    return r;
}

rt_value rt_bytes_hex(struct rt_thread *ts, const uint8_t *p, size_t n, rt_value sep, rt_value group)
{
    static const char digits[] = "0123456789abcdef";
    int64_t every = 1;
    uint32_t sepchar = 0;
    bool have = !rt_is_null(sep);
    if (!rt_is_null(group)) {
        every = rt_as_int(ts, group);
        if (every == -1 && rt_pending(ts))
            return RT_NULL;
    }
    if (have) {
        int64_t len = rt_len(ts, sep);
        if (len != 1)
            return len < 0 ? RT_NULL : rt_raise(ts, &rt_exc_ValueError, "sep must be length 1.");
        if (rt_is_str(sep)) {
            sepchar = rt_str_at(rt_as_str(sep), 0);
        } else if (rt_is_bytes(sep)) {
            sepchar = (uint8_t)rt_as_bytes(sep)->data[0];
        } else {
            return rt_raise(ts, &rt_exc_TypeError, "sep must be str or bytes.");
        }
        if (sepchar > 127)
            return rt_raise(ts, &rt_exc_ValueError, "sep must be ASCII.");
    }
    size_t unit = (size_t)(every < 0 ? -every : every);
    bool separate = have && unit && n > unit;
    size_t seps = separate ? (n - 1) / unit : 0, first = every > 0 ? n - seps * unit : unit;
    if (n > (size_t)INT64_MAX / 3)
        return rt_raise_no_memory(ts);
    size_t total = 2 * n + seps;
    if (total == 0)
        return rt_str_empty();
    rt_value r = rt_str_alloc(ts, total, 0x7f);
    if (rt_is_null(r))
        return r;
    char *d = rt_str_data(rt_as_str(r));
    size_t left = separate ? first : n;
    for (size_t i = 0; i < n && !separate; i++) {
        d[2 * i] = digits[p[i] >> 4];
        d[2 * i + 1] = digits[p[i] & 15];
    }
    for (size_t i = 0; i < n && separate; i++) {
        if (left == 0) {
            *d++ = (char)sepchar;
            left = unit;
        }
        left--;
        *d++ = digits[p[i] >> 4];
        *d++ = digits[p[i] & 15];
    }
    return r;
}

RT_BM_KW(hex)
{
    static const char *const names[] = {"sep", "bytes_per_sep", NULL};
    static const struct rt_argspec spec = {"hex", names, 0, 0, 2, 2};
    rt_value a[2];
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    struct span s = rt_span(self);
    return rt_bytes_hex(ts, (const uint8_t *)s.p, s.n, a[0], a[1]);
}

RT_BM_O(fromhex)
{
    if (!rt_is_str(arg))
        return rt_raise(ts, &rt_exc_TypeError, "fromhex() argument must be str, not %.50N", arg);
    struct rt_str *s = rt_as_str(arg);
    struct rt_type *type = rt_as_type(self);
    bool array = rt_type_has(type, RT_TF_BYTEARRAY);
    rt_value b = rt_bytes_new(ts, NULL, s->length / 2);
    if (rt_is_null(b))
        return b;
    uint8_t *d = (uint8_t *)rt_as_bytes(b)->data;
    size_t out = 0, i = 0;
    while (i < s->length) {
        if (s->kind == 1) {
            size_t pairs = rt_hex_pairs((const uint8_t *)rt_str_data(s) + i, s->length - i, d + out);
            out += pairs;
            i += 2 * pairs;
            if (i == s->length)
                break;
        }
        uint32_t c = rt_str_at(s, i);
        if (c < 128 && is_space((uint8_t)c)) {
            i++;
            continue;
        }
        int hi = c < 128 ? rt_hex_value((uint8_t)c) : -1, lo = -1;
        if (hi >= 0) {
            i++;
            c = i < s->length ? rt_str_at(s, i) : 0;
            lo = c < 128 ? rt_hex_value((uint8_t)c) : -1;
        }
        if (hi < 0 || lo < 0) {
            rt_decref(ts, b);
            return rt_raise(ts, &rt_exc_ValueError, "non-hexadecimal number found in fromhex() arg at position %zd", i);
        }
        i++;
        d[out++] = (uint8_t)(hi << 4 | lo);
    }
    if (type == &rt_bytes_type && out == s->length / 2)
        return b;
    rt_value r = array ? rt_bytearray_new(ts, d, out) : rt_bytes_new(ts, d, out);
    rt_decref(ts, b);
    if (rt_is_null(r) || type == &rt_bytes_type || type == &rt_bytearray_type)
        return r;
    rt_value sub = rt_call1(ts, self, r);
    rt_decref(ts, r);
    return sub;
}

/* ---- translate, join -------------------------------------------------------------------------- */

RT_BM_KW(translate)
{
    static const char *const names[] = {"", "delete", NULL};
    static const struct rt_argspec spec = {"translate", names, 1, 1, 2, 2};
    rt_value a[2], r = RT_NULL;
    RT_BYTES_ARG(table);
    RT_BYTES_ARG(del);
    bool drop[256] = {false};
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    bool have_table = !rt_is_none(a[0]);
    if (have_table && rt_bytes_arg(ts, a[0], &table) < 0)
        return RT_NULL;
    if (have_table && table.n != 256) {
        rt_raise(ts, &rt_exc_ValueError, "translation table must be 256 characters long");
        goto done;
    }
    if (!rt_is_null(a[1])) {
        if (rt_bytes_arg(ts, a[1], &del) < 0)
            goto done;
        for (size_t i = 0; i < del.n; i++)
            drop[(uint8_t)del.p[i]] = true;
    }
    struct span s = rt_span(self);
    size_t out = 0;
    bool changed = false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        out += !drop[c];
        changed |= drop[c] || (have_table && (uint8_t)table.p[c] != c);
    }
    if (!changed && rt_is_exact(self, &rt_bytes_type)) {
        r = rt_newref(ts, self);
        goto done;
    }
    r = rt_bytes_like(ts, self, NULL, out);
    if (!rt_is_null(r) && out) {
        char *d = rt_span_write(r);
        for (size_t i = 0; i < s.n; i++) {
            uint8_t c = (uint8_t)s.p[i];
            if (!drop[c])
                *d++ = have_table ? table.p[c] : (char)c;
        }
    }
done:
    rt_bytes_arg_release(ts, &del);
    rt_bytes_arg_release(ts, &table);
    return r;
}

RT_BM_FAST(maketrans)
{
    RT_BYTES_ARG(from);
    RT_BYTES_ARG(to);
    rt_value r = RT_NULL;
    if (rt_args_count(ts, "maketrans", n, 2, 2) < 0)
        return RT_NULL;
    if (rt_bytes_arg(ts, args[0], &from) < 0)
        return RT_NULL;
    if (rt_bytes_arg(ts, args[1], &to) < 0)
        goto done;
    if (from.n != to.n) {
        rt_raise(ts, &rt_exc_ValueError, "maketrans arguments must have same length");
        goto done;
    }
    r = rt_bytes_new(ts, NULL, 256);
    if (!rt_is_null(r)) {
        char *d = rt_as_bytes(r)->data;
        for (int i = 0; i < 256; i++)
            d[i] = (char)i;
        for (size_t i = 0; i < from.n; i++)
            d[(uint8_t)from.p[i]] = to.p[i];
    }
done:
    rt_bytes_arg_release(ts, &to);
    rt_bytes_arg_release(ts, &from);
    return r;
}

/* Alone, of exact bytes: without a copy of the list. False: something else is among the items. */
static bool join_plain(struct rt_thread *ts, struct span sep, const rt_value *items, size_t n, rt_value *r)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        if (!rt_is_exact(items[i], &rt_bytes_type))
            return false;
        total += rt_as_bytes(items[i])->length;
    }
    if (n > 1) {
        if (total > (size_t)INT64_MAX / 4 || n > ((size_t)INT64_MAX / 4) / (sep.n + 1))
            return false;
        total += sep.n * (n - 1);
    }
    *r = rt_bytes_new(ts, NULL, total);
    if (rt_is_null(*r) || !total)
        return true;
    char *d = rt_as_bytes(*r)->data;
    for (size_t i = 0; i < n; i++) {
        if (i && sep.n) {
            memcpy(d, sep.p, sep.n);
            d += sep.n;
        }
        memcpy(d, rt_as_bytes(items[i])->data, rt_as_bytes(items[i])->length);
        d += rt_as_bytes(items[i])->length;
    }
    return true;
}

/* The items to be joined as a tuple. */
static rt_value join_items(struct rt_thread *ts, rt_value arg)
{
    if (rt_is_exact(arg, &rt_list_type))
        return rt_list_to_tuple(ts, arg);
    if (rt_is_exact(arg, &rt_tuple_type))
        return rt_newref(ts, arg);
    rt_value it = rt_iter(ts, arg);
    if (rt_is_null(it)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "can only join an iterable");
        return RT_NULL;
    }
    rt_value seq = rt_seq_tuple(ts, it);
    rt_decref(ts, it);
    return seq;
}

/* Opens the items' buffers, *got of them are to be released whatever is returned. The length of the result, or -1. */
RT_INLINE int64_t join_open(struct rt_thread *ts, const struct rt_tuple *t, size_t sep, struct bytes_arg *a, size_t *got)
{
    size_t n = t->length, total = 0;
    for (size_t i = 0; i < n; i++) {
        rt_value item = t->items[i];
        if (!rt_is_bytes(item) && !rt_has_buffer(item)) {
            rt_raise(ts, &rt_exc_TypeError, "sequence item %zd: expected a bytes-like object, %.80T found", i, item);
            return -1;
        }
        a[i].exported = false;
        if (rt_bytes_arg(ts, item, &a[i]) < 0)
            return -1;
        *got = i + 1;
        total += a[i].n;
        if (total > (size_t)INT64_MAX / 2)
            goto too_long;
    }
    if (n > 1 && sep && (n - 1) > ((size_t)INT64_MAX / 2 - total) / sep)
        goto too_long;
    return (int64_t)(total + (n ? sep * (n - 1) : 0));
too_long:
    rt_raise(ts, &rt_exc_OverflowError, "join() result is too long");
    return -1;
}

RT_INLINE void join_copy(char *d, struct span sep, const struct bytes_arg *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i) {
            memcpy(d, sep.p, sep.n);
            d += sep.n;
        }
        memcpy(d, a[i].p, a[i].n);
        d += a[i].n;
    }
}

RT_INLINE rt_value join_buffers(struct rt_thread *ts, rt_value self, const struct rt_tuple *t)
{
    size_t n = t->length, got = 0;
    struct bytes_arg local[10], *a = n <= 10 ? local : rt_raw_malloc(n * sizeof *a);
    if (!a)
        return rt_raise_no_memory(ts);
    rt_value r = RT_NULL;
    struct span sep = rt_span(self);
    int64_t total = join_open(ts, t, sep.n, a, &got);
    if (total >= 0)
        r = rt_bytes_like(ts, self, NULL, (size_t)total);
    if (!rt_is_null(r) && total)
        join_copy(rt_span_write(r), sep, a, n);
    for (size_t i = 0; i < got; i++)
        rt_bytes_arg_release(ts, &a[i]);
    if (a != local)
        rt_raw_free(a);
    return r;
}

RT_BM_O(join)
{
    rt_value r = RT_NULL;
    if (rt_is_exact(arg, &rt_list_type) && rt_is_bytes(self) && !rt_load_relaxed(&ts->mt)) {
        struct rt_list_array *array = rt_load_relaxed(&rt_as_list(arg)->array);
        size_t length = rt_load_relaxed(&array->length);
        if (length > 1 && join_plain(ts, rt_span(self), (const rt_value *)array->items, length, &r))
            return r;
    }
    rt_value seq = join_items(ts, arg);
    if (rt_is_null(seq))
        return seq;
    struct rt_tuple *t = rt_as_tuple(seq);
    if (t->length == 1 && rt_is_exact(t->items[0], &rt_bytes_type) && !rt_is_bytearray(self))
        r = rt_newref(ts, t->items[0]);
    else
        r = join_buffers(ts, self, t);
    rt_decref(ts, seq);
    return r;
}

/* ---- operators -------------------------------------------------------------------------------- */

rt_value rt_bm_mod(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_bytes(a) && !rt_is_bytearray(a))
        return RT_NOTIMPL;
    RT_BYTES_ARG(s);
    if (rt_bytes_arg(ts, a, &s) < 0)
        return RT_NULL;
    rt_value text = rt_percent_format(ts, s.p, 1, s.n, rt_utf_ascii_prefix((const uint8_t *)s.p, s.n) == s.n, b, true);
    rt_bytes_arg_release(ts, &s);
    if (rt_is_null(text))
        return text;
    rt_value r = rt_bytes_like(ts, a, rt_str_data(rt_as_str(text)), rt_str_len(text));
    rt_decref(ts, text);
    return r;
}

rt_value rt_bm_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    RT_BYTES_ARG(x);
    RT_BYTES_ARG(y);
    bool ours = rt_is_bytes(a) && rt_is_bytes(b);
    if (ours && (op == RT_EQ || op == RT_NE)) {
        const struct rt_bytes *s = rt_as_bytes(a), *t = rt_as_bytes(b);
        return rt_bool((s->length == t->length && !memcmp(s->data, t->data, s->length)) == (op == RT_EQ));
    }
    if (!ours && (!(rt_is_bytes(b) || rt_is_bytearray(b)) && !rt_has_buffer(b)))
        return RT_NOTIMPL;
    if (!ours && rt_is_bytes(a) && !rt_is_bytes(b))
        return RT_NOTIMPL; /* the other side knows how to compare with bytes */
    if (rt_bytes_arg(ts, a, &x) < 0 || rt_bytes_arg(ts, b, &y) < 0) {
        rt_bytes_arg_release(ts, &x);
        rt_exc_clear(ts);
        return RT_NOTIMPL;
    }
    int c;
    if ((op == RT_EQ || op == RT_NE) && x.n != y.n) {
        c = 1;
    } else {
        c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
        if (c == 0)
            c = x.n < y.n ? -1 : x.n > y.n;
    }
    rt_bytes_arg_release(ts, &y);
    rt_bytes_arg_release(ts, &x);
    return rt_compare_result(c, op);
}

rt_value rt_bytes_repr_of(struct rt_thread *ts, const char *p, size_t n, const char *prefix, const char *suffix)
{
    static const char digits[] = "0123456789abcdef";
    size_t extra = 0, lead = strlen(prefix), tail = strlen(suffix);
    bool single = false, dbl = false;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)p[i];
        single |= c == '\'';
        dbl |= c == '"';
        extra += c == '\\' || c == '\n' || c == '\t' || c == '\r' ? 1 : c < ' ' || c >= 0x7f ? 3 : 0;
    }
    char quote = single && !dbl ? '"' : '\'';
    bool escape_single = quote == '\'' || *prefix; /* bytearray always escapes it */
    for (size_t i = 0; single && escape_single && i < n; i++)
        extra += p[i] == '\'';
    rt_value r = rt_str_alloc(ts, lead + tail + n + extra + 3, 0x7f);
    if (rt_is_null(r))
        return r;
    char *d = rt_str_data(rt_as_str(r));
    memcpy(d, prefix, lead);
    d += lead;
    *d++ = 'b';
    *d++ = quote;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)p[i];
        char esc = c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : c == '\\' || (c == '\'' && escape_single) ? (char)c : 0;
        if (esc) {
            *d++ = '\\';
            *d++ = esc;
        } else if (c < ' ' || c >= 0x7f) {
            *d++ = '\\';
            *d++ = 'x';
            *d++ = digits[c >> 4];
            *d++ = digits[c & 15];
        } else {
            *d++ = (char)c;
        }
    }
    *d++ = quote;
    memcpy(d, suffix, tail);
    return r;
}
