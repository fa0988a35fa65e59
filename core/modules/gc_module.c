/* SPDX-License-Identifier: MIT */
/* Module gc: the interface of the collector (gc/). */
#include "core/object/instance.h"
#include "core/object/native.h"
#include "core/thread/thread.h"
#include "gc/gc.h"

static struct rt_gc_state *state(struct rt_thread *ts) { return ts->interp->gc; }

static rt_value gc_enable(struct rt_thread *ts, rt_value self)
{
    rt_store_release(&state(ts)->enabled, true);
    rt_gc_arm(ts->interp);
    return RT_NONE;
}
static rt_value gc_disable(struct rt_thread *ts, rt_value self)
{
    rt_store_release(&state(ts)->enabled, false);
    rt_gc_arm(ts->interp);
    return RT_NONE;
}
static rt_value gc_isenabled(struct rt_thread *ts, rt_value self) { return rt_bool(rt_load_relaxed(&state(ts)->enabled)); }

static rt_value gc_collect(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"generation", NULL};
    static const struct rt_argspec spec = {"collect", names, 0, 0, 1, 1};
    rt_value a[1] = {RT_NULL};
    void *bare = ts->c_stack_bare;
    int gen = 2;
    ts->c_stack_bare = NULL;
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    if (!rt_is_null(a[0])) {
        gen = rt_as_int(ts, a[0]);
        if (rt_pending(ts))
            return RT_NULL;
    }
    if (gen < 0 || gen > 2)
        return rt_raise(ts, &rt_exc_ValueError, "invalid generation");
    if (bare)
        rt_thread_note_stack_at(ts, bare);
    else
        rt_thread_note_stack(ts);
    return rt_int_imm(rt_gc_collect_noted(ts, gen));
}

static rt_value gc_set_debug(struct rt_thread *ts, rt_value self, rt_value arg)
{
    int flags = rt_as_int(ts, arg);
    if (rt_pending(ts))
        return RT_NULL;
    rt_store_relaxed(&state(ts)->debug, (uint32_t)flags);
    return RT_NONE;
}
static rt_value gc_get_debug(struct rt_thread *ts, rt_value self) { return rt_int_imm(rt_load_relaxed(&state(ts)->debug)); }

static rt_value gc_set_threshold(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "set_threshold", n, 1, 3) < 0)
        return RT_NULL;
    for (uint32_t i = 0; i < n; i++) {
        int t = rt_as_int(ts, args[i]);
        if (rt_pending(ts))
            return RT_NULL;
        rt_store_relaxed(&state(ts)->gen[i].threshold, t);
    }
    rt_gc_arm(ts->interp);
    return RT_NONE;
}
static rt_value gc_get_threshold(struct rt_thread *ts, rt_value self)
{
    struct rt_gc_state *g = state(ts);
    return rt_tuple_pack(ts, 3, rt_int_imm(rt_load_relaxed(&g->gen[0].threshold)),
                         rt_int_imm(rt_load_relaxed(&g->gen[1].threshold)), rt_int_imm(rt_load_relaxed(&g->gen[2].threshold)));
}
static rt_value gc_get_count(struct rt_thread *ts, rt_value self)
{
    struct rt_gc_state *g = state(ts);
    return rt_tuple_pack(ts, 3, rt_int_imm((int64_t)rt_gc_count_young(ts)), rt_int_imm(rt_load_relaxed(&g->young_since_middle)),
                         rt_int_imm(rt_load_relaxed(&g->middle_since_full)));
}

/* ---- looking at the heap ---- */

static rt_value to_list(struct rt_thread *ts, struct rt_vec *v, int failed)
{
    rt_value l = RT_NULL;
    if (!failed)
        l = rt_list_steal(ts, (rt_value *)v->items, v->length);
    else
        rt_raise_no_memory(ts);
    if (failed)
        for (size_t i = 0; i < v->length; i++)
            rt_decref(ts, RT_VALUE(v->items[i]));
    rt_vec_free(v);
    return l;
}

static rt_value gc_get_objects(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"generation", NULL};
    static const struct rt_argspec spec = {"get_objects", names, 0, 0, 1, 1};
    rt_value a[1] = {RT_NULL};
    if (rt_args(ts, &spec, args, n, kw, a) < 0)
        return RT_NULL;
    int64_t gen = -1;
    if (!rt_is_null(a[0]) && !rt_is_none(a[0])) {
        gen = rt_as_index(ts, a[0], &rt_exc_OverflowError);
        if (rt_pending(ts))
            return RT_NULL;
        if (gen >= 3)
            return rt_raise(ts, &rt_exc_ValueError, "generation parameter must be less than the number of available generations (3)");
        if (gen < 0)
            return rt_raise(ts, &rt_exc_ValueError, "generation parameter cannot be negative");
    }
    rt_value audit = rt_is_null(a[0]) ? rt_int_imm(-1) : a[0];
    if (rt_sys_audit(ts, "gc.get_objects", 1, &audit) < 0)
        return RT_NULL;
    struct rt_vec v = {0};
    return to_list(ts, &v, rt_gc_list_objects(ts, (int)gen, &v));
}

static rt_value gc_get_referrers(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_vec v = {0};
    rt_value audit = rt_tuple_from(ts, args, n);
    int r = rt_is_null(audit) ? -1 : rt_sys_audit(ts, "gc.get_referrers", 1, &audit);
    rt_decref(ts, audit); /* before the look: it refers to them too */
    return r < 0 ? RT_NULL : to_list(ts, &v, rt_gc_list_referrers(ts, args, n, &v));
}

struct referents {
    struct rt_thread *ts;
    struct rt_vec *out;
};
static int add_referent(rt_value v, void *arg)
{
    struct referents *r = arg;
    if (rt_is_null(v) || rt_is_undef(v) || rt_is_stop(v))
        return 0;
    return rt_vec_push(r->out, rt_newref(r->ts, v).bits) ? 0 : -1;
}
static rt_value gc_get_referents(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct rt_vec v = {0};
    struct referents r = {ts, &v};
    int failed = 0;
    rt_value audit = rt_tuple_from(ts, args, n);
    int ok = rt_is_null(audit) ? -1 : rt_sys_audit(ts, "gc.get_referents", 1, &audit);
    rt_decref(ts, audit);
    if (ok < 0)
        return RT_NULL;
    rt_stop_world(ts, RT_SCOPE_INTERP);
    for (uint32_t i = 0; i < n && !failed; i++) {
        if (!rt_is_ptr(args[i]) || !(rt_object_flags(rt_ptr(args[i])) & RT_OF_GC))
            continue;
        failed = rt_instance_traverse(rt_ptr(args[i]), add_referent, &r);
        struct rt_type *t = rt_type_of(args[i]);
        if (!failed && rt_type_has(t, RT_TF_HEAP))
            failed = add_referent(rt_type_value(t), &r);
    }
    rt_start_world(ts, RT_SCOPE_INTERP);
    return to_list(ts, &v, failed);
}

static int stop_at_first(rt_value v, void *arg) { return rt_is_ptr(v) && !rt_object_is_immortal(rt_ptr(v)); }

/* Containers that hold nothing the collector follows are reported as untracked, as CPython does for
   tuples, dicts and instances without storage. */
static rt_value gc_is_tracked(struct rt_thread *ts, rt_value self, rt_value o)
{
    if (!rt_is_ptr(o))
        return RT_FALSE;
    struct rt_type *t = rt_type_of(o);
    if (!(rt_object_flags(rt_ptr(o)) & RT_OF_GC)) /* an instance of a Python class belongs to it, at least */
        return rt_bool(rt_type_has(t, RT_TF_HEAP));
    if (rt_is_type(o) && !rt_type_has(rt_as_type(o), RT_TF_HEAP))
        return RT_FALSE;
    if (t == &rt_tuple_type || t == &rt_dict_type) {
        rt_stop_world(ts, RT_SCOPE_INTERP);
        int holds = rt_instance_traverse(rt_ptr(o), stop_at_first, NULL);
        rt_start_world(ts, RT_SCOPE_INTERP);
        return rt_bool(holds);
    }
    return RT_TRUE;
}
static rt_value gc_is_finalized(struct rt_thread *ts, rt_value self, rt_value o)
{
    return rt_bool(rt_is_ptr(o) && (rt_object_flags(rt_ptr(o)) & RT_OF_GC) && (rt_object_flags(rt_ptr(o)) & RT_OF_FINALIZED));
}

static rt_value gc_freeze(struct rt_thread *ts, rt_value self)
{
    rt_gc_freeze(ts, true);
    return RT_NONE;
}
static rt_value gc_unfreeze(struct rt_thread *ts, rt_value self)
{
    rt_gc_freeze(ts, false);
    return RT_NONE;
}
static rt_value gc_get_freeze_count(struct rt_thread *ts, rt_value self) { return rt_int_imm((int64_t)rt_load_relaxed(&state(ts)->frozen)); }

static rt_value gc_get_stats(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_list_new(ts, 3);
    for (int i = 0; i < 3 && !rt_is_null(l); i++) {
        struct rt_gc_generation *g = &state(ts)->gen[i];
        rt_value d = rt_dict_new(ts);
        if (rt_is_null(d) || rt_dict_set_cstr(ts, d, "collections", rt_int_imm((int64_t)rt_load_relaxed(&g->collections))) < 0 ||
            rt_dict_set_cstr(ts, d, "collected", rt_int_imm((int64_t)rt_load_relaxed(&g->collected))) < 0 ||
            rt_dict_set_cstr(ts, d, "uncollectable", rt_int_imm((int64_t)rt_load_relaxed(&g->uncollectable))) < 0 ||
            rt_list_append(ts, l, d) < 0) {
            rt_decref(ts, l);
            l = RT_NULL;
        }
        rt_decref(ts, d);
    }
    return l;
}

static const struct rt_method_def methods[] = {
    {"enable", gc_enable, RT_METH_NOARGS, "enable($module, /)\n--\n\nEnable automatic garbage collection."},
    {"disable", gc_disable, RT_METH_NOARGS, "disable($module, /)\n--\n\nDisable automatic garbage collection."},
    {"isenabled", gc_isenabled, RT_METH_NOARGS, "isenabled($module, /)\n--\n\nReturns true if automatic garbage collection is enabled."},
    {"set_debug", gc_set_debug, RT_METH_O, "set_debug($module, flags, /)\n--\n\nSet the garbage collection debugging flags.\n\n  flags\n    An integer that can have the following bits turned on:\n      DEBUG_STATS - Print statistics during collection.\n      DEBUG_COLLECTABLE - Print collectable objects found.\n      DEBUG_UNCOLLECTABLE - Print unreachable but uncollectable objects\n        found.\n      DEBUG_SAVEALL - Save objects to gc.garbage rather than freeing them.\n      DEBUG_LEAK - Debug leaking programs (everything but STATS).\n\nDebugging information is written to sys.stderr."},
    {"get_debug", gc_get_debug, RT_METH_NOARGS, "get_debug($module, /)\n--\n\nGet the garbage collection debugging flags."},
    {"get_count", gc_get_count, RT_METH_NOARGS, "get_count($module, /)\n--\n\nReturn a three-tuple of the current collection counts."},
    {"set_threshold", gc_set_threshold, RT_METH_FAST, "set_threshold(threshold0, [threshold1, threshold2]) -> None\n\nSets the collection thresholds.  Setting threshold0 to zero disables\ncollection.\n"},
    {"get_threshold", gc_get_threshold, RT_METH_NOARGS, "get_threshold($module, /)\n--\n\nReturn the current collection thresholds."},
    {"collect", gc_collect, RT_METH_KW | RT_METH_BARE, "collect($module, /, generation=2)\n--\n\nRun the garbage collector.\n\nWith no arguments, run a full collection.  The optional argument\nmay be an integer specifying which generation to collect.  A ValueError\nis raised if the generation number is invalid.\n\nThe number of unreachable objects is returned."},
    {"get_objects", gc_get_objects, RT_METH_KW, "get_objects($module, /, generation=None)\n--\n\nReturn a list of objects tracked by the collector (excluding the list returned).\n\n  generation\n    Generation to extract the objects from.\n\nIf generation is not None, return only the objects tracked by the collector\nthat are in that generation."},
    {"get_stats", gc_get_stats, RT_METH_NOARGS, "get_stats($module, /)\n--\n\nReturn a list of dictionaries containing per-generation statistics."},
    {"is_tracked", gc_is_tracked, RT_METH_O, "is_tracked($module, obj, /)\n--\n\nReturns true if the object is tracked by the garbage collector.\n\nSimple atomic objects will return false."},
    {"is_finalized", gc_is_finalized, RT_METH_O, "is_finalized($module, obj, /)\n--\n\nReturns true if the object has been already finalized by the GC."},
    {"get_referrers", gc_get_referrers, RT_METH_FAST, "get_referrers(*objs) -> list\nReturn the list of objects that directly refer to any of objs."},
    {"get_referents", gc_get_referents, RT_METH_FAST, "get_referents(*objs) -> list\nReturn the list of objects that are directly referred to by objs."},
    {"freeze", gc_freeze, RT_METH_NOARGS, "freeze($module, /)\n--\n\nFreeze all current tracked objects and ignore them for future collections.\n\nThis can be used before a POSIX fork() call to make the gc copy-on-write friendly.\nNote: collection before a POSIX fork() call may free pages for future allocation\nwhich can cause copy-on-write."},
    {"unfreeze", gc_unfreeze, RT_METH_NOARGS, "unfreeze($module, /)\n--\n\nUnfreeze all objects in the permanent generation.\n\nPut all objects in the permanent generation back into oldest generation."},
    {"get_freeze_count", gc_get_freeze_count, RT_METH_NOARGS, "get_freeze_count($module, /)\n--\n\nReturn the number of objects in the permanent generation."},
    {0},
};

static int add_list(struct rt_thread *ts, rt_value module, const char *name, rt_slot *slot)
{
    if (rt_is_null(rt_slot_peek(slot))) {
        rt_value l = rt_list_new(ts, 0);
        if (rt_is_null(l))
            return -1;
        rt_slot_set(ts, slot, l);
    }
    return rt_module_add(ts, module, name, rt_slot_get(ts, NULL, slot));
}

static int exec(struct rt_thread *ts, rt_value module)
{
    struct rt_gc_state *g = state(ts);
    if (add_list(ts, module, "garbage", &g->garbage) < 0 || add_list(ts, module, "callbacks", &g->callbacks) < 0)
        return -1;
    static const struct { const char *name; int value; } flags[] = {
        {"DEBUG_STATS", RT_GC_DEBUG_STATS}, {"DEBUG_COLLECTABLE", RT_GC_DEBUG_COLLECTABLE},
        {"DEBUG_UNCOLLECTABLE", RT_GC_DEBUG_UNCOLLECTABLE}, {"DEBUG_SAVEALL", RT_GC_DEBUG_SAVEALL},
        {"DEBUG_LEAK", RT_GC_DEBUG_LEAK},
    };
    for (size_t i = 0; i < RT_COUNTOF(flags); i++)
        if (rt_module_add_int(ts, module, flags[i].name, flags[i].value) < 0)
            return -1;
    return 0;
}

extern const struct rt_module_def rt_module_gc;
const struct rt_module_def rt_module_gc = {
    "gc",
    "This module provides access to the garbage collector for reference cycles.\n\nenable() -- Enable automatic garbage collection.\ndisable() -- Disable automatic garbage collection.\nisenabled() -- Returns true if automatic collection is enabled.\ncollect() -- Do a full collection right now.\nget_count() -- Return the current collection counts.\nget_stats() -- Return list of dictionaries containing per-generation stats.\nset_debug() -- Set debugging flags.\nget_debug() -- Get debugging flags.\nset_threshold() -- Set the collection thresholds.\nget_threshold() -- Return the current the collection thresholds.\nget_objects() -- Return a list of all objects tracked by the collector.\nis_tracked() -- Returns true if a given object is tracked.\nis_finalized() -- Returns true if a given object has been already finalized.\nget_referrers() -- Return the list of objects that refer to an object.\nget_referents() -- Return the list of objects that an object refers to.\nfreeze() -- Freeze all tracked objects and ignore them for future collections.\nunfreeze() -- Unfreeze all objects in the permanent generation.\nget_freeze_count() -- Return the number of objects in the permanent generation.\n",
    methods, NULL, exec,
};
