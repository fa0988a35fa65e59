/* SPDX-License-Identifier: MIT */
/* Binding call arguments to a Python function's parameters: the general case, with CPython's messages. */
#include "core/eval/eval_internal.h"

struct binding {
    struct rt_thread *ts;
    struct rt_function *fn;
    struct rt_code *code;
    rt_value *regs; /* R[local_base..] */
};

static rt_value param_name(struct binding *b, uint32_t i)
{
    return rt_as_tuple(b->code->varnames)->items[i];
}

static RT_COLD void too_many(struct binding *b, uint32_t given, uint32_t ndefaults)
{
    struct rt_code *co = b->code;
    uint32_t kwonly_given = 0;
    char sig[64], kw[80] = "";
    bool plural;
    for (uint32_t i = co->argcount; i < co->argcount + co->kwonly; i++)
        kwonly_given += !rt_is_undef(b->regs[i]);
    if (ndefaults) {
        __builtin_snprintf(sig, sizeof(sig), "from %u to %u", co->argcount - ndefaults, co->argcount);
        plural = true;
    } else {
        __builtin_snprintf(sig, sizeof(sig), "%u", co->argcount);
        plural = co->argcount != 1;
    }
    if (kwonly_given)
        __builtin_snprintf(kw, sizeof(kw), " positional argument%s (and %u keyword-only argument%s)", given != 1 ? "s" : "",
                 kwonly_given, kwonly_given != 1 ? "s" : "");
    rt_raise(b->ts, &rt_exc_TypeError, "%U() takes %s positional argument%s but %u%s %s given",
             rt_slot_peek(&b->fn->qualname), sig, plural ? "s" : "", given, kw, given == 1 && !kwonly_given ? "was" : "were");
}

/* 'a', 'a' and 'b', 'a', 'b', and 'c' */
static RT_COLD void missing(struct binding *b, const char *kind, uint32_t from, uint32_t to)
{
    uint32_t n = 0, k = 0;
    rt_value s = rt_str_empty();
    for (uint32_t i = from; i < to; i++)
        n += rt_is_undef(b->regs[i]);
    for (uint32_t i = from; i < to; i++) {
        if (!rt_is_undef(b->regs[i]))
            continue;
        const char *sep = k == 0 ? "" : n == 2 ? " and " : k == n - 1 ? ", and " : ", ";
        rt_value t = rt_str_format(b->ts, "%U%s%R", s, sep, param_name(b, i));
        rt_decref(b->ts, s);
        if (rt_is_null(s = t))
            return;
        k++;
    }
    rt_raise(b->ts, &rt_exc_TypeError, "%U() missing %u required %s argument%s: %U", rt_slot_peek(&b->fn->qualname), n,
             kind, n == 1 ? "" : "s", s);
    rt_decref(b->ts, s);
}

/* Positional-only names among the keywords: one message for all. True if raised. */
static RT_COLD bool posonly_as_keyword(struct binding *b, rt_value kw)
{
    rt_value list = RT_NULL;
    for (uint32_t i = 0; i < b->code->posonly; i++)
        for (size_t k = 0; k < rt_as_tuple(kw)->length; k++) {
            int eq = rt_equal(b->ts, param_name(b, i), rt_as_tuple(kw)->items[k]);
            if (eq < 0)
                return true;
            if (eq) {
                rt_value t = list.bits ? rt_str_format(b->ts, "%U, %U", list, param_name(b, i))
                                       : rt_newref(b->ts, param_name(b, i));
                rt_decref(b->ts, list);
                list = t;
            }
        }
    if (rt_is_null(list))
        return rt_pending(b->ts);
    rt_raise(b->ts, &rt_exc_TypeError, "%U() got some positional-only arguments passed as keyword arguments: '%U'",
             rt_slot_peek(&b->fn->qualname), list);
    rt_decref(b->ts, list);
    return true;
}

static int find_param(struct binding *b, rt_value key)
{
    uint32_t total = b->code->argcount + b->code->kwonly;
    for (uint32_t i = b->code->posonly; i < total; i++)
        if (rt_is(param_name(b, i), key))
            return (int)i;
    for (uint32_t i = b->code->posonly; i < total; i++)
        if (rt_str_eq(param_name(b, i), key))
            return (int)i;
    return -1;
}

static int bind_keywords(struct binding *b, const rt_value *values, rt_value kw, rt_value kwdict)
{
    struct rt_thread *ts = b->ts;
    struct rt_tuple *names = rt_as_tuple(kw);
    for (size_t k = 0; k < names->length; k++) {
        rt_value key = names->items[k];
        if (!rt_is_str(key)) {
            rt_raise(ts, &rt_exc_TypeError, "%U() keywords must be strings", rt_slot_peek(&b->fn->qualname));
            return -1;
        }
        int i = find_param(b, key);
        if (i >= 0) {
            if (!rt_is_undef(b->regs[i])) {
                rt_raise(ts, &rt_exc_TypeError, "%U() got multiple values for argument '%S'",
                         rt_slot_peek(&b->fn->qualname), key);
                return -1;
            }
            b->regs[i] = rt_newref(ts, values[k]);
        } else if (kwdict.bits) {
            if (rt_dict_set(ts, kwdict, key, values[k]) < 0)
                return -1;
        } else {
            if (!b->code->posonly || !posonly_as_keyword(b, kw))
                rt_raise(ts, &rt_exc_TypeError, "%U() got an unexpected keyword argument '%S'",
                         rt_slot_peek(&b->fn->qualname), key);
            return -1;
        }
    }
    return 0;
}

static int fill_defaults(struct binding *b, uint32_t npos, rt_value defaults)
{
    struct rt_thread *ts = b->ts;
    struct rt_code *co = b->code;
    uint32_t nd = defaults.bits ? (uint32_t)rt_as_tuple(defaults)->length : 0;
    uint32_t required = co->argcount > nd ? co->argcount - nd : 0;
    for (uint32_t i = npos; i < required; i++)
        if (rt_is_undef(b->regs[i])) {
            missing(b, "positional", 0, required);
            return -1;
        }
    for (uint32_t i = npos > required ? npos : required; i < co->argcount; i++)
        if (rt_is_undef(b->regs[i]))
            b->regs[i] = rt_newref(ts, rt_as_tuple(defaults)->items[i - co->argcount + nd]);
    if (!co->kwonly)
        return 0;
    bool lacking = false;
    rt_value kwd = rt_slot_get(ts, b->fn, &b->fn->kwdefaults);
    for (uint32_t i = co->argcount; i < co->argcount + co->kwonly; i++) {
        if (!rt_is_undef(b->regs[i]))
            continue;
        rt_value v = kwd.bits ? rt_dict_get(ts, kwd, param_name(b, i)) : RT_NULL;
        if (v.bits)
            b->regs[i] = v;
        else
            lacking = true;
    }
    rt_decref(ts, kwd);
    if (rt_pending(ts))
        return -1;
    if (lacking) {
        missing(b, "keyword-only", co->argcount, co->argcount + co->kwonly);
        return -1;
    }
    return 0;
}

static int bind_all(struct binding *b, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_thread *ts = b->ts;
    struct rt_code *co = b->code;
    uint32_t nkw = kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0, npos = n;
    uint32_t take = npos < co->argcount ? npos : co->argcount, next = co->argcount + co->kwonly;
    rt_value kwdict = RT_NULL;
    for (uint32_t i = 0; i < take; i++)
        b->regs[i] = rt_newref(ts, args[i]);
    if (co->flags & RT_CO_VARARGS) {
        rt_value rest = rt_tuple_from(ts, args + take, npos - take);
        if (rt_is_null(rest))
            return -1;
        b->regs[next++] = rest;
    }
    if (co->flags & RT_CO_VARKEYWORDS) {
        kwdict = rt_dict_new(ts);
        if (rt_is_null(kwdict))
            return -1;
        b->regs[next] = kwdict;
        kwdict = rt_borrowed(kwdict);
    }
    if (nkw && bind_keywords(b, args + npos, kw, kwdict) < 0)
        return -1;
    rt_value defaults = rt_slot_get(ts, b->fn, &b->fn->defaults);
    int err = 0;
    if (npos > co->argcount && !(co->flags & RT_CO_VARARGS)) {
        too_many(b, npos, defaults.bits ? (uint32_t)rt_as_tuple(defaults)->length : 0);
        err = -1;
    } else if (npos < co->argcount || co->kwonly) {
        err = fill_defaults(b, npos, defaults);
    }
    rt_decref(ts, defaults);
    return err;
}

struct rt_frame *rt_frame_push(struct rt_thread *ts, rt_value func, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_function *fn = rt_as_function(func);
    struct rt_code *code = rt_load_acquire(&fn->code_ptr);
    struct rt_frame *f = rt_frame_alloc(ts, code, func);
    if (!f)
        return NULL;
    struct binding b = {ts, fn, code, f->regs + code->local_base};
    if (rt_unlikely(!(code->flags & RT_CO_OPTIMIZED))) { /* a module's code as a function: its names are the globals */
        f->locals = rt_newref(ts, fn->globals_word);
        f->flags |= RT_FR_NAMESPACE;
    }
    if (rt_unlikely(bind_all(&b, args, n, kw) < 0)) {
        rt_frame_release(ts, f);
        ts->stack_top = (rt_value *)f;
        ts->py_depth--;
        return NULL;
    }
    return f;
}
