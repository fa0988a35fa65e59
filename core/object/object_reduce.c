/* SPDX-License-Identifier: MIT */
/*
 * Pickling of ordinary objects: __getstate__, __reduce__ and __reduce_ex__ (protocol 2 and above here,
 * older ones in copyreg).
 */
#include "core/object/type_internal.h"

/* Names of all __slots__ of cls: copyreg caches them in __slotnames__. List or None. */
static rt_value slot_names(struct rt_thread *ts, struct rt_type *t)
{
    rt_value names = rt_dict_get(ts, rt_type_dict_borrowed(t), RT_ID(__slotnames__));
    if (!rt_is_null(names)) {
        if (rt_is_none(names) || (rt_is_ptr(names) && rt_is_list(names)))
            return names;
        rt_raise(ts, &rt_exc_TypeError, "%.200s.__slotnames__ should be a list or None, not %.200s", t->name,
                 rt_typename(names));
        rt_decref(ts, names);
        return RT_NULL;
    }
    if (rt_pending(ts))
        return RT_NULL;
    rt_value f = rt_import_attr(ts, "copyreg", "_slotnames");
    if (rt_is_null(f))
        return f;
    names = rt_call1(ts, f, rt_type_value(t));
    rt_decref(ts, f);
    if (!rt_is_null(names) && !rt_is_none(names) && !(rt_is_ptr(names) && rt_is_list(names))) {
        rt_raise(ts, &rt_exc_TypeError, "copyreg._slotnames didn't return a list or None");
        rt_clear(ts, &names);
    }
    return names;
}

/* Bytes that plain attribute storage accounts for. */
static bool has_hidden_state(struct rt_type *t, rt_value names)
{
    size_t size = sizeof(struct rt_object);
    if (!rt_is_none(names))
        size += rt_list_len(names) * 8;
    return t->basic_size > size;
}

static rt_value getstate(struct rt_thread *ts, rt_value self, bool required)
{
    struct rt_type *t = rt_type_of(self);
    if (required && rt_type_has(t, RT_TF_VARSIZED))
        return rt_raise(ts, &rt_exc_TypeError, "cannot pickle %.200s objects", t->name);
    rt_value state = RT_NONE;
    if (rt_is_ptr(self) && rt_type_has(t, RT_TF_DICT) && !rt_inst_is_empty(ts, rt_ptr(self)))
        state = rt_inst_state_dict(ts, rt_ptr(self));
    else if (rt_is_exact(self, &rt_module_type))
        state = rt_getattr(ts, self, RT_ID(__dict__));
    if (rt_is_null(state))
        return state;
    rt_value names = slot_names(ts, t);
    if (rt_is_null(names)) {
        rt_decref(ts, state);
        return names;
    }
    if (required && has_hidden_state(t, names)) {
        rt_raise(ts, &rt_exc_TypeError, "cannot pickle '%.200s' object", t->name);
        rt_decref(ts, names);
        rt_decref(ts, state);
        return RT_NULL;
    }
    if (!rt_is_none(names) && rt_list_len(names)) {
        rt_value slots = rt_dict_new(ts), pair = RT_NULL;
        size_t n = rt_list_len(names);
        bool ok = !rt_is_null(slots);
        for (size_t i = 0; ok && i < n; i++) {
            rt_value name = rt_list_get(ts, names, i), v = rt_getattr_opt(ts, self, name);
            ok = !rt_pending(ts) && (rt_is_null(v) || rt_dict_set(ts, slots, name, v) == 0);
            rt_decref(ts, v);
            rt_decref(ts, name);
        }
        if (ok && rt_dict_len(slots)) {
            pair = rt_tuple_pack(ts, 2, state, slots);
            rt_decref(ts, state);
            state = pair;
        } else if (!ok) {
            rt_clear(ts, &state);
        }
        rt_decref(ts, slots);
    }
    rt_decref(ts, names);
    return state;
}

rt_value rt_object_getstate(struct rt_thread *ts, rt_value self) { return getstate(ts, self, false); }

/* self.__getstate__(), natively when it is object's. */
static rt_value call_getstate(struct rt_thread *ts, rt_value self, bool required)
{
    rt_value self2, id = RT_ID(__getstate__), f = rt_getmethod(ts, self, id, &self2), r;
    if (rt_is_null(f))
        return f;
    bool native = (rt_is_exact(f, &rt_method_descr_type) &&
                   ((struct rt_method_descr *)rt_ptr(f))->def->fn == (void *)rt_object_getstate) ||
                  (rt_is_exact(f, &rt_builtin_type) &&
                   ((struct rt_builtin *)rt_ptr(f))->def->fn == (void *)rt_object_getstate &&
                   rt_is(rt_slot_peek(&((struct rt_builtin *)rt_ptr(f))->self), self));
    if (native)
        r = getstate(ts, self, required);
    else
        r = rt_is_null(self2) ? rt_call0(ts, f) : rt_call1(ts, f, self2);
    rt_decref(ts, f);
    return r;
}

/* Arguments for __new__. 1: found, 0: none, -1. */
static int new_arguments(struct rt_thread *ts, rt_value self, rt_value *args, rt_value *kwargs)
{
    *args = *kwargs = RT_NULL;
    rt_value s, f = rt_lookup_special(ts, self, "__getnewargs_ex__", &s);
    if (!rt_is_null(f)) {
        rt_value r = rt_is_null(s) ? rt_call0(ts, f) : rt_call1(ts, f, s);
        rt_decref(ts, f);
        if (rt_is_null(r))
            return -1;
        if (!rt_is_ptr(r) || !rt_is_tuple(r))
            rt_raise(ts, &rt_exc_TypeError, "__getnewargs_ex__ should return a tuple, not '%.200s'", rt_typename(r));
        else if (rt_as_tuple(r)->length != 2)
            rt_raise(ts, &rt_exc_ValueError, "__getnewargs_ex__ should return a tuple of length 2, not %zu",
                     rt_as_tuple(r)->length);
        else if (!rt_is_ptr(rt_as_tuple(r)->items[0]) || !rt_is_tuple(rt_as_tuple(r)->items[0]))
            rt_raise(ts, &rt_exc_TypeError, "first item of the tuple returned by __getnewargs_ex__ must be a "
                     "tuple, not '%.200s'", rt_typename(rt_as_tuple(r)->items[0]));
        else if (!rt_is_ptr(rt_as_tuple(r)->items[1]) || !rt_is_dict(rt_as_tuple(r)->items[1]))
            rt_raise(ts, &rt_exc_TypeError, "second item of the tuple returned by __getnewargs_ex__ must be a "
                     "dict, not '%.200s'", rt_typename(rt_as_tuple(r)->items[1]));
        if (!rt_pending(ts)) {
            *args = rt_newref(ts, rt_as_tuple(r)->items[0]);
            *kwargs = rt_newref(ts, rt_as_tuple(r)->items[1]);
        }
        rt_decref(ts, r);
        return rt_pending(ts) ? -1 : 1;
    }
    if (rt_pending(ts))
        return -1;
    f = rt_lookup_special(ts, self, "__getnewargs__", &s);
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : 0;
    *args = rt_is_null(s) ? rt_call0(ts, f) : rt_call1(ts, f, s);
    rt_decref(ts, f);
    if (rt_is_null(*args))
        return -1;
    if (!rt_is_ptr(*args) || !rt_is_tuple(*args)) {
        rt_raise(ts, &rt_exc_TypeError, "__getnewargs__ should return a tuple, not '%.200s'", rt_typename(*args));
        rt_clear(ts, args);
        return -1;
    }
    return 1;
}

/* Iterators over list and dict contents, or None. */
static int item_iterators(struct rt_thread *ts, rt_value self, rt_value *list, rt_value *dict)
{
    *list = *dict = RT_NONE;
    if (rt_is_ptr(self) && rt_is_list(self))
        *list = rt_iter(ts, self);
    if (rt_is_ptr(self) && rt_is_dict(self)) {
        rt_value items = rt_call_method(ts, self, "items", NULL, 0);
        *dict = rt_is_null(items) ? items : rt_iter(ts, items);
        rt_decref(ts, items);
    }
    return rt_is_null(*list) || rt_is_null(*dict) ? -1 : 0;
}

/* (cls, *args) */
static rt_value prepend(struct rt_thread *ts, rt_value cls, rt_value args)
{
    size_t n = rt_is_null(args) ? 0 : rt_as_tuple(args)->length;
    rt_value t = rt_tuple_new(ts, n + 1);
    if (rt_is_null(t))
        return t;
    rt_as_tuple(t)->items[0] = rt_newref(ts, cls);
    for (size_t i = 0; i < n; i++)
        rt_as_tuple(t)->items[i + 1] = rt_newref(ts, rt_as_tuple(args)->items[i]);
    return t;
}

static rt_value reduce_new(struct rt_thread *ts, rt_value self)
{
    struct rt_type *t = rt_type_of(self);
    rt_value cls = rt_type_value(t), args, kwargs, f = RT_NULL, newargs = RT_NULL, state = RT_NULL;
    rt_value list = RT_NONE, dict = RT_NONE, r = RT_NULL;
    if (!t->new)
        return rt_raise(ts, &rt_exc_TypeError, "cannot pickle '%.200s' object", t->name);
    int has = new_arguments(ts, self, &args, &kwargs);
    if (has < 0)
        return RT_NULL;
    if (rt_is_null(kwargs) || rt_dict_len(kwargs) == 0) {
        f = rt_import_attr(ts, "copyreg", "__newobj__");
        newargs = rt_is_null(f) ? f : prepend(ts, cls, args);
    } else {
        f = rt_import_attr(ts, "copyreg", "__newobj_ex__");
        newargs = rt_is_null(f) ? f : rt_tuple_pack(ts, 3, cls, args, kwargs);
    }
    if (!rt_is_null(newargs)) {
        bool required = !has && !(rt_is_ptr(self) && (rt_is_list(self) || rt_is_dict(self)));
        state = call_getstate(ts, self, required);
    }
    if (!rt_is_null(state) && item_iterators(ts, self, &list, &dict) == 0)
        r = rt_tuple_pack(ts, 5, f, newargs, state, list, dict);
    rt_decref(ts, list);
    rt_decref(ts, dict);
    rt_decref(ts, state);
    rt_decref(ts, newargs);
    rt_decref(ts, f);
    rt_decref(ts, args);
    rt_decref(ts, kwargs);
    return r;
}

static rt_value reduce_protocol(struct rt_thread *ts, rt_value self, int64_t protocol)
{
    if (protocol >= 2)
        return reduce_new(ts, self);
    rt_value f = rt_import_attr(ts, "copyreg", "_reduce_ex");
    if (rt_is_null(f))
        return f;
    rt_value r = rt_call2(ts, f, self, rt_int_imm(protocol));
    rt_decref(ts, f);
    return r;
}

rt_value rt_object_reduce(struct rt_thread *ts, rt_value self) { return reduce_protocol(ts, self, 0); }

rt_value rt_object_reduce_ex(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int64_t protocol = rt_as_i64(ts, arg);
    if (protocol == -1 && rt_pending(ts))
        return RT_NULL;
    rt_value f = rt_type_lookup(ts, rt_type_of(self), RT_ID(__reduce__));
    rt_value mine = rt_type_lookup(ts, &rt_object_type, RT_ID(__reduce__));
    bool overridden = !rt_is_null(f) && !rt_is(f, mine);
    rt_decref(ts, f);
    rt_decref(ts, mine);
    if (!overridden)
        return reduce_protocol(ts, self, protocol);
    return rt_call_method(ts, self, "__reduce__", NULL, 0);
}
