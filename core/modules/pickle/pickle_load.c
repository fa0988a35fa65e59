/* SPDX-License-Identifier: MIT */
/*
 * _pickle: opcodes to objects.
 *
 * The machine's stack and memo are in the unpickler. A mark is a height of the stack; items below the
 * innermost mark (`fence`) cannot be popped by ordinary opcodes. Classes and instances: pickle_load_object.c.
 */
#include "core/base/dtoa.h"
#include "core/modules/pickle/unpickler_stack.h"
#include "core/types/codecs/codecs.h"

/* ---- the stack ---- */
int rt_unpickler_underflow(struct rt_thread *ts, U *u)
{
    RT_PICKLE_ERROR(ts, UnpicklingError, u->nmarks ? "unexpected MARK found" : "unpickling stack underflow");
    return -1;
}

int rt_unpickler_grow(struct rt_thread *ts, U *u)
{
    size_t cap = u->stack_cap ? u->stack_cap * 2 : 64;
    rt_value *s = rt_raw_realloc(u->stack, cap * sizeof *s);
    if (!s) {
        rt_raise_no_memory(ts);
        return -1;
    }
    u->stack = s;
    u->stack_cap = cap;
    return 0;
}

static void cut(struct rt_thread *ts, U *u, size_t len)
{
    while (u->len > len) {
        rt_value v = u->stack[--u->len];
        rt_decref(ts, v);
    }
}

static int put_mark(struct rt_thread *ts, U *u)
{
    if (u->nmarks == u->marks_cap) {
        size_t cap = u->marks_cap ? u->marks_cap * 2 : 20;
        size_t *m = rt_raw_realloc(u->marks, cap * sizeof *m);
        if (!m) {
            rt_raise_no_memory(ts);
            return -1;
        }
        u->marks = m;
        u->marks_cap = cap;
    }
    u->marks[u->nmarks++] = u->fence = u->len;
    return 0;
}

int64_t rt_unpickler_take_mark(struct rt_thread *ts, U *u)
{
    if (u->nmarks == 0) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "could not find MARK");
        return -1;
    }
    size_t m = u->marks[--u->nmarks];
    u->fence = u->nmarks ? u->marks[u->nmarks - 1] : 0;
    return (int64_t)m;
}

rt_value rt_unpickler_take_tuple(struct rt_thread *ts, U *u, size_t from)
{
    if (from < u->fence || from > u->len) {
        rt_unpickler_underflow(ts, u);
        return RT_NULL;
    }
    size_t n = u->len - from;
    u->len = from;
    return n ? rt_tuple_steal(ts, u->stack + from, n) : rt_newref(ts, rt_tuple_empty());
}

static rt_value take_list(struct rt_thread *ts, U *u, size_t from)
{
    size_t n = u->len - from;
    u->len = from;
    return rt_list_steal(ts, u->stack + from, n);
}

/* ---- numbers in the input ---- */
/* Size of counted data in n bytes: -1 too large (with what in the message) or no input. */
static int64_t read_size(struct rt_thread *ts, U *u, size_t n, const char *what)
{
    const uint8_t *p = rt_unpickler_read(ts, u, n);
    if (!p)
        return -1;
    uint64_t v = little(p, n);
    if (v > INT64_MAX) {
        rt_raise(ts, &rt_exc_OverflowError, "%s exceeds system's maximum size of %zd bytes", what,
                 (ssize_t)INT64_MAX);
        return -1;
    }
    return (int64_t)v;
}

static int load_int_text(struct rt_thread *ts, U *u)
{
    size_t n;
    const uint8_t *s = rt_unpickler_line(ts, u, &n);
    if (!s)
        return -1;
    if (n < 2)
        return rt_unpickler_truncated(ts);
    if (n == 3 && s[0] == '0' && (s[1] == '0' || s[1] == '1'))
        return push(ts, u, rt_bool(s[1] == '1'));
    rt_value v = rt_int_parse(ts, (const char *)s, n - 1, 0);
    if (rt_is_null(v) && rt_exc_clear_if(ts, &rt_exc_ValueError))
        rt_raise(ts, &rt_exc_ValueError, "could not convert string to int");
    return push(ts, u, v);
}

static int load_long_text(struct rt_thread *ts, U *u)
{
    size_t n;
    const uint8_t *s = rt_unpickler_line(ts, u, &n);
    if (!s)
        return -1;
    if (n < 2)
        return rt_unpickler_truncated(ts);
    n--;
    if (s[n - 1] == 'L')
        n--;
    return push(ts, u, rt_int_parse(ts, (const char *)s, n, 0));
}

/* A count of one byte, or a signed one of four, and so many bytes; what: the name of the opcode. NULL: raised. */
static const uint8_t *read_counted(struct rt_thread *ts, U *u, size_t size, const char *what, size_t *n)
{
    const uint8_t *p = rt_unpickler_read(ts, u, size);
    if (!p)
        return NULL;
    int32_t count = size == 1 ? p[0] : (int32_t)little(p, 4);
    if (count < 0) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "%s pickle has negative byte count", what);
        return NULL;
    }
    *n = (size_t)count;
    return rt_unpickler_read(ts, u, *n);
}

static int load_long(struct rt_thread *ts, U *u, size_t size)
{
    size_t n;
    const uint8_t *p = read_counted(ts, u, size, "LONG", &n);
    if (!p)
        return -1;
    return push(ts, u, n ? rt_int_from_bytes(ts, p, n, true, true) : rt_int_imm(0));
}

static int load_float_text(struct rt_thread *ts, U *u)
{
    size_t n;
    const char *s = (const char *)rt_unpickler_line(ts, u, &n), *end;
    double d;
    if (!s)
        return -1;
    if (n < 2)
        return rt_unpickler_truncated(ts);
    if (!rt_dtoa_parse(s, n - 1, &d, &end) || end != s + n - 1) {
        if (end == s)
            rt_raise(ts, &rt_exc_ValueError, "could not convert string to float: '%.200s'", s);
        else
            rt_raise(ts, &rt_exc_ValueError, "could not convert string to float");
        return -1;
    }
    return push(ts, u, rt_float_new(ts, d));
}

static int load_binfloat(struct rt_thread *ts, U *u)
{
    const uint8_t *p = rt_unpickler_read(ts, u, 8);
    uint64_t b;
    double d;
    if (!p)
        return -1;
    memcpy(&b, p, 8);
    b = __builtin_bswap64(b);
    memcpy(&d, &b, 8);
    return push(ts, u, rt_float_new(ts, d));
}

/* ---- bytes and text ---- */
static int push_old_string(struct rt_thread *ts, U *u, rt_value bytes)
{
    if (rt_is_null(bytes) || u->bytes_strings)
        return push(ts, u, bytes);
    rt_value args[2] = {u->encoding, u->errors};
    rt_value v = rt_call_method(ts, bytes, "decode", args, 2);
    rt_decref(ts, bytes);
    return push(ts, u, v);
}

static int load_string(struct rt_thread *ts, U *u)
{
    size_t n;
    const uint8_t *s = rt_unpickler_line(ts, u, &n);
    if (!s)
        return -1;
    n--;
    if (n < 2 || s[0] != s[n - 1] || (s[0] != '"' && s[0] != '\'')) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "the STRING opcode argument must be quoted");
        return -1;
    }
    rt_value raw = rt_bytes_new(ts, s + 1, n - 2), decode, pair, bytes = RT_NULL;
    if (rt_is_null(raw))
        return -1;
    decode = rt_import_attr(ts, "_codecs", "escape_decode");
    pair = rt_is_null(decode) ? decode : rt_call1(ts, decode, raw);
    if (!rt_is_null(pair))
        bytes = rt_newref(ts, rt_as_tuple(pair)->items[0]);
    rt_decref(ts, pair);
    rt_decref(ts, decode);
    rt_decref(ts, raw);
    return push_old_string(ts, u, bytes);
}

static int load_binstring(struct rt_thread *ts, U *u, size_t size)
{
    size_t n;
    const uint8_t *p = read_counted(ts, u, size, "BINSTRING", &n);
    if (!p)
        return -1;
    return push_old_string(ts, u, rt_bytes_new(ts, p, n));
}

/* Do so many bytes exist? Known only for input in memory. */
static int check_size(struct rt_thread *ts, U *u, int64_t n)
{
    return rt_is_null(u->read) && (size_t)n > u->end - u->at ? rt_unpickler_truncated(ts) : 0;
}

static int load_binbytes(struct rt_thread *ts, U *u, size_t size)
{
    int64_t n = read_size(ts, u, size, "BINBYTES");
    if (n < 0 || check_size(ts, u, n) < 0)
        return -1;
    rt_value b = rt_bytes_new(ts, NULL, (size_t)n);
    if (!rt_is_null(b) && n && rt_unpickler_read_into(ts, u, rt_as_bytes(b)->data, (size_t)n) < 0)
        rt_clear(ts, &b);
    return push(ts, u, b);
}

static int load_bytearray8(struct rt_thread *ts, U *u)
{
    int64_t n = read_size(ts, u, 8, "BYTEARRAY8");
    struct rt_buffer view;
    if (n < 0 || check_size(ts, u, n) < 0)
        return -1;
    rt_value b = rt_bytearray_new(ts, NULL, (size_t)n);
    if (!rt_is_null(b) && n) {
        int r = rt_buffer_get(ts, b, &view, RT_BUF_WRITABLE);
        if (r == 0) {
            r = rt_unpickler_read_into(ts, u, view.buf, (size_t)n);
            rt_buffer_release(ts, &view);
        }
        if (r < 0)
            rt_clear(ts, &b);
    }
    return push(ts, u, b);
}

RT_INLINE int load_text(struct rt_thread *ts, U *u, int64_t n)
{
    const uint8_t *p = n < 0 ? NULL : rt_unpickler_read(ts, u, (size_t)n);
    if (!p)
        return -1;
    return push(ts, u, rt_str_from_utf8(ts, (const char *)p, (size_t)n, "surrogatepass"));
}

static int load_unicode(struct rt_thread *ts, U *u)
{
    size_t n;
    const uint8_t *s = rt_unpickler_line(ts, u, &n);
    if (!s)
        return -1;
    if (!memchr(s, '\\', n - 1)) /* no escapes: Latin-1 */
        return push(ts, u, rt_str_from_latin1(ts, s, n - 1));
    return push(ts, u, rt_str_decode(ts, (const char *)s, n - 1, "raw-unicode-escape", NULL));
}

/* ---- containers ---- */
static int load_counted_tuple(struct rt_thread *ts, U *u, size_t n)
{
    if (u->len - u->fence < n)
        return rt_unpickler_underflow(ts, u);
    return push(ts, u, rt_unpickler_take_tuple(ts, u, u->len - n));
}

static int load_tuple(struct rt_thread *ts, U *u)
{
    int64_t m = rt_unpickler_take_mark(ts, u);
    return m < 0 ? -1 : push(ts, u, rt_unpickler_take_tuple(ts, u, (size_t)m));
}

static int load_list(struct rt_thread *ts, U *u)
{
    int64_t m = rt_unpickler_take_mark(ts, u);
    return m < 0 ? -1 : push(ts, u, take_list(ts, u, (size_t)m));
}

static int load_dict(struct rt_thread *ts, U *u)
{
    int64_t m = rt_unpickler_take_mark(ts, u);
    if (m < 0)
        return -1;
    if ((u->len - (size_t)m) % 2) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "odd number of items for DICT");
        return -1;
    }
    rt_value d = rt_dict_new(ts);
    for (size_t i = (size_t)m; !rt_is_null(d) && i < u->len; i += 2)
        if (rt_dict_set(ts, d, u->stack[i], u->stack[i + 1]) < 0)
            rt_clear(ts, &d);
    cut(ts, u, (size_t)m);
    return push(ts, u, d);
}

static int load_frozenset(struct rt_thread *ts, U *u)
{
    int64_t m = rt_unpickler_take_mark(ts, u);
    if (m < 0)
        return -1;
    rt_value items = rt_unpickler_take_tuple(ts, u, (size_t)m);
    rt_value s = rt_is_null(items) ? items : rt_frozenset_new(ts, items);
    rt_decref(ts, items);
    return push(ts, u, s);
}

/* Owned attribute `name` of o, RT_NULL without exception if absent. */
static int append_by_method(struct rt_thread *ts, U *u, rt_value list, size_t x)
{
    rt_value f = rt_getattr_opt_cstr(ts, list, "extend"), r = RT_NULL;
    if (rt_is_null(f) && rt_pending(ts))
        return -1;
    if (!rt_is_null(f)) {
        rt_value items = take_list(ts, u, x);
        if (!rt_is_null(items))
            r = rt_call1(ts, f, items);
        rt_decref(ts, items);
        rt_decref(ts, f);
        rt_decref(ts, r);
        return rt_is_null(r) ? -1 : 0;
    }
    f = rt_getattr(ts, list, RT_ID(append));
    if (rt_is_null(f))
        return -1;
    for (size_t i = x; i < u->len; i++) {
        r = rt_call1(ts, f, u->stack[i]);
        rt_decref(ts, r);
        if (rt_is_null(r))
            break;
    }
    rt_decref(ts, f);
    cut(ts, u, x);
    return rt_is_null(r) ? -1 : 0;
}

static int do_append(struct rt_thread *ts, U *u, size_t x)
{
    if (x > u->len || x <= u->fence)
        return rt_unpickler_underflow(ts, u);
    if (x == u->len)
        return 0;
    rt_value list = u->stack[x - 1];
    if (!rt_is_exact(list, &rt_list_type))
        return append_by_method(ts, u, list, x);
    size_t n = u->len - x;
    if (rt_list_len(list) == 0 && n > 1) { /* all at once */
        rt_value fresh = take_list(ts, u, x);
        int r = rt_is_null(fresh) ? -1 : rt_list_extend(ts, list, fresh);
        rt_decref(ts, fresh);
        return r;
    }
    int r = 0;
    for (size_t i = x; i < u->len && r == 0; i++)
        r = rt_list_append(ts, list, u->stack[i]);
    cut(ts, u, x);
    return r;
}

static int do_setitems(struct rt_thread *ts, U *u, size_t x)
{
    if (x > u->len || x <= u->fence)
        return rt_unpickler_underflow(ts, u);
    if (x == u->len)
        return 0;
    if ((u->len - x) % 2) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "odd number of items for SETITEMS");
        return -1;
    }
    rt_value d = u->stack[x - 1];
    bool exact = rt_is_exact(d, &rt_dict_type);
    int r = 0;
    for (size_t i = x; i < u->len && r == 0; i += 2)
        r = exact ? rt_dict_set(ts, d, u->stack[i], u->stack[i + 1])
                  : rt_setitem(ts, d, u->stack[i], u->stack[i + 1]);
    cut(ts, u, x);
    return r;
}

static int load_additems(struct rt_thread *ts, U *u)
{
    int64_t m = rt_unpickler_take_mark(ts, u);
    if (m < 0)
        return -1;
    size_t x = (size_t)m;
    if (x > u->len || x <= u->fence)
        return rt_unpickler_underflow(ts, u);
    if (x == u->len)
        return 0;
    rt_value set = u->stack[x - 1];
    int r = 0;
    if (rt_is_ptr(set) && rt_is_set(set)) {
        for (size_t i = x; i < u->len && r == 0; i++)
            r = rt_set_add(ts, set, u->stack[i]);
    } else {
        rt_value f = rt_getattr_cstr(ts, set, "add"), done;
        r = rt_is_null(f) ? -1 : 0;
        for (size_t i = x; i < u->len && r == 0; i++) {
            done = rt_call1(ts, f, u->stack[i]);
            r = rt_is_null(done) ? -1 : 0;
            rt_decref(ts, done);
        }
        rt_decref(ts, f);
    }
    cut(ts, u, x);
    return r;
}

/* ---- memo ---- */
static int memo_push(struct rt_thread *ts, U *u, uint64_t i)
{
    if (rt_unlikely(i >= u->memo_cap || rt_is_null(u->memo[i]))) {
        RT_PICKLE_ERROR(ts, UnpicklingError, "Memo value not found at index %ld", (long)i);
        return -1;
    }
    return push(ts, u, rt_newref(ts, u->memo[i]));
}

static int memo_store(struct rt_thread *ts, U *u, uint64_t i)
{
    if (rt_unlikely(u->len <= u->fence))
        return rt_unpickler_underflow(ts, u);
    return rt_unpickler_memo_put(ts, u, i, rt_newref(ts, u->stack[u->len - 1]));
}

static int memo_text(struct rt_thread *ts, U *u, bool put)
{
    size_t n;
    const uint8_t *s = rt_unpickler_line(ts, u, &n);
    if (!s)
        return -1;
    if (n < 2)
        return rt_unpickler_truncated(ts);
    rt_value key = rt_int_parse(ts, (const char *)s, n - 1, 10);
    if (rt_is_null(key))
        return -1;
    int64_t i = rt_as_index(ts, key, &rt_exc_OverflowError);
    rt_decref(ts, key);
    if (i == -1 && rt_pending(ts))
        return -1;
    if (!put)
        return memo_push(ts, u, (uint64_t)i);
    if (i < 0) {
        rt_raise(ts, &rt_exc_ValueError, "negative PUT argument");
        return -1;
    }
    return memo_store(ts, u, (uint64_t)i);
}

/* ---- the rest ---- */
static int load_pop(struct rt_thread *ts, U *u)
{
    if (u->nmarks && u->marks[u->nmarks - 1] == u->len)
        return rt_unpickler_take_mark(ts, u) < 0 ? -1 : 0;
    rt_value v = pop(ts, u);
    if (rt_is_null(v))
        return -1;
    rt_decref(ts, v);
    return 0;
}

static int load_frame(struct rt_thread *ts, U *u)
{
    const uint8_t *p = rt_unpickler_read(ts, u, 8);
    if (!p)
        return -1;
    uint64_t n = little(p, 8);
    if (n > INT64_MAX) {
        rt_raise(ts, &rt_exc_ValueError, "FRAME length exceeds system's maximum of %zu bytes", (size_t)INT64_MAX);
        return -1;
    }
    if (!rt_unpickler_read(ts, u, n))
        return -1;
    u->at -= n; /* it is all there: go back to its start */
    return 0;
}

static int load_next_buffer(struct rt_thread *ts, U *u)
{
    if (rt_is_null(u->buffers)) {
        RT_PICKLE_ERROR(ts, UnpicklingError,
                        "pickle stream refers to out-of-band data but no *buffers* argument was given");
        return -1;
    }
    rt_value b = rt_next(ts, u->buffers);
    if (rt_is_stop(b)) {
        rt_clear(ts, &ts->stop_value);
        RT_PICKLE_ERROR(ts, UnpicklingError, "not enough out-of-band buffers");
        return -1;
    }
    return push(ts, u, b);
}

static int load_readonly_buffer(struct rt_thread *ts, U *u)
{
    if (u->len <= u->fence)
        return rt_unpickler_underflow(ts, u);
    rt_value m = rt_memoryview_new(ts, u->stack[u->len - 1]), ro;
    if (rt_is_null(m))
        return -1;
    ro = rt_getattr_cstr(ts, m, "readonly");
    if (rt_is_false(ro)) {
        rt_value old = u->stack[u->len - 1], v = rt_call_method(ts, m, "toreadonly", NULL, 0);
        if (!rt_is_null(v)) {
            u->stack[u->len - 1] = v;
            rt_decref(ts, old);
        } else {
            ro = RT_NULL;
        }
    }
    rt_decref(ts, m);
    return rt_is_null(ro) ? -1 : 0;
}

static int load_proto(struct rt_thread *ts, U *u)
{
    const uint8_t *p = rt_unpickler_read(ts, u, 1);
    if (!p)
        return -1;
    if (*p > RT_PICKLE_HIGHEST) {
        rt_raise(ts, &rt_exc_ValueError, "unsupported pickle protocol: %d", *p);
        return -1;
    }
    rt_store_relaxed(&u->proto, *p);
    return 0;
}

static RT_COLD int bad_opcode(struct rt_thread *ts, uint8_t c)
{
    if (c >= 0x20 && c <= 0x7e && c != '\'' && c != '\\')
        RT_PICKLE_ERROR(ts, UnpicklingError, "invalid load key, '%c'.", c);
    else
        RT_PICKLE_ERROR(ts, UnpicklingError, "invalid load key, '\\x%02x'.", c);
    return -1;
}

/* Opcodes whose work is long or rare. */
static RT_NOINLINE int step_more(struct rt_thread *ts, rt_value self, uint8_t op)
{
    U *u = rt_as_unpickler(self);
    int64_t m;
    switch (op) {
    case P_INT: return load_int_text(ts, u);
    case P_LONG: return load_long_text(ts, u);
    case P_LONG1: return load_long(ts, u, 1);
    case P_LONG4: return load_long(ts, u, 4);
    case P_FLOAT: return load_float_text(ts, u);
    case P_BINBYTES: return load_binbytes(ts, u, 4);
    case P_SHORT_BINBYTES: return load_binbytes(ts, u, 1);
    case P_BINBYTES8: return load_binbytes(ts, u, 8);
    case P_BYTEARRAY8: return load_bytearray8(ts, u);
    case P_NEXT_BUFFER: return load_next_buffer(ts, u);
    case P_READONLY_BUFFER: return load_readonly_buffer(ts, u);
    case P_STRING: return load_string(ts, u);
    case P_BINSTRING: return load_binstring(ts, u, 4);
    case P_SHORT_BINSTRING: return load_binstring(ts, u, 1);
    case P_UNICODE: return load_unicode(ts, u);
    case P_EMPTY_SET: return push(ts, u, rt_set_new(ts, RT_NULL));
    case P_LIST: return load_list(ts, u);
    case P_DICT: return load_dict(ts, u);
    case P_FROZENSET: return load_frozenset(ts, u);
    case P_ADDITEMS: return load_additems(ts, u);
    case P_OBJ: return rt_unpickler_load_obj(ts, u);
    case P_INST: return rt_unpickler_load_inst(ts, self);
    case P_NEWOBJ_EX: return rt_unpickler_load_newobj(ts, u, true);
    case P_GLOBAL: return push(ts, u, rt_unpickler_line_class(ts, self, "utf-8"));
    case P_STACK_GLOBAL: return rt_unpickler_load_stack_global(ts, self);
    case P_POP: return load_pop(ts, u);
    case P_POP_MARK:
        if ((m = rt_unpickler_take_mark(ts, u)) < 0)
            return -1;
        cut(ts, u, (size_t)m);
        return 0;
    case P_DUP: return u->len <= u->fence ? rt_unpickler_underflow(ts, u) : push(ts, u, rt_newref(ts, u->stack[u->len - 1]));
    case P_GET: return memo_text(ts, u, false);
    case P_PUT: return memo_text(ts, u, true);
    case P_EXT1: return rt_unpickler_load_ext(ts, self, 1);
    case P_EXT2: return rt_unpickler_load_ext(ts, self, 2);
    case P_EXT4: return rt_unpickler_load_ext(ts, self, 4);
    case P_PERSID: return rt_unpickler_load_persid(ts, self, false);
    case P_BINPERSID: return rt_unpickler_load_persid(ts, self, true);
    case P_FRAME: return load_frame(ts, u);
    case P_PROTO: return load_proto(ts, u);
    }
    return bad_opcode(ts, op);
}

/* push(expression of the n bytes at p) */
#define FIXED(n, expr)                                                                             \
    if (!(p = rt_unpickler_read(ts, u, n)))                                                        \
        return -1;                                                                                 \
    return push(ts, u, expr)
#define MEMO(n, f)                                                                                 \
    if (!(p = rt_unpickler_read(ts, u, n)))                                                        \
        return -1;                                                                                 \
    return f(ts, u, little(p, n))

RT_INLINE int step(struct rt_thread *ts, rt_value self, U *u, uint8_t op)
{
    const uint8_t *p;
    int64_t m;
    switch (op) {
    case P_NONE: return push(ts, u, RT_NONE);
    case P_NEWTRUE: return push(ts, u, RT_TRUE);
    case P_NEWFALSE: return push(ts, u, RT_FALSE);
    case P_BININT1: FIXED(1, rt_int_imm(p[0]));
    case P_BININT2: FIXED(2, rt_int_imm((int64_t)little(p, 2)));
    case P_BININT: FIXED(4, rt_int_imm((int32_t)little(p, 4)));
    case P_BINFLOAT: return load_binfloat(ts, u);
    case P_SHORT_BINUNICODE: return load_text(ts, u, read_size(ts, u, 1, "BINUNICODE"));
    case P_BINUNICODE: return load_text(ts, u, read_size(ts, u, 4, "BINUNICODE"));
    case P_BINUNICODE8: return load_text(ts, u, read_size(ts, u, 8, "BINUNICODE"));
    case P_MARK: return put_mark(ts, u);
    case P_EMPTY_TUPLE: return push(ts, u, rt_newref(ts, rt_tuple_empty()));
    case P_TUPLE1: return load_counted_tuple(ts, u, 1);
    case P_TUPLE2: return load_counted_tuple(ts, u, 2);
    case P_TUPLE3: return load_counted_tuple(ts, u, 3);
    case P_TUPLE: return load_tuple(ts, u);
    case P_EMPTY_LIST: return push(ts, u, rt_list_new(ts, 0));
    case P_EMPTY_DICT: return push(ts, u, rt_dict_new(ts));
    case P_BINGET: MEMO(1, memo_push);
    case P_LONG_BINGET: MEMO(4, memo_push);
    case P_MEMOIZE: return memo_store(ts, u, u->memo_used);
    case P_BINPUT: MEMO(1, memo_store);
    case P_LONG_BINPUT: MEMO(4, memo_store);
    case P_APPEND: return do_append(ts, u, u->len - 1);
    case P_APPENDS: return (m = rt_unpickler_take_mark(ts, u)) < 0 ? -1 : do_append(ts, u, (size_t)m);
    case P_SETITEM: return u->len < 2 ? rt_unpickler_underflow(ts, u) : do_setitems(ts, u, u->len - 2);
    case P_SETITEMS: return (m = rt_unpickler_take_mark(ts, u)) < 0 ? -1 : do_setitems(ts, u, (size_t)m);
    case P_BUILD: return rt_unpickler_load_build(ts, u);
    case P_NEWOBJ: return rt_unpickler_load_newobj(ts, u, false);
    case P_REDUCE: return rt_unpickler_load_reduce(ts, u);
    }
    return step_more(ts, self, op);
}

rt_value rt_unpickler_load(struct rt_thread *ts, rt_value self)
{
    U *u = rt_as_unpickler(self);
    u->nmarks = 0;
    u->fence = 0;
    rt_store_relaxed(&u->proto, 0);
    cut(ts, u, 0);
    for (;;) {
        const uint8_t *p = rt_unpickler_read(ts, u, 1);
        if (!p) {
            rt_value err = rt_pickle_state(ts, PI_UnpicklingError);
            if (rt_exc_clear_if(ts, rt_as_type(err)))
                rt_raise(ts, &rt_exc_EOFError, "Ran out of input");
            return RT_NULL;
        }
        if (*p == P_STOP)
            break;
        if (rt_unlikely(step(ts, self, u, *p) < 0))
            return RT_NULL;
    }
    if (rt_unpickler_skip_consumed(ts, u) < 0)
        return RT_NULL;
    return pop(ts, u);
}
