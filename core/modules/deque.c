/* SPDX-License-Identifier: MIT */
/*
 * collections.deque: a ring of words that grows by doubling; both ends and indexing are O(1).
 *
 * Note [DEQUE] Whoever changes a deque holds its section, and while other threads run `turn` is odd from
 * begin to end of the change. So one item is read without a lock (look): the words that say where it is
 * belong together if `turn` is even and the same before and after. The word itself is read as in
 * Note [SLOT-READ]: what leaves a place leaves RT_NULL there before its count is given up, old rings live for a
 * grace period. Nothing may detach inside a change, or somebody else would find `turn` odd in his own.
 * Words that leave are dropped after the section. `state` counts changes of length, for the iterators.
 */
#include "core/modules/collections_internal.h"

struct ring {
    size_t capacity, mask; /* a power of two, and one less; 0, 0 without room */
    rt_slot items[];
};
struct deque {
    struct rt_object hdr;
    _Atomic(struct ring *) ring; /* never NULL */
    _Atomic size_t head, len;
    _Atomic uint64_t state;
    _Atomic uint64_t turn;
    _Atomic int64_t maxlen; /* -1: none; written in the section, by __init__ alone */
};

static struct {
    struct ring head;
    rt_slot none;
} no_room;

static struct deque *as_deque(rt_value v) { return (struct deque *)rt_ptr(v); }

RT_INLINE size_t length(const struct deque *d) { return rt_load_relaxed(&d->len); }
RT_INLINE int64_t limit(const struct deque *d) { return rt_load_relaxed(&d->maxlen); }
RT_INLINE struct ring *ring_of(const struct deque *d) { return rt_load_relaxed(&d->ring); }
RT_INLINE rt_slot *place(struct deque *d, size_t i)
{
    struct ring *r = ring_of(d);
    return &r->items[(rt_load_relaxed(&d->head) + i) & r->mask];
}
RT_INLINE void set_length(struct deque *d, size_t n)
{
    rt_store_relaxed(&d->len, n);
    rt_store_relaxed(&d->state, rt_load_relaxed(&d->state) + 1);
}
RT_INLINE void move_head(struct deque *d, size_t by)
{
    rt_store_relaxed(&d->head, (rt_load_relaxed(&d->head) + by) & ring_of(d)->mask);
}
RT_INLINE rt_value take_out(rt_slot *s)
{
    rt_value v = rt_slot_peek(s);
    rt_slot_put(s, RT_NULL);
    return v;
}

RT_INLINE void turn_begin(struct deque *d)
{
    rt_store_relaxed(&d->turn, rt_load_relaxed(&d->turn) + 1);
    rt_fence_release();
}
RT_INLINE void turn_end(struct deque *d) { rt_store_release(&d->turn, rt_load_relaxed(&d->turn) + 1); }
RT_INLINE void change_begin(struct rt_thread *ts, struct rt_cs *cs, struct deque *d)
{
    rt_cont_lock_brief(ts, cs, d);
    if (rt_unlikely(cs->open))
        turn_begin(d);
}
RT_INLINE void change_end(struct rt_thread *ts, struct rt_cs *cs, struct deque *d)
{
    if (rt_unlikely(cs->open)) {
        turn_end(d);
        rt_cont_unlock_brief(ts, cs);
    }
}

/* In the section: room for n words. False: no memory, to be raised outside. */
static bool reserve(struct rt_thread *ts, struct deque *d, size_t n, bool shared)
{
    struct ring *old = ring_of(d);
    if (rt_likely(n <= old->capacity))
        return true;
    size_t cap = old->capacity ? old->capacity : 8, len = length(d);
    while (cap < n && cap < RT_SEQ_MAX)
        cap *= 2;
    struct ring *ring = cap >= RT_SEQ_MAX ? NULL : rt_raw_malloc(sizeof *ring + cap * sizeof(rt_slot));
    if (!ring)
        return false;
    ring->capacity = cap;
    ring->mask = cap - 1;
    for (size_t i = 0; i < len; i++) /* [CONT-1] */
        rt_slot_init(&ring->items[i], shared ? take_out(place(d, i)) : rt_slot_peek(place(d, i)));
    for (size_t i = len; i < cap; i++)
        rt_slot_init(&ring->items[i], RT_NULL);
    ts->raw_bytes += (int64_t)((cap - old->capacity) * sizeof(rt_slot));
    rt_store_release(&d->ring, ring);
    rt_store_relaxed(&d->head, 0);
    if (old->capacity && shared)
        rt_retire(ts, old, old->capacity * sizeof(rt_slot), NULL);
    else if (old->capacity)
        rt_raw_free(old);
    return true;
}

static rt_value take_first(struct deque *d)
{
    rt_value v = take_out(place(d, 0));
    move_head(d, 1);
    set_length(d, length(d) - 1);
    return v;
}

static rt_value take_last(struct deque *d)
{
    size_t n = length(d) - 1;
    rt_value v = take_out(place(d, n));
    set_length(d, n);
    return v;
}

/* Nobody else writes, and there is room: nothing to lock, to grow or to drop. */
RT_INLINE bool push_quick(struct rt_thread *ts, struct deque *d, rt_value v, bool left)
{
    size_t n = length(d);
    bool read = rt_load_relaxed(&ts->mt);
    if (rt_unlikely(read && rt_load_relaxed(&d->hdr.owner) != ts->sole_token) || n >= ring_of(d)->capacity || limit(d) >= 0)
        return false;
    if (rt_unlikely(read))
        turn_begin(d);
    if (left)
        move_head(d, SIZE_MAX);
    rt_slot_put(place(d, left ? 0 : n), v);
    set_length(d, n + 1);
    if (rt_unlikely(read))
        turn_end(d);
    return true;
}

static RT_NOINLINE int push_general(struct rt_thread *ts, rt_value dv, rt_value v, bool left);

/* Consumes v. */
RT_INLINE int push(struct rt_thread *ts, rt_value dv, rt_value v, bool left)
{
    return rt_likely(push_quick(ts, as_deque(dv), v, left)) ? 0 : push_general(ts, dv, v, left);
}

static int push_general(struct rt_thread *ts, rt_value dv, rt_value v, bool left)
{
    struct deque *d = as_deque(dv);
    struct rt_cs cs;
    rt_value out = v;
    change_begin(ts, &cs, d);
    size_t n = length(d);
    int64_t max = limit(d);
    bool full = max >= 0 && n >= (size_t)max, ok = full || reserve(ts, d, n + 1, cs.open);
    if (rt_likely(ok && max != 0)) {
        out = RT_NULL;
        if (full) {
            out = left ? take_last(d) : take_first(d);
            n--;
        }
        if (left)
            move_head(d, SIZE_MAX);
        rt_slot_put(place(d, left ? 0 : n), v);
        set_length(d, n + 1);
    }
    change_end(ts, &cs, d);
    rt_decref(ts, out);
    if (rt_likely(ok))
        return 0;
    rt_raise_no_memory(ts);
    return -1;
}

static rt_value pop(struct rt_thread *ts, rt_value dv, bool left)
{
    struct deque *d = as_deque(dv);
    struct rt_cs cs;
    rt_value v = RT_NULL;
    change_begin(ts, &cs, d);
    if (length(d))
        v = left ? take_first(d) : take_last(d);
    change_end(ts, &cs, d);
    return rt_is_null(v) ? rt_raise(ts, &rt_exc_IndexError, "pop from an empty deque") : v;
}

/* Item i, or the one that is i from the end, without the section: owned, or RT_STOP out of range; *state is the deque's
   at that moment. False: somebody is changing it. */
RT_INLINE bool look(struct rt_thread *ts, struct deque *d, int64_t i, bool reverse, uint64_t *state, rt_value *out)
{
    uint64_t turn = rt_load_acquire(&d->turn);
    *state = rt_load_relaxed(&d->state);
    int64_t n = (int64_t)rt_load_relaxed(&d->len);
    size_t head = rt_load_relaxed(&d->head);
    struct ring *r = rt_load_acquire(&d->ring);
    *out = RT_STOP;
    if (i >= 0 && i < n) {
        rt_slot *slot = &r->items[(head + (size_t)(reverse ? n - 1 - i : i)) & r->mask];
        rt_value v = rt_slot_peek(slot);
        if (rt_is_counted(v) && rt_unlikely(rt_load_relaxed(&rt_ptr(v)->owner) != ts->token)) {
            v = rt_slot_get_slow(ts, &d->hdr, slot);
            rt_fence_acquire();
            if (rt_unlikely(turn & 1 || rt_load_relaxed(&d->turn) != turn || !v.bits)) {
                rt_decref(ts, v);
                return false;
            }
            *out = v;
            return true;
        }
        *out = v;
        if (rt_unlikely(!v.bits))
            return false;
    }
    rt_fence_acquire();
    if (rt_unlikely(turn & 1 || rt_load_relaxed(&d->turn) != turn))
        return false;
    if (rt_is_counted(*out)) /* this thread's own: it was in its place a moment ago, and nobody else buries it */
        rt_ptr(*out)->local++;
    return true;
}

/* The same in the section, which is held. */
static rt_value look_locked(struct rt_thread *ts, struct deque *d, int64_t i, bool reverse, uint64_t *state)
{
    int64_t n = (int64_t)length(d);
    *state = rt_load_relaxed(&d->state);
    return i >= 0 && i < n ? rt_slot_get(ts, d, place(d, (size_t)(reverse ? n - 1 - i : i))) : RT_STOP;
}

static RT_NOINLINE rt_value get_locked(struct rt_thread *ts, struct deque *d, int64_t i, bool reverse, uint64_t *state)
{
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, d);
    rt_value v = look_locked(ts, d, i, reverse, state);
    rt_cont_unlock(ts, &cs);
    return v;
}

/* Item i, or i from the end, owned; RT_STOP out of range. */
RT_INLINE rt_value get_at(struct rt_thread *ts, struct deque *d, int64_t i, bool reverse, uint64_t *state)
{
    rt_value v;
    return rt_likely(look(ts, d, i, reverse, state, &v)) ? v : get_locked(ts, d, i, reverse, state);
}
RT_INLINE rt_value get(struct rt_thread *ts, struct deque *d, int64_t i, uint64_t *state)
{
    return get_at(ts, d, i, false, state);
}

/* Of a ring that no deque has any more; shared: readers may still be in it. */
static void drain(struct rt_thread *ts, struct ring *r, size_t head, size_t n, bool shared)
{
    if (!r->capacity)
        return;
    for (size_t i = 0; i < n; i++)
        rt_decref(ts, take_out(&r->items[(head + i) & r->mask]));
    ts->raw_bytes -= (int64_t)(r->capacity * sizeof(rt_slot));
    if (shared)
        rt_retire(ts, r, r->capacity * sizeof(rt_slot), NULL);
    else
        rt_raw_free(r);
}

/* max: the new limit, or NULL: it stays. */
static void clear_to(struct rt_thread *ts, struct deque *d, const int64_t *max)
{
    struct rt_cs cs;
    change_begin(ts, &cs, d);
    if (max)
        rt_store_relaxed(&d->maxlen, *max);
    struct ring *ring = ring_of(d);
    size_t head = rt_load_relaxed(&d->head), n = length(d);
    bool shared = cs.open;
    rt_store_release(&d->ring, &no_room.head);
    rt_store_relaxed(&d->head, 0);
    set_length(d, 0);
    change_end(ts, &cs, d);
    drain(ts, ring, head, n, shared);
}

static void clear(struct rt_thread *ts, struct deque *d) { clear_to(ts, d, NULL); }

/* A list of the items: atomic snapshot. */
static rt_value to_list(struct rt_thread *ts, rt_value dv)
{
    struct deque *d = as_deque(dv);
    struct rt_cs_read cs;
    rt_cont_read(ts, &cs, d);
    size_t n = length(d);
    rt_value l = rt_list_new(ts, n);
    if (!rt_is_null(l) && n) {
        struct rt_list_array *a = rt_load_relaxed(&rt_as_list(l)->array);
        struct ring *r = ring_of(d);
        size_t at = rt_load_relaxed(&d->head), first = n < r->capacity - at ? n : r->capacity - at;
        rt_slots_copy(ts, a->items, &r->items[at], first);
        rt_slots_copy(ts, a->items + first, r->items, n - first);
        rt_store_relaxed(&a->length, n);
    }
    rt_cont_read_end(ts, &cs);
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
        int r = visit(rt_slot_peek(place(d, i)), arg);
        if (r)
            return r;
    }
    return 0;
}

static void deque_clear_slot(struct rt_thread *ts, struct rt_object *o)
{
    clear(ts, (struct deque *)o);
}

static void deque_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct deque *d = (struct deque *)o;
    struct ring *ring = ring_of(d);
    size_t n = length(d);
    rt_store_relaxed(&d->ring, &no_room.head);
    rt_store_relaxed(&d->len, 0);
    if (rt_likely(ring))
        drain(ts, ring, rt_load_relaxed(&d->head), n, false);
}

static rt_value deque_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                          rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (!rt_is_null(v)) {
        rt_store_relaxed(&as_deque(v)->ring, &no_room.head);
        rt_store_relaxed(&as_deque(v)->maxlen, -1);
    }
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
        maxlen = rt_as_ssize(ts, v[1]);
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

static rt_value item(struct rt_thread *ts, rt_value self, int64_t i, bool reverse)
{
    uint64_t state;
    rt_value v = get_at(ts, as_deque(self), i, reverse, &state);
    return rt_unlikely(rt_is_stop(v)) ? rt_raise(ts, &rt_exc_IndexError, "deque index out of range") : v;
}

static rt_value deque_item(struct rt_thread *ts, rt_value self, int64_t i) { return item(ts, self, i, false); }

/* In the section. */
static rt_value take_at(struct deque *d, size_t i)
{
    size_t n = length(d);
    rt_value v = rt_slot_peek(place(d, i));
    if (i < n / 2) {
        for (size_t k = i; k > 0; k--)
            rt_slot_put(place(d, k), rt_slot_peek(place(d, k - 1)));
        rt_slot_put(place(d, 0), RT_NULL);
        move_head(d, 1);
    } else {
        for (size_t k = i; k + 1 < n; k++)
            rt_slot_put(place(d, k), rt_slot_peek(place(d, k + 1)));
        rt_slot_put(place(d, n - 1), RT_NULL);
    }
    set_length(d, n - 1);
    return v;
}

static int set_item(struct rt_thread *ts, rt_value self, int64_t i, bool from_end, rt_value v)
{
    struct deque *d = as_deque(self);
    struct rt_cs cs;
    rt_value old = RT_NULL;
    change_begin(ts, &cs, d);
    i += from_end ? (int64_t)length(d) : 0;
    bool ok = i >= 0 && (size_t)i < length(d);
    if (ok && rt_is_null(v)) {
        old = take_at(d, (size_t)i);
    } else if (ok) {
        rt_slot *s = place(d, (size_t)i);
        old = rt_slot_peek(s);
        rt_slot_put(s, rt_newref(ts, v));
    }
    change_end(ts, &cs, d);
    rt_decref(ts, old);
    if (!ok)
        rt_raise(ts, &rt_exc_IndexError, "deque index out of range");
    return ok ? 0 : -1;
}

static int deque_set_item(struct rt_thread *ts, rt_value self, int64_t i, rt_value v)
{
    return set_item(ts, self, i, false, v);
}

static int deque_key(struct rt_thread *ts, rt_value key, int64_t *i)
{
    int r = rt_cont_index(ts, key, i);
    if (r == 0)
        rt_raise(ts, &rt_exc_TypeError, "sequence index must be integer, not '%.200s'",
                 rt_typename(key));
    return r > 0 ? 0 : -1;
}

static rt_value deque_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    int64_t i = 0;
    if (deque_key(ts, key, &i) < 0)
        return RT_NULL;
    return i >= 0 ? item(ts, self, i, false) : item(ts, self, -1 - i, true); /* whatever its length is by then */
}

static int deque_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    int64_t i = 0;
    return deque_key(ts, key, &i) < 0 ? -1 : set_item(ts, self, i, i < 0, v);
}

static RT_COLD int mutated(struct rt_thread *ts)
{
    rt_raise(ts, &rt_exc_RuntimeError, "deque mutated during iteration");
    return -1;
}

/* Comparing all items with something. Where other threads may change the deque it is a copy that is looked at. */
struct search {
    struct deque *d;
    rt_value items; /* the copy, or RT_NULL */
    uint64_t state;
};

static bool search_begin(struct rt_thread *ts, rt_value self, struct search *s)
{
    s->d = as_deque(self);
    s->state = rt_load_relaxed(&s->d->state);
    s->items = rt_cont_shared(ts, s->d) ? to_list(ts, self) : RT_NULL;
    return s->items.bits || !rt_pending(ts);
}

/* Item i is v: 1 or 0; -1 with an exception, -2: there is no such item. */
static int search_at(struct rt_thread *ts, struct search *s, int64_t i, rt_value v)
{
    uint64_t now;
    rt_value x = s->items.bits ? rt_list_get(ts, s->items, (size_t)i) : get(ts, s->d, i, &now);
    if (rt_is_stop(x) || rt_is_null(x))
        return -2;
    int r = rt_equal_inline(ts, x, v);
    rt_decref(ts, x);
    return r;
}

/* The comparison has changed the deque. */
static bool search_upset(struct search *s)
{
    return !s->items.bits && s->state != rt_load_relaxed(&s->d->state);
}

static int deque_contains(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct search s;
    int r = search_begin(ts, self, &s) ? 0 : -1;
    for (int64_t i = 0; r == 0; i++)
        if ((r = search_at(ts, &s, i, v)) == 0 && search_upset(&s))
            r = mutated(ts);
    rt_decref(ts, s.items);
    return r == -2 ? 0 : r;
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
    struct search s;
    int64_t count = 0;
    int r = search_begin(ts, self, &s) ? 0 : -1;
    for (int64_t i = 0; r >= 0; i++)
        if ((r = search_at(ts, &s, i, v)) >= 0) {
            count += r;
            if (search_upset(&s))
                r = mutated(ts);
        }
    rt_decref(ts, s.items);
    return r == -1 ? RT_NULL : rt_int_imm(count);
}

static rt_value deque_index(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct deque *d = as_deque(self);
    int64_t start = 0, stop = INT64_MAX, len = (int64_t)length(d);
    struct search s;
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
    int r = search_begin(ts, self, &s) ? 0 : -1;
    int64_t i = start;
    for (; r == 0 && i < stop; i++)
        if ((r = search_at(ts, &s, i, a[0])) == 0 && search_upset(&s))
            r = mutated(ts);
    rt_decref(ts, s.items);
    if (r == -1)
        return RT_NULL;
    return r > 0 ? rt_int_imm(i - 1) : rt_raise(ts, &rt_exc_ValueError, "%R is not in deque", a[0]);
}

static rt_value deque_insert(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct deque *d = as_deque(self);
    struct rt_cs cs;
    if (rt_args_count(ts, "insert", n, 2, 2) < 0)
        return RT_NULL;
    int64_t i = rt_as_ssize(ts, a[0]);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    change_begin(ts, &cs, d);
    int64_t len = (int64_t)length(d);
    int64_t max = limit(d);
    bool full = max >= 0 && len >= max, ok = full || reserve(ts, d, (size_t)len + 1, cs.open);
    if (!full && ok) {
        if (i < 0 && (i += len) < 0)
            i = 0;
        if (i > len)
            i = len;
        if (i < len / 2) {
            move_head(d, SIZE_MAX);
            for (int64_t k = 0; k < i; k++)
                rt_slot_put(place(d, (size_t)k), rt_slot_peek(place(d, (size_t)k + 1)));
        } else {
            for (int64_t k = len; k > i; k--)
                rt_slot_put(place(d, (size_t)k), rt_slot_peek(place(d, (size_t)k - 1)));
        }
        rt_slot_put(place(d, (size_t)i), rt_newref(ts, a[1]));
        set_length(d, (size_t)len + 1);
    }
    change_end(ts, &cs, d);
    if (full)
        return rt_raise(ts, &rt_exc_IndexError, "deque already at its maximum size");
    return ok ? RT_NONE : rt_raise_no_memory(ts);
}

static rt_value deque_remove(struct rt_thread *ts, rt_value self, rt_value v)
{
    struct deque *d = as_deque(self);
    uint64_t state = rt_load_relaxed(&d->state), now;
    rt_value x;
    for (int64_t i = 0; !rt_is_stop(x = get(ts, d, i, &now)); i++) {
        int r = rt_equal_inline(ts, x, v);
        struct rt_cs cs;
        rt_value out = RT_NULL;
        bool changed = state != rt_load_relaxed(&d->state);
        if (r > 0 && !changed) {
            change_begin(ts, &cs, d);
            changed = state != rt_load_relaxed(&d->state);
            if (!changed)
                out = take_at(d, (size_t)i);
            change_end(ts, &cs, d);
        }
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
    change_begin(ts, &cs, d);
    for (size_t i = 0, n = length(d); i < n / 2; i++) {
        rt_value x = rt_slot_peek(place(d, i));
        rt_slot_put(place(d, i), rt_slot_peek(place(d, n - 1 - i)));
        rt_slot_put(place(d, n - 1 - i), x);
    }
    change_end(ts, &cs, d);
    return RT_NONE;
}

static rt_value deque_rotate(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct deque *d = as_deque(self);
    struct rt_cs cs;
    int64_t by = 1;
    if (rt_args_count(ts, "rotate", n, 0, 1) < 0)
        return RT_NULL;
    if (n && (by = rt_as_ssize(ts, a[0])) == -1 && rt_pending(ts))
        return RT_NULL;
    change_begin(ts, &cs, d);
    int64_t len = (int64_t)length(d);
    if (len > 1) {
        by %= len;
        if (by > len / 2)
            by -= len;
        else if (by < -(len / 2))
            by += len;
        for (; by > 0; by--) {
            rt_value x = take_out(place(d, (size_t)len - 1));
            move_head(d, SIZE_MAX);
            rt_slot_put(place(d, 0), x);
        }
        for (; by < 0; by++) {
            rt_value x = take_out(place(d, 0));
            move_head(d, 1);
            rt_slot_put(place(d, (size_t)len - 1), x);
        }
        set_length(d, (size_t)len);
    }
    change_end(ts, &cs, d);
    return RT_NONE;
}

static rt_value deque_sizeof(struct rt_thread *ts, rt_value self)
{
    size_t words = rt_load_acquire(&as_deque(self)->ring)->capacity;
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

/* The iterator is used by several threads, or somebody is changing the deque: the deque's section guards both. */
static RT_NOINLINE rt_value iter_step_locked(struct rt_thread *ts, struct dequeiter *it, bool reverse, uint64_t *state)
{
    struct deque *d = as_deque(it->deque);
    struct rt_cs cs;
    rt_cont_lock(ts, &cs, d);
    int64_t i = rt_load_relaxed(&it->index);
    rt_value v = look_locked(ts, d, i, reverse, state);
    if (!rt_is_stop(v))
        rt_store_relaxed(&it->index, i + 1);
    rt_cont_unlock(ts, &cs);
    return v;
}

RT_INLINE rt_value iter_step(struct rt_thread *ts, rt_value self, bool reverse)
{
    struct dequeiter *it = as_iter(self);
    bool alone = rt_writes_alone(ts, it);
    int64_t i = rt_load_relaxed(&it->index);
    uint64_t state;
    rt_value v;
    if (rt_likely(alone && look(ts, as_deque(it->deque), i, reverse, &state, &v))) {
        if (rt_likely(!rt_is_stop(v)))
            rt_store_relaxed(&it->index, i + 1);
    } else {
        v = iter_step_locked(ts, it, reverse, &state);
    }
    if (rt_unlikely(it->state != state && rt_load_relaxed(&it->index) >= 0)) {
        if (!rt_is_stop(v))
            rt_decref(ts, v);
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
    if (n > 1 && (index = rt_as_ssize(ts, a[1])) == -1 && rt_pending(ts))
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
    .dealloc = deque_dealloc,
    .traverse = deque_traverse,
    .clear = deque_clear_slot,
    .repr = deque_repr,
    .richcompare = deque_richcompare,
    .iter = deque_iter,
    .snapshot = to_list,
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
