/* SPDX-License-Identifier: MIT */
/*
 * The attributes of type objects: names, bases, documentation, abstract methods, annotations.
 */
#include "core/object/type_internal.h"

/* Heap types only; NULL value: deletion is refused. */
static bool may_set(struct rt_thread *ts, struct rt_type *t, rt_value v, const char *name)
{
    if (rt_type_has(t, RT_TF_IMMUTABLE)) {
        rt_raise(ts, &rt_exc_TypeError, "cannot set '%s' attribute of immutable type '%s'", name, t->name);
        return false;
    }
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "cannot delete '%s' attribute of immutable type '%s'", name, t->name);
        return false;
    }
    return rt_audit(ts, "object.__setattr__", "OsO", rt_borrow(t), name, v) == 0;
}

static rt_value dict_get(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    return rt_dict_get(ts, rt_type_dict_borrowed(t), name);
}

/* ---- names ----------------------------------------------------------------------------------- */

static rt_value get_name(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *t = rt_as_type(self);
    if (rt_type_has(t, RT_TF_HEAP))
        return rt_slot_get(ts, t, &t->ht_name);
    return rt_str_intern_cstr(ts, rt_type_shortname(t));
}

static int set_name(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    struct rt_type *t = rt_as_type(self);
    size_t n;
    if (!may_set(ts, t, v, "__name__"))
        return -1;
    if (!rt_is_ptr(v) || !rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can only assign string to %s.__name__, not '%s'", t->name,
                 rt_typename(v));
        return -1;
    }
    const char *s = rt_str_utf8(ts, v, &n);
    if (!s)
        return -1;
    if (strlen(s) != n) {
        rt_raise(ts, &rt_exc_ValueError, "type name must not contain null characters");
        return -1;
    }
    char *copy = rt_raw_malloc(n + 1);
    if (!copy) {
        rt_raise_no_memory(ts);
        return -1;
    }
    memcpy(copy, s, n + 1);
    bool stopped = rt_types_stop(ts);
    char *old = (char *)(uintptr_t)t->name;
    t->name = copy;
    rt_types_start(ts, stopped);
    rt_retire(ts, old, 16, NULL);
    rt_slot_set(ts, &t->ht_name, rt_newref(ts, v));
    return 0;
}

static rt_value get_qualname(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_type_qualname(ts, rt_as_type(self));
}

static int set_qualname(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    struct rt_type *t = rt_as_type(self);
    if (!may_set(ts, t, v, "__qualname__"))
        return -1;
    if (!rt_is_ptr(v) || !rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can only assign string to %s.__qualname__, not '%s'", t->name,
                 rt_typename(v));
        return -1;
    }
    rt_slot_set(ts, &t->ht_qualname, rt_newref(ts, v));
    return 0;
}

static rt_value get_module(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_type_module(ts, rt_as_type(self));
}

static int set_module(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (!may_set(ts, rt_as_type(self), v, "__module__"))
        return -1;
    return rt_type_setattr(ts, rt_as_type(self), RT_ID(__module__), v);
}

/* ---- doc ------------------------------------------------------------------------------------- */

static rt_value get_doc(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *t = rt_as_type(self);
    if (!rt_type_has(t, RT_TF_HEAP) && t->doc)
        return rt_doc_text(ts, t->name, t->doc);
    rt_value v = dict_get(ts, t, RT_ID(__doc__));
    if (rt_is_null(v))
        return rt_pending(ts) ? RT_NULL : RT_NONE;
    return rt_bind_class(ts, v, t);
}

static int set_doc(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (!may_set(ts, rt_as_type(self), v, "__doc__"))
        return -1;
    return rt_type_setattr(ts, rt_as_type(self), RT_ID(__doc__), v);
}

static rt_value get_signature(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *t = rt_as_type(self);
    if (!rt_type_has(t, RT_TF_HEAP))
        return rt_doc_signature(ts, t->name, t->doc);
    rt_value doc = dict_get(ts, t, RT_ID(__doc__));
    const char *text = rt_is_ptr(doc) && rt_is_str(doc) ? rt_str_utf8(ts, doc, NULL) : NULL;
    rt_value r = text ? rt_doc_signature(ts, t->name, text) : rt_pending(ts) ? RT_NULL : RT_NONE;
    rt_decref(ts, doc);
    return r;
}

static rt_value get_dict(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_mappingproxy_new(ts, rt_type_dict_borrowed(rt_as_type(self)));
}

/* ---- abstract methods, annotations ----------------------------------------------------------- */

static rt_value get_abstract(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *t = rt_as_type(self);
    rt_value v = t == &rt_type_type ? RT_NULL : dict_get(ts, t, RT_ID(__abstractmethods__));
    if (rt_is_null(v) && !rt_pending(ts))
        rt_raise_value(ts, &rt_exc_AttributeError, RT_ID(__abstractmethods__));
    return v;
}

static int set_abstract(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    struct rt_type *t = rt_as_type(self);
    int abstract = 0, r;
    if (!rt_is_null(v)) {
        if ((abstract = rt_truth(ts, v)) < 0)
            return -1;
        r = rt_dict_set(ts, rt_type_dict_borrowed(t), RT_ID(__abstractmethods__), v);
    } else {
        r = rt_dict_del_opt(ts, rt_type_dict_borrowed(t), RT_ID(__abstractmethods__));
        if (r == 0) {
            rt_raise_value(ts, &rt_exc_AttributeError, RT_ID(__abstractmethods__));
            r = -1;
        }
    }
    if (r < 0)
        return -1;
    rt_type_modified(ts, t);
    if (abstract)
        rt_or_relaxed(&t->flags, RT_TF_ABSTRACT);
    else
        rt_and_relaxed(&t->flags, ~(uint32_t)RT_TF_ABSTRACT);
    return 0;
}

static rt_value get_annotations(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *t = rt_as_type(self);
    if (!rt_type_has(t, RT_TF_HEAP))
        return rt_raise(ts, &rt_exc_AttributeError, "type object '%s' has no attribute '__annotations__'",
                        t->name);
    rt_value v = dict_get(ts, t, RT_ID(__annotations__));
    if (!rt_is_null(v))
        return rt_bind_class(ts, v, t);
    if (rt_pending(ts) || rt_is_null(v = rt_dict_new(ts)))
        return RT_NULL;
    rt_value r = rt_dict_setdefault(ts, rt_type_dict_borrowed(t), RT_ID(__annotations__), v);
    rt_decref(ts, v);
    rt_type_modified(ts, t);
    return r;
}

static int set_annotations(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    struct rt_type *t = rt_as_type(self);
    if (rt_type_has(t, RT_TF_IMMUTABLE)) {
        rt_raise(ts, &rt_exc_TypeError,
                 "cannot set '__annotations__' attribute of immutable type '%s'", t->name);
        return -1;
    }
    int r = rt_is_null(v) ? rt_dict_del_opt(ts, rt_type_dict_borrowed(t), RT_ID(__annotations__))
                          : rt_dict_set(ts, rt_type_dict_borrowed(t), RT_ID(__annotations__), v);
    if (rt_is_null(v) && r == 0) {
        rt_raise(ts, &rt_exc_AttributeError, "__annotations__");
        r = -1;
    }
    rt_type_modified(ts, t);
    return r < 0 ? -1 : 0;
}

/* ---- bases ----------------------------------------------------------------------------------- */

static rt_value get_bases(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_slot_get(ts, rt_ptr(self), &rt_as_type(self)->bases);
}
static rt_value get_mro(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_none_if_null(rt_slot_get(ts, rt_ptr(self), &rt_as_type(self)->mro));
}
static rt_value get_base(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *b = rt_as_type(self)->base;
    return b ? rt_newref(ts, rt_type_value(b)) : RT_NONE;
}

/* undo: a list of types whose MROs were replaced, each with the old MRO (or None) and the new one. A list, for mro() may
   collect: what only memory of our own held would be gone. */
static int undo_push(struct rt_thread *ts, rt_value undo, struct rt_type *t, rt_value old)
{
    return rt_list_append(ts, undo, rt_type_value(t)) < 0 || rt_list_append(ts, undo, rt_is_null(old) ? RT_NONE : old) < 0 ||
                   rt_list_append(ts, undo, rt_type_mro_borrowed(t)) < 0
               ? -1
               : 0;
}

static int mro_one(struct rt_thread *ts, struct rt_type *t, rt_value undo)
{
    rt_value old = rt_slot_get(ts, t, &t->mro);
    int r = rt_mro_compute(ts, t) < 0 ? -1 : undo_push(ts, undo, t, old);
    rt_decref(ts, old);
    return r;
}

/* Who comes from t is asked for behind t's mro(), which may make subclasses. */
static int mro_hierarchy(struct rt_thread *ts, struct rt_type *t, rt_value undo)
{
    if (mro_one(ts, t, undo) < 0)
        return -1;
    rt_value types = rt_type_hierarchy(ts, t);
    int r = rt_is_null(types) ? -1 : 0;
    for (size_t i = 1; r == 0 && i < rt_list_len(types); i++) {
        rt_value s = rt_list_get(ts, types, i);
        r = mro_one(ts, rt_as_type(s), undo);
        rt_decref(ts, s);
    }
    rt_decref(ts, types);
    return r;
}

static void undo_mros(struct rt_thread *ts, rt_value undo)
{
    for (size_t i = rt_list_len(undo) / 3 * 3; i; i -= 3) {
        rt_value type = rt_list_get(ts, undo, i - 3), old = rt_list_get(ts, undo, i - 2), now = rt_list_get(ts, undo, i - 1);
        struct rt_type *t = rt_as_type(type);
        if (rt_is(rt_type_mro_borrowed(t), now))
            rt_slot_set(ts, &t->mro, rt_is_none(old) ? RT_NULL : rt_newref(ts, old));
        rt_decref(ts, type);
        rt_decref(ts, old);
        rt_decref(ts, now);
    }
}

static void refresh_hierarchy(struct rt_thread *ts, struct rt_type *t)
{
    bool stopped = rt_types_stop(ts);
    rt_value types = rt_type_hierarchy(ts, t);
    for (size_t i = 0; !rt_is_null(types) && i < rt_list_len(types); i++) {
        rt_value s = rt_list_get(ts, types, i);
        rt_slots_fixup(ts, rt_as_type(s));
        rt_decref(ts, s);
    }
    rt_types_start(ts, stopped);
    rt_decref(ts, types);
}

static bool comes_from(const struct rt_type *t, const struct rt_type *base)
{
    while (t && t != base)
        t = t->base;
    return t;
}

/* In one step for everybody, so that no line of bases is ever a circle: everybody walks them. What t's bases were goes to *old,
   owned. False: a circle, nothing is done. */
static bool swap_bases(struct rt_thread *ts, struct rt_type *t, rt_value bases, struct rt_type *base, rt_value *old)
{
    rt_value mine = rt_defer(ts, rt_newref(ts, bases));
    bool stopped = rt_types_stop(ts), ok = !comes_from(base, t);
    if (ok) {
        *old = rt_slot_get(ts, t, &t->bases);
        rt_slot_set(ts, &t->bases, mine);
        t->base = base;
    }
    rt_types_start(ts, stopped);
    if (!ok)
        rt_decref(ts, mine);
    return ok;
}

static void raise_cycle(struct rt_thread *ts)
{
    rt_raise(ts, &rt_exc_TypeError, "a __bases__ item causes an inheritance cycle");
}

static bool check_new_bases(struct rt_thread *ts, struct rt_type *t, rt_value v)
{
    if (!rt_is_ptr(v) || !rt_is_tuple(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can only assign tuple to %s.__bases__, not %s", t->name,
                 rt_typename(v));
        return false;
    }
    if (!rt_as_tuple(v)->length) {
        rt_raise(ts, &rt_exc_TypeError, "can only assign non-empty tuple to %s.__bases__, not ()", t->name);
        return false;
    }
    for (size_t i = 0; i < rt_as_tuple(v)->length; i++) {
        rt_value b = rt_as_tuple(v)->items[i];
        if (!rt_is_type(b)) {
            rt_raise(ts, &rt_exc_TypeError, "%s.__bases__ must be tuple of classes, not '%s'", t->name,
                     rt_typename(b));
            return false;
        }
        /* a custom mro() may call this again while MROs are not up to date: look at the bases too */
        if (rt_type_is_subtype(rt_as_type(b), t) || comes_from(rt_as_type(b), t)) {
            raise_cycle(ts);
            return false;
        }
    }
    return true;
}

/* mro() failed: t's bases are again what they were, unless it has got others or these come from t by now. */
static void undo_bases(struct rt_thread *ts, struct rt_type *t, rt_value bases, rt_value old, struct rt_type *old_base)
{
    rt_value was;
    if (!rt_is(rt_type_bases_borrowed(t), bases) || !swap_bases(ts, t, old, old_base, &was))
        return;
    rt_decref(ts, was);
}

static int set_bases(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    struct rt_type *t = rt_as_type(self), *best, *old_base = t->base;
    if (!may_set(ts, t, v, "__bases__") || !check_new_bases(ts, t, v) ||
        !(best = rt_type_best_base(ts, v)) ||
        !rt_type_compatible_layout(ts, best, t->base, "__bases__"))
        return -1;
    rt_value old, undo = rt_list_new(ts, 3);
    if (rt_is_null(undo))
        return -1;
    if (!swap_bases(ts, t, v, best, &old)) {
        rt_decref(ts, undo);
        raise_cycle(ts);
        return -1;
    }
    int r = mro_hierarchy(ts, t, undo);
    if (r < 0) {
        undo_mros(ts, undo);
        undo_bases(ts, t, v, old, old_base);
    }
    if (rt_type_link(ts, t, old) < 0 || rt_type_link(ts, t, v) < 0)
        r = -1;
    rt_decref(ts, undo);
    rt_type_modified(ts, t);
    refresh_hierarchy(ts, t);
    rt_type_modified(ts, t);
    rt_type_flush_caches(ts, t);
    rt_decref(ts, old);
    return r;
}

/* ---- layout numbers -------------------------------------------------------------------------- */

/* CPython's Py_TPFLAGS_* bits, which copyreg and inspect test. */
static rt_value get_flags(struct rt_thread *ts, rt_value self, void *c)
{
    static const struct { uint32_t mine; int bit; } map[] = {
        {RT_TF_SEQUENCE, 5}, {RT_TF_MAPPING, 6}, {RT_TF_NO_NEW, 7}, {RT_TF_IMMUTABLE, 8}, {RT_TF_HEAP, 9},
        {RT_TF_BASETYPE, 10}, {RT_TF_READY, 12}, {RT_TF_GC, 14}, {RT_TF_METHOD_DESCR, 17},
        {RT_TF_ABSTRACT, 20}, {RT_TF_SELF_MATCH, 22}, {RT_TF_INT, 24}, {RT_TF_LIST, 25}, {RT_TF_TUPLE, 26},
        {RT_TF_BYTES, 27}, {RT_TF_STR, 28}, {RT_TF_DICT_SUB, 29}, {RT_TF_EXC, 30}, {RT_TF_TYPE, 31},
    };
    uint32_t flags = rt_load_relaxed(&rt_as_type(self)->flags);
    int64_t r = 0;
    for (size_t i = 0; i < RT_COUNTOF(map); i++)
        r |= flags & map[i].mine ? (int64_t)1 << map[i].bit : 0;
    return rt_int_imm(r);
}

static rt_value get_dictoffset(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *t = rt_as_type(self);
    if (rt_type_has(t, RT_TF_TYPE))
        return rt_int_imm(offsetof(struct rt_type, dict));
    if (!rt_type_has(t, RT_TF_DICT))
        return rt_int_imm(0);
    return rt_int_imm(rt_type_has(t, RT_TF_VARSIZED) ? -8 : (int64_t)t->inst_offset);
}

static rt_value get_weakrefoffset(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *t = rt_as_type(self);
    return rt_int_imm(rt_type_has(t, RT_TF_WEAKREF) ? (int64_t)sizeof(struct rt_object) : 0);
}

static rt_value get_basicsize(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_type *t = rt_as_type(self);
    int64_t extra = 0; /* attribute words are made behind the body: count them as CPython does */
    for (; rt_type_has(t, RT_TF_HEAP); t = t->base) {
        extra += rt_type_has(t, RT_TF_DICT) && !rt_type_has(t->base, RT_TF_DICT) ? 8 : 0;
        extra += rt_type_has(t, RT_TF_WEAKREF) && !rt_type_has(t->base, RT_TF_WEAKREF) ? 8 : 0;
    }
    t = rt_as_type(self);
    return rt_int_imm(t->basic_size + 8 * t->tail_slots + extra);
}

const struct rt_member_def rt_type_members[] = {
    {"__itemsize__", RT_MEMBER_UINT32, offsetof(struct rt_type, item_size), true, NULL},
    {0},
};

const struct rt_getset_def rt_type_getset[] = {
    {"__basicsize__", get_basicsize, NULL, NULL, NULL},
    {"__name__", get_name, set_name, NULL, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL, NULL},
    {"__bases__", get_bases, set_bases, NULL, NULL},
    {"__mro__", get_mro, NULL, NULL, NULL},
    {"__base__", get_base, NULL, NULL, NULL},
    {"__module__", get_module, set_module, NULL, NULL},
    {"__abstractmethods__", get_abstract, set_abstract, NULL, NULL},
    {"__dict__", get_dict, NULL, NULL, NULL},
    {"__doc__", get_doc, set_doc, NULL, NULL},
    {"__text_signature__", get_signature, NULL, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {"__flags__", get_flags, NULL, NULL, NULL},
    {"__dictoffset__", get_dictoffset, NULL, NULL, NULL},
    {"__weakrefoffset__", get_weakrefoffset, NULL, NULL, NULL},
    {0},
};
