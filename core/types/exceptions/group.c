/* SPDX-License-Identifier: MIT */
/*
 * BaseExceptionGroup and ExceptionGroup: construction rules, split, subgroup, derive, and what except*
 * needs to split and to raise again.
 */
#include "core/types/exceptions/exc_internal.h"

RT_EXC_LIFE(group, struct rt_exc_group, msg, 2)

static struct rt_exc_group *self_of(rt_value v) { return (struct rt_exc_group *)rt_ptr(v); }
static bool is_group(rt_value v)
{
    return rt_is_exc(v) && rt_type_is_subtype(rt_type_of(v), &rt_exc_BaseExceptionGroup);
}
static rt_value excs_of(struct rt_thread *ts, rt_value eg)
{
    return rt_slot_get(ts, rt_ptr(eg), &self_of(eg)->excs);
}

/* ---- construction ---------------------------------------------------------------------------- */

/* The tuple of exceptions, checked; *nested: some is no Exception. */
static rt_value check_exceptions(struct rt_thread *ts, rt_value seq, bool *nested)
{
    if (!rt_is_sequence(seq))
        return rt_raise(ts, &rt_exc_TypeError, "second argument (exceptions) must be a sequence");
    rt_value t = rt_seq_tuple(ts, seq);
    if (rt_is_null(t))
        return t;
    struct rt_tuple *x = rt_as_tuple(t);
    if (!x->length)
        rt_raise(ts, &rt_exc_ValueError, "second argument (exceptions) must be a non-empty sequence");
    *nested = false;
    for (size_t i = 0; i < x->length && !rt_pending(ts); i++) {
        if (!rt_is_exc(x->items[i]))
            rt_raise(ts, &rt_exc_ValueError, "Item %zu of second argument (exceptions) is not an exception", i);
        else if (!rt_type_is_subtype(rt_type_of(x->items[i]), &rt_exc_Exception))
            *nested = true;
    }
    if (rt_pending(ts))
        rt_clear(ts, &t);
    return t;
}

static struct rt_type *choose_type(struct rt_thread *ts, struct rt_type *t, bool nested)
{
    if (t == &rt_exc_BaseExceptionGroup)
        return nested ? t : &rt_exc_ExceptionGroup;
    if (!nested)
        return t;
    if (t == &rt_exc_ExceptionGroup)
        rt_raise(ts, &rt_exc_TypeError, "Cannot nest BaseExceptions in an ExceptionGroup");
    else if (rt_type_is_subtype(t, &rt_exc_Exception))
        rt_raise(ts, &rt_exc_TypeError, "Cannot nest BaseExceptions in '%.200s'", t->name);
    else
        return t;
    return NULL;
}

static rt_value group_new(struct rt_thread *ts, struct rt_type *t, const rt_value *args, uint32_t n, rt_value kw)
{
    bool nested = false;
    if (n != 2)
        return rt_raise(ts, &rt_exc_TypeError,
                        "BaseExceptionGroup.__new__() takes exactly 2 arguments (%u given)", n);
    if (!rt_is_ptr(args[0]) || !rt_is_str(args[0]))
        return rt_raise(ts, &rt_exc_TypeError,
                        "BaseExceptionGroup.__new__() argument 1 must be str, not %s", rt_typename(args[0]));
    rt_value excs = check_exceptions(ts, args[1], &nested), v = RT_NULL;
    if (rt_is_null(excs))
        return excs;
    if ((t = choose_type(ts, t, nested)))
        v = rt_exc_base_new(ts, t, args, n, RT_NULL);
    if (rt_is_null(v)) {
        rt_decref(ts, excs);
        return v;
    }
    rt_slot_init(&self_of(v)->msg, rt_newref(ts, args[0]));
    rt_slot_init(&self_of(v)->excs, excs);
    return v;
}

static int group_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    return rt_exc_base_init(ts, self, args, n, kw);
}

static rt_value group_str(struct rt_thread *ts, rt_value self)
{
    rt_value msg = rt_slot_get(ts, rt_ptr(self), &self_of(self)->msg), excs = excs_of(ts, self);
    size_t n = rt_as_tuple(excs)->length;
    rt_value r = rt_str_format(ts, "%S (%zu sub-exception%s)", msg, n, n > 1 ? "s" : "");
    rt_decref(ts, msg);
    rt_decref(ts, excs);
    return r;
}

static rt_value group_derive(struct rt_thread *ts, rt_value self, rt_value excs)
{
    rt_value msg = rt_slot_get(ts, rt_ptr(self), &self_of(self)->msg);
    rt_value r = rt_call2(ts, rt_type_value(&rt_exc_BaseExceptionGroup), msg, excs);
    rt_decref(ts, msg);
    return r;
}

/* A group like orig holding the exceptions of the list: traceback, context, cause and notes copied. */
static rt_value subset(struct rt_thread *ts, rt_value orig, rt_value list)
{
    if (rt_list_len(list) == 0)
        return RT_NONE;
    rt_value eg = rt_call_method(ts, orig, "derive", &list, 1);
    if (rt_is_null(eg))
        return eg;
    if (!is_group(eg)) {
        rt_raise(ts, &rt_exc_TypeError, "derive must return an instance of BaseExceptionGroup");
        rt_decref(ts, eg);
        return RT_NULL;
    }
    rt_exc_set_traceback(ts, eg, rt_exc_traceback(ts, orig));
    rt_exc_set_context(ts, eg, rt_exc_context(ts, orig));
    rt_value cause = rt_exc_cause(ts, orig);
    if (!rt_is_null(cause))
        rt_exc_set_cause(ts, eg, cause);
    rt_value notes = rt_getattr_opt(ts, orig, RT_ID(__notes__));
    if (!rt_is_null(notes)) {
        if (rt_is_sequence(notes)) {
            rt_value copy = rt_seq_list(ts, notes);
            if (rt_is_null(copy) || rt_setattr(ts, eg, RT_ID(__notes__), copy) < 0)
                rt_clear(ts, &eg);
            rt_decref(ts, copy);
        }
        rt_decref(ts, notes);
    } else if (rt_pending(ts)) {
        rt_clear(ts, &eg);
    }
    return eg;
}

/* ---- split ----------------------------------------------------------------------------------- */

enum matcher { BY_TYPE, BY_PREDICATE, BY_INSTANCES };

static int matches(struct rt_thread *ts, rt_value exc, enum matcher kind, rt_value m)
{
    if (kind == BY_TYPE) {
        struct rt_type *t = rt_type_of(exc);
        if (rt_is_type(m))
            return rt_type_is_subtype(t, rt_as_type(m));
        for (size_t i = 0; i < rt_as_tuple(m)->length; i++) {
            rt_value c = rt_as_tuple(m)->items[i];
            if (rt_is_ptr(c) && rt_is_tuple(c)) {
                if (matches(ts, exc, kind, c))
                    return 1;
            } else if (rt_is_type(c) && rt_type_is_subtype(t, rt_as_type(c))) {
                return 1;
            }
        }
        return 0;
    }
    if (kind == BY_PREDICATE) {
        rt_value r = rt_call1(ts, m, exc);
        if (rt_is_null(r))
            return -1;
        int t = rt_truth(ts, r);
        rt_decref(ts, r);
        return t;
    }
    if (is_group(exc))
        return 0;
    rt_value id = rt_id(ts, exc);
    int r = rt_is_null(id) ? -1 : rt_set_contains(ts, m, id);
    rt_decref(ts, id);
    return r;
}

static bool valid_type(rt_value m)
{
    if (!rt_is_ptr(m) || !rt_is_tuple(m))
        return rt_is_exc_class(m);
    for (size_t i = 0; i < rt_as_tuple(m)->length; i++)
        if (!rt_is_exc_class(rt_as_tuple(m)->items[i]))
            return false;
    return true;
}

static int matcher_kind(struct rt_thread *ts, rt_value m, enum matcher *kind)
{
    if (rt_is_ptr(m) && rt_is_exact(m, &rt_function_type)) {
        *kind = BY_PREDICATE;
        return 0;
    }
    if (valid_type(m)) {
        *kind = BY_TYPE;
        return 0;
    }
    rt_raise(ts, &rt_exc_TypeError, "expected a function, exception type or tuple of exception types");
    return -1;
}

/* *match and *rest (if wanted): owned, RT_NONE when empty. */
static int split(struct rt_thread *ts, rt_value exc, enum matcher kind, rt_value m, rt_value *match,
                 rt_value *rest)
{
    *match = RT_NONE;
    if (rest)
        *rest = RT_NONE;
    int hit = matches(ts, exc, kind, m);
    if (hit < 0)
        return -1;
    if (hit) {
        *match = rt_newref(ts, exc);
        return 0;
    }
    if (!is_group(exc)) {
        if (rest)
            *rest = rt_newref(ts, exc);
        return 0;
    }
    if (rt_recursion_enter(ts, " in exceptiongroup_split_recursive") < 0)
        return -1;
    rt_value excs = excs_of(ts, exc), yes = rt_list_new(ts, 0), no = rt_list_new(ts, 0);
    int r = rt_is_null(yes) || rt_is_null(no) ? -1 : 0;
    for (size_t i = 0; r == 0 && i < rt_as_tuple(excs)->length; i++) {
        rt_value a, b = RT_NONE;
        if ((r = split(ts, rt_as_tuple(excs)->items[i], kind, m, &a, rest ? &b : NULL)) < 0)
            break;
        if (!rt_is_none(a))
            r |= rt_list_append(ts, yes, a);
        if (!rt_is_none(b))
            r |= rt_list_append(ts, no, b);
        rt_decref(ts, a);
        rt_decref(ts, b);
    }
    if (r == 0 && rt_is_null(*match = subset(ts, exc, yes)))
        r = -1;
    if (r == 0 && rest && rt_is_null(*rest = subset(ts, exc, no))) {
        rt_clear(ts, match);
        r = -1;
    }
    rt_recursion_leave(ts);
    rt_decref(ts, excs);
    rt_decref(ts, yes);
    rt_decref(ts, no);
    return r;
}

static rt_value group_split(struct rt_thread *ts, rt_value self, rt_value m)
{
    enum matcher kind;
    rt_value a, b, r;
    if (matcher_kind(ts, m, &kind) < 0 || split(ts, self, kind, m, &a, &b) < 0)
        return RT_NULL;
    r = rt_tuple_pack(ts, 2, a, b);
    rt_decref(ts, a);
    rt_decref(ts, b);
    return r;
}

static rt_value group_subgroup(struct rt_thread *ts, rt_value self, rt_value m)
{
    enum matcher kind;
    rt_value a;
    if (matcher_kind(ts, m, &kind) < 0 || split(ts, self, kind, m, &a, NULL) < 0)
        return RT_NULL;
    return a;
}

int rt_exc_group_split(struct rt_thread *ts, rt_value exc, rt_value match_type, rt_value *match, rt_value *rest)
{
    int hit = matches(ts, exc, BY_TYPE, match_type);
    if (hit && !is_group(exc)) { /* naked exception: wrapped for the handler */
        rt_value list = rt_tuple_from(ts, &exc, 1), empty = rt_str_empty();
        *rest = RT_NONE;
        *match = rt_is_null(list) ? list
                                  : rt_call2(ts, rt_type_value(&rt_exc_BaseExceptionGroup), empty, list);
        rt_decref(ts, list);
        if (rt_is_null(*match))
            return -1;
        rt_exc_set_traceback(ts, *match, rt_exc_traceback(ts, exc));
        return 0;
    }
    return split(ts, exc, BY_TYPE, match_type, match, rest);
}

/* ---- raising again after except* ------------------------------------------------------------- */

/* Same traceback, context, cause and notes: the part of orig that was raised again unchanged. */
static bool same_metadata(struct rt_thread *ts, rt_value a, rt_value b)
{
    if (!is_group(a) || !is_group(b))
        return false;
    rt_value na = rt_getattr_opt(ts, a, RT_ID(__notes__)), nb = rt_getattr_opt(ts, b, RT_ID(__notes__));
    bool notes = rt_is(na, nb);
    if (!notes && !rt_is_null(na) && !rt_is_null(nb)) {
        notes = rt_compare_bool(ts, na, nb, RT_EQ) == 1;
        rt_exc_clear(ts);
    }
    rt_decref(ts, na);
    rt_decref(ts, nb);
    struct rt_exc_base *x = rt_as_exc(a), *y = rt_as_exc(b);
    return notes && rt_is(rt_slot_peek(&x->traceback), rt_slot_peek(&y->traceback)) &&
           rt_is(rt_slot_peek(&x->context), rt_slot_peek(&y->context)) &&
           rt_is(rt_slot_peek(&x->cause), rt_slot_peek(&y->cause));
}

static int collect_ids(struct rt_thread *ts, rt_value exc, rt_value set)
{
    if (!is_group(exc)) {
        rt_value id = rt_id(ts, exc);
        int r = rt_is_null(id) ? -1 : rt_set_add(ts, set, id);
        rt_decref(ts, id);
        return r;
    }
    rt_value excs = excs_of(ts, exc);
    int r = 0;
    for (size_t i = 0; r == 0 && i < rt_as_tuple(excs)->length; i++)
        r = collect_ids(ts, rt_as_tuple(excs)->items[i], set);
    rt_decref(ts, excs);
    return r;
}

/* The part of orig whose leaves are among those of the groups in `keep`: orig's nesting is restored. */
static rt_value projection(struct rt_thread *ts, rt_value orig, rt_value keep)
{
    rt_value ids = rt_set_new(ts, RT_NULL), r = RT_NULL;
    int e = rt_is_null(ids) ? -1 : 0;
    for (size_t i = 0; e == 0 && i < rt_list_len(keep); i++) {
        rt_value x = rt_list_get(ts, keep, i);
        e = collect_ids(ts, x, ids);
        rt_decref(ts, x);
    }
    if (e == 0 && split(ts, orig, BY_INSTANCES, ids, &r, NULL) < 0)
        r = RT_NULL;
    rt_decref(ts, ids);
    return r;
}

rt_value rt_exc_group_prep_reraise(struct rt_thread *ts, rt_value orig, rt_value excs)
{
    if (rt_list_len(excs) == 0)
        return RT_NONE;
    if (!is_group(orig)) /* a naked exception was caught: at most one to raise */
        return rt_list_get(ts, excs, 0);
    rt_value raised = rt_list_new(ts, 0), again = rt_list_new(ts, 0), r = RT_NULL, part = RT_NONE;
    int e = rt_is_null(raised) || rt_is_null(again) ? -1 : 0;
    for (size_t i = 0; e == 0 && i < rt_list_len(excs); i++) {
        rt_value x = rt_list_get(ts, excs, i);
        if (!rt_is_none(x))
            e = rt_list_append(ts, same_metadata(ts, x, orig) ? again : raised, x);
        rt_decref(ts, x);
    }
    if (e == 0 && rt_list_len(again) && rt_is_null(part = projection(ts, orig, again)))
        e = -1;
    if (e == 0 && rt_list_len(raised) == 0) {
        r = rt_newref(ts, part);
    } else if (e == 0) {
        if (!rt_is_none(part))
            e = rt_list_append(ts, raised, part);
        if (e == 0) {
            rt_value empty = rt_str_empty();
            r = rt_call2(ts, rt_type_value(&rt_exc_BaseExceptionGroup), empty, raised);
        }
    }
    rt_decref(ts, part);
    rt_decref(ts, raised);
    rt_decref(ts, again);
    return r;
}

/* ---- types ----------------------------------------------------------------------------------- */

static const struct rt_member_def group_members[] = {
    {"message", RT_MEMBER_OBJECT, offsetof(struct rt_exc_group, msg), true, "exception message"},
    {"exceptions", RT_MEMBER_OBJECT, offsetof(struct rt_exc_group, excs), true, "nested exceptions"},
    {0},
};
static const struct rt_method_def group_methods[] = {
    {"__class_getitem__", rt_class_getitem, RT_METH_O | RT_METH_CLASS, "See PEP 585"},
    {"derive", group_derive, RT_METH_O, NULL},
    {"split", group_split, RT_METH_O, NULL},
    {"subgroup", group_subgroup, RT_METH_O, NULL},
    {0},
};

int rt_exc_setup_group(struct rt_thread *ts)
{
    struct rt_type *t = &rt_exc_BaseExceptionGroup;
    t->basic_size = sizeof(struct rt_exc_group);
    t->traverse = group_traverse;
    t->clear = group_clear;
    t->new = group_new;
    t->init = group_init;
    t->str = group_str;
    t->members = group_members;
    t->methods = group_methods;
    rt_value bases = rt_tuple_pack(ts, 2, rt_type_value(t), rt_type_value(&rt_exc_Exception));
    if (rt_is_null(bases))
        return -1;
    rt_immortalize(ts, bases);
    rt_exc_ExceptionGroup.base = t;
    rt_slot_init(&rt_exc_ExceptionGroup.bases, rt_borrowed(bases));
    if (rt_type_ready(ts, &rt_exc_BaseException) < 0 || rt_type_ready(ts, t) < 0)
        return -1;
    return rt_type_ready(ts, &rt_exc_Exception);
}
