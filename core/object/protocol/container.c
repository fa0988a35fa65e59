/* SPDX-License-Identifier: MIT */
/* Sizes, subscripts and membership; lists and tuples out of iterables; mapping views. */
#include "core/object/object_internal.h"

int64_t rt_len(struct rt_thread *ts, rt_value o)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_likely(t->len))
        return t->len(ts, o);
    rt_raise(ts, &rt_exc_TypeError, "object of type '%.200s' has no len()", t->name);
    return -1;
}

/* ---- subscripts ------------------------------------------------------------------------------ */

static rt_value class_getitem(struct rt_thread *ts, rt_value cls, rt_value key)
{
    if (rt_as_type(cls) == &rt_type_type)
        return rt_generic_alias_new(ts, cls, key);
    rt_value f = rt_getattr_opt(ts, cls, RT_ID(__class_getitem__));
    if (!rt_is_null(f) && !rt_is_none(f)) {
        rt_value r = rt_call1(ts, f, key);
        rt_decref(ts, f);
        return r;
    }
    if (!rt_pending(ts))
        rt_raise(ts, &rt_exc_TypeError, "type '%.200s' is not subscriptable", rt_as_type(cls)->name);
    return RT_NULL;
}

rt_value rt_getitem(struct rt_thread *ts, rt_value o, rt_value key)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_likely(t->getitem))
        return t->getitem(ts, o, key);
    if (t->sq_item) {
        if (!rt_index_check(key))
            return rt_raise(ts, &rt_exc_TypeError, "sequence index must be integer, not '%.200s'",
                            rt_typename(key));
        int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
        return i == -1 && rt_pending(ts) ? RT_NULL : rt_seq_getitem(ts, o, i);
    }
    if (rt_is_type(o))
        return class_getitem(ts, o, key);
    return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object is not subscriptable", t->name);
}

static int set_or_delete(struct rt_thread *ts, rt_value o, rt_value key, rt_value v)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_likely(t->setitem))
        return t->setitem(ts, o, key, v);
    if (t->sq_setitem) {
        if (!rt_index_check(key)) {
            rt_raise(ts, &rt_exc_TypeError, "sequence index must be integer, not '%.200s'", rt_typename(key));
            return -1;
        }
        int64_t i = rt_as_index(ts, key, &rt_exc_IndexError);
        return i == -1 && rt_pending(ts) ? -1 : rt_seq_setitem(ts, o, i, v);
    }
    /* deleting by an index is a matter of sequences, which say so in other words */
    bool sequence = t->sq_item || t->len || t->contains || (t->flags & RT_TF_HEAP);
    rt_raise(ts, &rt_exc_TypeError, "'%.200s' object %s item %s", t->name,
             rt_is_null(v) && sequence && rt_index_check(key) ? "doesn't support" : "does not support",
             rt_is_null(v) ? "deletion" : "assignment");
    return -1;
}

int rt_setitem(struct rt_thread *ts, rt_value o, rt_value key, rt_value v)
{
    return set_or_delete(ts, o, key, v);
}

int rt_delitem(struct rt_thread *ts, rt_value o, rt_value key)
{
    return set_or_delete(ts, o, key, RT_NULL);
}

/* Negative i counts from the end when the type knows its length. 0 or -1. */
static int adjust(struct rt_thread *ts, struct rt_type *t, rt_value o, int64_t *i)
{
    if (*i >= 0 || !t->len)
        return 0;
    int64_t n = t->len(ts, o);
    if (n < 0)
        return -1;
    *i += n;
    return 0;
}

rt_value rt_seq_getitem(struct rt_thread *ts, rt_value o, int64_t i)
{
    struct rt_type *t = rt_type_of(o);
    if (t->sq_item)
        return adjust(ts, t, o, &i) < 0 ? RT_NULL : t->sq_item(ts, o, i);
    if (t->getitem)
        return rt_raise(ts, &rt_exc_TypeError, "%.200s is not a sequence", t->name);
    return rt_raise(ts, &rt_exc_TypeError, "'%.200s' object does not support indexing", t->name);
}

int rt_seq_setitem(struct rt_thread *ts, rt_value o, int64_t i, rt_value v)
{
    struct rt_type *t = rt_type_of(o);
    if (t->sq_setitem)
        return adjust(ts, t, o, &i) < 0 ? -1 : t->sq_setitem(ts, o, i, v);
    rt_raise(ts, &rt_exc_TypeError, "'%.200s' object %s item %s", t->name,
             rt_is_null(v) ? "doesn't support" : "does not support",
             rt_is_null(v) ? "deletion" : "assignment");
    return -1;
}

bool rt_is_sequence(rt_value o)
{
    struct rt_type *t = rt_type_of(o);
    return !rt_type_has(t, RT_TF_DICT_SUB) && t->sq_item != NULL;
}

bool rt_is_mapping(rt_value o) { return rt_type_of(o)->getitem != NULL; }

/* ---- membership ------------------------------------------------------------------------------ */

int rt_iter_contains(struct rt_thread *ts, rt_value o, rt_value v)
{
    rt_value it = rt_iter(ts, o), x;
    int found = 0;
    if (rt_is_null(it)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            rt_raise(ts, &rt_exc_TypeError, "argument of type '%.200s' is not iterable", rt_typename(o));
        return -1;
    }
    while (!found && !rt_is_stop(x = rt_next(ts, it))) {
        if (rt_is_null(x)) {
            found = -1;
            break;
        }
        found = rt_equal(ts, x, v);
        rt_decref(ts, x);
    }
    rt_decref(ts, it);
    return found;
}

int rt_contains(struct rt_thread *ts, rt_value o, rt_value v)
{
    struct rt_type *t = rt_type_of(o);
    return t->contains ? t->contains(ts, o, v) : rt_iter_contains(ts, o, v);
}

/* ---- collecting ------------------------------------------------------------------------------ */

rt_value rt_seq_list(struct rt_thread *ts, rt_value o)
{
    if (rt_is_exact(o, &rt_list_type))
        return rt_list_slice(ts, o, 0, INT64_MAX, 1);
    rt_value list = rt_list_new(ts, 0);
    if (!rt_is_null(list) && rt_list_extend(ts, list, o) < 0)
        rt_clear(ts, &list);
    return list;
}

rt_value rt_seq_tuple(struct rt_thread *ts, rt_value o)
{
    if (rt_is_exact(o, &rt_tuple_type))
        return rt_newref(ts, o);
    if (rt_is_exact(o, &rt_list_type))
        return rt_list_to_tuple(ts, o);
    rt_value list = rt_seq_list(ts, o);
    if (rt_is_null(list))
        return list;
    rt_value t = rt_list_to_tuple(ts, list);
    rt_decref(ts, list);
    return t;
}

static rt_value view_list(struct rt_thread *ts, rt_value o, const char *method)
{
    rt_value v = rt_call_method(ts, o, method, NULL, 0);
    if (rt_is_null(v) || rt_is_exact(v, &rt_list_type))
        return v;
    rt_value it = rt_iter(ts, v), list = RT_NULL;
    if (!rt_is_null(it)) {
        list = rt_seq_list(ts, it);
    } else if (rt_exc_clear_if(ts, &rt_exc_TypeError)) {
        rt_raise(ts, &rt_exc_TypeError, "%.200s.%s() returned a non-iterable (type %.200s)", rt_typename(o),
                 method, rt_typename(v));
    }
    rt_decref(ts, it);
    rt_decref(ts, v);
    return list;
}

rt_value rt_mapping_keys(struct rt_thread *ts, rt_value o)
{
    return rt_is_exact(o, &rt_dict_type) ? rt_dict_keys_list(ts, o) : view_list(ts, o, "keys");
}
rt_value rt_mapping_items(struct rt_thread *ts, rt_value o)
{
    return rt_is_exact(o, &rt_dict_type) ? rt_dict_items_list(ts, o) : view_list(ts, o, "items");
}
rt_value rt_mapping_values(struct rt_thread *ts, rt_value o)
{
    return rt_is_exact(o, &rt_dict_type) ? rt_dict_values_list(ts, o) : view_list(ts, o, "values");
}
