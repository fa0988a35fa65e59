/* SPDX-License-Identifier: MIT */
/*
 * _thread._local. The object's body holds one dict per thread, in the order of the threads' numbers (a table of its
 * own, since what gc.get_referents() showed as a dict a program could change under us); each thread
 * remembers (weakly) in ts->dict the bodies it has used, and takes its entries out when it ends. So a
 * dead local takes all its dicts along, a dead thread its entries, and cycles through either are
 * visible to the collector.
 *
 * A thread keeps the dicts it used last at hand, by the local's serial number: no reference, for the local
 * holds the dict as long as it lives, and the number is never given again. The local itself has no weak
 * reference of ours, so that one which many threads use need not be counted.
 */
#include "core/modules/thread/thread_module.h"

struct local {
    struct rt_object hdr;
    rt_slot args, kw; /* of the constructor, for __init__ in other threads */
    rt_slot body;
    uint64_t serial;  /* 0: being cleared */
};
struct entry {
    uint64_t thread; /* its number */
    rt_value dict;
};
struct body {
    struct rt_object hdr;
    struct entry *entries; /* sorted; with n and capacity under the body's section */
    size_t n, capacity;
};
enum { HITS = 4 };
struct hit {
    uint64_t serial;
    rt_value dict; /* borrowed */
};
_Static_assert(sizeof(struct hit[HITS]) <= (RT_TSLOTS - RT_TSLOT_LOCAL_HITS) * sizeof(void *), "hits fit");

static struct local *as_local(rt_value v) { return (struct local *)rt_ptr(v); }

static struct hit *hits(struct rt_thread *ts) { return (struct hit *)&ts->thread_private[RT_TSLOT_LOCAL_HITS]; }
static struct hit *hit_of(struct rt_thread *ts, const struct local *l) { return &hits(ts)[l->serial % HITS]; }

static uint64_t new_serial(struct rt_thread *ts)
{
    uint64_t *count = (uint64_t *)&ts->thread_private[RT_TSLOT_LOCAL_COUNT];
    return ts->id << 32 | ++*count;
}

static int body_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct body *b = (struct body *)o;
    for (size_t i = 0; i < b->n; i++) {
        int r = visit(b->entries[i].dict, arg);
        if (r)
            return r;
    }
    return 0;
}
static void body_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct body *b = (struct body *)o;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, b);
    struct entry *entries = b->entries;
    size_t n = b->n;
    b->entries = NULL;
    b->n = b->capacity = 0;
    rt_cs_end(ts, &cs);
    for (size_t i = 0; i < n; i++)
        rt_decref(ts, entries[i].dict);
    rt_raw_free(entries);
}
struct rt_type rt_local_body_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_thread._localdummy",
    .doc = "Thread-local dummy",
    .flags = RT_TF_WEAKREF | RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct body),
    .traverse = body_traverse,
    .clear = body_clear,
};

/* Where the thread's entry is, or would be put: the first that is not of a lower number; in the body's section. */
static size_t place(const struct body *b, uint64_t thread)
{
    size_t lo = 0, hi = b->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (b->entries[mid].thread < thread)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Whether place i is the thread's; in the body's section. */
static bool is_at(const struct body *b, size_t i, uint64_t thread) { return i < b->n && b->entries[i].thread == thread; }

/* The thread's dict, owned; RT_NULL without an exception if it has none. */
static rt_value find(struct rt_thread *ts, struct body *b)
{
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, b);
    size_t i = place(b, ts->id);
    rt_value d = is_at(b, i, ts->id) ? rt_newref(ts, b->entries[i].dict) : RT_NULL;
    rt_cs_end(ts, &cs);
    return d;
}

/* Gives the thread, which has none, the dict d. 0, or -1 with MemoryError. */
static int put(struct rt_thread *ts, struct body *b, rt_value d)
{
    struct rt_cs cs;
    int r = 0;
    rt_cs_begin(ts, &cs, b);
    if (b->n == b->capacity) {
        size_t capacity = b->capacity ? b->capacity * 2 : 2;
        struct entry *bigger = rt_raw_realloc(b->entries, capacity * sizeof *bigger);
        if (bigger) {
            b->entries = bigger;
            b->capacity = capacity;
        } else {
            r = -1;
        }
    }
    if (r == 0) {
        size_t i = place(b, ts->id);
        memmove(&b->entries[i + 1], &b->entries[i], (b->n - i) * sizeof *b->entries);
        b->entries[i] = (struct entry){ts->id, rt_newref(ts, d)};
        b->n++;
    }
    rt_cs_end(ts, &cs);
    if (r < 0)
        rt_raise_no_memory(ts);
    return r;
}

/* Takes out the thread's dict, if it has one. What dies with it may use locals, this one too, which then gets a new dict:
   no hit may lead to the old one. */
static void drop(struct rt_thread *ts, struct body *b)
{
    struct rt_cs cs;
    rt_value d = RT_NULL;
    rt_cs_begin(ts, &cs, b);
    size_t i = place(b, ts->id);
    if (is_at(b, i, ts->id)) {
        d = b->entries[i].dict;
        b->n--;
        memmove(&b->entries[i], &b->entries[i + 1], (b->n - i) * sizeof *b->entries);
    }
    rt_cs_end(ts, &cs);
    memset(hits(ts), 0, sizeof(struct hit[HITS]));
    rt_decref(ts, d);
}

static struct body *as_body(rt_value v) { return (struct body *)rt_ptr(v); }

static rt_value body_of(struct rt_thread *ts, rt_value self)
{
    return rt_slot_get(ts, as_local(self), &as_local(self)->body);
}

static int local_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct local *l = (struct local *)o;
    int r = visit(rt_slot_peek(&l->args), arg);
    if (!r)
        r = visit(rt_slot_peek(&l->kw), arg);
    return r ? r : visit(rt_slot_peek(&l->body), arg);
}
static void local_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct local *l = (struct local *)o;
    l->serial = 0;
    rt_slot_set(ts, &l->args, RT_NULL);
    rt_slot_set(ts, &l->kw, RT_NULL);
    rt_slot_set(ts, &l->body, RT_NULL);
}

static rt_value keywords_dict(struct rt_thread *ts, const rt_value *values, rt_value kw)
{
    rt_value d = rt_dict_new(ts);
    for (size_t i = 0; !rt_is_null(d) && !rt_is_null(kw) && i < rt_as_tuple(kw)->length; i++)
        if (rt_dict_set(ts, d, rt_as_tuple(kw)->items[i], values[i]) < 0) {
            rt_decref(ts, d);
            return RT_NULL;
        }
    return d;
}

/* The weak references in ts->dict to bodies that are gone. */
static void prune(struct rt_thread *ts)
{
    rt_value keys = rt_dict_keys_list(ts, ts->dict);
    for (size_t i = 0; !rt_is_null(keys) && i < rt_list_len(keys); i++) {
        rt_value k = rt_list_get(ts, keys, i), ref = rt_dict_get(ts, ts->dict, k), l = RT_NONE;
        if (rt_is_ptr(ref) && rt_type_of(ref) == &rt_weakref_type)
            l = rt_weakref_get(ts, ref);
        if (rt_is_null(l))
            rt_dict_del_opt(ts, ts->dict, k);
        rt_decref(ts, l);
        rt_decref(ts, ref);
        rt_decref(ts, k);
    }
    rt_decref(ts, keys);
}

static int remember(struct rt_thread *ts, rt_value body)
{
    if (rt_is_null(ts->dict) && rt_is_null(ts->dict = rt_dict_new(ts)))
        return -1;
    size_t n = rt_dict_len(ts->dict);
    if (n >= 64 && (n & (n - 1)) == 0)
        prune(ts);
    rt_value key = rt_id(ts, body), ref = rt_weakref_new(ts, body, RT_NULL);
    int r = rt_is_null(key) || rt_is_null(ref) ? -1 : rt_dict_set(ts, ts->dict, key, ref);
    rt_decref(ts, ref);
    rt_decref(ts, key);
    return r;
}

/* A new dict for this thread; owned. */
static rt_value make_dict(struct rt_thread *ts, rt_value body)
{
    rt_value d = rt_dict_new(ts);
    if (rt_is_null(d) || remember(ts, body) < 0 || put(ts, as_body(body), d) < 0)
        rt_clear(ts, &d);
    return d;
}

static int call_init(struct rt_thread *ts, rt_value self)
{
    struct local *l = as_local(self);
    struct rt_type *t = rt_type_of(self);
    if (t->init == rt_object_type.init)
        return 0;
    rt_value init = rt_getattr(ts, self, RT_ID(__init__));
    if (rt_is_null(init))
        return -1;
    rt_value args = rt_slot_get(ts, l, &l->args), kw = rt_slot_get(ts, l, &l->kw);
    rt_value r = rt_call_ex(ts, init, args, kw);
    rt_decref(ts, kw);
    rt_decref(ts, args);
    rt_decref(ts, init);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

/* This thread's dict, made and initialised at the first use; borrowed from the local. */
static RT_NOINLINE rt_value find_dict(struct rt_thread *ts, rt_value self)
{
    rt_value body = body_of(ts, self);
    if (rt_is_null(body)) /* being cleared by the collector */
        return rt_raise(ts, &rt_exc_RuntimeError, "thread-local object is being destroyed");
    rt_value d = find(ts, as_body(body));
    if (rt_is_null(d)) {
        d = make_dict(ts, body);
        if (!rt_is_null(d) && call_init(ts, self) < 0) {
            rt_decref(ts, d);
            d = RT_NULL;
            rt_value exc = rt_exc_take(ts); /* so that __init__ runs again next time */
            drop(ts, as_body(body));
            rt_exc_put(ts, exc);
        }
    }
    rt_decref(ts, body);
    if (!rt_is_null(d)) {
        *hit_of(ts, as_local(self)) = (struct hit){as_local(self)->serial, rt_borrowed(d)};
        rt_decref(ts, d);
    }
    return rt_borrowed(d);
}

RT_INLINE rt_value my_dict(struct rt_thread *ts, rt_value self)
{
    const struct hit *h = hit_of(ts, as_local(self));
    return h->serial == as_local(self)->serial && !rt_is_null(h->dict) ? h->dict : find_dict(ts, self);
}

static rt_value local_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    uint32_t nkw = rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length;
    if (n + nkw > 0 && type->init == rt_object_type.init)
        return rt_raise(ts, &rt_exc_TypeError, "Initialization arguments are not supported");
    rt_value self = rt_type_alloc(ts, type);
    if (rt_is_null(self))
        return self;
    struct local *l = as_local(self);
    l->serial = new_serial(ts);
    rt_value a = rt_tuple_from(ts, args, n), k = keywords_dict(ts, args + n, kw);
    rt_value b = rt_type_alloc(ts, &rt_local_body_type);
    rt_slot_init(&l->args, a);
    rt_slot_init(&l->kw, k);
    rt_slot_init(&l->body, b);
    rt_value mine = rt_is_null(a) || rt_is_null(k) || rt_is_null(b) ? RT_NULL : make_dict(ts, b);
    if (rt_is_null(mine)) {
        rt_decref(ts, self);
        return RT_NULL;
    }
    rt_decref(ts, mine);
    return self;
}

static bool is_data_descr(rt_value v) { return rt_is_ptr(v) && rt_type_of(v)->descr_set; }

static rt_value local_getattro(struct rt_thread *ts, rt_value self, rt_value name)
{
    rt_value d = my_dict(ts, self), v = RT_NULL;
    if (rt_is_null(d))
        return d;
    if (rt_unlikely(!rt_str_is_interned(name)) && rt_is_null(name = rt_str_intern(ts, name)))
        return name;
    if (rt_is(name, RT_ID(__dict__)))
        return rt_newref(ts, d);
    rt_value descr = rt_type_lookup(ts, rt_type_of(self), name);
    if (!is_data_descr(descr))
        v = rt_dict_get(ts, d, name);
    rt_decref(ts, descr);
    return rt_is_null(v) && !rt_pending(ts) ? rt_object_getattr(ts, self, name) : v;
}

static int local_setattro(struct rt_thread *ts, rt_value self, rt_value name, rt_value v)
{
    rt_value d = my_dict(ts, self);
    int r;
    if (rt_is_null(d))
        return -1;
    name = rt_str_intern(ts, name);
    rt_value descr = rt_is_null(name) ? RT_NULL : rt_type_lookup(ts, rt_type_of(self), name);
    if (rt_is_null(name)) {
        r = -1;
    } else if (rt_is(name, RT_ID(__dict__))) {
        rt_raise(ts, &rt_exc_AttributeError, "'%.50s' object attribute '__dict__' is read-only", rt_typename(self));
        r = -1;
    } else if (is_data_descr(descr)) {
        r = rt_object_setattr(ts, self, name, v);
    } else if (rt_is_null(v)) {
        r = rt_dict_del_opt(ts, d, name);
        if (r == 0)
            rt_raise_value(ts, &rt_exc_AttributeError, name);
        r = r > 0 ? 0 : -1;
    } else {
        r = rt_dict_set(ts, d, name, v);
    }
    rt_decref(ts, descr);
    return r;
}

/* The thread ends: its dicts go with it. */
void rt_local_thread_exit(struct rt_thread *ts)
{
    if (rt_is_null(ts->dict))
        return;
    rt_value refs = rt_dict_values_list(ts, ts->dict);
    for (size_t i = 0; !rt_is_null(refs) && i < rt_list_len(refs); i++) {
        rt_value ref = rt_list_get(ts, refs, i), l = RT_NULL;
        if (rt_is_ptr(ref) && rt_type_of(ref) == &rt_weakref_type)
            l = rt_weakref_get(ts, ref);
        if (rt_is_exact(l, &rt_local_body_type)) /* gc.get_objects() shows ts->dict to programs, which may change it */
            drop(ts, as_body(l));
        rt_decref(ts, l);
        rt_decref(ts, ref);
    }
    rt_decref(ts, refs);
    memset(hits(ts), 0, sizeof(struct hit[HITS])); /* finalizers may have used locals */
    if (rt_pending(ts))
        rt_exc_clear(ts);
}

struct rt_type rt_local_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_thread._local",
    .doc = "Thread-local data",
    .flags = RT_TF_WEAKREF | RT_TF_BASETYPE | RT_TF_GC,
    .basic_size = sizeof(struct local),
    .traverse = local_traverse,
    .clear = local_clear,
    .new = local_new,
    .getattro = local_getattro,
    .setattro = local_setattro,
};
