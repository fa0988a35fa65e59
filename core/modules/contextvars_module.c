/* SPDX-License-Identifier: MIT */
/*
 * _contextvars: ContextVar, Context, Token.
 *
 * A context's variables are a persistent hash trie (Bagwell 2001): nodes are immutable, a change
 * copies the path from the root, copying a context copies one pointer. Every ContextVar has a unique
 * scrambled number as its hash, so that no two keys collide to the last bit. A node has two bitmaps
 * of 32 places: pairs (variable, value) and deeper nodes; its items are the pairs in order of place,
 * then the nodes.
 *
 * ts->context is the current context; nobody else enters it meanwhile, so changes of its root need
 * no lock; readers in other threads (ctx.get) take the root with a count.
 */
#include "core/modules/contextvars.h"
#include "core/modules/modules.h"
#include "core/types/cont_internal.h"

struct node {
    struct rt_object hdr;
    size_t nitems;
    uint32_t pairs, nodes;
    rt_value items[];
};
struct context {
    struct rt_object hdr;
    rt_slot root; /* node or RT_NULL: empty */
    _Atomic size_t count;
    _Atomic bool entered;
    rt_value previous; /* while entered: what was current before */
};
struct var {
    struct rt_object hdr;
    rt_value name, deflt; /* constant; deflt RT_NULL: none */
    uint64_t hash;
};
struct token {
    struct rt_object hdr;
    rt_value ctx, var, old; /* constant; old RT_NULL: was unset */
    _Atomic bool used;
};

static struct rt_type node_type, context_type, var_type, token_type, missing_type, ctxiter_type;
static struct node *as_node(rt_value v) { return (struct node *)rt_ptr(v); }
static struct context *as_ctx(rt_value v) { return (struct context *)rt_ptr(v); }
static struct var *as_var(rt_value v) { return (struct var *)rt_ptr(v); }
static struct token *as_token(rt_value v) { return (struct token *)rt_ptr(v); }

/* ---- trie ---- */
static int node_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct node *n = (struct node *)o;
    int r = 0;
    for (size_t i = 0; i < n->nitems && !r; i++)
        r = visit(n->items[i], arg);
    return r;
}

static void node_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct node *n = (struct node *)o;
    for (size_t i = 0; i < n->nitems; i++)
        rt_clear(ts, &n->items[i]);
}

static size_t node_size(const struct rt_object *o)
{
    return sizeof(struct node) + ((const struct node *)o)->nitems * sizeof(rt_value);
}

static struct rt_type node_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_contextvars._node",
    .flags = RT_TF_GC | RT_TF_NO_NEW | RT_TF_VARSIZED,
    .basic_size = sizeof(struct node),
    .item_size = sizeof(rt_value),
    .dealloc = node_dealloc,
    .traverse = node_traverse,
    .size = node_size,
};

/* How many bits are set; the machine's own instruction is not to be had everywhere. */
RT_INLINE size_t ones(uint32_t x)
{
    size_t n = 0;
    for (; x; x &= x - 1) /* a few */
        n++;
    return n;
}

static rt_value node_new(struct rt_thread *ts, uint32_t pairs, uint32_t nodes)
{
    size_t n = 2 * ones(pairs) + ones(nodes);
    struct node *o = rt_object_new(ts, &node_type, sizeof(*o) + n * sizeof(rt_value));
    if (!o)
        return RT_NULL;
    o->nitems = n;
    o->pairs = pairs;
    o->nodes = nodes;
    memset(o->items, 0, n * sizeof(rt_value));
    return rt_own(o);
}

static size_t pair_at(const struct node *n, uint32_t bit)
{
    return 2 * ones(n->pairs & (bit - 1));
}

static size_t child_at(const struct node *n, uint32_t bit)
{
    return 2 * ones(n->pairs) +
           ones(n->nodes & (bit - 1));
}

/* Value of var below root, borrowed from the root; RT_NULL if absent. */
static rt_value find_borrowed(rt_value root, rt_value var)
{
    uint64_t hash = as_var(var)->hash;
    while (!rt_is_null(root)) {
        struct node *n = as_node(root);
        uint32_t bit = 1u << (hash & 31);
        if (n->pairs & bit) {
            size_t i = pair_at(n, bit);
            return rt_is(n->items[i], var) ? n->items[i + 1] : RT_NULL;
        }
        if (!(n->nodes & bit))
            return RT_NULL;
        root = n->items[child_at(n, bit)];
        hash >>= 5;
    }
    return RT_NULL;
}

/* A node like n (may be NULL) but at `bit`: nothing, the pair (var, value), or child (owned,
   consumed). */
static rt_value node_with(struct rt_thread *ts, struct node *n, uint32_t bit, rt_value var,
                          rt_value value, rt_value child)
{
    uint32_t pairs = (n ? n->pairs : 0) & ~bit, nodes = (n ? n->nodes : 0) & ~bit;
    if (!rt_is_null(var))
        pairs |= bit;
    else if (!rt_is_null(child))
        nodes |= bit;
    rt_value r = node_new(ts, pairs, nodes);
    if (rt_is_null(r)) {
        rt_decref(ts, child);
        return r;
    }
    struct node *m = as_node(r);
    for (uint32_t b = 1, k = 0; k < 32; k++, b <<= 1) {
        if (pairs & b) {
            size_t i = pair_at(m, b);
            bool mine = b == bit;
            m->items[i] = rt_newref(ts, mine ? var : n->items[pair_at(n, b)]);
            m->items[i + 1] = rt_newref(ts, mine ? value : n->items[pair_at(n, b) + 1]);
        } else if (nodes & b) {
            m->items[child_at(m, b)] = b == bit ? child : rt_newref(ts, n->items[child_at(n, b)]);
        }
    }
    return r;
}

/* New root with var = value. hash: what is left of it at this depth. */
static rt_value insert(struct rt_thread *ts, rt_value root, rt_value var, rt_value value,
                       uint64_t hash, int depth)
{
    uint32_t bit = 1u << (hash & 31);
    struct node *n = rt_is_null(root) ? NULL : as_node(root);
    rt_value child;
    if (!n || !((n->pairs | n->nodes) & bit))
        return node_with(ts, n, bit, var, value, RT_NULL);
    if (n->nodes & bit) {
        child = insert(ts, n->items[child_at(n, bit)], var, value, hash >> 5, depth + 1);
    } else {
        size_t i = pair_at(n, bit);
        rt_value other = n->items[i], inner;
        if (rt_is(other, var))
            return node_with(ts, n, bit, var, value, RT_NULL);
        inner = insert(ts, RT_NULL, other, n->items[i + 1],
                       as_var(other)->hash >> (5 * (depth + 1)), depth + 1);
        if (rt_is_null(inner))
            return inner;
        child = insert(ts, inner, var, value, hash >> 5, depth + 1);
        rt_decref(ts, inner);
    }
    return rt_is_null(child) ? child : node_with(ts, n, bit, RT_NULL, RT_NULL, child);
}

/* New root without var, which is there. *empty: nothing is left (then RT_NULL is no error). */
static rt_value without(struct rt_thread *ts, rt_value root, rt_value var, uint64_t hash, bool *empty)
{
    struct node *n = as_node(root);
    uint32_t bit = 1u << (hash & 31);
    rt_value child = RT_NULL;
    *empty = false;
    if (n->nodes & bit) {
        child = without(ts, n->items[child_at(n, bit)], var, hash >> 5, empty);
        if (rt_is_null(child) && !*empty)
            return child;
    }
    if (rt_is_null(child) && n->nitems == (size_t)(n->nodes & bit ? 1 : 2)) {
        *empty = true;
        return RT_NULL;
    }
    *empty = false;
    return node_with(ts, n, bit, RT_NULL, RT_NULL, child);
}

/* ---- contexts ---- */
static rt_value context_make(struct rt_thread *ts, rt_value root, size_t count)
{
    struct context *c = rt_object_new(ts, &context_type, sizeof(*c));
    if (!c)
        return RT_NULL;
    rt_slot_init(&c->root, rt_newref(ts, root));
    rt_store_relaxed(&c->count, count);
    rt_store_relaxed(&c->entered, false);
    c->previous = RT_NULL;
    return rt_own(c);
}

rt_value rt_context_new(struct rt_thread *ts)
{
    return context_make(ts, RT_NULL, 0);
}

/* The thread's context (made on demand), owned. */
rt_value rt_context_current(struct rt_thread *ts)
{
    if (rt_is_null(ts->context)) {
        ts->context = rt_context_new(ts);
        if (rt_is_null(ts->context))
            return RT_NULL;
    }
    return rt_newref(ts, ts->context);
}

rt_value rt_context_copy(struct rt_thread *ts, rt_value ctx)
{
    rt_value root = rt_slot_get(ts, as_ctx(ctx), &as_ctx(ctx)->root);
    rt_value r = context_make(ts, root, rt_load_relaxed(&as_ctx(ctx)->count));
    rt_decref(ts, root);
    return r;
}

rt_value rt_context_copy_current(struct rt_thread *ts)
{
    if (rt_is_null(ts->context))
        return rt_context_new(ts);
    return rt_context_copy(ts, ts->context);
}

int rt_context_enter(struct rt_thread *ts, rt_value ctx)
{
    struct context *c = as_ctx(ctx);
    bool out = false;
    if (!rt_cas_acq_rel(&c->entered, &out, true)) {
        rt_raise(ts, &rt_exc_RuntimeError, "cannot enter context: %R is already entered", ctx);
        return -1;
    }
    c->previous = ts->context;
    ts->context = rt_newref(ts, ctx);
    return 0;
}

int rt_context_exit(struct rt_thread *ts, rt_value ctx)
{
    struct context *c = as_ctx(ctx);
    if (!rt_load_relaxed(&c->entered) || !rt_is(ts->context, ctx)) {
        rt_raise(ts, &rt_exc_RuntimeError,
                 "cannot exit context: thread state references a different context object");
        return -1;
    }
    rt_value mine = ts->context;
    ts->context = c->previous;
    c->previous = RT_NULL;
    rt_store_release(&c->entered, false);
    rt_decref(ts, mine);
    return 0;
}

static int context_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct context *c = (struct context *)o;
    int r = visit(rt_slot_peek(&c->root), arg);
    return r ? r : visit(c->previous, arg);
}

static void context_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct context *c = (struct context *)o;
    rt_slot_set(ts, &c->root, RT_NULL);
    rt_clear(ts, &c->previous);
}

static rt_value context_tp_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a,
                               uint32_t n, rt_value kw)
{
    if (n || rt_nkw(kw))
        return rt_raise(ts, &rt_exc_TypeError, "Context() does not accept any arguments");
    return rt_context_new(ts);
}

static int need_var(struct rt_thread *ts, rt_value v)
{
    if (rt_is_exact(v, &var_type))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "a ContextVar key was expected, got %R", v);
    return -1;
}

/* Owned value of var in ctx, or RT_NULL without exception. */
static rt_value context_find(struct rt_thread *ts, rt_value ctx, rt_value var)
{
    rt_value root = rt_slot_get(ts, as_ctx(ctx), &as_ctx(ctx)->root);
    rt_value v = rt_newref(ts, find_borrowed(root, var));
    rt_decref(ts, root);
    return v;
}

static rt_value context_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    if (need_var(ts, key) < 0)
        return RT_NULL;
    rt_value v = context_find(ts, self, key);
    return rt_is_null(v) ? rt_raise_key(ts, key) : v;
}

static int context_contains(struct rt_thread *ts, rt_value self, rt_value key)
{
    if (need_var(ts, key) < 0)
        return -1;
    rt_value v = context_find(ts, self, key);
    rt_decref(ts, v);
    return !rt_is_null(v);
}

static int64_t context_len(struct rt_thread *ts, rt_value self)
{
    return (int64_t)rt_load_relaxed(&as_ctx(self)->count);
}

static rt_value context_get(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "get", n, 1, 2) < 0 || need_var(ts, a[0]) < 0)
        return RT_NULL;
    rt_value v = context_find(ts, self, a[0]);
    if (!rt_is_null(v))
        return v;
    return n > 1 ? rt_newref(ts, a[1]) : RT_NONE;
}

static rt_value context_copy(struct rt_thread *ts, rt_value self)
{
    return rt_context_copy(ts, self);
}

static rt_value context_run(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                            rt_value kw)
{
    if (n < 1)
        return rt_raise(ts, &rt_exc_TypeError, "run() missing 1 required positional argument");
    if (rt_context_enter(ts, self) < 0)
        return RT_NULL;
    rt_value r = rt_call(ts, a[0], a + 1, n - 1, kw);
    rt_value pending = rt_exc_take(ts);
    int err = rt_context_exit(ts, self);
    if (err == 0) {
        ts->exc = pending;
        return r;
    }
    rt_decref(ts, pending);
    rt_decref(ts, r);
    return RT_NULL;
}

/* All pairs: what 1 keys, 2 values, 3 items. */
static int collect(struct rt_thread *ts, rt_value root, rt_value list, int what)
{
    if (rt_is_null(root))
        return 0;
    struct node *n = as_node(root);
    size_t npairs = 2 * ones(n->pairs);
    int r = 0;
    for (size_t i = 0; i < npairs && r == 0; i += 2) {
        if (what == 3)
            r = rt_list_append_steal(ts, list, rt_tuple_from(ts, n->items + i, 2));
        else
            r = rt_list_append(ts, list, n->items[i + (what == 2)]);
    }
    for (size_t i = npairs; i < n->nitems && r == 0; i++)
        r = collect(ts, n->items[i], list, what);
    return r;
}

static rt_value context_list(struct rt_thread *ts, rt_value self, int what)
{
    rt_value list = rt_list_new(ts, rt_load_relaxed(&as_ctx(self)->count));
    if (rt_is_null(list))
        return list;
    rt_value root = rt_slot_get(ts, as_ctx(self), &as_ctx(self)->root);
    if (collect(ts, root, list, what) < 0)
        rt_clear(ts, &list);
    rt_decref(ts, root);
    return list;
}

/* keys(), values(), items(): iterators over an immutable state. */
struct ctxiter {
    struct rt_object hdr;
    rt_value it;
};

static rt_value ctxiter_next(struct rt_thread *ts, rt_value self)
{
    return rt_next(ts, ((struct ctxiter *)rt_ptr(self))->it);
}

static int ctxiter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct ctxiter *)o)->it, arg);
}

static void ctxiter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct ctxiter *)o)->it);
}

static struct rt_type ctxiter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "keys",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct ctxiter),
    .dealloc = ctxiter_dealloc,
    .traverse = ctxiter_traverse,
    .iter = rt_iter_self,
    .iternext = ctxiter_next,
};

static rt_value context_iterate(struct rt_thread *ts, rt_value self, int what)
{
    rt_value list = context_list(ts, self, what), it;
    if (rt_is_null(list))
        return list;
    it = rt_iter(ts, list);
    rt_decref(ts, list);
    if (rt_is_null(it))
        return it;
    struct ctxiter *c = rt_object_new(ts, &ctxiter_type, sizeof(*c));
    if (!c) {
        rt_decref(ts, it);
        return RT_NULL;
    }
    c->it = it;
    return rt_own(c);
}

static rt_value context_iter(struct rt_thread *ts, rt_value self)
{
    return context_iterate(ts, self, 1);
}
static rt_value context_keys(struct rt_thread *ts, rt_value self)
{
    return context_iterate(ts, self, 1);
}
static rt_value context_values(struct rt_thread *ts, rt_value self)
{
    return context_iterate(ts, self, 2);
}
static rt_value context_items(struct rt_thread *ts, rt_value self)
{
    return context_iterate(ts, self, 3);
}

static int context_equal(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (rt_load_relaxed(&as_ctx(a)->count) != rt_load_relaxed(&as_ctx(b)->count))
        return 0;
    rt_value items = context_list(ts, a, 3), item;
    int r = rt_is_null(items) ? -1 : 1;
    for (size_t i = 0; r > 0 && !rt_is_null(item = rt_list_get(ts, items, i)); i++) {
        rt_value v = context_find(ts, b, rt_as_tuple(item)->items[0]);
        r = rt_is_null(v) ? 0 : rt_equal_inline(ts, rt_as_tuple(item)->items[1], v);
        rt_decref(ts, v);
        rt_decref(ts, item);
    }
    rt_decref(ts, items);
    return r;
}

static rt_value context_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (!rt_is_exact(a, &context_type) || !rt_is_exact(b, &context_type) ||
        (op != RT_EQ && op != RT_NE))
        return RT_NOTIMPL;
    int r = context_equal(ts, a, b);
    return r < 0 ? RT_NULL : rt_bool(r == (op == RT_EQ));
}

static const struct rt_method_def context_methods[] = {
    {"run", context_run, RT_METH_KW, NULL},
    {"get", context_get, RT_METH_FAST,
     "get($self, key, default=None, /)\n--\n\n"
     "Return the value for `key` if `key` has the value in the context object.\n\n"
     "If `key` does not exist, return `default`. If `default` is not given,\nreturn None."},
    {"items", context_items, RT_METH_NOARGS,
     "items($self, /)\n--\n\n"
     "Return all variables and their values in the context object.\n\n"
     "The result is returned as a list of 2-tuples (variable, value)."},
    {"keys", context_keys, RT_METH_NOARGS,
     "keys($self, /)\n--\n\nReturn a list of all variables in the context object."},
    {"values", context_values, RT_METH_NOARGS,
     "values($self, /)\n--\n\nReturn a list of all variables' values in the context object."},
    {"copy", context_copy, RT_METH_NOARGS,
     "copy($self, /)\n--\n\nReturn a shallow copy of the context object."},
    {0},
};

static struct rt_type context_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_contextvars.Context",
    .flags = RT_TF_GC | RT_TF_WEAKREF,
    .basic_size = sizeof(struct context),
    .clear = context_clear,
    .traverse = context_traverse,
    .richcompare = context_richcompare,
    .iter = context_iter,
    .new = context_tp_new,
    .len = context_len,
    .getitem = context_getitem,
    .contains = context_contains,
    .methods = context_methods,
};

/* ---- variables ---- */
rt_value rt_contextvar_new(struct rt_thread *ts, rt_value name, rt_value deflt)
{
    struct var *v = rt_object_new(ts, &var_type, sizeof(*v));
    if (!v)
        return RT_NULL;
    v->name = rt_newref(ts, name);
    v->deflt = rt_newref(ts, deflt);
    uint64_t x = rt_add_relaxed(&rt_runtime.next_thread_id, 1) + 1; /* unique in the process */
    x *= 0x9e3779b97f4a7c15ull; /* odd: a bijection, so still unique */
    x ^= x >> 32;
    v->hash = x;
    return rt_own(v);
}

static rt_value var_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                        rt_value kw)
{
    static const char *const names[] = {"", "default", NULL};
    static const struct rt_argspec spec = {"ContextVar", names, 1, 1, 1, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_str(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "context variable name must be a str");
    return rt_contextvar_new(ts, v[0], v[1]);
}

static int var_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(((struct var *)o)->name, arg);
    return r ? r : visit(((struct var *)o)->deflt, arg);
}

static void var_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct var *)o)->name);
    rt_clear(ts, &((struct var *)o)->deflt);
}

static int64_t var_hash(struct rt_thread *ts, rt_value self)
{
    int64_t h = (int64_t)as_var(self)->hash;
    return h == -1 ? -2 : h;
}

static rt_value var_richcompare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (op != RT_EQ && op != RT_NE)
        return RT_NOTIMPL;
    if (rt_is(a, b))
        return rt_bool(op == RT_EQ);
    return RT_NOTIMPL;
}

rt_value rt_contextvar_get(struct rt_thread *ts, rt_value var, rt_value deflt)
{
    if (!rt_is_null(ts->context)) { /* nobody but this thread, which has entered it, gives it another root */
        rt_value v = find_borrowed(rt_slot_peek(&as_ctx(ts->context)->root), var);
        if (!rt_is_null(v))
            return rt_newref(ts, v);
    }
    if (!rt_is_null(deflt))
        return rt_newref(ts, deflt);
    return rt_newref(ts, as_var(var)->deflt); /* may be RT_NULL: absent */
}

static rt_value var_get(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "get", n, 0, 1) < 0)
        return RT_NULL;
    rt_value v = rt_contextvar_get(ts, self, n ? a[0] : RT_NULL);
    return rt_is_null(v) ? rt_raise_value(ts, &rt_exc_LookupError, self) : v;
}

/* In the current context: var = value, or unset if value is RT_NULL. */
static int change(struct rt_thread *ts, struct context *c, rt_value var, rt_value value, bool was_set)
{
    rt_value root = rt_slot_get(ts, c, &c->root), next;
    bool empty = false;
    if (!rt_is_null(value))
        next = insert(ts, root, var, value, as_var(var)->hash, 0);
    else
        next = without(ts, root, var, as_var(var)->hash, &empty);
    rt_decref(ts, root);
    if (rt_is_null(next) && !empty)
        return -1;
    rt_slot_set(ts, &c->root, next);
    if (was_set != !rt_is_null(value))
        rt_store_relaxed(&c->count, rt_load_relaxed(&c->count) + (was_set ? (size_t)-1 : 1));
    return 0;
}

rt_value rt_contextvar_set(struct rt_thread *ts, rt_value var, rt_value value)
{
    rt_value ctx = rt_context_current(ts), old;
    if (rt_is_null(ctx))
        return ctx;
    old = context_find(ts, ctx, var);
    struct token *t = rt_object_new(ts, &token_type, sizeof(*t));
    if (!t) {
        rt_decref(ts, ctx);
        rt_decref(ts, old);
        return RT_NULL;
    }
    t->ctx = ctx;
    t->var = rt_newref(ts, var);
    t->old = old;
    rt_store_relaxed(&t->used, false);
    if (change(ts, as_ctx(ctx), var, value, !rt_is_null(old)) < 0) {
        rt_decref_obj(ts, t);
        return RT_NULL;
    }
    return rt_own(t);
}

static rt_value var_set(struct rt_thread *ts, rt_value self, rt_value value)
{
    return rt_contextvar_set(ts, self, value);
}

static rt_value var_reset(struct rt_thread *ts, rt_value self, rt_value tok)
{
    if (!rt_is_exact(tok, &token_type))
        return rt_raise(ts, &rt_exc_TypeError, "expected an instance of Token, got %R", tok);
    struct token *t = as_token(tok);
    if (rt_load_relaxed(&t->used))
        return rt_raise(ts, &rt_exc_RuntimeError, "%R has already been used once", tok);
    if (!rt_is(t->var, self))
        return rt_raise(ts, &rt_exc_ValueError, "%R was created by a different ContextVar", tok);
    if (!rt_is(ts->context, t->ctx))
        return rt_raise(ts, &rt_exc_ValueError, "%R was created in a different Context", tok);
    bool fresh = false;
    if (!rt_cas_acq_rel(&t->used, &fresh, true))
        return rt_raise(ts, &rt_exc_RuntimeError, "%R has already been used once", tok);
    rt_value now = context_find(ts, t->ctx, self);
    bool was_set = !rt_is_null(now);
    rt_decref(ts, now);
    if (rt_is_null(t->old) && !was_set)
        return rt_raise_value(ts, &rt_exc_LookupError, self);
    return change(ts, as_ctx(t->ctx), self, t->old, was_set) < 0 ? RT_NULL : RT_NONE;
}

static rt_value var_repr(struct rt_thread *ts, rt_value self)
{
    struct var *v = as_var(self);
    void *p = rt_ptr(self);
    if (rt_is_null(v->deflt))
        return rt_str_format(ts, "<ContextVar name=%R at %p>", v->name, p);
    return rt_str_format(ts, "<ContextVar name=%R default=%R at %p>", v->name, v->deflt, p);
}

static const struct rt_method_def var_methods[] = {
    {"get", var_get, RT_METH_FAST,
     "Return a value for the context variable for the current context.\n\n"
     "If there is no value for the variable in the current context, the method will:\n"
     " * return the value of the default argument of the method, if provided; or\n"
     " * return the default value for the context variable, if it was created\n"
     "   with one; or\n"
     " * raise a LookupError."},
    {"set", var_set, RT_METH_O,
     "set($self, value, /)\n--\n\n"
     "Call to set a new value for the context variable in the current context.\n\n"
     "Returns a Token object that can be used to restore the variable to its previous\n"
     "value via the `ContextVar.reset()` method."},
    {"reset", var_reset, RT_METH_O,
     "reset($self, token, /)\n--\n\n"
     "Reset the context variable.\n\n"
     "The variable gets the value it had before the `ContextVar.set()` that made the token."},
    RT_CLASS_GETITEM,
    {0},
};
static const struct rt_member_def var_members[] = {
    {"name", RT_MEMBER_OBJECT_EX, offsetof(struct var, name), true, NULL},
    {0},
};

static struct rt_type var_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_contextvars.ContextVar",
    .flags = RT_TF_GC,
    .basic_size = sizeof(struct var),
    .dealloc = var_dealloc,
    .traverse = var_traverse,
    .repr = var_repr,
    .hash = var_hash,
    .richcompare = var_richcompare,
    .new = var_new,
    .methods = var_methods,
    .members = var_members,
};

/* ---- tokens ---- */
static int token_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct token *t = (struct token *)o;
    int r = visit(t->ctx, arg);
    if (!r)
        r = visit(t->var, arg);
    return r ? r : visit(t->old, arg);
}

static void token_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct token *t = (struct token *)o;
    rt_clear(ts, &t->ctx);
    rt_clear(ts, &t->var);
    rt_clear(ts, &t->old);
}

static rt_value token_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                          rt_value kw)
{
    return rt_raise(ts, &rt_exc_RuntimeError, "Tokens can only be created by ContextVars");
}

static rt_value token_var(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_newref(ts, as_token(self)->var);
}

static rt_value token_old(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value old = as_token(self)->old;
    if (rt_is_null(old))
        return rt_getattr_cstr(ts, rt_type_value(&token_type), "MISSING");
    return rt_newref(ts, old);
}

static rt_value token_repr(struct rt_thread *ts, rt_value self)
{
    struct token *t = as_token(self);
    return rt_str_format(ts, "<Token%s var=%R at %p>", rt_load_relaxed(&t->used) ? " used" : "",
                         t->var, (void *)rt_ptr(self));
}

static const struct rt_getset_def token_getset[] = {
    {"var", token_var, NULL, NULL},
    {"old_value", token_old, NULL, NULL},
    {0},
};
static const struct rt_method_def token_methods[] = {
    RT_CLASS_GETITEM,
    {0},
};

static struct rt_type token_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_contextvars.Token",
    .flags = RT_TF_GC,
    .basic_size = sizeof(struct token),
    .dealloc = token_dealloc,
    .traverse = token_traverse,
    .repr = token_repr,
    .new = token_new,
    .methods = token_methods,
    .getset = token_getset,
};

static rt_value missing_repr(struct rt_thread *ts, rt_value self)
{
    return rt_str_from_cstr(ts, "<Token.MISSING>");
}

static struct rt_type missing_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "Token.MISSING",
    .flags = RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_object),
    .repr = missing_repr,
};

/* ---- module ---- */
static rt_value copy_context(struct rt_thread *ts, rt_value mod)
{
    return rt_context_copy_current(ts);
}

static const struct rt_method_def methods[] = {
    {"copy_context", copy_context, RT_METH_NOARGS, "copy_context($module, /)\n--\n\n"},
    {0},
};

int rt_context_init(struct rt_thread *ts)
{
    struct rt_type *const all[] = {&node_type, &context_type, &var_type,
                                   &token_type, &missing_type, &ctxiter_type};
    for (size_t i = 0; i < RT_COUNTOF(all); i++)
        if (rt_type_ready(ts, all[i]) < 0)
            return -1;
    return 0;
}

static int exec(struct rt_thread *ts, rt_value mod)
{
    if (rt_context_init(ts) < 0)
        return -1;
    rt_value dict = rt_slot_get(ts, &token_type, &token_type.dict);
    int r = rt_dict_contains(ts, dict, rt_str_intern_cstr(ts, "MISSING"));
    if (r == 0) { /* the types are shared by all interpreters: once per process */
        struct rt_object *missing = rt_object_new(ts, &missing_type, sizeof(*missing));
        r = missing ? 0 : -1;
        if (missing) {
            rt_immortalize(ts, rt_own(missing));
            r = rt_dict_set_cstr(ts, dict, "MISSING", rt_borrow(missing));
        }
    }
    rt_decref(ts, dict);
    return r < 0 ? -1 : 0;
}

static struct rt_type *const types[] = {&context_type, &var_type, &token_type, NULL};

const struct rt_module_def rt_module__contextvars = {
    .name = "_contextvars",
    .doc = "Context Variables",
    .methods = methods,
    .types = types,
    .exec = exec,
};
