/* SPDX-License-Identifier: MIT */
/*
 * _csv: dialects, the reader's state machine and the writer's quoting.
 *
 * A dialect is immutable. A reader keeps its field buffer private; its __next__ holds the object's
 * critical section while it scans a line. Registered dialects live in a dict per interpreter, the
 * field size limit in the interpreter's private word.
 */
#include "core/modules/modules.h"

enum { QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE };
static const uint32_t NOT_SET = 0xffffffffu;

/* What a character means: it ends a run of ordinary ones outside of quotes, or within; a field written with it is quoted. */
enum { ENDS_PLAIN = 1, ENDS_QUOTED = 2, TO_QUOTE = 4 };
struct dialect {
    struct rt_object hdr;
    bool doublequote, skipinitialspace, strict;
    bool wide; /* one of the characters below is beyond U+00FF */
    int quoting;
    uint32_t delimiter, quotechar, escapechar;
    rt_value lineterminator; /* str */
    uint8_t marks[256];
};
static struct rt_type dialect_type, reader_type, writer_type;
static struct dialect *as_dialect(rt_value v) { return (struct dialect *)rt_ptr(v); }

/* Per interpreter: tuple (Error, dict of dialects). */
static rt_value module_state(struct rt_thread *ts) { return rt_slot_get(ts, NULL, &ts->interp->native_state[RT_NS_CSV]); }
static rt_value csv_error(struct rt_thread *ts, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    rt_value msg = rt_str_vformat(ts, fmt, ap), st = module_state(ts);
    va_end(ap);
    if (!rt_is_null(msg))
        rt_raise_value(ts, rt_as_type(rt_as_tuple(st)->items[0]), msg);
    rt_decref(ts, msg);
    rt_decref(ts, st);
    return RT_NULL;
}
static rt_value dialects(struct rt_thread *ts)
{
    rt_value st = module_state(ts), d = rt_newref(ts, rt_as_tuple(st)->items[1]);
    rt_decref(ts, st);
    return d;
}
static _Atomic intptr_t *limit_field(struct rt_thread *ts) { return (_Atomic intptr_t *)&ts->interp->native_private[RT_NS_CSV]; }
static int64_t field_limit(struct rt_thread *ts) { return (int64_t)rt_load_relaxed(limit_field(ts)) + 131072; }

/* ---- Dialect ---- */
static int set_bool(struct rt_thread *ts, bool *out, rt_value v, bool deflt)
{
    int b = rt_is_null(v) ? deflt : rt_truth(ts, v);
    *out = b > 0;
    return b < 0 ? -1 : 0;
}
static int set_char(struct rt_thread *ts, const char *name, uint32_t *out, rt_value v, uint32_t deflt, bool none_ok)
{
    *out = rt_is_null(v) ? deflt : NOT_SET;
    if (rt_is_null(v) || (rt_is_none(v) && none_ok))
        return 0;
    if (!rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, none_ok ? "\"%s\" must be string or None, not %.200T" : "\"%s\" must be string, not %.200T", name, v);
        return -1;
    }
    size_t n = rt_str_len(v);
    if (n > 1 || (n == 0 && !none_ok) || n == 0) {
        rt_raise(ts, &rt_exc_TypeError, "\"%s\" must be a 1-character string", name);
        return -1;
    }
    *out = rt_str_at(rt_as_str(v), 0);
    return 0;
}
static const char *const dialect_names[] = {"dialect", "delimiter", "doublequote", "escapechar", "lineterminator", "quotechar",
                                            "quoting", "skipinitialspace", "strict", NULL};
static rt_value find_dialect(struct rt_thread *ts, rt_value name)
{
    rt_value d = dialects(ts), v = rt_dict_get(ts, d, name);
    rt_decref(ts, d);
    if (rt_is_null(v) && !rt_pending(ts))
        return csv_error(ts, "unknown dialect");
    return v;
}
static void set_mark(struct dialect *d, uint32_t c, int meaning)
{
    if (c < RT_COUNTOF(d->marks))
        d->marks[c] |= (uint8_t)meaning;
    else if (c != NOT_SET)
        d->wide = true;
}
static void set_marks(struct dialect *d)
{
    const struct rt_str *end = rt_as_str(d->lineterminator);
    set_mark(d, d->delimiter, ENDS_PLAIN | TO_QUOTE);
    set_mark(d, d->escapechar, ENDS_PLAIN | ENDS_QUOTED | TO_QUOTE);
    set_mark(d, d->quotechar, ENDS_QUOTED | TO_QUOTE);
    set_mark(d, '\n', ENDS_PLAIN);
    set_mark(d, '\r', ENDS_PLAIN);
    for (size_t i = 0; i < end->length; i++)
        set_mark(d, rt_str_at(end, i), TO_QUOTE);
}
static int set_terminator(struct rt_thread *ts, struct dialect *d, rt_value v)
{
    if (!rt_is_null(v) && !rt_is_none(v) && !rt_is_str(v)) {
        rt_raise(ts, &rt_exc_TypeError, "\"lineterminator\" must be a string");
        return -1;
    }
    d->lineterminator = rt_is_null(v) ? rt_str_from_cstr(ts, "\r\n") : rt_is_none(v) ? RT_NULL : rt_newref(ts, v);
    return rt_pending(ts) ? -1 : 0;
}
static int set_quoting(struct rt_thread *ts, struct dialect *d, rt_value v)
{
    if (rt_is_null(v))
        return 0;
    if (!rt_is_int(v)) {
        rt_raise(ts, &rt_exc_TypeError, "\"quoting\" must be an integer");
        return -1;
    }
    d->quoting = rt_int_get(v) < 0 || rt_int_get(v) > 99 ? 99 : (int)rt_int_get(v);
    return 0;
}
/* Do the options v go together? */
static int check_dialect(struct rt_thread *ts, struct dialect *d, const rt_value *v)
{
    if (d->quoting > QUOTE_NONE)
        rt_raise(ts, &rt_exc_TypeError, "bad \"quoting\" value");
    else if (d->delimiter == NOT_SET)
        rt_raise(ts, &rt_exc_TypeError, "\"delimiter\" must be a 1-character string");
    else if (!rt_is_null(v[5]) && rt_is_none(v[5]) && rt_is_null(v[6]))
        d->quoting = QUOTE_NONE;
    if (!rt_pending(ts) && d->quoting != QUOTE_NONE && d->quotechar == NOT_SET)
        rt_raise(ts, &rt_exc_TypeError, "quotechar must be set if quoting enabled");
    if (!rt_pending(ts) && rt_is_null(d->lineterminator))
        rt_raise(ts, &rt_exc_TypeError, "lineterminator must be set");
    return rt_pending(ts) ? -1 : 0;
}
/* v[0] base dialect or absent, v[1..8] overrides; owned words of v[1..8] are looked up on the base. */
static rt_value dialect_fill(struct rt_thread *ts, struct rt_type *t, rt_value *v)
{
    rt_value hold[9] = {{0}}, base = RT_NULL, self = RT_NULL;
    if (!rt_is_null(v[0]) && !rt_is_none(v[0])) {
        base = rt_is_str(v[0]) ? find_dialect(ts, v[0]) : rt_newref(ts, v[0]);
        if (rt_is_null(base))
            return base;
        bool plain = true;
        for (int i = 1; i < 9; i++)
            plain = plain && rt_is_null(v[i]);
        if (plain && t == &dialect_type && rt_is_exact(base, &dialect_type))
            return base;
        for (int i = 1; i < 9; i++)
            if (rt_is_null(v[i])) {
                hold[i] = v[i] = rt_getattr_opt_cstr(ts, base, dialect_names[i]);
                if (rt_pending(ts))
                    goto done;
            }
    }
    self = rt_type_alloc(ts, t);
    if (rt_is_null(self))
        goto done;
    struct dialect *d = as_dialect(self);
    if (set_char(ts, "delimiter", &d->delimiter, v[1], ',', false) == 0 && set_bool(ts, &d->doublequote, v[2], true) == 0 &&
        set_char(ts, "escapechar", &d->escapechar, v[3], NOT_SET, true) == 0 && set_terminator(ts, d, v[4]) == 0 &&
        set_char(ts, "quotechar", &d->quotechar, v[5], '"', true) == 0 && set_quoting(ts, d, v[6]) == 0 &&
        set_bool(ts, &d->skipinitialspace, v[7], false) == 0 && set_bool(ts, &d->strict, v[8], false) == 0 &&
        check_dialect(ts, d, v) == 0)
        set_marks(d);
    if (rt_pending(ts))
        rt_clear(ts, &self);
done:
    for (int i = 1; i < 9; i++)
        rt_decref(ts, hold[i]);
    rt_decref(ts, base);
    return self;
}
static rt_value dialect_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n, rt_value kw)
{
    static const struct rt_argspec spec = {"Dialect", dialect_names, 0, 0, 9, 9};
    rt_value v[9];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : dialect_fill(ts, t, v);
}
static rt_value dialect_get(struct rt_thread *ts, rt_value self, void *which)
{
    struct dialect *d = as_dialect(self);
    switch ((intptr_t)which) {
    case 1: return rt_str_from_char(ts, d->delimiter);
    case 2: return rt_bool(d->doublequote);
    case 3: return d->escapechar == NOT_SET ? RT_NONE : rt_str_from_char(ts, d->escapechar);
    case 4: return rt_newref(ts, d->lineterminator);
    case 5: return d->quotechar == NOT_SET ? RT_NONE : rt_str_from_char(ts, d->quotechar);
    case 6: return rt_int_imm(d->quoting);
    case 7: return rt_bool(d->skipinitialspace);
    default: return rt_bool(d->strict);
    }
}
static void dialect_clear(struct rt_thread *ts, struct rt_object *o) { rt_clear(ts, &((struct dialect *)o)->lineterminator); }
static const struct rt_getset_def dialect_getset[] = {
    {"delimiter", dialect_get, NULL, NULL, (void *)1}, {"doublequote", dialect_get, NULL, NULL, (void *)2},
    {"escapechar", dialect_get, NULL, NULL, (void *)3}, {"lineterminator", dialect_get, NULL, NULL, (void *)4},
    {"quotechar", dialect_get, NULL, NULL, (void *)5}, {"quoting", dialect_get, NULL, NULL, (void *)6},
    {"skipinitialspace", dialect_get, NULL, NULL, (void *)7}, {"strict", dialect_get, NULL, NULL, (void *)8}, {0}};
static rt_value dialect_reduce(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    return rt_raise(ts, &rt_exc_TypeError, "cannot pickle '%.100T' instances", self);
}
static const struct rt_method_def dialect_methods[] = {
    {"__reduce__", dialect_reduce, RT_METH_FAST, "raises an exception to avoid pickling"},
    {"__reduce_ex__", dialect_reduce, RT_METH_FAST, "raises an exception to avoid pickling"}, {0}};
static struct rt_type dialect_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_csv.Dialect", .flags = RT_TF_BASETYPE, .basic_size = sizeof(struct dialect),
    .doc = "CSV dialect\n\nThe Dialect type records CSV dialect options.", .clear = dialect_clear, .new = dialect_new,
    .methods = dialect_methods, .getset = dialect_getset,
};
/* The dialect of reader(), writer() and register_dialect(): (first..., **fmtparams). */
static rt_value call_dialect(struct rt_thread *ts, rt_value base, const rt_value *kwvalues, rt_value kw)
{
    size_t nkw = rt_is_null(kw) ? 0 : rt_as_tuple(kw)->length;
    rt_value args[16];
    if (nkw > 12)
        return rt_raise(ts, &rt_exc_TypeError, "too many format parameters");
    args[0] = base;
    for (size_t i = 0; i < nkw; i++)
        args[i + 1] = kwvalues[i];
    return rt_is_null(base) ? dialect_new(ts, &dialect_type, args + 1, 0, kw) : dialect_new(ts, &dialect_type, args, 1, kw);
}

/* ---- reader ---- */
enum scan { START_RECORD, START_FIELD, ESCAPED, IN_FIELD, IN_QUOTED, ESCAPE_IN_QUOTED, QUOTE_IN_QUOTED, EAT_CRNL, AFTER_ESCAPED_CRNL };
struct reader {
    struct rt_object hdr;
    rt_value dialect, input; /* constant */
    rt_value fields;         /* list in the making; in the section */
    uint32_t *buf;
    size_t len, capacity;
    enum scan state;
    bool numeric;
    _Atomic int64_t line_num;
};
static int push_char(struct rt_thread *ts, struct reader *r, uint32_t c)
{
    int64_t limit = field_limit(ts);
    if ((int64_t)r->len >= limit) {
        csv_error(ts, "field larger than field limit (%ld)", (long)limit);
        return -1;
    }
    if (r->len == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 256;
        uint32_t *buf = rt_raw_realloc(r->buf, capacity * sizeof *buf);
        if (!buf) {
            rt_raise_no_memory(ts);
            return -1;
        }
        r->buf = buf;
        r->capacity = capacity;
    }
    r->buf[r->len++] = c;
    return 0;
}
static int save_field(struct rt_thread *ts, struct reader *r)
{
    rt_value s = rt_str_from_ucs4(ts, r->buf, r->len);
    r->len = 0;
    if (rt_is_null(s))
        return -1;
    if (r->numeric) {
        r->numeric = false;
        rt_value f = rt_to_float(ts, s);
        rt_decref(ts, s);
        if (rt_is_null(f))
            return -1;
        s = f;
    }
    return rt_list_append_steal(ts, r->fields, s);
}
/* ---- the reader's machine: one step for each character; c is NOT_SET at the end of a line ---- */
static bool is_eol(uint32_t c) { return c == '\n' || c == '\r' || c == NOT_SET; }
static int push_in(struct rt_thread *ts, struct reader *r, enum scan state, uint32_t c)
{
    r->state = state;
    return push_char(ts, r, c);
}
static int end_field(struct rt_thread *ts, struct reader *r, uint32_t c)
{
    r->state = c == NOT_SET ? START_RECORD : is_eol(c) ? EAT_CRNL : START_FIELD;
    return save_field(ts, r);
}
static int scan_start(struct rt_thread *ts, struct reader *r, const struct dialect *d, uint32_t c)
{
    r->state = START_FIELD;
    if (is_eol(c))
        return end_field(ts, r, c);
    if (c == d->quotechar && d->quoting != QUOTE_NONE) {
        r->state = IN_QUOTED;
        return 0;
    }
    if (c == d->escapechar) {
        r->state = ESCAPED;
        return 0;
    }
    if (c == ' ' && d->skipinitialspace)
        return 0;
    if (c == d->delimiter)
        return end_field(ts, r, c);
    r->numeric = d->quoting == QUOTE_NONNUMERIC;
    return push_in(ts, r, IN_FIELD, c);
}
static int scan_plain(struct rt_thread *ts, struct reader *r, const struct dialect *d, uint32_t c)
{
    if (!is_eol(c) && c == d->escapechar) {
        r->state = ESCAPED;
        return 0;
    }
    return is_eol(c) || c == d->delimiter ? end_field(ts, r, c) : push_char(ts, r, c);
}
static int scan_quoted(struct rt_thread *ts, struct reader *r, const struct dialect *d, uint32_t c)
{
    if (c == NOT_SET)
        return 0;
    if (c == d->escapechar)
        r->state = ESCAPE_IN_QUOTED;
    else if (c == d->quotechar && d->quoting != QUOTE_NONE)
        r->state = d->doublequote ? QUOTE_IN_QUOTED : IN_FIELD;
    else
        return push_char(ts, r, c);
    return 0;
}
static int scan_after_quote(struct rt_thread *ts, struct reader *r, const struct dialect *d, uint32_t c)
{
    if (d->quoting != QUOTE_NONE && c == d->quotechar)
        return push_in(ts, r, IN_QUOTED, c);
    if (c == d->delimiter || is_eol(c))
        return end_field(ts, r, c);
    if (!d->strict)
        return push_in(ts, r, IN_FIELD, c);
    csv_error(ts, "'%c' expected after '%c'", (int)d->delimiter, (int)d->quotechar);
    return -1;
}
static int scan_char(struct rt_thread *ts, struct reader *r, uint32_t c)
{
    const struct dialect *d = as_dialect(r->dialect);
    switch (r->state) {
    case START_RECORD:
        if (!is_eol(c))
            return scan_start(ts, r, d, c);
        r->state = c == NOT_SET ? START_RECORD : EAT_CRNL;
        return 0;
    case START_FIELD: return scan_start(ts, r, d, c);
    case ESCAPED:
        if (c == '\n' || c == '\r')
            return push_in(ts, r, AFTER_ESCAPED_CRNL, c);
        return push_in(ts, r, IN_FIELD, c == NOT_SET ? '\n' : c);
    case AFTER_ESCAPED_CRNL: return c == NOT_SET ? 0 : scan_plain(ts, r, d, c);
    case IN_FIELD: return scan_plain(ts, r, d, c);
    case IN_QUOTED: return scan_quoted(ts, r, d, c);
    case ESCAPE_IN_QUOTED: return push_in(ts, r, IN_QUOTED, c == NOT_SET ? '\n' : c);
    case QUOTE_IN_QUOTED: return scan_after_quote(ts, r, d, c);
    case EAT_CRNL:
        if (c == NOT_SET)
            r->state = START_RECORD;
        else if (!is_eol(c))
            csv_error(ts, "new-line character seen in unquoted field - do you need to open the file in universal-newline mode?");
    }
    return rt_pending(ts) ? -1 : 0;
}
static size_t run_end(const struct dialect *d, const struct rt_str *s, size_t i, uint8_t ends)
{
    const uint8_t *p = rt_str_data(s);
    uint32_t c;
    if (s->kind == 1)
        while (i < s->length && !(d->marks[p[i]] & ends))
            i++;
    else
        while (i < s->length && ((c = rt_str_at(s, i)) > 0xff || !(d->marks[c] & ends)))
            i++;
    return i;
}
/*
 * Most fields are a run of ordinary characters, quoted or not, with a delimiter or the end of the line behind: such a
 * one, which begins at *at, is cut from the line whole. 1: *at is behind it; 0: the machine must go over it; -1: raised.
 */
static int whole_field(struct rt_thread *ts, struct reader *r, rt_value line, size_t *at)
{
    const struct dialect *d = as_dialect(r->dialect);
    const struct rt_str *s = rt_as_str(line);
    uint32_t first = rt_str_at(s, *at);
    bool quoted = first == d->quotechar && d->quoting != QUOTE_NONE;
    if (d->wide || (!quoted && (d->quoting == QUOTE_NONNUMERIC || (first == ' ' && d->skipinitialspace))))
        return 0;
    size_t start = *at + quoted, end = run_end(d, s, start, quoted ? ENDS_QUOTED : ENDS_PLAIN), after = end + quoted;
    if (after >= s->length || (int64_t)(end - start) > field_limit(ts))
        return 0;
    uint32_t c = rt_str_at(s, after);
    if (c == d->escapechar || (quoted && (rt_str_at(s, end) == d->escapechar || c == d->quotechar)))
        return 0;
    if (c != d->delimiter && !is_eol(c))
        return 0;
    r->state = is_eol(c) ? EAT_CRNL : START_FIELD;
    *at = after + 1;
    return rt_list_append_steal(ts, r->fields, rt_str_sub(ts, line, start, end)) < 0 ? -1 : 1;
}
static int scan_line(struct rt_thread *ts, struct reader *r, rt_value line)
{
    const struct rt_str *s = rt_as_str(line);
    int rc = 0;
    for (size_t i = 0; i < s->length && rc >= 0;) {
        uint32_t c = rt_str_at(s, i);
        bool begins = r->state == START_FIELD || (r->state == START_RECORD && !is_eol(c));
        if (!begins || (rc = whole_field(ts, r, line, &i)) == 0) {
            rc = scan_char(ts, r, c);
            i++;
        }
    }
    return rc < 0 ? -1 : scan_char(ts, r, NOT_SET);
}
static rt_value reader_next(struct rt_thread *ts, rt_value self)
{
    struct reader *r = (struct reader *)rt_ptr(self);
    struct rt_cs cs;
    rt_value res = RT_NULL;
    rt_cs_begin_py(ts, &cs, r);
    rt_clear(ts, &r->fields);
    r->fields = rt_list_new(ts, 8);
    r->len = 0;
    r->state = START_RECORD;
    r->numeric = false;
    do {
        rt_value line = rt_is_null(r->fields) ? RT_NULL : rt_next(ts, r->input);
        if (rt_is_null(line))
            goto done;
        if (rt_is_null(r->fields) && rt_is_null(r->fields = rt_list_new(ts, 8))) {
            /* the section was open while the line was made: another thread took the row */
            rt_decref(ts, line);
            goto done;
        }
        if (rt_is_stop(line)) {
            if (r->len != 0 || r->state == IN_QUOTED) {
                if (as_dialect(r->dialect)->strict)
                    csv_error(ts, "unexpected end of data");
                else if (save_field(ts, r) == 0)
                    break;
                goto done;
            }
            rt_clear(ts, &r->fields);
            res = RT_STOP;
            goto done;
        }
        if (!rt_is_str(line)) {
            csv_error(ts, "iterator should return strings, not %.200T (the file should be opened in text mode)", line);
            rt_decref(ts, line);
            goto done;
        }
        (void)rt_add_acq_rel(&r->line_num, 1);
        int rc = scan_line(ts, r, line);
        rt_decref(ts, line);
        if (rc < 0)
            goto done;
    } while (r->state != START_RECORD);
    res = r->fields;
    r->fields = RT_NULL;
done:
    rt_cs_end(ts, &cs);
    return res;
}
static rt_value reader_line(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_int_imm(rt_load_relaxed(&((struct reader *)rt_ptr(self))->line_num));
}
static rt_value object_dialect(struct rt_thread *ts, rt_value self, void *c)
{
    return rt_newref(ts, ((struct reader *)rt_ptr(self))->dialect);
}
static int reader_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct reader *r = (struct reader *)o;
    rt_value v[3] = {r->dialect, r->input, r->fields};
    for (int i = 0, x; i < 3; i++)
        if (rt_is_ptr(v[i]) && (x = visit(v[i], arg)))
            return x;
    return 0;
}
static void reader_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct reader *r = (struct reader *)o;
    rt_clear(ts, &r->fields);
    rt_clear(ts, &r->input);
    r->input = RT_NONE;
}
static void reader_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    struct reader *r = (struct reader *)o;
    reader_clear(ts, o);
    rt_clear(ts, &r->dialect);
    rt_raw_free(r->buf);
}
static const struct rt_getset_def reader_getset[] = {{"line_num", reader_line, NULL, NULL, NULL}, {"dialect", object_dialect, NULL, NULL, NULL}, {0}};
static struct rt_type reader_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_csv.reader", .flags = RT_TF_GC | RT_TF_NO_NEW, .basic_size = sizeof(struct reader),
    .doc = "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.\n",
    .dealloc = reader_dealloc, .traverse = reader_traverse, .clear = reader_clear, .iter = rt_iter_self, .iternext = reader_next, .getset = reader_getset,
};
static rt_value csv_reader(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    if (rt_args_count(ts, "reader", n, 1, 2) < 0)
        return RT_NULL;
    rt_value it = rt_iter(ts, a[0]);
    if (rt_is_null(it))
        return it;
    rt_value d = call_dialect(ts, n > 1 ? a[1] : RT_NULL, a + n, kw), v = rt_is_null(d) ? d : rt_type_alloc(ts, &reader_type);
    if (rt_is_null(v)) {
        rt_decref(ts, it);
        rt_decref(ts, d);
        return v;
    }
    ((struct reader *)rt_ptr(v))->dialect = d;
    ((struct reader *)rt_ptr(v))->input = it;
    return v;
}

/* ---- writer ---- */
struct writer { struct rt_object hdr; rt_value dialect; rt_value write; };
static bool special(const struct dialect *d, uint32_t c)
{
    if (c < RT_COUNTOF(d->marks))
        return d->marks[c] & TO_QUOTE;
    if (!d->wide)
        return false;
    if (c == d->delimiter || c == d->escapechar || c == d->quotechar)
        return true;
    const struct rt_str *lt = rt_as_str(d->lineterminator);
    for (size_t i = 0; i < lt->length; i++)
        if (rt_str_at(lt, i) == c)
            return true;
    return false;
}
/* Must another character stand before c? Which one: *mark. */
static bool needs_mark(const struct dialect *d, uint32_t c, uint32_t *mark)
{
    *mark = d->escapechar;
    if (d->quoting == QUOTE_NONE)
        return special(d, c);
    if (c == d->quotechar && d->doublequote)
        *mark = d->quotechar;
    return c == d->quotechar || c == d->escapechar;
}
static int put_marked(struct rt_thread *ts, const struct dialect *d, struct rt_strbuf *b, const struct rt_str *s)
{
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = rt_str_at(s, i), mark;
        bool needs = needs_mark(d, c, &mark);
        if (needs && mark == NOT_SET) {
            csv_error(ts, "need to escape, but no escapechar set");
            return -1;
        }
        if ((needs && rt_strbuf_char(ts, b, mark) < 0) || rt_strbuf_char(ts, b, c) < 0)
            return -1;
    }
    return 0;
}
static bool is_quoted(const struct dialect *d, const struct rt_str *s, size_t from)
{
    for (size_t i = from; i < s->length; i++) {
        uint32_t c = rt_str_at(s, i);
        if (special(d, c) && (c == d->quotechar ? d->doublequote : c != d->escapechar))
            return true;
    }
    return false;
}
/* field RT_NULL: empty */
static int put_field(struct rt_thread *ts, struct dialect *d, struct rt_strbuf *b, rt_value field, bool quoted)
{
    const struct rt_str *s = rt_is_null(field) ? NULL : rt_as_str(field);
    size_t n = s ? s->length : 0, plain = !s ? 0 : !d->wide ? run_end(d, s, 0, TO_QUOTE) : 0;
    while (plain < n && !special(d, rt_str_at(s, plain)))
        plain++;
    if (plain < n && d->quoting != QUOTE_NONE && !quoted)
        quoted = is_quoted(d, s, plain);
    if (quoted && rt_strbuf_char(ts, b, d->quotechar) < 0)
        return -1;
    if (s && (plain < n ? put_marked(ts, d, b, s) : rt_strbuf_str(ts, b, field)) < 0)
        return -1;
    return quoted ? rt_strbuf_char(ts, b, d->quotechar) : 0;
}
static rt_value writerow(struct rt_thread *ts, rt_value self, rt_value row)
{
    struct writer *w = (struct writer *)rt_ptr(self);
    struct dialect *d = as_dialect(w->dialect);
    rt_value it = rt_iter(ts, row), f;
    struct rt_strbuf b;
    size_t n = 0;
    bool null_only = false;
    if (rt_is_null(it)) {
        if (rt_exc_clear_if(ts, &rt_exc_TypeError))
            return csv_error(ts, "iterable expected, not %.200T", row);
        return it;
    }
    rt_strbuf_init(&b);
    for (; !rt_is_stop(f = rt_next(ts, it)); n++) {
        if (rt_is_null(f))
            goto fail;
        bool number = rt_is_any_int(f) || rt_is_float(f);
        bool quoted = d->quoting == QUOTE_ALL || (d->quoting == QUOTE_NONNUMERIC && !number && !rt_has(f, RT_TF_COMPLEX));
        rt_value s = rt_is_none(f) ? RT_NULL : rt_is_str(f) ? rt_newref(ts, f) : rt_str(ts, f);
        rt_decref(ts, f);
        if (rt_pending(ts))
            goto fail;
        null_only = n == 0 && (rt_is_null(s) || !rt_str_len(s)) && !quoted;
        int r = n ? rt_strbuf_char(ts, &b, d->delimiter) : 0;
        if (r == 0)
            r = put_field(ts, d, &b, s, quoted);
        rt_decref(ts, s);
        if (r < 0)
            goto fail;
    }
    if (n == 1 && null_only) {
        if (d->quoting == QUOTE_NONE) {
            csv_error(ts, "single empty field record must be quoted");
            goto fail;
        }
        if (rt_strbuf_char(ts, &b, d->quotechar) < 0 || rt_strbuf_char(ts, &b, d->quotechar) < 0)
            goto fail;
    }
    rt_decref(ts, it);
    if (rt_strbuf_str(ts, &b, d->lineterminator) < 0) {
        rt_strbuf_abort(&b);
        return RT_NULL;
    }
    rt_value line = rt_strbuf_finish(ts, &b), r = rt_is_null(line) ? line : rt_call1(ts, w->write, line);
    rt_decref(ts, line);
    return r;
fail:
    rt_decref(ts, it);
    rt_strbuf_abort(&b);
    return RT_NULL;
}
static rt_value writerows(struct rt_thread *ts, rt_value self, rt_value rows)
{
    rt_value it = rt_iter(ts, rows), row;
    if (rt_is_null(it))
        return it;
    while (!rt_is_stop(row = rt_next(ts, it))) {
        rt_value r = rt_is_null(row) ? row : writerow(ts, self, row);
        rt_decref(ts, row);
        if (rt_is_null(r)) {
            rt_decref(ts, it);
            return r;
        }
        rt_decref(ts, r);
    }
    rt_decref(ts, it);
    return RT_NONE;
}
static int writer_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    struct writer *w = (struct writer *)o;
    int x = rt_is_ptr(w->dialect) ? visit(w->dialect, arg) : 0;
    return x ? x : rt_is_ptr(w->write) ? visit(w->write, arg) : 0;
}
static void writer_clear(struct rt_thread *ts, struct rt_object *o)
{
    struct writer *w = (struct writer *)o;
    rt_value f = w->write;
    w->write = RT_NONE;
    rt_decref(ts, f);
}
static void writer_dealloc(struct rt_thread *ts, struct rt_object *o)
{
    writer_clear(ts, o);
    rt_clear(ts, &((struct writer *)o)->dialect);
}
static const struct rt_method_def writer_methods[] = {
    {"writerow", writerow, RT_METH_O, "writerow(iterable)\n\nConstruct and write a CSV record from an iterable of fields.  Non-string\nelements will be converted to string."},
    {"writerows", writerows, RT_METH_O, "writerows(iterable of iterables)\n\nConstruct and write a series of iterables to a csv file.  Non-string\nelements will be converted to string."},
    {0}};
static const struct rt_getset_def writer_getset[] = {{"dialect", object_dialect, NULL, NULL, NULL}, {0}};
static struct rt_type writer_type = {
    .hdr = RT_STATIC_TYPE_HDR, .name = "_csv.writer", .flags = RT_TF_GC | RT_TF_NO_NEW, .basic_size = sizeof(struct writer),
    .doc = "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.\n",
    .dealloc = writer_dealloc, .traverse = writer_traverse, .clear = writer_clear, .methods = writer_methods, .getset = writer_getset,
};
static rt_value csv_writer(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    if (rt_args_count(ts, "writer", n, 1, 2) < 0)
        return RT_NULL;
    rt_value f = rt_getattr_opt_cstr(ts, a[0], "write");
    if (rt_is_null(f) || !rt_is_callable(f)) {
        rt_decref(ts, f);
        return rt_pending(ts) ? RT_NULL : rt_raise(ts, &rt_exc_TypeError, "argument 1 must have a \"write\" method");
    }
    rt_value d = call_dialect(ts, n > 1 ? a[1] : RT_NULL, a + n, kw), v = rt_is_null(d) ? d : rt_type_alloc(ts, &writer_type);
    if (rt_is_null(v)) {
        rt_decref(ts, f);
        rt_decref(ts, d);
        return v;
    }
    ((struct writer *)rt_ptr(v))->dialect = d;
    ((struct writer *)rt_ptr(v))->write = f;
    return v;
}

/* ---- registry ---- */
static rt_value list_dialects(struct rt_thread *ts, rt_value self)
{
    rt_value d = dialects(ts), l = rt_dict_keys_list(ts, d);
    rt_decref(ts, d);
    return l;
}
static rt_value register_dialect(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    if (rt_args_count(ts, "register_dialect", n, 1, 2) < 0)
        return RT_NULL;
    if (!rt_is_str(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "dialect name must be a string");
    rt_value d = call_dialect(ts, n > 1 ? a[1] : RT_NULL, a + n, kw);
    if (rt_is_null(d))
        return d;
    rt_value all = dialects(ts);
    int r = rt_dict_set(ts, all, a[0], d);
    rt_decref(ts, all);
    rt_decref(ts, d);
    return r < 0 ? RT_NULL : RT_NONE;
}
static rt_value unregister_dialect(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", NULL};
    static const struct rt_argspec spec = {"unregister_dialect", names, 0, 1, 1, 1};
    rt_value v[1];
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    rt_value all = dialects(ts);
    int r = rt_dict_del_opt(ts, all, v[0]);
    rt_decref(ts, all);
    return r < 0 ? RT_NULL : r ? RT_NONE : csv_error(ts, "unknown dialect");
}
static rt_value get_dialect(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n, rt_value kw)
{
    static const char *const names[] = {"name", NULL};
    static const struct rt_argspec spec = {"get_dialect", names, 0, 1, 1, 1};
    rt_value v[1];
    return rt_args(ts, &spec, a, n, kw, v) < 0 ? RT_NULL : find_dialect(ts, v[0]);
}
static rt_value field_size_limit(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    if (rt_args_count(ts, "field_size_limit", n, 0, 1) < 0)
        return RT_NULL;
    int64_t old = field_limit(ts);
    if (n) {
        if (!rt_is_any_int(a[0]))
            return rt_raise(ts, &rt_exc_TypeError, "limit must be an integer");
        int64_t v = rt_as_i64(ts, a[0]);
        if (rt_pending(ts))
            return RT_NULL;
        rt_store_relaxed(limit_field(ts), (intptr_t)(v - 131072));
    }
    return rt_int_from_i64(ts, old);
}

static int exec(struct rt_thread *ts, rt_value m)
{
    static const struct { const char *name; int v; } consts[] = {{"QUOTE_MINIMAL", 0}, {"QUOTE_ALL", 1}, {"QUOTE_NONNUMERIC", 2}, {"QUOTE_NONE", 3}};
    if (rt_type_ready(ts, &reader_type) < 0 || rt_type_ready(ts, &writer_type) < 0)
        return -1;
    rt_value w[2] = {rt_module_add_exception(ts, m, "_csv.Error", rt_type_value(&rt_exc_Exception)), rt_dict_new(ts)};
    if (rt_is_null(w[0]) || rt_is_null(w[1]))
        return -1;
    rt_module_add(ts, m, "_dialects", rt_newref(ts, w[1]));
    rt_value t = rt_tuple_steal(ts, w, 2);
    if (rt_is_null(t))
        return -1;
    rt_slot_set(ts, &ts->interp->native_state[RT_NS_CSV], t);
    for (size_t i = 0; i < RT_COUNTOF(consts); i++)
        rt_module_add_int(ts, m, consts[i].name, consts[i].v);
    rt_module_add(ts, m, "Reader", rt_type_value(&reader_type));
    rt_module_add(ts, m, "Writer", rt_type_value(&writer_type));
    return rt_module_add_str(ts, m, "__version__", "1.0");
}
static const struct rt_method_def methods[] = {
    {"reader", csv_reader, RT_METH_KW, "csv_reader = reader(iterable [, dialect='excel']\n                        [optional keyword args])\n    for row in csv_reader:\n        process(row)"},
    {"writer", csv_writer, RT_METH_KW, "csv_writer = csv.writer(fileobj [, dialect='excel']\n                            [optional keyword args])\n    for row in sequence:\n        csv_writer.writerow(row)"},
    {"list_dialects", list_dialects, RT_METH_NOARGS, "list_dialects($module, /)\n--\n\nReturn a list of all known dialect names."},
    {"register_dialect", register_dialect, RT_METH_KW, "Create a mapping from a string name to a dialect class.\n    dialect = csv.register_dialect(name[, dialect[, **fmtparams]])"},
    {"unregister_dialect", unregister_dialect, RT_METH_KW, "unregister_dialect($module, /, name)\n--\n\nDelete the name/dialect mapping associated with a string name."},
    {"get_dialect", get_dialect, RT_METH_KW, "get_dialect($module, /, name)\n--\n\nReturn the dialect instance associated with name."},
    {"field_size_limit", field_size_limit, RT_METH_FAST, "field_size_limit([limit])\n\nSets an upper limit on parsed fields."},
    {0},
};
static struct rt_type *const types[] = {&dialect_type, NULL};
const struct rt_module_def rt_module__csv = {
    .name = "_csv", .doc = "CSV parsing and writing.\n", .methods = methods, .types = types, .exec = exec,
};
