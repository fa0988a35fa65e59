/* SPDX-License-Identifier: MIT */
/*
 * Element.iter() and itertext(): a walk in document order over a stack of its own. The stack is moved in
 * the iterator's section; tags are compared, which may run Python, outside it.
 */
#include "core/modules/xml/etree_internal.h"

struct level { rt_value element; size_t next; }; /* element owned */
struct walk {
    struct rt_object hdr;
    rt_slot root, tag; /* root until the first step */
    bool text;
    struct level *stack; /* raw memory */
    size_t depth, capacity;
};
static struct walk *as_walk(rt_value v) { return (struct walk *)rt_ptr(v); }

rt_value element_iter(struct rt_thread *ts, rt_value self, rt_value tag, bool text)
{
    rt_value v = rt_type_alloc(ts, &rt_element_iter_type);
    if (rt_is_null(v))
        return v;
    rt_slot_init(&as_walk(v)->root, rt_newref(ts, self));
    rt_slot_init(&as_walk(v)->tag, rt_newref(ts, tag));
    as_walk(v)->text = text;
    return v;
}
static bool push(struct rt_thread *ts, struct walk *w, rt_value owned)
{
    if (w->depth == w->capacity) {
        size_t n = w->capacity ? w->capacity * 2 : 8;
        struct level *s = rt_raw_realloc(w->stack, n * sizeof *s);
        if (!s) {
            rt_decref(ts, owned);
            rt_raise_no_memory(ts);
            return false;
        }
        w->stack = s;
        w->capacity = n;
    }
    w->stack[w->depth++] = (struct level){owned, 0};
    return true;
}
/* The next element come to (*leaving false) or left; owned. RT_NULL at the end or with an exception. */
static rt_value step(struct rt_thread *ts, struct walk *w, bool *leaving)
{
    rt_value root = rt_slot_get(ts, w, &w->root), e;
    *leaving = false;
    if (!rt_is_null(root)) {
        rt_slot_set(ts, &w->root, RT_NULL);
        return push(ts, w, root) ? rt_newref(ts, root) : RT_NULL;
    }
    if (!w->depth)
        return RT_NULL;
    struct level *top = &w->stack[w->depth - 1];
    rt_value l = element_children(ts, AS_ELEMENT(top->element));
    e = rt_is_null(l) ? l : rt_list_get(ts, l, top->next++);
    rt_decref(ts, l);
    if (!rt_is_null(e))
        return push(ts, w, e) ? rt_newref(ts, e) : RT_NULL;
    *leaving = true;
    return w->stack[--w->depth].element;
}
static rt_value next(struct rt_thread *ts, rt_value self)
{
    struct walk *w = as_walk(self);
    for (;;) {
        struct rt_cs cs;
        bool leaving;
        rt_cs_begin(ts, &cs, w);
        rt_value e = step(ts, w, &leaving);
        bool outermost = !w->depth;
        rt_cs_end(ts, &cs);
        if (rt_is_null(e))
            return rt_pending(ts) ? RT_NULL : RT_STOP;
        if (w->text) {
            rt_slot *s = leaving ? &AS_ELEMENT(e)->tail : &AS_ELEMENT(e)->text;
            rt_value t = leaving && outermost ? RT_NULL : rt_slot_get(ts, AS_ELEMENT(e), s);
            rt_decref(ts, e);
            int any = rt_is_null(t) ? 0 : rt_truth(ts, t);
            if (any > 0)
                return t;
            rt_decref(ts, t);
            if (any < 0)
                return RT_NULL;
            continue;
        }
        if (!leaving) {
            rt_value want = rt_slot_peek(&w->tag); /* constant */
            if (rt_is_none(want))
                return e;
            rt_value tag = element_slot(ts, AS_ELEMENT(e), &AS_ELEMENT(e)->tag);
            int same = rt_equal(ts, tag, want);
            rt_decref(ts, tag);
            if (same > 0)
                return e;
            if (same < 0) {
                rt_decref(ts, e);
                return RT_NULL;
            }
        }
        rt_decref(ts, e);
    }
}
static int walk_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct walk *w = (struct walk *)o;
    rt_value a = rt_slot_peek(&w->root), b = rt_slot_peek(&w->tag);
    int r = rt_is_ptr(a) ? visit(a, arg) : 0;
    if (!r && rt_is_ptr(b))
        r = visit(b, arg);
    for (size_t i = 0; i < w->depth && !r; i++)
        r = visit(w->stack[i].element, arg);
    return r;
}
static void walk_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct walk *w = (struct walk *)o;
    struct level *s = w->stack;
    size_t n = w->depth;
    w->stack = NULL;
    w->depth = w->capacity = 0;
    for (size_t i = 0; i < n; i++)
        rt_decref(ts, s[i].element);
    rt_raw_free(s);
    rt_slot_clear(ts, o, &w->root);
}
static void walk_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    walk_clear(ts, o);
    rt_slot_clear(ts, o, &((struct walk *)o)->tag);
}
struct rt_type rt_element_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_elementtree._element_iterator", .flags = RT_TF_NO_NEW, .basic_size = sizeof(struct walk), .dealloc = walk_dealloc,
    .clear = walk_clear, .traverse = walk_traverse, .iter = rt_iter_self, .iternext = next,
};
