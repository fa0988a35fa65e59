/* SPDX-License-Identifier: MIT */
/*
 * _asyncio.Task: a coroutine driven by the loop.
 *
 * A task not done either waits for a future (waiter is set, one of its callbacks is our wake-up) or has
 * a step scheduled. A step sends into the coroutine and looks at what comes out.
 */
#include "core/eval/gen.h"
#include "core/modules/asyncio/asyncio_internal.h"
#include "core/types/exceptions/exceptions.h"

static rt_value task_step(struct rt_thread *ts, rt_value self, rt_value exc);
static rt_value task_wakeup(struct rt_thread *ts, rt_value self, rt_value fut);

/* ---- the callables given to the loop ---- */
struct stepper {
    struct rt_object hdr;
    rt_slot task, exc; /* exc RT_NULL: none */
};

static struct stepper *as_stepper(rt_value v) { return (struct stepper *)rt_ptr(v); }

static rt_value stepper_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    if (rt_nkw(kw))
        return rt_raise(ts, &rt_exc_TypeError, "function takes no keyword arguments");
    if (n)
        return rt_raise(ts, &rt_exc_TypeError, "function takes no positional arguments");
    rt_value task = rt_slot_get(ts, as_stepper(self), &as_stepper(self)->task);
    rt_value exc = rt_slot_get(ts, as_stepper(self), &as_stepper(self)->exc);
    rt_value r = rt_is_null(task) ? RT_NONE : task_step(ts, task, exc);
    rt_decref(ts, exc);
    rt_decref(ts, task);
    return r;
}

static rt_value stepper_self(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_slot_get_none(ts, as_stepper(self), &as_stepper(self)->task);
}

static rt_value stepper_qualname(struct rt_thread *ts, rt_value self, void *closure)
{
    rt_value task = rt_slot_get(ts, as_stepper(self), &as_stepper(self)->task);
    if (rt_is_null(task))
        return RT_NONE;
    rt_value coro = rt_slot_get_none(ts, rt_as_task(task), &rt_as_task(task)->coro);
    rt_value r = rt_getattr(ts, coro, RT_ID(__qualname__));
    rt_decref(ts, coro);
    rt_decref(ts, task);
    return r;
}

static int stepper_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct stepper *)o)->task);
    RT_VISIT_SLOT(&((struct stepper *)o)->exc);
    return 0;
}

static void stepper_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct stepper *)o)->task, RT_NULL);
    rt_slot_set(ts, &((struct stepper *)o)->exc, RT_NULL);
}

static const struct rt_getset_def stepper_getset[] = {
    {"__self__", stepper_self, NULL, NULL, NULL},
    {"__qualname__", stepper_qualname, NULL, NULL, NULL},
    {0},
};

struct rt_type rt_task_step_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "TaskStepMethWrapper",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct stepper),
    .dealloc = stepper_clear,
    .traverse = stepper_traverse,
    .clear = stepper_clear,
    .call = stepper_call,
    .getset = stepper_getset,
};

static const struct rt_method_def wakeup_def = {"wakeup", task_wakeup, RT_METH_O, NULL};

static int step_soon(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct rt_task *t = rt_as_task(self);
    struct stepper *s = rt_object_new(ts, &rt_task_step_type, sizeof *s);
    if (!s)
        return -1;
    rt_slot_init(&s->task, rt_newref(ts, self));
    rt_slot_init(&s->exc, rt_newref(ts, exc));
    rt_value loop = rt_slot_get(ts, t, &t->f.loop), ctx = rt_slot_get(ts, t, &t->ctx);
    int r = rt_aio_call_soon(ts, loop, rt_borrow(s), RT_NULL, ctx);
    rt_decref(ts, ctx);
    rt_decref(ts, loop);
    rt_decref(ts, rt_own(s));
    return r;
}

/* The coroutine gets a RuntimeError in the next step. */
static int fail_soon(struct rt_thread *ts, rt_value self, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value text = rt_str_vformat(ts, fmt, ap);
    va_end(ap);
    rt_value e = rt_is_null(text) ? text : rt_call1(ts, rt_type_value(&rt_exc_RuntimeError), text);
    rt_decref(ts, text);
    int r = rt_is_null(e) ? -1 : step_soon(ts, self, e);
    rt_decref(ts, e);
    return r;
}

/* ---- what a coroutine yields ---- */
static int cancel_waiter(struct rt_thread *ts, rt_value self, rt_value waiter)
{
    struct rt_task *t = rt_as_task(self);
    rt_value msg = rt_slot_get_none(ts, t, &t->f.cancel_msg), self2, r, a[2];
    rt_value m = rt_getmethod(ts, waiter, rt_str_intern_cstr(ts, "cancel"), &self2);
    uint32_t n = 0;
    if (!rt_is_null(self2) && !rt_is_null(m))
        a[n++] = self2;
    a[n] = msg;
    r = rt_is_null(m) ? m : rt_call(ts, m, a, n, rt_aio_state(ts, AI_kw_msg));
    int done = rt_is_null(r) ? -1 : rt_truth(ts, r);
    rt_decref(ts, r);
    rt_decref(ts, m);
    rt_decref(ts, msg);
    return done;
}

static int set_waiter(struct rt_thread *ts, rt_value self, rt_value fut)
{
    struct rt_task *t = rt_as_task(self);
    rt_slot_set(ts, &t->waiter, rt_newref(ts, fut));
    if (rt_unlikely(rt_load_relaxed(&t->must_cancel))) {
        int r = cancel_waiter(ts, self, fut);
        if (r < 0)
            return -1;
        if (r)
            rt_store_relaxed(&t->must_cancel, 0);
    }
    return 0;
}

static int wait_for_future(struct rt_thread *ts, rt_value self, rt_value fut)
{
    struct rt_task *t = rt_as_task(self);
    struct rt_future *f = rt_as_future(fut);
    if (!rt_is(rt_slot_peek(&f->loop), rt_slot_peek(&t->f.loop)))
        return fail_soon(ts, self, "Task %R got Future %R attached to a different loop", self, fut);
    if (!rt_load_relaxed(&f->blocking))
        return fail_soon(ts, self, "yield was used instead of yield from in task %R with %R", self, fut);
    rt_store_relaxed(&f->blocking, 0);
    rt_value wake = rt_builtin_new(ts, &wakeup_def, self, RT_NULL), ctx = rt_slot_get(ts, t, &t->ctx);
    int r = rt_is_null(wake) ? -1 : rt_future_add_callback(ts, fut, wake, ctx);
    rt_decref(ts, ctx);
    rt_decref(ts, wake);
    return r < 0 ? r : set_waiter(ts, self, fut);
}

/* A future of another implementation; blocking: its attribute. */
static int wait_for_foreign(struct rt_thread *ts, rt_value self, rt_value fut, rt_value blocking)
{
    struct rt_task *t = rt_as_task(self);
    rt_value loop = rt_getattr_opt_cstr(ts, fut, "get_loop"), l;
    if (!rt_is_null(loop)) {
        l = rt_call0(ts, loop);
        rt_decref(ts, loop);
    } else {
        l = rt_pending(ts) ? RT_NULL : rt_getattr_cstr(ts, fut, "_loop");
    }
    if (rt_is_null(l))
        return -1;
    bool same = rt_is(l, rt_slot_peek(&t->f.loop));
    rt_decref(ts, l);
    if (!same)
        return fail_soon(ts, self, "Task %R got Future %R attached to a different loop", self, fut);
    int on = rt_truth(ts, blocking);
    if (on < 0)
        return -1;
    if (!on)
        return fail_soon(ts, self, "yield was used instead of yield from in task %R with %R", self, fut);
    if (rt_setattr(ts, fut, rt_aio_state(ts, AI_blocking), RT_FALSE) < 0)
        return -1;
    rt_value wake = rt_builtin_new(ts, &wakeup_def, self, RT_NULL), add, ctx = rt_slot_get(ts, t, &t->ctx), r;
    rt_value a[2] = {wake, ctx};
    add = rt_is_null(wake) ? wake : rt_getattr_cstr(ts, fut, "add_done_callback");
    r = rt_is_null(add) ? add : rt_call(ts, add, a, 1, rt_aio_state(ts, AI_kw_context));
    rt_decref(ts, add);
    rt_decref(ts, ctx);
    rt_decref(ts, wake);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : set_waiter(ts, self, fut);
}

static bool type_has(struct rt_thread *ts, struct rt_type *t, rt_value name)
{
    rt_value mine = rt_type_lookup(ts, t, name), base = rt_type_lookup(ts, &rt_future_type, name);
    bool same = rt_is(mine, base);
    rt_decref(ts, mine);
    rt_decref(ts, base);
    return same;
}

/* v behaves as Future does when it is waited for. */
static bool waits_natively(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_future(v))
        return false;
    struct rt_type *t = rt_type_of(v);
    return t == &rt_future_type || t == &rt_task_type ||
           (type_has(ts, t, rt_aio_state(ts, AI_add_done_callback)) && type_has(ts, t, rt_aio_state(ts, AI_blocking)) &&
            type_has(ts, t, rt_aio_state(ts, AI_get_loop)) && type_has(ts, t, rt_aio_state(ts, AI_result)));
}

static int handle_yield(struct rt_thread *ts, rt_value self, rt_value v)
{
    if (rt_is_none(v))
        return step_soon(ts, self, RT_NULL);
    if (rt_is(v, self))
        return fail_soon(ts, self, "Task cannot await on itself: %R", self);
    if (waits_natively(ts, v))
        return wait_for_future(ts, self, v);
    rt_value blocking = rt_getattr_opt(ts, v, rt_aio_state(ts, AI_blocking));
    if (rt_is_null(blocking) && rt_pending(ts))
        return -1;
    int r;
    if (!rt_is_null(blocking) && !rt_is_none(blocking))
        r = wait_for_foreign(ts, self, v, blocking);
    else if (rt_is_exact(v, &rt_generator_type))
        r = fail_soon(ts, self, "yield was used instead of yield from for generator in task %R with %R", self, v);
    else
        r = fail_soon(ts, self, "Task got bad yield: %R", v);
    rt_decref(ts, blocking);
    return r;
}

/* ---- steps ---- */
/* Sends None, or throws exc (borrowed): what is yielded, RT_STOP, or RT_NULL. */
static rt_value resume(struct rt_thread *ts, rt_value coro, rt_value exc)
{
    bool native = rt_is_exact(coro, &rt_coroutine_type) || rt_is_exact(coro, &rt_generator_type);
    if (rt_is_null(exc)) {
        if (native)
            return rt_generator_send(ts, coro, RT_NONE);
        rt_value none = RT_NONE, r = rt_call_method(ts, coro, "send", &none, 1);
        return rt_is_null(r) ? rt_stop_from_exception(ts) : r;
    }
    if (native)
        return rt_generator_throw(ts, coro, rt_newref(ts, exc));
    rt_value r = rt_call_method(ts, coro, "throw", &exc, 1);
    return rt_is_null(r) ? rt_stop_from_exception(ts) : r;
}

/* The coroutine has ended: with ts->stop_value, or the pending exception. */
static int finish(struct rt_thread *ts, rt_value self, bool returned)
{
    struct rt_task *t = rt_as_task(self);
    int r;
    if (returned) {
        rt_value v = rt_none_if_null(ts->stop_value);
        ts->stop_value = RT_NULL;
        if (rt_unlikely(rt_load_relaxed(&t->must_cancel))) { /* cancelled just before it returned */
            rt_value msg = rt_slot_get_none(ts, t, &t->f.cancel_msg);
            rt_store_relaxed(&t->must_cancel, 0);
            r = rt_future_cancel(ts, self, msg);
            rt_decref(ts, msg);
        } else {
            r = rt_future_finish(ts, self, v);
        }
        rt_decref(ts, v);
        return r < 0 ? -1 : 0;
    }
    rt_value cancelled = rt_aio_state(ts, AI_CancelledError);
    if (rt_exc_is(ts, rt_as_type(cancelled))) {
        rt_slot_set(ts, &t->f.cancelled_exc, rt_exc_take(ts));
        return rt_future_cancel(ts, self, RT_NONE) < 0 ? -1 : 0;
    }
    bool stops = rt_exc_is(ts, &rt_exc_KeyboardInterrupt) || rt_exc_is(ts, &rt_exc_SystemExit);
    rt_value e = rt_exc_take(ts);
    r = rt_future_fail(ts, self, e);
    if (r == 0 && stops) {
        rt_exc_put(ts, e);
        return -1;
    }
    rt_decref(ts, e);
    return r;
}

/* exc borrowed or RT_NULL. */
static int step(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct rt_task *t = rt_as_task(self);
    rt_value made = RT_NULL, coro, v;
    int r;
    if (rt_load_acquire(&t->f.state) != RT_FUT_PENDING) {
        RT_AIO_ERROR(ts, InvalidStateError, "__step(): already done: %R %R", self,
                     rt_is_null(exc) ? rt_str_empty() : exc);
        return -1;
    }
    if (rt_unlikely(rt_load_relaxed(&t->must_cancel))) {
        rt_value cancelled = rt_aio_state(ts, AI_CancelledError);
        if (rt_is_null(exc) || !rt_type_is_subtype(rt_type_of(exc), rt_as_type(cancelled))) {
            exc = made = rt_future_cancelled_error(ts, self);
            if (rt_is_null(exc))
                return -1;
        }
        rt_store_relaxed(&t->must_cancel, 0);
    }
    rt_slot_set(ts, &t->waiter, RT_NULL);
    coro = rt_slot_get(ts, t, &t->coro);
    if (rt_is_null(coro)) {
        rt_decref(ts, made);
        rt_raise(ts, &rt_exc_RuntimeError, "uninitialized Task object");
        return -1;
    }
    v = resume(ts, coro, exc);
    rt_decref(ts, coro);
    rt_decref(ts, made);
    if (rt_is_stop(v) || rt_is_null(v))
        return finish(ts, self, rt_is_stop(v));
    r = handle_yield(ts, self, v);
    rt_decref(ts, v);
    return r;
}

static rt_value task_step(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct rt_task *t = rt_as_task(self);
    rt_value loop = rt_slot_get(ts, t, &t->f.loop), pending;
    if (rt_aio_enter_task(ts, loop, self) < 0) {
        rt_decref(ts, loop);
        return RT_NULL;
    }
    int r = step(ts, self, exc);
    pending = rt_exc_take(ts);
    int left = rt_aio_leave_task(ts, loop, self);
    rt_decref(ts, loop);
    if (r < 0 && left < 0) {
        rt_exc_chain(ts, pending);
        return RT_NULL;
    }
    if (r < 0)
        rt_exc_put(ts, pending);
    return r < 0 || left < 0 ? RT_NULL : RT_NONE;
}

static rt_value task_wakeup(struct rt_thread *ts, rt_value self, rt_value fut)
{
    rt_value v, e;
    if (waits_natively(ts, fut)) {
        struct rt_future *f = rt_as_future(fut);
        if (rt_likely(rt_load_acquire(&f->state) == RT_FUT_FINISHED && rt_is_null(rt_slot_peek(&f->exception)))) {
            rt_store_relaxed(&f->log_tb, 0);
            return task_step(ts, self, RT_NULL);
        }
        v = rt_future_result(ts, fut);
    } else {
        v = rt_call_method(ts, fut, "result", NULL, 0);
    }
    if (!rt_is_null(v)) {
        rt_decref(ts, v);
        return task_step(ts, self, RT_NULL);
    }
    e = rt_exc_take(ts);
    rt_value r = task_step(ts, self, e);
    rt_decref(ts, e);
    return r;
}

/* ---- making ---- */
static int is_coroutine(struct rt_thread *ts, rt_value coro)
{
    if (rt_likely(rt_is_exact(coro, &rt_coroutine_type)))
        return 1;
    rt_value r = rt_call1(ts, rt_aio_state(ts, AI_iscoroutine), coro);
    int t = rt_is_null(r) ? -1 : rt_truth(ts, r);
    rt_decref(ts, r);
    return t;
}

static int set_name(struct rt_thread *ts, struct rt_task *t, rt_value name)
{
    rt_value s = rt_is_str_exact(name) ? rt_newref(ts, name) : rt_str(ts, name);
    if (rt_is_null(s))
        return -1;
    rt_slot_set(ts, &t->name, s);
    return 0;
}

static int task_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"coro", "loop", "name", "context", NULL};
    static const struct rt_argspec spec = {"Task", names, 0, 1, 1, 4};
    struct rt_task *t = rt_as_task(self);
    rt_value v[4], ctx;
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || rt_future_setup(ts, self, v[1]) < 0)
        return -1;
    int is = is_coroutine(ts, v[0]);
    if (is <= 0) {
        rt_store_relaxed(&t->log_destroy_pending, 0);
        if (is == 0)
            rt_raise(ts, &rt_exc_TypeError, "a coroutine was expected, got %R", v[0]);
        return -1;
    }
    ctx = rt_is_null(v[3]) || rt_is_none(v[3]) ? rt_context_copy_current(ts) : rt_newref(ts, v[3]);
    if (rt_is_null(ctx))
        return -1;
    rt_slot_set(ts, &t->ctx, ctx);
    rt_slot_set(ts, &t->waiter, RT_NULL);
    rt_store_relaxed(&t->must_cancel, 0);
    rt_store_relaxed(&t->log_destroy_pending, 1);
    rt_store_relaxed(&t->cancels, 0);
    rt_slot_set(ts, &t->coro, rt_newref(ts, v[0]));
    if (rt_is_null(v[2]) || rt_is_none(v[2]))
        t->number = rt_add_relaxed(&rt_aio_tasks(ts)->counter, 1) + 1;
    else if (set_name(ts, t, v[2]) < 0)
        return -1;
    if (step_soon(ts, self, RT_NULL) < 0)
        return -1;
    rt_aio_link(ts, t);
    return 0;
}

static rt_value task_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, t);
}

static int task_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_slot *s = &((struct rt_task *)o)->waiter;
    for (int i = 0; i < RT_TASK_SLOTS; i++)
        RT_VISIT_SLOT(&s[i]);
    return rt_future_traverse(o, visit, arg);
}

static void task_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot *s = &((struct rt_task *)o)->waiter;
    rt_future_clear(ts, o);
    for (int i = 0; i < RT_TASK_SLOTS; i++)
        if (!rt_is_null(rt_slot_peek(&s[i])))
            rt_slot_set(ts, &s[i], RT_NULL);
}

static void task_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_aio_unlink((struct rt_task *)o);
    task_clear(ts, o);
}

static void task_finalize(struct rt_thread *ts, rt_value self)
{
    struct rt_task *t = rt_as_task(self);
    rt_aio_unlink(t); /* even if the report keeps it alive: its weak references are dead, too */
    if (rt_load_relaxed(&t->f.state) == RT_FUT_PENDING && rt_load_relaxed(&t->log_destroy_pending) &&
        !rt_is_null(rt_slot_peek(&t->f.loop)))
        rt_future_report(ts, self, "task", "Task was destroyed but it is pending!", RT_NULL);
    rt_future_finalize(ts, self);
}

static bool task_finished(const struct rt_object *o)
{
    const struct rt_task *t = (const struct rt_task *)o;
    return rt_load_relaxed(&t->f.state) != RT_FUT_PENDING && !rt_load_relaxed(&t->f.log_tb);
}

/* ---- methods ---- */
static rt_value task_cancel(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"msg", NULL};
    static const struct rt_argspec spec = {"cancel", names, 0, 0, 1, 1};
    struct rt_task *t = rt_as_task(self);
    rt_value v[1], waiter;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    rt_value msg = rt_is_null(v[0]) ? RT_NONE : v[0];
    rt_store_relaxed(&t->f.log_tb, 0);
    if (rt_load_acquire(&t->f.state) != RT_FUT_PENDING)
        return RT_FALSE;
    (void)rt_add_relaxed(&t->cancels, 1);
    waiter = rt_slot_get(ts, t, &t->waiter);
    if (!rt_is_null(waiter)) {
        rt_value m = rt_getattr_cstr(ts, waiter, "cancel");
        rt_value r = rt_is_null(m) ? m : rt_call(ts, m, &msg, 0, rt_aio_state(ts, AI_kw_msg));
        int done = rt_is_null(r) ? -1 : rt_truth(ts, r);
        rt_decref(ts, r);
        rt_decref(ts, m);
        rt_decref(ts, waiter);
        if (done)
            return done < 0 ? RT_NULL : RT_TRUE;
    }
    rt_store_relaxed(&t->must_cancel, 1);
    rt_slot_set(ts, &t->f.cancel_msg, rt_newref(ts, msg));
    return RT_TRUE;
}

static rt_value task_cancelling(struct rt_thread *ts, rt_value self)
{
    return rt_int_imm(rt_load_relaxed(&rt_as_task(self)->cancels));
}

static rt_value task_uncancel(struct rt_thread *ts, rt_value self)
{
    struct rt_task *t = rt_as_task(self);
    if (rt_load_relaxed(&t->cancels) > 0)
        (void)rt_sub_relaxed(&t->cancels, 1);
    return task_cancelling(ts, self);
}

static rt_value task_get_stack(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"limit", NULL};
    static const struct rt_argspec spec = {"get_stack", names, 0, 0, 0, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    return rt_call2(ts, rt_aio_state(ts, AI_task_get_stack), self, rt_none_if_null(v[0]));
}

static rt_value task_print_stack(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"limit", "file", NULL};
    static const struct rt_argspec spec = {"print_stack", names, 0, 0, 0, 2};
    rt_value v[2];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    return rt_call3(ts, rt_aio_state(ts, AI_task_print_stack), self, rt_none_if_null(v[0]), rt_none_if_null(v[1]));
}

static rt_value task_set_result(struct rt_thread *ts, rt_value self, rt_value v)
{
    return rt_raise(ts, &rt_exc_RuntimeError, "Task does not support set_result operation");
}

static rt_value task_set_exception(struct rt_thread *ts, rt_value self, rt_value v)
{
    return rt_raise(ts, &rt_exc_RuntimeError, "Task does not support set_exception operation");
}

static rt_value task_get_coro(struct rt_thread *ts, rt_value self)
{
    return rt_slot_get_none(ts, rt_as_task(self), &rt_as_task(self)->coro);
}

static rt_value task_get_name(struct rt_thread *ts, rt_value self)
{
    struct rt_task *t = rt_as_task(self);
    rt_value name = rt_slot_get(ts, t, &t->name);
    if (!rt_is_null(name) || t->number == 0)
        return rt_none_if_null(name);
    return rt_str_format(ts, "Task-%llu", (unsigned long long)t->number);
}

static rt_value task_set_name(struct rt_thread *ts, rt_value self, rt_value name)
{
    return set_name(ts, rt_as_task(self), name) < 0 ? RT_NULL : RT_NONE;
}

static rt_value task_repr(struct rt_thread *ts, rt_value self)
{
    return rt_call1(ts, rt_aio_state(ts, AI_task_repr), self);
}

static rt_value get_flag(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_bool(rt_load_relaxed((_Atomic uint8_t *)((char *)rt_ptr(self) + (uintptr_t)closure)));
}

static int set_log_destroy(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    int t = rt_truth(ts, v);
    if (t >= 0)
        rt_store_relaxed(&rt_as_task(self)->log_destroy_pending, (uint8_t)t);
    return t < 0 ? -1 : 0;
}

static const struct rt_method_def task_methods[] = {
    {"set_result", task_set_result, RT_METH_O, "set_result($self, result, /)\n--\n\n"},
    {"set_exception", task_set_exception, RT_METH_O, "set_exception($self, exception, /)\n--\n\n"},
    {"cancel", task_cancel, RT_METH_KW,
     "cancel($self, /, msg=None)\n--\n\nRequest that this task cancel itself.\n\n"
     "A CancelledError is thrown into the wrapped coroutine on the next cycle through the event loop;\n"
     "the coroutine may clean up or even go on. The task counts as cancelled when the coroutine ends\n"
     "with a CancelledError."},
    {"cancelling", task_cancelling, RT_METH_NOARGS,
     "cancelling($self, /)\n--\n\nReturn the count of the task's cancellation requests."},
    {"uncancel", task_uncancel, RT_METH_NOARGS,
     "uncancel($self, /)\n--\n\nDecrement the task's count of cancellation requests and return what remains."},
    {"get_stack", task_get_stack, RT_METH_KW,
     "get_stack($self, /, *, limit=None)\n--\n\n"
     "Return the list of stack frames for this task's coroutine, oldest first; for a finished one with\n"
     "an exception, of its traceback."},
    {"print_stack", task_print_stack, RT_METH_KW,
     "print_stack($self, /, *, limit=None, file=None)\n--\n\n"
     "Print the stack or traceback for this task's coroutine."},
    {"get_coro", task_get_coro, RT_METH_NOARGS, "get_coro($self, /)\n--\n\n"},
    {"get_name", task_get_name, RT_METH_NOARGS, "get_name($self, /)\n--\n\n"},
    {"set_name", task_set_name, RT_METH_O, "set_name($self, value, /)\n--\n\n"},
    RT_CLASS_GETITEM,
    {0},
};
#define OFFSET(field) (void *)offsetof(struct rt_task, field)
static const struct rt_getset_def task_getset[] = {
    {"_log_destroy_pending", get_flag, set_log_destroy, NULL, OFFSET(log_destroy_pending)},
    {"_must_cancel", get_flag, NULL, NULL, OFFSET(must_cancel)},
    {"_coro", rt_aio_get_slot, NULL, NULL, OFFSET(coro)},
    {"_fut_waiter", rt_aio_get_slot, NULL, NULL, OFFSET(waiter)},
    {0},
};

struct rt_type rt_task_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_asyncio.Task",
    .doc = "Task(coro, *, loop=None, name=None, context=None)\n--\n\nA coroutine wrapped in a Future.",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF,
    .base = &rt_future_type,
    .basic_size = sizeof(struct rt_task),
    .dealloc = task_dealloc,
    .traverse = task_traverse,
    .clear = task_clear,
    .finalize = task_finalize, .finished = task_finished,
    .repr = task_repr,
    .new = task_new,
    .init = task_init,
    .methods = task_methods,
    .getset = task_getset,
};
