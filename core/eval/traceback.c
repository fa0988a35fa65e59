/* SPDX-License-Identifier: MIT */
/* Traceback objects, and the exception being handled. */
#include <stdio.h>
#include <stdlib.h>

#include "core/eval/eval_internal.h"

#define TB(v) ((struct rt_traceback *)rt_ptr(v))

static rt_value traceback_make(struct rt_thread *ts, rt_value next, rt_value frame, int32_t lasti, int32_t lineno)
{
    struct rt_traceback *tb = rt_object_new(ts, &rt_traceback_type, sizeof(*tb));
    if (!tb)
        return RT_NULL;
    rt_slot_init(&tb->next, rt_newref(ts, next));
    tb->frame = rt_newref(ts, frame);
    tb->lasti = lasti;
    tb->lineno = lineno;
    return rt_own(tb);
}

int rt_traceback_add(struct rt_thread *ts, struct rt_frame *f)
{
    rt_value exc = rt_exc_take(ts);
    if (rt_unlikely(rt_is_null(exc))) { /* a native function's fault; the program shall be told, not end */
        rt_raise(ts, &rt_exc_SystemError, "error return without exception set");
        exc = rt_exc_take(ts);
    }
    struct rt_frame_object *fo = rt_frame_materialize(ts, f);
    if (!fo) { /* no memory for the entry: the original exception matters more */
        rt_exc_clear(ts);
        rt_exc_put(ts, exc);
        return -1;
    }
    rt_value old = rt_exc_traceback(ts, exc);
    int32_t at = f->pc == f->code->words ? -1 : (int32_t)(f->pc - f->code->words) - 1;
    int32_t line = rt_frame_lineno(f); /* 0: the instruction belongs to none, which a traceback says by -1 */
    rt_value tb = traceback_make(ts, old, rt_borrow(fo), at < 0 ? -1 : -2 - at, line ? line : -1);
    rt_decref(ts, old);
    if (tb.bits)
        rt_exc_set_traceback(ts, exc, tb);
    else
        rt_exc_clear(ts);
    rt_exc_put(ts, exc);
    return 0;
}

rt_value rt_exc_handled_borrowed(struct rt_thread *ts)
{
    for (struct rt_exc_item *i = ts->exc_info; i; i = i->prev)
        if (i->exc.bits)
            return rt_borrowed(i->exc);
    return RT_NULL;
}

static void tb_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct rt_traceback *tb = (struct rt_traceback *)o;
    rt_slot_clear(ts, tb, &tb->next);
    rt_clear(ts, &tb->frame);
}
static int tb_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct rt_traceback *tb = (struct rt_traceback *)o;
    int r = visit(rt_slot_peek(&tb->next), arg);
    return r ? r : visit(tb->frame, arg);
}
static rt_value tb_next(struct rt_thread *ts, rt_value self, void *c)
{
    rt_value v = rt_slot_get(ts, TB(self), &TB(self)->next);
    return v.bits ? v : RT_NONE;
}
static int tb_set_next(struct rt_thread *ts, rt_value self, rt_value v, void *c)
{
    if (rt_is_null(v)) {
        rt_raise(ts, &rt_exc_TypeError, "can't delete tb_next attribute");
        return -1;
    }
    if (rt_is_none(v)) {
        v = RT_NULL;
    } else if (!rt_is_exact(v, &rt_traceback_type)) {
        rt_raise(ts, &rt_exc_TypeError, "expected traceback object, got '%T'", v);
        return -1;
    }
    rt_value t = rt_newref(ts, v), next;
    for (; t.bits && !rt_is(t, self); t = next) {
        next = rt_slot_get(ts, TB(t), &TB(t)->next);
        rt_decref(ts, t);
    }
    rt_decref(ts, t);
    if (t.bits) {
        rt_raise(ts, &rt_exc_ValueError, "traceback loop detected");
        return -1;
    }
    rt_slot_set(ts, &TB(self)->next, rt_newref(ts, v));
    return 0;
}
static rt_value tb_frame(struct rt_thread *ts, rt_value self, void *c)
{
    if (rt_audit(ts, "object.__getattr__", "Os", self, "tb_frame") < 0)
        return RT_NULL;
    return TB(self)->frame.bits ? rt_newref(ts, TB(self)->frame) : RT_NONE;
}
static rt_value tb_lasti(struct rt_thread *ts, rt_value self, void *c)
{
    struct rt_traceback *tb = TB(self);
    if (tb->lasti >= -1)
        return rt_int_imm(tb->lasti);
    uint32_t unit = rt_code_unit_at(((struct rt_frame_object *)rt_ptr(tb->frame))->code, (uint32_t)(-2 - tb->lasti));
    return rt_int_imm((int64_t)unit * 2);
}
static rt_value tb_lineno(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_int_imm(TB(self)->lineno);
}
static rt_value tb_dir(struct rt_thread *ts, rt_value self)
{
    rt_value l = rt_list_new(ts, 4);
    const char *names[] = {"tb_frame", "tb_next", "tb_lasti", "tb_lineno"};
    for (int i = 0; i < 4 && l.bits; i++)
        rt_list_append(ts, l, rt_str_intern_cstr(ts, names[i]));
    return l;
}
static rt_value tb_new(struct rt_thread *ts, struct rt_type *type, const rt_value *args, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"tb_next", "tb_frame", "tb_lasti", "tb_lineno", NULL};
    static const struct rt_argspec spec = {"TracebackType", names, 0, 4, 4, 4};
    rt_value v[4];
    if (rt_args(ts, &spec, args, n, kw, v) < 0)
        return RT_NULL;
    if (!rt_is_none(v[0]) && !rt_is_exact(v[0], &rt_traceback_type))
        return rt_raise(ts, &rt_exc_TypeError, "expected traceback object or None, got '%T'", v[0]);
    if (!rt_is_exact(v[1], &rt_frame_type))
        return rt_raise_arg_type(ts, "TracebackType", "tb_frame", "frame", v[1]);
    int lasti = rt_as_int(ts, v[2]), lineno = rt_pending(ts) ? 0 : rt_as_int(ts, v[3]);
    if (rt_pending(ts))
        return RT_NULL;
    return traceback_make(ts, rt_is_none(v[0]) ? RT_NULL : v[0], v[1], lasti, lineno);
}
static const struct rt_method_def tb_methods[] = {
    {"__dir__", tb_dir, RT_METH_NOARGS, NULL},
    {NULL},
};
static const struct rt_getset_def tb_getset[] = {
    {"tb_next", tb_next, tb_set_next, NULL, NULL},
    {"tb_frame", tb_frame, NULL, NULL, NULL},
    {"tb_lasti", tb_lasti, NULL, NULL, NULL},
    {"tb_lineno", tb_lineno, NULL, NULL, NULL},
    {NULL},
};
struct rt_type rt_traceback_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "traceback", .flags = RT_TF_GC, .basic_size = sizeof(struct rt_traceback),
    .clear = tb_clear, .traverse = tb_traverse, .new = tb_new, .methods = tb_methods, .getset = tb_getset,
    .doc = "Create a new traceback object.",
};

static int write_text(struct rt_thread *ts, rt_value file, rt_value text)
{
    rt_value r = text.bits ? rt_call_method(ts, file, "write", &text, 1) : RT_NULL;
    rt_decref(ts, text);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}

/* A line of a source file without its indentation and newline, as a str; RT_NULL without exception: not there. */
static rt_value source_line(struct rt_thread *ts, const char *path, int64_t wanted)
{
    FILE *f = path ? fopen(path, "re") : NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t n = -1;
    for (int64_t i = 0; f && i < wanted; i++)
        if ((n = getline(&line, &room, f)) < 0)
            break;
    rt_value text = RT_NULL;
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r' || line[n - 1] == ' '))
        n--;
    if (n > 0) {
        size_t skip = strspn(line, " \t\f");
        text = rt_str_from_utf8(ts, line + skip, (size_t)n > skip ? (size_t)n - skip : 0, NULL);
        rt_exc_clear(ts);
    }
    free(line);
    if (f)
        fclose(f);
    return text;
}

/* Without the library: at the end of the process its modules are gone. */
int rt_traceback_print_plain(struct rt_thread *ts, rt_value tb, rt_value file)
{
    int err = write_text(ts, file, rt_str_from_cstr(ts, "Traceback (most recent call last):\n"));
    tb = rt_newref(ts, tb);
    for (rt_value next; rt_is_ptr(tb) && rt_is_exact(tb, &rt_traceback_type); tb = next) {
        struct rt_traceback *t = TB(tb);
        struct rt_code *code = ((struct rt_frame_object *)rt_ptr(t->frame))->code;
        rt_value path = rt_slot_peek(&code->filename);
        err |= write_text(ts, file, rt_str_format(ts, "  File \"%U\", line %d, in %U\n", path, (int)t->lineno, rt_slot_peek(&code->name)));
        rt_value line = source_line(ts, rt_str_utf8(ts, path, NULL), t->lineno);
        if (line.bits)
            err |= write_text(ts, file, rt_str_format(ts, "    %U\n", line));
        rt_decref(ts, line);
        next = rt_slot_get(ts, t, &t->next);
        rt_decref(ts, tb);
        rt_exc_clear(ts);
    }
    return err;
}

/* Through the library while it is there. */
int rt_traceback_print(struct rt_thread *ts, rt_value tb, rt_value file)
{
    rt_value f = rt_import_attr(ts, "traceback", "extract_tb"), stack, text = RT_NULL;
    stack = f.bits ? rt_call1(ts, f, tb) : RT_NULL;
    rt_decref(ts, f);
    if (stack.bits && rt_is_list(stack))
        text = rt_traceback_text(ts, stack);
    rt_decref(ts, stack);
    if (rt_is_null(text)) {
        rt_exc_clear(ts);
        return rt_traceback_print_plain(ts, tb, file);
    }
    if (write_text(ts, file, rt_str_from_cstr(ts, "Traceback (most recent call last):\n")) < 0) {
        rt_decref(ts, text);
        return -1;
    }
    return write_text(ts, file, text);
}
