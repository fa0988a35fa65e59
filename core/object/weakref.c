/* SPDX-License-Identifier: MIT */
/*
 * Weak references. Objects have no room for a list of them: each interpreter keeps a striped hash table
 * from object to its references; RT_OF_WEAKREF in the header says that there is an entry.
 *
 * A stripe's lock protects its buckets, the lists, and `target` of the references in them; it is a spin
 * lock, held for a few instructions, never while Python runs or memory is collected. Reading a
 * reference takes no lock (rt_weakref_get).
 */
#include "core/object/weakref.h"

#include <sched.h>

#include "core/object/type_internal.h"

struct entry {
    struct entry *next;
    struct rt_object *o;
    struct rt_weakref *head;
};
struct stripe {
    _Atomic uint8_t locked;
    size_t count, mask;
    struct entry **buckets;
} __attribute__((aligned(RT_CACHE_LINE)));

enum { STRIPES = 64 };
struct table { struct stripe stripes[STRIPES]; };

/* ---- table ----------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct rt_object *o)
{
    return ((uintptr_t)o >> 4) * 0x9e3779b97f4a7c15ull;
}

static struct stripe *stripe_of(struct rt_interp *in, const struct rt_object *o)
{
    return &((struct table *)in->weakrefs)->stripes[hash_of(o) >> 58];
}

static void lock(struct stripe *s)
{
    uint8_t free = 0;
    for (int spins = 0; !rt_cas_acq_rel(&s->locked, &free, 1); free = 0) {
        if (++spins < 100)
            rt_cpu_relax();
        else
            sched_yield();
    }
}

static void unlock(struct stripe *s) { rt_store_release(&s->locked, 0); }

static struct entry **find(struct stripe *s, const struct rt_object *o)
{
    static struct entry *none;
    if (!s->buckets)
        return &none;
    struct entry **p = &s->buckets[(hash_of(o) >> 20) & s->mask];
    while (*p && (*p)->o != o)
        p = &(*p)->next;
    return p;
}

static bool grow(struct stripe *s)
{
    size_t n = s->buckets ? (s->mask + 1) * 2 : 8;
    struct entry **b = rt_raw_calloc(n, sizeof *b), *next;
    if (!b)
        return s->buckets != NULL;
    for (size_t i = 0; s->buckets && i <= s->mask; i++) {
        for (struct entry *e = s->buckets[i]; e; e = next) {
            next = e->next;
            struct entry **p = &b[(hash_of(e->o) >> 20) & (n - 1)];
            e->next = *p;
            *p = e;
        }
    }
    rt_raw_free(s->buckets);
    s->buckets = b;
    s->mask = n - 1;
    return true;
}

/* The entry of o, made if needed; NULL when memory is short. */
static struct entry *get_entry(struct stripe *s, struct rt_object *o)
{
    struct entry *e = *find(s, o);
    if (e)
        return e;
    if ((!s->buckets || s->count > s->mask) && !grow(s))
        return NULL;
    if (!(e = rt_raw_malloc(sizeof *e)))
        return NULL;
    struct entry **p = &s->buckets[(hash_of(o) >> 20) & s->mask];
    *e = (struct entry){*p, o, NULL};
    *p = e;
    s->count++;
    rt_object_set_seen(o);
    rt_object_set_flag(o, RT_OF_WEAKREF);
    return e;
}

static void drop_entry(struct stripe *s, struct entry **p)
{
    struct entry *e = *p;
    *p = e->next;
    s->count--;
    if (!rt_type_has(rt_type_of_obj(e->o), RT_TF_TYPE)) /* types keep the flag: see type_new.c */
        (void)rt_and_relaxed(&e->o->flags, (uint8_t)~RT_OF_WEAKREF);
    rt_raw_free(e);
}

static void unlink_ref(struct entry *e, struct rt_weakref *r)
{
    if (r->prev)
        r->prev->next = r->next;
    else
        e->head = r->next;
    if (r->next)
        r->next->prev = r->prev;
    r->next = r->prev = NULL;
}

static void link_after(struct entry *e, struct rt_weakref *r, struct rt_weakref *prev)
{
    r->prev = prev;
    r->next = prev ? prev->next : e->head;
    if (r->next)
        r->next->prev = r;
    if (prev)
        prev->next = r;
    else
        e->head = r;
}

int rt_weakref_init_interp(struct rt_thread *ts, struct rt_interp *in)
{
    in->weakrefs = rt_raw_calloc_lines(sizeof(struct table));
    return in->weakrefs ? 0 : -1;
}

void rt_weakref_fini_interp(struct rt_interp *in)
{
    struct table *t = in->weakrefs;
    for (int i = 0; t && i < STRIPES; i++) {
        struct stripe *s = &t->stripes[i];
        for (size_t j = 0; s->buckets && j <= s->mask; j++)
            while (s->buckets[j])
                drop_entry(s, &s->buckets[j]);
        rt_raw_free(s->buckets);
        s->buckets = NULL;
    }
}

void rt_weakref_after_fork(struct rt_interp *in)
{
    struct table *t = in->weakrefs;
    for (int i = 0; t && i < STRIPES; i++)
        rt_store_relaxed(&t->stripes[i].locked, 0);
}

/* ---- making ---------------------------------------------------------------------------------- */

bool rt_is_weakref(rt_value v)
{
    return rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), &rt_weakref_type);
}
bool rt_is_weakproxy(rt_value v)
{
    return rt_is_exact(v, &rt_weakproxy_type) || rt_is_exact(v, &rt_callable_proxy_type);
}

static bool is_basic(struct rt_weakref *r, struct rt_type *t)
{
    struct rt_type *rt = rt_type_of_obj(&r->hdr);
    if (!rt_is_null(rt_slot_peek(&r->callback)))
        return false;
    return t == &rt_weakref_type ? rt == t : rt == &rt_weakproxy_type || rt == &rt_callable_proxy_type;
}

/* A callback-less reference of exactly this kind that can be shared. */
static rt_value reuse(struct rt_thread *ts, struct entry *e, struct rt_type *t)
{
    for (struct rt_weakref *r = e ? e->head : NULL; r; r = r->next) {
        if (is_basic(r, t)) {
            rt_value v = rt_try_newref(ts, &r->hdr);
            if (!rt_is_null(v))
                return v;
        }
    }
    return RT_NULL;
}

/* Lists begin with the shared reference, then the shared proxy, then the others, newest first. */
static struct rt_weakref *place(struct entry *e, struct rt_type *t, bool basic)
{
    struct rt_weakref *after = NULL, *r = e->head;
    if (basic && t == &rt_weakref_type)
        return NULL;
    if (r && is_basic(r, &rt_weakref_type)) {
        after = r;
        r = r->next;
    }
    if (basic)
        return after;
    if (r && is_basic(r, &rt_weakproxy_type))
        after = r;
    return after;
}

rt_value rt_weakref_make(struct rt_thread *ts, struct rt_type *t, rt_value o, rt_value callback)
{
    if (!rt_is_ptr(o) || !rt_type_has(rt_type_of(o), RT_TF_WEAKREF))
        return rt_raise(ts, &rt_exc_TypeError, "cannot create weak reference to '%s' object", rt_typename(o));
    if (rt_is_none(callback))
        callback = RT_NULL;
    struct stripe *s = stripe_of(ts->interp, rt_ptr(o));
    bool basic = rt_is_null(callback) && !rt_type_has(t, RT_TF_HEAP);
    if (basic && (rt_object_flags(rt_ptr(o)) & RT_OF_WEAKREF)) {
        lock(s);
        rt_value v = reuse(ts, *find(s, rt_ptr(o)), t);
        unlock(s);
        if (!rt_is_null(v))
            return v;
    }
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    struct rt_weakref *r = rt_as_weakref(v);
    rt_slot_init(&r->callback, rt_newref(ts, callback));
    rt_store_relaxed(&r->hash, -1);
    rt_object_set_seen(&r->hdr); /* reuse(), under the stripe's lock */
    lock(s);
    struct entry *e = get_entry(s, rt_ptr(o));
    if (e) {
        rt_store_relaxed(&r->target, rt_ptr(o));
        link_after(e, r, place(e, t, basic));
    }
    unlock(s);
    if (!e) {
        rt_decref(ts, v);
        return rt_raise_no_memory(ts);
    }
    return v;
}

rt_value rt_weakref_new(struct rt_thread *ts, rt_value o, rt_value callback)
{
    return rt_weakref_make(ts, &rt_weakref_type, o, callback);
}

/*
 * No lock, as in Note [SLOT-READ]: the header may be read even if the object has died since; `target`
 * is written once, when the reference is made, and cleared before the object's block is free. If it
 * still names the object after that was counted, the object counted is the one that was referred to.
 */
rt_value rt_weakref_get(struct rt_thread *ts, rt_value ref)
{
    struct rt_weakref *r = rt_as_weakref(ref);
    struct rt_object *o = rt_load_acquire(&r->target);
    if (!o)
        return RT_NULL;
    rt_value v = rt_try_newref(ts, o);
    if (rt_likely(!rt_load_relaxed(&ts->mt)) || rt_is_null(v))
        return v;
    rt_fence_acquire();
    if (rt_likely(rt_load_acquire(&r->target) == o))
        return v;
    rt_decref(ts, v);
    return RT_NULL;
}

/* ---- questions ------------------------------------------------------------------------------- */

rt_value rt_weakref_first(struct rt_thread *ts, struct rt_object *o)
{
    if (!(rt_object_flags(o) & RT_OF_WEAKREF))
        return RT_NULL;
    struct stripe *s = stripe_of(ts->interp, o);
    lock(s);
    struct entry *e = *find(s, o);
    rt_value v = e && e->head ? rt_try_newref(ts, &e->head->hdr) : RT_NULL;
    unlock(s);
    return v;
}

int64_t rt_weakref_count(struct rt_thread *ts, struct rt_object *o)
{
    int64_t n = 0;
    struct stripe *s = stripe_of(ts->interp, o);
    lock(s);
    struct entry *e = *find(s, o);
    for (struct rt_weakref *r = e ? e->head : NULL; r; r = r->next)
        n++;
    unlock(s);
    return n;
}

rt_value rt_weakref_list(struct rt_thread *ts, struct rt_object *o)
{
    rt_value *items = NULL;
    size_t n = 0, room = 0, need;
    struct stripe *s = stripe_of(ts->interp, o);
    do {
        need = (size_t)rt_weakref_count(ts, o) + 4;
        rt_raw_free(items);
        if (!(items = rt_raw_malloc(need * sizeof *items)))
            return rt_raise_no_memory(ts);
        room = need;
        need = n = 0;
        lock(s);
        struct entry *e = *find(s, o);
        for (struct rt_weakref *r = e ? e->head : NULL; r; r = r->next, need++) {
            rt_value v = n < room ? rt_try_newref(ts, &r->hdr) : RT_NULL;
            if (!rt_is_null(v))
                items[n++] = v;
        }
        unlock(s);
        if (need > room)
            for (size_t i = 0; i < n; i++)
                rt_decref(ts, items[i]);
    } while (need > room);
    rt_value list = rt_list_steal(ts, items, n);
    rt_raw_free(items);
    return list;
}

bool rt_weakref_has_callback(struct rt_thread *ts, struct rt_object *o)
{
    if (!(rt_object_flags(o) & RT_OF_WEAKREF))
        return false;
    bool has = false;
    struct stripe *s = stripe_of(ts->interp, o);
    lock(s);
    struct entry *e = *find(s, o);
    for (struct rt_weakref *r = e ? e->head : NULL; r && !has; r = r->next)
        has = !rt_is_null(rt_slot_peek(&r->callback));
    unlock(s);
    return has;
}

/* ---- death of the referent ------------------------------------------------------------------- */

static void later_push(struct rt_weakref_later *l, rt_value owned)
{
    if (l->n == l->capacity) {
        size_t cap = l->capacity ? l->capacity * 2 : 8;
        rt_value *p = rt_raw_realloc(l->items, cap * sizeof *p);
        if (!p)
            RT_FATAL("out of memory while clearing weak references");
        l->items = p;
        l->capacity = cap;
    }
    l->items[l->n++] = owned;
}

static void clear_refs(struct rt_thread *ts, struct rt_object *o,
                       bool (*is_garbage)(struct rt_object *, void *), void *arg,
                       struct rt_weakref_later *later)
{
    struct stripe *s = stripe_of(ts->interp, o);
    lock(s);
    struct entry **p = find(s, o), *e = *p;
    while (e && e->head) {
        struct rt_weakref *r = e->head;
        rt_value v = RT_NULL;
        unlink_ref(e, r);
        if (!rt_is_null(rt_slot_peek(&r->callback)) && !(is_garbage && is_garbage(&r->hdr, arg)))
            v = rt_try_newref(ts, &r->hdr);
        rt_store_release(&r->target, NULL); /* last: it may die from now on without waiting for this lock */
        if (!rt_is_null(v))
            later_push(later, v);
    }
    if (e)
        drop_entry(s, p);
    unlock(s);
}

void rt_weakref_run(struct rt_thread *ts, struct rt_weakref_later *later)
{
    rt_value exc = rt_exc_take(ts);
    for (size_t i = 0; i < later->n; i++) {
        rt_value ref = later->items[i], cb = rt_slot_swap(&rt_as_weakref(ref)->callback, RT_NULL);
        if (!rt_is_null(cb)) {
            rt_value r = rt_call1(ts, cb, ref);
            if (rt_is_null(r))
                rt_write_unraisable(ts, cb);
            rt_decref(ts, r);
            rt_decref(ts, cb);
        }
        rt_decref(ts, ref);
    }
    rt_raw_free(later->items);
    *later = (struct rt_weakref_later){0};
    ts->exc = exc;
}

void rt_weakref_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_weakref_later later = {0};
    if (rt_type_has(rt_type_of_obj(o), RT_TF_TYPE))
        rt_type_unlink((struct rt_type *)o);
    clear_refs(ts, o, NULL, NULL, &later);
    if (later.n)
        rt_weakref_run(ts, &later);
}

void rt_weakref_clear_stw(struct rt_thread *ts, struct rt_object *o,
                          bool (*is_garbage)(struct rt_object *ref, void *arg), void *arg,
                          struct rt_weakref_later *later)
{
    if (rt_type_has(rt_type_of_obj(o), RT_TF_TYPE))
        rt_type_unlink((struct rt_type *)o);
    clear_refs(ts, o, is_garbage, arg, later);
}

/* ---- the reference object -------------------------------------------------------------------- */

/* The reference itself dies, or is cleared by the collector. */
static void detach(struct rt_thread *ts, struct rt_weakref *r)
{
    struct rt_object *o = rt_load_acquire(&r->target);
    if (!o)
        return;
    struct stripe *s = stripe_of(ts->interp, o);
    lock(s);
    struct entry **p = find(s, o);
    if (rt_load_relaxed(&r->target) && *p) {
        unlink_ref(*p, r);
        if (!(*p)->head)
            drop_entry(s, p);
    }
    rt_store_release(&r->target, NULL);
    unlock(s);
}

int rt_weakref_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct rt_weakref *)o)->callback);
    return 0;
}

void rt_weakref_clear_slots(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_weakref *r = (struct rt_weakref *)o;
    detach(ts, r);
    rt_slot_set(ts, &r->callback, RT_NULL);
}

static int take_args(struct rt_thread *ts, const char *name, uint32_t n)
{
    return rt_args_count(ts, name, n, 1, 2);
}

static rt_value ref_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    if (take_args(ts, "__new__", n) < 0)
        return RT_NULL;
    return rt_weakref_make(ts, t, args[0], n > 1 ? args[1] : RT_NULL);
}

static rt_value ref_from(struct rt_thread *ts, rt_value o) { return rt_weakref_make(ts, &rt_weakref_type, o, RT_NULL); }

static int ref_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, "ref", kw) < 0)
        return -1;
    return take_args(ts, "__init__", n);
}

static rt_value ref_call(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {NULL};
    static const struct rt_argspec spec = {"weakref", names, 0, 0, 0, 0};
    if (rt_unlikely(n || !rt_is_null(kw)) && rt_args(ts, &spec, args, n, kw, NULL) < 0)
        return RT_NULL;
    rt_value v = rt_weakref_get(ts, self);
    return rt_is_null(v) ? RT_NONE : v;
}

static int64_t ref_hash(struct rt_thread *ts, rt_value self)
{
    struct rt_weakref *r = rt_as_weakref(self);
    int64_t h = rt_load_relaxed(&r->hash);
    if (h != -1)
        return h;
    rt_value o = rt_weakref_get(ts, self);
    if (rt_is_null(o)) {
        rt_raise(ts, &rt_exc_TypeError, "weak object has gone away");
        return -1;
    }
    h = rt_hash(ts, o);
    rt_decref(ts, o);
    rt_store_relaxed(&r->hash, h);
    return h;
}

static rt_value ref_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if ((op != RT_EQ && op != RT_NE) || !rt_is_weakref(a) || !rt_is_weakref(b))
        return RT_NOTIMPL;
    rt_value x = rt_weakref_get(ts, a), y = rt_weakref_get(ts, b), r;
    if (rt_is_null(x) || rt_is_null(y))
        r = rt_bool(rt_is(a, b) == (op == RT_EQ));
    else
        r = rt_compare(ts, x, y, op);
    rt_decref(ts, x);
    rt_decref(ts, y);
    return r;
}

static rt_value ref_repr(struct rt_thread *ts, rt_value self)
{
    rt_value o = rt_weakref_get(ts, self), name = RT_NULL, r;
    void *me = rt_ptr(self);
    if (rt_is_null(o))
        return rt_str_format(ts, "<weakref at %p; dead>", me);
    name = rt_getattr_opt(ts, o, RT_ID(__name__));
    if (rt_pending(ts))
        r = RT_NULL;
    else if (rt_is_ptr(name) && rt_is_str(name))
        r = rt_str_format(ts, "<weakref at %p; to '%s' at %p (%U)>", me, rt_typename(o), (void *)rt_ptr(o), name);
    else
        r = rt_str_format(ts, "<weakref at %p; to '%s' at %p>", me, rt_typename(o), (void *)rt_ptr(o));
    rt_decref(ts, name);
    rt_decref(ts, o);
    return r;
}

static rt_value get_callback(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_slot_get_none(ts, rt_ptr(self), &rt_as_weakref(self)->callback);
}

static const struct rt_method_def ref_methods[] = {
    {"__class_getitem__", rt_class_getitem, RT_METH_O | RT_METH_CLASS, "See PEP 585"},
    {0},
};
static const struct rt_getset_def ref_getset[] = {
    {"__callback__", get_callback, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_weakref_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "weakref.ReferenceType",
    .flags = RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct rt_weakref),
    .traverse = rt_weakref_traverse,
    .clear = rt_weakref_clear_slots,
    .repr = ref_repr,
    .hash = ref_hash,
    .call = ref_call,
    .richcompare = ref_richcompare,
    .convert = ref_from,
    .init = ref_init,
    .new = ref_new,
    .methods = ref_methods,
    .getset = ref_getset,
};
