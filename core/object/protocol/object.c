/* SPDX-License-Identifier: MIT */
/* repr, str, hash, truth, comparison, identity, dir, format of any value. */
#include "core/object/object_internal.h"

/* ---- text ------------------------------------------------------------------------------------ */

static rt_value want_str(struct rt_thread *ts, rt_value r, const char *method)
{
    if (rt_likely(rt_is_null(r) || (rt_is_ptr(r) && rt_is_str(r))))
        return r;
    rt_raise(ts, &rt_exc_TypeError, "%s returned non-string (type %.200s)", method, rt_typename(r));
    rt_decref(ts, r);
    return RT_NULL;
}

rt_value rt_repr(struct rt_thread *ts, rt_value o)
{
    struct rt_type *t = rt_type_of(o);
    if (!t->repr) {
        rt_value id = rt_id(ts, o), hex = rt_is_null(id) ? id : rt_int_to_str(ts, id, 16, true), r = RT_NULL;
        if (!rt_is_null(hex))
            r = rt_str_format(ts, "<%s object at %U>", t->name, hex);
        rt_decref(ts, id);
        rt_decref(ts, hex);
        return r;
    }
    if (rt_recursion_enter(ts, " while getting the repr of an object") < 0)
        return RT_NULL;
    rt_value r = t->repr(ts, o);
    rt_recursion_leave(ts);
    return want_str(ts, r, "__repr__");
}

rt_value rt_str(struct rt_thread *ts, rt_value o)
{
    if (rt_is_str_exact(o))
        return rt_newref(ts, o);
    struct rt_type *t = rt_type_of(o);
    if (!t->str)
        return rt_repr(ts, o);
    if (rt_recursion_enter(ts, " while getting the str of an object") < 0)
        return RT_NULL;
    rt_value r = t->str(ts, o);
    rt_recursion_leave(ts);
    return want_str(ts, r, "__str__");
}

rt_value rt_ascii(struct rt_thread *ts, rt_value o)
{
    rt_value r = rt_repr(ts, o);
    if (rt_is_null(r) || rt_as_str(r)->ascii)
        return r;
    rt_value b = rt_str_encode(ts, r, "ascii", "backslashreplace"), s = RT_NULL;
    rt_decref(ts, r);
    if (!rt_is_null(b))
        s = rt_str_from_latin1(ts, (const uint8_t *)rt_as_bytes(b)->data, rt_as_bytes(b)->length);
    rt_decref(ts, b);
    return s;
}

rt_value rt_format(struct rt_thread *ts, rt_value o, rt_value spec)
{
    bool empty = rt_is_null(spec) || (rt_is_str(spec) && rt_str_len(spec) == 0);
    if (!rt_is_null(spec) && (!rt_is_ptr(spec) || !rt_is_str(spec)))
        return rt_raise(ts, &rt_exc_SystemError, "Format specifier must be a string, not %.200s",
                        rt_typename(spec));
    if (empty && (rt_is_str_exact(o) || rt_is_int(o)))
        return rt_str(ts, o);
    rt_value f = rt_type_lookup(ts, rt_type_of(o), RT_ID(__format__));
    if (rt_is_null(f))
        return rt_raise(ts, &rt_exc_TypeError, "Type %.100s doesn't define __format__", rt_typename(o));
    rt_value argv[2] = {o, rt_is_null(spec) ? rt_str_empty() : spec};
    rt_value r = rt_call_unbound(ts, f, argv, 2, RT_NULL);
    rt_decref(ts, f);
    if (!rt_is_null(r) && (!rt_is_ptr(r) || !rt_is_str(r))) {
        rt_raise(ts, &rt_exc_TypeError, "__format__ must return a str, not %.200s", rt_typename(r));
        rt_clear(ts, &r);
    }
    return r;
}

rt_value rt_bytes_from_object(struct rt_thread *ts, rt_value o)
{
    if (rt_is_exact(o, &rt_bytes_type))
        return rt_newref(ts, o);
    rt_value self, f = rt_lookup_special(ts, o, "__bytes__", &self);
    if (!rt_is_null(f)) {
        rt_value r = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
        rt_decref(ts, f);
        if (!rt_is_null(r) && !(rt_is_ptr(r) && rt_is_bytes(r))) {
            rt_raise(ts, &rt_exc_TypeError, "__bytes__ returned non-bytes (type %.200s)", rt_typename(r));
            rt_clear(ts, &r);
        }
        return r;
    }
    return rt_pending(ts) ? RT_NULL : rt_bytes_from_any(ts, o);
}

/* ---- hash, truth ----------------------------------------------------------------------------- */

int64_t rt_hash(struct rt_thread *ts, rt_value o)
{
    if (rt_is_str_exact(o))
        return rt_str_hash(o);
    struct rt_type *t = rt_type_of(o);
    return t->hash ? t->hash(ts, o) : rt_hash_not_implemented(ts, o);
}

int rt_truth(struct rt_thread *ts, rt_value o)
{
    if (rt_is_special(o) && !rt_is_notimpl(o)) /* bool(NotImplemented) warns: by its slot */
        return !(rt_is_false(o) || rt_is_none(o) || rt_is_fzero(o));
    if (rt_is_int(o))
        return o.bits != rt_int_imm(0).bits;
    struct rt_type *t = rt_type_of(o);
    if (t->truth)
        return t->truth(ts, o);
    if (t->len) {
        int64_t n = t->len(ts, o);
        return n < 0 ? -1 : n > 0;
    }
    return 1;
}

/* ---- comparison ------------------------------------------------------------------------------ */

static const char *const op_names[] = {"<", "<=", "==", "!=", ">", ">="};
static const enum rt_cmp swapped[] = {RT_GT, RT_GE, RT_EQ, RT_NE, RT_LT, RT_LE};

/* The left operand did not know; reflected: nor did the right one, which was asked first. */
static rt_value after_left(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op, bool reflected)
{
    struct rt_type *ta = rt_type_of(a), *tb = rt_type_of(b);
    if (!reflected && tb->richcompare) {
        rt_value r = tb->richcompare(ts, b, a, swapped[op]);
        if (!rt_is_notimpl(r))
            return r;
    }
    if (op == RT_EQ || op == RT_NE)
        return rt_bool(rt_is(a, b) == (op == RT_EQ));
    return rt_raise(ts, &rt_exc_TypeError, "'%s' not supported between instances of '%.100s' and '%.100s'",
                    op_names[op], ta->name, tb->name);
}

static rt_value compare_slow(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    struct rt_type *ta = rt_type_of(a), *tb = rt_type_of(b);
    bool reflected = false;
    rt_value r;
    if (ta != tb && tb->richcompare && rt_type_is_subtype(tb, ta)) {
        reflected = true;
        r = tb->richcompare(ts, b, a, swapped[op]);
        if (!rt_is_notimpl(r))
            return r;
    }
    if (ta->richcompare) {
        r = ta->richcompare(ts, a, b, op);
        if (!rt_is_notimpl(r))
            return r;
    }
    return after_left(ts, a, b, op, reflected);
}

rt_value rt_compare_rest(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (rt_recursion_enter(ts, " in comparison") < 0)
        return RT_NULL;
    rt_value r = after_left(ts, a, b, op, false);
    rt_recursion_leave(ts);
    return r;
}

static RT_NOINLINE rt_value compare_objects(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (rt_recursion_enter(ts, " in comparison") < 0)
        return RT_NULL;
    struct rt_type *t = rt_type_of(a), *tb = rt_type_of(b);
    rt_value r = RT_NOTIMPL;
    if (t->richcompare && t->richcompare == tb->richcompare && t->richcompare != rt_slot_richcompare) {
        /* One native function for both. It asks what it compares inside in the order in which it is given the two,
           and a subclass's instance comes first. */
        bool right_first = t != tb && rt_type_is_subtype(tb, t);
        r = right_first ? t->richcompare(ts, b, a, swapped[op]) : t->richcompare(ts, a, b, op);
    }
    if (rt_is_notimpl(r))
        r = compare_slow(ts, a, b, op);
    rt_recursion_leave(ts);
    return r;
}

/* Equal kinds whose comparison neither runs Python nor recurses. */
RT_INLINE bool is_leaf(const struct rt_type *t)
{
    return t == &rt_str_type || t == &rt_int_type || t == &rt_bytes_type;
}

rt_value rt_compare(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (rt_is_ptr(a)) {
        struct rt_type *t = rt_type_of_obj(rt_ptr(a));
        if (is_leaf(t) && rt_is_ptr(b) && rt_type_of_obj(rt_ptr(b)) == t)
            return t->richcompare(ts, a, b, op);
        return compare_objects(ts, a, b, op);
    }
    if (rt_is_int(a) && rt_is_int(b)) {
        int64_t x = (int64_t)a.bits, y = (int64_t)b.bits;
        switch (op) {
        case RT_LT: return rt_bool(x < y);
        case RT_LE: return rt_bool(x <= y);
        case RT_EQ: return rt_bool(x == y);
        case RT_NE: return rt_bool(x != y);
        case RT_GT: return rt_bool(x > y);
        default: return rt_bool(x >= y);
        }
    }
    if (rt_is_flonum(a) && rt_is_flonum(b)) {
        double x = rt_flonum_get(a), y = rt_flonum_get(b);
        switch (op) {
        case RT_LT: return rt_bool(x < y);
        case RT_LE: return rt_bool(x <= y);
        case RT_EQ: return rt_bool(x == y);
        case RT_NE: return rt_bool(x != y);
        case RT_GT: return rt_bool(x > y);
        default: return rt_bool(x >= y);
        }
    }
    return compare_objects(ts, a, b, op);
}

int rt_compare_bool(struct rt_thread *ts, rt_value a, rt_value b, enum rt_cmp op)
{
    if (rt_is(a, b)) {
        if (op == RT_EQ)
            return 1;
        if (op == RT_NE)
            return 0;
    }
    if ((op == RT_EQ || op == RT_NE) && rt_is_str_exact(a) && rt_is_str_exact(b))
        return rt_str_eq(a, b) == (op == RT_EQ);
    rt_value r = rt_compare(ts, a, b, op);
    if (rt_is_null(r))
        return -1;
    if (rt_is_bool(r))
        return rt_is_true(r);
    int t = rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

/* ---- identity, dir --------------------------------------------------------------------------- */

rt_value rt_id(struct rt_thread *ts, rt_value o)
{
    if (rt_is_ptr(o))
        return rt_int_from_u64(ts, (uintptr_t)rt_ptr(o));
    return rt_int_from_u64(ts, o.bits); /* never a multiple of 16: no object has it */
}

rt_value rt_dir(struct rt_thread *ts, rt_value o)
{
    rt_value self, f = rt_lookup_special(ts, o, "__dir__", &self);
    if (rt_is_null(f)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "object does not provide __dir__");
        return RT_NULL;
    }
    rt_value r = rt_is_null(self) ? rt_call0(ts, f) : rt_call1(ts, f, self);
    rt_decref(ts, f);
    if (rt_is_null(r))
        return r;
    rt_value list = rt_seq_list(ts, r);
    rt_decref(ts, r);
    if (!rt_is_null(list) && rt_list_sort(ts, list, RT_NULL, false) < 0)
        rt_clear(ts, &list);
    return list;
}

/* ---- repr guard ------------------------------------------------------------------------------ */

/* Objects whose repr is in progress on this thread: raw pointers, kept alive by their callers. */
struct repr_stack {
    size_t n, capacity;
    const void *items[];
};

int rt_repr_enter(struct rt_thread *ts, rt_value o)
{
    struct repr_stack *s = ts->repr_stack;
    const void *p = rt_ptr(o);
    for (size_t i = 0; s && i < s->n; i++)
        if (s->items[i] == p)
            return 1;
    if (!s || s->n == s->capacity) {
        size_t cap = s ? s->capacity * 2 : 16;
        struct repr_stack *bigger = rt_raw_realloc(s, sizeof *s + cap * sizeof s->items[0]);
        if (!bigger) {
            rt_raise_no_memory(ts);
            return -1;
        }
        if (!s)
            bigger->n = 0;
        bigger->capacity = cap;
        ts->repr_stack = s = bigger;
    }
    s->items[s->n++] = p;
    return 0;
}

void rt_repr_leave(struct rt_thread *ts, rt_value o)
{
    struct repr_stack *s = ts->repr_stack;
    const void *p = rt_ptr(o);
    for (size_t i = s ? s->n : 0; i-- > 0;) {
        if (s->items[i] == p) {
            memmove(&s->items[i], &s->items[i + 1], (--s->n - i) * sizeof s->items[0]);
            return;
        }
    }
}
