/* SPDX-License-Identifier: MIT */
/* Instructions of the match statement (PEP 634). */
#include "core/eval/eval_internal.h"

#define A(w) ((w) >> 8 & 0xff)
#define B(w) ((w) >> 16 & 0xff)
#define C(w) ((w) >> 24)

static bool has_flag(rt_value v, uint32_t flag)
{
    return rt_is_ptr(v) && rt_has(v, flag);
}

/* A key pattern's value: owned; RT_UNDEF: no such key; RT_NULL with exception. */
static rt_value match_key(struct rt_thread *ts, rt_value map, rt_value key, rt_value get, rt_value get_self, rt_value dummy)
{
    rt_value v;
    if (rt_is_null(get)) {
        v = rt_dict_get(ts, map, key);
        return v.bits || rt_pending(ts) ? v : RT_UNDEF;
    }
    v = get_self.bits ? rt_call3(ts, get, get_self, key, dummy) : rt_call2(ts, get, key, dummy);
    if (v.bits && rt_is(v, dummy)) {
        rt_decref(ts, v);
        return RT_UNDEF;
    }
    return v;
}

/* Is key i equal to one before it? 1, 0, -1. */
static int repeats(struct rt_thread *ts, const struct rt_tuple *keys, size_t i)
{
    int same = 0;
    for (size_t j = 0; j < i && !same; j++)
        same = rt_equal(ts, keys->items[j], keys->items[i]);
    return same;
}

/* The values of all keys, or None when one is missing. */
static rt_value match_keys(struct rt_thread *ts, rt_value map, rt_value keys)
{
    struct rt_tuple *t = rt_as_tuple(keys);
    rt_value get = RT_NULL, get_self = RT_NULL, dummy = RT_NULL, out, v, res = RT_NULL;
    if (t->length == 0)
        return rt_tuple_empty();
    if (!rt_is_exact(map, &rt_dict_type) &&
        (rt_is_null(get = rt_getmethod(ts, map, RT_ID(get), &get_self)) ||
         rt_is_null(dummy = rt_call0(ts, rt_type_value(&rt_object_type))))) {
        rt_decref(ts, get);
        return RT_NULL;
    }
    out = rt_list_new(ts, t->length);
    for (size_t i = 0; out.bits && i < t->length; i++) {
        int dup = repeats(ts, t, i);
        if (dup) {
            if (dup > 0)
                rt_raise(ts, &rt_exc_ValueError, "mapping pattern checks duplicate key (%R)", t->items[i]);
            goto done;
        }
        v = match_key(ts, map, t->items[i], get, get_self, dummy);
        if (rt_is_undef(v))
            res = RT_NONE;
        if (rt_is_undef(v) || rt_is_null(v) || rt_list_append_steal(ts, out, v) < 0)
            goto done;
    }
    if (out.bits)
        res = rt_list_to_tuple(ts, out);
done:
    rt_decref(ts, dummy);
    rt_decref(ts, out);
    rt_decref(ts, get);
    return res;
}

/* ---- class patterns ---- */

struct class_match {
    rt_value subject, type;
    const struct rt_tuple *names; /* __match_args__; NULL: none, or the subject itself stands for them */
    uint32_t npos;                /* of them in use */
    rt_value out;                 /* list */
};

/* One attribute: 1, 0 no match, -1 raised. taken: names of the positional patterns before it. */
static int match_attr(struct rt_thread *ts, struct class_match *m, rt_value name, uint32_t taken)
{
    for (uint32_t i = 0; m->names && i < taken; i++)
        if (rt_is(m->names->items[i], name) || rt_str_eq(m->names->items[i], name)) {
            rt_raise(ts, &rt_exc_TypeError, "%V() got multiple sub-patterns for attribute %R", rt_as_type(m->type), name);
            return -1;
        }
    rt_value v = rt_getattr_opt(ts, m->subject, name);
    if (rt_is_null(v))
        return rt_pending(ts) ? -1 : 0;
    return rt_list_append_steal(ts, m->out, v) < 0 ? -1 : 1;
}

/* The positional patterns; match_args: what the class says, or RT_NULL. */
static int match_positional(struct rt_thread *ts, struct class_match *m, rt_value match_args)
{
    struct rt_type *type = rt_as_type(m->type);
    bool self_match = rt_is_null(match_args) && rt_type_has(type, RT_TF_SELF_MATCH);
    if (match_args.bits && !rt_is_exact(match_args, &rt_tuple_type)) {
        rt_raise(ts, &rt_exc_TypeError, "%V.__match_args__ must be a tuple (got %T)", type, match_args);
        return -1;
    }
    size_t allowed = self_match ? 1 : match_args.bits ? rt_as_tuple(match_args)->length : 0;
    if (allowed < m->npos) {
        rt_raise(ts, &rt_exc_TypeError, "%V() accepts %zu positional sub-pattern%s (%d given)", type, allowed,
                 allowed == 1 ? "" : "s", (int)m->npos);
        return -1;
    }
    if (self_match)
        return rt_list_append(ts, m->out, m->subject) < 0 ? -1 : 1;
    m->names = rt_as_tuple(match_args);
    for (uint32_t i = 0; i < m->npos; i++) {
        rt_value name = m->names->items[i];
        if (!rt_is_str_exact(name)) {
            rt_raise(ts, &rt_exc_TypeError, "__match_args__ elements must be strings (got %T)", name);
            return -1;
        }
        int r = match_attr(ts, m, name, i);
        if (r <= 0)
            return r;
    }
    return 1;
}

static rt_value match_class(struct rt_thread *ts, rt_value subject, rt_value type, uint32_t npos, rt_value kwnames)
{
    if (!rt_is_ptr(type) || !rt_is_type(type))
        return rt_raise(ts, &rt_exc_TypeError, "called match pattern must be a type");
    const struct rt_tuple *kw = rt_as_tuple(kwnames);
    int r = rt_isinstance(ts, subject, type);
    if (r <= 0 || (!npos && !kw->length))
        return r < 0 ? RT_NULL : r ? rt_tuple_empty() : RT_NONE;
    struct class_match m = {.subject = subject, .type = type, .npos = npos, .out = rt_list_new(ts, npos + kw->length)};
    rt_value match_args = RT_NULL;
    r = rt_is_null(m.out) ? -1 : 1;
    if (npos && r > 0) {
        match_args = rt_getattr_opt(ts, type, RT_ID(__match_args__));
        r = rt_is_null(match_args) && rt_pending(ts) ? -1 : match_positional(ts, &m, match_args);
    }
    for (size_t i = 0; r > 0 && i < kw->length; i++) /* the compiler knows that these differ */
        r = match_attr(ts, &m, kw->items[i], npos);
    rt_value res = r > 0 ? rt_list_to_tuple(ts, m.out) : r ? RT_NULL : RT_NONE;
    rt_decref(ts, match_args);
    rt_decref(ts, m.out);
    return res;
}

static rt_value copy_without(struct rt_thread *ts, rt_value map, rt_value keys)
{
    rt_value d = rt_dict_new(ts);
    if (rt_is_null(d) || rt_dict_update(ts, d, map) < 0)
        goto fail;
    for (size_t i = 0; i < rt_as_tuple(keys)->length; i++)
        if (rt_dict_del(ts, d, rt_as_tuple(keys)->items[i]) < 0)
            goto fail;
    return d;
fail:
    rt_decref(ts, d);
    return RT_NULL;
}

bool rt_eval_match(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1)
{
    rt_value v = rt_borrowed(fr->regs[B(w)]), res = RT_NULL;
    int64_t n;
    switch (w & 0xff) {
    case RT_OP_MATCH_MAPPING: res = rt_bool(has_flag(v, RT_TF_MAPPING)); break;
    case RT_OP_MATCH_SEQUENCE: res = rt_bool(has_flag(v, RT_TF_SEQUENCE)); break;
    case RT_OP_GET_LEN:
        n = rt_len(ts, v);
        res = n < 0 ? RT_NULL : rt_int_imm(n);
        break;
    case RT_OP_MATCH_KEYS: res = match_keys(ts, v, rt_borrowed(fr->regs[C(w)])); break;
    case RT_OP_COPY_WITHOUT_KEYS: res = copy_without(ts, v, rt_borrowed(fr->regs[C(w)])); break;
    case RT_OP_MATCH_CLASS:
        res = match_class(ts, v, rt_borrowed(fr->regs[C(w)]), w1 >> 16, rt_borrowed(fr->code->consts[w1 & 0xffff]));
        if (res.bits)
            rt_reg_consume(ts, fr, C(w), A(w));
        break;
    }
    if (rt_is_null(res))
        return false;
    rt_reg_set(ts, fr, A(w), res);
    return true;
}
