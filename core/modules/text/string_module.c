/* SPDX-License-Identifier: MIT */
/*
 * Module _string: the two parsers that string.Formatter takes from the str.format machinery.
 *
 * formatter_parser(text) iterates over (literal, field name, format spec, conversion);
 * formatter_field_name_split(name) gives the first part and an iterator over (is attribute, part). Iterators keep one
 * index, stored atomically: sharing one between threads may repeat an item but is safe.
 */
#include "core/object/native.h"
#include "core/unicode/unicode_db.h"

struct text_iter {
    struct rt_object hdr;
    rt_slot text;
    _Atomic size_t index;
};

struct part {
    size_t start, end;
    bool present;
};

static struct rt_type parser_type, field_type;

static rt_value iter_new(struct rt_thread *ts, struct rt_type *type, rt_value text, size_t index)
{
    struct text_iter *it = rt_object_new(ts, type, sizeof *it);
    if (!it) {
        return RT_NULL;
    }
    rt_slot_init(&it->text, rt_newref(ts, text));
    rt_store_relaxed(&it->index, index);
    return rt_own(it);
}

static void iter_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    rt_decref(ts, rt_slot_peek(&((struct text_iter *)o)->text));
}

static bool bad(struct rt_thread *ts, const char *message)
{
    rt_raise(ts, &rt_exc_ValueError, "%s", message);
    return false;
}

static rt_value part_text(struct rt_thread *ts, rt_value text, struct part p)
{
    return p.present ? rt_str_sub(ts, text, p.start, p.end) : RT_NONE;
}

/* ---- format strings ---- */

struct markup {
    struct part literal, name, spec;
    uint32_t conversion;        /* 0: none */
};

/* What stands between braces; *at is behind the '{' and moves behind the '}'. */
static bool parse_field(struct rt_thread *ts, const struct rt_str *s, size_t *at, struct markup *m)
{
    size_t i = *at, end = s->length;
    uint32_t c = 0;
    bool closed = false;
    m->name = (struct part){i, i, true};
    m->spec = (struct part){0, 0, true};
    while (i < end && !closed) {
        c = rt_str_at(s, i++);
        if (c == '{') {
            return bad(ts, "unexpected '{' in field name");
        }
        if (c == '[') {                     /* anything goes up to the bracket's end */
            while (i < end && rt_str_at(s, i) != ']') {
                i++;
            }
        }
        closed = c == '}' || c == ':' || c == '!';
    }
    m->name.end = closed ? i - 1 : i;
    if (!closed) {
        return bad(ts, "expected '}' before end of string");
    }
    if (c == '!') {
        if (i >= end) {
            return bad(ts, "end of string while looking for conversion specifier");
        }
        m->conversion = rt_str_at(s, i++);
        if (i < end) {
            c = rt_str_at(s, i++);
            if (c != '}' && c != ':') {
                return bad(ts, "expected ':' after conversion specifier");
            }
        }
    }
    if (c == '}') {
        *at = i;
        return true;
    }
    m->spec = (struct part){i, end, true};
    for (int depth = 1; i < end;) {
        c = rt_str_at(s, i++);
        depth += (c == '{') - (c == '}');
        if (depth == 0) {
            m->spec.end = i - 1;
            *at = i;
            return true;
        }
    }
    return bad(ts, "unmatched '{' in format spec");
}

/* Literal text and the field after it, if there is one. */
static bool parse_markup(struct rt_thread *ts, const struct rt_str *s, size_t *at, struct markup *m)
{
    size_t start = *at, i = start, end = s->length;
    uint32_t c = 0;
    bool brace = false;
    while (i < end && !brace) {
        c = rt_str_at(s, i++);
        brace = c == '{' || c == '}';
    }
    *m = (struct markup){.literal = {start, i, true}};
    *at = i;
    if (!brace) {
        return true;
    }
    bool doubled = i < end && rt_str_at(s, i) == c;
    if (doubled) {                          /* one of them belongs to the literal */
        *at = i + 1;
        return true;
    }
    if (c == '}') {
        return bad(ts, "Single '}' encountered in format string");
    }
    if (i >= end) {
        return bad(ts, "Single '{' encountered in format string");
    }
    m->literal.end = i - 1;
    return parse_field(ts, s, at, m);
}

static rt_value parser_next(struct rt_thread *ts, rt_value self)
{
    struct text_iter *it = (struct text_iter *)rt_ptr(self);
    rt_value text = rt_slot_peek(&it->text);
    size_t at = rt_load_relaxed(&it->index);
    struct markup m;
    if (at >= rt_str_len(text)) {
        return RT_STOP;
    }
    bool ok = parse_markup(ts, rt_as_str(text), &at, &m);
    rt_store_relaxed(&it->index, at);
    if (!ok) {
        return RT_NULL;
    }
    rt_value items[4] = {
        part_text(ts, text, m.literal), part_text(ts, text, m.name), part_text(ts, text, m.spec),
        m.conversion ? rt_str_from_char(ts, m.conversion) : RT_NONE,
    };
    for (int i = 0; i < 4; i++) {
        if (rt_is_null(items[i])) {
            for (int j = 0; j < 4; j++) {
                rt_decref(ts, items[j]);
            }
            return RT_NULL;
        }
    }
    return rt_tuple_steal(ts, items, 4);
}

static rt_value formatter_parser(struct rt_thread *ts, rt_value module, rt_value arg)
{
    if (!rt_is_str(arg)) {
        return rt_raise(ts, &rt_exc_TypeError, "expected str, got %s", rt_typename(arg));
    }
    return iter_new(ts, &parser_type, arg, 0);
}

/* ---- field names ---- */

/* An int if the part is all decimal digits, else its text. */
static rt_value part_key(struct rt_thread *ts, rt_value text, struct part p)
{
    int64_t value = 0;
    for (size_t i = p.start; i < p.end; i++) {
        int digit = rt_unicode_decimal(rt_str_at(rt_as_str(text), i));
        if (digit < 0) {
            return rt_str_sub(ts, text, p.start, p.end);
        }
        if (value > (INT64_MAX - digit) / 10) {
            bad(ts, "Too many decimal digits in format string");
            return RT_NULL;
        }
        value = value * 10 + digit;
    }
    return p.start == p.end ? rt_str_empty() : rt_int_from_i64(ts, value);
}

/* One ".name" or "[key]" at *at. */
static bool parse_step(struct rt_thread *ts, const struct rt_str *s, size_t *at, bool *attribute, struct part *p)
{
    size_t i = *at, end = s->length;
    uint32_t c = rt_str_at(s, i++);
    *attribute = c == '.';
    *p = (struct part){i, i, true};
    if (c == '.') {
        while (i < end && rt_str_at(s, i) != '.' && rt_str_at(s, i) != '[') {
            i++;
        }
        p->end = i;
    } else if (c == '[') {
        while (i < end && rt_str_at(s, i) != ']') {
            i++;
        }
        if (i >= end) {
            *at = i;
            return bad(ts, "Missing ']' in format string");
        }
        p->end = i++;
    } else {
        *at = i;
        return bad(ts, "Only '.' or '[' may follow ']' in format field specifier");
    }
    *at = i;
    return p->end > p->start || bad(ts, "Empty attribute in format string");
}

static rt_value field_next(struct rt_thread *ts, rt_value self)
{
    struct text_iter *it = (struct text_iter *)rt_ptr(self);
    rt_value text = rt_slot_peek(&it->text);
    size_t at = rt_load_relaxed(&it->index);
    bool attribute;
    struct part p;
    if (at >= rt_str_len(text)) {
        return RT_STOP;
    }
    bool ok = parse_step(ts, rt_as_str(text), &at, &attribute, &p);
    rt_store_relaxed(&it->index, at);
    if (!ok) {
        return RT_NULL;
    }
    rt_value key = attribute ? part_text(ts, text, p) : part_key(ts, text, p);
    if (rt_is_null(key)) {
        return RT_NULL;
    }
    rt_value pair[2] = {rt_bool(attribute), key};
    return rt_tuple_steal(ts, pair, 2);
}

static rt_value formatter_field_name_split(struct rt_thread *ts, rt_value module, rt_value arg)
{
    if (!rt_is_str(arg)) {
        return rt_raise(ts, &rt_exc_TypeError, "expected str, got %s", rt_typename(arg));
    }
    struct rt_str *s = rt_as_str(arg);
    size_t i = 0;
    while (i < s->length && rt_str_at(s, i) != '.' && rt_str_at(s, i) != '[') {
        i++;
    }
    rt_value first = part_key(ts, arg, (struct part){0, i, true});
    if (rt_is_null(first)) {
        return RT_NULL;
    }
    rt_value rest = iter_new(ts, &field_type, arg, i);
    if (rt_is_null(rest)) {
        rt_decref(ts, first);
        return RT_NULL;
    }
    rt_value pair[2] = {first, rest};
    return rt_tuple_steal(ts, pair, 2);
}

static struct rt_type parser_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "formatteriterator",
    .flags = RT_TF_IMMUTABLE | RT_TF_NO_NEW,
    .basic_size = sizeof(struct text_iter),
    .base = &rt_object_type,
    .dealloc = iter_dealloc,
    .iter = rt_iter_self,
    .iternext = parser_next,
};

static struct rt_type field_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "fieldnameiterator",
    .flags = RT_TF_IMMUTABLE | RT_TF_NO_NEW,
    .basic_size = sizeof(struct text_iter),
    .base = &rt_object_type,
    .dealloc = iter_dealloc,
    .iter = rt_iter_self,
    .iternext = field_next,
};

static int string_exec(struct rt_thread *ts, rt_value module)
{
    return rt_type_ready(ts, &parser_type) < 0 || rt_type_ready(ts, &field_type) < 0 ? -1 : 0;
}

static const struct rt_method_def methods[] = {
    {"formatter_field_name_split", formatter_field_name_split, RT_METH_O, "split the argument as a field name"},
    {"formatter_parser", formatter_parser, RT_METH_O, "parse the argument as a format string"},
    {0},
};

const struct rt_module_def rt_module__string = {
    .name = "_string",
    .doc = "string helper module",
    .methods = methods,
    .exec = string_exec,
};
