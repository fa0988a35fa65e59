/* SPDX-License-Identifier: MIT */
/*
 * import statements. The common case (module complete in sys.modules, builtins.__import__ not replaced)
 * runs no Python code; everything else is the library's importlib.
 */
#include "core/eval/eval_internal.h"

#define A(w) ((w) >> 8 & 0xff)
#define B(w) ((w) >> 16 & 0xff)

/* The module `name` if sys.modules holds it and it is not being initialised. */
static rt_value imported_module(struct rt_thread *ts, rt_value name)
{
    rt_value mods = rt_slot_get(ts, NULL, &ts->interp->modules), m, spec = RT_NULL;
    if (!rt_is_dict(mods)) {
        rt_decref(ts, mods);
        return RT_NULL;
    }
    m = rt_dict_get(ts, mods, name);
    rt_decref(ts, mods);
    if (rt_is_null(m) || rt_is_none(m)) {
        rt_decref(ts, m);
        return RT_NULL;
    }
    if (rt_is_exact(m, &rt_module_type) && rt_is_exact(rt_module_dict_borrowed(m), &rt_dict_type))
        spec = rt_dict_get(ts, rt_borrowed(rt_module_dict_borrowed(m)), RT_ID(__spec__));
    if (rt_is_null(spec)) /* a subclass, or a module that may say by __getattr__ */
        spec = rt_getattr_opt(ts, m, RT_ID(__spec__));
    rt_value init = spec.bits && !rt_is_none(spec) ? rt_getattr_opt(ts, spec, RT_ID(_initializing)) : RT_NULL;
    int busy = init.bits ? rt_truth(ts, init) : 0;
    rt_decref(ts, init);
    rt_decref(ts, spec);
    rt_exc_clear(ts);
    if (busy) {
        rt_decref(ts, m);
        return RT_NULL;
    }
    return m;
}

/* import name: the same without dots, for those stand for the first part. */
static rt_value imported_top(struct rt_thread *ts, rt_value name)
{
    const struct rt_str *s = rt_as_str(name);
    bool dots = s->kind == 1 ? memchr(rt_str_data(s), '.', s->length) != NULL
                             : rt_str_find(name, rt_str_from_char(ts, '.'), 0, (int64_t)s->length, 1) >= 0;
    return dots ? RT_NULL : imported_module(ts, name);
}
/* from name import ...: the same if it is no package, whose submodules may have to be imported. */
static rt_value imported_plain(struct rt_thread *ts, rt_value name)
{
    rt_value m = imported_module(ts, name), path = m.bits ? rt_getattr_opt(ts, m, RT_ID(__path__)) : RT_NULL;
    if (path.bits || rt_pending(ts)) {
        rt_exc_clear(ts);
        rt_decref(ts, path);
        rt_clear(ts, &m);
    }
    return m;
}

static rt_value import_name(struct rt_thread *ts, struct rt_frame *fr, rt_value name, rt_value fromlist, int level)
{
    rt_value globals = rt_frame_globals_borrowed(fr), builtins = rt_frame_builtins_borrowed(fr);
    rt_value func = rt_is_dict(builtins) ? rt_dict_get(ts, builtins, RT_ID(__import__))
                                         : rt_getitem(ts, builtins, RT_ID(__import__));
    if (rt_is_null(func)) {
        if (!rt_pending(ts) || rt_exc_clear_if(ts, &rt_exc_KeyError))
            rt_raise(ts, &rt_exc_ImportError, "__import__ not found");
        return RT_NULL;
    }
    rt_value res = RT_NULL;
    if (rt_is(func, rt_slot_peek(&ts->interp->import_func)) && level == 0)
        res = rt_is_none(fromlist) ? imported_top(ts, name) : imported_plain(ts, name);
    if (rt_is_null(res)) {
        rt_value args[5] = {name, rt_borrowed(globals), fr->locals.bits ? rt_borrowed(fr->locals) : RT_NONE,
                            fromlist, rt_int_imm(level)};
        res = rt_call(ts, func, args, 5, RT_NULL);
    }
    rt_decref(ts, func);
    return res;
}

static rt_value import_from(struct rt_thread *ts, rt_value m, rt_value name)
{
    rt_value v = rt_getattr_opt(ts, m, name), pkg = RT_NULL, full = RT_NULL;
    if (v.bits || rt_pending(ts))
        return v;
    pkg = rt_getattr_opt(ts, m, RT_ID(__name__));
    if (rt_pending(ts))
        return RT_NULL;
    if (pkg.bits && rt_is_str(pkg)) {
        full = rt_str_format(ts, "%U.%U", pkg, name);
        rt_value mods = rt_slot_get(ts, NULL, &ts->interp->modules);
        v = full.bits ? rt_dict_get(ts, mods, full) : RT_NULL;
        rt_decref(ts, mods);
        rt_decref(ts, full);
    }
    if (v.bits || rt_pending(ts)) {
        rt_decref(ts, pkg);
        return v;
    }
    rt_value file = rt_getattr_opt(ts, m, RT_ID(__file__)), spec = RT_NULL, init = RT_NULL;
    rt_exc_clear(ts);
    if (rt_is_null(pkg) || !rt_is_str(pkg)) {
        rt_decref(ts, pkg);
        pkg = rt_str_from_cstr(ts, "<unknown module name>");
    }
    if (rt_is_null(file) || !rt_is_str(file)) {
        rt_raise(ts, &rt_exc_ImportError, "cannot import name %R from %R (unknown location)", name, pkg);
    } else {
        spec = rt_getattr_opt(ts, m, RT_ID(__spec__));
        init = spec.bits ? rt_getattr_opt(ts, spec, RT_ID(_initializing)) : RT_NULL;
        int busy = init.bits ? rt_truth(ts, init) : 0;
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_ImportError,
                 busy > 0 ? "cannot import name %R from partially initialized module %R (most likely due to a "
                            "circular import) (%S)"
                          : "cannot import name %R from %R (%S)",
                 name, pkg, file);
    }
    if (rt_exc_is(ts, &rt_exc_ImportError)) {
        struct rt_exc_import *e = (struct rt_exc_import *)rt_ptr(ts->exc);
        rt_slot_set(ts, &e->name, rt_newref(ts, pkg));
        if (file.bits)
            rt_slot_set(ts, &e->path, rt_newref(ts, file));
    }
    rt_decref(ts, init);
    rt_decref(ts, spec);
    rt_decref(ts, file);
    rt_decref(ts, pkg);
    return RT_NULL;
}

/* One public name into the namespace. */
static int star_one(struct rt_thread *ts, rt_value m, rt_value ns, rt_value name, bool from_all)
{
    if (!rt_is_str(name)) {
        rt_value mod = rt_getattr_opt(ts, m, RT_ID(__name__));
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "%s in %U.%s must be str, not %.100T", from_all ? "Item" : "Key",
                     mod, from_all ? "__all__" : "__dict__", name);
        rt_decref(ts, mod);
        return -1;
    }
    if (!from_all && rt_str_len(name) && rt_str_at(rt_as_str(name), 0) == '_')
        return 0;
    rt_value v = rt_getattr(ts, m, name);
    if (rt_is_null(v))
        return -1;
    int err = rt_is_exact(ns, &rt_dict_type) ? rt_dict_set(ts, ns, name, v) : rt_setitem(ts, ns, name, v);
    rt_decref(ts, v);
    return err;
}

static int import_star(struct rt_thread *ts, rt_value m, rt_value ns)
{
    rt_value all = rt_getattr_opt(ts, m, RT_ID(__all__)), seq;
    bool from_all = all.bits != 0;
    if (rt_pending(ts))
        return -1;
    if (!from_all) {
        rt_value d = rt_getattr_opt(ts, m, RT_ID(__dict__));
        if (rt_is_null(d)) {
            if (!rt_pending(ts))
                rt_raise(ts, &rt_exc_ImportError, "from-import-* object has no __dict__ and no __all__");
            return -1;
        }
        all = rt_mapping_keys(ts, d);
        rt_decref(ts, d);
        if (rt_is_null(all))
            return -1;
    }
    /* __all__ may be any sequence: index it until IndexError */
    int err = 0;
    seq = rt_is_tuple(all) || rt_is_list(all) ? rt_seq_list(ts, all) : RT_NULL;
    for (int64_t i = 0; err == 0; i++) {
        rt_value name = seq.bits ? rt_list_get(ts, seq, (size_t)i) : rt_seq_getitem(ts, all, i);
        if (rt_is_null(name)) {
            if (rt_pending(ts) && !rt_exc_clear_if(ts, &rt_exc_IndexError))
                err = -1;
            break;
        }
        err = star_one(ts, m, ns, name, from_all);
        rt_decref(ts, name);
    }
    rt_decref(ts, seq);
    rt_decref(ts, all);
    return err;
}

bool rt_eval_import(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1)
{
    rt_value res;
    switch (w & 0xff) {
    case RT_OP_IMPORT_NAME:
        res = import_name(ts, fr, fr->code->names[w1 & 0xffff], rt_borrowed(fr->code->consts[w1 >> 16]),
                          (int)rt_int_get(fr->regs[B(w)]));
        break;
    case RT_OP_IMPORT_FROM: res = import_from(ts, rt_borrowed(fr->regs[B(w)]), fr->code->names[w1 & 0xffff]); break;
    default:
        if (import_star(ts, rt_borrowed(fr->regs[A(w)]), rt_borrowed(fr->locals)) < 0)
            return false;
        rt_reg_consume(ts, fr, A(w), 256);
        return true;
    }
    if (rt_is_null(res))
        return false;
    rt_reg_set(ts, fr, A(w), res);
    return true;
}
