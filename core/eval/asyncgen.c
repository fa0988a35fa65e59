/* SPDX-License-Identifier: MIT */
/*
 * Asynchronous generators (PEP 525). The generator's frame runs like any other; what it yields to its
 * consumer comes wrapped (ASYNC_GEN_WRAP), so that plain yields of the awaits inside pass through to the
 * event loop. asend() and athrow() return awaitables that step it.
 */
#include "core/eval/eval_internal.h"
#include "core/eval/gen.h"

enum step_kind { STEP_SEND, STEP_THROW, STEP_CLOSE };
enum step_state { STEP_INIT, STEP_ITER, STEP_CLOSED };

/* The awaitable of asend, athrow, aclose. */
struct step {
    struct rt_object hdr;
    rt_value gen;
    rt_value value;    /* to send; or the tuple of throw()'s arguments */
    uint8_t kind;
    _Atomic uint8_t state;
};
static struct rt_type step_type, throw_type;
#define STEP(v) ((struct step *)rt_ptr(v))
#define AGEN(v) ((struct rt_generator *)rt_ptr(v))

static void wrapped_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct rt_async_wrapped *)o)->value);
}
static int wrapped_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    return visit(((struct rt_async_wrapped *)o)->value, arg);
}
struct rt_type rt_async_wrapped_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "async_generator_wrapped_value", .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_async_wrapped), .clear = wrapped_clear, .traverse = wrapped_traverse,
};
rt_value rt_async_gen_wrap(struct rt_thread *ts, rt_value owned)
{
    struct rt_async_wrapped *w = rt_object_new(ts, &rt_async_wrapped_type, sizeof(*w));
    if (!w) {
        rt_decref(ts, owned);
        return RT_NULL;
    }
    w->value = owned;
    return rt_own(w);
}

static int init_hooks(struct rt_thread *ts, rt_value self)
{
    struct rt_generator *g = AGEN(self);
    if (rt_load_relaxed(&g->hooks_inited))
        return 0;
    rt_store_relaxed(&g->hooks_inited, true);
    if (ts->async_gen_finalizer.bits)
        rt_slot_set(ts, &g->origin, rt_newref(ts, ts->async_gen_finalizer));
    if (ts->async_gen_firstiter.bits) {
        rt_value f = rt_newref(ts, ts->async_gen_firstiter), r = rt_call1(ts, f, self);
        rt_decref(ts, f);
        if (rt_is_null(r))
            return -1;
        rt_decref(ts, r);
    }
    return 0;
}

static rt_value step_new(struct rt_thread *ts, rt_value gen, enum step_kind kind, rt_value owned_value)
{
    if (init_hooks(ts, gen) < 0) {
        rt_decref(ts, owned_value);
        return RT_NULL;
    }
    struct step *s = rt_object_new(ts, kind == STEP_SEND ? &step_type : &throw_type, sizeof(*s));
    if (!s) {
        rt_decref(ts, owned_value);
        return RT_NULL;
    }
    s->gen = rt_newref(ts, gen);
    s->value = owned_value;
    s->kind = (uint8_t)kind;
    rt_store_relaxed(&s->state, STEP_INIT);
    return rt_own(s);
}

/* What the generator's step gave: a wrapped value ends this awaitable with it. */
static rt_value unwrap(struct rt_thread *ts, struct rt_generator *g, rt_value res)
{
    if (rt_is_stop(res)) { /* the generator returned */
        rt_clear(ts, &ts->stop_value);
        rt_raise_none(ts, &rt_exc_StopAsyncIteration);
        res = RT_NULL;
    }
    if (rt_is_null(res)) {
        if (rt_exc_is(ts, &rt_exc_StopAsyncIteration) || rt_exc_is(ts, &rt_exc_GeneratorExit))
            rt_store_relaxed(&g->closed_once, true);
        rt_store_relaxed(&g->ag_running, false);
        return res;
    }
    if (rt_is_exact(res, &rt_async_wrapped_type)) {
        rt_value old = ts->stop_value;
        ts->stop_value = rt_newref(ts, ((struct rt_async_wrapped *)rt_ptr(res))->value);
        rt_decref(ts, old);
        rt_decref(ts, res);
        rt_store_relaxed(&g->ag_running, false);
        return RT_STOP;
    }
    return res;
}

static rt_value busy(struct rt_thread *ts, struct step *s)
{
    rt_store_relaxed(&s->state, STEP_CLOSED);
    return rt_raise(ts, &rt_exc_RuntimeError, "%s: asynchronous generator is already running",
                    s->kind == STEP_SEND ? "anext()" : s->kind == STEP_THROW ? "athrow()" : "aclose()");
}

static rt_value send_step(struct rt_thread *ts, struct step *s, rt_value arg)
{
    struct rt_generator *g = AGEN(s->gen);
    if (rt_load_relaxed(&s->state) == STEP_CLOSED)
        return rt_raise(ts, &rt_exc_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    if (rt_load_relaxed(&s->state) == STEP_INIT) {
        if (rt_load_relaxed(&g->ag_running))
            return busy(ts, s);
        if (rt_is_none(arg))
            arg = s->value;
        rt_store_relaxed(&s->state, STEP_ITER);
    }
    rt_store_relaxed(&g->ag_running, true);
    rt_value res = unwrap(ts, g, rt_generator_send(ts, s->gen, arg));
    if (rt_is_null(res) || rt_is_stop(res))
        rt_store_relaxed(&s->state, STEP_CLOSED);
    return res;
}

/* aclose: the generator must not yield another value. */
static rt_value close_result(struct rt_thread *ts, struct step *s, rt_value res)
{
    struct rt_generator *g = AGEN(s->gen);
    if (res.bits && !rt_is_stop(res) && rt_is_exact(res, &rt_async_wrapped_type)) {
        rt_decref(ts, res);
        rt_store_relaxed(&g->ag_running, false);
        rt_store_relaxed(&s->state, STEP_CLOSED);
        return rt_raise(ts, &rt_exc_RuntimeError, "async generator ignored GeneratorExit");
    }
    if (rt_is_stop(res)) {
        rt_clear(ts, &ts->stop_value);
        rt_store_relaxed(&g->ag_running, false);
        rt_store_relaxed(&s->state, STEP_CLOSED);
        return RT_STOP;
    }
    if (rt_is_null(res)) {
        rt_store_relaxed(&g->ag_running, false);
        rt_store_relaxed(&s->state, STEP_CLOSED);
        if (rt_exc_clear_if(ts, &rt_exc_StopAsyncIteration) || rt_exc_clear_if(ts, &rt_exc_GeneratorExit))
            return RT_STOP;
    }
    return res;
}

static rt_value throw_step(struct rt_thread *ts, struct step *s, rt_value arg)
{
    struct rt_generator *g = AGEN(s->gen);
    uint8_t st = rt_load_relaxed(&s->state);
    rt_value res, exc;
    if (st == STEP_CLOSED)
        return rt_raise(ts, &rt_exc_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    if (st == STEP_INIT) {
        if (rt_load_acquire(&g->state) == RT_GEN_DONE) {
            rt_store_relaxed(&s->state, STEP_CLOSED);
            return RT_STOP;
        }
        if (rt_load_relaxed(&g->ag_running))
            return busy(ts, s);
        if (rt_load_relaxed(&g->closed_once)) {
            rt_store_relaxed(&s->state, STEP_CLOSED);
            return rt_raise_none(ts, &rt_exc_StopAsyncIteration);
        }
        if (!rt_is_none(arg))
            return rt_raise(ts, &rt_exc_RuntimeError, "can't send non-None value to a just-started coroutine");
        rt_store_relaxed(&s->state, STEP_ITER);
        rt_store_relaxed(&g->ag_running, true);
        if (s->kind == STEP_CLOSE) {
            rt_store_relaxed(&g->closed_once, true);
            exc = rt_call0(ts, rt_type_value(&rt_exc_GeneratorExit));
        } else {
            struct rt_tuple *t = rt_as_tuple(s->value);
            exc = rt_generator_throw_args(ts, t->items, (uint32_t)t->length);
        }
        if (rt_is_null(exc)) {
            rt_store_relaxed(&g->ag_running, false);
            rt_store_relaxed(&s->state, STEP_CLOSED);
            return exc;
        }
        res = rt_generator_throw(ts, s->gen, exc);
    } else {
        res = rt_generator_send(ts, s->gen, arg);
    }
    if (s->kind == STEP_CLOSE)
        return close_result(ts, s, res);
    res = unwrap(ts, g, res);
    if (rt_is_null(res) || rt_is_stop(res))
        rt_store_relaxed(&s->state, STEP_CLOSED);
    return res;
}

static rt_value step_am_send(struct rt_thread *ts, rt_value self, rt_value arg)
{
    return STEP(self)->kind == STEP_SEND ? send_step(ts, STEP(self), arg) : throw_step(ts, STEP(self), arg);
}
static rt_value surface(struct rt_thread *ts, rt_value res)
{
    if (rt_is_stop(res)) {
        rt_raise_stop_iteration(ts);
        return RT_NULL;
    }
    return res;
}
static rt_value step_send(struct rt_thread *ts, rt_value self, rt_value arg) { return surface(ts, step_am_send(ts, self, arg)); }
static rt_value step_next(struct rt_thread *ts, rt_value self) { return step_am_send(ts, self, RT_NONE); }
static rt_value step_self(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }
static rt_value step_throw(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    struct step *s = STEP(self);
    if (rt_args_count(ts, "throw", n, 1, 3) < 0)
        return RT_NULL;
    if (rt_load_relaxed(&s->state) == STEP_CLOSED)
        return rt_raise(ts, &rt_exc_RuntimeError, s->kind == STEP_SEND ? "cannot reuse already awaited __anext__()/asend()" : "cannot reuse already awaited aclose()/athrow()");
    rt_value exc = rt_generator_throw_args(ts, args, n), res;
    if (rt_is_null(exc))
        return exc;
    if (s->kind == STEP_SEND && rt_load_relaxed(&s->state) == STEP_INIT) {
        if (rt_load_relaxed(&AGEN(s->gen)->ag_running)) {
            rt_decref(ts, exc);
            return busy(ts, s);
        }
        rt_store_relaxed(&s->state, STEP_ITER);
        rt_store_relaxed(&AGEN(s->gen)->ag_running, true);
    }
    res = rt_generator_throw(ts, s->gen, exc);
    res = s->kind == STEP_CLOSE ? close_result(ts, s, res) : unwrap(ts, AGEN(s->gen), res);
    if (rt_is_null(res) || rt_is_stop(res))
        rt_store_relaxed(&s->state, STEP_CLOSED);
    return surface(ts, res);
}
static rt_value step_close(struct rt_thread *ts, rt_value self)
{
    rt_store_relaxed(&STEP(self)->state, STEP_CLOSED);
    return RT_NONE;
}
static void step_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_clear(ts, &((struct step *)o)->gen);
    rt_clear(ts, &((struct step *)o)->value);
}
static int step_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    int r = visit(((struct step *)o)->gen, arg);
    return r ? r : visit(((struct step *)o)->value, arg);
}
static const struct rt_method_def step_methods[] = {
    {"send", step_send, RT_METH_O, NULL}, {"throw", step_throw, RT_METH_FAST, NULL}, {"close", step_close, RT_METH_NOARGS, NULL}, {NULL},
};
#define STEP_COMMON                                                                                                        \
    .hdr = RT_STATIC_TYPE_HDR, .flags = RT_TF_GC | RT_TF_NO_NEW, .basic_size = sizeof(struct step), .clear = step_clear,     \
    .traverse = step_traverse, .await = step_self, .iter = step_self, .iternext = step_next, .send = step_am_send,           \
    .methods = step_methods
static struct rt_type step_type = {STEP_COMMON, .name = "async_generator_asend"};
static struct rt_type throw_type = {STEP_COMMON, .name = "async_generator_athrow"};

/* ---- the generator type ---- */
static rt_value ag_iter(struct rt_thread *ts, rt_value self) { return rt_newref(ts, self); }
static rt_value ag_anext(struct rt_thread *ts, rt_value self) { return step_new(ts, self, STEP_SEND, RT_NONE); }
static rt_value ag_asend(struct rt_thread *ts, rt_value self, rt_value v) { return step_new(ts, self, STEP_SEND, rt_newref(ts, v)); }
static rt_value ag_athrow(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n)
{
    if (rt_args_count(ts, "athrow", n, 1, 3) < 0)
        return RT_NULL;
    rt_value t = rt_tuple_from(ts, args, n);
    return rt_is_null(t) ? t : step_new(ts, self, STEP_THROW, t);
}
static rt_value ag_aclose(struct rt_thread *ts, rt_value self) { return step_new(ts, self, STEP_CLOSE, RT_NONE); }

static bool ag_finished(const struct rt_object *o)
{
    return rt_load_relaxed(&((const struct rt_generator *)o)->state) != RT_GEN_SUSPENDED;
}

static void ag_finalize(struct rt_thread *ts, rt_value self)
{
    struct rt_generator *g = AGEN(self);
    uint8_t st = rt_load_acquire(&g->state);
    if (st != RT_GEN_SUSPENDED)
        return;
    rt_value pending = rt_exc_take(ts), f = rt_slot_get(ts, g, &g->origin), r;
    if (f.bits && !rt_load_relaxed(&g->closed_once))
        r = rt_call1(ts, f, self);
    else
        r = rt_generator_close(ts, self);
    if (rt_is_null(r))
        rt_write_unraisable(ts, self);
    rt_decref(ts, r);
    rt_decref(ts, f);
    if (pending.bits)
        rt_exc_put(ts, pending);
}
static rt_value ag_running(struct rt_thread *ts, rt_value self, void *c) { return rt_bool(rt_load_relaxed(&AGEN(self)->ag_running)); }
static const struct rt_method_def ag_methods[] = {
    {"asend", ag_asend, RT_METH_O, "asend(v) -> send 'v' in generator."},
    {"athrow", ag_athrow, RT_METH_FAST, "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator."},
    {"aclose", ag_aclose, RT_METH_NOARGS, "aclose() -> raise GeneratorExit inside generator."},
    {"__class_getitem__", rt_class_getitem, RT_METH_O | RT_METH_CLASS, "See PEP 585"},
    {NULL},
};

/* Everything else an async generator shares with generators. */
int rt_async_gen_init(struct rt_thread *ts)
{
    static struct rt_getset_def getset[8];
    const struct rt_getset_def *gs = rt_generator_type.getset;
    const char *names[][2] = {{"gi_yieldfrom", "ag_await"}, {"gi_frame", "ag_frame"}, {"gi_code", "ag_code"}};
    uint32_t k = 0;
    for (; gs->name; gs++) {
        struct rt_getset_def d = *gs;
        bool take = d.name[0] == '_';
        for (size_t i = 0; i < RT_COUNTOF(names); i++)
            if (!strcmp(gs->name, names[i][0])) {
                d.name = names[i][1];
                take = true;
            }
        if (take)
            getset[k++] = d;
    }
    getset[k++] = (struct rt_getset_def){"ag_running", ag_running, NULL, NULL, NULL};
    struct rt_type *t = &rt_async_gen_type;
    t->size = rt_generator_type.size;
    t->dealloc = rt_generator_type.dealloc;
    t->clear = rt_generator_type.clear;
    t->traverse = rt_generator_type.traverse;
    t->repr = rt_generator_type.repr;
    t->getset = getset;
    return 0;
}
struct rt_type rt_async_gen_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "async_generator", .flags = RT_TF_GC | RT_TF_WEAKREF | RT_TF_NO_NEW,
    .basic_size = sizeof(struct rt_generator), .finalize = ag_finalize, .finished = ag_finished, .aiter = ag_iter, .anext = ag_anext, .methods = ag_methods,
};

/* ---- anext(it, default) ---- */
struct anext_default { struct rt_object hdr; rt_value wrapped, deflt, iter; };
static struct rt_type anext_type;
#define ANX(v) ((struct anext_default *)rt_ptr(v))

rt_value rt_anext_awaitable_new(struct rt_thread *ts, rt_value awaitable, rt_value deflt)
{
    struct anext_default *a = rt_object_new(ts, &anext_type, sizeof(*a));
    if (!a)
        return RT_NULL;
    a->wrapped = rt_newref(ts, awaitable);
    a->deflt = rt_newref(ts, deflt);
    a->iter = RT_NULL;
    return rt_own(a);
}
static int anx_start(struct rt_thread *ts, struct anext_default *a)
{
    if (rt_is_null(a->iter)) {
        a->iter = rt_get_awaitable_iter(ts, a->wrapped);
        if (a->iter.bits && rt_is_exact(a->iter, &rt_coroutine_type)) {
            rt_value w = rt_type_of(a->iter)->await(ts, a->iter);
            rt_decref(ts, a->iter);
            a->iter = w;
        }
    }
    return a->iter.bits ? 0 : -1;
}
static rt_value anx_filter(struct rt_thread *ts, struct anext_default *a, rt_value res)
{
    if (rt_is_null(res) && rt_exc_clear_if(ts, &rt_exc_StopAsyncIteration)) {
        rt_value old = ts->stop_value;
        ts->stop_value = rt_newref(ts, a->deflt);
        rt_decref(ts, old);
        return RT_STOP;
    }
    return res;
}
static rt_value anx_next(struct rt_thread *ts, rt_value self)
{
    if (anx_start(ts, ANX(self)) < 0)
        return RT_NULL;
    return anx_filter(ts, ANX(self), rt_next(ts, ANX(self)->iter));
}
static rt_value anx_proxy(struct rt_thread *ts, rt_value self, const char *name, const rt_value *args, uint32_t n)
{
    if (anx_start(ts, ANX(self)) < 0)
        return RT_NULL;
    rt_value r = rt_call_method(ts, ANX(self)->iter, name, args, n);
    return surface(ts, anx_filter(ts, ANX(self), r));
}
static rt_value anx_send(struct rt_thread *ts, rt_value self, rt_value v) { return anx_proxy(ts, self, "send", &v, 1); }
static rt_value anx_throw(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return anx_proxy(ts, self, "throw", args, n); }
static rt_value anx_close(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n) { return anx_proxy(ts, self, "close", args, n); }
static void anx_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct anext_default *a = (struct anext_default *)o;
    rt_clear(ts, &a->wrapped);
    rt_clear(ts, &a->deflt);
    rt_clear(ts, &a->iter);
}
static int anx_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct anext_default *a = (struct anext_default *)o;
    int r = visit(a->wrapped, arg);
    r = r ? r : visit(a->deflt, arg);
    return r ? r : visit(a->iter, arg);
}
static const struct rt_method_def anx_methods[] = {
    {"send", anx_send, RT_METH_O, NULL}, {"throw", anx_throw, RT_METH_FAST, NULL}, {"close", anx_close, RT_METH_FAST, NULL}, {NULL},
};
static struct rt_type anext_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "anext_awaitable", .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct anext_default), .clear = anx_clear, .traverse = anx_traverse, .await = step_self,
    .iter = step_self, .iternext = anx_next, .methods = anx_methods,
};

/* The evaluator's types that no other room names. */
struct rt_type *const rt_eval_types[] = {
    &rt_code_type, &rt_function_type, &rt_method_type, &rt_cell_type, &rt_frame_type, &rt_traceback_type,
    &rt_generator_type, &rt_coroutine_type, &rt_async_gen_type, &rt_coro_wrapper_type, &rt_async_wrapped_type,
    &step_type, &throw_type, &anext_type, NULL,
};
