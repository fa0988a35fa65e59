/* SPDX-License-Identifier: MIT */
/* isinstance and issubclass, with __instancecheck__, tuples, unions and classes that are no types. */
#include "core/object/abc.h"
#include "core/object/type_internal.h"

static rt_value abstract_bases(struct rt_thread *ts, rt_value cls)
{
    rt_value bases = rt_getattr_opt(ts, cls, RT_ID(__bases__));
    if (!rt_is_null(bases) && !(rt_is_ptr(bases) && rt_is_tuple(bases)))
        rt_clear(ts, &bases);
    return bases;
}

static int abstract_issubclass(struct rt_thread *ts, rt_value derived, rt_value cls)
{
    if (rt_is(derived, cls))
        return 1;
    rt_value bases = abstract_bases(ts, derived);
    if (rt_is_null(bases))
        return rt_pending(ts) ? -1 : 0;
    int r = rt_recursion_enter(ts, " in __issubclass__");
    if (r == 0) {
        for (size_t i = 0; r == 0 && i < rt_as_tuple(bases)->length; i++)
            r = abstract_issubclass(ts, rt_as_tuple(bases)->items[i], cls);
        rt_recursion_leave(ts);
    }
    rt_decref(ts, bases);
    return r;
}

/* cls looks like a class (has __bases__), or TypeError. */
static bool check_class(struct rt_thread *ts, rt_value cls, const char *error)
{
    rt_value bases = abstract_bases(ts, cls);
    if (rt_is_null(bases)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "%s", error);
        return false;
    }
    rt_decref(ts, bases);
    return true;
}

static RT_NOINLINE bool find_plain_class(struct rt_thread *ts, struct rt_type *t, uint32_t version)
{
    rt_value d = rt_type_lookup(ts, t, RT_ID(__class__));
    rt_value plain = rt_type_lookup(ts, &rt_object_type, RT_ID(__class__));
    bool same = rt_is(d, plain);
    rt_decref(ts, plain);
    rt_decref(ts, d);
    if (same)
        rt_store_relaxed(&t->plain_class_version, version);
    return same;
}

/* o.__class__ is type(o) for certain: the attribute is that of object. */
RT_INLINE bool has_plain_class(struct rt_thread *ts, struct rt_type *t)
{
    if (t->getattro != rt_object_getattr && t->getattro != rt_type_getattro)
        return false;
    if (!rt_type_has(t, RT_TF_HEAP))
        return true; /* no native type with the usual look-up has its own */
    uint32_t version = rt_load_acquire(&t->version);
    return rt_likely(version && rt_load_relaxed(&t->plain_class_version) == version) || find_plain_class(ts, t, version);
}

/* Does o, whose type is no subclass of the class cls, say by its __class__ that it is one of its instances? */
static RT_NOINLINE int claims_class(struct rt_thread *ts, rt_value o, rt_value cls)
{
    rt_value c = rt_getattr_opt(ts, o, RT_ID(__class__));
    if (rt_is_null(c))
        return rt_pending(ts) ? -1 : 0;
    int r = rt_is_type(c) && rt_as_type(c) != rt_type_of(o) && rt_type_is_subtype(rt_as_type(c), rt_as_type(cls));
    rt_decref(ts, c);
    return r;
}

RT_INLINE int is_or_claims(struct rt_thread *ts, rt_value o, struct rt_type *t, struct rt_type *cls)
{
    if (rt_type_is_subtype(t, cls))
        return 1;
    return rt_likely(has_plain_class(ts, t)) ? 0 : claims_class(ts, o, rt_type_value(cls));
}

int rt_real_isinstance(struct rt_thread *ts, rt_value o, rt_value cls)
{
    if (rt_is_type(cls))
        return is_or_claims(ts, o, rt_type_of(o), rt_as_type(cls));
    if (!check_class(ts, cls, "isinstance() arg 2 must be a type, a tuple of types, or a union"))
        return -1;
    rt_value c = rt_getattr_opt(ts, o, RT_ID(__class__));
    if (rt_is_null(c))
        return rt_pending(ts) ? -1 : 0;
    int r = abstract_issubclass(ts, c, cls);
    rt_decref(ts, c);
    return r;
}

int rt_real_issubclass(struct rt_thread *ts, rt_value c, rt_value cls)
{
    if (rt_is_type(cls) && rt_is_type(c))
        return rt_type_is_subtype(rt_as_type(c), rt_as_type(cls));
    if (!check_class(ts, c, "issubclass() arg 1 must be a class") ||
        !check_class(ts, cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union"))
        return -1;
    return abstract_issubclass(ts, c, cls);
}

/*
 * What abstract base classes have answered, for all interpreters: an entry says whether instances of the
 * class with version b are instances of the one with version a (versions are never reused). "No" holds
 * until the next registration. The key is stored xor-ed with the answer: a torn entry matches nothing.
 */
struct answer {
    _Atomic uint64_t key, value;
};
enum { ANSWER_BITS = 9 };
static struct answer answers[1 << ANSWER_BITS];

RT_INLINE struct answer *answer_slot(uint64_t key)
{
    return &answers[(key * 0x9e3779b97f4a7c15u) >> (64 - ANSWER_BITS)];
}
RT_INLINE uint64_t answer_key(rt_value cls, const struct rt_type *t)
{
    uint64_t a = rt_load_acquire(&rt_as_type(cls)->version), b = rt_load_acquire(&t->version);
    return a && b ? a << 32 | b : 0;
}

void rt_isinstance_remember(struct rt_thread *ts, rt_value cls, struct rt_type *t, uint64_t key, uint64_t counter,
                            bool yes)
{
    struct rt_abc_state *abc = ts->interp->native_private[RT_NS_ABC];
    struct rt_type *meta = rt_type_of(cls);
    if (!key || key != answer_key(cls, t) || !rt_is_type(cls) || !has_plain_class(ts, t))
        return;
    rt_value f = rt_type_lookup(ts, meta, RT_ID(__instancecheck__));
    rt_value g = rt_type_lookup(ts, meta, RT_ID(__subclasscheck__));
    if (rt_is(f, abc->instancecheck) && rt_is(g, abc->subclasscheck)) {
        uint64_t value = counter << 1 | yes;
        rt_store_relaxed(&answer_slot(key)->key, key ^ value);
        rt_store_release(&answer_slot(key)->value, value);
    }
    rt_decref(ts, f);
    rt_decref(ts, g);
}

uint64_t rt_isinstance_key(rt_value cls, struct rt_type *t) { return rt_is_type(cls) ? answer_key(cls, t) : 0; }

/* f is what ABCMeta defines: its answer if it is known, -1 otherwise. */
static int answer_known(struct rt_thread *ts, rt_value f, rt_value cls, const struct rt_type *t, bool instance)
{
    struct rt_abc_state *abc = ts->interp->native_private[RT_NS_ABC];
    if (!abc || rt_is_null(f) || !rt_is(f, instance ? abc->instancecheck : abc->subclasscheck) || ts->tracing ||
        !rt_is_type(cls))
        return -1;
    uint64_t key = answer_key(cls, t);
    uint64_t value = rt_load_acquire(&answer_slot(key)->value);
    if (!key || (rt_load_relaxed(&answer_slot(key)->key) ^ value) != key)
        return -1;
    return value & 1 ? 1 : value >> 1 == rt_load_acquire(&abc->counter) ? 0 : -1;
}

typedef int (*checkfn)(struct rt_thread *, rt_value, rt_value);

static int check(struct rt_thread *ts, rt_value o, rt_value cls, rt_value method, checkfn again, checkfn real,
                 const char *where)
{
    if (rt_is_ptr(cls) && rt_is_tuple(cls)) {
        if (rt_recursion_enter(ts, where) < 0)
            return -1;
        int r = 0;
        for (size_t i = 0; r == 0 && i < rt_as_tuple(cls)->length; i++)
            r = again(ts, o, rt_as_tuple(cls)->items[i]);
        rt_recursion_leave(ts);
        return r;
    }
    rt_value f = rt_type_lookup(ts, rt_type_of(cls), method);
    if (rt_is_null(f))
        return rt_pending(ts) ? -1 : real(ts, o, cls);
    bool instance = real == rt_real_isinstance;
    if (instance || rt_is_type(o)) {
        int known = answer_known(ts, f, cls, instance ? rt_type_of(o) : rt_as_type(o), instance);
        if (known >= 0) {
            rt_decref(ts, f);
            return known;
        }
    }
    if (rt_recursion_enter(ts, where) < 0) {
        rt_decref(ts, f);
        return -1;
    }
    rt_value argv[2] = {cls, o}, r = rt_call_unbound(ts, f, argv, 2, RT_NULL);
    rt_recursion_leave(ts);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return -1;
    int t = rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

/* Whether a class among those in the tuple is type or a base of it; -1: other than plain classes are to be asked. */
static int is_among(struct rt_thread *ts, struct rt_type *type, const struct rt_tuple *t)
{
    for (size_t i = 0; i < t->length; i++) {
        struct rt_object *c = rt_is_ptr(t->items[i]) ? rt_ptr(t->items[i]) : NULL;
        if (!c || (rt_type_of_obj(c) != &rt_type_type && (void *)c != (void *)type))
            return -1;
        if (rt_type_is_subtype(type, (struct rt_type *)c))
            return 1;
    }
    return has_plain_class(ts, type) ? 0 : -1;
}

/* cls is no class of the usual kind. */
static RT_NOINLINE int isinstance_other(struct rt_thread *ts, rt_value o, rt_value cls)
{
    if (rt_is_exact(cls, &rt_union_type))
        cls = rt_union_args_borrowed(cls);
    int among = rt_is_exact(cls, &rt_tuple_type) ? is_among(ts, rt_type_of(o), rt_as_tuple(cls)) : -1;
    if (among >= 0)
        return among;
    return check(ts, o, cls, RT_ID(__instancecheck__), rt_isinstance, rt_real_isinstance, " in __instancecheck__");
}

int rt_isinstance(struct rt_thread *ts, rt_value o, rt_value cls)
{
    struct rt_type *t = rt_type_of(o);
    if (rt_likely(rt_is_ptr(cls))) {
        struct rt_type *c = (struct rt_type *)rt_ptr(cls);
        if (t == c)
            return 1;
        if (rt_likely(rt_type_of_obj(rt_ptr(cls)) == &rt_type_type))
            return is_or_claims(ts, o, t, c);
    }
    return isinstance_other(ts, o, cls);
}

int rt_issubclass(struct rt_thread *ts, rt_value c, rt_value cls)
{
    if (rt_is_exact(cls, &rt_type_type)) {
        if (rt_is(c, cls))
            return 1;
        return rt_real_issubclass(ts, c, cls);
    }
    if (rt_is_exact(cls, &rt_union_type))
        cls = rt_union_args_borrowed(cls);
    return check(ts, c, cls, RT_ID(__subclasscheck__), rt_issubclass, rt_real_issubclass,
                 " in __subclasscheck__");
}
