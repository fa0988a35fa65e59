/* SPDX-License-Identifier: MIT */
/*
 * sys.settrace and sys.setprofile. While either is set, the thread's dispatch table sends every instruction
 * through rt_trace_instruction, which finds line changes; nothing is paid otherwise.
 */
#include "core/eval/eval_internal.h"
#include "core/builtins/sys.h"

static void update_tables(struct rt_thread *ts)
{
    bool on = ts->trace_func.bits || ts->profile_func.bits;
    ts->tracing = on;
    ts->dispatch = on && ts->trace_func.bits ? rt_dispatch_trace : rt_dispatch_main;
}

int rt_trace_set(struct rt_thread *ts, rt_value f, bool profile)
{
    rt_value *slot = profile ? &ts->profile_func : &ts->trace_func, old = *slot;
    if (rt_sys_audit(ts, profile ? "sys.setprofile" : "sys.settrace", 0, NULL) < 0)
        return -1;
    *slot = rt_is_none(f) ? RT_NULL : rt_newref(ts, f);
    update_tables(ts);
    rt_decref(ts, old);
    return 0;
}

/* Call a trace or profile function with tracing off. Its result, owned, or RT_NULL. */
static rt_value call_hook(struct rt_thread *ts, rt_value f, struct rt_frame *fr, const char *event, rt_value arg)
{
    struct rt_frame_object *o = rt_frame_materialize(ts, fr);
    if (!o)
        return RT_NULL;
    uint8_t was = ts->tracing;
    const void *const *table = ts->dispatch;
    rt_value saved = RT_NULL, hold = rt_newref(ts, f);
    ts->tracing = 0;
    ts->dispatch = rt_dispatch_main;
    if (!(fr->code->flags & RT_CO_OPTIMIZED) || !fr->locals.bits)
        rt_decref(ts, rt_frame_locals(ts, fr)); /* the snapshot that the hook may change */
    rt_value res = rt_call3(ts, f, rt_borrow(o), rt_str_intern_cstr(ts, event), arg);
    if (rt_is_null(res))
        saved = rt_exc_take(ts);
    if (rt_frame_locals_to_fast(ts, fr) < 0)
        rt_exc_clear(ts);
    if (ts->dispatch == rt_dispatch_main && !ts->tracing) { /* the hook did not change the setting */
        ts->tracing = was;
        ts->dispatch = table;
        update_tables(ts);
    }
    if (saved.bits)
        rt_exc_put(ts, saved);
    rt_decref(ts, hold);
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
static int local_event(struct rt_thread *ts, struct rt_frame *fr, const char *event, rt_value arg)
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

static int profile_event(struct rt_thread *ts, struct rt_frame *fr, const char *event, rt_value arg)
{
    if (rt_is_null(ts->profile_func))
        return 0;
    rt_value res = call_hook(ts, ts->profile_func, fr, event, arg);
    if (rt_is_null(res)) {
        drop_trace(ts, &ts->profile_func);
        return -1;
    }
    rt_decref(ts, res);
    return 0;
}

int rt_trace_call(struct rt_thread *ts, struct rt_frame *fr)
{
    if (ts->trace_func.bits) {
        rt_value res = call_hook(ts, ts->trace_func, fr, "call", RT_NONE);
        if (rt_is_null(res)) {
            drop_trace(ts, &ts->trace_func);
            return -1;
        }
        if (fr->object)
            rt_slot_set(ts, &fr->object->trace, rt_is_none(res) ? RT_NULL : res);
        else
            rt_decref(ts, res);
        if (fr->object)
            fr->object->lineno_override = 0;
    }
    return profile_event(ts, fr, "call", RT_NONE);
}

int rt_trace_return(struct rt_thread *ts, struct rt_frame *fr, rt_value v)
{
    rt_value pending = rt_exc_take(ts);
    int err = 0;
    if (ts->trace_func.bits)
        err = local_event(ts, fr, "return", v.bits ? rt_borrowed(v) : RT_NONE);
    if (err == 0)
        err = profile_event(ts, fr, "return", v.bits ? rt_borrowed(v) : RT_NONE);
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
    int err = local_event(ts, fr, "exception", arg);
    rt_decref(ts, arg);
    rt_decref(ts, tb);
    if (err == 0)
        rt_exc_put(ts, e);
    else
        rt_decref(ts, e);
}

/* A line event: the instruction is on another line than the one executed before, or was reached by a backward jump. */
int rt_trace_instruction(struct rt_thread *ts, struct rt_frame *fr, uint32_t **pc)
{
    struct rt_frame_object *o = fr->object;
    if (!o || !rt_slot_peek(&o->trace).bits || !ts->trace_func.bits)
        return 0;
    struct rt_code *code = fr->code;
    uint32_t at = (uint32_t)(*pc - code->words);
    const struct rt_loc *l = rt_code_loc(code, at);
    int32_t line = l ? l->line : 0, last = 0;
    if (o->last_at != (uint32_t)-1) {
        const struct rt_loc *before = rt_code_loc(code, o->last_at);
        last = before ? before->line : 0;
    }
    bool back = o->last_at != (uint32_t)-1 && at < o->last_at && (**pc & 0xff) != RT_OP_YIELD_FROM;
    bool changed = line > 0 && (line != last || back);
    o->last_at = at;
    uint32_t *before = fr->pc;
    if (changed) {
        o->last_line = line;
        if (o->trace_lines) {
            fr->pc = *pc + 1; /* so that f_lineno names this line */
            o->jump_to = NULL;
            if (local_event(ts, fr, "line", RT_NONE) < 0)
                return -1;
            fr->pc = before;
            if (o->jump_to) {
                *pc = o->jump_to;
                o->jump_to = NULL;
                o->last_at = (uint32_t)-1;
                return 0;
            }
        }
    }
    if (o->trace_opcodes && ts->trace_func.bits) {
        fr->pc = *pc + 1;
        if (local_event(ts, fr, "opcode", RT_NONE) < 0)
            return -1;
        fr->pc = before;
    }
    return 0;
}

bool rt_is_native_callable(rt_value f)
{
    return rt_is_exact(f, &rt_builtin_type) || rt_is_exact(f, &rt_method_descr_type);
}

rt_value rt_trace_native_call(struct rt_thread *ts, rt_value f, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_frame *fr = ts->frame;
    if (rt_is_null(ts->profile_func))
        return rt_call(ts, f, args, n, kw);
    if (profile_event(ts, fr, "c_call", f) < 0)
        return RT_NULL;
    rt_value res = rt_call(ts, f, args, n, kw);
    if (rt_is_null(ts->profile_func))
        return res;
    rt_value e = rt_is_null(res) ? rt_exc_take(ts) : RT_NULL;
    if (profile_event(ts, fr, rt_is_null(res) ? "c_exception" : "c_return", f) < 0) {
        rt_decref(ts, res);
        rt_decref(ts, e);
        return RT_NULL;
    }
    if (e.bits)
        rt_exc_put(ts, e);
    return res;
}

/* frame.f_lineno = n: a jump, allowed only from a line event, to a line start with the same temporaries. */
int rt_trace_set_lineno(struct rt_thread *ts, struct rt_frame_object *o, rt_value v)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_AttributeError, "cannot delete attribute");
        return -1;
    }
    if (!rt_is_any_int(v)) {
        rt_raise(ts, &rt_exc_ValueError, "lineno must be an integer");
        return -1;
    }
    int64_t line = 0;
    if (!rt_int_try_i64(v, &line)) {
        rt_raise(ts, &rt_exc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    if (!o->frame || !rt_slot_peek(&o->trace).bits) {
        rt_raise(ts, &rt_exc_ValueError, "f_lineno can only be set in a trace function");
        return -1;
    }
    struct rt_code *code = o->code;
    if (line < code->firstlineno) {
        rt_raise(ts, &rt_exc_ValueError, "line %d comes before the current code block", (int)line);
        return -1;
    }
    const struct rt_loc *best = NULL;
    for (uint32_t i = 0; i < code->nlocs; i++)
        if (code->locs[i].line >= line && (!best || code->locs[i].line < best->line))
            best = &code->locs[i];
    if (!best) {
        rt_raise(ts, &rt_exc_ValueError, "line %d comes after the current code block", (int)line);
        return -1;
    }
    /* live temporaries belong to loops and with blocks: both places must have the same handler depth */
    uint32_t here = (uint32_t)(o->frame->pc - code->words) - 1, from = (uint32_t)-1, to = (uint32_t)-1;
    for (uint32_t i = 0; i < code->nexc; i++) {
        if (code->exc[i].start <= here && here < code->exc[i].end)
            from = i;
        if (code->exc[i].start <= best->pc && best->pc < code->exc[i].end)
            to = i;
    }
    uint32_t end = code->temp_base + code->ntemps;
    bool live = false;
    for (uint32_t r = code->temp_base; r < end; r++)
        live |= RT_REG_COUNTED(o->frame->regs[r]) || rt_is_int(o->frame->regs[r]);
    if (from != to && live) {
        rt_raise(ts, &rt_exc_ValueError, "can't jump into or out of this block");
        return -1;
    }
    for (uint32_t i = 0; i < code->nlocals; i++)
        if (rt_is_undef(o->frame->regs[code->local_base + i]))
            o->frame->regs[code->local_base + i] = RT_NONE;
    o->jump_to = code->words + best->pc;
    return 0;
}
