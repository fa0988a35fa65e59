/* SPDX-License-Identifier: MIT */
/*
 * _asyncio.Future and the iterator that awaits it.
 *
 * The first callback has fields of its own: nearly all futures have at most one.
 */
#include "core/eval/gen.h"
#include "core/modules/asyncio/asyncio_internal.h"
#include "core/types/exceptions/exceptions.h"

RT_INLINE rt_value get(struct rt_thread *ts, rt_value self, rt_slot *s) { return rt_slot_get(ts, rt_ptr(self), s); }

static int not_initialized(struct rt_thread *ts)
{
    rt_raise(ts, &rt_exc_RuntimeError, "Future object is not initialized.");
    return -1;
}

/* loop may be RT_NULL: another thread is at __init__ of the future again. */
int rt_aio_call_soon(struct rt_thread *ts, rt_value loop, rt_value f, rt_value arg, rt_value ctx)
{
    if (rt_is_null(loop))
        return not_initialized(ts);
    rt_value self, m = rt_getmethod(ts, loop, rt_aio_state(ts, AI_call_soon), &self), a[4], r;
    uint32_t n = 0;
    if (rt_is_null(m))
        return -1;
    if (!rt_is_null(self))
        a[n++] = self;
    a[n++] = f;
    if (!rt_is_null(arg))
        a[n++] = arg;
    a[n] = ctx;
    r = rt_call(ts, m, a, n, rt_is_null(ctx) ? RT_NULL : rt_aio_state(ts, AI_kw_context));
    rt_decref(ts, m);
    rt_decref(ts, r);
    return rt_is_null(r) ? -1 : 0;
}

/* ---- state ---- */
int rt_future_need_alive(struct rt_thread *ts, rt_value self)
{
    if (!rt_is_null(rt_slot_peek(&rt_as_future(self)->loop)))
        return 0;
    return not_initialized(ts);
}

RT_INLINE uint8_t state(rt_value self) { return rt_load_acquire(&rt_as_future(self)->state); }

static int schedule(struct rt_thread *ts, rt_value self)
{
    struct rt_future *f = rt_as_future(self);
    if (rt_is_null(rt_slot_peek(&f->callback)) && rt_is_null(rt_slot_peek(&f->callbacks)))
        return 0;
    rt_value loop = get(ts, self, &f->loop), cb = rt_slot_swap(&f->callback, RT_NULL);
    rt_value ctx = rt_slot_swap(&f->context, RT_NULL), more = rt_slot_swap(&f->callbacks, RT_NULL), pair;
    int r = 0;
    if (!rt_is_null(cb))
        r = rt_aio_call_soon(ts, loop, cb, self, ctx);
    for (size_t i = 0; r == 0 && !rt_is_null(more) && !rt_is_null(pair = rt_list_get(ts, more, i)); i++) {
        if (rt_is_ptr(pair) && rt_is_tuple(pair) && rt_as_tuple(pair)->length == 2)
            r = rt_aio_call_soon(ts, loop, rt_as_tuple(pair)->items[0], self, rt_as_tuple(pair)->items[1]);
        rt_decref(ts, pair);
    }
    rt_decref(ts, cb);
    rt_decref(ts, ctx);
    rt_decref(ts, more);
    rt_decref(ts, loop);
    return r;
}

/* From pending to s; false: it was not pending. */
static bool leave_pending(rt_value self, uint8_t s)
{
    uint8_t pending = RT_FUT_PENDING;
    return rt_cas_acq_rel(&rt_as_future(self)->state, &pending, s);
}

static int need_pending(struct rt_thread *ts, rt_value self)
{
    if (rt_future_need_alive(ts, self) < 0)
        return -1;
    if (state(self) != RT_FUT_PENDING) {
        RT_AIO_ERROR(ts, InvalidStateError, "invalid state");
        return -1;
    }
    return 0;
}

int rt_future_finish(struct rt_thread *ts, rt_value self, rt_value result)
{
    struct rt_future *f = rt_as_future(self);
    if (need_pending(ts, self) < 0)
        return -1;
    rt_slot_set(ts, &f->result, rt_newref(ts, result));
    (void)leave_pending(self, RT_FUT_FINISHED);
    return schedule(ts, self);
}

int rt_future_fail(struct rt_thread *ts, rt_value self, rt_value exc)
{
    struct rt_future *f = rt_as_future(self);
    if (need_pending(ts, self) < 0)
        return -1;
    rt_value e = rt_is_exc_class(exc) ? rt_call0(ts, exc) : rt_newref(ts, exc);
    if (rt_is_null(e))
        return -1;
    if (!rt_is_exc(e)) {
        rt_decref(ts, e);
        rt_raise(ts, &rt_exc_TypeError, "invalid exception object");
        return -1;
    }
    if (rt_type_of(e) == &rt_exc_StopIteration) {
        rt_decref(ts, e);
        rt_raise(ts, &rt_exc_TypeError,
                 "StopIteration interacts badly with generators and cannot be raised into a Future");
        return -1;
    }
    rt_slot_set(ts, &f->exception_tb, rt_exc_traceback(ts, e));
    rt_slot_set(ts, &f->exception, e);
    rt_store_relaxed(&f->log_tb, 1);
    (void)leave_pending(self, RT_FUT_FINISHED);
    return schedule(ts, self);
}

rt_value rt_future_cancelled_error(struct rt_thread *ts, rt_value self)
{
    struct rt_future *f = rt_as_future(self);
    rt_value e = rt_slot_swap(&f->cancelled_exc, RT_NULL), cls = rt_aio_state(ts, AI_CancelledError), msg;
    if (!rt_is_null(e))
        return e;
    msg = get(ts, self, &f->cancel_msg);
    e = rt_is_null(msg) || rt_is_none(msg) ? rt_call0(ts, cls) : rt_call1(ts, cls, msg);
    rt_decref(ts, msg);
    return e;
}

static rt_value raise_cancelled(struct rt_thread *ts, rt_value self)
{
    rt_value e = rt_future_cancelled_error(ts, self);
    if (!rt_is_null(e))
        rt_raise_instance(ts, e);
    rt_decref(ts, e);
    return RT_NULL;
}

rt_value rt_future_result(struct rt_thread *ts, rt_value self)
{
    struct rt_future *f = rt_as_future(self);
    uint8_t s = state(self);
    if (s == RT_FUT_CANCELLED)
        return raise_cancelled(ts, self);
    if (s != RT_FUT_FINISHED)
        return RT_AIO_ERROR(ts, InvalidStateError, "Result is not set.");
    rt_store_relaxed(&f->log_tb, 0);
    rt_value e = get(ts, self, &f->exception);
    if (rt_likely(rt_is_null(e))) {
        e = get(ts, self, &f->result);
        return rt_likely(e.bits) ? e : RT_AIO_ERROR(ts, InvalidStateError, "Result is not set."); /* at __init__ again */
    }
    rt_exc_set_traceback(ts, e, rt_slot_swap(&f->exception_tb, RT_NULL));
    rt_raise_instance(ts, e);
    rt_decref(ts, e);
    return RT_NULL;
}

int rt_future_cancel(struct rt_thread *ts, rt_value self, rt_value msg)
{
    struct rt_future *f = rt_as_future(self);
    rt_store_relaxed(&f->log_tb, 0);
    if (state(self) != RT_FUT_PENDING)
        return 0;
    rt_slot_set(ts, &f->cancel_msg, rt_newref(ts, msg));
    if (!leave_pending(self, RT_FUT_CANCELLED))
        return 0;
    return schedule(ts, self) < 0 ? -1 : 1;
}

int rt_future_add_callback(struct rt_thread *ts, rt_value self, rt_value cb, rt_value ctx)
{
    struct rt_future *f = rt_as_future(self);
    int r = 0;
    if (rt_future_need_alive(ts, self) < 0)
        return -1;
    if (state(self) != RT_FUT_PENDING) {
        rt_value loop = get(ts, self, &f->loop);
        r = rt_aio_call_soon(ts, loop, cb, self, ctx);
        rt_decref(ts, loop);
        return r;
    }
    struct rt_cs cs;
    rt_cs_begin(ts, &cs, f);
    rt_value list = get(ts, self, &f->callbacks); /* ours: others replace the slot without the section */
    if (rt_is_null(list) && rt_is_null(rt_slot_peek(&f->callback))) {
        rt_slot_set(ts, &f->context, rt_newref(ts, ctx));
        rt_slot_set(ts, &f->callback, rt_newref(ts, cb));
    } else {
        rt_value pair = rt_tuple_pack(ts, 2, cb, ctx);
        if (rt_is_null(list) && !rt_is_null(pair) && !rt_is_null(list = rt_list_new(ts, 4)))
            rt_slot_set(ts, &f->callbacks, rt_newref(ts, list));
        r = rt_is_null(pair) || rt_is_null(list) ? -1 : rt_list_append(ts, list, pair);
        rt_decref(ts, pair);
    }
    rt_decref(ts, list);
    rt_cs_end(ts, &cs);
    if (rt_unlikely(r == 0 && state(self) != RT_FUT_PENDING)) /* another thread finished it meanwhile */
        r = schedule(ts, self);
    return r;
}

/* ---- making ---- */
static int trace_source(struct rt_thread *ts, rt_value self, rt_value loop)
{
    rt_value debug = rt_call_method(ts, loop, "get_debug", NULL, 0), stack, frame, getframe;
    int on = rt_is_null(debug) ? -1 : rt_truth(ts, debug);
    rt_decref(ts, debug);
    if (on <= 0)
        return on;
    getframe = rt_import_attr(ts, "sys", "_getframe");
    frame = rt_is_null(getframe) ? getframe : rt_call0(ts, getframe);
    stack = rt_is_null(frame) ? frame : rt_call1(ts, rt_aio_state(ts, AI_extract_stack), frame);
    rt_decref(ts, frame);
    rt_decref(ts, getframe);
    if (rt_is_null(stack))
        return -1;
    rt_slot_set(ts, &rt_as_future(self)->source_tb, stack);
    return 0;
}

int rt_future_setup(struct rt_thread *ts, rt_value self, rt_value loop)
{
    struct rt_future *f = rt_as_future(self);
    rt_value l;
    if (!rt_is_null(rt_slot_peek(&f->loop))) { /* a second __init__ */
        rt_future_clear(ts, rt_ptr(self));
        rt_store_relaxed(&f->log_tb, 0);
        rt_store_relaxed(&f->blocking, 0);
    }
    rt_store_release(&f->state, RT_FUT_PENDING);
    l = rt_is_null(loop) || rt_is_none(loop) ? rt_aio_get_loop(ts) : rt_newref(ts, loop);
    if (rt_is_null(l))
        return -1;
    rt_slot_set(ts, &f->loop, l);
    return trace_source(ts, self, l);
}

static rt_value future_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    return rt_type_alloc(ts, t);
}

static int future_init(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"loop", NULL};
    static const struct rt_argspec spec = {"Future", names, 0, 0, 0, 1};
    rt_value v[1];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? -1 : rt_future_setup(ts, self, v[0]);
}

int rt_future_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_slot *s = &((struct rt_future *)o)->loop;
    for (int i = 0; i < RT_FUTURE_SLOTS; i++)
        RT_VISIT_SLOT(&s[i]);
    return 0;
}

void rt_future_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot *s = &((struct rt_future *)o)->loop;
    for (int i = 0; i < RT_FUTURE_SLOTS; i++)
        if (!rt_is_null(rt_slot_peek(&s[i])))
            rt_slot_set(ts, &s[i], RT_NULL);
}

/* loop.call_exception_handler({'message': message, key: self, ...}); errors are only reported. */
void rt_future_report(struct rt_thread *ts, rt_value self, const char *key, const char *message, rt_value exc)
{
    struct rt_future *f = rt_as_future(self);
    rt_value pending = rt_exc_take(ts), d = rt_dict_new(ts), text = rt_str_from_cstr(ts, message);
    rt_value tb = get(ts, self, &f->source_tb), loop = get(ts, self, &f->loop), r = RT_NULL;
    bool ok = !rt_is_null(d) && !rt_is_null(text) && !rt_is_null(loop) &&
              rt_dict_set_cstr(ts, d, "message", text) == 0 &&
              (rt_is_null(exc) || rt_dict_set_cstr(ts, d, "exception", exc) == 0) &&
              rt_dict_set_cstr(ts, d, key, self) == 0 &&
              (rt_is_null(tb) || rt_dict_set_cstr(ts, d, "source_traceback", tb) == 0);
    if (ok)
        r = rt_call_method(ts, loop, "call_exception_handler", &d, 1);
    if (rt_pending(ts))
        rt_write_unraisable(ts, self);
    rt_decref(ts, r);
    rt_decref(ts, loop);
    rt_decref(ts, tb);
    rt_decref(ts, text);
    rt_decref(ts, d);
    if (!rt_is_null(pending))
        rt_exc_put(ts, pending);
}

void rt_future_finalize(struct rt_thread *ts, rt_value self)
{
    struct rt_future *f = rt_as_future(self);
    char message[160];
    if (!rt_load_relaxed(&f->log_tb))
        return;
    rt_store_relaxed(&f->log_tb, 0);
    rt_value exc = get(ts, self, &f->exception);
    __builtin_snprintf(message, sizeof message, "%.100s exception was never retrieved",
                       rt_type_shortname(rt_type_of(self)));
    rt_future_report(ts, self, "future", message, exc);
    rt_decref(ts, exc);
}

static bool future_finished(const struct rt_object *o) { return !rt_load_relaxed(&((const struct rt_future *)o)->log_tb); }

/* ---- methods ---- */
static rt_value future_result(struct rt_thread *ts, rt_value self)
{
    if (rt_is_null(rt_slot_peek(&rt_as_future(self)->loop)))
        return RT_AIO_ERROR(ts, InvalidStateError, "Future object is not initialized.");
    return rt_future_result(ts, self);
}

static rt_value future_exception(struct rt_thread *ts, rt_value self)
{
    struct rt_future *f = rt_as_future(self);
    if (rt_is_null(rt_slot_peek(&f->loop)))
        return RT_AIO_ERROR(ts, InvalidStateError, "Future object is not initialized.");
    if (state(self) == RT_FUT_CANCELLED)
        return raise_cancelled(ts, self);
    if (state(self) != RT_FUT_FINISHED)
        return RT_AIO_ERROR(ts, InvalidStateError, "Exception is not set.");
    rt_store_relaxed(&f->log_tb, 0);
    return rt_slot_get_none(ts, f, &f->exception);
}

static rt_value future_set_result(struct rt_thread *ts, rt_value self, rt_value v)
{
    return rt_future_finish(ts, self, v) < 0 ? RT_NULL : RT_NONE;
}

static rt_value future_set_exception(struct rt_thread *ts, rt_value self, rt_value e)
{
    return rt_future_fail(ts, self, e) < 0 ? RT_NULL : RT_NONE;
}

static rt_value future_add_done_callback(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                                         rt_value kw)
{
    static const char *const names[] = {"", "context", NULL};
    static const struct rt_argspec spec = {"add_done_callback", names, 1, 1, 1, 2};
    rt_value v[2], ctx;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    ctx = rt_is_null(v[1]) ? rt_context_copy_current(ts) : rt_newref(ts, v[1]);
    if (rt_is_null(ctx))
        return ctx;
    int r = rt_future_add_callback(ts, self, v[0], ctx);
    rt_decref(ts, ctx);
    return r < 0 ? RT_NULL : RT_NONE;
}

/* The list of further callbacks without those equal to fn; how many went, or -1. */
static int64_t filter_callbacks(struct rt_thread *ts, struct rt_future *f, rt_value fn)
{
    rt_value list = rt_slot_get(ts, f, &f->callbacks), kept, pair;
    int64_t removed = 0;
    int same = 0;
    if (rt_is_null(list))
        return 0;
    kept = rt_list_new(ts, 0);
    for (size_t i = 0; !rt_is_null(kept) && !rt_is_null(pair = rt_list_get(ts, list, i)); i++) {
        bool good = rt_is_ptr(pair) && rt_is_tuple(pair) && rt_as_tuple(pair)->length == 2;
        same = good ? rt_equal(ts, rt_as_tuple(pair)->items[0], fn) : 0;
        if (same < 0 || (same == 0 && rt_list_append(ts, kept, pair) < 0))
            rt_clear(ts, &kept);
        removed += same > 0;
        rt_decref(ts, pair);
    }
    rt_decref(ts, list);
    if (rt_is_null(kept))
        return -1;
    if (removed && rt_list_len(kept) == 0)
        rt_clear(ts, &kept);
    if (removed)
        rt_slot_set(ts, &f->callbacks, kept);
    else
        rt_decref(ts, kept);
    return removed;
}

static rt_value future_remove_done_callback(struct rt_thread *ts, rt_value self, rt_value fn)
{
    struct rt_future *f = rt_as_future(self);
    int64_t removed = 0, more;
    if (rt_future_need_alive(ts, self) < 0)
        return RT_NULL;
    rt_value cb = get(ts, self, &f->callback);
    int same = rt_is_null(cb) ? 0 : rt_equal(ts, cb, fn);
    rt_decref(ts, cb);
    if (same < 0)
        return RT_NULL;
    if (same) {
        rt_slot_set(ts, &f->callback, RT_NULL);
        rt_slot_set(ts, &f->context, RT_NULL);
        removed = 1;
    }
    more = filter_callbacks(ts, f, fn);
    return more < 0 ? RT_NULL : rt_int_imm(removed + more);
}

static rt_value future_cancel(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"msg", NULL};
    static const struct rt_argspec spec = {"cancel", names, 0, 0, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || rt_future_need_alive(ts, self) < 0)
        return RT_NULL;
    int r = rt_future_cancel(ts, self, rt_is_null(v[0]) ? RT_NONE : v[0]);
    return r < 0 ? RT_NULL : rt_bool(r);
}

static rt_value future_cancelled(struct rt_thread *ts, rt_value self)
{
    return rt_bool(!rt_is_null(rt_slot_peek(&rt_as_future(self)->loop)) && state(self) == RT_FUT_CANCELLED);
}

static rt_value future_done(struct rt_thread *ts, rt_value self)
{
    return rt_bool(!rt_is_null(rt_slot_peek(&rt_as_future(self)->loop)) && state(self) != RT_FUT_PENDING);
}

static rt_value future_get_loop(struct rt_thread *ts, rt_value self)
{
    rt_value loop = get(ts, self, &rt_as_future(self)->loop);
    if (rt_is_null(loop))
        not_initialized(ts);
    return loop;
}

static rt_value future_make_cancelled_error(struct rt_thread *ts, rt_value self)
{
    return rt_future_cancelled_error(ts, self);
}

static rt_value future_repr(struct rt_thread *ts, rt_value self)
{
    if (rt_future_need_alive(ts, self) < 0)
        return RT_NULL;
    return rt_call1(ts, rt_aio_state(ts, AI_future_repr), self);
}

/* ---- attributes ---- */
rt_value rt_aio_get_slot(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_slot_get_none(ts, rt_ptr(self), (rt_slot *)((char *)rt_ptr(self) + (uintptr_t)closure));
}

static rt_value get_state(struct rt_thread *ts, rt_value self, void *closure)
{
    static const char *const names[] = {"PENDING", "CANCELLED", "FINISHED"};
    return rt_future_need_alive(ts, self) < 0 ? RT_NULL : rt_str_intern_cstr(ts, names[state(self)]);
}

static rt_value get_blocking(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_future *f = rt_as_future(self);
    return rt_bool(!rt_is_null(rt_slot_peek(&f->loop)) && rt_load_relaxed(&f->blocking));
}

static int cannot_delete(struct rt_thread *ts, rt_value v)
{
    if (!rt_is_null(v))
        return 0;
    rt_raise(ts, &rt_exc_AttributeError, "cannot delete attribute");
    return -1;
}

static int set_blocking(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (rt_future_need_alive(ts, self) < 0 || cannot_delete(ts, v) < 0)
        return -1;
    int t = rt_truth(ts, v);
    if (t >= 0)
        rt_store_relaxed(&rt_as_future(self)->blocking, (uint8_t)t);
    return t < 0 ? -1 : 0;
}

static rt_value get_log_tb(struct rt_thread *ts, rt_value self, void *closure)
{
    return rt_future_need_alive(ts, self) < 0 ? RT_NULL : rt_bool(rt_load_relaxed(&rt_as_future(self)->log_tb));
}

static int set_log_tb(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (cannot_delete(ts, v) < 0)
        return -1;
    int t = rt_truth(ts, v);
    if (t > 0)
        rt_raise(ts, &rt_exc_ValueError, "_log_traceback can only be set to False");
    if (t == 0)
        rt_store_relaxed(&rt_as_future(self)->log_tb, 0);
    return t ? -1 : 0;
}

static int set_cancel_message(struct rt_thread *ts, rt_value self, rt_value v, void *closure)
{
    if (cannot_delete(ts, v) < 0)
        return -1;
    rt_slot_set(ts, &rt_as_future(self)->cancel_msg, rt_newref(ts, v));
    return 0;
}

static rt_value get_callbacks(struct rt_thread *ts, rt_value self, void *closure)
{
    struct rt_future *f = rt_as_future(self);
    if (rt_future_need_alive(ts, self) < 0)
        return RT_NULL;
    rt_value cb = get(ts, self, &f->callback), ctx = get(ts, self, &f->context), list = RT_NULL;
    rt_value more = get(ts, self, &f->callbacks), pair;
    if (rt_is_null(cb) && rt_is_null(more)) {
        list = RT_NONE;
    } else if (!rt_is_null(list = rt_list_new(ts, 0))) {
        int r = 0;
        if (!rt_is_null(cb)) {
            pair = rt_tuple_pack(ts, 2, cb, rt_none_if_null(ctx));
            r = rt_is_null(pair) ? -1 : rt_list_append_steal(ts, list, pair);
        }
        if (r == 0 && !rt_is_null(more))
            r = rt_list_extend(ts, list, more);
        if (r < 0)
            rt_clear(ts, &list);
    }
    rt_decref(ts, cb);
    rt_decref(ts, ctx);
    rt_decref(ts, more);
    return list;
}

#define OFFSET(field) (void *)offsetof(struct rt_future, field)
#define FUTURE_GETSET                                                                              \
    {"_state", get_state, NULL, NULL, NULL},                                                       \
    {"_asyncio_future_blocking", get_blocking, set_blocking, NULL, NULL},                          \
    {"_loop", rt_aio_get_slot, NULL, NULL, OFFSET(loop)},                                          \
    {"_callbacks", get_callbacks, NULL, NULL, NULL},                                               \
    {"_result", rt_aio_get_slot, NULL, NULL, OFFSET(result)},                                      \
    {"_exception", rt_aio_get_slot, NULL, NULL, OFFSET(exception)},                                \
    {"_log_traceback", get_log_tb, set_log_tb, NULL, NULL},                                        \
    {"_source_traceback", rt_aio_get_slot, NULL, NULL, OFFSET(source_tb)},                         \
    {"_cancel_message", rt_aio_get_slot, set_cancel_message, NULL, OFFSET(cancel_msg)}

const struct rt_getset_def rt_future_getset[] = {FUTURE_GETSET, {0}};

static rt_value future_iter(struct rt_thread *ts, rt_value self);

static const struct rt_method_def future_methods[] = {
    {"result", future_result, RT_METH_NOARGS,
     "result($self, /)\n--\n\nReturn the result this future represents.\n\n"
     "Raises CancelledError if the future has been cancelled, InvalidStateError if there is no result\n"
     "yet, and the exception that was set, if one was."},
    {"exception", future_exception, RT_METH_NOARGS,
     "exception($self, /)\n--\n\nReturn the exception that was set on this future, or None."},
    {"set_result", future_set_result, RT_METH_O,
     "set_result($self, result, /)\n--\n\nMark the future done and set its result."},
    {"set_exception", future_set_exception, RT_METH_O,
     "set_exception($self, exception, /)\n--\n\nMark the future done and set an exception."},
    {"add_done_callback", future_add_done_callback, RT_METH_KW,
     "add_done_callback($self, fn, /, *, context=<unrepresentable>)\n--\n\n"
     "Add a callback to be run when the future becomes done; it gets the future. Once the future is\n"
     "done it is scheduled with call_soon."},
    {"remove_done_callback", future_remove_done_callback, RT_METH_O,
     "remove_done_callback($self, fn, /)\n--\n\n"
     "Remove all instances of a callback from the \"call when done\" list; returns their number."},
    {"cancel", future_cancel, RT_METH_KW,
     "cancel($self, /, msg=None)\n--\n\nCancel the future and schedule callbacks.\n\n"
     "Returns False if it was done already."},
    {"cancelled", future_cancelled, RT_METH_NOARGS,
     "cancelled($self, /)\n--\n\nReturn True if the future was cancelled."},
    {"done", future_done, RT_METH_NOARGS,
     "done($self, /)\n--\n\nReturn True if the future is done: it has a result or was cancelled."},
    {"get_loop", future_get_loop, RT_METH_NOARGS,
     "get_loop($self, /)\n--\n\nReturn the event loop the Future is bound to."},
    {"_make_cancelled_error", future_make_cancelled_error, RT_METH_NOARGS,
     "_make_cancelled_error($self, /)\n--\n\nCreate the CancelledError to raise if the Future is cancelled."},
    RT_CLASS_GETITEM,
    {0},
};

struct rt_type rt_future_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_asyncio.Future",
    .doc = "Future(*, loop=<unrepresentable>)\n--\n\n"
           "This class is *almost* compatible with concurrent.futures.Future.\n\n"
           "    Differences:\n\n"
           "    - result() and exception() do not take a timeout argument and\n"
           "      raise an exception when the future isn't done yet.\n\n"
           "    - Callbacks registered with add_done_callback() are always called\n"
           "      via the event loop's call_soon_threadsafe().\n\n"
           "    - This class is not compatible with the wait() and as_completed()\n"
           "      methods in the concurrent.futures package.",
    .flags = RT_TF_GC | RT_TF_BASETYPE | RT_TF_DICT | RT_TF_WEAKREF,
    .basic_size = sizeof(struct rt_future),
    .dealloc = rt_future_clear,
    .traverse = rt_future_traverse,
    .clear = rt_future_clear,
    .finalize = rt_future_finalize, .finished = future_finished,
    .repr = future_repr,
    .iter = future_iter,
    .await = future_iter,
    .new = future_new,
    .init = future_init,
    .methods = future_methods,
    .getset = rt_future_getset,
};

/* ---- awaiting ---- */
struct iter {
    struct rt_object hdr;
    rt_slot future; /* RT_NULL: finished */
};

static struct iter *as_iter(rt_value v) { return (struct iter *)rt_ptr(v); }

static rt_value future_iter(struct rt_thread *ts, rt_value self)
{
    if (rt_future_need_alive(ts, self) < 0)
        return RT_NULL;
    struct iter *it = rt_object_new(ts, &rt_future_iter_type, sizeof *it);
    if (!it)
        return RT_NULL;
    rt_slot_init(&it->future, rt_newref(ts, self));
    return rt_own(it);
}

static rt_value iter_next(struct rt_thread *ts, rt_value self)
{
    rt_value fut = rt_slot_get(ts, as_iter(self), &as_iter(self)->future), v;
    if (rt_is_null(fut))
        return RT_STOP;
    struct rt_future *f = rt_as_future(fut);
    if (state(fut) == RT_FUT_PENDING) {
        if (!rt_load_relaxed(&f->blocking)) {
            rt_store_relaxed(&f->blocking, 1);
            return fut;
        }
        rt_decref(ts, fut);
        return rt_raise(ts, &rt_exc_RuntimeError, "await wasn't used with future");
    }
    rt_slot_set(ts, &as_iter(self)->future, RT_NULL);
    v = rt_future_result(ts, fut);
    rt_decref(ts, fut);
    if (rt_is_null(v))
        return v;
    rt_value old = ts->stop_value;
    ts->stop_value = v;
    rt_decref(ts, old);
    return RT_STOP;
}

static rt_value iter_send(struct rt_thread *ts, rt_value self, rt_value v) { return iter_next(ts, self); }

static rt_value iter_send_method(struct rt_thread *ts, rt_value self, rt_value v)
{
    rt_value r = iter_next(ts, self);
    if (!rt_is_stop(r))
        return r;
    rt_raise_stop_iteration(ts);
    return RT_NULL;
}

static rt_value iter_throw(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "throw", n, 1, 3) < 0)
        return RT_NULL;
    rt_value e = rt_generator_throw_args(ts, a, n);
    if (rt_is_null(e))
        return e;
    rt_slot_set(ts, &as_iter(self)->future, RT_NULL);
    rt_exc_put(ts, e);
    return RT_NULL;
}

static rt_value iter_close(struct rt_thread *ts, rt_value self)
{
    rt_slot_set(ts, &as_iter(self)->future, RT_NULL);
    return RT_NONE;
}

static int iter_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    RT_VISIT_SLOT(&((struct iter *)o)->future);
    return 0;
}

static void iter_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_slot_set(ts, &((struct iter *)o)->future, RT_NULL);
}

static const struct rt_method_def iter_methods[] = {
    {"send", iter_send_method, RT_METH_O, NULL},
    {"throw", iter_throw, RT_METH_FAST, NULL},
    {"close", iter_close, RT_METH_NOARGS, NULL},
    {0},
};

struct rt_type rt_future_iter_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_asyncio.FutureIter",
    .flags = RT_TF_GC | RT_TF_NO_NEW,
    .basic_size = sizeof(struct iter),
    .dealloc = iter_clear,
    .traverse = iter_traverse,
    .clear = iter_clear,
    .iter = rt_iter_self,
    .iternext = iter_next,
    .send = iter_send,
    .methods = iter_methods,
};
