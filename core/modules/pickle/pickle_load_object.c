/* SPDX-License-Identifier: MIT */
/*
 * _pickle: the opcodes that find classes, make instances and set their state. State for ordinary instances goes straight
 * into their attribute storage.
 */
#include "core/modules/pickle/unpickler_stack.h"

static rt_value find_class(struct rt_thread *ts, rt_value self, rt_value module, rt_value name)
{
    if (rt_is_exact(self, &rt_unpickler_type))
        return rt_pickle_find_class(ts, self, module, name);
    rt_value args[2] = {module, name};
    return rt_call_method(ts, self, "find_class", args, 2);
}

int rt_unpickler_load_persid(struct rt_thread *ts, rt_value self, bool binary)
{
    U *u = rt_as_unpickler(self);
    rt_value pid, f;
    if (rt_is_null(u->pers_func)) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "A load persistent id instruction was encountered,\n"
                                             "but no persistent_load function was specified.");
        return -1;
    }
    if (binary) {
        pid = pop(ts, u);
    } else {
        size_t n;
        const uint8_t *s = rt_unpickler_line(ts, u, &n);
        if (!s)
            return -1;
        pid = rt_str_decode(ts, (const char *)s, n - 1, "ascii", "strict");
        if (rt_is_null(pid) && rt_exc_clear_if(ts, &rt_exc_UnicodeDecodeError))
            RT_PICKLE_ERROR(ts, UnpicklingError, "persistent IDs in protocol 0 must be ASCII strings");
    }
    if (rt_is_null(pid))
        return -1;
    f = rt_newref(ts, u->pers_func);
    rt_value o = u->pers_unbound ? rt_call2(ts, f, self, pid) : rt_call1(ts, f, pid);
    rt_decref(ts, f);
    rt_decref(ts, pid);
    return push(ts, u, o);
}

static rt_value line_name(struct rt_thread *ts, U *u, const char *encoding)
{
    size_t n;
    const uint8_t *s = rt_unpickler_line(ts, u, &n);
    if (!s)
        return RT_NULL;
    if (n < 2) {
        rt_unpickler_truncated(ts);
        return RT_NULL;
    }
    return rt_str_decode(ts, (const char *)s, n - 1, encoding, "strict");
}

rt_value rt_unpickler_line_class(struct rt_thread *ts, rt_value self, const char *encoding)
{
    U *u = rt_as_unpickler(self);
    rt_value module = line_name(ts, u, encoding), name, cls;
    if (rt_is_null(module))
        return module;
    name = line_name(ts, u, encoding);
    cls = rt_is_null(name) ? name : find_class(ts, self, module, name);
    rt_decref(ts, name);
    rt_decref(ts, module);
    return cls;
}

int rt_unpickler_load_stack_global(struct rt_thread *ts, rt_value self)
{
    U *u = rt_as_unpickler(self);
    rt_value name = pop(ts, u), module = rt_is_null(name) ? name : pop(ts, u), cls = RT_NULL;
    if (!rt_is_null(module)) {
        if (rt_is_str_exact(name) && rt_is_str_exact(module))
            cls = find_class(ts, self, module, name);
        else
            RT_PICKLE_ERROR(ts, UnpicklingError, "STACK_GLOBAL requires str");
    }
    rt_decref(ts, name);
    rt_decref(ts, module);
    return push(ts, u, cls);
}

/* Old-style instances: cls(*args); both consumed. */
static int instantiate(struct rt_thread *ts, U *u, rt_value cls, rt_value args)
{
    rt_value o = RT_NULL;
    if (!rt_is_null(cls) && !rt_is_null(args)) {
        bool call = true;
        if (rt_as_tuple(args)->length == 0 && rt_is_type(cls)) {
            rt_value f = rt_getattr_opt_cstr(ts, cls, "__getinitargs__");
            call = !rt_is_null(f);
            rt_decref(ts, f);
        }
        if (call)
            o = rt_call_ex(ts, cls, args, RT_NULL);
        else if (!rt_pending(ts))
            o = rt_call_method(ts, cls, "__new__", &cls, 1);
    }
    rt_decref(ts, cls);
    rt_decref(ts, args);
    return push(ts, u, o);
}

int rt_unpickler_load_obj(struct rt_thread *ts, U *u)
{
    int64_t m = rt_unpickler_take_mark(ts, u);
    if (m < 0)
        return -1;
    if (u->len < (size_t)m + 1)
        return rt_unpickler_underflow(ts, u);
    rt_value args = rt_unpickler_take_tuple(ts, u, (size_t)m + 1);
    return instantiate(ts, u, rt_is_null(args) ? args : pop(ts, u), args);
}

int rt_unpickler_load_inst(struct rt_thread *ts, rt_value self)
{
    U *u = rt_as_unpickler(self);
    int64_t m = rt_unpickler_take_mark(ts, u);
    if (m < 0)
        return -1;
    rt_value cls = rt_unpickler_line_class(ts, self, "ascii");
    return instantiate(ts, u, cls, rt_is_null(cls) ? cls : rt_unpickler_take_tuple(ts, u, (size_t)m));
}

/* cls.__new__(cls, *args, **kwargs) through the slot; argument words borrowed. */
static rt_value call_new(struct rt_thread *ts, rt_value cls, rt_value args, rt_value kwargs)
{
    struct rt_type *t = rt_as_type(cls);
    size_t n = rt_as_tuple(args)->length, nkw = rt_is_null(kwargs) ? 0 : rt_dict_len(kwargs);
    if (nkw == 0)
        return t->new(ts, t, rt_as_tuple(args)->items, (uint32_t)n, RT_NULL);
    rt_value all = rt_tuple_new(ts, n + 1), make, r = RT_NULL;
    if (rt_is_null(all))
        return all;
    rt_as_tuple(all)->items[0] = rt_newref(ts, cls);
    for (size_t i = 0; i < n; i++)
        rt_as_tuple(all)->items[i + 1] = rt_newref(ts, rt_as_tuple(args)->items[i]);
    make = rt_getattr(ts, cls, RT_ID(__new__));
    if (!rt_is_null(make))
        r = rt_call_ex(ts, make, all, kwargs);
    rt_decref(ts, make);
    rt_decref(ts, all);
    return r;
}

int rt_unpickler_load_newobj(struct rt_thread *ts, U *u, bool ex)
{
    const char *op = ex ? "NEWOBJ_EX" : "NEWOBJ";
    rt_value kwargs = RT_NULL, args, cls, o = RT_NULL;
    if (ex && rt_is_null(kwargs = pop(ts, u)))
        return -1;
    args = pop(ts, u);
    cls = rt_is_null(args) ? args : pop(ts, u);
    if (rt_is_null(cls)) {
        rt_decref(ts, args);
        rt_decref(ts, kwargs);
        return -1;
    }
    if (!rt_is_ptr(cls) || !rt_is_type(cls))
        RT_PICKLE_ERROR(ts, UnpicklingError, "%s class argument must be a type, not %.200s", op, rt_typename(cls));
    else if (!rt_as_type(cls)->new)
        RT_PICKLE_ERROR(ts, UnpicklingError, "%s class argument '%.200s' doesn't have __new__", op,
                        rt_as_type(cls)->name);
    else if (!rt_is_ptr(args) || !rt_is_tuple(args))
        RT_PICKLE_ERROR(ts, UnpicklingError, "%s args argument must be a tuple, not %.200s", op, rt_typename(args));
    else if (ex && (!rt_is_ptr(kwargs) || !rt_is_dict(kwargs)))
        RT_PICKLE_ERROR(ts, UnpicklingError, "%s kwargs argument must be a dict, not %.200s", op,
                        rt_typename(kwargs));
    else
        o = call_new(ts, cls, args, kwargs);
    rt_decref(ts, cls);
    rt_decref(ts, args);
    rt_decref(ts, kwargs);
    return push(ts, u, o);
}

int rt_unpickler_load_reduce(struct rt_thread *ts, U *u)
{
    rt_value args = pop(ts, u), f = rt_is_null(args) ? args : pop(ts, u), r = RT_NULL;
    if (!rt_is_null(f)) {
        if (rt_is_ptr(args) && rt_is_tuple(args))
            r = rt_call(ts, f, rt_as_tuple(args)->items, (uint32_t)rt_as_tuple(args)->length, RT_NULL);
        else
            rt_raise(ts, &rt_exc_TypeError, "argument list must be a tuple");
    }
    rt_decref(ts, f);
    rt_decref(ts, args);
    return push(ts, u, r);
}

/* Attributes from a dict that nobody else can change meanwhile (it is on our stack). */
static int set_attributes(struct rt_thread *ts, rt_value o, rt_value state)
{
    bool direct = rt_is_ptr(o) && rt_type_has(rt_type_of(o), RT_TF_DICT) && rt_type_has(rt_type_of(o), RT_TF_HEAP) &&
                  !rt_type_has(rt_type_of(o), RT_TF_TYPE | RT_TF_VARSIZED) &&
                  rt_type_of(o)->getattro == rt_object_type.getattro;
    rt_value dict = RT_NULL, k, v;
    size_t pos = 0;
    int r = 0;
    if (!direct && rt_is_null(dict = rt_getattr(ts, o, RT_ID(__dict__))))
        return -1;
    while (r == 0 && rt_dict_next(ts, state, &pos, &k, &v)) {
        rt_value name = rt_is_str_exact(k) ? rt_str_intern(ts, k) : rt_newref(ts, k);
        if (rt_is_null(name)) {
            r = -1;
        } else if (direct && rt_is_str_exact(name)) {
            r = rt_inst_set(ts, rt_ptr(o), name, v);
        } else {
            if (rt_is_null(dict))
                dict = rt_getattr(ts, o, RT_ID(__dict__));
            r = rt_is_null(dict) ? -1 : rt_setitem(ts, dict, name, v);
        }
        rt_decref(ts, name);
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    rt_decref(ts, dict);
    return r;
}

static int set_state(struct rt_thread *ts, rt_value o, rt_value state)
{
    rt_value slots = RT_NULL, k, v;
    size_t pos = 0;
    int r = 0;
    if (rt_is_ptr(state) && rt_is_tuple(state) && rt_as_tuple(state)->length == 2) {
        slots = rt_as_tuple(state)->items[1];
        state = rt_as_tuple(state)->items[0];
    }
    if (!rt_is_none(state)) {
        if (!rt_is_ptr(state) || !rt_is_dict(state)) {
            RT_PICKLE_ERROR(ts, UnpicklingError, "state is not a dictionary");
            return -1;
        }
        if (set_attributes(ts, o, state) < 0)
            return -1;
    }
    if (rt_is_null(slots) || rt_is_none(slots))
        return 0;
    if (!rt_is_ptr(slots) || !rt_is_dict(slots)) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "slot state is not a dictionary");
        return -1;
    }
    while (r == 0 && rt_dict_next(ts, slots, &pos, &k, &v)) {
        if (rt_is_ptr(k) && rt_is_str(k)) {
            r = rt_setattr(ts, o, k, v);
        } else {
            rt_raise(ts, &rt_exc_TypeError, "attribute name must be string, not '%.200s'", rt_typename(k));
            r = -1;
        }
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    return r;
}

int rt_unpickler_load_build(struct rt_thread *ts, U *u)
{
    if (u->len < u->fence + 2)
        return rt_unpickler_underflow(ts, u);
    rt_value state = u->stack[--u->len], o = u->stack[u->len - 1];
    rt_value f = rt_getattr_opt(ts, o, RT_ID(__setstate__));
    int r;
    if (!rt_is_null(f)) {
        rt_value done = rt_call1(ts, f, state);
        r = rt_is_null(done) ? -1 : 0;
        rt_decref(ts, done);
        rt_decref(ts, f);
    } else {
        r = rt_pending(ts) ? -1 : set_state(ts, o, state);
    }
    rt_decref(ts, state);
    return r;
}

int rt_unpickler_load_ext(struct rt_thread *ts, rt_value self, size_t size)
{
    U *u = rt_as_unpickler(self);
    const uint8_t *p = rt_unpickler_read(ts, u, size);
    if (!p)
        return -1;
    int64_t code = size == 4 ? (int32_t)little(p, 4) : (int64_t)little(p, size);
    if (code <= 0) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "EXT specifies code <= 0");
        return -1;
    }
    rt_value key = rt_int_imm(code), cache = rt_pickle_state(ts, PI_extension_cache), pair, o;
    o = rt_dict_get(ts, cache, key);
    if (!rt_is_null(o) || rt_pending(ts))
        return push(ts, u, o);
    pair = rt_dict_get(ts, rt_pickle_state(ts, PI_inverted_registry), key);
    if (rt_is_null(pair)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_ValueError, "unregistered extension code %ld", (long)code);
        return -1;
    }
    if (!rt_is_ptr(pair) || !rt_is_tuple(pair) || rt_as_tuple(pair)->length != 2 ||
        !rt_is_ptr(rt_as_tuple(pair)->items[0]) || !rt_is_str(rt_as_tuple(pair)->items[0]) ||
        !rt_is_ptr(rt_as_tuple(pair)->items[1]) || !rt_is_str(rt_as_tuple(pair)->items[1])) {
        rt_raise(ts, &rt_exc_ValueError, "_inverted_registry[%ld] isn't a 2-tuple of strings", (long)code);
    } else {
        o = find_class(ts, self, rt_as_tuple(pair)->items[0], rt_as_tuple(pair)->items[1]);
        if (!rt_is_null(o) && rt_dict_set(ts, cache, key, o) < 0)
            rt_clear(ts, &o);
    }
    rt_decref(ts, pair);
    return push(ts, u, o);
}
