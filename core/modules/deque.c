/* SPDX-License-Identifier: MIT */
/*
 * collections.deque: a ring of words that grows by doubling; both ends and indexing are O(1).
 *
 * All access goes through the deque's critical section (which costs nothing without other threads),
 * so the ring needs no grace periods. Words that leave are dropped after the section. `state` counts
 * changes of length, for the iterators.
 */
#include "core/modules/collections_internal.h"

struct deque {
    struct rt_object hdr;
    rt_value *ring; /* capacity words (a power of two), or NULL */
    size_t capacity, head;
    _Atomic size_t len;
    _Atomic uint64_t state;
    _Atomic int64_t maxlen; /* -1: none; written in the section, by __init__ alone */
};

static struct deque *as_deque(rt_value v) { return (struct deque *)rt_ptr(v); }

RT_INLINE size_t length(const struct deque *d) { return rt_load_relaxed(&d->len); }
RT_INLINE int64_t limit(const struct deque *d) { return rt_load_relaxed(&d->maxlen); }
RT_INLINE rt_value *place(struct deque *d, size_t i)
{
    return &d->ring[(d->head + i) & (d->capacity - 1)];
}
RT_INLINE void set_length(struct deque *d, size_t n)
{
    rt_store_relaxed(&d->len, n);
    rt_store_relaxed(&d->state, rt_load_relaxed(&d->state) + 1);
}

/* In the section: room for n words. */
static int reserve(struct rt_thread *ts, struct deque *d, size_t n)
{
    if (rt_likely(n <= d->capacity))
        return 0;
    size_t cap = d->capacity ? d->capacity : 8;
    while (cap < n && cap < RT_SEQ_MAX)
        cap *= 2;
    rt_value *ring = cap >= RT_SEQ_MAX ? NULL : rt_raw_malloc(cap * sizeof(rt_value));
    if (!ring) {
        rt_raise_no_memory(ts);
        return -1;
    }
    size_t len = length(d);
    for (size_t i = 0; i < len; i++)
        ring[i] = *place(d, i);
    rt_raw_free(d->ring);
    ts->raw_bytes += (int64_t)((cap - d->capacity) * sizeof(rt_value));
    d->ring = ring;
    d->capacity = cap;
    d->head = 0;
    return 0;
}

static rt_value take_first(struct deque *d)
{
    rt_value v = *place(d, 0);
    d->head = (d->head + 1) & (d->capacity - 1);
    set_length(d, length(d) - 1);
    return v;
}

static rt_value take_last(struct deque *d)
{
    size_t n = length(d) - 1;
    rt_value v = *place(d, n);
    set_length(d, n);
    return v;
}

/* Consumes v. */
static int push(struct rt_thread *ts, rt_value dv, rt_value v, bool left)
{
    struct deque *d = as_deque(dv);
    struct rt_cs cs;
    rt_value out = RT_NULL;
    rt_cont_lock(ts, &cs, d);
    size_t n = length(d);
    int64_t max = limit(d);
    bool full = max >= 0 && n >= (size_t)max;
    if (rt_unlikely(max == 0)) {
        rt_cont_unlock(ts, &cs);
        rt_decref(ts, v);
        return 0;
    }
    int r = full ? 0 : reserve(ts, d, n + 1);
    if (rt_likely(r == 0)) {
        if (full) {
            out = left ? take_last(d) : take_first(d);
            n--;
        }
        if (left) {
            d->head = (d->head - 1) & (d->capacity - 1);
            *place(d, 0) = v;
        } else {
            *place(d, n) = v;
        }
        set_length(d, n + 1);
    }
    rt_cont_unlock(ts, &cs);
    rt_decref(ts, r ? v : out);
    return r;
}

static rt_value pop(struct rt_thread *ts, rt_value dv, bool left)
{
    struct deque *d = as_deque(dv);
    struct rt_cs cs;
    rt_value v = RT_NULL;
    rt_cont_lock(ts, &cs, d);
    if (length(d))
        v = left ? take_first(d) : take_last(d);
    rt_cont_unlock(ts, &cs);
    return rt_is_null(v) ? rt_raise(ts, &rt_exc_IndexError, "pop from an empty deque") : v;
}

/* Item i, owned; RT_NULL out of range. */
static rt_value get(struct rt_thread *ts, struct deque *d, size_t i)
{
    struct rt_cs cs;
    rt_value v = RT_NULL;
    rt_cont_lock(ts, &cs, d);
    if (i < length(d))
        v = rt_newref(ts, *place(d, i));
    rt_cont_unlock(ts, &cs);
    return v;
}

/* max: the new limit, or NULL: it stays. */
static void clear_to(struct rt_thread *ts, struct deque *d, const int64_t *max)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, d);
    if (max)
        rt_store_relaxed(&d->maxlen, *max);
    rt_value *ring = d->ring;
    size_t cap = d->capacity, head = d->head, n = length(d);
    d->ring = NULL;
    d->capacity = d->head = 0;
    set_length(d, 0);
    rt_cont_unlock(ts, &cs);
    for (size_t i = 0; i < n; i++)
        rt_decref(ts, ring[(head + i) & (cap - 1)]);
    ts->raw_bytes -= (int64_t)(cap * sizeof(rt_value));
    rt_raw_free(ring);
}

static void clear(struct rt_thread *ts, struct deque *d) { clear_to(ts, d, NULL); }

/* A list of the items: atomic snapshot. */
static rt_value to_list(struct rt_thread *ts, rt_value dv)
{
    struct deque *d = as_deque(dv);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, d);
    size_t n = length(d);
    rt_value l = rt_list_new(ts, n);
    if (!rt_is_null(l) && n) {
        struct rt_list_array *a = rt_load_relaxed(&rt_as_list(l)->array);
        for (size_t i = 0; i < n; i++)
            rt_slot_init(&a->items[i], rt_newref(ts, *place(d, i)));
        rt_store_relaxed(&a->length, n);
    }
    rt_cont_unlock(ts, &cs);
    return l;
}

static int extend(struct rt_thread *ts, rt_value dv, rt_value iterable, bool left)
{
    rt_value items = RT_NULL, x;
    struct rt_cursor walk;
    int r = 0;
    if (rt_is(dv, iterable)) {
        iterable = items = to_list(ts, dv);
        if (rt_is_null(items))
            return -1;
    }
    r = rt_cursor_open(ts, &walk, iterable);
    rt_decref(ts, items);
    if (r < 0)
        return -1;
    while (r == 0 && !rt_is_stop(x = rt_cursor_next(ts, &walk)))
        r = rt_is_null(x) ? -1 : push(ts, dv, x, left);
    rt_cursor_close(ts, &walk);
    return r;
}

/* ---- slots ---- */
static int deque_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct deque *d = (struct deque *)o;
    for (size_t i = 0, n = length(d); i < n; i++) {
        int r = visit(*place(d, i), arg);
        if (r)
            return r;
    }
    return 0;
}

static void deque_clear_slot(struct rt_thread *ts, struct rt_object *o)
{
    clear(ts, (struct deque *)o);
}

static rt_value deque_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                          rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (!rt_is_null(v))
        rt_store_relaxed(&as_deque(v)->maxlen, -1);
    return v;
}

static int deque_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"iterable", "maxlen", NULL};
    static const struct rt_argspec spec = {"deque", names, 0, 0, 2, 2};
    rt_value v[2];
    int64_t maxlen = -1;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return -1;
    if (!rt_is_null(v[1]) && !rt_is_none(v[1])) {
        if (!rt_is_any_int(v[1])) {
            rt_raise(ts, &rt_exc_TypeError, "an integer is required");
            return -1;
        }
        maxlen = rt_as_i64(ts, v[1]);
        if (maxlen == -1 && rt_pending(ts))
            return -1;
        if (maxlen < 0) {
            rt_raise(ts, &rt_exc_ValueError, "maxlen must be non-negative");
            return -1;
        }
    }
    if (length(as_deque(self)) || maxlen != limit(as_deque(self)))
        clear_to(ts, as_deque(self), &maxlen);
    return rt_is_null(v[0]) ? 0 : extend(ts, self, v[0], false);
}

static int64_t deque_len(struct rt_thread *ts, rt_value self)
{
    return (int64_t)length(as_deque(self));
}

static rt_value deque_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    rt_value v = i < 0 ? RT_NULL : get(ts, as_deque(self), (size_t)i);
    return rt_is_null(v) ? rt_raise(ts, &rt_exc_IndexError, "deque index out of range") : v;
}

/* In the section. */
static rt_value take_at(struct deque *d, size_t i)
{
    size_t n = length(d);
    rt_value v = *place(d, i);
    if (i < n / 2) {
        for (size_t k = i; k > 0; k--)
            *place(d, k) = *place(d, k - 1);
        d->head = (d->head + 1) & (d->capacity - 1);
    } else {
        for (size_t k = i; k + 1 < n; k++)
            *place(d, k) = *place(d, k + 1);
    }
    set_length(d, n - 1);
    return v;
}

static int deque_set_item(struct rt_thread *ts, rt_value self, int64_t i, rt_value v)
{
    struct deque *d = as_deque(self);
    struct rt_cs cs;
    rt_value old = RT_NULL;
    rt_cont_lock(ts, &cs, d);
    bool ok = i >= 0 && (size_t)i < length(d);
    if (ok && rt_is_null(v)) {
        old = take_at(d, (size_t)i);
    } else if (ok) {
        old = *place(d, (size_t)i);
        *place(d, (size_t)i) = rt_newref(ts, v);
    }
    rt_cont_unlock(ts, &cs);
    rt_decref(ts, old);
    if (!ok)
        rt_raise(ts, &rt_exc_IndexError, "deque index out of range");
    return ok ? 0 : -1;
}

static int deque_key(struct rt_thread *ts, rt_value self, rt_value key, int64_t *i)
{
    int r = rt_cont_index(ts, key, i);
    if (r == 0)
        rt_raise(ts, &rt_exc_TypeError, "sequence index must be integer, not '%.200s'",
                 rt_typename(key));
    if (*i < 0)
        *i += (int64_t)length(as_deque(self));
    return r > 0 ? 0 : -1;
}

static rt_value deque_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    int64_t i = 0;
    return deque_key(ts, self, key, &i) < 0 ? RT_NULL : deque_item(ts, self, i);
}

static int deque_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    int64_t i = 0;
    return deque_key(ts, self, key, &i) < 0 ? -1 : deque_set_item(ts, self, i, v);
}

static RT_COLD int mutated(struct rt_thread *ts)
{
    rt_raise(ts, &rt_exc_RuntimeError, "deque mutated during iteration");
    return -1;
}

static int deque_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct deque *d = as_deque(self);
    uint64_t state = rt_load_relaxed(&d->state);
    rt_value x;
    for (size_t i = 0; !rt_is_null(x = get(ts, d, i)); i++) {
        int r = rt_equal_inline(ts, x, v);
        rt_decref(ts, x);
        if (r)
            return r;
        if (state != rt_load_relaxed(&d->state))
            return mutated(ts);
    }
    return 0;
}

/* A new deque of self's type without items; maxlen passed on. */
static rt_value like(struct rt_thread *ts, rt_value self, rt_value iterable)
{
    struct deque *d = as_deque(self);
    struct rt_type *t = rt_type_of(self);
    int64_t max = limit(d);
    rt_value v[2] = {iterable, rt_int_imm(max)};
    return rt_call(ts, rt_type_value(t), v, max < 0 ? 1 : 2, RT_NULL);
}

static rt_value deque_copy(struct rt_thread *ts, rt_value self)
{
    rt_value items = rt_is_exact(self, &rt_deque_type) ? to_list(ts, self) : rt_newref(ts, self), r;
    if (rt_is_null(items))
        return items;
    r = like(ts, self, items);
    rt_decref(ts, items);
    if (!rt_is_null(r) && !rt_is_exact(self, &rt_deque_type) &&
        !rt_type_is_subtype(rt_type_of(r), &rt_deque_type)) {
        rt_raise(ts, &rt_exc_TypeError, "%.200s() must return a deque, not %.200s",
                 rt_typename(self), rt_typename(r));
        rt_clear(ts, &r);
    }
    return r;
}

static rt_value deque_concat(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_type_is_subtype(rt_type_of(b), &rt_deque_type))
        return rt_raise(ts, &rt_exc_TypeError,
                        "can only concatenate deque (not \"%.200s\") to deque", rt_typename(b));
    rt_value r = deque_copy(ts, a);
    if (!rt_is_null(r) && extend(ts, r, b, false) < 0)
        rt_clear(ts, &r);
    return r;
}

static rt_value deque_iadd(struct rt_thread *ts, rt_value self, rt_value o)
{
    return extend(ts, self, o, false) < 0 ? RT_NULL : rt_newref(ts, self);
}

static rt_value deque_imul(struct rt_thread *ts, rt_value self, int64_t n)
{
    struct deque *d = as_deque(self);
    if (n <= 0) {
        clear(ts, d);
        return rt_newref(ts, self);
    }
    rt_value items = to_list(ts, self);
    if (rt_is_null(items))
        return items;
    size_t len = rt_list_len(items);
    int64_t times = n - 1, max = limit(d);
    int r = 0;
    if (len && max >= 0 && (size_t)times > (size_t)max / len + 1)
        times = (int64_t)((size_t)max / len + 1); /* the rest would push these out again */
    if (len && max < 0 && (size_t)n > RT_SEQ_MAX / len) {
        rt_raise_no_memory(ts);
        r = -1;
    }
    for (int64_t k = 0; k < times && r == 0 && len; k++)
        r = extend(ts, self, items, false);
    rt_decref(ts, items);
    return r < 0 ? RT_NULL : rt_newref(ts, self);
}

static rt_value deque_mul(struct rt_thread *ts, rt_value self, int64_t n)
{
    rt_value r = deque_copy(ts, self), s;
    if (rt_is_null(r))
        return r;
    s = deque_imul(ts, r, n);
    rt_decref(ts, r);
    return s;
}

static rt_value deque_repr(struct rt_thread *ts, rt_value self)
{
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_from_cstr(ts, "[...]");
    rt_value items = to_list(ts, self), s = RT_NULL;
    const char *name = rt_type_shortname(rt_type_of(self));
    int64_t max = limit(as_deque(self));
    if (!rt_is_null(items))
        s = max >= 0
                ? rt_str_format(ts, "%s(%R, maxlen=%zd)", name, items, (ssize_t)max)
                : rt_str_format(ts, "%s(%R)", name, items);
    rt_decref(ts, items);
    rt_repr_leave(ts, self);
    return s;
}

static rt_value deque_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_type_is_subtype(rt_type_of(a), &rt_deque_type) ||
        !rt_type_is_subtype(rt_type_of(b), &rt_deque_type))
        return RT_NOTIMPL;
    if (rt_is(a, b) && (op == RT_EQ || op == RT_NE || op == RT_LE || op == RT_GE))
        return rt_bool(op != RT_NE);
    if ((op == RT_EQ || op == RT_NE) && length(as_deque(a)) != length(as_deque(b)))
        return rt_bool(op == RT_NE);
    rt_value x = rt_iter(ts, a), y = rt_is_null(x) ? x : rt_iter(ts, b), r = RT_NULL;
    int same = rt_is_null(y) ? -1 : 1;
    while (same > 0) {
        rt_value p = rt_next(ts, x), q = RT_NULL;
        if (rt_is_null(p))
            break;
        q = rt_next(ts, y);
        if (rt_is_null(q)) {
            rt_decref(ts, p);
            break;
        }
        if (rt_is_stop(p) || rt_is_stop(q)) {
            r = rt_cmp_i64(!rt_is_stop(p), !rt_is_stop(q), op);
            rt_decref(ts, p);
            rt_decref(ts, q);
            break;
        }
        same = rt_equal_inline(ts, p, q);
        if (same == 0)
            r = op == RT_EQ ? RT_FALSE : op == RT_NE ? RT_TRUE : rt_compare(ts, p, q, op);
        rt_decref(ts, p);
        rt_decref(ts, q);
    }
    rt_clear(ts, &ts->stop_value);
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}

/* ---- methods ---- */
static rt_value deque_append(struct rt_thread *ts, rt_value self, rt_value v)
{
    return push(ts, self, rt_newref(ts, v), false) < 0 ? RT_NULL : RT_NONE;
}

static rt_value deque_appendleft(struct rt_thread *ts, rt_value self, rt_value v)
{
    return push(ts, self, rt_newref(ts, v), true) < 0 ? RT_NULL : RT_NONE;
}

static rt_value deque_pop(struct rt_thread *ts, rt_value self)
{
    return pop(ts, self, false);
}

static rt_value deque_popleft(struct rt_thread *ts, rt_value self)
{
    return pop(ts, self, true);
}

static rt_value deque_extend(struct rt_thread *ts, rt_value self, rt_value o)
{
    return extend(ts, self, o, false) < 0 ? RT_NULL : RT_NONE;
}

static rt_value deque_extendleft(struct rt_thread *ts, rt_value self, rt_value o)
{
    return extend(ts, self, o, true) < 0 ? RT_NULL : RT_NONE;
}

static rt_value deque_clear(struct rt_thread *ts, rt_value self)
{
    clear(ts, as_deque(self));
    return RT_NONE;
}

static rt_value deque_count(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct deque *d = as_deque(self);
    uint64_t state = rt_load_relaxed(&d->state);
    int64_t count = 0;
    rt_value x;
    for (size_t i = 0; !rt_is_null(x = get(ts, d, i)); i++) {
        int r = rt_equal_inline(ts, x, v);
        rt_decref(ts, x);
        if (r < 0 || (state != rt_load_relaxed(&d->state) && mutated(ts)))
            return RT_NULL;
        count += r;
    }
    return rt_int_imm(count);
}

static rt_value deque_index(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct deque *d = as_deque(self);
    int64_t start = 0, stop = INT64_MAX, len = (int64_t)length(d);
    uint64_t state = rt_load_relaxed(&d->state);
    if (rt_args_count(ts, "index", n, 1, 3) < 0)
        return RT_NULL;
    if (n > 1 && (start = rt_as_slice_index(ts, a[1])) == -1 && rt_pending(ts))
        return RT_NULL;
    if (n > 2 && (stop = rt_as_slice_index(ts, a[2])) == -1 && rt_pending(ts))
        return RT_NULL;
    if (start < 0 && (start += len) < 0)
        start = 0;
    if (stop < 0 && (stop += len) < 0)
        stop = 0;
    if (stop > len)
        stop = len;
    for (int64_t i = start; i < stop; i++) {
        rt_value x = get(ts, d, (size_t)i);
        if (rt_is_null(x))
            break;
        int r = rt_equal_inline(ts, x, a[0]);
        rt_decref(ts, x);
        if (r)
            return r < 0 ? RT_NULL : rt_int_imm(i);
        if (state != rt_load_relaxed(&d->state)) {
            mutated(ts);
            return RT_NULL;
        }
    }
    return rt_raise(ts, &rt_exc_ValueError, "%R is not in deque", a[0]);
}

static rt_value deque_insert(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct deque *d = as_deque(self);
    struct rt_cs cs;
    if (rt_args_count(ts, "insert", n, 2, 2) < 0)
        return RT_NULL;
    int64_t i = rt_as_index(ts, a[0], &rt_exc_OverflowError);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    rt_cont_lock(ts, &cs, d);
    int64_t len = (int64_t)length(d);
    int64_t max = limit(d);
    bool full = max >= 0 && len >= max;
    int r = full ? 1 : reserve(ts, d, (size_t)len + 1);
    if (r == 0) {
        if (i < 0 && (i += len) < 0)
            i = 0;
        if (i > len)
            i = len;
        if (i < len / 2) {
            d->head = (d->head - 1) & (d->capacity - 1);
            for (int64_t k = 0; k < i; k++)
                *place(d, (size_t)k) = *place(d, (size_t)k + 1);
        } else {
            for (int64_t k = len; k > i; k--)
                *place(d, (size_t)k) = *place(d, (size_t)k - 1);
        }
        *place(d, (size_t)i) = rt_newref(ts, a[1]);
        set_length(d, (size_t)len + 1);
    }
    rt_cont_unlock(ts, &cs);
    if (full)
        return rt_raise(ts, &rt_exc_IndexError, "deque already at its maximum size");
    return r < 0 ? RT_NULL : RT_NONE;
}

static rt_value deque_remove(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct deque *d = as_deque(self);
    uint64_t state = rt_load_relaxed(&d->state);
    rt_value x;
    for (size_t i = 0; !rt_is_null(x = get(ts, d, i)); i++) {
        int r = rt_equal_inline(ts, x, v);
        struct rt_cs cs;
        rt_value out = RT_NULL;
        rt_cont_lock(ts, &cs, d);
        bool changed = state != rt_load_relaxed(&d->state);
        if (r > 0 && !changed)
            out = take_at(d, i);
        rt_cont_unlock(ts, &cs);
        rt_decref(ts, x);
        if (r < 0)
            return RT_NULL;
        if (changed)
            return rt_raise(ts, &rt_exc_IndexError, "deque mutated during remove().");
        if (r) {
            rt_decref(ts, out);
            return RT_NONE;
        }
    }
    return rt_raise(ts, &rt_exc_ValueError, "%R is not in deque", v);
}

static rt_value deque_reverse(struct rt_thread *ts, rt_value self)
{
    struct deque *d = as_deque(self);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, d);
    for (size_t i = 0, n = length(d); i < n / 2; i++) {
        rt_value x = *place(d, i);
        *place(d, i) = *place(d, n - 1 - i);
        *place(d, n - 1 - i) = x;
    }
    rt_cont_unlock(ts, &cs);
    return RT_NONE;
}

static rt_value deque_rotate(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct deque *d = as_deque(self);
    struct rt_cs cs;
    int64_t by = 1;
    if (rt_args_count(ts, "rotate", n, 0, 1) < 0)
        return RT_NULL;
    if (n && (by = rt_as_index(ts, a[0], &rt_exc_OverflowError)) == -1 && rt_pending(ts))
        return RT_NULL;
    rt_cont_lock(ts, &cs, d);
    int64_t len = (int64_t)length(d);
    if (len > 1) {
        by %= len;
        if (by > len / 2)
            by -= len;
        else if (by < -(len / 2))
            by += len;
        for (; by > 0; by--) {
            rt_value x = *place(d, (size_t)len - 1);
            d->head = (d->head - 1) & (d->capacity - 1);
            *place(d, 0) = x;
        }
        for (; by < 0; by++) {
            rt_value x = *place(d, 0);
            d->head = (d->head + 1) & (d->capacity - 1);
            *place(d, (size_t)len - 1) = x;
        }
        set_length(d, (size_t)len);
    }
    rt_cont_unlock(ts, &cs);
    return RT_NONE;
}

static rt_value deque_sizeof(struct rt_thread *ts, rt_value self)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, as_deque(self));
    size_t words = as_deque(self)->capacity;
    rt_cont_unlock(ts, &cs);
    return rt_int_imm((int64_t)(sizeof(struct deque) + words * 8));
}

/* (type, ((), maxlen) or (), state, iterator) */
static rt_value deque_reduce(struct rt_thread *ts, rt_value self)
{
    struct deque *d = as_deque(self);
    rt_value state = rt_call_method(ts, self, "__getstate__", NULL, 0), it, args;
    if (rt_is_null(state))
        return state;
    it = rt_iter(ts, self);
    int64_t max = limit(d);
    args = max < 0 ? rt_tuple_empty() : rt_tuple_pack(ts, 2, rt_tuple_empty(), rt_int_imm(max));
    rt_value v[4] = {rt_newref(ts, rt_type_value(rt_type_of(self))), args, state, it};
    if (rt_is_null(it) || rt_is_null(args)) {
        for (int i = 0; i < 4; i++)
            rt_decref(ts, v[i]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, v, 4);
}

static rt_value deque_get_maxlen(struct rt_thread *ts, rt_value self, void *closure)
{
    int64_t n = limit(as_deque(self));
    return n < 0 ? RT_NONE : rt_int_from_i64(ts, n);
}

/* ---- iterators ---- */
struct dequeiter {
    struct rt_object hdr;
    rt_value deque;
    uint64_t state;
    _Atomic int64_t index; /* items handed out */
};

static struct dequeiter *as_iter(rt_value v) { return (struct dequeiter *)rt_ptr(v); }
static struct rt_type iter_type, reviter_type;

static rt_value iter_make(struct rt_thread *ts, struct rt_type *t, rt_value d)
{
    struct dequeiter *it = rt_object_new(ts, t, sizeof(*it));
    if (!it)
        return RT_NULL;
    it->deque = rt_newref(ts, d);
    it->state = rt_load_relaxed(&as_deque(d)->state);
    rt_store_relaxed(&it->index, 0);
    return rt_own(it);
}

static rt_value deque_iter(struct rt_thread *ts, rt_value self)
{
    return iter_make(ts, &iter_type, self);
}

static rt_value deque_reversed(struct rt_thread *ts, rt_value self)
{
    return iter_make(ts, &reviter_type, self);
}

RT_INLINE rt_value iter_step(struct rt_thread *ts, rt_value self, bool reverse)
{
    struct dequeiter *it = as_iter(self);
    struct deque *d = as_deque(it->deque);
    struct rt_cs cs;
    rt_value v = RT_STOP;
    rt_cont_lock(ts, &cs, d);
    int64_t i = rt_load_relaxed(&it->index), n = (int64_t)length(d);
    bool changed = it->state != rt_load_relaxed(&d->state);
    if (i >= 0 && !changed && i < n) {
        v = rt_newref(ts, *place(d, (size_t)(reverse ? n - 1 - i : i)));
        rt_store_relaxed(&it->index, i + 1);
    }
    rt_cont_unlock(ts, &cs);
    if (rt_unlikely(changed && i >= 0)) {
        rt_store_relaxed(&it->index, -1);
        mutated(ts);
        return RT_NULL;
    }
    return v;
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    return iter_step(ts, self, false);
}

static rt_value reviter_next(struct rt_thread *ts, rt_value self)
{
    return iter_step(ts, self, true);
}

static int64_t iter_left(struct dequeiter *it)
{
    int64_t i = rt_load_relaxed(&it->index), n = (int64_t)length(as_deque(it->deque));
    return i < 0 || i > n ? 0 : n - i;
}

static rt_value iter_hint(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm(iter_left(as_iter(self)));
}

static rt_value iter_reduce(struct rt_thread *ts, rt_value self)
{
    struct dequeiter *it = as_iter(self);
    int64_t i = rt_load_relaxed(&it->index), n = (int64_t)length(as_deque(it->deque));
    rt_value args = rt_tuple_pack(ts, 2, it->deque, rt_int_imm(i < 0 ? n : i));
    rt_value v[2] = {rt_newref(ts, rt_type_value(rt_type_of(self))), args};
    return rt_is_null(args) ? args : rt_tuple_steal(ts, v, 2);
}

static rt_value iter_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                         rt_value kw)
{
    int64_t index = 0;
    if (!rt_is_null(kw) && rt_no_keywords(ts, rt_type_shortname(t), kw) < 0)
        return RT_NULL;
    if (rt_args_count(ts, rt_type_shortname(t), n, 1, 2) < 0)
        return RT_NULL;
    if (!rt_type_is_subtype(rt_type_of(a[0]), &rt_deque_type))
        return rt_raise(ts, &rt_exc_TypeError, "argument 1 must be collections.deque, not %.50s",
                        rt_typename(a[0]));
    if (n > 1 && (index = rt_as_index(ts, a[1], &rt_exc_OverflowError)) == -1 && rt_pending(ts))
        return RT_NULL;
    rt_value it = iter_make(ts, t == &reviter_type ? &reviter_type : &iter_type, a[0]);
    if (!rt_is_null(it) && index > 0)
        rt_store_relaxed(&as_iter(it)->index, index);
    return it;
}

static int iter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct dequeiter *)o)->deque, arg);
}

static void iter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct dequeiter *)o)->deque);
}

static const struct rt_method_def iter_methods[] = {
    {"__length_hint__", iter_hint, RT_METH_NOARGS,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", iter_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {0},
};

#define ITER_TYPE(sym, tp_name, next)                                                              \
    static struct rt_type sym = {                                                                  \
        .hdr = RT_STATIC_TYPE_HDR,                                                                 \
        .name = tp_name,                                                                           \
        .flags = RT_TF_GC,                                                                         \
        .basic_size = sizeof(struct dequeiter),                                                    \
        .dealloc = iter_dealloc,                                                                   \
        .traverse = iter_traverse,                                                                 \
        .iter = rt_iter_self,                                                                         \
        .iternext = next,                                                                          \
        .new = iter_new,                                                                           \
        .methods = iter_methods,                                                                   \
    }
ITER_TYPE(iter_type, "_collections._deque_iterator", iter_next);
ITER_TYPE(reviter_type, "_collections._deque_reverse_iterator", reviter_next);
struct rt_type *const rt_deque_iter_type = &iter_type, *const rt_deque_reviter_type = &reviter_type;

static const struct rt_method_def deque_methods[] = {
    {"append", deque_append, RT_METH_O, "Add an element to the right side of the deque."},
    {"appendleft", deque_appendleft, RT_METH_O, "Add an element to the left side of the deque."},
    {"clear", deque_clear, RT_METH_NOARGS, "Remove all elements from the deque."},
    {"__copy__", deque_copy, RT_METH_NOARGS, "Return a shallow copy of a deque."},
    {"copy", deque_copy, RT_METH_NOARGS, "Return a shallow copy of a deque."},
    {"count", deque_count, RT_METH_O, "D.count(value) -- return number of occurrences of value"},
    {"extend", deque_extend, RT_METH_O,
     "Extend the right side of the deque with elements from the iterable"},
    {"extendleft", deque_extendleft, RT_METH_O,
     "Extend the left side of the deque with elements from the iterable"},
    {"index", deque_index, RT_METH_FAST,
     "D.index(value, [start, [stop]]) -- return first index of value.\n"
     "Raises ValueError if the value is not present."},
    {"insert", deque_insert, RT_METH_FAST, "D.insert(index, object) -- insert object before index"},
    {"pop", deque_pop, RT_METH_NOARGS, "Remove and return the rightmost element."},
    {"popleft", deque_popleft, RT_METH_NOARGS, "Remove and return the leftmost element."},
    {"__reduce__", deque_reduce, RT_METH_NOARGS, "Return state information for pickling."},
    {"remove", deque_remove, RT_METH_O, "D.remove(value) -- remove first occurrence of value."},
    {"__reversed__", deque_reversed, RT_METH_NOARGS,
     "D.__reversed__() -- return a reverse iterator over the deque"},
    {"reverse", deque_reverse, RT_METH_NOARGS, "D.reverse() -- reverse *IN PLACE*"},
    {"rotate", deque_rotate, RT_METH_FAST,
     "Rotate the deque n steps to the right (default n=1).  If n is negative, rotates left."},
    {"__sizeof__", deque_sizeof, RT_METH_NOARGS,
     "D.__sizeof__() -- size of D in memory, in bytes"},
    RT_CLASS_GETITEM,
    {0},
};
static const struct rt_getset_def deque_getset[] = {
    {"maxlen", deque_get_maxlen, NULL, "maximum size of a deque or None if unbounded"},
    {0},
};

struct rt_type rt_deque_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "collections.deque",
    .doc = "deque([iterable[, maxlen]]) --> deque object\n\n"
           "A list-like sequence optimized for data accesses near its endpoints.",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_WEAKREF | RT_TF_SEQUENCE,
    .basic_size = sizeof(struct deque),
    .dealloc = deque_clear_slot,
    .traverse = deque_traverse,
    .clear = deque_clear_slot,
    .repr = deque_repr,
    .richcompare = deque_richcompare,
    .iter = deque_iter,
    .init = deque_init,
    .new = deque_new,
    .len = deque_len,
    .getitem = deque_getitem,
    .setitem = deque_setitem,
    .sq_item = deque_item,
    .sq_setitem = deque_set_item,
    .contains = deque_contains,
    .sq_concat = deque_concat,
    .sq_inplace_concat = deque_iadd,
    .sq_repeat = deque_mul,
    .sq_inplace_repeat = deque_imul,
    .methods = deque_methods,
    .getset = deque_getset,
};
