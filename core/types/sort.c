/* SPDX-License-Identifier: MIT */
/*
 * list.sort: stable adaptive merge sort (sort_merge.h), instantiated for int, float, str and general
 * keys, with and without a key function.
 *
 * A sort that cannot run Python (all keys ints, floats or strs, no key function, of moderate size)
 * happens inside the list's section: other threads see the old order, then the new one. Otherwise the
 * words are taken out and the list is empty meanwhile (array == &sorting); whoever changes it then
 * replaces that mark, which is reported as "list modified during sort" at the end.
 */
#include "core/types/cont_internal.h"

enum { MIN_GALLOP = 7, ATOMIC_LIMIT = 1 << 17, SMALL = 16 };

struct merge_state {
    void *tmp;
    size_t tmp_bytes, min_gallop;
    bool safepoints;
};
struct pair {
    rt_value key, value;
};

/* n's leading six bits, plus one if any other bit is set: n / minrun is close to a power of two. */
static size_t sort_minrun(size_t n)
{
    size_t odd = 0;
    while (n >= 64) {
        odd |= n & 1;
        n >>= 1;
    }
    return n + odd;
}

/* Depth in the merge tree of the boundary between the run (start, len1) and the next len2 items. */
static int sort_power(size_t start, size_t len1, size_t len2, size_t n)
{
    size_t a = 2 * start + len1, b = a + len1 + len2;
    for (int power = 1;; power++) {
        if (a >= n) {
            a -= n;
            b -= n;
        } else if (b >= n) {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

RT_INLINE int lt_str(rt_value a, rt_value b)
{
    const struct rt_str *x = rt_as_str(a), *y = rt_as_str(b);
    if (rt_likely(x->kind == 1 && y->kind == 1)) {
        size_t n = x->length < y->length ? x->length : y->length;
        int c = memcmp(rt_str_data(x), rt_str_data(y), n);
        return c ? c < 0 : x->length < y->length;
    }
    return rt_str_cmp(a, b) < 0;
}

RT_INLINE int lt_any(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (rt_is_int(a) && rt_is_int(b))
        return (int64_t)a.bits < (int64_t)b.bits;
    if (rt_is_flonum(a) && rt_is_flonum(b))
        return rt_flonum_get(a) < rt_flonum_get(b);
    return rt_sort_less(ts, a, b);
}

int rt_sort_less(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (rt_is_exact(a, &rt_tuple_type) && rt_is_exact(b, &rt_tuple_type)) {
        const struct rt_tuple *x = rt_as_tuple(a), *y = rt_as_tuple(b);
        size_t n = x->length < y->length ? x->length : y->length;
        for (size_t i = 0; i < n; i++) {
            int same = rt_equal_inline(ts, x->items[i], y->items[i]);
            if (same < 0)
                return -1;
            if (!same)
                return lt_any(ts, x->items[i], y->items[i]);
        }
        return x->length < y->length;
    }
    if (rt_is_str_exact(a) && rt_is_str_exact(b))
        return lt_str(a, b);
    rt_value r = rt_compare(ts, a, b, RT_LT);
    if (rt_likely(rt_is_bool(r)))
        return rt_is_true(r);
    if (rt_is_null(r))
        return -1;
    int t = rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

#define SORT(f) int1_##f
#define ELEM rt_value
#define LT(x, y) ((int64_t)(x).bits < (int64_t)(y).bits)
#include "core/types/sort_merge.h"
#undef SORT
#undef ELEM
#define SORT(f) int2_##f
#define ELEM struct pair
#undef LT
#define LT(x, y) ((int64_t)(x).key.bits < (int64_t)(y).key.bits)
#include "core/types/sort_merge.h"
#undef SORT
#undef ELEM
#undef LT
#define SORT(f) str1_##f
#define ELEM rt_value
#define LT(x, y) lt_str(x, y)
#include "core/types/sort_merge.h"
#undef SORT
#undef ELEM
#undef LT
#define SORT(f) str2_##f
#define ELEM struct pair
#define LT(x, y) lt_str((x).key, (y).key)
#include "core/types/sort_merge.h"
#undef SORT
#undef ELEM
#undef LT
#define SORT(f) any1_##f
#define ELEM rt_value
#define LT(x, y) lt_any(ts, x, y)
#include "core/types/sort_merge.h"
#undef SORT
#undef ELEM
#undef LT
#define SORT(f) any2_##f
#define ELEM struct pair
#define LT(x, y) lt_any(ts, (x).key, (y).key)
#include "core/types/sort_merge.h"

enum kind { KIND_INT, KIND_FLOAT, KIND_STR, KIND_ANY };

RT_INLINE enum kind kind_of(rt_value v)
{
    if (rt_is_int(v))
        return KIND_INT;
    if (rt_is_float_imm(v))
        return KIND_FLOAT;
    return rt_is_str_exact(v) ? KIND_STR : KIND_ANY;
}

/* Of n words of a list's array. A reader may just be noting in one that it is not counted, so they are read as slots. */
static enum kind common_kind(const rt_value *words, size_t n)
{
    const rt_slot *v = (const rt_slot *)words, *end = v + n;
    enum kind k = kind_of(rt_slot_peek(v));
    uint32_t str_shape = rt_str_type.shape->id;
    rt_value w;
    if (k == KIND_INT)
        while (v < end && rt_is_int(rt_slot_peek(v)))
            v++;
    else if (k == KIND_STR)
        while (v < end && rt_is_ptr(w = rt_slot_peek(v)) && rt_shape_id(rt_ptr(w)) == str_shape)
            v++;
    else
        while (v < end && kind_of(rt_slot_peek(v)) == k)
            v++;
    return v < end ? KIND_ANY : k;
}

/* An int64 that orders as the double does; both zeros give the same. */
static rt_value float_order(rt_value v)
{
    double d = rt_float_imm_get(v);
    int64_t b;
    memcpy(&b, &d, 8);
    if (d == 0.0)
        b = 0;
    return RT_VALUE(b < 0 ? (uint64_t)(INT64_MIN - b) : (uint64_t)b);
}

static int sort_floats(struct rt_thread *ts, rt_value *v, size_t n, bool safepoints)
{
    struct pair *p = n > SIZE_MAX / sizeof(*p) ? NULL : rt_raw_malloc(n * sizeof(*p));
    if (!p) {
        rt_raise_no_memory(ts);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pair){float_order(v[i]), v[i]};
    int r = int2_array(ts, p, n, safepoints);
    for (size_t i = 0; i < n; i++)
        v[i] = p[i].value;
    rt_raw_free(p);
    return r;
}

static int sort_words(struct rt_thread *ts, rt_value *v, size_t n, enum kind kind, bool safepoints)
{
    switch (kind) {
    case KIND_INT: return int1_array(ts, v, n, safepoints);
    case KIND_FLOAT: return sort_floats(ts, v, n, safepoints);
    case KIND_STR: return str1_array(ts, v, n, safepoints);
    default: return any1_array(ts, v, n, safepoints);
    }
}

/* v[] sorted by the items of the list keys. */
static int sort_pairs(struct rt_thread *ts, rt_value *v, rt_value keys, size_t n)
{
    const rt_value *k = (const rt_value *)rt_load_relaxed(&rt_as_list(keys)->array)->items;
    enum kind kind = common_kind(k, n);
    struct pair small[SMALL], *p = n <= SMALL ? small : n > SIZE_MAX / sizeof(*p) ? NULL : rt_raw_malloc(n * sizeof(*p));
    int r;
    if (!p) {
        rt_raise_no_memory(ts);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pair){kind == KIND_FLOAT ? float_order(k[i]) : k[i], v[i]};
    if (kind == KIND_INT || kind == KIND_FLOAT)
        r = int2_array(ts, p, n, true);
    else if (kind == KIND_STR)
        r = str2_array(ts, p, n, true);
    else
        r = any2_array(ts, p, n, true);
    for (size_t i = 0; i < n; i++)
        v[i] = p[i].value;
    if (p != small)
        rt_raw_free(p);
    return r;
}

static int sort_by_key(struct rt_thread *ts, rt_value *v, size_t n, rt_value key)
{
    rt_value keys = rt_list_new(ts, n);
    if (rt_is_null(keys))
        return -1;
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        rt_value k = rt_call(ts, key, &v[i], 1, RT_NULL);
        r = rt_is_null(k) ? -1 : rt_list_append_steal(ts, keys, k);
    }
    if (r == 0)
        r = sort_pairs(ts, v, keys, n);
    rt_decref(ts, keys);
    return r;
}

static void reverse_words(rt_value *v, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        rt_value x = v[i];
        v[i] = v[n - 1 - i];
        v[n - 1 - i] = x;
    }
}

static int sort_all(struct rt_thread *ts, rt_value *v, size_t n, rt_value key, bool reverse,
                    bool safepoints)
{
    if (n < 2 && rt_is_null(key))
        return 0;
    if (reverse) /* twice: keeps equal items in their order */
        reverse_words(v, n);
    int r = rt_is_null(key) ? sort_words(ts, v, n, common_kind(v, n), safepoints)
                            : sort_by_key(ts, v, n, key);
    if (reverse)
        reverse_words(v, n);
    return r;
}

/* What a list holds while it is sorted. */
static struct rt_list_array *const sorting = &rt_list_array_sorting;

/* In the section, no Python runs: new order at once. 1 done, 0 not that kind of list, -1 error. */
static int sort_atomic(struct rt_thread *ts, struct rt_list *l, bool reverse)
{
    struct rt_list_array *a = rt_load_relaxed(&l->array), *b;
    size_t n = rt_load_relaxed(&a->length);
    if (n > ATOMIC_LIMIT || common_kind((const rt_value *)a->items, n) == KIND_ANY)
        return 0;
    if (!rt_cont_shared(ts, l))
        return sort_all(ts, (rt_value *)a->items, n, RT_NULL, reverse, false) < 0 ? -1 : 1;
    b = rt_list_array_new(ts, a->capacity);
    if (!b)
        return -1;
    rt_racy_copy((void *)b->items, (const void *)a->items, n * sizeof(rt_value));
    rt_store_relaxed(&b->length, n);
    int r = sort_all(ts, (rt_value *)b->items, n, RT_NULL, reverse, false);
    rt_store_release(&l->array, b);
    for (size_t i = 0; i < n; i++)
        rt_slot_put(&a->items[i], RT_NULL);
    rt_retire(ts, a, sizeof(*a) + a->capacity * sizeof(rt_slot), NULL);
    return r < 0 ? -1 : 1;
}

/* In the section: the list becomes empty; its words move to the list `holder`, which keeps them
   alive (and the collector informed) while copies of the words are sorted. */
static int take_out(struct rt_thread *ts, struct rt_list *l, struct rt_list *holder)
{
    struct rt_list_array *a = rt_load_relaxed(&l->array), *b = a;
    size_t n = rt_load_relaxed(&a->length);
    bool shared = rt_cont_shared(ts, l);
    if (shared) {
        b = rt_list_array_new(ts, a->capacity);
        if (!b)
            return -1;
        rt_racy_copy((void *)b->items, (const void *)a->items, n * sizeof(rt_value));
        rt_store_relaxed(&b->length, n);
    }
    rt_store_release(&l->array, sorting);
    rt_store_release(&holder->array, b);
    if (shared) {
        for (size_t i = 0; i < n; i++)
            rt_slot_put(&a->items[i], RT_NULL);
        rt_retire(ts, a, sizeof(*a) + a->capacity * sizeof(rt_slot), NULL);
    }
    return 0;
}

/* The words of holder sorted. */
static int sort_holder(struct rt_thread *ts, struct rt_list *holder, rt_value key, bool reverse)
{
    struct rt_list_array *a = rt_load_relaxed(&holder->array);
    size_t n = rt_load_relaxed(&a->length);
    rt_value small[SMALL], *work = n <= SMALL ? small : rt_raw_malloc(n * sizeof(rt_value));
    if (!work) {
        rt_raise_no_memory(ts);
        return -1;
    }
    memcpy(work, (const void *)a->items, n * sizeof(rt_value));
    int r = sort_all(ts, work, n, key, reverse, true);
    memcpy((void *)a->items, work, n * sizeof(rt_value));
    if (work != small)
        rt_raw_free(work);
    return r;
}

/* Give the words back; what others put into the list meanwhile ends up in holder. */
static bool put_back(struct rt_thread *ts, struct rt_list *l, struct rt_list *holder)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *found = rt_load_relaxed(&l->array);
    rt_store_release(&l->array, rt_load_relaxed(&holder->array));
    rt_cont_unlock(ts, &cs);
    bool unchanged = found == sorting;
    rt_store_release(&holder->array, unchanged ? &rt_list_array_empty : found);
    return unchanged;
}

int rt_list_sort(struct rt_thread *ts, rt_value lv, rt_value key, bool reverse)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs cs;
    int r = 1;
    rt_value holder = RT_NULL;
    rt_cont_lock(ts, &cs, l);
    size_t n = rt_load_relaxed(&rt_load_relaxed(&l->array)->length);
    if (n && !(n == 1 && rt_is_null(key))) {
        r = rt_is_null(key) ? sort_atomic(ts, l, reverse) : 0;
        if (r == 0) {
            holder = rt_list_new(ts, 0);
            if (rt_is_null(holder) || take_out(ts, l, rt_as_list(holder)) < 0)
                r = -1;
        }
    }
    rt_cont_unlock(ts, &cs);
    if (r) {
        rt_decref(ts, holder);
        return r < 0 ? -1 : 0;
    }
    r = sort_holder(ts, rt_as_list(holder), key, reverse);
    if (!put_back(ts, l, rt_as_list(holder)) && r == 0) {
        rt_raise(ts, &rt_exc_ValueError, "list modified during sort");
        r = -1;
    }
    /* Readers of the list may still look at a foreign block: clear retires it. */
    rt_value pending = rt_exc_take(ts);
    rt_list_clear_shared(ts, holder);
    rt_decref(ts, holder);
    rt_exc_put(ts, pending);
    return r;
}
