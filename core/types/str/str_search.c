/* SPDX-License-Identifier: MIT */
/* Methods of str that look for something: find, count, startswith, replace, strip, partition, split. */
#include "core/types/str/str_internal.h"

/* ---- find, index, count ----------------------------------------------------------------------- */

static int find_args(struct rt_thread *ts, const char *name, rt_value self, const rt_value *args, uint32_t n,
                     int64_t *start, int64_t *end)
{
    if (rt_find_count(ts, name, n) < 0)
        return -1;
    if (!rt_is_str(args[0])) {
        rt_raise(ts, &rt_exc_TypeError, "must be str, not %.100T", args[0]);
        return -1;
    }
    return rt_find_bounds(ts, args, n, 1, (int64_t)rt_str_len(self), start, end);
}

static rt_value find_method(struct rt_thread *ts, const char *name, rt_value self, const rt_value *args,
                            uint32_t n, int dir, bool must)
{
    int64_t start, end;
    if (find_args(ts, name, self, args, n, &start, &end) < 0)
        return RT_NULL;
    int64_t at = rt_str_find(self, args[0], start, end, dir);
    if (at < 0 && must)
        return rt_raise(ts, &rt_exc_ValueError, "substring not found");
    return rt_int_imm(at);
}

RT_STR_FAST(find) { return find_method(ts, "find", self, args, n, 1, false); }
RT_STR_FAST(rfind) { return find_method(ts, "rfind", self, args, n, -1, false); }
RT_STR_FAST(index) { return find_method(ts, "index", self, args, n, 1, true); }
RT_STR_FAST(rindex) { return find_method(ts, "rindex", self, args, n, -1, true); }

RT_STR_FAST(count)
{
    int64_t start, end;
    if (find_args(ts, "count", self, args, n, &start, &end) < 0)
        return RT_NULL;
    struct text t = rt_text(self), u = rt_text(args[0]);
    if (start > end || u.kind > t.kind)
        return rt_int_imm(0);
    return rt_int_imm((int64_t)rt_strsearch_count(rt_text_ptr(&t, (size_t)start), t.kind, (size_t)(end - start),
                                                  u.d, u.kind, u.n, SIZE_MAX));
}

/* ---- startswith, endswith --------------------------------------------------------------------- */

static bool tail_match(const struct text *t, const struct text *u, int64_t start, int64_t end, bool at_end)
{
    if (end - start < (int64_t)u->n || start > end || u->kind > t->kind)
        return false;
    size_t at = at_end ? (size_t)end - u->n : (size_t)start;
    if (u->kind == t->kind)
        return memcmp(rt_text_ptr(t, at), u->d, u->n * (size_t)u->kind) == 0;
    for (size_t i = 0; i < u->n; i++) {
        if (rt_text_at(t, at + i) != rt_text_at(u, i))
            return false;
    }
    return true;
}

static rt_value tail_method(struct rt_thread *ts, const char *name, rt_value self, const rt_value *args, uint32_t n,
                            bool at_end)
{
    int64_t start, end;
    if (rt_find_count(ts, name, n) < 0)
        return RT_NULL;
    struct text t = rt_text(self);
    if (rt_find_bounds(ts, args, n, 1, (int64_t)t.n, &start, &end) < 0)
        return RT_NULL;
    if (rt_is_tuple(args[0])) {
        struct rt_tuple *tuple = rt_as_tuple(args[0]);
        for (size_t i = 0; i < tuple->length; i++) {
            if (!rt_is_str(tuple->items[i]))
                return rt_raise(ts, &rt_exc_TypeError, "tuple for %s must only contain str, not %.100T", name,
                                tuple->items[i]);
            struct text u = rt_text(tuple->items[i]);
            if (tail_match(&t, &u, start, end, at_end))
                return RT_TRUE;
        }
        return RT_FALSE;
    }
    if (!rt_is_str(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "%s first arg must be str or a tuple of str, not %.100T", name,
                        args[0]);
    struct text u = rt_text(args[0]);
    return rt_bool(tail_match(&t, &u, start, end, at_end));
}

RT_STR_FAST(startswith) { return tail_method(ts, "startswith", self, args, n, false); }
RT_STR_FAST(endswith) { return tail_method(ts, "endswith", self, args, n, true); }

static rt_value remove_affix(struct rt_thread *ts, const char *name, rt_value self, rt_value arg, bool at_end)
{
    if (!rt_is_str(arg))
        return rt_raise(ts, &rt_exc_TypeError, "%s() argument must be str, not %.100N", name, arg);
    struct text t = rt_text(self), u = rt_text(arg);
    if (!tail_match(&t, &u, 0, (int64_t)t.n, at_end))
        return rt_str_exact(ts, self);
    return at_end ? rt_str_sub(ts, self, 0, t.n - u.n) : rt_str_sub(ts, self, u.n, t.n);
}

RT_STR_O(removeprefix) { return remove_affix(ts, "removeprefix", self, arg, false); }
RT_STR_O(removesuffix) { return remove_affix(ts, "removesuffix", self, arg, true); }

/* ---- replace ---------------------------------------------------------------------------------- */

/* The same length on both sides and no widening: copy, then overwrite. */
RT_INLINE ptrdiff_t char_at(const char *p, char c, size_t n)
{
    const char *found = n ? memchr(p, c, n) : NULL;
    return found ? found - p : -1;
}

/* Where the first occurrences are, so that each is searched for once. */
struct places {
    size_t n, at[32];
};

static size_t count_places(const struct text *t, const struct text *u, size_t limit, struct places *where)
{
    where->n = 0;
    if (u->n == 0)
        return rt_strsearch_count(t->d, t->kind, t->n, u->d, u->kind, u->n, limit);
    size_t at = 0;
    for (; where->n < limit && where->n < RT_COUNTOF(where->at); where->n++) {
        ptrdiff_t p = u->n == 1 && t->kind == 1 && u->kind == 1
                          ? char_at((const char *)t->d + at, *(const char *)u->d, t->n - at)
                          : rt_strsearch_find(rt_text_ptr(t, at), t->kind, t->n - at, u->d, u->kind, u->n);
        if (p < 0)
            return where->n;
        where->at[where->n] = at + (size_t)p;
        at += (size_t)p + u->n;
    }
    if (where->n == limit)
        return limit;
    return where->n + rt_strsearch_count(rt_text_ptr(t, at), t->kind, t->n - at, u->d, u->kind, u->n, limit - where->n);
}

static rt_value replace_same(struct rt_thread *ts, const struct text *t, const struct text *u, const struct text *w,
                             size_t count, const struct places *where)
{
    size_t at = 0, kind = (size_t)t->kind;
    rt_value r = rt_str_alloc(ts, t->n, rt_text_maxchar(t));
    if (rt_is_null(r))
        return r;
    char *d = rt_str_data(rt_as_str(r));
    memcpy(d, t->d, t->n * kind);
    for (size_t i = 0; i < count; i++) {
        ptrdiff_t p = i < where->n ? (ptrdiff_t)(where->at[i] - at)
                                   : rt_strsearch_find(rt_text_ptr(t, at), t->kind, t->n - at, u->d, u->kind, u->n);
        rt_text_copy(d, t->kind, at + (size_t)p, w->d, w->kind, w->n);
        at += (size_t)p + u->n;
    }
    return r;
}

/* One character by another, everywhere: a loop without branches, of which the compiler makes vectors. */
static rt_value replace_ascii(struct rt_thread *ts, rt_value self, const struct text *t, uint8_t old, uint8_t new)
{
    if (!memchr(t->d, old, t->n))
        return rt_str_exact(ts, self);
    rt_value r = rt_str_alloc(ts, t->n, 0x7f);
    if (rt_is_null(r))
        return r;
    const uint8_t *from = t->d;
    uint8_t *to = rt_str_data(rt_as_str(r));
    for (size_t i = 0; i < t->n; i++)
        to[i] = from[i] == old ? new : from[i];
    return r;
}

static rt_value replace(struct rt_thread *ts, rt_value self, rt_value old, rt_value new, int64_t max)
{
    struct text t = rt_text(self), u = rt_text(old), w = rt_text(new);
    struct places where;
    size_t limit = max < 0 ? SIZE_MAX : (size_t)max;
    if (limit == 0 || u.n > t.n || u.kind > t.kind || (t.n == 0 && u.n && w.n == 0))
        return rt_str_exact(ts, self);
    if (rt_is(old, new))
        return rt_str_exact(ts, self);
    if (u.n == 1 && w.n == 1 && t.ascii && w.ascii && max < 0)
        return replace_ascii(ts, self, &t, (uint8_t)rt_text_at(&u, 0), (uint8_t)rt_text_at(&w, 0));
    size_t count = count_places(&t, &u, limit, &where);
    if (count == 0)
        return rt_str_exact(ts, self);
    bool narrows = !t.ascii && rt_text_maxchar(&w) < rt_text_maxchar(&t);
    if (u.n == w.n && u.n && w.kind <= t.kind && rt_text_maxchar(&w) <= rt_text_maxchar(&t) && !narrows)
        return replace_same(ts, &t, &u, &w, count, &where);
    if (w.n > u.n && (w.n - u.n) > ((size_t)INT64_MAX / 4 - t.n) / count)
        return rt_raise(ts, &rt_exc_OverflowError, "replace string is too long");
    size_t n = t.n + count * w.n - count * u.n;
    uint32_t mt = rt_text_maxchar(&t), mw = rt_text_maxchar(&w);
    rt_value r = rt_str_alloc(ts, n, mt > mw ? mt : mw);
    if (rt_is_null(r) || n == 0)
        return r;
    struct rt_str *o = rt_as_str(r);
    void *d = rt_str_data(o);
    size_t at = 0, to = 0;
    for (size_t i = 0; i < count; i++) {
        size_t p = i < where.n ? where.at[i] - at
                   : u.n ? (size_t)rt_strsearch_find(rt_text_ptr(&t, at), t.kind, t.n - at, u.d, u.kind, u.n)
                         : i > 0;
        rt_text_copy(d, o->kind, to, rt_text_ptr(&t, at), t.kind, p);
        rt_text_copy(d, o->kind, to + p, w.d, w.kind, w.n);
        to += p + w.n;
        at += p + u.n;
    }
    rt_text_copy(d, o->kind, to, rt_text_ptr(&t, at), t.kind, t.n - at);
    if (mt > 0x7f && mt >= mw) { /* the widest characters may be gone */
        rt_value narrow = rt_str_from_kind(ts, o->kind, d, n);
        rt_decref(ts, r);
        return narrow;
    }
    return r;
}

RT_STR_FAST(replace)
{
    int64_t count = -1;
    if (rt_args_count(ts, "replace", n, 2, 3) < 0)
        return RT_NULL;
    for (uint32_t i = 0; i < 2; i++) {
        if (!rt_is_str(args[i]))
            return rt_raise(ts, &rt_exc_TypeError, "replace() argument %u must be str, not %.50N", i + 1, args[i]);
    }
    if (n == 3) {
        count = rt_as_ssize(ts, args[2]);
        if (count == -1 && rt_pending(ts))
            return RT_NULL;
    }
    return replace(ts, self, args[0], args[1], count);
}

/* ---- strip ------------------------------------------------------------------------------------ */

static bool in_set(const struct text *set, uint32_t c)
{
    if (set->kind == 1)
        return c < 256 && set->n && memchr(set->d, (int)c, set->n);
    return rt_strsearch_find_char(set->d, set->kind, set->n, c) >= 0;
}

static rt_value strip(struct rt_thread *ts, const char *name, rt_value self, const rt_value *args, uint32_t n,
                      bool left, bool right)
{
    struct text t = rt_text(self);
    size_t i = 0, j = t.n;
    if (n > 1 && rt_args_count(ts, name, n, 0, 1) < 0)
        return RT_NULL;
    if (n == 0 && t.ascii) {
        const uint8_t *p = t.d;
        while (left && i < j && p[i] <= ' ' && (rt_unicode_latin1_flags[p[i]] & RT_UC_SPACE))
            i++;
        while (right && j > i && p[j - 1] <= ' ' && (rt_unicode_latin1_flags[p[j - 1]] & RT_UC_SPACE))
            j--;
    } else if (n == 0 || rt_is_none(args[0])) {
        while (left && i < j && rt_unicode_is_space(rt_text_at(&t, i)))
            i++;
        while (right && j > i && rt_unicode_is_space(rt_text_at(&t, j - 1)))
            j--;
    } else if (rt_is_str(args[0])) {
        struct text set = rt_text(args[0]);
        while (left && i < j && in_set(&set, rt_text_at(&t, i)))
            i++;
        while (right && j > i && in_set(&set, rt_text_at(&t, j - 1)))
            j--;
    } else {
        return rt_raise(ts, &rt_exc_TypeError, "%s arg must be None or str", name);
    }
    return rt_str_sub(ts, self, i, j);
}

RT_STR_FAST(strip) { return strip(ts, "strip", self, args, n, true, true); }
RT_STR_FAST(lstrip) { return strip(ts, "lstrip", self, args, n, true, false); }
RT_STR_FAST(rstrip) { return strip(ts, "rstrip", self, args, n, false, true); }

/* ---- partition -------------------------------------------------------------------------------- */

static rt_value partition(struct rt_thread *ts, rt_value self, rt_value sep, int dir)
{
    if (!rt_is_str(sep))
        return rt_raise(ts, &rt_exc_TypeError, "must be str, not %.100T", sep);
    if (rt_str_len(sep) == 0)
        return rt_raise(ts, &rt_exc_ValueError, "empty separator");
    int64_t at = rt_str_find(self, sep, 0, INT64_MAX, dir);
    rt_value part[3];
    if (at < 0) {
        part[0] = part[1] = part[2] = rt_str_empty();
        part[dir > 0 ? 0 : 2] = rt_str_exact(ts, self);
    } else {
        part[0] = rt_str_sub(ts, self, 0, (size_t)at);
        part[1] = rt_newref(ts, sep);
        part[2] = rt_str_sub(ts, self, (size_t)at + rt_str_len(sep), SIZE_MAX);
    }
    if (rt_is_null(part[0]) || rt_is_null(part[2])) {
        for (int i = 0; i < 3; i++)
            rt_decref(ts, part[i]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, part, 3);
}

RT_STR_O(partition) { return partition(ts, self, arg, 1); }
RT_STR_O(rpartition) { return partition(ts, self, arg, -1); }

/* ---- split ------------------------------------------------------------------------------------ */

static int append_sub(struct rt_thread *ts, rt_value list, rt_value s, size_t i, size_t j)
{
    rt_value v = rt_str_sub(ts, s, i, j);
    return rt_is_null(v) ? -1 : rt_list_append_steal(ts, list, v);
}

/* The same for a text of one-byte units whose view is at hand. */
static int append_piece(struct rt_thread *ts, rt_value list, rt_value s, const struct text *t, size_t i, size_t j)
{
    if (j - i == 1)
        return rt_list_append_steal(ts, list, rt_str_from_char(ts, ((const uint8_t *)t->d)[i]));
    if (rt_unlikely(!t->ascii) || i == j || j - i == t->n)
        return append_sub(ts, list, s, i, j);
    rt_value v = rt_str_alloc(ts, j - i, 0x7f);
    if (rt_is_null(v))
        return -1;
    memcpy(rt_str_data(rt_as_str(v)), (const char *)t->d + i, j - i);
    return rt_list_append_steal(ts, list, v);
}

/* memchr, for units that are most often near: its call costs more than looking at a few bytes. */
static ptrdiff_t find_near(const uint8_t *p, size_t n, uint8_t c)
{
    size_t near = n < 8 ? n : 8;
    for (size_t i = 0; i < near; i++)
        if (p[i] == c)
            return (ptrdiff_t)i;
    const uint8_t *found = near < n ? memchr(p + near, c, n - near) : NULL;
    return found ? found - p : -1;
}

static int split_space_latin1(struct rt_thread *ts, rt_value list, rt_value self, size_t max)
{
    struct text t = rt_text(self);
    const uint8_t *p = t.d;
    size_t i = 0, j;
    for (;; i = j) {
        while (i < t.n && rt_unicode_latin1_flags[p[i]] & RT_UC_SPACE)
            i++;
        if (i == t.n)
            return 0;
        if (max-- == 0)
            return append_sub(ts, list, self, i, t.n);
        for (j = i + 1; j < t.n && !(rt_unicode_latin1_flags[p[j]] & RT_UC_SPACE); j++)
            ;
        if (append_piece(ts, list, self, &t, i, j) < 0)
            return -1;
    }
}

static int split_space(struct rt_thread *ts, rt_value list, rt_value self, size_t max)
{
    struct text t = rt_text(self);
    size_t i = 0;
    if (t.kind == 1)
        return split_space_latin1(ts, list, self, max);
    while (max--) {
        while (i < t.n && rt_unicode_is_space(rt_text_at(&t, i)))
            i++;
        if (i == t.n)
            return 0;
        size_t j = i + 1;
        while (j < t.n && !rt_unicode_is_space(rt_text_at(&t, j)))
            j++;
        if (append_sub(ts, list, self, i, j) < 0)
            return -1;
        i = j;
    }
    while (i < t.n && rt_unicode_is_space(rt_text_at(&t, i)))
        i++;
    return i == t.n ? 0 : append_sub(ts, list, self, i, t.n);
}

static int rsplit_space(struct rt_thread *ts, rt_value list, rt_value self, size_t max)
{
    struct text t = rt_text(self);
    size_t j = t.n;
    while (max--) {
        while (j > 0 && rt_unicode_is_space(rt_text_at(&t, j - 1)))
            j--;
        if (j == 0)
            return 0;
        size_t i = j - 1;
        while (i > 0 && !rt_unicode_is_space(rt_text_at(&t, i - 1)))
            i--;
        if (append_sub(ts, list, self, i, j) < 0)
            return -1;
        j = i;
    }
    while (j > 0 && rt_unicode_is_space(rt_text_at(&t, j - 1)))
        j--;
    return j == 0 ? 0 : append_sub(ts, list, self, 0, j);
}

static int split_sep(struct rt_thread *ts, rt_value list, rt_value self, rt_value sep, size_t max)
{
    struct text t = rt_text(self), u = rt_text(sep);
    size_t i = 0;
    if (u.n == 1 && t.kind == 1 && u.kind == 1) {
        uint8_t c = (uint8_t)rt_text_at(&u, 0);
        while (max--) {
            ptrdiff_t at = find_near((const uint8_t *)t.d + i, t.n - i, c);
            if (at < 0)
                break;
            if (append_piece(ts, list, self, &t, i, i + (size_t)at) < 0)
                return -1;
            i += (size_t)at + 1;
        }
    } else if (u.kind <= t.kind) {
        bool one = u.n == 1;
        uint32_t c = rt_text_at(&u, 0);
        while (max--) {
            const void *p = rt_text_ptr(&t, i);
            ptrdiff_t at = one ? rt_strsearch_find_char(p, t.kind, t.n - i, c)
                               : rt_strsearch_find(p, t.kind, t.n - i, u.d, u.kind, u.n);
            if (at < 0)
                break;
            if (append_sub(ts, list, self, i, i + (size_t)at) < 0)
                return -1;
            i += (size_t)at + u.n;
        }
    }
    return append_sub(ts, list, self, i, t.n);
}

static int rsplit_sep(struct rt_thread *ts, rt_value list, rt_value self, rt_value sep, size_t max)
{
    struct text t = rt_text(self), u = rt_text(sep);
    size_t j = t.n;
    while (max--) {
        int64_t at = rt_text_find(&t, &u, 0, (int64_t)j, -1);
        if (at < 0)
            break;
        if (append_sub(ts, list, self, (size_t)at + u.n, j) < 0)
            return -1;
        j = (size_t)at;
    }
    return append_sub(ts, list, self, 0, j);
}

static rt_value split(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw, bool right)
{
    static const char *const names[] = {"sep", "maxsplit", NULL};
    static const struct rt_argspec specs[2] = {{"split", names, 0, 0, 2, 2}, {"rsplit", names, 0, 0, 2, 2}};
    rt_value a[2];
    int64_t max = -1;
    if (rt_args(ts, &specs[right], args, n, kw, a) < 0)
        return RT_NULL;
    if (!rt_is_null(a[1])) {
        max = rt_as_ssize(ts, a[1]);
        if (max == -1 && rt_pending(ts))
            return RT_NULL;
    }
    size_t limit = max < 0 ? SIZE_MAX : (size_t)max;
    bool space = rt_is_null(a[0]) || rt_is_none(a[0]);
    if (!space && !rt_is_str(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "must be str or None, not %.100T", a[0]);
    if (!space && rt_str_len(a[0]) == 0)
        return rt_raise(ts, &rt_exc_ValueError, "empty separator");
    rt_value list = rt_list_new(ts, limit < 12 ? limit + 1 : 12);
    if (rt_is_null(list))
        return list;
    int rc;
    if (right)
        rc = space ? rsplit_space(ts, list, self, limit) : rsplit_sep(ts, list, self, a[0], limit);
    else
        rc = space ? split_space(ts, list, self, limit) : split_sep(ts, list, self, a[0], limit);
    if (rc == 0 && right)
        rt_list_reverse(ts, list);
    if (rc < 0) {
        rt_decref(ts, list);
        return RT_NULL;
    }
    return list;
}

RT_STR_KW(split) { return split(ts, self, args, n, kw, false); }
RT_STR_KW(rsplit) { return split(ts, self, args, n, kw, true); }

RT_STR_KW(splitlines)
{
    int keep;
    if (rt_optional_int(ts, "splitlines", "keepends", args, n, kw, 0, &keep) < 0)
        return RT_NULL;
    rt_value list = rt_list_new(ts, 8);
    if (rt_is_null(list))
        return list;
    struct text t = rt_text(self);
    for (size_t i = 0, j = 0; i < t.n;) {
        if (t.ascii) {
            const uint8_t *p = t.d;
            while (i < t.n && (p[i] > 0x1e || !(rt_unicode_latin1_flags[p[i]] & RT_UC_LINEBREAK)))
                i++;
        }
        while (i < t.n && !rt_unicode_is_linebreak(rt_text_at(&t, i)))
            i++;
        size_t eol = i;
        if (i < t.n) {
            i += rt_text_at(&t, i) == '\r' && i + 1 < t.n && rt_text_at(&t, i + 1) == '\n' ? 2 : 1;
            if (keep)
                eol = i;
        }
        if (append_sub(ts, list, self, j, eol) < 0) {
            rt_decref(ts, list);
            return RT_NULL;
        }
        j = i;
    }
    return list;
}
