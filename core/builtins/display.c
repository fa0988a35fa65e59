/* SPDX-License-Identifier: MIT */
/*
 * What happens to an exception that nobody caught: sys.excepthook, exit statuses, unraisable ones. Without
 * memory or library for its whole text (exc_text.c) a plain form is written here.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/builtins/builtins.h"
#include "core/builtins/sys.h"
#include "core/eval/frame.h"
#include "core/seam/config.h"
#include "core/types/exceptions/exceptions.h"

static int write_str(struct rt_thread *ts, rt_value file, rt_value s)
{
    rt_value r = s.bits ? rt_call_method(ts, file, "write", &s, 1) : RT_NULL;
    rt_decref(ts, s);
    rt_decref(ts, r);
    return r.bits ? 0 : -1;
}

static void display_plain(struct rt_thread *ts, rt_value exc, rt_value file)
{
    rt_value tb = rt_exc_traceback(ts, exc);
    if (tb.bits)
        rt_traceback_print_plain(ts, tb, file);
    rt_decref(ts, tb);
    rt_exc_clear(ts);
    rt_value s = rt_str(ts, exc);
    rt_exc_clear(ts);
    write_str(ts, file, s.bits && rt_str_len(s) ? rt_str_format(ts, "%s: %U\n", rt_typename(exc), s)
                                                : rt_str_format(ts, "%s\n", rt_typename(exc)));
    rt_decref(ts, s);
    rt_exc_clear(ts);
}

/* Before sys.stderr exists, or without memory for more: the C stream. */
static void display_raw(struct rt_thread *ts, rt_value exc)
{
    rt_value tb = rt_exc_traceback(ts, exc), next;
    if (tb.bits)
        fputs("Traceback (most recent call last):\n", stderr);
    for (; rt_is_ptr(tb) && rt_is_exact(tb, &rt_traceback_type); tb = next) {
        struct rt_traceback *t = (struct rt_traceback *)rt_ptr(tb);
        struct rt_frame_object *f = (struct rt_frame_object *)rt_ptr(t->frame);
        const char *file = rt_str_utf8(ts, rt_slot_peek(&f->code->filename), NULL);
        const char *name = rt_str_utf8(ts, rt_slot_peek(&f->code->name), NULL);
        fprintf(stderr, "  File \"%s\", line %d, in %s\n", file ? file : "?", (int)t->lineno, name ? name : "?");
        next = rt_slot_get(ts, t, &t->next);
        rt_decref(ts, tb);
    }
    rt_value s = rt_str(ts, exc);
    const char *text = s.bits ? rt_str_utf8(ts, s, NULL) : NULL;
    fprintf(stderr, text && *text ? "%s: %s\n" : "%s\n", rt_typename(exc), text);
    rt_decref(ts, s);
    rt_exc_clear(ts);
}

/* Where the carets of a SyntaxError end: at least one, none behind the line. */
static void clip_carets(struct rt_thread *ts, rt_value te)
{
    rt_value text = rt_getattr_opt_cstr(ts, te, "text"), from = rt_getattr_opt_cstr(ts, te, "offset");
    rt_value to = rt_getattr_opt_cstr(ts, te, "end_offset");
    if (rt_is_ptr(text) && rt_is_str(text) && rt_is_int(from) && rt_is_int(to) && rt_int_get(to)) {
        int64_t n = (int64_t)rt_str_len(text), start = rt_int_get(from), end = rt_int_get(to);
        while (n && (rt_str_at(rt_as_str(text), (size_t)n - 1) == '\n' || rt_str_at(rt_as_str(text), (size_t)n - 1) == '\r'))
            n--;
        end = end > n + 1 ? n + 1 : end;
        end = end <= start ? start + 1 : end;
        if (end != rt_int_get(to))
            rt_setattr_cstr(ts, te, "end_offset", rt_int_imm(end));
    }
    rt_decref(ts, text);
    rt_decref(ts, from);
    rt_decref(ts, to);
    rt_exc_clear(ts);
}

/* The library keeps the tabs that a line of a SyntaxError begins with; here they go, as spaces do. */
static void strip_tabs(struct rt_thread *ts, rt_value te)
{
    static const char *const ends[] = {"offset", "end_offset"};
    rt_value text = rt_getattr_opt_cstr(ts, te, "text");
    size_t n = rt_is_ptr(text) && rt_is_str(text) ? rt_str_len(text) : 0, skip = 0;
    for (uint32_t c; skip < n && ((c = rt_str_at(rt_as_str(text), skip)) == ' ' || c == '\t' || c == '\f');)
        skip++;
    rt_value rest = skip ? rt_str_sub(ts, text, skip, n) : RT_NULL;
    if (rest.bits)
        rt_setattr_cstr(ts, te, "text", rest);
    for (size_t i = 0; rest.bits && i < 2; i++) {
        rt_value v = rt_getattr_opt_cstr(ts, te, ends[i]);
        if (v.bits && rt_is_int(v) && rt_int_get(v) > 0)
            rt_setattr_cstr(ts, te, ends[i], rt_int_imm(rt_int_get(v) - (int64_t)skip));
        rt_decref(ts, v);
    }
    rt_decref(ts, rest);
    rt_decref(ts, text);
    rt_exc_clear(ts);
}

void rt_display_amend(struct rt_thread *ts, rt_value te, rt_value exc)
{
    rt_value s = rt_suggestion(ts, exc), old, text;
    if (s.bits) {
        old = rt_getattr_cstr(ts, te, "_str");
        text = old.bits ? rt_str_format(ts, "%S. Did you mean: '%U'?", old, s) : RT_NULL;
        if (text.bits)
            rt_setattr_cstr(ts, te, "_str", text);
        rt_decref(ts, text);
        rt_decref(ts, old);
        rt_decref(ts, s);
    }
    rt_exc_clear(ts);
    if (rt_type_is_subtype(rt_type_of(exc), &rt_exc_SyntaxError)) {
        clip_carets(ts, te);
        strip_tabs(ts, te);
    }
}

/* sys.tracebacklimit: the latest entries only; the library would show the first. -1: no limit. */
static int64_t traceback_limit(struct rt_thread *ts)
{
    rt_value v = rt_sys_get(ts, "tracebacklimit");
    int64_t n = -1;
    if (v.bits && rt_is_any_int(v) && rt_int_try_i64(v, &n))
        n = n < 0 ? 0 : n > INT32_MAX ? -1 : n;
    else if (v.bits && rt_is_any_int(v))
        n = rt_int_sign(v) < 0 ? 0 : -1;
    rt_decref(ts, v);
    rt_exc_clear(ts);
    return n;
}

void rt_display_exception(struct rt_thread *ts, rt_value exc, rt_value file)
{
    if (rt_is_none(file))
        return;
    rt_value text = rt_exception_text(ts, exc, traceback_limit(ts)), r;
    rt_value err = rt_sys_get(ts, "__stderr__");
    bool raw = rt_is_null(text) && rt_exc_is(ts, &rt_exc_MemoryError) && rt_is(err, file);
    rt_exc_clear(ts);
    rt_decref(ts, err);
    if (text.bits)
        write_str(ts, file, text);
    else if (raw)
        display_raw(ts, exc); /* what was written in parts would be lost in part */
    else
        display_plain(ts, exc, file);
    rt_exc_clear(ts);
    r = rt_call_method(ts, file, "flush", NULL, 0);
    rt_decref(ts, r);
    rt_exc_clear(ts);
}

void rt_print_exception(struct rt_thread *ts, rt_value exc)
{
    rt_alloc_use_reserve();
    rt_value hook = rt_sys_get(ts, "excepthook"), tb = rt_exc_traceback(ts, exc), r, err = rt_sys_get(ts, "stderr");
    rt_decref(ts, err);
    if (rt_is_null(err)) {
        display_raw(ts, exc);
        rt_decref(ts, hook);
        rt_decref(ts, tb);
        return;
    }
    rt_sys_set(ts, "last_type", rt_type_value(rt_type_of(exc)));
    rt_sys_set(ts, "last_value", exc);
    rt_sys_set(ts, "last_traceback", tb.bits ? tb : RT_NONE);
    if (rt_audit(ts, "sys.excepthook", "OOOO", hook, rt_type_value(rt_type_of(exc)), exc, tb) < 0) {
        if (rt_exc_is(ts, &rt_exc_RuntimeError)) { /* the hook says no */
            rt_exc_clear(ts);
            rt_decref(ts, hook);
            rt_decref(ts, tb);
            return;
        }
        rt_write_unraisable_msg(ts, "in audit hook", RT_NULL);
    }
    if (rt_is_null(hook)) {
        fputs("sys.excepthook is missing\n", stderr);
        rt_value file = rt_sys_get(ts, "stderr");
        rt_display_exception(ts, exc, file.bits ? file : RT_NONE);
        rt_decref(ts, file);
    } else {
        r = rt_call3(ts, hook, rt_type_value(rt_type_of(exc)), exc, tb.bits ? tb : RT_NONE);
        if (rt_is_null(r)) {
            rt_value second = rt_exc_take(ts), file = rt_sys_get(ts, "stderr");
            if (rt_type_is_subtype(rt_type_of(second), &rt_exc_SystemExit)) {
                rt_decref(ts, hook);
                rt_decref(ts, tb);
                rt_exc_put(ts, second);
                exit(rt_exit_status(ts));
            }
            if (file.bits && !rt_is_none(file)) {
                write_str(ts, file, rt_str_from_cstr(ts, "Error in sys.excepthook:\n"));
                rt_display_exception(ts, second, file);
                write_str(ts, file, rt_str_from_cstr(ts, "\nOriginal exception was:\n"));
                rt_display_exception(ts, exc, file);
            }
            rt_decref(ts, file);
            rt_decref(ts, second);
        }
        rt_decref(ts, r);
    }
    rt_exc_clear(ts);
    rt_decref(ts, hook);
    rt_decref(ts, tb);
}

static int system_exit(struct rt_thread *ts, rt_value exc)
{
    rt_value code = rt_getattr_opt_cstr(ts, exc, "code");
    int status = 0;
    rt_exc_clear(ts);
    if (rt_is_null(code) || rt_is_none(code)) {
        status = 0;
    } else if (rt_is_any_int(code)) {
        int64_t i;
        status = rt_int_try_i64(code, &i) ? (int)i : -1;
    } else {
        rt_value file = rt_sys_get(ts, "stderr"), s = rt_str(ts, code);
        if (rt_is_null(s))
            rt_exc_clear(ts);
        rt_value out = rt_sys_get(ts, "stdout"), r = out.bits && !rt_is_none(out) ? rt_call_method(ts, out, "flush", NULL, 0) : RT_NULL;
        rt_exc_clear(ts);
        rt_decref(ts, r);
        rt_decref(ts, out);
        if (file.bits && !rt_is_none(file) && s.bits) {
            write_str(ts, file, s);
            write_str(ts, file, rt_str_from_cstr(ts, "\n"));
            rt_exc_clear(ts);
        }
        rt_decref(ts, file);
        status = 1;
    }
    rt_decref(ts, code);
    return status & 0xff;
}

bool rt_exit_inspects;

int rt_exit_status(struct rt_thread *ts)
{
    rt_value exc = rt_exc_take(ts);
    if (rt_is_null(exc))
        return 0;
    int status = 1;
    if (rt_type_is_subtype(rt_type_of(exc), &rt_exc_SystemExit) && !rt_exit_inspects) {
        status = system_exit(ts, exc);
    } else {
        bool interrupted = rt_type_of(exc) == &rt_exc_KeyboardInterrupt;
        rt_print_exception(ts, exc);
        if (interrupted && !rt_runtime.config->interactive)
            rt_interrupted_exit = true;
    }
    rt_decref(ts, exc);
    return status;
}
