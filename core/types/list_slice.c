/* SPDX-License-Identifier: MIT */
/*
 * list: slices that are assigned and deleted. What is put in is read before the list is looked at, for reading may
 * run Python; what is taken out is dropped after the section.
 */
#include "core/types/list_internal.h"

/* Another list than l, which nobody changes meanwhile: its words may be used where they are. */
RT_INLINE bool stays(struct rt_thread *ts, rt_value l, rt_value o)
{
    return !rt_load_relaxed(&ts->mt) && rt_is_exact(o, &rt_list_type) && !rt_is(l, o);
}

/* Words of any iterable for the list l, held by *holder; fname_msg: TypeError when it is none (NULL: the usual one). */
static int words_of(struct rt_thread *ts, rt_value lv, rt_value o, const char *msg, rt_value *holder,
                    const rt_slot **words, size_t *n)
{
    if (rt_is_exact(o, &rt_tuple_type)) {
        *holder = rt_newref(ts, o);
        *words = (const rt_slot *)rt_as_tuple(o)->items;
        *n = rt_as_tuple(o)->length;
        return 0;
    }
    if (stays(ts, lv, o)) {
        struct rt_list_array *a = rt_load_relaxed(&rt_as_list(o)->array);
        *holder = rt_newref(ts, o);
        *words = a->items;
        *n = rt_load_relaxed(&a->length);
        return 0;
    }
    rt_value l = rt_list_new(ts, 0);
    if (rt_is_null(l))
        return -1;
    int r;
    if (rt_is_exact(o, &rt_list_type)) {
        r = rt_list_extend(ts, l, o);
    } else {
        rt_value it = rt_iter(ts, o);
        if (rt_is_null(it)) {
            if (msg && rt_exc_clear_if(ts, &rt_exc_TypeError))
                rt_raise(ts, &rt_exc_TypeError, "%s", msg);
            rt_decref(ts, l);
            return -1;
        }
        r = rt_list_extend(ts, l, it);
        rt_decref(ts, it);
    }
    if (r < 0) {
        rt_decref(ts, l);
        return -1;
    }
    struct rt_list_array *a = rt_load_relaxed(&rt_as_list(l)->array);
    *holder = l;
    *words = a->items;
    *n = rt_load_relaxed(&a->length);
    return 0;
}

/* In the section: words [lo, hi) are replaced by new references to src[0..n); the old ones go to
   removed[]. The array has room. */
static void splice(struct rt_thread *ts, struct rt_list_array *a, size_t lo, size_t hi,
                   const rt_slot *src, size_t n, rt_value *removed, bool shared)
{
    size_t len = rt_load_relaxed(&a->length), tail = len - hi;
    for (size_t i = lo; i < hi; i++)
        removed[i - lo] = rt_slot_peek(&a->items[i]);
    if (n < hi - lo) {
        rt_list_slots_move(&a->items[lo + n], &a->items[hi], tail, shared);
        rt_store_release(&a->length, lo + n + tail);
        for (size_t i = lo + n + tail; i < len; i++)
            rt_slot_put(&a->items[i], RT_NULL);
    } else if (n > hi - lo) {
        rt_list_slots_move(&a->items[lo + n], &a->items[hi], tail, shared);
        /* New places between the old end and the new tail hold no word yet: fill before growing. */
    }
    for (size_t i = 0; i < n; i++)
        rt_slot_put(&a->items[lo + i], rt_slot_copy(ts, &src[i]));
    rt_store_release(&a->length, lo + n + tail);
}

static void drop_words(struct rt_thread *ts, rt_value *v, size_t n, rt_value *local)
{
    for (size_t i = n; i-- > 0;)
        rt_decref(ts, v[i]);
    if (v != local)
        rt_raw_free(v);
}

int rt_list_set_slice(struct rt_thread *ts, rt_value lv, int64_t start, int64_t end, rt_value v)
{
    struct rt_list *l = rt_as_list(lv);
    rt_value holder = RT_NULL, local[16], *removed = local;
    const rt_slot *src = NULL;
    size_t n = 0, nremoved = 0;
    int r = -1;
    if (!rt_is_null(v) && words_of(ts, lv, v, "can only assign an iterable", &holder, &src, &n) < 0)
        return -1;
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, l);
    size_t len = rt_load_relaxed(&rt_load_relaxed(&l->array)->length);
    size_t lo = start < 0 ? 0 : (size_t)start > len ? len : (size_t)start;
    size_t hi = end < (int64_t)lo ? lo : (size_t)end > len ? len : (size_t)end;
    nremoved = hi - lo;
    if (nremoved > 16 && !(removed = rt_raw_malloc(nremoved * sizeof(rt_value)))) {
        rt_raise_no_memory(ts);
        removed = local;
        nremoved = 0;
        goto out;
    }
    struct rt_list_array *a = rt_list_reserve(ts, l, len - nremoved + n);
    if (!a) {
        if (removed != local)
            rt_raw_free(removed);
        removed = local;
        nremoved = 0;
        goto out;
    }
    splice(ts, a, lo, hi, src, n, removed, cs.open);
    rt_list_maybe_shrink(ts, l, a, rt_load_relaxed(&a->length));
    r = 0;
out:
    rt_cont_unlock(ts, &cs);
    drop_words(ts, removed, nremoved, local);
    rt_decref(ts, holder);
    return r;
}

/* In the section: delete n items start, start + step, ... (step > 0), words to removed[]. */
static void delete_stepped(struct rt_list_array *a, size_t start, size_t step, size_t n,
                           rt_value *removed)
{
    size_t len = rt_load_relaxed(&a->length), out = start, k = 0;
    for (size_t i = start; i < len; i++) {
        rt_value w = rt_slot_peek(&a->items[i]);
        if (k < n && i == start + k * step)
            removed[k++] = w;
        else
            rt_slot_put(&a->items[out++], w);
    }
    rt_store_release(&a->length, out);
    for (; out < len; out++)
        rt_slot_put(&a->items[out], RT_NULL);
}

static int set_extended(struct rt_thread *ts, rt_value lv, int64_t start, int64_t stop,
                        int64_t step, rt_value v)
{
    struct rt_list *l = rt_as_list(lv);
    rt_value holder = RT_NULL, *removed = NULL;
    const rt_slot *src = NULL;
    size_t nsrc = 0;
    int r = -1;
    if (!rt_is_null(v) &&
        words_of(ts, lv, v, "must assign iterable to extended slice", &holder, &src, &nsrc) < 0)
        return -1;
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    int64_t n = rt_slice_adjust((int64_t)rt_load_relaxed(&a->length), &start, &stop, step);
    size_t nremoved = 0;
    if (n < 0)
        n = 0;
    if (!rt_is_null(v) && nsrc != (size_t)n) {
        rt_cont_unlock(ts, &cs);
        rt_raise(ts, &rt_exc_ValueError,
                 "attempt to assign sequence of size %zd to extended slice of size %zd",
                 (ssize_t)nsrc, (ssize_t)n);
        rt_decref(ts, holder);
        return -1;
    }
    if (n && !(removed = rt_raw_malloc((size_t)n * sizeof(rt_value)))) {
        rt_raise_no_memory(ts);
    } else if (n == 0) {
        r = 0;
    } else if (rt_is_null(v)) {
        if (step < 0) {
            start += step * (n - 1);
            step = -step;
        }
        delete_stepped(a, (size_t)start, (size_t)step, (size_t)n, removed);
        nremoved = (size_t)n;
        rt_list_maybe_shrink(ts, l, a, rt_load_relaxed(&a->length));
        r = 0;
    } else {
        for (int64_t i = 0, k = start; i < n; i++, k += step) {
            removed[i] = rt_slot_peek(&a->items[k]);
            rt_slot_put(&a->items[k], rt_slot_copy(ts, &src[i]));
        }
        nremoved = (size_t)n;
        r = 0;
    }
    rt_cont_unlock(ts, &cs);
    if (removed)
        drop_words(ts, removed, nremoved, NULL);
    rt_decref(ts, holder);
    return r;
}

int rt_list_set_by_slice(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    int64_t start, stop, step;
    if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
        return -1;
    if (step != 1)
        return set_extended(ts, self, start, stop, step, v);
    rt_value words = RT_NULL;
    if (!rt_is_null(v) && !rt_is_exact(v, &rt_tuple_type) && !stays(ts, self, v)) {
        /* The iterable may change the list: bounds are computed after it was read. */
        rt_value it = rt_is_exact(v, &rt_list_type) ? rt_newref(ts, v) : rt_iter(ts, v);
        if (rt_is_null(it)) {
            if (rt_exc_clear_if(ts, &rt_exc_TypeError))
                rt_raise(ts, &rt_exc_TypeError, "can only assign an iterable");
            return -1;
        }
        words = rt_list_new(ts, 0);
        int r = rt_is_null(words) ? -1 : rt_list_extend(ts, words, it);
        rt_decref(ts, it);
        if (r < 0) {
            rt_decref(ts, words);
            return -1;
        }
        v = words;
    }
    rt_slice_adjust((int64_t)rt_list_len(self), &start, &stop, 1);
    int r = rt_list_set_slice(ts, self, start, stop, v);
    rt_decref(ts, words);
    return r;
}
