/* SPDX-License-Identifier: MIT */
/*
 * Pattern.sub and subn. A replacement is a literal, a callable, or a template with group references, which re._compile_repl
 * (cached) parses into literals and group numbers; those are expanded here without making Match objects.
 */
#include "core/modules/sre/sre_objects.h"

#include "core/base/strsearch.h"

#include <string.h>

/* The result as it grows. */
struct output {
    bool is_bytes;
    size_t items;               /* pieces so far, for messages */
    struct rt_strbuf str;
    char *data;                 /* bytes */
    size_t length, capacity;
};

struct replacement {
    rt_value literal;           /* used as it is; RT_NULL: one of the others */
    rt_value callable;
    rt_value template;          /* (groups, literals), owned */
};

static int put_bytes(struct rt_thread *ts, struct output *out, const void *p, size_t n)
{
    if (n > out->capacity - out->length) {
        size_t capacity = 2 * out->capacity + n + 64;
        char *data = rt_raw_realloc(out->data, capacity);
        if (!data) {
            rt_raise_no_memory(ts);
            return -1;
        }
        out->data = data;
        out->capacity = capacity;
    }
    if (n) {
        memcpy(out->data + out->length, p, n);
    }
    out->length += n;
    return 0;
}

static int put_slice(struct rt_thread *ts, struct output *out, const struct sre_subject *s, size_t start, size_t end)
{
    if (out->is_bytes) {
        return put_bytes(ts, out, (const char *)s->data + start, end - start);
    }
    return rt_strbuf_sub(ts, &out->str, s->string, start, end);
}

static int put_value(struct rt_thread *ts, struct output *out, rt_value v)
{
    if (!out->is_bytes) {
        if (!rt_is_str(v)) {
            rt_raise(ts, &rt_exc_TypeError, "sequence item %zd: expected str instance, %.80s found", (ssize_t)out->items,
                rt_typename(v));
            return -1;
        }
        return rt_strbuf_str(ts, &out->str, v);
    }
    if (rt_is_bytes(v)) {
        return put_bytes(ts, out, rt_as_bytes(v)->data, rt_as_bytes(v)->length);
    }
    struct rt_buffer view;
    if (!rt_has_buffer(v)) {
        rt_raise(ts, &rt_exc_TypeError, "sequence item %zd: expected a bytes-like object, %.80s found",
            (ssize_t)out->items, rt_typename(v));
        return -1;
    }
    if (rt_buffer_get(ts, v, &view, RT_BUF_SIMPLE) < 0) {
        return -1;
    }
    int status = put_bytes(ts, out, view.buf, (size_t)view.len);
    rt_buffer_release(ts, &view);
    return status;
}

static rt_value output_finish(struct rt_thread *ts, struct output *out)
{
    if (!out->is_bytes) {
        return rt_strbuf_finish(ts, &out->str);
    }
    rt_value result = rt_bytes_new(ts, out->data ? out->data : "", out->length);
    rt_raw_free(out->data);
    return result;
}

static void output_abort(struct output *out)
{
    if (out->is_bytes) {
        rt_raw_free(out->data);
    } else {
        rt_strbuf_abort(&out->str);
    }
}

/* ---- the replacement ---- */

/* Is repl text without a backslash? */
static bool is_literal(struct rt_thread *ts, rt_value repl)
{
    struct sre_subject s;
    if (sre_subject_open(ts, &s, repl, NULL) < 0) {
        rt_exc_clear(ts);
        return false;
    }
    bool plain = rt_strsearch_find_char(s.data, s.kind, s.length, '\\') < 0;
    sre_subject_close(ts, &s);
    return plain;
}

/* What parsing gave for this very object the last time, or RT_NULL. */
static rt_value cached_template(struct rt_thread *ts, struct sre_pattern *p, rt_value repl)
{
    rt_value found = RT_NULL, pair = rt_slot_get(ts, p, &p->template);
    if (rt_is_tuple(pair) && rt_is(rt_as_tuple(pair)->items[0], repl)) {
        found = rt_newref(ts, rt_as_tuple(pair)->items[1]);
    }
    rt_decref(ts, pair);
    return found;
}

/* (groups, literals), from the library. */
static rt_value parse_template(struct rt_thread *ts, rt_value self, rt_value repl)
{
    /* through _subx at first, so that the parser's warnings find the caller as many frames up as they expect; what it
       parses is kept by _compile_repl */
    rt_value subx = rt_import_attr(ts, "re", "_subx"), filter = subx.bits ? rt_call2(ts, subx, self, repl) : RT_NULL;
    rt_decref(ts, subx);
    rt_decref(ts, filter);
    rt_value compile = filter.bits ? rt_import_attr(ts, "re", "_compile_repl") : RT_NULL;
    if (rt_is_null(compile)) {
        return RT_NULL;
    }
    rt_value parsed = rt_call2(ts, compile, repl, self);
    rt_decref(ts, compile);
    if (rt_is_null(parsed)) {
        return RT_NULL;
    }
    if (!rt_is_tuple(parsed) || rt_as_tuple(parsed)->length != 2 || !rt_is_list(rt_as_tuple(parsed)->items[0])
            || !rt_is_list(rt_as_tuple(parsed)->items[1])) {
        rt_decref(ts, parsed);
        return rt_raise(ts, &rt_exc_TypeError, "invalid template");
    }
    return parsed;
}

static int prepare(struct rt_thread *ts, rt_value self, rt_value repl, struct replacement *r)
{
    struct sre_pattern *p = sre_as_pattern(self);
    *r = (struct replacement){RT_NULL, RT_NULL, RT_NULL};
    if (rt_is_callable(repl)) {
        r->callable = repl;
        return 0;
    }
    if (is_literal(ts, repl)) {
        r->literal = repl;
        return 0;
    }
    r->template = cached_template(ts, p, repl);
    if (!rt_is_null(r->template)) {
        return 0;
    }
    r->template = parse_template(ts, self, repl);
    if (rt_is_null(r->template)) {
        return -1;
    }
    if (rt_is_str_exact(repl) || rt_is_exact(repl, &rt_bytes_type)) {
        rt_value pair = rt_tuple_pack(ts, 2, repl, r->template);
        if (rt_is_null(pair)) {
            rt_clear(ts, &r->template);
            return -1;
        }
        rt_slot_set(ts, &p->template, pair);
    }
    return 0;
}

/* Number of the next group reference of the template, -1 on error. */
static int64_t next_group(struct rt_thread *ts, rt_value groups, size_t i)
{
    int64_t group = -1;
    rt_value pair = rt_list_get(ts, groups, i);
    if (!rt_is_null(pair) && rt_is_tuple(pair) && rt_as_tuple(pair)->length == 2
            && rt_is_int(rt_as_tuple(pair)->items[1])) {
        group = rt_int_get(rt_as_tuple(pair)->items[1]);
    }
    rt_decref(ts, pair);
    return group;
}

static int put_template(struct rt_thread *ts, struct output *out, const struct replacement *r,
    const struct sre_pattern *p, const struct sre_subject *s, const struct rt_sre_state *state)
{
    rt_value groups = rt_as_tuple(r->template)->items[0], literals = rt_as_tuple(r->template)->items[1];
    size_t n = rt_list_len(literals), reference = 0;
    for (size_t i = 0; i < n; i++) {
        rt_value literal = rt_list_get(ts, literals, i);
        int status = 0;
        if (rt_is_null(literal)) {
            break;
        }
        if (!rt_is_none(literal)) {
            status = put_value(ts, out, literal);
            rt_decref(ts, literal);
        } else {
            size_t start = state->match_start, end = state->match_end;
            int64_t group = next_group(ts, groups, reference++);
            if (group < 0 || group > p->groups) {
                rt_raise(ts, &rt_exc_IndexError, "no such group");
                status = -1;
            } else if (group == 0 || (rt_sre_group(state, (size_t)group, &start, &end) && start <= end)) {
                status = put_slice(ts, out, s, start, end);
            }
        }
        if (status < 0) {
            return -1;
        }
    }
    out->items++;
    return 0;
}

static int put_called(struct rt_thread *ts, struct output *out, const struct replacement *r, struct sre_pattern *p,
    const struct sre_subject *s, const struct rt_sre_state *state)
{
    rt_value match = sre_match_new(ts, p, s->string, state, 0, (int64_t)s->length);
    if (rt_is_null(match)) {
        return -1;
    }
    rt_value item = rt_call1(ts, r->callable, match);
    rt_decref(ts, match);
    if (rt_is_null(item)) {
        return -1;
    }
    int status = 0;
    if (!rt_is_none(item)) {
        status = put_value(ts, out, item);
        out->items++;
    }
    rt_decref(ts, item);
    return status;
}

static int put_replacement(struct rt_thread *ts, struct output *out, const struct replacement *r, struct sre_pattern *p,
    const struct sre_subject *s, const struct rt_sre_state *state)
{
    if (!rt_is_null(r->callable)) {
        return put_called(ts, out, r, p, s, state);
    }
    if (!rt_is_null(r->template)) {
        return put_template(ts, out, r, p, s, state);
    }
    int status = put_value(ts, out, r->literal);
    out->items++;
    return status;
}

/* Number of replacements, or -1. */
static int64_t substitute(struct rt_thread *ts, struct output *out, const struct replacement *r, struct sre_pattern *p,
    const struct sre_subject *s, struct rt_sre_state *state, int64_t count)
{
    int64_t n = 0;
    size_t last = 0;
    while (count == 0 || n < count) {
        int found = sre_outcome(ts, rt_sre_search(state));
        if (found < 0) {
            return -1;
        }
        if (found == 0) {
            break;
        }
        if (last < state->match_start) {
            if (put_slice(ts, out, s, last, state->match_start) < 0) {
                return -1;
            }
            out->items++;
        }
        if (put_replacement(ts, out, r, p, s, state) < 0) {
            return -1;
        }
        last = state->match_end;
        n++;
        sre_advance(state);
    }
    if (n > 0 && last < s->length && put_slice(ts, out, s, last, s->length) < 0) {
        return -1;
    }
    return n;
}

static rt_value run(struct rt_thread *ts, struct sre_pattern *p, const struct replacement *r,
    const struct sre_subject *s, int64_t count, int64_t *n)
{
    struct rt_sre_state state;
    struct output out = {.is_bytes = s->is_bytes};
    if (sre_begin(ts, &state, p, s, 0, INT64_MAX) < 0) {
        return RT_NULL;
    }
    if (!out.is_bytes) {
        rt_strbuf_init(&out.str);
    }
    *n = substitute(ts, &out, r, p, s, &state, count);
    rt_sre_state_free(&state);
    if (*n <= 0) {
        output_abort(&out);
        return *n < 0 ? RT_NULL : sre_subject_slice(ts, s, 0, s->length);
    }
    return output_finish(ts, &out);
}

static rt_value sub(struct rt_thread *ts, rt_value self, const char *fname, const rt_value *args, uint32_t n, rt_value kw,
    int64_t *made)
{
    static const char *const names[] = {"repl", "string", "count", NULL};
    const struct rt_argspec spec = {fname, names, .min = 2, .max = 3, .total = 3};
    struct sre_pattern *p = sre_as_pattern(self);
    struct replacement r;
    struct sre_subject s;
    rt_value a[3], result = RT_NULL;
    int64_t count = 0;
    if (rt_args(ts, &spec, args, n, kw, a) < 0) {
        return RT_NULL;
    }
    if (!rt_is_null(a[2])) {
        count = rt_as_ssize(ts, a[2]);
        if (count == -1 && rt_pending(ts)) {
            return RT_NULL;
        }
    }
    if (prepare(ts, self, a[0], &r) < 0) {
        return RT_NULL;
    }
    if (sre_subject_open(ts, &s, a[1], p) == 0) {
        result = run(ts, p, &r, &s, count, made);
        sre_subject_close(ts, &s);
    }
    rt_decref(ts, r.template);
    return result;
}

rt_value sre_pattern_sub(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    int64_t made;
    return sub(ts, self, "sub", args, n, kw, &made);
}

rt_value sre_pattern_subn(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    int64_t made;
    rt_value text = sub(ts, self, "subn", args, n, kw, &made);
    if (rt_is_null(text)) {
        return RT_NULL;
    }
    rt_value pair = rt_tuple_pack(ts, 2, text, rt_int_imm(made));
    rt_decref(ts, text);
    return pair;
}
