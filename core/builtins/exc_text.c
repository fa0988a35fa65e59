/* SPDX-License-Identifier: MIT */
/*
 * The whole text of an exception that nobody caught: its causes and contexts before it, the members of a group below
 * it, each once. What one exception says comes from the library's TracebackException; the order of them and the margins
 * are the interpreter's, which shows a cause where it is first met.
 */
#include <stdio.h>
#include <string.h>

#include "core/builtins/builtins.h"
#include "core/eval/frame.h"
#include "core/types/exceptions/exceptions.h"

enum { GROUP_WIDTH = 15, GROUP_DEPTH = 10 };

struct show {
    struct rt_thread *ts;
    struct rt_strbuf out;
    rt_value make, seen; /* TracebackException; a dict of the identities of what was shown */
    int64_t limit;
    int depth; /* of groups */
    bool need_close;
};

static int show_chain(struct show *s, rt_value exc);

/* text with the margin before each of its lines, "| " or, at the head of the outermost group, "+ ". Takes text. */
static int put(struct show *s, rt_value text, const char *margin)
{
    struct rt_thread *ts = s->ts;
    int err = text.bits ? 0 : -1;
    size_t n = err ? 0 : rt_str_len(text);
    for (size_t i = 0, end; i < n && !err; i = end) {
        for (end = i; end < n && rt_str_at(rt_as_str(text), end) != '\n'; end++)
            ;
        end += end < n;
        if (s->depth)
            err = rt_strbuf_fill(ts, &s->out, ' ', 2 * (size_t)s->depth) | rt_strbuf_ascii(ts, &s->out, margin, 2);
        err |= rt_strbuf_sub(ts, &s->out, text, i, end);
    }
    rt_decref(ts, text);
    return err;
}

static int put_cstr(struct show *s, const char *text, const char *margin) { return put(s, rt_str_from_cstr(s->ts, text), margin); }

/* A line that the margin ends in: "+-+------". */
static int put_rule(struct show *s, const char *text)
{
    struct rt_thread *ts = s->ts;
    return rt_strbuf_fill(ts, &s->out, ' ', 2 * (size_t)s->depth) | rt_strbuf_ascii(ts, &s->out, text, strlen(text));
}

/* One exception without its relatives. */
static int show_one(struct show *s, rt_value exc, bool group)
{
    struct rt_thread *ts = s->ts;
    rt_value tb = rt_exc_traceback(ts, exc), set = rt_set_new(ts, RT_NULL), te = RT_NULL, lines, stack;
    rt_value kw = rt_tuple_pack(ts, 3, rt_str_intern_cstr(ts, "compact"), rt_str_intern_cstr(ts, "limit"), rt_str_intern_cstr(ts, "_seen"));
    rt_value args[6] = {rt_type_value(rt_type_of(exc)), exc, tb.bits ? tb : RT_NONE, RT_TRUE,
                        s->limit < 0 ? RT_NONE : rt_int_imm(-s->limit), set};
    int err = kw.bits && set.bits && (te = rt_call(ts, s->make, args, 3, kw)).bits ? 0 : -1;
    rt_decref(ts, kw);
    rt_decref(ts, set);
    if (!err) {
        rt_display_amend(ts, te, exc);
        stack = tb.bits && s->limit ? rt_getattr_cstr(ts, te, "stack") : RT_NULL;
        if (stack.bits && rt_is_list(stack)) {
            err = put_cstr(s, group ? "Exception Group Traceback (most recent call last):\n" : "Traceback (most recent call last):\n",
                           group && s->depth == 1 ? "+ " : "| ");
            if (!err)
                err = put(s, rt_traceback_text(ts, stack), "| ");
        }
        rt_decref(ts, stack);
    }
    if (!err) {
        lines = rt_call_method(ts, te, "format_exception_only", NULL, 0);
        err = lines.bits ? put(s, rt_str_join(ts, rt_str_empty(), lines), "| ") : -1;
        rt_decref(ts, lines);
    }
    rt_decref(ts, te);
    rt_decref(ts, tb);
    return err;
}

static int show_member(struct show *s, rt_value members, size_t i, size_t n)
{
    struct rt_thread *ts = s->ts;
    size_t all = rt_as_tuple(members)->length;
    char rule[80];
    if (i < GROUP_WIDTH)
        snprintf(rule, sizeof(rule), "%s+---------------- %zu ----------------\n", i ? "  " : "+-", i + 1);
    else
        snprintf(rule, sizeof(rule), "%s+---------------- ... ----------------\n", i ? "  " : "+-");
    if (i + 1 == n)
        s->need_close = true; /* by the innermost that ends here */
    int err = put_rule(s, rule);
    s->depth++;
    if (!err && i < GROUP_WIDTH)
        err = show_chain(s, rt_borrowed(rt_as_tuple(members)->items[i]));
    else if (!err)
        err = put(s, rt_str_format(ts, "and %d more exception%s\n", (int)(all - GROUP_WIDTH), all - GROUP_WIDTH > 1 ? "s" : ""), "| ");
    if (!err && i + 1 == n && s->need_close) {
        err = put_rule(s, "+------------------------------------\n");
        s->need_close = false;
    }
    s->depth--;
    return err;
}

static int show_group(struct show *s, rt_value exc)
{
    struct rt_thread *ts = s->ts;
    if (s->depth > GROUP_DEPTH)
        return put_cstr(s, "... (max_group_depth is 10)\n", "| ");
    bool outermost = !s->depth;
    s->depth += outermost;
    rt_value members = rt_getattr_cstr(ts, exc, "exceptions");
    int err = members.bits && rt_is_tuple(members) ? show_one(s, exc, true) : -1;
    size_t all = err ? 0 : rt_as_tuple(members)->length, n = all > GROUP_WIDTH ? GROUP_WIDTH + 1 : all;
    s->need_close = false;
    for (size_t i = 0; i < n && !err; i++)
        err = show_member(s, members, i, n);
    s->depth -= outermost;
    rt_decref(ts, members);
    return err;
}

/* What exc came from, unless that was shown; and the sentence between the two. */
static int show_origin(struct show *s, rt_value exc)
{
    struct rt_thread *ts = s->ts;
    rt_value from = rt_exc_cause(ts, exc);
    bool cause = from.bits, close = s->need_close;
    if (!cause && !rt_load_relaxed(&((struct rt_exc_base *)rt_ptr(exc))->suppress_context))
        from = rt_exc_context(ts, exc);
    int err = 0;
    rt_value id = from.bits ? rt_int_from_u64(ts, (uintptr_t)rt_ptr(from)) : RT_NULL;
    if (id.bits && rt_dict_contains(ts, s->seen, id) == 0 && rt_recursion_enter(ts, " in print_chained") == 0) {
        s->need_close = false;
        err = show_chain(s, from);
        s->need_close = close;
        rt_recursion_leave(ts);
        if (!err)
            err = put_cstr(s, cause ? "\nThe above exception was the direct cause of the following exception:\n\n"
                                    : "\nDuring handling of the above exception, another exception occurred:\n\n", "| ");
    } else {
        rt_exc_clear(ts); /* too many to be told */
    }
    rt_decref(ts, id);
    rt_decref(ts, from);
    return err;
}

static int show_chain(struct show *s, rt_value exc)
{
    struct rt_thread *ts = s->ts;
    rt_value id = rt_int_from_u64(ts, (uintptr_t)rt_ptr(exc));
    int err = id.bits ? rt_dict_set(ts, s->seen, id, RT_NONE) : -1;
    rt_decref(ts, id);
    if (!err)
        err = show_origin(s, exc);
    if (!err && rt_recursion_enter(ts, " in print_exception") == 0) {
        err = rt_type_is_subtype(rt_type_of(exc), &rt_exc_BaseExceptionGroup) ? show_group(s, exc) : show_one(s, exc, false);
        rt_recursion_leave(ts);
    }
    return err;
}

rt_value rt_exception_text(struct rt_thread *ts, rt_value exc, int64_t limit)
{
    struct show s = {.ts = ts, .make = rt_import_attr(ts, "traceback", "TracebackException"), .limit = limit};
    rt_strbuf_init(&s.out);
    s.seen = rt_dict_new(ts);
    int err = s.make.bits && s.seen.bits ? show_chain(&s, exc) : -1;
    rt_decref(ts, s.make);
    rt_decref(ts, s.seen);
    if (!err)
        return rt_strbuf_finish(ts, &s.out);
    rt_strbuf_abort(&s.out);
    return RT_NULL;
}
