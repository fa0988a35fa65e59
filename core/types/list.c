/* SPDX-License-Identifier: MIT */
/*
 * list: one pointer to a block {capacity, length, words}. See Note [CONT] in cont_internal.h.
 *
 * Readers take the array, then its length, then the word, without locks. A word beyond the length is
 * never read: length is stored after the word on growth and before the word is cleared on shrinking.
 * A reader that meets RT_NULL below the length has an array that was replaced or shrunk meanwhile,
 * and looks again.
 */
#include "core/types/list_internal.h"

struct rt_list_array rt_list_array_empty, rt_list_array_sorting;

struct rt_list_array *rt_list_array_new(struct rt_thread *ts, size_t capacity)
{
    if (rt_unlikely(capacity > RT_SEQ_MAX - 8)) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    size_t bytes = sizeof(struct rt_list_array) + capacity * sizeof(rt_slot);
    struct rt_list_array *a = rt_raw_malloc(bytes);
    if (rt_unlikely(!a)) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    a->capacity = capacity;
    rt_store_relaxed(&a->length, 0);
    ts->raw_bytes += (int64_t)bytes;
    return a;
}

void rt_list_array_release(struct rt_thread *ts, struct rt_list_array *a, bool shared)
{
    if (!rt_list_is_static(a))
        rt_cont_free(ts, a, sizeof(struct rt_list_array) + a->capacity * sizeof(rt_slot), shared);
}

void rt_list_slots_move(rt_slot *dst, rt_slot *src, size_t n, bool shared)
{
    if (rt_likely(!shared)) {
        memmove((void *)dst, (const void *)src, n * sizeof(rt_slot));
    } else if (dst < src) {
        for (size_t i = 0; i < n; i++)
            rt_slot_put(&dst[i], rt_slot_peek(&src[i]));
    } else {
        for (size_t i = n; i-- > 0;)
            rt_slot_put(&dst[i], rt_slot_peek(&src[i]));
    }
}

/* In the section: give l an array of the given capacity (>= its length). */
static struct rt_list_array *list_resize(struct rt_thread *ts, struct rt_list *l, size_t capacity)
{
    struct rt_list_array *a = rt_load_relaxed(&l->array), *b;
    bool shared = rt_cont_shared(ts, l);
    size_t n = rt_load_relaxed(&a->length);
    if (capacity > RT_SEQ_MAX - 8) {
        rt_raise_no_memory(ts);
        return NULL;
    }
    if (!shared && !rt_list_is_static(a)) {
        b = rt_raw_realloc(a, sizeof(struct rt_list_array) + capacity * sizeof(rt_slot));
        if (!b) {
            rt_raise_no_memory(ts);
            return NULL;
        }
        ts->raw_bytes += ((int64_t)capacity - (int64_t)b->capacity) * (int64_t)sizeof(rt_slot);
        b->capacity = capacity;
        rt_store_release(&l->array, b);
        return b;
    }
    b = rt_list_array_new(ts, capacity);
    if (!b)
        return NULL;
    if (n) /* racy: readers may turn a word into that of a deferred object meanwhile, one bit of it */
        rt_racy_copy((void *)b->items, (const void *)a->items, n * sizeof(rt_slot));
    rt_store_relaxed(&b->length, n);
    rt_store_release(&l->array, b);
    if (!rt_list_is_static(a)) {
        for (size_t i = 0; i < n; i++) /* [CONT-1] */
            rt_slot_put(&a->items[i], RT_NULL);
        rt_list_array_release(ts, a, shared);
    }
    return b;
}

RT_NOINLINE struct rt_list_array *rt_list_grow(struct rt_thread *ts, struct rt_list *l, size_t need)
{
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    size_t n = rt_load_relaxed(&a->length);
    /* A shared list cannot be grown in place, so it is copied less often; while it is small, by half as much again. */
    size_t capacity = (need + (need >> (!rt_cont_shared(ts, l) ? 3 : need < 1024 ? 1 : 2)) + 6) & ~(size_t)3;
    if (need - n > capacity - need)
        capacity = (need + 3) & ~(size_t)3;
    return list_resize(ts, l, capacity);
}

void rt_list_maybe_shrink(struct rt_thread *ts, struct rt_list *l, struct rt_list_array *a, size_t n)
{
    if (rt_likely(n >= a->capacity >> 1 || a->capacity < 16))
        return;
    /* A failed shrink leaves the bigger array: nothing to report. */
    if (!list_resize(ts, l, (n + (n >> 3) + 6) & ~(size_t)3))
        rt_exc_clear(ts);
}

/* ---- making lists ---- */
rt_value rt_list_new(struct rt_thread *ts, size_t capacity)
{
    struct rt_list_array *a = &rt_list_array_empty;
    if (capacity && !(a = rt_list_array_new(ts, capacity)))
        return RT_NULL;
    struct rt_list *l = rt_object_new(ts, &rt_list_type, sizeof(struct rt_list));
    if (!l) {
        rt_list_array_release(ts, a, false);
        return RT_NULL;
    }
    rt_store_relaxed(&l->array, a);
    return rt_own(l);
}

rt_value rt_list_new_of(struct rt_thread *ts, struct rt_type *t)
{
    if (t == &rt_list_type)
        return rt_list_new(ts, 0);
    rt_value v = rt_type_alloc(ts, t);
    if (!rt_is_null(v))
        rt_store_relaxed(&rt_as_list(v)->array, &rt_list_array_empty);
    return v;
}

rt_value rt_list_from(struct rt_thread *ts, const rt_value *v, size_t n)
{
    rt_value l = rt_list_new(ts, n);
    if (rt_is_null(l) || n == 0)
        return l;
    struct rt_list_array *a = rt_load_relaxed(&rt_as_list(l)->array);
    for (size_t i = 0; i < n; i++)
        rt_slot_init(&a->items[i], rt_newref(ts, v[i]));
    rt_store_relaxed(&a->length, n);
    return l;
}

rt_value rt_list_steal(struct rt_thread *ts, const rt_value *v, size_t n)
{
    rt_value l = rt_list_new(ts, n);
    if (rt_is_null(l)) {
        for (size_t i = 0; i < n; i++)
            rt_decref(ts, v[i]);
        return RT_NULL;
    }
    if (n) {
        struct rt_list_array *a = rt_load_relaxed(&rt_as_list(l)->array);
        memcpy((void *)a->items, v, n * sizeof(rt_value));
        rt_store_relaxed(&a->length, n);
    }
    return l;
}

/* ---- one item ---- */
rt_value rt_list_get(struct rt_thread *ts, rt_value lv, size_t i)
{
    struct rt_list *l = rt_as_list(lv);
    for (;;) {
        struct rt_list_array *a = rt_load_acquire(&l->array);
        if (i >= rt_load_acquire(&a->length))
            return RT_NULL;
        rt_value v = rt_slot_get(ts, l, &a->items[i]);
        if (rt_likely(v.bits))
            return v;
        rt_cpu_relax();
    }
}

static RT_NOINLINE int append_slow(struct rt_thread *ts, struct rt_list *l, rt_value v)
{
    struct rt_cs cs;
    if (rt_sole_writer(ts, l) && rt_load_relaxed(&l->array) == &rt_list_array_empty) { /* the first one */
        struct rt_list_array *b = rt_list_array_new(ts, 4);
        if (rt_likely(b != NULL)) {
            rt_slot_init(&b->items[0], v);
            rt_store_relaxed(&b->length, 1);
            rt_store_release(&l->array, b);
            return 0;
        }
        rt_decref(ts, v);
        return -1;
    }
    rt_cont_lock_brief(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    size_t n = rt_load_relaxed(&a->length);
    a = rt_list_reserve(ts, l, n + 1);
    if (rt_likely(a != NULL)) {
        rt_slot_put(&a->items[n], v);
        rt_store_release(&a->length, n + 1);
    }
    rt_cont_unlock_brief(ts, &cs);
    if (a)
        return 0;
    rt_decref(ts, v);
    return -1;
}

int rt_list_append_steal(struct rt_thread *ts, rt_value lv, rt_value v)
{
    struct rt_list *l = rt_as_list(lv);
    if (rt_unlikely(!v.bits)) /* whoever made it has raised; in the list it would be waited for */
        return -1;
    if (rt_sole_writer(ts, l)) {
        struct rt_list_array *a = rt_load_relaxed(&l->array);
        size_t n = rt_load_relaxed(&a->length);
        if (rt_likely(n < a->capacity)) {
            rt_slot_init(&a->items[n], v);
            rt_store_release(&a->length, n + 1);
            return 0;
        }
    }
    return append_slow(ts, l, v);
}

int rt_list_append(struct rt_thread *ts, rt_value l, rt_value v)
{
    return rt_list_append_steal(ts, l, rt_newref(ts, v));
}

/* Item i of a list that several threads store into: *v goes there, and what was there comes back in it. */
static bool set_pinned(struct rt_thread *ts, struct rt_list *l, size_t i, rt_value *v)
{
    if (!rt_pin(ts, &l->hdr))
        return false;
    struct rt_list_array *a = rt_load_acquire(&l->array);
    bool done = i < rt_load_relaxed(&a->length) && rt_slot_replace(&a->items[i], *v, v);
    rt_unpin(ts);
    return done;
}

int rt_list_set(struct rt_thread *ts, rt_value lv, size_t i, rt_value v)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs cs;
    if (rt_unlikely(rt_load_relaxed(&ts->mt)) && set_pinned(ts, l, i, &v)) {
        rt_decref(ts, v);
        return 0;
    }
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    bool ok = i < rt_load_relaxed(&a->length);
    if (rt_likely(ok)) {
        rt_value old = rt_slot_peek(&a->items[i]);
        rt_slot_put(&a->items[i], v);
        v = old;
        if (cs.open && cs.active)
            rt_stored(ts, &l->hdr);
    }
    rt_cont_unlock(ts, &cs);
    rt_decref(ts, v);
    if (rt_likely(ok))
        return 0;
    rt_raise(ts, &rt_exc_IndexError, "list assignment index out of range");
    return -1;
}

int rt_list_insert(struct rt_thread *ts, rt_value lv, int64_t i, rt_value v)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, l);
    int64_t n = (int64_t)rt_load_relaxed(&rt_load_relaxed(&l->array)->length);
    struct rt_list_array *a = rt_list_reserve(ts, l, (size_t)n + 1);
    if (a) {
        if (i < 0 && (i += n) < 0)
            i = 0;
        if (i > n)
            i = n;
        rt_list_slots_move(&a->items[i + 1], &a->items[i], (size_t)(n - i), cs.open);
        rt_slot_put(&a->items[i], rt_newref(ts, v));
        rt_store_release(&a->length, (size_t)n + 1);
    }
    rt_cont_unlock(ts, &cs);
    return a ? 0 : -1;
}

/* In the section: take word i out. */
static rt_value list_take(struct rt_thread *ts, struct rt_list *l, size_t i, bool shared)
{
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    size_t n = rt_load_relaxed(&a->length);
    rt_value v = rt_slot_peek(&a->items[i]);
    if (i + 1 < n)
        rt_list_slots_move(&a->items[i], &a->items[i + 1], n - 1 - i, shared);
    rt_store_release(&a->length, n - 1);
    rt_slot_put(&a->items[n - 1], RT_NULL);
    rt_list_maybe_shrink(ts, l, a, n - 1);
    return v;
}

rt_value rt_list_pop(struct rt_thread *ts, rt_value lv, int64_t i)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs cs;
    rt_value v = RT_NULL;
    rt_cont_lock_brief(ts, &cs, l);
    int64_t n = (int64_t)rt_load_relaxed(&rt_load_relaxed(&l->array)->length);
    int64_t k = i < 0 ? i + n : i;
    if (k >= 0 && k < n)
        v = list_take(ts, l, (size_t)k, cs.open);
    rt_cont_unlock_brief(ts, &cs);
    if (rt_is_null(v))
        return rt_raise(ts, &rt_exc_IndexError,
                        n ? "pop index out of range" : "pop from empty list");
    return v;
}

/* Remove the item at i if it is still `item`. */
static bool list_take_if(struct rt_thread *ts, rt_value lv, size_t i, rt_value item)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs cs;
    rt_value v = RT_NULL;
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    if (i < rt_load_relaxed(&a->length) && rt_is(rt_slot_peek(&a->items[i]), item))
        v = list_take(ts, l, i, cs.open);
    rt_cont_unlock(ts, &cs);
    bool done = !rt_is_null(v);
    rt_decref(ts, v);
    return done;
}

/* ---- whole lists ---- */
/* Of an array that no list has any more; shared: readers may still be in it. */
static void drain(struct rt_thread *ts, struct rt_list_array *a, bool shared)
{
    size_t n = rt_load_relaxed(&a->length);
    if (rt_likely(!shared)) {
        rt_slots_drop(ts, a->items, n);
        return;
    }
    for (rt_slot *s = a->items + n; s-- > a->items;) {
        rt_value v = rt_slot_peek(s);
        rt_slot_put(s, RT_NULL);
        rt_decref(ts, v);
    }
}

static void clear_list(struct rt_thread *ts, rt_value lv, bool shared)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    rt_store_release(&l->array, &rt_list_array_empty);
    shared |= cs.open;
    rt_cont_unlock(ts, &cs);
    if (rt_list_is_static(a))
        return;
    drain(ts, a, shared);
    /* mt may have been switched on while finalizers ran, but nobody found this array since. */
    rt_list_array_release(ts, a, shared);
}

void rt_list_clear(struct rt_thread *ts, rt_value l)
{
    clear_list(ts, l, false);
}

void rt_list_clear_shared(struct rt_thread *ts, rt_value l)
{
    clear_list(ts, l, true);
}

rt_value rt_list_to_tuple(struct rt_thread *ts, rt_value lv)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    size_t n = rt_load_relaxed(&a->length);
    rt_value t = rt_tuple_new(ts, n);
    if (!rt_is_null(t))
        rt_slots_copy(ts, (rt_slot *)rt_as_tuple(t)->items, a->items, n);
    rt_cont_read_end(ts, &cs);
    return t;
}

/* Items start, start + step ... (n of them) as a new list; bounds checked again in the section. */
rt_value rt_list_slice(struct rt_thread *ts, rt_value lv, int64_t start, int64_t stop, int64_t step)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    int64_t n = rt_slice_adjust((int64_t)rt_load_relaxed(&a->length), &start, &stop, step);
    rt_value r = rt_list_new(ts, n > 0 ? (size_t)n : 0);
    if (!rt_is_null(r) && n > 0) {
        struct rt_list_array *b = rt_load_relaxed(&rt_as_list(r)->array);
        if (step == 1)
            rt_slots_copy(ts, b->items, &a->items[start], (size_t)n);
        else
            for (int64_t i = 0, k = start; i < n; i++, k += step)
                rt_slot_init(&b->items[i], rt_slot_copy(ts, &a->items[k]));
        rt_store_relaxed(&b->length, (size_t)n);
    }
    rt_cont_read_end(ts, &cs);
    return r;
}

/* Append n borrowed-by-somebody words that lie in a locked or private array. In the section. */
static int list_append_words(struct rt_thread *ts, struct rt_list *l, const rt_slot *src, size_t n)
{
    size_t len = rt_load_relaxed(&rt_load_relaxed(&l->array)->length);
    struct rt_list_array *a = rt_list_reserve(ts, l, len + n);
    if (!a)
        return -1;
    if (rt_likely(!rt_cont_shared(ts, l))) {
        rt_slots_copy(ts, &a->items[len], src, n);
    } else { /* readers that saw a greater length before look there: whole words, and counted ones */
        for (size_t i = 0; i < n; i++)
            rt_slot_put(&a->items[len + i], rt_slot_copy(ts, &src[i]));
    }
    rt_store_release(&a->length, len + n);
    return 0;
}

static int extend_tuple(struct rt_thread *ts, rt_value lv, rt_value t)
{
    struct rt_cs cs;
    if (rt_as_tuple(t)->length == 0)
        return 0;
    rt_cont_lock(ts, &cs, rt_ptr(lv));
    int r = list_append_words(ts, rt_as_list(lv), (const rt_slot *)rt_as_tuple(t)->items,
                              rt_as_tuple(t)->length);
    rt_cont_unlock(ts, &cs);
    return r;
}

/* l is this thread's to write, o another list that many may be reading. -1 error, -2 not so. */
static int extend_own(struct rt_thread *ts, struct rt_list *l, struct rt_list *o)
{
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, o);
    int r = -2;
    if (rt_likely(rt_sole_writer(ts, l))) { /* still: waiting for o may have ended that */
        struct rt_list_array *a = rt_load_relaxed(&o->array);
        r = list_append_words(ts, l, a->items, rt_load_relaxed(&a->length));
    }
    rt_cont_read_end(ts, &cs);
    return r;
}

static int extend_list(struct rt_thread *ts, rt_value lv, rt_value ov)
{
    struct rt_list *l = rt_as_list(lv), *o = rt_as_list(ov);
    struct rt_cs cs;
    int r = rt_load_relaxed(&ts->mt) && l != o && rt_sole_writer(ts, l) ? extend_own(ts, l, o) : -2;
    if (r != -2)
        return r;
    r = 0;
    rt_cs_begin2(ts, &cs, l, o == l ? NULL : o);
    size_t n = rt_load_relaxed(&rt_load_relaxed(&o->array)->length);
    size_t len = rt_load_relaxed(&rt_load_relaxed(&l->array)->length);
    if (n) {
        /* Room first: l and o may be the same list. */
        r = rt_list_reserve(ts, l, len + n) ? 0 : -1;
        if (rt_likely(r == 0))
            r = list_append_words(ts, l, rt_load_relaxed(&o->array)->items, n);
    }
    rt_cs_end(ts, &cs);
    return r;
}

static int extend_range(struct rt_thread *ts, rt_value lv, int64_t start, int64_t step, size_t n)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, l);
    size_t len = rt_load_relaxed(&rt_load_relaxed(&l->array)->length);
    struct rt_list_array *a = n > RT_SEQ_MAX - len ? NULL : rt_list_reserve(ts, l, len + n);
    if (a) {
        rt_slot *at = &a->items[len], *end = at + n;
        uint64_t bits = rt_int_imm(start).bits, more = (uint64_t)step * 2;
        for (; at < end; at++, bits += more)
            rt_slot_put(at, RT_VALUE(bits));
        rt_store_release(&a->length, len + n);
    } else if (!rt_pending(ts)) {
        rt_raise_no_memory(ts);
    }
    rt_cont_unlock(ts, &cs);
    return a ? 0 : -1;
}

static int extend_iter(struct rt_thread *ts, rt_value lv, rt_value iterable)
{
    struct rt_list *l = rt_as_list(lv);
    struct rt_cs cs;
    rt_value it = rt_iter(ts, iterable);
    if (rt_is_null(it))
        return -1;
    int64_t hint = rt_length_hint(ts, iterable, 8);
    if (hint < 0)
        goto fail;
    rt_cont_lock(ts, &cs, l);
    size_t len = rt_load_relaxed(&rt_load_relaxed(&l->array)->length);
    /* An absurd hint is ignored, as nothing says that so many items will come. */
    if ((size_t)hint <= RT_SEQ_MAX - len && !rt_list_reserve(ts, l, len + (size_t)hint)) {
        rt_cont_unlock(ts, &cs);
        goto fail;
    }
    rt_cont_unlock(ts, &cs);
    rt_unaryfn next = rt_type_of(it)->iternext;
    for (;;) {
        rt_value v = next(ts, it);
        if (rt_unlikely(rt_is_stop(v) || rt_is_null(v))) {
            if (rt_is_null(v))
                goto fail;
            break;
        }
        if (rt_likely(rt_sole_writer(ts, l))) { /* rt_list_append_steal, in line */
            struct rt_list_array *a = rt_load_relaxed(&l->array);
            size_t n = rt_load_relaxed(&a->length);
            if (rt_likely(n < a->capacity)) {
                rt_slot_init(&a->items[n], v);
                rt_store_release(&a->length, n + 1);
                continue;
            }
        }
        if (rt_list_append_steal(ts, lv, v) < 0)
            goto fail;
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, it);
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    rt_list_maybe_shrink(ts, l, a, rt_load_relaxed(&a->length));
    rt_cont_unlock(ts, &cs);
    return 0;
fail:
    rt_decref(ts, it);
    return -1;
}

/* The items of `from`, a new list, which is consumed: its array is taken if the list had none. */
static int extend_steal(struct rt_thread *ts, rt_value lv, rt_value from)
{
    struct rt_list *l = rt_as_list(lv), *f = rt_as_list(from);
    int r = 0;
    if (rt_load_relaxed(&l->array) == &rt_list_array_empty && !rt_load_relaxed(&ts->mt)) {
        rt_store_relaxed(&l->array, rt_load_relaxed(&f->array));
        rt_store_relaxed(&f->array, &rt_list_array_empty);
    } else {
        r = extend_list(ts, lv, from);
    }
    rt_decref(ts, from);
    return r;
}

rt_value rt_items_fixed(struct rt_thread *ts, rt_value o)
{
    if (!rt_is_ptr(o) || !rt_load_relaxed(&ts->mt))
        return RT_NULL;
    struct rt_type *t = rt_type_of(o);
    if (rt_is_dict_view(o))
        return rt_cont_shared(ts, rt_ptr(rt_dict_view_dict(o))) ? rt_dict_view_list(ts, o) : RT_NULL;
    if (t->snapshot)
        return t->snapshot(ts, o);
    if (!rt_cont_shared(ts, rt_ptr(o)))
        return RT_NULL;
    return t->iter == rt_dict_type.iter  ? rt_dict_keys_list(ts, o)
           : t->iter == rt_set_type.iter ? rt_set_list(ts, o)
                                         : RT_NULL;
}

rt_value rt_iter_fixed(struct rt_thread *ts, rt_value o)
{
    rt_value items = rt_items_fixed(ts, o);
    if (rt_is_null(items))
        return rt_pending(ts) ? RT_NULL : rt_iter(ts, o);
    rt_value it = rt_iter(ts, items);
    rt_decref(ts, items);
    return it;
}

int rt_list_extend(struct rt_thread *ts, rt_value lv, rt_value o)
{
    int64_t start, stop, step;
    if (rt_is_ptr(o)) {
        struct rt_type *t = rt_type_of(o);
        if (t == &rt_tuple_type)
            return extend_tuple(ts, lv, o);
        if (t == &rt_list_type)
            return extend_list(ts, lv, o);
        if (t == &rt_range_type && rt_range_get_small(o, &start, &stop, &step)) {
            uint64_t span = step > 0 ? (uint64_t)stop - (uint64_t)start
                                     : (uint64_t)start - (uint64_t)stop;
            uint64_t mag = step > 0 ? (uint64_t)step : -(uint64_t)step;
            if (step > 0 ? start >= stop : start <= stop)
                return 0;
            return extend_range(ts, lv, start, step, (size_t)((span - 1) / mag + 1));
        }
        if (t == &rt_dict_type) {
            rt_value keys = rt_dict_keys_list(ts, o);
            if (rt_is_null(keys))
                return -1;
            return extend_steal(ts, lv, keys);
        }
        rt_value items = t == &rt_set_type || t == &rt_frozenset_type ? rt_set_list(ts, o)
                         : rt_is_dict_view(o) ? rt_dict_view_list(ts, o) : rt_items_fixed(ts, o);
        if (!rt_is_null(items))
            return extend_steal(ts, lv, items);
        if (rt_unlikely(rt_pending(ts)))
            return -1;
    }
    return extend_iter(ts, lv, o);
}

/* ---- slots ---- */
static int list_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_list_array *a = rt_load_acquire(&((struct rt_list *)o)->array);
    if (!a)
        return 0;
    for (size_t i = rt_load_relaxed(&a->length); i-- > 0;) { /* from the end: so gc.get_referents has it */
        int r = visit(rt_slot_peek(&a->items[i]), arg);
        if (r)
            return r;
    }
    return 0;
}

static void list_tp_clear(struct rt_thread *ts, struct rt_object *o)
{
    if (rt_load_relaxed(&((struct rt_list *)o)->array))
        rt_list_clear(ts, rt_borrow(o));
}

static void list_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_list_array *a = rt_load_relaxed(&((struct rt_list *)o)->array);
    if (a && !rt_list_is_static(a)) {
        rt_store_relaxed(&((struct rt_list *)o)->array, &rt_list_array_empty);
        drain(ts, a, false);
        rt_list_array_release(ts, a, false);
    }
}

static rt_value list_repr(struct rt_thread *ts, rt_value self)
{
    if (rt_list_len(self) == 0)
        return rt_str_from_cstr(ts, "[]");
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_from_cstr(ts, "[...]");
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    if (rt_strbuf_char(ts, &b, '[') < 0)
        goto fail;
    rt_value v;
    for (size_t i = 0; !rt_is_null(v = rt_list_get(ts, self, i)); i++) {
        rt_value s = RT_NULL;
        r = i ? rt_strbuf_ascii(ts, &b, ", ", 2) : 0;
        if (r == 0) {
            s = rt_repr(ts, v);
            r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, &b, s);
        }
        rt_decref(ts, s);
        rt_decref(ts, v);
        if (r < 0)
            goto fail;
    }
    if (rt_strbuf_char(ts, &b, ']') < 0)
        goto fail;
    rt_repr_leave(ts, self);
    return rt_strbuf_finish(ts, &b);
fail:
    rt_strbuf_abort(&b);
    rt_repr_leave(ts, self);
    return RT_NULL;
}

/* How many items at the front are equal without asking Python. Where others write, the words of an array that was
   replaced meanwhile are empty, and not equal. */
static size_t equal_prefix(struct rt_thread *ts, struct rt_list *a, struct rt_list *b)
{
    struct rt_list_array *x = rt_load_acquire(&a->array), *y = rt_load_acquire(&b->array);
    size_t n = rt_load_acquire(&x->length), m = rt_load_acquire(&y->length), i = 0;
    for (n = n < m ? n : m; i < n; i++) {
        rt_value v = rt_slot_peek(&x->items[i]), w = rt_slot_peek(&y->items[i]);
        if (rt_is_null(v) || rt_is_null(w))
            break;
        if (!rt_is(v, w) && !(rt_cont_readable(ts, v) && rt_cont_readable(ts, w) && rt_is_str_exact(v) &&
                              rt_is_str_exact(w) && rt_str_eq(v, w)))
            break;
    }
    return i;
}

int rt_list_equal_nopy(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (rt_load_relaxed(&ts->mt))
        return -1;
    struct rt_list_array *x = rt_load_relaxed(&rt_as_list(a)->array), *y = rt_load_relaxed(&rt_as_list(b)->array);
    size_t n = rt_load_relaxed(&x->length);
    if (n != rt_load_relaxed(&y->length))
        return 0;
    for (size_t i = 0; i < n; i++) {
        int r = rt_equal_quick(rt_slot_peek(&x->items[i]), rt_slot_peek(&y->items[i]));
        if (r <= 0)
            return r;
    }
    return 1;
}

static rt_value list_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_list(a) || !rt_is_list(b))
        return RT_NOTIMPL;
    if ((op == RT_EQ || op == RT_NE) && rt_list_len(a) != rt_list_len(b))
        return rt_bool(op == RT_NE);
    for (size_t i = equal_prefix(ts, rt_as_list(a), rt_as_list(b));; i++) {
        rt_value x = rt_list_get(ts, a, i);
        rt_value y = rt_is_null(x) ? x : rt_list_get(ts, b, i);
        if (rt_is_null(y)) {
            rt_decref(ts, x);
            break;
        }
        int r = rt_equal_inline(ts, x, y);
        rt_value res = RT_NULL;
        if (r == 0) {
            if (i >= rt_list_len(a) || i >= rt_list_len(b)) /* __eq__ made one shorter */
                r = 1;
            else if (op == RT_EQ || op == RT_NE)
                res = rt_bool(op == RT_NE);
            else
                res = rt_compare(ts, x, y, op);
        }
        rt_decref(ts, x);
        rt_decref(ts, y);
        if (r <= 0)
            return res;
    }
    return rt_cmp_i64((int64_t)rt_list_len(a), (int64_t)rt_list_len(b), op);
}

static int64_t list_len(struct rt_thread *ts, rt_value self)
{
    return (int64_t)rt_list_len(self);
}

static rt_value list_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    rt_value v = i < 0 ? RT_NULL : rt_list_get(ts, self, (size_t)i);
    if (rt_likely(v.bits))
        return v;
    return rt_raise(ts, &rt_exc_IndexError, "list index out of range");
}

static rt_value list_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    int64_t i;
    int r = rt_cont_index(ts, key, &i);
    if (r > 0)
        return list_item(ts, self, i < 0 ? i + (int64_t)rt_list_len(self) : i);
    if (r < 0)
        return RT_NULL;
    if (rt_is_exact(key, &rt_slice_type)) {
        int64_t start, stop, step;
        if (rt_slice_unpack(ts, key, &start, &stop, &step) < 0)
            return RT_NULL;
        return rt_list_slice(ts, self, start, stop, step);
    }
    return rt_raise(ts, &rt_exc_TypeError, "list indices must be integers or slices, not %.200s",
                    rt_typename(key));
}

static int list_sq_setitem(struct rt_thread *ts, rt_value self, int64_t i, rt_value v)
{
    if (!rt_is_null(v) && i >= 0)
        return rt_list_set(ts, self, (size_t)i, rt_newref(ts, v));
    struct rt_list *l = rt_as_list(self);
    struct rt_cs cs;
    rt_value old = RT_NULL;
    rt_cont_lock(ts, &cs, l);
    if (i >= 0 && (size_t)i < rt_load_relaxed(&rt_load_relaxed(&l->array)->length))
        old = list_take(ts, l, (size_t)i, cs.open);
    rt_cont_unlock(ts, &cs);
    if (rt_is_null(old)) {
        rt_raise(ts, &rt_exc_IndexError, "list assignment index out of range");
        return -1;
    }
    rt_decref(ts, old);
    return 0;
}

static int list_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    int64_t i;
    int r = rt_cont_index(ts, key, &i);
    if (r > 0)
        return list_sq_setitem(ts, self, i < 0 ? i + (int64_t)rt_list_len(self) : i, v);
    if (r < 0)
        return -1;
    if (rt_is_exact(key, &rt_slice_type))
        return rt_list_set_by_slice(ts, self, key, v);
    rt_raise(ts, &rt_exc_TypeError, "list indices must be integers or slices, not %.200s",
             rt_typename(key));
    return -1;
}

/* The first place in [i, stop) from which find_item must ask Python, or where v is (*found). No counts are taken. */
static size_t find_quickly(struct rt_thread *ts, struct rt_list *l, rt_value v, size_t i, size_t stop, bool *found)
{
    struct rt_list_array *a = rt_load_acquire(&l->array);
    size_t n = rt_load_acquire(&a->length);
    int r = 0;
    for (n = n < stop ? n : stop; i < n; i++) {
        rt_value x = rt_slot_peek(&a->items[i]);
        if (rt_unlikely(rt_is_null(x)) || !rt_cont_readable(ts, x) || (r = rt_equal_quick(x, v)) != 0)
            break;
    }
    *found = r == 1;
    return i;
}

/* The first place in [i, stop) with an item equal to v; -1 none, -2 error. */
static int64_t find_item(struct rt_thread *ts, rt_value self, rt_value v, size_t i, size_t stop)
{
    for (;; i++) {
        bool found;
        i = find_quickly(ts, rt_as_list(self), v, i, stop, &found);
        if (found)
            return (int64_t)i;
        rt_value x = i < stop ? rt_list_get(ts, self, i) : RT_NULL;
        if (rt_is_null(x))
            return -1;
        int r = rt_equal_inline(ts, x, v);
        rt_decref(ts, x);
        if (r)
            return r < 0 ? -2 : (int64_t)i;
    }
}

static int list_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t at = find_item(ts, self, v, 0, SIZE_MAX);
    return at == -2 ? -1 : at >= 0;
}

static rt_value list_concat(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_list(b))
        return rt_raise(ts, &rt_exc_TypeError,
                        "can only concatenate list (not \"%.200s\") to list", rt_typename(b));
    size_t x = rt_list_len(a), y = rt_list_len(b);
    rt_value r = rt_list_new(ts, x + y);
    if (rt_is_null(r))
        return r;
    if (rt_likely(!rt_load_relaxed(&ts->mt))) {
        struct rt_list_array *array = rt_load_relaxed(&rt_as_list(r)->array);
        rt_slots_copy(ts, array->items, rt_load_relaxed(&rt_as_list(a)->array)->items, x);
        rt_slots_copy(ts, array->items + x, rt_load_relaxed(&rt_as_list(b)->array)->items, y);
        if (x + y)
            rt_store_relaxed(&array->length, x + y);
        return r;
    }
    if (extend_list(ts, r, a) < 0 || extend_list(ts, r, b) < 0) {
        rt_decref(ts, r);
        return RT_NULL;
    }
    return r;
}

static rt_value list_inplace_concat(struct rt_thread *ts, rt_value self, rt_value o)
{
    if (rt_list_extend(ts, self, o) < 0)
        return RT_NULL;
    return rt_newref(ts, self);
}

static void fill_words(rt_value *dst, rt_value v, size_t n)
{
    for (; n >= 8; n -= 8, dst += 8)
        dst[0] = dst[1] = dst[2] = dst[3] = dst[4] = dst[5] = dst[6] = dst[7] = v;
    while (n-- > 0)
        *dst++ = v;
}

/* n times the words src[0..len) into dst, which nobody else knows yet. */
static void repeat_words(struct rt_thread *ts, rt_value *dst, const rt_slot *src, size_t len, size_t n)
{
    if (len == 1) {
        rt_value v = rt_slot_peek(src);
        if (rt_is_counted(v))
            for (size_t k = 0; k < n; k++)
                dst[k] = rt_newref_obj(ts, rt_ptr(v));
        else
            fill_words(dst, v, n);
        return;
    }
    for (size_t k = 0; k < n; k++, dst += len)
        rt_slots_copy(ts, (rt_slot *)dst, src, len);
}

static rt_value list_repeat(struct rt_thread *ts, rt_value self, int64_t n)
{
    struct rt_list *l = rt_as_list(self);
    struct rt_cs_read cs;
    rt_value r = RT_NULL;
    if (n < 0)
        n = 0;
    rt_cont_read(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    size_t len = rt_load_relaxed(&a->length);
    if (n && len > RT_SEQ_MAX / (size_t)n)
        rt_raise_no_memory(ts);
    else
        r = rt_list_new(ts, len * (size_t)n);
    if (!rt_is_null(r) && n && len) {
        struct rt_list_array *b = rt_load_relaxed(&rt_as_list(r)->array);
        repeat_words(ts, (rt_value *)b->items, a->items, len, (size_t)n);
        rt_store_relaxed(&b->length, len * (size_t)n);
    }
    rt_cont_read_end(ts, &cs);
    return r;
}

static rt_value list_inplace_repeat(struct rt_thread *ts, rt_value self, int64_t n)
{
    struct rt_list *l = rt_as_list(self);
    struct rt_cs cs;
    if (n < 1) {
        rt_list_clear(ts, self);
        return rt_newref(ts, self);
    }
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    size_t len = rt_load_relaxed(&a->length);
    bool ok = len <= RT_SEQ_MAX / (size_t)n;
    if (!ok)
        rt_raise_no_memory(ts);
    if (ok && len && n > 1) {
        a = rt_list_reserve(ts, l, len * (size_t)n);
        ok = a != NULL;
        if (ok) {
            for (size_t k = len; k < len * (size_t)n; k++)
                rt_slot_put(&a->items[k], rt_slot_copy(ts, &a->items[k - len]));
            rt_store_release(&a->length, len * (size_t)n);
        }
    }
    rt_cont_unlock(ts, &cs);
    return ok ? rt_newref(ts, self) : RT_NULL;
}

static rt_value list_iter(struct rt_thread *ts, rt_value self)
{
    return rt_seqiter_make(ts, &rt_list_iter_type, self, 0);
}

static rt_value list_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args,
                         uint32_t n, rt_value kw)
{
    return rt_list_new_of(ts, type);
}

static int list_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n,
                     rt_value kw)
{
    if (!rt_is_null(kw) && (rt_is_exact(self, &rt_list_type) || rt_type_of(self)->new == list_new)
        && rt_no_keywords(ts, "list", kw) < 0)
        return -1;
    if (rt_args_count(ts, "list", n, 0, 1) < 0)
        return -1;
    if (rt_list_len(self))
        rt_list_clear(ts, self);
    return n ? rt_list_extend(ts, self, args[0]) : 0;
}

/* ---- methods ---- */
static rt_value list_append(struct rt_thread *ts, rt_value self, rt_value v)
{
    return rt_list_append(ts, self, v) < 0 ? RT_NULL : RT_NONE;
}

static rt_value list_extend(struct rt_thread *ts, rt_value self, rt_value o)
{
    return rt_list_extend(ts, self, o) < 0 ? RT_NULL : RT_NONE;
}

static rt_value list_insert(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "insert", n, 2, 2) < 0)
        return RT_NULL;
    int64_t i = rt_as_ssize(ts, args[0]);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    return rt_list_insert(ts, self, i, args[1]) < 0 ? RT_NULL : RT_NONE;
}

static rt_value list_pop(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t i = -1;
    if (n) {
        if (rt_args_count(ts, "pop", n, 0, 1) < 0)
            return RT_NULL;
        i = rt_as_ssize(ts, args[0]);
        if (i == -1 && rt_pending(ts))
            return RT_NULL;
    }
    return rt_list_pop(ts, self, i);
}

static rt_value list_clear(struct rt_thread *ts, rt_value self)
{
    rt_list_clear(ts, self);
    return RT_NONE;
}

static rt_value list_copy(struct rt_thread *ts, rt_value self)
{
    return rt_list_slice(ts, self, 0, INT64_MAX, 1);
}

static rt_value list_remove(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value x;
    for (size_t i = 0; !rt_is_null(x = rt_list_get(ts, self, i)); i++) {
        int r = rt_equal_inline(ts, x, v);
        if (r > 0 && !list_take_if(ts, self, i, x)) {
            /* The list changed during the comparison: look again from the start. */
            if (rt_load_relaxed(&ts->mt)) {
                rt_decref(ts, x);
                i = (size_t)-1;
                continue;
            }
            rt_list_set_slice(ts, self, (int64_t)i, (int64_t)i + 1, RT_NULL);
        }
        rt_decref(ts, x);
        if (r)
            return r < 0 ? RT_NULL : RT_NONE;
    }
    return rt_raise(ts, &rt_exc_ValueError, "list.remove(x): x not in list");
}

static rt_value list_index(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    int64_t start = 0, stop = INT64_MAX;
    if (rt_args_count(ts, "index", n, 1, 3) < 0)
        return RT_NULL;
    if (n > 1 && (start = rt_as_slice_index(ts, args[1])) == -1 && rt_pending(ts))
        return RT_NULL;
    if (n > 2 && (stop = rt_as_slice_index(ts, args[2])) == -1 && rt_pending(ts))
        return RT_NULL;
    int64_t len = (int64_t)rt_list_len(self);
    if (start < 0 && (start += len) < 0)
        start = 0;
    if (stop < 0 && (stop += len) < 0)
        stop = 0;
    int64_t at = start < stop ? find_item(ts, self, args[0], (size_t)start, (size_t)stop) : -1;
    if (at != -1)
        return at < 0 ? RT_NULL : rt_int_imm(at);
    return rt_raise(ts, &rt_exc_ValueError, "%R is not in list", args[0]);
}

static rt_value list_count(struct rt_thread *ts, rt_value self, rt_value v)
{
    int64_t count = 0, at;
    for (size_t i = 0; (at = find_item(ts, self, v, i, SIZE_MAX)) >= 0; i = (size_t)at + 1)
        count++;
    return at == -2 ? RT_NULL : rt_int_imm(count);
}

void rt_list_reverse(struct rt_thread *ts, rt_value self)
{
    struct rt_list *l = rt_as_list(self);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, l);
    struct rt_list_array *a = rt_load_relaxed(&l->array);
    size_t n = rt_load_relaxed(&a->length);
    for (size_t i = 0; i < n / 2; i++) {
        rt_value x = rt_slot_peek(&a->items[i]);
        rt_slot_put(&a->items[i], rt_slot_peek(&a->items[n - 1 - i]));
        rt_slot_put(&a->items[n - 1 - i], x);
    }
    rt_cont_unlock(ts, &cs);
}

static rt_value list_reverse(struct rt_thread *ts, rt_value self)
{
    rt_list_reverse(ts, self);
    return RT_NONE;
}

static rt_value list_sort(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n,
                          rt_value kw)
{
    static const char *const names[] = {"key", "reverse", NULL};
    static const struct rt_argspec spec = {"sort", names, 0, 0, 0, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    int reverse = 0;
    if (!rt_is_null(v[1])) {
        reverse = rt_is_bool(v[1]) ? rt_is_true(v[1]) : rt_as_int(ts, v[1]);
        if (reverse == -1 && rt_pending(ts))
            return RT_NULL;
    }
    rt_value key = rt_is_null(v[0]) || rt_is_none(v[0]) ? RT_NULL : v[0];
    return rt_list_sort(ts, self, key, reverse != 0) < 0 ? RT_NULL : RT_NONE;
}

static rt_value list_reversed(struct rt_thread *ts, rt_value self)
{
    return rt_seqiter_make(ts, &rt_list_reviter_type, self, (int64_t)rt_list_len(self) - 1);
}

static rt_value list_sizeof(struct rt_thread *ts, rt_value self)
{
    struct rt_list_array *a = rt_load_acquire(&rt_as_list(self)->array);
    size_t n = rt_type_of(self)->basic_size;
    if (!rt_list_is_static(a))
        n += sizeof(*a) + a->capacity * sizeof(rt_slot);
    return rt_int_imm((int64_t)n);
}

static const struct rt_method_def list_methods[] = {
    {"__getitem__", list_getitem, RT_METH_O | RT_METH_COEXIST,
     "__getitem__($self, index, /)\n--\n\nReturn self[index]."},
    {"__reversed__", list_reversed, RT_METH_NOARGS,
     "__reversed__($self, /)\n--\n\nReturn a reverse iterator over the list."},
    {"__sizeof__", list_sizeof, RT_METH_NOARGS,
     "__sizeof__($self, /)\n--\n\nReturn the size of the list in memory, in bytes."},
    {"clear", list_clear, RT_METH_NOARGS, "clear($self, /)\n--\n\nRemove all items."},
    {"copy", list_copy, RT_METH_NOARGS, "copy($self, /)\n--\n\nReturn a shallow copy."},
    {"append", list_append, RT_METH_O,
     "append($self, object, /)\n--\n\nAdd object at the end of the list."},
    {"insert", list_insert, RT_METH_FAST,
     "insert($self, index, object, /)\n--\n\nInsert object before index."},
    {"extend", list_extend, RT_METH_O,
     "extend($self, iterable, /)\n--\n\nAdd all items of the iterable at the end."},
    {"pop", list_pop, RT_METH_FAST,
     "pop($self, index=-1, /)\n--\n\n"
     "Remove and return the item at index; IndexError if there is none."},
    {"remove", list_remove, RT_METH_O,
     "remove($self, value, /)\n--\n\n"
     "Remove the first item equal to value; ValueError if there is none."},
    {"index", list_index, RT_METH_FAST,
     "index($self, value, start=0, stop=sys.maxsize, /)\n--\n\n"
     "Position of the first item equal to value; ValueError if there is none."},
    {"count", list_count, RT_METH_O,
     "count($self, value, /)\n--\n\nHow many items equal value."},
    {"reverse", list_reverse, RT_METH_NOARGS, "reverse($self, /)\n--\n\nReverse in place."},
    {"sort", list_sort, RT_METH_KW,
     "sort($self, /, *, key=None, reverse=False)\n--\n\n"
     "Sort in ascending order, in place; return None. The sort is stable: equal items keep\n"
     "their order. With key, items are compared by key(item)."},
    RT_CLASS_GETITEM,
    {0},
};

struct rt_type rt_list_type = {
    .convert = rt_seq_list,
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "list",
    .doc = "list(iterable=(), /)\n--\n\n"
           "Built-in mutable sequence.\n\n"
           "Without an argument a new empty list; otherwise the items of iterable.",
    .flags = RT_TF_BASETYPE | RT_TF_GC | RT_TF_SEQUENCE | RT_TF_LIST | RT_TF_SELF_MATCH,
    .basic_size = sizeof(struct rt_list),
    .dealloc = list_dealloc,
    .traverse = list_traverse,
    .clear = list_tp_clear,
    .repr = list_repr,
    .richcompare = list_richcompare,
    .iter = list_iter,
    .init = list_init,
    .new = list_new,
    .len = list_len,
    .getitem = list_getitem,
    .setitem = list_setitem,
    .sq_item = list_item,
    .sq_setitem = list_sq_setitem,
    .contains = list_contains,
    .sq_concat = list_concat,
    .sq_inplace_concat = list_inplace_concat,
    .sq_repeat = list_repeat,
    .sq_inplace_repeat = list_inplace_repeat,
    .methods = list_methods,
};
