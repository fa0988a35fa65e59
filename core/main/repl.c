/* SPDX-License-Identifier: MIT */
/*
 * The interactive prompt: lines from sys.stdin through input() when it is a terminal, the library's codeop
 * rules for when a statement is complete: a block ends with an empty line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/builtins/builtins.h"
#include "core/compiler/compile.h"
#include "core/eval/frame.h"
#include "core/main/repl.h"
#include "core/types/exceptions/exceptions.h"

/* One line with its newline, owned; RT_NULL at the end (no exception) or on error. */
static rt_value read_line(struct rt_thread *ts, const char *prompt_name, const char *deflt)
{
    rt_value p = rt_sys_get(ts, prompt_name), s = p.bits ? rt_str(ts, p) : rt_str_from_cstr(ts, deflt), in, out, r, line;
    rt_decref(ts, p);
    out = rt_sys_get(ts, "stdout");
    if (out.bits && !rt_is_none(out)) {
        r = rt_call_method(ts, out, "flush", NULL, 0);
        rt_decref(ts, r);
        rt_exc_clear(ts);
    }
    in = rt_sys_get(ts, "stdin");
    line = s.bits && out.bits && in.bits ? rt_input_edited(ts, in, out, s) : RT_UNDEF;
    rt_decref(ts, in);
    rt_clear(ts, &out);
    /* to stderr, as CPython: the output of a piped session stays free of prompts */
    out = rt_sys_get(ts, "stderr");
    if (!rt_is_undef(line)) {
        rt_decref(ts, s);
        rt_decref(ts, out);
        if (line.bits && rt_str_len(line) == 0)
            rt_clear(ts, &line);
        return line;
    }
    if (s.bits && out.bits && !rt_is_none(out)) {
        r = rt_call_method(ts, out, "write", &s, 1);
        rt_decref(ts, r);
        r = r.bits ? rt_call_method(ts, out, "flush", NULL, 0) : RT_NULL;
        rt_decref(ts, r);
        rt_exc_clear(ts);
    }
    rt_decref(ts, s);
    rt_decref(ts, out);
    in = rt_sys_get(ts, "stdin");
    if (rt_is_null(in) || rt_is_none(in))
        return RT_NULL;
    line = rt_call_method(ts, in, "readline", NULL, 0);
    rt_decref(ts, in);
    if (line.bits && rt_is_str(line) && rt_str_len(line) == 0) {
        rt_decref(ts, line);
        return RT_NULL;
    }
    return line;
}

static bool ends_line(rt_value text)
{
    size_t n = rt_str_len(text);
    return n && rt_str_at(rt_as_str(text), n - 1) == '\n';
}

/* Compile what has been read: code, RT_NONE if more is wanted, RT_NULL with exception. */
static rt_value compile_so_far(struct rt_thread *ts, rt_value compiler, rt_value text)
{
    /* the last line comes without its newline: a block goes on until an empty one */
    rt_value s = ends_line(text) ? rt_str_sub(ts, text, 0, rt_str_len(text) - 1) : rt_newref(ts, text);
    rt_value args[3] = {s, rt_str_intern_cstr(ts, "<stdin>"), rt_str_intern_cstr(ts, "single")}, code;
    code = s.bits ? rt_call(ts, compiler, args, 3, RT_NULL) : RT_NULL;
    rt_decref(ts, s);
    if (rt_is_null(code) && rt_exc_clear_if(ts, &rt_exc_SyntaxError)) { /* with its newline: the message for a whole line */
        args[0] = text;
        code = rt_call(ts, compiler, args, 3, RT_NULL);
    }
    return code;
}

/* The input has ended within text: it is run as it is, or found wrong. */
static rt_value compile_cut_off(struct rt_thread *ts, rt_value text)
{
    size_t n;
    const char *s = rt_str_utf8(ts, text, &n);
    return s ? rt_compile_source(ts, s, n, rt_str_intern_cstr(ts, "<stdin>"), RT_PARSE_SINGLE, 0, -1) : RT_NULL;
}

/* What the user typed is wrong: the frames of codeop do not belong to it. */
static void hide_compiler(struct rt_thread *ts)
{
    rt_value e = rt_exc_take(ts);
    rt_exc_set_traceback(ts, e, RT_NULL);
    rt_exc_put(ts, e);
}

static bool show_prompt_banner(struct rt_thread *ts, const struct rt_config *c)
{
    if (c->quiet || c->mode != RT_RUN_STDIN)
        return true;
    rt_value v = rt_sys_get(ts, "version");
    const char *s = v.bits ? rt_str_utf8(ts, v, NULL) : "";
    fprintf(stderr, "Python %s on linux\nType \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n", s);
    rt_decref(ts, v);
    return true;
}

/* The file that PYTHONSTARTUP names, in __main__; its errors are shown and forgotten. */
static void run_startup_file(struct rt_thread *ts, const struct rt_config *c)
{
    static const char program[] = "import sys, tokenize\n"
                                  "try: file = tokenize.open(name)\n"
                                  "except OSError as e:\n"
                                  "    print('Could not open PYTHONSTARTUP', file=sys.stderr)\n"
                                  "    e.__traceback__ = None\n"
                                  "    raise\n"
                                  "with file: text = file.read()\n"
                                  "code = compile(text, name, 'exec', 0, True)\n";
    const char *name = c->mode == RT_RUN_STDIN ? rt_config_env(c, "PYTHONSTARTUP") : NULL;
    if (!name)
        return;
    rt_value ns = rt_dict_new(ts), m = rt_import(ts, "__main__"), code = RT_NULL, r = RT_NULL;
    rt_value program_code = rt_compile_source(ts, program, sizeof(program) - 1, rt_str_intern_cstr(ts, "<startup>"), RT_PARSE_EXEC, 0, -1);
    rt_value file = rt_str_fsdecode(ts, name, strlen(name));
    if (ns.bits && m.bits && program_code.bits && file.bits && rt_dict_set_cstr(ts, ns, "name", file) == 0)
        r = rt_eval_code(ts, program_code, ns, RT_NULL, RT_NULL);
    if (r.bits && (code = rt_dict_get_cstr(ts, ns, "code")).bits) {
        rt_decref(ts, r);
        r = rt_eval_code(ts, code, rt_module_dict_borrowed(m), RT_NULL, RT_NULL);
    } else if (rt_exc_is(ts, &rt_exc_OSError)) {
        hide_compiler(ts);
    }
    rt_decref(ts, r);
    rt_decref(ts, code);
    rt_decref(ts, file);
    rt_decref(ts, program_code);
    rt_decref(ts, ns);
    rt_decref(ts, m);
    if (rt_pending(ts))
        rt_exit_status(ts);
}

/* What site has put there: completion, the history of earlier sessions. */
static void run_interactive_hook(struct rt_thread *ts)
{
    rt_value f = rt_sys_get(ts, "__interactivehook__"), r = rt_is_null(f) ? RT_NONE : rt_call0(ts, f);
    rt_decref(ts, f);
    rt_decref(ts, r);
    if (rt_is_null(r)) {
        fputs("Failed calling sys.__interactivehook__\n", stderr);
        rt_value e = rt_exc_take(ts);
        rt_print_exception(ts, e);
        rt_decref(ts, e);
    }
}

enum reading { LINE, ENDED, AGAIN, NOTHING };

/* One line more for *text. ENDED: it is the last one. NOTHING: no text either, or an exception that ends the session. */
static enum reading read_more(struct rt_thread *ts, rt_value *text, int *status)
{
    rt_value line = read_line(ts, text->bits ? "ps2" : "ps1", text->bits ? "... " : ">>> ");
    bool ended = rt_is_null(line);
    if (line.bits && !ends_line(line)) { /* the last one of a file: what follows it is asked for */
        rt_decref(ts, read_line(ts, "ps2", "... "));
        ended = true;
    }
    if (rt_pending(ts)) {
        rt_decref(ts, line);
        if (rt_exc_clear_if(ts, &rt_exc_KeyboardInterrupt)) {
            fputs("\nKeyboardInterrupt\n", stderr);
            rt_clear(ts, text);
            return AGAIN;
        }
        if (!rt_exc_clear_if(ts, &rt_exc_OSError)) /* no more input: as if it had ended */
            *status = rt_exit_status(ts);
        return NOTHING;
    }
    if (ended)
        fputc('\n', stderr); /* behind the prompt */
    if (line.bits) {
        rt_value whole = text->bits ? rt_str_concat(ts, *text, line) : rt_newref(ts, line);
        rt_decref(ts, line);
        rt_decref(ts, *text);
        *text = whole;
    }
    return rt_is_null(*text) ? NOTHING : ended ? ENDED : LINE;
}

int rt_repl(struct rt_thread *ts, const struct rt_config *c)
{
    rt_value cls, compiler, mods, m, d;
    int status = 0;
    show_prompt_banner(ts, c);
    run_startup_file(ts, c);
    run_interactive_hook(ts);
    rt_exit_inspects = false; /* from here on SystemExit leaves */
    if (rt_is_null(cls = rt_sys_get(ts, "ps1")))
        rt_sys_set(ts, "ps1", rt_str_intern_cstr(ts, ">>> "));
    rt_decref(ts, cls);
    if (rt_is_null(cls = rt_sys_get(ts, "ps2")))
        rt_sys_set(ts, "ps2", rt_str_intern_cstr(ts, "... "));
    rt_decref(ts, cls);
    cls = rt_import_attr(ts, "codeop", "CommandCompiler");
    compiler = cls.bits ? rt_call0(ts, cls) : RT_NULL;
    rt_decref(ts, cls);
    if (rt_is_null(compiler))
        return rt_exit_status(ts);
    mods = rt_slot_get(ts, NULL, &ts->interp->modules);
    m = rt_dict_get(ts, mods, RT_ID(__main__));
    d = rt_newref(ts, rt_module_dict_borrowed(m));
    rt_decref(ts, m);
    rt_decref(ts, mods);
    rt_value text = RT_NULL;
    for (;;) {
        enum reading what = read_more(ts, &text, &status);
        rt_value code = RT_NULL;
        if (what == AGAIN)
            continue;
        if (what == NOTHING)
            break;
        code = text.bits ? compile_so_far(ts, compiler, text) : RT_NULL;
        if (what == ENDED && code.bits && rt_is_none(code))
            code = compile_cut_off(ts, text);
        if (rt_is_null(code) && rt_exc_is(ts, &rt_exc_SyntaxError))
            hide_compiler(ts);
        if (code.bits && rt_is_none(code))
            continue;
        if (code.bits) {
            rt_interrupted_exit = false; /* of what is run last */
            rt_value r = rt_eval_code(ts, code, d, RT_NULL, RT_NULL);
            rt_decref(ts, r);
            rt_decref(ts, code);
        }
        rt_clear(ts, &text);
        if (rt_pending(ts)) {
            bool leaves = rt_exc_is(ts, &rt_exc_SystemExit);
            int st = rt_exit_status(ts);
            if (leaves) {
                status = st;
                break;
            }
        }
        rt_flush_std(ts, NULL);
    }
    rt_decref(ts, d);
    rt_decref(ts, compiler);
    return status;
}
