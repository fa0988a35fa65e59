/* SPDX-License-Identifier: MIT */
/* Zero-argument super(): the class cell and the first argument of the calling frame. And the plain printing of
   tracebacks. */
#include "core/eval/eval_internal.h"
#include "core/object/object_internal.h"

int rt_super_arguments(struct rt_thread *ts, rt_value *type, rt_value *obj)
{
    struct rt_frame *f = ts->frame;
    if (!f) {
        rt_raise(ts, &rt_exc_RuntimeError, "super(): no current frame");
        return -1;
    }
    struct rt_code *code = f->code;
    if (code->argcount == 0 && !(code->flags & RT_CO_VARARGS)) {
        rt_raise(ts, &rt_exc_RuntimeError, "super(): no arguments");
        return -1;
    }
    rt_value first = f->regs[code->local_base];
    for (uint32_t i = 0; rt_is_undef(first) && i < code->ncells; i++) {
        /* a captured argument moved into its cell */
        if (rt_is(rt_code_cell_name(code, i), rt_as_tuple(code->varnames)->items[0])) {
            rt_value cell = f->regs[code->local_base + code->nlocals + i];
            if (rt_is_exact(cell, &rt_cell_type))
                first = rt_slot_peek(&((struct rt_cell *)rt_ptr(cell))->content);
        }
    }
    if (rt_is_undef(first) || rt_is_null(first)) {
        rt_raise(ts, &rt_exc_RuntimeError, "super(): arg[0] deleted");
        return -1;
    }
    for (uint32_t i = 0; i < code->nfrees; i++) {
        if (!rt_is(rt_code_cell_name(code, code->ncells + i), RT_ID(__class__)))
            continue;
        struct rt_cell *c = (struct rt_cell *)rt_ptr(rt_as_tuple(rt_as_function(f->func)->closure)->items[i]);
        rt_value t = rt_slot_peek(&c->content);
        if (rt_is_undef(t)) {
            rt_raise(ts, &rt_exc_RuntimeError, "super(): empty __class__ cell");
            return -1;
        }
        if (!rt_is_ptr(t) || !rt_is_type(t)) {
            rt_raise(ts, &rt_exc_RuntimeError, "super(): __class__ is not a type (%T)", t);
            return -1;
        }
        *type = rt_borrowed(t);
        *obj = rt_borrowed(first);
        return 0;
    }
    rt_raise(ts, &rt_exc_RuntimeError, "super(): __class__ cell not found");
    return -1;
}

int rt_traceback_print(struct rt_thread *ts, rt_value tb, rt_value file)
{
    rt_value f = rt_import_attr(ts, "traceback", "print_tb"), r;
    if (rt_is_null(f))
        return -1;
    rt_value args[3] = {tb, RT_NONE, file};
    rt_value head = rt_str_from_cstr(ts, "Traceback (most recent call last):\n");
    r = rt_call_method(ts, file, "write", &head, 1);
    rt_decref(ts, head);
    if (r.bits) {
        rt_decref(ts, r);
        r = rt_call(ts, f, args, 3, RT_NULL);
    }
    rt_decref(ts, f);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}
