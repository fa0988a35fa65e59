/* SPDX-License-Identifier: MIT */
/*
 * _json.make_encoder: objects to JSON text, and the module's quoting functions.
 *
 * One walk writes into one buffer. The containers being written form a chain on the machine stack;
 * with check_circular a container (or an object given to default) that is in the chain already is an
 * error. The fields of an encoder are constant once it is made. Dicts are walked in place, at most as
 * many entries as there were at the start; what default() changes meanwhile may be missed.
 */
#include <math.h>

#include "core/modules/json/json_internal.h"
#include "core/object/object_internal.h"

struct encoder {
    struct rt_object hdr;
    rt_value markers, deflt, quote, indent, key_sep, item_sep; /* constant after new */
    bool sort_keys, skipkeys, allow_nan;
    uint8_t fast; /* quote is 1: encode_basestring_ascii, 2: encode_basestring, 0: something else */
};
struct link {
    rt_value o; /* borrowed */
    const struct link *up;
};
struct walk {
    struct rt_jsonout out;
    struct encoder *e;
};

static struct encoder *as_encoder(rt_value v) { return (struct encoder *)rt_ptr(v); }
static int put(struct rt_thread *ts, struct walk *w, rt_value v, const struct link *up);

static int check_circular(struct rt_thread *ts, struct walk *w, rt_value v, const struct link *up)
{
    if (rt_is_none(w->e->markers))
        return 0;
    for (; up; up = up->up) {
        if (rt_is(up->o, v)) {
            rt_raise(ts, &rt_exc_ValueError, "Circular reference detected");
            return -1;
        }
    }
    return 0;
}

static int put_str(struct rt_thread *ts, struct walk *w, rt_value s)
{
    if (rt_likely(w->e->fast))
        return rt_jsonout_quoted(ts, &w->out, s, w->e->fast == 1);
    rt_value q = rt_call1(ts, w->e->quote, s);
    if (rt_is_null(q))
        return -1;
    int r = -1;
    if (rt_is_ptr(q) && rt_is_str(q))
        r = rt_jsonout_str(ts, &w->out, q);
    else
        rt_raise(ts, &rt_exc_TypeError, "encoder() must return a string, not %.80s", rt_typename(q));
    rt_decref(ts, q);
    return r;
}

static int put_int(struct rt_thread *ts, struct walk *w, rt_value v)
{
    int64_t i;
    if (rt_int_try_i64(v, &i))
        return rt_jsonout_int(ts, &w->out, i);
    rt_value s = rt_int_to_str(ts, v, 10, false);
    int r = rt_is_null(s) ? -1 : rt_jsonout_str(ts, &w->out, s);
    rt_decref(ts, s);
    return r;
}

static int put_double(struct rt_thread *ts, struct walk *w, double d)
{
    if (rt_likely(isfinite(d)))
        return rt_jsonout_double(ts, &w->out, d);
    if (!w->e->allow_nan) {
        rt_raise(ts, &rt_exc_ValueError, "Out of range float values are not JSON compliant");
        return -1;
    }
    const char *s = isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity";
    return rt_jsonout_ascii(ts, &w->out, s, strlen(s));
}

static int put_const(struct rt_thread *ts, struct walk *w, rt_value v)
{
    if (rt_is_none(v))
        return rt_jsonout_ascii(ts, &w->out, "null", 4);
    return rt_is_true(v) ? rt_jsonout_ascii(ts, &w->out, "true", 4)
                         : rt_jsonout_ascii(ts, &w->out, "false", 5);
}

static bool is_const(rt_value v) { return rt_is_none(v) || rt_is_bool(v); }

/* A key that is no str, as a quoted string: 1, 0 to be skipped, -1. */
static int put_odd_key(struct rt_thread *ts, struct walk *w, rt_value k)
{
    struct walk text = {.e = w->e};
    int r;
    rt_jsonout_init(&text.out);
    if (rt_is_float(k)) {
        r = put_double(ts, &text, rt_float_value(k));
    } else if (is_const(k)) {
        r = put_const(ts, &text, k);
    } else if (rt_is_any_int(k)) {
        r = put_int(ts, &text, k);
    } else {
        if (w->e->skipkeys)
            return 0;
        rt_raise(ts, &rt_exc_TypeError,
                 "keys must be str, int, float, bool or None, not %.100s", rt_typename(k));
        return -1;
    }
    rt_value s = rt_jsonout_finish(ts, &text.out);
    if (r == 0)
        r = rt_is_null(s) ? -1 : put_str(ts, w, s);
    rt_decref(ts, s);
    return r < 0 ? -1 : 1;
}

/* One entry; *first as long as nothing was written. */
static int put_entry(struct rt_thread *ts, struct walk *w, rt_value k, rt_value v, bool *first,
                     const struct link *here)
{
    size_t before = w->out.n;
    if (!*first && rt_jsonout_str(ts, &w->out, w->e->item_sep) < 0)
        return -1;
    if (rt_likely(rt_is_ptr(k) && rt_is_str(k))) {
        if (put_str(ts, w, k) < 0)
            return -1;
    } else {
        int r = put_odd_key(ts, w, k);
        if (r <= 0) {
            w->out.n = before;
            return r;
        }
    }
    *first = false;
    if (rt_jsonout_str(ts, &w->out, w->e->key_sep) < 0)
        return -1;
    return put(ts, w, v, here);
}

static int put_items(struct rt_thread *ts, struct walk *w, rt_value d, const struct link *here)
{
    bool first = true;
    int r = 0;
    rt_value items = rt_mapping_items(ts, d), item;
    if (rt_is_null(items))
        return -1;
    if (w->e->sort_keys)
        r = rt_list_sort(ts, items, RT_NULL, false);
    for (size_t i = 0; r == 0 && !rt_is_null(item = rt_list_get(ts, items, i)); i++) {
        if (!rt_is_ptr(item) || !rt_is_tuple(item) || rt_as_tuple(item)->length != 2) {
            rt_raise(ts, &rt_exc_ValueError, "items must return 2-tuples");
            r = -1;
        } else {
            r = put_entry(ts, w, rt_as_tuple(item)->items[0], rt_as_tuple(item)->items[1], &first,
                          here);
        }
        rt_decref(ts, item);
    }
    rt_decref(ts, items);
    return r;
}

static int put_dict(struct rt_thread *ts, struct walk *w, rt_value d, const struct link *up)
{
    struct link here = {d, up};
    size_t pos = 0, left = rt_dict_len(d);
    bool first = true;
    rt_value k, v;
    int r = 0;
    if (left == 0)
        return rt_jsonout_ascii(ts, &w->out, "{}", 2);
    if (check_circular(ts, w, d, up) < 0 || rt_jsonout_ascii(ts, &w->out, "{", 1) < 0)
        return -1;
    if (!rt_is_exact(d, &rt_dict_type) || w->e->sort_keys) {
        r = put_items(ts, w, d, &here);
    } else {
        while (r == 0 && left-- && rt_dict_next(ts, d, &pos, &k, &v)) {
            r = put_entry(ts, w, k, v, &first, &here);
            rt_decref(ts, k);
            rt_decref(ts, v);
        }
    }
    return r < 0 ? r : rt_jsonout_ascii(ts, &w->out, "}", 1);
}

/* Item i of a list or tuple, owned; RT_NULL past the end. */
static rt_value item_at(struct rt_thread *ts, rt_value l, size_t i)
{
    if (!rt_is_tuple(l))
        return rt_list_get(ts, l, i);
    return i < rt_as_tuple(l)->length ? rt_newref(ts, rt_as_tuple(l)->items[i]) : RT_NULL;
}

static int put_list(struct rt_thread *ts, struct walk *w, rt_value l, const struct link *up)
{
    struct link here = {l, up};
    rt_value v, items = l;
    int r;
    if (!rt_is_exact(l, &rt_list_type) && !rt_is_exact(l, &rt_tuple_type)) {
        items = rt_seq_list(ts, l); /* a subclass says by __iter__ what it holds */
        if (rt_is_null(items))
            return -1;
    }
    bool empty = rt_is_null(v = item_at(ts, items, 0));
    r = empty ? 0 : check_circular(ts, w, l, up);
    if (r == 0)
        r = rt_jsonout_ascii(ts, &w->out, "[", 1);
    for (size_t i = 1; r == 0 && !rt_is_null(v); i++) {
        r = put(ts, w, v, &here);
        rt_decref(ts, v);
        v = r < 0 ? RT_NULL : item_at(ts, items, i);
        if (!rt_is_null(v))
            r = rt_jsonout_str(ts, &w->out, w->e->item_sep);
    }
    rt_decref(ts, v);
    if (items.bits != l.bits)
        rt_decref(ts, items);
    return r < 0 ? r : rt_jsonout_ascii(ts, &w->out, "]", 1);
}

static int put_default(struct rt_thread *ts, struct walk *w, rt_value v, const struct link *up)
{
    struct link here = {v, up};
    if (check_circular(ts, w, v, up) < 0)
        return -1;
    rt_value other = rt_call1(ts, w->e->deflt, v);
    if (rt_is_null(other))
        return -1;
    int r = rt_recursion_enter(ts, " while encoding a JSON object");
    if (r == 0) {
        r = put(ts, w, other, &here);
        rt_recursion_leave(ts);
    }
    rt_decref(ts, other);
    return r;
}

static int put(struct rt_thread *ts, struct walk *w, rt_value v, const struct link *up)
{
    int r;
    if (rt_is_int(v))
        return rt_jsonout_int(ts, &w->out, rt_int_get(v));
    if (rt_is_float_imm(v))
        return put_double(ts, w, rt_float_imm_get(v));
    if (is_const(v))
        return put_const(ts, w, v);
    if (!rt_is_ptr(v))
        return put_default(ts, w, v, up);
    uint32_t flags = rt_load_relaxed(&rt_type_of(v)->flags);
    if (flags & RT_TF_STR)
        return put_str(ts, w, v);
    if (flags & RT_TF_INT)
        return put_int(ts, w, v);
    if (flags & RT_TF_FLOAT)
        return put_double(ts, w, rt_float_value(v));
    if (!(flags & (RT_TF_LIST | RT_TF_TUPLE | RT_TF_DICT_SUB)))
        return put_default(ts, w, v, up);
    if (rt_recursion_enter(ts, " while encoding a JSON object") < 0)
        return -1;
    r = flags & RT_TF_DICT_SUB ? put_dict(ts, w, v, up) : put_list(ts, w, v, up);
    rt_recursion_leave(ts);
    return r;
}

/* encoder(obj, indent level): tuple of one str. */
static rt_value encoder_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                             rt_value kw)
{
    static const char *const names[] = {"obj", "_current_indent_level", NULL};
    static const struct rt_argspec spec = {"_iterencode", names, 0, 2, 2, 2};
    rt_value v[2], s;
    struct walk w;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    if (rt_as_index(ts, v[1], &rt_exc_OverflowError) == -1 && rt_pending(ts))
        return RT_NULL;
    w.e = as_encoder(self);
    rt_jsonout_init(&w.out);
    if (put(ts, &w, v[0], NULL) < 0) {
        rt_jsonout_free(&w.out);
        return RT_NULL;
    }
    s = rt_jsonout_finish(ts, &w.out);
    return rt_is_null(s) ? s : rt_tuple_steal(ts, &s, 1);
}

/* ---- the type ---- */
static uint8_t which_quote(rt_value f)
{
    if (!rt_is_exact(f, &rt_builtin_type))
        return 0;
    const struct rt_method_def *d = ((struct rt_builtin *)rt_ptr(f))->def;
    return d->fn == (void *)rt_json_quote_ascii ? 1 : d->fn == (void *)rt_json_quote ? 2 : 0;
}

static int need_str(struct rt_thread *ts, rt_value v, int place)
{
    if (rt_is_ptr(v) && rt_is_str(v))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "make_encoder() argument %d must be str, not %.50s", place,
             rt_typename(v));
    return -1;
}

static rt_value encoder_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                            rt_value kw)
{
    static const char *const names[] = {"markers", "default", "encoder", "indent", "key_separator",
        "item_separator", "sort_keys", "skipkeys", "allow_nan", NULL};
    static const struct rt_argspec spec = {"make_encoder", names, 0, 9, 9, 9};
    rt_value v[9];
    int b[3];
    if (rt_args(ts, &spec, a, n, kw, v) < 0 || need_str(ts, v[4], 5) < 0 ||
        need_str(ts, v[5], 6) < 0)
        return RT_NULL;
    for (int i = 0; i < 3; i++)
        if ((b[i] = rt_truth(ts, v[6 + i])) < 0)
            return RT_NULL;
    if (!rt_is_none(v[0]) && !(rt_is_ptr(v[0]) && rt_is_dict(v[0])))
        return rt_raise(ts, &rt_exc_TypeError,
                        "make_encoder() argument 1 must be dict or None, not %.200s",
                        rt_typename(v[0]));
    rt_value self = rt_type_alloc(ts, t);
    if (rt_is_null(self))
        return self;
    struct encoder *e = as_encoder(self);
    rt_value *fields = &e->markers;
    for (int i = 0; i < 6; i++)
        fields[i] = rt_newref(ts, v[i]);
    e->sort_keys = b[0];
    e->skipkeys = b[1];
    e->allow_nan = b[2];
    e->fast = which_quote(v[2]);
    return self;
}

static int encoder_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value *fields = &((struct encoder *)o)->markers;
    int r = 0;
    for (int i = 0; i < 6 && !r; i++)
        r = visit(fields[i], arg);
    return r;
}

static void encoder_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_value *fields = &((struct encoder *)o)->markers;
    for (int i = 0; i < 6; i++)
        rt_clear(ts, &fields[i]);
}

#define OBJECT(name, field) {name, RT_MEMBER_OBJECT, offsetof(struct encoder, field), true, NULL}
static const struct rt_member_def encoder_members[] = {
    OBJECT("markers", markers), OBJECT("default", deflt), OBJECT("encoder", quote),
    OBJECT("indent", indent), OBJECT("key_separator", key_sep), OBJECT("item_separator", item_sep),
    {"sort_keys", RT_MEMBER_BOOL, offsetof(struct encoder, sort_keys), true, "sort_keys"},
    {"skipkeys", RT_MEMBER_BOOL, offsetof(struct encoder, skipkeys), true, "skipkeys"},
    {0},
};

struct rt_type rt_json_encoder_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_json.Encoder",
    .doc = "_iterencode(obj, _current_indent_level) -> iterable",
    .flags = RT_TF_GC,
    .basic_size = sizeof(struct encoder),
    .dealloc = encoder_clear,
    .traverse = encoder_traverse,
    .clear = encoder_clear,
    .new = encoder_new,
    .call = encoder_call,
    .members = encoder_members,
};

/* ---- functions ---- */
static rt_value quote(struct rt_thread *ts, rt_value s, bool ascii)
{
    struct rt_jsonout out;
    if (!rt_is_ptr(s) || !rt_is_str(s))
        return rt_raise(ts, &rt_exc_TypeError, "first argument must be a string, not %.80s",
                        rt_typename(s));
    rt_jsonout_init(&out);
    if (rt_jsonout_quoted(ts, &out, s, ascii) < 0) {
        rt_jsonout_free(&out);
        return RT_NULL;
    }
    return rt_jsonout_finish(ts, &out);
}

rt_value rt_json_quote_ascii(struct rt_thread *ts, rt_value self, rt_value s)
{
    return quote(ts, s, true);
}

rt_value rt_json_quote(struct rt_thread *ts, rt_value self, rt_value s)
{
    return quote(ts, s, false);
}
