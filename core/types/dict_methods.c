/* SPDX-License-Identifier: MIT */
/* The methods of dict. */
#include "core/types/set_internal.h"
#include "core/types/dict_internal.h"

static rt_value dict_contains(struct rt_thread *ts, rt_value self, rt_value key)
{
    int r = rt_dict_contains(ts, self, key);
    return r < 0 ? RT_NULL : rt_bool(r);
}

static rt_value dict_subscript(struct rt_thread *ts, rt_value self, rt_value key)
{
    return rt_dict_type.getitem(ts, self, key);
}

static rt_value dict_get(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "get", n, 1, 2) < 0)
        return RT_NULL;
    rt_value v = rt_dict_get(ts, self, args[0]);
    if (rt_is_null(v) && !rt_pending(ts))
        return n > 1 ? rt_newref(ts, args[1]) : RT_NONE;
    return v;
}

static rt_value dict_setdefault(struct rt_thread *ts, rt_value self, const rt_value *args,
                                uint32_t n)
{
    if (rt_args_count(ts, "setdefault", n, 1, 2) < 0)
        return RT_NULL;
    return rt_dict_setdefault(ts, self, args[0], n > 1 ? args[1] : RT_NONE);
}

static rt_value dict_pop(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "pop", n, 1, 2) < 0)
        return RT_NULL;
    return rt_dict_pop(ts, self, args[0], n > 1 ? args[1] : RT_NULL);
}

static rt_value dict_popitem(struct rt_thread *ts, rt_value self)
{
    rt_value v[2];
    if (!rt_dict_remove_last(ts, rt_as_dict(self), &v[0], &v[1]))
        return rt_raise(ts, &rt_exc_KeyError, "popitem(): dictionary is empty");
    return rt_tuple_steal(ts, v, 2);
}

static rt_value dict_keys(struct rt_thread *ts, rt_value self)
{
    return rt_dict_view_new(ts, self, &rt_dict_keys_type);
}

static rt_value dict_values(struct rt_thread *ts, rt_value self)
{
    return rt_dict_view_new(ts, self, &rt_dict_values_type);
}

static rt_value dict_items(struct rt_thread *ts, rt_value self)
{
    return rt_dict_view_new(ts, self, &rt_dict_items_type);
}

static rt_value dict_update(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n,
                            rt_value kw)
{
    return rt_dict_update_args(ts, "update", self, args, n, kw) < 0 ? RT_NULL : RT_NONE;
}

/* Keys of exact dicts and of sets come with their hashes. */
static int fill_hashed(struct rt_thread *ts, rt_value d, rt_value from, rt_value value)
{
    bool set = rt_is_anyset(from);
    rt_value key;
    int64_t hash;
    size_t pos = 0;
    int r = 0;
    while (r == 0 && (set ? rt_set_next_hash(ts, rt_as_set(from), &pos, &key, &hash)
                          : rt_dict_next_hash(ts, from, &pos, &key, NULL, &hash))) {
        r = rt_dict_set_hash(ts, d, key, hash, value);
        rt_decref(ts, key);
    }
    return r;
}

/* Key by key. */
static int fill(struct rt_thread *ts, rt_value d, rt_value iterable, rt_value value)
{
    bool exact = rt_is_exact(d, &rt_dict_type);
    if (exact && (rt_is_exact(iterable, &rt_dict_type) || rt_is_exact(iterable, &rt_set_type) ||
                  rt_is_exact(iterable, &rt_frozenset_type)))
        return fill_hashed(ts, d, iterable, value);
    struct rt_cursor c;
    rt_value key;
    int r = 0;
    if (rt_cursor_open(ts, &c, iterable) < 0)
        return -1;
    if (exact)
        rt_dict_expect(ts, d, rt_cont_length(iterable));
    while (r == 0 && !rt_is_stop(key = rt_cursor_next(ts, &c))) {
        if (rt_is_null(key))
            r = -1;
        else
            r = exact ? rt_dict_set(ts, d, key, value) : rt_setitem(ts, d, key, value);
        rt_decref(ts, key);
    }
    rt_cursor_close(ts, &c);
    return r;
}

static rt_value dict_fromkeys(struct rt_thread *ts, rt_value cls, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "fromkeys", n, 1, 2) < 0)
        return RT_NULL;
    rt_value value = n > 1 ? args[1] : RT_NONE, d;
    d = rt_as_type(cls) == &rt_dict_type ? rt_dict_new(ts) : rt_call0(ts, cls);
    if (rt_is_null(d))
        return d;
    if (fill(ts, d, args[0], value) < 0) {
        rt_decref(ts, d);
        return RT_NULL;
    }
    return d;
}

static rt_value dict_clear(struct rt_thread *ts, rt_value self)
{
    rt_dict_clear(ts, self);
    return RT_NONE;
}

static rt_value dict_copy(struct rt_thread *ts, rt_value self)
{
    return rt_dict_copy(ts, self);
}

static rt_value dict_reversed(struct rt_thread *ts, rt_value self)
{
    return rt_dict_iter_make(ts, self, &rt_dict_revkeyiter_type);
}

static rt_value dict_sizeof(struct rt_thread *ts, rt_value self)
{
    struct rt_dict_table *t = rt_load_acquire(&rt_as_dict(self)->table);
    size_t n = rt_type_of(self)->basic_size;
    return rt_int_imm((int64_t)(n + (t->is_static ? 0 : rt_dict_table_bytes(t))));
}

rt_value rt_dict_or(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!rt_is_dict(a) || !rt_is_dict(b))
        return RT_NOTIMPL;
    rt_value r = rt_dict_copy(ts, a);
    if (!rt_is_null(r) && rt_dict_update(ts, r, b) < 0)
        rt_clear(ts, &r);
    return r;
}

rt_value rt_dict_ior(struct rt_thread *ts, rt_value a, rt_value b)
{
    return rt_dict_update(ts, a, b) < 0 ? RT_NULL : rt_newref(ts, a);
}

const struct rt_method_def rt_dict_methods[] = {
    {"__contains__", dict_contains, RT_METH_O | RT_METH_COEXIST,
     "__contains__($self, key, /)\n--\n\nTrue if the dictionary has the specified key."},
    {"__getitem__", dict_subscript, RT_METH_O | RT_METH_COEXIST,
     "__getitem__($self, key, /)\n--\n\nReturn self[key]."},
    {"__sizeof__", dict_sizeof, RT_METH_NOARGS,
     "__sizeof__($self, /)\n--\n\nSize of the dictionary in memory, in bytes."},
    {"get", dict_get, RT_METH_FAST,
     "get($self, key, default=None, /)\n--\n\nThe value for key, or default if there is none."},
    {"setdefault", dict_setdefault, RT_METH_FAST,
     "setdefault($self, key, default=None, /)\n--\n\n"
     "The value for key; if there is none, default is inserted and returned."},
    {"pop", dict_pop, RT_METH_FAST,
     "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\n"
     "Without the key: d if it was given, otherwise KeyError."},
    {"popitem", dict_popitem, RT_METH_NOARGS,
     "popitem($self, /)\n--\n\n"
     "Remove and return the (key, value) pair inserted last; KeyError if there is none."},
    {"keys", dict_keys, RT_METH_NOARGS, "D.keys() -> a set-like object providing a view on D's keys"},
    {"items", dict_items, RT_METH_NOARGS,
     "D.items() -> a set-like object providing a view on D's items"},
    {"values", dict_values, RT_METH_NOARGS,
     "D.values() -> an object providing a view on D's values"},
    {"update", dict_update, RT_METH_KW,
     "D.update([E, ]**F) -> None.  Update D from mapping or iterable of pairs E, then from F."},
    {"fromkeys", dict_fromkeys, RT_METH_FAST | RT_METH_CLASS,
     "fromkeys($type, iterable, value=None, /)\n--\n\n"
     "A new dictionary with keys from iterable, all with the same value."},
    {"clear", dict_clear, RT_METH_NOARGS, "D.clear() -> None.  Remove all items from D."},
    {"copy", dict_copy, RT_METH_NOARGS, "D.copy() -> a shallow copy of D"},
    {"__reversed__", dict_reversed, RT_METH_NOARGS,
     "__reversed__($self, /)\n--\n\nReturn a reverse iterator over the dict keys."},
    RT_CLASS_GETITEM,
    {0},
};
