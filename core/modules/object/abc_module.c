/* SPDX-License-Identifier: MIT */
/*
 * The module _abc: registries and caches of abstract base classes. Registry and caches are sets of weak
 * references; a reference's callback takes it out of its set. The invalidation counter is one per
 * interpreter.
 */
#include "core/object/abc.h"
#include "core/object/object_internal.h"
#include "core/object/weakref.h"

struct abc_data {
    struct rt_object hdr;
    rt_slot registry, cache, negative; /* sets, or RT_NULL while empty */
    _Atomic uint64_t negative_version;
};

static struct rt_abc_state *state_of(struct rt_thread *ts) { return ts->interp->native_private[RT_NS_ABC]; }

static int data_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct abc_data *)o)->registry);
    RT_VISIT_SLOT(&((struct abc_data *)o)->cache);
    RT_VISIT_SLOT(&((struct abc_data *)o)->negative);
    return 0;
}

static void data_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct abc_data *)o)->registry, RT_NULL);
    rt_slot_set(ts, &((struct abc_data *)o)->cache, RT_NULL);
    rt_slot_set(ts, &((struct abc_data *)o)->negative, RT_NULL);
}

static struct rt_type abc_data_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_abc._abc_data",
    .doc = "Internal state held by ABC machinery.",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct abc_data),
    .traverse = data_traverse,
    .clear = data_clear,
};

/* cls._abc_impl; new reference in *owned. */
static struct abc_data *data_of(struct rt_thread *ts, rt_value cls, rt_value *owned)
{
    *owned = rt_getattr_cstr(ts, cls, "_abc_impl");
    if (rt_is_null(*owned))
        return NULL;
    if (rt_is_exact(*owned, &abc_data_type))
        return (struct abc_data *)rt_ptr(*owned);
    rt_raise(ts, &rt_exc_TypeError, "_abc_impl is set to a wrong type");
    rt_clear(ts, owned);
    return NULL;
}

/* ---- weak sets ------------------------------------------------------------------------------- */

static rt_value forget(struct rt_thread *ts, rt_value set_ref, rt_value dead)
{
    rt_value set = rt_weakref_get(ts, set_ref);
    if (rt_is_null(set))
        return RT_NONE;
    int r = rt_set_discard(ts, set, dead);
    rt_decref(ts, set);
    return r < 0 ? RT_NULL : RT_NONE;
}

static const struct rt_method_def forget_def = {"_destroy", forget, RT_METH_O, NULL};

static int weak_contains(struct rt_thread *ts, struct abc_data *d, rt_slot *slot, rt_value cls)
{
    rt_value set = rt_slot_get(ts, d, slot);
    if (rt_is_null(set))
        return 0;
    int r = 0;
    if (rt_set_len(set)) {
        rt_value ref = rt_weakref_new(ts, cls, RT_NULL);
        if (rt_is_null(ref))
            r = rt_exc_clear_if(ts, &rt_exc_TypeError) ? 0 : -1;
        else
            r = rt_set_contains(ts, set, ref);
        rt_decref(ts, ref);
    }
    rt_decref(ts, set);
    return r;
}

/* The set in the slot, made on first need by exactly one thread. */
static rt_value get_set(struct rt_thread *ts, struct abc_data *d, rt_slot *slot)
{
    rt_value set = rt_slot_get(ts, d, slot), fresh;
    if (!rt_is_null(set) || rt_is_null(fresh = rt_set_new(ts, RT_NULL)))
        return set;
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, d);
    set = rt_slot_get(ts, d, slot);
    if (rt_is_null(set)) {
        set = rt_newref(ts, fresh);
        rt_slot_put(slot, fresh);
        fresh = RT_NULL;
    }
    rt_cs_end(ts, &cs);
    rt_decref(ts, fresh);
    return set;
}

static int weak_add(struct rt_thread *ts, struct abc_data *d, rt_slot *slot, rt_value cls)
{
    rt_value set = get_set(ts, d, slot);
    if (rt_is_null(set))
        return -1;
    rt_value set_ref = rt_weakref_new(ts, set, RT_NULL), destroy = RT_NULL, ref = RT_NULL;
    if (!rt_is_null(set_ref))
        destroy = rt_builtin_new(ts, &forget_def, set_ref, RT_NULL);
    if (!rt_is_null(destroy))
        ref = rt_weakref_new(ts, cls, destroy);
    int r = rt_is_null(ref) ? -1 : rt_set_add(ts, set, ref);
    rt_decref(ts, ref);
    rt_decref(ts, destroy);
    rt_decref(ts, set_ref);
    rt_decref(ts, set);
    return r;
}

/* Living classes of a weak set, as a list. */
static rt_value weak_list(struct rt_thread *ts, struct abc_data *d, rt_slot *slot)
{
    rt_value set = rt_slot_get(ts, d, slot), list = rt_list_new(ts, 0), ref;
    size_t pos = 0;
    while (!rt_is_null(set) && !rt_is_null(list) && rt_set_next(ts, set, &pos, &ref)) {
        rt_value c = rt_weakref_get(ts, ref);
        rt_decref(ts, ref);
        if (!rt_is_null(c) && rt_list_append_steal(ts, list, c) < 0)
            rt_clear(ts, &list);
    }
    rt_decref(ts, set);
    return list;
}

/* ---- _abc_init ------------------------------------------------------------------------------- */

static int is_abstract(struct rt_thread *ts, rt_value v)
{
    rt_value a = rt_getattr_opt(ts, v, RT_ID(__isabstractmethod__));
    if (rt_is_null(a))
        return rt_pending(ts) ? -1 : 0;
    int r = rt_truth(ts, a);
    rt_decref(ts, a);
    return r;
}

static int own_abstracts(struct rt_thread *ts, rt_value cls, rt_value set)
{
    rt_value d = rt_getattr(ts, cls, RT_ID(__dict__)), items = rt_is_null(d) ? d : rt_mapping_items(ts, d);
    int r = rt_is_null(items) ? -1 : 0;
    for (size_t i = 0; r == 0 && i < rt_list_len(items); i++) {
        rt_value pair = rt_list_get(ts, items, i);
        if (!rt_is_ptr(pair) || !rt_is_tuple(pair) || rt_as_tuple(pair)->length != 2) {
            rt_raise(ts, &rt_exc_TypeError, "Iteration over items() returned item which is not a pair");
            r = -1;
        } else if ((r = is_abstract(ts, rt_as_tuple(pair)->items[1])) > 0) {
            r = rt_set_add(ts, set, rt_as_tuple(pair)->items[0]);
        }
        rt_decref(ts, pair);
    }
    rt_decref(ts, items);
    rt_decref(ts, d);
    return r;
}

static int inherited_abstracts(struct rt_thread *ts, rt_value cls, rt_value base, rt_value set)
{
    rt_value names = rt_getattr_opt(ts, base, RT_ID(__abstractmethods__)), it, name;
    if (rt_is_null(names))
        return rt_pending(ts) ? -1 : 0;
    int r = rt_is_null(it = rt_iter(ts, names)) ? -1 : 0;
    while (r == 0 && !rt_is_stop(name = rt_next(ts, it))) {
        if (rt_is_null(name)) {
            r = -1;
            break;
        }
        rt_value v = rt_getattr_opt(ts, cls, name);
        r = rt_is_null(v) ? (rt_pending(ts) ? -1 : 0) : is_abstract(ts, v);
        if (r > 0)
            r = rt_set_add(ts, set, name);
        rt_decref(ts, v);
        rt_decref(ts, name);
    }
    rt_decref(ts, it);
    rt_decref(ts, names);
    return r;
}

static int compute_abstracts(struct rt_thread *ts, rt_value cls)
{
    rt_value set = rt_set_new(ts, RT_NULL), bases = RT_NULL, frozen = RT_NULL;
    int r = rt_is_null(set) ? -1 : own_abstracts(ts, cls, set);
    if (r == 0 && rt_is_null(bases = rt_getattr(ts, cls, RT_ID(__bases__))))
        r = -1;
    if (r == 0 && !(rt_is_ptr(bases) && rt_is_tuple(bases))) {
        rt_raise(ts, &rt_exc_TypeError, "__bases__ is not tuple");
        r = -1;
    }
    for (size_t i = 0; r == 0 && i < rt_as_tuple(bases)->length; i++)
        r = inherited_abstracts(ts, cls, rt_as_tuple(bases)->items[i], set);
    if (r == 0 && rt_is_null(frozen = rt_frozenset_new(ts, set)))
        r = -1;
    if (r == 0)
        r = rt_setattr(ts, cls, RT_ID(__abstractmethods__), frozen);
    rt_decref(ts, frozen);
    rt_decref(ts, bases);
    rt_decref(ts, set);
    return r;
}

enum { CP_SEQUENCE = 1 << 5, CP_MAPPING = 1 << 6 };

/* __abc_tpflags__ in the class body says how the match statement sees instances. */
static int take_flags(struct rt_thread *ts, rt_value cls)
{
    struct rt_type *t = rt_as_type(cls);
    rt_value key = rt_str_intern_cstr(ts, "__abc_tpflags__");
    rt_value v = rt_dict_get(ts, rt_type_dict_borrowed(t), key);
    if (rt_is_null(v))
        return rt_pending(ts) ? -1 : 0;
    int64_t flags = rt_is_int(v) ? rt_int_get(v) : 0;
    rt_decref(ts, v);
    if ((flags & CP_SEQUENCE) && (flags & CP_MAPPING)) {
        rt_raise(ts, &rt_exc_TypeError, "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
        return -1;
    }
    rt_or_relaxed(&t->flags, (flags & CP_SEQUENCE ? RT_TF_SEQUENCE : 0) | (flags & CP_MAPPING ? RT_TF_MAPPING : 0));
    return rt_type_setattr(ts, t, key, RT_NULL);
}

/* The first class made is abc.ABC (module abc): its metaclass is the ABCMeta whose checks only forward to
   this module, so that answers may be remembered in front of them. */
static void learn_metaclass(struct rt_thread *ts, rt_value cls)
{
    struct rt_abc_state *s = state_of(ts);
    struct rt_type *meta = rt_type_of(cls);
    if (s->learnt)
        return;
    s->learnt = true;
    rt_value module = rt_type_module(ts, meta);
    rt_exc_clear(ts);
    if (rt_is_ptr(module) && rt_is_str(module) && rt_str_eq_cstr(module, "abc") && !strcmp(meta->name, "ABCMeta")) {
        rt_value f = rt_type_lookup(ts, meta, RT_ID(__instancecheck__));
        rt_value g = rt_type_lookup(ts, meta, RT_ID(__subclasscheck__));
        if (rt_is_ptr(f) && !rt_is_counted(f) && rt_is_ptr(g) && !rt_is_counted(g)) {
            rt_value keep = rt_tuple_pack(ts, 2, f, g);
            if (!rt_is_null(keep)) {
                rt_slot_set(ts, &ts->interp->native_state[RT_NS_ABC], keep);
                s->instancecheck = rt_borrowed(f);
                s->subclasscheck = rt_borrowed(g);
            }
        }
    }
    rt_decref(ts, module);
}

static rt_value abc_init(struct rt_thread *ts, rt_value self, rt_value cls)
{
    learn_metaclass(ts, cls);
    if (compute_abstracts(ts, cls) < 0)
        return RT_NULL;
    struct abc_data *d = rt_object_new(ts, &abc_data_type, sizeof *d);
    if (!d)
        return RT_NULL;
    rt_slot_init(&d->registry, RT_NULL);
    rt_slot_init(&d->cache, RT_NULL);
    rt_slot_init(&d->negative, RT_NULL);
    rt_store_relaxed(&d->negative_version, rt_load_relaxed(&state_of(ts)->counter));
    int r = rt_setattr_cstr(ts, cls, "_abc_impl", rt_borrow(d));
    rt_decref_obj(ts, d);
    if (r == 0 && rt_is_type(cls))
        r = take_flags(ts, cls);
    return r < 0 ? RT_NULL : RT_NONE;
}

/* ---- registration ---------------------------------------------------------------------------- */

static bool set_flags_of(struct rt_type *t, void *arg)
{
    uint32_t flags = *(uint32_t *)arg;
    if (rt_type_has(t, RT_TF_IMMUTABLE) || (rt_load_relaxed(&t->flags) & (RT_TF_SEQUENCE | RT_TF_MAPPING)) == flags)
        return false;
    rt_and_relaxed(&t->flags, ~(uint32_t)(RT_TF_SEQUENCE | RT_TF_MAPPING));
    rt_or_relaxed(&t->flags, flags);
    return true;
}

static void set_flags(struct rt_type *t, uint32_t flags)
{
    rt_type_lock();
    rt_type_walk_locked(t, set_flags_of, &flags);
    rt_type_unlock();
}

static rt_value abc_register(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "_abc_register", n, 2, 2) < 0)
        return RT_NULL;
    rt_value cls = args[0], sub = args[1], owned;
    if (!rt_is_type(sub))
        return rt_raise(ts, &rt_exc_TypeError, "Can only register classes");
    int r = rt_issubclass(ts, sub, cls);
    if (r)
        return r < 0 ? RT_NULL : rt_newref(ts, sub);
    if ((r = rt_issubclass(ts, cls, sub))) /* no cycles */
        return r < 0 ? RT_NULL : rt_raise(ts, &rt_exc_RuntimeError, "Refusing to create an inheritance cycle");
    struct abc_data *d = data_of(ts, cls, &owned);
    if (!d)
        return RT_NULL;
    r = weak_add(ts, d, &d->registry, sub);
    rt_decref(ts, owned);
    if (r < 0)
        return RT_NULL;
    rt_add_acq_rel(&state_of(ts)->counter, 1);
    uint32_t flags = rt_is_type(cls) ? rt_load_relaxed(&rt_as_type(cls)->flags) & (RT_TF_SEQUENCE | RT_TF_MAPPING) : 0;
    if (flags)
        set_flags(rt_as_type(sub), flags);
    return rt_newref(ts, sub);
}

/* ---- checks ---------------------------------------------------------------------------------- */

static int call_subclasscheck(struct rt_thread *ts, rt_value cls, rt_value sub)
{
    rt_value r = rt_call_method(ts, cls, "__subclasscheck__", &sub, 1);
    if (rt_is_null(r))
        return -1;
    int t = rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

static bool negative_is_current(struct rt_thread *ts, struct abc_data *d)
{
    return rt_load_acquire(&d->negative_version) == rt_load_acquire(&state_of(ts)->counter);
}

static rt_value abc_instancecheck(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "_abc_instancecheck", n, 2, 2) < 0)
        return RT_NULL;
    rt_value cls = args[0], o = args[1], owned, sub;
    struct abc_data *d = data_of(ts, cls, &owned);
    if (!d)
        return RT_NULL;
    sub = rt_getattr(ts, o, RT_ID(__class__));
    uint64_t counter = rt_load_acquire(&state_of(ts)->counter), key = rt_isinstance_key(cls, rt_type_of(o));
    int r = rt_is_null(sub) ? -1 : weak_contains(ts, d, &d->cache, sub);
    if (r == 0) {
        rt_value type = rt_type_value(rt_type_of(o));
        if (rt_is(type, sub)) {
            int no = negative_is_current(ts, d) ? weak_contains(ts, d, &d->negative, sub) : 0;
            r = no < 0 ? -1 : no ? 0 : call_subclasscheck(ts, cls, sub);
        } else if ((r = call_subclasscheck(ts, cls, sub)) == 0) {
            r = call_subclasscheck(ts, cls, type);
        }
    }
    if (r >= 0 && rt_is(sub, rt_type_value(rt_type_of(o))))
        rt_isinstance_remember(ts, cls, rt_type_of(o), key, counter, r);
    rt_decref(ts, sub);
    rt_decref(ts, owned);
    return r < 0 ? RT_NULL : rt_bool(r);
}

static int check_registry(struct rt_thread *ts, struct abc_data *d, rt_value sub)
{
    rt_value list = weak_list(ts, d, &d->registry);
    int r = rt_is_null(list) ? -1 : 0;
    for (size_t i = 0; r == 0 && i < rt_list_len(list); i++) {
        rt_value c = rt_list_get(ts, list, i);
        r = rt_issubclass(ts, sub, c);
        rt_decref(ts, c);
    }
    rt_decref(ts, list);
    return r;
}

static int check_subclasses(struct rt_thread *ts, rt_value cls, rt_value sub)
{
    rt_value list = rt_call_method(ts, cls, "__subclasses__", NULL, 0);
    if (rt_is_null(list))
        return -1;
    int r = 0;
    if (!rt_is_ptr(list) || !rt_is_list(list)) {
        rt_raise(ts, &rt_exc_TypeError, "__subclasses__() must return a list");
        r = -1;
    }
    for (size_t i = 0; r == 0 && i < rt_list_len(list); i++) {
        rt_value c = rt_list_get(ts, list, i);
        r = rt_issubclass(ts, sub, c);
        rt_decref(ts, c);
    }
    rt_decref(ts, list);
    return r;
}

/* 1, 0, -1; *cached: the caches knew or have been told already. */
static int subclass(struct rt_thread *ts, rt_value cls, struct abc_data *d, rt_value sub, bool *cached)
{
    *cached = true;
    int r = weak_contains(ts, d, &d->cache, sub);
    if (r)
        return r;
    uint64_t now = rt_load_acquire(&state_of(ts)->counter);
    if (rt_load_acquire(&d->negative_version) < now) {
        rt_slot_set(ts, &d->negative, RT_NULL);
        rt_store_release(&d->negative_version, now);
    } else if ((r = weak_contains(ts, d, &d->negative, sub))) {
        return r < 0 ? -1 : 0;
    }
    *cached = false;
    rt_value ok = rt_call_method(ts, cls, "__subclasshook__", &sub, 1);
    if (rt_is_null(ok))
        return -1;
    if (rt_is_bool(ok))
        return rt_is_true(ok);
    bool undecided = rt_is_notimpl(ok);
    rt_decref(ts, ok);
    if (!undecided) {
        rt_raise(ts, &rt_exc_AssertionError, "__subclasshook__ must return either False, True, or NotImplemented");
        return -1;
    }
    if (rt_is_type(cls) && rt_type_is_subtype(rt_as_type(sub), rt_as_type(cls)))
        return 1;
    if ((r = check_registry(ts, d, sub)))
        return r;
    return check_subclasses(ts, cls, sub);
}

static rt_value abc_subclasscheck(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    rt_value owned;
    bool cached;
    if (rt_args_count(ts, "_abc_subclasscheck", n, 2, 2) < 0)
        return RT_NULL;
    if (!rt_is_type(args[1]))
        return rt_raise(ts, &rt_exc_TypeError, "issubclass() arg 1 must be a class");
    struct abc_data *d = data_of(ts, args[0], &owned);
    if (!d)
        return RT_NULL;
    uint64_t counter = rt_load_acquire(&state_of(ts)->counter), key = rt_isinstance_key(args[0], rt_as_type(args[1]));
    int r = subclass(ts, args[0], d, args[1], &cached);
    if (r >= 0 && !cached && weak_add(ts, d, r ? &d->cache : &d->negative, args[1]) < 0)
        r = -1;
    if (r >= 0)
        rt_isinstance_remember(ts, args[0], rt_as_type(args[1]), key, counter, r);
    rt_decref(ts, owned);
    return r < 0 ? RT_NULL : rt_bool(r);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static rt_value abc_reset(struct rt_thread *ts, rt_value cls, bool registry)
{
    rt_value owned;
    struct abc_data *d = data_of(ts, cls, &owned);
    if (!d)
        return RT_NULL;
    if (registry) {
        rt_slot_set(ts, &d->registry, RT_NULL);
    } else {
        rt_slot_set(ts, &d->cache, RT_NULL);
        rt_slot_set(ts, &d->negative, RT_NULL);
        if (rt_is_type(cls))
            rt_type_modified(ts, rt_as_type(cls)); /* a new version: nothing is remembered about it */
    }
    rt_decref(ts, owned);
    return RT_NONE;
}

static rt_value abc_reset_registry(struct rt_thread *ts, rt_value self, rt_value cls) { return abc_reset(ts, cls, true); }
static rt_value abc_reset_caches(struct rt_thread *ts, rt_value self, rt_value cls) { return abc_reset(ts, cls, false); }

static rt_value copy_set(struct rt_thread *ts, struct abc_data *d, rt_slot *slot)
{
    rt_value set = rt_slot_get(ts, d, slot), r = rt_set_new(ts, set);
    rt_decref(ts, set);
    return r;
}

static rt_value abc_get_dump(struct rt_thread *ts, rt_value self, rt_value cls)
{
    rt_value owned, r = RT_NULL;
    struct abc_data *d = data_of(ts, cls, &owned);
    if (!d)
        return RT_NULL;
    rt_value a = copy_set(ts, d, &d->registry), b = copy_set(ts, d, &d->cache), c = copy_set(ts, d, &d->negative);
    if (!rt_is_null(a) && !rt_is_null(b) && !rt_is_null(c))
        r = rt_tuple_pack(ts, 4, a, b, c, rt_int_imm((int64_t)rt_load_relaxed(&d->negative_version)));
    rt_decref(ts, a);
    rt_decref(ts, b);
    rt_decref(ts, c);
    rt_decref(ts, owned);
    return r;
}

static rt_value abc_token(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm((int64_t)rt_load_acquire(&state_of(ts)->counter));
}

static int abc_exec(struct rt_thread *ts, rt_value m)
{
    void **p = &ts->interp->native_private[RT_NS_ABC];
    if (!*p && !(*p = rt_raw_calloc(1, sizeof(struct rt_abc_state)))) {
        rt_raise_no_memory(ts);
        return -1;
    }
    return rt_type_ready(ts, &abc_data_type);
}

static const struct rt_method_def abc_methods[] = {
    {"get_cache_token", abc_token, RT_METH_NOARGS,
     "get_cache_token($module, /)\n--\n\nReturns the current ABC cache token.\n\nThe token is an opaque object "
     "(supporting equality testing) identifying the\ncurrent version of the ABC cache for virtual subclasses. The "
     "token changes\nwith every call to register() on any ABC."},
    {"_abc_init", abc_init, RT_METH_O, NULL},
    {"_abc_register", abc_register, RT_METH_FAST, NULL},
    {"_abc_instancecheck", abc_instancecheck, RT_METH_FAST, NULL},
    {"_abc_subclasscheck", abc_subclasscheck, RT_METH_FAST, NULL},
    {"_get_dump", abc_get_dump, RT_METH_O, NULL},
    {"_reset_registry", abc_reset_registry, RT_METH_O, NULL},
    {"_reset_caches", abc_reset_caches, RT_METH_O, NULL},
    {0},
};

extern const struct rt_module_def rt_module__abc;
const struct rt_module_def rt_module__abc = {
    .name = "_abc",
    .doc = "Module contains faster C implementation of abc.ABCMeta",
    .methods = abc_methods,
    .exec = abc_exec,
};
