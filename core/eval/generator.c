/* SPDX-License-Identifier: MIT */
/*
 * Generators and coroutines. The frame lives in the generator, so resuming copies nothing.
 *
 *   CREATED --resume--> RUNNING --yield--> SUSPENDED --resume--> RUNNING --return, raise--> DONE
 *
 * The transition to RUNNING is a compare-and-swap: two threads that resume the same generator get
 * "generator already executing", never a broken frame. While it runs, exc_item is linked into the thread.
 */
#include <stdio.h>

#include "core/eval/eval_internal.h"
#include "core/eval/gen.h"
#include "core/object/instance.h"

static struct rt_type *type_for(uint32_t flags)
{
    return flags & RT_CO_GENERATOR ? &rt_generator_type
           : flags & RT_CO_COROUTINE ? &rt_coroutine_type : &rt_async_gen_type;
}

static rt_value coroutine_origin(struct rt_thread *ts)
{
    rt_value list = rt_list_new(ts, ts->coro_origin_depth);
    struct rt_frame *f = ts->frame;
    for (uint32_t i = 0; f && i < ts->coro_origin_depth && list.bits; i++, f = f->prev) {
        rt_value t = rt_tuple_pack(ts, 3, rt_slot_peek(&f->code->filename), rt_int_imm(rt_frame_lineno(f)),
                                   rt_slot_peek(&f->code->name));
        if (rt_list_append_steal(ts, list, t) < 0)
            rt_clear(ts, &list);
    }
    if (rt_is_null(list))
        return list;
    rt_value t = rt_list_to_tuple(ts, list);
    rt_decref(ts, list);
    return t;
}

rt_value rt_generator_from_frame(struct rt_thread *ts, struct rt_frame *f)
{
    struct rt_code *code = f->code;
    struct rt_function *fn = rt_as_function(f->func);
    size_t size = sizeof(struct rt_generator) + code->nregs * sizeof(rt_value);
    struct rt_generator *g = rt_object_new(ts, type_for(code->flags), size);
    if (!g) {
        rt_frame_release(ts, f);
        ts->stack_top = (rt_value *)f;
        ts->py_depth--;
        return RT_NULL;
    }
    memset((char *)g + sizeof(struct rt_object), 0, sizeof(*g) - sizeof(struct rt_object));
    g->block_size = size;
    g->code = code;
    rt_slot_init(&g->name, rt_slot_get(ts, fn, &fn->name));
    rt_slot_init(&g->qualname, rt_slot_get(ts, fn, &fn->qualname));
    g->frame = *f;
    memcpy(g->frame.regs, f->regs, code->nregs * sizeof(rt_value));
    g->frame.prev = NULL;
    g->frame.flags |= RT_FR_GEN;
    if (g->frame.object) {
        rt_store_relaxed(&g->frame.object->of_generator, true);
        rt_store_release(&g->frame.object->frame, &g->frame);
    }
    rt_store_release(&g->state, RT_GEN_CREATED);
    ts->stack_top = (rt_value *)f;
    ts->py_depth--;
    rt_value res = rt_own(g);
    if ((code->flags & RT_CO_COROUTINE) && ts->coro_origin_depth) {
        rt_value origin = coroutine_origin(ts);
        if (rt_is_null(origin)) {
            rt_decref(ts, res);
            return origin;
        }
        rt_slot_set(ts, &g->origin, origin);
    }
    return res;
}

void rt_generator_finish(struct rt_thread *ts, struct rt_generator *g)
{
    rt_value handled = g->exc_item.exc;
    ts->exc_info = g->exc_item.prev;
    g->exc_item.exc = RT_NULL;
    g->exc_item.prev = NULL;
    g->frame.prev = NULL;
    rt_store_release(&g->state, RT_GEN_DONE);
    if (rt_likely(!rt_load_relaxed(&ts->mt))) /* nothing is left to finalize */
        rt_store_relaxed(&g->hdr.flags, rt_object_flags(&g->hdr) | RT_OF_FINALIZED);
    rt_decref(ts, handled);
}

void rt_generator_convert_stop(struct rt_thread *ts, struct rt_generator *g)
{
    uint32_t fl = g->code->flags;
    const char *what = fl & RT_CO_ASYNC_GENERATOR ? "async generator" : fl & RT_CO_COROUTINE ? "coroutine" : "generator";
    const char *which;
    if (rt_exc_is(ts, &rt_exc_StopIteration))
        which = "StopIteration";
    else if ((fl & RT_CO_ASYNC_GENERATOR) && rt_exc_is(ts, &rt_exc_StopAsyncIteration))
        which = "StopAsyncIteration";
    else
        return;
    rt_value cause = rt_exc_take(ts);
    rt_raise(ts, &rt_exc_RuntimeError, "%s raised %s", what, which);
    rt_exc_set_cause(ts, ts->exc, rt_newref(ts, cause));
    rt_exc_set_context(ts, ts->exc, cause);
}

static const char *kind_name(struct rt_generator *g)
{
    return g->code->flags & RT_CO_ASYNC_GENERATOR ? "async generator"
           : g->code->flags & RT_CO_COROUTINE ? "coroutine" : "generator";
}

/* Claim the generator: true and the former state, or an outcome for the caller in *res. */
static bool claim(struct rt_thread *ts, struct rt_generator *g, uint8_t *st, bool closing, rt_value *res)
{
    bool alone = rt_writes_alone(ts, g);
    *st = rt_load_acquire(&g->state);
    *res = RT_NULL;
    for (;;) {
        if (*st == RT_GEN_RUNNING) {
            rt_raise(ts, &rt_exc_ValueError, "%s already executing", kind_name(g));
            return false;
        }
        if (*st == RT_GEN_DONE) {
            if ((g->code->flags & RT_CO_COROUTINE) && !closing)
                rt_raise(ts, &rt_exc_RuntimeError, "cannot reuse already awaited coroutine");
            else
                *res = RT_STOP;
            return false;
        }
        if (rt_likely(alone)) {
            rt_store_relaxed(&g->state, RT_GEN_RUNNING);
            return true;
        }
        if (rt_cas_acq_rel(&g->state, st, RT_GEN_RUNNING))
            return true;
    }
}

/* Its frame becomes the running one; called from native code. */
RT_INLINE void enter(struct rt_thread *ts, struct rt_generator *g)
{
    struct rt_frame *f = &g->frame;
    f->flags = (f->flags & ~(uint32_t)(RT_FR_FOR | RT_FR_SEND)) | RT_FR_ENTRY;
    f->prev = ts->frame;
    g->exc_item.prev = ts->exc_info;
    ts->exc_info = &g->exc_item;
    ts->frame = f;
    ts->py_depth++;
}

/* Until it yields, ends or raises. */
RT_INLINE rt_value run_entered(struct rt_thread *ts, struct rt_generator *g, bool throwing)
{
    rt_value self = rt_newref_obj(ts, g); /* its last reference may go while it runs */
    rt_value res = rt_eval_run(ts, &g->frame, throwing);
    rt_decref(ts, self);
    return res;
}

/* Run a claimed generator. value: owned word sent, or RT_NULL to raise ts->exc inside. */
static rt_value run_claimed(struct rt_thread *ts, struct rt_generator *g, uint8_t st, rt_value value)
{
    struct rt_frame *f = &g->frame;
    bool throwing = rt_is_null(value);
    if (ts->py_depth >= rt_load_relaxed(&ts->py_depth_limit) || (rt_c_stack_low(ts) && rt_recursion_check(ts, "") < 0)) {
        if (!rt_pending(ts))
            rt_frame_overflow(ts, g->code);
        rt_decref(ts, value);
        rt_store_release(&g->state, st);
        return RT_NULL;
    }
    enter(ts, g);
    if (throwing) {
        if (g->exc_item.exc.bits) { /* it handles one already: that becomes the context */
            rt_value exc = rt_exc_take(ts);
            rt_raise_instance(ts, exc);
            rt_decref(ts, exc);
        }
        if (f->flags & RT_FR_DELEGATING) {
            f->flags &= ~(uint32_t)RT_FR_DELEGATING;
            f->pc++;
        }
    } else if (st == RT_GEN_CREATED) {
        rt_decref(ts, value);
    } else {
        uint32_t w = f->flags & RT_FR_DELEGATING ? *f->pc : f->pc[-1];
        rt_reg_set(ts, f, f->flags & RT_FR_DELEGATING ? w >> 24 : (w >> 8 & 0xff), value);
    }
    return run_entered(ts, g, throwing);
}

rt_value rt_generator_send(struct rt_thread *ts, rt_value self, rt_value value)
{
    struct rt_generator *g = (struct rt_generator *)rt_ptr(self);
    uint8_t st;
    rt_value res;
    if (!claim(ts, g, &st, false, &res))
        return res;
    if (st == RT_GEN_CREATED && !rt_is_none(value)) {
        rt_store_release(&g->state, st);
        return rt_raise(ts, &rt_exc_TypeError, "can't send non-None value to a just-started %s", kind_name(g));
    }
    return run_claimed(ts, g, st, rt_newref(ts, value));
}

/* The iterator that a generator delegates to, which is claimed, or looked at (rt_generator_look): borrowed, or RT_NULL. */
static rt_value delegate(struct rt_generator *g)
{
    if (!(g->frame.flags & RT_FR_DELEGATING))
        return RT_NULL;
    return rt_borrowed(g->frame.regs[*g->frame.pc >> 16 & 0xff]);
}

/* Close whatever is delegated to. -1 with exception. */
static int close_iter(struct rt_thread *ts, rt_value it)
{
    rt_value res;
    if (rt_is_gen_like(it)) {
        res = rt_generator_close(ts, it);
    } else {
        rt_value m = rt_getattr_opt(ts, it, RT_ID(close));
        if (rt_is_null(m)) {
            if (rt_pending(ts))
                rt_write_unraisable(ts, it);
            return 0;
        }
        res = rt_call0(ts, m);
        rt_decref(ts, m);
    }
    rt_decref(ts, res);
    return rt_is_null(res) ? -1 : 0;
}

/* Resume a claimed delegating generator after its iterator finished with `result` (owned). */
static rt_value resume_after_delegate(struct rt_thread *ts, struct rt_generator *g, rt_value result)
{
    struct rt_frame *f = &g->frame;
    uint32_t w = *f->pc, a = w >> 8 & 0xff, b = w >> 16 & 0xff, c = w >> 24;
    f->flags &= ~(uint32_t)RT_FR_DELEGATING;
    f->pc++;
    rt_reg_set(ts, f, c, RT_UNDEF);
    rt_reg_consume(ts, f, b, a);
    rt_reg_set(ts, f, a, result);
    /* continue as if CREATED: no value is to be stored */
    return run_claimed(ts, g, RT_GEN_CREATED, RT_NONE);
}

/* What became of an exception that the delegate of `yield from` was given first. */
enum delegated {
    DELEGATE_PASSED, /* it is the generator's own: thrown where it waits */
    DELEGATE_RAISED, /* another one is pending instead */
    DELEGATE_DONE,   /* *res: RT_STOP, the delegate has returned, or the value it yields */
};

/* Gives exc (owned unless PASSED is returned) to the iterator that the suspended g delegates to; g counts as running meanwhile. */
static enum delegated throw_into_delegate(struct rt_thread *ts, struct rt_generator *g, rt_value delegate, rt_value exc, rt_value *res)
{
    enum delegated outcome = DELEGATE_DONE;
    rt_value inner = rt_newref(ts, delegate);
    struct rt_frame *saved = ts->frame;
    g->frame.prev = saved;
    ts->frame = &g->frame; /* tracebacks and sys._getframe see it */
    *res = RT_NULL;
    if (rt_type_is_subtype(rt_type_of(exc), &rt_exc_GeneratorExit)) {
        outcome = close_iter(ts, inner) < 0 ? DELEGATE_RAISED : DELEGATE_PASSED;
        if (outcome == DELEGATE_RAISED)
            rt_decref(ts, exc);
    } else if (rt_is_gen_like(inner)) {
        *res = rt_generator_throw(ts, inner, exc);
    } else {
        rt_value m = rt_getattr_opt(ts, inner, RT_ID(throw));
        if (m.bits) {
            *res = rt_call1(ts, m, exc);
            rt_decref(ts, m);
            if (rt_is_null(*res))
                *res = rt_stop_from_exception(ts);
        } else {
            outcome = rt_pending(ts) ? DELEGATE_RAISED : DELEGATE_PASSED;
        }
        if (outcome != DELEGATE_PASSED)
            rt_decref(ts, exc);
    }
    ts->frame = saved;
    rt_decref(ts, inner);
    return outcome == DELEGATE_DONE && rt_is_null(*res) ? DELEGATE_RAISED : outcome;
}

/* Throw exc (owned instance) into the generator. */
rt_value rt_generator_throw(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct rt_generator *g = (struct rt_generator *)rt_ptr(self);
    uint8_t st;
    rt_value res, it;
    if (!claim(ts, g, &st, false, &res)) {
        if (rt_is_stop(res))
            rt_exc_put(ts, exc);
        else
            rt_decref(ts, exc);
        return RT_NULL;
    }
    it = delegate(g);
    if (it.bits && st == RT_GEN_SUSPENDED) {
        enum delegated outcome = throw_into_delegate(ts, g, it, exc, &res);
        if (outcome == DELEGATE_RAISED)
            return run_claimed(ts, g, st, RT_NULL);
        if (outcome == DELEGATE_DONE && rt_is_stop(res)) {
            rt_value v = ts->stop_value;
            ts->stop_value = RT_NULL;
            return resume_after_delegate(ts, g, v.bits ? v : RT_NONE);
        }
        if (outcome == DELEGATE_DONE) {
            g->frame.prev = NULL;
            rt_store_release(&g->state, st);
            return res;
        }
    }
    rt_exc_put(ts, exc);
    return run_claimed(ts, g, st, RT_NULL);
}

rt_value rt_generator_close(struct rt_thread *ts, rt_value self)
{
    struct rt_generator *g = (struct rt_generator *)rt_ptr(self);
    uint8_t st;
    rt_value res;
    if (!claim(ts, g, &st, true, &res))
        return rt_is_stop(res) ? RT_NONE : RT_NULL;
    if (st == RT_GEN_CREATED) {
        rt_frame_release(ts, &g->frame);
        rt_store_release(&g->state, RT_GEN_DONE);
        return RT_NONE;
    }
    int err = 0;
    rt_value it = delegate(g);
    if (it.bits) {
        rt_value inner = rt_newref(ts, it);
        struct rt_frame *saved = ts->frame;
        g->frame.prev = saved;
        ts->frame = &g->frame;
        err = close_iter(ts, inner);
        ts->frame = saved;
        rt_decref(ts, inner);
    }
    if (err == 0)
        rt_raise_none(ts, &rt_exc_GeneratorExit);
    res = run_claimed(ts, g, st, RT_NULL);
    if (rt_is_stop(res)) {
        rt_clear(ts, &ts->stop_value);
        return RT_NONE;
    }
    if (res.bits) {
        rt_decref(ts, res);
        return rt_raise(ts, &rt_exc_RuntimeError, "%s ignored GeneratorExit", kind_name(g));
    }
    if (rt_exc_clear_if(ts, &rt_exc_GeneratorExit) || rt_exc_clear_if(ts, &rt_exc_StopIteration))
        return RT_NONE;
    return RT_NULL;
}

/* throw(type, value=None, tb=None): the instance to throw, owned. */
rt_value rt_generator_throw_args(struct rt_thread *ts, const rt_value *args, uint32_t n)
{
    rt_value typ = args[0], val = n > 1 ? args[1] : RT_NULL, tb = n > 2 ? args[2] : RT_NULL, exc;
    if (tb.bits && rt_is_none(tb))
        tb = RT_NULL;
    if (tb.bits && !rt_is_exact(tb, &rt_traceback_type))
        return rt_raise(ts, &rt_exc_TypeError, "throw() third argument must be a traceback object");
    if (rt_is_exc_class(typ)) {
        if (val.bits && rt_is_exc(val) && rt_type_is_subtype(rt_type_of(val), rt_as_type(typ)))
            exc = rt_newref(ts, val);
        else if (rt_is_null(val) || rt_is_none(val))
            exc = rt_call0(ts, typ);
        else if (rt_is_tuple(val))
            exc = rt_call_ex(ts, typ, val, RT_NULL);
        else
            exc = rt_call1(ts, typ, val);
        if (exc.bits && !rt_is_exc(exc)) {
            rt_raise(ts, &rt_exc_TypeError, "calling %R should have returned an instance of BaseException, not %T", typ, exc);
            rt_clear(ts, &exc);
        }
        if (rt_is_null(exc)) /* what went wrong is thrown instead */
            exc = rt_exc_take(ts);
    } else if (rt_is_exc(typ)) {
        if (val.bits && !rt_is_none(val))
            return rt_raise(ts, &rt_exc_TypeError, "instance exception may not have a separate value");
        exc = rt_newref(ts, typ);
    } else {
        return rt_raise(ts, &rt_exc_TypeError, "exceptions must be classes or instances deriving from BaseException, not %T", typ);
    }
    if (exc.bits && tb.bits)
        rt_exc_set_traceback(ts, exc, rt_newref(ts, tb));
    return exc;
}

/* ---- methods ---- */
#define GEN(v) ((struct rt_generator *)rt_ptr(v))

/* A STOP that leaves send() or throw() becomes StopIteration. */
static rt_value surface(struct rt_thread *ts, rt_value res)
{
    if (rt_is_stop(res)) {
        rt_raise_stop_iteration(ts);
        return RT_NULL;
    }
    return res;
}
static rt_value gen_send(struct rt_thread *ts, rt_value self, rt_value v)
{
    return surface(ts, rt_generator_send(ts, self, v));
}
static rt_value gen_throw(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "throw", n, 1, 3) < 0)
        return RT_NULL;
    rt_value exc = rt_generator_throw_args(ts, args, n);
    return exc.bits ? surface(ts, rt_generator_throw(ts, self, exc)) : RT_NULL;
}
static rt_value gen_close(struct rt_thread *ts, rt_value self) { return rt_generator_close(ts, self); }
/* One step for a native loop; what is unusual goes the long way. */
static rt_value gen_iternext(struct rt_thread *ts, rt_value self)
{
    struct rt_generator *g = GEN(self);
    struct rt_frame *f = &g->frame;
    if (rt_unlikely(!rt_sole_writer(ts, g))) /* before anything else: another thread may be running it */
        return rt_generator_send(ts, self, RT_NONE);
    uint8_t st = rt_load_acquire(&g->state);
    if (rt_unlikely(st != RT_GEN_SUSPENDED && st != RT_GEN_CREATED) || rt_unlikely(f->flags & RT_FR_DELEGATING) ||
        rt_unlikely(ts->py_depth >= rt_load_relaxed(&ts->py_depth_limit)) || rt_unlikely(rt_c_stack_low(ts)))
        return rt_generator_send(ts, self, RT_NONE);
    rt_store_relaxed(&g->state, RT_GEN_RUNNING);
    enter(ts, g);
    if (st == RT_GEN_SUSPENDED)
        rt_reg_set(ts, f, f->pc[-1] >> 8 & 0xff, RT_NONE);
    return run_entered(ts, g, false);
}
static rt_value gen_repr(struct rt_thread *ts, rt_value self)
{
    const char *n = rt_type_of(self) == &rt_async_gen_type ? "async_generator" : rt_typename(self);
    rt_value name = rt_slot_get(ts, GEN(self), &GEN(self)->qualname);
    rt_value s = rt_str_format(ts, "<%s object %U at %p>", n, name, (void *)GEN(self));
    rt_decref(ts, name);
    return s;
}
static rt_value gen_name(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_slot_get(ts, GEN(self), c ? &GEN(self)->qualname : &GEN(self)->name);
}
static int gen_set_name(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v) || !rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "%s must be set to a string object", c ? "__qualname__" : "__name__");
        return -1;
    }
    rt_slot_set(ts, c ? &GEN(self)->qualname : &GEN(self)->name, rt_newref(ts, v));
    return 0;
}
static int audit_get(struct rt_thread *ts, rt_value self, const char *what)
{
    if (rt_likely(!ts->interp->audited))
        return 0;
    const struct rt_type *t = rt_type_of(self);
    char name[16];
    snprintf(name, sizeof name, "%s_%s", t == &rt_coroutine_type ? "cr" : t == &rt_async_gen_type ? "ag" : "gi", what);
    return rt_audit(ts, "object.__getattr__", "Os", self, name);
}
static rt_value gen_frame(struct rt_thread *ts, rt_value self, void *c)
{
    return audit_get(ts, self, "frame") < 0 ? RT_NULL : rt_generator_frame_object(ts, GEN(self));
}
static rt_value gen_running(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_bool(rt_load_acquire(&GEN(self)->state) == RT_GEN_RUNNING);
}
static rt_value gen_suspended(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_bool(rt_load_acquire(&GEN(self)->state) == RT_GEN_SUSPENDED);
}
static rt_value gen_code(struct rt_thread *ts, rt_value self, void *c)
{
    return audit_get(ts, self, "code") < 0 ? RT_NULL : rt_newref_obj(ts, GEN(self)->code);
}
static rt_value gen_delegate(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_generator *g = GEN(self);
    rt_value res = RT_NONE;
    bool stopped;
    if (rt_load_acquire(&g->state) != RT_GEN_SUSPENDED)
        return RT_NONE;
    rt_generator_look(ts, g, &stopped);
    if (rt_load_acquire(&g->state) == RT_GEN_SUSPENDED) {
        rt_value v = delegate(g);
        res = v.bits ? rt_newref(ts, v) : RT_NONE;
    }
    rt_look_end(ts, stopped);
    return res;
}
static rt_value coro_origin(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value v = rt_slot_get(ts, GEN(self), &GEN(self)->origin);
    return v.bits ? v : RT_NONE;
}

static size_t gen_size(const struct rt_object *o) { return ((const struct rt_generator *)o)->block_size; }

void rt_generator_release(struct rt_thread *ts, struct rt_generator *g)
{
    rt_frame_release(ts, &g->frame);
    rt_clear(ts, &g->exc_item.exc);
    rt_slot_clear(ts, g, &g->origin);
}
static void gen_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_generator *g = (struct rt_generator *)o;
    if (rt_load_acquire(&g->state) != RT_GEN_RUNNING) {
        rt_store_release(&g->state, RT_GEN_DONE);
        rt_generator_release(ts, g);
    }
}
static void gen_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_generator *g = (struct rt_generator *)o;
    rt_generator_release(ts, g);
    rt_decref(ts, rt_slot_peek(&g->name));
    rt_decref(ts, rt_slot_peek(&g->qualname));
}
static int gen_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_generator *g = (struct rt_generator *)o;
    rt_slot *slots[] = {&g->name, &g->qualname, &g->origin};
    int r = 0;
    for (size_t i = 0; i < RT_COUNTOF(slots) && !r; i++)
        r = visit(rt_slot_peek(slots[i]), arg);
    if (!r)
        r = visit(g->exc_item.exc, arg);
    if (!r)
        r = visit(rt_borrow(g->code), arg);
    if (!r)
        r = visit(g->frame.func, arg);
    if (!r && (g->frame.flags & RT_FR_NAMESPACE))
        r = visit(g->frame.locals, arg);
    if (!r && g->frame.object)
        r = visit(rt_own(g->frame.object), arg);
    for (uint32_t i = 0; i < g->code->nregs && !r; i++)
        r = visit(g->frame.regs[i], arg);
    return r;
}

static void warn_unawaited(struct rt_thread *ts, rt_value self)
{
    rt_value f = rt_import_attr(ts, "warnings", "_warn_unawaited_coroutine");
    rt_value res = f.bits ? rt_call1(ts, f, self) : RT_NULL;
    bool warned = res.bits || (f.bits && rt_exc_is(ts, &rt_exc_RuntimeWarning));
    if (rt_is_null(f))
        rt_exc_clear(ts);
    if (rt_pending(ts))
        rt_write_unraisable(ts, self);
    rt_value name = rt_slot_get(ts, GEN(self), &GEN(self)->qualname);
    if (!warned && rt_warn(ts, &rt_exc_RuntimeWarning, 1, "coroutine '%S' was never awaited", name) < 0)
        rt_write_unraisable(ts, self);
    rt_decref(ts, name);
    rt_decref(ts, res);
    rt_decref(ts, f);
}

static void gen_finalize(struct rt_thread *ts, rt_value self)
{
    struct rt_generator *g = GEN(self);
    uint8_t st = rt_load_acquire(&g->state);
    if (st == RT_GEN_DONE || st == RT_GEN_RUNNING)
        return;
    if (st == RT_GEN_CREATED && !(g->code->flags & RT_CO_COROUTINE))
        return;
    rt_value pending = rt_exc_take(ts), res;
    if (st == RT_GEN_CREATED) {
        warn_unawaited(ts, self);
    } else {
        res = rt_generator_close(ts, self);
        if (rt_is_null(res))
            rt_write_unraisable(ts, self);
    }
    if (pending.bits)
        rt_exc_put(ts, pending);
}

static bool gen_finished(const struct rt_object *o)
{
    return rt_load_relaxed(&((const struct rt_generator *)o)->state) == RT_GEN_DONE;
}

static const struct rt_method_def gen_methods[] = {
    {"send", gen_send, RT_METH_O, "send(arg) -> send 'arg' into generator,\nreturn next yielded value or raise StopIteration."},
    {"throw", gen_throw, RT_METH_FAST, "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration."},
    {"close", gen_close, RT_METH_NOARGS, "close() -> raise GeneratorExit inside generator."},
    {NULL},
};
static const struct rt_getset_def gen_getset[] = {
    {"__name__", gen_name, gen_set_name, "name of the generator", NULL},
    {"__qualname__", gen_name, gen_set_name, "qualified name of the generator", (void *)1},
    {"gi_yieldfrom", gen_delegate, NULL, "object being iterated by yield from, or None", NULL},
    {"gi_running", gen_running, NULL, NULL, NULL},
    {"gi_frame", gen_frame, NULL, NULL, NULL},
    {"gi_suspended", gen_suspended, NULL, NULL, NULL},
    {"gi_code", gen_code, NULL, NULL, NULL},
    {NULL},
};
#define GEN_COMMON                                                                                             \
    .hdr = RT_STATIC_TYPE_HDR, .basic_size = sizeof(struct rt_generator), .size = gen_size, .dealloc = gen_dealloc, \
    .clear = gen_clear, .traverse = gen_traverse, .repr = gen_repr, .finished = gen_finished
struct rt_type rt_generator_type = {
    GEN_COMMON, .name = "generator", .flags = RT_TF_GC | RT_TF_WEAKREF | RT_TF_NO_NEW, .finalize = gen_finalize,
    .iter = rt_iter_self, .iternext = gen_iternext, .send = rt_generator_send, .methods = gen_methods, .getset = gen_getset,
};

/* ---- coroutines ---- */
struct coro_wrapper { struct rt_object hdr; rt_value coro; };
#define WRAPPED(v) (((struct coro_wrapper *)rt_ptr(v))->coro)

static rt_value coro_await(struct rt_thread *ts, rt_value self)
{
    struct coro_wrapper *w = rt_object_new(ts, &rt_coro_wrapper_type, sizeof(*w));
    if (!w)
        return RT_NULL;
    w->coro = rt_newref(ts, self);
    return rt_own(w);
}
static const struct rt_method_def coro_methods[] = {
    {"send", gen_send, RT_METH_O, "send(arg) -> send 'arg' into coroutine,\nreturn next iterated value or raise StopIteration."},
    {"throw", gen_throw, RT_METH_FAST, "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration."},
    {"close", gen_close, RT_METH_NOARGS, "close() -> raise GeneratorExit inside coroutine."},
    {NULL},
};
static const struct rt_getset_def coro_getset[] = {
    {"__name__", gen_name, gen_set_name, "name of the coroutine", NULL},
    {"__qualname__", gen_name, gen_set_name, "qualified name of the coroutine", (void *)1},
    {"cr_await", gen_delegate, NULL, "object being awaited on, or None", NULL},
    {"cr_running", gen_running, NULL, NULL, NULL},
    {"cr_frame", gen_frame, NULL, NULL, NULL},
    {"cr_suspended", gen_suspended, NULL, NULL, NULL},
    {"cr_code", gen_code, NULL, NULL, NULL},
    {"cr_origin", coro_origin, NULL, NULL, NULL},
    {NULL},
};
struct rt_type rt_coroutine_type = {
    GEN_COMMON, .name = "coroutine", .flags = RT_TF_GC | RT_TF_WEAKREF | RT_TF_NO_NEW, .finalize = gen_finalize,
    .await = coro_await, .send = rt_generator_send, .methods = coro_methods, .getset = coro_getset,
};

static rt_value wrapper_send(struct rt_thread *ts, rt_value self, rt_value v) { return gen_send(ts, WRAPPED(self), v); }
static rt_value wrapper_am_send(struct rt_thread *ts, rt_value self, rt_value v) { return rt_generator_send(ts, WRAPPED(self), v); }
static rt_value wrapper_throw(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return gen_throw(ts, WRAPPED(self), args, n); }
static rt_value wrapper_close(struct rt_thread *ts, rt_value self) { return rt_generator_close(ts, WRAPPED(self)); }
static rt_value wrapper_next(struct rt_thread *ts, rt_value self) { return rt_generator_send(ts, WRAPPED(self), RT_NONE); }
static void wrapper_clear(struct rt_thread *ts, struct rt_object *o) { rt_clear(ts, &((struct coro_wrapper *)o)->coro); }
static int wrapper_traverse(struct rt_object *o, rt_visit visit, void *arg) { return visit(((struct coro_wrapper *)o)->coro, arg); }
static const struct rt_method_def wrapper_methods[] = {
    {"send", wrapper_send, RT_METH_O, NULL},
    {"throw", wrapper_throw, RT_METH_FAST, NULL},
    {"close", wrapper_close, RT_METH_NOARGS, NULL},
    {NULL},
};
struct rt_type rt_coro_wrapper_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "coroutine_wrapper", .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct coro_wrapper), .clear = wrapper_clear, .traverse = wrapper_traverse, .iter = rt_iter_self,
    .iternext = wrapper_next, .send = wrapper_am_send, .methods = wrapper_methods,
    .doc = "A wrapper object implementing __await__ for coroutines.",
};

/* ---- await, yield from ---- */
static bool is_iterable_coroutine(rt_value v)
{
    return rt_is_exact(v, &rt_generator_type) && (GEN(v)->code->flags & RT_CO_ITERABLE_COROUTINE);
}

rt_value rt_get_awaitable_iter(struct rt_thread *ts, rt_value v)
{
    if (rt_is_exact(v, &rt_coroutine_type) || is_iterable_coroutine(v))
        return rt_newref(ts, v);
    struct rt_type *t = rt_type_of(v);
    if (!t->await)
        return rt_raise(ts, &rt_exc_TypeError, "object %.100T can't be used in 'await' expression", v);
    rt_value it = t->await(ts, v);
    if (rt_is_null(it))
        return it;
    if (rt_is_exact(it, &rt_coroutine_type) || is_iterable_coroutine(it)) {
        rt_decref(ts, it);
        return rt_raise(ts, &rt_exc_TypeError, "__await__() returned a coroutine");
    }
    if (!rt_is_iterator(it)) {
        rt_raise(ts, &rt_exc_TypeError, "__await__() returned non-iterator of type '%.100T'", it);
        rt_clear(ts, &it);
    }
    return it;
}

rt_value rt_get_awaitable(struct rt_thread *ts, rt_value v, int kind)
{
    struct rt_type *t = rt_type_of(v);
    if (kind && !t->await && !rt_is_exact(v, &rt_coroutine_type) && !is_iterable_coroutine(v))
        return rt_raise(ts, &rt_exc_TypeError, "'async with' received an object from %s that does not implement __await__: %.100T",
                        kind == 1 ? "__aenter__" : "__aexit__", v);
    rt_value it = rt_get_awaitable_iter(ts, v);
    if (it.bits && rt_is_exact(it, &rt_coroutine_type) && delegate(GEN(it)).bits) {
        rt_decref(ts, it);
        return rt_raise(ts, &rt_exc_RuntimeError, "coroutine is being awaited already");
    }
    return it;
}

rt_value rt_get_yield_from_iter(struct rt_thread *ts, rt_value v)
{
    if (rt_is_exact(v, &rt_coroutine_type)) {
        uint32_t fl = ts->frame ? ts->frame->code->flags : 0;
        if (!(fl & (RT_CO_COROUTINE | RT_CO_ITERABLE_COROUTINE)))
            return rt_raise(ts, &rt_exc_TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator");
        return rt_newref(ts, v);
    }
    if (rt_is_exact(v, &rt_generator_type))
        return rt_newref(ts, v);
    return rt_iter(ts, v);
}

rt_value rt_get_aiter(struct rt_thread *ts, rt_value v)
{
    struct rt_type *t = rt_type_of(v);
    if (!t->aiter)
        return rt_raise(ts, &rt_exc_TypeError, "'async for' requires an object with __aiter__ method, got %.100T", v);
    rt_value it = t->aiter(ts, v);
    if (it.bits && !rt_type_of(it)->anext) {
        rt_raise(ts, &rt_exc_TypeError, "'async for' received an object from __aiter__ that does not implement __anext__: %.100T", it);
        rt_clear(ts, &it);
    }
    return it;
}

rt_value rt_get_anext(struct rt_thread *ts, rt_value v)
{
    struct rt_type *t = rt_type_of(v);
    if (!t->anext)
        return rt_raise(ts, &rt_exc_TypeError, "'async for' requires an iterator with __anext__ method, got %.100T", v);
    rt_value next = t->anext(ts, v);
    if (rt_is_null(next) || t == &rt_async_gen_type)
        return next;
    rt_value aw = rt_get_awaitable_iter(ts, next);
    if (rt_is_null(aw)) {
        rt_value cause = rt_exc_take(ts);
        rt_raise(ts, &rt_exc_TypeError, "'async for' received an invalid object from __anext__: %.100T", next);
        rt_exc_set_context(ts, rt_borrowed(ts->exc), rt_newref(ts, cause));
        rt_exc_set_cause(ts, rt_borrowed(ts->exc), cause);
    }
    rt_decref(ts, next);
    return aw;
}
