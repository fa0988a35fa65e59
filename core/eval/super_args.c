/* SPDX-License-Identifier: MIT */
/* super() without arguments: the class cell and the first argument of the calling frame. */
#include "core/eval/frame.h"
#include "core/object/super.h"

static rt_value cell_content(struct rt_thread *ts, rt_value cell)
{
    struct rt_cell *c = (struct rt_cell *)rt_ptr(cell);
    rt_value v = rt_slot_get(ts, c, &c->content);
    return rt_is_undef(v) ? RT_NULL : v;
}

/* The first argument, also when it has moved into a cell. RT_NULL: deleted. */
static rt_value first_argument(struct rt_thread *ts, struct rt_frame *f)
{
    struct rt_code *code = f->code;
    rt_value v = f->regs[code->local_base], name = rt_as_tuple(code->varnames)->items[0];
    for (uint32_t c = 0; c < code->ncells; c++) {
        rt_value cell = f->regs[code->local_base + code->nlocals + c];
        if (rt_is(rt_code_cell_name(code, c), name) && rt_is_exact(cell, &rt_cell_type))
            return cell_content(ts, cell);
    }
    return rt_is_undef(v) ? RT_NULL : rt_newref(ts, v);
}

static rt_value class_cell(struct rt_frame *f)
{
    struct rt_code *code = f->code;
    rt_value closure = rt_as_function(f->func)->closure;
    for (uint32_t i = 0; i < code->nfrees && !rt_is_null(closure); i++)
        if (rt_is(rt_code_cell_name(code, code->ncells + i), RT_ID(__class__)))
            return rt_as_tuple(closure)->items[i];
    return RT_NULL;
}

int rt_super_arguments(struct rt_thread *ts, rt_value *type, rt_value *obj)
{
    struct rt_frame *f = ts->frame;
    if (!f) {
        rt_raise(ts, &rt_exc_RuntimeError, "super(): no current frame");
        return -1;
    }
    if (!f->code->argcount) {
        rt_raise(ts, &rt_exc_RuntimeError, "super(): no arguments");
        return -1;
    }
    *obj = first_argument(ts, f);
    if (rt_is_null(*obj)) {
        rt_raise(ts, &rt_exc_RuntimeError, "super(): arg[0] deleted");
        return -1;
    }
    rt_value cell = class_cell(f);
    *type = rt_is_null(cell) ? RT_NULL : cell_content(ts, cell);
    if (rt_is_null(*type))
        rt_raise(ts, &rt_exc_RuntimeError, rt_is_null(cell) ? "super(): __class__ cell not found"
                                                           : "super(): empty __class__ cell");
    else if (!rt_is_type(*type))
        rt_raise(ts, &rt_exc_RuntimeError, "super(): __class__ is not a type (%s)", rt_typename(*type));
    else
        return 0;
    rt_decref(ts, *type);
    rt_decref(ts, *obj);
    return -1;
}
