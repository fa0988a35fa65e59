/* SPDX-License-Identifier: MIT */
/*
 * Direct subclasses and versions. A type lists its direct subclasses uncounted, in the order in which they were
 * made; a dying type takes itself off the lists of its bases. Programs make classes by the thousand (in functions,
 * in tests) and the collector ends many at once, so taking one off must not walk the list: each type has a serial
 * number, the list is sorted by it, and a type that goes leaves a hole until half the list is holes. Only an
 * assignment to __bases__ may append an older type; such a list is walked.
 * Everything here is under the type lock.
 */
#include "core/object/type_internal.h"

struct rt_subclasses {
    size_t n, holes, capacity; /* n: entries, holes included */
    bool mixed;                /* not sorted */
    struct {
        uint64_t serial;
        struct rt_type *type; /* NULL: a hole */
    } items[];
};

/* 0 once they are used up, as by some minutes of counting in a class: such a type is in no cache. */
static uint32_t next_version(void)
{
    uint32_t last = rt_load_relaxed(&rt_runtime.type_version);
    return last == UINT32_MAX ? 0 : rt_add_relaxed(&rt_runtime.type_version, 1) + 1;
}

/*
 * A hierarchy may be as deep as memory allows and, where a metaclass's mro() lies, a circle: so no recursion. The links of the
 * walk are in the types; `at` counts down, so that what comes out behind a type's subclasses has their order.
 */
struct rt_type *rt_type_walk_locked(struct rt_type *t, bool (*enter)(struct rt_type *, void *), void *arg)
{
    struct rt_type *done = NULL;
    uint64_t seen = ++rt_runtime.type_walks;
    if (enter && !enter(t, arg))
        return NULL;
    t->walk = (struct rt_type_walk){.seen = seen, .at = t->subclasses ? t->subclasses->n : 0};
    while (t) {
        if (t->walk.at) {
            struct rt_type *sub = t->subclasses->items[--t->walk.at].type;
            if (!sub || sub->walk.seen == seen || (enter && !enter(sub, arg)))
                continue;
            sub->walk = (struct rt_type_walk){.seen = seen, .up = t, .at = sub->subclasses ? sub->subclasses->n : 0};
            t = sub;
        } else {
            t->walk.next = done;
            done = t;
            t = t->walk.up;
        }
    }
    return done;
}

void rt_type_modified_locked(struct rt_thread *ts, struct rt_type *t)
{
    for (t = rt_type_walk_locked(t, NULL, NULL); t; t = t->walk.next)
        rt_store_release(&t->version, next_version());
}

void rt_type_modified(struct rt_thread *ts, struct rt_type *t)
{
    rt_type_lock();
    rt_type_modified_locked(ts, t);
    rt_type_unlock();
}

static void close_holes(struct rt_subclasses *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].type)
            l->items[n++] = l->items[i];
    l->n = n;
    l->holes = 0;
}

/* Where t is in l, or l->n. */
static size_t find(const struct rt_subclasses *l, const struct rt_type *t)
{
    size_t low = 0, high = l->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (l->items[mid].serial < t->serial)
            low = mid + 1;
        else
            high = mid;
    }
    if (l->mixed)
        for (low = 0; low < l->n && l->items[low].type != t; low++)
            ;
    return low < l->n && l->items[low].type == t ? low : l->n;
}

static bool append_locked(struct rt_type *base, struct rt_type *t)
{
    struct rt_subclasses *l = base->subclasses;
    if (!l || l->n == l->capacity) {
        size_t cap = l ? l->capacity * 2 : 4;
        struct rt_subclasses *bigger = rt_raw_realloc(l, sizeof *l + cap * sizeof l->items[0]);
        if (!bigger)
            return false;
        if (!l)
            bigger->n = bigger->holes = bigger->mixed = 0;
        bigger->capacity = cap;
        base->subclasses = l = bigger;
    }
    if (!t->serial)
        t->serial = ++rt_runtime.type_serial;
    l->mixed |= l->n && l->items[l->n - 1].serial > t->serial;
    l->items[l->n].serial = t->serial;
    l->items[l->n++].type = t;
    return true;
}

static void remove_locked(struct rt_type *base, struct rt_type *t)
{
    struct rt_subclasses *l = base->subclasses;
    size_t at = l ? find(l, t) : 0;
    if (!l || at == l->n)
        return;
    l->items[at].type = NULL;
    if (++l->holes * 2 > l->n)
        close_holes(l);
}

void rt_type_remove_subclass(struct rt_type *base, struct rt_type *t)
{
    rt_type_lock();
    remove_locked(base, t);
    rt_type_unlock();
}

static bool is_base(const struct rt_type *base, const struct rt_type *t)
{
    const struct rt_tuple *bases = rt_as_tuple(rt_type_bases_borrowed(t));
    for (size_t i = 0; i < bases->length; i++)
        if (rt_ptr(bases->items[i]) == &base->hdr)
            return true;
    return false;
}

int rt_type_link(struct rt_thread *ts, struct rt_type *t, rt_value bases)
{
    bool ok = true;
    rt_type_lock();
    for (size_t i = 0; i < rt_as_tuple(bases)->length; i++) {
        struct rt_type *base = rt_as_type(rt_as_tuple(bases)->items[i]);
        struct rt_subclasses *l = base->subclasses;
        if (!is_base(base, t))
            remove_locked(base, t);
        else if (!l || !t->serial || find(l, t) == l->n)
            ok &= append_locked(base, t);
    }
    rt_type_unlock();
    if (!ok)
        rt_raise_no_memory(ts);
    return ok ? 0 : -1;
}

static bool of_interp(struct rt_type *t, void *interp) { return !t->interp || t->interp == interp; }

/* Types copied under the type lock, where lists cannot be made. */
struct copied {
    size_t n, room;
    struct rt_type **types;
};

/* Not under the lock; the types may be others then. */
static bool make_room(struct rt_thread *ts, struct copied *c, size_t need)
{
    rt_raw_free(c->types);
    c->room = need + 8;
    c->types = rt_raw_malloc(c->room * sizeof *c->types);
    if (!c->types)
        rt_raise_no_memory(ts);
    return c->types;
}

static rt_value list_of(struct rt_thread *ts, struct copied *c)
{
    rt_value list = rt_list_new(ts, c->n);
    for (size_t i = 0; i < c->n && !rt_is_null(list); i++)
        if (rt_list_append(ts, list, rt_type_value(c->types[i])) < 0)
            rt_clear(ts, &list);
    rt_raw_free(c->types);
    return list;
}

/* False: it takes `need` places. */
static bool copy_direct_locked(struct rt_thread *ts, struct rt_type *t, struct copied *c, size_t *need)
{
    struct rt_subclasses *l = t->subclasses;
    *need = l ? l->n - l->holes : 0;
    if (*need > c->room)
        return false;
    for (size_t i = 0; l && i < l->n; i++) {
        struct rt_type *sub = l->items[i].type;
        if (sub && of_interp(sub, ts->interp))
            c->types[c->n++] = sub;
    }
    return true;
}

static bool copy_all_locked(struct rt_thread *ts, struct rt_type *t, struct copied *c, size_t *need)
{
    struct rt_type *first = rt_type_walk_locked(t, of_interp, ts->interp);
    *need = 0;
    for (struct rt_type *s = first; s; s = s->walk.next)
        ++*need;
    if (*need > c->room)
        return false;
    for (struct rt_type *s = first; s; s = s->walk.next)
        c->types[c->n++] = s;
    return true;
}

static rt_value listed(struct rt_thread *ts, struct rt_type *t,
                       bool (*copy_locked)(struct rt_thread *, struct rt_type *, struct copied *, size_t *))
{
    struct copied c = {0};
    for (;;) {
        size_t need;
        rt_type_lock();
        bool done = copy_locked(ts, t, &c, &need);
        rt_type_unlock();
        if (done)
            return list_of(ts, &c);
        if (!make_room(ts, &c, need))
            return RT_NULL;
    }
}

rt_value rt_type_subclasses_list(struct rt_thread *ts, struct rt_type *t) { return listed(ts, t, copy_direct_locked); }

rt_value rt_type_hierarchy(struct rt_thread *ts, struct rt_type *t) { return listed(ts, t, copy_all_locked); }

void rt_type_subclasses_free(struct rt_type *t)
{
    rt_raw_free(t->subclasses);
    t->subclasses = NULL;
}
