/* SPDX-License-Identifier: MIT */
/* Methods of bytes and bytearray that look for something: find, count, replace, strip, split. */
#include "core/types/bytes/bytes_internal.h"

/* What to look for: bytes-like, or an int for one byte. */
static int needle(struct rt_thread *ts, rt_value v, struct bytes_arg *a, char *byte)
{
    if (rt_is_bytes(v) || rt_has_buffer(v))
        return rt_bytes_arg(ts, v, a);
    if (!rt_index_check(v)) {
        rt_raise(ts, &rt_exc_TypeError, "argument should be integer or bytes-like object, not '%.200T'", v);
        return -1;
    }
    int c = rt_byte_value(ts, v, "byte must be in range(0, 256)");
    if (c < 0)
        return -1;
    *byte = (char)c;
    a->p = byte;
    a->n = 1;
    a->exported = false;
    return 0;
}

static int64_t search(struct span s, const struct bytes_arg *a, int64_t start, int64_t end, int dir)
{
    rt_adjust_bounds(&start, &end, (int64_t)s.n);
    if (start > end || end - start < (int64_t)a->n)
        return -1;
    ptrdiff_t at = dir > 0 ? rt_strsearch_find(s.p + start, 1, (size_t)(end - start), a->p, 1, a->n)
                           : rt_strsearch_rfind(s.p + start, 1, (size_t)(end - start), a->p, 1, a->n);
    return at < 0 ? -1 : at + start;
}

static rt_value find_method(struct rt_thread *ts, const char *name, rt_value self, const rt_value *args, uint32_t n,
                            int dir, bool must)
{
    RT_BYTES_ARG(a);
    int64_t start, end;
    char byte;
    if (rt_find_count(ts, name, n) < 0 || rt_slice_bounds(ts, args, n, 1, &start, &end) < 0 || needle(ts, args[0], &a, &byte) < 0)
        return RT_NULL;
    int64_t at = search(rt_span(self), &a, start, end, dir);
    rt_bytes_arg_release(ts, &a);
    if (at < 0 && must)
        return rt_raise(ts, &rt_exc_ValueError, "subsection not found");
    return rt_int_imm(at);
}

RT_BM_FAST(find) { return find_method(ts, "find", self, args, n, 1, false); }
RT_BM_FAST(rfind) { return find_method(ts, "rfind", self, args, n, -1, false); }
RT_BM_FAST(index) { return find_method(ts, "index", self, args, n, 1, true); }
RT_BM_FAST(rindex) { return find_method(ts, "rindex", self, args, n, -1, true); }

RT_BM_FAST(count)
{
    RT_BYTES_ARG(a);
    int64_t start, end, found = 0;
    char byte;
    if (rt_find_count(ts, "count", n) < 0 || rt_slice_bounds(ts, args, n, 1, &start, &end) < 0 || needle(ts, args[0], &a, &byte) < 0)
        return RT_NULL;
    struct span s = rt_span(self);
    rt_adjust_bounds(&start, &end, (int64_t)s.n);
    if (start <= end)
        found = (int64_t)rt_strsearch_count(s.p + start, 1, (size_t)(end - start), a.p, 1, a.n, SIZE_MAX);
    rt_bytes_arg_release(ts, &a);
    return rt_int_imm(found);
}

int rt_bm_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    RT_BYTES_ARG(a);
    if (!rt_is_bytes(v) && (rt_is_any_int(v) || (!rt_has_buffer(v) && rt_index_check(v)))) {
        int c = rt_byte_value(ts, v, "byte must be in range(0, 256)");
        struct span s = rt_span(self);
        return c < 0 ? -1 : s.n && memchr(s.p, c, s.n) != NULL;
    }
    if (rt_bytes_arg(ts, v, &a) < 0)
        return -1;
    int r = search(rt_span(self), &a, 0, INT64_MAX, 1) >= 0;
    rt_bytes_arg_release(ts, &a);
    return r;
}

/* ---- startswith, endswith --------------------------------------------------------------------- */

static int tail(struct rt_thread *ts, rt_value self, rt_value sub, int64_t start, int64_t end, bool at_end)
{
    RT_BYTES_ARG(a);
    if (rt_bytes_arg(ts, sub, &a) < 0)
        return -1;
    struct span s = rt_span(self);
    rt_adjust_bounds(&start, &end, (int64_t)s.n);
    int r = start <= end && end - start >= (int64_t)a.n &&
            memcmp(s.p + (at_end ? end - (int64_t)a.n : start), a.p, a.n) == 0;
    rt_bytes_arg_release(ts, &a);
    return r;
}

static rt_value tail_method(struct rt_thread *ts, const char *name, rt_value self, const rt_value *args, uint32_t n,
                            bool at_end)
{
    int64_t start, end;
    if (rt_find_count(ts, name, n) < 0 || rt_slice_bounds(ts, args, n, 1, &start, &end) < 0)
        return RT_NULL;
    if (rt_is_tuple(args[0])) {
        struct rt_tuple *t = rt_as_tuple(args[0]);
        for (size_t i = 0; i < t->length; i++) {
            int r = tail(ts, self, t->items[i], start, end, at_end);
            if (r)
                return r < 0 ? RT_NULL : RT_TRUE;
        }
        return RT_FALSE;
    }
    int r = tail(ts, self, args[0], start, end, at_end);
    if (r < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "%s first arg must be bytes or a tuple of bytes, not %.100T", name, args[0]);
        return RT_NULL;
    }
    return rt_bool(r);
}

RT_BM_FAST(startswith) { return tail_method(ts, "startswith", self, args, n, false); }
RT_BM_FAST(endswith) { return tail_method(ts, "endswith", self, args, n, true); }

static rt_value sub(struct rt_thread *ts, rt_value self, size_t i, size_t j)
{
    struct span s = rt_span(self);
    if (i == 0 && j == s.n && rt_is_exact(self, &rt_bytes_type))
        return rt_newref(ts, self);
    return rt_is_bytes(self) ? rt_bytes_part(ts, s.p + i, j - i) : rt_bytes_like(ts, self, s.p + i, j - i);
}

static rt_value remove_affix(struct rt_thread *ts, rt_value self, rt_value arg, bool at_end)
{
    RT_BYTES_ARG(a);
    if (rt_bytes_arg(ts, arg, &a) < 0)
        return RT_NULL;
    struct span s = rt_span(self);
    bool match = a.n && s.n >= a.n && memcmp(s.p + (at_end ? s.n - a.n : 0), a.p, a.n) == 0;
    size_t cut = match ? a.n : 0;
    rt_bytes_arg_release(ts, &a);
    return at_end ? sub(ts, self, 0, s.n - cut) : sub(ts, self, cut, s.n);
}

RT_BM_O(removeprefix) { return remove_affix(ts, self, arg, false); }
RT_BM_O(removesuffix) { return remove_affix(ts, self, arg, true); }

/* ---- replace ---------------------------------------------------------------------------------- */

static rt_value replace(struct rt_thread *ts, rt_value self, const struct bytes_arg *old, const struct bytes_arg *new,
                        int64_t max)
{
    struct span s = rt_span(self);
    size_t count = max == 0 || (s.n == 0 && (old->n || max > 0) && old->n) ? 0
                   : rt_strsearch_count(s.p, 1, s.n, old->p, 1, old->n, max < 0 ? SIZE_MAX : (size_t)max);
    if (count == 0)
        return sub(ts, self, 0, s.n);
    if (new->n > old->n && new->n - old->n > ((size_t)INT64_MAX - s.n) / count)
        return rt_raise(ts, &rt_exc_OverflowError, "replace bytes is too long");
    size_t total = s.n + count * new->n - count * old->n, at = 0;
    rt_value r = rt_bytes_like(ts, self, NULL, total);
    if (rt_is_null(r) || total == 0)
        return r;
    char *d = rt_span_write(r);
    for (size_t i = 0; i < count; i++) {
        size_t p = old->n ? (size_t)rt_strsearch_find(s.p + at, 1, s.n - at, old->p, 1, old->n) : i > 0;
        memcpy(d, s.p + at, p);
        memcpy(d + p, new->p, new->n);
        d += p + new->n;
        at += p + old->n;
    }
    memcpy(d, s.p + at, s.n - at);
    return r;
}

RT_BM_FAST(replace)
{
    RT_BYTES_ARG(old);
    RT_BYTES_ARG(new);
    int64_t max = -1;
    if (rt_args_count(ts, "replace", n, 2, 3) < 0)
        return RT_NULL;
    if (n == 3) {
        max = rt_as_ssize(ts, args[2]);
        if (max == -1 && rt_pending(ts))
            return RT_NULL;
    }
    if (rt_bytes_arg(ts, args[0], &old) < 0)
        return RT_NULL;
    rt_value r = RT_NULL;
    if (rt_bytes_arg(ts, args[1], &new) == 0) {
        r = replace(ts, self, &old, &new, max);
        rt_bytes_arg_release(ts, &new);
    }
    rt_bytes_arg_release(ts, &old);
    return r;
}

/* ---- strip, partition ------------------------------------------------------------------------- */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool in_bytes(const struct bytes_arg *set, char c)
{
    return set->n && memchr(set->p, (uint8_t)c, set->n);
}

/* The bounds that may move do so, inwards over bytes of the set. */
static void strip_by_table(const struct bytes_arg *set, const char *p, size_t *i, size_t *j, bool left, bool right)
{
    uint64_t in[4] = {0};
    for (size_t k = 0; k < set->n; k++)
        in[(uint8_t)set->p[k] >> 6] |= 1ull << ((uint8_t)set->p[k] & 63);
#define IN_SET(c) (in[(uint8_t)(c) >> 6] >> ((uint8_t)(c) & 63) & 1)
    while (left && *i < *j && IN_SET(p[*i]))
        ++*i;
    while (right && *j > *i && IN_SET(p[*j - 1]))
        --*j;
#undef IN_SET
}

static rt_value strip(struct rt_thread *ts, const char *name, rt_value self, const rt_value *args, uint32_t n, bool left,
                      bool right)
{
    RT_BYTES_ARG(set);
    if (rt_args_count(ts, name, n, 0, 1) < 0)
        return RT_NULL;
    struct span s = rt_span(self);
    size_t i = 0, j = s.n;
    if (!n || rt_is_none(args[0])) {
#define IS_WHITE(c) ((c) == ' ' || (uint8_t)((c) - '\t') < 5)
        while (left && i < j && IS_WHITE(s.p[i]))
            i++;
        while (right && j > i && IS_WHITE(s.p[j - 1]))
            j--;
#undef IS_WHITE
        return sub(ts, self, i, j);
    }
    if (rt_bytes_arg(ts, args[0], &set) < 0)
        return RT_NULL;
    s = rt_span(self);
    j = s.n;
    size_t looks = set.n / 8; /* so many looks through the set cost as much as its table */
    for (; looks && left && i < j && in_bytes(&set, s.p[i]); looks--)
        i++;
    for (; looks && right && j > i && in_bytes(&set, s.p[j - 1]); looks--)
        j--;
    if (!looks)
        strip_by_table(&set, s.p, &i, &j, left, right);
    rt_bytes_arg_release(ts, &set);
    return sub(ts, self, i, j);
}

RT_BM_FAST(strip) { return strip(ts, "strip", self, args, n, true, true); }
RT_BM_FAST(lstrip) { return strip(ts, "lstrip", self, args, n, true, false); }
RT_BM_FAST(rstrip) { return strip(ts, "rstrip", self, args, n, false, true); }

static rt_value partition(struct rt_thread *ts, rt_value self, rt_value arg, int dir)
{
    RT_BYTES_ARG(sep);
    rt_value part[3];
    if (rt_bytes_arg(ts, arg, &sep) < 0)
        return RT_NULL;
    if (sep.n == 0) {
        rt_bytes_arg_release(ts, &sep);
        return rt_raise(ts, &rt_exc_ValueError, "empty separator");
    }
    struct span s = rt_span(self);
    int64_t at = search(s, &sep, 0, INT64_MAX, dir);
    if (at < 0) {
        part[0] = dir > 0 ? sub(ts, self, 0, s.n) : rt_bytes_like(ts, self, "", 0);
        part[1] = rt_bytes_like(ts, self, "", 0);
        part[2] = dir > 0 ? rt_bytes_like(ts, self, "", 0) : sub(ts, self, 0, s.n);
    } else {
        part[0] = sub(ts, self, 0, (size_t)at);
        part[1] = rt_is_exact(arg, &rt_bytes_type) && !rt_is_bytearray(self) ? rt_newref(ts, arg)
                                                                            : rt_bytes_like(ts, self, sep.p, sep.n);
        part[2] = sub(ts, self, (size_t)at + sep.n, s.n);
    }
    rt_bytes_arg_release(ts, &sep);
    if (rt_is_null(part[0]) || rt_is_null(part[1]) || rt_is_null(part[2])) {
        for (int i = 0; i < 3; i++)
            rt_decref(ts, part[i]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, part, 3);
}

RT_BM_O(partition) { return partition(ts, self, arg, 1); }
RT_BM_O(rpartition) { return partition(ts, self, arg, -1); }

/* ---- split ------------------------------------------------------------------------------------ */

struct splitter {
    struct rt_thread *ts;
    rt_value self, list;
    struct span s;
    size_t max;
};

static int emit(struct splitter *x, size_t i, size_t j)
{
    rt_value v = sub(x->ts, x->self, i, j);
    return rt_is_null(v) ? -1 : rt_list_append_steal(x->ts, x->list, v);
}

static int split_space(struct splitter *x)
{
    size_t i = 0;
    for (;;) {
        while (i < x->s.n && is_space(x->s.p[i]))
            i++;
        if (i == x->s.n)
            return 0;
        if (x->max-- == 0)
            return emit(x, i, x->s.n);
        size_t j = i;
        while (j < x->s.n && !is_space(x->s.p[j]))
            j++;
        if (emit(x, i, j) < 0)
            return -1;
        i = j;
    }
}

static int rsplit_space(struct splitter *x)
{
    size_t j = x->s.n;
    for (;;) {
        while (j > 0 && is_space(x->s.p[j - 1]))
            j--;
        if (j == 0)
            return 0;
        if (x->max-- == 0)
            return emit(x, 0, j);
        size_t i = j;
        while (i > 0 && !is_space(x->s.p[i - 1]))
            i--;
        if (emit(x, i, j) < 0)
            return -1;
        j = i;
    }
}

static int split_sep(struct splitter *x, const struct bytes_arg *sep)
{
    size_t i = 0;
    while (x->max--) {
        ptrdiff_t at = rt_strsearch_find(x->s.p + i, 1, x->s.n - i, sep->p, 1, sep->n);
        if (at < 0)
            break;
        if (emit(x, i, i + (size_t)at) < 0)
            return -1;
        i += (size_t)at + sep->n;
    }
    return emit(x, i, x->s.n);
}

static int rsplit_sep(struct splitter *x, const struct bytes_arg *sep)
{
    size_t j = x->s.n;
    while (x->max--) {
        ptrdiff_t at = rt_strsearch_rfind(x->s.p, 1, j, sep->p, 1, sep->n);
        if (at < 0)
            break;
        if (emit(x, (size_t)at + sep->n, j) < 0)
            return -1;
        j = (size_t)at;
    }
    return emit(x, 0, j);
}

static rt_value split(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw, bool right)
{
    static const char *const names[] = {"sep", "maxsplit", NULL};
    static const struct rt_argspec specs[2] = {{"split", names, 0, 0, 2, 2}, {"rsplit", names, 0, 0, 2, 2}};
    RT_BYTES_ARG(sep);
    rt_value a[2];
    int64_t max = -1;
    if (rt_args(ts, &specs[right], args, n, kw, a) < 0)
        return RT_NULL;
    if (!rt_is_null(a[1])) {
        max = rt_as_ssize(ts, a[1]);
        if (max == -1 && rt_pending(ts))
            return RT_NULL;
    }
    bool space = rt_is_null(a[0]) || rt_is_none(a[0]);
    if (!space) {
        if (rt_bytes_arg(ts, a[0], &sep) < 0)
            return RT_NULL;
        if (sep.n == 0) {
            rt_bytes_arg_release(ts, &sep);
            return rt_raise(ts, &rt_exc_ValueError, "empty separator");
        }
    }
    struct splitter x = {ts, self, rt_list_new(ts, 8), rt_span(self), max < 0 ? SIZE_MAX : (size_t)max};
    int rc = -1;
    if (!rt_is_null(x.list)) {
        if (space)
            rc = right ? rsplit_space(&x) : split_space(&x);
        else
            rc = right ? rsplit_sep(&x, &sep) : split_sep(&x, &sep);
        if (rc == 0 && right)
            rt_list_reverse(ts, x.list);
    }
    rt_bytes_arg_release(ts, &sep);
    if (rc < 0) {
        rt_decref(ts, x.list);
        return RT_NULL;
    }
    return x.list;
}

RT_BM_KW(split) { return split(ts, self, args, n, kw, false); }
RT_BM_KW(rsplit) { return split(ts, self, args, n, kw, true); }

RT_BM_KW(splitlines)
{
    int keep;
    if (rt_optional_int(ts, "splitlines", "keepends", args, n, kw, 0, &keep) < 0)
        return RT_NULL;
    struct splitter x = {ts, self, rt_list_new(ts, 8), rt_span(self), 0};
    if (rt_is_null(x.list))
        return RT_NULL;
    for (size_t i = 0, j = 0; i < x.s.n; j = i) {
        while (i < x.s.n && x.s.p[i] != '\n' && x.s.p[i] != '\r')
            i++;
        size_t eol = i;
        if (i < x.s.n) {
            i += x.s.p[i] == '\r' && i + 1 < x.s.n && x.s.p[i + 1] == '\n' ? 2 : 1;
            if (keep)
                eol = i;
        }
        if (emit(&x, j, eol) < 0) {
            rt_decref(ts, x.list);
            return RT_NULL;
        }
    }
    return x.list;
}
