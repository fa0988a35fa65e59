/* SPDX-License-Identifier: MIT */
/* xml.etree.ElementTree.Element. */
#include "core/modules/lazy/lazy.h"
#include "core/modules/xml/etree_internal.h"

rt_value element_slot(struct rt_thread *ts, struct element *e, rt_slot *s)
{
    rt_value v = rt_slot_get(ts, e, s);
    return rt_is_null(v) ? RT_NONE : v;
}
static void put(struct rt_thread *ts, rt_slot *s, rt_value v) { rt_slot_set(ts, s, rt_is_none(v) ? RT_NULL : rt_newref(ts, v)); }
static rt_value new_of_type(struct rt_thread *ts, struct rt_type *t, rt_value tag, rt_value attrib)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    rt_slot_init(&AS_ELEMENT(v)->tag, rt_newref(ts, tag));
    rt_slot_init(&AS_ELEMENT(v)->attrib, rt_newref(ts, attrib));
    return v;
}
rt_value element_new(struct rt_thread *ts, rt_value tag, rt_value attrib) { return new_of_type(ts, &rt_element_type, tag, attrib); }
/* What the empty slot of e holds now: fresh, or what another thread has put there meanwhile. Consumes fresh; owned. */
static rt_value fill(struct rt_thread *ts, struct element *e, rt_slot *slot, rt_value fresh)
{
    if (rt_is_null(fresh))
        return fresh;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, e);
    rt_value now = rt_slot_get(ts, e, slot);
    if (rt_is_null(now))
        rt_slot_set(ts, slot, rt_newref(ts, fresh));
    rt_cs_end(ts, &cs);
    if (rt_is_null(now))
        return fresh;
    rt_decref(ts, fresh);
    return now;
}
/* The dict of attributes, made now if there was none; owned. */
static rt_value attributes(struct rt_thread *ts, struct element *e)
{
    rt_value d = rt_slot_get(ts, e, &e->attrib);
    if (!rt_is_null(d))
        return d;
    return fill(ts, e, &e->attrib, rt_dict_new(ts));
}
static rt_value child_list(struct rt_thread *ts, struct element *e)
{
    rt_value l = element_children(ts, e);
    if (!rt_is_null(l))
        return l;
    return fill(ts, e, &e->children, rt_list_new(ts, 2));
}
int element_append(struct rt_thread *ts, rt_value self, rt_value child)
{
    rt_value l = child_list(ts, AS_ELEMENT(self));
    int r = rt_is_null(l) ? -1 : rt_list_append(ts, l, child);
    rt_decref(ts, l);
    return r;
}

/* ---- making one ---- */
/* (tag, attrib={}, **extra) from args[first]: the dict to keep in *attrib (owned or RT_NULL). 0 or -1 */
static int take_attributes(struct rt_thread *ts, const char *fname, const rt_value *args, uint32_t n, uint32_t at, rt_value kw, rt_value *attrib)
{
    uint32_t nkw = rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length;
    *attrib = RT_NULL;
    if (n > at && !rt_is_dict(args[at])) {
        rt_raise(ts, &rt_exc_TypeError, "%s() argument %d must be dict, not %N", fname, (int)at + 1, args[at]);
        return -1;
    }
    if (n > at && rt_is_null(*attrib = rt_dict_copy(ts, args[at])))
        return -1;
    for (uint32_t i = 0; i < nkw; i++) {
        rt_value name = rt_as_tuple(kw)->items[i], v = args[n + i];
        if (n <= at && rt_str_eq_cstr(name, "attrib")) {
            if (!rt_is_dict(v)) {
                rt_raise(ts, &rt_exc_TypeError, "attrib must be dict, not %.100T", v);
                goto fail;
            }
            rt_value d = rt_dict_copy(ts, v);
            if (rt_is_null(d) || (!rt_is_null(*attrib) && rt_dict_update(ts, d, *attrib) < 0)) {
                rt_decref(ts, d);
                goto fail;
            }
            rt_decref(ts, *attrib);
            *attrib = d;
            continue;
        }
        if (rt_is_null(*attrib) && rt_is_null(*attrib = rt_dict_new(ts)))
            return -1;
        if (rt_dict_set(ts, *attrib, name, v) < 0)
            goto fail;
    }
    return 0;
fail:
    rt_clear(ts, attrib);
    return -1;
}
static rt_value element_type_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw) { return new_of_type(ts, t, RT_NONE, RT_NULL); }
static int element_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value attrib;
    if (rt_args_count(ts, "Element", n, 1, 2) < 0 || take_attributes(ts, "Element", args, n, 1, kw, &attrib) < 0)
        return -1;
    struct element *e = AS_ELEMENT(self);
    rt_slot_set(ts, &e->attrib, attrib);
    rt_slot_set(ts, &e->tag, rt_newref(ts, args[0]));
    rt_slot_set(ts, &e->text, RT_NULL);
    rt_slot_set(ts, &e->tail, RT_NULL);
    return 0;
}
static rt_value not_element(struct rt_thread *ts, const char *fname, rt_value v)
{
    return rt_raise(ts, &rt_exc_TypeError, "%s must be xml.etree.ElementTree.Element, not %T", fname, v);
}
static rt_value sub_element(struct rt_thread *ts, rt_value module, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value attrib, e;
    if (rt_args_count(ts, "SubElement", n, 2, 3) < 0)
        return RT_NULL;
    if (!is_element(args[0]))
        return not_element(ts, "SubElement() argument 1", args[0]);
    if (take_attributes(ts, "SubElement", args, n, 2, kw, &attrib) < 0)
        return RT_NULL;
    e = element_new(ts, args[1], attrib);
    rt_decref(ts, attrib);
    if (!rt_is_null(e) && element_append(ts, args[0], e) < 0)
        rt_clear(ts, &e);
    return e;
}
static rt_value makeelement(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "makeelement", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_dict(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "makeelement() argument 2 must be dict, not %N", args[1]);
    rt_value d = rt_dict_copy(ts, args[1]), e = rt_is_null(d) ? d : element_new(ts, args[0], d);
    rt_decref(ts, d);
    return e;
}

/* ---- life ---- */
static int element_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    for (rt_slot *s = &((struct element *)o)->tag, *end = s + 5; s < end; s++) {
        rt_value v = rt_slot_peek(s);
        int r = rt_is_ptr(v) ? visit(v, arg) : 0;
        if (r)
            return r;
    }
    return 0;
}
static void element_clear_slots(struct rt_thread *ts, struct rt_object *o)
{
    for (rt_slot *s = &((struct element *)o)->tag, *end = s + 5; s < end; s++)
        rt_slot_clear(ts, o, s);
}
static rt_value element_clear(struct rt_thread *ts, rt_value self)
{
    for (rt_slot *s = &AS_ELEMENT(self)->text, *end = s + 4; s < end; s++)
        rt_slot_set(ts, s, RT_NULL);
    return RT_NONE;
}
static rt_value element_repr(struct rt_thread *ts, rt_value self)
{
    rt_value tag = element_slot(ts, AS_ELEMENT(self), &AS_ELEMENT(self)->tag);
    int state = rt_repr_enter(ts, self);
    rt_value r = RT_NULL;
    if (state == 0) {
        r = rt_str_format(ts, "<Element %R at %p>", tag, rt_ptr(self));
        rt_repr_leave(ts, self);
    } else if (state > 0) {
        rt_raise(ts, &rt_exc_RuntimeError, "reentrant call inside %s.__repr__", rt_typename(self));
    }
    rt_decref(ts, tag);
    return r;
}

/* ---- copies ---- */
static rt_value element_copy(struct rt_thread *ts, rt_value self)
{
    struct element *e = AS_ELEMENT(self);
    rt_value d = rt_slot_get(ts, e, &e->attrib), l = element_children(ts, e), copy = rt_is_null(d) ? d : rt_dict_copy(ts, d), r = RT_NULL;
    rt_value tag = element_slot(ts, e, &e->tag), kids = rt_is_null(l) ? l : rt_list_slice(ts, l, 0, (int64_t)rt_list_len(l), 1);
    if (!rt_pending(ts))
        r = element_new(ts, tag, copy);
    if (!rt_is_null(r)) {
        rt_slot_init(&AS_ELEMENT(r)->text, rt_slot_get(ts, e, &e->text));
        rt_slot_init(&AS_ELEMENT(r)->tail, rt_slot_get(ts, e, &e->tail));
        rt_slot_init(&AS_ELEMENT(r)->children, rt_newref(ts, kids));
    }
    rt_decref(ts, kids);
    rt_decref(ts, tag);
    rt_decref(ts, copy);
    rt_decref(ts, d);
    rt_decref(ts, l);
    return r;
}
static rt_value deep(struct rt_thread *ts, rt_value v, rt_value memo);
/* *to = a deep copy of what stands in *from */
static bool deep_slot(struct rt_thread *ts, struct element *e, rt_slot *from, rt_slot *to, rt_value memo)
{
    rt_value v = rt_slot_get(ts, e, from), c = rt_is_null(v) ? v : deep(ts, v, memo);
    rt_decref(ts, v);
    rt_slot_set(ts, to, c);
    return !rt_pending(ts);
}
static bool deep_children(struct rt_thread *ts, struct element *e, rt_value copy, rt_value memo)
{
    rt_value l = element_children(ts, e);
    bool ok = true;
    for (size_t i = 0; ok && !rt_is_null(l); i++) {
        rt_value child = rt_list_get(ts, l, i);
        if (rt_is_null(child))
            break;
        rt_value c = deep(ts, child, memo);
        if (!rt_is_null(c) && !is_element(c))
            rt_raise(ts, &rt_exc_TypeError, "expected an Element, not \"%.200T\"", c);
        ok = !rt_pending(ts) && element_append(ts, copy, c) == 0;
        rt_decref(ts, c);
        rt_decref(ts, child);
    }
    rt_decref(ts, l);
    return ok;
}
static rt_value element_deepcopy(struct rt_thread *ts, rt_value self, rt_value memo)
{
    struct element *e = AS_ELEMENT(self);
    if (!rt_is_dict(memo))
        return rt_raise(ts, &rt_exc_TypeError, "__deepcopy__() argument must be dict, not %N", memo);
    if (rt_recursion_enter(ts, " in __deepcopy__") < 0)
        return RT_NULL;
    rt_value r = element_new(ts, RT_NONE, RT_NULL);
    bool ok = !rt_is_null(r);
    struct element *c = ok ? AS_ELEMENT(r) : NULL;
    ok = ok && deep_slot(ts, e, &e->tag, &c->tag, memo) && deep_slot(ts, e, &e->attrib, &c->attrib, memo) && deep_slot(ts, e, &e->text, &c->text, memo) &&
         deep_slot(ts, e, &e->tail, &c->tail, memo) && deep_children(ts, e, r, memo);
    if (ok) {
        rt_value id = rt_id(ts, self);
        ok = !rt_is_null(id) && rt_dict_set(ts, memo, id, r) == 0;
        rt_decref(ts, id);
    }
    rt_recursion_leave(ts);
    if (!ok)
        rt_clear(ts, &r);
    return r;
}
static rt_value deep(struct rt_thread *ts, rt_value v, rt_value memo)
{
    if (!rt_is_ptr(v) || rt_is_str_exact(v))
        return rt_newref(ts, v);
    if (rt_is_exact(v, &rt_element_type) && rt_refcount(rt_ptr(v)) <= 2) /* nobody else has it: not in the memo either */
        return element_deepcopy(ts, v, memo);
    if (rt_is_exact(v, &rt_dict_type)) { /* attributes: mostly str to str */
        size_t pos = 0;
        rt_value k, x;
        bool plain = true;
        while (rt_dict_next(ts, v, &pos, &k, &x)) {
            plain = plain && rt_is_str_exact(k) && rt_is_str_exact(x);
            rt_decref(ts, k);
            rt_decref(ts, x);
        }
        if (plain)
            return rt_dict_copy(ts, v);
    }
    rt_value f = rt_import_attr(ts, "copy", "deepcopy"), r = rt_is_null(f) ? f : rt_call2(ts, f, v, memo);
    rt_decref(ts, f);
    return r;
}
static rt_value element_getstate(struct rt_thread *ts, rt_value self)
{
    struct element *e = AS_ELEMENT(self);
    rt_value d = rt_dict_new(ts), l = element_children(ts, e), v[5];
    static const char *const names[] = {"tag", "_children", "attrib", "text", "tail"};
    v[0] = element_slot(ts, e, &e->tag);
    v[1] = rt_is_null(l) ? rt_list_new(ts, 0) : rt_list_slice(ts, l, 0, (int64_t)rt_list_len(l), 1);
    v[2] = attributes(ts, e);
    v[3] = element_slot(ts, e, &e->text);
    v[4] = element_slot(ts, e, &e->tail);
    bool ok = !rt_is_null(d);
    for (int i = 0; i < 5; i++) {
        ok = ok && !rt_is_null(v[i]) && rt_dict_set_cstr(ts, d, names[i], v[i]) == 0;
        rt_decref(ts, v[i]);
    }
    rt_decref(ts, l);
    if (!ok)
        rt_clear(ts, &d);
    return d;
}
static bool state_item(struct rt_thread *ts, rt_value state, const char *name, rt_value *out)
{
    *out = rt_dict_get_cstr(ts, state, name);
    if (rt_is_null(*out))
        *out = RT_NONE;
    return !rt_pending(ts);
}
static rt_value element_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    struct element *e = AS_ELEMENT(self);
    rt_value tag, kids, attrib, text, tail;
    if (!rt_is_dict(state))
        return rt_raise(ts, &rt_exc_TypeError, "Don't know how to unpickle \"%.200R\" as an Element", state);
    if (!state_item(ts, state, "tag", &tag) || !state_item(ts, state, "_children", &kids) || !state_item(ts, state, "attrib", &attrib) ||
        !state_item(ts, state, "text", &text) || !state_item(ts, state, "tail", &tail))
        return RT_NULL;
    if (!rt_is_none(kids) && !rt_is_list(kids))
        rt_raise(ts, &rt_exc_TypeError, "'_children' is not a list");
    else if (!rt_is_none(attrib) && !rt_is_dict(attrib))
        rt_raise(ts, &rt_exc_TypeError, "attrib must be dict, not %.200T", attrib);
    rt_value copy = rt_pending(ts) || rt_is_none(kids) ? RT_NULL : rt_list_slice(ts, kids, 0, (int64_t)rt_list_len(kids), 1);
    for (size_t i = 0; !rt_is_null(copy) && i < rt_list_len(copy); i++) {
        rt_value c = rt_list_get(ts, copy, i);
        if (!is_element(c))
            rt_raise(ts, &rt_exc_TypeError, "expected an Element, not \"%.200T\"", c);
        rt_decref(ts, c);
        if (rt_pending(ts))
            break;
    }
    if (!rt_pending(ts)) {
        put(ts, &e->tag, tag);
        put(ts, &e->text, text);
        put(ts, &e->tail, tail);
        put(ts, &e->attrib, attrib);
        rt_slot_set(ts, &e->children, rt_newref(ts, copy));
    }
    rt_value all[] = {copy, tag, kids, attrib, text, tail};
    for (size_t i = 0; i < RT_COUNTOF(all); i++)
        rt_decref(ts, all[i]);
    return rt_pending(ts) ? RT_NULL : RT_NONE;
}

/* ---- children ---- */
static rt_value expected_element(struct rt_thread *ts, rt_value v) { return rt_raise(ts, &rt_exc_TypeError, "expected an Element, not \"%.200T\"", v); }
static rt_value m_append(struct rt_thread *ts, rt_value self, rt_value child)
{
    if (!is_element(child))
        return not_element(ts, "append() argument", child);
    return element_append(ts, self, child) < 0 ? RT_NULL : RT_NONE;
}
static rt_value m_extend(struct rt_thread *ts, rt_value self, rt_value elements)
{
    rt_value seq = rt_seq_list(ts, elements);
    if (rt_is_null(seq)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "expected sequence, not \"%.200T\"", elements);
        return seq;
    }
    bool ok = true;
    for (size_t i = 0; ok; i++) {
        rt_value c = rt_list_get(ts, seq, i);
        if (rt_is_null(c))
            break;
        ok = is_element(c) && element_append(ts, self, c) == 0;
        if (!ok && !rt_pending(ts))
            expected_element(ts, c);
        rt_decref(ts, c);
    }
    rt_decref(ts, seq);
    return ok ? RT_NONE : RT_NULL;
}
static rt_value m_insert(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "insert", n, 2, 2) < 0)
        return RT_NULL;
    int64_t i = rt_as_ssize(ts, args[0]);
    if (i == -1 && rt_pending(ts))
        return RT_NULL;
    if (!is_element(args[1]))
        return not_element(ts, "insert() argument 2", args[1]);
    rt_value l = child_list(ts, AS_ELEMENT(self));
    int r = rt_is_null(l) ? -1 : rt_list_insert(ts, l, i, args[1]);
    rt_decref(ts, l);
    return r < 0 ? RT_NULL : RT_NONE;
}
static rt_value m_remove(struct rt_thread *ts, rt_value self, rt_value child)
{
    if (!is_element(child))
        return not_element(ts, "remove() argument", child);
    rt_value l = element_children(ts, AS_ELEMENT(self)), r = RT_NULL;
    for (int pass = 0; pass < 2 && !rt_is_null(l); pass++) /* the very element first, then an equal one */
        for (size_t i = 0;; i++) {
            rt_value c = rt_list_get(ts, l, i);
            if (rt_is_null(c))
                break;
            int same = rt_is(c, child) ? 1 : pass ? rt_equal(ts, c, child) : 0;
            rt_decref(ts, c);
            if (same) {
                rt_value gone = same < 0 ? RT_NULL : rt_list_pop(ts, l, (int64_t)i);
                r = rt_is_null(gone) ? RT_NULL : RT_NONE;
                rt_decref(ts, gone);
                rt_decref(ts, l);
                return r;
            }
        }
    rt_decref(ts, l);
    return rt_raise(ts, &rt_exc_ValueError, "list.remove(x): x not in list");
}
static int64_t element_len(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_slot_peek(&AS_ELEMENT(self)->children);
    if (!l.bits)
        return 0;
    l = element_children(ts, AS_ELEMENT(self));
    int64_t n = rt_is_null(l) ? 0 : (int64_t)rt_list_len(l);
    rt_decref(ts, l);
    return n;
}
static rt_value element_item(struct rt_thread *ts, rt_value self, int64_t i)
{
    rt_value l = element_children(ts, AS_ELEMENT(self)), r = rt_is_null(l) || i < 0 ? RT_NULL : rt_list_get(ts, l, (size_t)i);
    rt_decref(ts, l);
    return rt_is_null(r) ? rt_raise(ts, &rt_exc_IndexError, "child index out of range") : r;
}
static rt_value element_getitem(struct rt_thread *ts, rt_value self, rt_value key)
{
    if (rt_index_check(key)) {
        int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
        if (i == -1 && rt_pending(ts))
            return RT_NULL;
        return element_item(ts, self, i < 0 ? i + element_len(ts, self) : i);
    }
    if (!rt_is_exact(key, &rt_slice_type))
        return rt_raise(ts, &rt_exc_TypeError, "element indices must be integers");
    rt_value l = child_list(ts, AS_ELEMENT(self)), r = rt_is_null(l) ? l : rt_getitem(ts, l, key);
    rt_decref(ts, l);
    return r;
}
static int set_slice(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    rt_value seq = RT_NULL, l = child_list(ts, AS_ELEMENT(self));
    if (rt_is_null(l))
        return -1;
    if (!rt_is_null(v) && rt_is_null(seq = rt_seq_list(ts, v)) && rt_exc_clear_if(ts, &rt_exc_TypeError))
        rt_raise(ts, &rt_exc_TypeError, "expected sequence, not \"%.200T\"", v);
    for (size_t i = 0; !rt_pending(ts) && !rt_is_null(seq) && i < rt_list_len(seq); i++) {
        rt_value c = rt_list_get(ts, seq, i);
        if (!is_element(c))
            expected_element(ts, c);
        rt_decref(ts, c);
    }
    int r = rt_pending(ts) ? -1 : rt_is_null(v) ? rt_delitem(ts, l, key) : rt_setitem(ts, l, key, seq);
    rt_decref(ts, seq);
    rt_decref(ts, l);
    return r;
}
static int element_setitem(struct rt_thread *ts, rt_value self, rt_value key, rt_value v)
{
    if (!rt_index_check(key)) {
        if (rt_is_exact(key, &rt_slice_type))
            return set_slice(ts, self, key, v);
        rt_raise(ts, &rt_exc_TypeError, "element indices must be integers");
        return -1;
    }
    int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
    if (i == -1 && rt_pending(ts))
        return -1;
    if (!rt_is_null(v) && !is_element(v)) {
        expected_element(ts, v);
        return -1;
    }
    int64_t n = element_len(ts, self);
    if (i < 0)
        i += n;
    if (i < 0 || i >= n) {
        rt_raise(ts, &rt_exc_IndexError, "child assignment index out of range");
        return -1;
    }
    rt_value l = element_children(ts, AS_ELEMENT(self));
    int r = rt_is_null(v) ? rt_delitem(ts, l, rt_int_imm(i)) : rt_list_set(ts, l, (size_t)i, rt_newref(ts, v));
    rt_decref(ts, l);
    return r;
}

/* ---- searching ---- */
/* Whether path says more than a tag. */
static bool is_path(rt_value path)
{
    if (!rt_is_ptr(path) || !rt_is_str(path))
        return true;
    struct rt_str *s = rt_as_str(path);
    bool check = true;
    if (s->length >= 3 && rt_str_at(s, 0) == '{' && (rt_str_at(s, 1) == '}' || (rt_str_at(s, 1) == '*' && rt_str_at(s, 2) == '}')))
        return true;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = rt_str_at(s, i);
        if (c == '{')
            check = false;
        else if (c == '}')
            check = true;
        else if (check && (c == '/' || c == '*' || c == '[' || c == '@' || c == '.'))
            return true;
    }
    return false;
}
static rt_value through_path(struct rt_thread *ts, const char *name, rt_value self, const rt_value *v, uint32_t n)
{
    rt_value f = rt_import_attr(ts, "xml.etree.ElementPath", name), a[4] = {self}, r;
    for (uint32_t i = 0; i < n; i++)
        a[i + 1] = rt_is_null(v[i]) ? RT_NONE : v[i];
    r = rt_is_null(f) ? f : rt_call(ts, f, a, n + 1, RT_NULL);
    rt_decref(ts, f);
    return r;
}
static bool plain_search(const rt_value *v, int namespaces) { return !is_path(v[0]) && (rt_is_null(v[namespaces]) || rt_is_none(v[namespaces])); }
/* The next child from *i on with this tag: owned; RT_NULL when there is none or with an exception. */
static rt_value next_match(struct rt_thread *ts, rt_value list, size_t *i, rt_value tag)
{
    for (;;) {
        rt_value c = rt_list_get(ts, list, *i);
        if (rt_is_null(c))
            return c;
        ++*i;
        rt_value t = element_slot(ts, AS_ELEMENT(c), &AS_ELEMENT(c)->tag);
        int same = rt_equal(ts, t, tag);
        rt_decref(ts, t);
        if (same > 0)
            return c;
        rt_decref(ts, c);
        if (same < 0)
            return RT_NULL;
    }
}
static const char *const path_names[] = {"path", "namespaces", NULL};
static rt_value m_find(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {"find", path_names, 0, 1, 2, 2};
    rt_value v[2], r = RT_NULL;
    size_t i = 0;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!plain_search(v, 1))
        return through_path(ts, "find", self, v, 2);
    rt_value l = element_children(ts, AS_ELEMENT(self));
    if (!rt_is_null(l))
        r = next_match(ts, l, &i, v[0]);
    rt_decref(ts, l);
    return rt_is_null(r) && !rt_pending(ts) ? RT_NONE : r;
}
static rt_value m_findtext(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"path", "default", "namespaces", NULL};
    static const struct rt_argspec spec = {"findtext", names, 0, 1, 3, 3};
    rt_value v[3], r = RT_NULL;
    size_t i = 0;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!plain_search(v, 2))
        return through_path(ts, "findtext", self, v, 3);
    rt_value l = element_children(ts, AS_ELEMENT(self)), c = rt_is_null(l) ? l : next_match(ts, l, &i, v[0]);
    if (!rt_is_null(c)) {
        r = rt_slot_get(ts, AS_ELEMENT(c), &AS_ELEMENT(c)->text);
        r = rt_is_null(r) ? rt_str_empty() : r;
    } else if (!rt_pending(ts)) {
        r = rt_is_null(v[1]) ? RT_NONE : rt_newref(ts, v[1]);
    }
    rt_decref(ts, c);
    rt_decref(ts, l);
    return r;
}
static rt_value m_findall(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {"findall", path_names, 0, 1, 2, 2};
    rt_value v[2], c;
    size_t i = 0;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!plain_search(v, 1))
        return through_path(ts, "findall", self, v, 2);
    rt_value l = element_children(ts, AS_ELEMENT(self)), out = rt_list_new(ts, 0);
    while (!rt_is_null(l) && !rt_is_null(out) && !rt_is_null(c = next_match(ts, l, &i, v[0])))
        if (rt_list_append_steal(ts, out, c) < 0)
            break;
    rt_decref(ts, l);
    if (rt_pending(ts))
        rt_clear(ts, &out);
    return out;
}
static rt_value m_iterfind(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {"iterfind", path_names, 0, 1, 2, 2};
    rt_value v[2];
    return rt_args(ts, &spec, args, n, kw, v) < 0 ? RT_NULL : through_path(ts, "iterfind", self, v, 2);
}
static rt_value m_iter(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"tag", NULL};
    static const struct rt_argspec spec = {"iter", names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (rt_is_null(v[0]) || (rt_is_ptr(v[0]) && rt_is_str(v[0]) && rt_str_eq_cstr(v[0], "*")) ||
        (rt_is_ptr(v[0]) && rt_is_bytes(v[0]) && rt_as_bytes(v[0])->length == 1 && rt_as_bytes(v[0])->data[0] == '*'))
        v[0] = RT_NONE;
    return element_iter(ts, self, v[0], false);
}
static rt_value m_itertext(struct rt_thread *ts, rt_value self) { return element_iter(ts, self, RT_NONE, true); }

/* ---- attributes ---- */
static rt_value m_get(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"key", "default", NULL};
    static const struct rt_argspec spec = {"get", names, 0, 1, 2, 2};
    rt_value v[2], r = RT_NULL;
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    rt_value d = rt_slot_get(ts, AS_ELEMENT(self), &AS_ELEMENT(self)->attrib);
    if (!rt_is_null(d))
        r = rt_dict_get(ts, d, v[0]);
    rt_decref(ts, d);
    if (rt_is_null(r) && !rt_pending(ts))
        r = rt_is_null(v[1]) ? RT_NONE : rt_newref(ts, v[1]);
    return r;
}
static rt_value m_set(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "set", n, 2, 2) < 0)
        return RT_NULL;
    rt_value d = attributes(ts, AS_ELEMENT(self));
    int r = rt_is_null(d) ? -1 : rt_dict_set(ts, d, args[0], args[1]);
    rt_decref(ts, d);
    return r < 0 ? RT_NULL : RT_NONE;
}
static rt_value listed(struct rt_thread *ts, rt_value self, rt_value (*list)(struct rt_thread *, rt_value))
{
    rt_value d = rt_slot_get(ts, AS_ELEMENT(self), &AS_ELEMENT(self)->attrib), r = rt_is_null(d) ? rt_list_new(ts, 0) : list(ts, d);
    rt_decref(ts, d);
    return r;
}
static rt_value m_items(struct rt_thread *ts, rt_value self) { return listed(ts, self, rt_dict_items_list); }
static rt_value m_keys(struct rt_thread *ts, rt_value self) { return listed(ts, self, rt_dict_keys_list); }
static rt_value m_sizeof(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm((int64_t)sizeof(struct element) + (element_len(ts, self) || rt_slot_peek(&AS_ELEMENT(self)->attrib).bits ? 48 : 0) + 8 * element_len(ts, self));
}
static rt_value get_slot(struct rt_thread *ts, rt_value self, void *c) { return element_slot(ts, AS_ELEMENT(self), (rt_slot *)((char *)rt_ptr(self) + (uintptr_t)c)); }
static int no_delete(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_null(v))
        return 0;
    rt_raise(ts, &rt_exc_AttributeError, "can't delete element attribute");
    return -1;
}
static int set_slot(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (no_delete(ts, v) < 0)
        return -1;
    put(ts, (rt_slot *)((char *)rt_ptr(self) + (uintptr_t)c), v);
    return 0;
}
static rt_value get_attrib(struct rt_thread *ts, rt_value self, void *c) { return attributes(ts, AS_ELEMENT(self)); }
static int set_attrib(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (no_delete(ts, v) < 0)
        return -1;
    if (!rt_is_dict(v)) {
        rt_raise(ts, &rt_exc_TypeError, "attrib must be dict, not %.200T", v);
        return -1;
    }
    rt_slot_set(ts, &AS_ELEMENT(self)->attrib, rt_newref(ts, v));
    return 0;
}
#define SLOT(name) {#name, get_slot, set_slot, "A string or None", (void *)offsetof(struct element, name)}
static const struct rt_getset_def getset[] = {SLOT(tag), SLOT(text), SLOT(tail), {"attrib", get_attrib, set_attrib, "A dictionary containing the element's attributes"}, {NULL}};
static const struct rt_method_def methods[] = {
    {"clear", element_clear, RT_METH_NOARGS, "clear($self, /)\n--\n\n"}, {"get", m_get, RT_METH_KW, "get($self, /, key, default=None)\n--\n\n"},
    {"set", m_set, RT_METH_FAST, "set($self, key, value, /)\n--\n\n"}, {"find", m_find, RT_METH_KW, "find($self, /, path, namespaces=None)\n--\n\n"},
    {"findtext", m_findtext, RT_METH_KW, "findtext($self, /, path, default=None, namespaces=None)\n--\n\n"},
    {"findall", m_findall, RT_METH_KW, "findall($self, /, path, namespaces=None)\n--\n\n"},
    {"iterfind", m_iterfind, RT_METH_KW, "iterfind($self, /, path, namespaces=None)\n--\n\n"},
    {"append", m_append, RT_METH_O, "append($self, subelement, /)\n--\n\n"}, {"extend", m_extend, RT_METH_O, "extend($self, elements, /)\n--\n\n"},
    {"insert", m_insert, RT_METH_FAST, "insert($self, index, subelement, /)\n--\n\n"}, {"remove", m_remove, RT_METH_O, "remove($self, subelement, /)\n--\n\n"},
    {"iter", m_iter, RT_METH_KW, "iter($self, /, tag=None)\n--\n\n"}, {"itertext", m_itertext, RT_METH_NOARGS, "itertext($self, /)\n--\n\n"},
    {"items", m_items, RT_METH_NOARGS, "items($self, /)\n--\n\n"}, {"keys", m_keys, RT_METH_NOARGS, "keys($self, /)\n--\n\n"},
    {"makeelement", makeelement, RT_METH_FAST, "makeelement($self, tag, attrib, /)\n--\n\n"},
    {"__copy__", element_copy, RT_METH_NOARGS, "__copy__($self, /)\n--\n\n"}, {"__deepcopy__", element_deepcopy, RT_METH_O, "__deepcopy__($self, memo, /)\n--\n\n"},
    {"__getstate__", element_getstate, RT_METH_NOARGS, "__getstate__($self, /)\n--\n\n"}, {"__setstate__", element_setstate, RT_METH_O, "__setstate__($self, state, /)\n--\n\n"},
    {"__sizeof__", m_sizeof, RT_METH_NOARGS, "__sizeof__($self, /)\n--\n\n"}, {NULL},
};
struct rt_type rt_element_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "xml.etree.ElementTree.Element", .flags = RT_TF_BASETYPE | RT_TF_WEAKREF, .basic_size = sizeof(struct element),
    .dealloc = element_clear_slots, .clear = element_clear_slots, .traverse = element_traverse, .new = element_type_new, .init = element_init,
    .repr = element_repr, .len = element_len, .getitem = element_getitem, .setitem = element_setitem, .sq_item = element_item, .methods = methods, .getset = getset,
};

/* ---- the module ---- */
rt_value etree_factory(struct rt_thread *ts, int which) { return rt_interp_kept(ts, which ? "_elementtree.pi" : "_elementtree.comment"); }
static rt_value set_factories(struct rt_thread *ts, rt_value module, const rt_value *args, uint32_t n)
{
    static const char *const keys[] = {"_elementtree.comment", "_elementtree.pi"};
    rt_value old[2];
    if (rt_args_count(ts, "_set_factories", n, 2, 2) < 0)
        return RT_NULL;
    for (int i = 0; i < 2; i++)
        if (!rt_is_none(args[i]) && !rt_is_callable(args[i]))
            return rt_raise(ts, &rt_exc_TypeError, "%s factory must be callable, not %.100T", i ? "PI" : "Comment", args[i]);
    for (int i = 0; i < 2; i++) {
        old[i] = etree_factory(ts, i);
        if (rt_is_null(old[i]))
            old[i] = RT_NONE;
        if (rt_interp_keep(ts, keys[i], args[i]) < 0)
            return RT_NULL;
    }
    return rt_tuple_steal(ts, old, 2);
}
static int exec(struct rt_thread *ts, rt_value m)
{
    struct rt_type *const types[] = {&rt_element_type, &rt_tree_builder_type, &rt_xml_parser_type, &rt_element_iter_type,
                                    &rt_xml_handlers_type};
    rt_value expat = rt_import(ts, "pyexpat");
    if (rt_is_null(expat))
        return -1;
    rt_decref(ts, expat);
    for (size_t i = 0; i < RT_COUNTOF(types); i++)
        if (rt_type_ready(ts, types[i]) < 0 || (i < 3 && rt_module_add_type(ts, m, types[i]) < 0))
            return -1;
    return rt_module_add(ts, m, "ParseError", etree_parse_error(ts));
}
static const struct rt_method_def functions[] = {
    {"SubElement", sub_element, RT_METH_KW, NULL}, {"_set_factories", set_factories, RT_METH_FAST, "_set_factories($module, comment_factory, pi_factory, /)\n--\n\n"
     "Change the factories used to create comments and processing instructions.\n\nFor internal use only."}, {NULL},
};
const struct rt_module_def rt_module__elementtree = {.name = "_elementtree", .methods = functions, .exec = exec};
