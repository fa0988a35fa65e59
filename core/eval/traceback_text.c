/* SPDX-License-Identifier: MIT */
/*
 * The frames of an error's display, from the library's StackSummary: each with its source line and the carets below
 * what failed. traceback.py has the same with other blanks: this is how the interpreter itself shows them, with the
 * blanks at a line's end.
 */
#include <string.h>

#include "core/eval/frame.h"

enum { SHOWN = 3, INDENT = 4 };

struct entry { /* owned */
    rt_value file, line, name, text;
    int64_t first, last, from, to; /* lines and byte columns; -1: not known */
};

static int64_t number(struct rt_thread *ts, rt_value frame, const char *name)
{
    rt_value v = rt_getattr_opt_cstr(ts, frame, name);
    int64_t n = rt_is_int(v) ? rt_int_get(v) : -1;
    rt_decref(ts, v);
    return n;
}

static bool entry_read(struct rt_thread *ts, rt_value frame, struct entry *e)
{
    e->file = rt_getattr_cstr(ts, frame, "filename");
    e->line = rt_getattr_cstr(ts, frame, "lineno");
    e->name = rt_getattr_cstr(ts, frame, "name");
    e->text = rt_getattr_cstr(ts, frame, "_original_line");
    e->first = number(ts, frame, "lineno");
    e->last = number(ts, frame, "end_lineno");
    e->from = number(ts, frame, "colno");
    e->to = number(ts, frame, "end_colno");
    return e->file.bits && e->line.bits && e->name.bits && e->text.bits;
}

static void entry_drop(struct rt_thread *ts, struct entry *e)
{
    rt_decref(ts, e->file);
    rt_decref(ts, e->line);
    rt_decref(ts, e->name);
    rt_decref(ts, e->text);
    *e = (struct entry){.file = RT_NULL, .line = RT_NULL, .name = RT_NULL, .text = RT_NULL};
}

static bool same_place(struct rt_thread *ts, const struct entry *a, const struct entry *b)
{
    return a->file.bits && rt_equal(ts, a->file, b->file) > 0 && a->first == b->first && rt_equal(ts, a->name, b->name) > 0;
}

static size_t bytes_to_chars(const struct rt_str *s, size_t n, int64_t bytes)
{
    size_t i = 0;
    for (; i < n && bytes > 0; i++) {
        uint32_t c = rt_str_at(s, i);
        bytes -= c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    return i;
}

static bool blank(uint32_t c) { return c == ' ' || c == '\t' || c == '\f'; }

/* Where an operator or subscript stands within [from, to) of the line: characters from `from`. False: none. */
static bool anchors(struct rt_thread *ts, rt_value text, size_t from, size_t to, int64_t *left, int64_t *right)
{
    rt_value segment = rt_str_sub(ts, text, from, to), f = RT_NULL, a = RT_NULL;
    if (segment.bits)
        f = rt_import_attr(ts, "traceback", "_extract_caret_anchors_from_line_segment");
    if (f.bits)
        a = rt_call1(ts, f, segment);
    bool found = a.bits && !rt_is_none(a);
    if (found) {
        *left = number(ts, a, "left_end_offset");
        *right = number(ts, a, "right_start_offset");
    }
    rt_decref(ts, a);
    rt_decref(ts, f);
    rt_decref(ts, segment);
    rt_exc_clear(ts);
    return found && *left >= 0 && *right >= *left;
}

static int put_carets(struct rt_thread *ts, struct rt_strbuf *b, const struct entry *e, size_t skip, size_t n)
{
    const struct rt_str *s = rt_as_str(e->text);
    size_t from = bytes_to_chars(s, n, e->from), to = bytes_to_chars(s, n, e->to);
    int64_t left = 0, right = 0;
    bool two = false;
    if (e->first == e->last) {
        two = to > from && anchors(ts, e->text, from, to, &left, &right);
    } else {
        for (to = n; to && (blank(rt_str_at(s, to - 1)) || rt_str_at(s, to - 1) == '\r'); to--)
            ;
    }
    if (to <= from || from < skip || (to - from == n - skip && !two))
        return 0;
    size_t width = to - from;
    int err = rt_strbuf_fill(ts, b, ' ', from - skip + INDENT);
    if (two && (size_t)right <= width) {
        err |= rt_strbuf_fill(ts, b, '~', (size_t)left);
        err |= rt_strbuf_fill(ts, b, '^', (size_t)(right - left));
        err |= rt_strbuf_fill(ts, b, '~', width - (size_t)right);
    } else {
        err |= rt_strbuf_fill(ts, b, '^', width);
    }
    return err | rt_strbuf_char(ts, b, '\n');
}

static int put_entry(struct rt_thread *ts, struct rt_strbuf *b, const struct entry *e)
{
    rt_value head = rt_str_format(ts, "  File \"%S\", line %S, in %S\n", e->file, e->line, e->name);
    int err = head.bits ? rt_strbuf_str(ts, b, head) : -1;
    rt_decref(ts, head);
    if (err || !rt_is_str(e->text))
        return err;
    const struct rt_str *s = rt_as_str(e->text);
    size_t n = rt_str_len(e->text), skip = 0;
    while (n && (rt_str_at(s, n - 1) == '\n' || rt_str_at(s, n - 1) == '\r'))
        n--;
    while (skip < n && blank(rt_str_at(s, skip)))
        skip++;
    if (skip == n)
        return 0;
    err = rt_strbuf_fill(ts, b, ' ', INDENT) | rt_strbuf_sub(ts, b, e->text, skip, n) | rt_strbuf_char(ts, b, '\n');
    return err || e->from < 0 || e->to < 0 ? err : put_carets(ts, b, e, skip, n);
}

static int put_repeats(struct rt_thread *ts, struct rt_strbuf *b, int64_t count)
{
    if (count <= SHOWN)
        return 0;
    rt_value line = rt_str_format(ts, "  [Previous line repeated %d more time%s]\n", (int)(count - SHOWN), count - SHOWN > 1 ? "s" : "");
    int err = line.bits ? rt_strbuf_str(ts, b, line) : -1;
    rt_decref(ts, line);
    return err;
}

rt_value rt_traceback_text(struct rt_thread *ts, rt_value stack)
{
    struct rt_strbuf b;
    struct entry last = {.file = RT_NULL, .line = RT_NULL, .name = RT_NULL, .text = RT_NULL};
    int64_t count = 0;
    int err = 0;
    rt_strbuf_init(&b);
    for (size_t i = 0; !err && i < rt_list_len(stack); i++) {
        struct entry e = {.file = RT_NULL, .line = RT_NULL, .name = RT_NULL, .text = RT_NULL};
        rt_value frame = rt_list_get(ts, stack, i);
        err = frame.bits && entry_read(ts, frame, &e) ? 0 : -1;
        if (!err && !same_place(ts, &last, &e)) {
            err = put_repeats(ts, &b, count);
            count = 0;
        }
        if (!err && ++count <= SHOWN)
            err = put_entry(ts, &b, &e);
        rt_decref(ts, frame);
        entry_drop(ts, &last);
        last = e;
    }
    entry_drop(ts, &last);
    if (!err)
        err = put_repeats(ts, &b, count);
    if (!err)
        return rt_strbuf_finish(ts, &b);
    rt_strbuf_abort(&b);
    if (!rt_pending(ts))
        rt_raise_no_memory(ts);
    return RT_NULL;
}
