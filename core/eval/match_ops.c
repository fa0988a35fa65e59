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

/* The values of all keys, or None when one is missing. */
static rt_value match_keys(struct rt_thread *ts, rt_value map, rt_value keys)
{
    struct rt_tuple *t = rt_as_tuple(keys);
    if (t->length == 0)
        return rt_tuple_empty();
    rt_value get_self, get = rt_getmethod(ts, map, RT_ID(get), &get_self), seen, out, res = RT_NONE;
    if (rt_is_null(get))
        return RT_NULL;
    seen = rt_set_new(ts, RT_NULL);
    out = rt_list_new(ts, t->length);
    rt_value dummy = rt_call0(ts, rt_type_value(&rt_object_type));
    if (rt_is_null(seen) || rt_is_null(out) || rt_is_null(dummy))
        res = RT_NULL;
    for (size_t i = 0; i < t->length && rt_is_none(res); i++) {
        rt_value key = t->items[i];
        int dup = rt_set_contains(ts, seen, key);
        if (dup || rt_set_add(ts, seen, key) < 0) {
            if (dup > 0)
                rt_raise(ts, &rt_exc_ValueError, "mapping pattern checks duplicate key (%R)", key);
            res = RT_NULL;
            break;
        }
        rt_value v = get_self.bits ? rt_call3(ts, get, get_self, key, dummy) : rt_call2(ts, get, key, dummy);
        if (rt_is_null(v)) {
            res = RT_NULL;
        } else if (rt_is(v, dummy)) {
            rt_decref(ts, v);
            goto done;
        } else if (rt_list_append_steal(ts, out, v) < 0) {
            res = RT_NULL;
        }
    }
    if (res.bits)
        res = rt_list_to_tuple(ts, out);
done:
    rt_decref(ts, dummy);
    rt_decref(ts, out);
    rt_decref(ts, seen);
    rt_decref(ts, get);
    return res;
}

/* One attribute of a class pattern: owned value, RT_NULL: no match or (exception) error. */
static rt_value match_attr(struct rt_thread *ts, rt_value subject, rt_value type, rt_value name, rt_value seen)
{
    int dup = rt_set_contains(ts, seen, name);
    if (dup > 0)
        return rt_raise(ts, &rt_exc_TypeError, "%V() got multiple sub-patterns for attribute %R", rt_as_type(type), name);
    if (dup < 0 || rt_set_add(ts, seen, name) < 0)
        return RT_NULL;
    return rt_getattr_opt(ts, subject, name);
}

static rt_value match_class(struct rt_thread *ts, rt_value subject, rt_value type, uint32_t npos, rt_value kwnames)
{
    if (!rt_is_ptr(type) || !rt_is_type(type))
        return rt_raise(ts, &rt_exc_TypeError, "called match pattern must be a type");
    int inst = rt_isinstance(ts, subject, type);
    if (inst <= 0)
        return inst < 0 ? RT_NULL : RT_NONE;
    rt_value out = rt_list_new(ts, npos + 2), seen = rt_set_new(ts, RT_NULL), match_args = RT_NULL, v;
    rt_value res = RT_NULL;
    if (rt_is_null(out) || rt_is_null(seen))
        goto done;
    if (npos) {
        bool self_match = false;
        match_args = rt_getattr_opt(ts, type, RT_ID(__match_args__));
        if (rt_is_null(match_args)) {
            if (rt_pending(ts))
                goto done;
            match_args = rt_tuple_empty();
            self_match = rt_type_has(rt_as_type(type), RT_TF_SELF_MATCH);
        } else if (!rt_is_exact(match_args, &rt_tuple_type)) {
            rt_raise(ts, &rt_exc_TypeError, "%V.__match_args__ must be a tuple (got %T)", rt_as_type(type), match_args);
            goto done;
        }
        size_t allowed = self_match ? 1 : rt_as_tuple(match_args)->length;
        if (allowed < npos) {
            rt_raise(ts, &rt_exc_TypeError, "%V() accepts %zu positional sub-pattern%s (%d given)", rt_as_type(type),
                     allowed, allowed == 1 ? "" : "s", (int)npos);
            goto done;
        }
        if (self_match) {
            if (rt_list_append(ts, out, subject) < 0)
                goto done;
        } else {
            for (uint32_t i = 0; i < npos; i++) {
                rt_value name = rt_as_tuple(match_args)->items[i];
                if (!rt_is_str_exact(name)) {
                    rt_raise(ts, &rt_exc_TypeError, "__match_args__ elements must be strings (got %T)", name);
                    goto done;
                }
                v = match_attr(ts, subject, type, name, seen);
                if (rt_is_null(v)) {
                    res = rt_pending(ts) ? RT_NULL : RT_NONE;
                    goto done;
                }
                rt_list_append_steal(ts, out, v);
            }
        }
    }
    for (size_t i = 0; i < rt_as_tuple(kwnames)->length; i++) {
        v = match_attr(ts, subject, type, rt_as_tuple(kwnames)->items[i], seen);
        if (rt_is_null(v)) {
            res = rt_pending(ts) ? RT_NULL : RT_NONE;
            goto done;
        }
        rt_list_append_steal(ts, out, v);
    }
    res = rt_list_to_tuple(ts, out);
done:
    rt_decref(ts, match_args);
    rt_decref(ts, seen);
    rt_decref(ts, out);
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
