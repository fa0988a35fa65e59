/* SPDX-License-Identifier: MIT */
/*
 * xml.etree.ElementTree.TreeBuilder: a tree out of start, data and end. Methods run in the builder's
 * section.
 */
#include "core/modules/xml/etree_internal.h"

struct builder {
    struct rt_object hdr;
    rt_slot root, last, data, stack, factory, comment, pi; /* data: list of str; stack: list of open elements */
    bool tail;                                             /* text belongs behind last */
    bool insert_comments, insert_pis;
};
static struct builder *B(rt_value v) { return (struct builder *)rt_ptr(v); }

static rt_value builder_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    rt_slot_init(&B(v)->data, rt_list_new(ts, 4));
    rt_slot_init(&B(v)->stack, rt_list_new(ts, 8));
    rt_slot_init(&B(v)->comment, etree_factory(ts, 0));
    rt_slot_init(&B(v)->pi, etree_factory(ts, 1));
    if (rt_pending(ts))
        rt_clear(ts, &v);
    return v;
}
static int builder_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"element_factory", "comment_factory", "pi_factory", "insert_comments", "insert_pis", NULL};
    static const struct rt_argspec spec = {"TreeBuilder", names, 0, 0, 1, 5};
    struct builder *b = B(self);
    rt_value v[5];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return -1;
    rt_slot *slots[] = {&b->factory, &b->comment, &b->pi};
    for (int i = 0; i < 3; i++)
        if (!rt_is_null(v[i]) && !rt_is_none(v[i]))
            rt_slot_set(ts, slots[i], rt_newref(ts, v[i]));
    int comments = rt_is_null(v[3]) ? 0 : rt_truth(ts, v[3]), pis = rt_is_null(v[4]) ? 0 : rt_truth(ts, v[4]);
    if (comments < 0 || pis < 0)
        return -1;
    b->insert_comments = comments;
    b->insert_pis = pis;
    return 0;
}
/* Text goes where there is some already, at its end. */
static int add_text(struct rt_thread *ts, rt_value e, bool tail, rt_value text)
{
    rt_value old, both;
    int r;
    if (rt_is_exact(e, &rt_element_type)) {
        rt_slot *s = tail ? &AS_ELEMENT(e)->tail : &AS_ELEMENT(e)->text;
        old = rt_slot_get(ts, AS_ELEMENT(e), s);
        both = rt_is_null(old) ? rt_newref(ts, text) : rt_binary(ts, old, text, RT_BIN_ADD);
        rt_decref(ts, old);
        if (rt_is_null(both))
            return -1;
        rt_slot_set(ts, s, both);
        return 0;
    }
    const char *name = tail ? "tail" : "text";
    old = rt_getattr_cstr(ts, e, name);
    if (rt_is_null(old))
        return -1;
    both = rt_is_none(old) ? rt_newref(ts, text) : rt_binary(ts, old, text, RT_BIN_ADD);
    r = rt_is_null(both) ? -1 : rt_setattr_cstr(ts, e, name, both);
    rt_decref(ts, old);
    rt_decref(ts, both);
    return r;
}
static int flush(struct rt_thread *ts, struct builder *b)
{
    rt_value l = rt_slot_peek(&b->data);
    size_t n = rt_list_len(l);
    if (!n)
        return 0;
    rt_value text = n == 1 ? rt_list_pop(ts, l, 0) : rt_str_join(ts, rt_str_empty(), l), last = rt_slot_get(ts, b, &b->last);
    int r = rt_is_null(text) || (n > 1 && rt_list_set_slice(ts, l, 0, (int64_t)n, RT_NULL) < 0) ? -1 : 0;
    if (r == 0 && !rt_is_null(last))
        r = add_text(ts, last, b->tail, text);
    rt_decref(ts, text);
    rt_decref(ts, last);
    return r;
}
static int add_child(struct rt_thread *ts, rt_value parent, rt_value child)
{
    if (rt_is_exact(parent, &rt_element_type) && is_element(child))
        return element_append(ts, parent, child);
    rt_value r = rt_call_method(ts, parent, "append", &child, 1);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}
/* The innermost open element: owned, or RT_NULL. */
static rt_value open_element(struct rt_thread *ts, struct builder *b)
{
    rt_value s = rt_slot_peek(&b->stack);
    size_t n = rt_list_len(s);
    return n ? rt_list_get(ts, s, n - 1) : RT_NULL;
}
static rt_value call_factory(struct rt_thread *ts, rt_value f, rt_value tag, rt_value attrib)
{
    rt_value own = rt_is_null(attrib) ? rt_dict_new(ts) : rt_newref(ts, attrib), e = rt_is_null(own) ? own : rt_call2(ts, f, tag, own);
    rt_decref(ts, own);
    return e;
}
/* attrib RT_NULL: none */
static rt_value start_element(struct rt_thread *ts, struct builder *b, rt_value tag, rt_value attrib)
{
    if (flush(ts, b) < 0)
        return RT_NULL;
    rt_value f = rt_slot_get(ts, b, &b->factory), parent, e;
    if (rt_is_null(f) || rt_is(f, rt_type_value(&rt_element_type)))
        e = element_new(ts, tag, !rt_is_null(attrib) && rt_dict_len(attrib) ? attrib : RT_NULL);
    else
        e = call_factory(ts, f, tag, attrib);
    rt_decref(ts, f);
    if (rt_is_null(e))
        return e;
    parent = open_element(ts, b);
    bool ok = true;
    if (!rt_is_null(parent)) {
        ok = add_child(ts, parent, e) == 0;
    } else if (rt_slot_peek(&b->root).bits) {
        rt_value error = etree_parse_error(ts);
        if (!rt_is_null(error))
            rt_raise(ts, rt_as_type(error), "multiple elements on top level");
        rt_decref(ts, error);
        ok = false;
    } else {
        rt_slot_set(ts, &b->root, rt_newref(ts, e));
    }
    rt_decref(ts, parent);
    if (!ok || rt_list_append(ts, rt_slot_peek(&b->stack), e) < 0) {
        rt_decref(ts, e);
        return RT_NULL;
    }
    b->tail = false;
    rt_slot_set(ts, &b->last, rt_newref(ts, e));
    return e;
}
static rt_value start(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "start", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_dict(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "start() argument 2 must be dict, not %N", args[1]);
    return start_element(ts, B(self), args[0], args[1]);
}
rt_value tree_builder_start(struct rt_thread *ts, rt_value self, rt_value tag, rt_value attrib)
{
    struct rt_cs cs;
    rt_cs_begin_py(ts, &cs, B(self));
    rt_value r = start_element(ts, B(self), tag, attrib);
    rt_cs_end(ts, &cs);
    return r;
}
static rt_value data(struct rt_thread *ts, rt_value self, rt_value text)
{
    struct builder *b = B(self);
    if (!rt_slot_peek(&b->last).bits) /* before the first element */
        return RT_NONE;
    return rt_list_append(ts, rt_slot_peek(&b->data), text) < 0 ? RT_NULL : RT_NONE;
}
bool tree_builder_data(struct rt_thread *ts, rt_value self, rt_value text)
{
    struct rt_cs cs;
    rt_cs_begin_py(ts, &cs, B(self));
    rt_value r = data(ts, self, text);
    rt_cs_end(ts, &cs);
    return !rt_is_null(r);
}
static rt_value end(struct rt_thread *ts, rt_value self, rt_value tag)
{
    struct builder *b = B(self);
    if (flush(ts, b) < 0)
        return RT_NULL;
    rt_value s = rt_slot_peek(&b->stack);
    size_t n = rt_list_len(s);
    if (!n)
        return rt_raise(ts, &rt_exc_IndexError, "pop from empty stack");
    rt_value e = rt_list_pop(ts, s, (int64_t)n - 1);
    if (rt_is_null(e))
        return e;
    b->tail = true;
    rt_slot_set(ts, &b->last, rt_newref(ts, e));
    return e;
}
rt_value tree_builder_end(struct rt_thread *ts, rt_value self)
{
    struct rt_cs cs;
    rt_cs_begin_py(ts, &cs, B(self));
    rt_value r = end(ts, self, RT_NONE);
    rt_cs_end(ts, &cs);
    return r;
}
/* e, a comment or an instruction, becomes part of the tree if it is to be inserted. */
static rt_value single(struct rt_thread *ts, struct builder *b, rt_value e, bool insert)
{
    if (rt_is_null(e) || !insert)
        return e;
    rt_value parent = flush(ts, b) < 0 ? RT_NULL : open_element(ts, b);
    if (!rt_is_null(parent) && add_child(ts, parent, e) == 0) {
        b->tail = true;
        rt_slot_set(ts, &b->last, rt_newref(ts, e));
    }
    rt_decref(ts, parent);
    if (rt_pending(ts))
        rt_clear(ts, &e);
    return e;
}
static rt_value comment(struct rt_thread *ts, rt_value self, rt_value text)
{
    struct builder *b = B(self);
    rt_value f = rt_slot_get(ts, b, &b->comment), e = rt_is_null(f) || rt_is_none(f) ? rt_newref(ts, text) : rt_call1(ts, f, text);
    bool made = !rt_is_null(f) && !rt_is_none(f);
    rt_decref(ts, f);
    return single(ts, b, e, made && b->insert_comments);
}
static rt_value pi(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct builder *b = B(self);
    if (rt_args_count(ts, "pi", n, 1, 2) < 0)
        return RT_NULL;
    rt_value text = n > 1 ? args[1] : RT_NONE, f = rt_slot_get(ts, b, &b->pi);
    bool made = !rt_is_null(f) && !rt_is_none(f);
    rt_value e = made ? rt_call2(ts, f, args[0], text) : rt_tuple_pack(ts, 2, args[0], text);
    rt_decref(ts, f);
    return single(ts, b, e, made && b->insert_pis);
}
static rt_value close_builder(struct rt_thread *ts, rt_value self)
{
    rt_value root = rt_slot_get(ts, B(self), &B(self)->root);
    return rt_is_null(root) ? RT_NONE : root;
}
static int builder_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    for (rt_slot *s = &((struct builder *)o)->root, *last = &((struct builder *)o)->pi; s <= last; s++) {
        rt_value v = rt_slot_peek(s);
        int r = rt_is_ptr(v) ? visit(v, arg) : 0;
        if (r)
            return r;
    }
    return 0;
}
static void builder_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    for (rt_slot *s = &((struct builder *)o)->root, *last = &((struct builder *)o)->pi; s <= last; s++)
        rt_slot_clear(ts, o, s);
}
static void builder_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct builder *b = (struct builder *)o; /* data and stack stay: methods need them */
    rt_slot *all[] = {&b->root, &b->last, &b->factory, &b->comment, &b->pi};
    for (size_t i = 0; i < RT_COUNTOF(all); i++)
        rt_slot_clear(ts, o, all[i]);
}
static const struct rt_method_def methods[] = {
    {"start", start, RT_METH_FAST | RT_METH_LOCKED, "start($self, tag, attrs, /)\n--\n\n"}, {"data", data, RT_METH_O | RT_METH_LOCKED, "data($self, data, /)\n--\n\n"},
    {"end", end, RT_METH_O | RT_METH_LOCKED, "end($self, tag, /)\n--\n\n"}, {"comment", comment, RT_METH_O | RT_METH_LOCKED, "comment($self, text, /)\n--\n\n"},
    {"pi", pi, RT_METH_FAST | RT_METH_LOCKED, "pi($self, target, text=None, /)\n--\n\n"}, {"close", close_builder, RT_METH_NOARGS, "close($self, /)\n--\n\n"}, {NULL},
};
struct rt_type rt_tree_builder_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "xml.etree.ElementTree.TreeBuilder", .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct builder), .dealloc = builder_dealloc,
    .clear = builder_clear, .traverse = builder_traverse, .new = builder_new, .init = builder_init, .methods = methods,
};
