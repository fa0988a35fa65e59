/* SPDX-License-Identifier: MIT */
/*
 * Arguments of native functions, with the messages of CPython's Argument Clinic and PyArg_UnpackTuple.
 */
#include "core/object/object_internal.h"

int rt_no_keywords(struct rt_thread *ts, const char *fname, rt_value kw)
{
    if (rt_likely(rt_is_null(kw) || !rt_as_tuple(kw)->length))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "%.200s() takes no keyword arguments", fname);
    return -1;
}

int rt_args_count_error(struct rt_thread *ts, const char *fname, uint32_t n, uint32_t min, uint32_t max)
{
    uint32_t want = n < min ? min : max;
    const char *bound = min == max ? "" : n < min ? "at least " : "at most ";
    if (fname)
        rt_raise(ts, &rt_exc_TypeError, "%.200s expected %s%u argument%s, got %u", fname, bound, want,
                 want == 1 ? "" : "s", n);
    else
        rt_raise(ts, &rt_exc_TypeError, "unpacked tuple should have %s%u element%s, but has %u", bound, want,
                 want == 1 ? "" : "s", n);
    return -1;
}

struct parser {
    const struct rt_argspec *s;
    const rt_value *args;
    uint32_t n, nkw;
    rt_value kw;
};

static const char *who(const struct rt_argspec *s) { return s->fname ? s->fname : "function"; }
static const char *call(const struct rt_argspec *s) { return s->fname ? "()" : ""; }

static int too_many(struct rt_thread *ts, const struct parser *p)
{
    const struct rt_argspec *s = p->s;
    uint32_t max = s->max;
    if (!s->fname) {
        bool all = p->n + p->nkw > s->total;
        rt_raise(ts, &rt_exc_TypeError, "function takes at most %u %sargument%s (%u given)", all ? s->total : max, all ? "" : "positional ",
                 (all ? s->total : max) == 1 ? "" : "s", all ? p->n + p->nkw : p->n);
    } else if (max == 0) {
        rt_raise(ts, &rt_exc_TypeError, "%.200s() takes no positional arguments", s->fname);
    } else if (s->npos_only < s->total && p->nkw + p->n > s->total) {
        rt_raise(ts, &rt_exc_TypeError, "%.200s() takes at most %u argument%s (%u given)", s->fname, (uint32_t)s->total,
                 s->total == 1 ? "" : "s", p->n + p->nkw);
    } else {
        rt_raise(ts, &rt_exc_TypeError, "%.200s() takes %s %u positional argument%s (%u given)", s->fname,
                 s->min < max ? "at most" : "exactly", max, max == 1 ? "" : "s", p->n);
    }
    return -1;
}

/* Index of the parameter called key, or -1. */
static int find_name(const struct rt_argspec *s, rt_value key)
{
    char first = *(const char *)rt_str_data(rt_as_str(key));
    for (uint32_t i = s->npos_only; i < s->total; i++)
        if (*s->names[i] == first && rt_str_eq_cstr(key, s->names[i]))
            return (int)i;
    return -1;
}

static int take_keyword(struct rt_thread *ts, const struct parser *p, rt_value key, rt_value v, rt_value *out)
{
    const struct rt_argspec *s = p->s;
    if (!rt_is_ptr(key) || !rt_is_str(key)) {
        rt_raise(ts, &rt_exc_TypeError, "keywords must be strings");
        return -1;
    }
    int i = find_name(s, key);
    if (i < 0) {
        rt_raise(ts, &rt_exc_TypeError, "'%S' is an invalid keyword argument for %.200s%s", key, s->fname ? s->fname : "this function", call(s));
        return -1;
    }
    if (!rt_is_null(out[i])) {
        rt_raise(ts, &rt_exc_TypeError, "argument for %.200s%s given by name ('%s') and position (%d)",
                 who(s), call(s), s->names[i], i + 1);
        return -1;
    }
    out[i] = v;
    return 0;
}

static int missing(struct rt_thread *ts, const struct parser *p, uint32_t i)
{
    const struct rt_argspec *s = p->s;
    if (i < s->npos_only) { /* positional-only parameters have no names in messages */
        rt_raise(ts, &rt_exc_TypeError, "%.200s() takes %s %u positional argument%s (%u given)", s->fname,
                 s->min < s->max ? "at least" : "exactly", (uint32_t)(s->min < s->npos_only ? s->min : s->npos_only),
                 (s->min < s->npos_only ? s->min : s->npos_only) == 1 ? "" : "s", p->n);
        return -1;
    }
    if (i < s->max)
        rt_raise(ts, &rt_exc_TypeError, "%.200s%s missing required argument '%s' (pos %u)", who(s), call(s),
                 s->names[i], i + 1);
    else
        rt_raise(ts, &rt_exc_TypeError, "%.200s() missing required keyword-only argument '%s'", s->fname,
                 s->names[i]);
    return -1;
}

static int args_general(struct rt_thread *ts, const struct rt_argspec *spec, const rt_value *args, uint32_t n,
                        rt_value kw, rt_value *out);

int rt_args(struct rt_thread *ts, const struct rt_argspec *spec, const rt_value *args, uint32_t n,
            rt_value kw, rt_value *out)
{
    if (rt_unlikely(!rt_is_null(kw) || n > spec->max || n < spec->min))
        return args_general(ts, spec, args, n, kw, out);
    uint32_t i = 0, total = spec->total;
    for (; i < n; i++)
        out[i] = args[i];
    for (; i < total; i++)
        out[i] = RT_NULL;
    return 0;
}

static RT_NOINLINE int args_general(struct rt_thread *ts, const struct rt_argspec *spec, const rt_value *args,
                                    uint32_t n, rt_value kw, rt_value *out)
{
    struct parser p = {spec, args, n, rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length, kw};
    uint32_t total = spec->total;
    if (rt_unlikely(n > spec->max))
        return too_many(ts, &p);
    for (uint32_t i = 0; i < n; i++)
        out[i] = args[i];
    for (uint32_t i = n; i < total; i++)
        out[i] = RT_NULL;
    if (n < spec->min && n < spec->npos_only && spec->min <= spec->npos_only)
        return missing(ts, &p, n);
    if (rt_unlikely(p.nkw && n + p.nkw > total)) {
        rt_raise(ts, &rt_exc_TypeError, "%.200s%s takes at most %u %sargument%s (%u given)", who(spec), call(spec),
                 total, n == 0 ? "keyword " : "", total == 1 ? "" : "s", n + p.nkw);
        return -1;
    }
    /* a missing required argument is reported before an unknown keyword */
    uint32_t taken = 0;
    for (uint32_t k = 0; k < p.nkw; k++) {
        rt_value key = rt_as_tuple(kw)->items[k];
        int i = rt_is_ptr(key) && rt_is_str(key) ? find_name(spec, key) : -1;
        if (i >= 0 && rt_is_null(out[i])) {
            out[i] = args[n + k];
            taken++;
        }
    }
    for (uint32_t i = n; i < spec->min; i++)
        if (rt_is_null(out[i]))
            return missing(ts, &p, i);
    if (rt_likely(taken == p.nkw))
        return 0;
    for (uint32_t i = n; i < total && p.nkw; i++)
        out[i] = RT_NULL;
    for (uint32_t k = 0; k < p.nkw; k++)
        if (take_keyword(ts, &p, rt_as_tuple(kw)->items[k], args[n + k], out) < 0)
            return -1;
    return 0;
}
