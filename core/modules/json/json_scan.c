/* SPDX-License-Identifier: MIT */
/*
 * _json.make_scanner and scanstring: JSON text to objects.
 *
 * The parser proper is json_scan_impl.h, once for each kind of text. Members of an object and items of
 * an array gather in small arrays on the machine stack (where the collector looks) and become a dict
 * or list of the right size when they are complete, or when the array is full. Equal keys of one
 * document are the same object: a small table by the first and last bytes, behind it a dict.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/base/dtoa.h"
#include "core/modules/json/json_internal.h"

enum { MEMO_SLOTS = 64, MEMO_PROBES = 4, GATHER = 16 };

struct scanner {
    struct rt_object hdr;
    rt_value object_hook, pairs_hook, parse_float, parse_int, parse_constant; /* constant after new */
    bool strict;
};
struct scan {
    rt_value str; /* borrowed */
    const void *data;
    size_t n;
    struct scanner *self;
    bool ascii, strict, plain_int, plain_float;
    uint8_t nused, used[MEMO_SLOTS];
    rt_value memo_dict; /* owned or RT_NULL */
    rt_value memo[MEMO_SLOTS];
};
struct members { /* of an object being read; kv: owned */
    uint32_t n;
    bool pairs;    /* gather tuples for object_pairs_hook */
    rt_value dict; /* or list of pairs; owned, RT_NULL as long as kv suffices */
    rt_value kv[2 * GATHER];
};
struct items {
    uint32_t n;
    rt_value list;
    rt_value v[2 * GATHER];
};

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static struct scanner *as_scanner(rt_value v) { return (struct scanner *)rt_ptr(v); }

/* ---- errors ---- */
static RT_COLD rt_value not_here(struct rt_thread *ts, size_t at)
{
    return rt_raise_value(ts, &rt_exc_StopIteration, rt_int_imm((int64_t)at));
}

static RT_COLD void fail(struct rt_thread *ts, struct scan *c, const char *msg, size_t at)
{
    rt_value cls = rt_import_attr(ts, "json.decoder", "JSONDecodeError"), text, exc;
    if (rt_is_null(cls))
        return;
    text = rt_str_from_cstr(ts, msg);
    exc = rt_is_null(text) ? text : rt_call3(ts, cls, text, c->str, rt_int_imm((int64_t)at));
    if (!rt_is_null(exc))
        rt_raise_instance(ts, exc);
    rt_decref(ts, exc);
    rt_decref(ts, text);
    rt_decref(ts, cls);
}

/* ---- keys ---- */
/* Consumes k. */
static rt_value memo_str(struct rt_thread *ts, struct scan *c, rt_value k)
{
    if (rt_is_null(c->memo_dict) && rt_is_null(c->memo_dict = rt_dict_new(ts))) {
        rt_decref(ts, k);
        return RT_NULL;
    }
    rt_value r = rt_dict_setdefault(ts, c->memo_dict, k, k);
    rt_decref(ts, k);
    return r;
}

static uint64_t load_part(const uint8_t *p, size_t n)
{
    uint64_t w = 0;
    if (n >= 8) {
        memcpy(&w, p, 8);
    } else if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, p, 4);
        memcpy(&b, p + n - 4, 4);
        w = (uint64_t)a << 32 | b;
    } else {
        w = (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];
    }
    return w;
}

/* The key with these 1 to 32 characters; owned. */
static rt_value memo_latin1(struct rt_thread *ts, struct scan *c, const uint8_t *p, size_t n)
{
    uint64_t h = load_part(p, n) + n;
    if (n > 8)
        h ^= load_part(p + n - 8, 8) * 0x9e3779b97f4a7c15ull;
    h *= 0xff51afd7ed558ccdull;
    uint32_t i = (uint32_t)(h >> 58);
    for (int k = 0; k < MEMO_PROBES; k++, i = (i + 1) % MEMO_SLOTS) {
        rt_value have = c->memo[i];
        if (rt_is_null(have)) {
            rt_value key = rt_str_from_latin1(ts, p, n);
            if (rt_is_null(key))
                return key;
            c->used[c->nused++] = (uint8_t)i;
            c->memo[i] = key;
            return rt_newref(ts, key);
        }
        struct rt_str *s = rt_as_str(have);
        if (s->length == n && memcmp(rt_str_data(s), p, n) == 0)
            return rt_newref(ts, have);
    }
    rt_value key = rt_str_from_latin1(ts, p, n);
    return rt_is_null(key) ? key : memo_str(ts, c, key);
}

static void memo_drop(struct rt_thread *ts, struct scan *c)
{
    for (int k = 0; k < c->nused; k++)
        rt_decref(ts, c->memo[c->used[k]]);
    rt_decref(ts, c->memo_dict);
}

/* ---- objects and arrays under construction ---- */
/* All gathered members into m->dict; they are consumed, even on error. */
static int members_flush(struct rt_thread *ts, struct members *m, size_t size)
{
    int r = 0;
    if (rt_is_null(m->dict)) {
        m->dict = m->pairs ? rt_list_new(ts, size) : rt_dict_new_sized(ts, size);
        r = rt_is_null(m->dict) ? -1 : 0;
    }
    for (uint32_t i = 0; i < m->n; i += 2) {
        if (r < 0) {
            rt_decref(ts, m->kv[i]);
            rt_decref(ts, m->kv[i + 1]);
        } else if (m->pairs) {
            rt_value t = rt_tuple_steal(ts, &m->kv[i], 2);
            r = rt_is_null(t) ? -1 : rt_list_append_steal(ts, m->dict, t);
        } else {
            r = rt_dict_store(ts, rt_as_dict(m->dict), m->kv[i], rt_str_hash(m->kv[i]), m->kv[i + 1],
                              RT_DICT_REPLACE, NULL);
            rt_decref(ts, m->kv[i]);
        }
    }
    m->n = 0;
    return r < 0 ? -1 : 0;
}

/* Consumes both. */
RT_INLINE int members_add(struct rt_thread *ts, struct members *m, rt_value key, rt_value value)
{
    m->kv[m->n] = key;
    m->kv[m->n + 1] = value;
    m->n += 2;
    return rt_likely(m->n < 2 * GATHER) ? 0 : members_flush(ts, m, 2 * GATHER);
}

static void members_drop(struct rt_thread *ts, struct members *m)
{
    for (uint32_t i = 0; i < m->n; i++)
        rt_decref(ts, m->kv[i]);
    rt_decref(ts, m->dict);
}

static rt_value members_finish(struct rt_thread *ts, struct scan *c, struct members *m)
{
    if (members_flush(ts, m, m->n / 2) < 0) {
        rt_decref(ts, m->dict);
        return RT_NULL;
    }
    rt_value hook = m->pairs ? c->self->pairs_hook : c->self->object_hook;
    if (rt_is_none(hook))
        return m->dict;
    rt_value r = rt_call1(ts, hook, m->dict);
    rt_decref(ts, m->dict);
    return r;
}

static RT_NOINLINE int items_flush(struct rt_thread *ts, struct items *m)
{
    int r = 0;
    uint32_t i = 0;
    if (rt_is_null(m->list) && rt_is_null(m->list = rt_list_new(ts, 8 * GATHER)))
        r = -1;
    for (; i < m->n && r == 0; i++)
        r = rt_list_append_steal(ts, m->list, m->v[i]);
    for (; i < m->n; i++)
        rt_decref(ts, m->v[i]);
    m->n = 0;
    return r;
}

/* Consumes v. */
RT_INLINE int items_add(struct rt_thread *ts, struct items *m, rt_value v)
{
    m->v[m->n++] = v;
    return rt_likely(m->n < 2 * GATHER) ? 0 : items_flush(ts, m);
}

static void items_drop(struct rt_thread *ts, struct items *m)
{
    for (uint32_t i = 0; i < m->n; i++)
        rt_decref(ts, m->v[i]);
    rt_decref(ts, m->list);
}

static rt_value items_finish(struct rt_thread *ts, struct items *m)
{
    if (rt_is_null(m->list))
        return rt_list_steal(ts, m->v, m->n);
    if (items_flush(ts, m) == 0)
        return m->list;
    rt_decref(ts, m->list);
    return RT_NULL;
}

/* ---- the parser, three times ---- */
#define UNIT uint8_t
#define KIND 1
#define NAME(x) x##_1
#include "core/modules/json/json_scan_impl.h"
#undef UNIT
#undef KIND
#undef NAME
#define UNIT uint16_t
#define KIND 2
#define NAME(x) x##_2
#include "core/modules/json/json_scan_impl.h"
#undef UNIT
#undef KIND
#undef NAME
#define UNIT uint32_t
#define KIND 4
#define NAME(x) x##_4
#include "core/modules/json/json_scan_impl.h"

static void scan_init(struct scan *c, rt_value str)
{
    struct rt_str *s = rt_as_str(str);
    c->str = str;
    c->data = rt_str_data(s);
    c->n = s->length;
    c->ascii = s->ascii;
}

static rt_value with_end(struct rt_thread *ts, rt_value v, size_t end)
{
    rt_value pair[2] = {v, rt_int_imm((int64_t)end)};
    return rt_is_null(v) ? v : rt_tuple_steal(ts, pair, 2);
}

/* ---- scanner(string, idx) ---- */
static rt_value scanner_call(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n,
                             rt_value kw)
{
    static const char *const names[] = {"string", "idx", NULL};
    static const struct rt_argspec spec = {"scan_once", names, 0, 2, 2, 2};
    rt_value v[2], r;
    size_t end = 0;
    struct scan c;
    if (rt_args(ts, &spec, a, n, kw, v) < 0)
        return RT_NULL;
    int64_t at = rt_as_ssize(ts, v[1]);
    if (at == -1 && rt_pending(ts))
        return RT_NULL;
    if (!rt_is_ptr(v[0]) || !rt_is_str(v[0]))
        return rt_raise(ts, &rt_exc_TypeError, "first argument must be a string, not %.80s",
                        rt_typename(v[0]));
    if (at < 0)
        return rt_raise(ts, &rt_exc_ValueError, "idx cannot be negative");
    scan_init(&c, v[0]);
    c.self = as_scanner(self);
    c.strict = c.self->strict;
    c.plain_int = rt_is(c.self->parse_int, rt_type_value(&rt_int_type));
    c.plain_float = rt_is(c.self->parse_float, rt_type_value(&rt_float_type));
    c.nused = 0;
    c.memo_dict = RT_NULL;
    memset(c.memo, 0, sizeof c.memo);
    int kind = rt_as_str(v[0])->kind;
    r = kind == 1   ? value_1(ts, &c, (size_t)at, &end)
        : kind == 2 ? value_2(ts, &c, (size_t)at, &end)
                    : value_4(ts, &c, (size_t)at, &end);
    memo_drop(ts, &c);
    return with_end(ts, r, end);
}

static rt_value scanner_new(struct rt_thread *ts, struct rt_type *t, const rt_value *a, uint32_t n,
                            rt_value kw)
{
    static const char *const names[] = {"context", NULL};
    static const struct rt_argspec spec = {"make_scanner", names, 0, 1, 1, 1};
    static const char *const attrs[] = {"object_hook", "object_pairs_hook", "parse_float",
                                        "parse_int", "parse_constant"};
    rt_value ctx, self = rt_args(ts, &spec, a, n, kw, &ctx) < 0 ? RT_NULL : rt_type_alloc(ts, t);
    if (rt_is_null(self))
        return self;
    struct scanner *s = as_scanner(self);
    rt_value *fields = &s->object_hook, strict = rt_getattr_cstr(ts, ctx, "strict");
    int b = rt_is_null(strict) ? -1 : rt_truth(ts, strict);
    rt_decref(ts, strict);
    s->strict = b > 0;
    for (int i = 0; i < 5 && b >= 0; i++)
        if (rt_is_null(fields[i] = rt_getattr_cstr(ts, ctx, attrs[i])))
            b = -1;
    if (b < 0)
        rt_clear(ts, &self);
    return self;
}

static int scanner_traverse(struct rt_object *o, rt_visit visit, void *arg)
{
    rt_value *fields = &((struct scanner *)o)->object_hook;
    int r = 0;
    for (int i = 0; i < 5 && !r; i++)
        r = visit(fields[i], arg);
    return r;
}

static void scanner_clear(struct rt_thread *ts, struct rt_object *o)
{
    rt_value *fields = &((struct scanner *)o)->object_hook;
    for (int i = 0; i < 5; i++)
        rt_clear(ts, &fields[i]);
}

#define OBJECT(name, field) {name, RT_MEMBER_OBJECT, offsetof(struct scanner, field), true, NULL}
static const struct rt_member_def scanner_members[] = {
    {"strict", RT_MEMBER_BOOL, offsetof(struct scanner, strict), true, "strict"},
    OBJECT("object_hook", object_hook), OBJECT("object_pairs_hook", pairs_hook),
    OBJECT("parse_float", parse_float), OBJECT("parse_int", parse_int),
    OBJECT("parse_constant", parse_constant),
    {0},
};

struct rt_type rt_json_scanner_type = {
    .hdr = RT_STATIC_TYPE_HDR,
    .name = "_json.Scanner",
    .doc = "JSON scanner object",
    .flags = RT_TF_GC,
    .basic_size = sizeof(struct scanner),
    .dealloc = scanner_clear,
    .traverse = scanner_traverse,
    .clear = scanner_clear,
    .new = scanner_new,
    .call = scanner_call,
    .members = scanner_members,
};

/* ---- scanstring(string, end, strict=True) -> (str, end) ---- */
rt_value rt_json_scanstring(struct rt_thread *ts, rt_value self, const rt_value *a, uint32_t n)
{
    struct scan c;
    size_t next = 0;
    if (rt_args_count(ts, "scanstring", n, 2, 3) < 0)
        return RT_NULL;
    int64_t at = rt_as_ssize(ts, a[1]);
    if (at == -1 && rt_pending(ts))
        return RT_NULL;
    int strict = n > 2 ? rt_truth(ts, a[2]) : 1;
    if (strict < 0)
        return RT_NULL;
    if (!rt_is_ptr(a[0]) || !rt_is_str(a[0]))
        return rt_raise(ts, &rt_exc_TypeError, "first argument must be a string, not %.80s",
                        rt_typename(a[0]));
    scan_init(&c, a[0]);
    if (at < 0 || (size_t)at > c.n)
        return rt_raise(ts, &rt_exc_ValueError, "end is out of bounds");
    int kind = rt_as_str(a[0])->kind;
    rt_value r = kind == 1   ? string_1(ts, &c, (size_t)at, strict, &next)
                 : kind == 2 ? string_2(ts, &c, (size_t)at, strict, &next)
                             : string_4(ts, &c, (size_t)at, strict, &next);
    return with_end(ts, r, next);
}
