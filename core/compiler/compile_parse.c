/* SPDX-License-Identifier: MIT */
/*
 * compile_parse.c: the parser for callers that live among objects: codecs, warnings and exceptions
 * around rt_parse().
 */
#include "core/compiler/compile.h"
#include "core/eval/code.h"

#include <stdlib.h>
#include <string.h>

/* str out of the parser's UTF-8, which may be broken where the source was, or hold surrogates. */
static rt_value text_value(struct rt_thread *ts, const char *s, size_t n)
{
    rt_value v = rt_str_from_utf8(ts, s, n, "surrogatepass");
    if (!rt_is_null(v) || !rt_exc_is(ts, &rt_exc_UnicodeDecodeError))
        return v;
    rt_exc_clear(ts);
    return rt_str_from_utf8(ts, s, n, "replace");
}

struct place {
    int lineno, offset, end_lineno, end_offset;
    const char *text;
    size_t text_len;
};

/* (filename, lineno, offset, text, end_lineno, end_offset), or without the end for errors that have
 * no line. */
static rt_value place_value(struct rt_thread *ts, rt_value filename, const struct place *p)
{
    bool line = p->lineno != 0 || p->offset != -1;
    rt_value text = p->text ? text_value(ts, p->text, p->text_len) : RT_NONE;
    if (rt_is_null(text))
        return RT_NULL;
    rt_value items[6] = {filename, rt_int_imm(p->lineno), rt_int_imm(p->offset), text,
        rt_int_imm(p->end_lineno), rt_int_imm(p->end_offset)};
    rt_value t = rt_tuple_from(ts, items, line ? 6 : 4);
    rt_decref(ts, text);
    return t;
}

static void raise_at(struct rt_thread *ts, struct rt_type *type, const char *msg, rt_value filename,
    const struct place *p)
{
    rt_value args[2] = {text_value(ts, msg, strlen(msg)), RT_NULL}, exc = RT_NULL;
    if (!rt_is_null(args[0]))
        args[1] = place_value(ts, filename, p);
    if (!rt_is_null(args[1]))
        exc = rt_call(ts, rt_type_value(type), args, 2, RT_NULL);
    if (!rt_is_null(exc))
        rt_raise_instance(ts, exc);
    rt_decref(ts, exc);
    rt_decref(ts, args[0]);
    rt_decref(ts, args[1]);
}

void rt_compile_raise_parse_error(struct rt_thread *ts, const void *parse_error, rt_value filename)
{
    const struct rt_parse_error *e = parse_error;
    struct place p = {e->lineno, e->offset, e->end_lineno, e->end_offset, e->text, e->text_len};
    switch (e->kind) {
    case RT_PARSE_SYNTAX_ERROR:
        if (e->has_location)
            raise_at(ts, &rt_exc_SyntaxError, e->msg, filename, &p);
        else
            rt_raise(ts, &rt_exc_SyntaxError, "%s", e->msg);
        break;
    case RT_PARSE_INDENTATION_ERROR:
        raise_at(ts, &rt_exc_IndentationError, e->msg, filename, &p);
        break;
    case RT_PARSE_TAB_ERROR: raise_at(ts, &rt_exc_TabError, e->msg, filename, &p); break;
    case RT_PARSE_UNICODE_DECODE_ERROR:
        /* the decoder raises it again */
        rt_decref(ts, rt_str_from_utf8(ts, e->text, e->text_len, NULL));
        break;
    case RT_PARSE_VALUE_ERROR: rt_raise(ts, &rt_exc_ValueError, "%s", e->msg); break;
    case RT_PARSE_RECURSION_ERROR: rt_raise(ts, &rt_exc_RecursionError, "%s", e->msg); break;
    case RT_PARSE_OVERFLOW_ERROR: rt_raise(ts, &rt_exc_OverflowError, "%s", e->msg); break;
    case RT_PARSE_MEMORY_ERROR: rt_raise_none(ts, &rt_exc_MemoryError); break;
    case RT_PARSE_OK:
    case RT_PARSE_CALLBACK_ERROR:
        if (!rt_pending(ts))
            rt_raise(ts, &rt_exc_SystemError, "parser failed without an exception");
        break;
    }
}

/* What the callbacks need. */
struct source {
    struct rt_thread *ts;
    rt_value filename;
    rt_value line;              /* owned: the last line asked for */
    bool script;
    bool away;                  /* detached while the parser runs: a long text shall not stop others */
};

static void come_back(struct source *d)
{
    if (d->away)
        rt_attach(d->ts);
}

static void go_away(struct source *d)
{
    if (d->away)
        rt_detach(d->ts, RT_DETACH_NATIVE);
}

/* A failing codec makes a SyntaxError with the codec's words. */
static void codec_failed(struct source *d, const char *encoding)
{
    struct rt_thread *ts = d->ts;
    if (!rt_exc_is(ts, &rt_exc_LookupError) && !rt_exc_is(ts, &rt_exc_ValueError) &&
        !rt_exc_is(ts, &rt_exc_SyntaxError))
        return;
    if (d->script) {
        rt_exc_clear(ts);
        rt_raise(ts, &rt_exc_SyntaxError, "encoding problem: %s", encoding);
        return;
    }
    rt_value exc = rt_exc_take(ts), text = rt_str(ts, exc);
    const char *s = rt_is_null(text) ? NULL : rt_str_utf8(ts, text, NULL);
    struct place p = {.offset = -1};
    if (s)
        raise_at(ts, &rt_exc_SyntaxError, s, d->filename, &p);
    rt_decref(ts, text);
    rt_decref(ts, exc);
}

static bool decode(void *ctx, const char *encoding, const char *bytes, size_t len, char **utf8,
    size_t *utf8_len, bool *unknown)
{
    struct source *d = ctx;
    come_back(d);
    rt_value s = rt_str_decode(d->ts, bytes, len, encoding, NULL);
    size_t n;
    const char *p = rt_is_null(s) ? NULL : rt_str_utf8(d->ts, s, &n);
    *unknown = false;
    *utf8 = p ? malloc(n + 1) : NULL;
    if (*utf8) {
        memcpy(*utf8, p, n);
        *utf8_len = n;
    } else if (rt_pending(d->ts)) {
        codec_failed(d, encoding);
    } else {
        rt_raise_no_memory(d->ts);
    }
    rt_decref(d->ts, s);
    go_away(d);
    return *utf8 != NULL;
}

static const char *line_of_file(void *ctx, int lineno, size_t *len)
{
    struct source *d = ctx;
    come_back(d);
    rt_decref(d->ts, d->line);
    d->line = rt_compile_program_text(d->ts, d->filename, lineno);
    const char *s = rt_is_str(d->line) ? rt_str_utf8(d->ts, d->line, len) : NULL;
    if (!s)
        rt_exc_clear(d->ts);
    go_away(d);
    return s;
}

/* Under an "error" filter the warning is a SyntaxError at the place that it is about. */
static bool warn_one(struct rt_thread *ts, const struct rt_parse_warning *w, rt_value filename)
{
    struct rt_type *category = strcmp(w->category, "SyntaxWarning") == 0
        ? &rt_exc_SyntaxWarning
        : &rt_exc_DeprecationWarning;
    rt_value msg = text_value(ts, w->msg, strlen(w->msg));
    if (rt_is_null(msg))
        return false;
    int failed = rt_warn_explicit(ts, category, msg, filename, w->lineno, RT_NULL);
    rt_decref(ts, msg);
    if (!failed)
        return true;
    if (rt_exc_clear_if(ts, category)) {
        struct place p = {w->lineno, w->offset, w->end_lineno, w->end_offset, w->text, w->text_len};
        raise_at(ts, &rt_exc_SyntaxError, w->msg, filename, &p);
    }
    return false;
}

struct rt_ast *rt_compile_parse(struct rt_thread *ts, struct rt_arena *arena, const char *text,
    size_t n, rt_value filename, enum rt_parse_mode mode, int flags, int feature_version)
{
    struct source d = {ts, filename, RT_NULL, (flags & RT_CF_SCRIPT) != 0, n > RT_LONG_TEXT};
    struct rt_parse_options opt = {
        .mode = mode,
        .feature_version = feature_version < 0 ? 11 : feature_version,
        .decode = decode,
        .line = line_of_file,
        .stack_limit = ts->c_stack_limit,
        .ctx = &d,
        .max_str_digits = (int)rt_load_relaxed(&ts->interp->int_max_str_digits),
        .flags = (flags & RT_CF_TYPE_COMMENTS ? RT_PARSE_TYPE_COMMENTS : 0) |
            (flags & RT_CF_DONT_IMPLY_DEDENT ? RT_PARSE_DONT_IMPLY_DEDENT : 0) |
            (flags & RT_CF_ALLOW_INCOMPLETE_INPUT ? RT_PARSE_ALLOW_INCOMPLETE_INPUT : 0) |
            (flags & (RT_CF_IGNORE_COOKIE | RT_CF_SOURCE_IS_UTF8) ? RT_PARSE_IGNORE_COOKIE : 0) |
            (flags & RT_CO_FUTURE_BARRY ? RT_PARSE_BARRY_AS_BDFL : 0) |
            (flags & RT_CF_SCRIPT ? RT_PARSE_SCRIPT : 0),
    };
    struct rt_parse_result r;
    go_away(&d);
    bool ok = rt_parse(arena, text, n, &opt, &r);
    come_back(&d);
    rt_decref(ts, d.line);
    if (r.error.kind == RT_PARSE_CALLBACK_ERROR)
        return NULL;
    for (const struct rt_parse_warning *w = r.warnings; w; w = w->next) {
        if (!warn_one(ts, w, filename))
            return NULL;
    }
    if (!ok)
        rt_compile_raise_parse_error(ts, &r.error, filename);
    return ok ? r.mod : NULL;
}
