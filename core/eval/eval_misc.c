/* SPDX-License-Identifier: MIT */
/* The rarer instructions of the evaluator, by one switch: namespaces, calls with unpacking, raising,
   with blocks, exception groups. Register discipline as in eval_slow.c. */
#include <stdio.h>

#include "core/eval/eval_internal.h"

#define A(w) ((w) >> 8 & 0xff)
#define B(w) ((w) >> 16 & 0xff)
#define C(w) ((w) >> 24)
#define X16(w) ((w) >> 16)
#define REG(r) rt_borrowed(fr->regs[r])

static bool put(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value res, uint32_t consumed)
{
    if (rt_is_null(res))
        return false;
    if (consumed != 256)
        rt_reg_consume(ts, fr, consumed, A(w));
    rt_reg_set(ts, fr, A(w), res);
    return true;
}

static bool namespace_store(struct rt_thread *ts, struct rt_frame *fr, rt_value ns, rt_value name, uint32_t r)
{
    int err = rt_is_exact(ns, &rt_dict_type) ? rt_dict_set(ts, ns, name, REG(r))
                                             : rt_setitem(ts, ns, name, REG(r));
    if (err < 0)
        return false;
    rt_reg_consume(ts, fr, r, 256);
    return true;
}

static bool namespace_delete(struct rt_thread *ts, rt_value ns, rt_value name)
{
    int err = rt_is_exact(ns, &rt_dict_type) ? rt_dict_del(ts, ns, name) : rt_delitem(ts, ns, name);
    if (err < 0 && rt_exc_clear_if(ts, &rt_exc_KeyError))
        rt_eval_name_error(ts, name);
    return err == 0;
}

static bool load_classderef(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    struct rt_code *code = fr->code;
    rt_value name = rt_code_cell_name(code, code->ncells + X16(w)), v;
    if (rt_is_exact(fr->locals, &rt_dict_type)) {
        v = rt_dict_get(ts, rt_borrowed(fr->locals), name);
    } else {
        v = rt_getitem(ts, rt_borrowed(fr->locals), name);
        if (rt_is_null(v))
            rt_exc_clear_if(ts, &rt_exc_KeyError);
    }
    if (rt_is_null(v)) {
        if (rt_pending(ts))
            return false;
        struct rt_cell *cell = (struct rt_cell *)rt_ptr(
            rt_as_tuple(rt_as_function(fr->func)->closure)->items[X16(w)]);
        v = rt_slot_get(ts, cell, &cell->content);
        if (rt_is_undef(v)) {
            rt_eval_unbound_cell(ts, code, code->ncells + X16(w));
            return false;
        }
    }
    rt_reg_set(ts, fr, A(w), v);
    return true;
}

/* "module.qualname()", or str(f) of what has no qualified name. */
static const char *callable_name(rt_value f, char *buf, size_t n, struct rt_thread *ts)
{
    rt_value name = rt_is_ptr(f) ? rt_getattr_opt(ts, f, RT_ID(__qualname__)) : RT_NULL, module = RT_NULL;
    rt_exc_clear(ts);
    const char *s = name.bits && rt_is_str(name) ? rt_str_utf8(ts, name, NULL) : NULL, *m = NULL;
    if (s) {
        module = rt_getattr_opt(ts, f, RT_ID(__module__));
        rt_exc_clear(ts);
        m = module.bits && rt_is_str(module) ? rt_str_utf8(ts, module, NULL) : NULL;
        bool shown = m && strcmp(m, "builtins");
        snprintf(buf, n, "%s%s%s()", shown ? m : "", shown ? "." : "", s);
    } else {
        rt_decref(ts, name);
        name = rt_str(ts, f);
        s = name.bits ? rt_str_utf8(ts, name, NULL) : NULL;
        snprintf(buf, n, "%s", s ? s : rt_typename(f));
    }
    rt_exc_clear(ts);
    rt_decref(ts, name);
    rt_decref(ts, module);
    return buf;
}

/* The keywords of mapping m into the dict d, for a call of f. */
static bool merge_keywords(struct rt_thread *ts, rt_value d, rt_value m, rt_value f)
{
    char buf[256];
    if (rt_dict_merge(ts, d, m, 2) < 0) {
        if (rt_exc_is(ts, &rt_exc_AttributeError)) {
            rt_exc_clear(ts);
            callable_name(f, buf, sizeof(buf), ts);
            rt_raise(ts, &rt_exc_TypeError, "%s argument after ** must be a mapping, not %.200T", buf, m);
        } else if (rt_exc_is(ts, &rt_exc_KeyError)) {
            rt_value e = rt_exc_take(ts), args = rt_slot_get(ts, rt_ptr(e), &rt_as_exc(e)->args);
            if (rt_is_tuple(args) && rt_as_tuple(args)->length == 1) {
                rt_value key = rt_as_tuple(args)->items[0];
                callable_name(f, buf, sizeof(buf), ts);
                rt_raise(ts, &rt_exc_TypeError, "%s got multiple values for keyword argument '%S'", buf, key);
                rt_decref(ts, e);
            } else {
                rt_exc_put(ts, e);
            }
            rt_decref(ts, args);
        }
        return false;
    }
    return true;
}

static bool dict_merge(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    if (!merge_keywords(ts, REG(A(w)), REG(B(w)), REG(C(w))))
        return false;
    rt_reg_consume(ts, fr, B(w), 256);
    return true;
}

static bool call_ex(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t kwreg)
{
    char buf[256];
    rt_value f = REG(B(w)), args = REG(C(w)), kwargs = kwreg == 255 ? RT_NULL : REG(kwreg), res = RT_NULL;
    rt_value tuple = RT_NULL, dict = RT_NULL;
    if (kwargs.bits && !rt_is_exact(kwargs, &rt_dict_type)) {
        dict = rt_dict_new(ts);
        if (rt_is_null(dict) || !merge_keywords(ts, rt_borrowed(dict), kwargs, f))
            goto out;
        kwargs = rt_borrowed(dict);
    }
    if (!rt_is_exact(args, &rt_tuple_type)) {
        if (!rt_type_of(args)->iter && !rt_is_sequence(args)) {
            callable_name(f, buf, sizeof(buf), ts);
            rt_raise(ts, &rt_exc_TypeError, "%s argument after * must be an iterable, not %.200T", buf, args);
            goto out;
        }
        tuple = rt_seq_tuple(ts, args);
        if (rt_is_null(tuple))
            goto out;
        args = rt_borrowed(tuple);
    }
    res = rt_unlikely(ts->tracing) && rt_is_native_callable(f) ? rt_trace_native_call_ex(ts, f, args, kwargs)
                                                               : rt_call_ex(ts, f, args, kwargs);
out:
    rt_decref(ts, tuple);
    rt_decref(ts, dict);
    if (rt_is_null(res))
        return false;
    if (kwreg != 255)
        rt_reg_consume(ts, fr, kwreg, A(w));
    rt_reg_consume(ts, fr, C(w), A(w));
    return put(ts, fr, w, res, B(w));
}

/* An instance to raise out of a class or instance (borrowed); RT_NULL with exception. */
static rt_value exception_instance(struct rt_thread *ts, rt_value v)
{
    if (rt_is_exc_class(v)) {
        rt_value e = rt_call0(ts, v);
        if (e.bits && !rt_is_exc(e)) {
            rt_raise(ts, &rt_exc_TypeError, "calling %R should have returned an instance of BaseException, not %R",
                     v, rt_type_value(rt_type_of(e)));
            rt_clear(ts, &e);
        }
        return e;
    }
    if (rt_is_exc(v))
        return rt_newref(ts, v);
    return rt_raise(ts, &rt_exc_TypeError, "exceptions must derive from BaseException");
}

static bool do_raise(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    if (C(w) == 0) {
        rt_value e = rt_exc_handled_borrowed(ts);
        if (rt_is_null(e))
            rt_raise(ts, &rt_exc_RuntimeError, "No active exception to reraise");
        else
            rt_exc_put(ts, rt_newref(ts, e));
        return false;
    }
    rt_value e = exception_instance(ts, REG(A(w)));
    if (rt_is_null(e))
        return false;
    if (C(w) == 2) {
        rt_value cause = REG(B(w));
        if (rt_is_none(cause)) {
            cause = RT_NULL;
        } else if (rt_is_exc_class(cause)) {
            cause = exception_instance(ts, cause);
            if (rt_is_null(cause))
                goto fail;
        } else if (rt_is_exc(cause)) {
            cause = rt_newref(ts, cause);
        } else {
            rt_raise(ts, &rt_exc_TypeError, "exception causes must derive from BaseException");
            goto fail;
        }
        rt_exc_set_cause(ts, e, cause); /* takes the reference */
    }
    rt_raise_instance(ts, rt_borrowed(e));
fail:
    rt_decref(ts, e);
    return false;
}

/* except clause: answer True/False as an immediate in register B. */
static bool check_match(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value exc = REG(A(w)), cls = REG(B(w));
    bool ok = rt_is_exc_class(cls), found = false;
    if (ok) {
        found = rt_type_is_subtype(rt_type_of(exc), rt_as_type(cls));
    } else if (rt_is_tuple(cls)) {
        struct rt_tuple *t = rt_as_tuple(cls);
        ok = true;
        for (size_t i = 0; i < t->length && ok; i++) {
            ok = rt_is_exc_class(t->items[i]);
            if (ok && rt_type_is_subtype(rt_type_of(exc), rt_as_type(t->items[i])))
                found = true;
        }
    }
    if (!ok) {
        rt_raise(ts, &rt_exc_TypeError, "catching classes that do not inherit from BaseException is not allowed");
        return false;
    }
    if (B(w) < fr->code->temp_base) /* a local keeps its value; the loop reads a temporary only */
        RT_FATAL("JNOT_MATCH operand must be a temporary");
    rt_reg_set(ts, fr, B(w), rt_bool(found));
    return true;
}

static bool eg_match(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value exc = REG(B(w)), cls = REG(C(w)), match, rest;
    rt_value single = cls;
    struct rt_tuple *t = rt_is_tuple(cls) ? rt_as_tuple(cls) : NULL;
    for (size_t i = 0; i < (t ? t->length : 1); i++) {
        if (t)
            single = t->items[i];
        if (!rt_is_exc_class(single)) {
            rt_raise(ts, &rt_exc_TypeError, "catching classes that do not inherit from BaseException is not allowed");
            return false;
        }
        if (rt_type_is_subtype(rt_as_type(single), &rt_exc_BaseExceptionGroup)) {
            rt_raise(ts, &rt_exc_TypeError,
                     "catching ExceptionGroup with except* is not allowed. Use except instead.");
            return false;
        }
    }
    if (rt_exc_group_split(ts, exc, cls, &match, &rest) < 0)
        return false;
    rt_reg_consume(ts, fr, C(w), 256);
    rt_reg_set(ts, fr, A(w), match);
    rt_reg_set(ts, fr, A(w) + 1, rest);
    return true;
}

static bool before_with(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, bool is_async)
{
    rt_value mgr = REG(B(w)), self, enter, exit, res;
    rt_value en = is_async ? RT_ID(__aenter__) : RT_ID(__enter__), ex = is_async ? RT_ID(__aexit__) : RT_ID(__exit__);
    const char *what = is_async ? "asynchronous context manager" : "context manager";
    enter = rt_lookup_special_id(ts, mgr, en, &self);
    if (rt_is_null(enter)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "'%T' object does not support the %s protocol", mgr, what);
        return false;
    }
    rt_value xself;
    exit = rt_lookup_special_id(ts, mgr, ex, &xself);
    if (rt_is_null(exit)) {
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_TypeError, "'%T' object does not support the %s protocol (missed %U method)", mgr,
                     what, ex);
        rt_decref(ts, enter);
        return false;
    }
    if (xself.bits) { /* bind it: it is called later */
        rt_value bound = rt_is_function(exit) ? rt_method_new(ts, exit, xself) : RT_NULL;
        if (rt_is_null(bound)) {
            struct rt_type *dt = rt_type_of(exit);
            if (!rt_pending(ts))
                bound = dt->descr_get ? dt->descr_get(ts, exit, xself, rt_type_value(rt_type_of(xself)))
                                      : rt_method_new(ts, exit, xself);
        }
        rt_decref(ts, exit);
        exit = bound;
        if (rt_is_null(exit)) {
            rt_decref(ts, enter);
            return false;
        }
    }
    if (self.bits && !is_async && rt_eval_push_enter(ts, fr, w, enter)) { /* B is not needed any more */
        rt_reg_set(ts, fr, A(w), exit);
        return true;
    }
    res = self.bits ? rt_call1(ts, enter, self) : rt_call0(ts, enter);
    rt_decref(ts, enter);
    if (rt_is_null(res)) {
        rt_decref(ts, exit);
        return false;
    }
    uint32_t a = A(w);
    rt_reg_consume(ts, fr, B(w), 256);
    rt_reg_set(ts, fr, a, exit);
    rt_reg_set(ts, fr, a + 1, res);
    return true;
}

static bool with_except(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value e = REG(C(w)), tb = rt_exc_traceback(ts, e);
    rt_value res = rt_call3(ts, REG(B(w)), rt_type_value(rt_type_of(e)), e, tb.bits ? tb : RT_NONE);
    rt_decref(ts, tb);
    return put(ts, fr, w, res, 256);
}

static bool print_expr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value hook = rt_sys_get(ts, "displayhook");
    if (rt_is_null(hook)) {
        rt_raise(ts, &rt_exc_RuntimeError, "lost sys.displayhook");
        return false;
    }
    rt_value res = rt_call1(ts, hook, REG(A(w)));
    rt_decref(ts, hook);
    if (rt_is_null(res))
        return false;
    rt_decref(ts, res);
    rt_reg_consume(ts, fr, A(w), 256);
    return true;
}

static bool setup_annotations(struct rt_thread *ts, struct rt_frame *fr)
{
    rt_value ns = rt_borrowed(fr->locals), name = RT_ID(__annotations__);
    rt_value have = rt_is_exact(ns, &rt_dict_type) ? rt_dict_get(ts, ns, name) : rt_getitem(ts, ns, name);
    if (have.bits) {
        rt_decref(ts, have);
        return true;
    }
    if (rt_pending(ts) && !rt_exc_clear_if(ts, &rt_exc_KeyError))
        return false;
    rt_value d = rt_dict_new(ts);
    if (rt_is_null(d))
        return false;
    int err = rt_setitem(ts, ns, name, d);
    rt_decref(ts, d);
    return err == 0;
}

static bool load_build_class(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value b = rt_frame_builtins_borrowed(fr), v;
    v = rt_is_dict(b) ? rt_dict_get(ts, b, RT_ID(__build_class__)) : rt_getitem(ts, b, RT_ID(__build_class__));
    if (rt_is_null(v)) {
        if (!rt_pending(ts) || rt_exc_clear_if(ts, &rt_exc_KeyError))
            rt_raise(ts, &rt_exc_NameError, "__build_class__ not found");
        return false;
    }
    return put(ts, fr, w, v, 256);
}

static bool store_name(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value name)
{
    if (rt_is_null(fr->locals)) {
        rt_raise(ts, &rt_exc_SystemError, "no locals found when storing %R", name);
        return false;
    }
    return namespace_store(ts, fr, rt_borrowed(fr->locals), name, A(w));
}

static bool del_attr(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value name)
{
    if (rt_setattr(ts, REG(A(w)), name, RT_NULL) < 0)
        return false;
    rt_reg_consume(ts, fr, A(w), 256);
    return true;
}

static bool del_item(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    bool dict = rt_is_exact(REG(A(w)), &rt_dict_type);
    if (!dict && rt_eval_push_delitem(ts, fr, w))
        return true;
    if ((dict ? rt_dict_del(ts, REG(A(w)), REG(B(w))) : rt_delitem(ts, REG(A(w)), REG(B(w)))) < 0)
        return false;
    rt_reg_consume(ts, fr, B(w), 256);
    rt_reg_consume(ts, fr, A(w), 256);
    return true;
}

/* step: its register, or 255. */
static bool build_slice(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t step)
{
    rt_value v = rt_slice_new(ts, REG(B(w)), REG(C(w)), step == 255 ? RT_NONE : REG(step));
    if (rt_is_null(v))
        return false;
    if (step != 255)
        rt_reg_consume(ts, fr, step, A(w));
    rt_reg_consume(ts, fr, C(w), A(w));
    return put(ts, fr, w, v, B(w));
}

static bool list_extend(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value v = REG(B(w));
    if (rt_list_extend(ts, REG(A(w)), v) < 0) {
        if (rt_exc_is(ts, &rt_exc_TypeError) && !rt_type_of(v)->iter && !rt_is_sequence(v)) {
            rt_exc_clear(ts);
            rt_raise(ts, &rt_exc_TypeError, "Value after * must be an iterable, not %T", v);
        }
        return false;
    }
    rt_reg_consume(ts, fr, B(w), 256);
    return true;
}

static bool set_update(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    if (rt_set_update(ts, REG(A(w)), REG(B(w))) < 0)
        return false;
    rt_reg_consume(ts, fr, B(w), 256);
    return true;
}

static bool dict_update(struct rt_thread *ts, struct rt_frame *fr, uint32_t w)
{
    rt_value v = REG(B(w));
    if (rt_dict_merge(ts, REG(A(w)), v, 1) < 0) {
        if (rt_exc_clear_if(ts, &rt_exc_AttributeError))
            rt_raise(ts, &rt_exc_TypeError, "'%.200T' object is not a mapping", v);
        return false;
    }
    rt_reg_consume(ts, fr, B(w), 256);
    return true;
}

bool rt_eval_misc(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, uint32_t w1)
{
    rt_value *names = fr->code->names;
    switch (w & 0xff) {
    case RT_OP_LOAD_CLASSDEREF: return load_classderef(ts, fr, w);
    case RT_OP_LOAD_LOCALS: return put(ts, fr, w, rt_newref(ts, fr->locals), 256);
    case RT_OP_DEL_GLOBAL:
        return namespace_delete(ts, rt_frame_globals_borrowed(fr), names[w1 & 0xffff]);
    case RT_OP_STORE_NAME: return store_name(ts, fr, w, names[w1 & 0xffff]);
    case RT_OP_DEL_NAME: return namespace_delete(ts, rt_borrowed(fr->locals), names[w1 & 0xffff]);
    case RT_OP_DEL_ATTR: return del_attr(ts, fr, w, names[w1 & 0xffff]);
    case RT_OP_DELITEM: return del_item(ts, fr, w);
    case RT_OP_BUILD_SLICE: return build_slice(ts, fr, w, w1);
    case RT_OP_LIST_EXTEND: return list_extend(ts, fr, w);
    case RT_OP_SET_UPDATE: return set_update(ts, fr, w);
    case RT_OP_DICT_UPDATE: return dict_update(ts, fr, w);
    case RT_OP_DICT_MERGE: return dict_merge(ts, fr, w);
    case RT_OP_LIST_TO_TUPLE: return put(ts, fr, w, rt_list_to_tuple(ts, REG(B(w))), B(w));
    case RT_OP_CALL_EX: return call_ex(ts, fr, w, w1);
    case RT_OP_LOAD_BUILD_CLASS: return load_build_class(ts, fr, w);
    case RT_OP_GET_YIELD_FROM_ITER: return put(ts, fr, w, rt_get_yield_from_iter(ts, REG(B(w))), B(w));
    case RT_OP_GET_AWAITABLE: return put(ts, fr, w, rt_get_awaitable(ts, REG(B(w)), (int)C(w)), B(w));
    case RT_OP_GET_AITER: return put(ts, fr, w, rt_get_aiter(ts, REG(B(w))), B(w));
    case RT_OP_GET_ANEXT: return put(ts, fr, w, rt_get_anext(ts, REG(B(w))), 256);
    case RT_OP_ASYNC_GEN_WRAP: return put(ts, fr, w, rt_async_gen_wrap(ts, rt_newref(ts, fr->regs[B(w)])), B(w));
    case RT_OP_RAISE: return do_raise(ts, fr, w);
    case RT_OP_JNOT_MATCH: return check_match(ts, fr, w);
    case RT_OP_EG_MATCH: return eg_match(ts, fr, w);
    case RT_OP_EG_PREP_RERAISE:
        return put(ts, fr, w, rt_exc_group_prep_reraise(ts, REG(B(w)), REG(C(w))), C(w));
    case RT_OP_BEFORE_WITH: return before_with(ts, fr, w, false);
    case RT_OP_BEFORE_ASYNC_WITH: return before_with(ts, fr, w, true);
    case RT_OP_WITH_EXCEPT: return with_except(ts, fr, w);
    case RT_OP_LOAD_ASSERTION_ERROR: return put(ts, fr, w, rt_type_value(&rt_exc_AssertionError), 256);
    case RT_OP_PRINT_EXPR: return print_expr(ts, fr, w);
    case RT_OP_SETUP_ANNOTATIONS: return setup_annotations(ts, fr);
    default: RT_FATAL("instruction %u is not a rare one", w & 0xff);
    }
}
