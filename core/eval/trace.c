/* SPDX-License-Identifier: MIT */
/*
 * sys.settrace and sys.setprofile. While either is set, the thread's dispatch table sends every instruction
 * through rt_trace_instruction, which finds line changes; nothing is paid otherwise.
 */
#include "core/eval/eval_internal.h"
#include "core/builtins/sys.h"

static void update_tables(struct rt_thread *ts)
{
    bool on = !ts->in_hook && (ts->trace_func.bits || ts->profile_func.bits);
    ts->tracing = on;
    ts->dispatch = on && ts->trace_func.bits ? rt_dispatch_trace : rt_dispatch_main;
}

/* The word after which a frame goes on: its latest instruction is the one before, or it delegates to another iterator. */
static uint32_t latest_instruction(const struct rt_frame *f)
{
    if (f->pc == f->code->words)
        return (uint32_t)-1;
    return (uint32_t)(f->pc - f->code->words) - ((f->flags & RT_FR_DELEGATING) ? 0 : 1);
}

/* Tracing begins: frames that were looked at before have gone on since then. */
static void catch_up(struct rt_thread *ts)
{
    for (struct rt_frame *f = ts->frame; f; f = f->prev) {
        if (f->object)
            f->object->last_at = latest_instruction(f);
    }
}

static int trace_set(struct rt_thread *ts, rt_value f, bool profile, rt_profile_fn native)
{
    rt_value *slot = profile ? &ts->profile_func : &ts->trace_func, old;
    uint8_t mine = profile ? 2 : 1;
    if (ts->installing_hook & mine) { /* releasing the one before runs code that sets one */
        const char *what = profile ? "profile" : "trace";
        rt_raise(ts, &rt_exc_RuntimeError, "Cannot install a %s function while another %s function is being installed",
                 what, what);
        return -1;
    }
    if (rt_sys_audit(ts, profile ? "sys.setprofile" : "sys.settrace", 0, NULL) < 0)
        return -1;
    old = *slot;
    if (!profile && rt_is_null(old))
        catch_up(ts);
    *slot = RT_NULL;
    update_tables(ts);
    ts->installing_hook |= mine;
    rt_decref(ts, old);
    ts->installing_hook &= (uint8_t)~mine;
    *slot = rt_is_none(f) ? RT_NULL : rt_newref(ts, f);
    if (profile)
        ts->profile_native = native;
    update_tables(ts);
    return 0;
}

int rt_trace_set(struct rt_thread *ts, rt_value f, bool profile)
{
    return trace_set(ts, f, profile, NULL);
}

int rt_trace_set_native(struct rt_thread *ts, rt_value profiler, rt_profile_fn event)
{
    return trace_set(ts, profiler, true, event);
}

static const char *const event_names[] = {
    NULL, "call", "line", "return", "exception", "opcode", "c_call", "c_return", "c_exception",
};

void rt_trace_pause(struct rt_thread *ts)
{
    ts->in_hook++;
    update_tables(ts);
}
void rt_trace_resume(struct rt_thread *ts)
{
    ts->in_hook--;
    update_tables(ts);
}

/* Call a trace or profile function with tracing off. Its result, owned, or RT_NULL. */
static rt_value call_hook(struct rt_thread *ts, rt_value f, struct rt_frame *fr, enum rt_event event, rt_value arg)
{
    struct rt_frame_object *o = rt_frame_materialize(ts, fr);
    if (!o)
        return RT_NULL;
    rt_value saved = RT_NULL, hold = rt_newref(ts, f);
    rt_trace_pause(ts);
    if (!(fr->code->flags & RT_CO_OPTIMIZED) || !fr->locals.bits)
        rt_decref(ts, rt_frame_locals(ts, fr)); /* the snapshot that the hook may change */
    uint8_t outer = o->event;
    o->event = (uint8_t)event;
    rt_value res = rt_call3(ts, f, rt_borrow(o), rt_str_intern_cstr(ts, event_names[event]), arg);
    o->event = outer;
    if (rt_is_null(res))
        saved = rt_exc_take(ts);
    if (rt_frame_locals_to_fast(ts, fr) < 0)
        rt_exc_clear(ts);
    rt_trace_resume(ts);
    if (saved.bits)
        rt_exc_put(ts, saved);
    rt_decref(ts, hold);
    return res;
}

rt_value rt_trace_call_tracing(struct rt_thread *ts, rt_value f, rt_value args)
{
    uint16_t depth = ts->in_hook;
    ts->in_hook = 0;
    update_tables(ts);
    rt_value res = rt_call_ex(ts, f, args, RT_NULL);
    ts->in_hook = depth;
    update_tables(ts);
    return res;
}

/* The hook failed: tracing ends. */
static void drop_trace(struct rt_thread *ts, rt_value *slot)
{
    rt_value e = rt_exc_take(ts);
    rt_clear(ts, slot);
    update_tables(ts);
    rt_exc_put(ts, e);
}

/* Call the frame's local trace function and store what it returns. */
static int local_event(struct rt_thread *ts, struct rt_frame *fr, enum rt_event event, rt_value arg)
{
    struct rt_frame_object *o = fr->object;
    rt_value f = o ? rt_slot_get(ts, o, &o->trace) : RT_NULL, res;
    if (rt_is_null(f))
        return 0;
    res = call_hook(ts, f, fr, event, arg);
    rt_decref(ts, f);
    if (rt_is_null(res)) {
        rt_slot_set(ts, &o->trace, RT_NULL);
        drop_trace(ts, &ts->trace_func);
        return -1;
    }
    if (!rt_is_none(res))
        rt_slot_set(ts, &o->trace, res);
    return 0;
}

static int profile_event(struct rt_thread *ts, struct rt_frame *fr, enum rt_event event, rt_value arg)
{
    if (rt_is_null(ts->profile_func))
        return 0;
    if (ts->profile_native) {
        rt_trace_pause(ts);
        int r = ts->profile_native(ts, ts->profile_func, fr, event, arg);
        rt_trace_resume(ts);
        return r;
    }
    rt_value res = call_hook(ts, ts->profile_func, fr, event, arg);
    if (rt_is_null(res)) {
        drop_trace(ts, &ts->profile_func);
        return -1;
    }
    rt_decref(ts, res);
    return 0;
}

/* A frame starts or goes on. A pending exception (a generator is resumed by throw()) is kept unless the hook fails. */
int rt_trace_call(struct rt_thread *ts, struct rt_frame *fr)
{
    rt_value pending = rt_exc_take(ts);
    int err = 0;
    if (ts->trace_func.bits) {
        rt_value res = call_hook(ts, ts->trace_func, fr, RT_EVENT_CALL, RT_NONE);
        if (rt_is_null(res)) {
            drop_trace(ts, &ts->trace_func);
            err = -1;
        } else if (fr->object) {
            if (!rt_is_none(res)) /* None leaves a generator that goes on its function */
                rt_slot_set(ts, &fr->object->trace, res);
            fr->object->lineno_override = 0;
        } else {
            rt_decref(ts, res);
        }
    }
    if (err == 0)
        err = profile_event(ts, fr, RT_EVENT_CALL, RT_NONE);
    if (err == 0 && pending.bits)
        rt_exc_put(ts, pending);
    else
        rt_decref(ts, pending);
    return err;
}

int rt_trace_return(struct rt_thread *ts, struct rt_frame *fr, rt_value v)
{
    rt_value pending = rt_exc_take(ts);
    int err = 0;
    if (ts->trace_func.bits)
        err = local_event(ts, fr, RT_EVENT_RETURN, v.bits ? rt_borrowed(v) : RT_NONE);
    if (err == 0)
        err = profile_event(ts, fr, RT_EVENT_RETURN, v.bits ? rt_borrowed(v) : RT_NONE);
    if (pending.bits) {
        if (err == 0)
            rt_exc_put(ts, pending);
        else
            rt_decref(ts, pending);
    }
    return err;
}

void rt_trace_exception(struct rt_thread *ts, struct rt_frame *fr)
{
    if (!fr->object || !rt_slot_peek(&fr->object->trace).bits || !ts->trace_func.bits)
        return;
    rt_value e = rt_exc_take(ts), tb = rt_exc_traceback(ts, e);
    rt_value arg = rt_tuple_pack(ts, 3, rt_type_value(rt_type_of(e)), e, tb.bits ? tb : RT_NONE);
    int err = local_event(ts, fr, RT_EVENT_EXCEPTION, arg);
    rt_decref(ts, arg);
    rt_decref(ts, tb);
    if (err == 0)
        rt_exc_put(ts, e);
    else
        rt_decref(ts, e);
}

/* An iterator that ends by raising StopIteration, as one written in Python does, is an exception to a tracer. False: the
   hook failed. it: borrowed; sent: by send(); v: what it returns. */
bool rt_trace_stop(struct rt_thread *ts, struct rt_frame *fr, rt_value it, bool sent, rt_value v)
{
    if (!ts->trace_func.bits || (!sent && rt_is_none(v) && !rt_type_has(rt_type_of(it), RT_TF_HEAP)))
        return true;
    if (rt_is_none(v))
        rt_raise_none(ts, &rt_exc_StopIteration);
    else
        rt_raise_value(ts, &rt_exc_StopIteration, v);
    rt_trace_exception(ts, fr);
    return rt_exc_clear_if(ts, &rt_exc_StopIteration);
}

/* A line event at *pc; 1: the tracer jumped, *pc is the new place. */
static int line_event(struct rt_thread *ts, struct rt_frame *fr, uint32_t **pc, int32_t override)
{
    struct rt_frame_object *o = fr->object;
    uint32_t *before = fr->pc;
    fr->pc = *pc + 1; /* so that f_lineno names this line */
    o->jump_to = NULL;
    o->lineno_override = override;
    int r = local_event(ts, fr, RT_EVENT_LINE, RT_NONE);
    o->lineno_override = 0;
    if (r < 0) {
        o->jump_to = NULL;
        return -1;
    }
    fr->pc = before;
    if (!o->jump_to)
        return 0;
    *pc = o->jump_to;
    fr->pc = *pc + 1;
    o->last_at = (uint32_t)(*pc - fr->code->words);
    rt_jump_apply(ts, fr);
    return 1;
}

/*
 * Line events: the instruction is on another line than the one executed before, or was reached by a backward jump. Several
 * entries of the location table for one instruction are operands on lines of their own, read by it; the last is its own.
 */
int rt_trace_instruction(struct rt_thread *ts, struct rt_frame *fr, uint32_t **pc)
{
    struct rt_frame_object *o = fr->object;
    struct rt_code *code = fr->code;
    uint32_t at = (uint32_t)(*pc - code->words);
    if (!o || !rt_slot_peek(&o->trace).bits || !ts->trace_func.bits) {
        if (o)
            o->last_at = at; /* it may get a trace function later */
        return 0;
    }
    const struct rt_loc *own = rt_code_loc(code, at), *l = own;
    int32_t last = 0;
    if (o->last_at != (uint32_t)-1) {
        const struct rt_loc *before = rt_code_loc(code, o->last_at);
        last = before ? before->line : 0;
    }
    bool back = o->last_at != (uint32_t)-1 && at < o->last_at && (**pc & 0xff) != RT_OP_YIELD_FROM;
    o->last_at = at;
    while (l && l->pc == at && l > rt_code_locs(code) + 1 && l[-1].pc == at) /* the first one is the definition */
        l--;
    for (; l && l <= own; l++) {
        if (l->line > 0 && (l->line != last || back)) {
            o->last_line = last = l->line;
            back = false;
            int r = rt_load_relaxed(&o->trace_lines) ? line_event(ts, fr, pc, l < own ? l->line : 0) : 0;
            if (r)
                return r < 0 ? -1 : 0;
        }
    }
    if (rt_load_relaxed(&o->trace_opcodes) && ts->trace_func.bits) {
        uint32_t *before = fr->pc;
        fr->pc = *pc + 1;
        if (local_event(ts, fr, RT_EVENT_OPCODE, RT_NONE) < 0)
            return -1;
        fr->pc = before;
    }
    return 0;
}

bool rt_is_native_callable(rt_value f)
{
    return rt_is_exact(f, &rt_builtin_type) || rt_is_exact(f, &rt_method_descr_type);
}

/* A native function ended with res; what the hook makes of it. */
static rt_value native_ended(struct rt_thread *ts, struct rt_frame *fr, rt_value f, rt_value res)
{
    if (rt_is_null(ts->profile_func))
        return res;
    rt_value e = rt_is_null(res) ? rt_exc_take(ts) : RT_NULL;
    if (profile_event(ts, fr, rt_is_null(res) ? RT_EVENT_C_EXCEPTION : RT_EVENT_C_RETURN, f) < 0) {
        rt_decref(ts, res);
        rt_decref(ts, e);
        return RT_NULL;
    }
    if (e.bits)
        rt_exc_put(ts, e);
    return res;
}

rt_value rt_trace_native_call(struct rt_thread *ts, rt_value f, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_frame *fr = ts->frame;
    if (rt_is_null(ts->profile_func))
        return rt_call(ts, f, args, n, kw);
    if (profile_event(ts, fr, RT_EVENT_C_CALL, f) < 0)
        return RT_NULL;
    return native_ended(ts, fr, f, rt_call(ts, f, args, n, kw));
}

rt_value rt_trace_native_call_ex(struct rt_thread *ts, rt_value f, rt_value args, rt_value kwargs)
{
    struct rt_frame *fr = ts->frame;
    if (rt_is_null(ts->profile_func))
        return rt_call_ex(ts, f, args, kwargs);
    if (profile_event(ts, fr, RT_EVENT_C_CALL, f) < 0)
        return RT_NULL;
    return native_ended(ts, fr, f, rt_call_ex(ts, f, args, kwargs));
}
