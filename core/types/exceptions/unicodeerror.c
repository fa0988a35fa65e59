/* SPDX-License-Identifier: MIT */
/* UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError. */
#include <stdio.h>

#include "core/types/exceptions/exc_internal.h"

RT_EXC_LIFE(unicode, struct rt_exc_unicode, encoding, 3)

static struct rt_exc_unicode *self_of(rt_value v) { return (struct rt_exc_unicode *)rt_ptr(v); }

static int want_type(struct rt_thread *ts, int pos, rt_value v, struct rt_type *t, const char *name)
{
    if (rt_is_ptr(v) && rt_type_is_subtype(rt_type_of(v), t))
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "argument %d must be %s, not %.50s", pos, name, rt_typename(v));
    return -1;
}

static int set_range(struct rt_thread *ts, rt_value self, rt_value start, rt_value end)
{
    int64_t s = rt_as_index(ts, start, &rt_exc_OverflowError);
    if (s == -1 && rt_pending(ts))
        return -1;
    int64_t e = rt_as_index(ts, end, &rt_exc_OverflowError);
    if (e == -1 && rt_pending(ts))
        return -1;
    rt_store_relaxed(&self_of(self)->start, s);
    rt_store_relaxed(&self_of(self)->end, e);
    return 0;
}

static int check_count(struct rt_thread *ts, uint32_t n, uint32_t want)
{
    if (n == want)
        return 0;
    rt_raise(ts, &rt_exc_TypeError, "function takes exactly %u arguments (%u given)", want, n);
    return -1;
}

static int encode_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_exc_unicode *e = self_of(self);
    if (rt_exc_base_init(ts, self, args, n, kw) < 0 || check_count(ts, n, 5) < 0 ||
        want_type(ts, 1, args[0], &rt_str_type, "str") < 0 ||
        want_type(ts, 2, args[1], &rt_str_type, "str") < 0 || set_range(ts, self, args[2], args[3]) < 0 ||
        want_type(ts, 5, args[4], &rt_str_type, "str") < 0)
        return -1;
    rt_exc_set_slot(ts, &e->encoding, args[0]);
    rt_exc_set_slot(ts, &e->object, args[1]);
    rt_exc_set_slot(ts, &e->reason, args[4]);
    return 0;
}

static int decode_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_exc_unicode *e = self_of(self);
    if (rt_exc_base_init(ts, self, args, n, kw) < 0 || check_count(ts, n, 5) < 0 ||
        want_type(ts, 1, args[0], &rt_str_type, "str") < 0 || set_range(ts, self, args[2], args[3]) < 0 ||
        want_type(ts, 5, args[4], &rt_str_type, "str") < 0)
        return -1;
    rt_value data;
    if (rt_is_ptr(args[1]) && rt_is_bytes(args[1])) {
        data = rt_newref(ts, args[1]);
    } else {
        struct rt_buffer b;
        if (rt_buffer_get(ts, args[1], &b, RT_BUF_SIMPLE) < 0)
            return -1;
        data = rt_bytes_new(ts, b.buf, (size_t)b.len);
        rt_buffer_release(ts, &b);
        if (rt_is_null(data))
            return -1;
    }
    rt_exc_set_slot(ts, &e->encoding, args[0]);
    rt_slot_set(ts, &e->object, data);
    rt_exc_set_slot(ts, &e->reason, args[4]);
    return 0;
}

static int translate_init(struct rt_thread *ts, rt_value self, const rt_value *args, uint32_t n, rt_value kw)
{
    struct rt_exc_unicode *e = self_of(self);
    if (rt_exc_base_init(ts, self, args, n, kw) < 0 || check_count(ts, n, 4) < 0 ||
        want_type(ts, 1, args[0], &rt_str_type, "str") < 0 || set_range(ts, self, args[1], args[2]) < 0 ||
        want_type(ts, 4, args[3], &rt_str_type, "str") < 0)
        return -1;
    rt_exc_set_slot(ts, &e->object, args[0]);
    rt_exc_set_slot(ts, &e->reason, args[3]);
    return 0;
}

/* ---- text ------------------------------------------------------------------------------------ */

struct parts { rt_value object, reason, encoding; int64_t start, end; };

/* False: never initialised, the text is empty. reason and encoding become str by str(). */
static bool get_parts(struct rt_thread *ts, rt_value self, struct parts *p, bool encoding)
{
    struct rt_exc_unicode *e = self_of(self);
    *p = (struct parts){.start = rt_load_relaxed(&e->start), .end = rt_load_relaxed(&e->end)};
    p->object = rt_slot_get(ts, e, &e->object);
    if (rt_is_null(p->object))
        return false;
    rt_value v = rt_slot_get(ts, e, &e->reason);
    p->reason = rt_str(ts, rt_is_null(v) ? RT_NONE : v);
    rt_decref(ts, v);
    if (encoding) {
        v = rt_slot_get(ts, e, &e->encoding);
        p->encoding = rt_str(ts, rt_is_null(v) ? RT_NONE : v);
        rt_decref(ts, v);
    }
    return true;
}

static rt_value end_parts(struct rt_thread *ts, struct parts *p, rt_value r)
{
    rt_decref(ts, p->object);
    rt_decref(ts, p->reason);
    rt_decref(ts, p->encoding);
    return r;
}

/* "'\x..'" for the one bad character. */
static void char_escape(uint32_t c, char *buf, size_t n)
{
    snprintf(buf, n, c <= 0xff ? "\\x%02x" : c <= 0xffff ? "\\u%04x" : "\\U%08x", c);
}

static bool one_char(const struct parts *p, uint32_t *c)
{
    if (!rt_is_str(p->object) || p->start < 0 || p->start >= (int64_t)rt_str_len(p->object) ||
        p->end != p->start + 1)
        return false;
    *c = rt_str_at(rt_as_str(p->object), (size_t)p->start);
    return true;
}

static rt_value encode_str(struct rt_thread *ts, rt_value self)
{
    struct parts p;
    uint32_t c;
    char buf[16];
    if (!get_parts(ts, self, &p, true))
        return rt_str_empty();
    if (rt_is_null(p.reason) || rt_is_null(p.encoding))
        return end_parts(ts, &p, RT_NULL);
    if (one_char(&p, &c)) {
        char_escape(c, buf, sizeof buf);
        return end_parts(ts, &p, rt_str_format(ts, "'%U' codec can't encode character '%s' in position %zd: %U",
                                               p.encoding, buf, (ssize_t)p.start, p.reason));
    }
    return end_parts(ts, &p, rt_str_format(ts, "'%U' codec can't encode characters in position %zd-%zd: %U",
                                           p.encoding, (ssize_t)p.start, (ssize_t)p.end - 1, p.reason));
}

static rt_value decode_str(struct rt_thread *ts, rt_value self)
{
    struct parts p;
    if (!get_parts(ts, self, &p, true))
        return rt_str_empty();
    if (rt_is_null(p.reason) || rt_is_null(p.encoding))
        return end_parts(ts, &p, RT_NULL);
    if (p.start >= 0 && p.start < (int64_t)rt_as_bytes(p.object)->length && p.end == p.start + 1) {
        int byte = (unsigned char)rt_as_bytes(p.object)->data[p.start];
        char hex[8];
        snprintf(hex, sizeof hex, "%02x", byte);
        return end_parts(ts, &p, rt_str_format(ts, "'%U' codec can't decode byte 0x%s in position %zd: %U",
                                               p.encoding, hex, (ssize_t)p.start, p.reason));
    }
    return end_parts(ts, &p, rt_str_format(ts, "'%U' codec can't decode bytes in position %zd-%zd: %U",
                                           p.encoding, (ssize_t)p.start, (ssize_t)p.end - 1, p.reason));
}

static rt_value translate_str(struct rt_thread *ts, rt_value self)
{
    struct parts p;
    uint32_t c;
    char buf[16];
    if (!get_parts(ts, self, &p, false))
        return rt_str_empty();
    if (rt_is_null(p.reason))
        return end_parts(ts, &p, RT_NULL);
    if (one_char(&p, &c)) {
        char_escape(c, buf, sizeof buf);
        return end_parts(ts, &p, rt_str_format(ts, "can't translate character '%s' in position %zd: %U", buf,
                                               (ssize_t)p.start, p.reason));
    }
    return end_parts(ts, &p, rt_str_format(ts, "can't translate characters in position %zd-%zd: %U",
                                           (ssize_t)p.start, (ssize_t)p.end - 1, p.reason));
}

static const struct rt_member_def unicode_members[] = {
    {"encoding", RT_MEMBER_OBJECT, offsetof(struct rt_exc_unicode, encoding), false, "exception encoding"},
    {"object", RT_MEMBER_OBJECT, offsetof(struct rt_exc_unicode, object), false, "exception object"},
    {"start", RT_MEMBER_INT64, offsetof(struct rt_exc_unicode, start), false, "exception start"},
    {"end", RT_MEMBER_INT64, offsetof(struct rt_exc_unicode, end), false, "exception end"},
    {"reason", RT_MEMBER_OBJECT, offsetof(struct rt_exc_unicode, reason), false, "exception reason"},
    {0},
};

/* ---- C interface ----------------------------------------------------------------------------- */

/* type(*args) where each argument was made for the call. */
static rt_value make(struct rt_thread *ts, struct rt_type *t, rt_value *args, uint32_t n)
{
    bool ok = true;
    for (uint32_t i = 0; i < n; i++)
        ok &= !rt_is_null(args[i]);
    rt_value r = ok ? rt_call(ts, rt_type_value(t), args, n, RT_NULL) : RT_NULL;
    for (uint32_t i = 0; i < n; i++)
        rt_decref(ts, args[i]);
    return r;
}

rt_value rt_exc_unicode_decode(struct rt_thread *ts, const char *encoding, const void *data, size_t n,
                               size_t start, size_t end, const char *reason)
{
    rt_value args[5] = {rt_str_from_cstr(ts, encoding), rt_bytes_new(ts, data, n),
                        rt_int_imm((int64_t)start), rt_int_imm((int64_t)end), rt_str_from_cstr(ts, reason)};
    return make(ts, &rt_exc_UnicodeDecodeError, args, 5);
}

rt_value rt_exc_unicode_encode(struct rt_thread *ts, const char *encoding, rt_value str, size_t start,
                               size_t end, const char *reason)
{
    rt_value args[5] = {rt_str_from_cstr(ts, encoding), rt_newref(ts, str), rt_int_imm((int64_t)start),
                        rt_int_imm((int64_t)end), rt_str_from_cstr(ts, reason)};
    return make(ts, &rt_exc_UnicodeEncodeError, args, 5);
}

rt_value rt_exc_unicode_translate(struct rt_thread *ts, rt_value str, size_t start, size_t end,
                                  const char *reason)
{
    rt_value args[4] = {rt_newref(ts, str), rt_int_imm((int64_t)start), rt_int_imm((int64_t)end),
                        rt_str_from_cstr(ts, reason)};
    return make(ts, &rt_exc_UnicodeTranslateError, args, 4);
}

static void setup(struct rt_type *t,
                  int (*init)(struct rt_thread *, rt_value, const rt_value *, uint32_t, rt_value),
                  rt_unaryfn str)
{
    t->basic_size = sizeof(struct rt_exc_unicode);
    t->traverse = unicode_traverse;
    t->clear = unicode_clear;
    t->members = unicode_members;
    t->init = init;
    t->str = str;
}

void rt_exc_setup_unicode(void)
{
    setup(&rt_exc_UnicodeDecodeError, decode_init, decode_str);
    setup(&rt_exc_UnicodeEncodeError, encode_init, encode_str);
    setup(&rt_exc_UnicodeTranslateError, translate_init, translate_str);
}
