/* SPDX-License-Identifier: MIT */
/*
 * Making classes: type.__new__ and what it does with the namespace: __slots__, layout, special
 * functions, __classcell__, __set_name__, __init_subclass__.
 */
#include "core/object/object_internal.h"

/* A class under construction. */
struct maker {
    struct rt_type *meta, *base, *type;
    rt_value name, bases, ns; /* borrowed */
    rt_value dict;            /* owned copy of ns */
    rt_value slots;           /* owned tuple of mangled names, or RT_NULL */
    bool has_slots, add_dict, add_weakref;
};

/* ---- __slots__ ------------------------------------------------------------------------------- */

static rt_value mangle(struct rt_thread *ts, rt_value cls, rt_value name)
{
    size_t n = rt_str_len(name), c = rt_str_len(cls), skip = 0;
    struct rt_str *s = rt_as_str(name), *k = rt_as_str(cls);
    if (n < 3 || rt_str_at(s, 0) != '_' || rt_str_at(s, 1) != '_' ||
        (rt_str_at(s, n - 1) == '_' && rt_str_at(s, n - 2) == '_'))
        return rt_newref(ts, name);
    while (skip < c && rt_str_at(k, skip) == '_')
        skip++;
    if (skip == c)
        return rt_newref(ts, name);
    rt_value tail = rt_str_sub(ts, cls, skip, c);
    if (rt_is_null(tail))
        return tail;
    rt_value r = rt_str_format(ts, "_%U%U", tail, name);
    rt_decref(ts, tail);
    return r;
}

static bool is_identifier(struct rt_thread *ts, rt_value s)
{
    rt_value m = rt_call_method(ts, s, "isidentifier", NULL, 0);
    bool ok = rt_is_true(m);
    rt_decref(ts, m);
    return ok;
}

/* One entry of __slots__: 0, or -1. Appends the mangled name to list unless it is special. */
static int take_slot(struct rt_thread *ts, struct maker *m, rt_value slot, rt_value list)
{
    if (!rt_is_ptr(slot) || !rt_is_str(slot)) {
        rt_raise(ts, &rt_exc_TypeError, "__slots__ items must be strings, not '%.200s'", rt_typename(slot));
        return -1;
    }
    if (!is_identifier(ts, slot)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "__slots__ must be identifiers");
        return -1;
    }
    if (rt_str_eq_cstr(slot, "__dict__")) {
        if (rt_type_has(m->base, RT_TF_DICT | RT_TF_TYPE) || m->add_dict) {
            rt_raise(ts, &rt_exc_TypeError, "__dict__ slot disallowed: we already got one");
            return -1;
        }
        m->add_dict = true;
        return 0;
    }
    if (rt_str_eq_cstr(slot, "__weakref__")) {
        if (rt_type_has(m->base, RT_TF_WEAKREF) || m->add_weakref ||
            (rt_type_has(m->base, RT_TF_VARSIZED) && !rt_type_has(m->base, RT_TF_STR))) {
            rt_raise(ts, &rt_exc_TypeError,
                     "__weakref__ slot disallowed: either we already got one, or __itemsize__ != 0");
            return -1;
        }
        m->add_weakref = true;
        return 0;
    }
    rt_value name = mangle(ts, m->name, slot);
    if (rt_is_null(name))
        return -1;
    rt_value id = rt_str_intern(ts, name);
    rt_decref(ts, name);
    int has = rt_dict_contains(ts, m->dict, id);
    if (has > 0 && !rt_str_eq_cstr(id, "__qualname__") && !rt_str_eq_cstr(id, "__classcell__")) {
        rt_raise(ts, &rt_exc_ValueError, "%R in __slots__ conflicts with class variable", id);
        return -1;
    }
    return has < 0 ? -1 : rt_list_append(ts, list, id);
}

static int take_slots(struct rt_thread *ts, struct maker *m, rt_value slots)
{
    rt_value items = rt_is_ptr(slots) && rt_is_str(slots) ? rt_tuple_from(ts, &slots, 1)
                                                          : rt_seq_tuple(ts, slots);
    if (rt_is_null(items))
        return -1;
    size_t n = rt_as_tuple(items)->length;
    int r = -1;
    rt_value list = rt_list_new(ts, n);
    if (n && !rt_type_has(m->base, RT_TF_STR) && rt_type_has(m->base, RT_TF_VARSIZED | RT_TF_TYPE)) {
        rt_raise(ts, &rt_exc_TypeError, "nonempty __slots__ not supported for subtype of '%s'", m->base->name);
        goto done;
    }
    if (rt_is_null(list))
        goto done;
    for (size_t i = 0; i < n; i++)
        if (take_slot(ts, m, rt_as_tuple(items)->items[i], list) < 0)
            goto done;
    if (rt_list_sort(ts, list, RT_NULL, false) < 0)
        goto done;
    m->slots = rt_list_to_tuple(ts, list);
    r = rt_is_null(m->slots) ? -1 : 0;
done:
    rt_decref(ts, list);
    rt_decref(ts, items);
    return r;
}

static int decide_layout(struct rt_thread *ts, struct maker *m)
{
    rt_value slots = rt_dict_get(ts, m->dict, RT_ID(__slots__));
    bool is_meta = rt_type_has(m->base, RT_TF_TYPE);
    bool may_dict = !rt_type_has(m->base, RT_TF_DICT) && !is_meta;
    bool may_weak = !rt_type_has(m->base, RT_TF_WEAKREF) &&
                    (!rt_type_has(m->base, RT_TF_VARSIZED) || rt_type_has(m->base, RT_TF_STR));
    if (rt_is_null(slots)) {
        if (rt_pending(ts))
            return -1;
        m->add_dict = may_dict;
        m->add_weakref = may_weak;
        return 0;
    }
    m->has_slots = true;
    int r = take_slots(ts, m, slots);
    rt_decref(ts, slots);
    if (r < 0)
        return -1;
    struct rt_tuple *b = rt_as_tuple(m->bases);
    for (size_t i = 0; i < b->length; i++) { /* secondary bases bring theirs along */
        struct rt_type *t = rt_as_type(b->items[i]);
        if (t == m->base)
            continue;
        m->add_dict |= may_dict && rt_type_has(t, RT_TF_DICT);
        m->add_weakref |= may_weak && rt_type_has(t, RT_TF_WEAKREF);
    }
    return 0;
}

/* ---- the type object ------------------------------------------------------------------------- */

static char *copy_name(struct rt_thread *ts, rt_value name)
{
    size_t n;
    const char *s = rt_str_utf8(ts, name, &n);
    if (!s)
        return NULL;
    if (strlen(s) != n) {
        rt_raise(ts, &rt_exc_ValueError, "type name must not contain null characters");
        return NULL;
    }
    char *copy = rt_raw_malloc(n + 1);
    if (!copy)
        rt_raise_no_memory(ts);
    else
        memcpy(copy, s, n + 1);
    return copy;
}

enum {
    FACTS = RT_TF_INT | RT_TF_FLOAT | RT_TF_STR | RT_TF_BYTES | RT_TF_LIST | RT_TF_TUPLE | RT_TF_DICT_SUB |
            RT_TF_SET | RT_TF_FROZENSET | RT_TF_TYPE | RT_TF_EXC | RT_TF_COMPLEX | RT_TF_BYTEARRAY | RT_TF_STREAM_LAYER |
            RT_TF_DICT | RT_TF_WEAKREF | RT_TF_VARSIZED | RT_TF_GC | RT_TF_SELF_MATCH,
};

static void inherit_native(struct rt_type *t, struct rt_type *base)
{
    t->size = base->size;
    t->dealloc = base->dealloc;
    t->native_traverse = base->native_traverse;
    t->native_clear = base->native_clear;
    t->traverse = rt_instance_traverse;
    t->clear = rt_instance_clear;
    t->item_size = base->item_size;
    t->native = base->native;
    t->new = base->new;
    t->send = base->send;
    t->getbuffer = base->getbuffer;
    t->releasebuffer = base->releasebuffer;
    if (base->inst_offset && base->inst_offset + 8 <= base->basic_size) /* inside the struct of the nearest native type */
        t->inst_offset = base->inst_offset;
}

static int alloc_type(struct rt_thread *ts, struct maker *m)
{
    char *name = copy_name(ts, m->name);
    if (!name)
        return -1;
    rt_value v = rt_type_alloc(ts, m->meta);
    if (rt_is_null(v)) {
        rt_raw_free(name);
        return -1;
    }
    struct rt_type *t = m->type = rt_as_type(v), *base = m->base;
    uint32_t flags = RT_TF_HEAP | RT_TF_BASETYPE | (rt_load_relaxed(&base->flags) & FACTS);
    t->name = name;
    t->base = base;
    t->interp = ts->interp;
    t->meta = m->meta;
    t->slots_count = rt_is_null(m->slots) ? 0 : (uint32_t)rt_as_tuple(m->slots)->length;
    t->basic_size = base->basic_size;
    t->tail_slots = base->tail_slots;
    if (rt_type_has(base, RT_TF_VARSIZED))
        t->tail_slots += t->slots_count;
    else if (t->slots_count)
        t->basic_size = RT_ROUND_UP(t->basic_size, 8) + 8 * t->slots_count;
    flags |= m->add_dict ? RT_TF_DICT : 0;
    flags |= m->add_weakref ? RT_TF_WEAKREF : 0;
    flags |= RT_TF_GC; /* even without slots: marking an instance is what keeps its class alive */
    struct rt_tuple *b = rt_as_tuple(m->bases);
    for (size_t i = 0; i < b->length && !(flags & (RT_TF_SEQUENCE | RT_TF_MAPPING)); i++) /* the first one decides */
        flags |= rt_load_relaxed(&rt_as_type(b->items[i])->flags) & (RT_TF_SEQUENCE | RT_TF_MAPPING);
    rt_store_relaxed(&t->flags, flags);
    inherit_native(t, base);
    rt_store_relaxed(&t->inline_hint, rt_load_relaxed(&base->inline_hint));
    rt_slot_init(&t->bases, rt_defer(ts, rt_newref(ts, m->bases)));
    rt_slot_init(&t->dict, rt_defer(ts, rt_newref(ts, m->dict)));
    rt_slot_init(&t->ht_name, rt_newref(ts, m->name));
    rt_slot_init(&t->ht_slots, rt_newref(ts, m->slots));
    rt_object_set_flag(&t->hdr, RT_OF_WEAKREF); /* its death takes it off the bases' lists */
    rt_type_lock();
    rt_type_modified_locked(ts, t);
    rt_type_unlock();
    return 0;
}

/* ---- the namespace --------------------------------------------------------------------------- */

static int set_qualname(struct rt_thread *ts, struct maker *m)
{
    rt_value q = rt_dict_get(ts, m->dict, RT_ID(__qualname__));
    if (rt_is_null(q)) {
        if (rt_pending(ts))
            return -1;
        q = rt_newref(ts, m->name);
    } else {
        if (!rt_is_ptr(q) || !rt_is_str(q)) {
            rt_raise(ts, &rt_exc_TypeError, "type __qualname__ must be a str, not %s", rt_typename(q));
            rt_decref(ts, q);
            return -1;
        }
        if (rt_dict_del(ts, m->dict, RT_ID(__qualname__)) < 0)
            return -1;
    }
    rt_slot_init(&m->type->ht_qualname, q);
    return 0;
}

static int set_module(struct rt_thread *ts, struct maker *m)
{
    int has = rt_dict_contains(ts, m->dict, RT_ID(__module__));
    if (has || !ts->frame)
        return has < 0 ? -1 : 0;
    rt_value globals = rt_frame_globals_borrowed(ts->frame);
    rt_value name = rt_is_null(globals) ? RT_NULL : rt_dict_get(ts, globals, RT_ID(__name__));
    if (rt_is_null(name))
        return rt_pending(ts) ? -1 : 0;
    int r = rt_dict_set(ts, m->dict, RT_ID(__module__), name);
    rt_decref(ts, name);
    return r;
}

/* Functions under these names become static or class methods without a decorator. */
static int wrap_function(struct rt_thread *ts, rt_value dict, rt_value name, bool is_static)
{
    rt_value f = rt_dict_get(ts, dict, name), w;
    if (rt_is_null(f) || !rt_is_exact(f, &rt_function_type)) {
        rt_decref(ts, f);
        return rt_pending(ts) ? -1 : 0;
    }
    w = is_static ? rt_staticmethod_new(ts, f) : rt_classmethod_new(ts, f);
    rt_decref(ts, f);
    if (rt_is_null(w))
        return -1;
    int r = rt_dict_set(ts, dict, name, w);
    rt_decref(ts, w);
    return r;
}

static int dict_add_steal(struct rt_thread *ts, rt_value dict, rt_value name, rt_value v)
{
    if (rt_is_null(v))
        return -1;
    int r = rt_dict_set(ts, dict, name, v);
    rt_decref(ts, v);
    return r;
}

static int add_members(struct rt_thread *ts, struct maker *m)
{
    struct rt_type *t = m->type;
    struct rt_member_def def = {.kind = RT_MEMBER_OBJECT_EX};
    def.tail = t->tail_slots != 0;
    def.offset = (def.tail ? 8 * t->tail_slots : t->basic_size) - 8 * t->slots_count;
    for (uint32_t i = 0; i < t->slots_count; i++, def.offset += 8) {
        rt_value name = rt_as_tuple(m->slots)->items[i];
        if (dict_add_steal(ts, m->dict, name, rt_member_descr_new(ts, t, &def, name)) < 0)
            return -1;
    }
    if (m->add_dict && !rt_dict_contains(ts, m->dict, RT_ID(__dict__)) &&
        dict_add_steal(ts, m->dict, RT_ID(__dict__), rt_getset_descr_new(ts, t, &rt_dict_getset)) < 0)
        return -1;
    if (m->add_weakref && !rt_dict_contains(ts, m->dict, RT_ID(__weakref__)) &&
        dict_add_steal(ts, m->dict, RT_ID(__weakref__), rt_getset_descr_new(ts, t, &rt_weakref_getset)) < 0)
        return -1;
    return rt_pending(ts) ? -1 : 0;
}

struct cell_layout { struct rt_object hdr; rt_slot content; };

static int set_classcell(struct rt_thread *ts, struct maker *m)
{
    rt_value cell = rt_dict_get(ts, m->dict, RT_ID(__classcell__));
    if (rt_is_null(cell))
        return rt_pending(ts) ? -1 : 0;
    if (!rt_is_exact(cell, &rt_cell_type)) {
        rt_raise(ts, &rt_exc_TypeError, "__classcell__ must be a nonlocal cell, not %R",
                 rt_type_value(rt_type_of(cell)));
        rt_decref(ts, cell);
        return -1;
    }
    rt_slot_set(ts, &((struct cell_layout *)rt_ptr(cell))->content, rt_type_value(m->type));
    rt_decref(ts, cell);
    return rt_dict_del(ts, m->dict, RT_ID(__classcell__));
}

static int set_hash(struct rt_thread *ts, struct maker *m)
{
    int eq = rt_dict_contains(ts, m->dict, RT_ID(__eq__));
    int hash = rt_dict_contains(ts, m->dict, RT_ID(__hash__));
    if (eq < 0 || hash < 0)
        return -1;
    return eq && !hash ? rt_dict_set(ts, m->dict, RT_ID(__hash__), RT_NONE) : 0;
}

/* Class attributes are deferred, so that look-ups hand out uncounted words. */
static void defer_values(struct rt_thread *ts, rt_value dict)
{
    size_t pos = 0;
    rt_value v;
    while (rt_dict_next(ts, dict, &pos, NULL, &v))
        rt_defer(ts, v);
}

static int fill_namespace(struct rt_thread *ts, struct maker *m)
{
    if (set_module(ts, m) < 0 || set_qualname(ts, m) < 0)
        return -1;
    if (wrap_function(ts, m->dict, RT_ID(__new__), true) < 0 ||
        wrap_function(ts, m->dict, RT_ID(__init_subclass__), false) < 0 ||
        wrap_function(ts, m->dict, RT_ID(__class_getitem__), false) < 0)
        return -1;
    if (set_classcell(ts, m) < 0 || add_members(ts, m) < 0 || set_hash(ts, m) < 0)
        return -1;
    rt_value text = rt_dict_get(ts, m->dict, RT_ID(__doc__));
    bool doc = text.bits, bad = doc && rt_is_str(text) && !rt_str_utf8(ts, text, NULL); /* lone surrogates */
    rt_decref(ts, text);
    if (bad || rt_pending(ts))
        return -1;
    return doc ? 0 : rt_dict_set(ts, m->dict, RT_ID(__doc__), RT_NONE);
}

/* ---- after the type is ready ----------------------------------------------------------------- */

static int set_name(struct rt_thread *ts, struct rt_type *t, rt_value key, rt_value value)
{
    rt_value f = rt_type_lookup(ts, rt_type_of(value), RT_ID(__set_name__));
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : 0;
    rt_value argv[3] = {value, rt_type_value(t), key};
    rt_value r = rt_call_unbound(ts, f, argv, 3, RT_NULL);
    rt_decref(ts, f);
    if (!rt_is_null(r)) {
        rt_decref(ts, r);
        return 0;
    }
    rt_value cause = rt_exc_take(ts);
    rt_raise(ts, &rt_exc_RuntimeError, "Error calling __set_name__ on '%.100s' instance %R in '%.100s'",
             rt_typename(value), key, t->name);
    if (rt_pending(ts)) {
        rt_exc_set_cause(ts, ts->exc, rt_newref(ts, cause));
        rt_exc_chain(ts, cause);
    } else {
        rt_decref(ts, cause);
    }
    return -1;
}

static int set_names(struct rt_thread *ts, struct rt_type *t)
{
    rt_value copy = rt_dict_copy(ts, rt_type_dict_borrowed(t)), k, v;
    size_t pos = 0;
    int r = rt_is_null(copy) ? -1 : 0;
    while (r == 0 && rt_dict_next(ts, copy, &pos, &k, &v)) {
        r = set_name(ts, t, k, v);
        rt_decref(ts, k);
        rt_decref(ts, v);
    }
    rt_decref(ts, copy);
    return r;
}

/* A metaclass's mro() may leave the class itself out. */
static bool in_own_mro(const struct rt_type *t)
{
    const struct rt_tuple *mro = rt_as_tuple(rt_type_mro_borrowed(t));
    for (size_t i = 0; i < mro->length; i++)
        if (rt_ptr(mro->items[i]) == &t->hdr)
            return true;
    return false;
}

static int init_subclass(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    if (!in_own_mro(t)) {
        rt_raise(ts, &rt_exc_TypeError, "super(type, obj): obj must be an instance or subtype of type");
        return -1;
    }
    rt_value self = rt_type_value(t), f = rt_super_lookup(ts, t, self, RT_ID(__init_subclass__));
    if (rt_is_null(f))
        return -1;
    rt_value r = rt_call(ts, f, args + n, 0, kw);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return -1;
    rt_decref(ts, r);
    return 0;
}

static int ready_heap(struct rt_thread *ts, struct maker *m)
{
    struct rt_type *t = m->type;
    defer_values(ts, m->dict);
    if (rt_mro_compute(ts, t) < 0)
        return -1;
    rt_type_modified(ts, t);
    rt_slots_fixup(ts, t);
    if (rt_shape_init_type(ts, t) < 0)
        return -1;
    if (rt_type_link(ts, t, m->bases) < 0) /* mro() may have given it others, with which it is linked then */
        return -1;
    rt_or_relaxed(&t->flags, RT_TF_READY);
    return 0;
}

static rt_value make(struct rt_thread *ts, struct maker *m, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_is_null(m->dict = rt_dict_copy(ts, m->ns)) || decide_layout(ts, m) < 0 ||
        alloc_type(ts, m) < 0)
        return RT_NULL;
    rt_value v = rt_own(m->type);
    rt_value word = rt_defer(ts, v);
    if (fill_namespace(ts, m) < 0 || ready_heap(ts, m) < 0 || set_names(ts, m->type) < 0 ||
        init_subclass(ts, m->type, args, n, kw) < 0)
        return RT_NULL; /* the collector takes the half-made type */
    return word;
}

/* ---- type.__new__ ---------------------------------------------------------------------------- */

static int check_args(struct rt_thread *ts, const rt_value *args, uint32_t n)
{
    static const struct { uint32_t flag; const char *name; } want[] = {
        {RT_TF_STR, "str"}, {RT_TF_TUPLE, "tuple"}, {RT_TF_DICT_SUB, "dict"}};
    if (n != 3) {
        rt_raise(ts, &rt_exc_TypeError, "type.__new__() takes exactly 3 arguments (%u given)", n);
        return -1;
    }
    for (uint32_t i = 0; i < 3; i++) {
        if (rt_is_ptr(args[i]) && rt_has(args[i], want[i].flag))
            continue;
        rt_raise(ts, &rt_exc_TypeError, "type.__new__() argument %u must be %s, not %.200s", i + 1,
                 want[i].name, rt_typename(args[i]));
        return -1;
    }
    return 0;
}

static int check_bases(struct rt_thread *ts, rt_value bases)
{
    struct rt_tuple *b = rt_as_tuple(bases);
    for (size_t i = 0; i < b->length; i++) {
        if (rt_is_type(b->items[i]))
            continue;
        rt_value f = rt_getattr_opt(ts, b->items[i], RT_ID(__mro_entries__));
        if (!rt_is_null(f)) {
            rt_decref(ts, f);
            rt_raise(ts, &rt_exc_TypeError,
                     "type() doesn't support MRO entry resolution; use types.new_class()");
        }
        if (rt_pending(ts))
            return -1;
    }
    return 0;
}

rt_value rt_type_new(struct rt_thread *ts, struct rt_type *meta, const rt_value *args, uint32_t n, rt_value kw)
{
    if (check_args(ts, args, n) < 0)
        return RT_NULL;
    struct maker m = {.meta = meta, .name = args[0], .bases = args[1], .ns = args[2]};
    rt_value object = rt_type_value(&rt_object_type), owned_bases = RT_NULL, r = RT_NULL;
    if (rt_as_tuple(m.bases)->length == 0) {
        owned_bases = m.bases = rt_tuple_from(ts, &object, 1);
        if (rt_is_null(m.bases))
            return RT_NULL;
    } else {
        if (check_bases(ts, m.bases) < 0)
            return RT_NULL;
        struct rt_type *winner = rt_type_calculate_meta(ts, meta, m.bases);
        if (!winner)
            return RT_NULL;
        if (winner != meta && winner->new != meta->new && winner->new != rt_type_type.new)
            return winner->new(ts, winner, args, n, kw);
        m.meta = winner;
    }
    if (!rt_is_exact(m.name, &rt_str_type))
        m.name = rt_str_intern(ts, m.name);
    if ((m.base = rt_type_best_base(ts, m.bases)))
        r = make(ts, &m, args, n, kw);
    rt_decref(ts, m.dict);
    rt_decref(ts, m.slots);
    rt_decref(ts, owned_bases);
    return r;
}

rt_value rt_type_derive(struct rt_thread *ts, const char *name, rt_value bases, rt_value dict)
{
    const char *dot = strrchr(name, '.');
    rt_value ns = rt_is_null(dict) ? rt_dict_new(ts) : rt_dict_copy(ts, dict), r = RT_NULL;
    rt_value owned = RT_NULL, shortname = rt_str_from_cstr(ts, dot ? dot + 1 : name);
    if (rt_is_ptr(bases) && rt_is_type(bases))
        bases = owned = rt_tuple_from(ts, &bases, 1);
    if (rt_is_null(ns) || rt_is_null(shortname) || rt_is_null(bases))
        goto done;
    if (dot && !rt_dict_contains(ts, ns, RT_ID(__module__))) {
        rt_value module = rt_str_from_utf8(ts, name, (size_t)(dot - name), NULL);
        int e = rt_is_null(module) ? -1 : rt_dict_set(ts, ns, RT_ID(__module__), module);
        rt_decref(ts, module);
        if (e < 0)
            goto done;
    }
    rt_value args[3] = {shortname, bases, ns};
    struct rt_type *meta = rt_type_calculate_meta(ts, &rt_type_type, bases);
    if (meta)
        r = meta->new(ts, meta, args, 3, RT_NULL);
done:
    rt_decref(ts, owned);
    rt_decref(ts, shortname);
    rt_decref(ts, ns);
    return r;
}
