/* SPDX-License-Identifier: MIT */
/*
 * _functools: partial, reduce, cmp_to_key, lru_cache's wrapper.
 *
 * lru_cache: results hang on link objects in a dict; a bounded cache also chains them by age. The
 * chain (prev, next, head) is protected by the wrapper's critical section; the dict has its own rules,
 * so a hit in an unbounded cache takes no lock, in a bounded one a short section to move the link to
 * the young end (none if it is there already).
 */
#include "core/modules/modules.h"
#include "core/types/dict_internal.h"

/* ---- partial ---- */
struct partial {
    struct rt_object hdr;
    rt_slot fn, args, kw; /* changed by __setstate__ only */
};

static struct partial *as_partial(rt_value v) { return (struct partial *)rt_ptr(v); }
static struct rt_type partial_type;

static int partial_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct partial *p = (struct partial *)o;
    int r = visit(rt_slot_peek(&p->fn), arg);
    if (!r)
        r = visit(rt_slot_peek(&p->args), arg);
    return r ? r : visit(rt_slot_peek(&p->kw), arg);
}

static void partial_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct partial *p = (struct partial *)o;
    rt_slot_clear(ts, p, &p->fn);
    rt_slot_clear(ts, p, &p->args);
    rt_slot_clear(ts, p, &p->kw);
}

static rt_value partial_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                             rt_value kw);

/* Keyword values of a call into dict d. */
static int add_keywords(struct rt_thread *ts, rt_value d, const rt_value *a, uint32_t n, rt_value kw)
{
    for (uint32_t i = 0, nkw = rt_nkw(kw); i < nkw; i++)
        if (rt_dict_set(ts, d, rt_as_tuple(kw)->items[i], a[n + i]) < 0)
            return -1;
    return 0;
}

static rt_value tuple_join(struct rt_thread *ts, rt_value t, const rt_value *a, uint32_t n)
{
    if (n == 0)
        return rt_newref(ts, t);
    struct rt_tuple *x = rt_as_tuple(t);
    rt_value r = rt_tuple_new(ts, x->length + n);
    if (rt_is_null(r))
        return r;
    rt_value *p = rt_as_tuple(r)->items;
    for (size_t i = 0; i < x->length; i++)
        *p++ = rt_newref(ts, x->items[i]);
    for (uint32_t i = 0; i < n; i++)
        *p++ = rt_newref(ts, a[i]);
    return r;
}

static rt_value partial_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                            rt_value kw)
{
    if (n < 1)
        return rt_raise(ts, &rt_exc_TypeError, "type 'partial' takes at least one argument");
    rt_value fn = a[0], args, kwargs = RT_NULL, inner_kw = RT_NULL;
    if (!rt_is_callable(fn))
        return rt_raise(ts, &rt_exc_TypeError, "the first argument must be callable");
    /* partial(partial(f, ...), ...) is flattened unless the inner one has attributes of its own. */
    if (rt_is_ptr(fn) && rt_type_of(fn)->call == partial_call) {
        rt_value d = rt_object_dict(ts, fn);
        if (rt_is_null(d))
            return d;
        bool flat = rt_len(ts, d) == 0;
        rt_decref(ts, d);
        if (flat) {
            struct partial *p = as_partial(fn);
            rt_value inner = rt_slot_get(ts, p, &p->args);
            inner_kw = rt_slot_get(ts, p, &p->kw);
            args = tuple_join(ts, inner, a + 1, n - 1);
            rt_decref(ts, inner);
            fn = rt_slot_get(ts, p, &p->fn);
            goto have_args;
        }
    }
    fn = rt_newref(ts, fn);
    args = rt_tuple_from(ts, a + 1, n - 1);
have_args:
    kwargs = rt_is_null(inner_kw) ? rt_dict_new(ts) : rt_dict_copy(ts, inner_kw);
    rt_decref(ts, inner_kw);
    rt_value self = RT_NULL;
    if (!rt_is_null(args) && !rt_is_null(kwargs) && add_keywords(ts, kwargs, a, n, kw) == 0)
        self = rt_type_alloc(ts, t);
    if (rt_is_null(self)) {
        rt_decref(ts, fn);
        rt_decref(ts, args);
        rt_decref(ts, kwargs);
        return RT_NULL;
    }
    rt_slot_init(&as_partial(self)->fn, fn);
    rt_slot_init(&as_partial(self)->args, args);
    rt_slot_init(&as_partial(self)->kw, kwargs);
    return self;
}

enum { SMALL = 10 };

static rt_value partial_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                             rt_value kw)
{
    struct partial *p = as_partial(self);
    if (rt_recursion_check(ts, " while calling a Python object") < 0)
        return RT_NULL;
    rt_value fn = rt_slot_get(ts, p, &p->fn), args = rt_slot_get(ts, p, &p->args);
    rt_value pkw = rt_slot_get(ts, p, &p->kw), r = RT_NULL;
    struct rt_tuple *t = rt_as_tuple(args);
    uint32_t nkw = rt_nkw(kw), given = n + nkw;
    if (rt_dict_len(pkw) == 0) {
        if (t->length == 0) {
            r = rt_call(ts, fn, a, n, kw);
        } else if (t->length + given <= SMALL) {
            rt_value v[SMALL];
            memcpy(v, t->items, t->length * sizeof(rt_value));
            rt_words_copy(v + t->length, a, given);
            r = rt_call(ts, fn, v, (uint32_t)t->length + n, kw);
        } else {
            uint32_t total = (uint32_t)t->length + given;
            rt_value *v = rt_raw_malloc(total * sizeof(rt_value));
            if (v) { /* borrowed words: their owners stay on our callers' frames and in args */
                memcpy(v, t->items, t->length * sizeof(rt_value));
                rt_words_copy(v + t->length, a, given);
                r = rt_call(ts, fn, v, total - nkw, kw);
                rt_raw_free(v);
            } else {
                rt_raise_no_memory(ts);
            }
        }
    } else {
        rt_value all = tuple_join(ts, args, a, n);
        rt_value kwargs = rt_is_null(all) ? all : rt_dict_copy(ts, pkw);
        if (!rt_is_null(kwargs) && add_keywords(ts, kwargs, a, n, kw) == 0)
            r = rt_call_ex(ts, fn, all, kwargs);
        rt_decref(ts, all);
        rt_decref(ts, kwargs);
    }
    rt_decref(ts, pkw);
    rt_decref(ts, args);
    rt_decref(ts, fn);
    return r;
}

static int append_format(struct rt_thread *ts, struct rt_strbuf *b, rt_value s)
{
    int r = rt_is_null(s) ? -1 : rt_strbuf_str(ts, b, s);
    rt_decref(ts, s);
    return r;
}

static rt_value partial_repr(struct rt_thread *ts, rt_value self)
{
    int r = rt_repr_enter(ts, self);
    if (r)
        return r < 0 ? RT_NULL : rt_str_from_cstr(ts, "...");
    struct partial *p = as_partial(self);
    rt_value fn = rt_slot_get(ts, p, &p->fn), args = rt_slot_get(ts, p, &p->args);
    rt_value kw = rt_slot_get(ts, p, &p->kw), key, value, qualname;
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    if (rt_type_of(self) == &partial_type) {
        r = append_format(ts, &b, rt_str_from_cstr(ts, "functools.partial"));
    } else {
        qualname = rt_getattr_cstr(ts, rt_type_value(rt_type_of(self)), "__qualname__");
        r = append_format(ts, &b, qualname);
    }
    if (r == 0)
        r = append_format(ts, &b, rt_str_format(ts, "(%R", fn));
    for (size_t i = 0; r == 0 && i < rt_as_tuple(args)->length; i++)
        r = append_format(ts, &b, rt_str_format(ts, ", %R", rt_as_tuple(args)->items[i]));
    size_t pos = 0;
    while (r == 0 && rt_dict_next(ts, kw, &pos, &key, &value)) {
        r = append_format(ts, &b, rt_str_format(ts, ", %S=%R", key, value));
        rt_decref(ts, key);
        rt_decref(ts, value);
    }
    if (r == 0)
        r = rt_strbuf_char(ts, &b, ')');
    rt_decref(ts, fn);
    rt_decref(ts, args);
    rt_decref(ts, kw);
    rt_repr_leave(ts, self);
    if (r == 0)
        return rt_strbuf_finish(ts, &b);
    rt_strbuf_abort(&b);
    return RT_NULL;
}

static rt_value partial_reduce(struct rt_thread *ts, rt_value self)
{
    struct partial *p = as_partial(self);
    rt_value d = rt_object_dict(ts, self);
    if (rt_is_null(d))
        return d;
    if (rt_len(ts, d) == 0) {
        rt_decref(ts, d);
        d = RT_NONE;
    }
    rt_value fn = rt_slot_get(ts, p, &p->fn), args = rt_slot_get(ts, p, &p->args);
    rt_value kw = rt_slot_get(ts, p, &p->kw), v[3];
    v[0] = rt_newref(ts, rt_type_value(rt_type_of(self)));
    v[1] = rt_tuple_pack(ts, 1, fn);
    v[2] = rt_tuple_pack(ts, 4, fn, args, kw, d);
    rt_decref(ts, fn);
    rt_decref(ts, args);
    rt_decref(ts, kw);
    rt_decref(ts, d);
    if (rt_is_null(v[1]) || rt_is_null(v[2])) {
        rt_decref(ts, v[1]);
        rt_decref(ts, v[2]);
        return RT_NULL;
    }
    return rt_tuple_steal(ts, v, 3);
}

static rt_value partial_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct partial *p = as_partial(self);
    struct rt_tuple *t = rt_is_tuple(state) ? rt_as_tuple(state) : NULL;
    if (!t || t->length != 4 || !rt_is_callable(t->items[0]) || !rt_is_tuple(t->items[1]) ||
        (!rt_is_none(t->items[2]) && !rt_is_dict(t->items[2])))
        return rt_raise(ts, &rt_exc_TypeError, "invalid partial state");
    rt_value args = rt_is_exact(t->items[1], &rt_tuple_type) ? rt_newref(ts, t->items[1])
                                                             : rt_seq_tuple(ts, t->items[1]);
    rt_value kw = rt_is_none(t->items[2])                     ? rt_dict_new(ts)
                  : rt_is_exact(t->items[2], &rt_dict_type)   ? rt_newref(ts, t->items[2])
                                                              : rt_dict_copy(ts, t->items[2]);
    if (rt_is_null(args) || rt_is_null(kw)) {
        rt_decref(ts, args);
        rt_decref(ts, kw);
        return RT_NULL;
    }
    rt_slot_set(ts, &p->fn, rt_newref(ts, t->items[0]));
    rt_slot_set(ts, &p->args, args);
    rt_slot_set(ts, &p->kw, kw);
    rt_value d = t->items[3];
    if (rt_is_none(d))
        d = rt_dict_new(ts);
    else
        d = rt_newref(ts, d);
    int r = rt_is_null(d) ? -1 : rt_setattr(ts, self, RT_ID(__dict__), d);
    rt_decref(ts, d);
    return r < 0 ? RT_NULL : RT_NONE;
}

static const struct rt_method_def partial_methods[] = {
    {"__reduce__", partial_reduce, RT_METH_NOARGS, NULL},
    {"__setstate__", partial_setstate, RT_METH_O, NULL},
    RT_CLASS_GETITEM,
    {0},
};
static const struct rt_member_def partial_members[] = {
    {"func", RT_MEMBER_OBJECT, offsetof(struct partial, fn), true,
     "function object to use in future partial calls"},
    {"args", RT_MEMBER_OBJECT, offsetof(struct partial, args), true,
     "tuple of arguments to future partial calls"},
    {"keywords", RT_MEMBER_OBJECT, offsetof(struct partial, kw), true,
     "dictionary of keyword arguments to future partial calls"},
    {0},
};

static struct rt_type partial_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "functools.partial",
    .doc = "partial(func, *args, **keywords) - new function with partial application\n"
           "    of the given arguments and keywords.\n",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF,
    .basic_size = sizeof(struct partial),
    .clear = partial_clear,
    .traverse = partial_traverse,
    .repr = partial_repr,
    .call = partial_call,
    .new = partial_new,
    .methods = partial_methods,
    .members = partial_members,
};

/* ---- cmp_to_key ---- */
struct keywrap {
    struct rt_object hdr;
    rt_value cmp;
    rt_slot obj; /* RT_NULL in the factory */
};

static struct keywrap *as_key(rt_value v) { return (struct keywrap *)rt_ptr(v); }
static struct rt_type key_type;

static int key_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(((struct keywrap *)o)->cmp, arg);
    return r ? r : visit(rt_slot_peek(&((struct keywrap *)o)->obj), arg);
}

static void key_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct keywrap *)o)->cmp);
    rt_slot_set(ts, &((struct keywrap *)o)->obj, RT_NULL);
}

static rt_value key_make(struct rt_thread *ts, rt_value cmp, rt_value obj)
{
    struct keywrap *k = rt_object_new(ts, &key_type, sizeof(*k));
    if (!k)
        return RT_NULL;
    k->cmp = rt_newref(ts, cmp);
    rt_slot_init(&k->obj, rt_newref(ts, obj));
    return rt_own(k);
}

static rt_value key_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                         rt_value kw)
{
    static const char *const names[] = {"obj", NULL};
    static const struct rt_argspec spec = {"K", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_unlikely(n != 1 || !rt_is_null(kw))) {
        if (rt_args(ts, &spec, a, n, kw, v) < 0)
            return RT_NULL;
    } else {
        v[0] = a[0];
    }
    return key_make(ts, as_key(self)->cmp, v[0]);
}

static rt_value key_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_exact(a, &key_type) || !rt_is_exact(b, &key_type))
        return rt_raise(ts, &rt_exc_TypeError, "other argument must be K instance");
    rt_value x = rt_slot_get(ts, as_key(a), &as_key(a)->obj);
    rt_value y = rt_slot_get(ts, as_key(b), &as_key(b)->obj), r;
    if (rt_is_null(x) || rt_is_null(y)) {
        rt_decref(ts, x);
        rt_decref(ts, y);
        return rt_raise(ts, &rt_exc_AttributeError, "object");
    }
    r = rt_call2(ts, as_key(a)->cmp, x, y);
    rt_decref(ts, x);
    rt_decref(ts, y);
    if (rt_is_null(r))
        return r;
    rt_value res = rt_compare(ts, r, rt_int_imm(0), op);
    rt_decref(ts, r);
    return res;
}

static const struct rt_member_def key_members[] = {
    {"obj", RT_MEMBER_OBJECT, offsetof(struct keywrap, obj), false, "Value wrapped by a key function."},
    {0},
};

static struct rt_type key_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "functools.KeyWrapper",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct keywrap),
    .clear = key_clear,
    .traverse = key_traverse,
    .call = key_call,
    .richcompare = key_richcompare,
    .members = key_members,
};

static rt_value f_cmp_to_key(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n,
                             rt_value kw)
{
    static const char *const names[] = {"mycmp", NULL};
    static const struct rt_argspec spec = {"cmp_to_key", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    return key_make(ts, v[0], RT_NULL);
}

/* ---- reduce ---- */
static rt_value f_reduce(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "reduce", n, 2, 3) < 0)
        return RT_NULL;
    rt_value v[2], it = rt_iter(ts, a[1]);
    if (rt_is_null(it)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "reduce() arg 2 must support iteration");
        return it;
    }
    v[0] = n > 2 ? rt_newref(ts, a[2]) : RT_NULL;
    for (;;) {
        v[1] = rt_next(ts, it);
        if (rt_is_stop(v[1]))
            break;
        if (rt_is_null(v[1])) {
            rt_clear(ts, &v[0]);
            goto out;
        }
        if (rt_is_null(v[0])) {
            v[0] = v[1];
            continue;
        }
        rt_value r = rt_call(ts, a[0], v, 2, RT_NULL);
        rt_decref(ts, v[0]);
        rt_decref(ts, v[1]);
        v[0] = r;
        if (rt_is_null(r))
            goto out;
    }
    rt_clear(ts, &ts->stop_value);
    if (rt_is_null(v[0]))
        rt_raise(ts, &rt_exc_TypeError, "reduce() of empty iterable with no initial value");
out:
    rt_decref(ts, it);
    return v[0];
}

/* ---- lru_cache ----
 *
 * Note [LRU] A hit moves its link to the young end of the chain, in the wrapper's section. Threads that take turns on
 * a cache would spend their time waiting for each other's cache lines, even on hits of the same few keys. So after
 * some turns a hit only notes in the link that there was one (and mostly finds it noted); the link moves when it is
 * about to be thrown out: second chance instead of exact age. A cache that one thread uses at a time keeps the exact
 * order, whatever other threads do.
 */
enum { LRU_TURNS = 16 };
struct link {
    struct rt_object hdr;
    struct link *prev, *next; /* chain by age; under the wrapper's section; NULL when not linked */
    struct link *dropped;     /* list of links taken out of the chain by cache_clear */
    _Atomic bool again;       /* hit since it was put where it is in the chain: Note [LRU] */
    rt_value self;            /* the chain's own count, while linked */
    rt_value key, result;     /* constant */
    int64_t hash;
};
/* How often calls hit and missed. Threads that run at the same time count in lines of their own. */
enum { TALLIES = 16 };
struct tally {
    _Atomic int64_t hits, misses;
} __attribute__((aligned(RT_CACHE_LINE)));
struct tallies {
    struct tally of[TALLIES];
    void *block;              /* what the allocator gave */
};
struct lru {
    struct rt_object hdr;
    struct link root;         /* root.next oldest, root.prev youngest; only prev and next are used */
    rt_value fn, cache, info_type, kwd_mark;
    int64_t maxsize;          /* -1: unbounded */
    bool typed;
    size_t linked;            /* under the section */
    uint16_t user, turns;     /* under the section: who hit last, how often that changed */
    _Atomic bool shared;      /* often enough: Note [LRU] */
    _Atomic int64_t hits, misses;   /* counted while one thread ran */
    _Atomic(struct tallies *) tallies; /* and while several did; made when needed */
};

static struct lru *as_lru(rt_value v) { return (struct lru *)rt_ptr(v); }
static struct link *as_link(rt_value v) { return (struct link *)rt_ptr(v); }
static struct rt_type lru_type, link_type;

static int link_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(((struct link *)o)->key, arg);
    return r ? r : visit(((struct link *)o)->result, arg);
}

static void link_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct link *)o)->key);
    rt_clear(ts, &((struct link *)o)->result);
}

static struct rt_type link_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "functools._lru_list_elem",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct link),
    .clear = link_clear,
    .traverse = link_traverse,
};

static int lru_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct lru *c = (struct lru *)o;
    int r = visit(c->fn, arg);
    for (struct link *l = c->root.next; l && l != &c->root && !r; l = l->next)
        r = visit(l->self, arg);
    if (!r)
        r = visit(c->cache, arg);
    if (!r)
        r = visit(c->info_type, arg);
    return r ? r : visit(c->kwd_mark, arg);
}

/* In the section: empties the chain; the links come back as a list. */
static struct link *unlink_all(struct lru *c)
{
    struct link *list = NULL;
    for (struct link *l = c->root.next, *next; l && l != &c->root; l = next) {
        next = l->next;
        l->prev = l->next = NULL;
        l->dropped = list;
        list = l;
    }
    c->root.prev = c->root.next = &c->root;
    c->linked = 0;
    c->turns = 0;
    rt_store_relaxed(&c->shared, false);
    return list;
}

static void drop_all(struct rt_thread *ts, struct link *l)
{
    for (struct link *next; l; l = next) {
        next = l->dropped;
        rt_value self = l->self;
        l->self = RT_NULL;
        rt_decref(ts, self);
    }
}

static RT_NOINLINE struct tallies *make_tallies(struct lru *c)
{
    void *block = rt_raw_calloc(1, sizeof(struct tallies) + RT_CACHE_LINE);
    if (!block)
        return NULL;
    struct tallies *t = (void *)RT_ROUND_UP((uintptr_t)block, (uintptr_t)RT_CACHE_LINE), *old = NULL;
    t->block = block;
    if (rt_cas_acq_rel(&c->tallies, &old, t))
        return t;
    rt_raw_free(block);
    return old;
}

static void tally(struct rt_thread *ts, struct lru *c, bool hit)
{
    _Atomic int64_t *n = hit ? &c->hits : &c->misses;
    if (!rt_load_relaxed(&ts->mt)) {
        rt_store_relaxed(n, rt_load_relaxed(n) + 1);
        return;
    }
    struct tallies *t = rt_load_acquire(&c->tallies);
    if (t || (t = make_tallies(c)))
        n = hit ? &t->of[ts->token % TALLIES].hits : &t->of[ts->token % TALLIES].misses;
    (void)rt_add_relaxed(n, 1);
}

static int64_t tallied(struct lru *c, bool hits)
{
    int64_t n = rt_load_relaxed(hits ? &c->hits : &c->misses);
    struct tallies *t = rt_load_acquire(&c->tallies);
    for (int i = 0; t && i < TALLIES; i++)
        n += rt_load_relaxed(hits ? &t->of[i].hits : &t->of[i].misses);
    return n;
}

static void tally_reset(struct lru *c)
{
    rt_store_relaxed(&c->hits, 0);
    rt_store_relaxed(&c->misses, 0);
    struct tallies *t = rt_load_acquire(&c->tallies);
    for (int i = 0; t && i < TALLIES; i++) {
        rt_store_relaxed(&t->of[i].hits, 0);
        rt_store_relaxed(&t->of[i].misses, 0);
    }
}

static void lru_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct lru *c = (struct lru *)o;
    struct tallies *t = rt_xchg_acq_rel(&c->tallies, NULL);
    if (t)
        rt_raw_free(t->block);
    drop_all(ts, unlink_all(c));
    rt_clear(ts, &c->cache);
    rt_clear(ts, &c->fn);
    rt_clear(ts, &c->info_type);
    rt_clear(ts, &c->kwd_mark);
}

static rt_value lru_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                        rt_value kw)
{
    static const char *const names[] = {"user_function", "maxsize", "typed", "cache_info_type",
                                        NULL};
    static const struct rt_argspec spec = {"lru_cache", names, 0, 4, 4, 4};
    rt_value v[4], mark;
    int64_t maxsize = -1;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_callable(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "the first argument must be callable");
    if (!rt_is_none(v[1])) {
        if (!rt_index_check(v[1]))
            return rt_raise(ts, &rt_exc_TypeError, "maxsize should be integer or None");
        maxsize = rt_as_index(ts, v[1], &rt_exc_OverflowError);
        if (maxsize == -1 && rt_pending(ts))
            return RT_NULL;
        if (maxsize < 0)
            maxsize = 0;
    }
    int typed = rt_truth(ts, v[2]);
    if (typed < 0)
        return RT_NULL;
    mark = rt_slot_get(ts, NULL, &ts->interp->native_state[RT_NS_FUNCTOOLS]);
    if (rt_is_null(mark))
        return rt_raise(ts, &rt_exc_RuntimeError, "_functools is not initialised");
    rt_value self = rt_type_alloc(ts, t), cache = rt_dict_new(ts);
    if (rt_is_null(self) || rt_is_null(cache)) {
        rt_decref(ts, self);
        rt_decref(ts, cache);
        rt_decref(ts, mark);
        return RT_NULL;
    }
    struct lru *c = as_lru(self);
    c->root.prev = c->root.next = &c->root;
    c->fn = rt_newref(ts, v[0]);
    c->cache = cache;
    c->info_type = rt_newref(ts, v[3]);
    c->kwd_mark = mark;
    c->maxsize = maxsize;
    c->typed = typed;
    return self;
}

/* The key of a call: the only argument itself if it is an exact int or str, else a tuple. */
static rt_value make_key(struct rt_thread *ts, struct lru *c, const rt_value *a, uint32_t n,
                         rt_value kw)
{
    uint32_t np = n, nkw = rt_nkw(kw);
    if (!c->typed && !nkw && np == 1 &&
        (rt_is_int(a[0]) || rt_is_str_exact(a[0]) || rt_is_exact(a[0], &rt_int_type)))
        return rt_newref(ts, a[0]);
    size_t len = np + (nkw ? 1 + 2 * nkw : 0) + (c->typed ? n + nkw : 0);
    rt_value t = rt_tuple_new(ts, len);
    if (rt_is_null(t) || len == 0)
        return t;
    rt_value *p = rt_as_tuple(t)->items;
    for (uint32_t i = 0; i < np; i++)
        *p++ = rt_newref(ts, a[i]);
    if (nkw) {
        *p++ = rt_newref(ts, c->kwd_mark);
        for (uint32_t i = 0; i < nkw; i++) {
            *p++ = rt_newref(ts, rt_as_tuple(kw)->items[i]);
            *p++ = rt_newref(ts, a[np + i]);
        }
    }
    if (c->typed)
        for (uint32_t i = 0; i < n + nkw; i++)
            *p++ = rt_newref(ts, rt_type_value(rt_type_of(a[i])));
    return t;
}

static rt_value call_unbounded(struct rt_thread *ts, struct lru *c, rt_value key, int64_t hash,
                               const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value r = rt_dict_get_hash(ts, c->cache, key, hash);
    if (!rt_is_null(r)) {
        tally(ts, c, true);
        return r;
    }
    if (rt_pending(ts))
        return r;
    tally(ts, c, false);
    r = rt_call(ts, c->fn, a, n, kw);
    if (!rt_is_null(r) && rt_dict_set_hash(ts, c->cache, key, hash, r) < 0)
        rt_clear(ts, &r);
    return r;
}

static void unlink(struct link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    l->prev = l->next = NULL;
}

static void link_young(struct lru *c, struct link *l)
{
    l->prev = c->root.prev;
    l->next = &c->root;
    l->prev->next = l;
    c->root.prev = l;
}

/* In the section. */
static void rejuvenate(struct lru *c, struct link *l)
{
    rt_store_relaxed(&l->again, false);
    unlink(l);
    link_young(c, l);
}

static void note_hit(struct rt_thread *ts, struct lru *c, struct link *l)
{
    struct rt_cs cs;
    if (rt_unlikely(rt_load_relaxed(&ts->mt)) && rt_load_relaxed(&c->shared)) {
        if (!rt_load_relaxed(&l->again))
            rt_store_relaxed(&l->again, true);
        return;
    }
    rt_cs_begin(ts, &cs, c);
    if (rt_unlikely(rt_load_relaxed(&ts->mt)) && c->user != ts->token) {
        c->user = ts->token;
        rt_store_relaxed(&c->shared, ++c->turns >= LRU_TURNS);
    }
    if (l->next && l->next != &c->root)
        rejuvenate(c, l);
    rt_cs_end(ts, &cs);
}

static rt_value link_new(struct rt_thread *ts, rt_value key, int64_t hash, rt_value result)
{
    struct link *l = rt_object_new(ts, &link_type, sizeof(*l));
    if (!l)
        return RT_NULL;
    l->prev = l->next = l->dropped = NULL;
    l->self = RT_NULL;
    rt_store_relaxed(&l->again, false);
    l->key = rt_newref(ts, key);
    l->hash = hash;
    l->result = rt_newref(ts, result);
    return rt_own(l);
}

/* A result for key is known: into the dict, then the chain; the oldest one goes if there are too
   many. 0 or -1. */
static int remember(struct rt_thread *ts, struct lru *c, rt_value key, int64_t hash,
                    rt_value result)
{
    rt_value mine = link_new(ts, key, hash, result), victim = RT_NULL;
    if (rt_is_null(mine))
        return -1;
    int r = rt_dict_store(ts, rt_as_dict(c->cache), key, hash, rt_newref(ts, mine), RT_DICT_KEEP,
                          NULL);
    if (r <= 0) { /* error, or somebody was faster */
        rt_decref(ts, mine);
        return r;
    }
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, c);
    if (c->linked >= (size_t)c->maxsize) {
        for (size_t n = c->linked; n > 1 && rt_load_relaxed(&c->root.next->again); n--)
            rejuvenate(c, c->root.next);
        struct link *old = c->root.next;
        victim = old->self;
        old->self = RT_NULL;
        unlink(old);
        c->linked--;
    }
    as_link(mine)->self = mine;
    link_young(c, as_link(mine));
    c->linked++;
    rt_cs_end(ts, &cs);
    if (!rt_is_null(victim)) {
        rt_value k = RT_NULL, v = RT_NULL;
        r = rt_dict_remove(ts, rt_as_dict(c->cache), as_link(victim)->key, as_link(victim)->hash, &k,
                           &v);
        rt_decref(ts, k);
        rt_decref(ts, v);
        rt_decref(ts, victim);
    }
    return r < 0 ? -1 : 0;
}

static rt_value call_bounded(struct rt_thread *ts, struct lru *c, rt_value key, int64_t hash,
                             const rt_value *a, uint32_t n, rt_value kw)
{
    rt_value l = rt_dict_get_hash(ts, c->cache, key, hash), r;
    if (!rt_is_null(l)) {
        note_hit(ts, c, as_link(l));
        tally(ts, c, true);
        r = rt_newref(ts, as_link(l)->result);
        rt_decref(ts, l);
        return r;
    }
    if (rt_pending(ts))
        return l;
    tally(ts, c, false);
    r = rt_call(ts, c->fn, a, n, kw);
    if (!rt_is_null(r) && remember(ts, c, key, hash, r) < 0)
        rt_clear(ts, &r);
    return r;
}

static rt_value lru_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                         rt_value kw)
{
    struct lru *c = as_lru(self);
    if (c->maxsize == 0) {
        tally(ts, c, false);
        return rt_call(ts, c->fn, a, n, kw);
    }
    rt_value key = make_key(ts, c, a, n, kw);
    if (rt_is_null(key))
        return key;
    int64_t hash = rt_hash_inline(ts, key);
    rt_value r = hash == -1          ? RT_NULL
                 : c->maxsize < 0    ? call_unbounded(ts, c, key, hash, a, n, kw)
                                     : call_bounded(ts, c, key, hash, a, n, kw);
    rt_decref(ts, key);
    return r;
}

static rt_value lru_descr_get(struct rt_thread *ts, rt_value self, rt_value obj, rt_value type)
{
    if (rt_is_null(obj) || rt_is_none(obj))
        return rt_newref(ts, self);
    return rt_call2(ts, rt_type_value(&rt_method_type), self, obj);
}

static rt_value lru_info(struct rt_thread *ts, rt_value self)
{
    struct lru *c = as_lru(self);
    rt_value v[4] = {rt_int_imm(tallied(c, true)), rt_int_imm(tallied(c, false)),
                     c->maxsize < 0 ? RT_NONE : rt_int_from_i64(ts, c->maxsize),
                     rt_int_imm((int64_t)rt_dict_len(c->cache))};
    if (rt_is_null(v[2]))
        return v[2];
    rt_value r = rt_call(ts, c->info_type, v, 4, RT_NULL);
    rt_decref(ts, v[2]);
    return r;
}

static rt_value lru_cache_clear(struct rt_thread *ts, rt_value self)
{
    struct lru *c = as_lru(self);
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, c);
    struct link *dropped = unlink_all(c);
    rt_cs_end(ts, &cs);
    drop_all(ts, dropped);
    tally_reset(c);
    rt_dict_clear(ts, c->cache);
    return RT_NONE;
}

static rt_value lru_reduce(struct rt_thread *ts, rt_value self)
{
    return rt_getattr(ts, self, RT_ID(__qualname__));
}

static rt_value lru_copy(struct rt_thread *ts, rt_value self)
{
    return rt_newref(ts, self);
}

static rt_value lru_deepcopy(struct rt_thread *ts, rt_value self, rt_value memo)
{
    return rt_newref(ts, self);
}

static const struct rt_method_def lru_methods[] = {
    {"cache_info", lru_info, RT_METH_NOARGS, "cache_info($self, /)\n--\n\nReport cache statistics"},
    {"cache_clear", lru_cache_clear, RT_METH_NOARGS,
     "cache_clear($self, /)\n--\n\nClear the cache and cache statistics"},
    {"__reduce__", lru_reduce, RT_METH_NOARGS, NULL},
    {"__copy__", lru_copy, RT_METH_NOARGS, NULL},
    {"__deepcopy__", lru_deepcopy, RT_METH_O, NULL},
    {0},
};

static struct rt_type lru_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "functools._lru_cache_wrapper",
    .doc = "Create a cached callable that wraps another function.\n\n"
           "user_function: the function being cached; maxsize: 0 for no caching, None for\n"
           "unlimited; typed: cache f(3) and f(3.0) as different calls; cache_info_type:\n"
           "namedtuple class with the fields hits, misses, currsize, maxsize",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF | RT_TF_METHOD_DESCR,
    .basic_size = sizeof(struct lru),
    .clear = lru_clear,
    .traverse = lru_traverse,
    .call = lru_call,
    .descr_get = lru_descr_get,
    .new = lru_new,
    .methods = lru_methods,
};

/* ---- module ---- */
static int exec(struct rt_thread *ts, rt_value mod)
{
    if (rt_type_ready(ts, &key_type) < 0 || rt_type_ready(ts, &link_type) < 0)
        return -1;
    rt_value mark = rt_call0(ts, rt_type_value(&rt_object_type));
    if (rt_is_null(mark))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_FUNCTOOLS], mark);
    return 0;
}

static const struct rt_method_def methods[] = {
    {"reduce", f_reduce, RT_METH_FAST,
     "reduce(function, iterable[, initial]) -> value\n\n"
     "Apply a function of two arguments cumulatively to the items of an iterable, from left to\n"
     "right, so as to reduce it to a single value; initial comes before the items."},
    {"cmp_to_key", f_cmp_to_key, RT_METH_KW,
     "cmp_to_key($module, /, mycmp)\n--\n\nConvert a cmp= function into a key= function."},
    {0},
};
static struct rt_type *const types[] = {&partial_type, &lru_type, NULL};

const struct rt_module_def rt_module__functools = {
    .name = "_functools",
    .doc = "Tools that operate on functions.",
    .methods = methods,
    .types = types,
    .exec = exec,
};
