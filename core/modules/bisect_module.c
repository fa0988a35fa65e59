/* SPDX-License-Identifier: MIT */
/* _bisect: binary search in any sequence. */
#include "core/modules/modules.h"
#include "core/types/cont_internal.h"
#include "core/types/cursor.h"

struct search {
    rt_value a, x, key;
    int64_t lo, hi;
};

static int parse(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n,
                 rt_value kw, struct search *s)
{
    static const char *const names[] = {"a", "x", "lo", "hi", "key", NULL};
    struct rt_argspec spec = {fname, names, 0, 2, 4, 5};
    rt_value v[5];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    s->a = v[0];
    s->x = v[1];
    s->key = rt_is_null(v[4]) || rt_is_none(v[4]) ? RT_NULL : v[4];
    s->lo = 0;
    s->hi = -1;
    if (!rt_is_null(v[2]) && (s->lo = rt_as_ssize(ts, v[2])) == -1 &&
        rt_pending(ts))
        return -1;
    if (!rt_is_null(v[3]) && !rt_is_none(v[3]) &&
        (s->hi = rt_as_ssize(ts, v[3])) == -1 && rt_pending(ts))
        return -1;
    if (s->lo < 0) {
        rt_raise(ts, &rt_exc_ValueError, "lo must be non-negative");
        return -1;
    }
    if (s->hi == -1 && (s->hi = rt_len(ts, s->a)) < 0)
        return -1;
    return 0;
}

/* Item mid, through the key function. */
static rt_value item_key(struct rt_thread *ts, struct search *s, int64_t mid)
{
    rt_value item = RT_NULL, k;
    if (rt_is_exact(s->a, &rt_list_type))
        item = rt_list_at(ts, s->a, (size_t)mid);
    if (rt_is_null(item))
        item = rt_seq_getitem(ts, s->a, mid);
    if (rt_is_null(item) || rt_is_null(s->key))
        return item;
    k = rt_call(ts, s->key, &item, 1, RT_NULL);
    rt_decref(ts, item);
    return k;
}

/* right: first place with x < item; left: first with not item < x. -1: error. */
static int64_t find(struct rt_thread *ts, struct search *s, rt_value x, bool right)
{
    int64_t lo = s->lo, hi = s->hi;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        rt_value item = item_key(ts, s, mid);
        if (rt_is_null(item))
            return -1;
        int c;
        if (rt_is_int(x) && rt_is_int(item))
            c = right ? rt_int_get(x) < rt_int_get(item) : rt_int_get(item) < rt_int_get(x);
        else if (rt_is_float_imm(x) && rt_is_float_imm(item))
            c = right ? rt_float_imm_get(x) < rt_float_imm_get(item) : rt_float_imm_get(item) < rt_float_imm_get(x);
        else
            c = right ? rt_sort_less(ts, x, item) : rt_sort_less(ts, item, x);
        rt_decref(ts, item);
        if (c < 0)
            return -1;
        if (c == right)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

static rt_value bisect(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n,
                       rt_value kw, bool right)
{
    struct search s;
    if (parse(ts, fname, args, n, kw, &s) < 0)
        return RT_NULL;
    int64_t i = find(ts, &s, s.x, right);
    return i < 0 ? RT_NULL : rt_int_from_i64(ts, i);
}

static rt_value insort(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n,
                       rt_value kw, bool right)
{
    struct search s;
    if (parse(ts, fname, args, n, kw, &s) < 0)
        return RT_NULL;
    rt_value k = rt_is_null(s.key) ? rt_newref(ts, s.x) : rt_call(ts, s.key, &s.x, 1, RT_NULL);
    if (rt_is_null(k))
        return k;
    int64_t i = find(ts, &s, k, right);
    rt_decref(ts, k);
    if (i < 0)
        return RT_NULL;
    if (rt_is_exact(s.a, &rt_list_type))
        return rt_list_insert(ts, s.a, i, s.x) < 0 ? RT_NULL : RT_NONE;
    rt_value v[2] = {rt_int_from_i64(ts, i), s.x};
    rt_value r = rt_call_method(ts, s.a, "insert", v, 2);
    rt_decref(ts, v[0]);
    if (rt_is_null(r))
        return r;
    rt_decref(ts, r);
    return RT_NONE;
}

#define FUNCTION(cname, fn, right)                                                                 \
    static rt_value cname(struct rt_thread *ts, rt_value mod, const rt_value *args, uint32_t n,    \
                          rt_value kw)                                                             \
    {                                                                                              \
        return fn(ts, #cname, args, n, kw, right);                                                 \
    }
FUNCTION(bisect_right, bisect, true)
FUNCTION(bisect_left, bisect, false)
FUNCTION(insort_right, insort, true)
FUNCTION(insort_left, insort, false)

#define SIG "($module, /, a, x, lo=0, hi=None, *, key=None)\n--\n\n"
static const struct rt_method_def methods[] = {
    {"bisect_right", bisect_right, RT_METH_KW,
     "bisect_right" SIG "Return the index where to insert item x in list a, assuming a is sorted.\n\n"
     "All e in a[:i] have e <= x, and all e in a[i:] have e > x."},
    {"bisect_left", bisect_left, RT_METH_KW,
     "bisect_left" SIG "Return the index where to insert item x in list a, assuming a is sorted.\n\n"
     "All e in a[:i] have e < x, and all e in a[i:] have e >= x."},
    {"insort_right", insort_right, RT_METH_KW,
     "insort_right" SIG "Insert item x in list a, and keep it sorted assuming a is sorted.\n\n"
     "If x is already in a, insert it to the right of the rightmost x."},
    {"insort_left", insort_left, RT_METH_KW,
     "insort_left" SIG "Insert item x in list a, and keep it sorted assuming a is sorted.\n\n"
     "If x is already in a, insert it to the left of the leftmost x."},
    {0},
};

const struct rt_module_def rt_module__bisect = {
    .name = "_bisect",
    .doc = "Bisection algorithms: keep a list in sorted order without sorting it after each "
           "insertion.",
    .methods = methods,
};
