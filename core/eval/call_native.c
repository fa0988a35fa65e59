/* SPDX-License-Identifier: MIT */
/*
 * Calls of what is not written in Python: native functions and methods, classes, and whatever else has a
 * call slot. The loop itself does native functions of no and of one argument (ops_call.h).
 *
 * Arguments are passed as borrowed words. Where more than one is wanted they are copied to the top of the
 * value stack; they stay in their registers meanwhile, and the instruction is done with them only after a
 * call that succeeded ([REG-3]).
 */
#include "core/eval/eval_internal.h"
#include "core/object/builtin.h"
#include "core/object/instance.h"

#define A(w) ((w) >> 8 & 0xff)
#define B(w) ((w) >> 16 & 0xff)
#define C(w) ((w) >> 24)

/* A class method of a native type, found by the cache; what is traced is the bound method that it stands for. */
static rt_value traced_class_method(struct rt_thread *ts, rt_value f, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    rt_value bound = rt_classmethod_descr_type.descr_get(ts, f, RT_NULL, self);
    rt_value res = rt_is_null(bound) ? bound : rt_trace_native_call(ts, bound, args, n, kw);
    rt_decref(ts, bound);
    return res;
}

static rt_value traced_call(struct rt_thread *ts, rt_value f, rt_value self, const rt_value *argv, uint32_t npos, rt_value kw)
{
    if (!rt_is_null(self) && rt_is_exact(f, &rt_classmethod_descr_type))
        return traced_class_method(ts, f, self, argv + 1, npos - 1, kw);
    return rt_is_native_callable(f) ? rt_trace_native_call(ts, f, argv, npos, kw) : rt_call(ts, f, argv, npos, kw);
}

rt_value rt_eval_call_value(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value self, const uint8_t *ops,
                            uint32_t n, rt_value kw)
{
    rt_value *argv = ts->stack_top, *p = argv;
    if (rt_unlikely(!rt_stack_has_room(ts, argv + n + 1)) && rt_frame_overflow(ts, NULL) < 0)
        return RT_NULL;
    if (!rt_is_null(self))
        *p++ = rt_borrowed(self);
    for (uint32_t i = 0; i < n; i++)
        *p++ = rt_reg_lend(fr->regs[ops[i]]);
    ts->stack_top = p;
    uint32_t npos = (uint32_t)(p - argv) - (kw.bits ? (uint32_t)rt_as_tuple(kw)->length : 0);
    rt_value res = rt_unlikely(ts->tracing) ? traced_call(ts, f, self, argv, npos, kw) : rt_call(ts, f, argv, npos, kw);
    ts->stack_top = argv;
    return res;
}

/* rt_reg_consume where temp_base is at hand. A deferred word goes too: the collector would take it for a use. */
RT_INLINE void consume_temp(struct rt_thread *ts, struct rt_frame *fr, uint32_t r, uint32_t a, uint32_t tb)
{
    if (r < tb || r == a)
        return;
    rt_value old = fr->regs[r];
    fr->regs[r] = RT_UNDEF;
    if (RT_REG_COUNTED(old))
        rt_decref_obj(ts, rt_ptr(old));
}

/* The registers after a call that gave res, and what others want of this thread. */
static bool finish_call(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, const uint8_t *ops, rt_value res)
{
    uint32_t a = A(w), tb = fr->code->temp_base;
    if (rt_unlikely(rt_is_null(res)))
        return false;
    for (const uint8_t *end = ops + C(w); ops < end; ops++)
        consume_temp(ts, fr, *ops, a, tb);
    consume_temp(ts, fr, B(w), a, tb);
    rt_reg_set(ts, fr, a, res);
    return rt_likely(!rt_load_relaxed(&ts->breaker)) || rt_eval_poll_called(ts, fr) == 0; /* signals; others' turn */
}

/* n registers as borrowed words on the value stack, which the caller pops; NULL with RecursionError. */
RT_INLINE rt_value *lend_args(struct rt_thread *ts, struct rt_frame *fr, const uint8_t *ops, uint32_t n)
{
    rt_value *argv = ts->stack_top;
    if (rt_unlikely(!rt_stack_has_room(ts, argv + n)) && rt_frame_overflow(ts, NULL) < 0)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        argv[i] = rt_reg_lend(fr->regs[ops[i]]);
    ts->stack_top = argv + n;
    return argv;
}

/* Positional arguments to a native function that is bound to self, without a copy where it takes none or one. */
static rt_value call_native(struct rt_thread *ts, struct rt_frame *fr, rt_value f, const struct rt_method_def *def,
                            rt_value self, const uint8_t *ops, uint32_t n)
{
    uint32_t conv = def->flags & RT_METH_CONV;
    if (rt_unlikely(rt_native_needs_section(def)))
        conv = ~0u;
    if (conv == RT_METH_O && n == 1)
        return ((rt_fn_o)def->fn)(ts, self, rt_reg_lend(fr->regs[ops[0]]));
    if (conv == RT_METH_NOARGS && n == 0)
        return ((rt_fn_noargs)def->fn)(ts, self);
    rt_value *argv = lend_args(ts, fr, ops, n), res;
    if (rt_unlikely(!argv))
        return RT_NULL;
    if (conv == RT_METH_FAST)
        res = ((rt_fn_fast)def->fn)(ts, self, argv, n);
    else if (conv == RT_METH_KW)
        res = ((rt_fn_kw)def->fn)(ts, self, argv, n, RT_NULL);
    else
        res = rt_native_call(ts, f, def, self, argv, n, RT_NULL);
    ts->stack_top = argv;
    return res;
}

/* Many arguments, or the value stack is nearly full. */
static RT_NOINLINE rt_value call_fast_many(struct rt_thread *ts, struct rt_frame *fr, const struct rt_method_def *def,
                                           rt_value self, const uint8_t *ops, uint32_t w)
{
    uint32_t n = C(w);
    rt_value *argv = lend_args(ts, fr, ops, n), res;
    if (rt_unlikely(!argv))
        return RT_NULL;
    if ((def->flags & RT_METH_CONV) == RT_METH_FAST)
        res = ((rt_fn_fast)def->fn)(ts, self, argv, n);
    else
        res = ((rt_fn_kw)def->fn)(ts, self, argv, n, RT_NULL);
    ts->stack_top = argv;
    if (rt_likely(res.bits))
        rt_eval_consume(ts, fr, ops, n, A(w));
    return res;
}

/* n is a constant: no loop is left. The value stack has room for n words. */
RT_INLINE rt_value call_fast(struct rt_thread *ts, struct rt_frame *fr, const struct rt_method_def *def, rt_value self,
                             const uint8_t *ops, uint32_t w, uint32_t n)
{
    rt_value *argv = ts->stack_top, res;
    uint32_t list = 0; /* the registers */
    if (n)
        memcpy(&list, ops, sizeof(list));
#pragma GCC unroll 4
    for (uint32_t i = 0; i < n; i++)
        argv[i] = rt_reg_lend(fr->regs[list >> 8 * i & 0xff]);
    ts->stack_top = argv + n;
    if ((def->flags & RT_METH_CONV) == RT_METH_FAST)
        res = ((rt_fn_fast)def->fn)(ts, self, argv, n);
    else
        res = ((rt_fn_kw)def->fn)(ts, self, argv, n, RT_NULL);
    ts->stack_top = argv;
    if (n && rt_likely(res.bits)) {
        uint32_t tb = fr->code->temp_base;
#pragma GCC unroll 4
        for (uint32_t i = 0; i < n; i++)
            consume_temp(ts, fr, list >> 8 * i & 0xff, A(w), tb);
    }
    return res;
}

rt_value rt_eval_call_fast(struct rt_thread *ts, struct rt_frame *fr, const struct rt_method_def *def, rt_value self,
                           const uint8_t *ops, uint32_t w)
{
    if (rt_unlikely(ts->stack_top + 4 > rt_load_relaxed(&ts->stack_limit)))
        return call_fast_many(ts, fr, def, self, ops, w);
    switch (C(w)) {
    case 1: return call_fast(ts, fr, def, self, ops, w, 1);
    case 2: return call_fast(ts, fr, def, self, ops, w, 2);
    case 3: return call_fast(ts, fr, def, self, ops, w, 3);
    case 0: return call_fast(ts, fr, def, self, ops, w, 0);
    default: return call_fast_many(ts, fr, def, self, ops, w);
    }
}

/* The definition behind a native function or method that takes `self` so, or NULL; *me is what it is bound to. */
static const struct rt_method_def *native_def(rt_value f, rt_value self, rt_value *me)
{
    struct rt_type *t = rt_type_of(f);
    if (t == &rt_builtin_type && rt_is_null(self)) {
        struct rt_builtin *b = (struct rt_builtin *)rt_ptr(f);
        *me = b->def->flags & RT_METH_STATIC ? RT_NULL : rt_slot_peek(&b->self);
        return b->def;
    }
    if (t == &rt_method_descr_type && !rt_is_null(self)) {
        struct rt_method_descr *d = (struct rt_method_descr *)rt_ptr(f);
        struct rt_type *st = rt_type_of(self);
        *me = self;
        return rt_likely(st == d->d.objclass) || rt_type_is_subtype(st, d->d.objclass) ? d->def : NULL;
    }
    if (t == &rt_classmethod_descr_type && !rt_is_null(self) && rt_is_type(self)) {
        struct rt_method_descr *d = (struct rt_method_descr *)rt_ptr(f);
        *me = self;
        return rt_type_is_subtype(rt_as_type(self), d->d.objclass) ? d->def : NULL;
    }
    return NULL;
}

/*
 * Note [BARE] The collector takes each word of a machine stack for a use (docs/decisions/001). The frame of the loop is the
 * one that lives longest and has many places where values were spilled and never overwritten: stale words that keep dead
 * classes and modules for one collection more. While the loop calls a native function with positional arguments, neither it
 * nor anything between holds a value in C only that is used afterwards as more than a word to be released: the operands are
 * in registers of the frame. So a function that collects, called straight from the loop, has the stack read from the loop's
 * caller on; the entry frame knows where that is. Frames of loops further up are read as any other.
 */
static rt_value call_bare(struct rt_thread *ts, struct rt_frame *fr, rt_value f, const struct rt_method_def *def,
                          rt_value self, const uint8_t *ops, uint32_t n)
{
    struct rt_frame *entry = fr;
    while (!(entry->flags & RT_FR_ENTRY))
        entry = entry->prev;
    ts->c_stack_bare = entry->c_stack;
    rt_value res = call_native(ts, fr, f, def, self, ops, n);
    ts->c_stack_bare = NULL;
    return res;
}

bool rt_eval_call(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, rt_value f, rt_value self, const uint8_t *ops)
{
    uint32_t n = C(w);
    rt_value me, res;
    rt_fn_kw call;
    const struct rt_method_def *def = native_def(f, self, &me);
    if (rt_likely(def) && rt_likely(!ts->tracing) && rt_likely(!rt_c_stack_low(ts))) {
        res = (rt_unlikely(def->flags & RT_METH_BARE) ? call_bare : call_native)(ts, fr, f, def, me, ops, n);
    } else if (n == 1 && rt_is_null(self) && (call = rt_type_of(f)->call) && !ts->tracing) { /* as a key function is */
        rt_value arg = rt_reg_lend(fr->regs[ops[0]]);
        res = call(ts, rt_borrowed(f), &arg, 1, RT_NULL);
    } else {
        res = rt_eval_call_value(ts, fr, rt_borrowed(f), self, ops, n, RT_NULL);
    }
    return finish_call(ts, fr, w, ops, res);
}

/* Class(...) made in the usual way by a class whose __init__ is not written in Python. */
bool rt_eval_call_type(struct rt_thread *ts, struct rt_frame *fr, uint32_t w, struct rt_type *t, const uint8_t *ops)
{
    uint32_t n = C(w);
    rt_value res;
    if (n == 1 && t->convert && rt_likely(!rt_c_stack_low(ts)))
        res = t->convert(ts, rt_reg_lend(fr->regs[ops[0]]));
    else if (n == 0 && t->new == rt_object_type.new && t->init == rt_object_type.init && !rt_type_has(t, RT_TF_ABSTRACT))
        res = rt_type_alloc(ts, t);
    else
        res = rt_eval_call_value(ts, fr, rt_type_value(t), RT_NULL, ops, n, RT_NULL);
    return finish_call(ts, fr, w, ops, res);
}
