/* SPDX-License-Identifier: MIT */
/*
 * Constants of code objects. They are immortal, so that threads which load them share no count; so equal ones are one
 * object: strings are interned, and of tuples of such there is one each. Else whatever is compiled again, a page's
 * template at each request say, would leave its constants behind each time. The rest dies with its interpreter.
 */
#include "core/eval/eval_internal.h"
#include "core/thread/runtime.h"

static struct {
    struct rt_tuple **slots; /* open addressing, linear probing */
    size_t mask, used;
} shared;
/* Held only while attached, with no safepoint inside: a stopped world, and so a forked child, finds it free. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t hash_of(const struct rt_tuple *t)
{
    uint64_t h = t->length;
    for (size_t i = 0; i < t->length; i++) {
        h = (h ^ t->items[i].bits) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    return h;
}

/* Where one of the same words is or belongs. */
static struct rt_tuple **find(const struct rt_tuple *t)
{
    for (size_t i = hash_of(t) & shared.mask;; i = (i + 1) & shared.mask) {
        struct rt_tuple *o = shared.slots[i];
        if (!o || (o->length == t->length && memcmp(o->items, t->items, t->length * sizeof t->items[0]) == 0))
            return &shared.slots[i];
    }
}

static bool grow(void)
{
    struct rt_tuple **old = shared.slots;
    size_t n = old ? shared.mask + 1 : 0, more = old ? n * 2 : 1024;
    struct rt_tuple **slots = rt_raw_calloc(more, sizeof *slots);
    if (!slots)
        return false;
    shared.slots = slots;
    shared.mask = more - 1;
    for (size_t i = 0; i < n; i++)
        if (old[i])
            *find(old[i]) = old[i];
    rt_raw_free(old);
    return true;
}

/* Are its items words that any interpreter may hold for ever? */
static bool lasts(const struct rt_tuple *t)
{
    for (size_t i = 0; i < t->length; i++)
        if (rt_is_ptr(t->items[i]) && rt_load_relaxed(&rt_ptr(t->items[i])->owner) != RT_TOK_IMMORTAL)
            return false;
    return true;
}

/* The tuple of the words of t that all code objects hold, t if it is the first; NULL: this one is not shared. */
static struct rt_tuple *only_one(struct rt_thread *ts, struct rt_tuple *t)
{
    if (!lasts(t))
        return NULL;
    struct rt_tuple *one = NULL;
    pthread_mutex_lock(&lock);
    if (shared.used * 2 < shared.mask || grow()) {
        struct rt_tuple **where = find(t);
        if (!*where) {
            rt_immortalize(ts, rt_own(t));
            *where = t;
            shared.used++;
        }
        one = *where;
    }
    pthread_mutex_unlock(&lock);
    return one;
}

/* Words of constants in the tuple v; in a copy, if others may see it (replace(co_consts=...)): those are immortal then. */
static rt_value constant_items(struct rt_thread *ts, rt_value v)
{
    size_t n = rt_as_tuple(v)->length;
    bool copied = false;
    for (size_t i = 0; i < n; i++) {
        rt_value old = rt_as_tuple(v)->items[i], w = rt_code_constant_word(ts, old);
        if (rt_is_null(w))
            return w;
        if (w.bits == old.bits)
            continue;
        if (!copied && !rt_object_is_unique(ts, rt_ptr(v))) {
            v = rt_tuple_from(ts, rt_as_tuple(v)->items, n);
            if (rt_is_null(v))
                return v;
            old = rt_as_tuple(v)->items[i];
        }
        copied = true;
        rt_as_tuple(v)->items[i] = w;
        rt_decref(ts, old);
    }
    return v;
}

static rt_value constant_tuple(struct rt_thread *ts, rt_value v)
{
    rt_value made = constant_items(ts, v);
    if (rt_is_null(made))
        return made;
    struct rt_tuple *one = only_one(ts, rt_as_tuple(made));
    if (one && one != rt_as_tuple(made) && made.bits != v.bits)
        rt_decref(ts, made);
    if (one)
        return rt_borrow(one);
    rt_immortalize_here(ts, made);
    return rt_borrowed(made);
}

rt_value rt_code_constant_word(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_ptr(v))
        return v;
    if (rt_is_str_exact(v))
        return rt_str_intern(ts, v);
    if (rt_is_exact(v, &rt_tuple_type))
        return constant_tuple(ts, v);
    if (rt_is_exact(v, &rt_code_type))
        return rt_newref(ts, v);
    rt_immortalize_here(ts, v);
    return rt_borrowed(v);
}
