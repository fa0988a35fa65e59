/* SPDX-License-Identifier: MIT */
/*
 * BaseException: construction, text, pickling, and the attributes that chain exceptions.
 */
#include "core/types/exceptions/exc_internal.h"

static struct rt_exc_base *self_of(rt_value v) { return rt_as_exc(v); }

/* ---- construction ---------------------------------------------------------------------------- */

rt_value rt_exc_base_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value v = rt_type_alloc(ts, t);
    if (rt_is_null(v))
        return v;
    rt_value tuple = n ? rt_tuple_from(ts, args, n) : rt_tuple_empty();
    if (rt_is_null(tuple)) {
        rt_slot_init(&self_of(v)->args, rt_tuple_empty());
        rt_decref(ts, v);
        return tuple;
    }
    rt_slot_init(&self_of(v)->args, tuple);
    return v;
}

/* The tuple made by __new__ already says so. */
static bool same_args(rt_value tuple, const rt_value *args, uint32_t n)
{
    struct rt_tuple *t = rt_as_tuple(tuple);
    if (t->length != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!rt_is(t->items[i], args[i]))
            return false;
    return true;
}

static int set_args(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    rt_value old = rt_slot_get(ts, rt_ptr(self), &self_of(self)->args);
    bool same = same_args(old, args, n);
    rt_decref(ts, old);
    if (same)
        return 0;
    rt_value tuple = rt_tuple_from(ts, args, n);
    if (rt_is_null(tuple))
        return -1;
    rt_slot_set(ts, &self_of(self)->args, tuple);
    return 0;
}

int rt_exc_base_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_no_keywords(ts, rt_typename(self), kw) < 0)
        return -1;
    return set_args(ts, self, args, n);
}

int rt_exc_keywords(struct rt_thread *ts, const char *fname, const char *const *names,
                    const rt_value *args, uint32_t n, rt_value kw, rt_value *out)
{
    uint32_t count = rt_is_null(kw) ? 0 : (uint32_t)rt_as_tuple(kw)->length;
    uint32_t max = 0;
    for (; names[max]; max++)
        out[max] = RT_NULL;
    if (count > max) {
        rt_raise(ts, &rt_exc_TypeError, "%s() takes at most %u keyword argument%s (%u given)", fname, max,
                 max == 1 ? "" : "s", count);
        return -1;
    }
    for (uint32_t k = 0; k < count; k++) {
        rt_value key = rt_as_tuple(kw)->items[k];
        uint32_t i = 0;
        while (names[i] && !rt_str_eq_cstr(key, names[i]))
            i++;
        if (!names[i]) {
            rt_raise(ts, &rt_exc_TypeError, "'%U' is an invalid keyword argument for %s()", key, fname);
            return -1;
        }
        out[i] = args[n + k];
    }
    return 0;
}

rt_value rt_exc_args(struct rt_thread *ts, rt_value self)
{
    return rt_slot_get(ts, rt_ptr(self), &self_of(self)->args);
}

/* ---- text ------------------------------------------------------------------------------------ */

rt_value rt_exc_base_str(struct rt_thread *ts, rt_value self)
{
    rt_value args = rt_exc_args(ts, self), r;
    struct rt_tuple *t = rt_as_tuple(args);
    if (t->length == 0)
        r = rt_str_empty();
    else
        r = rt_str(ts, t->length == 1 ? t->items[0] : args);
    rt_decref(ts, args);
    return r;
}

static rt_value base_repr(struct rt_thread *ts, rt_value self)
{
    rt_value args = rt_exc_args(ts, self), r;
    const char *name = rt_type_shortname(rt_type_of(self));
    if (rt_as_tuple(args)->length == 1)
        r = rt_str_format(ts, "%s(%R)", name, rt_as_tuple(args)->items[0]);
    else
        r = rt_str_format(ts, "%s%R", name, args);
    rt_decref(ts, args);
    return r;
}

/* ---- pickling, notes ------------------------------------------------------------------------- */

rt_value rt_exc_base_reduce(struct rt_thread *ts, rt_value self)
{
    rt_value args = rt_exc_args(ts, self), r, type = rt_type_value(rt_type_of(self));
    if (rt_inst_is_empty(ts, rt_ptr(self))) {
        r = rt_tuple_pack(ts, 2, type, args);
    } else {
        rt_value dict = rt_inst_dict(ts, rt_ptr(self));
        r = rt_is_null(dict) ? dict : rt_tuple_pack(ts, 3, type, args, dict);
        rt_decref(ts, dict);
    }
    rt_decref(ts, args);
    return r;
}

static rt_value base_setstate(struct rt_thread *ts, rt_value self, rt_value state)
{
    rt_value k, v;
    size_t pos = 0;
    if (rt_is_none(state))
        return RT_NONE;
    if (!rt_is_ptr(state) || !rt_is_dict(state))
        return rt_raise(ts, &rt_exc_TypeError, "state is not a dictionary");
    while (rt_dict_next(ts, state, &pos, &k, &v)) {
        int r = rt_setattr(ts, self, k, v);
        rt_decref(ts, k);
        rt_decref(ts, v);
        if (r < 0)
            return RT_NULL;
    }
    return RT_NONE;
}

static int set_traceback(struct rt_thread *ts, rt_value self, rt_value tb, void *c)
{
    if (rt_is_null(tb)) {
        rt_raise(ts, &rt_exc_TypeError, "__traceback__ may not be deleted");
        return -1;
    }
    if (!rt_is_none(tb) && !rt_is_exact(tb, &rt_traceback_type)) {
        rt_raise(ts, &rt_exc_TypeError, "__traceback__ must be a traceback or None");
        return -1;
    }
    rt_exc_set_slot(ts, &self_of(self)->traceback, rt_is_none(tb) ? RT_NULL : tb);
    return 0;
}

static rt_value base_with_traceback(struct rt_thread *ts, rt_value self, rt_value tb)
{
    return set_traceback(ts, self, tb, NULL) < 0 ? RT_NULL : rt_newref(ts, self);
}

static rt_value base_add_note(struct rt_thread *ts, rt_value self, rt_value note)
{
    if (!rt_is_ptr(note) || !rt_is_str(note))
        return rt_raise(ts, &rt_exc_TypeError, "note must be a str, not '%s'", rt_typename(note));
    rt_value notes = rt_getattr_opt(ts, self, RT_ID(__notes__));
    if (rt_is_null(notes)) {
        if (rt_pending(ts) || rt_is_null(notes = rt_list_new(ts, 1)))
            return RT_NULL;
        if (rt_setattr(ts, self, RT_ID(__notes__), notes) < 0) {
            rt_decref(ts, notes);
            return RT_NULL;
        }
    } else if (!rt_is_ptr(notes) || !rt_is_list(notes)) {
        rt_decref(ts, notes);
        return rt_raise(ts, &rt_exc_TypeError, "Cannot add note: __notes__ is not a list");
    }
    int r = rt_list_append(ts, notes, note);
    rt_decref(ts, notes);
    return r < 0 ? RT_NULL : RT_NONE;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static rt_value get_dict(struct rt_thread *ts, rt_value self, void *c) { return rt_object_dict(ts, self); }

static int set_dict(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__dict__ may not be deleted");
        return -1;
    }
    if (!rt_is_ptr(v) || !rt_is_dict(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__dict__ must be a dictionary");
        return -1;
    }
    return rt_inst_set_dict(ts, rt_ptr(self), v);
}

static rt_value get_args(struct rt_thread *ts, rt_value self, void *c) { return rt_exc_args(ts, self); }

static int put_args(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "args may not be deleted");
        return -1;
    }
    rt_value t = rt_seq_tuple(ts, v);
    if (rt_is_null(t))
        return -1;
    rt_slot_set(ts, &self_of(self)->args, t);
    return 0;
}

static rt_value get_slot(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value v = rt_slot_get(ts, rt_ptr(self), (rt_slot *)((char *)rt_ptr(self) + (uintptr_t)c));
    return rt_is_null(v) ? RT_NONE : v;
}

static int set_context(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__context__ may not be deleted");
        return -1;
    }
    if (!rt_is_none(v) && !rt_is_exc(v)) {
        rt_raise(ts, &rt_exc_TypeError, "exception context must be None or derive from BaseException");
        return -1;
    }
    rt_exc_set_slot(ts, &self_of(self)->context, rt_is_none(v) ? RT_NULL : v);
    return 0;
}

static int set_cause(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "__cause__ may not be deleted");
        return -1;
    }
    if (!rt_is_none(v) && !rt_is_exc(v)) {
        rt_raise(ts, &rt_exc_TypeError, "exception cause must be None or derive from BaseException");
        return -1;
    }
    rt_exc_set_cause(ts, self, rt_is_none(v) ? RT_NULL : rt_newref(ts, v));
    return 0;
}

static const struct rt_method_def base_methods[] = {
    {"__reduce__", rt_exc_base_reduce, RT_METH_NOARGS, NULL},
    {"__setstate__", base_setstate, RT_METH_O, NULL},
    {"with_traceback", base_with_traceback, RT_METH_O,
     "Exception.with_traceback(tb) --\n    set self.__traceback__ to tb and return self."},
    {"add_note", base_add_note, RT_METH_O,
     "Exception.add_note(note) --\n    add a note to the exception"},
    {0},
};
#define FIELD(f) (void *)offsetof(struct rt_exc_base, f)
static const struct rt_getset_def base_getset[] = {
    {"__dict__", get_dict, set_dict, NULL, NULL},
    {"args", get_args, put_args, NULL, NULL},
    {"__traceback__", get_slot, set_traceback, NULL, FIELD(traceback)},
    {"__context__", get_slot, set_context, "exception context", FIELD(context)},
    {"__cause__", get_slot, set_cause, "exception cause", FIELD(cause)},
    {0},
};
static const struct rt_member_def base_members[] = {
    {"__suppress_context__", RT_MEMBER_BOOL, offsetof(struct rt_exc_base, suppress_context), false, NULL},
    {0},
};

/* ---- C interface ----------------------------------------------------------------------------- */

rt_value rt_exc_traceback(struct rt_thread *ts, rt_value exc)
{
    return rt_slot_get(ts, rt_ptr(exc), &rt_as_exc(exc)->traceback);
}
void rt_exc_set_traceback(struct rt_thread *ts, rt_value exc, rt_value owned)
{
    rt_slot_set(ts, &rt_as_exc(exc)->traceback, rt_is_none(owned) ? RT_NULL : owned);
}
rt_value rt_exc_context(struct rt_thread *ts, rt_value exc)
{
    return rt_slot_get(ts, rt_ptr(exc), &rt_as_exc(exc)->context);
}
void rt_exc_set_context(struct rt_thread *ts, rt_value exc, rt_value owned)
{
    rt_slot_set(ts, &rt_as_exc(exc)->context, owned);
}
rt_value rt_exc_cause(struct rt_thread *ts, rt_value exc)
{
    return rt_slot_get(ts, rt_ptr(exc), &rt_as_exc(exc)->cause);
}
void rt_exc_set_cause(struct rt_thread *ts, rt_value exc, rt_value cause)
{
    rt_store_relaxed(&rt_as_exc(exc)->suppress_context, 1);
    rt_slot_set(ts, &rt_as_exc(exc)->cause, cause);
}

/* ---- life ------------------------------------------------------------------------------------ */

int rt_exc_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_exc_base *e = (struct rt_exc_base *)o;
    rt_slot *slots[] = {&e->args, &e->traceback, &e->context, &e->cause};
    for (int i = 0; i < 4; i++) {
        rt_value v = rt_slot_peek(slots[i]);
        int r;
        if (rt_is_ptr(v) && (r = visit(v, arg)))
            return r;
    }
    return 0;
}

void rt_exc_clear_base(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_exc_base *e = (struct rt_exc_base *)o;
    if ((rt_load_relaxed(&o->shared) & RT_SH_STATE) == RT_SH_DEAD)
        rt_slot_clear(ts, e, &e->args);
    else /* the collector's: whoever still sees the exception finds a tuple */
        rt_slot_set(ts, &e->args, rt_tuple_empty());
    rt_slot_clear(ts, e, &e->traceback);
    rt_slot_clear(ts, e, &e->context);
    rt_slot_clear(ts, e, &e->cause);
}

static struct rt_type *const all[] = {
#define RT_EXC(name, base, doc) &rt_exc_##name,
#include "core/types/exceptions/exceptions.def"
#undef RT_EXC
};

static void setup_base(void)
{
    struct rt_type *t = &rt_exc_BaseException;
    t->base = NULL;
    t->basic_size = sizeof(struct rt_exc_base);
    t->traverse = rt_exc_traverse;
    t->clear = rt_exc_clear_base;
    t->new = rt_exc_base_new;
    t->init = rt_exc_base_init;
    t->str = rt_exc_base_str;
    t->repr = base_repr;
    t->methods = base_methods;
    t->getset = base_getset;
    t->members = base_members;
}

int rt_exceptions_init(struct rt_thread *ts)
{
    if (rt_type_has(&rt_exc_BaseException, RT_TF_READY))
        return 0;
    setup_base();
    rt_exc_setup_simple();
    rt_exc_setup_import();
    rt_exc_setup_os();
    rt_exc_setup_syntax();
    rt_exc_setup_unicode();
    if (rt_exc_setup_group(ts) < 0)
        return -1;
    for (size_t i = 0; i < RT_COUNTOF(all); i++)
        if (rt_type_ready(ts, all[i]) < 0)
            return -1;
    return 0;
}

int rt_exceptions_add(struct rt_thread *ts, rt_value dict)
{
    for (size_t i = 0; i < RT_COUNTOF(all); i++)
        if (rt_dict_set_cstr(ts, dict, all[i]->name, rt_type_value(all[i])) < 0)
            return -1;
    if (rt_dict_set_cstr(ts, dict, "EnvironmentError", rt_type_value(&rt_exc_OSError)) < 0)
        return -1;
    return rt_dict_set_cstr(ts, dict, "IOError", rt_type_value(&rt_exc_OSError));
}

/* The types themselves. */
#define rt_exc_object rt_object_type
#define RT_EXC(cname, cbase, cdoc)                                                          \
    struct rt_type rt_exc_##cname = {                                                       \
        .hdr = RT_STATIC_TYPE_HDR,                                                          \
        .name = #cname,                                                                     \
        .doc = cdoc,                                                                        \
        .flags = RT_TF_BASETYPE | RT_TF_DICT | RT_TF_GC | RT_TF_EXC,                        \
        .base = &rt_exc_##cbase,                                                            \
    };
#include "core/types/exceptions/exceptions.def"
#undef RT_EXC
