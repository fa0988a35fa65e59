/* SPDX-License-Identifier: MIT */
/*
 * __build_class__: what a class statement calls. Bases that are no classes give theirs (__mro_entries__), the most
 * derived metaclass is found, the namespace prepared, the body run in it, and the metaclass called (PEP 3115, 560).
 */
#include "core/builtins/builtins.h"
#include "core/eval/frame.h"

static bool is_class(rt_value v) { return rt_is_ptr(v) && rt_is_type(v); }

static rt_value resolve_bases(struct rt_thread *ts, const rt_value *bases, uint32_t n)
{
    rt_value list = rt_list_new(ts, n), orig = rt_tuple_from(ts, bases, n), t;
    for (uint32_t i = 0; i < n && list.bits; i++) {
        rt_value m = is_class(bases[i]) ? RT_NULL : rt_getattr_opt(ts, bases[i], RT_ID(__mro_entries__)), r;
        if (rt_is_null(m)) {
            if (rt_pending(ts) || rt_list_append(ts, list, bases[i]) < 0)
                rt_clear(ts, &list);
            continue;
        }
        r = rt_call1(ts, m, orig);
        rt_decref(ts, m);
        if (r.bits && !rt_is_tuple(r)) {
            rt_raise(ts, &rt_exc_TypeError, "__mro_entries__ must return a tuple");
            rt_clear(ts, &r);
        }
        if (rt_is_null(r) || rt_list_extend(ts, list, r) < 0)
            rt_clear(ts, &list);
        rt_decref(ts, r);
    }
    rt_decref(ts, orig);
    if (rt_is_null(list))
        return list;
    t = rt_list_to_tuple(ts, list);
    rt_decref(ts, list);
    return t;
}
/* The most derived of meta and the types of the bases. */
static rt_value calculate_meta(struct rt_thread *ts, rt_value meta, rt_value bases)
{
    struct rt_type *win = rt_as_type(meta);
    for (size_t i = 0; i < rt_as_tuple(bases)->length; i++) {
        struct rt_type *t = rt_type_of(rt_as_tuple(bases)->items[i]);
        if (rt_type_is_subtype(win, t))
            continue;
        if (!rt_type_is_subtype(t, win))
            return rt_raise(ts, &rt_exc_TypeError, "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases");
        win = t;
    }
    return rt_type_value(win);
}
static rt_value prepare_namespace(struct rt_thread *ts, rt_value meta, rt_value name, rt_value bases, rt_value kwds)
{
    rt_value prep = rt_getattr_opt(ts, meta, RT_ID(__prepare__)), ns, pos;
    if (rt_is_null(prep))
        return rt_pending(ts) ? RT_NULL : rt_dict_new(ts);
    pos = rt_tuple_pack(ts, 2, name, bases);
    ns = pos.bits ? rt_call_ex(ts, prep, pos, kwds) : RT_NULL;
    rt_decref(ts, pos);
    rt_decref(ts, prep);
    if (ns.bits && !rt_is_mapping(ns)) {
        if (rt_is_type(meta))
            rt_raise(ts, &rt_exc_TypeError, "%.200V.__prepare__() must return a mapping, not %.200T", rt_as_type(meta), ns);
        else
            rt_raise(ts, &rt_exc_TypeError, "<metaclass>.__prepare__() must return a mapping, not %.200T", ns);
        rt_clear(ts, &ns);
    }
    return ns;
}
/* How many attributes __init__ gives to its first argument: new instances get room for them at once,
   instead of learning it from the first of them. */
static void hint_inline_slots(struct rt_thread *ts, rt_value cls, rt_value ns)
{
    if (!is_class(cls))
        return;
    struct rt_type *t = rt_as_type(cls);
    rt_value init = rt_is_exact(ns, &rt_dict_type) ? rt_dict_get(ts, ns, RT_ID(__init__)) : RT_NULL;
    if (rt_is_null(init) || !rt_is_function(init) || !(rt_load_relaxed(&t->flags) & RT_TF_DICT)) {
        rt_decref(ts, init);
        return;
    }
    struct rt_code *code = rt_function_code(init);
    uint32_t count = t->base && t->base != &rt_object_type ? rt_load_relaxed(&t->base->inline_hint) : 0;
    count += rt_code_self_stores(code);
    if (count > rt_load_relaxed(&t->inline_hint))
        rt_store_relaxed(&t->inline_hint, count);
    rt_decref(ts, init);
}

/* The keywords of a class statement as a dict: new ref. */
static rt_value keywords(struct rt_thread *ts, const rt_value *values, const struct rt_tuple *names)
{
    rt_value d = rt_dict_new(ts);
    for (size_t i = 0; i < names->length && d.bits; i++)
        if (rt_dict_set(ts, d, names->items[i], values[i]) < 0)
            rt_clear(ts, &d);
    return d;
}

/* The metaclass: the keyword, taken out of kwds (or RT_NULL), else the first base's type; then the most derived one. */
static rt_value choose_meta(struct rt_thread *ts, rt_value bases, rt_value kwds)
{
    struct rt_tuple *b = rt_as_tuple(bases);
    rt_value meta = kwds.bits ? rt_dict_pop(ts, kwds, RT_ID(metaclass), RT_UNDEF) : RT_UNDEF;
    if (rt_is_undef(meta))
        meta = rt_newref(ts, rt_type_value(b->length ? rt_type_of(b->items[0]) : &rt_type_type));
    if (!is_class(meta))
        return meta;
    rt_value win = calculate_meta(ts, meta, bases);
    if (win.bits)
        win = rt_newref(ts, win);
    rt_decref(ts, meta);
    return win;
}

/* Tells the namespace what the statement named, if that is not what the bases are. */
static int note_orig_bases(struct rt_thread *ts, rt_value ns, rt_value bases, const rt_value *named, uint32_t n)
{
    const struct rt_tuple *b = rt_as_tuple(bases);
    bool changed = b->length != n;
    for (size_t i = 0; !changed && i < n; i++)
        changed = !rt_is(b->items[i], named[i]);
    if (!changed)
        return 0;
    rt_value orig = rt_tuple_from(ts, named, n);
    int err = orig.bits ? rt_setitem(ts, ns, RT_ID(__orig_bases__), orig) : -1;
    rt_decref(ts, orig);
    return err;
}

/* Did type.__new__ put the new class where super() and __class__ of its methods look? */
static int check_class_cell(struct rt_thread *ts, rt_value cell, rt_value cls, rt_value name)
{
    if (!is_class(cls) || !rt_is_exact(cell, &rt_cell_type))
        return 0;
    rt_value content = rt_slot_peek(&((struct rt_cell *)rt_ptr(cell))->content);
    if (rt_is_undef(content))
        rt_raise(ts, &rt_exc_RuntimeError, "__class__ not set defining %.200R as %.200R. "
                 "Was __classcell__ propagated to type.__new__?", name, cls);
    else if (!rt_is(content, cls))
        rt_raise(ts, &rt_exc_TypeError, "__class__ set to %.200R defining %.200R as %.200R", content, name, cls);
    return rt_pending(ts) ? -1 : 0;
}

/* Runs the body in ns and calls the metaclass: new ref. */
static rt_value make_class(struct rt_thread *ts, const rt_value *args, uint32_t n, rt_value meta, rt_value bases,
                           rt_value ns, rt_value kwds)
{
    rt_value name = args[1], cell = rt_eval_class_body(ts, args[0], ns), cls = RT_NULL;
    if (rt_is_null(cell))
        return cell;
    if (note_orig_bases(ts, ns, bases, args + 2, n - 2) == 0) {
        rt_value pos = rt_tuple_pack(ts, 3, name, bases, ns);
        cls = pos.bits ? rt_call_ex(ts, meta, pos, kwds) : RT_NULL;
        rt_decref(ts, pos);
    }
    if (cls.bits) {
        hint_inline_slots(ts, cls, ns);
        if (check_class_cell(ts, cell, cls, name) < 0)
            rt_clear(ts, &cls);
    }
    rt_decref(ts, cell);
    return cls;
}

rt_value rt_build_class(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (n < 2)
        return rt_raise(ts, &rt_exc_TypeError, "__build_class__: not enough arguments");
    if (!rt_is_function(args[0]))
        return rt_raise(ts, &rt_exc_TypeError, "__build_class__: func must be a function");
    if (!rt_is_str(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "__build_class__: name is not a string");
    bool named = kw.bits && rt_as_tuple(kw)->length;
    rt_value bases = resolve_bases(ts, args + 2, n - 2), kwds = RT_NULL, meta = RT_NULL, ns = RT_NULL, cls = RT_NULL;
    if (bases.bits && named)
        kwds = keywords(ts, args + n, rt_as_tuple(kw));
    if (bases.bits && (!named || kwds.bits))
        meta = choose_meta(ts, bases, kwds);
    if (meta.bits)
        ns = prepare_namespace(ts, meta, args[1], bases, kwds);
    if (ns.bits)
        cls = make_class(ts, args, n, meta, bases, ns, kwds);
    rt_decref(ts, ns);
    rt_decref(ts, meta);
    rt_decref(ts, kwds);
    rt_decref(ts, bases);
    return cls;
}
