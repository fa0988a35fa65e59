/* SPDX-License-Identifier: MIT */
/*
 * str.format and str.format_map: replacement fields with attribute and item access, conversions, nested
 * specs (two levels deep), automatic and manual numbering.
 */
#include "core/types/str/str_internal.h"

struct fields {
    const rt_value *args; /* borrowed positional values */
    uint32_t n;
    bool have_args;       /* false for format_map */
    rt_value kw;          /* tuple of names, values at args[n..], or RT_NULL */
    rt_value mapping;     /* format_map */
    enum { UNDECIDED, AUTOMATIC, MANUAL } numbering;
    int64_t next;
};

struct span {
    rt_value str; /* borrowed */
    size_t i, end;
};

static uint32_t at(const struct span *s, size_t i) { return rt_str_at(rt_as_str(s->str), i); }

static int build(struct rt_thread *ts, struct span in, struct fields *f, int depth, struct rt_strbuf *b);

/* ---- the value of a field --------------------------------------------------------------------- */

/* [i, end) as a non-negative index; -1: not a number; -2: raised. */
static int64_t to_index(struct rt_thread *ts, const struct span *s, size_t i, size_t end)
{
    int64_t v = 0;
    if (i == end)
        return -1;
    for (; i < end; i++) {
        int d = rt_unicode_decimal(at(s, i));
        if (d < 0)
            return -1;
        if (v > (INT64_MAX - d) / 10) {
            rt_raise(ts, &rt_exc_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        v = v * 10 + d;
    }
    return v;
}

static rt_value keyword(struct rt_thread *ts, struct fields *f, rt_value name)
{
    if (!rt_is_null(f->mapping))
        return rt_getitem(ts, f->mapping, name);
    if (!rt_is_null(f->kw)) {
        struct rt_tuple *names = rt_as_tuple(f->kw);
        for (size_t i = 0; i < names->length; i++) {
            if (rt_str_eq(names->items[i], name))
                return rt_newref(ts, f->args[f->n + i]);
        }
    }
    return rt_raise_key(ts, name);
}

static int numbering(struct rt_thread *ts, struct fields *f, bool automatic)
{
    int want = automatic ? AUTOMATIC : MANUAL;
    if (f->numbering == UNDECIDED)
        f->numbering = want;
    if ((int)f->numbering == want)
        return 0;
    rt_raise(ts, &rt_exc_ValueError,
             automatic ? "cannot switch from manual field specification to automatic field numbering"
                       : "cannot switch from automatic field numbering to manual field specification");
    return -1;
}

static rt_value first_part(struct rt_thread *ts, const struct span *s, size_t end, struct fields *f)
{
    int64_t i = to_index(ts, s, s->i, end);
    bool automatic = s->i == end;
    if (i == -2)
        return RT_NULL;
    if (automatic || i >= 0) {
        if (numbering(ts, f, automatic) < 0)
            return RT_NULL;
        if (automatic)
            i = f->next++;
        if (!f->have_args)
            return rt_raise(ts, &rt_exc_ValueError, "Format string contains positional fields");
        if ((uint64_t)i >= f->n)
            return rt_raise(ts, &rt_exc_IndexError, "Replacement index %zd out of range for positional args tuple", i);
        return rt_newref(ts, f->args[i]);
    }
    rt_value name = rt_str_sub(ts, s->str, s->i, end);
    if (rt_is_null(name))
        return name;
    rt_value v = keyword(ts, f, name);
    rt_decref(ts, name);
    return v;
}

/* One ".attr" or "[item]" at s->i applied to v (consumed). */
static rt_value next_part(struct rt_thread *ts, struct span *s, rt_value v)
{
    rt_value r = RT_NULL, name;
    uint32_t c = at(s, s->i++);
    size_t start = s->i;
    if (c == '.') {
        while (s->i < s->end && at(s, s->i) != '.' && at(s, s->i) != '[')
            s->i++;
        if (s->i == start) {
            rt_raise(ts, &rt_exc_ValueError, "Empty attribute in format string");
        } else {
            name = rt_str_sub(ts, s->str, start, s->i);
            if (!rt_is_null(name))
                r = rt_getattr(ts, v, name);
            rt_decref(ts, name);
        }
    } else if (c == '[') {
        while (s->i < s->end && at(s, s->i) != ']')
            s->i++;
        if (s->i == s->end) {
            rt_raise(ts, &rt_exc_ValueError, "Missing ']' in format string");
        } else if (s->i == start) {
            rt_raise(ts, &rt_exc_ValueError, "Empty attribute in format string");
        } else {
            int64_t i = to_index(ts, s, start, s->i);
            if (i >= 0) {
                rt_value key = rt_int_from_i64(ts, i);
                r = rt_is_null(key) ? key : rt_getitem(ts, v, key);
                rt_decref(ts, key);
            } else if (i == -1) {
                name = rt_str_sub(ts, s->str, start, s->i);
                if (!rt_is_null(name))
                    r = rt_getitem(ts, v, name);
                rt_decref(ts, name);
            }
            s->i++;
        }
    } else {
        rt_raise(ts, &rt_exc_ValueError, "Only '.' or '[' may follow ']' in format field specifier");
    }
    rt_decref(ts, v);
    return r;
}

static rt_value field_value(struct rt_thread *ts, struct span s, struct fields *f)
{
    size_t end = s.i;
    while (end < s.end && at(&s, end) != '.' && at(&s, end) != '[')
        end++;
    rt_value v = first_part(ts, &s, end, f);
    for (s.i = end; !rt_is_null(v) && s.i < s.end;)
        v = next_part(ts, &s, v);
    return v;
}

/* ---- one field -------------------------------------------------------------------------------- */

/* Where the parts of the field that begins at s->i (behind '{') are; s->i moves behind its '}'. */
struct field {
    size_t name, name_end;
    uint32_t conversion; /* 0: none */
    size_t spec, spec_end;
    bool nested;         /* the spec has fields of its own */
};

/* s->i moves to the character that ends the field's name, which is returned; 0: the text ends in brackets, -1: raised. */
static int32_t skip_field_name(struct rt_thread *ts, struct span *s)
{
    uint32_t c = 0;
    for (; s->i < s->end; s->i++) {
        c = at(s, s->i);
        if (c == '{') {
            rt_raise(ts, &rt_exc_ValueError, "unexpected '{' in field name");
            return -1;
        }
        if (c == '[') { /* everything up to the ']' belongs to the name */
            while (s->i < s->end && at(s, s->i) != ']')
                s->i++;
            if (s->i == s->end)
                break;
            continue;
        }
        if (c == '}' || c == ':' || c == '!')
            break;
    }
    return s->i < s->end ? (int32_t)c : 0;
}

/* Behind '!'. 1: the field ends there, 0: a ':' follows (or the text ends, which the format specifier's reader will say), -1. */
static int read_conversion(struct rt_thread *ts, struct span *s, struct field *f)
{
    if (s->i >= s->end) {
        rt_raise(ts, &rt_exc_ValueError, "end of string while looking for conversion specifier");
        return -1;
    }
    f->conversion = at(s, s->i++);
    if (s->i >= s->end)
        return 0;
    uint32_t c = at(s, s->i++);
    if (c == '}') {
        f->spec = f->spec_end = s->i - 1;
        return 1;
    }
    if (c != ':') {
        rt_raise(ts, &rt_exc_ValueError, "expected ':' after conversion specifier");
        return -1;
    }
    return 0;
}

/* Behind ':', up to the '}' that closes the field. */
static int read_format_spec(struct rt_thread *ts, struct span *s, struct field *f)
{
    f->spec = s->i;
    for (int brackets = 1; s->i < s->end; s->i++) {
        uint32_t c = at(s, s->i);
        if (c == '{') {
            f->nested = true;
            brackets++;
        } else if (c == '}' && --brackets == 0) {
            f->spec_end = s->i++;
            return 0;
        }
    }
    rt_raise(ts, &rt_exc_ValueError, "unmatched '{' in format spec");
    return -1;
}

static int parse_field(struct rt_thread *ts, struct span *s, struct field *f)
{
    *f = (struct field){.name = s->i};
    int32_t c = skip_field_name(ts, s);
    if (c < 0)
        return -1;
    f->name_end = s->i;
    if (c == '!' || c == ':') {
        s->i++;
        int rc = c == '!' ? read_conversion(ts, s, f) : 0;
        return rc ? (rc < 0 ? -1 : 0) : read_format_spec(ts, s, f);
    }
    if (c != '}') {
        rt_raise(ts, &rt_exc_ValueError, "expected '}' before end of string");
        return -1;
    }
    f->spec = f->spec_end = s->i++;
    return 0;
}

static rt_value convert(struct rt_thread *ts, rt_value v, uint32_t conversion)
{
    switch (conversion) {
    case 'r': return rt_repr(ts, v);
    case 's': return rt_str(ts, v);
    case 'a': return rt_ascii(ts, v);
    }
    if (conversion > 32 && conversion < 127)
        return rt_raise(ts, &rt_exc_ValueError, "Unknown conversion specifier %c", (int)conversion);
    return rt_raise(ts, &rt_exc_ValueError, "Unknown conversion specifier \\x%x", conversion);
}

static rt_value field_spec(struct rt_thread *ts, const struct span *s, const struct field *d, struct fields *f, int depth)
{
    if (!d->nested)
        return rt_str_sub(ts, s->str, d->spec, d->spec_end);
    struct rt_strbuf b;
    rt_strbuf_init(&b);
    struct span inner = {s->str, d->spec, d->spec_end};
    if (build(ts, inner, f, depth - 1, &b) < 0) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, &b);
}

static int put_field(struct rt_thread *ts, struct span *s, struct fields *f, int depth, struct rt_strbuf *b)
{
    struct field d;
    if (parse_field(ts, s, &d) < 0)
        return -1;
    struct span name = {s->str, d.name, d.name_end};
    rt_value v = field_value(ts, name, f), spec, text = RT_NULL;
    if (rt_is_null(v))
        return -1;
    if (d.conversion) {
        rt_value c = convert(ts, v, d.conversion);
        rt_decref(ts, v);
        v = c;
        if (rt_is_null(v))
            return -1;
    }
    if (d.spec == d.spec_end && rt_is_str_exact(v)) {
        text = rt_newref(ts, v);
    } else {
        spec = field_spec(ts, s, &d, f, depth);
        if (!rt_is_null(spec))
            text = rt_format(ts, v, spec);
        rt_decref(ts, spec);
    }
    rt_decref(ts, v);
    int rc = rt_is_null(text) ? -1 : rt_strbuf_str(ts, b, text);
    rt_decref(ts, text);
    return rc;
}

/* ---- the whole -------------------------------------------------------------------------------- */

static int build(struct rt_thread *ts, struct span s, struct fields *f, int depth, struct rt_strbuf *b)
{
    if (depth <= 0) {
        rt_raise(ts, &rt_exc_ValueError, "Max string recursion exceeded");
        return -1;
    }
    while (s.i < s.end) {
        size_t start = s.i;
        uint32_t c = 0;
        while (s.i < s.end && (c = at(&s, s.i)) != '{' && c != '}')
            s.i++;
        if (rt_strbuf_sub(ts, b, s.str, start, s.i) < 0)
            return -1;
        if (s.i == s.end)
            break;
        s.i++;
        if (s.i < s.end && at(&s, s.i) == c) { /* doubled: itself */
            s.i++;
            if (rt_strbuf_char(ts, b, c) < 0)
                return -1;
            continue;
        }
        if (c == '}') {
            rt_raise(ts, &rt_exc_ValueError, "Single '}' encountered in format string");
            return -1;
        }
        if (s.i == s.end) {
            rt_raise(ts, &rt_exc_ValueError, "Single '{' encountered in format string");
            return -1;
        }
        if (put_field(ts, &s, f, depth, b) < 0)
            return -1;
    }
    return 0;
}

static rt_value run(struct rt_thread *ts, rt_value self, struct fields *f)
{
    struct rt_strbuf b;
    struct span s = {self, 0, rt_str_len(self)};
    rt_strbuf_init(&b);
    if (build(ts, s, f, 2, &b) < 0) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    return rt_strbuf_finish(ts, &b);
}

RT_STR_KW(format)
{
    struct fields f = {.args = args, .n = n, .have_args = true, .kw = kw, .mapping = RT_NULL};
    return run(ts, self, &f);
}

RT_STR_O(format_map)
{
    struct fields f = {.mapping = arg, .kw = RT_NULL};
    return run(ts, self, &f);
}
