/* SPDX-License-Identifier: MIT */
/*
 * compile.c: the way from source or tree to a code object, errors and warnings of the compiler.
 *
 * A compilation lives on the C stack of rt_compile_ast; errors return there by longjmp with the exception set.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/compiler/compiler_internal.h"
#include "core/seam/config.h"
#include "core/thread/runtime.h"

/* ---- errors ---- */

void rt_comp_fail(struct rt_comp *c)
{
    longjmp(c->fail, 1);
}

void rt_comp_nomem(struct rt_comp *c)
{
    rt_raise_no_memory(c->ts);
    rt_comp_fail(c);
}

void rt_comp_too_deep(struct rt_comp *c)
{
    rt_raise(c->ts, &rt_exc_RecursionError, "maximum recursion depth exceeded during compilation");
    rt_comp_fail(c);
}

rt_value rt_compile_program_text(struct rt_thread *ts, rt_value filename, int lineno)
{
    const char *name = rt_str_utf8(ts, filename, NULL);
    if (!name || lineno < 1) {
        rt_exc_clear(ts);
        return RT_NONE;
    }
    rt_detach(ts, RT_DETACH_IO);
    FILE *f = fopen(name, "rbe");
    char *line = NULL;
    size_t room = 0;
    ssize_t n = -1;
    for (int i = 0; f && i < lineno; i++) {
        n = getline(&line, &room, f);
        if (n < 0)
            break;
    }
    if (f)
        fclose(f);
    rt_attach(ts);
    rt_value v = RT_NONE;
    if (n >= 2 && line[n - 2] == '\r' && line[n - 1] == '\n')
        line[n-- - 2] = '\n';
    if (n >= 0) {
        v = rt_str_from_utf8(ts, line, (size_t)n, "replace");
        if (rt_is_null(v)) {
            rt_exc_clear(ts);
            v = RT_NONE;
        }
    }
    free(line);
    return v;
}

/* Raises SyntaxError(msg, (filename, line, col, text, end_line, end_col)); without an end if end_line is negative. Consumes msg. */
static void raise_syntax_error(struct rt_comp *c, rt_value msg, int line, int col, int end_line, int end_col)
{
    struct rt_thread *ts = c->ts;
    if (rt_is_null(msg))
        return;
    rt_value text = rt_compile_program_text(ts, c->filename, line);
    rt_value items[6] = {c->filename, rt_int_imm(line), rt_int_imm(col + 1), text, rt_int_imm(end_line), rt_int_imm(end_col + 1)};
    if (end_line < 0) {
        items[4] = items[1];
        items[5] = RT_NONE;
    }
    rt_value args[2] = {msg, rt_tuple_from(ts, items, 6)}, exc = RT_NULL;
    if (!rt_is_null(args[1]))
        exc = rt_call(ts, rt_type_value(&rt_exc_SyntaxError), args, 2, RT_NULL);
    if (!rt_is_null(exc))
        rt_raise_instance(ts, exc);
    rt_decref(ts, exc);
    rt_decref(ts, args[1]);
    rt_decref(ts, text);
    rt_decref(ts, msg);
}

static rt_value vmessage(struct rt_comp *c, const char *fmt, va_list ap)
{
    return rt_str_vformat(c->ts, fmt, ap);
}

void rt_comp_error(struct rt_comp *c, const struct rt_ast *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value msg = vmessage(c, fmt, ap);
    va_end(ap);
    if (at)
        raise_syntax_error(c, msg, at->lineno, at->col_offset, at->end_lineno, at->end_col_offset);
    else if (c->u)
        raise_syntax_error(c, msg, c->u->loc.line, c->u->loc.col, c->u->loc.end_line, c->u->loc.end_col);
    else
        raise_syntax_error(c, msg, 0, -1, 0, -1);
    rt_comp_fail(c);
}

void rt_comp_error_loc(struct rt_comp *c, int line, int col, int end_line, int end_col, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value msg = vmessage(c, fmt, ap);
    va_end(ap);
    raise_syntax_error(c, msg, line, col, end_line, end_col);
    rt_comp_fail(c);
}

/* A SyntaxWarning; where the filters make it an error, a SyntaxError. */
void rt_comp_warn(struct rt_comp *c, const struct rt_ast *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value msg = vmessage(c, fmt, ap);
    va_end(ap);
    if (rt_is_null(msg))
        rt_comp_fail(c);
    int failed = rt_warn_explicit(c->ts, &rt_exc_SyntaxWarning, msg, c->filename, at->lineno, RT_NULL);
    if (!failed) {
        rt_decref(c->ts, msg);
        return;
    }
    if (rt_exc_clear_if(c->ts, &rt_exc_SyntaxWarning))
        raise_syntax_error(c, msg, at->lineno, at->col_offset, at->end_lineno, at->end_col_offset);
    else
        rt_decref(c->ts, msg);
    rt_comp_fail(c);
}

/* ---- memory and names ---- */

void *rt_comp_alloc(struct rt_comp *c, size_t size)
{
    void *p = rt_arena_alloc(c->arena, size);
    if (rt_unlikely(!p))
        rt_comp_nomem(c);
    return p;
}

const struct rt_ast_ident *rt_comp_ident(struct rt_comp *c, const char *s)
{
    const struct rt_ast_ident *id = rt_arena_ident(c->arena, s, strlen(s));
    if (!id)
        rt_comp_nomem(c);
    return id;
}

rt_value rt_comp_ident_value(struct rt_comp *c, const struct rt_ast_ident *id)
{
    if (rt_likely(id->note))
        return RT_VALUE(id->note);
    rt_value v = rt_str_intern_utf8(c->ts, id->utf8, id->len);
    if (rt_is_null(v))
        rt_comp_fail(c);
    ((struct rt_ast_ident *)id)->note = v.bits; /* interned: lives as long as the process */
    return v;
}

rt_value rt_comp_keep(struct rt_comp *c, rt_value owned)
{
    if (!rt_is_ptr(owned))
        return owned;
    rt_value word = rt_borrowed(owned);
    if (rt_list_append_steal(c->ts, c->keep, owned) < 0)
        rt_comp_fail(c);
    return word;
}

static void release(struct rt_comp *c)
{
    while (c->u) {
        struct rt_unit *u = c->u;
        c->u = u->parent;
        rt_cg_unit_free(u);
    }
    while (c->spare) {
        struct rt_unit *u = c->spare;
        c->spare = u->parent;
        rt_cg_unit_free(u);
    }
    free(c->scopes);
    free(c->canon);
    free(c->canon_hash);
    rt_decref(c->ts, c->keep);
}

/* ---- entry points ---- */

static rt_value run(struct rt_comp *c, struct rt_ast *mod, rt_value (*finish)(struct rt_comp *, struct rt_ast *))
{
    c->id_class = rt_comp_ident(c, "__class__");
    c->id_debug = rt_comp_ident(c, "__debug__");
    c->id_top = rt_comp_ident(c, "top");
    c->id_annotations = rt_comp_ident(c, "__annotations__");
    c->id_doc = rt_comp_ident(c, "__doc__");
    c->id_super = rt_comp_ident(c, "super");
    rt_future_scan(c, mod);
    rt_symtable_build(c, mod);
    return finish(c, mod);
}

/* The compilation of a tree up to `finish`, which makes the result (a kept word). */
rt_value rt_comp_run(struct rt_thread *ts, struct rt_arena *arena, struct rt_ast *mod, rt_value filename, int flags, int optimize,
                     rt_value (*finish)(struct rt_comp *, struct rt_ast *))
{
    enum { FUTURES = RT_CO_FUTURE_DIVISION | 0x40000 | 0x80000 | 0x100000 | 0x200000 | RT_CO_FUTURE_BARRY |
                     RT_CO_FUTURE_GENERATOR_STOP | RT_CO_FUTURE_ANNOTATIONS };
    struct rt_comp c = {
        .ts = ts, .arena = arena, .filename = filename, .flags = flags, .optimize = optimize < 0 ? rt_runtime.config->optimize : optimize,
        .future = flags & FUTURES, .interactive = mod->kind == RT_AST_Interactive,
        .recursion_limit = (int)rt_load_relaxed(&ts->py_depth_limit) * 3,
    };
    rt_value result = RT_NULL;
    c.no_fold = (flags & RT_COMP_SYMTABLE) != 0;
    c.keep = rt_list_new(ts, 64);
    if (rt_is_null(c.keep))
        return RT_NULL;
    if (setjmp(c.fail) == 0) {
        rt_value v = run(&c, mod, finish);
        result = rt_newref(ts, v);
    }
    release(&c);
    return result;
}

rt_value rt_compile_ast(struct rt_thread *ts, struct rt_arena *arena, struct rt_ast *mod, rt_value filename, int flags,
                        int optimize)
{
    return rt_comp_run(ts, arena, mod, filename, flags, optimize, rt_cg_module);
}

rt_value rt_compile_source(struct rt_thread *ts, const char *text, size_t n, rt_value filename, enum rt_parse_mode mode, int flags,
                           int optimize)
{
    struct rt_arena *arena = rt_arena_new();
    if (!arena)
        return rt_raise_no_memory(ts);
    struct rt_ast *mod = rt_compile_parse(ts, arena, text, n, filename, mode, flags, -1);
    rt_value code = mod ? rt_compile_ast(ts, arena, mod, filename, flags, optimize) : RT_NULL;
    bool away = n > RT_LONG_TEXT;
    if (away)
        rt_detach(ts, RT_DETACH_NATIVE);
    rt_arena_free(arena);
    if (away)
        rt_attach(ts);
    return code;
}
