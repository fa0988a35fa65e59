/* SPDX-License-Identifier: MIT */
/* SyntaxError(msg, (filename, lineno, offset, text[, end_lineno, end_offset])) and its subclasses. */
#include "core/types/exceptions/exc_internal.h"

RT_EXC_LIFE(syntax, struct rt_exc_syntax, msg, 8)

static struct rt_exc_syntax *self_of(rt_value v) { return (struct rt_exc_syntax *)rt_ptr(v); }

static int take_details(struct rt_thread *ts, struct rt_exc_syntax *e, rt_value details)
{
    rt_value t = rt_seq_tuple(ts, details);
    if (rt_is_null(t))
        return -1;
    struct rt_tuple *d = rt_as_tuple(t);
    int r = -1;
    if (d->length != 4 && d->length != 6) {
        if (d->length < 4)
            rt_raise(ts, &rt_exc_TypeError, "function takes at least 4 arguments (%zu given)", d->length);
        else if (d->length > 6)
            rt_raise(ts, &rt_exc_TypeError, "function takes at most 6 arguments (%zu given)", d->length);
        else
            rt_raise(ts, &rt_exc_TypeError, "end_offset must be provided when end_lineno is provided");
    } else {
        rt_exc_set_slot(ts, &e->filename, d->items[0]);
        rt_exc_set_slot(ts, &e->lineno, d->items[1]);
        rt_exc_set_slot(ts, &e->offset, d->items[2]);
        rt_exc_set_slot(ts, &e->text, d->items[3]);
        rt_exc_set_slot(ts, &e->end_lineno, d->length == 6 ? d->items[4] : RT_NULL);
        rt_exc_set_slot(ts, &e->end_offset, d->length == 6 ? d->items[5] : RT_NULL);
        r = 0;
    }
    rt_decref(ts, t);
    return r;
}

static int syntax_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    if (rt_exc_base_init(ts, self, args, n, kw) < 0)
        return -1;
    if (n >= 1)
        rt_exc_set_slot(ts, &self_of(self)->msg, args[0]);
    return n == 2 ? take_details(ts, self_of(self), args[1]) : 0;
}

static rt_value basename_of(struct rt_thread *ts, rt_value path)
{
    size_t n = rt_str_len(path), start = n;
    while (start && rt_str_at(rt_as_str(path), start - 1) != '/')
        start--;
    return rt_str_sub(ts, path, start, n);
}

static rt_value syntax_str(struct rt_thread *ts, rt_value self)
{
    struct rt_exc_syntax *e = self_of(self);
    rt_value msg = rt_slot_get(ts, e, &e->msg), file = rt_slot_get(ts, e, &e->filename);
    rt_value line = rt_slot_get(ts, e, &e->lineno), r, name = RT_NULL;
    if (rt_is_null(msg))
        msg = RT_NONE;
    if (rt_is_ptr(file) && rt_is_str(file) && rt_is_null(name = basename_of(ts, file)))
        r = RT_NULL;
    else if (!rt_is_null(name) && rt_is_any_int(line))
        r = rt_str_format(ts, "%S (%U, line %S)", msg, name, line);
    else if (!rt_is_null(name))
        r = rt_str_format(ts, "%S (%U)", msg, name);
    else if (!rt_is_null(line) && rt_is_any_int(line))
        r = rt_str_format(ts, "%S (line %S)", msg, line);
    else
        r = rt_str(ts, msg);
    rt_decref(ts, msg);
    rt_decref(ts, file);
    rt_decref(ts, line);
    rt_decref(ts, name);
    return r;
}

#define MEMBER(name, doc) {#name, RT_MEMBER_OBJECT, offsetof(struct rt_exc_syntax, name), false, doc}
static const struct rt_member_def syntax_members[] = {
    MEMBER(msg, "exception msg"),
    MEMBER(filename, "exception filename"),
    MEMBER(lineno, "exception lineno"),
    MEMBER(offset, "exception offset"),
    MEMBER(text, "exception text"),
    MEMBER(end_lineno, "exception end lineno"),
    MEMBER(end_offset, "exception end offset"),
    MEMBER(print_file_and_line, "exception print_file_and_line"),
    {0},
};

rt_value rt_raise_syntax(struct rt_thread *ts, struct rt_type *type, const char *msg, rt_value filename,
                         int lineno, int col, int end_lineno, int end_col, rt_value text)
{
    rt_value m = rt_str_from_cstr(ts, msg), where = RT_NULL, exc = RT_NULL;
    if (!rt_is_null(m))
        where = rt_tuple_pack(ts, 6, filename, rt_int_imm(lineno), rt_int_imm(col),
                              rt_is_null(text) ? RT_NONE : text, rt_int_imm(end_lineno), rt_int_imm(end_col));
    if (!rt_is_null(where))
        exc = rt_call2(ts, rt_type_value(type), m, where);
    if (!rt_is_null(exc))
        rt_raise_instance(ts, exc);
    rt_decref(ts, exc);
    rt_decref(ts, where);
    rt_decref(ts, m);
    return RT_NULL;
}

void rt_exc_setup_syntax(void)
{
    struct rt_type *t = &rt_exc_SyntaxError;
    t->basic_size = sizeof(struct rt_exc_syntax);
    t->traverse = syntax_traverse;
    t->clear = syntax_clear;
    t->init = syntax_init;
    t->str = syntax_str;
    t->members = syntax_members;
}
